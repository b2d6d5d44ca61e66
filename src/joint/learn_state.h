/*
 * learn_state.h - what the steps of SGD change, in a checkpoint: a net's
 * tensors and their velocities.
 */
#ifndef LEARN_STATE_H
#define LEARN_STATE_H

#include "nn/net.h"

int learn_state_save(struct net *net, struct st_writer *w, struct error *e);
int learn_state_load(struct net *net, const struct st_file *f,
		     struct error *e);

#endif
