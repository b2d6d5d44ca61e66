/* side.c - lists of parameters; see side.h. */
#include "joint/side.h"

#include <string.h>

static char *joined(const char *prefix, const char *name, struct error *e)
{
	size_t a = strlen(prefix), b = strlen(name);
	char *s = mem_new(a + b + 1, 1, e);

	if (s) {
		memcpy(s, prefix, a);
		memcpy(s + a, name, b);
	}
	return s;
}

int side_params_add(struct side_params *list, const char *prefix,
		    const char *name, const struct optim_param *p,
		    struct error *e)
{
	char *own = joined(prefix, name, e);

	if (!own || mem_grow(&list->param, &list->room, list->count + 1,
			     sizeof(*list->param), e) < 0) {
		mem_free(own);
		return e->code;
	}
	list->param[list->count] = *p;
	list->param[list->count++].name = own;
	return 0;
}

int side_params_net(struct side_params *list, const char *prefix,
		    struct net *net, struct error *e)
{
	for (size_t i = 0; i < net_tensors(net); i++) {
		const struct net_tensor *t = net_tensor(net, i);
		struct optim_param p = { NULL, t->value, t->gradient, t->count,
					 t->rate, t->decay };

		if (t->gradient &&
		    side_params_add(list, prefix, t->name, &p, e) < 0)
			return e->code;
	}
	return 0;
}

void side_params_free(struct side_params *list)
{
	for (size_t i = 0; i < list->count; i++)
		mem_free((void *)(uintptr_t)list->param[i].name);
	mem_free(list->param);
	*list = (struct side_params){ .count = 0 };
}

void side_close(struct side *s)
{
	if (s->type)
		s->type->close(s);
	*s = (struct side){ .type = NULL };
}
