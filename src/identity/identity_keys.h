#ifndef IDENTITY_IDENTITY_KEYS_H
#define IDENTITY_IDENTITY_KEYS_H

#include "identity/identity.h"
#include "identity/identity_key_set.h"

/*
 * identity_keys: one set of keys that is kept, ages and is fetched again.
 *
 *	fresh   for what the issuer allows (Cache-Control), within bounds: serves.
 *	stale   then one caller fetches while the others go on with the old set; when that
 *	        fails, the old set serves everybody, up to IDENTITY_KEYS_STALE_MAX in all.
 *	gone    then a key must be fetched, or the answer is a fault.
 *
 * A key that is not in the set is fetched for too, unless the last fetch was less than
 * ${unknown_pause} ago: then it is unknown.  One fetch is under way at a time; who needs
 * its outcome waits for it.  After a failure nobody tries again before a pause that
 * doubles each time, and whose key is not there is told the failure.
 *
 * All of this in the time of the configured clock.  When that jumps back, the set counts
 * as stale and a pause as over.
 */

#define IDENTITY_KEYS_FRESH_MIN     MINUTES(1)
#define IDENTITY_KEYS_FRESH_DEFAULT MINUTES(10)
#define IDENTITY_KEYS_FRESH_MAX     HOURS(1)
#define IDENTITY_KEYS_STALE_MAX     HOURS(6)

/* Between two fetches for keys that were unknown, or after the first failure; and the longest. */
#define IDENTITY_KEYS_PAUSE     SECONDS(10)
#define IDENTITY_KEYS_PAUSE_MAX MINUTES(5)

struct identity_keys;

/*
 * Fetch the set: give it with one user, and how long it is fresh.  ${arena} is scratch.
 * Called by one thread at a time.
 */
typedef struct err *(*identity_keys_fetch_f)(
    void *context, struct arena *arena, struct identity_key_set **ret, struct duration *ret_fresh);

struct identity_keys_config {
	const char *name; /* for log lines and faults: "bearer" */
	struct clock *clock;
	struct log *log; /* may be NULL */
	struct duration unknown_pause;
	identity_keys_fetch_f fetch;
	void *context;
};

/** Keys of which none is there yet; ${config} is copied. */
NODISCARD struct identity_keys *identity_keys_create(const struct identity_keys_config *config);

/** ${keys} may be NULL. */
void identity_keys_destroy(struct identity_keys *keys);

/**
 * Find the key that ${token} names, and the set that it lives in, which the caller
 * releases.  Both NULL: the issuer has no such key.  A fault (ERR_UNAVAILABLE, in
 * ${arena}): it could not be asked.
 */
NODISCARD struct err *identity_keys_find(struct identity_keys *keys, struct arena *arena,
    const struct identity_token *token, struct identity_key_set **ret_set,
    const struct identity_key **ret_key);

/** Whether ${keys} has a set with keys in it. */
bool identity_keys_any(struct identity_keys *keys);

/** How long a document with the header Cache-Control: ${header} is fresh, within our bounds. */
struct duration identity_keys_fresh(struct str header);

#endif
