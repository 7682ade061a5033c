#ifndef APP_PAGER_LISTS_H
#define APP_PAGER_LISTS_H

#include "app/record_change.h"
#include "domain/directory/pager_list_decide.h"

/*
 * pager_lists: whom an OSP rings, in which order, on which shifts.  See
 * domain/directory/pager_list_decide.h for the rules.
 */
struct app_pager_list_input {
	struct app_command command;
	struct sha256 body; /* see record_body_hash() */
	struct uuid list;   /* not read by create_pager_list */
	struct pager_list_record
	    given; /* name, zone (empty: the organisation's), entries, shifts */
	struct substitution substitution; /* to add; its id is made here ... */
	struct uuid ended;                /* ... or, of one, to end */
	struct str reason;
};

/** Carry out ${operation}, a command on pager lists, with ${input}. */
NODISCARD struct err *app_change_pager_list(const struct app_context *context,
    enum app_operation operation, const struct app_pager_list_input *input,
    struct app_record_answer *ret);

#endif
