#include "api/gate.h"
#include "app/tokens.h"
#include "identity/identity.h"
#include "runtime/random.h"

/*
 * What somebody else has signed: an OpenID provider's bearer token, or the assertion of a
 * proxy that signs people in before they reach us.  identity/ says what is proven,
 * app/sign_in.h whose it is.
 */

#define SCHEME STR("Bearer ")

struct source {
	enum identity_source which;
	struct str via;
	bool explicit;
};

/* Whether anybody is set up who could have signed it. */
static bool
is_accepted(const struct api_request *request, enum identity_source source)
{
	const struct identity *identity = request->api->config.identity;

	return identity != NULL && identity_accepts(identity, source);
}

struct err *
api_sign_in(struct api_request *request, struct sign_in *ret)
{
	*ret = (struct sign_in){
		.arena = request->arena,
		.now = request->now,
		.vault = request->api->config.vault,
		.make_id = random_uuid,
		.correlation = request->id,
	};
	return api_worker_session(request, &ret->session);
}

/* Those who invited an address that nobody vouches for are told, now and then. */
static struct err *
audit_concerned(struct api_request *request, const struct source *source,
    const struct sign_in_claims *claims, const struct sign_in_answer *answer)
{
	struct str who = arena_printf(
	    request->arena, "%.*s %.*s", STR_ARG(claims->issuer), STR_ARG(claims->subject));

	if (answer->concerned_count == 0 ||
	    !limits_once(request, HOURS(1), STR("sign-in refused"), who))
		return NULL;
	request->via = source->via;
	for (size_t i = 0; i < answer->concerned_count; i++)
		TRY(gate_audit(request, DIRECTORY_EVENT_SIGN_IN_REFUSED,
		    &(struct audit){
			.organisation = answer->concerned[i],
			.detail = arena_printf(request->arena,
			    "somebody with an invited address, of which %.*s does not say that it "
			    "is verified",
			    STR_ARG(claims->issuer)),
		    }));
	return NULL;
}

/* Whose the claims are. */
static struct err *
take_claims(struct api_request *request, const struct source *source,
    const struct identity_claims *proven, enum gate_finding *ret_finding, struct gate_person *ret,
    struct gate_refusal *ret_refusal)
{
	struct sign_in_claims *claims = arena_new(request->arena, struct sign_in_claims);
	struct sign_in_answer answer;
	struct sign_in in;

	if (claims == NULL)
		return ERR(request->arena, ERR_LIMIT, "no memory left to sign somebody in");
	*claims = (struct sign_in_claims){
		.issuer = proven->issuer,
		.subject = proven->subject,
		.email = proven->email,
		.email_verified = proven->email_verified,
		.name = proven->name,
	};
	TRY(api_sign_in(request, &in));
	TRY(sign_in(&in, claims, &answer));
	if (!answer.admitted) {
		*ret_finding = gate_refuse(ret_refusal, 403, "NOT_INVITED",
		    STR("you are not known here: ask an admin of your organisation to invite your "
			"e-mail address, which your provider must have verified"));
		ret_refusal->note = answer.reason;
		return audit_concerned(request, source, claims, &answer);
	}
	*ret_finding = GATE_PROVEN;
	*ret = (struct gate_person){
		.user = answer.user.user,
		.via = source->via,
		.explicit = source->explicit,
		.claims = claims,
		.handle = answer.user.handle,
	};
	return NULL;
}

static struct err *
verify(struct api_request *request, const struct source *source, struct str token,
    enum gate_finding *ret_finding, struct gate_person *ret, struct gate_refusal *ret_refusal)
{
	struct identity_claims proven;
	struct str reason = STR("no provider is set up");
	bool is_proven = false;

	if (is_accepted(request, source->which))
		TRY(identity_verify(request->api->config.identity, request->arena, request->now,
		    source->which, token, &is_proven, &proven, &reason));
	if (!is_proven) {
		*ret_finding = gate_refuse(ret_refusal, 401, "INVALID_TOKEN",
		    STR("the proof of who you are is not valid, or has expired: sign in again"));
		ret_refusal->invalid_token = true;
		ret_refusal->note = reason;
		return NULL;
	}
	/* It proves a program that the proxy let through; who asks must be said by something else.
	 */
	*ret_finding = GATE_NOTHING;
	if (proven.is_service)
		return NULL;
	return take_claims(request, source, &proven, ret_finding, ret, ret_refusal);
}

struct err *
gate_by_bearer(struct api_request *request, enum gate_finding *ret_finding, struct gate_person *ret,
    struct gate_refusal *ret_refusal)
{
	static const struct source source = { IDENTITY_BEARER, { "bearer", 6 }, true };
	struct str given;

	*ret_finding = GATE_REFUSED;
	if (!gate_header(request, STR("Authorization"), &given, ret_refusal))
		return NULL;
	*ret_finding = GATE_NOTHING;
	if (str_empty(given))
		return NULL;
	if (given.len < SCHEME.len ||
	    !str_equal_nocase((struct str){ given.ptr, SCHEME.len }, SCHEME)) {
		*ret_finding = gate_refuse(ret_refusal, 401, "UNAUTHENTICATED",
		    STR("Authorization: Bearer <token> is what is taken"));
		return NULL;
	}
	given = str_trim((struct str){ given.ptr + SCHEME.len, given.len - SCHEME.len });
	if (str_starts_with(given, STR(APP_TOKEN_PREFIX)))
		return NULL;
	return verify(request, &source, given, ret_finding, ret, ret_refusal);
}

/* A proxy's header counts only where there is that proxy; anybody can send it elsewhere. */
static struct err *
verify_proxy(struct api_request *request, const struct source *source, struct str header,
    enum gate_finding *ret_finding, struct gate_person *ret, struct gate_refusal *ret_refusal)
{
	struct str given;

	*ret_finding = GATE_NOTHING;
	if (!is_accepted(request, source->which))
		return NULL;
	*ret_finding = GATE_REFUSED;
	if (!gate_header(request, header, &given, ret_refusal))
		return NULL;
	*ret_finding = GATE_NOTHING;
	if (str_empty(given))
		return NULL;
	return verify(request, source, given, ret_finding, ret, ret_refusal);
}

struct err *
gate_by_alb(struct api_request *request, enum gate_finding *ret_finding, struct gate_person *ret,
    struct gate_refusal *ret_refusal)
{
	static const struct source source = { IDENTITY_ALB, { "alb", 3 }, false };

	return verify_proxy(
	    request, &source, STR("x-amzn-oidc-data"), ret_finding, ret, ret_refusal);
}

struct err *
gate_by_cloudflare(struct api_request *request, enum gate_finding *ret_finding,
    struct gate_person *ret, struct gate_refusal *ret_refusal)
{
	static const struct source source = { IDENTITY_CLOUDFLARE, { "cloudflare", 10 }, false };

	return verify_proxy(
	    request, &source, STR("Cf-Access-Jwt-Assertion"), ret_finding, ret, ret_refusal);
}
