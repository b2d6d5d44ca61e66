/*
 * pairs.c - runs of pairs in memory or in one temporary file; see pairs.h.
 *
 * A bucket lies in pieces, one or two in each run, found by the ends that each
 * run keeps.
 */
#include "text/corpus/pairs.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/tmpfile.h"

struct run {
	size_t first;		/* word */
	struct pair *list;	/* NULL: in the file, from `at` */
	uint64_t at;
	uint32_t *ends;		/* [blocks, blocks] */
};

struct pairs {
	size_t blocks;
	struct run *runs;	/* [run_count] */
	size_t run_count, runs_room;
	uint64_t count;
	uint64_t *in;		/* [buckets] */
	uint64_t keep_bytes;	/* left */
	const char *folder, *beside;
	pthread_mutex_t lock;	/* of runs, keep_bytes, file, file_bytes */
	struct tmpfile file;
	uint64_t file_bytes;
};

static size_t bucket_count(size_t blocks)
{
	return blocks * (blocks + 1) / 2;
}

struct pairs *pairs_new(size_t blocks, uint64_t keep_bytes, const char *folder,
			const char *beside, struct error *e)
{
	struct pairs *p = mem_new(1, sizeof(*p), e);

	if (!p)
		return NULL;
	if (pthread_mutex_init(&p->lock, NULL) != 0)
		bug("a mutex cannot be made");
	p->blocks = blocks;
	p->keep_bytes = keep_bytes;
	p->folder = folder;
	p->beside = beside;
	p->in = mem_new(bucket_count(blocks), sizeof(*p->in), e);
	if (p->in)
		return p;
	pairs_free(p);
	return NULL;
}

void pairs_free(struct pairs *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->run_count; i++) {
		mem_free(p->runs[i].list);
		mem_free(p->runs[i].ends);
	}
	mem_free(p->runs);
	mem_free(p->in);
	tmpfile_close(&p->file);
	pthread_mutex_destroy(&p->lock);
	mem_free(p);
}

static int file_open(struct pairs *p, struct error *e)
{
	return p->file.folder ? 0 :
	       tmpfile_open(&p->file, p->folder, p->beside, e);
}

int pairs_check(struct pairs *p, uint64_t count, struct error *e)
{
	uint64_t bytes = count * sizeof(struct pair);

	if (bytes <= p->keep_bytes)
		return 0;
	if (file_open(p, e) < 0)
		return e->code;
	return tmpfile_check(&p->file, bytes - p->keep_bytes, "a larger "
			     "--memory or --min-count or a smaller --window",
			     e);
}

/* Adds a run; one that does not fit in memory gets its place in the file. */
static int run_add(struct pairs *p, struct run *r, uint64_t bytes,
		   struct error *e)
{
	int code;

	pthread_mutex_lock(&p->lock);
	code = mem_grow(&p->runs, &p->runs_room, p->run_count + 1,
			sizeof(*p->runs), e);
	if (code == 0 && !r->list)
		code = file_open(p, e);
	if (code == 0) {
		r->at = p->file_bytes;
		p->file_bytes += r->list ? 0 : bytes;
		p->runs[p->run_count++] = *r;
	}
	pthread_mutex_unlock(&p->lock);
	return code;
}

/* Is there memory for so much?  Then it is taken. */
static int keep(struct pairs *p, uint64_t bytes)
{
	int fits;

	pthread_mutex_lock(&p->lock);
	fits = bytes <= p->keep_bytes;
	p->keep_bytes -= fits ? bytes : 0;
	pthread_mutex_unlock(&p->lock);
	return fits;
}

int pairs_put(struct pairs *p, size_t first, const struct pair *list,
	      const uint32_t *ends, struct error *e)
{
	size_t parts = p->blocks * p->blocks, count = ends[parts - 1];
	size_t bytes = count * sizeof(*list), index = parts * sizeof(*ends);
	struct run r = { .first = first };

	if (keep(p, bytes + index)) {
		r.list = mem_new(bytes, 1, e);
		if (!r.list)
			return e->code;
		memcpy(r.list, list, bytes);
	}
	r.ends = mem_new(index, 1, e);
	if (!r.ends || run_add(p, &r, bytes, e) < 0) {
		mem_free(r.list);
		mem_free(r.ends);
		return e->code;
	}
	memcpy(r.ends, ends, index);
	return r.list ? 0 : tmpfile_write(&p->file, r.at, list, bytes, e);
}

static uint32_t part_first(const struct run *r, size_t part)
{
	return part ? r->ends[part - 1] : 0;
}

static int by_first(const void *x, const void *y)
{
	const struct run *a = x, *b = y;

	return (a->first > b->first) - (a->first < b->first);
}

void pairs_finish(struct pairs *p)
{
	size_t blocks = p->blocks;

	if (p->run_count)
		qsort(p->runs, p->run_count, sizeof(*p->runs), by_first);
	for (size_t i = 0; i < p->run_count; i++)
		for (size_t part = 0; part < blocks * blocks; part++) {
			const struct run *r = &p->runs[i];
			size_t x = part / blocks, y = part % blocks;
			uint32_t n = r->ends[part] - part_first(r, part);

			p->in[pairs_bucket(p, MIN(x, y), MAX(x, y))] += n;
			p->count += n;
		}
}

size_t pairs_blocks(const struct pairs *p)
{
	return p->blocks;
}

uint64_t pairs_count(const struct pairs *p)
{
	return p->count;
}

size_t pairs_bucket(const struct pairs *p, size_t block_p, size_t block_q)
{
	return block_p * p->blocks - block_p * (block_p + 1) / 2 + block_q;
}

uint64_t pairs_in(const struct pairs *p, size_t bucket)
{
	return p->in[bucket];
}

/* The pieces of one part of all runs; *out moves on. */
static int read_part(const struct pairs *p, size_t part, struct pair **out,
		     struct error *e)
{
	for (size_t i = 0; i < p->run_count; i++) {
		const struct run *r = &p->runs[i];
		uint32_t first = part_first(r, part);
		size_t n = r->ends[part] - first;

		if (!n)
			continue;
		if (r->list)
			memcpy(*out, r->list + first, n * sizeof(**out));
		else if (tmpfile_read(&p->file, r->at + (uint64_t)first *
				      sizeof(**out), *out, n * sizeof(**out),
				      e) < 0)
			return e->code;
		*out += n;
	}
	return 0;
}

int pairs_read(const struct pairs *p, size_t bucket, struct pair *out,
	       struct error *e)
{
	size_t x = 0, y;

	while (x + 1 < p->blocks && pairs_bucket(p, x + 1, x + 1) <= bucket)
		x++;
	y = x + bucket - pairs_bucket(p, x, x);
	if (read_part(p, x * p->blocks + y, &out, e) < 0)
		return e->code;
	return x == y ? 0 : read_part(p, y * p->blocks + x, &out, e);
}
