/*
 * net_classify.c - seesay net classify: the likeliest classes of pictures,
 * which shows at a glance whether an import is right.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/input.h"
#include "base/plain.h"
#include "cli/net_verbs.h"
#include "image/image.h"
#include "image/picture.h"
#include "nn/net.h"

enum { CLASSES_BYTES = 1 << 24 };

struct classify_options {
	struct opt_given given;
	const char *classes;
	int k;
};

static void defaults(void *options, int by)
{
	(void)by;
	*(struct classify_options *)options = (struct classify_options){
		.k = 5
	};
}

#define AT(field) offsetof(struct classify_options, field)
static const struct opt options[] = {
	OPT("classes", 'c', OPT_STRING, AT(classes), "FILE",
	    "names of the classes, one a line"),
	OPT("top", 'k', OPT_INT, AT(k), "N", "classes to show for a picture",
	    .low = 1, .high = 1000, .also = "count"),
	OPT_END
};

struct classify {
	struct decoder *decoder;
	struct machine *machine;
	struct st_file *file;
	struct net *net;
	struct net_info info;
	struct plain names;
	float *share;			/* [out_dim] */
	size_t k;
};

/* ---- a picture ----------------------------------------------------------- */

/* Keeps the middle: 7/8 of the shorter side, as a square. */
static void picture_crop(struct image *i)
{
	size_t side = MAX(MIN(i->width, i->height) * 7 / 8, (size_t)1);
	size_t x = (i->width - side) / 2, y = (i->height - side) / 2;

	for (size_t row = 0; row < side; row++)
		memmove(i->rgb + row * side * 3,
			i->rgb + ((y + row) * i->width + x) * 3, side * 3);
	i->width = i->height = side;
}

static void picture_put(const struct classify *c, const struct image *i)
{
	float *to = net_input(c->net);

	for (size_t j = 0; j < i->width * i->height * 3; j++)
		to[j] = (float)i->rgb[j];
}

static int picture_see(struct classify *c, const char *path, struct error *e)
{
	struct image image = {0}, fitted = {0};
	struct buf bytes = {0};
	struct error bad = {0};
	const char *fit = st_meta(c->file, "fit");

	if (input_read(&bytes, path, "", PICTURE_MAX_BYTES, NULL, &bad) < 0 ||
	    decoder_decode_to(c->decoder, 0, &image, bytes.data, bytes.bytes,
			      MAX(c->info.in_w, c->info.in_h), &bad) < 0) {
		fail(e, (enum error_code)bad.code, "'%s': %s", path, bad.text);
	} else {
		if (!fit || strcmp(fit, "squash") != 0)
			picture_crop(&image);
		if (image_resize(&fitted, &image, c->info.in_w, c->info.in_h,
				 c->machine->kernels, e) == 0)
			picture_put(c, &fitted);
	}
	image_free(&fitted);
	image_free(&image);
	buf_free(&bytes);
	return e->code;
}

/* ---- answers ------------------------------------------------------------- */

/* Line `i`, from 0; 0 bytes if there is none. */
static struct str class_name(const struct classify *c, size_t i)
{
	struct str text = c->names.text, line = { "", 0 };

	for (size_t at = 0; at <= i && text.bytes; at++) {
		const char *end = memchr(text.data, '\n', text.bytes);
		size_t bytes = end ? (size_t)(end - text.data) : text.bytes;

		line = (struct str){ text.data, at == i ? bytes : 0 };
		bytes += end != NULL;
		text = (struct str){ text.data + bytes, text.bytes - bytes };
	}
	return str_trim(line);
}

static int answer_put(struct classify *c, const char *path, struct buf *out,
		      struct error *e)
{
	size_t n = c->info.out_dim;

	c->machine->kernels->softmax(c->share, net_forward(c->net, 1, 0, 0), n);
	if (str_put_safe(out, str_of(path), e) < 0 ||
	    buf_addf(out, e, "\n") < 0)
		return e->code;
	for (size_t k = 0; k < MIN(c->k, n); k++) {
		size_t best = 0;

		for (size_t i = 1; i < n; i++)
			if (c->share[i] > c->share[best])
				best = i;
		if (buf_addf(out, e, "  %.4f  %zu  ", (double)c->share[best],
			     best) < 0 ||
		    str_put_safe(out, class_name(c, best), e) < 0 ||
		    buf_addf(out, e, "\n") < 0)
			return e->code;
		c->share[best] = -1;
	}
	return 0;
}

static int pictures(struct classify *c, int count, char **paths,
		    struct error *e)
{
	struct buf out = {0};

	for (int i = 0; i < count && !e->code; i++) {
		buf_clear(&out);
		if (cli_stop_requested())
			fail(e, ERROR_FAILED, "stopped");
		else if (picture_see(c, paths[i], e) == 0 &&
			 answer_put(c, paths[i], &out, e) == 0 &&
			 (fwrite(out.data, 1, out.bytes, stdout) != out.bytes ||
			  fflush(stdout) != 0))
			fail_errno(e, "cannot write to standard output");
	}
	buf_free(&out);
	return e->code;
}

/* ---- files --------------------------------------------------------------- */

static int names_open(struct classify *c, const char *path, struct error *e)
{
	if (!path)
		return 0;
	if (plain_open(&c->names, path, CLASSES_BYTES, e) < 0)
		return e->code;
	if (class_name(c, c->info.out_dim - 1).bytes &&
	    !class_name(c, c->info.out_dim).bytes)
		return 0;
	return fail(e, ERROR_DATA, "'%s' does not have %zu lines, one for each "
		    "class of the net", path, c->info.out_dim);
}

static int net_read(struct classify *c, const char *path, struct error *e)
{
	const char *text, *dim;

	c->file = st_open(path, NET_WEIGHTS_FORMAT, e);
	if (!c->file)
		return e->code;
	text = st_meta(c->file, "net");
	dim = st_meta(c->file, "dim");
	if (!text || !dim) {
		fail(e, ERROR_DATA, "'%s' does not hold a net's text", path);
		return hint(e, "'seesay net import' writes such files");
	}
	c->net = net_open(str_of(text), path,
			  (size_t)strtoul(dim, NULL, 10), e);
	if (!c->net || net_match(c->net, c->file, "", e) < 0 ||
	    net_load(c->net, c->file, "", e) < 0)
		return e->code;
	c->info = net_info(c->net);
	if (c->info.in_c != 3)
		return fail(e, ERROR_DATA, "'%s' does not see RGB pictures",
			    path);
	c->share = mem_new(c->info.out_dim, sizeof(*c->share), e);
	if (!c->share || cli_machine(&c->machine, e) < 0)
		return e->code;
	return net_plan(c->net, c->machine, NET_RUN, 1, e);
}

static int run(const void *values, int count, char **operands, struct error *e)
{
	const struct classify_options *o = values;
	struct classify c = { .k = (size_t)o->k };

	if (count < 2) {
		fail(e, ERROR_USAGE, "a net and pictures are needed");
		return hint(e, "seesay net classify mobilenet2.st a.jpg "
			    "--classes names.txt");
	}
	c.decoder = decoder_open(1, e);
	if (c.decoder && net_read(&c, operands[0], e) == 0 &&
	    names_open(&c, o->classes, e) == 0)
		pictures(&c, count - 1, operands + 1, e);
	plain_close(&c.names);
	mem_free(c.share);
	net_close(c.net);
	st_close(c.file);
	decoder_close(c.decoder);
	return e->code;
}

const struct opt_command net_classify_verb = {
	.name = "classify", .of = &cmd_net,
	.operands = "FILE PICTURE...",
	.purpose = "print the likeliest classes of pictures",
	.text =
	"FILE is what net import wrote.  Shows share (softmax), number and\n"
	"name of each class, the likeliest first.\n"
	"\n"
	"  seesay net classify mobilenet2.st dog.jpg --classes names.txt",
	.options = options,
	.size = sizeof(struct classify_options),
	.defaults = defaults,
	.run = run,
};
