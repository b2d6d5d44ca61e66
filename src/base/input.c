/*
 * input.c - see input.h.
 */
#include "base/input.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/stop.h"

/* Named one by one: a cause that nobody thought of stops the run. */
int input_is_of_file(int cause)
{
	static const int causes[] = {
		ENOENT, ENOTDIR, EACCES, EPERM, ELOOP, ENAMETOOLONG, EISDIR,
		ENXIO, ENODEV, EINVAL, EILSEQ, EOVERFLOW,
	};

	for (size_t i = 0; i < ARRAY_LEN(causes); i++)
		if (cause == causes[i])
			return 1;
	return 0;
}

int input_fail(struct error *e, const char *what, const char *subject,
	       const char *path)
{
	int cause = errno;

	if (input_is_of_file(cause))
		return fail(e, ERROR_DATA, "cannot %s%s: %s", what, subject,
			    strerror(cause));
	return fail(e, ERROR_FAILED, "cannot %s '%s': %s", what, path,
		    strerror(cause));
}

static int stopped(struct error *e, const char *path)
{
	return fail(e, ERROR_FAILED, "stopped before '%s' was read", path);
}

static int input_open(const char *path, const char *subject, struct error *e)
{
	int fd;

	do {
		if (stop_requested())
			return stopped(e, path);
		fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	} while (fd < 0 && errno == EINTR);
	return fd < 0 ? input_fail(e, "open", subject, path) : fd;
}

static int input_load(struct buf *b, int fd, const char *path,
		      const char *subject, size_t bytes, struct error *e)
{
	char piece[1 << 14];

	while (b->bytes <= bytes) {
		ssize_t n = read(fd, piece, sizeof(piece));

		if (n < 0 && errno == EINTR && !stop_requested())
			continue;
		if (n < 0 && errno == EINTR)
			return stopped(e, path);
		if (n < 0)
			return input_fail(e, "read", subject, path);
		if (n == 0)
			break;
		if (buf_add(b, piece, (size_t)n, e) < 0)
			return e->code;
	}
	if (b->bytes != bytes)
		return fail(e, ERROR_DATA, "changed while it was read");
	return 0;
}

int input_read(struct buf *b, const char *path, const char *subject,
	       size_t max_bytes, struct stat *st, struct error *e)
{
	struct stat info;
	int fd = input_open(path, subject, e);

	if (fd < 0)
		return fd;
	buf_clear(b);
	if (fstat(fd, &info) < 0)
		input_fail(e, "open", subject, path);
	else if (!S_ISREG(info.st_mode))
		fail(e, ERROR_DATA, "%s%snot a file",
		     *subject ? subject + 1 : "", *subject ? " is " : "");
	else if ((uint64_t)info.st_size > max_bytes)
		fail(e, ERROR_DATA, "%s of more than %zu MB",
		     *subject ? subject + 1 : "file", max_bytes >> 20);
	else
		input_load(b, fd, path, subject, (size_t)info.st_size, e);
	close(fd);
	if (st && !e->code)
		*st = info;
	return e->code;
}
