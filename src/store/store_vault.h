#ifndef STORE_VAULT_H
#define STORE_VAULT_H

#include "store/store.h"

/*
 * store_vault: a key for each person, so that a person can be forgotten in a log
 * that never changes.
 *
 * Names and numbers of people stand in events only sealed under the person's key
 * (app/vault.h).  To erase a person is to destroy the key: what was sealed with it
 * is then unreadable everywhere, in every copy of the log, while its hashes still
 * hold.  A key belongs to the person's own organisation, the OSP; for anybody else
 * it does not exist.
 *
 * The store keeps ${wrapped} as it is given; app/vault.h wraps it.
 */

#define STORE_WRAPPED_KEY_BYTES_MAX 128
#define STORE_KEYS_MAX              1000 /* of one call */

struct store_person_key {
	struct uuid person, organisation;
	struct str wrapped; /* empty when erased */
	bool erased;
	struct instant erased_at;
};

struct store_person_keys {
	const struct store_person_key *at;
	size_t count;
};

/** The keys of ${people} that exist and that the session may see, in any order. */
NODISCARD struct err *store_find_person_keys(struct store_session *session, struct arena *arena,
    const struct uuid *people, size_t count, struct store_person_keys *ret);

/**
 * Have keys for people who have none; one that is there already, erased or not,
 * stays.  Ask store_find_person_keys() afterwards for what stands.  An API session may
 * for people of its own organisation only: for others it is a fault.
 */
NODISCARD struct err *store_add_person_keys(struct store_session *session, struct arena *arena,
    const struct store_person_key *keys, size_t count);

/**
 * Destroy the key of ${person}, if there is one, and what the directory knows of
 * them: a user keeps the id, with the handle "erased-<id>" and no membership or session.
 * Records of theirs (a person's, a user's with all of their memberships') keep what is
 * not their own, and the keys of these are destroyed as well.  They stay erased, whatever
 * is planted or written later, and nobody gives them another key.  Write down that it was done, at
 * ${now}, and why.  ${ret_found} is false when nobody has ever heard of ${person}.  A second time
 * changes nothing.
 */
NODISCARD struct err *store_erase_person(struct store_session *session, struct arena *arena,
    struct uuid person, struct instant now, struct str reason, bool *ret_found);

struct store_user_name {
	struct uuid user;
	struct str handle;
};

/**
 * The handles of ${users} (at most STORE_KEYS_MAX) that are known: to a worker and the
 * platform all, to an organisation those who are or were its members, and those who were
 * erased.
 */
NODISCARD struct err *store_find_users(struct store_session *session, struct arena *arena,
    const struct uuid *users, size_t count, struct store_user_name *ret, size_t *ret_count);

#endif
