/*
 * test_tmpfile.c - temporary file: what is written is read, nothing is left in
 * the folder, and a disk that is full or gone is an error with a hint.
 */
#include <dirent.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/tmpfile.h"
#include "test.h"

static char folder[] = "/tmp/test_tmpfile.XXXXXX";

static size_t files_in(const char *path)
{
	DIR *d = opendir(path);
	size_t n = 0;

	while (d && readdir(d))
		n++;
	if (d)
		closedir(d);
	return n - 2;
}

static void write_and_read(void)
{
	struct error e = {0};
	struct tmpfile s;
	char beside[64], got[8] = "";

	snprintf(beside, sizeof(beside), "%s/words", folder);
	for (int i = 0; i < 2; i++) {
		CHECK(tmpfile_open(&s, i ? NULL : folder, beside, &e) == 0);
		CHECK(files_in(folder) == 0);
		CHECK(tmpfile_write(&s, 5, "abcdef", 6, &e) == 0);
		CHECK(tmpfile_write(&s, 1, "xy", 2, &e) == 0);
		CHECK(tmpfile_read(&s, 1, got, 7, &e) == 0);
		CHECK(memcmp(got, "xy\0\0abc", 7) == 0);
		CHECK(tmpfile_read(&s, 8, got, 4, &e) == ERROR_FAILED);
		CHECK(strstr(e.text, "truncated") != NULL);
		error_clear(&e);
		tmpfile_close(&s);
		tmpfile_close(&s);
	}
	CHECK(tmpfile_open(&s, NULL, "words", &e) == 0);
	CHECK_STR(s.folder, ".");
	tmpfile_close(&s);
	CHECK(tmpfile_open(&s, NULL, "/words", &e) == 0 || e.code);
	tmpfile_close(&s);
}

static void no_room(void)
{
	struct error e = {0};
	struct rlimit old, small = { 4, 0 };
	struct tmpfile s;

	CHECK(tmpfile_open(&s, "/no/such", NULL, &e) == ERROR_FAILED);
	CHECK(strstr(e.text, "'/no/such'") && strstr(e.hint, "--tmpdir"));
	error_clear(&e);
	if (!CHECK(tmpfile_open(&s, folder, NULL, &e) == 0))
		return;
	CHECK(tmpfile_check(&s, 1, "--memory", &e) == 0);
	CHECK(tmpfile_check(&s, UINT64_MAX, "--memory", &e) == ERROR_FAILED);
	CHECK(strstr(e.text, "MB are free") && strstr(e.hint, "--memory"));
	error_clear(&e);
	signal(SIGXFSZ, SIG_IGN);
	CHECK(getrlimit(RLIMIT_FSIZE, &old) == 0);
	small.rlim_max = old.rlim_max;
	setrlimit(RLIMIT_FSIZE, &small);
	CHECK(tmpfile_write(&s, 0, "abcdef", 6, &e) == ERROR_FAILED);
	setrlimit(RLIMIT_FSIZE, &old);
	CHECK(strstr(e.text, folder) && strstr(e.hint, "--tmpdir"));
	tmpfile_close(&s);
}

static void allocation_failures(void)
{
	struct tmpfile s;
	struct error e;
	int code = -1;

	for (uint64_t n = 1; code < 0 && n < 20; n++) {
		memset(&e, 0, sizeof(e));
		mem_fail_at(n, 0);
		code = tmpfile_open(&s, folder, NULL, &e);
		mem_fail_at(0, 0);
		CHECK(code == e.code);
	}
	CHECK(code == 0);
	tmpfile_close(&s);
}

int main(void)
{
	if (!CHECK(mkdtemp(folder) != NULL))
		return 1;
	write_and_read();
	no_room();
	allocation_failures();
	CHECK(files_in(folder) == 0 && rmdir(folder) == 0);
	return test_end("tmpfile");
}
