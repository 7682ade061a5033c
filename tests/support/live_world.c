#include "support/live_world.h"

#include <stdlib.h>

#include "api/live_internal.h"
#include "runtime/futex.h"
#include "runtime/random.h"

#define WAIT_S           60
#define SETTLE_LOOKS_MAX 60000

struct listening {
	struct live_job job; /* first */
	struct listen_call call;
	pthread_mutex_t lock;
	pthread_cond_t cond;
	bool begun, ended, bounded;
	enum live_end why;
	size_t room;
	char *response; /* of what was refused */
	struct live_listener *listener;
	char **texts;
	size_t count, capacity;
};

static bool
next(void *who, struct hub_text *response)
{
	struct listening *listening = who;
	struct str text = hub_text_view(response);
	bool taken;

	live_lock(&listening->lock);
	CHECK(!listening->ended);
	taken = !listening->bounded || listening->room > 0;
	if (taken && listening->bounded)
		listening->room--;
	if (taken && listening->count == listening->capacity) {
		listening->capacity = 2 * listening->capacity + 16;
		listening->texts =
		    realloc(listening->texts, listening->capacity * sizeof(*listening->texts));
		CHECK(listening->texts != NULL);
	}
	if (taken)
		listening->texts[listening->count++] = heap_text(text);
	CHECK(pthread_cond_broadcast(&listening->cond) == 0);
	live_unlock(&listening->lock);
	return taken;
}

static void
end(void *who, enum live_end why)
{
	struct listening *listening = who;

	live_lock(&listening->lock);
	CHECK(!listening->ended);
	listening->ended = true;
	listening->why = why;
	CHECK(pthread_cond_broadcast(&listening->cond) == 0);
	live_unlock(&listening->lock);
}

static const struct live_sink sink = { next, end };

static size_t
add_header(struct http_header *headers, size_t count, const char *name, const char *value)
{
	if (value == NULL)
		return count;
	headers[count] = (struct http_header){ str_from_z(name), str_from_z(value) };
	return count + 1;
}

static struct err *
begin(
    struct listening *listening, struct api_worker *worker, struct arena *in, struct buf *response)
{
	const struct listen_call *call = &listening->call;
	struct http_header headers[4];
	struct http_request http = { .method = HTTP_GET,
		.method_name = STR("GET"),
		.path = STR("/graphql"),
		.headers = headers,
		.peer = STR("127.0.0.1") };
	struct http_response answer = { .status = 0 };
	struct api_request request = { .api = worker->api,
		.worker = worker,
		.arena = in,
		.http = &http,
		.response = &answer,
		.now = clock_now(server.clock),
		.outcome = "ok" };
	struct graphql_request asked = { .query = str_from_z(call->query) };
	struct gate_principal principal;
	struct str reason;
	bool admitted;

	http.header_count = add_header(headers, 0, "Strike-Development-Identity", call->identity);
	http.header_count =
	    add_header(headers, http.header_count, "Authorization", call->authorization);
	http.header_count = add_header(headers, http.header_count, "Cookie", call->cookie);
	http.header_count =
	    add_header(headers, http.header_count, "Strike-Organisation", call->organisation);
	request.id = random_uuid(request.now);
	CHECK(call->variables == NULL ||
	      json_parse(in, str_from_z(call->variables), &asked.variables, &reason));
	TRY(gate_admit(&request, &admitted, &principal));
	if (!admitted) {
		buf_str(response, answer.body);
		return NULL;
	}
	return live_subscribe(worker->api->live, &request, &principal, &asked, &sink, listening,
	    response, &listening->listener);
}

static void
run(struct live_job *job, struct api_worker *worker, struct arena *in)
{
	struct listening *listening = (struct listening *)job;
	struct buf response = buf_in(in, 64 * 1024);
	struct err *err = begin(listening, worker, in, &response);

	live_lock(&listening->lock);
	if (err != NULL) {
		buf_str(&response, STR("fault: "));
		err_format(err, &response);
	}
	if (listening->listener == NULL)
		listening->response = heap_text(buf_view(&response));
	listening->begun = true;
	CHECK(pthread_cond_broadcast(&listening->cond) == 0);
	live_unlock(&listening->lock);
}

/* Wait for a change; false when there was none for too long. */
static bool
wait_for_change(struct listening *listening)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += WAIT_S;
	return pthread_cond_timedwait(&listening->cond, &listening->lock, &until) == 0;
}

static void
destroy(struct listening *listening)
{
	for (size_t i = 0; i < listening->count; i++)
		free(listening->texts[i]);
	free(listening->texts);
	free(listening->response);
	pthread_cond_destroy(&listening->cond);
	pthread_mutex_destroy(&listening->lock);
	free(listening);
}

struct listening *
listen_or_not(struct listen_call call, const char **ret_response)
{
	struct listening *listening = calloc(1, sizeof(*listening));

	assert_non_null(listening);
	listening->job.run = run;
	listening->call = call;
	listening->room = call.room;
	listening->bounded = call.room > 0;
	pthread_mutex_init(&listening->lock, NULL);
	pthread_cond_init(&listening->cond, NULL);
	assert_true(live_do(server.api->live, &listening->job));
	live_lock(&listening->lock);
	while (!listening->begun)
		assert_true(wait_for_change(listening));
	live_unlock(&listening->lock);
	if (listening->listener != NULL)
		return listening;
	*ret_response = arena_printf(arena, "%s", listening->response).ptr;
	destroy(listening);
	return NULL;
}

struct listening *
listen_to(struct listen_call call)
{
	const char *response = NULL;
	struct listening *listening = listen_or_not(call, &response);

	if (listening == NULL)
		fail_msg("refused: %s", response);
	return listening;
}

const char *
listen_refused(struct listen_call call)
{
	const char *response = NULL;

	assert_null(listen_or_not(call, &response));
	return response;
}

const char *
heard_text(struct listening *listening, size_t index)
{
	const char *text;

	live_lock(&listening->lock);
	assert_true(index < listening->count);
	text = listening->texts[index];
	live_unlock(&listening->lock);
	return text;
}

const struct json *
heard_at(struct listening *listening, size_t index)
{
	const struct json *json;
	struct str reason;

	if (!json_parse(arena, str_from_z(heard_text(listening, index)), &json, &reason))
		fail_msg("no JSON: %s", heard_text(listening, index));
	return json;
}

const struct json *
heard(struct listening *listening, size_t count)
{
	live_lock(&listening->lock);
	while (listening->count < count) {
		if (listening->ended || !wait_for_change(listening))
			fail_msg("heard %zu and not %zu, %s", listening->count, count,
			    listening->ended ? "and then it was over" : "waiting");
	}
	live_unlock(&listening->lock);
	return heard_at(listening, count - 1);
}

size_t
heard_count(struct listening *listening)
{
	size_t count;

	live_lock(&listening->lock);
	count = listening->count;
	live_unlock(&listening->lock);
	return count;
}

void
make_room(struct listening *listening, size_t room)
{
	live_lock(&listening->lock);
	listening->bounded = room > 0;
	listening->room = room;
	live_unlock(&listening->lock);
	live_resume(listening->listener);
}

enum live_end
heard_end(struct listening *listening)
{
	live_lock(&listening->lock);
	while (!listening->ended) {
		if (!wait_for_change(listening))
			fail_msg("it is not over");
	}
	live_unlock(&listening->lock);
	return listening->why;
}

bool
has_ended(struct listening *listening)
{
	bool ended;

	live_lock(&listening->lock);
	ended = listening->ended;
	live_unlock(&listening->lock);
	return ended;
}

void
cut(struct listening *listening)
{
	live_cancel(listening->listener);
	listening->listener = NULL;
}

void
listen_no_more(struct listening *listening)
{
	if (listening->listener != NULL)
		cut(listening);
	destroy(listening);
}

static bool
has_told(struct live_channel *channel)
{
	bool told = true;

	live_lock(&channel->lock);
	for (const struct live_listener *at = channel->first; at != NULL; at = at->next)
		told = told && (at->position >= channel->head || atomic_load(&at->full));
	live_unlock(&channel->lock);
	return told;
}

static bool
is_settled(struct live *live, int64_t head)
{
	bool settled;

	live_lock(&live->lock);
	settled = live->channel_count == 0 || live->read_position >= head;
	for (size_t i = 0; i < LIVE_BUCKETS; i++) {
		for (struct live_channel *at = live->channels[i]; at != NULL; at = at->next)
			settled = settled && has_told(at);
	}
	live_unlock(&live->lock);
	return settled;
}

void
live_settle(void)
{
	struct store_session *worker = worker_session();
	_Atomic uint32_t nothing = 0;
	bool settled = false;
	int64_t head;

	server_world_settle(&server);
	assert_no_fault(store_log_head(worker, arena, &head));
	store_session_close(worker);
	for (int i = 0; i < SETTLE_LOOKS_MAX && !settled; i++) {
		settled = is_settled(server.api->live, head);
		if (!settled)
			futex_wait(&nothing, 0, MILLISECONDS(1));
	}
	assert_true(settled);
}

void
expect_channels(size_t count)
{
	struct live *live = server.api->live;
	_Atomic uint32_t nothing = 0;
	size_t found = count + 1;

	for (int i = 0; i < SETTLE_LOOKS_MAX && found != count; i++) {
		live_lock(&live->lock);
		found = live->channel_count;
		live_unlock(&live->lock);
		if (found != count)
			futex_wait(&nothing, 0, MILLISECONDS(1));
	}
	assert_int_equal(found, count);
}
