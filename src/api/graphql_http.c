#include "api/gate.h"
#include "api/graphql_door.h"
#include "api/live_peer.h"
#include "api/live_stream.h"
#include "proto/form.h"
#include "runtime/http_accept.h"
#include "runtime/http_websocket.h"

/*
 * GraphQL over HTTP, as the draft of that name has it: POST with a JSON body, GET with
 * query parameters for queries only.
 *
 *	let in ─▶ what the client takes ─▶ what it asks ─▶ the door ─▶ status and media type
 *
 * The media type decides what a refused request is answered with.  Programs that know
 * application/graphql-response+json are told by the status; those that take only
 * application/json always get 200 for a request that could be read, because for them any
 * other status may have come from a proxy.  Who says nothing gets application/json, as it
 * always was.
 */

#define GRAPHQL_RESPONSE STR("application/graphql-response+json")
#define JSON             STR("application/json")
#define EVENT_STREAM     STR("text/event-stream")

enum media {
	MEDIA_GRAPHQL_RESPONSE,
	MEDIA_JSON,
	MEDIA_NONE,
};

/* What the client takes. */
struct taken {
	enum media media;
	bool stream; /* it names text/event-stream */
};

static struct taken
negotiate(const struct http_request *http)
{
	struct http_wish graphql =
	    http_accept_media(http->headers, http->header_count, GRAPHQL_RESPONSE);
	struct http_wish json = http_accept_media(http->headers, http->header_count, JSON);
	struct http_wish stream =
	    http_accept_media(http->headers, http->header_count, EVENT_STREAM);
	struct taken taken = { .media = MEDIA_NONE,
		.stream = stream.named && stream.thousandths > 0 };

	if (graphql.thousandths > 0 &&
	    (json.thousandths == 0 || (graphql.named && graphql.thousandths >= json.thousandths)))
		taken.media = MEDIA_GRAPHQL_RESPONSE;
	else if (json.thousandths > 0)
		taken.media = MEDIA_JSON;
	return taken;
}

static void
respond(struct api_request *request, enum media media, int status, struct str json)
{
	api_respond_json(request, status, json);
	if (media == MEDIA_GRAPHQL_RESPONSE)
		request->response->content_type =
		    STR("application/graphql-response+json; charset=utf-8");
	api_add_header(request, STR("Vary"), STR("Accept"));
}

/* ---- what is not well formed ---- */

static bool
bad_request(struct api_request *request, enum media media, int status, struct str message)
{
	struct buf buf = buf_in(request->arena, 256 + 6 * message.len);

	request->outcome = "rejected";
	request->note = message;
	graphql_door_refuse(&buf, STR(""), STR("BAD_REQUEST"), message);
	respond(request, media, status, buf_view(&buf));
	return false;
}

/* Whether a Content-Type header says JSON, in UTF-8 if it says in what. */
static bool
is_json_type(struct str content_type)
{
	if (!str_equal_nocase(str_trim(str_cut(&content_type, ';')), JSON))
		return false;
	while (!str_empty(content_type)) {
		struct str value = str_cut(&content_type, ';');
		struct str name = str_trim(str_cut(&value, '='));

		value = str_trim(value);
		if (str_equal_nocase(name, STR("charset")) &&
		    !str_equal_nocase(value, STR("utf-8")) &&
		    !str_equal_nocase(value, STR("\"utf-8\"")))
			return false;
	}
	return true;
}

static bool
read_post(struct api_request *request, enum media media, struct graphql_asked *ret)
{
	const struct http_request *http = request->http;
	const struct json *body;
	struct str reason;

	if (!is_json_type(http_header_find(http->headers, http->header_count, STR("Content-Type"))))
		return bad_request(
		    request, media, 415, STR("send Content-Type: application/json, in UTF-8"));
	if (!json_parse(request->arena, http->body, &body, &reason))
		return bad_request(request, media, 400,
		    arena_printf(
			request->arena, "the body is not valid JSON: %.*s", STR_ARG(reason)));
	return graphql_door_read(request->arena, body, ret, &reason) ||
	       bad_request(request, media, 400, reason);
}

static const struct {
	struct str name;
	bool is_json;
} parameters[] = {
	{ { "query", 5 }, false },
	{ { "operationName", 13 }, false },
	{ { "variables", 9 }, true },
	{ { "extensions", 10 }, true },
};

/* The value of parameter ${i} in ${form}, as JSON; NULL when it is not given, or empty. */
static bool
find_parameter(struct arena *arena, const struct form *form, size_t i, const struct json **ret,
    struct str *ret_reason)
{
	struct str name = parameters[i].name, text = form_find(form, name), why;
	struct json *value = arena_new(arena, struct json);
	size_t given = 0;

	*ret = NULL;
	for (size_t j = 0; j < form->count; j++)
		given += str_equal(form->at[j].name, name);
	if (given > 1) {
		*ret_reason =
		    arena_printf(arena, "the parameter %.*s is given twice", STR_ARG(name));
		return false;
	}
	if (str_empty(text) || value == NULL)
		return true;
	if (parameters[i].is_json && !json_parse(arena, text, ret, &why)) {
		*ret_reason = arena_printf(arena, "the parameter %.*s is not valid JSON: %.*s",
		    STR_ARG(name), STR_ARG(why));
		return false;
	}
	if (!parameters[i].is_json) {
		*value = (struct json){ .type = JSON_TEXT, .text = text };
		*ret = value;
	}
	return true;
}

/*
 * The parameters of a GET, as the body that a POST would have.  Others are not looked at:
 * addresses collect them on their way.
 */
static bool
read_get(struct api_request *request, enum media media, struct graphql_asked *ret)
{
	struct json_member *members =
	    arena_array(request->arena, struct json_member, COUNT_OF(parameters));
	struct json body = { .type = JSON_MAP, .map = { .members = members } };
	struct str reason;
	struct form form;

	if (members == NULL || !form_parse(request->arena, request->http->query, &form))
		return bad_request(request, media, 400, STR("the query string cannot be read"));
	for (size_t i = 0; i < COUNT_OF(parameters); i++) {
		const struct json *value;

		if (!find_parameter(request->arena, &form, i, &value, &reason))
			return bad_request(request, media, 400, reason);
		if (value != NULL)
			members[body.map.count++] =
			    (struct json_member){ .name = parameters[i].name, .value = *value };
	}
	if (!graphql_door_read(request->arena, &body, ret, &reason))
		return bad_request(request, media, 400, reason);
	ret->request.only_queries = true;
	return true;
}

/* ---- what is ---- */

static int
status_of(enum media media, enum graphql_outcome outcome)
{
	switch (outcome) {
	case GRAPHQL_OK:
		return 200;
	case GRAPHQL_REQUEST_ERROR:
	case GRAPHQL_IS_SUBSCRIPTION:
		return media == MEDIA_GRAPHQL_RESPONSE ? 400 : 200;
	case GRAPHQL_NOT_A_QUERY:
		return 405;
	}
	UNREACHABLE("an outcome of graphql_execute()");
}

static struct err *
execute(struct api_request *request, enum media media, const struct gate_principal *principal,
    struct graphql_asked *asked)
{
	struct buf buf = buf_in(
	    request->arena, (size_t)request->api->config.settings->graphql_response_bytes_max);
	enum graphql_outcome outcome = GRAPHQL_REQUEST_ERROR;

	if (graphql_door_recall(request, asked, &buf))
		TRY(graphql_door_execute(request, principal, asked, &buf, &outcome));
	respond(request, media, status_of(media, outcome), buf_view(&buf));
	if (outcome == GRAPHQL_NOT_A_QUERY)
		api_add_header(request, STR("Allow"), STR("POST"));
	if (outcome != GRAPHQL_OK)
		request->outcome = "rejected";
	/* A command may answer with a token that it has made; nothing else holds a secret. */
	request->response->compressible = asked->kind == GRAPHQL_QUERY;
	return NULL;
}

/* Whether the answer is to be a stream: nothing else is taken, or it is a subscription's. */
static bool
wants_stream(struct api_request *request, const struct taken *taken, struct graphql_asked *asked)
{
	struct buf ignored = buf_in(request->arena, GRAPHQL_RESPONSE_BYTES_MIN);

	if (!taken->stream || request->http->method == HTTP_HEAD)
		return false;
	return taken->media == MEDIA_NONE ||
	       (graphql_door_recall(request, asked, &ignored) &&
		   graphql_door_kind(request, asked) == GRAPHQL_SUBSCRIPTION);
}

static struct err *
answer(struct api_request *request, const struct gate_principal *principal)
{
	struct taken taken = negotiate(request->http);
	struct graphql_asked asked;

	if (taken.media == MEDIA_NONE && !taken.stream) {
		(void)bad_request(request, taken.media, 406,
		    STR("answers come as application/graphql-response+json or application/json, "
			"and as text/event-stream: accept one of them"));
		return NULL;
	}
	if (request->http->method == HTTP_POST ? !read_post(request, taken.media, &asked)
					       : !read_get(request, taken.media, &asked))
		return NULL;
	if (wants_stream(request, &taken, &asked))
		return live_stream_answer(request, principal, &asked);
	return execute(request, taken.media, principal, &asked);
}

struct err *
api_graphql(struct api_request *request)
{
	struct gate_principal *principal = arena_new(request->arena, struct gate_principal);
	bool admitted;

	if (http_websocket_is_asked(request->http))
		return live_socket_answer(request);
	if (principal == NULL)
		return ERR(request->arena, ERR_LIMIT, "no memory left for a request");
	TRY(gate_admit(request, &admitted, principal));
	return admitted ? answer(request, principal) : NULL;
}
