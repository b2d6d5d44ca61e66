/*
 * file_side.c - the names that belong to an output, and keeping what a command
 * reads, or writes as well, off them.
 *
 * Two paths are compared as files, which sees through links, and as names in
 * a folder, for what is not there yet and for temporaries.
 */
#include "base/file.h"

#include <string.h>
#include <sys/stat.h>

static const char *const sides[FILE_SIDES] = {
	[FILE_LOCK] = ".lock", [FILE_CHECKPOINT] = ".checkpoint",
	[FILE_BEST] = ".best", [FILE_SKIPPED] = ".skipped.tsv",
	[FILE_REPEATS] = ".repeats.tsv", [FILE_POSTS] = ".tmp.posts",
};

char *file_side(const char *output, enum file_side side, struct error *e)
{
	struct buf b = {0};
	char *path = NULL;

	if (buf_addf(&b, e, "%s%s", output, sides[side]) == 0)
		path = file_join("", b.data, e);
	buf_free(&b);
	return path;
}

static int is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static int is_same_file(const char *a, const char *b)
{
	struct stat x, y;

	return stat(a, &x) == 0 && stat(b, &y) == 0 && is_same(&x, &y);
}

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int folder_stat(const char *path, struct stat *st)
{
	struct error ignored = {0};
	struct buf b = {0};
	int bad = buf_add(&b, path, (size_t)(last_part(path) - path),
			  &ignored);

	bad = bad || stat(b.bytes ? b.data : ".", st) < 0;
	buf_free(&b);
	return bad;
}

/* A name, a side of it, or a temporary of one of them. */
static int is_name_of(const char *name, const char *output)
{
	size_t bytes = strlen(output);

	if (strncmp(name, output, bytes))
		return 0;
	name += bytes;
	for (int i = 0; i < FILE_SIDES; i++)
		if (!strncmp(name, sides[i], strlen(sides[i]))) {
			name += strlen(sides[i]);
			break;
		}
	return !*name || !strncmp(name, ".tmp.", 5);
}

static int is_beside(const char *output, const char *other)
{
	struct stat a, b;

	return is_name_of(last_part(other), last_part(output)) &&
	       !folder_stat(output, &a) && !folder_stat(other, &b) &&
	       is_same(&a, &b);
}

/* Would writing `output` touch `other`, which need not be there? */
static int touches(const char *output, const char *other, struct error *e)
{
	char *target = file_target(output, e);
	char *real = target ? file_target(other, e) : NULL;
	int found = 0;

	if (!real)
		goto done;
	found = is_beside(output, other) || is_beside(output, real) ||
		is_beside(target, other) || is_beside(target, real) ||
		is_same_file(output, other);
	for (int i = 0; i < FILE_SIDES && !found; i++) {
		char *side = file_side(output, (enum file_side)i, e);

		if (!side)
			break;
		found = is_same_file(side, other);
		mem_free(side);
	}
done:
	mem_free(target);
	mem_free(real);
	return found;
}

int file_not_input(const char *output, const char *input, struct error *e)
{
	int found = output && input && file_exists(input) &&
		    touches(output, input, e);

	if (!found)
		return e->code;
	if (is_same_file(output, input))
		fail(e, ERROR_USAGE, "output '%s' is the input '%s'", output,
		     input);
	else
		fail(e, ERROR_USAGE, "writing '%s' would overwrite the input "
		     "'%s'", output, input);
	return hint(e, "give the output another name");
}

int file_not_output(const char *output, const char *other, struct error *e)
{
	if (!output || !other ||
	    (!touches(output, other, e) && !touches(other, output, e)))
		return e->code;
	fail(e, ERROR_USAGE, "outputs '%s' and '%s' would be written over each "
	     "other", output, other);
	return hint(e, "give one of them another name");
}
