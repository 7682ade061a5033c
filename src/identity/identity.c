#include "identity/identity.h"

#include <stdlib.h>

#include "identity/identity_alb_keys.h"
#include "identity/identity_claims.h"
#include "identity/identity_issuer.h"
#include "proto/url.h"

#define SETTINGS_BYTES_MAX 65536
#define ALGORITHMS_DEFAULT STR("RS256,ES256")

struct identity {
	struct arena *memory; /* of the texts */
	struct identity_config config;
	unsigned algorithms; /* of bearer tokens */
	struct identity_issuer *bearer, *cloudflare;
	struct identity_alb_keys *alb;
};

/* -- settings -- */

struct setting {
	const char *name;
	struct str value;
	bool is_url;
};

/* See that of ${settings} all are given or none, and that URLs are such. */
static struct err *
check_settings(struct arena *arena, const struct identity_fetcher *fetcher,
    const struct setting *settings, size_t count)
{
	bool any = false;

	for (size_t i = 0; i < count; i++)
		any = any || !str_empty(settings[i].value);
	for (size_t i = 0; any && i < count; i++) {
		if (str_empty(settings[i].value))
			return err_explain(
			    ERR(arena, ERR_CORRUPT, "the setting %s is missing", settings[i].name),
			    arena_printf(arena, "%s and what belongs to it are given together.",
				settings[0].name),
			    STR("docs/operations/identity.md says what to set for each provider."));
		if (settings[i].is_url && (!url_is_base(settings[i].value) ||
					      !identity_fetch_allows(fetcher, settings[i].value)))
			return ERR(arena, ERR_CORRUPT,
			    "the setting %s must be an https URL without a query",
			    settings[i].name);
	}
	return NULL;
}

static struct err *
check_config(struct arena *arena, const struct identity_config *config, unsigned *ret_algorithms)
{
	struct identity_fetcher fetcher = identity_fetcher_of(config);
	const struct setting oidc[] = {
		{ "oidc_issuer", config->oidc_issuer, true },
		{ "oidc_audience", config->oidc_audience, false },
	};
	const struct setting alb[] = {
		{ "alb_signer", config->alb_signer, false },
		{ "alb_key_url", config->alb_key_url, true },
		{ "alb_issuer", config->alb_issuer, false },
		{ "alb_client", config->alb_client, false },
	};
	const struct setting cloudflare[] = {
		{ "cloudflare_team_url", config->cloudflare_team_url, true },
		{ "cloudflare_audience", config->cloudflare_audience, false },
	};
	struct str names = config->oidc_algorithms;

	TRY(check_settings(arena, &fetcher, oidc, COUNT_OF(oidc)));
	TRY(check_settings(arena, &fetcher, alb, COUNT_OF(alb)));
	TRY(check_settings(arena, &fetcher, cloudflare, COUNT_OF(cloudflare)));
	if (!identity_algorithms_parse(
		str_empty(names) ? ALGORITHMS_DEFAULT : names, ret_algorithms))
		return err_explain(
		    ERR(arena, ERR_CORRUPT, "the setting oidc_algorithms names no such algorithms"),
		    STR("Known are RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512."),
		    STR("List what the provider signs with, separated by commas."));
	return NULL;
}

static void
copy_texts(struct identity *identity)
{
	struct identity_config *config = &identity->config;
	struct str *texts[] = { &config->oidc_issuer, &config->oidc_audience, &config->alb_signer,
		&config->alb_key_url, &config->alb_issuer, &config->alb_client,
		&config->cloudflare_team_url, &config->cloudflare_audience };

	for (size_t i = 0; i < COUNT_OF(texts); i++)
		*texts[i] = arena_copy(identity->memory, *texts[i]);
	config->oidc_algorithms = STR("");
	/* Cloudflare's tokens name the team without a slash. */
	while (config->cloudflare_team_url.len > 0 &&
	       config->cloudflare_team_url.ptr[config->cloudflare_team_url.len - 1] == '/')
		config->cloudflare_team_url.len--;
}

static struct identity_issuer *
create_issuer(
    const struct identity *identity, const char *name, struct str issuer, struct str key_url)
{
	return identity_issuer_create(&(struct identity_issuer_config){
	    .name = name,
	    .issuer = issuer,
	    .key_url = key_url,
	    .fetcher = identity_fetcher_of(&identity->config),
	    .clock = identity->config.clock,
	    .log = identity->config.log,
	});
}

static void
create_sources(struct identity *identity)
{
	const struct identity_config *config = &identity->config;

	if (!str_empty(config->oidc_issuer))
		identity->bearer = create_issuer(identity, "bearer", config->oidc_issuer, STR(""));
	if (!str_empty(config->cloudflare_team_url))
		identity->cloudflare = create_issuer(identity, "cloudflare", STR(""),
		    arena_printf(identity->memory, "%.*s/cdn-cgi/access/certs",
			STR_ARG(config->cloudflare_team_url)));
	if (!str_empty(config->alb_signer))
		identity->alb = identity_alb_keys_create(&(struct identity_alb_keys_config){
		    .key_url = config->alb_key_url,
		    .fetcher = identity_fetcher_of(config),
		    .clock = config->clock,
		    .log = config->log,
		});
}

struct err *
identity_create(struct arena *arena, const struct identity_config *config, struct identity **ret)
{
	struct identity *identity;
	unsigned algorithms;

	TRY(check_config(arena, config, &algorithms));
	identity = calloc(1, sizeof(*identity));
	CHECK(identity != NULL && config->clock != NULL);
	identity->memory = arena_create(SETTINGS_BYTES_MAX);
	identity->config = *config;
	identity->algorithms = algorithms;
	copy_texts(identity);
	create_sources(identity);
	if (arena_exhausted(identity->memory)) {
		identity_destroy(identity);
		return ERR(arena, ERR_LIMIT, "the settings of identity are too long");
	}
	*ret = identity;
	return NULL;
}

void
identity_destroy(struct identity *identity)
{
	if (identity == NULL)
		return;
	identity_issuer_destroy(identity->bearer);
	identity_issuer_destroy(identity->cloudflare);
	identity_alb_keys_destroy(identity->alb);
	arena_destroy(identity->memory);
	free(identity);
}

bool
identity_accepts(const struct identity *identity, enum identity_source source)
{
	switch (source) {
	case IDENTITY_BEARER:
		return identity->bearer != NULL;
	case IDENTITY_ALB:
		return identity->alb != NULL;
	case IDENTITY_CLOUDFLARE:
		return identity->cloudflare != NULL;
	}
	UNREACHABLE("identity source");
}

/* -- what each source asks of header and claims -- */

/* A bearer token is one of the configured issuer's, for us (RFC 7519; OpenID Connect Core 3.1.3.7).
 */
static bool
check_bearer(const struct identity *identity, const struct identity_token *token,
    struct instant now, struct identity_claims *ret, struct str *ret_reason)
{
	const struct json *claims = token->claims;

	if (!identity_claims_issuer(claims, identity->config.oidc_issuer, ret_reason) ||
	    !identity_claims_audience(
		claims, identity->config.oidc_audience, !token->is_access, ret_reason) ||
	    !identity_claims_times(claims, now, &ret->expires, ret_reason) ||
	    !identity_claims_subject(claims, &ret->subject, ret_reason) ||
	    !identity_claims_person(claims, ret, ret_reason))
		return false;
	ret->issuer = identity->config.oidc_issuer;
	ret->email_verified =
	    !str_empty(ret->email) && identity_claims_email_verified(claims, false);
	return true;
}

/* Whether the member ${name} of the balancer's header is ${expected}. */
static bool
header_is(const struct identity_token *token, struct str name, struct str expected)
{
	const struct json *value = json_find(token->header, name);

	return value != NULL && value->type == JSON_TEXT && str_equal(value->text, expected);
}

/*
 * A load balancer puts into the header who signed, for which provider and client, and until
 * when; the claims are the provider's user information.  The key endpoint has the keys of
 * every balancer of the region, anybody's: only the signer's ARN makes it ours.
 */
static bool
check_alb_header(const struct identity *identity, const struct identity_token *token,
    struct instant now, struct instant *ret_expires, struct str *ret_reason)
{
	if (!header_is(token, STR("signer"), identity->config.alb_signer))
		return identity_unproven(STR("the signer is not our load balancer"), ret_reason);
	if (!header_is(token, STR("iss"), identity->config.alb_issuer))
		return identity_unproven(STR("the issuer is not ours"), ret_reason);
	if (!header_is(token, STR("client"), identity->config.alb_client))
		return identity_unproven(STR("the client is not ours"), ret_reason);
	if (!identity_alb_key_id_is(token->key_id))
		return identity_unproven(STR("the key id cannot be"), ret_reason);
	return identity_claims_times(token->header, now, ret_expires, ret_reason);
}

/* A balancer's token; what its claims say a second time must agree with the header. */
static bool
check_alb(const struct identity *identity, const struct identity_token *token, struct instant now,
    struct identity_claims *ret, struct str *ret_reason)
{
	const struct json *claims = token->claims;
	struct instant expires;

	if (!check_alb_header(identity, token, now, &ret->expires, ret_reason))
		return false;
	if (json_find(claims, STR("iss")) != NULL &&
	    !identity_claims_issuer(claims, identity->config.alb_issuer, ret_reason))
		return false;
	if (json_find(claims, STR("exp")) != NULL) {
		if (!identity_claims_times(claims, now, &expires, ret_reason))
			return false;
		if (expires.us < ret->expires.us)
			ret->expires = expires;
	}
	if (!identity_claims_subject(claims, &ret->subject, ret_reason) ||
	    !identity_claims_person(claims, ret, ret_reason))
		return false;
	ret->issuer = identity->config.alb_issuer;
	ret->email_verified =
	    !str_empty(ret->email) && identity_claims_email_verified(claims, true);
	return true;
}

/* Access leaves the subject of a service token empty and names it in common_name. */
static bool
read_cloudflare_subject(
    const struct json *claims, struct identity_claims *ret, struct str *ret_reason)
{
	struct str wrong = STR("common_name is no usable text"), subject;

	if (!identity_claims_text(claims, STR("sub"), IDENTITY_SUBJECT_BYTES_MAX,
		STR("sub is no usable text"), &subject, ret_reason))
		return false;
	ret->is_service = str_empty(subject);
	if (ret->is_service && !identity_claims_text(claims, STR("common_name"),
				   IDENTITY_SUBJECT_BYTES_MAX, wrong, &subject, ret_reason))
		return false;
	ret->subject = subject;
	return !str_empty(subject) ||
	       identity_unproven(STR("there is neither sub nor common_name"), ret_reason);
}

/* Whether it is an application's token, not the one of the team's own sign-in page. */
static bool
is_for_application(const struct json *claims)
{
	const struct json *type = json_find(claims, STR("type"));

	return type == NULL || (type->type == JSON_TEXT && str_equal(type->text, STR("app")));
}

static bool
check_cloudflare(const struct identity *identity, const struct identity_token *token,
    struct instant now, struct identity_claims *ret, struct str *ret_reason)
{
	const struct json *claims = token->claims;

	if (!identity_claims_issuer(claims, identity->config.cloudflare_team_url, ret_reason) ||
	    !identity_claims_audience(
		claims, identity->config.cloudflare_audience, false, ret_reason) ||
	    !identity_claims_times(claims, now, &ret->expires, ret_reason))
		return false;
	if (!is_for_application(claims))
		return identity_unproven(STR("the token is not an application's"), ret_reason);
	if (!read_cloudflare_subject(claims, ret, ret_reason) ||
	    !identity_claims_person(claims, ret, ret_reason))
		return false;
	ret->issuer = identity->config.cloudflare_team_url;
	ret->email_verified = !str_empty(ret->email) && !ret->is_service;
	return true;
}

/* -- verifying -- */

/*
 * Take ${text} apart and look at all that needs no key.  What it says is not believed
 * yet; but a token that would be refused anyway need not cost a fetch.
 */
static bool
check(const struct identity *identity, struct arena *arena, struct instant now,
    enum identity_source source, struct str text, struct identity_token *ret_token,
    struct identity_claims *ret, struct str *ret_reason)
{
	unsigned es256 = 1u << IDENTITY_ALGORITHM_ES256, rs256 = 1u << IDENTITY_ALGORITHM_RS256;

	switch (source) {
	case IDENTITY_BEARER:
		return identity_token_parse(
			   arena, text, false, identity->algorithms, ret_token, ret_reason) &&
		       check_bearer(identity, ret_token, now, ret, ret_reason);
	case IDENTITY_ALB:
		return identity_token_parse(arena, text, true, es256, ret_token, ret_reason) &&
		       check_alb(identity, ret_token, now, ret, ret_reason);
	case IDENTITY_CLOUDFLARE:
		return identity_token_parse(arena, text, false, rs256, ret_token, ret_reason) &&
		       check_cloudflare(identity, ret_token, now, ret, ret_reason);
	}
	UNREACHABLE("identity source");
}

static struct err *
find_key(struct identity *identity, struct arena *arena, enum identity_source source,
    const struct identity_token *token, struct identity_key_set **ret_set,
    const struct identity_key **ret_key)
{
	switch (source) {
	case IDENTITY_BEARER:
		return identity_keys_find(
		    identity_issuer_keys(identity->bearer), arena, token, ret_set, ret_key);
	case IDENTITY_ALB:
		return identity_alb_keys_find(identity->alb, arena, token, ret_set, ret_key);
	case IDENTITY_CLOUDFLARE:
		return identity_keys_find(
		    identity_issuer_keys(identity->cloudflare), arena, token, ret_set, ret_key);
	}
	UNREACHABLE("identity source");
}

static void
set_close(struct identity_key_set **set)
{
	identity_key_set_release(*set);
}

/* Whether ${token} was signed with the key that it names. */
static struct err *
check_signature(struct identity *identity, struct arena *arena, enum identity_source source,
    const struct identity_token *token, bool *ret_proven, struct str *ret_reason)
{
	CLEANUP(set_close) struct identity_key_set *set = NULL;
	const struct identity_key *key = NULL;

	TRY(find_key(identity, arena, source, token, &set, &key));
	*ret_proven = key != NULL && identity_key_verify(key, token);
	if (key == NULL)
		*ret_reason = STR("the issuer has no such key");
	else if (!*ret_proven)
		*ret_reason = STR("the signature is wrong");
	return NULL;
}

struct err *
identity_verify(struct identity *identity, struct arena *arena, struct instant now,
    enum identity_source source, struct str token, bool *ret_proven, struct identity_claims *ret,
    struct str *ret_reason)
{
	struct identity_claims claims = { .source = source };
	struct identity_token parsed;

	*ret_proven = false;
	if (!identity_accepts(identity, source)) {
		*ret_reason = STR("this kind of token is not configured");
		return NULL;
	}
	if (check(identity, arena, now, source, token, &parsed, &claims, ret_reason))
		TRY(check_signature(identity, arena, source, &parsed, ret_proven, ret_reason));
	if (arena_exhausted(arena)) {
		*ret_proven = false;
		return ERR(arena, ERR_LIMIT, "no memory to verify a token");
	}
	if (*ret_proven)
		*ret = claims;
	return NULL;
}
