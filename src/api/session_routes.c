#include "api/gate.h"
#include "app/sessions.h"
#include "base/hex.h"
#include "proto/cookie.h"
#include "proto/form.h"
#include "runtime/random.h"

/*
 * POST /session signs a browser in, GET shows who is signed in, DELETE signs out.
 *
 * A session begins with a proof that is not a session: what a provider or a proxy has
 * signed, or in development a name in the body.  It always gets a fresh secret, and the
 * one that the browser had before ends, so that nobody can sign in to a session that
 * somebody else has prepared (session fixation, CWE-384).
 *
 * The cookie is SameSite=Strict: every page of ours is the same for everybody, and what
 * is whose comes from calls that the page itself makes; so the cookie need not come
 * with a link from elsewhere, and does not.
 */

/* Of one user; one more ends the oldest. */
#define SESSIONS_MAX 50

#define AGENT_BYTES_MAX  200
#define ANSWER_BYTES_MAX (256u << 10)

/* ---- the answer ---- */

static void
write_contexts(struct json_writer *writer, const struct store_memberships *all)
{
	json_name(writer, STR("contexts"));
	json_begin_list(writer);
	for (size_t i = 0; i < all->count; i++) {
		const struct store_membership *one = &all->at[i];

		json_begin_map(writer);
		json_name(writer, STR("organisation"));
		json_begin_map(writer);
		json_member_uuid(writer, STR("id"), one->organisation.id);
		json_member_text(writer, STR("handle"), one->organisation.handle);
		json_member_text(writer, STR("name"), one->organisation.name);
		json_end_map(writer);
		json_member_text(writer, STR("role"), one->role);
		json_end_map(writer);
	}
	json_end_list(writer);
}

/* Who ${person} is, for whom they may act, and the token for commands of a session. */
static struct err *
respond(struct api_request *request, const struct gate_person *person,
    const struct store_memberships *all)
{
	struct buf buf = buf_in(request->arena, ANSWER_BYTES_MAX);
	struct json_writer writer = json_writer(&buf);
	struct str handle = all->count > 0 ? all->at[0].user_handle : person->handle;

	json_begin_map(&writer);
	json_name(&writer, STR("user"));
	json_begin_map(&writer);
	json_member_uuid(&writer, STR("id"), person->user);
	json_member_text(&writer, STR("handle"), handle);
	json_end_map(&writer);
	json_member_text(&writer, STR("via"), person->via);
	write_contexts(&writer, all);
	if (person->session != NULL) {
		json_name(&writer, STR("session"));
		json_begin_map(&writer);
		json_member_uuid(&writer, STR("id"), person->session->id);
		json_member_instant(&writer, STR("createdAt"), person->session->created_at);
		json_member_instant(&writer, STR("endsAt"), person->session->ends_at);
		json_end_map(&writer);
		json_member_text(
		    &writer, STR("csrfToken"), gate_csrf_token(request->arena, &person->secret));
	}
	json_end_map(&writer);
	if (buf.overflowed)
		return ERR(request->arena, ERR_LIMIT, "the answer about a session is too long");
	api_respond_json(request, 200, buf_view(&buf));
	return NULL;
}

/* ${value} empty: the cookie is to be forgotten. */
static void
set_cookie(struct api_request *request, struct str value)
{
	const struct api *api = request->api;
	struct buf buf = buf_in(request->arena, 512);

	cookie_format(
	    &(struct cookie){
		.name = gate_cookie_name(api),
		.value = value,
		.max_age_s = str_empty(value) ? 0 : api->config.settings->session_max_s,
		.secure = api->is_https,
	    },
	    &buf);
	api_add_header(request, STR("Set-Cookie"), buf_view(&buf));
}

/* The organisations that ${person} may act for learn of it; or ${only} that one. */
static struct err *
audit(struct api_request *request, enum directory_event_type event,
    const struct gate_person *person, const struct store_memberships *all, struct uuid only,
    struct str detail)
{
	request->via = person->session == NULL ? person->via : person->session->via;
	for (size_t i = 0; i < all->count && i < SIGN_IN_INVITATIONS_MAX; i++) {
		struct uuid organisation = all->at[i].organisation.id;

		if (uuid_is_nil(only) || uuid_equal(only, organisation))
			TRY(gate_audit(request, event,
			    &(struct audit){
				.organisation = organisation,
				.user = person->user,
				.subject = person->session == NULL ? UUID_NIL : person->session->id,
				.detail = detail,
			    }));
	}
	return NULL;
}

static struct err *
list_contexts(struct api_request *request, struct uuid user, struct store_memberships *ret)
{
	struct store_session *reader;

	TRY(api_reader(request, &reader));
	return store_list_memberships(reader, request->arena, user, ret);
}

/* ---- signing in ---- */

/* What the body says, all of it optional. */
struct wish {
	struct str user, organisation;
};

static bool
read_wish(struct api_request *request, struct wish *ret, struct gate_refusal *ret_refusal)
{
	const struct json *body;
	struct str reason;

	*ret = (struct wish){ .user = STR("") };
	if (str_empty(request->http->body))
		return true;
	if (!json_parse(request->arena, request->http->body, &body, &reason) ||
	    body->type != JSON_MAP)
		return gate_refuse(ret_refusal, 400, "BAD_REQUEST",
			   STR("the body must be a JSON object")) != GATE_REFUSED;
	for (size_t i = 0; i < body->map.count; i++) {
		const struct json_member *member = &body->map.members[i];
		bool user = str_equal(member->name, STR("user"));

		if ((!user && !str_equal(member->name, STR("organisation"))) ||
		    member->value.type != JSON_TEXT)
			return gate_refuse(ret_refusal, 400, "BAD_REQUEST",
				   STR("the body may have the texts \"organisation\" and, in "
				       "development, \"user\"")) != GATE_REFUSED;
		*(user ? &ret->user : &ret->organisation) = member->value.text;
	}
	return true;
}

/* In development a name is a proof. */
static struct err *
identify_by_name(
    struct api_request *request, const struct wish *wish, bool *ret_known, struct gate_person *ret)
{
	struct gate_refusal refusal = { .status = 0 };
	struct store_membership membership;
	struct store_session *reader;

	*ret_known = false;
	if (!request->api->development) {
		(void)gate_refuse(&refusal, 401, "UNAUTHENTICATED",
		    STR("signing in by name is refused outside development"));
		gate_reject(request, &refusal);
		return NULL;
	}
	TRY(api_reader(request, &reader));
	store_act_for(reader, UUID_NIL);
	TRY(store_find_membership(
	    reader, request->arena, wish->user, wish->organisation, ret_known, &membership));
	if (!*ret_known) {
		(void)gate_refuse(&refusal, 401, "UNAUTHENTICATED",
		    STR("no such member of such an organisation"));
		gate_reject(request, &refusal);
		return NULL;
	}
	*ret = (struct gate_person){
		.user = membership.user, .via = STR("development"), .explicit = true
	};
	return NULL;
}

/* Who asks here; a token is for one organisation and some operations, and for none of this. */
static struct err *
identify_person(
    struct api_request *request, bool with_session, bool *ret_known, struct gate_person *ret)
{
	struct gate_refusal refusal = { .status = 0 };

	TRY(gate_identify(request, with_session, ret_known, ret));
	if (!*ret_known || uuid_is_nil(ret->token))
		return NULL;
	*ret_known = false;
	(void)gate_refuse(&refusal, 403, "TOKEN_NOT_A_PERSON",
	    STR("a token is for programs: it begins, shows and ends no session"));
	gate_reject(request, &refusal);
	return NULL;
}

/* Who signs in; that there is a session proves nobody who could begin another. */
static struct err *
identify(
    struct api_request *request, const struct wish *wish, bool *ret_known, struct gate_person *ret)
{
	if (!str_empty(wish->user))
		return identify_by_name(request, wish, ret_known, ret);
	return identify_person(request, false, ret_known, ret);
}

/* The session that the browser had until now, whoever's it was, ends. */
static struct err *
end_previous(struct api_request *request)
{
	enum gate_finding finding;
	struct gate_person previous;
	struct gate_refusal ignored;
	struct store_session *reader;
	int64_t count;

	TRY(gate_by_session(request, &finding, &previous, &ignored));
	if (finding != GATE_PROVEN)
		return NULL;
	TRY(api_reader(request, &reader));
	return store_end_web_sessions(
	    reader, request->arena, previous.user, previous.session->id, &count);
}

static struct err *
end_oldest(struct api_request *request, struct uuid user)
{
	struct store_web_sessions all;
	struct store_session *reader;
	int64_t count;

	TRY(api_reader(request, &reader));
	TRY(store_list_web_sessions(reader, request->arena, user, request->now,
	    request->api->config.settings->session_idle_s, &all));
	for (size_t i = SESSIONS_MAX; i <= all.count; i++)
		TRY(store_end_web_sessions(reader, request->arena, user, all.at[i - 1].id, &count));
	return NULL;
}

/* As much of the browser's name as is kept; an answer must be able to say it. */
static struct str
agent_of(const struct api_request *request)
{
	struct str agent = http_header_find(
	    request->http->headers, request->http->header_count, STR("User-Agent"));

	if (agent.len > AGENT_BYTES_MAX)
		agent.len = AGENT_BYTES_MAX;
	while (!str_empty(agent) && !str_is_utf8(agent))
		agent.len--;
	return agent;
}

static struct err *
begin(struct api_request *request, struct gate_person *person)
{
	const struct config *settings = request->api->config.settings;
	struct store_web_session *session = arena_new(request->arena, struct store_web_session);
	struct store_session *reader;

	if (session == NULL)
		return ERR(request->arena, ERR_LIMIT, "no memory left for a session");
	TRY(end_previous(request));
	TRY(end_oldest(request, person->user));
	random_bytes(person->secret.bytes, sizeof(person->secret.bytes));
	*session = (struct store_web_session){
		.id = random_uuid(request->now),
		.user = person->user,
		.hash = gate_secret_hash(&person->secret),
		.issuer = person->claims == NULL ? STR("") : person->claims->issuer,
		.subject = person->claims == NULL ? STR("") : person->claims->subject,
		.via = person->via,
		.address = request->address,
		.agent = agent_of(request),
		.created_at = request->now,
		.seen_at = request->now,
		.ends_at = instant_plus(request->now, SECONDS(settings->session_max_s)),
	};
	person->session = session;
	TRY(api_reader(request, &reader));
	return store_add_web_session(reader, request->arena, session);
}

static struct err *
sign_in_person(struct api_request *request, const struct wish *wish, struct gate_person *person)
{
	struct gate_refusal refusal = { .status = 0 };
	struct store_membership membership = { .user = UUID_NIL };
	struct store_memberships all;
	struct buf secret = buf_in(request->arena, 2 * GATE_SECRET_BYTES);
	bool found, joined;

	TRY(gate_join(request, person, &joined));
	TRY(gate_find_membership(
	    request, person, wish->organisation, &found, &membership, &refusal));
	if (!found && !str_empty(wish->organisation)) {
		gate_reject(request, &refusal);
		return NULL;
	}
	if (!limits_admit(
		request, &(struct gate_principal){ .person = *person, .membership = membership }))
		return NULL;
	TRY(begin(request, person));
	TRY(list_contexts(request, person->user, &all));
	TRY(audit(request, DIRECTORY_EVENT_SIGNED_IN, person, &all,
	    str_empty(wish->organisation) ? UUID_NIL : membership.organisation.id, STR("")));
	TRY(respond(request, person, &all));
	hex_encode(&secret,
	    (struct str){ (const char *)person->secret.bytes, sizeof(person->secret.bytes) });
	set_cookie(request, buf_view(&secret));
	return NULL;
}

struct err *
api_session_begin(struct api_request *request)
{
	struct gate_refusal refusal = { .status = 0 };
	struct gate_person person = { .token = UUID_NIL };
	struct wish wish;
	bool known;

	/* Also before anybody is known: another site must not sign a browser in. */
	if (!gate_is_meant(request, &person, &refusal) || !read_wish(request, &wish, &refusal)) {
		gate_reject(request, &refusal);
		return NULL;
	}
	TRY(identify(request, &wish, &known, &person));
	return known ? sign_in_person(request, &wish, &person) : NULL;
}

/* ---- who is signed in, and signing out ---- */

struct err *
api_session_show(struct api_request *request)
{
	struct store_memberships all;
	struct gate_person person;
	bool known;

	TRY(identify_person(request, true, &known, &person));
	if (!known)
		return NULL;
	TRY(list_contexts(request, person.user, &all));
	return respond(request, &person, &all);
}

static struct err *
sign_out(struct api_request *request, const struct gate_person *person, bool everywhere)
{
	struct buf buf = buf_in(request->arena, 64);
	struct json_writer writer = json_writer(&buf);
	struct store_memberships all;
	struct store_session *reader;
	int64_t count;

	TRY(api_reader(request, &reader));
	TRY(store_end_web_sessions(reader, request->arena, person->user,
	    everywhere ? UUID_NIL : person->session->id, &count));
	TRY(list_contexts(request, person->user, &all));
	TRY(audit(request, DIRECTORY_EVENT_SIGNED_OUT, person, &all, UUID_NIL,
	    everywhere ? STR("everywhere") : STR("one browser")));
	json_begin_map(&writer);
	json_member_int(&writer, STR("ended"), count);
	json_end_map(&writer);
	api_respond_json(request, 200, buf_view(&buf));
	set_cookie(request, STR(""));
	return NULL;
}

struct err *
api_session_end(struct api_request *request)
{
	struct gate_refusal refusal = { .status = 0 };
	struct gate_person person;
	struct form query;
	bool everywhere, known;

	everywhere = form_parse(request->arena, request->http->query, &query) &&
		     form_has(&query, STR("everywhere"));
	TRY(identify_person(request, true, &known, &person));
	if (!known)
		return NULL;
	if (person.session == NULL && !everywhere) {
		(void)gate_refuse(&refusal, 401, "UNAUTHENTICATED", STR("sign in first"));
		gate_reject(request, &refusal);
		return NULL;
	}
	return sign_out(request, &person, everywhere);
}
