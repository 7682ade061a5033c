#ifndef DOMAIN_CALLOUT_DECIDE_H
#define DOMAIN_CALLOUT_DECIDE_H

#include "domain/callout/callout.h"
#include "domain/refusal/refusal.h"

/*
 * callout_decide: the commands that concern both the order and its ring-down: what a contractor's
 * desk says about its crew, and that the NOC has the list rung again.  Pure, as eco_decide().
 */

enum callout_command_type {
	CALLOUT_REPORT_CREW, /* the crew is on its way, or there */
	CALLOUT_CHANGE_ETA,  /* who has accepted will be there at another time */
	CALLOUT_ACCEPT_FOR,  /* a person of the plan takes the job, their dispatcher says */
	CALLOUT_DECLINE_FOR, /* ... cannot, or cannot after all */
	CALLOUT_RING_AGAIN,  /* ring the list again, now */
};

struct callout_command {
	enum callout_command_type type;
	bool has_version; /* the version the command was decided on, if the client says */
	int64_t version;
	bool on_site;       /* of a report; otherwise on the way */
	struct uuid person; /* of accepting and declining */
	int64_t minutes;    /* to arrival; 0: none are said, but for a changed ETA */
	int64_t reason;     /* of declining: 1 to 9; 0: none */
};

/**
 * Decide what ${command} does to ${callout}.  True: ${ret} holds what follows.  False:
 * ${ret_refusal} says why not, and ${ret} is not to be used.
 */
NODISCARD bool callout_decide(const struct callout *callout, const struct callout_command *command,
    struct outcome *ret, struct refusal *ret_refusal);

#endif
