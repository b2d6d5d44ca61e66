/*
 * learn_open.c - what a run of learn consists of: files, towers, identity,
 * sides, feeds, objective, optimiser; see learn_parts.h.
 */
#include "joint/learn_parts.h"

#include <string.h>

#include "base/hash.h"
#include "joint/tower_net.h"
#include "joint/tower_table.h"
#include "joint/tower_trunk.h"
#include "joint/tower_words.h"

enum { TARGET_BYTES = 1 << 28 };	/* more targets lie in a file */

/* ---- what the run consists of ------------------------------------------- */

static enum words_caption learn_caption(const struct learn *l)
{
	return learn_has_table(l) ? tower_table_caption(&l->text) :
				    tower_words_caption(&l->text);
}

static int identity_of_text(struct learn *l, struct error *e)
{
	const struct learn_options *o = l->o;
	struct identity *id = &l->run.identity;
	int bad = 0;

	bad |= identity_text(id, "--caption", words_captions[learn_caption(l)],
			     e);
	bad |= identity_text(id, "--text", learn_text_names[o->text], e);
	if (!learn_has_table(l))
		return bad;
	bad |= identity_number(id, "--dim", (uint64_t)o->dim, e);
	if (o->text == LEARN_TABLE)
		bad |= identity_number(id, "--word-dim", (uint64_t)o->word_dim,
				       e);
	bad |= identity_real(id, "--word-dropout", o->word_dropout, e);
	bad |= identity_number(id, "--text-hidden", (uint64_t)o->text_hidden,
			       e);
	bad |= identity_real(id, "--text-dropout", o->text_dropout, e);
	return bad;
}

static int identity_of_optim(struct learn *l, struct error *e)
{
	const struct learn_options *o = l->o;
	struct identity *id = &l->run.identity;

	if (o->optimiser == OPTIM_SGD)
		return identity_real(id, "--momentum", o->steps.momentum, e);
	return identity_real(id, "--beta1", o->steps.beta1, e) |
	       identity_real(id, "--beta2", o->steps.beta2, e) |
	       identity_real(id, "--epsilon", o->steps.epsilon, e);
}

static int identity_of_schedule(struct learn *l, struct error *e)
{
	const struct learn_options *o = l->o;
	struct identity *id = &l->run.identity;
	int bad = identity_text(id, "--schedule", schedule_names[o->schedule],
				e);

	if (o->schedule == SCHEDULE_POLY)
		bad |= identity_real(id, "--power", o->power, e);
	if (o->schedule != SCHEDULE_STEP)
		return bad;
	bad |= identity_real(id, "--step-factor", o->step_factor, e);
	return bad | identity_number(id, "--step-every",
				     (uint64_t)o->step_every, e);
}

static int identity_of_steps(struct learn *l, struct error *e)
{
	const struct learn_options *o = l->o;
	struct identity *id = &l->run.identity;
	int bad = 0;

	bad |= identity_number(id, "--epochs", (uint64_t)o->epochs, e);
	bad |= identity_number(id, "--batch", (uint64_t)o->batch, e);
	bad |= identity_real(id, "--rate", o->rate, e);
	bad |= identity_text(id, "--optimiser", optim_names[o->optimiser], e);
	bad |= identity_of_optim(l, e);
	bad |= identity_real(id, "--decay", o->steps.decay, e);
	bad |= identity_real(id, "--clip", o->steps.clip, e);
	bad |= identity_of_schedule(l, e);
	bad |= identity_real(id, "--warm-up", o->warm_up, e);
	bad |= identity_number(id, "--seed", o->seed, e);
	return bad;
}

static int identity_of_validation(struct learn *l, struct error *e)
{
	const struct learn_options *o = l->o;
	struct identity *id = &l->run.identity;
	int bad = 0;

	if (!o->measure || (!o->keep_best && !o->patience))
		return 0;		/* it decides nothing */
	bad |= identity_text(id, "--measure", measure_names[o->measure], e);
	bad |= identity_number(id, "--validate-every",
			       (uint64_t)o->validate_every, e);
	bad |= identity_number(id, "--patience", (uint64_t)o->patience, e);
	return bad | identity_text(id, "--keep", learn_keep_names[o->keep_best],
				   e);
}

static int learn_identity(struct learn *l, struct error *e)
{
	const struct learn_options *o = l->o;
	struct identity *id = &l->run.identity;
	int bad = objective_identity(id, o->loss, &o->settings, e);

	bad |= identity_of_text(l, e);
	bad |= identity_text(id, "--compare", space_compare_names[o->compare],
			     e);
	bad |= identity_of_steps(l, e);
	bad |= identity_of_validation(l, e);
	if (l->trunk_file) {
		bad |= identity_sum(id, "--trunk",
				    tower_trunk_of(&l->pictures)->sum, e);
		bad |= identity_number(id, "--views", (uint64_t)o->views, e);
		bad |= identity_number(id, "--hidden", (uint64_t)o->hidden, e);
		bad |= identity_real(id, "--dropout", o->dropout, e);
	} else {
		struct str net = tower_net_text(&l->pictures);

		bad |= identity_sum(id, "--net", hash64(net.data, net.bytes, 0),
				    e);
		bad |= identity_text(id, "--augment", o->augment, e);
		if (o->freeze)
			bad |= identity_text(id, "--freeze", o->freeze, e);
	}
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
	if (!l->o->init)
		return 0;
	l->init_file = st_open(l->o->init, NULL, e);
	if (!l->init_file ||
	    net_match(l->net, l->init_file, init_prefix(l->init_file), e) < 0 ||
	    net_load(l->net, l->init_file, init_prefix(l->init_file), e) < 0)
		return e->code;
	return identity_sum(&l->run.identity, "--init",
			    net_sum(l->net, 0), e);
}

/* What the net's output becomes: as the objective says; the logistic function
 * always when compared as the papers' programs do. */
enum tower_output learn_output(const struct learn_options *o)
{
	if (objective_type_of(o->loss)->is_logistic ||
	    o->compare == SPACE_SEED)
		return TOWER_SIGMOID;
	return o->settings.norm == OBJECTIVE_RELU ? TOWER_RELU : TOWER_LINEAR;
}

/* A linear map, or one over a hidden layer, after dropout. */
static int learn_head(struct buf *text, size_t in, int hidden, float dropout,
		      struct error *e)
{
	buf_addf(text, e, "features = input h=1 w=1 c=%zu\n", in);
	if (dropout > 0)
		buf_addf(text, e, "drop = dropout p=%.9g\n", (double)dropout);
	if (hidden)
		buf_addf(text, e, "hidden = dense out=%d\nrelu = relu\n",
			 hidden);
	if (hidden && dropout > 0)
		buf_addf(text, e, "drop2 = dropout p=%.9g\n",
			 (double)dropout);
	return buf_addf(text, e, "out = dense out=@dim\n");
}

static int learn_open_text(struct learn *l, struct error *e)
{
	const struct learn_options *o = l->o;
	size_t word_dim = o->text == LEARN_TABLE ? (size_t)o->word_dim : 0, in;
	const struct st_tensor *vectors;
	struct buf head = { 0 };

	l->words_file = st_open(o->words, WORDS_FORMAT, e);
	if (!l->words_file)
		return e->code;
	if (!learn_has_table(l)) {
		tower_words_open(&l->text, l->words_file, o->caption,
				 l->machine, e);
		l->dim = l->text.dim;
		return e->code;
	}
	vectors = st_need(l->words_file, "vectors", ST_F32, 2, NULL, e);
	if (!vectors)
		return e->code;
	l->dim = (size_t)o->dim;
	in = word_dim ? word_dim : (size_t)vectors->shape[1];
	if (learn_head(&head, in, o->text_hidden, o->text_dropout, e) == 0)
		tower_table_open(&l->text, l->words_file, o->caption, word_dim,
				 (struct str){ head.data, head.bytes }, l->dim,
				 o->seed, l->machine, e);
	buf_free(&head);
	return e->code;
}

static int learn_open_trunk(struct learn *l, struct error *e)
{
	const struct learn_options *o = l->o;
	struct buf head = { 0 };

	l->trunk_file = st_open(o->trunk, NULL, e);
	if (!l->trunk_file ||
	    tower_trunk_open(&l->pictures, l->trunk_file, (size_t)o->views,
			     l->dim, learn_output(o), l->machine, e) < 0)
		return e->code;
	if (learn_head(&head, tower_trunk_of(&l->pictures)->dim, o->hidden,
		       o->dropout, e) == 0)
		tower_trunk_set_head(&l->pictures, (struct str){ head.data,
				     head.bytes }, e);
	buf_free(&head);
	l->net = tower_trunk_head(&l->pictures);
	return e->code;
}

int learn_open_files(struct learn *l, struct error *e)
{
	const struct learn_options *o = l->o;

	if (dataset_open(&l->posts, o->posts, e) < 0 ||
	    learn_open_text(l, e) < 0)
		return e->code;
	if (o->trunk) {
		if (learn_open_trunk(l, e) < 0)
			return e->code;
	} else {
		if (tower_net_open(&l->pictures, o->net, l->dim,
				   learn_output(o), l->machine, e) < 0)
			return e->code;
		l->net = tower_net_of(&l->pictures);
	}
	if (learn_identity(l, e) < 0 || learn_open_init(l, e) < 0)
		return e->code;
	return o->freeze ? net_freeze(l->net, o->freeze, e) : 0;
}

static int learn_check_net(struct learn *l, struct error *e)
{
	struct net_info info = net_info(l->net);

	if (l->o->trunk || (info.in_h == info.in_w && info.in_c == 3 &&
			    info.out_dim == l->dim))
		return 0;
	return fail(e, ERROR_DATA, "net '%s' sees %zux%zux%zu and gives "
		    "%zu numbers; needed are square RGB and %zu",
		    l->o->net, info.in_h, info.in_w, info.in_c, info.out_dim,
		    l->dim);
}

static int learn_open_sides(struct learn *l, struct error *e)
{
	const struct learn_options *o = l->o;
	const struct side side = { .machine = l->machine, .dim = l->dim,
				   .seed = o->seed };
	const struct side_table_settings table = {
		.frozen = o->text == LEARN_BRANCH,
		.word_dropout = o->word_dropout,
	};

	l->picture_side = l->text_side = side;
	l->picture_side.tower = &l->pictures;
	l->text_side.tower = &l->text;
	if (side_net_open(&l->picture_side, l->net, l->init_file,
			  l->init_file ? init_prefix(l->init_file) : "",
			  e) < 0)
		return e->code;
	return learn_has_table(l) ?
	       side_table_open(&l->text_side, &table, &l->posts, e) :
	       side_fixed_open(&l->text_side, l->text_center, e);
}

static int learn_open_features(struct learn *l, struct error *e)
{
	uint32_t *train;
	size_t count = 0;

	if (features_open(&l->features, &l->posts,
			  tower_trunk_of(&l->pictures), l->o->features,
			  e) < 0)
		return e->code;
	train = mem_new(l->posts.count, sizeof(*train), e);
	for (size_t i = 0; train && i < l->posts.count; i++)
		if (l->posts.split[i] == POSTS_TRAIN)
			train[count++] = (uint32_t)i;
	if (count)
		tower_trunk_standardise(&l->pictures, &l->features, train,
					count, e);
	mem_free(train);
	return e->code;
}

static int learn_open_feeds(struct learn *l, struct error *e)
{
	struct feed f = {
		.type = l->o->trunk ? &feed_features : &feed_pixels,
		.posts = &l->posts, .machine = l->machine,
		.side = net_info(l->net).in_h, .seed = l->o->seed,
		.text = learn_has_table(l) ? NULL : &l->text,
		.knows = side_table_knows, .texts = &l->text_side,
		.pictures = &l->pictures, .features = &l->features,
		.beside = l->o->out, .memory_bytes = TARGET_BYTES,
	};

	if (augment_parse(&f.augment, l->o->augment, e) < 0 ||
	    learn_check_net(l, e) < 0 ||
	    (l->o->trunk && learn_open_features(l, e) < 0))
		return e->code;
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

static int learn_open_objective(struct learn *l, struct error *e)
{
	l->objective = (struct objective){
		.type = objective_type_of(l->o->loss),
		.settings = l->o->settings, .machine = l->machine,
		.most = (size_t)l->o->batch, .dim = l->dim,
		.seed = l->o->seed,
	};
	l->draws = (struct draws){ .feed = &l->train,
		.how = l->o->settings.negatives,
		.count = l->o->settings.draws, .center = l->text_center,
		.unit = l->o->settings.norm != OBJECTIVE_RAW };
	if (objective_open(&l->objective, e) < 0 || learn_has_table(l))
		return e->code;
	return draws_open(&l->draws, e);
}

static int learn_open_optim(struct learn *l, struct error *e)
{
	struct objective *j = &l->objective;
	struct side *sides[2] = { &l->picture_side, &l->text_side };

	for (int i = 0; i < 2; i++)
		if (sides[i]->type->params &&
		    sides[i]->type->params(sides[i], &l->params, e) < 0)
			return e->code;
	for (size_t i = 0; i < objective_params(j); i++) {
		const struct optim_param p = { NULL, &j->param[i],
			&j->param_gradient[i], 1, 1, 0 };

		if (side_params_add(&l->params, "objective.",
				    objective_param_names[i], &p, e) < 0)
			return e->code;
	}
	return optim_open(&l->optim, l->o->optimiser, &l->o->steps,
			  l->params.param, l->params.count, l->machine, e);
}

static int learn_open_memory(struct learn *l, struct error *e)
{
	size_t n = (size_t)l->o->batch;
	struct side *p = &l->picture_side, *t = &l->text_side;

	l->gradient = mem_new(n * l->dim, sizeof(float), e);
	l->drawn = mem_new(n * l->dim, sizeof(float), e);
	if (t->type->backward)
		l->text_gradient = mem_new(n * l->dim, sizeof(float), e);
	if (e->code || learn_open_objective(l, e) < 0)
		return e->code;
	net_limit(l->net, l->o->memory_bytes);
	if (p->type->plan(p, NET_TRAIN, n, e) < 0 ||
	    t->type->plan(t, NET_TRAIN, n, e) < 0)
		return e->code;
	return learn_open_optim(l, e);
}

/* Weights before the first step. */
static int learn_init(struct learn *l, struct error *e)
{
	struct side *sides[2] = { &l->picture_side, &l->text_side };

	for (int i = 0; i < 2; i++)
		if (sides[i]->type->init && sides[i]->type->init(sides[i], e) <
					    0)
			return e->code;
	return 0;
}

/* Fixed texts whose directions are learned lose their mean first. */
static int learn_center_texts(struct learn *l, struct error *e)
{
	double *sum = mem_new(l->dim, sizeof(*sum), e);
	float *row = l->gradient;
	size_t most = MIN(l->train.count, (size_t)CENTER_POSTS);

	for (size_t i = 0; sum && i < most && !e->code; i++) {
		feed_targets(&l->train, 0, i, 1, 1, row, e);
		for (size_t d = 0; d < l->dim; d++)
			sum[d] += (double)row[d];
	}
	for (size_t d = 0; sum && d < l->dim; d++)
		l->text_center[d] = (float)(sum[d] / (double)most);
	mem_free(sum);
	return e->code;
}

static void learn_schedule(struct learn *l)
{
	const struct learn_options *o = l->o;

	l->schedule = (struct schedule_settings){
		.kind = o->schedule, .power = o->power,
		.factor = o->step_factor,
		.every = (uint64_t)o->step_every * l->steps_per_epoch,
		.warm = (uint64_t)((double)o->warm_up * (double)l->run.steps),
	};
}

static int learn_open_validation(struct learn *l, struct error *e)
{
	const struct learn_options *o = l->o;

	if (!o->measure)
		return 0;
	l->run.validation.every = o->validate_every ?
		(uint64_t)o->validate_every : l->steps_per_epoch;
	if (l->val.count)
		return 0;
	fail(e, ERROR_DATA, "'%s' has no posts of split 'val' whose words are "
	     "known; --measure needs them", o->posts);
	return hint(e, "split the posts, or leave --measure out");
}

int learn_open_run(struct learn *l, struct error *e)
{
	l->text_center = mem_new(l->dim, sizeof(float), e);
	l->image_center = mem_new(l->dim, sizeof(float), e);
	if (e->code || learn_open_sides(l, e) < 0 ||
	    learn_open_feeds(l, e) < 0 || learn_open_memory(l, e) < 0)
		return e->code;
	if (!learn_has_table(l) && l->o->settings.norm == OBJECTIVE_UNIT &&
	    learn_center_texts(l, e) < 0)
		return e->code;
	l->run.epoch_steps = l->steps_per_epoch;
	l->run.steps = l->run.epoch_steps * (uint64_t)l->o->epochs;
	learn_schedule(l);
	if (learn_open_validation(l, e) < 0)
		return e->code;
	return learn_init(l, e);
}

void learn_close(struct learn *l)
{
	feed_close(&l->train);
	feed_close(&l->val);
	side_close(&l->picture_side);
	side_close(&l->text_side);
	optim_close(&l->optim);
	side_params_free(&l->params);
	features_close(&l->features);
	tower_close(&l->pictures);
	tower_close(&l->text);
	st_close(l->init_file);
	st_close(l->trunk_file);
	st_close(l->words_file);
	dataset_close(&l->posts);
	mem_free(l->gradient);
	mem_free(l->text_gradient);
	mem_free(l->drawn);
	draws_close(&l->draws);
	objective_close(&l->objective);
	mem_free(l->text_center);
	mem_free(l->image_center);
}
