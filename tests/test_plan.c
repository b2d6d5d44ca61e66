/*
 * test_plan.c - planning: what convolutions take over, concats in place,
 * strips for small batches, outputs computed again, large batches a few
 * images at a time.  None changes a bit.
 */
#include <string.h>

#include "nets.h"
#include "nn/layer.h"

#define COUNT 5

/* Chains of every kind behind convolutions, a concat with inputs in place and
 * copied, a residual, all layers that keep something between the passes. */
static const char net_text_all[] =
	"image = input h=21 w=18 c=3 mean=128 scale=0.0157\n"
	"conv1 = conv out=16 kernel=3 pad=1 bias=no\n"
	"norm1 = bn\n"
	"relu1 = relu\n"
	"pool1 = maxpool kernel=3 stride=2 ceil=yes\n"
	"a1 = conv out=17 kernel=1 from=pool1\n"
	"arelu = relu\n"
	"b1 = conv out=16 kernel=1 from=pool1\n"
	"brelu = relu max=6\n"
	"b3 = conv out=20 kernel=3 pad=1\n"
	"b3relu = relu\n"
	"cpool = maxpool kernel=3 pad=1 from=pool1\n"
	"d1 = conv out=8 kernel=1 from=pool1 bias=no\n"
	"dnorm = bn\n"
	"drelu = relu\n"
	"all = concat from=arelu,b3relu,cpool,drelu\n"
	"drop1 = dropout p=0.2\n"
	"e1 = conv out=32 kernel=3 pad=1\n"
	"enorm = bn\n"
	"erelu = relu\n"
	"e2 = conv out=32 kernel=3 pad=1\n"
	"enorm2 = bn\n"
	"eadd = add from=enorm2,erelu\n"
	"erelu2 = relu\n"
	"avg = avgpool kernel=2 stride=2\n"
	"f1 = conv out=24 kernel=3\n"
	"frelu = relu\n"
	"pool = avgpool global=yes\n"
	"drop = dropout p=0.3\n"
	"out = dense out=7\n";

/* The text as it is; or without dropout; or that, and behind each convolution
 * a dropout of nothing, so that none takes over what follows. */
enum text { WHOLE, PLAIN, APART };

static int str_has(struct str s, const char *word)
{
	const char *at = strstr(s.data, word);

	return at && at < s.data + s.bytes;
}

static struct net *opened(enum text kind)
{
	struct error e = {0};
	struct buf text = {0};
	const char *line = net_text_all, *end;
	struct net *n;

	for (int i = 0; *line; i++, line = end) {
		struct str s;

		end = strchr(line, '\n') + 1;
		s = (struct str){ line, (size_t)(end - line) };
		if (kind == WHOLE || !str_has(s, "dropout"))
			buf_add(&text, s.data, s.bytes, &e);
		if (kind == APART && str_has(s, " conv "))
			buf_addf(&text, &e, "none%d = dropout p=0\n", i);
	}
	n = net_open((struct str){ text.data, text.bytes }, "all", 7, &e);
	buf_free(&text);

	if (CHECK(n))
		CHECK(net_init(n, 5, &e) == 0);
	return n;
}

static uint64_t hash_floats(uint64_t hash, const float *x, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		uint32_t bits;

		memcpy(&bits, &x[i], sizeof(bits));
		hash = (hash ^ bits) * 0x100000001b3u;
	}
	return hash;
}

/* Values and gradients after two steps; 0 if there is no such plan. */
static uint64_t trained_net(struct net *n, const struct machine *m,
			    uint64_t limit, size_t *bytes)
{
	struct error e = {0};
	uint64_t hash = 0xcbf29ce484222325u;
	float gradient[COUNT * 7];

	net_limit(n, limit);
	if (net_plan(n, m, NET_TRAIN, COUNT, &e) < 0) {
		CHECK(limit && strstr(e.text, "are allowed"));
		error_clear(&e);
		net_close(n);
		return 0;
	}
	*bytes = net_planned_bytes(n);
	CHECK(!limit || *bytes <= limit);
	fill(gradient, COUNT * 7, 3, -1, 1);
	for (uint64_t step = 0; step < 2; step++) {
		fill(net_input(n), COUNT * input_floats(n), 9 + step, 0, 255);
		net_forward(n, COUNT, 1, step);
		net_backward(n, gradient);
		for (size_t i = 0; i < net_tensors(n); i++) {
			const struct net_tensor *t = net_tensor(n, i);

			hash = hash_floats(hash, t->value, t->count);
			if (t->gradient)
				hash = hash_floats(hash, t->gradient,
						   t->count);
		}
		net_step(n, 0.01f, 0.9f, 1e-4f);
	}
	net_close(n);
	return hash;
}

static uint64_t trained(const struct machine *m, enum text kind,
			uint64_t limit, size_t *bytes)
{
	return trained_net(opened(kind), m, limit, bytes);
}

/* Outputs of norm and relu are made again, unless something is between: the
 * same bits, less memory. */
static void check_norms(const struct machine *m)
{
	enum { LAYERS = 8, FLOATS = COUNT * 32 * 32 * 16 };
	uint64_t hash[2];
	size_t bytes[2] = { 0 };

	for (int apart = 0; apart < 2; apart++) {
		struct buf text = {0};
		struct error e = {0};
		struct net *n;

		buf_addf(&text, &e, "image = input h=32 w=32 c=3 mean=128 "
			 "scale=0.02\n");
		for (int i = 0; i < LAYERS; i++) {
			buf_addf(&text, &e, "c%d = conv out=16 kernel=1 "
				 "bias=no\nn%d = bn\n", i, i);
			if (apart)
				buf_addf(&text, &e, "d%d = dropout p=0\n", i);
			buf_addf(&text, &e, "r%d = relu\n", i);
		}
		buf_addf(&text, &e, "pool = avgpool global=yes\n"
			 "out = dense out=7\n");
		n = net_open((struct str){ text.data, text.bytes }, "norms", 7,
			     &e);
		buf_free(&text);
		if (!CHECK(n && net_init(n, 3, &e) == 0))
			return;
		hash[apart] = trained_net(n, m, 0, &bytes[apart]);
	}
	CHECK(hash[0] == hash[1]);
	CHECK(bytes[1] - bytes[0] > (LAYERS - 2) * FLOATS * sizeof(float));
}

static struct net *below_open(const char *middle)
{
	struct buf text = {0};
	struct error e = {0};
	struct net *n;

	buf_addf(&text, &e, "image = input h=8 w=8 c=3 mean=128 scale=0.02\n"
		 "%sn9 = bn\nr9 = relu\npool = avgpool global=yes\n"
		 "out = dense out=7\n", middle);
	n = net_open((struct str){ text.data, text.bytes }, "below", 7, &e);
	buf_free(&text);
	CHECK(n && net_init(n, 3, &e) == 0);
	return n;
}

/* What a norm reads may itself be made again: the input, or the relu of another
 * norm.  With a dropout between nothing is, and the bits are the same. */
static void check_norms_below(const struct machine *m)
{
	static const char *const middle[][2] = {
		{ "n0 = bn\nr0 = relu\nc0 = conv out=8 kernel=3 pad=1\n",
		  "d0 = dropout p=0\nn0 = bn\nd1 = dropout p=0\nr0 = relu\n"
		  "c0 = conv out=8 kernel=3 pad=1\n" },
		{ "c0 = conv out=8 kernel=3 pad=1\nn0 = bn\nr0 = relu\n"
		  "n1 = bn\nr1 = relu\nc1 = conv out=8 kernel=1\n",
		  "c0 = conv out=8 kernel=3 pad=1\nn0 = bn\nr0 = relu\n"
		  "d0 = dropout p=0\nn1 = bn\nd1 = dropout p=0\nr1 = relu\n"
		  "c1 = conv out=8 kernel=1\n" },
	};

	for (size_t i = 0; i < ARRAY_LEN(middle); i++) {
		size_t bytes;
		uint64_t together = trained_net(below_open(middle[i][0]), m, 0,
						&bytes);

		CHECK(together == trained_net(below_open(middle[i][1]), m, 0,
					      &bytes));
	}
}

/* How many relus leave their backward pass to their reader. */
static size_t gated(const struct net *n)
{
	size_t count = 0;

	for (size_t i = 0; i < n->count; i++)
		count += n->layers[i].gated != 0;
	return count;
}

/* The reader of a relu computes its backward pass.  A dropout of rate 0 between
 * them parts the two and changes no bit, nor does another order of the
 * operands of an addition. */
static void check_gates(const struct machine *m)
{
	static const struct {
		size_t relus;
		const char *together, *apart;
	} nets[] = {
		{ 5, "c0 = conv out=16 kernel=3 pad=1\nr0 = relu\n"
		  "c1 = conv out=16 kernel=3 pad=1\nr1 = relu max=0.2\n"
		  "c2 = conv out=20 kernel=1 stride=2\nr2 = relu\n"
		  "c3 = conv out=20 groups=20 kernel=3 pad=1\nr3 = relu\n"
		  "l3 = lrn\nc4 = conv out=8 kernel=1\nr4 = relu\n"
		  "p4 = maxpool kernel=3\n",
		  "c0 = conv out=16 kernel=3 pad=1\nr0 = relu\n"
		  "d0 = dropout p=0\n"
		  "c1 = conv out=16 kernel=3 pad=1\nr1 = relu max=0.2\n"
		  "d1 = dropout p=0\n"
		  "c2 = conv out=20 kernel=1 stride=2\nr2 = relu\n"
		  "d2 = dropout p=0\n"
		  "c3 = conv out=20 groups=20 kernel=3 pad=1\nr3 = relu\n"
		  "d3 = dropout p=0\n"
		  "l3 = lrn\nc4 = conv out=8 kernel=1\nr4 = relu\n"
		  "d4 = dropout p=0\np4 = maxpool kernel=3\n" },
		/* several readers, of a concat of relus */
		{ 2, "c0 = conv out=16 kernel=3 pad=1\nr0 = relu\n"
		  "c1 = conv out=17 kernel=1 from=image\nr1 = relu\n"
		  "all = concat from=r0,r1\n"
		  "a = conv out=16 kernel=1 stride=2 from=all\n"
		  "b = conv out=18 kernel=3 stride=2 pad=1 from=all\n"
		  "c = maxpool kernel=2 stride=2 from=all\n"
		  "l = lrn from=all\nd = avgpool kernel=2 stride=2\n"
		  "end = concat from=a,b,c,d\n",
		  "c0 = conv out=16 kernel=3 pad=1\nr0 = relu\n"
		  "c1 = conv out=17 kernel=1 from=image\nr1 = relu\n"
		  "both = concat from=r0,r1\nall = dropout p=0\n"
		  "a = conv out=16 kernel=1 stride=2 from=all\n"
		  "b = conv out=18 kernel=3 stride=2 pad=1 from=all\n"
		  "c = maxpool kernel=2 stride=2 from=all\n"
		  "l = lrn from=all\nd = avgpool kernel=2 stride=2\n"
		  "end = concat from=a,b,c,d\n" },
		/* a sum may not lie on relus that are parts of its input */
		{ 0, "c0 = conv out=16 kernel=3 pad=1\nr0 = relu\n"
		  "c1 = conv out=17 kernel=1 from=image\nr1 = relu max=0.2\n"
		  "all = concat from=r0,r1\n"
		  "c2 = conv out=33 kernel=1 from=image\n"
		  "sum = add from=all,c2\n",
		  "c0 = conv out=16 kernel=3 pad=1\nr0 = relu\n"
		  "c1 = conv out=17 kernel=1 from=image\nr1 = relu max=0.2\n"
		  "all = concat from=r0,r1\n"
		  "c2 = conv out=33 kernel=1 from=image\n"
		  "sum = add from=c2,all\n" },
	};

	for (size_t i = 0; i < ARRAY_LEN(nets); i++) {
		struct net *together = below_open(nets[i].together);
		struct net *apart = below_open(nets[i].apart);
		struct error e = {0};
		size_t bytes;

		CHECK(net_plan(together, m, NET_TRAIN, COUNT, &e) == 0 &&
		      gated(together) == nets[i].relus);
		CHECK(net_plan(apart, m, NET_TRAIN, COUNT, &e) == 0 &&
		      gated(apart) == 0);
		CHECK(trained_net(together, m, 0, &bytes) ==
		      trained_net(apart, m, 0, &bytes));
	}
}

/* From no limit down to what cannot be done, the same bits all the way. */
static void check_limits(const struct machine *m)
{
	size_t bytes = 0, least;
	uint64_t want = trained(m, WHOLE, 0, &bytes), got = want;
	int smaller = 0;

	for (least = bytes; got; least -= least / 50) {
		size_t now = bytes;

		got = trained(m, WHOLE, least, &now);
		CHECK(!got || got == want);
		smaller += got && now < bytes;
	}
	CHECK(smaller > 0);
}

/* The output for the first picture in batches of 1 and COUNT. */
static void check_batches(const struct machine *m, enum text kind, float *out)
{
	static const size_t batches[] = { 1, 2, COUNT };
	struct error e = {0};

	for (size_t b = 0; b < ARRAY_LEN(batches); b++) {
		struct net *n = opened(kind);
		const float *y;

		if (CHECK(net_plan(n, m, NET_RUN, batches[b], &e) == 0)) {
			fill(net_input(n), batches[b] * input_floats(n), 9, 0,
			     255);
			y = net_forward(n, batches[b], 0, 0);
			if (out[0] == 0)
				memcpy(out, y, 7 * sizeof(*y));
			CHECK(!memcmp(out, y, 7 * sizeof(*y)));
		}
		net_close(n);
	}
}

/* Wide layers, then narrower ones in two steps; the second begins with relu on
 * the first's output. */
static const char net_text_wide[] =
	"image = input h=128 w=128 c=3\n"
	"wide = conv out=32 kernel=1\n"
	"pool1 = maxpool kernel=4 stride=4\n"
	"relu1 = relu\n"
	"a = conv out=16 kernel=3 pad=1\n"
	"b = conv out=24 kernel=1 from=relu1\n"
	"both = concat from=a,b\n"
	"c = conv out=40 kernel=1\n"
	"sum = add from=c,both\n"
	"pool2 = avgpool kernel=8 stride=8\n"
	"norm = bn\n"
	"out = dense out=3\n"
	"tail = relu\n";

/* Batches that go through in pieces, each thread its own where there are enough
 * pictures for all, and the same pictures one by one. */
static void check_pieces(const struct machine *m)
{
	enum { MOST = 9, OUT = 3 };
	struct net *n = make(net_text_wide, m, NET_RUN, MOST);
	size_t floats = input_floats(n), bytes = net_planned_bytes(n);
	size_t workers = (size_t)pool_threads(m->pool);
	float out[MOST * OUT];
	struct error e = {0};

	CHECK(bytes < (MOST * floats + (1 + 2 * workers) * 128 * 128 * 35) *
		      sizeof(float));
	fill(net_input(n), MOST * floats, 9, -1, 1);
	memcpy(out, net_forward(n, MOST, 0, 0), sizeof(out));
	for (size_t count = 1; count < MOST; count++)
		CHECK(!memcmp(out, net_forward(n, count, 0, 0),
			      count * OUT * sizeof(*out)));
	net_forward(n, 0, 0, 0);
	for (size_t i = 0; i < MOST; i++) {
		if (!CHECK(net_plan(n, m, NET_RUN, 1, &e) == 0))
			break;
		for (size_t j = 0; j < floats; j++)
			net_input(n)[j] = uniform(9, i * floats + j, -1, 1);
		CHECK(!memcmp(out + i * OUT, net_forward(n, 1, 0, 0),
			      OUT * sizeof(*out)));
	}
	net_close(n);
}

int main(void)
{
	static const int threads[] = { 1, 2, 3, 8 };
	float out[7] = { 0 };
	uint64_t want = 0;

	for (const struct kernels *const *k = kernels_list(); *k; k++)
		for (size_t t = 0; t < ARRAY_LEN(threads); t++) {
			struct error e = {0};
			size_t bytes;
			uint64_t got;

			if (!CHECK(machine_open(&machine, (*k)->name, threads[t],
						&e) == 0))
				continue;
			check_batches(&machine, WHOLE, out);
			check_batches(&machine, APART, out);
			CHECK(trained(&machine, PLAIN, 0, &bytes) ==
			      trained(&machine, APART, 0, &bytes));
			got = trained(&machine, WHOLE, 0, &bytes);
			want = want ? want : got;
			CHECK(got == want);
			if (t == 1)
				check_limits(&machine);
			if (!k[1])
				check_pieces(&machine);
			if (t == 1 && !k[1]) {
				check_norms(&machine);
				check_norms_below(&machine);
				check_gates(&machine);
			}
			machine_close(&machine);
		}
	return test_end("plan");
}
