#ifndef API_WEBHOOK_GATE_H
#define API_WEBHOOK_GATE_H

#include "api/api_internal.h"
#include "proto/form.h"

/*
 * webhook_gate: did the claimed system send this?  For api/ only.
 *
 * Two proofs.  Twilio's signature is always asked for: over the URL as Twilio was
 * given it (public_url, whatever proxies stand between), and over the form, or over
 * the body's digest where the URL carries one.  When webhook_access_client_id or its
 * secret is set, the request must also come through Cloudflare Access: with the
 * service token (CF-Access-Client-Id, CF-Access-Client-Secret), or with Access's own
 * assertion of that client id, which config.webhook_service verifies.  An id without
 * its secret is good for the assertion only, a secret without its id for nothing.
 *
 * Twilio signs with the token of the account that makes the call.  Ours are made
 * with the main account's credentials in the subaccount of a NOC; so both the main
 * account's tokens are good and, where the parameter AccountSid names a subaccount,
 * those that are kept as the secret "twilio-ac..." (the SID in small letters) and
 * "twilio-ac...-previous".  Whoever holds a subaccount's token can sign what it
 * likes, so that ${subaccount} has to be held against the agreement of the ECO.
 */
/*
 * The gateway signs otherwise: X-Strike-Timestamp is the moment in seconds, and
 * X-Strike-Signature the HMAC-SHA256, in hexadecimal, of that moment, the URL and the body,
 * each but the last followed by a line feed, under gateway_signing_secret (or the one
 * before it).  What is more than WEBHOOK_GATEWAY_AGE_MAX_S from now is no proof, so that
 * a request can be repeated for as long only.
 */
#define WEBHOOK_GATEWAY_AGE_MAX_S 300

struct webhook_proof {
	bool genuine;
	struct str subaccount; /* whose own token signed; empty: one of the main account */
	struct str reason;     /* when not genuine: for our records, never for whoever asked */
};

/** Whether ${request} is for a route of the gateway: "/webhooks/gateway/...". */
bool webhook_gate_is_gateway(const struct api_request *request);

/** Look for the proofs in ${request}, whose body is ${form}, or no form (NULL). */
NODISCARD struct err *webhook_gate_check(
    struct api_request *request, const struct form *form, struct webhook_proof *ret);

#endif
