/*
 * tower.h - a side of a space: what turns a picture, or a text, into the
 * vector that is compared.
 *
 * A type of tower is a file tower_*.c, with one struct tower_type, and a line
 * in tower_types.h.  A space's metadata names its types, "picture_tower" and
 * "text_tower"; where it does not, they are "net" and "words".  What a tower
 * keeps in a space is known to its own file alone.
 *
 * A tower's vectors are raw: space.c makes them fit to be compared.
 */
#ifndef TOWER_H
#define TOWER_H

#include "math/machine.h"
#include "text/words/words.h"

#define SPACE_FORMAT "seesay space"

struct tower;
struct dataset;

struct tower_type {
	const char *name;
	/* From t->file, a space; t->dim is set: 0 (then open sets it), or what
	 * the vectors must have.  On failure close is called. */
	int (*open)(struct tower *t, struct error *e);
	void (*close)(struct tower *t);
	/* Into a space: metadata, then tensors. */
	int (*put_meta)(const struct tower *t, struct st_writer *w,
			struct error *e);
	int (*put)(const struct tower *t, struct st_writer *w,
		   struct error *e);

	/* Of pictures; NULL in towers of texts.  `side` is that of the square
	 * pictures [side, side, 3], at least least_side; out [count, dim]. */
	size_t (*least_side)(const struct tower *t);
	int (*pictures)(struct tower *t, const unsigned char *const *pixels,
			size_t side, size_t count, float *out,
			struct error *e);
	/* The same for posts of a dataset, from what is kept of them: 1, 0 if
	 * nothing is, or an error.  May be NULL. */
	int (*kept)(struct tower *t, const struct dataset *d,
		    const size_t *rows, size_t count, float *out,
		    struct error *e);

	/* Of texts; NULL in towers of pictures.  Both give how many words of
	 * the text are known (0: out is of no use), or an error; both may be
	 * called from several threads. */
	int (*text)(const struct tower *t, struct str text, float *out,
		    struct error *e);
	int (*word)(const struct tower *t, struct str word, float *out,
		    struct error *e);
	/* The vocabulary, and how texts become words of it. */
	const struct words *(*words)(const struct tower *t);
};

struct tower {
	const struct tower_type *type;	/* NULL: not open */
	const struct st_file *file;	/* not owned; NULL: from scratch */
	const struct machine *machine;
	size_t dim;
	/* How vectors of texts are normalised where pictures aim at them. */
	enum words_norm norm;
	void *state;			/* the type's own */
};

/* What becomes of a net's numbers: they stay, or go through the logistic
 * function, or through a ReLU; metadata "output". */
enum tower_output { TOWER_LINEAR, TOWER_SIGMOID, TOWER_RELU };
extern const char *const tower_output_names[];	/* NULL at the end */
void tower_output_apply(enum tower_output output, float *v, size_t n,
			const struct kernels *kernels);

enum tower_side { TOWER_PICTURES, TOWER_TEXTS };

/* The tower of a space in `file`; dim as open of the type has it. */
int tower_open(struct tower *t, enum tower_side side,
	       const struct st_file *file, size_t dim,
	       const struct machine *machine, struct error *e);
void tower_close(struct tower *t);	/* takes an empty one */
/* Metadata that names the type, where it is not the usual one, and the
 * type's own. */
int tower_put_meta(const struct tower *t, struct st_writer *w,
		   struct error *e);
/* Which of `words` (NULL at the end) the metadata `key` is, or an error. */
int tower_choice(const struct st_file *f, const char *key,
		 const char *const *words, struct error *e);

#endif
