/*
 * talk.h - what a long piece of work says while it runs, and whether it shall
 * stop.
 *
 * A parameter, never a global: struct machine hands it down.  Nothing below
 * src/cli prints; the program gives the terminal (src/cli/log.c), the public
 * API its caller's functions.  A NULL talk, and each NULL member, is silence
 * and never stops.
 *
 * Must hold: one call at a time, though it may come from any thread of the
 * machine; `text` and `extra` are valid until the call returns.
 */
#ifndef TALK_H
#define TALK_H

#include <stdint.h>

enum talk_phase {
	TALK_STEP,			/* may come very often */
	TALK_END,			/* the last of this bar */
	TALK_CLOSE			/* as TALK_END, of work that is mostly
					 * short: nothing, if none was shown */
};

/* Work that is counted: "learn  [#####.....] 41%  312/s  loss 0.41". */
struct talk_bar {
	const struct talk *talk;
	const char *what;
	uint64_t total, done;
	uint64_t first;			/* done before this run (a resume) */
	double start_s;
	double shown_s;			/* set by who shows it; first start_s */
};

struct talk {
	void (*note)(void *context, const char *text);
	void (*warn)(void *context, const char *text);
	void (*progress)(void *context, struct talk_bar *b,
			 enum talk_phase phase, const char *extra);
	int (*stop)(void *context);	/* true: end soon, keep what is done */
	void *context;
};

void talk_note(const struct talk *t, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void talk_warn(const struct talk *t, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
int talk_stops(const struct talk *t);

/* `extra` may be "". */
void talk_bar_start(struct talk_bar *b, const struct talk *t, const char *what,
		    uint64_t total, uint64_t done);
void talk_bar_step(struct talk_bar *b, uint64_t done, const char *extra);
void talk_bar_end(struct talk_bar *b, uint64_t done, const char *extra);
void talk_bar_close(struct talk_bar *b, uint64_t done);

#endif
