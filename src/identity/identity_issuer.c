#include "identity/identity_issuer.h"

#include <stdlib.h>

#include "proto/url.h"

#define URL_BYTES_MAX 2048

/* How long an address that was discovered is used without asking again. */
#define DISCOVERED_FOR HOURS(1)

struct identity_issuer {
	struct identity_issuer_config config;
	struct identity_keys *keys;
	/* Of the one thread that fetches. */
	char discovered[URL_BYTES_MAX];
	size_t discovered_length; /* 0: not yet, or no longer */
	struct instant discovered_at;
};

/* Get the document at ${url}, which must answer 200. */
static struct err *
get(const struct identity_issuer *issuer, struct arena *arena, struct str url,
    struct identity_document *ret)
{
	TRY(identity_fetch(&issuer->config.fetcher, arena, url, ret));
	if (ret->status != 200)
		return ERR(
		    arena, ERR_UNAVAILABLE, "GET %.*s: status %d", STR_ARG(url), ret->status);
	return NULL;
}

static struct err *
read_discovery(struct identity_issuer *issuer, struct arena *arena, struct str document)
{
	const struct json *root;
	struct str reason, named, url;

	if (!json_parse(arena, document, &root, &reason))
		return ERR(arena, ERR_CORRUPT, "the discovery document is not JSON: %.*s",
		    STR_ARG(reason));
	named = json_text_or(root, STR("issuer"), STR(""));
	url = json_text_or(root, STR("jwks_uri"), STR(""));
	if (!str_equal(named, issuer->config.issuer))
		return err_explain(ERR(arena, ERR_CORRUPT,
				       "the discovery document is about another issuer, \"%.*s\"",
				       (int)(named.len < 200 ? named.len : 200), named.ptr),
		    STR(""), STR("Set oidc_issuer to exactly what the provider calls itself."));
	if (url.len > URL_BYTES_MAX || !identity_fetch_allows(&issuer->config.fetcher, url))
		return ERR(arena, ERR_CORRUPT,
		    "the discovery document has no jwks_uri that may be fetched");
	memcpy(issuer->discovered, url.ptr, url.len);
	issuer->discovered_length = url.len;
	issuer->discovered_at = clock_now(issuer->config.clock);
	return NULL;
}

/* See that the address of the keys is known. */
static struct err *
discover(struct identity_issuer *issuer, struct arena *arena)
{
	int64_t age = instant_since(clock_now(issuer->config.clock), issuer->discovered_at).us;
	struct buf url = buf_in(arena, URL_BYTES_MAX);
	struct identity_document document;

	if (issuer->discovered_length > 0 && age >= 0 && age < DISCOVERED_FOR.us)
		return NULL;
	issuer->discovered_length = 0;
	url_begin(&url, issuer->config.issuer);
	buf_str(&url, STR("/.well-known/openid-configuration"));
	if (url.overflowed)
		return ERR(arena, ERR_LIMIT, "the issuer's URL is too long");
	TRY(get(issuer, arena, buf_view(&url), &document));
	return read_discovery(issuer, arena, document.body);
}

static struct err *
get_keys(struct identity_issuer *issuer, struct arena *arena, struct str url,
    struct identity_key_set **ret, struct duration *ret_fresh)
{
	struct identity_document document;
	struct str reason;

	TRY(get(issuer, arena, url, &document));
	if (!identity_key_set_parse(arena, document.body, ret, &reason))
		return ERR(arena, ERR_CORRUPT, "%.*s is no usable set of keys: %.*s", STR_ARG(url),
		    STR_ARG(reason));
	*ret_fresh = identity_keys_fresh(document.cache_control);
	return NULL;
}

static struct err *
fetch(void *context, struct arena *arena, struct identity_key_set **ret, struct duration *ret_fresh)
{
	struct identity_issuer *issuer = context;
	struct str url = issuer->config.key_url;
	struct err *fault;

	if (!str_empty(issuer->config.issuer)) {
		TRY(discover(issuer, arena));
		url = (struct str){ issuer->discovered, issuer->discovered_length };
	}
	fault = get_keys(issuer, arena, url, ret, ret_fresh);
	if (fault != NULL)
		issuer->discovered_length = 0; /* the keys may have moved */
	return fault;
}

struct identity_issuer *
identity_issuer_create(const struct identity_issuer_config *config)
{
	struct identity_issuer *issuer = calloc(1, sizeof(*issuer));

	CHECK(issuer != NULL);
	issuer->config = *config;
	issuer->keys = identity_keys_create(&(struct identity_keys_config){
	    .name = config->name,
	    .clock = config->clock,
	    .log = config->log,
	    .unknown_pause = IDENTITY_KEYS_PAUSE,
	    .fetch = fetch,
	    .context = issuer,
	});
	return issuer;
}

void
identity_issuer_destroy(struct identity_issuer *issuer)
{
	if (issuer == NULL)
		return;
	identity_keys_destroy(issuer->keys);
	free(issuer);
}

struct identity_keys *
identity_issuer_keys(struct identity_issuer *issuer)
{
	return issuer->keys;
}
