#include "api/gate.h"
#include "api/graphql_eco.h"
#include "proto/form.h"
#include "runtime/zone.h"

/*
 * GraphQL over HTTP: POST with a JSON body, GET with query parameters for
 * queries only (GraphQL-over-HTTP specification, sections 5 and 6).
 */

struct asked {
	struct graphql_request request;
	const struct json *document; /* of a POST */
};

static bool
bad_request(struct api_request *request, int status, struct str message)
{
	request->outcome = "rejected";
	request->note = message;
	api_respond_error(request, status, "BAD_REQUEST", message);
	return false;
}

/* The media type of a Content-Type header, without its parameters. */
static bool
is_json_type(struct str content_type)
{
	return str_equal_nocase(str_trim(str_cut(&content_type, ';')), STR("application/json"));
}

/* Every member of the body has the type it must have, and there is no other. */
static bool
check_members(struct api_request *request, const struct json *body)
{
	for (size_t i = 0; i < body->map.count; i++) {
		struct str name = body->map.members[i].name;
		enum json_type type = body->map.members[i].value.type;
		bool text = str_equal(name, STR("query")) || str_equal(name, STR("operationName"));
		bool map = str_equal(name, STR("variables")) || str_equal(name, STR("extensions"));
		bool null_allowed = !str_equal(name, STR("query"));

		if (!text && !map)
			return bad_request(request, 400,
			    arena_printf(request->arena,
				"the body has an unknown member \"%.*s\"; allowed are query, "
				"operationName, variables and extensions",
				STR_ARG(name)));
		if (type != (text ? JSON_TEXT : JSON_MAP) &&
		    !(null_allowed && type == JSON_NULL_VALUE))
			return bad_request(request, 400,
			    arena_printf(request->arena, "the member \"%.*s\" must be %s",
				STR_ARG(name), text ? "a string" : "an object"));
	}
	return true;
}

static bool
read_post(struct api_request *request, struct asked *ret)
{
	const struct http_request *http = request->http;
	struct str reason;

	if (!is_json_type(http_header_find(http->headers, http->header_count, STR("Content-Type"))))
		return bad_request(request, 415, STR("send Content-Type: application/json"));
	if (!json_parse(request->arena, http->body, &ret->document, &reason))
		return bad_request(request, 400,
		    arena_printf(
			request->arena, "the body is not valid JSON: %.*s", STR_ARG(reason)));
	if (ret->document->type == JSON_LIST)
		return bad_request(
		    request, 400, STR("batches are not taken: send one request at a time"));
	if (ret->document->type != JSON_MAP)
		return bad_request(request, 400, STR("the body must be a JSON object"));
	if (!check_members(request, ret->document))
		return false;
	ret->request.query = json_text_or(ret->document, STR("query"), STR(""));
	ret->request.operation_name = json_text_or(ret->document, STR("operationName"), STR(""));
	ret->request.variables = json_find(ret->document, STR("variables"));
	return true;
}

static bool
read_get(struct api_request *request, struct asked *ret)
{
	struct form form;
	struct str variables, reason;

	ret->request.only_queries = true;
	if (!form_parse(request->arena, request->http->query, &form))
		return bad_request(request, 400, STR("the query string cannot be read"));
	ret->request.query = form_find(&form, STR("query"));
	ret->request.operation_name = form_find(&form, STR("operationName"));
	variables = form_find(&form, STR("variables"));
	if (str_empty(variables))
		return true;
	if (!json_parse(request->arena, variables, &ret->request.variables, &reason) ||
	    ret->request.variables->type != JSON_MAP)
		return bad_request(request, 400, STR("variables must be a JSON object"));
	return true;
}

/* A fault behind a field: the log gets all of it, the client a reference. */
static struct str
on_fault(void *context, struct arena *arena, const struct err *err, struct str path)
{
	struct graphql_asker *asker = context;
	struct log_line line =
	    log_line(asker->request->api->config.log, LOG_ERROR, "graphql-field");

	asker->request->outcome = "fault";
	log_text(&line, "path", path);
	log_uuid(&line, "request", asker->request->id);
	log_fault(&line, err);
	log_emit(&line);
	return arena_printf(arena,
	    "this could not be done now; try again with the same idempotency key (reference %.*s)",
	    STR_ARG(uuid_text(arena, asker->request->id)));
}

/* Whether the client asks for the media type of GraphQL's own. */
static bool
wants_graphql_response(const struct http_request *http)
{
	struct str accept = http_header_find(http->headers, http->header_count, STR("Accept"));

	return str_find(accept, STR("application/graphql-response+json")) != SIZE_MAX;
}

static void
respond(struct api_request *request, enum graphql_outcome outcome, const struct buf *buf)
{
	/* A request that was refused as a whole is a 4xx whichever media type the client takes. */
	api_respond_json(request, outcome == GRAPHQL_REQUEST_ERROR ? 400 : 200, buf_view(buf));
	if (wants_graphql_response(request->http))
		request->response->content_type =
		    STR("application/graphql-response+json; charset=utf-8");
	if (outcome == GRAPHQL_NOT_A_QUERY) {
		request->response->status = 405;
		api_add_header(request, STR("Allow"), STR("POST"));
	}
	if (outcome != GRAPHQL_OK)
		request->outcome = "rejected";
}

/* The platform's own operator, with a worker's eyes; everybody else has none. */
static struct err *
open_platform(
    struct api_request *request, const struct store_membership *who, struct store_session **ret)
{
	*ret = NULL;
	if (!uuid_equal(who->organisation.id, record_platform()) ||
	    !str_equal(who->role, STR("platform_admin")))
		return NULL;
	return api_worker_session(request, ret);
}

static struct err *
execute(struct api_request *request, struct asked *asked, const struct gate_principal *principal)
{
	struct graphql_limits limits = GRAPHQL_LIMITS_DEFAULT;
	struct buf buf = buf_in(request->arena, API_RESPONSE_BYTES_MAX);
	struct app_refused refused = { .any = false };
	struct graphql_asker asker = {
		.request = request,
		.app = {
			.arena = request->arena,
			.now = request->now,
			.actor = &principal->membership,
			.scopes = principal->person.scopes,
			.via = request->via,
			.address = request->address,
			.correlation = request->id,
			.make_id = random_uuid,
			.vault = request->api->config.vault,
			.zones = &zone_database,
			.refused = &refused,
		},
	};
	enum graphql_outcome outcome;

	TRY(api_reader(request, &asker.app.session));
	TRY(open_platform(request, &principal->membership, &asker.app.platform));
	asked->request.context = &asker;
	asked->request.on_fault = on_fault;
	outcome =
	    graphql_execute(request->arena, request->api->schema, &asked->request, &limits, &buf);
	respond(request, outcome, &buf);
	return gate_audit_refused(request, principal, &refused);
}

struct err *
api_graphql(struct api_request *request)
{
	struct asked asked = { .document = NULL };
	struct gate_principal *principal = arena_new(request->arena, struct gate_principal);
	bool admitted;

	if (principal == NULL)
		return ERR(request->arena, ERR_LIMIT, "no memory left for a request");
	TRY(gate_admit(request, &admitted, principal));
	if (!admitted)
		return NULL;
	if (request->http->method == HTTP_POST ? !read_post(request, &asked)
					       : !read_get(request, &asked))
		return NULL;
	if (str_empty(asked.request.query)) {
		(void)bad_request(request, 400, STR("the request has no \"query\""));
		return NULL;
	}
	return execute(request, &asked, principal);
}
