#include "api/graphql_door.h"
#include "api/graphql_documents.h"
#include "base/hex.h"
#include "runtime/zone.h"

/* The one version of persisted queries that there is. */
#define PERSISTED_VERSION 1

#define FAULT_BYTES_MAX 2048

struct graphql_limits
graphql_door_limits(const struct api *api)
{
	const struct config *settings = api->config.settings;
	struct graphql_limits limits = GRAPHQL_LIMITS_DEFAULT;

	limits.depth_max = (size_t)settings->graphql_depth_max;
	limits.tokens_max = (size_t)settings->graphql_tokens_max;
	limits.aliases_max = (size_t)settings->graphql_aliases_max;
	limits.cost_max = (size_t)settings->graphql_cost_max;
	limits.no_introspection = settings->graphql_introspection == CONFIG_OFF;
	return limits;
}

/* ---- what is asked ---- */

static bool
unreadable(struct str *ret_reason, struct str reason)
{
	*ret_reason = reason;
	return false;
}

/* Every member of ${body} has the type it must have, and there is no other. */
static bool
check_members(struct arena *arena, const struct json *body, struct str *ret_reason)
{
	for (size_t i = 0; i < body->map.count; i++) {
		struct str name = body->map.members[i].name;
		enum json_type type = body->map.members[i].value.type;
		bool text = str_equal(name, STR("query")) || str_equal(name, STR("operationName"));
		bool map = str_equal(name, STR("variables")) || str_equal(name, STR("extensions"));

		if (!text && !map)
			return unreadable(ret_reason,
			    arena_printf(arena,
				"the body has an unknown member \"%.*s\"; allowed are query, "
				"operationName, variables and extensions",
				STR_ARG(name)));
		if (type != (text ? JSON_TEXT : JSON_MAP) && type != JSON_NULL_VALUE)
			return unreadable(
			    ret_reason, arena_printf(arena, "the member \"%.*s\" must be %s",
					    STR_ARG(name), text ? "a string" : "an object"));
	}
	return true;
}

/* extensions.persistedQuery: {"version": 1, "sha256Hash": "<64 hexadecimal digits>"}. */
static bool
read_persisted(const struct json *extensions, struct str *ret, struct str *ret_reason)
{
	const struct json *persisted = json_find(extensions, STR("persistedQuery"));
	struct sha256 hash;

	*ret = STR("");
	if (persisted == NULL || persisted->type == JSON_NULL_VALUE)
		return true;
	if (json_int_or(persisted, STR("version"), 0) != PERSISTED_VERSION)
		return unreadable(ret_reason,
		    STR("extensions.persistedQuery.version must be 1: no other is known here"));
	*ret = json_text_or(persisted, STR("sha256Hash"), STR(""));
	return hex_parse_digest(*ret, &hash) ||
	       unreadable(ret_reason,
		   STR("extensions.persistedQuery.sha256Hash must be 64 hexadecimal digits"));
}

bool
graphql_door_read(
    struct arena *arena, const struct json *body, struct graphql_asked *ret, struct str *ret_reason)
{
	*ret = (struct graphql_asked){ .kind = GRAPHQL_NO_OPERATION };
	if (body->type == JSON_LIST)
		return unreadable(
		    ret_reason, STR("batches are not taken: send one request at a time"));
	if (body->type != JSON_MAP)
		return unreadable(ret_reason, STR("the body must be a JSON object"));
	if (!check_members(arena, body, ret_reason) ||
	    !read_persisted(json_find(body, STR("extensions")), &ret->persisted_hash, ret_reason))
		return false;
	ret->request.query = json_text_or(body, STR("query"), STR(""));
	ret->request.operation_name = json_text_or(body, STR("operationName"), STR(""));
	ret->request.variables = json_find(body, STR("variables"));
	if (str_empty(ret->request.query) && str_empty(ret->persisted_hash))
		return unreadable(ret_reason,
		    STR("the request has no \"query\": it must be a string, and not empty"));
	return true;
}

void
graphql_door_refuse(struct buf *response, struct str field, struct str code, struct str message)
{
	struct json_writer writer = json_writer(response);

	response->len = 0;
	response->overflowed = response->ptr == NULL;
	json_begin_map(&writer);
	json_name(&writer, STR("errors"));
	json_begin_list(&writer);
	json_begin_map(&writer);
	json_member_text(&writer, STR("message"), message);
	if (!str_empty(field)) {
		json_name(&writer, STR("path"));
		json_begin_list(&writer);
		json_write_text(&writer, field);
		json_end_list(&writer);
	}
	json_name(&writer, STR("extensions"));
	json_begin_map(&writer);
	json_member_text(&writer, STR("code"), code);
	json_end_map(&writer);
	json_end_map(&writer);
	json_end_list(&writer);
	json_end_map(&writer);
}

/* The query with this hash is not to be had; always false. */
static bool
respond_refused(struct buf *response, struct str code, struct str message)
{
	graphql_door_refuse(response, STR(""), code, message);
	return false;
}

bool
graphql_door_recall(struct api_request *request, struct graphql_asked *asked, struct buf *response)
{
	struct graphql_documents *documents = request->api->documents;
	const struct graphql_kept *kept;
	struct sha256 hash;

	if (str_empty(asked->persisted_hash))
		return true;
	CHECK(hex_parse_digest(asked->persisted_hash, &hash));
	if (!str_empty(asked->request.query))
		return sha256_equal(sha256_of(asked->request.query), hash) ||
		       respond_refused(response, STR("PERSISTED_QUERY_HASH_MISMATCH"),
			   STR("extensions.persistedQuery.sha256Hash is not the SHA-256 of the "
			       "query"));
	kept = graphql_documents_recall(documents, request->organisation, hash);
	/* Clients know this message by heart, and then send the query with its hash. */
	if (kept == NULL)
		return respond_refused(
		    response, STR("PERSISTED_QUERY_NOT_FOUND"), STR("PersistedQueryNotFound"));
	asked->request.query = arena_copy(request->arena, kept->text);
	graphql_documents_release(documents, kept);
	return true;
}

enum graphql_operation_kind
graphql_door_kind(struct api_request *request, const struct graphql_asked *asked)
{
	struct graphql_documents *documents = request->api->documents;
	struct buf ignored = buf_in(request->arena, GRAPHQL_RESPONSE_BYTES_MIN);
	const struct graphql_kept *kept = graphql_documents_prepare(
	    documents, request->arena, request->organisation, asked->request.query, &ignored);
	enum graphql_operation_kind kind =
	    kept == NULL ? GRAPHQL_NO_OPERATION
			 : graphql_operation_kind(kept->document, asked->request.operation_name);

	graphql_documents_release(documents, kept);
	return kind;
}

/* ---- who asks ---- */

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

struct err *
graphql_door_asker(struct api_request *request, const struct gate_principal *principal,
    struct app_refused *refused, struct graphql_asker *ret)
{
	const struct config *settings = request->api->config.settings;

	*ret = (struct graphql_asker){
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
			.refused = refused,
		},
		.late_at_us = clock_monotonic_us() + settings->graphql_time_ms * 1000,
	};
	TRY(api_reader(request, &ret->app.session));
	return open_platform(request, &principal->membership, &ret->app.platform);
}

/* A fault behind a field: the log gets all of it, the client a reference. */
struct str
graphql_door_fault(void *context, struct arena *arena, const struct err *err, struct str path)
{
	struct graphql_asker *asker = context;
	struct api *api = asker->request->api;
	struct log_line line = log_line(api->config.log, LOG_ERROR, "graphql-field");
	struct buf said = buf_in(arena, FAULT_BYTES_MAX);

	asker->request->outcome = "fault";
	log_text(&line, "path", path);
	log_uuid(&line, "request", asker->request->id);
	log_fault(&line, err);
	log_emit(&line);
	buf_printf(&said,
	    "this could not be done now; try again with the same idempotency key (reference %.*s)",
	    STR_ARG(uuid_text(arena, asker->request->id)));
	if (api->development) {
		size_t end = said.len;

		buf_str(&said, STR(": "));
		err_format(err, &said);
		if (said.overflowed || !str_is_utf8(buf_view(&said)))
			said.len = end;
	}
	return buf_view(&said);
}

bool
graphql_door_is_late(void *context)
{
	const struct graphql_asker *asker = context;

	return clock_monotonic_us() >= asker->late_at_us;
}

/* ---- the answer ---- */

static enum graphql_outcome
execute(struct api_request *request, const struct graphql_kept *kept, struct graphql_asked *asked,
    struct graphql_asker *asker, struct buf *response)
{
	struct graphql_limits limits = graphql_door_limits(request->api);

	asked->kind = graphql_operation_kind(kept->document, asked->request.operation_name);
	asked->request.context = asker;
	asked->request.on_fault = graphql_door_fault;
	asked->request.is_late = graphql_door_is_late;
	asked->request.tells_cost = true;
	return graphql_execute_prepared(request->arena, request->api->schema, kept->document,
	    &asked->request, &limits, response);
}

struct err *
graphql_door_execute(struct api_request *request, const struct gate_principal *principal,
    struct graphql_asked *asked, struct buf *response, enum graphql_outcome *ret)
{
	struct graphql_documents *documents = request->api->documents;
	struct app_refused refused = { .any = false };
	const struct graphql_kept *kept;
	struct graphql_asker asker;

	TRY(graphql_door_asker(request, principal, &refused, &asker));
	kept = graphql_documents_prepare(
	    documents, request->arena, request->organisation, asked->request.query, response);
	*ret =
	    kept == NULL ? GRAPHQL_REQUEST_ERROR : execute(request, kept, asked, &asker, response);
	graphql_documents_release(documents, kept);
	return gate_audit_refused(request, principal, &refused);
}
