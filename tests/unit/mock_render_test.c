#include "support/unit.h"

#include "unit/mock_world.h"

static struct http_header
no_authorization(void)
{
	return (struct http_header){ STR(""), STR("") };
}

static const struct json *
parsed(struct http_answer answer, int status)
{
	const struct json *json;
	struct str reason;

	if (answer.status != status)
		fail_msg("%d: %.*s", answer.status, STR_ARG(answer.body));
	assert_true(json_parse(world_arena, answer.body, &json, &reason));
	return json;
}

/* A token of the client ${id}. */
static struct http_header
token_of(const char *id, const char *secret)
{
	const struct json *answer =
	    parsed(mock_send("POST", "/oauth/token",
		       arena_printf(world_arena,
			   "grant_type=client_credentials&client_id=%s&client_secret=%s%c", id,
			   secret, '\0')
			   .ptr,
		       no_authorization()),
		200);

	assert_int_equal(json_int_or(answer, STR("expires_in"), 0), 900);
	assert_text(json_text_or(answer, STR("token_type"), STR("")), "Bearer");
	return (struct http_header){ STR("Authorization"),
		arena_printf(world_arena, "Bearer %.*s",
		    STR_ARG(json_text_or(answer, STR("access_token"), STR("")))) };
}

static const char subsector[] =
    "{\"project\":\"P\",\"name\":\"ECO 1\",\"external_reference\":\"R\",\"description\":\"d\","
    "\"geometry\":{\"type\":\"Point\",\"coordinates\":[-97.74,30.27]}}";
static const char task[] = "{\"name\":\"Investigate\",\"type\":\"INVESTIGATION\","
			   "\"external_reference\":\"R\",\"description\":\"d\","
			   "\"geometry\":{\"type\":\"Point\",\"coordinates\":[-97.74,30.27]}}";

/* Create the subsector and its task; the path of its tasks. */
static const char *
create_work(struct http_header token)
{
	const struct json *answer =
	    parsed(mock_send("POST", "/v1/subsectors", subsector, token), 201);
	const char *path = arena_printf(world_arena, "/v1/subsectors/%.*s/tasks%c",
	    STR_ARG(json_text_or(answer, STR("id"), STR(""))), '\0')
			       .ptr;

	parsed(mock_send("POST", path, task, token), 201);
	return path;
}

/* The tasks, by status: "Investigate: In Progress, repair: Not Started". */
static struct str
tasks_at(const char *path, struct http_header token)
{
	const struct json *items =
	    json_find(parsed(mock_send("GET", path, "", token), 200), STR("items"));
	struct buf buf = buf_in(world_arena, 1024);

	for (size_t i = 0; i < items->list.count; i++)
		buf_printf(&buf, "%s%.*s: %.*s", i == 0 ? "" : ", ",
		    STR_ARG(json_text_or(&items->list.items[i], STR("name"), STR(""))),
		    STR_ARG(json_text_or(&items->list.items[i], STR("status"), STR(""))));
	return buf_view(&buf);
}

static int
end(void **state)
{
	(void)state;
	world_end();
	return 0;
}

static void
nobody_enters_without_a_token(void **state)
{
	struct http_header wrong = { STR("Authorization"), STR("Bearer 1234") };

	(void)state;
	world_begin("scenario \"A\"");
	parsed(mock_send("POST", "/oauth/token",
		   "grant_type=client_credentials&client_id=bayou&client_secret=no",
		   no_authorization()),
	    401);
	assert_contains(
	    arena_copy_z(world_arena,
		mock_send("GET", "/v1/subsectors?project=P&external_reference=R", "", wrong).body),
	    "token_invalid");
}

static void
a_subsector_is_created_once_and_found_by_its_reference(void **state)
{
	const struct json *answer, *error;
	struct http_header token;

	(void)state;
	world_begin("scenario \"A\"");
	token = token_of("hill-country", "secret-1");
	answer = parsed(
	    mock_send("GET", "/v1/subsectors?project=P&external_reference=R", "", token), 200);
	assert_int_equal(json_find(answer, STR("items"))->list.count, 0);
	answer = parsed(mock_send("POST", "/v1/subsectors", subsector, token), 201);
	error = json_find(
	    parsed(mock_send("POST", "/v1/subsectors", subsector, token), 409), STR("error"));
	assert_text(json_text_or(error, STR("code"), STR("")), "duplicate_external_reference");
	assert_true(str_equal(
	    json_text_or(error, STR("id"), STR("1")), json_text_or(answer, STR("id"), STR("2"))));
	answer = parsed(
	    mock_send("GET", "/v1/subsectors?project=P&external_reference=R", "", token), 200);
	assert_int_equal(json_find(answer, STR("items"))->list.count, 1);
}

static void
a_body_that_breaks_a_rule_is_refused_by_its_field(void **state)
{
	struct http_header token;
	const struct json *error;

	(void)state;
	world_begin("scenario \"A\"");
	token = token_of("hill-country", "secret-1");
	error = json_find(
	    parsed(mock_send("POST", "/v1/subsectors", "{\"project\":\"P\",\"name\":\" \"}", token),
		422),
	    STR("error"));
	assert_text(json_text_or(error, STR("field"), STR("")), "name");
	error =
	    json_find(parsed(mock_send("POST", "/v1/subsectors",
				 "{\"project\":\"P\",\"name\":\"N\",\"external_reference\":\"R\","
				 "\"geometry\":{\"type\":\"Point\",\"coordinates\":[30,97]}}",
				 token),
			  422),
		STR("error"));
	assert_text(json_text_or(error, STR("field"), STR("")), "geometry");
	parsed(mock_send("POST", "/v1/subsectors", "{", token), 400);
}

static void
one_contractor_does_not_see_the_other_s_work(void **state)
{
	const char *path;

	(void)state;
	world_begin("scenario \"A\"");
	path = create_work(token_of("hill-country", "secret-1"));
	parsed(mock_send("GET", path, "", token_of("bayou", "secret-2")), 404);
	parsed(mock_send("POST", "/v1/subsectors", subsector, token_of("bayou", "secret-2")), 201);
}

static void
tasks_move_as_the_scenario_says(void **state)
{
	struct http_header token;
	const char *path;

	(void)state;
	world_begin("scenario \"A\"\n"
		    "task investigation: starts after 40m, completes after 2h, reopens after 3h\n"
		    "task repair: clone of investigation after 2h10m, starts after 4h\n");
	token = token_of("hill-country", "secret-1");
	path = create_work(token);
	assert_text(tasks_at(path, token), "Investigate: Not Started");
	world_run(MINUTES(41));
	world_settle();
	assert_text(tasks_at(path, token), "Investigate: In Progress");
	world_run(MINUTES(80));
	world_settle();
	assert_text(tasks_at(path, token), "Investigate: Completed");
	world_run(MINUTES(10));
	world_settle();
	assert_text(tasks_at(path, token), "Investigate: Completed, repair: Not Started");
	world_run(HOURS(2));
	world_settle();
	assert_text(tasks_at(path, token), "Investigate: In Progress, repair: In Progress");
}

static void
a_clone_says_where_it_comes_from(void **state)
{
	struct http_header token;
	const struct json *items;
	const char *path;

	(void)state;
	world_begin("scenario \"A\"\n"
		    "task investigation: starts after 1m\n"
		    "task repair: clone of investigation after 2m\n");
	token = token_of("hill-country", "secret-1");
	path = create_work(token);
	world_run(MINUTES(3));
	items = json_find(parsed(mock_send("GET", path, "", token), 200), STR("items"));
	assert_int_equal(items->list.count, 2);
	assert_true(str_equal(json_text_or(&items->list.items[0], STR("id"), STR("1")),
	    json_text_or(&items->list.items[1], STR("cloned_from"), STR("2"))));
	assert_text(json_text_or(&items->list.items[0], STR("external_reference"), STR("")), "R");
	assert_int_equal(
	    json_find(&items->list.items[1], STR("external_reference"))->type, JSON_NULL_VALUE);
}

static void
tasks_come_in_pages(void **state)
{
	struct http_header token;
	const struct json *page;
	struct str path;

	(void)state;
	world_begin("scenario \"A\"\n"
		    "task a: appears after 1m\ntask b: appears after 1m\n");
	token = token_of("hill-country", "secret-1");
	path = str_from_z(create_work(token));
	world_run(MINUTES(2));
	page = parsed(
	    mock_send("GET", arena_printf(world_arena, "%.*s?limit=2%c", STR_ARG(path), '\0').ptr,
		"", token),
	    200);
	assert_int_equal(json_find(page, STR("items"))->list.count, 2);
	page = parsed(mock_send("GET",
			  arena_printf(world_arena, "%.*s?limit=2&cursor=%.*s%c", STR_ARG(path),
			      STR_ARG(json_text_or(page, STR("next_cursor"), STR(""))), '\0')
			      .ptr,
			  "", token),
	    200);
	assert_int_equal(json_find(page, STR("items"))->list.count, 1);
	assert_int_equal(json_find(page, STR("next_cursor"))->type, JSON_NULL_VALUE);
}

static void
an_outage_counts_from_the_first_request(void **state)
{
	struct http_answer answer;

	(void)state;
	world_begin("scenario \"A\"\n"
		    "render down from 0s until 3m\n"
		    "render busy from 3m until 4m\n"
		    "render garbled from 4m until 5m\n");
	world_run(HOURS(1));
	assert_int_equal(mock_send("POST", "/oauth/token", "", no_authorization()).status, 503);
	world_run(MINUTES(3));
	answer = mock_send("POST", "/oauth/token", "", no_authorization());
	assert_int_equal(answer.status, 429);
	assert_text(
	    http_header_find(answer.headers, answer.header_count, STR("Retry-After")), "30");
	world_run(MINUTES(1));
	answer = mock_send("POST", "/oauth/token", "", no_authorization());
	assert_int_equal(answer.status, 200);
	assert_text(answer.body, "{\"items\":[{\"id\":");
	world_run(MINUTES(1));
	(void)token_of("bayou", "secret-2");
	assert_int_equal(journal_count("render"), 4);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(nobody_enters_without_a_token, end),
		cmocka_unit_test_teardown(
		    a_subsector_is_created_once_and_found_by_its_reference, end),
		cmocka_unit_test_teardown(a_body_that_breaks_a_rule_is_refused_by_its_field, end),
		cmocka_unit_test_teardown(one_contractor_does_not_see_the_other_s_work, end),
		cmocka_unit_test_teardown(tasks_move_as_the_scenario_says, end),
		cmocka_unit_test_teardown(a_clone_says_where_it_comes_from, end),
		cmocka_unit_test_teardown(tasks_come_in_pages, end),
		cmocka_unit_test_teardown(an_outage_counts_from_the_first_request, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
