/*
 * fuzz_models.c - any bytes as a file of this program: a dataset, words, a
 * space or an index is opened as its commands do, and asked.
 */
#include <string.h>

#include "base/mem.h"
#include "format/safetensors.h"
#include "fuzz.h"
#include "joint/space.h"
#include "nn/net.h"
#include "posts/posts.h"
#include "seesay.h"
#include "text/words/word_near.h"
#include "text/words/words.h"

enum { MOST_WORK = 1 << 16 };

static struct machine machine;

static uint64_t strings_read(const struct st_strings *s)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < s->count; i++) {
		struct str text = st_string_at(s, i);

		for (size_t b = 0; b < text.bytes; b++)
			sum += (unsigned char)text.data[b];
	}
	return sum;
}

static void try_dataset(const char *path, struct error *e)
{
	struct dataset d;
	uint64_t sum = 0;

	if (dataset_open(&d, path, e) < 0)
		return;
	for (size_t i = 0; i < d.count; i++) {
		const unsigned char *at = dataset_pixels(&d, i);

		sum += d.split[i];
		for (size_t p = 0; p < d.size * d.size * 3; p++)
			sum += at[p];
		for (size_t c = dataset_first_caption(&d, i);
		     c < d.caption_ends[i]; c++)
			sum += st_string_at(&d.caption, c).bytes;
	}
	sum += strings_read(&d.id) + strings_read(&d.path) +
	       strings_read(&d.tags) + strings_read(&d.keyword) +
	       strings_read(&d.owner) + strings_read(&d.caption);
	if (sum == UINT64_MAX)
		bug("more bytes than memory");
	dataset_close(&d);
}

static void words_near(const struct words *w, struct error *e)
{
	struct word_near_query q = {0};
	struct word_near_hit hits[3];
	float *target = mem_new(w->dim, sizeof(*target), e);

	if (target && word_near_add(&q, w, str_of("red-ball"), machine.kernels,
				    e) == 0 && word_near_check(&q, w, e) == 0) {
		word_near_target(&q, w, target, machine.kernels);
		word_near_find(&q, w, target, hits, 3, machine.kernels);
	}
	word_near_free(&q);
	mem_free(target);
}

static void words_captions_all(const struct words *w)
{
	struct str text = str_of("a red ball on the reddish sand");

	for (int how = WORDS_MEAN; how <= WORDS_AUTO; how++) {
		struct error e = {0};
		float *out = mem_new(w->dim, sizeof(*out), &e);

		if (out)
			words_caption_vector(w, text, (enum words_caption)how,
					     WORDS_DIVBYMAX, out,
					     machine.kernels, &e);
		mem_free(out);
	}
}

static void try_words(const struct st_file *f, struct error *e)
{
	struct words w;

	if (words_load(&w, f, "", e) < 0)
		return;
	strings_read(&w.word);
	words_captions_all(&w);
	words_near(&w, e);
	words_free(&w);
}

/* Large nets only cost time. */
static int net_is_small(const struct st_file *f)
{
	const char *text = st_meta(f, "net");
	struct error e = {0};
	struct net *n = text ? net_open(str_of(text), "fuzz", 4, &e) : NULL;
	struct net_info info = n ? net_info(n) : (struct net_info){0};

	net_close(n);
	return info.multiply_adds < MOST_WORK &&
	       info.parameters < MOST_WORK &&
	       info.in_h * info.in_w * info.in_c < MOST_WORK;
}

static void try_space(const char *path, struct error *e)
{
	struct space s;
	float *out;

	if (space_open(&s, path, &machine, e) < 0)
		return;
	out = mem_new(s.dim, sizeof(*out), e);
	if (out) {
		space_caption(&s, str_of("a red ball"), out, e);
		error_clear(e);
		space_word(&s, str_of("red"), out, e);
	}
	mem_free(out);
	space_close(&s);
}

static void try_index(const char *path)
{
	struct seesay_request ask;
	struct seesay_error e;
	struct seesay_answer *a = NULL;
	struct seesay_session *s = NULL;
	struct seesay_space *space = NULL;

	seesay_request_init(&ask);
	ask.text = "red - blue + id:1";
	ask.k = 3;
	ask.skip_unknown = 1;
	if (seesay_space_open(&space, path, NULL, &e) == SEESAY_OK &&
	    seesay_session_open(&s, space, NULL, &e) == SEESAY_OK)
		seesay_search(s, &ask, &a, &e);
	seesay_answer_free(a);
	seesay_session_close(s);
	seesay_space_close(space);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	const char *path = fuzz_file(0, data, bytes), *format;
	struct error e = {0};
	struct st_file *f;

	if (!machine.kernels && machine_open(&machine, NULL, 1, &e) < 0)
		bug("%s", e.text);
	f = st_open(path, NULL, &e);
	format = f ? st_meta(f, "format") : NULL;
	if (format && !strcmp(format, "seesay posts"))
		try_dataset(path, &e);
	else if (format && !strcmp(format, "seesay words"))
		try_words(f, &e);
	else if (format && !strcmp(format, "seesay space") && net_is_small(f))
		try_space(path, &e);
	else if (format && !strcmp(format, "seesay index") && net_is_small(f))
		try_index(path);
	st_close(f);
	if (e.code && !e.text[0])
		bug("an error without its text");
	return 0;
}
