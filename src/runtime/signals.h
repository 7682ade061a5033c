#ifndef RUNTIME_SIGNALS_H
#define RUNTIME_SIGNALS_H

/*
 * signals: how a program of many threads is told to stop.
 *
 * SIGTERM and SIGINT are blocked in every thread and taken up by one of them,
 * with sigwait(3), so that no code ever runs in a signal handler.  SIGPIPE is
 * ignored: a peer that went away is an error of write(2), not an event.
 */

/** Block SIGTERM and SIGINT and ignore SIGPIPE.  Call it first, before any thread is made. */
void signals_block(void);

/**
 * Sleep until SIGTERM or SIGINT arrives, also when it came before the call.
 * Returns its number.
 */
int signals_wait(void);

/**
 * Undo signals_block() in a child, between fork(2) and exec(2): the mask and
 * ignored signals would otherwise be inherited by the program it becomes.
 */
void signals_restore(void);

#endif
