/*
 * net_verbs.h - the verbs of "seesay net" that have files of their own
 * (net_weights.c, net_classify.c).
 */
#ifndef NET_VERBS_H
#define NET_VERBS_H

#include "cli/cli.h"

#define NET_WEIGHTS_FORMAT "seesay net"

extern const struct opt_command net_import_verb, net_classify_verb;

#endif
