#include "graphql/graphql_internal.h"

/*
 * Introspection (section 4): ordinary resolvers over the schema.  The data of a
 * __Type is a struct graphql_type_ref, so that lists and non-null types are types.
 */

/* ${type} as a __Type; null when there is none or no memory. */
static struct graphql_value
type_value(struct arena *arena, const struct graphql_type *type)
{
	struct graphql_type_ref *ref;

	if (type == NULL || type->hidden)
		return graphql_null();
	ref = arena_new(arena, struct graphql_type_ref);
	if (ref == NULL)
		return graphql_null();
	ref->name = type->name;
	ref->type = type;
	return graphql_object(STR("__Type"), ref);
}

/* ${text}, or null where the schema says nothing; it may say nothing in quotes. */
static struct graphql_value
given_text(struct str text)
{
	return text.ptr == NULL ? graphql_null() : graphql_text(text);
}

/* A list that is being filled; its room is counted before. */
struct listing {
	struct graphql_value *items;
	size_t count, room;
};

static struct listing
listing_of(struct arena *arena, size_t room)
{
	struct graphql_value *items = arena_array(arena, struct graphql_value, room);

	return (struct listing){ .items = items, .room = items == NULL ? 0 : room };
}

static void
list_add(struct listing *listing, struct graphql_value value)
{
	if (listing->count < listing->room)
		listing->items[listing->count++] = value;
}

static struct graphql_value
list_value(const struct listing *listing)
{
	return graphql_list(listing->items, listing->count);
}

static bool
wants_deprecated(const struct graphql_call *call)
{
	return json_bool_or(call->arguments, STR("includeDeprecated"), false);
}

static struct err *
query_schema(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_object(STR("__Schema"), call->parent);
	return NULL;
}

static struct err *
query_type(struct graphql_call *call, struct graphql_value *ret)
{
	struct str name = json_text_or(call->arguments, STR("name"), STR(""));

	*ret = type_value(call->arena, graphql_find_type(call->parent, name));
	return NULL;
}

/* -- __Schema -- */

static struct err *
schema_description(struct graphql_call *call, struct graphql_value *ret)
{
	const struct graphql_schema *schema = call->parent;

	*ret = given_text(schema->description);
	return NULL;
}

static struct err *
schema_types(struct graphql_call *call, struct graphql_value *ret)
{
	const struct graphql_schema *schema = call->parent;
	struct listing listing;
	size_t room = 0;

	for (const struct graphql_type *t = schema->first; t != NULL; t = t->next)
		room += !t->hidden;
	listing = listing_of(call->arena, room);
	for (const struct graphql_type *t = schema->first; t != NULL; t = t->next) {
		if (!t->hidden)
			list_add(&listing, type_value(call->arena, t));
	}
	*ret = list_value(&listing);
	return NULL;
}

static struct err *
schema_root(struct graphql_call *call, struct graphql_value *ret)
{
	const struct graphql_schema *schema = call->parent;
	struct str name = call->step->field->name;
	size_t root = str_equal(name, STR("queryType"))      ? 0
		      : str_equal(name, STR("mutationType")) ? 1
							     : 2;

	*ret = type_value(call->arena, schema->roots[root]);
	return NULL;
}

static struct err *
schema_directives(struct graphql_call *call, struct graphql_value *ret)
{
	const struct graphql_schema *schema = call->parent;
	struct listing listing;
	size_t room = 0;

	for (const struct graphql_directive_type *d = schema->directives; d != NULL; d = d->next)
		room++;
	listing = listing_of(call->arena, room);
	for (const struct graphql_directive_type *d = schema->directives; d != NULL; d = d->next)
		list_add(&listing, graphql_object(STR("__Directive"), d));
	*ret = list_value(&listing);
	return NULL;
}

/* -- __Type -- */

/* The named type that the __Type is, or NULL when it is a wrapping. */
static const struct graphql_type *
parent_type(const struct graphql_call *call)
{
	const struct graphql_type_ref *ref = call->parent;

	return ref->wrap == WRAP_NONE ? ref->type : NULL;
}

static struct err *
type_kind(struct graphql_call *call, struct graphql_value *ret)
{
	static const struct str kinds[] = { { "SCALAR", 6 }, { "OBJECT", 6 }, { "INTERFACE", 9 },
		{ "UNION", 5 }, { "ENUM", 4 }, { "INPUT_OBJECT", 12 } };
	const struct graphql_type_ref *ref = call->parent;

	switch (ref->wrap) {
	case WRAP_NONE:
		*ret = graphql_text(kinds[ref->type->kind]);
		break;
	case WRAP_LIST:
		*ret = graphql_text(STR("LIST"));
		break;
	case WRAP_NON_NULL:
		*ret = graphql_text(STR("NON_NULL"));
		break;
	}
	return NULL;
}

static struct err *
type_name(struct graphql_call *call, struct graphql_value *ret)
{
	const struct graphql_type *type = parent_type(call);

	if (type != NULL)
		*ret = graphql_text(type->name);
	return NULL;
}

static struct err *
type_description(struct graphql_call *call, struct graphql_value *ret)
{
	const struct graphql_type *type = parent_type(call);

	if (type != NULL)
		*ret = given_text(type->description);
	return NULL;
}

static struct err *
type_specified_by(struct graphql_call *call, struct graphql_value *ret)
{
	const struct graphql_type *type = parent_type(call);

	if (type != NULL)
		*ret = given_text(type->specified_by);
	return NULL;
}

static struct err *
type_fields(struct graphql_call *call, struct graphql_value *ret)
{
	const struct graphql_type *type = parent_type(call);
	struct listing listing;
	size_t room = 0;

	if (type == NULL || (type->kind != KIND_OBJECT && type->kind != KIND_INTERFACE))
		return NULL;
	for (const struct graphql_field *f = type->fields; f != NULL; f = f->next)
		room++;
	listing = listing_of(call->arena, room);
	for (const struct graphql_field *f = type->fields; f != NULL; f = f->next) {
		if (!f->deprecation.deprecated || wants_deprecated(call))
			list_add(&listing, graphql_object(STR("__Field"), f));
	}
	*ret = list_value(&listing);
	return NULL;
}

static struct graphql_value
relations_value(struct arena *arena, const struct graphql_relation *relations)
{
	struct listing listing;
	size_t room = 0;

	for (const struct graphql_relation *r = relations; r != NULL; r = r->next)
		room++;
	listing = listing_of(arena, room);
	for (const struct graphql_relation *r = relations; r != NULL; r = r->next)
		list_add(&listing, type_value(arena, r->type));
	return list_value(&listing);
}

static struct err *
type_interfaces(struct graphql_call *call, struct graphql_value *ret)
{
	const struct graphql_type *type = parent_type(call);

	if (type != NULL && (type->kind == KIND_OBJECT || type->kind == KIND_INTERFACE))
		*ret = relations_value(call->arena, type->interfaces);
	return NULL;
}

static struct err *
type_possible_types(struct graphql_call *call, struct graphql_value *ret)
{
	const struct graphql_type *type = parent_type(call);

	if (type != NULL && graphql_is_abstract(type))
		*ret = relations_value(call->arena, type->members);
	return NULL;
}

static struct err *
type_enum_values(struct graphql_call *call, struct graphql_value *ret)
{
	const struct graphql_type *type = parent_type(call);
	struct listing listing;
	size_t room = 0;

	if (type == NULL || type->kind != KIND_ENUM)
		return NULL;
	for (const struct graphql_enum_value *v = type->values; v != NULL; v = v->next)
		room++;
	listing = listing_of(call->arena, room);
	for (const struct graphql_enum_value *v = type->values; v != NULL; v = v->next) {
		if (!v->deprecation.deprecated || wants_deprecated(call))
			list_add(&listing, graphql_object(STR("__EnumValue"), v));
	}
	*ret = list_value(&listing);
	return NULL;
}

static struct graphql_value
inputs_value(const struct graphql_call *call, const struct graphql_input *inputs)
{
	struct listing listing;
	size_t room = 0;

	for (const struct graphql_input *i = inputs; i != NULL; i = i->next)
		room++;
	listing = listing_of(call->arena, room);
	for (const struct graphql_input *i = inputs; i != NULL; i = i->next) {
		if (!i->deprecation.deprecated || wants_deprecated(call))
			list_add(&listing, graphql_object(STR("__InputValue"), i));
	}
	return list_value(&listing);
}

static struct err *
type_input_fields(struct graphql_call *call, struct graphql_value *ret)
{
	const struct graphql_type *type = parent_type(call);

	if (type != NULL && type->kind == KIND_INPUT_OBJECT)
		*ret = inputs_value(call, type->inputs);
	return NULL;
}

static struct err *
type_of_type(struct graphql_call *call, struct graphql_value *ret)
{
	const struct graphql_type_ref *ref = call->parent;

	if (ref->wrap != WRAP_NONE)
		*ret = graphql_object(STR("__Type"), ref->of);
	return NULL;
}

static struct err *
type_is_one_of(struct graphql_call *call, struct graphql_value *ret)
{
	const struct graphql_type *type = parent_type(call);

	if (type != NULL && type->kind == KIND_INPUT_OBJECT)
		*ret = graphql_bool(type->one_of);
	return NULL;
}

/* -- __Field, __InputValue, __EnumValue and __Directive -- */

static struct err *
field_name(struct graphql_call *call, struct graphql_value *ret)
{
	const struct graphql_field *field = call->parent;

	*ret = graphql_text(field->name);
	return NULL;
}

static struct err *
field_description(struct graphql_call *call, struct graphql_value *ret)
{
	const struct graphql_field *field = call->parent;

	*ret = given_text(field->description);
	return NULL;
}

static struct err *
field_is_deprecated(struct graphql_call *call, struct graphql_value *ret)
{
	const struct graphql_field *field = call->parent;

	*ret = graphql_bool(field->deprecation.deprecated);
	return NULL;
}

static struct err *
field_reason(struct graphql_call *call, struct graphql_value *ret)
{
	const struct graphql_field *field = call->parent;

	*ret = given_text(field->deprecation.reason);
	return NULL;
}

static struct err *
field_args(struct graphql_call *call, struct graphql_value *ret)
{
	const struct graphql_field *field = call->parent;

	*ret = inputs_value(call, field->arguments);
	return NULL;
}

static struct err *
field_type(struct graphql_call *call, struct graphql_value *ret)
{
	const struct graphql_field *field = call->parent;

	*ret = graphql_object(STR("__Type"), field->type);
	return NULL;
}

static struct err *
input_name(struct graphql_call *call, struct graphql_value *ret)
{
	const struct graphql_input *input = call->parent;

	*ret = graphql_text(input->name);
	return NULL;
}

static struct err *
input_description(struct graphql_call *call, struct graphql_value *ret)
{
	const struct graphql_input *input = call->parent;

	*ret = given_text(input->description);
	return NULL;
}

static struct err *
input_is_deprecated(struct graphql_call *call, struct graphql_value *ret)
{
	const struct graphql_input *input = call->parent;

	*ret = graphql_bool(input->deprecation.deprecated);
	return NULL;
}

static struct err *
input_reason(struct graphql_call *call, struct graphql_value *ret)
{
	const struct graphql_input *input = call->parent;

	*ret = given_text(input->deprecation.reason);
	return NULL;
}

static struct err *
input_type(struct graphql_call *call, struct graphql_value *ret)
{
	const struct graphql_input *input = call->parent;

	*ret = graphql_object(STR("__Type"), input->type);
	return NULL;
}

static struct err *
value_name(struct graphql_call *call, struct graphql_value *ret)
{
	const struct graphql_enum_value *value = call->parent;

	*ret = graphql_text(value->name);
	return NULL;
}

static struct err *
value_description(struct graphql_call *call, struct graphql_value *ret)
{
	const struct graphql_enum_value *value = call->parent;

	*ret = given_text(value->description);
	return NULL;
}

static struct err *
value_is_deprecated(struct graphql_call *call, struct graphql_value *ret)
{
	const struct graphql_enum_value *value = call->parent;

	*ret = graphql_bool(value->deprecation.deprecated);
	return NULL;
}

static struct err *
value_reason(struct graphql_call *call, struct graphql_value *ret)
{
	const struct graphql_enum_value *value = call->parent;

	*ret = given_text(value->deprecation.reason);
	return NULL;
}

static struct err *
directive_name(struct graphql_call *call, struct graphql_value *ret)
{
	const struct graphql_directive_type *directive = call->parent;

	*ret = graphql_text(directive->name);
	return NULL;
}

static struct err *
directive_description(struct graphql_call *call, struct graphql_value *ret)
{
	const struct graphql_directive_type *directive = call->parent;

	*ret = given_text(directive->description);
	return NULL;
}

static struct err *
directive_args(struct graphql_call *call, struct graphql_value *ret)
{
	const struct graphql_directive_type *directive = call->parent;

	*ret = inputs_value(call, directive->arguments);
	return NULL;
}

static struct err *
directive_is_repeatable(struct graphql_call *call, struct graphql_value *ret)
{
	const struct graphql_directive_type *directive = call->parent;

	*ret = graphql_bool(directive->repeatable);
	return NULL;
}

static struct err *
input_default(struct graphql_call *call, struct graphql_value *ret)
{
	const struct graphql_input *input = call->parent;

	if (input->default_literal != NULL)
		*ret = graphql_text(graphql_literal_text(call->arena, input->default_literal));
	return NULL;
}

static struct err *
directive_locations(struct graphql_call *call, struct graphql_value *ret)
{
	const struct graphql_directive_type *directive = call->parent;
	struct listing listing = listing_of(call->arena, GRAPHQL_LOCATIONS);

	for (unsigned i = 0; i < GRAPHQL_LOCATIONS; i++) {
		if ((directive->locations & UINT32_C(1) << i) != 0)
			list_add(&listing,
			    graphql_text(graphql_location_name((enum graphql_location)i)));
	}
	*ret = list_value(&listing);
	return NULL;
}

const struct graphql_binding *
graphql_introspection_bindings(size_t *ret_count)
{
	static const struct graphql_binding bindings[] = {
		{ { "__Meta.__schema", 15 }, query_schema },
		{ { "__Meta.__type", 13 }, query_type },
		{ { "__Schema.description", 20 }, schema_description },
		{ { "__Schema.types", 14 }, schema_types },
		{ { "__Schema.queryType", 18 }, schema_root },
		{ { "__Schema.mutationType", 21 }, schema_root },
		{ { "__Schema.subscriptionType", 25 }, schema_root },
		{ { "__Schema.directives", 19 }, schema_directives },
		{ { "__Type.kind", 11 }, type_kind },
		{ { "__Type.name", 11 }, type_name },
		{ { "__Type.description", 18 }, type_description },
		{ { "__Type.specifiedByURL", 21 }, type_specified_by },
		{ { "__Type.fields", 13 }, type_fields },
		{ { "__Type.interfaces", 17 }, type_interfaces },
		{ { "__Type.possibleTypes", 20 }, type_possible_types },
		{ { "__Type.enumValues", 17 }, type_enum_values },
		{ { "__Type.inputFields", 18 }, type_input_fields },
		{ { "__Type.ofType", 13 }, type_of_type },
		{ { "__Type.isOneOf", 14 }, type_is_one_of },
		{ { "__Field.name", 12 }, field_name },
		{ { "__Field.description", 19 }, field_description },
		{ { "__Field.isDeprecated", 20 }, field_is_deprecated },
		{ { "__Field.deprecationReason", 25 }, field_reason },
		{ { "__InputValue.name", 17 }, input_name },
		{ { "__InputValue.description", 24 }, input_description },
		{ { "__InputValue.isDeprecated", 25 }, input_is_deprecated },
		{ { "__InputValue.deprecationReason", 30 }, input_reason },
		{ { "__EnumValue.name", 16 }, value_name },
		{ { "__EnumValue.description", 23 }, value_description },
		{ { "__EnumValue.isDeprecated", 24 }, value_is_deprecated },
		{ { "__EnumValue.deprecationReason", 29 }, value_reason },
		{ { "__Field.args", 12 }, field_args },
		{ { "__Field.type", 12 }, field_type },
		{ { "__InputValue.type", 17 }, input_type },
		{ { "__InputValue.defaultValue", 25 }, input_default },
		{ { "__Directive.name", 16 }, directive_name },
		{ { "__Directive.description", 23 }, directive_description },
		{ { "__Directive.locations", 21 }, directive_locations },
		{ { "__Directive.args", 16 }, directive_args },
		{ { "__Directive.isRepeatable", 24 }, directive_is_repeatable },
	};

	*ret_count = COUNT_OF(bindings);
	return bindings;
}
