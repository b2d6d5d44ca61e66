/*
 * word2vec.c - CBOW and skip-gram with negative sampling (Mikolov et al. 2013)
 * as a text model.
 *
 * An input is the row of a word.  The words file has the input rows as
 * "vectors" and the output rows as "outputs", so that another run can start
 * from both.
 */
#include "text/models/sgns_text.h"

static int open_run(struct train *t, struct error *e)
{
	struct sgns_shape shape = { .rows = t->vocab.count,
				    .bags = t->vocab.count };
	struct sgns_text *x = t->state = mem_new(1, sizeof(*x), e);

	if (!x || sgns_text_open(t, &shape, e) < 0)
		return e->code;
	if (t->init_file &&
	    (sgns_text_take(t, "vectors", SGNS_INPUT, e) < 0 ||
	     sgns_text_take(t, "outputs", SGNS_OUTPUT, e) < 0))
		return e->code;
	return 0;
}

static int result(const struct train *t, struct st_writer *w, struct error *e)
{
	const struct sgns *s = &((const struct sgns_text *)t->state)->sgns;

	if (sgns_put(s, w, "outputs", SGNS_OUTPUT, 0, t->vocab.count, e) < 0)
		return e->code;
	return sgns_put(s, w, "vectors", SGNS_INPUT, 0, t->vocab.count, e);
}

const struct train_model train_word2vec = {
	.name = "word2vec", .check = sgns_text_check,
	.open = open_run, .close = sgns_text_close,
	.identity = sgns_text_identity, .step = sgns_text_step,
	.work = sgns_text_work, .loss = sgns_text_loss,
	.broken = sgns_text_broken, .save = sgns_text_save,
	.load = sgns_text_load, .meta = sgns_text_meta, .result = result,
};
