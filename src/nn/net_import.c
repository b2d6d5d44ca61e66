/*
 * net_import.c - weights of other programs become a net of ours.
 *
 * Facts of a file are untrusted: what goes into the net's text is numbers, or
 * one of the words it may be.  Batch norm that a file has folded is taken out
 * of the text, so that training does not normalise again.
 */
#include "nn/net_import.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "nn/layer.h"

enum { MOST_FACT = 200 };

struct import {
	const struct import_source *s;
	const struct import_options *o;
	const char *name;
	struct import_facts facts;
	char order[4], mean[MOST_FACT + 1], scale[MOST_FACT + 1];
	struct buf *out, *report;
	struct import_tensor *wanted;	/* the net's */
	struct import_units net, file;
	struct error *e;
};

/* ---- facts --------------------------------------------------------------- */

static int is_numbers(const char *s)
{
	return *s && strspn(s, "0123456789.,+-eE") == strlen(s) &&
	       strlen(s) <= MOST_FACT;
}

/* Numbers of more digits than a net's text takes are cut: a float has 9. */
static const char *numbers_cut(char to[MOST_FACT + 1], const char *s)
{
	enum { DIGITS = 14 };
	size_t bytes = 0, run = 0;

	if (!s)
		return NULL;
	for (int point = 0; *s; s++) {
		if (*s == ',')
			point = 0, run = 0;
		else if (*s == '.')
			point = 1, run++;
		else
			run++;
		if (!point || run <= DIGITS || *s < '0' || *s > '9')
			to[bytes++] = *s;
	}
	to[bytes] = 0;
	return to;
}

static const char *first(const char *a, const char *b)
{
	return a ? a : b;
}

static int fact_fail(const struct import *m, const char *what,
		     const char *value)
{
	return fail(m->e, ERROR_DATA, "'%s': %s '%.60s' is not known",
		    m->s->path, what, value);
}

static int order_take(struct import *m)
{
	const char *order = m->facts.order;

	if (!order)
		return 0;
	for (size_t i = 0; i < 3 && order[i]; i++)
		m->order[i] = (char)(order[i] | 32);
	m->facts.order = m->order;
	if (strlen(order) != 3 || (strcmp(m->order, "rgb") != 0 &&
				   strcmp(m->order, "bgr") != 0))
		return fact_fail(m, "channel order", order);
	return 0;
}

/* SAME, or what the text says: explicit, or nothing. */
static int padding_take(struct import *m)
{
	const char *p = m->facts.padding;

	if (!p || strncmp(p, "tf_same", 7) == 0 || strcmp(p, "same") == 0)
		return 0;
	if (strncmp(p, "explicit", 8) != 0 && strcmp(p, "text") != 0)
		return fact_fail(m, "padding", p);
	m->facts.padding = NULL;
	return 0;
}

static int facts_take(struct import *m)
{
	const struct import_facts *user = &m->o->facts, *f = &m->s->facts;
	const char *numbers[4][2];

	m->facts = (struct import_facts){
		first(user->licence, f->licence),
		first(user->source, f->source),
		first(user->size, f->size),
		first(user->order, f->order),
		first(user->mean, f->mean),
		first(user->scale, f->scale),
		first(user->padding, f->padding),
		first(user->epsilon, f->epsilon),
	};
	memcpy(numbers, ((const char *[4][2]){
		{ "size", m->facts.size }, { "mean", m->facts.mean },
		{ "scale", m->facts.scale }, { "epsilon", m->facts.epsilon },
	}), sizeof(numbers));
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
		if (numbers[i][1] && !is_numbers(numbers[i][1]))
			return fact_fail(m, numbers[i][0], numbers[i][1]);
	m->facts.mean = numbers_cut(m->mean, m->facts.mean);
	m->facts.scale = numbers_cut(m->scale, m->facts.scale);
	if (order_take(m) < 0)
		return m->e->code;
	return padding_take(m);
}

/* ---- text ---------------------------------------------------------------- */

static size_t norms(const struct import_units *u)
{
	size_t count = 0;

	for (size_t i = 0; i < u->count; i++)
		count += u->unit[i].is_norm ? 1 : 0;
	return count;
}

static int same_holds(const struct import *m, const struct net *was,
		      const struct net *is)
{
	if (m->facts.size || was->layers[0].out.h != is->layers[0].out.h)
		return 1;
	for (size_t i = 0, j = 0; i < was->count; i++) {
		while (j < is->count &&
		       strcmp(is->layers[j].name, was->layers[i].name) != 0)
			j++;
		if (j == is->count) {
			j = 0;
			continue;	/* left out */
		}
		if (was->layers[i].out.h != is->layers[j].out.h ||
		    was->layers[i].out.w != is->layers[j].out.w)
			return 0;
	}
	return 1;
}

/* The net of the text that fits the file. */
static struct net *net_fit(struct import *m, struct str text)
{
	struct net *given = net_open(text, m->name, m->o->dim, m->e);
	struct net *n = NULL;
	int has_bn = 0;

	if (!given)
		return NULL;
	for (size_t i = 0; i < given->count; i++)
		has_bn |= given->layers[i].type == &layer_bn;
	if (import_text(m->out, text, given, &m->facts,
			has_bn && !norms(&m->file), m->o->features, m->report,
			m->e) == 0)
		n = net_open((struct str){ m->out->data, m->out->bytes },
			     m->name, m->o->dim, m->e);
	if (n && m->facts.padding && !same_holds(m, given, n)) {
		fail(m->e, ERROR_DATA, "net '%s' cannot have SAME padding: "
		     "its layers would change size", m->name);
		net_close(n);
		n = NULL;
	}
	net_close(given);
	return n;
}

/* ---- values -------------------------------------------------------------- */

static int values_check(const struct import *m, const struct import_tensor *t,
			const float *v, size_t count, int variance)
{
	float least = variance ? 0 : -NET_VALUE_MOST;

	for (size_t i = 0; i < count; i++)
		if (!(v[i] >= least && v[i] <= NET_VALUE_MOST))
			return fail(m->e, ERROR_DATA, "'%s': number %zu of "
				    "tensor '%.100s' is not finite%s",
				    m->s->path, i, t->name, variance ?
				    ", too large or negative" :
				    " or too large");
	return 0;
}

/* [out, in, pixels], or [in, pixels, out], to [pixels, in, out]. */
static void turn(float *to, const float *from, enum import_layout layout,
		 size_t out, size_t in, size_t pixels)
{
	for (size_t o = 0; o < out; o++)
		for (size_t c = 0; c < in; c++)
			for (size_t p = 0; p < pixels; p++)
				to[(p * in + c) * out + o] =
					from[layout == IMPORT_OIHW ?
					     (o * in + c) * pixels + p :
					     (c * pixels + p) * out + o];
}

static int tensor_take(struct import *m, const struct net *n,
		       const struct layer *l, size_t i,
		       const struct import_tensor *from, enum import_role role)
{
	const struct net_tensor *to = &n->tensors[i].view;
	float *v = mem_new(to->count, sizeof(*v), m->e);
	size_t pixels, out;

	if (!v)
		return m->e->code;
	import_floats(v, from);
	if (values_check(m, from, v, to->count, role == IMPORT_VARIANCE) < 0)
		goto done;
	if (to->rank == 1) {
		memcpy(to->value, v, to->count * sizeof(*v));
		goto done;
	}
	out = (size_t)to->shape[to->rank - 1];
	pixels = to->rank == 4 ? (size_t)(to->shape[0] * to->shape[1]) :
		 l->in.h * l->in.w;
	turn(to->value, v, from->layout, out, to->count / out / pixels,
	     pixels);
done:
	mem_free(v);
	return m->e->code;
}

static const struct layer *layer_with(const struct net *n, size_t tensor)
{
	const struct layer *l = n->layers;

	while (tensor < l->tensor || tensor >= l->tensor + l->tensors)
		l++;
	return l;
}

static int pair_take(struct import *m, const struct net *n,
		     const struct import_unit *unit)
{
	for (int role = 0; role < IMPORT_ROLES; role++) {
		const struct import_tensor *to = unit->part[role], *from;
		size_t i;

		if (!to)
			continue;
		from = unit->pair->part[role];
		i = (size_t)(to - m->wanted);
		if (tensor_take(m, n, layer_with(n, i), i, from,
				(enum import_role)role) < 0 ||
		    buf_addf(m->report, m->e, "%s <- ", to->name) < 0 ||
		    str_put_safe(m->report, str_of(from->name), m->e) < 0 ||
		    buf_addf(m->report, m->e, " ") < 0 ||
		    import_put_shape(m->report, from, m->e) < 0 ||
		    buf_addf(m->report, m->e, "\n") < 0)
			return m->e->code;
	}
	return 0;
}

static int left_tell(struct import *m, const struct import_tensor *t)
{
	if (!t)
		return 0;
	if (buf_addf(m->report, m->e, "not used: ") < 0 ||
	    str_put_safe(m->report, str_of(t->name), m->e) < 0 ||
	    buf_addf(m->report, m->e, " ") < 0 ||
	    import_put_shape(m->report, t, m->e) < 0)
		return m->e->code;
	return buf_addf(m->report, m->e, "\n");
}

static int lefts_tell(struct import *m)
{
	for (size_t i = 0; i < m->file.count; i++)
		for (int role = 0; role < IMPORT_ROLES; role++)
			if (!m->file.unit[i].pair &&
			    left_tell(m, m->file.unit[i].part[role]) < 0)
				return m->e->code;
	for (size_t i = 0; i < m->file.others; i++)
		if (left_tell(m, m->file.other[i]) < 0)
			return m->e->code;
	return 0;
}

/* weights= of a layer is the name to look for. */
static void units_name(struct import_units *u, const struct net *n)
{
	for (size_t i = 0; i < n->count; i++) {
		const struct layer *l = &n->layers[i];

		for (size_t j = 0; *l->weights && j < u->count; j++)
			if (str_equal(u->unit[j].name, str_of(l->name))) {
				u->unit[j].name = str_of(l->weights);
				u->unit[j].named = 1;
			}
	}
}

static int net_fill(struct import *m, struct net *n)
{
	m->wanted = mem_new(n->tensor_count, sizeof(*m->wanted), m->e);
	if (!m->wanted || net_values(n, m->e) < 0)
		return m->e->code;
	for (size_t i = 0; i < n->tensor_count; i++) {
		const struct tensor *t = &n->tensors[i];

		m->wanted[i] = (struct import_tensor){
			.name = t->name, .layout = IMPORT_HWIO,
			.rank = t->view.rank
		};
		for (int d = 0; d < t->view.rank; d++)
			m->wanted[i].shape[d] = t->view.shape[d];
	}
	if (import_units_make(&m->net, m->wanted, n->tensor_count, 1,
			      m->e) < 0)
		return m->e->code;
	units_name(&m->net, n);
	if (import_match(&m->net, &m->file, m->name, m->s->path, m->e) < 0)
		return m->e->code;
	for (size_t i = 0; i < m->net.count; i++)
		if (pair_take(m, n, &m->net.unit[i]) < 0)
			return m->e->code;
	n->stale = 1;
	return lefts_tell(m);
}

struct net *net_import(const struct import_source *s, struct str text,
		       const char *name, const struct import_options *o,
		       struct buf *out, struct buf *report, struct error *e)
{
	struct import m = { .s = s, .o = o, .name = name, .out = out,
			    .report = report, .e = e };
	struct net *n = NULL;

	if (facts_take(&m) == 0 &&
		 import_units_make(&m.file, s->tensors, s->count, s->ordered,
				   e) == 0)
		n = net_fit(&m, text);
	if (n && net_fill(&m, n) < 0) {
		net_close(n);
		n = NULL;
	}
	import_units_free(&m.file);
	import_units_free(&m.net);
	mem_free(m.wanted);
	return n;
}
