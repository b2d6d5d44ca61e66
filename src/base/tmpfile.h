/*
 * tmpfile.h - room on the disk for what is larger than the memory allowed.
 *
 * A temporary file loses its name as soon as it is made, so nothing is left of
 * it however the process ends.  Several threads may read and write it at once,
 * in different places.
 */
#ifndef TMPFILE_H
#define TMPFILE_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct tmpfile {
	int fd;
	char *folder;		/* NULL: not open */
};

/* In `folder`; if that is NULL in the folder of the file `beside`. */
int tmpfile_open(struct tmpfile *s, const char *folder, const char *beside,
		 struct error *e);
void tmpfile_close(struct tmpfile *s);	/* takes an empty one too */

/* Fails with figures if `bytes` more do not fit on the disk; `less` names the
 * options that would need less. */
int tmpfile_check(const struct tmpfile *s, uint64_t bytes, const char *less,
		  struct error *e);
int tmpfile_write(const struct tmpfile *s, uint64_t at, const void *data,
		  size_t bytes, struct error *e);
int tmpfile_read(const struct tmpfile *s, uint64_t at, void *data,
		 size_t bytes, struct error *e);

#endif
