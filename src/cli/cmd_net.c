/*
 * cmd_net.c - seesay net: the built-in image nets, the layers of one, its
 * speed, and its output for given inputs.
 */
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "cli/cli.h"
#include "cli/net_bench.h"
#include "format/safetensors.h"

#define WEIGHTS_FORMAT "seesay-net-1"

static int dim = 100, batch = 1, repeat = 10;
static int train, layers, as_json;
static uint64_t seed = 1, memory;
static const char *output, *weights, *input;

static const struct opt options[] = {
	{ "dim", 'd', OPT_INT, &dim, "N",
	  "size of the space, where the net says @dim", 1, 1 << 20 },
	{ "batch", 'b', OPT_INT, &batch, "N",
	  "info, bench, run: pictures at a time", 1, 4096 },
	{ "repeat", 'r', OPT_INT, &repeat, "N",
	  "bench: passes to time; the median counts", 1, 100000 },
	{ "train", 0, OPT_FLAG, &train, NULL,
	  "bench: forward, backward and a step of SGD", 0, 0 },
	{ "memory", 0, OPT_SIZE, &memory, "SIZE",
	  "info, bench --train: compute again what does not fit; 0: no limit", 0, 0 },
	{ "layers", 'l', OPT_FLAG, &layers, NULL,
	  "bench: the time of each layer, too", 0, 0 },
	{ "json", 0, OPT_FLAG, &as_json, NULL,
	  "info, bench: one JSON object", 0, 0 },
	{ "seed", 's', OPT_U64, &seed, "N", "init: seed of the weights", 0, 0 },
	{ "weights", 'w', OPT_STRING, &weights, "FILE",
	  "run: weights under the names that init gives them", 0, 0 },
	{ "input", 'i', OPT_STRING, &input, "FILE",
	  "run: tensor \"input\" [n, h, w, c] of pixels 0 to 255", 0, 0 },
	{ "output", 'o', OPT_STRING, &output, "FILE",
	  "init: the weights; run: tensor \"output\" [n, dim]", 0, 0 },
	OPT_END
};

static int print(const struct buf *b, struct error *e)
{
	if (fwrite(b->data, 1, b->bytes, stdout) != b->bytes ||
	    fflush(stdout) != 0)
		return fail_errno(e, "cannot write to standard output");
	return 0;
}

static int list(struct error *e)
{
	struct buf names = {0};
	int code = net_names(&names, e);

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

static int bench(struct net *net, const char *name, struct error *e)
{
	struct net_bench b = { name, NULL, (size_t)batch, repeat, train, layers,
			       as_json };
	struct machine *machine;
	struct buf report = {0};

	if (cli_machine(&machine, e) < 0)
		return e->code;
	b.machine = machine;
	net_limit(net, memory);
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

static int info_json(struct net *net, const char *name,
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

static int info_text(struct net *net, const char *name,
		     const struct machine *machine, struct buf *out,
		     struct error *e)
{
	(void)name;
	if (net_describe(net, out, e) < 0 ||
	    add_memory(net, machine, NET_RUN, 1, out, e) < 0)
		return e->code;
	return add_memory(net, machine, NET_TRAIN, batch, out, e);
}

static int info(struct net *net, const char *name, struct error *e)
{
	struct buf out = {0};
	struct machine *machine;

	net_limit(net, memory);
	if (cli_machine(&machine, e) == 0 &&
	    (as_json ? info_json : info_text)(net, name, machine, &out,
					      e) == 0)
		print(&out, e);
	buf_free(&out);
	return e->code;
}

static int init(struct net *net, const char *name, struct error *e)
{
	struct st_writer *w;

	if (!output)
		return fail(e, ERROR_USAGE, "net init needs -o FILE");
	if (file_not_input(output, name, e) < 0)
		return e->code;
	if (net_init(net, seed, e) < 0)
		return e->code;
	w = st_create(output, WEIGHTS_FORMAT, net_tensors(net) + 4, e);
	if (!w)
		return e->code;
	if (st_put_meta(w, "net", name, e) < 0 || net_save(net, w, "", e) < 0) {
		st_discard(w);
		return e->code;
	}
	return st_commit(w, e);
}

/* Passes the pictures through in batches; the rows go to w. */
static int run_batches(struct net *net, const struct st_tensor *x,
		       struct st_writer *w, struct error *e)
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
			struct error *e)
{
	struct net_info i = net_info(net);
	uint64_t shape[4] = { 0, i.in_h, i.in_w, i.in_c };
	const struct st_tensor *x = st_need(f, "input", ST_F32, 4, shape, e);
	struct machine *machine;
	struct st_writer *w;

	if (!x || st_numbers(f, x, NET_VALUE_MOST, e) < 0 ||
	    cli_machine(&machine, e) < 0 ||
	    net_plan(net, machine, NET_RUN, (size_t)batch, e) < 0)
		return e->code;
	w = st_create(output, "seesay-output-1", 4, e);
	if (!w)
		return e->code;
	if (st_begin(w, "output", ST_F32, e) < 0 ||
	    run_batches(net, x, w, e) < 0) {
		st_discard(w);
		return e->code;
	}
	return st_commit(w, e);
}

static int run(struct net *net, const char *name, struct error *e)
{
	struct st_file *from = NULL, *pictures = NULL;

	if (!output || !weights || !input)
		return fail(e, ERROR_USAGE, "net run needs --weights FILE, "
			    "--input FILE and -o FILE");
	if (file_not_input(output, name, e) < 0 ||
	    file_not_input(output, weights, e) < 0 ||
	    file_not_input(output, input, e) < 0)
		return e->code;
	from = st_open(weights, NULL, e);
	pictures = from ? st_open(input, NULL, e) : NULL;
	if (pictures && net_load(net, from, "", e) == 0)
		run_pictures(net, pictures, e);
	st_close(pictures);
	st_close(from);
	return e->code;
}

static const struct {
	const char *word;
	int (*run)(struct net *net, const char *name, struct error *e);
} actions[] = {
	{ "info", info }, { "bench", bench }, { "init", init }, { "run", run },
};

static int cmd_net_run(int count, char **operands, struct error *e)
{
	struct buf text = {0};
	struct net *net = NULL;
	size_t which = 0;

	if (count == 1 && strcmp(operands[0], "list") == 0)
		return list(e);
	while (count == 2 && which < ARRAY_LEN(actions) &&
	       strcmp(operands[0], actions[which].word) != 0)
		which++;
	if (count != 2 || which == ARRAY_LEN(actions)) {
		fail(e, ERROR_USAGE, "expected 'list', or 'info', 'bench', "
		     "'init' or 'run' and a net");
		return hint(e, "seesay net info compact");
	}
	if (net_text(&text, operands[1], e) == 0)
		net = net_open((struct str){ text.data, text.bytes },
			       operands[1], (size_t)dim, e);
	if (net)
		actions[which].run(net, operands[1], e);
	net_close(net);
	buf_free(&text);
	return e->code;
}

const struct opt_command cmd_net = {
	.name = "net",
	.operands = "list | info|bench|init|run NAME|FILE",
	.purpose = "show the built-in image nets, or the layers of one",
	.text =
	"A net is a text file, one layer a line; data/nets/README.md has the\n"
	"format.  'info' prints each layer's output (height x width x\n"
	"channels), trained parameters and multiply-adds per picture, and the\n"
	"memory to run one picture and for a training step of --batch.\n"
	"'bench' says how long a picture takes, 'init' writes weights drawn\n"
	"from a seed, 'run' gives the net's output for the pictures of a file.\n"
	"\n"
	"  seesay net list\n"
	"  seesay net info compact --dim 200\n"
	"  seesay net bench googlenet --batch 32 --train --layers\n"
	"  seesay net init my.net -o weights.safetensors --seed 7\n"
	"  seesay net run my.net --weights weights.safetensors \\\n"
	"      --input pictures.safetensors -o out.safetensors",
	.options = options,
	.run = cmd_net_run,
};
