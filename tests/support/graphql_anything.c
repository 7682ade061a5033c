#include "support/graphql_anything.h"

#include "graphql/graphql_internal.h"

#include <stdlib.h>

#define ITEMS 2

/* -- values -- */

static void make(
    struct arena *arena, const struct graphql_type_ref *ref, struct graphql_value *ret);

static struct graphql_value
make_leaf(const struct graphql_type *type)
{
	if (type->kind == KIND_ENUM)
		return graphql_text(type->values->name);
	switch (type->builtin) {
	case BUILTIN_INT:
		return graphql_int(7);
	case BUILTIN_FLOAT:
		return graphql_float(0.5);
	case BUILTIN_BOOLEAN:
		return graphql_bool(true);
	case BUILTIN_NONE:
		return graphql_raw(STR("{\"any\":[1]}"));
	case BUILTIN_STRING:
	case BUILTIN_ID:
		break;
	}
	return graphql_text(STR("text"));
}

static void
make_list(struct arena *arena, const struct graphql_type_ref *of, struct graphql_value *ret)
{
	struct graphql_value *items = arena_array(arena, struct graphql_value, ITEMS);

	for (size_t i = 0; items != NULL && i < ITEMS; i++)
		make(arena, of, &items[i]);
	*ret = graphql_list(items, items == NULL ? 0 : ITEMS);
}

static void
make(struct arena *arena, const struct graphql_type_ref *ref, struct graphql_value *ret)
{
	const struct graphql_type *type;

	if (ref->wrap == WRAP_NON_NULL)
		ref = ref->of;
	if (ref->wrap == WRAP_LIST) {
		make_list(arena, ref->of, ret);
		return;
	}
	type = ref->type;
	if (!graphql_is_composite(type))
		*ret = make_leaf(type);
	else if (type->kind == KIND_OBJECT)
		*ret = graphql_object(type->name, type);
	else if (type->members != NULL)
		*ret = graphql_object(type->members->name, type);
}

/* -- resolvers -- */

static struct err *
resolve(struct graphql_call *call, struct graphql_value *ret)
{
	const struct graphql_field *field = call->step->field;

	if (field->name.len % 11 == 10)
		return ERR(call->arena, ERR_UNAVAILABLE, "a name of this length is not to be had");
	if (field->name.len % 7 == 6)
		graphql_fail(call, STR("MADE_UP"), STR("This was made up to fail."));
	else
		make(call->arena, field->type, ret);
	return NULL;
}

static struct err *
load(struct graphql_batch *batch)
{
	for (size_t i = 0; i < batch->count; i++) {
		if (i % 3 == 2)
			graphql_fail_one(
			    batch, i, STR("MADE_UP"), STR("Every third was made up to fail."));
		else
			make(batch->call.arena, batch->call.step->field->type, &batch->values[i]);
	}
	return NULL;
}

static size_t
count_fields(const struct graphql_schema *schema)
{
	size_t count = 0;

	for (const struct graphql_type *t = schema->first; t != NULL; t = t->next) {
		for (const struct graphql_field *f = t->fields; f != NULL; f = f->next)
			count++;
	}
	return count;
}

void
graphql_anything_bind(struct arena *arena, struct graphql_schema *schema)
{
	size_t room = count_fields(schema), alone_count = 0, batches_count = 0;
	struct graphql_binding *alone = arena_array(arena, struct graphql_binding, room);
	struct graphql_batch_binding *batches =
	    arena_array(arena, struct graphql_batch_binding, room);

	CHECK(alone != NULL && batches != NULL);
	for (const struct graphql_type *t = schema->first; t != NULL; t = t->next) {
		if (t->kind != KIND_OBJECT || t->reserved)
			continue;
		for (const struct graphql_field *f = t->fields; f != NULL; f = f->next) {
			struct str name =
			    arena_printf(arena, "%.*s.%.*s", STR_ARG(t->name), STR_ARG(f->name));

			if (f->name.len % 2 == 0)
				batches[batches_count++] =
				    (struct graphql_batch_binding){ name, load };
			else
				alone[alone_count++] = (struct graphql_binding){ name, resolve };
		}
	}
	CHECK(graphql_schema_bind_batches(arena, schema, batches, batches_count) == NULL);
	CHECK(graphql_schema_bind(arena, schema, alone, alone_count, NULL, 0) == NULL);
}

void
graphql_anything_run(struct arena *arena, const struct graphql_schema *schema, struct str query,
    const struct json *variables, size_t room)
{
	static struct arena *checking;
	struct graphql_request request = { .query = query, .variables = variables };
	struct graphql_limits limits = GRAPHQL_LIMITS_DEFAULT;
	char *memory = malloc(room);
	struct buf response = buf_over(memory, room);
	enum graphql_outcome outcome;
	const struct json *value;
	struct str reason;

	CHECK(memory != NULL);
	if (checking == NULL)
		checking = arena_create((size_t)64 << 20);
	arena_reset(checking);
	outcome = graphql_execute(arena, schema, &request, &limits, &response);
	CHECK(!response.overflowed);
	CHECK(json_parse(checking, buf_view(&response), &value, &reason));
	CHECK((json_find(value, STR("data")) != NULL) == (outcome == GRAPHQL_OK));
	CHECK(outcome == GRAPHQL_OK || json_find(value, STR("errors")) != NULL);
	free(memory);
}
