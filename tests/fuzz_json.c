/*
 * fuzz_json.c - any bytes as JSON, and any bytes as a string to be written.
 */
#include "base/mem.h"
#include "base/utf8.h"
#include "format/json.h"
#include "fuzz.h"

static size_t walk(const struct json *node)
{
	size_t sum = node->text.bytes + node->key.bytes;

	if (node->text.bytes)
		sum += (unsigned char)node->text.data[node->text.bytes - 1];
	for (const struct json *c = node->first; c; c = c->next)
		sum += walk(c);
	return sum;
}

static void write_and_read(struct str text)
{
	struct error e = {0};
	struct buf b = {0};
	struct json_tree *t;

	if (json_put_string(&b, text, &e) < 0)
		bug("%s", e.text);
	t = json_parse((struct str){ b.data, b.bytes }, &e);
	if (!t)
		bug("what was written cannot be read: %s", e.text);
	if (utf8_valid(text) && !str_equal(json_root(t)->text, text))
		bug("a string came back as another");
	json_free(t);
	buf_free(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct str text = { (const char *)data, bytes };
	struct error e = {0};
	struct json_tree *t = json_parse(text, &e);

	if (!t != (e.code < 0))
		bug("an error without its code");
	if (t && walk(json_root(t)) == SIZE_MAX)
		bug("more bytes than memory");
	json_free(t);
	write_and_read(text);
	return 0;
}
