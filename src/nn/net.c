/*
 * net.c - open and close a net, weights from a seed or a file, save.
 *
 * Owns the list of layers (net_parse.c fills it) and one block with the values
 * of all tensors.  Passes are in net_run.c, their memory in net_plan.c, texts
 * and tables for people in net_text.c.
 */
#include "nn/layer.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/hash.h"
#include "base/le.h"
#include "base/rng.h"

/* ---- for the layers ------------------------------------------------------ */

int layer_fail(const struct net *n, const struct layer *l, struct error *e,
	       const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return fail(e, ERROR_DATA, "'%s' line %zu: layer '%s': %s", n->name,
		    l->line, l->name, text);
}

int layer_shape(const struct net *n, struct layer *l, size_t h, size_t w,
		size_t c, struct error *e)
{
	size_t floats;

	if (!mem_product(h, w, &floats) || !mem_product(floats, c, &floats) ||
	    floats > LAYER_MAX_FLOATS)
		return layer_fail(n, l, e, "its output of %zux%zux%zu is too "
				  "large", h, w, c);
	l->out = (struct shape){ h, w, c };
	return 0;
}

int layer_tensor(struct net *n, struct layer *l, const char *name, int rank,
		 const size_t *shape, enum tensor_start start, size_t fan_in,
		 struct error *e)
{
	const struct layer_rates *rates = l->settings;
	struct tensor *t;

	if (mem_grow(&n->tensors, &n->tensor_room, n->tensor_count + 1,
		     sizeof(*t), e) < 0)
		return e->code;
	t = &n->tensors[n->tensor_count];
	*t = (struct tensor){ .start = start, .fan_in = fan_in, .learned = 1 };
	t->view.rank = rank;
	t->view.count = 1;
	for (int i = 0; i < rank; i++) {
		t->view.shape[i] = shape[i];
		if (!mem_product(t->view.count, shape[i], &t->view.count) ||
		    t->view.count > LAYER_MAX_FLOATS)
			return layer_fail(n, l, e, "its %s is too large", name);
	}
	/* a bias learns twice as fast; only weights decay */
	t->view.rate = rates->rate * (strcmp(name, "bias") == 0 ? 2 : 1);
	t->view.decay = strcmp(name, "weight") == 0 ? rates->decay : 0;
	snprintf(t->name, sizeof(t->name), "%s.%s", l->name, name);
	n->tensor_count++;
	l->tensors++;
	return 0;
}

/* ---- open and close ------------------------------------------------------ */

/* Counts the tensors' floats; allocates nothing. */
static int values_count(struct net *n, struct error *e)
{
	for (size_t i = 0; i < n->tensor_count; i++) {
		struct tensor *t = &n->tensors[i];

		t->view.name = t->name;
		n->value_floats += t->view.count;
		if (n->value_floats > LAYER_MAX_FLOATS)
			return fail(e, ERROR_DATA, "'%s': more than 2^31 "
				    "parameters", n->name);
	}
	return 0;
}

int net_values(struct net *n, struct error *e)
{
	float *at;

	if (n->values)
		return 0;
	at = n->values = mem_new(n->value_floats, sizeof(float), e);
	if (!at)
		return e->code;
	for (size_t i = 0; i < n->tensor_count; i++) {
		n->tensors[i].view.value = at;
		at += n->tensors[i].view.count;
	}
	return 0;
}

/* The last layer starts with smaller weights (layer_dense.c). */
static void mark_last(struct net *n)
{
	const struct layer *last = &n->layers[n->count - 1];

	if (last->type == &layer_dense)
		n->tensors[last->tensor].start = START_XAVIER;
}

struct net *net_open(struct str text, const char *name, size_t out_dim,
		     struct error *e)
{
	struct net *n = mem_new(1, sizeof(*n), e);
	size_t bytes = strlen(name) + 1;

	if (!n)
		return NULL;
	n->name = mem_new(bytes, 1, e);
	if (!n->name)
		goto fail;
	memcpy(n->name, name, bytes);
	if (net_parse(n, text, out_dim, e) < 0 || values_count(n, e) < 0)
		goto fail;
	mark_last(n);
	return n;
fail:
	net_close(n);
	return NULL;
}

void net_close(struct net *n)
{
	if (!n)
		return;
	net_plan_free(n);
	mem_free(n->values);
	mem_free(n->tensors);
	for (size_t i = 0; i < n->count; i++)
		mem_free(n->layers[i].settings);
	mem_free(n->layers);
	mem_free(n->name);
	mem_free(n);
}

struct net_info net_info(const struct net *n)
{
	struct shape in = n->layers[0].out;
	struct net_info info = {
		.in_h = in.h, .in_w = in.w, .in_c = in.c,
		.out_dim = shape_floats(n->layers[n->count - 1].out),
	};

	for (size_t i = 0; i < n->count; i++)
		info.multiply_adds += n->layers[i].multiply_adds;
	for (size_t i = 0; i < n->tensor_count; i++)
		if (n->tensors[i].learned)
			info.parameters += n->tensors[i].view.count;
	return info;
}

size_t layer_parameters(const struct net *n, const struct layer *l)
{
	size_t floats = 0;

	for (size_t i = 0; i < l->tensors; i++)
		if (n->tensors[l->tensor + i].learned)
			floats += layer_tensor_at(n, l, i)->count;
	return floats;
}

size_t net_layers(const struct net *n)
{
	return n->count;
}

struct net_layer net_layer_at(const struct net *n, size_t i)
{
	static const char *const ways[] = { "direct", "winograd", "depthwise" };
	const struct layer *l = &n->layers[i];

	return (struct net_layer){
		l->name, l->type->name, l->out.h, l->out.w, l->out.c,
		layer_parameters(n, l), l->multiply_adds,
		l->conv.out_h ? ways[l->conv.way] : ""
	};
}

/* ---- tensors ------------------------------------------------------------- */

size_t net_tensors(const struct net *n)
{
	return n->tensor_count;
}

uint64_t net_sum(const struct net *n, uint64_t seed)
{
	struct hash64 sum;

	hash64_start(&sum, seed);
	for (size_t i = 0; i < n->tensor_count; i++) {
		const struct net_tensor *t = &n->tensors[i].view;

		for (size_t j = 0; j < t->count; j++) {
			unsigned char bytes[4];
			uint32_t bits;

			memcpy(&bits, &t->value[j], sizeof(bits));
			le32_put(bytes, bits);
			hash64_add(&sum, bytes, sizeof(bytes));
		}
	}
	return hash64_end(&sum);
}

struct net_tensor *net_tensor(struct net *n, size_t i)
{
	n->stale = 1;		/* the caller may write to it */
	return &n->tensors[i].view;
}

/* w = bound * (2 u - 1), rounded once: u is a multiple of 2^-24. */
static void tensor_uniform(struct tensor *t, uint64_t seed, size_t number,
			   double variance)
{
	float bound = (float)sqrt(variance);
	uint64_t stream = rng_stream(RNG_INIT, number, 0);

	for (size_t i = 0; i < t->view.count; i++) {
		float u = rng_uniform(seed, stream, i);

		t->view.value[i] = bound * (2.0f * u - 1.0f);
	}
}

int net_init(struct net *n, uint64_t seed, struct error *e)
{
	if (net_values(n, e) < 0)
		return e->code;
	for (size_t i = 0; i < n->tensor_count; i++) {
		struct tensor *t = &n->tensors[i];
		double fan_in = (double)t->fan_in;

		if (t->start == START_HE)
			tensor_uniform(t, seed, i, 6.0 / fan_in);
		else if (t->start == START_XAVIER)
			tensor_uniform(t, seed, i, 3.0 / fan_in);
		else
			for (size_t j = 0; j < t->view.count; j++)
				t->view.value[j] = t->start == START_ONE;
		if (t->view.velocity)
			memset(t->view.velocity, 0,
			       t->view.count * sizeof(float));
	}
	n->stale = 1;
	return 0;
}

/* ---- files --------------------------------------------------------------- */

/* prefix + the tensor's name in *name. */
static int full_name(struct buf *name, const char *prefix,
		     const struct tensor *t, struct error *e)
{
	buf_clear(name);
	return buf_addf(name, e, "%s%s", prefix, t->name);
}

static int values_check(const struct st_file *f, const char *name,
			const struct tensor *t, const float *x, struct error *e)
{
	/* the running variance begins at 1 */
	int variance = !t->learned && t->start == START_ONE;
	float least = variance ? 0 : -NET_VALUE_MOST;
	size_t i = 0;

	while (i < t->view.count && x[i] >= least && x[i] <= NET_VALUE_MOST)
		i++;
	if (i == t->view.count)
		return 0;
	fail(e, ERROR_DATA, "'%s': number %zu of tensor '%s' is not finite%s",
	     st_path(f), i, name,
	     variance ? ", too large or negative" : " or too large");
	return hint(e, "take another copy of the file, or make it anew");
}

int net_load(struct net *n, const struct st_file *f, const char *prefix,
	     struct error *e)
{
	struct buf name = {0};
	int code = net_values(n, e);

	if (code < 0)
		return code;
	/* all tensors are checked before the first one is changed */
	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < n->tensor_count; i++) {
			struct tensor *t = &n->tensors[i];
			const struct st_tensor *from;

			code = full_name(&name, prefix, t, e);
			if (code < 0)
				goto done;
			from = st_need(f, name.data, ST_F32, t->view.rank,
				       t->view.shape, e);
			if (!from || values_check(f, name.data, t, from->data,
						  e) < 0) {
				code = e->code;
				goto done;
			}
			if (pass)
				memcpy(t->view.value, from->data,
				       t->view.count * sizeof(float));
		}
	n->stale = 1;
done:
	buf_free(&name);
	return code;
}

int net_save(struct net *n, struct st_writer *w, const char *prefix,
	     struct error *e)
{
	struct buf name = {0};
	int code = 0;

	for (size_t i = 0; code == 0 && i < n->tensor_count; i++) {
		const struct tensor *t = &n->tensors[i];

		code = full_name(&name, prefix, t, e);
		if (code == 0)
			code = st_put(w, name.data, ST_F32, t->view.rank,
				      t->view.shape, t->view.value, e);
	}
	buf_free(&name);
	return code;
}

int net_freeze(struct net *n, const char *name, struct error *e)
{
	size_t at = 0;

	while (at < n->count && strcmp(n->layers[at].name, name) != 0)
		at++;
	if (at == n->count)
		return fail(e, ERROR_USAGE, "net '%s' has no layer '%s'",
			    n->name, name);
	if (at + 1 == n->count)
		return fail(e, ERROR_USAGE, "'%s' is the last layer of net "
			    "'%s': nothing would learn", name, n->name);
	for (size_t i = 0; i <= at; i++) {
		struct layer *l = &n->layers[i];

		l->frozen = 1;
		for (size_t t = 0; t < l->tensors; t++)
			n->tensors[l->tensor + t].learned = 0;
	}
	return 0;
}
