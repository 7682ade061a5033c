#ifndef APP_EVENT_VAULT_H
#define APP_EVENT_VAULT_H

#include "app/vault.h"
#include "domain/callout/callout.h"

/*
 * event_vault: what one side of an ECO keeps to itself, sealed in the log that both share.
 *
 * An event's row belongs to the NOC and to the OSP alike.  A note for one's own side, and
 * the NOC's duty number, are therefore written under the key of their organisation: the
 * other side's sessions do not see that key, so even who reads rows past the API reads
 * noise.  (People's names and numbers in a plan are sealed under the people's own keys;
 * see vault.h.)
 */

/**
 * Whether a text of ${event}, as it is stored, is sealed under the key of the NOC or of the
 * OSP; ${ret_organisation} is then whose.
 */
bool event_is_sealed(
    struct uuid noc, struct uuid osp, const struct eco_event *event, struct uuid *ret_organisation);

/** Whether ${event} can hold a text that one side keeps to itself. */
bool event_may_be_private(const struct eco_event *event);

/** Seal what is private to a side in ${event} of an ECO between ${noc} and ${osp}. */
NODISCARD struct err *event_seal(const struct vault *vault, struct store_session *session,
    struct arena *arena, struct uuid noc, struct uuid osp, struct eco_event *event);

/**
 * Open it again, as far as the session may have the keys; the rest is empty.  What was
 * sealed elsewhere, under a key that an import did not bring along, reads "no key".
 */
NODISCARD struct err *event_open(const struct vault *vault, struct store_session *session,
    struct arena *arena, struct uuid noc, struct uuid osp, struct eco_event *event);

/** The plan in force of ${callout}, opened: of an ECO that was imported, as an imported one. */
NODISCARD struct err *event_open_plan(const struct vault *vault, struct store_session *session,
    struct arena *arena, const struct callout *callout, const struct pager_list **ret);

/**
 * The NOC's duty number as it stands in ${callout}, opened; for a worker.  Of an ECO that was
 * imported it is empty when it was sealed elsewhere; ERR_CORRUPT when it does not open otherwise.
 */
NODISCARD struct err *event_open_duty_phone(const struct vault *vault,
    struct store_session *session, struct arena *arena, const struct callout *callout,
    struct str *ret);

#endif
