/*
 * error.h - how a failure of the outside world travels to the user.
 *
 * A function that can fail returns 0 or a negative enum error_code and fills
 * the caller's struct error:
 *
 *	struct error e = {0};
 *	if (words_open(&words, path, &e) < 0)
 *		return error_report(&e);	// only src/cli does this
 *
 * Text is lower case, the subject quoted, the cause last, no full stop:
 * "cannot open 'x.jpg': No such file or directory".  The hint says what to do.
 * The first failure wins: filling an error that is already set changes nothing.
 */
#ifndef ERROR_H
#define ERROR_H

enum error_code {
	ERROR_FAILED = -1, /* I/O, no memory, nothing found: exit status 1 */
	ERROR_USAGE = -2, /* impossible request: exit status 2 */
	ERROR_DATA = -3, /* damaged or unsupported input: exit status 3 */
	ERROR_UNKNOWN = -4, /* a word, or all of a text, is not in the
				 * vocabulary: exit status 1 */
	ERROR_STOPPED = -75, /* stopped after a checkpoint: exit status 75 */
};

struct error {
	int code;		/* 0, or an enum error_code */
	char text[768];
	char hint[512];		/* "" when there is nothing to add */
};

/* Both fill *e (unless it is set already) and return its code. */
int fail(struct error *e, enum error_code code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* As fail(ERROR_FAILED), with ": " and the meaning of errno at the end. */
int fail_errno(struct error *e, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Adds the hint and returns the code: return hint(e, "install ..."); */
int hint(struct error *e, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Forgets the failure, for callers that go on after one. */
void error_clear(struct error *e);

#endif
