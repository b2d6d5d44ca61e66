/* checkpoint.c - see checkpoint.h. */
#include "joint/checkpoint.h"

#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "base/file.h"
#include "base/sum.h"
#include "base/talk.h"

#define CHECKPOINT_FORMAT "seesay learn checkpoint"

static int checkpoint_put_velocity(struct net *net, struct st_writer *w,
				   struct error *e)
{
	struct buf name = { 0 };

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

int checkpoint_save(const char *out, struct net *net, const char *identity,
		    uint64_t step, struct error *e)
{
	char *path = file_side(out, FILE_CHECKPOINT, e), number[24];
	struct st_writer *w;

	snprintf(number, sizeof(number), "%llu", (unsigned long long)step);
	if (!path)
		return e->code;
	w = st_create(path, CHECKPOINT_FORMAT, 2 * net_tensors(net), e);
	if (w && st_put_meta(w, "run", identity, e) == 0 &&
	    st_put_meta(w, "step", number, e) == 0 &&
	    net_save(net, w, "net.", e) == 0 &&
	    checkpoint_put_velocity(net, w, e) == 0)
		st_commit(w, e);
	else if (w)
		st_discard(w);
	mem_free(path);
	return e->code;
}

static int checkpoint_get_velocity(struct net *net, const struct st_file *f,
				   struct error *e)
{
	struct buf name = { 0 };

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

/* Fills the net from the file at `path`; anything wrong with it is in *e. */
static int checkpoint_read(const char *path, struct net *net,
			   const char *identity, uint64_t *step,
			   struct error *e)
{
	struct st_file *f = st_open(path, CHECKPOINT_FORMAT, e);
	const char *run, *number;

	if (!f)
		return e->code;
	run = st_meta(f, "run");
	number = st_meta(f, "step");
	if (!run || !number || strcmp(run, identity)) {
		fail(e, ERROR_FAILED, "'%s' is of a run with other input or "
		     "options", path);
		goto done;
	}
	if (st_verify(f, e) < 0 || net_load(net, f, "net.", e) < 0 ||
	    checkpoint_get_velocity(net, f, e) < 0)
		goto done;
	*step = strtoull(number, NULL, 10);
done:
	st_close(f);
	return e->code;
}

int checkpoint_load(const char *out, const struct talk *talk, struct net *net,
		    const char *identity, uint64_t *step, struct error *e)
{
	char *path = file_side(out, FILE_CHECKPOINT, e);
	struct error trouble = { 0 };

	*step = 0;
	if (!path)
		return e->code;
	if (file_exists(path) &&
	    checkpoint_read(path, net, identity, step, &trouble) < 0) {
		talk_warn(talk, "%s; starting anew", trouble.text);
		for (size_t i = 0; i < net_tensors(net); i++) {
			struct net_tensor *t = net_tensor(net, i);

			if (t->velocity)
				memset(t->velocity, 0,
				       t->count * sizeof(*t->velocity));
		}
	}
	mem_free(path);
	return 0;
}

void checkpoint_remove(const char *out)
{
	struct error ignored = { 0 };
	char *path = file_side(out, FILE_CHECKPOINT, &ignored);

	if (path)
		file_remove(path);
	mem_free(path);
}
