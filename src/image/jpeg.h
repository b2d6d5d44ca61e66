/*
 * jpeg.h - a JPEG file while the filter reads it.  Private to src/image.
 *
 * jpeg.c reads the segments, jpeg_scan.c walks the entropy-coded data.
 * Sections, tables and names of fields are those of ITU-T T.81.
 */
#ifndef JPEG_H
#define JPEG_H

#include "image/picture.h"

enum {
	JPEG_FAST_BITS = 9,	/* codes up to here are found in one look */
	JPEG_NOT_CODED = -1,
};

/* One Huffman table, as sent and ready for decoding (T.81 annex C). */
struct jpeg_huffman {
	int defined;
	unsigned char counts[16];	/* codes of 1 .. 16 bits */
	unsigned char symbols[256];
	uint16_t fast[1 << JPEG_FAST_BITS];	/* bits << 8 | symbol, or 0 */
	uint32_t limit[18];	/* first value, of 16 bits, past each length */
	int32_t delta[17];	/* from code to index in symbols */
};

struct jpeg_component {
	int id;
	int h, v;		/* sampling */
	int table;		/* of quantisation */
	size_t width, height;	/* in blocks, in a scan of its own */
	int coded;		/* sequential: has had its scan */
	signed char level[64];	/* progressive: Al so far, or NOT_CODED */
	uint64_t *nonzero;	/* progressive: [height, width] bit per k */
};

struct jpeg_scan {
	int count;			/* components */
	int component[3];
	int dc[3], ac[3];		/* tables */
	int first, last;		/* Ss, Se */
	int high, low;			/* Ah, Al */
};

struct jpeg {
	const unsigned char *data;
	size_t bytes;
	size_t at;
	struct buf *out;

	int progressive;
	int frame;			/* the marker of the frame, or 0 */
	size_t width, height;
	int components;
	struct jpeg_component component[3];
	size_t mcus_across, mcus_down;
	struct jpeg_huffman dc[4], ac[4];
	int quantiser[4];		/* defined */
	unsigned interval;		/* of restarts, 0: none */
	int scans;
	uint64_t visits;		/* blocks in all scans so far */
	int jfif, adobe;		/* adobe: transform, or -1 */
	uint64_t *map;			/* owns what nonzero points to */
};

/* Makes fast, limit and delta; ERROR_DATA if the lengths are no code. */
int jpeg_huffman_make(struct jpeg_huffman *h, struct error *e);

/* Walks the entropy-coded data at j->at, copies what belongs to the scan to
 * j->out and leaves j->at behind the last block. */
int jpeg_scan_walk(struct jpeg *j, const struct jpeg_scan *s, struct error *e);

/* Moves j->at from there to the marker that follows. */
int jpeg_scan_leave(struct jpeg *j, struct error *e);

#endif
