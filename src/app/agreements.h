#ifndef APP_AGREEMENTS_H
#define APP_AGREEMENTS_H

#include "app/record_page.h"
#include "domain/directory/agreement_decide.h"

/*
 * agreements: what a NOC and an OSP have agreed, and what each side keeps to itself
 * about it (domain/directory/agreement_decide.h has the rules).
 *
 * Both sides' admins propose, accept, decline, amend and end.  An agreement of others is
 * refused as one that does not exist: AGREEMENT_UNKNOWN.
 */

struct app_propose_agreement {
	struct app_command command;
	struct sha256 body;
	/*
	 * A worker's session, for one question only: which organisation is called so.  Before
	 * there is an agreement, the two do not see each other.
	 */
	struct store_session *finder;
	struct str counterpart; /* id or handle; empty: the actor's own organisation */
	enum side side;         /* of the actor's organisation */
	enum agreement_kind kind;
	struct str number_prefix;
	struct eco_terms terms;
	struct instant valid_from, valid_until; /* from: none is now */
};

NODISCARD struct err *app_propose_agreement(const struct app_context *context,
    const struct app_propose_agreement *input, struct app_record_answer *ret);

struct app_answer_agreement {
	struct app_command command;
	struct sha256 body;
	struct uuid agreement;
	struct str number_prefix; /* when it is accepted */
	struct str reason;        /* when it is declined or ended */
	struct instant at;        /* when it is ended; none: now */
};

/** Accept what the other side has proposed: the agreement, or its open amendment. */
NODISCARD struct err *app_accept_agreement(const struct app_context *context,
    const struct app_answer_agreement *input, struct app_record_answer *ret);
/** Decline it, or withdraw what one's own side has proposed. */
NODISCARD struct err *app_decline_agreement(const struct app_context *context,
    const struct app_answer_agreement *input, struct app_record_answer *ret);
NODISCARD struct err *app_end_agreement(const struct app_context *context,
    const struct app_answer_agreement *input, struct app_record_answer *ret);

struct app_propose_amendment {
	struct app_command command;
	struct sha256 body;
	struct uuid agreement;
	bool has_kind, has_valid_until; /* what is not given stays as it is */
	enum agreement_kind kind;
	struct instant valid_until; /* none: without end */
	struct eco_terms terms;     /* a value below 0: as it is */
};

NODISCARD struct err *app_propose_amendment(const struct app_context *context,
    const struct app_propose_amendment *input, struct app_record_answer *ret);

#define FAILOVER_MAX 8

struct app_set_noc_terms {
	struct app_command command; /* its version is that of the terms, 0 before the first */
	struct sha256 body;
	struct uuid agreement;
	struct noc_terms given;            /* texts; the rest is not read */
	struct str failover[FAILOVER_MAX]; /* ids or handles of OSPs, in this order */
	size_t failover_count;
};

struct app_set_osp_terms {
	struct app_command command; /* its version is that of the terms, 0 before the first */
	struct sha256 body;
	struct uuid agreement;
	struct osp_terms given; /* texts and the default list */
};

/** Set what one's own side keeps to itself; the answer's id is the agreement's. */
NODISCARD struct err *app_set_noc_terms(const struct app_context *context,
    const struct app_set_noc_terms *input, struct app_record_answer *ret);
NODISCARD struct err *app_set_osp_terms(const struct app_context *context,
    const struct app_set_osp_terms *input, struct app_record_answer *ret);

/** A page of the actor's organisation's agreements, newest first. */
NODISCARD struct err *app_list_agreements(
    const struct app_context *context, struct record_page_query *query, struct record_page *ret);

/** Agreement ${id}; false when the actor's organisation does not stand in such a one. */
NODISCARD struct err *app_find_agreement(
    const struct app_context *context, struct uuid id, bool *ret_found, struct record *ret);

/** Whether ${context}'s organisation stands in ${agreement}. */
bool app_is_party(const struct app_context *context, const struct agreement *agreement);

#endif
