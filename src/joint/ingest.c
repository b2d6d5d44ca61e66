/*
 * ingest.c - see ingest.h.
 *
 * Pictures go in batches: the decoder's children fill the slots of a batch,
 * each served by one thread at a time; then the batch is written in order by
 * the caller's thread.  Never more than a batch of pictures is in memory.
 */
#include "joint/ingest.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/input.h"
#include "base/le.h"
#include "base/hash.h"
#include "base/string_map.h"
#include "base/talk.h"
#include "image/near.h"

enum {
	INGEST_BATCH = INGEST_CHILDREN,
	INGEST_FILE_BYTES = 128 << 20,	/* the decoder takes no more */
};

struct slot {				/* one picture of a batch */
	struct error error;
	uint64_t sum;			/* of the file's bytes */
	size_t bytes;
	unsigned char *rgb;		/* [size, size, 3] */
	struct near_look look;
	int has_look;			/* it is not flat */
};

struct ingest {
	struct posts *posts;
	const struct ingest_options *options;
	struct decoder *decoder;
	const struct machine *machine;
	struct ingest_result *result;
	struct stat old;		/* file to be replaced, or zeros */
	size_t size;
	size_t first, items; /* of the batch: post of slot 0, count */
	atomic_size_t next_item;
	struct slot slot[INGEST_BATCH];
	unsigned char *pixels;		/* [INGEST_BATCH, size, size, 3] */
	struct dataset_writer *writer;
	struct string_map *seen; /* sum and size of the files kept */
	size_t *seen_post;		/* [seen] */
	size_t seen_room;
	struct near_set *looks;		/* of the pictures kept, not flat */
	size_t *look_post;		/* [looks] */
	size_t look_count, look_room;
	size_t next_skip;		/* of posts->skip */
	const char *skipped;		/* path of the list of them */
	struct file_out skips;
	const char *repeated;		/* path of the list of near repeats */
	struct file_out repeats;
	struct buf line;
	struct talk_bar bar;
};

/* ---- one picture, in any thread ---------------------------------------- */

static int picture_read(struct buf *b, const struct ingest *g,
			const char *path, struct error *e)
{
	struct stat info;

	if (input_read(b, path, "", INGEST_FILE_BYTES, &info, e) < 0)
		return e->code;
	if (info.st_ino == g->old.st_ino && info.st_dev == g->old.st_dev)
		fail(e, ERROR_USAGE, "the output is the picture '%s'", path);
	return e->code;
}

static void slot_fill(struct ingest *g, size_t item, int child)
{
	struct slot *slot = &g->slot[item];
	struct error *e = &slot->error;
	const struct post *post = &g->posts->post[g->first + item];
	char *path = file_join(g->posts->root, post->path.data, e);
	struct image whole = { 0 }, small = { 0 };
	struct buf bytes = { 0 };

	if (!path || picture_read(&bytes, g, path, e) < 0)
		goto done;
	slot->bytes = bytes.bytes;
	slot->sum = hash64(bytes.data, bytes.bytes, 0);
	if (decoder_decode_to(g->decoder, child, &whole, bytes.data,
			      bytes.bytes, g->size, e) < 0 ||
	    image_resize(&small, &whole, g->size, g->size,
			 g->machine->kernels, e) < 0)
		goto done;
	memcpy(slot->rgb, small.rgb, g->size * g->size * 3);
	if (g->looks)
		slot->has_look = near_look(&slot->look, &small,
					   g->machine->kernels, e);
done:
	image_free(&whole);
	image_free(&small);
	buf_free(&bytes);
	mem_free(path);
}

/* One decoder child, in whatever thread it runs: takes the next picture until
 * there is none. */
static void lane_run(void *context, size_t child, int thread)
{
	struct ingest *g = context;
	size_t item;

	(void)thread;
	while ((item = atomic_fetch_add(&g->next_item, 1)) < g->items)
		slot_fill(g, item, (int)child);
}

/* ---- what is left out -------------------------------------------------- */

/* Counts a reason by its kind: what stands before ':', ';', '(' or a quote
 * that opens (one at the start, or within a word, ends nothing). */
static void reason_count(struct ingest_result *r, const char *reason)
{
	char kind[sizeof(r->reason[0].text)] = "";
	const char *quote = strstr(reason, " '");
	size_t i, n = strcspn(reason, ":;(");

	if (quote)
		n = MIN(n, (size_t)(quote - reason));
	while (n && reason[n - 1] == ' ')
		n--;
	memcpy(kind, reason, MIN(n, sizeof(kind) - 1));
	for (i = 0; i < r->reasons; i++)
		if (!strcmp(r->reason[i].text, kind))
			break;
	if (i == INGEST_REASONS - 1)
		memcpy(kind, "other reasons", sizeof("other reasons"));
	if (i == r->reasons && i < INGEST_REASONS) {
		memcpy(r->reason[i].text, kind, sizeof(kind));
		r->reasons++;
	}
	r->reason[MIN(i, (size_t)INGEST_REASONS - 1)].count++;
	r->skipped++;
}

/* The most frequent first; of equal ones the first that was met. */
static void reasons_sort(struct ingest_result *r)
{
	for (size_t i = 1; i < r->reasons; i++) {
		struct ingest_reason moving = r->reason[i];
		size_t to = i;

		if (i == INGEST_REASONS - 1)
			break;		/* "other reasons" stay last */
		for (; to && r->reason[to - 1].count < moving.count; to--)
			r->reason[to] = r->reason[to - 1];
		r->reason[to] = moving;
	}
}

/* path<TAB>text */
static int line_write(struct ingest *g, struct file_out *to, struct str path,
		      struct str text, struct error *e)
{
	buf_clear(&g->line);
	if (str_put_safe(&g->line, path, e) < 0 ||
	    buf_add(&g->line, "\t", 1, e) < 0 ||
	    str_put_safe(&g->line, text, e) < 0 ||
	    buf_add(&g->line, "\n", 1, e) < 0)
		return e->code;
	return file_out_write(to, g->line.data, g->line.bytes, e);
}

static int skip_write(struct ingest *g, struct str path, const char *reason,
		      struct error *e)
{
	reason_count(g->result, reason);
	return line_write(g, &g->skips, path, str_of(reason), e);
}

/* The skips of the listing that stand before post `before`. */
static int listed_skips(struct ingest *g, size_t before, struct error *e)
{
	const struct posts *p = g->posts;

	for (; g->next_skip < p->skips; g->next_skip++) {
		const struct posts_skip *skip = &p->skip[g->next_skip];

		if (skip->before > before)
			break;
		if (skip_write(g, skip->path, skip->reason.data, e) < 0)
			return e->code;
	}
	return 0;
}

/* ---- one picture, in order --------------------------------------------- */

/* The post whose file has the same bytes, or this one, now remembered. */
static int first_of(struct ingest *g, const struct slot *slot, size_t post,
		    size_t *first, struct error *e)
{
	char key[16];
	uint32_t known = string_map_count(g->seen), i;

	le64_put(key, slot->sum);
	le64_put(key + 8, slot->bytes);
	i = string_map_add(g->seen, (struct str){ key, sizeof(key) }, e);
	if (i == STRING_MAP_NONE ||
	    mem_grow(&g->seen_post, &g->seen_room, i + (size_t)1,
		     sizeof(*g->seen_post), e) < 0)
		return e->code;
	if (i == known)
		g->seen_post[i] = post;
	*first = g->seen_post[i];
	return 0;
}

static int look_add(struct ingest *g, const struct slot *slot, size_t post,
		    struct error *e)
{
	if (mem_grow(&g->look_post, &g->look_room, g->look_count + 1,
		     sizeof(*g->look_post), e) < 0)
		return e->code;
	g->look_post[g->look_count++] = post;
	return near_set_add(g->looks, &slot->look, e);
}

/* 1: the picture looks like an earlier one and was left out. */
static int look_check(struct ingest *g, const struct slot *slot, size_t at,
		      struct error *e)
{
	struct post *post = &g->posts->post[at], *earlier;
	char reason[256];
	uint32_t i;

	if (!slot->has_look)
		return 0;
	i = near_set_find(g->looks, &slot->look);
	if (i == NEAR_NONE)
		return look_add(g, slot, at, e);
	earlier = &g->posts->post[g->look_post[i]];
	if (g->options->repeats == INGEST_DROP) {
		snprintf(reason, sizeof(reason), "looks like '%s'",
			 earlier->id.data);
		return skip_write(g, post->path, reason, e) < 0 ? e->code : 1;
	}
	if (g->options->repeats == INGEST_GROUP)
		post->split = earlier->split;
	g->result->near++;
	if (line_write(g, &g->repeats, post->path, earlier->id, e) < 0)
		return e->code;
	return look_add(g, slot, at, e);
}

static int slot_write(struct ingest *g, size_t item, struct error *e)
{
	const struct slot *slot = &g->slot[item];
	size_t at = g->first + item, first = at;
	const struct post *post = &g->posts->post[at];
	char reason[256];
	int left_out;

	if (listed_skips(g, at, e) < 0)
		return e->code;
	if (slot->error.code == ERROR_DATA)
		return skip_write(g, post->path, slot->error.text, e);
	if (slot->error.code) {
		*e = slot->error;
		return e->code;
	}
	if (!g->options->keep_repeats && first_of(g, slot, at, &first, e) < 0)
		return e->code;
	if (first != at) {
		snprintf(reason, sizeof(reason), "repeats '%s'",
			 g->posts->post[first].id.data);
		return skip_write(g, post->path, reason, e);
	}
	left_out = look_check(g, slot, at, e);
	if (left_out)
		return MIN(left_out, 0);
	g->result->kept++;
	return dataset_put(g->writer, at, slot->rgb, e);
}

static int batch_run(struct ingest *g, size_t count, struct error *e)
{
	size_t lanes = (size_t)MAX(g->options->children, 1);

	for (size_t i = 0; i < count; i++) {
		error_clear(&g->slot[i].error);
		g->slot[i].has_look = 0;
	}
	g->items = count;
	atomic_store(&g->next_item, 0);
	pool_run(g->machine->pool, MIN(lanes, count), lane_run, g);
	/* Ctrl-C may have reached the children, too: believe nothing. */
	if (talk_stops(g->machine->talk))
		return fail(e, ERROR_FAILED, "stopped before all pictures "
			    "were read");
	for (size_t i = 0; i < count; i++)
		if (slot_write(g, i, e) < 0)
			return e->code;
	return 0;
}

static int pictures_run(struct ingest *g, struct error *e)
{
	size_t total = g->posts->count;

	talk_bar_start(&g->bar, g->machine->talk, "pictures", total, 0);
	for (g->first = 0; g->first < total; g->first += INGEST_BATCH) {
		size_t n = MIN(total - g->first, (size_t)INGEST_BATCH);

		if (batch_run(g, n, e) < 0)
			return e->code;
		talk_bar_step(&g->bar, g->first + n, "");
	}
	talk_bar_end(&g->bar, total, "");
	return listed_skips(g, total, e);
}

/* ---- the whole --------------------------------------------------------- */

static int ingest_open(struct ingest *g, struct error *e)
{
	size_t bytes = g->size * g->size * 3;

	g->writer = dataset_create(g->options->out, g->size, e);
	g->seen = g->writer ? string_map_new(e) : NULL;
	if (!g->seen)
		return e->code;
	g->pixels = mem_new(INGEST_BATCH, bytes, e);
	if (!g->pixels)
		return e->code;
	for (size_t i = 0; i < INGEST_BATCH; i++)
		g->slot[i].rgb = g->pixels + i * bytes;
	if (g->options->repeats != INGEST_IGNORE) {
		g->looks = near_set_new(e);
		if (!g->looks ||
		    file_out_open(&g->repeats, g->repeated, e) < 0)
			return e->code;
	}
	return file_out_open(&g->skips, g->skipped, e);
}

static int meta_add(struct ingest *g, const char *key, const char *value,
		    struct error *e)
{
	return value ? dataset_meta(g->writer, key, value, e) : 0;
}

/* Why there is to be no dataset, although nothing failed; 0 if there is. */
static int result_refuse(const struct ingest *g, struct error *e)
{
	const struct ingest_result *r = g->result;

	if (!r->posts) {
		fail(e, ERROR_DATA, "no pictures%s in '%s'",
		     g->options->wordless ? "" : " with words",
		     g->posts->root);
		return hint(e, g->options->wordless ?
			    "JPEG, PNG, GIF, BMP and PNM are taken, also in folders "
			    "below it" :
			    "see seesay posts --help for the layouts");
	}
	if (!r->kept)
		fail(e, ERROR_DATA, "none of %zu posts can be used", r->posts);
	else if (g->options->strict && r->skipped)
		fail(e, ERROR_DATA, "%zu of %zu posts cannot be used",
		     r->skipped, r->posts);
	else
		return 0;
	if (!strncmp(r->reason[0].text, "not a path below", 16))
		hint(e, "--root DIR names a folder above the pictures, "
		     "--root / takes any");
	if (!strcmp(r->reason[0].text, "text is not UTF-8"))
		hint(e, "if it is of Windows or older, make it UTF-8: iconv "
		     "-f WINDOWS-1252 -t UTF-8 FILE");
	return hint(e, "the reasons are in '%s'", g->skipped);
}

/* A list that has lines appears; an old one goes with the last line. */
static void list_finish(struct file_out *list, const char *path, size_t lines,
			struct error *e)
{
	struct error failed = { 0 };

	if (!lines) {
		file_out_discard(list);
		unlink(path);
	} else if (file_out_commit(list, &failed) < 0) {
		fail(e, failed.code, "%s", failed.text);
	}
}

/* The dataset first: a list without its dataset would be of no use. */
static int ingest_finish(struct ingest *g, struct error *e)
{
	const struct ingest_options *o = g->options;
	struct dataset_writer *writer = g->writer;

	g->result->posts = g->result->kept + g->result->skipped;
	reasons_sort(g->result);
	if (result_refuse(g, e) == 0) {
		if (meta_add(g, "layout", o->layout, e) < 0 ||
		    meta_add(g, "source", o->source_name, e) < 0 ||
		    meta_add(g, "licence", o->licence, e) < 0)
			return e->code;
		g->writer = NULL;
		if (dataset_commit(writer, g->posts, e) < 0)
			return e->code;
	}
	if (!e->code)
		list_finish(&g->repeats, g->repeated, g->result->near, e);
	list_finish(&g->skips, g->skipped, g->result->skipped, e);
	return e->code;
}

int ingest_run(struct posts *p, const struct ingest_options *o,
	       struct decoder *d, const struct machine *m,
	       struct ingest_result *r, struct error *e)
{
	struct ingest *g = mem_new(1, sizeof(*g), e);
	char *skipped = file_side(o->beside ? o->beside : o->out, FILE_SKIPPED,
				  e);
	char *repeated = file_side(o->beside ? o->beside : o->out,
				   FILE_REPEATS, e);

	*r = (struct ingest_result){ 0 };
	if (!g || !skipped || !repeated)
		goto done;
	g->posts = p;
	g->options = o;
	g->skipped = skipped;
	g->repeated = repeated;
	if (stat(o->beside ? o->beside : o->out, &g->old) < 0)
		g->old = (struct stat){ 0 };
	g->decoder = d;
	g->machine = m;
	g->result = r;
	g->size = o->size ? o->size : INGEST_SIZE;
	if (ingest_open(g, e) == 0 && pictures_run(g, e) == 0)
		ingest_finish(g, e);
	file_out_discard(&g->skips);
	file_out_discard(&g->repeats);
	dataset_discard(g->writer);
	string_map_free(g->seen);
	mem_free(g->seen_post);
	near_set_free(g->looks);
	mem_free(g->look_post);
	mem_free(g->pixels);
	buf_free(&g->line);
done:
	mem_free(g);
	mem_free(skipped);
	mem_free(repeated);
	return e->code;
}

/* ---- the summary ------------------------------------------------------- */

enum { REASONS_SHOWN = 11 };

static int summary_add(struct buf *b, const struct ingest_result *r,
		       const char *output, struct error *e)
{
	size_t others = r->skipped;

	if (buf_addf(b, e, "%zu posts: %zu kept", r->posts, r->kept) < 0)
		return e->code;
	if (!r->skipped)
		return 0;
	if (buf_addf(b, e, ", %zu skipped (", r->skipped) < 0)
		return e->code;
	for (size_t i = 0; i < MIN(r->reasons, REASONS_SHOWN); i++) {
		if (buf_addf(b, e, "%zu %s, ", r->reason[i].count,
			     r->reason[i].text) < 0)
			return e->code;
		others -= r->reason[i].count;
	}
	if (others && buf_addf(b, e, "%zu other reasons, ", others) < 0)
		return e->code;
	return buf_addf(b, e, "see '%s.skipped.tsv')", output);
}

static void summary_tell(const struct talk *t, const struct ingest_result *r,
			 const char *output)
{
	struct buf b = { 0 };
	struct error e = { 0 };

	if (r->posts && summary_add(&b, r, output, &e) == 0)
		talk_note(t, "%s", b.data);
	if (r->near)
		talk_note(t, "%zu of them look like an earlier picture, see "
			  "'%s.repeats.tsv'", r->near, output);
	buf_free(&b);
}

/* A file in the source that is no output of ours is a part of it: a caption,
 * say. */
static int output_check(const char *source, const char *output,
			struct error *e)
{
	char *folder = file_is_folder(source) ? realpath(source, NULL) : NULL;
	char *file = folder ? realpath(output, NULL) : NULL;
	size_t bytes = folder ? strlen(folder) : 0;
	struct error ignored = { 0 };
	struct st_file *ours;

	if (file && !strncmp(file, folder, bytes) &&
	    (file[bytes] == '/' || folder[bytes - 1] == '/')) {
		ours = st_open(file, NULL, &ignored);
		st_close(ours);
		if (!ours) {
			fail(e, ERROR_USAGE, "output '%s' is a file of the "
			     "source", output);
			hint(e, "give the output another name");
		}
	}
	mem_free(folder);
	mem_free(file);
	return e->code;
}

/* A list of which no picture is there was read with the wrong root: said at
 * once, and not picture by picture. */
static int pictures_check(const struct posts *p, struct error *e)
{
	char *first = NULL;

	for (size_t i = 0; i < p->count && !e->code; i++) {
		char *path = file_join(p->root, p->post[i].path.data, e);
		struct stat info;
		int is = path && (stat(path, &info) == 0 ||
				  (errno != ENOENT && errno != ENOTDIR));

		if (!first) {
			first = path;
			path = NULL;
		}
		mem_free(path);
		if (is)
			goto done;
	}
	if (!p->count || e->code)
		goto done;
	fail(e, ERROR_DATA, "none of %zu pictures is there: cannot open '%s': "
	     "No such file or directory", p->count, first);
	hint(e, "--root DIR names the folder of the pictures");
done:
	mem_free(first);
	return e->code;
}

int ingest_source(const char *source, const struct posts_options *options,
		  const struct ingest_options *o, struct decoder *d,
		  const struct machine *m, struct ingest_result *r,
		  struct error *e)
{
	struct posts_options told = options ? *options
					    : (struct posts_options){ 0 };
	struct ingest_options named = *o;
	struct posts posts;

	*r = (struct ingest_result){ 0 };
	told.talk = m->talk;
	if (output_check(source, o->beside ? o->beside : o->out, e) < 0)
		return e->code;
	if (posts_read(&posts, source, &told, e) < 0)
		return e->code;
	named.layout = posts_layout_names[posts.layout];
	named.wordless = told.wordless;
	if (file_is_folder(source) || pictures_check(&posts, e) == 0)
		ingest_run(&posts, &named, d, m, r, e);
	summary_tell(m->talk, r, o->beside ? o->beside : o->out);
	posts_free(&posts);
	return e->code;
}
