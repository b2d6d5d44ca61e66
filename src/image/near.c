/*
 * near.c - see near.h.
 *
 * The set is a multi-index (Norouzi, Punjani and Fleet 2012).  A hash has four
 * parts of 16 bits.  If two hashes differ in three bits or fewer, at least one
 * part is equal; so a search compares the hashes that share a part, and misses
 * none.  Each bucket keeps whole hashes, so that it is read in a row.
 *
 * Neighbours in a picture are alike.  A part takes its bits from two columns
 * that lie four apart, and so fewer hashes share it than if it were two lines.
 */
#include "image/near.h"

#include <string.h>

enum {
	NEAR_WIDTH = 9, NEAR_HEIGHT = 8,
	/* Levels of luma between the darkest and the brightest of the 72
	 * pixels; below it the order of neighbours is that of rounding. */
	NEAR_CONTRAST = 8,
	PARTS = NEAR_DISTANCE + 1,
	PART_BITS = 64 / PARTS,
	PART_VALUES = 1 << PART_BITS,
};

struct near_item {
	uint64_t hash;
	uint32_t number;
};

struct near_bucket {			/* hashes with one part equal */
	struct near_item *item;		/* [count], ascending numbers */
	size_t count, room;
};

struct near_set {
	struct near_bucket *bucket;	/* [PARTS, PART_VALUES] */
	unsigned char *colour;		/* [count, NEAR_COLOURS] */
	size_t colour_room;
	uint32_t count;
};

/* Rec. 601 in 8 bits. */
static int luma_of(const unsigned char *rgb)
{
	return (77 * rgb[0] + 150 * rgb[1] + 29 * rgb[2] + 128) >> 8;
}

int near_look(struct near_look *look, const struct image *picture,
	      const struct kernels *kernels, struct error *e)
{
	struct image small = { 0 };
	int low = 255, high = 0;

	if (image_resize(&small, picture, 4, 4, kernels, e) < 0)
		return e->code;
	memcpy(look->colour, small.rgb, NEAR_COLOURS);
	image_free(&small);
	if (image_resize(&small, picture, NEAR_WIDTH, NEAR_HEIGHT, kernels,
			 e) < 0)
		return e->code;
	look->hash = 0;
	for (size_t i = 0; i < NEAR_WIDTH * NEAR_HEIGHT; i++) {
		size_t x = i % NEAR_WIDTH, y = i / NEAR_WIDTH;
		int luma = luma_of(small.rgb + 3 * i);

		low = MIN(low, luma);
		high = MAX(high, luma);
		if (x + 1 < NEAR_WIDTH && luma < luma_of(small.rgb + 3 * i + 3))
			look->hash |= (uint64_t)1
				      << (16 * (x % 4) + 2 * y + x / 4);
	}
	image_free(&small);
	return high - low >= NEAR_CONTRAST;
}

struct near_set *near_set_new(struct error *e)
{
	struct near_set *s = mem_new(1, sizeof(*s), e);

	if (!s)
		return NULL;
	s->bucket = mem_new((size_t)PARTS * PART_VALUES, sizeof(*s->bucket),
			    e);
	if (s->bucket)
		return s;
	mem_free(s);
	return NULL;
}

void near_set_free(struct near_set *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < (size_t)PARTS * PART_VALUES; i++)
		mem_free(s->bucket[i].item);
	mem_free(s->bucket);
	mem_free(s->colour);
	mem_free(s);
}

static struct near_bucket *bucket_of(const struct near_set *s, size_t part,
				     uint64_t hash)
{
	size_t value = (hash >> (part * PART_BITS)) & (PART_VALUES - 1);

	return s->bucket + part * PART_VALUES + value;
}

int near_set_add(struct near_set *s, const struct near_look *look,
		 struct error *e)
{
	size_t colours = (size_t)s->count * NEAR_COLOURS;

	if (s->count == NEAR_NONE)
		return fail(e, ERROR_DATA, "too many pictures to compare");
	if (mem_grow(&s->colour, &s->colour_room, colours + NEAR_COLOURS, 1,
		     e) < 0)
		return e->code;
	memcpy(s->colour + colours, look->colour, NEAR_COLOURS);
	for (size_t part = 0; part < PARTS; part++) {
		struct near_bucket *b = bucket_of(s, part, look->hash);

		if (mem_grow(&b->item, &b->room, b->count + 1,
			     sizeof(*b->item), e) < 0)
			return e->code;
		b->item[b->count++] = (struct near_item){ look->hash,
							   s->count };
	}
	s->count++;
	return 0;
}

static int is_near(const struct near_set *s, const struct near_item *item,
		   const struct near_look *look)
{
	const unsigned char *colour = s->colour +
				      (size_t)item->number * NEAR_COLOURS;
	uint64_t other = item->hash ^ look->hash;

	for (int i = 0; i < NEAR_DISTANCE; i++)
		other &= other - 1;	/* one bit less; 0 stays 0 */
	if (other)
		return 0;
	for (int i = 0; i < NEAR_COLOURS; i++)
		if (colour[i] - look->colour[i] > NEAR_LEVELS ||
		    look->colour[i] - colour[i] > NEAR_LEVELS)
			return 0;
	return 1;
}

uint32_t near_set_find(const struct near_set *s, const struct near_look *look)
{
	uint32_t first = NEAR_NONE;

	for (size_t part = 0; part < PARTS; part++) {
		const struct near_bucket *b = bucket_of(s, part, look->hash);

		for (size_t i = 0; i < b->count; i++)
			if (is_near(s, &b->item[i], look)) {
				first = MIN(first, b->item[i].number);
				break;
			}
	}
	return first;
}
