#include <libpq-fe.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/hex.h"
#include "support/api_world.h"

/*
 * GraphQL over HTTP as clients meet it: media types, status codes, persisted queries,
 * compression, limits, and GraphiQL.  What graphql-http audits stands in
 * tests/judge/clients/graphql_http_judge.mjs and is not said twice.
 *
 * usage: api_http_graphql_test mem|pg
 */

#define GRAPHQL_RESPONSE "application/graphql-response+json"

static char graphiql_folder[64];

static void
plant(const char *name)
{
	char path[128];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/%s", graphiql_folder, name);
	file = fopen(path, "w");
	assert_non_null(file);
	(void)fprintf(file, "/* %s */\n", name);
	assert_int_equal(fclose(file), 0);
}

static void
adjust(struct server_world *world)
{
	world->settings.graphql_depth_max = 8;
	world->settings.graphql_aliases_max = 10;
	world->settings.graphql_cost_max = 20000;
	world->settings.graphql_response_bytes_max = 65536;
	world->settings.graphiql_dir = str_from_z(graphiql_folder);
}

static int
begin(void **state)
{
	(void)state;
	(void)snprintf(graphiql_folder, sizeof(graphiql_folder), "/tmp/strike-graphiql-XXXXXX");
	assert_non_null(mkdtemp(graphiql_folder));
	api_world_begin_as(&(struct server_world_options){ .adjust = adjust });
	return 0;
}

static int
end(void **state)
{
	static const char *const names[] = { "graphiql.min.js", "graphiql.min.css", "page.html" };
	char path[128];

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", graphiql_folder, names[i]);
		(void)unlink(path);
	}
	assert_int_equal(rmdir(graphiql_folder), 0);
	return api_world_end(state);
}

/* POST ${body} with the headers Accept: ${accept} and, unless NULL, ${name}: ${value}. */
static const struct http_answer *
post(const char *body, const char *accept, const char *name, const char *value)
{
	struct http_header headers[] = {
		{ STR("Content-Type"), STR("application/json") },
		{ STR("Strike-Development-Identity"), STR(OPERATOR) },
		{ STR("Accept"), str_from_z(accept) },
		{ str_from_z(name), str_from_z(value) },
	};

	return request("POST", "/graphql", headers, name == NULL ? 3 : 4, str_from_z(body));
}

/* The answer to ${body} for who takes application/json only: always 200. */
static const struct json *
told(const char *identity, const char *body)
{
	struct http_header headers[] = {
		{ STR("Content-Type"), STR("application/json") },
		{ STR("Strike-Development-Identity"), str_from_z(identity) },
	};

	return json_of(
	    request("POST", "/graphql", headers, COUNT_OF(headers), str_from_z(body)), 200);
}

static const struct http_answer *
get(const char *path, const char *name, const char *value)
{
	struct http_header headers[] = {
		{ STR("Strike-Development-Identity"), STR(OPERATOR) },
		{ str_from_z(name), str_from_z(value) },
	};

	return request("GET", path, headers, name == NULL ? 1 : 2, STR(""));
}

static struct str
header(const struct http_answer *answer, const char *name)
{
	return http_header_find(answer->headers, answer->header_count, str_from_z(name));
}

/* -- media types and status codes -- */

static void
a_refused_request_is_told_by_the_status_only_to_who_knows_the_media_type(void **state)
{
	static const char *const refused[] = { "{\"query\":\"{\"}", "{\"query\":\"{nothing}\"}",
		"{\"query\":\"query A{__typename} query B{__typename}\"}",
		"{\"query\":\"query($x:ID!){__typename}\"}",
		"{\"query\":\"{__typename}\",\"operationName\":\"Other\"}" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(refused); i++) {
		const struct http_answer *modern = post(refused[i], GRAPHQL_RESPONSE, NULL, NULL);
		const struct http_answer *old = post(refused[i], "application/json", NULL, NULL);

		assert_int_equal(modern->status, 400);
		assert_text(header(modern, "Content-Type"), GRAPHQL_RESPONSE "; charset=utf-8");
		assert_int_equal(old->status, 200);
		assert_text(header(old, "Content-Type"), "application/json; charset=utf-8");
		assert_true(str_equal(modern->body, old->body));
		assert_null(json_find(json_of(old, 200), STR("data")));
	}
}

static void
a_request_that_cannot_be_read_is_400_for_everybody_and_says_why(void **state)
{
	static const struct {
		const char *body, *why;
	} bad[] = {
		{ "", "not valid JSON" },
		{ "{\"query\":", "not valid JSON" },
		{ "[{\"query\":\"{__typename}\"}]", "batches are not taken" },
		{ "\"{__typename}\"", "must be a JSON object" },
		{ "{\"qeury\":\"{__typename}\"}", "unknown member \"qeury\"" },
		{ "{\"query\":7}", "\"query\" must be a string" },
		{ "{\"query\":null}", "no \"query\": it must be a string" },
		{ "{\"query\":\"\"}", "it must be a string, and not empty" },
		{ "{}", "has no \"query\"" },
		{ "{\"query\":\"{__typename}\",\"variables\":[]}",
		    "\"variables\" must be an object" },
		{ "{\"query\":\"{__typename}\",\"extensions\":{\"persistedQuery\":{\"version\":2}}"
		  "}",
		    "version must be 1" },
		{ "{\"extensions\":{\"persistedQuery\":{\"version\":1,\"sha256Hash\":\"ab\"}}}",
		    "64 hexadecimal digits" },
		{ "{\"extensions\":{\"persistedQuery\":[]}}", "version must be 1" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		const struct json *body =
		    json_of(post(bad[i].body, "application/json", NULL, NULL), 400);

		assert_text_at(body, "errors.0.extensions.code", "BAD_REQUEST");
		assert_contains(text_at(body, "errors.0.message"), bad[i].why);
		assert_null(json_find(body, STR("data")));
		assert_int_equal(post(bad[i].body, GRAPHQL_RESPONSE, NULL, NULL)->status, 400);
	}
}

static void
a_body_in_another_encoding_is_not_read(void **state)
{
	static const struct {
		const char *type;
		int status;
	} all[] = {
		{ "application/json; charset=utf-8", 200 },
		{ "application/json; charset=\"UTF-8\"", 200 },
		{ "APPLICATION/JSON;x=y", 200 },
		{ "application/json; charset=utf-16", 415 },
		{ "application/json; charset=latin1", 415 },
		{ "application/graphql-response+json", 415 },
		{ "text/plain", 415 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(all); i++) {
		struct http_header headers[] = {
			{ STR("Content-Type"), str_from_z(all[i].type) },
			{ STR("Strike-Development-Identity"), STR(OPERATOR) },
		};

		assert_int_equal(
		    request("POST", "/graphql", headers, 2, STR("{\"query\":\"{__typename}\"}"))
			->status,
		    all[i].status);
	}
}

static void
a_get_is_read_as_a_post_is_and_in_one_way_only(void **state)
{
	const struct json *body = json_of(
	    get("/graphql?query=query+A%28%24r%3AID%21%29%7Beco%28id%3A%24r%29%7Bid%7D%7D+query+B"
		"%7Bviewer%7Brole%7D%7D&operationName=B&variables=&extensions=%7B%7D&utm=1",
		NULL, NULL),
	    200);

	(void)state;
	assert_text_at(body, "data.viewer.role", "operator");
	body = json_of(
	    get("/graphql?query=%7B__typename%7D&query=%7Bviewer%7Brole%7D%7D", NULL, NULL), 400);
	assert_contains(text_at(body, "errors.0.message"), "query is given twice");
	body = json_of(get("/graphql?query=%7B__typename%7D&variables=%7B", NULL, NULL), 400);
	assert_contains(text_at(body, "errors.0.message"), "variables is not valid JSON");
	body = json_of(get("/graphql?query=%7B__typename%7D&variables=7", NULL, NULL), 400);
	assert_contains(text_at(body, "errors.0.message"), "must be an object");
	body = json_of(get("/graphql?variables=%7B%7D", NULL, NULL), 400);
	assert_contains(text_at(body, "errors.0.message"), "has no \"query\"");
}

/* -- persisted queries -- */

/* A request for the document ${text}, with it if ${sends}. */
static const char *
persisted(const char *text, bool sends)
{
	return print("{%s%s%s\"extensions\":{\"persistedQuery\":{\"version\":1,"
		     "\"sha256Hash\":\"%s\"}}}",
	    sends ? "\"query\":\"" : "", sends ? text : "", sends ? "\"," : "",
	    arena_copy_z(arena, hex_digest(arena, sha256_of(str_from_z(text)))));
}

static void
a_persisted_query_is_known_once_it_was_sent(void **state)
{
	const char *text = "{viewer{role}}";
	const struct json *unknown = told(OPERATOR, persisted(text, false));

	(void)state;
	assert_text_at(unknown, "errors.0.message", "PersistedQueryNotFound");
	assert_text_at(unknown, "errors.0.extensions.code", "PERSISTED_QUERY_NOT_FOUND");
	assert_int_equal(post(persisted(text, false), GRAPHQL_RESPONSE, NULL, NULL)->status, 400);
	for (int i = 0; i < 3; i++)
		assert_text_at(
		    told(OPERATOR, persisted(text, i == 0)), "data.viewer.role", "operator");
}

static void
a_document_that_was_asked_in_full_is_known_too_but_not_to_others(void **state)
{
	const char *text = "{viewer{user role}}";

	(void)state;
	(void)ask(OPERATOR, text, "null");
	assert_text_at(told(OPERATOR, persisted(text, false)), "data.viewer.user", "operator");
	/* The same organisation, another person: what is answered is theirs. */
	assert_text_at(told(SUPERVISOR, persisted(text, false)), "data.viewer.user", "supervisor");
	assert_text_at(told(DISPATCHER, persisted(text, false)), "errors.0.extensions.code",
	    "PERSISTED_QUERY_NOT_FOUND");
}

static void
a_digest_of_something_else_is_refused_and_nothing_is_remembered(void **state)
{
	const char *hash = arena_copy_z(
	    arena, hex_digest(arena, sha256_of(STR("{viewer{organisation{handle}}}"))));
	const char *body = print("{\"query\":\"{viewer{role}}\",\"extensions\":{\"persistedQuery\":"
				 "{\"version\":1,\"sha256Hash\":\"%s\"}}}",
	    hash);

	(void)state;
	assert_text_at(
	    told(OPERATOR, body), "errors.0.extensions.code", "PERSISTED_QUERY_HASH_MISMATCH");
	assert_text_at(told(OPERATOR, persisted("{viewer{organisation{handle}}}", false)),
	    "errors.0.extensions.code", "PERSISTED_QUERY_NOT_FOUND");
}

static void
a_mutation_that_is_persisted_is_still_refused_over_get(void **state)
{
	const char *text = "mutation{__typename}";
	const char *hash = arena_copy_z(arena, hex_digest(arena, sha256_of(str_from_z(text))));
	const struct http_answer *answer;

	(void)state;
	(void)told(OPERATOR, persisted(text, true));
	answer = get(print("/graphql?extensions=%%7B%%22persistedQuery%%22%%3A%%7B%%22version%%22"
			   "%%3A1%%2C%%22sha256Hash%%22%%3A%%22%s%%22%%7D%%7D",
			 hash),
	    NULL, NULL);
	assert_int_equal(answer->status, 405);
	assert_text(header(answer, "Allow"), "POST");
}

static void
what_is_invalid_is_not_remembered(void **state)
{
	const char *text = "{nothing}";

	(void)state;
	(void)told(OPERATOR, persisted(text, true));
	assert_text_at(told(OPERATOR, persisted(text, false)), "errors.0.extensions.code",
	    "PERSISTED_QUERY_NOT_FOUND");
}

/* -- compression -- */

#define LONG_QUERY "{\"query\":\"{__schema{types{name description}}}\"}"

static void
long_answers_to_queries_are_compressed(void **state)
{
	const struct http_answer *plain = post(LONG_QUERY, "*/*", NULL, NULL);
	const struct http_answer *packed = post(LONG_QUERY, "*/*", "Accept-Encoding", "gzip");

	(void)state;
	assert_text(header(plain, "Content-Encoding"), "");
	assert_text(header(packed, "Content-Encoding"), "gzip");
	assert_true(plain->body.len > 2 * packed->body.len);
	assert_int_equal((unsigned char)packed->body.ptr[0], 0x1f);
	assert_int_equal((unsigned char)packed->body.ptr[1], 0x8b);
}

/* A token is told once, beside a name that its maker has chosen. */
static void
the_answer_to_a_command_is_never_compressed(void **state)
{
	struct buf body = buf_in(arena, 16384);
	const struct http_answer *answer;

	(void)state;
	buf_str(&body, STR("{\"query\":\"mutation{"));
	for (int i = 0; i < 9; i++)
		buf_printf(&body, "a%d: __typename ", i);
	for (int i = 0; i < 400; i++)
		buf_str(&body, STR("__typename "));
	buf_str(&body, STR("...Nothing} fragment Nothing on Mutation{"));
	buf_str(&body, STR("longerThanOneKilobyteInAll:__typename}\"}"));
	answer = post(
	    arena_copy_z(arena, buf_view(&body)), "*/*", "Accept-Encoding", "gzip, identity;q=0");
	assert_int_equal(answer->status, 200);
	assert_text(header(answer, "Content-Encoding"), "");
}

static void
the_answer_with_the_token_of_a_session_is_never_compressed(void **state)
{
	struct http_header headers[] = {
		{ STR("Content-Type"), STR("application/json") },
		{ STR("Accept-Encoding"), STR("gzip, identity;q=0") },
	};
	const struct http_answer *answer = request("POST", "/session", headers, 2,
	    STR("{\"user\":\"operator\",\"organisation\":\"lone-star-noc\"}"));

	(void)state;
	assert_text(header(answer, "Content-Encoding"), "");
	assert_non_null(json_find(json_of(answer, 200), STR("csrfToken")));
}

/* -- limits -- */

static void
an_answer_says_what_it_cost(void **state)
{
	const struct json *body = ask(OPERATOR, "{viewer{user role}}", "null");

	(void)state;
	assert_int_equal(int_at(body, "extensions.cost.requested"), 3);
	assert_int_equal(int_at(body, "extensions.cost.limit"), 20000);
}

static void
what_is_too_deep_too_much_or_too_dear_is_refused_before_it_is_begun(void **state)
{
	static const struct {
		const char *query, *why;
	} all[] = {
		{ "{__schema{types{fields{type{ofType{ofType{ofType{ofType{name}}}}}}}}}", "deep" },
		{ "{a:__typename b:__typename c:__typename d:__typename e:__typename f:__typename "
		  "g:__typename h:__typename i:__typename j:__typename k:__typename}",
		    "alias" },
		{ "{ecos(first:100){edges{node{timeline(first:500){id type summary}}}}}", "cost" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(all); i++) {
		const struct json *body = told(OPERATOR, print("{\"query\":\"%s\"}", all[i].query));

		assert_null(json_find(body, STR("data")));
		assert_contains(text_at(body, "errors.0.message"), all[i].why);
	}
}

static void
an_answer_that_grows_too_long_is_refused_as_a_whole(void **state)
{
	struct buf query = buf_in(arena, 131072);
	const struct json *body;

	(void)state;
	buf_str(&query, STR("{__schema{"));
	for (int i = 0; i < 9; i++)
		buf_printf(&query, "t%d:types{name description fields{name description}}", i);
	buf_str(&query, STR("}}"));
	body = ask(OPERATOR, arena_copy_z(arena, buf_view(&query)), "null");
	assert_text_at(body, "errors.0.extensions.code", "LIMIT");
	assert_null_at(body, "data");
}

/* -- GraphiQL -- */

static void
graphiql_says_what_to_do_without_its_files_and_serves_them_once_they_are_there(void **state)
{
	const struct http_answer *answer = get("/graphiql", NULL, NULL);
	struct str tag;

	(void)state;
	assert_int_equal(answer->status, 404);
	assert_contains(arena_copy_z(arena, answer->body), "tools/fetch-graphiql");
	plant("graphiql.min.js");
	plant("page.html"); /* is not what is served under that name */
	answer = get("/graphiql", NULL, NULL);
	assert_int_equal(answer->status, 200);
	assert_text(header(answer, "Content-Type"), "text/html; charset=utf-8");
	assert_contains(arena_copy_z(arena, header(answer, "Content-Security-Policy")),
	    "default-src 'none'; script-src 'self'");
	assert_contains(arena_copy_z(arena, answer->body), "<title>GraphiQL");
	answer = get("/graphiql/graphiql.min.js", NULL, NULL);
	assert_text(answer->body, "/* graphiql.min.js */\n");
	assert_text(header(answer, "Content-Type"), "text/javascript; charset=utf-8");
	tag = header(answer, "ETag");
	answer = get("/graphiql/graphiql.min.js", "If-None-Match", arena_copy_z(arena, tag));
	assert_int_equal(answer->status, 304);
	assert_int_equal(answer->body.len, 0);
	assert_int_equal(get("/graphiql/graphiql.min.css", NULL, NULL)->status, 404);
}

static void
graphiql_serves_no_other_file(void **state)
{
	static const char *const paths[] = { "/graphiql/", "/graphiql/page.html",
		"/graphiql/%2e%2e/graphiql.min.js", "/graphiql/..%2f..%2fetc%2fpasswd",
		"/graphiql//graphiql.min.js", "/graphiql/graphiql.min.js/",
		"/graphiql/GRAPHIQL.MIN.JS" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(paths); i++)
		assert_int_equal(get(paths[i], NULL, NULL)->status, 404);
}

/* -- outside development, without introspection -- */

static void
hide_schema(struct server_world *world)
{
	world->settings.graphql_introspection = CONFIG_OFF;
}

static int
begin_hidden(void **state)
{
	(void)state;
	api_world_begin_as(&(struct server_world_options){ .adjust = hide_schema });
	return 0;
}

static void
without_introspection_the_schema_is_not_told_and_not_suggested(void **state)
{
	static const char *const asked[] = { "{__schema{types{name}}}",
		"{__type(name:\\\"Eco\\\"){name}}",
		"{viewer{...on Viewer{__schema{types{name}}}}}" };
	const struct json *body;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(asked); i++) {
		body = told(OPERATOR, print("{\"query\":\"%s\"}", asked[i]));
		assert_null(json_find(body, STR("data")));
		assert_text_at(body, "errors.0.extensions.code", "GRAPHQL_VALIDATION_FAILED");
	}
	assert_text_at(ask(OPERATOR, "{__typename}", "null"), "data.__typename", "Query");
	body = told(OPERATOR, "{\"query\":\"{viewr{user}}\"}");
	assert_lacks(json_text(body), "Did you mean");
	assert_lacks(json_text(body), "viewer");
}

/* -- time -- */

static bool in_memory;

static void
hurry(struct server_world *world)
{
	world->settings.graphql_time_ms = 400;
}

static int
begin_hurried(void **state)
{
	(void)state;
	api_world_begin_as(&(struct server_world_options){ .adjust = hurry });
	return 0;
}

/* What waits for a change that nobody makes takes longer than one operation may. */
static void
after_its_time_no_further_field_of_an_operation_is_begun(void **state)
{
	const char *eco = created((struct create){ 0 });
	const struct json *body = told(OPERATOR,
	    print("{\"query\":\"{slow:eco(id:\\\"%s\\\",sees:[{eco:\\\"%s\\\",version:9999}]){id}"
		  "viewer{user}}\"}",
		eco, eco));

	(void)state;
	assert_text_at(body, "errors.0.extensions.code", "TIMEOUT");
	assert_null_at(body, "data");
	assert_text_at(ask(OPERATOR, "{viewer{user}}", "null"), "data.viewer.user", "operator");
}

static bool
log_has(const char *part)
{
	char line[4096];
	FILE *file = fopen(print("%s/log", server.folder), "r");
	bool found = false;

	assert_non_null(file);
	while (!found && fgets(line, sizeof(line), file) != NULL)
		found = strstr(line, part) != NULL;
	assert_int_equal(fclose(file), 0);
	return found;
}

static void
a_statement_that_takes_longer_is_broken_off_by_the_database(void **state)
{
	const struct json *body;
	PGconn *other;
	PGresult *locked;

	(void)state;
	if (in_memory)
		return;
	other = PQconnectdb(store_factory_conninfo());
	locked = PQexec(other, "BEGIN; LOCK TABLE strike.eco_board IN ACCESS EXCLUSIVE MODE");
	assert_int_equal(PQresultStatus(locked), PGRES_COMMAND_OK);
	PQclear(locked);
	body = told(OPERATOR, "{\"query\":\"{ecos(first:1){edges{node{id}}}}\"}");
	PQfinish(other);
	assert_text_at(body, "errors.0.extensions.code", "UNAVAILABLE");
	/* In development the fault is told in its own words. */
	assert_contains(text_at(body, "errors.0.message"), "the database is too busy");
	assert_true(log_has("statement timeout"));
	assert_int_equal(
	    count_at(ask(OPERATOR, "{ecos(first:1){edges{node{id}}}}", "null"), "data.ecos.edges"),
	    1);
}

static void
graphiql_is_not_there_outside_development(void **state)
{
	(void)state;
	assert_text_at(
	    json_of(request("GET", "/graphiql", NULL, 0, STR("")), 404), "error.code", "NOT_FOUND");
	assert_int_equal(request("GET", "/graphiql/page.js", NULL, 0, STR(""))->status, 404);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		API_TEST(a_refused_request_is_told_by_the_status_only_to_who_knows_the_media_type),
		API_TEST(a_request_that_cannot_be_read_is_400_for_everybody_and_says_why),
		API_TEST(a_body_in_another_encoding_is_not_read),
		API_TEST(a_get_is_read_as_a_post_is_and_in_one_way_only),
		API_TEST(a_persisted_query_is_known_once_it_was_sent),
		API_TEST(a_document_that_was_asked_in_full_is_known_too_but_not_to_others),
		API_TEST(a_digest_of_something_else_is_refused_and_nothing_is_remembered),
		API_TEST(a_mutation_that_is_persisted_is_still_refused_over_get),
		API_TEST(what_is_invalid_is_not_remembered),
		API_TEST(long_answers_to_queries_are_compressed),
		API_TEST(the_answer_to_a_command_is_never_compressed),
		API_TEST(the_answer_with_the_token_of_a_session_is_never_compressed),
		API_TEST(an_answer_says_what_it_cost),
		API_TEST(what_is_too_deep_too_much_or_too_dear_is_refused_before_it_is_begun),
		API_TEST(an_answer_that_grows_too_long_is_refused_as_a_whole),
		API_TEST(
		    graphiql_says_what_to_do_without_its_files_and_serves_them_once_they_are_there),
		API_TEST(graphiql_serves_no_other_file),
	};
	const struct CMUnitTest hidden[] = {
		API_TEST(without_introspection_the_schema_is_not_told_and_not_suggested),
	};
	const struct CMUnitTest hurried[] = {
		API_TEST(after_its_time_no_further_field_of_an_operation_is_begun),
		API_TEST(a_statement_that_takes_longer_is_broken_off_by_the_database),
	};
	const struct CMUnitTest production[] = {
		API_TEST(graphiql_is_not_there_outside_development),
	};
	int failed;

	store_factory_choose(argc > 1 ? argv[1] : "mem");
	in_memory = argc < 2 || strcmp(argv[1], "mem") == 0;
	failed = cmocka_run_group_tests(tests, begin, end);
	failed += cmocka_run_group_tests(hidden, begin_hidden, api_world_end);
	failed += cmocka_run_group_tests(hurried, begin_hurried, api_world_end);
	failed += cmocka_run_group_tests(production, api_world_begin_production, api_world_end);
	return failed;
}
