/*
 * posts_flickr.c - Flickr8k and Flickr30k (Hodosh et al. 2013, Young et al.
 * 2014): five captions for each picture.
 *
 *	token file	NAME.jpg#K<TAB>caption
 *	split lists	one NAME.jpg a line, found beside or given
 *
 * The copies that Kaggle hands out have a table instead of the token file
 * ("image,caption"); it is read as one.
 */
#include "base/file.h"
#include "posts/posts_list.h"
#include "posts/posts_text.h"

/* The first of `names` below `folder` that exists; NULL if none does. */
static char *find_below(const char *folder, const char *const *names,
			int (*is)(const char *path), struct error *e)
{
	for (; *names; names++) {
		char *path = file_join(folder, *names, e);

		if (!path || is(path))
			return path;
		mem_free(path);
	}
	return NULL;
}

static int is_file(const char *path)
{
	return file_exists(path) && !file_is_folder(path);
}

int posts_flickr_is(struct str line)
{
	const char *tab = line.bytes ? memchr(line.data, '\t', line.bytes)
				     : NULL;
	const char *at = tab;

	if (!tab)
		return 0;
	while (at > line.data && at[-1] >= '0' && at[-1] <= '9')
		at--;
	return at < tab && at > line.data + 1 && at[-1] == '#';
}

/* A captions.txt is ours only if it is the table of that name. */
static int is_table(const char *path)
{
	struct error e = { 0 };
	struct buf b = { 0 };
	int yes = is_file(path) && posts_text_read(&b, path, &e) == 0 &&
		  b.bytes > 6 && !memcmp(b.data, "image", 5) &&
		  strchr(",_|", b.data[5]);

	buf_free(&b);
	return yes;
}

char *posts_flickr_find(const char *folder, struct error *e)
{
	static const char *const tokens[] = {
		"Flickr8k.token.txt", "Flickr8k_text/Flickr8k.token.txt",
		"Flickr8k.lemma.token.txt", "results_20130124.token",
		"flickr30k/results_20130124.token", NULL
	};
	static const char *const tables[] = {
		"captions.txt", "results.csv", NULL
	};
	char *found = find_below(folder, tokens, is_file, e);

	return found || e->code ? found
				: find_below(folder, tables, is_table, e);
}

/* The folder `levels` above the file, as text: "a/b/c.txt" -> "a/b". */
static int folder_above(struct buf *b, const char *path, struct error *e)
{
	const char *slash = strrchr(path, '/');

	buf_clear(b);
	if (!slash)
		return buf_add(b, ".", 1, e);
	return buf_add(b, path, MAX((size_t)(slash - path), 1), e);
}

/* Pictures lie beside the token file or beside its folder. */
static int root_find(struct posts_list *l, const char *token, struct error *e)
{
	static const char *const names[] = {
		"Flicker8k_Dataset", "Flickr8k_Dataset/Flicker8k_Dataset",
		"Flickr8k_Dataset", "Images", "images",
		"flickr30k_images/flickr30k_images", "flickr30k_images",
		"flickr30k-images", "../Flicker8k_Dataset",
		"../Flickr8k_Dataset/Flicker8k_Dataset", "../Flickr8k_Dataset",
		"../Images", "../images", "../flickr30k_images",
		"../flickr30k-images", NULL
	};
	struct buf folder = { 0 };

	if (!l->options->root && folder_above(&folder, token, e) == 0)
		l->posts->root = find_below(folder.data, names, file_is_folder,
					    e);
	buf_free(&folder);
	return e->code ? e->code : posts_root_set(l, token, e);
}

/* "a/Flickr_8k.trainImages.txt,a/Flickr_8k.devImages.txt,..." if they are
 * all beside the token file. */
static int lists_find(struct posts_list *l, const char *token,
		      struct error *e)
{
	static const char *const parts[] = { "train", "dev", "test" };
	static const char *const sets[] = { "8k", "30k" };
	struct buf folder = { 0 }, all = { 0 }, one = { 0 };

	if (l->options->split_lists || folder_above(&folder, token, e) < 0)
		goto done;
	for (size_t set = 0; set < ARRAY_LEN(sets); set++) {
		size_t found = 0;

		buf_clear(&all);
		for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
			buf_clear(&one);
			if (buf_addf(&one, e, "%s/Flickr_%s.%sImages.txt",
				     folder.data, sets[set], parts[i]) < 0 ||
			    buf_addf(&all, e, "%s%s", i ? "," : "",
				     one.data) < 0)
				goto done;
			found += (size_t)is_file(one.data);
		}
		if (found < ARRAY_LEN(parts) || strchr(folder.data, ','))
			continue;
		l->split_lists = file_join("", all.data, e);
		break;
	}
done:
	buf_free(&folder);
	buf_free(&all);
	buf_free(&one);
	return e->code;
}

static int token_row(struct posts_list *l, const char *token,
		     struct str line, size_t number, struct error *e)
{
	struct posts_row row = { .split = POSTS_SPLITS, .captions = 1 };
	struct str caption;
	const char *tab;

	if (!str_trim(line).bytes)
		return 0;
	if (posts_where(l, token, number, &row.where, e) < 0)
		return e->code;
	if (line.bytes > POSTS_LINE_BYTES)
		return posts_list_skip(l, row.where, e,
				       "line of more than 1 MB");
	if (!posts_flickr_is(line))
		return posts_list_skip(l, row.where, e,
				       "not a line of NAME#K, TAB, caption");
	tab = memchr(line.data, '\t', line.bytes);
	caption.data = tab + 1;
	caption.bytes = line.bytes - (size_t)(tab + 1 - line.data);
	row.caption = &caption;
	row.path = (struct str){ line.data, (size_t)(tab - line.data) };
	while (row.path.data[row.path.bytes - 1] != '#')
		row.path.bytes--;
	row.path.bytes--;
	return posts_list_row(l, &row, e);
}

/* Returns 1 if the file is no token file but a table. */
static int tokens_read(struct posts_list *l, const char *token,
		       struct error *e)
{
	struct file_view view;
	struct posts_text_lines lines;
	struct str line;
	int table = 0;

	if (file_view_open(&view, token, e) < 0)
		return e->code;
	posts_text_start(&lines, (struct str){ (const char *)view.data,
					       view.bytes });
	while (!table && posts_text_line(&lines, &line)) {
		table = lines.number == 1 && !posts_flickr_is(line);
		if (!table && token_row(l, token, line, lines.number, e) < 0)
			break;
	}
	file_view_close(&view);
	return e->code ? e->code : table;
}

int posts_flickr_read(struct posts_list *l, const char *source,
		      struct error *e)
{
	char *token = file_is_folder(source) ? posts_flickr_find(source, e)
					     : file_join("", source, e);
	int table;

	if (!token) {
		fail(e, ERROR_FAILED, "no token file in '%s'", source);
		return hint(e, "it is called Flickr8k.token.txt, "
			    "results_20130124.token or captions.txt");
	}
	if (root_find(l, token, e) < 0 || lists_find(l, token, e) < 0)
		goto done;
	table = tokens_read(l, token, e);
	if (table == 1)
		posts_table_read(l, token, l->options->columns, e);
done:
	mem_free(token);
	return e->code;
}
