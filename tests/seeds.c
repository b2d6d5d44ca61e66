/*
 * seeds.c - what the fuzzers begin with.
 *
 *	seeds FOLDER
 *
 * writes FOLDER/TARGET-N for tests/fuzz_TARGET.c: small pictures of every kind
 * and short texts.  tools/fuzz.sh adds the models that the program makes.
 */
#include <stdio.h>

#include "pictures.h"
#include "weights_made.h"

static const char *folder;

static void seed_put(const char *target, unsigned n, const void *data,
		     size_t bytes)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s-%u", folder, target, n);
	f = fopen(path, "wb");
	if (!f || fwrite(data, 1, bytes, f) != bytes || fclose(f) != 0) {
		fprintf(stderr, "cannot write '%s'\n", path);
		exit(1);
	}
}

static void jpegs(void)
{
	struct buf b = {0};

	for (unsigned i = 0; i < 16; i++) {
		struct jpeg_spec s = {
			.width = 17, .height = 9, .components = i & 1 ? 3 : 1,
			.h = i & 2 ? 2 : 1, .v = i & 4 ? 2 : 1,
			.progressive = i & 8 ? 1 : 0,
			.interval = i % 3 ? 0 : 2, .orientation = i % 5 ? 0 : 6,
			.seed = i
		};
		jpeg_make(&b, &s);
		seed_put("jpeg", i, b.data, b.bytes);
		s.components = 4;		/* inks, with Adobe's mark */
		s.adobe = i % 4;
		jpeg_make(&b, &s);
		seed_put("jpeg", 16 + i, b.data, b.bytes);
	}
	buf_free(&b);
}

static void pngs(void)
{
	static const struct png_spec all[] = {
		{ .depth = 1 }, { .depth = 16, .alpha = 2, .clear = { 5, 77 } },
		{ .depth = 8, .colour = 2 },
		{ .depth = 4, .colour = 3, .colours = 16, .alpha = 5,
		  .clear = { 0, 10, 100, 200, 255 } },
		{ .depth = 8, .colour = 4 }, { .depth = 16, .colour = 6 },
	};
	struct buf b = {0};

	for (unsigned i = 0; i < 2 * ARRAY_LEN(all); i++) {
		struct png_spec s = all[i / 2];
		s.width = 7;
		s.height = 5;
		s.interlaced = i % 2;
		s.seed = i;
		png_make(&b, &s);
		seed_put("png", i, b.data, b.bytes);
	}
	buf_free(&b);
}

/* One of each kind that has its own way through a decoder. */
static void plains(void)
{
	static const struct {
		const char *target;
		size_t bytes;
		const char *data;
	} all[] = {
#define SEED(target, text) { target, sizeof(text) - 1, text }
		SEED("pnm", "P1 3 2 010111"),
		SEED("pnm", "P2 2 1 9 0 #\n" "7"),
		SEED("pnm", "P3 1 1 255 1 2 3"),
		SEED("pnm", "P4 3 2\n\x5f\xff"),
		SEED("pnm", "P5 2 1 65535\n\0\1\2"),
		SEED("pnm", "P6 1 1 255\n\1\2\3"),
		SEED("gif", "GIF89a\4\0\4\0\x80\0\0\0\0\0\xff\xff\xff"
		     "\x21\xf9\4\1\0\0\1\0,\0\0\0\0\4\0\4\0"
		     "\xc0\1\2\3\4\5\6\2\5\x8c\x2d\x99\x87\x2a"
		     "\0;"),
		SEED("bmp", "BM\0\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0"
		     "\2\0\0\0\2\0\0\0\1\0\x10\0\3\0\0\0"
		     "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
		     "\0\0\0\0\0\xf8\0\0\xe0\7\0\0\x1f\0\0\0"),
		SEED("bmp", "BM\0\0\0\0\0\0\0\0\x3e\0\0\0\x28\0\0\0"
		     "\4\0\0\0\2\0\0\0\1\0\x08\0\1\0\0\0"
		     "\0\0\0\0\0\0\0\0\0\0\0\0\2\0\0\0"
		     "\0\0\0\0\1\2\3\0\4\5\6\0"
		     "\3\1\0\0\0\3\1\0\1\0\0\2\1\1\0\1"),
		SEED("bmp", "BM\0\0\0\0\0\0\0\0\x20\0\0\0\x0c\0\0\0"
		     "\5\0\1\0\1\0\1\0\1\2\3\4\5\6"
		     "\xa8\0\0\0\0"),
		SEED("exif", "\1MM\0*\0\0\0\x08\0\1\1\x12\0\3\0\0\0\1"
		     "\0\6\0\0\0\0\0\0"),
		SEED("exif", "\2Raw profile type exif\0\nexif\n  8\n"
		     "4d4d002a00000008"),
		SEED("exif", "\3Raw profile type exif\0\0\x78\1\1\3\0\xfc"
		     "\xff" "abc"),
		SEED("exif", "\4Raw profile type exif\0\0\0en\0x\0\ne\n"),
		SEED("exif", "\0\x78\xda\x4b\x4c\x4a\x4e\x49\x4d\x4b\xcf"),
#undef SEED
	};

	for (unsigned i = 0; i < ARRAY_LEN(all); i++)
		seed_put(all[i].target, i, all[i].data, all[i].bytes);
}

static void texts(void)
{
	static const char *const all[][2] = {
		{ "json", "{\"a\": [1, -2.5e3, true, null, \"\\u00e9\\n\"]}" },
		{ "json", "[{\"image\": \"a.jpg\", \"caption\": \"x\"}, []]" },
		{ "query", "beach - sunrise + 2:(car + 0.5:red)" },
		{ "query", "\"south beach\" - IMG_3 + @a.jpg + id:x/1" },
		{ "net", "image = input h=8 w=8 c=3 mean=127.5 scale=0.0157\n"
			 "c = conv out=4 kernel=3 stride=2 pad=1 bias=no\n"
			 "n = bn\nr = relu\np = maxpool kernel=2 stride=2\n"
			 "g = avgpool global=yes\nout = dense out=@dim\n" },
		{ "net", "image = input h=6 w=5 c=2\n"
			 "a = conv out=4 groups=2 kernel=1,3\nb = relu max=6\n"
			 "c = conv out=4 kernel=3 pad=1 from=a\n"
			 "d = add from=b,c\ne = concat from=a,d\n"
			 "l = lrn\nf = drop p=0.5\nout = dense out=@dim\n" },
		{ "vectors", "\1the 0.5 -1.25\nof 1e-3 2\n" },
		{ "vectors", "\2" "2 3\na 1 2 3\nb 4 5 6\n" },
		{ "vectors", "\7cat dog 7.5\nred blue 1\n" },
		{ "text", "image,caption,tags\na.jpg,\"a red, ball\",x y\n" },
		{ "text", "{\"image\": \"a.jpg\", \"captions\": [\"b\", \"c\"]}\n" },
		{ "text", "a.jpg#0\tA man in a hat .\na.jpg#1\tOne, two!\n" },
		{ "text", "\xEF\xBB\xBF" "Caf\xC3\xA9 don't \xE2\x80\x99 #tag @user" },
	};

	for (unsigned i = 0; i < ARRAY_LEN(all); i++)
		seed_put(all[i][0], i, all[i][1], strlen(all[i][1]));
}

/* Files of weights; a pickle alone for the fuzzer that wraps it. */
static void weights(void)
{
	static const char safetensors[] =
		"{\"fc.weight\":{\"dtype\":\"BF16\",\"shape\":[2,16],"
		"\"data_offsets\":[0,64]},\"fc.bias\":{\"dtype\":\"F32\","
		"\"shape\":[2],\"data_offsets\":[64,72]}}";
	const struct made_pth zip = {0};
	const struct made_caffe old = { .v1 = 1 };
	struct buf b = {0}, pth = {0};

	for (int i = 0; i < MADE_FILES; i++) {
		const char *target = made_file(&b, i);

		buf_clear(&pth);
		made_le(&pth, 0, *target == 'p');
		made_put(&pth, b.data, b.bytes);
		seed_put(target, (unsigned)i, pth.data, pth.bytes);
	}
	buf_clear(&b);
	made_le(&b, 1, 1);
	made_object(&b, &zip);
	seed_put("pth", MADE_FILES, b.data, b.bytes);
	buf_clear(&b);
	made_caffemodel(&b, &old);
	seed_put("caffemodel", MADE_FILES, b.data, b.bytes);
	buf_clear(&b);
	made_le(&b, sizeof(safetensors) - 1, 8);
	made_put(&b, safetensors, sizeof(safetensors) - 1);
	made_floats(&b, 0, 18, 0);
	seed_put("import", 0, b.data, b.bytes);
	buf_free(&b);
	buf_free(&pth);
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: seeds FOLDER\n");
		return 2;
	}
	folder = argv[1];
	jpegs();
	pngs();
	plains();
	texts();
	weights();
	return 0;
}
