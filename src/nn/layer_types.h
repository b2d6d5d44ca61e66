/*
 * layer_types.h - all types of layers: one line each, in the order that
 * messages list them.
 *
 * LAYER(x) stands for `const struct layer_type layer_x`.
 */
LAYER(input)
LAYER(conv)
LAYER(bn)
LAYER(relu)
LAYER(lrn)
LAYER(unit)
LAYER(maxpool)
LAYER(avgpool)
LAYER(dense)
LAYER(dropout)
LAYER(concat)
LAYER(add)
