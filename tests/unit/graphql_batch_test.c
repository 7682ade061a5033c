#include "support/unit.h"

#include <pthread.h>

#include "graphql/graphql.h"

/* Batch loaders: what is loaded together, what a failure takes with it, and what is asked. */

static const char sdl[] =
    "interface Node { id: ID! owner: Org }\n"
    "type Eco implements Node { id: ID! owner: Org strict: Org! parts: [Part!] twin: Eco\n"
    "  label(upper: Boolean! = false): String broken: String closed: String sum: Int\n"
    "  wrong: [Any] lost: Org }\n"
    "type Org implements Node { id: ID! owner: Org name: String asked(path: String!): Asked }\n"
    "type Asked { yes: Boolean a: Eco any: Any node: Node }\n"
    "type Part { size: Int maker: Org }\n"
    "union Any = Eco | Org\n"
    "type Query { ecos: [Eco] groups: [[Eco!]] any: [Any] node: Node one: Eco\n"
    "  none: [Eco!] asked(path: String!): Asked count: Int slow: Eco only: Eco }\n"
    "type Mutation { bump: Eco }\n";

struct thing {
	const char *id;
	bool bad; /* Eco.strict fails */
};

static const struct thing ecos[] = { { "1", false }, { "2", true }, { "3", false },
	{ "4", false } };
static const struct thing orgs[] = { { "o1", false }, { "o2", false } };

/* What was called, in order: "owner(1,2)". */
static _Thread_local char log_text[4096];
static _Thread_local struct buf log_buf;
static _Thread_local size_t bumps;

static struct arena *arena, *schema_arena;
static struct graphql_schema *schema;

static void
note(const char *name, const struct graphql_batch *batch)
{
	buf_printf(&log_buf, "%s%s(", log_buf.len > 0 ? " " : "", name);
	for (size_t i = 0; i < batch->count; i++)
		buf_printf(&log_buf, "%s%s", i > 0 ? "," : "",
		    ((const struct thing *)batch->parents[i])->id);
	buf_printf(&log_buf, ")");
}

static const struct thing *
org_of(const struct thing *thing)
{
	return &orgs[(thing->id[0] - '0') % 2];
}

/* -- loaders -- */

static struct err *
load_owner(struct graphql_batch *batch)
{
	note("owner", batch);
	for (size_t i = 0; i < batch->count; i++)
		batch->values[i] = graphql_object(STR("Org"), org_of(batch->parents[i]));
	return NULL;
}

static struct err *
load_strict(struct graphql_batch *batch)
{
	note("strict", batch);
	for (size_t i = 0; i < batch->count; i++) {
		const struct thing *thing = batch->parents[i];

		batch->values[i] = graphql_object(STR(""), org_of(thing));
		if (thing->bad) {
			graphql_fail_one(
			    batch, i, STR("NOT_FOUND"), STR("It has no organisation."));
			graphql_fail_one(batch, i, STR("SECOND"), STR("The first counts."));
		}
	}
	return NULL;
}

static struct err *
load_parts(struct graphql_batch *batch)
{
	note("parts", batch);
	for (size_t i = 0; i < batch->count; i++) {
		const struct thing *thing = batch->parents[i];
		size_t count = (size_t)(thing->id[0] - '0') - 1;
		struct graphql_value *items =
		    arena_array(batch->call.arena, struct graphql_value, count);

		if (items == NULL)
			return ERR(batch->call.arena, ERR_LIMIT, "no memory");
		for (size_t n = 0; n < count; n++)
			items[n] = graphql_object(STR("Part"), thing);
		batch->values[i] = graphql_list(items, count);
	}
	return NULL;
}

static struct err *
load_label(struct graphql_batch *batch)
{
	bool upper = graphql_argument(&batch->call, STR("upper"))->boolean;

	note(upper ? "LABEL" : "label", batch);
	for (size_t i = 0; i < batch->count; i++)
		batch->values[i] = graphql_text(arena_printf(batch->call.arena, "%s-%s",
		    upper ? "ECO" : "eco", ((const struct thing *)batch->parents[i])->id));
	return NULL;
}

static struct err *
load_broken(struct graphql_batch *batch)
{
	note("broken", batch);
	return ERR(batch->call.arena, ERR_UNAVAILABLE, "connection to 10.0.0.1 refused");
}

static struct err *
load_closed(struct graphql_batch *batch)
{
	note("closed", batch);
	graphql_fail(&batch->call, STR("FORBIDDEN"), STR("Nobody may read this."));
	return NULL;
}

/* What it found does not count, and nothing beneath it is loaded. */
static struct err *
load_lost(struct graphql_batch *batch)
{
	graphql_fail(&batch->call, STR("FORBIDDEN"), STR("Nobody may read this."));
	return load_owner(batch);
}

/* Objects of every promised type, and one of none. */
static struct err *
load_wrong(struct graphql_batch *batch)
{
	struct graphql_value *items = arena_array(batch->call.arena, struct graphql_value, 3);

	if (items == NULL)
		return ERR(batch->call.arena, ERR_LIMIT, "no memory");
	items[0] = graphql_object(STR("Org"), &orgs[0]);
	items[1] = graphql_object(STR("Part"), &ecos[0]);
	items[2] = graphql_object(STR("Org"), &orgs[1]);
	for (size_t i = 0; i < batch->count; i++)
		batch->values[i] = graphql_list(items, 3);
	return NULL;
}

static struct err *
load_name(struct graphql_batch *batch)
{
	note("name", batch);
	for (size_t i = 0; i < batch->count; i++)
		batch->values[i] =
		    graphql_text(str_from_z(((const struct thing *)batch->parents[i])->id));
	return NULL;
}

/* -- resolvers -- */

static struct err *
list_of(struct graphql_call *call, const char *names, struct graphql_value *ret)
{
	size_t count = strlen(names);
	struct graphql_value *items = arena_array(call->arena, struct graphql_value, count);

	if (items == NULL)
		return ERR(call->arena, ERR_LIMIT, "no memory");
	for (size_t i = 0; i < count; i++) {
		if (names[i] == 'a' || names[i] == 'b')
			items[i] = graphql_object(STR("Org"), &orgs[names[i] - 'a']);
		else if (names[i] != '-')
			items[i] = graphql_object(STR("Eco"), &ecos[names[i] - '1']);
	}
	*ret = graphql_list(items, count);
	return NULL;
}

static struct err *
query_ecos(struct graphql_call *call, struct graphql_value *ret)
{
	return list_of(call, "12-3", ret);
}

static struct err *
query_none(struct graphql_call *call, struct graphql_value *ret)
{
	return list_of(call, "", ret);
}

static struct err *
query_any(struct graphql_call *call, struct graphql_value *ret)
{
	return list_of(call, "1a3b", ret);
}

static struct err *
query_groups(struct graphql_call *call, struct graphql_value *ret)
{
	struct graphql_value *items = arena_array(call->arena, struct graphql_value, 3);

	if (items == NULL)
		return ERR(call->arena, ERR_LIMIT, "no memory");
	TRY(list_of(call, "123", &items[0]));
	TRY(list_of(call, "34", &items[1]));
	TRY(list_of(call, "", &items[2]));
	*ret = graphql_list(items, 3);
	return NULL;
}

static struct err *
query_one(struct graphql_call *call, struct graphql_value *ret)
{
	(void)call;
	*ret = graphql_object(STR("Eco"), &ecos[3]);
	return NULL;
}

/* One whose strict field fails. */
static struct err *
query_only(struct graphql_call *call, struct graphql_value *ret)
{
	(void)call;
	*ret = graphql_object(STR("Eco"), &ecos[1]);
	return NULL;
}

static struct err *
thing_id(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text(str_from_z(((const struct thing *)call->parent)->id));
	return NULL;
}

static struct err *
eco_twin(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_object(STR("Eco"), call->parent);
	return NULL;
}

static struct err *
part_size(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_int(((const struct thing *)call->parent)->id[0] - '0');
	return NULL;
}

static struct err *
mutation_bump(struct graphql_call *call, struct graphql_value *ret)
{
	bumps++;
	buf_printf(&log_buf, "%sbump", log_buf.len > 0 ? " " : "");
	return query_one(call, ret);
}

static struct err *
eco_sum(struct graphql_call *call, struct graphql_value *ret)
{
	(void)call;
	*ret = graphql_int((int64_t)bumps);
	return NULL;
}

static struct err *
query_asked(struct graphql_call *call, struct graphql_value *ret)
{
	static const bool answers[] = { false, true };

	*ret = graphql_object(
	    STR("Asked"), &answers[graphql_asks(call, graphql_argument(call, STR("path"))->text)]);
	return NULL;
}

static struct err *
asked_yes(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_bool(*(const bool *)call->parent);
	return NULL;
}

static struct err *
nothing(struct graphql_call *call, struct graphql_value *ret)
{
	(void)call;
	(void)ret;
	return NULL;
}

static const struct graphql_binding bindings[] = {
	{ STR("Eco.id"), thing_id },
	{ STR("Eco.twin"), eco_twin },
	{ STR("Eco.sum"), eco_sum },
	{ STR("Org.id"), thing_id },
	{ STR("Org.owner"), nothing },
	{ STR("Org.asked"), query_asked },
	{ STR("Asked.yes"), asked_yes },
	{ STR("Asked.a"), nothing },
	{ STR("Asked.any"), nothing },
	{ STR("Asked.node"), nothing },
	{ STR("Part.size"), part_size },
	{ STR("Query.ecos"), query_ecos },
	{ STR("Query.groups"), query_groups },
	{ STR("Query.any"), query_any },
	{ STR("Query.node"), query_one },
	{ STR("Query.one"), query_one },
	{ STR("Query.none"), query_none },
	{ STR("Query.only"), query_only },
	{ STR("Query.asked"), query_asked },
	{ STR("Query.count"), eco_sum },
	{ STR("Query.slow"), mutation_bump },
	{ STR("Mutation.bump"), mutation_bump },
};

static const struct graphql_batch_binding batches[] = {
	{ STR("Eco.owner"), load_owner },
	{ STR("Eco.strict"), load_strict },
	{ STR("Eco.parts"), load_parts },
	{ STR("Eco.label"), load_label },
	{ STR("Eco.broken"), load_broken },
	{ STR("Eco.closed"), load_closed },
	{ STR("Eco.wrong"), load_wrong },
	{ STR("Eco.lost"), load_lost },
	{ STR("Org.name"), load_name },
	{ STR("Part.maker"), load_owner },
};

static struct graphql_schema *
bound_schema(struct arena *in)
{
	struct graphql_schema *made = NULL;

	assert_no_fault(graphql_schema_parse(in, (struct str){ sdl, sizeof(sdl) - 1 }, &made));
	assert_no_fault(graphql_schema_bind_batches(in, made, batches, COUNT_OF(batches)));
	assert_no_fault(graphql_schema_bind(in, made, bindings, COUNT_OF(bindings), NULL, 0));
	return made;
}

static int
set_up(void **state)
{
	(void)state;
	arena = arena_create(8 * 1024 * 1024);
	schema_arena = arena_create(1024 * 1024);
	schema = bound_schema(schema_arena);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	arena_destroy(arena);
	arena_destroy(schema_arena);
	return 0;
}

static void
begin_log(void)
{
	log_buf = buf_over(log_text, sizeof(log_text));
	bumps = 0;
}

static size_t faults;
static char fault_path[100];

static struct str
see_fault(void *context, struct arena *in, const struct err *err, struct str path)
{
	(void)context;
	(void)in;
	(void)err;
	faults++;
	(void)snprintf(fault_path, sizeof(fault_path), "%.*s", STR_ARG(path));
	return STR("Try again; reference 17.");
}

static const char *
answer_with(const char *query, const char *variables)
{
	struct graphql_limits limits = GRAPHQL_LIMITS_DEFAULT;
	struct graphql_request request = { .query = str_from_z(query), .on_fault = see_fault };
	struct buf response;
	struct str reason;

	arena_reset(arena);
	begin_log();
	faults = 0;
	response = buf_in(arena, 64 * 1024);
	if (variables != NULL)
		assert_true(json_parse(arena, str_from_z(variables), &request.variables, &reason));
	assert_int_equal(graphql_execute(arena, schema, &request, &limits, &response), GRAPHQL_OK);
	return arena_copy_z(arena, buf_view(&response));
}

static const char *
answer(const char *query)
{
	return answer_with(query, NULL);
}

static void
a_batch_sees_all_objects_of_its_place_over_all_lists(void **state)
{
	(void)state;
	assert_string_equal(answer("{ ecos { id owner { id name } } }"),
	    "{\"data\":{\"ecos\":[{\"id\":\"1\",\"owner\":{\"id\":\"o2\",\"name\":\"o2\"}},"
	    "{\"id\":\"2\",\"owner\":{\"id\":\"o1\",\"name\":\"o1\"}},null,"
	    "{\"id\":\"3\",\"owner\":{\"id\":\"o2\",\"name\":\"o2\"}}]}}");
	assert_text(buf_view(&log_buf), "owner(1,2,3) name(o2,o1,o2)");

	assert_string_equal(answer("{ groups { parts { size maker { id } } } }"),
	    "{\"data\":{\"groups\":[[{\"parts\":[]},{\"parts\":[{\"size\":2,\"maker\":{\"id\":"
	    "\"o1\"}}]},{\"parts\":[{\"size\":3,\"maker\":{\"id\":\"o2\"}},{\"size\":3,"
	    "\"maker\":{\"id\":\"o2\"}}]}],[{\"parts\":[{\"size\":3,\"maker\":{\"id\":\"o2\"}},"
	    "{\"size\":3,\"maker\":{\"id\":\"o2\"}}]},{\"parts\":[{\"size\":4,\"maker\":{\"id\":"
	    "\"o1\"}},{\"size\":4,\"maker\":{\"id\":\"o1\"}},{\"size\":4,\"maker\":{\"id\":"
	    "\"o1\"}}]}],[]]}}");
	assert_text(buf_view(&log_buf), "parts(1,2,3,3,4) owner(2,3,3,3,3,4,4,4)");
}

static void
each_place_of_the_document_has_a_batch_of_its_own(void **state)
{
	(void)state;
	assert_string_equal(answer("{ a: one { label owner { id } L: label(upper: true) }"
				   " b: one { twin { twin { label } } owner { name } } }"),
	    "{\"data\":{\"a\":{\"label\":\"eco-4\",\"owner\":{\"id\":\"o1\"},\"L\":\"ECO-4\"},"
	    "\"b\":{\"twin\":{\"twin\":{\"label\":\"eco-4\"}},\"owner\":{\"name\":\"o1\"}}}}");
	assert_text(buf_view(&log_buf), "label(4) owner(4) LABEL(4) owner(4) name(o1) label(4)");
	/* Merged fields, in either order, and fields that only fragments bring in. */
	assert_string_equal(answer("{ one { label } one { id } }"),
	    "{\"data\":{\"one\":{\"label\":\"eco-4\",\"id\":\"4\"}}}");
	assert_string_equal(answer("{ one { id } one { label } }"),
	    "{\"data\":{\"one\":{\"id\":\"4\",\"label\":\"eco-4\"}}}");
	assert_string_equal(answer("{ one { ...f ...g ...f } } fragment f on Eco { id ...h } "
				   "fragment g on Eco { sum } fragment h on Eco { label }"),
	    "{\"data\":{\"one\":{\"id\":\"4\",\"label\":\"eco-4\",\"sum\":0}}}");
	(void)answer("{ ecos { owner { id } ... on Eco { owner { name } } } }");
	assert_text(buf_view(&log_buf), "owner(1,2,3) name(o2,o1,o2)");
}

static void
each_type_of_object_has_a_batch_of_its_own(void **state)
{
	(void)state;
	assert_string_equal(
	    answer("{ any { __typename ... on Node { id owner { id } } ... on Org { name } "
		   "... on Eco { label } } node { owner { name } } }"),
	    "{\"data\":{\"any\":[{\"__typename\":\"Eco\",\"id\":\"1\",\"owner\":{\"id\":\"o2\"},"
	    "\"label\":\"eco-1\"},{\"__typename\":\"Org\",\"id\":\"o1\",\"owner\":null,\"name\":"
	    "\"o1\"},{\"__typename\":\"Eco\",\"id\":\"3\",\"owner\":{\"id\":\"o2\"},\"label\":"
	    "\"eco-3\"},{\"__typename\":\"Org\",\"id\":\"o2\",\"owner\":null,\"name\":\"o2\"}],"
	    "\"node\":{\"owner\":{\"name\":\"o1\"}}}}");
	assert_text(buf_view(&log_buf), "owner(1,3) label(1,3) name(o1,o2) owner(4) name(o1)");
}

static void
a_batch_is_not_called_for_nobody(void **state)
{
	(void)state;
	assert_string_equal(
	    answer("{ none { label owner { name } } }"), "{\"data\":{\"none\":[]}}");
	assert_text(buf_view(&log_buf), "");
	assert_string_equal(answer("query($no: Boolean = false) { one { label @include(if: $no) "
				   "owner @skip(if: true) { id } id } }"),
	    "{\"data\":{\"one\":{\"id\":\"4\"}}}");
	assert_text(buf_view(&log_buf), "");
}

static void
what_one_object_fails_in_is_spared_the_others(void **state)
{
	const char *text = answer("{ ecos { id strict { id name } } }");

	(void)state;
	assert_contains(text,
	    "{\"data\":{\"ecos\":[{\"id\":\"1\",\"strict\":{\"id\":\"o2\",\"name\":\"o2\"}},null,"
	    "null,{\"id\":\"3\",\"strict\":{\"id\":\"o2\",\"name\":\"o2\"}}]},\"errors\":[{"
	    "\"message\":\"It has no organisation.\"");
	assert_contains(text, "\"path\":[\"ecos\",1,\"strict\"]");
	assert_contains(text, "\"code\":\"NOT_FOUND\"");
	assert_lacks(text, "SECOND");
	/* Of what failed nothing is loaded. */
	assert_text(buf_view(&log_buf), "strict(1,2,3) name(o2,o2)");
}

static void
objects_after_a_list_that_became_null_keep_their_own_values(void **state)
{
	const char *text = answer("{ groups { strict { name } parts { maker { name } } } }");

	(void)state;
	assert_contains(text,
	    "{\"data\":{\"groups\":[null,[{\"strict\":{\"name\":\"o2\"},\"parts\":[{\"maker\":{"
	    "\"name\":\"o2\"}},{\"maker\":{\"name\":\"o2\"}}]},{\"strict\":{\"name\":\"o1\"},"
	    "\"parts\":[{\"maker\":{\"name\":\"o1\"}},{\"maker\":{\"name\":\"o1\"}},{\"maker\":{"
	    "\"name\":\"o1\"}}]}],[]]}");
	assert_contains(text, "\"path\":[\"groups\",0,1,\"strict\"]");
	text = answer("{ one { wrong { ... on Org { name } } label } }");
	assert_contains(text,
	    "{\"data\":{\"one\":{\"wrong\":[{\"name\":\"o1\"},null,{\"name\":\"o2\"}],"
	    "\"label\":\"eco-4\"}},\"errors\":[{");
	assert_contains(text, "\"path\":[\"one\",\"wrong\",1]");
	assert_contains(text, "did not resolve to an object of its type");
}

static void
a_fault_of_a_batch_fails_all_and_is_logged_once(void **state)
{
	const char *text = answer("{ ecos { id broken } }");

	(void)state;
	assert_contains(text,
	    "{\"data\":{\"ecos\":[{\"id\":\"1\",\"broken\":null},{\"id\":\"2\",\"broken\":null},"
	    "null,{\"id\":\"3\",\"broken\":null}]}");
	assert_contains(text, "\"path\":[\"ecos\",0,\"broken\"],\"extensions\":{\"code\":"
			      "\"UNAVAILABLE\"}");
	assert_contains(text, "\"path\":[\"ecos\",3,\"broken\"]");
	assert_lacks(text, "10.0.0.1");
	assert_int_equal(faults, 1);
	assert_string_equal(fault_path, "ecos[0].broken");

	/* Even when the answer has no place for it: an object that became null before. */
	text = answer("{ worst: only { strict { id } t: twin { broken } } }");
	assert_contains(text, "{\"data\":{\"worst\":null},\"errors\":[{");
	assert_lacks(text, "UNAVAILABLE");
	assert_int_equal(faults, 1);
	assert_string_equal(fault_path, "worst.t.broken");

	text = answer("{ one { lost { name } } }");
	assert_contains(text, "{\"data\":{\"one\":{\"lost\":null}}");
	assert_text(buf_view(&log_buf), "owner(4)");

	text = answer("{ ecos { closed } }");
	assert_contains(text, "{\"ecos\":[{\"closed\":null},{\"closed\":null},null,{\"closed\":null"
			      "}]}");
	assert_contains(text, "\"path\":[\"ecos\",3,\"closed\"],\"extensions\":{\"code\":"
			      "\"FORBIDDEN\"}");
}

static void
arguments_that_cannot_be_used_call_nobody(void **state)
{
	const char *text =
	    answer_with("query($u: Boolean) { ecos { label(upper: $u) } }", "{\"u\":null}");

	(void)state;
	assert_contains(text, "{\"data\":{\"ecos\":[{\"label\":null}");
	assert_contains(text, "\"code\":\"BAD_USER_INPUT\"");
	assert_text(buf_view(&log_buf), "");
}

static void
mutations_load_and_answer_one_after_the_other(void **state)
{
	(void)state;
	assert_string_equal(answer("mutation { a: bump { sum label } b: bump { owner { name } sum "
				   "} }"),
	    "{\"data\":{\"a\":{\"sum\":1,\"label\":\"eco-4\"},\"b\":{\"owner\":{\"name\":\"o1\"},"
	    "\"sum\":2}}}");
	assert_text(buf_view(&log_buf), "bump label(4) bump owner(4) name(o1)");
}

/* What the root field is asked for, and whether it says so. */
static const struct {
	const char *path, *selections;
	bool asks;
} asked[] = {
	{ "yes", "yes", true },
	{ "a", "yes", false },
	{ "yes", "no: yes a { id }", true },
	{ "no", "no: yes", false },
	{ "a.id", "yes x: a { y: id }", true },
	{ "a.owner.name", "yes a { ...o }", true },
	{ "a.owner.id", "yes a { ...o }", false },
	{ "a.owner", "yes ... { ... on Asked { a { ...o } } }", true },
	{ "a", "yes a @skip(if: $true) { id }", false },
	{ "a", "yes a @include(if: $true) { id }", true },
	{ "a", "yes a @include(if: $null) { id }", false },
	{ "a", "yes ... @include(if: $null) { a { id } }", false },
	{ "any.name", "yes any { ... on Org { name } }", true },
	{ "any.id", "yes any { ... on Eco { ... on Node { ... on Org { id } } } }", false },
	{ "any.id", "yes any { ... on Node { ... on Org { id } } }", true },
	{ "node.name", "yes node { ... on Org { name } }", true },
	{ "node.label", "yes node { id ... on Org { name } }", false },
	{ "a.id", "yes a { label } a { id }", true },
	{ "a.id.x", "yes a { id }", false },
};

static void
a_resolver_can_tell_what_is_asked_beneath_it(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(asked); i++) {
		char query[512];
		const char *text;

		(void)snprintf(query, sizeof(query),
		    "query($true: Boolean = true, $null: Boolean = false) {"
		    " asked(path: \"%s\") { %s } x: one @include(if: false) { ...o "
		    "id @skip(if: $true) label(upper: $null) } }"
		    " fragment o on Eco { owner { n: name } }",
		    asked[i].path, asked[i].selections);
		text = answer_with(query, "{\"null\":null}");
		if (strstr(text, asked[i].asks ? "yes\":true" : "yes\":false") == NULL &&
		    strstr(text, asked[i].asks ? "no\":true" : "no\":false") == NULL)
			fail_msg("%s in %s: %s", asked[i].path, asked[i].selections, text);
	}
	assert_contains(answer("{ ecos { owner { asked(path: \"a.id\") { yes a { id } } } } }"),
	    "\"asked\":{\"yes\":true,\"a\":null}");
}

/* -- limits -- */

/* Late from the call number ${*context} on. */
static bool
is_late(void *context)
{
	size_t *left = context;

	return *left == 0 || --*left == 0;
}

static void
whoever_takes_too_long_is_told_and_calls_nobody_more(void **state)
{
	struct graphql_limits limits = GRAPHQL_LIMITS_DEFAULT;
	size_t left = 1;
	struct graphql_request request = {
		.query = STR("{ ecos { owner { name } } }"), .context = &left, .is_late = is_late
	};
	struct buf response;
	bool answered = false;

	(void)state;
	for (size_t patience = 1; patience < 40 && !answered; patience++) {
		arena_reset(arena);
		begin_log();
		left = patience;
		response = buf_in(arena, 4096);
		assert_int_equal(
		    graphql_execute(arena, schema, &request, &limits, &response), GRAPHQL_OK);
		answered = left > 0;
		if (patience == 1)
			assert_text(buf_view(&log_buf), "");
		if (!answered)
			assert_text(buf_view(&response),
			    "{\"data\":null,\"errors\":[{\"message\":\"The request takes longer "
			    "than one request may: ask for less at a time.\",\"extensions\":{"
			    "\"code\":\"TIMEOUT\"}}]}");
	}
	assert_true(answered);
	assert_contains(arena_copy_z(arena, buf_view(&response)), "\"name\":\"o2\"");
	/* A list of leaves is time as well: it is asked again and again. */
	left = 2;
	request.query = STR("{ a:count b:count c:count d:count e:count f:count g:count h:count "
			    "i:count j:count k:count l:count m:count n:count o:count p:count "
			    "q:count r:count s:count t:count u:count v:count w:count x:count }");
	response = buf_in(arena, 4096);
	assert_int_equal(graphql_execute(arena, schema, &request, &limits, &response), GRAPHQL_OK);
	assert_contains(arena_copy_z(arena, buf_view(&response)), "TIMEOUT");
}

static const char *const broad =
    "query q($u: Boolean = true) { ecos { ...e parts { size maker { name owner { id } } } } "
    "groups { strict { name } label(upper: $u) } any { ... on Node { id owner { id } } "
    "... on Org { name } } node { owner { id } } one { wrong { ... on Eco { label } } broken "
    "closed twin { twin { label } } } asked(path: \"a.id\") { yes a { id } } "
    "__type(name: \"Eco\") { fields { name type { name } } } } "
    "fragment e on Eco { id owner { id name } twin { strict { id } } }";

static void
every_size_of_memory_gives_an_answer_or_says_it_is_too_little(void **state)
{
	static _Alignas(16) char memory[128 * 1024];
	static char room[16 * 1024];
	struct graphql_limits limits = GRAPHQL_LIMITS_DEFAULT;
	struct graphql_request request = { .query = str_from_z(broad), .on_fault = see_fault };
	bool answered = false;

	(void)state;
	for (size_t bytes = 1; !answered; bytes += bytes < 4096 ? 1 : 13) {
		struct buf response = buf_over(room, sizeof(room) - 1);
		struct arena small;
		const struct json *value;
		struct str reason;

		assert_true(bytes < sizeof(memory));
		begin_log();
		arena_reset(arena);
		arena_init(&small, memory, bytes);
		answered =
		    graphql_execute(&small, schema, &request, &limits, &response) == GRAPHQL_OK &&
		    !arena_exhausted(&small);
		assert_false(response.overflowed);
		assert_true(json_parse(arena, buf_view(&response), &value, &reason));
		room[response.len] = '\0';
		if (!answered)
			assert_contains(room, "\"code\":\"LIMIT\"");
	}
	assert_contains(room, "\"one\":{\"wrong\":[");
}

static void
every_size_of_response_gives_an_answer_or_says_it_is_too_long(void **state)
{
	static char room[16 * 1024];
	struct graphql_limits limits = GRAPHQL_LIMITS_DEFAULT;
	struct graphql_request request = { .query = str_from_z(broad) };
	size_t cut = 0, answered = 0;

	(void)state;
	for (size_t bytes = GRAPHQL_RESPONSE_BYTES_MIN; bytes < sizeof(room); bytes += 11) {
		struct buf response = buf_over(room, bytes);
		const struct json *value;
		struct str reason;

		begin_log();
		arena_reset(arena);
		assert_int_equal(
		    graphql_execute(arena, schema, &request, &limits, &response), GRAPHQL_OK);
		assert_false(response.overflowed);
		assert_true(json_parse(arena, buf_view(&response), &value, &reason));
		if (json_find(value, STR("data"))->type == JSON_MAP)
			answered++;
		else
			cut++;
	}
	assert_true(cut > 100);
	assert_true(answered > 100);
}

/* -- documents that are used again -- */

#define THREADS 4
#define ROUNDS  200

struct client {
	const struct graphql_document *document;
	const char *expected;
	pthread_t thread;
	size_t wrong;
};

static void *
execute_again_and_again(void *argument)
{
	struct client *client = argument;
	struct graphql_limits limits = GRAPHQL_LIMITS_DEFAULT;
	struct graphql_request request = { .operation_name = STR("q"), .on_fault = NULL };
	struct arena *own = arena_create(1024 * 1024);

	for (size_t i = 0; i < ROUNDS; i++) {
		struct buf response;

		arena_reset(own);
		begin_log();
		response = buf_in(own, 64 * 1024);
		if (graphql_execute_prepared(
			own, schema, client->document, &request, &limits, &response) != GRAPHQL_OK)
			client->wrong++;
		if (!str_equal(buf_view(&response), str_from_z(client->expected)))
			client->wrong++;
	}
	arena_destroy(own);
	return NULL;
}

static void
a_prepared_document_is_executed_by_many_threads_at_once(void **state)
{
	struct graphql_limits limits = GRAPHQL_LIMITS_DEFAULT;
	struct graphql_request request = { .operation_name = STR("q") };
	struct client clients[THREADS];
	const struct graphql_document *document;
	struct buf response;
	const char *expected;

	(void)state;
	arena_reset(arena);
	begin_log();
	response = buf_in(arena, 64 * 1024);
	document = graphql_prepare(arena, schema, str_from_z(broad), &limits, &response);
	assert_non_null(document);
	assert_int_equal(response.len, 0);
	assert_int_equal(
	    graphql_execute_prepared(arena, schema, document, &request, &limits, &response),
	    GRAPHQL_OK);
	expected = arena_copy_z(arena, buf_view(&response));
	assert_contains(expected, "\"label\":\"ECO-4\"");
	for (size_t i = 0; i < THREADS; i++) {
		clients[i] = (struct client){ .document = document, .expected = expected };
		assert_int_equal(
		    pthread_create(&clients[i].thread, NULL, execute_again_and_again, &clients[i]),
		    0);
	}
	for (size_t i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(clients[i].thread, NULL), 0);
		assert_int_equal(clients[i].wrong, 0);
	}
}

static void
a_document_is_prepared_whole_or_refused(void **state)
{
	struct graphql_limits limits = GRAPHQL_LIMITS_DEFAULT;
	struct graphql_request request = { .operation_name = STR("m"), .only_queries = true };
	const struct graphql_document *document;
	struct buf response;

	(void)state;
	arena_reset(arena);
	response = buf_in(arena, 4096);
	assert_null(graphql_prepare(arena, schema, STR("{ nope }"), &limits, &response));
	assert_contains(arena_copy_z(arena, buf_view(&response)), "{\"errors\":[{\"message\":");
	document = graphql_prepare(
	    arena, schema, STR("query q { count } mutation m { bump { id } }"), &limits, &response);
	assert_non_null(document);
	assert_int_equal(graphql_operation_kind(document, STR("q")), GRAPHQL_QUERY);
	assert_int_equal(graphql_operation_kind(document, STR("m")), GRAPHQL_MUTATION);
	assert_int_equal(graphql_operation_kind(document, STR("")), GRAPHQL_NO_OPERATION);
	assert_int_equal(graphql_operation_kind(document, STR("x")), GRAPHQL_NO_OPERATION);
	assert_int_equal(
	    graphql_execute_prepared(arena, schema, document, &request, &limits, &response),
	    GRAPHQL_NOT_A_QUERY);
	document = NULL;
	for (size_t bytes = 1; document == NULL; bytes++) {
		static _Alignas(16) char memory[64 * 1024];
		struct arena small;

		assert_true(bytes < sizeof(memory));
		arena_init(&small, memory, bytes);
		document = graphql_prepare(&small, schema, str_from_z(broad), &limits, &response);
		assert_int_equal(document == NULL, arena_exhausted(&small));
	}
}

static void
loaders_and_schema_must_agree(void **state)
{
	static const struct {
		struct graphql_batch_binding binding;
		const char *reason;
	} cases[] = {
		{ { STR("Eco.nope"), load_name }, "a field that the schema does not have" },
		{ { STR("Nope.id"), load_name }, "no object type of the schema" },
		{ { STR("Eco.owner"), load_name }, "\"Eco.owner\" is bound twice" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct graphql_schema *made = NULL;
		struct err *err;
		char text[200];
		struct buf buf = buf_over(text, sizeof(text) - 1);

		arena_reset(arena);
		assert_no_fault(
		    graphql_schema_parse(arena, (struct str){ sdl, sizeof(sdl) - 1 }, &made));
		assert_no_fault(graphql_schema_bind_batches(arena, made, batches, 1));
		err = graphql_schema_bind_batches(arena, made, &cases[i].binding, 1);
		assert_non_null(err);
		err_format(err, &buf);
		text[buf.len] = '\0';
		assert_contains(text, cases[i].reason);
		/* A field that has a loader takes no resolver as well. */
		assert_non_null(graphql_schema_bind(arena, made,
		    &(struct graphql_binding){ STR("Eco.owner"), nothing }, 1, NULL, 0));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_batch_sees_all_objects_of_its_place_over_all_lists),
		cmocka_unit_test(each_place_of_the_document_has_a_batch_of_its_own),
		cmocka_unit_test(each_type_of_object_has_a_batch_of_its_own),
		cmocka_unit_test(a_batch_is_not_called_for_nobody),
		cmocka_unit_test(what_one_object_fails_in_is_spared_the_others),
		cmocka_unit_test(objects_after_a_list_that_became_null_keep_their_own_values),
		cmocka_unit_test(a_fault_of_a_batch_fails_all_and_is_logged_once),
		cmocka_unit_test(arguments_that_cannot_be_used_call_nobody),
		cmocka_unit_test(mutations_load_and_answer_one_after_the_other),
		cmocka_unit_test(a_resolver_can_tell_what_is_asked_beneath_it),
		cmocka_unit_test(whoever_takes_too_long_is_told_and_calls_nobody_more),
		cmocka_unit_test(every_size_of_memory_gives_an_answer_or_says_it_is_too_little),
		cmocka_unit_test(every_size_of_response_gives_an_answer_or_says_it_is_too_long),
		cmocka_unit_test(a_prepared_document_is_executed_by_many_threads_at_once),
		cmocka_unit_test(a_document_is_prepared_whole_or_refused),
		cmocka_unit_test(loaders_and_schema_must_agree),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
