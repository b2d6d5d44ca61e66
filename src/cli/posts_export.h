/*
 * posts_export.h - a dataset back as a folder, and in figures.
 */
#ifndef POSTS_EXPORT_H
#define POSTS_EXPORT_H

#include "posts/posts.h"

/* folder/ID.png and folder/ID.txt, one caption a line. */
int posts_export(const struct dataset *d, const char *folder,
		 struct error *e);
/* Appends counts for people to read. */
int posts_stats(struct buf *out, const struct dataset *d, struct error *e);

#endif
