/*
 * net_bench.h - times a net for "seesay net bench" (net_bench.c).
 */
#ifndef NET_BENCH_H
#define NET_BENCH_H

#include "format/json.h"
#include "nn/net.h"

struct net_bench {
	const char *name;		/* of the net, for the report */
	const struct machine *machine;
	size_t batch;
	int repeat;			/* timed passes after one that is not */
	int train, layers, json;
};

/* Adds the report to *out. */
int net_bench_run(struct net *net, const struct net_bench *b, struct buf *out,
		  struct error *e);

#endif
