#ifndef APP_VAULT_H
#define APP_VAULT_H

#include "base/seal.h"
#include "store/store_vault.h"

/*
 * vault: people's names and numbers, sealed before they are written into an event
 * that nobody can ever change.
 *
 * Each person has a key of 32 random bytes; labels and phones of a plan are sealed
 * under it when the plan is frozen, bound to whose and which they are.  To erase a
 * person is to destroy the key (store_erase_person()): every sealed text of theirs is
 * then noise, in every copy of the log.
 *
 *	directory ──seal──▶ PagerDispatched ──open──▶ dialled, or shown to the OSP
 *
 * The keys are kept wrapped under the setting vault_key, which the database does not
 * hold.  Without that setting they are kept as they are: erasing works all the same,
 * but who copies the database copies the keys.
 *
 * Keys are asked for whenever they are needed and are not kept in memory: what was
 * erased is gone with the next look.
 */

typedef void (*vault_make_bytes_f)(void *bytes, size_t length);

struct vault_known;

/* What a process opens and seals with.  Read-only, shared by its threads. */
struct vault {
	bool wraps;                      /* a vault_key is set: */
	struct seal_key key;             /* ... this */
	vault_make_bytes_f make_bytes;   /* random ones */
	const struct vault_known *known; /* vault_look_up(); NULL: ask for each */
};

/*
 * Which text of a person it is.  Bound into the seal: never renamed.  A number of which it is known
 * which contact it is is bound to that as well.
 */
enum vault_field { VAULT_LABEL, VAULT_PHONE };

/**
 * A vault with the setting ${vault_key}: the base64 of 32 bytes, or empty.
 * ERR_CORRUPT when it is neither; the fault does not show it.
 */
NODISCARD struct err *vault_init(
    struct arena *arena, struct str vault_key, vault_make_bytes_f make_bytes, struct vault *ret);

/**
 * Seal labels and phones of ${plan}'s people, who belong to ${organisation}, where
 * they stand.  People without a key get one.  A person who has been erased keeps
 * nothing and is not rung.  For a worker's session.
 */
NODISCARD struct err *vault_seal_plan(const struct vault *vault, struct store_session *session,
    struct arena *arena, struct uuid organisation, struct pager_list *plan);

/**
 * Look up the keys of all ${people} (any number, also twice) at once: ${ret} is ${vault}, knowing
 * them, for what is opened next in ${arena}.  To be forgotten with what it was made for.
 */
NODISCARD struct err *vault_look_up(const struct vault *vault, struct store_session *session,
    struct arena *arena, const struct uuid *people, size_t count, struct vault *ret);

enum vault_opened {
	VAULT_OPEN,   /* here it is */
	VAULT_ERASED, /* the person has been erased, and the text with them */
	VAULT_NO_KEY, /* it was sealed elsewhere: history that was imported without its keys */
};

/** Open the number of ${contact}, of ${person}'s in a plan, into ${ret}; as vault_open_text(). */
NODISCARD struct err *vault_open_number(const struct vault *vault, struct store_session *session,
    struct arena *arena, struct uuid person, const struct roster_contact *contact,
    enum vault_opened *ret_opened, struct str *ret);

/**
 * Open ${text}, the ${field} of ${person}, into ${ret}.  A text that is not sealed (from
 * before people's data was) is given as it is, unless the person has been erased.
 * ERR_CORRUPT when there is a key and it does not open it, or cannot be unwrapped
 * with our vault_key.
 */
NODISCARD struct err *vault_open_text(const struct vault *vault, struct store_session *session,
    struct arena *arena, struct uuid person, enum vault_field field, struct str text,
    enum vault_opened *ret_opened, struct str *ret);

/**
 * ${plan} with its people's texts opened, in ${arena}.  Who has been erased has the
 * label "erased", of whom there is no key "no key"; neither has a number.
 */
NODISCARD struct err *vault_open_plan(const struct vault *vault, struct store_session *session,
    struct arena *arena, const struct pager_list *plan, const struct pager_list **ret);

/**
 * The same for a ${plan} that was imported.  It was sealed elsewhere: who has a key here that
 * does not open it has "no key" as well.
 */
NODISCARD struct err *vault_open_imported_plan(const struct vault *vault,
    struct store_session *session, struct arena *arena, const struct pager_list *plan,
    const struct pager_list **ret);

/**
 * What the database knows a telephone number by: an HMAC of ${number}, in E.164, under a key
 * that follows from vault_key.  The same number always has the same; without the key nobody
 * finds the number by trying them all.  Without a vault_key the key is known to everybody.
 */
struct sha256 vault_fingerprint(const struct vault *vault, struct str number);

/** ERR_CORRUPT when ${key}, as it is kept, cannot be unwrapped with our vault_key. */
NODISCARD struct err *vault_check_key(
    const struct vault *vault, struct arena *arena, const struct store_person_key *key);

/*
 * The key of one person or member, for their own texts in a record.  ${text} is bound to
 * whose and which ${field} it is.
 */
struct vault_key {
	bool exists, erased;
	struct uuid whose;
	struct seal_key key;
};

/**
 * The key of ${whose}, who belongs to ${organisation} and gets one when they have none and
 * ${make} says so.
 */
NODISCARD struct err *vault_find_key(const struct vault *vault, struct store_session *session,
    struct arena *arena, struct uuid whose, struct uuid organisation, bool make,
    struct vault_key *ret);

/** ${text} sealed; empty when the key has been destroyed. */
struct str vault_close(const struct vault *vault, struct arena *arena, const struct vault_key *key,
    struct str field, struct str text);

/** ${sealed} opened into ${ret}; false when it does not fit the key.  A text that is not sealed
 * is given as it is; without a key, or when it has been destroyed, it is empty. */
NODISCARD bool vault_open(struct arena *arena, const struct vault_key *key, struct str field,
    struct str sealed, struct str *ret);

#endif
