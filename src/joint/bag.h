/*
 * bag.h - captions as weighted bags of words.
 *
 * The vocabulary is the most frequent words of the training captions.  A text's
 * vector x has, for each distinct word w of it,
 *	idf_w = log((1 + D) / df_w), of D captions df_w with the word
 *	x_w = idf_w / sqrt(sum of idf^2 over the text's words)
 * and 0 elsewhere: how often a word occurs in a text does not matter.
 */
#ifndef BAG_H
#define BAG_H

#include "math/machine.h"
#include "posts/posts.h"
#include "text/corpus/vocab.h"

struct bag {
	struct clean clean;
	struct vocab vocab;		/* without its tokens */
	size_t count;			/* words of the bag: its first */
	struct string_map *map;		/* of those to their numbers */
	float *idf;			/* [count] */
	const struct machine *machine;
};

/* From the captions and tags of these posts; `most` words at most.  `beside`
 * is where a large corpus may have a temporary file. */
int bag_open(struct bag *b, const struct dataset *d, const uint32_t *post,
	     size_t posts, size_t most, const char *beside,
	     const struct machine *machine, struct error *e);
void bag_close(struct bag *b);		/* takes an empty one */

/* One text. */
struct bag_text {			/* {0} is empty */
	uint32_t *id;			/* [count] ascending */
	float *weight;			/* [count] */
	size_t count;
	size_t id_room, weight_room;
	struct buf tokens;
};
int bag_read(const struct bag *b, struct str text, struct bag_text *t,
	     struct error *e);
void bag_text_free(struct bag_text *t);

/* Between bag_read and a tower that knows the words by itself: one more word;
 * then distinct ones in order, and their weights. */
int bag_add(struct bag_text *t, uint32_t id, struct error *e);
int bag_weigh(struct bag_text *t, const float *idf,
	      const struct kernels *kernels, struct error *e);
/* out [count]. */
void bag_idf(float *out, const uint64_t *df, size_t count, uint64_t documents,
	     const struct kernels *kernels);

/* The texts of a post: its captions, then its tags where it has any. */
size_t bag_texts(const struct dataset *d, size_t post);
struct str bag_text_at(const struct dataset *d, size_t post, size_t i);

#endif
