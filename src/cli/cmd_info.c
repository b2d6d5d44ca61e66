/*
 * cmd_info.c - seesay info: what is in a file of ours, or in any safetensors
 * file.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "format/json.h"
#include "format/safetensors.h"

struct info_options {
	struct opt_given given;
	int verify, json;
};

#define AT(field) offsetof(struct info_options, field)
static const struct opt options[] = {
	OPT("verify", 0, OPT_FLAG, AT(verify), NULL,
	    "read all data and compare the checksums"),
	OPT("json", 'j', OPT_FLAG, AT(json), NULL, "one JSON object a file"),
	OPT_END
};

static int is_sum(const char *key)
{
	return strncmp(key, "sum.", 4) == 0;
}

/* "[3, 4]" */
static int put_shape(struct buf *out, const struct st_tensor *t,
		     struct error *e)
{
	for (int i = 0; i < t->rank; i++)
		if (buf_addf(out, e, "%s%" PRIu64, i ? ", " : "[",
			     t->shape[i]) < 0)
			return ERROR_FAILED;
	return buf_addf(out, e, t->rank ? "]" : "[]");
}

static uint64_t bytes_of(const struct st_tensor *t)
{
	return t->count * st_type_bytes(t->type);
}

/* ---- for programs -------------------------------------------------------- */

static int json_meta(struct buf *out, const struct st_file *f, struct error *e)
{
	const char *key, *value;

	for (size_t i = 0; i < st_meta_count(f); i++) {
		st_meta_at(f, i, &key, &value);
		if (buf_addf(out, e, i ? "," : "") < 0 ||
		    json_put_string(out, str_of(key), e) < 0 ||
		    buf_addf(out, e, ":") < 0 ||
		    json_put_string(out, str_of(value), e) < 0)
			return ERROR_FAILED;
	}
	return 0;
}

static int json_tensor(struct buf *out, const struct st_tensor *t,
		       struct error *e)
{
	if (buf_addf(out, e, "{\"name\":") < 0 ||
	    json_put_string(out, str_of(t->name), e) < 0 ||
	    buf_addf(out, e, ",\"dtype\":\"%s\",\"shape\":",
		     st_type_name(t->type)) < 0 || put_shape(out, t, e) < 0)
		return ERROR_FAILED;
	return buf_addf(out, e, ",\"bytes\":%" PRIu64 "}", bytes_of(t));
}

static int put_json(struct buf *out, const struct st_file *f, int verify,
		    struct error *e)
{
	if (buf_addf(out, e, "{\"file\":") < 0 ||
	    json_put_string(out, str_of(st_path(f)), e) < 0 ||
	    buf_addf(out, e, ",\"metadata\":{") < 0 ||
	    json_meta(out, f, e) < 0 ||
	    buf_addf(out, e, "},\"tensors\":[") < 0)
		return ERROR_FAILED;
	for (size_t i = 0; i < st_count(f); i++)
		if (buf_addf(out, e, i ? "," : "") < 0 ||
		    json_tensor(out, st_at(f, i), e) < 0)
			return ERROR_FAILED;
	return buf_addf(out, e, "]%s}\n", verify ? ",\"verified\":true" : "");
}

/* ---- for people ---------------------------------------------------------- */

/* Lines after the first are set in. */
static int put_value(struct buf *out, const char *text, struct error *e)
{
	for (;;) {
		size_t bytes = strcspn(text, "\n");

		if (str_put_safe(out, (struct str){ text, bytes }, e) < 0)
			return ERROR_FAILED;
		if (!text[bytes])
			return buf_addf(out, e, "\n");
		if (buf_addf(out, e, "\n%26s", "") < 0)
			return ERROR_FAILED;
		text += bytes + 1;
	}
}

/* "  name" and blanks up to the next column. */
static int put_name(struct buf *out, const char *name, struct error *e)
{
	size_t start = out->bytes, bytes;

	if (buf_addf(out, e, "  ") < 0 ||
	    str_put_safe(out, str_of(name), e) < 0)
		return ERROR_FAILED;
	bytes = out->bytes - start;
	return buf_addf(out, e, "%*s", bytes < 25 ? 26 - (int)bytes : 1, "");
}

/* A value of several lines (the text of a net) is counted without -v. */
static int text_meta(struct buf *out, const struct st_file *f, struct error *e)
{
	const char *key, *value;

	for (size_t i = 0; i < st_meta_count(f); i++) {
		size_t lines = 1;

		st_meta_at(f, i, &key, &value);
		if (is_sum(key))
			continue;
		for (const char *at = value; *at; at++)
			lines += *at == '\n' && at[1];
		if (put_name(out, key, e) < 0)
			return e->code;
		if (lines > 1 && !cli_verbose())
			buf_addf(out, e, "%zu lines: -v shows them\n", lines);
		else
			put_value(out, value, e);
	}
	return e->code;
}

static int text_tensor(struct buf *out, const struct st_tensor *t,
		       struct error *e)
{
	struct buf shape = {0};
	int code = put_shape(&shape, t, e);

	if (code == 0)
		code = put_name(out, t->name, e);
	if (code == 0)
		code = buf_addf(out, e, "%-5s %-18s %12" PRIu64 " bytes\n",
				st_type_name(t->type), shape.data,
				bytes_of(t));
	buf_free(&shape);
	return code;
}

/* ---- the lines that matter ----------------------------------------------- */

/* The first size of a tensor by one of two names; 0 if there is none. */
static uint64_t rows_of(const struct st_file *f, const char *name,
			const char *other, int axis)
{
	const struct st_tensor *t = st_find(f, name);

	if (!t)
		t = st_find(f, other);
	return t && t->rank > axis ? t->shape[axis] : 0;
}

static int put_count(struct buf *out, const char *name, uint64_t count,
		     struct error *e)
{
	return !count ? e->code :
	       buf_addf(out, e, "%-12s%" PRIu64 "\n", name, count);
}

static int put_line(struct buf *out, const char *name, const char *value,
		    struct error *e)
{
	if (!value || !*value)
		return e->code;
	if (buf_addf(out, e, "%-12s", name) < 0 ||
	    str_put_safe(out, str_of(value), e) < 0)
		return e->code;
	return buf_addf(out, e, "\n");
}

/* Kind, sizes, who made it, the licence of the posts. */
static int put_summary(struct buf *out, const struct st_file *f,
		       struct error *e)
{
	const char *kind = st_meta(f, "format"), *by = st_meta(f, "program");
	const char *numerics = st_meta(f, "numerics");
	const char *licence = st_meta(f, "licence");
	uint64_t bytes = 0;
	size_t count = st_count(f);

	for (size_t i = 0; i < count; i++)
		bytes += bytes_of(st_at(f, i));
	put_line(out, "file", st_path(f), e);
	put_line(out, "kind", kind ? kind : "a safetensors file", e);
	put_count(out, "pictures", rows_of(f, "index.id.ends", "id.ends", 0),
		  e);
	put_count(out, "words", rows_of(f, "words.word.ends", "word.ends", 0),
		  e);
	put_count(out, "dimensions", rows_of(f, "words.vectors", "vectors", 1),
		  e);
	buf_addf(out, e, "%-12s%zu tensor%s, %" PRIu64 " bytes\n", "holds",
		 count, count == 1 ? "" : "s", bytes);
	if (by && numerics)
		buf_addf(out, e, "%-12s%s, numerics %s\n", "made by", by,
			 numerics);
	else
		put_line(out, "made by", by, e);
	put_line(out, "source", st_meta(f, "source"), e);
	return put_line(out, "licence",
			licence ? licence : st_meta(f, "license"), e);
}

static int put_text(struct buf *out, const struct st_file *f, int verify,
		    struct error *e)
{
	size_t sums = 0;

	if (put_summary(out, f, e) < 0 ||
	    buf_addf(out, e, "metadata\n") < 0 || text_meta(out, f, e) < 0)
		return e->code;
	if (cli_verbose() && buf_addf(out, e, "tensors\n") < 0)
		return e->code;
	for (size_t i = 0; cli_verbose() && i < st_count(f); i++)
		if (text_tensor(out, st_at(f, i), e) < 0)
			return e->code;
	for (size_t i = 0; i < st_meta_count(f); i++) {
		const char *key, *value;

		st_meta_at(f, i, &key, &value);
		sums += (size_t)is_sum(key);
	}
	return !verify ? 0 :
	       buf_addf(out, e, "%zu checksums are right\n", sums);
}

static int info_file(const char *path, const struct info_options *o,
		     struct error *e)
{
	struct st_file *f = st_open(path, NULL, e);
	struct buf out = {0};
	int code = f ? 0 : e->code;

	if (code == 0 && o->verify)
		code = st_verify(f, e);
	if (code == 0)
		code = (o->json ? put_json : put_text)(&out, f, o->verify, e);
	if (code == 0)
		fputs(out.data, stdout);
	buf_free(&out);
	st_close(f);
	return code;
}

static int cmd_info_run(const void *values, int count, char **operands,
			struct error *e)
{
	int code = 0;

	if (!count)
		return fail(e, ERROR_USAGE, "a file is needed");
	for (int i = 0; code == 0 && i < count; i++)
		code = info_file(operands[i], values, e);
	return code;
}

const struct opt_command cmd_info = {
	.name = "info",
	.operands = "FILE...",
	.purpose = "print what a file contains, and verify it",
	.text =
	"Describes a file of this program, or any other safetensors file: its\n"
	"kind, how many pictures, words and dimensions it has, who made it;\n"
	"then its metadata.  -v adds the text of a net and all tensors.\n"
	"--verify also reads the data and compares the checksums; the exit\n"
	"status is 3 if one is wrong.\n"
	"\n"
	"  seesay info beach.safetensors\n"
	"  seesay info --verify *.safetensors",
	.options = options,
	.size = sizeof(struct info_options),
	.run = cmd_info_run,
};
