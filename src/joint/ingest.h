/*
 * ingest.h - from a list of posts to a dataset file: every picture is read,
 * decoded in a limited child, resized and written, in order.
 *
 * What cannot be used (unreadable, damaged, unsupported, a repeat of the same
 * bytes, no words) is left out, and said so: "<out>.skipped.tsv" holds
 * path<TAB>reason for each, in the order of the source; without any there is
 * no such file.  The dataset does not depend on the number of threads.
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

struct ingest_options {
	const char *out;		/* dataset to write */
	const char *beside; /* list of skips beside this; NULL: out */
	size_t size;			/* pixels per side; 0: INGEST_SIZE */
	int children;			/* the decoder has */
	int keep_repeats;		/* pictures with the same bytes, too */
	int wordless;			/* were asked for; said in errors */
	int strict;			/* anything left out is a failure */
	const char *layout;		/* for the metadata; NULL: not said */
	const char *source_name, *licence;
};

struct ingest_result {
	size_t posts;			/* kept + skipped */
	size_t kept, skipped;
	size_t reasons;
	struct ingest_reason {
		char text[96];		/* "truncated JPEG" */
		size_t count;
	} reason[INGEST_REASONS];	/* the most frequent first */
};

/* If nothing can be used, or under `strict` not all, no dataset is written and
 * the code is ERROR_DATA.  *r is filled always. */
int ingest_run(const struct posts *p, const struct ingest_options *o,
	       struct decoder *d, const struct machine *m,
	       struct ingest_result *r, struct error *e);

/* posts_read, then ingest_run; says by m->talk what was kept and why the rest
 * was not. */
int ingest_source(const char *source, const struct posts_options *options,
		  const struct ingest_options *o, struct decoder *d,
		  const struct machine *m, struct ingest_result *r,
		  struct error *e);
#endif
