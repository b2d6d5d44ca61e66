/*
 * posts_folder.c - a folder of pictures, each with its words in NAME.txt.
 */
#include "base/file.h"
#include "posts/posts_list.h"

static int folder_read(struct posts_list *l, const char *source,
		       struct error *e)
{
	struct posts_pairs pairs = { .picture_folder = "", .text_folder = "" };
	struct buf paths = { 0 };
	size_t count = 0;

	l->posts->root = file_join("", source, e);
	if (!l->posts->root || file_walk(&paths, &count, source, e) < 0)
		goto done;
	pairs.pictures = pairs.texts = paths.data;
	pairs.picture_count = pairs.text_count = count;
	posts_pairs_read(l, &pairs, e);
done:
	buf_free(&paths);
	return e->code;
}

const struct posts_layout_type posts_layout_folder = {
	.lines = 1, .read_folder = folder_read,
};
