/*
 * bench_resize.c - resizing beside stb_image_resize, on one thread.
 *
 *	cc -O2 -std=c11 -D_POSIX_C_SOURCE=200809L -ffp-contract=off -pthread \
 *		-Isrc -Isimd -isystem /usr/include/stb -o bench_resize \
 *		tools/bench/bench_resize.c build/libseesay.a -lm
 *	./bench_resize [KERNELS]
 *
 * Both shrink the same noise by Catmull-Rom's cubic, widened by the scale.
 * They take turns, so that a neighbour on the core slows both; the best and
 * the median of several are printed, and the ratio of the medians.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/rng.h"
#include "image/image.h"

#define STB_IMAGE_RESIZE_IMPLEMENTATION
#define STB_IMAGE_RESIZE_STATIC
#include "stb_image_resize.h"

enum { TURNS = 15 };

static int compare_times(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static double time_ours(const struct image *in, size_t width, size_t height,
			const struct kernels *kernels)
{
	struct image out;
	struct error e = {0};
	double start = clock_now();

	if (image_resize(&out, in, width, height, kernels, &e) < 0)
		exit(1);
	image_free(&out);
	return clock_now() - start;
}

static double time_stb(const struct image *in, size_t width, size_t height)
{
	unsigned char *out = malloc(width * height * 3);
	double start = clock_now();

	if (!out || !stbir_resize_uint8_generic(in->rgb, (int)in->width,
			(int)in->height, 0, out, (int)width, (int)height, 0, 3,
			STBIR_ALPHA_CHANNEL_NONE, 0, STBIR_EDGE_CLAMP,
			STBIR_FILTER_CATMULLROM, STBIR_COLORSPACE_LINEAR, NULL))
		exit(1);
	free(out);
	return clock_now() - start;
}

static void bench(size_t w, size_t h, size_t width, size_t height,
		  const struct kernels *kernels)
{
	struct image in = { .width = w, .height = h };
	struct error e = {0};
	double ours[TURNS], stb[TURNS];

	in.rgb = mem_new(w * h, 3, &e);
	if (!in.rgb)
		exit(1);
	for (size_t i = 0; i < w * h * 3; i++)
		in.rgb[i] = (unsigned char)rng_bits(1, 2, i);
	for (int i = 0; i < TURNS; i++) {
		ours[i] = time_ours(&in, width, height, kernels);
		stb[i] = time_stb(&in, width, height);
	}
	image_free(&in);
	qsort(ours, TURNS, sizeof(*ours), compare_times);
	qsort(stb, TURNS, sizeof(*stb), compare_times);
	printf("%4zu x %4zu -> %3zu x %3zu   seesay %7.3f (%7.3f) ms   "
	       "stb %7.3f (%7.3f) ms   %5.2f\n", w, h, width, height,
	       ours[0] * 1e3, ours[TURNS / 2] * 1e3, stb[0] * 1e3,
	       stb[TURNS / 2] * 1e3, stb[TURNS / 2] / ours[TURNS / 2]);
}

int main(int argc, char **argv)
{
	const struct kernels *kernels =
		kernels_find(argc > 1 ? argv[1] : NULL);

	if (!kernels) {
		fprintf(stderr, "bench_resize: no kernels '%s' here\n",
			argv[1]);
		return 2;
	}
	bench(500, 375, 72, 72, kernels);
	bench(500, 375, 224, 224, kernels);
	bench(160, 160, 72, 72, kernels);
	bench(4000, 3000, 224, 224, kernels);
	return 0;
}
