/* talk.c - see talk.h. */
#include "base/talk.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/clock.h"

enum { TEXT_BYTES = 1024 };		/* a longer message is cut */

void talk_note(const struct talk *t, const char *format, ...)
{
	char text[TEXT_BYTES];
	va_list list;

	if (!t || !t->note)
		return;
	va_start(list, format);
	vsnprintf(text, sizeof(text), format, list);
	va_end(list);
	t->note(t->context, text);
}

void talk_warn(const struct talk *t, const char *format, ...)
{
	char text[TEXT_BYTES];
	va_list list;

	if (!t || !t->warn)
		return;
	va_start(list, format);
	vsnprintf(text, sizeof(text), format, list);
	va_end(list);
	t->warn(t->context, text);
}

int talk_stops(const struct talk *t)
{
	return t && t->stop && t->stop(t->context);
}

void talk_bar_start(struct talk_bar *b, const struct talk *t, const char *what,
		    uint64_t total, uint64_t done)
{
	*b = (struct talk_bar){ .talk = t, .what = what, .total = total,
				.done = done, .first = done };
	b->start_s = clock_now();
	b->shown_s = b->start_s;
}

static void bar_tell(struct talk_bar *b, uint64_t done, enum talk_phase phase,
		     const char *extra)
{
	b->done = done;
	if (b->talk && b->talk->progress)
		b->talk->progress(b->talk->context, b, phase, extra);
}

void talk_bar_step(struct talk_bar *b, uint64_t done, const char *extra)
{
	bar_tell(b, done, TALK_STEP, extra);
}

void talk_bar_end(struct talk_bar *b, uint64_t done, const char *extra)
{
	bar_tell(b, done, TALK_END, extra);
}

void talk_bar_close(struct talk_bar *b, uint64_t done)
{
	bar_tell(b, done, TALK_CLOSE, "");
}
