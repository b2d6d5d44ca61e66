/*
 * vectors_in.h - between the files that read word vectors.
 */
#ifndef VECTORS_IN_H
#define VECTORS_IN_H

#include "format/vectors.h"

/* vectors_in.c: checks and keeps dim */
int vectors_dim(struct vectors_in *in, uint64_t dim, struct error *e);

/* vectors_bytes.c */
int vectors_check_packed(const struct vectors_bytes *b, const char *path,
			 struct error *e);
/* The next line without its end (LF or CR LF); 0 after the last. */
int vectors_line(struct vectors_bytes *b, struct str *line);
int vectors_list_open(struct vectors_list *list, const char *path,
		      struct error *e);
void vectors_list_close(struct vectors_list *list);

/* vectors_text.c */
/* "COUNT DIM"?  A row of one number may look so too. */
int vectors_header(struct str line, uint64_t *count, uint64_t *dim);
/* Is the first line such a one?  Then the next has so many numbers. */
int vectors_has_header(const struct vectors_in *in);
int vectors_text_start(struct vectors_in *in, struct error *e);
int vectors_text_next(struct vectors_in *in, struct str *word, float *row,
		      struct error *e);

#endif
