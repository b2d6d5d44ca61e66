/*
 * posts_root.c - the folder that the pictures of a list are in, and the paths
 * that a list may name: whatever ends below that folder.
 *
 * Paths are followed by their parts, "a/../b" is "b", so what is kept never
 * leads up.  Links inside the root are the user's own.
 */
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "posts/posts_list.h"
#include "posts/posts_text.h"

/* The folder of a file: "." if its name has none, or if it is a pipe. */
static char *folder_of(const char *path, struct error *e)
{
	const char *slash = strrchr(path, '/');
	struct buf b = { 0 };
	char *folder = NULL;

	if (!slash || !file_is_regular(path))
		return file_join("", ".", e);
	if (buf_add(&b, path, slash == path ? 1 : (size_t)(slash - path),
		    e) == 0)
		folder = file_join("", b.data, e);
	buf_free(&b);
	return folder;
}

/* Appends the parts of `path` to the full path *b, which is "" for "/".
 * *up: it led above the first `top` bytes on the way. */
static int parts_add(struct buf *b, struct str path, size_t top, int *up,
		     struct error *e)
{
	size_t from = 0;

	for (size_t i = 0; i <= path.bytes; i++) {
		const char *part = path.data + from;
		size_t n = i - from;

		if (i < path.bytes && path.data[i] != '/')
			continue;
		from = i + 1;
		if (!n || (n == 1 && *part == '.'))
			continue;
		if (n == 2 && part[0] == '.' && part[1] == '.') {
			*up |= b->bytes <= top;
			while (b->bytes && b->data[--b->bytes] != '/')
				;
		} else if (buf_add(b, "/", 1, e) < 0 ||
			   buf_add(b, part, n, e) < 0) {
			return e->code;
		}
	}
	return buf_add(b, "", 0, e);
}

/* From '/', without "." and ".."; "" for "/" itself. */
static int full_set(struct buf *b, const char *path, struct error *e)
{
	char here[4096];
	int up = 0;

	buf_clear(b);
	if (*path != '/' && getcwd(here, sizeof(here)) &&
	    parts_add(b, str_of(here), 0, &up, e) < 0)
		return e->code;
	return parts_add(b, str_of(path), 0, &up, e);
}

static int full_paths_set(struct posts_list *l, const char *beside,
			  struct error *e)
{
	char *real = realpath(l->posts->root, NULL);

	if (full_set(&l->root_full, l->posts->root, e) == 0 &&
	    full_set(&l->beside_full, beside, e) == 0)
		full_set(&l->root_real, real ? real : l->posts->root, e);
	mem_free(real);
	return e->code;
}

int posts_root_set(struct posts_list *l, const char *source, struct error *e)
{
	const char *root = l->options->root;
	char *folder = folder_of(source, e);
	char **kept = &l->posts->root;

	if (!folder)
		return e->code;
	if (!root)
		*kept = file_join("", folder, e);
	else if (file_is_folder(root))
		*kept = file_join("", root, e);
	else
		*kept = file_join(folder, root, e);
	if (*kept && root && !file_is_folder(*kept)) {
		fail(e, ERROR_FAILED, "no folder '%s'", root);
		hint(e, "--root is the folder of the pictures, here or beside "
		     "'%s'", source);
	}
	if (!e->code)
		full_paths_set(l, folder, e);
	mem_free(folder);
	return e->code;
}

/* ---- paths --------------------------------------------------------------- */

/* What of `full` is below the folder `root`; empty if it is not. */
static struct str below(const struct buf *full, const struct buf *root)
{
	if (full->bytes <= root->bytes + 1 ||
	    (root->bytes && memcmp(full->data, root->data, root->bytes)) ||
	    full->data[root->bytes] != '/')
		return (struct str){ "", 0 };
	return (struct str){ full->data + root->bytes + 1,
			     full->bytes - root->bytes - 1 };
}

static struct str below_root(const struct posts_list *l)
{
	struct str path = below(&l->path, &l->root_full);

	return path.bytes ? path : below(&l->path, &l->root_real);
}

/* `path` from the folder `from`, in l->path. */
static int path_from(struct posts_list *l, const struct buf *from,
		     struct str path, int *up, struct error *e)
{
	*up = 0;
	buf_clear(&l->path);
	if (buf_add(&l->path, from->data, from->bytes, e) < 0)
		return e->code;
	return parts_add(&l->path, path, from->bytes, up, e);
}

/* A path that leads up is first taken from the root, if it stays there, then
 * from the list's own folder, then from the root whatever its way. */
int posts_root_path(struct posts_list *l, struct str path, struct str *inside,
		    struct error *e)
{
	static const struct buf top;
	const struct buf *from[] = { &l->root_full, &l->beside_full,
				     &l->root_full };
	int up;

	*inside = path;
	if (posts_text_is_inside(path))
		return 0;
	*inside = (struct str){ "", 0 };
	if (memchr(path.data, 0, path.bytes))
		return 0;
	if (*path.data == '/') {
		if (path_from(l, &top, path, &up, e) < 0)
			return e->code;
		*inside = below_root(l);
		return 0;
	}
	for (size_t i = 0; i < ARRAY_LEN(from) && !inside->bytes; i++) {
		if (path_from(l, from[i], path, &up, e) < 0)
			return e->code;
		if (i || !up)
			*inside = below_root(l);
	}
	return 0;
}

/* ---- looking for the pictures -------------------------------------------- */

enum { LOOKED_FOR = 20 };	/* posts: some may be missing */

/* Are some of the first pictures below `root`? */
static int root_fits(const struct posts *p, const char *root, struct error *e)
{
	for (size_t i = 0; i < MIN(p->count, (size_t)LOOKED_FOR); i++) {
		char *path = file_join(root, p->post[i].path.data, e);
		int is = path && file_exists(path);

		mem_free(path);
		if (is || !path)
			return is;
	}
	return 0;
}

int posts_root_find(struct posts_list *l, const char *source, struct error *e)
{
	static const char *const names[] = {
		"images", "Images", "IMAGES", "Flicker8k_Dataset",
		"Flickr8k_Dataset/Flicker8k_Dataset", "Flickr8k_Dataset",
		"flickr30k_images/flickr30k_images", "flickr30k_images",
		"flickr30k-images", "../images", "../Images",
		"../IMAGES",
		"../Flicker8k_Dataset", "../Flickr8k_Dataset/Flicker8k_Dataset",
		"../Flickr8k_Dataset", "../flickr30k_images",
		"../flickr30k-images",
	};
	struct posts *p = l->posts;
	char *folder, *root = NULL;

	if (l->options->root || !p->count || root_fits(p, p->root, e))
		return e->code;
	folder = folder_of(source, e);
	for (size_t i = 0; folder && i < ARRAY_LEN(names); i++) {
		root = file_join(folder, names[i], e);
		if (!root || root_fits(p, root, e))
			break;
		mem_free(root);
		root = NULL;
	}
	mem_free(folder);
	if (root) {
		mem_free(p->root);
		p->root = root;
	}
	return e->code;
}
