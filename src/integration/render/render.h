#ifndef INTEGRATION_RENDER_H
#define INTEGRATION_RENDER_H

#include "integration/fieldwork.h"
#include "integration/render/render_gate.h"
#include "runtime/clock.h"
#include "runtime/config.h"
#include "runtime/http_client.h"

/*
 * render: the fieldwork port over Render Networks' customer API.
 *
 * docs/reference/render-api.md says what is known of that API, what is assumed,
 * and what each of its answers becomes.  The adapter's parts:
 *
 *	render.c          what the port asks, as sequences of requests
 *	render_gate.c     who may go to which account's Render now
 *	render_list.c     lists of several pages, read as a whole
 *	render_request.c  one signed-in request, and the trouble in its answer
 *	render_token.c    tokens: one for each address and client id, kept and renewed
 *	render_answer.c   what is in an answer: items, statuses, fingerprints
 *
 * Tokens are counted in real time, whatever clock the program runs on; pauses that
 * Render asks for, by the program's clock.
 */

struct render_config {
	struct http_client *client;
	const struct config *settings; /* where secrets are looked up */
	struct str default_url;        /* for tenants that name none */
	struct duration timeout;       /* of one request */
	const struct clock *clock;     /* NULL: real time */
	struct render_gate_rules rules;
};

/**
 * A fieldwork that speaks to Render.  What ${config} points at is borrowed and
 * must outlive it.  End it with fieldwork_destroy().
 */
NODISCARD struct fieldwork *render_create(const struct render_config *config);

#endif
