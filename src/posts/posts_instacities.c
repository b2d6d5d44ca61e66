/*
 * posts_instacities.c - InstaCities1M as it was released and as its authors
 * worked on it (Gomez et al. 2018, "Learning to Learn from Web Data").
 *
 *	released	img/{train,val,test}/CITY/ID.jpg
 *			captions/{train,val,test}/CITY/ID.txt
 *	working		img_resized_1M/cities_instagram/CITY/ID.jpg
 *			captions_resized_1M/cities_instagram/CITY/ID.txt
 *
 * The working layout is split as the authors did: of each city, in the order
 * of the listing, first the test part, then val, the rest is train.
 */
#include "base/file.h"
#include "posts/posts_list.h"
#include "posts/posts_text.h"

struct insta_layout {
	const char *pictures, *texts;
	const char *(*place)(struct posts_row *row, struct str stem);
};

/* "train/london/17" */
static const char *released_place(struct posts_row *row, struct str stem)
{
	struct str split = posts_text_folder(stem);

	if (!split.bytes || !posts_split_of(split, &row->split))
		return "not under train, val or test";
	row->id = (struct str){ stem.data + split.bytes + 1,
				stem.bytes - split.bytes - 1 };
	return NULL;
}

/* "london/17" */
static const char *working_place(struct posts_row *row, struct str stem)
{
	if (!posts_text_folder(stem).bytes)
		return "not under a city";
	row->id = stem;
	return NULL;
}

static int has_folder(const char *source, const char *name)
{
	struct error e = { 0 };
	char *path = file_join(source, name, &e);
	int found = path && file_is_folder(path);

	mem_free(path);
	return found;
}

static const struct insta_layout *layout_find(const char *source)
{
	static const struct insta_layout layouts[] = {
		{ "img_resized_1M/cities_instagram/",
		  "captions_resized_1M/cities_instagram/", working_place },
		{ "img/", "captions/", released_place },
	};

	for (size_t i = 0; i < ARRAY_LEN(layouts); i++)
		if (has_folder(source, layouts[i].pictures) &&
		    has_folder(source, layouts[i].texts))
			return &layouts[i];
	return NULL;
}

static int insta_is(const char *source)
{
	const struct insta_layout *layout = layout_find(source);

	return layout && (layout->place == working_place ||
			  has_folder(source, "img/train") ||
			  has_folder(source, "img/val") ||
			  has_folder(source, "img/test"));
}

/* Walks root/folder. */
static int walk_below(struct buf *paths, size_t *count, const char *root,
		      const char *folder, struct error *e)
{
	char *path = file_join(root, folder, e);

	if (path)
		file_walk(paths, count, path, e);
	mem_free(path);
	return e->code;
}

static int insta_read(struct posts_list *l, const char *source,
		      struct error *e)
{
	const struct insta_layout *layout = layout_find(source);
	struct buf pictures = { 0 }, texts = { 0 };
	struct posts_pairs pairs = { 0 };

	if (!layout) {
		fail(e, ERROR_DATA, "'%s' is not laid out as InstaCities1M",
		     source);
		return hint(e, "it needs img/ and captions/, or img_resized_1M/"
			    "cities_instagram/ and captions_resized_1M/"
			    "cities_instagram/");
	}
	pairs.place = layout->place;
	pairs.picture_folder = layout->pictures;
	pairs.text_folder = layout->texts;
	l->posts->root = file_join("", source, e);
	if (!l->posts->root ||
	    walk_below(&pictures, &pairs.picture_count, source,
		       layout->pictures, e) < 0 ||
	    walk_below(&texts, &pairs.text_count, source, layout->texts,
		       e) < 0)
		goto done;
	pairs.pictures = pictures.data;
	pairs.texts = texts.data;
	posts_pairs_read(l, &pairs, e);
done:
	buf_free(&pictures);
	buf_free(&texts);
	return e->code;
}

static int same_city(const struct posts *p, size_t a, size_t b)
{
	return str_equal(posts_text_folder(p->post[a].id),
			 posts_text_folder(p->post[b].id));
}

/* The working layout's: per city, in the order of the list. */
static void insta_split(struct posts *p, const struct posts_options *o)
{
	size_t end, val, test;

	for (size_t first = 0; first < p->count; first = end) {
		for (end = first + 1; end < p->count; end++)
			if (!same_city(p, first, end))
				break;
		if (p->post[first].split != POSTS_SPLITS)
			continue;
		posts_split_shares(o, end - first, &val, &test);
		for (size_t i = first; i < end; i++)
			p->post[i].split =
				i - first < test ? POSTS_TEST :
				i - first < test + val ? POSTS_VAL
						       : POSTS_TRAIN;
	}
}

const struct posts_layout_type posts_layout_instacities = {
	.lines = 1, .is_folder = insta_is, .read_folder = insta_read,
	.split = insta_split,
};
