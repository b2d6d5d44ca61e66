/*
 * index_file.c - the only file that knows how an index lies on the disk, see
 * index.h.
 *
 * Reading gives views into the mapped file.  Writing copies the space that the
 * pictures belong to, tensor by tensor, then adds theirs.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "run/numerics.h"
#include "search/index.h"
#include "search/index_codes.h"

enum {
	PANEL = KERNELS_PANEL,
	CODED = 256,		/* panels that are coded together: 1.2 MB */
};

/* Metadata "index.codes": how the codes are laid out and bounded.  Codes of
 * another kind are left alone and the floats searched. */
#define CODES_KIND "int8 1"

/* ---- reading ------------------------------------------------------------- */

static int check_strings(const struct st_strings *s, const char *name,
			 const struct index *x, const struct st_file *f,
			 struct error *e)
{
	if (s->count == x->count)
		return 0;
	return fail(e, ERROR_DATA, "'%s': index has %zu pictures but %zu %ss",
		    st_path(f), x->count, s->count, name);
}

static int load_split(struct index *x, const struct st_file *f, struct error *e)
{
	uint64_t shape[] = { x->count };
	const struct st_tensor *t;

	if (!st_find(f, "index.split"))
		return 0;
	t = st_need(f, "index.split", ST_U8, 1, shape, e);
	x->split = t ? t->data : NULL;
	return e->code;
}

/* Codes that this program can use.  Their values are not looked at: any bytes
 * are codes, and no bound leads outside the file. */
static int load_codes(struct index *x, const struct st_file *f,
		      struct error *e)
{
	const uint64_t panels = CEIL_DIV(x->count, PANEL);
	const uint64_t codes[] = { panels, CEIL_DIV(x->dim, CODES_GROUP),
				   PANEL, CODES_GROUP };
	const uint64_t bounds[] = { panels, CODES_BOUNDS, PANEL };
	const char *kind = st_meta(f, "index.codes");
	const struct st_tensor *c, *b;

	if (!kind || strcmp(kind, CODES_KIND) || x->dim > CODES_MAX_DIM)
		return 0;
	c = st_need(f, "index.codes", ST_U8, 4, codes, e);
	b = c ? st_need(f, "index.bounds", ST_F32, 3, bounds, e) : NULL;
	if (!b)
		return e->code;
	x->codes = c->data;
	x->bounds = b->data;
	return 0;
}

int index_load(struct index *x, const struct st_file *f, struct error *e)
{
	static const uint64_t shape[] = { 0, 0, PANEL };
	const struct st_tensor *t;
	const char *root = st_meta(f, "index.root");

	*x = (struct index){ .root = root ? root : "" };
	t = st_need(f, "index.panels", ST_F32, 3, shape, e);
	if (!t || st_strings(&x->id, f, "index.id", e) < 0 ||
	    st_strings(&x->path, f, "index.path", e) < 0 ||
	    st_strings(&x->caption, f, "index.caption", e) < 0)
		return e->code;
	x->count = x->id.count;
	x->dim = (size_t)t->shape[1];
	x->panels = t->data;
	if (x->count > UINT32_MAX || x->dim == 0 ||
	    t->shape[0] != x->count / PANEL + (x->count % PANEL != 0))
		return fail(e, ERROR_DATA,
			    "'%s': %zu pictures do not fit index.panels "
			    "[%llu, %zu, %d]", st_path(f), x->count,
			    (unsigned long long)t->shape[0], x->dim,
			    (int)PANEL);
	if (check_strings(&x->path, "path", x, f, e) < 0)
		return e->code;
	if (check_strings(&x->caption, "caption", x, f, e) < 0 ||
	    load_codes(x, f, e) < 0)
		return e->code;
	return load_split(x, f, e);
}

void index_vector(const struct index *x, size_t i, float *out)
{
	const float *at = x->panels + i / PANEL * x->dim * PANEL + i % PANEL;

	for (size_t p = 0; p < x->dim; p++)
		out[p] = at[p * PANEL];
}

size_t index_find(const struct index *x, struct str id)
{
	for (size_t i = 0; i < x->count; i++)
		if (str_equal(st_string_at(&x->id, i), id))
			return i;
	return SIZE_MAX;
}

/* ---- writing ------------------------------------------------------------- */

/* Vectors [columns, dim] side by side; spare columns become zeros. */
static void fill_panel(float *panel, const float *vectors, size_t columns,
		       size_t dim)
{
	for (size_t p = 0; p < dim; p++)
		for (size_t j = 0; j < PANEL; j++)
			panel[p * PANEL + j] =
				j < columns ? vectors[j * dim + p] : 0.0f;
}

static int check_finite(const float *v, size_t dim, struct str id,
			struct error *e)
{
	for (size_t p = 0; p < dim; p++)
		if (!isfinite(v[p]))
			return fail(e, ERROR_DATA,
				    "vector of '%.*s': value %zu is not finite",
				    (int)MIN(id.bytes, 200), id.data, p);
	return 0;
}

static int put_panels(struct st_writer *w, const struct index_content *c,
		      struct error *e)
{
	const size_t count = c->count, dim = c->dim;
	uint64_t shape[] = { CEIL_DIV(count, PANEL), dim, PANEL };
	float *panel = mem_new(dim, PANEL * sizeof(*panel), e);

	if (!panel || st_begin(w, "index.panels", ST_F32, e) < 0)
		goto done;
	for (size_t i = 0; i < count; i += PANEL) {
		fill_panel(panel, c->vectors + i * dim, MIN(count - i, PANEL),
			   dim);
		if (st_rows(w, panel, dim * PANEL, e) < 0)
			goto done;
	}
	st_end(w, 3, shape, e);
done:
	mem_free(panel);
	return e->code;
}

/* Codes [panels, bytes], a block of panels at a time; bounds of all panels. */
static int stream_codes(struct st_writer *w, const struct index_content *c,
			unsigned char *codes, float *bounds, struct error *e)
{
	const size_t bytes = index_codes_bytes(c->dim);

	for (size_t i = 0; i < c->count; i += CODED * PANEL) {
		size_t n = MIN(c->count - i, (size_t)CODED * PANEL);

		index_codes_make(c->pool, c->vectors + i * c->dim, n, c->dim,
				 codes, bounds + i * CODES_BOUNDS);
		if (st_rows(w, codes, CEIL_DIV(n, PANEL) * bytes, e) < 0)
			break;
	}
	return e->code;
}

static int put_codes(struct st_writer *w, const struct index_content *c,
		     struct error *e)
{
	const uint64_t panels = CEIL_DIV(c->count, PANEL);
	const uint64_t shape[] = { panels, CEIL_DIV(c->dim, CODES_GROUP),
				   PANEL, CODES_GROUP };
	const uint64_t bounds_shape[] = { panels, CODES_BOUNDS, PANEL };
	unsigned char *codes = mem_new(CODED, index_codes_bytes(c->dim), e);
	float *bounds = mem_new(panels * PANEL, CODES_BOUNDS * sizeof(*bounds),
				e);

	if (!codes || !bounds ||
	    st_begin(w, "index.codes", ST_U8, e) < 0 ||
	    stream_codes(w, c, codes, bounds, e) < 0 ||
	    st_end(w, 4, shape, e) < 0)
		goto done;
	st_put(w, "index.bounds", ST_F32, 3, bounds_shape, bounds, e);
done:
	mem_free(codes);
	mem_free(bounds);
	return e->code;
}

static int content_check(const struct index_content *c, struct error *e)
{
	if (c->count == 0)
		return fail(e, ERROR_FAILED, "there are no pictures to index");
	if (c->count > UINT32_MAX)
		return fail(e, ERROR_USAGE, "%zu pictures are too many for "
			    "one index", c->count);
	for (size_t i = 0; i < c->count; i++)
		if (check_finite(c->vectors + i * c->dim, c->dim, c->id[i],
				 e) < 0)
			return e->code;
	return 0;
}

static int put_content(struct st_writer *w, const struct index_content *c,
		       struct error *e)
{
	uint64_t shape[] = { c->count };

	if (put_panels(w, c, e) < 0 ||
	    (c->dim <= CODES_MAX_DIM && put_codes(w, c, e) < 0) ||
	    st_put_strings(w, "index.id", c->id, c->count, e) < 0 ||
	    st_put_strings(w, "index.path", c->path, c->count, e) < 0 ||
	    st_put_strings(w, "index.caption", c->caption, c->count, e) < 0)
		return e->code;
	return c->split ? st_put(w, "index.split", ST_U8, 1, shape, c->split,
				 e) : 0;
}

static int put_meta(struct st_writer *w, const struct index_content *c,
		    struct error *e)
{
	char sum[17], version[16];

	snprintf(sum, sizeof(sum), "%016llx", (unsigned long long)c->posts_sum);
	snprintf(version, sizeof(version), "%d", NUMERICS_VERSION);
	if (st_put_meta(w, "index.numerics", version, e) < 0)
		return e->code;
	if (c->dim <= CODES_MAX_DIM &&
	    st_put_meta(w, "index.codes", CODES_KIND, e) < 0)
		return e->code;
	if (c->posts_sum && st_put_meta(w, "index.posts", sum, e) < 0)
		return e->code;
	return st_put_meta(w, "index.root", c->root ? c->root : "", e);
}

static int lacks(const char *name, const char *prefix)
{
	return strncmp(name, prefix, strlen(prefix)) != 0;
}

/* What belongs to the space: not the lines st_create and st_commit write
 * themselves, not an index's. */
static int is_space_meta(const char *key)
{
	return strcmp(key, "format") && strcmp(key, "format_version") &&
	       strcmp(key, "program") && lacks(key, "sum.") &&
	       lacks(key, "index.");
}

static int is_space_tensor(const char *name)
{
	return lacks(name, "index.") && lacks(name, "pad.");
}

static int copy_space(struct st_writer *w, const struct st_file *f,
		      struct error *e)
{
	for (size_t i = 0; i < st_meta_count(f); i++) {
		const char *key, *value;

		st_meta_at(f, i, &key, &value);
		if (is_space_meta(key) && st_put_meta(w, key, value, e) < 0)
			return e->code;
	}
	for (size_t i = 0; i < st_count(f); i++) {
		const struct st_tensor *t = st_at(f, i);

		if (is_space_tensor(t->name) &&
		    st_put(w, t->name, t->type, t->rank, t->shape, t->data,
			   e) < 0)
			return e->code;
	}
	return 0;
}

static int read_back(struct st_file *f, void *context, struct error *e)
{
	struct index x;

	(void)context;
	return index_load(&x, f, e);
}

int index_write(const char *path, const struct st_file *space,
		const struct index_content *c, struct error *e)
{
	struct st_writer *w;

	if (content_check(c, e) < 0)
		return e->code;
	w = st_create(path, INDEX_FORMAT, e);
	if (!w)
		return e->code;
	if (copy_space(w, space, e) < 0 || put_meta(w, c, e) < 0 ||
	    put_content(w, c, e) < 0) {
		st_discard(w);
		return e->code;
	}
	return st_commit_read(w, read_back, NULL, e);
}
