/*
 * test_file.c - files that appear whole, views, walks and locks; what is said
 * on standard error; the stop signal.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/stop.h"
#include "fail_each.h"

static char folder[256];		/* our own, removed at the end */

static const char *in_folder(const char *name)
{
	static char paths[4][512];
	static int next;
	char *path = paths[next++ % 4];

	snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
	return path;
}

/* ---- file ---------------------------------------------------------------- */

static int write_file(const char *path, const char *text, struct error *e)
{
	struct file_out f;

	if (file_out_open(&f, path, e) < 0)
		return e->code;
	if (file_out_write(&f, text, strlen(text), e) < 0) {
		file_out_discard(&f);
		return e->code;
	}
	return file_out_commit(&f, e);
}

static int has_text(const char *path, const char *text)
{
	struct error e = {0};
	struct buf b = {0};
	int same = file_read(&b, path, 1000, &e) == 0 &&
		   b.bytes == strlen(text) && !strcmp(b.data, text);

	buf_free(&b);
	return same;
}

static size_t count_files(void)
{
	struct error e = {0};
	struct buf b = {0};
	size_t count = 0;

	CHECK(file_walk(&b, &count, folder, &e) == 0);
	buf_free(&b);
	return count;
}

static int write_work(struct error *e)
{
	return write_file(in_folder("memory"), "new", e);
}

static int read_work(struct error *e)
{
	struct buf b = {0};
	int code = file_read(&b, in_folder("memory"), 100, e);

	buf_free(&b);
	return code;
}

static void test_file_out(void)
{
	struct error e = {0};
	struct file_out f;
	struct stat st;

	CHECK(write_file(in_folder("a"), "one", &e) == 0);
	CHECK(has_text(in_folder("a"), "one"));
	CHECK(file_out_open(&f, in_folder("a"), &e) == 0);
	CHECK(file_out_write(&f, "half", 4, &e) == 0);
	file_out_discard(&f);
	file_out_discard(&f);
	CHECK(has_text(in_folder("a"), "one") && count_files() == 1);
	CHECK(symlink("a", in_folder("link")) == 0);
	CHECK(write_file(in_folder("link"), "two", &e) == 0);
	CHECK(has_text(in_folder("a"), "two"));
	CHECK(lstat(in_folder("link"), &st) == 0 && S_ISLNK(st.st_mode));
	unlink(in_folder("link"));
	CHECK(write_file(in_folder("none/x"), "", &e) == ERROR_FAILED);
	CHECK(strstr(e.text, "none/x") && e.hint[0]);
	error_clear(&e);
	CHECK(write_file(folder, "", &e) == ERROR_FAILED);
	error_clear(&e);
	CHECK(mkfifo(in_folder("pipe"), 0600) == 0);
	CHECK(write_file(in_folder("pipe"), "", &e) == ERROR_FAILED);
	unlink(in_folder("pipe"));
	error_clear(&e);
	CHECK(file_out_open(&f, "", &e) == ERROR_USAGE);
	file_out_discard(&f);
	error_clear(&e);
	CHECK(file_out_open(&f, NULL, &e) == ERROR_USAGE);
	error_clear(&e);
	CHECK(write_file(in_folder("memory"), "old", &e) == 0);
	fail_each("file_out", write_work);
	CHECK(has_text(in_folder("memory"), "new"));
	fail_each("file_read", read_work);
	CHECK(count_files() == 2);
}

static void test_file_view(void)
{
	struct error e = {0};
	struct file_view v = {0};
	struct buf b = {0};

	file_view_close(&v);
	CHECK(file_view_open(&v, in_folder("a"), &e) == 0);
	CHECK(v.bytes == 3 && memcmp(v.data, "two", 3) == 0);
	file_view_close(&v);
	file_view_close(&v);
	CHECK(write_file(in_folder("empty"), "", &e) == 0);
	CHECK(file_view_open(&v, in_folder("empty"), &e) == 0);
	CHECK(v.bytes == 0 && v.data);
	file_view_close(&v);
	CHECK(file_view_open(&v, in_folder("nothing"), &e) == ERROR_FAILED);
	CHECK(strstr(e.text, "cannot open '") && strstr(e.text, "nothing'"));
	error_clear(&e);
	CHECK(file_view_open(&v, folder, &e) == ERROR_FAILED);
	error_clear(&e);
	CHECK(file_read(&b, in_folder("a"), 2, &e) == ERROR_DATA);
	error_clear(&e);
	CHECK(file_read(&b, in_folder("a"), 3, &e) == 0 && b.bytes == 3);
	buf_free(&b);
	unlink(in_folder("empty"));
}

static int walk_work(struct error *e)
{
	struct buf b = {0};
	size_t count;
	int code = file_walk(&b, &count, in_folder("t"), e);

	buf_free(&b);
	return code;
}

static void test_file_walk(void)
{
	static const char *const names[] = {
		"t/b", "t/a/z", "t/a/y/deep", "t/a.x", "t/.hidden", "t/a-x",
		"t/\303\251", "t/Z", "t/a/y/b/c/d/e/f/g",
	};
	static const char want[] = "Z\0a-x\0a.x\0a/y/b/c/d/e/f/g\0a/y/deep\0"
				   "a/z\0b\0link\0\303\251";
	struct error e = {0};
	struct buf b = {0};
	size_t count;

	CHECK(file_make_folders(in_folder("t/a/y/b/c/d/e/f"), &e) == 0);
	CHECK(file_make_folders(in_folder("t/a/y/"), &e) == 0);
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		CHECK(write_file(in_folder(names[i]), "", &e) == 0);
	CHECK(symlink("b", in_folder("t/link")) == 0);
	CHECK(symlink("a", in_folder("t/loop")) == 0);
	CHECK(symlink("none", in_folder("t/broken")) == 0);
	CHECK(file_walk(&b, &count, in_folder("t"), &e) == 0);
	CHECK(count == 9 && b.bytes == sizeof(want));
	CHECK(b.bytes == sizeof(want) &&
	      memcmp(b.data, want, sizeof(want)) == 0);
	buf_free(&b);
	fail_each("file_walk", walk_work);
	CHECK(file_walk(&b, &count, in_folder("none"), &e) == ERROR_FAILED);
	error_clear(&e);
	CHECK(file_make_folders(in_folder("t/b/c"), &e) == ERROR_FAILED);
	CHECK(file_is_folder(in_folder("t/a")) &&
	      !file_is_folder(in_folder("t/b")));
	CHECK(file_exists(in_folder("t/b")) && !file_exists(in_folder("q")));
	buf_free(&b);
}

static void test_file_join(void)
{
	static const char *const cases[][3] = {
		{ "a", "b", "a/b" }, { "a/", "b", "a/b" }, { "", "b", "b" },
		{ "a", "/b", "/b" }, { "/", "b", "/b" },
	};
	struct error e = {0};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char *joined = file_join(cases[i][0], cases[i][1], &e);

		CHECK_STR(joined, cases[i][2]);
		mem_free(joined);
	}
}

/* Another process cannot take a lock that is held, and can when it is not. */
static int take_in_child(const char *path)
{
	int status = -1;
	pid_t child = fork();

	if (child == 0) {
		struct error e = {0};
		struct file_lock l;
		int code = file_lock_take(&l, path, &e);

		if (code == 0)
			file_lock_drop(&l);
		_exit(code == 0 ? 0 : strstr(e.text, "another seesay") &&
		      strstr(e.hint, "process") ? 1 : 2);
	}
	waitpid(child, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void test_file_lock(void)
{
	struct error e = {0};
	struct file_lock l = {0};
	const char *path = in_folder("out");

	file_lock_drop(&l);
	CHECK(file_lock_take(&l, path, &e) == 0);
	CHECK(take_in_child(path) == 1);
	file_lock_drop(&l);
	file_lock_drop(&l);
	CHECK(take_in_child(path) == 0);
	CHECK(!file_exists(in_folder("out.lock")));
	CHECK(file_lock_take(&l, in_folder("no/out"), &e) == ERROR_FAILED);
}

/* ---- log, stop ----------------------------------------------------------- */

/* Runs talk() with standard error in a file and compares what it said. */
static int says(void (*talk)(void), const char *want)
{
	struct error e = {0};
	struct buf b = {0};
	int kept = dup(STDERR_FILENO), same;
	int fd = open(in_folder("log"), O_RDWR | O_CREAT | O_TRUNC, 0600);

	dup2(fd, STDERR_FILENO);
	talk();
	dup2(kept, STDERR_FILENO);
	close(fd);
	close(kept);
	file_read(&b, in_folder("log"), 10000, &e);
	unlink(in_folder("log"));
	same = b.data && strcmp(b.data, want) == 0;
	if (!same)
		fprintf(stderr, "said: %s\n", b.data);
	buf_free(&b);
	return same;
}

static void talk_quiet(void)
{
	struct log_bar bar;

	log_setup(&(struct log_options){ .quiet = 1 });
	log_note("note");
	log_detail("detail");
	log_warn("it is %d", 5);
	log_bar_start(&bar, "learn", 10, 0);
	log_bar_end(&bar, 10, "");
}

static void talk_plain(void)
{
	struct log_bar bar;

	log_setup(&(struct log_options){ .verbose = 1 });
	log_note("note");
	log_detail("detail");
	log_bar_start(&bar, "learn", 10, 10);
	log_bar_step(&bar, 10, "");
	log_bar_end(&bar, 10, "loss 0.41");
}

static void talk_json(void)
{
	struct log_bar bar;

	log_setup(&(struct log_options){ .progress = LOG_JSON });
	log_bar_start(&bar, "learn", 10, 4);
	bar.start_s += 1e9;	/* the future: a time that is not positive */
	log_bar_end(&bar, 4, "say \"\\\n\"");
}

static void test_log(void)
{
	struct error e = {0};
	struct buf b = {0};
	int fd, kept;

	CHECK(says(talk_quiet, "warning: it is 5\n"));
	CHECK(says(talk_plain, "note\ndetail\n"
		   "learn  10 of 10  100%  0.00/s  loss 0.41\n"));
	kept = dup(STDERR_FILENO);
	fd = open(in_folder("json"), O_RDWR | O_CREAT | O_TRUNC, 0600);
	dup2(fd, STDERR_FILENO);
	talk_json();
	dup2(kept, STDERR_FILENO);
	close(fd);
	close(kept);
	CHECK(file_read(&b, in_folder("json"), 1000, &e) == 0);
	CHECK(strncmp(b.data, "{\"t\":-", 6) == 0);
	CHECK(strstr(b.data, ",\"phase\":\"learn\",\"done\":4,\"total\":10,"
		     "\"eta_s\":null,\"extra\":\"say \\\"\\\\\\u000a\\\"\"}\n")
	      != NULL);
	buf_free(&b);
	unlink(in_folder("json"));
	log_setup(&(struct log_options){0});
}

static void test_stop(void)
{
	int status = 0;
	pid_t child = fork();

	if (child == 0) {
		stop_setup();
		if (stop_requested())
			_exit(1);
		raise(SIGTERM);
		if (!stop_requested())
			_exit(2);
		raise(SIGINT);	/* the second kills */
		_exit(3);
	}
	waitpid(child, &status, 0);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT);
}

static void remove_all(void)
{
	char command[300];

	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	CHECK(system(command) == 0);
}

int main(void)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(folder, sizeof(folder), "%s/test_file.XXXXXX",
		 tmp && *tmp ? tmp : "/tmp");
	if (!CHECK(mkdtemp(folder) != NULL))
		return test_end("file");
	test_file_out();
	test_file_view();
	test_file_walk();
	test_file_join();
	test_file_lock();
	test_log();
	test_stop();
	remove_all();
	return test_end("file");
}
