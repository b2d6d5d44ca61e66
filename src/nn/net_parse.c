/*
 * net_parse.c - from the text of a net to its list of layers.
 *
 * The format (data/nets/README.md): one layer a line,
 *
 *	NAME = TYPE key=value ... [from=A,B]
 *
 * and the lines between 'repeat FIRST..LAST' and 'end' are read once for each
 * number; '*' in a name is the number, and from=@above is the layer above the
 * repetition.  '#' starts a comment.  The first layer is the input.  Every
 * other layer reads the layer above it unless from= names others, and the last
 * one is the output.  layer_types lists the types; each has a table of options.
 * Numbers are parsed by net_number, not by libc, whose decimal point depends on
 * the locale.
 *
 * Nothing in the text is trusted: lengths, counts and products are checked,
 * and a message names file and line.
 */
#include "nn/layer.h"

#include <stdarg.h>
#include <stdio.h>

/* Limits far above any net.  Bytes count each time a repeated block is read. */
enum { MAX_LAYERS = 4096, MAX_BYTES = 1 << 26 };

const struct layer_type *const layer_types[] = {
#define LAYER(x) &layer_##x,
#include "nn/layer_types.h"
#undef LAYER
	NULL
};

struct reader {
	struct net *n;
	struct str text;	/* what is left of it */
	struct str words;	/* what is left of the line */
	size_t line;
	size_t read;		/* bytes so far */
	size_t out_dim;		/* for @dim; 0 if not known */
	struct error *e;

	/* of the block that is being repeated */
	struct str block;	/* the text from its first line on */
	size_t block_line;	/* of the word repeat; 0: no block */
	size_t pass, last;
	size_t above;		/* layers there were before this pass */
};

static int reader_fail(struct reader *r, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static int reader_fail(struct reader *r, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return fail(r->e, ERROR_DATA, "'%s' line %zu: %s", r->n->name, r->line,
		    text);
}

/* Words in messages are cut at 60 bytes. */
#define SHOW(s) (int)MIN((s).bytes, (size_t)60), (s).data

/* ---- words and numbers --------------------------------------------------- */

static int is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* The next line without its comment; 0 at the end of the text. */
static int line_next(struct reader *r)
{
	const char *end, *comment;
	size_t bytes;

	if (!r->text.bytes)
		return 0;
	end = memchr(r->text.data, '\n', r->text.bytes);
	bytes = end ? (size_t)(end - r->text.data) : r->text.bytes;
	comment = memchr(r->text.data, '#', bytes);
	r->words = (struct str){ r->text.data, bytes };
	if (comment)
		r->words.bytes = (size_t)(comment - r->text.data);
	bytes += end != NULL;
	r->text = (struct str){ r->text.data + bytes, r->text.bytes - bytes };
	r->read += bytes;
	r->line++;
	return 1;
}

/* The next word of the line; 0 bytes at its end. */
static struct str word_next(struct reader *r)
{
	struct str s = r->words;
	size_t bytes = 0;

	while (s.bytes && is_blank(*s.data)) {
		s.data++;
		s.bytes--;
	}
	while (bytes < s.bytes && !is_blank(s.data[bytes]))
		bytes++;
	r->words = (struct str){ s.data + bytes, s.bytes - bytes };
	return (struct str){ s.data, bytes };
}

/* Whether a comma-separated list ends with a comma. */
static int ends_in_comma(struct str list)
{
	return list.bytes && list.data[list.bytes - 1] == ',';
}

/* Cuts s at the first `c`: returns what is before it, leaves what is after. */
static struct str cut(struct str *s, char c)
{
	const char *at = s->bytes ? memchr(s->data, c, s->bytes) : NULL;
	struct str first = *s;

	if (at) {
		first.bytes = (size_t)(at - s->data);
		*s = (struct str){ at + 1, s->bytes - first.bytes - 1 };
	} else {
		*s = (struct str){ s->data + s->bytes, 0 };
	}
	return first;
}

/* ---- options ------------------------------------------------------------- */

static int option_number(struct reader *r, const struct layer_option *o,
			 struct str value, double *number)
{
	if (!net_number(value, number))
		return reader_fail(r, "%s='%.*s' is not a number", o->name,
				   SHOW(value));
	if (*number < o->low || *number > o->high)
		return reader_fail(r, "%s=%.*s is not between %.10g and %.10g",
				   o->name, SHOW(value), o->low, o->high);
	return 0;
}

static int option_size(struct reader *r, const struct layer_option *o,
		       struct str value, void *target)
{
	double number;

	if (o->value == VALUE_OUT && str_equal(value, str_of("@dim"))) {
		if (!r->out_dim) {
			reader_fail(r, "%s=@dim, but no size is given",
				    o->name);
			return hint(r->e, "say how many floats the net ends "
				    "in, as with --dim 100");
		}
		number = (double)r->out_dim;
		if (number > o->high)
			return reader_fail(r, "%s=@dim is %zu, above %.10g",
					   o->name, r->out_dim, o->high);
	} else if (option_number(r, o, value, &number) < 0) {
		return r->e->code;
	}
	if (number != (double)(size_t)number)
		return reader_fail(r, "%s=%.*s is not a whole number", o->name,
				   SHOW(value));
	*(size_t *)target = (size_t)number;
	return 0;
}

static int option_word(struct reader *r, const struct layer_option *o,
		       struct str value, int *target, const char *zero,
		       const char *one)
{
	*target = str_equal(value, str_of(one));
	if (!*target && !str_equal(value, str_of(zero)))
		return reader_fail(r, "%s='%.*s' is neither %s nor %s", o->name,
				   SHOW(value), one, zero);
	return 0;
}

static int option_channels(struct reader *r, const struct layer_option *o,
			   struct str value, struct layer_channels *v)
{
	if (ends_in_comma(value))
		return reader_fail(r, "%s=%.*s ends in a comma", o->name,
				   SHOW(value));
	do {
		double number;

		if (v->count == ARRAY_LEN(v->at))
			return reader_fail(r, "%s= has more than 3 numbers",
					   o->name);
		if (option_number(r, o, cut(&value, ','), &number) < 0)
			return r->e->code;
		v->at[v->count++] = (float)number;
	} while (value.bytes);
	return 0;
}

static int option_read(struct reader *r, const struct layer_option *o,
		       struct str value, void *settings)
{
	void *target = (char *)settings + o->offset;
	double number;

	switch (o->value) {
	case VALUE_SIZE:
	case VALUE_OUT:
		return option_size(r, o, value, target);
	case VALUE_FLOAT:
		if (option_number(r, o, value, &number) < 0)
			return r->e->code;
		*(float *)target = (float)number;
		return 0;
	case VALUE_YES:
		return option_word(r, o, value, target, "no", "yes");
	case VALUE_ORDER:
		return option_word(r, o, value, target, "rgb", "bgr");
	case VALUE_CHANNELS:
		return option_channels(r, o, value, target);
	}
	bug("option '%s' has no kind", o->name);
}

static void option_default(const struct layer_option *o,
			   void *settings)
{
	void *target = (char *)settings + o->offset;

	switch (o->value) {
	case VALUE_SIZE:
	case VALUE_OUT:
		*(size_t *)target = o->fallback < 0 ? 0 : (size_t)o->fallback;
		break;
	case VALUE_FLOAT:
		*(float *)target = (float)o->fallback;
		break;
	case VALUE_YES:
	case VALUE_ORDER:
		*(int *)target = (int)o->fallback;
		break;
	case VALUE_CHANNELS:
		((struct layer_channels *)target)->at[0] = (float)o->fallback;
		break;
	}
}

/* Which option `key` is, or -1 and a message with all there are. */
static int option_find(struct reader *r, const struct layer_type *type,
		       struct str key)
{
	char names[200] = "";
	size_t at = 0;

	for (int i = 0; type->options[i].name; i++) {
		if (str_equal(key, str_of(type->options[i].name)))
			return i;
		at += (size_t)snprintf(names + at, sizeof(names) - at, " %s",
				       type->options[i].name);
	}
	reader_fail(r, "%s has no option '%.*s'", type->name, SHOW(key));
	hint(r->e, "%s takes:%s%s", type->name, names,
	     type->max_inputs ? " from" : "");
	return -1;
}

/* ---- layers -------------------------------------------------------------- */

static const struct layer *layer_find(const struct net *n, struct str name)
{
	for (size_t i = 0; i < n->count; i++)
		if (str_equal(name, str_of(n->layers[i].name)))
			return &n->layers[i];
	return NULL;
}

/* `name` with each '*' replaced by the number of the repetition, in `room`.  It
 * is cut where `room` is full, which is longer than a name may be. */
static struct str name_expand(const struct reader *r, struct str name,
			      char room[2 * LAYER_NAME])
{
	char number[24];
	size_t bytes = 0;

	if (!r->block_line || !memchr(name.data, '*', name.bytes))
		return name;
	snprintf(number, sizeof(number), "%zu", r->pass);
	for (size_t i = 0; i < name.bytes; i++) {
		struct str part = name.data[i] == '*' ? str_of(number) :
				  (struct str){ name.data + i, 1 };

		if (bytes + part.bytes > 2 * LAYER_NAME)
			break;
		memcpy(room + bytes, part.data, part.bytes);
		bytes += part.bytes;
	}
	return (struct str){ room, bytes };
}

/* The layer that a word of from= names, or NULL. */
static const struct layer *source_find(const struct reader *r, struct str name)
{
	char room[2 * LAYER_NAME];

	if (r->block_line && str_equal(name, str_of("@above")))
		return &r->n->layers[r->above - 1];
	return layer_find(r->n, name_expand(r, name, room));
}

static int inputs_read(struct reader *r, struct layer *l, struct str value)
{
	if (!l->type->max_inputs)
		return reader_fail(r, "%s reads no other layer", l->type->name);
	if (l->inputs)
		return reader_fail(r, "from= is given twice");
	if (ends_in_comma(value))
		return reader_fail(r, "from=%.*s ends in a comma", SHOW(value));
	do {
		struct str name = cut(&value, ',');
		const struct layer *from = source_find(r, name);

		if (!from) {
			reader_fail(r, "from='%.*s' is not a layer above this "
				    "line", SHOW(name));
			return hint(r->e, "a layer reads layers written before "
				    "it; check the spelling");
		}
		if (l->inputs == l->type->max_inputs)
			return reader_fail(r, "%s reads at most %zu layers",
					   l->type->name, l->type->max_inputs);
		l->from[l->inputs++] = from->index;
	} while (value.bytes);
	return 0;
}

static int weights_read(struct reader *r, struct layer *l, struct str value)
{
	char room[2 * LAYER_NAME];
	struct str name = name_expand(r, value, room);

	if (*l->weights)
		return reader_fail(r, "weights= is given twice");
	if (name.bytes >= sizeof(l->weights))
		return reader_fail(r, "the name '%.*s...' is longer than %zu "
				   "bytes", SHOW(name),
				   sizeof(l->weights) - 1);
	memcpy(l->weights, name.data, name.bytes);
	return 0;
}

static int options_read(struct reader *r, struct layer *l)
{
	const struct layer_option *o = l->type->options;
	uint32_t given = 0;
	struct str word;
	int i;

	if (l->type->settings_bytes &&
	    !(l->settings = mem_new(1, l->type->settings_bytes, r->e)))
		return r->e->code;
	for (i = 0; o[i].name; i++)
		option_default(&o[i], l->settings);
	while ((word = word_next(r)).bytes) {
		struct str value = word, key = cut(&value, '=');

		if (key.bytes == word.bytes || !value.bytes)
			return reader_fail(r, "expected key=value, found "
					   "'%.*s'", SHOW(word));
		if (str_equal(key, str_of("from"))) {
			if (inputs_read(r, l, value) < 0)
				return r->e->code;
			continue;
		}
		if (str_equal(key, str_of("weights"))) {
			if (weights_read(r, l, value) < 0)
				return r->e->code;
			continue;
		}
		i = option_find(r, l->type, key);
		if (i < 0)
			return r->e->code;
		if (given & (uint32_t)1 << i)
			return reader_fail(r, "%s= is given twice", o[i].name);
		given |= (uint32_t)1 << i;
		if (option_read(r, &o[i], value, l->settings) < 0)
			return r->e->code;
	}
	for (i = 0; o[i].name; i++)
		if (o[i].fallback < o[i].low && !(given & (uint32_t)1 << i))
			return reader_fail(r, "%s needs %s=", l->type->name,
					   o[i].name);
	return 0;
}

static int name_read(struct reader *r, struct layer *l, struct str name)
{
	if (name.bytes >= sizeof(l->name))
		return reader_fail(r, "the name '%.*s...' is longer than %zu "
				   "bytes", SHOW(name), sizeof(l->name) - 1);
	for (size_t i = 0; i < name.bytes; i++) {
		char c = name.data[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		      (c >= '0' && c <= '9') || c == '_' || c == '-' ||
		      c == '/'))
			return reader_fail(r, "the name '%.*s' holds something "
					   "else than letters, digits, _ - /",
					   SHOW(name));
	}
	if (layer_find(r->n, name))
		return reader_fail(r, "there is a layer '%.*s' already",
				   SHOW(name));
	memcpy(l->name, name.data, name.bytes);
	return 0;
}

static int type_read(struct reader *r, struct layer *l, struct str word)
{
	char names[200] = "";
	size_t at = 0;

	for (size_t i = 0; layer_types[i]; i++) {
		if (str_equal(word, str_of(layer_types[i]->name)))
			l->type = layer_types[i];
		at += (size_t)snprintf(names + at, sizeof(names) - at, " %s",
				       layer_types[i]->name);
	}
	if (!l->type) {
		reader_fail(r, "there is no layer type '%.*s'", SHOW(word));
		return hint(r->e, "types are:%s", names);
	}
	if ((l->type->max_inputs == 0) != (l->index == 0)) {
		reader_fail(r, l->index ? "a second input" :
			    "the first layer is not the input");
		return hint(r->e, "a net starts with one line such as 'image = "
			    "input h=64 w=64 c=3'");
	}
	return 0;
}

static int layer_read(struct reader *r, struct str name)
{
	struct net *n = r->n;
	struct str equals = word_next(r), type = word_next(r);
	char room[2 * LAYER_NAME];
	struct layer *l;

	if (!str_equal(equals, str_of("=")) || !type.bytes) {
		reader_fail(r, "expected 'NAME = TYPE key=value ...'");
		return hint(r->e, "put blanks around the first '='");
	}
	if (n->count == MAX_LAYERS)
		return reader_fail(r, "more than %d layers", MAX_LAYERS);
	if (mem_grow(&n->layers, &n->room, n->count + 1, sizeof(*l), r->e) < 0)
		return r->e->code;
	l = &n->layers[n->count];
	*l = (struct layer){ .index = n->count, .line = r->line };
	if (name_read(r, l, name_expand(r, name, room)) < 0 ||
	    type_read(r, l, type) < 0 || options_read(r, l) < 0) {
		mem_free(l->settings);
		return r->e->code;
	}
	n->count++;
	if (!l->inputs && l->type->max_inputs)
		l->from[l->inputs++] = l->index - 1;
	if (l->inputs < l->type->min_inputs)
		return reader_fail(r, "%s needs from= with at least %zu layers",
				   l->type->name, l->type->min_inputs);
	for (size_t i = 0; i < l->inputs; i++)
		n->layers[l->from[i]].readers++;
	if (l->inputs)
		l->in = n->layers[l->from[0]].out;
	l->tensor = n->tensor_count;
	if (l->type->shape(n, l, r->e) < 0)
		return r->e->code;
	if (*l->weights && !l->tensors)
		return reader_fail(r, "%s has no weights", l->type->name);
	return 0;
}

/* ---- repeated blocks ----------------------------------------------------- */

/* FIRST..LAST */
static int range_read(struct reader *r, struct str s)
{
	double first, last;
	struct str low = cut(&s, '.');

	if (s.bytes < 2 || *s.data != '.' || !net_number(low, &first) ||
	    !net_number((struct str){ s.data + 1, s.bytes - 1 }, &last) ||
	    first < 0 || last > MAX_LAYERS || first > last ||
	    first != (double)(size_t)first || last != (double)(size_t)last) {
		reader_fail(r, "repeat needs two whole numbers up to %d, the "
			    "lower first", MAX_LAYERS);
		return hint(r->e, "as in 'repeat 1..7'; the block ends at "
			    "the line 'end'");
	}
	r->pass = (size_t)first;
	r->last = (size_t)last;
	return 0;
}

static int block_start(struct reader *r, struct str range)
{
	if (r->block_line)
		return reader_fail(r, "a repeat inside that of line %zu",
				   r->block_line);
	if (!r->n->count)
		return reader_fail(r, "the first layer is not the input");
	if (word_next(r).bytes)
		return reader_fail(r, "something follows 'repeat %.*s'",
				   SHOW(range));
	r->block = r->text;
	r->block_line = r->line;
	r->above = r->n->count;
	return range_read(r, range);
}

static int block_end(struct reader *r)
{
	if (!r->block_line)
		return reader_fail(r, "'end' without a repeat");
	if (r->n->count == r->above)
		return reader_fail(r, "no layer to repeat");
	if (r->pass++ < r->last) {
		r->text = r->block;
		r->line = r->block_line;
		r->above = r->n->count;
	} else {
		r->block_line = 0;
	}
	return 0;
}

static int line_read(struct reader *r)
{
	struct str name = word_next(r), rest = r->words, next;

	if (!name.bytes)
		return 0;
	next = word_next(r);
	if (!next.bytes && str_equal(name, str_of("end")))
		return block_end(r);
	if (str_equal(name, str_of("repeat")) &&
	    !str_equal(next, str_of("=")))
		return block_start(r, next);
	r->words = rest;
	return layer_read(r, name);
}

int net_parse(struct net *n, struct str text, size_t out_dim, struct error *e)
{
	struct reader r = { .n = n, .text = text, .out_dim = out_dim, .e = e };

	while (line_next(&r)) {
		if (r.read > MAX_BYTES)
			return reader_fail(&r, "with what is repeated the text "
					   "is longer than %d MiB",
					   MAX_BYTES >> 20);
		if (line_read(&r) < 0)
			return e->code;
	}
	if (r.block_line)
		return fail(e, ERROR_DATA, "'%s' line %zu: repeat without an "
			    "'end'", n->name, r.block_line);
	if (n->count < 2)
		return fail(e, ERROR_DATA, "'%s': a net needs an input and at "
			    "least one more layer", n->name);
	for (size_t i = 0; i + 1 < n->count; i++)
		if (!n->layers[i].readers) {
			layer_fail(n, &n->layers[i], e, "no layer reads it");
			return hint(e, "name it in a from=, or remove it; the "
				    "last layer is the output");
		}
	return 0;
}
