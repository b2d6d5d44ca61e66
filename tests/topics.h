/*
 * topics.h - made-up captions of ten topics, trained on in a folder that goes
 * away, for tests.
 */
#ifndef TOPICS_H
#define TOPICS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/rng.h"
#include "stopping.h"
#include "text/models/train.h"

static char folder[512];

static inline const char *path_of(const char *name)
{
	static char paths[4][600];
	static int next;
	char *p = paths[next++ % 4];

	snprintf(p, sizeof(paths[0]), "%s/%s", folder, name);
	return p;
}

/* ---- a corpus with a plan ------------------------------------------------
 * Ten topics of eight words, six words a caption, all of one topic.  An
 * eleventh kind of caption mixes topics 3 and 7 around one thing that is
 * called "sofa" or "couch" at random: these two never stand together but
 * have the same company, which no other word has. */
enum { TOPICS = 10, TOPIC_WORDS = 8, CAPTIONS = 1500, CAPTION_BYTES = 64,
       VOCABULARY = TOPICS * TOPIC_WORDS + 2 };

static char corpus_text[CAPTIONS][CAPTION_BYTES];

static inline void corpus_word(char *out, size_t room, uint64_t caption,
			       uint64_t i, unsigned topic)
{
	unsigned word = (unsigned)rng_below(5, caption, i, TOPIC_WORDS);

	if (topic == TOPICS && i == 2)
		snprintf(out, room, "%s ",
			 rng_below(6, caption, 0, 2) ? "sofa" : "couch");
	else if (topic == TOPICS)
		snprintf(out, room, "t%uw%u ", i % 2 ? 3 : 7, word % 3);
	else
		snprintf(out, room, "t%uw%u ", topic, word);
}

static inline void corpus_make(void)
{
	for (uint64_t c = 0; c < CAPTIONS; c++) {
		unsigned topic = (unsigned)rng_below(4, c, 0, TOPICS + 1);
		size_t at = 0;

		for (uint64_t i = 0; i < 6; i++) {
			corpus_word(corpus_text[c] + at, CAPTION_BYTES - at, c,
				    i, topic);
			at = strlen(corpus_text[c]);
		}
	}
}

static inline struct str corpus_caption(const void *context, size_t i)
{
	(void)context;
	return str_of(corpus_text[i]);
}

static const struct text_source corpus = { CAPTIONS, corpus_caption, NULL, 7 };

static inline void options_for(struct train_options *o, const char *out,
			       int epochs)
{
	train_defaults(o, WORDS_GLOVE);
	o->out = out;
	o->dim = 20;
	o->epochs = epochs;
}

static inline int train(const char *out, int epochs, const char *kernels,
			int threads, struct error *e)
{
	struct train_options o;
	struct machine m;
	int code;

	options_for(&o, out, epochs);
	if (machine_open(&m, kernels, threads, e) < 0)
		return e->code;
	m.talk = &stopping;
	code = train_words(&corpus, &o, &m, e);
	machine_close(&m);
	return code;
}

/* What a program begins with: a folder and the captions. */
static inline int topics_open(void)
{
	const char *home = getenv("TMPDIR");

	snprintf(folder, sizeof(folder), "%s/seesay-topics-XXXXXX",
		 home && *home ? home : P_tmpdir);
	if (!mkdtemp(folder)) {
		perror("mkdtemp");
		return -1;
	}
	corpus_make();
	return 0;
}

static inline void topics_close(void)
{
	struct error e = {0};
	struct buf paths = {0};
	size_t count = 0;
	const char *at;

	if (file_walk(&paths, &count, folder, &e) < 0)
		return;
	at = paths.data;
	for (size_t i = 0; i < count; i++) {
		unlink(path_of(at));
		at += strlen(at) + 1;
	}
	buf_free(&paths);
	rmdir(folder);
}

#endif
