/*
 * stop.c - the flag that a signal sets; see stop.h.
 */
#include "base/stop.h"

#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>

static atomic_int requested;	/* lock-free, so a handler may set it */

static void handle(int number)
{
	(void)number;
	atomic_store(&requested, 1);
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
}

static void catch_signal(int number)
{
	struct sigaction now, ours = { .sa_flags = SA_RESTART };

	if (sigaction(number, NULL, &now) == 0 && now.sa_handler == SIG_IGN)
		return;
	ours.sa_handler = handle;
	sigemptyset(&ours.sa_mask);
	sigaction(number, &ours, NULL);
}

void stop_setup(void)
{
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	catch_signal(SIGINT);
	catch_signal(SIGTERM);
}

int stop_requested(void)
{
	return atomic_load_explicit(&requested, memory_order_relaxed);
}
