/*
 * fail_each.h - a failure of every allocation, one after the other.
 */
#ifndef FAIL_EACH_H
#define FAIL_EACH_H

#include "base/mem.h"
#include "test.h"

/* Calls work() with its n-th allocation failing, for all n, until it needs
 * fewer; each failure must be told as one. */
static inline void fail_each(const char *what,
			     int (*work)(struct error *e))
{
	for (uint64_t n = 1; n < 5000; n++) {
		struct error e = {0};
		uint64_t before = mem_count();
		int code;

		mem_fail_at(n, 1);
		code = work(&e);
		mem_fail_at(0, 0);
		if (mem_count() - before < n) {
			if (!CHECK(code >= 0 && !e.code))
				fprintf(stderr, "%s: %s\n", what, e.text);
			return;
		}
		if (!CHECK(code < 0 && e.code == ERROR_FAILED &&
			   strstr(e.text, "out of memory")))
			fprintf(stderr, "%s, allocation %d: %d '%s'\n", what,
				(int)n, code, e.text);
	}
	fprintf(stderr, "%s allocates without end\n", what);
	CHECK(0);
}

#endif
