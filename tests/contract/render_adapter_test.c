#include "support/unit.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "integration/render/render.h"
#include "integration/render/render_answer.h"
#include "support/scripted_peer.h"

#define SECRET "hush&hush"

/* Parts of scripts. */
#define GRANT(token)                                                                      \
	{                                                                                 \
		.request = "POST /oauth/token", .body = "client_id=north", .status = 200, \
		.answer = "{\"access_token\":\"" token                                    \
			  "\",\"token_type\":\"Bearer\",\"expires_in\":900}"              \
	}
#define FIND(what)                                                                   \
	{                                                                            \
		.request = "GET /v1/subsectors?project=P1&external_reference=eco-7", \
		.status = 200, .answer = what                                        \
	}
#define TASKS(what)                                                                  \
	{                                                                            \
		.request = "GET /v1/subsectors/sub_1/tasks?limit=50", .status = 200, \
		.answer = what                                                       \
	}
#define NEXT(cursor, what)                                                           \
	{                                                                            \
		.request = "GET /v1/subsectors/sub_1/tasks?limit=50&cursor=" cursor, \
		.status = 200, .answer = what                                        \
	}
#define PAGE(items, cursor) "{\"items\":[" items "],\"next_cursor\":\"" cursor "\"}"
#define LAST(items)         "{\"items\":[" items "],\"next_cursor\":null}"
#define NOTHING             "{\"items\":[],\"next_cursor\":null}"
#define TASK(id, status)    "{\"id\":\"" id "\",\"status\":\"" status "\"}"
#define SUBSECTOR \
	"{\"items\":[{\"id\":\"sub_1\",\"external_reference\":\"eco-7\"}],\"next_cursor\":null}"
#define OUR_TASK                                                                                \
	"{\"items\":[{\"id\":\"task_0\",\"external_reference\":null,\"status\":\"Completed\"}," \
	"{\"id\":\"task_1\",\"external_reference\":\"eco-7\",\"status\":\"Not Started\"}]}"

static const struct geo_point point = { -97.74, 30.27 };
static const struct geo_location location = { GEO_POINT, &point, 1 };

static struct arena *arena;
static struct http_client *client;
static struct config settings;
static struct peer *peer;
static struct fieldwork *fieldwork;

static struct fieldwork_tenant tenant;
static struct fieldwork_order order;
static struct fieldwork_trouble trouble;
static struct rendersync_task tasks[RENDERSYNC_TASKS_MAX];
static size_t task_count;
static struct str subsector, task;

static int
set_up(void **state)
{
	struct http_client_config config = {
		.allow_http = true,
		.connections_max = 8,
		.response_bytes_max = 262144,
	};

	(void)state;
	arena = arena_create(8 << 20);
	client = http_client_create(&config);
	settings = (struct config){ .secrets_dir = STR("/nonexistent") };
	assert_int_equal(setenv("STRIKE_SECRET_RENDER_NORTH", SECRET, 1), 0);
	tenant = (struct fieldwork_tenant){
		.client_id = STR("north"),
		.secret_ref = STR("render-north"),
		.project = STR("P1"),
	};
	order = (struct fieldwork_order){
		.reference = STR("eco-7"),
		.job_number = STR("CMR-0001"),
		.name = STR("CMR-0001 \"cut\""),
		.description = STR("Cable cut"),
		.location = &location,
	};
	trouble = (struct fieldwork_trouble){ .retry_after_s = 0 };
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	fieldwork_destroy(fieldwork);
	http_client_destroy(client);
	arena_destroy(arena);
	return 0;
}

static void
talk_to(struct str url, struct duration timeout)
{
	struct render_config config = {
		.client = client,
		.settings = &settings,
		.default_url = url,
		.timeout = timeout,
		.rules = { .visits_max = 16, .slow_visits_max = 16 },
	};

	fieldwork = render_create(&config);
}

static void
expect(const struct peer_exchange *script, size_t count)
{
	peer = peer_start(script, count);
	talk_to(peer_url(peer), SECONDS(10));
}

static bool
ensure(void)
{
	return fieldwork_ensure_task(
	    fieldwork, arena, &tenant, &order, &subsector, &task, &trouble);
}

static bool
read_all(void)
{
	return fieldwork_read_tasks(
	    fieldwork, arena, &tenant, STR("sub_1"), tasks, COUNT_OF(tasks), &task_count, &trouble);
}

/* The trouble must be ${fault}, speak of ${part}, and keep every secret. */
static void
assert_trouble(enum sync_fault fault, const char *part)
{
	char detail[1024];

	(void)snprintf(detail, sizeof(detail), "%.*s", STR_ARG(trouble.detail));
	assert_int_equal(trouble.fault, fault);
	assert_contains(detail, part);
	assert_lacks(detail, "hush");
	assert_lacks(detail, "tok_");
}

/* Read the tasks, where the request for them is answered so. */
static bool
read_answered(int status, const char *retry_after, const char *answer)
{
	static struct peer_exchange script[2];
	bool read;

	script[0] = (struct peer_exchange)GRANT("tok_1");
	script[1] = (struct peer_exchange){ .request = "GET /v1/subsectors/sub_1/tasks?limit=50",
		.status = status,
		.retry_after = retry_after,
		.answer = answer };
	expect(script, 2);
	read = read_all();
	peer_stop(peer);
	return read;
}

/* -- making sure that the work is there -- */

static void
a_new_order_gets_a_subsector_and_a_task(void **state)
{
	static const struct peer_exchange script[] = {
		GRANT("tok_1"),
		{ .request = "GET /v1/subsectors?project=P1&external_reference=eco-7",
		    .bearer = "tok_1",
		    .status = 200,
		    .answer = NOTHING },
		{ .request = "POST /v1/subsectors",
		    .bearer = "tok_1",
		    .body = "{\"project\":\"P1\",\"name\":\"CMR-0001 \\\"cut\\\"\","
			    "\"external_reference\":\"eco-7\",\"description\":\"Cable cut\","
			    "\"geometry\":{\"type\":\"Point\",\"coordinates\":[-97.74,30.27]}}",
		    .status = 201,
		    .answer = "{\"id\":\"sub_1\"}" },
		TASKS(NOTHING),
		{ .request = "POST /v1/subsectors/sub_1/tasks",
		    .body = "{\"type\":\"INVESTIGATION\",\"name\":",
		    .status = 201,
		    .answer = "{\"id\":\"task_1\"}" },
	};

	(void)state;
	expect(script, COUNT_OF(script));
	assert_true(ensure());
	assert_text(subsector, "sub_1");
	assert_text(task, "task_1");
	peer_stop(peer);
}

static void
what_an_earlier_try_made_is_found_and_not_made_again(void **state)
{
	static const struct peer_exchange script[] = { GRANT("tok_1"), FIND(SUBSECTOR),
		TASKS(OUR_TASK) };

	(void)state;
	expect(script, COUNT_OF(script));
	assert_true(ensure());
	assert_text(subsector, "sub_1");
	assert_text(task, "task_1");
	peer_stop(peer);
}

static void
after_a_lost_answer_the_next_try_finds_the_subsector(void **state)
{
	static const struct peer_exchange script[] = {
		GRANT("tok_1"),
		FIND(NOTHING),
		{ .request = "POST /v1/subsectors", .status = 502, .answer = "" },
		FIND(SUBSECTOR),
		TASKS(OUR_TASK),
	};

	(void)state;
	expect(script, COUNT_OF(script));
	assert_false(ensure());
	assert_trouble(SYNC_FAULT_UNREACHABLE, "502");
	assert_true(ensure());
	assert_text(subsector, "sub_1");
	peer_stop(peer);
}

static void
a_duplicate_that_render_reports_is_taken_for_ours(void **state)
{
	static const struct peer_exchange script[] = {
		GRANT("tok_1"),
		FIND(NOTHING),
		{ .request = "POST /v1/subsectors",
		    .status = 409,
		    .answer = "{\"error\":{\"code\":\"duplicate_external_reference\","
			      "\"message\":\"exists\",\"id\":\"sub_1\"}}" },
		TASKS(NOTHING),
		{ .request = "POST /v1/subsectors/sub_1/tasks",
		    .status = 409,
		    .answer = "{\"error\":{\"code\":\"duplicate_external_reference\","
			      "\"message\":\"exists\",\"id\":\"task_1\"}}" },
	};

	(void)state;
	expect(script, COUNT_OF(script));
	assert_true(ensure());
	assert_text(subsector, "sub_1");
	assert_text(task, "task_1");
	peer_stop(peer);
}

static void
somebody_elses_subsector_is_not_taken_for_ours(void **state)
{
	static const struct peer_exchange script[] = {
		GRANT("tok_1"),
		FIND("{\"items\":[{\"id\":\"sub_9\",\"external_reference\":\"eco-70\"}]}"),
		{ .request = "POST /v1/subsectors", .status = 201, .answer = "{\"id\":\"sub_1\"}" },
		TASKS(OUR_TASK),
	};

	(void)state;
	expect(script, COUNT_OF(script));
	assert_true(ensure());
	assert_text(subsector, "sub_1");
	peer_stop(peer);
}

static void
a_span_of_cable_is_sent_as_a_line(void **state)
{
	static const struct geo_point points[] = { { -97.74, 30.27 }, { -97.75, 30.28 } };
	static const struct geo_location line = { GEO_LINE, points, 2 };
	static const struct peer_exchange script[] = {
		GRANT("tok_1"),
		FIND(NOTHING),
		{ .request = "POST /v1/subsectors",
		    .body = "\"geometry\":{\"type\":\"LineString\","
			    "\"coordinates\":[[-97.74,30.27],[-97.75,30.28]]}",
		    .status = 422,
		    .answer = "{\"error\":{\"code\":\"invalid\",\"message\":\"too far away\","
			      "\"field\":\"geometry\"}}" },
	};

	(void)state;
	order.location = &line;
	expect(script, COUNT_OF(script));
	assert_false(ensure());
	assert_trouble(SYNC_FAULT_MALFORMED, "422: invalid geometry too far away");
	peer_stop(peer);
}

/* A lookup, as a list, may have several pages, and ours stand on the second. */
static void
what_is_looked_up_is_found_on_any_page(void **state)
{
	static const struct peer_exchange script[] = {
		GRANT("tok_1"),
		FIND(PAGE("{\"id\":\"sub_9\",\"external_reference\":\"eco-9\"}", "p2")),
		{ .request = "GET "
			     "/v1/subsectors?project=P1&external_reference=eco-7&cursor=p2",
		    .status = 200,
		    .answer = SUBSECTOR },
		TASKS(PAGE(TASK("task_0", "Completed"), "q2")),
		NEXT("q2", OUR_TASK),
	};

	(void)state;
	expect(script, COUNT_OF(script));
	assert_true(ensure());
	assert_text(subsector, "sub_1");
	assert_text(task, "task_1");
	peer_stop(peer);
}

/* -- reading tasks -- */

static void
every_page_is_read_twice_and_believed_when_both_say_the_same(void **state)
{
	static const struct peer_exchange script[] = {
		GRANT("tok_1"),
		TASKS(PAGE(TASK("t1", "Not Started") "," TASK("t2", "In Progress"), "a&b")),
		NEXT("a%26b", LAST(TASK("t3", "Completed"))),
		TASKS(PAGE(TASK("t1", "Not Started") "," TASK("t2", "In Progress"), "a&b")),
		NEXT("a%26b", LAST(TASK("t3", "Completed"))),
	};

	(void)state;
	expect(script, COUNT_OF(script));
	assert_true(read_all());
	peer_stop(peer);
	assert_int_equal(task_count, 3);
	assert_text(tasks[0].id, "t1");
	assert_int_equal(tasks[0].status, TASK_STATUS_NOT_STARTED);
	assert_int_equal(tasks[1].status, TASK_STATUS_STARTED);
	assert_text(tasks[2].id, "t3");
	assert_int_equal(tasks[2].status, TASK_STATUS_COMPLETED);
}

static void
a_list_that_shows_a_task_twice_is_read_again(void **state)
{
	static const struct peer_exchange script[] = {
		GRANT("tok_1"),
		TASKS(PAGE(TASK("t1", "Not Started"), "c")),
		NEXT("c", LAST(TASK("t1", "Not Started"))),
		TASKS(LAST(TASK("t1", "Completed"))),
	};

	(void)state;
	expect(script, COUNT_OF(script));
	assert_true(read_all());
	peer_stop(peer);
	assert_int_equal(task_count, 1);
	assert_int_equal(tasks[0].status, TASK_STATUS_COMPLETED);
}

/* t3 moved to the first page while the second was asked for: nothing shows it. */
static void
a_task_that_slipped_between_two_pages_is_not_overlooked(void **state)
{
	static const struct peer_exchange script[] = {
		GRANT("tok_1"),
		TASKS(PAGE(TASK("t1", "Completed") "," TASK("t2", "Completed"), "c")),
		NEXT("c", LAST(TASK("t4", "Completed"))),
		TASKS(PAGE(TASK("t1", "Completed") "," TASK("t3", "In Progress"), "c")),
		NEXT("c", LAST(TASK("t2", "Completed") "," TASK("t4", "Completed"))),
		TASKS(PAGE(TASK("t1", "Completed") "," TASK("t3", "In Progress"), "c")),
		NEXT("c", LAST(TASK("t2", "Completed") "," TASK("t4", "Completed"))),
	};

	(void)state;
	expect(script, COUNT_OF(script));
	assert_true(read_all());
	peer_stop(peer);
	assert_int_equal(task_count, 4);
	assert_text(tasks[1].id, "t3");
}

static void
a_list_that_never_comes_to_rest_is_malformed(void **state)
{
	static const struct peer_exchange script[] = {
		GRANT("tok_1"),
		TASKS(PAGE(TASK("t1", "Completed"), "c")),
		NEXT("c", LAST(TASK("t2", "Completed"))),
		TASKS(PAGE(TASK("t1", "Completed"), "c")),
		NEXT("c", LAST(TASK("t3", "Completed"))),
		TASKS(PAGE(TASK("t1", "Completed"), "c")),
		NEXT("c", LAST(TASK("t4", "Completed"))),
		TASKS(PAGE(TASK("t1", "Completed"), "c")),
		NEXT("c", LAST(TASK("t1", "Completed"))),
	};

	(void)state;
	expect(script, COUNT_OF(script));
	assert_false(read_all());
	assert_trouble(SYNC_FAULT_MALFORMED, "move from page to page");
	peer_stop(peer);
}

static void
an_unknown_status_is_shown_and_not_guessed(void **state)
{
	(void)state;
	assert_true(read_answered(
	    200, NULL, "{\"items\":[" TASK("t1", "completed") "," TASK("t2", "QA Review") "]}"));
	assert_int_equal(tasks[0].status, TASK_STATUS_UNKNOWN);
	assert_text(tasks[0].raw_status, "completed");
	assert_int_equal(tasks[1].status, TASK_STATUS_UNKNOWN);
	assert_text(tasks[1].raw_status, "QA Review");
}

static void
all_words_of_the_table_are_known(void **state)
{
	(void)state;
	assert_int_equal(render_status_of(STR("Not Started")), TASK_STATUS_NOT_STARTED);
	assert_int_equal(render_status_of(STR("Assigned")), TASK_STATUS_NOT_STARTED);
	assert_int_equal(render_status_of(STR("In Progress")), TASK_STATUS_STARTED);
	assert_int_equal(render_status_of(STR("On Hold")), TASK_STATUS_STARTED);
	assert_int_equal(render_status_of(STR("Completed")), TASK_STATUS_COMPLETED);
	assert_int_equal(render_status_of(STR("Cancelled")), TASK_STATUS_CANCELLED);
}

static void
a_fingerprint_changes_with_what_matters_only(void **state)
{
	(void)state;
	assert_true(read_answered(200, NULL,
	    "{\"items\":["
	    "{\"id\":\"t\",\"name\":\"n\",\"status\":\"Assigned\",\"percent_complete\":50,"
	    "\"updated_at\":\"2026-01-05T02:14:07Z\",\"crew\":\"North crew\"}]}"));
	struct sha256 first = tasks[0].fingerprint;

	fieldwork_destroy(fieldwork);
	assert_true(read_answered(200, NULL,
	    "{\"items\":["
	    "{\"percent_complete\":50.0,\"status\":\"Assigned\",\"name\":\"n\",\"id\":\"t\","
	    "\"updated_at\":\"2026-01-05T03:14:07Z\",\"crew\":null,\"cloned_from\":null}]}"));
	assert_true(sha256_equal(first, tasks[0].fingerprint));

	fieldwork_destroy(fieldwork);
	assert_true(read_answered(200, NULL,
	    "{\"items\":["
	    "{\"id\":\"t\",\"name\":\"n\",\"status\":\"Assigned\",\"percent_complete\":51}]}"));
	assert_false(sha256_equal(first, tasks[0].fingerprint));
}

static void
pages_that_go_round_in_a_circle_are_noticed(void **state)
{
	static const struct peer_exchange script[] = {
		GRANT("tok_1"),
		TASKS("{\"items\":[" TASK("t1", "Completed") "],\"next_cursor\":\"a\"}"),
		TASKS("{\"items\":[" TASK("t2", "Completed") "],\"next_cursor\":\"b\"}"),
		TASKS("{\"items\":[" TASK("t1", "Completed") "],\"next_cursor\":\"a\"}"),
	};

	(void)state;
	expect(script, COUNT_OF(script));
	assert_false(read_all());
	assert_trouble(SYNC_FAULT_MALFORMED, "circle");
	peer_stop(peer);
}

static void
more_tasks_than_an_eco_may_have_are_refused(void **state)
{
	struct buf buf = buf_in(arena, 16384);

	(void)state;
	buf_str(&buf, STR("{\"items\":["));
	for (int i = 0; i <= RENDERSYNC_TASKS_MAX; i++)
		buf_printf(
		    &buf, "%s{\"id\":\"t%d\",\"status\":\"Completed\"}", i == 0 ? "" : ",", i);
	buf_str(&buf, STR("]}"));
	buf_char(&buf, '\0');
	assert_false(read_answered(200, NULL, buf.ptr));
	assert_trouble(SYNC_FAULT_TOO_MANY_TASKS, "120");
}

static void
an_answer_that_cannot_be_read_is_malformed(void **state)
{
	static const char *const answers[] = {
		"{\"items\":",
		"[]",
		"{}",
		"{\"items\":{}}",
		"{\"items\":[],\"next_cursor\":7}",
		"{\"items\":[{\"id\":\"t1\"}]}",
		"{\"items\":[{\"status\":\"Completed\"}]}",
		"{\"items\":[{\"id\":7,\"status\":\"Completed\"}]}",
		"{\"items\":[null]}",
		"{\"items\":[[]]}",
		"{\"items\":[],\"items\":[]}",
		"{\"items\":[{\"id\":\"t\",\"id\":\"u\",\"status\":\"Completed\"}]}",
		"{\"items\":[{\"id\":\"t\\u0000\",\"status\":\"Completed\"}]}",
		"{\"items\":[{\"id\":\"t\\u0007\",\"status\":\"Completed\"}]}",
		"{\"items\":[{\"id\":\"t\",\"status\":\"Comp\\nleted\"}]}",
		"{\"items\":[{\"id\":\"t\xff\",\"status\":\"Completed\"}]}",
		"{\"items\":[{\"id\":\"\",\"status\":\"Completed\"}]}",
		"{\"items\":[{\"id\":\"t\",\"status\":true}]}",
		"{\"items\":[]} {}",
		"\"items\"",
		"",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(answers); i++) {
		assert_false(read_answered(200, NULL, answers[i]));
		assert_trouble(SYNC_FAULT_MALFORMED, "");
		fieldwork_destroy(fieldwork);
		fieldwork = NULL;
	}
}

/* -- answers that are none -- */

static void
an_answer_that_is_nested_too_deeply_is_malformed(void **state)
{
	static char answer[4096];
	struct buf buf = buf_over(answer, sizeof(answer) - 1);

	(void)state;
	buf_str(&buf, STR("{\"items\":"));
	for (int i = 0; i < 1000; i++)
		buf_char(&buf, '[');
	for (int i = 0; i < 1000; i++)
		buf_char(&buf, ']');
	buf_char(&buf, '}');
	assert_false(read_answered(200, NULL, answer));
	assert_trouble(SYNC_FAULT_MALFORMED, "not JSON");
}

static void
an_answer_that_is_too_large_is_malformed(void **state)
{
	size_t bytes = 400000;
	char *answer = malloc(bytes + 1);

	(void)state;
	assert_non_null(answer);
	memset(answer, ' ', bytes);
	answer[bytes] = '\0';
	assert_false(read_answered(200, NULL, answer));
	assert_trouble(SYNC_FAULT_MALFORMED, "");
	free(answer);
}

static void
an_answer_that_says_it_is_something_else_is_malformed(void **state)
{
	static const struct peer_exchange script[] = {
		GRANT("tok_1"),
		{ .request = "GET /v1/subsectors/sub_1/tasks",
		    .status = 200,
		    .content_type = "text/html; charset=utf-8",
		    .answer = NOTHING },
		{ .request = "GET /v1/subsectors/sub_1/tasks",
		    .status = 200,
		    .content_type = "application/hal+JSON ;charset=utf-8",
		    .answer = NOTHING },
	};

	(void)state;
	expect(script, COUNT_OF(script));
	assert_false(read_all());
	assert_trouble(SYNC_FAULT_MALFORMED, "text/html");
	assert_true(read_all());
	peer_stop(peer);
}

static void
a_redirect_is_not_followed(void **state)
{
	static const struct peer_exchange script[] = {
		GRANT("tok_1"),
		{ .request = "GET /v1/subsectors/sub_1/tasks",
		    .status = 302,
		    .location = "/elsewhere",
		    .answer = "" },
	};

	(void)state;
	expect(script, COUNT_OF(script));
	assert_false(read_all());
	assert_trouble(SYNC_FAULT_MALFORMED, "302");
	peer_stop(peer);
}

/* -- what one learns concerns all of the account -- */

static bool
read_other(void)
{
	return fieldwork_read_tasks(
	    fieldwork, arena, &tenant, STR("sub_2"), tasks, COUNT_OF(tasks), &task_count, &trouble);
}

static void
who_was_asked_to_wait_is_not_asked_for_another_eco_either(void **state)
{
	static const struct peer_exchange script[] = {
		GRANT("tok_1"),
		{ .request = "GET /v1/subsectors/sub_1/tasks",
		    .status = 429,
		    .retry_after = "17",
		    .answer = "{}" },
		GRANT("tok_2"),
		{ .request = "GET /v1/subsectors/sub_2/tasks", .status = 200, .answer = NOTHING },
	};

	(void)state;
	expect(script, COUNT_OF(script));
	assert_false(read_all());
	assert_false(trouble.not_asked);
	assert_false(read_other());
	assert_trouble(SYNC_FAULT_RATE_LIMITED, "not asked again so soon: Render answers 429");
	assert_true(trouble.not_asked);
	assert_in_range(trouble.wait.us, SECONDS(10).us, SECONDS(18).us);
	assert_false(ensure());
	assert_true(trouble.not_asked);
	/* Another organisation goes on, at the same address with the same client. */
	tenant.organisation.bytes[0] = 7;
	assert_true(read_other());
	peer_stop(peer);
}

static void
a_pause_may_be_asked_for_until_a_date(void **state)
{
	(void)state;
	assert_false(read_answered(503, "Fri, 01 Jan 2100 00:00:00 GMT", ""));
	assert_trouble(SYNC_FAULT_UNREACHABLE, "503");
	assert_int_equal(trouble.retry_after_s, 86400);
	fieldwork_destroy(fieldwork);
	assert_false(read_answered(503, "Thu, 01 Jan 1970 00:00:00 GMT", ""));
	assert_int_equal(trouble.retry_after_s, 0);
}

static void
an_ecos_own_trouble_does_not_close_the_account(void **state)
{
	static const struct peer_exchange script[] = {
		GRANT("tok_1"),
		{ .request = "GET /v1/subsectors/sub_1/tasks", .status = 404, .answer = "{}" },
		{ .request = "GET /v1/subsectors/sub_1/tasks", .status = 403, .answer = "{}" },
		{ .request = "GET /v1/subsectors/sub_1/tasks", .status = 200, .answer = "?" },
		{ .request = "GET /v1/subsectors/sub_1/tasks", .status = 404, .answer = "{}" },
		{ .request = "GET /v1/subsectors/sub_2/tasks", .status = 200, .answer = NOTHING },
	};

	(void)state;
	expect(script, COUNT_OF(script));
	for (int i = 0; i < 4; i++)
		assert_false(read_all());
	assert_true(read_other());
	peer_stop(peer);
}

/* -- troubles -- */

static void
a_rate_limit_says_when_to_come_back(void **state)
{
	(void)state;
	assert_false(read_answered(
	    429, "17", "{\"error\":{\"code\":\"rate_limited\",\"message\":\"slow down\"}}"));
	assert_trouble(SYNC_FAULT_RATE_LIMITED, "429: rate_limited");
	assert_int_equal(trouble.retry_after_s, 17);
}

static void
a_rate_limit_that_makes_no_sense_is_still_one(void **state)
{
	(void)state;
	assert_false(read_answered(429, "-5", ""));
	assert_trouble(SYNC_FAULT_RATE_LIMITED, "429");
	assert_int_equal(trouble.retry_after_s, 0);
}

static void
a_server_error_is_unreachable(void **state)
{
	(void)state;
	assert_false(read_answered(500, NULL, "<html>"));
	assert_trouble(SYNC_FAULT_UNREACHABLE, "500");
}

static void
a_project_that_is_not_ours_is_refused(void **state)
{
	(void)state;
	assert_false(read_answered(
	    403, NULL, "{\"error\":{\"code\":\"forbidden\",\"message\":\"not\\u0007 yours\"}}"));
	assert_trouble(SYNC_FAULT_REFUSED, "403: forbidden  not  yours");
}

static void
a_subsector_that_is_gone_is_malformed(void **state)
{
	(void)state;
	assert_false(read_answered(404, NULL, "{\"error\":{\"code\":\"not_found\"}}"));
	assert_trouble(SYNC_FAULT_MALFORMED, "404: not_found");
}

static void
no_answer_in_time_is_unreachable(void **state)
{
	static const struct peer_exchange script[] = {
		GRANT("tok_1"),
		{ .request = "GET /v1/subsectors/sub_1/tasks",
		    .status = 200,
		    .answer = NOTHING,
		    .silent = true },
	};

	(void)state;
	peer = peer_start(script, COUNT_OF(script));
	talk_to(peer_url(peer), MILLISECONDS(500));
	assert_false(read_all());
	assert_trouble(SYNC_FAULT_UNREACHABLE, "");
	peer_stop(peer);
}

static void
nobody_listening_is_unreachable(void **state)
{
	(void)state;
	talk_to(STR("http://127.0.0.1:1"), SECONDS(10));
	assert_false(read_all());
	assert_trouble(SYNC_FAULT_UNREACHABLE, "");
}

static void
an_address_that_is_none_is_said_so(void **state)
{
	(void)state;
	talk_to(STR(""), SECONDS(10));
	assert_false(read_all());
	assert_trouble(SYNC_FAULT_UNREACHABLE, "STRIKE_RENDER_API_URL");
	tenant.url = STR("http://u:p@host/");
	assert_false(read_all());
	assert_trouble(SYNC_FAULT_UNREACHABLE, "not a base URL");
}

/* -- tokens -- */

static void
a_token_is_used_again(void **state)
{
	static const struct peer_exchange script[] = { GRANT("tok_1"), TASKS(NOTHING),
		TASKS(NOTHING) };

	(void)state;
	expect(script, COUNT_OF(script));
	assert_true(read_all());
	assert_true(read_all());
	assert_string_equal(peer_last_authorization(peer), "Bearer tok_1");
	peer_stop(peer);
}

static void
a_token_is_asked_for_with_the_secret(void **state)
{
	static const struct peer_exchange script[] = { { .request = "POST /oauth/token",
	    .body = "grant_type=client_credentials&client_id=north&client_secret=hush%26hush",
	    .status = 401,
	    .answer = "{\"error\":\"invalid_client\"}" } };

	(void)state;
	expect(script, COUNT_OF(script));
	assert_false(read_all());
	assert_trouble(SYNC_FAULT_REFUSED, "401: invalid_client");
	peer_stop(peer);
}

static void
a_token_that_expired_early_is_renewed_once(void **state)
{
	static const struct peer_exchange script[] = {
		GRANT("tok_1"),
		{ .request = "GET /v1/subsectors/sub_1/tasks",
		    .bearer = "tok_1",
		    .status = 401,
		    .answer = "{\"error\":{\"code\":\"token_expired\",\"message\":\"\"}}" },
		GRANT("tok_2"),
		{ .request = "GET /v1/subsectors/sub_1/tasks",
		    .bearer = "tok_2",
		    .status = 200,
		    .answer = NOTHING },
	};

	(void)state;
	expect(script, COUNT_OF(script));
	assert_true(read_all());
	peer_stop(peer);
}

static void
a_new_token_that_is_refused_too_ends_it(void **state)
{
	static const struct peer_exchange script[] = {
		GRANT("tok_1"),
		{ .request = "GET /v1/subsectors/sub_1/tasks", .status = 401, .answer = "{}" },
		GRANT("tok_2"),
		{ .request = "GET /v1/subsectors/sub_1/tasks",
		    .bearer = "tok_2",
		    .status = 401,
		    .answer = "{\"error\":{\"code\":\"token_invalid\",\"message\":\"no\"}}" },
	};

	(void)state;
	expect(script, COUNT_OF(script));
	assert_false(read_all());
	assert_trouble(SYNC_FAULT_REFUSED, "401: token_invalid");
	peer_stop(peer);
}

static void
a_token_that_expires_between_two_pages_is_renewed_and_the_page_repeated(void **state)
{
	static const struct peer_exchange script[] = {
		GRANT("tok_1"),
		TASKS(PAGE(TASK("t1", "Completed"), "c")),
		{ .request = "GET /v1/subsectors/sub_1/tasks?limit=50&cursor=c",
		    .bearer = "tok_1",
		    .status = 401,
		    .answer = "{\"error\":{\"code\":\"token_expired\"}}" },
		GRANT("tok_2"),
		{ .request = "GET /v1/subsectors/sub_1/tasks?limit=50&cursor=c",
		    .bearer = "tok_2",
		    .status = 200,
		    .answer = LAST(TASK("t2", "Completed")) },
		TASKS(PAGE(TASK("t1", "Completed"), "c")),
		NEXT("c", LAST(TASK("t2", "Completed"))),
	};

	(void)state;
	expect(script, COUNT_OF(script));
	assert_true(read_all());
	assert_int_equal(task_count, 2);
	peer_stop(peer);
}

static void
a_secret_that_was_revoked_is_refused_and_not_tried_by_every_eco(void **state)
{
	static const struct peer_exchange script[] = {
		GRANT("tok_1"),
		{ .request = "GET /v1/subsectors/sub_1/tasks", .status = 401, .answer = "{}" },
		{ .request = "POST /oauth/token",
		    .status = 401,
		    .answer = "{\"error\":\"invalid_client\"}" },
	};

	(void)state;
	expect(script, COUNT_OF(script));
	assert_false(read_all());
	assert_trouble(SYNC_FAULT_REFUSED, "401: invalid_client");
	assert_false(read_other());
	assert_trouble(SYNC_FAULT_REFUSED, "not asked again so soon: Render answers 401");
	assert_true(trouble.not_asked);
	peer_stop(peer);
}

static void
the_token_endpoint_may_ask_for_a_pause_too(void **state)
{
	static const struct peer_exchange script[] = { { .request = "POST /oauth/token",
	    .status = 429,
	    .retry_after = "23",
	    .answer = "{}" } };

	(void)state;
	expect(script, COUNT_OF(script));
	assert_false(read_all());
	assert_trouble(SYNC_FAULT_RATE_LIMITED, "429");
	assert_int_equal(trouble.retry_after_s, 23);
	assert_false(read_other());
	assert_true(trouble.not_asked);
	peer_stop(peer);
}

static void
a_token_endpoint_that_is_down_is_unreachable(void **state)
{
	static const struct peer_exchange script[] = {
		{ .request = "POST /oauth/token", .status = 502, .answer = "<html>" }
	};

	(void)state;
	expect(script, COUNT_OF(script));
	assert_false(read_all());
	assert_trouble(SYNC_FAULT_UNREACHABLE, "502");
	peer_stop(peer);
}

static void
a_token_at_the_end_of_its_life_is_renewed_before_it_is_used(void **state)
{
	static const struct peer_exchange script[] = {
		{ .request = "POST /oauth/token",
		    .status = 200,
		    .answer = "{\"access_token\":\"tok_1\",\"expires_in\":1}" },
		TASKS(NOTHING),
		GRANT("tok_2"),
		{ .request = "GET /v1/subsectors/sub_1/tasks",
		    .bearer = "tok_2",
		    .status = 200,
		    .answer = NOTHING },
	};

	(void)state;
	expect(script, COUNT_OF(script));
	assert_true(read_all());
	assert_int_equal(nanosleep(&(struct timespec){ .tv_sec = 1 }, NULL), 0);
	assert_true(read_all());
	peer_stop(peer);
}

static void
each_client_id_has_a_token_of_its_own(void **state)
{
	static const struct peer_exchange script[] = {
		GRANT("tok_1"),
		TASKS(NOTHING),
		{ .request = "POST /oauth/token",
		    .body = "client_id=south",
		    .status = 200,
		    .answer = "{\"access_token\":\"tok_s\",\"expires_in\":900}" },
		{ .request = "GET /v1/subsectors/sub_1/tasks",
		    .bearer = "tok_s",
		    .status = 200,
		    .answer = NOTHING },
		{ .request = "GET /v1/subsectors/sub_1/tasks",
		    .bearer = "tok_1",
		    .status = 200,
		    .answer = NOTHING },
	};

	(void)state;
	expect(script, COUNT_OF(script));
	assert_true(read_all());
	tenant.client_id = STR("south");
	assert_true(read_all());
	tenant.client_id = STR("north");
	assert_true(read_all());
	peer_stop(peer);
}

static void
a_token_that_cannot_stand_in_a_header_is_malformed(void **state)
{
	static const struct peer_exchange script[] = {
		{ .request = "POST /oauth/token",
		    .status = 200,
		    .answer = "{\"access_token\":\"tok_1\\r\\nX: y\"}" },
		{ .request = "POST /oauth/token", .status = 200, .answer = "{}" },
		{ .request = "POST /oauth/token", .status = 200, .answer = "nonsense" },
	};

	(void)state;
	expect(script, COUNT_OF(script));
	for (size_t i = 0; i < COUNT_OF(script); i++) {
		assert_false(read_all());
		assert_trouble(SYNC_FAULT_MALFORMED, "access_token");
	}
	peer_stop(peer);
}

static void
a_secret_that_is_not_there_is_refused_by_name(void **state)
{
	(void)state;
	talk_to(STR("http://127.0.0.1:1"), SECONDS(10));
	tenant.secret_ref = STR("render-nowhere");
	assert_false(read_all());
	assert_int_equal(trouble.fault, SYNC_FAULT_REFUSED);
	assert_true(str_find(trouble.detail, STR("render-nowhere")) != SIZE_MAX);
}

static void
a_secret_that_is_not_renders_is_not_sent(void **state)
{
	(void)state;
	assert_int_equal(setenv("STRIKE_SECRET_TWILIO_NORTH", SECRET, 1), 0);
	talk_to(STR("http://127.0.0.1:1"), SECONDS(10));
	tenant.secret_ref = STR("twilio-north");
	assert_false(read_all());
	assert_trouble(SYNC_FAULT_REFUSED, "does not begin with \"render-\"");
	assert_int_equal(unsetenv("STRIKE_SECRET_TWILIO_NORTH"), 0);
}

/* Write ${text} into the file of the tenant's secret, in ${folder}. */
static void
write_secret(const char *folder, const char *text)
{
	char path[128];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/render-file", folder);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void
a_secret_that_was_replaced_is_used_for_the_next_token(void **state)
{
	static const struct peer_exchange script[] = {
		{ .request = "POST /oauth/token",
		    .body = "client_secret=hush-old",
		    .status = 200,
		    .answer = "{\"access_token\":\"tok_1\"}" },
		TASKS(NOTHING),
		{ .request = "GET /v1/subsectors/sub_1/tasks",
		    .bearer = "tok_1",
		    .status = 401,
		    .answer = "{}" },
		{ .request = "POST /oauth/token",
		    .body = "client_secret=hush-new",
		    .status = 200,
		    .answer = "{\"access_token\":\"tok_2\"}" },
		TASKS(NOTHING),
	};
	char folder[] = "/tmp/strike-secrets-XXXXXX", path[128];

	(void)state;
	assert_non_null(mkdtemp(folder));
	settings.secrets_dir = str_from_z(folder);
	tenant.secret_ref = STR("render-file");
	expect(script, COUNT_OF(script));
	write_secret(folder, "hush-old\n");
	assert_true(read_all());
	write_secret(folder, "hush-new\n");
	assert_true(read_all());
	peer_stop(peer);
	(void)snprintf(path, sizeof(path), "%s/render-file", folder);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(folder), 0);
}

static void
a_token_of_another_type_is_not_used(void **state)
{
	static const struct peer_exchange script[] = { { .request = "POST /oauth/token",
	    .status = 200,
	    .answer = "{\"access_token\":\"tok_1\",\"token_type\":\"DPoP\"}" } };

	(void)state;
	expect(script, COUNT_OF(script));
	assert_false(read_all());
	assert_trouble(SYNC_FAULT_MALFORMED, "token_type");
	peer_stop(peer);
}

static void
a_life_that_makes_no_sense_is_a_short_one(void **state)
{
	static const char *const lives[] = { "0", "-1", "1e300", "9223372036854775807", "\"900\"",
		"null", "[]" };
	char answer[128];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(lives); i++) {
		const struct peer_exchange script[] = {
			{ .request = "POST /oauth/token", .status = 200, .answer = answer },
			TASKS(NOTHING),
			TASKS(NOTHING),
		};

		(void)snprintf(answer, sizeof(answer),
		    "{\"access_token\":\"tok_1\",\"expires_in\":%s}", lives[i]);
		expect(script, COUNT_OF(script));
		assert_true(read_all());
		assert_true(read_all());
		peer_stop(peer);
		fieldwork_destroy(fieldwork);
		fieldwork = NULL;
	}
}

static void
organisations_with_the_same_client_id_prove_it_each_for_itself(void **state)
{
	static const struct peer_exchange script[] = {
		GRANT("tok_1"),
		TASKS(NOTHING),
		{ .request = "POST /oauth/token",
		    .body = "client_id=north",
		    .status = 401,
		    .answer = "{\"error\":\"invalid_client\"}" },
	};

	(void)state;
	expect(script, COUNT_OF(script));
	assert_true(read_all());
	tenant.organisation = uuid_from_name(STR("another organisation"));
	assert_false(read_all());
	assert_trouble(SYNC_FAULT_REFUSED, "invalid_client");
	peer_stop(peer);
}

/* One of several threads that read at once. */
static void *
read_on_a_thread(void *context)
{
	struct arena *memory = arena_create(1 << 20);
	struct rendersync_task found[4];
	struct fieldwork_trouble why;
	size_t count;
	bool *read = context;

	*read =
	    fieldwork_read_tasks(fieldwork, memory, &tenant, STR("sub_1"), found, 4, &count, &why);
	arena_destroy(memory);
	return NULL;
}

static void
threads_that_need_a_token_at_once_share_one(void **state)
{
	static const struct peer_exchange script[] = { GRANT("tok_1"), TASKS(NOTHING),
		TASKS(NOTHING), TASKS(NOTHING), TASKS(NOTHING) };
	pthread_t threads[4];
	bool read[4] = { false };

	(void)state;
	expect(script, COUNT_OF(script));
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, read_on_a_thread, &read[i]), 0);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_true(read[i]);
	}
	peer_stop(peer);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest list[] = {
		TEST(a_new_order_gets_a_subsector_and_a_task),
		TEST(what_an_earlier_try_made_is_found_and_not_made_again),
		TEST(after_a_lost_answer_the_next_try_finds_the_subsector),
		TEST(a_duplicate_that_render_reports_is_taken_for_ours),
		TEST(somebody_elses_subsector_is_not_taken_for_ours),
		TEST(a_span_of_cable_is_sent_as_a_line),
		TEST(what_is_looked_up_is_found_on_any_page),
		TEST(every_page_is_read_twice_and_believed_when_both_say_the_same),
		TEST(a_list_that_shows_a_task_twice_is_read_again),
		TEST(a_task_that_slipped_between_two_pages_is_not_overlooked),
		TEST(a_list_that_never_comes_to_rest_is_malformed),
		TEST(an_unknown_status_is_shown_and_not_guessed),
		cmocka_unit_test(all_words_of_the_table_are_known),
		TEST(a_fingerprint_changes_with_what_matters_only),
		TEST(pages_that_go_round_in_a_circle_are_noticed),
		TEST(more_tasks_than_an_eco_may_have_are_refused),
		TEST(an_answer_that_cannot_be_read_is_malformed),
		TEST(an_answer_that_is_nested_too_deeply_is_malformed),
		TEST(an_answer_that_is_too_large_is_malformed),
		TEST(an_answer_that_says_it_is_something_else_is_malformed),
		TEST(a_redirect_is_not_followed),
		TEST(who_was_asked_to_wait_is_not_asked_for_another_eco_either),
		TEST(a_pause_may_be_asked_for_until_a_date),
		TEST(an_ecos_own_trouble_does_not_close_the_account),
		TEST(a_rate_limit_says_when_to_come_back),
		TEST(a_rate_limit_that_makes_no_sense_is_still_one),
		TEST(a_server_error_is_unreachable),
		TEST(a_project_that_is_not_ours_is_refused),
		TEST(a_subsector_that_is_gone_is_malformed),
		TEST(no_answer_in_time_is_unreachable),
		TEST(nobody_listening_is_unreachable),
		TEST(an_address_that_is_none_is_said_so),
		TEST(a_token_is_used_again),
		TEST(a_token_is_asked_for_with_the_secret),
		TEST(a_token_that_expired_early_is_renewed_once),
		TEST(a_new_token_that_is_refused_too_ends_it),
		TEST(a_token_that_expires_between_two_pages_is_renewed_and_the_page_repeated),
		TEST(a_secret_that_was_revoked_is_refused_and_not_tried_by_every_eco),
		TEST(the_token_endpoint_may_ask_for_a_pause_too),
		TEST(a_token_endpoint_that_is_down_is_unreachable),
		TEST(a_token_at_the_end_of_its_life_is_renewed_before_it_is_used),
		TEST(each_client_id_has_a_token_of_its_own),
		TEST(a_token_that_cannot_stand_in_a_header_is_malformed),
		TEST(a_secret_that_is_not_there_is_refused_by_name),
		TEST(a_secret_that_is_not_renders_is_not_sent),
		TEST(a_secret_that_was_replaced_is_used_for_the_next_token),
		TEST(a_token_of_another_type_is_not_used),
		TEST(a_life_that_makes_no_sense_is_a_short_one),
		TEST(organisations_with_the_same_client_id_prove_it_each_for_itself),
		TEST(threads_that_need_a_token_at_once_share_one),
	};

	return cmocka_run_group_tests(list, NULL, NULL);
}
