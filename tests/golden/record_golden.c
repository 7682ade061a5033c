#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "base/json.h"
#include "base/seal.h"
#include "codec/record_codec.h"
#include "golden_file.h"

/*
 * One file for every type and version of a record's event that ever shipped:
 * records/<WireName>.v<version>.json, with something in every field and people's own
 * texts sealed.  A file of an old version is never edited; UPDATE_GOLDEN=1 writes those of
 * the present versions.
 */

#define ARENA_BYTES (8 * 1024 * 1024)

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

/* ---- files ---- */

static struct golden_file
file_of(enum directory_event_type type, int version)
{
	return (struct golden_file){ "records", directory_event_name(type), version };
}

static struct str
encode(const struct record *record)
{
	struct buf buf = buf_in(arena, 64 * 1024);

	codec_encode_record(record, &buf);
	assert_false(buf.overflowed);
	return buf_view(&buf);
}

/* ---- samples: something in every field ---- */

static const struct geo_point square[] = { { -98, 30.25 }, { -97.5, 30.25 }, { -97.5, 30.6 },
	{ -98, 30.6 }, { -98, 30.25 } };
static const struct geo_ring ring = { square, COUNT_OF(square) };
static const struct geo_polygon polygon = { &ring, 1 };

static void fill(const struct record_fields *fields, char *base);

static void
fill_list(const struct record_field *field, char *base)
{
	char *elements = arena_alloc(arena, field->element->bytes, _Alignof(max_align_t), 2);

	assert_non_null(elements);
	fill(field->element, elements);
	fill(field->element, elements + field->element->bytes);
	*(char **)(void *)(base + field->offset) = elements;
	*(size_t *)(void *)(base + field->count_offset) = 2;
}

static void
fill_field(const struct record_field *field, char *base, int64_t number)
{
	void *at = base + field->offset;

	switch (field->type) {
	case FIELD_TEXT:
		*(struct str *)at =
		    arena_printf(arena, "%.*s \"%lld\"", STR_ARG(field->name), (long long)number);
		if ((*(struct str *)at).len > (size_t)field->max)
			(*(struct str *)at).len = (size_t)field->max;
		return;
	case FIELD_BOOL:
		*(bool *)at = true;
		return;
	case FIELD_INT:
		*(int64_t *)at = number + 1;
		return;
	case FIELD_UUID:
		*(struct uuid *)at = uuid_from_name(field->name);
		return;
	case FIELD_INSTANT:
		*(struct instant *)at = (struct instant){ 1767579247000000 + number };
		return;
	case FIELD_WORD:
		*(unsigned *)at = (unsigned)field->words->count - 1;
		return;
	case FIELD_LIST:
		fill_list(field, base);
		return;
	case FIELD_AREA:
		*(struct geo_area *)at = (struct geo_area){ &polygon, 1 };
		return;
	}
	fail_msg("a field of an unknown type");
}

static void
fill(const struct record_fields *fields, char *base)
{
	for (size_t i = 0; i < fields->count; i++)
		fill_field(&fields->at[i], base, (int64_t)i);
}

static struct err *
seal(void *context, struct uuid whose, struct str field, struct str *text)
{
	static const struct seal_key key = { { 0x60, 0x1d, 0xe2, [31] = 0x5e } };
	struct str what =
	    arena_printf(arena, "%.*s.%.*s", STR_ARG(uuid_text(arena, whose)), STR_ARG(field));
	struct sha256 nonce = sha256_of(what);

	(void)context;
	*text = seal_close(arena, &key, what, nonce.bytes, *text);
	return NULL;
}

static struct record
sample(enum directory_event_type type)
{
	struct record record = {
		.kind = directory_event_kind(type),
		.id = uuid_from_name(directory_event_name(type)),
		.reason = STR("because of \u20ac 5"),
	};

	fill(record_fields(record.kind), record_body(&record));
	assert_null(codec_each_personal(arena, &record, seal, NULL));
	return record;
}

/* ---- the tests ---- */

static void
every_event_ever_shipped_is_read_and_written_back_byte_for_byte(void **state)
{
	(void)state;
	for (int i = 0; i < DIRECTORY_EVENT_COUNT; i++) {
		enum directory_event_type type = (enum directory_event_type)i;

		for (int version = 1; version <= directory_event_version(type); version++) {
			struct str golden, reason = STR("");
			struct record record;

			arena_reset(arena);
			golden = golden_read(arena, file_of(type, version));
			if (!codec_decode_record(
				arena, directory_event_kind(type), golden, &record, &reason))
				fail_msg("%.*s", STR_ARG(reason));
			if (version == directory_event_version(type))
				golden_assert_same(
				    directory_event_name(type), encode(&record), golden);
		}
	}
}

static void
every_event_is_written_as_its_golden_file_has_it(void **state)
{
	(void)state;
	for (int i = 0; i < DIRECTORY_EVENT_COUNT; i++) {
		enum directory_event_type type = (enum directory_event_type)i;
		struct record record;

		arena_reset(arena);
		record = sample(type);
		golden_assert_same(directory_event_name(type), encode(&record),
		    golden_read(arena, file_of(type, directory_event_version(type))));
	}
}

static struct str
with_a_number(const struct json *payload, size_t changed)
{
	struct buf buf = buf_in(arena, 64 * 1024);
	struct json_writer w = json_writer(&buf);

	json_begin_map(&w);
	for (size_t i = 0; i < payload->map.count; i++) {
		json_name(&w, payload->map.members[i].name);
		if (i == changed)
			json_write_int(&w, -3000000000);
		else
			json_write_value(&w, &payload->map.members[i].value);
	}
	json_end_map(&w);
	return buf_view(&buf);
}

/* Everything but a whole number is not one. */
static void
a_member_of_another_kind_is_refused_by_name(void **state)
{
	(void)state;
	for (int i = 0; i < DIRECTORY_EVENT_COUNT; i++) {
		enum directory_event_type type = (enum directory_event_type)i;
		const struct json *payload;
		struct record record;
		struct str reason;

		arena_reset(arena);
		assert_true(
		    json_parse(arena, golden_read(arena, file_of(type, 1)), &payload, &reason));
		for (size_t j = 0; j < payload->map.count; j++) {
			const struct json_member *member = &payload->map.members[j];

			if (member->value.type == JSON_INT ||
			    str_equal(member->name, STR("eventReason")))
				continue;
			assert_false(codec_decode_record(arena, directory_event_kind(type),
			    with_a_number(payload, j), &record, &reason));
			assert_true(str_find(reason, member->name) != SIZE_MAX);
		}
	}
}

static void
update_golden_files(void)
{
	for (int i = 0; i < DIRECTORY_EVENT_COUNT; i++) {
		struct record record;

		arena_reset(arena);
		record = sample((enum directory_event_type)i);
		golden_write(arena,
		    file_of((enum directory_event_type)i,
			directory_event_version((enum directory_event_type)i)),
		    encode(&record));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_event_ever_shipped_is_read_and_written_back_byte_for_byte),
		cmocka_unit_test(every_event_is_written_as_its_golden_file_has_it),
		cmocka_unit_test(a_member_of_another_kind_is_refused_by_name),
	};

	if (getenv("UPDATE_GOLDEN") != NULL) {
		(void)set_up(NULL);
		update_golden_files();
		(void)tear_down(NULL);
	}
	return cmocka_run_group_tests_name("record golden", tests, set_up, tear_down);
}
