#ifndef MOCK_MOCK_H
#define MOCK_MOCK_H

#include "mock/scenario.h"
#include "runtime/clock.h"
#include "runtime/log.h"

/*
 * mock: Render Networks and Twilio as one small world behind one port.
 *
 *   /2010-04-01/...            Twilio's REST API: calls and texts
 *   /oauth/token, /v1/...      Render's API (docs/reference/render-api.md)
 *   /control/...               for tests and benchmarks: what happened, what is
 *                              due, another scenario, begin again
 *
 * A call lives by the clock as a real one does: it rings, is answered or not,
 * fetches its TwiML, listens, presses keys, ends; and every change that was asked
 * for is told by a signed callback.  How people and the field system behave is
 * the scenario's business (scenario.h).
 *
 * Only a token's life is counted in real time, as the client that holds it does.
 *
 * Under a virtual clock nothing happens between two moments: GET /control/quiet
 * says when the world has done all that is due and when it wants to be woken.
 *
 * The world keeps all that happened since the last reset in a bounded memory;
 * when that is used up, requests are answered 503 until it is reset.
 */

#define MOCK_SUBACCOUNTS_MAX    16
#define MOCK_RENDER_CLIENTS_MAX 16

/* A Twilio account.  Callbacks about its calls are signed with its own token. */
struct mock_account {
	struct str sid, token; /* an empty token: that of the main account */
};

/* An organisation that may use Render.  It sees its own subsectors only. */
struct mock_render_client {
	struct str id, secret;
};

struct mock_config {
	struct clock *clock;
	struct log *log;                 /* borrowed; NULL: silent */
	const char *address;             /* NULL: 127.0.0.1 */
	uint16_t port;                   /* 0: any free one */
	const struct scenario *scenario; /* borrowed */
	struct mock_account account;     /* the main one: its credentials are asked for */
	const struct mock_account *subaccounts;
	size_t subaccount_count;
	const struct mock_render_client *render_clients;
	size_t render_client_count;
	struct str gateway_token, gateway_secret; /* of the second provider; empty: there is none */
	/* Where people's own texts and calls are told until a call of ours has shown it:
	 * "http://127.0.0.1:8080/webhooks/twilio". */
	struct str webhook_url;
	struct str number; /* where people turn to before they heard from us; empty: +15125550900 */
	int narrate_fd;    /* where to say in plain sentences what happens, borrowed; 0: nowhere */
	size_t memory_bytes; /* 0: 128 MB, of which only what is used is touched */
};

struct mock;

/** Begin a world and serve it.  What ${config} points to is borrowed until mock_stop(). */
NODISCARD struct err *mock_start(
    struct arena *arena, const struct mock_config *config, struct mock **ret);

/** The port that ${mock} listens on. */
uint16_t mock_port(const struct mock *mock);

/** End the world; callbacks under way are given up after at most 15 s.  ${mock} may be NULL. */
void mock_stop(struct mock *mock);

#endif
