/*
 * topk.c - the k best hits as a binary heap.
 *
 * Must hold: parent is worse than its children; nothing depends on the order
 * in which equal scores arrive, since numbers differ.
 */
#include "search/topk.h"

#include <math.h>

/* a comes after b in the result. */
static int is_worse(struct hit a, struct hit b)
{
	return a.score < b.score ||
	       (!(a.score > b.score) && a.picture > b.picture);
}

/* Puts h where it belongs in the heap of n whose top is free. */
static void sift_down(struct hit *heap, size_t n, struct hit h)
{
	size_t i = 0;

	for (;;) {
		size_t child = 2 * i + 1;

		if (child >= n)
			break;
		if (child + 1 < n && is_worse(heap[child + 1], heap[child]))
			child++;
		if (!is_worse(heap[child], h))
			break;
		heap[i] = heap[child];
		i = child;
	}
	heap[i] = h;
}

static void sift_up(struct hit *heap, size_t i, struct hit h)
{
	while (i > 0) {
		size_t parent = (i - 1) / 2;

		if (!is_worse(h, heap[parent]))
			break;
		heap[i] = heap[parent];
		i = parent;
	}
	heap[i] = h;
}

void topk_start(struct topk *t, struct hit *room, size_t k)
{
	*t = (struct topk){ room, k, 0, -INFINITY };
}

void topk_offer(struct topk *t, uint32_t picture, float score)
{
	struct hit h = { picture, isnan(score) ? -INFINITY : score };

	if (t->count < t->k) {
		sift_up(t->hit, t->count++, h);
		if (t->count < t->k)
			return;
	} else if (is_worse(t->hit[0], h)) {
		sift_down(t->hit, t->k, h);
	}
	t->worst = t->hit[0].score;
}

void topk_offer_panel(struct topk *t, uint32_t first, const float *score,
		      size_t columns)
{
	unsigned some = 0;

	/* "not worse" and not "better", so that ties and NaNs are looked at */
	for (size_t j = 0; j < KERNELS_PANEL; j++)
		some |= !(score[j] < t->worst);
	if (!some)
		return;
	for (size_t j = 0; j < columns; j++)
		if (!(score[j] < t->worst))
			topk_offer(t, first + (uint32_t)j, score[j]);
}

void topk_merge(struct topk *t, const struct topk *from)
{
	for (size_t i = 0; i < from->count; i++)
		topk_offer(t, from->hit[i].picture, from->hit[i].score);
}

void topk_sort(struct topk *t)
{
	for (size_t n = t->count; n > 1; n--) {
		struct hit worst = t->hit[0];

		sift_down(t->hit, n - 1, t->hit[n - 1]);
		t->hit[n - 1] = worst;
	}
}
