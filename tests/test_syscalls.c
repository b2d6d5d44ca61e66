/*
 * test_syscalls.c - what is asked of the system when a file appears or is
 * locked, seen by functions of this program in the place of libc's.
 */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base.h"
#include "base/file.h"

static char folder[200], path[300];
static char calls[100];			/* "f": a file, "d": a folder; capital
					 * once the file is in place */
static int sync_fails;			/* 'f', 'd': of those */
static int fstat_fails, fstat_calls;

int fsync(int fd)
{
	int inside = openat(fd, ".", O_RDONLY);
	char kind = inside >= 0 ? 'd' : 'f';
	size_t n = strlen(calls);

	if (inside >= 0)
		close(inside);
	if (CHECK(n + 1 < sizeof(calls))) {
		calls[n] = (char)(file_exists(path) ? kind - 'a' + 'A' : kind);
		calls[n + 1] = 0;
	}
	errno = EIO;
	return sync_fails == kind ? -1 : 0;
}

/* Only a lock asks; a file of no number is never the one of its name. */
int fstat(int fd, struct stat *st)
{
	(void)fd;
	fstat_calls++;
	*st = (struct stat){0};
	errno = EIO;
	return fstat_fails ? -1 : 0;
}

static int write_file(struct error *e)
{
	struct file_out f;

	calls[0] = 0;
	if (file_out_open(&f, path, e) < 0 ||
	    file_out_write(&f, "x", 1, e) < 0)
		return e->code;
	return file_out_commit(&f, e);
}

/* The data are safe before the name is, and the name before it is told. */
static void synced(void)
{
	struct error e = {0};

	CHECK(write_file(&e) == 0);
	CHECK_STR(calls, "fD");
	unlink(path);
	sync_fails = 'f';
	CHECK(write_file(&e) == ERROR_FAILED && !file_exists(path));
	CHECK_STR(calls, "f");
	error_clear(&e);
	sync_fails = 'd';
	CHECK(write_file(&e) == ERROR_FAILED);
	CHECK(strstr(e.text, "cannot sync the folder"));
	error_clear(&e);
	sync_fails = 0;
	unlink(path);
}

static void not_locked(int fails, const char *says)
{
	struct file_lock l;
	struct error e = {0};

	fstat_fails = fails;
	fstat_calls = 0;
	CHECK(file_lock_take(&l, path, &e) == ERROR_FAILED);
	CHECK(strstr(e.text, "cannot lock") && strstr(e.text, says));
	CHECK(fstat_calls == (fails ? 1 : 100));
	CHECK(l.fd == -1 && l.path == NULL);
}

int main(void)
{
	const char *tmp = getenv("TMPDIR");
	char lock[320];

	snprintf(folder, sizeof(folder), "%.150s/seesay-sys.XXXXXX",
		 tmp && *tmp ? tmp : "/tmp");
	if (!CHECK(mkdtemp(folder) != NULL))
		return test_end("syscalls");
	snprintf(path, sizeof(path), "%s/x", folder);
	snprintf(lock, sizeof(lock), "%s.lock", path);
	synced();
	not_locked(1, "Input/output error");
	not_locked(0, "changes the inode number");
	unlink(lock);
	CHECK(rmdir(folder) == 0);
	return test_end("syscalls");
}
