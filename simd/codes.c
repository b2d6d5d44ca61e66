/*
 * codes.c - which tables of codes.h exist, which this CPU can run.
 *
 * A table is tried if its instruction set is here: the kernel table that it
 * goes with can be run (kernels_list), and the CPU says that it has the rest.
 */
#include "codes.h"

#include <string.h>

#include "codes_have.h"
#include "kernels.h"
#ifdef CODES_HAVE_AVXVNNI
#include <cpuid.h>
#endif
#if defined(CODES_HAVE_DOTPROD) && defined(__linux__)
#include <sys/auxv.h>
#endif

extern const struct codes codes_scalar;
#if defined(__x86_64__) || defined(__i386__)
extern const struct codes codes_avx2;
#endif
#if defined(__x86_64__)
extern const struct codes codes_avx512;

static int has_avx512vnni(void)
{
	return __builtin_cpu_supports("avx512vnni") != 0;
}
#endif
#ifdef CODES_HAVE_AVXVNNI
extern const struct codes codes_avxvnni;

/* Leaf 7.1, EAX bit 4; older compilers have no name for it. */
static int has_avxvnni(void)
{
	unsigned a, b, c, d;

	return __get_cpuid_count(7, 1, &a, &b, &c, &d) && (a >> 4 & 1);
}
#endif
#if defined(__aarch64__)
extern const struct codes codes_neon;
#endif
#ifdef CODES_HAVE_DOTPROD
extern const struct codes codes_neondot;

static int has_dotprod(void)
{
#ifdef __linux__
	return getauxval(AT_HWCAP) >> 20 & 1;	/* HWCAP_ASIMDDP */
#else
	return 1;			/* every Mac has it */
#endif
}
#endif

static int always(void)
{
	return 1;
}

static const struct {
	const struct codes *table;
	int (*is_here)(void);
} all[] = {			/* slowest first */
	{ &codes_scalar, always },
#if defined(__x86_64__) || defined(__i386__)
	{ &codes_avx2, always },
#endif
#ifdef CODES_HAVE_AVXVNNI
	{ &codes_avxvnni, has_avxvnni },
#endif
#if defined(__x86_64__)
	{ &codes_avx512, has_avx512vnni },
#endif
#if defined(__aarch64__)
	{ &codes_neon, always },
#endif
#ifdef CODES_HAVE_DOTPROD
	{ &codes_neondot, has_dotprod },
#endif
};
enum { TABLES = sizeof(all) / sizeof(*all) };

/* The place of a kernel table among those that this CPU can run, or -1. */
static int place_of(const char *kernels)
{
	const struct kernels *const *list = kernels_list();

	for (int i = 0; list[i]; i++)
		if (strcmp(list[i]->name, kernels) == 0)
			return i;
	return -1;
}

static int is_here(size_t i)
{
	return place_of(all[i].table->kernels) >= 0 && all[i].is_here();
}

const struct codes *codes_find(const char *kernels)
{
	const int most = kernels ? place_of(kernels) : (int)TABLES;
	const struct codes *found = &codes_scalar;

	for (size_t i = 0; i < TABLES; i++)
		if (is_here(i) && place_of(all[i].table->kernels) <= most)
			found = all[i].table;
	return found;
}

size_t codes_list(const struct codes **list)
{
	size_t n = 0;

	for (size_t i = 0; i < TABLES; i++)
		if (is_here(i))
			list[n++] = all[i].table;
	return n;
}
