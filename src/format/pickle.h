/*
 * pickle.h - the part of Python's pickle that PyTorch's weights are written in.
 *
 * Nothing is run.  A closed set of opcodes makes values: numbers, texts,
 * tuples, lists, dicts.  A closed list of globals makes two kinds more: a
 * storage, which is a name of bytes elsewhere, and a tensor, which is a view of
 * a storage.  Any other opcode or global is refused by its name.  Texts are
 * views of the input.
 */
#ifndef PICKLE_H
#define PICKLE_H

#include "base/str.h"
#include "format/safetensors.h"

enum pickle_kind {
	PICKLE_NONE, PICKLE_FALSE, PICKLE_TRUE, PICKLE_INT, PICKLE_FLOAT,
	PICKLE_TEXT, PICKLE_TUPLE, PICKLE_LIST, PICKLE_DICT, PICKLE_GLOBAL,
	PICKLE_STORAGE, PICKLE_TENSOR, PICKLE_MARK
};

struct pickle_value {
	enum pickle_kind kind;
	union {
		int64_t number;			/* int; global: which */
		struct { uint32_t at, bytes; } text;	/* of the input */
		/* tuple, list, dict: the first and last of its items */
		struct { uint32_t first, last; } items;
		/* key: text; type: its global; numel: int */
		struct { uint32_t type, key, numel; } storage;
		/* ints and tuples of ints */
		struct { uint32_t storage, offset, size, stride; } tensor;
	} is;
};

struct pickle_item {		/* of a dict: key, value, key, value ... */
	uint32_t value, next;		/* 0: none */
};

struct pickle {
	const char *path;		/* for messages */
	const unsigned char *data;
	size_t bytes, at;
	struct pickle_value *values;	/* 0 is none */
	size_t count, room;
	struct pickle_item *items;	/* from 1 on */
	size_t item_count, item_room;
	uint32_t *stack, *memo;
	size_t depth, stack_room, memo_count, memo_room;
	struct error *e;
};

/* One pickle at the start of `data`; the value that it ends with, or 0 and *e
 * set.  p->at is where it ended. */
uint32_t pickle_read(struct pickle *p, const void *data, size_t bytes,
		     const char *path, struct error *e);
void pickle_free(struct pickle *p);

static inline const struct pickle_value *pickle_at(const struct pickle *p,
						   uint32_t i)
{
	return &p->values[i];
}
struct str pickle_text(const struct pickle *p, uint32_t i);
/* The value of a text key in a dict, or 0. */
uint32_t pickle_find(const struct pickle *p, uint32_t dict, const char *key);
/* Numbers of a tuple, at most ST_MAX_RANK; how many, or -1. */
int pickle_numbers(const struct pickle *p, uint32_t tuple,
		   uint64_t to[ST_MAX_RANK]);
/* What a storage holds. */
enum st_type pickle_storage_type(const struct pickle *p, uint32_t storage);

#endif
