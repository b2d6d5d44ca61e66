/*
 * decoder_forkserver.c - the process that makes children.
 *
 * It is forked once, while the program has a single thread, and forks children
 * when told, so that a child can be replaced when the program has many
 * threads: it holds none of their locks.  It keeps no socket of any child, so
 * a child sees the end of its input as soon as the decoder is gone.
 */
#include "image/decoder_wire.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#ifdef __linux__
#include <sys/syscall.h>
#endif
#include <sys/wait.h>
#include <unistd.h>

#include "base/base.h"

enum { MAX_DESCRIPTORS = 65536 };

/* Both ends included; -1 where the system has no such call. */
static int range_close(int from, int to)
{
#ifdef SYS_close_range
	if (from > to)
		return 0;
	return (int)syscall(SYS_close_range, (unsigned)from, (unsigned)to, 0);
#else
	(void)from;
	(void)to;
	return -1;
#endif
}

/* Closes what a folder of descriptors lists; -1 if there is none. */
static int listed_close(const char *folder, int keep)
{
	DIR *d = opendir(folder);
	struct dirent *entry;
	int closed = 1;

	if (!d)
		return -1;
	while (closed) {		/* until a pass over it finds none */
		closed = 0;
		rewinddir(d);
		while ((entry = readdir(d))) {
			int fd = atoi(entry->d_name);
			if (entry->d_name[0] == '.' || fd == keep ||
			    fd == STDERR_FILENO || fd == dirfd(d))
				continue;
			closed |= close(fd) == 0;
		}
	}
	return closedir(d);
}

/* Files of the program are no business of its decoders.  A descriptor may be
 * above the limit, if that was lowered after it was opened. */
static void descriptors_close(int keep)
{
	int low = MIN(keep, STDERR_FILENO), high = MAX(keep, STDERR_FILENO);
	long all = sysconf(_SC_OPEN_MAX);

	if (range_close(0, low - 1) == 0 &&
	    range_close(low + 1, high - 1) == 0 &&
	    range_close(high + 1, INT_MAX) == 0)
		return;
	if (listed_close("/proc/self/fd", keep) == 0 ||
	    listed_close("/dev/fd", keep) == 0)
		return;
	if (all < 0 || all > MAX_DESCRIPTORS)
		all = MAX_DESCRIPTORS;
	for (int fd = 0; fd < all; fd++)
		if (fd != keep && fd != STDERR_FILENO)
			close(fd);
}

/* Nobody looks at what a decoder says; also, so no file gets number 2. */
static void stderr_close(void)
{
	int fd = open("/dev/null", O_RDWR);

	if (fd < 0 || dup2(fd, STDERR_FILENO) < 0)
		close(STDERR_FILENO);
	if (fd > STDERR_FILENO)
		close(fd);
}

/* Ctrl-C goes to all processes of a terminal, but only the program decides
 * when to stop; we end with it. */
static void signals_set(void)
{
	static const int ignored[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	sigset_t none;

	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		signal(ignored[i], SIG_IGN);
	signal(SIGCHLD, SIG_DFL);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGXCPU, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Ends a child, if there is one; its status, which is that of its own end if
 * it had come to one. */
static int child_end(pid_t *pid)
{
	int status = 0;

	if (*pid <= 0)
		return 0;
	kill(*pid, SIGKILL);
	while (waitpid(*pid, &status, 0) < 0 && errno == EINTR)
		continue;
	*pid = 0;
	return status;
}

_Noreturn void decoder_forkserver_run(int control)
{
	static pid_t children[WIRE_MAX_CHILDREN];
	struct wire_order o;
	struct wire_report r;
	int fd;

	signals_set();
	descriptors_close(control);
	stderr_close();
	while (decoder_wire_order_receive(control, &o, &fd) == 0) {
		pid_t *pid = &children[o.slot % WIRE_MAX_CHILDREN];
		r.status = child_end(pid);
		*pid = fork();
		if (*pid == 0) {
			close(control);
			child_run(fd, (enum confine)o.level);
		}
		close(fd);
		r.pid = (int32_t)*pid;
		if (decoder_wire_write(control, &r, sizeof(r)) < 0)
			break;
	}
	for (int i = 0; i < WIRE_MAX_CHILDREN; i++)
		child_end(&children[i]);
	_exit(0);
}
