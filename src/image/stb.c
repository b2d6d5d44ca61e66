/*
 * stb.c - the one file that holds stb_image.
 *
 * It is compiled without warnings, since the code is not ours; with -fwrapv,
 * since version 2.27 overflows signed integers on crafted files
 * (CVE-2022-28041); and with -fno-strict-aliasing.  Only JPEG and PNG from
 * memory are built in, and no SIMD: stb's SSE2 and NEON transforms saturate to
 * 16 bits where its C code does not, so on wild coefficients the pixels would
 * depend on the machine.
 *
 * Memory comes from one region by moving a mark: no malloc in the child, a
 * cap for each picture, and every byte handed out is zero (stb reads some
 * fields before it sets them).  Under AddressSanitizer each block is fenced,
 * so that an overflow within the region is seen.
 */
#include "image/stb.h"

#include <stdint.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#define STB_FENCED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define STB_FENCED 1
#endif
#endif

#ifdef STB_FENCED
#include <sanitizer/asan_interface.h>
#define fence_raise(at, bytes) __asan_poison_memory_region(at, bytes)
#define fence_lower(at, bytes) __asan_unpoison_memory_region(at, bytes)
#else
#define fence_raise(at, bytes) ((void)(at))
#define fence_lower(at, bytes) ((void)(at))
#endif

enum { ARENA_ALIGN = 64 };

static struct {
	unsigned char *base;
	size_t size;
	size_t limit;		/* of this picture, at most size */
	size_t used;		/* the mark */
	size_t last;		/* where the newest block starts */
	size_t peak;
	size_t dirty;		/* bytes from here on were never handed out */
} arena;

static size_t arena_round(size_t bytes)
{
	/* one unit more, so that fenced blocks never touch */
	return (bytes / ARENA_ALIGN + 2) * ARENA_ALIGN;
}

/* Moves the mark to `end`, zeroing what had been in use before. */
static void arena_extend(size_t from, size_t end)
{
	size_t old = from < arena.dirty ?
		(end < arena.dirty ? end : arena.dirty) - from : 0;
	fence_lower(arena.base + from, end - from);
	memset(arena.base + from, 0, old);
	arena.used = end;
	if (arena.used > arena.dirty)
		arena.dirty = arena.used;
	if (arena.used > arena.peak)
		arena.peak = arena.used;
}

static int arena_fits(size_t from, size_t bytes)
{
	return bytes < arena.limit &&
	       arena_round(bytes) <= arena.limit - from;
}

static void *arena_new(size_t bytes)
{
	size_t at = arena.used;

	if (!arena_fits(at, bytes))
		return NULL;
	arena_extend(at, at + arena_round(bytes));
	arena.last = at;
	fence_raise(arena.base + at + bytes, arena.used - at - bytes);
	return arena.base + at;
}

static void arena_drop(void *block)
{
	if (block && (unsigned char *)block == arena.base + arena.last &&
	    arena.used > arena.last) {
		fence_raise(block, arena.used - arena.last);
		arena.used = arena.last;
	}
}

static void *arena_grow(void *block, size_t old, size_t bytes)
{
	if (!block)
		return arena_new(bytes);
	if (bytes <= old)
		return block;
	if ((unsigned char *)block == arena.base + arena.last) {
		if (!arena_fits(arena.last, bytes))
			return NULL;
		size_t end = arena.last + arena_round(bytes);
		fence_lower(block, end - arena.last);
		arena_extend(arena.last + old, end);
		fence_raise(arena.base + arena.last + bytes,
			    arena.used - arena.last - bytes);
		return block;
	}
	void *new = arena_new(bytes);
	if (new)
		memcpy(new, block, old);
	return new;
}

#define STBI_MALLOC(bytes) arena_new(bytes)
#define STBI_REALLOC_SIZED(block, old, bytes) arena_grow(block, old, bytes)
#define STBI_FREE(block) arena_drop(block)
#define STBI_ONLY_JPEG
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

void stb_use(void *region, size_t bytes)
{
	arena.base = region;
	arena.size = bytes;
	arena.used = arena.last = arena.dirty = 0;
	fence_raise(arena.base, arena.size);
}

void stb_decode(struct stb_result *r, const unsigned char *data, size_t bytes,
		int channels, size_t memory)
{
	int width = 0, height = 0, stored = 0;

	arena.limit = memory < arena.size ? memory : arena.size;
	arena.used = arena.last = arena.peak = 0;
	fence_raise(arena.base, arena.dirty);
	*r = (struct stb_result){0};
	r->pixels = stbi_load_from_memory(data, (int)bytes, &width, &height,
					  &stored, channels);
	r->used_bytes = arena.peak;
	if (!r->pixels) {
		r->reason = stbi_failure_reason();
		if (!r->reason)
			r->reason = "damaged";
		return;
	}
	r->width = (size_t)width;
	r->height = (size_t)height;
}
