/*
 * test_nn.c - whole nets: equal bits on all tables and thread counts, the
 * memory plan, files, bad texts, no memory, and that a small one learns.
 */
#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/le.h"
#include "base/rng.h"
#include "base/hash.h"
#include "nets.h"
#include "joint/objective_parts.h"
#include "nn/net.h"

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

static void hash_floats(struct hash64 *s, const float *x, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		unsigned char bytes[4];
		uint32_t bits;

		memcpy(&bits, &x[i], sizeof(bits));
		le32_put(bytes, bits);
		hash64_add(s, bytes, sizeof(bytes));
	}
}

/* Three steps of training and one run; a sum of all that came of it. */
static uint64_t life(const struct machine *m)
{
	enum { COUNT = 5, DIM = 5 };
	struct net *n = make(tiny, m, NET_TRAIN, COUNT);
	struct error e = {0};
	struct hash64 s;
	float r[COUNT * DIM];

	if (!n)
		return 0;
	hash64_start(&s, 0);
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
	return hash64_end(&s);
}

static void test_equal_bits(void)
{
	const uint64_t want = 0x92cedf3319e967b8;
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
		CHECK(net_planned_bytes(run) < net_planned_bytes(train));
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
	struct st_writer *w = st_create(path, "test net", &e);

	CHECK(w && net_save(n, w, "net.", &e) == 0);
	CHECK(w && st_commit(w, &e) == 0);
}

/* A file whose tensor `name` begins with x. */
static void load_with(const char *name, float x, const char *path, int code)
{
	struct net *n = make(tiny, &machine, NET_RUN, 1);
	struct error e = {0};
	struct st_file *f;

	tensor_named(n, name)->value[0] = x;
	save(n, path);
	f = st_open(path, "test net", &e);
	CHECK(f && net_load(n, f, "net.", &e) == code);
	CHECK(!code || strstr(e.text, name) != NULL);
	st_close(f);
	net_close(n);
}

static void test_numbers(const char *path)
{
	load_with("norm1.variance", 0, path, 0);
	load_with("norm1.variance", -1, path, ERROR_DATA);
	load_with("norm1.mean", -1, path, 0);
	load_with("conv2.weight", -1e15f, path, 0);
	load_with("conv2.weight", 1.1e15f, path, ERROR_DATA);
	load_with("conv2.weight", -(float)INFINITY, path, ERROR_DATA);
	load_with("out.bias", (float)NAN, path, ERROR_DATA);
}

static void test_files(void)
{
	char path[200];
	const char *folder = getenv("TMPDIR");
	struct error e = {0};
	struct net *a = make(tiny, &machine, NET_RUN, 2);
	struct net *b = make(tiny, &machine, NET_RUN, 2);
	struct net *c = net_open(str_of(tiny), "other", 6, &e), *d;
	struct st_file *f;
	float y[10];

	snprintf(path, sizeof(path), "%s/test_nn_%ld.safetensors",
		 folder ? folder : "/tmp", (long)getpid());
	test_numbers(path);
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
	error_clear(&e);
	CHECK(net_match(a, f, "net.", &e) == 0);
	CHECK(net_match(c, f, "net.", &e) == ERROR_DATA);
	CHECK(strstr(e.text, "net 'other': of another shape are 'out.weight' "
		     "and 1 more"));
	error_clear(&e);
	d = net_open(str_of("i = input h=5 w=7 c=3\nout = dense out=2\n"
			    "x = bn\n"), "d", 0, &e);
	CHECK(net_match(d, f, "net.", &e) == ERROR_DATA);
	CHECK(strstr(e.text, "it lacks 'x.gamma' and 3 more; the net has no "
		     "'") && strstr(e.text, "; of another shape are "
		     "'out.weight' and 1 more"));
	net_close(d);
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
		{ IMAGE "b = conv out=3 kernel=1 size=3\n",
		  "no option 'size'" },
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
		{ "a = input h=9 w=9 c=3 mean=1,2,3,4\nb = relu\n",
		  "more than" },
		{ "a = input h=9 w=9 c=4 order=bgr\nb = relu\n", "needs c=3" },
		{ "a = input h=60000 w=9000 c=3\nb = dense out=1000000\n",
		  "too large" },
		{ IMAGE "b = dense out=@dim\n", "no size is given" },
		{ IMAGE "b = dense out=@\n", "not a number" },
		{ IMAGE "b = conv out=3 kernel_h=3\n", "conv needs kernel=" },
		{ IMAGE "b = conv out=4 kernel=1 groups=3\n",
		  "groups=3 does not divide its channels, 3 to 4" },
		{ IMAGE "b = conv out=4 kernel=1 groups=2\n",
		  "groups=2 does not divide" },
		{ IMAGE "b = conv out=4 kernel=1 groups=0\n", "not between" },
		{ IMAGE "b = conv out=4 kernel=3 pad_left=3\n",
		  "pad=3 is not below kernel=3" },
		{ IMAGE "b = conv out=4 kernel=3 dilation=2 pad=5\n",
		  "pad=5 is not below kernel=3 with dilation=2" },
		{ IMAGE "b = conv out=4 kernel=3 dilation=3\n",
		  "kernel=3 with dilation=3 is larger than" },
		{ IMAGE "b = conv out=4 kernel=3 direct=1\n", "neither yes" },
		{ IMAGE "b = conv out=1048577 kernel=1\n",
		  "not between 1 and 1048576" },
		{ IMAGE "b = relu from=image,\n", "ends in a comma" },
		{ IMAGE "b = relu from=image from=image\n",
		  "from= is given twice" },
		{ "a = input h=9 w=9 c=3 mean=1,2,\nb = relu\n",
		  "mean=1,2, ends in a comma" },
		{ IMAGE "b = conv out=4 kernel=3 pad_top=256\n",
		  "not between" },
		{ IMAGE "b = lrn size=4\n", "size=4 is not odd" },
		{ IMAGE "b = lrn size=19\n", "not between" },
		{ IMAGE "b = lrn k=0\n", "not between" },
		{ "a = input h=9 w=9 c=4 scale=1,2\nb = relu\n",
		  "scale= has 2 numbers for 4" },
		{ "repeat 1..2\n" IMAGE "end\n", "first layer is not" },
		{ IMAGE "repeat 1..2\nb* = relu\n",
		  "line 2: repeat without an 'end'" },
		{ IMAGE "repeat 1..2\nb = relu\nend\n",
		  "line 3: there is a layer 'b' already" },
		{ IMAGE "repeat 1..2\nend\n", "line 3: no layer to repeat" },
		{ IMAGE "repeat 1..2\nrepeat 1..2\nb* = relu\nend\nend\n",
		  "line 3: a repeat inside that of line 2" },
		{ IMAGE "b = relu\nend\n", "'end' without a repeat" },
		{ IMAGE "repeat 2..1\nb* = relu\nend\n", "two whole numbers" },
		{ IMAGE "repeat 1.2\nb* = relu\nend\n", "two whole numbers" },
		{ IMAGE "repeat 1..1e9\nb* = relu\nend\n",
		  "two whole numbers" },
		{ IMAGE "repeat 0..4096\nb* = relu\nend\n", "more than 4096" },
		{ IMAGE "repeat\nb* = relu\nend\n", "two whole numbers" },
		{ IMAGE "repeat 1..2 3\nb* = relu\nend\n",
		  "something follows" },
		{ IMAGE "b* = relu\n", "something else" },
		{ IMAGE "b = relu from=@above\n", "not a layer above" },
		{ IMAGE "repeat 1000..1001\n"
		  "b********************************** = relu\nend\n",
		  "longer than" },
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

/* A repeated block of little but blank lines takes no minute. */
static void test_long_text(void)
{
	struct buf text = {0};
	struct error e = {0};
	struct net *n;

	buf_addf(&text, &e, "%srepeat 1..4000\nb* = relu\n", IMAGE);
	for (int i = 0; i < 16 << 10; i++)
		buf_addf(&text, &e, "%32s\n", "");
	buf_addf(&text, &e, "end\n");
	n = net_open((struct str){ text.data, text.bytes }, "f.net", 0, &e);
	CHECK(!n && strstr(e.text, "the text is longer than 64 MiB"));
	buf_free(&text);
	net_close(n);
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

/* The layers that a text with repeat= says, one by one. */
static void test_repeat(void)
{
	static const char text[] = IMAGE "a = conv out=4 kernel=1\n"
		"repeat 2..4	# three\n"
		"b*/c* = conv out=4 kernel=1\n"
		"b* = add from=b*/c*,@above\nend\n"
		"repeat 7..7\nend* = relu\nend\nrepeat = relu\n"
		"c = add from=end7,b3,b4/c4,repeat\n";
	static const char *const names[] = {
		"image", "a", "b2/c2", "b2", "b3/c3", "b3", "b4/c4", "b4",
		"end7", "repeat", "c",
	};
	struct error e = {0};
	struct net *n = net_open(str_of(text), "test", 0, &e);
	struct buf table = {0};

	if (!CHECK(n != NULL)) {
		fprintf(stderr, "%s\n", e.text);
		return;
	}
	if (CHECK(net_layers(n) == ARRAY_LEN(names)))
		for (size_t i = 0; i < ARRAY_LEN(names); i++)
			CHECK_STR(net_layer_at(n, i).name, names[i]);
	CHECK(net_describe(n, &table, &e) == 0);
	CHECK(strstr(table.data, "from b2/c2,a\n") != NULL);
	CHECK(strstr(table.data, "from b4/c4,b3\n") != NULL);
	buf_free(&table);
	net_close(n);
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
	tensor_named(n, "conv2.weight")->value[3] = -2e15f;
	error_clear(&e);
	CHECK(net_check(n, &e) < 0);
	CHECK_STR(e.text, "'conv2.weight' holds too large a number at element "
		  "3");
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
		loss = objective_regress_loss(g, net_forward(n, COUNT, 1, step), t, COUNT,
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
	test_equal_bits();
	test_plan_shares();
	test_no_allocation();
	test_velocity_stays();
	test_no_memory();
	test_too_large();
	test_files();
	test_bad_texts();
	test_long_text();
	test_broken_texts();
	test_repeat();
	test_check();
	test_learns();
	machine_close(&machine);
	return test_end("nn");
}
