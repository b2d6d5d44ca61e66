/*
 * text_corpus.c - a made text: text_corpus TOKENS WORDS LINE.
 *
 * Words by Zipf's law as Mandelbrot shifted it (rank + 2.7), LINE of them on a
 * line, or all on one when it is 0.  Stretches of 200 to 799 words share one
 * of 200 topics: six of ten draws beyond the 150 most frequent words fall into
 * the slice of the topic, so that pairs of words are clumped as in real text.
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { LETTERS = 16, TOPICS = 200, COMMON = 150, STEPS = 1 << 16 };

struct made {
	long words;
	double *sums;		/* [words] of 1 / (rank + 2.7) */
	int *first;		/* [STEPS + 1] where to look in sums */
	char (*word)[LETTERS];
	uint64_t state;
};

static uint64_t draw(struct made *m)
{
	m->state ^= m->state << 13;
	m->state ^= m->state >> 7;
	m->state ^= m->state << 17;
	return m->state * UINT64_C(2685821657736338717);
}

/* Frequent words are short; the rank in letters makes them differ. */
static void word_make(struct made *m, long i)
{
	int length = i < 30 ? 2 + (int)i % 2 : i < 500 ? 3 + (int)i % 3 :
		     5 + (int)(draw(m) % 6);
	char *to = m->word[i];
	long left = i;
	int k = 0;

	do {
		to[k++] = (char)('a' + left % 26);
		left /= 26;
	} while (left || k < length - 1);
	for (; k < length; k++)
		to[k] = (char)('a' + k % 26);
	to[k] = (char)('a' + i % 26);
	to[k + 1] = '\0';
}

static void made_fill(struct made *m)
{
	double sum = 0;
	long i;

	for (i = 0; i < m->words; i++)
		m->sums[i] = sum += 1 / ((double)i + 2.7);
	for (i = 0; i < m->words; i++)
		word_make(m, i);
	i = 0;
	for (int b = 0; b <= STEPS; b++) {
		while (i < m->words - 1 && m->sums[i] < sum * b / STEPS)
			i++;
		m->first[b] = (int)i;
	}
}

static long rank_draw(struct made *m, long topic)
{
	double sum = m->sums[m->words - 1];
	double x = (double)(draw(m) >> 11) * 0x1p-53 * sum;
	long i = m->first[(int)(x / sum * STEPS)];

	while (i < m->words - 1 && m->sums[i] < x)
		i++;
	if (i < COMMON || draw(m) % 10 >= 6)
		return i;
	i = (i - COMMON) / TOPICS * TOPICS + topic + i * 7 % 3 * 67;
	return COMMON + i % (m->words - COMMON);
}

int main(int count, char **argument)
{
	long tokens = count == 4 ? atol(argument[1]) : 0, topic = 0, left = 0;
	long line = count == 4 ? atol(argument[3]) : 0;
	struct made m = { .words = count == 4 ? atol(argument[2]) : 0 };

	if (tokens < 1 || m.words <= COMMON || m.words > 10000000) {
		fprintf(stderr, "usage: text_corpus TOKENS WORDS LINE\n");
		return 2;
	}
	m.state = UINT64_C(88172645463325252);
	m.sums = malloc((size_t)m.words * sizeof(*m.sums));
	m.word = malloc((size_t)m.words * sizeof(*m.word));
	m.first = malloc((STEPS + 1) * sizeof(*m.first));
	if (!m.sums || !m.word || !m.first)
		return 1;
	made_fill(&m);
	for (long i = 1; i <= tokens; i++) {
		if (left-- <= 0) {
			topic = (long)(draw(&m) % TOPICS);
			left = 200 + (long)(draw(&m) % 600);
		}
		fputs(m.word[rank_draw(&m, topic)], stdout);
		putchar(line && i % line == 0 ? '\n' : ' ');
	}
	putchar('\n');
	free(m.sums);
	free(m.word);
	free(m.first);
	return fflush(stdout) ? 1 : 0;
}
