/*
 * cmd_words.c - seesay words: train a text model.  Its verbs, which look at
 * one, are in words_*.c.
 */
#include <string.h>

#include "base/file.h"
#include "base/opt.h"
#include "base/string_map.h"
#include "cli/cli.h"
#include "cli/corpus.h"
#include "cli/log.h"
#include "text/models/train.h"

struct command_options {
	struct opt_given given;
	struct train_options train;
	const char *stop;
	int all_splits;
};

static void defaults(void *options, int by)
{
	struct command_options *o = options;

	train_defaults(&o->train, (enum words_model)by);
	o->stop = "en";
}

static const char *const split_names[] = { "train", "all", NULL };

#define FOR_SGNS "model=word2vec|fasttext|doc2vec"
#define AT(field) offsetof(struct command_options, field)
static const struct opt options[] = {
	OPT("output", 'o', OPT_STRING, AT(train.out), "FILE",
	    "the words file to write (needed)", .also = "out"),
	OPT("model", 'm', OPT_CHOICE, AT(train.model), NULL, "text model to "
	    "train", .choices = words_model_names),
	OPT("dim", 'd', OPT_INT, AT(train.dim), "N",
	    "dimensions of a word vector; number of lda topics", .low = 1,
	    .high = 65536, .also = "size vector-size vector_size topics"),
	OPT("window", 'w', OPT_INT, AT(train.window), "N",
	    "context window: words to each side", .low = 1, .high = 63,
	    .needs = "model=glove|word2vec|fasttext", .also = "ws window-size"),
	OPT("epochs", 'e', OPT_INT, AT(train.epochs), "N",
	    "passes over the corpus", .low = 1, .high = 100000,
	    .also = "epoch iter passes"),
	OPT("min-count", 0, OPT_INT, AT(train.min_count), "N",
	    "leave out words with fewer occurrences", .low = 1, .high = 1e9,
	    .also = "minCount min_count vocab-min-count"),
	OPT("rate", 'r', OPT_FLOAT, AT(train.rate), "R", "learning rate",
	    .low = 1e-6, .high = 100,
	    .needs = "model=glove|word2vec|fasttext|doc2vec",
	    .also = "lr alpha eta learning-rate"),
	OPT("rate-end", 0, OPT_FLOAT, AT(train.rate_end), "R",
	    "learning rate at the end", .high = 100,
	    .needs = FOR_SGNS, .also = "min-alpha min_alpha"),
	OPT("two-tables", 0, OPT_FLAG, AT(train.two_tables), NULL,
	    "separate word and context vectors, as Stanford's GloVe",
	    .needs = "model=glove"),
	OPT("skipgram", 0, OPT_FLAG, AT(train.skipgram), NULL,
	    "skip-gram instead of CBOW", .needs = "model=word2vec|fasttext",
	    .also = "sg skip-gram"),
	OPT("negatives", 0, OPT_INT, AT(train.negatives), "N",
	    "negative samples per word", .low = 1, .high = 1000,
	    .needs = FOR_SGNS, .also = "neg negative ns"),
	OPT("subsample", 0, OPT_FLOAT, AT(train.subsample), "T",
	    "subsample words with a greater share of the corpus; 0: none",
	    .high = 1, .needs = FOR_SGNS, .also = "sample"),
	OPT("min-n", 0, OPT_INT, AT(train.min_n), "N",
	    "shortest character n-gram", .low = 1, .high = 100,
	    .needs = "model=fasttext", .also = "minn min_n"),
	OPT("max-n", 0, OPT_INT, AT(train.max_n), "N", "longest character "
	    "n-gram", .low = 1, .high = 100, .needs = "model=fasttext",
	    .also = "maxn max_n"),
	OPT("buckets", 0, OPT_INT, AT(train.buckets), "N",
	    "hash buckets of n-grams", .low = 1, .high = 1e9,
	    .needs = "model=fasttext", .also = "bucket"),
	OPT("chunk", 0, OPT_INT, AT(train.chunk), "N",
	    "documents per update", .low = 1, .high = 1e9, .needs = "model=lda",
	    .also = "chunksize batch"),
	OPT("seed", 's', OPT_U64, AT(train.seed), "N",
	    "seed of all random numbers"),
	OPT("init", 0, OPT_STRING, AT(train.init), "FILE",
	    "initial vectors: those of this words file; new words are added",
	    .needs = "model=glove|word2vec|fasttext",
	    .also = "pretrained pretrainedVectors"),
	OPT("clean", 0, OPT_CHOICE, AT(train.clean.kind), NULL,
	    "how captions become words; seed: as in the papers",
	    .choices = clean_kind_names),
	OPT("stop", 0, OPT_STRING, AT(stop), "en|none|FILE",
	    "stop words to leave out; a file has one a line"),
	OPT("stem", 0, OPT_FLAG, AT(train.clean.stem), NULL,
	    "stem words (Porter 1980), as in the papers for lda"),
	OPT("split", 0, OPT_CHOICE, AT(all_splits), NULL,
	    "posts of a dataset to train on", .choices = split_names),
	OPT("memory", 0, OPT_SIZE, AT(train.memory_bytes), "SIZE",
	    "memory limit; what does not fit goes to temporary files",
	    .low = 1 << 20, .high = 0x1p60),
	OPT("tmpdir", 0, OPT_STRING, AT(train.tmpdir), "DIR",
	    "folder of temporary files (that of the output)",
	    .kind = OPT_FOLDERS),
	OPT("checkpoint-every", 0, OPT_DOUBLE, AT(train.checkpoint_every_s),
	    "S", "seconds between checkpoints; 0: after every epoch",
	    .high = 1e6),
	OPT("restart", 0, OPT_FLAG, AT(train.restart), NULL,
	    "train from scratch: delete a checkpoint, replace a finished file",
	    .also = "overwrite force"),
	OPT_END
};

/* ---- training ------------------------------------------------------------ */

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

static int is_own_list(const char *stop)
{
	return strcmp(stop, "en") == 0 || strcmp(stop, "none") == 0;
}

/* '-' may be a file that was redirected. */
static int outputs_check(const struct command_options *o, const char *input,
			 struct error *e)
{
	if (strcmp(input, "-") == 0)
		input = "/dev/stdin";
	file_not_input(o->train.out, input, e);
	if (o->train.init)
		file_not_input(o->train.out, o->train.init, e);
	if (!is_own_list(o->stop))
		file_not_input(o->train.out, o->stop, e);
	return e->code;
}

static int fail_operands(int count, char **operands, struct error *e)
{
	const char *names[16] = { NULL }, *closest;

	if (count < 2 || file_exists(operands[0])) {
		fail(e, ERROR_USAGE, "one input and -o are needed");
		return hint(e, "seesay words posts.safetensors -o "
			    "words.safetensors");
	}
	for (size_t i = 0; cmd_words.verbs[i]; i++)
		names[i] = cmd_words.verbs[i]->name;
	closest = opt_closest(operands[0], names);
	fail(e, ERROR_USAGE, "'%s' is neither a file nor a command of 'words'",
	     operands[0]);
	return closest ? hint(e, "did you mean '%s'?", closest) : e->code;
}

static int run(const void *given, int count, char **operands,
	       struct error *e)
{
	const struct command_options *o = given;
	struct train_options train = o->train;
	struct corpus corpus = {0};
	struct text_source source;
	struct machine *machine;
	struct string_map *list = NULL;
	int code = ERROR_FAILED;

	if (count != 1 || !train.out)
		return fail_operands(count, operands, e);
	if (outputs_check(o, operands[0], e) < 0)
		return e->code;
	warn_of_table(operands[0]);
	list = clean_stop_list(o->stop, e);
	if (!list || corpus_open(&corpus, operands[0], o->all_splits, e) < 0 ||
	    cli_machine(&machine, e) < 0)
		goto done;
	if (!corpus.has_dataset && opt_typed(options, o, "split")) {
		fail(e, ERROR_USAGE, "--split is for a dataset, and '%s' is "
		     "a text", operands[0]);
		goto done;
	}
	train.clean.stop = list;
	/* no path of this machine in the file */
	train.stop_name = is_own_list(o->stop) ? o->stop : "file";
	source = corpus_source(&corpus);
	code = train_words(&source, &train, machine, e);
done:
	corpus_close(&corpus);
	string_map_free(list);
	return e->code ? e->code : code;
}

static const struct opt_command *const verbs[] = {
#define COMMAND(x)
#define VERB_OF_WORDS(x) &cmd_words_##x,
#include "cli/commands.h"
#undef COMMAND
#undef VERB_OF_WORDS
	NULL
};

const struct opt_command cmd_words = {
	.name = "words",
	.operands = "POSTS|TEXT -o FILE",
	.purpose = "train a text model on captions, or inspect one",
	.text =
	"Trains a text model on the captions and tags of a dataset (POSTS),\n"
	"or on a text with one caption a line (TEXT; '-': standard input).\n"
	"The result is the same to the byte for any number of threads and any\n"
	"--memory.\n"
	"\n"
	"  glove     word vectors from counts of words that occur together\n"
	"  word2vec  word vectors that predict a word from its neighbours\n"
	"  fasttext  as word2vec, from n-grams of letters: also unseen words\n"
	"  doc2vec   a vector for each caption that predicts its words\n"
	"  lda       topics: each caption is a mixture of them\n"
	"\n"
	"Progress is saved in FILE.checkpoint.  When the program is stopped or\n"
	"killed, run the same command again to resume.  A checkpoint of other\n"
	"options is not overwritten: the program lists the options that\n"
	"differ and exits, unless --restart is given.\n"
	"\n"
	"  seesay words posts.safetensors -o words.safetensors --stop en",
	.options = options,
	.size = sizeof(struct command_options),
	.defaults = defaults,
	.vary = "model",
	.verbs = verbs,
	.run = run,
};
