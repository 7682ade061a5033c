#include "support/faulty_store.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "store/store_adapter.h"

#define SESSIONS_MAX 64

static struct store_ops ops;
static const struct store_ops *real;
static struct faulty_plan plan;
static atomic_llong calls[FAULTY_CALL_COUNT];
static _Atomic(struct store_session *) sessions[SESSIONS_MAX];

/* The session is one of the process runner's. */
static void
mark(struct store_session *session)
{
	for (size_t i = 0; i < SESSIONS_MAX; i++) {
		struct store_session *none = NULL;

		if (atomic_load(&sessions[i]) == session ||
		    atomic_compare_exchange_strong(&sessions[i], &none, session))
			return;
	}
	CHECK(false);
}

static bool
is_marked(struct store_session *session)
{
	for (size_t i = 0; i < SESSIONS_MAX; i++)
		if (atomic_load(&sessions[i]) == session)
			return true;
	return false;
}

/* Count the call; whether it is the one that fails. */
static bool
is_next(struct store_session *session, enum faulty_call call)
{
	return is_marked(session) && atomic_fetch_add(&calls[call], 1) + 1 == plan.number &&
	       plan.call == call;
}

static struct err *
fail(struct arena *arena)
{
	return ERR(arena, plan.kind, "the test makes this call fail");
}

/* Before or after the call itself, whose result is ${done_call}. */
#define FAILING(call, done_call)                                              \
	do {                                                                  \
		bool fails_ = is_next(session, (call));                       \
		struct err *err_ = fails_ && !plan.done ? NULL : (done_call); \
		return fails_ && err_ == NULL ? fail(arena) : err_;           \
	} while (0)

static struct err *
read_stream(struct store_session *session, struct arena *arena, struct uuid stream, int64_t after,
    size_t limit, struct store_events *ret)
{
	FAILING(FAULTY_READ_STREAM, real->read_stream(session, arena, stream, after, limit, ret));
}

static struct err *
read_log(struct store_session *session, struct arena *arena, int64_t after, size_t limit,
    struct store_events *ret)
{
	mark(session);
	FAILING(FAULTY_READ_LOG, real->read_log(session, arena, after, limit, ret));
}

static struct err *
sequence(
    struct store_session *session, struct arena *arena, int64_t *head, bool *leads, size_t *count)
{
	mark(session);
	FAILING(FAULTY_SEQUENCE, real->sequence(session, arena, head, leads, count));
}

/* Whoever follows the log, here and below, is one of the process runner's. */
static struct err *
hold_slots(struct store_session *session, struct arena *arena, struct str name, bool rebuilds,
    struct store_slots *ret)
{
	mark(session);
	FAILING(FAULTY_HOLD_SLOTS, real->hold_slots(session, arena, name, rebuilds, ret));
}

static struct err *
move_slots(struct store_session *session, struct arena *arena, struct str name,
    const struct store_move *moves, size_t count, bool lazy)
{
	mark(session);
	FAILING(FAULTY_MOVE_SLOTS, real->move_slots(session, arena, name, moves, count, lazy));
}

static struct err *
list_parked(struct store_session *session, struct arena *arena, struct str name, size_t limit,
    struct store_parked_list *ret)
{
	mark(session);
	FAILING(FAULTY_LIST_PARKED, real->list_parked(session, arena, name, limit, ret));
}

static struct err *
park(struct store_session *session, struct arena *arena, const struct store_parked *parked)
{
	FAILING(FAULTY_PARK, real->park(session, arena, parked));
}

static struct err *
unpark(struct store_session *session, struct arena *arena, struct str name, struct uuid stream)
{
	FAILING(FAULTY_UNPARK, real->unpark(session, arena, name, stream));
}

static struct err *
put_board(struct store_session *session, struct arena *arena, int64_t build,
    const struct store_board_row *rows, size_t count)
{
	FAILING(FAULTY_PUT_BOARD, real->put_board(session, arena, build, rows, count));
}

static struct err *
find_person_keys(struct store_session *session, struct arena *arena, const struct uuid *people,
    size_t count, struct store_person_keys *ret)
{
	FAILING(
	    FAULTY_FIND_PERSON_KEYS, real->find_person_keys(session, arena, people, count, ret));
}

static struct err *
add_person_keys(struct store_session *session, struct arena *arena,
    const struct store_person_key *keys, size_t count)
{
	FAILING(FAULTY_ADD_PERSON_KEYS, real->add_person_keys(session, arena, keys, count));
}

static struct err *
claim_timers(struct store_session *session, struct arena *arena, struct instant now, size_t limit,
    struct store_timer *ret, size_t *ret_count)
{
	mark(session);
	FAILING(
	    FAULTY_CLAIM_TIMERS, real->claim_timers(session, arena, now, limit, ret, ret_count));
}

static struct err *
claim_effects(struct store_session *session, struct arena *arena, enum effect_lane lane,
    struct instant now, size_t limit, struct store_claim *ret, size_t *ret_count)
{
	mark(session);
	FAILING(FAULTY_CLAIM_EFFECTS,
	    real->claim_effects(session, arena, lane, now, limit, ret, ret_count));
}

static struct err *
begin_effect(struct store_session *session, struct arena *arena, struct str key, struct instant now)
{
	FAILING(FAULTY_BEGIN_EFFECT, real->begin_effect(session, arena, key, now));
}

/* Inside a transaction nothing is done before its commit: there it fails before. */
static struct err *
append(struct store_session *session, struct arena *arena, const struct store_append *what,
    struct store_append_result *ret)
{
	if (!str_empty(what->follower))
		mark(session);
	if (session->open)
		return real->append(session, arena, what, ret);
	FAILING(FAULTY_APPEND, real->append(session, arena, what, ret));
}

static struct err *
commit(struct store_session *session, struct arena *arena)
{
	bool fails = is_next(session, FAULTY_COMMIT);
	struct err *err = NULL;

	if (fails && !plan.done)
		real->rollback(session);
	else
		err = real->commit(session, arena);
	return fails && err == NULL ? fail(arena) : err;
}

void
faulty_store_begin(struct store *store, const struct faulty_plan *chosen)
{
	real = store->ops;
	plan = *chosen;
	for (size_t i = 0; i < FAULTY_CALL_COUNT; i++)
		atomic_store(&calls[i], 0);
	for (size_t i = 0; i < SESSIONS_MAX; i++)
		atomic_store(&sessions[i], NULL);
	ops = *real;
	ops.read_stream = read_stream;
	ops.read_log = read_log;
	ops.sequence = sequence;
	ops.hold_slots = hold_slots;
	ops.move_slots = move_slots;
	ops.list_parked = list_parked;
	ops.park = park;
	ops.unpark = unpark;
	ops.put_board = put_board;
	ops.find_person_keys = find_person_keys;
	ops.add_person_keys = add_person_keys;
	ops.claim_timers = claim_timers;
	ops.claim_effects = claim_effects;
	ops.begin_effect = begin_effect;
	ops.append = append;
	ops.commit = commit;
	store->ops = &ops;
}

int64_t
faulty_store_calls(enum faulty_call call)
{
	return (int64_t)atomic_load(&calls[call]);
}
