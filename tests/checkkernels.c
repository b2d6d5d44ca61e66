/*
 * checkkernels.c - compares every kernel of every table with its definition.
 *
 *	checkkernels			all tables this CPU can run, about 10 s
 *	checkkernels --test 'exp*' -v	some tests, with counts and accuracy
 *	checkkernels --bench		how fast, and of what limit
 *
 * Four parts: each test on each table; the tests themselves, on tables with a
 * planted fault each (broken.c); every slot has a test; and the signatures,
 * equal to tests/signature.txt on every machine.  The last line counts.
 */
#include "check.h"

#include <fnmatch.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { FIRST_SLOT = offsetof(struct kernels, dot),
       SLOT = sizeof(void (*)(void)),
       SLOTS = (sizeof(struct kernels) - FIRST_SLOT) / SLOT };

static struct {
	const char *tests, *kernels;
	uint64_t seed;
	unsigned long repeat;
	int bench, csv, list, signature, quick, exhaustive, verbose;
} options = { .tests = "*", .kernels = "*", .seed = 1, .repeat = 1 };

static size_t passed, failed;
static unsigned char touched[SLOTS];	/* slot by slot: a test called it */

static const struct check_test *const groups[] = {
	check_reduce, check_tile, check_conv, check_winograd,
	check_elementwise, check_rows, check_lrn, check_math, check_learn,
	check_sgns,
};

void check_each(void (*f)(const struct check_test *t, void *own), void *own)
{
	for (size_t i = 0; i < sizeof(groups) / sizeof(*groups); i++)
		for (const struct check_test *t = groups[i]; t->name; t++)
			f(t, own);
}

const struct check_test *check_find(const char *name)
{
	for (size_t i = 0; i < sizeof(groups) / sizeof(*groups); i++)
		for (const struct check_test *t = groups[i]; t->name; t++)
			if (!strcmp(t->name, name))
				return t;
	return NULL;
}

static int matches(const char *pattern, const char *name)
{
	return fnmatch(pattern, name, 0) == 0;
}

static void count(int good)
{
	if (good)
		passed++;
	else
		failed++;
}

/* ---- one test on one table ---------------------------------------------- */

/* A table with one slot filled: a test that calls another is stopped. */
static struct kernels only_slot(const struct kernels *k, size_t slot)
{
	struct kernels one = { .name = k->name, .tile_rows = k->tile_rows,
			       .tile_columns = k->tile_columns,
			       .tile_depth = k->tile_depth };

	memcpy((char *)&one + slot, (const char *)k + slot, SLOT);
	return one;
}

static void run_cases(void *argument)
{
	struct check *ck = argument;

	ck->test->cases(ck);
	if (ck->test->sweep && !(ck->quiet && ck->failures))
		ck->test->sweep(ck);
}

static uint64_t name_seed(const char *name, uint64_t seed)
{
	uint64_t hash = CHECK_HASH_START ^ seed;

	for (; *name; name++)
		hash = (hash ^ (unsigned char)*name) * 0x100000001b3u;
	return hash;
}

/* Runs the test; ck tells how it went.  check_case guards each call, so what
 * is stopped here is a call outside a case. */
static void run_test(struct check *ck, const struct kernels *k,
		     const struct check_test *t, uint64_t seed)
{
	struct kernels one = only_slot(k, t->slot);
	int signal;

	ck->k = &one;
	ck->test = t;
	ck->seed = seed;
	ck->random = name_seed(t->name, seed);
	ck->quick = options.quick;
	signal = check_guard(run_cases, ck);
	if (signal)
		check_failed(ck, "stopped by signal %d (%s)", signal,
			     strsignal(signal));
	ck->k = NULL;
}

static void test_table(const struct check_test *t, void *own)
{
	const struct kernels *k = own;
	struct check ck = { .exhaustive = options.exhaustive };
	clock_t start = clock();

	if (!matches(options.tests, t->name))
		return;
	for (unsigned long i = 0; i < options.repeat; i++)
		run_test(&ck, k, t, options.seed + i);
	if (ck.cases)
		touched[(t->slot - FIRST_SLOT) / SLOT] = 1;
	if (ck.failures > 3)
		printf("FAILED %s %s: %zu cases in all\n", k->name, t->name,
		       ck.failures);
	count(!ck.failures);
	if (!options.verbose)
		return;
	printf("  %-7s %-21s %6zu cases %6.2f s", k->name, t->name, ck.cases,
	       (double)(clock() - start) / CLOCKS_PER_SEC);
	if (ck.worst_ulps > 0)
		printf("  at most %.3f ulps from true", ck.worst_ulps);
	printf("\n");
}

/* ---- the tests tested --------------------------------------------------- */

static void test_broken(void)
{
	struct broken b;
	size_t caught = 0, tried = 0;

	for (size_t i = 0; i < broken_count(); i++) {
		struct check ck = { .quiet = 1 };

		broken_get(i, &b);
		if (!matches(options.tests, b.slot))
			continue;
		run_test(&ck, &b.table, check_find(b.slot), options.seed);
		count(ck.failures > 0);
		tried++;
		caught += ck.failures > 0;
		if (!ck.failures)
			printf("FAILED planted fault %s was not found\n",
			       b.name);
		else if (options.verbose)
			printf("  planted %-26s found in case %zu\n", b.name,
			       ck.cases);
	}
	printf("planted faults: %zu of %zu found\n", caught, tried);
}

/* Walks struct kernels as the array of pointers it is. */
static void test_slots(void)
{
	size_t missing = 0;

	for (size_t i = 0; i < SLOTS; i++)
		if (!touched[i]) {
			printf("FAILED slot %zu of struct kernels (offset %zu) "
			       "has no test\n", i, FIRST_SLOT + i * SLOT);
			missing++;
		}
	count(!missing);
	printf("slots: %zu of %zu have a test\n", SLOTS - missing,
	       (size_t)SLOTS);
}

/* ---- signatures --------------------------------------------------------- */

struct signing {
	const struct kernels *k;
	const char *golden;	/* signature.txt's text, or NULL: print */
	uint64_t total;
	size_t different;
};

/* Is the line "name hex" in the text? */
static int golden_has(const char *golden, const char *name, uint64_t hash)
{
	char line[80];
	size_t n = (size_t)snprintf(line, sizeof(line), "%s %016" PRIx64 "\n",
				    name, hash);

	for (const char *at = golden; at; at = strchr(at, '\n')) {
		at += *at == '\n';
		if (!strncmp(at, line, n))
			return 1;
		if (!*at)
			break;
	}
	return 0;
}

static void sign_line(struct signing *s, const char *name, uint64_t hash)
{
	if (!s->golden) {
		printf("%s %016" PRIx64 "\n", name, hash);
	} else if (!golden_has(s->golden, name, hash)) {
		printf("FAILED %s: signature of %s is %016" PRIx64
		       ", not the one in signature.txt\n", s->k->name, name,
		       hash);
		s->different++;
	}
}

static void sign_test(const struct check_test *t, void *own)
{
	struct signing *s = own;
	uint64_t hash = check_sign(t, s->k);

	for (int i = 0; i < 64; i += 8)
		s->total = (s->total ^ (hash >> i & 255)) * 0x100000001b3u;
	sign_line(s, t->name, hash);
}

static void sign_table(void *own)
{
	struct signing *s = own;

	s->total = CHECK_HASH_START;
	check_each(sign_test, s);
	sign_line(s, "kernels", s->total);
}

/* The file: $SEESAY_SIGNATURE, or beside the build folder this program is in,
 * or below the current folder. */
static FILE *golden_open(const char *program)
{
	char path[4096];
	const char *named = getenv("SEESAY_SIGNATURE");
	const char *slash = strrchr(program, '/');
	FILE *file;

	if (named)
		return fopen(named, "r");
	snprintf(path, sizeof(path), "%.*s../../tests/signature.txt",
		 slash ? (int)(slash - program) + 1 : 0, program);
	file = fopen(path, "r");
	return file ? file : fopen("tests/signature.txt", "r");
}

static void test_signatures(const char *program)
{
	static char golden[16384];
	FILE *file = golden_open(program);
	size_t length;

	if (!file) {
		printf("FAILED cannot open tests/signature.txt: run from the "
		       "top folder, or set SEESAY_SIGNATURE\n");
		count(0);
		return;
	}
	length = fread(golden, 1, sizeof(golden) - 1, file);
	golden[length] = 0;
	fclose(file);
	for (const struct kernels *const *k = kernels_list(); *k; k++) {
		struct signing s = { .k = *k, .golden = golden };
		int signal;

		if (!matches(options.kernels, (*k)->name))
			continue;
		signal = check_guard(sign_table, &s);
		if (signal)
			printf("FAILED %s: signature stopped by signal %d\n",
			       (*k)->name, signal);
		count(!signal && !s.different);
		printf("signature: %s kernels %016" PRIx64 "%s\n", (*k)->name,
		       s.total, s.different || signal ? " is wrong" : "");
	}
}

/* ---- options ------------------------------------------------------------ */

static void usage(FILE *file)
{
	fputs("usage: checkkernels [option ...]\n"
	      "  --test PAT      only tests whose name matches\n"
	      "  --kernels PAT   only tables whose name matches\n"
	      "  --seed N        other random cases (default 1)\n"
	      "  --repeat N      N seeds, one after the other\n"
	      "  --quick         fewer cases, for emulated machines\n"
	      "  --exhaustive    accuracy over every float\n"
	      "  --bench         speed in place of checks\n"
	      "  --csv           --bench as comma-separated values\n"
	      "  --list          names of tables and tests\n"
	      "  --signature     print the lines of signature.txt\n"
	      "  -v, --verbose   cases, time and accuracy of each test\n",
	      file);
}

static const struct option long_options[] = {
	{ "test", required_argument, NULL, 't' },
	{ "kernels", required_argument, NULL, 'k' },
	{ "seed", required_argument, NULL, 's' },
	{ "repeat", required_argument, NULL, 'r' },
	{ "quick", no_argument, &options.quick, 1 },
	{ "exhaustive", no_argument, &options.exhaustive, 1 },
	{ "bench", no_argument, &options.bench, 1 },
	{ "csv", no_argument, &options.csv, 1 },
	{ "list", no_argument, &options.list, 1 },
	{ "signature", no_argument, &options.signature, 1 },
	{ "verbose", no_argument, &options.verbose, 1 },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static void options_read(int argc, char **argv)
{
	int c;

	while ((c = getopt_long(argc, argv, "vh", long_options, NULL)) != -1)
		switch (c) {
		case 0:
			break;
		case 't':
			options.tests = optarg;
			break;
		case 'k':
			options.kernels = optarg;
			break;
		case 's':
			options.seed = strtoull(optarg, NULL, 0);
			break;
		case 'r':
			options.repeat = strtoul(optarg, NULL, 0);
			break;
		case 'v':
			options.verbose = 1;
			break;
		case 'h':
			usage(stdout);
			exit(0);
		default:
			usage(stderr);
			exit(2);
		}
	if (optind < argc) {
		usage(stderr);
		exit(2);
	}
}

static void list_test(const struct check_test *t, void *own)
{
	(void)own;
	printf("test %s\n", t->name);
}

static void list(void)
{
	for (const struct kernels *const *k = kernels_list(); *k; k++)
		printf("kernels %s, tile %zu x %zu, depth %zu\n", (*k)->name,
		       (*k)->tile_rows, (*k)->tile_columns, (*k)->tile_depth);
	check_each(list_test, NULL);
}

static int check_all(const char *program)
{
	int all = !strcmp(options.tests, "*");

	printf("seed %" PRIu64 ", kernels", options.seed);
	for (const struct kernels *const *k = kernels_list(); *k; k++)
		printf(" %s", (*k)->name);
	printf(" of %s\n", kernels_names());
	count(!check_flush_to_zero());
	if (check_flush_to_zero())
		printf("FAILED subnormal numbers are flushed to zero\n");
	for (const struct kernels *const *k = kernels_list(); *k; k++)
		if (matches(options.kernels, (*k)->name))
			check_each(test_table, (void *)(uintptr_t)*k);
	test_broken();
	if (all)
		test_slots();
	if (all)
		test_signatures(program);
	printf("checkkernels: %zu passed, %zu failed\n", passed, failed);
	return failed != 0;
}

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	options_read(argc, argv);
	check_memory_init();
	if (options.list) {
		list();
	} else if (options.signature) {
		struct signing s = { .k = kernels_find(NULL) };
		if (strcmp(options.kernels, "*"))
			s.k = kernels_find(options.kernels);
		if (!s.k) {
			fprintf(stderr, "checkkernels: no table '%s' here\n",
				options.kernels);
			return 1;
		}
		sign_table(&s);
	} else if (options.bench) {
		check_bench(options.kernels, options.tests, options.csv);
	} else {
		return check_all(argv[0]);
	}
	return 0;
}
