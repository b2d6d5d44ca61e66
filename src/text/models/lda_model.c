/*
 * lda_model.c - LDA as a text model: its options, its tensors.
 *
 * A step is one update of lda.c, an epoch one pass over the documents.
 */
#include "text/models/lda.h"
#include "text/models/train_model.h"

static int check(const struct train_options *o, struct error *e)
{
	if (o->init) {
		fail(e, ERROR_USAGE, "training of an lda model cannot start "
		     "from another file");
		return hint(e, "glove, word2vec and fasttext can");
	}
	if (o->chunk < 1 || o->inner < 1)
		return fail(e, ERROR_USAGE, "chunk and inner are 1 or more");
	if (!(o->decay > 0 && o->decay <= 1) ||
	    !(o->offset >= 1 && o->offset < 1e9f))
		return fail(e, ERROR_USAGE, "decay is above 0 and at most 1, "
			    "offset at least 1");
	if (!(o->prior == 0 || (o->prior >= 1e-6f && o->prior <= 1e3f)))
		return fail(e, ERROR_USAGE, "the prior is 0.000001 to 1000, "
			    "or 0 for 1 / topics");
	return 0;
}

static int open_run(struct train *t, struct error *e)
{
	struct lda *l = mem_new(1, sizeof(*l), e);

	if (!l || lda_open(l, &t->vocab, t->options, t->machine, e) < 0) {
		mem_free(l);
		return e->code;
	}
	t->state = l;
	t->epoch_steps = lda_steps(l);
	t->epoch_work = l->documents.count;
	talk_note(t->machine->talk, "%zu words, %zu documents",
		  t->vocab.count, l->documents.count);
	return 0;
}

static void close_run(struct train *t)
{
	lda_close(t->state);
	mem_free(t->state);
}

static int identity(const struct train_options *o, struct identity *id,
		    struct error *e)
{
	int bad = 0;

	bad |= identity_number(id, "--chunk", (uint64_t)o->chunk, e);
	bad |= identity_real(id, "decay", o->decay, e);
	bad |= identity_real(id, "offset", o->offset, e);
	bad |= identity_real(id, "prior", o->prior, e);
	bad |= identity_number(id, "inner", (uint64_t)o->inner, e);
	return bad ? e->code : 0;
}

static int step(struct train *t, uint64_t number, struct error *e)
{
	return lda_step(t->state, number, e);
}

static uint64_t work(const struct train *t, uint64_t steps)
{
	return lda_work(t->state, steps);
}

static double loss(const struct train *t)
{
	return lda_loss(t->state);
}

static size_t broken(const struct train *t)
{
	return lda_broken(t->state);
}

/* ---- tensors ------------------------------------------------------------- */

enum { PARTS = 6 };

/* Part of the state and its place in the file. */
struct part {
	const char *name;
	enum st_type type;
	int rank;
	uint64_t shape[2];
	void *data;
};

static void parts(struct lda *l, struct part *a)
{
	const uint64_t words = l->words, topics = l->topics;

	a[0] = (struct part){ "mass", ST_F32, 2, { words, topics },
				   l->mass };
	a[1] = (struct part){ "since", ST_F64, 1, { words }, l->since };
	a[2] = (struct part){ "total", ST_F64, 1, { topics }, l->total };
	a[3] = (struct part){ "kept", ST_F64, 1, { 1 }, &l->kept };
	a[4] = (struct part){ "bound", ST_F64, 1, { 1 }, &l->bound };
	a[5] = (struct part){ "tokens", ST_F64, 1, { 1 }, &l->tokens };
}

static int save(const struct train *t, struct st_writer *w, struct error *e)
{
	struct part part[PARTS];

	parts(t->state, part);
	for (int i = 0; i < PARTS; i++)
		if (st_put(w, part[i].name, part[i].type, part[i].rank,
			   part[i].shape, part[i].data, e) < 0)
			return e->code;
	return 0;
}

static int load(struct train *t, const struct st_file *file, struct error *e)
{
	const struct st_tensor *tensor[PARTS];
	struct part part[PARTS];

	parts(t->state, part);
	for (int i = 0; i < PARTS; i++) {
		tensor[i] = st_need(file, part[i].name, part[i].type,
				    part[i].rank, part[i].shape, e);
		if (!tensor[i])
			return e->code;
	}
	for (int i = 0; i < PARTS; i++)
		memcpy(part[i].data, tensor[i]->data,
		       (size_t)tensor[i]->count *
		       st_type_bytes(part[i].type));
	return 0;
}

static int meta(const struct train *t, struct st_writer *w, struct error *e)
{
	const struct train_options *o = t->options;
	const struct lda *l = t->state;
	int bad = 0;

	bad |= train_put_number(w, "chunk", (uint64_t)o->chunk, e);
	bad |= train_put_real(w, "decay", (double)o->decay, e);
	bad |= train_put_real(w, "offset", (double)o->offset, e);
	bad |= train_put_real(w, "prior", (double)l->prior, e);
	bad |= train_put_number(w, "inner", (uint64_t)o->inner, e);
	return bad ? e->code : 0;
}

static int result(const struct train *t, struct st_writer *w, struct error *e)
{
	struct lda *l = t->state;
	uint64_t shape[2] = { l->words, l->topics };
	float *row = mem_new(l->topics, sizeof(*row), e);

	if (!row || st_begin(w, "vectors", ST_F32, e) < 0)
		goto done;
	lda_scale(l);
	for (size_t i = 0; i < l->words; i++) {
		lda_vector(l, i, row);
		if (st_rows(w, row, l->topics, e) < 0)
			goto done;
	}
	st_end(w, 2, shape, e);
done:
	mem_free(row);
	return e->code;
}

const struct train_model train_lda = {
	.name = "lda",
	.check = check,
	.open = open_run,
	.close = close_run,
	.identity = identity,
	.any_epochs = 1,
	.step = step,
	.work = work,
	.loss = loss,
	.broken = broken,
	.save = save,
	.load = load,
	.meta = meta,
	.result = result,
};
