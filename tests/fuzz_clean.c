/*
 * fuzz_clean.c - libFuzzer: any bytes as a stop list and a text: cleaned,
 * normalised, stemmed.
 *
 * The first byte says how; up to the first 0 byte are stop words, a line each.
 * Tokens are whole UTF-8 without blanks, none is a stop word, and cleaning them
 * again gives them again (but for stems, which may be stemmed further).
 */
#include "base/base.h"
#include "base/string_map.h"
#include "fuzz.h"
#include "base/utf8.h"
#include "text/clean/clean.h"
#include "text/clean/stem.h"

static struct string_map *stop_words(struct str list)
{
	struct error e = {0};
	struct string_map *t = string_map_new(&e);
	const char *at = list.data, *end = str_end(list), *from;

	while (at < end) {
		for (from = at; at < end && *at != '\n'; at++)
			;
		if (clean_stop_add(t, (struct str){ from,
						    (size_t)(at - from) },
				   &e) < 0 && e.code != ERROR_DATA)
			bug("%s", e.text);
		error_clear(&e);
		at += at < end;
	}
	return t;
}

/* Tokens to a text with a blank after each; their number. */
static size_t clean(const struct clean *c, struct str text, struct buf *out)
{
	struct error e = {0};
	struct buf tokens = {0};
	size_t count = 0, seen = 0;

	if (clean_tokens(c, text, &tokens, &count, &e) < 0)
		bug("%s", e.text);
	for (const char *at = tokens.data; seen < count; seen++) {
		struct str word = str_of(at);

		if (!word.bytes || (c->kind == CLEAN_UNICODE &&
				    !utf8_valid(word)))
			bug("a token is empty or no UTF-8");
		if (c->stop && !c->stem &&
		    string_map_find(c->stop, word) != STRING_MAP_NONE)
			bug("a token is a stop word");
		buf_add(out, at, word.bytes, &e);
		buf_add(out, " ", 1, &e);
		at += word.bytes + 1;
	}
	buf_free(&tokens);
	return count;
}

static void check_stem(struct str text)
{
	char word[80];
	size_t n = MIN(text.bytes, sizeof(word)), stemmed;

	for (size_t i = 0; i < n; i++)
		word[i] = (char)('a' + (unsigned char)text.data[i] % 26);
	stemmed = stem_porter(word, n);
	if (stemmed > n || (n && !stemmed))
		bug("a stem longer than its word, or empty");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct str text = { (const char *)data + 1, bytes ? bytes - 1 : 0 };
	const char *zero = text.bytes ? memchr(text.data, 0, text.bytes) : NULL;
	struct clean c = { .kind = CLEAN_UNICODE };
	struct buf once = {0}, twice = {0};
	struct string_map *stop = NULL;

	if (!bytes)
		return 0;
	if (data[0] & 1)
		c.kind = CLEAN_SEED;
	c.stem = (data[0] & 2) != 0;
	if (zero) {
		stop = stop_words((struct str){ text.data,
						(size_t)(zero - text.data) });
		text = (struct str){ zero + 1,
			(size_t)(text.data + text.bytes - zero - 1) };
		c.stop = stop;
	}
	clean(&c, text, &once);
	clean(&c, (struct str){ once.data, once.bytes }, &twice);
	if (!c.stem && (once.bytes != twice.bytes ||
			(once.bytes && memcmp(once.data, twice.data,
					      once.bytes))))
		bug("cleaning twice is not as cleaning once");
	check_stem(text);
	buf_free(&once);
	buf_free(&twice);
	string_map_free(stop);
	return 0;
}
