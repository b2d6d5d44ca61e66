/* tower_trunk.c - see tower_trunk.h. */
#include "joint/tower_trunk.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct tower_trunk {
	struct trunk trunk;
	struct buf text;		/* of the head */
	struct net *head;
	enum tower_output output;
	float *mean, *scale;		/* [features] */
	float *rows;			/* [TRUNK_BATCH, views, features] */
};

enum { LEAST_SIDE = 16 };	/* smaller pictures are no pictures */

static struct tower_trunk *state_of(const struct tower *t)
{
	return t->state;
}

static int trunk_new(struct tower *t, const struct st_file *f,
		     const char *prefix, size_t views, struct error *e)
{
	struct tower_trunk *s = mem_new(1, sizeof(*s), e);
	size_t dim;

	t->state = s;
	if (!s || trunk_open(&s->trunk, f, prefix, views, t->machine, e) < 0)
		return e->code;
	dim = s->trunk.dim;
	s->mean = mem_new(dim, sizeof(float), e);
	s->scale = mem_new(dim, sizeof(float), e);
	s->rows = mem_new(TRUNK_BATCH * views, dim * sizeof(float), e);
	return e->code;
}

int tower_trunk_set_head(struct tower *t, struct str text, struct error *e)
{
	struct tower_trunk *s = state_of(t);
	const char *name = t->file ? st_path(t->file) : "head";
	struct net_info info;

	if (buf_add(&s->text, text.data, text.bytes, e) < 0)
		return e->code;
	s->head = net_open((struct str){ s->text.data, s->text.bytes }, name,
			   t->dim, e);
	if (!s->head)
		return e->code;
	info = net_info(s->head);
	if (info.in_h * info.in_w * info.in_c == s->trunk.dim &&
	    info.out_dim == t->dim)
		return 0;
	return fail(e, ERROR_DATA, "'%s': the head goes from %zu to %zu "
		    "numbers; the trunk gives %zu, the space has %zu", name,
		    info.in_h * info.in_w * info.in_c, info.out_dim,
		    s->trunk.dim, t->dim);
}

static int read_floats(float *to, const struct st_file *f, const char *name,
		       size_t count, struct error *e)
{
	uint64_t shape[1] = { count };
	const struct st_tensor *t = st_need(f, name, ST_F32, 1, shape, e);

	if (!t || st_numbers(f, t, NET_VALUE_MOST, e) < 0)
		return e->code;
	memcpy(to, t->data, count * sizeof(*to));
	return 0;
}

static int trunk_read(struct tower *t, struct error *e)
{
	const char *views = st_meta(t->file, "trunk.views");
	const char *text = st_meta(t->file, "net");
	size_t n = views ? (size_t)strtoul(views, NULL, 10) : 0;
	int output = tower_choice(t->file, "output", tower_output_names, e);
	struct tower_trunk *s;

	if (output < 0)
		return e->code;
	if (!trunk_has_views(n) || !text)
		return fail(e, ERROR_DATA, "'%s': metadata '%s' is missing or "
			    "wrong", st_path(t->file),
			    text ? "trunk.views" : "net");
	if (trunk_new(t, t->file, "trunk.", n, e) < 0)
		return e->code;
	s = state_of(t);
	s->output = (enum tower_output)output;
	if (read_floats(s->mean, t->file, "feature_mean", s->trunk.dim, e) < 0 ||
	    read_floats(s->scale, t->file, "feature_scale", s->trunk.dim,
			e) < 0 ||
	    tower_trunk_set_head(t, str_of(text), e) < 0 ||
	    net_load(s->head, t->file, "net.", e) < 0)
		return e->code;
	return net_plan(s->head, t->machine, NET_RUN, TRUNK_BATCH, e);
}

static void trunk_tower_close(struct tower *t)
{
	struct tower_trunk *s = state_of(t);

	if (!s)
		return;
	trunk_close(&s->trunk);
	net_close(s->head);
	buf_free(&s->text);
	mem_free(s->mean);
	mem_free(s->scale);
	mem_free(s->rows);
	mem_free(s);
}

static int trunk_tower_put_meta(const struct tower *t, struct st_writer *w,
				struct error *e)
{
	const struct tower_trunk *s = state_of(t);

	if (trunk_put_meta(&s->trunk, w, e) < 0 ||
	    st_put_meta(w, "net", s->text.data, e) < 0)
		return e->code;
	return st_put_meta(w, "output", tower_output_names[s->output], e);
}

static int trunk_tower_put(const struct tower *t, struct st_writer *w,
			   struct error *e)
{
	const struct tower_trunk *s = state_of(t);
	uint64_t shape[1] = { s->trunk.dim };

	if (net_save(s->trunk.net, w, "trunk.", e) < 0 ||
	    net_save(s->head, w, "net.", e) < 0 ||
	    st_put(w, "feature_mean", ST_F32, 1, shape, s->mean, e) < 0)
		return e->code;
	return st_put(w, "feature_scale", ST_F32, 1, shape, s->scale, e);
}

static size_t trunk_least_side(const struct tower *t)
{
	(void)t;
	return LEAST_SIDE;
}

/* ---- pictures ------------------------------------------------------------ */

void tower_trunk_see(const struct tower *t, const float *f, float *out)
{
	const struct tower_trunk *s = state_of(t);

	for (size_t i = 0; i < s->trunk.dim; i++)
		out[i] = (f[i] - s->mean[i]) * s->scale[i];
}

void tower_trunk_head_run(struct tower *t, const float *const *rows, size_t n,
			  float *to)
{
	struct tower_trunk *s = state_of(t);
	size_t dim = s->trunk.dim;
	float *input = net_input(s->head);

	for (size_t i = 0; i < n; i++) {
		features_mean(rows[i], s->trunk.views, dim, input + i * dim);
		tower_trunk_see(t, input + i * dim, input + i * dim);
	}
	memcpy(to, net_forward(s->head, n, 0, 0), n * t->dim * sizeof(*to));
	tower_output_apply(s->output, to, n * t->dim, t->machine->kernels);
}

static int trunk_kept(struct tower *t, const struct dataset *d,
		      const size_t *rows, size_t count, float *out,
		      struct error *e)
{
	struct features f;
	int found = features_find(&f, d, &state_of(t)->trunk, e);
	const float *at[TRUNK_BATCH];

	if (found <= 0)
		return found;
	for (size_t first = 0; first < count; first += TRUNK_BATCH) {
		size_t n = MIN(count - first, (size_t)TRUNK_BATCH);

		for (size_t i = 0; i < n; i++)
			at[i] = f.rows + rows[first + i] * f.views * f.dim;
		tower_trunk_head_run(t, at, n, out + first * t->dim);
	}
	features_close(&f);
	return 1;
}

int tower_trunk_features(struct tower *t, const unsigned char *const *pixels,
			 size_t side, size_t count, const float **rows,
			 struct error *e)
{
	struct tower_trunk *s = state_of(t);

	for (size_t i = 0; i < count; i++)
		rows[i] = s->rows + i * s->trunk.dim * s->trunk.views;
	return trunk_run(&s->trunk, pixels, side, count, s->rows, e);
}

static int trunk_pictures(struct tower *t, const unsigned char *const *pixels,
			  size_t side, size_t count, float *out,
			  struct error *e)
{
	const float *at[TRUNK_BATCH];

	for (size_t first = 0; first < count; first += TRUNK_BATCH) {
		size_t n = MIN(count - first, (size_t)TRUNK_BATCH);

		if (tower_trunk_features(t, pixels + first, side, n, at,
					 e) < 0)
			return e->code;
		tower_trunk_head_run(t, at, n, out + first * t->dim);
	}
	return 0;
}

const struct tower_type tower_trunk = {
	.name = "trunk", .open = trunk_read, .close = trunk_tower_close,
	.put_meta = trunk_tower_put_meta, .put = trunk_tower_put,
	.least_side = trunk_least_side, .pictures = trunk_pictures,
	.kept = trunk_kept,
};

/* ---- training ------------------------------------------------------------ */

int tower_trunk_open(struct tower *t, const struct st_file *file, size_t views,
		     size_t dim, enum tower_output output,
		     const struct machine *machine, struct error *e)
{
	*t = (struct tower){ .type = &tower_trunk, .machine = machine,
			     .dim = dim };
	if (trunk_new(t, file, "", views, e) == 0)
		state_of(t)->output = output;
	return e->code;
}

struct trunk *tower_trunk_of(const struct tower *t)
{
	return &state_of(t)->trunk;
}

struct net *tower_trunk_head(const struct tower *t)
{
	return state_of(t)->head;
}

void tower_trunk_plain(struct tower *t)
{
	struct tower_trunk *s = state_of(t);

	for (size_t i = 0; i < s->trunk.dim; i++) {
		s->mean[i] = 0;
		s->scale[i] = 1;
	}
}

int tower_trunk_standardise(struct tower *t, const struct features *f,
			    const uint32_t *picture, size_t count,
			    struct error *e)
{
	struct tower_trunk *s = state_of(t);
	size_t dim = f->dim, rows = count * f->views;
	double *sum = mem_new(2 * dim, sizeof(*sum), e), *square = sum + dim;

	if (!sum)
		return e->code;
	for (size_t i = 0; i < rows; i++) {
		const float *row = f->rows + ((size_t)picture[i / f->views] *
					      f->views + i % f->views) * dim;

		for (size_t j = 0; j < dim; j++) {
			sum[j] += (double)row[j];
			square[j] += (double)row[j] * (double)row[j];
		}
	}
	for (size_t j = 0; j < dim; j++) {
		double mean = sum[j] / (double)rows;
		double variance = square[j] / (double)rows - mean * mean;

		s->mean[j] = (float)mean;
		s->scale[j] = variance > 1e-12 ? (float)(1 / sqrt(variance)) :
						 0;
	}
	mem_free(sum);
	return 0;
}
