#include "graphql/graphql_internal.h"

/* One request, from text to response (section 6.1). */

void
graphql_response_begin(struct buf *response)
{
	response->len = 0;
	response->overflowed = response->ptr == NULL;
}

void
graphql_extensions_write(const struct graphql_cost *cost, struct json_writer *w)
{
	if (cost == NULL)
		return;
	json_name(w, STR("extensions"));
	json_begin_map(w);
	graphql_cost_write(cost, w);
	json_end_map(w);
}

/* What the response says of the cost of ${x}: nothing unless it was asked to. */
static const struct graphql_cost *
told_cost(const struct graphql_execution *x)
{
	return x->request->tells_cost && x->cost.known ? &x->cost : NULL;
}

/* Throw away what was written and give one error. */
static void
write_one_error(struct buf *response, bool with_data, const struct graphql_cost *cost,
    struct str code, struct str message)
{
	struct graphql_error error = { .code = code, .message = message };
	struct graphql_errors errors = {
		.first = &error, .last = &error, .count = 1, .count_max = 1
	};
	struct json_writer w = json_writer(response);

	graphql_response_begin(response);
	json_begin_map(&w);
	if (with_data) {
		json_name(&w, STR("data"));
		json_write_null(&w);
	}
	graphql_errors_write(&errors, &w);
	graphql_extensions_write(cost, &w);
	json_end_map(&w);
}

/* Say that memory or room was used up. */
static void
write_spent(struct buf *response, bool with_data, const struct graphql_cost *cost)
{
	write_one_error(response, with_data, cost, STR("LIMIT"),
	    STR("The request needs more memory, or a longer response, than one request may have: "
		"ask for less at a time."));
}

void
graphql_respond_refused(
    const struct graphql_errors *errors, const struct graphql_cost *cost, struct buf *response)
{
	struct json_writer w = json_writer(response);

	json_begin_map(&w);
	graphql_errors_write(errors, &w);
	graphql_extensions_write(cost, &w);
	json_end_map(&w);
	if (arena_exhausted(errors->arena) || response->overflowed)
		write_spent(response, false, cost);
}

void
graphql_respond(struct graphql_execution *x)
{
	struct json_writer w = json_writer(x->response);

	json_begin_map(&w);
	graphql_run(x, &w);
	if (x->errors->count > 0)
		graphql_errors_write(x->errors, &w);
	graphql_extensions_write(told_cost(x), &w);
	json_end_map(&w);
	if (arena_exhausted(x->arena) || x->response->overflowed)
		write_spent(x->response, true, told_cost(x));
	else if (x->late)
		write_one_error(x->response, true, told_cost(x), STR("TIMEOUT"),
		    STR("The request takes longer than one request may: ask for less at a time."));
}

/* An error about the request, not about a place in the document. */
static void
report_placeless(struct graphql_errors *errors, struct str code, struct str message)
{
	struct graphql_error *error;

	errors->code = code;
	error = graphql_report(errors, 0, message);
	if (error != NULL)
		error->places = 0;
}

/* The operation ${name} (empty: the only one), or NULL. */
static const struct graphql_definition *
choose_operation(const struct graphql_document *document, struct str name)
{
	const struct graphql_definition *found = NULL;

	for (const struct graphql_definition *d = document->first; d != NULL; d = d->next) {
		if (d->kind == DEFINITION_FRAGMENT)
			continue;
		if (str_empty(name) ? document->operations == 1 : str_equal(d->name, name))
			found = d;
	}
	return found;
}

/* GetOperation() of section 6.1; NULL with the error reported. */
static const struct graphql_definition *
find_operation(
    const struct graphql_document *document, struct str name, struct graphql_errors *errors)
{
	const struct graphql_definition *found = choose_operation(document, name);

	if (found != NULL)
		return found;
	if (!str_empty(name))
		report_placeless(errors, STR("OPERATION_RESOLUTION_FAILURE"),
		    arena_printf(
			errors->arena, "Unknown operation named \"%.*s\".", STR_ARG(name)));
	else if (document->operations == 0)
		report_placeless(
		    errors, STR("OPERATION_RESOLUTION_FAILURE"), STR("Must provide an operation."));
	else
		report_placeless(errors, STR("OPERATION_RESOLUTION_FAILURE"),
		    STR("Must provide operation name if query contains multiple operations."));
	return NULL;
}

/* Parse and validate.  NULL with the errors reported. */
static struct graphql_document *
read_document(struct arena *arena, const struct graphql_schema *schema,
    const struct graphql_limits *limits, struct graphql_errors *errors)
{
	struct graphql_document *document = arena_new(arena, struct graphql_document);
	struct graphql_parser parser;

	if (document == NULL)
		return NULL;
	errors->code = STR("GRAPHQL_PARSE_FAILED");
	graphql_parser_init(&parser, arena, errors->source, limits, errors);
	if (parser.failed || !graphql_parse_document(&parser, document))
		return NULL;
	for (struct graphql_definition *d = document->first; d != NULL; d = d->next)
		d->number = document->definitions++;
	document->source = errors->source;
	document->schema = schema;
	errors->code = STR("GRAPHQL_VALIDATION_FAILED");
	graphql_validate(arena, schema, document, limits, errors);
	return errors->count == 0 && !arena_exhausted(arena) ? document : NULL;
}

/* Refuse operations that cannot be executed here; GRAPHQL_OK when this one can. */
static enum graphql_outcome
admit(const struct graphql_execution *x, bool subscribes)
{
	bool subscription = x->operation->kind == DEFINITION_SUBSCRIPTION;

	CHECK(x->operation->kind != DEFINITION_FRAGMENT);
	if (subscribes && !subscription) {
		report_placeless(x->errors, STR("OPERATION_RESOLUTION_FAILURE"),
		    STR("This is no subscription."));
		return GRAPHQL_REQUEST_ERROR;
	}
	if (!subscribes && subscription) {
		report_placeless(x->errors, STR("OPERATION_RESOLUTION_FAILURE"),
		    STR("Subscriptions are not served over this transport."));
		return GRAPHQL_IS_SUBSCRIPTION;
	}
	if (x->operation->kind == DEFINITION_MUTATION && x->request->only_queries) {
		report_placeless(x->errors, STR("OPERATION_RESOLUTION_FAILURE"),
		    STR("Mutations are not served over this method: use POST."));
		return GRAPHQL_NOT_A_QUERY;
	}
	return GRAPHQL_OK;
}

static bool
read_variables(struct graphql_execution *x)
{
	const struct json *given = x->request->variables;

	x->errors->code = STR("BAD_USER_INPUT");
	if (given != NULL && given->type != JSON_MAP && given->type != JSON_NULL_VALUE) {
		report_placeless(x->errors, STR("BAD_USER_INPUT"),
		    STR("Variables must be provided as an object."));
		return false;
	}
	return graphql_coerce_variables(x->arena, x->operation, given, x->errors, &x->variables);
}

enum graphql_outcome
graphql_begin(struct graphql_execution *x, bool subscribes, const struct graphql_limits *limits)
{
	enum graphql_outcome outcome;

	x->operation = find_operation(x->document, x->request->operation_name, x->errors);
	if (x->operation == NULL)
		return GRAPHQL_REQUEST_ERROR;
	outcome = admit(x, subscribes);
	if (outcome != GRAPHQL_OK)
		return outcome;
	if (!read_variables(x) || !graphql_check_cost(x, limits->cost_max) || !graphql_plan_init(x))
		return GRAPHQL_REQUEST_ERROR;
	return GRAPHQL_OK;
}

enum graphql_outcome
graphql_execute_prepared(struct arena *arena, const struct graphql_schema *schema,
    const struct graphql_document *document, const struct graphql_request *request,
    const struct graphql_limits *limits, struct buf *response)
{
	struct graphql_errors errors = {
		.arena = arena,
		.source = document->source,
		.count_max = limits->errors_max,
		.suggests_nothing = limits->no_introspection,
	};
	struct graphql_execution x = { .arena = arena,
		.schema = schema,
		.request = request,
		.document = document,
		.errors = &errors,
		.response = response };
	enum graphql_outcome outcome;

	CHECK(document->schema == schema);
	CHECK(limits->errors_max > 0);

	graphql_response_begin(response);
	outcome = graphql_begin(&x, false, limits);
	if (outcome == GRAPHQL_OK)
		graphql_respond(&x);
	else
		graphql_respond_refused(&errors, told_cost(&x), response);
	return outcome;
}

const struct graphql_document *
graphql_prepare(struct arena *arena, const struct graphql_schema *schema, struct str query,
    const struct graphql_limits *limits, struct buf *response)
{
	struct graphql_errors errors = {
		.arena = arena,
		.source = query,
		.count_max = limits->errors_max,
		.suggests_nothing = limits->no_introspection,
	};
	const struct graphql_document *document;

	CHECK(schema->bound);
	CHECK(limits->errors_max > 0);

	graphql_response_begin(response);
	document = read_document(arena, schema, limits, &errors);
	if (document == NULL)
		graphql_respond_refused(&errors, NULL, response);
	return document;
}

enum graphql_outcome
graphql_execute(struct arena *arena, const struct graphql_schema *schema,
    const struct graphql_request *request, const struct graphql_limits *limits,
    struct buf *response)
{
	const struct graphql_document *document =
	    graphql_prepare(arena, schema, request->query, limits, response);

	if (document == NULL)
		return GRAPHQL_REQUEST_ERROR;
	return graphql_execute_prepared(arena, schema, document, request, limits, response);
}

enum graphql_operation_kind
graphql_operation_kind(const struct graphql_document *document, struct str name)
{
	const struct graphql_definition *operation = choose_operation(document, name);

	if (operation == NULL)
		return GRAPHQL_NO_OPERATION;
	switch (operation->kind) {
	case DEFINITION_QUERY:
		return GRAPHQL_QUERY;
	case DEFINITION_MUTATION:
		return GRAPHQL_MUTATION;
	case DEFINITION_SUBSCRIPTION:
		return GRAPHQL_SUBSCRIPTION;
	case DEFINITION_FRAGMENT:
		break;
	}
	UNREACHABLE("a fragment is no operation");
}
