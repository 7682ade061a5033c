#include "graphql/graphql_internal.h"

/* What must hold of a schema as a whole (section 3 of the specification). */

struct check {
	struct graphql_schema *schema;
	struct graphql_errors *errors;
	struct arena *arena;
	const struct graphql_type *type; /* being checked */
	size_t walk;
};

#define REPORT(check, at, ...) \
	((void)graphql_report((check)->errors, (at), arena_printf((check)->arena, __VA_ARGS__)))

/* Find the named type inside ${ref}. */
static void
resolve_ref(struct check *check, const struct graphql_type_ref *ref, bool input)
{
	struct graphql_type_ref *named;

	while (ref->wrap != WRAP_NONE)
		ref = ref->of;
	/* The tree is ours; const only says that nobody after us changes it. */
	named = (struct graphql_type_ref *)(uintptr_t)ref;
	named->type = graphql_find_type(check->schema, ref->name);
	if (named->type == NULL || named->type->hidden)
		REPORT(check, ref->at, "Unknown type \"%.*s\".", STR_ARG(ref->name));
	else if (input && !graphql_is_input(named->type))
		REPORT(check, ref->at, "Type \"%.*s\" is no input type and cannot be used here.",
		    STR_ARG(ref->name));
	else if (!input && !graphql_is_output(named->type))
		REPORT(check, ref->at, "Type \"%.*s\" is no output type and cannot be used here.",
		    STR_ARG(ref->name));
}

static void
check_repeated(struct check *check, const struct graphql_literal *literal)
{
	const struct graphql_literal *repeated = graphql_find_repeated_field(literal);

	if (repeated != NULL)
		REPORT(check, repeated->name_at,
		    "There can be only one input field named \"%.*s\".", STR_ARG(repeated->name));
}

static void
check_directive_arguments(struct check *check, const struct graphql_directive *directive)
{
	for (const struct graphql_argument *a = directive->arguments; a != NULL; a = a->next) {
		check_repeated(check, a->value);
		if (graphql_find_input(directive->type->arguments, a->name) == NULL)
			REPORT(check, a->at, "Unknown argument \"%.*s\" on directive \"@%.*s\".",
			    STR_ARG(a->name), STR_ARG(directive->name));
		if (graphql_find_argument(directive->arguments, a->name) != a)
			REPORT(check, a->at, "There can be only one argument named \"%.*s\".",
			    STR_ARG(a->name));
	}
	for (const struct graphql_input *i = directive->type->arguments; i != NULL; i = i->next) {
		const struct graphql_argument *given =
		    graphql_find_argument(directive->arguments, i->name);
		struct graphql_coercion coercion = { .arena = check->arena };
		struct json ignored;

		if (given == NULL && graphql_is_required(i))
			REPORT(check, directive->at,
			    "Directive \"@%.*s\" argument \"%.*s\" is required.",
			    STR_ARG(directive->name), STR_ARG(i->name));
		if (given != NULL && graphql_named_type(i->type) != NULL &&
		    !graphql_coerce_literal(&coercion, i->type, given->value, &ignored))
			REPORT(check, coercion.at, "%.*s", STR_ARG(coercion.reason));
	}
}

static void
check_directives(
    struct check *check, struct graphql_directive *directives, enum graphql_location location)
{
	for (struct graphql_directive *d = directives; d != NULL; d = d->next) {
		d->type = graphql_find_directive(check->schema, d->name);
		if (d->type == NULL) {
			REPORT(check, d->at, "Unknown directive \"@%.*s\".", STR_ARG(d->name));
			continue;
		}
		if ((d->type->locations & UINT32_C(1) << location) == 0)
			REPORT(check, d->at, "Directive \"@%.*s\" may not be used on %.*s.",
			    STR_ARG(d->name), STR_ARG(graphql_location_name(location)));
		check_directive_arguments(check, d);
		for (const struct graphql_directive *e = directives; e != d; e = e->next) {
			if (e->type == d->type && !d->type->repeatable)
				REPORT(check, d->at,
				    "The directive \"@%.*s\" can only be used once here.",
				    STR_ARG(d->name));
		}
	}
}

/* The default of ${input}, which every field without a value will get. */
static void
coerce_default(struct check *check, struct graphql_input *input)
{
	struct graphql_coercion coercion = { .arena = check->arena };
	struct json *value;

	if (input->default_literal == NULL || input->default_value != NULL)
		return;
	value = arena_new(check->arena, struct json);
	if (value == NULL)
		return;
	if (!graphql_coerce_literal(&coercion, input->type, input->default_literal, value))
		REPORT(check, coercion.at, "%.*s", STR_ARG(coercion.reason));
	input->default_value = value;
}

/* Names within a list, input types and applied directives. */
static void
check_inputs(struct check *check, struct graphql_input *inputs, enum graphql_location location)
{
	for (struct graphql_input *input = inputs; input != NULL; input = input->next) {
		resolve_ref(check, input->type, true);
		if (graphql_find_input(inputs, input->name) != input)
			REPORT(check, input->at, "\"%.*s\" is defined twice here.",
			    STR_ARG(input->name));
		if (str_starts_with(input->name, STR("__")))
			REPORT(check, input->at, "Name \"%.*s\" must not begin with \"__\".",
			    STR_ARG(input->name));
		if (input->deprecation.deprecated && graphql_is_required(input))
			REPORT(check, input->at, "Required \"%.*s\" cannot be deprecated.",
			    STR_ARG(input->name));
		if (input->default_literal != NULL)
			check_repeated(check, input->default_literal);
		check_directives(check, input->directives, location);
	}
}

/* Every field of an input object that takes one of them can be left out. */
static void
check_one_of(struct check *check, const struct graphql_type *type)
{
	for (const struct graphql_input *i = type->inputs; type->one_of && i != NULL; i = i->next) {
		if (i->type->wrap == WRAP_NON_NULL)
			REPORT(check, i->at, "OneOf input field \"%.*s.%.*s\" must be nullable.",
			    STR_ARG(type->name), STR_ARG(i->name));
		if (i->default_literal != NULL)
			REPORT(check, i->at,
			    "OneOf input field \"%.*s.%.*s\" cannot have a default value.",
			    STR_ARG(type->name), STR_ARG(i->name));
	}
}

static void
check_fields(struct check *check, const struct graphql_type *type)
{
	if (type->fields == NULL)
		REPORT(check, type->at, "Type \"%.*s\" must define one or more fields.",
		    STR_ARG(type->name));
	for (struct graphql_field *f = type->fields; f != NULL; f = f->next) {
		const struct graphql_field *other = type->fields;

		while (!str_equal(other->name, f->name))
			other = other->next;
		if (other != f)
			REPORT(check, f->at, "Field \"%.*s.%.*s\" can only be defined once.",
			    STR_ARG(type->name), STR_ARG(f->name));
		if (!type->reserved && str_starts_with(f->name, STR("__")))
			REPORT(check, f->at, "Name \"%.*s\" must not begin with \"__\".",
			    STR_ARG(f->name));
		resolve_ref(check, f->type, false);
		check_inputs(check, f->arguments, LOCATION_ARGUMENT_DEFINITION);
		check_directives(check, f->directives, LOCATION_FIELD_DEFINITION);
	}
}

/* Interfaces that are implemented, or members of a union, each of ${kind} and once. */
static void
resolve_relations(struct check *check, struct graphql_relation *relations, enum graphql_kind kind)
{
	for (struct graphql_relation *r = relations; r != NULL; r = r->next) {
		r->type = graphql_find_type(check->schema, r->name);
		if (r->type == NULL || r->type->hidden)
			REPORT(check, r->at, "Unknown type \"%.*s\".", STR_ARG(r->name));
		else if (r->type->kind != kind)
			REPORT(check, r->at,
			    kind == KIND_INTERFACE
				? "Type \"%.*s\" must only implement interface types, and "
				  "\"%.*s\" is none."
				: "Union \"%.*s\" can only include object types, and \"%.*s\" is "
				  "none.",
			    STR_ARG(check->type->name), STR_ARG(r->name));
		for (const struct graphql_relation *s = relations; s != r; s = s->next) {
			if (str_equal(s->name, r->name))
				REPORT(check, r->at, "Type \"%.*s\" names \"%.*s\" twice.",
				    STR_ARG(check->type->name), STR_ARG(r->name));
		}
	}
}

static void
check_enum(struct check *check, const struct graphql_type *type)
{
	if (type->values == NULL)
		REPORT(check, type->at, "Enum \"%.*s\" must define one or more values.",
		    STR_ARG(type->name));
	for (const struct graphql_enum_value *v = type->values; v != NULL; v = v->next) {
		if (graphql_find_enum_value(type, v->name) != v)
			REPORT(check, v->at, "Enum value \"%.*s.%.*s\" can only be defined once.",
			    STR_ARG(type->name), STR_ARG(v->name));
		if (str_equal(v->name, STR("true")) || str_equal(v->name, STR("false")) ||
		    str_equal(v->name, STR("null")))
			REPORT(check, v->at, "\"%.*s\" cannot be an enum value.", STR_ARG(v->name));
		if (str_starts_with(v->name, STR("__")))
			REPORT(check, v->at, "Name \"%.*s\" must not begin with \"__\".",
			    STR_ARG(v->name));
		check_directives(check, v->directives, LOCATION_ENUM_VALUE);
	}
}

/* Resolve every name in ${type}. */
static void
check_type(struct check *check, const struct graphql_type *type)
{
	check->type = type;
	switch (type->kind) {
	case KIND_SCALAR:
		check_directives(check, type->directives, LOCATION_SCALAR);
		return;
	case KIND_OBJECT:
	case KIND_INTERFACE:
		check_directives(check, type->directives,
		    type->kind == KIND_OBJECT ? LOCATION_OBJECT : LOCATION_INTERFACE);
		resolve_relations(check, type->interfaces, KIND_INTERFACE);
		check_fields(check, type);
		return;
	case KIND_UNION:
		check_directives(check, type->directives, LOCATION_UNION);
		resolve_relations(check, type->members, KIND_OBJECT);
		if (type->members == NULL)
			REPORT(check, type->at,
			    "Union \"%.*s\" must define one or more member types.",
			    STR_ARG(type->name));
		return;
	case KIND_ENUM:
		check_directives(check, type->directives, LOCATION_ENUM);
		check_enum(check, type);
		return;
	case KIND_INPUT_OBJECT:
		check_directives(check, type->directives, LOCATION_INPUT_OBJECT);
		if (type->inputs == NULL)
			REPORT(check, type->at, "Input \"%.*s\" must define one or more fields.",
			    STR_ARG(type->name));
		check_inputs(check, type->inputs, LOCATION_INPUT_FIELD_DEFINITION);
		check_one_of(check, type);
		return;
	}
	UNREACHABLE("type kind");
}

/* Whether ${input} of ${type} cannot be given before another input object can. */
static bool
is_waiting(const struct graphql_type *type, const struct graphql_input *input)
{
	const struct graphql_type_ref *ref = input->type;

	/* A field that may be null is given as null, unless it is the one that is given. */
	if (ref->wrap == WRAP_NON_NULL)
		ref = ref->of;
	else if (!type->one_of)
		return false;
	return ref->wrap == WRAP_NONE && ref->type->kind == KIND_INPUT_OBJECT &&
	       ref->type->walk == 0;
}

/* Whether a value of ${type} can be given, as far as is known. */
static bool
can_be_given(const struct graphql_type *type)
{
	size_t waiting = 0, ready = 0;

	for (const struct graphql_input *i = type->inputs; i != NULL; i = i->next) {
		if (is_waiting(type, i))
			waiting++;
		else
			ready++;
	}
	return type->one_of ? ready > 0 : waiting == 0;
}

/*
 * An input object that needs itself could never be given.  Each round finds those that
 * need none but the ones that were found before; what is left at the end is a circle.
 */
static void
check_input_cycles(struct check *check)
{
	bool changed = true;

	while (changed) {
		changed = false;
		for (struct graphql_type *t = check->schema->first; t != NULL; t = t->next) {
			if (t->kind != KIND_INPUT_OBJECT || t->walk > 0 || !can_be_given(t))
				continue;
			t->walk = 1;
			changed = true;
		}
	}
	for (const struct graphql_type *t = check->schema->first; t != NULL; t = t->next) {
		if (t->kind == KIND_INPUT_OBJECT && t->walk == 0)
			REPORT(check, t->at,
			    "Input \"%.*s\" needs itself through non-null fields: no value could "
			    "ever be given.",
			    STR_ARG(t->name));
	}
}

/* Give every interface its possible types, in the order of the schema. */
static void
collect_possible_types(struct check *check)
{
	for (const struct graphql_type *object = check->schema->first; object != NULL;
	     object = object->next) {
		const struct graphql_relation *r = object->interfaces;

		for (; object->kind == KIND_OBJECT && r != NULL; r = r->next) {
			struct graphql_type *interface = graphql_find_type(check->schema, r->name);
			struct graphql_relation **last = &interface->members;
			struct graphql_relation *member =
			    arena_new(check->arena, struct graphql_relation);

			if (member == NULL)
				return;
			*member = (struct graphql_relation){
				.name = object->name, .at = r->at, .type = object
			};
			while (*last != NULL)
				last = &(*last)->next;
			*last = member;
		}
	}
}

static void
resolve_roots(struct check *check)
{
	struct graphql_schema *schema = check->schema;

	for (size_t i = 0; i < COUNT_OF(schema->roots); i++) {
		struct str name = schema->root_names[i];
		const struct graphql_type *type = graphql_find_type(schema, name);

		schema->roots[i] = type;
		if (i == 0 && type == NULL && str_empty(name))
			REPORT(check, 0, "Query root type must be provided.");
		else if (type == NULL && (i == 0 || schema->root_at[i] > 0))
			REPORT(check, schema->root_at[i], "Unknown type \"%.*s\".", STR_ARG(name));
		else if (type != NULL && type->kind != KIND_OBJECT)
			REPORT(check, type->at, "Root type \"%.*s\" must be an object type.",
			    STR_ARG(name));
		for (size_t j = 0; j < i; j++) {
			if (type != NULL && schema->roots[j] == type)
				REPORT(check, schema->root_at[i],
				    "Type \"%.*s\" cannot be the root of two kinds of operations.",
				    STR_ARG(name));
		}
	}
	check_directives(check, schema->applied, LOCATION_SCHEMA);
}

/* Defaults, which need all names, and then the fields and arguments that carry them. */
static void
coerce_defaults(struct check *check)
{
	for (struct graphql_directive_type *d = check->schema->directives; d != NULL; d = d->next) {
		for (struct graphql_input *i = d->arguments; i != NULL; i = i->next)
			coerce_default(check, i);
	}
	for (const struct graphql_type *t = check->schema->first; t != NULL; t = t->next) {
		for (struct graphql_input *i = t->inputs; i != NULL; i = i->next)
			coerce_default(check, i);
	}
	for (const struct graphql_type *t = check->schema->first; t != NULL; t = t->next) {
		for (const struct graphql_field *f = t->fields; f != NULL; f = f->next) {
			for (struct graphql_input *i = f->arguments; i != NULL; i = i->next)
				coerce_default(check, i);
		}
	}
}

/* The types of input fields first: applied directives are judged by them. */
static void
link_input_fields(struct graphql_schema *schema)
{
	for (const struct graphql_type *t = schema->first; t != NULL; t = t->next) {
		for (const struct graphql_input *i = t->inputs; i != NULL; i = i->next) {
			struct graphql_type_ref *ref = i->type;

			while (ref->wrap != WRAP_NONE)
				ref = (struct graphql_type_ref *)(uintptr_t)ref->of;
			ref->type = graphql_find_type(schema, ref->name);
		}
	}
}

void
graphql_check_schema(struct graphql_schema *schema, struct graphql_errors *errors)
{
	struct check check = { .schema = schema, .errors = errors, .arena = errors->arena };

	link_input_fields(schema);
	for (struct graphql_directive_type *d = schema->directives; d != NULL; d = d->next)
		check_inputs(&check, d->arguments, LOCATION_ARGUMENT_DEFINITION);
	/* Applied directives are checked against arguments that are resolved above. */
	for (const struct graphql_type *t = schema->first; t != NULL; t = t->next)
		check_type(&check, t);
	resolve_roots(&check);
	if (errors->count > 0)
		return;
	check_input_cycles(&check);
	if (errors->count > 0)
		return;
	coerce_defaults(&check);
	for (const struct graphql_type *t = schema->first; t != NULL; t = t->next)
		graphql_check_interfaces(schema, t, errors);
	if (errors->count == 0)
		collect_possible_types(&check);
}
