#include "support/store_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define LEAD_TRIES_MAX 500
#define LEAD_WAIT_US   10000

#define WORLD_ARENA_BYTES (64u << 20)

int
world_setup(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	assert_non_null(world);
	world->arena = arena_create(WORLD_ARENA_BYTES);
	world->noc_id = id_of("a carrier");
	world->osp_id = id_of("a contractor");
	world->stranger_id = id_of("somebody else");
	world->store = world_store_fresh(world->arena);
	world->worker = world_session(world->store, world->arena, STORE_WORKER, UUID_NIL);
	world->noc = world_session(world->store, world->arena, STORE_API, world->noc_id);
	world->osp = world_session(world->store, world->arena, STORE_API, world->osp_id);
	world->stranger = world_session(world->store, world->arena, STORE_API, world->stranger_id);
	*state = world;
	return 0;
}

int
world_teardown(void **state)
{
	struct world *world = *state;

	store_session_close(world->worker);
	store_session_close(world->noc);
	store_session_close(world->osp);
	store_session_close(world->stranger);
	store_close(world->store);
	arena_destroy(world->arena);
	free(world);
	return 0;
}

struct store_session *
world_session(
    struct store *store, struct arena *arena, enum store_role role, struct uuid organisation)
{
	struct store_session *session = NULL;

	OK(store_session_open(store, arena, role, &session));
	store_act_for(session, organisation);
	return session;
}

static void
print_fault(const struct err *err, const char *call)
{
	char memory[1024];
	struct buf text = buf_over(memory, sizeof(memory));

	err_format(err, &text);
	print_error("%s\n\tgave %.*s: %.*s\n", call, STR_ARG(err_kind_name(err->kind)),
	    STR_ARG(buf_view(&text)));
}

void
world_expect_ok(struct err *err, const char *call, const char *file, int line)
{
	if (err == NULL)
		return;
	print_fault(err, call);
	_fail(file, line);
}

void
world_expect_fault(
    struct err *err, enum err_kind kind, const char *call, const char *file, int line)
{
	if (err != NULL && err->kind == kind)
		return;
	if (err != NULL)
		print_fault(err, call);
	else
		print_error("%s\n\tgave no fault\n", call);
	_fail(file, line);
}

struct instant
at_s(int64_t s)
{
	/* 2026-01-05T02:14:07Z */
	return (struct instant){ (1767579247 + s) * 1000000 };
}

struct uuid
id_of(const char *name)
{
	return uuid_from_name(str_from_z(name));
}

static void
make_event(struct arena *arena, struct uuid stream, int64_t version, struct uuid organisation,
    struct store_event *ret)
{
	struct str name = uuid_text(arena, stream);
	struct str key = arena_printf(arena, "%.*s event %lld", STR_ARG(name), (long long)version);

	*ret = (struct store_event){
		.id = uuid_from_name(key),
		.type = STR("NoteAdded"),
		.schema_version = 1,
		.occurred_at = at_s(version),
		.actor = { .kind = STORE_ACTOR_USER,
		    .name = STR("casey"),
		    .user = id_of("a user"),
		    .organisation = organisation },
		.correlation = id_of("a request"),
		.payload = arena_printf(arena, "{\"text\":\"note %lld\"}", (long long)version),
	};
}

struct store_append *
world_append(const struct world *world, struct uuid stream, int64_t expected, size_t count)
{
	struct store_append *append = arena_new(world->arena, struct store_append);
	struct store_event *events = arena_array(world->arena, struct store_event, count + 1);

	assert_non_null(append);
	assert_non_null(events);
	for (size_t i = 0; i < count; i++)
		make_event(
		    world->arena, stream, expected + 1 + (int64_t)i, world->noc_id, &events[i]);
	*append = (struct store_append){ .stream = stream,
		.expected_version = expected,
		.noc = world->noc_id,
		.osp = world->osp_id,
		.events = events,
		.event_count = count };
	return append;
}

void
world_appended(struct world *world, struct uuid stream, int64_t expected, size_t count)
{
	struct store_append_result result;

	OK(store_append(
	    world->noc, world->arena, world_append(world, stream, expected, count), &result));
	assert_int_equal(result.outcome, STORE_APPENDED);
}

/* Whoever led before may have gone without the database having noticed yet. */
int64_t
world_sequence(struct world *world)
{
	int64_t head;
	size_t count;
	bool leads;
	int tries = 0;

	do {
		OK(store_sequence(world->worker, world->arena, &head, &leads, &count));
		if (!leads) {
			assert_true(tries++ < LEAD_TRIES_MAX);
			(void)usleep(LEAD_WAIT_US);
		}
	} while (count > 0 || !leads);
	return head;
}
