#include "graphql/graphql_internal.h"

/*
 * CollectFields() of section 6.3.2, done once for each object type in each place
 * of the query rather than once for each object: a list of a thousand callouts
 * collects its fields and coerces their arguments one time.
 */

/* The condition of @skip or @include; null is reported and counts as false. */
static bool
is_true(const struct graphql_execution *x, const struct graphql_directive *directive)
{
	const struct graphql_literal *value = directive->arguments->value;
	const struct json *variable;

	if (value->kind != LITERAL_VARIABLE)
		return str_equal(value->text, STR("true"));
	variable = json_find(x->variables, value->text);
	if (variable != NULL && variable->type == JSON_BOOL)
		return variable->boolean;
	/* A default lets a nullable variable stand here; null itself is still no answer. */
	graphql_report_path(x->errors, value->at, STR("BAD_USER_INPUT"),
	    STR("Argument \"if\" of required type \"Boolean!\" must not be null."), NULL);
	return false;
}

static bool
is_included(const struct graphql_execution *x, const struct graphql_selection *s)
{
	for (const struct graphql_directive *d = s->directives; d != NULL; d = d->next) {
		if (str_equal(d->name, STR("skip")) && is_true(x, d))
			return false;
		if (str_equal(d->name, STR("include")) && !is_true(x, d))
			return false;
	}
	return true;
}

/* Whether a fragment on ${condition} applies to objects of ${type}. */
static bool
applies(const struct graphql_type *condition, const struct graphql_type *type)
{
	return condition == type || graphql_is_possible(condition, type);
}

static void
coerce_arguments(struct graphql_execution *x, struct graphql_step *step)
{
	struct graphql_coercion coercion = { .arena = x->arena, .variables = x->variables };
	const struct graphql_selection *s = step->selection;

	if (graphql_coerce_arguments(
		&coercion, step->field->arguments, s->arguments, s->at, &step->arguments))
		return;
	step->refusal = coercion.reason;
	step->refusal_at = coercion.at;
}

/* A new step of ${plan} for ${s}, or NULL. */
static struct graphql_step *
add_step(struct graphql_execution *x, struct graphql_plan *plan, const struct graphql_selection *s)
{
	struct graphql_step *step = arena_new(x->arena, struct graphql_step);

	if (step == NULL)
		return NULL;
	step->selection = s;
	/* An interface's field is resolved as the object's own. */
	step->field = graphql_find_field(x->schema, plan->type, s->name);
	CHECK(step->field != NULL);
	coerce_arguments(x, step);
	if (plan->last == NULL)
		plan->first = step;
	else
		plan->last->next = step;
	plan->last = step;
	return step;
}

static void
add_field(struct graphql_execution *x, struct graphql_plan *plan, const struct graphql_selection *s)
{
	struct graphql_step *step = plan->first;
	struct graphql_step_node *node;

	while (step != NULL && !str_equal(step->selection->key, s->key))
		step = step->next;
	if (step == NULL) {
		step = add_step(x, plan, s);
		if (step == NULL)
			return;
		step->nodes.selection = s;
		step->last_node = &step->nodes;
		return;
	}
	node = arena_new(x->arena, struct graphql_step_node);
	if (node == NULL)
		return;
	node->selection = s;
	step->last_node->next = node;
	step->last_node = node;
}

/* Add what ${first} selects on an object of the plan's type; bounded by graphql_measure(). */
static void
collect(
    struct graphql_execution *x, struct graphql_plan *plan, const struct graphql_selection *first)
{
	for (const struct graphql_selection *s = first; s != NULL; s = s->next) {
		if (!is_included(x, s))
			continue;
		switch (s->kind) {
		case SELECTION_FIELD:
			add_field(x, plan, s);
			break;
		case SELECTION_INLINE:
			if (s->condition == NULL || applies(s->condition->type, plan->type))
				collect(x, plan, s->first);
			break;
		case SELECTION_SPREAD:
			if (s->fragment->stamp == x->stamp)
				break;
			s->fragment->stamp = x->stamp;
			if (applies(s->fragment->root, plan->type))
				collect(x, plan, s->fragment->first);
			break;
		}
	}
}

struct graphql_plan *
graphql_plan_root(struct graphql_execution *x)
{
	struct graphql_plan *plan = arena_new(x->arena, struct graphql_plan);

	if (plan == NULL)
		return NULL;
	plan->type = x->operation->root;
	x->stamp++;
	collect(x, plan, x->operation->first);
	return plan;
}

struct graphql_plan *
graphql_plan_beneath(
    struct graphql_execution *x, struct graphql_step *step, const struct graphql_type *type)
{
	struct graphql_plan *plan = step->plans;

	while (plan != NULL && plan->type != type)
		plan = plan->next;
	if (plan != NULL)
		return plan;
	plan = arena_new(x->arena, struct graphql_plan);
	if (plan == NULL)
		return NULL;
	plan->type = type;
	plan->next = step->plans;
	step->plans = plan;
	x->stamp++;
	for (const struct graphql_step_node *n = &step->nodes; n != NULL; n = n->next)
		collect(x, plan, n->selection->first);
	return plan;
}
