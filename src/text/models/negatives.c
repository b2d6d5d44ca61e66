/*
 * negatives.c - the alias table; see negatives.h.
 *
 * Vose's method: a column too low takes what it lacks from one too high.
 * Double arithmetic in one order; what rounding leaves over at the end is a
 * full column.
 */
#include "text/models/negatives.h"

#include <math.h>

#include "base/mem.h"

double negatives_weight(uint64_t count)
{
	double root = sqrt((double)count);

	return root * sqrt(root);
}

/* p[i] = weight of i * count of words / sum: 1 is the height of a column. */
static double *heights(const uint64_t *counts, size_t count, struct error *e)
{
	double *p = mem_new(count, sizeof(*p), e);
	double sum = 0;

	for (size_t i = 0; p && i < count; i++) {
		p[i] = negatives_weight(counts[i]);
		sum += p[i];
	}
	for (size_t i = 0; p && i < count; i++)
		p[i] = p[i] / sum * (double)count;
	return p;
}

/* Levels the columns; low grows from the left of `stack`, high from the
 * right. */
static void level(struct negatives *n, double *p, uint32_t *stack)
{
	size_t low = 0, high = n->count;

	for (size_t i = n->count; i-- > 0;)
		stack[p[i] < 1 ? low++ : --high] = (uint32_t)i;
	for (size_t i = 0; i < n->count; i++)
		n->entry[i] = (struct negatives_entry){ UINT32_MAX,
							(uint32_t)i };
	while (low > 0 && high < n->count) {
		uint32_t a = stack[--low], b = stack[high];

		n->entry[a].keep = (uint32_t)(p[a] * 0x1p32);
		n->entry[a].other = b;
		p[b] -= 1 - p[a];
		if (p[b] < 1) {
			high++;
			stack[low++] = b;
		}
	}
}

int negatives_open(struct negatives *n, const uint64_t *counts, size_t count,
		   struct error *e)
{
	double *p = heights(counts, count, e);
	uint32_t *stack = mem_new(count, sizeof(*stack), e);

	*n = (struct negatives){ .count = count };
	n->entry = mem_new(count, sizeof(*n->entry), e);
	if (p && stack && n->entry)
		level(n, p, stack);
	mem_free(p);
	mem_free(stack);
	return e->code;
}

void negatives_close(struct negatives *n)
{
	mem_free(n->entry);
	*n = (struct negatives){0};
}
