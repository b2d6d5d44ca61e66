/*
 * arena.c - one region, a mark, and fences.
 */
#include "image/arena.h"

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

void *arena_new(size_t bytes)
{
	size_t at = arena.used;

	if (!arena_fits(at, bytes))
		return NULL;
	arena_extend(at, at + arena_round(bytes));
	arena.last = at;
	fence_raise(arena.base + at + bytes, arena.used - at - bytes);
	return arena.base + at;
}

void arena_drop(void *block)
{
	if (block && (unsigned char *)block == arena.base + arena.last &&
	    arena.used > arena.last) {
		fence_raise(block, arena.used - arena.last);
		arena.used = arena.last;
	}
}

void *arena_grow(void *block, size_t old, size_t bytes)
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

void arena_use(void *region, size_t bytes)
{
	arena.base = region;
	arena.size = bytes;
	arena.used = arena.last = arena.dirty = 0;
	fence_raise(arena.base, arena.size);
}

void arena_reset(size_t limit)
{
	arena.limit = limit < arena.size ? limit : arena.size;
	arena.used = arena.last = arena.peak = 0;
	fence_raise(arena.base, arena.dirty);
}

size_t arena_peak(void)
{
	return arena.peak;
}
