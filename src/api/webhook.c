#include "api/webhook.h"

#include "proto/twilio_signature.h"
#include "runtime/random.h"

static struct str
public_base(const struct api_request *request)
{
	return request->api->config.public_url;
}

/* The URL as Twilio was given it, behind whatever proxies this request has come through. */
static struct str
signed_url(const struct api_request *request)
{
	const struct http_request *http = request->http;

	return arena_printf(request->arena, "%.*s%.*s%s%.*s", STR_ARG(public_base(request)),
	    STR_ARG(http->path), str_empty(http->query) ? "" : "?", STR_ARG(http->query));
}

static bool
is_signed(struct api_request *request, const struct form *form)
{
	const struct config *settings = request->api->config.settings;
	struct str tokens[TWILIO_TOKENS] = {
		secret_reveal(settings->twilio_auth_token),
		secret_reveal(settings->twilio_auth_token_previous),
	};
	struct str given = http_header_find(
	    request->http->headers, request->http->header_count, STR("X-Twilio-Signature"));

	return twilio_signature_check(request->arena, tokens, signed_url(request), form, given);
}

/* A forgery has no effect, and is on record. */
static struct err *
reject(struct api_request *request, int status, const char *code, struct str reason)
{
	struct store_session *session;

	request->outcome = "rejected";
	request->note = reason;
	api_respond_error(request, status, code, reason);
	TRY(api_worker_session(request, &session));
	return store_record_rejection(session, request->arena, request->now, request->http->path,
	    request->http->peer, reason);
}

static bool
read_parts(struct api_request *request, struct webhook *ret)
{
	struct str try;

	if (!form_parse(request->arena, request->http->query, &ret->query) ||
	    !uuid_parse(form_find(&ret->query, STR("eco")), &ret->eco) ||
	    !str_parse_i64(form_find(&ret->query, STR("attempt")), &ret->attempt) ||
	    ret->attempt < 1)
		return false;
	try = form_find(&ret->query, STR("try"));
	ret->try = 1;
	if (!str_empty(try) && (!str_parse_i64(try, &ret->try) || ret->try < 1))
		return false;
	ret->call = form_find(&ret->form, STR("CallSid"));
	return ret->call.len > 0 && ret->call.len <= RINGDOWN_PROVIDER_ID_BYTES_MAX;
}

/* Whether the attempt has been made: it is on record before its call is asked for. */
static struct err *
find_attempt(struct api_request *request, struct webhook *ret, bool *ret_found)
{
	struct change_loaded *loaded;

	TRY(api_worker_session(request, &ret->work.session));
	TRY(change_load(ret->work.session, request->arena, ret->eco, &loaded));
	*ret_found = loaded != NULL && ret->attempt <= loaded->callout.ringdown.attempt;
	ret->loaded = loaded;
	return NULL;
}

struct err *
webhook_open(struct api_request *request, bool *ret_genuine, struct webhook *ret)
{
	*ret_genuine = false;
	*ret = (struct webhook){ .attempt = 0 };
	if (!form_parse(request->arena, request->http->body, &ret->form) ||
	    !is_signed(request, &ret->form))
		return reject(request, 403, "FORBIDDEN", STR("the signature does not fit"));
	if (!read_parts(request, ret))
		return reject(
		    request, 400, "BAD_REQUEST", STR("the call-back does not say which call"));

	ret->work = (struct app_work){
		.arena = request->arena,
		.now = request->now,
		.chance = 0.5,
		.make_id = random_uuid,
		.vault = request->api->config.vault,
		.actor_kind = STORE_ACTOR_PROVIDER,
		.actor = STR("twilio"),
	};
	TRY(find_attempt(request, ret, ret_genuine));
	if (!*ret_genuine)
		return reject(
		    request, 404, "NOT_FOUND", STR("the call-back names no call of ours"));
	return NULL;
}

struct uuid
webhook_key(const struct api_request *request, const struct webhook *webhook, struct str what)
{
	return uuid_from_name(arena_printf(request->arena, "twilio:%.*s:%.*s:%.*s",
	    STR_ARG(webhook->call), STR_ARG(request->http->path), STR_ARG(what)));
}

struct str
webhook_url(const struct api_request *request, const struct webhook *webhook, const char *route)
{
	return arena_printf(request->arena, "%.*s/webhooks/twilio/voice/%s?eco=%.*s&attempt=%lld",
	    STR_ARG(public_base(request)), route, STR_ARG(uuid_text(request->arena, webhook->eco)),
	    (long long)webhook->attempt);
}
