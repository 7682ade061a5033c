#include "support/unit.h"

#include "base/uuid.h"
#include "runtime/random.h"

static struct str
text_of(struct uuid id)
{
	static char room[64];
	struct buf buf = buf_over(room, sizeof(room));

	uuid_format(id, &buf);
	return buf_view(&buf);
}

static void
a_version_7_id_has_its_moment_version_and_variant(void **state)
{
	/* The example of RFC 9562, appendix A.6. */
	static const uint8_t random[10] = { 0x0c, 0xc3, 0x18, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39,
		0x8f };

	(void)state;
	assert_text(text_of(uuid_v7((struct instant){ INT64_C(1645557742000000) }, random)),
	    "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
}

static void
ids_made_later_sort_later(void **state)
{
	struct uuid last = random_uuid((struct instant){ 0 });

	(void)state;
	for (int64_t ms = 1; ms < 100000; ms += 37) {
		struct uuid next = random_uuid((struct instant){ ms * 1000000 });

		assert_true(memcmp(last.bytes, next.bytes, 16) < 0);
		last = next;
	}
}

static void
random_ids_of_one_moment_differ(void **state)
{
	struct instant now = { INT64_C(1767579247000000) };

	(void)state;
	for (int i = 0; i < 1000; i++)
		assert_false(uuid_equal(random_uuid(now), random_uuid(now)));
}

static void
random_numbers_are_in_the_unit_interval_and_spread(void **state)
{
	int low = 0;

	(void)state;
	for (int i = 0; i < 2000; i++) {
		double x = random_unit();

		assert_true(x >= 0 && x < 1);
		low += x < 0.5;
	}
	/* 1000 expected, 22 standard deviation: missed by 400 once in 10^70 runs. */
	assert_true(low > 600 && low < 1400);
}

static void
one_name_makes_one_id(void **state)
{
	struct uuid id = uuid_from_name(STR("eco/1/attempt/2"));

	(void)state;
	assert_true(uuid_equal(id, uuid_from_name(STR("eco/1/attempt/2"))));
	assert_false(uuid_equal(id, uuid_from_name(STR("eco/1/attempt/3"))));
	assert_int_equal(id.bytes[6] >> 4, 8);
	assert_int_equal(id.bytes[8] >> 6, 2);
	/* Fixed for ever: it is a key in stored data. */
	assert_text(text_of(uuid_from_name(STR(""))), "e3b0c442-98fc-8c14-9afb-f4c8996fb924");
}

static void
ids_read_back_in_either_case(void **state)
{
	struct uuid id, again;

	(void)state;
	random_bytes(id.bytes, sizeof(id.bytes));
	assert_true(uuid_parse(text_of(id), &again));
	assert_true(uuid_equal(id, again));
	assert_true(uuid_parse(STR("017F22E2-79B0-7CC3-98C4-DC0C0C07398F"), &id));
	assert_text(text_of(id), "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
	assert_true(uuid_is_nil(UUID_NIL));
	assert_false(uuid_is_nil(id));
}

static void
what_is_no_id_is_refused(void **state)
{
	static const char *const bad[] = { "", "017f22e2-79b0-7cc3-98c4-dc0c0c07398",
		"017f22e2-79b0-7cc3-98c4-dc0c0c07398ff", "017f22e279b07cc398c4dc0c0c07398f",
		"017f22e2_79b0-7cc3-98c4-dc0c0c07398f", "017f22e2-79b0-7cc3-98c4-dc0c0c07398g",
		"{017f22e2-79b0-7cc3-98c4-dc0c0c0739}", "017f22e27-9b0-7cc3-98c4-dc0c0c07398f" };
	struct uuid id = UUID_NIL;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_false(uuid_parse(str_from_z(bad[i]), &id));
	assert_true(uuid_is_nil(id));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_version_7_id_has_its_moment_version_and_variant),
		cmocka_unit_test(ids_made_later_sort_later),
		cmocka_unit_test(random_ids_of_one_moment_differ),
		cmocka_unit_test(random_numbers_are_in_the_unit_interval_and_spread),
		cmocka_unit_test(one_name_makes_one_id),
		cmocka_unit_test(ids_read_back_in_either_case),
		cmocka_unit_test(what_is_no_id_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
