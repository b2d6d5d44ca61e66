/*
 * words.h - a trained text model of any kind: a vocabulary with a vector for
 * each word, and caption vectors made from them.
 *
 * The file is a .safetensors of format "seesay words": word strings, count and
 * df U64 [V] (occurrences, captions that have the word), vectors F32 [V, D],
 * and what the model has beyond (docs/formats.md); metadata says which model it
 * is, how it was cleaned and trained.  The same tensors under the prefix
 * "words." are part of a space and of an index.
 */
#ifndef WORDS_H
#define WORDS_H

#include "format/safetensors.h"
#include "math/machine.h"
#include "text/clean/clean.h"
#include "text/models/negatives.h"

#define WORDS_FORMAT "seesay words"
#define WORDS_NONE UINT32_MAX
/* Some number of a vector is at least, all are at most, so large: whatever the
 * dimension, the squares of such add up to a normal float. */
#define WORDS_VECTOR_MOST 1e15f
#define WORDS_VECTOR_LEAST 1e-15f

enum words_model {
	WORDS_GLOVE, WORDS_WORD2VEC, WORDS_FASTTEXT, WORDS_DOC2VEC, WORDS_LDA,
	WORDS_FOREIGN,			/* read from another program's file */
};
const char *words_model_name(enum words_model model);	/* "glove" */
/* Of those that can be trained, by their enum; NULL at the end. */
extern const char *const words_model_names[];

struct words {
	enum words_model model;
	size_t count, dim;
	struct st_strings word;
	const uint64_t *occurrences;	/* [count] */
	const uint64_t *df;		/* [count] */
	uint64_t documents;		/* 0: counts are not known */
	/* [count, dim]: doc2vec: output rows; LDA: exp(E[log beta]) by word */
	const float *vectors;
	const float *bias;		/* [count] GloVe's, else NULL */
	/* fastText's rows of n-gram buckets, for words not in the vocabulary */
	size_t subword_count;
	const uint32_t *subword_ids;	/* [subword_count] ascending buckets */
	const float *subwords;		/* [subword_count, dim] */
	int min_n, max_n;
	uint32_t buckets;
	/* LDA's alpha, and how often it may look at a text to infer it */
	float prior;
	int inner;
	/* doc2vec's: which words are drawn, and how many for one of a text;
	 * how probably a word's tokens stay (subsample.h) */
	struct negatives negatives;	/* owned */
	int negative_samples;
	uint32_t *keep;			/* owned: [count] */
	struct clean clean;		/* as it was trained */
	struct string_map *stop;		/* owned, may be NULL */
	uint32_t *order;		/* owned: ids sorted by word */
	/* owned: normal forms of words that are not in theirs (clean.h), and
	 * the ids of those words */
	struct string_map *alias;
	uint32_t *alias_of;
};

/* From an open file whose tensors carry `prefix` ("" or "words."); the views
 * live as long as the file. */
int words_load(struct words *w, const struct st_file *f, const char *prefix,
	       struct error *e);
void words_free(struct words *w);
/* Copies the model (tensors and metadata) into another file under `prefix`. */
int words_copy(const struct words *w, const struct st_file *from,
	       struct st_writer *to, const char *prefix, struct error *e);
/* The same words with other vectors [count, dim]: then a model of the kind that
 * is read from other programs' files. */
int words_copy_as(const struct words *w, const struct st_file *from,
		  struct st_writer *to, const char *prefix,
		  const float *vectors, size_t dim, struct error *e);

/* As it stands, or else by its normal form. */
uint32_t words_find(const struct words *w, struct str word);
static inline struct str words_at(const struct words *w, uint32_t id)
{
	return st_string_at(&w->word, id);
}
static inline const float *words_vector(const struct words *w, uint32_t id)
{
	return w->vectors + (size_t)id * w->dim;
}
/* ---- a text to words of the model ---------------------------------------
 * A text is cleaned as the captions were when the model was trained; each word
 * is then looked up in the vocabulary, and else built of n-grams where the
 * model can.  Stop words of the model are left out, n-grams or not. */
enum words_known {
	WORDS_UNKNOWN,
	WORDS_NGRAMS,			/* not in the vocabulary, but built */
	WORDS_ROW,
};
struct words_token {
	struct str text;		/* as the model spells it */
	enum words_known known;
	uint32_t id;			/* WORDS_NONE but for WORDS_ROW */
};
struct words_read {			/* {0} is empty */
	struct words_token *token;	/* [count] in the order of the text */
	size_t count, room;
	size_t known;			/* tokens that have a vector */
	struct buf text;		/* what the tokens point into */
	struct buf stopped;		/* stop words, a 0 byte after each */
};
/* How the model knows a word that is spelled as it spells it. */
enum words_known words_look(const struct words *w, struct str word,
			    uint32_t *id);
/* Reads a text; what r held goes. */
int words_read(struct words_read *r, const struct words *w, struct str text,
	       struct error *e);
/* As words_read, but a text that the vocabulary has as it stands is that one
 * word. */
int words_read_word(struct words_read *r, const struct words *w,
		    struct str text, struct error *e);
void words_read_free(struct words_read *r);
/* Ids of up to `max` known words closest in spelling (edit distance <= 2, then
 * by frequency). */
size_t words_suggest(const struct words *w, struct str word, uint32_t *ids,
		     size_t max);

/* ---- caption vectors ----------------------------------------------------
 * mean: sum of the vectors of known tokens / their number.
 * tfidf: sum of weight * vector, weight = tf * log2(D / df), L2-normalised
 * over the caption's distinct words; a word that n-grams build has df = 1, as
 * the rarest word of the captions would.
 * paragraph: fitted to the words as GloVe fits a word to its neighbours
 * (words_paragraph.c); only models with biases.
 * infer: what the model itself makes of a text (doc2vec, LDA). */
enum words_caption { WORDS_MEAN, WORDS_TFIDF, WORDS_PARAGRAPH, WORDS_INFER,
		     WORDS_AUTO };
extern const char *const words_captions[];	/* "mean", ... "infer", NULL */
/* As options give it: "auto", "mean", "tfidf", "paragraph", NULL. */
extern const char *const words_caption_choices[];
static inline enum words_caption words_caption_chosen(int choice)
{
	return choice ? (enum words_caption)(choice - 1) : WORDS_AUTO;
}
/* The way that will be gone when `how` is asked for: doc2vec and LDA always
 * infer, others never; WORDS_AUTO is tfidf, or the mean where the counts that
 * tfidf needs are not known.  Returns an error where the model cannot do it. */
int words_caption_way(const struct words *w, enum words_caption how,
		      enum words_caption *way, struct error *e);
/* Fails where `asked` of a user cannot matter: the model infers. */
int words_caption_check(const struct words *w, enum words_caption asked,
			struct error *e);
/* log2(D / df) of a word of the vocabulary. */
float words_idf(const struct words *w, uint32_t id,
		const struct kernels *kernels);
enum words_norm {
	WORDS_RAW,
	WORDS_DIVBYMAX,		/* minus min, then / max: all in [0,1] */
	WORDS_L1,		/* minus min, then / sum */
	WORDS_L2,
};
/* How captions are normalised to be the targets of an image net: LDA's are
 * distributions and stay so. */
enum words_norm words_target_norm(const struct words *w);
void words_normalise(float *v, size_t dim, enum words_norm norm,
		     const struct kernels *kernels);
/* out [dim]: what the model makes of the known words `ids` of a text, n > 0. */
int words_infer_lda(const struct words *w, const uint32_t *ids, size_t n,
		    float *out, const struct kernels *kernels,
		    struct error *e);
int words_infer_doc2vec(const struct words *w, const uint32_t *ids, size_t n,
			float *out, const struct kernels *kernels,
			struct error *e);
int words_paragraph(const struct words *w, const uint32_t *ids, size_t n,
		    float *out, const struct kernels *kernels,
		    struct error *e);
/* out [dim]: the vector of one word as a caption of its own would be, raw.
 * Returns 1, or 0 if the word is not known, or an error. */
int words_word_vector(const struct words *w, struct str word, float *out,
		      const struct kernels *kernels, struct error *e);
/* out [dim]; returns how many known tokens there were (0: out is all zeros),
 * or an error. */
int words_caption_vector(const struct words *w, struct str caption,
			 enum words_caption how, enum words_norm norm,
			 float *out, const struct kernels *kernels,
			 struct error *e);

#endif
