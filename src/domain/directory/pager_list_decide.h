#ifndef DOMAIN_DIRECTORY_PAGER_LIST_DECIDE_H
#define DOMAIN_DIRECTORY_PAGER_LIST_DECIDE_H

#include "domain/directory/decision.h"

/*
 * pager_list_decide: the rules of pager lists: who is on them, on which shifts, and who
 * stands in for whom.  See decision.h for what the functions answer, and
 * domain/roster/roster_resolve.h for what a list comes to at a moment.
 *
 * That the people named are the OSP's own, and that the zone is one, is for the caller
 * to see to.
 */

#define SUBSTITUTION_MAX HOURS(24 * 366)

/* Where a decision keeps the substitutions of the list after it. */
struct pager_list_room {
	struct substitution substitutions[RECORD_LIST_MAX];
};

/**
 * Make, or change as a whole, a list: name, zone, entries and shifts of ${given} are read,
 * the rest is as it was.
 */
NODISCARD bool pager_list_decide_create(const struct record *before,
    const struct pager_list_record *given, struct record_decision *ret,
    struct refusal *ret_refusal);
NODISCARD bool pager_list_decide_change(const struct record *before,
    const struct pager_list_record *given, struct record_decision *ret,
    struct refusal *ret_refusal);

/** Have ${given->substitute} stand in. */
NODISCARD bool pager_list_decide_substitute(const struct record *before,
    const struct substitution *given, struct instant now, struct pager_list_room *room,
    struct record_decision *ret, struct refusal *ret_refusal);

/** End ${substitution} now; one that has not begun is taken back. */
NODISCARD bool pager_list_decide_end_substitution(const struct record *before,
    struct uuid substitution, struct instant now, struct pager_list_room *room,
    struct record_decision *ret, struct refusal *ret_refusal);

/** Use the list no more.  ${user}: the name of what uses it, or empty. */
NODISCARD bool pager_list_decide_retire(const struct record *before, struct str user,
    struct str reason, struct record_decision *ret, struct refusal *ret_refusal);

#endif
