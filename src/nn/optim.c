/* optim.c - see optim.h. */
#include "nn/optim.h"

#include <math.h>
#include <string.h>

#include "base/buf.h"

enum { CHUNK = 1 << 14 };		/* floats of an item of the pool */

const char *const optim_names[] = { "sgd", "adam", "adamw", NULL };

static const char *const prefixes[][2] = {
	[OPTIM_SGD] = { "velocity.", NULL },
	[OPTIM_ADAM] = { "m.", "v." }, [OPTIM_ADAMW] = { "m.", "v." },
};

static int states(enum optim_kind kind)
{
	return kind == OPTIM_SGD ? 1 : 2;
}

int optim_open(struct optim *o, enum optim_kind kind,
	       const struct optim_settings *settings,
	       const struct optim_param *params, size_t count,
	       const struct machine *machine, struct error *e)
{
	*o = (struct optim){ .kind = kind, .settings = *settings,
			     .machine = machine, .count = count };
	o->param = mem_new(count, sizeof(*o->param), e);
	for (int s = 0; o->param && s < states(kind); s++) {
		o->state[s] = mem_new(count, sizeof(*o->state[s]), e);
		for (size_t i = 0; o->state[s] && i < count; i++)
			o->state[s][i] = mem_new(params[i].count,
						 sizeof(float), e);
	}
	if (e->code)
		optim_close(o);
	else
		memcpy(o->param, params, count * sizeof(*params));
	return e->code;
}

void optim_close(struct optim *o)
{
	for (int s = 0; s < 2; s++) {
		for (size_t i = 0; o->state[s] && i < o->count; i++)
			mem_free(o->state[s][i]);
		mem_free(o->state[s]);
	}
	mem_free(o->param);
	*o = (struct optim){ .count = 0 };
}

/* ---- a step -------------------------------------------------------------- */

struct optim_job {
	const struct optim *o;
	const struct optim_param *p;
	float *m, *v;			/* sgd: the velocity is m */
	float base;			/* d */
	float rate;			/* adam: d / (1 - b1^t) */
	float square;			/* adam: 1 / (1 - b2^t) */
	float scale;			/* of the gradient */
};

/* base^n, n > 0, as products of squares. */
static double power(double base, uint64_t n)
{
	double result = 1;

	for (; n; n >>= 1, base *= base)
		if (n & 1)
			result *= base;
	return result;
}

/* What clipping multiplies gradients with. */
static float clip_scale(const struct optim *o)
{
	double sum = 0, length;

	if (o->settings.clip <= 0)
		return 1;
	for (size_t i = 0; i < o->count; i++) {
		const struct optim_param *p = &o->param[i];

		sum += (double)o->machine->kernels->dot(p->g, p->g, p->count);
	}
	length = sqrt(sum);
	return length > (double)o->settings.clip ?
	       (float)((double)o->settings.clip / length) : 1;
}

static void sgd_chunk(const struct optim_job *job, size_t from, size_t n)
{
	const struct optim_settings *s = &job->o->settings;
	const struct kernels *k = job->o->machine->kernels;
	const float *g = job->p->g + from;
	float scaled[CHUNK];

	if (job->scale < 1) {
		k->scale(scaled, job->scale, g, n);
		g = scaled;
	}
	k->sgd(job->p->w + from, job->m + from, g, job->base, s->momentum,
	       s->decay * job->p->decay, n);
}

static void adam_chunk(const struct optim_job *job, size_t from, size_t n)
{
	const struct optim_settings *s = &job->o->settings;
	float decay = s->decay * job->p->decay;
	int apart = job->o->kind == OPTIM_ADAMW;
	const struct adam_rule rule = {
		.scale = job->scale, .inside = apart ? 0 : decay,
		.outside = apart ? job->base * decay : 0,
		.beta1 = s->beta1, .rest1 = 1.0f - s->beta1,
		.beta2 = s->beta2, .rest2 = 1.0f - s->beta2,
		.rate = job->rate, .square = job->square,
		.epsilon = s->epsilon,
	};

	job->o->machine->kernels->adam(job->p->w + from, job->m + from,
				       job->v + from, job->p->g + from, &rule,
				       n);
}

static void optim_item(void *context, size_t item, int thread)
{
	const struct optim_job *job = context;
	size_t from = item * CHUNK;
	size_t n = MIN(job->p->count - from, (size_t)CHUNK);

	(void)thread;
	if (job->o->kind == OPTIM_SGD)
		sgd_chunk(job, from, n);
	else
		adam_chunk(job, from, n);
}

void optim_step(struct optim *o, float rate)
{
	double t1, t2;
	float scale = clip_scale(o);

	o->steps++;
	t1 = 1 - power((double)o->settings.beta1, o->steps);
	t2 = 1 - power((double)o->settings.beta2, o->steps);
	for (size_t i = 0; i < o->count; i++) {
		const struct optim_param *p = &o->param[i];
		struct optim_job job = { .o = o, .p = p,
			.m = o->state[0][i], .base = rate * p->rate,
			.scale = scale };

		if (o->kind != OPTIM_SGD) {
			job.v = o->state[1][i];
			job.rate = (float)((double)job.base / t1);
			job.square = (float)(1 / t2);
		}
		pool_run(o->machine->pool, CEIL_DIV(p->count, (size_t)CHUNK),
			 optim_item, &job);
	}
}

/* ---- checkpoints --------------------------------------------------------- */

static int state_name(struct buf *name, const struct optim *o, int s, size_t i,
		      struct error *e)
{
	buf_clear(name);
	return buf_addf(name, e, "%s%s", prefixes[o->kind][s],
			o->param[i].name);
}

int optim_save(const struct optim *o, struct st_writer *w, struct error *e)
{
	struct buf name = { 0 };

	for (int s = 0; s < states(o->kind); s++)
		for (size_t i = 0; i < o->count && !e->code; i++) {
			uint64_t shape[1] = { o->param[i].count };

			if (state_name(&name, o, s, i, e) == 0)
				st_put(w, name.data, ST_F32, 1, shape,
				       o->state[s][i], e);
		}
	buf_free(&name);
	return e->code;
}

int optim_load(struct optim *o, const struct st_file *f, uint64_t steps,
	       struct error *e)
{
	struct buf name = { 0 };

	for (int pass = 0; pass < 2; pass++)
		for (int s = 0; s < states(o->kind); s++)
			for (size_t i = 0; i < o->count && !e->code; i++) {
				uint64_t shape[1] = { o->param[i].count };
				const struct st_tensor *from;

				if (state_name(&name, o, s, i, e) < 0)
					continue;
				from = st_need(f, name.data, ST_F32, 1, shape,
					       e);
				if (from && pass)
					memcpy(o->state[s][i], from->data,
					       from->count * sizeof(float));
			}
	buf_free(&name);
	if (!e->code)
		o->steps = steps;
	return e->code;
}
