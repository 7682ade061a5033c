#ifndef INTEGRATION_RENDER_REQUEST_H
#define INTEGRATION_RENDER_REQUEST_H

#include "base/json.h"
#include "integration/render/render.h"
#include "integration/render/render_token.h"

/* render_request: one signed-in request to Render, and the trouble in its answer. */

/* What one use of the port works with. */
struct render_visit {
	const struct render_config *config;
	struct render_tokens *tokens;
	struct arena *arena;
	const struct fieldwork_tenant *tenant;
	struct str base; /* the tenant's URL, or the default */
	int64_t requests;
	struct fieldwork_trouble *trouble;
	bool of_account; /* the trouble is not this ECO's alone */
};

/* An answer that is worth reading: 2xx, or 409. */
struct render_answer {
	int status;
	const struct json *body; /* an object */
};

/**
 * Begin a visit: find the base URL.  False, with the trouble noted, when it is
 * none.  ${visit->config}, tokens, arena, tenant and trouble are the caller's.
 */
NODISCARD bool render_visit_begin(struct render_visit *visit);

/** The account that ${visit} is for: of whom, where, by which client id and secret. */
struct sha256 render_visit_account(const struct render_visit *visit);

/** Note a trouble of kind ${fault}, with ${detail} for operators.  Always false. */
bool render_trouble(struct render_visit *visit, enum sync_fault fault, struct str detail);

/**
 * Send ${method} to ${url} with the JSON ${body} (empty: none), with a token that
 * is renewed once when it is refused.  False, with the trouble noted, for every
 * answer but 2xx and 409.
 */
NODISCARD bool render_request_send(struct render_visit *visit, const char *method,
    const struct buf *url, struct str body, struct render_answer *ret);

#endif
