/*
 * file_out.c - files that appear whole, and the lock of one writer per output.
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

static const char *name_of(const struct file_out *f)
{
	return f->path ? f->path : "standard output";
}

/* A link stays a link: what it points to is replaced.  Devices, pipes and
 * folders cannot be replaced by a file. */
static char *target_of(const char *path, struct error *e)
{
	struct stat st;
	char *target;

	if (lstat(path, &st) < 0)
		return file_join("", path, e);
	if (S_ISLNK(st.st_mode) && stat(path, &st) == 0) {
		target = realpath(path, NULL);	/* mem_free takes it */
		if (!target)
			fail_errno(e, "cannot follow '%s'", path);
	} else {
		target = file_join("", path, e);
	}
	if (target && !S_ISREG(st.st_mode) && !S_ISLNK(st.st_mode)) {
		fail(e, ERROR_FAILED, "cannot write '%s': it is %s", path,
		     S_ISDIR(st.st_mode) ? "a folder" : "not a regular file");
		mem_free(target);
		return NULL;
	}
	return target;
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

static int open_temporary(const char *path)
{
	int flags = O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC;
	int fd = open(path, flags, 0666);

	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	/* Left by a process that had our number and was killed. */
	if (fd < 0 && errno == EEXIST && unlink(path) == 0)
		fd = open(path, flags, 0666);
	if (fd >= 0)
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
	f->path = target_of(path, e);
	if (!f->path)
		goto fail;
	sweep_temporaries(f->path);
	if (buf_addf(&name, e, "%s.tmp.%ld", f->path, (long)getpid()) < 0)
		goto fail;
	fd = open_temporary(name.data);
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
	if (fflush(f->stream) != 0)
		return -1;
	if (ferror(f->stream)) {
		errno = EIO;	/* an earlier write failed; its cause is gone */
		return -1;
	}
	if (!f->temporary)
		return 0;
	return fsync(fileno(f->stream)) < 0 && errno != EINVAL ? -1 : 0;
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

/* Is the file that fd locks still the one that has the name? */
static int lock_is_current(int fd, const char *path)
{
	struct stat held, named;

	return fstat(fd, &held) == 0 && stat(path, &named) == 0 &&
	       held.st_dev == named.st_dev && held.st_ino == named.st_ino;
}

static int lock_fail(struct file_lock *l, const char *path, struct error *e)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	if (errno != EACCES && errno != EAGAIN)
		return fail_errno(e, "cannot lock '%s'", l->path);
	fail(e, ERROR_FAILED, "another seesay is writing '%s'", path);
	if (fcntl(l->fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK)
		return hint(e, "wait for process %ld to end",
			    (long)lock.l_pid);
	return hint(e, "wait for it to end");
}

/* The lock is fcntl's: it dies with the process and children do not inherit
 * it.  It does not hold against this process itself. */
int file_lock_take(struct file_lock *l, const char *path, struct error *e)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	struct buf name = {0};
	char *target = target_of(path, e);

	*l = (struct file_lock){ .fd = -1 };
	if (!target)	/* said before the work, not after it */
		return e ? e->code : ERROR_FAILED;
	mem_free(target);
	if (buf_addf(&name, e, "%s.lock", path) < 0)
		return ERROR_FAILED;
	l->path = name.data;
	for (;;) {
		l->fd = open(l->path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
		if (l->fd < 0) {
			fail_errno(e, "cannot lock '%s'", path);
			goto fail;
		}
		if (fcntl(l->fd, F_SETLK, &lock) < 0) {
			lock_fail(l, path, e);
			goto fail;
		}
		if (lock_is_current(l->fd, l->path))
			return 0;
		close(l->fd);	/* its holder just dropped it: once more */
	}
fail:
	if (l->fd >= 0)
		close(l->fd);
	mem_free(l->path);
	*l = (struct file_lock){ .fd = -1 };
	return e ? e->code : ERROR_FAILED;
}

void file_lock_drop(struct file_lock *l)
{
	if (l->fd >= 0 && l->path) {
		unlink(l->path);	/* before the lock goes, never after */
		close(l->fd);
	}
	mem_free(l->path);
	*l = (struct file_lock){ .fd = -1 };
}
