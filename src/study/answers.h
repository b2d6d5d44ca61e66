/*
 * answers.h - the queries of the papers asked of the small world.
 *
 * A picture is right if its scene shows all that a query names: the world
 * knows.  Beside our ranking stand two that learn nothing: text search in the
 * captions of the same pictures (which ours never reads), and chance.
 */
#ifndef ANSWERS_H
#define ANSWERS_H

#include "base/error.h"
#include "math/machine.h"
#include "posts/posts.h"
#include "seesay.h"
#include "study/page.h"
#include "world/world.h"

enum {
	ANSWERS_COUNTED = 5,		/* P@5 */
	ANSWERS_SHOWN = 10,		/* pictures on the page */
	ANSWERS_MORE = 5,		/* queries of arithmetic */
};

struct answers_files {
	const char *posts, *index;	/* of the world with this seed */
	uint64_t seed;
};

/* One answer. */
struct answers_query {
	struct page_query page;
	uint64_t yes, no; /* concepts that must and must not show */
	size_t right;			/* pictures kept aside that do */
	struct seesay_answer *answer;	/* NULL: nothing found */
};

struct answers {
	const struct answers_files *files;
	const struct machine *machine;
	struct dataset posts;
	struct seesay_space *space;
	struct seesay_session *session;
	size_t count;			/* pictures kept aside */
	size_t *scene;			/* [count]: their numbers */
	uint64_t *concepts;		/* [count]: what they show */
	struct str *caption;		/* [count] */
	struct answers_query query[WORLD_QUERIES + ANSWERS_MORE];
	size_t asked;			/* of them */
	struct buf *shows;		/* [all queries * SHOWN]: alt texts */
	struct page_result *result;	/* [all queries, SHOWN] */
};

/* Asks the 24 queries; with `more`, those of arithmetic too. */
int answers_ask(struct answers *a, const struct answers_files *files, int more,
		const struct machine *m, struct error *e);
void answers_free(struct answers *a);

/* Mean P@5, in thousandths, over the queries of one concept, of two, of all. */
struct answers_score {
	int simple, complex, all;
};
struct answers_score answers_score(const struct answers *a,
				   enum page_column column);

/* Appends the page.  program and index as one types them in a shell. */
int answers_page(struct buf *html, const struct answers *a,
		 const char *program, const char *index, struct error *e);

#endif
