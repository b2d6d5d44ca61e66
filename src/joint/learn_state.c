/* learn_state.c - see learn_state.h. */
#include "joint/learn_state.h"

#include <string.h>

#include "base/mem.h"

int learn_state_save(struct net *net, struct st_writer *w, struct error *e)
{
	struct buf name = { 0 };

	net_save(net, w, "net.", e);
	for (size_t i = 0; i < net_tensors(net) && !e->code; i++) {
		const struct net_tensor *t = net_tensor(net, i);

		buf_clear(&name);
		if (t->velocity &&
		    buf_addf(&name, e, "velocity.%s", t->name) == 0)
			st_put(w, name.data, ST_F32, t->rank, t->shape,
			       t->velocity, e);
	}
	buf_free(&name);
	return e->code;
}

int learn_state_load(struct net *net, const struct st_file *f,
		     struct error *e)
{
	struct buf name = { 0 };

	net_load(net, f, "net.", e);
	for (size_t i = 0; i < net_tensors(net) && !e->code; i++) {
		struct net_tensor *t = net_tensor(net, i);
		const struct st_tensor *from;

		buf_clear(&name);
		if (!t->velocity ||
		    buf_addf(&name, e, "velocity.%s", t->name) < 0)
			continue;
		from = st_need(f, name.data, ST_F32, t->rank, t->shape, e);
		if (from)
			memcpy(t->velocity, from->data,
			       t->count * sizeof(*t->velocity));
	}
	buf_free(&name);
	return e->code;
}
