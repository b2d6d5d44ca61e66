/*
 * stopping.h - for tests of work that is stopped: a talk that says nothing and
 * stops at the first signal, once stop_setup() was called.
 */
#ifndef STOPPING_H
#define STOPPING_H

#include "base/stop.h"
#include "base/talk.h"

static inline int stopping_asks(void *context)
{
	(void)context;
	return stop_requested();
}

static const struct talk stopping = { .stop = stopping_asks };

#endif
