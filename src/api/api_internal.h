#ifndef API_INTERNAL_H
#define API_INTERNAL_H

#include <stdatomic.h>

#include "api/api.h"
#include "app/app.h"
#include "app/work.h"
#include "base/embedded.h"
#include "graphql/graphql.h"

/*
 * What the files of api/ share.  For api/ only.
 */

#define API_ARENA_BYTES        (24u << 20)
#define API_RESPONSE_BYTES_MAX (4u << 20)

struct api {
	struct api_config config;
	bool development;
	struct http_server *server;
	struct arena *schema_arena;
	struct graphql_schema *schema;
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
};

/*
 * Answer ${request} into its response.  A fault is answered by the caller: 503
 * when trying again may help, else 500; never with more than a reference.
 */
typedef struct err *(*api_handler_f)(struct api_request *request);

struct err *api_graphql(struct api_request *request);
struct err *api_voice_answer(struct api_request *request);
struct err *api_voice_choice(struct api_request *request);
struct err *api_voice_eta(struct api_request *request);
struct err *api_voice_status(struct api_request *request);
struct err *api_health(struct api_request *request);
struct err *api_ready(struct api_request *request);
struct err *api_quiet(struct api_request *request);
struct err *api_front_page(struct api_request *request);

/** The sessions of ${request}'s worker, opened when they are first needed. */
NODISCARD struct err *api_reader(struct api_request *request, struct store_session **ret);
NODISCARD struct err *api_worker_session(struct api_request *request, struct store_session **ret);

/** Answer with ${json}, which lives in the arena. */
void api_respond_json(struct api_request *request, int status, struct str json);

/** Answer with {"error": {"code", "message"}}. */
void api_respond_error(
    struct api_request *request, int status, const char *code, struct str message);

/**
 * Who asks, from the development header "Strike-Development-Identity:
 * user@organisation".  False, with the answer given, when the header is missing,
 * malformed, names nobody, or may not be used because this is no development.
 */
NODISCARD struct err *api_identify(
    struct api_request *request, bool *ret_known, struct store_membership *ret);

/* schema.graphql: one file. */
extern const struct embedded_file schema_file[];

/** The resolvers, against schema.graphql; the fault names where they disagree. */
NODISCARD struct err *api_bind_schema(
    struct arena *arena, struct str sdl, struct graphql_schema **ret);

#endif
