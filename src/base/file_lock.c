/*
 * file_lock.c - one writer per output.
 *
 * The lock is an empty file beside the output, held by fcntl: it dies with the
 * process.  The file goes when the lock is dropped, so who waited for it looks
 * again whether it is still the one that has the name.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/stop.h"

enum { LOCK_TRIES = 100 };	/* while others take and drop the lock */

/* Is the file that fd locks still the one that has the name?  It goes when the
 * lock is dropped, so it must be ours: a lock is empty. */
static int lock_is_current(int fd, const char *path, struct error *e)
{
	struct stat held, named;

	if (fstat(fd, &held) < 0)
		return fail_errno(e, "cannot lock '%s'", path);
	if (held.st_size) {
		fail(e, ERROR_FAILED, "cannot lock: '%s' exists and is not a "
		     "lock file of seesay", path);
		return hint(e, "seesay needs this name while it writes the "
			    "output: rename the file");
	}
	return stat(path, &named) == 0 && held.st_dev == named.st_dev &&
	       held.st_ino == named.st_ino;
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
	char *target = file_out_target(path, e);
	int current;

	*l = (struct file_lock){ .fd = -1 };
	if (!target)	/* said before the work, not after it */
		return e ? e->code : ERROR_FAILED;
	mem_free(target);
	l->path = file_side(path, FILE_LOCK, e);
	if (!l->path)
		return ERROR_FAILED;
	if (file_exists(l->path) && !file_is_regular(l->path)) {
		fail(e, ERROR_FAILED, "cannot lock '%s': '%s' is not a regular "
		     "file", path, l->path);	/* it would be removed */
		hint(e, "rename it, or give the output another name");
		goto fail;
	}
	for (int i = 0; i < LOCK_TRIES; i++) {
		l->fd = open(l->path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
		if (l->fd < 0) {
			fail_errno(e, "cannot lock '%s'", path);
			goto fail;
		}
		if (fcntl(l->fd, F_SETLK, &lock) < 0) {
			lock_fail(l, path, e);
			goto fail;
		}
		current = lock_is_current(l->fd, l->path, e);
		if (current < 0)
			goto fail;
		if (current) {
			stop_remove(l->path);
			return 0;
		}
		close(l->fd);	/* its holder just dropped it: once more */
		l->fd = -1;
	}
	fail(e, ERROR_FAILED, "cannot lock '%s': the file system changes the "
	     "inode number of '%s'", path, l->path);
	hint(e, "write to another file system: this one has no stable inode "
	     "numbers");
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
		stop_keep(l->path);
		unlink(l->path);	/* before the lock goes, never after */
		close(l->fd);
	}
	mem_free(l->path);
	*l = (struct file_lock){ .fd = -1 };
}
