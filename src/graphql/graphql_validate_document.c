#include "graphql/graphql_internal.h"

/* Rules about operations, fragments and variables as a whole. */

#define REFUSE(v, at, also, ...) \
	graphql_refuse((v), (at), (also), arena_printf((v)->arena, __VA_ARGS__))

/* The first definition before ${d} with its name, fragment or operation alike, or NULL. */
static const struct graphql_definition *
earlier(const struct graphql_document *document, const struct graphql_definition *d)
{
	bool fragment = d->kind == DEFINITION_FRAGMENT;
	const struct graphql_definition *e = document->first;

	while (e != d &&
	       (fragment != (e->kind == DEFINITION_FRAGMENT) || !str_equal(e->name, d->name)))
		e = e->next;
	return e == d ? NULL : e;
}

void
graphql_rule_operation_names(struct graphql_validation *v, const struct graphql_visit *visit)
{
	(void)visit;
	for (const struct graphql_definition *d = v->document->first; d != NULL; d = d->next) {
		const struct graphql_definition *e;

		if (d->kind == DEFINITION_FRAGMENT || str_empty(d->name))
			continue;
		e = earlier(v->document, d);
		if (e != NULL)
			REFUSE(v, e->name_at, d->name_at,
			    "There can be only one operation named \"%.*s\".", STR_ARG(d->name));
	}
}

void
graphql_rule_lone_anonymous(struct graphql_validation *v, const struct graphql_visit *visit)
{
	(void)visit;
	for (const struct graphql_definition *d = v->document->first; d != NULL; d = d->next) {
		if (d->kind != DEFINITION_FRAGMENT && str_empty(d->name) &&
		    v->document->operations > 1)
			REFUSE(v, d->at, d->at,
			    "This anonymous operation must be the only defined operation.");
	}
}

void
graphql_rule_fragment_names(struct graphql_validation *v, const struct graphql_visit *visit)
{
	(void)visit;
	for (const struct graphql_definition *d = v->document->first; d != NULL; d = d->next) {
		const struct graphql_definition *e =
		    d->kind == DEFINITION_FRAGMENT ? earlier(v->document, d) : NULL;

		if (e != NULL)
			REFUSE(v, e->name_at, d->name_at,
			    "There can be only one fragment named \"%.*s\".", STR_ARG(d->name));
	}
}

/* Stamp every fragment that ${definition} reaches; bounded by graphql_measure(). */
static void
stamp_reached(struct graphql_validation *v, const struct graphql_definition *definition)
{
	for (const struct graphql_selection *s = definition->spreads; s != NULL;
	     s = s->next_spread) {
		if (s->fragment == NULL || s->fragment->stamp == v->stamp)
			continue;
		s->fragment->stamp = v->stamp;
		stamp_reached(v, s->fragment);
	}
}

void
graphql_rule_fragments_used(struct graphql_validation *v, const struct graphql_visit *visit)
{
	(void)visit;
	v->stamp++;
	for (const struct graphql_definition *d = v->document->first; d != NULL; d = d->next) {
		if (d->kind != DEFINITION_FRAGMENT)
			stamp_reached(v, d);
	}
	for (const struct graphql_definition *d = v->document->first; d != NULL; d = d->next) {
		if (d->kind == DEFINITION_FRAGMENT && d->stamp != v->stamp)
			REFUSE(
			    v, d->at, d->at, "Fragment \"%.*s\" is never used.", STR_ARG(d->name));
	}
}

void
graphql_rule_fragment_condition(struct graphql_validation *v, const struct graphql_visit *visit)
{
	const struct graphql_type_ref *condition = visit->definition->condition;

	if (condition->type == NULL)
		REFUSE(v, condition->at, condition->at, "Unknown type \"%.*s\".",
		    STR_ARG(condition->name));
	else if (!graphql_is_composite(condition->type))
		REFUSE(v, condition->at, condition->at,
		    "Fragment \"%.*s\" cannot condition on non composite type \"%.*s\".",
		    STR_ARG(visit->definition->name), STR_ARG(condition->name));
}

/* The fields that ${first} brings to the root, fragments included; NULL once refused. */
static const struct graphql_selection *
only_field(struct graphql_validation *v, const struct graphql_selection *first,
    const struct graphql_selection *only)
{
	for (const struct graphql_selection *s = first; s != NULL; s = s->next) {
		if (s->kind == SELECTION_FIELD) {
			if (only != NULL && !str_equal(only->key, s->key)) {
				REFUSE(v, s->at, s->at,
				    "A subscription must select only one top level field.");
				return s;
			}
			if (str_starts_with(s->name, STR("__")))
				REFUSE(v, s->at, s->at,
				    "A subscription must not select an introspection field.");
			only = s;
		} else {
			only = only_field(v,
			    s->kind == SELECTION_INLINE || s->fragment == NULL ? s->first
									       : s->fragment->first,
			    only);
		}
	}
	return only;
}

void
graphql_rule_single_root_field(struct graphql_validation *v, const struct graphql_visit *visit)
{
	if (visit->definition->kind == DEFINITION_SUBSCRIPTION)
		(void)only_field(v, visit->definition->first, NULL);
}

/* -- variables -- */

static struct graphql_variable *
find_variable(const struct graphql_definition *operation, struct str name)
{
	struct graphql_variable *variable = operation->variables;

	while (variable != NULL && !str_equal(variable->name, name))
		variable = variable->next;
	return variable;
}

void
graphql_rule_variable_names(struct graphql_validation *v, const struct graphql_visit *visit)
{
	for (const struct graphql_variable *var = visit->definition->variables; var != NULL;
	     var = var->next) {
		const struct graphql_variable *first = find_variable(visit->definition, var->name);

		if (first != var)
			REFUSE(v, first->at, var->at,
			    "There can be only one variable named \"$%.*s\".", STR_ARG(var->name));
	}
}

void
graphql_rule_variable_types(struct graphql_validation *v, const struct graphql_visit *visit)
{
	for (const struct graphql_variable *var = visit->definition->variables; var != NULL;
	     var = var->next) {
		const struct graphql_type *type = graphql_named_type(var->type);
		const struct graphql_type_ref *named = var->type;
		struct str text = graphql_type_ref_text(v->arena, var->type);

		while (named->wrap != WRAP_NONE)
			named = named->of;
		if (type == NULL)
			REFUSE(v, named->at, named->at, "Unknown type \"%.*s\".",
			    STR_ARG(named->name));
		else if (!graphql_is_input(type))
			REFUSE(v, var->type->at, var->type->at,
			    "Variable \"$%.*s\" cannot be non-input type \"%.*s\".",
			    STR_ARG(var->name), STR_ARG(text));
	}
}

typedef void (*usage_f)(struct graphql_validation *, const struct graphql_definition *operation,
    const struct graphql_usage *usage);

/* Call ${look} for every use of a variable in ${operation} and the fragments it reaches. */
static void
each_usage(struct graphql_validation *v, const struct graphql_definition *operation, usage_f look)
{
	v->stamp++;
	stamp_reached(v, operation);
	for (const struct graphql_definition *d = v->document->first; d != NULL; d = d->next) {
		if (d != operation && d->stamp != v->stamp)
			continue;
		for (const struct graphql_usage *u = d->usages;
		     u != NULL && !graphql_errors_full(v->errors); u = u->next)
			look(v, operation, u);
	}
}

static void
look_defined(struct graphql_validation *v, const struct graphql_definition *operation,
    const struct graphql_usage *usage)
{
	if (find_variable(operation, usage->name) != NULL)
		return;
	if (str_empty(operation->name))
		REFUSE(v, usage->at, operation->at, "Variable \"$%.*s\" is not defined.",
		    STR_ARG(usage->name));
	else
		REFUSE(v, usage->at, operation->at,
		    "Variable \"$%.*s\" is not defined by operation \"%.*s\".",
		    STR_ARG(usage->name), STR_ARG(operation->name));
}

void
graphql_rule_variables_defined(struct graphql_validation *v, const struct graphql_visit *visit)
{
	each_usage(v, visit->definition, look_defined);
}

static void
look_used(struct graphql_validation *v, const struct graphql_definition *operation,
    const struct graphql_usage *usage)
{
	struct graphql_variable *variable = find_variable(operation, usage->name);

	(void)v;
	if (variable != NULL)
		variable->used = true;
}

void
graphql_rule_variables_used(struct graphql_validation *v, const struct graphql_visit *visit)
{
	each_usage(v, visit->definition, look_used);
	for (const struct graphql_variable *var = visit->definition->variables; var != NULL;
	     var = var->next) {
		if (!var->used)
			REFUSE(v, var->at, var->at, "Variable \"$%.*s\" is never used.",
			    STR_ARG(var->name));
	}
}

/* AreTypesCompatible() of section 5.8.5. */
static bool
are_compatible(const struct graphql_type_ref *given, const struct graphql_type_ref *expected)
{
	for (;;) {
		if (given->wrap == WRAP_NON_NULL && expected->wrap != WRAP_NON_NULL)
			given = given->of;
		if (given->wrap != expected->wrap)
			return false;
		if (given->wrap == WRAP_NONE)
			return given->type == expected->type;
		given = given->of;
		expected = expected->of;
	}
}

static void
look_allowed(struct graphql_validation *v, const struct graphql_definition *operation,
    const struct graphql_usage *usage)
{
	const struct graphql_variable *variable = find_variable(operation, usage->name);
	const struct graphql_type_ref *expected = usage->type;
	bool has_default;

	if (variable == NULL || expected == NULL || graphql_named_type(variable->type) == NULL)
		return;
	has_default =
	    variable->default_value != NULL && variable->default_value->kind != LITERAL_NULL;
	/* A default on either side stands in for a variable that is left out. */
	if (expected->wrap == WRAP_NON_NULL && variable->type->wrap != WRAP_NON_NULL &&
	    (has_default || usage->has_default))
		expected = expected->of;
	if (are_compatible(variable->type, expected))
		return;
	REFUSE(v, variable->at, usage->at,
	    "Variable \"$%.*s\" of type \"%.*s\" used in position expecting type \"%.*s\".",
	    STR_ARG(usage->name), STR_ARG(graphql_type_ref_text(v->arena, variable->type)),
	    STR_ARG(graphql_type_ref_text(v->arena, usage->type)));
}

void
graphql_rule_variables_allowed(struct graphql_validation *v, const struct graphql_visit *visit)
{
	each_usage(v, visit->definition, look_allowed);
}
