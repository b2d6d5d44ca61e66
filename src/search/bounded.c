/*
 * bounded.c - exact search by codes, see bounded.h.
 *
 * First pass: threads take stretches of panels.  Each keeps, for each query,
 * the k best lower bounds (the worst of them is what an upper bound must
 * reach) and a list of candidates.  A list that is full drops what no longer
 * reaches; if that does not help (many equal vectors), it is scored at once.
 * Second pass: each query's lists are joined, sorted and scored.
 *
 * Which thread saw what is chance; the joined list is not, but for lists that
 * were scored early, and the k best are one list in any case (topk.h).
 *
 * Must hold: reach is at most the k-th best score of the whole answer.
 */
#include "search/bounded.h"

#include <math.h>

#include "base/mem.h"
#include "search/index_codes.h"
#include "search/topk.h"

enum {
	PANEL = KERNELS_PANEL,
	BLOCK = 256,		/* panels a thread takes: 1.2 MB at 300 */
	MOST_HITS = 1024,	/* beyond it the plain scan has less to do */
	LIST = 2048,		/* candidates, or 4 k if that is more */
	BLOCK_QUERIES = 128,	/* codes of the queries stay in cache */
	BLOCK_BYTES = 1 << 22,	/* of lists, per thread */
};

struct list {
	struct hit *hit;	/* number and upper bound */
	size_t count;
};

/* What a thread has of a query. */
struct part {
	struct topk lower, best;	/* lower bounds; scores, if early */
	struct list list;
	struct index_cost cost;
};

struct bounded {
	const struct index *x;
	const struct kernels *kernels;
	const struct codes *codes;
	const float *queries;		/* [q, dim] */
	size_t q, k, threads, room;	/* room of a list */
	int split;
	struct codes_query *query;	/* [q] */
	struct part *part;		/* [q, threads] */
	float *reach;			/* [threads, q] */
	struct hit *hits;
	size_t stride;
	unsigned char *done;		/* [q] */
};

int bounded_serves(const struct index *x, size_t k)
{
	return x->codes && k > 0 && k <= MOST_HITS;
}

/* ---- memory -------------------------------------------------------------- */

static size_t list_room(size_t k)
{
	return MAX((size_t)LIST, 4 * k);
}

/* Hits of a query and a thread: lower bounds, scores, candidates. */
static size_t part_hits(size_t k)
{
	return 2 * k + list_room(k);
}

static size_t thread_count(const struct machine *m)
{
	return m->pool ? (size_t)pool_threads(m->pool) : 1;
}

size_t bounded_block(const struct index *x, const struct machine *m, size_t q,
		     size_t k)
{
	size_t fit = BLOCK_BYTES / (part_hits(k) * sizeof(struct hit));

	(void)x;
	(void)m;
	return MIN(q, MIN(fit, (size_t)BLOCK_QUERIES));
}

static size_t code_bytes(const struct index *x)
{
	return CEIL_DIV(x->dim, CODES_GROUP) * CODES_GROUP;
}

size_t bounded_workspace_bytes(const struct index *x, const struct machine *m,
			       size_t q, size_t k)
{
	const size_t block = bounded_block(x, m, q, k);
	const size_t parts = block * thread_count(m);

	/* k and the block are bounded by constants: this cannot overflow */
	return parts * (sizeof(struct part) + sizeof(float) +
			part_hits(k) * sizeof(struct hit)) +
	       block * (sizeof(struct codes_query) + code_bytes(x));
}

/* Lays the parts out in the workspace, largest alignment first; returns where
 * the queries' codes go. */
static int8_t *lay_out(struct bounded *b, void *workspace)
{
	const size_t parts = b->q * b->threads;
	struct hit *hit;

	b->part = workspace;
	b->query = (struct codes_query *)(b->part + parts);
	hit = (struct hit *)(b->query + b->q);
	for (size_t i = 0; i < parts; i++) {
		struct part *p = &b->part[i];

		*p = (struct part){ 0 };
		topk_start(&p->lower, hit + i * 2 * b->k, b->k);
		topk_start(&p->best, hit + i * 2 * b->k + b->k, b->k);
	}
	hit += parts * 2 * b->k;
	for (size_t i = 0; i < parts; i++)
		b->part[i].list.hit = hit + i * b->room;
	b->reach = (float *)(hit + parts * b->room);
	for (size_t i = 0; i < parts; i++)
		b->reach[i] = -INFINITY;
	return (int8_t *)(b->reach + parts);
}

/* ---- scores -------------------------------------------------------------- */

/* The scores of one panel, for the candidates that lie in it. */
struct scores {
	size_t panel;			/* SIZE_MAX: none yet */
	float score[PANEL];
};

static float score_of(const struct bounded *b, size_t i, uint32_t picture,
		      struct scores *s, struct index_cost *cost)
{
	const size_t floats = b->x->dim * PANEL;
	const float *query = b->queries + i * b->x->dim;

	if (s->panel != picture / PANEL) {
		s->panel = picture / PANEL;
		b->kernels->score(s->score, 1, b->x->dim, &query,
				  b->x->panels + s->panel * floats);
		cost->bytes += floats * sizeof(float);
	}
	cost->scored++;
	return s->score[picture % PANEL];
}

/* ---- first pass ---------------------------------------------------------- */

static float reach_of(const struct part *p)
{
	return MAX(p->lower.worst, p->best.worst);
}

static void drop_hopeless(struct list *l, float reach)
{
	size_t kept = 0;

	for (size_t i = 0; i < l->count; i++)
		if (!(l->hit[i].score < reach))
			l->hit[kept++] = l->hit[i];
	l->count = kept;
}

/* The list is full. */
static void make_room(const struct bounded *b, size_t i, struct part *p)
{
	struct scores s = { .panel = SIZE_MAX };

	drop_hopeless(&p->list, reach_of(p));
	if (p->list.count <= b->room / 2)
		return;
	for (size_t j = 0; j < p->list.count; j++) {
		uint32_t picture = p->list.hit[j].picture;

		topk_offer(&p->best, picture,
			   score_of(b, i, picture, &s, &p->cost));
	}
	p->list.count = 0;
}

static void add_candidate(const struct bounded *b, size_t i, struct part *p,
			  uint32_t picture, float upper, float lower)
{
	topk_offer(&p->lower, picture, lower);
	p->list.hit[p->list.count++] = (struct hit){
		picture, isnan(upper) ? INFINITY : upper
	};
	if (p->list.count == b->room)
		make_room(b, i, p);
}

/* The vectors of a panel that exist and are of the split. */
static unsigned panel_mask(const struct bounded *b, uint32_t first)
{
	const size_t columns = MIN(b->x->count - first, PANEL);
	unsigned mask = 0;

	for (size_t j = 0; j < columns; j++)
		if (b->split < 0 || b->x->split[first + j] == b->split)
			mask |= 1u << j;
	return mask;
}

static void take_row(const struct bounded *b, size_t i, struct part *p,
		     uint32_t first, unsigned mask, const float *upper,
		     const float *lower)
{
	for (uint32_t j = 0; mask >> j; j++)
		if (mask >> j & 1)
			add_candidate(b, i, p, first + j, upper[j], lower[j]);
}

static void scan_panel(const struct bounded *b, size_t panel, size_t thread)
{
	const size_t groups = CEIL_DIV(b->x->dim, CODES_GROUP);
	const uint32_t first = (uint32_t)(panel * PANEL);
	float *reach = b->reach + thread * b->q;
	struct codes_found f;
	unsigned some = 0;

	for (size_t i = 0; i < b->q; i += b->codes->rows) {
		size_t n = MIN(b->q - i, b->codes->rows);

		if (!b->codes->scan(&f, n, groups, b->query + i, reach + i,
				    b->x->codes + panel * groups * 64,
				    b->x->bounds +
				    panel * CODES_BOUNDS * PANEL))
			continue;
		some = some ? some : panel_mask(b, first);
		for (size_t r = 0; r < n; r++) {
			struct part *p = &b->part[(i + r) * b->threads +
						  thread];

			if (!(f.mask[r] & some) || !b->done[i + r])
				continue;
			take_row(b, i + r, p, first, f.mask[r] & some,
				 f.upper + r * PANEL, f.lower + r * PANEL);
			reach[i + r] = reach_of(p);
		}
	}
}

static void scan_block(void *context, size_t item, int thread)
{
	const struct bounded *b = context;
	size_t end = MIN((item + 1) * BLOCK, CEIL_DIV(b->x->count, PANEL));

	for (size_t panel = item * BLOCK; panel < end; panel++)
		scan_panel(b, panel, (size_t)thread);
}

/* ---- second pass --------------------------------------------------------- */

/* Everything of a query to its first part; the lists lie one behind the
 * other. */
static void join_parts(const struct bounded *b, struct part *p)
{
	for (size_t t = 1; t < b->threads; t++) {
		topk_merge(&p->lower, &p[t].lower);
		topk_merge(&p->best, &p[t].best);
		p->cost.scored += p[t].cost.scored;
		p->cost.bytes += p[t].cost.bytes;
	}
	drop_hopeless(&p->list, reach_of(p));
	for (size_t t = 1; t < b->threads; t++) {
		drop_hopeless(&p[t].list, reach_of(p));
		memmove(p->list.hit + p->list.count, p[t].list.hit,
			p[t].list.count * sizeof(struct hit));
		p->list.count += p[t].list.count;
	}
}

/* Highest upper bound first. */
static void sort_list(struct list *l)
{
	struct topk t;

	if (l->count == 0)
		return;
	topk_start(&t, l->hit, l->count);
	for (size_t i = 0; i < l->count; i++)
		topk_offer(&t, l->hit[i].picture, l->hit[i].score);
	topk_sort(&t);
}

static void finish_query(void *context, size_t i, int thread)
{
	const struct bounded *b = context;
	struct part *p = &b->part[i * b->threads];
	struct scores s = { .panel = SIZE_MAX };

	(void)thread;
	join_parts(b, p);
	sort_list(&p->list);
	for (size_t j = 0; j < p->list.count; j++) {
		const struct hit h = p->list.hit[j];

		if (h.score < p->best.worst)
			break;
		topk_offer(&p->best, h.picture,
			   score_of(b, i, h.picture, &s, &p->cost));
	}
	topk_sort(&p->best);
	memcpy(b->hits + i * b->stride, p->best.hit,
	       p->best.count * sizeof(struct hit));
	b->done[i] &= p->best.count == b->k;
}

/* ---- a block ------------------------------------------------------------- */

static void code_queries(struct bounded *b, int8_t *code)
{
	const size_t bytes = code_bytes(b->x);

	for (size_t i = 0; i < b->q; i++)
		b->done[i] = (unsigned char)index_codes_query(
			b->queries + i * b->x->dim, b->x->dim,
			code + i * bytes, &b->query[i]);
}

void bounded_search(const struct index *x, const struct machine *m,
		    const float *queries, size_t q, size_t k, int split,
		    struct hit *hits, size_t stride, unsigned char *done,
		    struct index_cost *cost, void *workspace)
{
	const size_t panels = CEIL_DIV(x->count, PANEL);
	struct bounded b = {
		.x = x, .kernels = m->kernels,
		.codes = m->codes ? m->codes : codes_find(m->kernels->name),
		.queries = queries, .q = q, .k = k,
		.threads = thread_count(m), .room = list_room(k),
		.split = split, .hits = hits, .stride = stride, .done = done,
	};

	code_queries(&b, lay_out(&b, workspace));
	pool_run(m->pool, CEIL_DIV(panels, BLOCK), scan_block, &b);
	pool_run(m->pool, q, finish_query, &b);
	cost->bytes += panels * (index_codes_bytes(x->dim) +
				 CODES_BOUNDS * PANEL * sizeof(float));
	for (size_t i = 0; i < q; i++) {
		cost->scored += b.part[i * b.threads].cost.scored;
		cost->bytes += b.part[i * b.threads].cost.bytes;
	}
}
