/*
 * seesay_parts.h - what the files of the public API share.  Private to them.
 */
#ifndef SEESAY_PARTS_H
#define SEESAY_PARTS_H

#include "image/image.h"
#include "joint/space.h"
#include "search/index.h"
#include "search/query.h"
#include "seesay.h"

struct seesay {
	struct decoder *decoder;	/* NULL unless pictures were asked for */
	struct machine machine;
	struct space space;
	struct index index;
};

/* One search, from the query to the answer. */
struct asking {
	struct seesay *s;
	const struct seesay_request *request;
	struct query all;		/* as written */
	int *known;			/* [all.count] */
	struct query used;		/* the known terms; views into `all` */
	float *vector;			/* [dim] */
	float *per_term;		/* [used.count, dim] */
	struct hit *hit;
	size_t hits;
	struct words_read read;		/* the text looked at last */
	struct buf tokens, notes;	/* notes: a 0 byte after each */
	size_t note_count;
};

/* Words of the user's in a message: at most this much. */
static inline int shown(struct str s)
{
	return (int)MIN(s.bytes, (size_t)200);
}

/* The vector of a picture file (seesay.c); path "-" is standard input. */
int seesay_embed_file(struct seesay *s, const char *path, float *out,
		      struct error *e);
/* Parses the query and fills all up to per_term (seesay_ask.c). */
int seesay_ask(struct asking *a, struct error *e);
/* The answer from a finished asking (seesay_answer.c). */
int seesay_answer_make(struct seesay_answer **out, const struct asking *a,
		       struct error *e);

#endif
