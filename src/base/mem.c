/*
 * mem.c - the only place that calls malloc; see mem.h for what must hold.
 *
 * Growing allocates anew and copies, since realloc does not keep alignment;
 * doubling keeps that cheap.  The counters are atomic: threads may allocate.
 */
#include "base/mem.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <string.h>

static atomic_uint_fast64_t made;	/* allocations asked for so far */
static atomic_uint_fast64_t failing;	/* the one to fail, 0: none */
static atomic_int failing_onwards;

int mem_product(size_t a, size_t b, size_t *product)
{
	if (b && a > SIZE_MAX / b)
		return 0;
	*product = a * b;
	return 1;
}

static int must_fail(void)
{
	uint64_t number = atomic_fetch_add(&made, 1) + 1;
	uint64_t first = atomic_load(&failing);

	if (!first)
		return 0;
	return number == first ||
	       (number > first && atomic_load(&failing_onwards));
}

/* Large blocks on huge pages, where the system has them for the asking: a
 * training step walks tens of megabytes and would miss in the TLB all along. */
enum { HUGE_PAGE = 2 << 20, HUGE_FROM = 2 * HUGE_PAGE };

static size_t alignment_for(size_t bytes)
{
	return bytes >= HUGE_FROM ? HUGE_PAGE : MEM_ALIGN;
}

static void ask_huge(void *block, size_t bytes)
{
#ifdef MADV_HUGEPAGE
	if (bytes >= HUGE_FROM)
		madvise(block, bytes / HUGE_PAGE * HUGE_PAGE, MADV_HUGEPAGE);
#else
	(void)block;
	(void)bytes;
#endif
}

void *mem_new(size_t count, size_t size, struct error *e)
{
	size_t bytes;
	void *block;

	/* PTRDIFF_MAX: no object may be larger, or pointers cannot subtract. */
	if (!mem_product(count, size, &bytes) || bytes > PTRDIFF_MAX) {
		fail(e, ERROR_FAILED, "out of memory: %zu items of %zu bytes "
		     "are more than this machine can address", count, size);
		return NULL;
	}
	if (must_fail() || posix_memalign(&block, alignment_for(bytes),
					  MAX(bytes, 1))) {
		fail(e, ERROR_FAILED, "out of memory: %zu bytes were needed",
		     bytes);
		return NULL;
	}
	ask_huge(block, bytes);
	memset(block, 0, MAX(bytes, 1));
	return block;
}

int mem_grow(void *block, size_t *room, size_t need, size_t size,
	     struct error *e)
{
	void *old, *grown;
	size_t more;

	if (need <= *room)
		return 0;
	memcpy(&old, block, sizeof(old));
	more = *room > SIZE_MAX / 2 ? need : MAX(need, *room * 2);
	more = MAX(more, 8);
	grown = mem_new(more, size, e);
	if (!grown)
		return ERROR_FAILED;
	if (old)
		memcpy(grown, old, *room * size);
	mem_free(old);
	memcpy(block, &grown, sizeof(grown));
	*room = more;
	return 0;
}

void mem_free(void *block)
{
	free(block);
}

void mem_fail_at(uint64_t n, int onwards)
{
	atomic_store(&failing_onwards, onwards);
	atomic_store(&failing, n ? atomic_load(&made) + n : 0);
}

uint64_t mem_count(void)
{
	return atomic_load(&made);
}
