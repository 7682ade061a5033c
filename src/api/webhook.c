#include "api/webhook.h"

#include "api/webhook_gate.h"
#include "runtime/random.h"

/*
 * Twilio ends every call after four hours (TimeLimit, unless it is told less), so
 * that long after the last thing that happened there is no news of any.
 */
#define AGE_MAX SECONDS(4 * 3600)

/*
 * What the gateway's ids begin with inside this program (integration/gateway/gateway.h),
 * so that it is known whom a call is to be ended at.
 */
#define GATEWAY_ID_PREFIX "gw-"

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

/* A number from 1 that a URL of ours may carry as ${name}; 1 without it. */
static bool
read_count(const struct webhook *webhook, struct str name, int64_t *ret)
{
	struct str text = form_find(&webhook->query, name);

	*ret = 1;
	return str_empty(text) || (str_parse_i64(text, ret) && *ret >= 1);
}

/* The place of a callout among several of who called us; 0: there is but one. */
static bool
read_place(struct webhook *ret)
{
	ret->place = 0;
	return !form_has(&ret->query, STR("place")) || read_count(ret, STR("place"), &ret->place);
}

/* Which attempt, or whose visit. */
static bool
read_subject(struct webhook *ret)
{
	const struct form *query = &ret->query;

	if (!uuid_parse(form_find(query, STR("eco")), &ret->eco) ||
	    !read_count(ret, STR("try"), &ret->try) || !read_place(ret))
		return false;
	ret->known = str_equal(form_find(query, STR("known")), STR("1"));
	if (form_has(query, STR("person")))
		return uuid_parse(form_find(query, STR("person")), &ret->person);
	return str_parse_i64(form_find(query, STR("attempt")), &ret->attempt) && ret->attempt >= 1;
}

static bool
names_eco(enum webhook_subject subject)
{
	return subject == WEBHOOK_CALL || subject == WEBHOOK_TEXT;
}

static bool
read_parts(struct api_request *request, enum webhook_subject subject, struct webhook *ret)
{
	bool is_call = subject == WEBHOOK_CALL || subject == WEBHOOK_CALLER;

	if (!form_parse(request->arena, request->http->query, &ret->query))
		return false;
	ret->id = form_find(&ret->form, is_call ? STR("CallSid") : STR("MessageSid"));
	if (str_empty(ret->id))
		return false;
	if (ret->is_gateway)
		ret->id = arena_printf(request->arena, GATEWAY_ID_PREFIX "%.*s", STR_ARG(ret->id));
	if (ret->id.len > RINGDOWN_PROVIDER_ID_BYTES_MAX)
		return false;
	return names_eco(subject) ? read_subject(ret)
				  : read_count(ret, STR("try"), &ret->try) && read_place(ret);
}

/* The person ${id} of the plan as it stands. */
static const struct roster_person *
find_person(const struct ringdown *ringdown, struct uuid id)
{
	for (size_t i = 0; i < ringdown->plan.count; i++) {
		if (uuid_equal(ringdown->plan.people[i].id, id))
			return &ringdown->plan.people[i];
	}
	return NULL;
}

const struct roster_person *
webhook_person(const struct webhook *webhook)
{
	const struct ringdown *ringdown = &webhook->loaded->callout.ringdown;

	return webhook->attempt > 0 ? ringdown_person(ringdown, webhook->attempt)
				    : find_person(ringdown, webhook->person);
}

/*
 * Whether the attempt has been made (it is on record before its call is asked for), or
 * the visitor was of some plan of this ECO's contractor.
 */
static struct err *
find_attempt(struct api_request *request, struct webhook *ret, bool *ret_found)
{
	struct change_loaded *loaded;

	TRY(change_load(ret->work.session, request->arena, ret->eco, &loaded));
	*ret_found = loaded != NULL && ret->attempt <= loaded->callout.ringdown.attempt;
	ret->loaded = loaded;
	return NULL;
}

struct err *
webhook_may_see(const struct webhook *webhook, const struct callout *callout, bool *ret)
{
	struct store_agreement agreement;

	*ret = true;
	if (str_empty(webhook->subaccount))
		return NULL;
	TRY(store_get_agreement(
	    webhook->work.session, webhook->work.arena, callout->eco.agreement, &agreement));
	*ret = str_equal_nocase(agreement.twilio_subaccount, webhook->subaccount);
	return NULL;
}

/* Whether nothing about the calls of ${webhook}'s ECO can be news any more. */
static bool
is_too_old(const struct webhook *webhook)
{
	struct instant end = instant_plus(webhook->loaded->callout.eco.updated_at, AGE_MAX);

	return webhook->work.now.us > end.us;
}

/* Hold what is proven against the ECO that it names. */
static struct err *
admit(struct api_request *request, struct webhook *webhook, bool *ret_genuine)
{
	const struct str none_of_ours = STR("the call-back names no call of ours");
	bool found, own;

	TRY(find_attempt(request, webhook, &found));
	if (!found)
		return reject(request, 404, "NOT_FOUND", none_of_ours, none_of_ours);
	TRY(webhook_may_see(webhook, &webhook->loaded->callout, &own));
	if (!own)
		return reject(request, 404, "NOT_FOUND", none_of_ours,
		    STR("the call-back is of a subaccount that does not call for this ECO"));
	if (is_too_old(webhook))
		return reject(request, 410, "GONE", STR("this call was over long ago"),
		    STR("the call-back comes hours after the call's end"));
	*ret_genuine = true;
	return NULL;
}

static struct app_work
work_of(const struct api_request *request, const struct webhook *webhook)
{
	return (struct app_work){
		.arena = request->arena,
		.now = request->now,
		.chance = 0.5,
		.make_id = random_uuid,
		.vault = request->api->config.vault,
		.actor_kind = STORE_ACTOR_PROVIDER,
		.actor = webhook->is_gateway ? STR("gateway") : STR("twilio"),
	};
}

struct err *
webhook_open(struct api_request *request, enum webhook_subject subject, bool *ret_genuine,
    struct webhook *ret)
{
	const struct str senseless = STR("the call-back does not say which call");
	struct webhook_proof proof;
	bool is_form;

	*ret_genuine = false;
	*ret = (struct webhook){ .is_gateway = webhook_gate_is_gateway(request) };
	is_form = form_parse(request->arena, request->http->body, &ret->form);
	TRY(webhook_gate_check(request, is_form ? &ret->form : NULL, &proof));
	if (!proof.genuine)
		return reject(request, 403, "FORBIDDEN",
		    STR("the call-back is not proven to be genuine"), proof.reason);
	if (!is_form || !read_parts(request, subject, ret))
		return reject(request, 400, "BAD_REQUEST", senseless, senseless);

	ret->subaccount = proof.subaccount;
	ret->work = work_of(request, ret);
	TRY(api_worker_session(request, &ret->work.session));
	if (names_eco(subject))
		return admit(request, ret, ret_genuine);
	*ret_genuine = true;
	return NULL;
}

struct uuid
webhook_key(const struct api_request *request, const struct webhook *webhook, struct str what)
{
	return uuid_from_name(
	    arena_printf(request->arena, "%.*s:%.*s:%.*s:%.*s", STR_ARG(webhook->work.actor),
		STR_ARG(webhook->id), STR_ARG(request->http->path), STR_ARG(what)));
}

/* Who is on the line: the person of an attempt of ours, or a visitor. */
static struct str
whose_line(struct arena *arena, const struct webhook *webhook)
{
	if (webhook->attempt > 0)
		return arena_printf(arena, "attempt=%lld", (long long)webhook->attempt);
	if (webhook->place > 0)
		return arena_printf(arena, "person=%.*s&place=%lld",
		    STR_ARG(uuid_text(arena, webhook->person)), (long long)webhook->place);
	return arena_printf(arena, "person=%.*s", STR_ARG(uuid_text(arena, webhook->person)));
}

struct str
webhook_url(const struct api_request *request, const struct webhook *webhook, const char *route)
{
	return arena_printf(request->arena, "%.*s/webhooks/%s/voice/%s?eco=%.*s&%.*s%s",
	    STR_ARG(public_base(request)), webhook->is_gateway ? "gateway" : "twilio", route,
	    STR_ARG(uuid_text(request->arena, webhook->eco)),
	    STR_ARG(whose_line(request->arena, webhook)), webhook->known ? "&known=1" : "");
}

struct err *
webhook_respond(struct api_request *request, const struct buf *buf)
{
	if (buf->overflowed)
		return ERR(request->arena, ERR_LIMIT, "the spoken text is too long");
	request->response->status = 200;
	request->response->content_type = STR("text/xml; charset=utf-8");
	request->response->body = buf_view(buf);
	return NULL;
}
