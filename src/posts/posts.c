/*
 * posts.c - reading a source: which layout, which root, and who owns what.
 *
 * All strings of a list live in one chain of blocks that only grows, so views
 * into it stay good until posts_free().
 */
#include "posts/posts.h"

#include <stdio.h>

#include "base/file.h"
#include "posts/posts_list.h"
#include "posts/posts_text.h"

const char *const posts_layout_names[] = {
	"auto", "folder", "instacities", "flickr", "jsonl", "table", NULL
};

/* ---- the strings ------------------------------------------------------- */

struct posts_block {
	struct posts_block *older;
	size_t used, room;
	char data[];
};

enum { POSTS_BLOCK_BYTES = 1 << 18 };	/* some thousand captions */

static struct posts_block *block_for(struct posts *p, size_t bytes,
				     struct error *e)
{
	struct posts_block *block = p->block;
	size_t room = MAX(bytes, (size_t)POSTS_BLOCK_BYTES);

	if (block && block->room - block->used >= bytes)
		return block;
	block = mem_new(1, sizeof(*block) + room, e);
	if (!block)
		return NULL;
	block->older = p->block;
	block->room = room;
	p->block = block;
	return block;
}

int posts_keep(struct posts *p, struct str s, struct str *kept,
	       struct error *e)
{
	struct posts_block *block;
	char *to;

	if (s.bytes > SIZE_MAX / 2)
		return fail(e, ERROR_FAILED, "text of %zu bytes", s.bytes);
	block = block_for(p, s.bytes + 1, e);
	if (!block)
		return e->code;
	to = block->data + block->used;
	if (s.bytes)
		memcpy(to, s.data, s.bytes);
	to[s.bytes] = 0;
	block->used += s.bytes + 1;
	*kept = (struct str){ to, s.bytes };
	return 0;
}

void posts_free(struct posts *p)
{
	struct posts_block *block = p->block;

	while (block) {
		struct posts_block *older = block->older;

		mem_free(block);
		block = older;
	}
	mem_free(p->root);
	mem_free(p->post);
	mem_free(p->caption);
	mem_free(p->skip);
	*p = (struct posts){ 0 };
}

/* ---- the layout -------------------------------------------------------- */

static enum posts_layout folder_layout(const char *source)
{
	struct error e = { 0 };
	char *token;

	if (posts_instacities_is(source))
		return POSTS_INSTACITIES;
	token = posts_flickr_find(source, &e);
	mem_free(token);
	return token ? POSTS_FLICKR : POSTS_FOLDER;
}

/* By the suffix, else by how the file begins. */
static enum posts_layout file_layout(const char *source)
{
	struct posts_text_lines lines;
	struct str line = { "", 0 };
	char begin[4096];
	FILE *f;

	if (posts_text_suffixed(str_of(source), "|.jsonl|.ndjson|"))
		return POSTS_JSONL;
	if (posts_text_suffixed(str_of(source), "|.csv|.tsv|.tab|"))
		return POSTS_TABLE;
	f = fopen(source, "rb");
	if (!f)
		return POSTS_TABLE;	/* which says why it cannot be read */
	posts_text_start(&lines, (struct str){ begin,
			 fread(begin, 1, sizeof(begin), f) });
	fclose(f);
	posts_text_line(&lines, &line);
	if (posts_flickr_is(line))
		return POSTS_FLICKR;
	return line.bytes && line.data[0] == '{' ? POSTS_JSONL : POSTS_TABLE;
}

enum posts_layout posts_layout_of(const char *source)
{
	return file_is_folder(source) ? folder_layout(source)
				      : file_layout(source);
}

/* ---- helpers of the layouts -------------------------------------------- */

/* The folder of a file: "." if its name has none. */
static char *folder_of(const char *path, struct error *e)
{
	const char *slash = strrchr(path, '/');
	struct buf b = { 0 };
	char *folder = NULL;

	if (!slash)
		return file_join("", ".", e);
	if (buf_add(&b, path, slash == path ? 1 : (size_t)(slash - path),
		    e) == 0)
		folder = file_join("", b.data, e);
	buf_free(&b);
	return folder;
}

int posts_root_set(struct posts_list *l, const char *source, struct error *e)
{
	const char *root = l->options->root;
	char *beside, *folder;

	if (l->posts->root)
		return 0;
	if (root && file_is_folder(root)) {
		l->posts->root = file_join("", root, e);
		return l->posts->root ? 0 : e->code;
	}
	folder = folder_of(source, e);
	if (!folder || !root) {
		l->posts->root = folder;
		return folder ? 0 : e->code;
	}
	beside = file_join(folder, root, e);
	mem_free(folder);
	if (!beside)
		return e->code;
	l->posts->root = beside;
	if (file_is_folder(beside))
		return 0;
	fail(e, ERROR_FAILED, "no folder '%s'", root);
	return hint(e, "--root is the folder of the pictures, here or beside "
		    "'%s'", source);
}

int posts_where(struct posts_list *l, const char *source, size_t line,
		struct str *where, struct error *e)
{
	const char *slash = strrchr(source, '/');

	buf_clear(&l->where);
	if (buf_addf(&l->where, e, "%s:%zu", slash ? slash + 1 : source,
		     line) < 0)
		return e->code;
	*where = (struct str){ l->where.data, l->where.bytes };
	return 0;
}

/* ---- reading ----------------------------------------------------------- */

static int layout_read(struct posts_list *l, enum posts_layout layout,
		       const char *source, struct error *e)
{
	switch (layout) {
	case POSTS_FOLDER:
		return posts_folder_read(l, source, e);
	case POSTS_INSTACITIES:
		return posts_instacities_read(l, source, e);
	case POSTS_FLICKR:
		return posts_flickr_read(l, source, e);
	case POSTS_JSONL:
		return posts_jsonl_read(l, source, e);
	default:
		return posts_table_read(l, source, l->options->columns, e);
	}
}

static int splits_set(struct posts_list *l, enum posts_layout layout,
		      struct error *e)
{
	const char *files = l->options->split_lists ? l->options->split_lists
						    : l->split_lists;
	struct posts_lists *lists = NULL;

	if (files && !(lists = posts_lists_open(files, e)))
		return e->code;
	posts_list_end(l, lists, e);
	posts_lists_free(lists);
	if (e->code)
		return e->code;
	if (layout == POSTS_INSTACITIES)
		posts_instacities_split(l->posts, l->options);
	return posts_split_rank(l->posts, l->options, e);
}

int posts_read(struct posts *p, const char *source,
	       const struct posts_options *options, struct error *e)
{
	static const struct posts_options none;
	const struct posts_options *o = options ? options : &none;
	enum posts_layout layout = o->layout;
	struct posts_list l = { 0 };

	*p = (struct posts){ 0 };
	if (posts_split_check(o, e) < 0)
		return e->code;
	if (!file_exists(source))
		return fail(e, ERROR_FAILED, "no file or folder '%s'", source);
	if (layout == POSTS_AUTO)
		layout = posts_layout_of(source);
	if (posts_list_start(&l, p, o, e) == 0 &&
	    layout_read(&l, layout, source, e) == 0)
		splits_set(&l, layout, e);
	posts_list_free(&l);
	if (e->code)
		posts_free(p);
	return e->code;
}
