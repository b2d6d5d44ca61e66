/*
 * file.h - files that are read whole or mapped, and files that appear whole.
 *
 * Writing goes to a temporary name beside the target, is flushed to the disk
 * and renamed: a reader sees the old file or the new one, never a part, and
 * a full disk leaves the old one intact.  What replaces a file keeps its mode;
 * a link stays and what it leads to is written; a file that may not be written
 * is refused.
 */
#ifndef FILE_H
#define FILE_H

#include <stdio.h>

#include "base/buf.h"
#include "base/error.h"

/* A read-only view of a whole file (mapped where possible). */
struct file_view {
	const unsigned char *data;
	size_t bytes;
	int fd;			/* owned by file_view_close */
	int mapped;
};
int file_view_open(struct file_view *v, const char *path, struct error *e);
/* Of a file that is being written, which `path` names in messages; a wish to
 * stop does not matter.  fd stays the caller's. */
int file_view_written(struct file_view *v, int fd, const char *path,
		      struct error *e);
void file_view_close(struct file_view *v);

/* The whole of a file, at most max_bytes of it (more: ERROR_DATA), in *b.
 * Path "-" is standard input.  A signal to stop (stop.h) ends the wait. */
int file_read(struct buf *b, const char *path, size_t max_bytes,
	      struct error *e);

/* A file being written; see the top. */
struct file_out {
	FILE *stream;
	char *path;
	char *temporary;
};
int file_out_open(struct file_out *f, const char *path, struct error *e);
int file_out_write(struct file_out *f, const void *data, size_t bytes,
		   struct error *e);
/* Flush, sync, close, rename, sync the folder.  Closes f in any case; on
 * failure the temporary file is gone and the old file untouched. */
int file_out_commit(struct file_out *f, struct error *e);
void file_out_discard(struct file_out *f);	/* no-op after a commit */
/* Removes a file if it is there, and what killed writers left of it. */
void file_remove(const char *path);

/* All that is no folder under `root`, as paths relative to it, sorted by bytes,
 * one after the other with a 0 byte each; names starting with '.' are skipped.
 * Links are followed, but each folder is entered once: a link to one that is
 * read already stands there as "name/". */
int file_walk(struct buf *paths, size_t *count, const char *root,
	      struct error *e);

/* What may be written beside an output, in a new block: "out.lock", ... */
enum file_side {
	FILE_LOCK,		/* one writer, see below */
	FILE_CHECKPOINT,	/* what a stopped run resumes from */
	FILE_BEST,		/* the best state of a run so far */
	FILE_SKIPPED,		/* posts left out, and why */
	FILE_REPEATS,		/* pictures that look like another */
	FILE_POSTS,		/* dataset of an index being made */
	FILE_SIDES
};
char *file_side(const char *output, enum file_side side, struct error *e);

/* Refuses (ERROR_USAGE) an output whose writing would touch an input: itself,
 * a side or a temporary is that file, under whatever name.  Either may be
 * NULL; an input that is not there is no matter. */
int file_not_input(const char *output, const char *input, struct error *e);
/* The same for two outputs of one command, which need not be there. */
int file_not_output(const char *output, const char *other, struct error *e);

/* The name that links lead to, there or not, in a new block. */
char *file_target(const char *path, struct error *e);
int file_exists(const char *path);
int file_is_folder(const char *path);
int file_is_regular(const char *path);	/* no pipe, no device */
int file_make_folders(const char *path, struct error *e);	/* mkdir -p */
/* root + "/" + name in a new block; name alone if root is "" or name is
 * absolute */
char *file_join(const char *root, const char *name, struct error *e);

/* The path that a write of this one replaces, in a new block: links are
 * followed.  NULL: it may not be written. */
char *file_out_target(const char *path, struct error *e);

/* One writer per output: holds "<path>.lock" until closed or the process dies.
 * Fails with "another seesay is writing '...'". */
struct file_lock {
	int fd;
	char *path;
};
int file_lock_take(struct file_lock *l, const char *path, struct error *e);
void file_lock_drop(struct file_lock *l);

#endif
