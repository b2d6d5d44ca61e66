/*
 * net_text.c - nets for people: the built-in texts, and a table of layers.
 */
#include "nn/layer.h"

#include <stdio.h>

#include "base/embedded.h"
#include "base/file.h"
#include "base/le.h"

enum { MAX_TEXT_BYTES = 1 << 20 };	/* GoogLeNet is 8 KiB */

static const char folder[] = "data/nets/", ending[] = ".net";

/* The name of an embedded file without ".net"; 0 bytes if it is no net. */
static struct str builtin_name(const struct embedded *f)
{
	struct str s = str_of(f->name);
	size_t front = sizeof(folder) - 1, back = sizeof(ending) - 1;

	if (s.bytes <= front + back || memcmp(s.data, folder, front) != 0 ||
	    memcmp(s.data + s.bytes - back, ending, back) != 0)
		return (struct str){ s.data, 0 };
	return (struct str){ s.data + front, s.bytes - front - back };
}

int net_names(struct buf *out, struct error *e)
{
	for (const struct embedded *f = embedded_files; f->name; f++) {
		struct str name = builtin_name(f);

		if (name.bytes && buf_addf(out, e, "%s%.*s",
					   out->bytes ? " " : "",
					   (int)name.bytes, name.data) < 0)
			return e->code;
	}
	return 0;
}

/* 1, 0 if no built-in net is called so, or an error. */
static int builtin_text(struct buf *text, const char *called, struct error *e)
{
	for (const struct embedded *f = embedded_files; f->name; f++) {
		struct str name = builtin_name(f);

		if (name.bytes && str_equal(name, str_of(called)))
			return buf_add(text, f->data, f->bytes, e) < 0 ?
			       e->code : 1;
	}
	return 0;
}

/* A header length that a header can have, then '{'. */
static int is_weights(const char *path)
{
	unsigned char head[9] = { 0 };
	FILE *f = file_is_regular(path) ? fopen(path, "rb") : NULL;
	size_t n = f ? fread(head, 1, sizeof(head), f) : 0;

	if (f)
		fclose(f);
	return n == sizeof(head) && head[8] == '{' &&
	       le64_get(head) < UINT64_C(1) << 40;
}

/* The text that travels with weights: 'net init' leaves a name, which must be a
 * built-in one's. */
static int weights_text(struct buf *text, const char *path, struct error *e)
{
	struct st_file *f = st_open(path, NULL, e);
	const char *net = f ? st_meta(f, "net") : NULL;

	if (net && strpbrk(net, "\n/="))
		buf_add(text, net, strlen(net), e);
	else if (f && (!net || builtin_text(text, net, e) == 0))
		fail(e, ERROR_DATA, "'%s' does not hold a net's text", path);
	st_close(f);
	return e->code;
}

int net_text(struct buf *text, const char *name_or_path, struct error *e)
{
	struct buf names = {0};
	int found;

	buf_clear(text);
	found = builtin_text(text, name_or_path, e);
	if (found)
		return found < 0 ? found : 0;
	if (is_weights(name_or_path))
		return weights_text(text, name_or_path, e);
	if (file_exists(name_or_path) || strchr(name_or_path, '/') ||
	    strcmp(name_or_path, "-") == 0)
		return file_read(text, name_or_path, MAX_TEXT_BYTES, e);
	if (net_names(&names, e) == 0) {
		fail(e, ERROR_USAGE, "there is no net '%s'", name_or_path);
		hint(e, "built in: %s; or give the path of a net file",
		     names.data ? names.data : "none");
	}
	buf_free(&names);
	return e->code;
}

/* ---- the table ----------------------------------------------------------- */

/* The first column is as wide as the longest name. */
static int name_column(const struct net *n)
{
	size_t wide = 24;

	for (size_t i = 0; i < n->count; i++)
		wide = MAX(wide, strlen(n->layers[i].name));
	return (int)wide;
}

static int describe_layer(const struct net *n, const struct layer *l, int wide,
			  struct buf *out, struct error *e)
{
	char shape[64], from[LAYER_NAME + 8] = "";

	snprintf(shape, sizeof(shape), "%zux%zux%zu", l->out.h, l->out.w,
		 l->out.c);
	if (buf_addf(out, e, "%-*s %-8s %13s %11zu %13llu", wide,
		     l->name, l->type->name, shape, layer_parameters(n, l),
		     (unsigned long long)l->multiply_adds) < 0)
		return e->code;
	for (size_t i = 0; i < l->inputs; i++) {
		if (l->inputs == 1 && l->from[0] + 1 == l->index)
			break;
		snprintf(from, sizeof(from), "%s%s", i ? "," : "  from ",
			 n->layers[l->from[i]].name);
		if (buf_addf(out, e, "%s", from) < 0)
			return e->code;
	}
	return buf_addf(out, e, "\n");
}

int net_describe(const struct net *n, struct buf *out, struct error *e)
{
	struct net_info info = net_info(n);
	int wide = name_column(n);

	if (buf_addf(out, e, "%-*s %-8s %13s %11s %13s\n", wide, "layer",
		     "type", "output", "parameters", "multiply-adds") < 0)
		return e->code;
	for (size_t i = 0; i < n->count; i++)
		if (describe_layer(n, &n->layers[i], wide, out, e) < 0)
			return e->code;
	return buf_addf(out, e, "%s: %zux%zux%zu to %zu, %zu parameters, %llu "
			"multiply-adds\n", n->name, info.in_h, info.in_w,
			info.in_c, info.out_dim, info.parameters,
			(unsigned long long)info.multiply_adds);
}
