/*
 * nets.h - small nets with known inputs, for tests.
 */
#ifndef NETS_H
#define NETS_H

#include "base/rng.h"
#include "nn/net.h"
#include "test.h"

#define IMAGE "image = input h=5 w=7 c=3 mean=128 scale=0.0157\n"

static struct machine machine;

static inline float uniform(uint64_t stream, size_t i, float low, float high)
{
	uint64_t s = rng_stream(RNG_TEST, stream, 0);

	return low + (high - low) * rng_uniform(3, s, i);
}

static inline void fill(float *x, size_t count, uint64_t stream, float low,
			float high)
{
	for (size_t i = 0; i < count; i++)
		x[i] = uniform(stream, i, low, high);
}

static inline size_t input_floats(const struct net *n)
{
	struct net_info info = net_info(n);

	return info.in_h * info.in_w * info.in_c;
}

/* A planned net with fresh weights, or NULL (a failed check). */
static inline struct net *make(const char *text, const struct machine *m,
			       enum net_mode mode, size_t count)
{
	struct error e = {0};
	struct net *n = net_open(str_of(text), "test", 5, &e);

	if (n && (net_init(n, 1, &e) < 0 ||
		  net_plan(n, m, mode, count, &e) < 0)) {
		net_close(n);
		n = NULL;
	}
	if (!CHECK(n != NULL))
		fprintf(stderr, "%s (%s)\n", e.text, e.hint);
	return n;
}

static inline struct net_tensor *tensor_named(struct net *n, const char *name)
{
	for (size_t i = 0; i < net_tensors(n); i++)
		if (strcmp(net_tensor(n, i)->name, name) == 0)
			return net_tensor(n, i);
	return NULL;
}

#endif
