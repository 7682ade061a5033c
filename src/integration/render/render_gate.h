#ifndef INTEGRATION_RENDER_GATE_H
#define INTEGRATION_RENDER_GATE_H

#include "integration/fieldwork.h"
#include "runtime/config.h"

/*
 * render_gate: who may go to which Render now.
 *
 * Thousands of ECOs are read by a few threads, and many of them at one organisation's
 * Render.  What one visit learns concerns all of that account: an organisation at an
 * address, by a client id and secret.  So before a visit the gate is asked, and after
 * it the gate is told how it went:
 *
 *   asked to wait     an answer that asks for a pause (429, 503 with Retry-After)
 *                     closes the account for all of its ECOs for so long
 *   in trouble        refused credentials, and three unanswered visits in a row,
 *                     close it for a while that doubles each time; then one visit at
 *                     a time finds out whether it is over
 *   too many at once  an account gets ${visits_max} threads at most; and all accounts
 *                     that are slow or in trouble get ${slow_visits_max} together, so
 *                     that the others go on however many of them there are
 *   too often         an account gets ${requests_per_min} requests a minute
 *
 * Who is turned away is told when to come again, each a little later than the one
 * before: when an account opens again its ECOs come one after the other, at the pace
 * that it bears, and not as one wave.
 *
 * What the gate knows it forgets with the process, and processes do not tell each
 * other: two of them make twice the requests, and each learns by itself.
 *
 * Time is an argument, by the program's clock.  Any number of threads may ask at once.
 */

/* Accounts that are known at a time; others are not held back. */
#define RENDER_GATE_ACCOUNTS_MAX 1000

/* A visit that took longer makes its account a slow one, up to the next that does not. */
#define RENDER_GATE_SLOW SECONDS(2)

/* An account closes for trouble of this many visits in a row ... */
#define RENDER_GATE_FAILURES 3

/* ... for this long at first, doubled each time, up to that; longer when we are refused. */
#define RENDER_GATE_CLOSED_FIRST    SECONDS(5)
#define RENDER_GATE_CLOSED_MAX      SECONDS(60)
#define RENDER_GATE_REFUSED_FIRST   SECONDS(10)
#define RENDER_GATE_REFUSED_MAX     MINUTES(5)
#define RENDER_GATE_RETRY_AFTER_MAX HOURS(1)

/* Nobody is told to come again later than this, unless the account is closed for longer. */
#define RENDER_GATE_TURN_MAX MINUTES(2)

struct render_gate;
struct render_gate_account;

struct render_gate_rules {
	unsigned visits_max;      /* of one account at a time; 0: any number, here and below */
	unsigned slow_visits_max; /* of all slow accounts at a time */
	int64_t requests_per_min; /* of one account */
};

/** The rules that ${settings} give. */
struct render_gate_rules render_gate_rules_of(const struct config *settings);

/** A gate that keeps ${rules}. */
struct render_gate *render_gate_create(const struct render_gate_rules *rules);

/** Nobody may be asking, nor on a visit.  ${gate} may be NULL. */
void render_gate_destroy(struct render_gate *gate);

/* A visit that is under way. */
struct render_gate_pass {
	struct render_gate_account *account; /* NULL: it is not counted */
	bool slow;                           /* it is counted among the slow ones */
	struct instant began;
};

/**
 * May a visit to ${account} begin at ${now}?  True with ${ret}, which is to be given to
 * render_gate_leave().  False with ${ret_trouble}, whose not_asked is set, and whose
 * detail is in ${arena}.  A visit that is ${urgent} (tasking) does not wait for its turn:
 * it is turned away only when the account is closed, or the slow ones have all threads
 * that they may have.
 */
NODISCARD bool render_gate_enter(struct render_gate *gate, struct arena *arena,
    struct sha256 account, bool urgent, struct instant now, struct render_gate_pass *ret,
    struct fieldwork_trouble *ret_trouble);

/* How a visit went. */
struct render_gate_result {
	struct instant now;
	struct duration took; /* in real time */
	int64_t requests;
	const struct fieldwork_trouble *trouble; /* of the account, not of one ECO; NULL: none */
};

/** The visit of ${pass} is over. */
void render_gate_leave(struct render_gate *gate, const struct render_gate_pass *pass,
    const struct render_gate_result *result);

#endif
