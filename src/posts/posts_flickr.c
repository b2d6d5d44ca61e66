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
#include "base/plain.h"
#include "posts/posts_list.h"
#include "posts/posts_text.h"

/* The first of `names` below `folder` that exists; NULL if none does. */
static char *find_below(const char *folder, const char *const *names,
			int (*is)(const char *path, struct error *e),
			struct error *e)
{
	for (; *names && !e->code; names++) {
		char *path = file_join(folder, *names, e);

		if (!path || is(path, e))
			return path;
		mem_free(path);
	}
	return NULL;
}

static int is_file(const char *path, struct error *e)
{
	(void)e;
	return file_exists(path) && !file_is_folder(path);
}

/* Begins a token file: "name.jpg#0<TAB>..." */
static int is_token(struct str line)
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
static int is_table(const char *path, struct error *e)
{
	struct plain plain;
	struct error bad = { 0 };
	int yes;

	if (!is_file(path, e))
		return 0;
	yes = plain_open(&plain, path, 0, &bad) == 0 &&
	      plain.text.bytes > 6 && !memcmp(plain.text.data, "image", 5) &&
	      memchr(",_|", plain.text.data[5], 3);
	plain_close(&plain);
	if (bad.code == ERROR_FAILED)
		*e = bad;
	return yes;
}

static char *flickr_find(const char *folder, struct error *e)
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

/* "a/Flickr_8k.trainImages.txt,a/Flickr_8k.devImages.txt,..." if they are
 * all beside the token file. */
static int flickr_splits(struct posts_list *l, const char *token,
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
			found += (size_t)is_file(one.data, e);
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
	if (!is_token(line))
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

static int flickr_read(struct posts_list *l, const struct posts_source *from,
		       struct error *e)
{
	struct posts_text_lines lines;
	struct str line;

	posts_text_start(&lines, from->text);
	while (posts_text_line(&lines, &line)) {
		if (lines.number == 1 && !is_token(line))
			return posts_table_read(l, from, e);
		if (token_row(l, from->name, line, lines.number, e) < 0)
			return e->code;
	}
	return 0;
}

/* Of the kind: a table has a header, JSON a bracket. */
static int flickr_is(const struct posts_source *from, struct str text)
{
	struct posts_text_lines lines;
	struct str line = { "", 0 };

	if (text.bytes && (*text.data == '{' || *text.data == '['))
		return 0;
	posts_text_start(&lines, from->text);
	posts_text_line(&lines, &line);
	return is_token(line);
}

const struct posts_layout_type posts_layout_flickr = {
	.columns = 1, .is_text = flickr_is, .read_text = flickr_read,
	.find = flickr_find, .find_splits = flickr_splits,
	.list = "token file",
	.list_names = "Flickr8k.token.txt, results_20130124.token or "
		      "captions.txt",
};
