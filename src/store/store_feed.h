#ifndef STORE_FEED_H
#define STORE_FEED_H

#include "store/store.h"

/*
 * store_feed: who follows the log, and how far.
 *
 * A subscription follows the log by a name ("policies", "eco_board.1").  It is
 * divided into slots, a fixed number of them; a stream belongs to one slot for
 * ever (store_slot_of), so its events are taken in order, one after another.  Each
 * slot has a position: everything of its streams up to there has been dealt with.
 *
 * Slots are held by processes.  store_hold_slots() is the only way to hold one:
 * called every STORE_HOLD_EVERY_REAL_S it renews what is held, lets go of what is
 * more than a fair share, and takes what is free.  Free is what nobody holds, what
 * was held by a process that is gone, and what was not renewed for
 * STORE_HOLD_LEASE_REAL_S of real time.  Every taking raises the slot's epoch; a
 * move names the epoch, so that a holder who was away too long changes nothing
 * any more, and loses the transaction that it tried to do it with.
 *
 * Exactly once.  A move is written in the transaction of what was done for the
 * events (store_move_slots(), or ${move} of an append).
 *
 * Poison.  A stream whose event cannot be dealt with is parked, at that event:
 * the slot goes on without it, and later events of the stream wait in order.  To
 * try again is to read the stream from the parked version on; whoever holds the
 * slot does it, so nothing overtakes.
 *
 * Builds of a projection.  A projection has two builds, each with a subscription
 * of its own, "<projection>.1" and "<projection>.2".  Readers see the live one.
 * store_begin_build() empties the other; it is rebuilt from position 0 while the
 * live one is served; store_switch_build() makes it the live one in a moment.  The
 * one before stays on standby, followed as before, so that switching back is the
 * same moment again; store_end_build() lets it go.
 */

#define STORE_SLOTS_MAX         64
#define STORE_HOLD_EVERY_REAL_S 5
#define STORE_HOLD_LEASE_REAL_S 15
#define STORE_PARKED_TRIES_MAX  10 /* by itself; after that only when somebody asks for it */

enum store_mode {
	STORE_LIVE,    /* followed; what it does is seen, and may have side effects */
	STORE_STANDBY, /* followed in silence, to be switched (back) to */
	STORE_REBUILD, /* only the one who rebuilds follows */
	STORE_OFF,     /* nobody follows */
};

/** The word for ${mode}: "live", "standby", "rebuild", "off". */
struct str store_mode_name(enum store_mode mode);

/** To which of ${slots} slots ${stream} belongs, from 0: its last 8 bytes, big-endian, modulo. */
int64_t store_slot_of(struct uuid stream, int64_t slots);

/**
 * Have the subscription ${name} with ${slots} slots, all at position 0, in ${mode}.
 * One that exists stays as it is.
 */
NODISCARD struct err *store_subscribe(struct store_session *session, struct arena *arena,
    struct str name, int64_t slots, enum store_mode mode);

struct store_slot {
	int64_t number, position, epoch;
};

struct store_slots {
	enum store_mode mode;
	int64_t of;                            /* how many the subscription has */
	int64_t gate;                          /* side effects only for positions after this one */
	struct store_slot at[STORE_SLOTS_MAX]; /* those that this process holds, by number */
	size_t count;
};

/**
 * Hold slots of ${name} for this process, as said above.  In mode REBUILD only
 * whoever ${rebuilds} gets any, in mode OFF nobody; then what was held is let go.
 * Its own transaction.
 */
NODISCARD struct err *store_hold_slots(struct store_session *session, struct arena *arena,
    struct str name, bool rebuilds, struct store_slots *ret);

/** Let go of all slots of ${name} that this process holds: it stops. */
NODISCARD struct err *store_let_go_slots(
    struct store_session *session, struct arena *arena, struct str name);

/**
 * Move ${count} slots of ${name}.  ERR_CONFLICT when one of them is not held in
 * its epoch, or does not stand at ${from}: then none has moved.  ${lazy}: the
 * transaction writes nothing else, and losing it in a crash would repeat nothing,
 * so its commit need not be flushed.
 */
NODISCARD struct err *store_move_slots(struct store_session *session, struct arena *arena,
    struct str name, const struct store_move *moves, size_t count, bool lazy);

/* ---- what could not be dealt with ---- */

struct store_parked {
	struct str subscription;
	struct uuid stream;
	int64_t position, version; /* of the first event that waits */
	int64_t tries;
	struct instant next_try; /* by the clock */
	struct str problem;
};

struct store_parked_list {
	const struct store_parked *at;
	size_t count;
};

/** Park a stream, or write down how its parking has gone on.  In the transaction of the move. */
NODISCARD struct err *store_park(
    struct store_session *session, struct arena *arena, const struct store_parked *parked);

/** The stream is dealt with up to its slot's position: it goes on with the others. */
NODISCARD struct err *store_unpark(
    struct store_session *session, struct arena *arena, struct str name, struct uuid stream);

/** Parked streams of ${name} (empty: of all), by subscription and position, at most ${limit}. */
NODISCARD struct err *store_list_parked(struct store_session *session, struct arena *arena,
    struct str name, size_t limit, struct store_parked_list *ret);

/**
 * Let parked streams of ${name} be tried again from ${now} on, with their tries at
 * 0: ${stream} alone, or all when it is the Nil UUID.  ${ret} is how many.
 */
NODISCARD struct err *store_retry_parked(struct store_session *session, struct arena *arena,
    struct str name, struct uuid stream, struct instant now, int64_t *ret);

/* ---- what there is ---- */

struct store_subscription {
	struct str name;
	enum store_mode mode;
	int64_t slots, held; /* how many there are, and are held by living processes */
	int64_t slowest;     /* the lowest position of a slot */
	int64_t parked;      /* streams */
};

struct store_subscriptions {
	const struct store_subscription *at;
	size_t count;
	int64_t head; /* of the log, for the distance */
};

/** All subscriptions, by name. */
NODISCARD struct err *store_list_subscriptions(
    struct store_session *session, struct arena *arena, struct store_subscriptions *ret);

/* ---- builds ---- */

/** The live build of ${projection}: 1 or 2.  For every session. */
NODISCARD struct err *store_live_build(
    struct store_session *session, struct arena *arena, struct str projection, int64_t *ret);

/**
 * Empty the build of ${projection} that is not live, and have its subscription at
 * 0 in mode REBUILD.  Beginning again empties again.  Its own transaction.
 */
NODISCARD struct err *store_begin_build(
    struct store_session *session, struct arena *arena, struct str projection, int64_t *ret_build);

/**
 * Make ${build} live and the other standby, at once for every reader.  ERR_CONFLICT,
 * and nothing is done, while a slot of ${build} is behind the slot of the live one
 * with the same number: readers must never go back in time.  Side effects of
 * ${build} begin behind the position of the one that was live.
 */
NODISCARD struct err *store_switch_build(
    struct store_session *session, struct arena *arena, struct str projection, int64_t build);

/** Turn off and empty the build that is not live. */
NODISCARD struct err *store_end_build(
    struct store_session *session, struct arena *arena, struct str projection);

/**
 * Whether version ${version} of ${stream} is in the live build of ${projection}:
 * it has a position, its slot has passed it, and it does not wait in a parked
 * stream.  False for what the session may not see.  For every session.
 */
NODISCARD struct err *store_is_visible(struct store_session *session, struct arena *arena,
    struct str projection, struct uuid stream, int64_t version, bool *ret);

#endif
