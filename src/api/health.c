#include "api/api_internal.h"

/* The process answers. */
struct err *
api_health(struct api_request *request)
{
	http_respond_text(request->response, 200, STR("ok\n"));
	return NULL;
}

static struct err *
backlog(struct api_request *request, struct store_backlog *ret, struct store_session **ret_session)
{
	TRY(api_worker_session(request, ret_session));
	return store_backlog(*ret_session, request->arena, request->now, ret);
}

/* It can do its work: the store answers. */
struct err *
api_ready(struct api_request *request)
{
	struct store_backlog left;
	struct store_session *session;

	TRY(backlog(request, &left, &session));
	http_respond_text(request->response, 200, STR("ready\n"));
	return NULL;
}

/*
 * Development: whether nothing is left to do at this moment of the clock, and
 * when something next will be.  Tests with a virtual clock advance it by this.
 */
struct err *
api_quiet(struct api_request *request)
{
	struct buf buf = buf_in(request->arena, 512);
	struct json_writer writer = json_writer(&buf);
	struct store_session *session;
	struct store_backlog left;
	struct instant due;
	bool any;

	TRY(backlog(request, &left, &session));
	TRY(store_next_due(session, request->arena, &any, &due));
	json_begin_map(&writer);
	json_member_bool(&writer, STR("quiet"),
	    left.unsequenced == 0 && left.behind == 0 && left.effects_due == 0 &&
		left.timers_due == 0 && left.claimed == 0);
	json_name(&writer, STR("nextDue"));
	if (any)
		json_write_text(&writer, instant_text(request->arena, due));
	else
		json_write_null(&writer);
	json_member_int(&writer, STR("unsequenced"), left.unsequenced);
	json_member_int(&writer, STR("behind"), left.behind);
	json_member_int(&writer, STR("effectsDue"), left.effects_due);
	json_member_int(&writer, STR("timersDue"), left.timers_due);
	json_member_int(&writer, STR("claimed"), left.claimed);
	json_end_map(&writer);
	api_respond_json(request, 200, buf_view(&buf));
	return NULL;
}

/* Whoever opens the address in a browser is told what this is. */
struct err *
api_front_page(struct api_request *request)
{
	request->response->status = 200;
	request->response->content_type = STR("text/plain; charset=utf-8");
	request->response->body = STR("Osprey Strike: emergency callouts for outside-plant fiber.\n"
				      "\n"
				      "  POST /graphql   the API (schema.graphql)\n"
				      "  GET  /healthz   the process answers\n"
				      "  GET  /readyz    it can do its work\n");
	return NULL;
}
