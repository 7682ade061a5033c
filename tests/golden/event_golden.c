#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "base/json.h"
#include "base/seal.h"
#include "codec/event_codec.h"
#include "golden_file.h"
#include "support/sample_events.h"

/*
 * One file for every type and version of an event that ever shipped:
 * events/<WireName>.v<version>.json.  A file of an old version is never edited;
 * UPDATE_GOLDEN=1 writes those of the present versions, from the samples.
 */

#define ARENA_BYTES (4 * 1024 * 1024)

static struct arena *arena;

static int
set_up(void **state)
{
	(void)state;
	arena = arena_create(ARENA_BYTES);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	arena_destroy(arena);
	return 0;
}

static struct golden_file
file_of(enum eco_event_type type, int version)
{
	return (struct golden_file){ "events", eco_event_name(type), version };
}

static struct str
encode(const struct eco_event *event)
{
	struct buf buf = buf_in(arena, CODEC_EVENT_BYTES_MAX);

	codec_encode_event(event, &buf);
	assert_false(buf.overflowed);
	return buf_view(&buf);
}

/* -- the samples as they are written: people's texts are sealed, here with what repeats -- */

static const struct seal_key sealing_key = { { 0x60, 0x1d, 0xe2, [31] = 0x5e } };

static struct str
about(struct uuid person, const char *field)
{
	return arena_printf(arena, "%.*s.%s", STR_ARG(uuid_text(arena, person)), field);
}

static struct str
sealed(struct uuid person, const char *field, struct str text)
{
	struct str what = about(person, field);
	struct sha256 nonce = sha256_of(what);

	return str_empty(text) ? text : seal_close(arena, &sealing_key, what, nonce.bytes, text);
}

static struct eco_event
golden_sample(enum eco_event_type type)
{
	struct eco_event event = sample_event(type);
	struct pager_list *plan;

	if (type != ECO_EVENT_PAGER_DISPATCHED)
		return event;
	plan = arena_new(arena, struct pager_list);
	*plan = *event.pager_dispatched.plan;
	for (size_t i = 0; i < plan->count; i++) {
		struct roster_person *person = &plan->people[i];

		person->label = sealed(person->id, "label", person->label);
		for (size_t k = 0; k < person->contact_count; k++)
			person->contacts[k].number =
			    sealed(person->id, "phone", person->contacts[k].number);
	}
	event.pager_dispatched.plan = plan;
	return event;
}

static void
every_event_ever_shipped_is_read_and_written_back_byte_for_byte(void **state)
{
	(void)state;
	for (int i = 0; i < ECO_EVENT_COUNT; i++) {
		enum eco_event_type type = (enum eco_event_type)i;
		const struct instant at = { 1767579247000000 };

		arena_reset(arena);
		for (int version = 1; version <= eco_event_version(type); version++) {
			struct str golden = golden_read(arena, file_of(type, version)),
				   reason = STR("");
			struct codec_events events;

			if (!codec_decode_events(
				arena, eco_event_name(type), version, at, golden, &events, &reason))
				fail_msg("%.*s", STR_ARG(reason));
			assert_int_equal(events.count, 1);
			assert_int_equal(events.at[0].type, type);
			assert_int_equal(events.at[0].at.us, at.us);
			if (version == eco_event_version(type))
				golden_assert_same(
				    eco_event_name(type), encode(&events.at[0]), golden);
		}
	}
}

static void
every_event_is_written_as_its_golden_file_has_it(void **state)
{
	(void)state;
	for (int i = 0; i < ECO_EVENT_COUNT; i++) {
		enum eco_event_type type = (enum eco_event_type)i;
		struct eco_event sample;

		arena_reset(arena);
		sample = golden_sample(type);
		golden_assert_same(eco_event_name(type), encode(&sample),
		    golden_read(arena, file_of(type, eco_event_version(type))));
	}
}

/* Members that are left out when they are empty; every other one is needed. */
static bool
may_be_missing(struct str event, struct str member)
{
	static const char *const optional[] = { "ECOCreated.nocDutyPhone",
		"OSPEngaged.nocDutyPhone", "RenderTaskingFailed.detail", "RenderTaskObserved.name",
		"RenderTaskObserved.rawStatus", "RenderTaskObserved.before",
		"RenderSyncDegraded.detail", "PageNotReached.detail", "PageAccepted.etaMinutes",
		"PageDeclined.reason", "PageAttempted.via", "PageAttempted.planned",
		"CrewEnRoute.etaMinutes", "NOCAlerted.phone", "NOCAlerted.providerId",
		"NOCAlertFailed.phone", "NOCAlertFailed.detail", "ECOReactivated.task",
		"ECOReactivated.reason" };
	struct str name = arena_printf(arena, "%.*s.%.*s", STR_ARG(event), STR_ARG(member));

	for (size_t i = 0; i < COUNT_OF(optional); i++) {
		if (str_equal(name, str_from_z(optional[i])))
			return true;
	}
	return false;
}

/* ${payload} with ${value} (JSON) as its ${changed}-th member; NULL: without that member. */
static struct str
with_member(const struct json *payload, size_t changed, const char *value)
{
	struct buf buf = buf_in(arena, CODEC_EVENT_BYTES_MAX);
	struct json_writer w = json_writer(&buf);

	json_begin_map(&w);
	for (size_t i = 0; i < payload->map.count; i++) {
		if (i == changed && value == NULL)
			continue;
		json_name(&w, payload->map.members[i].name);
		if (i == changed)
			json_write_raw(&w, str_from_z(value));
		else
			json_write_value(&w, &payload->map.members[i].value);
	}
	json_end_map(&w);
	return buf_view(&buf);
}

static bool
decodes(enum eco_event_type type, struct str payload, struct str *ret_reason)
{
	struct codec_events events;

	*ret_reason = STR("");
	return codec_decode_events(arena, eco_event_name(type), eco_event_version(type),
	    (struct instant){ 0 }, payload, &events, ret_reason);
}

static void
assert_reason_names(struct str reason, struct str event, struct str member)
{
	if (str_find(reason, event) != 0 || str_find(reason, member) == SIZE_MAX)
		fail_msg("\"%.*s\" does not name %.*s and %.*s", STR_ARG(reason), STR_ARG(event),
		    STR_ARG(member));
}

static void
check_members(enum eco_event_type type, const struct json *payload)
{
	struct str event = eco_event_name(type), reason;

	for (size_t i = 0; i < payload->map.count; i++) {
		struct str member = payload->map.members[i].name;

		if (may_be_missing(event, member)) {
			assert_true(decodes(type, with_member(payload, i, NULL), &reason));
		} else {
			assert_false(decodes(type, with_member(payload, i, NULL), &reason));
			assert_reason_names(reason, event, member);
		}
		assert_false(decodes(type, with_member(payload, i, "true"), &reason));
		assert_reason_names(reason, event, member);
	}
}

static void
what_is_missing_or_of_another_kind_is_named_with_its_event(void **state)
{
	(void)state;
	for (int i = 0; i < ECO_EVENT_COUNT; i++) {
		enum eco_event_type type = (enum eco_event_type)i;
		const struct json *payload;
		struct str reason;

		arena_reset(arena);
		assert_true(json_parse(arena,
		    golden_read(arena, file_of(type, eco_event_version(type))), &payload, &reason));
		check_members(type, payload);
	}
}

static void
a_missing_attempt_is_said_in_these_words(void **state)
{
	struct str reason;

	(void)state;
	assert_false(decodes(ECO_EVENT_PAGE_ANSWERED, STR("{}"), &reason));
	assert_true(str_equal(reason, STR("PageAnswered: member \"attempt\" is missing")));
	assert_false(decodes(ECO_EVENT_PAGE_DECLINED, STR("{\"attempt\":0}"), &reason));
	assert_true(str_equal(reason, STR("PageDeclined: member \"attempt\" is less than 1")));
}

static void
a_type_or_version_from_the_future_is_refused_by_name(void **state)
{
	struct codec_events events;
	struct str reason;

	(void)state;
	assert_false(codec_decode_events(
	    arena, STR("CrewTeleported"), 1, (struct instant){ 0 }, STR("{}"), &events, &reason));
	assert_true(str_equal(reason, STR("there is no event \"CrewTeleported\"")));
	assert_false(codec_decode_events(
	    arena, STR("ECOClosed"), 2, (struct instant){ 0 }, STR("{}"), &events, &reason));
	assert_true(str_equal(reason, STR("ECOClosed: version 2 is not known, the newest is 1")));
}

static void
what_is_no_object_is_refused(void **state)
{
	static const char *const payloads[] = { "", "null", "[]", "7", "{\"cause\":", "{} {}",
		"{\"cause\":\"GRACE_EXPIRED\",\"cause\":\"NOC_CONFIRMED\"}",
		"{\"cause\":\"BECAUSE\"}", "{\"cause\":null}" };
	struct str reason;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(payloads); i++) {
		assert_false(decodes(ECO_EVENT_CLOSED, str_from_z(payloads[i]), &reason));
		assert_reason_names(reason, STR("ECOClosed"), STR(""));
	}
}

static void
a_plan_of_more_people_than_a_list_has_is_refused(void **state)
{
	struct buf buf = buf_in(arena, CODEC_EVENT_BYTES_MAX);
	struct str reason;

	(void)state;
	buf_str(&buf, STR("{\"round\":1,\"plan\":{\"id\":\"019b8d10-0000-7000-8000-000000000010\","
			  "\"people\":["));
	for (int i = 0; i <= ROSTER_PEOPLE_MAX; i++)
		buf_printf(&buf, "%s{\"id\":\"019b8d10-0000-7000-8000-0000000000%02d\"}",
		    i == 0 ? "" : ",", i);
	buf_str(&buf, STR("]}}"));
	assert_false(decodes(ECO_EVENT_PAGER_DISPATCHED, buf_view(&buf), &reason));
	assert_reason_names(reason, STR("PagerDispatched"), STR("plan.people"));
}

/* The plan of the golden file of ${version}. */
static const struct pager_list *
golden_plan(int version)
{
	struct codec_events events;
	struct str reason;

	assert_true(codec_decode_events(arena, STR("PagerDispatched"), version,
	    (struct instant){ 0 }, golden_read(arena, file_of(ECO_EVENT_PAGER_DISPATCHED, version)),
	    &events, &reason));
	return events.at[0].pager_dispatched.plan;
}

static void
assert_opens_as(struct uuid person, const char *field, struct str is, struct str should_be)
{
	struct str text = STR("");

	if (!str_empty(should_be))
		assert_true(seal_open(arena, &sealing_key, about(person, field), is, &text));
	assert_true(str_equal(text, should_be));
}

static void
a_plan_in_clear_and_a_sealed_one_say_the_same(void **state)
{
	const struct pager_list *clear = golden_plan(1), *closed = golden_plan(2);

	(void)state;
	assert_true(uuid_equal(clear->id, closed->id));
	assert_true(str_equal(clear->name, closed->name));
	assert_true(str_equal(clear->region, closed->region));
	assert_int_equal(clear->count, 3);
	assert_int_equal(closed->count, 3);
	for (size_t i = 0; i < clear->count; i++) {
		const struct roster_person *a = &clear->people[i], *b = &closed->people[i];

		assert_true(uuid_equal(a->id, b->id));
		assert_int_equal(a->skip, b->skip);
		assert_opens_as(a->id, "label", b->label, a->label);
		assert_int_equal(a->contact_count, b->contact_count);
		for (size_t k = 0; k < a->contact_count; k++)
			assert_opens_as(
			    a->id, "phone", b->contacts[k].number, a->contacts[k].number);
	}
}

static void
a_text_that_is_broken_is_repaired_so_that_it_can_be_read_again(void **state)
{
	struct eco_event event = sample_event(ECO_EVENT_PAGE_NOT_REACHED);
	struct codec_events back;
	struct str reason;

	(void)state;
	event.page_not_reached.detail = STR("a\0b\xff \"c\"\n\xe2\x82\xac\xe2\x82");
	assert_true(codec_decode_events(
	    arena, eco_event_name(event.type), 1, event.at, encode(&event), &back, &reason));
	assert_true(str_equal(
	    back.at[0].page_not_reached.detail, STR("a\ufffdb\ufffd \"c\"\n\u20ac\ufffd\ufffd")));
}

static void
the_largest_event_fits_into_the_limit(void **state)
{
	const size_t description_bytes = (size_t)4 * 4000;
	struct eco_event event = sample_event(ECO_EVENT_CREATED);
	struct geo_point *points = arena_array(arena, struct geo_point, GEO_LINE_POINTS_MAX);
	char *text = arena_array(arena, char, description_bytes);

	(void)state;
	for (size_t i = 0; i < GEO_LINE_POINTS_MAX; i++)
		points[i] = (struct geo_point){ -97.12345678901234 - (double)i / 1e4 / 3,
			30.12345678901234 };
	memset(text, '\n', description_bytes);
	event.created.location = (struct geo_location){ GEO_LINE, points, GEO_LINE_POINTS_MAX };
	event.created.description = (struct str){ text, description_bytes };
	assert_true(encode(&event).len < CODEC_EVENT_BYTES_MAX);
}

static void
update_golden_files(void)
{
	for (int i = 0; i < ECO_EVENT_COUNT; i++) {
		struct eco_event sample;

		arena_reset(arena);
		sample = golden_sample((enum eco_event_type)i);
		golden_write(
		    arena, file_of(sample.type, eco_event_version(sample.type)), encode(&sample));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_event_ever_shipped_is_read_and_written_back_byte_for_byte),
		cmocka_unit_test(every_event_is_written_as_its_golden_file_has_it),
		cmocka_unit_test(what_is_missing_or_of_another_kind_is_named_with_its_event),
		cmocka_unit_test(a_missing_attempt_is_said_in_these_words),
		cmocka_unit_test(a_type_or_version_from_the_future_is_refused_by_name),
		cmocka_unit_test(what_is_no_object_is_refused),
		cmocka_unit_test(a_plan_of_more_people_than_a_list_has_is_refused),
		cmocka_unit_test(a_plan_in_clear_and_a_sealed_one_say_the_same),
		cmocka_unit_test(a_text_that_is_broken_is_repaired_so_that_it_can_be_read_again),
		cmocka_unit_test(the_largest_event_fits_into_the_limit),
	};

	if (getenv("UPDATE_GOLDEN") != NULL) {
		(void)set_up(NULL);
		update_golden_files();
		(void)tear_down(NULL);
	}
	return cmocka_run_group_tests_name("event golden", tests, set_up, tear_down);
}
