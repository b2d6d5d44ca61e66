/*
 * fuzz_exif.c - libFuzzer target: EXIF blocks, texts that hold one, unpacking.
 *
 * The first byte says which.
 */
#include "format/inflate.h"
#include "fuzz_image.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t bytes);

static void unpack_twice(const unsigned char *data, size_t bytes)
{
	static unsigned char all[1 << 12], part[100];
	size_t n = inflate_start(all, sizeof(all), data, bytes);
	size_t m = inflate_start(part, sizeof(part), data, bytes);

	fuzz_require(n <= sizeof(all) && m == (n < sizeof(part) ? n :
					       sizeof(part)) &&
		     memcmp(all, part, m) == 0, "the beginning is the same");
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t bytes)
{
	static const char *const chunks[] = { "tEXt", "zTXt", "iTXt" };
	int orientation = 1;

	if (!bytes)
		return 0;
	switch (data[0] % 5) {
	case 0:
		unpack_twice(data + 1, bytes - 1);
		break;
	case 1:
		orientation = exif_orientation(data + 1, bytes - 1);
		break;
	default:
		orientation = exif_of_text(chunks[data[0] % 5 - 2], data + 1,
					   bytes - 1);
	}
	fuzz_require(orientation >= 1 && orientation <= 8, "1 to 8");
	return 0;
}
