/*
 * cmd_words.c - seesay words: train a text model; its other words are handed
 * on (words_look.c).
 *
 * An option that was not given keeps the model's own default
 * (train_defaults): it stands below its bounds here, and help tells it.
 */
#include <math.h>
#include <string.h>

#include "base/file.h"
#include "base/opt.h"
#include "base/table.h"
#include "cli/cli.h"
#include "cli/corpus.h"
#include "cli/log.h"
#include "cli/words_files.h"
#include "cli/words_look.h"
#include "cli/words_score.h"
#include "format/vectors.h"
#include "text/train.h"

static const char *out, *stop = "en", *init, *tmpdir, *names, *tensor;
static int format, context = 1, measure, caption;
static int model, dim = 100, window, epochs, min_count, negatives;
static int two_tables, skipgram, min_n, max_n, buckets, chunk;
static int clean = CLEAN_UNICODE, stem, split, results = 10, json;
static float rate = INFINITY, rate_end = INFINITY, subsample = INFINITY;
static float checkpoint_every_s = 60;
static uint64_t seed = 1, memory_bytes = UINT64_C(4) << 30;

static const struct opt options[] = {
	{ "output", 'o', OPT_STRING, &out, "FILE",
	  "the words file to write (needed to train)", 0, 0 },
	{ "model", 'm', OPT_CHOICE, &model,
	  "glove|word2vec|fasttext|doc2vec|lda", "kind of model", 0, 0 },
	{ "dim", 'd', OPT_INT, &dim, "N", "numbers per word; topics of LDA",
	  1, 65536 },
	{ "window", 'w', OPT_INT, &window, "N",
	  "words to each side that count as near (glove 10, others 8)", 1,
	  63 },
	{ "epochs", 'e', OPT_INT, &epochs, "N",
	  "times all is seen (glove 30, doc2vec 50, lda 1, others 25)", 1,
	  100000 },
	{ "min-count", 0, OPT_INT, &min_count, "N",
	  "leave out words that occur less often (5; doc2vec 10)", 1, 1e9 },
	{ "rate", 'r', OPT_FLOAT, &rate, "R",
	  "learning rate (glove 0.05, others 0.025)", 1e-6, 100 },
	{ "rate-end", 0, OPT_FLOAT, &rate_end, "R",
	  "word2vec, fasttext, doc2vec: where it falls to (0.0001)", 0, 100 },
	{ "two-tables", 0, OPT_FLAG, &two_tables, NULL,
	  "glove: words and contexts apart, as Stanford's program", 0, 0 },
	{ "skipgram", 0, OPT_FLAG, &skipgram, NULL,
	  "word2vec, fasttext: a word tells its neighbours, not they it", 0,
	  0 },
	{ "negatives", 0, OPT_INT, &negatives, "N",
	  "word2vec, fasttext, doc2vec: drawn for each word (5)", 1, 1000 },
	{ "subsample", 0, OPT_FLOAT, &subsample, "T",
	  "the same: share above which words are thinned out (0.001)", 0, 1 },
	{ "min-n", 0, OPT_INT, &min_n, "N",
	  "fasttext: shortest n-gram of letters (3)", 1, 100 },
	{ "max-n", 0, OPT_INT, &max_n, "N",
	  "fasttext: longest n-gram (6)", 1, 100 },
	{ "buckets", 0, OPT_INT, &buckets, "N",
	  "fasttext: hash buckets of n-grams (2000000)", 1, 1e9 },
	{ "chunk", 0, OPT_INT, &chunk, "N",
	  "lda: documents between two updates (5000)", 1, 1e9 },
	{ "seed", 's', OPT_U64, &seed, "N", "seed of all that is drawn", 0, 0 },
	{ "init", 0, OPT_STRING, &init, "FILE",
	  "go on from the words of this file; new words are added", 0, 0 },
	{ "clean", 0, OPT_CHOICE, &clean, "unicode|seed",
	  "how captions become words; seed: as the papers did", 0, 0 },
	{ "stop", 0, OPT_STRING, &stop, "en|none|FILE",
	  "words to leave out; a file has one a line", 0, 0 },
	{ "stem", 0, OPT_FLAG, &stem, NULL,
	  "words to their stems (Porter 1980), as the papers did for lda", 0,
	  0 },
	{ "split", 0, OPT_CHOICE, &split, "train|all",
	  "posts of a dataset to learn from", 0, 0 },
	{ "memory", 0, OPT_SIZE, &memory_bytes, "SIZE",
	  "limit of memory; what does not fit goes to temporary files",
	  1 << 20, 0x1p60 },
	{ "tmpdir", 0, OPT_STRING, &tmpdir, "DIR",
	  "folder of temporary files (that of the output)", 0, 0 },
	{ "checkpoint-every", 0, OPT_FLOAT, &checkpoint_every_s, "S",
	  "seconds between checkpoints; 0: after every epoch", 0, 1e6 },
	{ "caption", 0, OPT_CHOICE, &caption, WORDS_CAPTION_CHOICES,
	  "caption: how its words make its vector (auto: tfidf, or mean of "
	  "words without counts); doc2vec and lda infer it", 0, 0 },
	{ "count", 'k', OPT_INT, &results, "N",
	  "near, analogy, topics: words to show", 1, 100000 },
	{ "format", 0, OPT_CHOICE, &format, VECTORS_FORMATS,
	  "import, export: kind of file, if its content or name is not enough",
	  0, 0 },
	{ "words", 0, OPT_STRING, &names, "LIST",
	  "import, export: the words of glove-bin, npy, safetensors, one a line",
	  0, 0 },
	{ "tensor", 0, OPT_STRING, &tensor, "NAME",
	  "import: which tensor of a .safetensors file", 0, 0 },
	{ "context", 0, OPT_FLAG, &context, NULL,
	  "import: add the context vectors of glove-bin, as its text has it",
	  0, 0 },
	{ "measure", 0, OPT_CHOICE, &measure, "add|mul",
	  "score: analogies by 3CosAdd or 3CosMul", 0, 0 },
	{ "json", 0, OPT_FLAG, &json, NULL, "answer in JSON", 0, 0 },
	OPT_END
};

/* ---- training ------------------------------------------------------------ */

static void take_int(int *to, int given, int least)
{
	if (given >= least)
		*to = given;
}

static void take_float(float *to, float given)
{
	if (isfinite(given))
		*to = given;
}

static void take_model(struct train_options *o)
{
	train_defaults(o, (enum words_model)model);
	o->dim = dim;
	take_int(&o->window, window, 1);
	take_int(&o->epochs, epochs, 1);
	take_int(&o->min_count, min_count, 1);
	take_int(&o->negatives, negatives, 1);
	take_int(&o->min_n, min_n, 1);
	take_int(&o->max_n, max_n, 1);
	take_int(&o->buckets, buckets, 1);
	take_int(&o->chunk, chunk, 1);
	take_float(&o->rate, rate);
	take_float(&o->rate_end, rate_end);
	take_float(&o->subsample, subsample);
	o->two_tables = two_tables;
	o->skipgram = skipgram;
}

static void options_take(struct train_options *o, const struct table *list)
{
	take_model(o);
	o->out = out;
	o->init = init;
	o->tmpdir = tmpdir;
	o->clean.kind = clean == CLEAN_SEED ? CLEAN_SEED : CLEAN_UNICODE;
	o->clean.stop = list;
	o->clean.stem = stem;
	/* no path of this machine in the file */
	o->stop_name = strcmp(stop, "en") == 0 || strcmp(stop, "none") == 0 ?
		       stop : "file";
	o->seed = seed;
	o->checkpoint_every_s = (double)checkpoint_every_s;
	o->memory_bytes = memory_bytes;
}

enum {
	FOR_GLOVE = 1 << WORDS_GLOVE, FOR_LDA = 1 << WORDS_LDA,
	FOR_BAGS = 1 << WORDS_WORD2VEC | 1 << WORDS_FASTTEXT,
	FOR_SGNS = FOR_BAGS | 1 << WORDS_DOC2VEC,
	FOR_FASTTEXT = 1 << WORDS_FASTTEXT,
};

/* An option that the model has no use for was meant for another one. */
static int options_check(struct error *e)
{
	const struct { const char *name; int given, models; } own[] = {
		{ "window", window >= 1, FOR_GLOVE | FOR_BAGS },
		{ "rate", isfinite(rate), FOR_GLOVE | FOR_SGNS },
		{ "rate-end", isfinite(rate_end), FOR_SGNS },
		{ "two-tables", two_tables, FOR_GLOVE },
		{ "skipgram", skipgram, FOR_BAGS },
		{ "negatives", negatives >= 1, FOR_SGNS },
		{ "subsample", isfinite(subsample), FOR_SGNS },
		{ "min-n", min_n >= 1, FOR_FASTTEXT },
		{ "max-n", max_n >= 1, FOR_FASTTEXT },
		{ "buckets", buckets >= 1, FOR_FASTTEXT },
		{ "chunk", chunk >= 1, FOR_LDA },
	};

	for (size_t i = 0; i < ARRAY_LEN(own); i++) {
		if (!own[i].given || own[i].models >> model & 1)
			continue;
		fail(e, ERROR_USAGE, "--%s is not for --model %s", own[i].name,
		     words_model_name((enum words_model)model));
		return hint(e, "'seesay help words' says which models it is "
			    "for");
	}
	return 0;
}

/* A table read as text would teach file names, too. */
static void warn_of_table(const char *path)
{
	static const char *const ends[] = { ".tsv", ".csv", ".jsonl" };
	size_t bytes = strlen(path);

	for (size_t i = 0; i < ARRAY_LEN(ends); i++)
		if (bytes > strlen(ends[i]) &&
		    strcmp(path + bytes - strlen(ends[i]), ends[i]) == 0)
			log_warn("'%s' is read as plain text, all columns; "
				 "'seesay posts' reads tables", path);
}

/* '-' may be a file that was redirected. */
static int outputs_check(const char *input, struct error *e)
{
	if (strcmp(input, "-") == 0)
		input = "/dev/stdin";
	file_not_input(out, input, e);
	if (init)
		file_not_input(out, init, e);
	if (strcmp(stop, "en") && strcmp(stop, "none"))
		file_not_input(out, stop, e);
	return e->code;
}

static int no_such_verb(const char *verb, struct error *e)
{
	static const char *const verbs[] = { "near", "analogy", "vector",
		"caption", "score", "info", "topics", "import", "export",
		NULL };
	const char *closest = opt_closest(verb, verbs);

	fail(e, ERROR_USAGE, "'%s' is no file, and nothing that 'words' can "
	     "do", verb);
	return closest ? hint(e, "did you mean '%s'?", closest) : e->code;
}

static int train(int count, char **operands, struct error *e)
{
	struct corpus corpus = {0};
	struct text_source source;
	struct train_options o;
	struct machine *machine;
	struct table *list = NULL;
	int code = ERROR_FAILED;

	if (count != 1 || !out) {
		if (count > 1 && !file_exists(operands[0]))
			return no_such_verb(operands[0], e);
		fail(e, ERROR_USAGE, "one input and -o are needed");
		return hint(e, "seesay words posts.safetensors -o "
			    "words.safetensors");
	}
	if (options_check(e) < 0 || outputs_check(operands[0], e) < 0)
		return e->code;
	warn_of_table(operands[0]);
	list = clean_stop_list(stop, e);
	if (!list || corpus_open(&corpus, operands[0], split, e) < 0 ||
	    cli_machine(&machine, e) < 0)
		goto done;
	options_take(&o, list);
	source = corpus_source(&corpus);
	code = train_words(&source, &o, machine, e);
done:
	corpus_close(&corpus);
	table_free(list);
	return e->code ? e->code : code;
}

static int run(int count, char **operands, struct error *e)
{
	const struct words_show show = { results, words_caption_chosen(caption),
					   json };
	const struct words_files files = { out, names, tensor, format, context,
					   clean };
	const char *first = count ? operands[0] : "";

	if (strcmp(first, "near") == 0)
		return words_near(count - 1, operands + 1, 0, &show, e);
	if (strcmp(first, "analogy") == 0)
		return words_near(count - 1, operands + 1, 1, &show, e);
	if (strcmp(first, "info") == 0)
		return words_info(count - 1, operands + 1, &show, e);
	if (strcmp(first, "topics") == 0)
		return words_topics(count - 1, operands + 1, &show, e);
	if (strcmp(first, "score") == 0)
		return words_score(count - 1, operands + 1, measure, json, e);
	if (strcmp(first, "import") == 0)
		return words_import(count - 1, operands + 1, &files, e);
	if (strcmp(first, "export") == 0)
		return words_export(count - 1, operands + 1, &files, e);
	if (strcmp(first, "vector") == 0)
		return words_vectors(count - 1, operands + 1, &show, e);
	if (strcmp(first, "caption") == 0)
		return words_captions_show(count - 1, operands + 1, &show, e);
	return train(count, operands, e);
}

const struct opt_command cmd_words = {
	.name = "words",
	.operands = "POSTS|TEXT -o FILE | near FILE WORD... | "
		    "analogy FILE EXPRESSION | vector FILE WORD... | "
		    "caption FILE TEXT... | score FILE SET... | info FILE | "
		    "topics FILE | import VECTORS -o FILE | "
		    "export FILE -o VECTORS",
	.purpose = "learn a text model from captions, or look at it",
	.text =
	"Learns a text model.  The input is a dataset, of which it takes\n"
	"captions and tags, or a text with one caption a line ('-': standard\n"
	"input).  The result is the same to the byte for any number of\n"
	"threads and any --memory.\n"
	"\n"
	"  glove     words that stand near the same words get near vectors\n"
	"  word2vec  the same, by guessing a word from its neighbours\n"
	"  fasttext  the same, from groups of letters too: unseen words as well\n"
	"  doc2vec   a caption's own vector, by guessing its words\n"
	"  lda       topics: a caption's shares in them, a word's in each\n"
	"\n"
	"Progress is kept in FILE.checkpoint: when the program is stopped or\n"
	"killed, run the same command again to go on.\n"
	"\n"
	"near lists the words nearest to the sum of the given ones, all of\n"
	"the same weight, analogy to an expression such as 'king-man+woman';\n"
	"both leave the given words out.  info tells what the file holds,\n"
	"vector prints words with their numbers, caption the numbers of a\n"
	"text ('-': of each line of standard input), not normalised.  score\n"
	"compares with people: lines 'word word score', or analogies of four\n"
	"words, ': section' lines between.  topics lists those of an lda\n"
	"model by their first words.\n"
	"\n"
	"import makes a words file of GloVe's, word2vec's, fastText's or\n"
	"numpy's vectors, export writes them for those programs.\n"
	"\n"
	"  seesay words posts.safetensors -o words.safetensors --stop en\n"
	"  seesay words near words.safetensors beach sunset\n"
	"  seesay words analogy words.safetensors king-man+woman\n"
	"  seesay words import glove.6B.100d.txt -o words.safetensors",
	.options = options,
	.run = run,
};
