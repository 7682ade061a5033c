#include "graphql/graphql_internal.h"

/* Input: arguments and variables, from literals and from JSON (sections 3.10
 * to 3.12, 6.1.2, 6.4.1). */

static bool
refuse(struct graphql_coercion *coercion, uint32_t at, struct str reason)
{
	coercion->at = at;
	coercion->reason = reason;
	return false;
}

/*
 * The default of ${input}.  While a schema is being read it may not be coerced yet, and is
 * remembered then: defaults that hold defaults would be coerced over and over again.
 */
static bool
default_of(struct graphql_coercion *coercion, const struct graphql_input *input, struct json *ret)
{
	struct json *value;

	if (input->default_value != NULL) {
		*ret = *input->default_value;
		return true;
	}
	if (!graphql_coerce_literal(coercion, input->type, input->default_literal, ret))
		return false;
	value = arena_new(coercion->arena, struct json);
	if (value == NULL)
		return false;
	*value = *ret;
	((struct graphql_input *)(uintptr_t)input)->default_value = value;
	return true;
}

/* Whether ${literal} is a variable that the request gives no value. */
static bool
is_absent(const struct graphql_coercion *coercion, const struct graphql_literal *literal)
{
	return literal->kind == LITERAL_VARIABLE && !coercion->checking &&
	       json_find(coercion->variables, literal->text) == NULL;
}

/* A variable: its value is coerced already; only non-null remains to be kept. */
static bool
coerce_variable_use(struct graphql_coercion *coercion, const struct graphql_type_ref *ref,
    const struct graphql_literal *literal, struct json *ret)
{
	const struct json *value = json_find(coercion->variables, literal->text);

	if (coercion->checking)
		return true;
	*ret = value == NULL ? (struct json){ .type = JSON_NULL_VALUE } : *value;
	if (ref->wrap == WRAP_NON_NULL && ret->type == JSON_NULL_VALUE)
		return refuse(coercion, literal->at,
		    arena_printf(coercion->arena,
			"Variable \"$%.*s\" must not be null where type \"%.*s\" is expected.",
			STR_ARG(literal->text),
			STR_ARG(graphql_type_ref_text(coercion->arena, ref))));
	return true;
}

static bool
coerce_list(struct graphql_coercion *coercion, const struct graphql_type_ref *ref,
    const struct graphql_literal *literal, struct json *ret)
{
	bool single = literal->kind != LITERAL_LIST;
	size_t count = 0;
	struct json *items = arena_array(coercion->arena, struct json, single ? 1 : literal->count);

	*ret = (struct json){ .type = JSON_LIST, .list = { items, single ? 1 : literal->count } };
	if (items == NULL)
		return false;
	if (single)
		return graphql_coerce_literal(coercion, ref->of, literal, items);
	for (const struct graphql_literal *i = literal->first; i != NULL; i = i->next) {
		if (!graphql_coerce_literal(coercion, ref->of, i, &items[count++]))
			return false;
	}
	return true;
}

/* The field ${name} of the object ${literal}, or NULL; of two, which are refused, the last. */
static const struct graphql_literal *
find_field(const struct graphql_literal *literal, struct str name)
{
	const struct graphql_literal *found = NULL;

	for (const struct graphql_literal *f = literal->first; f != NULL; f = f->next) {
		if (str_equal(f->name, name))
			found = f;
	}
	return found;
}

static bool
refuse_unknown_fields(struct graphql_coercion *coercion, const struct graphql_type *type,
    const struct graphql_literal *literal)
{
	for (const struct graphql_literal *f = literal->first; f != NULL; f = f->next) {
		struct graphql_suggestions suggestions = { .wanted = f->name };

		if (graphql_find_input(type->inputs, f->name) != NULL)
			continue;
		for (const struct graphql_input *i = type->inputs; i != NULL; i = i->next)
			graphql_suggest(&suggestions, i->name);
		return !refuse(coercion, f->name_at,
		    arena_printf(coercion->arena,
			"Field \"%.*s\" is not defined by type \"%.*s\".%.*s", STR_ARG(f->name),
			STR_ARG(type->name),
			STR_ARG(graphql_suggestions_text(coercion->arena, &suggestions))));
	}
	return false;
}

static bool
refuse_missing(struct graphql_coercion *coercion, uint32_t at, const struct graphql_type *type,
    const struct graphql_input *input)
{
	return refuse(coercion, at,
	    arena_printf(coercion->arena,
		"Field \"%.*s.%.*s\" of required type \"%.*s\" was not provided.",
		STR_ARG(type->name), STR_ARG(input->name),
		STR_ARG(graphql_type_ref_text(coercion->arena, input->type))));
}

struct str
graphql_one_of_reason(struct arena *arena, const struct graphql_type *type)
{
	return arena_printf(arena,
	    "Within OneOf Input Object type \"%.*s\", exactly one field must be specified, and the "
	    "value for that field must be non-null.",
	    STR_ARG(type->name));
}

/* How many members an object of ${inputs} can have. */
static size_t
count_inputs(const struct graphql_input *inputs)
{
	size_t count = 0;

	for (; inputs != NULL; inputs = inputs->next)
		count++;
	return count;
}

/* Section 3.10.1: one field, whose value is not null. */
static bool
is_one_of(struct graphql_coercion *coercion, const struct graphql_type *type,
    const struct graphql_literal *literal)
{
	const struct graphql_literal *only = literal->first;

	if (literal->count == 1 && only->kind != LITERAL_NULL && !is_absent(coercion, only))
		return true;
	return refuse(coercion, literal->at, graphql_one_of_reason(coercion->arena, type));
}

static bool
coerce_object(struct graphql_coercion *coercion, const struct graphql_type *type,
    const struct graphql_literal *literal, struct json *ret)
{
	struct json_member *members;
	size_t count = 0;

	if (literal->kind != LITERAL_OBJECT)
		return refuse(coercion, literal->at,
		    arena_printf(coercion->arena,
			"Expected value of type \"%.*s\", found something that is no object.",
			STR_ARG(type->name)));
	if (refuse_unknown_fields(coercion, type, literal) ||
	    (type->one_of && !is_one_of(coercion, type, literal)))
		return false;
	members = arena_array(coercion->arena, struct json_member, count_inputs(type->inputs));
	if (members == NULL)
		return false;
	for (const struct graphql_input *i = type->inputs; i != NULL; i = i->next) {
		const struct graphql_literal *given = find_field(literal, i->name);
		struct json *value = &members[count].value;

		members[count].name = i->name;
		if (given != NULL && !is_absent(coercion, given)) {
			if (!graphql_coerce_literal(coercion, i->type, given, value))
				return false;
			/* A variable may have brought the null that no literal may. */
			if (type->one_of && !coercion->checking && value->type == JSON_NULL_VALUE)
				return refuse(coercion, given->at,
				    graphql_one_of_reason(coercion->arena, type));
		} else if (i->default_literal != NULL) {
			if (!default_of(coercion, i, value))
				return false;
		} else if (i->type->wrap == WRAP_NON_NULL) {
			return refuse_missing(coercion, literal->at, type, i);
		} else {
			continue;
		}
		count++;
	}
	*ret = (struct json){ .type = JSON_MAP, .map = { members, count } };
	return true;
}

/* By the shape of ${ref}, once depth, variables and null are dealt with. */
static bool
coerce_shape(struct graphql_coercion *coercion, const struct graphql_type_ref *ref,
    const struct graphql_literal *literal, struct json *ret)
{
	if (ref->wrap == WRAP_LIST)
		return coerce_list(coercion, ref, literal, ret);
	/* An unknown type has been reported where it is named. */
	if (ref->type == NULL)
		return true;
	if (ref->type->kind == KIND_INPUT_OBJECT)
		return coerce_object(coercion, ref->type, literal, ret);
	return graphql_coerce_leaf(coercion, ref->type, literal, ret);
}

bool
graphql_coerce_literal(struct graphql_coercion *coercion, const struct graphql_type_ref *ref,
    const struct graphql_literal *literal, struct json *ret)
{
	bool taken;

	*ret = (struct json){ .type = JSON_NULL_VALUE };
	if (literal->kind == LITERAL_VARIABLE)
		return coerce_variable_use(coercion, ref, literal, ret);
	if (literal->kind == LITERAL_NULL && ref->wrap != WRAP_NON_NULL)
		return true;
	if (literal->kind == LITERAL_NULL)
		return refuse(coercion, literal->at,
		    arena_printf(coercion->arena, "Expected value of type \"%.*s\", found null.",
			STR_ARG(graphql_type_ref_text(coercion->arena, ref))));
	/* Documents are bounded already; defaults that contain defaults are not. */
	if (coercion->depth >= GRAPHQL_DEPTH_CEILING * 2)
		return refuse(coercion, literal->at, STR("Defaults contain themselves."));
	if (ref->wrap == WRAP_NON_NULL)
		ref = ref->of;
	coercion->depth++;
	taken = coerce_shape(coercion, ref, literal, ret);
	coercion->depth--;
	return taken;
}

bool
graphql_coerce_arguments(struct graphql_coercion *coercion, const struct graphql_input *inputs,
    const struct graphql_argument *arguments, uint32_t at, struct json *ret)
{
	struct json_member *members;
	size_t count = 0;

	*ret = (struct json){ .type = JSON_MAP };
	if (inputs == NULL)
		return true;
	members = arena_array(coercion->arena, struct json_member, count_inputs(inputs));
	if (members == NULL)
		return false;
	for (const struct graphql_input *i = inputs; i != NULL; i = i->next) {
		const struct graphql_argument *given = graphql_find_argument(arguments, i->name);
		struct json *value = &members[count].value;

		members[count].name = i->name;
		if (given != NULL && !is_absent(coercion, given->value)) {
			if (!graphql_coerce_literal(coercion, i->type, given->value, value))
				return false;
		} else if (i->default_literal != NULL) {
			if (!default_of(coercion, i, value))
				return false;
		} else if (i->type->wrap == WRAP_NON_NULL) {
			return refuse(coercion, given == NULL ? at : given->value->at,
			    arena_printf(coercion->arena,
				"Argument \"%.*s\" of required type \"%.*s\" was not provided.",
				STR_ARG(i->name),
				STR_ARG(graphql_type_ref_text(coercion->arena, i->type))));
		} else {
			continue;
		}
		count++;
	}
	ret->map.members = members;
	ret->map.count = count;
	return true;
}
