/*
 * checkpoint.h - the state of a training run, "<out>.checkpoint".
 *
 * Weights, velocities and the step, with a text that identifies the run: only
 * a checkpoint of the same input and options is ever resumed.
 */
#ifndef CHECKPOINT_H
#define CHECKPOINT_H

#include "nn/net.h"

int checkpoint_save(const char *out, struct net *net, const char *identity,
		    uint64_t step, struct error *e);
/* *step is 0 when there is none that fits (one of another run is reported and
 * will be overwritten; a damaged one too): then the caller gives the net its
 * first weights. */
int checkpoint_load(const char *out, const struct talk *talk, struct net *net,
		    const char *identity, uint64_t *step, struct error *e);
void checkpoint_remove(const char *out);

#endif
