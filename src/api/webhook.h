#ifndef API_WEBHOOK_H
#define API_WEBHOOK_H

#include "api/api_internal.h"
#include "app/change.h"
#include "proto/form.h"

/*
 * webhook: a call-back from Twilio, proven (webhook_gate.h) and understood.  For api/
 * only.
 *
 * A signature has no date, so whoever has seen a signed request can send it again.
 * What that comes to:
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
 *   - Hours after the call: refused (410), and recorded.
 */
struct webhook {
	struct form query; /* what we put into the URL */
	struct form form;  /* what Twilio says */
	struct uuid eco;
	int64_t attempt;
	int64_t try;
	struct str call;                    /* CallSid */
	const struct change_loaded *loaded; /* the ECO as it stands */
	struct app_work work;
};

/**
 * Take ${request} for a webhook: only when its signature proves that Twilio sent
 * it to this very URL, about a call of ours.  Otherwise it is answered (403; 400
 * when it is signed and makes no sense; 404 when there is no such attempt, or none
 * of the subaccount that signed; 410 when its call was over hours ago), recorded, and
 * ${ret_genuine} is false.
 */
NODISCARD struct err *webhook_open(
    struct api_request *request, bool *ret_genuine, struct webhook *ret);

/**
 * The key under which this call-back is taken once: made of the call, the route
 * and ${what}, which tells apart what may rightly come again.
 */
struct uuid webhook_key(
    const struct api_request *request, const struct webhook *webhook, struct str what);

/** The base of the URLs that a caller's next input is sent to:
 * "<public>/webhooks/.../<route>?eco=..&attempt=.." */
struct str webhook_url(
    const struct api_request *request, const struct webhook *webhook, const char *route);

#endif
