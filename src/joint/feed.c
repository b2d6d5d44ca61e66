/* feed.c - see feed.h. */
#include "joint/feed.h"

#include "base/rng.h"

/* The posts that the side of the texts knows words of. */
static void feed_keep(struct feed *f)
{
	size_t kept = 0;

	for (size_t i = 0; i < f->count; i++)
		if (f->knows(f->texts, f->post[i]))
			f->post[kept++] = f->post[i];
	f->count = kept;
}

int feed_open(struct feed *f, enum posts_split split, struct error *e)
{
	const struct dataset *d = f->posts;
	size_t of_split = 0;

	f->epoch = UINT64_MAX;
	f->post = mem_new(d->count, sizeof(*f->post), e);
	f->order = mem_new(d->count, sizeof(*f->order), e);
	if (!f->post || !f->order || f->type->open(f, e) < 0)
		goto done;
	for (size_t i = 0; i < d->count; i++)
		if (d->split[i] == split)
			f->post[of_split++] = (uint32_t)i;
	f->count = of_split;
	if (f->text)
		targets_open(&f->targets, f->text, d, f->post, &f->count,
			     f->memory_bytes, f->beside, e);
	else
		feed_keep(f);
	f->no_words = of_split - f->count;
done:
	if (e->code)
		feed_close(f);
	return e->code;
}

void feed_close(struct feed *f)
{
	mem_free(f->post);
	mem_free(f->order);
	f->post = f->order = NULL;
	targets_close(&f->targets);
}

struct feed_job {
	const struct feed *f;
	uint64_t epoch;
	size_t first;
	int still;
	float *input;
};

static size_t feed_entry(const struct feed *f, size_t at, int still)
{
	return still ? at : f->order[at];
}

static void feed_see_one(void *context, size_t i, int thread)
{
	const struct feed_job *job = context;
	const struct feed *f = job->f;
	size_t entry = feed_entry(f, job->first + i, job->still);

	(void)thread;
	f->type->see(f, f->post[entry], job->epoch, job->still,
		     job->input + i * f->row);
}

/* Draws the order of an epoch, once. */
static void feed_turn(struct feed *f, uint64_t epoch)
{
	if (f->epoch == epoch)
		return;
	rng_shuffle(f->seed, rng_stream(RNG_SHUFFLE, epoch, 0), f->order,
		    f->count);
	f->epoch = epoch;
}

void feed_see(struct feed *f, uint64_t epoch, size_t first, size_t n,
	      int still, float *input)
{
	struct feed_job job = { f, epoch, first, still, input };

	if (!still)
		feed_turn(f, epoch);
	pool_run(f->machine->pool, n, feed_see_one, &job);
}

int feed_targets(struct feed *f, uint64_t epoch, size_t first, size_t n,
		 int still, float *target, struct error *e)
{
	if (!still)
		feed_turn(f, epoch);
	for (size_t i = 0; i < n; i++)
		if (targets_get(&f->targets, feed_entry(f, first + i, still),
				target + i * f->targets.dim, e) < 0)
			return e->code;
	return 0;
}

size_t feed_post(struct feed *f, uint64_t epoch, size_t at, int still)
{
	if (!still)
		feed_turn(f, epoch);
	return f->post[feed_entry(f, at, still)];
}
