/*
 * words_files.h - the parts of seesay words that deal with other programs'
 * files.
 *
 * Each takes the operands after its own name.
 */
#ifndef WORDS_FILES_H
#define WORDS_FILES_H

#include "base/error.h"

struct words_files {
	const char *out, *list, *tensor;	/* or NULL */
	int format;				/* enum vectors_format */
	int context;				/* add GloVe's context rows */
	int clean;				/* enum clean_kind */
};

int words_import(int count, char **operands, const struct words_files *o,
		 struct error *e);
int words_export(int count, char **operands, const struct words_files *o,
		 struct error *e);

#endif
