#ifndef INTEGRATION_TWILIO_H
#define INTEGRATION_TWILIO_H

#include "base/instant.h"
#include "integration/telephony.h"
#include "runtime/http_client.h"
#include "runtime/secret.h"

/*
 * twilio: the telephony port over Twilio's REST API, version 2010-04-01
 * ("Call resource" and "Message resource" in Twilio's documentation).
 *
 * The main account's SID and token sign in for its subaccounts too.  How
 * Twilio's answers become the port's:
 *
 *	2xx with a SID                accepted
 *	4xx                           not accepted, with Twilio's code and words
 *	401, 403 for the credentials  ERR_UNAVAILABLE, naming the settings to check
 *	408, 429, 503 + Retry-After   ERR_UNAVAILABLE: nothing was done
 *	other 5xx, 2xx without a SID  ERR_UNCERTAIN when it was to call or text
 *
 * Ending a call and looking for one may be repeated without harm, so what goes
 * wrong there is ERR_UNAVAILABLE even when the answer was lost.
 *
 * A call that waits in Twilio's queue has no start time yet, so calls are looked
 * up by their numbers only and sifted by date_created, which has whole seconds:
 * a call made in the very second of ${since} is found.
 */

/* More records than this of one number since the moment asked for are a fault (ERR_LIMIT). */
#define TWILIO_RECORDS_MAX 200

struct twilio_config {
	struct http_client *client;
	struct str api_url; /* "https://api.twilio.com" */
	struct str account_sid;
	struct secret auth_token;
	struct duration timeout; /* of one request */
};

/**
 * A telephony that speaks to Twilio.  What ${config} points at is borrowed and
 * must outlive it.  End it with telephony_destroy().
 */
NODISCARD struct telephony *twilio_create(const struct twilio_config *config);

#endif
