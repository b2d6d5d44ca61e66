/*
 * words_score.c - seesay words score: sets of word pairs and analogies, a line
 * for each section and each file.
 */
#include <math.h>

#include "cli/cli.h"
#include "cli/words_look.h"
#include "format/json.h"
#include "text/words/word_eval.h"

/* All files so far. */
struct totals {
	struct word_eval_section analogies, pairs;
	double rho;			/* the sum of those that there are */
	size_t analogy_files, pair_files, rhos;
};

static void totals_add(struct totals *t, enum word_eval_kind kind,
		       const struct word_eval_result *r)
{
	struct word_eval_section *all = kind == WORD_EVAL_PAIRS ? &t->pairs :
				    &t->analogies;

	all->total += r->all.total;
	all->known += r->all.known;
	all->right += r->all.right;
	t->analogy_files += kind == WORD_EVAL_ANALOGIES;
	t->pair_files += kind == WORD_EVAL_PAIRS;
	if (kind == WORD_EVAL_PAIRS && !isnan(r->rho)) {
		t->rho += r->rho;
		t->rhos++;
	}
}

/* ---- text ---------------------------------------------------------------- */

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

/* name, padded; known, total */
static int line_start(struct buf *b, struct str name, int indent,
		      const struct word_eval_section *s, struct error *e)
{
	size_t from = b->bytes, width = 0;

	if (buf_add(b, "  ", indent ? 2 : 0, e) < 0 ||
	    str_put_safe(b, name, e) < 0)
		return e->code;
	for (size_t i = from; i < b->bytes; i++)
		width += (b->data[i] & 0xC0) != 0x80;
	return buf_addf(b, e, "%*s %7zu %7zu  ",
			(int)(width < 36 ? 36 - width : 0), "", s->known,
			s->total);
}

static int line_accuracy(struct buf *b, struct str name, int indent,
			 const struct word_eval_section *s, struct error *e)
{
	if (line_start(b, name, indent, s, e) < 0)
		return e->code;
	if (!s->known)
		return buf_addf(b, e, "-\n");
	return buf_addf(b, e, "accuracy %6.2f %%\n",
			100 * (double)s->right / (double)s->known);
}

static int line_rho(struct buf *b, const char *name,
		    const struct word_eval_section *s, double rho,
		    struct error *e)
{
	if (line_start(b, str_of(name), 0, s, e) < 0)
		return e->code;
	return isnan(rho) ? buf_addf(b, e, "-\n") :
	       buf_addf(b, e, "spearman %7.4f\n", rho);
}

static int file_text(struct buf *b, const struct word_eval_set *s,
		     const struct word_eval_result *r, int measure,
		     struct error *e)
{
	(void)measure;
	if (s->kind == WORD_EVAL_PAIRS)
		return line_rho(b, base_name(s->path), &r->all, r->rho, e);
	if (line_accuracy(b, str_of(base_name(s->path)), 0, &r->all, e) < 0)
		return e->code;
	for (size_t i = 0; r->count > 1 && i < r->count; i++)
		if (r->sections[i].total &&
		    line_accuracy(b, r->sections[i].name, 1, &r->sections[i],
				  e) < 0)
			return e->code;
	return 0;
}

static int totals_text(struct buf *b, const struct totals *t, struct error *e)
{
	if (t->analogy_files > 1 &&
	    line_accuracy(b, str_of("all analogies"), 0, &t->analogies, e) < 0)
		return e->code;
	if (t->pair_files > 1)
		return line_rho(b, "all pairs (mean of files)", &t->pairs,
				t->rhos ? t->rho / (double)t->rhos : NAN, e);
	return 0;
}

/* ---- JSON ---------------------------------------------------------------- */

static int section_json(struct buf *b, const struct word_eval_section *s,
			struct error *e)
{
	if (buf_addf(b, e, "\"known\":%zu,\"total\":%zu,\"right\":%zu,"
		     "\"accuracy\":", s->known, s->total, s->right) < 0)
		return e->code;
	return s->known ? buf_addf(b, e, "%.6f", (double)s->right /
				   (double)s->known) : buf_addf(b, e, "null");
}

static int rho_json(struct buf *b, const struct word_eval_section *s,
		    double rho, struct error *e)
{
	if (buf_addf(b, e, "\"known\":%zu,\"total\":%zu,\"spearman\":",
		     s->known, s->total) < 0)
		return e->code;
	return isnan(rho) ? buf_addf(b, e, "null") :
	       buf_addf(b, e, "%.6f", rho);
}

static int analogies_json(struct buf *b, const struct word_eval_result *r,
			  int measure, struct error *e)
{
	int bad = buf_addf(b, e,
			   ",\"kind\":\"analogies\",\"measure\":\"%s\","
			   "\"sections\":[",
			   word_eval_measure_names[measure]),
	    some = 0;

	for (size_t i = 0; !bad && i < r->count; i++) {
		if (!r->sections[i].total)
			continue;
		bad |= buf_addf(b, e, "%s{\"name\":", some++ ? "," : "");
		bad |= json_put_string(b, r->sections[i].name, e);
		bad |= buf_addf(b, e, ",");
		bad |= section_json(b, &r->sections[i], e);
		bad |= buf_addf(b, e, "}");
	}
	bad |= buf_addf(b, e, "],");
	return bad ? e->code : section_json(b, &r->all, e);
}

static int file_json(struct buf *b, const struct word_eval_set *s,
		     const struct word_eval_result *r, int measure,
		     struct error *e)
{
	int bad = buf_addf(b, e, "%s{\"file\":", b->bytes ? "," :
			   "{\"files\":[");

	bad |= json_put_string(b, str_of(s->path), e);
	if (s->kind == WORD_EVAL_PAIRS) {
		bad |= buf_addf(b, e, ",\"kind\":\"pairs\",");
		bad |= rho_json(b, &r->all, r->rho, e);
	} else {
		bad |= analogies_json(b, r, measure, e);
	}
	return bad ? e->code : buf_addf(b, e, "}");
}

static int totals_json(struct buf *b, const struct totals *t, struct error *e)
{
	int bad = buf_addf(b, e, "]");

	if (t->analogy_files) {
		bad |= buf_addf(b, e, ",\"analogies\":{");
		bad |= section_json(b, &t->analogies, e);
		bad |= buf_addf(b, e, "}");
	}
	if (t->pair_files) {
		bad |= buf_addf(b, e, ",\"pairs\":{");
		bad |= rho_json(b, &t->pairs, t->rhos ? t->rho /
				(double)t->rhos : NAN, e);
		bad |= buf_addf(b, e, "}");
	}
	return bad ? e->code : buf_addf(b, e, "}\n");
}

/* ---- the command --------------------------------------------------------- */

static int file_score(struct buf *b, struct totals *t, const char *path,
		      const struct words *w, int measure, int json,
		      struct error *e)
{
	struct word_eval_result r = {0};
	struct word_eval_set s;
	struct machine *machine;

	if (cli_machine(&machine, e) < 0 || word_eval_read(&s, path, e) < 0)
		return e->code;
	if (word_eval_run(&r, &s, w, (enum word_eval_measure)measure, machine,
			  e) == 0) {
		totals_add(t, s.kind, &r);
		(json ? file_json : file_text)(b, &s, &r, measure, e);
	}
	mem_free(r.sections);
	word_eval_free(&s);
	return e->code;
}

static const struct opt options[] = { OPT("measure", 0, OPT_CHOICE,
					  WORDS_AT(measure), NULL,
					  "analogies by 3CosAdd or 3CosMul",
					  .choices = word_eval_measure_names),
				      WORDS_JSON, OPT_END };

static int score_run_all(const void *values, int count, char **operands,
			 struct error *e)
{
	const struct words_show *show = values;
	int json = show->json;
	struct totals t = {0};
	struct words_view v;
	struct buf b = {0};

	if (count < 2) {
		fail(e, ERROR_USAGE, "a words file and sets of pairs or "
		     "analogies are needed");
		return hint(e, "seesay words score words.st "
			    "questions-words.txt");
	}
	if (words_view_open(&v, operands[0], e) < 0)
		return e->code;
	if (!json)
		buf_addf(&b, e, "%-36s %7s %7s\n", "set", "known", "total");
	for (int i = 1; i < count && !e->code; i++)
		file_score(&b, &t, operands[i], &v.words, show->measure,
			   json, e);
	if (!e->code && !t.analogy_files &&
	    opt_typed(options, show, "measure"))
		fail(e, ERROR_USAGE, "--measure is for analogies, and no set "
		     "has them");
	if (!e->code && (json ? totals_json : totals_text)(&b, &t, e) == 0)
		words_put_out(&b, e);
	buf_free(&b);
	words_view_close(&v);
	return e->code;
}

const struct opt_command cmd_words_score = {
	.name = "score", WORDS_VERB,
	.operands = "FILE SET...",
	.purpose = "compare a model with human judgements",
	.text =
	"SET is a file of similarities, lines 'word word score', or of\n"
	"analogies, lines of four words with ': section' lines between.\n"
	"\n"
	"  seesay words score words.safetensors questions-words.txt",
	.options = options,
	.run = score_run_all,
};
