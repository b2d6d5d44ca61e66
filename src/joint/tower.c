/* tower.c - which type of tower a space has; see tower.h. */
#include "joint/tower.h"

#include <math.h>
#include <string.h>

#define PICTURES(x) extern const struct tower_type tower_##x;
#define TEXTS(x) extern const struct tower_type tower_##x;
#include "joint/tower_types.h"
#undef PICTURES
#undef TEXTS

static const struct tower_type *const picture_types[] = {
#define PICTURES(x) &tower_##x,
#define TEXTS(x)
#include "joint/tower_types.h"
#undef PICTURES
#undef TEXTS
	NULL
};

static const struct tower_type *const text_types[] = {
#define PICTURES(x)
#define TEXTS(x) &tower_##x,
#include "joint/tower_types.h"
#undef PICTURES
#undef TEXTS
	NULL
};

static const struct {
	const char *key;
	const struct tower_type *const *types;
} sides[] = {
	[TOWER_PICTURES] = { "picture_tower", picture_types },
	[TOWER_TEXTS] = { "text_tower", text_types },
};

static const struct tower_type *tower_find(enum tower_side side,
					   const struct st_file *f,
					   struct error *e)
{
	const struct tower_type *const *types = sides[side].types;
	const char *name = st_meta(f, sides[side].key);

	for (size_t i = 0; name && types[i]; i++)
		if (!strcmp(types[i]->name, name))
			return types[i];
	if (!name)
		return types[0];
	fail(e, ERROR_DATA, "'%s': metadata '%s' is '%s', which this version "
	     "does not know", st_path(f), sides[side].key, name);
	return NULL;
}

int tower_open(struct tower *t, enum tower_side side,
	       const struct st_file *file, size_t dim,
	       const struct machine *machine, struct error *e)
{
	*t = (struct tower){ .file = file, .dim = dim, .machine = machine };
	t->type = tower_find(side, file, e);
	if (t->type && t->type->open(t, e) < 0)
		tower_close(t);
	return e->code;
}

void tower_close(struct tower *t)
{
	if (t->type)
		t->type->close(t);
	*t = (struct tower){ .type = NULL };
}

int tower_put_meta(const struct tower *t, struct st_writer *w,
		   struct error *e)
{
	enum tower_side side = t->type->pictures ? TOWER_PICTURES :
						   TOWER_TEXTS;

	if (t->type != sides[side].types[0] &&
	    st_put_meta(w, sides[side].key, t->type->name, e) < 0)
		return e->code;
	return t->type->put_meta(t, w, e);
}

const char *const tower_output_names[] = { "linear", "sigmoid", "relu", NULL };

void tower_output_apply(enum tower_output output, float *v, size_t n,
			const struct kernels *kernels)
{
	if (output == TOWER_SIGMOID)
		kernels->sigmoid(v, v, n);
	else if (output == TOWER_RELU)
		kernels->relu(v, v, INFINITY, n);
}

int tower_choice(const struct st_file *f, const char *key,
		 const char *const *words, struct error *e)
{
	const char *value = st_meta(f, key);

	for (int i = 0; value && words[i]; i++)
		if (!strcmp(words[i], value))
			return i;
	return fail(e, ERROR_DATA, "'%s': metadata '%s' is %s%s%s", st_path(f),
		    key, value ? "'" : "", value ? value : "missing",
		    value ? "', which this version does not know" : "");
}
