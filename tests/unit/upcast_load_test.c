#include "support/unit.h"

#include "app/change.h"
#include "codec/upcast.h"
#include "store/mem/store_mem.h"
#include "support/sample_events.h"

/*
 * A stream in which one stored event is nothing today, and another one two.  The
 * table of upcasters is this program's own: it is linked in place of the shipped one.
 */

#define ARENA_BYTES (8u << 20)

static bool
forgotten(struct arena *arena, struct str payload, struct upcast_list *ret, struct str *ret_reason)
{
	(void)arena;
	(void)payload;
	(void)ret;
	(void)ret_reason;
	return true;
}

static bool
split(struct arena *arena, struct str payload, struct upcast_list *ret, struct str *ret_reason)
{
	(void)arena;
	(void)ret_reason;
	ret->at[0] = (struct upcast_event){ STR("RenderSubsectorCreated"), 1, payload };
	ret->at[1] = (struct upcast_event){ STR("RenderTasked"), 1,
		STR("{\"subsector\":\"S-1\",\"task\":\"T-1\"}") };
	ret->count = 2;
	return true;
}

static const struct upcaster rows[] = {
	{ STR("CrewFed"), 1, forgotten },
	{ STR("WorkOrdered"), 1, split },
};
const struct upcasters upcasters_shipped = { rows, COUNT_OF(rows) };

static struct arena *arena;
static struct store *store;
static struct store_session *session;

static int
set_up(void **state)
{
	(void)state;
	arena = arena_create(ARENA_BYTES);
	store = store_mem_create();
	assert_no_fault(store_session_open(store, arena, STORE_WORKER, &session));
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	store_session_close(session);
	store_close(store);
	arena_destroy(arena);
	return 0;
}

static struct uuid
next_id(struct instant now)
{
	static int64_t made;

	(void)now;
	return uuid_from_name(arena_printf(arena, "id %lld", (long long)++made));
}

static struct store_event
stored(const char *type, struct str payload)
{
	return (struct store_event){ .id = next_id((struct instant){ 0 }),
		.type = str_from_z(type),
		.schema_version = 1,
		.actor = { .kind = STORE_ACTOR_PROCESS, .name = STR("test") },
		.payload = payload };
}

/* As it is written today: the table of this test knows no older one. */
static struct store_event
stored_created(void)
{
	struct eco_event created = sample_event(ECO_EVENT_CREATED);
	struct buf buf = buf_in(arena, CODEC_EVENT_BYTES_MAX);
	struct store_event event;

	codec_encode_event(&created, &buf);
	event = stored("ECOCreated", buf_view(&buf));
	event.schema_version = eco_event_version(ECO_EVENT_CREATED);
	return event;
}

static struct uuid
write_stream(void)
{
	struct uuid stream = uuid_from_name(STR("an ECO"));
	struct eco_created created = sample_event(ECO_EVENT_CREATED).created;
	const struct store_event events[] = {
		stored_created(),
		stored("CrewFed", STR("{}")),
		stored("WorkOrdered", STR("{\"subsector\":\"S-1\"}")),
		stored("CrewFed", STR("{}")),
	};
	struct store_append_result result;

	assert_no_fault(store_append(session, arena,
	    &(struct store_append){ .stream = stream,
		.noc = created.noc,
		.osp = created.osp,
		.events = events,
		.event_count = COUNT_OF(events) },
	    &result));
	return stream;
}

static bool
add_note(void *context, const struct callout *callout, struct outcome *ret)
{
	(void)context;
	(void)callout;
	*outcome_event(ret, ECO_EVENT_NOTE_ADDED) = sample_event(ECO_EVENT_NOTE_ADDED);
	return true;
}

static void
the_version_of_a_stream_is_the_stored_one_whatever_its_events_became(void **state)
{
	struct uuid stream = write_stream();
	struct change_loaded *loaded;
	struct change_result result;

	(void)state;
	assert_no_fault(change_load(session, arena, stream, &loaded));
	assert_int_equal(loaded->callout.version, 4);
	assert_text(loaded->callout.rendersync.subsector, "S-1");
	assert_text(loaded->callout.rendersync.task, "T-1");

	/* And the next event goes behind them. */
	assert_no_fault(
	    change_run(&(struct change){ .session = session,
			   .arena = arena,
			   .eco = stream,
			   .actor = { .kind = STORE_ACTOR_PROCESS, .name = STR("test") },
			   .make_id = next_id,
			   .decide = add_note },
		&result));
	assert_int_equal(result.outcome, CHANGE_MADE);
	assert_int_equal(result.version, 5);
	assert_no_fault(change_load(session, arena, stream, &loaded));
	assert_int_equal(loaded->callout.version, 5);
}

static void
a_type_that_no_table_knows_is_a_fault_that_names_event_and_eco(void **state)
{
	struct uuid stream = write_stream();
	const struct store_event unknown = stored("CrewTeleported", STR("{}"));
	struct change_loaded *loaded;
	struct store_append_result result;

	(void)state;
	assert_no_fault(store_append(session, arena,
	    &(struct store_append){ .stream = stream,
		.expected_version = 4,
		.noc = sample_event(ECO_EVENT_CREATED).created.noc,
		.osp = sample_event(ECO_EVENT_CREATED).created.osp,
		.events = &unknown,
		.event_count = 1 },
	    &result));
	assert_fault(change_load(session, arena, stream, &loaded), ERR_CORRUPT,
	    "cannot read event 5 of ECO ");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    the_version_of_a_stream_is_the_stored_one_whatever_its_events_became, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(
		    a_type_that_no_table_knows_is_a_fault_that_names_event_and_eco, set_up,
		    tear_down),
	};

	return cmocka_run_group_tests_name("loading through upcasters", tests, NULL, NULL);
}
