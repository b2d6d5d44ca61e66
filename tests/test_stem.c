/*
 * test_stem.c - Porter's stemmer: the examples of the paper, step by step as
 * far as they stay after the later steps, his three later changes, and stems
 * inside cleaning.
 */
#include "test.h"

#include "base/string_map.h"
#include "text/clean/clean.h"
#include "text/clean/stem.h"

static const char *stem(const char *word)
{
	static char out[8][100];
	static int next;
	char *p = out[next++ % 8];

	strcpy(p, word);
	p[stem_porter(p, strlen(p))] = 0;
	return p;
}

/* Word and stem; where a step's own result goes on changing, the end of it. */
static const char *const examples[][2] = {
	/* step 1a */
	{ "caresses", "caress" }, { "ponies", "poni" }, { "ties", "ti" },
	{ "caress", "caress" }, { "cats", "cat" },
	/* step 1b */
	{ "feed", "feed" }, { "agreed", "agre" }, { "plastered", "plaster" },
	{ "bled", "bled" }, { "motoring", "motor" }, { "sing", "sing" },
	{ "conflated", "conflat" }, { "troubled", "troubl" },
	{ "sized", "size" }, { "hopping", "hop" }, { "tanned", "tan" },
	{ "falling", "fall" }, { "hissing", "hiss" }, { "fizzed", "fizz" },
	{ "failing", "fail" }, { "filing", "file" }, { "hoped", "hope" },
	/* step 1c */
	{ "happy", "happi" }, { "sky", "sky" },
	/* step 2 */
	{ "relational", "relat" }, { "conditional", "condit" },
	{ "rational", "ration" }, { "valenci", "valenc" },
	{ "hesitanci", "hesit" }, { "digitizer", "digit" },
	{ "conformabli", "conform" }, { "radicalli", "radic" },
	{ "differentli", "differ" }, { "vileli", "vile" },
	{ "analogousli", "analog" }, { "vietnamization", "vietnam" },
	{ "predication", "predic" }, { "operator", "oper" },
	{ "feudalism", "feudal" }, { "decisiveness", "decis" },
	{ "hopefulness", "hope" }, { "callousness", "callous" },
	{ "formaliti", "formal" }, { "sensitiviti", "sensit" },
	{ "sensibiliti", "sensibl" },
	/* step 3 */
	{ "triplicate", "triplic" }, { "formative", "form" },
	{ "formalize", "formal" }, { "electriciti", "electr" },
	{ "electrical", "electr" }, { "hopeful", "hope" },
	{ "goodness", "good" },
	/* step 4 */
	{ "revival", "reviv" }, { "allowance", "allow" },
	{ "inference", "infer" }, { "airliner", "airlin" },
	{ "gyroscopic", "gyroscop" }, { "adjustable", "adjust" },
	{ "defensible", "defens" }, { "irritant", "irrit" },
	{ "replacement", "replac" }, { "adjustment", "adjust" },
	{ "dependent", "depend" }, { "adoption", "adopt" },
	{ "homologou", "homolog" }, { "communism", "commun" },
	{ "activate", "activ" }, { "angulariti", "angular" },
	{ "homologous", "homolog" }, { "effective", "effect" },
	{ "bowdlerize", "bowdler" },
	/* step 5 */
	{ "probate", "probat" }, { "rate", "rate" }, { "cease", "ceas" },
	{ "controll", "control" }, { "roll", "roll" },
	/* the paper's own walks through all steps */
	{ "generalizations", "gener" }, { "oscillators", "oscil" },
	/* the author's later changes */
	{ "as", "as" }, { "is", "is" }, { "archaeology", "archaeolog" },
	{ "possibly", "possibl" }, { "ably", "abli" },
	/* y after a vowel and after a consonant; suffixes alone */
	{ "toy", "toi" }, { "syzygy", "syzygi" }, { "say", "sai" },
	{ "ied", "i" }, { "ies", "i" }, { "ing", "ing" }, { "eed", "eed" },
	{ "ion", "ion" }, { "opinion", "opinion" }, { "relation", "relat" },
	/* digits are consonants; anything else is left alone */
	{ "1980s", "1980" }, { "2ing", "2ing" }, { "Cats", "Cats" },
	{ "na\303\257ves", "na\303\257ves" }, { "don't", "don't" },
	{ "", "" }, { "s", "s" },
};

static void all_examples(void)
{
	for (size_t i = 0; i < sizeof(examples) / sizeof(*examples); i++)
		CHECK_STR(stem(examples[i][0]), examples[i][1]);
}

/* What is too long stays, and takes no time. */
static void long_words(void)
{
	static char y[100000];

	memset(y, 'y', sizeof(y));
	y[sizeof(y) - 1] = 's';
	CHECK(stem_porter(y, sizeof(y)) == sizeof(y));
	y[63] = 's';
	CHECK(stem_porter(y, 64) == 63);
}

/* A stem of a stem may differ, but no stem is longer than its word, whatever
 * the letters; all words of three and four of some letters. */
static void no_longer(void)
{
	static const char letters[] = "aeistydglnz";
	size_t n = sizeof(letters) - 1, worse = 0;

	for (size_t i = 0; i < n * n * n * n; i++) {
		char word[4] = { letters[i % n], letters[i / n % n],
				 letters[i / n / n % n],
				 letters[i / n / n / n] };
		size_t bytes = stem_porter(word, i % 2 ? 4 : 3);

		worse += bytes < 1 || bytes > 4;
	}
	CHECK(worse == 0);
}

/* Stop words go first, stems come after, other scripts stay. */
static void inside_cleaning(void)
{
	struct error e = {0};
	struct string_map *stop = string_map_new(&e);
	struct clean c = { .stop = stop, .stem = 1 };
	struct buf out = {0};
	size_t count = 0;

	CHECK(string_map_add(stop, str_of("having"), &e) != STRING_MAP_NONE);
	CHECK(clean_tokens(&c, str_of("Having beaches, sunsets & "
				      "caf\303\251s #HAVE"), &out, &count,
			   &e) == 0);
	CHECK(count == 4 && out.bytes == 25);
	CHECK(out.data && memcmp(out.data, "beach\0sunset\0caf\303\251s\0"
				 "have\0", 25) == 0);
	c.kind = CLEAN_SEED;
	CHECK(clean_tokens(&c, str_of("flying #dogs"), &out, &count, &e) == 0);
	CHECK(count == 2 && memcmp(out.data, "fly\0dog\0", 8) == 0);
	c.stem = 0;
	CHECK(clean_tokens(&c, str_of("flying #dogs"), &out, &count, &e) == 0);
	CHECK(count == 2 && memcmp(out.data, "flying\0dogs\0", 12) == 0);
	buf_free(&out);
	string_map_free(stop);
}

int main(void)
{
	all_examples();
	long_words();
	no_longer();
	inside_cleaning();
	return test_end("stem");
}
