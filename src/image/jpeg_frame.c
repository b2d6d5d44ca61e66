/*
 * jpeg_frame.c - the frame: which JPEG this is, and the geometry of its blocks
 * in the file and in the decoded picture.
 *
 * A picture is decoded to `size` samples for each 8 of the file.  A component
 * with fewer samples than another is decoded to more of them where that makes
 * up for it, as in libjpeg: at 1/2, colour that is stored at half the size is
 * decoded whole.
 */
#include "image/arena.h"
#include "image/jpeg.h"

#include <string.h>

/* Refuses by name the frames that cannot be decoded. */
static int frame_check_kind(int marker, const unsigned char *data,
			    size_t bytes, struct error *e)
{
	static const struct { int low, high; const char *name; } kinds[] = {
		{ 0xC3, 0xC3, "lossless JPEG" },
		{ 0xC5, 0xC7, "hierarchical JPEG" },
		{ 0xC8, 0xC8, "JPEG with extensions" },
		{ 0xC9, 0xCF, "JPEG with arithmetic coding" },
		{ 0xF7, 0xF7, "JPEG-LS" },
	};
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (marker >= kinds[i].low && marker <= kinds[i].high)
			return fail(e, ERROR_DATA, "%s is not supported",
				    kinds[i].name);
	if (bytes < 6 || bytes != 6 + 3 * (size_t)data[5])
		return jpeg_corrupt(e, "bad frame header");
	if (data[0] != 8)
		return fail(e, ERROR_DATA, "JPEG with %d bits is not supported",
			    data[0]);
	if (be16_get(data + 1) == 0)
		return fail(e, ERROR_DATA,
			    "JPEG without a height (DNL) is not supported");
	if (data[5] != 1 && data[5] != 3 && data[5] != 4)
		return fail(e, ERROR_DATA, "JPEG with %d components is not "
			    "supported", data[5]);
	return 0;
}

static int frame_component(struct jpeg *j, int i, const unsigned char *b,
			   struct error *e)
{
	struct jpeg_component *c = &j->component[i];

	c->id = b[0];
	c->h = b[1] >> 4;
	c->v = b[1] & 15;
	c->table = b[2];
	memset(c->level, JPEG_NOT_CODED, sizeof(c->level));
	if (c->h < 1 || c->h > 4 || c->v < 1 || c->v > 4 || c->table > 3)
		return jpeg_corrupt(e, "bad sampling or table number");
	for (int k = 0; k < i; k++)
		if (j->component[k].id == c->id)
			return jpeg_corrupt(e, "two components of one name");
	if (j->components == 1)		/* alone: sampling means nothing */
		c->h = c->v = 1;
	j->h_most = MAX(j->h_most, c->h);
	j->v_most = MAX(j->v_most, c->v);
	return 0;
}

static size_t divided(size_t n, size_t by, size_t of)
{
	return CEIL_DIV(n * by, of);
}

/* Counts blocks; refuses sizes that the bytes of the file cannot hold. */
static int frame_measure(struct jpeg *j, struct error *e)
{
	size_t h = (size_t)j->h_most, v = (size_t)j->v_most, blocks = 0;

	j->mcus_across = CEIL_DIV(j->width, 8 * h);
	j->mcus_down = CEIL_DIV(j->height, 8 * v);
	for (int i = 0; i < j->components; i++) {
		struct jpeg_component *c = &j->component[i];
		c->width = divided(j->width, (size_t)c->h, 8 * h);
		c->height = divided(j->height, (size_t)c->v, 8 * v);
		c->across = j->mcus_across * (size_t)c->h;
		c->down = j->mcus_down * (size_t)c->v;
		blocks += c->width * c->height;
	}
	/* every block takes at least one bit */
	if (blocks / 8 > j->bytes)
		return fail(e, ERROR_DATA, "truncated JPEG: %zu bytes cannot "
			    "hold %zu x %zu pixels", j->bytes, j->width,
			    j->height);
	return 0;
}

static int frame_check_size(const struct jpeg *j, struct error *e)
{
	if (j->width == 0)
		return jpeg_corrupt(e, "no pixels");
	if (j->width * j->height > JPEG_MAX_PIXELS)
		return fail(e, ERROR_DATA, "too large: %zu x %zu pixels "
			    "(limit: %d million)", j->width, j->height,
			    JPEG_MAX_PIXELS / 1000000);
	return 0;
}

int jpeg_frame_read(struct jpeg *j, int marker, const unsigned char *data,
		    size_t bytes, struct error *e)
{
	if (frame_check_kind(marker, data, bytes, e) < 0)
		return e->code;
	if (j->frame)
		return jpeg_corrupt(e, "two frames");
	j->frame = marker;
	j->progressive = marker == 0xC2;
	j->height = be16_get(data + 1);
	j->width = be16_get(data + 3);
	j->components = data[5];
	if (frame_check_size(j, e) < 0)
		return e->code;
	for (int i = 0; i < j->components; i++)
		if (frame_component(j, i, data + 6 + 3 * i, e) < 0)
			return e->code;
	return frame_measure(j, e);
}

void jpeg_plan(struct jpeg *j, int size)
{
	j->size = size;
	j->out_width = divided(j->width, (size_t)size, 8);
	j->out_height = divided(j->height, (size_t)size, 8);
	for (int i = 0; i < j->components; i++) {
		struct jpeg_component *c = &j->component[i];
		int s = size;
		while (s < 8 && j->h_most * size % (c->h * s * 2) == 0 &&
		       j->v_most * size % (c->v * s * 2) == 0)
			s *= 2;
		c->size = s;
		c->samples = divided(j->width, (size_t)(c->h * s),
				     (size_t)(8 * j->h_most));
		c->lines = divided(j->height, (size_t)(c->v * s),
				   (size_t)(8 * j->v_most));
		c->stride = c->across * (size_t)s;
	}
}

static size_t plane_bytes(const struct jpeg_component *c)
{
	return c->down * (size_t)c->size * c->stride + PIXELS_SPARE;
}

static size_t coefficients(const struct jpeg_component *c)
{
	return c->across * c->down * (c->size == 1 ? 1 : 64);
}

size_t jpeg_memory(const struct jpeg *j)
{
	/* tables, and rows in the making: 32 bytes for each pixel of one */
	size_t sum = sizeof(struct jpeg_tables) + (3 << 16) + j->bytes +
		     32 * j->out_width;

	for (int i = 0; i < j->components; i++) {
		const struct jpeg_component *c = &j->component[i];
		sum += plane_bytes(c);
		if (j->progressive)
			sum += coefficients(c) * sizeof(*c->coefficient) +
			       c->across * c->down * sizeof(*c->nonzero);
	}
	return sum;
}

int jpeg_size_for(struct jpeg *j, size_t side)
{
	int size = 8;

	jpeg_plan(j, size);
	for (; size > 1; size /= 2) {
		int too_large = jpeg_memory(j) > PICTURE_MAX_MEMORY ||
			j->out_width * j->out_height > PICTURE_MAX_PIXELS;
		jpeg_plan(j, size / 2);
		if (!too_large && (!side ||
		    MIN(j->out_width, j->out_height) < side))
			break;
	}
	jpeg_plan(j, size);
	return size;
}

int jpeg_frame_begin(struct jpeg *j, struct error *e)
{
	for (int i = 0; i < j->components; i++) {
		struct jpeg_component *c = &j->component[i];
		size_t blocks = c->across * c->down;
		c->plane = arena_new(plane_bytes(c));
		if (j->progressive) {
			c->coefficient = arena_new(coefficients(c) *
						   sizeof(*c->coefficient));
			c->nonzero = arena_new(blocks * sizeof(*c->nonzero));
		}
		if (!c->plane ||
		    (j->progressive && !(c->coefficient && c->nonzero)))
			return fail(e, ERROR_DATA, "the picture does not fit "
				    "in %d MB", PICTURE_MAX_MEMORY >> 20);
	}
	return 0;
}
