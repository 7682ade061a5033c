#include "graphql/graphql_internal.h"

/*
 * The walk over a document: names are resolved on the way, and at every place
 * the rules of that place are applied.  To add a rule, write its function in the
 * file of its subject and add a line to the table of its place.
 */

static const struct graphql_rule document_rules[] = {
	{ { "Operation Name Uniqueness", 25 }, { "5.2.1.1", 7 }, graphql_rule_operation_names },
	{ { "Lone Anonymous Operation", 24 }, { "5.2.2.1", 7 }, graphql_rule_lone_anonymous },
	{ { "Fragment Name Uniqueness", 24 }, { "5.5.1.1", 7 }, graphql_rule_fragment_names },
};

static const struct graphql_rule operation_rules[] = {
	{ { "Operation Type Existence", 24 }, { "5.2", 3 }, graphql_rule_operation_root },
	{ { "Variable Uniqueness", 19 }, { "5.8.1", 5 }, graphql_rule_variable_names },
	{ { "Variable Type Existence", 23 }, { "5.8.2", 5 }, graphql_rule_variable_type_exists },
	{ { "Variables Are Input Types", 25 }, { "5.8.2", 5 }, graphql_rule_variable_types },
	{ { "Values of Correct Type", 22 }, { "5.6.1", 5 }, graphql_rule_variable_default },
};

static const struct graphql_rule fragment_rules[] = {
	{ { "Fragment Spread Type Existence", 30 }, { "5.5.1.2", 7 }, graphql_rule_fragment_type },
	{ { "Fragments on Composite Types", 28 }, { "5.5.1.3", 7 },
	    graphql_rule_fragment_composite },
};

static const struct graphql_rule field_rules[] = {
	{ { "Field Selections", 16 }, { "5.3.1", 5 }, graphql_rule_field_exists },
	{ { "Leaf Field Selections", 21 }, { "5.3.3", 5 }, graphql_rule_leaf_selections },
};

static const struct graphql_rule spread_rules[] = {
	{ { "Fragment Spread Target Defined", 30 }, { "5.5.2.1", 7 }, graphql_rule_spread_target },
	{ { "Fragment Spread Is Possible", 27 }, { "5.5.2.3", 7 }, graphql_rule_spread_possible },
};

static const struct graphql_rule inline_rules[] = {
	{ { "Fragment Spread Type Existence", 30 }, { "5.5.1.2", 7 }, graphql_rule_inline_type },
	{ { "Fragments on Composite Types", 28 }, { "5.5.1.3", 7 }, graphql_rule_inline_composite },
	{ { "Fragment Spread Is Possible", 27 }, { "5.5.2.3", 7 }, graphql_rule_spread_possible },
};

static const struct graphql_rule argument_rules[] = {
	{ { "Argument Names", 14 }, { "5.4.1", 5 }, graphql_rule_argument_known },
	{ { "Argument Uniqueness", 19 }, { "5.4.2", 5 }, graphql_rule_argument_unique },
	{ { "Required Arguments", 18 }, { "5.4.2.1", 7 }, graphql_rule_argument_required },
	{ { "Values of Correct Type", 22 }, { "5.6.1", 5 }, graphql_rule_argument_values },
};

/* Of the arguments of what does not exist. */
static const struct graphql_rule stray_rules[] = {
	{ { "Argument Uniqueness", 19 }, { "5.4.2", 5 }, graphql_rule_argument_unique },
};

/* Of every value, whoever takes it. */
static const struct graphql_rule value_rules[] = {
	{ { "Input Object Field Uniqueness", 29 }, { "5.6.3", 5 }, graphql_rule_object_fields },
};

static const struct graphql_rule directive_rules[] = {
	{ { "Directives Are Defined", 22 }, { "5.7.1", 5 }, graphql_rule_directive_known },
	{ { "Directives Are in Valid Locations", 33 }, { "5.7.2", 5 },
	    graphql_rule_directive_location },
	{ { "Directives Are Unique per Location", 34 }, { "5.7.3", 5 },
	    graphql_rule_directive_unique },
};

/* Rules that follow spreads, in circles too. */
static const struct graphql_rule graph_rules[] = {
	{ { "Single Root Field", 17 }, { "5.2.3.1", 7 }, graphql_rule_single_root_field },
	{ { "All Variable Uses Defined", 25 }, { "5.8.3", 5 }, graphql_rule_variables_defined },
	{ { "All Variables Used", 18 }, { "5.8.4", 5 }, graphql_rule_variables_used },
	{ { "All Variable Usages Are Allowed", 31 }, { "5.8.5", 5 },
	    graphql_rule_variables_allowed },
};

/* As long as no fragment spreads itself. */
static const struct graphql_rule merge_rules[] = {
	{ { "Field Selection Merging", 23 }, { "5.3.2", 5 }, graphql_rule_fields_merge },
};

static const struct graphql_rule fragments_rules[] = {
	{ { "Fragments Must Be Used", 22 }, { "5.5.1.4", 7 }, graphql_rule_fragments_used },
};

#define APPLY(v, rules, visit) apply((v), (rules), COUNT_OF(rules), (visit))

static void
apply(struct graphql_validation *v, const struct graphql_rule *rules, size_t count,
    const struct graphql_visit *visit)
{
	for (size_t i = 0; i < count && !graphql_errors_full(v->errors); i++) {
		v->errors->rule = rules[i].name;
		rules[i].check(v, visit);
	}
}

void
graphql_refuse(struct graphql_validation *v, uint32_t at, uint32_t also, struct str message)
{
	struct graphql_error *error = graphql_report(v->errors, at, message);

	if (error == NULL || at == also)
		return;
	error->at[1] = also;
	error->places = 2;
}

/*
 * Remember every variable inside ${literal}, with what is expected where it stands:
 * ${ref}, or a field of ${object}.
 */
static void
note_usages(struct graphql_validation *v, const struct graphql_literal *literal,
    const struct graphql_type_ref *ref, const struct graphql_type *object, bool has_default)
{
	const struct graphql_type_ref *inner =
	    ref != NULL && ref->wrap == WRAP_NON_NULL ? ref->of : ref;
	const struct graphql_type *type = ref == NULL ? NULL : graphql_named_type(ref);

	if (literal->kind == LITERAL_VARIABLE) {
		struct graphql_usage *usage = arena_new(v->arena, struct graphql_usage);

		if (usage == NULL)
			return;
		*usage = (struct graphql_usage){ .name = literal->text,
			.at = literal->at,
			.type = ref,
			.has_default = has_default,
			.one_of = object != NULL && object->one_of ? object : NULL,
			.next = v->definition->usages };
		v->definition->usages = usage;
		return;
	}
	for (const struct graphql_literal *i = literal->first; i != NULL; i = i->next) {
		const struct graphql_input *input = NULL;

		if (literal->kind == LITERAL_LIST) {
			note_usages(v, i,
			    inner != NULL && inner->wrap == WRAP_LIST ? inner->of : NULL, NULL,
			    false);
			continue;
		}
		if (type != NULL && type->kind == KIND_INPUT_OBJECT)
			input = graphql_find_input(type->inputs, i->name);
		note_usages(v, i, input == NULL ? NULL : input->type, input == NULL ? NULL : type,
		    input != NULL && input->default_literal != NULL);
	}
}

/* The rules of values, whatever takes them. */
static void
walk_values(struct graphql_validation *v, const struct graphql_argument *arguments)
{
	struct graphql_visit visit = { 0 };

	for (const struct graphql_argument *a = arguments; a != NULL; a = a->next) {
		visit.literal = a->value;
		APPLY(v, value_rules, &visit);
	}
}

static void
walk_arguments(struct graphql_validation *v, const struct graphql_visit *visit)
{
	for (const struct graphql_argument *a = visit->arguments; a != NULL; a = a->next) {
		const struct graphql_input *input = graphql_find_input(visit->inputs, a->name);

		note_usages(v, a->value, input == NULL ? NULL : input->type, NULL,
		    input != NULL && input->default_literal != NULL);
	}
	walk_values(v, visit->arguments);
	APPLY(v, argument_rules, visit);
}

/* The arguments of what does not exist: little can be said of them. */
static void
walk_stray_arguments(struct graphql_validation *v, struct graphql_argument *arguments)
{
	struct graphql_visit visit = { .arguments = arguments };

	for (const struct graphql_argument *a = arguments; a != NULL; a = a->next)
		note_usages(v, a->value, NULL, NULL, false);
	walk_values(v, arguments);
	APPLY(v, stray_rules, &visit);
}

static void
walk_directives(struct graphql_validation *v, struct graphql_directive *directives,
    enum graphql_location location)
{
	struct graphql_visit visit = { .directives = directives, .location = location };

	if (directives == NULL)
		return;
	for (struct graphql_directive *d = directives; d != NULL; d = d->next)
		d->type = graphql_find_directive(v->schema, d->name);
	APPLY(v, directive_rules, &visit);
	for (struct graphql_directive *d = directives; d != NULL; d = d->next) {
		if (d->type == NULL) {
			walk_stray_arguments(v, d->arguments);
			continue;
		}
		visit.directive = d;
		visit.at = d->at;
		visit.arguments = d->arguments;
		visit.inputs = d->type->arguments;
		walk_arguments(v, &visit);
	}
}

static struct graphql_definition *
find_fragment(const struct graphql_document *document, struct str name)
{
	struct graphql_definition *found = NULL;

	for (struct graphql_definition *d = document->first; d != NULL; d = d->next) {
		if (d->kind == DEFINITION_FRAGMENT && str_equal(d->name, name))
			found = d;
	}
	return found;
}

/* ${type} when fields can be selected on it, else NULL. */
static const struct graphql_type *
selectable(const struct graphql_type *type)
{
	return type != NULL && graphql_is_composite(type) ? type : NULL;
}

static const struct graphql_type *
walk_field(struct graphql_validation *v, struct graphql_selection *s)
{
	struct graphql_visit visit = {
		.selection = s, .at = s->name_at, .arguments = s->arguments
	};

	if (s->parent != NULL)
		s->field = graphql_find_field(v->schema, s->parent, s->name);
	APPLY(v, field_rules, &visit);
	walk_directives(v, s->directives, LOCATION_FIELD);
	if (s->field == NULL) {
		walk_stray_arguments(v, s->arguments);
		return NULL;
	}
	if (s->arguments != NULL || s->field->arguments != NULL) {
		visit.inputs = s->field->arguments;
		walk_arguments(v, &visit);
	}
	return selectable(graphql_named_type(s->field->type));
}

static const struct graphql_type *
walk_inline(struct graphql_validation *v, struct graphql_selection *s)
{
	struct graphql_visit visit = { .selection = s };

	if (s->condition != NULL)
		s->condition->type = graphql_find_type(v->schema, s->condition->name);
	APPLY(v, inline_rules, &visit);
	walk_directives(v, s->directives, LOCATION_INLINE_FRAGMENT);
	return s->condition == NULL ? s->parent : selectable(s->condition->type);
}

static void
walk_selections(struct graphql_validation *v, struct graphql_selection *first,
    const struct graphql_type *parent)
{
	for (struct graphql_selection *s = first; s != NULL && !graphql_errors_full(v->errors);
	     s = s->next) {
		struct graphql_visit visit = { .selection = s };
		const struct graphql_type *beneath = NULL;

		s->parent = parent;
		switch (s->kind) {
		case SELECTION_FIELD:
			beneath = walk_field(v, s);
			break;
		case SELECTION_INLINE:
			beneath = walk_inline(v, s);
			break;
		case SELECTION_SPREAD:
			s->fragment = find_fragment(v->document, s->name);
			APPLY(v, spread_rules, &visit);
			walk_directives(v, s->directives, LOCATION_FRAGMENT_SPREAD);
			break;
		}
		walk_selections(v, s->first, beneath);
	}
}

/* Where directives on ${definition} stand. */
static enum graphql_location
location_of(const struct graphql_definition *definition)
{
	switch (definition->kind) {
	case DEFINITION_QUERY:
		return LOCATION_QUERY;
	case DEFINITION_MUTATION:
		return LOCATION_MUTATION;
	case DEFINITION_SUBSCRIPTION:
		return LOCATION_SUBSCRIPTION;
	case DEFINITION_FRAGMENT:
		return LOCATION_FRAGMENT_DEFINITION;
	}
	UNREACHABLE("definition kind");
}

/* Find what ${definition} selects on, and the types of its variables. */
static void
resolve_definition(struct graphql_validation *v, struct graphql_definition *definition)
{
	if (definition->kind == DEFINITION_FRAGMENT) {
		definition->condition->type =
		    graphql_find_type(v->schema, definition->condition->name);
		definition->root = selectable(definition->condition->type);
		return;
	}
	definition->root = v->schema->roots[definition->kind];
	for (struct graphql_variable *var = definition->variables; var != NULL; var = var->next) {
		struct graphql_type_ref *ref = var->type;

		/* The tree is ours: const only keeps others from changing it. */
		while (ref->wrap != WRAP_NONE)
			ref = (struct graphql_type_ref *)(uintptr_t)ref->of;
		ref->type = graphql_find_type(v->schema, ref->name);
	}
}

static void
walk_definition(struct graphql_validation *v, struct graphql_definition *definition)
{
	struct graphql_visit visit = { .definition = definition };

	v->definition = definition;
	if (definition->kind == DEFINITION_FRAGMENT)
		APPLY(v, fragment_rules, &visit);
	else
		APPLY(v, operation_rules, &visit);
	walk_directives(v, definition->directives, location_of(definition));
	for (struct graphql_variable *var = definition->variables; var != NULL; var = var->next) {
		visit.literal = var->default_value;
		if (visit.literal != NULL)
			APPLY(v, value_rules, &visit);
		walk_directives(v, var->directives, LOCATION_VARIABLE_DEFINITION);
	}
	walk_selections(v, definition->first, definition->root);
}

/* Whether the last error is about a fragment that spreads itself. */
static bool
ends_in_circle(const struct graphql_errors *errors)
{
	return errors->last != NULL &&
	       str_equal(errors->last->code, STR("GRAPHQL_VALIDATION_FAILED"));
}

void
graphql_validate(struct arena *arena, const struct graphql_schema *schema,
    struct graphql_document *document, const struct graphql_limits *limits,
    struct graphql_errors *errors)
{
	struct graphql_validation v = {
		.arena = arena, .schema = schema, .document = document, .errors = errors
	};
	static const struct graphql_visit everything = { 0 };
	bool is_finite;

	for (struct graphql_definition *d = document->first; d != NULL; d = d->next)
		resolve_definition(&v, d);
	APPLY(&v, document_rules, &everything);
	for (struct graphql_definition *d = document->first; d != NULL; d = d->next)
		walk_definition(&v, d);
	if (graphql_errors_full(errors))
		return;
	errors->rule = STR("Fragment Spreads Must Not Form Cycles");
	is_finite = graphql_measure(document, limits, errors);
	/* What is beyond a limit is not looked at any further; what is a circle may be. */
	if (!is_finite && (graphql_errors_full(errors) || !ends_in_circle(errors)))
		return;
	for (struct graphql_definition *d = document->first; d != NULL; d = d->next) {
		struct graphql_visit visit = { .definition = d };

		if (d->kind != DEFINITION_FRAGMENT)
			APPLY(&v, graph_rules, &visit);
	}
	APPLY(&v, fragments_rules, &everything);
	if (is_finite)
		APPLY(&v, merge_rules, &everything);
	errors->rule = STR("");
}
