/*
 * zip.c - see zip.h; APPNOTE 4.3 and 4.5.3 (sizes beyond 32 bits).
 *
 * Local headers tell only where a member's bytes begin: writers that stream
 * leave sizes and checksums out of them.
 */
#include "format/zip.h"

#include "base/le.h"
#include "format/crc.h"
#include "format/inflate.h"

enum { END = 22, LOCATOR = 20, END64 = 56, ENTRY = 46, LOCAL = 30,
       COMMENT = 65535, MOST_MEMBERS = 200000,
       STORED = 0, DEFLATED = 8, ENCRYPTED = 1,
       MOST_RATIO = 1032 };	/* of deflate */

static int zip_fail(const struct zip *z, const char *why, struct error *e)
{
	return fail(e, ERROR_DATA, "'%s': damaged zip file: %s", z->path, why);
}

static int is_signed(const unsigned char *p, uint32_t what)
{
	return le32_get(p) == what;
}

/* The central directory: where, how long, how many. */
static int directory_find(const struct zip *z, uint64_t *at, uint64_t *bytes,
			  uint64_t *count, struct error *e)
{
	size_t least = z->bytes > END + COMMENT ? z->bytes - END - COMMENT : 0;
	const unsigned char *end;
	size_t place;

	if (z->bytes < END)
		return zip_fail(z, "too short", e);
	for (place = z->bytes - END; place > least; place--)
		if (is_signed(z->data + place, 0x06054b50))
			break;
	end = z->data + place;
	if (!is_signed(end, 0x06054b50))
		return zip_fail(z, "its directory is not at the end; the file "
				"may be cut", e);
	*count = le16_get(end + 10);
	*bytes = le32_get(end + 12);
	*at = le32_get(end + 16);
	if (place >= LOCATOR && is_signed(end - LOCATOR, 0x07064b50)) {
		uint64_t far = le64_get(end - LOCATOR + 8);

		if (far > z->bytes || z->bytes - far < END64 ||
		    !is_signed(z->data + far, 0x06064b50))
			return zip_fail(z, "no zip64 end of directory", e);
		*count = le64_get(z->data + far + 32);
		*bytes = le64_get(z->data + far + 40);
		*at = le64_get(z->data + far + 48);
	}
	if (*at > z->bytes || *bytes > z->bytes - *at ||
	    *count > *bytes / ENTRY)
		return zip_fail(z, "its directory is beyond the end", e);
	return 0;
}

/* Sizes of 32 bits that are all ones stand in a field of the extra part. */
static int member_far(struct zip_member *m, const unsigned char *extra,
		      size_t bytes)
{
	uint64_t *const to[] = { &m->bytes, &m->packed, &m->offset };

	while (bytes >= 4) {
		size_t size = le16_get(extra + 2), at = 4;

		if (size > bytes - 4)
			return -1;
		for (size_t i = 0; le16_get(extra) == 1 && i < 3; i++) {
			if (*to[i] != UINT32_MAX)
				continue;
			if (at + 8 > size + 4)
				return -1;
			*to[i] = le64_get(extra + at);
			at += 8;
		}
		extra += size + 4;
		bytes -= size + 4;
	}
	return 0;
}

static int entry_add(struct zip *z, const unsigned char *p, size_t name,
		     size_t extra, struct error *e)
{
	struct zip_member m = {
		.flags = le16_get(p + 8), .method = le16_get(p + 10),
		.crc = le32_get(p + 16), .packed = le32_get(p + 20),
		.bytes = le32_get(p + 24), .offset = le32_get(p + 42),
	};
	uint32_t id;

	if (member_far(&m, p + ENTRY + name, extra) < 0)
		return zip_fail(z, "an entry's sizes", e);
	id = string_map_add(z->names, (struct str){ (const char *)p + ENTRY,
						    name }, e);
	if (id == STRING_MAP_NONE ||
	    mem_grow(&z->members, &z->room, z->count + 1, sizeof(*z->members),
		     e) < 0)
		return e->code;
	if (id != z->count)
		return zip_fail(z, "two members have one name", e);
	z->members[z->count++] = m;
	return 0;
}

int zip_open(struct zip *z, const void *data, size_t bytes, const char *path,
	     struct error *e)
{
	uint64_t at = 0, size = 0, count = 0;

	*z = (struct zip){ .path = path, .data = data, .bytes = bytes };
	if (directory_find(z, &at, &size, &count, e) < 0)
		return e->code;
	if (count > MOST_MEMBERS)
		return fail(e, ERROR_DATA, "'%s' has more than %d members",
			    path, MOST_MEMBERS);
	z->names = string_map_new(e);
	for (; z->names && count; count--) {
		const unsigned char *p = z->data + at;
		size_t name, whole;

		if (size < ENTRY || !is_signed(p, 0x02014b50)) {
			zip_fail(z, "an entry of its directory", e);
			break;
		}
		name = le16_get(p + 28);
		whole = ENTRY + name + le16_get(p + 30) + le16_get(p + 32);
		if (whole > size) {
			zip_fail(z, "an entry of its directory is cut", e);
			break;
		}
		if (entry_add(z, p, name, le16_get(p + 30), e) < 0)
			break;
		at += whole;
		size -= whole;
	}
	if (e->code)
		zip_close(z);
	return e->code;
}

void zip_close(struct zip *z)
{
	for (size_t i = 0; i < z->count; i++)
		mem_free(z->members[i].unpacked);
	mem_free(z->members);
	string_map_free(z->names);
	*z = (struct zip){0};
}

static int member_fail(const struct zip *z, struct str name, const char *why,
		       struct error *e)
{
	return fail(e, ERROR_DATA, "'%s': member '%.*s' %s", z->path,
		    (int)MIN(name.bytes, (size_t)100), name.data, why);
}

/* Deflated bytes into a block; no more is asked for than they can hold. */
static int member_unpack(const struct zip *z, struct zip_member *m,
			 struct str name, const unsigned char *from,
			 struct error *e)
{
	if (m->bytes / MOST_RATIO > m->packed)
		return member_fail(z, name, "cannot be that large", e);
	m->unpacked = mem_new((size_t)m->bytes + 1, 1, e);
	if (!m->unpacked)
		return e->code;
	if (inflate_raw(m->unpacked, (size_t)m->bytes, from,
			(size_t)m->packed) == m->bytes)
		return 0;
	mem_free(m->unpacked);
	m->unpacked = NULL;
	return member_fail(z, name, "cannot be unpacked", e);
}

int zip_read(struct zip *z, struct str name, struct str *out, struct error *e)
{
	uint32_t id = string_map_find(z->names, name);
	struct zip_member *m;
	uint64_t at;

	if (id == STRING_MAP_NONE)
		return member_fail(z, name, "is not there", e);
	m = &z->members[id];
	if (m->flags & ENCRYPTED || (m->method != STORED &&
				     m->method != DEFLATED))
		return member_fail(z, name, m->flags & ENCRYPTED ?
				   "is encrypted" :
				   "is neither stored nor deflated", e);
	if (m->offset > z->bytes || z->bytes - m->offset < LOCAL ||
	    !is_signed(z->data + m->offset, 0x04034b50))
		return member_fail(z, name, "has no header", e);
	at = m->offset + LOCAL + le16_get(z->data + m->offset + 26) +
	     le16_get(z->data + m->offset + 28);
	if (at > z->bytes || m->packed > z->bytes - at ||
	    (m->method == STORED && m->packed != m->bytes))
		return member_fail(z, name, "is cut", e);
	*out = (struct str){ (const char *)z->data + at, (size_t)m->bytes };
	if (m->method == DEFLATED) {
		if (!m->unpacked &&
		    member_unpack(z, m, name, z->data + at, e) < 0)
			return e->code;
		out->data = (const char *)m->unpacked;
	}
	if (crc_of(out->data, out->bytes) != m->crc)
		return member_fail(z, name, "is damaged: its checksum is "
				   "another", e);
	return 0;
}
