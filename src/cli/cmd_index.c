/*
 * cmd_index.c - seesay index: the vectors of all pictures beside the space
 * they are in.
 *
 * A source that is no dataset yet goes through src/joint/ingest.c into one
 * beside the output, which is removed afterwards.
 */
#include <stdio.h>

#include "base/file.h"
#include "base/le.h"
#include "cli/cli.h"
#include "cli/log.h"
#include "joint/embed.h"
#include "joint/ingest.h"
#include "search/index.h"

struct index_options {
	struct opt_given given;
	const char *output, *root;
	int split;
};

static void defaults(void *options, int by)
{
	(void)by;
	*(struct index_options *)options = (struct index_options){
		.split = EMBED_ALL,
	};
}

#define AT(field) offsetof(struct index_options, field)
static const struct opt options[] = {
	OPT("output", 'o', OPT_STRING, AT(output), "FILE",
	    "the index to write (needed)", .also = "out"),
	OPT("split", 0, OPT_CHOICE, AT(split), NULL, "posts to index",
	    .choices = embed_split_names),
	OPT("root", 0, OPT_STRING, AT(root), "DIR",
	    "folder of the pictures, if not that of the source",
	    .kind = OPT_FOLDERS),
	OPT_END
};

/* ---- the file ------------------------------------------------------------ */

/* The first caption, else nothing. */
static struct str caption_of(const struct dataset *d, size_t row)
{
	size_t first = dataset_first_caption(d, row);

	if (first == d->caption_ends[row])
		return (struct str){ "", 0 };
	return st_string_at(&d->caption, first);
}

static int write_index(const struct space *s, const struct dataset *d,
		       const size_t *rows, size_t n, const float *vectors,
		       const struct index_options *o, struct error *e)
{
	struct str *text = mem_new(n, 3 * sizeof(*text), e);
	unsigned char *splits = mem_new(n, 1, e);
	struct index_content c = {
		.count = n, .dim = s->dim, .vectors = vectors, .split = splits,
		.root = o->root ? o->root : st_meta(d->file, "root"),
		.posts_sum = d->sum,
	};

	if (text && splits) {
		for (size_t i = 0; i < n; i++) {
			text[i] = st_string_at(&d->id, rows[i]);
			text[n + i] = st_string_at(&d->path, rows[i]);
			text[2 * n + i] = caption_of(d, rows[i]);
			splits[i] = d->split[rows[i]];
		}
		c.id = text;
		c.path = text + n;
		c.caption = text + 2 * n;
		index_write(o->output, s->file, &c, e);
	}
	mem_free(text);
	mem_free(splits);
	return e->code;
}

static int embed(struct space *s, const char *posts,
		 const struct index_options *o, struct error *e)
{
	struct dataset d;
	float *vectors = NULL;
	size_t *rows = NULL, n;

	if (dataset_open(&d, posts, e) < 0)
		return e->code;
	if (embed_rows(&d, o->split, &rows, &n, e) < 0)
		goto done;
	vectors = mem_new(n, s->dim * sizeof(*vectors), e);
	if (vectors && embed_pictures(s, &d, rows, n, vectors, e) == 0 &&
	    write_index(s, &d, rows, n, vectors, o, e) == 0)
		log_note("%zu pictures in '%s'", n, o->output);
done:
	mem_free(vectors);
	mem_free(rows);
	dataset_close(&d);
	return e->code;
}

/* ---- sources that are no dataset ----------------------------------------- */

/* Its first 9 bytes: a header length that a header can have, then '{'.  Text
 * would be a length of exabytes. */
static int is_safetensors(const char *path)
{
	unsigned char head[9] = { 0 };
	FILE *f = file_is_regular(path) ? fopen(path, "rb") : NULL;
	size_t n = f ? fread(head, 1, sizeof(head), f) : 0;

	if (f)
		fclose(f);
	return n == sizeof(head) && head[8] == '{' &&
	       le64_get(head) < UINT64_C(1) << 40;
}

static int embed_raw(struct space *s, const struct machine *m,
		     struct decoder *decoder, const char *source,
		     const struct index_options *to, struct error *e)
{
	const struct posts_options how = { .root = to->root, .wordless = 1 };
	struct ingest_result result = { 0 };
	struct index_options found = *to;
	char *posts = file_side(to->output, FILE_POSTS, e);
	struct ingest_options o = {
		.out = posts, .beside = to->output,
		/* a dataset's side is a multiple of 8 */
		.size = (space_side(s) + 7) / 8 * 8, .children = cli_threads(),
		.keep_repeats = 1,
	};

	if (!posts)
		return e->code;
	if (ingest_source(source, &how, &o, decoder, m, &result, e) == 0) {
		found.root = NULL;	/* it was found: the dataset has it */
		embed(s, posts, &found, e);
	}
	file_remove(posts);
	mem_free(posts);
	return e->code;
}

static int make(const char *path, const char *source,
		const struct index_options *o, struct error *e)
{
	int raw = !is_safetensors(source);
	/* children first, threads after: see image.h */
	struct decoder *decoder = raw ? decoder_open(cli_threads(), e) : NULL;
	struct machine *machine;
	struct space space;

	if (e->code || cli_machine(&machine, e) < 0 ||
	    space_open(&space, path, machine, e) < 0)
		goto done;
	if (raw)
		embed_raw(&space, machine, decoder, source, o, e);
	else
		embed(&space, source, o, e);
	space_close(&space);
done:
	decoder_close(decoder);
	return e->code;
}

/* Only a dataset has splits. */
static int check_options(const struct index_options *o, const char *source,
			 struct error *e)
{
	static const char *const dataset[] = { "split", NULL };

	if (!file_is_folder(source) && is_safetensors(source))
		return 0;
	if (opt_refuse(options, o, dataset, "a source that is not a dataset",
		       e) < 0)
		return hint(e, "'seesay posts' makes a dataset, with splits");
	return 0;
}

static int cmd_index_run(const void *values, int count, char **operands,
			 struct error *e)
{
	const struct index_options *o = values;
	struct file_lock lock;

	if (count != 2 || !o->output) {
		fail(e, ERROR_USAGE, "a space, a source and -o are needed");
		return hint(e, "seesay index space.safetensors pictures/ "
			    "-o pictures.safetensors");
	}
	if (strcmp(operands[1], "-") && !file_exists(operands[1]))
		return fail(e, ERROR_FAILED, "there is no '%s'", operands[1]);
	if (check_options(o, operands[1], e) < 0 ||
	    file_not_input(o->output, operands[0], e) < 0 ||
	    file_not_input(o->output, operands[1], e) < 0 ||
	    file_lock_take(&lock, o->output, e) < 0)
		return e->code;
	make(operands[0], operands[1], o, e);
	file_lock_drop(&lock);
	return e->code;
}

const struct opt_command cmd_index = {
	.name = "index",
	.operands = "SPACE SOURCE -o FILE",
	.purpose = "make pictures searchable",
	.text =
	"SOURCE is a dataset of 'seesay posts', or any source that it reads.\n"
	"A folder of pictures is enough: they need no captions.  Pictures\n"
	"that cannot be read are listed in FILE.skipped.tsv with the reason.\n"
	"\n"
	"The index contains the whole space: a search needs no other file.\n"
	"SPACE may be an older index.  The same input gives the same bytes.\n"
	"\n"
	"  seesay index space.safetensors holiday/ -o holiday.safetensors\n"
	"  seesay index space.safetensors posts.safetensors --split test \\\n"
	"      -o test.safetensors",
	.options = options,
	.size = sizeof(struct index_options),
	.defaults = defaults,
	.run = cmd_index_run,
};
