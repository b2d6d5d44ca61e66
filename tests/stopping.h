/*
 * stopping.h - for tests of work that is stopped: a talk that says nothing and
 * stops while `stopping_now` is set.
 */
#ifndef STOPPING_H
#define STOPPING_H

#include "base/talk.h"

static int stopping_now;

static inline int stopping_asks(void *context)
{
	(void)context;
	return stopping_now;
}

static const struct talk stopping = { .stop = stopping_asks };

#endif
