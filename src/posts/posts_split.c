/*
 * posts_split.c - which posts are learned from, watched, and kept for the end.
 *
 * Posts that come without a split are ranked by XXH64 of their id within
 * their top folder; the first of the ranking are test, the next val, the rest
 * train.  Shares are carried from folder to folder (in the order of their
 * names), so they are exact to half a post over all and to about one in each
 * folder, however small.  Nothing depends on the order of the source.
 */
#include <stdlib.h>

#include "base/plain.h"
#include "base/hash.h"
#include "base/string_map.h"
#include "posts/posts_list.h"
#include "posts/posts_text.h"

const char *const posts_split_names[POSTS_SPLITS] = { "train", "val", "test" };

int posts_split_of(struct str word, enum posts_split *split)
{
	static const struct {
		const char *word;
		enum posts_split split;
	} known[] = {
		{ "", POSTS_SPLITS },
		{ "train", POSTS_TRAIN }, { "training", POSTS_TRAIN },
		{ "restval", POSTS_TRAIN },
		{ "val", POSTS_VAL }, { "dev", POSTS_VAL },
		{ "valid", POSTS_VAL }, { "validation", POSTS_VAL },
		{ "test", POSTS_TEST },
	};

	word = str_trim(word);
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (str_equal(word, str_of(known[i].word))) {
			*split = known[i].split;
			return 1;
		}
	return 0;
}

int posts_split_check(const struct posts_options *o, struct error *e)
{
	if (o->train < 0 || o->val < 0 || o->test < 0 || o->train > 100 ||
	    o->val > 100 || o->test > 100 ||
	    (o->train + o->val + o->test != 100 &&
	     o->train + o->val + o->test != 0)) {
		fail(e, ERROR_USAGE, "split %d/%d/%d is not 100 percent",
		     o->train, o->val, o->test);
		return hint(e, "shares of train/val/test, such as 80/5/15");
	}
	return 0;
}

/* All 0 stands for 80 5 15. */
static void shares_read(const struct posts_options *o, size_t *val,
			size_t *test)
{
	int told = o->train || o->val || o->test;

	*val = told ? (size_t)o->val : 5;
	*test = told ? (size_t)o->test : 15;
}

void posts_split_shares(const struct posts_options *o, size_t n, size_t *val,
			size_t *test)
{
	size_t val_share, test_share;

	shares_read(o, &val_share, &test_share);
	*val = n * val_share / 100;
	*test = n * test_share / 100;
}

struct ranked {
	struct str folder, id;
	uint64_t hash;
	size_t post;
};

/* Ids are unique, so no two compare equal. */
static int ranked_order(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;
	int order = str_compare(x->folder, y->folder);

	if (order)
		return order;
	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return str_compare(x->id, y->id);
}

static size_t rank_collect(struct ranked *ranked, const struct posts *p)
{
	size_t n = 0;

	for (size_t i = 0; i < p->count; i++) {
		const struct post *post = &p->post[i];

		if (post->split != POSTS_SPLITS)
			continue;
		ranked[n++] = (struct ranked){
			posts_text_folder(post->path), post->id,
			hash64(post->id.data, post->id.bytes, 0), i
		};
	}
	if (n)
		qsort(ranked, n, sizeof(*ranked), ranked_order);
	return n;
}

int posts_split_rank(struct posts *p, const struct posts_options *o,
		     struct error *e)
{
	struct ranked *ranked = mem_new(p->count, sizeof(*ranked), e);
	size_t n, end, val_share, test_share, vals = 0, tests = 0;

	if (!ranked)
		return e->code;
	n = rank_collect(ranked, p);
	shares_read(o, &val_share, &test_share);
	for (size_t first = 0; first < n; first = end) {
		size_t val, test;

		for (end = first + 1; end < n; end++)
			if (!str_equal(ranked[end].folder,
				       ranked[first].folder))
				break;
		test = MIN((end * test_share + 50) / 100 - tests, end - first);
		val = MIN((end * val_share + 50) / 100 - vals,
			  end - first - test);
		tests += test;
		vals += val;
		for (size_t i = first; i < end; i++)
			p->post[ranked[i].post].split =
				i - first < test ? POSTS_TEST :
				i - first < test + val ? POSTS_VAL
						       : POSTS_TRAIN;
	}
	mem_free(ranked);
	return 0;
}

/* ---- lists of names ---------------------------------------------------- */

struct posts_lists {
	struct string_map *names;
	struct posts_lists_name {
		unsigned char split, used;
	} *name;			/* [names] */
	size_t room;
};

void posts_lists_free(struct posts_lists *lists)
{
	if (!lists)
		return;
	string_map_free(lists->names);
	mem_free(lists->name);
	mem_free(lists);
}

static int list_name(struct posts_lists *lists, struct str name,
		     enum posts_split split, const char *path, struct error *e)
{
	uint32_t known = string_map_count(lists->names);
	uint32_t i = string_map_add(lists->names, name, e);

	if (i == STRING_MAP_NONE ||
	    mem_grow(&lists->name, &lists->room, i + (size_t)1,
		     sizeof(*lists->name), e) < 0)
		return e->code;
	if (i < known && lists->name[i].split != split)
		return fail(e, ERROR_DATA, "split list '%s': '%.*s' is in "
			    "another list too", path,
			    (int)MIN(name.bytes, 200), name.data);
	lists->name[i].split = (unsigned char)split;
	return 0;
}

struct posts_lists *posts_lists_new(struct error *e)
{
	struct posts_lists *lists = mem_new(1, sizeof(*lists), e);

	if (lists && !(lists->names = string_map_new(e))) {
		mem_free(lists);
		return NULL;
	}
	return lists;
}

int posts_lists_add(struct posts_lists *lists, const struct posts_source *list,
		    enum posts_split split, struct error *e)
{
	struct posts_text_lines lines;
	struct str line;

	posts_text_start(&lines, list->text);
	while (posts_text_line(&lines, &line)) {
		line = str_trim(line);
		if (line.bytes &&
		    list_name(lists, line, split, list->name, e) < 0)
			return e->code;
	}
	return 0;
}

static int list_read(struct posts_lists *lists, const char *path,
		     enum posts_split split, struct error *e)
{
	struct plain plain;

	if (plain_open(&plain, path, 0, e) == 0)
		posts_lists_add(lists, &(struct posts_source){ path,
				plain.text }, split, e);
	plain_close(&plain);
	return e->code;
}

struct posts_lists *posts_lists_open(const char *files, struct error *e)
{
	struct posts_lists *lists = posts_lists_new(e);
	struct buf path = { 0 };
	const char *at = files;

	if (!lists)
		goto done;
	for (int split = POSTS_TRAIN; split < POSTS_SPLITS; split++) {
		size_t n = strcspn(at, ",");

		buf_clear(&path);
		if (buf_add(&path, at, n, e) < 0)
			goto done;
		if (n && list_read(lists, path.data, (enum posts_split)split,
				   e) < 0)
			goto done;
		at += n + (at[n] == ',');
	}
	if (*at)
		fail(e, ERROR_USAGE, "more than three split lists in '%s'",
		     files);
done:
	buf_free(&path);
	if (e->code) {
		posts_lists_free(lists);
		lists = NULL;
	}
	return lists;
}

int posts_lists_find(const struct posts_lists *lists, const struct post *post,
		     enum posts_split *split)
{
	struct str name = post->path;
	struct str keys[5];

	for (size_t i = 0; i < post->path.bytes; i++)
		if (post->path.data[i] == '/')
			name = (struct str){ post->path.data + i + 1,
					     post->path.bytes - i - 1 };
	keys[0] = post->path;
	keys[1] = name;
	keys[2] = post->id;
	keys[3] = posts_text_stem(name);
	keys[4] = posts_text_stem(post->path);
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		uint32_t at = string_map_find(lists->names, keys[i]);

		if (at == STRING_MAP_NONE)
			continue;
		*split = (enum posts_split)lists->name[at].split;
		lists->name[at].used = 1;
		return 1;
	}
	return 0;
}

size_t posts_lists_unused(const struct posts_lists *lists, struct str *first)
{
	size_t unused = 0;

	for (uint32_t i = 0; i < string_map_count(lists->names); i++)
		if (!lists->name[i].used && !unused++)
			*first = string_map_at(lists->names, i);
	return unused;
}
