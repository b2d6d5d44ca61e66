/*
 * test_file.c - files that appear whole, views, walks and locks; the stop
 * signal.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/input.h"
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

static mode_t mode_of(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? st.st_mode & 0777 : 0;
}

static int target_work(struct error *e)
{
	char *target = file_target(in_folder("one"), e);

	mem_free(target);
	return target ? 0 : ERROR_FAILED;
}

/* What is replaced keeps its mode; links are followed, also to nothing. */
static void test_file_replace(void)
{
	struct error e = {0};
	mode_t mask = umask(027);
	struct stat st;

	CHECK(write_file(in_folder("m"), "1", &e) == 0);
	CHECK(mode_of(in_folder("m")) == 0640);
	chmod(in_folder("m"), 0604);
	CHECK(write_file(in_folder("m"), "2", &e) == 0);
	CHECK(mode_of(in_folder("m")) == 0604 && has_text(in_folder("m"), "2"));
	umask(mask);
	chmod(in_folder("m"), 0444);
	CHECK(write_file(in_folder("m"), "3", &e) == ERROR_FAILED);
	CHECK(strstr(e.text, "read-only") && has_text(in_folder("m"), "2"));
	error_clear(&e);
	unlink(in_folder("m"));
	CHECK(symlink("two", in_folder("one")) == 0);
	CHECK(symlink(in_folder("three"), in_folder("two")) == 0);
	CHECK(write_file(in_folder("one"), "deep", &e) == 0);
	CHECK(lstat(in_folder("three"), &st) == 0 && S_ISREG(st.st_mode));
	CHECK(lstat(in_folder("one"), &st) == 0 && S_ISLNK(st.st_mode));
	CHECK(lstat(in_folder("two"), &st) == 0 && S_ISLNK(st.st_mode));
	fail_each("file_target", target_work);
	unlink(in_folder("three"));
	CHECK(symlink("one", in_folder("three")) == 0);
	CHECK(write_file(in_folder("one"), "", &e) == ERROR_FAILED);
	CHECK(strstr(e.text, "cannot follow the link '") != NULL);
	unlink(in_folder("one"));
	unlink(in_folder("two"));
	unlink(in_folder("three"));
}

static int not_input(const char *output, const char *input)
{
	struct error e = {0};
	char out[512];

	snprintf(out, sizeof(out), "%s", in_folder(output));
	return file_not_input(out, in_folder(input), &e) == ERROR_USAGE;
}

static int not_input_work(struct error *e)
{
	return file_not_input(in_folder("q"), in_folder("memory"), e);
}

/* Names of which writing "q" touches the file: q, its sides, temporaries. */
static void test_file_side(void)
{
	static const char *const ours[] = {
		"q", "q.lock", "q.checkpoint", "q.skipped.tsv", "q.tmp.posts",
		"q.tmp.posts.tmp.7", "q.tmp.7", "q.lock.tmp.7",
		"q.checkpoint.tmp.7", "q.skipped.tsv.tmp.7",
		"q.best", "q.best.tmp.7",
	};
	static const char *const others[] = {
		"p", "q2", "q.posts", "q.lockx", "q.checkpoint.st", "q.t",
		"a.q.lock",
	};
	struct error e = {0};

	for (size_t i = 0; i < ARRAY_LEN(ours); i++) {
		CHECK(!not_input("q", ours[i]));	/* is not there */
		CHECK(write_file(in_folder(ours[i]), "", &e) == 0);
		if (!CHECK(not_input("q", ours[i])))
			fprintf(stderr, "%s\n", ours[i]);
		CHECK(link(in_folder(ours[i]), in_folder("other")) == 0);
		CHECK(not_input("q", "other") == !strstr(ours[i], ".tmp.7"));
		unlink(in_folder("other"));
		CHECK(symlink(ours[i], in_folder("other")) == 0);
		CHECK(not_input("q", "other"));
		unlink(in_folder("other"));
		CHECK(file_not_output(in_folder("q"), in_folder(ours[i]),
				      &e) == ERROR_USAGE);
		error_clear(&e);
		unlink(in_folder(ours[i]));
		CHECK(file_not_output(in_folder(ours[i]), in_folder("q"),
				      &e) == ERROR_USAGE);
		error_clear(&e);
	}
	for (size_t i = 0; i < ARRAY_LEN(others); i++) {
		CHECK(write_file(in_folder(others[i]), "", &e) == 0);
		CHECK(!not_input("q", others[i]));
		CHECK(file_not_output(in_folder("q"), in_folder(others[i]),
				      &e) == 0);
		unlink(in_folder(others[i]));
	}
	CHECK(file_not_input(NULL, "a", &e) == 0);
	CHECK(file_not_input("a", NULL, &e) == 0);
	fail_each("file_not_input", not_input_work);
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
				   "a/z\0b\0broken\0link\0loop/\0"
				   "side/up/\0side/w\0\303\251";
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
	CHECK(file_make_folders(in_folder("beside"), &e) == 0);
	CHECK(write_file(in_folder("beside/w"), "", &e) == 0);
	CHECK(symlink("../beside", in_folder("t/side")) == 0);
	CHECK(symlink("../t", in_folder("beside/up")) == 0);
	CHECK(file_walk(&b, &count, in_folder("t"), &e) == 0);
	CHECK(count == 13 && b.bytes == sizeof(want));
	CHECK(b.bytes == sizeof(want) &&
	      memcmp(b.data, want, sizeof(want)) == 0);
	buf_free(&b);
	fail_each("file_walk", walk_work);
	CHECK(file_walk(&b, &count, in_folder("none"), &e) == ERROR_FAILED);
	error_clear(&e);
	CHECK(file_make_folders(in_folder("t/b/c"), &e) == ERROR_FAILED);
	CHECK(strstr(e.text, strerror(EEXIST)) != NULL);
	error_clear(&e);
	CHECK(symlink("/nowhere/at/all", in_folder("t/gone")) == 0);
	CHECK(file_make_folders(in_folder("t/gone"), &e) == ERROR_FAILED);
	CHECK(strstr(e.text, strerror(EEXIST)) != NULL);
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

/* A temporary whose process is gone is swept away; not one that a process of
 * another machine holds, whose number means nothing here. */
static void test_file_sweep(void)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	struct error e = {0};
	char name[64], byte = 0;
	int ready[2], done[2];
	pid_t gone = fork();

	if (gone == 0)
		_exit(0);
	waitpid(gone, NULL, 0);
	snprintf(name, sizeof(name), "swept.tmp.%ld", (long)gone);
	if (!CHECK(pipe(ready) == 0 && pipe(done) == 0))
		return;
	pid_t holder = fork();
	if (holder == 0) {
		int fd = open(in_folder(name), O_RDWR | O_CREAT, 0666);
		close(done[1]);
		(void)!write(ready[1], fcntl(fd, F_SETLK, &lock) ? "n" : "y",
			     1);
		(void)!read(done[0], &byte, 1);
		_exit(0);
	}
	CHECK(read(ready[0], &byte, 1) == 1 && byte == 'y');
	CHECK(write_file(in_folder("swept"), "a", &e) == 0);
	CHECK(access(in_folder(name), F_OK) == 0);
	close(done[1]);
	waitpid(holder, NULL, 0);
	CHECK(write_file(in_folder("swept"), "b", &e) == 0);
	CHECK(access(in_folder(name), F_OK) < 0);
	for (int i = 0; i < 2; i++)
		close(ready[i]);
	close(done[0]);
	unlink(in_folder("swept"));
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
	error_clear(&e);
	CHECK(write_file(in_folder("out.lock"), "mine", &e) == 0);
	CHECK(file_lock_take(&l, path, &e) == ERROR_FAILED);
	CHECK(strstr(e.text, "not a lock file of seesay") != NULL);
	file_lock_drop(&l);
	CHECK(has_text(in_folder("out.lock"), "mine"));
	unlink(in_folder("out.lock"));
	error_clear(&e);
	CHECK(mkfifo(in_folder("out.lock"), 0600) == 0);
	CHECK(file_lock_take(&l, path, &e) == ERROR_FAILED);
	CHECK(strstr(e.text, "is not a regular file") != NULL);
	file_lock_drop(&l);
	CHECK(file_exists(in_folder("out.lock")));
	unlink(in_folder("out.lock"));
}

/* ---- stop -------------------------------------------------------------- */

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

/* `number` while a read waits for a pipe: the child ends at once, with 1. */
static int stops_reading(int number, int ignored)
{
	int pipes[2], ready[2], status = -1;
	char byte;
	pid_t child;

	if (pipe(pipes) < 0 || pipe(ready) < 0 || (child = fork()) < 0)
		return -1;
	if (child == 0) {
		struct error e = {0};
		struct buf b = {0};

		if (ignored)
			signal(number, SIG_IGN);
		stop_setup();
		dup2(pipes[0], STDIN_FILENO);
		close(pipes[1]);
		(void)!write(ready[1], "", 1);
		file_read(&b, "-", 1 << 20, &e);
		_exit(strstr(e.text, "stopped before 'standard input'") != NULL);
	}
	(void)!read(ready[0], &byte, 1);
	usleep(100000);		/* earlier is well, too: it looks first */
	kill(child, number);
	if (ignored) {
		close(pipes[0]);
		close(pipes[1]);
	}
	waitpid(child, &status, 0);
	if (!ignored) {
		close(pipes[0]);
		close(pipes[1]);
	}
	close(ready[0]);
	close(ready[1]);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -2;
}

/* A mapped file that shrinks: a message and 1; other SIGBUS: death. */
static void test_bus(void)
{
	struct error e = {0};
	struct file_view v;
	int status = 0;
	pid_t child;

	CHECK(write_file(in_folder("mapped"), "text", &e) == 0);
	child = fork();
	if (child == 0) {
		stop_setup();
		close(STDERR_FILENO);
		if (file_view_open(&v, in_folder("mapped"), &e) < 0 ||
		    truncate(in_folder("mapped"), 0) < 0)
			_exit(2);
		_exit(3 + *(const volatile unsigned char *)v.data);
	}
	waitpid(child, &status, 0);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 1);
	child = fork();
	if (child == 0) {
		stop_setup();
		raise(SIGBUS);
		_exit(0);
	}
	waitpid(child, &status, 0);
	CHECK(WIFSIGNALED(status) ? WTERMSIG(status) == SIGBUS :
	      WEXITSTATUS(status) != 0);	/* a sanitizer's own end */
	unlink(in_folder("mapped"));
}

/* Another machine, another dataset: only what is wrong with the file itself
 * may leave it out. */
static void test_input(void)
{
	static const int machine[] = {
		ENOMEM, EMFILE, ENFILE, EIO, ENOBUFS, EINTR, EAGAIN, ESTALE,
		ETIMEDOUT, ENOSPC, EBUSY, 0,
	}, file[] = {
		ENOENT, ENOTDIR, EACCES, EPERM, ELOOP, ENAMETOOLONG, EISDIR,
	};
	struct rlimit all, few;
	struct buf b = { 0 };
	struct error e = { 0 };
	int code;

	for (size_t i = 0; i < ARRAY_LEN(machine); i++)
		CHECK(!input_is_of_file(machine[i]));
	for (size_t i = 0; i < ARRAY_LEN(file); i++)
		CHECK(input_is_of_file(file[i]));
	CHECK(write_file(in_folder("input"), "abc", &e) == 0);
	CHECK(input_read(&b, in_folder("input"), "", 3, NULL, &e) == 0 &&
	      b.bytes == 3);
	CHECK(input_read(&b, in_folder("input"), "", 2, NULL, &e) ==
	      ERROR_DATA);
	error_clear(&e);
	CHECK(input_read(&b, in_folder("gone"), " its text", 3, NULL, &e) ==
	      ERROR_DATA && strstr(e.text, "cannot open its text: "));
	error_clear(&e);
	CHECK(mkfifo(in_folder("fifo"), 0600) == 0);
	CHECK(input_read(&b, in_folder("fifo"), "", 3, NULL, &e) ==
	      ERROR_DATA && strcmp(e.text, "not a file") == 0);
	error_clear(&e);
	CHECK(getrlimit(RLIMIT_NOFILE, &all) == 0);
	few = all;
	few.rlim_cur = 0;
	CHECK(setrlimit(RLIMIT_NOFILE, &few) == 0);
	code = input_read(&b, in_folder("input"), "", 3, NULL, &e);
	CHECK(setrlimit(RLIMIT_NOFILE, &all) == 0);
	CHECK(code == ERROR_FAILED && strstr(e.text, "input'") != NULL);
	buf_free(&b);
	unlink(in_folder("fifo"));
	unlink(in_folder("input"));
}

static void test_stop_signals(void)
{
	CHECK(stops_reading(SIGINT, 0) == 1);
	CHECK(stops_reading(SIGTERM, 0) == 1);
	CHECK(stops_reading(SIGHUP, 0) == 1);
	CHECK(stops_reading(SIGHUP, 1) == 0);
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
	test_file_replace();
	test_file_side();
	test_file_view();
	test_file_walk();
	test_file_join();
	test_file_sweep();
	test_file_lock();
	test_input();
	test_stop();
	test_stop_signals();
	test_bus();
	remove_all();
	return test_end("file");
}
