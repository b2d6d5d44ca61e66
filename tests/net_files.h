/*
 * net_files.h - a file of weights of the net "tiny", for tests of trunks.
 */
#ifndef NET_FILES_H
#define NET_FILES_H

#include <stdio.h>

#include "base/buf.h"
#include "nn/net.h"

static inline int net_file_make(const char *path, size_t dim, uint64_t seed,
				struct error *e)
{
	struct buf text = { 0 };
	struct net *net = NULL;
	struct st_writer *w = NULL;
	char number[24];

	snprintf(number, sizeof(number), "%zu", dim);
	if (net_text(&text, "tiny", e) == 0)
		net = net_open((struct str){ text.data, text.bytes }, "tiny",
			       dim, e);
	if (net && net_init(net, seed, e) == 0)
		w = st_create(path, "seesay net", e);
	if (w && st_put_meta(w, "net", "tiny", e) == 0 &&
	    st_put_meta(w, "dim", number, e) == 0 &&
	    net_save(net, w, "", e) == 0)
		st_commit(w, e);
	net_close(net);
	buf_free(&text);
	return e->code;
}

#endif
