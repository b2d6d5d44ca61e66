/*
 * file_out.c - files that appear whole.
 *
 * The temporary name is "<path>.tmp.<process>": in the folder of the target,
 * so the rename stays on one file system.  Every step is checked; the folder
 * is synced after the rename, else a power cut could undo it.  What a killed
 * process left is swept away by the next write of the same file.
 */
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINKS_MAX = 40 };		/* as Linux has it */

static const char *name_of(const struct file_out *f)
{
	return f->path ? f->path : "standard output";
}

char *file_target(const char *path, struct error *e)
{
	struct buf name = {0};
	char link[4096], *target = NULL;
	ssize_t n;

	if (buf_addf(&name, e, "%s", path) < 0)
		goto done;
	for (int i = 0; (n = readlink(name.data, link, sizeof(link))) >= 0;
	     i++) {
		char *slash = strrchr(name.data, '/');

		if (i == LINKS_MAX || (size_t)n == sizeof(link)) {
			errno = i == LINKS_MAX ? ELOOP : ENAMETOOLONG;
			fail_errno(e, "cannot follow the link '%s'", path);
			goto done;
		}
		name.bytes = slash && *link != '/' ?
			     (size_t)(slash - name.data) + 1 : 0;
		if (buf_add(&name, link, (size_t)n, e) < 0)
			goto done;
	}
	target = file_join("", name.data, e);
done:
	buf_free(&name);
	return target;
}

/* Where to write, unless that cannot be replaced by a file or must not. */
char *file_out_target(const char *path, struct error *e)
{
	const char *why = NULL;
	struct stat st;

	if (stat(path, &st) < 0)
		return file_target(path, e);
	if (S_ISDIR(st.st_mode))
		why = "a folder";
	else if (!S_ISREG(st.st_mode))
		why = "not a regular file";
	else if (!(st.st_mode & 0222) || access(path, W_OK) < 0)
		why = "read-only";
	if (!why)
		return file_target(path, e);
	fail(e, ERROR_FAILED, "cannot write '%s': it is %s", path, why);
	hint(e, "give the output another name");
	return NULL;
}

/* Is `name` a temporary of `base` whose process is gone?  A process number of
 * another machine that shares the folder may look gone: its lock then tells. */
static int is_stale(const char *path, const char *name, const char *base)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	size_t bytes = strlen(base);
	char *end;
	long process;
	int fd, stale;

	if (strncmp(name, base, bytes) || strncmp(name + bytes, ".tmp.", 5))
		return 0;
	process = strtol(name + bytes + 5, &end, 10);
	if (*end || process <= 0 || kill((pid_t)process, 0) == 0 ||
	    errno != ESRCH)
		return 0;
	fd = open(path, O_RDWR | O_CLOEXEC);
	stale = fd >= 0 && fcntl(fd, F_SETLK, &lock) == 0;
	if (fd >= 0)
		close(fd);
	return stale;
}

/* Takes away what killed processes left of earlier writes of this file. */
static void sweep_temporaries(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *base = slash ? slash + 1 : path;
	struct buf name = {0};
	struct error ignored = {0};
	struct dirent *entry;
	DIR *d;

	buf_add(&name, path, (size_t)(base - path), &ignored);
	d = ignored.code ? NULL : opendir(base == path ? "." : name.data);
	while (d && !ignored.code && (entry = readdir(d)) != NULL) {
		buf_clear(&name);
		buf_add(&name, path, (size_t)(base - path), &ignored);
		buf_add(&name, entry->d_name, strlen(entry->d_name), &ignored);
		if (!ignored.code && is_stale(name.data, entry->d_name, base))
			unlink(name.data);
	}
	if (d)
		closedir(d);
	buf_free(&name);
}

/* Makes the file of fd one that those may read who could read `old`: never
 * more, even where its group cannot be kept. */
static void mode_keep(int fd, const struct stat *old)
{
	mode_t mode = old->st_mode & 0777;

	if (fchown(fd, old->st_uid, old->st_gid) < 0 &&
	    fchown(fd, (uid_t)-1, old->st_gid) < 0)
		mode &= ~(mode_t)070;
	fchmod(fd, mode);
}

/* A temporary of `path`, called `name`. */
static int open_temporary(const char *name, const char *path)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int flags = O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC;
	struct stat old;
	int is_new = stat(path, &old) < 0;
	mode_t mode = is_new ? 0666 : 0600;
	int fd = open(name, flags, mode);

	/* Left by a process that had our number and was killed. */
	if (fd < 0 && errno == EEXIST && unlink(name) == 0)
		fd = open(name, flags, mode);
	if (fd < 0)
		return fd;
	if (!is_new)
		mode_keep(fd, &old);
	fcntl(fd, F_SETLK, &lock);	/* for is_stale; may fail */
	return fd;
}

int file_out_open(struct file_out *f, const char *path, struct error *e)
{
	struct buf name = {0};
	int fd, no_folder;

	*f = (struct file_out){0};
	if (!path || !*path)
		return fail(e, ERROR_USAGE, "cannot write a file without a "
			    "name");
	if (strcmp(path, "-") == 0) {
		f->stream = stdout;
		return 0;
	}
	f->path = file_out_target(path, e);
	if (!f->path)
		goto fail;
	sweep_temporaries(f->path);
	if (buf_addf(&name, e, "%s.tmp.%ld", f->path, (long)getpid()) < 0)
		goto fail;
	fd = open_temporary(name.data, f->path);
	if (fd < 0) {
		no_folder = errno == ENOENT;
		fail_errno(e, "cannot write '%s'", path);
		if (no_folder)
			hint(e, "its folder does not exist");
		goto fail;
	}
	f->temporary = name.data;
	name = (struct buf){0};
	f->stream = fdopen(fd, "w+b");
	if (f->stream)
		return 0;
	fail_errno(e, "cannot write '%s'", path);
	close(fd);
fail:
	buf_free(&name);
	file_out_discard(f);
	return e ? e->code : ERROR_FAILED;
}

int file_out_write(struct file_out *f, const void *data, size_t bytes,
		   struct error *e)
{
	if (bytes && fwrite(data, 1, bytes, f->stream) != bytes)
		return fail_errno(e, "cannot write '%s'", name_of(f));
	return 0;
}

/* File systems without sync for folders say EINVAL: nothing to be done. */
static int folder_sync(const char *path, struct error *e)
{
	struct buf folder = {0};
	const char *slash = strrchr(path, '/');
	int fd, code = 0;

	if (!slash)
		code = buf_add(&folder, ".", 1, e);
	else if (slash == path)
		code = buf_add(&folder, "/", 1, e);
	else
		code = buf_add(&folder, path, (size_t)(slash - path), e);
	if (code < 0)
		goto done;
	fd = open(folder.data, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		goto done;	/* a folder one may write but not read */
	if (fsync(fd) < 0 && errno != EINVAL && errno != ENOTSUP &&
	    errno != EROFS)
		code = fail_errno(e, "cannot sync the folder '%s'",
				  folder.data);
	close(fd);
done:
	buf_free(&folder);
	return code;
}

/* EINVAL: a file system that cannot sync has nothing to wait for. */
static int stream_sync(struct file_out *f)
{
	int code;

	if (fflush(f->stream) != 0)
		return -1;
	if (ferror(f->stream)) {
		errno = EIO;	/* an earlier write failed; its cause is gone */
		return -1;
	}
	if (!f->temporary)
		return 0;
	do
		code = fsync(fileno(f->stream));
	while (code < 0 && errno == EINTR);
	return code < 0 && errno != EINVAL ? -1 : 0;
}

int file_out_commit(struct file_out *f, struct error *e)
{
	int code = 0, closed;

	if (!f->stream)
		bug("commit of a file that is not open");
	if (stream_sync(f) < 0)
		code = fail_errno(e, "cannot write '%s'", name_of(f));
	if (!f->temporary) {
		f->stream = NULL;
		return code;
	}
	closed = fclose(f->stream);
	f->stream = NULL;
	if (closed != 0 && code == 0)
		code = fail_errno(e, "cannot write '%s'", f->path);
	if (code == 0 && rename(f->temporary, f->path) < 0)
		code = fail_errno(e, "cannot rename '%s' to '%s'",
				  f->temporary, f->path);
	if (code == 0) {
		mem_free(f->temporary);
		f->temporary = NULL;
		code = folder_sync(f->path, e);
	}
	file_out_discard(f);
	return code;
}

void file_out_discard(struct file_out *f)
{
	if (f->stream && f->stream != stdout)
		fclose(f->stream);
	if (f->temporary)
		unlink(f->temporary);
	mem_free(f->temporary);
	mem_free(f->path);
	*f = (struct file_out){0};
}

void file_remove(const char *path)
{
	sweep_temporaries(path);
	unlink(path);
}
