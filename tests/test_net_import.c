/*
 * test_net_import.c - weights of other programs: names, order, layout, types,
 * batch norm, padding; outputs against a forward pass in double.  With
 * SEESAY_TEST_DATA, real weights against published sums.
 */
#include <math.h>
#include <stdlib.h>

#include "nets.h"
#include "nn/net_import.h"

enum { H = 8, W = 6, MID = 4, OUT = 5, OH = 4, OW = 3 };

static const char text[] =
	"image = input h=8 w=6 c=3 mean=1 scale=0.5\n"
	"a = conv out=4 kernel=3 stride=2 pad=1 bias=no\n"
	"a/bn = bn\n"
	"b = conv out=4 kernel=3 pad=1 groups=4 bias=no\n"
	"b/bn = bn\n"
	"sum = add from=a/bn,b/bn\n"
	"fc = dense out=@dim\n";

static float wa[MID * 27], wb[MID * 9], norm[2][4][MID];
static float wfc[OUT * MID * OH * OW], bfc[OUT];

struct made {
	struct import_tensor t[16];
	size_t count;
};

static void add(struct made *m, const char *name, const float *data, int rank,
		uint64_t a, uint64_t b, uint64_t h, uint64_t w)
{
	m->t[m->count++] = (struct import_tensor){
		.name = name, .rank = rank, .type = ST_F32,
		.shape = { a, b, h, w }, .data = data
	};
}

/* names: conv, bn, conv, bn, dense; folded: biases in place of bn. */
static void source_make(struct made *m, const char *const *names, int folded)
{
	static const char *const ends[] = { "weight", "bias", "running_mean",
					    "running_var" };
	static char name[16][64];

	*m = (struct made){0};
	for (int i = 4; i >= 0; i--) {	/* not in order */
		for (int j = 0; j < 4; j++) {
			char *to = name[m->count];

			snprintf(to, 64, "%s.%s", names[folded && i % 2 ?
				 i - 1 : i], ends[j]);
			if (i == 4 && j < 2)
				add(m, to, j ? bfc : wfc, j ? 1 : 2, OUT,
				    MID * OH * OW, 0, 0);
			else if (i % 2 && (!folded || j == 1))
				add(m, to, norm[i / 2][j], 1, MID, 0, 0, 0);
			else if (i < 4 && i % 2 == 0 && j == 0)
				add(m, to, i ? wb : wa, 4, MID, i ? 1 : 3, 3,
				    3);
		}
	}
}

static struct net *bring(struct made *m, const struct import_facts *facts,
			 struct buf *report, struct error *e)
{
	const struct import_source s = {
		.path = "made", .tensors = m->t, .count = m->count,
		.facts = *facts
	};
	const struct import_options o = { .dim = OUT };
	struct buf out = {0};
	struct net *n = net_import(&s, str_of(text), "test", &o, &out, report,
				   e);

	buf_free(&out);
	return n;
}

/* A convolution of PyTorch's layout, from [c][h][w] in double. */
static void conv(double *y, const double *x, const float *w, int depth,
		 int in, int h, int wide, int stride, int before)
{
	int oh = h / stride, ow = wide / stride;

	for (int o = 0; o < MID; o++)
		for (int at = 0; at < oh * ow; at++) {
			double sum = 0;

			for (int k = 0; k < in * 9; k++) {
				int c = depth ? o : k / 9;
				int r = at / ow * stride + k % 9 / 3 - before;
				int q = at % ow * stride + k % 3 - before;

				if (r >= 0 && r < h && q >= 0 && q < wide)
					sum += x[(c * h + r) * wide + q] *
					       (double)w[o * in * 9 + k];
			}
			y[o * oh * ow + at] = sum;
		}
}

static void normalise(double *y, int which, int folded)
{
	for (int i = 0; i < MID * OH * OW; i++) {
		const int c = i / (OH * OW);
		const double b = (double)norm[which][1][c];

		y[i] = folded ? y[i] + b : b + (double)norm[which][0][c] *
		       (y[i] - (double)norm[which][2][c]) /
		       sqrt((double)norm[which][3][c] + 1e-5);
	}
}

static void expect(double *out, const float *pixels, double mean, int bgr,
		   int before, int folded)
{
	double x[3 * H * W], a[MID * OH * OW], b[MID * OH * OW];

	for (int i = 0; i < 3 * H * W; i++) {
		int c = i / (H * W);

		x[i] = ((double)pixels[i % (H * W) * 3 + (bgr ? 2 - c : c)] -
			mean) * 0.5;
	}
	conv(a, x, wa, 0, 3, H, W, 2, before);
	normalise(a, 0, folded);
	conv(b, a, wb, 1, 1, OH, OW, 1, 1);
	normalise(b, 1, folded);
	for (int o = 0; o < OUT; o++) {
		out[o] = (double)bfc[o];
		for (int i = 0; i < MID * OH * OW; i++)
			out[o] += (a[i] + b[i]) *
				  (double)wfc[o * MID * OH * OW + i];
	}
}

static void check_outputs(struct net *n, double mean, int bgr, int before,
			  int folded)
{
	struct error e = {0};
	double want[OUT], most = 0, off = 0;
	const float *y;

	if (!CHECK(n && net_plan(n, &machine, NET_RUN, 1, &e) == 0))
		return;
	fill(net_input(n), H * W * 3, 9, 0, 255);
	y = net_forward(n, 1, 0, 0);
	expect(want, net_input(n), mean, bgr, before, folded);
	for (int i = 0; i < OUT; i++) {
		most = fmax(most, fabs(want[i]));
		off = fmax(off, fabs(want[i] - (double)y[i]));
	}
	CHECK(off <= 1e-4 * most);
}

static const char *const namings[][5] = {
	{ "a", "a.bn", "b", "b.bn", "fc" },
	{ "conv1", "bn1", "layer1.conv2", "layer1.bn2", "classifier" },
	{ "features.0.0", "features.0.1", "features.10.0", "features.10.1",
	  "classifier.1" },
	{ "m.conv_stem.convolution", "m.conv_stem.normalization",
	  "m.block.0.convolution", "m.block.0.normalization", "head" },
};

static void test_namings(void)
{
	for (size_t i = 0; i < ARRAY_LEN(namings); i++)
		for (int folded = 0; folded < 2; folded++) {
			const struct import_facts same = {
				.order = "BGR", .mean = "2,2,2",
				.padding = "tf_same: as TensorFlow"
			};
			const struct import_facts none = {0};
			struct error e = {0};
			struct buf report = {0};
			struct made m;
			struct net *n;

			source_make(&m, namings[i], folded);
			n = bring(&m, &none, &report, &e);
			check_outputs(n, 1, 0, 1, folded);
			net_close(n);
			n = bring(&m, &same, &report, &e);
			check_outputs(n, 2, 1, 0, folded);
			CHECK(strstr(report.data, "SAME") != NULL);
			net_close(n);
			buf_free(&report);
		}
}

/* The numbers of wa have 8 bits, see main. */
static void test_bf16(void)
{
	const struct import_facts none = {0};
	static uint16_t upper[ARRAY_LEN(wa)];
	struct error e = {0};
	struct buf report = {0};
	struct made m;
	struct net *n;

	for (size_t i = 0; i < ARRAY_LEN(wa); i++) {
		uint32_t bits;

		memcpy(&bits, &wa[i], sizeof(bits));
		upper[i] = (uint16_t)(bits >> 16);
	}
	source_make(&m, namings[0], 0);
	for (size_t i = 0; i < m.count; i++)
		if (m.t[i].data == wa) {
			m.t[i].type = ST_BF16;
			m.t[i].data = upper;
		}
	n = bring(&m, &none, &report, &e);
	check_outputs(n, 1, 0, 1, 0);
	net_close(n);
	buf_free(&report);
}

static void refused(struct made *m, const struct import_facts *facts,
		    const char *why)
{
	struct error e = {0};
	struct buf report = {0};

	CHECK(bring(m, facts, &report, &e) == NULL && e.code == ERROR_DATA);
	if (!CHECK(strstr(e.text, why) != NULL))
		fprintf(stderr, "%s\n", e.text);
	buf_free(&report);
}

static void test_refusals(void)
{
	const struct import_facts none = {0}, bad = { .mean = "1\nx = relu" };
	const float nan_bias[OUT] = { 0, NAN };
	struct made m;

	source_make(&m, namings[0], 0);
	refused(&m, &bad, "mean '1");
	m.t[1].data = nan_bias;
	refused(&m, &none, "number 1 of tensor 'fc.bias'");
	source_make(&m, namings[0], 0);
	m.t[0].shape[0] = OUT + 1;
	refused(&m, &none, "for 'fc'");
	source_make(&m, namings[0], 0);
	m.count--;
	refused(&m, &none, "the net needs 1 and the file has 0");
}

/* ---- real weights -------------------------------------------------------- */

static const struct {
	const char *net, *file;
	double sum, norm;
} real[] = {
	{ "squeezenet1_1", "squeezenet1_1_notop", 950.5417, 119.8179 },
	{ "squeezenet1_0", "squeezenet1_0", 6113.5693, 562.0228 },
	{ "mobilenet1_025", "mobilenet_v1_0.25_224", 232.0002, 26.36529 },
	{ "mobilenet1_025", "mobilenet_v1_0.25_224_bn", 232.0002, 26.36529 },
	{ "mobilenet2", "mobilenet_v2_1.0_224", 522.1841, 36.17067 },
	{ "mobilenet1", "mobilenet_v1_1.0_224_notop", 775.1321, 43.29661 },
};

static void sums(struct net *n, size_t which)
{
	struct net_info info = net_info(n);
	double sum = 0, squares = 0;
	float *to = net_input(n);
	const float *y;

	for (size_t p = 0; p < info.in_h * info.in_w; p++) {
		size_t x = p % info.in_w, row = p / info.in_w;

		*to++ = (float)((x + 2 * row) % 256);
		*to++ = (float)((3 * x + row) % 256);
		*to++ = (float)(x * row / 32 % 256);
	}
	y = net_forward(n, 1, 0, 0);
	for (size_t i = 0; i < info.out_dim; i++) {
		sum += (double)y[i];
		squares += (double)y[i] * (double)y[i];
	}
	printf("%s: sum %.4f, norm %.5f\n", real[which].file, sum,
	       sqrt(squares));
	CHECK(fabs(sum - real[which].sum) < 1e-4 * real[which].sum);
	CHECK(fabs(sqrt(squares) - real[which].norm) <
	      1e-4 * real[which].norm);
}

static void test_real(void)
{
	const struct import_options o = { .dim = 1000, .features = 1 };
	const char *data = getenv("SEESAY_TEST_DATA");

	if (!data)
		puts("skipped: real weights (SEESAY_TEST_DATA is not set)");
	for (size_t i = 0; data && i < ARRAY_LEN(real); i++) {
		struct import_source s = {0};
		struct buf net = {0}, path = {0}, out = {0}, report = {0};
		struct error e = {0};
		struct net *n = NULL;

		if (net_text(&net, real[i].net, &e) == 0 &&
		    buf_addf(&path, &e, "%s/weights/%s.safetensors", data,
			     real[i].file) == 0 &&
		    import_open(&s, path.data, &e) == 0)
			n = net_import(&s, str_of(net.data), real[i].net, &o,
				       &out, &report, &e);
		if (CHECK(n && net_plan(n, &machine, NET_RUN, 1, &e) == 0))
			sums(n, i);
		else
			fprintf(stderr, "%s\n", e.text);
		net_close(n);
		import_source_free(&s);
		buf_free(&net);
		buf_free(&path);
		buf_free(&out);
		buf_free(&report);
	}
}

int main(void)
{
	struct error e = {0};

	if (machine_open(&machine, NULL, 1, &e) < 0)
		return 1;
	fill(wa, ARRAY_LEN(wa), 1, -1, 1);
	for (size_t i = 0; i < ARRAY_LEN(wa); i++)
		wa[i] = (float)(int)(wa[i] * 128) / 128;
	fill(wb, ARRAY_LEN(wb), 2, -1, 1);
	fill(norm[0][0], 8 * MID, 3, 0.2f, 1);
	fill(wfc, ARRAY_LEN(wfc), 4, -1, 1);
	fill(bfc, ARRAY_LEN(bfc), 5, -1, 1);
	test_namings();
	test_bf16();
	test_refusals();
	test_real();
	machine_close(&machine);
	return test_end("net import");
}
