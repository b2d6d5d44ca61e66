/*
 * posts_list.c - see posts_list.h.
 *
 * While rows arrive, posts_skip.before holds the arrival number; the end turns
 * it into an index.  Captions of one picture may arrive apart, so they wait in
 * one array and are put behind each other at the end, stably.
 */
#include "posts/posts_list.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/string_map.h"
#include "base/utf8.h"
#include "posts/posts_text.h"

int posts_list_start(struct posts_list *l, struct posts *p,
		     const struct posts_options *options, struct error *e)
{
	*l = (struct posts_list){ .posts = p, .options = options };
	l->paths = string_map_new(e);
	l->ids = string_map_new(e);
	return l->paths && l->ids ? 0 : e->code;
}

void posts_list_free(struct posts_list *l)
{
	string_map_free(l->paths);
	string_map_free(l->ids);
	mem_free(l->caption);
	mem_free(l->more);
	mem_free(l->arrival);
	buf_free(&l->text);
	buf_free(&l->where);
	buf_free(&l->path);
	buf_free(&l->root_full);
	buf_free(&l->root_real);
	buf_free(&l->beside_full);
	mem_free(l->split_lists);
	*l = (struct posts_list){ 0 };
}

static int skip_add(struct posts_list *l, struct str path, const char *reason,
		    size_t arrival, struct error *e)
{
	struct posts *p = l->posts;
	struct posts_skip *skip;

	if (mem_grow(&p->skip, &l->skip_room, p->skips + 1, sizeof(*p->skip),
		     e) < 0)
		return e->code;
	skip = &p->skip[p->skips];
	if (posts_keep(p, path, &skip->path, e) < 0 ||
	    posts_keep(p, str_of(reason), &skip->reason, e) < 0)
		return e->code;
	skip->before = arrival;
	p->skips++;
	return 0;
}

int posts_list_skip(struct posts_list *l, struct str path, struct error *e,
		    const char *format, ...)
{
	char reason[256];
	va_list args;

	if (talk_stops(l->options->talk))
		return fail(e, ERROR_FAILED, "stopped before all posts were "
			    "read");
	va_start(args, format);
	vsnprintf(reason, sizeof(reason), format, args);
	va_end(args);
	return skip_add(l, path, reason, l->arrivals++, e);
}

/* A clean copy of s, unless something is there already, which holds. */
static int text_keep(struct posts_list *l, struct str s, struct str *kept,
		     struct error *e)
{
	struct str clean;

	if (!s.bytes)
		return 0;
	buf_clear(&l->text);
	if (posts_text_clean(&l->text, s, e) < 0)
		return e->code;
	clean = (struct str){ l->text.data, l->text.bytes };
	if (!kept->bytes)
		return posts_keep(l->posts, clean, kept, e);
	l->other_answers += clean.bytes && !str_equal(clean, *kept);
	return 0;
}

/* Finds a free id: the one that was given, else the stem, else the path. */
static int id_choose(const struct posts_list *l, const struct posts_row *row,
		     struct str path, struct str *id)
{
	*id = row->id.bytes ? row->id : posts_text_stem(path);
	if (string_map_find(l->ids, *id) == STRING_MAP_NONE)
		return 1;
	*id = path;
	return !row->id.bytes &&
	       string_map_find(l->ids, path) == STRING_MAP_NONE;
}

static int post_add(struct posts_list *l, struct str path, struct str id,
		    enum posts_split split, struct error *e)
{
	struct posts *p = l->posts;
	struct post *post;

	if (mem_grow(&p->post, &l->post_room, p->count + 1, sizeof(*p->post),
		     e) < 0 ||
	    mem_grow(&l->arrival, &l->arrival_room, p->count + 1,
		     sizeof(*l->arrival), e) < 0)
		return e->code;
	post = &p->post[p->count];
	*post = (struct post){ .split = split };
	if (posts_keep(p, path, &post->path, e) < 0 ||
	    posts_keep(p, id, &post->id, e) < 0 ||
	    string_map_add(l->paths, path, e) == STRING_MAP_NONE ||
	    string_map_add(l->ids, id, e) == STRING_MAP_NONE)
		return e->code;
	l->arrival[p->count++] = l->arrivals;
	return 0;
}

/* Returns 1 if it added one, 0 if nothing of the text is left. */
static int caption_add(struct posts_list *l, size_t post, struct str text,
		       struct error *e)
{
	struct posts_list_caption *caption;

	if (mem_grow(&l->caption, &l->caption_room, l->captions + 1,
		     sizeof(*l->caption), e) < 0)
		return e->code;
	caption = &l->caption[l->captions];
	*caption = (struct posts_list_caption){ .post = post };
	if (text_keep(l, text, &caption->text, e) < 0)
		return e->code;
	if (!caption->text.bytes)
		return 0;
	l->captions++;
	return 1;
}

/* Tags of several rows add up, at the end; most posts have one row. */
static int tags_add(struct posts_list *l, size_t at, struct str tags,
		    struct error *e)
{
	struct post *post = &l->posts->post[at];
	struct posts_list_caption *more;

	if (!post->tags.bytes)
		return text_keep(l, tags, &post->tags, e);
	if (!tags.bytes || str_equal(tags, post->tags))
		return 0;
	if (mem_grow(&l->more, &l->more_room, l->mores + 1, sizeof(*l->more),
		     e) < 0)
		return e->code;
	more = &l->more[l->mores];
	*more = (struct posts_list_caption){ .post = at };
	if (text_keep(l, tags, &more->text, e) < 0)
		return e->code;
	l->mores++;
	return 0;
}

/* What the row tells beside path and id; of two answers the first holds. */
static int row_words(struct posts_list *l, size_t at,
		     const struct posts_row *row, struct error *e)
{
	struct post *post = &l->posts->post[at];

	if (tags_add(l, at, row->tags, e) < 0 ||
	    text_keep(l, row->keyword, &post->keyword, e) < 0 ||
	    text_keep(l, row->owner, &post->owner, e) < 0)
		return e->code;
	if (post->split == POSTS_SPLITS)
		post->split = row->split;
	l->other_answers += row->id.bytes && !str_equal(row->id, post->id);
	for (size_t i = 0; i < row->captions; i++)
		if (caption_add(l, at, row->caption[i], e) < 0)
			return e->code;
	return 0;
}

static const char *text_refuse(struct str s)
{
	if (s.bytes && memchr(s.data, 0, s.bytes))
		return "text with a zero byte";
	if (s.bytes > POSTS_LINE_BYTES)
		return "text of more than 1 MB";
	return utf8_valid(s) ? NULL : "text is not UTF-8";
}

/* Why the words of a row cannot be believed, or NULL. */
static const char *words_refuse(const struct posts_row *row)
{
	const char *reason = text_refuse(row->tags);

	reason = reason ? reason : text_refuse(row->keyword);
	reason = reason ? reason : text_refuse(row->owner);
	for (size_t i = 0; i < row->captions && !reason; i++)
		reason = text_refuse(row->caption[i]);
	return reason;
}

/* Another split than an earlier row told. */
static int split_differs(const struct posts_list *l, size_t at,
			 const struct posts_row *row)
{
	enum posts_split split = l->posts->post[at].split;

	return split != POSTS_SPLITS && row->split != POSTS_SPLITS &&
	       split != row->split;
}

/* The post of a path, added if it is new; STRING_MAP_NONE if the row was listed
 * instead, or *e. */
static uint32_t post_of(struct posts_list *l, const struct posts_row *row,
			struct str path, struct error *e)
{
	uint32_t at = string_map_find(l->paths, path);
	struct str id;

	if (at != STRING_MAP_NONE) {
		if (!split_differs(l, at, row))
			return at;
		posts_list_skip(l, row->where, e, "its picture is in another "
				"split already");
		return STRING_MAP_NONE;
	}
	if (!id_choose(l, row, path, &id)) {
		posts_list_skip(l, path, e, "id is already taken");
		return STRING_MAP_NONE;
	}
	at = (uint32_t)l->posts->count;
	return post_add(l, path, id, row->split, e) < 0 ? STRING_MAP_NONE : at;
}

int posts_list_row(struct posts_list *l, const struct posts_row *row,
		   struct error *e)
{
	struct str path = row->path, inside;
	const char *reason;
	uint32_t at;

	if (talk_stops(l->options->talk))
		return fail(e, ERROR_FAILED, "stopped before all posts were "
			    "read");
	while (path.bytes > 2 && !memcmp(path.data, "./", 2))
		path = (struct str){ path.data + 2, path.bytes - 2 };
	if (!path.bytes)
		return posts_list_skip(l, row->where, e, "no picture named");
	reason = words_refuse(row);
	if (reason)
		return posts_list_skip(l, row->where.bytes ? row->where : path,
				       e, "%s", reason);
	if (posts_root_path(l, path, &inside, e) < 0)
		return e->code;
	if (!inside.bytes)
		return posts_list_skip(l, path, e,
				       "not a path below the root; --root DIR "
				       "is a folder above it, / any");
	at = post_of(l, row, inside, e);
	if (at == STRING_MAP_NONE)
		return e->code;
	l->arrivals++;
	return row_words(l, at, row, e);
}

/* ---- the end ----------------------------------------------------------- */

/* Appends the tags that `seen` does not have for this post. */
static int tags_put(struct buf *b, struct string_map *seen, size_t post,
		    struct str tags, struct error *e)
{
	struct posts_text_lines lines;
	struct buf key = { 0 };
	struct str tag;

	posts_text_start(&lines, tags);
	while (!e->code && posts_text_line(&lines, &tag)) {
		uint32_t known = string_map_count(seen), id;

		buf_clear(&key);
		if (buf_addf(&key, e, "%zu ", post) < 0 ||
		    buf_add(&key, tag.data, tag.bytes, e) < 0)
			break;
		id = string_map_add(seen, (struct str){ key.data, key.bytes },
				    e);
		if (id != STRING_MAP_NONE && id == known)
			posts_text_tag(b, tag, e);
	}
	buf_free(&key);
	return e->code;
}

/* The tags of all rows of a post, each once: more[i].post is followed through
 * `next`, whose values are one more than an index. */
static int tags_join(struct posts_list *l, struct error *e)
{
	struct posts *p = l->posts;
	size_t *first = mem_new(p->count, sizeof(*first), e);
	size_t *next = mem_new(l->mores, sizeof(*next), e);
	struct string_map *seen = string_map_new(e);

	for (size_t i = l->mores; i-- && !e->code;) {
		next[i] = first[l->more[i].post];
		first[l->more[i].post] = i + 1;
	}
	for (size_t i = 0; i < p->count && !e->code; i++) {
		struct post *post = &p->post[i];

		if (!first[i])
			continue;
		buf_clear(&l->text);
		tags_put(&l->text, seen, i, post->tags, e);
		for (size_t k = first[i]; k && !e->code; k = next[k - 1])
			tags_put(&l->text, seen, i, l->more[k - 1].text, e);
		if (!e->code)
			posts_keep(p, (struct str){ l->text.data,
				   l->text.bytes }, &post->tags, e);
	}
	mem_free(first);
	mem_free(next);
	string_map_free(seen);
	return e->code;
}

/* Tags alone serve as a caption: the tags with blanks between. */
static int tags_speak(struct posts_list *l, size_t at, struct error *e)
{
	struct posts_list_caption *caption;
	int added = caption_add(l, at, l->posts->post[at].tags, e);
	char *text;

	if (added <= 0)
		return added;
	caption = &l->caption[l->captions - 1];
	text = (char *)(uintptr_t)caption->text.data;
	for (size_t i = 0; i < caption->text.bytes; i++)
		if (text[i] == '\n')
			text[i] = ' ';
	return 0;
}

/* How many captions each post has: those that are there, nothing else. */
static void captions_count(struct posts_list *l)
{
	struct posts *p = l->posts;

	for (size_t i = 0; i < p->count; i++)
		p->post[i].captions = 0;
	for (size_t i = 0; i < l->captions; i++)
		p->post[l->caption[i].post].captions++;
}

static int captions_complete(struct posts_list *l, struct error *e)
{
	struct posts *p = l->posts;

	captions_count(l);
	for (size_t i = 0; i < p->count; i++)
		if (!p->post[i].captions && p->post[i].tags.bytes &&
		    tags_speak(l, i, e) < 0)
			return e->code;
	captions_count(l);
	return 0;
}

/* Why a post is left out after all, or NULL. */
static const char *post_refuse(const struct posts_list *l,
			       const struct posts_lists *lists,
			       struct post *post)
{
	if (lists && !posts_lists_find(lists, post, &post->split))
		return "in none of the split lists";
	if (!post->captions && !l->options->wordless)
		return "no caption";
	return NULL;
}

/* As first_caption, until they are dropped. */
#define REFUSED SIZE_MAX

/* Marks the refused, each leaving a skip where it arrived. */
static int posts_refuse(struct posts_list *l, const struct posts_lists *lists,
			struct error *e)
{
	struct posts *p = l->posts;

	for (size_t i = 0; i < p->count; i++) {
		const char *reason = post_refuse(l, lists, &p->post[i]);

		if (!reason)
			continue;
		p->post[i].first_caption = REFUSED;
		if (skip_add(l, p->post[i].path, reason, l->arrival[i], e) < 0)
			return e->code;
	}
	return 0;
}

/* Ranges first, then each caption goes to the next place of its post. */
static int captions_group(struct posts_list *l, struct error *e)
{
	struct posts *p = l->posts;

	p->caption = mem_new(l->captions, sizeof(*p->caption), e);
	if (!p->caption)
		return e->code;
	for (size_t i = 0; i < p->count; i++) {
		if (p->post[i].first_caption == REFUSED)
			continue;
		p->post[i].first_caption = p->captions;
		p->captions += p->post[i].captions;
		p->post[i].captions = 0;
	}
	for (size_t i = 0; i < l->captions; i++) {
		struct post *post = &p->post[l->caption[i].post];

		if (post->first_caption != REFUSED)
			p->caption[post->first_caption + post->captions++] =
				l->caption[i].text;
	}
	return 0;
}

static void posts_drop(struct posts_list *l)
{
	struct posts *p = l->posts;
	size_t kept = 0;

	for (size_t i = 0; i < p->count; i++) {
		if (p->post[i].first_caption == REFUSED)
			continue;
		l->arrival[kept] = l->arrival[i];
		p->post[kept++] = p->post[i];
	}
	p->count = kept;
}

/* Merges the skips [0, middle) and [middle, skips), both ascending, and turns
 * arrivals into indices of posts. */
static int skips_order(struct posts_list *l, size_t middle, struct error *e)
{
	struct posts *p = l->posts;
	struct posts_skip *sorted = mem_new(p->skips, sizeof(*sorted), e);
	size_t a = 0, b = middle, post = 0;

	if (!sorted)
		return e->code;
	for (size_t i = 0; i < p->skips; i++) {
		int first = b == p->skips || (a < middle &&
			p->skip[a].before < p->skip[b].before);

		sorted[i] = p->skip[first ? a++ : b++];
		while (post < p->count && l->arrival[post] < sorted[i].before)
			post++;
		sorted[i].before = post;
	}
	mem_free(p->skip);
	p->skip = sorted;
	return 0;
}

int posts_list_end(struct posts_list *l, const struct posts_lists *lists,
		   struct error *e)
{
	size_t middle = l->posts->skips;

	if (l->other_answers)
		talk_warn(l->options->talk, "%zu fields differ from those of "
			  "an earlier row of the same picture: the first row "
			  "counts", l->other_answers);
	if ((l->mores && tags_join(l, e) < 0) || captions_complete(l, e) < 0 ||
	    posts_refuse(l, lists, e) < 0 || captions_group(l, e) < 0)
		return e->code;
	posts_drop(l);
	return skips_order(l, middle, e);
}
