/*
 * tower_types.h - all types of towers: one line each.
 *
 * PICTURES(x), TEXTS(x) stand for `const struct tower_type tower_x`, which
 * tower_x.c has.  The first of each side is what a space has that names none.
 */
PICTURES(net)
PICTURES(trunk)
PICTURES(joined)
TEXTS(words)
TEXTS(table)
TEXTS(bag)
TEXTS(joined_texts)
