/*
 * text_infer.c - vectors of texts by a words file: text_infer WORDS VECTORS.
 *
 * One text a line on standard input; VECTORS gets each one's raw floats, all
 * zeros where no word is known.  What the model makes of a text (doc2vec,
 * LDA), or the mean of its words.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "kernels.h"
#include "text/words/words.h"

static int infer(const struct words *w, FILE *to, struct error *e)
{
	const struct kernels *kernels = kernels_find("best");
	float *v = mem_new(w->dim, sizeof(*v), e);
	enum words_caption way;
	size_t room = 0;
	char *line = NULL;
	ssize_t bytes;

	if (!v || words_caption_way(w, WORDS_MEAN, &way, e) < 0)
		goto done;
	while ((bytes = getline(&line, &room, stdin)) > 0) {
		struct str text = { line, (size_t)bytes };

		if (words_caption_vector(w, text, way, WORDS_RAW, v, kernels,
					 e) < 0)
			break;
		fwrite(v, sizeof(*v), w->dim, to);
	}
done:
	free(line);
	mem_free(v);
	return e->code;
}

int main(int count, char **argument)
{
	struct error e = {0};
	struct words words;
	struct st_file *f =
		count == 3 ? st_open(argument[1], WORDS_FORMAT, &e) : NULL;
	FILE *to = f ? fopen(argument[2], "wb") : NULL;

	if (to && words_load(&words, f, "", &e) == 0) {
		infer(&words, to, &e);
		words_free(&words);
	}
	if (!to || fclose(to) != 0 || e.code) {
		fprintf(stderr, "text_infer: %s\n", e.code ? e.text :
			"WORDS and VECTORS are needed");
		return 1;
	}
	st_close(f);
	return 0;
}
