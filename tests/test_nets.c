/*
 * test_nets.c - the built-in nets: published numbers of parameters, gradients
 * of whole nets against differences, and equal bits for every batch and number
 * of threads.  Gradients and bits are those of the same texts on small pictures
 * with odd sides, with fewer of the blocks that repeat and narrow inner dense
 * layers; the shapes, strides and joins of every layer are as they are.
 */
#include "test.h"

#include <math.h>

#include "base/buf.h"
#include "nets.h"
#include "nn/net.h"

static const struct {
	const char *name;
	size_t h, w;			/* of the small pictures below; 0: cut
					 * like that it is another */
	size_t side, parameters;	/* for 1000 classes */
	uint64_t multiply_adds;
} nets[] = {
	{ "alexnet", 75, 67, 227, 60965224, 724406816 },
	{ "compact", 45, 37, 64, 639672, 13610496 },
	{ "googlenet", 65, 75, 224, 6998552, 1582671872 },
	{ "mobilenet1", 65, 75, 224, 4231976, 568740352 },
	{ "mobilenet1_025", 0, 0, 224, 470072, 41030272 },
	{ "mobilenet2", 65, 75, 224, 3504872, 300774272 },
	{ "resnet152", 0, 0, 224, 60192808, 11513626624 },
	{ "resnet18", 65, 75, 224, 11689512, 1814073344 },
	{ "resnet50", 65, 75, 224, 25557032, 4089184256 },
	{ "squeezenet1_0", 43, 53, 227, 1248424, 746651936 },
	{ "squeezenet1_1", 43, 53, 227, 1235496, 287907520 },
	{ "tiny", 15, 13, 16, 52216, 248704 },
	{ "vgg16", 37, 45, 224, 138357544, 15470264320 },
	{ "vgg19", 37, 45, 224, 143667240, 19632062464 },
};

/* The text of weights: a built-in name or a text, never another file. */
static void test_weights(const char *net, int code)
{
	static char path[] = "/tmp/seesay-nets-XXXXXX";
	struct error e = { 0 };
	struct buf text = { 0 };
	struct st_writer *w = st_create(path, "seesay net", &e);
	const float one = 1;
	const uint64_t shape[1] = { 1 };

	if (!CHECK(w != NULL))
		return;
	CHECK((!net || st_put_meta(w, "net", net, &e) == 0) &&
	      st_put(w, "x", ST_F32, 1, shape, &one, &e) == 0 &&
	      st_commit(w, &e) == 0);
	CHECK(net_text(&text, path, &e) == code);
	CHECK(code || text.bytes > 0);
	buf_free(&text);
	remove(path);
}


static void test_counts(void)
{
	struct buf text = {0}, table = {0}, names = {0};
	struct error e = {0};

	for (size_t i = 0; i < ARRAY_LEN(nets); i++) {
		struct net *n = NULL;
		struct net_info is;

		if (i)
			buf_addf(&names, &e, " ");
		buf_addf(&names, &e, "%s", nets[i].name);
		if (CHECK(net_text(&text, nets[i].name, &e) == 0))
			n = net_open((struct str){ text.data, text.bytes },
				     nets[i].name, 1000, &e);
		if (!CHECK(n != NULL)) {
			fprintf(stderr, "%s\n", e.text);
			continue;
		}
		is = net_info(n);
		CHECK(is.in_h == nets[i].side && is.in_w == nets[i].side);
		CHECK(is.in_c == 3 && is.out_dim == 1000);
		CHECK(is.parameters == nets[i].parameters);
		CHECK(is.multiply_adds == nets[i].multiply_adds);
		CHECK(net_describe(n, &table, &e) == 0);
		net_close(n);
	}
	test_weights("tiny", 0);
	test_weights("a = input h=4 w=4 c=1\nb = unit\n", 0);
	test_weights("nets.weights.tmp", ERROR_DATA);
	test_weights(NULL, ERROR_DATA);
	CHECK(net_text(&text, "compactt", &e) == ERROR_USAGE);
	CHECK(strstr(e.hint, names.data) != NULL);
	CHECK(strstr(table.data, "inception_5b/output") != NULL);
	CHECK(strstr(table.data, "layer3/35/add") != NULL);
	buf_free(&text);
	buf_free(&table);
	buf_free(&names);
}

/* ---- small pictures ------------------------------------------------------ */

static const struct { const char *was, *is; } smaller[] = {
	{ "dense out=4096", "dense out=48" },
	{ "repeat 1..5", "repeat 1..2" }, { "repeat 1..3", "repeat 1..2" },
	{ "repeat 7..11", "repeat 7..8" },
	{ "layer2/3", "layer2/2" }, { "layer3/5", "layer3/2" },
};

static void add_replaced(struct buf *to, const char *text, const char *was,
			 const char *is, struct error *e)
{
	for (const char *at; (at = strstr(text, was)) != NULL;) {
		buf_add(to, text, (size_t)(at - text), e);
		buf_add(to, is, strlen(is), e);
		text = at + strlen(was);
	}
	buf_add(to, text, strlen(text), e);
}

/* Net i with those changes. */
static int small_text(struct buf *text, size_t i)
{
	struct error e = {0};
	struct buf old = {0}, swap;
	char was[32], is[32];

	snprintf(was, sizeof(was), "h=%zu w=%zu", nets[i].side, nets[i].side);
	snprintf(is, sizeof(is), "h=%zu w=%zu", nets[i].h, nets[i].w);
	buf_clear(text);
	if (!CHECK(net_text(&old, nets[i].name, &e) == 0))
		return 0;
	add_replaced(text, old.data, was, is, &e);
	for (size_t j = 0; j < ARRAY_LEN(smaller); j++) {
		swap = old;
		old = *text;
		*text = swap;
		buf_clear(text);
		add_replaced(text, old.data, smaller[j].was, smaller[j].is,
			     &e);
	}
	buf_free(&old);
	return CHECK(e.code == 0);
}

/* ---- gradients ----------------------------------------------------------- */

/*
 * L = sum r y.  Along a direction v in one tensor, half of it its gradient and
 * half random, each as long as the tensor, (L(w + hv) - L(w - hv)) / 2h is
 * compared with g.v; a missing or wrong part of g is an error of about 1 in the
 * unit |g||v|.  h is such that L changes by a hundredth of the size of its
 * parts: the rounding of y, 1e-5 of it in a deep net, is then 1e-3 of the unit,
 * and a few relus and maxima change their minds, which is less than 2e-2.
 *
 * Batch norms at the end of residual branches start at 0.2: with 1 and few
 * pixels in the batch the deep ones multiply every rounding by thousands.
 */
enum { IMAGES = 3, DIM = 5, TENSORS = 4 };

static double length(const float *x, size_t count)
{
	double sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += (double)x[i] * (double)x[i];
	return sqrt(sum);
}

static double loss_of(struct net *n, const float *r, double *size)
{
	const float *y = net_forward(n, IMAGES, 7, 1);
	double sum = 0, square = 0;

	for (size_t i = 0; i < IMAGES * DIM; i++) {
		double part = (double)r[i] * (double)y[i];

		sum += part;
		square += part * part;
	}
	*size = sqrt(square);
	return sum;
}

/* v, as long as the tensor (or as if it were 0.1 throughout). */
static void direction(float *v, const struct net_tensor *t)
{
	double size = MAX(length(t->value, t->count), 0.1 * sqrt((double)t->count));
	double g = MAX(length(t->gradient, t->count), 1e-30), u;

	fill(v, t->count, 77, -1, 1);
	u = length(v, t->count);
	for (size_t i = 0; i < t->count; i++)
		v[i] = (float)(size * ((double)v[i] / u +
				       (double)t->gradient[i] / g));
}

/* The slope of L along v. */
static double slope(struct net *n, size_t tensor, const float *v,
		    const float *r, double h)
{
	struct net_tensor *t = net_tensor(n, tensor);
	struct error e = {0};
	float *w = mem_new(t->count, sizeof(*w), &e);
	double size, sum = 0;

	memcpy(w, t->value, t->count * sizeof(*w));
	for (int side = -1; side <= 1; side += 2) {
		for (size_t j = 0; j < t->count; j++)
			t->value[j] = fmaf((float)(side * h), v[j], w[j]);
		net_tensor(n, tensor);	/* say that it was written to */
		sum += side * loss_of(n, r, &size);
	}
	memcpy(t->value, w, t->count * sizeof(*w));
	net_tensor(n, tensor);
	mem_free(w);
	return sum / (2 * h);
}

static void check_tensor(struct net *n, const char *name, size_t tensor,
			 const float *r, double size)
{
	struct net_tensor *t = net_tensor(n, tensor);
	struct error e = {0};
	float *v = mem_new(t->count, sizeof(*v), &e);
	double sum = 0, numeric, unit;

	direction(v, t);
	for (size_t j = 0; j < t->count; j++)
		sum += (double)t->gradient[j] * (double)v[j];
	unit = length(t->gradient, t->count) * length(v, t->count);
	if (CHECK(unit > 0)) {
		numeric = slope(n, tensor, v, r, size / unit / 128);
		if (!CHECK(fabs(numeric - sum) < 0.02 * unit))
			fprintf(stderr, "%s: %s: %g, by differences %g, "
				"unit %g\n", name, t->name, sum, numeric,
				unit);
	}
	mem_free(v);
}

static int ends_with(const char *s, const char *end)
{
	size_t a = strlen(s), b = strlen(end);

	return a >= b && strcmp(s + a - b, end) == 0;
}

/* How the name of the last norm of a residual branch ends. */
static const char *last_norm(const char *name)
{
	if (strcmp(name, "mobilenet2") == 0)
		return "project/bn.gamma";
	return strcmp(name, "resnet18") == 0 ? "/bn2.gamma" : "/bn3.gamma";
}

static void check_gradients(const char *text, const char *name)
{
	struct net *n = make(text, &machine, NET_TRAIN, IMAGES);
	float r[IMAGES * DIM];
	double size;
	size_t tensors = 0, learn[1024];

	if (!n)
		return;
	for (size_t i = 0; i < net_tensors(n); i++) {
		struct net_tensor *t = net_tensor(n, i);

		if (t->gradient && tensors < ARRAY_LEN(learn))
			learn[tensors++] = i;
		for (size_t j = 0; ends_with(t->name, last_norm(name)) &&
		     j < t->count; j++)
			t->value[j] = 0.2f;
	}
	fill(net_input(n), IMAGES * input_floats(n), 1, 0, 255);
	fill(r, IMAGES * DIM, 2, -1, 1);
	loss_of(n, r, &size);
	net_backward(n, r);
	for (size_t i = 0; i < TENSORS; i++)
		check_tensor(n, name, learn[i * (tensors - 2) / (TENSORS - 1)],
			     r, size);
	net_close(n);
}

/* ---- equal bits ---------------------------------------------------------- */

/* Statistics as after some training, so that numbers keep their size. */
static void settle_norms(struct net *n)
{
	for (size_t i = 0; i < net_tensors(n); i++) {
		struct net_tensor *t = net_tensor(n, i);

		if (strstr(t->name, ".variance"))
			fill(t->value, t->count, i, 0.5f, 2);
		if (strstr(t->name, ".mean"))
			fill(t->value, t->count, i, -0.1f, 0.1f);
	}
}

/* The outputs of five pictures; 0 if they depend on the batch. */
static int outputs(struct net *n, int threads, float y[5 * DIM])
{
	struct machine m = {0};
	struct error e = {0};
	size_t floats = input_floats(n);
	int same;

	if (!CHECK(machine_open(&m, NULL, threads, &e) == 0) ||
	    !CHECK(net_plan(n, &m, NET_RUN, 5, &e) == 0))
		return 0;
	fill(net_input(n), 5 * floats, 3, 0, 255);
	memcpy(y, net_forward(n, 5, 0, 0), 5 * DIM * sizeof(*y));
	memmove(net_input(n), net_input(n) + 3 * floats,
		floats * sizeof(float));
	same = memcmp(net_forward(n, 1, 0, 0), y + 3 * DIM,
		      DIM * sizeof(*y)) == 0;
	machine_close(&m);
	return same;
}

static void check_bits(const char *text, const char *name)
{
	static const int threads[] = { 1, 2, 3, 8 };
	struct net *n = make(text, &machine, NET_RUN, 1);
	float first[5 * DIM], y[5 * DIM];

	if (!n)
		return;
	settle_norms(n);
	for (size_t i = 0; i < ARRAY_LEN(threads); i++) {
		if (!CHECK(outputs(n, threads[i], i ? y : first)))
			fprintf(stderr, "%s depends on the batch\n", name);
		if (!CHECK(i == 0 || memcmp(y, first, sizeof(y)) == 0))
			fprintf(stderr, "%s: %d threads\n", name, threads[i]);
	}
	for (size_t j = 0; j < 5 * DIM; j++)
		CHECK(isfinite(first[j]) && first[j] != first[(j + DIM) %
							      (5 * DIM)]);
	net_close(n);
}

static void each_small(void (*test)(const char *text, const char *name))
{
	struct buf text = {0};

	for (size_t i = 0; i < ARRAY_LEN(nets); i++)
		if (nets[i].h && small_text(&text, i))
			test(text.data, nets[i].name);
	buf_free(&text);
}

int main(void)
{
	struct error e = {0};

	if (!CHECK(machine_open(&machine, NULL, 2, &e) == 0))
		return test_end("nets");
	test_counts();
	each_small(check_gradients);
	each_small(check_bits);
	machine_close(&machine);
	return test_end("nets");
}
