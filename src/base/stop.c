/*
 * stop.c - the flag that a signal sets, and other signals that the program
 * must not simply die of; see stop.h.
 */
#include "base/stop.h"

#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <unistd.h>

#include "base/base.h"

static atomic_int requested;	/* lock-free, so a handler may set it */
static struct {
	int number, is_caught;
} stops[] = { { SIGINT, 0 }, { SIGTERM, 0 }, { SIGHUP, 0 } };
static pid_t program;
static _Atomic(const char *) removed[8];	/* by handle_bus */

static void handle_stop(int number)
{
	(void)number;
	atomic_store(&requested, 1);
	for (size_t i = 0; i < ARRAY_LEN(stops); i++)
		if (stops[i].is_caught)
			signal(stops[i].number, SIG_DFL);
}

/* Without SA_RESTART: a read that waits for a pipe comes back. */
static void catch_stops(void)
{
	struct sigaction now, ours = { .sa_handler = handle_stop };

	sigemptyset(&ours.sa_mask);
	for (size_t i = 0; i < ARRAY_LEN(stops); i++)
		stops[i].is_caught =
			sigaction(stops[i].number, NULL, &now) == 0 &&
			now.sa_handler != SIG_IGN;
	for (size_t i = 0; i < ARRAY_LEN(stops); i++)
		if (stops[i].is_caught)
			sigaction(stops[i].number, &ours, NULL);
}

/* A page of a mapped file could not be had.  Locks go; all that is being
 * written has a temporary name, which the next writer sweeps away.  Of anything
 * else, and in the children that decode pictures, one dies as ever. */
static void handle_bus(int number, siginfo_t *info, void *context)
{
	static const char text[] = "seesay: an input file was truncated, or "
		"could not be read, while it was in use\n";

	(void)context;
	if ((info->si_code == BUS_ADRERR || info->si_code == BUS_OBJERR) &&
	    getpid() == program) {
		for (size_t i = 0; i < ARRAY_LEN(removed); i++) {
			const char *path = atomic_load(&removed[i]);

			if (path)
				unlink(path);
		}
		(void)!write(STDERR_FILENO, text, sizeof(text) - 1);
		_exit(1);
	}
	signal(number, SIG_DFL);
	raise(number);
}

void stop_setup(void)
{
	struct sigaction bus = { .sa_flags = SA_SIGINFO };

	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	catch_stops();
	program = getpid();
	bus.sa_sigaction = handle_bus;
	sigemptyset(&bus.sa_mask);
	sigaction(SIGBUS, &bus, NULL);
}

int stop_requested(void)
{
	return atomic_load_explicit(&requested, memory_order_relaxed);
}

static void replace_removed(const char *from, const char *to)
{
	for (size_t i = 0; i < ARRAY_LEN(removed); i++) {
		const char *expected = from;

		if (atomic_compare_exchange_strong(&removed[i], &expected, to))
			return;
	}
}

void stop_remove(const char *path)
{
	replace_removed(NULL, path);
}

void stop_keep(const char *path)
{
	replace_removed(path, NULL);
}
