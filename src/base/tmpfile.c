/*
 * tmpfile.c - see tmpfile.h.
 *
 * Nothing is mapped: what is read counts as memory of the reader, and an error
 * of the disk is an error of a call, not a signal.
 */
#include "base/tmpfile.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"

/* The folder of a path in a new block. */
static char *folder_of(const char *path, struct error *e)
{
	const char *slash = strrchr(path, '/');
	struct buf b = {0};
	size_t bytes = slash ? (size_t)(slash - path) : 0;

	if (!slash)
		buf_add(&b, ".", 1, e);
	else
		buf_add(&b, path, MAX(bytes, 1), e);
	return b.data;
}

int tmpfile_open(struct tmpfile *s, const char *folder, const char *beside,
		 struct error *e)
{
	char *name = NULL;

	*s = (struct tmpfile){ .fd = -1 };
	s->folder = folder ? file_join("", folder, e) : folder_of(beside, e);
	if (s->folder)
		name = file_join(s->folder, ".seesay-XXXXXX", e);
	if (!name)
		goto fail;
	s->fd = mkstemp(name);
	if (s->fd < 0) {
		fail_errno(e, "cannot make a temporary file in '%s'",
			   s->folder);
		hint(e, "--tmpdir names another folder");
		goto fail;
	}
	unlink(name);
	fcntl(s->fd, F_SETFD, FD_CLOEXEC);
	mem_free(name);
	return 0;
fail:
	mem_free(name);
	tmpfile_close(s);
	return e->code;
}

void tmpfile_close(struct tmpfile *s)
{
	if (s->folder && s->fd >= 0)
		close(s->fd);
	mem_free(s->folder);
	*s = (struct tmpfile){0};
}

int tmpfile_check(const struct tmpfile *s, uint64_t bytes, const char *less,
		  struct error *e)
{
	struct statvfs v;
	uint64_t room;

	if (fstatvfs(s->fd, &v) < 0)
		return 0;	/* the write will tell */
	room = (uint64_t)v.f_bavail * v.f_frsize;	/* of a real disk */
	if (room >= bytes)
		return 0;
	fail(e, ERROR_FAILED, "%.1f MB of temporary files are needed in '%s', "
	     "%.1f MB are free", (double)bytes / 1e6, s->folder,
	     (double)room / 1e6);
	return hint(e, "--tmpdir names another folder; %s would need less",
		    less);
}

int tmpfile_write(const struct tmpfile *s, uint64_t at, const void *data,
		  size_t bytes, struct error *e)
{
	const char *from = data;

	while (bytes) {
		ssize_t n = pwrite(s->fd, from, MIN(bytes, 1 << 30),
				   (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			fail_errno(e, "cannot write a temporary file in '%s'",
				   s->folder);
			return hint(e, "--tmpdir names another folder");
		}
		from += n;
		at += (uint64_t)n;
		bytes -= (size_t)n;
	}
	return 0;
}

int tmpfile_read(const struct tmpfile *s, uint64_t at, void *data,
		 size_t bytes, struct error *e)
{
	char *to = data;

	while (bytes) {
		ssize_t n = pread(s->fd, to, MIN(bytes, 1 << 30), (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail_errno(e, "cannot read a temporary file in "
					  "'%s'", s->folder);
		if (n == 0)
			return fail(e, ERROR_FAILED, "a temporary file in '%s' "
				    "was truncated", s->folder);
		to += n;
		at += (uint64_t)n;
		bytes -= (size_t)n;
	}
	return 0;
}
