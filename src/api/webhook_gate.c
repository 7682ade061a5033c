#include "api/webhook_gate.h"

#include <ctype.h>

#include "base/hex.h"
#include "base/hmac.h"
#include "proto/twilio_sid.h"
#include "proto/twilio_signature.h"
#include "runtime/secrets.h"

_Static_assert(SECRETS_PAIR == TWILIO_TOKENS, "a pair of secrets is a pair of tokens");

static struct str
header(const struct api_request *request, struct str name)
{
	return http_header_find(request->http->headers, request->http->header_count, name);
}

/* -- Cloudflare Access -- */

/* A service token of Access; one of which a half is missing is none. */
struct service_token {
	struct str id;
	struct secret secret;
};

/* Whether the headers of ${request} carry one of ${tokens}; in the same time whether or not. */
static bool
carries_token(const struct api_request *request, const struct service_token *tokens, size_t count)
{
	struct str id = header(request, STR("CF-Access-Client-Id"));
	struct str secret = header(request, STR("CF-Access-Client-Secret"));
	bool matches = false;

	for (size_t i = 0; i < count; i++) {
		bool whole = !str_empty(tokens[i].id) && secret_is_set(tokens[i].secret);
		bool same_id = hmac_equal(tokens[i].id, id);
		bool same_secret = hmac_equal(secret_reveal(tokens[i].secret), secret);

		matches |= whole & same_id & same_secret;
	}
	return matches;
}

/* Whether Access itself says that ${request} came with the token ${id}, or ${previous_id}. */
static struct err *
is_asserted(struct api_request *request, struct str id, struct str previous_id, bool *ret)
{
	const struct api_config *config = &request->api->config;
	struct str assertion = header(request, STR("Cf-Access-Jwt-Assertion"));
	struct str named = { NULL, 0 };

	*ret = false;
	if (config->webhook_service == NULL || str_empty(assertion))
		return NULL;
	TRY(config->webhook_service(
	    config->webhook_service_context, request->arena, assertion, request->now, &named));
	*ret = !str_empty(named) && (str_equal(named, id) || str_equal(named, previous_id));
	return NULL;
}

/* Whether ${request} came through Access, where that is asked for. */
static struct err *
came_through_access(struct api_request *request, bool *ret)
{
	const struct config *settings = request->api->config.settings;
	struct str id = settings->webhook_access_client_id;
	struct str previous_id = settings->webhook_access_client_id_previous;
	const struct service_token tokens[] = {
		{ id, settings->webhook_access_client_secret },
		{ str_empty(previous_id) ? id : previous_id,
		    settings->webhook_access_client_secret_previous },
	};
	bool asked_for = !str_empty(id) || !str_empty(previous_id) ||
			 secret_is_set(tokens[0].secret) || secret_is_set(tokens[1].secret);

	*ret = !asked_for || carries_token(request, tokens, COUNT_OF(tokens));
	return *ret ? NULL : is_asserted(request, id, previous_id, ret);
}

/* -- Twilio -- */

/* The URL as Twilio was given it, behind whatever proxies this request has come through. */
static struct str
signed_url(const struct api_request *request)
{
	const struct http_request *http = request->http;

	return arena_printf(request->arena, "%.*s%.*s%s%.*s",
	    STR_ARG(request->api->config.public_url), STR_ARG(http->path),
	    str_empty(http->query) ? "" : "?", STR_ARG(http->query));
}

static bool
is_signed(struct api_request *request, const struct form *form, const struct secret pair[])
{
	const struct str tokens[TWILIO_TOKENS] = { secret_reveal(pair[0]), secret_reveal(pair[1]) };
	struct str given = header(request, STR("X-Twilio-Signature")), url = signed_url(request);
	struct form query;

	if (!form_parse(request->arena, request->http->query, &query))
		return false;
	if (form_has(&query, STR("bodySHA256")))
		return twilio_signature_check_body(
		    request->arena, tokens, url, request->http->body, given);
	return form != NULL && twilio_signature_check(request->arena, tokens, url, form, given);
}

/* The subaccount that ${form} says it comes from; empty when that is none. */
static struct str
named_subaccount(const struct api_request *request, const struct form *form)
{
	struct str none = { NULL, 0 };
	struct str sid = form == NULL ? none : form_find(form, STR("AccountSid"));

	if (!twilio_sid_is_account(sid) ||
	    str_equal_nocase(sid, request->api->config.settings->twilio_account_sid))
		return none;
	return sid;
}

/* The name of the secret that is ${subaccount}'s token: "twilio-ac...". */
static struct str
reference_of(struct arena *arena, struct str subaccount)
{
	char *small = arena_copy_z(arena, subaccount);

	for (char *at = small; at != NULL && *at != '\0'; at++)
		*at = (char)tolower((unsigned char)*at);
	return arena_printf(arena, "twilio-%s", small == NULL ? "" : small);
}

static struct err *
check_signature(struct api_request *request, const struct form *form, struct webhook_proof *ret)
{
	const struct config *settings = request->api->config.settings;
	struct secret tokens[TWILIO_TOKENS] = { settings->twilio_auth_token,
		settings->twilio_auth_token_previous };
	struct str subaccount = named_subaccount(request, form);

	ret->genuine = is_signed(request, form, tokens);
	if (ret->genuine || str_empty(subaccount))
		return NULL;
	TRY(secrets_find_pair(
	    settings, request->arena, reference_of(request->arena, subaccount), tokens));
	ret->genuine = is_signed(request, form, tokens);
	ret->subaccount = subaccount;
	return NULL;
}

/* -- the gateway -- */

bool
webhook_gate_is_gateway(const struct api_request *request)
{
	return str_starts_with(request->http->path, STR("/webhooks/gateway/"));
}

static bool
is_fresh(const struct api_request *request, struct str moment)
{
	int64_t now_s = request->now.us / 1000000, at_s;

	return str_parse_i64(moment, &at_s) && at_s >= now_s - WEBHOOK_GATEWAY_AGE_MAX_S &&
	       at_s <= now_s + WEBHOOK_GATEWAY_AGE_MAX_S;
}

static bool
is_signed_with(struct api_request *request, struct secret secret, struct str message)
{
	struct str key = secret_reveal(secret);
	struct str made = hex_digest(request->arena, hmac_sha256_of(key, message));

	return hmac_equal(made, header(request, STR("X-Strike-Signature"))) && !str_empty(key);
}

static void
check_gateway(struct api_request *request, struct webhook_proof *ret)
{
	const struct config *settings = request->api->config.settings;
	struct str moment = header(request, STR("X-Strike-Timestamp"));
	struct str url = signed_url(request);
	struct str message = arena_printf(request->arena, "%.*s\n%.*s\n%.*s", STR_ARG(moment),
	    STR_ARG(url), STR_ARG(request->http->body));
	bool now = is_signed_with(request, settings->gateway_signing_secret, message);
	bool before = is_signed_with(request, settings->gateway_signing_secret_previous, message);

	ret->genuine = now || before;
	if (!ret->genuine || is_fresh(request, moment))
		return;
	ret->genuine = false;
	ret->reason = STR("the signature is too old, or of the future");
}

struct err *
webhook_gate_check(struct api_request *request, const struct form *form, struct webhook_proof *ret)
{
	bool came_through;

	*ret = (struct webhook_proof){ .reason = STR("the signature does not fit") };
	if (webhook_gate_is_gateway(request))
		check_gateway(request, ret);
	else
		TRY(check_signature(request, form, ret));
	TRY(came_through_access(request, &came_through));
	if (came_through)
		return NULL;
	ret->genuine = false;
	ret->reason = STR("the service token of Access is missing or wrong");
	return NULL;
}
