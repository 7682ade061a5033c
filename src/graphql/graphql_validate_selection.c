#include "graphql/graphql_internal.h"

/* Rules about fields, spreads, arguments and directives where they stand. */

#define REFUSE(v, at, also, ...) \
	graphql_refuse((v), (at), (also), arena_printf((v)->arena, __VA_ARGS__))

void
graphql_rule_operation_root(struct graphql_validation *v, const struct graphql_visit *visit)
{
	static const char *const names[] = { "query", "mutation", "subscription" };

	if (visit->definition->root == NULL)
		REFUSE(v, visit->definition->at, visit->definition->at,
		    "The schema is not configured to execute %s operation.",
		    names[visit->definition->kind]);
}

void
graphql_rule_field_exists(struct graphql_validation *v, const struct graphql_visit *visit)
{
	const struct graphql_selection *s = visit->selection;
	struct graphql_suggestions suggestions = { .wanted = s->name };

	if (s->parent == NULL || s->field != NULL)
		return;
	for (const struct graphql_field *f = s->parent->fields; f != NULL; f = f->next)
		graphql_suggest(&suggestions, f->name);
	REFUSE(v, s->at, s->at, "Cannot query field \"%.*s\" on type \"%.*s\".%.*s",
	    STR_ARG(s->name), STR_ARG(s->parent->name),
	    STR_ARG(graphql_suggestions_text(v->arena, &suggestions)));
}

void
graphql_rule_leaf_selections(struct graphql_validation *v, const struct graphql_visit *visit)
{
	const struct graphql_selection *s = visit->selection;
	struct str type;
	bool composite;

	if (s->field == NULL)
		return;
	composite = graphql_is_composite(graphql_named_type(s->field->type));
	if (composite == s->has_selections)
		return;
	type = graphql_type_ref_text(v->arena, s->field->type);
	if (composite)
		REFUSE(v, s->at, s->at,
		    "Field \"%.*s\" of type \"%.*s\" must have a selection of subfields. Did you "
		    "mean \"%.*s { ... }\"?",
		    STR_ARG(s->name), STR_ARG(type), STR_ARG(s->name));
	else
		REFUSE(v, s->at, s->at,
		    "Field \"%.*s\" must not have a selection since type \"%.*s\" has no "
		    "subfields.",
		    STR_ARG(s->name), STR_ARG(type));
}

void
graphql_rule_spread_target(struct graphql_validation *v, const struct graphql_visit *visit)
{
	if (visit->selection->fragment == NULL)
		REFUSE(v, visit->selection->name_at, visit->selection->name_at,
		    "Unknown fragment \"%.*s\".", STR_ARG(visit->selection->name));
}

void
graphql_rule_inline_type(struct graphql_validation *v, const struct graphql_visit *visit)
{
	const struct graphql_type_ref *condition = visit->selection->condition;

	if (condition != NULL && condition->type == NULL)
		REFUSE(v, condition->at, condition->at, "Unknown type \"%.*s\".",
		    STR_ARG(condition->name));
}

void
graphql_rule_inline_composite(struct graphql_validation *v, const struct graphql_visit *visit)
{
	const struct graphql_type_ref *condition = visit->selection->condition;

	if (condition != NULL && condition->type != NULL && !graphql_is_composite(condition->type))
		REFUSE(v, condition->at, condition->at,
		    "Fragment cannot condition on non composite type \"%.*s\".",
		    STR_ARG(condition->name));
}

/* Whether some object can be both ${a} and ${b}. */
static bool
overlap(const struct graphql_type *a, const struct graphql_type *b)
{
	if (a == b)
		return true;
	if (a->kind == KIND_OBJECT)
		return graphql_is_possible(b, a);
	if (b->kind == KIND_OBJECT)
		return graphql_is_possible(a, b);
	for (const struct graphql_relation *r = a->members; r != NULL; r = r->next) {
		if (graphql_is_possible(b, r->type))
			return true;
	}
	return false;
}

void
graphql_rule_spread_possible(struct graphql_validation *v, const struct graphql_visit *visit)
{
	const struct graphql_selection *s = visit->selection;
	const struct graphql_type *type = NULL;

	if (s->kind == SELECTION_INLINE && s->condition != NULL)
		type = s->condition->type;
	if (s->kind == SELECTION_SPREAD && s->fragment != NULL)
		type = s->fragment->root;
	if (type == NULL || s->parent == NULL || !graphql_is_composite(type) ||
	    overlap(type, s->parent))
		return;
	if (s->kind == SELECTION_INLINE)
		REFUSE(v, s->at, s->at,
		    "Fragment cannot be spread here as objects of type \"%.*s\" can never be of "
		    "type \"%.*s\".",
		    STR_ARG(s->parent->name), STR_ARG(type->name));
	else
		REFUSE(v, s->at, s->at,
		    "Fragment \"%.*s\" cannot be spread here as objects of type \"%.*s\" can never "
		    "be of type \"%.*s\".",
		    STR_ARG(s->name), STR_ARG(s->parent->name), STR_ARG(type->name));
}

/* -- arguments -- */

/* Who takes the arguments: directive "@skip", or field "Query.eco". */
static struct str
taker(struct graphql_validation *v, const struct graphql_visit *visit)
{
	const struct graphql_selection *s = visit->selection;

	if (visit->directive != NULL)
		return arena_printf(
		    v->arena, "directive \"@%.*s\"", STR_ARG(visit->directive->name));
	return arena_printf(
	    v->arena, "field \"%.*s.%.*s\"", STR_ARG(s->parent->name), STR_ARG(s->name));
}

void
graphql_rule_argument_known(struct graphql_validation *v, const struct graphql_visit *visit)
{
	for (const struct graphql_argument *a = visit->arguments; a != NULL; a = a->next) {
		struct graphql_suggestions suggestions = { .wanted = a->name };

		if (graphql_find_input(visit->inputs, a->name) != NULL)
			continue;
		for (const struct graphql_input *i = visit->inputs; i != NULL; i = i->next)
			graphql_suggest(&suggestions, i->name);
		REFUSE(v, a->at, a->at, "Unknown argument \"%.*s\" on %.*s.%.*s", STR_ARG(a->name),
		    STR_ARG(taker(v, visit)),
		    STR_ARG(graphql_suggestions_text(v->arena, &suggestions)));
	}
}

void
graphql_rule_argument_unique(struct graphql_validation *v, const struct graphql_visit *visit)
{
	for (const struct graphql_argument *a = visit->arguments; a != NULL; a = a->next) {
		const struct graphql_argument *first =
		    graphql_find_argument(visit->arguments, a->name);

		if (first != a)
			REFUSE(v, first->at, a->at,
			    "There can be only one argument named \"%.*s\".", STR_ARG(a->name));
	}
}

void
graphql_rule_argument_required(struct graphql_validation *v, const struct graphql_visit *visit)
{
	for (const struct graphql_input *i = visit->inputs; i != NULL; i = i->next) {
		struct str type;

		if (!graphql_is_required(i) ||
		    graphql_find_argument(visit->arguments, i->name) != NULL)
			continue;
		type = graphql_type_ref_text(v->arena, i->type);
		if (visit->directive != NULL)
			REFUSE(v, visit->at, visit->at,
			    "Directive \"@%.*s\" argument \"%.*s\" of type \"%.*s\" is required, "
			    "but it was not provided.",
			    STR_ARG(visit->directive->name), STR_ARG(i->name), STR_ARG(type));
		else
			REFUSE(v, visit->selection->at, visit->selection->at,
			    "Field \"%.*s\" argument \"%.*s\" of type \"%.*s\" is required, but it "
			    "was not provided.",
			    STR_ARG(visit->selection->name), STR_ARG(i->name), STR_ARG(type));
	}
}

/* -- directives -- */

void
graphql_rule_directive_known(struct graphql_validation *v, const struct graphql_visit *visit)
{
	for (const struct graphql_directive *d = visit->directives; d != NULL; d = d->next) {
		if (d->type == NULL)
			REFUSE(v, d->at, d->at, "Unknown directive \"@%.*s\".", STR_ARG(d->name));
	}
}

void
graphql_rule_directive_location(struct graphql_validation *v, const struct graphql_visit *visit)
{
	for (const struct graphql_directive *d = visit->directives; d != NULL; d = d->next) {
		if (d->type != NULL && (d->type->locations & UINT32_C(1) << visit->location) == 0)
			REFUSE(v, d->at, d->at, "Directive \"@%.*s\" may not be used on %.*s.",
			    STR_ARG(d->name), STR_ARG(graphql_location_name(visit->location)));
	}
}

void
graphql_rule_directive_unique(struct graphql_validation *v, const struct graphql_visit *visit)
{
	for (const struct graphql_directive *d = visit->directives; d != NULL; d = d->next) {
		for (const struct graphql_directive *e = visit->directives; e != d; e = e->next) {
			if (d->type == NULL || e->type != d->type || d->type->repeatable)
				continue;
			REFUSE(v, e->at, d->at,
			    "The directive \"@%.*s\" can only be used once at this location.",
			    STR_ARG(d->name));
			break;
		}
	}
}
