/*
 * cmd_demo.c - seesay demo: the whole pipeline on posts that the program makes.
 *
 * After painting, each stage is the very command a user would type, with its
 * options parsed as if he had: what the demo does can be done by hand, and it
 * says how.
 */
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "cli/cli.h"
#include "cli/demo_answers.h"
#include "cli/log.h"
#include "cli/stage.h"
#include "posts/posts.h"
#include "world/world.h"
#include "world/world_posts.h"

struct demo_options {
	struct opt_given given;
	int posts, size, epochs, dim, keep, restart;
	const char *net;
	float rate;
	uint64_t seed;
};

static void defaults(void *options, int by)
{
	(void)by;
	*(struct demo_options *)options = (struct demo_options){
		.posts = 12000, .size = 72, .epochs = 12, .dim = 64,
		.keep = 1, .net = "compact", .rate = 0.03f, .seed = 1,
	};
}

#define AT(field) offsetof(struct demo_options, field)
static const struct opt options[] = {
	OPT("posts", 'p', OPT_INT, AT(posts), "N", "posts to paint", .low = 400,
	    .high = 1000000),
	OPT("size", 0, OPT_INT, AT(size), "N",
	    "pixels a side, a multiple of 8", .low = 64, .high = 256),
	OPT("seed", 's', OPT_U64, AT(seed), "N", "seed of all random numbers"),
	OPT("dim", 'd', OPT_INT, AT(dim), "N", "dimensions of the space",
	    .low = 8, .high = 1024),
	OPT("net", 'n', OPT_STRING, AT(net), "NAME|FILE", "image net",
	    .kind = OPT_NETS),
	OPT("epochs", 'e', OPT_INT, AT(epochs), "N",
	    "passes of the net over the posts", .low = 1, .high = 10000),
	OPT("rate", 'r', OPT_FLOAT, AT(rate), "R",
	    "learning rate of the net", .high = 100,
	    .also = "lr learning-rate"),
	OPT("keep", 0, OPT_FLAG, AT(keep), NULL,
	    "keep posts, words and space too, beside index and page"),
	OPT("restart", 0, OPT_FLAG, AT(restart), NULL,
	    "train from scratch what another run left in the folder",
	    .also = "overwrite force"),
	OPT_END
};

/* ---- stages -------------------------------------------------------------- */

static int paint(const struct demo *d, const struct demo_options *o,
		 struct error *e)
{
	const struct world_options w = { (size_t)o->posts, (size_t)o->size,
					 o->seed };
	double start = clock_now();
	struct machine *m;

	if (cli_machine(&m, e) < 0 || world_write(d->posts, &w, m, e) < 0)
		return e->code;
	log_note("paint: %d posts, %.1f s", o->posts, clock_now() - start);
	return 0;
}

/* Few captions give few pairs, so they are seen often; that takes a second. */
static int learn_words(const struct demo *d, const struct demo_options *o,
		       struct error *e)
{
	char dims[16], seeds[24];
	const char *const words[] = {
		d->posts, "-o", d->words, "--dim", dims, "--min-count", "3",
		"--epochs", "200", "--seed", seeds,
		o->restart ? "--restart" : NULL, NULL
	};

	snprintf(dims, sizeof dims, "%d", o->dim);
	snprintf(seeds, sizeof seeds, "%llu", (unsigned long long)o->seed);
	return stage(&cmd_words, words, e);
}

static int learn_pictures(const struct demo *d, const struct demo_options *o,
			  struct error *e)
{
	char times[16], rates[32], seeds[24];
	const char *const words[] = {
		d->posts, d->words, "-o", d->space, "--net", o->net,
		"--epochs", times, "--rate", rates, "--seed", seeds,
		o->restart ? "--restart" : NULL, NULL
	};

	snprintf(times, sizeof times, "%d", o->epochs);
	snprintf(rates, sizeof rates, "%.7g", (double)o->rate);
	snprintf(seeds, sizeof seeds, "%llu", (unsigned long long)o->seed);
	return stage(&cmd_learn, words, e);
}

static int make_index(const struct demo *d, struct error *e)
{
	const char *const words[] = {
		d->space, d->posts, "-o", d->index, "--split", "test",
		"--root", d->pictures, NULL
	};

	return stage(&cmd_index, words, e);
}

/* ---- the command --------------------------------------------------------- */

static int paths_make(struct demo *d, const char *folder, struct error *e)
{
	d->posts = file_join(folder, "posts.safetensors", e);
	d->words = file_join(folder, "words.safetensors", e);
	d->space = file_join(folder, "space.safetensors", e);
	d->index = file_join(folder, "index.safetensors", e);
	d->page = file_join(folder, "index.html", e);
	d->pictures = file_join(folder, "pictures", e);
	return e->code ? e->code : file_make_folders(folder, e);
}

/* A folder that holds posts of the user's own under the demo's names is not
 * written to; one of an earlier demo is. */
static int paths_check(const struct demo *d, struct error *e)
{
	struct error ignored = { 0 };
	struct dataset found = { 0 };
	int ours;

	if (!file_exists(d->posts)) {
		ours = !file_exists(d->words) && !file_exists(d->space);
	} else {
		ours = dataset_open(&found, d->posts, &ignored) == 0 &&
		       found.count &&
		       str_equal(st_string_at(&found.id, 0),
				 str_of("scene-000000"));
		dataset_close(&found);
	}
	if (ours)
		return 0;
	fail(e, ERROR_USAGE, "'%s' was not made by a demo", d->posts);
	return hint(e, "name another folder: seesay demo FOLDER");
}

static void paths_free(struct demo *d)
{
	mem_free(d->posts);
	mem_free(d->words);
	mem_free(d->space);
	mem_free(d->index);
	mem_free(d->page);
	mem_free(d->pictures);
}

/* A line to paste. */
static int say_search(const struct demo *d, struct error *e)
{
	struct buf line = { 0 };

	if (demo_quote(&line, cli_program(), e) == 0 &&
	    buf_addf(&line, e, " search ") == 0 &&
	    demo_quote(&line, d->index, e) == 0)
		log_note("%s 'beach - sunrise'", line.data);
	buf_free(&line);
	return e->code;
}

static int demo_make(struct demo *d, const struct demo_options *o,
		     struct error *e)
{
	double start = clock_now();

	if (paint(d, o, e) < 0 || learn_words(d, o, e) < 0 ||
	    learn_pictures(d, o, e) < 0 || demo_pictures(d, e) < 0 ||
	    make_index(d, e) < 0 || demo_answer(d, e) < 0)
		return e->code;
	log_note("all: %.1f s; try:", clock_now() - start);
	say_search(d, e);
	printf("%s\n", d->page);
	return e->code;
}

static int run(const void *values, int count, char **operands,
	       struct error *e)
{
	const struct demo_options *o = values;
	struct demo d = { .seed = o->seed };

	if (count > 1)
		return fail(e, ERROR_USAGE, "one folder at most");
	if (o->size % 8)
		return fail(e, ERROR_USAGE, "--size %d is not a multiple of 8",
			    o->size);
	if (paths_make(&d, count ? operands[0] : "seesay-demo", e) == 0 &&
	    paths_check(&d, e) == 0 && demo_make(&d, o, e) == 0 && !o->keep) {
		unlink(d.posts);
		unlink(d.words);
		unlink(d.space);
	}
	paths_free(&d);
	return e->code;
}

const struct opt_command cmd_demo = {
	.name = "demo",
	.operands = "[DIR]",
	.purpose = "run the whole pipeline on painted posts, and write a page",
	.text =
	"Paints posts (pictures with noisy captions), trains a text model and\n"
	"an image net on them, indexes the held-out pictures, runs the 24\n"
	"queries of Gomez et al. (2018), and counts how many of the first\n"
	"five pictures show what the query names (P@5).  Needs no data, and\n"
	"writes to DIR only ('seesay-demo' if none is named).  At the end it\n"
	"names a page with the answers and a search box; the page needs no\n"
	"other file.  The held-out pictures are in DIR/pictures.\n"
	"\n"
	"When the program is stopped or killed, run the same command again to\n"
	"resume.  The same options give the same files to the byte.\n"
	"\n"
	"  seesay demo demo/\n"
	"  seesay search demo/index.safetensors yellow+car",
	.options = options,
	.size = sizeof(struct demo_options),
	.defaults = defaults,
	.kind = OPT_FOLDERS,
	.run = run,
};
