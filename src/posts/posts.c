/*
 * posts.c - reading a source: which layout, which root, and who owns what.
 *
 * All strings of a list live in one chain of blocks that only grows, so views
 * into it stay good until posts_free().
 */
#include "posts/posts.h"

#include "base/plain.h"
#include "posts/posts_list.h"
#include "posts/posts_text.h"

const char *const posts_layout_names[] = {
	"auto",
#define LAYOUT(NAME, name) #name,
#include "posts/posts_layouts.h"
#undef LAYOUT
	NULL
};

#define LAYOUT(NAME, name) \
	extern const struct posts_layout_type posts_layout_##name;
#include "posts/posts_layouts.h"
#undef LAYOUT

static const struct posts_layout_type *const types[] = {
	[POSTS_AUTO] = NULL,
#define LAYOUT(NAME, name) [POSTS_##NAME] = &posts_layout_##name,
#include "posts/posts_layouts.h"
#undef LAYOUT
};
enum { LAYOUTS = ARRAY_LEN(types) };

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
		return fail(e, ERROR_FAILED, "a a text of %zu bytes is too "
			    "long is too long", s.bytes);
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

/* By the name's suffix, else by how the text begins. */
static enum posts_layout list_layout(const struct posts_source *from)
{
	struct str name = str_of(from->name), text = str_trim(from->text);

	for (int i = 1; i < LAYOUTS; i++)
		if (types[i]->suffixes &&
		    posts_text_suffixed(name, types[i]->suffixes))
			return (enum posts_layout)i;
	for (int i = 1; i < LAYOUTS; i++)
		if (types[i]->is_text && types[i]->is_text(from, text))
			return (enum posts_layout)i;
	return POSTS_TABLE;
}

/* *list is the one of a folder of such a layout. */
static enum posts_layout folder_layout(const char *source, char **list,
				       struct error *e)
{
	for (int i = 1; i < LAYOUTS && !e->code; i++) {
		if (types[i]->is_folder && types[i]->is_folder(source))
			return (enum posts_layout)i;
		*list = types[i]->find ? types[i]->find(source, e) : NULL;
		if (*list)
			return (enum posts_layout)i;
	}
	return POSTS_FOLDER;
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
	const struct posts_layout_type *type = types[l->posts->layout];
	const char *unused = l->options->lines && !type->lines ? "lines" :
			     l->options->columns && !type->columns ?
			     "columns" : NULL;

	if (!unused)
		return 0;
	fail(e, ERROR_USAGE, "--%s does not apply to --layout %s", unused,
	     posts_layout_names[l->posts->layout]);
	return hint(e, type->lines ? "it applies to tables" :
		    *unused == 'l' ? "it applies to folders, whose texts have "
		    "lines" : "the names are in the file");
}

/* ---- reading ----------------------------------------------------------- */

static int text_read(struct posts_list *l, const struct posts_source *from,
		     struct error *e)
{
	struct posts *p = l->posts;
	const struct posts_layout_type *type;

	if (p->layout == POSTS_AUTO)
		p->layout = list_layout(from);
	if (unused_refuse(l, e) < 0)
		return e->code;
	type = types[p->layout]->read_text ? types[p->layout] :
					     types[POSTS_TABLE];
	return type->read_text(l, from, e);
}

/* The list is opened once: it may be a pipe. */
static int list_read(struct posts_list *l, const char *name, struct error *e)
{
	struct plain plain;

	if (plain_open(&plain, name, 0, e) == 0 &&
	    posts_root_set(l, name, e) == 0 &&
	    text_read(l, &(struct posts_source){ name, plain.text }, e) == 0 &&
	    posts_root_find(l, name, e) == 0 &&
	    types[l->posts->layout]->find_splits)
		types[l->posts->layout]->find_splits(l, name, e);
	plain_close(&plain);
	return e->code;
}

/* The pictures of a folder are in it. */
static int root_refuse(const struct posts_list *l, const char *source,
		       struct error *e)
{
	if (!l->options->root)
		return 0;
	fail(e, ERROR_USAGE, "--root does not apply to '%s', which is a folder",
	     source);
	return hint(e, "the pictures of a folder are in it; --root applies to "
		    "lists");
}

/* Of a folder whose layout is told: *list, where the layout has one. */
static int folder_find(struct posts_list *l, const char *source, char **list,
		       struct error *e)
{
	const struct posts_layout_type *type = types[l->posts->layout];

	if (!type->find || (*list = type->find(source, e)) || e->code)
		return e->code;
	fail(e, ERROR_FAILED, "no %s in '%s'", type->list, source);
	return hint(e, "it is called %s", type->list_names);
}

static int folder_read(struct posts_list *l, const char *source,
		       struct error *e)
{
	struct posts *p = l->posts;
	char *list = NULL;

	if (p->layout == POSTS_AUTO)
		p->layout = folder_layout(source, &list, e);
	else
		folder_find(l, source, &list, e);
	if (e->code)
		return e->code;
	if (types[p->layout]->read_folder) {
		if (root_refuse(l, source, e) < 0 || unused_refuse(l, e) < 0)
			return e->code;
		return types[p->layout]->read_folder(l, source, e);
	}
	list_read(l, list ? list : source, e);
	mem_free(list);
	return e->code;
}

static int source_read(struct posts_list *l, const char *source,
		       struct error *e)
{
	const struct posts_layout_type *type = types[l->posts->layout];

	if (strcmp(source, "-") && !file_exists(source))
		return fail(e, ERROR_FAILED, "no file or folder '%s'", source);
	return (type && type->read_folder) || file_is_folder(source) ?
	       folder_read(l, source, e) : list_read(l, source, e);
}

static void lists_warn(const struct posts_list *l,
		       const struct posts_lists *lists)
{
	struct str first;
	size_t unused = posts_lists_unused(lists, &first);

	if (unused)
		talk_warn(l->options->talk, "%zu names of the split lists "
			  "match no post, first '%.*s'", unused,
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
	if (types[l->posts->layout]->split)
		types[l->posts->layout]->split(l->posts, l->options);
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
	if (posts_split_check(o, e) == 0 &&
	    posts_list_start(&l, p, o, e) == 0) {
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
