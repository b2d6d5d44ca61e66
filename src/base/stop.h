/*
 * stop.h - Ctrl-C once: finish the step, write a checkpoint, stop.
 *
 * Long loops ask stop_requested() between steps and return ERROR_STOPPED when
 * what they made is safe on the disk.  A second signal kills.
 */
#ifndef STOP_H
#define STOP_H

/* For programs, not for a library: catches SIGINT, SIGTERM and SIGHUP (unless
 * they are ignored already); makes a full disk or a closed pipe an error of
 * the write that met it, and a mapped file that is cut short a message and
 * exit status 1 (SIGBUS), not a death. */
void stop_setup(void);
int stop_requested(void);

/* A name that is removed when the program ends by SIGBUS, until stop_keep; the
 * text must live as long.  For a few at a time: further ones are left. */
void stop_remove(const char *path);
void stop_keep(const char *path);

#endif
