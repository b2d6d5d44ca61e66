/*
 * test_opt.c - the command line by a table: what is taken, what is refused and
 * with which words, and the help made from the same table.
 */
#include <math.h>
#include <stdlib.h>

#include "base/opt.h"
#include "fail_each.h"

/* ---- opt ----------------------------------------------------------------- */

static int o_int, o_flag, o_choice, o_common;
static uint64_t o_size, o_u64;
static float o_float;
static const char *o_string;

static const struct opt options[] = {
	{ "count", 'k', OPT_INT, &o_int, "N", "results", 1, 10 },
	{ "flag", 'f', OPT_FLAG, &o_flag, NULL, "a flag", 0, 0 },
	{ "mode", 'm', OPT_CHOICE, &o_choice, "fast|slow|exact", "how", 0, 0 },
	{ "max-bytes", 0, OPT_SIZE, &o_size, "BYTES", "most", 0, 0 },
	{ "seed", 's', OPT_U64, &o_u64, "N", "seed", 0, 0 },
	{ "memory", 0, OPT_SIZE, &o_u64, "SIZE", "room", 1 << 20, 0x1p60 },
	{ "decay", 0, OPT_FLOAT, &o_float, "D", "decay", 1e-6, 1e6 },
	{ "rate", 0, OPT_FLOAT, &o_float, "R", "rate", 0, 1 },
	{ "output", 'o', OPT_STRING, &o_string, "FILE", "file", 0, 0 },
	OPT_END
};
static const struct opt common[] = {
	{ "threads", 't', OPT_INT, &o_common, "N", "threads", 0, 64 },
	OPT_END
};

/* Parses words parted by blanks; the operands come back joined by ','. */
static int parse(const char *line, char operands[256], int *want_help,
		 struct error *e)
{
	static char copy[256];
	char *argv[32] = { (char *)"seesay" };
	int argc = 1, count;

	o_int = 3;
	o_flag = o_choice = o_common = 0;
	o_size = o_u64 = 0;
	o_float = 0.5f;
	o_string = NULL;
	snprintf(copy, sizeof(copy), "%s", line);
	for (char *word = strtok(copy, " "); word; word = strtok(NULL, " "))
		argv[argc++] = word;
	argv[argc] = NULL;
	*operands = 0;
	count = opt_parse(argc, argv, options, common, want_help, e);
	for (int i = 0; i < count; i++) {
		strcat(operands, argv[1 + i]);
		strcat(operands, ",");
	}
	return count;
}

static void test_opt_good(void)
{
	struct error e = {0};
	char operands[256];
	int help;

	CHECK(parse("a -k 4 b --no-flag -f c -- -d", operands, &help, &e) == 4);
	CHECK_STR(operands, "a,b,c,-d,");
	CHECK(o_int == 4 && o_flag == 1 && !help);
	CHECK(parse("-fk7 --flag --no-flag --mode=exact -t 8", operands, &help,
		    &e) == 0);
	CHECK(o_int == 7 && o_flag == 0 && o_choice == 2 && o_common == 8);
	CHECK(parse("--max-bytes 3k -s 18446744073709551615 --rate 1e-1 -o - -",
		    operands, &help, &e) == 1);
	CHECK(o_size == 3072 && o_u64 == UINT64_MAX && o_float == 0.1f);
	CHECK_STR(o_string, "-");
	CHECK_STR(operands, "-,");
	CHECK(parse("--max-bytes 16777215T", operands, &help, &e) == 0);
	CHECK(o_size == UINT64_C(16777215) << 40);
	CHECK(parse("x -k 99 --help", operands, &help, &e) == 0 && help);
	CHECK(o_int == 3);
	CHECK(parse("-- --help", operands, &help, &e) == 1 && !help);
	CHECK(e.code == 0);
	CHECK(setenv("SEESAY_MAX_BYTES", "2G", 1) == 0);
	CHECK(setenv("SEESAY_FLAG", "yes", 1) == 0);
	CHECK(setenv("SEESAY_COUNT", "5", 1) == 0);
	CHECK(parse("-k 6", operands, &help, &e) == 0);
	CHECK(o_size == UINT64_C(2) << 30 && o_flag == 1 && o_int == 6);
	CHECK(setenv("SEESAY_COUNT", "50", 1) == 0);
	CHECK(parse("", operands, &help, &e) == ERROR_USAGE);
	CHECK(strstr(e.text, "SEESAY_COUNT") != NULL);
	error_clear(&e);
	opt_mend_environment(options);
	CHECK(!getenv("SEESAY_COUNT") && getenv("SEESAY_FLAG"));
	CHECK(parse("", operands, &help, &e) == 0);
	CHECK(o_size == UINT64_C(2) << 30 && o_int == 3);
	unsetenv("SEESAY_MAX_BYTES");
	unsetenv("SEESAY_FLAG");
	unsetenv("SEESAY_COUNT");
}

static void test_opt_bad(void)
{
	static const char *const cases[][3] = {
		{ "--cuont=3", "unknown option '--cuont'",
		  "did you mean --count?" },
		{ "--outptu x", "unknown option '--outptu'",
		  "did you mean --output?" },
		{ "--qqqqqq", "unknown option '--qqqqqq'",
		  "--help lists the options" },
		{ "-z", "unknown option '-z'", "--help lists the options" },
		{ "-k", "option '-k' needs a value", "--count N: results" },
		{ "--count", "option '--count' needs a value",
		  "--count N: results" },
		{ "-k 11", "--count 11 is out of bounds",
		  "--count takes 1 to 10" },
		{ "-k 0", "--count 0 is out of bounds",
		  "--count takes 1 to 10" },
		{ "-k 4x", "'4x' is not a whole number, as --count needs",
		  "--count takes 1 to 10" },
		{ "-k 99999999999", "--count 99999999999 is out of bounds",
		  "--count takes 1 to 10" },
		{ "--flag=3", "option '--flag' takes no value", "" },
		{ "--rate nan", "'nan' is not a number, as --rate needs",
		  "--rate takes 0 to 1" },
		{ "--rate 1.5", "--rate 1.5 is out of bounds",
		  "--rate takes 0 to 1" },
		{ "-s -1", "'-1' is not a whole number, as --seed needs", "" },
		{ "-s 18446744073709551616",
		  "--seed 18446744073709551616 is out of bounds", "" },
		{ "--max-bytes 16777216T",
		  "--max-bytes 16777216T is out of bounds", "" },
		{ "--max-bytes 3KB", "'3KB' is not a size like 512, 64K or "
		  "2G, as --max-bytes needs", "" },
		{ "--decay 0", "--decay 0 is out of bounds",
		  "--decay takes 1e-06 to 1000000" },
		{ "--memory 9", "--memory 9 is out of bounds",
		  "--memory takes 1M to 1048576T" },
		{ "-m fas", "'fas' is no choice of --mode",
		  "it is one of fast|slow|exact" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct error e = {0};
		char operands[256];
		int help;

		CHECK(parse(cases[i][0], operands, &help, &e) == ERROR_USAGE);
		CHECK_STR(e.text, cases[i][1]);
		CHECK_STR(e.hint, cases[i][2]);
	}
}

static int opt_work(struct error *e)
{
	const struct opt_command c = { "find", "WORD", "find it", "Text.",
				       options, NULL };
	struct buf out = {0};
	char operands[256];
	int help, code = parse("a -k 4", operands, &help, e);

	if (code >= 0)
		code = opt_help(&out, "seesay", &c, common, e);
	buf_free(&out);
	return code;
}

static void test_opt_help(void)
{
	const struct opt_command c = { "find", "WORD", "find it", "Text.",
				       options, NULL };
	static const char *const parts[] = {
		"usage: seesay find [OPTION...] WORD\n\nfind it\n\nText.\n",
		"\n  -k, --count N             results (3)\n",
		"\n  -f, --flag                a flag\n",
		"\n      --max-bytes BYTES     most (0)\n",
		"\n      --rate R              rate (0.5)\n",
		"\n  -m, --mode fast|slow|exact\n",
		"\n                            how (fast)\n",
		"\n  -o, --output FILE         file\n",
		"\noptions of every command:\n  -t, --threads N ",
	};
	struct error e = {0};
	struct buf out = {0};
	char operands[256];
	int help;

	parse("", operands, &help, &e);
	CHECK(opt_help(&out, "seesay", &c, common, &e) == 0);
	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		if (!CHECK(strstr(out.data, parts[i]) != NULL))
			fprintf(stderr, "%s\nnot in\n%s", parts[i], out.data);
	o_float = -INFINITY;	/* no bound: no default worth showing */
	buf_clear(&out);
	CHECK(opt_help(&out, "seesay", &c, common, &e) == 0);
	CHECK(strstr(out.data, "\n      --rate R              rate\n") != NULL);
	buf_free(&out);
	fail_each("opt", opt_work);
}

int main(void)
{
	test_opt_good();
	test_opt_bad();
	test_opt_help();
	return test_end("opt");
}
