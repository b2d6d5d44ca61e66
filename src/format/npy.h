/*
 * npy.h - numpy's .npy files: one matrix of floats.
 *
 * "\x93NUMPY", version, length of the header, a Python dict as text
 * ({'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }) padded with
 * blanks so that the data begin at a multiple of 64, then the rows.  Versions
 * 1 to 3 are read, floats of 2, 4 and 8 bytes in either byte order, C order.
 */
#ifndef NPY_H
#define NPY_H

#include "base/buf.h"
#include "format/safetensors.h"

struct npy {
	enum st_type type;		/* ST_F16, ST_F32, ST_F64 */
	int is_big;			/* big-endian */
	size_t rows, columns;
	const unsigned char *data;	/* rows x columns, any alignment */
};

int npy_is(const void *bytes, size_t size);
/* A view into `bytes`; `path` is for messages. */
int npy_read(struct npy *n, const void *bytes, size_t size, const char *path,
	     struct error *e);
/* Appends the header of rows x columns little-endian 4-byte floats. */
int npy_header(struct buf *b, size_t rows, size_t columns, struct error *e);

#endif
