/*
 * clean.c - captions to tokens, in the two ways of clean.h.
 *
 * What must hold: a letter is never lost (but in links and mentions, which
 * CLEAN_UNICODE drops whole, and in CLEAN_SEED, which drops all but ASCII);
 * any bytes are taken, and bytes that are not UTF-8 only part words.
 */
#include "text/clean/clean.h"

#include "base/embedded.h"
#include "base/plain.h"
#include "base/string_map.h"
#include "base/utf8.h"
#include "text/clean/stem.h"
#include "text/clean/unicode.h"
#include "text/clean/unicode_normal.h"

enum {
	SEED_SHORTEST = 2,		/* gensim's simple tokeniser */
	SEED_LONGEST = 15,
	STOP_FILE_BYTES = 16 << 20,	/* a list, not a corpus */
};

const char *const clean_kind_names[] = { "unicode", "seed", NULL };

/* The word being read. */
struct cleaner {
	const struct clean *clean;
	struct buf *out;
	size_t *count;
	struct error *e;
	struct buf word;	/* letters so far, as they stand */
	struct buf raw;		/* with apostrophes and hyphens: "don't" */
	int wide;		/* some are not ASCII */
	struct normal normal;
	uint32_t joining;	/* seen after the word, 0: none */
	uint32_t ideograph;	/* last one of a run, 0: none */
	int pairs;		/* that run has given a pair already */
};

/* 1 for a stop word, which is kept where the caller wants to name it; 0, or
 * an error. */
static int is_stop(struct cleaner *k, struct str word)
{
	const struct clean *c = k->clean;

	if (!c->stop || !word.bytes ||
	    string_map_find(c->stop, word) == STRING_MAP_NONE)
		return 0;
	if (c->stopped && (buf_add(c->stopped, word.data, word.bytes,
				   k->e) < 0 ||
			   buf_add(c->stopped, "", 1, k->e) < 0))
		return k->e->code;
	return 1;
}

static struct str buf_str(const struct buf *b)
{
	return (struct str){ b->data, b->bytes };
}

/* Takes the `bytes` just behind `out` as a token; two more have room. */
static void token_take(struct cleaner *k, size_t bytes)
{
	char *word = k->out->data + k->out->bytes;

	if (is_stop(k, (struct str){ word, bytes }))
		return;
	++*k->count;
	if (k->clean->stem)
		bytes = stem_porter(word, bytes);
	k->out->bytes += bytes + 1;
	word[bytes] = word[bytes + 1] = 0;
}

static int token_add(struct cleaner *k, struct str word)
{
	struct buf *out = k->out;

	if (mem_grow(&out->data, &out->room, out->bytes + word.bytes + 2, 1,
		     k->e) < 0)
		return k->e->code;
	memcpy(out->data + out->bytes, word.data, word.bytes);
	token_take(k, word.bytes);
	return k->e->code;
}

static int put_code(struct cleaner *k, struct buf *b, uint32_t code)
{
	char utf8[4];

	return buf_add(b, utf8, utf8_put(code, utf8), k->e);
}

/* Small letters, one spelling. */
static int make_normal(struct cleaner *k, struct buf *word)
{
	if (k->wide)
		return normal_word(&k->normal, word, k->e);
	for (size_t i = 0; i < word->bytes; i++)
		word->data[i] = (char)unicode_lower((unsigned char)
						    word->data[i]);
	return 0;
}

/* Ends the word or the run of ideographs that is being read. */
static int word_end(struct cleaner *k)
{
	char utf8[4];

	if (make_normal(k, &k->word) < 0 || make_normal(k, &k->raw) < 0)
		return k->e->code;
	if (k->ideograph && !k->pairs)
		token_add(k, (struct str){ utf8,
			  utf8_put(k->ideograph, utf8) });
	if (k->word.bytes && is_stop(k, buf_str(&k->raw)) == 0)
		token_add(k, buf_str(&k->word));
	k->ideograph = k->joining = 0;
	k->pairs = k->wide = 0;
	buf_clear(&k->word);
	buf_clear(&k->raw);
	return k->e->code;
}

static int is_apostrophe(uint32_t code)
{
	return code == '\'' || code == 0x2019 || code == 0x2BC ||
	       code == 0xFF07;
}

/* A mark with no letter before it is part of what parted the words. */
static int take_letter(struct cleaner *k, uint32_t code)
{
	uint32_t joint = is_apostrophe(k->joining) ? '\'' : k->joining;

	if (!k->word.bytes && normal_is_mark(code))
		return 0;
	if (k->ideograph && word_end(k) < 0)
		return k->e->code;
	if (k->joining && put_code(k, &k->raw, joint) < 0)
		return k->e->code;
	k->joining = 0;
	k->wide |= code >= 0x80;
	if (put_code(k, &k->raw, code) < 0)
		return k->e->code;
	return put_code(k, &k->word, code);
}

static uint32_t peek(const char *at, const char *end)
{
	return at < end ? utf8_next(&at, end) : 0;
}

/* A voiced sound mark is one with its kana, and nothing elsewhere. */
static int take_ideograph(struct cleaner *k, uint32_t code, const char **at,
			  const char *end)
{
	uint32_t whole = normal_kana(code, peek(*at, end));
	char pair[8];
	size_t bytes;

	if (whole)
		utf8_next(at, end);
	code = whole ? whole : normal_code(code);
	if (normal_is_mark(code))
		return 0;
	if (k->word.bytes && word_end(k) < 0)
		return k->e->code;
	if (k->ideograph) {
		bytes = utf8_put(k->ideograph, pair);
		bytes += utf8_put(code, pair + bytes);
		if (token_add(k, (struct str){ pair, bytes }) < 0)
			return k->e->code;
		k->pairs = 1;
	}
	k->ideograph = code;
	return 0;
}

static int is_flag_letter(uint32_t code)
{
	return code >= 0x1F1E6 && code <= 0x1F1FF;
}

/* Skin tones, tags (flags of regions) and the frame of a keycap. */
static int is_emoji_modifier(uint32_t code)
{
	return (code >= 0x1F3FB && code <= 0x1F3FF) || code == 0x20E3 ||
	       (code >= 0xE0020 && code <= 0xE007F);
}

/* The rest of an emoji that began with `code`: tones, joined emoji, the second
 * letter of a flag.  The selector U+FE0F is left out, for it comes and goes. */
static int take_emoji(struct cleaner *k, uint32_t code, const char **at,
		      const char *end)
{
	const char *next;
	uint32_t c;

	if (word_end(k) < 0 || put_code(k, &k->word, code) < 0)
		return k->e->code;
	if (is_flag_letter(code) && is_flag_letter(peek(*at, end)) &&
	    put_code(k, &k->word, utf8_next(at, end)) < 0)
		return k->e->code;
	while (*at < end) {
		next = *at;
		c = utf8_next(&next, end);
		if (c == 0x200D &&
		    unicode_class(peek(next, end)) == UNICODE_EMOJI) {
			if (put_code(k, &k->word, c) < 0)
				return k->e->code;
			c = utf8_next(&next, end);
		} else if (c != 0xFE0F && c != 0xFE0E &&
			   !is_emoji_modifier(c)) {
			break;
		}
		if (c != 0xFE0F && c != 0xFE0E &&
		    put_code(k, &k->word, c) < 0)
			return k->e->code;
		*at = next;
	}
	return word_end(k);
}

/* "1", "#" or "*" with a frame after it. */
static int is_keycap(uint32_t code, const char *at, const char *end)
{
	if (!((code >= '0' && code <= '9') || code == '#' || code == '*'))
		return 0;
	if (peek(at, end) == 0xFE0F)
		utf8_next(&at, end);
	return peek(at, end) == 0x20E3;
}

/* Does the text at `at` begin with `what` (lower case)? */
static int begins(const char *at, const char *end, const char *what)
{
	for (; *what; at++, what++)
		if (at == end || unicode_lower((unsigned char)*at) !=
		    (unsigned char)*what)
			return 0;
	return 1;
}

/* One code point; the five entities of HTML count as what they stand for. */
static uint32_t code_next(const char **at, const char *end)
{
	static const struct { const char *name; uint32_t code; } entities[] = {
		{ "&amp;", '&' }, { "&lt;", '<' }, { "&gt;", '>' },
		{ "&quot;", '"' }, { "&apos;", '\'' }, { "&#39;", '\'' },
	};

	for (size_t i = 0; **at == '&' && i < ARRAY_LEN(entities); i++)
		if (begins(*at, end, entities[i].name)) {
			*at += strlen(entities[i].name);
			return entities[i].code;
		}
	return utf8_next(at, end);
}

/* Past a link: up to a blank, a quote or bracket of HTML, a sign outside
 * ASCII that parts words, or text in a script without blanks. */
static const char *link_end(const char *at, const char *end)
{
	while (at < end) {
		const char *next = at;
		uint32_t c = utf8_next(&next, end);
		enum unicode_class class = unicode_class(c);

		if (c <= ' ' || c == '<' || c == '>' || c == '"' ||
		    class == UNICODE_IDEOGRAPH || class == UNICODE_EMOJI ||
		    (c >= 0x80 && class == UNICODE_PARTING))
			break;
		at = next;
	}
	return at;
}

/* Past ASCII letters, digits, '_' and '.'; a letter with marks is not ASCII,
 * in however many code points it is written. */
static const char *mention_end(const char *at, const char *end)
{
	for (at++; at < end; at++)
		if ((*at != '_' && *at != '.' &&
		     ((unsigned char)*at >= 0x80 || *at == '\'' || *at == '-' ||
		      unicode_class((unsigned char)*at) != UNICODE_WORD)) ||
		    normal_is_mark(peek(at + 1, end)))
			break;
	return at;
}

/* Where reading goes on after a link or a mention at `at`; `at` if none. */
static const char *skip_address(const struct cleaner *k, const char *at,
				const char *end)
{
	int inside = k->word.bytes && !k->joining;

	if (begins(at, end, "http://") || begins(at, end, "https://") ||
	    (!inside && begins(at, end, "www.")))
		return link_end(at, end);
	if (!inside && *at == '@')
		return mention_end(at, end);
	return at;
}

static int take_code(struct cleaner *k, const char **at, const char *end)
{
	uint32_t code = code_next(at, end);

	if (is_keycap(code, *at, end))
		return take_emoji(k, code, at, end);
	switch (unicode_class(code)) {
	case UNICODE_WORD:
		return take_letter(k, code);
	case UNICODE_IDEOGRAPH:
		return take_ideograph(k, code, at, end);
	case UNICODE_EMOJI:
		return take_emoji(k, code, at, end);
	case UNICODE_INVISIBLE:
		return 0;
	case UNICODE_JOINING:
		if (!k->word.bytes || k->joining)
			return word_end(k);
		k->joining = code;
		return 0;
	case UNICODE_PARTING:
		break;
	}
	return word_end(k);
}

/* ---- plain words --------------------------------------------------------- */

/* ASCII by what it means between words: a letter or digit is given small. */
static const unsigned char small_of[256] = {
	['0'] = '0', '1', '2', '3', '4', '5', '6', '7', '8', '9',
	['A'] = 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l',
	'm', 'n', 'o', 'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z',
	['a'] = 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l',
	'm', 'n', 'o', 'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z',
};

/* Parts words and begins nothing: no entity, mention or keycap. */
static int is_gap(unsigned char c)
{
	return c < 0x80 && !small_of[c] && c != '&' && c != '@' && c != '#' &&
	       c != '*';
}

/* Does what follows end this word?  Not what joins ("don't"), nor the colon
 * or point that may make a link of it. */
static int is_whole(const char *word, size_t bytes, unsigned char next)
{
	if (next == '.')
		return bytes != 3 || memcmp(word, "www", 3) != 0;
	return is_gap(next) && next != '\'' && next != '-' && next != ':';
}

/* Most words are ASCII between blanks.  Takes such words, as take_code would,
 * while no other is being read; returns where something else begins. */
static const char *take_plain(struct cleaner *k, const char *at,
			      const char *end)
{
	struct buf *out = k->out;

	if (mem_grow(&out->data, &out->room, out->bytes +
		     (size_t)(end - at) + 2, 1, k->e) < 0)
		return NULL;
	for (;;) {
		const char *from;
		char *to = out->data + out->bytes, *word = to;

		while (at < end && is_gap((unsigned char)*at))
			at++;
		for (from = at; at < end && small_of[(unsigned char)*at]; at++)
			*to++ = (char)small_of[(unsigned char)*at];
		if (at == from || (at < end && !is_whole(word,
				(size_t)(to - word), (unsigned char)*at)))
			return from;
		token_take(k, (size_t)(to - word));
	}
}

static int clean_unicode(struct cleaner *k, struct str text)
{
	const char *at = text.data, *end = str_end(text), *after;

	while (at < end) {
		if (!k->word.bytes && !k->ideograph) {
			at = take_plain(k, at, end);
			if (!at)
				return k->e->code;
			if (at == end)
				break;
		}
		after = skip_address(k, at, end);
		if (after != at) {
			if (word_end(k) < 0)
				return k->e->code;
			at = after;
		} else if (take_code(k, &at, end) < 0) {
			return k->e->code;
		}
	}
	return word_end(k);
}

static int clean_seed(struct cleaner *k, struct str text)
{
	for (size_t i = 0; i <= text.bytes; i++) {
		char c = i < text.bytes ? text.data[i] : ' ';

		if (c >= 'A' && c <= 'Z')
			c = (char)(c + 32);
		if (c >= 'a' && c <= 'z') {
			if (buf_add(&k->word, &c, 1, k->e) < 0)
				return k->e->code;
		} else if (c == '#' || c == ' ' || (c >= '0' && c <= '9')) {
			if (k->word.bytes >= SEED_SHORTEST &&
			    k->word.bytes <= SEED_LONGEST &&
			    token_add(k, buf_str(&k->word)) < 0)
				return k->e->code;
			buf_clear(&k->word);
		}
	}
	return 0;
}

int clean_tokens(const struct clean *c, struct str text, struct buf *out,
		 size_t *count, struct error *e)
{
	struct cleaner k = { .clean = c, .out = out, .count = count, .e = e };
	int code;

	buf_clear(out);
	*count = 0;
	if (c->kind == CLEAN_SEED)
		code = clean_seed(&k, text);
	else
		code = clean_unicode(&k, text);
	buf_free(&k.word);
	buf_free(&k.raw);
	normal_free(&k.normal);
	return code;
}

/* ---- stop lists ---------------------------------------------------------- */

static const struct embedded *built_in(const char *name)
{
	static const char folder[] = "data/stop/";
	const struct embedded *f = embedded_files;
	size_t n = strlen(name);

	for (; f->name; f++)
		if (strncmp(f->name, folder, sizeof(folder) - 1) == 0 &&
		    strncmp(f->name + sizeof(folder) - 1, name, n) == 0 &&
		    strcmp(f->name + sizeof(folder) - 1 + n, ".txt") == 0)
			return f;
	return NULL;
}

int clean_stop_add(struct string_map *t, struct str word, struct error *e)
{
	struct normal normal = {0};
	struct buf form = {0};
	const char *at = word.data, *end = str_end(word);
	char utf8[4];

	while (at < end && !e->code) {
		uint32_t c = utf8_next(&at, end);

		if (c == UTF8_BAD)
			fail(e, ERROR_DATA, "a word in the stop list is not "
			     "UTF-8");
		else if (unicode_class(c) != UNICODE_INVISIBLE)
			buf_add(&form, utf8, utf8_put(is_apostrophe(c) ? '\'' :
						      c, utf8), e);
	}
	if (!e->code && normal_word(&normal, &form, e) == 0 && form.bytes)
		string_map_add(t, buf_str(&form), e);
	normal_free(&normal);
	buf_free(&form);
	return e->code;
}

/* One word a line; '#' opens a remark. */
static int stop_add_all(struct string_map *t, struct str text, struct error *e)
{
	const char *at = text.data, *end = text.data + text.bytes, *line;
	struct str word;
	int code = 0;

	while (at < end && code == 0) {
		line = at;
		while (at < end && *at != '\n')
			at++;
		word = str_trim((struct str){ line, (size_t)(at - line) });
		if (word.bytes && *word.data != '#')
			code = clean_stop_add(t, word, e);
		at += at < end;
	}
	return code;
}

struct string_map *clean_stop_list(const char *name_or_path, struct error *e)
{
	const struct embedded *list = built_in(name_or_path);
	struct string_map *t = string_map_new(e);
	struct plain file = {0};
	struct str text = { "", 0 };

	if (!t)
		return NULL;
	if (list) {
		text = (struct str){ (const char *)list->data, list->bytes };
	} else if (strcmp(name_or_path, "none") != 0) {
		if (plain_open(&file, name_or_path, STOP_FILE_BYTES, e) < 0) {
			hint(e, "built-in stop lists: en none");
			goto fail;
		}
		text = file.text;
	}
	if (stop_add_all(t, text, e) < 0)
		goto fail;
	plain_close(&file);
	return t;
fail:
	plain_close(&file);
	string_map_free(t);
	return NULL;
}
