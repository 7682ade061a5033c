#include "support/unit.h"

#include "proto/form.h"

static struct arena *arena;
static struct form form;

static int
set_up(void **state)
{
	(void)state;
	arena = arena_create(65536);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	arena_destroy(arena);
	return 0;
}

static void
a_posted_form_is_read_in_order(void **state)
{
	(void)state;
	assert_true(form_parse(arena, STR("To=%2B15125550101&Body=A+45&Empty=&Alone"), &form));
	assert_int_equal(form.count, 4);
	assert_text(form_find(&form, STR("To")), "+15125550101");
	assert_text(form_find(&form, STR("Body")), "A 45");
	assert_true(form_has(&form, STR("Alone")));
	assert_false(form_has(&form, STR("alone")));
	assert_text(form.at[3].name, "Alone");
	assert_text(form.at[3].value, "");
}

static void
a_repeated_name_keeps_every_value(void **state)
{
	(void)state;
	assert_true(form_parse(arena, STR("Event=ringing&&Event=answered&"), &form));
	assert_int_equal(form.count, 2);
	assert_text(form_find(&form, STR("Event")), "ringing");
	assert_text(form.at[1].value, "answered");
}

static void
an_empty_body_is_an_empty_form(void **state)
{
	(void)state;
	assert_true(form_parse(arena, STR(""), &form));
	assert_int_equal(form.count, 0);
	assert_text(form_find(&form, STR("To")), "");
}

static void
only_the_first_equals_sign_divides_a_pair(void **state)
{
	(void)state;
	assert_true(form_parse(arena, STR("Url=a=b%3Dc"), &form));
	assert_text(form_find(&form, STR("Url")), "a=b=c");
}

static void
malformed_percent_sequences_are_refused(void **state)
{
	(void)state;
	assert_false(form_parse(arena, STR("a=%"), &form));
	assert_false(form_parse(arena, STR("a=%4"), &form));
	assert_false(form_parse(arena, STR("a=%4g"), &form));
	assert_false(form_parse(arena, STR("a=1&%zz=1"), &form));
	assert_int_equal(form.count, 0);
	/* The two digits may not be borrowed from the next pair. */
	assert_false(form_parse(arena, STR("a=%&41=b"), &form));
}

static void
text_that_is_not_utf8_or_has_a_nul_is_refused(void **state)
{
	(void)state;
	assert_false(form_parse(arena, STR("a=%ff"), &form));
	assert_false(form_parse(arena, STR("a=%ed%a0%80"), &form));
	assert_false(form_parse(arena, STR("a=%00"), &form));
	assert_false(form_parse(arena, STR("a=\0b"), &form));
	assert_true(form_parse(arena, STR("a=%c3%A9"), &form));
	assert_text(form_find(&form, STR("a")), "\xc3\xa9");
}

static void
more_pairs_than_the_limit_are_refused(void **state)
{
	struct buf buf = buf_in(arena, 4096);

	(void)state;
	for (int i = 0; i < FORM_PAIRS_MAX; i++)
		form_encode(&buf, STR("n"), STR("v"));
	assert_true(form_parse(arena, buf_view(&buf), &form));
	assert_int_equal(form.count, FORM_PAIRS_MAX);
	form_encode(&buf, STR("n"), STR("v"));
	assert_false(form_parse(arena, buf_view(&buf), &form));
}

static void
what_is_written_reads_back(void **state)
{
	static const char awkward[] = "&=+% \n/?#\xc3\xa9~*-._'\"<>";
	struct buf buf = buf_in(arena, 1024);

	(void)state;
	form_encode(&buf, STR("a b"), str_from_z(awkward));
	form_encode(&buf, str_from_z(awkward), STR(""));
	assert_true(form_parse(arena, buf_view(&buf), &form));
	assert_int_equal(form.count, 2);
	assert_text(form_find(&form, STR("a b")), awkward);
	assert_text(form.at[1].name, awkward);
}

static void
a_query_begins_without_an_ampersand(void **state)
{
	struct buf buf = buf_in(arena, 256);

	(void)state;
	buf_str(&buf, STR("/webhooks/twilio/answer?"));
	form_encode(&buf, STR("eco"), STR("7"));
	form_encode(&buf, STR("try"), STR("1 2"));
	assert_text(buf_view(&buf), "/webhooks/twilio/answer?eco=7&try=1+2");
}

static void
a_full_arena_refuses_the_form(void **state)
{
	struct arena *small = arena_create(64);

	(void)state;
	assert_false(form_parse(small, STR("a=1&b=2&c=3&d=4&e=5"), &form));
	arena_destroy(small);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_posted_form_is_read_in_order, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    a_repeated_name_keeps_every_value, set_up, tear_down),
		cmocka_unit_test_setup_teardown(an_empty_body_is_an_empty_form, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    only_the_first_equals_sign_divides_a_pair, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    malformed_percent_sequences_are_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    text_that_is_not_utf8_or_has_a_nul_is_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    more_pairs_than_the_limit_are_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_is_written_reads_back, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    a_query_begins_without_an_ampersand, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_full_arena_refuses_the_form, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
