#include "support/spec.h"

static const struct geo_point pole = { -97.7431, 30.2672 };
static struct pager_list on_call;
static char long_text[3 * ECO_DESCRIPTION_CHARS_MAX + 8];

static struct eco_command
create(void)
{
	on_call = spec_plan(1);
	return (struct eco_command){ .type = ECO_CREATE,
		.create = { .noc = { { 1 } },
		    .osp = { { 2 } },
		    .has_agreement = true,
		    .agreement = { { 3 } },
		    .terms = spec_terms,
		    .noc_duty_phone = STR("+15125550199"),
		    .location = { GEO_POINT, &pole, 1 },
		    .job_type = JOB_TYPE_FNOL,
		    .description = STR("Loss of light"),
		    .job_number = STR("HC-FNOL-00001-0"),
		    .pager_list = &on_call } };
}

static struct eco_command
reopen(struct str reason)
{
	return (struct eco_command){ .type = ECO_REOPEN, .reopen.reason = reason };
}

static struct eco_command
cancel(struct str reason)
{
	return (struct eco_command){ .type = ECO_CANCEL, .cancel.reason = reason };
}

static struct eco_command
note(struct str text)
{
	return (struct eco_command){ .type = ECO_ADD_NOTE,
		.add_note = { .note = { { 9 } },
		    .side = SIDE_OSP,
		    .visibility = NOTE_OWN_SIDE,
		    .text = text } };
}

static const struct eco_command close_it = { .type = ECO_CLOSE };

/* ${characters} euro signs: three bytes each. */
static struct str
text_of(size_t characters)
{
	for (size_t i = 0; i < characters; i++)
		memcpy(long_text + 3 * i, "\u20ac", 3);
	return (struct str){ long_text, 3 * characters };
}

static void
given_in(enum eco_status status)
{
	given_a_callout(1);
	if (status == ECO_STATUS_IN_PROGRESS)
		given((struct eco_event){ .type = ECO_EVENT_WORK_STARTED });
	if (status == ECO_STATUS_COMPLETED)
		given((struct eco_event){ .type = ECO_EVENT_STATUS_COMPLETED });
	if (status == ECO_STATUS_CLOSED)
		given((struct eco_event){ .type = ECO_EVENT_CLOSED });
	if (status == ECO_STATUS_CANCELLED)
		given((struct eco_event){ .type = ECO_EVENT_CANCELLED });
	assert_int_equal(world.callout.eco.status, status);
}

/* In ${status}, ${command} is refused so. */
static void
check_refused_in(enum eco_status status, const struct eco_command *command, enum refusal_code code,
    const char *message)
{
	given_in(status);
	when_commanded(command);
	then_refused(code, "", message);
	assert_int_equal(world.callout.eco.status, status);
}

static void
creation_records_the_whole_initial_state_in_one_event(void **state)
{
	struct eco_command command = create();
	const struct eco_created *created;

	(void)state;
	given_nothing();
	when_commanded(&command);
	then_accepted_command();
	then_events(1);
	created = &then_happened(ECO_EVENT_CREATED)->created;
	assert_true(uuid_equal(created->noc, command.create.noc));
	assert_true(uuid_equal(created->osp, command.create.osp));
	assert_true(uuid_equal(created->agreement, command.create.agreement));
	assert_true(str_equal(created->job_number, STR("HC-FNOL-00001-0")));
	assert_int_equal(created->job_type, JOB_TYPE_FNOL);
	assert_true(str_equal(created->description, STR("Loss of light")));
	assert_int_equal(created->terms.grace_s, spec_terms.grace_s);
	assert_true(str_equal(created->noc_duty_phone, STR("+15125550199")));
	assert_int_equal(world.callout.eco.status, ECO_STATUS_OPEN);
	assert_int_equal(world.callout.eco.created_at.us, world.now.us);
}

static void
an_eco_is_created_once(void **state)
{
	struct eco_command command = create();

	(void)state;
	given_a_callout(1);
	when_commanded(&command);
	then_refused(REFUSAL_ECO_EXISTS, "", "this ECO exists already");
}

static void
a_description_is_neither_blank_nor_too_long(void **state)
{
	struct eco_command command = create();

	(void)state;
	given_nothing();
	command.create.description = STR(" \t\r\n");
	when_commanded(&command);
	then_refused(REFUSAL_DESCRIPTION_BLANK, "description", "description is blank");
	command.create.description = text_of(4001);
	when_commanded(&command);
	then_refused(REFUSAL_DESCRIPTION_TOO_LONG, "description",
	    "description has 4001 characters, at most 4000 are allowed");
	command.create.description = text_of(4000);
	when_commanded(&command);
	then_accepted_command();
}

static void
without_an_agreement_or_somebody_to_ring_there_is_no_eco(void **state)
{
	struct eco_command command = create();

	(void)state;
	given_nothing();
	command.create.has_agreement = false;
	when_commanded(&command);
	then_refused(REFUSAL_NO_AGREEMENT, "osp",
	    "no agreement between your organisation and this OSP is in force");
	command = create();
	command.create.pager_list = NULL;
	when_commanded(&command);
	then_refused(REFUSAL_NO_PAGER_LIST, "location",
	    "no region of this OSP covers the location and the agreement has no default list");
	command = create();
	on_call.people[0].skip = ROSTER_SKIP_OFF_SHIFT;
	when_commanded(&command);
	then_refused(REFUSAL_NOBODY_TO_RING, "location",
	    "nobody on the pager list that covers the location can be rung");
}

static void
a_place_that_is_none_is_refused_by_its_coordinate(void **state)
{
	const struct geo_point nowhere = { 30.2672, -97.7431 };
	struct eco_command command = create();

	(void)state;
	given_nothing();
	command.create.location.points = &nowhere;
	when_commanded(&command);
	then_refused(REFUSAL_LOCATION_INVALID, "location.coordinates[1]",
	    "location.coordinates[1] is -97.7431: latitude must be within \u00b190; "
	    "are longitude and latitude swapped?");
}

static void
there_must_be_an_eco_for_anything_but_creation(void **state)
{
	const struct eco_command commands[] = { note(STR("x")), close_it, reopen(STR("x")),
		cancel(STR("x")) };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(commands); i++) {
		given_nothing();
		when_commanded(&commands[i]);
		then_refused(REFUSAL_ECO_UNKNOWN, "id", "there is no such ECO");
	}
}

static void
a_command_that_was_decided_on_an_old_version_is_refused(void **state)
{
	struct eco_command command = note(STR("Gate code 4711"));

	(void)state;
	given_a_callout(1);
	given((struct eco_event){ .type = ECO_EVENT_WORK_STARTED });
	command.has_version = true;
	command.version = 1;
	when_commanded(&command);
	then_refused(REFUSAL_VERSION_STALE, "version",
	    "the ECO stands at version 2, the command was decided on 1");
	command.version = 2;
	when_commanded(&command);
	then_accepted_command();
}

static void
a_note_keeps_its_side_and_visibility_and_may_come_at_any_time(void **state)
{
	static const enum eco_status statuses[] = { ECO_STATUS_OPEN, ECO_STATUS_IN_PROGRESS,
		ECO_STATUS_COMPLETED, ECO_STATUS_CLOSED, ECO_STATUS_CANCELLED };
	const struct eco_command command = note(STR("Gate code 4711"));

	(void)state;
	for (size_t i = 0; i < COUNT_OF(statuses); i++) {
		const struct eco_note_added *added;

		given_in(statuses[i]);
		when_commanded(&command);
		added = &then_happened(ECO_EVENT_NOTE_ADDED)->note_added;
		assert_int_equal(added->side, SIDE_OSP);
		assert_int_equal(added->visibility, NOTE_OWN_SIDE);
		assert_true(str_equal(added->text, STR("Gate code 4711")));
		assert_int_equal(world.callout.eco.status, statuses[i]);
	}
}

static void
a_note_is_neither_blank_nor_too_long(void **state)
{
	struct eco_command command = note(STR(""));

	(void)state;
	given_a_callout(1);
	when_commanded(&command);
	then_refused(REFUSAL_NOTE_BLANK, "text", "text is blank");
	command = note(text_of(4001));
	when_commanded(&command);
	then_refused(
	    REFUSAL_NOTE_TOO_LONG, "text", "text has 4001 characters, at most 4000 are allowed");
}

static void
the_noc_may_confirm_a_completion_early(void **state)
{
	(void)state;
	given_in(ECO_STATUS_COMPLETED);
	when_commanded(&close_it);
	assert_int_equal(then_happened(ECO_EVENT_CLOSED)->closed.cause, CLOSE_CAUSE_NOC_CONFIRMED);
	then_timer_cleared(TIMER_GRACE);
	then_timer_cleared(TIMER_POLL);
	assert_int_equal(world.callout.eco.status, ECO_STATUS_CLOSED);
	assert_false(world.callout.eco.has_grace);
}

static void
the_noc_may_reject_a_completion_with_a_reason(void **state)
{
	const struct eco_command command = reopen(STR("Still dark at the hub"));
	const struct eco_event *again;

	(void)state;
	given_in(ECO_STATUS_COMPLETED);
	when_commanded(&command);
	again = then_happened(ECO_EVENT_REACTIVATED);
	assert_int_equal(again->reactivated.cause, REACTIVATION_NOC_REJECTED);
	assert_true(str_equal(again->reactivated.reason, STR("Still dark at the hub")));
	then_timer_cleared(TIMER_GRACE);
	then_timer(TIMER_POLL, SECONDS(0));
	assert_int_equal(world.callout.eco.status, ECO_STATUS_IN_PROGRESS);
}

static void
the_noc_may_withdraw_an_eco_while_it_is_not_complete(void **state)
{
	static const enum eco_status statuses[] = { ECO_STATUS_OPEN, ECO_STATUS_IN_PROGRESS };
	const struct eco_command command = cancel(STR("A false alarm"));

	(void)state;
	for (size_t i = 0; i < COUNT_OF(statuses); i++) {
		given_in(statuses[i]);
		when_commanded(&command);
		assert_true(str_equal(
		    then_happened(ECO_EVENT_CANCELLED)->cancelled.reason, STR("A false alarm")));
		then_timer_cleared(TIMER_POLL);
		then_timer_cleared(TIMER_TASKING);
		assert_int_equal(world.callout.eco.status, ECO_STATUS_CANCELLED);
	}
}

static void
reopening_and_cancelling_want_a_reason(void **state)
{
	struct eco_command command = reopen(STR(" "));

	(void)state;
	given_in(ECO_STATUS_COMPLETED);
	when_commanded(&command);
	then_refused(REFUSAL_REASON_BLANK, "reason", "reason is blank");
	command = reopen(text_of(1001));
	when_commanded(&command);
	then_refused(REFUSAL_REASON_TOO_LONG, "reason",
	    "reason has 1001 characters, at most 1000 are allowed");
	given_a_callout(1);
	command = cancel(STR(""));
	when_commanded(&command);
	then_refused(REFUSAL_REASON_BLANK, "reason", "reason is blank");
	command = cancel(text_of(1001));
	when_commanded(&command);
	then_refused(REFUSAL_REASON_TOO_LONG, "reason",
	    "reason has 1001 characters, at most 1000 are allowed");
}

static void
what_is_not_reported_complete_is_neither_confirmed_nor_rejected(void **state)
{
	const struct eco_command again = reopen(STR("x"));

	(void)state;
	check_refused_in(ECO_STATUS_OPEN, &close_it, REFUSAL_ECO_NOT_COMPLETED,
	    "this ECO is open: only one whose work is reported complete can be closed");
	check_refused_in(ECO_STATUS_IN_PROGRESS, &close_it, REFUSAL_ECO_NOT_COMPLETED,
	    "this ECO is in progress: only one whose work is reported complete can be closed");
	check_refused_in(ECO_STATUS_IN_PROGRESS, &again, REFUSAL_ECO_NOT_COMPLETED,
	    "this ECO is in progress: only one whose work is reported complete can be reopened");
}

static void
what_is_reported_complete_is_not_cancelled(void **state)
{
	const struct eco_command away = cancel(STR("x"));

	(void)state;
	check_refused_in(ECO_STATUS_COMPLETED, &away, REFUSAL_ECO_ALREADY_COMPLETED,
	    "the work is reported complete: close or reopen the ECO instead");
}

static void
what_is_over_stays_over(void **state)
{
	const struct eco_command commands[] = { close_it, reopen(STR("x")), cancel(STR("x")) };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(commands); i++) {
		check_refused_in(
		    ECO_STATUS_CLOSED, &commands[i], REFUSAL_ECO_CLOSED, "this ECO is closed");
		check_refused_in(ECO_STATUS_CANCELLED, &commands[i], REFUSAL_ECO_CANCELLED,
		    "this ECO is cancelled");
	}
}

static void
an_acceptance_alone_does_not_begin_the_work(void **state)
{
	(void)state;
	given_a_callout(1);
	given((struct eco_event){
	    .type = ECO_EVENT_PAGE_ACCEPTED, .page_accepted = { .attempt = 1, .contact = 1 } });
	assert_int_equal(world.callout.eco.status, ECO_STATUS_OPEN);
}

static void
every_refusal_has_a_name_and_a_rule(void **state)
{
	(void)state;
#define REFUSAL(name, rule)                                                    \
	assert_true(str_equal(refusal_code_name(REFUSAL_##name), STR(#name))); \
	assert_true(str_equal(refusal_rule(REFUSAL_##name), STR(rule)));       \
	assert_true(refusal_rule(REFUSAL_##name).ptr[refusal_rule(REFUSAL_##name).len - 1] == '.');
#include "domain/refusal/refusals.def"
#undef REFUSAL
}

static void
a_refusal_that_is_too_long_is_cut_between_characters(void **state)
{
	struct refusal refusal;

	(void)state;
	assert_false(refuse(&refusal, REFUSAL_NOTE_BLANK, "text", "x%.*s",
	    STR_ARG(text_of(REFUSAL_MESSAGE_BYTES_MAX))));
	assert_true(refusal.message_length < REFUSAL_MESSAGE_BYTES_MAX);
	assert_true(refusal.message_length > REFUSAL_MESSAGE_BYTES_MAX - 8);
	assert_true(str_is_utf8(refusal_message(&refusal)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(creation_records_the_whole_initial_state_in_one_event),
		cmocka_unit_test(an_eco_is_created_once),
		cmocka_unit_test(a_description_is_neither_blank_nor_too_long),
		cmocka_unit_test(without_an_agreement_or_somebody_to_ring_there_is_no_eco),
		cmocka_unit_test(a_place_that_is_none_is_refused_by_its_coordinate),
		cmocka_unit_test(there_must_be_an_eco_for_anything_but_creation),
		cmocka_unit_test(a_command_that_was_decided_on_an_old_version_is_refused),
		cmocka_unit_test(a_note_keeps_its_side_and_visibility_and_may_come_at_any_time),
		cmocka_unit_test(a_note_is_neither_blank_nor_too_long),
		cmocka_unit_test(the_noc_may_confirm_a_completion_early),
		cmocka_unit_test(the_noc_may_reject_a_completion_with_a_reason),
		cmocka_unit_test(the_noc_may_withdraw_an_eco_while_it_is_not_complete),
		cmocka_unit_test(reopening_and_cancelling_want_a_reason),
		cmocka_unit_test(what_is_not_reported_complete_is_neither_confirmed_nor_rejected),
		cmocka_unit_test(what_is_reported_complete_is_not_cancelled),
		cmocka_unit_test(what_is_over_stays_over),
		cmocka_unit_test(an_acceptance_alone_does_not_begin_the_work),
		cmocka_unit_test(every_refusal_has_a_name_and_a_rule),
		cmocka_unit_test(a_refusal_that_is_too_long_is_cut_between_characters),
	};

	return cmocka_run_group_tests_name("eco", tests, NULL, NULL);
}
