/*
 * cooc.c - counting pairs in 16 hash tables, one for each block of rows.
 *
 * Each table is one item for the pool: it reads all tokens and takes those of
 * its rows, so no table is shared.  Open addressing, linear steps, at most
 * three quarters full; then closed up and sorted, and the hash order is gone.
 */
#include "text/cooc.h"

#include <stdlib.h>

struct counter {
	struct cooc *c;
	const struct vocab *v;
	int window;
	uint64_t units[COOC_MAX_WINDOW + 1];	/* by distance */
	uint64_t memory_bytes;
	size_t slots_max;			/* while growing: old + new */
	struct error error[COOC_BLOCKS];
};

struct hash {
	struct cooc_entry *slots;	/* [count of slots], a power of two */
	size_t slot_count;
	int shift;			/* 64 - log2(slot_count) */
	size_t used;
};

enum { FIRST_BITS = 8 };

static uint64_t lcm_up_to(int n)
{
	uint64_t lcm = 1;

	for (int i = 2; i <= n; i++) {
		uint64_t a = lcm, b = (uint64_t)i;

		while (b) {
			uint64_t rest = a % b;

			a = b;
			b = rest;
		}
		lcm = lcm / a * (uint64_t)i;
	}
	return lcm;
}

/* Multiplicative hashing (Knuth): the top bits of key * 2^64 / golden ratio. */
static struct cooc_entry *slot_of(const struct hash *h, uint64_t key)
{
	size_t mask = h->slot_count - 1;
	size_t i = (size_t)(key * UINT64_C(0x9E3779B97F4A7C15) >> h->shift);

	while (h->slots[i].units && h->slots[i].key != key)
		i = (i + 1) & mask;
	return &h->slots[i];
}

static int too_much(const struct counter *k, struct error *e)
{
	fail(e, ERROR_FAILED, "counting pairs of words needs more than %llu "
	     "bytes", (unsigned long long)k->memory_bytes);
	return hint(e, "a larger --min-count, a smaller --window or a larger "
		    "--memory would do");
}

static int hash_double(struct hash *h, const struct counter *k,
		       struct error *e)
{
	struct hash more = { NULL, h->slot_count * 2, h->shift - 1, h->used };

	if (h->slot_count + more.slot_count > k->slots_max)
		return too_much(k, e);
	more.slots = mem_new(more.slot_count, sizeof(*more.slots), e);
	if (!more.slots)
		return e->code;
	for (size_t i = 0; i < h->slot_count; i++)
		if (h->slots[i].units)
			*slot_of(&more, h->slots[i].key) = h->slots[i];
	mem_free(h->slots);
	*h = more;
	return 0;
}

static int hash_add(struct hash *h, uint64_t key, uint64_t units,
		    const struct counter *k, struct error *e)
{
	struct cooc_entry *slot = slot_of(h, key);

	if (!slot->units) {
		if (h->used >= h->slot_count / 4 * 3) {
			if (hash_double(h, k, e) < 0)
				return e->code;
			slot = slot_of(h, key);
		}
		slot->key = key;
		h->used++;
	}
	slot->units += units;
	return 0;
}

/* The neighbours of token i that have larger numbers, on one side. */
static int count_side(const struct counter *k, struct hash *h, size_t i,
		      int forward, struct error *e)
{
	const uint32_t *tokens = k->v->tokens;
	uint32_t a = tokens[i], b;
	size_t room = forward ? k->v->token_count - 1 - i : i;

	for (size_t d = 1; d <= (size_t)k->window && d <= room; d++) {
		b = tokens[forward ? i + d : i - d];
		if (b == VOCAB_END)
			break;
		if (b > a && hash_add(h, cooc_key(a, b), k->units[d], k,
				      e) < 0)
			return e->code;
	}
	return 0;
}

static int by_key(const void *x, const void *y)
{
	const struct cooc_entry *a = x, *b = y;

	return (a->key > b->key) - (a->key < b->key);
}

/* Closes the entries up, sorts them and finds the ends of blocks. */
static void part_finish(struct cooc_part *part, struct hash *h)
{
	size_t n = 0;

	for (size_t i = 0; i < h->slot_count; i++)
		if (h->slots[i].units)
			h->slots[n++] = h->slots[i];
	qsort(h->slots, n, sizeof(*h->slots), by_key);
	part->entries = h->slots;
	part->count = n;
	for (size_t i = 0, block = 0; block < COOC_BLOCKS; block++) {
		while (i < n && part->entries[i].key >> 60 == block)
			i++;
		part->ends[block] = i;
	}
}

static void part_count(void *context, size_t block, int thread)
{
	struct counter *k = context;
	struct error *e = &k->error[block];
	struct hash h = { .slot_count = (size_t)1 << FIRST_BITS,
			  .shift = 64 - FIRST_BITS };

	(void)thread;
	if (h.slot_count > k->slots_max)
		too_much(k, e);
	else
		h.slots = mem_new(h.slot_count, sizeof(*h.slots), e);
	for (size_t i = 0; !e->code && i < k->v->token_count; i++) {
		uint32_t a = k->v->tokens[i];

		if (a == VOCAB_END || a % COOC_BLOCKS != block)
			continue;
		if (count_side(k, &h, i, 0, e) == 0)
			count_side(k, &h, i, 1, e);
	}
	if (e->code)
		mem_free(h.slots);
	else
		part_finish(&k->c->part[block], &h);
}

int cooc_count(struct cooc *c, const struct vocab *v, int window,
	       uint64_t memory_bytes, const struct machine *machine,
	       struct error *e)
{
	struct counter k = { .c = c, .v = v, .window = window,
			     .memory_bytes = memory_bytes };
	uint64_t slots = memory_bytes / COOC_BLOCKS / sizeof(struct cooc_entry);

	*c = (struct cooc){ .unit = lcm_up_to(window) };
	if (window < 1 || window > COOC_MAX_WINDOW)
		bug("a window of %d", window);
	if (v->count > 1u << 28)
		return fail(e, ERROR_DATA, "%zu words are too many", v->count);
	for (int d = 1; d <= window; d++)
		k.units[d] = c->unit / (uint64_t)d;
	k.slots_max = (size_t)MIN(slots, SIZE_MAX / 2);
	pool_run(machine->pool, COOC_BLOCKS, part_count, &k);
	for (int i = 0; i < COOC_BLOCKS; i++) {
		c->count += c->part[i].count;
		if (k.error[i].code && !e->code)
			*e = k.error[i];
	}
	if (e->code)
		cooc_free(c);
	return e->code;
}

void cooc_free(struct cooc *c)
{
	for (int i = 0; i < COOC_BLOCKS; i++)
		mem_free(c->part[i].entries);
	*c = (struct cooc){0};
}
