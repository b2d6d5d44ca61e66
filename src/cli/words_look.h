/*
 * words_look.h - what the verbs of seesay words that read a words file share.
 */
#ifndef WORDS_LOOK_H
#define WORDS_LOOK_H

#include "base/opt.h"
#include "text/words/words.h"

/* Each verb's table has those it knows. */
struct words_show {
	struct opt_given given;
	int count;		/* words to list */
	int caption;		/* of words_caption_choices */
	int measure;		/* enum word_eval_measure */
	int json;
};
void words_show_defaults(void *options, int by);
#define WORDS_AT(field) offsetof(struct words_show, field)
#define WORDS_COUNT OPT("count", 'k', OPT_INT, WORDS_AT(count), "N", \
	"words to show", .low = 1, .high = 100000, \
	.also = "top topn topk limit")
#define WORDS_JSON OPT("json", 0, OPT_FLAG, WORDS_AT(json), NULL, \
	"answer in JSON")
/* The fields that these verbs have alike. */
#define WORDS_VERB .of = &cmd_words, .size = sizeof(struct words_show), \
	.defaults = words_show_defaults

/* A words file that is open. */
struct words_view {
	struct st_file *file;
	struct words words;
};
int words_view_open(struct words_view *v, const char *path, struct error *e);
void words_view_close(struct words_view *v);
int words_put_out(const struct buf *b, struct error *e);

#endif
