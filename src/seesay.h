/*
 * seesay.h - search a space of pictures and words from C or C++.
 *
 *	#include <seesay.h>
 *	#include <stdio.h>
 *
 *	int main(void)
 *	{
 *		struct seesay_space *space = NULL;
 *		struct seesay_session *s = NULL;
 *		struct seesay_answer *a = NULL;
 *		struct seesay_request ask;
 *		struct seesay_error e;
 *
 *		seesay_request_init(&ask);
 *		ask.text = "beach - sunrise";
 *		if (seesay_space_open(&space, "beach.safetensors", NULL, &e) ==
 *			SEESAY_OK &&
 *		    seesay_session_open(&s, space, NULL, &e) == SEESAY_OK &&
 *		    seesay_search(s, &ask, &a, &e) == SEESAY_OK)
 *			for (size_t i = 0; i < a->result_count; i++)
 *				printf("%.3f %s\n", a->result[i]->score,
 *				       a->result[i]->path);
 *		else
 *			fprintf(stderr, "%s\n%s\n", e.text, e.hint);
 *		seesay_answer_free(a);
 *		seesay_session_close(s);
 *		seesay_space_close(space);
 *		return 0;
 *	}
 *
 * Build: cc example.c -lseesay -lm -lpthread; where the library is in a folder
 * that the loader does not search, add -L and -Wl,-rpath with that folder.
 *
 * Errors: every call that can fail returns SEESAY_OK or a negative seesay_code
 * and fills the caller's struct seesay_error, which may be NULL.
 *
 * Threads: a space never changes once it is open; any number of threads may
 * use it.  Each thread has a session of its own: a light object that holds the
 * memory of a search (seesay_session_bytes).  Once it has what the queries need
 * a search by words, ids and results allocates nothing; a phrase takes a few
 * blocks for a moment.  A session serves one call at a time.
 * Sessions of one space take turns where a picture file is decoded and goes
 * through the net; words, ids and results do not wait.
 *
 * Manners: the library writes to no standard stream, installs no signal
 * handler and does not exit.  It aborts, with a line on standard error, only
 * where it finds a bug of its own.  Nothing one space or session does can be
 * seen in another.
 *
 * Numbers: the same index and query give the same scores, to the bit, on every
 * machine and with any number of threads.
 *
 * Years: what the caller makes begins with its own size, set by the _init
 * function, so fields can be added at its end and a program compiled before
 * still works: what it does not know is taken as zero.  What the library makes
 * is handed out by pointer, one by one, and grows at its end.  seesay_error is
 * as it is for good.
 */
#ifndef SEESAY_H
#define SEESAY_H

#include <stddef.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif
#ifdef __GNUC__			/* all else in the shared library is hidden */
#pragma GCC visibility push(default)
#endif

#define SEESAY_VERSION_MAJOR 0
#define SEESAY_VERSION_MINOR 2
#define SEESAY_VERSION_PATCH 0
#define SEESAY_VERSION "0.2.0"

/* That of the library in use, "0.2.0". */
const char *seesay_version(void);

enum seesay_code {
	SEESAY_OK = 0,
	SEESAY_FAILED = -1,	/* I/O, no memory, no such picture */
	SEESAY_USAGE = -2,	/* the request makes no sense */
	SEESAY_DATA = -3,	/* a damaged or unsupported file */
	SEESAY_UNKNOWN = -4,	/* a word that is not in the vocabulary */
	SEESAY_STOPPED = -75	/* progress() said so */
};

struct seesay_error {
	int code;
	char text[768];		/* "'baech' is not in the vocabulary ..." */
	char hint[512];		/* what to do, or "" */
};

/* ---- a space ------------------------------------------------------------- */

enum { SEESAY_ALL_CPUS = -1 };	/* as a number of threads */

/* Beyond size all zeros are the defaults. */
struct seesay_space_options {
	size_t size;
	const char *kernels;	/* NULL: the best that this CPU runs */
	/* Not 0: picture files may be asked with.  Starts a helper process
	 * that decodes them, so open before you start threads. */
	int pictures;
	/* For the net that sees a picture file; 0: the caller's alone. */
	int threads;
};
static inline void seesay_space_options_init(struct seesay_space_options *o)
{
	memset(o, 0, sizeof(*o));
	o->size = sizeof(*o);
}

/* One map of the file, one vocabulary, one net, for all sessions. */
struct seesay_space;

/* Opens an index, or a space without pictures (count 0).  *s is NULL after a
 * failure.  Close the sessions first. */
int seesay_space_open(struct seesay_space **s, const char *path,
		      const struct seesay_space_options *options,
		      struct seesay_error *e);
void seesay_space_close(struct seesay_space *s);	/* NULL is fine */

size_t seesay_space_count(const struct seesay_space *s);	/* pictures */
size_t seesay_space_dim(const struct seesay_space *s);	/* floats a vector */
size_t seesay_space_words(const struct seesay_space *s);	/* vocabulary */
/* The folder that paths of results are relative to; "" if not known. */
const char *seesay_space_root(const struct seesay_space *s);

/* ---- a session ----------------------------------------------------------- */

struct seesay_session_options {
	size_t size;
	int threads;		/* of one search; 0: the caller's alone */
	/* Called now and then on the caller's thread while many pictures or
	 * queries are worked through; not 0 ends the call: SEESAY_STOPPED. */
	int (*progress)(void *context, const char *what, size_t done,
			size_t total);
	void *context;
};
static inline void seesay_session_options_init(struct seesay_session_options *o)
{
	memset(o, 0, sizeof(*o));
	o->size = sizeof(*o);
}

struct seesay_session;

int seesay_session_open(struct seesay_session **s, struct seesay_space *space,
			const struct seesay_session_options *options,
			struct seesay_error *e);
void seesay_session_close(struct seesay_session *s);	/* NULL is fine */
/* The memory it holds now, threads' stacks aside. */
size_t seesay_session_bytes(const struct seesay_session *s);

/* ---- search -------------------------------------------------------------- */

enum seesay_kind {
	SEESAY_WORD, SEESAY_PHRASE, SEESAY_RESULT, SEESAY_PICTURE, SEESAY_ID
};

struct seesay_request {
	size_t size;
	const char *text;	/* the query language: docs/search.md */
	size_t k;		/* results at most; 0: 12 */
	const float *min_score;	/* NULL, or results below it are left out */
	const char *split;	/* NULL, or "train", "val", "test" only */
	/* Ids that IMG_1, IMG_2 ... stand for. */
	const char *const *previous;
	size_t previous_count;
	int skip_unknown;	/* search with the words that are known */
};
static inline void seesay_request_init(struct seesay_request *r)
{
	memset(r, 0, sizeof(*r));
	r->size = sizeof(*r);
}

struct seesay_term {
	const char *text;	/* as it can be asked again: "beach", "IMG_3" */
	enum seesay_kind kind;
	float weight;		/* sum over its uses in the query, signed */
	int known;		/* 0: skipped */
};

struct seesay_result {
	float score;
	size_t picture;		/* its number in the index */
	const char *id, *path, *caption;
	/* [term_count]: what each term adds to the score; they sum to it (up
	 * to rounding), skipped ones are 0. */
	const float *share;
};

/* Best first; equal scores in the order of the index. */
struct seesay_answer {
	const struct seesay_term *const *term;
	size_t term_count;
	const struct seesay_result *const *result;
	size_t result_count;
	const char *const *note;	/* remarks for the user */
	size_t note_count;
	/* What the search read for this query and those asked with it: vectors
	 * scored from their floats, and bytes of floats and codes. */
	unsigned long long scored, read_bytes;
};

/* Unknown words are SEESAY_UNKNOWN, with the closest known ones as the hint.
 * Nothing found is SEESAY_OK with no results.  *a is NULL, or an earlier answer
 * whose memory is used again; free it in any case.  It stays valid until then,
 * also after the session and the space are closed.  After a failure it is
 * empty. */
int seesay_search(struct seesay_session *s,
		  const struct seesay_request *request,
		  struct seesay_answer **a, struct seesay_error *e);
/* Many at once, which is faster: panels of the index are read once for all.
 * a [count] as above; each [count] is told how its query went, NULL: the first
 * that fails ends the call.  Calls progress("search"). */
int seesay_search_many(struct seesay_session *s,
		       const struct seesay_request *const *request,
		       size_t count, struct seesay_answer **a,
		       struct seesay_error *each, struct seesay_error *e);
void seesay_answer_free(struct seesay_answer *a);	/* NULL is fine */

/* ---- words --------------------------------------------------------------- */

/* The words nearest to an expression like "king - man + woman", those of the
 * expression left out, best first: word [k], cosine [k] (or NULL), *count <= k.
 * The strings belong to the session until its next call. */
int seesay_near(struct seesay_session *s, const char *text, size_t k,
		const char **word, float *cosine, size_t *count,
		struct seesay_error *e);

/* ---- vectors ------------------------------------------------------------- */

/* The vector of a caption (not of a query); out [seesay_space_dim]. */
int seesay_embed_text(struct seesay_session *s, const char *text, float *out,
		      struct seesay_error *e);
/* Of a picture file; needs options.pictures. */
int seesay_embed_image(struct seesay_session *s, const char *path, float *out,
		       struct seesay_error *e);
/* Of a picture file's bytes; needs options.pictures. */
int seesay_embed_bytes(struct seesay_session *s, const void *data, size_t bytes,
		       float *out, struct seesay_error *e);
/* Of a picture of the index, by number: what the file holds. */
int seesay_vector(const struct seesay_space *s, size_t picture, float *out,
		  struct seesay_error *e);

/* ---- writing an index ---------------------------------------------------- */

struct seesay_picture {
	size_t size;
	const char *id;		/* unique */
	const char *path, *caption;	/* NULL: "" */
	const char *split;	/* NULL or "train", "val", "test" */
	const float *vector; /* [seesay_space_dim], as seesay_embed_* gives */
};
static inline void seesay_picture_init(struct seesay_picture *p)
{
	memset(p, 0, sizeof(*p));
	p->size = sizeof(*p);
}

struct seesay_index;		/* pictures for a new index */

int seesay_index_new(struct seesay_index **x, struct seesay_session *s,
		     struct seesay_error *e);
/* Everything is copied. */
int seesay_index_add(struct seesay_index *x,
		     const struct seesay_picture *picture,
		     struct seesay_error *e);
/* Writes the session's space with these pictures; the file appears whole, or
 * stays as it was.  root: the folder of the paths, or NULL. */
int seesay_index_write(struct seesay_index *x, const char *path,
		       const char *root, struct seesay_error *e);
void seesay_index_free(struct seesay_index *x);		/* NULL is fine */

#ifdef __GNUC__
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif

#endif
