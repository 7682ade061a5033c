#include "process/follower_internal.h"

#include <stdlib.h>

/* How long a thread sleeps at most, in real time, before it looks by itself. */
#define LOOK_US 500000

/* Who holds not all of the slots asks more often: one may have become free. */
#define HOLD_SOON_US 1000000

/* Where slots stand is stored at once, but not more often than this: more may be coming. */
#define STORE_EVERY_US 50000

/* How long a thread rests after a fault, in real time: this, doubled, at most that. */
#define REST_US     20000
#define REST_US_MAX 500000

struct follower_turn
follower_turn(const struct follower_thread *thread)
{
	const struct follower_config *config = &thread->follower->config;

	return (struct follower_turn){
		.session = thread->session,
		.arena = thread->arena,
		.clock = config->clock,
		.log = config->log,
		.subscription = config->subscription,
	};
}

bool
follower_is_poison(const struct err *err)
{
	return err->kind == ERR_CORRUPT || err->kind == ERR_LIMIT;
}

static void
lock(struct follower *follower)
{
	CHECK(pthread_mutex_lock(&follower->lock) == 0);
}

static void
unlock(struct follower *follower)
{
	CHECK(pthread_mutex_unlock(&follower->lock) == 0);
}

/* ---- slots ---- */

static const struct own_slot *
find_own(const struct own_slot *slots, size_t count, const struct store_slot *held)
{
	for (size_t i = 0; i < count; i++) {
		if (slots[i].number == held->number && slots[i].epoch == held->epoch)
			return &slots[i];
	}
	return NULL;
}

static struct own_slot
fresh(const struct store_slot *held)
{
	return (struct own_slot){
		.number = held->number,
		.epoch = held->epoch,
		.stored = held->position,
		.told_us = clock_monotonic_us(),
		.position = held->position,
	};
}

void
follower_stored(struct own_slot *slot, int64_t position)
{
	slot->stored = position;
	slot->told_us = clock_monotonic_us();
}

/*
 * Of a slot that the thread has had before it knows better where it stands: it may have
 * moved it since the store was asked.  But a database that was killed has forgotten the
 * moves whose commit was not flushed; then the store is right.
 */
static bool
knows_better(const struct own_slot *own, const struct store_slot *held, int64_t asked_us)
{
	return own != NULL && (own->stored == held->position || own->told_us >= asked_us);
}

/* Take on the slots that are this thread's, of those that were ${held} at ${asked_us}. */
static void
adopt(struct follower_thread *thread, const struct store_slots *held, int64_t asked_us)
{
	struct own_slot before[STORE_SLOTS_MAX];
	size_t before_count = thread->slot_count;

	memcpy(before, thread->slots, before_count * sizeof(before[0]));
	thread->slot_count = 0;
	for (size_t i = 0; i < held->count; i++) {
		const struct store_slot *slot = &held->at[i];
		const struct own_slot *own = find_own(before, before_count, slot);

		if ((unsigned)slot->number % thread->follower->config.threads != thread->index)
			continue;
		thread->slots[thread->slot_count++] =
		    knows_better(own, slot, asked_us) ? *own : fresh(slot);
		thread->parked_known &= own != NULL;
	}
}

/* Whether the slots have been held anew since ${thread} looked; then they are ${ret}. */
static bool
is_held_anew(struct follower_thread *thread, struct store_slots *ret, int64_t *ret_asked_us)
{
	struct follower *follower = thread->follower;
	bool anew;

	lock(follower);
	anew = follower->holding != thread->adopted;
	if (anew) {
		thread->adopted = follower->holding;
		*ret = follower->held;
		*ret_asked_us = follower->held_us;
	}
	unlock(follower);
	return anew;
}

/* Whether it is time, and nobody else is at it. */
static bool
begin_holding(struct follower *follower)
{
	bool mine;

	lock(follower);
	mine = !follower->is_holding && clock_monotonic_us() >= follower->hold_due_us;
	follower->is_holding |= mine;
	unlock(follower);
	return mine;
}

static void
end_holding(struct follower *follower, const struct err *err, const struct store_slots *held,
    int64_t asked_us)
{
	int64_t now = clock_monotonic_us();

	lock(follower);
	follower->is_holding = false;
	follower->hold_due_us = now + HOLD_SOON_US;
	if (err == NULL) {
		follower->held = *held;
		follower->held_us = asked_us;
		follower->holding++;
		if ((int64_t)held->count == held->of)
			follower->hold_due_us = now + STORE_HOLD_EVERY_REAL_S * INT64_C(1000000);
	}
	unlock(follower);
	if (err == NULL && follower->config.threads > 1)
		follower_wake(follower);
}

struct err *
follower_hold(struct follower_thread *thread)
{
	struct follower *follower = thread->follower;
	const struct follower_config *config = &follower->config;
	int64_t asked_us = clock_monotonic_us();
	struct store_slots held;

	if (begin_holding(follower)) {
		struct err *err;

		arena_reset(thread->arena);
		err = store_hold_slots(
		    thread->session, thread->arena, config->subscription, config->rebuilds, &held);
		end_holding(follower, err, &held, asked_us);
		TRY(err);
	}
	if (!is_held_anew(thread, &held, &asked_us))
		return NULL;
	adopt(thread, &held, asked_us);
	thread->of = held.of;
	thread->gate = held.gate;
	return held.mode == STORE_LIVE ? follower_announce_missed(thread) : NULL;
}

void
follower_forget(struct follower_thread *thread)
{
	struct follower *follower = thread->follower;

	thread->slot_count = 0;
	thread->parked_known = false;
	thread->unstored = false;
	lock(follower);
	thread->adopted = follower->holding;
	follower->hold_due_us = 0;
	unlock(follower);
}

bool
follower_is_pressed(const struct follower_thread *thread)
{
	struct follower *follower = thread->follower;
	bool pressed;

	if (atomic_load(&follower->stopping))
		return true;
	lock(follower);
	pressed = follower->holding != thread->adopted ||
		  (!follower->is_holding && clock_monotonic_us() >= follower->hold_due_us);
	unlock(follower);
	return pressed;
}

struct own_slot *
follower_slot_of(struct follower_thread *thread, struct uuid stream)
{
	int64_t number = store_slot_of(stream, thread->of);

	for (size_t i = 0; i < thread->slot_count; i++) {
		if (thread->slots[i].number == number)
			return &thread->slots[i];
	}
	return NULL;
}

/* ---- threads ---- */

static void
log_fault_of(const struct follower_thread *thread, const struct err *err)
{
	const struct follower_config *config = &thread->follower->config;
	/* Somebody else has our slots now and then; that is how it is meant. */
	struct log_line line =
	    log_line(config->log, err->kind == ERR_CONFLICT ? LOG_WARNING : LOG_ERROR, "follower");

	log_text(&line, "subscription", config->subscription);
	log_text(&line, "outcome", STR("fault"));
	log_fault(&line, err);
	log_emit(&line);
}

/* How long to rest after ${faults} faults in a row. */
static struct duration
rest_after(int faults)
{
	int64_t us = REST_US;

	while (--faults > 0 && us < REST_US_MAX)
		us *= 2;
	return (struct duration){ us < REST_US_MAX ? us : REST_US_MAX };
}

/* The trouble is the store's, or somebody else holds the slots: ask it anew, in a while. */
static void
recover(struct follower_thread *thread, const struct err *err)
{
	log_fault_of(thread, err);
	follower_forget(thread);
	thread->faults++;
	alarm_wait(thread->alarm, (struct instant){ INT64_MAX }, rest_after(thread->faults));
}

/*
 * When it may next be told where the slots stand.  Who moves a clock by hand waits
 * for that each time: then it is told at once.
 */
static int64_t
store_due_us(const struct follower_thread *thread)
{
	bool moves = clock_speed(thread->follower->config.clock) > 0;

	return thread->stored_us + (moves ? STORE_EVERY_US : 0);
}

/* There is nothing to do: sleep until there may be. */
static void
rest(struct follower_thread *thread)
{
	struct follower *follower = thread->follower;
	int64_t now = clock_monotonic_us(), until = now + LOOK_US;

	lock(follower);
	if (follower->hold_due_us < until)
		until = follower->hold_due_us;
	unlock(follower);
	if (thread->unstored && store_due_us(thread) < until)
		until = store_due_us(thread);
	if (until > now)
		alarm_wait(
		    thread->alarm, follower_next_try(thread), (struct duration){ until - now });
}

/* One round.  ${ret_any}: there was something to do, and may be more. */
static struct err *
go_on(struct follower_thread *thread, bool *ret_any)
{
	*ret_any = false;
	TRY(follower_hold(thread));
	if (thread->slot_count == 0)
		return NULL;
	TRY(follower_read_parked(thread));
	TRY(follower_retry(thread));
	TRY(follower_deal(thread, ret_any));
	if (*ret_any || !thread->unstored || clock_monotonic_us() < store_due_us(thread))
		return NULL;
	return follower_store(thread, true);
}

static void *
follow(void *argument)
{
	struct follower_thread *thread = argument;

	while (!atomic_load(&thread->follower->stopping)) {
		bool any = false;
		struct err *err = go_on(thread, &any);

		if (err != NULL) {
			recover(thread, err);
			continue;
		}
		thread->faults = 0;
		if (!any)
			rest(thread);
	}
	/* Where the slots stand is worth knowing, but nothing is lost without it. */
	(void)!follower_store(thread, true);
	return NULL;
}

/* ---- life ---- */

void
follower_wake(struct follower *follower)
{
	for (unsigned i = 0; i < follower->config.threads; i++)
		alarm_ring(follower->threads[i].alarm);
}

static struct err *
add_thread(struct follower *follower, struct arena *arena, unsigned index)
{
	const struct projection *projection = follower->config.projection;
	struct follower_thread *thread = &follower->threads[index];
	size_t bytes = projection != NULL ? FOLLOWER_ARENA_BYTES : REACTOR_ARENA_BYTES;

	thread->follower = follower;
	thread->index = index;
	thread->batch = follower->config.batch > 0 ? follower->config.batch : FOLLOWER_BATCH_MIN;
	thread->read = arena_create(bytes);
	thread->arena = arena_create(bytes);
	thread->alarm = alarm_create(follower->config.clock);
	if (projection != NULL && projection->create_memory != NULL)
		thread->memory = projection->create_memory();
	return store_session_open(follower->config.store, arena, STORE_WORKER, &thread->session);
}

static struct err *
start_thread(struct follower_thread *thread, struct arena *arena)
{
	if (pthread_create(&thread->thread, NULL, follow, thread) != 0)
		return ERR(arena, ERR_UNAVAILABLE, "could not start a thread that follows \"%.*s\"",
		    STR_ARG(thread->follower->config.subscription));
	thread->started = true;
	return NULL;
}

struct err *
follower_start(struct arena *arena, const struct follower_config *config, struct follower **ret)
{
	struct follower *follower = calloc(1, sizeof(*follower));
	struct err *err = NULL;

	CHECK(config->threads > 0);
	CHECK((config->projection == NULL) != (config->react == NULL));
	CHECK(follower != NULL);
	follower->config = *config;
	follower->threads = calloc(config->threads, sizeof(follower->threads[0]));
	CHECK(follower->threads != NULL);
	CHECK(pthread_mutex_init(&follower->lock, NULL) == 0);
	for (unsigned i = 0; i < config->threads && err == NULL; i++)
		err = add_thread(follower, arena, i);
	for (unsigned i = 0; i < config->threads && err == NULL; i++)
		err = start_thread(&follower->threads[i], arena);
	if (err != NULL) {
		follower_stop(follower);
		return err;
	}
	*ret = follower;
	return NULL;
}

static void
end_thread(struct follower_thread *thread)
{
	const struct projection *projection = thread->follower->config.projection;

	if (projection != NULL && projection->destroy_memory != NULL && thread->memory != NULL)
		projection->destroy_memory(thread->memory);
	store_session_close(thread->session);
	alarm_destroy(thread->alarm);
	arena_destroy(thread->arena);
	arena_destroy(thread->read);
}

/* If the store cannot be asked, the slots fall when their lease or this process ends. */
static void
let_go(struct follower *follower)
{
	struct follower_thread *thread = &follower->threads[0];

	if (thread->session == NULL || !thread->started)
		return;
	arena_reset(thread->arena);
	(void)!store_let_go_slots(thread->session, thread->arena, follower->config.subscription);
}

void
follower_stop(struct follower *follower)
{
	if (follower == NULL)
		return;
	atomic_store(&follower->stopping, true);
	for (unsigned i = 0; i < follower->config.threads; i++) {
		if (follower->threads[i].started)
			alarm_ring(follower->threads[i].alarm);
	}
	for (unsigned i = 0; i < follower->config.threads; i++) {
		if (follower->threads[i].started)
			pthread_join(follower->threads[i].thread, NULL);
	}
	let_go(follower);
	for (unsigned i = 0; i < follower->config.threads; i++) {
		if (follower->threads[i].follower != NULL)
			end_thread(&follower->threads[i]);
	}
	(void)pthread_mutex_destroy(&follower->lock);
	free(follower->threads);
	free(follower);
}
