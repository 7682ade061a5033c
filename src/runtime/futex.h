#ifndef RUNTIME_FUTEX_H
#define RUNTIME_FUTEX_H

#include <stdatomic.h>

#include "base/instant.h"

/*
 * futex: sleep on a word of memory until another thread, or another process
 * that maps the same page, says that it changed (futex(2), not PRIVATE).
 */

/**
 * Sleep while ${*word} is ${seen}, for at most ${at_most} of real time.  Returns
 * at once when it is something else; may return early for no reason.
 */
void futex_wait(const _Atomic uint32_t *word, uint32_t seen, struct duration at_most);

/** Change ${*word} and wake everybody who sleeps on it. */
void futex_bump(_Atomic uint32_t *word);

#endif
