/* objective.c - the table of objectives; see objective.h. */
#include "joint/objective.h"

#include <math.h>

#include "base/base.h"
#include "base/mem.h"

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
	[OBJECTIVE_ALL] = "all", [OBJECTIVE_SOFT] = "soft", NULL,
};

void objective_defaults(struct objective_settings *s)
{
	*s = (struct objective_settings){ .margin = 1.0f };
}

int objective_check(enum objective_kind kind,
		    const struct objective_settings *s, struct error *e)
{
	if ((size_t)kind >= ARRAY_LEN(types))
		return fail(e, ERROR_USAGE, "there is no loss %d", (int)kind);
	if (!isfinite(s->margin) || s->margin < 0)
		return fail(e, ERROR_USAGE, "--margin %g is not 0 or more",
			    (double)s->margin);
	if ((size_t)s->negatives >= ARRAY_LEN(objective_negatives_names) - 1)
		return fail(e, ERROR_USAGE, "there are no negatives %d",
			    (int)s->negatives);
	return 0;
}

const struct objective_type *objective_type_of(enum objective_kind kind)
{
	return types[kind];
}

int objective_open(struct objective *j, struct error *e)
{
	size_t (*bytes)(size_t, size_t) = j->type->scratch_bytes;

	j->scratch = bytes ? mem_new(1, bytes(j->most, j->dim), e) : NULL;
	return e->code;
}

void objective_close(struct objective *j)
{
	mem_free(j->scratch);
	j->scratch = NULL;
}
