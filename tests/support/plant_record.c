#include "support/plant_record.h"

#include "runtime/random.h"
#include "support/unit.h"

/* A moment before every world's clock. */
#define LONG_AGO ((struct instant){ INT64_C(1577836800000000) })

void
plant_record(struct store_session *session, struct arena *arena, const struct vault *vault,
    enum directory_event_type event, const struct record *record)
{
	const struct record_author author = {
		.session = session,
		.arena = arena,
		.now = LONG_AGO,
		.vault = vault,
		.make_id = random_uuid,
		.actor = { .kind = STORE_ACTOR_PROCESS, .name = STR("test") },
		.correlation = random_uuid(LONG_AGO),
	};
	struct record_outcome *outcome = arena_new(arena, struct record_outcome);
	struct store_append_result appended;
	struct record before;
	bool found, taken;

	assert_non_null(outcome);
	outcome->step_count = 1;
	outcome->steps[0] = (struct record_step){ event, *record };
	assert_no_fault(store_begin(session, arena, UUID_NIL));
	assert_no_fault(record_load(session, arena, record->kind, record->id, &found, &before));
	outcome->steps[0].after.version = found ? before.version : 0;
	assert_no_fault(record_write(
	    &author, outcome, &(struct record_key){ .key = UUID_NIL }, &taken, &appended));
	assert_false(taken);
	assert_no_fault(store_commit(session, arena));
}
