/*
 * net_weights.c - seesay net import: weights of other programs become a file
 * that holds a net's text, its weights, and where they are from.
 */
#include <stdio.h>

#include "base/file.h"
#include "cli/net_verbs.h"
#include "nn/net_import.h"

struct weights_options {
	struct opt_given given;
	int dim, features, padding, order, fit;
	const char *output, *licence, *source, *mean, *scale;
};

static const char *const paddings[] = { "auto", "text", "same", NULL };
static const char *const orders[] = { "auto", "rgb", "bgr", NULL };
static const char *const fits[] = { "crop", "squash", NULL };

static void defaults(void *options, int by)
{
	(void)by;
	*(struct weights_options *)options = (struct weights_options){
		.dim = 1000
	};
}

#define AT(field) offsetof(struct weights_options, field)
static const struct opt options[] = {
	OPT("output", 'o', OPT_STRING, AT(output), "FILE",
	    "the net with its weights (needed)", .also = "out"),
	OPT("dim", 'd', OPT_INT, AT(dim), "N",
	    "number of classes, where the net says @dim", .low = 1,
	    .high = 1 << 20, .also = "classes"),
	OPT("features", 0, OPT_FLAG, AT(features), NULL,
	    "leave the last layer out: the net gives features, not classes"),
	OPT("order", 0, OPT_CHOICE, AT(order), NULL,
	    "channels that the weights expect; auto: as the file, else the net",
	    .choices = orders),
	OPT("mean", 0, OPT_STRING, AT(mean), "M[,M,M]|FILE",
	    "subtracted from pixels 0 to 255, in that order; of a .binaryproto "
	    "the mean of each channel"),
	OPT("scale", 0, OPT_STRING, AT(scale), "S[,S,S]",
	    "then multiplied by"),
	OPT("padding", 0, OPT_CHOICE, AT(padding), NULL,
	    "of convolutions: TensorFlow's SAME, or as the net's text",
	    .choices = paddings),
	OPT("fit", 0, OPT_CHOICE, AT(fit), NULL,
	    "how classify brings a picture to the net's size",
	    .choices = fits),
	OPT("licence", 0, OPT_STRING, AT(licence), "TEXT",
	    "of the weights, if the file does not say", .also = "license"),
	OPT("source", 0, OPT_STRING, AT(source), "TEXT",
	    "where the weights are from, carried along"),
	OPT_END
};

static int read_back(struct st_file *f, void *net, struct error *e)
{
	return net_match(net, f, "", e) < 0 ? e->code :
	       net_load(net, f, "", e);
}

static int weights_write(struct net *net, const struct buf *text,
			 const struct import_source *s,
			 const struct weights_options *o, struct error *e)
{
	const char *licence = o->licence ? o->licence : s->facts.licence;
	const char *source = o->source ? o->source : s->facts.source;
	struct st_writer *w = st_create(o->output, NET_WEIGHTS_FORMAT, e);
	char dim[24];

	if (!w)
		return e->code;
	snprintf(dim, sizeof(dim), "%d", o->dim);
	if (st_put_meta(w, "net", text->data, e) < 0 ||
	    st_put_meta(w, "dim", dim, e) < 0 ||
	    st_put_meta(w, "fit", fits[o->fit], e) < 0 ||
	    (licence && st_put_meta(w, "licence", licence, e) < 0) ||
	    (source && st_put_meta(w, "source", source, e) < 0) ||
	    net_save(net, w, "", e) < 0) {
		st_discard(w);
		return e->code;
	}
	return st_commit_read(w, read_back, net, e);
}

/* --mean gives numbers, or names a mean picture of Caffe. */
static int mean_is_file(const char *mean)
{
	return mean && mean[strspn(mean, "0123456789.,+-eE")] != 0;
}

static int import_into(const struct import_source *s, const char *name,
		       const struct weights_options *o, struct error *e)
{
	const struct import_options how = {
		.facts = { .mean = o->mean,
			   .scale = o->scale,
			   .order = o->order ? orders[o->order] : NULL,
			   .padding =
				   o->padding ? paddings[o->padding] : NULL },
		.features = o->features,
		.dim = (size_t)o->dim,
	};
	struct buf text = {0}, out = {0}, report = {0};
	struct net *net = NULL;

	if (net_text(&text, name, e) == 0)
		net = net_import(s, (struct str){ text.data, text.bytes }, name,
				 &how, &out, &report, e);
	if (net && weights_write(net, &out, s, o, e) == 0 &&
	    (fwrite(report.data, 1, report.bytes, stdout) != report.bytes ||
	     fflush(stdout) != 0))
		fail_errno(e, "cannot write to standard output");
	net_close(net);
	buf_free(&text);
	buf_free(&out);
	buf_free(&report);
	return e->code;
}

static int run(const void *values, int count, char **operands, struct error *e)
{
	const struct weights_options *o = values;
	struct weights_options with = *o;
	struct import_source s = {0};
	struct buf mean = {0};

	if (count != 2 || !o->output) {
		fail(e, ERROR_USAGE, "a net, a file of weights and -o are "
		     "needed");
		return hint(e, "seesay net import mobilenet2 "
			    "mobilenet_v2.safetensors -o mobilenet2.st");
	}
	if (file_not_input(o->output, operands[0], e) < 0 ||
	    file_not_input(o->output, operands[1], e) < 0)
		return e->code;
	if (mean_is_file(o->mean) && import_mean(&mean, o->mean, e) == 0)
		with.mean = mean.data;
	if (!e->code && import_open(&s, operands[1], e) == 0)
		import_into(&s, operands[0], &with, e);
	import_source_free(&s);
	buf_free(&mean);
	return e->code;
}

const struct opt_command net_import_verb = {
	.name = "import", .of = &cmd_net,
	.operands = "NAME|FILE WEIGHTS -o FILE",
	.purpose = "take over weights of other programs",
	.text =
	"Reads .safetensors with the names of torchvision, timm or Hugging\n"
	"Face, .pth of PyTorch (nothing in it is run), .caffemodel and .onnx,\n"
	"as F64, F32, F16 or BF16.  Pairs the tensors with the net's by shape,\n"
	"name and order, or as weights= of the net's text says, and prints the\n"
	"pairs and what is left over.  A net of which anything has no partner\n"
	"is refused.\n"
	"\n"
	"  seesay net import mobilenet2 mobilenet_v2.safetensors \\\n"
	"      -o mobilenet2.st",
	.options = options,
	.size = sizeof(struct weights_options),
	.defaults = defaults,
	.kind = OPT_NETS,
	.run = run,
};
