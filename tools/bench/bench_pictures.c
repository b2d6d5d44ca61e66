/*
 * bench_pictures.c - files to small pictures, by seesay or by libjpeg-turbo.
 *
 *	bench_pictures seesay|whole|turbo THREADS SIDE FILE...
 *
 * Reads, decodes and shrinks the files in turn, on THREADS threads, until a
 * second is over, and prints pictures a second and how many there were.  The shorter side becomes SIDE.
 * `seesay` decodes in confined children, one a thread, as small as SIDE allows;
 * `whole` decodes all pixels; `turbo` is libjpeg-turbo in this process (built
 * with -DTURBO -ljpeg), scaled by 1/2, 1/4 or 1/8 likewise, and our resize.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef TURBO
#include <jpeglib.h>
#endif

#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "image/image.h"

enum { MOST_THREADS = 64, MOST_BYTES = 1 << 27 };

static struct {
	const char *kind;
	size_t side;
	char **files;
	size_t count;
	struct decoder *decoder;
	double end;
	atomic_size_t next, done;
} bench;

static void stop(const char *what)
{
	fprintf(stderr, "bench_pictures: %s\n", what);
	exit(1);
}

#ifdef TURBO
static void turbo_decode(struct image *out, const struct buf *b)
{
	struct jpeg_decompress_struct c;
	struct jpeg_error_mgr errors;
	struct error e = {0};

	c.err = jpeg_std_error(&errors);
	jpeg_create_decompress(&c);
	jpeg_mem_src(&c, (const unsigned char *)b->data, b->bytes);
	jpeg_read_header(&c, TRUE);
	c.out_color_space = JCS_RGB;
	for (c.scale_num = 8; c.scale_num > 1; c.scale_num /= 2)
		if (MIN(c.image_width, c.image_height) * c.scale_num / 16 <
		    bench.side)
			break;
	c.scale_denom = 8;
	jpeg_start_decompress(&c);
	out->width = c.output_width;
	out->height = c.output_height;
	out->rgb = mem_new(out->width * out->height, 3, &e);
	while (c.output_scanline < c.output_height) {
		JSAMPROW row = out->rgb + 3 * out->width * c.output_scanline;
		jpeg_read_scanlines(&c, &row, 1);
	}
	jpeg_finish_decompress(&c);
	jpeg_destroy_decompress(&c);
}
#else
static void turbo_decode(struct image *out, const struct buf *b)
{
	(void)out;
	(void)b;
	stop("built without libjpeg-turbo");
}
#endif

static void picture_take(const char *path, int thread)
{
	struct error e = {0};
	struct buf b = {0};
	struct image whole = {0}, small = {0};

	if (file_read(&b, path, MOST_BYTES, &e) < 0)
		stop(e.text);
	if (!strcmp(bench.kind, "turbo"))
		turbo_decode(&whole, &b);
	else
		decoder_decode_to(bench.decoder, thread, &whole, b.data,
				  b.bytes, *bench.kind == 's' ? bench.side : 0,
				  &e);
	if (e.code)
		stop(e.text);
	size_t shorter = MIN(whole.width, whole.height);
	size_t width = (whole.width * bench.side + shorter / 2) / shorter;
	size_t height = (whole.height * bench.side + shorter / 2) / shorter;
	if (image_resize(&small, &whole, width, height, kernels_find(NULL),
			 &e) < 0)
		stop(e.text);
	image_free(&whole);
	image_free(&small);
	buf_free(&b);
}

static void *thread_run(void *number)
{
	while (clock_now() < bench.end) {
		size_t i = atomic_fetch_add(&bench.next, 1) % bench.count;
		picture_take(bench.files[i], *(int *)number);
		atomic_fetch_add(&bench.done, 1);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t threads[MOST_THREADS];
	int numbers[MOST_THREADS];
	struct error e = {0};

	if (argc < 5)
		stop("usage: bench_pictures seesay|whole|turbo THREADS SIDE "
		     "FILE...");
	int n = MIN(MAX(atoi(argv[2]), 1), MOST_THREADS);
	bench.kind = argv[1];
	bench.side = (size_t)atoi(argv[3]);
	bench.files = argv + 4;
	bench.count = (size_t)argc - 4;
	bench.decoder = decoder_open(n, &e);
	if (!bench.decoder)
		stop(e.text);
	picture_take(bench.files[0], 0);
	double start = clock_now();
	bench.end = start + 1.0;
	for (int i = 0; i < n; i++) {
		numbers[i] = i;
		pthread_create(&threads[i], NULL, thread_run, &numbers[i]);
	}
	for (int i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
	/* the first was before the clock */
	printf("%.2f %zu\n", (double)bench.done / (clock_now() - start),
	       (size_t)bench.done + 1);
	decoder_close(bench.decoder);
	return 0;
}
