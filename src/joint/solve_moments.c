/*
 * solve_moments.c - means and covariances of pictures and texts.
 *
 * A post counts once on both sides, with the mean of its texts; the covariance
 * of texts among themselves is over all texts.  Means are sums in double, one
 * post after the other.  Covariances of pictures are chains of fmas over the
 * posts of a piece, pieces added in order in double (gemm_outer).
 */
#include <string.h>

#include "joint/solve_parts.h"
#include "math/gemm.h"

enum { PIECE = 1024 };		/* posts */

struct piece {
	const struct solve *s;
	const struct solve_posts *p;
	const struct solve_moments *m;
	size_t first, count;
	float *f, *t;			/* [PIECE, a], [PIECE, b] */
	float *aa, *ab;			/* of this piece */
	struct bag_text *room;		/* [threads] */
	struct error *bad;		/* [threads] */
	size_t threads;
};

static void row_make(void *context, size_t i, int thread)
{
	const struct piece *c = context;
	size_t a = c->m->a, b = c->m->b;

	solve_picture(c->s, c->p->post[c->first + i], c->f + i * a);
	solve_text(c->s, c->p, c->first + i, &c->room[thread], c->t + i * b,
		   &c->bad[thread]);
}

static int piece_make(struct piece *c, size_t first, struct error *e)
{
	c->first = first;
	c->count = MIN(c->p->count - first, (size_t)PIECE);
	pool_run(c->s->machine->pool, c->count, row_make, c);
	for (size_t i = 0; i < c->threads; i++)
		if (c->bad[i].code)
			*e = c->bad[i];
	return e->code;
}

static void add_rows(double *sum, const float *rows, size_t count, size_t dim)
{
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < dim; j++)
			sum[j] += (double)rows[i * dim + j];
}

static void subtract(float *rows, const double *mean, size_t count, size_t dim)
{
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < dim; j++)
			rows[i * dim + j] = (float)((double)rows[i * dim + j] -
						    mean[j]);
}

static void divide(double *x, size_t count, double by)
{
	for (size_t i = 0; i < count; i++)
		x[i] = x[i] / by;
}

static void add_all(double *sum, const float *x, size_t count)
{
	for (size_t i = 0; i < count; i++)
		sum[i] += (double)x[i];
}

static int means(struct solve_moments *m, struct piece *c, struct error *e)
{
	for (size_t at = 0; at < c->p->count; at += c->count) {
		if (piece_make(c, at, e) < 0)
			return e->code;
		add_rows(m->mean_a, c->f, c->count, m->a);
		add_rows(m->mean_b, c->t, c->count, m->b);
	}
	divide(m->mean_a, m->a, (double)c->p->count);
	divide(m->mean_b, m->b, (double)c->p->count);
	return 0;
}

static int covariances(struct solve_moments *m, struct piece *c,
		       struct error *e)
{
	const struct machine *machine = c->s->machine;
	size_t a = m->a, b = m->b;

	for (size_t at = 0; at < c->p->count; at += c->count) {
		if (talk_stops(machine->talk))
			return fail(e, ERROR_STOPPED, "stopped, nothing was "
				    "written");
		if (piece_make(c, at, e) < 0)
			return e->code;
		subtract(c->f, m->mean_a, c->count, a);
		subtract(c->t, m->mean_b, c->count, b);
		memset(c->aa, 0, a * a * sizeof(*c->aa));
		memset(c->ab, 0, a * b * sizeof(*c->ab));
		gemm_outer(machine, c->aa, a, c->f, a, c->f, a, a, a,
			   c->count);
		gemm_outer(machine, c->ab, b, c->f, a, c->t, b, a, b,
			   c->count);
		add_all(m->aa, c->aa, a * a);
		add_all(m->ab, c->ab, a * b);
	}
	divide(m->aa, a * a, (double)c->p->count);
	divide(m->ab, a * b, (double)c->p->count);
	return 0;
}

/* ---- texts among themselves ---------------------------------------------- */

static void text_add(struct solve_moments *m, double *mean,
		     const struct bag_text *t)
{
	for (size_t i = 0; i < t->count; i++) {
		double *row = m->bb + (size_t)t->id[i] * m->b;

		mean[t->id[i]] += (double)t->weight[i];
		for (size_t j = 0; j < t->count; j++)
			row[t->id[j]] += (double)t->weight[i] *
					 (double)t->weight[j];
	}
}

static int texts(struct solve_moments *m, const struct solve *s,
		 const struct solve_posts *p, struct error *e)
{
	double *mean = mem_new(m->b, sizeof(*mean), e);
	struct bag_text t = { 0 };
	size_t count = 0;

	for (size_t i = 0; mean && !e->code && i < p->count; i++)
		for (size_t c = 0; c < bag_texts(&s->posts, p->post[i]); c++) {
			if (bag_read(&s->bag, bag_text_at(&s->posts,
							  p->post[i], c),
				     &t, e) < 0)
				break;
			text_add(m, mean, &t);
			count += t.count > 0;
		}
	for (size_t i = 0; !e->code && i < m->b; i++)
		for (size_t j = 0; j < m->b; j++) {
			double *x = &m->bb[i * m->b + j];

			*x = *x / (double)count - mean[i] / (double)count *
						  (mean[j] / (double)count);
		}
	bag_text_free(&t);
	mem_free(mean);
	return e->code;
}

/* ---- all ----------------------------------------------------------------- */

static int piece_room(struct piece *c, struct error *e)
{
	size_t a = c->m->a, b = c->m->b;

	c->threads = (size_t)(c->s->machine->pool ?
			      pool_threads(c->s->machine->pool) : 1);
	c->f = mem_new(PIECE, a * sizeof(float), e);
	c->t = mem_new(PIECE, b * sizeof(float), e);
	c->aa = mem_new(a, a * sizeof(float), e);
	c->ab = mem_new(a, b * sizeof(float), e);
	c->room = mem_new(c->threads, sizeof(*c->room), e);
	c->bad = mem_new(c->threads, sizeof(*c->bad), e);
	return e->code;
}

static void piece_free(struct piece *c)
{
	for (size_t i = 0; c->room && i < c->threads; i++)
		bag_text_free(&c->room[i]);
	mem_free(c->f);
	mem_free(c->t);
	mem_free(c->aa);
	mem_free(c->ab);
	mem_free(c->room);
	mem_free(c->bad);
}

int solve_moments_make(struct solve_moments *m, const struct solve *s,
		       const struct solve_posts *p, struct error *e)
{
	struct piece c = { .s = s, .p = p, .m = m };
	int is_cca = s->o->kind == SOLVE_CCA;

	*m = (struct solve_moments){ .a = s->features.dim,
		.b = is_cca ? s->bag.count : s->text.dim };
	m->mean_a = mem_new(m->a, sizeof(double), e);
	m->mean_b = mem_new(m->b, sizeof(double), e);
	m->aa = mem_new(m->a, m->a * sizeof(double), e);
	m->ab = mem_new(m->a, m->b * sizeof(double), e);
	m->bb = is_cca ? mem_new(m->b, m->b * sizeof(double), e) : NULL;
	if (!e->code && piece_room(&c, e) == 0 && means(m, &c, e) == 0 &&
	    covariances(m, &c, e) == 0 && is_cca)
		texts(m, s, p, e);
	piece_free(&c);
	if (e->code)
		solve_moments_free(m);
	return e->code;
}

void solve_moments_free(struct solve_moments *m)
{
	mem_free(m->mean_a);
	mem_free(m->mean_b);
	mem_free(m->aa);
	mem_free(m->ab);
	mem_free(m->bb);
	*m = (struct solve_moments){ .a = 0 };
}

int solve_moments_ridge(double *out, const double *a, size_t n, double ridge,
			const char *what, struct error *e)
{
	double trace = 0;

	for (size_t i = 0; i < n; i++)
		trace += a[i * n + i];
	if (!(trace > 0))
		return fail(e, ERROR_FAILED, "all %s are alike", what);
	if (out != a)
		memcpy(out, a, n * n * sizeof(*out));
	for (size_t i = 0; i < n; i++)
		out[i * n + i] += ridge * (trace / (double)n);
	return 0;
}
