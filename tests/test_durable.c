/*
 * test_durable.c - an output is on the disk before it has its name, and its
 * name before the program says so.
 *
 * fsync and rename of this file stand in for the system's: they note the order
 * of calls, and fail when told.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "test.h"

/* One letter a call: f and F for the sync of a file and of a folder, r for a
 * rename.  The next call of `failing` fails with `reason`. */
static char calls[32];
static size_t count;
static char failing;
static int reason, failures;

static int note(char call)
{
	if (count + 1 < sizeof(calls))
		calls[count++] = call;
	calls[count] = 0;
	if (call != failing || !failures)
		return 0;
	failures--;
	errno = reason;
	return -1;
}

int fsync(int fd)
{
	struct stat st;

	return note(fstat(fd, &st) == 0 && S_ISDIR(st.st_mode) ? 'F' : 'f');
}

int rename(const char *from, const char *to)
{
	return note('r') < 0 ? -1 : renameat(AT_FDCWD, from, AT_FDCWD, to);
}

static char folder[256], path[300];

static int write_text(const char *text, struct error *e)
{
	struct file_out f;

	count = 0;
	calls[0] = 0;
	if (file_out_open(&f, path, e) < 0)
		return e->code;
	if (file_out_write(&f, text, strlen(text), e) < 0) {
		file_out_discard(&f);
		return e->code;
	}
	return file_out_commit(&f, e);
}

static int holds(const char *text)
{
	struct error e = {0};
	struct buf b = {0};
	int same = file_read(&b, path, 1000, &e) == 0 &&
		   b.bytes == strlen(text) && !memcmp(b.data, text, b.bytes);

	buf_free(&b);
	return same;
}

static void test_order(void)
{
	struct error e = {0};

	CHECK(write_text("old", &e) == 0);
	CHECK_STR(calls, "frF");
	CHECK(holds("old"));
	CHECK(write_text("older", &e) == 0);
	CHECK_STR(calls, "frF");
	CHECK(holds("older"));
}

/* A file that cannot be synced or renamed leaves the old one; a folder that
 * cannot be synced is told. */
static void test_failures(void)
{
	static const struct {
		char call;
		int reason;
		const char *order, *left;
	} cases[] = {
		{ 'f', EIO, "f", "old" }, { 'f', ENOSPC, "f", "old" },
		{ 'r', EACCES, "fr", "old" }, { 'F', EIO, "frF", "new" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct error e = {0};

		CHECK(write_text("old", &e) == 0);
		failing = cases[i].call;
		reason = cases[i].reason;
		failures = 1;
		CHECK(write_text("new", &e) == ERROR_FAILED && e.text[0]);
		CHECK_STR(calls, cases[i].order);
		CHECK(holds(cases[i].left) && failures == 0);
		failures = 0;
	}
}

/* Interrupted: again.  Not to be had: not needed. */
static void test_excused(void)
{
	static const struct {
		char call;
		int reason;
		const char *order;
	} cases[] = {
		{ 'f', EINTR, "ffrF" }, { 'f', EINVAL, "frF" },
		{ 'F', EINVAL, "frF" }, { 'F', EROFS, "frF" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct error e = {0};

		failing = cases[i].call;
		reason = cases[i].reason;
		failures = 1;
		CHECK(write_text("new", &e) == 0);
		CHECK_STR(calls, cases[i].order);
		CHECK(holds("new"));
		failures = 0;
	}
}

int main(void)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(folder, sizeof(folder), "%s/seesay-durable-XXXXXX",
		 tmp && *tmp ? tmp : "/tmp");
	if (!CHECK(mkdtemp(folder) != NULL))
		return test_end("durable");
	snprintf(path, sizeof(path), "%s/out", folder);
	test_order();
	test_failures();
	test_excused();
	unlink(path);
	CHECK(rmdir(folder) == 0);	/* nothing is left beside it */
	return test_end("durable");
}
