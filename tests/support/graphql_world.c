#include "support/graphql_world.h"

static const char sdl[] =
    "\"\"\"\nA moment in time.\n\"\"\"\n"
    "scalar DateTime @specifiedBy(url: \"https://www.rfc-editor.org/rfc/rfc3339\")\n"
    "scalar GeoJSON\n"
    "directive @tag(name: String!) repeatable on OBJECT | FIELD_DEFINITION | FIELD\n"
    "enum Status { OPEN IN_PROGRESS CLOSED GONE @deprecated(reason: \"never used\") }\n"
    "interface Node { id: ID! }\n"
    "interface Named implements Node { id: ID! name: String }\n"
    "type Eco implements Node @tag(name: \"a\") @tag(name: \"b\") {\n"
    "  id: ID! number: String! status: Status! at: DateTime area: GeoJSON\n"
    "  notes(first: Int = 2): [Note!]! crew: Crew! loops: Int weight: Float urgent: Boolean\n"
    "  old: String @deprecated broken: String! lost: String same(other: EcoFilter): Eco }\n"
    "type Note { text: String! author: Crew bad: String! }\n"
    "type Crew implements Node & Named { id: ID! name: String phone(kind: Status): String\n"
    "  weight: String }\n"
    "union Found = Eco | Crew\n"
    "input Point { latitude: Float! longitude: Float! label: String = \"here\" }\n"
    "input EcoFilter { status: Status = OPEN points: [Point!] text: String any: GeoJSON\n"
    "  since: DateTime ids: [ID!] inner: EcoFilter }\n"
    "type Query { eco(id: ID!): Eco ecos(filter: EcoFilter, first: Int = 3): [Eco]\n"
    "  strict: [Eco!]! found: [Found!]! node(id: ID!): Node named: Named\n"
    "  echo(int: Int, float: Float, text: String, flag: Boolean, id: ID, status: Status,\n"
    "    list: [Int], matrix: [[Int!]], point: Point, filter: EcoFilter, at: DateTime,\n"
    "    must: Int! = 7): String\n"
    "  fail: String down: String must: String! twice: String unpromised: Int }\n"
    "type Mutation { close(id: ID!): Eco }\n"
    "type Subscription { changed: Eco other: Eco }\n";

struct crew {
	const char *id, *name;
};

struct eco {
	const char *id, *number, *status;
	struct crew crew;
};

static const struct eco ecos[] = {
	{ "1", "NOC-1", "OPEN", { "c1", "North crew lead" } },
	{ "2", "NOC-2", "CLOSED", { "c2", "South crew lead" } },
	{ "3", "NOC-3", "IN_PROGRESS", { "c3", "Night crew lead" } },
};

static _Atomic size_t calls;
static char fault_text[200];
static struct buf fault;

size_t
graphql_world_calls(void)
{
	return calls;
}

struct str
graphql_world_fault(void)
{
	return buf_view(&fault);
}

static struct err *
query_eco(struct graphql_call *call, struct graphql_value *ret)
{
	struct str id = graphql_argument(call, STR("id"))->text;

	calls++;
	for (size_t i = 0; i < COUNT_OF(ecos); i++) {
		if (str_equal(str_from_z(ecos[i].id), id))
			*ret = graphql_object(STR("Eco"), &ecos[i]);
	}
	if (ret->type == GRAPHQL_NULL)
		graphql_fail(call, STR("NOT_FOUND"), STR("There is no such callout."));
	return NULL;
}

static struct err *
query_ecos(struct graphql_call *call, struct graphql_value *ret)
{
	size_t count = (size_t)json_int_or(call->arguments, STR("first"), 0);
	struct graphql_value *items;

	calls++;
	count = count > COUNT_OF(ecos) ? COUNT_OF(ecos) : count;
	items = arena_array(call->arena, struct graphql_value, count);
	if (items == NULL)
		return ERR(call->arena, ERR_LIMIT, "no memory");
	for (size_t i = 0; i < count; i++)
		items[i] = graphql_object(STR("Eco"), &ecos[i]);
	*ret = graphql_list(items, count);
	return NULL;
}

static struct err *
query_strict(struct graphql_call *call, struct graphql_value *ret)
{
	struct graphql_value *items = arena_array(call->arena, struct graphql_value, 2);

	calls++;
	if (items == NULL)
		return ERR(call->arena, ERR_LIMIT, "no memory");
	items[0] = graphql_object(STR("Eco"), &ecos[0]);
	*ret = graphql_list(items, 2);
	return NULL;
}

static struct err *
query_found(struct graphql_call *call, struct graphql_value *ret)
{
	struct graphql_value *items = arena_array(call->arena, struct graphql_value, 2);

	calls++;
	if (items == NULL)
		return ERR(call->arena, ERR_LIMIT, "no memory");
	items[0] = graphql_object(STR("Eco"), &ecos[0]);
	items[1] = graphql_object(STR("Crew"), &ecos[1].crew);
	*ret = graphql_list(items, 2);
	return NULL;
}

static struct err *
query_crew(struct graphql_call *call, struct graphql_value *ret)
{
	(void)call;
	calls++;
	*ret = graphql_object(STR("Crew"), &ecos[0].crew);
	return NULL;
}

/* What the resolver was given, as JSON text. */
static struct err *
query_echo(struct graphql_call *call, struct graphql_value *ret)
{
	struct buf buf = buf_in(call->arena, 4096);
	struct json_writer w = json_writer(&buf);

	calls++;
	json_write_value(&w, call->arguments);
	*ret = graphql_text(buf_view(&buf));
	return NULL;
}

static struct err *
query_fail(struct graphql_call *call, struct graphql_value *ret)
{
	(void)ret;
	calls++;
	graphql_fail(call, STR("FORBIDDEN"), STR("This belongs to another organisation."));
	graphql_fail(call, STR("SECOND"), STR("Only the first counts."));
	return NULL;
}

static struct err *
query_down(struct graphql_call *call, struct graphql_value *ret)
{
	(void)ret;
	calls++;
	return ERR(call->arena, ERR_UNAVAILABLE, "connection to 10.0.0.1 refused");
}

static struct err *
nothing(struct graphql_call *call, struct graphql_value *ret)
{
	(void)call;
	(void)ret;
	calls++;
	return NULL;
}

static struct err *
unpromised(struct graphql_call *call, struct graphql_value *ret)
{
	(void)call;
	calls++;
	*ret = graphql_int(INT64_C(5000000000));
	return NULL;
}

static struct err *
eco_id(struct graphql_call *call, struct graphql_value *ret)
{
	calls++;
	*ret = graphql_text(str_from_z(((const struct eco *)call->parent)->id));
	return NULL;
}

static struct err *
eco_number(struct graphql_call *call, struct graphql_value *ret)
{
	calls++;
	*ret = graphql_text(str_from_z(((const struct eco *)call->parent)->number));
	return NULL;
}

static struct err *
eco_status(struct graphql_call *call, struct graphql_value *ret)
{
	calls++;
	*ret = graphql_text(str_from_z(((const struct eco *)call->parent)->status));
	return NULL;
}

static struct err *
eco_at(struct graphql_call *call, struct graphql_value *ret)
{
	(void)call;
	*ret = graphql_text(STR("2026-01-05T02:14:07Z"));
	return NULL;
}

static struct err *
eco_area(struct graphql_call *call, struct graphql_value *ret)
{
	(void)call;
	*ret = graphql_raw(STR("{\"type\":\"Point\",\"coordinates\":[-97.7,30.2]}"));
	return NULL;
}

static struct err *
eco_notes(struct graphql_call *call, struct graphql_value *ret)
{
	size_t count = (size_t)graphql_argument(call, STR("first"))->integer;
	struct graphql_value *items = arena_array(call->arena, struct graphql_value, count);

	if (items == NULL)
		return ERR(call->arena, ERR_LIMIT, "no memory");
	for (size_t i = 0; i < count; i++)
		items[i] = graphql_object(STR(""), call->parent);
	*ret = graphql_list(items, count);
	return NULL;
}

static struct err *
eco_crew(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_object(STR("Crew"), &((const struct eco *)call->parent)->crew);
	return NULL;
}

static struct err *
eco_loops(struct graphql_call *call, struct graphql_value *ret)
{
	(void)call;
	*ret = graphql_int(-2);
	return NULL;
}

static struct err *
eco_weight(struct graphql_call *call, struct graphql_value *ret)
{
	(void)call;
	*ret = graphql_float(0.5);
	return NULL;
}

static struct err *
eco_urgent(struct graphql_call *call, struct graphql_value *ret)
{
	(void)call;
	*ret = graphql_bool(true);
	return NULL;
}

static struct err *
eco_same(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_object(STR("Eco"), call->parent);
	return NULL;
}

static struct err *
note_text(struct graphql_call *call, struct graphql_value *ret)
{
	(void)call;
	*ret = graphql_text(STR("said \"hello\"\n"));
	return NULL;
}

static struct err *
crew_id(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text(str_from_z(((const struct crew *)call->parent)->id));
	return NULL;
}

static struct err *
crew_name(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text(str_from_z(((const struct crew *)call->parent)->name));
	return NULL;
}

static struct err *
crew_phone(struct graphql_call *call, struct graphql_value *ret)
{
	(void)call;
	*ret = graphql_text(STR("+1 512 555 0101"));
	return NULL;
}

/* A date-time has a T in it, as far as these tests care. */
static bool
accept_date_time(struct arena *arena, const struct json *value, struct str *ret_reason)
{
	(void)arena;
	*ret_reason = STR("expected an RFC 3339 date-time");
	return value->type == JSON_TEXT && str_find(value->text, STR("T")) != SIZE_MAX;
}

struct str
graphql_world_sdl(void)
{
	return (struct str){ sdl, sizeof(sdl) - 1 };
}

struct graphql_schema *
graphql_world_schema(struct arena *arena)
{
	static const struct graphql_binding bindings[] = {
		{ STR("Query.eco"), query_eco },
		{ STR("Query.ecos"), query_ecos },
		{ STR("Query.strict"), query_strict },
		{ STR("Query.found"), query_found },
		{ STR("Query.node"), query_crew },
		{ STR("Query.named"), query_crew },
		{ STR("Query.echo"), query_echo },
		{ STR("Query.fail"), query_fail },
		{ STR("Query.down"), query_down },
		{ STR("Query.must"), nothing },
		{ STR("Query.twice"), nothing },
		{ STR("Query.unpromised"), unpromised },
		{ STR("Mutation.close"), query_eco },
		{ STR("Eco.id"), eco_id },
		{ STR("Eco.number"), eco_number },
		{ STR("Eco.status"), eco_status },
		{ STR("Eco.at"), eco_at },
		{ STR("Eco.area"), eco_area },
		{ STR("Eco.notes"), eco_notes },
		{ STR("Eco.crew"), eco_crew },
		{ STR("Eco.loops"), eco_loops },
		{ STR("Eco.weight"), eco_weight },
		{ STR("Eco.urgent"), eco_urgent },
		{ STR("Eco.old"), nothing },
		{ STR("Eco.broken"), nothing },
		{ STR("Eco.lost"), query_fail },
		{ STR("Eco.same"), eco_same },
		{ STR("Note.text"), note_text },
		{ STR("Note.author"), eco_crew },
		{ STR("Note.bad"), query_fail },
		{ STR("Crew.id"), crew_id },
		{ STR("Crew.name"), crew_name },
		{ STR("Crew.phone"), crew_phone },
		{ STR("Crew.weight"), crew_name },
	};
	static const struct graphql_scalar scalars[] = { { STR("DateTime"), accept_date_time } };
	struct graphql_schema *schema = NULL;

	CHECK(graphql_schema_parse(arena, graphql_world_sdl(), &schema) == NULL);
	CHECK(graphql_schema_bind(
		  arena, schema, bindings, COUNT_OF(bindings), scalars, COUNT_OF(scalars)) == NULL);
	return schema;
}

static struct str
see_fault(void *context, struct arena *arena, const struct err *err, struct str path)
{
	(void)context;
	(void)arena;
	fault = buf_over(fault_text, sizeof(fault_text));
	buf_printf(&fault, "%.*s: ", STR_ARG(path));
	err_format(err, &fault);
	return STR("Try again; reference 17.");
}

struct str
graphql_world_execute(struct arena *arena, const struct graphql_schema *schema,
    const struct graphql_request *request, const struct graphql_limits *limits,
    enum graphql_outcome *ret_outcome)
{
	struct graphql_request full = *request;
	struct buf response = buf_in(arena, 64 * 1024);

	full.on_fault = see_fault;
	*ret_outcome = graphql_execute(arena, schema, &full, limits, &response);
	return buf_view(&response);
}

struct str
graphql_world_run(struct arena *arena, const struct graphql_schema *schema, struct str query,
    struct str variables)
{
	struct graphql_request request = { .query = query };
	struct graphql_limits limits = GRAPHQL_LIMITS_DEFAULT;
	enum graphql_outcome outcome;
	struct str reason;

	if (!str_empty(variables))
		CHECK(json_parse(arena, variables, &request.variables, &reason));
	return graphql_world_execute(arena, schema, &request, &limits, &outcome);
}

struct str
graphql_world_introspection(void)
{
	return STR(
	    "query IntrospectionQuery { __schema { description queryType { name } mutationType { "
	    "name } subscriptionType { name } types { ...FullType } directives { name description "
	    "isRepeatable locations args(includeDeprecated: true) { ...InputValue } } } } "
	    "fragment FullType on __Type { kind name description specifiedByURL "
	    "fields(includeDeprecated: true) { name description args(includeDeprecated: true) { "
	    "...InputValue } type { ...TypeRef } isDeprecated deprecationReason } "
	    "inputFields(includeDeprecated: true) { ...InputValue } interfaces { ...TypeRef } "
	    "enumValues(includeDeprecated: true) { name description isDeprecated "
	    "deprecationReason } possibleTypes { ...TypeRef } } "
	    "fragment InputValue on __InputValue { name description type { ...TypeRef } "
	    "defaultValue isDeprecated deprecationReason } "
	    "fragment TypeRef on __Type { kind name ofType { kind name ofType { kind name ofType { "
	    "kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind "
	    "name ofType { kind name ofType { kind name } } } } } } } } } }");
}
