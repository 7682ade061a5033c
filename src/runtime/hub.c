#include <stdatomic.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "runtime/clock.h"
#include "runtime/hub_internal.h"

#define TICK_MS          250
#define TICK_STOPPING_MS 20

/* Open files that are not the hub's: connections of HTTP, of the store, of providers. */
#define OTHER_FILES 4096

/* -- text that is sent to many -- */

struct hub_text {
	atomic_uint references;
	size_t length;
	char bytes[];
};

struct hub_text *
hub_text_create(struct str text)
{
	struct hub_text *made = malloc(sizeof(*made) + text.len);

	CHECK(made != NULL);
	atomic_init(&made->references, 1);
	made->length = text.len;
	if (text.len > 0)
		memcpy(made->bytes, text.ptr, text.len);
	return made;
}

struct hub_text *
hub_text_share(struct hub_text *text)
{
	(void)atomic_fetch_add_explicit(&text->references, 1, memory_order_relaxed);
	return text;
}

void
hub_text_release(struct hub_text *text)
{
	if (text != NULL &&
	    atomic_fetch_sub_explicit(&text->references, 1, memory_order_acq_rel) == 1)
		free(text);
}

struct str
hub_text_view(const struct hub_text *text)
{
	return text == NULL ? STR("") : (struct str){ text->bytes, text->length };
}

/* -- what waits -- */

static char *
put(char *at, struct str text)
{
	if (text.len > 0)
		memcpy(at, text.ptr, text.len);
	return at + text.len;
}

struct hub_piece *
hub_piece_create(struct str frame, struct str head, struct hub_text *shared, struct str tail)
{
	struct hub_piece *piece = malloc(sizeof(*piece) + frame.len + head.len + tail.len);

	CHECK(piece != NULL);
	*piece = (struct hub_piece){ .head = frame.len + head.len, .tail = tail.len };
	(void)put(put(put(piece->bytes, frame), head), tail);
	if (shared != NULL)
		piece->shared = hub_text_share(shared);
	return piece;
}

void
hub_piece_destroy(struct hub_piece *piece)
{
	hub_text_release(piece->shared);
	free(piece);
}

size_t
hub_piece_length(const struct hub_piece *piece)
{
	return piece->head + hub_text_view(piece->shared).len + piece->tail;
}

void
hub_append(struct hub_peer_state *peer, struct hub_piece *piece)
{
	if (peer->first == NULL) {
		peer->first = piece;
		peer->taken_us = clock_monotonic_us();
	} else {
		peer->last->next = piece;
	}
	peer->last = piece;
	peer->backlog += hub_piece_length(piece);
}

/* -- the table -- */

/* The peer ${id}, or NULL when it is gone; under the lock. */
static struct hub_peer_state *
find(struct hub *hub, hub_peer id)
{
	uint32_t slot = (uint32_t)id;

	if (slot >= hub->config.peers_max || hub->slots[slot] == NULL || hub->slots[slot]->id != id)
		return NULL;
	return hub->slots[slot];
}

void
hub_list(struct hub_peer_state *peer)
{
	struct hub *hub = peer->hub;

	if (peer->listed || hub->stopped)
		return;
	peer->listed = true;
	peer->next_listed = hub->listed;
	if (hub->listed == NULL)
		(void)uv_async_send(&hub->wake);
	hub->listed = peer;
}

static void
unlist(struct hub_peer_state *peer)
{
	struct hub_peer_state **at = &peer->hub->listed;

	if (!peer->listed)
		return;
	while (*at != peer)
		at = &(*at)->next_listed;
	*at = peer->next_listed;
	peer->listed = false;
}

void
hub_forget(struct hub_peer_state *peer)
{
	struct hub *hub = peer->hub;

	(void)pthread_mutex_lock(&hub->lock);
	unlist(peer);
	peer->shut = true;
	hub->slots[(uint32_t)peer->id] = NULL;
	hub->unused[hub->free_count++] = (uint32_t)peer->id;
	hub->count--;
	(void)pthread_mutex_unlock(&hub->lock);
}

/* Put ${peer} into the table; false when there is no room. */
static bool
enter(struct hub *hub, struct hub_peer_state *peer, hub_peer *ret)
{
	bool room;

	(void)pthread_mutex_lock(&hub->lock);
	room = !hub->stopping && hub->free_count > 0;
	if (room) {
		uint32_t slot = hub->unused[--hub->free_count];

		peer->id = (uint64_t)++hub->uses[slot] << 32 | slot;
		*ret = peer->id;
		hub->slots[slot] = peer;
		hub->slots_used = slot < hub->slots_used ? hub->slots_used : slot + 1;
		hub->count++;
		hub_list(peer);
	}
	(void)pthread_mutex_unlock(&hub->lock);
	return room;
}

/* -- what any thread may do -- */

bool
hub_take(
    struct hub *hub, int fd, enum hub_framing framing, struct str early, void *who, hub_peer *ret)
{
	struct hub_peer_state *peer = calloc(1, sizeof(*peer));

	CHECK(peer != NULL);
	peer->hub = hub;
	peer->who = who;
	peer->framing = framing;
	peer->fd = fd;
	if (early.len > 0) {
		peer->early = malloc(early.len);
		CHECK(peer->early != NULL);
		memcpy(peer->early, early.ptr, early.len);
		peer->early_length = early.len;
	}
	if (enter(hub, peer, ret))
		return true;
	free(peer->early);
	free(peer);
	return false;
}

/* The head of a text message of ${length} bytes (RFC 6455, 5.2): one frame, not masked. */
static size_t
write_frame_head(char *ret, size_t length)
{
	unsigned bytes = length < 126 ? 0 : length <= UINT16_MAX ? 2 : 8;

	ret[0] = (char)(0x80 | WSLAY_TEXT_FRAME);
	ret[1] = (char)(bytes == 0 ? length : bytes == 2 ? 126 : 127);
	for (unsigned i = 0; i < bytes; i++)
		ret[2 + i] = (char)((uint64_t)length >> 8 * (bytes - 1 - i));
	return 2 + bytes;
}

/* What goes out for one message to a peer of ${framing}. */
static struct hub_piece *
make_piece(enum hub_framing framing, struct str head, struct hub_text *shared, struct str tail)
{
	char frame[10];
	size_t length = 0;

	if (framing == HUB_WEBSOCKET)
		length = write_frame_head(frame, head.len + hub_text_view(shared).len + tail.len);
	return hub_piece_create((struct str){ frame, length }, head, shared, tail);
}

bool
hub_send(struct hub *hub, hub_peer id, struct str head, struct hub_text *shared, struct str tail)
{
	struct hub_peer_state *peer;
	struct hub_piece *piece;
	bool room = true;

	(void)pthread_mutex_lock(&hub->lock);
	peer = find(hub, id);
	if (peer != NULL && !peer->shut) {
		piece = make_piece(peer->framing, head, shared, tail);
		/* A message that is too long by itself goes alone, or it would never go. */
		room = peer->backlog == 0 ||
		       peer->backlog + hub_piece_length(piece) <= hub->config.backlog_bytes_max;
		peer->refused = peer->refused || !room;
		if (room) {
			hub_append(peer, piece);
			hub_list(peer);
		} else {
			hub_piece_destroy(piece);
		}
	}
	(void)pthread_mutex_unlock(&hub->lock);
	return room;
}

void
hub_close(struct hub *hub, hub_peer id, int code, struct str reason)
{
	struct hub_peer_state *peer;
	struct hub_closing *closing = calloc(1, sizeof(*closing));

	CHECK(closing != NULL && reason.len <= HUB_REASON_BYTES_MAX && code > 0);
	closing->code = code;
	closing->reason_length = (uint8_t)reason.len;
	if (reason.len > 0)
		memcpy(closing->reason, reason.ptr, reason.len);
	(void)pthread_mutex_lock(&hub->lock);
	peer = find(hub, id);
	if (peer != NULL && !peer->shut) {
		peer->shut = true;
		peer->asked = closing;
		closing = NULL;
		hub_list(peer);
	}
	(void)pthread_mutex_unlock(&hub->lock);
	free(closing);
}

void
hub_expect(struct hub *hub, hub_peer id, unsigned wait_ms, int code, const char *reason)
{
	struct hub_peer_state *peer;

	(void)pthread_mutex_lock(&hub->lock);
	peer = find(hub, id);
	if (peer != NULL) {
		peer->deadline_us =
		    wait_ms == 0 ? 0 : clock_monotonic_us() + (int64_t)wait_ms * 1000;
		peer->deadline_code = code;
		peer->deadline_reason = reason;
	}
	(void)pthread_mutex_unlock(&hub->lock);
}

size_t
hub_count(struct hub *hub)
{
	size_t count;

	(void)pthread_mutex_lock(&hub->lock);
	count = hub->count;
	(void)pthread_mutex_unlock(&hub->lock);
	return count;
}

/* -- the thread -- */

/* The peer in ${slot}, or NULL.  Only this thread takes peers out of the table. */
static struct hub_peer_state *
peer_in(struct hub *hub, size_t slot)
{
	struct hub_peer_state *peer;

	(void)pthread_mutex_lock(&hub->lock);
	peer = hub->slots[slot];
	(void)pthread_mutex_unlock(&hub->lock);
	return peer != NULL && peer->opened ? peer : NULL;
}

static size_t
slots_used(struct hub *hub)
{
	size_t used;

	(void)pthread_mutex_lock(&hub->lock);
	used = hub->slots_used;
	(void)pthread_mutex_unlock(&hub->lock);
	return used;
}

static void
end_loop(struct hub *hub)
{
	(void)pthread_mutex_lock(&hub->lock);
	hub->stopped = true;
	(void)pthread_mutex_unlock(&hub->lock);
	uv_close((uv_handle_t *)&hub->wake, NULL);
	uv_close((uv_handle_t *)&hub->tick, NULL);
}

static void
on_tick(uv_timer_t *timer)
{
	struct hub *hub = timer->data;
	size_t used = slots_used(hub);
	int64_t now_us = clock_monotonic_us();
	bool late = hub->stop_until_us != 0 && now_us >= hub->stop_until_us;

	for (size_t i = 0; i < used; i++) {
		struct hub_peer_state *peer = peer_in(hub, i);

		if (peer != NULL && late)
			hub_peer_end(peer, peer->code);
		else if (peer != NULL)
			hub_peer_check(peer, now_us);
	}
	if (hub->stop_until_us != 0 && hub_count(hub) == 0)
		end_loop(hub);
}

/* Everybody is told that the server stops. */
static void
begin_stop(struct hub *hub)
{
	static const struct hub_closing closing = {
		.code = 1001, .reason_length = 20, .reason = "the server is closing"
	};
	size_t used = slots_used(hub);

	hub->stop_until_us = clock_monotonic_us() + HUB_STOP_LINGER_US;
	for (size_t i = 0; i < used; i++) {
		struct hub_peer_state *peer = peer_in(hub, i);

		if (peer != NULL)
			hub_peer_close(peer, &closing);
	}
	(void)uv_timer_start(&hub->tick, on_tick, 0, TICK_STOPPING_MS);
}

static struct hub_peer_state *
take_listed(struct hub *hub)
{
	struct hub_peer_state *peer;

	(void)pthread_mutex_lock(&hub->lock);
	peer = hub->listed;
	if (peer != NULL) {
		hub->listed = peer->next_listed;
		peer->listed = false;
	}
	(void)pthread_mutex_unlock(&hub->lock);
	return peer;
}

static void
on_wake(uv_async_t *wake)
{
	struct hub *hub = wake->data;
	struct hub_peer_state *peer;
	bool stopping;

	while ((peer = take_listed(hub)) != NULL) {
		if (peer->opened || hub_peer_open(peer, clock_monotonic_us()))
			hub_peer_tend(peer);
	}
	(void)pthread_mutex_lock(&hub->lock);
	stopping = hub->stopping;
	(void)pthread_mutex_unlock(&hub->lock);
	/* Nobody enters once it stops, and all that had entered have been opened above. */
	if (stopping && hub->stop_until_us == 0)
		begin_stop(hub);
}

static void *
run(void *context)
{
	struct hub *hub = context;

	(void)uv_run(&hub->loop, UV_RUN_DEFAULT);
	return NULL;
}

static void
make_table(struct hub *hub)
{
	size_t count = hub->config.peers_max;

	hub->slots = calloc(count, sizeof(struct hub_peer_state *));
	hub->uses = calloc(count, sizeof(*hub->uses));
	hub->unused = calloc(count, sizeof(*hub->unused));
	CHECK(hub->slots != NULL && hub->uses != NULL && hub->unused != NULL);
	for (size_t i = 0; i < count; i++)
		hub->unused[i] = (uint32_t)(count - 1 - i);
	hub->free_count = count;
}

static void
destroy(struct hub *hub)
{
	(void)pthread_mutex_destroy(&hub->lock);
	free(hub->input);
	free(hub->output.ptr);
	free(hub->slots);
	free(hub->uses);
	free(hub->unused);
	free(hub);
}

/* As many open files as the peers need, as far as the system lets us. */
static void
raise_file_limit(size_t peers_max)
{
	struct rlimit limit;
	rlim_t wanted = (rlim_t)peers_max + OTHER_FILES;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted)
		return;
	limit.rlim_cur = wanted < limit.rlim_max ? wanted : limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

struct err *
hub_start(struct arena *arena, const struct hub_config *config, struct hub **ret)
{
	struct hub *hub = calloc(1, sizeof(*hub));
	int code;

	CHECK(hub != NULL && config->peers_max > 0 && config->peers_max < UINT32_MAX);
	CHECK(config->silent_s > 0 && config->stuck_s > 0);
	hub->config = *config;
	hub->events = config->events;
	hub->input = malloc(HUB_INPUT_BYTES);
	hub->output = buf_over(malloc(HUB_OUTPUT_BYTES), HUB_OUTPUT_BYTES);
	CHECK(hub->input != NULL && hub->output.ptr != NULL &&
	      pthread_mutex_init(&hub->lock, NULL) == 0);
	make_table(hub);
	raise_file_limit(config->peers_max);
	code = uv_loop_init(&hub->loop);
	if (code != 0) {
		destroy(hub);
		return ERR(arena, ERR_UNAVAILABLE, "start the hub: %s", uv_strerror(code));
	}
	CHECK(uv_async_init(&hub->loop, &hub->wake, on_wake) == 0);
	CHECK(uv_timer_init(&hub->loop, &hub->tick) == 0);
	hub->wake.data = hub->tick.data = hub;
	CHECK(uv_timer_start(&hub->tick, on_tick, TICK_MS, TICK_MS) == 0);
	CHECK(pthread_create(&hub->thread, NULL, run, hub) == 0);
	*ret = hub;
	return NULL;
}

void
hub_stop(struct hub *hub)
{
	if (hub == NULL)
		return;
	(void)pthread_mutex_lock(&hub->lock);
	hub->stopping = true;
	(void)uv_async_send(&hub->wake);
	(void)pthread_mutex_unlock(&hub->lock);
	(void)pthread_join(hub->thread, NULL);
	CHECK(uv_loop_close(&hub->loop) == 0);
	destroy(hub);
}
