#ifndef TESTS_MOCK_WORLD_H
#define TESTS_MOCK_WORLD_H

#include "base/json.h"
#include "mock/mock.h"
#include "proto/form.h"
#include "runtime/http_client.h"

/*
 * mock_world: a mock world on a virtual clock, and a webhook server that it
 * calls, for the tests of the mock.
 */

#define WORLD_ACCOUNT      "AC00000000000000000000000000000001"
#define WORLD_SUBACCOUNT   "AC00000000000000000000000000000002"
#define WORLD_TOKEN        "the-main-token"
#define WORLD_REQUESTS_MAX 256

/* A request that the webhook server got, and whether it was signed rightly. */
struct webhook_request {
	struct str path;
	struct form *form;
	bool is_signed;
	struct instant at;
};

/** Begin a world that plays ${scenario_text}, and the webhook server. */
void world_begin(const char *scenario_text);

/** End both, and free all. */
void world_end(void);

extern struct arena *world_arena;
extern struct clock *world_clock;
extern struct http_client *world_client;

/** The address of ${path} at the webhook server, or at the mock. */
struct str webhook_url(const char *path);
struct str mock_url(const char *path);

/** What the webhook server answers to POST ${path}: 200 with ${twiml}, or ${status} alone. */
void webhook_answers(const char *path, const char *twiml);
/** The same, for one request; the next gets the next answer that was named for ${path}. */
void webhook_answers_once(const char *path, const char *text);
void webhook_fails(const char *path, int status);

/** What the webhook server got so far. */
size_t webhook_count(void);
const struct webhook_request *webhook_at(size_t i);

/** The value of ${name} in request ${i}; empty when it is not there. */
struct str webhook_value(size_t i, const char *name);

/** Send ${method} ${path} with ${body} (a form, or JSON when it begins with "{"). */
struct http_answer mock_send(
    const char *method, const char *path, const char *body, struct http_header authorization);

/** The same as the main account, parsed; checks the status. */
const struct json *twilio_send(const char *method, const char *path, const char *body, int status);

/** Wait until the world has nothing more to do now. */
void world_settle(void);

/** Let the clock run for ${by}, step by step, stopping whenever something is due. */
void world_run(struct duration by);

/** Everything in the journal. */
const struct json *world_journal(void);

/** How many entries of ${kind} are in the journal. */
size_t journal_count(const char *kind);

#endif
