#include "support/api_world.h"

#include "domain/directory/record.h"

#include <pthread.h>
#include <stdlib.h>

#include "runtime/random.h"

#define TEST_ARENA_BYTES (256u << 20)
#define REJECTIONS_MAX   1000

/* Everybody can be reached; and since the clock stands still nobody does anything. */
#define SCENARIO                                                             \
	"scenario \"Still\"\n"                                               \
	"noc operator@lone-star-noc\n"                                       \
	"watch dispatcher@hill-country-osp\n"                                \
	"create MFR at -97.7431 30.2672 with hill-country-osp \"Nothing\"\n" \
	"phone +15125550101 rings out\n"                                     \
	"expect anything else\nuntil ECOClosed within 1h\n"

struct server_world server;
struct arena *arena;

static int
begin(const struct server_world_options *options)
{
	server_world_begin_as(&server, store_factory_make(),
	    options->scenario == NULL ? SCENARIO : options->scenario, options);
	return 0;
}

void
api_world_begin_as(const struct server_world_options *options)
{
	(void)begin(options);
}

int
api_world_begin(void **state)
{
	(void)state;
	return begin(&(struct server_world_options){ .previous_token = API_PREVIOUS_TOKEN });
}

int
api_world_begin_production(void **state)
{
	(void)state;
	return begin(&(struct server_world_options){ .production = true });
}

int
api_world_end(void **state)
{
	(void)state;
	server_world_end(&server, getenv("STRIKE_TEST_VERBOSE") != NULL);
	store_factory_clean();
	return 0;
}

int
api_world_begin_test(void **state)
{
	(void)state;
	arena = arena_create(TEST_ARENA_BYTES);
	return 0;
}

int
api_world_end_test(void **state)
{
	(void)state;
	arena_destroy(arena);
	return 0;
}

const struct http_answer *
request(const char *method, const char *path, const struct http_header *headers,
    size_t header_count, struct str body)
{
	struct http_answer *answer = arena_new(arena, struct http_answer);

	assert_non_null(answer);
	assert_no_fault(http_client_send(server.client, arena,
	    &(struct http_call){
		.method = method,
		.url = arena_printf(arena, "%.*s%s", STR_ARG(server.server_url), path),
		.headers = headers,
		.header_count = header_count,
		.body = body,
		.timeout = SECONDS(30),
	    },
	    answer));
	return answer;
}

#define AT_ONCE_MAX 16

struct sender {
	pthread_t thread;
	struct arena *arena;
	const struct http_call *call;
	struct http_answer *answer;
	const struct err *err;
};

static void *
send_one(void *context)
{
	struct sender *sender = context;

	sender->err = http_client_send(server.client, sender->arena, sender->call, sender->answer);
	return NULL;
}

void
request_at_once(const struct http_call *calls, size_t count, struct http_answer *ret)
{
	struct sender senders[AT_ONCE_MAX];

	assert_true(count <= AT_ONCE_MAX);
	for (size_t i = 0; i < count; i++) {
		senders[i] = (struct sender){
			.arena = arena_create(8u << 20), .call = &calls[i], .answer = &ret[i]
		};
		assert_int_equal(
		    pthread_create(&senders[i].thread, NULL, send_one, &senders[i]), 0);
	}
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(pthread_join(senders[i].thread, NULL), 0);
		assert_no_fault(senders[i].err);
		ret[i].body = arena_copy(arena, ret[i].body);
		arena_destroy(senders[i].arena);
	}
}

const struct http_answer *
post_graphql(const char *identity, struct str body)
{
	struct http_header headers[] = {
		{ STR("Content-Type"), STR("application/json") },
		{ STR("Strike-Development-Identity"), str_from_z(identity) },
		/* So that a refused request shows in the status. */
		{ STR("Accept"), STR("application/graphql-response+json") },
	};

	return request("POST", "/graphql", headers, COUNT_OF(headers), body);
}

const struct json *
json_of(const struct http_answer *answer, int status)
{
	const struct json *body;
	struct str reason;

	if (answer->status != status)
		fail_msg(
		    "expected %d, got %d: %.*s", status, answer->status, STR_ARG(answer->body));
	if (!json_parse(arena, answer->body, &body, &reason))
		fail_msg("no JSON: %.*s", STR_ARG(answer->body));
	return body;
}

const char *
print(const char *format, ...)
{
	const char *copy;
	va_list args;
	char *text;

	va_start(args, format);
	assert_true(vasprintf(&text, format, args) >= 0);
	va_end(args);
	copy = arena_copy_z(arena, str_from_z(text));
	free(text);
	return copy;
}

const struct json *
ask(const char *identity, const char *query, const char *variables)
{
	struct buf buf = buf_in(arena, 256 + 6 * (strlen(query) + strlen(variables)));
	struct json_writer writer = json_writer(&buf);

	json_begin_map(&writer);
	json_member_text(&writer, STR("query"), str_from_z(query));
	json_member_raw(&writer, STR("variables"), str_from_z(variables));
	json_end_map(&writer);
	assert_false(buf.overflowed);
	return json_of(post_graphql(identity, buf_view(&buf)), 200);
}

/* The member or item that ${step} names. */
static const struct json *
step_into(const struct json *json, struct str step)
{
	int64_t index;

	if (json->type == JSON_LIST && str_parse_i64(step, &index))
		return index < (int64_t)json->list.count ? &json->list.items[index] : NULL;
	return json_find(json, step);
}

const struct json *
at(const struct json *json, const char *path)
{
	struct str rest = str_from_z(path);
	const struct json *here = json;

	while (!str_empty(rest) && here != NULL)
		here = step_into(here, str_cut(&rest, '.'));
	if (here == NULL)
		fail_msg("nothing at %s in %s", path, json_text(json));
	return here;
}

const char *
text_at(const struct json *json, const char *path)
{
	const struct json *value = at(json, path);

	if (value->type != JSON_TEXT)
		fail_msg("no text at %s in %s", path, json_text(json));
	return arena_copy_z(arena, value->text);
}

int64_t
int_at(const struct json *json, const char *path)
{
	const struct json *value = at(json, path);

	if (value->type != JSON_INT)
		fail_msg("no number at %s in %s", path, json_text(json));
	return value->integer;
}

size_t
count_at(const struct json *json, const char *path)
{
	const struct json *value = at(json, path);

	if (value->type != JSON_LIST)
		fail_msg("no list at %s in %s", path, json_text(json));
	return value->list.count;
}

void
assert_null_at(const struct json *json, const char *path)
{
	if (at(json, path)->type != JSON_NULL_VALUE)
		fail_msg("expected null at %s in %s", path, json_text(json));
}

void
assert_text_at(const struct json *json, const char *path, const char *expected)
{
	const char *text = text_at(json, path);

	if (strcmp(text, expected) != 0)
		fail_msg("expected \"%s\" at %s, got \"%s\"", expected, path, text);
}

const char *
json_text(const struct json *json)
{
	struct buf buf = buf_in(arena, 256 * 1024);
	struct json_writer writer = json_writer(&buf);

	json_write_value(&writer, json);
	return arena_copy_z(arena, buf_view(&buf));
}

const char *
new_key(void)
{
	return arena_copy_z(arena, uuid_text(arena, random_uuid(clock_now(server.clock))));
}

#define REFUSAL_FIELDS "... on Refusal{code field message rule}"

const struct json *
create(struct create given)
{
	const char *identity = given.identity == NULL ? OPERATOR : given.identity;
	const char *input = print("{\"input\":{\"idempotencyKey\":\"%s\",\"location\":%s,"
				  "\"jobType\":\"%s\",\"description\":%s,\"osp\":\"%s\"}}",
	    given.key == NULL ? new_key() : given.key,
	    given.location == NULL ? AUSTIN : given.location,
	    given.job_type == NULL ? "MFR" : given.job_type,
	    given.description == NULL ? "\"Loss of light on the 96-count\"" : given.description,
	    given.osp == NULL ? "hill-country-osp" : given.osp);

	return at(ask(identity,
		      "mutation($input:CreateEcoInput!){createEco(input:$input){__typename "
		      "... on CreateEcoSuccess{eco{id version jobNumber jobType description "
		      "location status createdAt noc{handle} osp{handle}}}" REFUSAL_FIELDS "}}",
		      input),
	    "data.createEco");
}

const char *
created(struct create given)
{
	const struct json *result = create(given);
	const char *id;

	assert_done(result);
	id = text_at(result, "eco.id");
	server_world_settle(&server);
	return id;
}

/* "CloseEcoInput" for "closeEco". */
static const char *
input_type(const char *mutation)
{
	char *name = arena_copy_z(arena, arena_printf(arena, "%sInput", mutation));

	name[0] = (char)(name[0] - 'a' + 'A');
	return name;
}

const struct json *
command(const char *identity, const char *mutation, const char *key, const char *input)
{
	const char *query = print("mutation($input:%s!){%s(input:$input){__typename "
				  "... on EcoCommandSuccess{eco{id version status statusWords}}"
				  "%s}}",
	    input_type(mutation), mutation, REFUSAL_FIELDS);
	const char *variables = print(
	    "{\"input\":{\"idempotencyKey\":\"%s\",%s}}", key == NULL ? new_key() : key, input);

	return at(ask(identity, query, variables), print("data.%s", mutation));
}

void
assert_done(const struct json *result)
{
	if (json_find(result, STR("eco")) == NULL)
		fail_msg("expected success, got %s", json_text(result));
}

void
assert_refused(const struct json *result, const char *code, const char *field, const char *message)
{
	assert_text_at(result, "__typename", "Refusal");
	assert_text_at(result, "code", code);
	if (field == NULL)
		assert_null_at(result, "field");
	else
		assert_text_at(result, "field", field);
	assert_contains(text_at(result, "message"), message);
	assert_true(strlen(text_at(result, "rule")) > 10);
}

const struct json *
timeline(const char *identity, const char *eco)
{
	return at(ask(identity,
		      "query($eco:ID!){timeline(ecoId:$eco,first:500){version id type at "
		      "recordedAt summary actor detail}}",
		      print("{\"eco\":\"%s\"}", eco)),
	    "data.timeline");
}

size_t
count_entries(const char *identity, const char *eco, const char *type)
{
	const struct json *entries = timeline(identity, eco);
	size_t count = 0;

	for (size_t i = 0; i < count_at(entries, ""); i++) {
		if (str_equal(at(&entries->list.items[i], "type")->text, str_from_z(type)))
			count++;
	}
	return count;
}

const struct json *
eco_of(const char *identity, const char *eco)
{
	return at(ask(identity,
		      "query($eco:ID!){eco(id:$eco){id version jobNumber jobType description "
		      "location status statusWords dispatch integration acceptedAt etaMinutes "
		      "graceUntil createdAt updatedAt noc{handle} osp{handle}}}",
		      print("{\"eco\":\"%s\"}", eco)),
	    "data.eco");
}

struct store_session *
worker_session(void)
{
	struct store_session *session;

	assert_no_fault(store_session_open(server.store, arena, STORE_WORKER, &session));
	return session;
}

size_t
events_in_all(void)
{
	struct store_session *session;
	struct store_events page;
	size_t count = 0;

	server_world_settle(&server);
	session = worker_session();
	do {
		struct arena_mark mark = arena_mark(arena);

		assert_no_fault(
		    store_read_log(session, arena, (int64_t)count, STORE_ROWS_MAX, &page));
		count += page.count;
		arena_release(arena, mark);
	} while (page.count == STORE_ROWS_MAX);
	store_session_close(session);
	return count;
}

static bool
is_audit(const struct store_event *event)
{
	enum directory_event_type type;

	return directory_event_find(event->type, &type) &&
	       directory_event_kind(type) == RECORD_AUDIT;
}

size_t
events_that_matter(void)
{
	struct store_session *session;
	struct store_events page;
	int64_t after = 0;
	size_t count = 0;

	server_world_settle(&server);
	session = worker_session();
	do {
		struct arena_mark mark = arena_mark(arena);

		assert_no_fault(store_read_log(session, arena, after, STORE_ROWS_MAX, &page));
		for (size_t i = 0; i < page.count; i++)
			count += !is_audit(&page.at[i]);
		after += (int64_t)page.count;
		arena_release(arena, mark);
	} while (page.count == STORE_ROWS_MAX);
	store_session_close(session);
	return count;
}

size_t
rejections(struct store_rejection *ret_last)
{
	struct store_rejection *newest = arena_array(arena, struct store_rejection, REJECTIONS_MAX);
	struct store_session *session = worker_session();
	size_t count;

	assert_non_null(newest);
	assert_no_fault(store_list_rejections(session, arena, REJECTIONS_MAX, newest, &count));
	if (ret_last != NULL && count > 0)
		*ret_last = newest[0];
	store_session_close(session);
	return count;
}
