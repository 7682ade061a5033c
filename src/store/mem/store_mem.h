#ifndef STORE_MEM_H
#define STORE_MEM_H

#include "store/store.h"

/*
 * store_mem: the store port in plain C, for tests; and what the port means,
 * written down without SQL.
 *
 * Transactions are serial: one holds the world from begin to commit, so whoever
 * begins a second one on the same thread has a bug, and a CHECK says so.  Text
 * that is stored is given back when the world ends, that of an erased key as well.
 *
 * What is left out.  There is no clock here: recorded_at is occurred_at, a tick's
 * moment is that of its newest event, and what a process has claimed or holds ends
 * only when it gives it up or its store is closed, never by a lease.  A tick is as
 * large as what there is to sequence.  Events stand in one partition that is never
 * full, so nothing is archived.  Nothing outlives the process: no commit is lazy,
 * and nothing is ever found missing.
 */

/** A new, empty world and the first store on it.  Aborts without memory. */
struct store *store_mem_create(void);

/**
 * One more store on the world of ${store}, as another process would be: it leads
 * and claims for itself.  The world ends when its last store is closed.
 */
struct store *store_mem_join(struct store *store);

/** Change a byte of event ${version} of ${stream}, as a bad disk would. */
void store_mem_spoil_event(struct store *store, struct uuid stream, int64_t version);

#endif
