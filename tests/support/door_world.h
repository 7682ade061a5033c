#ifndef TESTS_DOOR_WORLD_H
#define TESTS_DOOR_WORLD_H

#include "app/record_change.h"
#include "support/api_world.h"

/*
 * door_world: the whole server with everybody in front of it who can vouch for people: an
 * OpenID provider, a load balancer and Cloudflare Access, each with a key made for the
 * test; and short words for who asks, and for what an admin would do meanwhile.
 *
 * It is a world of development, so that its clock can be moved, with the providers that
 * a program in development would refuse to have.
 */

int door_begin(void **state);
int door_begin_production(void **state);
/** As door_begin(), with limits low enough to be met. */
int door_begin_limited(void **state);
int door_end(void **state);

/* One request, of anybody; what is NULL is left out. */
struct door_call {
	const char *method, *path; /* POST /graphql */
	const char *body;          /* WHO_AM_I, or none for another path */
	const char *content_type;  /* application/json */
	const char *cookie;        /* the value of the header Cookie */
	const char *csrf, *origin, *site;
	const char *authorization, *alb, *cloudflare, *identity, *organisation;
	struct http_header more[4]; /* with a name */
};

#define WHO_AM_I "{\"query\":\"{viewer{user role organisation{handle}}}\"}"

const struct http_answer *door_ask(struct door_call call);

/** The header ${name} of ${answer}, or "". */
const char *header_of(const struct http_answer *answer, const char *name);

/** Fail unless the call is answered by the viewer ${user} of ${organisation}. */
void assert_is(struct door_call call, const char *user, const char *organisation);
/** Fail unless it is refused with ${status} and ${code}. */
void assert_turned_away(struct door_call call, int status, const char *code);

/* -- proofs: values of headers -- */

/** "Bearer <token>" of ${subject}; ${more} are further claims (",\"email\":..."). */
const char *bearer(const char *subject, const char *more);
const char *alb(const char *subject, const char *more);
const char *cloudflare(const char *subject, const char *more);
/** Cloudflare Access's assertion of a program. */
const char *cloudflare_service(const char *name);

/** ",\"email\":\"<address>\",\"email_verified\":true". */
const char *verified(const char *address);

/** While ${away}, the provider's keys cannot be fetched; only before they first are. */
void provider_away(bool away);

/* -- sessions -- */

struct browser {
	const char *cookie; /* for the header Cookie */
	const char *csrf, *id;
};

/** Sign in with ${call}, whose method and path are filled in; asserted. */
struct browser sign_in_with(struct door_call call);

/** Sign in as ${user} of ${organisation} by the development login. */
struct browser sign_in_as(const char *user, const char *organisation);

/** ${call} as ${browser} sends it, with its token against other sites. */
struct door_call in_browser(struct browser browser, struct door_call call);

/* -- what an admin does meanwhile -- */

/** The organisation with ${handle}. */
struct uuid organisation_id(const char *handle);

/** Invite ${email} into ${organisation} as ${role}: the membership's id. */
struct uuid invite(const char *organisation, const char *email, const char *role);
/** Remove the membership ${id} of ${organisation}. */
void remove_member(struct uuid id);
void suspend(const char *organisation, bool suspended);
/** Disable the user, or not, with ${issuer_subject} at the OpenID provider. */
void disable(const char *subject, bool disabled);

/** A token of the member ${identity} ("operator@lone-star-noc"); its secret is ${secret}. */
struct uuid issue_token(
    const char *identity, const char *secret, const char *scopes, int64_t seconds);
void revoke_token(struct uuid token);

/** How many audit entries of ${event} ${organisation} has. */
size_t audits(const char *organisation, const char *event);

/** A name that no other test has. */
const char *fresh(const char *name);

void advance(int64_t seconds);

#endif
