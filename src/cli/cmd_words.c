/*
 * cmd_words.c - seesay words: train word vectors, look at them.
 *
 * Makes one list of captions out of a dataset or of a text file; all the rest
 * is src/text.
 */
#include <inttypes.h>
#include <stdio.h>

#include "base/file.h"
#include "base/le.h"
#include "base/log.h"
#include "base/opt.h"
#include "base/sum.h"
#include "base/table.h"
#include "cli/cli.h"
#include "format/json.h"
#include "posts/posts.h"
#include "text/glove.h"
#include "text/near.h"

/* Defaults as in glove_defaults(), which help must show. */
static const char *out, *stop = "en", *vectors_text;
static int model, dim = 100, window = 10, epochs = 30, min_count = 5;
static int clean = CLEAN_UNICODE, split, results = 10, json;
static float rate = 0.05f, checkpoint_every_s = 60;
static uint64_t seed = 1, memory_bytes = UINT64_C(4) << 30;

static const struct opt options[] = {
	{ "output", 'o', OPT_STRING, &out, "FILE",
	  "the words file to write (needed to train)", 0, 0 },
	{ "model", 'm', OPT_CHOICE, &model, "glove", "kind of model", 0, 0 },
	{ "dim", 'd', OPT_INT, &dim, "N", "numbers per word", 1, 65536 },
	{ "window", 'w', OPT_INT, &window, "N",
	  "words to each side that count as near", 1, 22 },
	{ "epochs", 'e', OPT_INT, &epochs, "N",
	  "times every pair of words is seen", 1, 100000 },
	{ "min-count", 0, OPT_INT, &min_count, "N",
	  "leave out words that occur less often", 1, 1e9 },
	{ "rate", 'r', OPT_FLOAT, &rate, "R", "learning rate", 1e-6, 100 },
	{ "seed", 's', OPT_U64, &seed, "N", "seed of all that is drawn", 0, 0 },
	{ "clean", 0, OPT_CHOICE, &clean, "unicode|seed",
	  "how captions become words; seed: as the papers did", 0, 0 },
	{ "stop", 0, OPT_STRING, &stop, "en|none|FILE",
	  "words to leave out; a file has one a line", 0, 0 },
	{ "split", 0, OPT_CHOICE, &split, "train|all",
	  "posts of a dataset to learn from", 0, 0 },
	{ "memory", 0, OPT_SIZE, &memory_bytes, "SIZE",
	  "limit for counting pairs", 1 << 20, 0x1p60 },
	{ "checkpoint-every", 0, OPT_FLOAT, &checkpoint_every_s, "S",
	  "seconds between checkpoints; 0: after every epoch", 0, 1e6 },
	{ "vectors-text", 0, OPT_STRING, &vectors_text, "FILE",
	  "also write the vectors as GloVe's text", 0, 0 },
	{ "count", 'k', OPT_INT, &results, "N", "near, analogy: words to show",
	  1, 100000 },
	{ "json", 0, OPT_FLAG, &json, NULL, "answer in JSON", 0, 0 },
	OPT_END
};

/* ---- captions ------------------------------------------------------------ */

struct corpus {
	struct dataset dataset;
	struct file_view file;
	struct buf text;	/* standard input, or the tags of a dataset */
	struct str *captions;	/* [count] */
	size_t count, room;
	uint64_t sum;
	int has_dataset, has_file;
};

static int caption_add(struct corpus *c, struct str caption, struct error *e)
{
	if (mem_grow(&c->captions, &c->room, c->count + 1,
		     sizeof(*c->captions), e) < 0)
		return e->code;
	c->captions[c->count++] = caption;
	return 0;
}

static int read_lines(struct corpus *c, struct str text, struct error *e)
{
	const char *at = text.data, *end = text.data + text.bytes, *line;

	c->sum = sum64(text.data, text.bytes, 0);
	while (at < end) {
		line = at;
		at = memchr(line, '\n', (size_t)(end - line));
		if (!at)
			at = end;
		if (caption_add(c, (struct str){ line, (size_t)(at - line) },
				e) < 0)
			return e->code;
		at += at < end;
	}
	return 0;
}

static int is_chosen(const struct dataset *d, size_t i)
{
	return split == 1 || d->split[i] == POSTS_TRAIN;
}

/* The tags of one post as one caption: blanks between them. */
static int tags_add(struct buf *b, struct str tags, struct error *e)
{
	size_t from = b->bytes;

	if (buf_add(b, tags.data, tags.bytes, e) < 0)
		return e->code;
	for (; from < b->bytes; from++)
		if (b->data[from] == '\n')
			b->data[from] = ' ';
	return 0;
}

static int read_post(struct corpus *c, size_t i, size_t *tags_at,
		     struct error *e)
{
	const struct dataset *d = &c->dataset;
	size_t tags = st_string_at(&d->tags, i).bytes;

	for (size_t j = dataset_first_caption(d, i); j < d->caption_ends[i];
	     j++)
		if (caption_add(c, st_string_at(&d->caption, j), e) < 0)
			return e->code;
	if (tags && caption_add(c, (struct str){ c->text.data + *tags_at, tags },
				e) < 0)
		return e->code;
	*tags_at += tags;
	return 0;
}

static int read_dataset(struct corpus *c, const char *path, struct error *e)
{
	const struct dataset *d = &c->dataset;
	unsigned char key[9];
	size_t tags_at = 0;

	if (dataset_open(&c->dataset, path, e) < 0)
		return e->code;
	c->has_dataset = 1;
	for (size_t i = 0; i < d->count; i++)
		if (is_chosen(d, i) &&
		    tags_add(&c->text, st_string_at(&d->tags, i), e) < 0)
			return e->code;
	for (size_t i = 0; i < d->count; i++)
		if (is_chosen(d, i) && read_post(c, i, &tags_at, e) < 0)
			return e->code;
	le64_put(key, d->sum);
	key[8] = (unsigned char)split;
	c->sum = sum64(key, sizeof(key), 0);
	return 0;
}

/* A safetensors file: the length of a header that fits, then a brace. */
static int is_safetensors(const struct file_view *v)
{
	return v->bytes > 9 && v->data[8] == '{' &&
	       le64_get(v->data) <= v->bytes - 8;
}

static int corpus_open(struct corpus *c, const char *path, struct error *e)
{
	if (strcmp(path, "-") == 0) {
		if (file_read(&c->text, path, SIZE_MAX / 4, e) < 0)
			return e->code;
		return read_lines(c, (struct str){ c->text.data,
				  c->text.bytes }, e);
	}
	if (file_view_open(&c->file, path, e) < 0)
		return e->code;
	c->has_file = 1;
	if (is_safetensors(&c->file))
		return read_dataset(c, path, e);
	return read_lines(c, (struct str){ (const char *)c->file.data,
			  c->file.bytes }, e);
}

static void corpus_close(struct corpus *c)
{
	if (c->has_dataset)
		dataset_close(&c->dataset);
	if (c->has_file)
		file_view_close(&c->file);
	buf_free(&c->text);
	mem_free(c->captions);
}

static struct str corpus_caption(const void *context, size_t i)
{
	return ((const struct corpus *)context)->captions[i];
}

/* ---- training ------------------------------------------------------------ */

static void options_take(struct glove_options *o, const struct table *list)
{
	glove_defaults(o);
	o->out = out;
	o->vectors_text = vectors_text;
	o->clean.kind = clean == CLEAN_SEED ? CLEAN_SEED : CLEAN_UNICODE;
	o->clean.stop = list;
	/* no path of this machine in the file */
	o->stop_name = strcmp(stop, "en") == 0 || strcmp(stop, "none") == 0 ?
		       stop : "file";
	o->dim = dim;
	o->window = window;
	o->epochs = epochs;
	o->min_count = min_count;
	o->rate = rate;
	o->seed = seed;
	o->checkpoint_every_s = (double)checkpoint_every_s;
	o->memory_bytes = memory_bytes;
}

/* '-' may be a file that was redirected. */
static int outputs_check(const char *input, struct error *e)
{
	if (strcmp(input, "-") == 0)
		input = "/dev/stdin";
	file_not_output(out, vectors_text, e);
	file_not_input(out, input, e);
	file_not_input(vectors_text, input, e);
	if (strcmp(stop, "en") && strcmp(stop, "none")) {
		file_not_input(out, stop, e);
		file_not_input(vectors_text, stop, e);
	}
	return e->code;
}

static int train(int count, char **operands, struct error *e)
{
	struct corpus corpus = {0};
	struct glove_source source;
	struct glove_options o;
	struct machine *machine;
	struct table *list = NULL;
	int code = ERROR_FAILED;

	if (count != 1 || !out) {
		fail(e, ERROR_USAGE, "one input and -o are needed");
		return hint(e, "seesay words posts.safetensors -o "
			    "words.safetensors");
	}
	if (outputs_check(operands[0], e) < 0)
		return e->code;
	list = clean_stop_list(stop, e);
	if (!list || corpus_open(&corpus, operands[0], e) < 0 ||
	    cli_machine(&machine, e) < 0)
		goto done;
	options_take(&o, list);
	source = (struct glove_source){ corpus.count, corpus_caption, &corpus,
					corpus.sum };
	code = glove_train(&source, &o, machine, e);
done:
	corpus_close(&corpus);
	table_free(list);
	return e->code ? e->code : code;
}

/* ---- looking ------------------------------------------------------------- */

/* A words file that is open. */
struct view {
	struct st_file *file;
	struct words words;
};

static int view_open(struct view *v, const char *path, struct error *e)
{
	v->file = st_open(path, WORDS_FORMAT, e);
	if (!v->file || words_load(&v->words, v->file, "", e) < 0) {
		st_close(v->file);
		return e->code;
	}
	return 0;
}

static void view_close(struct view *v)
{
	words_free(&v->words);
	st_close(v->file);
}

static int hits_json(struct buf *b, const struct words *w,
		     const struct near_hit *hits, size_t n, struct error *e)
{
	int bad = buf_addf(b, e, "{\"words\":[");

	for (size_t i = 0; !bad && i < n; i++) {
		bad |= buf_addf(b, e, "%s{\"word\":", i ? "," : "");
		bad |= json_put_string(b, words_at(w, hits[i].id), e);
		bad |= buf_addf(b, e, ",\"cosine\":%.6f,\"count\":%" PRIu64 "}",
				(double)hits[i].cosine,
				w->occurrences[hits[i].id]);
	}
	bad |= buf_addf(b, e, "]}\n");
	return bad ? e->code : 0;
}

static int hits_text(struct buf *b, const struct words *w,
		     const struct near_hit *hits, size_t n, struct error *e)
{
	for (size_t i = 0; i < n; i++) {
		struct str s = words_at(w, hits[i].id);

		if (buf_addf(b, e, "%7.4f  ", (double)hits[i].cosine) < 0 ||
		    buf_add(b, s.data, s.bytes, e) < 0 ||
		    buf_add(b, "\n", 1, e) < 0)
			return e->code;
	}
	return 0;
}

static int put_out(const struct buf *b, struct error *e)
{
	if ((b->bytes && fwrite(b->data, 1, b->bytes, stdout) != b->bytes) ||
	    fflush(stdout) != 0)
		return fail_errno(e, "cannot write to standard output");
	return 0;
}

/* `unit`: the terms weigh the same, as analogies are done. */
static int nearest(const struct words *w, const struct near_query *q, int unit,
		   struct error *e)
{
	size_t n = MIN((size_t)results, w->count);
	float *target = mem_new(w->dim, sizeof(*target), e);
	struct near_hit *hits = mem_new(n, sizeof(*hits), e);
	struct machine *machine;
	struct buf b = {0};

	if (!target || !hits || cli_machine(&machine, e) < 0)
		goto done;
	near_target(q, w, unit, target, machine->kernels);
	n = near_find(q, w, target, hits, n, machine->kernels);
	if ((json ? hits_json : hits_text)(&b, w, hits, n, e) == 0)
		put_out(&b, e);
done:
	buf_free(&b);
	mem_free(hits);
	mem_free(target);
	return e->code;
}

static int near(int count, char **operands, int unit, struct error *e)
{
	struct near_query q = {0};
	struct view v;

	if (count < 2 || (unit && count != 2)) {
		fail(e, ERROR_USAGE, "a words file and %s are needed",
		     unit ? "one expression" : "words");
		return hint(e, unit ? "seesay words analogy words.safetensors "
			    "king-man+woman" : "seesay words near "
			    "words.safetensors beach");
	}
	if (view_open(&v, operands[0], e) < 0)
		return e->code;
	for (int i = 1; i < count && !e->code; i++)
		near_add(&q, &v.words, str_of(operands[i]), e);
	if (!e->code)
		nearest(&v.words, &q, unit, e);
	view_close(&v);
	return e->code;
}

/* Metadata that the file keeps for itself. */
static int is_shown(const char *key)
{
	return strncmp(key, "sum.", 4) != 0;
}

static int info_json(struct buf *b, const struct view *v, struct error *e)
{
	int bad = buf_addf(b, e, "{\"words\":%zu,\"dim\":%zu", v->words.count,
			   v->words.dim);
	const char *key, *value;

	for (size_t i = 0; !bad && i < st_meta_count(v->file); i++) {
		st_meta_at(v->file, i, &key, &value);
		if (!is_shown(key))
			continue;
		bad |= buf_add(b, ",", 1, e);
		bad |= json_put_string(b, str_of(key), e);
		bad |= buf_add(b, ":", 1, e);
		bad |= json_put_string(b, str_of(value), e);
	}
	bad |= buf_addf(b, e, "}\n");
	return bad ? e->code : 0;
}

static int info_text(struct buf *b, const struct view *v, struct error *e)
{
	const struct words *w = &v->words;
	int bad = buf_addf(b, e, "%-16s%zu\n%-16s%zu\n", "words", w->count,
			   "dim", w->dim);
	const char *key, *value;

	for (size_t i = 0; !bad && i < st_meta_count(v->file); i++) {
		st_meta_at(v->file, i, &key, &value);
		if (is_shown(key))
			bad |= buf_addf(b, e, "%-15s %s\n", key, value);
	}
	bad |= buf_addf(b, e, "%-16s", "most frequent");
	for (uint32_t i = 0; !bad && i < MIN(w->count, 10); i++) {
		struct str s = words_at(w, i);

		bad |= buf_add(b, s.data, s.bytes, e);
		bad |= buf_addf(b, e, " (%" PRIu64 ") ", w->occurrences[i]);
	}
	bad |= buf_add(b, "\n", 1, e);
	return bad ? e->code : 0;
}

static int info(int count, char **operands, struct error *e)
{
	struct buf b = {0};
	struct view v;

	if (count != 1)
		return fail(e, ERROR_USAGE, "one words file is needed");
	if (view_open(&v, operands[0], e) < 0)
		return e->code;
	if ((json ? info_json : info_text)(&b, &v, e) == 0)
		put_out(&b, e);
	buf_free(&b);
	view_close(&v);
	return e->code;
}

static int run(int count, char **operands, struct error *e)
{
	const char *first = count ? operands[0] : "";

	if (strcmp(first, "near") == 0)
		return near(count - 1, operands + 1, 0, e);
	if (strcmp(first, "analogy") == 0)
		return near(count - 1, operands + 1, 1, e);
	if (strcmp(first, "info") == 0)
		return info(count - 1, operands + 1, e);
	return train(count, operands, e);
}

const struct opt_command cmd_words = {
	.name = "words",
	.operands = "POSTS|TEXT -o FILE | near FILE WORD... | "
		    "analogy FILE EXPRESSION | info FILE",
	.purpose = "learn word vectors from captions, or look at them",
	.text =
	"Learns a vector for each word, so that words that stand near the\n"
	"same words get vectors that are near (GloVe).  The input is a\n"
	"dataset, of which it takes captions and tags, or a text with one\n"
	"caption a line ('-': standard input).  The result is the same to\n"
	"the byte for any number of threads.\n"
	"\n"
	"Progress is kept in FILE.checkpoint: when the program is stopped or\n"
	"killed, run the same command again to go on.\n"
	"\n"
	"near lists the words nearest to the sum of the given ones, analogy\n"
	"solves 'king-man+woman'; both leave the given words out, info tells\n"
	"what the file holds.\n"
	"\n"
	"  seesay words posts.safetensors -o words.safetensors --stop en\n"
	"  seesay words near words.safetensors beach sunset\n"
	"  seesay words analogy words.safetensors king-man+woman",
	.options = options,
	.run = run,
};
