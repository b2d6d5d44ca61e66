/*
 * words_export.c - from the rows of a words file to those of another program's
 * file; see words_export.h.
 */
#include "text/words/words_export.h"

#include "format/floats.h"
#include "format/npy.h"
#include "text/models/subword.h"

static struct str *words_list(const struct words *w, struct error *e)
{
	struct str *words = mem_new(w->count, sizeof(*words), e);

	for (uint32_t i = 0; words && i < w->count; i++)
		words[i] = words_at(w, i);
	return words;
}

/* ---- fastText's model ---------------------------------------------------- */

struct model_out {
	const struct words *w;
	struct file_out file;
	struct buf bytes;		/* of the next write */
	struct fasttext_ngrams ngrams;
	double *sum;			/* [dim] */
	float *row;			/* [dim] */
};

static int bytes_write(struct model_out *m, struct error *e)
{
	if (e->code == 0)
		file_out_write(&m->file, m->bytes.data, m->bytes.bytes, e);
	buf_clear(&m->bytes);
	return e->code;
}

static int row_write(struct model_out *m, const float *row, struct error *e)
{
	floats_put(&m->bytes, row, m->w->dim, e);
	return bytes_write(m, e);
}

static const float *bucket_row(const struct words *w, uint32_t bucket)
{
	size_t at = subword_find(w->subword_ids, w->subword_count, bucket);

	return at < w->subword_count ? w->subwords + at * w->dim : NULL;
}

/* The mean of n + 1 rows is the vector: what the n others leave of it. */
static int word_write(struct model_out *m, uint32_t id, struct error *e)
{
	const struct words *w = m->w;
	const float *vector = words_vector(w, id);
	double rows;

	if (fasttext_ngrams_of(&m->ngrams, words_at(w, id), e) < 0)
		return e->code;
	rows = (double)m->ngrams.count + 1;
	for (size_t j = 0; j < w->dim; j++)
		m->sum[j] = rows * (double)vector[j];
	for (size_t i = 0; i < m->ngrams.count; i++) {
		const float *row = bucket_row(w, m->ngrams.ids[i]);

		for (size_t j = 0; row && j < w->dim; j++)
			m->sum[j] -= (double)row[j];
	}
	for (size_t j = 0; j < w->dim; j++)
		m->row[j] = (float)m->sum[j];
	return row_write(m, m->row, e);
}

static int inputs_write(struct model_out *m, struct error *e)
{
	const struct words *w = m->w;
	size_t next = 0;

	fasttext_bin_matrix(&m->bytes, (uint64_t)w->count + m->ngrams.buckets,
			    w->dim, e);
	bytes_write(m, e);
	for (uint32_t i = 0; !e->code && i < w->count; i++)
		word_write(m, i, e);
	memset(m->row, 0, w->dim * sizeof(*m->row));
	for (uint32_t i = 0; !e->code && i < m->ngrams.buckets; i++) {
		int held = next < w->subword_count && w->subword_ids[next] == i;

		row_write(m, held ? w->subwords + next * w->dim : m->row, e);
		next += (size_t)held;
	}
	return e->code;
}

static int outputs_write(struct model_out *m, const float *outputs,
			 struct error *e)
{
	size_t dim = m->w->dim;

	fasttext_bin_matrix(&m->bytes, m->w->count, dim, e);
	bytes_write(m, e);
	for (size_t i = 0; !e->code && i < m->w->count; i++)
		row_write(m, outputs ? outputs + i * dim : m->row, e);
	return e->code;
}

/* fastText subsamples and draws negatives by counts, so none may be 0. */
static int head_write(struct model_out *m, const struct fasttext_options *o,
		      const char *path, struct error *e)
{
	const struct vectors_out as = { .path = path,
					.format = VECTORS_FASTTEXT_BIN };
	const struct words *w = m->w;
	struct str *words = words_list(w, e);
	uint64_t *counts = mem_new(w->count, sizeof(*counts), e);

	if (w->count + (uint64_t)o->buckets > INT32_MAX)
		fail(e, ERROR_DATA, "cannot write a fastText model of more "
		     "than %d words and buckets", (int)INT32_MAX);
	for (size_t i = 0; words && counts && i < w->count; i++) {
		vectors_check_word(&as, words[i], e);
		counts[i] = MAX(w->occurrences[i], 1);
	}
	if (!e->code)
		fasttext_bin_head(&m->bytes, o, words, counts, w->count, e);
	mem_free(words);
	mem_free(counts);
	return bytes_write(m, e);
}

/* The rows of a model are sums of others: their last bits may differ. */
static int model_read_back(const struct model_out *m, const char *path,
			   struct error *e)
{
	const struct file_out files[2] = { m->file, {0} };
	struct vectors_out as = { .path = path,
				  .format = VECTORS_FASTTEXT_BIN,
				  .count = m->w->count, .dim = m->w->dim };
	struct str *words = words_list(m->w, e);

	as.words = words;
	if (words)
		vectors_read_back(files, &as, e);
	mem_free(words);
	return e->code;
}

static int model_write(const struct words *w,
		       const struct words_export_options *o, struct error *e)
{
	struct fasttext_options options = o->fasttext;
	struct model_out m = { .w = w };

	options.dim = w->dim;
	if (w->subword_count) {
		options.buckets = m.ngrams.buckets = w->buckets;
		options.min_n = m.ngrams.min_n = w->min_n;
		options.max_n = m.ngrams.max_n = w->max_n;
	}
	m.sum = mem_new(w->dim, sizeof(*m.sum), e);
	m.row = mem_new(w->dim, sizeof(*m.row), e);
	if (!m.sum || !m.row || file_out_open(&m.file, o->out, e) < 0)
		goto done;
	if (head_write(&m, &options, o->out, e) < 0 ||
	    inputs_write(&m, e) < 0 || outputs_write(&m, o->outputs, e) < 0 ||
	    model_read_back(&m, o->out, e) < 0)
		file_out_discard(&m.file);
	else
		file_out_commit(&m.file, e);
done:
	mem_free(m.sum);
	mem_free(m.row);
	mem_free(m.ngrams.ids);
	buf_free(&m.bytes);
	return e->code;
}

/* ---- the others ---------------------------------------------------------- */

static int vectors_only(const struct words *w,
			const struct words_export_options *o, struct error *e)
{
	struct vectors_out out = {
		.path = o->out, .format = o->format, .list = o->list,
		.counts = w->occurrences, .vectors = w->vectors,
		.bias = w->bias, .count = w->count, .dim = w->dim,
	};
	struct str *words = words_list(w, e);

	if (words) {
		out.words = words;
		vectors_write(&out, e);
	}
	mem_free(words);
	return e->code;
}

int words_export_file(const struct words *w,
		      const struct words_export_options *o, struct error *e)
{
	if (o->format == VECTORS_FASTTEXT_BIN)
		return model_write(w, o, e);
	return vectors_only(w, o, e);
}
