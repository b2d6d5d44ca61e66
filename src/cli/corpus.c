/*
 * corpus.c - see corpus.h.
 */
#include "cli/corpus.h"

#include "base/le.h"
#include "base/plain.h"
#include "base/hash.h"
#include "cli/log.h"

enum {
	STEP = 8,		/* lines of a text for one that is known */
	LONG_LINE = 256,	/* if they have fewer bytes than this */
};

static int caption_add(struct corpus *c, struct str caption, struct error *e)
{
	if (mem_grow(&c->captions, &c->room, c->count + 1,
		     sizeof(*c->captions), e) < 0)
		return e->code;
	c->captions[c->count++] = caption;
	return 0;
}

static const char *line_end(const char *line, const char *end)
{
	const char *at = memchr(line, '\n', (size_t)(end - line));

	return at ? at : end;
}

static size_t lines_count(struct str text)
{
	const char *at = text.data, *end = str_end(text);
	size_t count = 0;

	for (; at < end; count++) {
		at = line_end(at, end);
		at += at < end;
	}
	return count;
}

/* A text may be larger than memory, and its lines short: a list of all of them
 * would be a third of it.  Long lines are all listed with where they end,
 * which then is not searched: a corpus may be one line of gigabytes. */
static int read_lines(struct corpus *c, struct str text, struct error *e)
{
	const char *end = str_end(text);
	size_t at = 0;

	c->sum = hash64(text.data, text.bytes, 0);
	c->lines = text;
	c->count = lines_count(text);
	c->step = text.bytes / MAX(c->count, 1) < LONG_LINE ? STEP : 1;
	c->starts = mem_new(c->count / c->step + 2, sizeof(*c->starts), e);
	if (!c->starts)
		return e->code;
	for (size_t i = 0; i < c->count; i++) {
		if (i % c->step == 0)
			c->starts[i / c->step] = at;
		at = (size_t)(line_end(text.data + at, end) - text.data) + 1;
	}
	if (c->count % c->step == 0)
		c->starts[c->count / c->step] = at;
	return 0;
}

static struct str line_at(const struct corpus *c, size_t i)
{
	const char *at = c->lines.data + c->starts[i / c->step];
	const char *end = str_end(c->lines);

	if (c->step == 1)
		return (struct str){ at, c->starts[i + 1] - c->starts[i] - 1 };
	for (i %= c->step; i > 0; i--)
		at = line_end(at, end) + 1;
	return (struct str){ at, (size_t)(line_end(at, end) - at) };
}

static int is_chosen(const struct corpus *c, size_t i)
{
	return c->all_splits || c->dataset.split[i] == POSTS_TRAIN;
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
	if (tags &&
	    caption_add(c, (struct str){ c->text.data + *tags_at, tags }, e) <
		    0)
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
		if (is_chosen(c, i) &&
		    tags_add(&c->text, st_string_at(&d->tags, i), e) < 0)
			return e->code;
	for (size_t i = 0; i < d->count; i++)
		if (is_chosen(c, i) && read_post(c, i, &tags_at, e) < 0)
			return e->code;
	le64_put(key, d->sum);
	key[8] = (unsigned char)c->all_splits;
	c->sum = hash64(key, sizeof(key), 0);
	return 0;
}

/* A safetensors file: the length of a header that fits, then a brace. */
static int is_safetensors(const struct file_view *v)
{
	return v->bytes > 9 && v->data[8] == '{' &&
	       le64_get(v->data) <= v->bytes - 8;
}

/* The lines of a text in memory.  Bytes that are not UTF-8 are no letters. */
static int read_text(struct corpus *c, const char *path, struct str text,
		     struct error *e)
{
	size_t bad, first = 0;

	if (plain_decode(&text, &c->decoded, path, e) < 0)
		return e->code;
	bad = plain_bad_lines(text, &first);
	if (bad)
		log_warn("'%s' has bytes that are not UTF-8, which are left "
			 "out: in %zu line%s, first in line %zu", path, bad,
			 bad == 1 ? "" : "s", first);
	return read_lines(c, text, e);
}

int corpus_open(struct corpus *c, const char *path, int all_splits,
		struct error *e)
{
	struct str text;

	*c = (struct corpus){ .all_splits = all_splits };
	if (strcmp(path, "-") == 0) {
		if (file_read(&c->text, path, SIZE_MAX / 4, e) < 0)
			return e->code;
		text = (struct str){ c->text.data, c->text.bytes };
		return read_text(c, path, text, e);
	}
	if (file_view_open(&c->file, path, e) < 0)
		return e->code;
	c->has_file = 1;
	if (is_safetensors(&c->file))
		return read_dataset(c, path, e);
	text = (struct str){ (const char *)c->file.data, c->file.bytes };
	return read_text(c, path, text, e);
}

void corpus_close(struct corpus *c)
{
	if (c->has_dataset)
		dataset_close(&c->dataset);
	if (c->has_file)
		file_view_close(&c->file);
	buf_free(&c->text);
	buf_free(&c->decoded);
	mem_free(c->captions);
	mem_free(c->starts);
}

static struct str corpus_caption(const void *context, size_t i)
{
	const struct corpus *c = context;

	return c->starts ? line_at(c, i) : c->captions[i];
}

struct text_source corpus_source(const struct corpus *c)
{
	return (struct text_source){ c->count, corpus_caption, c, c->sum };
}
