/*
 * seesay_parts.h - what the files of the public API share.  Private to them.
 */
#ifndef SEESAY_PARTS_H
#define SEESAY_PARTS_H

#include <pthread.h>

#include "image/image.h"
#include "joint/space.h"
#include "search/index.h"
#include "search/query.h"
#include "seesay.h"

/* What never changes once it is open; the net's memory is the exception, and
 * behind `eye` with the decoder. */
struct seesay_space {
	struct decoder *decoder; /* NULL unless pictures were asked for */
	struct machine machine;
	struct space space;
	struct index index;		/* count 0: a space without pictures */
	pthread_mutex_t eye;
};

/* One search, from the query to the answer.  Its memory serves the next. */
struct asking {
	struct seesay_space *s;
	struct seesay_request own;	/* the request, in the form of today */
	const struct seesay_request *request;	/* &own */
	struct error error;		/* of this query alone */
	struct query all;		/* as written */
	int *known;			/* [all.count] */
	struct query used;		/* the known terms; views into `all` */
	float *vector;			/* [dim] */
	float *per_term;		/* [used.count, dim] */
	struct hit *hit;
	size_t hits;
	struct index_cost cost;		/* of all queries asked together */
	struct words_read read;		/* the text looked at last */
	struct buf tokens, notes;	/* notes: a 0 byte after each */
	size_t note_count;
	int split;			/* -1: any */
	size_t known_room, vector_room, per_term_room, hit_room;
};

struct seesay_session {
	struct seesay_space *space;
	struct seesay_session_options options;
	struct machine machine;
	struct asking *asking;		/* [asking_room] */
	size_t asking_room;
	float *queries;			/* of a block, side by side */
	struct hit *hits;
	size_t *found;
	char *workspace;
	size_t queries_room, hits_room, found_room, workspace_room;
	struct buf words;		/* the strings of seesay_near */
};

/* Words of the user's in a message: at most this much. */
static inline int shown(struct str s)
{
	return (int)MIN(s.bytes, (size_t)200);
}

/* Hands the error over; returns its code (seesay_space.c). */
int seesay_give_error(struct seesay_error *to, const struct error *from);
/* Copies what the caller made, `bytes` of it known here: what an older program
 * does not have becomes zero, what a newer one has must be. */
int seesay_take(void *to, size_t bytes, const void *from, const char *init,
		struct error *e);
/* The number of a split, -1 for NULL. */
int seesay_split(const char *name, int *split, struct error *e);
/* The vector of a picture file; path "-" is standard input. */
int seesay_embed_file(struct seesay_space *s, const char *path, float *out,
		      struct error *e);
/* Parses the query and fills all up to per_term (seesay_ask.c). */
int seesay_ask(struct asking *a, struct error *e);
void seesay_asking_free(struct asking *a);		/* seesay_search.c */
size_t seesay_asking_bytes(const struct asking *a);
/* The answer from a finished asking, in the memory of *out if there is one;
 * and an empty one (seesay_answer.c). */
int seesay_answer_make(struct seesay_answer **out, const struct asking *a,
		       struct error *e);
void seesay_answer_clear(struct seesay_answer *a);

#endif
