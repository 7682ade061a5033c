#include "api/webhook.h"

#include "api/webhook_gate.h"
#include "runtime/random.h"

/*
 * Twilio ends every call after four hours (TimeLimit, unless it is told less), so
 * that long after the last attempt should have been decided there is no news of any.
 */
#define AGE_MAX SECONDS(4 * 3600)

static struct str
public_base(const struct api_request *request)
{
	return request->api->config.public_url;
}

/*
 * Refuse ${request}: without effect, and on record.  What went wrong with a proof is
 * for the record only: ${answer} is the same for every forgery.
 */
static struct err *
reject(
    struct api_request *request, int status, const char *code, struct str answer, struct str reason)
{
	struct store_session *session;

	request->outcome = "rejected";
	request->note = reason;
	api_respond_error(request, status, code, answer);
	TRY(api_worker_session(request, &session));
	return store_record_rejection(
	    session, request->arena, request->now, request->http->path, request->address, reason);
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

/* Whether whoever proved itself as ${subaccount} is the one that calls for this ECO. */
static struct err *
check_subaccount(const struct webhook *webhook, struct str subaccount, bool *ret_own)
{
	struct store_agreement agreement;

	*ret_own = true;
	if (str_empty(subaccount))
		return NULL;
	TRY(store_get_agreement(webhook->work.session, webhook->work.arena,
	    webhook->loaded->callout.eco.agreement, &agreement));
	*ret_own = str_equal_nocase(agreement.twilio_subaccount, subaccount);
	return NULL;
}

/* Whether nothing about the calls of ${webhook}'s ECO can be news any more. */
static bool
is_too_old(const struct webhook *webhook)
{
	struct instant end = instant_plus(webhook->loaded->callout.ringdown.deadline, AGE_MAX);

	return webhook->work.now.us > end.us;
}

/* Hold what is proven against the ECO that it names. */
static struct err *
admit(
    struct api_request *request, struct webhook *webhook, struct str subaccount, bool *ret_genuine)
{
	const struct str none_of_ours = STR("the call-back names no call of ours");
	bool found, own;

	TRY(find_attempt(request, webhook, &found));
	if (!found)
		return reject(request, 404, "NOT_FOUND", none_of_ours, none_of_ours);
	TRY(check_subaccount(webhook, subaccount, &own));
	if (!own)
		return reject(request, 404, "NOT_FOUND", none_of_ours,
		    STR("the call-back is of a subaccount that does not call for this ECO"));
	if (is_too_old(webhook))
		return reject(request, 410, "GONE", STR("this call was over long ago"),
		    STR("the call-back comes hours after the call's end"));
	*ret_genuine = true;
	return NULL;
}

struct err *
webhook_open(struct api_request *request, bool *ret_genuine, struct webhook *ret)
{
	const struct str senseless = STR("the call-back does not say which call");
	struct webhook_proof proof;
	bool is_form;

	*ret_genuine = false;
	*ret = (struct webhook){ .attempt = 0 };
	is_form = form_parse(request->arena, request->http->body, &ret->form);
	TRY(webhook_gate_check(request, is_form ? &ret->form : NULL, &proof));
	if (!proof.genuine)
		return reject(request, 403, "FORBIDDEN",
		    STR("the call-back is not proven to be genuine"), proof.reason);
	if (!read_parts(request, ret))
		return reject(request, 400, "BAD_REQUEST", senseless, senseless);

	ret->work = (struct app_work){
		.arena = request->arena,
		.now = request->now,
		.chance = 0.5,
		.make_id = random_uuid,
		.vault = request->api->config.vault,
		.actor_kind = STORE_ACTOR_PROVIDER,
		.actor = STR("twilio"),
	};
	return admit(request, ret, proof.subaccount, ret_genuine);
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
