/* features.c - see features.h. */
#include "joint/features.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/hash.h"
#include "base/file.h"
#include "run/numerics.h"

enum { CHUNK = 32 };			/* pictures at a time */

/* What the rows are made of, as metadata. */
struct origin {
	char posts[20], trunk[20], views[24], numerics[12];
	uint64_t sum;
};

static struct origin origin_of(const struct dataset *d, const struct trunk *t)
{
	struct origin o;
	char all[80];
	int bytes;

	snprintf(o.posts, sizeof(o.posts), "%016" PRIx64, d->sum);
	snprintf(o.trunk, sizeof(o.trunk), "%016" PRIx64, t->sum);
	snprintf(o.views, sizeof(o.views), "%zu", t->views);
	snprintf(o.numerics, sizeof(o.numerics), "%d", NUMERICS_VERSION);
	bytes = snprintf(all, sizeof(all), "%s %s %s %s", o.posts, o.trunk,
			 o.views, o.numerics);
	o.sum = hash64(all, (size_t)bytes, 0);
	return o;
}

static int meta_is(const struct st_file *f, const char *key, const char *value)
{
	const char *got = st_meta(f, key);

	return got && strcmp(got, value) == 0;
}

static int is_of(const struct st_file *f, const struct origin *o)
{
	return meta_is(f, "posts", o->posts) && meta_is(f, "trunk", o->trunk) &&
	       meta_is(f, "views", o->views) &&
	       meta_is(f, "numerics", o->numerics);
}

/* ---- making -------------------------------------------------------------- */

static int put_rows(struct st_writer *w, const struct dataset *d,
		    struct trunk *t, struct error *e)
{
	size_t floats = t->views * t->dim, done = 0;
	float *rows = mem_new(CHUNK, floats * sizeof(*rows), e);
	const unsigned char *pixels[CHUNK];
	struct talk_bar bar;

	if (!rows || st_begin(w, "rows", ST_F32, e) < 0)
		goto done;
	talk_bar_start(&bar, t->machine->talk, "features", d->count, 0);
	while (done < d->count && !talk_stops(t->machine->talk)) {
		size_t n = MIN(d->count - done, (size_t)CHUNK);

		for (size_t i = 0; i < n; i++)
			pixels[i] = dataset_pixels(d, done + i);
		if (trunk_run(t, pixels, d->size, n, rows, e) < 0 ||
		    st_rows(w, rows, n * floats, e) < 0)
			break;
		done += n;
		talk_bar_step(&bar, done, "");
	}
	talk_bar_end(&bar, done, "");
	if (done < d->count && !e->code)
		fail(e, ERROR_STOPPED, "stopped before all features were "
		     "computed");
done:
	mem_free(rows);
	return e->code;
}

static int make(const char *path, const struct dataset *d, struct trunk *t,
		const struct origin *o, struct error *e)
{
	uint64_t shape[3] = { d->count, t->views, t->dim };
	struct st_writer *w = st_create(path, FEATURES_FORMAT, e);

	if (!w)
		return e->code;
	if (st_put_meta(w, "posts", o->posts, e) < 0 ||
	    st_put_meta(w, "trunk", o->trunk, e) < 0 ||
	    st_put_meta(w, "views", o->views, e) < 0 ||
	    st_put_meta(w, "numerics", o->numerics, e) < 0 ||
	    put_rows(w, d, t, e) < 0 || st_end(w, 3, shape, e) < 0) {
		st_discard(w);
		return e->code;
	}
	return st_commit(w, e);
}

/* ---- reading ------------------------------------------------------------- */

/* 1 if the file is there and of this origin. */
static int try_open(struct features *f, const char *path,
		    const struct origin *o, const struct dataset *d,
		    const struct trunk *t, struct error *e)
{
	uint64_t shape[3] = { d->count, t->views, t->dim };
	const struct st_tensor *rows;

	if (!file_exists(path))
		return 0;
	if (!file_is_regular(path))	/* a pipe would be waited for */
		return fail(e, ERROR_FAILED, "'%s' is not a regular file",
			    path);
	f->file = st_open(path, FEATURES_FORMAT, e);
	if (!f->file)
		return e->code;
	if (!is_of(f->file, o)) {
		fail(e, ERROR_DATA, "'%s' has features of other posts, of "
		     "another net, or of other views", path);
		return hint(e, "name another file, or remove it");
	}
	rows = st_need(f->file, "rows", ST_F32, 3, shape, e);
	if (!rows || st_verify(f->file, e) < 0 ||
	    st_numbers(f->file, rows, NET_VALUE_MOST, e) < 0)
		return e->code;
	f->rows = rows->data;
	f->count = d->count;
	f->views = t->views;
	f->dim = t->dim;
	return 1;
}

/* The same for a file under our own name: a damaged one is as none. */
static int try_own(struct features *f, const char *path,
		   const struct origin *o, const struct dataset *d,
		   const struct trunk *t, struct error *e)
{
	int there = try_open(f, path, o, d, t, e);

	if (there >= 0)
		return there;
	features_close(f);
	if (e->code != ERROR_DATA)
		return e->code;
	talk_warn(t->machine->talk, "%s: its features are computed again",
		  e->text);
	error_clear(e);
	return 0;
}

static int own_path(struct buf *path, const struct dataset *d,
		    const struct origin *o, struct error *e)
{
	return buf_addf(path, e, "%s.%016" PRIx64 ".features",
			st_path(d->file), o->sum);
}

int features_open(struct features *f, const struct dataset *d, struct trunk *t,
		  const char *path, struct error *e)
{
	struct origin o = origin_of(d, t);
	struct buf own = { 0 };
	int there;

	*f = (struct features){ .file = NULL };
	if (!path && own_path(&own, d, &o, e) < 0)
		return e->code;
	there = path ? try_open(f, path, &o, d, t, e) :
		       try_own(f, own.data, &o, d, t, e);
	path = path ? path : own.data;
	if (there == 0 && make(path, d, t, &o, e) == 0)
		try_open(f, path, &o, d, t, e);
	buf_free(&own);
	if (e->code)
		features_close(f);
	return e->code;
}

int features_find(struct features *f, const struct dataset *d,
		  const struct trunk *t, struct error *e)
{
	struct origin o = origin_of(d, t);
	struct buf own = { 0 };
	int there;

	*f = (struct features){ .file = NULL };
	there = own_path(&own, d, &o, e) == 0 ?
		try_own(f, own.data, &o, d, t, e) : e->code;
	buf_free(&own);
	return there;
}

void features_mean(const float *rows, size_t views, size_t dim, float *out)
{
	for (size_t i = 0; i < dim; i++) {
		float sum = rows[i];

		for (size_t v = 1; v < views; v++)
			sum = sum + rows[v * dim + i];
		out[i] = sum / (float)views;
	}
}

void features_close(struct features *f)
{
	st_close(f->file);
	*f = (struct features){ .file = NULL };
}
