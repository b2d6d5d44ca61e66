/*
 * stop.h - Ctrl-C once: finish the step, write a checkpoint, stop.
 *
 * Long loops ask stop_requested() between steps and return ERROR_STOPPED when
 * what they made is safe on the disk.  A second signal kills.
 */
#ifndef STOP_H
#define STOP_H

/* Catches SIGINT and SIGTERM (unless they are ignored already); makes a full
 * disk or a closed pipe an error of the write that met it, not a death. */
void stop_setup(void);
int stop_requested(void);

#endif
