#ifndef TESTS_LIVE_WORLD_H
#define TESTS_LIVE_WORLD_H

#include "api/live.h"
#include "support/api_world.h"

/*
 * live_world: listeners of the server under test, without a socket between.
 */

/* Who listens to what; what is NULL is left out. */
struct listen_call {
	const char *identity; /* the development header */
	const char *authorization, *cookie, *organisation;
	const char *query, *variables;
	size_t room; /* so many responses are taken until there is more room; 0: any number */
};

struct listening;

/** Begin; the test fails when it is refused. */
struct listening *listen_to(struct listen_call call);

/** Begin what must be refused: the response, in the test's arena. */
const char *listen_refused(struct listen_call call);

/** Begin, whatever comes of it; NULL, with the response, when it is refused. */
struct listening *listen_or_not(struct listen_call call, const char **ret_response);

/** Wait until ${count} responses have come: the last of them, as JSON. */
const struct json *heard(struct listening *listening, size_t count);

/** How many have come by now. */
size_t heard_count(struct listening *listening);

/** Response ${index}, from 0, which has come. */
const struct json *heard_at(struct listening *listening, size_t index);
const char *heard_text(struct listening *listening, size_t index);

/** Take ${room} responses more (0: any number), and have live know. */
void make_room(struct listening *listening, size_t room);

/** Wait until it is over: why. */
enum live_end heard_end(struct listening *listening);

/** Whether it is over by now. */
bool has_ended(struct listening *listening);

/** Nothing more is heard from here on; what was can still be looked at. */
void cut(struct listening *listening);

/** Listen no more, and forget what was heard. */
void listen_no_more(struct listening *listening);

/** Wait until everything that has happened is told to everybody who has room. */
void live_settle(void);

/** Wait until there are ${count} channels: one goes after the last turn that it takes. */
void expect_channels(size_t count);

#endif
