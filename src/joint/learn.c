/*
 * learn.c - the training loop and the space file it ends in.
 *
 * A step is: fill a batch, forward, loss and its gradient, backward, SGD.  The
 * loop owns nothing the checkpoint does not hold: the weights, their velocity
 * and the number of the step say all.
 */
#include "joint/learn.h"

#include <math.h>
#include <string.h>

#include "base/base.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/le.h"
#include "base/sum.h"
#include "base/talk.h"
#include "joint/batch.h"
#include "joint/checkpoint.h"
#include "nn/loss.h"

enum { CENTER_POSTS = 2048 };	/* pictures that the image mean is taken over */

const char *const learn_loss_names[] = { "regress", "triplet", NULL };
const char *const learn_schedule_names[] = { "poly", "step", NULL };

void learn_defaults(struct learn_options *o)
{
	memset(o, 0, sizeof(*o));
	o->net = "compact";
	o->loss = LEARN_REGRESS;
	o->margin = 1.0f;
	o->caption = WORDS_AUTO;
	o->compare = SPACE_COSINE;
	o->epochs = 20;
	o->batch = 64;
	o->rate = 0.02f;
	o->momentum = 0.9f;
	o->decay = 2e-4f;
	o->schedule = LEARN_POLY;
	o->seed = 1;
	o->checkpoint_every_s = 60;
}

struct learn {
	const struct learn_options *o;
	const struct machine *machine;
	struct dataset posts;
	struct st_file *words_file;
	struct words words;
	enum words_caption caption;	/* as the words model does it */
	struct buf net_text;
	struct net *net;
	struct st_file *init_file;	/* or NULL */
	struct batch_source train, val;
	size_t dim, steps_per_epoch;
	uint64_t steps;			/* in all */
	float *target, *gradient;	/* [batch, dim] */
	float *scratch;			/* [max(batch, 2 dim)] */
	uint32_t *negative;		/* [batch] */
	float *text_center, *image_center;	/* [dim] */
	struct buf identity;		/* of a checkpoint that fits this run */
};

/* Is a picture's vector the logistic function of the net's output?  As the
 * papers' programs store it, for either loss. */
static int learn_is_logistic(const struct learn_options *o)
{
	return o->loss == LEARN_REGRESS || o->compare == SPACE_SEED;
}

static float learn_rate(const struct learn_options *o, uint64_t step,
			uint64_t steps)
{
	float rate = o->rate;

	if (o->schedule == LEARN_POLY)
		return rate * ((float)(steps - step) / (float)steps);
	if (step >= steps / 2)
		rate = rate * 0.1f;
	if (step >= steps / 4 * 3)
		rate = rate * 0.1f;
	return rate;
}

/* The loss of the last forward pass; fills l->gradient. */
static double learn_loss(struct learn *l, const float *out, size_t n,
			 uint64_t step)
{
	const struct kernels *k = l->machine->kernels;
	size_t violated;

	if (l->o->loss == LEARN_REGRESS)
		return loss_sigmoid(l->gradient, out, l->target, n, l->dim,
				    l->scratch, k);
	loss_soft_negatives(l->negative, l->target, n, l->dim, l->o->seed, step,
			    l->scratch, k);
	return loss_triplet(l->gradient, out, l->target, l->negative,
			    l->o->margin, n, l->dim, &violated, k);
}

static int learn_step(struct learn *l, uint64_t step, double *loss,
		      struct error *e)
{
	uint64_t epoch = step / l->steps_per_epoch;
	size_t n = (size_t)l->o->batch;
	size_t first = (size_t)(step % l->steps_per_epoch) * n;
	const float *out;

	if (batch_fill(&l->train, epoch, first, n, 0, net_input(l->net),
		       l->target, e) < 0)
		return e->code;
	out = net_forward(l->net, n, l->o->seed, step);
	*loss = learn_loss(l, out, n, step);
	if (!isfinite(*loss)) {
		fail(e, ERROR_FAILED, "training diverged: the loss of step "
		     "%llu is not finite", (unsigned long long)step + 1);
		return hint(e, "a lower --rate usually helps");
	}
	net_backward(l->net, l->gradient);
	net_step(l->net, learn_rate(l->o, step, l->steps), l->o->momentum,
		 l->o->decay);
	return 0;
}

/* ---- what the run consists of ------------------------------------------- */

static int learn_identity(struct learn *l, struct error *e)
{
	const struct learn_options *o = l->o;

	return buf_addf(&l->identity, e, "posts %016llx words %016llx loss %d "
			"margin %a caption %d compare %d epochs %d batch %d "
			"rate %a momentum %a decay %a schedule %d seed %llu "
			"net %016llx",
			(unsigned long long)l->posts.sum,
			(unsigned long long)st_sum(l->words_file),
			(int)o->loss, (double)o->margin, (int)l->caption,
			(int)o->compare, o->epochs, o->batch, (double)o->rate,
			(double)o->momentum, (double)o->decay,
			(int)o->schedule, (unsigned long long)o->seed,
			(unsigned long long)sum64(l->net_text.data,
						  l->net_text.bytes, 0));
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
	struct sum64 sum;

	if (!l->o->init)
		return 0;
	l->init_file = st_open(l->o->init, NULL, e);
	if (!l->init_file ||
	    net_match(l->net, l->init_file, init_prefix(l->init_file), e) < 0 ||
	    net_load(l->net, l->init_file, init_prefix(l->init_file), e) < 0)
		return e->code;
	sum64_start(&sum, 0);
	for (size_t i = 0; i < net_tensors(l->net); i++) {
		const struct net_tensor *t = net_tensor(l->net, i);

		for (size_t j = 0; j < t->count; j++) {
			unsigned char bytes[4];
			uint32_t bits;

			memcpy(&bits, &t->value[j], sizeof(bits));
			le32_put(bytes, bits);
			sum64_add(&sum, bytes, sizeof(bytes));
		}
	}
	return buf_addf(&l->identity, e, " init %016llx",
			(unsigned long long)sum64_end(&sum));
}

/* Weights before the first step. */
static int learn_init(struct learn *l, struct error *e)
{
	if (net_init(l->net, l->o->seed, e) < 0 || !l->init_file)
		return e->code;
	return net_load(l->net, l->init_file, init_prefix(l->init_file), e);
}

/* Spaces of these options held raw outputs once, which their sum cannot bring
 * to one scale: one of those is not what this run makes. */
static int learn_identity_output(struct learn *l, struct error *e)
{
	if (l->o->loss == LEARN_REGRESS || !learn_is_logistic(l->o))
		return 0;
	return buf_addf(&l->identity, e, " output sigmoid");
}

static int learn_open_files(struct learn *l, struct error *e)
{
	if (dataset_open(&l->posts, l->o->posts, e) < 0)
		return e->code;
	l->words_file = st_open(l->o->words, WORDS_FORMAT, e);
	if (!l->words_file || words_load(&l->words, l->words_file, "", e) < 0)
		return e->code;
	if (words_caption_way(&l->words, l->o->caption, &l->caption, e) < 0)
		return e->code;
	l->dim = l->words.dim;
	if (net_text(&l->net_text, l->o->net, e) < 0)
		return e->code;
	l->net = net_open((struct str){ l->net_text.data, l->net_text.bytes },
			  l->o->net, l->dim, e);
	if (!l->net || learn_identity(l, e) < 0 ||
	    learn_identity_output(l, e) < 0)
		return e->code;
	return learn_open_init(l, e);
}

static int learn_open_batches(struct learn *l, struct error *e)
{
	struct net_info info = net_info(l->net);
	struct batch_source b = {
		.posts = &l->posts, .words = &l->words, .machine = l->machine,
		.caption = l->caption, .norm = words_target_norm(&l->words),
		.crop = info.in_h, .seed = l->o->seed,
	};

	if (info.in_h != info.in_w || info.in_c != 3 ||
	    info.out_dim != l->dim)
		return fail(e, ERROR_DATA, "net '%s' sees %zux%zux%zu and gives "
			    "%zu numbers; needed are square RGB and %zu",
			    l->o->net, info.in_h, info.in_w, info.in_c,
			    info.out_dim, l->dim);
	if (l->posts.size < info.in_h) {
		fail(e, ERROR_USAGE, "'%s' holds pictures of %zux%zu, net '%s' "
		     "wants %zux%zu", l->o->posts, l->posts.size, l->posts.size,
		     l->o->net, info.in_h, info.in_w);
		return hint(e, "make the posts with --size %zu or more",
			    (info.in_h + 7) / 8 * 8);
	}
	l->train = b;
	l->val = b;
	if (batch_open(&l->train, POSTS_TRAIN, e) < 0 ||
	    batch_open(&l->val, POSTS_VAL, e) < 0)
		return e->code;
	l->steps_per_epoch = l->train.count / (size_t)l->o->batch;
	l->steps = (uint64_t)l->steps_per_epoch * (uint64_t)l->o->epochs;
	if (l->steps)
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
	l->scratch = mem_new(MAX(n, 2 * l->dim), sizeof(float), e);
	l->negative = mem_new(n, sizeof(*l->negative), e);
	l->text_center = mem_new(l->dim, sizeof(float), e);
	l->image_center = mem_new(l->dim, sizeof(float), e);
	if (e->code)
		return e->code;
	net_limit(l->net, l->o->memory_bytes);
	return net_plan(l->net, l->machine, NET_TRAIN, n, e);
}

static void learn_close(struct learn *l)
{
	batch_close(&l->train);
	batch_close(&l->val);
	net_close(l->net);
	words_free(&l->words);
	st_close(l->init_file);
	st_close(l->words_file);
	dataset_close(&l->posts);
	buf_free(&l->net_text);
	buf_free(&l->identity);
	mem_free(l->target);
	mem_free(l->gradient);
	mem_free(l->scratch);
	mem_free(l->negative);
	mem_free(l->text_center);
	mem_free(l->image_center);
}

/* ---- the end: means, file ------------------------------------------------ */

/* Sums targets and outputs over the first posts of a split, one after the
 * other in double; gives their number, and the loss per post in *loss. */
static size_t learn_survey(struct learn *l, struct batch_source *b,
			   double *text, double *image, double *loss,
			   struct error *e)
{
	const struct kernels *k = l->machine->kernels;
	size_t most = MIN(b->count, (size_t)CENTER_POSTS), done = 0;
	size_t batch = (size_t)l->o->batch;

	memset(text, 0, l->dim * sizeof(*text));
	memset(image, 0, l->dim * sizeof(*image));
	*loss = 0;
	while (done < most) {
		size_t n = MIN(most - done, batch);
		float *out;

		if (batch_fill(b, 0, done, n, 1, net_input(l->net), l->target,
			       e) < 0)
			return 0;
		out = l->gradient;
		memcpy(out, net_forward(l->net, n, 0, 0),
		       n * l->dim * sizeof(*out));
		if (learn_is_logistic(l->o))
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

static int learn_centers(struct learn *l, double *val, struct error *e)
{
	double *text = mem_new(2 * l->dim, sizeof(*text), e), loss = 0;
	double *image = text ? text + l->dim : NULL;
	size_t n;

	if (!text || net_plan(l->net, l->machine, NET_RUN,
			      (size_t)l->o->batch, e) < 0)
		goto done;
	n = learn_survey(l, &l->val, text, image, &loss, e);
	*val = n ? loss / (double)n : 0;
	n = learn_survey(l, &l->train, text, image, &loss, e);
	for (size_t i = 0; n && i < l->dim; i++) {
		l->text_center[i] = (float)(text[i] / (double)n);
		l->image_center[i] = (float)(image[i] / (double)n);
	}
	if (isfinite(loss) && isfinite(*val))
		goto done;
	fail(e, ERROR_FAILED, "training diverged: what the net says of the "
	     "pictures is not finite");
	hint(e, "a lower --rate usually helps");
done:
	mem_free(text);
	return e->code;
}

static int learn_put_meta(struct learn *l, struct st_writer *w, struct error *e)
{
	char size[24], seed[24], epochs[24];

	snprintf(size, sizeof(size), "%zu", l->posts.size);
	snprintf(seed, sizeof(seed), "%llu", (unsigned long long)l->o->seed);
	snprintf(epochs, sizeof(epochs), "%d", l->o->epochs);
	if (st_put_meta(w, "net", l->net_text.data, e) < 0 ||
	    st_put_meta(w, "output", learn_is_logistic(l->o) ? "sigmoid" :
			"linear", e) < 0 ||
	    st_put_meta(w, "compare", l->o->compare == SPACE_SEED ? "seed" :
			"cosine", e) < 0 ||
	    st_put_meta(w, "caption", words_captions[l->caption], e) < 0 ||
	    st_put_meta(w, "posts_size", size, e) < 0 ||
	    st_put_meta(w, "seed", seed, e) < 0 ||
	    st_put_meta(w, "epochs", epochs, e) < 0)
		return e->code;
	return st_put_meta(w, "run", l->identity.data, e);
}

static int learn_save(struct learn *l, struct error *e)
{
	struct st_writer *w = st_create(l->o->out, SPACE_FORMAT,
					net_tensors(l->net) + 48, e);
	uint64_t shape[1] = { l->dim };

	if (!w)
		return e->code;
	if (learn_put_meta(l, w, e) < 0 ||
	    words_copy(&l->words, l->words_file, w, "words.", e) < 0 ||
	    net_save(l->net, w, "net.", e) < 0 ||
	    st_put(w, "text_center", ST_F32, 1, shape, l->text_center, e) < 0 ||
	    st_put(w, "image_center", ST_F32, 1, shape, l->image_center, e) < 0) {
		st_discard(w);
		return e->code;
	}
	return st_commit(w, e);
}

/* ---- the loop ------------------------------------------------------------ */

/* Is the file at `out` the one this run would make? */
static int learn_is_done(const struct learn *l)
{
	struct error ignored = { 0 };
	struct st_file *f = file_exists(l->o->out) ?
		st_open(l->o->out, SPACE_FORMAT, &ignored) : NULL;
	const char *run = f ? st_meta(f, "run") : NULL;
	int done = run && !strcmp(run, l->identity.data) &&
		   st_verify(f, &ignored) == 0;

	st_close(f);
	return done;
}

static int learn_loop(struct learn *l, uint64_t first, struct error *e)
{
	double saved_s = clock_now(), sum = 0;
	uint64_t step, counted = 0;
	const struct talk *talk = l->machine->talk;
	struct talk_bar bar;
	char extra[64] = "";

	talk_bar_start(&bar, talk, "learn", l->steps, first);
	for (step = first; step < l->steps && !talk_stops(talk); step++) {
		double loss = 0;

		if (learn_step(l, step, &loss, e) < 0)
			return e->code;
		sum += loss;
		counted++;
		snprintf(extra, sizeof(extra), "epoch %llu, loss %.4f",
			 (unsigned long long)(step / l->steps_per_epoch + 1),
			 sum / (double)counted);
		if ((step + 1) % l->steps_per_epoch == 0) {
			sum = 0;
			counted = 0;
		}
		talk_bar_step(&bar, step + 1, extra);
		if (clock_now() - saved_s < l->o->checkpoint_every_s ||
		    step + 1 == l->steps)
			continue;
		if (checkpoint_save(l->o->out, l->net, l->identity.data,
				    step + 1, e) < 0)
			return e->code;
		saved_s = clock_now();
	}
	talk_bar_end(&bar, step, extra);
	if (step == l->steps)
		return 0;
	if (checkpoint_save(l->o->out, l->net, l->identity.data, step, e) < 0)
		return e->code;
	fail(e, ERROR_STOPPED, "stopped after step %llu of %llu",
	     (unsigned long long)step, (unsigned long long)l->steps);
	return hint(e, "run the same command again to go on");
}

int learn_run(const struct learn_options *o, const struct machine *machine,
	      struct error *e)
{
	struct learn l = { .o = o, .machine = machine };
	const struct talk *talk = machine->talk;
	struct file_lock lock = { 0 };
	uint64_t first = 0;
	double val = 0;

	if (file_not_input(o->out, o->posts, e) < 0 ||
	    file_not_input(o->out, o->words, e) < 0 ||
	    file_not_input(o->out, o->net, e) < 0 ||
	    file_not_input(o->out, o->init, e) < 0 ||
	    file_lock_take(&lock, o->out, e) < 0)
		return e->code;
	if (learn_open_files(&l, e) < 0)
		goto done;
	if (learn_is_done(&l)) {
		talk_note(talk, "'%s' is already what this command would "
			  "make", o->out);
		checkpoint_remove(o->out);
		goto done;
	}
	if (learn_open_batches(&l, e) < 0 || learn_open_memory(&l, e) < 0)
		goto done;
	if (l.train.no_words)
		talk_note(talk, "%llu posts have no word of the vocabulary and "
			  "are left out", (unsigned long long)l.train.no_words);
	if (checkpoint_load(o->out, talk, l.net, l.identity.data, &first,
			    e) < 0)
		goto done;
	if (first)
		talk_note(talk, "going on from step %llu of '%s.checkpoint'",
			  (unsigned long long)first, o->out);
	else if (learn_init(&l, e) < 0)
		goto done;
	if (learn_loop(&l, first, e) < 0 || net_check(l.net, e) < 0 ||
	    learn_centers(&l, &val, e) < 0 || learn_save(&l, e) < 0)
		goto done;
	talk_note(talk, "learned from %zu posts; squared distance to the words "
		  "of %zu posts kept aside: %.4f", l.train.count, l.val.count, val);
	checkpoint_remove(o->out);
done:
	learn_close(&l);
	file_lock_drop(&lock);
	return e->code;
}
