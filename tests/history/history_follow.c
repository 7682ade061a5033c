#include "history/history_worker.h"
#include "store/pg/pg_internal.h"
#include "store/store_feed.h"

/*
 * Followers: what is done for an event and the move of its slot are one transaction.
 * They die now and then, at every boundary between two statements.
 */

#define BATCH_ROWS  200
#define PARKED_MAX  200
#define HOLD_EVERY  20 /* batches */
#define IDLE_US     4000
#define DIES_ONE_IN 120
#define ARRAY_BYTES (64u << 10)

/* Arrays for history_test.apply(), as text. */
struct doing {
	struct buf ids, streams, versions, positions, slots, epochs;
	size_t count;
};

static void
begin_doing(struct arena *arena, struct doing *doing)
{
	struct buf *const bufs[] = { &doing->ids, &doing->streams, &doing->versions,
		&doing->positions, &doing->slots, &doing->epochs };

	doing->count = 0;
	for (size_t i = 0; i < COUNT_OF(bufs); i++) {
		*bufs[i] = buf_in(arena, ARRAY_BYTES);
		buf_char(bufs[i], '{');
	}
}

static void
add_doing(struct doing *doing, const struct store_event *event, const struct store_slot *slot)
{
	struct buf *const bufs[] = { &doing->ids, &doing->streams, &doing->versions,
		&doing->positions, &doing->slots, &doing->epochs };

	for (size_t i = 0; i < COUNT_OF(bufs) && doing->count > 0; i++)
		buf_char(bufs[i], ',');
	uuid_format(event->id, &doing->ids);
	uuid_format(event->stream, &doing->streams);
	buf_printf(&doing->versions, "%lld", (long long)event->version);
	buf_printf(&doing->positions, "%lld", (long long)event->position);
	buf_printf(&doing->slots, "%lld", (long long)slot->number);
	buf_printf(&doing->epochs, "%lld", (long long)slot->epoch);
	doing->count++;
}

/*
 * Do it, on the session's connection and in its transaction, which something of the
 * port's has opened: the store may put off its BEGIN.
 */
static bool
do_it(struct worker *worker, struct doing *doing)
{
	struct buf *const bufs[] = { &doing->ids, &doing->streams, &doing->versions,
		&doing->positions, &doing->slots, &doing->epochs };
	const char *values[COUNT_OF(bufs) + 1];
	PGconn *conn = ((struct pg_session *)worker->session)->conn;
	PGresult *result;
	bool good;

	for (size_t i = 0; i < COUNT_OF(bufs); i++) {
		buf_str(bufs[i], STR("}"));
		CHECK(!bufs[i]->overflowed);
		values[i + 1] = arena_copy_z(worker->arena, buf_view(bufs[i]));
	}
	values[0] = worker->name;
	result = PQexecParams(conn,
	    "SELECT history_test.apply('" HISTORY_FOLLOWER "', $1::text, $2::uuid[], $3::uuid[],"
	    " $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[])",
	    COUNT_OF(values), NULL, values, NULL, NULL, 0);
	good = PQresultStatus(result) == PGRES_TUPLES_OK;
	PQclear(result);
	return good;
}

static bool
is_poison(struct str payload)
{
	return str_find(payload, STR("\"poison\":1")) != SIZE_MAX;
}

/* ---- a batch ---- */

struct batch {
	struct store_slots *slots;
	struct store_parked_list parked; /* when the batch began */
	struct uuid fresh[PARKED_MAX];   /* parked by this batch */
	size_t fresh_count;
	struct store_move moves[STORE_SLOTS_MAX];
	size_t move_count;
	struct doing doing;
	bool healed;
};

static struct store_slot *
slot_of(struct store_slots *slots, struct uuid stream)
{
	int64_t number = store_slot_of(stream, slots->of);

	for (size_t i = 0; i < slots->count; i++) {
		if (slots->at[i].number == number)
			return &slots->at[i];
	}
	return NULL;
}

static bool
is_parked(const struct batch *batch, struct uuid stream)
{
	for (size_t i = 0; i < batch->parked.count; i++) {
		if (uuid_equal(batch->parked.at[i].stream, stream))
			return true;
	}
	for (size_t i = 0; i < batch->fresh_count; i++) {
		if (uuid_equal(batch->fresh[i], stream))
			return true;
	}
	return false;
}

static struct err *
park(struct worker *worker, struct batch *batch, const struct store_event *event)
{
	struct store_parked parked = { .subscription = STR(HISTORY_FOLLOWER),
		.stream = event->stream,
		.position = event->position,
		.version = event->version,
		.tries = 1,
		.problem = STR("poison") };
	struct str stream = uuid_text(worker->arena, event->stream);

	if (batch->fresh_count < PARKED_MAX)
		batch->fresh[batch->fresh_count++] = event->stream;
	worker_line(worker, "parked %.*s %lld %s", STR_ARG(stream), (long long)event->version,
	    is_poison(event->payload) ? "poison" : "sound");
	return store_park(worker->session, worker->arena, &parked);
}

/* Take in ${events}: what is to be done, what to park, and how far each slot moves. */
static struct err *
take_in(struct worker *worker, struct batch *batch, const struct store_events *events)
{
	int64_t last = events->at[events->count - 1].position;

	for (size_t i = 0; i < events->count; i++) {
		const struct store_event *event = &events->at[i];
		const struct store_slot *slot = slot_of(batch->slots, event->stream);

		if (slot == NULL || event->position <= slot->position ||
		    is_parked(batch, event->stream))
			continue;
		if (is_poison(event->payload) && !batch->healed)
			TRY(park(worker, batch, event));
		else
			add_doing(&batch->doing, event, slot);
	}
	for (size_t i = 0; i < batch->slots->count; i++) {
		const struct store_slot *slot = &batch->slots->at[i];

		if (slot->position < last)
			batch->moves[batch->move_count++] =
			    (struct store_move){ slot->number, slot->epoch, slot->position, last };
	}
	return NULL;
}

static struct err *
write_batch(struct worker *worker, struct batch *batch, const struct store_events *events)
{
	TRY(store_begin(worker->session, worker->arena, UUID_NIL));
	worker_may_die(worker, DIES_ONE_IN);
	TRY(store_list_parked(
	    worker->session, worker->arena, STR(HISTORY_FOLLOWER), PARKED_MAX, &batch->parked));
	batch->healed =
	    worker_number(worker, "SELECT healed::integer FROM history_test.healed", 0) > 0;
	TRY(take_in(worker, batch, events));
	worker_may_die(worker, DIES_ONE_IN);
	if (!do_it(worker, &batch->doing))
		return ERR(worker->arena, ERR_UNAVAILABLE, "the projection could not be written");
	worker_may_die(worker, DIES_ONE_IN);
	TRY(store_move_slots(worker->session, worker->arena, STR(HISTORY_FOLLOWER), batch->moves,
	    batch->move_count, batch->doing.count == 0 && batch->fresh_count == 0));
	worker_may_die(worker, DIES_ONE_IN);
	TRY(store_commit(worker->session, worker->arena));
	worker_may_die(worker, DIES_ONE_IN);
	return NULL;
}

/* Read on from the slowest slot and deal with it; ${ret_count}: how many events that were. */
static struct err *
follow_on(struct worker *worker, struct store_slots *slots, size_t *ret_count)
{
	struct batch batch = { .slots = slots };
	struct store_events events;
	int64_t from = INT64_MAX;

	*ret_count = 0;
	for (size_t i = 0; i < slots->count; i++)
		from = slots->at[i].position < from ? slots->at[i].position : from;
	TRY(store_read_log(worker->session, worker->arena, from, BATCH_ROWS, &events));
	*ret_count = events.count;
	if (events.count == 0)
		return NULL;
	begin_doing(worker->arena, &batch.doing);
	TRY(write_batch(worker, &batch, &events));
	for (size_t i = 0; i < batch.move_count; i++) {
		for (size_t j = 0; j < slots->count; j++) {
			if (slots->at[j].number == batch.moves[i].slot)
				slots->at[j].position = batch.moves[i].to;
		}
	}
	return NULL;
}

/* ---- what was parked ---- */

/* All events of ${parked}'s stream from there to where its slot stands, and then it goes on. */
static struct err *
write_retry(struct worker *worker, const struct store_parked *parked, const struct store_slot *slot,
    const struct store_events *events)
{
	struct store_move still = { slot->number, slot->epoch, slot->position, slot->position };
	struct doing doing;

	begin_doing(worker->arena, &doing);
	for (size_t i = 0; i < events->count; i++) {
		if (events->at[i].position > 0 && events->at[i].position <= slot->position)
			add_doing(&doing, &events->at[i], slot);
	}
	TRY(store_begin(worker->session, worker->arena, UUID_NIL));
	worker_may_die(worker, DIES_ONE_IN);
	TRY(store_unpark(worker->session, worker->arena, STR(HISTORY_FOLLOWER), parked->stream));
	if (!do_it(worker, &doing))
		return ERR(worker->arena, ERR_UNAVAILABLE, "the projection could not be written");
	worker_may_die(worker, DIES_ONE_IN);
	TRY(store_move_slots(
	    worker->session, worker->arena, STR(HISTORY_FOLLOWER), &still, 1, false));
	return store_commit(worker->session, worker->arena);
}

static struct err *
retry_parked(struct worker *worker, struct store_slots *slots)
{
	struct store_parked_list list;
	struct store_events events;

	if (worker_number(worker, "SELECT healed::integer FROM history_test.healed", 0) == 0)
		return NULL;
	TRY(store_list_parked(
	    worker->session, worker->arena, STR(HISTORY_FOLLOWER), PARKED_MAX, &list));
	for (size_t i = 0; i < list.count; i++) {
		struct store_slot *slot = slot_of(slots, list.at[i].stream);

		if (slot == NULL || slot->position < list.at[i].position)
			continue;
		TRY(store_read_stream(worker->session, worker->arena, list.at[i].stream,
		    list.at[i].version - 1, STORE_ROWS_MAX, &events));
		TRY(write_retry(worker, &list.at[i], slot, &events));
	}
	return NULL;
}

/* ---- the follower ---- */

/* One round: hold slots when it is time or ${slots} is empty, and follow on. */
static struct err *
follow_round(struct worker *worker, struct store_slots *slots, int *age, size_t *ret_count)
{
	*ret_count = 0;
	if (slots->count == 0 || (*age)++ % HOLD_EVERY == 0) {
		TRY(store_hold_slots(
		    worker->session, worker->arena, STR(HISTORY_FOLLOWER), false, slots));
		TRY(retry_parked(worker, slots));
	}
	if (slots->count == 0)
		return NULL;
	return follow_on(worker, slots, ret_count);
}

void
history_follow(struct worker *worker)
{
	struct store_slots slots = { .count = 0 };
	int age = 0;

	while (!worker_stops()) {
		struct arena_mark mark = arena_mark(worker->arena);
		size_t count;
		struct err *err = follow_round(worker, &slots, &age, &count);

		if (err != NULL) {
			/* Nothing is believed any more, but what the next hold says. */
			store_rollback(worker->session);
			if (err->kind != ERR_CONFLICT)
				worker_fault(worker, worker->name, err);
			slots.count = 0;
			worker_rest(worker, IDLE_US * 4);
		}
		arena_release(worker->arena, mark);
		if (count < BATCH_ROWS)
			worker_rest(worker, IDLE_US);
	}
}
