/*
 * cooc_parts.h - what the files of counting share: cooc_plan.c says which rows
 * are counted together and in what memory, cooc_rows.c counts them.
 */
#ifndef COOC_PARTS_H
#define COOC_PARTS_H

#include <stdatomic.h>

#include "base/talk.h"
#include "text/corpus/cooc.h"

enum {
	COOC_DISTANCE_BITS = 6,
	COOC_DISTANCES = 1 << COOC_DISTANCE_BITS,
	COOC_PIECE = 1 << 12,	/* tokens read at once: in a level 1 cache */
	COOC_ROWS = 1 << 12,	/* most rows of a run */
};

struct cooc_range {
	uint32_t from, rows;
	int dense;
	uint64_t near;		/* most neighbours */
};

struct cooc_seen {
	uint32_t word;
	float x;
};

/* What a thread works with. */
struct cooc_worker {
	uint64_t *all_sums;	/* [COOC_DISTANCES + max(words, dense_sums)] */
	uint64_t *sums;		/* past those that take what is left out */
	uint32_t *touched;	/* [words + 1] sums that are not 0 */
	uint64_t *bits, *tops;	/* [words / 64 + 1], [words / 4096 + 1] */
	uint32_t *lists;	/* neighbours of each row of a range */
	size_t *ends;		/* [rows] of the lists so far */
	struct cooc_seen *seen;	/* [seen_room] pairs of rows from `first` */
	size_t seen_count;
	uint32_t first, rows;
	uint32_t seen_ends[COOC_ROWS];
	struct pair *sorted;	/* [seen_room] */
	uint32_t *parts;	/* [blocks, blocks] */
	uint32_t *tokens;	/* [COOC_PIECE + 2 * window], of a file */
	uint16_t own[COOC_PIECE];	/* tokens of the range in the piece */
	size_t own_count;
	uint64_t sampled;	/* pairs, while sampling */
	struct error error;
};

struct cooc_count {
	const struct vocab *v;
	const struct cooc_options *o;
	const struct machine *machine;
	size_t window;
	uint64_t unit;
	uint64_t units[COOC_DISTANCES];	/* by distance */
	uint32_t same;			/* 0 or 1 */
	int shift;			/* log2(blocks) */
	uint64_t *near;			/* [words] most neighbours of a row */
	uint64_t near_all;		/* of all rows */
	atomic_uint_fast64_t near_done;	/* of the ranges that are done */
	struct talk_bar bar;
	struct cooc_range *ranges;
	size_t range_count, ranges_room;
	struct cooc_worker *workers;	/* [threads] */
	size_t threads;
	uint64_t dense_sums;		/* most of a range of several rows */
	uint64_t range_bytes;		/* for lists of a range */
	size_t seen_room;		/* for pairs: more than words */
	struct pairs *pairs;
	int sampling;			/* only to know how many pairs */
};

/* Some tokens and those around them. */
struct cooc_piece {
	const uint32_t *tokens;
	size_t count, before, after;	/* before, after: at most window */
};

/* Units, most neighbours of each row, ranges, memory for all threads. */
int cooc_open(struct cooc_count *k, struct error *e);
void cooc_close(struct cooc_count *k);

/* The piece from token `from`. */
int cooc_piece_at(const struct cooc_count *k, struct cooc_worker *w,
		  size_t from, struct cooc_piece *p);

/* Sums of all rows before `row`. */
static inline uint64_t cooc_triangle(const struct cooc_count *k, uint64_t row)
{
	return row * (row - 1 + 2 * k->same) / 2;
}

static inline uint64_t cooc_row_pairs(const struct cooc_count *k, size_t row)
{
	return MIN(k->near[row], row + k->same);
}

#endif
