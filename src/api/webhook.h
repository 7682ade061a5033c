#ifndef API_WEBHOOK_H
#define API_WEBHOOK_H

#include "api/api_internal.h"
#include "app/change.h"
#include "proto/form.h"

/*
 * webhook: a call-back from a provider of telephony, proven (webhook_gate.h) and
 * understood.  For api/ only.
 *
 * Twilio's stand under /webhooks/twilio, those of the gateway under /webhooks/gateway;
 * the forms are the same.
 *
 * A signature of Twilio's has no date, so whoever has seen a signed request can send it
 * again.  What that comes to:
 *
 *   - The same once more: the key of webhook_key() was used, so it is answered as
 *     before and changes nothing.  The key is made of what the signature covers.
 *     Twilio's I-Twilio-Idempotency-Token is not looked at: nothing signs that
 *     header, so that who repeats a request could give it a new one, or take the
 *     one of a request that is still to come.
 *   - Out of order: the ring-down knows how far a call has come and takes no step
 *     back.  SequenceNumber would say the same, and only of states.
 *   - Of an attempt, or a round, that is over: what the ring-down makes of news
 *     that come late, which is nothing, or an acceptance that nobody has overtaken.
 *   - Hours after anything has happened to the ECO: refused (410), and recorded.
 *
 * A talk goes on through URLs that we gave, which the signature covers: what they say
 * (the try, that the PIN was right) is what we said.
 */

/* What a call-back is about, and how it names it. */
enum webhook_subject {
	WEBHOOK_CALL,   /* a call about an ECO: ours of an attempt, or a person's to us */
	WEBHOOK_TEXT,   /* a text of ours, of an attempt */
	WEBHOOK_CALLER, /* somebody calls us */
	WEBHOOK_WRITER, /* somebody texts us */
};

struct webhook {
	struct form query; /* what we put into the URL */
	struct form form;  /* what the provider says */
	bool is_gateway;
	struct str subaccount; /* whose own token signed; empty: one of the main account */
	struct str id;         /* CallSid or MessageSid */
	/* Of CALL and TEXT: */
	struct uuid eco;
	int64_t attempt;    /* 0: it is a visit of ... */
	struct uuid person; /* ... this person of the plan; Nil: it is not */
	int64_t try;        /* from 1 */
	bool known;         /* the PIN was right */
	int64_t place;      /* of a visit: its place among several callouts, from 1 */
	const struct change_loaded *loaded; /* the ECO as it stands */
	struct app_work work;
};

/**
 * Take ${request} for a webhook about ${subject}: only when its signature proves that the
 * provider sent it to this very URL.  Otherwise it is answered (403; 400 when it is
 * signed and makes no sense; 404 when there is no such attempt, or none of the
 * subaccount that signed; 410 when all was over hours ago), recorded, and
 * ${ret_genuine} is false.
 */
NODISCARD struct err *webhook_open(struct api_request *request, enum webhook_subject subject,
    bool *ret_genuine, struct webhook *ret);

/**
 * The key under which this call-back is taken once: made of the call, the route
 * and ${what}, which tells apart what may rightly come again.
 */
struct uuid webhook_key(
    const struct api_request *request, const struct webhook *webhook, struct str what);

/**
 * The base of the URLs that a caller's next input is sent to:
 * "<public>/webhooks/<provider>/voice/<route>?eco=..&attempt=.."
 */
struct str webhook_url(
    const struct api_request *request, const struct webhook *webhook, const char *route);

/** The person whom a CALL is about; NULL when the plan does not know them (any more). */
const struct roster_person *webhook_person(const struct webhook *webhook);

/** Whether whoever signed ${webhook} calls and texts for the agreement of ${callout}. */
NODISCARD struct err *webhook_may_see(
    const struct webhook *webhook, const struct callout *callout, bool *ret);

/** Answer with the TwiML in ${buf}, which lives in the arena. */
NODISCARD struct err *webhook_respond(struct api_request *request, const struct buf *buf);

#endif
