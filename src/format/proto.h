/*
 * proto.h - the wire format of protocol buffers: fields of a message, one
 * after the other.
 *
 * A tag is a varint, number << 3 | type; types are 0 varint, 1 eight bytes,
 * 2 a length and so many bytes, 5 four bytes.  Views only: nothing is copied.
 */
#ifndef PROTO_H
#define PROTO_H

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

enum proto_type { PROTO_VARINT, PROTO_EIGHT, PROTO_BYTES, PROTO_FOUR = 5 };

struct proto {			/* what is left of a message */
	const unsigned char *at, *end;
};

struct proto_field {
	uint32_t number;
	enum proto_type type;
	uint64_t value;		/* PROTO_VARINT */
	struct proto bytes;	/* of the other types */
};

static inline struct proto proto_of(const void *data, size_t bytes)
{
	const unsigned char *at = data;

	return (struct proto){ at, bytes ? at + bytes : at };
}

static inline size_t proto_left(struct proto p)
{
	return (size_t)(p.end - p.at);
}

static inline struct str proto_str(struct proto p)
{
	return (struct str){ (const char *)p.at, proto_left(p) };
}

/* 1 with *f set, 0 at the end, -1 if the message is damaged. */
int proto_next(struct proto *p, struct proto_field *f);
/* A varint; -1 if it is damaged. */
int proto_varint(struct proto *p, uint64_t *value);

#endif
