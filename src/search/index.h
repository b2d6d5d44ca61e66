/*
 * index.h - the vectors of all pictures, packed for exact search.
 *
 * A set of vectors that is searched is vectors, codes and ids together.
 *
 * File format "seesay index": a whole space (so words can be asked for), and
 * "index.panels" F32 [ceil(n / 16), dim, 16] (16 vectors side by side, zeros
 * in the last panel's spare columns), strings "index.id", "index.path",
 * "index.caption"; metadata "index.root"; and, if known, "index.split" U8 [n].
 * "index.codes" U8 [ceil(n / 16), ceil(dim / 4), 16, 4] and "index.bounds" F32
 * [ceil(n / 16), 3, 16] are the vectors' codes (index_codes.h); a file without
 * them is searched by its floats alone.
 * A score is one chain of fmas over ascending dimensions, so it does not
 * depend on the batch, the thread count or the picture's place.  Vectors are
 * finite when saved; a score that is NaN all the same counts as -inf.
 */
#ifndef INDEX_H
#define INDEX_H

#include "format/safetensors.h"
#include "math/machine.h"

#define INDEX_FORMAT "seesay index"

struct index {
	size_t count, dim;
	const float *panels;
	const unsigned char *codes;	/* or NULL */
	const float *bounds;		/* with the codes */
	struct st_strings id, path, caption;
	const unsigned char *split;	/* [count] numbers of splits, or NULL */
	const char *root;		/* folder of the pictures, may be "" */
};

/* Views into an open file. */
int index_load(struct index *x, const struct st_file *f, struct error *e);

/* What an index adds to a space. */
struct index_content {
	size_t count, dim;
	const float *vectors;		/* [count, dim] */
	const struct str *id, *path, *caption;	/* [count] each */
	const unsigned char *split;	/* [count], or NULL: not known */
	const char *root;		/* or NULL: not known */
	uint64_t posts_sum;		/* of what they came from, 0: unsaid */
	struct pool *pool;		/* makes the codes; NULL: one thread */
};
/* Writes the whole file: all of the space (which may be in an older index),
 * then the content. */
int index_write(const char *path, const struct st_file *space,
		const struct index_content *c, struct error *e);

/* Picture i's vector, [dim]. */
void index_vector(const struct index *x, size_t i, float *out);
/* Picture i's score for a query [dim], the same bits as in a search. */
float index_score(const struct index *x, const struct kernels *kernels,
		  size_t i, const float *query);
/* The picture with this id, or SIZE_MAX. */
size_t index_find(const struct index *x, struct str id);

struct hit {
	uint32_t picture;
	float score;
};

/* What a search read. */
struct index_cost {
	uint64_t scored;		/* vectors scored from their floats */
	uint64_t bytes;			/* of floats, codes and bounds */
};

/* The k best of each of `queries` [q, dim], best first, ties by lower number:
 * hits [q, k], found [q] = how many (min(k, count)).  Pictures of other splits
 * than `split` score minus infinity; -1, or an index without splits: none do.
 * workspace has index_workspace_bytes.  Exact, with codes (bounded.h) and
 * without. */
size_t index_workspace_bytes(const struct index *x, const struct machine *m,
			     size_t q, size_t k);
struct index_cost index_search(const struct index *x, const struct machine *m,
			       const float *queries, size_t q, size_t k,
			       int split, struct hit *hits, size_t *found,
			       void *workspace);

#endif
