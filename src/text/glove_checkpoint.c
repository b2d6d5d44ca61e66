/*
 * glove_checkpoint.c - see glove_checkpoint.h.
 *
 * All that training reads and writes is kept (vectors, biases, accumulators,
 * the loss so far), so the run that goes on makes the bytes that the
 * undisturbed one would have made.
 */
#include "text/glove_checkpoint.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/log.h"

int glove_put_rows(struct st_writer *w, const char *name, const struct fit *f,
		   size_t at, size_t width, struct error *e)
{
	uint64_t shape[2] = { f->count, width };

	if (st_begin(w, name, ST_F32, e) < 0)
		return e->code;
	for (size_t i = 0; i < f->count; i++)
		if (st_rows(w, f->rows + i * f->stride + at, width, e) < 0)
			return e->code;
	return st_end(w, width == 1 ? 1 : 2, shape, e);
}

int glove_checkpoint_save(const char *path, const struct fit *f,
			  const char *identity, uint64_t step, struct error *e)
{
	struct st_writer *w = st_create(path, GLOVE_CHECKPOINT_FORMAT, 5, e);
	uint64_t buckets = FIT_BUCKETS;
	char number[32];

	if (!w)
		return e->code;
	snprintf(number, sizeof(number), "%" PRIu64, step);
	if (st_put_meta(w, "run", identity, e) < 0 ||
	    st_put_meta(w, "step", number, e) < 0 ||
	    glove_put_rows(w, "vectors", f, 0, f->dim, e) < 0 ||
	    glove_put_rows(w, "bias", f, f->dim, 1, e) < 0 ||
	    glove_put_rows(w, "bias_square", f, f->dim + 1, 1, e) < 0 ||
	    glove_put_rows(w, "squares", f, f->squares_at, f->dim, e) < 0 ||
	    st_put(w, "loss", ST_F64, 1, &buckets, f->loss, e) < 0) {
		st_discard(w);
		return e->code;
	}
	return st_commit(w, e);
}

static int get_rows(const struct st_file *file, const char *name,
		    struct fit *f, size_t at, size_t width, int store,
		    struct error *e)
{
	uint64_t shape[2] = { f->count, width };
	const struct st_tensor *t = st_need(file, name, ST_F32,
					    width == 1 ? 1 : 2, shape, e);
	const float *data;

	if (!t)
		return e->code;
	data = t->data;
	for (size_t i = 0; store && i < f->count; i++)
		memcpy(f->rows + i * f->stride + at, data + i * width,
		       width * sizeof(*data));
	return 0;
}

/* Checks all tensors (store 0), then copies them (store 1). */
static int get_all(const struct st_file *file, struct fit *f, int store,
		   struct error *e)
{
	uint64_t buckets = FIT_BUCKETS;
	const struct st_tensor *loss = st_need(file, "loss", ST_F64, 1,
					       &buckets, e);

	if (!loss ||
	    get_rows(file, "vectors", f, 0, f->dim, store, e) < 0 ||
	    get_rows(file, "bias", f, f->dim, 1, store, e) < 0 ||
	    get_rows(file, "bias_square", f, f->dim + 1, 1, store, e) < 0 ||
	    get_rows(file, "squares", f, f->squares_at, f->dim, store, e) < 0)
		return e->code;
	if (store)
		memcpy(f->loss, loss->data, sizeof(f->loss));
	return 0;
}

static int read_step(const struct st_file *file, uint64_t steps,
		     uint64_t *step)
{
	const char *text = st_meta(file, "step");
	char *end;

	if (!text || *text < '0' || *text > '9')
		return 0;
	*step = strtoull(text, &end, 10);
	return *end == 0 && *step > 0 && *step <= steps;
}

void glove_checkpoint_load(const char *path, struct fit *f,
			   const char *identity, uint64_t steps,
			   uint64_t *step)
{
	struct error why = {0};
	struct st_file *file;
	const char *run;
	uint64_t done;

	if (!file_exists(path))
		return;
	file = st_open(path, GLOVE_CHECKPOINT_FORMAT, &why);
	if (!file || st_verify(file, &why) < 0) {
		log_warn("starting anew: %s", why.text);
		goto done;
	}
	run = st_meta(file, "run");
	if (!run || strcmp(run, identity) != 0 ||
	    !read_step(file, steps, &done)) {
		log_warn("starting anew: '%s' is of another input or other "
			 "options", path);
		goto done;
	}
	if (get_all(file, f, 0, &why) < 0 || get_all(file, f, 1, &why) < 0) {
		log_warn("starting anew: %s", why.text);
		goto done;
	}
	*step = done;
done:
	st_close(file);
}
