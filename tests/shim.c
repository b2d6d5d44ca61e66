/*
 * shim.c - calls of the system that fail when told, for tools/faults.sh.
 *
 *	cc -shared -fPIC tests/shim.c -o shim.so -ldl
 *	FAULT_CALL=fopen FAULT_AT=3 FAULT_ERRNO=24 LD_PRELOAD=shim.so seesay ...
 *
 * The FAULT_AT-th call of FAULT_CALL fails with FAULT_ERRNO, with FAULT_ON=1
 * all that follow, too.  FAULT_TELL is a file where the number of calls is
 * written at the end.  Only the process that was started is touched.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

static const char *wanted;
static long at;
static int reason, on, ready;
static pid_t process;
static atomic_long calls;

__attribute__((constructor)) static void shim_start(void)
{
	const char *n = getenv("FAULT_AT"), *e = getenv("FAULT_ERRNO");

	wanted = getenv("FAULT_CALL");
	at = n ? atol(n) : 0;
	reason = e ? atoi(e) : EIO;
	on = getenv("FAULT_ON") != NULL;
	process = getpid();
	ready = wanted != NULL;
}

__attribute__((destructor)) static void shim_end(void)
{
	const char *tell = getenv("FAULT_TELL");
	char text[32];

	if (!tell || !ready || getpid() != process)
		return;
	ready = 0;
	int fd = open(tell, O_WRONLY | O_CREAT | O_TRUNC, 0666);
	int n = snprintf(text, sizeof(text), "%ld\n", (long)calls);
	if (fd >= 0) {
		(void)!write(fd, text, (size_t)n);
		close(fd);
	}
}

static int fails(const char *call)
{
	if (!ready || strcmp(call, wanted) != 0 || getpid() != process)
		return 0;
	long n = atomic_fetch_add(&calls, 1) + 1;
	if (!at || (on ? n < at : n != at))
		return 0;
	errno = reason;
	return 1;
}

/* The system's own; dlsym may allocate, which then takes this room. */
static char room[8192];
static size_t used;
static int looking;

static void *next_of(const char *name)
{
	void *found;

	looking++;
	found = dlsym(RTLD_NEXT, name);
	looking--;
	return found;
}

#define NEXT(result, name, parameters)                    \
	static result(*real) parameters;                  \
	if (!real)                                        \
		*(void **)&real = next_of(name)

static void *room_take(size_t bytes)
{
	void *p = room + used;

	used += (bytes + 15) / 16 * 16;
	return used <= sizeof(room) ? p : NULL;
}

void *malloc(size_t bytes)
{
	if (looking)
		return room_take(bytes);
	NEXT(void *, "malloc", (size_t));
	return fails("malloc") ? NULL : real(bytes);
}

void *calloc(size_t n, size_t bytes)
{
	if (looking)
		return room_take(n * bytes);
	NEXT(void *, "calloc", (size_t, size_t));
	return fails("malloc") ? NULL : real(n, bytes);
}

void *realloc(void *p, size_t bytes)
{
	NEXT(void *, "realloc", (void *, size_t));
	return fails("malloc") ? NULL : real(p, bytes);
}

int posix_memalign(void **p, size_t align, size_t bytes)
{
	NEXT(int, "posix_memalign", (void **, size_t, size_t));
	return fails("malloc") ? ENOMEM : real(p, align, bytes);
}

void free(void *p)
{
	if ((char *)p >= room && (char *)p < room + sizeof(room))
		return;
	NEXT(void, "free", (void *));
	real(p);
}

#define OPEN(name)                                        \
	int name(const char *path, int flags, ...)        \
	{                                                 \
		va_list more;                             \
		va_start(more, flags);                    \
		mode_t mode = flags & O_CREAT ?           \
			      va_arg(more, mode_t) : 0;   \
		va_end(more);                             \
		NEXT(int, #name, (const char *, int, ...)); \
		return fails("open") ? -1 : real(path, flags, mode); \
	}
OPEN(open)
OPEN(open64)

#define FOPEN(name)                                       \
	FILE *name(const char *path, const char *mode)    \
	{                                                 \
		NEXT(FILE *, #name, (const char *, const char *)); \
		return fails("fopen") ? NULL : real(path, mode); \
	}
FOPEN(fopen)
FOPEN(fopen64)

FILE *fdopen(int fd, const char *mode)
{
	NEXT(FILE *, "fdopen", (int, const char *));
	return fails("fdopen") ? NULL : real(fd, mode);
}

static void stream_fail(FILE *f)
{
#ifdef __GLIBC__
	f->_flags |= 0x20;	/* what ferror looks at */
#endif
	(void)f;
}

size_t fread(void *to, size_t size, size_t n, FILE *f)
{
	NEXT(size_t, "fread", (void *, size_t, size_t, FILE *));
	if (!fails("fread"))
		return real(to, size, n, f);
	stream_fail(f);
	return 0;
}

size_t fwrite(const void *from, size_t size, size_t n, FILE *f)
{
	NEXT(size_t, "fwrite", (const void *, size_t, size_t, FILE *));
	if (f == stderr || !fails("fwrite"))
		return real(from, size, n, f);
	stream_fail(f);
	return 0;
}

int fflush(FILE *f)
{
	NEXT(int, "fflush", (FILE *));
	if (!f || f == stderr || !fails("fflush"))
		return real(f);
	stream_fail(f);
	return EOF;
}

int fclose(FILE *f)
{
	NEXT(int, "fclose", (FILE *));
	int failed = fails("fclose"), code = real(f);
	if (failed)
		errno = reason;
	return failed ? EOF : code;
}

ssize_t read(int fd, void *to, size_t bytes)
{
	NEXT(ssize_t, "read", (int, void *, size_t));
	return fails("read") ? -1 : real(fd, to, bytes);
}

ssize_t write(int fd, const void *from, size_t bytes)
{
	NEXT(ssize_t, "write", (int, const void *, size_t));
	return fails("write") ? -1 : real(fd, from, bytes);
}

int fsync(int fd)
{
	NEXT(int, "fsync", (int));
	return fails("fsync") ? -1 : real(fd);
}

int rename(const char *from, const char *to)
{
	NEXT(int, "rename", (const char *, const char *));
	return fails("rename") ? -1 : real(from, to);
}

int fstat(int fd, struct stat *st)
{
	NEXT(int, "fstat", (int, struct stat *));
	return fails("fstat") ? -1 : real(fd, st);
}

int fstat64(int fd, struct stat64 *st)
{
	NEXT(int, "fstat64", (int, struct stat64 *));
	return fails("fstat") ? -1 : real(fd, st);
}

int stat64(const char *path, struct stat64 *st)
{
	NEXT(int, "stat64", (const char *, struct stat64 *));
	return fails("stat") ? -1 : real(path, st);
}

void *mmap(void *where, size_t bytes, int rights, int flags, int fd, off_t from)
{
	NEXT(void *, "mmap", (void *, size_t, int, int, int, off_t));
	return fails("mmap") ? MAP_FAILED :
	       real(where, bytes, rights, flags, fd, from);
}

void *mmap64(void *where, size_t bytes, int rights, int flags, int fd,
	     off64_t from)
{
	NEXT(void *, "mmap64", (void *, size_t, int, int, int, off64_t));
	return fails("mmap") ? MAP_FAILED :
	       real(where, bytes, rights, flags, fd, from);
}

int socketpair(int domain, int type, int protocol, int pair[2])
{
	NEXT(int, "socketpair", (int, int, int, int[2]));
	return fails("socketpair") ? -1 : real(domain, type, protocol, pair);
}

pid_t fork(void)
{
	NEXT(pid_t, "fork", (void));
	return fails("fork") ? -1 : real();
}

int pthread_create(pthread_t *t, const pthread_attr_t *a,
		   void *(*work)(void *), void *context)
{
	NEXT(int, "pthread_create", (pthread_t *, const pthread_attr_t *,
				     void *(*)(void *), void *));
	return fails("pthread_create") ? EAGAIN : real(t, a, work, context);
}
