/*
 * scratch.h - room on the disk for what is larger than the memory allowed.
 *
 * A scratch file loses its name as soon as it is made, so nothing is left of
 * it however the process ends.  Several threads may read and write it at once,
 * in different places.
 */
#ifndef SCRATCH_H
#define SCRATCH_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct scratch {
	int fd;
	char *folder;		/* NULL: not open */
};

/* In `folder`; if that is NULL in the folder of the file `beside`. */
int scratch_open(struct scratch *s, const char *folder, const char *beside,
		 struct error *e);
void scratch_close(struct scratch *s);	/* takes an empty one too */

/* Fails with figures if `bytes` more do not fit on the disk; `less` names the
 * options that would need less. */
int scratch_check(const struct scratch *s, uint64_t bytes, const char *less,
		  struct error *e);
int scratch_write(const struct scratch *s, uint64_t at, const void *data,
		  size_t bytes, struct error *e);
int scratch_read(const struct scratch *s, uint64_t at, void *data,
		 size_t bytes, struct error *e);

#endif
