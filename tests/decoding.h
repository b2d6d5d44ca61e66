/*
 * decoding.h - decode and say what came of it, for the tests of src/image.
 *
 * `decoder` is opened by each test's main.
 */
#ifndef DECODING_H
#define DECODING_H

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/hash.h"
#include "image/image.h"

static struct decoder *decoder;

/* Decodes; the reason is left in *e. */
static inline int decode(struct image *out, const struct buf *b,
			 struct error *e)
{
	error_clear(e);
	return decoder_decode(decoder, 0, out, b->data, b->bytes, e);
}

static inline uint64_t hash_of(const struct image *i)
{
	return hash64(i->rgb, i->width * i->height * 3, i->width);
}

/* The hash of what a file decodes to, or 0. */
static inline uint64_t decoded_hash(const struct buf *b)
{
	struct error e = {0};
	struct image i;

	if (decode(&i, b, &e) < 0) {
		fprintf(stderr, "refused: %s\n", e.text);
		return 0;
	}
	uint64_t h = hash_of(&i);
	image_free(&i);
	return h;
}

static inline int refused(const struct buf *b, const char *reason)
{
	struct error e = {0};
	struct image i;

	if (decode(&i, b, &e) != ERROR_DATA) {
		fprintf(stderr, "accepted, not: %s\n", reason);
		image_free(&i);
		return 0;
	}
	if (strstr(e.text, reason))
		return 1;
	fprintf(stderr, "\"%s\" is not \"%s\"\n", e.text, reason);
	return 0;
}

static inline int refused_text(const char *bytes, size_t count,
			       const char *reason)
{
	struct buf b = { (char *)(uintptr_t)bytes, count, 0 };
	return refused(&b, reason);
}

#endif
