/* search_page.c - see search_page.h. */
#include "cli/search_page.h"

#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "cli/log.h"
#include "web/answer_page.h"

/* A page is not written over a picture that it shows. */
static int check_page(const char *page, const char *root,
		      const struct seesay_answer *a, struct error *e)
{
	for (size_t i = 0; i < a->result_count && !e->code; i++) {
		char *path = file_join(root, a->result[i]->path, e);

		if (path)
			file_not_input(page, path, e);
		mem_free(path);
	}
	return e->code;
}

int search_page_write(const char *page, const char *query, const char *root,
		      const struct seesay_answer *a, struct decoder *decoder,
		      struct error *e)
{
	struct machine *machine;
	struct buf html = { 0 };
	size_t shown = 0;
	struct answer_page p = { .query = query, .root = root, .answer = a,
				 .decoder = decoder, .shown = &shown };
	struct file_out f;

	if (check_page(page, root, a, e) < 0 || cli_machine(&machine, e) < 0)
		return e->code;
	p.kernels = machine->kernels;
	if (answer_page_write(&html, &p, e) < 0)
		goto done;
	if (!shown)
		log_warn("no picture could be read: paths start at the folder "
			 "that the index was made with (index --root)");
	if (strcmp(page, "-") == 0) {
		fwrite(html.data, 1, html.bytes, stdout);
		goto done;
	}
	if (file_out_open(&f, page, e) < 0)
		goto done;
	if (file_out_write(&f, html.data, html.bytes, e) < 0)
		file_out_discard(&f);
	else if (file_out_commit(&f, e) == 0)
		log_note("page: %s", page);
done:
	buf_free(&html);
	return e->code;
}
