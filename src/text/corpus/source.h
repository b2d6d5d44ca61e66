/*
 * source.h - where captions come from: a list that is asked one by one.
 */
#ifndef SOURCE_H
#define SOURCE_H

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

/* Gives caption i < count. */
struct text_source {
	size_t count;
	struct str (*caption)(const void *context, size_t i);
	const void *context;
	uint64_t sum;			/* identifies the input */
};

#endif
