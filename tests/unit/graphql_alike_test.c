#include "support/unit.h"

#include <stdlib.h>

#include "graphql/graphql_internal.h"

/*
 * Whether fields are resolved one by one or loaded together is no business of the client:
 * the same schema and the same data, bound in different ways, give the same bytes for
 * documents made by chance, with all the nulls, failures and broken promises on the way.
 */

#define WAYS      8
#define DOCUMENTS 2000

static const char sdl[] =
    "interface Node { id: Int! one: Node name: String }\n"
    "union Any = A | B\n"
    "type A implements Node { id: Int! one: A name: String sure: A! some: [A] all: [B!]!\n"
    "  rows: [[A!]] any: Any anys: [Any!] node: Node text: String! count: Int list: [Int!] }\n"
    "type B implements Node { id: Int! one: A name: String sure: B! some: [B] all: [A!]\n"
    "  rows: [[B]!] any: Any anys: [Any] node: Node text: String count: Int! list: [[Int]] }\n"
    "type C { id: Int! }\n"
    "type Query { one: A some: [A] rows: [[B!]] any: Any anys: [Any!] node: Node c: C }\n"
    "type Mutation { one: A some: [B] }\n";

static struct arena *arena, *schema_arenas[WAYS];
static struct graphql_schema *schemas[WAYS];

/* -- data: everything follows from the number of the object and the name of the field -- */

static uint64_t
mix(uint64_t a, uint64_t b)
{
	uint64_t x = (a + UINT64_C(0x9e3779b97f4a7c15)) * UINT64_C(0xbf58476d1ce4e5b9) ^ b;

	x = (x ^ x >> 30) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

static uint64_t
number_of(struct str name)
{
	uint64_t number = 7;

	for (size_t i = 0; i < name.len; i++)
		number = mix(number, (unsigned char)name.ptr[i]);
	return number;
}

static struct graphql_value
chance_object(const struct graphql_type *type, uint64_t chance)
{
	struct str name = type->name;

	if (graphql_is_abstract(type))
		name = chance % 2 == 0 ? STR("A") : STR("B");
	if (chance % 23 == 0)
		name = STR("C");
	return graphql_object(name, (const void *)(uintptr_t)(chance >> 8 | 1));
}

static struct graphql_value
chance_value(struct arena *in, const struct graphql_type_ref *ref, uint64_t chance)
{
	struct graphql_value *items;
	size_t count = chance % 4;

	if (chance % 13 == 0)
		return graphql_null();
	if (chance % 41 == 0)
		return graphql_text(STR("no list and no object"));
	if (ref->wrap == WRAP_NON_NULL)
		ref = ref->of;
	if (ref->wrap == WRAP_NONE && graphql_is_composite(ref->type))
		return chance_object(ref->type, mix(chance, 2));
	if (ref->wrap == WRAP_NONE && ref->type->builtin == BUILTIN_INT)
		return graphql_int((int64_t)(chance % 1000));
	if (ref->wrap == WRAP_NONE)
		return graphql_text(arena_printf(in, "t%u", (unsigned)(chance % 1000)));
	items = arena_array(in, struct graphql_value, count);
	for (size_t i = 0; items != NULL && i < count; i++)
		items[i] = chance_value(in, ref->of, mix(chance, i + 3));
	return graphql_list(items, items == NULL ? 0 : count);
}

/* The value of the field of ${call} for ${object}; false when it fails. */
static bool
find(const struct graphql_call *call, const void *object, struct graphql_value *ret)
{
	uint64_t chance = mix((uint64_t)(uintptr_t)object, number_of(call->step->field->name));

	*ret = chance_value(call->arena, call->step->field->type, chance);
	return chance % 17 != 0;
}

static struct err *
resolve(struct graphql_call *call, struct graphql_value *ret)
{
	if (!find(call, call->parent, ret))
		graphql_fail(call, STR("CHANCE"), STR("It so happened."));
	return NULL;
}

static struct err *
load(struct graphql_batch *batch)
{
	for (size_t i = 0; i < batch->count; i++) {
		if (!find(&batch->call, batch->parents[i], &batch->values[i]))
			graphql_fail_one(batch, i, STR("CHANCE"), STR("It so happened."));
	}
	return NULL;
}

/* -- the schema, bound in ${way}: 0 nothing is batched, 1 everything, then by chance -- */

static struct graphql_schema *
bound(struct arena *in, size_t way)
{
	static struct graphql_binding bindings[64];
	static struct graphql_batch_binding batches[64];
	struct graphql_schema *schema = NULL;
	size_t bound_count = 0, batch_count = 0;

	assert_no_fault(graphql_schema_parse(in, (struct str){ sdl, sizeof(sdl) - 1 }, &schema));
	for (const struct graphql_type *t = schema->first; t != NULL; t = t->next) {
		for (const struct graphql_field *f = t->fields;
		     f != NULL && t->kind == KIND_OBJECT && !t->reserved; f = f->next) {
			struct str name =
			    arena_printf(in, "%.*s.%.*s", STR_ARG(t->name), STR_ARG(f->name));

			if (way == 1 || (way > 1 && mix(number_of(name), way) % 3 == 0))
				batches[batch_count++] =
				    (struct graphql_batch_binding){ name, load };
			else
				bindings[bound_count++] = (struct graphql_binding){ name, resolve };
		}
	}
	assert_no_fault(graphql_schema_bind_batches(in, schema, batches, batch_count));
	assert_no_fault(graphql_schema_bind(in, schema, bindings, bound_count, NULL, 0));
	return schema;
}

static int
set_up(void **state)
{
	(void)state;
	arena = arena_create(32 * 1024 * 1024);
	for (size_t i = 0; i < WAYS; i++) {
		schema_arenas[i] = arena_create(256 * 1024);
		schemas[i] = bound(schema_arenas[i], i);
	}
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	arena_destroy(arena);
	for (size_t i = 0; i < WAYS; i++)
		arena_destroy(schema_arenas[i]);
	return 0;
}

/* -- documents -- */

struct maker {
	struct buf buf;
	uint64_t seed;
	size_t fields;
};

static size_t
pick(struct maker *m, size_t count)
{
	m->seed = mix(m->seed, 5);
	return (size_t)(m->seed % count);
}

static void make_selections(struct maker *m, const struct graphql_type *type, size_t depth);

static void
make_field(struct maker *m, const struct graphql_type *type, size_t depth)
{
	const struct graphql_field *field = type->fields;
	const struct graphql_type *beneath;
	size_t count = 0;

	for (const struct graphql_field *f = type->fields; f != NULL; f = f->next)
		count++;
	for (size_t i = pick(m, count); i > 0; i--)
		field = field->next;
	beneath = graphql_named_type(field->type);
	if (graphql_is_composite(beneath) && (depth == 0 || m->fields > 60)) {
		buf_str(&m->buf, STR("__typename "));
		return;
	}
	/* An alias of its own: what has the same name must be the same. */
	buf_printf(&m->buf, "f%zu: %.*s ", m->fields++, STR_ARG(field->name));
	if (pick(m, 12) == 0)
		buf_str(&m->buf, STR("@skip(if: $yes) "));
	if (graphql_is_composite(beneath))
		make_selections(m, beneath, depth - 1);
}

/* A fragment, inline, on something that an object of ${type} may be. */
static void
make_fragment(struct maker *m, const struct graphql_type *type, size_t depth)
{
	static const struct str names[] = { { "A", 1 }, { "B", 1 }, { "Node", 4 } };
	struct str name = type->name;

	if (graphql_is_abstract(type))
		name = names[pick(m, COUNT_OF(names))];
	buf_printf(&m->buf, "... on %.*s ", STR_ARG(name));
	make_selections(m, graphql_find_type(schemas[0], name), depth);
}

static void
make_selections(struct maker *m, const struct graphql_type *type, size_t depth)
{
	buf_str(&m->buf, STR("{ "));
	for (size_t i = pick(m, 4) + 1; i > 0; i--) {
		if (type->fields == NULL || (depth > 0 && pick(m, 5) == 0))
			make_fragment(m, type, depth > 0 ? depth - 1 : 0);
		else
			make_field(m, type, depth);
	}
	buf_str(&m->buf, STR("} "));
}

static struct str
answer(const struct graphql_schema *schema, struct str query)
{
	struct graphql_limits limits = GRAPHQL_LIMITS_DEFAULT;
	struct graphql_request request = { .query = query };
	struct buf response = buf_in(arena, 512 * 1024);

	if (graphql_execute(arena, schema, &request, &limits, &response) != GRAPHQL_OK)
		fail_msg("%.*s: %.*s", STR_ARG(query), STR_ARG(buf_view(&response)));
	return buf_view(&response);
}

static void
however_fields_are_bound_the_answer_is_the_same(void **state)
{
	const char *given = getenv("SEED");
	uint64_t seed = given == NULL ? 20261 : strtoull(given, NULL, 10);
	size_t errors = 0, whole = 0;

	(void)state;
	for (size_t i = 0; i < DOCUMENTS; i++) {
		struct maker m = { .seed = mix(seed, i) };
		bool mutation = i % 10 == 0;
		struct str expected;

		arena_reset(arena);
		m.buf = buf_in(arena, 64 * 1024);
		buf_str(&m.buf, mutation ? STR("mutation") : STR("query"));
		buf_str(&m.buf, STR(" q($yes: Boolean = true) { x: __typename @skip(if: $yes) "));
		make_field(&m, schemas[0]->roots[mutation ? 1 : 0], 5);
		make_field(&m, schemas[0]->roots[mutation ? 1 : 0], 5);
		buf_str(&m.buf, STR("}"));
		assert_false(m.buf.overflowed);
		expected = answer(schemas[0], buf_view(&m.buf));
		if (str_find(expected, STR("\"errors\":")) != SIZE_MAX)
			errors++;
		else
			whole++;
		for (size_t way = 1; way < WAYS; way++) {
			struct str got = answer(schemas[way], buf_view(&m.buf));

			if (!str_equal(got, expected))
				fail_msg("SEED=%llu, document %zu, way %zu: %.*s\n%.*s\n%.*s",
				    (unsigned long long)seed, i, way, STR_ARG(buf_view(&m.buf)),
				    STR_ARG(expected), STR_ARG(got));
		}
	}
	assert_false(arena_exhausted(arena));
	/* Of both there were enough to mean something. */
	assert_true(errors > DOCUMENTS / 10);
	assert_true(whole > DOCUMENTS / 10);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(however_fields_are_bound_the_answer_is_the_same),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
