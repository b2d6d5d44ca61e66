/*
 * test_npy.c - .npy headers as numpy writes them and as it does not, and the
 * floats of every size and byte order.
 */
#include <math.h>

#include "base/le.h"
#include "base/rng.h"
#include "fail_each.h"
#include "format/floats.h"
#include "format/npy.h"
#include "test.h"

enum { ROOM = 512 };

/* A file of version `major` with this dict and `data` bytes behind it. */
static size_t make(unsigned char *out, int major, const char *dict,
		   size_t data)
{
	size_t from = major == 1 ? 10 : 12, length = strlen(dict);

	memset(out, 0, ROOM);
	memcpy(out, "\x93NUMPY", 6);
	out[6] = (unsigned char)major;
	out[8] = (unsigned char)length;
	memcpy(out + from, dict, length);
	return from + length + data;
}

static void good(void)
{
	static const struct {
		const char *dict;
		enum st_type type;
		int big;
		size_t bytes;
	} cases[] = {
		{ "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"
		  "          \n", ST_F32, 0, 24 },
		{ "{\"shape\":(2,3),\"fortran_order\":False,\"descr\":\">f2\"}",
		  ST_F16, 1, 12 },
		{ "{'shape': (2L, 3L), 'descr': '<f8', 'fortran_order': False}",
		  ST_F64, 0, 48 },
		{ "{'descr': '>f4', 'fortran_order': False, 'shape': (2, 3,)}",
		  ST_F32, 1, 24 },
	};
	unsigned char file[ROOM];

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		for (int major = 1; major <= 3; major++) {
			struct error e = {0};
			struct npy n;
			size_t size = make(file, major, cases[i].dict,
					   cases[i].bytes);

			CHECK(npy_read(&n, file, size, "x", &e) == 0);
			CHECK(n.rows == 2 && n.columns == 3);
			CHECK(n.type == cases[i].type &&
			      n.is_big == cases[i].big);
			CHECK(n.data == file + size - cases[i].bytes);
			for (size_t cut = 0; cut < size; cut++) {
				memset(&e, 0, sizeof(e));
				CHECK(npy_read(&n, file, cut, "x", &e) ==
				      ERROR_DATA);
			}
		}
}

static const struct {
	const char *dict, *says;
} bad_dicts[] = {
	{ "{'descr': '<i4', 'fortran_order': False, 'shape': (2, 3)}",
	  "has items of type '<i4', not floats" },
	{ "{'descr': '|O', 'fortran_order': False, 'shape': (2, 3)}",
	  "not floats" },
	{ "{'descr': '<f16', 'fortran_order': False, 'shape': (2, 3)}",
	  "not floats" },
	{ "{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3)}",
	  "Fortran order" },
	{ "{'descr': '<f4', 'fortran_order': False, 'shape': (6,)}",
	  "1 dimensions" },
	{ "{'descr': '<f4', 'fortran_order': False, 'shape': ()}",
	  "0 dimensions" },
	{ "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2, 3)"
	  "}", "3 dimensions" },
	{ "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 3)}",
	  "24 bytes of data" },
	{ "{'descr': '<f4', 'fortran_order': False, 'shape': "
	  "(4611686018427387904, 6)}", "24 bytes of data" },
	{ "{'descr': '<f4', 'fortran_order': False, 'shape': "
	  "(99999999999999999999999, 6)}", "does not parse" },
	{ "{'descr': '<f4', 'fortran_order': False}", "not complete" },
	{ "{'descr': '<f4', 'shape': (2, 3)}", "not complete" },
	{ "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, "
	  "'shape': (2, 3)}", "does not parse" },
	{ "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), "
	  "'more': 1}", "does not parse" },
	{ "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3)} x",
	  "not complete" },
	{ "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': "
	  "(6,)}", "does not parse" },
	{ "(2, 3)", "not a dict" }, { "", "not a dict" },
};

static void bad(void)
{
	unsigned char file[ROOM];
	struct error e = {0};
	struct npy n;

	for (size_t i = 0; i < ARRAY_LEN(bad_dicts); i++) {
		size_t size = make(file, 1, bad_dicts[i].dict, 24);

		memset(&e, 0, sizeof(e));
		CHECK(npy_read(&n, file, size, "x", &e) == ERROR_DATA);
		if (!CHECK(strstr(e.text, bad_dicts[i].says) != NULL))
			fprintf(stderr, "%s\n", e.text);
	}
	memset(&e, 0, sizeof(e));
	CHECK(npy_read(&n, file, make(file, 4, "{}", 0), "x", &e) ==
	      ERROR_DATA && strstr(e.text, "version 4"));
}

static void damaged(void)
{
	static const char dict[] = "{'descr': '<f4', 'fortran_order': False, "
				   "'shape': (2, 3), }\n";
	unsigned char file[ROOM];
	struct npy n;

	for (uint64_t i = 0; i < 20000; i++) {
		struct error e = {0};
		size_t size = make(file, 1 + (int)(i % 3), dict, 24);

		for (uint64_t j = 0; j <= i % 3; j++)
			file[rng_below(1, i, 2 * j, size)] ^=
				(unsigned char)(1 << rng_below(1, i, 2 * j + 1,
							       8));
		if (npy_read(&n, file, size, "x", &e) == 0)
			CHECK(n.rows * n.columns * st_type_bytes(n.type) ==
			      (size_t)(file + size - n.data));
		else
			CHECK(e.code == ERROR_DATA);
	}
}

static int header_work(struct error *e)
{
	struct buf b = {0};
	int code = npy_header(&b, 12345678, 300, e);

	buf_free(&b);
	return code;
}

/* To the byte what numpy 1.24 writes. */
static void header(void)
{
	struct error e = {0};
	struct buf b = {0};

	CHECK(npy_header(&b, 2, 3, &e) == 0);
	CHECK(b.bytes == 128);
	CHECK(memcmp(b.data, "\x93NUMPY\1\0v\0{'descr': '<f4', "
		     "'fortran_order': False, 'shape': (2, 3), }  ", 71) == 0);
	CHECK(b.data[127] == '\n' && b.data[126] == ' ');
	buf_free(&b);
	fail_each("npy header", header_work);
}

static double half_exact(unsigned h)
{
	int exponent = (int)(h >> 10 & 31);
	double fraction = h & 1023, sign = h & 0x8000 ? -1 : 1;

	return sign * (exponent ? ldexp(1024 + fraction, exponent - 25) :
		       ldexp(fraction, -24));
}

static void floats(void)
{
	const double v[3] = { 1.5, -0.1, 1e300 };
	unsigned char bytes[24], turned[24];
	float out[3], again[3];

	for (unsigned h = 0; h < 65536; h++) {
		unsigned char half[2] = { (unsigned char)h,
					  (unsigned char)(h >> 8) };
		float f;

		floats_read(&f, half, ST_F16, 0, 1);
		if ((h >> 10 & 31) != 31)
			CHECK((double)f == half_exact(h) &&
			      !signbit(f) == !(h & 0x8000));
		else
			CHECK(h & 1023 ? isnan(f) : isinf(f) &&
			      !signbit(f) == !(h & 0x8000));
	}
	for (size_t i = 0; i < 3; i++) {
		uint64_t bits;

		memcpy(&bits, &v[i], sizeof(bits));
		le64_put(bytes + 8 * i, bits);
	}
	floats_read(out, bytes, ST_F64, 0, 3);
	CHECK(out[0] == 1.5f && out[1] == -0.1f && isinf(out[2]));
	for (int size = 2; size <= 8; size *= 2) {
		static const enum st_type types[] = { ST_F16, ST_F32, ST_F64 };
		enum st_type type = types[size / 4];

		for (int i = 0; i < 24; i++)
			turned[i] = bytes[i / size * size + size - 1 -
					  i % size];
		floats_read(out, bytes, type, 0, 3);
		floats_read(again, turned, type, 1, 3);
		CHECK(memcmp(out, again, sizeof(out)) == 0);
	}
	floats_read(out, "\x80\x3f", ST_BF16, 0, 1);
	CHECK(out[0] == 1);
}

int main(void)
{
	good();
	bad();
	damaged();
	header();
	floats();
	return test_end("npy");
}
