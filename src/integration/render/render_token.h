#ifndef INTEGRATION_RENDER_TOKEN_H
#define INTEGRATION_RENDER_TOKEN_H

#include "base/arena.h"
#include "runtime/secret.h"

/*
 * render_token: tokens that are kept until they are old.
 *
 * One entry for each pair of address and client id, with a lock of its own: who
 * finds a token missing or old fetches the next one while the others of that
 * pair wait for it, and nobody else does.  A token is old when 80 % of its life
 * is over; when fetching fails then, the old one serves until it ends.
 *
 * Any number of threads may call at once.
 */

/* Pairs whose tokens are kept, one for each organisation at most; of others none is. */
#define RENDER_ACCOUNTS_MAX    1000
#define RENDER_TOKEN_BYTES_MAX 4096

struct render_tokens;

/* A token that was just fetched, in the arena of the fetch. */
struct render_grant {
	struct secret token; /* of 1 to RENDER_TOKEN_BYTES_MAX bytes */
	int64_t life_s;      /* > 0 */
};

/* Fetch a token on behalf of ${context}, which is told when there is none (false). */
typedef bool (*render_fetch_f)(void *context, struct arena *arena, struct render_grant *ret);

/* A token that is wanted. */
struct render_want {
	struct str url, client_id;
	struct secret refused; /* the one that was just refused, not to be handed out again */
	render_fetch_f fetch;
	void *context;
};

struct render_tokens *render_tokens_create(void);
void render_tokens_destroy(struct render_tokens *tokens);

/** The token that is wanted, in ${arena}.  False when fetching was needed and failed. */
NODISCARD bool render_tokens_get(struct render_tokens *tokens, struct arena *arena,
    const struct render_want *want, struct secret *ret);

#endif
