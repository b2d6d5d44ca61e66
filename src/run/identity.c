/*
 * identity.c - see identity.h.
 *
 * A line is read as items parted by blanks, "name=value" each.  An item that
 * only one of two lines has differs, whichever has it.
 */
#include "run/identity.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "base/str.h"
#include "run/numerics.h"

enum { SUM_DIGITS = 16, SHOWN_BYTES = 60, SHOWN_ITEMS = 4 };

static int item_add(struct identity *id, const char *name, const char *value,
		    struct error *e)
{
	if (strpbrk(name, " =") || strchr(value, ' '))
		bug("'%s=%s' is no item of an identity", name, value);
	return buf_addf(&id->line, e, "%s%s=%s", id->line.bytes ? " " : "",
			name, value);
}

int identity_text(struct identity *id, const char *name, const char *value,
		  struct error *e)
{
	char version[16];

	snprintf(version, sizeof(version), "%d", NUMERICS_VERSION);
	if (!id->line.bytes && item_add(id, "numerics", version, e) < 0)
		return e->code;
	return item_add(id, name, value, e);
}

int identity_number(struct identity *id, const char *name, uint64_t value,
		    struct error *e)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, value);
	return identity_text(id, name, text, e);
}

int identity_real(struct identity *id, const char *name, float value,
		  struct error *e)
{
	char text[32];

	for (int digits = 6; digits <= 9; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, (double)value);
		if (strtof(text, NULL) == value)
			break;
	}
	return identity_text(id, name, text, e);
}

int identity_sum(struct identity *id, const char *name, uint64_t sum,
		 struct error *e)
{
	char text[SUM_DIGITS + 1];

	snprintf(text, sizeof(text), "%016" PRIx64, sum);
	return identity_text(id, name, text, e);
}

void identity_free(struct identity *id)
{
	buf_free(&id->line);
}

/* ---- comparing ----------------------------------------------------------- */

struct item {
	struct str name, value;
};

/* The item at *at, which moves behind it; 0 at the end. */
static int item_next(const char **at, struct item *i)
{
	const char *end, *equals;

	*at += strspn(*at, " ");
	if (!**at)
		return 0;
	end = *at + strcspn(*at, " ");
	equals = memchr(*at, '=', (size_t)(end - *at));
	i->name = (struct str){ *at, (size_t)((equals ? equals : end) - *at) };
	i->value = (struct str){ equals ? equals + 1 : end,
				 (size_t)(equals ? end - equals - 1 : 0) };
	*at = end;
	return 1;
}

/* The value of `name` in a line, or one whose data are NULL. */
static struct str value_of(const char *line, struct str name)
{
	struct item i;

	while (item_next(&line, &i))
		if (str_equal(i.name, name))
			return i.value;
	return (struct str){0};
}

static int is_same(struct str a, struct str b)
{
	return a.data && b.data && str_equal(a, b);
}

/* The next item of `line` that `other` has not, or not so. */
static int next_difference(const char **line, const char *other,
			   const char *except, struct item *i)
{
	while (item_next(line, i))
		if (!(except && str_equal(i->name, str_of(except))) &&
		    !is_same(i->value, value_of(other, i->name)))
			return 1;
	return 0;
}

enum identity_match identity_compare(const struct identity *id,
				     const char *run, const char *except)
{
	const char *mine = id->line.data, *theirs = run ? run : "";
	struct str numerics = str_of("numerics");
	const char *a = mine, *b = theirs;
	struct item i;

	if (!is_same(value_of(mine, numerics), value_of(theirs, numerics)))
		return IDENTITY_VERSION;
	return next_difference(&a, theirs, except, &i) ||
	       next_difference(&b, mine, except, &i) ? IDENTITY_OTHER :
	       IDENTITY_SAME;
}

static int is_sum(struct str value)
{
	size_t hex = 0;

	while (hex < value.bytes && strchr("0123456789abcdef",
					   value.data[hex]))
		hex++;
	return hex == SUM_DIGITS && value.bytes == SUM_DIGITS;
}

/* A checksum tells a reader nothing but that it is another. */
static int difference_add(struct buf *text, struct str name, struct str theirs,
			  struct str mine, struct error *e)
{
	int n = (int)MIN(name.bytes, SHOWN_BYTES);

	if (is_sum(mine.data ? mine : theirs))
		return buf_addf(text, e, "%s %.*s", !mine.data ? "there with" :
				!theirs.data ? "there without" : "other", n,
				name.data);
	if (buf_addf(text, e, "%.*s ", n, name.data) < 0)
		return e->code;
	if (!theirs.data)
		return buf_addf(text, e, "%.*s only here",
				(int)MIN(mine.bytes, SHOWN_BYTES), mine.data);
	if (!mine.data)
		return buf_addf(text, e, "%.*s only there",
				(int)MIN(theirs.bytes, SHOWN_BYTES),
				theirs.data);
	return buf_addf(text, e, "%.*s there, %.*s here",
			(int)MIN(theirs.bytes, SHOWN_BYTES), theirs.data,
			(int)MIN(mine.bytes, SHOWN_BYTES), mine.data);
}

int identity_differences(const struct identity *id, const char *run,
			 const char *except, struct buf *text, struct error *e)
{
	const char *mine = id->line.data, *at = mine;
	int side = 0, shown = 0, code = 0;
	struct item i;

	while (code == 0 && shown < SHOWN_ITEMS) {
		const char *other = side ? mine : run;

		if (!next_difference(&at, other, except, &i)) {
			if (side++)
				break;
			at = run;
			continue;
		}
		if (side && value_of(mine, i.name).data)
			continue;
		if (shown++)
			code = buf_add(text, "; ", 2, e);
		if (code == 0)
			code = difference_add(text, i.name,
					      value_of(run, i.name),
					      value_of(mine, i.name), e);
	}
	return code;
}
