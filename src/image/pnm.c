/*
 * pnm.c - PBM, PGM and PPM, plain (P1, P2, P3) and raw (P4, P5, P6).
 *
 * Samples of any maximum become 8 bits, rounded to nearest; one above the
 * maximum counts as it.  Only the first picture of a file is read.
 *
 * Reference: the manual pages pbm(5), pgm(5), ppm(5) of Netpbm.
 */
#include "image/picture_plain.h"

struct pnm {
	const unsigned char *data;
	size_t bytes, at;
	int plain;		/* samples are numbers in text */
	int bits;		/* black and white; 1 is black */
	size_t channels;
	unsigned most;
};

static int is_blank(unsigned char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Past blanks, and comments up to the end of their lines. */
static void blanks_skip(struct pnm *f)
{
	while (f->at < f->bytes &&
	       (is_blank(f->data[f->at]) || f->data[f->at] == '#')) {
		if (f->data[f->at] == '#')
			while (f->at < f->bytes && f->data[f->at] != '\n' &&
			       f->data[f->at] != '\r')
				f->at++;
		else
			f->at++;
	}
}

/* A number up to 99,999,999 of at most `digits`; -1 if there is none. */
static long number_take(struct pnm *f, int digits)
{
	long v = 0;
	int n = 0;

	blanks_skip(f);
	for (; f->at < f->bytes && n < digits && f->data[f->at] >= '0' &&
	     f->data[f->at] <= '9'; n++)
		v = 10 * v + f->data[f->at++] - '0';
	return n ? v : -1;
}

static int pnm_open(struct pnm *f, struct plain *p, struct error *e)
{
	int kind = p->data[1] - '0';

	*f = (struct pnm){ .data = p->data, .bytes = p->bytes, .at = 2 };
	f->plain = kind < 4;
	f->bits = kind % 3 == 1;
	f->channels = kind % 3 == 0 ? 3 : 1;
	long width = number_take(f, 8), height = number_take(f, 8);
	long most = f->bits ? 1 : number_take(f, 8);
	/* one blank; behind it a raw picture begins, whatever its bytes are */
	if (width < 0 || height < 0 || most < 1 || most > 65535 ||
	    (f->at < f->bytes && !is_blank(f->data[f->at])))
		return fail(e, ERROR_DATA, "corrupt PNM: bad header");
	f->at++;
	f->most = (unsigned)most;
	p->width = (size_t)width;
	p->height = (size_t)height;
	return picture_check_size("PNM", p->width, p->height, e);
}

/* Bytes of one row, or the fewest that its text can have. */
static size_t row_bytes(const struct pnm *f, const struct plain *p)
{
	size_t samples = p->width * f->channels;

	if (f->bits)
		return f->plain ? samples : (samples + 7) / 8;
	return samples * (f->plain || f->most > 255 ? 2 : 1);
}

int pnm_header(struct plain *p, struct error *e)
{
	struct pnm f;

	if (pnm_open(&f, p, e) < 0)
		return e->code;
	/* the last number of a text needs no blank */
	size_t left = f.at < f.bytes ? f.bytes - f.at : 0;
	if (left + (size_t)f.plain < row_bytes(&f, p) * p->height)
		return fail(e, ERROR_DATA, "truncated PNM: %zu bytes cannot "
			    "hold %zu x %zu pixels", left, p->width,
			    p->height);
	return 0;
}

/* The next sample of a row; column counts samples.  Negative: none. */
static long sample_take(struct pnm *f, const unsigned char *row, size_t column)
{
	if (f->plain)
		return number_take(f, f->bits ? 1 : 8);
	if (f->bits)
		return row[column / 8] >> (7 - column % 8) & 1;
	return f->most > 255 ? (long)be16_get(row + 2 * column) : row[column];
}

static unsigned char sample_byte(const struct pnm *f, long v)
{
	unsigned long most = f->most, s = (unsigned long)v;

	if (f->bits)
		return v ? 0 : 255;
	return (unsigned char)((MIN(s, most) * 255 + most / 2) / most);
}

int pnm_pixels(struct plain *p, unsigned char *rgb, struct error *e)
{
	struct pnm f;
	size_t samples, bytes;

	if (pnm_header(p, e) < 0 || pnm_open(&f, p, e) < 0)
		return e->code;
	samples = p->width * f.channels;
	bytes = row_bytes(&f, p);
	for (size_t y = 0; y < p->height; y++) {
		const unsigned char *row = f.plain ? NULL :
					   f.data + f.at + y * bytes;
		for (size_t i = 0; i < samples; i++) {
			long v = sample_take(&f, row, i);
			if (v < 0)
				return fail(e, ERROR_DATA, "truncated PNM: row "
					    "%zu of %zu", y + 1, p->height);
			unsigned char b = sample_byte(&f, v);
			for (size_t c = 0; c < 3 / f.channels; c++)
				*rgb++ = b;
		}
	}
	return 0;
}
