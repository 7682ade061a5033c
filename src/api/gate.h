#ifndef API_GATE_H
#define API_GATE_H

#include "api/api_internal.h"
#include "app/sign_in.h"

/*
 * gate: who asks, and for which organisation.  For api/ only.
 *
 *	proofs ─▶ one person ─▶ not from another site ─▶ organisation ─▶ limits ─▶ admitted
 *
 * There are six ways to prove who one is, each in a file of its own: an API token and a
 * session's cookie (gate_token.c, gate_session.c), what a provider or a proxy in front
 * of us has signed (gate_claims.c), and in development a header (gate_development.c).
 * All that are there must be good and of the same person; the narrowest of them counts.
 *
 * A request acts for one organisation, named in the header Strike-Organisation by handle or
 * id; who has only one need not name it, and a token is for one.  Memberships are read
 * anew with every request, so that who was removed is out at once.  An organisation that
 * there is not, and one of which one is not a member, are not told apart: the same is read
 * and the same is said.
 *
 * What a browser sends by itself (a cookie, or what a proxy makes of its own) proves who
 * sits at it, not who wrote the page that it shows.  Commands that come with nothing else
 * must therefore come from pages of ours (gate_origin.c).
 */

/* The header with the token against requests of other sites; session_routes.c gives it out. */
#define GATE_CSRF_HEADER STR("Strike-CSRF")

#define GATE_SECRET_BYTES 32

/* The secret of a browser's session, which only its cookie holds. */
struct gate_secret {
	uint8_t bytes[GATE_SECRET_BYTES];
};

/* What one proof says. */
struct gate_person {
	struct uuid user;
	struct str via; /* as in struct audit */
	bool explicit;  /* no browser sends it by itself */

	/* Of a token: its id, the organisation that it is for, and what it is for there. */
	struct uuid token, token_organisation;
	struct sha256 token_hash;                    /* of its secret */
	struct instant token_used_at;                /* as last written down; or RECORD_NO_MOMENT */
	const struct store_membership *token_member; /* of its user there; NULL: no member */
	const struct app_scopes *scopes;

	/* Of a session's cookie; NULL otherwise. */
	const struct store_web_session *session;
	struct gate_secret secret;

	/* Of a provider's or a proxy's signature; NULL otherwise. */
	const struct sign_in_claims *claims;
	struct str handle; /* of the user with the claims */

	/* Of the development header: the organisation that it names. */
	struct str named;
};

enum gate_finding {
	GATE_NOTHING, /* the request has none of these */
	GATE_LAPSED,  /* it has one that is no longer good, and is as if it had none */
	GATE_REFUSED,
	GATE_PROVEN,
};

/* Why a request is not let in. */
struct gate_refusal {
	int status;
	const char *code;
	struct str message;
	bool invalid_token; /* RFC 6750, 3.1: the token that it came with is no good */
	struct str note;    /* for the log, when it may say more */
};

/** Look for one kind of proof.  A fault: it cannot be told now. */
typedef struct err *(*gate_proof_f)(struct api_request *request, enum gate_finding *ret_finding,
    struct gate_person *ret, struct gate_refusal *ret_refusal);

struct err *gate_by_token(struct api_request *request, enum gate_finding *ret_finding,
    struct gate_person *ret, struct gate_refusal *ret_refusal);
struct err *gate_by_session(struct api_request *request, enum gate_finding *ret_finding,
    struct gate_person *ret, struct gate_refusal *ret_refusal);
struct err *gate_by_bearer(struct api_request *request, enum gate_finding *ret_finding,
    struct gate_person *ret, struct gate_refusal *ret_refusal);
struct err *gate_by_alb(struct api_request *request, enum gate_finding *ret_finding,
    struct gate_person *ret, struct gate_refusal *ret_refusal);
struct err *gate_by_cloudflare(struct api_request *request, enum gate_finding *ret_finding,
    struct gate_person *ret, struct gate_refusal *ret_refusal);
struct err *gate_by_development(struct api_request *request, enum gate_finding *ret_finding,
    struct gate_person *ret, struct gate_refusal *ret_refusal);

/**
 * The only header ${name} of ${request}, trimmed; empty when there is none.  False, with the
 * refusal made, when there are several: two programs could each take another.
 */
NODISCARD bool gate_header(struct api_request *request, struct str name, struct str *ret,
    struct gate_refusal *ret_refusal);

/** Fill ${ret}; always GATE_REFUSED. */
enum gate_finding gate_refuse(
    struct gate_refusal *ret, int status, const char *code, struct str message);

/**
 * Answer with ${refusal}, in the log as rejected.  401 asks for a bearer token, the one
 * thing that programs can bring.
 */
void gate_reject(struct api_request *request, const struct gate_refusal *refusal);

/**
 * Who asks; the session's cookie counts only if ${with_session}.  False with the answer
 * given when nobody has proven it, or whoever has must not be believed.
 */
NODISCARD struct err *gate_identify(
    struct api_request *request, bool with_session, bool *ret_known, struct gate_person *ret);

/* Who is let in, for which organisation. */
struct gate_principal {
	struct gate_person person;
	struct store_membership membership;
};

/**
 * Let ${request} in: afterwards its worker's reader acts for the organisation.  False with
 * the answer given.
 */
NODISCARD struct err *gate_admit(
    struct api_request *request, bool *ret_admitted, struct gate_principal *ret);

/**
 * Of ${person}'s memberships the one in ${organisation} (a handle or an id), or, when that is
 * empty, the only one.  ${*ret_found} false: the refusal says why.
 */
NODISCARD struct err *gate_find_membership(struct api_request *request,
    const struct gate_person *person, struct str organisation, bool *ret_found,
    struct store_membership *ret, struct gate_refusal *ret_refusal);

/** Accept invitations that have come since ${person} was last here; ${*ret_joined}: there were. */
NODISCARD struct err *gate_join(
    struct api_request *request, const struct gate_person *person, bool *ret_joined);

/* -- gate_session.c -- */

/** The cookie's name: with the prefix that ties it to this host, where there is https. */
struct str gate_cookie_name(const struct api *api);

/** The token that a page of ours shows with its commands; whoever has not the secret cannot
 * make it. */
struct str gate_csrf_token(struct arena *arena, const struct gate_secret *secret);

/** What the store knows a session by. */
struct sha256 gate_secret_hash(const struct gate_secret *secret);

/* -- gate_token.c -- */

/** Why ${token} opens nothing at ${now}, or NULL. */
const char *gate_token_problem(const struct store_token *token, struct instant now);

/* -- gate_origin.c -- */

/** Whether ${request}, as far as its headers say, does not come from another site's page. */
NODISCARD bool gate_is_same_origin(
    const struct api_request *request, struct gate_refusal *ret_refusal);

/** Whether ${request} may do something for ${person}, of whom it may prove less than it says. */
NODISCARD bool gate_is_meant(const struct api_request *request, const struct gate_person *person,
    struct gate_refusal *ret_refusal);

/* -- gate_audit.c -- */

/** An audit entry of ${request} for ${organisation} about ${user}, who has not been let in. */
NODISCARD struct err *gate_audit(
    struct api_request *request, enum directory_event_type event, const struct audit *entry);

/** What app_permits() refused while ${request} was answered; at most once a minute of each. */
NODISCARD struct err *gate_audit_refused(struct api_request *request,
    const struct gate_principal *principal, const struct app_refused *refused);

/* -- limits.c -- */

/** Whether ${request}'s address may ask now, as ${webhook} or not; else the answer is given. */
NODISCARD bool limits_admit_address(struct api_request *request, bool webhook);

/** What was refused costs its address more, so that guessing is slow. */
void limits_charge_failure(struct api_request *request, bool webhook);

/** Whether user, token and organisation may ask now; else the answer is given. */
NODISCARD bool limits_admit(struct api_request *request, const struct gate_principal *principal);

/** True once, and not again within ${pause} of real time, for the same ${what} and ${which}. */
bool limits_once(
    struct api_request *request, struct duration pause, struct str what, struct str which);

#endif
