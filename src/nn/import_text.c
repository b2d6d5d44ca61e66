/*
 * import_text.c - fits the text of a net to the weights that come: what the
 * input is, how convolutions pad, whether batch norm is there.
 *
 * Lines are changed word by word; comments and the order of lines stay.
 * TensorFlow's SAME padding of a convolution: out = ceil(in / stride), total =
 * max((out - 1) * stride + reach - in, 0), half of it rounded down above and
 * left, the rest below and right.
 */
#include "nn/net_import.h"

#include <stdio.h>
#include <string.h>

#include "nn/layer.h"

struct rewrite {
	const struct net *n;
	const struct import_facts *facts;
	int fold, same;
	size_t line, last;		/* the last layer's, or 0 */
	struct buf names;		/* of bn that are gone: "bn\0conv\0" */
	struct buf *out;
	size_t padded, folded;
	struct error *e;
};

static struct str word_next(struct str *line)
{
	struct str s = *line;
	size_t bytes = 0;

	while (s.bytes && (*s.data == ' ' || *s.data == '\t' ||
			   *s.data == '\r'))
		s.data++, s.bytes--;
	while (bytes < s.bytes && s.data[bytes] != ' ' &&
	       s.data[bytes] != '\t' && s.data[bytes] != '\r')
		bytes++;
	*line = (struct str){ s.data + bytes, s.bytes - bytes };
	return (struct str){ s.data, bytes };
}

static int begins(struct str s, const char *with)
{
	size_t bytes = strlen(with);

	return s.bytes >= bytes && memcmp(s.data, with, bytes) == 0;
}

/* The whole number of KEY= in a line, or `fallback`. */
static size_t line_number(struct str line, const char *key, size_t fallback)
{
	struct str word;

	while ((word = word_next(&line)).bytes) {
		size_t v = 0;

		if (!begins(word, key))
			continue;
		for (size_t i = strlen(key); i < word.bytes; i++)
			v = v * 10 + (size_t)(word.data[i] - '0');
		return v;
	}
	return fallback;
}

static const struct layer *layer_of_line(const struct rewrite *r)
{
	for (size_t i = 0; i < r->n->count; i++)
		if (r->n->layers[i].line == r->line)
			return &r->n->layers[i];
	return NULL;
}

/* ---- words of a line ----------------------------------------------------- */

/* What took the place of a bn that is gone. */
static struct str renamed(const struct rewrite *r, struct str name)
{
	for (size_t at = 0; at < r->names.bytes;) {
		struct str was = str_of(r->names.data + at);
		struct str is = str_of(was.data + was.bytes + 1);

		if (str_equal(was, name))
			return is;
		at += was.bytes + is.bytes + 2;
	}
	return name;
}

static int put_from(struct rewrite *r, struct str list)
{
	const char *before = " from=";

	while (list.bytes) {
		const char *comma = memchr(list.data, ',', list.bytes);
		size_t bytes = comma ? (size_t)(comma - list.data) : list.bytes;
		struct str is = renamed(r, (struct str){ list.data, bytes });

		if (buf_addf(r->out, r->e, "%s%.*s", before, (int)is.bytes,
			     is.data) < 0)
			return r->e->code;
		before = ",";
		bytes += comma != NULL;
		list = (struct str){ list.data + bytes, list.bytes - bytes };
	}
	return 0;
}

/* The line without words that begin with one of `drop`; from= renamed. */
static int put_words(struct rewrite *r, struct str line,
		     const char *const *drop)
{
	const char *before = "";
	struct str word;

	while ((word = word_next(&line)).bytes) {
		int dropped = 0;

		for (size_t i = 0; drop[i]; i++)
			dropped |= begins(word, drop[i]);
		if (dropped)
			continue;
		if (begins(word, "from=")) {
			if (put_from(r, (struct str){ word.data + 5,
						      word.bytes - 5 }) < 0)
				return r->e->code;
		} else if (buf_addf(r->out, r->e, "%s%.*s", before,
				    (int)word.bytes, word.data) < 0) {
			return r->e->code;
		}
		before = " ";
	}
	return 0;
}

/* ---- kinds of lines ------------------------------------------------------ */

static int put_input(struct rewrite *r, struct str line)
{
	const struct import_facts *f = r->facts;
	const char *drop[6];
	size_t dropped = 0;

	if (f->order)
		drop[dropped++] = "order=";
	if (f->mean)
		drop[dropped++] = "mean=";
	if (f->scale)
		drop[dropped++] = "scale=";
	if (f->size) {
		drop[dropped++] = "h=";
		drop[dropped++] = "w=";
	}
	drop[dropped] = NULL;
	if (put_words(r, line, drop) < 0 ||
	    (f->size && buf_addf(r->out, r->e, " h=%s w=%s", f->size,
				 f->size) < 0) ||
	    (f->mean && buf_addf(r->out, r->e, " mean=%s", f->mean) < 0) ||
	    (f->scale && buf_addf(r->out, r->e, " scale=%s", f->scale) < 0))
		return r->e->code;
	return f->order ? buf_addf(r->out, r->e, " order=%s", f->order) : 0;
}

/* SAME padding before and after, for one axis. */
static void same_pads(size_t in, size_t reach, size_t stride, size_t pads[2])
{
	size_t need = ((in + stride - 1) / stride - 1) * stride + reach;
	size_t total = need > in ? need - in : 0;

	pads[0] = total / 2;
	pads[1] = total - pads[0];
}

static int put_conv(struct rewrite *r, struct str line, const struct layer *l)
{
	static const char *const sides[] = { "pad_top=", "pad_bottom=",
					     "pad_left=", "pad_right=" };
	const char *drop[] = { r->fold ? "bias=no" : "#", "pad", NULL };
	size_t kernel = line_number(line, "kernel=", 1), all, pads[4];
	size_t stride = line_number(line, "stride=", 1), differ = 0;
	size_t dilation = line_number(line, "dilation=", 1);
	const size_t in[] = { l->in.h, l->in.w };
	const char *const keys[] = { "kernel_h=", "kernel_w=" };

	all = line_number(line, "pad=", 0);
	for (int i = 0; i < 2; i++)
		same_pads(in[i], (line_number(line, keys[i], kernel) - 1) *
			  dilation + 1, stride, pads + 2 * i);
	for (int i = 0; i < 4; i++)
		differ += pads[i] != line_number(line, sides[i], all);
	if (!r->same || !differ)
		drop[1] = NULL;
	if (put_words(r, line, drop) < 0)
		return r->e->code;
	if (!drop[1])
		return 0;
	r->padded++;
	for (int i = 0; i < 4; i++)
		if (pads[i] && buf_addf(r->out, r->e, " %s%zu", sides[i],
					pads[i]) < 0)
			return r->e->code;
	return 0;
}

/* Does the convolution above l take over for l, a bn? */
static int folds(const struct rewrite *r, const struct layer *l)
{
	const struct layer *above = l - 1;

	return r->fold && l->index && above->type == &layer_conv &&
	       l->from[0] == above->index && above->tensors == 1;
}

/* `above` is the line before: its name takes the place of the bn's. */
static int fold_line(struct rewrite *r, struct str line, struct str above)
{
	struct str name = word_next(&line), to = word_next(&above);

	r->folded++;
	if (buf_add(&r->names, name.data, name.bytes, r->e) < 0 ||
	    buf_add(&r->names, "", 1, r->e) < 0 ||
	    buf_add(&r->names, to.data, to.bytes, r->e) < 0)
		return r->e->code;
	return buf_add(&r->names, "", 1, r->e);
}

static int put_bn(struct rewrite *r, struct str line)
{
	const char *const drop[] = { r->facts->epsilon ? "eps=" : NULL, NULL };

	if (put_words(r, line, drop) < 0)
		return r->e->code;
	return r->facts->epsilon ?
	       buf_addf(r->out, r->e, " eps=%s", r->facts->epsilon) : 0;
}

static int put_line(struct rewrite *r, struct str line, struct str above)
{
	static const char *const none[] = { NULL };
	const struct layer *l = layer_of_line(r);

	if (!l) {
		if (buf_add(r->out, line.data, line.bytes, r->e) < 0)
			return r->e->code;
		return buf_add(r->out, "\n", 1, r->e);
	}
	if (r->last == r->line)
		return 0;
	if (l->type == &layer_bn && folds(r, l))
		return fold_line(r, line, above);
	if ((l->index == 0 ? put_input(r, line) :
	     l->type == &layer_conv ? put_conv(r, line, l) :
	     l->type == &layer_bn ? put_bn(r, line) :
	     put_words(r, line, none)) < 0)
		return r->e->code;
	return buf_add(r->out, "\n", 1, r->e);
}

/* ---- the whole ----------------------------------------------------------- */

static int tell(const struct rewrite *r, struct buf *report)
{
	const struct import_facts *f = r->facts;
	const char *const pairs[][2] = {
		{ "size", f->size }, { "order", f->order },
		{ "mean", f->mean }, { "scale", f->scale },
	};

	for (size_t i = 0; i < ARRAY_LEN(pairs); i++)
		if (pairs[i][1] && buf_addf(report, r->e, "input: %s=%s\n",
					    pairs[i][0], pairs[i][1]) < 0)
			return r->e->code;
	if (r->padded && buf_addf(report, r->e, "padding: SAME, other than "
				  "the text's on %zu lines\n", r->padded) < 0)
		return r->e->code;
	if (r->folded && buf_addf(report, r->e, "batch norm: folded into "
				  "weights and biases, %zu lines of the text "
				  "leave it out\n", r->folded) < 0)
		return r->e->code;
	return 0;
}

int import_text(struct buf *out, struct str text, const struct net *n,
		const struct import_facts *facts, int fold, int features,
		struct buf *report, struct error *e)
{
	const struct layer *last = &n->layers[n->count - 1];
	struct rewrite r = { .n = n, .facts = facts, .fold = fold, .out = out,
			     .same = facts->padding != NULL, .e = e };
	struct str above = { "", 0 };

	if (features && (!last->tensors || n->count < 2))
		return fail(e, ERROR_USAGE, "net '%s' does not end in a layer "
			    "with weights, which --features would leave out",
			    n->name);
	r.last = features ? last->line : 0;
	while (text.bytes && !e->code) {
		const char *end = memchr(text.data, '\n', text.bytes);
		size_t bytes = end ? (size_t)(end - text.data) : text.bytes;
		struct str line = { text.data, bytes };
		const char *comment = memchr(line.data, '#', bytes);

		r.line++;
		if (comment && layer_of_line(&r))
			line.bytes = (size_t)(comment - line.data);
		put_line(&r, line, above);
		above = line;
		bytes += end != NULL;
		text = (struct str){ text.data + bytes, text.bytes - bytes };
	}
	if (!e->code)
		tell(&r, report);
	buf_free(&r.names);
	return e->code;
}
