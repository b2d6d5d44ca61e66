/*
 * base.h - what every file of the program may rely on.
 *
 * Integer types, a few macros, prefetch(), bug(), and the guards of the numeric
 * law (docs/numerics.md): a build whose floats would not follow it stops here.
 */
#ifndef BASE_H
#define BASE_H

#include <float.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __FAST_MATH__
#error "fast-math changes results: build without it"
#endif
/* 16 and 32: types narrower than _Float16 or _Float32 are widened to it, all
 * others, float among them, are evaluated as they are (C23, 5.3.5.3.3).  gcc
 * says 16 in its own modes where the machine has half floats. */
#if defined(__FLT_EVAL_METHOD__) && __FLT_EVAL_METHOD__ != 0 && \
	__FLT_EVAL_METHOD__ != 16 && __FLT_EVAL_METHOD__ != 32
#error "floats must be evaluated as floats: on i386 use -msse2 -mfpmath=sse, on s390x -fexcess-precision=fast"
#endif

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))
/* Blocks of size b that hold a. */
#define CEIL_DIV(a, b) (((a) + (b) - 1) / (b))

/* Prefetches n floats at x + ahead into the second cache.  The address may be
 * invalid. */
static inline void prefetch(const float *x, size_t ahead, size_t n)
{
	uintptr_t at = (uintptr_t)x + ahead * sizeof(*x);

	for (size_t i = 0; i < n; i += 16)
		__builtin_prefetch((const void *)(at + i * sizeof(*x)), 0, 2);
}

/* Our own mistake, never the world's: prints file and line, then aborts. */
#define bug(...) bug_at(__FILE__, __LINE__, __VA_ARGS__)
_Noreturn void bug_at(const char *file, int line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
