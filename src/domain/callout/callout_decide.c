#include "domain/callout/callout_decide.h"

#define DECLINE_REASON_MAX 9

/* What is over needs nobody, and what is reported complete has had somebody. */
static bool
check_going_on(const struct eco *eco, struct refusal *ret_refusal)
{
	if (eco->status == ECO_STATUS_CLOSED)
		return refuse(ret_refusal, REFUSAL_ECO_CLOSED, "", "this ECO is closed");
	if (eco->status == ECO_STATUS_CANCELLED)
		return refuse(ret_refusal, REFUSAL_ECO_CANCELLED, "", "this ECO is cancelled");
	if (eco->status == ECO_STATUS_COMPLETED)
		return refuse(ret_refusal, REFUSAL_ECO_ALREADY_COMPLETED, "",
		    "the work is reported complete: the NOC reopens the ECO if it is not");
	return true;
}

static bool
check_minutes(int64_t minutes, int64_t least, struct refusal *ret_refusal)
{
	if (minutes >= least && minutes <= RINGDOWN_ETA_MINUTES_MAX)
		return true;
	return refuse(ret_refusal, REFUSAL_ETA_INVALID, "etaMinutes",
	    "etaMinutes is %lld: minutes to arrival are 1 to %d", (long long)minutes,
	    RINGDOWN_ETA_MINUTES_MAX);
}

/* The contractor says where its crew is: first on the way, perhaps again, then there. */
static bool
decide_report(const struct callout *callout, const struct callout_command *command,
    struct outcome *ret, struct refusal *ret_refusal)
{
	if (callout->ringdown.on_site_at.us != 0)
		return refuse(ret_refusal, REFUSAL_CREW_ON_SITE, "status",
		    "the crew has been reported on site already");
	if (!check_minutes(command->minutes, 0, ret_refusal))
		return false;
	if (command->on_site && command->minutes != 0)
		return refuse(ret_refusal, REFUSAL_ETA_INVALID, "etaMinutes",
		    "who is on site has no minutes to arrival: leave etaMinutes out");
	if (command->on_site)
		outcome_event(ret, ECO_EVENT_CREW_ON_SITE);
	else
		outcome_event(ret, ECO_EVENT_CREW_EN_ROUTE)->crew_en_route.eta_minutes =
		    command->minutes;
	return true;
}

/* How the ring-down took what a desk said, as the answer to who said it. */
static bool
check_reply(enum ringdown_reply reply, struct refusal *ret_refusal)
{
	switch (reply) {
	case RINGDOWN_NOTED:
	case RINGDOWN_ASK_ETA:
	case RINGDOWN_CONFIRMED:
	case RINGDOWN_WELCOME:
	case RINGDOWN_ETA_NOTED:
		return true;
	case RINGDOWN_TOO_LATE:
		return refuse(ret_refusal, REFUSAL_JOB_TAKEN, "personId",
		    "somebody else has the job, or nobody is needed any more");
	case RINGDOWN_UNKNOWN:
		return refuse(ret_refusal, REFUSAL_NOT_IN_PLAN, "personId",
		    "this person is not among those whom the plan of this ECO has");
	}
	UNREACHABLE("ringdown reply");
}

static bool
visit(const struct callout *callout, struct uuid person, enum ringdown_choice choice, int64_t value,
    struct outcome *ret, struct refusal *ret_refusal)
{
	const struct ringdown_visit said = {
		.person = person, .channel = PAGE_CHANNEL_DESK, .choice = choice, .value = value
	};

	return check_reply(ringdown_on_visit(&callout->ringdown, &said, ret), ret_refusal);
}

/* Only who has accepted has an ETA that can change. */
static bool
decide_change_eta(const struct callout *callout, const struct callout_command *command,
    struct outcome *ret, struct refusal *ret_refusal)
{
	const struct ringdown *ringdown = &callout->ringdown;

	if (!check_minutes(command->minutes, 1, ret_refusal))
		return false;
	if (ringdown->state != DISPATCH_ACCEPTED)
		return refuse(ret_refusal, REFUSAL_NOBODY_ACCEPTED, "",
		    "nobody has accepted this ECO: there is no ETA to change");
	if (ringdown->on_site_at.us != 0)
		return refuse(ret_refusal, REFUSAL_CREW_ON_SITE, "",
		    "the crew has been reported on site already");
	return visit(callout, ringdown->accepted_person, RINGDOWN_NEW_ETA, command->minutes, ret,
	    ret_refusal);
}

/* The first acceptance wins, whoever speaks it. */
static bool
decide_accept_for(const struct callout *callout, const struct callout_command *command,
    struct outcome *ret, struct refusal *ret_refusal)
{
	return check_minutes(command->minutes, 0, ret_refusal) &&
	       visit(callout, command->person, RINGDOWN_ETA, command->minutes, ret, ret_refusal);
}

/* Somebody who cannot is not rung; who had accepted gives the job back. */
static bool
decide_decline_for(const struct callout *callout, const struct callout_command *command,
    struct outcome *ret, struct refusal *ret_refusal)
{
	if (command->reason < 0 || command->reason > DECLINE_REASON_MAX)
		return refuse(ret_refusal, REFUSAL_DECLINE_REASON_INVALID, "reason",
		    "reason is %lld: it is a digit from 1 to %d, or left out",
		    (long long)command->reason, DECLINE_REASON_MAX);
	return visit(callout, command->person, RINGDOWN_DECLINE, command->reason, ret, ret_refusal);
}

/*
 * The NOC does not wait for the agreed pause, or wants more rounds than were agreed.  Who is to
 * be rung is found out when the round begins, which is at once.
 */
static bool
decide_ring_again(const struct callout *callout, struct outcome *ret, struct refusal *ret_refusal)
{
	const struct ringdown *ringdown = &callout->ringdown;

	if (!ringdown_may_ring_again(ringdown))
		return refuse(ret_refusal, REFUSAL_RINGING_GOES_ON, "",
		    "the ring-down is %.*s: a list is rung again when it is exhausted or was "
		    "stopped, "
		    "and somebody is needed",
		    STR_ARG(eco_word_words(&dispatch_state_words, ringdown->state)));
	outcome_event(ret, ECO_EVENT_PAGER_RETRY_SCHEDULED)->pager_retry_scheduled =
	    (struct eco_pager_retry_scheduled){ .round = ringdown->round + 1, .at = ret->now };
	outcome_set_timer(ret, TIMER_PAGER_RETRY, ret->now);
	return true;
}

bool
callout_decide(const struct callout *callout, const struct callout_command *command,
    struct outcome *ret, struct refusal *ret_refusal)
{
	if (command->has_version && command->version != callout->version)
		return refuse(ret_refusal, REFUSAL_VERSION_STALE, "version",
		    "the ECO stands at version %lld, the command was decided on %lld",
		    (long long)callout->version, (long long)command->version);
	if (!check_going_on(&callout->eco, ret_refusal))
		return false;

	switch (command->type) {
	case CALLOUT_REPORT_CREW:
		return decide_report(callout, command, ret, ret_refusal);
	case CALLOUT_CHANGE_ETA:
		return decide_change_eta(callout, command, ret, ret_refusal);
	case CALLOUT_ACCEPT_FOR:
		return decide_accept_for(callout, command, ret, ret_refusal);
	case CALLOUT_DECLINE_FOR:
		return decide_decline_for(callout, command, ret, ret_refusal);
	case CALLOUT_RING_AGAIN:
		return decide_ring_again(callout, ret, ret_refusal);
	}
	UNREACHABLE("callout command");
}
