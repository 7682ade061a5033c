#ifndef INTEGRATION_RENDER_TOKEN_H
#define INTEGRATION_RENDER_TOKEN_H

#include "integration/fieldwork.h"
#include "runtime/secret.h"

/*
 * render_token: tokens that are kept until they are old.
 *
 * One entry for each account: of whom, at which address, by which client id and
 * secret.  A token got with the proof of one organisation is never another's, though
 * both name the same client.  For each entry one request is under way at most: who
 * needs a token meanwhile waits for it, and shares in what comes of it, be that
 * trouble; who has one that still serves does not wait.
 *
 * A token is old when 80 % of its life is over, or a little less, by chance, so that
 * the tokens that many processes got at one moment are not all renewed at one moment.
 * When fetching fails then, the old one serves until it ends.
 *
 * Any number of threads may call at once.
 */

/* Accounts whose tokens are kept; of others none is. */
#define RENDER_ACCOUNTS_MAX    1000
#define RENDER_TOKEN_BYTES_MAX 4096

struct render_tokens;

/** The account of ${organisation} at ${url}, by ${client_id} and the secret ${secret_ref}. */
struct sha256 render_account_of(struct arena *arena, struct uuid organisation, struct str url,
    struct str client_id, struct str secret_ref);

/* A token that was just fetched, in the arena of the fetch. */
struct render_grant {
	struct secret token; /* of 1 to RENDER_TOKEN_BYTES_MAX bytes */
	int64_t life_s;      /* > 0 */
};

/* A token to use, in the arena of who asked. */
struct render_pass {
	struct secret token;
	uint64_t serial; /* which of the account's tokens it is, from 1; 0: none, or not kept */
};

/* Fetch a token on behalf of ${context}.  False when there is none: want.trouble says why. */
typedef bool (*render_fetch_f)(void *context, struct arena *arena, struct render_grant *ret);

/* A token that is wanted. */
struct render_want {
	struct uuid organisation;
	struct str url, client_id, secret_ref;
	uint64_t refused; /* of the token that was just refused, not to be handed out again */
	render_fetch_f fetch;
	void *context;
	struct fieldwork_trouble *trouble;
};

/**
 * ${now_us} is a clock that is never set back; ${chance} is from 0 to 1, 1 excluded.
 * End it with render_tokens_destroy(), when nobody asks any more.
 */
struct render_tokens *render_tokens_create(int64_t (*now_us)(void), double (*chance)(void));
void render_tokens_destroy(struct render_tokens *tokens);

/**
 * The token that is wanted, in ${arena}.  False when fetching was needed and failed,
 * here or on the thread that was waited for: then ${want->trouble} is why.
 */
NODISCARD bool render_tokens_get(struct render_tokens *tokens, struct arena *arena,
    const struct render_want *want, struct render_pass *ret);

#endif
