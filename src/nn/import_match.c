/*
 * import_match.c - pairs the tensors of a file with those of a net: units,
 * their shapes, and which belongs to which (net_import.h has the rule).
 */
#include "nn/net_import.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- units --------------------------------------------------------------- */

static struct import_unit *unit_at(struct import_units *u, struct str name,
				   struct error *e)
{
	for (size_t i = u->count; i-- > 0;)
		if (str_equal(u->unit[i].name, name))
			return &u->unit[i];
	if (mem_grow(&u->unit, &u->room, u->count + 1, sizeof(*u->unit), e) < 0)
		return NULL;
	u->unit[u->count] = (struct import_unit){ .name = name };
	return &u->unit[u->count++];
}

static int unit_other(struct import_units *u, const struct import_tensor *t,
		      struct error *e)
{
	if (mem_grow(&u->other, &u->others_room, u->others + 1,
		     sizeof(*u->other), e) < 0)
		return e->code;
	u->other[u->others++] = t;
	return 0;
}

/* out, in, h, w of a weight; 0 if it is none. */
static int weight_dims(uint64_t dims[4], const struct import_tensor *t)
{
	static const int oihw[] = { 0, 1, 2, 3 }, hwio[] = { 3, 2, 0, 1 };
	const int *at = t->layout == IMPORT_OIHW ? oihw : hwio;

	if (t->rank == 4) {
		for (int i = 0; i < 4; i++)
			dims[i] = t->shape[at[i]];
		return 1;
	}
	dims[2] = dims[3] = 1;
	if (t->rank != 2)
		return 0;
	dims[0] = t->shape[t->layout == IMPORT_OIHW ? 0 : 1];
	dims[1] = t->shape[t->layout == IMPORT_OIHW ? 1 : 0];
	return 1;
}

/* Takes units whose tensors do not fit each other apart. */
static int unit_settle(struct import_units *u, size_t i, struct error *e)
{
	struct import_unit *unit = &u->unit[i];
	const struct import_tensor *weight = unit->part[IMPORT_WEIGHT];
	int fits = weight != NULL;

	unit->is_norm = weight && weight->rank == 1;
	if (unit->is_norm)
		unit->dims[0] = weight->shape[0];
	else if (fits)
		fits = weight_dims(unit->dims, weight);
	for (int role = IMPORT_BIAS; fits && role < IMPORT_ROLES; role++) {
		const struct import_tensor *t = unit->part[role];

		fits = !t ? !unit->is_norm : t->rank == 1 &&
		       t->shape[0] == unit->dims[0] &&
		       (unit->is_norm || role == IMPORT_BIAS);
	}
	if (fits)
		return 0;
	for (int role = 0; role < IMPORT_ROLES; role++)
		if (unit->part[role] &&
		    unit_other(u, unit->part[role], e) < 0)
			return e->code;
	memmove(unit, unit + 1, (--u->count - i) * sizeof(*unit));
	return 0;
}

/* By insertion: equal names keep their order, and most lists are sorted. */
static void units_sort(struct import_units *u)
{
	for (size_t i = 1; i < u->count; i++) {
		struct import_unit unit = u->unit[i];
		size_t at = i;

		while (at && import_name_order(unit.name,
					       u->unit[at - 1].name) < 0)
			at--;
		memmove(&u->unit[at + 1], &u->unit[at],
			(i - at) * sizeof(unit));
		u->unit[at] = unit;
	}
}

int import_units_make(struct import_units *u, const struct import_tensor *t,
		      size_t count, int ordered, struct error *e)
{
	*u = (struct import_units){0};
	for (size_t i = 0; i < count; i++) {
		struct str module;
		enum import_role role = import_role_of(t[i].name, &module);
		struct import_unit *unit;

		if (role == IMPORT_ROLES) {
			if (unit_other(u, &t[i], e) < 0)
				return e->code;
			continue;
		}
		unit = unit_at(u, module, e);
		if (!unit)
			return e->code;
		if (!unit->part[role])
			unit->part[role] = &t[i];
		else if (unit_other(u, &t[i], e) < 0)
			return e->code;
	}
	for (size_t i = u->count; i-- > 0;)
		if (unit_settle(u, i, e) < 0)
			return e->code;
	if (!ordered)
		units_sort(u);
	return 0;
}

void import_units_free(struct import_units *u)
{
	mem_free(u->unit);
	mem_free(u->other);
	*u = (struct import_units){0};
}

/* ---- pairs --------------------------------------------------------------- */

/* Of those without a pair. */
static int same_class(const struct import_unit *a, const struct import_unit *b)
{
	return !a->pair && a->is_norm == b->is_norm &&
	       memcmp(a->dims, b->dims, sizeof(a->dims)) == 0;
}

static size_t class_count(const struct import_units *u,
			  const struct import_unit *of)
{
	size_t count = 0;

	for (size_t i = 0; i < u->count; i++)
		count += same_class(&u->unit[i], of) ? 1 : 0;
	return count;
}

static struct import_unit *class_named(const struct import_units *u,
				       const struct import_unit *of)
{
	for (size_t i = 0; i < u->count; i++)
		if (same_class(&u->unit[i], of) &&
		    import_name_same(u->unit[i].name, of->name))
			return &u->unit[i];
	return NULL;
}

static void pair(struct import_unit *net, struct import_unit *file)
{
	net->pair = file;
	file->pair = net;
}

static void class_unpair(struct import_units *file, struct import_unit *unit)
{
	for (size_t i = 0; i < file->count; i++)
		if (file->unit[i].pair == unit)
			file->unit[i].pair = NULL;
	unit->pair = NULL;
}

/* Pairs the units of a class by their names, if each has one of its own. */
static int class_by_name(struct import_units *net, struct import_units *file,
			 const struct import_unit *of)
{
	size_t done = 0;

	while (done < net->count) {
		struct import_unit *unit = &net->unit[done];
		struct import_unit *to = same_class(unit, of) ?
					 class_named(file, unit) : NULL;

		if (to)
			pair(unit, to);
		else if (same_class(unit, of))
			break;
		done++;
	}
	if (done == net->count)
		return 1;
	while (done-- > 0) {
		struct import_unit *unit = &net->unit[done];

		if (unit->pair && !unit->named &&
		    unit->is_norm == of->is_norm &&
		    memcmp(unit->dims, of->dims, sizeof(of->dims)) == 0)
			class_unpair(file, unit);
	}
	return 0;
}

/* Else by order; the caller saw equal counts. */
static void class_by_order(struct import_units *net,
			   struct import_units *file,
			   const struct import_unit *of)
{
	size_t at = 0;

	for (size_t i = 0; i < net->count; i++) {
		if (!same_class(&net->unit[i], of))
			continue;
		while (!same_class(&file->unit[at], of))
			at++;
		pair(&net->unit[i], &file->unit[at++]);
	}
}

/* Layers with weights= first, whatever the others are called. */
static int named_pair(struct import_units *net, struct import_units *file,
		      const char *path, struct error *e)
{
	for (size_t i = 0; i < net->count; i++) {
		struct import_unit *unit = &net->unit[i], *to;

		if (!unit->named)
			continue;
		to = class_named(file, unit);
		if (!to)
			return fail(e, ERROR_DATA, "'%s' has nothing called "
				    "'%.*s' of the shape that the net's "
				    "weights= needs", path,
				    (int)unit->name.bytes, unit->name.data);
		pair(unit, to);
	}
	return 0;
}

int import_put_shape(struct buf *b, const struct import_tensor *t,
		     struct error *e)
{
	for (int i = 0; i < t->rank; i++)
		if (buf_addf(b, e, "%s%" PRIu64, i ? ", " : "[",
			     t->shape[i]) < 0)
			return e->code;
	return buf_addf(b, e, t->rank ? "]" : "[]");
}

/* Why the class of `of` has no pairs. */
static int class_fail(const struct import_units *net,
		      const struct import_units *file,
		      const struct import_unit *of, const char *net_name,
		      const char *path, struct error *e)
{
	size_t wanted = class_count(net, of), there = class_count(file, of);
	const uint64_t *d = of->dims;
	char shape[100];

	if (of->is_norm)
		snprintf(shape, sizeof(shape), "batch norm of %" PRIu64
			 " channels", d[0]);
	else
		snprintf(shape, sizeof(shape), "weight [%" PRIu64 ", %" PRIu64
			 ", %" PRIu64 ", %" PRIu64 "]", d[0], d[1], d[2], d[3]);
	fail(e, ERROR_DATA, "'%s' does not fit net '%s': for '%.*s' and its "
	     "like, %s, the net needs %zu and the file has %zu", path,
	     net_name, (int)MIN(of->name.bytes, (size_t)100), of->name.data,
	     shape, wanted, there);
	return hint(e, "--features leaves the net's last layer out, --dim "
		    "gives the number of classes, 'seesay info -v' lists the "
		    "file's tensors");
}

/* A pair has the same parts. */
static int parts_check(const struct import_unit *unit, const char *path,
		       struct error *e)
{
	const struct import_unit *from = unit->pair;

	for (int role = 0; role < IMPORT_ROLES; role++) {
		if (!unit->part[role] == !from->part[role])
			continue;
		if (unit->part[role])
			return fail(e, ERROR_DATA,
				    "'%s': nothing for the net's "
				    "'%s'; '%.*s' has no bias",
				    path, unit->part[role]->name,
				    (int)MIN(from->name.bytes, (size_t)100),
				    from->name.data);
		return fail(e, ERROR_DATA,
			    "'%s': the net's '%.*s' has no place "
			    "for '%.100s'",
			    path, (int)unit->name.bytes, unit->name.data,
			    from->part[role]->name);
	}
	return 0;
}

int import_match(struct import_units *net, struct import_units *file,
		 const char *net_name, const char *path, struct error *e)
{
	if (named_pair(net, file, path, e) < 0)
		return e->code;
	for (size_t i = 0; i < net->count; i++) {
		const struct import_unit of = net->unit[i];

		if (of.pair || class_by_name(net, file, &of))
			continue;
		if (class_count(net, &of) != class_count(file, &of))
			return class_fail(net, file, &of, net_name, path, e);
		class_by_order(net, file, &of);
	}
	for (size_t i = 0; i < net->count; i++)
		if (parts_check(&net->unit[i], path, e) < 0)
			return e->code;
	return 0;
}
