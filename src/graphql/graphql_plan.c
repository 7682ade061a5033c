#include "graphql/graphql_internal.h"

/*
 * CollectFields() of section 6.3.2, done once for each object type in each place
 * of the query rather than once for each object: a list of a thousand callouts
 * collects its fields and coerces their arguments one time.
 */

/* The condition of @skip or @include; null counts as false, and is reported when ${reports}. */
static bool
is_true(const struct graphql_execution *x, const struct graphql_directive *directive, bool reports)
{
	const struct graphql_literal *value = directive->arguments->value;
	const struct json *variable;

	if (value->kind != LITERAL_VARIABLE)
		return str_equal(value->text, STR("true"));
	variable = json_find(x->variables, value->text);
	if (variable != NULL && variable->type == JSON_BOOL)
		return variable->boolean;
	/* A default lets a nullable variable stand here; null itself is still no answer. */
	if (reports)
		graphql_report_path(x->errors, value->at, STR("BAD_USER_INPUT"),
		    STR("Argument \"if\" of required type \"Boolean!\" must not be null."), NULL);
	return false;
}

static bool
is_included(const struct graphql_execution *x, const struct graphql_selection *s, bool reports)
{
	for (const struct graphql_directive *d = s->directives; d != NULL; d = d->next) {
		if (str_equal(d->name, STR("skip")) && is_true(x, d, reports))
			return false;
		if (str_equal(d->name, STR("include")) && !is_true(x, d, reports))
			return false;
	}
	return true;
}

bool
graphql_is_included(const struct graphql_execution *x, const struct graphql_selection *s)
{
	return is_included(x, s, false);
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

/* ,"key": as the writer wants it; empty when memory has run out. */
static struct str
written_key(struct arena *arena, struct str key)
{
	char *text = arena_bytes(arena, key.len + 4);

	if (text == NULL)
		return STR("");
	text[0] = ',';
	text[1] = '"';
	memcpy(text + 2, key.ptr, key.len);
	text[key.len + 2] = '"';
	text[key.len + 3] = ':';
	return (struct str){ text, key.len + 4 };
}

/* A new step of ${plan} for ${s}, or NULL. */
static struct graphql_step *
add_step(struct graphql_execution *x, struct graphql_plan *plan, const struct graphql_selection *s)
{
	struct graphql_step *step = arena_new(x->arena, struct graphql_step);

	if (step == NULL)
		return NULL;
	step->x = x;
	step->plan = plan;
	step->key = written_key(x->arena, s->key);
	step->selection = s;
	/* An interface's field is resolved as the object's own. */
	step->field = graphql_find_field(x->schema, plan->type, s->name);
	CHECK(step->field != NULL);
	step->loads = step->field->load != NULL;
	coerce_arguments(x, step);
	if (plan->last == NULL)
		plan->first = step;
	else
		plan->last->next = step;
	plan->last = step;
	return step;
}

static void
note_loads(struct graphql_plan *plan, struct graphql_step *step, const struct graphql_selection *s)
{
	step->loads = step->loads || s->loads;
	plan->loads = plan->loads || step->loads;
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
		note_loads(plan, step, s);
		return;
	}
	note_loads(plan, step, s);
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
		if (!is_included(x, s, true))
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
			if (x->stamps[s->fragment->number] == x->stamp)
				break;
			x->stamps[s->fragment->number] = x->stamp;
			if (applies(s->fragment->root, plan->type))
				collect(x, plan, s->fragment->first);
			break;
		}
	}
}

bool
graphql_plan_init(struct graphql_execution *x)
{
	x->stamp = 0;
	x->stamps = arena_array(x->arena, size_t, x->document->definitions);
	return x->stamps != NULL;
}

struct graphql_plan *
graphql_plan_root(struct graphql_execution *x)
{
	struct graphql_plan *plan = arena_new(x->arena, struct graphql_plan);
	const void **objects = arena_array(x->arena, const void *, 1);

	if (plan == NULL || objects == NULL)
		return NULL;
	plan->type = x->operation->root;
	plan->objects = objects;
	plan->count = 1;
	x->stamp++;
	collect(x, plan, x->operation->first);
	if (x->event != NULL && plan->first != NULL)
		plan->loads = plan->first->loads = true;
	return plan;
}

/* A plan of ${step} for objects of ${type}, after the others. */
static struct graphql_plan *
add_plan(struct graphql_execution *x, struct graphql_step *step, const struct graphql_type *type)
{
	struct graphql_plan *plan = arena_new(x->arena, struct graphql_plan), **last = &step->plans;

	if (plan == NULL)
		return NULL;
	while (*last != NULL)
		last = &(*last)->next;
	*last = plan;
	plan->type = type;
	plan->above = step;
	x->stamp++;
	for (const struct graphql_step_node *n = &step->nodes; n != NULL; n = n->next)
		collect(x, plan, n->selection->first);
	return plan;
}

struct graphql_plan *
graphql_plan_beneath(
    struct graphql_execution *x, struct graphql_step *step, const struct graphql_type *type)
{
	struct graphql_plan *plan = step->plans;

	while (plan != NULL && plan->type != type)
		plan = plan->next;
	return plan == NULL ? add_plan(x, step, type) : plan;
}

/* -- what is asked -- */

/* The type of objects of ${type}, or NULL when they may be of several. */
static const struct graphql_type *
concrete(const struct graphql_type *type)
{
	return type->kind == KIND_OBJECT ? type : NULL;
}

static bool selects(const struct graphql_execution *x, const struct graphql_selection *first,
    const struct graphql_type *type, struct str path);

/* selects() inside a fragment on ${condition}. */
static bool
fragment_selects(const struct graphql_execution *x, const struct graphql_selection *first,
    const struct graphql_type *condition, const struct graphql_type *type, struct str path)
{
	if (type != NULL && !applies(condition, type))
		return false;
	return selects(x, first, type != NULL ? type : concrete(condition), path);
}

/* Whether ${first} selects ${path} on an object of ${type}, NULL: of any; see graphql_measure(). */
static bool
selects(const struct graphql_execution *x, const struct graphql_selection *first,
    const struct graphql_type *type, struct str path)
{
	struct str rest = path, name = str_cut(&rest, '.');

	for (const struct graphql_selection *s = first; s != NULL; s = s->next) {
		bool found = false;

		if (!graphql_is_included(x, s))
			continue;
		if (s->kind == SELECTION_FIELD && str_equal(s->name, name))
			found = str_empty(rest) ||
				selects(x, s->first, concrete(graphql_named_type(s->field->type)),
				    rest);
		else if (s->kind == SELECTION_INLINE && s->condition == NULL)
			found = selects(x, s->first, type, path);
		else if (s->kind == SELECTION_INLINE)
			found = fragment_selects(x, s->first, s->condition->type, type, path);
		else if (s->kind == SELECTION_SPREAD)
			found =
			    fragment_selects(x, s->fragment->first, s->fragment->root, type, path);
		if (found)
			return true;
	}
	return false;
}

bool
graphql_step_asks(const struct graphql_step *step, struct str path)
{
	const struct graphql_type *type = concrete(graphql_named_type(step->field->type));

	for (const struct graphql_step_node *n = &step->nodes; n != NULL; n = n->next) {
		if (selects(step->x, n->selection->first, type, path))
			return true;
	}
	return false;
}
