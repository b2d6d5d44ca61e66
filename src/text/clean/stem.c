/*
 * stem.c - Porter's stemmer (M. F. Porter, An algorithm for suffix stripping,
 * Program 14, 1980), with the three changes that its author made later in his
 * own program and that gensim has too:
 *	words of one or two letters stay as they are;
 *	step 2 has BLI -> BLE in place of ABLI -> ABLE;
 *	step 2 has LOGI -> LOG.
 * Digits, which the paper leaves out, count as consonants.
 *
 * A word is C?(VC)^m V?, C a run of consonants, V of vowels; m is its measure.
 */
#include "text/clean/stem.h"

#include <string.h>

#include "base/base.h"

enum {
	SHORTEST = 3,
	LONGEST = 64,		/* no English word; keeps the time of y's, which
				 * look back at each other, small */
};

/* A word that is being stemmed; never longer than it was. */
struct stem {
	char *word;
	size_t bytes;
};

/* y is a vowel after a consonant. */
static int is_consonant(const char *word, size_t i)
{
	if (word[i] == 'y')
		return i == 0 || !is_consonant(word, i - 1);
	return !strchr("aeiou", word[i]);
}

/* Of the first n letters: how often a vowel is followed by a consonant. */
static int measure(const char *word, size_t n)
{
	int m = 0;

	for (size_t i = 1; i < n; i++)
		m += is_consonant(word, i) && !is_consonant(word, i - 1);
	return m;
}

static int has_vowel(const char *word, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!is_consonant(word, i))
			return 1;
	return 0;
}

static int ends_double(const char *word, size_t n)
{
	return n >= 2 && word[n - 1] == word[n - 2] &&
	       is_consonant(word, n - 1);
}

/* Consonant, vowel, consonant, the last one not w, x or y: "hop". */
static int ends_short(const char *word, size_t n)
{
	return n >= 3 && is_consonant(word, n - 3) &&
	       !is_consonant(word, n - 2) && is_consonant(word, n - 1) &&
	       !strchr("wxy", word[n - 1]);
}

static int ends_with(const struct stem *s, const char *suffix)
{
	size_t n = strlen(suffix);

	return n <= s->bytes &&
	       memcmp(s->word + s->bytes - n, suffix, n) == 0;
}

/* Puts `by` in place of the last n letters; at most one letter longer, which
 * only happens after a suffix of two or more has gone. */
static void replace(struct stem *s, size_t n, const char *by)
{
	size_t bytes = strlen(by);

	memcpy(s->word + s->bytes - n, by, bytes);
	s->bytes = s->bytes - n + bytes;
}

struct rule {
	const char *suffix, *by;
};

/* The first rule whose suffix fits is the one that counts; it is applied if
 * what stands before has a measure above m. */
static void apply(struct stem *s, const struct rule *rules, int m)
{
	while (rules->suffix && !ends_with(s, rules->suffix))
		rules++;
	if (rules->suffix) {
		size_t n = strlen(rules->suffix);

		if (measure(s->word, s->bytes - n) > m)
			replace(s, n, rules->by);
	}
}

/* Plurals. */
static void step_1a(struct stem *s)
{
	if (ends_with(s, "sses") || ends_with(s, "ies"))
		s->bytes -= 2;
	else if (ends_with(s, "s") && !ends_with(s, "ss"))
		s->bytes--;
}

/* "-ed" and "-ing", and what they leave behind. */
static void step_1b(struct stem *s)
{
	size_t n = ends_with(s, "ed") ? 2 : ends_with(s, "ing") ? 3 : 0;

	if (ends_with(s, "eed")) {
		s->bytes -= measure(s->word, s->bytes - 3) > 0;
		return;
	}
	if (n == 0 || !has_vowel(s->word, s->bytes - n))
		return;
	s->bytes -= n;
	if (ends_with(s, "at") || ends_with(s, "bl") || ends_with(s, "iz"))
		replace(s, 0, "e");
	else if (ends_double(s->word, s->bytes))
		s->bytes -= !strchr("lsz", s->word[s->bytes - 1]);
	else if (measure(s->word, s->bytes) == 1 &&
		 ends_short(s->word, s->bytes))
		replace(s, 0, "e");
}

static void step_1c(struct stem *s)
{
	if (ends_with(s, "y") && has_vowel(s->word, s->bytes - 1))
		s->word[s->bytes - 1] = 'i';
}

static const struct rule rules_2[] = {
	{ "ational", "ate" }, { "tional", "tion" }, { "enci", "ence" },
	{ "anci", "ance" }, { "izer", "ize" }, { "bli", "ble" },
	{ "alli", "al" }, { "entli", "ent" }, { "eli", "e" },
	{ "ousli", "ous" }, { "ization", "ize" }, { "ation", "ate" },
	{ "ator", "ate" }, { "alism", "al" }, { "iveness", "ive" },
	{ "fulness", "ful" }, { "ousness", "ous" }, { "aliti", "al" },
	{ "iviti", "ive" }, { "biliti", "ble" }, { "logi", "log" },
	{ NULL, NULL }
}, rules_3[] = {
	{ "icate", "ic" }, { "ative", "" }, { "alize", "al" },
	{ "iciti", "ic" }, { "ical", "ic" }, { "ful", "" }, { "ness", "" },
	{ NULL, NULL }
}, rules_4[] = {
	{ "al", "" }, { "ance", "" }, { "ence", "" }, { "er", "" },
	{ "ic", "" }, { "able", "" }, { "ible", "" }, { "ant", "" },
	{ "ement", "" }, { "ment", "" }, { "ent", "" }, { "ion", "" },
	{ "ou", "" }, { "ism", "" }, { "ate", "" }, { "iti", "" },
	{ "ous", "" }, { "ive", "" }, { "ize", "" },
	{ NULL, NULL }
};

/* "-ion" goes after s and t only. */
static void step_4(struct stem *s)
{
	if (ends_with(s, "ion") && s->bytes > 3 &&
	    !strchr("st", s->word[s->bytes - 4]))
		return;
	apply(s, rules_4, 1);
}

static void step_5(struct stem *s)
{
	size_t n = s->bytes - 1;

	if (s->word[n] == 'e') {
		int m = measure(s->word, n);

		s->bytes -= m > 1 || (m == 1 && !ends_short(s->word, n));
	}
	if (ends_with(s, "ll") && measure(s->word, s->bytes) > 1)
		s->bytes--;
}

size_t stem_porter(char *word, size_t bytes)
{
	struct stem s = { word, bytes };

	if (bytes < SHORTEST || bytes > LONGEST)
		return bytes;
	for (size_t i = 0; i < bytes; i++)
		if (!(word[i] >= 'a' && word[i] <= 'z') &&
		    !(word[i] >= '0' && word[i] <= '9'))
			return bytes;
	step_1a(&s);
	step_1b(&s);
	step_1c(&s);
	apply(&s, rules_2, 0);
	apply(&s, rules_3, 0);
	step_4(&s);
	step_5(&s);
	return s.bytes;
}
