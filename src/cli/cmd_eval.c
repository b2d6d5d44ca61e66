/*
 * cmd_eval.c - seesay eval: recall and ranks of a space on posts it has not
 * learned from, both ways, beside what chance gives.
 */
#include <stdio.h>

#include "cli/cli.h"
#include "joint/embed.h"
#include "study/retrieval.h"

struct eval_options {
	struct opt_given given;
	int split, json;
};

static void defaults(void *options, int by)
{
	(void)by;
	*(struct eval_options *)options = (struct eval_options){
		.split = POSTS_VAL,
	};
}

#define AT(field) offsetof(struct eval_options, field)
static const struct opt options[] = {
	OPT("split", 0, OPT_CHOICE, AT(split), NULL, "posts to measure on",
	    .choices = embed_split_names),
	OPT("json", 0, OPT_FLAG, AT(json), NULL, "one JSON object"),
	OPT_END
};

/* ---- output -------------------------------------------------------------- */

static void print_row(const char *name, const struct metrics_recall *r)
{
	printf("%-14s %6.2f  %6.2f  %6.2f  %6.0f  %8.1f\n", name, r->at1,
	       r->at5, r->at10, r->median, r->mean);
}

static void print_text(const struct retrieval *r)
{
	printf("%zu pictures, %zu captions", r->pictures, r->captions);
	if (r->left_out)
		printf(" (%zu without a known word left out)", r->left_out);
	printf("\n\n%-14s %6s  %6s  %6s  %6s  %8s\n", "", "R@1", "R@5", "R@10",
	       "median", "mean");
	print_row("image to text", &r->got.image_to_text);
	print_row("  by chance", &r->chance.image_to_text);
	print_row("text to image", &r->got.text_to_image);
	print_row("  by chance", &r->chance.text_to_image);
}

static void print_object(const char *name, const struct metrics_recall *r)
{
	printf("\"%s\": {\"r1\": %.9g, \"r5\": %.9g, \"r10\": %.9g, "
	       "\"median\": %.9g, \"mean\": %.9g}", name, r->at1, r->at5,
	       r->at10, r->median, r->mean);
}

static void print_json(const struct retrieval *r, int split)
{
	printf("{\"split\": \"%s\", \"pictures\": %zu, \"captions\": %zu, "
	       "\"left_out\": %zu,\n ", embed_split_names[split], r->pictures,
	       r->captions, r->left_out);
	print_object("image_to_text", &r->got.image_to_text);
	printf(",\n ");
	print_object("text_to_image", &r->got.text_to_image);
	printf(",\n \"chance\": {");
	print_object("image_to_text", &r->chance.image_to_text);
	printf(",\n  ");
	print_object("text_to_image", &r->chance.text_to_image);
	printf("}}\n");
}

/* ---- the command --------------------------------------------------------- */

static int eval(struct space *space, const struct dataset *d,
		const struct eval_options *o, const struct machine *m,
		struct error *e)
{
	struct retrieval r;

	if (retrieval_measure(&r, space, d, o->split, m, e) < 0)
		return e->code;
	if (o->json)
		print_json(&r, o->split);
	else
		print_text(&r);
	return 0;
}

static int cmd_eval_run(const void *values, int count, char **operands,
			struct error *e)
{
	struct machine *machine;
	struct space space;
	struct dataset d;

	if (count != 2) {
		fail(e, ERROR_USAGE, "a space and a dataset are needed");
		return hint(e, "seesay eval space.safetensors "
			    "posts.safetensors --split test");
	}
	if (cli_machine(&machine, e) < 0 ||
	    space_open(&space, operands[0], machine, e) < 0)
		return e->code;
	if (dataset_open(&d, operands[1], e) == 0) {
		eval(&space, &d, values, machine, e);
		dataset_close(&d);
	}
	space_close(&space);
	return e->code;
}

const struct opt_command cmd_eval = {
	.name = "eval",
	.operands = "SPACE DATASET",
	.purpose = "measure how well pictures and words find each other",
	.text =
	"Ranks all captions for each picture, and all pictures for each\n"
	"caption.  R@k is the percentage of queries whose right answer is\n"
	"among the first k; then the median and the mean rank of the right\n"
	"answer.  Of a picture's captions the best one counts.  Of equal\n"
	"scores the right answer comes last.  The line below each is what a\n"
	"random order gives on average.\n"
	"\n"
	"  seesay eval space.safetensors posts.safetensors --split test",
	.options = options,
	.size = sizeof(struct eval_options),
	.defaults = defaults,
	.run = cmd_eval_run,
};
