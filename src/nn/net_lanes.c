/*
 * net_lanes.c - running a batch by threads that each take images of their own
 * down a stretch of layers.
 *
 * A lane is the net as one thread sees it: the same weights, arrays of its own
 * for what is made and read within a stretch, no pool.  Lanes meet only where a
 * stretch ends, so what a thread writes stays in its caches, and one that was
 * held up takes fewer images.  Since no image touches another when running, the
 * bits are those of all threads at one image after the other.
 */
#include "nn/layer.h"

#include "base/mem.h"

static int lane_make(struct net *n, size_t number, struct error *e)
{
	struct net *lane = &n->lanes[number];
	size_t floats = number * n->lane_floats;

	*lane = *n;
	lane->machine.pool = NULL;
	lane->scratch = n->scratch + number * n->lane_scratch_floats;
	lane->layers = mem_new(n->count, sizeof(*n->layers), e);
	lane->spent = NULL;
	lane->spent_here = mem_new(2 * n->count, sizeof(double), e);
	if (!lane->layers || !lane->spent_here)
		return e->code;
	memcpy(lane->layers, n->layers, n->count * sizeof(*n->layers));
	for (size_t i = 0; i < n->count; i++)
		if (!lane->layers[i].image_step)
			lane->layers[i].all += floats;
	return 0;
}

int net_lanes_make(struct net *n, struct error *e)
{
	if (n->lane_count == 1)
		return 0;
	n->lanes = mem_new(n->lane_count, sizeof(*n->lanes), e);
	for (size_t i = 0; n->lanes && i < n->lane_count; i++)
		lane_make(n, i, e);
	return e->code;
}

void net_lanes_free(struct net *n)
{
	for (size_t i = 0; n->lanes && i < n->lane_count; i++) {
		mem_free(n->lanes[i].layers);
		mem_free(n->lanes[i].spent_here);
	}
	mem_free(n->lanes);
	n->lanes = NULL;
	n->lane_count = 1;
}

struct lanes_job {
	struct net *n;
	const struct stretch *stretch;
	size_t count, parts;
};

static void lane_item(void *context, size_t part, int thread)
{
	const struct lanes_job *job = context;
	struct net *lane = &job->n->lanes[thread];
	size_t first = part * job->count / job->parts;
	size_t end = (part + 1) * job->count / job->parts;

	net_pass(lane, job->stretch, first, end - first);
}

/* What the lanes spent, as if they had taken turns at being the only one. */
static void lanes_time(struct net *n)
{
	for (size_t l = 0; l < n->lane_count; l++)
		for (size_t i = 0; i < 2 * n->count; i++)
			n->spent[i] += n->lanes[l].spent_here[i] /
				       (double)n->lane_count;
}

size_t net_lanes_run(struct net *n, const struct stretch *stretch, size_t count)
{
	size_t lanes = n->lane_count;
	struct lanes_job job = { n, stretch, count - count % lanes, 0 };

	if (lanes == 1 || !job.count)
		return 0;
	for (size_t l = 0; l < lanes; l++) {
		struct net *lane = &n->lanes[l];

		lane->spent = n->spent ? lane->spent_here : NULL;
		for (size_t i = 0; i < 2 * n->count; i++)
			lane->spent_here[i] = 0;
	}
	/* as many parts as a lane has room for, the same number for each */
	job.parts = (job.count / lanes + stretch->images - 1) /
		    stretch->images * lanes;
	pool_run(n->machine.pool, job.parts, lane_item, &job);
	if (n->spent)
		lanes_time(n);
	return job.count;
}
