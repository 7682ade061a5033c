#include "support/unit.h"

#include "integration/telephony_adapter.h"
#include "integration/telephony_failover.h"

/* A provider that answers as it is told, and counts what it is asked. */
struct fake {
	struct telephony port;
	enum err_kind fault; /* ERR_CORRUPT: none */
	bool refuses;
	const char *id;
	int asked, ended, looked;
};

static struct arena *arena;
static struct fake first, second;
static struct telephony *both;
static struct telephony_receipt receipt;

static struct err *
answer(struct fake *fake, struct telephony_receipt *ret)
{
	fake->asked++;
	if (fake->fault != ERR_CORRUPT)
		return ERR(arena, fake->fault, "the provider fails");
	*ret = (struct telephony_receipt){
		.accepted = !fake->refuses, .provider_id = str_from_z(fake->id), .code = 21211
	};
	return NULL;
}

static struct err *
place_call(struct telephony *port, struct arena *memory, const struct telephony_call *call,
    struct telephony_receipt *ret)
{
	(void)memory, (void)call;
	return answer((struct fake *)port, ret);
}

static struct err *
send_text(struct telephony *port, struct arena *memory, const struct telephony_text *text,
    struct telephony_receipt *ret)
{
	(void)memory, (void)text;
	return answer((struct fake *)port, ret);
}

static struct err *
hang_up(struct telephony *port, struct arena *memory, const struct telephony_tenant *tenant,
    struct str id)
{
	(void)memory, (void)tenant, (void)id;
	((struct fake *)port)->ended++;
	return NULL;
}

static struct err *
find(struct telephony *port, struct arena *memory, const struct telephony_search *search,
    struct telephony_records *ret)
{
	static struct telephony_record records[2];
	struct fake *fake = (struct fake *)port;
	struct telephony_record *record = fake == &first ? &records[0] : &records[1];

	(void)memory, (void)search;
	fake->looked++;
	if (fake->fault != ERR_CORRUPT)
		return ERR(arena, ERR_UNAVAILABLE, "the provider fails");
	*record = (struct telephony_record){ .provider_id = str_from_z(fake->id),
		.created_at = { fake == &first ? 1 : 2 } };
	*ret = (struct telephony_records){ record, 1 };
	return NULL;
}

static void
destroy(struct telephony *port)
{
	(void)port;
}

static const struct telephony_ops ops = {
	.place_call = place_call,
	.send_text = send_text,
	.hang_up = hang_up,
	.find_calls = find,
	.find_texts = find,
	.destroy = destroy,
};

static int
set_up(void **state)
{
	(void)state;
	arena = arena_create(1 << 20);
	first = (struct fake){ .port = { &ops }, .fault = ERR_CORRUPT, .id = "CA1" };
	second = (struct fake){ .port = { &ops }, .fault = ERR_CORRUPT, .id = "gw-1" };
	both = telephony_failover_create(&first.port, &second.port, STR("gw-"));
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	telephony_destroy(both);
	arena_destroy(arena);
	return 0;
}

static struct err *
call(void)
{
	return telephony_place_call(
	    both, arena, &(struct telephony_call){ .ring_s = 25 }, &receipt);
}

static void
the_second_is_not_asked_as_long_as_the_first_answers(void **state)
{
	(void)state;
	assert_no_fault(call());
	assert_text(receipt.provider_id, "CA1");
	first.refuses = true;
	assert_no_fault(call());
	assert_false(receipt.accepted);
	assert_int_equal(second.asked, 0);
}

static void
when_the_first_did_nothing_the_second_is_asked_at_once(void **state)
{
	(void)state;
	first.fault = ERR_UNAVAILABLE;
	assert_no_fault(call());
	assert_text(receipt.provider_id, "gw-1");
	assert_no_fault(telephony_send_text(both, arena, &(struct telephony_text){ 0 }, &receipt));
	assert_text(receipt.provider_id, "gw-1");
}

static void
when_the_first_may_have_rung_the_second_is_not_asked(void **state)
{
	(void)state;
	first.fault = ERR_UNCERTAIN;
	assert_fault(call(), ERR_UNCERTAIN, "");
	assert_int_equal(second.asked, 0);
}

static void
when_neither_did_anything_that_is_said(void **state)
{
	(void)state;
	first.fault = ERR_UNAVAILABLE;
	second.fault = ERR_UNAVAILABLE;
	assert_fault(call(), ERR_UNAVAILABLE, "neither provider");
	second.fault = ERR_UNCERTAIN;
	assert_fault(call(), ERR_UNCERTAIN, "");
}

static void
after_failures_in_a_row_the_second_is_asked_first(void **state)
{
	(void)state;
	first.fault = ERR_UNCERTAIN;
	for (int i = 0; i < TELEPHONY_FAILURES_MAX; i++)
		assert_fault(call(), ERR_UNCERTAIN, "");
	first.fault = ERR_CORRUPT;
	assert_no_fault(call());
	assert_text(receipt.provider_id, "gw-1");
	assert_int_equal(first.asked, TELEPHONY_FAILURES_MAX);
	/* The second fails now: the first is asked all the same, and is well again. */
	second.fault = ERR_UNAVAILABLE;
	assert_no_fault(call());
	assert_text(receipt.provider_id, "CA1");
	second.fault = ERR_CORRUPT;
	assert_no_fault(call());
	assert_text(receipt.provider_id, "CA1");
}

static void
one_good_answer_between_failures_forgets_them(void **state)
{
	(void)state;
	for (int i = 0; i < 3 * TELEPHONY_FAILURES_MAX; i++) {
		first.fault = i % TELEPHONY_FAILURES_MAX == 0 ? ERR_CORRUPT : ERR_UNCERTAIN;
		(void)!call();
	}
	assert_int_equal(first.asked, 3 * TELEPHONY_FAILURES_MAX);
	assert_int_equal(second.asked, 0);
}

static void
a_call_is_ended_by_whoever_has_it(void **state)
{
	struct telephony_tenant tenant = { .from = STR("+15125550100") };

	(void)state;
	assert_no_fault(telephony_hang_up(both, arena, &tenant, STR("CA1")));
	assert_no_fault(telephony_hang_up(both, arena, &tenant, STR("gw-1")));
	assert_int_equal(first.ended, 1);
	assert_int_equal(second.ended, 1);
}

static void
what_is_looked_for_is_looked_for_at_both(void **state)
{
	struct telephony_search search = { .to = STR("+15125550101") };
	struct telephony_records found;

	(void)state;
	assert_no_fault(telephony_find_calls(both, arena, &search, &found));
	assert_int_equal(found.count, 2);
	assert_text(found.at[0].provider_id, "gw-1");
	assert_text(found.at[1].provider_id, "CA1");
	second.fault = ERR_UNAVAILABLE;
	assert_fault(telephony_find_texts(both, arena, &search, &found), ERR_UNAVAILABLE, "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_second_is_not_asked_as_long_as_the_first_answers),
		TEST(when_the_first_did_nothing_the_second_is_asked_at_once),
		TEST(when_the_first_may_have_rung_the_second_is_not_asked),
		TEST(when_neither_did_anything_that_is_said),
		TEST(after_failures_in_a_row_the_second_is_asked_first),
		TEST(one_good_answer_between_failures_forgets_them),
		TEST(a_call_is_ended_by_whoever_has_it),
		TEST(what_is_looked_for_is_looked_for_at_both),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
