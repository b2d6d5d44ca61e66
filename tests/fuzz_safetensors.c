/*
 * fuzz_safetensors.c - any bytes as a safetensors file: opened, searched, read
 * to the last byte.
 *
 * The first 8 bytes, the header's length, are set right unless the input's
 * first byte is odd, so that the fuzzer gets past them.
 */
#include <string.h>

#include "base/le.h"
#include "base/mem.h"
#include "format/safetensors.h"
#include "fuzz.h"

static uint64_t read_all(const struct st_file *f)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < st_count(f); i++) {
		const struct st_tensor *t = st_at(f, i);
		const unsigned char *data = t->data;

		if ((uintptr_t)data % st_type_bytes(t->type))
			bug("'%s' is not aligned", t->name);
		if (st_find(f, t->name) != t)
			bug("'%s' is not found", t->name);
		for (size_t b = 0; b < t->count * st_type_bytes(t->type); b++)
			sum += data[b];
	}
	return sum;
}

static uint64_t read_strings(const struct st_file *f)
{
	struct error e = {0};
	struct st_strings s;
	uint64_t sum = 0;

	if (st_strings(&s, f, "s", &e) < 0)
		return 0;
	for (size_t i = 0; i < s.count; i++) {
		struct str text = st_string_at(&s, i);

		for (size_t b = 0; b < text.bytes; b++)
			sum += (unsigned char)text.data[b];
	}
	return sum;
}

static void try_file(const char *path)
{
	struct error e = {0};
	struct st_file *f = st_open(path, NULL, &e);
	uint64_t sum;

	if (!f && (e.code >= 0 || !e.text[0]))
		bug("an error without its text");
	if (!f)
		return;
	sum = read_all(f) + read_strings(f);
	if (sum == UINT64_MAX)
		bug("more bytes than memory");
	st_verify(f, &e);
	st_close(f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	static struct buf copy;
	struct error e = {0};
	const unsigned char *end;

	if (bytes < 9)
		return 0;
	buf_clear(&copy);
	if (buf_add(&copy, data, bytes, &e) < 0)
		bug("%s", e.text);
	end = memchr(data + 8, '\n', bytes - 8);	/* header, then data */
	if (!(data[0] & 1))
		le64_put(copy.data, end ? (uint64_t)(end - data) - 7 :
					  bytes - 8);
	try_file(fuzz_file(0, copy.data, bytes));
	return 0;
}
