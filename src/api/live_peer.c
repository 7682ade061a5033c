#include "api/live_peer.h"

static void
on_received(void *who, struct str text)
{
	((const struct live_peer *)who)->events->received(who, text);
}

static void
on_drained(void *who)
{
	((const struct live_peer *)who)->events->drained(who);
}

static void
on_closed(void *who, int code)
{
	((const struct live_peer *)who)->events->closed(who, code);
}

static const struct hub_events events = { on_received, on_drained, on_closed };

struct err *
live_peer_start(struct arena *arena, struct api *api)
{
	const struct config *settings = api->config.settings;

	return hub_start(arena,
	    &(struct hub_config){
		.events = &events,
		.peers_max = (size_t)settings->live_listeners_max,
		.message_bytes_max = (size_t)settings->body_bytes_max,
		.backlog_bytes_max = (size_t)settings->live_backlog_bytes,
		.silent_s = (unsigned)settings->live_ping_s,
		.stuck_s = (unsigned)settings->live_stuck_s,
	    },
	    &api->hub);
}

bool
live_peer_is_room(struct api_request *request)
{
	const struct api *api = request->api;

	if (hub_count(api->hub) < (size_t)api->config.settings->live_listeners_max)
		return true;
	request->outcome = "rejected";
	request->note = STR("too many listen");
	api_respond_error(
	    request, 503, "BUSY", STR("too many listen already: try again in a minute"));
	api_add_header(request, STR("Retry-After"), STR("60"));
	return false;
}

struct str
live_peer_errors(struct arena *arena, struct str json)
{
	struct buf buf = buf_in(arena, 2 * json.len + 64);
	struct json_writer writer = json_writer(&buf);
	const struct json *response, *errors;
	struct str reason;

	if (!json_parse(arena, json, &response, &reason) ||
	    (errors = json_find(response, STR("errors"))) == NULL)
		return live_peer_error(arena, "INTERNAL", STR("the answer cannot be shown"));
	json_write_value(&writer, errors);
	return buf.overflowed
		   ? live_peer_error(arena, "LIMIT", STR("the answer does not fit into memory"))
		   : buf_view(&buf);
}

struct str
live_peer_error(struct arena *arena, const char *code, struct str message)
{
	struct buf buf = buf_in(arena, 256 + 6 * message.len);
	struct json_writer writer = json_writer(&buf);

	json_begin_list(&writer);
	json_begin_map(&writer);
	json_member_text(&writer, STR("message"), message);
	json_name(&writer, STR("extensions"));
	json_begin_map(&writer);
	json_member_text(&writer, STR("code"), str_from_z(code));
	json_end_map(&writer);
	json_end_map(&writer);
	json_end_list(&writer);
	return buf_view(&buf);
}
