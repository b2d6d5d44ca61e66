/*
 * safetensors.h - every model, checkpoint, dataset and index is such a file.
 *
 * Layout: u64 little-endian header length, a JSON header padded with blanks,
 * then the tensors without gaps or overlaps.  Any tool of the field opens it.
 * Our own conventions (docs/formats.md): strings are a U8 tensor "X.bytes" and
 * a U64 tensor "X.ends" (end offset of each string); "__metadata__" holds
 * strings, among them "sum.X" = XXH64 of tensor X in hex, "format" (what kind
 * of file) and "format_version".
 *
 * Reading trusts nothing: every size is checked against the file before use,
 * and a file is mapped, not copied (big-endian machines copy and swap).
 */
#ifndef SAFETENSORS_H
#define SAFETENSORS_H

#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"

enum st_type { ST_U8, ST_I32, ST_U32, ST_F32, ST_I64, ST_U64, ST_F64,
	       ST_F16, ST_BF16, ST_I8, ST_U16, ST_I16, ST_BOOL };
enum { ST_MAX_RANK = 8 };

size_t st_type_bytes(enum st_type type);
const char *st_type_name(enum st_type type);	/* "F32" */

struct st_tensor {
	const char *name;
	enum st_type type;
	int rank;
	uint64_t shape[ST_MAX_RANK];
	uint64_t count;			/* product of the shape */
	const void *data;		/* aligned for its type */
};

struct st_file;

/* `format` is what "format" in the metadata must say, NULL for any file. */
struct st_file *st_open(const char *path, const char *format, struct error *e);
/* What was written to fd so far, and will be at `path`. */
struct st_file *st_open_written(int fd, const char *path, struct error *e);
/* The tensors and metadata of f whose names begin with `prefix`, without it,
 * and the tensors whose names begin with `shared` as they are, as a
 * file of its own that needs f.  Checksums are f's. */
struct st_file *st_part(const struct st_file *f, const char *prefix,
			const char *shared, struct error *e);
void st_close(struct st_file *f);
/* Compares all "sum.*" with the data: reads the whole file. */
int st_verify(const struct st_file *f, struct error *e);
/* One number for all tensors, from the checksums in the metadata. */
uint64_t st_sum(const struct st_file *f);
const char *st_path(const struct st_file *f);
const char *st_meta(const struct st_file *f, const char *key); /* or NULL */
size_t st_meta_count(const struct st_file *f);
void st_meta_at(const struct st_file *f, size_t i, const char **key,
		const char **value);
size_t st_count(const struct st_file *f);
const struct st_tensor *st_at(const struct st_file *f, size_t i);
/* NULL if absent. */
const struct st_tensor *st_find(const struct st_file *f, const char *name);
/* 0 if all numbers of the F32 tensor are within +-most, so none is NaN; else a
 * message naming file, tensor and number. */
int st_numbers(const struct st_file *f, const struct st_tensor *t, float most,
	       struct error *e);
/* The tensor, which must have this type and rank and, where shape[i] is not 0,
 * that size; else NULL and a message naming file, tensor and what was found.
 * shape may be NULL. */
const struct st_tensor *st_need(const struct st_file *f, const char *name,
				enum st_type type, int rank,
				const uint64_t *shape, struct error *e);

/* A list of strings stored as NAME.bytes and NAME.ends; checked at st_strings,
 * so that string_at needs no more checks, even if the file is overwritten in
 * place afterwards: the ends are a copy. */
struct st_strings {
	const char *bytes;
	const uint64_t *ends;
	size_t count;
};
int st_strings(struct st_strings *s, const struct st_file *f, const char *name,
	       struct error *e);
static inline struct str st_string_at(const struct st_strings *s, size_t i)
{
	uint64_t from = i ? s->ends[i - 1] : 0;

	return (struct str){ s->bytes + from, (size_t)(s->ends[i] - from) };
}

/*
 * Writing: meta first, then the tensors one after the other, then commit.
 * The final shape of a tensor may be told at its end, so that rows can stream
 * through; the header is written last into room kept for it.
 */
struct st_writer;

struct st_writer *st_create(const char *path, const char *format,
			    struct error *e);
int st_put_meta(struct st_writer *w, const char *key, const char *value,
		struct error *e);
/* A whole tensor at once. */
int st_put(struct st_writer *w, const char *name, enum st_type type, int rank,
	   const uint64_t *shape, const void *data, struct error *e);
/* Or in pieces: begin, rows, end (which gives the shape). */
int st_begin(struct st_writer *w, const char *name, enum st_type type,
	     struct error *e);
int st_rows(struct st_writer *w, const void *data, size_t count,
	    struct error *e);
int st_end(struct st_writer *w, int rank, const uint64_t *shape,
	   struct error *e);
/* Strings: NAME.bytes and NAME.ends. */
int st_put_strings(struct st_writer *w, const char *name,
		   const struct str *strings, size_t count, struct error *e);
/* Header, flush, rename.  Frees w in any case, as does st_discard. */
int st_commit(struct st_writer *w, struct error *e);
/* The same, if `read` takes the file as it then will be: nothing that its
 * readers would refuse gets a name. */
int st_commit_read(struct st_writer *w,
		   int (*read)(struct st_file *f, void *context,
			       struct error *e),
		   void *context, struct error *e);
void st_discard(struct st_writer *w);

#endif
