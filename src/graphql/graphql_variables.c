#include "graphql/graphql_internal.h"

/* CoerceVariableValues() of section 6.1.2. */

/* One variable's value being coerced. */
struct intake {
	struct graphql_coercion coercion;
	struct graphql_errors *errors;
	const struct graphql_variable *variable;
};

static bool
refuse(struct intake *intake, const struct graphql_path *path, struct str reason)
{
	struct arena *arena = intake->coercion.arena;
	struct str name = intake->variable->name;
	struct str where = graphql_path_text(arena, path);

	/* The path begins with the variable itself, which the sentence names. */
	if (path->up == NULL)
		(void)graphql_report(intake->errors, intake->variable->at,
		    arena_printf(arena, "Variable \"$%.*s\" got an invalid value; %.*s",
			STR_ARG(name), STR_ARG(reason)));
	else
		(void)graphql_report(intake->errors, intake->variable->at,
		    arena_printf(arena, "Variable \"$%.*s\" got an invalid value at \"%.*s\"; %.*s",
			STR_ARG(name), STR_ARG(where), STR_ARG(reason)));
	return false;
}

static bool take(struct intake *intake, const struct graphql_type_ref *ref,
    const struct json *value, const struct graphql_path *path, struct json *ret);

static bool
take_list(struct intake *intake, const struct graphql_type_ref *ref, const struct json *value,
    const struct graphql_path *path, struct json *ret)
{
	bool single = value->type != JSON_LIST, all = true;
	size_t count = single ? 1 : value->list.count;
	struct json *items = arena_array(intake->coercion.arena, struct json, count);

	if (items == NULL)
		return false;
	*ret = (struct json){ .type = JSON_LIST, .list = { items, count } };
	if (single)
		return take(intake, ref->of, value, path, items);
	for (size_t i = 0; i < count && !graphql_errors_full(intake->errors); i++) {
		struct graphql_path item = { .up = path, .index = i };

		all = take(intake, ref->of, &value->list.items[i], &item, &items[i]) && all;
	}
	return all;
}

/* Members of ${value} that ${type} does not have. */
static bool
refuse_unknown(struct intake *intake, const struct graphql_type *type, const struct json *value,
    const struct graphql_path *path)
{
	struct arena *arena = intake->coercion.arena;
	bool all = true;

	for (size_t i = 0; i < value->map.count && !graphql_errors_full(intake->errors); i++) {
		struct str name = value->map.members[i].name;
		struct graphql_suggestions suggestions = { .wanted = name };

		if (graphql_find_input(type->inputs, name) != NULL)
			continue;
		for (const struct graphql_input *f = type->inputs; f != NULL; f = f->next)
			graphql_suggest(&suggestions, f->name);
		all = refuse(intake, path,
		    arena_printf(arena, "Field \"%.*s\" is not defined by type \"%.*s\".%.*s",
			STR_ARG(name), STR_ARG(type->name),
			STR_ARG(graphql_suggestions_text(arena, &suggestions))));
	}
	return !all;
}

static size_t
count_inputs(const struct graphql_input *input)
{
	size_t count = 0;

	for (; input != NULL; input = input->next)
		count++;
	return count;
}

/* One field, whose value is not null. */
static bool
is_one_of(const struct json *value)
{
	return value->map.count == 1 && value->map.members[0].value.type != JSON_NULL_VALUE;
}

static bool
take_object(struct intake *intake, const struct graphql_type *type, const struct json *value,
    const struct graphql_path *path, struct json *ret)
{
	struct arena *arena = intake->coercion.arena;
	struct json_member *members;
	size_t count = 0;
	bool all;

	if (value->type != JSON_MAP)
		return refuse(intake, path,
		    arena_printf(
			arena, "Expected type \"%.*s\" to be an object.", STR_ARG(type->name)));
	all = !refuse_unknown(intake, type, value, path);
	members = arena_array(arena, struct json_member, count_inputs(type->inputs));
	if (members == NULL)
		return false;
	for (const struct graphql_input *i = type->inputs; i != NULL; i = i->next) {
		const struct json *given = json_find(value, i->name);
		struct graphql_path field = { .up = path, .key = i->name };

		if (given == NULL && i->default_literal == NULL) {
			if (i->type->wrap == WRAP_NON_NULL)
				all = refuse(intake, path,
				    arena_printf(arena,
					"Field \"%.*s\" of required type \"%.*s\" was not "
					"provided.",
					STR_ARG(i->name),
					STR_ARG(graphql_type_ref_text(arena, i->type))));
			continue;
		}
		members[count].name = i->name;
		if (given == NULL)
			members[count].value = *i->default_value;
		else
			all = take(intake, i->type, given, &field, &members[count].value) && all;
		count++;
	}
	if (type->one_of && all && !is_one_of(value))
		all = refuse(intake, path, graphql_one_of_reason(arena, type));
	*ret = (struct json){ .type = JSON_MAP, .map = { members, count } };
	return all;
}

/* Coerce ${value}, which is ${path} of the variable, to ${ref}. */
static bool
take(struct intake *intake, const struct graphql_type_ref *ref, const struct json *value,
    const struct graphql_path *path, struct json *ret)
{
	const struct graphql_type_ref *inner = ref->wrap == WRAP_NON_NULL ? ref->of : ref;

	*ret = (struct json){ .type = JSON_NULL_VALUE };
	if (value->type == JSON_NULL_VALUE) {
		if (ref->wrap != WRAP_NON_NULL)
			return true;
		return refuse(intake, path,
		    arena_printf(intake->coercion.arena,
			"Expected non-nullable type \"%.*s\" not to be null.",
			STR_ARG(graphql_type_ref_text(intake->coercion.arena, ref))));
	}
	if (inner->wrap == WRAP_LIST)
		return take_list(intake, inner, value, path, ret);
	if (inner->type->kind == KIND_INPUT_OBJECT)
		return take_object(intake, inner->type, value, path, ret);
	if (graphql_coerce_leaf_json(&intake->coercion, inner->type, value, ret))
		return true;
	return refuse(intake, path, intake->coercion.reason);
}

/* The value of one variable; ${*ret_present} is false when it has none. */
static bool
take_variable(struct intake *intake, const struct json *given, struct json *ret, bool *ret_present)
{
	const struct graphql_variable *variable = intake->variable;
	const struct json *value = json_find(given, variable->name);
	struct graphql_path path = { .key = variable->name };

	*ret_present = true;
	if (value != NULL)
		return take(intake, variable->type, value, &path, ret);
	if (variable->default_value != NULL)
		return graphql_coerce_literal(
		    &intake->coercion, variable->type, variable->default_value, ret);
	*ret_present = false;
	if (variable->type->wrap != WRAP_NON_NULL)
		return true;
	(void)graphql_report(intake->errors, variable->at,
	    arena_printf(intake->coercion.arena,
		"Variable \"$%.*s\" of required type \"%.*s\" was not provided.",
		STR_ARG(variable->name),
		STR_ARG(graphql_type_ref_text(intake->coercion.arena, variable->type))));
	return false;
}

bool
graphql_coerce_variables(struct arena *arena, const struct graphql_definition *operation,
    const struct json *given, struct graphql_errors *errors, const struct json **ret)
{
	struct intake intake = { .coercion = { .arena = arena }, .errors = errors };
	struct json *map = arena_new(arena, struct json);
	struct json_member *members;
	size_t count = 0;
	bool all = true;

	for (const struct graphql_variable *v = operation->variables; v != NULL; v = v->next)
		count++;
	members = arena_array(arena, struct json_member, count);
	if (map == NULL || members == NULL)
		return false;
	count = 0;
	for (const struct graphql_variable *v = operation->variables; v != NULL; v = v->next) {
		bool present;

		intake.variable = v;
		members[count].name = v->name;
		all = take_variable(&intake, given, &members[count].value, &present) && all;
		count += present;
	}
	*map = (struct json){ .type = JSON_MAP, .map = { members, count } };
	*ret = map;
	return all && !graphql_errors_full(errors);
}
