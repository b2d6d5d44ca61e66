/* machine.c - choosing the kernel table, starting the threads. */
#include "math/machine.h"

int machine_open(struct machine *m, const char *kernels, int threads,
		 struct error *e)
{
	m->kernels = kernels_find(kernels);
	m->pool = NULL;
	m->talk = NULL;
	if (!m->kernels) {
		fail(e, ERROR_USAGE,
		     "no kernels called '%s', or this CPU cannot run them",
		     kernels);
		return hint(e, "this build has: %s", kernels_names());
	}
	m->pool = pool_open(threads, e);
	return m->pool ? 0 : e->code;
}

void machine_close(struct machine *m)
{
	pool_close(m->pool);
	m->pool = NULL;
}
