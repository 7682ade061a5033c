#ifndef TESTS_STORE_FACTORY_H
#define TESTS_STORE_FACTORY_H

#include "store/store.h"

/*
 * store_factory: an empty store for a test of the whole server: in memory, or a
 * new database in the cluster of STRIKE_TEST_DATABASE_URL.
 */

/** "mem" or "pg".  Without a cluster for "pg" the program ends with 77: skipped. */
void store_factory_choose(const char *kind);

/** A new store. */
struct store *store_factory_make(void);

/** The connection string of the last store's database; not in memory. */
const char *store_factory_conninfo(void);

/** Drop the database of the last store, which is closed. */
void store_factory_clean(void);

#endif
