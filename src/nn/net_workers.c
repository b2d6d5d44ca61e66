/*
 * net_workers.c - inference by threads that each run a segment of layers on
 * images of their own.
 *
 * A worker is the net as one thread sees it: the same weights, its own arrays
 * for what is written and read within a segment, and no pool.  Threads wait for
 * each other only at the end of a segment.  So what a thread writes stays in
 * its caches, and a thread that is delayed takes fewer images.  At inference no
 * image influences another, so the bits do not depend on who computes it.
 */
#include "nn/layer.h"

#include "base/mem.h"

static int worker_make(struct net *n, size_t number, struct error *e)
{
	struct net *worker = &n->workers[number];
	size_t floats = number * n->worker_floats;

	*worker = *n;
	worker->machine.pool = NULL;
	worker->scratch = n->scratch + number * n->worker_scratch_floats;
	worker->layers = mem_new(n->count, sizeof(*n->layers), e);
	worker->spent = NULL;
	worker->spent_here = mem_new(2 * n->count, sizeof(double), e);
	if (!worker->layers || !worker->spent_here)
		return e->code;
	memcpy(worker->layers, n->layers, n->count * sizeof(*n->layers));
	for (size_t i = 0; i < n->count; i++)
		if (!worker->layers[i].image_step)
			worker->layers[i].all += floats;
	return 0;
}

int net_workers_make(struct net *n, struct error *e)
{
	if (n->worker_count == 1)
		return 0;
	n->workers = mem_new(n->worker_count, sizeof(*n->workers), e);
	for (size_t i = 0; n->workers && i < n->worker_count; i++)
		worker_make(n, i, e);
	return e->code;
}

void net_workers_free(struct net *n)
{
	for (size_t i = 0; n->workers && i < n->worker_count; i++) {
		mem_free(n->workers[i].layers);
		mem_free(n->workers[i].spent_here);
	}
	mem_free(n->workers);
	n->workers = NULL;
	n->worker_count = 1;
}

struct workers_job {
	struct net *n;
	const struct micro_segment *segment;
	size_t count, parts;
};

static void worker_item(void *context, size_t part, int thread)
{
	const struct workers_job *job = context;
	struct net *worker = &job->n->workers[thread];
	size_t first = part * job->count / job->parts;
	size_t end = (part + 1) * job->count / job->parts;

	net_pass(worker, job->segment, first, end - first);
}

/* Adds the workers' times, divided by their number: workers run at the same
 * time, so this is their share of the time that passed. */
static void workers_time(struct net *n)
{
	for (size_t l = 0; l < n->worker_count; l++)
		for (size_t i = 0; i < 2 * n->count; i++)
			n->spent[i] += n->workers[l].spent_here[i] /
				       (double)n->worker_count;
}

size_t net_workers_run(struct net *n, const struct micro_segment *segment,
		       size_t count)
{
	size_t workers = n->worker_count;
	struct workers_job job = { n, segment, count - count % workers, 0 };

	if (workers == 1 || !job.count)
		return 0;
	for (size_t l = 0; l < workers; l++) {
		struct net *worker = &n->workers[l];

		worker->spent = n->spent ? worker->spent_here : NULL;
		for (size_t i = 0; i < 2 * n->count; i++)
			worker->spent_here[i] = 0;
	}
	/* a part is at most one micro-batch; workers get the same number */
	job.parts = (job.count / workers + segment->images - 1) /
		    segment->images * workers;
	pool_run(n->machine.pool, job.parts, worker_item, &job);
	if (n->spent)
		workers_time(n);
	return job.count;
}
