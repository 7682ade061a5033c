#include "ringdown_fill.h"

#include "runtime/clock.h"
#include "runtime/random.h"
#include "store/pg/store_pg.h"
#include "store/store_archive.h"

#define MODEL_EVENTS_MAX 64

struct filler {
	struct store_session *session;
	struct arena *arena;
	const struct store_event *model;
	size_t count;
};

/* The model's events up to the attempt that rings. */
static struct err *
read_model(struct filler *filler, struct str id)
{
	struct store_events events;
	struct uuid stream;

	CHECK(uuid_parse(id, &stream));
	TRY(store_read_stream(
	    filler->session, filler->arena, stream, 0, MODEL_EVENTS_MAX, &events));
	for (size_t i = 0; i < events.count; i++) {
		filler->count = i + 1;
		if (str_equal(events.at[i].type, STR("PageAttempted")))
			break;
	}
	filler->model = events.at;
	return filler->count > 1 ? NULL : ERR(filler->arena, ERR_CORRUPT, "the model was not rung");
}

static struct err *
copy_one(struct filler *filler, struct uuid stream)
{
	struct arena_mark mark = arena_mark(filler->arena);
	struct store_event *events = arena_array(filler->arena, struct store_event, filler->count);
	size_t added;

	CHECK(events != NULL);
	for (size_t i = 0; i < filler->count; i++) {
		events[i] = filler->model[i];
		events[i].id = random_uuid(clock_system_now());
		events[i].stream = stream;
		events[i].position = 0;
		events[i].hash = store_event_hash(&events[i], filler->arena);
	}
	TRY(store_import(filler->session, filler->arena, events, filler->count, &added));
	arena_release(filler->arena, mark);
	return NULL;
}

/* One transaction for many: it is not the filling that is measured. */
static struct err *
copy_all(struct filler *filler, int64_t count)
{
	for (int64_t i = 0; i < count; i += 200) {
		TRY(store_begin(filler->session, filler->arena, UUID_NIL));
		for (int64_t j = i; j < i + 200 && j < count; j++)
			TRY(copy_one(filler, random_uuid(clock_system_now())));
		TRY(store_commit(filler->session, filler->arena));
	}
	return NULL;
}

/*
 * The deadlines, evenly spread from the model's on (before it an attempt is not over, and
 * its timer would be set anew), and a copy of them to be compared with what happens.
 */
static struct err *
set_timers(struct world *world, const struct fill_plan *plan, struct str model)
{
	PGresult *result;
	struct str sql = arena_printf(world->arena,
	    "CREATE TABLE bench_due AS SELECT s.id AS eco_id, s.version,"
	    " greatest(now() + interval '%lld seconds', m.due) + (row_number() OVER (ORDER BY "
	    "s.id) - 1)"
	    " * interval '1 second' / %g AS due, m.noc_id, m.osp_id"
	    " FROM strike.stream s, strike.timer m"
	    " WHERE m.eco_id = '%.*s' AND m.kind = 'attempt' AND s.id <> m.eco_id"
	    " AND EXISTS (SELECT FROM strike.event e WHERE e.stream_id = s.id"
	    " AND e.type = 'PageAttempted');"
	    "INSERT INTO strike.timer (eco_id, kind, due, noc_id, osp_id)"
	    " SELECT eco_id, 'attempt', due, noc_id, osp_id FROM bench_due;"
	    "DELETE FROM strike.timer WHERE eco_id = '%.*s';"
	    "CREATE INDEX ON bench_due (eco_id);",
	    (long long)plan->begins_in_s, plan->rate, STR_ARG(model), STR_ARG(model));

	TRY(database_ask(&world->database, world->arena, sql.ptr, &result));
	PQclear(result);
	TRY(database_ask(
	    &world->database, world->arena, "SELECT count(*) FROM strike.timer", &result));
	if (!str_equal(str_from_z(PQgetvalue(result, 0, 0)),
		arena_printf(world->arena, "%lld", (long long)plan->count))) {
		struct str found = arena_copy(world->arena, str_from_z(PQgetvalue(result, 0, 0)));

		PQclear(result);
		return ERR(world->arena, ERR_CORRUPT, "%.*s timers were set instead of %lld",
		    STR_ARG(found), (long long)plan->count);
	}
	PQclear(result);
	TRY(database_ask(&world->database, world->arena, "ANALYZE", &result));
	PQclear(result);
	return NULL;
}

static struct err *
sequence_all(struct filler *filler)
{
	int64_t head;
	size_t count;
	bool leads;

	do
		TRY(store_sequence(filler->session, filler->arena, &head, &leads, &count));
	while (count > 0);
	return NULL;
}

struct err *
ringdown_fill(struct world *world, struct str model, const struct fill_plan *plan)
{
	struct filler filler = { .arena = world->arena };
	struct store *store;
	struct err *err;

	TRY(store_pg_open(
	    world->arena, arena_copy_z(world->arena, world->database.conninfo), &store));
	err = store_session_open(store, world->arena, STORE_WORKER, &filler.session);
	if (err == NULL) {
		err = read_model(&filler, model);
		if (err == NULL)
			err = copy_all(&filler, plan->count);
		if (err == NULL)
			err = sequence_all(&filler);
		store_session_close(filler.session);
	}
	store_close(store);
	return err == NULL ? set_timers(world, plan, model) : err;
}
