/*
 * seesay.h - search a space of pictures and words from C or C++.
 *
 *	#include <seesay.h>
 *	#include <stdio.h>
 *
 *	int main(void)
 *	{
 *		struct seesay_error e;
 *		struct seesay_request ask = { .text = "beach - sunrise" };
 *		struct seesay_answer *a = NULL;
 *		struct seesay *s = NULL;
 *
 *		if (seesay_open(&s, "beach.safetensors", NULL, &e) == SEESAY_OK &&
 *		    seesay_search(s, &ask, &a, &e) == SEESAY_OK)
 *			for (size_t i = 0; i < a->result_count; i++)
 *				printf("%.3f %s\n", a->result[i].score,
 *				       a->result[i].path);
 *		else
 *			fprintf(stderr, "%s\n%s\n", e.text, e.hint);
 *		seesay_answer_free(a);
 *		seesay_close(s);
 *		return 0;
 *	}
 *
 * Build: cc example.c -lseesay -lm -lpthread
 *
 * Every call that can fail returns SEESAY_OK or a negative seesay_code and
 * fills the caller's struct seesay_error, which may be NULL.  The library
 * prints nothing, has no globals, and never exits.
 *
 * Threads: calls with different handles may run at the same time; calls with
 * one handle may not.  Several handles on one file share its memory.
 *
 * The same index and query give the same scores, to the bit, on every machine
 * and with any number of threads.
 */
#ifndef SEESAY_H
#define SEESAY_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif
#ifdef __GNUC__			/* all else in the shared library is hidden */
#pragma GCC visibility push(default)
#endif

#define SEESAY_VERSION_MAJOR 0
#define SEESAY_VERSION_MINOR 1
#define SEESAY_VERSION_PATCH 0
#define SEESAY_VERSION "0.1.0"

/* That of the library in use, "0.1.0". */
const char *seesay_version(void);

enum seesay_code {
	SEESAY_OK = 0,
	SEESAY_FAILED = -1,	/* I/O, no memory, no such picture */
	SEESAY_USAGE = -2,	/* the request makes no sense */
	SEESAY_DATA = -3,	/* a damaged or unsupported file */
	SEESAY_UNKNOWN = -4	/* a word that is not in the vocabulary */
};

struct seesay_error {
	int code;
	char text[768];		/* "'baech' is not in the vocabulary ..." */
	char hint[512];		/* what to do, or "" */
};

/* All zeros are the defaults. */
struct seesay_options {
	const char *kernels;	/* NULL: the best that this CPU runs */
	int threads;		/* 0: all that this process may use */
	/* Not 0: picture files may be asked with.  Starts a helper process
	 * that decodes them, so open before you start threads. */
	int pictures;
};

struct seesay;			/* an open index */

/* Opens an index file.  *s is NULL after a failure. */
int seesay_open(struct seesay **s, const char *path,
		const struct seesay_options *options, struct seesay_error *e);
void seesay_close(struct seesay *s);		/* NULL is fine */

size_t seesay_count(const struct seesay *s);	/* pictures */
size_t seesay_dim(const struct seesay *s);	/* floats in a vector */
/* The folder that paths of results are relative to; "" if not known. */
const char *seesay_root(const struct seesay *s);

/* ---- search -------------------------------------------------------------- */

enum seesay_kind {
	SEESAY_WORD, SEESAY_PHRASE, SEESAY_RESULT, SEESAY_PICTURE, SEESAY_ID
};

struct seesay_request {
	const char *text;	/* the query language: docs/search.md */
	size_t k;		/* results at most; 0: 12 */
	const float *min_score;	/* NULL, or results below it are left out */
	const char *split;	/* NULL, or "train", "val", "test" only */
	/* Ids that IMG_1, IMG_2 ... stand for. */
	const char *const *previous;
	size_t previous_count;
	int skip_unknown;	/* search with the words that are known */
};

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
	const struct seesay_term *term;
	size_t term_count;
	const struct seesay_result *result;
	size_t result_count;
	const char *const *note;	/* remarks for the user */
	size_t note_count;
};

/* Unknown words are SEESAY_UNKNOWN, with the closest known ones as the hint.
 * Nothing found is SEESAY_OK with no results.  *a stays valid until freed,
 * also after seesay_close; NULL after a failure. */
int seesay_search(struct seesay *s, const struct seesay_request *request,
		  struct seesay_answer **a, struct seesay_error *e);
void seesay_answer_free(struct seesay_answer *a);	/* NULL is fine */

/* ---- vectors ------------------------------------------------------------- */

/* The vector of a caption (not of a query); out [seesay_dim]. */
int seesay_embed_text(struct seesay *s, const char *text, float *out,
		      struct seesay_error *e);
/* Of a picture file; needs options.pictures. */
int seesay_embed_image(struct seesay *s, const char *path, float *out,
		       struct seesay_error *e);
/* Of a picture file's bytes; needs options.pictures. */
int seesay_embed_bytes(struct seesay *s, const void *data, size_t bytes,
		       float *out, struct seesay_error *e);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif

#endif
