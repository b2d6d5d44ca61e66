/*
 * fuzz_net.c - any bytes as the text of a net: read, described, planned, run
 * forward and backward where it is small.
 */
#include <string.h>

#include "base/mem.h"
#include "fuzz.h"
#include "nn/net.h"

enum { DIM = 4, IMAGES = 2, MOST_WORK = 1 << 18, MOST_BYTES = 8 << 20 };

static struct machine machine;

static int is_small(struct net *n, enum net_mode mode)
{
	struct net_info info = net_info(n);
	struct error e = {0};
	uint64_t bytes;

	return info.multiply_adds <= MOST_WORK &&
	       info.parameters <= MOST_WORK &&
	       info.in_h * info.in_w * info.in_c <= MOST_WORK &&
	       net_measure(n, &machine, mode, IMAGES, &bytes, &e) == 0 &&
	       bytes <= MOST_BYTES;
}

static void input_fill(struct net *n)
{
	struct net_info info = net_info(n);
	size_t floats = IMAGES * info.in_h * info.in_w * info.in_c;
	float *to = net_input(n);

	for (size_t i = 0; i < floats; i++)
		to[i] = (float)(i * 37 % 256);
}

static void try_run(struct net *n, struct error *e)
{
	if (!is_small(n, NET_RUN) ||
	    net_plan(n, &machine, NET_RUN, IMAGES, e) < 0)
		return;
	input_fill(n);
	net_forward(n, IMAGES, 1, 0);
}

static void try_train(struct net *n, struct error *e)
{
	float *gradient;
	size_t floats = IMAGES * net_info(n).out_dim;

	if (!is_small(n, NET_TRAIN) ||
	    net_plan(n, &machine, NET_TRAIN, IMAGES, e) < 0)
		return;
	gradient = mem_new(floats, sizeof(*gradient), e);
	if (!gradient)
		return;
	for (size_t i = 0; i < floats; i++)
		gradient[i] = (float)(i % 3) - 1;
	input_fill(n);
	net_forward(n, IMAGES, 1, 0);
	net_backward(n, gradient);
	net_step(n, 0.01f, 0.9f, 0);
	mem_free(gradient);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct str text = { (const char *)data, bytes };
	struct error e = {0};
	struct buf table = {0};
	struct net *n;

	if (!machine.kernels && machine_open(&machine, NULL, 1, &e) < 0)
		bug("%s", e.text);
	n = net_open(text, "fuzz", DIM, &e);
	if (!n) {
		if (e.code >= 0 || !e.text[0])
			bug("an error without its text");
		return 0;
	}
	net_describe(n, &table, &e);
	if (is_small(n, NET_RUN) && net_init(n, 1, &e) == 0) {
		try_run(n, &e);
		try_train(n, &e);
	}
	buf_free(&table);
	net_close(n);
	return 0;
}
