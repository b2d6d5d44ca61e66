/*
 * learn.c - a net on its way into a space, as a run (run/run.h), and the space
 * file it ends in.
 *
 * A step is: fill a batch, forward, loss and its gradient, backward, SGD.  It
 * changes nothing that the checkpoint does not hold: the weights, their
 * velocity and the number of the step say all.
 */
#include "joint/learn.h"

#include <math.h>
#include <string.h>

#include "base/base.h"
#include "base/file.h"
#include "base/le.h"
#include "base/hash.h"
#include "base/talk.h"
#include "joint/draws.h"
#include "joint/feed.h"
#include "joint/learn_state.h"
#include "joint/tower_net.h"
#include "joint/tower_words.h"
#include "run/run.h"

enum {
	CENTER_POSTS = 2048,		/* that the means are taken over */
	TARGET_BYTES = 1 << 28,		/* more of them lie in a file */
};

void learn_defaults(struct learn_options *o, enum objective_kind loss)
{
	memset(o, 0, sizeof(*o));
	o->net = "compact";
	o->loss = loss;
	objective_defaults(loss, &o->settings);
	o->caption = WORDS_AUTO;
	o->compare = SPACE_COSINE;
	o->epochs = 20;
	o->batch = 64;
	o->rate = 0.02f;
	o->momentum = 0.9f;
	o->decay = 2e-4f;
	o->schedule = SCHEDULE_POLY;
	o->seed = 1;
	o->checkpoint_every_s = 60;
}

struct learn {
	const struct learn_options *o;
	const struct machine *machine;
	struct dataset posts;
	struct st_file *words_file;
	struct tower text, pictures;
	struct net *net;		/* of the pictures */
	struct st_file *init_file;	/* or NULL */
	struct feed train, val;
	size_t dim, steps_per_epoch;
	struct draws draws;
	float *target, *gradient, *drawn;	/* [batch, dim] */
	struct objective objective;
	float *text_center, *image_center;	/* [dim] */
	double loss_sum;		/* of the epoch's steps in this run */
	uint64_t loss_count;
	double val_loss;		/* when all is done */
	struct run run;
};

static int learn_step(void *state, uint64_t step, struct error *why)
{
	struct learn *l = state;
	const struct learn_options *o = l->o;
	uint64_t epoch = step / l->steps_per_epoch;
	size_t n = (size_t)o->batch;
	size_t first = (size_t)(step % l->steps_per_epoch) * n;
	struct objective_batch batch = {
		.target = l->target, .gradient = l->gradient,
		.drawn = l->drawn, .n = n, .step = step,
	};
	double loss;

	if (feed_fill(&l->train, epoch, first, n, 0, net_input(l->net),
		       l->target, why) < 0 ||
	    draws_fill(&l->draws, first, n, l->target, l->drawn, why) < 0)
		return why->code;
	batch.out = net_forward(l->net, n, o->seed, step);
	loss = objective_loss(&l->objective, &batch);
	if (!isfinite(loss)) {
		fail(why, ERROR_FAILED, "the loss of step %llu is not finite",
		     (unsigned long long)step + 1);
		return RUN_BROKEN;
	}
	net_backward(l->net, l->gradient);
	net_step(l->net, schedule_rate(o->schedule, o->rate, step,
				       l->run.steps), o->momentum, o->decay);
	if (step % l->steps_per_epoch == 0)
		l->loss_sum = 0, l->loss_count = 0;
	l->loss_sum += loss;
	l->loss_count++;
	return 0;
}

/* ---- what the run consists of ------------------------------------------- */

static int learn_identity(struct learn *l, struct error *e)
{
	const struct learn_options *o = l->o;
	struct identity *id = &l->run.identity;
	struct str net = tower_net_text(&l->pictures);
	int bad = 0;

	bad |= objective_identity(id, o->loss, &o->settings, e);
	bad |= identity_text(id, "--caption",
			     words_captions[tower_words_caption(&l->text)], e);
	bad |= identity_text(id, "--compare", space_compare_names[o->compare],
			     e);
	bad |= identity_number(id, "--epochs", (uint64_t)o->epochs, e);
	bad |= identity_number(id, "--batch", (uint64_t)o->batch, e);
	bad |= identity_real(id, "--rate", o->rate, e);
	bad |= identity_real(id, "--momentum", o->momentum, e);
	bad |= identity_real(id, "--decay", o->decay, e);
	bad |= identity_text(id, "--schedule", schedule_names[o->schedule], e);
	bad |= identity_number(id, "--seed", o->seed, e);
	bad |= identity_sum(id, "--net", hash64(net.data, net.bytes, 0), e);
	bad |= identity_sum(id, "posts", l->posts.sum, e);
	bad |= identity_sum(id, "words", st_sum(l->words_file), e);
	return bad ? e->code : 0;
}

/* Names of a net's tensors in the file begin with this. */
static const char *init_prefix(const struct st_file *f)
{
	const char *format = st_meta(f, "format");

	return format && strcmp(format, SPACE_FORMAT) == 0 ? "net." : "";
}

/* The given weights become part of what the run is. */
static int learn_open_init(struct learn *l, struct error *e)
{
	struct hash64 sum;

	if (!l->o->init)
		return 0;
	l->init_file = st_open(l->o->init, NULL, e);
	if (!l->init_file ||
	    net_match(l->net, l->init_file, init_prefix(l->init_file), e) < 0 ||
	    net_load(l->net, l->init_file, init_prefix(l->init_file), e) < 0)
		return e->code;
	hash64_start(&sum, 0);
	for (size_t i = 0; i < net_tensors(l->net); i++) {
		const struct net_tensor *t = net_tensor(l->net, i);

		for (size_t j = 0; j < t->count; j++) {
			unsigned char bytes[4];
			uint32_t bits;

			memcpy(&bits, &t->value[j], sizeof(bits));
			le32_put(bytes, bits);
			hash64_add(&sum, bytes, sizeof(bytes));
		}
	}
	return identity_sum(&l->run.identity, "--init", hash64_end(&sum), e);
}

/* Weights before the first step. */
static int learn_init(struct learn *l, struct error *e)
{
	if (net_init(l->net, l->o->seed, e) < 0 || !l->init_file)
		return e->code;
	return net_load(l->net, l->init_file, init_prefix(l->init_file), e);
}

/* Is a picture's vector the logistic function of the net's output?  As the
 * objective says; always when compared as the papers' programs do. */
static int learn_is_logistic(const struct learn_options *o)
{
	return objective_type_of(o->loss)->is_logistic ||
	       o->compare == SPACE_SEED;
}

static int learn_open_files(struct learn *l, struct error *e)
{
	if (dataset_open(&l->posts, l->o->posts, e) < 0)
		return e->code;
	l->words_file = st_open(l->o->words, WORDS_FORMAT, e);
	if (!l->words_file ||
	    tower_words_open(&l->text, l->words_file, l->o->caption,
			     l->machine, e) < 0)
		return e->code;
	l->dim = l->text.dim;
	if (tower_net_open(&l->pictures, l->o->net, l->dim,
			   learn_is_logistic(l->o), l->machine, e) < 0)
		return e->code;
	l->net = tower_net_of(&l->pictures);
	if (learn_identity(l, e) < 0)
		return e->code;
	return learn_open_init(l, e);
}

static int learn_open_feeds(struct learn *l, struct error *e)
{
	struct net_info info = net_info(l->net);
	const struct feed f = {
		.type = &feed_pixels, .posts = &l->posts, .text = &l->text,
		.machine = l->machine, .side = info.in_h, .seed = l->o->seed,
		.beside = l->o->out, .memory_bytes = TARGET_BYTES,
	};

	if (info.in_h != info.in_w || info.in_c != 3 ||
	    info.out_dim != l->dim)
		return fail(e, ERROR_DATA,
			    "net '%s' sees %zux%zux%zu and gives "
			    "%zu numbers; needed are square RGB and %zu",
			    l->o->net, info.in_h, info.in_w, info.in_c,
			    info.out_dim, l->dim);
	l->train = f;
	l->val = f;
	if (feed_open(&l->train, POSTS_TRAIN, e) < 0 ||
	    feed_open(&l->val, POSTS_VAL, e) < 0)
		return e->code;
	l->steps_per_epoch = l->train.count / (size_t)l->o->batch;
	if (l->steps_per_epoch)
		return 0;
	fail(e, ERROR_DATA, "'%s' has %zu posts to learn from whose words are "
	     "known; a batch is %d", l->o->posts, l->train.count, l->o->batch);
	return hint(e, "give more posts, or a smaller --batch");
}

static int learn_open_memory(struct learn *l, struct error *e)
{
	size_t n = (size_t)l->o->batch;

	l->target = mem_new(n * l->dim, sizeof(float), e);
	l->gradient = mem_new(n * l->dim, sizeof(float), e);
	l->drawn = mem_new(n * l->dim, sizeof(float), e);
	l->text_center = mem_new(l->dim, sizeof(float), e);
	l->image_center = mem_new(l->dim, sizeof(float), e);
	l->objective = (struct objective){
		.type = objective_type_of(l->o->loss),
		.settings = l->o->settings, .machine = l->machine,
		.most = n, .dim = l->dim, .seed = l->o->seed,
	};
	l->draws = (struct draws){ .feed = &l->train,
		.how = l->o->settings.negatives,
		.count = l->o->settings.draws };
	if (e->code || objective_open(&l->objective, e) < 0 ||
	    draws_open(&l->draws, e) < 0)
		return e->code;
	net_limit(l->net, l->o->memory_bytes);
	return net_plan(l->net, l->machine, NET_TRAIN, n, e);
}

static void learn_close(struct learn *l)
{
	feed_close(&l->train);
	feed_close(&l->val);
	tower_close(&l->pictures);
	tower_close(&l->text);
	st_close(l->init_file);
	st_close(l->words_file);
	dataset_close(&l->posts);
	mem_free(l->target);
	mem_free(l->gradient);
	mem_free(l->drawn);
	draws_close(&l->draws);
	objective_close(&l->objective);
	mem_free(l->text_center);
	mem_free(l->image_center);
}

/* ---- the end: means, file ------------------------------------------------ */

/* Sums targets and outputs over the first posts of a split, one after the
 * other in double; gives their number, and the loss per post in *loss. */
static size_t learn_survey(struct learn *l, struct feed *f,
			   double *text, double *image, double *loss,
			   struct error *e)
{
	const struct kernels *k = l->machine->kernels;
	size_t most = MIN(f->count, (size_t)CENTER_POSTS), done = 0;
	size_t batch = (size_t)l->o->batch;

	memset(text, 0, l->dim * sizeof(*text));
	memset(image, 0, l->dim * sizeof(*image));
	*loss = 0;
	while (done < most) {
		size_t n = MIN(most - done, batch);
		float *out;

		if (feed_fill(f, 0, done, n, 1, net_input(l->net), l->target,
			       e) < 0)
			return 0;
		out = l->gradient;
		memcpy(out, net_forward(l->net, n, 0, 0),
		       n * l->dim * sizeof(*out));
		if (tower_net_is_logistic(&l->pictures))
			k->sigmoid(out, out, n * l->dim);
		for (size_t i = 0; i < n * l->dim; i++) {
			double d = (double)out[i] - (double)l->target[i];

			*loss += d * d;
			text[i % l->dim] += (double)l->target[i];
			image[i % l->dim] += (double)out[i];
		}
		done += n;
	}
	return done;
}

static int learn_centers(void *state, struct error *why)
{
	struct learn *l = state;
	double *text = mem_new(2 * l->dim, sizeof(*text), why), loss = 0;
	double *image = text ? text + l->dim : NULL;
	int code = ERROR_FAILED;
	size_t n;

	if (!text || net_plan(l->net, l->machine, NET_RUN,
			      (size_t)l->o->batch, why) < 0)
		goto done;
	n = learn_survey(l, &l->val, text, image, &loss, why);
	l->val_loss = n ? loss / (double)n : 0;
	n = learn_survey(l, &l->train, text, image, &loss, why);
	for (size_t i = 0; n && i < l->dim; i++) {
		l->text_center[i] = (float)(text[i] / (double)n);
		l->image_center[i] = (float)(image[i] / (double)n);
	}
	code = why->code;
	if (code || (isfinite(loss) && isfinite(l->val_loss)))
		goto done;
	fail(why, ERROR_FAILED, "what the net says of the pictures is not "
	     "finite");
	code = RUN_BROKEN;
done:
	mem_free(text);
	return code;
}

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

	snprintf(text, room, "epoch %llu, loss %.4f",
		 (unsigned long long)((steps - 1) / l->steps_per_epoch + 1),
		 l->loss_sum / (double)l->loss_count);
}

static int learn_check(void *state, struct error *why)
{
	struct learn *l = state;

	return net_check(l->net, why) < 0 ? RUN_BROKEN : 0;
}

static int learn_save(void *state, struct st_writer *w, struct error *e)
{
	return learn_state_save(((struct learn *)state)->net, w, e);
}

static int learn_load(void *state, const struct st_file *f, struct error *e)
{
	return learn_state_load(((struct learn *)state)->net, f, e);
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
	.finish = learn_centers, .write = learn_write, .read = learn_read,
};

static int learn_all(struct learn *l, struct error *e)
{
	const struct talk *talk = l->machine->talk;
	int made;

	if (run_lock(&l->run, e) < 0 || learn_open_files(l, e) < 0 ||
	    run_begin(&l->run, &made, e) < 0 || made ||
	    learn_open_feeds(l, e) < 0 || learn_open_memory(l, e) < 0)
		return e->code;
	if (l->train.no_words)
		talk_note(talk,
			  "%llu posts have no word of the vocabulary and "
			  "are left out",
			  (unsigned long long)l->train.no_words);
	l->run.epoch_steps = l->steps_per_epoch;
	l->run.steps = l->run.epoch_steps * (uint64_t)l->o->epochs;
	if (learn_init(l, e) < 0 || run_train(&l->run, e) < 0)
		return e->code;
	talk_note(talk, "learned from %zu posts; squared distance to the words "
		  "of %zu posts kept aside: %.4f", l->train.count, l->val.count,
		  l->val_loss);
	return 0;
}

int learn_run(const struct learn_options *o, const struct machine *machine,
	      struct error *e)
{
	struct learn l = {
		.o = o, .machine = machine,
		.run = { .model = &learn_model, .talk = machine->talk,
			 .out = o->out, .restart = o->restart,
			 .checkpoint_every_s = o->checkpoint_every_s },
	};

	if (objective_check(o->loss, &o->settings, e) < 0 ||
	    file_not_input(o->out, o->posts, e) < 0 ||
	    file_not_input(o->out, o->words, e) < 0 ||
	    file_not_input(o->out, o->net, e) < 0 ||
	    file_not_input(o->out, o->init, e) < 0)
		return e->code;
	l.run.state = &l;
	learn_all(&l, e);
	learn_close(&l);
	run_close(&l.run);
	return e->code;
}
