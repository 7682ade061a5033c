#include <pthread.h>
#include <stdlib.h>

#include "support/api_world.h"

/*
 * Who has written may wait until the board shows it: the argument sees.
 *
 * usage: api_visible_test mem|pg
 */

#define UNKNOWN   "0198c5b2-7d5e-7c3a-9a41-5f0e8a7b1c2d"
#define TRIES_MAX 20

/* The board, once it shows version ${version} of ${eco}. */
static const char *
board_with(const char *eco, int64_t version)
{
	return print("{ecos(first:100,sees:[{eco:\"%s\",version:%lld}]){edges{node{id version}}}}",
	    eco, (long long)version);
}

static const char *
body_of(const char *query)
{
	struct buf buf = buf_in(arena, 1024 + 2 * strlen(query));
	struct json_writer writer = json_writer(&buf);

	json_begin_map(&writer);
	json_member_text(&writer, STR("query"), str_from_z(query));
	json_end_map(&writer);
	return arena_copy_z(arena, buf_view(&buf));
}

static bool
has_failed(const struct json *answer)
{
	return json_find(answer, STR("errors")) != NULL;
}

static void
assert_failed(const struct json *answer, const char *code, const char *message)
{
	assert_text_at(answer, "errors.0.extensions.code", code);
	assert_contains(text_at(answer, "errors.0.message"), message);
}

/* The version of ${eco} on the board of ${answer}; 0: it is not there. */
static int64_t
version_on(const struct json *answer, const char *eco)
{
	const struct json *edges = at(answer, "data.ecos.edges");

	for (size_t i = 0; i < edges->list.count; i++) {
		const struct json *node = at(&edges->list.items[i], "node");

		if (strcmp(text_at(node, "id"), eco) == 0)
			return int_at(node, "version");
	}
	return 0;
}

static void
what_a_mutation_answered_is_on_the_board_that_sees_it(void **state)
{
	(void)state;
	for (int i = 0; i < 25; i++) {
		const struct json *result = create((struct create){ .job_type = "CMR" });
		const char *eco = text_at(result, "eco.id");
		int64_t version = int_at(result, "eco.version");
		const struct json *answer = ask(OPERATOR, board_with(eco, version), "null");

		assert_false(has_failed(answer));
		assert_true(version_on(answer, eco) >= version);
	}
}

static void
a_note_just_written_is_in_the_version_that_the_board_shows(void **state)
{
	const char *eco = created((struct create){ 0 });

	(void)state;
	for (int i = 0; i < 10; i++) {
		const struct json *result = command(DISPATCHER, "addNote", NULL,
		    print("\"ecoId\":\"%s\",\"text\":\"note %d\"", eco, i));
		int64_t version = int_at(result, "eco.version");

		assert_true(
		    version_on(ask(DISPATCHER, board_with(eco, version), "null"), eco) >= version);
	}
}

struct waiter {
	pthread_t thread;
	struct arena *arena;
	const char *body;
	struct http_answer answer;
	struct err *err;
};

static void *
ask_once(void *context)
{
	static const struct http_header headers[] = {
		{ STR("Content-Type"), STR("application/json") },
		{ STR("Strike-Development-Identity"), STR(OPERATOR) },
	};
	struct waiter *waiter = context;

	waiter->err = http_client_send(server.client, waiter->arena,
	    &(struct http_call){
		.method = "POST",
		.url = arena_printf(waiter->arena, "%.*s/graphql", STR_ARG(server.server_url)),
		.headers = headers,
		.header_count = COUNT_OF(headers),
		.body = str_from_z(waiter->body),
		.timeout = SECONDS(30),
	    },
	    &waiter->answer);
	return NULL;
}

/*
 * While nobody keeps the board, the answer is held back; as soon as somebody does, it
 * comes.  On a busy day that may be too late for one patience: then the client
 * tries again, as it is told to.
 */
static void
an_answer_is_held_back_until_the_board_shows_the_write(void **state)
{
	struct waiter waiter = { .arena = arena_create(8u << 20) };
	const struct json *result, *answer;
	const char *eco;

	(void)state;
	server_world_settle(&server);
	server_world_rest(&server);
	result = create((struct create){ 0 });
	eco = text_at(result, "eco.id");
	assert_int_equal(
	    version_on(ask(OPERATOR, "{ecos(first:100){edges{node{id version}}}}", "null"), eco),
	    0);
	waiter.body = body_of(board_with(eco, int_at(result, "eco.version")));
	assert_int_equal(pthread_create(&waiter.thread, NULL, ask_once, &waiter), 0);
	server_world_work(&server);
	assert_int_equal(pthread_join(waiter.thread, NULL), 0);
	assert_no_fault(waiter.err);
	answer = json_of(&waiter.answer, 200);
	for (int i = 0; has_failed(answer) && i < TRIES_MAX; i++) {
		assert_failed(answer, "NOT_VISIBLE_YET", eco);
		answer = ask(OPERATOR, board_with(eco, 1), "null");
	}
	assert_true(version_on(answer, eco) >= 1);
	arena_destroy(waiter.arena);
}

static void
a_write_that_nobody_projects_ends_with_an_error_that_names_it(void **state)
{
	const struct json *result, *answer;
	const char *eco;

	(void)state;
	server_world_settle(&server);
	server_world_rest(&server);
	result = create((struct create){ 0 });
	eco = text_at(result, "eco.id");
	answer = ask(OPERATOR, board_with(eco, 1), "null");
	server_world_work(&server);
	assert_failed(answer, "NOT_VISIBLE_YET", print("version 1 of ECO %s", eco));
	assert_contains(text_at(answer, "errors.0.message"), "try again");
	server_world_settle(&server);
	assert_true(version_on(ask(OPERATOR, board_with(eco, 1), "null"), eco) >= 1);
}

static void
an_eco_is_found_by_its_number_as_soon_as_sees_says_so(void **state)
{
	(void)state;
	for (int i = 0; i < 10; i++) {
		const struct json *result = create((struct create){ .job_type = "FNOL" });
		const char *eco = text_at(result, "eco.id");

		assert_text_at(ask(DISPATCHER,
				   print("{ecoByJobNumber(jobNumber:\"%s\",sees:[{eco:\"%s\","
					 "version:1}]){id}}",
				       text_at(result, "eco.jobNumber"), eco),
				   "null"),
		    "data.ecoByJobNumber.id", eco);
	}
}

/* The message of a wait in vain for version ${version} of ${eco}. */
static const char *
in_vain(const char *identity, const char *eco, int64_t version)
{
	const struct json *answer = ask(identity,
	    print("{eco(id:\"%s\",sees:[{eco:\"%s\",version:%lld}]){id}}", eco, eco,
		(long long)version),
	    "null");

	assert_null_at(answer, "data.eco");
	assert_text_at(answer, "errors.0.extensions.code", "NOT_VISIBLE_YET");
	return text_at(answer, "errors.0.message");
}

static void
a_revision_that_never_comes_and_one_that_is_not_yours_are_one_answer(void **state)
{
	const char *eco = created((struct create){ 0 });
	const char *of_stranger = in_vain(OTHER_OPERATOR, eco, 1);
	const char *of_nothing = in_vain(OTHER_OPERATOR, UNKNOWN, 1);
	const char *of_future = in_vain(OPERATOR, eco, 1000);

	(void)state;
	assert_contains(of_stranger, print("version 1 of ECO %s", eco));
	assert_contains(of_nothing, "version 1 of ECO " UNKNOWN);
	assert_contains(of_future, print("version 1000 of ECO %s", eco));
	/* The same text, but for what was asked. */
	assert_int_equal(strlen(of_stranger), strlen(of_nothing));
	assert_string_equal(strstr(of_stranger, "; "), strstr(of_nothing, "; "));
	assert_contains(of_nothing, "try again");
}

static void
only_what_is_missing_is_named(void **state)
{
	const char *eco = created((struct create){ 0 });
	const struct json *answer = ask(OPERATOR,
	    print("{ecos(sees:[{eco:\"%s\",version:1},{eco:\"%s\",version:3}]){edges{cursor}}}",
		eco, UNKNOWN),
	    "null");

	(void)state;
	assert_failed(answer, "NOT_VISIBLE_YET", "version 3 of ECO " UNKNOWN);
	assert_lacks(text_at(answer, "errors.0.message"), eco);
}

static void
what_is_no_revision_is_refused_at_once(void **state)
{
	const char *many = "";

	(void)state;
	for (int i = 0; i < 21; i++)
		many = print("%s{eco:\"" UNKNOWN "\",version:1}", many);
	assert_failed(ask(OPERATOR, print("{ecos(sees:[%s]){edges{cursor}}}", many), "null"),
	    "BAD_USER_INPUT", "at most 20");
	assert_failed(
	    ask(OPERATOR, "{ecos(sees:[{eco:\"HC-MFR-1\",version:1}]){edges{cursor}}}", "null"),
	    "BAD_USER_INPUT", "an ECO's id and a version from 1");
	assert_failed(
	    ask(OPERATOR, "{ecos(sees:[{eco:\"" UNKNOWN "\",version:0}]){edges{cursor}}}", "null"),
	    "BAD_USER_INPUT", "an ECO's id and a version from 1");
	assert_false(has_failed(ask(OPERATOR, "{ecos(sees:[]){edges{cursor}}}", "null")));
	assert_false(has_failed(ask(OPERATOR, "{ecos(sees:null){edges{cursor}}}", "null")));
}

/* The server has three workers, so one may wait; who does not wait is answered beside it. */
static void
those_who_wait_leave_workers_for_the_others(void **state)
{
	static const struct http_header headers[] = {
		{ STR("Content-Type"), STR("application/json") },
		{ STR("Strike-Development-Identity"), STR(OPERATOR) },
	};
	struct http_call calls[5];
	struct http_answer answers[COUNT_OF(calls)];
	size_t waited = 0, busy = 0;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(calls); i++)
		calls[i] = (struct http_call){
			.method = "POST",
			.url = arena_printf(arena, "%.*s/graphql", STR_ARG(server.server_url)),
			.headers = headers,
			.header_count = COUNT_OF(headers),
			.body = str_from_z(
			    body_of(i == 0 ? "{viewer{role}}" : board_with(UNKNOWN, (int64_t)i))),
			.timeout = SECONDS(30),
		};
	request_at_once(calls, COUNT_OF(calls), answers);
	assert_text_at(json_of(&answers[0], 200), "data.viewer.role", "operator");
	for (size_t i = 1; i < COUNT_OF(calls); i++) {
		const char *code = text_at(json_of(&answers[i], 200), "errors.0.extensions.code");

		waited += strcmp(code, "NOT_VISIBLE_YET") == 0;
		busy += strcmp(code, "BUSY") == 0;
	}
	assert_true(waited >= 1);
	assert_true(busy >= 1);
	assert_int_equal(waited + busy, COUNT_OF(calls) - 1);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		API_TEST(what_a_mutation_answered_is_on_the_board_that_sees_it),
		API_TEST(a_note_just_written_is_in_the_version_that_the_board_shows),
		API_TEST(an_answer_is_held_back_until_the_board_shows_the_write),
		API_TEST(a_write_that_nobody_projects_ends_with_an_error_that_names_it),
		API_TEST(an_eco_is_found_by_its_number_as_soon_as_sees_says_so),
		API_TEST(a_revision_that_never_comes_and_one_that_is_not_yours_are_one_answer),
		API_TEST(only_what_is_missing_is_named),
		API_TEST(what_is_no_revision_is_refused_at_once),
		API_TEST(those_who_wait_leave_workers_for_the_others),
	};

	store_factory_choose(argc > 1 ? argv[1] : "mem");
	return cmocka_run_group_tests_name("api_visible", tests, api_world_begin, api_world_end);
}
