#ifndef API_INTERNAL_H
#define API_INTERNAL_H

#include <stdatomic.h>

#include "api/api.h"
#include "app/app.h"
#include "app/work.h"
#include "base/embedded.h"
#include "graphql/graphql.h"
#include "runtime/address.h"
#include "runtime/rate_limit.h"

/*
 * What the files of api/ share.  For api/ only.
 */

#define API_ARENA_BYTES (24u << 20)

#define API_HEADERS_MAX 10

struct api {
	struct api_config config;
	bool development;
	bool is_https; /* as browsers reach us */
	struct address_ranges proxies;
	struct address_ranges metrics_from; /* who may read our figures */
	struct rate_limit *limits;
	struct http_header headers[API_HEADERS_MAX]; /* on every answer: headers.c */
	size_t header_count;
	struct http_server *server;
	struct arena *schema_arena;
	struct graphql_schema *schema;
	struct graphql_documents *documents;
	struct live *live;              /* subscriptions */
	struct hub *hub;                /* the connections of those who listen */
	atomic_uint waiting;            /* requests that wait for the board (sees) */
	_Atomic uint32_t *projected;    /* what they sleep on: the configuration's ... */
	_Atomic uint32_t own_projected; /* ... or, without one, this, which nobody changes */
};

/* What one worker owns. */
struct api_worker {
	struct api *api;
	struct store_session *reader; /* STORE_API: people */
	struct store_session *worker; /* STORE_WORKER: providers */
};

/* One request in hand. */
struct api_request {
	struct api *api;
	struct api_worker *worker;
	struct arena *arena;
	const struct http_request *http;
	struct http_response *response;
	struct instant now;
	struct uuid id;      /* the correlation of all that follows */
	const char *outcome; /* for the log: "ok", "refused", "rejected", "fault" */
	struct str note;     /* for the log: what was asked, or why not */

	struct address client; /* where it came from, behind proxies of ours ... */
	struct str address;    /* ... in words */
	/* Once it is known (gate.h): */
	struct uuid user, organisation;
	struct uuid web_session; /* Nil: it came without one */
	struct str via;
};

/*
 * Answer ${request} into its response.  A fault is answered by the caller: 503
 * when trying again may help, else 500; never with more than a reference.
 */
typedef struct err *(*api_handler_f)(struct api_request *request);

struct err *api_graphql(struct api_request *request);
struct err *api_session_begin(struct api_request *request);
struct err *api_session_show(struct api_request *request);
struct err *api_session_end(struct api_request *request);
struct err *api_voice_answer(struct api_request *request);
struct err *api_voice_choice(struct api_request *request);
struct err *api_voice_eta(struct api_request *request);
struct err *api_voice_status(struct api_request *request);
struct err *api_voice_fallback(struct api_request *request);
struct err *api_voice_pin(struct api_request *request);
struct err *api_voice_arrival(struct api_request *request);
struct err *api_voice_in(struct api_request *request);
struct err *api_text_in(struct api_request *request);
struct err *api_text_status(struct api_request *request);
struct err *api_health(struct api_request *request);
struct err *api_ready(struct api_request *request);
struct err *api_metrics(struct api_request *request);
struct err *api_quiet(struct api_request *request);
struct err *api_front_page(struct api_request *request);
struct err *api_graphiql(struct api_request *request);

/** The sessions of ${request}'s worker, opened when they are first needed. */
NODISCARD struct err *api_reader(struct api_request *request, struct store_session **ret);
NODISCARD struct err *api_worker_session(struct api_request *request, struct store_session **ret);

/** Answer with ${json}, which lives in the arena. */
void api_respond_json(struct api_request *request, int status, struct str json);

/** Answer with {"error": {"code", "message"}}. */
void api_respond_error(
    struct api_request *request, int status, const char *code, struct str message);

/** One more header of the answer, which there is room for. */
void api_add_header(struct api_request *request, struct str name, struct str value);

/** Fill in ${api->headers}: what every answer tells browsers. */
void api_make_headers(struct api *api);

/** Whom an identity is of, as app/sign_in.h needs it for ${request}. */
struct sign_in;
NODISCARD struct err *api_sign_in(struct api_request *request, struct sign_in *ret);

/* schema.graphql: one file. */
extern const struct embedded_file schema_file[];

/** The resolvers, against schema.graphql; the fault names where they disagree. */
NODISCARD struct err *api_bind_schema(
    struct arena *arena, struct str sdl, struct graphql_schema **ret);

#endif
