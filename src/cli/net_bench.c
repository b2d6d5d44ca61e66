/*
 * net_bench.c - how long a net takes, forward or in a training step, and where
 * the time goes.
 *
 * Weights come from a seed, pictures are noise; the time does not depend on
 * them.  Of the whole and of each layer: the median over the repeats, which is
 * what counts on a busy machine, and the best.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "base/rng.h"
#include "cli/cli.h"
#include "cli/net_bench.h"

struct timing {
	double median_s, best_s;	/* per pass */
};

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void fill_input(struct net *net, size_t count)
{
	struct net_info info = net_info(net);
	size_t floats = count * info.in_h * info.in_w * info.in_c;
	uint64_t stream = rng_stream(RNG_INIT, 0, 1);

	for (size_t i = 0; i < floats; i++)
		net_input(net)[i] = 255.0f * rng_uniform(1, stream, i);
}

static void pass(struct net *net, const struct net_bench *b,
		 const float *gradient)
{
	net_forward(net, b->batch, 1, 0);
	if (!b->train)
		return;
	net_backward(net, gradient);
	net_step(net, 1e-6f, 0.9f, 1e-4f);
}

/* Sorts seconds[repeats]. */
static struct timing timing_of(double *seconds, int repeats)
{
	qsort(seconds, (size_t)repeats, sizeof(*seconds), compare_doubles);
	return (struct timing){ seconds[repeats / 2], seconds[0] };
}

/* Fills seconds[repeats], and where spent[sides] is given to net_time,
 * samples[sides][repeats] with what each pass added to it. */
static int measure(struct net *net, const struct net_bench *b,
		   const float *gradient, double *seconds, double *spent,
		   double *samples, struct error *e)
{
	size_t sides = spent ? 2 * net_layers(net) : 0;
	size_t repeats = (size_t)b->repeat;

	pass(net, b, gradient);
	for (size_t i = 0; i < repeats; i++) {
		double start = clock_now();

		if (cli_stop_requested())
			return fail(e, ERROR_FAILED, "stopped after %zu of "
				    "%zu passes", i, repeats);
		for (size_t j = 0; j < sides; j++)
			spent[j] = 0;
		pass(net, b, gradient);
		seconds[i] = clock_now() - start;
		for (size_t j = 0; j < sides; j++)
			samples[j * repeats + i] = spent[j];
	}
	return 0;
}

/* timing[2 i] of layer i forward, timing[2 i + 1] backward.  Clocks between
 * layers slow a pass down, so these passes are not those of the whole. */
static int measure_layers(struct net *net, const struct net_bench *b,
			  const float *gradient, double *seconds,
			  struct timing *timing, struct error *e)
{
	size_t sides = 2 * net_layers(net), repeats = (size_t)b->repeat;
	double *spent = mem_new(sides, sizeof(*spent), e);
	double *samples = mem_new(repeats, sides * sizeof(*samples), e);

	if (e->code)
		goto done;
	net_time(net, spent);
	measure(net, b, gradient, seconds, spent, samples, e);
	net_time(net, NULL);
	for (size_t j = 0; !e->code && j < sides; j++)
		timing[j] = timing_of(samples + j * repeats, b->repeat);
done:
	mem_free(samples);
	mem_free(spent);
	return e->code;
}

static double peak_bytes(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (double)usage.ru_maxrss * 1024;
}

/* ---- the report ---------------------------------------------------------- */

struct report {
	const struct net *net;
	const struct net_bench *b;
	struct timing t;
	struct timing *layer;		/* [2 layers] forward, backward; or
					 * NULL */
};

/* 2 for each multiply-add forward, as many again for each gradient. */
static double flops(const struct report *r, uint64_t multiply_adds)
{
	return 2.0 * (double)multiply_adds * (double)r->b->batch *
	       (r->b->train ? 3 : 1);
}

static double layer_ms(const struct report *r, size_t i, int backward)
{
	return 1e3 * r->layer[2 * i + (size_t)backward].median_s /
	       (double)r->b->batch;
}

static double layer_best_ms(const struct report *r, size_t i)
{
	return 1e3 * (r->layer[2 * i].best_s + r->layer[2 * i + 1].best_s) /
	       (double)r->b->batch;
}

static int json_number(struct buf *out, const char *key, double value,
		       struct error *e)
{
	if (buf_addf(out, e, ",\"%s\":", key) < 0)
		return e->code;
	return json_put_number(out, value, e);
}

static int json_layer(const struct report *r, size_t i, struct buf *out,
		      struct error *e)
{
	struct net_layer l = net_layer_at(r->net, i);
	double ms = layer_ms(r, i, 0), back = layer_ms(r, i, 1);
	double seconds = (ms + back) * 1e-3 * (double)r->b->batch;

	if (buf_addf(out, e, "%s{\"name\":", i ? "," : "") < 0 ||
	    json_put_string(out, str_of(l.name), e) < 0 ||
	    buf_addf(out, e, ",\"type\":\"%s\",\"way\":\"%s\"", l.type,
		     l.way) < 0 ||
	    json_number(out, "ms", ms + back, e) < 0 ||
	    json_number(out, "forward_ms", ms, e) < 0 ||
	    json_number(out, "backward_ms", back, e) < 0 ||
	    json_number(out, "best_ms", layer_best_ms(r, i), e) < 0 ||
	    json_number(out, "gflops", seconds > 0 ?
			flops(r, l.multiply_adds) / seconds * 1e-9 : 0, e) < 0)
		return e->code;
	return buf_addf(out, e, "}");
}

static int report_json(const struct report *r, struct buf *out,
		       struct error *e)
{
	const struct net_bench *b = r->b;
	double images = (double)b->batch;

	if (buf_addf(out, e, "{\"net\":") < 0 ||
	    json_put_string(out, str_of(b->name), e) < 0 ||
	    buf_addf(out, e, ",\"batch\":%zu,\"threads\":%d,\"kernels\":\"%s\","
		     "\"train\":%s", b->batch, pool_threads(b->machine->pool),
		     b->machine->kernels->name, b->train ? "true" : "false") < 0
	    || json_number(out, "ms_per_image", 1e3 * r->t.median_s / images,
			   e) < 0 ||
	    json_number(out, "best_ms", 1e3 * r->t.best_s / images, e) < 0 ||
	    json_number(out, "gflops", flops(r, net_info(r->net).multiply_adds)
			/ r->t.median_s * 1e-9, e) < 0 ||
	    json_number(out, "peak_bytes", peak_bytes(), e) < 0)
		return e->code;
	if (r->layer && buf_addf(out, e, ",\"layers\":[") < 0)
		return e->code;
	for (size_t i = 0; r->layer && i < net_layers(r->net); i++)
		if (json_layer(r, i, out, e) < 0)
			return e->code;
	return buf_addf(out, e, r->layer ? "]}\n" : "}\n");
}

static int text_layer(const struct report *r, size_t i, struct buf *out,
		      struct error *e)
{
	struct net_layer l = net_layer_at(r->net, i);
	double ms = layer_ms(r, i, 0), back = layer_ms(r, i, 1);
	double seconds = (ms + back) * 1e-3 * (double)r->b->batch;
	double rate = seconds > 0 ?
		flops(r, l.multiply_adds) / seconds * 1e-9 : 0;

	if (buf_addf(out, e, "%-28s %-8s %-9s %10.4f", l.name, l.type, l.way,
		     ms) < 0 ||
	    (r->b->train && buf_addf(out, e, " %11.4f", back) < 0) ||
	    buf_addf(out, e, " %10.4f", layer_best_ms(r, i)) < 0 ||
	    (rate > 0 && buf_addf(out, e, " %9.1f", rate) < 0))
		return e->code;
	return buf_addf(out, e, "\n");
}

static int report_text(const struct report *r, struct buf *out,
		       struct error *e)
{
	const struct net_bench *b = r->b;
	double images = (double)b->batch;

	if (r->layer && buf_addf(out, e, "%-28s %-8s %-9s %10s%s %10s %9s\n",
				 "layer", "type", "way", "forward ms",
				 b->train ? " backward ms" : "",
				 "best ms", "GFLOP/s") < 0)
		return e->code;
	for (size_t i = 0; r->layer && i < net_layers(r->net); i++)
		if (text_layer(r, i, out, e) < 0)
			return e->code;
	return buf_addf(out, e, "%s, batch %zu, %d threads, %s, %s: %.3f ms a "
			"picture (best %.3f), %.1f GFLOP/s, %.0f MB\n",
			b->name, b->batch, pool_threads(b->machine->pool),
			b->machine->kernels->name,
			b->train ? "training step" : "forward",
			1e3 * r->t.median_s / images,
			1e3 * r->t.best_s / images,
			flops(r, net_info(r->net).multiply_adds) /
			r->t.median_s * 1e-9, peak_bytes() / (1 << 20));
}

int net_bench_run(struct net *net, const struct net_bench *b, struct buf *out,
		  struct error *e)
{
	struct report r = { .net = net, .b = b };
	size_t floats = b->batch * net_info(net).out_dim;
	float *gradient = NULL;
	double *seconds = NULL;

	if (net_init(net, 1, e) < 0 ||
	    net_plan(net, b->machine, b->train ? NET_TRAIN : NET_RUN, b->batch,
		     e) < 0)
		goto done;
	gradient = mem_new(floats, sizeof(*gradient), e);
	seconds = mem_new((size_t)b->repeat, sizeof(*seconds), e);
	if (b->layers)
		r.layer = mem_new(2 * net_layers(net), sizeof(*r.layer), e);
	if (e->code)
		goto done;
	for (size_t i = 0; i < floats; i++)
		gradient[i] = 1e-3f;
	fill_input(net, b->batch);
	if (measure(net, b, gradient, seconds, NULL, NULL, e) < 0)
		goto done;
	r.t = timing_of(seconds, b->repeat);
	if (b->layers && measure_layers(net, b, gradient, seconds, r.layer,
					e) < 0)
		goto done;
	if (b->json)
		report_json(&r, out, e);
	else
		report_text(&r, out, e);
done:
	mem_free(gradient);
	mem_free(seconds);
	mem_free(r.layer);
	return e->code;
}
