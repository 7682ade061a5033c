#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/hex.h"
#include "mock/world.h"
#include "runtime/random.h"

#define MEMORY_BYTES (128u << 20)

/* What may still be asked for when the memory is nearly used up: one request and its callbacks. */
#define MEMORY_RESERVE_BYTES (1u << 20)

/* For sending one message and understanding the answer. */
#define SENDER_ARENA_BYTES (1u << 20)

/* Twilio gives a webhook 15 seconds. */
#define WEBHOOK_TIMEOUT SECONDS(15)

#define WEBHOOK_ANSWER_BYTES_MAX (64u << 10)

void
world_lock(struct world *world)
{
	CHECK(pthread_mutex_lock(&world->lock) == 0);
}

void
world_unlock(struct world *world)
{
	CHECK(pthread_mutex_unlock(&world->lock) == 0);
}

struct instant
world_now(const struct world *world)
{
	return clock_now(world->clock);
}

struct str
world_keep(struct world *world, struct str text)
{
	return arena_copy(world->arena, text);
}

bool
world_full(const struct world *world)
{
	return world->arena->limit - world->arena->used < MEMORY_RESERVE_BYTES ||
	       world->step_count > WORLD_STEPS_MAX - 64 || world->call_count == WORLD_CALLS_MAX ||
	       world->text_count == WORLD_TEXTS_MAX ||
	       world->subsector_count == WORLD_SUBSECTORS_MAX;
}

void
world_make_sid(const char *prefix, char ret[WORLD_SID_BYTES])
{
	struct buf buf = buf_over(ret, WORLD_SID_BYTES);
	uint8_t bytes[16];

	random_bytes(bytes, sizeof(bytes));
	buf_str(&buf, str_from_z(prefix));
	hex_encode(&buf, (struct str){ (const char *)bytes, sizeof(bytes) });
	buf_char(&buf, '\0');
	CHECK(!buf.overflowed);
}

struct str
world_date(struct arena *arena, struct instant when)
{
	static const char *const days[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul",
		"Aug", "Sep", "Oct", "Nov", "Dec" };
	time_t seconds = (time_t)(when.us / SECONDS(1).us);
	struct tm tm;

	CHECK(gmtime_r(&seconds, &tm) != NULL);
	return arena_printf(arena, "%s, %02d %s %d %02d:%02d:%02d +0000", days[tm.tm_wday],
	    tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

/* -- steps -- */

static bool
is_earlier(const struct world_step *a, const struct world_step *b)
{
	return a->due.us != b->due.us ? a->due.us < b->due.us : a->sequence < b->sequence;
}

static void
swap_steps(struct world_step *a, struct world_step *b)
{
	struct world_step step = *a;

	*a = *b;
	*b = step;
}

void
world_plan(struct world *world, struct instant due, world_step_f run, void *subject,
    const uint32_t *ticket)
{
	size_t at = world->step_count;

	/* Requests are refused long before; a world that cannot plan stands still and shows it. */
	if (at == WORLD_STEPS_MAX)
		return;
	world->steps[at] = (struct world_step){ .due = due,
		.sequence = world->step_sequence++,
		.run = run,
		.subject = subject,
		.ticket = ticket,
		.valid = *ticket };
	world->step_count++;
	for (; at > 0 && is_earlier(&world->steps[at], &world->steps[(at - 1) / 2]);
	     at = (at - 1) / 2)
		swap_steps(&world->steps[at], &world->steps[(at - 1) / 2]);
	alarm_ring(world->alarm);
}

/* Take the earliest step out of the heap. */
static struct world_step
take_step(struct world *world)
{
	struct world_step first = world->steps[0];
	size_t at = 0;

	world->steps[0] = world->steps[--world->step_count];
	for (;;) {
		size_t least = at;

		for (size_t child = 2 * at + 1; child <= 2 * at + 2; child++)
			if (child < world->step_count &&
			    is_earlier(&world->steps[child], &world->steps[least]))
				least = child;
		if (least == at)
			return first;
		swap_steps(&world->steps[at], &world->steps[least]);
		at = least;
	}
}

bool
world_next_due(struct world *world, struct instant *ret)
{
	/* Steps that were overtaken must not make anybody wait for them. */
	while (world->step_count > 0 && *world->steps[0].ticket != world->steps[0].valid)
		(void)take_step(world);
	if (world->step_count == 0)
		return false;
	*ret = world->steps[0].due;
	return true;
}

/* The engine: carry out what is due, then sleep until something is. */
static void *
run_engine(void *context)
{
	struct world *world = context;
	struct instant due;

	world_lock(world);
	while (!world->stopping) {
		bool any = world_next_due(world, &due);

		if (any && due.us <= world_now(world).us) {
			struct world_step step = take_step(world);

			step.run(world, step.subject);
			continue;
		}
		world_unlock(world);
		alarm_wait(world->alarm, any ? due : (struct instant){ INT64_MAX }, SECONDS(1));
		world_lock(world);
	}
	world_unlock(world);
	return NULL;
}

/* -- lanes -- */

static void
make_ready(struct world *world, struct world_lane *lane)
{
	lane->busy = true;
	lane->next_ready = NULL;
	if (world->ready_last == NULL)
		world->ready_first = lane;
	else
		world->ready_last->next_ready = lane;
	world->ready_last = lane;
	CHECK(pthread_cond_signal(&world->work) == 0);
}

void
world_send(struct world *world, struct world_lane *lane, struct world_message *message)
{
	message->next = NULL;
	if (lane->last == NULL)
		lane->first = message;
	else
		lane->last->next = message;
	lane->last = message;
	world->queued++;
	if (!lane->busy)
		make_ready(world, lane);
}

static struct world_lane *
take_lane(struct world *world)
{
	struct world_lane *lane = world->ready_first;

	world->ready_first = lane->next_ready;
	if (world->ready_first == NULL)
		world->ready_last = NULL;
	return lane;
}

static struct world_message *
take_message(struct world *world, struct world_lane *lane)
{
	struct world_message *message = lane->first;

	lane->first = message->next;
	if (lane->first == NULL)
		lane->last = NULL;
	world->queued--;
	return message;
}

/* POST ${message}; the answer's status is 0 when there was none. */
static void
post(struct world *world, const struct world_message *message, struct arena *arena,
    struct http_answer *ret)
{
	struct http_header headers[] = {
		{ STR("Content-Type"), STR("application/x-www-form-urlencoded; charset=UTF-8") },
		{ STR("X-Twilio-Signature"), message->signature },
		{ STR("User-Agent"), STR("TwilioProxy/1.1") },
	};
	struct http_call call = { .method = "POST",
		.url = message->url,
		.headers = headers,
		.header_count = COUNT_OF(headers),
		.body = message->body,
		.timeout = WEBHOOK_TIMEOUT };
	struct err *fault = http_client_send(world->client, arena, &call, ret);

	if (fault != NULL)
		*ret = (struct http_answer){ .body = fault->message };
}

/* Send what is first in ${lane}, without the lock meanwhile. */
static void
send_next(struct world *world, struct world_lane *lane, struct arena *arena)
{
	struct world_message *message = take_message(world, lane);
	struct http_answer answer = { 0 };

	world->in_flight++;
	world_unlock(world);
	post(world, message, arena, &answer);
	world_lock(world);
	world->in_flight--;
	if (message->about != NULL)
		message->about->http_status = answer.status;
	if (message->answered != NULL)
		message->answered(world, message, &answer, arena);
	if (lane->first != NULL)
		make_ready(world, lane);
	else
		lane->busy = false;
	if (world->in_flight == 0)
		CHECK(pthread_cond_broadcast(&world->idle) == 0);
}

static void *
run_sender(void *context)
{
	struct world *world = context;
	struct arena *arena = arena_create(SENDER_ARENA_BYTES);

	world_lock(world);
	while (!world->stopping) {
		if (world->ready_first == NULL) {
			CHECK(pthread_cond_wait(&world->work, &world->lock) == 0);
			continue;
		}
		send_next(world, take_lane(world), arena);
		arena_reset(arena);
	}
	world_unlock(world);
	arena_destroy(arena);
	return NULL;
}

/* -- the world -- */

static void *
allocate(size_t count, size_t size)
{
	void *memory = calloc(count, size);

	CHECK(memory != NULL);
	return memory;
}

static void
start_thread(pthread_t *thread, void *(*run)(void *), struct world *world)
{
	CHECK(pthread_create(thread, NULL, run, world) == 0);
}

struct world *
world_create(const struct mock_config *config)
{
	struct world *world = allocate(1, sizeof(*world));
	struct http_client_config client = { .allow_http = true,
		.connections_max = WORLD_SENDERS,
		.response_bytes_max = WEBHOOK_ANSWER_BYTES_MAX };

	world->clock = config->clock;
	random_bytes(&world->render_tag, sizeof(world->render_tag));
	world->log = config->log;
	world->config = config;
	world->scenario = config->scenario;
	world->alarm = alarm_create(config->clock);
	world->client = http_client_create(&client);
	world->arena =
	    arena_create(config->memory_bytes == 0 ? MEMORY_BYTES : config->memory_bytes);
	/* Zeroed pages that nobody has touched cost nothing. */
	world->steps = allocate(WORLD_STEPS_MAX, sizeof(*world->steps));
	world->journal = allocate(WORLD_JOURNAL_MAX, sizeof(*world->journal));
	world->calls = allocate(WORLD_CALLS_MAX, sizeof(struct call *));
	world->texts = allocate(WORLD_TEXTS_MAX, sizeof(struct text *));
	world->subsectors = allocate(WORLD_SUBSECTORS_MAX, sizeof(struct render_subsector *));
	CHECK(pthread_mutex_init(&world->lock, NULL) == 0);
	CHECK(pthread_cond_init(&world->work, NULL) == 0);
	CHECK(pthread_cond_init(&world->idle, NULL) == 0);
	start_thread(&world->engine, run_engine, world);
	for (size_t i = 0; i < WORLD_SENDERS; i++)
		start_thread(&world->senders[i], run_sender, world);
	return world;
}

void
world_destroy(struct world *world)
{
	world_lock(world);
	world->stopping = true;
	CHECK(pthread_cond_broadcast(&world->work) == 0);
	world_unlock(world);
	alarm_ring(world->alarm);
	CHECK(pthread_join(world->engine, NULL) == 0);
	for (size_t i = 0; i < WORLD_SENDERS; i++)
		CHECK(pthread_join(world->senders[i], NULL) == 0);
	http_client_destroy(world->client);
	alarm_destroy(world->alarm);
	CHECK(pthread_cond_destroy(&world->idle) == 0);
	CHECK(pthread_cond_destroy(&world->work) == 0);
	CHECK(pthread_mutex_destroy(&world->lock) == 0);
	free(world->subsectors);
	free(world->texts);
	free(world->calls);
	free(world->journal);
	free(world->steps);
	arena_destroy(world->arena);
	arena_destroy(world->scenario_arena);
	free(world);
}

void
world_reset(struct world *world, const struct scenario *scenario, struct arena *arena)
{
	/* Nothing new may be sent; what is being sent still points into the memory. */
	world->step_count = 0;
	do {
		while (world->ready_first != NULL) {
			struct world_lane *lane = take_lane(world);

			while (lane->first != NULL)
				(void)take_message(world, lane);
			lane->busy = false;
		}
		if (world->in_flight > 0)
			CHECK(pthread_cond_wait(&world->idle, &world->lock) == 0);
	} while (world->in_flight > 0 || world->ready_first != NULL);
	world->step_count = 0;
	world->queued = 0;
	world->journal_count = world->journal_lost = 0;
	world->call_count = world->text_count = world->subsector_count = 0;
	world->task_number = 0;
	world->render_weather = (struct weather){ .asked = false };
	world->twilio_weather = (struct weather){ .asked = false };
	world->preparing = world->begun = false;
	world->calls_before = world->texts_before = 0;
	world->webhook_url = world->last_from = STR("");
	world->opt_outs = NULL;
	world->second = world->next_dial = (struct instant){ 0 };
	world->requests_of_second = 0;
	world->token_count = 0;
	memset(world->tokens, 0, sizeof(world->tokens));
	arena_reset(world->arena);
	if (scenario != world->scenario) {
		arena_destroy(world->scenario_arena);
		world->scenario_arena = arena;
		world->scenario = scenario;
	}
}
