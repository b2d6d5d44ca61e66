/*
 * test_opt.c - the command line by a table: what is taken, what is refused and
 * with which words, and the help made from the same table.
 */
#include <math.h>
#include <stdlib.h>

#include "base/opt.h"
#include "fail_each.h"

/* ---- opt ----------------------------------------------------------------- */

struct values {
	struct opt_given given;
	int count, flag, mode, model;
	uint64_t size, u64;
	float real, decay;
	double wide;
	const char *string;
};

static struct common {
	struct opt_given given;
	int threads;
} common_values;

static const char *const modes[] = { "fast", "slow", "exact", NULL };
static const char *const models[] = { "ant", "bee", "cow", NULL };

static void defaults(void *options, int by)
{
	*(struct values *)options = (struct values){
		.count = by == 1 ? 5 : by == 2 ? 7 : 3, .real = 0.5f,
		.model = by,
	};
}

#define AT(field) offsetof(struct values, field)
static const struct opt options[] = {
	OPT("count", 'k', OPT_INT, AT(count), "N", "results", .low = 1,
	    .high = 10, .also = "top n-best"),
	OPT("flag", 'f', OPT_FLAG, AT(flag), NULL, "a flag"),
	OPT("mode", 'm', OPT_CHOICE, AT(mode), NULL, "how",
	    .choices = modes),
	OPT("max-bytes", 0, OPT_SIZE, AT(size), "BYTES", "most"),
	OPT("seed", 's', OPT_U64, AT(u64), "N", "seed"),
	OPT("memory", 0, OPT_SIZE, AT(u64), "SIZE", "room", .low = 1 << 20,
	    .high = 0x1p60),
	OPT("decay", 0, OPT_FLOAT, AT(decay), "D", "decay", .low = 1e-6,
	    .high = 1e6, .needs = "mode=slow|exact"),
	OPT("rate", 0, OPT_FLOAT, AT(real), "R", "rate", .high = 1),
	OPT("output", 'o', OPT_STRING, AT(string), "FILE", "file",
	    .needs = "!flag"),
	OPT("wide", 0, OPT_DOUBLE, AT(wide), "W", "width",
	    .needs = "output"),
	OPT_END
};

static const struct opt common_options[] = {
	OPT("threads", 't', OPT_INT, offsetof(struct common, threads), "N",
	    "threads", .high = 64),
	OPT_END
};
static const struct opt_set common = { common_options, &common_values };

static const struct opt varied_options[] = {
	OPT("model", 0, OPT_CHOICE, AT(model), NULL, "kind",
	    .choices = models),
	OPT("count", 0, OPT_INT, AT(count), "N", "results", .high = 9),
	OPT("rate", 0, OPT_FLOAT, AT(real), "R", "rate", .high = 1,
	    .needs = "model=bee|cow"),
	OPT_END
};

static int nothing(const void *values, int count, char **operands,
		   struct error *e)
{
	(void)values;
	(void)count;
	(void)operands;
	return e->code;
}

static const struct opt_command find, near, varied;
static const struct opt_command *const verbs[] = { &near, &varied, NULL };
static const struct opt_command find = {
	.name = "find", .operands = "WORD", .purpose = "find it",
	.text = "Text.", .options = options, .size = sizeof(struct values),
	.defaults = defaults, .verbs = verbs,
};
static const struct opt_command near = {
	.name = "near", .of = &find, .purpose = "list it", .run = nothing,
};
static const struct opt_command varied = {
	.name = "varied", .of = &find, .purpose = "vary it",
	.options = varied_options, .size = sizeof(struct values),
	.defaults = defaults, .vary = "model",
};

/* Of the last call of parse. */
static struct values got;

/* Parses words parted by blanks; the operands come back joined by ','. */
static int parse_as(const struct opt_command *c, const char *line,
		    char operands[256], int *want_help, struct error *e)
{
	static char copy[256];
	char *argv[32] = { (char *)"seesay" };
	void *values = opt_values(c, 0, e);
	int argc = 1, count;

	common_values = (struct common){ { 0, 0 }, 0 };
	snprintf(copy, sizeof(copy), "%s", line);
	for (char *word = strtok(copy, " "); word; word = strtok(NULL, " "))
		argv[argc++] = word;
	argv[argc] = NULL;
	*operands = 0;
	if (!values)
		return e->code;
	count = opt_parse(argc, argv, c, values, &common, want_help, e);
	for (int i = 0; i < count; i++) {
		strcat(operands, argv[1 + i]);
		strcat(operands, ",");
	}
	if (c->size)
		memcpy(&got, values, sizeof(got));
	mem_free(values);
	return count;
}

static int parse(const char *line, char operands[256], int *want_help,
		 struct error *e)
{
	return parse_as(&find, line, operands, want_help, e);
}

static void test_opt_good(void)
{
	struct error e = {0};
	char operands[256];
	int help;

	CHECK(parse("a -k 4 b --no-flag -f c -- -d", operands, &help, &e) == 4);
	CHECK_STR(operands, "a,b,c,-d,");
	CHECK(got.count == 4 && got.flag == 1 && !help);
	CHECK(parse("-fk7 --flag --no-flag --mode=exact -t 8", operands, &help,
		    &e) == 0);
	CHECK(got.count == 7 && got.flag == 0 && got.mode == 2 && common_values.threads == 8);
	CHECK(parse("--max-bytes 3k -s 18446744073709551615 --rate 1e-1 -o - -",
		    operands, &help, &e) == 1);
	CHECK(got.size == 3072 && got.u64 == UINT64_MAX && got.real == 0.1f);
	CHECK_STR(got.string, "-");
	CHECK_STR(operands, "-,");
	CHECK(parse("--max-bytes 16777215T", operands, &help, &e) == 0);
	CHECK(got.size == UINT64_C(16777215) << 40);
	CHECK(parse("x -k 99 --help", operands, &help, &e) == 0 && help);
	CHECK(got.count == 3);
	CHECK(parse("-- --help", operands, &help, &e) == 1 && !help);
	CHECK(e.code == 0);
	CHECK(setenv("SEESAY_MAX_BYTES", "2G", 1) == 0);
	CHECK(setenv("SEESAY_FLAG", "yes", 1) == 0);
	CHECK(setenv("SEESAY_COUNT", "5", 1) == 0);
	CHECK(parse("-k 6", operands, &help, &e) == 0);
	CHECK(got.size == UINT64_C(2) << 30 && got.flag == 1 && got.count == 6);
	CHECK(setenv("SEESAY_COUNT", "50", 1) == 0);
	CHECK(parse("", operands, &help, &e) == ERROR_USAGE);
	CHECK(strstr(e.text, "SEESAY_COUNT") != NULL);
	error_clear(&e);
	opt_mend_environment(&(struct opt_set){ options, &got });
	CHECK(!getenv("SEESAY_COUNT") && getenv("SEESAY_FLAG"));
	CHECK(parse("", operands, &help, &e) == 0);
	CHECK(got.size == UINT64_C(2) << 30 && got.count == 3);
	unsetenv("SEESAY_MAX_BYTES");
	unsetenv("SEESAY_FLAG");
	unsetenv("SEESAY_COUNT");
}

static void test_opt_bad(void)
{
	static const char *const cases[][3] = {
		{ "--cuont=3", "find has no option --cuont",
		  "did you mean --count?" },
		{ "--outptu x", "find has no option --outptu",
		  "did you mean --output?" },
		{ "--qqqqqq", "find has no option --qqqqqq",
		  "--help lists the options" },
		{ "-z", "find has no option -z", "--help lists the options; "
		  "after '--' come operands that begin with '-'" },
		{ "--m fast", "--m is ambiguous",
		  "it is one of --mode, --max-bytes, --memory" },
		{ "--top 3", "find has no option --top",
		  "did you mean --count?" },
		{ "-top 3", "find has no option -top",
		  "did you mean --count?" },
		{ "-output x", "find has no option -output",
		  "did you mean --output?" },
		{ "-f -o x", "--output and --flag do not go together", "" },
		{ "--wide 3", "--wide needs --output FILE",
		  "--wide: width" },
		{ "--decay 2", "--decay is not for --mode fast",
		  "it is for --mode slow|exact" },

		{ "-k", "option '-k' needs a value", "--count N: results" },
		{ "--count", "option '--count' needs a value",
		  "--count N: results" },
		{ "-k 11", "--count 11 is out of range",
		  "--count takes 1 to 10" },
		{ "-k 0", "--count 0 is out of range",
		  "--count takes 1 to 10" },
		{ "-k 4x", "'4x' is not a whole number, as --count needs",
		  "--count takes 1 to 10" },
		{ "-k 99999999999", "--count 99999999999 is out of range",
		  "--count takes 1 to 10" },
		{ "--flag=3", "option '--flag' takes no value", "" },
		{ "--rate nan", "'nan' is not a number, as --rate needs",
		  "--rate takes 0 to 1" },
		{ "--rate 1.5", "--rate 1.5 is out of range",
		  "--rate takes 0 to 1" },
		{ "-s -1", "'-1' is not a whole number, as --seed needs", "" },
		{ "-s 18446744073709551616",
		  "--seed 18446744073709551616 is out of range", "" },
		{ "--max-bytes 16777216T",
		  "--max-bytes 16777216T is out of range", "" },
		{ "--max-bytes 3KB", "'3KB' is not a size like 512, 64K or "
		  "2G, as --max-bytes needs", "" },
		{ "--decay 0", "--decay 0 is out of range",
		  "--decay takes 1e-06 to 1000000" },
		{ "--memory 9", "--memory 9 is out of range",
		  "--memory takes 1M to 1048576T" },
		{ "-m fas", "'fas' is not a choice of --mode",
		  "did you mean fast?  It is one of fast|slow|exact" },
		{ "-m zzzzzz", "'zzzzzz' is not a choice of --mode",
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

/* What was typed is told from what the environment says, which gives way. */
static void test_opt_given(void)
{
	struct error e = {0};
	char operands[256];
	int help;

	CHECK(setenv("SEESAY_FLAG", "1", 1) == 0);
	CHECK(setenv("SEESAY_DECAY", "3", 1) == 0);
	CHECK(parse("-o x --rate 1e-1 -m slow", operands, &help, &e) == 0);
	CHECK(got.flag == 0 && got.decay == 3);
	CHECK(opt_typed(options, &got, "rate"));
	CHECK(!opt_typed(options, &got, "decay"));
	CHECK(parse("-m fast", operands, &help, &e) == 0);
	CHECK(got.flag == 1);
	unsetenv("SEESAY_FLAG");
	unsetenv("SEESAY_DECAY");
	CHECK(parse("--decay 1e-6 -m exact", operands, &help, &e) == 0);
	CHECK(got.decay == 1e-6f && e.code == 0);
	CHECK(opt_refuse(options, &got, (const char *const[]){ "rate", NULL },
			 "a cat", &e) == 0);
	CHECK(opt_refuse(options, &got, (const char *const[]){ "mode", NULL },
			 "a cat", &e) == ERROR_USAGE);
	CHECK_STR(e.text, "--mode is not for a cat");
}

/* Defaults that depend on a choice; what is given stays. */
static void test_opt_vary(void)
{
	struct error e = {0};
	struct buf out = {0};
	char operands[256];
	int help;

	CHECK(parse_as(&varied, "--model cow", operands, &help, &e) == 0);
	CHECK(got.count == 7 && got.model == 2);
	CHECK(parse_as(&varied, "--count 2 --model bee --rate 0.25", operands,
		       &help, &e) == 0);
	CHECK(got.count == 2 && got.model == 1 && got.real == 0.25f);
	CHECK(parse_as(&varied, "--rate 1", operands, &help, &e) ==
	      ERROR_USAGE);
	CHECK_STR(e.text, "--rate is not for --model ant");
	error_clear(&e);
	CHECK(opt_help(&out, "seesay", &varied, &common, &e) == 0);
	CHECK(strstr(out.data, " results (3; bee 5; cow 7)\n") != NULL);
	CHECK(strstr(out.data, " rate (0.5) [--model bee|cow]\n") != NULL);
	buf_free(&out);
}

static void test_opt_verbs(void)
{
	struct error e = {0};
	struct buf out = {0};
	char operands[256];
	int help;

	CHECK(opt_verb(&find, "near") == &near);
	CHECK(opt_verb(&find, "far") == NULL && opt_verb(&near, "x") == NULL);
	CHECK(parse_as(&near, "--wide 3", operands, &help, &e) == ERROR_USAGE);
	CHECK_STR(e.text, "find near has no option --wide");
	CHECK_STR(e.hint, "'find' has it");
	error_clear(&e);
	CHECK(opt_help(&out, "seesay", &find, &common, &e) == 0);
	CHECK(strstr(out.data, "\n  near        list it\n") != NULL);
	buf_clear(&out);
	CHECK(opt_help(&out, "seesay", &near, &common, &e) == 0);
	CHECK(strncmp(out.data, "usage: seesay find near\n", 24) == 0);
	buf_free(&out);
}

static int opt_work(struct error *e)
{
	struct buf out = {0};
	char operands[256];
	int help, code = parse_as(&varied, "a --count 4 --model bee", operands,
				  &help, e);

	if (code >= 0)
		code = opt_help(&out, "seesay", &varied, &common, e);
	buf_free(&out);
	return code;
}

static void test_opt_help(void)
{
	static const char *const parts[] = {
		"\n\nfind it\n\nText.\n",
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
	CHECK(opt_help(&out, "seesay", &find, &common, &e) == 0);
	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		if (!CHECK(strstr(out.data, parts[i]) != NULL))
			fprintf(stderr, "%s\nnot in\n%s", parts[i], out.data);
	buf_free(&out);
	fail_each("opt", opt_work);
}

int main(void)
{
	test_opt_good();
	test_opt_bad();
	test_opt_given();
	test_opt_vary();
	test_opt_verbs();
	test_opt_help();
	return test_end("opt");
}
