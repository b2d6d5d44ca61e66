/*
 * tower_net.h - an image net as the picture side of a space.
 *
 * In a space: its tensors under "net.", and the metadata "net", its text, and
 * "output" (tower.h).
 */
#ifndef TOWER_NET_H
#define TOWER_NET_H

#include "joint/tower.h"
#include "nn/net.h"

/* Without weights, to be trained; `name` is a built-in net or a file. */
int tower_net_open(struct tower *t, const char *name, size_t dim,
		   enum tower_output output, const struct machine *machine,
		   struct error *e);
struct net *tower_net_of(const struct tower *t);
struct str tower_net_text(const struct tower *t);
enum tower_output tower_net_output(const struct tower *t);

#endif
