#ifndef DOMAIN_DIRECTORY_PERSON_DECIDE_H
#define DOMAIN_DIRECTORY_PERSON_DECIDE_H

#include "domain/directory/decision.h"

/*
 * person_decide: the rules of people on call: what they are called, how they are reached,
 * when they rest.  See decision.h for what the functions answer.
 *
 * A way to reach somebody counts when a code that was sent there has been told back.  The
 * code itself is not in the record: it follows from the nonce that is, and from the
 * person's own key (app/contact_code.h).  A code is good for CODE_LIFE and CODE_TRIES_MAX
 * tries, and a telephone gets no more than one a minute and CODES_A_DAY a day: it may be
 * a stranger's.
 *
 * A person who is retired stays in the records, and does not change any more.
 */

#define PERSON_CONTACTS_MAX 8

#define CODE_DIGITS    6
#define CODE_LIFE      MINUTES(15)
#define CODE_PAUSE     MINUTES(1)
#define CODE_TRIES_MAX 5
#define CODES_A_DAY    5 /* of UTC, and of one contact */

#define REST_MAX HOURS(24 * 366)

/* Where a decision keeps the contacts of the person after it. */
struct person_room {
	struct contact contacts[PERSON_CONTACTS_MAX];
};

/* What a person is, contacts, rest until a moment and wishes apart. */
struct person_change {
	struct str label;
	struct str time_zone; /* which there is; empty: that of the list */
	int64_t rest_from_min, rest_until_min;
	enum page_wish wish;
};

/** Put ${given} on call at ${osp}. */
NODISCARD bool person_decide_create(const struct record *before, struct uuid osp,
    const struct person_change *given, struct record_decision *ret, struct refusal *ret_refusal);

NODISCARD bool person_decide_change(const struct record *before, const struct person_change *given,
    struct record_decision *ret, struct refusal *ret_refusal);

/** Take the person off call for good.  A second time changes nothing. */
NODISCARD bool person_decide_retire(const struct record *before, struct str reason,
    struct record_decision *ret, struct refusal *ret_refusal);

/** Add a contact behind the others; ${given} has id, kind and number. */
NODISCARD bool person_decide_add_contact(const struct record *before, const struct contact *given,
    struct person_room *room, struct record_decision *ret, struct refusal *ret_refusal);

NODISCARD bool person_decide_remove_contact(const struct record *before, struct uuid contact,
    struct person_room *room, struct record_decision *ret, struct refusal *ret_refusal);

/** Prefer the contacts in the order of ${order}, which names each of them once. */
NODISCARD bool person_decide_order_contacts(const struct record *before, const struct uuid *order,
    size_t count, struct person_room *room, struct record_decision *ret,
    struct refusal *ret_refusal);

/** Send a code to ${contact}: the one that follows from ${nonce}. */
NODISCARD bool person_decide_send_code(const struct record *before, struct uuid contact,
    struct str nonce, struct instant now, struct person_room *room, struct record_decision *ret,
    struct refusal *ret_refusal);

/** The code that is out for ${contact} can still be told back. */
bool person_code_is_out(const struct contact *contact, struct instant now);

/**
 * A code was told back for ${contact}; ${fits}: it is the one that is out.  Wrong and too
 * late are no refusals: what is to be written then is a try less, or nothing, and whether
 * the contact is verified says how it went.
 */
NODISCARD bool person_decide_verify(const struct record *before, struct uuid contact, bool fits,
    struct instant now, struct person_room *room, struct record_decision *ret,
    struct refusal *ret_refusal);

/** The person does not want to be rung, or may be rung again. */
NODISCARD bool person_decide_opt(const struct record *before, bool out, struct str reason,
    struct record_decision *ret, struct refusal *ret_refusal);

/** Do not ring the person before ${until}; RECORD_NO_MOMENT: a rest that runs is over. */
NODISCARD bool person_decide_rest(const struct record *before, struct instant until,
    struct str reason, struct instant now, struct record_decision *ret,
    struct refusal *ret_refusal);

/** Whether ${pin} can be a PIN: 4 to 8 digits, as a key-pad has them. */
NODISCARD bool person_check_pin(struct str pin, struct refusal *ret_refusal);

/** Ask for the PIN with ${hash}; empty: for none any more. */
NODISCARD bool person_decide_pin(const struct record *before, struct str hash,
    struct record_decision *ret, struct refusal *ret_refusal);

/** The contact ${id} of ${person}, or NULL. */
const struct contact *person_find_contact(const struct person *person, struct uuid id);

#endif
