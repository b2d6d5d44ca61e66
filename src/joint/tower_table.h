/*
 * tower_table.h - words with vectors of the space's own, and a net on their
 * sum, as the text side of a space.
 *
 *	x = the caption vector of the words (words_caption_vector: the sum
 *	weighed by tf log2(D / df), or the mean), text = net(x)
 *
 * In a space: the words with their vectors under "words.", the net's tensors
 * under "text.", and the metadata "caption" and "text_net", its text.
 */
#ifndef TOWER_TABLE_H
#define TOWER_TABLE_H

#include "joint/tower.h"
#include "nn/net.h"

/* To be trained.  The vocabulary is that of a words file; word_dim 0: its
 * vectors, too, else so many numbers a word that are drawn from the seed.
 * net_text is of a net that sees 1 x 1 x word dimensions. */
int tower_table_open(struct tower *t, const struct st_file *words,
		     enum words_caption asked, size_t word_dim,
		     struct str net_text, size_t dim, uint64_t seed,
		     const struct machine *machine, struct error *e);
struct net *tower_table_net(const struct tower *t);
/* [count, word dim], to be written while the tower is trained. */
float *tower_table_vectors(const struct tower *t, size_t *word_dim);
enum words_caption tower_table_caption(const struct tower *t);
/* Once the net has learned: it is asked for texts from now on. */
int tower_table_ready(struct tower *t, struct error *e);

#endif
