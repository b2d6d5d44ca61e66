/*
 * select.c - which tables exist, which this CPU can run, which one to take.
 *
 * This is the only file that knows all tables.  __builtin_cpu_supports also
 * checks that the operating system saves the wide registers.
 */
#include <string.h>

#include "kernels.h"

extern const struct kernels kernels_scalar;

#if defined(__x86_64__) || defined(__i386__)
extern const struct kernels kernels_avx2;

static int has_avx2(void)
{
	return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}
#endif
#if defined(__x86_64__)
extern const struct kernels kernels_avx512;

static int has_avx512(void)
{
	return has_avx2() && __builtin_cpu_supports("avx512f") &&
	       __builtin_cpu_supports("avx512dq") &&
	       __builtin_cpu_supports("avx512bw") &&
	       __builtin_cpu_supports("avx512vl");
}
#endif
#if defined(__aarch64__)
extern const struct kernels kernels_neon;
#endif

/* Slowest first; each instruction set includes the one before.  The lists are
 * constants, so that any number of threads may call this at once. */
const struct kernels *const *kernels_list(void)
{
#if defined(__aarch64__)
	static const struct kernels *const neon[] = {
		&kernels_scalar, &kernels_neon, NULL
	};

	return neon;
#else
	static const struct kernels *const scalar[] = {
		&kernels_scalar, NULL
	};
#if defined(__x86_64__)
	static const struct kernels *const avx512[] = {
		&kernels_scalar, &kernels_avx2, &kernels_avx512, NULL
	};

	__builtin_cpu_init();
	if (has_avx512())
		return avx512;
#endif
#if defined(__x86_64__) || defined(__i386__)
	static const struct kernels *const avx2[] = {
		&kernels_scalar, &kernels_avx2, NULL
	};

	__builtin_cpu_init();
	if (has_avx2())
		return avx2;
#endif
	return scalar;
#endif
}

const struct kernels *kernels_find(const char *name)
{
	const struct kernels *const *list = kernels_list();
	const struct kernels *found = NULL;
	int best = !name || !strcmp(name, "best");

	for (; *list; list++)
		if (best || !strcmp((*list)->name, name))
			found = *list;
	return found;
}

const char *kernels_names(void)
{
#if defined(__x86_64__)
	return "scalar avx2 avx512";
#elif defined(__i386__)
	return "scalar avx2";
#elif defined(__aarch64__)
	return "scalar neon";
#else
	return "scalar";
#endif
}
