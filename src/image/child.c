/*
 * child.c - a process that does nothing but decode.
 *
 * It sets up all memory it will ever need, gives up every right
 * (confine.c), and then reads tasks and writes answers until its socket is
 * closed.  Whatever a picture does to it, the worst it can reach is this
 * process.
 */
#include "image/picture.h"
#include "image/stb.h"
#include "image/decoder_wire.h"

#include <string.h>
#include <sys/mman.h>

enum {
	STACK_BYTES = 512 << 10,	/* stb needs some 30 KB */
	CPU_SECONDS = 20,
};

#ifndef MAP_NORESERVE
#define MAP_NORESERVE 0
#endif
#ifndef MAP_ANONYMOUS
#define MAP_ANONYMOUS MAP_ANON
#endif

/* Later the stack could not grow: address space is limited to what is there. */
static void stack_touch(void)
{
	volatile unsigned char stack[STACK_BYTES];

	for (size_t i = 0; i < sizeof(stack); i += 1024)
		stack[i] = 0;
}

static void *region_new(size_t bytes)
{
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	return p == MAP_FAILED ? NULL : p;
}

size_t child_space_bytes(void)
{
	return (size_t)PICTURE_MAX_BYTES * 2 + PICTURE_MAX_MEMORY;
}

int child_space_there(void)
{
	void *all = region_new(child_space_bytes());

	return all && munmap(all, child_space_bytes()) == 0;
}

/* Blends `count` pixels of 4 bytes with white into 3 bytes each, in place.
 * The exact quotient, rounded to nearest. */
static void pixels_blend(unsigned char *pixels, size_t count)
{
	const unsigned char *in = pixels;

	for (size_t i = 0; i < count; i++, in += 4) {
		unsigned alpha = in[3];
		for (int c = 0; c < 3; c++)
			*pixels++ = (unsigned char)((in[c] * alpha +
				255 * (255 - alpha) + 127) / 255);
	}
}

static int answer_refuse(int fd, const struct stb_result *r)
{
	struct wire_answer a = { .used_bytes = r->used_bytes };

	strncpy(a.reason, r->reason, sizeof(a.reason) - 1);
	return decoder_wire_write(fd, &a, sizeof(a));
}

static int answer_pixels(int fd, const struct stb_result *r, unsigned channels)
{
	struct wire_answer a = {
		.width = r->width, .height = r->height,
		.used_bytes = r->used_bytes, .ok = 1
	};
	if (channels == 4)
		pixels_blend(r->pixels, r->width * r->height);
	if (decoder_wire_write(fd, &a, sizeof(a)) < 0)
		return -1;
	return decoder_wire_write(fd, r->pixels, r->width * r->height * 3);
}

_Noreturn void child_run(int fd, enum confine level)
{
	unsigned char *input = region_new(PICTURE_MAX_BYTES * 2);
	unsigned char *region = region_new(PICTURE_MAX_MEMORY);
	struct wire_task task;
	struct stb_result r;

	if (!input || !region)
		confine_exit();
	stb_use(region, PICTURE_MAX_MEMORY);
	stack_touch();
	if (confine_enter(level) < 0)
		confine_exit();
	while (decoder_wire_read(fd, &task, sizeof(task)) == 0) {
		if (task.bytes > PICTURE_MAX_BYTES * 2 ||
		    decoder_wire_read(fd, input, task.bytes) < 0)
			break;
		confine_clock(level, CPU_SECONDS);
		stb_decode(&r, input, task.bytes, (int)task.channels,
			   task.memory);
		int done = r.pixels ? answer_pixels(fd, &r, task.channels) :
				      answer_refuse(fd, &r);
		if (done < 0)
			break;
	}
	confine_exit();
}
