/*
 * cmd_search.c - seesay search: a query on the command line, answers for
 * people, for pipes and for programs (docs/search.md).
 */
#include <math.h>
#include <stdio.h>

#include "base/file.h"
#include "base/utf8.h"
#include "cli/cli.h"
#include "cli/last.h"
#include "cli/log.h"
#include "cli/search_page.h"
#include "format/json.h"
#include "posts/posts.h"
#include "seesay.h"

enum {
	PATH_COLUMNS = 40,	/* captions line up after paths up to this */
	CAPTION_COLUMNS = 72,	/* of a caption that are shown */
};

enum { SPLIT_ALL = POSTS_SPLITS };
static const char *const split_choices[] = {
	"train", "val", "test", "all", NULL
};

struct search_options {
	struct opt_given given;
	int k, explain, json, null, files, skip_unknown, split, stats;
	float min_score;
	const char *query, *page;
};

static void defaults(void *options, int by)
{
	(void)by;
	*(struct search_options *)options = (struct search_options){
		.k = 12, .split = SPLIT_ALL, .min_score = -INFINITY,
	};
}

#define AT(field) offsetof(struct search_options, field)
static const struct opt options[] = {
	OPT("count", 'k', OPT_INT, AT(k), "N", "results to show", .low = 1,
	    .high = 1000000, .also = "top topk top-k limit num"),
	OPT("min-score", 0, OPT_FLOAT, AT(min_score), "S",
	    "leave out results below this score",
	    .also = "threshold min_score"),
	OPT("explain", 'x', OPT_FLAG, AT(explain), NULL,
	    "print what each term adds to each score", .needs = "!files !null"),
	OPT("json", 0, OPT_FLAG, AT(json), NULL, "one JSON object"),
	OPT("files", 'f', OPT_FLAG, AT(files), NULL,
	    "print only the picture files, one a line", .needs = "!json"),
	OPT("null", '0', OPT_FLAG, AT(null), NULL,
	    "as --files, with a 0 byte after each", .needs = "!json"),
	OPT("page", 0, OPT_STRING, AT(page), "FILE",
	    "also write the answer as an HTML page with its pictures; -: to "
	    "standard output, alone", .also = "html"),
	OPT("skip-unknown", 0, OPT_FLAG, AT(skip_unknown), NULL,
	    "leave out unknown words"),
	OPT("split", 0, OPT_CHOICE, AT(split), NULL,
	    "search only pictures of this split", .choices = split_choices),
	OPT("stats", 0, OPT_FLAG, AT(stats), NULL,
	    "say what the search read"),
	OPT("query", 0, OPT_STRING, AT(query), "TEXT",
	    "the query, if it begins with '-'", .kind = OPT_TEXTS),
	OPT_END
};

static const char *const kinds[] = {
	[SEESAY_WORD] = "word", [SEESAY_PHRASE] = "phrase",
	[SEESAY_RESULT] = "result", [SEESAY_PICTURE] = "picture",
	[SEESAY_ID] = "id",
};

/* ---- for people ---------------------------------------------------------- */

/* At most `columns` characters of s, blanks for what could harm; returns how
 * many were printed. */
static size_t print_plain(const char *s, size_t columns)
{
	const char *at = s, *end = s + strlen(s);
	size_t n = 0;

	while (at < end && n < columns) {
		const char *from = at;
		uint32_t c = utf8_next(&at, end);

		if (c == UTF8_BAD || utf8_unsafe(c))
			putchar(' ');
		else
			fwrite(from, 1, (size_t)(at - from), stdout);
		n++;
	}
	if (at < end) {
		fputs("...", stdout);
		n += 3;
	}
	return n;
}

static size_t columns_of(const char *s)
{
	const char *at = s, *end = s + strlen(s);
	size_t n = 0;

	while (at < end) {
		utf8_next(&at, end);
		n++;
	}
	return n;
}

static void print_shares(const struct seesay_answer *a,
			 const struct seesay_result *r)
{
	printf("          ");
	for (size_t t = 0; t < a->term_count; t++) {
		printf("  ");
		print_plain(a->term[t]->text, SIZE_MAX);
		printf(" %+.3f", (double)r->share[t]);
	}
	putchar('\n');
}

static void print_text(const struct seesay_answer *a, int explain)
{
	size_t width = 0, digits = a->result_count > 99 ? 4 : 2;

	for (size_t i = 0; i < a->result_count; i++)
		width = MAX(width, columns_of(a->result[i]->path));
	width = MIN(width, (size_t)PATH_COLUMNS);
	for (size_t i = 0; i < a->result_count; i++) {
		const struct seesay_result *r = a->result[i];
		size_t used;

		printf("%*zu  %.3f  ", (int)digits, i + 1, (double)r->score);
		used = print_plain(r->path, SIZE_MAX);
		if (r->caption[0]) {
			printf("%*s  \"", (int)(MAX(width, used) - used), "");
			print_plain(r->caption, CAPTION_COLUMNS);
			putchar('"');
		}
		putchar('\n');
		if (explain)
			print_shares(a, r);
	}
}

/* ---- for pipes and programs ---------------------------------------------- */

static int print_files(const struct seesay_answer *a, const char *root,
		       int null, struct error *e)
{
	int told = 0;

	for (size_t i = 0; i < a->result_count; i++) {
		char *path = file_join(root, a->result[i]->path, e);

		if (!path)
			return e->code;
		if (!told && !file_exists(path)) {
			log_warn("'%s' does not exist: paths start at the "
				 "folder that the index was made with (index "
				 "--root)", path);
			told = 1;
		}
		fputs(path, stdout);
		putchar(null ? 0 : '\n');
		mem_free(path);
	}
	return 0;
}

/* "path": ..., and "path_hex" where JSON, which is UTF-8, cannot say it. */
static int add_name(struct buf *b, const char *key, const char *name,
		    struct error *e)
{
	buf_addf(b, e, "\"%s\": ", key);
	json_put_string(b, str_of(name), e);
	if (utf8_valid(str_of(name)))
		return e->code;
	buf_addf(b, e, ", \"%s_hex\": \"", key);
	str_put_hex(b, str_of(name), e);
	return buf_addf(b, e, "\"");
}

static int add_terms(struct buf *b, const struct seesay_answer *a,
		     struct error *e)
{
	for (size_t i = 0; i < a->term_count; i++) {
		const struct seesay_term *t = a->term[i];

		buf_addf(b, e, "%s\n  {\"text\": ", i ? "," : "");
		json_put_string(b, str_of(t->text), e);
		buf_addf(b, e, ", \"kind\": \"%s\", \"weight\": ",
			 kinds[t->kind]);
		json_put_number(b, (double)t->weight, e);
		buf_addf(b, e, ", \"known\": %s}",
			 t->known ? "true" : "false");
	}
	return e->code;
}

static int add_result(struct buf *b, const struct seesay_answer *a, size_t i,
		      struct error *e)
{
	const struct seesay_result *r = a->result[i];

	buf_addf(b, e, "%s\n  {\"rank\": %zu, \"score\": ", i ? "," : "",
		 i + 1);
	json_put_number(b, (double)r->score, e);
	buf_addf(b, e, ", ");
	add_name(b, "id", r->id, e);
	buf_addf(b, e, ", ");
	add_name(b, "path", r->path, e);
	buf_addf(b, e, ", \"caption\": ");
	json_put_string(b, str_of(r->caption), e);
	buf_addf(b, e, ", \"shares\": [");
	for (size_t t = 0; t < a->term_count; t++) {
		buf_addf(b, e, t ? ", " : "");
		json_put_number(b, (double)r->share[t], e);
	}
	return buf_addf(b, e, "]}");
}

static int add_stats(struct buf *b, const struct seesay_space *s,
		     const struct seesay_answer *a, struct error *e)
{
	return buf_addf(b, e, ",\n \"stats\": {\"pictures\": %zu, \"scored\": "
			"%llu, \"read_bytes\": %llu}", seesay_space_count(s),
			a->scored, a->read_bytes);
}

static int print_json(const struct seesay_space *s,
		      const struct seesay_answer *a, const char *text,
		      int stats, struct error *e)
{
	struct buf b = { 0 };

	buf_addf(&b, e, "{\"query\": ");
	json_put_string(&b, str_of(text), e);
	buf_addf(&b, e, ",\n ");
	add_name(&b, "root", seesay_space_root(s), e);
	buf_addf(&b, e, ",\n \"terms\": [");
	add_terms(&b, a, e);
	buf_addf(&b, e, "],\n \"results\": [");
	for (size_t i = 0; i < a->result_count; i++)
		add_result(&b, a, i, e);
	buf_addf(&b, e, "],\n \"notes\": [");
	for (size_t i = 0; i < a->note_count; i++) {
		buf_addf(&b, e, "%s", i ? ", " : "");
		json_put_string(&b, str_of(a->note[i]), e);
	}
	buf_addf(&b, e, "]");
	if (stats)
		add_stats(&b, s, a, e);
	buf_addf(&b, e, "}\n");
	if (!e->code)
		fwrite(b.data, 1, b.bytes, stdout);
	buf_free(&b);
	return e->code;
}

/* ---- the command --------------------------------------------------------- */

/* So that IMG_n can follow.  Failing that is worth no more than a word. */
static void remember(const char *path, const struct seesay_answer *a)
{
	struct error e = { 0 };
	struct str *id = mem_new(a->result_count, sizeof(*id), &e);

	for (size_t i = 0; id && i < a->result_count; i++)
		id[i] = str_of(a->result[i]->id);
	if (id)
		last_save(path, id, a->result_count, &e);
	if (e.code)
		log_detail("this result is not kept for IMG_n: %s", e.text);
	mem_free(id);
}

static void print(const struct seesay_space *s, const char *text,
		  const struct seesay_answer *a,
		  const struct search_options *o, struct error *e)
{
	if (o->page && strcmp(o->page, "-") == 0)
		return;
	if (o->json)
		print_json(s, a, text, o->stats, e);
	else if (o->files || o->null)
		print_files(a, seesay_space_root(s), o->null, e);
	else
		print_text(a, o->explain);
}

/* `decoder` is there if a page is asked for. */
static int show(const struct seesay_space *s, const char *path,
		const char *text, const struct seesay_answer *a,
		const struct search_options *o, struct decoder *decoder,
		struct error *e)
{
	for (size_t i = 0; i < a->note_count; i++)
		log_note("%s", a->note[i]);
	if (o->stats && !o->json)
		log_note("%llu of %zu vectors were scored from their floats; "
			 "%.1f MB were read", a->scored,
			 seesay_space_count(s), (double)a->read_bytes * 1e-6);
	print(s, text, a, o, e);
	if (a->result_count == 0) {
		fail(e, ERROR_FAILED, "nothing found");
		return o->split == SPLIT_ALL ? e->code :
		       hint(e, "only pictures of --split %s were searched",
			    split_choices[o->split]);
	}
	remember(path, a);
	if (o->page && !e->code)
		search_page_write(o->page, text, seesay_space_root(s), a,
				  decoder, e);
	return e->code;
}

/* The library's error becomes the program's. */
static int take_error(struct error *e, const struct seesay_error *from)
{
	fail(e, (enum error_code)from->code, "%s", from->text);
	return from->hint[0] ? hint(e, "%s", from->hint) : e->code;
}

static int search(const char *path, const char *text,
		  const struct search_options *o, struct error *e)
{
	const int pictures = strchr(text, '@') != NULL;
	const struct seesay_space_options how = {
		.size = sizeof(how), .kernels = cli_kernels(),
		.pictures = pictures, .threads = pictures ? cli_threads() : 0,
	};
	const struct seesay_session_options session = {
		.size = sizeof(session), .threads = cli_threads(),
	};
	struct seesay_request ask = {
		.size = sizeof(ask), .text = text, .k = (size_t)o->k,
		.skip_unknown = o->skip_unknown,
		.min_score = o->min_score > -INFINITY ? &o->min_score : NULL,
		.split = o->split < SPLIT_ALL ? split_choices[o->split] : NULL,
	};
	struct seesay_error bad = { 0 };
	struct seesay_answer *a = NULL;
	struct decoder *decoder = NULL;
	struct seesay_session *s = NULL;
	struct seesay_space *space = NULL;
	struct last last;

	if (file_not_input(o->page, path, e) < 0 ||
	    last_load(&last, path, e) < 0)
		return e->code;
	ask.previous = last.id;
	ask.previous_count = last.count;
	/* children first, threads after: see image.h */
	if (o->page && !(decoder = decoder_open(1, e)))
		goto done;
	if (seesay_space_open(&space, path, &how, &bad) < 0 ||
	    seesay_session_open(&s, space, &session, &bad) < 0 ||
	    seesay_search(s, &ask, &a, &bad) < 0)
		take_error(e, &bad);
	else
		show(space, path, text, a, o, decoder, e);
done:
	seesay_answer_free(a);
	seesay_session_close(s);
	seesay_space_close(space);
	decoder_close(decoder);
	last_free(&last);
	return e->code;
}

/* Does the file begin as an index does: a length, then JSON? */
static int is_index(const char *path)
{
	unsigned char head[9] = { 0 };
	FILE *f = fopen(path, "rb");
	size_t n = f ? fread(head, 1, sizeof(head), f) : 0;

	if (f)
		fclose(f);
	return n == sizeof(head) && head[8] == '{' && !head[6] && !head[7];
}

/* A file's name among the words is a slip, not a word. */
static int check_word(const char *word, struct error *e)
{
	int index = file_is_regular(word) && is_index(word);

	if (!index && !(strpbrk(word, "./") && file_is_regular(word)))
		return 0;
	fail(e, ERROR_USAGE, "'%s' is a file: a search takes one index", word);
	if (index)
		return hint(e, "search each index by itself; --query=TEXT "
			    "searches for a word that is also the name of a "
			    "file");
	return hint(e, "@%s searches by a picture file; --query=TEXT searches "
		    "for a word that is also the name of a file", word);
}

/* After "--" a word that looks like an option is part of the query. */
static void note_options(int count, char **operands)
{
	for (int i = 1; i < count; i++)
		for (const struct opt *o = options; o->name; o++)
			if (operands[i][0] == '-' &&
			    ((o->letter && operands[i][1] == o->letter &&
			      !operands[i][2]) ||
			     (operands[i][1] == '-' &&
			      strcmp(operands[i] + 2, o->name) == 0)))
				log_note("'%s' is part of the query: options "
					 "come before '--'", operands[i]);
}

static int cmd_search_run(const void *values, int count, char **operands,
			  struct error *e)
{
	const struct search_options *o = values;
	struct buf text = { 0 };

	if (count < 1 || (count < 2) == !o->query) {
		fail(e, ERROR_USAGE, "an index and a query are needed");
		return hint(
			e,
			"seesay search pictures.safetensors beach - sunrise; "
			"--query=-dog for one that begins with '-'");
	}
	note_options(count, operands);
	if (o->query)
		buf_addf(&text, e, "%s", o->query);
	for (int i = 1; i < count && check_word(operands[i], e) == 0; i++)
		buf_addf(&text, e, "%s%s", i > 1 ? " " : "", operands[i]);
	if (!e->code)
		search(operands[0], text.data, o, e);
	buf_free(&text);
	return e->code;
}

const struct opt_command cmd_search = {
	.name = "search",
	.operands = "INDEX QUERY...",
	.purpose = "find pictures by words, by pictures, by arithmetic on both",
	.text =
	"  seesay search INDEX beach\n"
	"  seesay search INDEX beach - sunrise   like the first, unlike the second\n"
	"  seesay search INDEX car + 2:yellow    weights\n"
	"  seesay search INDEX '\"south beach\"'   a phrase as one\n"
	"  seesay search INDEX IMG_3 - dog       third of the last result\n"
	"  seesay search INDEX @photo.jpg snow   a picture file\n"
	"  seesay search INDEX id:sydney/14938   a picture of the index\n"
	"  seesay search INDEX --query='-dog'    when '-' comes first\n"
	"  seesay search INDEX beach -f | xargs -d '\\n' feh -t\n"
	"  seesay search INDEX beach --page beach.html\n"
	"\n"
	"The query language:\n"
	"\n"
	"  query   [sign] term, then any number of: op term\n"
	"  op      +  -  or a blank, which is +\n"
	"  term    an atom, or with its weight: 2:atom  0.5*atom\n"
	"  atom    word\n"
	"          \"several words\"        a phrase: one vector for all\n"
	"          [IMG_n]  IMG_n         picture n of the last result\n"
	"          @path  @\"a path\"       a picture file\n"
	"          id:key  id:\"a key\"     a picture of the index, by id or path\n"
	"          (query)                sign and weight apply to all in it\n"
	"\n"
	"Signs, weights: -0.5:dog is a little away from dogs; a word used twice\n"
	"counts twice; city - 2:(car + bus) is city - 2:car - 2:bus.\n"
	"\n"
	"Words: t-shirt and new york mean tshirt and newyork if the index has\n"
	"that word and not its parts; beach-sunrise is beach minus sunrise;\n"
	"shoes/boots is shoes boots.  Stop words and symbols are left out with\n"
	"a note.  An unknown word ends the search; --skip-unknown leaves it\n"
	"out.  , ; and # are blanks.\n"
	"\n"
	"Quotes: a path or key needs double quotes if it has blanks, + - ( ) or\n"
	"begins with a quote.  In them \\\" (or two quotes) is a quote, \\\\ a\n"
	"backslash, \\n \\r \\t a control, \\xHH any byte.  In a shell, put\n"
	"single quotes around \" * ( ) [ ] # and blanks: '@\"my cat.jpg\"'.\n"
	"\n"
	"IMG_n is a picture of the last search in the same index, saved in\n"
	"$XDG_STATE_HOME/seesay/last.json (~/.local/state if not set).\n"
	"\n"
	"Prints rank, score, path and caption; --json adds the folder of the\n"
	"paths as root, and path_hex where a name is not UTF-8.\n"
	"\n"
	"Exit status: 0 found; 1 nothing found, an unknown word, terms that cancel,\n"
	"a file that cannot be read; 2 a query that is not well formed; 3 a damaged\n"
	"index.",
	.options = options,
	.size = sizeof(struct search_options),
	.defaults = defaults,
	.run = cmd_search_run,
};
