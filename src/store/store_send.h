#ifndef STORE_SEND_H
#define STORE_SEND_H

#include "store/store.h"

/*
 * store_send: what sending needs beside the outbox itself.
 *
 *   slots         when an account or a number may be used next, shared by all processes
 *   dead letters  effects that have failed for good, until somebody replays or drops them
 *   pages         who was paged at which number, for those who answer or call back
 *   pruning       what is settled and of no use any more
 *
 * All of it is for workers.  Telephone numbers of people stand here as fingerprints
 * (app/vault.h: vault_fingerprint()), never in clear.
 */

#define STORE_PAGES_MAX 100 /* of one call, pages or contacts */

/*
 * -- slots --
 */

struct store_throttle {
	struct str key;       /* e.g. "calls:AC..." */
	struct duration step; /* between two units */
	int64_t units;        /* how many are to be sent at once, at least 1 */
};

/**
 * Take the next slot of ${slot->key} if it is free at ${now}: the key is then busy for
 * ${units} steps, whichever process asks.  Otherwise ${ret_taken} is false, and ${ret_at}
 * says when to ask again; that is no promise, for who is more urgent may come first.
 */
NODISCARD struct err *store_take_slot(struct store_session *session, struct arena *arena,
    const struct store_throttle *slot, struct instant now, bool *ret_taken, struct instant *ret_at);

/**
 * Put the claimed effect ${key} back until ${until} because it has no slot yet: that was no
 * try, and its place among equally urgent effects stays what it was.
 */
NODISCARD struct err *store_wait_effect(
    struct store_session *session, struct arena *arena, struct str key, struct instant until);

/*
 * -- dead letters --
 */

/** The claimed effect ${key} has failed for good, because of ${problem}: it is settled, and
 * kept in sight. */
NODISCARD struct err *store_set_aside_effect(struct store_session *session, struct arena *arena,
    struct str key, struct instant now, struct str problem);

/* An effect as it stands in the outbox. */
struct store_letter {
	struct store_claim claim; /* ${effect.due}: when it is looked at next */
	struct uuid noc, osp;
	struct str problem; /* of its last try */
	bool claimed, dead;
	struct instant dead_at; /* when dead */
};

struct store_letters {
	const struct store_letter *at;
	size_t count;
};

/** The effects that are not settled, in the order of their urgency; or, when ${dead}, those that
 * have failed for good, newest first.  At most ${limit}. */
NODISCARD struct err *store_list_letters(struct store_session *session, struct arena *arena,
    bool dead, size_t limit, struct store_letters *ret);

/** How many effects have failed for good. */
NODISCARD struct err *store_count_dead(
    struct store_session *session, struct arena *arena, int64_t *ret);

/** Carry out the dead letter ${key} once more, at ${now}.  ${ret_found} is false when there is
 * none. */
NODISCARD struct err *store_replay_effect(struct store_session *session, struct arena *arena,
    struct str key, struct instant now, bool *ret_found);

/** Forget the dead letter ${key}: it is never carried out.  ${ret_found} is false when there is
 * none. */
NODISCARD struct err *store_bury_effect(
    struct store_session *session, struct arena *arena, struct str key, bool *ret_found);

/*
 * -- pages --
 */

struct store_page {
	struct uuid eco;
	int64_t attempt;
	struct uuid person;
	struct instant at;
};

/** Write down that ${page} is about to go to the number with ${fingerprint}; durable before the
 * call returns.  A second time moves its moment. */
NODISCARD struct err *store_note_page(struct store_session *session, struct arena *arena,
    struct sha256 fingerprint, const struct store_page *page);

/** The pages to that number at ${since} or later, newest first; at most ${limit} (<=
 * STORE_PAGES_MAX), into ${ret} of that size. */
NODISCARD struct err *store_find_pages(struct store_session *session, struct arena *arena,
    struct sha256 fingerprint, struct instant since, size_t limit, struct store_page *ret,
    size_t *ret_count);

struct store_contact_owner {
	struct uuid person, osp;
};

/**
 * Everybody of the directory who has the number ${number}, in E.164, among their contacts, in
 * the order of their ids; at most ${limit} (<= STORE_PAGES_MAX), into ${ret} of that size.
 */
NODISCARD struct err *store_find_contacts(struct store_session *session, struct arena *arena,
    struct str number, size_t limit, struct store_contact_owner *ret, size_t *ret_count);

/**
 * Count an answer to the number with ${fingerprint}: ${ret} is the how many-th it is, this one
 * included, since the number last ${acted} (then it is 0), or since an hour without any.
 */
NODISCARD struct err *store_count_answer(struct store_session *session, struct arena *arena,
    struct sha256 fingerprint, struct instant now, bool acted, int64_t *ret);

/*
 * -- pruning --
 */

/**
 * Forget up to ${limit} settled effects, with the provider's ids and pages of their ECOs, that
 * have been settled for ${keep_s} seconds of real time and whose ECO has ended.  Dead letters
 * stay.  ${ret_count} is how many effects went.
 */
NODISCARD struct err *store_prune_work(struct store_session *session, struct arena *arena,
    int64_t keep_s, size_t limit, int64_t *ret_count);

#endif
