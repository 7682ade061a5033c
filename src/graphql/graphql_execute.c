#include "graphql/graphql_internal.h"

/* One request, from text to response (section 6.1). */

static const char *const spent_message =
    "The request needs more memory, or a longer response, than one request may have: "
    "ask for less at a time.";

/* Throw away what was written and say that a limit was reached. */
static void
write_spent(struct buf *response, bool with_data)
{
	response->len = 0;
	response->overflowed = response->ptr == NULL;
	buf_printf(response,
	    "{%s\"errors\":[{\"message\":\"%s\",\"extensions\":{\"code\":\"LIMIT\"}}]}",
	    with_data ? "\"data\":null," : "", spent_message);
}

static enum graphql_outcome
refuse(struct arena *arena, const struct graphql_errors *errors, struct buf *response,
    enum graphql_outcome outcome)
{
	struct json_writer w = json_writer(response);

	json_begin_map(&w);
	graphql_errors_write(errors, &w);
	json_end_map(&w);
	if (arena_exhausted(arena) || response->overflowed)
		write_spent(response, false);
	return outcome;
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

/* GetOperation() of section 6.1; NULL with the error reported. */
static struct graphql_definition *
find_operation(
    const struct graphql_document *document, struct str name, struct graphql_errors *errors)
{
	struct graphql_definition *found = NULL;

	for (struct graphql_definition *d = document->first; d != NULL; d = d->next) {
		if (d->kind == DEFINITION_FRAGMENT)
			continue;
		if (str_empty(name) ? document->operations == 1 : str_equal(d->name, name))
			found = d;
	}
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

/* Parse and validate.  False with the errors reported. */
static bool
read_document(struct arena *arena, const struct graphql_schema *schema,
    const struct graphql_limits *limits, struct graphql_errors *errors,
    struct graphql_document *ret)
{
	struct graphql_parser parser;

	errors->code = STR("GRAPHQL_PARSE_FAILED");
	graphql_parser_init(&parser, arena, errors->source, limits, errors);
	if (parser.failed || !graphql_parse_document(&parser, ret))
		return false;
	errors->code = STR("GRAPHQL_VALIDATION_FAILED");
	graphql_validate(arena, schema, ret, limits, errors);
	return errors->count == 0 && !arena_exhausted(arena);
}

/* Refuse operations that cannot be executed here; GRAPHQL_OK when this one can. */
static enum graphql_outcome
admit(const struct graphql_request *request, const struct graphql_definition *operation,
    struct graphql_errors *errors)
{
	switch (operation->kind) {
	case DEFINITION_QUERY:
		return GRAPHQL_OK;
	case DEFINITION_MUTATION:
		if (!request->only_queries)
			return GRAPHQL_OK;
		report_placeless(errors, STR("OPERATION_RESOLUTION_FAILURE"),
		    STR("Mutations are not served over this method: use POST."));
		return GRAPHQL_NOT_A_QUERY;
	case DEFINITION_SUBSCRIPTION:
		report_placeless(errors, STR("OPERATION_RESOLUTION_FAILURE"),
		    STR("Subscriptions are not served over this transport."));
		return GRAPHQL_REQUEST_ERROR;
	case DEFINITION_FRAGMENT:
		break;
	}
	UNREACHABLE("a fragment is no operation");
}

static bool
read_variables(struct arena *arena, const struct graphql_request *request,
    const struct graphql_definition *operation, struct graphql_errors *errors,
    const struct json **ret)
{
	const struct json *given = request->variables;

	errors->code = STR("BAD_USER_INPUT");
	if (given != NULL && given->type != JSON_MAP && given->type != JSON_NULL_VALUE) {
		report_placeless(
		    errors, STR("BAD_USER_INPUT"), STR("Variables must be provided as an object."));
		return false;
	}
	return graphql_coerce_variables(arena, operation, given, errors, ret);
}

enum graphql_outcome
graphql_execute(struct arena *arena, const struct graphql_schema *schema,
    const struct graphql_request *request, const struct graphql_limits *limits,
    struct buf *response)
{
	struct graphql_errors errors = {
		.arena = arena, .source = request->query, .count_max = limits->errors_max
	};
	struct graphql_execution x = { .arena = arena,
		.schema = schema,
		.request = request,
		.errors = &errors,
		.response = response,
		.stamp = SIZE_MAX / 2 }; /* above every stamp of the validator's */
	struct graphql_document document;
	enum graphql_outcome outcome;

	CHECK(schema->bound);
	CHECK(limits->errors_max > 0);

	response->len = 0;
	response->overflowed = response->ptr == NULL;
	if (!read_document(arena, schema, limits, &errors, &document))
		return refuse(arena, &errors, response, GRAPHQL_REQUEST_ERROR);
	x.operation = find_operation(&document, request->operation_name, &errors);
	if (x.operation == NULL)
		return refuse(arena, &errors, response, GRAPHQL_REQUEST_ERROR);
	outcome = admit(request, x.operation, &errors);
	if (outcome != GRAPHQL_OK)
		return refuse(arena, &errors, response, outcome);
	if (!read_variables(arena, request, x.operation, &errors, &x.variables))
		return refuse(arena, &errors, response, GRAPHQL_REQUEST_ERROR);

	graphql_run(&x);
	if (arena_exhausted(arena) || response->overflowed)
		write_spent(response, true);
	return GRAPHQL_OK;
}
