#ifndef API_WEBHOOK_H
#define API_WEBHOOK_H

#include "api/api_internal.h"
#include "app/change.h"
#include "proto/form.h"

/*
 * webhook: a call-back from Twilio, proven and understood.  For api/ only.
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
 * when it is signed and makes no sense; 404 when there is no such attempt),
 * recorded, and ${ret_genuine} is false.
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
