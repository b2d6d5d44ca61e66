/*
 * fuzz_weights.h - any bytes as a file of weights: opened by the reader that
 * takes them, all numbers read, then brought into a small net.
 */
#ifndef FUZZ_WEIGHTS_H
#define FUZZ_WEIGHTS_H

#include "fuzz.h"
#include "nn/net_import.h"
#include "weights_made.h"

static void try_numbers(const struct import_source *s)
{
	struct error e = {0};

	for (size_t i = 0; i < s->count; i++) {
		float *v = mem_new((size_t)import_count(&s->tensors[i]),
				   sizeof(*v), &e);

		if (!v)
			bug("%s", e.text);
		import_floats(v, &s->tensors[i]);
		mem_free(v);
	}
}

static void try_weights(const void *data, size_t bytes)
{
	const struct import_options o = { .dim = 2 };
	struct buf out = {0}, report = {0};
	struct import_source s;
	struct error e = {0};
	struct net *n = NULL;

	if (import_open(&s, fuzz_file(0, data, bytes), &e) == 0) {
		try_numbers(&s);
		n = net_import(&s, str_of(made_text), "made", &o, &out,
			       &report, &e);
		import_source_free(&s);
	}
	if (!n && (e.code != ERROR_DATA || !*e.text))
		bug("not refused as data: %d '%s'", e.code, e.text);
	net_close(n);
	buf_free(&out);
	buf_free(&report);
}

#endif
