/*
 * posts.c - reading a source: which layout, which root, and who owns what.
 *
 * All strings of a list live in one chain of blocks that only grows, so views
 * into it stay good until posts_free().
 */
#include "posts/posts.h"

#include "base/plain.h"
#include "format/json_items.h"
#include "posts/posts_list.h"
#include "posts/posts_text.h"

const char *const posts_layout_names[] = {
	"auto", "folder", "instacities", "flickr", "jsonl", "table", "json",
	NULL
};

/* ---- the strings ------------------------------------------------------- */

struct posts_block {
	struct posts_block *older;
	size_t used, room;
	char data[];
};

/* Blocks double, up to some thousand captions. */
enum { POSTS_BLOCK_FIRST = 1 << 11, POSTS_BLOCK_BYTES = 1 << 18 };

static struct posts_block *block_for(struct posts *p, size_t bytes,
				     struct error *e)
{
	struct posts_block *block = p->block;
	size_t room = block ? MIN(block->room * 2, (size_t)POSTS_BLOCK_BYTES)
			    : POSTS_BLOCK_FIRST;

	room = MAX(room, bytes);
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

/* A value of JSON that is alone in the text, or longer than a line: no JSON
 * Lines. */
static int is_document(struct str text, int named_so)
{
	const char *end = memchr(text.data, '\n', text.bytes);
	size_t line = end ? (size_t)(end - text.data) : text.bytes;
	size_t bytes = json_value_bytes(text);

	if (*text.data == '[')
		return 1;
	return bytes ? bytes > line || bytes == text.bytes : named_so;
}

/* By the name's suffix, else by how the text begins. */
static enum posts_layout list_layout(const struct posts_source *from)
{
	struct str name = str_of(from->name), text = str_trim(from->text);
	struct posts_text_lines lines;
	struct str line = { "", 0 };

	if (posts_text_suffixed(name, "|.jsonl|.ndjson|"))
		return POSTS_JSONL;
	if (posts_text_suffixed(name, "|.csv|.tsv|.tab|"))
		return POSTS_TABLE;
	if (text.bytes && (*text.data == '{' || *text.data == '['))
		return is_document(text, posts_text_suffixed(name, "|.json|"))
		       ? POSTS_JSON : POSTS_JSONL;
	posts_text_start(&lines, from->text);
	posts_text_line(&lines, &line);
	return posts_flickr_is(line) ? POSTS_FLICKR : POSTS_TABLE;
}

/* *token is the list of a folder laid out as Flickr8k. */
static enum posts_layout folder_layout(const char *source, char **token,
				       struct error *e)
{
	if (posts_instacities_is(source))
		return POSTS_INSTACITIES;
	*token = posts_flickr_find(source, e);
	return *token ? POSTS_FLICKR : POSTS_FOLDER;
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

/* ---- options ------------------------------------------------------------ */

/* An option that the layout has no use for was meant for another one. */
static int unused_refuse(const struct posts_list *l, struct error *e)
{
	enum posts_layout layout = l->posts->layout;
	int pairs = layout == POSTS_FOLDER || layout == POSTS_INSTACITIES;
	int named = layout == POSTS_TABLE || layout == POSTS_FLICKR;
	const char *unused = l->options->lines && !pairs ? "lines" :
			     l->options->columns && !named ? "columns" : NULL;

	if (!unused)
		return 0;
	fail(e, ERROR_USAGE, "--%s is not for --layout %s", unused,
	     posts_layout_names[layout]);
	return hint(e, pairs ? "it is for tables" :
		    *unused == 'l' ? "it is for folders, whose texts have "
		    "lines" : "the names are in the file");
}

/* ---- reading ----------------------------------------------------------- */

static int text_read(struct posts_list *l, const struct posts_source *from,
		     struct error *e)
{
	struct posts *p = l->posts;

	if (p->layout == POSTS_AUTO)
		p->layout = list_layout(from);
	if (unused_refuse(l, e) < 0)
		return e->code;
	switch (p->layout) {
	case POSTS_FLICKR:
		return posts_flickr_read(l, from, e);
	case POSTS_JSONL:
		return posts_jsonl_read(l, from, e);
	case POSTS_JSON:
		return posts_json_read(l, from, e);
	default:
		return posts_table_read(l, from, l->options->columns, e);
	}
}

/* The list is opened once: it may be a pipe. */
static int list_read(struct posts_list *l, const char *name, struct error *e)
{
	struct plain plain;

	if (plain_open(&plain, name, 0, e) == 0 &&
	    posts_root_set(l, name, e) == 0 &&
	    text_read(l, &(struct posts_source){ name, plain.text }, e) == 0 &&
	    posts_root_find(l, name, e) == 0 &&
	    l->posts->layout == POSTS_FLICKR)
		posts_flickr_lists(l, name, e);
	plain_close(&plain);
	return e->code;
}

/* The pictures of a folder are in it. */
static int root_refuse(const struct posts_list *l, const char *source,
		       struct error *e)
{
	if (!l->options->root)
		return 0;
	fail(e, ERROR_USAGE, "--root is for lists of pictures, and '%s' is a "
	     "folder", source);
	return hint(e, "a folder is read with what is in it");
}

static int folder_read(struct posts_list *l, const char *source,
		       struct error *e)
{
	struct posts *p = l->posts;
	char *token = NULL;

	if (p->layout == POSTS_AUTO)
		p->layout = folder_layout(source, &token, e);
	else if (p->layout == POSTS_FLICKR &&
		 !(token = posts_flickr_find(source, e))) {
		fail(e, ERROR_FAILED, "no token file in '%s'", source);
		hint(e, "it is called Flickr8k.token.txt, "
		     "results_20130124.token or captions.txt");
	}
	if (e->code)
		return e->code;
	if (p->layout == POSTS_FOLDER || p->layout == POSTS_INSTACITIES) {
		if (root_refuse(l, source, e) < 0 || unused_refuse(l, e) < 0)
			return e->code;
		return p->layout == POSTS_FOLDER
		       ? posts_folder_read(l, source, e)
		       : posts_instacities_read(l, source, e);
	}
	list_read(l, token ? token : source, e);
	mem_free(token);
	return e->code;
}

static int source_read(struct posts_list *l, const char *source,
		       struct error *e)
{
	enum posts_layout layout = l->posts->layout;

	if (strcmp(source, "-") && !file_exists(source))
		return fail(e, ERROR_FAILED, "no file or folder '%s'", source);
	return layout == POSTS_FOLDER || layout == POSTS_INSTACITIES ||
	       file_is_folder(source) ? folder_read(l, source, e)
				      : list_read(l, source, e);
}

static void lists_warn(const struct posts_list *l,
		       const struct posts_lists *lists)
{
	struct str first;
	size_t unused = posts_lists_unused(lists, &first);

	if (unused)
		talk_warn(l->options->talk, "%zu names of the split lists are "
			  "no post's, the first is '%.*s'", unused,
			  (int)MIN(first.bytes, (size_t)200), first.data);
}

static int splits_set(struct posts_list *l, struct error *e)
{
	const char *files = l->options->split_lists ? l->options->split_lists
						    : l->split_lists;
	struct posts_lists *lists = NULL;

	if (files && !(lists = posts_lists_open(files, e)))
		return e->code;
	if (posts_list_end(l, lists, e) == 0 && lists)
		lists_warn(l, lists);
	posts_lists_free(lists);
	if (e->code)
		return e->code;
	if (l->posts->layout == POSTS_INSTACITIES)
		posts_instacities_split(l->posts, l->options);
	return posts_split_rank(l->posts, l->options, e);
}

/* Of a source, or of a text that was read from one. */
static int any_read(struct posts *p, const char *source,
		    const struct str *text, const struct posts_options *options,
		    struct error *e)
{
	static const struct posts_options none;
	const struct posts_options *o = options ? options : &none;
	struct posts_list l = { 0 };

	*p = (struct posts){ .layout = o->layout };
	if (posts_split_check(o, e) == 0 && posts_list_start(&l, p, o, e) == 0) {
		if (!text)
			source_read(&l, source, e);
		else if (posts_root_set(&l, "-", e) == 0)
			text_read(&l, &(struct posts_source){ source, *text },
				  e);
		if (!e->code)
			splits_set(&l, e);
	}
	posts_list_free(&l);
	if (e->code)
		posts_free(p);
	return e->code;
}

int posts_read(struct posts *p, const char *source,
	       const struct posts_options *options, struct error *e)
{
	return any_read(p, source, NULL, options, e);
}

int posts_read_text(struct posts *p, const char *name, struct str text,
		    const struct posts_options *options, struct error *e)
{
	return any_read(p, name, &text, options, e);
}
