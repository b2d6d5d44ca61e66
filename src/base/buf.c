/* buf.c - see buf.h. */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static int buf_reserve(struct buf *b, size_t bytes, struct error *e)
{
	if (bytes >= SIZE_MAX - b->bytes)
		return fail(e, ERROR_FAILED, "out of memory: a text of more "
			    "than %zu bytes", b->bytes);
	return mem_grow(&b->data, &b->room, b->bytes + bytes + 1, 1, e);
}

int buf_add(struct buf *b, const void *data, size_t bytes, struct error *e)
{
	if (buf_reserve(b, bytes, e) < 0)
		return ERROR_FAILED;
	if (bytes)
		memcpy(b->data + b->bytes, data, bytes);
	b->bytes += bytes;
	b->data[b->bytes] = 0;
	return 0;
}

int buf_addf(struct buf *b, struct error *e, const char *format, ...)
{
	va_list list;
	int bytes;

	va_start(list, format);
	bytes = vsnprintf(NULL, 0, format, list);
	va_end(list);
	if (bytes < 0)
		bug("format '%s' cannot be written", format);
	if (buf_reserve(b, (size_t)bytes, e) < 0)
		return ERROR_FAILED;
	va_start(list, format);
	vsnprintf(b->data + b->bytes, (size_t)bytes + 1, format, list);
	va_end(list);
	b->bytes += (size_t)bytes;
	return 0;
}

void buf_clear(struct buf *b)
{
	b->bytes = 0;
	if (b->data)
		b->data[0] = 0;
}

void buf_free(struct buf *b)
{
	mem_free(b->data);
	*b = (struct buf){0};
}
