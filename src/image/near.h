/*
 * near.h - pictures that look the same: a 64-bit hash of a picture, and a set
 * of hashes that finds those within a Hamming distance.
 *
 * Smooth pictures, two sunsets, have few edges that would tell them apart; so
 * the colours of 4 x 4 parts have to agree as well.
 */
#ifndef NEAR_H
#define NEAR_H

#include <stdint.h>

#include "image/image.h"

enum {
	NEAR_DISTANCE = 3,	/* bits; saved again, resized: 0 to 3 differ */
	NEAR_LEVELS = 24,	/* of 255, by which a colour may differ */
	NEAR_COLOURS = 4 * 4 * 3,
};
struct near_look {
	uint64_t hash;
	unsigned char colour[NEAR_COLOURS];	/* [4, 4, 3], resized to it */
};
#define NEAR_NONE UINT32_MAX

/* The difference hash: the picture is resized to 9 x 8 and its luma taken;
 * bit 16 (x mod 4) + 2 y + x / 4 says that pixel x of line y is darker than
 * pixel x + 1.
 * 1: *look is set.  0: the picture is so flat that its bits would be noise.
 * Negative: an error. */
int near_look(struct near_look *look, const struct image *picture,
	      const struct kernels *kernels, struct error *e);

/* A set of hashes, numbered from 0 as they are added. */
struct near_set;
struct near_set *near_set_new(struct error *e);
void near_set_free(struct near_set *s);
int near_set_add(struct near_set *s, const struct near_look *look,
		 struct error *e);
/* The first of the set whose hash differs in NEAR_DISTANCE bits or fewer, and
 * no colour by more than NEAR_LEVELS; NEAR_NONE if there is none. */
uint32_t near_set_find(const struct near_set *s, const struct near_look *look);

#endif
