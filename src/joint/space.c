/*
 * space.c - opening a space, and its two ways in: words and pictures.
 *
 * A text becomes what the net was taught to aim at; a picture becomes what the
 * net says; both are then moved to their own mean and made unit length
 * (cosine), or divided by their sum (seed).  Order of rounding: the difference
 * to the mean is one float subtraction, the length is sqrtf(dot), the quotient
 * one float division.
 */
#include "joint/space.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "image/augment.h"

enum { SPACE_BATCH = 32 };	/* pictures that go through the net at once */

static int space_word_of(const struct st_file *f, const char *key,
			 const char *const *words, struct error *e)
{
	const char *value = st_meta(f, key);

	for (int i = 0; value && words[i]; i++)
		if (!strcmp(words[i], value))
			return i;
	return fail(e, ERROR_DATA, "'%s': metadata '%s' is %s%s%s", st_path(f),
		    key, value ? "'" : "", value ? value : "missing",
		    value ? "', which this version does not know" : "");
}

const char *const space_compare_names[] = { "cosine", "seed", NULL };

static int space_modes(struct space *s, struct error *e)
{
	static const char *const outputs[] = { "linear", "sigmoid", NULL };
	int caption = space_word_of(s->file, "caption", words_captions, e);
	int compare = space_word_of(s->file, "compare", space_compare_names, e);

	s->sigmoid = space_word_of(s->file, "output", outputs, e);
	s->caption = (enum words_caption)MAX(caption, 0);
	s->compare = compare == 1 ? SPACE_SEED : SPACE_COSINE;
	if (e->code || s->compare != SPACE_SEED || s->sigmoid)
		return e->code;
	/* what older versions made with the triplet loss says "linear": its
	 * net is as good, but the vectors of an index that they made of it,
	 * which has no version, are of no use */
	if (strcmp(st_meta(s->file, "format"), SPACE_FORMAT) != 0 &&
	    !st_meta(s->file, "index.numerics")) {
		fail(e, ERROR_DATA, "'%s': raw outputs of the net are compared "
		     "by their sum, which gives all queries the same pictures",
		     st_path(s->file));
		return hint(e, "index the space again");
	}
	s->sigmoid = 1;
	return 0;
}

static const float *space_center(const struct space *s, const char *name,
				 struct error *e)
{
	uint64_t shape[1] = { s->dim };
	const struct st_tensor *t = st_need(s->file, name, ST_F32, 1, shape, e);

	return t && st_numbers(s->file, t, NET_VALUE_MOST, e) == 0 ? t->data : NULL;
}

static int space_net(struct space *s, struct error *e)
{
	const char *text = st_meta(s->file, "net");

	if (!text)
		return fail(e, ERROR_DATA, "'%s': metadata 'net' is missing",
			    st_path(s->file));
	s->net = net_open(str_of(text), st_path(s->file), s->dim, e);
	if (!s->net)
		return e->code;
	if (net_info(s->net).out_dim != s->dim)
		return fail(e, ERROR_DATA, "'%s': the net ends in %zu numbers, "
			    "the words have %zu", st_path(s->file),
			    net_info(s->net).out_dim, s->dim);
	if (net_load(s->net, s->file, "net.", e) < 0)
		return e->code;
	return net_plan(s->net, s->machine, NET_RUN, SPACE_BATCH, e);
}

/* Of s->file, which is open. */
static int space_load(struct space *s, const struct machine *machine,
		      struct error *e)
{
	s->machine = machine;
	if (words_load(&s->words, s->file, "words.", e) < 0)
		return e->code;
	s->dim = s->words.dim;
	if (space_modes(s, e) < 0 || space_net(s, e) < 0)
		return e->code;
	s->text_center = space_center(s, "text_center", e);
	s->image_center = space_center(s, "image_center", e);
	return e->code;
}

int space_open(struct space *s, const char *path, const struct machine *machine,
	       struct error *e)
{
	memset(s, 0, sizeof(*s));
	s->file = st_open(path, "seesay space|seesay index", e);
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
	net_close(s->net);
	words_free(&s->words);
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

static enum words_norm space_norm(const struct space *s)
{
	return s->compare == SPACE_SEED ? WORDS_L1 :
	       words_target_norm(&s->words);
}

int space_caption(const struct space *s, struct str caption, float *out,
		  struct error *e)
{
	const struct kernels *k = s->machine->kernels;
	int known = words_caption_vector(&s->words, caption, s->caption,
					 space_norm(s), out, k, e);

	if (known < 0)
		return known;
	if (!known)
		return fail(e, ERROR_UNKNOWN, "'%.*s' has no word of the "
			    "vocabulary (%zu words)", (int)MIN(caption.bytes,
			    (size_t)200), caption.data, s->words.count);
	if (s->compare == SPACE_SEED)
		return 0;
	return space_check(s, space_unit(out, s->dim, s->text_center, k),
			   "caption", e);
}

int space_word(const struct space *s, struct str word, float *out,
	       struct error *e)
{
	const struct kernels *k = s->machine->kernels;
	int known = words_word_vector(&s->words, word, out, k, e);

	if (known < 0)
		return known;
	if (!known)
		return fail(e, ERROR_UNKNOWN, "'%.*s' is not in the vocabulary "
			    "(%zu words)", (int)MIN(word.bytes, (size_t)200),
			    word.data, s->words.count);
	words_normalise(out, s->dim, space_norm(s), k);
	if (s->compare == SPACE_SEED)
		return 0;
	return space_check(s, space_unit(out, s->dim, s->text_center, k),
			   "word", e);
}

size_t space_side(const struct space *s)
{
	const char *side = st_meta(s->file, "posts_size");
	long n = side ? strtol(side, NULL, 10) : 0;
	struct net_info info = net_info(s->net);
	size_t least = MAX(info.in_h, info.in_w);

	return n > 0 && n <= 4096 && (size_t)n > least ? (size_t)n : least;
}

static int space_finish(const struct space *s, float *v, struct error *e)
{
	const struct kernels *k = s->machine->kernels;

	if (s->sigmoid)
		k->sigmoid(v, v, s->dim);
	return space_check(s, s->compare == SPACE_SEED ?
			   space_divide_by_sum(v, s->dim, k) :
			   space_unit(v, s->dim, s->image_center, k),
			   "picture", e);
}

int space_images(struct space *s, const unsigned char *const *pixels,
		 size_t side, size_t count, float *out, struct error *e)
{
	struct net_info info = net_info(s->net);
	size_t crop = info.in_h;
	size_t floats = info.in_h * info.in_w * info.in_c;

	if (info.in_h != info.in_w || info.in_c != 3 || side < crop)
		return fail(e, ERROR_USAGE, "pictures of %zux%zu do not fit a "
			    "net for %zux%zux%zu", side, side, info.in_h,
			    info.in_w, info.in_c);
	for (size_t first = 0; first < count; first += SPACE_BATCH) {
		size_t n = MIN(count - first, (size_t)SPACE_BATCH);
		const float *result;

		for (size_t i = 0; i < n; i++)
			augment_crop(net_input(s->net) + i * floats,
				     pixels[first + i], side, crop,
				     (side - crop) / 2, (side - crop) / 2, 0);
		result = net_forward(s->net, n, 0, 0);
		memcpy(out + first * s->dim, result,
		       n * s->dim * sizeof(*out));
		for (size_t i = first; i < first + n; i++)
			if (space_finish(s, out + i * s->dim, e) < 0)
				return e->code;
	}
	return 0;
}
