#include "graphql/graphql_internal.h"

/*
 * Subscriptions (section 6.2.3).  What is asked is kept; every event is an execution of
 * its own, in which the root field has its value already.
 */

struct graphql_subscription {
	struct graphql_execution x; /* its request is gone */
	struct graphql_errors errors;
	const struct graphql_step *root;
};

static struct json copy_json(struct arena *arena, const struct json *value);

static struct json
copy_list(struct arena *arena, const struct json *value)
{
	struct json *items = arena_array(arena, struct json, value->list.count);

	for (size_t i = 0; items != NULL && i < value->list.count; i++)
		items[i] = copy_json(arena, &value->list.items[i]);
	return (struct json){ .type = JSON_LIST,
		.list = { items, items == NULL ? 0 : value->list.count } };
}

static struct json
copy_map(struct arena *arena, const struct json *value)
{
	struct json_member *members = arena_array(arena, struct json_member, value->map.count);

	for (size_t i = 0; members != NULL && i < value->map.count; i++) {
		members[i].name = arena_copy(arena, value->map.members[i].name);
		members[i].value = copy_json(arena, &value->map.members[i].value);
	}
	return (struct json){ .type = JSON_MAP,
		.map = { members, members == NULL ? 0 : value->map.count } };
}

/* ${value} with all its texts; JSON_DEPTH_MAX bounds the depth. */
static struct json
copy_json(struct arena *arena, const struct json *value)
{
	struct json copy = *value;

	if (value->type == JSON_LIST)
		return copy_list(arena, value);
	if (value->type == JSON_MAP)
		return copy_map(arena, value);
	if (value->type == JSON_TEXT)
		copy.text = arena_copy(arena, value->text);
	return copy;
}

/* Find the one root field.  False with the error reported. */
static bool
find_root(struct graphql_subscription *subscription)
{
	struct graphql_execution *x = &subscription->x;
	const struct graphql_plan *plan = graphql_plan_root(x);
	const struct graphql_step *root = plan == NULL ? NULL : plan->first;

	if (plan == NULL || x->errors->count > 0)
		return false;
	x->errors->code = STR("BAD_USER_INPUT");
	if (root == NULL || str_starts_with(root->field->name, STR("__"))) {
		(void)graphql_report(
		    x->errors, x->operation->at, STR("The subscription selects no event."));
		return false;
	}
	subscription->root = root;
	if (str_empty(root->refusal))
		return true;
	(void)graphql_report(x->errors, root->refusal_at, root->refusal);
	return false;
}

/* Everything after the document was read. */
static bool
begin(struct graphql_subscription *subscription, const struct graphql_request *request,
    const struct graphql_limits *limits)
{
	struct graphql_execution *x = &subscription->x;
	struct graphql_request own = { .operation_name = request->operation_name,
		.tells_cost = request->tells_cost };
	struct json variables;
	bool begun;

	if (request->variables != NULL) {
		variables = copy_json(x->arena, request->variables);
		own.variables = &variables;
	}
	x->request = &own;
	begun = graphql_begin(x, true, limits) == GRAPHQL_OK && find_root(subscription);
	x->request = NULL;
	return begun && !arena_exhausted(x->arena);
}

struct graphql_subscription *
graphql_subscribe(struct arena *arena, const struct graphql_schema *schema,
    const struct graphql_request *request, const struct graphql_limits *limits,
    struct buf *response)
{
	struct str query = arena_copy(arena, request->query);
	struct graphql_subscription *subscription = arena_new(arena, struct graphql_subscription);
	const struct graphql_document *document =
	    graphql_prepare(arena, schema, query, limits, response);

	if (document == NULL || subscription == NULL)
		return NULL;
	subscription->errors = (struct graphql_errors){
		.arena = arena,
		.source = query,
		.count_max = limits->errors_max,
		.suggests_nothing = limits->no_introspection,
	};
	subscription->x = (struct graphql_execution){ .arena = arena,
		.schema = schema,
		.document = document,
		.errors = &subscription->errors };
	if (begin(subscription, request, limits))
		return subscription;
	graphql_respond_refused(&subscription->errors,
	    request->tells_cost && subscription->x.cost.known ? &subscription->x.cost : NULL,
	    response);
	return NULL;
}

struct str
graphql_subscription_field(const struct graphql_subscription *subscription)
{
	return subscription->root->field->name;
}

const struct json *
graphql_subscription_argument(const struct graphql_subscription *subscription, struct str name)
{
	return json_find(&subscription->root->arguments, name);
}

bool
graphql_subscription_asks(const struct graphql_subscription *subscription, struct str path)
{
	return graphql_step_asks(subscription->root, path);
}

void
graphql_publish(struct arena *arena, const struct graphql_subscription *subscription,
    const struct graphql_request *request, const struct graphql_value *value,
    const struct graphql_limits *limits, struct buf *response)
{
	const struct graphql_execution *begun = &subscription->x;
	struct graphql_errors errors = {
		.arena = arena, .source = begun->document->source, .count_max = limits->errors_max
	};
	struct graphql_execution x = { .arena = arena,
		.schema = begun->schema,
		.request = request,
		.document = begun->document,
		.operation = begun->operation,
		.variables = begun->variables,
		.errors = &errors,
		.response = response,
		.event = value };

	CHECK(limits->errors_max > 0);
	graphql_response_begin(response);
	/* Without memory for its marks it says so: running would only find it out again. */
	if (graphql_plan_init(&x))
		graphql_respond(&x);
	else
		graphql_respond_refused(&errors, NULL, response);
}
