/*
 * zip.h - members of a zip file, stored or deflated, by the central directory.
 *
 * Views of bytes that the caller holds; a deflated member is unpacked into a
 * block of its own.  Every offset and size is checked against the file, and
 * each member that is read against its checksum.
 */
#ifndef ZIP_H
#define ZIP_H

#include "base/str.h"
#include "base/string_map.h"

struct zip_member {
	uint64_t offset;		/* of the local header */
	uint64_t packed, bytes;
	uint32_t crc;
	uint16_t method, flags;
	unsigned char *unpacked;	/* owned; NULL: not yet, or stored */
};

struct zip {
	const char *path;		/* for messages */
	const unsigned char *data;
	size_t bytes;
	struct string_map *names;	/* a member's id is its number */
	struct zip_member *members;
	size_t count, room;
};

int zip_open(struct zip *z, const void *data, size_t bytes, const char *path,
	     struct error *e);
void zip_close(struct zip *z);
/* The member's bytes, which live as long as z; ERROR_DATA if there is no such
 * member. */
int zip_read(struct zip *z, struct str name, struct str *out, struct error *e);

#endif
