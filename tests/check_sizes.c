/* check_sizes.c - which sizes, kinds of data and scalars cases are made of. */
#include "check.h"

/* Every 16-lane group and its edges, and both sides of four groups. */
enum { SMALL = 68, LARGEST_PRIME = 1009, RANDOM_CASES = 30 };

static int is_prime(size_t n)
{
	for (size_t d = 2; d * d <= n; d++)
		if (n % d == 0)
			return 0;
	return n > 1;
}

void check_scalars(struct check_case *c, uint64_t *random)
{
	static const float edges[] = { 0.0f, -0.0f, 1.0f, -1.0f, 0x1p-130f,
				       0x1p100f, 1e-3f };
	float *scalar[] = { &c->a, &c->b, &c->c };

	for (int i = 0; i < 3; i++)
		*scalar[i] = check_below(random, 3) ? check_uniform(random) :
			     edges[check_below(random, 7)];
}

static void one(struct check *ck, size_t n, size_t kind, int alias)
{
	struct check_case c = { .n = n, .kind = (enum check_kind)kind,
				.alias = alias };

	check_scalars(&c, &ck->random);
	check_case(ck, &c);
}

void check_sizes(struct check *ck)
{
	size_t kinds = ck->quick ? 1 : CHECK_KINDS;
	size_t apart = ck->quick ? 16 : 1, seen = 0;

	for (size_t n = 0; n < SMALL; n++) {
		for (size_t i = 0; i < kinds; i++)
			one(ck, n, (n + i) % CHECK_KINDS, 0);
		for (int alias = 1; alias < CHECK_OPERANDS; alias++)
			if (ck->test->aliases >> alias & 1)
				one(ck, n, n % CHECK_KINDS, alias);
	}
	for (size_t n = SMALL; n <= LARGEST_PRIME; n++)
		if (is_prime(n) && seen++ % apart == 0)
			one(ck, n, seen % CHECK_KINDS, 0);
	for (size_t i = 0; i < RANDOM_CASES; i++)
		one(ck, check_below(&ck->random, 4000), i % CHECK_KINDS, 0);
	for (size_t kind = 0; kind < CHECK_KINDS; kind++)
		one(ck, 40, kind, 0);
}

static void one_rows(struct check *ck, size_t rows, size_t channels,
		     size_t kind, int alias)
{
	struct check_case c = { .n = channels, .rows = rows, .taps = rows,
				.kind = (enum check_kind)kind, .alias = alias };

	c.gap = check_below(&ck->random, 3) * 5;
	check_scalars(&c, &ck->random);
	check_case(ck, &c);
}

void check_channels(struct check *ck, size_t first)
{
	static const size_t rows[] = { 0, 1, 2, 3, 4, 7, 9 };
	size_t kinds = ck->quick ? 1 : CHECK_KINDS, turn = 0;

	for (size_t n = 0; n < SMALL; n++)
		for (size_t r = 0; r < 7; r++) {
			if (rows[r] < first || (ck->quick && (n + r) % 4))
				continue;
			for (size_t i = 0; i < kinds; i++)
				one_rows(ck, rows[r], n, turn++ % CHECK_KINDS,
					 0);
			for (int a = 1; a < CHECK_OPERANDS; a++)
				if (ck->test->aliases >> a & 1)
					one_rows(ck, rows[r], n,
						 turn % CHECK_KINDS, a);
		}
	for (size_t i = 0; i < RANDOM_CASES; i++) {
		size_t r = first + check_below(&ck->random, 9);
		size_t n = check_below(&ck->random, 1010);

		one_rows(ck, r, n, i % CHECK_KINDS, 0);
	}
	for (size_t kind = 0; kind < CHECK_KINDS; kind++)
		one_rows(ck, 4, 20, kind, 0);
}
