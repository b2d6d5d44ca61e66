/*
 * test_layers.c - layers one by one: gradients of all of them against
 * differences, convolution and norm against plain loops, sizes of windows.
 */
#include "test.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/rng.h"
#include "nets.h"
#include "nn/net.h"

/* ---- gradients ----------------------------------------------------------- */

/*
 * L = sum r y in double, r random.  Along a random direction v in one tensor,
 * (L(w + hv) - L(w - hv)) / 2h is compared with g.v; both are sums of
 * independent parts of which the root of their squares, sqrt(sum (g v)^2), is
 * the size, so a wrong part of the gradient shows as an error of about 1 in
 * that unit.  What remains: for norms the third derivative times h^2, below
 * 1e-3 of it with h = 2^-8; elsewhere L is linear in one tensor as long as no
 * relu or maximum changes its mind, which the inputs below are made for.  And
 * the rounding of y, 2^-24 and some steps of it: 2^-21 of sqrt(sum (r y)^2),
 * over h, which is all there is for a bias in front of a norm.
 */
enum { SHOTS = 3 };
static const float h = 1.0f / 256;

static double weighted(struct net *n, size_t count, const float *r,
		       double *size)
{
	const float *y = net_forward(n, count, 7, 1);
	double sum = 0, square = 0;

	for (size_t i = 0; i < count * net_info(n).out_dim; i++) {
		double part = (double)r[i] * (double)y[i];

		sum += part;
		square += part * part;
	}
	*size = sqrt(square);
	return sum;
}

static double slope(struct net *n, size_t count, const float *r, size_t tensor,
		    const float *kept, const float *v, double *size)
{
	struct net_tensor *t = net_tensor(n, tensor);
	double side[2];

	for (int s = 0; s < 2; s++) {
		for (size_t i = 0; i < t->count; i++)
			t->value[i] = fmaf(s ? h : -h, v[i], kept[i]);
		net_tensor(n, tensor);	/* say that it was written to */
		side[s] = weighted(n, count, r, size);
	}
	memcpy(t->value, kept, t->count * sizeof(*kept));
	net_tensor(n, tensor);
	return (side[1] - side[0]) / (2 * (double)h);
}

static void check_tensor(struct net *n, size_t count, const float *r,
			 size_t tensor, uint64_t shot, const char *text)
{
	struct error e = {0};
	struct net_tensor *t = net_tensor(n, tensor);
	float *v = mem_new(t->count, sizeof(*v), &e);
	float *kept = mem_new(t->count, sizeof(*v), &e);
	double sum = 0, square = 0, numeric, size, room;

	fill(v, t->count, 100 + shot * 50 + tensor, -1, 1);
	memcpy(kept, t->value, t->count * sizeof(*v));
	for (size_t i = 0; i < t->count; i++) {
		double part = (double)t->gradient[i] * (double)v[i];

		sum += part;
		square += part * part;
	}
	numeric = slope(n, count, r, tensor, kept, v, &size);
	room = 0.01 * sqrt(square) + size / (1 << 21) / (double)h;
	if (!CHECK(fabs(numeric - sum) <= room))
		fprintf(stderr, "%s: %s: %g, by differences %g, size %g\n",
			text, t->name, sum, numeric, sqrt(square));
	mem_free(v);
	mem_free(kept);
}

/* Distinct pixels per image and channel, 4 apart and never near 128, in a
 * random order: maxima and signs hold still under small changes. */
static void fill_spaced(float *x, size_t count, size_t pixels, size_t channels)
{
	uint32_t order[256];

	for (size_t i = 0; i < count * channels; i++) {
		rng_shuffle(4, i, order, pixels);
		for (size_t p = 0; p < pixels; p++)
			x[(i / channels * pixels + p) * channels +
			  i % channels] = 130.0f + 4.0f *
			  ((float)order[p] - (float)(pixels / 2));
	}
}

/* Weights of conv "same" that pass channels on. */
static void make_identity(struct net *n)
{
	struct net_tensor *t = tensor_named(n, "same.weight");

	for (size_t i = 0; t && i < t->count; i++)
		t->value[i] = i % (t->shape[3] + 1) == 0;
}

static void check_gradients(const char *text, size_t count)
{
	struct net *n = make(text, &machine, NET_TRAIN, count);
	struct error e = {0};
	struct net_info info;
	float *r;

	if (!n)
		return;
	info = net_info(n);
	r = mem_new(count * info.out_dim, sizeof(*r), &e);
	if (tensor_named(n, "same.weight")) {
		make_identity(n);
		fill_spaced(net_input(n), count, info.in_h * info.in_w,
			    info.in_c);
	} else {
		fill(net_input(n), count * input_floats(n), 1, 0, 255);
	}
	fill(r, count * info.out_dim, 2, -1, 1);
	net_forward(n, count, 7, 1);
	net_backward(n, r);
	for (size_t i = 0; i < net_tensors(n); i++)
		for (uint64_t s = 0; s < SHOTS; s++)
			if (net_tensor(n, i)->gradient)
				check_tensor(n, count, r, i, s, text);
	mem_free(r);
	net_close(n);
}

#define SPACED "image = input h=7 w=5 c=3 mean=128 scale=0.0157\n" \
	       "same = conv out=3 kernel=1\n"

static void test_gradients(void)
{
	static const char *const texts[] = {
		IMAGE "a = conv out=17 kernel=3 pad=1\n"
		"b = conv out=33 kernel=3 stride=2 pad=1\nc = dense out=4\n",
		IMAGE "a = conv out=1 kernel=2 stride=3 pad=1 bias=no\n"
		"b = conv out=17 kernel=1\nc = dense out=@dim bias=no\n",
		"image = input h=9 w=8 c=1 scale=0.01\n"
		"a = conv out=3 kernel=5 stride=2 pad=2\n"
		"b = conv out=1 kernel=3 stride=3\n",
		IMAGE "a = conv out=17 kernel=3\nb = bn\nc = dense out=3\n",
		IMAGE "a = conv out=3 kernel=1\nb = bn eps=0.1\n"
		"c = conv out=33 kernel=3\nd = bn\n",
		SPACED "r = relu\nd = dense out=6\n",
		SPACED "r = relu\nm = maxpool kernel=2\nd = dense out=6\n",
		SPACED "m = maxpool kernel=3 stride=2 ceil=yes\n",
		SPACED "m = maxpool kernel=3 stride=3 pad=2 ceil=yes\n"
		"d = dense out=3\n",
		SPACED "m = maxpool kernel=3 pad=1\na = add from=m,same\n"
		"d = conv out=2 kernel=3\n",
		IMAGE "a = conv out=17 kernel=3 pad=1\n"
		"p = avgpool kernel=3 stride=2 pad=1 ceil=yes\n",
		IMAGE "a = conv out=17 kernel=3 pad=1\n"
		"p = avgpool kernel=2 stride=3 ceil=yes\nd = dense out=3\n",
		IMAGE "a = conv out=33 kernel=1\np = avgpool global=yes\n"
		"d = dense out=3\n",
		IMAGE "a = conv out=17 kernel=1\nd = dropout p=0.4\n"
		"e = dense out=7\nf = dropout p=0.3\n",
		/* four readers, one of them twice, and dx in place */
		IMAGE "a = conv out=16 kernel=3 pad=1\n"
		"b = conv out=16 kernel=1 from=a\nc = add from=b,a,a\n"
		"d = conv out=3 kernel=3 pad=1 from=a\n"
		"e = concat from=c,d,a\nf = add from=e,e\n"
		"g = avgpool global=yes\n",
		/* two readers: relu may not write over what it reads */
		SPACED "r = relu\na = add from=r,same\nd = dense out=4\n",
		/* frozen below: gradients stop, and batch norm still passes */
		IMAGE "a = conv out=8 kernel=3 rate=0\n"
		"b = conv out=4 kernel=1 from=a\nc = bn rate=0\n"
		"d = conv out=4 kernel=1 rate=0\ne = bn\n",
		/* each channel by itself, padded below and to the right */
		IMAGE "a = conv out=19 kernel=1\n"
		"b = conv out=19 kernel=3 groups=19 stride=2 pad_bottom=1 "
		"pad_right=1\nc = dense out=3\n",
		IMAGE "a = conv out=12 kernel=1\n"
		"b = conv out=18 kernel=3 groups=3 pad=1\n"
		"c = conv out=4 kernel_h=1 kernel_w=3 pad_left=2 groups=2\n",
		IMAGE "a = conv out=64 kernel=1\n"
		"b = conv out=48 kernel=3 groups=2 pad=1\nc = dense out=3\n",
		IMAGE "a = conv out=9 kernel=1\n"
		"b = conv out=17 kernel=3 dilation=2 pad=2 pad_top=4 stride=2\n",
		IMAGE "a = conv out=21 kernel=1\n"
		"b = conv out=21 kernel=3 dilation=3 pad=3 groups=21\n",
		/* pixels that no window reads, more outputs than one chunk */
		IMAGE "a = conv out=5 kernel=1\n"
		"b = conv out=1100 kernel=1 stride=2\n",
		IMAGE "a = conv out=19 kernel=1\nb = lrn alpha=2\n"
		"c = dense out=3\n",
		IMAGE "a = conv out=33 kernel=1\n"
		"b = lrn size=9 alpha=1 beta=0.5 k=2\n"
		"c = lrn size=1\nd = lrn size=17 alpha=3\n",
		IMAGE "a = conv out=19 kernel=1\nb = unit\nc = dense out=3\n",
		IMAGE "a = dense out=35\nb = unit\n",
	};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		check_gradients(texts[i], 2);
		check_gradients(texts[i], 3);
	}
}

static void test_frozen(void)
{
	struct net *n = make(IMAGE "a = conv out=8 kernel=3 rate=0\n"
			     "b = conv out=4 kernel=1\n"
			     "c = dense out=2 rate=0.5 decay=3\n", &machine,
			     NET_TRAIN, 2);

	if (!n)
		return;
	CHECK(tensor_named(n, "a.weight")->gradient == NULL);
	CHECK(tensor_named(n, "b.bias")->gradient != NULL);
	CHECK(tensor_named(n, "b.bias")->rate == 2);
	CHECK(tensor_named(n, "b.bias")->decay == 0);
	CHECK(tensor_named(n, "c.weight")->rate == 0.5f);
	CHECK(tensor_named(n, "c.weight")->decay == 3);
	net_close(n);
}

/* All of a window equal: its first pixel alone gets the gradient.  The conv
 * gives 0 everywhere, so dweight is x where dx is, and dbias the sum of dx. */
static void test_ties(void)
{
	struct net *n = make("image = input h=4 w=4 c=1\n"
			     "same = conv out=1 kernel=1\n"
			     "m = maxpool kernel=2 stride=2\n", &machine,
			     NET_TRAIN, 1);
	static const float r[4] = { 1, 10, 100, 1000 };

	if (!n)
		return;
	for (size_t i = 0; i < 16; i++)
		net_input(n)[i] = (float)i;
	tensor_named(n, "same.weight")->value[0] = 0;
	net_forward(n, 1, 0, 0);
	net_backward(n, r);
	CHECK(tensor_named(n, "same.bias")->gradient[0] == 1111);
	/* windows start at pixels 0, 2, 8, 10 */
	CHECK(tensor_named(n, "same.weight")->gradient[0] == 10820);
	net_close(n);
}

/* ---- plain loops --------------------------------------------------------- */

static void test_conv(void)
{
	enum { H = 5, W = 7, C = 3, K = 3, S = 2, P = 1, O = 17, N = 2 };
	struct net *n = make("image = input h=5 w=7 c=3\n"
			     "a = conv out=17 kernel=3 stride=2 pad=1\n",
			     &machine, NET_RUN, N);
	const float *x, *w, *b, *y;

	if (!n)
		return;
	fill(net_input(n), N * H * W * C, 1, -1, 1);
	fill(net_tensor(n, 1)->value, O, 2, -1, 1);
	y = net_forward(n, N, 0, 0);
	x = net_input(n);
	w = net_tensor(n, 0)->value;
	b = net_tensor(n, 1)->value;
	for (size_t i = 0, at = 0; i < N; i++)
	for (size_t oy = 0; oy < 3; oy++)
	for (size_t ox = 0; ox < 4; ox++)
	for (size_t o = 0; o < O; o++, at++) {
		float s = b[o];

		for (size_t t = 0; t < K * K * C; t++) {
			size_t iy = oy * S + t / (K * C) - P;
			size_t ix = ox * S + t / C % K - P;
			float v = iy < H && ix < W ?
				x[((i * H + iy) * W + ix) * C + t % C] : 0;

			s = fmaf(v, w[t * O + o], s);
		}
		CHECK(memcmp(&s, &y[at], sizeof(s)) == 0);
	}
	net_close(n);
}

/* y of a convolution with all options, against its definition. */
static void check_conv(const char *text, size_t taps_h, size_t taps_w,
		       size_t stride, size_t dilation, size_t groups,
		       size_t top, size_t left)
{
	struct net *n = make(text, &machine, NET_RUN, 1);
	const struct net_tensor *w;
	const float *y;
	size_t in_h, in_w, in_c, c, wide, out;

	if (!n || !CHECK(net_layers(n) == 2)) {
		net_close(n);
		return;
	}
	in_h = net_info(n).in_h;
	in_w = net_info(n).in_w;
	in_c = net_info(n).in_c;
	c = in_c / groups;
	fill(net_input(n), in_h * in_w * in_c, 1, -1, 1);
	w = net_tensor(n, 0);
	wide = net_layer_at(n, 1).w;
	out = net_layer_at(n, 1).c;
	CHECK(w->shape[0] == taps_h && w->shape[1] == taps_w &&
	      w->shape[2] == c && w->shape[3] == out);
	CHECK(net_layer_at(n, 1).multiply_adds ==
	      net_info(n).out_dim * taps_h * taps_w * c);
	y = net_forward(n, 1, 0, 0);
	for (size_t at = 0; at < net_info(n).out_dim; at++) {
		size_t o = at % out, oy = at / out / wide, ox = at / out % wide;
		float s = 0;

		for (size_t t = 0; t < taps_h * taps_w * c; t++) {
			size_t iy = oy * stride + t / (taps_w * c) * dilation -
				    top;
			size_t ix = ox * stride + t / c % taps_w * dilation -
				    left;
			float v = iy < in_h && ix < in_w ?
				net_input(n)[(iy * in_w + ix) * in_c +
				o / (out / groups) * c + t % c] : 0;

			s = fmaf(v, w->value[t * out + o], s);
		}
		if (!CHECK(memcmp(&s, &y[at], sizeof(s)) == 0))
			break;
	}
	net_close(n);
}

static void test_conv_options(void)
{
#define SIX "image = input h=5 w=7 c=6\na = conv bias=no "
	check_conv(SIX "out=4 kernel=3 groups=2 pad=1\n", 3, 3, 1, 1, 2, 1, 1);
	check_conv(SIX "out=6 kernel=3 groups=6 stride=2 pad_bottom=1 "
		   "pad_right=1\n", 3, 3, 2, 1, 6, 0, 0);
	check_conv(SIX "out=12 kernel=2 groups=6 pad_top=1\n", 2, 2, 1, 1, 6,
		   1, 0);
	check_conv(SIX "out=5 kernel=3 dilation=2 pad=2 pad_left=4\n", 3, 3, 1,
		   2, 1, 2, 4);
	check_conv(SIX "out=5 kernel_h=1 kernel_w=4 stride=3\n", 1, 4, 3, 1, 1,
		   0, 0);
	check_conv(SIX "out=5 kernel=4 kernel_h=2 pad_top=1\n", 2, 4, 1, 1, 1,
		   1, 0);
	check_conv("image = input h=8 w=7 c=16\na = conv bias=no out=18 "
		   "kernel=3 pad=1 direct=yes\n", 3, 3, 1, 1, 1, 1, 1);
}

/* The way that direct= chooses. */
static void test_direct(void)
{
	static const char *const texts[] = {
		"image = input h=8 w=7 c=16\na = conv out=18 kernel=3 pad=1\n",
		"image = input h=8 w=7 c=16\na = conv out=18 kernel=3 pad=1 "
		"direct=no\n",
		"image = input h=8 w=7 c=16\na = conv out=18 kernel=3 pad=1 "
		"direct=yes\n",
	};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct net *n = make(texts[i], &machine, NET_TRAIN, 2);

		if (n)
			CHECK(strcmp(net_layer_at(n, 1).way, i == 2 ?
				     "direct" : "winograd") == 0);
		net_close(n);
	}
}

/* Each pixel has length 1; one of zeros stays so. */
static void test_unit(void)
{
	enum { PIXELS = 35, C = 19 };
	struct net *n = make("image = input h=5 w=7 c=19\na = unit\n",
			     &machine, NET_RUN, 1);
	const float *x, *y;

	if (!n)
		return;
	fill(net_input(n), PIXELS * C, 1, -9, 9);
	memset(net_input(n), 0, C * sizeof(float));
	y = net_forward(n, 1, 0, 0);
	x = net_input(n);
	for (size_t i = 0; i < PIXELS * C; i++) {
		const float *pixel = x + i - i % C;
		double sum = 0, want;

		for (size_t j = 0; j < C; j++)
			sum += (double)pixel[j] * (double)pixel[j];
		want = i < C ? 0 : (double)x[i] / sqrt(sum);
		if (!CHECK(fabs((double)y[i] - want) < 1e-6))
			break;
	}
	net_close(n);
}

/* Caffe's definition in double. */
static void test_lrn(void)
{
	enum { PIXELS = 35, C = 19 };
	struct net *n = make("image = input h=5 w=7 c=19\n"
			     "a = lrn size=5 alpha=0.5 beta=0.75 k=2\n",
			     &machine, NET_RUN, 1);
	const float *x, *y;

	if (!n)
		return;
	fill(net_input(n), PIXELS * C, 1, -9, 9);
	y = net_forward(n, 1, 0, 0);
	x = net_input(n);
	for (size_t i = 0; i < PIXELS * C; i++) {
		double sum = 0, want;

		for (size_t j = 0; j < C; j++)
			if (j + 2 >= i % C && j <= i % C + 2)
				sum += (double)x[i - i % C + j] *
				       (double)x[i - i % C + j];
		want = (double)x[i] * pow(2 + 0.5 / 5 * sum, -0.75);
		CHECK(fabs((double)y[i] - want) <= 1e-6 * fabs(want));
	}
	net_close(n);
}

/* What norm is for: mean beta and deviation gamma over batch and pixels; and
 * running averages that move by a tenth. */
static void test_norm(void)
{
	enum { PIXELS = 3 * 35, C = 3 };
	struct net *n = make("image = input h=5 w=7 c=3\nb = bn\n", &machine,
			     NET_TRAIN, 3);
	double sum[C] = {0}, square[C] = {0}, mean[C] = {0};
	const float *y;

	if (!n)
		return;
	fill(net_input(n), PIXELS * C, 1, 0, 255);
	for (size_t j = 0; j < C; j++) {
		net_tensor(n, 0)->value[j] = 2 + (float)j;
		net_tensor(n, 1)->value[j] = (float)j - 1;
	}
	y = net_forward(n, 3, 0, 0);
	for (size_t i = 0; i < PIXELS * C; i++) {
		double d = (double)y[i] - ((double)(i % C) - 1);

		sum[i % C] += d / PIXELS;
		square[i % C] += d * d / PIXELS;
		mean[i % C] += (double)net_input(n)[i] / PIXELS;
	}
	for (size_t j = 0; j < C; j++) {
		CHECK(fabs(sum[j]) < 1e-5);
		CHECK(fabs(sqrt(square[j]) - (2 + (double)j)) < 1e-4);
		CHECK(fabs((double)net_tensor(n, 2)->value[j] -
			   0.1 * mean[j]) < 1e-4);
	}
	net_close(n);
}

static void test_input(void)
{
	struct net *n = make("image = input h=1 w=2 c=3 mean=1,2,3 "
			     "scale=2,3,4 order=bgr\nr = relu\n", &machine, NET_RUN, 1);
	static const float x[6] = { 10, 20, 30, 1, 1, 0 };
	static const float want[6] = { 58, 54, 28, 0, 0, 0 };

	if (!n)
		return;
	memcpy(net_input(n), x, sizeof(x));
	CHECK(memcmp(net_forward(n, 1, 0, 0), want, sizeof(want)) == 0);
	CHECK(memcmp(net_input(n), x, sizeof(x)) == 0);
	net_close(n);
}

/* Caffe's counts: 224 -> 112 -> 56 -> 28 -> 14 -> 7 with ceil, and a last
 * window that would start past the picture is dropped. */
static void test_windows(void)
{
	static const struct { const char *text; size_t out; } cases[] = {
		{ "h=112 w=112 c=1\np = maxpool kernel=3 stride=2 ceil=yes\n",
		  56 * 56 },
		{ "h=112 w=112 c=1\np = maxpool kernel=3 stride=2\n", 55 * 55 },
		{ "h=4 w=4 c=1\np = maxpool kernel=2 stride=3 pad=1 ceil=yes\n",
		  2 * 2 },
		{ "h=3 w=3 c=1\np = maxpool kernel=2 stride=4 pad=1 ceil=yes\n",
		  1 },
		{ "h=7 w=7 c=2\np = avgpool kernel=7\n", 2 },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char text[200];
		struct error e = {0};
		struct net *n;

		snprintf(text, sizeof(text), "a = input %s", cases[i].text);
		n = net_open(str_of(text), "test", 0, &e);
		CHECK(n && net_info(n).out_dim == cases[i].out);
		net_close(n);
	}
}

int main(void)
{
	struct error e = {0};

	if (machine_open(&machine, NULL, 2, &e) < 0) {
		fprintf(stderr, "%s\n", e.text);
		return 1;
	}
	test_gradients();
	test_frozen();
	test_ties();
	test_conv();
	test_conv_options();
	test_direct();
	test_lrn();
	test_unit();
	test_norm();
	test_input();
	test_windows();
	machine_close(&machine);
	return test_end("layers");
}
