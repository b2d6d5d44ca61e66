/*
 * log.c - notes, warnings and progress on standard error; see log.h.
 *
 * A line goes out in one write, so lines of several threads do not mix.  A
 * bar that stands on a terminal is wiped before anything else is written.
 */
#include "cli/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/base.h"
#include "base/clock.h"
#include "base/stop.h"

enum { LINE_BYTES = 1024, BAR_CELLS = 20, BAR_COLUMNS = 79 };

static struct log_options setup;	/* set once, by main */
static int terminal;			/* stderr is one that can redraw */
static int colours;
static int bar_shown;			/* a bar stands on the last line */

void log_setup(const struct log_options *options)
{
	const char *term = getenv("TERM"), *no_color = getenv("NO_COLOR");

	setup = *options;
	terminal = isatty(STDERR_FILENO) && term && *term &&
		   strcmp(term, "dumb") != 0;
	colours = terminal && !(no_color && *no_color);
	if (setup.progress == LOG_AUTO && !terminal)
		setup.progress = LOG_PLAIN;
	if (setup.quiet && setup.progress != LOG_JSON)
		setup.progress = LOG_NONE;
}

static void say(const char *before, const char *format, va_list list)
	__attribute__((format(printf, 2, 0)));

static void say(const char *before, const char *format, va_list list)
{
	char line[LINE_BYTES];

	vsnprintf(line, sizeof(line), format, list);
	fprintf(stderr, "%s%s%s\n", bar_shown ? "\r\033[K" : "", before, line);
	bar_shown = 0;
}

void log_note(const char *format, ...)
{
	va_list list;

	if (setup.quiet)
		return;
	va_start(list, format);
	say("", format, list);
	va_end(list);
}

void log_detail(const char *format, ...)
{
	va_list list;

	if (!setup.verbose)
		return;
	va_start(list, format);
	say("", format, list);
	va_end(list);
}

void log_warn(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	say(colours ? "\033[33mwarning:\033[0m " : "warning: ", format, list);
	va_end(list);
}

/* What is to be shown of a bar, computed once for all three forms. */
struct state {
	double now_s;
	double rate;			/* items a second in this run, or 0 */
	double left_s;			/* or -1: not known */
};

static struct state bar_state(const struct talk_bar *b)
{
	struct state s = { .now_s = clock_now(), .left_s = -1 };
	double passed = s.now_s - b->start_s;

	if (b->done > b->first && passed > 0)
		s.rate = (double)(b->done - b->first) / passed;
	if (s.rate > 0 && b->total >= b->done)
		s.left_s = (double)(b->total - b->done) / s.rate;
	return s;
}

/* 65 -> "1:05", 3700 -> "1:01:40" */
static void write_time(char *out, size_t room, double seconds)
{
	long s = seconds < 1e8 ? (long)(seconds + 0.5) : 100000000L;

	if (s >= 3600)
		snprintf(out, room, "%ld:%02ld:%02ld", s / 3600, s / 60 % 60,
			 s % 60);
	else
		snprintf(out, room, "%ld:%02ld", s / 60, s % 60);
}

/* At the end: the time taken, before that the time left. */
static void write_tail(char *out, size_t room, const struct talk_bar *b,
		       const struct state *s, const char *extra)
{
	int over = b->total && b->done >= b->total;
	char time[32] = "";

	if (over)
		write_time(time, sizeof(time), s->now_s - b->start_s);
	else if (s->left_s >= 0)
		write_time(time, sizeof(time), s->left_s);
	snprintf(out, room, "%.*f/s%s%s%s%s%s", s->rate < 10 ? 2 : 0, s->rate,
		 *extra ? "  " : "", extra,
		 over ? "  in " : *time ? "  " : "", time,
		 *time && !over ? " left" : "");
}

static void show_terminal(const struct talk_bar *b, const struct state *s,
			  const char *extra)
{
	double part = b->total ? (double)b->done / (double)b->total : 0;
	int full = (int)(MIN(part, 1) * BAR_CELLS);
	char cells[BAR_CELLS + 1], tail[LINE_BYTES / 2], line[LINE_BYTES];

	memset(cells, '.', BAR_CELLS);
	memset(cells, '#', (size_t)full);
	cells[BAR_CELLS] = 0;
	write_tail(tail, sizeof(tail), b, s, extra);
	snprintf(line, sizeof(line), "%s  [%s] %3d%%  %s", b->what, cells,
		 (int)(MIN(part, 1) * 100), tail);
	/* A line that wraps could not be redrawn. */
	fprintf(stderr, "\r\033[K%.*s", BAR_COLUMNS, line);
	fflush(stderr);
	bar_shown = 1;
}

static void show_plain(const struct talk_bar *b, const struct state *s,
		       const char *extra)
{
	double part = b->total ? (double)b->done / (double)b->total : 0;
	char tail[LINE_BYTES];

	write_tail(tail, sizeof(tail), b, s, extra);
	fprintf(stderr, "%s  %llu of %llu  %d%%  %s\n", b->what,
		(unsigned long long)b->done, (unsigned long long)b->total,
		(int)(MIN(part, 1) * 100), tail);
}

/* A JSON string; what it is given is our own text or a file's name. */
static void write_quoted(char *out, size_t room, const char *text)
{
	size_t used = 0;

	for (; *text && used + 7 < room; text++) {
		unsigned char c = (unsigned char)*text;

		if (c < 0x20)
			used += (size_t)snprintf(out + used, room - used,
						 "\\u%04x", c);
		else if (c == '"' || c == '\\')
			used += (size_t)snprintf(out + used, room - used,
						 "\\%c", c);
		else
			out[used++] = (char)c;
	}
	out[used] = 0;
}

static void show_json(const struct talk_bar *b, const struct state *s,
		      const char *extra)
{
	char phase[LINE_BYTES], more[LINE_BYTES], left[32] = "null";

	write_quoted(phase, sizeof(phase), b->what);
	write_quoted(more, sizeof(more), extra);
	if (s->left_s >= 0)
		snprintf(left, sizeof(left), "%.1f", s->left_s);
	fprintf(stderr, "{\"t\":%.3f,\"phase\":\"%s\",\"done\":%llu,"
		"\"total\":%llu,\"eta_s\":%s,\"extra\":\"%s\"}\n",
		s->now_s - b->start_s, phase, (unsigned long long)b->done,
		(unsigned long long)b->total, left, more);
}

static void bar_show(struct talk_bar *b, const char *extra)
{
	struct state s = bar_state(b);

	b->shown_s = s.now_s;
	if (setup.progress == LOG_JSON)
		show_json(b, &s, extra);
	else if (setup.progress == LOG_PLAIN)
		show_plain(b, &s, extra);
	else if (setup.progress == LOG_AUTO && terminal)
		show_terminal(b, &s, extra);
}

static int is_due(const struct talk_bar *b)
{
	double every_s = setup.progress == LOG_PLAIN ? 10 :
			 setup.progress == LOG_JSON ? 0.5 : 0.1;

	return clock_now() >= b->shown_s + every_s;
}

static void show_progress(void *context, struct talk_bar *b,
			  enum talk_phase phase, const char *extra)
{
	(void)context;
	if (setup.progress == LOG_NONE ||
	    (phase == TALK_STEP && !is_due(b)) ||
	    (phase == TALK_CLOSE && b->shown_s <= b->start_s))
		return;
	bar_show(b, extra);
	if (phase != TALK_STEP && bar_shown) {
		fputc('\n', stderr);
		bar_shown = 0;
	}
}

static void note_line(void *context, const char *text)
{
	(void)context;
	log_note("%s", text);
}

static void warn_line(void *context, const char *text)
{
	(void)context;
	log_warn("%s", text);
}

static int ask_stop(void *context)
{
	(void)context;
	return stop_requested();
}

const struct talk *log_talk(void)
{
	static const struct talk talk = {
		.note = note_line, .warn = warn_line,
		.progress = show_progress, .stop = ask_stop,
	};

	return &talk;
}

void log_bar_wipe(void)
{
	if (bar_shown)
		fputs("\r\033[K", stderr);
	bar_shown = 0;
}
