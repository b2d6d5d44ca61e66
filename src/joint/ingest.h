/*
 * ingest.h - from a list of posts to a dataset file: every picture is read,
 * decoded in a limited child, resized and written, in order.
 *
 * What cannot be used (unreadable, damaged, unsupported, a repeat of the same
 * bytes, no words) is left out, and said so: "<out>.skipped.tsv" holds
 * path<TAB>reason for each, in the order of the source; without any there is
 * no such file.  "<out>.repeats.tsv" holds path<TAB>id of each picture that
 * looks like an earlier one (image/near.h) and is kept.  The dataset does not
 * depend on the number of threads.
 */
#ifndef INGEST_H
#define INGEST_H

#include "image/image.h"
#include "math/machine.h"
#include "posts/posts.h"

enum {
	INGEST_REASONS = 64,		/* kinds that are told apart */
	INGEST_SIZE = 72,
	INGEST_CHILDREN = 64,		/* more would not be used */
};

/* What becomes of a picture that looks like an earlier one. */
enum ingest_repeats {
	INGEST_IGNORE,			/* not looked for */
	INGEST_KEEP,			/* listed */
	INGEST_DROP,			/* left out */
	INGEST_GROUP,			/* listed, in the earlier's split */
};

struct ingest_options {
	const char *out;		/* dataset to write */
	const char *beside; /* list of skips beside this; NULL: out */
	size_t size;			/* pixels per side; 0: INGEST_SIZE */
	int children;			/* the decoder has */
	int keep_repeats;		/* pictures with the same bytes, too */
	enum ingest_repeats repeats;
	int wordless;			/* were asked for; said in errors */
	int strict;			/* anything left out is a failure */
	const char *layout;		/* for the metadata; NULL: not said */
	const char *source_name, *licence;
};

struct ingest_result {
	size_t posts;			/* kept + skipped */
	size_t kept, skipped;
	size_t near;			/* kept, though near an earlier one */
	size_t reasons;
	struct ingest_reason {
		char text[96];		/* "truncated JPEG" */
		size_t count;
	} reason[INGEST_REASONS];	/* the most frequent first */
};

/* If nothing can be used, or under `strict` not all, no dataset is written and
 * the code is ERROR_DATA.  *r is filled always.
 * INGEST_GROUP changes the splits of p. */
int ingest_run(struct posts *p, const struct ingest_options *o,
	       struct decoder *d, const struct machine *m,
	       struct ingest_result *r, struct error *e);

/* posts_read, then ingest_run; says by m->talk what was kept and why the rest
 * was not. */
int ingest_source(const char *source, const struct posts_options *options,
		  const struct ingest_options *o, struct decoder *d,
		  const struct machine *m, struct ingest_result *r,
		  struct error *e);
#endif
