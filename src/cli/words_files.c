/*
 * words_files.c - word vectors from and to the files of other programs.
 */
#include <stdlib.h>

#include "base/file.h"
#include "cli/cli.h"
#include "cli/log.h"
#include "cli/words_look.h"
#include "text/words/words_export.h"
#include "text/words/words_import.h"

struct files_options {
	struct opt_given given;
	const char *out, *list, *tensor;
	int format;			/* enum vectors_format */
	int context;			/* add GloVe's context rows */
	int clean;			/* enum clean_kind */
};

static void defaults(void *options, int by)
{
	(void)by;
	*(struct files_options *)options = (struct files_options){
		.context = 1,
	};
}

#define AT(field) offsetof(struct files_options, field)
#define OPT_OUT(what) OPT("output", 'o', OPT_STRING, AT(out), "FILE", what, \
	.also = "out")
#define OPT_FORMAT OPT("format", 0, OPT_CHOICE, AT(format), NULL, \
	"file format, if content and name do not show it", \
	.choices = vectors_format_names)
#define OPT_LIST OPT("words", 0, OPT_STRING, AT(list), "LIST", \
	"file with the words of glove-bin, npy or safetensors, one a line", \
	.needs = "format=auto|glove-bin|npy|safetensors", .also = "vocab")
#define VERB .of = &cmd_words, .size = sizeof(struct files_options), \
	.defaults = defaults

/* ---- import -------------------------------------------------------------- */

static void import_say(const struct words_import_report *r, const char *out)
{
	struct buf first = {0};
	struct error e = {0};

	if (r->repeated && str_put_safe(&first, str_of(r->first), &e) == 0)
		log_warn("left out %zu rows whose word occurred before, first "
			 "'%s'", r->repeated, first.data);
	buf_free(&first);
	if (r->zero)
		log_warn("left out %zu words whose vector is zero", r->zero);
	if (r->not_utf8)
		log_warn("kept %zu words that are not UTF-8", r->not_utf8);
	log_note("import: %zu words, %zu dimensions (%s) -> %s", r->count,
		 r->dim, vectors_format_name(r->format), out);
	if (r->buckets)
		log_note("import: %lu n-gram vectors: unseen words get vectors "
			 "too", (unsigned long)r->buckets);
}

static int import_run(const void *given, int count, char **operands,
		      struct error *e)
{
	const struct files_options *o = given;
	struct words_import_options options = { .out = o->out };
	struct words_import_report report;
	const char *input;

	if (count != 1 || !o->out) {
		fail(e, ERROR_USAGE, "one file of word vectors and -o are "
		     "needed");
		return hint(e, "seesay words import glove.txt -o words.st");
	}
	input = strcmp(operands[0], "-") ? operands[0] : "/dev/stdin";
	if (file_not_input(o->out, input, e) < 0 ||
	    file_not_input(o->out, o->list, e) < 0)
		return e->code;
	options.source = (struct vectors_source){
		.path = operands[0], .words = o->list, .tensor = o->tensor,
		.format = (enum vectors_format)o->format,
		.without_context = !o->context,
	};
	options.clean = o->clean == CLEAN_SEED ? CLEAN_SEED : CLEAN_UNICODE;
	if (words_import_file(&options, &report, e) < 0)
		return e->code;
	import_say(&report, o->out);
	return 0;
}

static const struct opt words_import_options[] = {
	OPT_OUT("the words file to write (needed)"),
	OPT_FORMAT, OPT_LIST,
	OPT("tensor", 0, OPT_STRING, AT(tensor), "NAME",
	    "tensor of a .safetensors file to read",
	    .needs = "format=auto|safetensors", .kind = OPT_TEXTS),
	OPT("context", 0, OPT_FLAG, AT(context), NULL,
	    "add the context vectors of glove-bin, as GloVe's text format does",
	    .needs = "format=auto|glove-bin"),
	OPT("clean", 0, OPT_CHOICE, AT(clean), NULL,
	    "how captions become words; seed: as in the papers",
	    .choices = clean_kind_names),
	OPT_END
};

const struct opt_command cmd_words_import = {
	.name = "import", VERB,
	.operands = "VECTORS -o FILE",
	.purpose = "convert another program's vectors to a words file",
	.text =
	"Reads the vectors of GloVe, word2vec, fastText and numpy, and\n"
	"safetensors files.\n"
	"\n"
	"  seesay words import glove.6B.100d.txt -o words.safetensors",
	.options = words_import_options,
	.run = import_run,
};

/* ---- export -------------------------------------------------------------- */

/* The format that the end of a name stands for. */
static enum vectors_format format_of(const char *path)
{
	static const struct {
		const char *end;
		enum vectors_format format;
	} known[] = {
		{ ".txt", VECTORS_GLOVE }, { ".vec", VECTORS_FASTTEXT_VEC },
		{ ".bin", VECTORS_WORD2VEC_BIN }, { ".npy", VECTORS_NPY },
	};
	const char *dot = strrchr(path, '.');

	for (size_t i = 0; dot && i < ARRAY_LEN(known); i++)
		if (strcmp(dot, known[i].end) == 0)
			return known[i].format;
	return VECTORS_AUTO;
}

static int export_format(const struct files_options *o,
			 enum vectors_format *format, struct error *e)
{
	*format = o->format ? (enum vectors_format)o->format :
		  format_of(o->out);
	if (o->list && *format && *format != VECTORS_GLOVE_BIN &&
	    *format != VECTORS_NPY)
		return fail(e, ERROR_USAGE, "--words is not for --format %s, "
			    "which has the words itself",
			    vectors_format_name(*format));
	if (*format && *format != VECTORS_SAFETENSORS)
		return 0;
	if (!*format)
		fail(e, ERROR_USAGE, "the name '%s' does not give the format",
		     o->out);
	else
		fail(e, ERROR_USAGE, "%s files are read, not written",
		     vectors_format_name(*format));
	return hint(e, "--format glove, word2vec, word2vec-bin, fasttext-vec, "
		    "glove-bin, fasttext-bin or npy");
}

static int number_of(const struct words_view *v, const char *key, int other)
{
	const char *text = st_meta(v->file, key);

	return text ? atoi(text) : other;
}

/* How the model was trained, where its file tells; else fastText's own. */
static struct fasttext_options trained(const struct words_view *v)
{
	const char *method = st_meta(v->file, "method");
	const char *threshold = st_meta(v->file, "subsample");

	return (struct fasttext_options){
		.skipgram = !method || strcmp(method, "cbow") != 0,
		.window = number_of(v, "window", 5),
		.epochs = number_of(v, "epochs", 5),
		.min_count = number_of(v, "min_count", 5),
		.negatives = number_of(v, "negatives", 5),
		.threshold = threshold ? strtod(threshold, NULL) : 1e-4,
	};
}

static const float *outputs(const struct words_view *v)
{
	const struct st_tensor *t = st_find(v->file, "outputs");

	return t && t->type == ST_F32 && t->rank == 2 &&
	       t->shape[0] == v->words.count && t->shape[1] == v->words.dim ?
	       t->data : NULL;
}

static void export_say(const struct words *w,
		       const struct words_export_options *o)
{
	int listed = o->format == VECTORS_GLOVE_BIN ||
		     o->format == VECTORS_NPY;

	log_note("export: %zu words (%s) -> %s%s%s", w->count,
		 vectors_format_name(o->format), o->out, listed ? ", " : "",
		 listed ? o->list : "");
	if (w->subword_count && o->format != VECTORS_FASTTEXT_BIN)
		log_note("export: without the n-grams, which --format "
			 "fasttext-bin has");
}

static int export_run(const void *given, int count, char **operands,
		      struct error *e)
{
	const struct files_options *o = given;
	struct words_export_options out = { .out = o->out, .list = o->list };
	struct words_view v;

	if (count != 1 || !o->out) {
		fail(e, ERROR_USAGE, "one words file and -o are needed");
		return hint(e, "seesay words export words.st -o words.txt");
	}
	if (export_format(o, &out.format, e) < 0 ||
	    file_not_input(o->out, operands[0], e) < 0 ||
	    file_not_input(o->list, operands[0], e) < 0 ||
	    file_not_output(o->out, o->list, e) < 0 ||
	    words_view_open(&v, operands[0], e) < 0)
		return e->code;
	out.fasttext = trained(&v);
	out.outputs = outputs(&v);
	if (words_export_file(&v.words, &out, e) == 0)
		export_say(&v.words, &out);
	words_view_close(&v);
	return e->code;
}

static const struct opt words_export_options[] = {
	OPT_OUT("the vectors to write (needed)"),
	OPT_FORMAT, OPT_LIST, OPT_END
};

const struct opt_command cmd_words_export = {
	.name = "export", VERB,
	.operands = "FILE -o VECTORS",
	.purpose = "convert a words file for other programs",
	.text =
	"  seesay words export words.safetensors -o words.txt",
	.options = words_export_options,
	.run = export_run,
};
