/*
 * tower_words.h - a words model as the text side of a space.
 *
 * In a space: the model under "words.", and the metadata "caption".
 */
#ifndef TOWER_WORDS_H
#define TOWER_WORDS_H

#include "joint/tower.h"

/* From a words file; `asked` is how captions become vectors, which the model
 * may decide itself (words_caption_way). */
int tower_words_open(struct tower *t, const struct st_file *words,
		     enum words_caption asked, const struct machine *machine,
		     struct error *e);
enum words_caption tower_words_caption(const struct tower *t);

#endif
