/*
 * cmd_posts.c - seesay posts: make a dataset of posts, show it, write it back.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "cli/cli.h"
#include "cli/log.h"
#include "cli/posts_export.h"
#include "joint/ingest.h"
#include "world/world_posts.h"

struct command_options {
	struct opt_given given;
	int layout, size, lines, wordless, strict, keep_repeats, stats;
	int repeats;
	uint64_t seed;
	const char *output, *root, *columns, *split, *split_lists;
	const char *export, *licence, *source_name;
};

static const char *const repeats_names[] = {
	[INGEST_IGNORE] = "ignore", [INGEST_KEEP] = "keep",
	[INGEST_DROP] = "drop", [INGEST_GROUP] = "group", NULL
};

static void defaults(void *options, int by)
{
	(void)by;
	*(struct command_options *)options = (struct command_options){
		.layout = POSTS_AUTO, .size = INGEST_SIZE, .seed = 1,
		.split = "80/5/15", .repeats = INGEST_KEEP,
	};
}

#define AT(field) offsetof(struct command_options, field)
static const struct opt options[] = {
	OPT("output", 'o', OPT_STRING, AT(output), "FILE",
	    "the dataset to write", .needs = "!stats !export", .also = "out"),
	OPT("layout", 'l', OPT_CHOICE, AT(layout), NULL,
	    "layout of the source", .choices = posts_layout_names,
	    .needs = "output", .also = "format"),
	OPT("root", 0, OPT_STRING, AT(root), "DIR",
	    "folder of the pictures, if not that of the source",
	    .needs = "output", .kind = OPT_FOLDERS, .also = "images image-dir"),
	OPT("columns", 0, OPT_STRING, AT(columns), "NAMES",
	    "columns of a table without a header: image,caption,...",
	    .needs = "output", .kind = OPT_TEXTS),
	OPT("lines", 0, OPT_FLAG, AT(lines), NULL,
	    "folder: each line of a text is a caption", .needs = "output"),
	OPT("split", 0, OPT_STRING, AT(split), "SHARES",
	    "percentages of train/val/test if the source has no split",
	    .needs = "output !split-lists", .kind = OPT_TEXTS),
	OPT("split-lists", 0, OPT_STRING, AT(split_lists), "FILES",
	    "files with the names of train,val,test posts; other posts are "
	    "left out", .needs = "output"),
	OPT("size", 's', OPT_INT, AT(size), "N",
	    "pictures are resized to N x N, a multiple of 8", .low = 8,
	    .high = 512, .needs = "output"),
	OPT("strict", 0, OPT_FLAG, AT(strict), NULL,
	    "write nothing if any post cannot be used", .needs = "output"),
	OPT("keep-repeats", 0, OPT_FLAG, AT(keep_repeats), NULL,
	    "keep pictures that repeat another byte for byte",
	    .needs = "output"),
	OPT("repeats", 0, OPT_CHOICE, AT(repeats), NULL,
	    "pictures that look like an earlier one: keep and list, drop, or "
	    "group in one split", .choices = repeats_names,
	    .needs = "output"),
	OPT("wordless", 0, OPT_FLAG, AT(wordless), NULL,
	    "keep pictures without words", .needs = "output"),
	OPT("source-name", 0, OPT_STRING, AT(source_name), "TEXT",
	    "where the posts are from, for the metadata",
	    .needs = "output", .kind = OPT_TEXTS),
	OPT("license", 0, OPT_STRING, AT(licence), "TEXT",
	    "their licence, for the metadata", .needs = "output",
	    .kind = OPT_TEXTS, .also = "licence"),
	OPT("seed", 0, OPT_U64, AT(seed), "N", "seed of world:N",
	    .needs = "output"),
	OPT("export", 0, OPT_STRING, AT(export), "DIR",
	    "write a dataset back as pictures and texts",
	    .kind = OPT_FOLDERS),
	OPT("stats", 0, OPT_FLAG, AT(stats), NULL,
	    "print what a dataset contains"),
	OPT_END
};

/* What cannot matter for a source of some kind. */
static const char *const not_for_world[] = {
	"layout", "root", "columns", "lines", "split-lists", "strict",
	"keep-repeats", "repeats", "wordless", "source-name", "license", "split", NULL
};
static const char *const not_for_others[] = { "seed", NULL };

/* "80/5/15"; the sum is checked where it is used. */
static int split_parse(struct posts_options *o, const char *split,
		       struct error *e)
{
	int *share[] = { &o->train, &o->val, &o->test };
	const char *at = split;

	for (size_t i = 0; i < ARRAY_LEN(share); i++) {
		char *end;
		long n = strtol(at, &end, 10);

		if (end == at || n < 0 || n > 100 || *end != "//"[i])
			goto fail;
		*share[i] = (int)n;
		at = end + 1;
	}
	if (o->train + o->val + o->test == 100)
		return 0;
fail:
	fail(e, ERROR_USAGE, "'%s' is not a split", split);
	return hint(e, "three shares that make 100, such as 80/5/15");
}

static int ingest(const char *source, const struct posts_options *o,
		  const struct command_options *c, struct error *e)
{
	struct ingest_options how = {
		.out = c->output, .size = (size_t)c->size,
		.children = MIN(cli_threads(), INGEST_CHILDREN),
		.keep_repeats = c->keep_repeats,
		.repeats = (enum ingest_repeats)c->repeats,
		.strict = c->strict, .source_name = c->source_name,
		.licence = c->licence,
	};
	struct ingest_result result = { 0 };
	struct decoder *decoder = decoder_open(how.children, e);
	struct machine *machine;

	if (decoder && cli_machine(&machine, e) == 0)
		ingest_source(source, o, &how, decoder, machine, &result, e);
	decoder_close(decoder);
	return e->code;
}

/* "world:3000" */
static int world(const char *number, const struct command_options *c,
		 struct error *e)
{
	struct world_options o = { .size = (size_t)c->size,
				   .seed = c->seed };
	struct machine *machine;
	char *end;
	unsigned long n = strtoul(number, &end, 10);

	if (*number < '0' || *number > '9' || *end || !n || n > 10000000) {
		fail(e, ERROR_USAGE, "'world:%s' is not a number of scenes",
		     number);
		return hint(e, "such as world:3000, up to 10000000");
	}
	if (opt_refuse(options, c, not_for_world, "world:N", e) < 0)
		return e->code;
	o.posts = n;
	if (cli_machine(&machine, e) < 0 ||
	    world_write(c->output, &o, machine, e) < 0)
		return e->code;
	log_note("%lu posts of the small world in '%s'", n, c->output);
	return 0;
}

/* Nothing that is read may lie where the output or its list of skips goes. */
static int inputs_check(const char *source, const struct command_options *c,
			struct error *e)
{
	const char *at = c->split_lists;
	struct buf path = { 0 };

	file_not_input(c->output, source, e);
	while (at && *at && !e->code) {
		size_t n = strcspn(at, ",");

		buf_clear(&path);
		if (buf_add(&path, at, n, e) == 0)
			file_not_input(c->output, path.data, e);
		at += n + (at[n] == ',');
	}
	buf_free(&path);
	return e->code;
}

static int is_dataset(const char *path)
{
	struct error e = { 0 };
	struct st_file *file = file_is_regular(path)	/* no pipe */
			       ? st_open(path, POSTS_FORMAT, &e) : NULL;

	st_close(file);
	return file != NULL;
}

static int make(const char *source, const struct command_options *c,
		struct error *e)
{
	struct posts_options o = {
		.layout = (enum posts_layout)c->layout, .root = c->root,
		.columns = c->columns, .split_lists = c->split_lists,
		.lines = c->lines, .wordless = c->wordless,
	};

	if (split_parse(&o, c->split, e) < 0)
		return e->code;
	if (c->size % 8)
		return fail(e, ERROR_USAGE, "--size %d is not a multiple of 8",
			    c->size);
	if (strncmp(source, "world:", 6) == 0)
		return world(source + 6, c, e);
	if (opt_refuse(options, c, not_for_others, "a source of posts",
		       e) < 0 ||
	    inputs_check(source, c, e) < 0)
		return e->code;
	if (is_dataset(source)) {
		fail(e, ERROR_USAGE, "'%s' is a dataset already", source);
		return hint(e, "--stats shows it, --export DIR writes it back");
	}
	return ingest(source, &o, c, e);
}

static int show(const char *path, const struct command_options *c,
		struct error *e)
{
	struct dataset d;
	struct buf out = { 0 };

	if (dataset_open(&d, path, e) < 0)
		return e->code;
	if (c->export)
		posts_export(&d, c->export, e);
	if (c->stats && !e->code && posts_stats(&out, &d, e) == 0)
		fputs(out.data, stdout);
	buf_free(&out);
	dataset_close(&d);
	return e->code;
}

static int cmd_posts_run(const void *values, int count, char **operands,
			 struct error *e)
{
	const struct command_options *c = values;

	if (count != 1) {
		fail(e, ERROR_USAGE, "one source is needed");
		return hint(e, "seesay posts SOURCE -o posts.safetensors");
	}
	if (!c->output && !c->export && !c->stats) {
		fail(e, ERROR_USAGE, "-o FILE is needed");
		return hint(e, "or --stats or --export DIR for a dataset");
	}
	return c->output ? make(operands[0], c, e) :
	       show(operands[0], c, e);
}

const struct opt_command cmd_posts = {
	.name = "posts",
	.operands = "SOURCE -o FILE",
	.purpose = "read pictures and their words into one dataset file",
	.text =
	"SOURCE is one of:\n"
	"\n"
	"  a folder        NAME.jpg or NAME.png with its words in NAME.txt\n"
	"  InstaCities1M   img/SPLIT/CITY/ID.jpg and captions/SPLIT/CITY/ID.txt,\n"
	"                  or img_resized_1M/cities_instagram/CITY/ID.jpg and\n"
	"                  captions_resized_1M/cities_instagram/CITY/ID.txt\n"
	"  Flickr8k, 30k   a token file, or the folder it is in\n"
	"  JSON lines      {\"image\": \"a.jpg\", \"caption\": \"...\"}, also\n"
	"                  captions, tags, keyword, owner, split, id\n"
	"  JSON            an array of such records, COCO's captions_*.json,\n"
	"                  Karpathy's dataset_*.json\n"
	"  CSV or TSV      with the same names as columns\n"
	"  world:N         N posts that the program paints and writes itself\n"
	"\n"
	"A list may be a pipe, or '-' for standard input.  Its pictures are\n"
	"beside it, in images/ beside it, or below --root.\n"
	"\n"
	"Pictures that cannot be read, repeat another byte for byte, or have\n"
	"no words are left out; FILE.skipped.tsv lists each with the reason.\n"
	"Pictures that look like an earlier one (saved again, resized) are\n"
	"kept, and FILE.repeats.tsv lists them; --repeats drop leaves them\n"
	"out, --repeats group puts them into the split of the earlier one.\n"
	"A source without splits is split 80/5/15 within each top folder, the\n"
	"same way each time.\n"
	"\n"
	"  seesay posts holiday/ -o posts.safetensors\n"
	"  seesay posts dev.tsv --columns image,caption --root images \\\n"
	"      -o posts.safetensors\n"
	"  seesay posts posts.safetensors --stats\n"
	"  seesay posts posts.safetensors --export folder",
	.options = options,
	.size = sizeof(struct command_options),
	.defaults = defaults,
	.run = cmd_posts_run,
};
