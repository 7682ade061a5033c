#include "api/api_internal.h"
#include "runtime/metrics.h"
#include "store/store_send.h"

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

static struct duration
due_for(bool has, struct instant due, struct instant now)
{
	return has && due.us < now.us ? instant_since(now, due) : (struct duration){ 0 };
}

/* What stands in the database.  A database that is away is a figure, too. */
static struct err *
read_store(struct api_request *request)
{
	const struct config *settings = request->api->config.settings;
	struct instant before = { request->now.us - SECONDS(settings->watchdog_late_s).us };
	struct store_session *session;
	struct store_backlog left;
	struct store_lateness late;
	int64_t dead;

	TRY(backlog(request, &left, &session));
	TRY(store_lateness(session, request->arena, before, &late));
	TRY(store_count_dead(session, request->arena, &dead));
	metrics_set(METRIC_RINGDOWNS_OPEN, left.ringdowns);
	metrics_set(METRIC_RINGDOWNS_LATE, late.ringdowns);
	metrics_set(METRIC_TIMERS_DUE, left.timers_due);
	metrics_set(METRIC_EFFECTS_DUE, left.effects_due);
	metrics_set(METRIC_EFFECTS_WAITING, left.effects_waiting);
	metrics_set(METRIC_EFFECTS_DEAD, dead);
	metrics_set(METRIC_CLAIMED, left.claimed);
	metrics_set(METRIC_UNSEQUENCED, left.unsequenced);
	metrics_set(METRIC_BEHIND, left.behind);
	metrics_set(METRIC_PARKED, left.parked);
	metrics_set_duration(
	    METRIC_TIMER_OLDEST, due_for(late.has_timer, late.oldest_timer, request->now));
	metrics_set_duration(
	    METRIC_EFFECT_OLDEST, due_for(late.has_effect, late.oldest_effect, request->now));
	return NULL;
}

/*
 * The figures of this process, for those in the setting metrics_from.  Who asks is
 * the peer itself: behind a proxy everybody would come from there, so what came
 * through one (it says so in a header) is not answered either.
 */
struct err *
api_metrics(struct api_request *request)
{
	const struct http_request *http = request->http;
	struct buf buf = buf_in(request->arena, METRICS_TEXT_BYTES_MAX);
	struct address peer;

	if (!address_parse(http->peer, &peer) ||
	    !address_is_in(peer, &request->api->metrics_from) ||
	    !str_empty(
		http_header_find(http->headers, http->header_count, STR("X-Forwarded-For")))) {
		request->outcome = "rejected";
		api_respond_error(request, 404, "NOT_FOUND", STR("there is nothing here"));
		return NULL;
	}
	metrics_set(METRIC_STORE_UP, read_store(request) == NULL);
	metrics_write(&buf);
	request->response->status = 200;
	request->response->content_type = STR("text/plain; version=0.0.4; charset=utf-8");
	request->response->body = buf_view(&buf);
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
