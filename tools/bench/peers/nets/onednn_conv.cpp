/*
 * onednn_conv.cpp - convolutions of a net in oneDNN (Debian: libdnnl-dev).
 *
 *	c++ -O2 -o onednn_conv onednn_conv.cpp -ldnnl
 *	onednn_conv LIST THREADS
 *
 * LIST has one convolution a line:
 *	NAME BATCH IN_C IN_H IN_W OUT_C OUT_H OUT_W KERNEL STRIDE DILATION
 *	GROUPS TOP LEFT BOTTOM RIGHT RELU
 *
 * Layouts are those the library asks for, weights are reordered once, bias and
 * relu are done with the convolution.  Each is made twice, with the algorithm
 * "auto" and with "direct", and compared with a plain loop at some places.
 * Answers each line "SECONDS" with a line of JSON: the median and the best of a
 * picture for every convolution and both algorithms, taken in passes over the
 * whole list, as a net would run them.  All share one input and one output buffer, and the
 * input is read before the clock starts: in a net it was written just before.
 */
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <unordered_map>
#include <vector>

#include <dnnl.hpp>
#include <omp.h>

using namespace dnnl;
using dims = memory::dims;
using tag = memory::format_tag;

struct shape {
	std::string name;
	long n, ic, ih, iw, oc, oh, ow, kernel, stride, dilation, groups;
	long top, left, bottom, right, relu;
};

struct conv {
	convolution_forward::primitive_desc pd;
	convolution_forward run;
	memory weights, bias;
	std::vector<double> ms;
};

static const algorithm algorithms[] = { algorithm::convolution_auto,
					algorithm::convolution_direct };
static engine cpu(engine::kind::cpu, 0);
static dnnl::stream queue(cpu);
static uint32_t state = 1;

static double now()
{
	return std::chrono::duration<double>(
		std::chrono::steady_clock::now().time_since_epoch()).count();
}

static uint32_t draw()
{
	state = state * 1664525u + 1013904223u;
	return state >> 8;
}

static std::vector<float> random_floats(size_t count, float low, float high)
{
	std::vector<float> out(count);

	for (float &x : out)
		x = low + (high - low) * (float)draw() / 16777216.f;
	return out;
}

static memory plain(const dims &d, tag t, std::vector<float> &values)
{
	return memory({ d, memory::data_type::f32, t }, cpu, values.data());
}

static void copy(memory from, memory to)
{
	reorder(from, to).execute(queue, from, to);
	queue.wait();
}

static dims weight_dims(const shape &s)
{
	if (s.groups > 1)
		return { s.groups, s.oc / s.groups, s.ic / s.groups, s.kernel,
			 s.kernel };
	return { s.oc, s.ic, s.kernel, s.kernel };
}

static convolution_forward::primitive_desc describe(const shape &s,
						    algorithm a)
{
	auto any = [](const dims &d) {
		return memory::desc(d, memory::data_type::f32, tag::any);
	};
	auto in = any({ s.n, s.ic, s.ih, s.iw }), weights = any(weight_dims(s));
	auto out = any({ s.n, s.oc, s.oh, s.ow }), bias = any({ s.oc });
	dims stride = { s.stride, s.stride };
	dims dilation = { s.dilation - 1, s.dilation - 1 };
	dims before = { s.top, s.left }, after = { s.bottom, s.right };
	primitive_attr attr;
	post_ops ops;

#if DNNL_VERSION_MAJOR >= 3
	if (s.relu)
		ops.append_eltwise(algorithm::eltwise_relu, 0.f, 0.f);
	attr.set_post_ops(ops);
	return { cpu, prop_kind::forward_inference, a, in, weights, bias, out,
		 stride, dilation, before, after, attr };
#else
	if (s.relu)
		ops.append_eltwise(1.f, algorithm::eltwise_relu, 0.f, 0.f);
	attr.set_post_ops(ops);
	return { { prop_kind::forward_inference, a, in, weights, bias, out,
		   stride, dilation, before, after }, attr, cpu };
#endif
}

/* One output by the definition; layouts are n, h, w, c. */
static double reference(const shape &s, const std::vector<float> &x,
			const std::vector<float> &w, float bias, long n,
			long o, long y, long z)
{
	long in = s.ic / s.groups, first = o / (s.oc / s.groups) * in;
	double sum = bias;

	for (long i = 0; i < s.kernel; i++)
		for (long j = 0; j < s.kernel; j++) {
			long h = y * s.stride + i * s.dilation - s.top;
			long v = z * s.stride + j * s.dilation - s.left;

			if (h < 0 || h >= s.ih || v < 0 || v >= s.iw)
				continue;
			for (long c = 0; c < in; c++)
				sum += (double)x[(size_t)(((n * s.ih + h) *
					s.iw + v) * s.ic + first + c)] *
				       w[(size_t)(((o * in + c) * s.kernel + i)
					* s.kernel + j)];
		}
	return s.relu && sum < 0 ? 0 : sum;
}

static void check(const shape &s, const conv &c, std::vector<float> &w,
		  const std::vector<float> &bias)
{
	auto x = random_floats((size_t)(s.n * s.ih * s.iw * s.ic), -1, 1);
	std::vector<float> y((size_t)(s.n * s.oh * s.ow * s.oc));
	memory in(c.pd.src_desc(), cpu), out(c.pd.dst_desc(), cpu);

	copy(plain({ s.n, s.ic, s.ih, s.iw }, tag::nhwc, x), in);
	c.run.execute(queue, { { DNNL_ARG_SRC, in },
			       { DNNL_ARG_WEIGHTS, c.weights },
			       { DNNL_ARG_BIAS, c.bias },
			       { DNNL_ARG_DST, out } });
	queue.wait();
	copy(out, plain({ s.n, s.oc, s.oh, s.ow }, tag::nhwc, y));
	for (int i = 0; i < 100; i++) {
		size_t at = ((size_t)draw() << 24 | draw()) % y.size();
		long o = (long)at % s.oc, z = (long)at / s.oc % s.ow;
		long v = (long)at / s.oc / s.ow % s.oh;
		double want = reference(s, x, w, bias[(size_t)o],
			(long)at / s.oc / s.ow / s.oh, o, v, z);

		if (std::fabs(want - y[at]) > 1e-4 * (1 + std::fabs(want))) {
			fprintf(stderr, "%s: output %zu is %g, not %g\n",
				s.name.c_str(), at, (double)y[at], want);
			exit(1);
		}
	}
}

static conv make(const shape &s, algorithm a)
{
	float limit = std::sqrt(6.f / (float)(s.ic / s.groups * s.kernel *
					      s.kernel));
	auto w = random_floats((size_t)(s.oc * s.ic / s.groups * s.kernel *
					s.kernel), -limit, limit);
	auto bias = random_floats((size_t)s.oc, -0.1f, 0.1f);
	conv c;

	c.pd = describe(s, a);
	c.run = convolution_forward(c.pd);
	c.weights = memory(c.pd.weights_desc(), cpu);
	c.bias = memory(c.pd.bias_desc(), cpu);
	copy(plain(weight_dims(s), s.groups > 1 ? tag::goihw : tag::oihw, w),
	     c.weights);
	copy(plain({ s.oc }, tag::x, bias), c.bias);
	check(s, c, w, bias);
	return c;
}

static volatile float sink;

static void time_one(conv &c, long n, float *in, float *out)
{
	memory src(c.pd.src_desc(), cpu, in), dst(c.pd.dst_desc(), cpu, out);
	size_t floats = c.pd.src_desc().get_size() / sizeof(float);
	float sum = 0;
	double start;

	for (size_t i = 0; i < floats; i += 16)
		sum += in[i];
	sink = sum;
	std::unordered_map<int, memory> args = {
		{ DNNL_ARG_SRC, src }, { DNNL_ARG_WEIGHTS, c.weights },
		{ DNNL_ARG_BIAS, c.bias }, { DNNL_ARG_DST, dst } };
	start = now();
	c.run.execute(queue, args);
	queue.wait();
	c.ms.push_back(1e3 * (now() - start) / (double)n);
}

static double median(std::vector<double> v)
{
	std::sort(v.begin(), v.end());
	return v[v.size() / 2];
}

static double best(const std::vector<double> &v)
{
	return *std::min_element(v.begin(), v.end());
}

static void answer(const std::vector<shape> &shapes, std::vector<conv> *made)
{
	printf("{\"layers\": [");
	for (size_t i = 0; i < shapes.size(); i++) {
		printf("%s{\"name\": \"%s\", \"auto\": %.6f, \"direct\": %.6f, "
		       "\"auto_best\": %.6f, \"direct_best\": %.6f, "
		       "\"how\": \"%s\"}", i ? ", " : "",
		       shapes[i].name.c_str(), median(made[0][i].ms),
		       median(made[1][i].ms), best(made[0][i].ms),
		       best(made[1][i].ms), made[1][i].pd.impl_info_str());
		made[0][i].ms.clear();
		made[1][i].ms.clear();
	}
	printf("]}\n");
	fflush(stdout);
}

int main(int argc, char **argv)
{
	std::vector<shape> shapes;
	std::vector<conv> made[2];
	size_t in_floats = 0, out_floats = 0;
	std::string line;

	if (argc != 3)
		return 2;
	omp_set_num_threads(atoi(argv[2]));
	for (std::ifstream list(argv[1]); std::getline(list, line);) {
		shape s;

		std::istringstream(line) >> s.name >> s.n >> s.ic >> s.ih >>
			s.iw >> s.oc >> s.oh >> s.ow >> s.kernel >> s.stride >>
			s.dilation >> s.groups >> s.top >> s.left >> s.bottom >>
			s.right >> s.relu;
		shapes.push_back(s);
		for (int a = 0; a < 2; a++)
			made[a].push_back(make(s, algorithms[a]));
	}
	for (auto &list : made)
		for (conv &c : list) {
			in_floats = std::max(in_floats,
				c.pd.src_desc().get_size() / 4);
			out_floats = std::max(out_floats,
				c.pd.dst_desc().get_size() / 4);
		}
	auto in = random_floats(in_floats, 0, 1);
	std::vector<float> out(out_floats);

	printf("{\"version\": \"%d.%d.%d\"}\n", dnnl_version()->major,
	       dnnl_version()->minor, dnnl_version()->patch);
	fflush(stdout);
	while (std::getline(std::cin, line)) {
		double end = now() + atof(line.c_str());

		do {
			for (auto &list : made)
				for (size_t i = 0; i < shapes.size(); i++)
					time_one(list[i], shapes[i].n,
						 in.data(), out.data());
		} while (now() < end);
		answer(shapes, made);
	}
	return 0;
}
