/*
 * embedded.h - files the program carries inside (made by tools/embed.sh).
 */
#ifndef EMBEDDED_H
#define EMBEDDED_H

#include <stddef.h>

struct embedded {
	const char *name;		/* "data/nets/compact.net" */
	const unsigned char *data;	/* a 0 byte follows */
	size_t bytes;
};

extern const struct embedded embedded_files[];	/* ends with a NULL name */

#endif
