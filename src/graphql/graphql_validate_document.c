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

/*
 * Stamp every fragment that ${operation} reaches.  Those that are found wait in a line, so
 * that no chain of fragments is too long for us, and no circle.
 */
static void
stamp_reached(struct graphql_validation *v, struct graphql_definition *operation)
{
	struct graphql_definition *last = operation;

	operation->next_reached = NULL;
	for (struct graphql_definition *d = operation; d != NULL; d = d->next_reached) {
		for (const struct graphql_selection *s = d->spreads; s != NULL;
		     s = s->next_spread) {
			if (s->fragment == NULL || s->fragment->stamp == v->stamp)
				continue;
			s->fragment->stamp = v->stamp;
			s->fragment->next_reached = NULL;
			last->next_reached = s->fragment;
			last = s->fragment;
		}
	}
}

/* Whether a fragment called ${name} was reached. */
static bool
is_name_used(const struct graphql_validation *v, struct str name)
{
	const struct graphql_definition *d = v->document->first;

	while (d != NULL && (d->kind != DEFINITION_FRAGMENT || d->stamp != v->stamp ||
				!str_equal(d->name, name)))
		d = d->next;
	return d != NULL;
}

void
graphql_rule_fragments_used(struct graphql_validation *v, const struct graphql_visit *visit)
{
	(void)visit;
	v->stamp++;
	for (struct graphql_definition *d = v->document->first; d != NULL; d = d->next) {
		if (d->kind != DEFINITION_FRAGMENT)
			stamp_reached(v, d);
	}
	for (struct graphql_definition *d = v->document->first; d != NULL; d = d->next) {
		d->is_used = d->kind != DEFINITION_FRAGMENT || d->stamp == v->stamp;
		/* Of two with one name, which is refused as such, either is enough. */
		if (!d->is_used && !is_name_used(v, d->name))
			REFUSE(
			    v, d->at, d->at, "Fragment \"%.*s\" is never used.", STR_ARG(d->name));
	}
}

void
graphql_rule_fragment_type(struct graphql_validation *v, const struct graphql_visit *visit)
{
	const struct graphql_type_ref *condition = visit->definition->condition;

	if (condition->type == NULL)
		REFUSE(v, condition->at, condition->at, "Unknown type \"%.*s\".",
		    STR_ARG(condition->name));
}

void
graphql_rule_fragment_composite(struct graphql_validation *v, const struct graphql_visit *visit)
{
	const struct graphql_type_ref *condition = visit->definition->condition;

	if (condition->type != NULL && !graphql_is_composite(condition->type))
		REFUSE(v, condition->at, condition->at,
		    "Fragment \"%.*s\" cannot condition on non composite type \"%.*s\".",
		    STR_ARG(visit->definition->name), STR_ARG(condition->name));
}

/* What a subscription selects at its root. */
struct root_fields {
	struct graphql_validation *v;
	const struct graphql_type *type;
	const struct graphql_selection *only;
	struct graphql_definition *last; /* of those that wait to be looked at */
};

/* Whether ${condition} lets root fields through; an unknown type, which is NULL, does not. */
static bool
lets_through(const struct root_fields *roots, const struct graphql_type *condition)
{
	return condition == roots->type ||
	       (condition != NULL && graphql_is_possible(condition, roots->type));
}

static void
refuse_conditions(struct root_fields *roots, const struct graphql_selection *s)
{
	for (const struct graphql_directive *d = s->directives; d != NULL; d = d->next) {
		if (str_equal(d->name, STR("skip")) || str_equal(d->name, STR("include")))
			REFUSE(roots->v, d->at, d->at,
			    "A subscription must not use @skip or @include on its top level.");
	}
}

static void
look_at_root_field(struct root_fields *roots, const struct graphql_selection *s)
{
	if (str_starts_with(s->name, STR("__")))
		REFUSE(roots->v, s->at, s->at,
		    "A subscription must not select an introspection field.");
	if (roots->only == NULL)
		roots->only = s;
	else if (!str_equal(roots->only->key, s->key))
		REFUSE(
		    roots->v, s->at, s->at, "A subscription must select only one top level field.");
}

/* Inline fragments are looked into at once, the others wait in a line: see stamp_reached(). */
static void
look_at_root(struct root_fields *roots, const struct graphql_selection *first)
{
	for (const struct graphql_selection *s = first; s != NULL; s = s->next) {
		refuse_conditions(roots, s);
		if (s->kind == SELECTION_FIELD)
			look_at_root_field(roots, s);
		else if (s->kind == SELECTION_INLINE &&
			 (s->condition == NULL || lets_through(roots, s->condition->type)))
			look_at_root(roots, s->first);
		if (s->fragment == NULL || s->fragment->stamp == roots->v->stamp ||
		    !lets_through(roots, s->fragment->root))
			continue;
		s->fragment->stamp = roots->v->stamp;
		s->fragment->next_reached = NULL;
		roots->last->next_reached = s->fragment;
		roots->last = s->fragment;
	}
}

void
graphql_rule_single_root_field(struct graphql_validation *v, const struct graphql_visit *visit)
{
	struct graphql_definition *operation = visit->definition;
	struct root_fields roots = { .v = v, .type = operation->root, .last = operation };

	if (operation->kind != DEFINITION_SUBSCRIPTION || operation->root == NULL)
		return;
	v->stamp++;
	operation->next_reached = NULL;
	for (const struct graphql_definition *d = operation; d != NULL; d = d->next_reached)
		look_at_root(&roots, d->first);
	if (roots.only == NULL)
		REFUSE(v, operation->at, operation->at,
		    "A subscription must select one top level field.");
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
graphql_rule_variable_type_exists(struct graphql_validation *v, const struct graphql_visit *visit)
{
	for (const struct graphql_variable *var = visit->definition->variables; var != NULL;
	     var = var->next) {
		const struct graphql_type_ref *named = var->type;

		while (named->wrap != WRAP_NONE)
			named = named->of;
		if (named->type == NULL)
			REFUSE(v, named->at, named->at, "Unknown type \"%.*s\".",
			    STR_ARG(named->name));
	}
}

void
graphql_rule_variable_types(struct graphql_validation *v, const struct graphql_visit *visit)
{
	for (const struct graphql_variable *var = visit->definition->variables; var != NULL;
	     var = var->next) {
		const struct graphql_type *type = graphql_named_type(var->type);

		if (type != NULL && !graphql_is_input(type))
			REFUSE(v, var->type->at, var->type->at,
			    "Variable \"$%.*s\" cannot be non-input type \"%.*s\".",
			    STR_ARG(var->name),
			    STR_ARG(graphql_type_ref_text(v->arena, var->type)));
	}
}

typedef void (*usage_f)(struct graphql_validation *, const struct graphql_definition *operation,
    const struct graphql_usage *usage);

/* Call ${look} for every use of a variable in ${operation} and the fragments it reaches. */
static void
each_usage(struct graphql_validation *v, struct graphql_definition *operation, usage_f look)
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
	(void)v;
	for (struct graphql_variable *var = operation->variables; var != NULL; var = var->next) {
		if (str_equal(var->name, usage->name))
			var->used = true;
	}
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
	const struct graphql_variable *variable = NULL;
	const struct graphql_type_ref *expected = usage->type;
	bool has_default;

	/* Of two with one name, which are refused, the last counts. */
	for (const struct graphql_variable *w = operation->variables; w != NULL; w = w->next) {
		if (str_equal(w->name, usage->name))
			variable = w;
	}

	if (variable == NULL || expected == NULL || graphql_named_type(variable->type) == NULL)
		return;
	has_default =
	    variable->default_value != NULL && variable->default_value->kind != LITERAL_NULL;
	/* A default on either side stands in for a variable that is left out. */
	if (expected->wrap == WRAP_NON_NULL && variable->type->wrap != WRAP_NON_NULL &&
	    (has_default || usage->has_default))
		expected = expected->of;
	if (usage->one_of != NULL && variable->type->wrap != WRAP_NON_NULL)
		REFUSE(v, variable->at, usage->at,
		    "Variable \"$%.*s\" is of type \"%.*s\" but must be non-nullable to be used "
		    "for "
		    "OneOf Input Object \"%.*s\".",
		    STR_ARG(usage->name), STR_ARG(graphql_type_ref_text(v->arena, variable->type)),
		    STR_ARG(usage->one_of->name));
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
