#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/api_world.h"

/*
 * What nobody means well with: each is a clear 4xx and leaves no trace.
 *
 * usage: api_hostile_test mem|pg
 */

/* Long enough for a slow machine; nothing waits for all of it when the server is right. */
#define PATIENCE_MS 20000

/* The body is refused with ${status}, saying ${message}. */
static void
assert_rejected(struct str body, int status, const char *message)
{
	const struct http_answer *answer = post_graphql(OPERATOR, body);

	if (answer->status != status)
		fail_msg("expected %d, got %d: %.*s for %.*s", status, answer->status,
		    STR_ARG(answer->body), (int)(body.len < 100 ? body.len : 100), body.ptr);
	assert_contains(arena_copy_z(arena, answer->body), message);
	assert_text(
	    http_header_find(answer->headers, answer->header_count, STR("X-Content-Type-Options")),
	    "nosniff");
	if (status == 400)
		assert_text(
		    http_header_find(answer->headers, answer->header_count, STR("Content-Type")),
		    "application/graphql-response+json; charset=utf-8");
}

/* ${count} times ${unit} between ${before} and ${behind}. */
static struct str
bomb(const char *before, const char *unit, size_t count, const char *behind)
{
	struct buf buf = buf_in(arena, strlen(before) + count * strlen(unit) + strlen(behind));

	buf_str(&buf, str_from_z(before));
	for (size_t i = 0; i < count; i++)
		buf_str(&buf, str_from_z(unit));
	buf_str(&buf, str_from_z(behind));
	assert_false(buf.overflowed);
	return buf_view(&buf);
}

/* -- bodies -- */

#define CREATE_HEAD                                                                    \
	"{\"query\":\"mutation{createEco(input:{idempotencyKey:"                       \
	"\\\"018f0000-0000-7000-8000-000000000001\\\",jobType:MFR,osp:"                \
	"\\\"hill-country-osp\\\",location:{type:\\\"Point\\\",coordinates:[-97.7431," \
	"30.2672]},description:\\\""
#define CREATE_TAIL "\\\"}){__typename}}\"}"

static void
a_body_that_is_no_json_is_400_and_says_why(void **state)
{
	static const struct str bodies[] = {
		STR(""),
		STR(" "),
		STR("{"),
		STR("nonsense"),
		STR("{'query':'{viewer{user}}'}"),
		STR("{\"query\":\"{viewer{user}}\""),
		STR("{\"query\":\"{viewer{user}}\"} trailing"),
		STR("{\"query\":\"{viewer{user}}\",}"),
		STR("{\"query\":\"{viewer{user}}\",\"variables\":{\"a\":NaN}}"),
		STR("{\"query\":\"{viewer{user}}\",\"query\":\"{partners{id}}\"}"),
		STR("{\"query\":\"{viewer{user}}\",\"variables\":{\"a\":1,\"a\":2}}"),
		STR(CREATE_HEAD "\xff\xfe" CREATE_TAIL),
		STR(CREATE_HEAD "\xc0\xaf" CREATE_TAIL),
		STR(CREATE_HEAD "\xed\xa0\x80" CREATE_TAIL),
		STR(CREATE_HEAD "cut \xf0\x9f\x9a"),
		STR(CREATE_HEAD "lone \\ud83d" CREATE_TAIL),
		STR(CREATE_HEAD "NUL \\u0000" CREATE_TAIL),
		STR(CREATE_HEAD "NUL \0" CREATE_TAIL),
	};
	size_t before = events_in_all();

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bodies); i++)
		assert_rejected(bodies[i], 400, "the body is not valid JSON: ");
	assert_int_equal(events_in_all(), before);
}

static void
a_body_of_another_shape_is_400_and_says_which_is_right(void **state)
{
	static const struct {
		struct str body;
		const char *message;
	} cases[] = {
		{ STR("[{\"query\":\"{viewer{user}}\"}]"), "one request at a time" },
		{ STR("[]"), "one request at a time" },
		{ STR("\"{viewer{user}}\""), "must be a JSON object" },
		{ STR("7"), "must be a JSON object" },
		{ STR("null"), "must be a JSON object" },
		{ STR("{}"), "no \\\"query\\\"" },
		{ STR("{\"query\":\"\"}"), "no \\\"query\\\"" },
		{ STR("{\"query\":null}"), "must be a string" },
		{ STR("{\"query\":7}"), "must be a string" },
		{ STR("{\"query\":\"{viewer{user}}\",\"variables\":[]}"), "must be an object" },
		{ STR("{\"query\":\"{viewer{user}}\",\"operationName\":7}"), "must be a string" },
		{ STR("{\"query\":\"{viewer{user}}\",\"id\":7}"), "unknown member \\\"id\\\"" },
		{ STR("{\"mutation\":\"{viewer{user}}\"}"), "unknown member \\\"mutation\\\"" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		assert_rejected(cases[i].body, 400, cases[i].message);
}

static void
a_body_that_is_nested_without_end_is_400(void **state)
{
	(void)state;
	assert_rejected(bomb("", "[", 100000, ""), 400, "the body is not valid JSON");
	assert_rejected(bomb("", "{\"a\":", 40000, "1"), 400, "the body is not valid JSON");
	assert_rejected(bomb("{\"query\":\"{viewer{user}}\",\"variables\":{\"a\":", "[", 65, "]}}"),
	    400, "the body is not valid JSON");
}

static void
a_body_over_the_limit_is_413(void **state)
{
	size_t most = (size_t)server.settings.body_bytes_max;
	size_t before = events_in_all();
	struct str body = bomb(CREATE_HEAD, "x", most, CREATE_TAIL);

	(void)state;
	assert_int_equal(post_graphql(OPERATOR, body)->status, 413);
	assert_int_equal(events_in_all(), before);
	/* At the limit it is read: and then it is for the domain to say that it is too long. */
	body.ptr =
	    bomb(CREATE_HEAD, "x", most - strlen(CREATE_HEAD) - strlen(CREATE_TAIL), CREATE_TAIL)
		.ptr;
	body.len = most;
	assert_rejected(body, 400, "LIMIT");
}

static void
only_json_is_taken_as_json(void **state)
{
	static const struct {
		const char *type;
		int status;
	} cases[] = {
		{ "text/plain", 415 },
		{ "application/x-www-form-urlencoded", 415 },
		{ "multipart/form-data; boundary=x", 415 },
		{ "application/jsonx", 415 },
		{ "application/graphql", 415 },
		{ "application/json", 200 },
		{ "Application/JSON ; charset=utf-8", 200 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct http_header headers[] = {
			{ STR("Content-Type"), str_from_z(cases[i].type) },
			{ STR("Strike-Development-Identity"), STR(OPERATOR) },
		};
		const struct http_answer *answer =
		    request("POST", "/graphql", headers, 2, STR("{\"query\":\"{viewer{user}}\"}"));

		if (answer->status != cases[i].status)
			fail_msg("%s: %d", cases[i].type, answer->status);
	}
}

/* -- GraphQL -- */

/* The query, which needs no escaping, is refused as a whole with ${code}, saying ${message}. */
static void
assert_query_refused(const char *query, const char *code, const char *message)
{
	struct str body = bomb("{\"query\":\"", query, 1, "\"}");
	const struct json *answer = json_of(post_graphql(OPERATOR, body), 400);

	assert_null(json_find(answer, STR("data")));
	assert_text_at(answer, "errors.0.extensions.code", code);
	assert_contains(text_at(answer, "errors.0.message"), message);
}

static void
an_unknown_field_is_400_and_the_nearest_is_named(void **state)
{
	(void)state;
	assert_query_refused(
	    "{viewer{usr}}", "GRAPHQL_VALIDATION_FAILED", "Did you mean \"user\"?");
	assert_query_refused(
	    "{ecoss{totalCount}}", "GRAPHQL_VALIDATION_FAILED", "Did you mean \"ecos\"");
	assert_query_refused(
	    "{eco(idd:7){id}}", "GRAPHQL_VALIDATION_FAILED", "Did you mean \"id\"?");
	assert_query_refused("mutation{createEko(input:7){__typename}}",
	    "GRAPHQL_VALIDATION_FAILED", "Did you mean \"createEco\"");
}

static void
an_unknown_member_of_an_input_is_400(void **state)
{
	size_t before = events_in_all();

	(void)state;
	assert_query_refused("mutation{closeEco(input:{idempotencyKey:"
			     "\\\"018f0000-0000-7000-8000-000000000002\\\",ecoId:7,force:true})"
			     "{__typename}}",
	    "GRAPHQL_VALIDATION_FAILED", "force");
	assert_query_refused("mutation{closeEco(input:{idempotencyKey:\\\"no uuid\\\",ecoId:7})"
			     "{__typename}}",
	    "GRAPHQL_VALIDATION_FAILED", "expected a UUID of 36 characters");
	assert_query_refused(
	    "{ecos(filter:{status:[DONE]}){totalCount}}", "GRAPHQL_VALIDATION_FAILED", "DONE");
	assert_query_refused(
	    "{ecos(first:99999999999){totalCount}}", "GRAPHQL_VALIDATION_FAILED", "99999999999");
	assert_int_equal(events_in_all(), before);
}

static void
variables_of_the_wrong_type_are_400(void **state)
{
	static const char *const variables[] = { "{}", "{\"first\":\"ten\"}", "{\"first\":1.5}",
		"{\"first\":4294967296}", "{\"first\":null}", "{\"first\":[1]}" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(variables); i++) {
		const struct json *answer = json_of(
		    post_graphql(OPERATOR,
			arena_printf(arena,
			    "{\"query\":\"query($first:Int!){ecos(first:$first){totalCount}}\","
			    "\"variables\":%s}",
			    variables[i])),
		    400);

		assert_text_at(answer, "errors.0.extensions.code", "BAD_USER_INPUT");
		assert_contains(text_at(answer, "errors.0.message"), "$first");
	}
}

static void
what_is_no_graphql_is_400_with_the_place(void **state)
{
	static const char *const queries[] = { "{", "}", "{viewer{user}", "{viewer{user}}}",
		"query query query", "{viewer(", "\\u0007", "{viewer{user}} # \\n }",
		"{viewer{user(a:)}}" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(queries); i++) {
		const struct json *answer = json_of(
		    post_graphql(OPERATOR, bomb("{\"query\":\"", queries[i], 1, "\"}")), 400);

		assert_text_at(answer, "errors.0.extensions.code", "GRAPHQL_PARSE_FAILED");
		assert_true(int_at(answer, "errors.0.locations.0.line") >= 1);
	}
}

static void
a_query_without_end_is_400(void **state)
{
	(void)state;
	assert_query_refused(arena_copy_z(arena, bomb("", "{eco(id:7)", 1000, "")), "LIMIT", "");
	assert_query_refused(
	    arena_copy_z(arena, bomb("{ecos(filter:", "[", 5000, "")), "LIMIT", "");
	assert_query_refused(
	    arena_copy_z(arena, bomb("{", "a:viewer{user}", 3000, "}")), "LIMIT", "");
	assert_query_refused(
	    arena_copy_z(arena, bomb("{viewer{", "user ", 3000, "}}")), "LIMIT", "");
	assert_query_refused(
	    arena_copy_z(arena, bomb("{viewer{user}}", " ", 140000, "")), "LIMIT", "");
}

static void
fragments_that_multiply_are_400(void **state)
{
	struct buf buf = buf_in(arena, 8192);

	(void)state;
	buf_str(&buf, STR("{viewer{...f0}}"));
	for (int i = 0; i < 12; i++)
		buf_printf(
		    &buf, " fragment f%d on Viewer{...f%d ...f%d ...f%d}", i, i + 1, i + 1, i + 1);
	buf_str(&buf, STR(" fragment f12 on Viewer{user}"));
	assert_query_refused(arena_copy_z(arena, buf_view(&buf)), "LIMIT", "");
	assert_query_refused("{viewer{...a}} fragment a on Viewer{...b} fragment b on Viewer{...a}",
	    "GRAPHQL_VALIDATION_FAILED", "itself");
}

static void
a_hundred_aliases_are_too_few_to_matter(void **state)
{
	struct buf buf = buf_in(arena, 16384);

	(void)state;
	buf_char(&buf, '{');
	for (int i = 0; i < 201; i++)
		buf_printf(&buf, "a%d:viewer{user}", i);
	buf_char(&buf, '}');
	assert_query_refused(arena_copy_z(arena, buf_view(&buf)), "LIMIT", "aliases");
	buf.len = 0;
	buf_char(&buf, '{');
	for (int i = 0; i < 100; i++)
		buf_printf(&buf, "a%d:viewer{user}", i);
	buf_char(&buf, '}');
	assert_text_at(ask(OPERATOR, arena_copy_z(arena, buf_view(&buf)), "null"), "data.a99.user",
	    "operator");
}

static void
two_operations_need_a_name(void **state)
{
	(void)state;
	assert_query_refused(
	    "query A{viewer{user}} query B{viewer{role}}", "OPERATION_RESOLUTION_FAILURE", "");
	assert_rejected(
	    STR("{\"query\":\"query A{viewer{user}}\",\"operationName\":\"B\"}"), 400, "B");
}

static void
a_mutation_does_not_come_by_get(void **state)
{
	struct http_header headers[] = { { STR("Strike-Development-Identity"), STR(OPERATOR) } };
	const char *eco = created((struct create){ 0 });
	size_t before = events_in_all();
	const struct http_answer *answer = request("GET",
	    print(
		"/graphql?query=mutation%%7BcancelEco(input%%3A%%7BidempotencyKey%%3A%%22%s%%22%%2C"
		"ecoId%%3A%%22%s%%22%%2Creason%%3A%%22x%%22%%7D)%%7B__typename%%7D%%7D",
		new_key(), eco),
	    headers, 1, STR(""));

	(void)state;
	assert_int_equal(answer->status, 405);
	assert_text(http_header_find(answer->headers, answer->header_count, STR("Allow")), "POST");
	assert_int_equal(events_in_all(), before);
	assert_int_equal(request("GET", "/graphql", headers, 1, STR(""))->status, 400);
	assert_int_equal(request("GET", "/graphql?query=%zz", headers, 1, STR(""))->status, 400);
	assert_int_equal(request("GET", "/graphql?query=%7Bviewer%7Buser%7D%7D&variables=%5B%5D",
			     headers, 1, STR(""))
			     ->status,
	    400);
}

/* -- paths -- */

static void
a_path_that_is_not_there_is_404(void **state)
{
	static const char *const paths[] = { "/nothing", "/graphql/", "/GraphQL", "//graphql",
		"/%67raphql", "/webhooks", "/webhooks/twilio/voice/", "/.git/config" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(paths); i++) {
		const struct http_answer *answer = request("POST", paths[i], NULL, 0, STR(""));

		if (answer->status != 404)
			fail_msg("%s: %d", paths[i], answer->status);
	}
	assert_text_at(
	    json_of(request("GET", "/nothing", NULL, 0, STR("")), 404), "error.code", "NOT_FOUND");
}

static void
a_method_that_a_path_does_not_take_is_405_and_says_which_it_does(void **state)
{
	static const struct {
		const char *method, *path, *allow;
	} cases[] = {
		{ "PUT", "/graphql", "GET, HEAD, POST" },
		{ "DELETE", "/graphql", "GET, HEAD, POST" },
		{ "BREW", "/graphql", "GET, HEAD, POST" },
		{ "POST", "/healthz", "GET, HEAD" },
		{ "PATCH", "/readyz", "GET, HEAD" },
		{ "PUT", "/webhooks/twilio/voice/status", "POST" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const struct http_answer *answer =
		    request(cases[i].method, cases[i].path, NULL, 0, STR(""));

		assert_text_at(json_of(answer, 405), "error.code", "METHOD_NOT_ALLOWED");
		assert_text(http_header_find(answer->headers, answer->header_count, STR("Allow")),
		    cases[i].allow);
	}
}

/* -- who asks -- */

static void
who_does_not_say_who_they_are_is_401(void **state)
{
	struct http_header json = { STR("Content-Type"), STR("application/json") };
	static const char *const malformed[] = { "operator", "@", "operator@", "@lone-star-noc",
		"operator@lone-star-noc@x", "operator@\xff" };
	const struct http_answer *answer =
	    request("POST", "/graphql", &json, 1, STR("{\"query\":\"{viewer{user}}\"}"));

	(void)state;
	assert_text_at(json_of(answer, 401), "error.code", "UNAUTHENTICATED");
	for (size_t i = 0; i < COUNT_OF(malformed); i++)
		(void)json_of(
		    post_graphql(malformed[i], STR("{\"query\":\"{viewer{user}}\"}")), 401);
}

static void
an_unknown_user_an_unknown_organisation_and_no_membership_are_one_answer(void **state)
{
	static const char *const unknown[] = { "nobody@lone-star-noc", "operator@nobody",
		"dispatcher@lone-star-noc", "operator@hill-country-osp", "Operator@lone-star-noc ",
		"operator@lone-star-noc'--" };
	struct str body = STR("{\"query\":\"{viewer{user}}\"}");
	const struct http_answer *first = post_graphql(unknown[0], body);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(unknown); i++) {
		const struct http_answer *answer = post_graphql(unknown[i], body);

		assert_int_equal(answer->status, 401);
		assert_true(str_equal(answer->body, first->body));
	}
}

static void
who_may_not_ask_is_told_so_before_the_body_is_looked_at(void **state)
{
	(void)state;
	assert_int_equal(post_graphql("nobody@lone-star-noc", STR("{"))->status, 401);
}

static void
in_production_the_development_identity_is_refused(void **state)
{
	struct http_header json = { STR("Content-Type"), STR("application/json") };
	struct str body = STR("{\"query\":\"{viewer{user}}\"}");
	const struct json *answer = json_of(post_graphql(OPERATOR, body), 401);

	(void)state;
	assert_text_at(answer, "error.code", "UNAUTHENTICATED");
	assert_contains(text_at(answer, "error.message"), "refused outside development");
	assert_contains(
	    text_at(json_of(request("POST", "/graphql", &json, 1, body), 401), "error.message"),
	    "sign in first");
}

static void
in_production_there_are_no_doors_of_development(void **state)
{
	(void)state;
	assert_int_equal(request("GET", "/dev/quiet", NULL, 0, STR(""))->status, 404);
	assert_int_equal(request("POST", "/dev/quiet", NULL, 0, STR(""))->status, 404);
	assert_int_equal(request("GET", "/healthz", NULL, 0, STR(""))->status, 200);
	assert_int_equal(request("GET", "/readyz", NULL, 0, STR(""))->status, 200);
	assert_int_equal(
	    request("POST", "/webhooks/twilio/voice/answer", NULL, 0, STR(""))->status, 403);
}

/* -- bytes that two servers could read differently -- */

static char received[65536];

/* All that is answered to ${bytes} until the server closes. */
static const char *
answer_to(struct str bytes)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	size_t length = 0;
	ssize_t got = 1;

	assert_true(fd >= 0);
	address.sin_port = htons(api_port(server.api));
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	(void)!send(fd, bytes.ptr, bytes.len, MSG_NOSIGNAL);
	while (got > 0) {
		if (poll(&ready, 1, PATIENCE_MS) != 1)
			fail_msg("the server neither answered nor closed");
		got = recv(fd, received + length, sizeof(received) - 1 - length, 0);
		length += got > 0 ? (size_t)got : 0;
	}
	close(fd);
	received[length] = '\0';
	return received;
}

#define HIDDEN "GET /healthz HTTP/1.1\r\nHost: s\r\n\r\n"
#define POSTED                                                                    \
	"POST /graphql HTTP/1.1\r\nHost: s\r\nContent-Type: application/json\r\n" \
	"Strike-Development-Identity: operator@lone-star-noc\r\n"

static void
a_request_that_hides_another_is_refused_and_closed(void **state)
{
	static const struct str requests[] = {
		STR(POSTED "Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcde" HIDDEN),
		STR(POSTED
		    "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" HIDDEN),
		STR(POSTED "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" HIDDEN),
		STR(POSTED "Content-Length : 5\r\n\r\nabcde" HIDDEN),
		STR(POSTED "Content-Length: +5\r\n\r\nabcde" HIDDEN),
		STR(POSTED "X-A: b\r\n c\r\nContent-Length: 0\r\n\r\n" HIDDEN),
		STR(POSTED "Content-Length: 0\n\n" HIDDEN),
		STR(POSTED "Transfer-Encoding: chunked\r\n\r\n5 x\r\nabcde\r\n0\r\n\r\n" HIDDEN),
		STR("GET http://t/healthz HTTP/1.1\r\nHost: s\r\n\r\n" HIDDEN),
		STR("GET /healthz HTTP/1.1\r\nHost: s\r\nHost: t\r\n\r\n" HIDDEN),
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(requests); i++) {
		const char *answer = answer_to(requests[i]);

		if (strstr(answer, "200 OK") != NULL || strstr(answer, "\"data\"") != NULL ||
		    (answer[0] != '\0' && strstr(answer, "HTTP/1.1 400 ") == NULL))
			fail_msg("request %zu was answered: %s", i, answer);
	}
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		API_TEST(a_body_that_is_no_json_is_400_and_says_why),
		API_TEST(a_body_of_another_shape_is_400_and_says_which_is_right),
		API_TEST(a_body_that_is_nested_without_end_is_400),
		API_TEST(a_body_over_the_limit_is_413),
		API_TEST(only_json_is_taken_as_json),
		API_TEST(an_unknown_field_is_400_and_the_nearest_is_named),
		API_TEST(an_unknown_member_of_an_input_is_400),
		API_TEST(variables_of_the_wrong_type_are_400),
		API_TEST(what_is_no_graphql_is_400_with_the_place),
		API_TEST(a_query_without_end_is_400),
		API_TEST(fragments_that_multiply_are_400),
		API_TEST(a_hundred_aliases_are_too_few_to_matter),
		API_TEST(two_operations_need_a_name),
		API_TEST(a_mutation_does_not_come_by_get),
		API_TEST(a_path_that_is_not_there_is_404),
		API_TEST(a_method_that_a_path_does_not_take_is_405_and_says_which_it_does),
		API_TEST(who_does_not_say_who_they_are_is_401),
		API_TEST(an_unknown_user_an_unknown_organisation_and_no_membership_are_one_answer),
		API_TEST(who_may_not_ask_is_told_so_before_the_body_is_looked_at),
		API_TEST(a_request_that_hides_another_is_refused_and_closed),
	};
	const struct CMUnitTest production[] = {
		API_TEST(in_production_the_development_identity_is_refused),
		API_TEST(in_production_there_are_no_doors_of_development),
	};

	store_factory_choose(argc > 1 ? argv[1] : "mem");
	return cmocka_run_group_tests(tests, api_world_begin, api_world_end) +
	       cmocka_run_group_tests(production, api_world_begin_production, api_world_end);
}
