/*
 * corpus.h - one list of captions out of a dataset, a text file or standard
 * input.
 */
#ifndef CORPUS_H
#define CORPUS_H

#include "base/file.h"
#include "posts/posts.h"
#include "text/corpus/source.h"

struct corpus {
	struct dataset dataset;
	struct file_view file;
	struct buf text;	/* standard input, or the tags of a dataset */
	struct buf decoded;	/* UTF-16 as UTF-8 */
	struct str *captions;	/* [count] of a dataset */
	struct str lines;	/* of a text: its captions, */
	size_t *starts;		/* of which every `step` one is known */
	size_t step;
	size_t count, room;
	uint64_t sum;
	int has_dataset, has_file;
	int all_splits;		/* of a dataset; else the training posts */
};

/* path: a dataset, a text with one caption a line, or "-".  To be closed even
 * after a failure. */
int corpus_open(struct corpus *c, const char *path, int all_splits,
		struct error *e);
void corpus_close(struct corpus *c);
struct text_source corpus_source(const struct corpus *c);

#endif
