/*
 * log.h - talk to the user on standard error: notes, warnings, progress.
 *
 * Data goes to standard output, never through here.
 */
#ifndef LOG_H
#define LOG_H

#include "base/talk.h"

enum log_progress { LOG_AUTO, LOG_NONE, LOG_PLAIN, LOG_JSON };

struct log_options {
	int quiet;			/* only warnings */
	int verbose;
	enum log_progress progress; /* AUTO: a bar on a terminal, else plain */
};
void log_setup(const struct log_options *options);

void log_note(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_detail(const char *format, ...)	/* with --verbose only */
	__attribute__((format(printf, 1, 2)));
void log_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same for what lies below: notes and warnings as above; a bar is redrawn
 * on a terminal at most ten times a second, elsewhere it is a plain line every
 * 10 s, with JSON one object a line; stops at Ctrl-C (base/stop.h). */
const struct talk *log_talk(void);

/* Wipes a bar left standing, so that something else can be said. */
void log_bar_wipe(void);

#endif
