/*
 * learn.c - a net on its way into a space, as a run (run/run.h), and the space
 * file it ends in.
 *
 * A step is: both sides' outputs of a batch, loss and gradients, both sides'
 * backward passes, the optimiser's step.  It changes nothing that the
 * checkpoint does not hold: what is learned, the optimiser's state and the
 * number of the step say all.
 */
#include "joint/learn.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/talk.h"
#include "joint/learn_parts.h"


const char *const learn_text_names[] = { "fixed", "table", "words", "branch",
					 NULL };

const char *const learn_keep_names[] = { "last", "best", NULL };

/* What measurement favours where all pairs of a batch are compared: words that
 * learn as well, under AdamW (docs/training.md). */
static void defaults_of_pairs(struct learn_options *o)
{
	o->text = LEARN_TABLE;
	o->word_dropout = 0.1f;
	o->optimiser = OPTIM_ADAMW;
	o->rate = 0.001f;
	o->steps.decay = 0.05f;
	o->schedule = SCHEDULE_COSINE;
	o->warm_up = 0.02f;
}

void learn_defaults(struct learn_options *o, enum objective_kind loss)
{
	*o = (struct learn_options){
		.net = "compact", .augment = "crop,mirror", .loss = loss,
		.caption = WORDS_AUTO,
		.views = 1, .compare = SPACE_COSINE, .dim = 256,
		.word_dim = 256, .epochs = 20, .batch = 64, .rate = 0.02f,
		.optimiser = OPTIM_SGD,
		.steps = { .momentum = 0.9f, .beta1 = 0.9f, .beta2 = 0.999f,
			   .epsilon = 1e-8f, .decay = 2e-4f },
		.schedule = SCHEDULE_POLY, .power = 1, .step_factor = 0.1f,
		.seed = 1,
		.checkpoint_every_s = 60,
	};
	objective_defaults(loss, &o->settings);
	if (objective_type_of(loss)->row)
		defaults_of_pairs(o);
}

int learn_forward(struct learn *l, const struct side_batch *b,
		  const float **pictures, const float **texts, struct error *e)
{
	struct side *p = &l->picture_side, *t = &l->text_side;

	if (p->type->forward(p, b, pictures, e) < 0)
		return e->code;
	return t->type->forward(t, b, texts, e);
}

static int learn_step(void *state, uint64_t step, struct error *why)
{
	struct learn *l = state;
	const struct learn_options *o = l->o;
	size_t n = (size_t)o->batch;
	struct side_batch b = {
		.feed = &l->train, .epoch = step / l->steps_per_epoch,
		.first = (size_t)(step % l->steps_per_epoch) * n, .n = n,
		.step = step,
	};
	struct objective_batch batch = {
		.gradient = l->gradient, .target_gradient = l->text_gradient,
		.drawn = l->drawn, .n = n, .step = step,
	};
	double loss;

	if (learn_forward(l, &b, &batch.out, &batch.target, why) < 0 ||
	    draws_fill(&l->draws, b.first, n, (float *)(uintptr_t)batch.target,
		       l->drawn, why) < 0)
		return why->code;
	loss = objective_loss(&l->objective, &batch);
	if (!isfinite(loss)) {
		fail(why, ERROR_FAILED, "the loss of step %llu is not finite",
		     (unsigned long long)step + 1);
		return RUN_BROKEN;
	}
	l->picture_side.type->backward(&l->picture_side, l->gradient);
	if (l->text_gradient)
		l->text_side.type->backward(&l->text_side, l->text_gradient);
	optim_step(&l->optim, schedule_rate(&l->schedule, o->rate, step,
					    l->run.steps));
	if (step % l->steps_per_epoch == 0)
		l->loss_sum = 0, l->loss_count = 0;
	l->loss_sum += loss;
	l->loss_count++;
	return 0;
}

/* ---- means --------------------------------------------------------------- */

/* Sums of outputs over posts, and of their squared distances. */
struct survey {
	double *text, *image, loss;	/* [dim], [dim] */
	size_t posts;
};

static void survey_add(struct survey *v, struct learn *l, const float *image,
		       const float *text, size_t n)
{
	for (size_t i = 0; i < n * l->dim; i++) {
		double d = (double)image[i] - (double)text[i];

		v->loss += d * d;
		v->text[i % l->dim] += (double)text[i];
		v->image[i % l->dim] += (double)image[i];
	}
	v->posts += n;
}

/* Over the first posts of a split, one after the other in double. */
static int learn_survey(struct learn *l, struct feed *f, struct survey *v,
			struct error *e)
{
	size_t most = MIN(f->count, (size_t)CENTER_POSTS);
	struct side_batch b = { .feed = f, .still = 1 };

	memset(v->text, 0, l->dim * sizeof(*v->text));
	memset(v->image, 0, l->dim * sizeof(*v->image));
	v->loss = 0;
	v->posts = 0;
	for (; b.first < most; b.first += b.n) {
		const float *image, *text;

		b.n = MIN(most - b.first, (size_t)l->o->batch);
		if (learn_forward(l, &b, &image, &text, e) < 0)
			return e->code;
		memcpy(l->gradient, image, b.n * l->dim * sizeof(*image));
		tower_output_apply(learn_output(l->o), l->gradient,
				   b.n * l->dim, l->machine->kernels);
		survey_add(v, l, l->gradient, text, b.n);
	}
	return 0;
}

/* Where vectors as they are were learned, each side has a mean of its own. */
static void learn_set_centers(struct learn *l, const struct survey *v)
{
	if (l->o->settings.norm != OBJECTIVE_RAW || !v->posts)
		return;
	for (size_t i = 0; i < l->dim; i++) {
		l->text_center[i] = (float)(v->text[i] / (double)v->posts);
		l->image_center[i] = (float)(v->image[i] / (double)v->posts);
	}
}

static int learn_centers(void *state, struct error *why)
{
	struct learn *l = state;
	struct survey v = { .text = mem_new(2 * l->dim, sizeof(double), why) };

	if (!v.text || learn_plan(l, NET_RUN, why) < 0)
		goto done;
	v.image = v.text + l->dim;
	if (learn_survey(l, &l->val, &v, why) < 0)
		goto done;
	l->val_loss = v.posts ? v.loss / (double)v.posts : 0;
	if (learn_survey(l, &l->train, &v, why) < 0)
		goto done;
	learn_set_centers(l, &v);
	if (!isfinite(v.loss) || !isfinite(l->val_loss))
		fail(why, ERROR_FAILED, "what the net says of the pictures is "
		     "not finite");
done:
	mem_free(v.text);
	return !why->code ? 0 : why->code == ERROR_FAILED ? RUN_BROKEN :
	       why->code;
}

/* ---- the file ------------------------------------------------------------ */

static int learn_put_meta(struct learn *l, struct st_writer *w, struct error *e)
{
	char size[24], seed[24], epochs[24];

	snprintf(size, sizeof(size), "%zu", l->posts.size);
	snprintf(seed, sizeof(seed), "%llu", (unsigned long long)l->o->seed);
	snprintf(epochs, sizeof(epochs), "%d", l->o->epochs);
	if (tower_put_meta(&l->pictures, w, e) < 0 ||
	    st_put_meta(w, "compare", space_compare_names[l->o->compare], e) <
		    0 ||
	    tower_put_meta(&l->text, w, e) < 0 ||
	    st_put_meta(w, "posts_size", size, e) < 0 ||
	    st_put_meta(w, "seed", seed, e) < 0)
		return e->code;
	return st_put_meta(w, "epochs", epochs, e);
}

static int learn_write(void *state, struct st_writer *w, struct error *e)
{
	struct learn *l = state;
	uint64_t shape[1] = { l->dim };

	if (learn_put_meta(l, w, e) < 0 ||
	    l->text.type->put(&l->text, w, e) < 0 ||
	    l->pictures.type->put(&l->pictures, w, e) < 0 ||
	    st_put(w, "text_center", ST_F32, 1, shape, l->text_center, e) < 0)
		return e->code;
	return st_put(w, "image_center", ST_F32, 1, shape, l->image_center, e);
}

/* ---- its part of a run --------------------------------------------------- */

static uint64_t learn_work(const void *state, uint64_t steps)
{
	(void)state;
	return steps;
}

static void learn_tell(const void *state, uint64_t steps, char *text,
		       size_t room)
{
	const struct learn *l = state;

	const struct validation *v = &l->run.validation;
	int n = snprintf(text, room, "epoch %llu, loss %.4f",
			 (unsigned long long)((steps - 1) /
					      l->steps_per_epoch + 1),
			 l->loss_sum / (double)l->loss_count);

	if (v->best_step && n > 0 && (size_t)n < room)
		snprintf(text + n, room - (size_t)n, ", %s %.4g",
			 measure_names[l->o->measure], fabs(v->last));
}

static int learn_check(void *state, struct error *why)
{
	struct learn *l = state;
	struct side *sides[2] = { &l->picture_side, &l->text_side };

	for (int i = 0; i < 2; i++)
		if (sides[i]->type->check &&
		    sides[i]->type->check(sides[i], why) < 0)
			return RUN_BROKEN;
	return 0;
}

static int learn_save(void *state, struct st_writer *w, struct error *e)
{
	struct learn *l = state;
	struct side *sides[2] = { &l->picture_side, &l->text_side };
	uint64_t shape[1] = { OBJECTIVE_PARAMS };

	for (int i = 0; i < 2; i++)
		if (sides[i]->type->save &&
		    sides[i]->type->save(sides[i], w, e) < 0)
			return e->code;
	if (objective_params(&l->objective) &&
	    st_put(w, "objective", ST_F32, 1, shape, l->objective.param, e) < 0)
		return e->code;
	return optim_save(&l->optim, w, e);
}

static int learn_load(void *state, const struct st_file *f, struct error *e)
{
	struct learn *l = state;
	struct side *sides[2] = { &l->picture_side, &l->text_side };
	uint64_t shape[1] = { OBJECTIVE_PARAMS };
	const struct st_tensor *t = NULL;
	const char *step = st_meta(f, "step");

	if (objective_params(&l->objective)) {
		t = st_need(f, "objective", ST_F32, 1, shape, e);
		if (!t || st_numbers(f, t, NET_VALUE_MOST, e) < 0)
			return e->code;
	}
	for (int i = 0; i < 2; i++)
		if (sides[i]->type->load &&
		    sides[i]->type->load(sides[i], f, e) < 0)
			return e->code;
	if (t)
		memcpy(l->objective.param, t->data,
		       OBJECTIVE_PARAMS * sizeof(float));
	return optim_load(&l->optim, f, step ? strtoull(step, NULL, 10) : 0,
			  e);
}

static int learn_read(void *state, struct st_file *f, struct error *e)
{
	return space_try(f, ((struct learn *)state)->machine, e);
}

static const struct run_model learn_model = {
	.name = "learn", .format = SPACE_FORMAT,
	.checkpoint_format = "seesay learn checkpoint",
	.step = learn_step, .work = learn_work, .tell = learn_tell,
	.check = learn_check, .save = learn_save, .load = learn_load,
	.validate = learn_validate, .finish = learn_centers,
	.write = learn_write, .read = learn_read,
};

static int learn_all(struct learn *l, struct error *e)
{
	const struct talk *talk = l->machine->talk;
	int made;

	if (run_lock(&l->run, e) < 0 || learn_open_files(l, e) < 0 ||
	    run_begin(&l->run, &made, e) < 0 || made)
		return e->code;
	if (learn_open_run(l, e) < 0)
		return e->code;
	if (l->train.no_words)
		talk_note(talk,
			  "%llu posts have no word of the vocabulary and "
			  "are left out",
			  (unsigned long long)l->train.no_words);
	if (run_train(&l->run, e) < 0)
		return e->code;
	if (l->o->settings.norm == OBJECTIVE_RAW)
		talk_note(talk, "learned from %zu posts; squared distance to "
			  "the words of %zu posts kept aside: %.4f",
			  l->train.count, l->val.count, l->val_loss);
	else
		talk_note(talk, "learned from %zu posts", l->train.count);
	return 0;
}

static int learn_check_measure(const struct learn_options *o, struct error *e)
{
	if (o->measure != MEASURE_LOSS ||
	    o->settings.negatives < OBJECTIVE_BEST)
		return 0;
	return fail(e, ERROR_USAGE, "--measure loss is not for --negatives "
		    "%s, whose draws are of the posts that are learned from",
		    objective_negatives_names[o->settings.negatives]);
}

static int learn_check_options(const struct learn_options *o, struct error *e)
{
	struct augment_settings augment;

	if (learn_check_measure(o, e) < 0 ||
	    augment_parse(&augment, o->augment, e) < 0)
		return e->code;
	if (!trunk_has_views((size_t)o->views))
		return fail(e, ERROR_USAGE, "--views %d is not 1, 2 or 7",
			    o->views);
	if (o->text != LEARN_FIXED && o->compare == SPACE_SEED)
		return fail(e, ERROR_USAGE, "--compare seed is for --text "
			    "fixed: it compares as the papers' programs do");
	if (o->text != LEARN_FIXED && o->settings.negatives >= OBJECTIVE_BEST)
		return fail(e, ERROR_USAGE, "--negatives %s is for --text "
			    "fixed: it compares vectors that stay",
			    objective_negatives_names[o->settings.negatives]);
	return 0;
}

int learn_run(const struct learn_options *o, const struct machine *machine,
	      struct error *e)
{
	struct learn l = {
		.o = o, .machine = machine,
		.run = { .model = &learn_model, .talk = machine->talk,
			 .out = o->out, .restart = o->restart,
			 .validation = { .patience = (uint64_t)o->patience,
					 .keep_best = o->keep_best },
			 .checkpoint_every_s = o->checkpoint_every_s },
	};

	if (objective_check(o->loss, &o->settings, e) < 0 ||
	    learn_check_options(o, e) < 0 ||
	    file_not_input(o->out, o->posts, e) < 0 ||
	    file_not_input(o->out, o->words, e) < 0 ||
	    file_not_input(o->out, o->net, e) < 0 ||
	    file_not_input(o->out, o->init, e) < 0 ||
	    file_not_input(o->out, o->trunk, e) < 0)
		return e->code;
	l.run.state = &l;
	learn_all(&l, e);
	learn_close(&l);
	run_close(&l.run);
	return e->code;
}
