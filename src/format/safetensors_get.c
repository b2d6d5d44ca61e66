/*
 * safetensors_get.c - tensors as a reader wants them: of this shape, with
 * finite numbers, as strings.
 */
#include "format/safetensors.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/hash.h"

/* "F32 [3, 4]"; a size of 0 in what is wanted means any: "?". */
static void write_shape(char *out, size_t room, enum st_type type, int rank,
			const uint64_t *shape, int wanted)
{
	size_t used = (size_t)snprintf(out, room, "%s [", st_type_name(type));

	for (int i = 0; i < rank; i++) {
		const char *before = i ? ", " : "";

		if (wanted && (!shape || !shape[i]))
			used += (size_t)snprintf(out + used, room - used,
						 "%s?", before);
		else
			used += (size_t)snprintf(out + used, room - used,
						 "%s%" PRIu64, before,
						 shape[i]);
	}
	snprintf(out + used, room - used, "]");
}

const struct st_tensor *st_need(const struct st_file *f, const char *name,
				enum st_type type, int rank,
				const uint64_t *shape, struct error *e)
{
	const struct st_tensor *t = st_find(f, name);
	char found[256], wanted[256];
	int fits;

	if (!t) {
		fail(e, ERROR_DATA, "'%s' has no tensor '%s'", st_path(f),
		     name);
		return NULL;
	}
	fits = t->type == type && t->rank == rank;
	for (int i = 0; fits && shape && i < rank; i++)
		fits = !shape[i] || shape[i] == t->shape[i];
	if (fits)
		return t;
	write_shape(found, sizeof(found), t->type, t->rank, t->shape, 0);
	write_shape(wanted, sizeof(wanted), type, rank, shape, 1);
	fail(e, ERROR_DATA, "'%s': tensor '%s' is %s, not %s", st_path(f), name,
	     found, wanted);
	return NULL;
}

uint64_t st_sum(const struct st_file *f)
{
	struct hash64 s;

	hash64_start(&s, 0);
	for (size_t i = 0; i < st_meta_count(f); i++) {
		const char *key, *value;

		st_meta_at(f, i, &key, &value);
		if (strncmp(key, "sum.", 4))
			continue;
		hash64_add(&s, key, strlen(key) + 1);
		hash64_add(&s, value, strlen(value) + 1);
	}
	return hash64_end(&s);
}

int st_numbers(const struct st_file *f, const struct st_tensor *t, float most,
	       struct error *e)
{
	const float *v = t->data;

	for (uint64_t i = 0; i < t->count; i++) {
		if (v[i] >= -most && v[i] <= most)
			continue;
		fail(e, ERROR_DATA, "'%s': number %" PRIu64 " of tensor '%s' "
		     "is not finite or too large", st_path(f), i, t->name);
		return hint(e, "take another copy of the file, or make it "
			    "anew");
	}
	return 0;
}

int st_strings(struct st_strings *s, const struct st_file *f, const char *name,
	       struct error *e)
{
	const struct st_tensor *bytes = NULL, *ends = NULL;
	struct buf full = {0};
	uint64_t last = 0;
	int code = ERROR_FAILED;

	*s = (struct st_strings){0};
	if (buf_addf(&full, e, "%s.bytes", name) == 0)
		bytes = st_need(f, full.data, ST_U8, 1, NULL, e);
	buf_clear(&full);
	if (bytes && buf_addf(&full, e, "%s.ends", name) == 0)
		ends = st_need(f, full.data, ST_U64, 1, NULL, e);
	if (!ends)
		goto done;
	s->bytes = bytes->data;
	s->ends = ends->data;
	s->count = (size_t)ends->count;
	/* None falls and the last is the end, so none is past it. */
	for (size_t i = 0; i < s->count; i++) {
		if (s->ends[i] < last)
			goto damaged;
		last = s->ends[i];
	}
	if (last == bytes->count) {
		code = 0;
		goto done;
	}
damaged:
	code = fail(e, ERROR_DATA, "'%s': the offsets of the strings '%s' are "
		    "wrong", st_path(f), name);
done:
	if (code < 0)
		*s = (struct st_strings){0};
	buf_free(&full);
	return code < 0 && e && e->code ? e->code : code;
}
