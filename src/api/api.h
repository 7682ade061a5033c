#ifndef API_H
#define API_H

#include <stdatomic.h>

#include "app/vault.h"
#include "identity/identity.h"
#include "runtime/clock.h"
#include "runtime/config.h"
#include "runtime/http_server.h"
#include "store/store.h"

/*
 * api: the doors. GraphQL for people and programs, webhooks for providers,
 * health for the platform.
 *
 * A request is identified, its route's handler answers it as straight-line code
 * on a worker with store sessions of its own, and one log line says how it went.
 */
struct api;

struct api_config {
	struct store *store;
	struct clock *clock;
	struct log *log;
	const struct config *settings;
	const struct vault *vault; /* people's data */
	struct identity *identity; /* who vouches for people; NULL: nobody does */
	struct str public_url;     /* by which providers reach us; empty: the address listened on */
	_Atomic uint32_t *projected; /* bumped (futex.h) when this process has brought the board
					on; NULL: another process does */
	/*
	 * For which service token ${assertion} (header Cf-Access-Jwt-Assertion) is Access's
	 * word: its client id, empty when it is for none.  NULL: such a word is not taken.
	 */
	struct err *(*webhook_service)(void *context, struct arena *arena, struct str assertion,
	    struct instant now, struct str *ret_client_id);
	void *webhook_service_context;
};

/** Listen and serve.  What ${config} names must outlive the api. */
NODISCARD struct err *api_start(
    struct arena *arena, const struct api_config *config, struct api **ret);

/** The port that ${api} listens on. */
uint16_t api_port(const struct api *api);

/** Answer what is being asked, then stop.  ${api} may be NULL. */
void api_stop(struct api *api);

#endif
