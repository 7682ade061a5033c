#include "store/mem/mem_internal.h"

/* ---- timers ---- */

static struct mem_timer *
find_timer(struct mem_world *world, struct uuid eco, enum timer_kind kind)
{
	for (size_t i = 0; i < world->timers.count; i++) {
		struct mem_timer *timer = mem_row(&world->timers, i);

		if (timer->live && timer->timer.kind == kind && uuid_equal(timer->timer.eco, eco))
			return timer;
	}
	return NULL;
}

static struct err *
claim_lost(struct arena *arena, struct str what)
{
	return ERR(
	    arena, ERR_CONFLICT, "%.*s is not claimed by this process (any more)", STR_ARG(what));
}

/* The unclaimed timer that has been due longest, or NULL. */
static struct mem_timer *
earliest_timer(struct mem_world *world, struct instant now)
{
	struct mem_timer *earliest = NULL;

	for (size_t i = 0; i < world->timers.count; i++) {
		struct mem_timer *timer = mem_row(&world->timers, i);

		if (timer->live && timer->owner == 0 && timer->timer.due.us <= now.us &&
		    (earliest == NULL || timer->timer.due.us < earliest->timer.due.us))
			earliest = timer;
	}
	return earliest;
}

struct err *
mem_claim_timers(struct store_session *session, struct arena *arena, struct instant now,
    size_t limit, struct store_timer *ret, size_t *ret_count)
{
	struct mem_world *world = mem_enter(session);
	struct mem_timer *timer;

	(void)arena;
	*ret_count = 0;
	while (*ret_count < limit && (timer = earliest_timer(world, now)) != NULL) {
		mem_change(world, &world->timers, timer);
		timer->owner = mem_instance(session);
		ret[(*ret_count)++] = timer->timer;
	}
	return mem_leave(session, NULL);
}

struct err *
mem_put_back_timer(struct store_session *session, struct arena *arena,
    const struct store_timer *timer, struct instant due)
{
	struct mem_world *world = mem_enter(session);
	struct mem_timer *row = find_timer(world, timer->eco, timer->kind);

	(void)arena;
	/* Moved, forgotten or taken meanwhile: there is nothing to put back. */
	if (row != NULL && row->owner == mem_instance(session) &&
	    row->timer.due.us == timer->due.us) {
		mem_change(world, &world->timers, row);
		row->owner = 0;
		row->timer.due = due;
	}
	return mem_leave(session, NULL);
}

static void
change_timer(struct mem_world *world, struct uuid eco, const struct timer_change *change)
{
	struct mem_timer *timer = find_timer(world, eco, change->kind);

	if (timer == NULL && !change->set)
		return;
	if (timer == NULL) {
		timer = mem_add(world, &world->timers);
		timer->timer.eco = eco;
		timer->timer.kind = change->kind;
	} else {
		mem_change(world, &world->timers, timer);
	}
	timer->live = change->set;
	/* Set again for the same moment it is the same deadline, and stays claimed. */
	if (timer->timer.due.us != change->due.us)
		timer->owner = 0;
	timer->timer.due = change->due;
}

/* ---- the outbox ---- */

struct mem_effect *
mem_find_effect(struct mem_world *world, struct str key)
{
	for (size_t i = 0; i < world->effects.count; i++) {
		struct mem_effect *effect = mem_row(&world->effects, i);

		if (!effect->gone && str_equal(effect->effect.key, key))
			return effect;
	}
	return NULL;
}

/* The effect ${key}, which this process must have claimed, about to be changed; or NULL. */
struct mem_effect *
mem_change_claimed(struct store_session *session, struct mem_world *world, struct str key)
{
	struct mem_effect *effect = mem_find_effect(world, key);

	if (effect == NULL || effect->done || effect->owner != mem_instance(session))
		return NULL;
	mem_change(world, &world->effects, effect);
	return effect;
}

/* When ${effect} was to be done. */
static struct instant
planned(const struct mem_effect *effect)
{
	return effect->waits ? effect->since : effect->effect.due;
}

bool
mem_is_before(const struct mem_effect *left, const struct mem_effect *right)
{
	int urgency = effect_urgency(left->effect.type) - effect_urgency(right->effect.type);
	struct str a = left->effect.key, b = right->effect.key;
	size_t least = a.len < b.len ? a.len : b.len;
	int order;

	if (urgency != 0)
		return urgency < 0;
	if (planned(left).us != planned(right).us)
		return planned(left).us < planned(right).us;
	order = memcmp(a.ptr, b.ptr, least);
	return order != 0 ? order < 0 : a.len < b.len;
}

static struct mem_effect *
next_wanted(struct mem_world *world, enum effect_lane lane, struct instant now)
{
	struct mem_effect *first = NULL;

	for (size_t i = 0; i < world->effects.count; i++) {
		struct mem_effect *effect = mem_row(&world->effects, i);

		if (!effect->done && effect->owner == 0 &&
		    effect_lane(effect->effect.type) == lane && effect->effect.due.us <= now.us &&
		    (first == NULL || mem_is_before(effect, first)))
			first = effect;
	}
	return first;
}

struct err *
mem_claim_effects(struct store_session *session, struct arena *arena, enum effect_lane lane,
    struct instant now, size_t limit, struct store_claim *ret, size_t *ret_count)
{
	struct mem_world *world = mem_enter(session);
	struct mem_effect *effect;

	*ret_count = 0;
	while (*ret_count < limit && (effect = next_wanted(world, lane, now)) != NULL) {
		struct store_claim *claim = &ret[(*ret_count)++];

		mem_change(world, &world->effects, effect);
		effect->owner = mem_instance(session);
		effect->tries++;
		*claim = (struct store_claim){ .effect = effect->effect,
			.tries = effect->tries,
			.begun = effect->begun,
			.begun_at = effect->begun_at };
		claim->effect.due = planned(effect);
		claim->effect.key = arena_copy(arena, claim->effect.key);
		claim->effect.provider_id = arena_copy(arena, claim->effect.provider_id);
	}
	return mem_leave(session, arena_exhausted(arena) ? store_out_of_memory(arena) : NULL);
}

struct err *
mem_begin_effect(
    struct store_session *session, struct arena *arena, struct str key, struct instant now)
{
	struct mem_effect *effect = mem_change_claimed(session, mem_enter(session), key);

	if (effect == NULL)
		return mem_leave(session, claim_lost(arena, key));
	effect->begun = true;
	effect->begun_at = now;
	return mem_leave(session, NULL);
}

struct err *
mem_put_back_effect(struct store_session *session, struct arena *arena, struct str key,
    struct instant due, bool begun, struct str problem)
{
	struct mem_world *world = mem_enter(session);
	struct mem_effect *effect = mem_change_claimed(session, world, key);

	if (effect == NULL)
		return mem_leave(session, claim_lost(arena, key));
	effect->owner = 0;
	effect->effect.due = due;
	effect->begun = effect->begun && begun;
	effect->problem = mem_keep(world, problem);
	return mem_leave(session, NULL);
}

static struct err *
finish_effect(
    struct store_session *session, struct mem_world *world, struct arena *arena, struct str key)
{
	struct mem_effect *effect = mem_change_claimed(session, world, key);

	if (effect == NULL)
		return claim_lost(arena, key);
	effect->done = true;
	effect->owner = 0;
	return NULL;
}

struct err *
mem_drop_effect(struct store_session *session, struct arena *arena, struct str key)
{
	struct mem_world *world = mem_enter(session);

	return mem_leave(session, finish_effect(session, world, arena, key));
}

/* ---- what an append writes ---- */

struct err *
mem_settle_claims(struct store_session *session, struct mem_world *world, struct arena *arena,
    const struct store_append *append)
{
	struct mem_timer *timer;

	if (!str_empty(append->settles_effect))
		TRY(finish_effect(session, world, arena, append->settles_effect));
	if (!append->settles_timer)
		return NULL;
	timer = find_timer(world, append->stream, append->settled_kind);
	if (timer == NULL || timer->timer.due.us != append->settled_due.us)
		return NULL;
	if (timer->owner != mem_instance(session))
		return claim_lost(arena, timer_name(append->settled_kind));
	mem_change(world, &world->timers, timer);
	timer->live = false;
	return NULL;
}

static void
write_effect(struct mem_world *world, const struct store_effect *effect)
{
	struct mem_effect *row;

	if (mem_find_effect(world, effect->key) != NULL)
		return;
	row = mem_add(world, &world->effects);
	row->effect = *effect;
	row->effect.key = mem_keep(world, effect->key);
	row->effect.provider_id = mem_keep(world, effect->provider_id);
}

void
mem_write_work(struct mem_world *world, const struct store_append *append)
{
	for (size_t i = 0; i < append->effect_count; i++)
		write_effect(world, &append->effects[i]);
	for (size_t i = 0; i < append->timer_count; i++)
		change_timer(world, append->stream, &append->timers[i]);
}

/* ---- around ---- */

static void
earlier(bool *any, struct instant *due, struct instant candidate)
{
	if (!*any || candidate.us < due->us)
		*due = candidate;
	*any = true;
}

/* The earliest timer that nobody has claimed, if it is before ${*ret_due}. */
static void
next_timer(const struct mem_world *world, bool *ret_any, struct instant *ret_due)
{
	for (size_t i = 0; i < world->timers.count; i++) {
		const struct mem_timer *timer = mem_row(&world->timers, i);

		if (timer->live && timer->owner == 0)
			earlier(ret_any, ret_due, timer->timer.due);
	}
}

/* The same of the effects of ${lane}. */
static void
next_effect(
    const struct mem_world *world, enum effect_lane lane, bool *ret_any, struct instant *ret_due)
{
	for (size_t i = 0; i < world->effects.count; i++) {
		const struct mem_effect *effect = mem_row(&world->effects, i);

		if (!effect->done && effect->owner == 0 && effect_lane(effect->effect.type) == lane)
			earlier(ret_any, ret_due, effect->effect.due);
	}
}

struct err *
mem_next_timer(
    struct store_session *session, struct arena *arena, bool *ret_any, struct instant *ret_due)
{
	(void)arena;
	*ret_any = false;
	next_timer(mem_enter(session), ret_any, ret_due);
	return mem_leave(session, NULL);
}

struct err *
mem_next_effect(struct store_session *session, struct arena *arena, enum effect_lane lane,
    bool *ret_any, struct instant *ret_due)
{
	(void)arena;
	*ret_any = false;
	next_effect(mem_enter(session), lane, ret_any, ret_due);
	return mem_leave(session, NULL);
}

struct err *
mem_next_due(
    struct store_session *session, struct arena *arena, bool *ret_any, struct instant *ret_due)
{
	const struct mem_world *world = mem_enter(session);

	(void)arena;
	*ret_any = false;
	next_timer(world, ret_any, ret_due);
	for (enum effect_lane lane = 0; lane < LANE_COUNT; lane++)
		next_effect(world, lane, ret_any, ret_due);
	return mem_leave(session, NULL);
}

struct err *
mem_find_provider_id(struct store_session *session, struct arena *arena, struct str provider_id,
    bool *ret_found, struct uuid *ret_eco, int64_t *ret_number)
{
	const struct mem_world *world = mem_enter(session);

	(void)arena;
	*ret_found = false;
	for (size_t i = 0; i < world->provider_ids.count && !*ret_found; i++) {
		const struct mem_provider_id *row = mem_row(&world->provider_ids, i);

		if (!str_equal(row->id, provider_id))
			continue;
		*ret_found = true;
		*ret_eco = row->eco;
		*ret_number = row->number;
	}
	return mem_leave(session, NULL);
}

struct err *
mem_record_rejection(
    struct store_session *session, struct arena *arena, const struct store_rejection *rejection)
{
	struct mem_world *world = mem_enter(session);
	struct store_rejection *row = mem_add(world, &world->rejections);

	(void)arena;
	row->at = rejection->at;
	row->route = mem_keep(world, rejection->route);
	row->peer = mem_keep(world, rejection->peer);
	row->reason = mem_keep(world, rejection->reason);
	return mem_leave(session, NULL);
}

struct err *
mem_list_rejections(struct store_session *session, struct arena *arena, size_t limit,
    struct store_rejection *ret, size_t *ret_count)
{
	const struct mem_world *world = mem_enter(session);

	*ret_count = 0;
	for (size_t i = world->rejections.count; i > 0 && *ret_count < limit; i--) {
		const struct store_rejection *row = mem_row(&world->rejections, i - 1);

		ret[(*ret_count)++] =
		    (struct store_rejection){ row->at, arena_copy(arena, row->route),
			    arena_copy(arena, row->peer), arena_copy(arena, row->reason) };
	}
	return mem_leave(session, arena_exhausted(arena) ? store_out_of_memory(arena) : NULL);
}

static void
count_effects(const struct mem_world *world, struct instant now, struct store_backlog *backlog)
{
	for (size_t i = 0; i < world->effects.count; i++) {
		const struct mem_effect *effect = mem_row(&world->effects, i);

		if (effect->done)
			continue;
		backlog->claimed += effect->owner != 0;
		if (effect->effect.due.us <= now.us)
			backlog->effects_due++;
		else
			backlog->effects_waiting++;
	}
}

/* How far the slowest of those who follow is behind. */
static int64_t
slowest_distance(const struct mem_world *world)
{
	int64_t behind = 0;

	for (size_t i = 0; i < world->subscriptions.count; i++) {
		const struct mem_subscription *row = mem_row(&world->subscriptions, i);
		bool followed = row->mode == STORE_LIVE || row->mode == STORE_STANDBY;

		if (followed && world->head - mem_slowest(row) > behind)
			behind = world->head - mem_slowest(row);
	}
	return behind;
}

/* Whether a timer of ${kind} is a ring-down's. */
static bool
keeps_ringdown(enum timer_kind kind)
{
	return kind == TIMER_ATTEMPT || kind == TIMER_PAGER_RETRY || kind == TIMER_ARRIVAL;
}

/* How many ECOs wait for an answer, or for the next round. */
static int64_t
count_ringdowns(struct mem_world *world)
{
	int64_t count = 0;

	for (size_t i = 0; i < world->timers.count; i++) {
		const struct mem_timer *timer = mem_row(&world->timers, i);
		const struct mem_timer *other = find_timer(world, timer->timer.eco, TIMER_ATTEMPT);

		count +=
		    timer->live && (timer->timer.kind == TIMER_ATTEMPT ||
				       (timer->timer.kind == TIMER_PAGER_RETRY && other == NULL));
	}
	return count;
}

struct err *
mem_backlog(struct store_session *session, struct arena *arena, struct instant now,
    struct store_backlog *ret)
{
	struct mem_world *world = mem_enter(session);

	(void)arena;
	*ret = (struct store_backlog){ .unsequenced = (int64_t)world->events.count - world->head,
		.behind = slowest_distance(world) };
	for (size_t i = 0; i < world->parked.count; i++)
		ret->parked += ((const struct mem_parked *)mem_row(&world->parked, i))->live;
	count_effects(world, now, ret);
	for (size_t i = 0; i < world->timers.count; i++) {
		const struct mem_timer *timer = mem_row(&world->timers, i);

		ret->timers_due += timer->live && timer->timer.due.us <= now.us;
		ret->claimed += timer->live && timer->owner != 0;
	}
	ret->ringdowns = count_ringdowns(world);
	return mem_leave(session, NULL);
}

/* ---- what is late ---- */

/* Whether an earlier timer of the same ECO, of a ring-down and late, was counted before ${end}. */
static bool
is_counted(const struct mem_world *world, size_t end, struct uuid eco, struct instant before)
{
	for (size_t i = 0; i < end; i++) {
		const struct mem_timer *timer = mem_row(&world->timers, i);

		if (timer->live && timer->timer.due.us <= before.us &&
		    keeps_ringdown(timer->timer.kind) && uuid_equal(timer->timer.eco, eco))
			return true;
	}
	return false;
}

static void
find_late_timers(const struct mem_world *world, struct instant before, struct store_lateness *ret)
{
	for (size_t i = 0; i < world->timers.count; i++) {
		const struct mem_timer *timer = mem_row(&world->timers, i);

		if (!timer->live)
			continue;
		earlier(&ret->has_timer, &ret->oldest_timer, timer->timer.due);
		if (timer->timer.due.us > before.us || ret->timers == STORE_LATE_MAX)
			continue;
		ret->timers++;
		ret->ringdowns += keeps_ringdown(timer->timer.kind) &&
				  !is_counted(world, i, timer->timer.eco, before);
	}
}

struct err *
mem_lateness(struct store_session *session, struct arena *arena, struct instant before,
    struct store_lateness *ret)
{
	const struct mem_world *world = mem_enter(session);

	(void)arena;
	*ret = (struct store_lateness){ .head = world->head,
		.followed = world->head - slowest_distance(world),
		.unsequenced = (int64_t)world->events.count > world->head };
	find_late_timers(world, before, ret);
	for (size_t i = 0; i < world->effects.count; i++) {
		const struct mem_effect *effect = mem_row(&world->effects, i);

		if (effect->done || effect_lane(effect->effect.type) != LANE_PAGING)
			continue;
		earlier(&ret->has_effect, &ret->oldest_effect, effect->effect.due);
		ret->effects += effect->effect.due.us <= before.us && ret->effects < STORE_LATE_MAX;
	}
	return mem_leave(session, NULL);
}
