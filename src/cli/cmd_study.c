/*
 * cmd_study.c - seesay study words: every text model on one dataset, an image
 * net learned against each, and how well the pictures are then found.
 *
 * The table has the shape of Gomez et al. (2018): P@5 over the 24 queries,
 * all / of one concept / of two, on two worlds, and with the net of one asked
 * for pictures of the other.  Each cell is made by the commands a user would
 * type; what is there already is not made again.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/file.h"
#include "cli/cli.h"
#include "cli/stage.h"
#include "study/answers.h"
#include "world/world_posts.h"

struct study_options {
	struct opt_given given;
	int posts, epochs, dim, json, restart;
	const char *net, *only;
	float rate;
	uint64_t seed;
};

static void defaults(void *options, int by)
{
	(void)by;
	*(struct study_options *)options = (struct study_options){
		.posts = 12000, .epochs = 10, .dim = 64, .net = "compact",
		.rate = 0.03f, .seed = 1,
	};
}

#define AT(field) offsetof(struct study_options, field)
static const struct opt options[] = {
	OPT("posts", 'p', OPT_INT, AT(posts), "N", "posts of a world",
	    .low = 400, .high = 1000000),
	OPT("seed", 's', OPT_U64, AT(seed), "N",
	    "seed of the first world and of all random numbers; the second "
	    "world has seed N + 1"),
	OPT("dim", 'd', OPT_INT, AT(dim), "N", "dimensions of the space",
	    .low = 8, .high = 1024),
	OPT("net", 'n', OPT_STRING, AT(net), "NAME|FILE", "image net",
	    .kind = OPT_NETS),
	OPT("epochs", 'e', OPT_INT, AT(epochs), "N",
	    "passes of the net over the posts", .low = 1, .high = 10000),
	OPT("rate", 'r', OPT_FLOAT, AT(rate), "R",
	    "learning rate of the net", .high = 100,
	    .also = "lr learning-rate"),
	OPT("only", 0, OPT_STRING, AT(only), "TEXT",
	    "only the rows with TEXT in their name", .kind = OPT_TEXTS),
	OPT("json", 0, OPT_FLAG, AT(json), NULL, "print the table as JSON "
	    "lines"),
	OPT("restart", 0, OPT_FLAG, AT(restart), NULL,
	    "train from scratch what another run left in the folder",
	    .also = "overwrite force"),
	OPT_END
};

enum { WORLDS = 2, SIDE = 72 };

/* Few documents, so LDA moves after fewer of them than it would. */
#define LDA_CHUNK "1000"
/* A net from scratch learns best with margins of 1 to 10 (docs/study.md);
 * the papers' 50 was for one that had learned to see before. */
#define TRIPLET_MARGIN "10"

/* One text model and how an image net learns from it.  The rows of the papers,
 * and between them tf-idf for GloVe as it stands: what the papers call GloVe
 * tf-idf is the paragraph transform. */
struct row {
	const char *name, *file;	/* words file without its ending */
	const char *model, *epochs;	/* of the words */
	const char *caption, *loss;	/* LDA and doc2vec have their own way
					 * with a caption */
	int topics;			/* LDA: dim is divided by this */
	const char *negatives;		/* of the triplet loss */
};
static const struct row rows[] = {
	{ "LDA, half", "lda-half", "lda", "50", "auto", "regress", 2, NULL },
	{ "LDA", "lda", "lda", "50", "auto", "regress", 1, NULL },
	{ "Word2Vec mean", "word2vec", "word2vec", "100", "mean",
	  "regress", 0, NULL },
	{ "Word2Vec tf-idf", "word2vec", "word2vec", "100", "tfidf",
	  "regress", 0, NULL },
	{ "Doc2Vec", "doc2vec", "doc2vec", "100", "auto",
	  "regress", 0, NULL },
	{ "GloVe", "glove", "glove", "200", "mean",
	  "regress", 0, NULL },
	{ "GloVe tf-idf", "glove", "glove", "200", "tfidf",
	  "regress", 0, NULL },
	{ "GloVe paragraph", "glove", "glove", "200", "paragraph",
	  "regress", 0, NULL },
	{ "FastText tf-idf", "fasttext", "fasttext", "100", "tfidf",
	  "regress", 0, NULL },
	{ "GloVe paragraph, triplet", "glove", "glove", "200", "paragraph",
	  "triplet", 0, "all" },
	{ "GloVe paragraph, soft", "glove", "glove", "200", "paragraph",
	  "triplet", 0, "soft" },
};

/* Of an index, and of a text search in the captions and of chance. */
struct study_scores {
	struct answers_score ours, words, chance;
};

/* ---- files --------------------------------------------------------------- */

struct study {
	const struct study_options *o;
	char *folder[WORLDS];
	char *posts[WORLDS];
};

static char *path_of(const struct study *s, size_t world, const char *kind,
		     const char *name, struct error *e)
{
	char file[128];

	snprintf(file, sizeof(file), "%s-%s.safetensors", kind, name);
	for (char *c = file; *c; c++)
		if (*c == ' ' || *c == ',')
			*c = '_';
	return file_join(s->folder[world], file, e);
}

static int study_open(struct study *s, const char *folder, struct error *e)
{
	struct machine *m;

	for (size_t i = 0; i < WORLDS; i++) {
		const struct world_options o = { (size_t)s->o->posts, SIDE,
						 s->o->seed + i };
		char name[16];

		snprintf(name, sizeof(name), "world-%zu", i + 1);
		s->folder[i] = file_join(folder, name, e);
		if (!s->folder[i] || file_make_folders(s->folder[i], e) < 0)
			return e->code;
		s->posts[i] = file_join(s->folder[i], "posts.safetensors", e);
		if (!s->posts[i] || cli_machine(&m, e) < 0 ||
		    world_write(s->posts[i], &o, m, e) < 0)
			return e->code;
	}
	return 0;
}

static void study_close(struct study *s)
{
	for (size_t i = 0; i < WORLDS; i++) {
		mem_free(s->folder[i]);
		mem_free(s->posts[i]);
	}
}

/* ---- one row ------------------------------------------------------------- */

static int learn_words(const struct study *s, const struct row *r,
		       size_t world, const char *words, struct error *e)
{
	char dims[16], seeds[24];
	const char *line[STAGE_WORDS] = {
		s->posts[world], "-o", words, "--model", r->model, "--dim",
		dims, "--min-count", "3", "--epochs", r->epochs, "--seed",
		seeds
	};
	size_t n = 13;

	snprintf(dims, sizeof(dims), "%d",
		 MAX(s->o->dim / MAX(r->topics, 1), 2));
	snprintf(seeds, sizeof(seeds), "%llu",
		 (unsigned long long)s->o->seed);
	if (r->topics) {
		line[n++] = "--chunk";
		line[n++] = LDA_CHUNK;
	}
	if (s->o->restart)
		line[n++] = "--restart";
	return stage(&cmd_words, line, e);
}

static int learn_pictures(const struct study *s, const struct row *r,
			  size_t world, const char *words, const char *space,
			  struct error *e)
{
	char times[16], rates[32], seeds[24];
	const char *line[STAGE_WORDS] = {
		s->posts[world], words, "-o", space, "--net", s->o->net,
		"--epochs", times, "--rate", rates, "--caption", r->caption,
		"--loss", r->loss, "--seed", seeds
	};
	size_t n = 16;

	snprintf(times, sizeof(times), "%d", s->o->epochs);
	snprintf(rates, sizeof(rates), "%.7g", (double)s->o->rate);
	snprintf(seeds, sizeof(seeds), "%llu",
		 (unsigned long long)s->o->seed);
	if (r->negatives) {
		line[n++] = "--negatives";
		line[n++] = r->negatives;
		line[n++] = "--margin";
		line[n++] = TRIPLET_MARGIN;
	}
	if (s->o->restart)
		line[n++] = "--restart";
	return stage(&cmd_learn, line, e);
}

static int make_space(const struct study *s, const struct row *r,
		      size_t world, char **space, struct error *e)
{
	char *words = path_of(s, world, "words", r->file, e);

	*space = path_of(s, world, "space", r->name, e);
	if (words && *space && learn_words(s, r, world, words, e) == 0)
		learn_pictures(s, r, world, words, *space, e);
	mem_free(words);
	return e->code;
}

/* Asks the queries of an index. */
static int count(const struct answers_files *files,
		 struct study_scores *scores, struct error *e)
{
	struct machine *machine;
	struct answers a = { 0 };

	if (cli_machine(&machine, e) < 0)
		return e->code;
	if (answers_ask(&a, files, 0, machine, e) == 0)
		*scores = (struct study_scores){
			answers_score(&a, PAGE_OURS),
			answers_score(&a, PAGE_WORDS),
			answers_score(&a, PAGE_CHANCE),
		};
	answers_free(&a);
	return e->code;
}

/* The pictures kept aside of world `asked`, found by a space. */
static int ask(const struct study *s, const char *space, size_t asked,
	       struct study_scores *scores, struct error *e)
{
	char *index = file_join(s->folder[asked], "index.safetensors", e);
	const char *const line[] = {
		space, s->posts[asked], "-o", index, "--split", "test", NULL
	};
	const struct answers_files files = { s->posts[asked], index,
					     s->o->seed + asked };

	if (index && file_exists(index))
		file_remove(index);	/* of another space */
	if (index && stage(&cmd_index, line, e) == 0)
		count(&files, scores, e);
	if (index)
		file_remove(index);
	mem_free(index);
	return e->code;
}

/* ---- the table ----------------------------------------------------------- */

enum { CELLS = WORLDS * 2 };
static const char *const cells[CELLS] = {
	"world 1", "world 2", "learned 2, asked 1", "learned 1, asked 2"
};

static void print_head(int json)
{
	if (json)
		return;
	printf("P@5: all / one concept / two concepts\n%-26s", "");
	for (int i = 0; i < CELLS; i++)
		printf("%-20s", cells[i]);
	printf("\n");
}

static void print_cell(const struct answers_score *s)
{
	printf("%.2f/%.2f/%.2f      ", s->all / 1000.0, s->simple / 1000.0,
	       s->complex / 1000.0);
}

static void print_row(const char *name, const struct answers_score *s,
		      int count, int json)
{
	if (!json)
		printf("%-26s", name);
	for (int i = 0; i < count; i++) {
		if (!json)
			print_cell(&s[i]);
		else
			printf("{\"row\":\"%s\",\"column\":\"%s\",\"all\":%.3f,"
			       "\"one\":%.3f,\"two\":%.3f}\n", name, cells[i],
			       s[i].all / 1000.0, s[i].simple / 1000.0,
			       s[i].complex / 1000.0);
	}
	if (!json)
		printf("\n");
	fflush(stdout);
}

static int row_run(const struct study *s, const struct row *r,
		   struct study_scores others[WORLDS], struct error *e)
{
	struct answers_score row[CELLS];
	struct study_scores scores;

	for (size_t learned = 0; learned < WORLDS; learned++) {
		char *space = NULL;

		if (make_space(s, r, learned, &space, e) == 0)
			for (size_t asked = 0; asked < WORLDS; asked++) {
				size_t cell = learned == asked ? asked :
					      WORLDS + asked;

				if (ask(s, space, asked, &scores, e) < 0)
					break;
				row[cell] = scores.ours;
				others[asked] = scores;
			}
		mem_free(space);
		if (e->code)
			return e->code;
	}
	print_row(r->name, row, CELLS, s->o->json);
	return 0;
}

static int is_chosen(const struct row *r, const char *only)
{
	size_t bytes = only ? strlen(only) : 0;

	for (const char *at = r->name; *at; at++)
		if (strncasecmp(at, only ? only : "", bytes) == 0)
			return 1;
	return 0;
}

static int check_rows(const char *only, struct error *e)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (is_chosen(&rows[i], only))
			return 0;
	fail(e, ERROR_USAGE, "no row has '%s' in its name", only);
	return hint(e, "rows are named after their models: LDA, Word2Vec, "
		    "Doc2Vec, GloVe, FastText, and mean, tf-idf, paragraph, "
		    "triplet");
}

static int table(const struct study *s, struct error *e)
{
	struct study_scores others[WORLDS] = { 0 };
	struct answers_score words[WORLDS], chance[WORLDS];

	print_head(s->o->json);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (is_chosen(&rows[i], s->o->only) &&
		    row_run(s, &rows[i], others, e) < 0)
			return e->code;
	for (size_t i = 0; i < WORLDS; i++) {
		words[i] = others[i].words;
		chance[i] = others[i].chance;
	}
	print_row("words in the captions", words, WORLDS, s->o->json);
	print_row("random", chance, WORLDS, s->o->json);
	return 0;
}

static int study_words(const void *values, int count, char **operands,
		       struct error *e)
{
	struct study s = { .o = values };

	if (count > 1)
		return fail(e, ERROR_USAGE, "one folder at most");
	if (check_rows(s.o->only, e) == 0 &&
	    study_open(&s, count ? operands[0] : "seesay-study", e) == 0)
		table(&s, e);
	study_close(&s);
	return e->code;
}

static const struct opt_command words = {
	.name = "words",
	.of = &cmd_study,
	.operands = "[DIR]",
	.purpose = "compare all text models by the pictures they find",
	.text =
	"Paints two small worlds of posts, trains every text model on the\n"
	"captions of each, trains an image net for each model, and runs the\n"
	"24 queries of Gomez et al. (2018) on the held-out pictures of the\n"
	"same world and of the other one.  A cell is P@5 over all queries,\n"
	"those of one concept, and those of two.\n"
	"\n"
	"The rows: LDA with half of --dim topics and with --dim; Word2Vec and\n"
	"GloVe by the mean of a caption's words and by tf-idf; Doc2Vec; GloVe\n"
	"by the paragraph transform (the papers' GloVe tf-idf), also with the\n"
	"triplet loss, with all others of a batch as negatives and with one\n"
	"(soft negatives); FastText by tf-idf; a text search in the captions\n"
	"themselves; chance.  Files go to DIR, 'seesay-study' if none is\n"
	"named.\n"
	"\n"
	"Every row trains two nets, each as long as that of 'seesay demo':\n"
	"--posts 3000 or --only GloVe takes less time.  When the program is\n"
	"stopped, run the same command again to resume.\n"
	"\n"
	"  seesay study words study/",
	.options = options,
	.size = sizeof(struct study_options),
	.defaults = defaults,
	.kind = OPT_FOLDERS,
	.run = study_words,
};

static const struct opt_command *const verbs[] = { &words, NULL };

const struct opt_command cmd_study = {
	.name = "study",
	.purpose = "compare models on painted posts",
	.verbs = verbs,
};
