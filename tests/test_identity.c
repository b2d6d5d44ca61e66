/*
 * test_identity.c - each option of each text model that decides the result,
 * changed alone, makes another run: a stopped run's checkpoint is refused by
 * the option's name and stays as it is.
 */
#include "test.h"

#include <stddef.h>

#include "base/base.h"
#include "training.h"

struct option {
	size_t at, bytes;		/* in struct train_options */
	union { int i; float f; uint64_t u; } value;
	const char *says;
};
#define OPTION(field, member, v, says) \
	{ offsetof(struct train_options, field), \
	  sizeof(((struct train_options *)0)->field), { .member = (v) }, says }

static const struct option all[] = {
	OPTION(dim, i, 77, "--dim 20 there, 77 here"),
	OPTION(min_count, i, 2, "--min-count "),
	OPTION(seed, u, 99, "--seed 1 there, 99 here"),
	OPTION(clean.kind, i, CLEAN_SEED, "--clean unicode there, seed here"),
	OPTION(clean.stem, i, 1, "--stem no there, yes here"),
};

static const struct option sgns[] = {
	OPTION(rate, f, 0.01f, "--rate 0.025 there, 0.01 here"),
	OPTION(epochs, i, 7, "--epochs 3 there, 7 here"),
	OPTION(negatives, i, 9, "--negatives 5 there, 9 here"),
	OPTION(rate_end, f, 0.001f, "--rate-end 0.0001 there, 0.001 here"),
	OPTION(subsample, f, 0.1f, "--subsample 0.001 there, 0.1 here"),
};

static const struct option windows[] = {
	OPTION(window, i, 3, "--window 8 there, 3 here"),
	OPTION(skipgram, i, 1, "--skipgram no there, yes here"),
};

static const struct option subwords[] = {
	OPTION(min_n, i, 4, "--min-n 3 there, 4 here"),
	OPTION(max_n, i, 5, "--max-n 6 there, 5 here"),
	OPTION(buckets, i, 99, "--buckets 500 there, 99 here"),
};

static const struct option glove[] = {
	OPTION(rate, f, 0.01f, "--rate 0.05 there, 0.01 here"),
	OPTION(window, i, 3, "--window 10 there, 3 here"),
	OPTION(two_tables, i, 1, "--two-tables no there, yes here"),
	OPTION(x_max, f, 10, "x-max 100 there, 10 here"),
	OPTION(alpha, f, 0.5f, "alpha 0.75 there, 0.5 here"),
	OPTION(clip, f, 3, "clip 10 there, 3 here"),
};

static const struct option lda[] = {
	OPTION(chunk, i, 40, "--chunk 100 there, 40 here"),
	OPTION(decay, f, 0.9f, "decay 0.5 there, 0.9 here"),
	OPTION(offset, f, 7, "offset 1 there, 7 here"),
	OPTION(prior, f, 0.25f, "prior 0 there, 0.25 here"),
	OPTION(inner, i, 11, "inner 50 there, 11 here"),
};

static void refuses(const struct train_options *o, const struct option *list,
		    size_t count)
{
	uint64_t kept = file_sum(path_of("other.checkpoint"));
	struct error e = {0};

	for (size_t i = 0; i < count; i++) {
		struct train_options changed = *o;

		memcpy((char *)&changed + list[i].at, &list[i].value,
		       list[i].bytes);
		CHECK(train_on(&corpus, changed, path_of("other"), NULL, 1,
			       &e) == ERROR_USAGE);
		if (!CHECK(strstr(e.text, "is of another run: ") &&
			   strstr(e.text, list[i].says)))
			fprintf(stderr, "%s, not: %s\n", e.text, list[i].says);
		error_clear(&e);
		CHECK(file_sum(path_of("other.checkpoint")) == kept);
	}
	CHECK(!file_exists(path_of("other")));
}

static struct train_options stopped(enum words_model model)
{
	struct train_options o;

	train_defaults(&o, model);
	o.dim = 20;
	o.epochs = 3;
	o.buckets = 500;
	o.chunk = 100;
	unlink(path_of("other.checkpoint"));
	CHECK(train_stopped(&o, path_of("other")) == 75);
	refuses(&o, all, ARRAY_LEN(all));
	return o;
}

/* Of another text, or of another model, it is another run too. */
static void other_input(void)
{
	struct train_options o = stopped(WORDS_LDA);
	struct text_source source = corpus;
	struct error e = {0};

	source.sum++;
	CHECK(train_on(&source, o, path_of("other"), NULL, 1, &e) ==
	      ERROR_USAGE);
	CHECK(strstr(e.text, "is of another run: other input"));
	error_clear(&e);
	train_defaults(&o, WORDS_GLOVE);
	CHECK(train_on(&corpus, o, path_of("other"), NULL, 1, &e) ==
	      ERROR_USAGE);
	CHECK(strstr(e.text, "--model lda there, glove here"));
}

int main(void)
{
	struct train_options o;

	if (topics_open() < 0)
		return 1;
	o = stopped(WORDS_GLOVE);
	refuses(&o, glove, ARRAY_LEN(glove));
	o = stopped(WORDS_LDA);
	refuses(&o, lda, ARRAY_LEN(lda));
	o = stopped(WORDS_DOC2VEC);
	refuses(&o, sgns, ARRAY_LEN(sgns));
	o = stopped(WORDS_WORD2VEC);
	refuses(&o, sgns, ARRAY_LEN(sgns));
	refuses(&o, windows, ARRAY_LEN(windows));
	o = stopped(WORDS_FASTTEXT);
	refuses(&o, sgns, ARRAY_LEN(sgns));
	refuses(&o, windows, ARRAY_LEN(windows));
	refuses(&o, subwords, ARRAY_LEN(subwords));
	other_input();
	topics_close();
	return test_end("identity");
}
