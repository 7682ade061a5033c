#include "graphql/graphql_internal.h"

/* Values of Correct Type, and the rules of input objects (sections 5.6.1 to 5.6.4). */

static void
judge(struct graphql_validation *v, const struct graphql_type_ref *ref,
    const struct graphql_literal *literal)
{
	struct graphql_coercion coercion = { .arena = v->arena, .checking = true };
	const struct graphql_type *type = graphql_named_type(ref);
	struct json ignored;

	if (type == NULL || !graphql_is_input(type) ||
	    graphql_coerce_literal(&coercion, ref, literal, &ignored))
		return;
	graphql_refuse(v, coercion.at, coercion.at, coercion.reason);
}

void
graphql_rule_argument_values(struct graphql_validation *v, const struct graphql_visit *visit)
{
	for (const struct graphql_argument *a = visit->arguments; a != NULL; a = a->next) {
		const struct graphql_input *input = graphql_find_input(visit->inputs, a->name);

		if (input != NULL)
			judge(v, input->type, a->value);
	}
}

void
graphql_rule_variable_default(struct graphql_validation *v, const struct graphql_visit *visit)
{
	for (const struct graphql_variable *var = visit->definition->variables; var != NULL;
	     var = var->next) {
		if (var->default_value != NULL)
			judge(v, var->type, var->default_value);
	}
}

const struct graphql_literal *
graphql_find_repeated_field(const struct graphql_literal *literal)
{
	for (const struct graphql_literal *f = literal->first; f != NULL; f = f->next) {
		const struct graphql_literal *found = graphql_find_repeated_field(f);

		for (const struct graphql_literal *e = literal->first;
		     found == NULL && e != f && literal->kind == LITERAL_OBJECT; e = e->next) {
			if (str_equal(e->name, f->name))
				found = f;
		}
		if (found != NULL)
			return found;
	}
	return NULL;
}

void
graphql_rule_object_fields(struct graphql_validation *v, const struct graphql_visit *visit)
{
	const struct graphql_literal *repeated = graphql_find_repeated_field(visit->literal);

	if (repeated != NULL)
		graphql_refuse(v, repeated->name_at, repeated->name_at,
		    arena_printf(v->arena, "There can be only one input field named \"%.*s\".",
			STR_ARG(repeated->name)));
}
