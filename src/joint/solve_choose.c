/*
 * solve_choose.c - the strengths of the ridges: each is tried on posts that the
 * solution has not seen, and the one with the largest sum of R@1, R@5 and R@10,
 * both ways, is taken; of equals the first.
 *
 * A trial of cca has the 800 most frequent words only: on Flickr8k it takes
 * half the time of one with 1,200 and prefers the same strengths (400 do not).
 */
#include <math.h>
#include <string.h>

#include "joint/solve_parts.h"
#include "math/gemm.h"

enum { TRIAL_WORDS = 800, TRIAL_TEXTS = 5 };

static const struct strengths {
	float picture, text;
} cca_tries[] = { { 0.5f, 1 }, { 0.1f, 0.5f }, { 0.25f, 0.5f }, { 1, 2 } },
  ridge_tries[] = { { 0.1f, 0 }, { 0.01f, 0 }, { 0.03f, 0 }, { 0.3f, 0 },
		    { 1, 0 }, { 3, 0 } };

/* What is held. */
struct trial {
	const struct solve *s;
	const struct solve_moments *m;
	struct solve_map map;
	float *f;			/* [n, a], less the mean */
	float *y;			/* [n, dim] pictures */
	float *z;			/* [texts, dim] */
	uint32_t *owner;		/* [texts]: number of its picture */
	size_t n, texts, words;
	float *score;			/* [texts, n] */
};

static void to_unit(const struct trial *t, float *rows, size_t count)
{
	size_t dim = t->map.dim;

	for (float *v = rows; v < rows + count * dim; v += dim) {
		float r = sqrtf(t->s->machine->kernels->dot(v, v, dim));

		for (size_t i = 0; i < dim; i++)
			v[i] = r > 0 ? v[i] / r : 0;
	}
}

/* c [m, n] = a [m, k] transpose(b [n, k]) */
static int product(const struct machine *m, float *c, const float *a,
		   const float *b, size_t rows, size_t n, size_t k,
		   struct error *e)
{
	float *packed = mem_new(gemm_packed_floats(m->kernels, k, n),
				sizeof(*packed), e);

	if (!packed)
		return e->code;
	memset(c, 0, rows * n * sizeof(*c));
	gemm_pack(m->kernels, packed, b, 1, k, k, n);
	gemm(m, c, n, a, k, packed, rows, n, k);
	mem_free(packed);
	return 0;
}

/* ---- vectors ------------------------------------------------------------- */

static int pictures(struct trial *t, struct error *e)
{
	size_t count = t->map.dim * t->m->a;
	float *p = mem_new(count, sizeof(*p), e);

	for (size_t i = 0; p && i < count; i++)
		p[i] = (float)t->map.picture[i];
	if (p && product(t->s->machine, t->y, t->f, p, t->n, t->map.dim,
			 t->m->a, e) == 0)
		to_unit(t, t->y, t->n);
	mem_free(p);
	return e->code;
}

/* The mean of texts, as the map has it. */
static void text_mean(const struct trial *t, const float *rows, float *mean)
{
	for (size_t j = 0; j < t->map.dim; j++) {
		double sum = 0;

		for (size_t i = 0; rows && i < t->words; i++)
			sum += t->m->mean_b[i] *
			       (double)rows[i * t->map.dim + j];
		mean[j] = (float)(rows ? sum : t->m->mean_b[j]);
	}
}

/* 1, or 0 if no word of it is known. */
static int text_vector(struct trial *t, struct str text, const float *rows,
		       struct bag_text *room, float *out, struct error *e)
{
	const struct solve *s = t->s;
	int known;

	if (!rows) {
		known = s->text.type->text(&s->text, text, out, e);
		words_normalise(out, t->map.dim, s->text.norm,
				s->machine->kernels);
		return known < 0 ? known : known > 0;
	}
	if (bag_read(&s->bag, text, room, e) < 0)
		return e->code;
	memset(out, 0, t->map.dim * sizeof(*out));
	for (size_t i = 0; i < room->count; i++)
		if (room->id[i] < t->words)
			s->machine->kernels->axpy(out, room->weight[i],
				rows + room->id[i] * t->map.dim, t->map.dim);
	return room->count > 0;
}

static int texts(struct trial *t, const float *rows, const float *mean,
		 struct error *e)
{
	const struct solve *s = t->s;
	struct bag_text room = { 0 };

	t->texts = 0;
	for (size_t i = 0; i < t->n && !e->code; i++) {
		size_t post = s->held.post[i];
		size_t n = MIN(bag_texts(&s->posts, post),
			       (size_t)TRIAL_TEXTS);

		for (size_t c = 0; c < n && !e->code; c++) {
			float *z = t->z + t->texts * t->map.dim;

			if (text_vector(t, bag_text_at(&s->posts, post, c),
					rows, &room, z, e) <= 0)
				continue;
			for (size_t j = 0; j < t->map.dim; j++)
				z[j] = z[j] - mean[j];
			t->owner[t->texts++] = (uint32_t)i;
		}
	}
	to_unit(t, t->z, t->texts);
	bag_text_free(&room);
	return e->code;
}

static int vectors(struct trial *t, struct error *e)
{
	float *rows = NULL, *mean = mem_new(t->map.dim, sizeof(*mean), e);

	if (t->map.text)
		rows = solve_text_rows(&t->map, t->words, e);
	if (!e->code && pictures(t, e) == 0) {
		text_mean(t, rows, mean);
		texts(t, rows, mean, e);
	}
	mem_free(rows);
	mem_free(mean);
	return e->code;
}

/* ---- the measure --------------------------------------------------------- */

static size_t points(size_t rank)
{
	return rank <= 1 ? 3 : rank <= 5 ? 2 : rank <= 10;
}

/* R@1 + R@5 + R@10 of texts that ask for pictures, in per cent. */
static double texts_recall(const struct trial *t)
{
	size_t sum = 0;

	for (size_t i = 0; i < t->texts; i++) {
		const float *score = t->score + i * t->n;
		size_t rank = 0;

		for (size_t p = 0; p < t->n; p++)
			rank += !(score[p] < score[t->owner[i]]);
		sum += points(rank);
	}
	return 100 * (double)sum / (double)t->texts;
}

/* The same of pictures that ask for texts. */
static double pictures_recall(const struct trial *t)
{
	size_t sum = 0, asked = 0;

	for (size_t p = 0; p < t->n; p++) {
		size_t rank = 1, own = 0;
		float best = -2;

		for (size_t i = 0; i < t->texts; i++)
			if (t->owner[i] == p && ++own &&
			    t->score[i * t->n + p] > best)
				best = t->score[i * t->n + p];
		for (size_t i = 0; own && i < t->texts; i++)
			rank += t->owner[i] != p &&
				!(t->score[i * t->n + p] < best);
		asked += own > 0;
		sum += own ? points(rank) : 0;
	}
	return 100 * (double)sum / (double)asked;
}

static int measure(struct trial *t, double *sum, struct error *e)
{
	if (vectors(t, e) < 0)
		return e->code;
	if (!t->texts)
		return fail(e, ERROR_FAILED, "no text of the posts kept aside "
			    "has a known word");
	if (product(t->s->machine, t->score, t->z, t->y, t->texts, t->n,
		    t->map.dim, e) < 0)
		return e->code;
	*sum = texts_recall(t) + pictures_recall(t);
	return 0;
}

/* ---- trials -------------------------------------------------------------- */

static int try_one(struct trial *t, const struct strengths *r, double *sum,
		   struct error *e)
{
	const struct solve *s = t->s;
	int code = s->o->kind == SOLVE_CCA ?
		   solve_cca(&t->map, t->m, t->words, (size_t)s->o->dim,
			     (double)r->picture, (double)r->text, s->machine,
			     e) :
		   solve_ridge(&t->map, t->m, (double)r->picture, s->machine,
			       e);

	if (code == 0)
		code = measure(t, sum, e);
	solve_map_free(&t->map);
	return code;
}

static int try_all(struct trial *t, struct solve *s, struct error *e)
{
	int is_cca = s->o->kind == SOLVE_CCA;
	const struct strengths *r = is_cca ? cca_tries : ridge_tries;
	size_t count = is_cca ? ARRAY_LEN(cca_tries) : ARRAY_LEN(ridge_tries);
	double best = -1, sum = 0;
	struct talk_bar bar;

	talk_bar_start(&bar, s->machine->talk, "strengths", count, 0);
	for (size_t i = 0; i < count; i++) {
		if (talk_stops(s->machine->talk))
			fail(e, ERROR_STOPPED, "stopped, nothing was written");
		if (e->code || try_one(t, &r[i], &sum, e) < 0)
			break;
		if (sum > best) {
			best = sum;
			s->picture_ridge = r[i].picture;
			s->text_ridge = r[i].text;
		}
		talk_bar_step(&bar, i + 1, "");
	}
	talk_bar_end(&bar, count, "");
	return e->code;
}

static int trial_room(struct trial *t, size_t most_dim, struct error *e)
{
	const struct solve *s = t->s;
	size_t texts = t->n * TRIAL_TEXTS, a = t->m->a;

	t->f = mem_new(t->n, a * sizeof(float), e);
	t->y = mem_new(t->n, most_dim * sizeof(float), e);
	t->z = mem_new(texts, most_dim * sizeof(float), e);
	t->owner = mem_new(texts, sizeof(*t->owner), e);
	t->score = mem_new(texts, t->n * sizeof(float), e);
	for (size_t i = 0; !e->code && i < t->n; i++) {
		float *f = t->f + i * a;

		solve_picture(s, s->held.post[i], f);
		for (size_t j = 0; j < a; j++)
			f[j] = (float)((double)f[j] - t->m->mean_a[j]);
	}
	return e->code;
}

int solve_choose(struct solve *s, struct error *e)
{
	const struct strengths *usual = s->o->kind == SOLVE_CCA ? cca_tries :
								 ridge_tries;
	struct solve_moments own = { 0 };
	struct trial t = { .s = s, .m = &s->moments, .n = s->held.count,
			   .words = MIN(s->bag.count, (size_t)TRIAL_WORDS) };

	s->picture_ridge = usual->picture;
	s->text_ridge = usual->text;
	if (s->o->picture_ridge >= 0)
		s->picture_ridge = s->o->picture_ridge;
	if (s->o->text_ridge >= 0)
		s->text_ridge = s->o->text_ridge;
	if (s->o->picture_ridge >= 0 || s->o->text_ridge >= 0 || !t.n)
		return 0;
	if (s->fit.count) {
		if (solve_moments_make(&own, s, &s->fit, e) < 0)
			return e->code;
		t.m = &own;
	}
	if (trial_room(&t, MAX(t.m->a, t.m->b), e) == 0)
		try_all(&t, s, e);
	mem_free(t.f);
	mem_free(t.y);
	mem_free(t.z);
	mem_free(t.owner);
	mem_free(t.score);
	solve_moments_free(&own);
	return e->code;
}
