#include "support/unit.h"

#include "graphql/graphql.h"

/* Subscriptions: what is asked for, and the response to each event. */

static const char sdl[] =
    "type Eco { id: ID! org: Org me: String }\n"
    "type Org { name: String! }\n"
    "scalar Any\n"
    "input Area { names: [String!] depth: Int = 3 any: Any }\n"
    "type Query { eco: Eco }\n"
    "type Mutation { close: Eco }\n"
    "type Subscription { changed(id: ID!, area: Area, after: Int! = 0): Eco counted: Int!\n"
    "  all: [Eco!]! }\n";

struct eco {
	const char *id, *org;
};

static const struct eco ecos[] = { { "1", "North" }, { "2", "South" } };

static struct arena *arena, *schema_arena, *own;
static struct graphql_schema *schema;
static size_t loads;

static struct err *
eco_id(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text(str_from_z(((const struct eco *)call->parent)->id));
	return NULL;
}

/* The context of the event's request, not of the subscription's. */
static struct err *
eco_me(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text(str_from_z(call->context));
	return NULL;
}

static struct err *
load_org(struct graphql_batch *batch)
{
	loads++;
	for (size_t i = 0; i < batch->count; i++)
		batch->values[i] = graphql_object(STR(""), batch->parents[i]);
	return NULL;
}

static struct err *
org_name(struct graphql_call *call, struct graphql_value *ret)
{
	const struct eco *eco = call->parent;

	if (eco->org == NULL)
		return ERR(call->arena, ERR_CORRUPT, "it has none");
	*ret = graphql_text(str_from_z(eco->org));
	return NULL;
}

static struct err *
nothing(struct graphql_call *call, struct graphql_value *ret)
{
	(void)call;
	(void)ret;
	return NULL;
}

static int
set_up(void **state)
{
	static const struct graphql_batch_binding batches[] = { { STR("Eco.org"), load_org } };
	static const struct graphql_binding bindings[] = {
		{ STR("Eco.id"), eco_id },
		{ STR("Eco.me"), eco_me },
		{ STR("Org.name"), org_name },
		{ STR("Query.eco"), nothing },
		{ STR("Mutation.close"), nothing },
	};

	(void)state;
	arena = arena_create(1024 * 1024);
	own = arena_create(1024 * 1024);
	schema_arena = arena_create(1024 * 1024);
	assert_no_fault(
	    graphql_schema_parse(schema_arena, (struct str){ sdl, sizeof(sdl) - 1 }, &schema));
	assert_no_fault(graphql_schema_bind_batches(schema_arena, schema, batches, 1));
	assert_no_fault(
	    graphql_schema_bind(schema_arena, schema, bindings, COUNT_OF(bindings), NULL, 0));
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	arena_destroy(arena);
	arena_destroy(own);
	arena_destroy(schema_arena);
	return 0;
}

static const struct graphql_limits limits = GRAPHQL_LIMITS_DEFAULT;

/* Subscribe with texts that are gone afterwards; ${ret_response} may be NULL. */
static struct graphql_subscription *
subscribe(const char *query, const char *variables, const char **ret_response)
{
	char query_text[512], variables_text[512];
	struct graphql_request request = { 0 };
	struct graphql_subscription *subscription;
	struct buf response;
	struct str reason;

	arena_reset(arena);
	arena_reset(own);
	(void)snprintf(query_text, sizeof(query_text), "%s", query);
	(void)snprintf(variables_text, sizeof(variables_text), "%s", variables);
	request.query = str_from_z(query_text);
	if (variables[0] != '\0')
		assert_true(
		    json_parse(arena, str_from_z(variables_text), &request.variables, &reason));
	response = buf_in(arena, 4096);
	subscription = graphql_subscribe(own, schema, &request, &limits, &response);
	if (ret_response != NULL)
		*ret_response = arena_copy_z(own, buf_view(&response));
	/* Whatever was borrowed is overwritten. */
	memset(query_text, 'x', sizeof(query_text));
	memset(variables_text, 'x', sizeof(variables_text));
	memset(arena->base, 'x', arena->used);
	arena_reset(arena);
	return subscription;
}

static const char *
publish(const struct graphql_subscription *subscription, struct graphql_value value)
{
	char me[] = "the crew lead";
	struct graphql_request request = { .context = me };
	struct buf response;

	arena_reset(arena);
	response = buf_in(arena, 4096);
	graphql_publish(arena, subscription, &request, &value, &limits, &response);
	return arena_copy_z(arena, buf_view(&response));
}

static void
a_subscription_says_what_is_asked_for(void **state)
{
	const struct graphql_subscription *subscription =
	    subscribe("subscription s($id: ID!, $area: Area) { c: changed(id: $id, area: $area) {"
		      " ...f } } fragment f on Eco { x: org { name } }",
		"{\"id\":\"eco-17\",\"area\":{\"names\":[\"a\",\"b\"],\"any\":{\"x\":[{\"why\":"
		"\"z\"}]}}}",
		NULL);
	const struct json *area;

	(void)state;
	assert_non_null(subscription);
	assert_text(graphql_subscription_field(subscription), "changed");
	assert_text(graphql_subscription_argument(subscription, STR("id"))->text, "eco-17");
	area = graphql_subscription_argument(subscription, STR("area"));
	assert_text(json_find(area, STR("names"))->list.items[1].text, "b");
	assert_int_equal(json_int_or(area, STR("depth"), 0), 3);
	area = json_find(json_find(area, STR("any")), STR("x"));
	assert_text(json_text_or(&area->list.items[0], STR("why"), STR("")), "z");
	assert_int_equal(graphql_subscription_argument(subscription, STR("after"))->integer, 0);
	assert_null(graphql_subscription_argument(subscription, STR("nope")));
	assert_true(graphql_subscription_asks(subscription, STR("org.name")));
	assert_false(graphql_subscription_asks(subscription, STR("id")));
}

static void
every_event_gets_a_response_of_its_own(void **state)
{
	const struct graphql_subscription *subscription =
	    subscribe("subscription($no: Boolean!) { changed(id: 1) { id me org { name } "
		      "x: id @include(if: $no) } }",
		"{\"no\":false}", NULL);

	(void)state;
	assert_non_null(subscription);
	assert_string_equal(publish(subscription, graphql_object(STR("Eco"), &ecos[0])),
	    "{\"data\":{\"changed\":{\"id\":\"1\",\"me\":\"the crew lead\",\"org\":{\"name\":"
	    "\"North\"}}}}");
	assert_string_equal(publish(subscription, graphql_object(STR(""), &ecos[1])),
	    "{\"data\":{\"changed\":{\"id\":\"2\",\"me\":\"the crew lead\",\"org\":{\"name\":"
	    "\"South\"}}}}");
	assert_string_equal(publish(subscription, graphql_null()), "{\"data\":{\"changed\":null}}");
	assert_contains(publish(subscription, graphql_text(STR("?"))),
	    "{\"data\":{\"changed\":null},\"errors\":[{\"message\":\"Field "
	    "\\\"Subscription.changed\\\" did not resolve to an object of its type.\"");
}

static void
values_of_events_keep_the_promises_of_the_schema(void **state)
{
	static const struct eco lost = { "9", NULL };
	const struct graphql_subscription *subscription =
	    subscribe("subscription { counted }", "", NULL);
	struct graphql_value items[2];

	(void)state;
	assert_string_equal(publish(subscription, graphql_int(17)), "{\"data\":{\"counted\":17}}");
	assert_contains(publish(subscription, graphql_null()),
	    "{\"data\":null,\"errors\":[{\"message\":\"Cannot return null for non-nullable field "
	    "Subscription.counted.\"");

	subscription = subscribe("subscription { all { id org { name } } }", "", NULL);
	items[0] = graphql_object(STR(""), &ecos[0]);
	items[1] = graphql_object(STR(""), &lost);
	loads = 0;
	assert_contains(publish(subscription, graphql_list(items, 2)),
	    "{\"data\":{\"all\":[{\"id\":\"1\",\"org\":{\"name\":\"North\"}},{\"id\":\"9\",\"org\":"
	    "null}]},\"errors\":[{");
	assert_int_equal(loads, 1);
}

static const struct {
	const char *query, *variables, *expected;
} refused[] = {
	{ "subscription { nope }", "", "GRAPHQL_VALIDATION_FAILED" },
	{ "subscription { changed(id: 1) { id } counted }", "", "GRAPHQL_VALIDATION_FAILED" },
	{ "{ eco { id } }", "", "This is no subscription." },
	{ "mutation { close { id } }", "", "This is no subscription." },
	{ "subscription($id: ID!) { changed(id: $id) { id } }", "", "BAD_USER_INPUT" },
	{ "subscription($n: Int) { changed(id: 1, after: $n) { id } }", "{\"n\":null}",
	    "\"code\":\"BAD_USER_INPUT\"" },
	{ "subscription($id: ID!) { changed(id: $id) { id } }", "[]",
	    "Variables must be provided as an object" },
	{ "subscription a { counted } subscription b { counted }", "",
	    "OPERATION_RESOLUTION_FAILURE" },
	{ "subscription { counted", "", "GRAPHQL_PARSE_FAILED" },
};

static void
what_cannot_be_subscribed_to_is_refused_with_the_reason(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(refused); i++) {
		const char *response;

		assert_null(subscribe(refused[i].query, refused[i].variables, &response));
		assert_contains(response, "{\"errors\":[");
		assert_contains(response, refused[i].expected);
	}
}

static void
subscriptions_are_not_executed(void **state)
{
	struct graphql_request request = { .query = STR("subscription { counted }") };
	const struct graphql_document *document;
	struct buf response;

	(void)state;
	arena_reset(arena);
	response = buf_in(arena, 4096);
	assert_int_equal(
	    graphql_execute(arena, schema, &request, &limits, &response), GRAPHQL_IS_SUBSCRIPTION);
	assert_contains(arena_copy_z(arena, buf_view(&response)), "{\"errors\":[");
	document = graphql_prepare(arena, schema, request.query, &limits, &response);
	assert_non_null(document);
	assert_int_equal(graphql_operation_kind(document, STR("")), GRAPHQL_SUBSCRIPTION);
}

static void
every_size_of_memory_gives_a_subscription_or_says_it_is_too_little(void **state)
{
	static _Alignas(16) char memory[64 * 1024];
	struct graphql_request request = { .query = STR("subscription($a: Area = {names: \"n\"}) { "
							"changed(id: 1, area: $a) { ...f } } "
							"fragment f on Eco { id org { name } }") };
	struct graphql_subscription *subscription = NULL;
	char room[4096];

	(void)state;
	arena_reset(arena);
	for (size_t bytes = 1; subscription == NULL; bytes++) {
		struct buf response = buf_over(room, sizeof(room) - 1);
		struct arena small;

		assert_true(bytes < sizeof(memory));
		arena_init(&small, memory, bytes);
		subscription = graphql_subscribe(&small, schema, &request, &limits, &response);
		room[response.len] = '\0';
		if (subscription == NULL)
			assert_contains(room, "\"code\":\"LIMIT\"");
	}
	for (size_t bytes = 1;; bytes++) {
		static _Alignas(16) char event_memory[16 * 1024];
		struct graphql_value value = graphql_object(STR(""), &ecos[0]);
		struct buf response = buf_over(room, sizeof(room) - 1);
		struct arena small;

		assert_true(bytes < sizeof(event_memory));
		arena_init(&small, event_memory, bytes);
		graphql_publish(&small, subscription, &request, &value, &limits, &response);
		room[response.len] = '\0';
		if (!arena_exhausted(&small))
			break;
		assert_contains(room, "\"code\":\"LIMIT\"");
	}
	assert_string_equal(
	    room, "{\"data\":{\"changed\":{\"id\":\"1\",\"org\":{\"name\":\"North\"}}}}");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_subscription_says_what_is_asked_for),
		cmocka_unit_test(every_event_gets_a_response_of_its_own),
		cmocka_unit_test(values_of_events_keep_the_promises_of_the_schema),
		cmocka_unit_test(what_cannot_be_subscribed_to_is_refused_with_the_reason),
		cmocka_unit_test(subscriptions_are_not_executed),
		cmocka_unit_test(
		    every_size_of_memory_gives_a_subscription_or_says_it_is_too_little),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
