/* checkpoint.c - see checkpoint.h. */
#include "run/checkpoint.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "base/file.h"
#include "run/numerics.h"

static int put_number(struct st_writer *w, const char *key, uint64_t value,
		      struct error *e)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, value);
	return st_put_meta(w, key, text, e);
}

int checkpoint_put_identity(struct st_writer *w, const struct identity *id,
			    struct error *e)
{
	if (st_put_meta(w, "run", id->line.data, e) < 0)
		return e->code;
	return put_number(w, "numerics", NUMERICS_VERSION, e);
}

int checkpoint_put_step(struct st_writer *w, uint64_t step, struct error *e)
{
	return put_number(w, "step", step, e);
}

static int refuse_version(const char *path, const char *numerics,
			  struct error *e)
{
	fail(e, ERROR_USAGE, "'%s' was made by another version of seesay, "
	     "whose results differ (numerics %s, not %d)", path,
	     numerics ? numerics : "0", NUMERICS_VERSION);
	return hint(e, "finish it with that version, keep it and name another "
		    "-o, or delete it with --restart");
}

static int refuse_other(const char *path, const char *run,
			const struct identity *id, const char *except,
			struct error *e)
{
	struct buf text = {0};

	if (identity_differences(id, run, except, &text, e) == 0)
		fail(e, ERROR_USAGE, "'%s' is of another run: %s", path,
		     text.data);
	buf_free(&text);
	return hint(e, "resume it with its own options, keep it and name "
		    "another -o, or delete it with --restart");
}

struct st_file *checkpoint_open(const char *path, const char *format,
				const struct identity *id, const char *except,
				struct error *e)
{
	struct error why = {0};
	struct st_file *f;
	const char *run;

	if (!file_exists(path))
		return NULL;
	if (!file_is_regular(path)) {	/* a pipe would be waited for */
		fail(e, ERROR_USAGE, "cannot resume: '%s' is not a regular "
		     "file", path);
		hint(e, "seesay keeps its progress under this name: rename "
		     "what is there, or name another -o");
		return NULL;
	}
	f = st_open(path, format, &why);
	if (!f || st_verify(f, &why) < 0) {
		fail(e, why.code, "cannot resume: %s", why.text);
		hint(e, "--restart deletes it and trains from scratch");
		goto fail;
	}
	run = st_meta(f, "run");
	switch (identity_compare(id, run, except)) {
	case IDENTITY_SAME:
		return f;
	case IDENTITY_VERSION:
		refuse_version(path, st_meta(f, "numerics"), e);
		break;
	case IDENTITY_OTHER:
		refuse_other(path, run, id, except, e);
		break;
	}
fail:
	st_close(f);
	return NULL;
}

int checkpoint_step(const struct st_file *f, uint64_t steps,
		    uint64_t epoch_steps, uint64_t *step, struct error *e)
{
	const char *text = st_meta(f, "step");
	char *end = NULL;

	*step = text && *text >= '0' && *text <= '9' ?
		strtoull(text, &end, 10) : 0;
	if (!*step || *end || strlen(text) > 19) {
		fail(e, ERROR_DATA, "'%s': its step is '%.40s'", st_path(f),
		     text ? text : "");
		return hint(e, "--restart deletes it and trains from scratch");
	}
	if (*step <= steps)
		return 0;
	fail(e, ERROR_USAGE, "'%s' is of %.2f epochs, more than the %.0f of "
	     "this run", st_path(f), (double)*step / (double)epoch_steps,
	     (double)steps / (double)epoch_steps);
	return hint(e, "raise --epochs, or delete it with --restart");
}
