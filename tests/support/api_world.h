#ifndef TESTS_API_WORLD_H
#define TESTS_API_WORLD_H

#include "runtime/http_client.h"
#include "support/server_world.h"
#include "support/store_factory.h"
#include "support/unit.h"

/*
 * api_world: the whole server as its clients see it, with short words for what
 * they do.
 *
 * One server serves a group of tests: each makes ECOs of its own.  The clock
 * stands still unless a test plays a scenario, so nothing happens by itself but
 * what follows at once from what the test did.  What the words return lives until
 * the end of the test.
 */

extern struct server_world server; /* under test */
extern struct arena *arena;        /* of the test that runs */

/* cmocka's set-up and tear-down of a group, and of one test. */
int api_world_begin(void **state);
int api_world_begin_production(void **state);
void api_world_begin_as(const struct server_world_options *options);
int api_world_end(void **state);
int api_world_begin_test(void **state);
int api_world_end_test(void **state);
#define API_TEST(test) \
	cmocka_unit_test_setup_teardown(test, api_world_begin_test, api_world_end_test)

/* The previous token of Twilio, which is being rotated in every world of development. */
#define API_PREVIOUS_TOKEN "token-before-the-rotation"

/* Who asks. */
#define OPERATOR         "operator@lone-star-noc"
#define SUPERVISOR       "supervisor@lone-star-noc"
#define DISPATCHER       "dispatcher@hill-country-osp"
#define OTHER_SUPERVISOR "supervisor@gulf-coast-noc"
#define OTHER_OPERATOR   "operator@gulf-coast-noc"
#define OTHER_DISPATCHER "dispatcher@bayou-osp"

/* Where: in the north of Austin, in Houston, and where no region of anybody is. */
#define AUSTIN   "{\"type\":\"Point\",\"coordinates\":[-97.7431,30.2672]}"
#define HOUSTON  "{\"type\":\"Point\",\"coordinates\":[-95.3698,29.7604]}"
#define NEW_YORK "{\"type\":\"Point\",\"coordinates\":[-74.006,40.7128]}"

/* -- HTTP -- */

/** ${method} ${path} with ${headers} and ${body}. */
const struct http_answer *request(const char *method, const char *path,
    const struct http_header *headers, size_t header_count, struct str body);

/** Send all ${count} calls at the same time; the answer to each. */
void request_at_once(const struct http_call *calls, size_t count, struct http_answer *ret);

/** POST /graphql as ${identity} with the bytes ${body} as JSON. */
const struct http_answer *post_graphql(const char *identity, struct str body);

/** The answer's body as JSON, after its status is asserted. */
const struct json *json_of(const struct http_answer *answer, int status);

/** Text with its members for printf. */
const char *print(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* -- GraphQL -- */

/** Ask ${query} with ${variables} (the JSON of an object) as ${identity}: the response, 200. */
const struct json *ask(const char *identity, const char *query, const char *variables);

/** The value at ${path} ("data.ecos.edges.0.node"); the test fails when there is none. */
const struct json *at(const struct json *json, const char *path);
/** The text, or the number, there. */
const char *text_at(const struct json *json, const char *path);
int64_t int_at(const struct json *json, const char *path);
/** How many items the list there has. */
size_t count_at(const struct json *json, const char *path);
void assert_null_at(const struct json *json, const char *path);
void assert_text_at(const struct json *json, const char *path, const char *expected);
/** ${json} written out. */
const char *json_text(const struct json *json);

/** A fresh idempotency key. */
const char *new_key(void);

/* What createEco is given; what is left out is what an ordinary callout has. */
struct create {
	const char *identity, *key, *job_type, *osp;
	const char *location, *description; /* as JSON */
};

/** The member data.createEco: {__typename, eco} or {__typename, code, field, message, rule}. */
const struct json *create(struct create given);

/** The id of a new ECO, after everything that follows at once from it has happened. */
const char *created(struct create given);

/** The member data.<mutation> of ${mutation}; ${input} are members of the input after the key. */
const struct json *command(
    const char *identity, const char *mutation, const char *key, const char *input);

void assert_done(const struct json *result);
void assert_refused(
    const struct json *result, const char *code, const char *field, const char *message);

/** The timeline of ${eco} as ${identity} sees it: a list of entries. */
const struct json *timeline(const char *identity, const char *eco);

/** How many entries of ${type} are in it. */
size_t count_entries(const char *identity, const char *eco, const char *type);

/** The Eco as ${identity} sees it, or a JSON null. */
const struct json *eco_of(const char *identity, const char *eco);

/* -- behind the doors -- */

/** Wait until nothing is left to do; then how many events there are in all. */
size_t events_in_all(void);

/** The same without what is only in the audit: that somebody came in, or was refused. */
size_t events_that_matter(void);

/** How many call-backs have been rejected, and why the last one was. */
size_t rejections(struct store_rejection *ret_last);

/** A session that sees everything; for what no client may do.  Close it. */
struct store_session *worker_session(void);

#endif
