#include <stdatomic.h>

#include "runtime/clock.h"
#include "runtime/random.h"
#include "store_clients.h"

/* The versions of the streams that all clients share, as last heard of. */
static _Atomic int64_t hot_versions[APPEND_HOT_STREAMS];
static struct uuid hot_streams[APPEND_HOT_STREAMS];

struct own {
	const struct append_with *with;
	struct store_session *session;
	struct arena *arena;
	struct store_event *events;
	struct uuid streams[APPEND_OWN_STREAMS];
	int64_t versions[APPEND_OWN_STREAMS];
	size_t next;
};

struct str
append_payload(void)
{
	return STR("{\"attempt\":3,\"loop\":1,\"contact\":3,"
		   "\"person\":\"01890a5d-ac96-774b-bcce-b302099a8057\","
		   "\"deadline\":\"2026-01-06T14:05:30.000000Z\","
		   "\"detail\":\"the carrier answered with a busy signal after it had rung for "
		   "eleven seconds\",\"providerId\":\"CA00000000000000000000000000000000\"}");
}

struct uuid
append_noc(void)
{
	return (struct uuid){ .bytes = { 0x0a, 1, [15] = 1 } };
}

struct uuid
append_osp(void)
{
	return (struct uuid){ .bytes = { 0x0a, 2, [15] = 2 } };
}

static struct uuid
fresh_id(void)
{
	return random_uuid(clock_system_now());
}

static void
make_events(struct own *own)
{
	for (size_t i = 0; i < own->with->events; i++)
		own->events[i] = (struct store_event){
			.type = STR("PageNotReached"),
			.schema_version = 1,
			.occurred_at = clock_system_now(),
			.actor = { .kind = STORE_ACTOR_PROCESS, .name = STR("ringdown") },
			.correlation = fresh_id(),
			.causation = fresh_id(),
			.payload = append_payload(),
		};
}

static struct err *
open_as(const struct client_job *job, enum store_role role, struct arena *arena, void **ret)
{
	const struct append_with *with = job->with;
	struct own *own = arena_new(arena, struct own);

	CHECK(own != NULL);
	*own = (struct own){ .with = with, .arena = arena };
	own->events = arena_array(arena, struct store_event, with->events);
	CHECK(own->events != NULL);
	for (size_t i = 0; i < APPEND_OWN_STREAMS; i++)
		own->streams[i] = fresh_id();
	make_events(own);
	TRY(store_session_open(with->store, arena, role, &own->session));
	store_act_for(own->session, append_noc());
	*ret = own;
	return NULL;
}

static struct err *
open_api(const struct client_job *job, size_t index, struct arena *arena, void **ret)
{
	if (index == 0)
		for (size_t i = 0; i < APPEND_HOT_STREAMS; i++) {
			hot_streams[i] = fresh_id();
			atomic_store(&hot_versions[i], 0);
		}
	return open_as(job, STORE_API, arena, ret);
}

static struct err *
open_worker(const struct client_job *job, size_t index, struct arena *arena, void **ret)
{
	(void)index;
	return open_as(job, STORE_WORKER, arena, ret);
}

/* As a command appends: under a key of its own, with what a repeat is answered. */
static struct str
append_answer(void)
{
	return STR("{\"eco\":\"01890a5d-ac96-774b-bcce-b302099a8057\",\"version\":3}");
}

static struct err *
append(struct own *own, struct arena *arena, struct uuid stream, int64_t expected)
{
	struct store_append_result result;

	for (size_t i = 0; i < own->with->events; i++)
		own->events[i].id = fresh_id();
	return store_append(own->session, arena,
	    &(struct store_append){ .stream = stream,
		.expected_version = expected,
		.noc = append_noc(),
		.osp = append_osp(),
		.events = own->events,
		.event_count = own->with->events,
		.command_key = fresh_id(),
		.command_scope = append_noc(),
		.answer = append_answer() },
	    &result);
}

/* Everybody on the same few: who comes second is told so, and decides again. */
static struct err *
append_hot(struct own *own, struct arena *arena, size_t *ret_done)
{
	size_t i = own->next++ % APPEND_HOT_STREAMS;
	int64_t expected = atomic_load(&hot_versions[i]);
	struct err *err = append(own, arena, hot_streams[i], expected);

	if (err != NULL && err->kind == ERR_CONFLICT)
		return NULL;
	TRY(err);
	atomic_store(&hot_versions[i], expected + (int64_t)own->with->events);
	*ret_done = own->with->events;
	return NULL;
}

static struct err *
append_own(struct own *own, struct arena *arena, size_t *ret_done)
{
	size_t i = own->next++ % APPEND_OWN_STREAMS;

	TRY(append(own, arena, own->streams[i], own->versions[i]));
	own->versions[i] += (int64_t)own->with->events;
	*ret_done += own->with->events;
	return NULL;
}

static struct err *
step(void *client, struct arena *arena, size_t *ret_done)
{
	struct own *own = client;

	return own->with->hot ? append_hot(own, arena, ret_done) : append_own(own, arena, ret_done);
}

/* As a collector would: the appends of many in one transaction, which is flushed once. */
static struct err *
step_group(void *client, struct arena *arena, size_t *ret_done)
{
	struct own *own = client;

	TRY(store_begin(own->session, arena, UUID_NIL));
	for (int i = 0; i < APPEND_GROUP; i++)
		TRY(append_own(own, arena, ret_done));
	return store_commit(own->session, arena);
}

static void
close_session(void *client)
{
	store_session_close(((struct own *)client)->session);
}

const struct client_kind append_ours_api = { "ours", open_api, step, close_session };
const struct client_kind append_ours_worker = { "ours, no RLS", open_worker, step, close_session };
const struct client_kind append_ours_group = { "ours, grouped", open_worker, step_group,
	close_session };
