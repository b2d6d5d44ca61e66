/*
 * npy.c - the header of .npy files and the floats behind it.
 *
 * Must hold: the dict has exactly its three keys, in any order, and the data
 * fill the rest of the file; nothing is computed from a number of the header
 * before it is checked against the size of the file.
 */
#include "format/npy.h"

#include <string.h>

#include "base/le.h"

enum { ALIGN = 64, MAGIC = 6 };

static const char magic[] = "\x93NUMPY";

int npy_is(const void *bytes, size_t size)
{
	return size >= MAGIC && memcmp(bytes, magic, MAGIC) == 0;
}

/* ---- the dict ------------------------------------------------------------ */

struct dict {
	const char *at, *end, *path;
	struct str descr;
	int fortran;			/* -1: not yet seen */
	int rank;			/* -1: not yet seen */
	uint64_t shape[2];
};

static int dict_bad(const struct dict *d, const char *why, struct error *e)
{
	return fail(e, ERROR_DATA, "'%s' is not a readable .npy file: %s",
		    d->path, why);
}

static int next_is(struct dict *d, char c)
{
	while (d->at < d->end && (*d->at == ' ' || *d->at == '\n'))
		d->at++;
	if (d->at == d->end || *d->at != c)
		return 0;
	d->at++;
	return 1;
}

static int word_is(struct dict *d, const char *word)
{
	size_t bytes = strlen(word);

	next_is(d, 0);		/* the blanks before it */
	if ((size_t)(d->end - d->at) < bytes || memcmp(d->at, word, bytes))
		return 0;
	d->at += bytes;
	return 1;
}

static int read_quoted(struct dict *d, struct str *s)
{
	char quote = next_is(d, '\'') ? '\'' : next_is(d, '"') ? '"' : 0;
	const char *from = d->at;

	while (quote && d->at < d->end && *d->at != quote)
		d->at++;
	if (!quote || d->at == d->end)
		return 0;
	*s = (struct str){ from, (size_t)(d->at++ - from) };
	return 1;
}

static int read_size(struct dict *d, uint64_t *size)
{
	const char *from;

	next_is(d, 0);
	for (from = d->at, *size = 0; d->at < d->end && *d->at >= '0' &&
	     *d->at <= '9'; d->at++) {
		if (*size > (UINT64_MAX - 9) / 10)
			return 0;
		*size = *size * 10 + (uint64_t)(*d->at - '0');
	}
	if (d->at < d->end && *d->at == 'L')	/* Python 2 */
		d->at++;
	return d->at > from;
}

static int read_shape(struct dict *d)
{
	uint64_t size;

	if (!next_is(d, '('))
		return 0;
	for (d->rank = 0; !next_is(d, ')'); d->rank++) {
		if (d->rank == ST_MAX_RANK || !read_size(d, &size))
			return 0;
		if (d->rank < 2)
			d->shape[d->rank] = size;
		if (!next_is(d, ',')) {
			d->rank++;
			return next_is(d, ')');
		}
	}
	return 1;
}

static int read_value(struct dict *d, struct str key)
{
	if (str_equal(key, str_of("descr")) && !d->descr.data)
		return read_quoted(d, &d->descr);
	if (str_equal(key, str_of("shape")) && d->rank < 0)
		return read_shape(d);
	if (!str_equal(key, str_of("fortran_order")) || d->fortran >= 0)
		return 0;
	d->fortran = word_is(d, "True");
	return d->fortran || word_is(d, "False");
}

static int read_dict(struct dict *d, struct error *e)
{
	struct str key;

	if (!next_is(d, '{'))
		return dict_bad(d, "its header is not a dict", e);
	while (!next_is(d, '}')) {
		if (!read_quoted(d, &key) || !next_is(d, ':') ||
		    !read_value(d, key))
			return dict_bad(d, "its header does not parse", e);
		if (!next_is(d, ',') && (d->at == d->end || *d->at != '}'))
			return dict_bad(d, "its header does not parse", e);
	}
	next_is(d, 0);
	if (d->at != d->end || !d->descr.data || d->fortran < 0 || d->rank < 0)
		return dict_bad(d, "its header is not complete", e);
	return 0;
}

/* ---- the file ------------------------------------------------------------ */

static int take_type(struct npy *n, struct str descr, const char *path,
		     struct error *e)
{
	char size = descr.bytes == 3 ? descr.data[2] : 0;

	n->is_big = descr.bytes && descr.data[0] == '>';
	n->type = size == '2' ? ST_F16 : size == '4' ? ST_F32 : ST_F64;
	if (size && strchr("248", size) && descr.data[1] == 'f' &&
	    (n->is_big || descr.data[0] == '<'))
		return 0;
	fail(e, ERROR_DATA, "'%s' has items of type '%.*s', not floats", path,
	     (int)MIN(descr.bytes, 100), descr.data);
	return hint(e, "save it with .astype('<f4')");
}

static int take_dict(struct npy *n, const struct dict *d, size_t left,
		     struct error *e)
{
	size_t count;

	if (take_type(n, d->descr, d->path, e) < 0)
		return e->code;
	if (d->fortran) {
		dict_bad(d, "it is in Fortran order", e);
		return hint(e, "save it with numpy.ascontiguousarray");
	}
	if (d->rank != 2)
		return fail(e, ERROR_DATA, "'%s' has an array of %d "
			    "dimensions, not 2", d->path, d->rank);
	if (d->shape[0] > SIZE_MAX || d->shape[1] > SIZE_MAX ||
	    !mem_product((size_t)d->shape[0], (size_t)d->shape[1], &count) ||
	    !mem_product(count, st_type_bytes(n->type), &count) ||
	    count != left)
		return fail(e, ERROR_DATA, "'%s' has %zu bytes of data, its "
			    "header declares %llu x %llu items", d->path, left,
			    (unsigned long long)d->shape[0],
			    (unsigned long long)d->shape[1]);
	n->rows = (size_t)d->shape[0];
	n->columns = (size_t)d->shape[1];
	return 0;
}

int npy_read(struct npy *n, const void *bytes, size_t size, const char *path,
	     struct error *e)
{
	const unsigned char *b = bytes;
	struct dict d = { .path = path, .fortran = -1, .rank = -1 };
	size_t from, length;

	*n = (struct npy){0};
	if (!npy_is(bytes, size))
		return dict_bad(&d, "it does not begin as one", e);
	if (size < 12)
		return dict_bad(&d, "it is truncated", e);
	if (b[6] < 1 || b[6] > 3)
		return fail(e, ERROR_DATA, "'%s' is a .npy file of version %d,"
			    " not 1 to 3", path, b[6]);
	from = b[6] == 1 ? 10 : 12;
	length = b[6] == 1 ? le16_get(b + 8) : le32_get(b + 8);
	if (length > size - from)
		return dict_bad(&d, "it is truncated", e);
	d.at = (const char *)b + from;
	d.end = d.at + length;
	n->data = b + from + length;
	if (read_dict(&d, e) < 0)
		return e->code;
	return take_dict(n, &d, size - from - length, e);
}

int npy_header(struct buf *b, size_t rows, size_t columns, struct error *e)
{
	size_t from = b->bytes, bytes;
	unsigned char start[10] = { 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0 };

	if (buf_add(b, start, sizeof(start), e) < 0 ||
	    buf_addf(b, e, "{'descr': '<f4', 'fortran_order': False, "
		     "'shape': (%zu, %zu), }", rows, columns) < 0)
		return e->code;
	while ((b->bytes - from + 1) % ALIGN)
		if (buf_add(b, " ", 1, e) < 0)
			return e->code;
	if (buf_add(b, "\n", 1, e) < 0)
		return e->code;
	bytes = b->bytes - from - sizeof(start);
	b->data[from + 8] = (char)bytes;
	b->data[from + 9] = (char)(bytes >> 8);
	return 0;
}
