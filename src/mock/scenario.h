#ifndef MOCK_SCENARIO_H
#define MOCK_SCENARIO_H

#include "base/err.h"
#include "base/instant.h"

/*
 * scenario: one night, in a short text that a person can read and write.
 *
 * It says how the world behaves (phones, the field system), what the NOC does,
 * and what must have happened at the end.  docs/reference/scenarios.md describes
 * the format; scenarios/ holds the ones that we ship.  The mock world (mock.h)
 * plays the first part, the player (play.h) the other two.
 *
 * A parsed scenario is read-only and points into the arena of the parse.
 */

#define SCENARIO_TEXT_BYTES_MAX    65536
#define SCENARIO_WORDS_MAX         4096
#define SCENARIO_PHONES_MAX        64
#define SCENARIO_PRESSES_MAX       8
#define SCENARIO_OUTAGES_MAX       16
#define SCENARIO_TASKS_MAX         16
#define SCENARIO_STEPS_MAX         16 /* of one task */
#define SCENARIO_EXPECTS_MAX       64
#define SCENARIO_EVENTS_MAX        64 /* of one expectation */
#define SCENARIO_DURATION_DAYS_MAX 366

enum scenario_pickup {
	SCENARIO_RINGS_OUT,
	SCENARIO_BUSY,
	SCENARIO_FAILS,     /* the network cannot put the call through */
	SCENARIO_VOICEMAIL, /* a machine picks up */
	SCENARIO_ANSWERS,   /* a person picks up */
};

/* What happens when ${number} is called for the ${from_call}th time and after. */
struct scenario_phone {
	struct str number;
	int64_t from_call; /* from 1 */
	enum scenario_pickup pickup;
	struct duration answers_after;            /* of ringing */
	struct str presses[SCENARIO_PRESSES_MAX]; /* one for each time that keys are asked for */
	size_t press_count;
	bool hangs_up;
	struct duration hangs_up_after; /* having answered */
};

/* What becomes of texts to ${number}. */
enum scenario_delivery { SCENARIO_DELIVERED, SCENARIO_UNDELIVERED, SCENARIO_REFUSED };
struct scenario_inbox {
	struct str number;
	enum scenario_delivery delivery;
};

/* How Render or Twilio answers: as it should, or in one of these ways. */
enum scenario_outage_kind {
	SCENARIO_UP,
	SCENARIO_DOWN,     /* 503 */
	SCENARIO_BUSY_API, /* 429 with Retry-After */
	SCENARIO_GARBLED,  /* 200 with something that is no JSON */
};
struct scenario_outage {
	enum scenario_outage_kind kind;
	struct duration from, until; /* since the first request to it */
	bool forever;                /* there is no ${until} */
};

/* When a system is in trouble, as far as the scenario says. */
struct scenario_weather {
	struct scenario_outage *outages;
	size_t count;
};

/* A task's status becomes ${status}, ${after} the creation of its subsector. */
struct scenario_step {
	struct duration after;
	struct str status; /* in the field system's words, "In Progress" */
};
struct scenario_task {
	struct str name;
	struct str clone_of; /* the name of another task; empty: none */
	bool appears;        /* by itself; otherwise it is the task that is created over the API */
	struct duration appears_after;
	struct scenario_step steps[SCENARIO_STEPS_MAX]; /* in order of time */
	size_t step_count;
};

enum scenario_callbacks { SCENARIO_ONCE, SCENARIO_TWICE, SCENARIO_LOST };

/* An event by its name on the wire, and a word that its line must hold, if any. */
struct scenario_event {
	struct str type, word;
};

enum scenario_expect_kind {
	SCENARIO_EXPECT_EVENTS,   /* these, in this order, others between them */
	SCENARIO_EXPECT_NO_EVENT, /* none of these */
	SCENARIO_EXPECT_CALLS,
	SCENARIO_EXPECT_TEXTS,
	SCENARIO_EXPECT_QUIET, /* no call or text to a number that no other line names */
};
struct scenario_expect {
	enum scenario_expect_kind kind;
	int64_t line;
	const struct scenario_event *events;
	size_t event_count;
	struct str number;
	int64_t count;
	struct str containing; /* of texts; may be empty */
};

struct scenario_create {
	bool present;
	struct str job_type, longitude, latitude, osp, description;
};

/* When the player stops. */
struct scenario_until {
	bool present;
	struct scenario_event event;
	int64_t times;
	struct duration within;
};

struct scenario {
	struct str name, about;
	struct str noc;   /* who creates the ECO: user@organisation */
	struct str watch; /* who reads the timeline; the same when nothing is said */
	struct scenario_create create;
	struct scenario_until until;
	enum scenario_callbacks callbacks;
	struct scenario_phone *phones;
	size_t phone_count;
	struct scenario_inbox *inboxes;
	size_t inbox_count;
	struct scenario_weather render, twilio;
	struct scenario_task *tasks;
	size_t task_count;
	struct scenario_expect *expects;
	size_t expect_count;
};

/**
 * Read ${text} into ${*ret}, which points into ${arena} and not into ${text}.
 * A fault (ERR_CORRUPT) names the line, the column and what was expected there.
 */
NODISCARD struct err *scenario_parse(struct arena *arena, struct str text, struct scenario *ret);

/** How ${number} behaves when it is called for the ${call}th time; NULL: not in ${scenario}. */
const struct scenario_phone *scenario_find_phone(
    const struct scenario *scenario, struct str number, int64_t call);

/** What becomes of a text to ${number}; NULL: ${scenario} does not say. */
const struct scenario_inbox *scenario_find_inbox(
    const struct scenario *scenario, struct str number);

#endif
