/*
 * check_memory.c - memory with forbidden pages around it, and caught signals.
 *
 * Region i: a forbidden page, REGION_BYTES to use, a forbidden page.  An array
 * placed at the end has its last byte before the forbidden page, at the start
 * its first byte after it, so one float too many stops the kernel.  What is
 * not the array is canaries for 64 floats on either side.
 */
#include "check.h"

#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
	REGIONS = CHECK_OPERANDS + 1,	/* one for the row pointers */
	REGION_BYTES = CHECK_FLOATS * 4 * 2,
	MARGIN = 64			/* floats looked at on either side */
};

static char *region[REGIONS];
/* Guards nest two deep: a whole test, and each call in it. */
static sigjmp_buf back[2];
static volatile sig_atomic_t guarded, last_signal;

static void caught(int signal)
{
	last_signal = signal;
	if (guarded)
		siglongjmp(back[guarded - 1], 1);
	_exit(128 + signal);
}

static void region_new(int i, size_t page)
{
	char *p = mmap(NULL, REGION_BYTES + 2 * page, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED || mprotect(p, page, PROT_NONE) ||
	    mprotect(p + page + REGION_BYTES, page, PROT_NONE)) {
		perror("checkkernels: cannot make guarded memory");
		exit(1);
	}
	region[i] = p + page;
}

void check_memory_init(void)
{
	static const int signals[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE };
	struct sigaction action = { .sa_handler = caught };

	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		sigaction(signals[i], &action, NULL);
	for (int i = 0; i < REGIONS; i++)
		region_new(i, (size_t)sysconf(_SC_PAGESIZE));
}

static void canaries(char *from, char *to)
{
	static const uint32_t mark = CHECK_CANARY;

	for (; to - from >= 4; from += 4)
		memcpy(from, &mark, 4);
}

void *check_memory_place(int which, enum check_place place, size_t bytes,
			 size_t offset)
{
	char *first = region[which], *last = first + REGION_BYTES, *p, *end;

	if (place == CHECK_AT_END)
		p = last - bytes;
	else if (place == CHECK_AT_START)
		p = first;
	else
		p = first + 4096 + 4 * offset;
	end = p + bytes;
	canaries(p - first > 4 * MARGIN ? p - 4 * MARGIN : first, p);
	canaries(end, last - end > 4 * MARGIN ? end + 4 * MARGIN : last);
	return p;
}

const float *check_memory_changed(int which, const float *p, size_t floats)
{
	const float *first = (const float *)(const void *)region[which];
	const float *last = first + REGION_BYTES / 4, *end = p + floats, *q;

	for (q = p - first > MARGIN ? p - MARGIN : first; q < p; q++)
		if (check_bits(*q) != CHECK_CANARY)
			return q;
	for (q = end; q < last && q < end + MARGIN; q++)
		if (check_bits(*q) != CHECK_CANARY)
			return q;
	return NULL;
}

float *check_memory_forbidden(void)
{
	return (float *)(void *)(region[0] + REGION_BYTES);
}

/* The mask is saved, so that the next fault is caught too: in a handler its
 * own signal is blocked, and under ThreadSanitizer all are. */
int check_guard(void (*f)(void *), void *argument)
{
	volatile sig_atomic_t before = guarded;

	if (sigsetjmp(back[before], 1)) {
		guarded = before;
		return (int)last_signal;
	}
	guarded = before + 1;
	f(argument);
	guarded = before;
	return 0;
}

int check_flush_to_zero(void)
{
	volatile float tiny = 0x1p-126f, half = 0.5f, least = 0x1p-149f;

	return tiny * half == 0.0f || least + least != 0x1p-148f;
}
