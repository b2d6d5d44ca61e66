/*
 * words_look.h - the parts of seesay words that read a words file.
 *
 * Each takes the operands after its own name.
 */
#ifndef WORDS_LOOK_H
#define WORDS_LOOK_H

#include "text/words.h"

struct words_show {
	int count;		/* words to list */
	enum words_caption caption;
	int json;
};

/* A words file that is open. */
struct words_view {
	struct st_file *file;
	struct words words;
};
int words_view_open(struct words_view *v, const char *path, struct error *e);
void words_view_close(struct words_view *v);
int words_put_out(const struct buf *b, struct error *e);

/* The words nearest to a sum, in which all words weigh the same; `analogy`:
 * of one expression. */
int words_near(int count, char **operands, int analogy,
	       const struct words_show *show, struct error *e);
int words_info(int count, char **operands, const struct words_show *show,
	       struct error *e);
/* words_vectors.c: prints the vectors of words; of texts, "-": of the lines of
 * standard input, zeros where no word is known. */
int words_vectors(int count, char **operands, const struct words_show *show,
		  struct error *e);
int words_captions_show(int count, char **operands,
			const struct words_show *show, struct error *e);
/* words_topics.c */
int words_topics(int count, char **operands, const struct words_show *show,
		 struct error *e);

#endif
