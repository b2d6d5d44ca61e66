/*
 * dataset.c - the dataset file: pictures of one size, their words, their split
 * (docs/formats.md).
 *
 * Pixels stream through while pictures are read; words follow at the commit,
 * for the posts that have a picture.  All U64 tensors come before all odd-
 * sized ones, so every tensor lies at a multiple of its item size.  Reading
 * checks every count against every other once, at the opening.
 */
#include "base/hash.h"
#include "posts/posts.h"

struct dataset_writer {
	struct st_writer *st;
	size_t size;
	size_t *post;			/* [count]: posts that have a picture */
	size_t count, room;
	struct buf meta;		/* key 0 value 0 key 0 ... */
};

static const struct field {
	const char *name;
	size_t offset;			/* of a struct str in struct post */
} fields[] = {
	{ "id", offsetof(struct post, id) },
	{ "path", offsetof(struct post, path) },
	{ "tags", offsetof(struct post, tags) },
	{ "keyword", offsetof(struct post, keyword) },
	{ "owner", offsetof(struct post, owner) },
};

static struct str field_of(const struct post *post, const struct field *field)
{
	return *(const struct str *)(const void *)((const char *)post +
						   field->offset);
}

/* ---- writing ----------------------------------------------------------- */

struct dataset_writer *dataset_create(const char *path, size_t size,
				      struct error *e)
{
	struct dataset_writer *w;

	if (!size || size % 8 || size > 4096) {
		fail(e, ERROR_USAGE, "picture size %zu is not a multiple of 8 "
		     "up to 4096", size);
		return NULL;
	}
	w = mem_new(1, sizeof(*w), e);
	if (!w)
		return NULL;
	w->size = size;
	w->st = st_create(path, POSTS_FORMAT, e);
	if (w->st && st_begin(w->st, "pixels", ST_U8, e) == 0)
		return w;
	dataset_discard(w);
	return NULL;
}

void dataset_discard(struct dataset_writer *w)
{
	if (!w)
		return;
	if (w->st)
		st_discard(w->st);
	mem_free(w->post);
	buf_free(&w->meta);
	mem_free(w);
}

int dataset_put(struct dataset_writer *w, size_t post,
		const unsigned char *rgb, struct error *e)
{
	if (w->count && w->post[w->count - 1] >= post)
		bug("post %zu after post %zu", post, w->post[w->count - 1]);
	if (mem_grow(&w->post, &w->room, w->count + 1, sizeof(*w->post),
		     e) < 0)
		return e->code;
	w->post[w->count++] = post;
	return st_rows(w->st, rgb, w->size * w->size * 3, e);
}

int dataset_meta(struct dataset_writer *w, const char *key, const char *value,
		 struct error *e)
{
	if (buf_add(&w->meta, key, strlen(key) + 1, e) < 0 ||
	    buf_add(&w->meta, value, strlen(value) + 1, e) < 0)
		return e->code;
	return 0;
}

static int meta_number(struct dataset_writer *w, const char *key, size_t n,
		       struct error *e)
{
	struct buf text = { 0 };

	if (buf_addf(&text, e, "%zu", n) == 0)
		dataset_meta(w, key, text.data, e);
	buf_free(&text);
	return e->code;
}

static size_t captions_count(const struct dataset_writer *w,
			     const struct posts *p)
{
	size_t n = 0;

	for (size_t i = 0; i < w->count; i++)
		n += p->post[w->post[i]].captions;
	return n;
}

static int meta_write(struct dataset_writer *w, const struct posts *p,
		      struct error *e)
{
	const char *at, *end;

	if (dataset_meta(w, "root", p->root ? p->root : "", e) < 0 ||
	    meta_number(w, "images", w->count, e) < 0 ||
	    meta_number(w, "captions", captions_count(w, p), e) < 0 ||
	    meta_number(w, "size", w->size, e) < 0)
		return e->code;
	at = w->meta.data;
	end = at + w->meta.bytes;
	while (at < end) {
		const char *value = at + strlen(at) + 1;

		if (st_put_meta(w->st, at, value, e) < 0)
			return e->code;
		at = value + strlen(value) + 1;
	}
	return 0;
}

/* A name with a suffix: "caption" ".ends". */
static int tensor_put(struct st_writer *st, const char *name,
		      const char *suffix, const uint64_t *values, size_t count,
		      struct error *e)
{
	uint64_t shape[1] = { count };
	char full[32] = "";

	strcat(strcat(full, name), suffix);
	return st_put(st, full, ST_U64, 1, shape, values, e);
}

static int field_ends(struct dataset_writer *w, const struct posts *p,
		      const struct field *field, uint64_t *ends,
		      struct error *e)
{
	uint64_t total = 0;

	for (size_t i = 0; i < w->count; i++) {
		total += field_of(&p->post[w->post[i]], field).bytes;
		ends[i] = total;
	}
	return tensor_put(w->st, field->name, ".ends", ends, w->count, e);
}

static int field_bytes(struct dataset_writer *w, const struct posts *p,
		       const struct field *field, struct error *e)
{
	uint64_t shape[1] = { 0 };
	char full[32] = "";

	if (st_begin(w->st, strcat(strcat(full, field->name), ".bytes"),
		     ST_U8, e) < 0)
		return e->code;
	for (size_t i = 0; i < w->count; i++) {
		struct str s = field_of(&p->post[w->post[i]], field);

		shape[0] += s.bytes;
		if (st_rows(w->st, s.data, s.bytes, e) < 0)
			return e->code;
	}
	return st_end(w->st, 1, shape, e);
}

/* caption_ends per image, caption.ends per caption. */
static int caption_ends(struct dataset_writer *w, const struct posts *p,
			uint64_t *ends, struct error *e)
{
	uint64_t total = 0;
	size_t n = 0;

	for (size_t i = 0; i < w->count; i++) {
		total += p->post[w->post[i]].captions;
		ends[i] = total;
	}
	if (tensor_put(w->st, "caption_ends", "", ends, w->count, e) < 0)
		return e->code;
	total = 0;
	for (size_t i = 0; i < w->count; i++) {
		const struct post *post = &p->post[w->post[i]];

		for (size_t c = 0; c < post->captions; c++) {
			total += p->caption[post->first_caption + c].bytes;
			ends[n++] = total;
		}
	}
	return tensor_put(w->st, "caption", ".ends", ends, n, e);
}

static int caption_bytes(struct dataset_writer *w, const struct posts *p,
			 struct error *e)
{
	uint64_t shape[1] = { 0 };

	if (st_begin(w->st, "caption.bytes", ST_U8, e) < 0)
		return e->code;
	for (size_t i = 0; i < w->count; i++) {
		const struct post *post = &p->post[w->post[i]];

		for (size_t c = 0; c < post->captions; c++) {
			struct str s = p->caption[post->first_caption + c];

			shape[0] += s.bytes;
			if (st_rows(w->st, s.data, s.bytes, e) < 0)
				return e->code;
		}
	}
	return st_end(w->st, 1, shape, e);
}

static int split_put(struct dataset_writer *w, const struct posts *p,
		     struct error *e)
{
	uint64_t shape[1] = { w->count };

	if (st_begin(w->st, "split", ST_U8, e) < 0)
		return e->code;
	for (size_t i = 0; i < w->count; i++) {
		unsigned char split =
			(unsigned char)p->post[w->post[i]].split;

		if (st_rows(w->st, &split, 1, e) < 0)
			return e->code;
	}
	return st_end(w->st, 1, shape, e);
}

static int words_write(struct dataset_writer *w, const struct posts *p,
		       struct error *e)
{
	uint64_t *ends = mem_new(MAX(w->count, captions_count(w, p)),
				 sizeof(*ends), e);

	if (!ends || caption_ends(w, p, ends, e) < 0)
		goto done;
	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		if (field_ends(w, p, &fields[i], ends, e) < 0)
			goto done;
	if (split_put(w, p, e) < 0 || caption_bytes(w, p, e) < 0)
		goto done;
	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		if (field_bytes(w, p, &fields[i], e) < 0)
			goto done;
done:
	mem_free(ends);
	return e->code;
}

static int read_back(struct st_file *f, void *context, struct error *e);

int dataset_commit(struct dataset_writer *w, const struct posts *p,
		   struct error *e)
{
	uint64_t shape[4] = { w->count, w->size, w->size, 3 };
	struct st_writer *st = w->st;

	if (st_end(st, 4, shape, e) == 0 && meta_write(w, p, e) == 0 &&
	    words_write(w, p, e) == 0) {
		w->st = NULL;
		st_commit_read(st, read_back, NULL, e);
	}
	dataset_discard(w);
	return e->code;
}

/* ---- reading ----------------------------------------------------------- */

static int pixels_open(struct dataset *d, struct error *e)
{
	const uint64_t shape[4] = { 0, 0, 0, 3 };
	const struct st_tensor *t = st_need(d->file, "pixels", ST_U8, 4, shape,
					    e);

	if (!t)
		return e->code;
	if (t->shape[1] != t->shape[2] || !t->shape[1])
		return fail(e, ERROR_DATA, "'%s': pixels are not square",
			    st_path(d->file));
	d->pixels = t->data;
	d->count = (size_t)t->shape[0];
	d->size = (size_t)t->shape[1];
	return 0;
}

static int strings_open(struct st_strings *s, const struct st_file *file,
			const char *name, size_t count, struct error *e)
{
	if (st_strings(s, file, name, e) < 0)
		return e->code;
	if (s->count != count)
		return fail(e, ERROR_DATA, "'%s': %zu strings '%s', not %zu",
			    st_path(file), s->count, name, count);
	return 0;
}

/* shape[0] of count 0 would mean "any": so the length is compared here. */
static const void *column_open(struct dataset *d, const char *name,
			       enum st_type type, struct error *e)
{
	const struct st_tensor *t = st_need(d->file, name, type, 1, NULL, e);

	if (!t)
		return NULL;
	if (t->shape[0] == d->count)
		return t->data;
	fail(e, ERROR_DATA, "'%s': '%s' does not have one value per picture",
	     st_path(d->file), name);
	return NULL;
}

static int captions_open(struct dataset *d, struct error *e)
{
	uint64_t last = 0;

	d->caption_ends = column_open(d, "caption_ends", ST_U64, e);
	if (!d->caption_ends)
		return e->code;
	for (size_t i = 0; i < d->count; i++) {
		if (d->caption_ends[i] < last)
			return fail(e, ERROR_DATA,
				    "'%s': caption_ends decreases at picture "
				    "%zu", st_path(d->file), i);
		last = d->caption_ends[i];
	}
	if (last > SIZE_MAX)
		return fail(e, ERROR_DATA, "'%s': too many captions",
			    st_path(d->file));
	d->captions = (size_t)last;
	return strings_open(&d->caption, d->file, "caption", d->captions, e);
}

static int split_open(struct dataset *d, struct error *e)
{
	d->split = column_open(d, "split", ST_U8, e);
	if (!d->split)
		return e->code;
	for (size_t i = 0; i < d->count; i++)
		if (d->split[i] >= POSTS_SPLITS)
			return fail(e, ERROR_DATA, "'%s': post %zu has the "
				    "unknown split %d", st_path(d->file), i,
				    d->split[i]);
	return 0;
}

/* XXH64 over name and sum of every tensor, in the order of the file. */
static int sum_open(struct dataset *d, struct error *e)
{
	struct hash64 sum;
	struct buf key = { 0 };

	hash64_start(&sum, 0);
	for (size_t i = 0; i < st_count(d->file); i++) {
		const char *name = st_at(d->file, i)->name, *value;

		buf_clear(&key);
		if (buf_addf(&key, e, "sum.%s", name) < 0)
			break;
		value = st_meta(d->file, key.data);
		if (!value) {
			fail(e, ERROR_DATA, "'%s': there is no checksum of "
			     "'%s'", st_path(d->file), name);
			break;
		}
		hash64_add(&sum, name, strlen(name) + 1);
		hash64_add(&sum, value, strlen(value) + 1);
	}
	d->sum = hash64_end(&sum);
	buf_free(&key);
	return e->code;
}

/* Of d->file, which is open. */
static int dataset_load(struct dataset *d, struct error *e)
{
	if (pixels_open(d, e) < 0 || split_open(d, e) < 0 ||
	    captions_open(d, e) < 0 ||
	    strings_open(&d->id, d->file, "id", d->count, e) < 0 ||
	    strings_open(&d->path, d->file, "path", d->count, e) < 0 ||
	    strings_open(&d->tags, d->file, "tags", d->count, e) < 0 ||
	    strings_open(&d->keyword, d->file, "keyword", d->count, e) < 0 ||
	    strings_open(&d->owner, d->file, "owner", d->count, e) < 0)
		return e->code;
	return sum_open(d, e);
}

int dataset_open(struct dataset *d, const char *path, struct error *e)
{
	*d = (struct dataset){ 0 };
	d->file = st_open(path, POSTS_FORMAT, e);
	if (d->file && dataset_load(d, e) < 0)
		dataset_close(d);
	return e->code;
}

/* What dataset_commit wrote, before it is there. */
static int read_back(struct st_file *f, void *context, struct error *e)
{
	struct dataset d = { .file = f };

	(void)context;
	return dataset_load(&d, e);
}

void dataset_close(struct dataset *d)
{
	if (d->file)
		st_close(d->file);
	*d = (struct dataset){ 0 };
}
