/*
 * posts_made.h - folders and lists of posts that tests make for themselves, in
 * a folder of their own.
 */
#ifndef POSTS_MADE_H
#define POSTS_MADE_H

#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "posts/posts.h"
#include "test.h"

static char top[200];			/* the folder of this run */

static inline const char *at(const char *name)
{
	static char path[4][400];
	static int turn;
	char *p = path[turn++ % 4];

	snprintf(p, sizeof(path[0]), "%s/%s", top, name);
	return p;
}

static inline void put_bytes(const char *name, const char *data, size_t bytes)
{
	struct error e = { 0 };
	char folder[400];
	char *slash;
	FILE *f;

	snprintf(folder, sizeof(folder), "%s", at(name));
	slash = strrchr(folder, '/');
	*slash = 0;
	file_make_folders(folder, &e);
	f = fopen(at(name), "wb");
	if (!f || fwrite(data, 1, bytes, f) != bytes || fclose(f)) {
		fprintf(stderr, "cannot write %s\n", name);
		exit(1);
	}
}

static inline void put(const char *name, const char *text)
{
	put_bytes(name, text, strlen(text));
}

static inline int is(struct str s, const char *text)
{
	return str_equal(s, str_of(text));
}

/* Caption k of post i. */
static inline struct str caption(const struct posts *p, size_t i, size_t k)
{
	return p->caption[p->post[i].first_caption + k];
}

static inline int skip_is(const struct posts *p, size_t i, const char *path,
		   const char *reason, size_t before)
{
	return i < p->skips && is(p->skip[i].path, path) &&
	       strstr(p->skip[i].reason.data, reason) &&
	       p->skip[i].before == before;
}

static inline int reading(struct posts *p, const char *name,
		   const struct posts_options *o)
{
	struct error e = { 0 };
	int code = posts_read(p, at(name), o, &e);

	if (code)
		fprintf(stderr, "%s: %s\n", name, e.text);
	return code;
}

static inline int made_begin(const char *name)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(top, sizeof(top), "%s/%s.XXXXXX", tmp && *tmp ? tmp : "/tmp",
		 name);
	return mkdtemp(top) ? 0 : 1;
}

static inline int made_end(void)
{
	char command[256];

	snprintf(command, sizeof(command), "rm -rf '%s'", top);
	return system(command);
}

#endif
