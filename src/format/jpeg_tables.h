/*
 * jpeg_tables.h - constants of ITU-T T.81 that readers and writers share.
 */
#ifndef JPEG_TABLES_H
#define JPEG_TABLES_H

/* A Huffman code: how many have 1 .. 16 bits, then what they stand for. */
struct jpeg_code {
	unsigned char lengths[16];
	unsigned char values[162];
};

/* Annex K.3, for brightness and for colour; a video's frames use them without
 * saying so. */
extern const struct jpeg_code jpeg_code_dc[2], jpeg_code_ac[2];

/* Figure A.6: where the k-th coefficient lies in the block's rows. */
extern const unsigned char jpeg_zigzag[64];

#endif
