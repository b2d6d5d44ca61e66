/*
 * stb.c - the one file that holds stb_image.
 *
 * It is compiled without warnings, since the code is not ours; with -fwrapv,
 * since version 2.27 overflows signed integers on crafted files; and with
 * -fno-strict-aliasing.  Only PNG from memory is built in, and no SIMD: the
 * pixels may not depend on the machine.
 *
 * Memory comes from the arena, where every byte handed out is zero: stb reads
 * some fields before it sets them.
 */
#include "image/stb.h"

#include "image/arena.h"

#define STBI_MALLOC(bytes) arena_new(bytes)
#define STBI_REALLOC_SIZED(block, old, bytes) arena_grow(block, old, bytes)
#define STBI_FREE(block) arena_drop(block)
#define STBI_ONLY_PNG
#define STBI_NO_STDIO
#define STBI_NO_LINEAR
#define STBI_NO_HDR
#define STBI_NO_SIMD
#define STBI_NO_THREAD_LOCALS
#define STBI_MAX_DIMENSIONS 16384
#define STB_IMAGE_STATIC
#define STB_IMAGE_IMPLEMENTATION
#include "stb_image.h"

void stb_decode(struct stb_result *r, const unsigned char *data, size_t bytes,
		int channels, size_t memory)
{
	int width = 0, height = 0, stored = 0;

	arena_reset(memory);
	*r = (struct stb_result){0};
	r->pixels = stbi_load_from_memory(data, (int)bytes, &width, &height,
					  &stored, channels);
	if (!r->pixels) {
		r->reason = stbi_failure_reason();
		if (!r->reason)
			r->reason = "damaged";
		return;
	}
	r->width = (size_t)width;
	r->height = (size_t)height;
}
