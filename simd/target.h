/*
 * target.h - compile the rest of a file for more than the baseline machine.
 *
 *	TARGET_BEGIN("avx2,fma") ... TARGET_END
 *
 * after the system headers.  The file itself names what it needs: no flag in
 * the Makefile has to match, and the program still starts on any CPU.
 */
#define TARGET_STRING(x) #x
#ifdef __clang__
#define TARGET_BEGIN(isa) _Pragma(TARGET_STRING(clang attribute push( \
	__attribute__((target(isa))), apply_to = function)))
#define TARGET_END _Pragma("clang attribute pop")
#else
#define TARGET_BEGIN(isa) _Pragma("GCC push_options") \
	_Pragma(TARGET_STRING(GCC target(isa)))
#define TARGET_END _Pragma("GCC pop_options")
#endif
