/*
 * import_safetensors.c - weights in a safetensors file, for net_import.
 *
 * PyTorch's order of axes.  The common writer sorts names; where they are not
 * sorted, their order is that of the layers.
 */
#include "nn/net_import.h"

#include <string.h>

#include "base/le.h"

static int is_float(enum st_type type)
{
	return type == ST_F32 || type == ST_F16 || type == ST_BF16 ||
	       type == ST_F64;
}

static void facts_read(struct import_facts *facts, const struct st_file *f)
{
	facts->licence = st_meta(f, "licence");
	if (!facts->licence)
		facts->licence = st_meta(f, "license");
	facts->source = st_meta(f, "source");
	facts->size = st_meta(f, "input_size");
	facts->order = st_meta(f, "channel_order");
	facts->mean = st_meta(f, "mean");
	facts->scale = st_meta(f, "scale");
	facts->padding = st_meta(f, "padding");
	facts->epsilon = st_meta(f, "bn_epsilon");
}

int import_safetensors(struct import_source *s, struct error *e)
{
	const struct st_file *f = s->file = st_open(s->path, NULL, e);
	const char *format = f ? st_meta(f, "format") : NULL;

	if (!f)
		return e->code;
	if (format && strncmp(format, "seesay ", 7) == 0) {
		fail(e, ERROR_DATA, "'%s' is a '%s' file already", s->path,
		     format);
		return hint(e, "commands take it as it is");
	}
	facts_read(&s->facts, f);
	for (size_t i = 0; i < st_count(f); i++) {
		const struct st_tensor *t = st_at(f, i);
		struct import_tensor *to;

		if (i && strcmp(st_at(f, i - 1)->name, t->name) > 0)
			s->ordered = 1;
		if (!is_float(t->type))
			continue;	/* counters */
		to = import_add(s, str_of(t->name), "", e);
		if (!to)
			return e->code;
		to->type = t->type;
		to->rank = t->rank;
		memcpy(to->shape, t->shape, sizeof(to->shape));
		to->data = t->data;
		to->is_big = !le_is_native();
	}
	return 0;
}
