/*
 * test_nn.c - nets: gradients against differences, convolution and norm
 * against plain loops, equal bits on all tables and thread counts, the memory
 * plan, files, bad texts, no memory, and that a small one learns.
 */
#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/le.h"
#include "base/rng.h"
#include "base/sum.h"
#include "nn/loss.h"
#include "nn/net.h"

static struct machine machine;

static float uniform(uint64_t stream, size_t i, float low, float high)
{
	uint64_t s = rng_stream(RNG_TEST, stream, 0);

	return low + (high - low) * rng_uniform(3, s, i);
}

static void fill(float *x, size_t count, uint64_t stream, float low, float high)
{
	for (size_t i = 0; i < count; i++)
		x[i] = uniform(stream, i, low, high);
}

static size_t input_floats(const struct net *n)
{
	struct net_info info = net_info(n);

	return info.in_h * info.in_w * info.in_c;
}

/* A planned net with fresh weights, or NULL (a failed check). */
static struct net *make(const char *text, const struct machine *m,
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

static struct net_tensor *tensor_named(struct net *n, const char *name)
{
	for (size_t i = 0; i < net_tensors(n); i++)
		if (strcmp(net_tensor(n, i)->name, name) == 0)
			return net_tensor(n, i);
	return NULL;
}

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

#define IMAGE "image = input h=5 w=7 c=3 mean=128 scale=0.0157\n"
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
	struct net *n = make("image = input h=1 w=2 c=3 mean=1,2,3 scale=2 "
			     "order=bgr\nr = relu\n", &machine, NET_RUN, 1);
	static const float x[6] = { 10, 20, 30, 1, 1, 0 };
	static const float want[6] = { 58, 36, 14, 0, 0, 0 };

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

/* ---- equal bits ---------------------------------------------------------- */

static const char tiny[] =
	"image = input h=11 w=9 c=3 mean=120,110,100 scale=0.0157\n"
	"conv1 = conv out=17 kernel=3 stride=2 pad=1 bias=no\n"
	"norm1 = bn\nrelu1 = relu\n"
	"conv2 = conv out=17 kernel=3 pad=1\nadd2 = add from=conv2,relu1\n"
	"relu2 = relu\n"
	"left = maxpool kernel=3 stride=2 ceil=yes from=relu2\n"
	"right = avgpool kernel=3 stride=2 ceil=yes from=relu2\n"
	"both = concat from=left,right\nflat = conv out=40 kernel=1\n"
	"pool = avgpool global=yes\ndrop = dropout p=0.2\n"
	"out = dense out=@dim\n";

static void hash_floats(struct sum64 *s, const float *x, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		unsigned char bytes[4];
		uint32_t bits;

		memcpy(&bits, &x[i], sizeof(bits));
		le32_put(bytes, bits);
		sum64_add(s, bytes, sizeof(bytes));
	}
}

/* Three steps of training and one run; a sum of all that came of it. */
static uint64_t life(const struct machine *m)
{
	enum { COUNT = 5, DIM = 5 };
	struct net *n = make(tiny, m, NET_TRAIN, COUNT);
	struct error e = {0};
	struct sum64 s;
	float r[COUNT * DIM];

	if (!n)
		return 0;
	sum64_start(&s, 0);
	for (uint64_t step = 0; step < 3; step++) {
		fill(net_input(n), COUNT * input_floats(n), step, 0, 255);
		fill(r, COUNT * DIM, 10 + step, -0.1f, 0.1f);
		hash_floats(&s, net_forward(n, COUNT, 2, step), COUNT * DIM);
		net_backward(n, r);
		net_step(n, 0.05f, 0.9f, 1e-3f);
	}
	CHECK(net_check(n, &e) == 0);
	CHECK(net_plan(n, m, NET_RUN, COUNT, &e) == 0);
	fill(net_input(n), COUNT * input_floats(n), 4, 0, 255);
	hash_floats(&s, net_forward(n, COUNT, 0, 0), COUNT * DIM);
	for (size_t i = 0; i < net_tensors(n); i++) {
		const struct net_tensor *t = net_tensor(n, i);

		hash_floats(&s, t->value, t->count);
		if (t->velocity)
			hash_floats(&s, t->velocity, t->count);
	}
	net_close(n);
	return sum64_end(&s);
}

static void test_equal_bits(void)
{
	const uint64_t want = 0xc89be7ca69268cd8;
	const struct kernels *const *all = kernels_list();

	for (size_t i = 0; all[i]; i++)
		for (int threads = 1; threads <= 3; threads++) {
			struct machine m = {0};
			struct error e = {0};
			uint64_t got;

			CHECK(machine_open(&m, all[i]->name, threads, &e) == 0);
			got = life(&m);
			if (!CHECK(got == want))
				fprintf(stderr, "%s, %d threads: %016llx\n",
					all[i]->name, threads,
					(unsigned long long)got);
			machine_close(&m);
		}
}

/* ---- the memory plan ----------------------------------------------------- */

/* Without norm and dropout a run is a training forward; a run shares memory
 * far more, so equal bits say that nothing was overwritten too early. */
static void test_plan_shares(void)
{
	static const char text[] = IMAGE
		"a = conv out=16 kernel=3 pad=1\nb = relu\n"
		"p = conv out=8 kernel=1 from=b\nq = relu\n"
		"r = conv out=24 kernel=3 pad=1 from=b\ns = relu\n"
		"t = maxpool kernel=3 pad=1 from=b\nu = relu\n"
		"v = concat from=q,s,u\nw = avgpool kernel=2\n"
		"x = conv out=48 kernel=1 from=v\ny = add from=x,v\nz = relu\n"
		"z1 = maxpool kernel=2\nz2 = concat from=z1,w\n"
		"z3 = dense out=6\n";
	struct net *train = make(text, &machine, NET_TRAIN, 4);
	struct net *run = make(text, &machine, NET_RUN, 4);
	float r[24], all[24];

	if (train && run) {
		fill(net_input(train), 4 * 105, 1, 0, 255);
		fill(net_input(run), 4 * 105, 1, 0, 255);
		fill(r, 24, 1, -1, 1);
		memcpy(all, net_forward(run, 4, 0, 0), sizeof(all));
		CHECK(memcmp(all, net_forward(train, 4, 0, 0), sizeof(all)) ==
		      0);
		CHECK(net_planned_bytes(run) < net_planned_bytes(train) / 2);
		/* again, after a backward has used the memory */
		net_backward(train, r);
		CHECK(memcmp(all, net_forward(train, 4, 0, 0), sizeof(all)) ==
		      0);
		/* an image does not know its neighbours */
		memmove(net_input(run), net_input(run) + 2 * 105,
			105 * sizeof(float));
		CHECK(memcmp(all + 12, net_forward(run, 1, 0, 0),
			     6 * sizeof(float)) == 0);
	}
	net_close(train);
	net_close(run);
}

static void test_no_allocation(void)
{
	struct net *n = make(tiny, &machine, NET_TRAIN, 4);
	float r[20] = { 1, -1 };
	uint64_t before;

	if (!n)
		return;
	fill(net_input(n), 4 * input_floats(n), 1, 0, 255);
	before = mem_count();
	for (uint64_t step = 0; step < 3; step++) {
		net_forward(n, 4 - step % 2, 1, step);
		net_backward(n, r);
		net_step(n, 0.01f, 0.9f, 0);
	}
	CHECK(mem_count() == before);
	net_close(n);
}

static void test_velocity_stays(void)
{
	struct net *n = make(tiny, &machine, NET_TRAIN, 3);
	struct error e = {0};
	float r[15] = { 1, -1 }, kept[40];
	struct net_tensor *t;

	if (!n)
		return;
	fill(net_input(n), 3 * input_floats(n), 1, 0, 255);
	net_forward(n, 3, 1, 0);
	net_backward(n, r);
	net_step(n, 0.01f, 0.9f, 0);
	t = tensor_named(n, "flat.bias");
	memcpy(kept, t->velocity, sizeof(kept));
	CHECK(kept[0] != 0);
	CHECK(net_plan(n, &machine, NET_RUN, 7, &e) == 0);
	tensor_named(n, "conv1.weight")->rate = 0;
	CHECK(net_plan(n, &machine, NET_TRAIN, 2, &e) == 0);
	CHECK(memcmp(kept, t->velocity, sizeof(kept)) == 0);
	net_close(n);
}

/* Each allocation in turn fails: an error each time, nothing leaks into the
 * next try, and in the end it works. */
static void test_no_memory(void)
{
	uint64_t at = 0;
	int done = 0;

	while (!done && at < 1000) {
		struct error e = {0};
		struct net *n;

		at++;
		mem_fail_at(at, at % 2 == 0);
		n = net_open(str_of(tiny), "test", 5, &e);
		done = n && net_plan(n, &machine, NET_TRAIN, 3, &e) == 0;
		mem_fail_at(0, 0);
		CHECK(done || e.code == ERROR_FAILED);
		if (n && !done) {
			struct error again = {0};

			CHECK(net_plan(n, &machine, NET_RUN, 2, &again) == 0);
		}
		net_close(n);
	}
	CHECK(done && at > 5);
}

static void test_too_large(void)
{
	struct error e = {0};
	struct net *n = net_open(str_of(tiny), "test", 5, &e);

	if (!CHECK(n != NULL))
		return;
	CHECK(net_plan(n, &machine, NET_TRAIN, SIZE_MAX / 8, &e) ==
	      ERROR_FAILED);
	error_clear(&e);
	CHECK(net_plan(n, &machine, NET_TRAIN, 1, &e) == 0);
	net_close(n);
}

/* ---- files and texts ----------------------------------------------------- */

static void save(struct net *n, const char *path)
{
	struct error e = {0};
	struct st_writer *w = st_create(path, "test net", 64, &e);

	CHECK(w && net_save(n, w, "net.", &e) == 0);
	CHECK(w && st_commit(w, &e) == 0);
}

static void test_files(void)
{
	char path[200];
	const char *folder = getenv("TMPDIR");
	struct error e = {0};
	struct net *a = make(tiny, &machine, NET_RUN, 2);
	struct net *b = make(tiny, &machine, NET_RUN, 2);
	struct net *c = net_open(str_of(tiny), "other", 6, &e);
	struct st_file *f;
	float y[10];

	snprintf(path, sizeof(path), "%s/test_nn_%ld.safetensors",
		 folder ? folder : "/tmp", (long)getpid());
	CHECK(net_init(a, 99, &e) == 0);
	fill(tensor_named(a, "norm1.variance")->value, 17, 1, 1, 2);
	save(a, path);
	f = st_open(path, "test net", &e);
	CHECK(f && net_load(b, f, "net.", &e) == 0);
	fill(net_input(a), 2 * input_floats(a), 1, 0, 255);
	fill(net_input(b), 2 * input_floats(b), 1, 0, 255);
	memcpy(y, net_forward(a, 2, 0, 0), sizeof(y));
	CHECK(memcmp(y, net_forward(b, 2, 0, 0), sizeof(y)) == 0);
	CHECK(net_init(c, 5, &e) == 0);
	y[0] = net_tensor(c, 0)->value[0];
	CHECK(net_load(c, f, "net.", &e) == ERROR_DATA);
	CHECK(strstr(e.text, "out.weight") != NULL);
	CHECK(net_tensor(c, 0)->value[0] == y[0]);
	error_clear(&e);
	CHECK(net_load(b, f, "nets.", &e) < 0);
	st_close(f);
	remove(path);
	net_close(a);
	net_close(b);
	net_close(c);
}

static void test_bad_texts(void)
{
	static const struct { const char *text, *message; } cases[] = {
		{ "", "needs an input" },
		{ "# nothing\n\n", "needs an input" },
		{ IMAGE, "needs an input" },
		{ "a = conv out=3 kernel=1\n", "line 1: the first layer" },
		{ IMAGE "b = input h=1 w=1 c=1\n", "second input" },
		{ IMAGE "b=relu\n", "line 2: expected 'NAME = TYPE" },
		{ IMAGE "b =\n", "expected 'NAME = TYPE" },
		{ IMAGE "image = relu\n", "already" },
		{ IMAGE "b c = relu\n", "expected 'NAME" },
		{ IMAGE "b\"c = relu\n", "holds something else" },
		{ IMAGE "b = lstm\n", "no layer type 'lstm'" },
		{ IMAGE "b = conv out=3\n", "conv needs kernel=" },
		{ IMAGE "b = conv out=3 kernel=1 size=3\n", "no option 'size'" },
		{ IMAGE "b = conv out=3 kernel=1 out=4\n", "given twice" },
		{ IMAGE "b = conv out=3 kernel\n", "expected key=value" },
		{ IMAGE "b = conv out=3 kernel=\n", "expected key=value" },
		{ IMAGE "b = conv out=x kernel=1\n", "not a number" },
		{ IMAGE "b = conv out=1.5 kernel=1\n", "not a whole" },
		{ IMAGE "b = conv out=-1 kernel=1\n", "not between" },
		{ IMAGE "b = conv out=1e30 kernel=1\n", "not a number" },
		{ IMAGE "b = conv out=9999999999 kernel=1\n", "not between" },
		{ IMAGE "b = conv out=1 kernel=1 bias=maybe\n", "neither" },
		{ IMAGE "b = conv out=1 kernel=8\n", "larger than" },
		{ IMAGE "b = conv out=1 kernel=2 pad=2\n", "not below" },
		{ IMAGE "b = dropout p=nan\n", "not a number" },
		{ IMAGE "b = dropout p=1\n", "not between" },
		{ IMAGE "b = maxpool stride=2\n", "needs kernel=" },
		{ IMAGE "b = avgpool stride=2\n", "needs kernel= or" },
		{ IMAGE "b = avgpool global=yes kernel=2\n", "takes no" },
		{ IMAGE "b = relu from=c\n", "not a layer above" },
		{ IMAGE "b = relu from=b\n", "not a layer above" },
		{ IMAGE "b = relu from=image,image\n", "at most 1" },
		{ IMAGE "b = add\n", "at least 2" },
		{ IMAGE "b = conv out=4 kernel=1\nc = add from=b,image\n",
		  "cannot add 'b' 5x7x4 and 'image' 5x7x3" },
		{ IMAGE "b = conv out=4 kernel=2\nc = concat from=b,image\n",
		  "cannot join" },
		{ IMAGE "b = relu\nc = relu from=image\n", "no layer reads" },
		{ "a = input h=65536 w=65536 c=3\nb = relu\n", "too large" },
		{ "a = input h=9 w=9 c=4 mean=1,2,3\nb = relu\n", "3 numbers" },
		{ "a = input h=9 w=9 c=3 mean=1,2,3,4\nb = relu\n", "more than" },
		{ "a = input h=9 w=9 c=4 order=bgr\nb = relu\n", "needs c=3" },
		{ "a = input h=60000 w=9000 c=3\nb = dense out=1000000\n",
		  "too large" },
		{ IMAGE "b = dense out=@dim\n", "no size is given" },
		{ IMAGE "b = dense out=@\n", "not a number" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct error e = {0};
		struct net *n = net_open(str_of(cases[i].text), "f.net", 0, &e);

		if (!CHECK(!n && e.code == ERROR_DATA &&
			   strstr(e.text, cases[i].message) &&
			   strstr(e.text, "'f.net'")))
			fprintf(stderr, "%s-> %s\n", cases[i].text, e.text);
		net_close(n);
	}
}

/* Every text cut short, and with each byte changed, is a net or a message. */
static void test_broken_texts(void)
{
	char text[sizeof(tiny)];

	for (size_t i = 0; i < sizeof(tiny); i++)
		for (int change = 0; change < 4; change++) {
			struct error e = {0};
			struct str s = { text, sizeof(tiny) - 1 };
			struct net *n;

			memcpy(text, tiny, sizeof(tiny));
			if (change == 0)
				s.bytes = i;
			else
				text[i] = "\0=,"[change - 1];
			n = net_open(s, "broken", 3, &e);
			CHECK(n ? e.code == 0 : e.code == ERROR_DATA);
			net_close(n);
		}
}

static void test_built_in(void)
{
	static const struct { const char *name; size_t side, dim; } nets[] = {
		{ "compact", 64, 100 }, { "googlenet", 224, 100 },
		{ "tiny", 16, 100 },
	};
	struct buf text = {0}, table = {0};
	struct error e = {0};

	for (size_t i = 0; i < ARRAY_LEN(nets); i++) {
		struct net *n = NULL;

		if (CHECK(net_text(&text, nets[i].name, &e) == 0))
			n = net_open((struct str){ text.data, text.bytes },
				     nets[i].name, 100, &e);
		if (!CHECK(n != NULL)) {
			fprintf(stderr, "%s\n", e.text);
			continue;
		}
		CHECK(net_info(n).in_h == nets[i].side &&
		      net_info(n).in_c == 3 && net_info(n).out_dim == 100);
		CHECK(net_describe(n, &table, &e) == 0);
		/* facts of the papers' net: 1.58e9 of convolution, 5.97e6
		 * weights and biases before the last layer */
		if (i == 1)
			CHECK(net_info(n).multiply_adds / 1000000 == 1581 &&
			      net_info(n).parameters == 5973552 + 102500);
		net_close(n);
	}
	CHECK(net_text(&text, "compactt", &e) == ERROR_USAGE);
	CHECK(strstr(e.hint, "compact googlenet tiny") != NULL);
	CHECK(table.data && strstr(table.data, "inception_5b/output"));
	buf_free(&text);
	buf_free(&table);
}

static void test_check(void)
{
	struct net *n = make(tiny, &machine, NET_TRAIN, 2);
	struct error e = {0};

	if (!n)
		return;
	CHECK(net_check(n, &e) == 0);
	tensor_named(n, "conv2.weight")->value[3] = (float)NAN;
	CHECK(net_check(n, &e) < 0);
	CHECK_STR(e.text, "'conv2.weight' holds a NaN at element 3");
	tensor_named(n, "conv2.weight")->value[3] = 0;
	tensor_named(n, "out.bias")->gradient[1] = (float)INFINITY;
	error_clear(&e);
	CHECK(net_check(n, &e) < 0);
	CHECK_STR(e.text, "the gradient of 'out.bias' holds an infinity at "
		  "element 1");
	net_close(n);
}

/* ---- learning ------------------------------------------------------------ */

/* A bright square in one of five places on noise; the target is its place. */
static void toy_batch(float *x, float *t, size_t count, uint64_t step)
{
	memset(t, 0, count * 5 * sizeof(*t));
	for (size_t i = 0; i < count; i++) {
		size_t place = (size_t)rng_below(1, 50 + step, i, 5);
		size_t top = place / 2 * 4, left = place % 2 * 5;

		fill(x + i * 297, 297, 1000 + step * count + i, 90, 130);
		for (size_t y = top; y < top + 3; y++)
			for (size_t p = left * 3; p < (left + 3) * 3; p++)
				x[i * 297 + y * 27 + p] += 100;
		t[i * 5 + place] = 1;
	}
}

static void test_learns(void)
{
	enum { COUNT = 16, STEPS = 120 };
	static const char text[] =
		"image = input h=11 w=9 c=3 mean=128 scale=0.0157\n"
		"a = conv out=16 kernel=3 stride=2 pad=1 bias=no\nb = bn\n"
		"c = relu\nd = conv out=16 kernel=3 pad=1 bias=no\ne = bn\n"
		"f = add from=e,c\ng = relu\nh = maxpool kernel=2 stride=2\n"
		"i = dense out=@dim\n";
	struct net *n = make(text, &machine, NET_TRAIN, COUNT);
	float t[COUNT * 5], g[COUNT * 5], scratch[10];
	double first = 0, last = 0;

	if (!n)
		return;
	for (uint64_t step = 0; step < STEPS; step++) {
		double loss;

		toy_batch(net_input(n), t, COUNT, step);
		loss = loss_sigmoid(g, net_forward(n, COUNT, 1, step), t, COUNT,
				    5, scratch, machine.kernels);
		net_backward(n, g);
		net_step(n, 0.05f, 0.9f, 1e-4f);
		if (step < 5)
			first += loss;
		if (step >= STEPS - 5)
			last += loss;
	}
	if (!CHECK(last < first / 20))
		fprintf(stderr, "loss %g to %g\n", first, last);
	net_close(n);
}

int main(void)
{
	struct error e = {0};

	if (!CHECK(machine_open(&machine, NULL, 2, &e) == 0))
		return test_end("nn");
	test_gradients();
	test_frozen();
	test_ties();
	test_conv();
	test_norm();
	test_input();
	test_windows();
	test_equal_bits();
	test_plan_shares();
	test_no_allocation();
	test_velocity_stays();
	test_no_memory();
	test_too_large();
	test_files();
	test_bad_texts();
	test_broken_texts();
	test_built_in();
	test_check();
	test_learns();
	machine_close(&machine);
	return test_end("nn");
}
