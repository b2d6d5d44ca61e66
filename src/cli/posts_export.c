/*
 * posts_export.c - see posts_export.h.
 *
 * An id comes from a file that may be hostile: it names a file only if it
 * stays below the folder; else the post is called by its number.
 */
#include "cli/log.h"
#include "cli/posts_export.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/file.h"
#include "base/stop.h"
#include "format/png.h"
#include "posts/posts_text.h"

enum { NAME_BYTES = 240 };	/* of 255 that file systems allow */

static int name_is_good(struct str id)
{
	size_t part = 0;

	if (!posts_text_is_inside(id))
		return 0;
	for (size_t i = 0; i < id.bytes; i++) {
		part = id.data[i] == '/' ? 0 : part + 1;
		if (part > NAME_BYTES)
			return 0;
	}
	return 1;
}

/* folder/id without suffix; the folders of the id are made. */
static int name_make(struct buf *path, const struct dataset *d, size_t i,
		     const char *folder, struct error *e)
{
	struct str id = st_string_at(&d->id, i);
	char *last;

	buf_clear(path);
	if (!name_is_good(id))
		return buf_addf(path, e, "%s/post-%zu", folder, i);
	if (buf_addf(path, e, "%s/", folder) < 0 ||
	    buf_add(path, id.data, id.bytes, e) < 0)
		return e->code;
	if (!memchr(id.data, '/', id.bytes))
		return 0;
	last = strrchr(path->data, '/');
	*last = 0;
	file_make_folders(path->data, e);
	*last = '/';
	return e->code;
}

/* Never over a file that is there, which may be the original.  Plain writing:
 * an export can be made again, a sync per picture costs more than all the
 * rest. */
static int file_put(struct buf *path, const char *suffix,
		    const struct buf *data, struct error *e)
{
	size_t stem = path->bytes;
	FILE *f;
	int good;

	if (buf_addf(path, e, "%s", suffix) < 0)
		return e->code;
	f = fopen(path->data, "wbx");
	if (!f)
		return fail_errno(e, "cannot write '%s'", path->data);
	good = fwrite(data->data, 1, data->bytes, f) == data->bytes;
	good &= fclose(f) == 0;
	if (!good)
		return fail_errno(e, "cannot write '%s'", path->data);
	path->bytes = stem;
	path->data[stem] = 0;
	return 0;
}

/* A caption on one line: line ends become blanks. */
static int caption_line(struct buf *text, struct str caption, struct error *e)
{
	size_t from = text->bytes;

	if (buf_add(text, caption.data, caption.bytes, e) < 0 ||
	    buf_add(text, "\n", 1, e) < 0)
		return e->code;
	for (size_t i = from; i + 1 < text->bytes; i++)
		if (text->data[i] == '\n' || text->data[i] == '\r')
			text->data[i] = ' ';
	return 0;
}

static int post_export(const struct dataset *d, size_t i, struct buf *path,
		       struct buf *data, struct error *e)
{
	size_t first = dataset_first_caption(d, i);

	buf_clear(data);
	if (png_write(data, dataset_pixels(d, i), d->size, d->size, e) < 0 ||
	    file_put(path, ".png", data, e) < 0)
		return e->code;
	buf_clear(data);
	for (size_t c = first; c < d->caption_ends[i]; c++)
		if (caption_line(data, st_string_at(&d->caption, c), e) < 0)
			return e->code;
	return data->bytes ? file_put(path, ".txt", data, e) : 0;
}

static size_t filled_count(const struct st_strings *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->count; i++)
		n += st_string_at(s, i).bytes > 0;
	return n;
}

/* What pictures and texts cannot say. */
static void export_note(const struct dataset *d)
{
	size_t renamed = 0;

	for (size_t i = 0; i < d->count; i++)
		renamed += !name_is_good(st_string_at(&d->id, i));
	if (renamed)
		log_note("%zu posts are named post-N: their ids are not valid "
			 "file names", renamed);
	if (filled_count(&d->tags) || filled_count(&d->keyword) ||
	    filled_count(&d->owner))
		log_note("tags, keywords and owners are not written: they stay "
			 "in '%s'", st_path(d->file));
}

int posts_export(const struct dataset *d, const char *folder, struct error *e)
{
	struct buf path = { 0 }, data = { 0 };
	struct talk_bar bar;

	if (file_make_folders(folder, e) < 0)
		return e->code;
	talk_bar_start(&bar, log_talk(), "export", d->count, 0);
	for (size_t i = 0; i < d->count; i++) {
		if (stop_requested()) {
			fail(e, ERROR_FAILED, "stopped after %zu posts", i);
			goto done;
		}
		if (name_make(&path, d, i, folder, e) < 0 ||
		    post_export(d, i, &path, &data, e) < 0)
			goto done;
		talk_bar_step(&bar, i + 1, "");
	}
	talk_bar_end(&bar, d->count, "");
	export_note(d);
done:
	buf_free(&path);
	buf_free(&data);
	return e->code;
}

/* ---- figures ----------------------------------------------------------- */

static size_t words_count(struct str s)
{
	size_t n = 0;
	int inside = 0;

	for (size_t i = 0; i < s.bytes; i++) {
		int blank = s.data[i] == ' ' ||
			    (s.data[i] >= '\t' && s.data[i] <= '\r');

		n += !blank && !inside;
		inside = !blank;
	}
	return n;
}

static int stats_words(struct buf *out, const struct dataset *d,
		       struct error *e)
{
	size_t all = 0, least = SIZE_MAX, most = 0;

	for (size_t i = 0; i < d->captions; i++) {
		size_t n = words_count(st_string_at(&d->caption, i));

		all += n;
		least = MIN(least, n);
		most = MAX(most, n);
	}
	if (!d->captions)
		return buf_addf(out, e, "captions   0\n");
	return buf_addf(out, e, "captions   %zu  (%.2f per picture)\n"
			"words      %zu  (%.2f per caption, %zu to %zu)\n",
			d->captions, (double)d->captions / (double)d->count,
			all, (double)all / (double)d->captions, least, most);
}

int posts_stats(struct buf *out, const struct dataset *d, struct error *e)
{
	size_t split[POSTS_SPLITS] = { 0 };

	for (size_t i = 0; i < d->count; i++)
		split[d->split[i]]++;
	if (buf_addf(out, e, "pictures   %zu  (%zu x %zu)\n", d->count,
		     d->size, d->size) < 0)
		return e->code;
	for (int s = 0; s < POSTS_SPLITS; s++)
		if (buf_addf(out, e, "  %-8s %zu\n", posts_split_names[s],
			     split[s]) < 0)
			return e->code;
	if (stats_words(out, d, e) < 0)
		return e->code;
	return buf_addf(out, e, "with tags  %zu\nkeywords   %zu\n"
			"owners     %zu\ncontents   %016" PRIx64 "\n",
			filled_count(&d->tags), filled_count(&d->keyword),
			filled_count(&d->owner), d->sum);
}
