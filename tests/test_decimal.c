/*
 * test_decimal.c - floats as text against strtof and printf, in every locale
 * there is.
 */
#include <locale.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/rng.h"
#include "format/decimal.h"
#include "test.h"

static uint32_t bits_of(float v)
{
	uint32_t bits;

	memcpy(&bits, &v, sizeof(bits));
	return bits;
}

static float float_of(uint32_t bits)
{
	float v;

	memcpy(&v, &bits, sizeof(v));
	return v;
}

/* The whole text is read, to the bits of strtof. */
static int agrees(const char *text)
{
	size_t bytes = strlen(text);
	float got = 1, want = strtof(text, NULL);
	const char *to = decimal_read(text, text + bytes, &got);

	if (to == text + bytes && (bits_of(got) == bits_of(want) ||
				   (isnan(got) && isnan(want))))
		return 1;
	fprintf(stderr, "'%s' gave %.9g, not %.9g\n", text, (double)got,
		(double)want);
	return 0;
}

static void known(void)
{
	static const char *const text[] = {
		"0", "-0", "0.0", "1", "+1", "-1.5", ".5", "5.", "1e5", "1E-5",
		"00012.500", "16777217", "16777219", "3.4028235e38",
		"3.4028236e38", "3.40282357e38", "1e39", "-1e99999999999",
		"1e-45", "7e-46", "7.1e-46", "1e-99999999999", "0e99999999999",
		"1.17549435e-38", "1.1754943e-38", "0.1", "0.000001",
		"9007199254740993", "0.30000001192092896",
		"123456789012345678901234567890", "nan", "NaN", "-inf", "INF",
		"infinity", "1.00000005960464477539062500000",
		"1.000000059604644775390625000000000000000000000000000000001",
	};
	char longest[3000];

	for (size_t i = 0; i < sizeof(text) / sizeof(*text); i++)
		CHECK(agrees(text[i]));
	/* halfway between 1 and the next float, and a digit far behind */
	memset(longest, '0', sizeof(longest));
	memcpy(longest, "1.000000059604644775390625", 26);
	strcpy(longest + 2000, "1e0");
	CHECK(agrees(longest));
	strcpy(longest + 2000, "0e0");
	CHECK(agrees(longest));
	memset(longest, '9', sizeof(longest));
	strcpy(longest + 2500, "e-2490");
	CHECK(agrees(longest));
}

/* What is no number, and where a number ends. */
static void ends(void)
{
	static const struct {
		const char *text;
		int bytes;	/* -1: no number */
	} cases[] = {
		{ "", -1 }, { "-", -1 }, { ".", -1 }, { "e5", -1 },
		{ "-.e1", -1 }, { "abc", -1 }, { "in", -1 }, { "na", -1 },
		{ "1 2", 1 }, { "1e", 1 }, { "1e+", 1 }, { "1.2.3", 3 },
		{ "0x10", 1 }, { "1,5", 1 }, { "12abc", 2 }, { "nano", 3 },
		{ "infinite", 3 }, { "--1", -1 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const char *t = cases[i].text;
		float v;
		const char *to = decimal_read(t, t + strlen(t), &v);

		CHECK(to ? to - t == cases[i].bytes : cases[i].bytes < 0);
	}
	for (int n = 0; n < 8; n++) {
		float v;
		const char *t = "1234e567";

		CHECK(n ? decimal_read(t, t + n, &v) != NULL :
		      !decimal_read(t, t, &v));
	}
}

static void random_texts(void)
{
	static const struct {
		char kind;
		int digits;
	} form[] = {
		{ 'f', 4 }, { 'f', 6 }, { 'g', 9 }, { 'g', 17 },
		{ 'g', 5 }, { 'e', 1 }, { 'f', 30 }, { 'e', 60 },
	};
	char text[400];
	size_t bad = 0;

	for (uint64_t i = 0; i < 40000; i++) {
		uint32_t bits = (uint32_t)rng_bits(3, 1, i);
		double v = (double)float_of(bits);
		double to_next = (double)float_of(bits + 1);

		if (!isfinite(v) || !isfinite(to_next))
			continue;
		/* a float, a value around 1, and halfway to the next float */
		v = i % 3 == 0 ? v : i % 3 == 1 ? (v + to_next) / 2 :
		    (double)bits / 4294967296.0 - 0.5;
		snprintf(text, sizeof(text), form[i % 8].kind == 'f' ? "%.*f" :
			 form[i % 8].kind == 'g' ? "%.*g" : "%.*e",
			 form[i % 8].digits, v);
		bad += !agrees(text);
	}
	CHECK(bad == 0);
}

static int prints(float v)
{
	char want[40], got[DECIMAL_ROOM + 1];
	float back;
	size_t bytes = decimal_put(got, v);

	got[bytes] = 0;
	snprintf(want, sizeof(want), "%.9g", (double)v);
	if (strcmp(got, want) != 0) {
		fprintf(stderr, "'%s', not '%s'\n", got, want);
		return 0;
	}
	return !isfinite(v) ||
	       (decimal_read(got, got + bytes, &back) == got + bytes &&
		bits_of(back) == bits_of(v));
}

static void writing(void)
{
	static const float some[] = { 0, 1, 10, 0.1f, 0.5f, 1e-4f, 9.9e-5f,
		1e8f, 1e9f, 999999999.f, 123456789.f, 1e10f, 3.4028235e38f,
		1e-45f, 1.17549435e-38f, 0.000123456789f, 100000.f,
		16777216.f, 2.5f, 1e-14f, 1e-15f, 1e30f, 1e31f };
	size_t bad = 0;

	for (size_t i = 0; i < sizeof(some) / sizeof(*some); i++)
		CHECK(prints(some[i]) && prints(-some[i]));
	CHECK(prints(INFINITY) && prints(-INFINITY));
	for (uint64_t i = 0; i < 40000; i++) {
		uint32_t bits = (uint32_t)rng_bits(4, 1, i);

		bad += !prints(float_of(bits));
		bad += !prints((float)(bits >> 8) * 0x1p-22f - 2);
	}
	CHECK(bad == 0);
}

/* A decimal comma changes nothing. */
static void comma(void)
{
	static const char *const names[] = { "de_DE.UTF-8", "de_DE.utf8",
		"fr_FR.UTF-8", "de_DE", "fr_FR", "nl_NL.UTF-8" };
	const char *found = NULL;
	const char *small = "1.17549e-40";
	char text[DECIMAL_ROOM + 1];
	float v = 0;

	for (size_t i = 0; !found && i < sizeof(names) / sizeof(*names); i++)
		found = setlocale(LC_ALL, names[i]);
	if (!found) {
		puts("skipped: a locale with a decimal comma, there is none");
		return;
	}
	CHECK(decimal_read(small, small + strlen(small), &v) ==
	      small + strlen(small) && v == 1.17549e-40f);
	text[decimal_put(text, 1.1754e-38f)] = 0;
	CHECK_STR(text, "1.17540004e-38");
	setlocale(LC_ALL, "C");
}

int main(void)
{
	known();
	ends();
	random_texts();
	writing();
	comma();
	return test_end("decimal");
}
