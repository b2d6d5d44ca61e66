/*
 * space.c - opening a space, and its two ways in: words and pictures.
 *
 * The towers' vectors are moved to their own mean and made unit length
 * (cosine), or divided by their sum (seed).  Order of rounding: the difference
 * to the mean is one float subtraction, the length is sqrtf(dot), the quotient
 * one float division.
 */
#include "joint/space.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "nn/net.h"

const char *const space_compare_names[] = { "cosine", "seed", NULL };

static const float *space_center(const struct space *s, const char *name,
				 struct error *e)
{
	uint64_t shape[1] = { s->dim };
	const struct st_tensor *t = st_need(s->file, name, ST_F32, 1, shape, e);

	return t && st_numbers(s->file, t, NET_VALUE_MOST, e) == 0 ? t->data :
								     NULL;
}

/* Of s->file, which is open. */
static int space_load(struct space *s, const struct machine *machine,
		      struct error *e)
{
	int compare;

	s->machine = machine;
	if (tower_open(&s->text, TOWER_TEXTS, s->file, 0, machine, e) < 0)
		return e->code;
	s->dim = s->text.dim;
	compare = tower_choice(s->file, "compare", space_compare_names, e);
	s->compare = compare == 1 ? SPACE_SEED : SPACE_COSINE;
	if (compare < 0 || tower_open(&s->pictures, TOWER_PICTURES, s->file,
				      s->dim, machine, e) < 0)
		return e->code;
	s->text_center = space_center(s, "text_center", e);
	s->image_center = space_center(s, "image_center", e);
	return e->code;
}

/* The dimension is that of the mean. */
int space_open_side(struct space *s, enum tower_side side,
		    struct st_file *file, const struct machine *machine,
		    struct error *e)
{
	const char *name = side == TOWER_TEXTS ? "text_center" :
						 "image_center";
	const struct st_tensor *t = st_need(file, name, ST_F32, 1, NULL, e);
	int compare = t ? tower_choice(file, "compare", space_compare_names,
				       e) : -1;
	struct tower *tower = side == TOWER_TEXTS ? &s->text : &s->pictures;
	const float *center;

	*s = (struct space){ .file = file, .machine = machine };
	if (compare < 0)
		return e->code;
	s->compare = compare == 1 ? SPACE_SEED : SPACE_COSINE;
	s->dim = (size_t)t->shape[0];
	center = space_center(s, name, e);
	if (!center || tower_open(tower, side, file, side == TOWER_TEXTS ? 0 :
				  s->dim, machine, e) < 0)
		return e->code;
	s->text_center = s->image_center = center;
	if (tower->dim == s->dim)
		return 0;
	return fail(e, ERROR_DATA, "'%s': tensor '%s' has %zu numbers, the "
		    "vectors have %zu", st_path(file), name, s->dim,
		    tower->dim);
}

void space_close_side(struct space *s)
{
	tower_close(&s->pictures);
	tower_close(&s->text);
	*s = (struct space){ .file = NULL };
}

int space_open(struct space *s, const char *path, const struct machine *machine,
	       struct error *e)
{
	memset(s, 0, sizeof(*s));
	s->file = st_open(path, SPACE_FORMAT "|seesay index", e);
	if (s->file && space_load(s, machine, e) == 0)
		return 0;
	space_close(s);
	return e->code;
}

int space_try(struct st_file *file, const struct machine *machine,
	      struct error *e)
{
	struct space s = { .file = file };

	space_load(&s, machine, e);
	s.file = NULL;		/* the caller's */
	space_close(&s);
	return e->code;
}

void space_close(struct space *s)
{
	tower_close(&s->pictures);
	tower_close(&s->text);
	st_close(s->file);
	memset(s, 0, sizeof(*s));
}

/* What v was divided by, as of space_divide_by_sum: not finite if v is not, or
 * too large. */
static float space_unit(float *v, size_t dim, const float *center,
			const struct kernels *k)
{
	float length;

	for (size_t i = 0; i < dim; i++)
		v[i] = v[i] - center[i];
	length = sqrtf(k->dot(v, v, dim));
	if (length > 0)
		for (size_t i = 0; i < dim; i++)
			v[i] = v[i] / length;
	return length;
}

static float space_divide_by_sum(float *v, size_t dim, const struct kernels *k)
{
	float sum = k->sum(v, dim);

	if (sum > 0)
		for (size_t i = 0; i < dim; i++)
			v[i] = v[i] / sum;
	return sum;
}

/* `by` as the two above return it. */
static int space_check(const struct space *s, float by, const char *what,
		       struct error *e)
{
	if (isfinite(by))
		return 0;
	fail(e, ERROR_DATA, "'%s': the vector of a %s is not finite or too "
	     "large", st_path(s->file), what);
	return hint(e, "take another copy of the file, or make it anew");
}

/* A text's raw vector, ready to be compared. */
static int space_text(const struct space *s, float *v, const char *what,
		      struct error *e)
{
	const struct kernels *k = s->machine->kernels;
	int seed = s->compare == SPACE_SEED;

	words_normalise(v, s->dim, seed ? WORDS_L1 : s->text.norm, k);
	return seed ? 0 : space_check(s, space_unit(v, s->dim, s->text_center,
						    k), what, e);
}

int space_caption(const struct space *s, struct str caption, float *out,
		  struct error *e)
{
	int known = s->text.type->text(&s->text, caption, out, e);

	if (known < 0)
		return known;
	if (!known)
		return fail(e, ERROR_UNKNOWN, "'%.*s' has no word of the "
			    "vocabulary (%zu words)", (int)MIN(caption.bytes,
			    (size_t)200), caption.data, space_words(s)->count);
	return space_text(s, out, "caption", e);
}

int space_word(const struct space *s, struct str word, float *out,
	       struct error *e)
{
	int known = s->text.type->word(&s->text, word, out, e);

	if (known < 0)
		return known;
	if (!known)
		return fail(e, ERROR_UNKNOWN, "'%.*s' is not in the vocabulary "
			    "(%zu words)", (int)MIN(word.bytes, (size_t)200),
			    word.data, space_words(s)->count);
	return space_text(s, out, "word", e);
}

const struct words *space_words(const struct space *s)
{
	return s->text.type->words(&s->text);
}

size_t space_least_side(const struct space *s)
{
	return s->pictures.type->least_side(&s->pictures);
}

size_t space_side(const struct space *s)
{
	const char *side = st_meta(s->file, "posts_size");
	long n = side ? strtol(side, NULL, 10) : 0;
	size_t least = space_least_side(s);

	return n > 0 && n <= 4096 && (size_t)n > least ? (size_t)n : least;
}

static int space_picture(const struct space *s, float *v, struct error *e)
{
	const struct kernels *k = s->machine->kernels;

	return space_check(s, s->compare == SPACE_SEED ?
			   space_divide_by_sum(v, s->dim, k) :
			   space_unit(v, s->dim, s->image_center, k),
			   "picture", e);
}

int space_pictures(const struct space *s, float *v, size_t count,
		   struct error *e)
{
	for (size_t i = 0; i < count; i++)
		if (space_picture(s, v + i * s->dim, e) < 0)
			return e->code;
	return 0;
}

int space_images(struct space *s, const unsigned char *const *pixels,
		 size_t side, size_t count, float *out, struct error *e)
{
	if (s->pictures.type->pictures(&s->pictures, pixels, side, count, out,
				       e) < 0)
		return e->code;
	return space_pictures(s, out, count, e);
}

int space_kept(struct space *s, const struct dataset *d, const size_t *rows,
	       size_t count, float *out, struct error *e)
{
	int (*kept)(struct tower *, const struct dataset *, const size_t *,
		    size_t, float *, struct error *) = s->pictures.type->kept;
	int found = kept ? kept(&s->pictures, d, rows, count, out, e) : 0;

	return found > 0 && space_pictures(s, out, count, e) < 0 ? e->code :
								    found;
}
