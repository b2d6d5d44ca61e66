/*
 * log.h - talk to the user on standard error: notes, warnings, progress.
 *
 * Data goes to standard output, never through here.
 */
#ifndef LOG_H
#define LOG_H

#include <stdint.h>

enum log_progress { LOG_AUTO, LOG_NONE, LOG_PLAIN, LOG_JSON };

struct log_options {
	int quiet;			/* only warnings */
	int verbose;
	enum log_progress progress;	/* AUTO: a bar on a terminal, else plain */
};
void log_setup(const struct log_options *options);

void log_note(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_detail(const char *format, ...)	/* with --verbose only */
	__attribute__((format(printf, 1, 2)));
void log_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* One line that moves: "learn  [#####.....] 41%  312/s  loss 0.41  0:21 left".
 * On a terminal it is redrawn at most ten times a second; elsewhere a plain
 * line every 10 s; with JSON one object a line.  `extra` may be "". */
struct log_bar {
	const char *what;
	uint64_t total;
	uint64_t first;			/* done before this run (a resume) */
	double start_s;
	double shown_s;
};
void log_bar_start(struct log_bar *b, const char *what, uint64_t total,
		   uint64_t done);
void log_bar_step(struct log_bar *b, uint64_t done, const char *extra);
void log_bar_end(struct log_bar *b, uint64_t done, const char *extra);
/* The same for work that is mostly short: ends only a bar that was seen. */
void log_bar_close(struct log_bar *b, uint64_t done);

/* Wipes a bar left standing, so that something else can be said. */
void log_bar_wipe(void);

double log_clock(void);			/* seconds, monotonic */

#endif
