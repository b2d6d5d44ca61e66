/*
 * check.h - what the files of checkkernels share.
 *
 * A test (struct check_test) belongs to one slot of struct kernels.  It says
 * which cases there are, which arrays a case has (struct check_operand), and
 * how to call the slot.  The engine (check_case.c) does the rest: fills the
 * arrays, runs the reference on plain copies, runs the kernel on memory that
 * ends or starts at a forbidden page, and compares everything.
 *
 *	cases()   for each shape and data class: set fields, check_case(ck, c)
 *	shape()   from the fields: the operands
 *	point()   where the slot takes row pointers: from the operands, them
 *	call()    call the slot
 */
#ifndef CHECK_H
#define CHECK_H

#include <stddef.h>
#include <stdint.h>

#include "kernels.h"

enum check_kind {	/* classes of data */
	CHECK_UNIFORM,	/* [-1, 1) */
	CHECK_WIDE,	/* any exponent, any sign */
	CHECK_INTEGER,	/* small whole numbers: exact in any order */
	CHECK_CANCEL,	/* pairs x, -x of large size among small ones */
	CHECK_SUBNORMAL,	/* below 2^-126 and just above */
	CHECK_UNDERFLOW,	/* products of two round to -0 */
	CHECK_ZERO,	/* +0 and -0 */
	CHECK_SPECIAL,	/* inf and NaN among ordinary ones */
	CHECK_EQUAL,	/* one value throughout: ties */
	CHECK_SPREAD,	/* [-100, 100): the range of exp */
	CHECK_KINDS
};

enum check_role { CHECK_IN, CHECK_OUT, CHECK_INOUT };

enum {
	CHECK_OPERANDS = 8,
	CHECK_POINTERS = 1024,	/* most row pointers of a call */
	CHECK_FLOATS = 1 << 16,	/* most floats of an operand */
	CHECK_POOL = 12,	/* rows that pointers point into */
	CHECK_ZEROS = 1024	/* most floats behind a pointer */
};

enum check_epilogue {	/* which parts of a struct epilogue there are */
	CHECK_EPILOGUE = 1,		/* 0: the pointer is NULL */
	CHECK_EPILOGUE_START = 2,
	CHECK_EPILOGUE_SCALE = 4,
	CHECK_EPILOGUE_ADD = 8,
	CHECK_EPILOGUE_CLAMP = 16,
	CHECK_EPILOGUE_SIX = 32,	/* high is 6, not inf */
	CHECK_EPILOGUE_GATE = 64,
	CHECK_EPILOGUE_KINDS = 57	/* told apart, NULL the first */
};

/* rows x columns floats, `stride` from row to row.  What lies between rows
 * belongs to nobody.  A `full` operand has it after the last row too. */
struct check_operand {
	enum check_role role;
	size_t rows, columns, stride;
	int full;
};

struct check_case {
	size_t n;			/* elements, or channels, or columns */
	size_t rows, taps, depth;
	size_t gap;			/* floats between rows, where allowed */
	size_t step, offset;		/* a_step of tile, offset of outer */
	size_t panel;			/* tile_columns of the table */
	unsigned epi;			/* bits of enum check_epilogue */
	float a, b, c;			/* scalars */
	enum check_kind kind;
	int alias;			/* operand 0 is this one's memory */
	uint64_t seed;
	int operands;
	struct check_operand operand[CHECK_OPERANDS];
};

struct check_args {
	float *p[CHECK_OPERANDS];	/* bases of the operands */
	const float **row;		/* ends where no more may be read */
};

struct check;

struct check_test {
	const char *name;
	size_t slot;			/* offset in struct kernels */
	void (*cases)(struct check *ck);
	void (*shape)(struct check_case *c);
	/* Number of row pointers, and the pointers; NULL where none. */
	size_t (*pointers)(const struct check_case *c);
	void (*point)(const struct check_case *c, struct check_args *x);
	void (*call)(const struct kernels *k, const struct check_case *c,
		     const struct check_args *x);
	/* True value of element (r, j) of operand 0 by doubles from the
	 * operands before the call, and the error allowed; or NULL. */
	double (*truth)(const struct check_case *c, const struct check_args *x,
			size_t r, size_t j, double *allowed);
	/* Accuracy over the range of a function of one variable, or NULL. */
	void (*sweep)(struct check *ck);
	/* Signature where the shape depends on the table, or NULL: goes on
	 * from hash. */
	uint64_t (*sign)(const struct kernels *k, enum check_kind kind,
			 uint64_t hash);
	unsigned aliases;		/* bit i: operand 0 may be operand i */
};

/* One run of one test on one table. */
struct check {
	const struct kernels *k;	/* the slot under test; others empty */
	const struct check_test *test;
	uint64_t seed, random;
	int quick, quiet, exhaustive;
	size_t cases, failures;
	double worst_ulps;		/* of the sweep, for -v */
};

/* Lists of tests, each ended by an entry without a name. */
extern const struct check_test check_reduce[], check_tile[],
	check_conv[], check_winograd[], check_elementwise[], check_rows[],
	check_lrn[], check_math[], check_learn[], check_sgns[];
/* The test of that name, or NULL. */
const struct check_test *check_find(const char *name);
/* Calls f for each test, in order. */
void check_each(void (*f)(const struct check_test *t, void *own), void *own);

/* check_case.c */
void check_case(struct check *ck, struct check_case *c);
const char *check_kind_name(enum check_kind kind);
size_t check_operand_floats(const struct check_operand *o);
/* Fills operand `which` at x: data of the case's kind, the rest canaries. */
void check_operand_fill(const struct check_case *c, int which, float *x,
			uint64_t *random);
/* Says what is wrong (printf), unless the run is quiet; counts a failure. */
void check_failed(struct check *ck, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* check_sizes.c */
/* Cases every array kernel needs: n = 0..67, primes, random; all kinds. */
void check_sizes(struct check *ck);
/* Rows x channels, or taps x channels, from first rows on. */
void check_channels(struct check *ck, size_t first);
void check_scalars(struct check_case *c, uint64_t *random);

/* check_epilogue.c: what slots of convolutions share */
/* The kinds one after the other, as bits. */
unsigned check_epilogue_kind(size_t i);
/* Operands 3 to 6: start, scale, shift, and add with `rows` rows. */
void check_epilogue_shape(struct check_case *c, size_t rows);
/* Their addresses; add_step is the stride of add. */
struct epilogue check_epilogue(const struct check_case *c,
			    const struct check_args *x);
/* What becomes of `value` at row r of add, column j; and *size. */
double check_epilogue_truth(const struct check_case *c,
			    const struct check_args *x, size_t r, size_t j,
			    double value, double *size);
/* Operand 1 as CHECK_POOL rows of `columns` floats, and `count` pointers into
 * it, in any order, some to zeros; `used` of each `step` are set, the others
 * must not be read. */
struct check_operand check_pool(const struct check_case *c, size_t columns);
void check_point(const struct check_case *c, struct check_args *x,
		 size_t count, size_t used, size_t step);
/* Error bound of n roundings of terms that add up to `size` without their
 * signs (Higham 2002, 3.1), u = 2^-24; products may also fall below the least
 * subnormal, half of it each time. */
double check_bound(size_t n, double size);

/* check_data.c */
uint64_t check_random(uint64_t *state);
size_t check_below(uint64_t *state, size_t n);
float check_uniform(uint64_t *state);
void check_fill(float *x, size_t n, enum check_kind kind, int which,
		uint64_t *state);
uint32_t check_bits(float x);
float check_float(uint32_t bits);
/* Equal bits, or both NaN. */
int check_same(float a, float b);
int64_t check_ulps(float a, float b);
/* The float that fills what nobody may touch: a NaN with a mark in it. */
#define CHECK_CANARY 0x7FC5EED5u

/* check_memory.c */
enum check_place { CHECK_AT_END, CHECK_AT_START, CHECK_INSIDE, CHECK_PLACES };
void check_memory_init(void);
/* `bytes` bytes of region `which`, placed, canaries all around. */
void *check_memory_place(int which, enum check_place place, size_t bytes,
			 size_t offset);
/* Returns the first float outside [p, p + floats) that changed, or NULL. */
const float *check_memory_changed(int which, const float *p, size_t floats);
/* Where nobody may read: stops who does. */
float *check_memory_forbidden(void);
/* Runs f; 0, or the signal that stopped it.  May be called in f once more. */
int check_guard(void (*f)(void *), void *argument);
int check_flush_to_zero(void);

/* check_sign.c */
uint64_t check_sign(const struct check_test *t, const struct kernels *k);
uint64_t check_hash_floats(uint64_t hash, const float *x, size_t n);
#define CHECK_HASH_START 0xcbf29ce484222325u

/* check_bench.c */
void check_bench(const char *kernels, const char *tests, int csv);

/* broken.c: tables with one planted fault each */
struct broken {
	const char *name;
	const char *slot;		/* name of the test that must find it */
	struct kernels table;
};
#define FAULT(member, function)                                               \
	if (i == at++) {                                                      \
		b->name = #function;                                          \
		b->slot = #member;                                            \
		b->table.member = function;                                   \
	}
size_t broken_count(void);
/* Fills *b with fault i of broken_conv.c; returns how many there are. */
size_t broken_conv(size_t i, struct broken *b);
/* The reference with the schedule of the broken tables. */
const struct kernels *broken_right(void);
void broken_get(size_t i, struct broken *b);

#endif
