#ifndef IDENTITY_IDENTITY_ALB_KEYS_H
#define IDENTITY_IDENTITY_ALB_KEYS_H

#include "identity/identity_fetch.h"
#include "identity/identity_keys.h"

/*
 * identity_alb_keys: the public keys of AWS load balancers, each a PEM text at
 * <key url>/<key id>.
 *
 * There is no list of them, so every invented key id would be a request.  Hence a key id
 * that AWS does not know is remembered for IDENTITY_ALB_UNKNOWN_FOR, and no more than
 * IDENTITY_ALB_NEW_MAX new ones are asked for in a minute.  Of IDENTITY_ALB_KEYS_MAX
 * that are kept, the longest unused gives way, those that AWS does not know first.
 */

#define IDENTITY_ALB_KEYS_MAX    64
#define IDENTITY_ALB_NEW_MAX     8
#define IDENTITY_ALB_UNKNOWN_FOR MINUTES(5)

struct identity_alb_keys;

struct identity_alb_keys_config {
	struct str key_url; /* outlives the keys */
	struct identity_fetcher fetcher;
	struct clock *clock;
	struct log *log; /* may be NULL */
};

NODISCARD struct identity_alb_keys *identity_alb_keys_create(
    const struct identity_alb_keys_config *config);

/** ${keys} may be NULL. */
void identity_alb_keys_destroy(struct identity_alb_keys *keys);

/** Whether ${id} is of the shape of a key's id: 1 to 64 of letters, digits and "-". */
bool identity_alb_key_id_is(struct str id);

/**
 * As identity_keys_find(), by the key id of ${token}, whose shape was checked.  Also a
 * fault: too many new ids in too short a time.
 */
NODISCARD struct err *identity_alb_keys_find(struct identity_alb_keys *keys, struct arena *arena,
    const struct identity_token *token, struct identity_key_set **ret_set,
    const struct identity_key **ret_key);

#endif
