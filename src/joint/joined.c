/* joined.c - writes a file of joined spaces; see joined.h. */
#include "joint/joined.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "format/decimal.h"

int joined_weights(const char *text, size_t count, float *w, struct error *e)
{
	const char *at = text, *end = text + strlen(text);
	size_t n = 0;

	for (; at && n < count; n++) {
		at = decimal_read(at, end, &w[n]);
		if (!at || !(w[n] >= 1e-6f && w[n] <= 1e6f))
			break;
		if (n + 1 < count)
			at = *at == ',' ? at + 1 : NULL;
	}
	if (n == count && at && !*at)
		return 0;
	return fail(e, ERROR_USAGE, "--weights '%.60s' are not %zu numbers from "
		    "1e-6 to 1e6, parted by commas", text, count);
}

struct join {
	const struct joined_options *o;
	struct space space[JOINED_MOST];
	float weight[JOINED_MOST];
	int one_trunk;			/* its tensors are there once */
	size_t dim;
};

/* ---- what can be joined -------------------------------------------------- */

static int check_space(struct join *j, size_t i, struct error *e)
{
	const struct space *s = &j->space[i];
	const char *path = st_path(s->file);

	if (s->compare == SPACE_SEED)
		return fail(e, ERROR_USAGE, "'%s' compares as in the papers: "
			    "its scores cannot be added to others", path);
	if (st_meta(s->file, "joined")) {
		fail(e, ERROR_USAGE, "'%s' is joined already", path);
		return hint(e, "join all of its parts at once");
	}
	if (space_side(s) == space_side(&j->space[0]))
		return 0;
	return fail(e, ERROR_USAGE, "'%s' wants pictures of %zux%zu, '%s' of "
		    "%zux%zu", path, space_side(s), space_side(s),
		    st_path(j->space[0].file), space_side(&j->space[0]),
		    space_side(&j->space[0]));
}

static int is_trunk(const char *name)
{
	return strncmp(name, "trunk.", 6) == 0;
}

/* Do both files have the same trunk, tensor by tensor? */
static int trunks_equal(const struct st_file *a, const struct st_file *b)
{
	size_t found = 0, others = 0;

	for (size_t i = 0; i < st_count(a); i++) {
		const struct st_tensor *t = st_at(a, i), *u;

		if (!is_trunk(t->name))
			continue;
		u = st_find(b, t->name);
		if (!u || u->type != t->type || u->count != t->count ||
		    memcmp(u->data, t->data, (size_t)t->count *
					     st_type_bytes(t->type)) != 0)
			return 0;
		found++;
	}
	for (size_t i = 0; i < st_count(b); i++)
		others += is_trunk(st_at(b, i)->name) ? 1 : 0;
	return found && found == others;
}

static int open_all(struct join *j, const struct machine *machine,
		    struct error *e)
{
	const struct joined_options *o = j->o;

	j->one_trunk = 1;
	for (size_t i = 0; i < o->count; i++) {
		j->weight[i] = 1;
		if (file_not_input(o->out, o->spaces[i], e) < 0 ||
		    space_open(&j->space[i], o->spaces[i], machine, e) < 0 ||
		    check_space(j, i, e) < 0)
			return e->code;
		j->dim += j->space[i].dim;
		j->one_trunk &= trunks_equal(j->space[0].file,
					     j->space[i].file);
	}
	return o->weights ? joined_weights(o->weights, o->count, j->weight,
					   e) : 0;
}

/* ---- the file ------------------------------------------------------------ */

/* Lines that the writer makes itself, an index's, and those that say of which
 * run the file is. */
static int is_copied(const char *key)
{
	static const char *const not[] = { "format", "format_version",
					   "program", "run" };

	for (size_t i = 0; i < ARRAY_LEN(not); i++)
		if (strcmp(key, not[i]) == 0)
			return 0;
	return strncmp(key, "sum.", 4) && strncmp(key, "index.", 6) &&
	       strncmp(key, "pad.", 4);
}

static int put_part_meta(const struct st_file *f, size_t i,
			 struct st_writer *w, struct error *e)
{
	struct buf name = { 0 };

	for (size_t m = 0; m < st_meta_count(f) && !e->code; m++) {
		const char *key, *value;

		st_meta_at(f, m, &key, &value);
		if (!is_copied(key))
			continue;
		buf_clear(&name);
		if (buf_addf(&name, e, "%zu.%s", i, key) == 0)
			st_put_meta(w, name.data, value, e);
	}
	buf_free(&name);
	return e->code;
}

static int put_part(const struct join *j, size_t i, struct st_writer *w,
		    struct error *e)
{
	const struct st_file *f = j->space[i].file;
	struct buf name = { 0 };

	for (size_t n = 0; n < st_count(f) && !e->code; n++) {
		const struct st_tensor *t = st_at(f, n);
		int once = j->one_trunk && is_trunk(t->name);

		if (!is_copied(t->name) || (once && i))
			continue;
		buf_clear(&name);
		if ((once ? buf_addf(&name, e, "%s", t->name) :
			    buf_addf(&name, e, "%zu.%s", i, t->name)) == 0)
			st_put(w, name.data, t->type, t->rank, t->shape,
			       t->data, e);
	}
	buf_free(&name);
	return e->code;
}

static int put_own_meta(const struct join *j, struct st_writer *w,
			struct error *e)
{
	char count[8], side[24];
	struct buf weights = { 0 };

	snprintf(count, sizeof(count), "%zu", j->o->count);
	snprintf(side, sizeof(side), "%zu", space_side(&j->space[0]));
	for (size_t i = 0; i < j->o->count; i++)
		buf_addf(&weights, e, "%s%.9g", i ? "," : "",
			 (double)j->weight[i]);
	if (!e->code && st_put_meta(w, "picture_tower", "joined", e) == 0 &&
	    st_put_meta(w, "text_tower", "joined", e) == 0 &&
	    st_put_meta(w, "compare", space_compare_names[SPACE_COSINE],
			e) == 0 &&
	    st_put_meta(w, "posts_size", side, e) == 0 &&
	    st_put_meta(w, "joined", count, e) == 0)
		st_put_meta(w, "joined.weights", weights.data, e);
	buf_free(&weights);
	return e->code;
}

static int put_all(const struct join *j, struct st_writer *w, struct error *e)
{
	uint64_t shape[1] = { j->dim };
	float *zeros = mem_new(j->dim, sizeof(*zeros), e);

	if (!zeros || put_own_meta(j, w, e) < 0)
		goto done;
	for (size_t i = 0; i < j->o->count; i++)
		if (put_part_meta(j->space[i].file, i, w, e) < 0)
			goto done;
	for (size_t i = 0; i < j->o->count; i++)
		if (put_part(j, i, w, e) < 0)
			goto done;
	if (st_put(w, "text_center", ST_F32, 1, shape, zeros, e) == 0)
		st_put(w, "image_center", ST_F32, 1, shape, zeros, e);
done:
	mem_free(zeros);
	return e->code;
}

static int read_back(struct st_file *f, void *machine, struct error *e)
{
	return space_try(f, machine, e);
}

static int write_all(const struct join *j, const struct machine *machine,
		     struct error *e)
{
	struct st_writer *w = st_create(j->o->out, SPACE_FORMAT, e);

	if (!w)
		return e->code;
	if (put_all(j, w, e) < 0) {
		st_discard(w);
		return e->code;
	}
	return st_commit_read(w, read_back, (void *)(uintptr_t)machine, e);
}

int joined_write(const struct joined_options *o, const struct machine *machine,
		 struct error *e)
{
	struct join j = { .o = o };
	struct file_lock lock;

	if (o->count < 2 || o->count > JOINED_MOST)
		return fail(e, ERROR_USAGE, "%zu spaces cannot be joined: from "
			    "2 to %d can", o->count, JOINED_MOST);
	if (file_lock_take(&lock, o->out, e) < 0)
		return e->code;
	if (open_all(&j, machine, e) == 0)
		write_all(&j, machine, e);
	for (size_t i = 0; i < o->count; i++)
		space_close(&j.space[i]);
	file_lock_drop(&lock);
	return e->code;
}
