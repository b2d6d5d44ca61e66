/* objective.c - the table of objectives; see objective.h. */
#include "joint/objective.h"

#include <math.h>

#include "base/base.h"
#include "base/mem.h"
#include "joint/objective_norm.h"
#include "joint/objective_pairs.h"

#define OBJECTIVE(NAME, name)                                                  \
	extern const struct objective_type objective_##name;
#include "joint/objective_types.h"
#undef OBJECTIVE

static const struct objective_type *const types[] = {
#define OBJECTIVE(NAME, name) &objective_##name,
#include "joint/objective_types.h"
#undef OBJECTIVE
};

const char *const objective_names[] = {
#define OBJECTIVE(NAME, name) #name,
#include "joint/objective_types.h"
#undef OBJECTIVE
	NULL
};

const char *const objective_negatives_names[] = {
	[OBJECTIVE_ALL] = "all", [OBJECTIVE_SOFT] = "soft",
	[OBJECTIVE_HARDEST] = "hardest", [OBJECTIVE_FARTHEST] = "farthest",
	[OBJECTIVE_RANDOM] = "random", [OBJECTIVE_BEST] = "best",
	[OBJECTIVE_WORD] = "word", NULL,
};

const char *const objective_norm_names[] = { "none", "unit", "relu", NULL };

const char *const objective_param_names[] = { "scale", "bias" };

enum { DRAWS_MOST = 1000 };

const struct objective_type *objective_type_of(enum objective_kind kind)
{
	return types[kind];
}

void objective_defaults(enum objective_kind kind, struct objective_settings *s)
{
	*s = types[kind]->defaults;
}

/* Is value i of `names` among the bits of what there is? */
static int check_choice(unsigned bits, size_t i, size_t most,
			const char *const *names, const char *option,
			const char *loss, struct error *e)
{
	if (i >= most)
		return fail(e, ERROR_USAGE, "there is no %s %zu", option, i);
	if (bits && !(bits >> i & 1))
		return fail(e, ERROR_USAGE, "--loss %s has no %s %s", loss,
			    option, names[i]);
	return 0;
}

static int check_numbers(const struct objective_settings *s,
			 const struct objective_type *t, struct error *e)
{
	if (t->has_margin && (!isfinite(s->margin) || s->margin < 0))
		return fail(e, ERROR_USAGE, "--margin %g is not 0 or more",
			    (double)s->margin);
	if (t->params && !(s->temperature >= 0.001f && s->temperature <= 1000))
		return fail(e, ERROR_USAGE, "--temperature %g is not between "
			    "0.001 and 1000", (double)s->temperature);
	if (s->negatives == OBJECTIVE_BEST && (s->draws < 1 ||
					       s->draws > DRAWS_MOST))
		return fail(e, ERROR_USAGE, "--draws %d is not between 1 and "
			    "%d", s->draws, DRAWS_MOST);
	return 0;
}

int objective_check(enum objective_kind kind,
		    const struct objective_settings *s, struct error *e)
{
	const struct objective_type *t;

	if ((size_t)kind >= ARRAY_LEN(types))
		return fail(e, ERROR_USAGE, "there is no loss %d", (int)kind);
	t = types[kind];
	if (check_choice(t->negatives, (size_t)s->negatives,
			 ARRAY_LEN(objective_negatives_names) - 1,
			 objective_negatives_names, "--negatives",
			 objective_names[kind], e) < 0 ||
	    check_choice(t->norms, (size_t)s->norm,
			 ARRAY_LEN(objective_norm_names) - 1,
			 objective_norm_names, "--normalise",
			 objective_names[kind], e) < 0)
		return e->code;
	return check_numbers(s, t, e);
}

int objective_identity(struct identity *id, enum objective_kind kind,
		       const struct objective_settings *s, struct error *e)
{
	const struct objective_type *t = types[kind];
	int bad = identity_text(id, "--loss", objective_names[kind], e);

	if (t->has_margin)
		bad |= identity_real(id, "--margin", s->margin, e);
	if (t->negatives)
		bad |= identity_text(id, "--negatives",
				     objective_negatives_names[s->negatives],
				     e);
	if (t->norms)
		bad |= identity_text(id, "--normalise",
				     objective_norm_names[s->norm], e);
	if (t->negatives && s->negatives == OBJECTIVE_BEST)
		bad |= identity_number(id, "--draws", (uint64_t)s->draws, e);
	if (t->params) {
		bad |= identity_real(id, "--temperature", s->temperature, e);
		bad |= identity_number(id, "--fixed-temperature",
				       (uint64_t)s->fixed, e);
	}
	return bad ? e->code : 0;
}

int objective_is_cosine(enum objective_kind kind,
			const struct objective_settings *s)
{
	return types[kind]->is_cosine || s->norm == OBJECTIVE_UNIT;
}

static int open_units(struct objective *j, struct error *e)
{
	for (int side = 0; side < 2; side++) {
		j->unit[side] = mem_new(j->most, j->dim * sizeof(float), e);
		j->length[side] = mem_new(j->most, sizeof(float), e);
	}
	return e->code;
}

int objective_open(struct objective *j, struct error *e)
{
	const struct objective_type *t = j->type;
	size_t floats = t->scratch ? t->scratch(j->most, j->dim) : 0;
	float temperature = j->settings.temperature;

	j->scratch = mem_new(floats, sizeof(float), e);
	if (t->row) {
		j->pairs = mem_new(objective_pairs_floats(j), sizeof(float), e);
		j->losses = mem_new(2 * j->most, sizeof(*j->losses), e);
	}
	if (j->settings.norm != OBJECTIVE_RAW && open_units(j, e) < 0)
		return e->code;
	if (t->params) {
		j->machine->kernels->log(&temperature, &temperature, 1);
		j->param[OBJECTIVE_SCALE] = -temperature;
		j->param[OBJECTIVE_BIAS] = t->bias;
	}
	return e->code;
}

void objective_close(struct objective *j)
{
	mem_free(j->scratch);
	mem_free(j->pairs);
	mem_free(j->losses);
	for (int side = 0; side < 2; side++) {
		mem_free(j->unit[side]);
		mem_free(j->length[side]);
	}
	*j = (struct objective){ 0 };
}

size_t objective_params(const struct objective *j)
{
	return j->settings.fixed ? 0 : j->type->params;
}

static double loss_of_type(struct objective *j, const struct objective_batch *b)
{
	return j->type->row ? objective_pairs_loss(j, b) : j->type->loss(j, b);
}

double objective_loss(struct objective *j, const struct objective_batch *b)
{
	return j->settings.norm == OBJECTIVE_RAW ? loss_of_type(j, b) :
	       objective_unit_loss(j, b, loss_of_type);
}
