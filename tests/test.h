/*
 * test.h - the few words unit tests are written in.
 *
 *	int main(void)
 *	{
 *		CHECK(1 + 1 == 2);
 *		CHECK_STR(name, "beach");
 *		return test_end("arithmetic");
 *	}
 *
 * Each CHECK counts; a failed one prints file, line and text and goes on.
 * test_end prints "arithmetic: 2 passed, 0 failed" and gives the exit status.
 */
#ifndef TEST_H
#define TEST_H

#include <stdio.h>
#include <string.h>

static int test_passed, test_failed;

static inline int test_note(int ok, const char *file, int line,
			    const char *text)
{
	if (ok) {
		test_passed++;
	} else {
		test_failed++;
		fprintf(stderr, "%s:%d: failed: %s\n", file, line, text);
	}
	return ok;
}

#define CHECK(condition) test_note(!!(condition), __FILE__, __LINE__, #condition)
#define CHECK_STR(got, want) test_note(strcmp((got), (want)) == 0, __FILE__, \
	__LINE__, #got " is " #want)

static inline int test_end(const char *name)
{
	printf("%s: %d passed, %d failed\n", name, test_passed, test_failed);
	return test_failed != 0;
}

#endif
