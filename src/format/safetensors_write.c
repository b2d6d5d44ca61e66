/*
 * safetensors_write.c - writing our own files: deterministic, checksummed,
 * whole or not at all.
 *
 * Room for the header is left at the front and filled at the commit, when
 * shapes and checksums are known; if it is too small the data moves up, once.
 * The data begins at a multiple of 64 bytes.  A tensor that would not be
 * aligned for its type is preceded by a U8 tensor "pad.N" of zeros.
 */
#include "format/safetensors.h"

#include <inttypes.h>

#include "base/file.h"
#include "base/le.h"
#include "base/hash.h"
#include "base/string_map.h"
#include "format/json.h"

enum {
	DATA_ALIGN = 64,	/* where the data part begins */
	TENSOR_ALIGN = 8,	/* the largest type */
	HEADER_ROOM = 1 << 14,	/* kept for some 70 tensors of rank 2 */
	PIECE_BYTES = 1 << 16,
};

struct record {
	enum st_type type;
	int rank;
	uint64_t shape[ST_MAX_RANK];
	uint64_t begin, end;
	uint64_t sum;
};

struct st_writer {
	struct file_out out;
	struct string_map *names; /* id i is the name of records[i] */
	struct record *records;		/* [string_map_count(names)] */
	size_t records_room;
	struct string_map *keys;		/* of the metadata */
	struct buf meta;		/* "k":"v","k":"v" */
	uint64_t data_start;		/* in the file; 0: not yet known */
	uint64_t offset; /* of what is written next, in the data */
	uint64_t pads;
	struct hash64 sum;		/* of the open tensor */
	int is_open;
	unsigned char *piece;		/* [PIECE_BYTES], to swap and to move */
};

static const char *path_of(const struct st_writer *w)
{
	return w->out.path;
}

struct st_writer *st_create(const char *path, const char *format,
			    struct error *e)
{
	struct st_writer *w;

	if (strcmp(path, "-") == 0) {
		fail(e, ERROR_USAGE, "cannot write a %s file to standard "
		     "output", format);
		hint(e, "name a file: its header is written last");
		return NULL;
	}
	w = mem_new(1, sizeof(*w), e);
	if (!w)
		return NULL;
	w->names = string_map_new(e);
	w->keys = string_map_new(e);
	w->piece = mem_new(PIECE_BYTES, 1, e);
	if (!w->names || !w->keys || !w->piece ||
	    file_out_open(&w->out, path, e) < 0 ||
	    st_put_meta(w, "format", format, e) < 0 ||
	    st_put_meta(w, "format_version", "1", e) < 0 ||
	    st_put_meta(w, "program", "seesay", e) < 0) {
		st_discard(w);
		return NULL;
	}
	return w;
}

void st_discard(struct st_writer *w)
{
	if (!w)
		return;
	file_out_discard(&w->out);
	string_map_free(w->names);
	string_map_free(w->keys);
	mem_free(w->records);
	mem_free(w->piece);
	buf_free(&w->meta);
	mem_free(w);
}

static int put_pair(struct buf *b, struct str key, struct str value,
		    struct error *e)
{
	if ((b->bytes && buf_add(b, ",", 1, e) < 0) ||
	    json_put_string(b, key, e) < 0 || buf_add(b, ":", 1, e) < 0)
		return ERROR_FAILED;
	return json_put_string(b, value, e);
}

int st_put_meta(struct st_writer *w, const char *key, const char *value,
		struct error *e)
{
	uint32_t count = string_map_count(w->keys);

	if (string_map_add(w->keys, str_of(key), e) == STRING_MAP_NONE)
		return ERROR_FAILED;
	if (string_map_count(w->keys) == count || strncmp(key, "sum.", 4) == 0)
		bug("metadata '%s' twice, or taken", key);
	return put_pair(&w->meta, str_of(key), str_of(value), e);
}

/* ---- data ---------------------------------------------------------------- */

static uint64_t round_up(uint64_t value, uint64_t to)
{
	return CEIL_DIV(value, to) * to;
}

static int seek_to(struct st_writer *w, uint64_t at, struct error *e)
{
	if (at > INT64_MAX || fseeko(w->out.stream, (off_t)at, SEEK_SET) != 0)
		return fail_errno(e, "cannot write '%s'", path_of(w));
	return 0;
}

/* The first tensor: the metadata is known by now, so guess the header. */
static int data_begin(struct st_writer *w, struct error *e)
{
	if (w->data_start)
		return 0;
	w->data_start = round_up(8 + w->meta.bytes + HEADER_ROOM, DATA_ALIGN);
	return seek_to(w, w->data_start, e);
}

static struct record *record_open(struct st_writer *w)
{
	return &w->records[string_map_count(w->names) - 1];
}

static int record_new(struct st_writer *w, const char *name, enum st_type type,
		      struct error *e)
{
	uint32_t count = string_map_count(w->names);

	if (mem_grow(&w->records, &w->records_room, (size_t)count + 1,
		     sizeof(*w->records), e) < 0 ||
	    string_map_add(w->names, str_of(name), e) == STRING_MAP_NONE)
		return ERROR_FAILED;
	if (string_map_count(w->names) == count)
		bug("tensor '%s' twice", name);
	w->records[count] = (struct record){ .type = type,
					     .begin = w->offset };
	hash64_start(&w->sum, 0);
	w->is_open = 1;
	return 0;
}

static int put_bytes(struct st_writer *w, const void *data, size_t bytes,
		     struct error *e)
{
	hash64_add(&w->sum, data, bytes);
	w->offset += bytes;
	return file_out_write(&w->out, data, bytes, e);
}

static int pad_put(struct st_writer *w, struct error *e)
{
	static const unsigned char zeros[TENSOR_ALIGN];
	uint64_t bytes = round_up(w->offset, TENSOR_ALIGN) - w->offset;
	char name[32];

	snprintf(name, sizeof(name), "pad.%" PRIu64, w->pads++);
	return st_put(w, name, ST_U8, 1, &bytes, zeros, e);
}

int st_begin(struct st_writer *w, const char *name, enum st_type type,
	     struct error *e)
{
	if (w->is_open)
		bug("tensor '%s' begins inside another", name);
	if (data_begin(w, e) < 0)
		return ERROR_FAILED;
	if (w->offset % st_type_bytes(type) && pad_put(w, e) < 0)
		return ERROR_FAILED;
	return record_new(w, name, type, e);
}

/* The other byte order: through the piece, swapped. */
static int put_swapped(struct st_writer *w, const unsigned char *data,
		       size_t bytes, size_t size, struct error *e)
{
	while (bytes) {
		size_t take = MIN(bytes, PIECE_BYTES);

		memcpy(w->piece, data, take);
		le_swap(w->piece, take / size, size);
		if (put_bytes(w, w->piece, take, e) < 0)
			return ERROR_FAILED;
		data += take;
		bytes -= take;
	}
	return 0;
}

int st_rows(struct st_writer *w, const void *data, size_t count,
	    struct error *e)
{
	size_t size, bytes;

	if (!w->is_open)
		bug("rows without a tensor");
	size = st_type_bytes(record_open(w)->type);
	if (!mem_product(count, size, &bytes))
		bug("%zu items in memory", count);
	if (size == 1 || le_is_native())
		return put_bytes(w, data, bytes, e);
	return put_swapped(w, data, bytes, size, e);
}

int st_end(struct st_writer *w, int rank, const uint64_t *shape,
	   struct error *e)
{
	struct record *r = record_open(w);
	uint64_t bytes = st_type_bytes(r->type);

	(void)e;
	if (!w->is_open || rank < 0 || rank > ST_MAX_RANK)
		bug("the end of no tensor, or of one of rank %d", rank);
	for (int i = 0; i < rank; i++) {
		r->shape[i] = shape[i];
		bytes *= shape[i];
	}
	if (bytes != w->offset - r->begin)
		bug("a shape of %" PRIu64 " bytes, but %" PRIu64 " written",
		    bytes, w->offset - r->begin);
	r->rank = rank;
	r->end = w->offset;
	r->sum = hash64_end(&w->sum);
	w->is_open = 0;
	return 0;
}

int st_put(struct st_writer *w, const char *name, enum st_type type, int rank,
	   const uint64_t *shape, const void *data, struct error *e)
{
	size_t count = 1;

	for (int i = 0; i < rank; i++)
		count *= (size_t)shape[i];
	if (st_begin(w, name, type, e) < 0 || st_rows(w, data, count, e) < 0)
		return ERROR_FAILED;
	return st_end(w, rank, shape, e);
}

static int put_ends(struct st_writer *w, const struct str *strings,
		    size_t count, struct error *e)
{
	uint64_t end = 0;

	for (size_t i = 0; i < count; i++) {
		end += strings[i].bytes;
		if (st_rows(w, &end, 1, e) < 0)
			return ERROR_FAILED;
	}
	return st_end(w, 1, (uint64_t[]){ count }, e);
}

int st_put_strings(struct st_writer *w, const char *name,
		   const struct str *strings, size_t count, struct error *e)
{
	struct buf full = {0};
	uint64_t bytes = 0;
	int code = ERROR_FAILED;

	if (buf_addf(&full, e, "%s.bytes", name) < 0 ||
	    st_begin(w, full.data, ST_U8, e) < 0)
		goto done;
	for (size_t i = 0; i < count; i++) {
		if (st_rows(w, strings[i].data, strings[i].bytes, e) < 0)
			goto done;
		bytes += strings[i].bytes;
	}
	if (st_end(w, 1, &bytes, e) < 0)
		goto done;
	buf_clear(&full);
	if (buf_addf(&full, e, "%s.ends", name) == 0 &&
	    st_begin(w, full.data, ST_U64, e) == 0)
		code = put_ends(w, strings, count, e);
done:
	buf_free(&full);
	return code;
}

/* ---- header -------------------------------------------------------------- */

static int put_sums(struct buf *b, const struct st_writer *w, struct error *e)
{
	struct buf key = {0};
	int code = 0;

	for (uint32_t i = 0; code == 0 && i < string_map_count(w->names); i++) {
		struct str name = string_map_at(w->names, i);
		char sum[17];

		snprintf(sum, sizeof(sum), "%016" PRIx64, w->records[i].sum);
		buf_clear(&key);
		code = buf_add(&key, "sum.", 4, e);
		if (code == 0)
			code = buf_add(&key, name.data, name.bytes, e);
		if (code == 0)
			code = put_pair(b, (struct str){ key.data, key.bytes },
					str_of(sum), e);
	}
	buf_free(&key);
	return code;
}

static int put_entry(struct buf *b, struct str name, const struct record *r,
		     struct error *e)
{
	if (buf_add(b, ",", 1, e) < 0 || json_put_string(b, name, e) < 0 ||
	    buf_addf(b, e, ":{\"dtype\":\"%s\",\"shape\":[",
		     st_type_name(r->type)) < 0)
		return ERROR_FAILED;
	for (int i = 0; i < r->rank; i++)
		if (buf_addf(b, e, "%s%" PRIu64, i ? "," : "",
			     r->shape[i]) < 0)
			return ERROR_FAILED;
	return buf_addf(b, e, "],\"data_offsets\":[%" PRIu64 ",%" PRIu64 "]}",
			r->begin, r->end);
}

static int put_header(struct buf *b, struct st_writer *w, struct error *e)
{
	if (put_sums(&w->meta, w, e) < 0 ||
	    buf_addf(b, e, "{\"__metadata__\":{%s}", w->meta.data) < 0)
		return ERROR_FAILED;
	for (uint32_t i = 0; i < string_map_count(w->names); i++)
		if (put_entry(b, string_map_at(w->names, i), &w->records[i],
			      e) < 0)
			return ERROR_FAILED;
	return buf_add(b, "}", 1, e);
}

/* Moves the data up to `start`, last piece first, so nothing is overwritten
 * before it is read. */
static int move_data(struct st_writer *w, uint64_t start, struct error *e)
{
	uint64_t left = w->offset;

	while (left) {
		size_t take = (size_t)MIN(left, (uint64_t)PIECE_BYTES);

		left -= take;
		if (seek_to(w, w->data_start + left, e) < 0)
			return ERROR_FAILED;
		if (fread(w->piece, 1, take, w->out.stream) != take)
			return fail_errno(e, "cannot read back '%s'",
					  path_of(w));
		if (seek_to(w, start + left, e) < 0 ||
		    file_out_write(&w->out, w->piece, take, e) < 0)
			return ERROR_FAILED;
	}
	w->data_start = start;
	return 0;
}

static int write_header(struct st_writer *w, struct error *e)
{
	struct buf header = {0};
	unsigned char length[8];
	uint64_t need;
	int code = put_header(&header, w, e);

	if (code < 0)
		goto done;
	need = round_up(8 + header.bytes, DATA_ALIGN);
	if (need > w->data_start)
		code = move_data(w, need, e);
	while (code == 0 && header.bytes < w->data_start - 8)
		code = buf_add(&header, " ", 1, e);
	le64_put(length, header.bytes);
	if (code == 0)
		code = seek_to(w, 0, e);
	if (code == 0)
		code = file_out_write(&w->out, length, 8, e);
	if (code == 0)
		code = file_out_write(&w->out, header.data, header.bytes, e);
done:
	buf_free(&header);
	return code;
}

int st_commit(struct st_writer *w, struct error *e)
{
	return st_commit_read(w, NULL, NULL, e);
}

/* Read as the file of its target's name, before it has that name. */
static int read_back(struct st_writer *w,
		     int (*read)(struct st_file *f, void *context,
				 struct error *e),
		     void *context, struct error *e)
{
	struct st_file *f;
	int code;

	if (fflush(w->out.stream) != 0)
		return fail_errno(e, "cannot write '%s'", path_of(w));
	f = st_open_written(fileno(w->out.stream), path_of(w), e);
	code = f ? 0 : e ? e->code : ERROR_FAILED;
	if (f && read)
		code = read(f, context, e);
	st_close(f);
	return code;
}

int st_commit_read(struct st_writer *w,
		   int (*read)(struct st_file *f, void *context,
			       struct error *e),
		   void *context, struct error *e)
{
	int code;

	if (w->is_open)
		bug("commit inside a tensor");
	code = write_header(w, e);
	if (code == 0)
		code = read_back(w, read, context, e);
	if (code == 0)
		code = file_out_commit(&w->out, e);
	st_discard(w);
	return code;
}
