/*
 * confine.c - what a child gives up before it sees the first picture.
 *
 * After confine_enter a child can read and write the sockets it has, return
 * from signals and end; it can open nothing, connect nowhere, start nothing
 * and take no more memory.  Where seccomp is not to be had (other systems,
 * user-mode emulation, sanitizers) the resource limits remain.
 */
#include "image/decoder_wire.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/base.h"

#if defined(__linux__) && !defined(CONFINE_SANITIZED)
#include <sys/prctl.h>
#include <sys/syscall.h>
#if defined(__has_include)
#if __has_include(<linux/seccomp.h>) && __has_include(<linux/filter.h>) && \
	__has_include(<linux/audit.h>)
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#if defined(__x86_64__) && !defined(__ILP32__)
#define CONFINE_MACHINE AUDIT_ARCH_X86_64
#elif defined(__i386__)
#define CONFINE_MACHINE AUDIT_ARCH_I386
#elif defined(__aarch64__) && defined(__AARCH64EL__)
#define CONFINE_MACHINE AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define CONFINE_MACHINE AUDIT_ARCH_RISCV64
#elif defined(__s390x__)
#define CONFINE_MACHINE AUDIT_ARCH_S390X
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
#define CONFINE_MACHINE AUDIT_ARCH_PPC64LE
#endif
#endif
#endif
#endif

const char *confine_name(enum confine level)
{
	static const char *const names[CONFINE_LEVELS] = {
		"seccomp filter and limits", "strict seccomp and limits",
		"resource limits"
	};
	return names[level];
}

_Noreturn void confine_exit(void)
{
#if defined(__linux__) && !defined(CONFINE_SANITIZED)
	syscall(SYS_exit, 0);	/* strict seccomp knows no exit_group */
#endif
	_exit(0);
}

static void limit_set(int what, rlim_t value)
{
	struct rlimit now;

	if (getrlimit(what, &now) < 0)
		return;
	now.rlim_cur = value;
	if (now.rlim_max == RLIM_INFINITY || now.rlim_max > value)
		now.rlim_max = value;
	setrlimit(what, &now);
}

static void limits_set(enum confine level)
{
	limit_set(RLIMIT_CORE, 0);
#ifndef CONFINE_SANITIZED	/* which writes its report to a file */
	limit_set(RLIMIT_FSIZE, 0);
	limit_set(RLIMIT_NOFILE, 0);	/* those that are open stay open */
#ifdef RLIMIT_NPROC
	limit_set(RLIMIT_NPROC, 0);
#endif
#ifdef RLIMIT_AS
	/* All memory is there already.  A debugger that runs the program, such
	 * as valgrind, needs memory of its own and gets the last level. */
	if (level != CONFINE_LIMITS)
		limit_set(RLIMIT_AS, 0);
#endif
#endif
	(void)level;
}

#ifdef CONFINE_MACHINE
static int filter_enter(void)
{
	enum { CALLS = 5 };
	static const uint32_t calls[CALLS] = {
		SYS_read, SYS_write, SYS_exit, SYS_exit_group, SYS_rt_sigreturn
	};
	struct sock_filter code[4 + CALLS + 2];
	struct sock_fprog program = { ARRAY_LEN(code), code };
	size_t n = 0;

	code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		offsetof(struct seccomp_data, arch));
	code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
		CONFINE_MACHINE, 1, 0);
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
		SECCOMP_RET_KILL);
	code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		offsetof(struct seccomp_data, nr));
	for (unsigned i = 0; i < CALLS; i++)
		code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ |
			BPF_K, calls[i], (unsigned char)(CALLS - i), 0);
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
		SECCOMP_RET_KILL);
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
		SECCOMP_RET_ALLOW);
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
}
#else
static int filter_enter(void)
{
	return -1;
}
#endif

int confine_enter(enum confine level)
{
#if defined(__linux__) && !defined(CONFINE_SANITIZED)
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
	limits_set(level);
	if (level == CONFINE_LIMITS) {
#ifdef __OpenBSD__
		return pledge("stdio", NULL);
#else
		return 0;
#endif
	}
	if (level == CONFINE_FILTER)
		return filter_enter();
#if defined(__linux__) && !defined(CONFINE_SANITIZED)
	enum { SECCOMP_STRICT = 1 };
	return prctl(PR_SET_SECCOMP, SECCOMP_STRICT, 0, 0, 0);
#else
	return -1;
#endif
}

void confine_clock(enum confine level, int seconds)
{
	struct rusage used;
	struct rlimit limit;

	if (level != CONFINE_LIMITS || getrusage(RUSAGE_SELF, &used) < 0 ||
	    getrlimit(RLIMIT_CPU, &limit) < 0)
		return;
	rlim_t spent = (rlim_t)(used.ru_utime.tv_sec + used.ru_stime.tv_sec);
	limit.rlim_cur = spent + (rlim_t)seconds;
	setrlimit(RLIMIT_CPU, &limit);
}
