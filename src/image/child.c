/*
 * child.c - a process that does nothing but decode.
 *
 * It sets up all memory it will ever need, gives up every right
 * (confine.c), and then reads tasks and writes answers until its socket is
 * closed.  Whatever a picture does to it, the worst it can reach is this
 * process.
 */
#include "image/arena.h"
#include "image/jpeg.h"
#include "image/picture_plain.h"
#include "image/stb.h"
#include "image/decoder_wire.h"

#include <string.h>
#include <sys/mman.h>

enum {
	STACK_BYTES = 512 << 10,	/* stb needs some 30 KB */
	CHUNK_BYTES = 64 << 10,		/* of rows that are sent at a time */
	CPU_SECONDS = 20,
	/* a filter adds little: a palette filled up, one chunk's frame */
	INPUT_BYTES = PICTURE_MAX_BYTES + 4096,
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
	return (size_t)INPUT_BYTES + PICTURE_MAX_MEMORY;
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

static int answer_refuse(int fd, const char *reason)
{
	struct wire_answer a = { .used_bytes = arena_peak() };

	for (size_t i = 0; reason[i] && i + 1 < sizeof(a.reason); i++)
		a.reason[i] = reason[i];
	return decoder_wire_write(fd, &a, sizeof(a));
}

/* A whole picture of [height, width, 3]. */
static int answer_pixels(int fd, size_t width, size_t height,
			 const unsigned char *rgb)
{
	struct wire_answer a = {
		.width = width, .height = height,
		.used_bytes = arena_peak(), .ok = 1
	};
	if (decoder_wire_write(fd, &a, sizeof(a)) < 0)
		return -1;
	return decoder_wire_write(fd, rgb, width * height * 3);
}

static int stb_answer(int fd, const struct wire_task *task,
		      const unsigned char *data)
{
	struct stb_result r;

	stb_decode(&r, data, task->bytes, (int)task->channels, task->memory);
	if (!r.pixels)
		return answer_refuse(fd, r.reason);
	if (task->channels == 4)
		pixels_blend(r.pixels, r.width * r.height);
	return answer_pixels(fd, r.width, r.height, r.pixels);
}

static int plain_answer(int fd, const struct wire_task *task,
			const unsigned char *data)
{
	static int (*const header[PICTURE_KINDS])(struct plain *p,
						  struct error *e) = {
		[PICTURE_BMP] = bmp_header, [PICTURE_GIF] = gif_header,
		[PICTURE_PNM] = pnm_header
	};
	static int (*const pixels[PICTURE_KINDS])(struct plain *p,
						  unsigned char *rgb,
						  struct error *e) = {
		[PICTURE_BMP] = bmp_pixels, [PICTURE_GIF] = gif_pixels,
		[PICTURE_PNM] = pnm_pixels
	};
	struct plain p = { .data = data, .bytes = task->bytes };
	struct error e = {0};
	unsigned char *rgb = NULL;

	arena_reset(task->memory);
	if (header[task->kind](&p, &e) == 0) {
		rgb = arena_new(p.width * p.height * 3);
		if (!rgb)
			return answer_refuse(fd, "outofmem");
		memset(rgb, 255, p.width * p.height * 3);
		pixels[task->kind](&p, rgb, &e);
	}
	return e.code ? answer_refuse(fd, e.text) :
			answer_pixels(fd, p.width, p.height, rgb);
}

/* Rows go out as they are made: no picture is ever held as RGB. */
static int rows_send(int fd, struct jpeg *j, struct jpeg_rows *rows,
		     unsigned char *chunk)
{
	size_t line = j->out_width * 3, filled = 0;

	for (size_t y = 0; y < j->out_height; y++) {
		jpeg_rows_take(rows, y, chunk + filled);
		filled += line;
		if (filled < CHUNK_BYTES && y + 1 < j->out_height)
			continue;
		if (decoder_wire_write(fd, chunk, filled) < 0)
			return -1;
		filled = 0;
	}
	return 0;
}

static int jpeg_answer(int fd, const struct wire_task *task,
		       const unsigned char *data)
{
	static struct jpeg j;
	struct error e = {0};
	struct jpeg_rows *rows = NULL;
	unsigned char *chunk = NULL;

	arena_reset(task->memory);
	if (jpeg_decode(&j, data, task->bytes, (int)task->block, &e) == 0)
		rows = jpeg_rows_open(&j, &e);
	if (rows)
		chunk = arena_new(CHUNK_BYTES +
				  3 * (j.out_width + PIXELS_SPARE));
	if (!chunk)
		return answer_refuse(fd, e.code ? e.text : "no room for rows");
	struct wire_answer a = {
		.width = j.out_width, .height = j.out_height,
		.used_bytes = arena_peak(), .ok = 1
	};
	if (decoder_wire_write(fd, &a, sizeof(a)) < 0)
		return -1;
	return rows_send(fd, &j, rows, chunk);
}

_Noreturn void child_run(int fd, enum confine level)
{
	unsigned char *input = region_new(INPUT_BYTES);
	unsigned char *region = region_new(PICTURE_MAX_MEMORY);
	struct wire_task task;

	if (!input || !region)
		confine_exit();
	arena_use(region, PICTURE_MAX_MEMORY);
	stack_touch();
	if (confine_enter(level) < 0)
		confine_exit();
	while (decoder_wire_read(fd, &task, sizeof(task)) == 0) {
		if (task.bytes > INPUT_BYTES ||
		    decoder_wire_read(fd, input, task.bytes) < 0)
			break;
		confine_clock(level, CPU_SECONDS);
		int done = task.kind == PICTURE_JPEG ?
			   jpeg_answer(fd, &task, input) :
			   task.kind == PICTURE_PNG ?
			   stb_answer(fd, &task, input) :
			   plain_answer(fd, &task, input);
		if (done < 0)
			break;
	}
	confine_exit();
}
