/*
 * optim.h - the steps of an optimiser over a list of parameters, whoever owns
 * them.
 *
 * g is the gradient, d = rate * the parameter's, l = decay * the parameter's:
 *	sgd	g' = fma(l, w, g), v = fma(d, g', momentum v), w = w - v
 *		(Caffe's form, kernel `sgd`)
 *	adam	with decay inside the gradient, adamw outside: kernel `adam`,
 *		rate d / (1 - b1^t), square 1 / (1 - b2^t), the powers as
 *		products in double; outside d l
 * Before the step all gradients are scaled so that their common length is at
 * most `clip`: squares are summed in double, parameter by parameter.
 */
#ifndef OPTIM_H
#define OPTIM_H

#include "format/safetensors.h"
#include "math/machine.h"

enum optim_kind { OPTIM_SGD, OPTIM_ADAM, OPTIM_ADAMW };
extern const char *const optim_names[];	/* NULL at the end */

struct optim_settings {
	float momentum;			/* sgd */
	float beta1, beta2, epsilon;	/* adam, adamw */
	float decay;
	float clip;			/* 0: none */
};

struct optim_param {
	const char *name;		/* in a checkpoint; lives as long */
	float *w;			/* [count] */
	const float *g;			/* [count] */
	size_t count;
	float rate, decay;		/* factors */
};

struct optim {
	enum optim_kind kind;
	struct optim_settings settings;
	const struct machine *machine;
	struct optim_param *param;	/* [count]: a copy */
	size_t count;
	float **state[2];		/* [count] each: velocity; m and v */
	uint64_t steps;			/* done */
};

/* With all state zero.  On failure o is empty. */
int optim_open(struct optim *o, enum optim_kind kind,
	       const struct optim_settings *settings,
	       const struct optim_param *params, size_t count,
	       const struct machine *machine, struct error *e);
void optim_close(struct optim *o);	/* takes an empty one */
void optim_step(struct optim *o, float rate);
/* The state as tensors "velocity.NAME", or "m.NAME" and "v.NAME"; load checks
 * all before it changes any.  `steps` is how many are done then. */
int optim_save(const struct optim *o, struct st_writer *w, struct error *e);
int optim_load(struct optim *o, const struct st_file *f, uint64_t steps,
	       struct error *e);

#endif
