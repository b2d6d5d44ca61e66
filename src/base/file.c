/*
 * file.c - reading files whole or mapped, and looking around in folders.
 * Writing is in file_out.c; see file.h for both.
 */
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/le.h"
#include "base/stop.h"
#include "base/str.h"
#include "base/string_map.h"

static int fail_open(struct error *e, const char *path)
{
	int missing = errno == ENOENT, code;

	code = fail_errno(e, "cannot open '%s'", path);
	if (missing && *path)
		hint(e, "check the name; a relative name starts in the current "
		     "folder");
	return code;
}

static int fail_stopped(struct error *e, const char *path)
{
	return fail(e, ERROR_FAILED, "stopped before '%s' was read", path);
}

/* Opens for reading; folders are refused here, where the message is clear. */
static int open_input(const char *path, struct stat *st, struct error *e)
{
	int fd;

	if (!path)
		bug("a file without a name");
	do {	/* asked before any wait: the signal may have come earlier */
		if (stop_requested() && !file_is_regular(path))
			return fail_stopped(e, path);
		fd = open(path, O_RDONLY | O_CLOEXEC);
	} while (fd < 0 && errno == EINTR);
	if (fd < 0)
		return fail_open(e, path);
	if (fstat(fd, st) < 0) {
		fail_errno(e, "cannot access '%s'", path);
		close(fd);
		return ERROR_FAILED;
	}
	if (S_ISDIR(st->st_mode)) {
		errno = EISDIR;
		fail_errno(e, "cannot open '%s'", path);
		close(fd);
		return ERROR_FAILED;
	}
	return fd;
}

/* Appends what fd gives until its end. */
static int read_all(struct buf *b, int fd, const char *path, size_t max_bytes,
		    struct error *e)
{
	char piece[32768];
	ssize_t got;

	for (;;) {
		if (stop_requested())
			return fail_stopped(e, path);
		got = read(fd, piece, sizeof(piece));
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fail_errno(e, "cannot read '%s'", path);
		if (got == 0)
			return 0;
		if ((size_t)got > max_bytes - b->bytes)
			return fail(e, ERROR_DATA, "cannot read '%s': it has "
				    "more than %zu bytes", path, max_bytes);
		if (buf_add(b, piece, (size_t)got, e) < 0)
			return ERROR_FAILED;
	}
}

int file_read(struct buf *b, const char *path, size_t max_bytes,
	      struct error *e)
{
	int standard = strcmp(path, "-") == 0, code, fd;
	struct stat st;

	buf_clear(b);
	fd = standard ? STDIN_FILENO : open_input(path, &st, e);
	if (fd < 0)
		return e ? e->code : ERROR_FAILED;
	code = buf_add(b, "", 0, e);
	if (code == 0)
		code = read_all(b, fd, standard ? "standard input" : path,
				max_bytes, e);
	if (!standard)
		close(fd);
	return code;
}

/* Pipes, devices and odd file systems cannot be mapped: read them instead. */
static int view_read(struct file_view *v, const char *path, struct error *e)
{
	struct buf b = {0};

	if (buf_add(&b, "", 0, e) < 0 ||
	    read_all(&b, v->fd, path, PTRDIFF_MAX, e) < 0) {
		buf_free(&b);
		return ERROR_FAILED;
	}
	v->data = (const unsigned char *)b.data;
	v->bytes = b.bytes;
	return 0;
}

int file_view_open(struct file_view *v, const char *path, struct error *e)
{
	struct stat st;
	void *data = MAP_FAILED;

	*v = (struct file_view){ .fd = -1 };
	v->fd = open_input(path, &st, e);
	if (v->fd < 0)
		return e ? e->code : ERROR_FAILED;
	if (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode)) {
		fail(e, ERROR_FAILED, "cannot read '%s': it is a device", path);
		goto fail;
	}
	if ((uint64_t)st.st_size > PTRDIFF_MAX) {
		fail(e, ERROR_FAILED, "cannot map '%s': it is larger than "
		     "this machine can address", path);
		goto fail;
	}
	if (S_ISREG(st.st_mode) && st.st_size > 0)
		data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED,
			    v->fd, 0);
	if (data != MAP_FAILED) {
		v->data = data;
		v->bytes = (size_t)st.st_size;
		v->mapped = 1;
		return 0;
	}
	if (view_read(v, path, e) == 0)
		return 0;
fail:
	file_view_close(v);
	return e ? e->code : ERROR_FAILED;
}

/* Where what was written cannot be mapped. */
static int view_copy(struct file_view *v, int fd, size_t bytes,
		     const char *path, struct error *e)
{
	char *copy = mem_new(bytes, 1, e);

	v->data = (unsigned char *)copy;
	if (!copy)
		return ERROR_FAILED;
	while (v->bytes < bytes) {
		ssize_t got = pread(fd, copy + v->bytes, bytes - v->bytes,
				    (off_t)v->bytes);

		if (got == 0 || (got < 0 && errno != EINTR))
			return fail_errno(e, "cannot read back '%s'", path);
		v->bytes += got > 0 ? (size_t)got : 0;
	}
	return 0;
}

int file_view_written(struct file_view *v, int fd, const char *path,
		      struct error *e)
{
	struct stat st;
	void *data;

	*v = (struct file_view){ .fd = -1 };
	if (fstat(fd, &st) < 0)
		return fail_errno(e, "cannot read back '%s'", path);
	data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	if (data == MAP_FAILED)
		return view_copy(v, fd, (size_t)st.st_size, path, e);
	v->data = data;
	v->bytes = (size_t)st.st_size;
	v->mapped = 1;
	return 0;
}

void file_view_close(struct file_view *v)
{
	if (v->mapped)
		munmap((void *)(uintptr_t)v->data, v->bytes);
	else
		mem_free((void *)(uintptr_t)v->data);
	if (v->fd > 0)		/* 0: a view that was never opened */
		close(v->fd);
	*v = (struct file_view){ .fd = -1 };
}

int file_exists(const char *path)
{
	return access(path, F_OK) == 0;
}

int file_is_folder(const char *path)
{
	struct stat st;
	int kept = errno, is = stat(path, &st) == 0 && S_ISDIR(st.st_mode);

	errno = kept;	/* so that one may ask before telling a cause */
	return is;
}

int file_is_regular(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

int file_make_folders(const char *path, struct error *e)
{
	struct buf b = {0};
	int code = ERROR_FAILED;

	if (buf_addf(&b, e, "%s", path) < 0)
		goto done;
	for (size_t i = 1; i <= b.bytes; i++) {
		char kept = b.data[i];

		if (kept != '/' && kept != 0)
			continue;
		b.data[i] = 0;
		if (mkdir(b.data, 0777) < 0 && !file_is_folder(b.data)) {
			code = fail_errno(e, "cannot make the folder '%s'",
					  b.data);
			goto done;
		}
		b.data[i] = kept;
	}
	code = 0;
done:
	buf_free(&b);
	return code;
}

char *file_join(const char *root, const char *name, struct error *e)
{
	size_t root_bytes = *name == '/' ? 0 : strlen(root);
	size_t name_bytes = strlen(name), slash;
	char *joined;

	slash = root_bytes && root[root_bytes - 1] != '/';
	joined = mem_new(root_bytes + slash + name_bytes + 1, 1, e);
	if (!joined)
		return NULL;
	memcpy(joined, root, root_bytes);
	if (slash)
		joined[root_bytes] = '/';
	memcpy(joined + root_bytes + slash, name, name_bytes);
	return joined;
}

/*
 * The walk: folders still to be read wait in one text, each name ending in a
 * 0 byte, so depth costs memory but no stack.  Links to folders wait until all
 * that is there without them was read, and go in the order of their names: so
 * which of two names a folder is read by does not depend on the order in which
 * the system gives them.  All names are sorted at the end.
 */
struct walk {
	const char *root;
	struct buf folders;		/* relative names, to be read */
	struct buf links;		/* the same, links to folders */
	size_t links_count;
	struct buf *files;
	size_t count;
	struct string_map *seen; /* device and number of folders */
};

static int name_add(struct buf *to, const char *name, struct error *e)
{
	return buf_add(to, name, strlen(name) + 1, e);
}

/* One entry of `folder` (relative, "" is the root) goes where it belongs. */
static int walk_entry(struct walk *w, const char *folder, const char *name,
		      struct error *e)
{
	char *relative = file_join(folder, name, e), *full = NULL;
	struct stat st;
	int code = ERROR_FAILED, is_link;

	if (!relative || !(full = file_join(w->root, relative, e)))
		goto done;
	if (lstat(full, &st) < 0) {
		code = errno == ENOENT ? 0 :
		       fail_errno(e, "cannot access '%s'", full);
		goto done;
	}
	is_link = S_ISLNK(st.st_mode) && stat(full, &st) == 0;
	if (!S_ISDIR(st.st_mode)) {
		w->count++;
		code = name_add(w->files, relative, e);
	} else if (is_link) {
		w->links_count++;
		code = name_add(&w->links, relative, e);
	} else {
		code = name_add(&w->folders, relative, e);
	}
done:
	mem_free(relative);
	mem_free(full);
	return code;
}

/* 1 if no name led to the folder before. */
static int is_new(struct walk *w, const char *full, struct error *e)
{
	uint32_t known = string_map_count(w->seen), at;
	unsigned char key[16];
	struct stat st;

	if (stat(full, &st) < 0)
		return fail_errno(e, "cannot read the folder '%s'", full);
	le64_put(key, (uint64_t)st.st_dev);
	le64_put(key + 8, (uint64_t)st.st_ino);
	at = string_map_add(w->seen, (struct str){ (char *)key, sizeof(key) },
			    e);
	return at == STRING_MAP_NONE ? ERROR_FAILED : at == known;
}

static int entries_read(struct walk *w, const char *folder, const char *full,
			struct error *e)
{
	struct dirent *entry;
	DIR *dir = opendir(full);
	int code = 0;

	if (!dir)
		return fail_errno(e, "cannot read the folder '%s'", full);
	while (code == 0 && (errno = 0, entry = readdir(dir))) {
		if (stop_requested())
			code = fail_stopped(e, full);
		else if (entry->d_name[0] != '.')
			code = walk_entry(w, folder, entry->d_name, e);
	}
	if (code == 0 && errno)
		code = fail_errno(e, "cannot read the folder '%s'", full);
	closedir(dir);
	return code;
}

static int walk_folder(struct walk *w, const char *folder, struct error *e)
{
	char *full = file_join(w->root, folder, e), *again = NULL;
	int code = full ? is_new(w, full, e) : ERROR_FAILED;

	if (code > 0) {
		code = entries_read(w, folder, full, e);
	} else if (code == 0) {
		again = file_join(folder, "", e);
		w->count++;
		code = again ? name_add(w->files, again, e) : ERROR_FAILED;
	}
	mem_free(again);
	mem_free(full);
	return code;
}

/* All folders that wait, and what is found in them. */
static int walk_waiting(struct walk *w, struct error *e)
{
	int code = 0;

	for (size_t at = 0; code == 0 && at < w->folders.bytes;) {
		/* a copy: the text may move while the folder is read */
		char *folder = file_join("", w->folders.data + at, e);

		at += strlen(w->folders.data + at) + 1;
		code = folder ? walk_folder(w, folder, e) : ERROR_FAILED;
		mem_free(folder);
	}
	buf_clear(&w->folders);
	return code;
}

static int names_order(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int names_sort(struct buf *names, size_t count, struct error *e)
{
	const char **at = mem_new(count, sizeof(*at), e);
	const char *name = names->data;
	struct buf sorted = {0};
	int code = ERROR_FAILED;

	if (!at || buf_add(&sorted, "", 0, e) < 0)
		goto done;
	for (size_t i = 0; i < count; i++, name += strlen(name) + 1)
		at[i] = name;
	qsort(at, count, sizeof(*at), names_order);
	for (size_t i = 0; i < count; i++)
		if (buf_add(&sorted, at[i], strlen(at[i]) + 1, e) < 0)
			goto done;
	buf_free(names);
	*names = sorted;
	sorted = (struct buf){0};
	code = 0;
done:
	buf_free(&sorted);
	mem_free(at);
	return code;
}

int file_walk(struct buf *paths, size_t *count, const char *root,
	      struct error *e)
{
	struct walk w = { .root = root, .files = paths,
			  .seen = string_map_new(e) };
	int code;

	buf_clear(paths);
	*count = 0;
	code = w.seen ? name_add(&w.folders, "", e) : ERROR_FAILED;
	if (code == 0)
		code = walk_waiting(&w, e);
	while (code == 0 && w.links_count) {
		code = names_sort(&w.links, w.links_count, e);
		if (code < 0)
			break;
		buf_free(&w.folders);
		w.folders = w.links;
		w.links = (struct buf){ 0 };
		w.links_count = 0;
		code = walk_waiting(&w, e);
	}
	if (code == 0)
		code = names_sort(paths, w.count, e);
	if (code == 0)
		*count = w.count;
	buf_free(&w.folders);
	buf_free(&w.links);
	string_map_free(w.seen);
	return code;
}
