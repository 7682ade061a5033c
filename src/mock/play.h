#ifndef MOCK_PLAY_H
#define MOCK_PLAY_H

#include "mock/scenario.h"
#include "runtime/clock.h"

/*
 * play: the part of the people at their screens, played against a running server.
 *
 * A client of the real GraphQL API, and of nothing else of the server but
 * GET /dev/quiet: it settles what the scenario settles, creates the ECO, does what
 * people do, each at its moment, follows the timeline and prints each new
 * entry as it happens, stops at the scenario's "until", and checks what the
 * scenario expects against the timeline and the mock world's journal.
 *
 * On a real or scaled clock it watches.  On a virtual clock it also drives: when
 * neither the server nor the mock world has anything left to do at the present
 * moment, it advances the clock to the next moment at which one of them has.
 *
 *	02:14:07  PageAttempted         Contact 1 (North crew lead) is being rung
 *	ECO HC-MFR-00042-0 CLOSED
 */

#define PLAY_EVENTS_MAX   20000 /* of the first ECO */
#define PLAY_OTHERS_MAX   16    /* ECOs that have a name */
#define PLAY_FAILURES_MAX 64

/* Enough for PLAY_EVENTS_MAX events and what they are checked with. */
#define PLAY_ARENA_BYTES (48u << 20)

struct play_config {
	const struct scenario *scenario; /* one that creates something */
	struct clock *clock;
	struct str server_url; /* "http://127.0.0.1:8080" */
	struct str mock_url;
	int fd; /* where to print, borrowed; -1: nowhere */
	/* The server is killed meanwhile: that a callback gets no answer, or a 5xx, is ordinary. */
	bool rough;
};

/* One line of the timeline. */
struct play_event {
	int64_t version;
	struct str at, type, summary;
};

/* One ECO as it stands, and its timeline. */
struct play_eco {
	struct str name; /* the scenario's; empty: the first */
	struct str watch;
	struct str eco_id, job_number, status, dispatch, integration, osp;
	struct play_event *events;
	size_t event_count;
	size_t events_max;
};

struct play_result {
	bool passed;
	struct str failures[PLAY_FAILURES_MAX]; /* sentences */
	size_t failure_count;
	/* The first ECO's. */
	struct str eco_id, job_number, status, dispatch;
	struct play_event *events;
	size_t event_count;
	/* All that have a place of their own, the first among them. */
	struct play_eco ecos[1 + PLAY_OTHERS_MAX];
	size_t eco_count;
};

/**
 * Play ${config->scenario}.  ${*ret} lives in ${arena}.  That something did not
 * happen as expected is a failure in ${*ret}; that the server or the mock world
 * does not answer for half a minute is a fault.
 */
NODISCARD struct err *play(
    struct arena *arena, const struct play_config *config, struct play_result *ret);

#endif
