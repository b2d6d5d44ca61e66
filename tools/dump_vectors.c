/*
 * dump_vectors.c - the vectors of an index as text that cmp, join and diff can
 * compare: a line for each picture, in the order of the index, with its id, a
 * tab, and the bits of each float in hex.
 *
 *	dump_vectors INDEX
 *
 * Link it with libseesay.a; tools/damage.sh does.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "search/index.h"

static void put_vector(const float *v, size_t dim)
{
	for (size_t i = 0; i < dim; i++) {
		uint32_t bits;

		memcpy(&bits, v + i, sizeof(bits));
		printf("%c%08" PRIx32, i ? ' ' : '\t', bits);
	}
	putchar('\n');
}

static int dump(const struct st_file *f, struct error *e)
{
	struct index x;
	float *v;

	if (index_load(&x, f, e) < 0)
		return e->code;
	v = mem_new(x.dim, sizeof(*v), e);
	for (size_t i = 0; v && i < x.count; i++) {
		struct str id = st_string_at(&x.id, i);

		index_vector(&x, i, v);
		fwrite(id.data, 1, id.bytes, stdout);
		put_vector(v, x.dim);
	}
	mem_free(v);
	if (ferror(stdout) || fflush(stdout) != 0)
		fail_errno(e, "cannot write to standard output");
	return e->code;
}

int main(int argc, char **argv)
{
	struct error e = {0};
	struct st_file *f = NULL;

	if (argc != 2)
		fail(&e, ERROR_USAGE, "one index is needed");
	else if ((f = st_open(argv[1], INDEX_FORMAT, &e)) != NULL)
		dump(f, &e);
	if (e.code)
		fprintf(stderr, "dump_vectors: %s\n", e.text);
	st_close(f);
	return e.code != 0;
}
