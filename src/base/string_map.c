/*
 * string_map.c - strings to ids by open addressing with linear steps; see
 * table.h.
 *
 * A slot keeps 32 bits of the hash beside the id, so a string is compared
 * only when it is almost surely the one, and growing hashes nothing again.
 */
#include "base/string_map.h"

#include "base/buf.h"
#include "base/hash.h"

struct slot {
	uint32_t hash;
	uint32_t id_plus1;		/* 0: empty */
};

struct string_map {
	struct slot *slots;		/* [slot_count], a power of two */
	size_t slot_count;
	struct buf bytes;		/* all strings, one after the other */
	size_t *ends;			/* [ends_room], count of them in use */
	size_t ends_room;
	uint32_t count;
};

enum { FIRST_SLOTS = 64 };

struct string_map *string_map_new(struct error *e)
{
	struct string_map *t = mem_new(1, sizeof(*t), e);

	if (!t)
		return NULL;
	t->slots = mem_new(FIRST_SLOTS, sizeof(*t->slots), e);
	if (!t->slots) {
		string_map_free(t);
		return NULL;
	}
	t->slot_count = FIRST_SLOTS;
	return t;
}

void string_map_free(struct string_map *t)
{
	if (!t)
		return;
	mem_free(t->slots);
	mem_free(t->ends);
	buf_free(&t->bytes);
	mem_free(t);
}

struct str string_map_at(const struct string_map *t, uint32_t id)
{
	size_t from;

	if (id >= t->count)
		bug("id %u of a table of %u", (unsigned)id, (unsigned)t->count);
	from = id ? t->ends[id - 1] : 0;
	return (struct str){ t->bytes.data + from, t->ends[id] - from };
}

static uint32_t hash_of(struct str s)
{
	return (uint32_t)(hash64(s.data, s.bytes, 0) >> 32);
}

/* The slot that holds s, or the empty one where it belongs. */
static struct slot *slot_of(const struct string_map *t, struct str s,
			    uint32_t hash)
{
	size_t mask = t->slot_count - 1, i = hash & mask;

	while (t->slots[i].id_plus1) {
		struct slot *slot = &t->slots[i];

		if (slot->hash == hash &&
		    str_equal(string_map_at(t, slot->id_plus1 - 1), s))
			return slot;
		i = (i + 1) & mask;
	}
	return &t->slots[i];
}

static int slots_double(struct string_map *t, struct error *e)
{
	size_t count = t->slot_count * 2, mask = count - 1;
	struct slot *slots = mem_new(count, sizeof(*slots), e);

	if (!slots)
		return ERROR_FAILED;
	for (size_t i = 0; i < t->slot_count; i++) {
		size_t to = t->slots[i].hash & mask;

		if (!t->slots[i].id_plus1)
			continue;
		while (slots[to].id_plus1)
			to = (to + 1) & mask;
		slots[to] = t->slots[i];
	}
	mem_free(t->slots);
	t->slots = slots;
	t->slot_count = count;
	return 0;
}

uint32_t string_map_add(struct string_map *t, struct str s, struct error *e)
{
	uint32_t hash = hash_of(s);
	struct slot *slot = slot_of(t, s, hash);

	if (slot->id_plus1)
		return slot->id_plus1 - 1;
	if (t->count == STRING_MAP_NONE - 1) {
		fail(e, ERROR_DATA, "more than %u different strings",
		     (unsigned)t->count);
		return STRING_MAP_NONE;
	}
	if (t->count >= t->slot_count / 2) {
		if (slots_double(t, e) < 0)
			return STRING_MAP_NONE;
		slot = slot_of(t, s, hash);
	}
	if (mem_grow(&t->ends, &t->ends_room, (size_t)t->count + 1,
		     sizeof(*t->ends), e) < 0 ||
	    buf_add(&t->bytes, s.data, s.bytes, e) < 0)
		return STRING_MAP_NONE;
	t->ends[t->count] = t->bytes.bytes;
	*slot = (struct slot){ hash, ++t->count };
	return t->count - 1;
}

uint32_t string_map_find(const struct string_map *t, struct str s)
{
	const struct slot *slot = slot_of(t, s, hash_of(s));

	return slot->id_plus1 ? slot->id_plus1 - 1 : STRING_MAP_NONE;
}

uint32_t string_map_count(const struct string_map *t)
{
	return t->count;
}

size_t string_map_bytes(const struct string_map *t)
{
	return sizeof(*t) + t->slot_count * sizeof(*t->slots) +
	       t->ends_room * sizeof(*t->ends) + t->bytes.room;
}
