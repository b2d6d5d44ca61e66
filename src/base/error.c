/*
 * error.c - filling struct error, and the end of a program that has a bug.
 *
 * Texts may quote names out of files and folders, so control bytes are made
 * visible here, once: a file name cannot move the cursor, turn the text around
 * or fake a line.
 */
#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "base/str.h"
#include "base/utf8.h"

/* In place: each byte of what utf8_unsafe() names becomes a '?'.  Of what is
 * not UTF-8 only bytes that are controls in 8 bits do. */
static void make_plain(char *text)
{
	const char *at = text, *end = text + strlen(text), *from;
	uint32_t code;

	while (at < end) {
		from = at;
		code = utf8_next(&at, end);
		if (code == UTF8_BAD ? (unsigned char)*from < 0xa0 :
				       utf8_unsafe(code))
			memset(text + (from - text), '?', (size_t)(at - from));
	}
}

int fail(struct error *e, enum error_code code, const char *format, ...)
{
	va_list list;

	if (!e)
		return code;
	if (e->code)
		return e->code;
	va_start(list, format);
	vsnprintf(e->text, sizeof(e->text), format, list);
	va_end(list);
	make_plain(e->text);
	e->hint[0] = 0;
	e->code = code;
	return code;
}

int fail_errno(struct error *e, const char *format, ...)
{
	int cause = errno;
	char meaning[128];
	size_t used;
	va_list list;

	if (!e)
		return ERROR_FAILED;
	if (e->code)
		return e->code;
	va_start(list, format);
	vsnprintf(e->text, sizeof(e->text), format, list);
	va_end(list);
	if (strerror_r(cause, meaning, sizeof(meaning)) != 0)
		snprintf(meaning, sizeof(meaning), "error %d", cause);
	/* A long name is cut rather than the cause. */
	used = MIN(strlen(e->text), sizeof(e->text) - strlen(meaning) - 3);
	snprintf(e->text + used, sizeof(e->text) - used, ": %s", meaning);
	make_plain(e->text);
	e->hint[0] = 0;
	e->code = ERROR_FAILED;
	return ERROR_FAILED;
}

int hint(struct error *e, const char *format, ...)
{
	va_list list;

	if (!e)
		return ERROR_FAILED;
	if (!e->code || e->hint[0])
		return e->code;
	va_start(list, format);
	vsnprintf(e->hint, sizeof(e->hint), format, list);
	va_end(list);
	make_plain(e->hint);
	return e->code;
}

void error_clear(struct error *e)
{
	e->code = 0;
	e->text[0] = 0;
	e->hint[0] = 0;
}

void bug_at(const char *file, int line, const char *format, ...)
{
	va_list list;

	fprintf(stderr, "%s:%d: bug: ", file, line);
	va_start(list, format);
	vfprintf(stderr, format, list);
	va_end(list);
	fputc('\n', stderr);
	abort();
}
