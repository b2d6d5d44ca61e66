/*
 * input.h - one of many files that a source names: a picture, its words.
 *
 * What goes wrong is of two kinds.  A fault of the file (it is missing,
 * forbidden, no regular file, too long) is ERROR_DATA with a short reason: the
 * caller lists the file and takes the next.  A fault of the machine (no
 * memory, no descriptors, a disk or network that does not answer) says
 * nothing about the file: ERROR_FAILED, and the run must stop, or a busy
 * machine would make another dataset.
 */
#ifndef INPUT_H
#define INPUT_H

#include <sys/stat.h>

#include "base/error.h"
#include "base/buf.h"

/* Is `cause`, a value of errno, a property of the file that was named? */
int input_is_of_file(int cause);
/* As errno says: "cannot open its text: No such ..." or, of the machine,
 * "cannot open 'PATH': Input/output error".  what: "open", subject: "" or
 * " its text". */
int input_fail(struct error *e, const char *what, const char *subject,
	       const char *path);
/* The whole of a regular file in *b; its stat in *st unless that is NULL.
 * More than max_bytes are refused.  A pipe or device is not waited for. */
int input_read(struct buf *b, const char *path, const char *subject,
	       size_t max_bytes, struct stat *st, struct error *e);

#endif
