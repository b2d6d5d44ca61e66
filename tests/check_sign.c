/*
 * check_sign.c - one number for all bits a kernel gives on fixed cases.
 *
 * FNV-1a (Fowler, Noll, Vo), 64 bits, over the outputs as little-endian words,
 * every NaN counted as 7fc00000.  The cases do not depend on the table's tile,
 * so all tables of all machines have the same number: tests/signature.txt.
 */
#include "check.h"

static uint64_t hash_word(uint64_t hash, uint32_t word)
{
	for (int shift = 0; shift < 32; shift += 8)
		hash = (hash ^ (word >> shift & 255)) * 0x100000001b3u;
	return hash;
}

uint64_t check_hash_floats(uint64_t hash, const float *x, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int nan = x[i] != x[i];
		hash = hash_word(hash, nan ? 0x7fc00000u : check_bits(x[i]));
	}
	return hash;
}

static uint64_t sign_case(const struct check_test *t, const struct kernels *k,
			  struct check_case *c, uint64_t hash)
{
	static float data[CHECK_OPERANDS][CHECK_FLOATS / 4];
	static const float *row[CHECK_POINTERS];
	struct check_args x = { .row = row };
	uint64_t random = c->seed;

	t->shape(c);
	for (int i = 0; i < c->operands; i++) {
		x.p[i] = data[i];
		check_operand_fill(c, i, data[i], &random);
	}
	if (t->point)
		t->point(c, &x);
	t->call(k, c, &x);
	for (int i = 0; i < c->operands; i++)
		if (c->operand[i].role != CHECK_IN)
			hash = check_hash_floats(hash, data[i],
				check_operand_floats(&c->operand[i]));
	return hash;
}

uint64_t check_sign(const struct check_test *t, const struct kernels *k)
{
	static const size_t sizes[] = { 1, 5, 16, 33, 100, 257 };
	uint64_t hash = CHECK_HASH_START, random = 2718;

	for (int kind = 0; kind < CHECK_KINDS; kind++) {
		if (t->sign) {
			hash = t->sign(k, (enum check_kind)kind, hash);
			continue;
		}
		for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
			struct check_case c = { .n = sizes[i], .rows = 5,
				.taps = 5, .depth = 5,
				.kind = (enum check_kind)kind,
				.seed = check_random(&random) };

			check_scalars(&c, &random);
			hash = sign_case(t, k, &c, hash);
		}
	}
	return hash;
}
