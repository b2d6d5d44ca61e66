/*
 * codes.h - the kernels of int8 codes: integers and bounds for exact search.
 *
 * A panel of codes holds 16 vectors as struct kernels' panels do: for each
 * group of 4 dimensions, 16 times 4 bytes.  A byte is 128 plus a code within
 * CODES_MOST.  Padding, of dimensions and of vectors, is the byte 128.
 *
 * One table per instruction set, as in kernels.h.  The sums are integers and
 * exact, the bounds have one expression tree, so all tables give the same
 * bits.  docs/search.md proves the bounds.
 */
#ifndef CODES_H
#define CODES_H

#include <stddef.h>
#include <stdint.h>

enum {
	CODES_PANEL = 16,	/* vectors of a panel: KERNELS_PANEL */
	CODES_GROUP = 4,	/* dimensions that lie side by side */
	CODES_ZERO = 128,	/* the byte of a code 0 */
	CODES_MOST = 127,	/* of a code, either way */
	CODES_MAX_ROWS = 12,	/* bound on `rows` of every table */
	CODES_MAX_DIM = 1 << 17,	/* sums stay within 31 bits */
	CODES_MAX_TABLES = 8,
	CODES_BOUNDS = 3,	/* scale, rest, size: rows of `bounds` */
};

struct codes_query {
	const int8_t *code;	/* [4 * groups], within CODES_MOST */
	int32_t sum;		/* of the codes */
	float scale;		/* the query is about scale * code */
	float rest, size;	/* factors of a vector's rest and size */
	float least;		/* of a margin */
};

struct codes_found {
	uint16_t mask[CODES_MAX_ROWS];
	/* of rows whose mask is not 0 */
	float upper[CODES_MAX_ROWS * CODES_PANEL];
	float lower[CODES_MAX_ROWS * CODES_PANEL];
};

struct codes {
	const char *name;	/* "scalar", "avx2", "avxvnni", ... */
	const char *kernels;	/* the table of kernels.h it goes with */
	size_t rows;		/* queries that it takes at most */
	/* For r < rows, j < 16, with c[p][j] the code of vector j:
	 *	I = sum over p < 4 * groups of q[r].code[p] * c[p][j], exact
	 *	e = ((float)I * scale[j]) * q[r].scale
	 *	m = fma(rest[j], q[r].rest, fma(size[j], q[r].size,
	 *					q[r].least))
	 *	upper[r * 16 + j] = e + m, lower[r * 16 + j] = e - m
	 * Bit j of mask[r] is set where not upper < reach[r].  Returns 0 if no
	 * bit is set.  scale, rest, size = bounds, bounds + 16, bounds + 32. */
	unsigned (*scan)(struct codes_found *f, size_t rows, size_t groups,
			 const struct codes_query *q, const float *reach,
			 const unsigned char *panel, const float *bounds);
};

/* The fastest table that this CPU can run and that needs no more than the
 * kernel table of this name does (NULL: any). */
const struct codes *codes_find(const char *kernels);
/* All that it can run, slowest first, to list[CODES_MAX_TABLES]; returns how
 * many. */
size_t codes_list(const struct codes **list);

#endif
