/*
 * buf.h - a byte string that grows.
 */
#ifndef BUF_H
#define BUF_H

#include "base/mem.h"

/* `data` is always followed by a 0 byte. {0} is empty. */
struct buf {
	char *data;
	size_t bytes;
	size_t room;
};
int buf_add(struct buf *b, const void *data, size_t bytes, struct error *e);
int buf_addf(struct buf *b, struct error *e, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void buf_clear(struct buf *b);		/* empty, keeps the room */
void buf_free(struct buf *b);

#endif
