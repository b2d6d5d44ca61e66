/*
 * topk.h - the k best hits seen so far.
 *
 * Hits are in a total order: higher score first, ties by lower number, and a
 * score that is NaN counts as minus infinity.  So the k best of a set are one
 * list, whatever order they are offered in and however the set was split.
 * The heap keeps its worst hit at the top and its memory is the caller's.
 */
#ifndef TOPK_H
#define TOPK_H

#include <stddef.h>

#include "search/index.h"

struct topk {
	struct hit *hit;	/* [k], a heap: hit[0] is the worst */
	size_t k, count;	/* k > 0 */
	float worst;		/* hit[0]'s score; -inf until k are there */
};

void topk_start(struct topk *t, struct hit *room, size_t k);
void topk_offer(struct topk *t, uint32_t picture, float score);
/* Offers 16 scores of pictures first, first + 1, ...; only the first `columns`
 * are real.  Quick when all are worse than what is there. */
void topk_offer_panel(struct topk *t, uint32_t first, const float *score,
		      size_t columns);
/* Everything in `from` is offered to t. */
void topk_merge(struct topk *t, const struct topk *from);
/* Best first in t->hit; nothing may be offered afterwards. */
void topk_sort(struct topk *t);

#endif
