#ifndef APP_PAGER_H
#define APP_PAGER_H

#include "app/work.h"

/*
 * pager: what the telephony provider and the people on the phone tell us about
 * an ECO's ring-down.
 */

/* What a piece of news completes, and under which key it is taken only once. */
struct pager_news {
	struct uuid eco;
	struct uuid key;           /* Nil: none */
	struct str settles_effect; /* empty: none */
	struct str note;           /* kept with the reply to a choice; see pager_find_reply() */
};

/** Take a provider's report about a call.  A key that was used before changes nothing. */
NODISCARD struct err *pager_report(const struct app_work *work, const struct pager_news *news,
    const struct ringdown_report *report);

/**
 * Take a person's choice.  ${ret} is how it was taken, the same for a repeat
 * under the same key; RINGDOWN_UNKNOWN when there is no such ECO or attempt.
 */
NODISCARD struct err *pager_choose(const struct app_work *work, const struct pager_news *news,
    int64_t attempt, enum ringdown_choice choice, int64_t value, enum ringdown_reply *ret);

/**
 * Take what somebody of the plan chose who came by themselves; ${ret} as for
 * pager_choose().
 */
NODISCARD struct err *pager_visit(const struct app_work *work, const struct pager_news *news,
    const struct ringdown_visit *visit, enum ringdown_reply *ret);

/**
 * How a choice or visit under ${key} was taken, and the note that was kept with it, in
 * ${work->arena}; ${ret_found} is false when there was none.
 */
NODISCARD struct err *pager_find_reply(const struct app_work *work, struct uuid key,
    bool *ret_found, enum ringdown_reply *ret, struct str *ret_note);

/** Record how the alert to the NOC's duty number went. */
NODISCARD struct err *pager_alerted(
    const struct app_work *work, const struct pager_news *news, const struct ringdown_alert *alert);

#endif
