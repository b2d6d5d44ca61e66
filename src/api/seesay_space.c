/*
 * seesay_space.c - the public API: spaces, which are shared, and sessions,
 * which hold the memory of one caller.
 *
 * Thin: meaning is in src/joint (words and pictures to vectors), order in
 * src/search.  The two meet here, and struct error becomes the public one.
 * seesay_search.c runs searches, seesay_ask.c gives the terms of a query their
 * vectors, seesay_answer.c the hits their strings and shares, seesay_near.c
 * finds words, seesay_index.c writes an index.
 */
#include "seesay.h"

#include <stddef.h>

#include "base/file.h"
#include "posts/posts.h"
#include "api/seesay_parts.h"

enum {
	PICTURE_BYTES = 128 << 20,	/* the decoder takes no more either */
	STRUCT_BYTES = 4096,		/* more is a size that was not set */
};

/* The public types are the internal ones under other names. */
_Static_assert(sizeof(((struct seesay_error *)0)->text) ==
	       sizeof(((struct error *)0)->text), "texts of one size");
_Static_assert(sizeof(((struct seesay_error *)0)->hint) ==
	       sizeof(((struct error *)0)->hint), "hints of one size");
_Static_assert(SEESAY_FAILED == (int)ERROR_FAILED &&
	       SEESAY_USAGE == (int)ERROR_USAGE &&
	       SEESAY_DATA == (int)ERROR_DATA &&
	       SEESAY_UNKNOWN == (int)ERROR_UNKNOWN &&
	       SEESAY_STOPPED == (int)ERROR_STOPPED, "codes are the same");
_Static_assert(offsetof(struct seesay_space_options, size) == 0 &&
	       offsetof(struct seesay_session_options, size) == 0 &&
	       offsetof(struct seesay_request, size) == 0 &&
	       offsetof(struct seesay_picture, size) == 0, "size comes first");
_Static_assert(sizeof(struct seesay_request) <= STRUCT_BYTES,
	       "what a caller makes is small");

const char *seesay_version(void)
{
	return SEESAY_VERSION;
}

int seesay_give_error(struct seesay_error *to, const struct error *from)
{
	if (!to)
		return from->code;
	*to = (struct seesay_error){ .code = from->code };
	memcpy(to->text, from->text, sizeof(from->text));
	memcpy(to->hint, from->hint, sizeof(from->hint));
	return from->code;
}

int seesay_take(void *to, size_t bytes, const void *from, const char *init,
		struct error *e)
{
	const unsigned char *at = from;
	size_t size;

	memset(to, 0, bytes);
	if (!from)
		return 0;
	memcpy(&size, from, sizeof(size));
	if (size < sizeof(size) || size > STRUCT_BYTES)
		return fail(e, ERROR_USAGE, "a struct was not initialised: "
			    "call %s() first", init);
	for (size_t i = bytes; i < size; i++)
		if (at[i])
			return fail(e, ERROR_USAGE, "this library (version %s) "
				    "is too old: %s() of a newer version sets "
				    "a field that it does not know",
				    SEESAY_VERSION, init);
	memcpy(to, from, MIN(size, bytes));
	return 0;
}

/* ---- a space ------------------------------------------------------------- */

static int load_index(struct seesay_space *s, struct error *e)
{
	const struct st_file *f = s->space.file;
	const char *format = st_meta(f, "format");

	if (!format || strcmp(format, INDEX_FORMAT)) {
		s->index = (struct index){ .dim = s->space.dim, .root = "" };
		return 0;
	}
	if (index_load(&s->index, f, e) < 0)
		return e->code;
	if (s->index.dim != s->space.dim)
		return fail(e, ERROR_DATA,
			    "'%s': pictures have %zu dimensions, "
			    "words %zu",
			    st_path(f), s->index.dim, s->space.dim);
	return 0;
}

/* The threads of a machine are beside the caller's. */
static int open_machine(struct machine *m, const char *kernels, int threads,
			struct error *e)
{
	int all = threads == SEESAY_ALL_CPUS;

	if (threads < 0 && !all)
		return fail(e, ERROR_USAGE, "%d threads: at least 1, 0 for the "
			    "caller's or SEESAY_ALL_CPUS are possible: 1 or "
			    "more, or SEESAY_ALL_CPUS, are possible", threads);
	return machine_open(m, kernels, all ? 0 : MAX(threads, 1), e);
}

static int open_space(struct seesay_space *s, const char *path,
		      const struct seesay_space_options *o, struct error *e)
{
	/* children first, threads after: see image.h */
	if (o->pictures && !(s->decoder = decoder_open(1, e)))
		return e->code;
	if (open_machine(&s->machine, o->kernels, o->threads, e) < 0 ||
	    space_open(&s->space, path, &s->machine, e) < 0)
		return e->code;
	return load_index(s, e);
}

int seesay_space_open(struct seesay_space **s, const char *path,
		      const struct seesay_space_options *options,
		      struct seesay_error *e)
{
	struct error err = { 0 };
	struct seesay_space *new = mem_new(1, sizeof(*new), &err);
	struct seesay_space_options o;

	*s = NULL;
	if (new && pthread_mutex_init(&new->eye, NULL) != 0) {
		fail(&err, ERROR_FAILED, "cannot make a lock");
		mem_free(new);
		new = NULL;
	}
	if (new && (seesay_take(&o, sizeof(o), options,
				"seesay_space_options_init", &err) < 0 ||
		    open_space(new, path, &o, &err) < 0)) {
		seesay_space_close(new);
		new = NULL;
	}
	*s = new;
	return seesay_give_error(e, &err);
}

void seesay_space_close(struct seesay_space *s)
{
	if (!s)
		return;
	space_close(&s->space);
	machine_close(&s->machine);
	decoder_close(s->decoder);
	pthread_mutex_destroy(&s->eye);
	mem_free(s);
}

size_t seesay_space_count(const struct seesay_space *s)
{
	return s->index.count;
}

size_t seesay_space_dim(const struct seesay_space *s)
{
	return s->space.dim;
}

size_t seesay_space_words(const struct seesay_space *s)
{
	return space_words(&s->space)->count;
}

const char *seesay_space_root(const struct seesay_space *s)
{
	return s->index.root;
}

int seesay_split(const char *name, int *split, struct error *e)
{
	*split = -1;
	for (int i = 0; name && i < POSTS_SPLITS; i++)
		if (!strcmp(name, posts_split_names[i]))
			*split = i;
	return !name || *split >= 0 ? 0 :
	       fail(e, ERROR_USAGE, "there is no split '%s'", name);
}

/* ---- a session ----------------------------------------------------------- */

static int open_session(struct seesay_session *s, struct seesay_space *space,
			const struct seesay_session_options *o,
			struct error *e)
{
	s->space = space;
	if (seesay_take(&s->options, sizeof(s->options), o,
			"seesay_session_options_init", e) < 0)
		return e->code;
	if (s->options.threads == 0 || s->options.threads == 1) {
		s->machine = (struct machine){
			.kernels = space->machine.kernels
		};
		return 0;
	}
	return open_machine(&s->machine, space->machine.kernels->name,
			    s->options.threads, e);
}

int seesay_session_open(struct seesay_session **s, struct seesay_space *space,
			const struct seesay_session_options *options,
			struct seesay_error *e)
{
	struct error err = { 0 };

	*s = mem_new(1, sizeof(**s), &err);
	if (*s && open_session(*s, space, options, &err) < 0) {
		seesay_session_close(*s);
		*s = NULL;
	}
	return seesay_give_error(e, &err);
}

void seesay_session_close(struct seesay_session *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->asking_room; i++)
		seesay_asking_free(&s->asking[i]);
	mem_free(s->asking);
	mem_free(s->queries);
	mem_free(s->hits);
	mem_free(s->found);
	mem_free(s->workspace);
	buf_free(&s->words);
	machine_close(&s->machine);
	mem_free(s);
}

size_t seesay_session_bytes(const struct seesay_session *s)
{
	size_t bytes = sizeof(*s) + s->words.room + s->workspace_room +
		       s->asking_room * sizeof(*s->asking) +
		       s->queries_room * sizeof(*s->queries) +
		       s->hits_room * sizeof(*s->hits) +
		       s->found_room * sizeof(*s->found);

	for (size_t i = 0; i < s->asking_room; i++)
		bytes += seesay_asking_bytes(&s->asking[i]);
	return bytes;
}

/* ---- vectors ------------------------------------------------------------- */

static int see(struct seesay_space *s, const char *name, const void *data,
	       size_t bytes, float *out, struct error *e)
{
	const size_t side = space_side(&s->space);
	struct image image = { 0 }, square = { 0 };
	const unsigned char *pixels;
	struct error bad = { 0 };

	/* as `posts` does it, so that a picture finds itself */
	if (decoder_decode_to(s->decoder, 0, &image, data, bytes, side,
			      &bad) < 0)
		return fail(e, bad.code, "'%s': %s", name, bad.text);
	if (image_resize(&square, &image, side, side, s->machine.kernels,
			 e) == 0) {
		pixels = square.rgb;
		space_images(&s->space, &pixels, side, 1, out, e);
	}
	image_free(&image);
	image_free(&square);
	return e->code;
}

/* `name` is for messages. */
static int embed_bytes(struct seesay_space *s, const char *name,
		       const void *data, size_t bytes, float *out,
		       struct error *e)
{
	if (!s->decoder)
		return fail(e, ERROR_USAGE, "'%s': this space was opened "
			    "without pictures", name);
	pthread_mutex_lock(&s->eye);
	see(s, name, data, bytes, out, e);
	pthread_mutex_unlock(&s->eye);
	return e->code;
}

int seesay_embed_file(struct seesay_space *s, const char *path, float *out,
		      struct error *e)
{
	struct buf b = { 0 };

	if (file_read(&b, path, PICTURE_BYTES, e) == 0)
		embed_bytes(s, path, b.data, b.bytes, out, e);
	buf_free(&b);
	return e->code;
}

int seesay_embed_image(struct seesay_session *s, const char *path, float *out,
		       struct seesay_error *e)
{
	struct error err = { 0 };

	seesay_embed_file(s->space, path, out, &err);
	return seesay_give_error(e, &err);
}

int seesay_embed_bytes(struct seesay_session *s, const void *data, size_t bytes,
		       float *out, struct seesay_error *e)
{
	struct error err = { 0 };

	embed_bytes(s->space, "picture", data, bytes, out, &err);
	return seesay_give_error(e, &err);
}

int seesay_embed_text(struct seesay_session *s, const char *text, float *out,
		      struct seesay_error *e)
{
	struct error err = { 0 };

	space_caption(&s->space->space, str_of(text), out, &err);
	return seesay_give_error(e, &err);
}

int seesay_vector(const struct seesay_space *s, size_t picture, float *out,
		  struct seesay_error *e)
{
	struct error err = { 0 };

	if (picture < s->index.count)
		index_vector(&s->index, picture, out);
	else
		fail(&err, ERROR_USAGE, "there is no picture %zu: the index "
		     "has %zu", picture, s->index.count);
	return seesay_give_error(e, &err);
}
