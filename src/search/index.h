/*
 * index.h - the vectors of all pictures, packed for exact search.
 *
 * File format "seesay index": a whole space (so words can be asked for), and
 * "index.panels" F32 [ceil(n / 16), dim, 16] (16 vectors side by side, zeros
 * in the last panel's spare columns), strings "index.id", "index.path",
 * "index.caption"; metadata "index.root"; and, if known, "index.split" U8 [n].
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
	struct st_strings id, path, caption;
	const char *root;		/* folder of the pictures, may be "" */
};

/* Views into an open file. */
int index_load(struct index *x, const struct st_file *f, struct error *e);
/* Writes the tensors of an index; vectors [count, dim]. */
int index_save(struct st_writer *w, const float *vectors, size_t count,
	       size_t dim, const struct str *id, const struct str *path,
	       const struct str *caption, struct error *e);
/* Picture i's vector, [dim]. */
void index_vector(const struct index *x, size_t i, float *out);
/* The picture with this id, or SIZE_MAX. */
size_t index_find(const struct index *x, struct str id);

struct hit {
	uint32_t picture;
	float score;
};

/* The k best of each of `queries` [q, dim], best first, ties by lower number:
 * hits [q, k], found [q] = how many (min(k, count)).  scratch comes from
 * index_scratch.  Exact. */
size_t index_scratch_bytes(const struct index *x, const struct machine *m,
			   size_t q, size_t k);
void index_search(const struct index *x, const struct machine *m,
		  const float *queries, size_t q, size_t k, struct hit *hits,
		  size_t *found, void *scratch);

#endif
