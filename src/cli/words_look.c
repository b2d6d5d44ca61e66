/*
 * words_look.c - what a words file answers: near, analogy, info.
 */
#include "cli/words_look.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/log.h"
#include "format/json.h"
#include "joint/tower.h"
#include "search/index.h"
#include "text/words/word_near.h"

void words_show_defaults(void *options, int by)
{
	(void)by;
	*(struct words_show *)options = (struct words_show){ .count = 10 };
}

/* Where a file keeps words: a space, and an index, have them inside. */
static const char *words_prefix(const struct st_file *f)
{
	const char *format = f ? st_meta(f, "format") : NULL;

	return format && (strcmp(format, SPACE_FORMAT) == 0 ||
			  strcmp(format, INDEX_FORMAT) == 0) ? "words." : "";
}

int words_view_open(struct words_view *v, const char *path, struct error *e)
{
	const char *prefix;

	v->file = st_open(path, NULL, e);
	prefix = words_prefix(v->file);
	if (v->file && !*prefix) {
		st_close(v->file);
		v->file = st_open(path, WORDS_FORMAT, e);
	}
	if (!v->file || words_load(&v->words, v->file, prefix, e) < 0) {
		st_close(v->file);
		return hint(e, "vectors of other programs: seesay words import "
			    "FILE -o words.safetensors");
	}
	return 0;
}

void words_view_close(struct words_view *v)
{
	words_free(&v->words);
	st_close(v->file);
}

static int hits_json(struct buf *b, const struct words *w,
		     const struct word_near_hit *hits, size_t n,
		     struct error *e)
{
	int bad = buf_addf(b, e, "{\"words\":[");

	for (size_t i = 0; !bad && i < n; i++) {
		bad |= buf_addf(b, e, "%s{\"word\":", i ? "," : "");
		bad |= json_put_string(b, words_at(w, hits[i].id), e);
		bad |= buf_addf(b, e, ",\"cosine\":%.6f,\"count\":%" PRIu64 "}",
				(double)hits[i].cosine,
				w->occurrences[hits[i].id]);
	}
	bad |= buf_addf(b, e, "]}\n");
	return bad ? e->code : 0;
}

static int hits_text(struct buf *b, const struct words *w,
		     const struct word_near_hit *hits, size_t n,
		     struct error *e)
{
	for (size_t i = 0; i < n; i++) {
		struct str s = words_at(w, hits[i].id);

		if (buf_addf(b, e, "%7.4f  ", (double)hits[i].cosine) < 0 ||
		    str_put_safe(b, s, e) < 0 ||
		    buf_add(b, "\n", 1, e) < 0)
			return e->code;
	}
	return 0;
}

int words_put_out(const struct buf *b, struct error *e)
{
	if ((b->bytes && fwrite(b->data, 1, b->bytes, stdout) != b->bytes) ||
	    fflush(stdout) != 0)
		return fail_errno(e, "cannot write to standard output");
	return 0;
}

/* "stop words are left out: 'a', 'the'" */
static void say_stopped(const struct buf *stopped)
{
	struct buf list = {0};
	struct error e = {0};

	for (size_t at = 0; at < stopped->bytes;) {
		const char *word = stopped->data + at;

		buf_addf(&list, &e, "%s'%s'", at ? ", " : "", word);
		at += strlen(word) + 1;
	}
	if (!e.code && list.bytes)
		log_note("stop words are left out: %s", list.data);
	buf_free(&list);
}

static int nearest(const struct words *w, const struct word_near_query *q,
		   const struct words_show *show,
		   const struct kernels *kernels, struct error *e)
{
	size_t n = MIN((size_t)show->count, w->count);
	float *target = mem_new(w->dim, sizeof(*target), e);
	struct word_near_hit *hits = mem_new(n, sizeof(*hits), e);
	struct buf b = {0};

	if (!target || !hits)
		goto done;
	word_near_target(q, w, target, kernels);
	n = word_near_find(q, w, target, hits, n, kernels);
	if ((show->json ? hits_json : hits_text)(&b, w, hits, n, e) == 0)
		words_put_out(&b, e);
done:
	buf_free(&b);
	mem_free(hits);
	mem_free(target);
	return e->code;
}

/* An expression of words and signs alone, so that nothing else is taken for
 * one. */
static int analogy_check(const char *text, struct error *e)
{
	size_t bytes = strlen(text);

	if (!strpbrk(text, "()*:") && bytes && !strchr("+-", text[bytes - 1]))
		return 0;
	fail(e, ERROR_USAGE, "'%s' is not an analogy: give words with + or - "
	     "between", text);
	return hint(e, "seesay words analogy words.safetensors "
		    "king-man+woman");
}

/* Operands as one expression: signs may stand apart. */
static int join_operands(struct buf *text, int count, char **operands,
			 struct error *e)
{
	for (int i = 0; i < count; i++)
		if (buf_addf(text, e, "%s%s", i ? " " : "", operands[i]) < 0)
			return e->code;
	return 0;
}

static int has_sign(int count, char **operands)
{
	for (int i = 0; i < count; i++)
		if (!strcmp(operands[i], "-") || !strcmp(operands[i], "+"))
			return 1;
	return 0;
}

/* The terms of all operands; an analogy is one expression. */
static int add_all(struct word_near_query *q, const struct words *w, int count,
		   char **operands, int analogy,
		   const struct kernels *kernels, struct error *e)
{
	struct buf text = {0};

	if (!analogy && !has_sign(count, operands)) {
		for (int i = 0; i < count && !e->code; i++)
			word_near_add(q, w, str_of(operands[i]), kernels, e);
		return e->code;
	}
	if (join_operands(&text, count, operands, e) == 0 &&
	    (!analogy || analogy_check(text.data, e) == 0))
		word_near_add(q, w, (struct str){ text.data, text.bytes },
			      kernels, e);
	buf_free(&text);
	return e->code;
}

static int look(int count, char **operands, int analogy,
		const struct words_show *show, struct error *e)
{
	struct word_near_query q = {0};
	struct machine *machine;
	struct words_view v;

	if (count < 2) {
		fail(e, ERROR_USAGE, "a words file and %s are needed",
		     analogy ? "one expression" : "words");
		return hint(e, analogy ?
				       "seesay words analogy words.safetensors "
				       "king-man+woman" :
				       "seesay words near "
				       "words.safetensors beach");
	}
	if (cli_machine(&machine, e) < 0 ||
	    words_view_open(&v, operands[0], e) < 0)
		return e->code;
	if (add_all(&q, &v.words, count - 1, operands + 1, analogy,
		    machine->kernels, e) == 0 &&
	    word_near_check(&q, &v.words, e) == 0) {
		for (size_t at = 0; at < q.notes.bytes;
		     at += strlen(q.notes.data + at) + 1)
			log_note("%s", q.notes.data + at);
		say_stopped(&q.stopped);
		nearest(&v.words, &q, show, machine->kernels, e);
	}
	word_near_free(&q);
	words_view_close(&v);
	return e->code;
}

static int near_run(const void *values, int count, char **operands,
		    struct error *e)
{
	return look(count, operands, 0, values, e);
}

static int analogy_run(const void *values, int count, char **operands,
		       struct error *e)
{
	return look(count, operands, 1, values, e);
}

static const struct opt near_options[] = { WORDS_COUNT, WORDS_JSON, OPT_END };

const struct opt_command cmd_words_near = {
	.name = "near", WORDS_VERB,
	.operands = "FILE WORD...",
	.purpose = "list the words nearest to the sum of the given words",
	.text =
	"All given words have the same weight.  They are not listed.\n\n  "
	"seesay words near words.safetensors beach sunset",
	.options = near_options,
	.run = near_run,
};

const struct opt_command cmd_words_analogy = {
	.name = "analogy", WORDS_VERB,
	.operands = "FILE EXPRESSION",
	.purpose = "list the words nearest to an expression",
	.text =
	"An expression is words with + or - between; the given words are not\n"
	"listed.\n"
	"\n"
	"  seesay words analogy words.safetensors king-man+woman",
	.options = near_options,
	.run = analogy_run,
};

/* ---- info ---------------------------------------------------------------- */

/* Metadata that the file keeps for itself. */
static int is_shown(const char *key)
{
	return strncmp(key, "sum.", 4) != 0;
}

static int info_json(struct buf *b, const struct words_view *v, struct error *e)
{
	int bad = buf_addf(b, e, "{\"words\":%zu,\"dim\":%zu", v->words.count,
			   v->words.dim);
	const char *key, *value;

	for (size_t i = 0; !bad && i < st_meta_count(v->file); i++) {
		st_meta_at(v->file, i, &key, &value);
		if (!is_shown(key))
			continue;
		bad |= buf_add(b, ",", 1, e);
		bad |= json_put_string(b, str_of(key), e);
		bad |= buf_add(b, ":", 1, e);
		bad |= json_put_string(b, str_of(value), e);
	}
	bad |= buf_addf(b, e, "}\n");
	return bad ? e->code : 0;
}

static int info_text(struct buf *b, const struct words_view *v, struct error *e)
{
	const struct words *w = &v->words;
	int bad = buf_addf(b, e, "%-16s%zu\n%-16s%zu\n", "words", w->count,
			   "dim", w->dim);
	const char *key, *value;

	for (size_t i = 0; !bad && i < st_meta_count(v->file); i++) {
		st_meta_at(v->file, i, &key, &value);
		if (is_shown(key))
			bad |= buf_addf(b, e, "%-15s %s\n", key, value);
	}
	bad |= buf_addf(b, e, "%-16s", "most frequent");
	for (uint32_t i = 0; !bad && i < MIN(w->count, 10); i++) {
		struct str s = words_at(w, i);

		bad |= str_put_safe(b, s, e);
		bad |= buf_addf(b, e, " (%" PRIu64 ") ", w->occurrences[i]);
	}
	bad |= buf_add(b, "\n", 1, e);
	return bad ? e->code : 0;
}

static int info_run(const void *values, int count, char **operands,
		    struct error *e)
{
	const struct words_show *show = values;
	struct buf b = {0};
	struct words_view v;

	if (count != 1)
		return fail(e, ERROR_USAGE, "one words file is needed");
	if (words_view_open(&v, operands[0], e) < 0)
		return e->code;
	if ((show->json ? info_json : info_text)(&b, &v, e) == 0)
		words_put_out(&b, e);
	buf_free(&b);
	words_view_close(&v);
	return e->code;
}

static const struct opt info_options[] = { WORDS_JSON, OPT_END };

const struct opt_command cmd_words_info = {
	.name = "info", WORDS_VERB,
	.operands = "FILE",
	.purpose = "print what a words file contains and how it was trained",
	.options = info_options,
	.run = info_run,
};
