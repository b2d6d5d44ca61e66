/*
 * pixels.c - which tables of pixels.h exist, which this CPU can run.
 */
#include "pixels.h"

extern const struct pixels pixels_scalar;
#if defined(__x86_64__)
extern const struct pixels pixels_avx2;
#endif
#if defined(__aarch64__)
extern const struct pixels pixels_neon;
#endif

const struct pixels *const *pixels_list(void)
{
	static const struct pixels *const all[] = {
		&pixels_scalar,
#if defined(__x86_64__)
		&pixels_avx2,
#elif defined(__aarch64__)
		&pixels_neon,
#endif
		NULL
	};
#if defined(__x86_64__)
	static const struct pixels *const plain[] = { &pixels_scalar, NULL };

	__builtin_cpu_init();
	if (!__builtin_cpu_supports("avx2"))
		return plain;
#endif
	return all;
}

const struct pixels *pixels_find(void)
{
	const struct pixels *const *list = pixels_list();

	while (list[1])
		list++;
	return *list;
}
