/* demo_answers.c - see demo_answers.h. */
#include "cli/demo_answers.h"

#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/stop.h"
#include "cli/cli.h"
#include "cli/log.h"
#include "format/png.h"

/* ---- table --------------------------------------------------------------- */

static void print_percent(int thousandths)
{
	printf("  %5d.%d", thousandths / 10, thousandths % 10);
}

static void print_score(const char *name, const struct answers_score s[3],
			int row)
{
	printf("%-16s  %6s", name, "");
	for (int i = 0; i < 3; i++)
		print_percent(row == PAGE_SIMPLE ? s[i].simple :
			      row == PAGE_COMPLEX ? s[i].complex : s[i].all);
	printf("\n");
}

static void print_table(const struct answers *a)
{
	struct answers_score s[3];

	printf("%-16s  %6s  %7s  %7s  %7s\n", "P@5 in percent", "shown",
	       "seesay", "words", "random");
	for (size_t i = 0; i < WORLD_QUERIES; i++) {
		const struct answers_query *q = &a->query[i];

		printf("%-16s  %6zu", q->page.text, q->right);
		print_percent(q->page.ours);
		print_percent(q->page.words);
		print_percent(q->page.chance);
		printf("\n");
	}
	for (int i = 0; i < 3; i++)
		s[i] = answers_score(a, (enum page_column)i);
	print_score("one concept", s, PAGE_SIMPLE);
	print_score("two concepts", s, PAGE_COMPLEX);
	print_score("all", s, PAGE_ALL);
}

/* ---- page ---------------------------------------------------------------- */

int demo_quote(struct buf *b, const char *text, struct error *e)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:@%+,=-";

	if (*text && strspn(text, plain) == strlen(text))
		return buf_addf(b, e, "%s", text);
	buf_addf(b, e, "'");
	for (; *text; text++)
		buf_addf(b, e, *text == '\'' ? "'\\''" : "%c", *text);
	return buf_addf(b, e, "'");
}

static int file_put(const char *path, const struct buf *b, struct error *e)
{
	struct file_out f;

	if (file_out_open(&f, path, e) < 0)
		return e->code;
	if (file_out_write(&f, b->data, b->bytes, e) < 0) {
		file_out_discard(&f);
		return e->code;
	}
	return file_out_commit(&f, e);
}

static int page_put(const struct demo *d, const struct answers *a,
		    struct error *e)
{
	struct buf html = { 0 }, program = { 0 }, index = { 0 };

	if (demo_quote(&program, cli_program(), e) == 0 &&
	    demo_quote(&index, d->index, e) == 0 &&
	    answers_page(&html, a, program.data, index.data, e) == 0)
		file_put(d->page, &html, e);
	buf_free(&html);
	buf_free(&program);
	buf_free(&index);
	return e->code;
}

int demo_answer(const struct demo *d, struct error *e)
{
	const struct answers_files files = { d->posts, d->index, d->seed };
	struct machine *machine;
	struct answers a = { 0 };

	if (cli_machine(&machine, e) < 0)
		return e->code;
	if (answers_ask(&a, &files, 1, machine, e) == 0) {
		print_table(&a);
		page_put(d, &a, e);
	}
	answers_free(&a);
	return e->code;
}

/* ---- pictures ------------------------------------------------------------ */

/* Not flushed to the disk one by one: they can be made again. */
static int picture_put(const struct demo *d, const struct dataset *posts,
		       size_t i, struct buf *png, struct error *e)
{
	const struct str name = st_string_at(&posts->path, i);
	char text[64], *path;
	FILE *f;

	snprintf(text, sizeof(text), "%.*s", (int)name.bytes, name.data);
	path = file_join(d->pictures, text, e);
	buf_clear(png);
	if (!path || png_write(png, dataset_pixels(posts, i), posts->size,
			       posts->size, e) < 0)
		goto done;
	f = fopen(path, "wb");
	if (!f || fwrite(png->data, 1, png->bytes, f) != png->bytes)
		fail_errno(e, "cannot write '%s'", path);
	if (f && fclose(f) != 0 && !e->code)
		fail_errno(e, "cannot write '%s'", path);
done:
	mem_free(path);
	return e->code;
}

int demo_pictures(const struct demo *d, struct error *e)
{
	struct dataset posts = { 0 };
	struct buf png = { 0 };

	if (file_make_folders(d->pictures, e) < 0 ||
	    dataset_open(&posts, d->posts, e) < 0)
		return e->code;
	for (size_t i = 0; i < posts.count && !e->code; i++) {
		if (stop_requested())
			fail(e, ERROR_FAILED, "stopped while writing pictures");
		else if (posts.split[i] == POSTS_TEST)
			picture_put(d, &posts, i, &png, e);
	}
	buf_free(&png);
	dataset_close(&posts);
	return e->code;
}
