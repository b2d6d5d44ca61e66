/*
 * check_case.c - one case: fill, run the reference, run the kernel, compare.
 *
 * The reference runs on plain copies; the kernel three times, on memory that
 * ends at a forbidden page, starts after one, and lies at a random offset.
 * Compared are all elements of the outputs (bits; NaN as a class), and, bit by
 * bit, what lies between the rows, around the arrays, and in the inputs.
 */
#include "check.h"
#include "reference.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* All static: a case allocates nothing.  [operand, float] */
static float image[CHECK_OPERANDS][CHECK_FLOATS];	/* before */
static float want[CHECK_OPERANDS][CHECK_FLOATS];	/* after */
static float scratch[CHECK_FLOATS];

static const char *const place_names[] = { "end", "start", "inside" };

const char *check_kind_name(enum check_kind kind)
{
	static const char *const names[CHECK_KINDS] = {
		"uniform", "wide", "integer", "cancel", "subnormal",
		"underflow", "zero", "special", "equal", "spread",
	};

	return names[kind];
}

size_t check_operand_floats(const struct check_operand *o)
{
	if (o->full || !o->rows)
		return o->rows * o->stride;
	return (o->rows - 1) * o->stride + o->columns;
}

void check_failed(struct check *ck, const char *format, ...)
{
	va_list list;

	if (++ck->failures > 3 || ck->quiet)
		return;
	printf("FAILED %s %s: ", ck->k->name, ck->test->name);
	va_start(list, format);
	vprintf(format, list);
	va_end(list);
	printf("\n  repeat: checkkernels%s --kernels %s --test %s "
	       "--seed %llu\n", ck->quick ? " --quick" : "", ck->k->name,
	       ck->test->name, (unsigned long long)ck->seed);
}

/* "n 17 rows 2 ... kind wide, at end" */
static const char *describe(const struct check_case *c,
			    enum check_place place)
{
	static char text[256];

	snprintf(text, sizeof(text), "n %zu rows %zu taps %zu depth %zu gap %zu"
		 " step %zu offset %zu epi %x a %a b %a c %a alias %d %s, at "
		 "%s", c->n, c->rows, c->taps, c->depth, c->gap, c->step,
		 c->offset, c->epi, (double)c->a, (double)c->b, (double)c->c,
		 c->alias, check_kind_name(c->kind), place_names[place]);
	return text;
}

static int is_cell(const struct check_operand *o, size_t i)
{
	return o->stride && i % o->stride < o->columns;
}

void check_operand_fill(const struct check_case *c, int which, float *x,
			uint64_t *random)
{
	const struct check_operand *o = &c->operand[which];
	size_t floats = check_operand_floats(o), at = 0;

	check_fill(scratch, o->rows * o->columns, c->kind, which, random);
	for (size_t i = 0; i < floats; i++)
		if (is_cell(o, i) && o->role != CHECK_OUT)
			x[i] = scratch[at++];
		else
			x[i] = check_float(CHECK_CANARY);
}

static size_t pointers(const struct check *ck, const struct check_case *c)
{
	return ck->test->pointers ? ck->test->pointers(c) : 0;
}

static void point(const struct check *ck, const struct check_case *c,
		  struct check_args *x, const float **row)
{
	x->row = row;
	if (ck->test->point)
		ck->test->point(c, x);
}

/* want = the operands after the reference. */
static void run_reference(const struct check *ck, const struct check_case *c)
{
	static const float *row[CHECK_POINTERS];
	struct check_args x;

	for (int i = 0; i < c->operands; i++) {
		memcpy(want[i], image[i],
		       check_operand_floats(&c->operand[i]) * sizeof(float));
		x.p[i] = want[i];
	}
	point(ck, c, &x, row);
	ck->test->call(reference_like(ck->k), c, &x);
}

struct call {
	const struct check *ck;
	const struct check_case *c;
	const struct check_args *x;
};

static void run_kernel(void *argument)
{
	struct call *call = argument;

	call->ck->test->call(call->ck->k, call->c, call->x);
}

static void place_all(const struct check *ck, const struct check_case *c,
		      enum check_place place, struct check_args *x)
{
	uint64_t random = c->seed;

	for (int i = c->operands - 1; i >= 0; i--) {
		size_t bytes = check_operand_floats(&c->operand[i]) * 4;

		if (i == 0 && c->alias) {
			x->p[0] = x->p[c->alias];
			break;
		}
		x->p[i] = check_memory_place(i, place, bytes,
					     check_below(&random, 16));
		memcpy(x->p[i], image[i], bytes);
	}
	point(ck, c, x, check_memory_place(CHECK_OPERANDS, CHECK_AT_END,
				pointers(ck, c) * sizeof(float *), 0));
}

/* One operand after the call; 0 if something is wrong, which is reported. */
static int compare(struct check *ck, const struct check_case *c,
		   enum check_place place, int which, const float *got)
{
	const struct check_operand *o = &c->operand[which];
	const float *right = o->role == CHECK_IN ? image[which] : want[which];
	size_t floats = check_operand_floats(o);
	const float *outside;

	for (size_t i = 0; i < floats; i++) {
		int cell = is_cell(o, i) && o->role != CHECK_IN;

		if (cell ? check_same(got[i], right[i]) :
			   check_bits(got[i]) == check_bits(right[i]))
			continue;
		check_failed(ck, "%s: operand %d, %s %zu: got %a (%08x), "
			     "want %a (%08x), %lld ulps", describe(c, place),
			     which, o->role == CHECK_IN ? "input" :
			     cell ? "element" : "gap", i, (double)got[i],
			     check_bits(got[i]), (double)right[i],
			     check_bits(right[i]),
			     (long long)check_ulps(got[i], right[i]));
		return 0;
	}
	outside = check_memory_changed(which || !c->alias ? which : c->alias,
				       got, floats);
	if (outside)
		check_failed(ck, "%s: operand %d: wrote element %td of %zu",
			     describe(c, place), which, outside - got, floats);
	return !outside;
}

/* Second check: operand 0 against doubles, from the operands as they were. */
static void compare_truth(struct check *ck, const struct check_case *c,
			  const float *got)
{
	static const float *row[CHECK_POINTERS];
	const struct check_operand *o = &c->operand[0];
	struct check_args x;

	if (c->kind == CHECK_SPECIAL || c->kind == CHECK_WIDE)
		return;
	for (int i = 0; i < c->operands; i++)
		x.p[i] = image[i];
	point(ck, c, &x, row);
	for (size_t r = 0; r < o->rows; r++)
		for (size_t j = 0; j < o->columns; j++) {
			double allowed, is = (double)got[r * o->stride + j];
			double right = ck->test->truth(c, &x, r, j, &allowed);

			if (fabs(is - right) <= allowed)
				continue;
			check_failed(ck, "%s: element (%zu, %zu): got %a, true "
				     "value %a, off by %g, allowed %g",
				     describe(c, CHECK_AT_END), r, j, is, right,
				     fabs(is - right), allowed);
			return;
		}
}

/* Runs and compares at one place; 0 if something was wrong. */
static int run_at(struct check *ck, const struct check_case *c,
		  enum check_place place)
{
	struct check_args x;
	struct call call = { ck, c, &x };
	int signal, good = 1;

	place_all(ck, c, place, &x);
	signal = check_guard(run_kernel, &call);
	if (signal) {
		check_failed(ck, "%s: stopped by signal %d (%s)",
			     describe(c, place), signal, strsignal(signal));
		return 0;
	}
	for (int i = c->operands - 1; good && i >= 0; i--)
		if (i == 0 || i != c->alias)
			good = compare(ck, c, place, i, x.p[i]);
	if (good && place == CHECK_AT_END && ck->test->truth)
		compare_truth(ck, c, x.p[0]);
	return good;
}

void check_case(struct check *ck, struct check_case *c)
{
	uint64_t random;

	if (ck->quiet && ck->failures)
		return;
	c->panel = ck->k->tile_columns;
	c->seed = random = check_random(&ck->random);
	ck->test->shape(c);
	for (int i = c->operands - 1; i >= 0; i--)
		check_operand_fill(c, i, image[i], &random);
	if (c->alias)
		memcpy(image[0], image[c->alias],
		       check_operand_floats(&c->operand[0]) * sizeof(float));
	run_reference(ck, c);
	ck->cases++;
	for (int place = 0; place < CHECK_PLACES; place++)
		if (!run_at(ck, c, (enum check_place)place))
			break;
}
