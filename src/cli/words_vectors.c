/*
 * words_vectors.c - the vectors of words and of captions, to standard output.
 */
#include <stdio.h>

#include "base/stop.h"
#include "cli/cli.h"
#include "cli/log.h"
#include "cli/words_look.h"
#include "format/decimal.h"
#include "format/json.h"
#include "text/words/word_near.h"

/* What is open while vectors are made. */
struct maker {
	struct words_view view;
	const struct kernels *kernels;
	const struct words_show *show;
	enum words_caption way;
	float *row;			/* [dim] */
	size_t zeros;			/* captions without a known word */
};

static void maker_close(struct maker *m)
{
	mem_free(m->row);
	words_view_close(&m->view);
}

static int maker_open(struct maker *m, const char *path,
		      const struct words_show *show, struct error *e)
{
	struct machine *machine;

	*m = (struct maker){ .show = show };
	if (cli_machine(&machine, e) < 0 ||
	    words_view_open(&m->view, path, e) < 0)
		return e->code;
	m->kernels = machine->kernels;
	m->row = mem_new(m->view.words.dim, sizeof(*m->row), e);
	if (!m->row)
		maker_close(m);
	return e->code;
}

/* Each number behind a blank, in JSON parted by commas. */
static int numbers_put(struct buf *b, const struct maker *m, struct error *e)
{
	char number[DECIMAL_ROOM + 1] = { m->show->json ? ',' : ' ' };
	size_t dim = m->view.words.dim;
	int bad = 0;

	for (size_t j = 0; !bad && j < dim; j++) {
		size_t bytes = 1 + decimal_put(number + 1, m->row[j]);

		bad = buf_add(b, number + !j, bytes - !j, e);
	}
	return bad;
}

/* One line: as text `head` and the numbers, in JSON text under `key`. */
static int line_put(struct buf *b, const struct maker *m, const char *key,
		    struct str text, struct str head, struct error *e)
{
	int bad;

	if (!m->show->json) {
		bad = buf_add(b, head.data, head.bytes, e);
		if (!bad && head.bytes)
			bad = buf_add(b, " ", 1, e);
		bad = bad ? bad : numbers_put(b, m, e);
		return bad ? bad : buf_add(b, "\n", 1, e);
	}
	bad = buf_addf(b, e, "{\"%s\":", key);
	bad |= json_put_string(b, text, e);
	bad |= buf_addf(b, e, ",\"vector\":[");
	bad |= numbers_put(b, m, e);
	return bad ? e->code : buf_addf(b, e, "]}\n");
}

/* ---- words --------------------------------------------------------------- */

static int word_put(struct buf *b, const struct maker *m, const char *text,
		    struct error *e)
{
	const struct words *w = &m->view.words;
	struct buf form = {0};
	struct str word;
	int known = word_near_word(w, str_of(text), &form, e);

	word = (struct str){ form.data, form.bytes };
	if (known > 0)
		known = word_near_vector(w, word, m->row, m->kernels, e);
	if (known > 0)
		line_put(b, m, "word", word, word, e);
	if (known == 0)
		word_near_unknown(w, str_of(text), e);
	buf_free(&form);
	return e->code;
}

static int vector_run(const void *values, int count, char **operands,
		      struct error *e)
{
	struct buf b = {0};
	struct maker m;

	if (count < 2) {
		fail(e, ERROR_USAGE, "a words file and words are needed");
		return hint(e, "seesay words vector words.st beach");
	}
	if (maker_open(&m, operands[0], values, e) < 0)
		return e->code;
	for (int i = 1; i < count && !e->code; i++)
		word_put(&b, &m, operands[i], e);
	if (!e->code)
		words_put_out(&b, e);
	buf_free(&b);
	maker_close(&m);
	return e->code;
}

static const struct opt vector_options[] = { WORDS_JSON, OPT_END };

const struct opt_command cmd_words_vector = {
	.name = "vector", WORDS_VERB,
	.operands = "FILE WORD...",
	.purpose = "print the vectors of words",
	.text =
	"Prints one word a line with its vector, not normalised.\n\n  seesay "
	"words vector words.safetensors beach",
	.options = vector_options,
	.run = vector_run,
};

/* ---- captions ------------------------------------------------------------ */

static int caption_put(struct maker *m, struct str text, struct error *e)
{
	const struct words *w = &m->view.words;
	struct buf b = {0};
	int known = words_caption_vector(w, text, m->way, WORDS_RAW, m->row,
					 m->kernels, e);

	m->zeros += known == 0;
	if (known >= 0 && line_put(&b, m, "caption", text,
				   (struct str){ "", 0 }, e) == 0)
		words_put_out(&b, e);
	buf_free(&b);
	return e->code;
}

/* The next line of standard input, without its end; false after the last. */
static int line_next(struct buf *line, struct error *e)
{
	int byte;

	line->bytes = 0;
	while ((byte = getc(stdin)) != EOF && byte != '\n')
		if (buf_add(line, &(char){ (char)byte }, 1, e) < 0)
			return 0;
	if (stop_requested())
		fail(e, ERROR_FAILED, "stopped before 'standard input' was "
		     "read");
	else if (byte == EOF && ferror(stdin))
		fail_errno(e, "cannot read standard input");
	if (line->bytes && line->data[line->bytes - 1] == '\r')
		line->bytes--;
	return !e->code && (byte != EOF || line->bytes);
}

static int captions_of_input(struct maker *m, struct error *e)
{
	struct buf line = {0};

	while (!e->code && line_next(&line, e))
		caption_put(m, (struct str){ line.data ? line.data : "",
					     line.bytes }, e);
	buf_free(&line);
	return e->code;
}

static int caption_run(const void *values, int count, char **operands,
		       struct error *e)
{
	const struct words_show *show = values;
	const enum words_caption how = words_caption_chosen(show->caption);
	struct maker m;

	if (count < 2) {
		fail(e, ERROR_USAGE, "a words file and captions are needed, or "
		     "'-' for the lines of standard input");
		return hint(e, "seesay words caption words.st 'a dog runs'");
	}
	if (maker_open(&m, operands[0], values, e) < 0)
		return e->code;
	if (words_caption_check(&m.view.words, how, e) == 0)
		words_caption_way(&m.view.words, how, &m.way, e);
	for (int i = 1; i < count && !e->code; i++)
		if (strcmp(operands[i], "-") == 0)
			captions_of_input(&m, e);
		else
			caption_put(&m, str_of(operands[i]), e);
	if (m.zeros)
		log_warn("%zu captions have no known word: their vectors are "
			 "zero", m.zeros);
	maker_close(&m);
	return e->code;
}

static const struct opt caption_options[] = {
	OPT("caption", 0, OPT_CHOICE, WORDS_AT(caption), NULL,
	    "how the words make the vector (auto: tfidf, or the mean where the "
	    "words have no counts); doc2vec and lda infer it",
	    .choices = words_caption_choices),
	WORDS_JSON,
	OPT_END
};

const struct opt_command cmd_words_caption = {
	.name = "caption", WORDS_VERB,
	.operands = "FILE TEXT...",
	.purpose = "print the vectors of captions",
	.text =
	"Prints one vector a line, not normalised.  '-' stands for the lines\n"
	"of standard input.\n"
	"\n"
	"  seesay words caption words.safetensors 'a dog runs'",
	.options = caption_options,
	.run = caption_run,
};
