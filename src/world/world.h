/*
 * world.h - the small world: posts drawn and written by the program itself.
 *
 * A scene has a place (beach, forest, city, ...), a time and weather, and one
 * to three things with colours; it is painted at `size` x `size` and captioned
 * as carelessly as people do: hashtags, chatter, words left out, wrong words.
 * Scene i of seed s is a pure function of (s, i).
 */
#ifndef WORLD_H
#define WORLD_H

#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"

enum { WORLD_MAX_CONCEPTS = 64 };	/* a scene's contents: one bit each */

struct world_scene {
	uint64_t concepts;		/* what can really be seen */
};

/* Paints scene i into rgb [size, size, 3] and says what is in it. */
void world_paint(unsigned char *rgb, size_t size, uint64_t seed, uint64_t i,
		 struct world_scene *scene);
/* Writes its caption, appended to b. */
int world_caption(struct buf *b, uint64_t seed, uint64_t i, struct error *e);

/* The word of concept c, NULL past the last. */
const char *world_word(size_t c);

/* The 24 queries: 12 of one concept, 12 of two, and the concepts (bits) that
 * must be visible for a result to be right. */
struct world_query {
	const char *text;		/* "beach", "car+yellow" */
	uint64_t concepts;
	int simple;
};
enum { WORLD_QUERIES = 24 };
const struct world_query *world_queries(void);

#endif
