/*
 * golden.h - numbers that are the same on every machine, as tests check them.
 */
#ifndef GOLDEN_H
#define GOLDEN_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test.h"

/* The line `name` of tests/signature.txt. */
static inline uint64_t golden_number(const char *program, const char *name)
{
	const char *path = getenv("SEESAY_SIGNATURE");
	const char *slash = strrchr(program, '/');
	char beside[600], line[200], found[64];
	unsigned long long golden = 0, number;
	FILE *f;

	snprintf(beside, sizeof(beside), "%.*s/../../tests/signature.txt",
		 slash ? (int)(slash - program) : 1, slash ? program : ".");
	f = fopen(path ? path : beside, "r");
	if (!f)
		f = fopen("tests/signature.txt", "r");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "%63s %llx", found, &number) == 2 &&
		    strcmp(found, name) == 0)
			golden = number;
	if (f)
		fclose(f);
	return golden;
}

static inline void check_golden(const char *program, const char *name,
				uint64_t sum)
{
	if (!CHECK(golden_number(program, name) == sum))
		fprintf(stderr, "%s %016llx\n", name, (unsigned long long)sum);
}

#endif
