/*
 * tower_bag.h - a weighted bag of words (bag.h) and a linear map, as the text
 * side of a space: text = sum of x_w row_w over the text's words.
 *
 * In a space: the words with the rows of the map as their vectors, under
 * "words."; counts and df are those of the captions that the map was made of.
 */
#ifndef TOWER_BAG_H
#define TOWER_BAG_H

#include "joint/bag.h"
#include "joint/tower.h"

/* Of map [words of the bag, dim]; both are used as long as the tower is. */
int tower_bag_open(struct tower *t, const struct bag *bag, const float *map,
		   size_t dim, const struct machine *machine, struct error *e);

#endif
