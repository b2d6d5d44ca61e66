/*
 * jpeg.h - a JPEG file while it is read and decoded.  Private to src/image.
 *
 * jpeg.c reads the segments, jpeg_frame.c the frame and its geometry,
 * jpeg_scan.c the entropy-coded data, block by block with jpeg_block.c, and
 * jpeg_rows.c makes rows of RGB.  Sections, tables and names of fields are
 * those of ITU-T T.81.
 *
 * The program reads headers (jpeg_header); a confined child decodes
 * (jpeg_decode), with memory of the arena.
 */
#ifndef JPEG_H
#define JPEG_H

#include "image/picture.h"
#include "pixels.h"

enum {
	JPEG_LOOK_BITS = 10,	/* codes up to here are found in one look */
	JPEG_LEAP_BITS = 12,
	JPEG_LEAP_END = 1 << 14,
	JPEG_NOT_CODED = -1,
	JPEG_COMPONENTS = 4,
	JPEG_MAX_SIDE = 65535,
	JPEG_MAX_PIXELS = 1 << 29,	/* of the file; decoded, it is less */
};

/* One Huffman table, as sent and ready for decoding (T.81 annex C). */
struct jpeg_huffman {
	int defined, made;
	unsigned char counts[16];	/* codes of 1 .. 16 bits */
	unsigned char symbols[256];
	uint16_t look[1 << JPEG_LOOK_BITS];	/* bits << 8 | symbol, or 0 */
	/* The same of AC: bits of the code and its value, how far k moves << 8,
	 * bits of the value << 16, bits of the code << 24.  The end of a block
	 * moves k beyond any. */
	uint32_t step[1 << JPEG_LOOK_BITS];
	/* Of AC, where values are not wanted: as many codes as lie in the
	 * next JPEG_LEAP_BITS.  Bits, how far k moves << 6, and JPEG_LEAP_END
	 * if a block ends there; 0 if there is none.  NULL until needed. */
	uint16_t *leap;
	uint32_t limit[18];	/* first value, of 16 bits, past each length */
	int32_t delta[17];	/* from code to index in symbols */
};

struct jpeg_component {
	int id;
	int h, v;		/* sampling */
	int table;		/* of quantisation */
	size_t width, height;	/* in blocks, in a scan of its own */
	size_t across, down;	/* in blocks, filled up to whole units */
	int coded;		/* sequential: has had its scan */
	signed char level[64];	/* progressive: Al so far, or NOT_CODED */
	int latched;		/* quantiser is that of the first scan */
	uint16_t quantiser[64];	/* in rows */

	int size;		/* samples of a block's side: 1, 2, 4, 8 */
	size_t samples, lines;	/* of the plane that belong to the picture */
	size_t stride;
	unsigned char *plane;	/* [down * size, stride] */
	int16_t *coefficient;	/* progressive: [down, across, 64 or 1] */
	uint64_t *nonzero;	/* progressive: [down, across] bit per k */
	int dc;			/* of the block before */
};

struct jpeg_scan {
	int count;			/* components */
	int component[JPEG_COMPONENTS];
	int dc[JPEG_COMPONENTS], ac[JPEG_COMPONENTS];	/* tables */
	int first, last;		/* Ss, Se */
	int high, low;			/* Ah, Al */
};

struct jpeg_tables {
	struct jpeg_huffman dc[4], ac[4];
};

struct jpeg {
	const unsigned char *data;
	size_t bytes;
	size_t at;

	int progressive;
	int frame;			/* the marker of the frame, or 0 */
	size_t width, height;
	int components;
	struct jpeg_component component[JPEG_COMPONENTS];
	int h_most, v_most;
	size_t mcus_across, mcus_down;
	uint16_t quantiser[4][64];	/* in rows */
	int quantised[4];		/* defined */
	unsigned interval;		/* of restarts, 0: none */
	int scans;
	uint64_t visits;		/* blocks in all scans so far */
	int jfif, adobe;		/* adobe: transform, or -1 */
	int orientation;

	int decoding;			/* not only the header */
	int size;			/* of a block in the result: 1 .. 8 */
	size_t out_width, out_height;
	struct jpeg_tables *tables;	/* when decoding */
	unsigned char *clean;		/* bytes of a scan, for jpeg_bits.h */
	const struct pixels *pixels;
};

/* Reads a file up to its first scan. */
int jpeg_header(struct jpeg *j, const unsigned char *data, size_t bytes,
		struct error *e);
/* Says into how many samples a block is decoded: `size` is 1, 2, 4 or 8. */
void jpeg_plan(struct jpeg *j, int size);
/* After it: the bytes of memory that the decoding takes. */
size_t jpeg_memory(const struct jpeg *j);
/* The smallest such size that leaves `side` pixels (0: all) to the shorter
 * side, and pixels and memory within their limits. */
int jpeg_size_for(struct jpeg *j, size_t side);

/* Decodes all scans; after it jpeg_row gives [out_height] rows of RGB. */
int jpeg_decode(struct jpeg *j, const unsigned char *data, size_t bytes,
		int size, struct error *e);
struct jpeg_rows;
struct jpeg_rows *jpeg_rows_open(struct jpeg *j, struct error *e);
/* Row y; `rgb` has room for out_width + PIXELS_SPARE pixels. */
void jpeg_rows_take(struct jpeg_rows *r, size_t y, unsigned char *rgb);

/* ---- between the files of the decoder ---- */

int jpeg_corrupt(struct error *e, const char *what);
/* The frame's segment, from its first field. */
int jpeg_frame_read(struct jpeg *j, int marker, const unsigned char *data,
		    size_t bytes, struct error *e);
/* Takes planes, and for progressive pictures coefficients, from the arena. */
int jpeg_frame_begin(struct jpeg *j, struct error *e);
/* Makes look, step, limit and delta, when a scan first needs them; ERROR_DATA
 * if the lengths are no code, or symbols are above `most`. */
int jpeg_huffman_make(struct jpeg_huffman *h, int most, struct error *e);
/* Makes leap, if the arena has room for it. */
void jpeg_huffman_leap(struct jpeg_huffman *h);
/* Reads the header of a scan and then all of its data; j->at is left at the
 * marker that follows, unless the picture is whole. */
int jpeg_scan_read(struct jpeg *j, const unsigned char *data, size_t bytes,
		   struct error *e);
/* Every bit of every coefficient has been coded: no scan can follow. */
int jpeg_is_whole(const struct jpeg *j);
/* Progressive: coefficients to planes. */
void jpeg_planes_fill(struct jpeg *j);

#endif
