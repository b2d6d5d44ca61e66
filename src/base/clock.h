/*
 * clock.h - seconds that have passed, for progress, benches and waits.  No
 * result depends on them.
 */
#ifndef CLOCK_H
#define CLOCK_H

double clock_now(void);			/* seconds, monotonic */

#endif
