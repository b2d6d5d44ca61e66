/* retrieval.c - see retrieval.h. */
#include "study/retrieval.h"

#include "base/mem.h"
#include "joint/embed.h"

/* What is compared. */
struct sample {
	float *images;		/* [n, dim] */
	struct embed_captions captions;
	size_t *rows;		/* [n] */
	size_t n;
};

static void sample_free(struct sample *s)
{
	embed_captions_free(&s->captions);
	mem_free(s->images);
	mem_free(s->rows);
}

static int sample_make(struct sample *s, struct space *space,
		       const struct dataset *d, int split, struct error *e)
{
	if (embed_rows(d, split, &s->rows, &s->n, e) < 0 ||
	    embed_captions(&s->captions, space, d, s->rows, s->n, e) < 0)
		return e->code;
	s->images = mem_new(s->n, space->dim * sizeof(float), e);
	if (!s->images)
		return e->code;
	return embed_pictures(space, d, s->rows, s->n, s->images, e);
}

int retrieval_measure(struct retrieval *r, struct space *space,
		      const struct dataset *d, int split,
		      const struct machine *m, struct error *e)
{
	struct sample s = { 0 };

	if (sample_make(&s, space, d, split, e) == 0 &&
	    metrics_retrieval(&r->got, s.images, s.n, s.captions.vectors,
			      s.captions.first, space->dim, m, e) == 0) {
		metrics_random(&r->chance, s.n, s.captions.first);
		r->pictures = s.n;
		r->captions = s.captions.count;
		r->left_out = s.captions.left_out;
	}
	sample_free(&s);
	return e->code;
}
