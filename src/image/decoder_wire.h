/*
 * decoder_wire.h - what the decoder, its fork server and its children say to
 * each other.  Private to src/image.
 *
 * All run on one machine from one program, so records travel as they lie in
 * memory.  The decoder trusts nothing that a child sends.
 *
 *	decoder -> child	struct wire_task, then task.bytes bytes
 *	child -> decoder	struct wire_answer, then, if answer.ok,
 *				width * height * 3 bytes
 *	decoder -> server	struct wire_order with one descriptor
 *	server -> decoder	struct wire_report
 */
#ifndef WIRE_H
#define WIRE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { WIRE_MAX_CHILDREN = 256 };

/* A sanitizer makes system calls of its own and needs its memory. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
	__has_feature(memory_sanitizer)
#define CONFINE_SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define CONFINE_SANITIZED 1
#endif

struct wire_task {
	uint64_t bytes;		/* of the file, or of what the filter left */
	uint64_t memory;	/* that the decoding may take */
	uint32_t kind;		/* enum picture_kind */
	uint32_t channels;	/* PNG: 3, or 4: blend with white */
	uint32_t block;		/* JPEG: samples per 8 of the file */
	uint32_t unused;	/* no padding: it would not be set */
};

struct wire_answer {
	uint64_t width, height;
	uint64_t used_bytes;
	uint32_t ok;
	char reason[188];	/* when not ok */
};

/* How much a child is held back; the first that works here is taken. */
enum confine {
	CONFINE_FILTER,		/* system calls by seccomp filter, no memory */
	CONFINE_STRICT,		/* the same by strict seccomp */
	CONFINE_LIMITS,		/* resource limits only */
	CONFINE_LEVELS,
};

struct wire_order {
	int32_t slot;		/* whose child is ended and made anew */
	int32_t level;		/* enum confine */
};

struct wire_report {
	int32_t status;		/* of the old child, as waitpid gives it */
	int32_t pid;		/* of the new one, or -1 */
};

/* All of it, or -1; end of file too.  For blocking sockets. */
int decoder_wire_read(int fd, void *data, size_t bytes);
int decoder_wire_write(int fd, const void *data, size_t bytes);

/* Sends an order with a descriptor; receives one.  0 or -1. */
int decoder_wire_order_send(int fd, const struct wire_order *o, int passed);
int decoder_wire_order_receive(int fd, struct wire_order *o, int *passed);

/* The fork server: serves orders on `control` until it ends.  Call it in a
 * process of its own. */
_Noreturn void decoder_forkserver_run(int control);

/* A child: decodes tasks from fd until it ends. */
_Noreturn void child_run(int fd, enum confine level);
/* The address space that a child maps, and whether it is to be had. */
size_t child_space_bytes(void);
int child_space_there(void);

/* Ends this process with no system call that a confined one may not make. */
_Noreturn void confine_exit(void);
/* Drops what can be dropped at this level; -1 if the level is not to be had
 * here. */
int confine_enter(enum confine level);
/* Allows `seconds` more of processor time, where that can still be set. */
void confine_clock(enum confine level, int seconds);
/* "seccomp filter", ... */
const char *confine_name(enum confine level);

#endif
