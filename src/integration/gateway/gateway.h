#ifndef INTEGRATION_GATEWAY_H
#define INTEGRATION_GATEWAY_H

#include "integration/telephony.h"
#include "runtime/http_client.h"
#include "runtime/secret.h"

/*
 * gateway: the telephony port over a gateway of one's own in front of a SIP trunk, by the
 * JSON API that docs/reference/gateway-api.md defines.
 *
 * Every request has a key, and the gateway does a thing once under a key: a request whose
 * answer was lost may be sent again.  So what was begun is found by its key, and certain.
 *
 *	201, 200 with an id           accepted
 *	400, 404, 409, 422            not accepted, with the gateway's code and words
 *	401, 403                      ERR_UNAVAILABLE, naming the settings to check
 *	429, 503 + Retry-After        ERR_UNAVAILABLE: nothing was done
 *	other 5xx, no id              ERR_UNCERTAIN when it was to call or text
 *
 * It fetches the documents and posts the call-backs that Twilio would; where those go is the
 * same path with "gateway" for "twilio", because they are signed in another way.
 */

/* How ids of the gateway begin inside this program, in events and in the store. */
#define GATEWAY_ID_PREFIX "gw-"

struct gateway_config {
	struct http_client *client;
	struct str api_url; /* "https://gateway.example.com" */
	struct str from;    /* the number that it rings from; empty: the tenant's */
	struct secret token;
	struct duration timeout; /* of one request */
};

/**
 * A telephony that speaks to a gateway.  What ${config} points at is borrowed and must
 * outlive it.  End it with telephony_destroy().
 */
NODISCARD struct telephony *gateway_create(const struct gateway_config *config);

#endif
