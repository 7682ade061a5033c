#include "domain/directory/agreement_decide.h"

#include "domain/directory/organisation_decide.h"
#include "domain/directory/shape.h"

bool
agreement_is_on(const struct agreement *agreement, struct uuid party, enum side side)
{
	return uuid_equal(side == SIDE_NOC ? agreement->noc : agreement->osp, party);
}

struct eco_terms
agreement_default_terms(void)
{
	return (struct eco_terms){ .ring_s = 25,
		.loops = 3,
		.retry_after_s = 1200,
		.retries = 1,
		.grace_s = 86400,
		.poll_s = 60,
		.poll_grace_s = 300,
		.arrival_s = ECO_ARRIVAL_S_DEFAULT,
		.arrival_grace_s = ECO_ARRIVAL_GRACE_S_DEFAULT };
}

/* ---- terms ---- */

static bool
check_between(int64_t value, int64_t least, int64_t most, const char *field, const char *whose,
    struct refusal *ret_refusal)
{
	if (value >= least && value <= most)
		return true;
	return refuse(ret_refusal, REFUSAL_TERMS_OUT_OF_BOUNDS, field,
	    "%s is %lld: %s is %lld to %lld", field, (long long)value, whose, (long long)least,
	    (long long)most);
}

/* What Strike allows anybody. */
static bool
check_terms(const struct eco_terms *terms, struct refusal *ret)
{
	const char *allowed = "what is allowed";

	return check_between(
		   terms->ring_s, RING_S_MIN, RING_S_MAX, "terms.ringSeconds", allowed, ret) &&
	       check_between(terms->loops, LOOPS_MIN, LOOPS_MAX, "terms.loops", allowed, ret) &&
	       check_between(terms->retry_after_s, RETRY_AFTER_S_MIN, RETRY_AFTER_S_MAX,
		   "terms.retryAfterSeconds", allowed, ret) &&
	       check_between(terms->retries, 0, RETRIES_MAX, "terms.retries", allowed, ret) &&
	       check_between(terms->grace_s, 0, GRACE_S_MAX, "terms.graceSeconds", allowed, ret) &&
	       check_between(
		   terms->poll_s, POLL_S_MIN, POLL_S_MAX, "terms.pollSeconds", allowed, ret) &&
	       check_between(terms->arrival_s, ARRIVAL_S_MIN, ARRIVAL_S_MAX, "terms.arrivalSeconds",
		   allowed, ret) &&
	       check_between(terms->arrival_grace_s, 0, ARRIVAL_GRACE_S_MAX,
		   "terms.arrivalGraceSeconds", allowed, ret) &&
	       check_between(terms->poll_grace_s, POLL_S_MIN, POLL_S_MAX, "terms.pollGraceSeconds",
		   allowed, ret);
}

/* What the OSP allows whoever engages it; asked when ${by} is the OSP. */
static bool
check_osp_bounds(const struct agreement *agreement, const struct eco_terms *terms,
    const struct agreement_party *by, struct refusal *ret)
{
	const struct organisation *osp = by->organisation;

	if (!agreement_is_on(agreement, by->id, SIDE_OSP))
		return true;
	return check_between(terms->ring_s, osp->ring_s_min, osp->ring_s_max, "terms.ringSeconds",
		   "what your organisation allows", ret) &&
	       check_between(terms->loops, LOOPS_MIN, osp->loops_max, "terms.loops",
		   "what your organisation allows", ret);
}

static bool
check_until(struct instant from, struct instant until, struct instant now, struct refusal *ret)
{
	if (until.us == RECORD_NO_MOMENT.us)
		return true;
	if (until.us <= from.us || until.us <= now.us)
		return refuse(ret, REFUSAL_VALIDITY_INVALID, "validUntil",
		    "validUntil must be later than validFrom, and than now");
	return true;
}

/* ---- proposing ---- */

/* The prefix stands in the OSP's numbers: it is the OSP that chooses it. */
static bool
check_prefix(const struct agreement *agreement, const struct agreement_party *by, struct str prefix,
    struct refusal *ret)
{
	bool is_osp = agreement_is_on(agreement, by->id, SIDE_OSP);

	if (is_osp && !shape_is_prefix(prefix))
		return refuse(ret, REFUSAL_PREFIX_INVALID, "numberPrefix",
		    "numberPrefix must be 2 to 4 upper-case letters: job numbers begin with it");
	if (!is_osp && !str_empty(prefix))
		return refuse(ret, REFUSAL_PREFIX_INVALID, "numberPrefix",
		    "the OSP chooses numberPrefix: leave it out");
	return true;
}

bool
agreement_decide_propose(const struct record *before, const struct agreement *given,
    const struct agreement_party *by, struct instant now, struct record_decision *ret,
    struct refusal *ret_refusal)
{
	struct agreement *after;

	if (!check_terms(&given->terms, ret_refusal) ||
	    !check_osp_bounds(given, &given->terms, by, ret_refusal) ||
	    !check_prefix(given, by, given->number_prefix, ret_refusal) ||
	    !check_until(given->valid_from, given->valid_until, now, ret_refusal))
		return false;
	after = &decision_event(ret, before, DIRECTORY_EVENT_AGREEMENT_PROPOSED)->agreement;
	*after = *given;
	after->state = AGREEMENT_PROPOSED;
	after->amendment = (struct agreement_amendment){ .open = false };
	return true;
}

bool
agreement_decide_amend(const struct record *before, const struct agreement_amendment *given,
    const struct agreement_party *by, struct instant now, struct record_decision *ret,
    struct refusal *ret_refusal)
{
	const struct agreement *agreement = &before->agreement;
	struct agreement_amendment *after;

	if (agreement->state != AGREEMENT_AGREED)
		return refuse(ret_refusal, REFUSAL_AGREEMENT_STATE, "agreement",
		    "this agreement is %.*s: only one that is agreed is amended",
		    STR_ARG(eco_word_words(&agreement_state_words, agreement->state)));
	if (agreement->amendment.open)
		return refuse(ret_refusal, REFUSAL_AGREEMENT_STATE, "agreement",
		    "an amendment is open already: accept or decline it first");
	if (!check_terms(&given->terms, ret_refusal) ||
	    !check_osp_bounds(agreement, &given->terms, by, ret_refusal) ||
	    !check_until(agreement->valid_from, given->valid_until, now, ret_refusal))
		return false;
	after =
	    &decision_event(ret, before, DIRECTORY_EVENT_AMENDMENT_PROPOSED)->agreement.amendment;
	*after = *given;
	after->open = true;
	return true;
}

/* ---- answering ---- */

static enum side
other_side(enum side side)
{
	return side == SIDE_NOC ? SIDE_OSP : SIDE_NOC;
}

/* Nobody accepts what they have proposed themselves, but for who stands on both sides. */
static bool
check_answers(const struct agreement *agreement, enum side proposed_by,
    const struct agreement_party *by, struct refusal *ret)
{
	if (agreement_is_on(agreement, by->id, other_side(proposed_by)))
		return true;
	return refuse(ret, REFUSAL_AGREEMENT_STATE, "agreement",
	    "your organisation has proposed this: the other side accepts it");
}

static bool
accept_amendment(const struct record *before, const struct agreement_party *by, struct str prefix,
    struct instant now, struct record_decision *ret, struct refusal *ret_refusal)
{
	const struct agreement_amendment *amendment = &before->agreement.amendment;
	struct agreement *after;

	if (!check_answers(&before->agreement, amendment->proposed_by, by, ret_refusal))
		return false;
	if (!str_empty(prefix))
		return refuse(ret_refusal, REFUSAL_PREFIX_INVALID, "numberPrefix",
		    "an amendment leaves the number prefix as it is: leave numberPrefix out");
	if (!check_osp_bounds(&before->agreement, &amendment->terms, by, ret_refusal) ||
	    !check_until(before->agreement.valid_from, amendment->valid_until, now, ret_refusal))
		return false;
	after = &decision_event(ret, before, DIRECTORY_EVENT_AGREEMENT_AMENDED)->agreement;
	after->kind = amendment->kind;
	after->terms = amendment->terms;
	after->valid_until = amendment->valid_until;
	after->amendment = (struct agreement_amendment){ .open = false };
	return true;
}

static bool
accept_agreement(const struct record *before, const struct agreement_party *by, struct str prefix,
    struct instant now, struct record_decision *ret, struct refusal *ret_refusal)
{
	const struct agreement *agreement = &before->agreement;
	struct agreement *after;

	if (!check_answers(agreement, agreement->proposed_by, by, ret_refusal))
		return false;
	/* Who has said it when proposing need not say it again. */
	if (str_empty(prefix) && agreement_is_on(agreement, by->id, SIDE_OSP))
		prefix = agreement->number_prefix;
	if (!check_prefix(agreement, by, prefix, ret_refusal) ||
	    !check_osp_bounds(agreement, &agreement->terms, by, ret_refusal) ||
	    !check_until(agreement->valid_from, agreement->valid_until, now, ret_refusal))
		return false;
	after = &decision_event(ret, before, DIRECTORY_EVENT_AGREEMENT_ACCEPTED)->agreement;
	after->state = AGREEMENT_AGREED;
	if (!str_empty(prefix))
		after->number_prefix = prefix;
	return true;
}

bool
agreement_decide_accept(const struct record *before, const struct agreement_party *by,
    struct str prefix, struct instant now, struct record_decision *ret, struct refusal *ret_refusal)
{
	const struct agreement *agreement = &before->agreement;

	if (agreement->state == AGREEMENT_AGREED && agreement->amendment.open)
		return accept_amendment(before, by, prefix, now, ret, ret_refusal);
	if (agreement->state == AGREEMENT_PROPOSED)
		return accept_agreement(before, by, prefix, now, ret, ret_refusal);
	return refuse(ret_refusal, REFUSAL_AGREEMENT_STATE, "agreement",
	    "this agreement is %.*s: nothing waits to be accepted",
	    STR_ARG(eco_word_words(&agreement_state_words, agreement->state)));
}

/* A reason may be given; when an agreement ends, it must be. */
static bool
check_reason(struct str reason, bool needed, struct refusal *ret)
{
	if (!needed && str_empty(reason))
		return true;
	if (str_empty(str_trim(reason)))
		return refuse(ret, REFUSAL_REASON_BLANK, "reason", "reason is blank");
	return shape_check_line(
	    reason, SHAPE_REASON_CHARS_MAX, REFUSAL_REASON_TOO_LONG, "reason", ret);
}

bool
agreement_decide_decline(const struct record *before, struct str reason,
    struct record_decision *ret, struct refusal *ret_refusal)
{
	const struct agreement *agreement = &before->agreement;

	if (!check_reason(reason, false, ret_refusal))
		return false;
	if (agreement->state == AGREEMENT_AGREED && agreement->amendment.open) {
		decision_event(ret, before, DIRECTORY_EVENT_AMENDMENT_DECLINED)->reason = reason;
		ret->after.agreement.amendment = (struct agreement_amendment){ .open = false };
		return true;
	}
	if (agreement->state != AGREEMENT_PROPOSED)
		return refuse(ret_refusal, REFUSAL_AGREEMENT_STATE, "agreement",
		    "this agreement is %.*s: nothing waits to be declined",
		    STR_ARG(eco_word_words(&agreement_state_words, agreement->state)));
	decision_event(ret, before, DIRECTORY_EVENT_AGREEMENT_DECLINED)->reason = reason;
	ret->after.agreement.state = AGREEMENT_DECLINED;
	return true;
}

/*
 * An end that lies ahead is a date; from then on no ECO is created under it.  What ends
 * before it begins is over at once, and its dates say when it would have been.
 */
bool
agreement_decide_end(const struct record *before, struct str reason, struct instant at,
    struct instant now, struct record_decision *ret, struct refusal *ret_refusal)
{
	const struct agreement *agreement = &before->agreement;
	struct agreement *after;

	if (agreement->state != AGREEMENT_AGREED)
		return refuse(ret_refusal, REFUSAL_AGREEMENT_STATE, "agreement",
		    "this agreement is %.*s: only one that is agreed is ended",
		    STR_ARG(eco_word_words(&agreement_state_words, agreement->state)));
	if (!check_reason(reason, true, ret_refusal))
		return false;
	if (at.us < now.us)
		return refuse(ret_refusal, REFUSAL_VALIDITY_INVALID, "at",
		    "at has passed already: an agreement ends now or later");
	if (agreement->valid_until.us != RECORD_NO_MOMENT.us && at.us > agreement->valid_until.us &&
	    agreement->valid_until.us > now.us)
		return refuse(ret_refusal, REFUSAL_VALIDITY_INVALID, "at",
		    "at is later than validUntil: an amendment can prolong the agreement");
	decision_event(ret, before, DIRECTORY_EVENT_AGREEMENT_ENDED)->reason = reason;
	after = &ret->after.agreement;
	after->amendment = (struct agreement_amendment){ .open = false };
	if (at.us == now.us || at.us <= agreement->valid_from.us)
		after->state = AGREEMENT_ENDED;
	if (at.us > agreement->valid_from.us)
		after->valid_until = at;
	return true;
}

/* ---- beside others ---- */

static bool
ends_before(struct instant until, struct instant from)
{
	return until.us != RECORD_NO_MOMENT.us && until.us <= from.us;
}

static bool
overlap(const struct agreement *a, const struct agreement *b)
{
	return !ends_before(a->valid_until, b->valid_from) &&
	       !ends_before(b->valid_until, a->valid_from);
}

bool
agreement_check_beside(
    const struct record *agreement, const struct record *other, struct refusal *ret_refusal)
{
	const struct agreement *a = &agreement->agreement, *b = &other->agreement;
	bool same_noc = uuid_equal(a->noc, b->noc);

	if (uuid_equal(agreement->id, other->id) || !uuid_equal(a->osp, b->osp))
		return true;
	if (same_noc && b->state == AGREEMENT_AGREED && overlap(a, b))
		return refuse(ret_refusal, REFUSAL_AGREEMENT_OVERLAPS, "validFrom",
		    "another agreement between the two is in force at that time: amend or end it");
	/* Also one that has ended: its numbers are on invoices. */
	if (!same_noc && b->state != AGREEMENT_DECLINED && !str_empty(a->number_prefix) &&
	    str_equal(a->number_prefix, b->number_prefix))
		return refuse(ret_refusal, REFUSAL_PREFIX_TAKEN, "numberPrefix",
		    "another agreement of your organisation has this prefix: choose another");
	return true;
}

/* ---- what a side keeps to itself ---- */

static bool
check_phone(struct str phone, const char *field, struct refusal *ret)
{
	if (str_empty(phone) || shape_is_phone(phone))
		return true;
	return refuse(ret, REFUSAL_PHONE_INVALID, field,
	    "%s must be a number like +15125550100: a plus and 8 to 15 digits", field);
}

static bool
is_same_noc_terms(const struct noc_terms *a, const struct noc_terms *b)
{
	if (!str_equal(a->duty_phone, b->duty_phone) ||
	    !str_equal(a->twilio_subaccount, b->twilio_subaccount) ||
	    !str_equal(a->twilio_from, b->twilio_from) || a->failover_count != b->failover_count)
		return false;
	for (size_t i = 0; i < a->failover_count; i++) {
		if (!uuid_equal(a->failover[i].osp, b->failover[i].osp))
			return false;
	}
	return true;
}

bool
noc_terms_decide_set(const struct record *before, const struct noc_terms *given,
    struct record_decision *ret, struct refusal *ret_refusal)
{
	if (!check_phone(given->duty_phone, "dutyPhone", ret_refusal) ||
	    !check_phone(given->twilio_from, "twilioFrom", ret_refusal))
		return false;
	if (!str_empty(given->twilio_subaccount) && !shape_is_account_sid(given->twilio_subaccount))
		return refuse(ret_refusal, REFUSAL_SETTING_INVALID, "twilioSubaccount",
		    "twilioSubaccount must be AC and 32 hexadecimal digits");
	if (before->version > 0 && is_same_noc_terms(&before->noc_terms, given))
		return decision_nothing(ret, before);
	decision_event(ret, before, DIRECTORY_EVENT_NOC_TERMS_SET)->noc_terms = *given;
	return true;
}

static bool
check_word(struct str word, const char *field, struct refusal *ret)
{
	if (str_empty(word) || shape_is_word(word))
		return true;
	return refuse(ret, REFUSAL_SETTING_INVALID, field,
	    "%s must be 1 to 120 visible characters without spaces", field);
}

static bool
is_same_osp_terms(const struct osp_terms *a, const struct osp_terms *b)
{
	return str_equal(a->render_url, b->render_url) &&
	       str_equal(a->render_client_id, b->render_client_id) &&
	       str_equal(a->render_secret_ref, b->render_secret_ref) &&
	       str_equal(a->render_project, b->render_project) &&
	       uuid_equal(a->default_list, b->default_list);
}

bool
osp_terms_decide_set(const struct record *before, const struct osp_terms *given,
    struct record_decision *ret, struct refusal *ret_refusal)
{
	if (!str_empty(given->render_url) && !shape_is_https_base(given->render_url))
		return refuse(ret_refusal, REFUSAL_SETTING_INVALID, "renderUrl",
		    "renderUrl must begin with https:// and have no user, query or fragment");
	if (!str_empty(given->render_secret_ref) && !shape_is_secret_ref(given->render_secret_ref))
		return refuse(ret_refusal, REFUSAL_SETTING_INVALID, "renderSecretRef",
		    "renderSecretRef is the name of a secret, 1 to 64 lower-case letters, digits "
		    "or "
		    "dashes; never the secret itself");
	if (!check_word(given->render_client_id, "renderClientId", ret_refusal) ||
	    !check_word(given->render_project, "renderProject", ret_refusal))
		return false;
	if (before->version > 0 && is_same_osp_terms(&before->osp_terms, given))
		return decision_nothing(ret, before);
	decision_event(ret, before, DIRECTORY_EVENT_OSP_TERMS_SET)->osp_terms = *given;
	return true;
}
