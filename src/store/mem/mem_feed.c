#include <stdlib.h>

#include "store/mem/mem_internal.h"

struct mem_subscription *
mem_find_subscription(struct mem_world *world, struct str name)
{
	for (size_t i = 0; i < world->subscriptions.count; i++) {
		struct mem_subscription *subscription = mem_row(&world->subscriptions, i);

		if (str_equal(subscription->name, name))
			return subscription;
	}
	return NULL;
}

struct mem_subscription *
mem_add_subscription(struct mem_world *world, struct str name, int64_t slots, enum store_mode mode)
{
	struct mem_subscription *subscription = mem_add(world, &world->subscriptions);

	subscription->name = mem_keep(world, name);
	subscription->of = slots;
	subscription->mode = mode;
	return subscription;
}

int64_t
mem_slowest(const struct mem_subscription *subscription)
{
	int64_t slowest = subscription->slots[0].position;

	for (int64_t i = 1; i < subscription->of; i++) {
		if (subscription->slots[i].position < slowest)
			slowest = subscription->slots[i].position;
	}
	return slowest;
}

struct err *
mem_subscribe(struct store_session *session, struct arena *arena, struct str name, int64_t slots,
    enum store_mode mode)
{
	struct mem_world *world = mem_enter(session);

	(void)arena;
	if (mem_find_subscription(world, name) == NULL)
		mem_add_subscription(world, name, slots, mode);
	return mem_leave(session, NULL);
}

/* ---- slots ---- */

/* From now on ${instance} is one of those who share the slots of ${name}, or is not any more. */
static void
note_follower(struct mem_world *world, struct str name, int64_t instance, bool follows)
{
	struct mem_follower *follower;

	for (size_t i = 0; i < world->followers.count; i++) {
		follower = mem_row(&world->followers, i);
		if (follower->instance != instance || !str_equal(follower->subscription, name))
			continue;
		mem_change(world, &world->followers, follower);
		follower->live = follows;
		return;
	}
	follower = mem_add(world, &world->followers);
	follower->subscription = mem_keep(world, name);
	follower->instance = instance;
	follower->live = follows;
}

static int64_t
count_followers(const struct mem_world *world, struct str name)
{
	int64_t count = 0;

	for (size_t i = 0; i < world->followers.count; i++) {
		const struct mem_follower *follower = mem_row(&world->followers, i);

		count += follower->live && str_equal(follower->subscription, name);
	}
	return count;
}

static int64_t
count_held(const struct mem_subscription *subscription, int64_t instance)
{
	int64_t held = 0;

	for (int64_t i = 0; i < subscription->of; i++)
		held += subscription->slots[i].owner == instance;
	return held;
}

static void
keep_no_more_than(struct mem_subscription *subscription, int64_t instance, int64_t share)
{
	int64_t held = count_held(subscription, instance);

	for (int64_t i = subscription->of - 1; i >= 0 && held > share; i--) {
		if (subscription->slots[i].owner != instance)
			continue;
		subscription->slots[i].owner = 0;
		held--;
	}
}

static void
take_up_to(struct mem_subscription *subscription, int64_t instance, int64_t share)
{
	int64_t held = count_held(subscription, instance);

	for (int64_t i = 0; i < subscription->of && held < share; i++) {
		if (subscription->slots[i].owner != 0)
			continue;
		subscription->slots[i].owner = instance;
		subscription->slots[i].epoch++;
		held++;
	}
}

/* Who may hold slots in ${mode}. */
static bool
may_follow(enum store_mode mode, bool rebuilds)
{
	switch (mode) {
	case STORE_LIVE:
	case STORE_STANDBY:
		return true;
	case STORE_REBUILD:
		return rebuilds;
	case STORE_OFF:
		return false;
	}
	UNREACHABLE("mode of a subscription");
}

static void
show_held(const struct mem_subscription *subscription, int64_t instance, struct store_slots *ret)
{
	*ret = (struct store_slots){
		.mode = subscription->mode, .of = subscription->of, .gate = subscription->gate
	};
	for (int64_t i = 0; i < subscription->of; i++) {
		const struct mem_slot *slot = &subscription->slots[i];

		if (slot->owner == instance)
			ret->at[ret->count++] =
			    (struct store_slot){ i, slot->position, slot->epoch };
	}
}

struct err *
mem_hold_slots(struct store_session *session, struct arena *arena, struct str name, bool rebuilds,
    struct store_slots *ret)
{
	struct mem_world *world = mem_enter(session);
	struct mem_subscription *subscription = mem_find_subscription(world, name);
	int64_t instance = mem_instance(session), share = 0;

	if (subscription == NULL)
		return mem_leave(session,
		    ERR(arena, ERR_CORRUPT, "there is no subscription \"%.*s\"", STR_ARG(name)));
	mem_change(world, &world->subscriptions, subscription);
	note_follower(world, name, instance, may_follow(subscription->mode, rebuilds));
	if (may_follow(subscription->mode, rebuilds)) {
		int64_t sharers = count_followers(world, name);

		share = (subscription->of + sharers - 1) / sharers;
	}
	keep_no_more_than(subscription, instance, share);
	take_up_to(subscription, instance, share);
	show_held(subscription, instance, ret);
	return mem_leave(session, NULL);
}

struct err *
mem_let_go_slots(struct store_session *session, struct arena *arena, struct str name)
{
	struct mem_world *world = mem_enter(session);
	struct mem_subscription *subscription = mem_find_subscription(world, name);

	(void)arena;
	if (subscription == NULL)
		return mem_leave(session, NULL);
	mem_change(world, &world->subscriptions, subscription);
	note_follower(world, name, mem_instance(session), false);
	keep_no_more_than(subscription, mem_instance(session), 0);
	return mem_leave(session, NULL);
}

static bool
may_move(
    const struct mem_subscription *subscription, int64_t instance, const struct store_move *move)
{
	const struct mem_slot *slot;

	if (subscription == NULL || move->slot < 0 || move->slot >= subscription->of)
		return false;
	slot = &subscription->slots[move->slot];
	return slot->owner == instance && slot->epoch == move->epoch &&
	       slot->position == move->from;
}

struct err *
mem_move_held(struct store_session *session, struct mem_world *world, struct arena *arena,
    struct str name, const struct store_move *moves, size_t count)
{
	struct mem_subscription *subscription = mem_find_subscription(world, name);

	if (subscription != NULL)
		mem_change(world, &world->subscriptions, subscription);
	for (size_t i = 0; i < count; i++) {
		if (!may_move(subscription, mem_instance(session), &moves[i]))
			return ERR(arena, ERR_CONFLICT,
			    "slot %lld of \"%.*s\" is not held in epoch %lld at position %lld (any "
			    "more)",
			    (long long)moves[i].slot, STR_ARG(name), (long long)moves[i].epoch,
			    (long long)moves[i].from);
		subscription->slots[moves[i].slot].position = moves[i].to;
	}
	return NULL;
}

/* Nothing here outlives the process, so a lazy commit is like any other. */
struct err *
mem_move_slots(struct store_session *session, struct arena *arena, struct str name,
    const struct store_move *moves, size_t count, bool lazy)
{
	struct mem_world *world = mem_enter(session);

	(void)lazy;
	return mem_leave(session, mem_move_held(session, world, arena, name, moves, count));
}

/* ---- what there is ---- */

static int64_t
count_parked(const struct mem_world *world, struct str name)
{
	int64_t count = 0;

	for (size_t i = 0; i < world->parked.count; i++) {
		const struct mem_parked *row = mem_row(&world->parked, i);

		count += row->live && str_equal(row->parked.subscription, name);
	}
	return count;
}

static int
compare_names(const void *left, const void *right)
{
	const struct store_subscription *a = left, *b = right;

	return str_compare(a->name, b->name);
}

struct err *
mem_list_subscriptions(
    struct store_session *session, struct arena *arena, struct store_subscriptions *ret)
{
	const struct mem_world *world = mem_enter(session);
	size_t count = world->subscriptions.count;
	struct store_subscription *list = arena_array(arena, struct store_subscription, count + 1);

	if (list == NULL)
		return mem_leave(session, store_out_of_memory(arena));
	for (size_t i = 0; i < count; i++) {
		const struct mem_subscription *row = mem_row(&world->subscriptions, i);

		list[i] = (struct store_subscription){ .name = arena_copy(arena, row->name),
			.mode = row->mode,
			.slots = row->of,
			.held = row->of - count_held(row, 0),
			.slowest = mem_slowest(row),
			.parked = count_parked(world, row->name) };
	}
	qsort(list, count, sizeof(list[0]), compare_names);
	*ret = (struct store_subscriptions){ list, count, world->head };
	return mem_leave(session, arena_exhausted(arena) ? store_out_of_memory(arena) : NULL);
}
