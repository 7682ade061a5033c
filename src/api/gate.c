#include "api/gate.h"

/* The narrowest first: of several proofs the first counts. */
static const struct {
	gate_proof_f find;
	bool is_session;
} proofs[] = {
	{ gate_by_token, false },
	{ gate_by_session, true },
	{ gate_by_bearer, false },
	{ gate_by_alb, false },
	{ gate_by_cloudflare, false },
	{ gate_by_development, false },
};

bool
gate_header(
    struct api_request *request, struct str name, struct str *ret, struct gate_refusal *ret_refusal)
{
	const struct http_request *http = request->http;
	size_t count = 0;

	*ret = STR("");
	for (size_t i = 0; i < http->header_count; i++) {
		if (!str_equal_nocase(http->headers[i].name, name))
			continue;
		*ret = str_trim(http->headers[i].value);
		count++;
	}
	if (count > 1)
		(void)gate_refuse(ret_refusal, 400, "BAD_REQUEST",
		    arena_printf(request->arena, "the header %.*s is given twice", STR_ARG(name)));
	return count <= 1;
}

enum gate_finding
gate_refuse(struct gate_refusal *ret, int status, const char *code, struct str message)
{
	*ret = (struct gate_refusal){ .status = status, .code = code, .message = message };
	return GATE_REFUSED;
}

void
gate_reject(struct api_request *request, const struct gate_refusal *refusal)
{
	request->outcome = "rejected";
	request->note = str_empty(refusal->note) ? str_from_z(refusal->code) : refusal->note;
	api_respond_error(request, refusal->status, refusal->code, refusal->message);
	if (refusal->status == 401)
		api_add_header(request, STR("WWW-Authenticate"),
		    refusal->invalid_token ? STR("Bearer realm=\"strike\", error=\"invalid_token\"")
					   : STR("Bearer realm=\"strike\""));
}

/* ---- who ---- */

/* What all proofs together come to. */
struct findings {
	struct gate_person *person; /* of the first that proves anything */
	bool lapsed, proven, explicit;
};

/* Take ${person} into ${findings}; false when somebody else has been proven before. */
static bool
agree(struct findings *findings, const struct gate_person *person)
{
	findings->explicit = findings->explicit || person->explicit;
	if (findings->proven)
		return uuid_equal(findings->person->user, person->user);
	findings->proven = true;
	*findings->person = *person;
	return true;
}

/* Look for all proofs; ${ret_good} is false when one of them is refused. */
static struct err *
find_proofs(struct api_request *request, bool with_session, struct findings *ret, bool *ret_good,
    struct gate_refusal *ret_refusal)
{
	*ret_good = true;
	for (size_t i = 0; i < COUNT_OF(proofs) && *ret_good; i++) {
		enum gate_finding finding = GATE_NOTHING;
		struct gate_person person = { .token = UUID_NIL };

		if (proofs[i].is_session && !with_session)
			continue;
		TRY(proofs[i].find(request, &finding, &person, ret_refusal));
		ret->lapsed = ret->lapsed || finding == GATE_LAPSED;
		*ret_good = finding != GATE_REFUSED;
		if (finding == GATE_PROVEN && !agree(ret, &person))
			*ret_good = gate_refuse(ret_refusal, 400, "PROOFS_DISAGREE",
					STR("the request proves to be of two different people: "
					    "send one proof")) != GATE_REFUSED;
	}
	return NULL;
}

static bool
check_findings(const struct api_request *request, const struct findings *findings,
    struct gate_refusal *ret_refusal)
{
	if (!findings->proven)
		return gate_refuse(ret_refusal, 401, "UNAUTHENTICATED",
			   findings->lapsed ? STR("the session has ended: sign in again")
			   : request->api->development
			       ? STR("say who asks: Strike-Development-Identity: "
				     "<user>@<organisation>, or sign in")
			       : STR("sign in first")) != GATE_REFUSED;
	return findings->explicit || gate_is_meant(request, findings->person, ret_refusal);
}

struct err *
gate_identify(
    struct api_request *request, bool with_session, bool *ret_known, struct gate_person *ret)
{
	struct findings findings = { .person = ret };
	struct gate_refusal refusal = { .status = 0 };
	struct store_session *reader;

	*ret_known = false;
	TRY(api_reader(request, &reader));
	/* Whoever asked before on this worker is forgotten. */
	store_act_for(reader, UUID_NIL);
	TRY(find_proofs(request, with_session, &findings, ret_known, &refusal));
	*ret_known = *ret_known && check_findings(request, &findings, &refusal);
	if (!*ret_known) {
		gate_reject(request, &refusal);
		return NULL;
	}
	request->user = ret->user;
	request->via = ret->via;
	request->web_session = ret->session == NULL ? UUID_NIL : ret->session->id;
	return NULL;
}

/* ---- for whom ---- */

static const struct store_membership *
pick(const struct store_memberships *all, struct str organisation)
{
	struct uuid id = UUID_NIL;
	bool is_id = uuid_parse(organisation, &id);

	if (str_empty(organisation))
		return all->count == 1 ? &all->at[0] : NULL;
	for (size_t i = 0; i < all->count; i++) {
		const struct store_organisation *one = &all->at[i].organisation;

		if (is_id ? uuid_equal(one->id, id) : str_equal(one->handle, organisation))
			return &all->at[i];
	}
	return NULL;
}

struct err *
gate_join(struct api_request *request, const struct gate_person *person, bool *ret_joined)
{
	struct sign_in in;

	*ret_joined = false;
	if (person->claims == NULL)
		return NULL;
	TRY(api_sign_in(request, &in));
	return sign_in_join(&in, person->claims,
	    &(struct store_known_user){ .user = person->user, .handle = person->handle },
	    ret_joined);
}

/* A token is for its organisation only, whatever its user is a member of besides. */
static struct err *
list_memberships(
    struct api_request *request, const struct gate_person *person, struct store_memberships *ret)
{
	struct store_session *reader;

	if (!uuid_is_nil(person->token)) {
		*ret = (struct store_memberships){ person->token_member,
			person->token_member != NULL };
		return NULL;
	}
	TRY(api_reader(request, &reader));
	return store_list_memberships(reader, request->arena, person->user, ret);
}

struct err *
gate_find_membership(struct api_request *request, const struct gate_person *person,
    struct str organisation, bool *ret_found, struct store_membership *ret,
    struct gate_refusal *ret_refusal)
{
	const struct store_membership *membership;
	struct store_memberships all;
	bool joined;

	TRY(list_memberships(request, person, &all));
	membership = pick(&all, organisation);
	if (membership == NULL) {
		TRY(gate_join(request, person, &joined));
		if (joined)
			TRY(list_memberships(request, person, &all));
		membership = pick(&all, organisation);
	}
	*ret_found = membership != NULL;
	if (*ret_found)
		*ret = *membership;
	else if (str_empty(organisation) && all.count > 1)
		(void)gate_refuse(ret_refusal, 400, "ORGANISATION_REQUIRED",
		    STR("you are a member of several organisations: say for which one you ask "
			"in the header Strike-Organisation"));
	else
		(void)gate_refuse(ret_refusal, 403, "ORGANISATION_UNKNOWN",
		    STR("there is no such organisation of which you are a member"));
	return NULL;
}

/* The organisation that ${request} names, in words; ${ret_good} false: it does in two ways. */
static struct str
named_organisation(struct api_request *request, const struct gate_person *person, bool *ret_good,
    struct gate_refusal *ret_refusal)
{
	struct str named;

	*ret_good = gate_header(request, STR("Strike-Organisation"), &named, ret_refusal);
	if (!str_empty(named))
		return named;
	if (!uuid_is_nil(person->token))
		return uuid_text(request->arena, person->token_organisation);
	return person->named;
}

/* The development header names an organisation too: both must name the same. */
static bool
contradicts(const struct gate_person *person, const struct store_membership *membership)
{
	return !str_empty(person->named) &&
	       !str_equal(person->named, membership->organisation.handle);
}

#define TOKEN_USE_S 3600

/* A token is used: now and then that is written down, which the store decides.  It is not
 * asked when it has said before that it would not. */
static struct err *
note_use(struct api_request *request, const struct gate_principal *principal)
{
	const struct gate_person *person = &principal->person;
	struct store_session *reader;
	bool first;

	if (uuid_is_nil(person->token) ||
	    (person->token_used_at.us != RECORD_NO_MOMENT.us &&
		person->token_used_at.us > request->now.us - SECONDS(TOKEN_USE_S).us))
		return NULL;
	TRY(api_reader(request, &reader));
	TRY(store_touch_token(reader, request->arena, person->token, request->now, TOKEN_USE_S,
	    request->address, &first));
	if (!first)
		return NULL;
	return gate_audit(request, DIRECTORY_EVENT_TOKEN_USED,
	    &(struct audit){
		.organisation = person->token_organisation,
		.user = person->user,
		.subject = person->token,
	    });
}

struct err *
gate_admit(struct api_request *request, bool *ret_admitted, struct gate_principal *ret)
{
	struct gate_refusal refusal = { .status = 0 };
	struct store_session *reader;
	struct str named;

	TRY(gate_identify(request, true, ret_admitted, &ret->person));
	if (!*ret_admitted)
		return NULL;
	named = named_organisation(request, &ret->person, ret_admitted, &refusal);
	if (*ret_admitted)
		TRY(gate_find_membership(
		    request, &ret->person, named, ret_admitted, &ret->membership, &refusal));
	if (*ret_admitted && contradicts(&ret->person, &ret->membership))
		*ret_admitted = gate_refuse(&refusal, 400, "ORGANISATION_TWICE",
				    STR("the request names two organisations")) != GATE_REFUSED;
	if (!*ret_admitted) {
		gate_reject(request, &refusal);
		return NULL;
	}
	request->organisation = ret->membership.organisation.id;
	*ret_admitted = limits_admit(request, ret);
	if (!*ret_admitted)
		return NULL;
	TRY(api_reader(request, &reader));
	store_act_for(reader, request->organisation);
	return note_use(request, ret);
}
