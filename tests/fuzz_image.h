/*
 * fuzz_image.h - what fuzzers of pictures share: the memory of a decoder child,
 * a filter's promises, and stb behind it.
 */
#ifndef FUZZ_IMAGE_H
#define FUZZ_IMAGE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "image/arena.h"
#include "image/picture.h"
#include "image/picture_plain.h"
#include "image/stb.h"

static void fuzz_require(int ok, const char *what)
{
	if (!ok) {
		fprintf(stderr, "property does not hold: %s\n", what);
		abort();
	}
}

/* One region for all pictures of the process. */
static void fuzz_memory(void)
{
	static void *region;

	if (region)
		return;
	region = mmap(NULL, PICTURE_MAX_MEMORY, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	fuzz_require(region != MAP_FAILED, "memory");
	arena_use(region, PICTURE_MAX_MEMORY);
}

/* `complete`: stb must decode everything that passes. */
static inline void fuzz_decode(const struct buf *plain,
			       const struct picture *p, int complete)
{
	struct stb_result r;

	fuzz_memory();
	/* large ones only cost time */
	if (p->width * p->height > 1u << 14)
		return;
	stb_decode(&r, (const unsigned char *)plain->data, plain->bytes,
		   p->channels, p->memory + (1 << 20));
	if (complete && !r.pixels)
		fprintf(stderr, "%s\n", r.reason);
	fuzz_require(!complete || r.pixels, "stb takes what the filter passes");
	if (r.pixels)
		fuzz_require(r.width == p->width && r.height == p->height,
			     "stb sees the size that the filter saw");
}

static inline int fuzz_run(const unsigned char *data, size_t bytes, int complete)
{
	static struct buf once, twice;
	struct error e = {0};
	struct picture p, again;

	if (picture_prepare(&once, &p, data, bytes, 0, &e) < 0)
		return 0;
	fuzz_require(picture_prepare(&twice, &again,
				     (const unsigned char *)once.data,
				     once.bytes, 0, &e) == 0,
		     "what passed passes again");
	fuzz_require(once.bytes == twice.bytes &&
		     memcmp(once.data, twice.data, once.bytes) == 0,
		     "what passed does not change");
	fuzz_decode(&once, &p, complete);
	return 0;
}

/* BMP, GIF or PNM: what the header promised has room, and the pixels are read
 * or refused, twice alike. */
static inline int fuzz_plain(const unsigned char *data, size_t bytes,
			     int (*header)(struct plain *p, struct error *e),
			     int (*pixels)(struct plain *p,
					   unsigned char *rgb,
					   struct error *e))
{
	struct plain first = { .data = data, .bytes = bytes }, p;
	struct error e[2] = { { 0 }, { 0 } };
	unsigned char *rgb[2] = { NULL, NULL };

	if (header(&first, &e[0]) < 0 || first.width * first.height > 1 << 16)
		return 0;
	size_t size = first.width * first.height * 3;
	fuzz_memory();
	arena_reset(2 * size + (1 << 12));
	for (int i = 0; i < 2; i++) {
		rgb[i] = arena_new(size);
		fuzz_require(rgb[i] != NULL, "there is room");
		p = first;
		pixels(&p, rgb[i], &e[i]);
		fuzz_require(p.width == first.width &&
			     p.height == first.height, "the size stays");
	}
	fuzz_require(e[0].code == e[1].code &&
		     memcmp(rgb[0], rgb[1], size) == 0, "twice the same");
	return 0;
}

#endif
