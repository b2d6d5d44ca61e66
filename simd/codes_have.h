/*
 * codes_have.h - which instruction sets beyond those of kernels.h this
 * compiler can make code for.  The CPU is asked in codes.c.
 */
#if defined(__x86_64__) && ((defined(__clang__) && __clang_major__ >= 12) || \
	(!defined(__clang__) && defined(__GNUC__) && __GNUC__ >= 11))
#define CODES_HAVE_AVXVNNI 1
#endif
#if defined(__aarch64__) && (defined(__linux__) || defined(__APPLE__)) && \
	((defined(__clang__) && __clang_major__ >= 16) || \
	(!defined(__clang__) && defined(__GNUC__) && __GNUC__ >= 9))
#define CODES_HAVE_DOTPROD 1
#endif
