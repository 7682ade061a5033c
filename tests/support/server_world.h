#ifndef TESTS_SERVER_WORLD_H
#define TESTS_SERVER_WORLD_H

#include "api/api.h"
#include "base/json.h"
#include "mock/mock.h"
#include "mock/play.h"
#include "process/process.h"

/* The setting vault_key of every world. */
#define SERVER_WORLD_VAULT_KEY "b3VyIHRlc3RzJyBrZXkgb2YgdGhpcnR5LXR3byBieXQ="

/*
 * server_world: the whole server in one process, over real HTTP, with the mock
 * world beside it and one virtual clock for both.
 *
 * The store is the test's: in memory, or a database of its own.
 */
struct server_world {
	struct arena *arena;
	char folder[64];
	struct config settings;
	struct clock *clock;
	struct log *log;
	int log_fd;
	struct store *store;
	struct vault vault;
	struct http_client *client;
	struct identity *identity; /* the test's; NULL: nobody vouches for people */
	struct telephony *telephony;
	struct fieldwork *fieldwork;
	struct process *process;
	_Atomic uint32_t projected;
	struct api *api;
	struct mock *mock;
	struct scenario *scenario;
	struct str server_url, mock_url;
};

/**
 * Begin a world on ${store}, which it takes over and which is planted with the
 * development seed, behaving as ${scenario_text} says.  Aborts the test when it
 * cannot.
 */
void server_world_begin(struct server_world *world, struct store *store, const char *scenario_text);

/* What a world's settings differ in from those of development. */
struct server_world_options {
	bool production;            /* no development sign-in; the providers cannot be reached */
	const char *previous_token; /* Twilio's, while it is being rotated; NULL: none */
	void (*adjust)(struct server_world *world); /* settings and identity, before it starts */
	const char *scenario; /* of an api_world; NULL: nobody does anything */
};

/** The same with ${options}. */
void server_world_begin_as(struct server_world *world, struct store *store,
    const char *scenario_text, const struct server_world_options *options);

/** End it, and the store.  What the server logged is printed when ${show_log}. */
void server_world_end(struct server_world *world, bool show_log);

/** Only the API goes on: nothing is sequenced, projected, rung ... until server_world_work(). */
void server_world_rest(struct server_world *world);
void server_world_work(struct server_world *world);

/** Play the world's scenario to its end. */
struct err *server_world_play(struct server_world *world, struct play_result *ret);

/** Ask POST /graphql as ${identity} ("operator@lone-star-noc"); the status is asserted. */
const struct json *server_world_ask(
    struct server_world *world, const char *identity, const char *body, int status);

/** Wait until neither the server nor the mock world has anything left to do at this moment. */
void server_world_settle(struct server_world *world);

#endif
