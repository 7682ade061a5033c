#include "domain/eco/eco.h"

/* Blank: nothing but white space. */
static bool
is_blank(struct str text)
{
	return str_empty(str_trim(text));
}

/* A text that somebody must give, of at most ${chars_max} characters. */
static bool
check_text(struct str text, size_t chars_max, enum refusal_code blank, enum refusal_code too_long,
    const char *field, struct refusal *ret_refusal)
{
	size_t length = str_utf8_length(text);

	if (is_blank(text))
		return refuse(ret_refusal, blank, field, "%s is blank", field);
	if (length > chars_max)
		return refuse(ret_refusal, too_long, field,
		    "%s has %zu characters, at most %zu are allowed", field, length, chars_max);
	return true;
}

/* An agreement is in force with the contractor, and somebody there can be rung for the place. */
static bool
check_contractor(bool has_agreement, const struct pager_list *list, const char *place_field,
    struct refusal *ret_refusal)
{
	if (!has_agreement)
		return refuse(ret_refusal, REFUSAL_NO_AGREEMENT, "osp",
		    "no agreement between your organisation and this OSP is in force");
	if (list == NULL)
		return refuse(ret_refusal, REFUSAL_NO_PAGER_LIST, place_field,
		    "no region of this OSP covers the location and the agreement has no default "
		    "list");
	if (roster_reachable(list) == 0)
		return refuse(ret_refusal, REFUSAL_NOBODY_TO_RING, place_field,
		    "nobody on the pager list that covers the location can be rung");
	return true;
}

bool
eco_check_create(const struct eco_create *create, struct refusal *ret_refusal)
{
	if (!geo_check(&create->location, ret_refusal))
		return false;
	if (!check_text(create->description, ECO_DESCRIPTION_CHARS_MAX, REFUSAL_DESCRIPTION_BLANK,
		REFUSAL_DESCRIPTION_TOO_LONG, "description", ret_refusal))
		return false;
	return check_contractor(create->has_agreement, create->pager_list, "location", ret_refusal);
}

/* An ECO is created once, with everything that was known at the time. */
static bool
decide_create(const struct eco *eco, const struct eco_create *create, struct outcome *ret,
    struct refusal *ret_refusal)
{
	if (eco->status != ECO_ABSENT)
		return refuse(ret_refusal, REFUSAL_ECO_EXISTS, "", "this ECO exists already");
	if (!eco_check_create(create, ret_refusal))
		return false;

	outcome_event(ret, ECO_EVENT_CREATED)->created = (struct eco_created){
		.noc = create->noc,
		.osp = create->osp,
		.agreement = create->agreement,
		.job_number = create->job_number,
		.job_type = create->job_type,
		.location = create->location,
		.description = create->description,
		.terms = create->terms,
		.noc_duty_phone = create->noc_duty_phone,
		.exercise = create->exercise,
	};
	return true;
}

/* Both sides write notes, at any time, also after the end: nothing is ever edited. */
static bool
decide_add_note(const struct eco_add_note *add, struct outcome *ret, struct refusal *ret_refusal)
{
	if (!check_text(add->text, ECO_NOTE_CHARS_MAX, REFUSAL_NOTE_BLANK, REFUSAL_NOTE_TOO_LONG,
		"text", ret_refusal))
		return false;

	outcome_event(ret, ECO_EVENT_NOTE_ADDED)->note_added = (struct eco_note_added){
		.note = add->note,
		.side = add->side,
		.visibility = add->visibility,
		.text = add->text,
	};
	return true;
}

/* What is over stays over; a new ECO is linked instead. */
static bool
check_alive(const struct eco *eco, struct refusal *ret_refusal)
{
	if (eco->status == ECO_STATUS_CLOSED)
		return refuse(ret_refusal, REFUSAL_ECO_CLOSED, "", "this ECO is closed");
	if (eco->status == ECO_STATUS_CANCELLED)
		return refuse(ret_refusal, REFUSAL_ECO_CANCELLED, "", "this ECO is cancelled");
	return true;
}

static bool
check_completed(const struct eco *eco, const char *what, struct refusal *ret_refusal)
{
	if (!check_alive(eco, ret_refusal))
		return false;
	if (eco->status == ECO_STATUS_COMPLETED)
		return true;
	return refuse(ret_refusal, REFUSAL_ECO_NOT_COMPLETED, "",
	    "this ECO is %.*s: only one whose work is reported complete can be %s",
	    STR_ARG(eco_word_words(&eco_status_words, eco->status)), what);
}

/* The NOC confirms the restoration before the grace period has passed. */
static bool
decide_close(const struct eco *eco, struct outcome *ret, struct refusal *ret_refusal)
{
	if (!check_completed(eco, "closed", ret_refusal))
		return false;
	outcome_event(ret, ECO_EVENT_CLOSED)->closed.cause = CLOSE_CAUSE_NOC_CONFIRMED;
	outcome_clear_timer(ret, TIMER_GRACE);
	outcome_clear_timer(ret, TIMER_POLL);
	return true;
}

/* The NOC rejects the completion: service is not back, whatever the tasks say. */
static bool
decide_reopen(const struct eco *eco, const struct eco_reason *reopen, struct outcome *ret,
    struct refusal *ret_refusal)
{
	if (!check_completed(eco, "reopened", ret_refusal) ||
	    !check_text(reopen->reason, ECO_REASON_CHARS_MAX, REFUSAL_REASON_BLANK,
		REFUSAL_REASON_TOO_LONG, "reason", ret_refusal))
		return false;
	outcome_event(ret, ECO_EVENT_REACTIVATED)->reactivated = (struct eco_reactivated){
		.cause = REACTIVATION_NOC_REJECTED,
		.reason = reopen->reason,
	};
	outcome_clear_timer(ret, TIMER_GRACE);
	outcome_set_timer(ret, TIMER_POLL, ret->now);
	return true;
}

/* The NOC withdraws the ECO while the work is not yet reported complete. */
static bool
decide_cancel(const struct eco *eco, const struct eco_reason *cancel, struct outcome *ret,
    struct refusal *ret_refusal)
{
	if (!check_alive(eco, ret_refusal))
		return false;
	if (eco->status == ECO_STATUS_COMPLETED)
		return refuse(ret_refusal, REFUSAL_ECO_ALREADY_COMPLETED, "",
		    "the work is reported complete: close or reopen the ECO instead");
	if (!check_text(cancel->reason, ECO_REASON_CHARS_MAX, REFUSAL_REASON_BLANK,
		REFUSAL_REASON_TOO_LONG, "reason", ret_refusal))
		return false;
	outcome_event(ret, ECO_EVENT_CANCELLED)->cancelled.reason = cancel->reason;
	outcome_clear_timer(ret, TIMER_POLL);
	outcome_clear_timer(ret, TIMER_TASKING);
	return true;
}

/* Another contractor takes over what is not yet reported complete. */
static bool
check_engage(const struct eco *eco, const struct eco_engage *engage, struct refusal *ret_refusal)
{
	if (!check_alive(eco, ret_refusal))
		return false;
	if (eco->status == ECO_STATUS_COMPLETED)
		return refuse(ret_refusal, REFUSAL_ECO_ALREADY_COMPLETED, "",
		    "the work is reported complete: close or reopen the ECO first");
	if (!check_text(engage->reason, ECO_REASON_CHARS_MAX, REFUSAL_REASON_BLANK,
		REFUSAL_REASON_TOO_LONG, "reason", ret_refusal))
		return false;
	if (uuid_equal(engage->osp, eco->osp))
		return refuse(
		    ret_refusal, REFUSAL_OSP_ENGAGED_ALREADY, "osp", "this OSP is engaged already");
	return check_contractor(engage->has_agreement, engage->pager_list, "osp", ret_refusal);
}

static bool
decide_relieve(const struct eco *eco, const struct eco_engage *engage, struct outcome *ret,
    struct refusal *ret_refusal)
{
	if (!check_engage(eco, engage, ret_refusal))
		return false;
	outcome_event(ret, ECO_EVENT_OSP_RELIEVED)->osp_relieved =
	    (struct eco_osp_relieved){ .osp = eco->osp, .reason = engage->reason };
	outcome_clear_timer(ret, TIMER_POLL);
	outcome_clear_timer(ret, TIMER_TASKING);
	return true;
}

static bool
decide_engage(const struct eco *eco, const struct eco_engage *engage, struct outcome *ret)
{
	CHECK(eco->relieved);
	outcome_event(ret, ECO_EVENT_OSP_ENGAGED)->osp_engaged = (struct eco_osp_engaged){
		.osp = engage->osp,
		.agreement = engage->agreement,
		.job_number = engage->job_number,
		.terms = engage->terms,
		.noc_duty_phone = engage->noc_duty_phone,
	};
	return true;
}

bool
eco_decide(const struct eco *eco, int64_t version, const struct eco_command *command,
    struct outcome *ret, struct refusal *ret_refusal)
{
	CHECK((eco->status == ECO_ABSENT) == (version == 0));

	if (command->type != ECO_CREATE && eco->status == ECO_ABSENT)
		return refuse(ret_refusal, REFUSAL_ECO_UNKNOWN, "id", "there is no such ECO");
	if (command->has_version && command->version != version)
		return refuse(ret_refusal, REFUSAL_VERSION_STALE, "version",
		    "the ECO stands at version %lld, the command was decided on %lld",
		    (long long)version, (long long)command->version);

	switch (command->type) {
	case ECO_CREATE:
		return decide_create(eco, &command->create, ret, ret_refusal);
	case ECO_ADD_NOTE:
		return decide_add_note(&command->add_note, ret, ret_refusal);
	case ECO_CLOSE:
		return decide_close(eco, ret, ret_refusal);
	case ECO_REOPEN:
		return decide_reopen(eco, &command->reopen, ret, ret_refusal);
	case ECO_CANCEL:
		return decide_cancel(eco, &command->cancel, ret, ret_refusal);
	case ECO_RELIEVE:
		return decide_relieve(eco, &command->engage, ret, ret_refusal);
	case ECO_ENGAGE:
		return decide_engage(eco, &command->engage, ret);
	}
	UNREACHABLE("eco command");
}
