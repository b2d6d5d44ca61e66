/*
 * test_confine.c - what a decoder child has given up, seen from inside and
 * from outside.
 *
 * From inside: a process of the test confines itself as a child does, tries
 * one call, and its parent looks at how it ended.  From outside: the limits
 * and the descriptors of the decoder's own children.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "decoding.h"
#include "image/decoder_wire.h"
#include "test.h"

#ifdef __linux__
#include <sys/syscall.h>
#endif

enum { DONE = 0, ALLOWED = 1, NOT_HERE = 99 };

/* How a process ends that runs work(); as waitpid gives it. */
static int status_of(void (*work)(int), int number)
{
	int status = -1;

	fflush(NULL);
	pid_t pid = fork();
	if (pid == 0) {
		work(number);
		_exit(DONE);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	return status;
}

static int exited(int status, int with)
{
	return WIFEXITED(status) && WEXITSTATUS(status) == with;
}

#if defined(__linux__) && !defined(CONFINE_SANITIZED)

/* Ends with `status` by the one call that is always allowed. */
static void leave(int status)
{
	syscall(SYS_exit, status);
}

static void call_filtered(int number)
{
	alarm(20);		/* a call that is let through may wait */
	if (confine_enter(CONFINE_FILTER) < 0)
		_exit(NOT_HERE);
	syscall(number, 0, 0, 0, 0, 0, 0);
	leave(ALLOWED);
}

static void call_strict(int number)
{
	alarm(20);
	if (confine_enter(CONFINE_STRICT) < 0)
		_exit(NOT_HERE);
	syscall(number, 0, 0, 0, 0, 0, 0);
	leave(ALLOWED);
}

/* What a child needs still works. */
static void talk_filtered(int fd)
{
	char c = 0;

	if (confine_enter(CONFINE_FILTER) < 0)
		_exit(NOT_HERE);
	if (read(fd, &c, 1) != 1 || write(fd, &c, 1) != 1)
		leave(ALLOWED);
	confine_exit();
}

#ifdef __x86_64__
/* The old way into the kernel, with the numbers of another machine. */
static void call_other_machine(int number)
{
	long result;

	if (confine_enter(CONFINE_FILTER) < 0)
		_exit(NOT_HERE);
	__asm__ volatile("int $0x80" : "=a"(result) : "a"(number), "b"(0)
			 : "memory");
	leave(ALLOWED);
}
#endif

enum { CALLS = 600 };		/* more than any system has today */

/* The five that a child needs; and two that newer kernels let pass every
 * filter, since only a probe of the kernel's own may use them: uretprobe ends
 * any other process, uprobe does nothing. */
static int is_allowed(int number)
{
#ifdef __x86_64__
	if (number == 335 || number == 336)
		return 1;
#endif
	return number == SYS_read || number == SYS_write ||
	       number == SYS_exit || number == SYS_exit_group ||
	       number == SYS_rt_sigreturn;
}

static int dies(void (*call)(int), int number, int by)
{
	int status = status_of(call, number);

	if (WIFSIGNALED(status) && WTERMSIG(status) == by)
		return 1;
	fprintf(stderr, "system call %d: status %d\n", number, status);
	return 0;
}

/* Every call there is, tried by a process of its own, ends it. */
static void test_calls(void)
{
	static const int others[] = {
		0x3FFFFFF, -1,
#ifdef __x86_64__
		0x40000000 + 2, 0x40000000 + 0,	/* open and read by x32 */
#endif
	};

	if (exited(status_of(call_filtered, SYS_getppid), NOT_HERE)) {
		printf("skipped: no seccomp filter here\n");
		return;
	}
	for (int number = 0; number < CALLS; number++)
		if (!is_allowed(number))
			CHECK(dies(call_filtered, number, SIGSYS));
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		CHECK(dies(call_filtered, others[i], SIGSYS));
#ifdef __x86_64__
	int status = status_of(call_other_machine, 1);	/* exit, or write */
	CHECK(WIFSIGNALED(status));
#endif
	if (exited(status_of(call_strict, SYS_getppid), NOT_HERE))
		return;
	for (int number = 0; number < CALLS; number++)
		if (!is_allowed(number) || number == SYS_exit_group)
			CHECK(dies(call_strict, number, SIGKILL));
}

static void test_talk(void)
{
	int pair[2];
	char c = 'x';

	if (!CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0))
		return;
	CHECK(write(pair[0], &c, 1) == 1);
	int status = status_of(talk_filtered, pair[1]);
	CHECK(exited(status, DONE) || exited(status, NOT_HERE));
	if (exited(status, DONE))
		CHECK(read(pair[0], &c, 1) == 1 && c == 'x');
	close(pair[0]);
	close(pair[1]);
}

#else

static void test_calls(void)
{
	printf("skipped: no seccomp in this build\n");
}

static void test_talk(void)
{
}

#endif

#ifndef CONFINE_SANITIZED

/* The last level: both limits, soft and hard, and what they forbid. */
static void limits_inside(int level)
{
	static const int all[] = {
		RLIMIT_CORE, RLIMIT_FSIZE, RLIMIT_NOFILE,
#ifdef RLIMIT_NPROC
		RLIMIT_NPROC,
#endif
	};
	struct rlimit now;

	if (confine_enter((enum confine)level) < 0)
		_exit(NOT_HERE);
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		if (getrlimit(all[i], &now) < 0 || now.rlim_cur || now.rlim_max)
			_exit(10 + (int)i);
	if (open("/", O_RDONLY) >= 0 || errno != EMFILE || dup(0) >= 0)
		_exit(ALLOWED);
	_exit(DONE);
}

static void test_limits_inside(void)
{
	int status = status_of(limits_inside, CONFINE_LIMITS);

	if (!CHECK(exited(status, DONE)))
		fprintf(stderr, "status %d\n", status);
}

/* Soft and hard limit of a line of /proc/PID/limits are 0. */
static int line_is_zero(const char *line, const char *name)
{
	unsigned long soft = 1, hard = 1;
	size_t n = strlen(name);

	return strncmp(line, name, n) == 0 &&
	       sscanf(line + n, "%lu %lu", &soft, &hard) == 2 &&
	       soft == 0 && hard == 0;
}

/* The limits of a child of the decoder, as the kernel has them: of the first,
 * which has decoded a picture when decoder_open returns. */
static void test_limits_outside(void)
{
	static const char *const names[] = {
		"Max open files", "Max file size", "Max core file size",
		"Max processes", "Max address space",
	};
	int seccomp = strncmp(decoder_confinement(decoder), "resource", 8);
	size_t zeros = 0, wanted = ARRAY_LEN(names) - !seccomp;
	char path[64], line[256];

	snprintf(path, sizeof(path), "/proc/%d/limits",
		 decoder_child_pid(decoder, 0));
	FILE *f = fopen(path, "r");
	if (!f) {
		printf("skipped: %s is not there\n", path);
		return;
	}
	while (fgets(line, sizeof(line), f))
		for (size_t i = 0; i < wanted; i++)
			zeros += (size_t)line_is_zero(line, names[i]);
	fclose(f);
	CHECK(zeros == wanted);
}

/* Where the address space is short, the message says how much is wanted. */
static void space_short(int unused)
{
	struct rlimit limit = { 400u << 20, 400u << 20 };
	struct error e = {0};

	(void)unused;
	if (setrlimit(RLIMIT_AS, &limit) < 0)
		_exit(NOT_HERE);
	if (decoder_open(1, &e))
		_exit(ALLOWED);
	_exit(strstr(e.text, " MB of address space") &&
	      strstr(e.hint, "ulimit -v") ? DONE : 10);
}

static void test_space(void)
{
	int status = status_of(space_short, 0);

	CHECK(exited(status, DONE) || exited(status, NOT_HERE));
}

#else

static void test_limits_inside(void)
{
}

static void test_limits_outside(void)
{
}

static void test_space(void)
{
}

#endif

/* Opens a decoder while pipes are open, one above the soft limit on
 * descriptors; when all of ours are closed, nobody holds them. */
static void descriptors_held(int unused)
{
	struct rlimit limit;
	struct error e = {0};
	int low[2], high[2];

	(void)unused;
	if (pipe(low) < 0 || pipe(high) < 0 ||
	    getrlimit(RLIMIT_NOFILE, &limit) < 0 ||
	    dup2(high[1], 200) != 200)
		_exit(NOT_HERE);
	close(high[1]);
	limit.rlim_cur = 64;
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		_exit(NOT_HERE);
	struct decoder *d = decoder_open(2, &e);
	if (!d)
		_exit(ALLOWED);
	close(low[1]);
	close(200);
	struct pollfd p[2] = { { low[0], POLLIN, 0 }, { high[0], POLLIN, 0 } };
	poll(p, 2, 0);
	int held = !(p[0].revents & POLLHUP) + 2 * !(p[1].revents & POLLHUP);
	decoder_close(d);
	_exit(held ? 10 + held : DONE);
}

static void test_descriptors(void)
{
	int status = status_of(descriptors_held, 0);

	if (!CHECK(exited(status, DONE) || exited(status, NOT_HERE)))
		fprintf(stderr, "status %d\n", status);
}

int main(void)
{
	struct error e = {0};

	test_calls();
	test_talk();
	test_limits_inside();
	test_space();
	test_descriptors();
	decoder = decoder_open(2, &e);
	if (CHECK(decoder != NULL))
		test_limits_outside();
	decoder_close(decoder);
	return test_end("confine");
}
