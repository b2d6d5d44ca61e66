/* proto.c - see proto.h. */
#include "format/proto.h"

int proto_varint(struct proto *p, uint64_t *value)
{
	*value = 0;
	for (int shift = 0; shift < 64 && p->at < p->end; shift += 7) {
		unsigned char byte = *p->at++;

		*value |= (uint64_t)(byte & 127) << shift;
		if (byte < 128)
			return 0;
	}
	return -1;
}

int proto_next(struct proto *p, struct proto_field *f)
{
	uint64_t tag, bytes = 0;

	if (p->at == p->end)
		return 0;
	if (proto_varint(p, &tag) < 0 || tag >> 3 == 0 || tag >> 3 > 0x1FFFFFFF)
		return -1;
	f->number = (uint32_t)(tag >> 3);
	f->type = (enum proto_type)(tag & 7);
	switch (tag & 7) {
	case PROTO_VARINT:
		return proto_varint(p, &f->value) < 0 ? -1 : 1;
	case PROTO_EIGHT:
		bytes = 8;
		break;
	case PROTO_FOUR:
		bytes = 4;
		break;
	case PROTO_BYTES:
		if (proto_varint(p, &bytes) < 0)
			return -1;
		break;
	default:
		return -1;
	}
	if (bytes > proto_left(*p))
		return -1;
	f->bytes = (struct proto){ p->at, p->at + bytes };
	p->at += bytes;
	return 1;
}
