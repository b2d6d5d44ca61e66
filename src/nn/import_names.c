/*
 * import_names.c - what names of weights mean in other programs: which tensor
 * of its module one is, and which module comes first.
 *
 * Names as in torchvision, timm, Hugging Face and Keras.  Order of modules,
 * part by part of a name: stems before all, heads and shortcuts after all;
 * between them by number, then by what a block does first (expand, filter,
 * project), then by letters.
 */
#include "nn/net_import.h"

#include <string.h>

static const struct {
	const char *ending;
	enum import_role role;
} endings[] = {
	{ "weight", IMPORT_WEIGHT }, { "gamma", IMPORT_WEIGHT },
	{ "bias", IMPORT_BIAS }, { "beta", IMPORT_BIAS },
	{ "running_mean", IMPORT_MEAN }, { "moving_mean", IMPORT_MEAN },
	{ "mean", IMPORT_MEAN }, { "running_var", IMPORT_VARIANCE },
	{ "moving_variance", IMPORT_VARIANCE },
	{ "variance", IMPORT_VARIANCE }, { "var", IMPORT_VARIANCE },
};

static int is_mark(char c)
{
	return c == '.' || c == '/';
}

enum import_role import_role_of(const char *name, struct str *module)
{
	size_t bytes = strlen(name), from = bytes;

	while (from && !is_mark(name[from - 1]))
		from--;
	*module = (struct str){ name, from ? from - 1 : 0 };
	for (size_t i = 0; i < ARRAY_LEN(endings); i++)
		if (strcmp(name + from, endings[i].ending) == 0)
			return endings[i].role;
	*module = (struct str){ name, bytes };
	return IMPORT_ROLES;
}

/* ---- order --------------------------------------------------------------- */

enum { STEM, BLOCK, HEAD };

static const struct {
	const char *begin;
	int group, rank;
} words[] = {
	{ "conv_stem", STEM, 0 }, { "stem", STEM, 1 }, { "embed", STEM, 2 },
	{ "first", STEM, 3 },
	{ "squeeze", BLOCK, 1 }, { "expand", BLOCK, 2 },
	{ "dw", BLOCK, 3 }, { "depthwise", BLOCK, 3 },
	{ "conv_pwl", BLOCK, 6 }, { "conv_dw", BLOCK, 4 },
	{ "conv_head", HEAD, 3 }, { "conv", BLOCK, 3 }, { "bn", BLOCK, 4 },
	{ "pw", BLOCK, 5 }, { "project", BLOCK, 6 }, { "reduce", BLOCK, 6 },
	{ "downsample", HEAD, 1 }, { "shortcut", HEAD, 1 },
	{ "classifier", HEAD, 4 }, { "head", HEAD, 4 }, { "fc", HEAD, 4 },
	{ "logits", HEAD, 4 },
};

/* A part of a name: "layer12", "3x3", "inception3a". */
struct part {
	int group, rank;
	uint64_t number;		/* UINT64_MAX: none */
	struct str text;
};

static int is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static void part_number(struct part *p)
{
	size_t at = 0;
	uint64_t number = 0;

	while (at < p->text.bytes && !is_digit(p->text.data[at]))
		at++;
	p->number = UINT64_MAX;
	if (at == p->text.bytes)
		return;
	while (at < p->text.bytes && is_digit(p->text.data[at]) &&
	       number < UINT32_MAX)
		number = number * 10 + (uint64_t)(p->text.data[at++] - '0');
	if (at + 1 >= p->text.bytes)	/* a letter may follow: 3a */
		p->number = number;
}

static struct part part_next(struct str *name)
{
	struct part p = { .group = BLOCK, .rank = 9, .text = *name };
	size_t bytes = 0;

	while (bytes < name->bytes && !is_mark(name->data[bytes]))
		bytes++;
	p.text.bytes = bytes;
	bytes += bytes < name->bytes;
	*name = (struct str){ name->data + bytes, name->bytes - bytes };
	part_number(&p);
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		size_t begin = strlen(words[i].begin);

		if (p.text.bytes < begin ||
		    memcmp(p.text.data, words[i].begin, begin) != 0)
			continue;
		p.group = words[i].group;
		p.rank = words[i].rank;
		break;
	}
	return p;
}

int import_name_order(struct str a, struct str b)
{
	while (a.bytes && b.bytes) {
		struct part x = part_next(&a), y = part_next(&b);
		int order = str_compare(x.text, y.text);

		if (order == 0)
			continue;
		if (x.group != y.group)
			return x.group - y.group;
		if (x.number != y.number)
			return x.number < y.number ? -1 : 1;
		return x.rank != y.rank ? x.rank - y.rank : order;
	}
	return (a.bytes > 0) - (b.bytes > 0);
}

int import_name_same(struct str a, struct str b)
{
	if (a.bytes != b.bytes)
		return 0;
	for (size_t i = 0; i < a.bytes; i++) {
		int mark = is_mark(a.data[i]) || a.data[i] == '_';
		int other = is_mark(b.data[i]) || b.data[i] == '_';

		if (mark != other || (!mark && a.data[i] != b.data[i]))
			return 0;
	}
	return 1;
}
