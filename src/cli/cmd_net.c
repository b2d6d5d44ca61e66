/*
 * cmd_net.c - seesay net: the built-in image nets, the layers of one, its
 * speed, and its output for given inputs.
 */
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "cli/cli.h"
#include "cli/net_bench.h"
#include "cli/net_verbs.h"
#include "format/safetensors.h"

/* Of all verbs; each has its own table. */
struct net_options {
	struct opt_given given;
	int dim, batch, repeat, train, layers, json;
	uint64_t seed, memory;
	const char *output, *weights, *input;
};

static void defaults(void *options, int by)
{
	(void)by;
	*(struct net_options *)options = (struct net_options){
		.dim = 100, .batch = 1, .repeat = 10, .seed = 1,
	};
}

#define AT(field) offsetof(struct net_options, field)
#define OPT_DIM OPT("dim", 'd', OPT_INT, AT(dim), "N", \
	"dimensions of the output, where the net says @dim", .low = 1, \
	.high = 1 << 20)
#define OPT_BATCH OPT("batch", 'b', OPT_INT, AT(batch), "N", \
	"pictures at a time", .low = 1, .high = 4096, \
	.also = "batch-size bs")
#define OPT_MEMORY(...) OPT("memory", 0, OPT_SIZE, AT(memory), "SIZE", \
	"memory of a training step; what does not fit is recomputed; 0: no " \
	"limit" \
	__VA_ARGS__)
#define OPT_JSON OPT("json", 0, OPT_FLAG, AT(json), NULL, "one JSON object")

static const struct opt info_options[] = {
	OPT_DIM, OPT_BATCH, OPT_MEMORY(), OPT_JSON, OPT_END
};

static const struct opt bench_options[] = {
	OPT_DIM, OPT_BATCH,
	OPT("repeat", 'r', OPT_INT, AT(repeat), "N",
	    "passes to time; prints their median", .low = 1, .high = 100000),
	OPT("train", 0, OPT_FLAG, AT(train), NULL,
	    "time forward, backward and SGD"),
	OPT_MEMORY(, .needs = "train"),
	OPT("layers", 'l', OPT_FLAG, AT(layers), NULL,
	    "also print the time of each layer"),
	OPT_JSON, OPT_END
};

static const struct opt init_options[] = {
	OPT_DIM,
	OPT("output", 'o', OPT_STRING, AT(output), "FILE",
	    "the weights to write (needed)", .also = "out"),
	OPT("seed", 's', OPT_U64, AT(seed), "N", "seed of the weights"),
	OPT_END
};

static const struct opt run_options[] = {
	OPT_DIM, OPT_BATCH,
	OPT("weights", 'w', OPT_STRING, AT(weights), "FILE",
	    "weights, named as 'net init' names them (needed)", .also = "init"),
	OPT("input", 'i', OPT_STRING, AT(input), "FILE",
	    "tensor \"input\" [n, h, w, c] of pixels 0 to 255 (needed)"),
	OPT("output", 'o', OPT_STRING, AT(output), "FILE",
	    "tensor \"output\" [n, dim] (needed)", .also = "out"),
	OPT_END
};

static int print(const struct buf *b, struct error *e)
{
	if (fwrite(b->data, 1, b->bytes, stdout) != b->bytes ||
	    fflush(stdout) != 0)
		return fail_errno(e, "cannot write to standard output");
	return 0;
}

static int list_run(const void *values, int count, char **operands,
		    struct error *e)
{
	struct buf names = {0};
	int code;

	(void)values;
	if (count)
		return fail(e, ERROR_USAGE, "unexpected operand '%s'",
			    operands[0]);
	code = net_names(&names, e);

	for (size_t i = 0; i < names.bytes; i++)
		if (names.data[i] == ' ')
			names.data[i] = '\n';
	if (code == 0)
		code = buf_add(&names, "\n", 1, e);
	if (code == 0)
		code = print(&names, e);
	buf_free(&names);
	return code;
}

static int bench(struct net *net, const char *name,
		 const struct net_options *o, struct error *e)
{
	struct net_bench b = { name, NULL, (size_t)o->batch, o->repeat,
			       o->train, o->layers, o->json };
	struct machine *machine;
	struct buf report = {0};

	if (cli_machine(&machine, e) < 0)
		return e->code;
	b.machine = machine;
	net_limit(net, o->memory);
	if (net_bench_run(net, &b, &report, e) == 0)
		print(&report, e);
	buf_free(&report);
	return e->code;
}

/* What a plan takes. */
static int add_memory(struct net *net, const struct machine *machine,
		      enum net_mode mode, int count, struct buf *table,
		      struct error *e)
{
	const char *what = mode == NET_TRAIN ? "a training step" : "a run";
	uint64_t bytes;

	if (net_measure(net, machine, mode, (size_t)count, &bytes, e) < 0)
		return e->code;
	return buf_addf(table, e, "memory for %s of %d: %.1f MB\n", what,
			count, (double)bytes / (1 << 20));
}

/* The same for --json. */
static int json_memory(struct net *net, const struct machine *machine,
		       enum net_mode mode, int count, struct buf *out,
		       struct error *e)
{
	uint64_t bytes;

	if (net_measure(net, machine, mode, (size_t)count, &bytes, e) < 0)
		return e->code;
	return buf_addf(out, e, "%llu", (unsigned long long)bytes);
}

static int json_layers(const struct net *net, struct buf *out, struct error *e)
{
	for (size_t i = 0; i < net_layers(net); i++) {
		struct net_layer l = net_layer_at(net, i);

		if (buf_addf(out, e, "%s{\"name\":", i ? "," : "") < 0 ||
		    json_put_string(out, str_of(l.name), e) < 0 ||
		    buf_addf(out, e, ",\"type\":\"%s\",\"output\":[%zu,%zu,"
			     "%zu],\"parameters\":%zu,\"multiply_adds\":%llu}",
			     l.type, l.h, l.w, l.c, l.parameters,
			     (unsigned long long)l.multiply_adds) < 0)
			return e->code;
	}
	return buf_addf(out, e, "]}\n");
}

static int info_json(struct net *net, const char *name, int batch,
		     const struct machine *machine, struct buf *out,
		     struct error *e)
{
	struct net_info is = net_info(net);

	if (buf_addf(out, e, "{\"net\":") < 0 ||
	    json_put_string(out, str_of(name), e) < 0 ||
	    buf_addf(out, e, ",\"input\":[%zu,%zu,%zu],\"output\":%zu,"
		     "\"parameters\":%zu,\"multiply_adds\":%llu,"
		     "\"run_bytes\":", is.in_h, is.in_w, is.in_c, is.out_dim,
		     is.parameters, (unsigned long long)is.multiply_adds) < 0 ||
	    json_memory(net, machine, NET_RUN, 1, out, e) < 0 ||
	    buf_addf(out, e, ",\"batch\":%d,\"training_bytes\":", batch) < 0 ||
	    json_memory(net, machine, NET_TRAIN, batch, out, e) < 0 ||
	    buf_addf(out, e, ",\"layers\":[") < 0)
		return e->code;
	return json_layers(net, out, e);
}

static int info_text(struct net *net, const char *name, int batch,
		     const struct machine *machine, struct buf *out,
		     struct error *e)
{
	(void)name;
	if (net_describe(net, out, e) < 0 ||
	    add_memory(net, machine, NET_RUN, 1, out, e) < 0)
		return e->code;
	return add_memory(net, machine, NET_TRAIN, batch, out, e);
}

static int info(struct net *net, const char *name,
		const struct net_options *o, struct error *e)
{
	struct buf out = {0};
	struct machine *machine;

	net_limit(net, o->memory);
	if (cli_machine(&machine, e) == 0 &&
	    (o->json ? info_json : info_text)(net, name, o->batch, machine,
					      &out, e) == 0)
		print(&out, e);
	buf_free(&out);
	return e->code;
}

static int read_back(struct st_file *f, void *net, struct error *e)
{
	return net_match(net, f, "", e) < 0 ? e->code :
	       net_load(net, f, "", e);
}

static int init(struct net *net, const char *name,
		const struct net_options *o, struct error *e)
{
	struct st_writer *w;
	char dim[24];

	if (!o->output)
		return fail(e, ERROR_USAGE, "net init needs -o FILE");
	if (file_not_input(o->output, name, e) < 0)
		return e->code;
	if (net_init(net, o->seed, e) < 0)
		return e->code;
	w = st_create(o->output, NET_WEIGHTS_FORMAT, e);
	if (!w)
		return e->code;
	snprintf(dim, sizeof(dim), "%zu", net_info(net).out_dim);
	if (st_put_meta(w, "net", name, e) < 0 ||
	    st_put_meta(w, "dim", dim, e) < 0 || net_save(net, w, "", e) < 0) {
		st_discard(w);
		return e->code;
	}
	return st_commit_read(w, read_back, net, e);
}

/* Passes the pictures through in batches; the rows go to w. */
static int run_batches(struct net *net, const struct st_tensor *x,
		       int batch, struct st_writer *w, struct error *e)
{
	struct net_info net_is = net_info(net);
	size_t floats = net_is.in_h * net_is.in_w * net_is.in_c;
	const float *from = x->data;

	for (uint64_t done = 0; done < x->shape[0]; done += (uint64_t)batch) {
		size_t n = (size_t)MIN(x->shape[0] - done, (uint64_t)batch);

		if (cli_stop_requested())
			return fail(e, ERROR_FAILED, "stopped");
		memcpy(net_input(net), from + done * floats,
		       n * floats * sizeof(float));
		if (st_rows(w, net_forward(net, n, 0, 0), n * net_is.out_dim,
			    e) < 0)
			return e->code;
	}
	return st_end(w, 2, (uint64_t[]){ x->shape[0], net_is.out_dim }, e);
}

static int run_pictures(struct net *net, const struct st_file *f,
			const struct net_options *o, struct error *e)
{
	struct net_info i = net_info(net);
	uint64_t shape[4] = { 0, i.in_h, i.in_w, i.in_c };
	const struct st_tensor *x = st_need(f, "input", ST_F32, 4, shape, e);
	struct machine *machine;
	struct st_writer *w;

	if (!x || st_numbers(f, x, NET_VALUE_MOST, e) < 0 ||
	    cli_machine(&machine, e) < 0 ||
	    net_plan(net, machine, NET_RUN, (size_t)o->batch, e) < 0)
		return e->code;
	w = st_create(o->output, "seesay output", e);
	if (!w)
		return e->code;
	if (st_begin(w, "output", ST_F32, e) < 0 ||
	    run_batches(net, x, o->batch, w, e) < 0) {
		st_discard(w);
		return e->code;
	}
	return st_commit(w, e);
}

static int run(struct net *net, const char *name,
	       const struct net_options *o, struct error *e)
{
	struct st_file *from = NULL, *pictures = NULL;

	if (!o->output || !o->weights || !o->input)
		return fail(e, ERROR_USAGE, "net run needs --weights FILE, "
			    "--input FILE and -o FILE");
	if (file_not_input(o->output, name, e) < 0 ||
	    file_not_input(o->output, o->weights, e) < 0 ||
	    file_not_input(o->output, o->input, e) < 0)
		return e->code;
	from = st_open(o->weights, NULL, e);
	pictures = from ? st_open(o->input, NULL, e) : NULL;
	if (pictures && net_load(net, from, "", e) == 0)
		run_pictures(net, pictures, o, e);
	st_close(pictures);
	st_close(from);
	return e->code;
}

/* ---- the verbs ----------------------------------------------------------- */

/* --dim is for the nets whose text leaves it open. */
static int dim_check(const struct buf *text, const char *name,
		     const struct net_options *o, struct error *e)
{
	if (strstr(text->data, "@dim") || !opt_typed(info_options, o, "dim"))
		return 0;
	return fail(e, ERROR_USAGE, "--dim does not apply to '%s', which has "
		    "no @dim", name);
}

/* Opens the net that the operand names and does one thing with it. */
static int with_net(int count, char **operands, const struct net_options *o,
		    int (*act)(struct net *, const char *,
			       const struct net_options *, struct error *),
		    struct error *e)
{
	struct buf text = {0};
	struct net *net = NULL;

	if (count != 1) {
		fail(e, ERROR_USAGE, "one net is needed");
		return hint(e, "'seesay net list' has the built-in ones");
	}
	if (net_text(&text, operands[0], e) == 0 &&
	    dim_check(&text, operands[0], o, e) == 0)
		net = net_open((struct str){ text.data, text.bytes },
			       operands[0], (size_t)o->dim, e);
	if (net)
		act(net, operands[0], o, e);
	net_close(net);
	buf_free(&text);
	return e->code;
}

static int info_run(const void *values, int count, char **operands,
		    struct error *e)
{
	return with_net(count, operands, values, info, e);
}

static int bench_run(const void *values, int count, char **operands,
		     struct error *e)
{
	return with_net(count, operands, values, bench, e);
}

static int init_run(const void *values, int count, char **operands,
		    struct error *e)
{
	return with_net(count, operands, values, init, e);
}

static int run_run(const void *values, int count, char **operands,
		   struct error *e)
{
	return with_net(count, operands, values, run, e);
}

#define OF_NET .of = &cmd_net, .size = sizeof(struct net_options), \
	.defaults = defaults, .kind = OPT_NETS

static const struct opt_command net_list = {
	.name = "list", .of = &cmd_net,
	.purpose = "print the names of the built-in nets",
	.run = list_run,
};

static const struct opt_command net_info_verb = {
	.name = "info", OF_NET,
	.operands = "NAME|FILE",
	.purpose = "print the layers of a net and the memory it takes",
	.text =
	"Prints each layer's output (height x width x channels), trained\n"
	"parameters and multiply-adds per picture, and the memory to run one\n"
	"picture and for a training step of --batch.\n"
	"\n"
	"  seesay net info compact --dim 200",
	.options = info_options,
	.run = info_run,
};

static const struct opt_command net_bench_verb = {
	.name = "bench", OF_NET,
	.operands = "NAME|FILE",
	.purpose = "time a net",
	.text =
	"  seesay net bench googlenet --batch 32 --train --layers",
	.options = bench_options,
	.run = bench_run,
};

static const struct opt_command net_init_verb = {
	.name = "init", OF_NET,
	.operands = "NAME|FILE -o FILE",
	.purpose = "write random initial weights",
	.text =
	"  seesay net init my.net -o weights.safetensors --seed 7",
	.options = init_options,
	.run = init_run,
};

static const struct opt_command net_run_verb = {
	.name = "run", OF_NET,
	.operands = "NAME|FILE -w FILE -i FILE -o FILE",
	.purpose = "run a net on the pictures of a file",
	.text =
	"  seesay net run my.net --weights weights.safetensors \\\n"
	"      --input pictures.safetensors -o out.safetensors",
	.options = run_options,
	.run = run_run,
};

static const struct opt_command *const verbs[] = {
	&net_list, &net_info_verb, &net_bench_verb, &net_init_verb,
	&net_run_verb, &net_import_verb, &net_classify_verb, NULL
};

const struct opt_command cmd_net = {
	.name = "net",
	.purpose = "list the built-in image nets, time or run one",
	.text =
	"A net is a text file, one layer a line; data/nets/README.md has the\n"
	"format.",
	.verbs = verbs,
};
