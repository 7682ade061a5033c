#include "store/mem/mem_internal.h"

/* The only projection whose rows stand in this store. */
#define BOARD STR("eco_board")

static struct mem_projection *
find_projection(const struct mem_world *world, struct str name)
{
	for (size_t i = 0; i < world->projections.count; i++) {
		struct mem_projection *projection = mem_row(&world->projections, i);

		if (str_equal(projection->name, name))
			return projection;
	}
	return NULL;
}

int64_t
mem_live_of(const struct mem_world *world, struct str projection)
{
	const struct mem_projection *row = find_projection(world, projection);

	return row == NULL ? 1 : row->live;
}

static void
set_live(struct mem_world *world, struct str name, int64_t build)
{
	struct mem_projection *row = find_projection(world, name);

	if (row == NULL) {
		row = mem_add(world, &world->projections);
		row->name = mem_keep(world, name);
	} else {
		mem_change(world, &world->projections, row);
	}
	row->live = build;
}

/* Room for the name of a build's subscription. */
struct build_name {
	char memory[STORE_KEY_BYTES_MAX + 32];
};

static struct str
subscription_of(struct build_name *name, struct str projection, int64_t build)
{
	struct buf buf = buf_over(name->memory, sizeof(name->memory));

	buf_printf(&buf, "%.*s.%lld", STR_ARG(projection), (long long)build);
	return buf_view(&buf);
}

static struct mem_subscription *
find_build(struct mem_world *world, struct str projection, int64_t build)
{
	struct build_name name;

	return mem_find_subscription(world, subscription_of(&name, projection, build));
}

struct err *
mem_live_build(
    struct store_session *session, struct arena *arena, struct str projection, int64_t *ret)
{
	(void)arena;
	*ret = mem_live_of(mem_enter(session), projection);
	return mem_leave(session, NULL);
}

/* Begin ${build} of ${projection} anew: no rows, nothing parked, and nobody holds a slot. */
static void
empty_build(struct mem_world *world, struct str projection, int64_t build,
    struct mem_subscription *subscription, enum store_mode mode)
{
	if (str_equal(projection, BOARD))
		mem_empty_board(world, build);
	mem_forget_parked(world, subscription->name);
	mem_change(world, &world->subscriptions, subscription);
	subscription->mode = mode;
	for (size_t i = 0; i < COUNT_OF(subscription->slots); i++) {
		subscription->slots[i].position = 0;
		subscription->slots[i].owner = 0;
	}
}

static struct err *
begin_build(struct mem_world *world, struct arena *arena, struct str projection, int64_t build)
{
	const struct mem_subscription *live = find_build(world, projection, 3 - build);
	struct mem_subscription *other = find_build(world, projection, build);
	struct build_name name;
	int64_t slots;

	if (live == NULL)
		return ERR(arena, ERR_CONFLICT, "nobody follows the projection \"%.*s\"",
		    STR_ARG(projection));
	slots = live->of;
	if (other == NULL)
		other = mem_add_subscription(
		    world, subscription_of(&name, projection, build), slots, STORE_REBUILD);
	empty_build(world, projection, build, other, STORE_REBUILD);
	other->of = slots;
	return NULL;
}

struct err *
mem_begin_build(
    struct store_session *session, struct arena *arena, struct str projection, int64_t *ret)
{
	struct mem_world *world = mem_enter(session);

	*ret = 3 - mem_live_of(world, projection);
	return mem_leave(session, begin_build(world, arena, projection, *ret));
}

/* Whether readers who go from ${live} to ${next} would go back in time. */
static bool
is_behind(const struct mem_subscription *next, const struct mem_subscription *live)
{
	if (next->of != live->of)
		return true;
	for (int64_t i = 0; i < next->of; i++) {
		if (next->slots[i].position < live->slots[i].position)
			return true;
	}
	return false;
}

static struct err *
switch_build(struct mem_world *world, struct arena *arena, struct str projection, int64_t build)
{
	struct mem_subscription *live = find_build(world, projection, 3 - build);
	struct mem_subscription *next = find_build(world, projection, build);

	if (mem_live_of(world, projection) == build)
		return NULL;
	if (live == NULL || next == NULL || next->mode == STORE_OFF || is_behind(next, live))
		return ERR(arena, ERR_CONFLICT,
		    "build %lld of \"%.*s\" is behind the one that is live", (long long)build,
		    STR_ARG(projection));
	mem_change(world, &world->subscriptions, live);
	mem_change(world, &world->subscriptions, next);
	live->mode = STORE_STANDBY;
	next->mode = STORE_LIVE;
	/* What the live one has not come to is behind the gate, whichever slot it is of. */
	next->gate = mem_slowest(live);
	set_live(world, projection, build);
	return NULL;
}

struct err *
mem_switch_build(
    struct store_session *session, struct arena *arena, struct str projection, int64_t build)
{
	struct mem_world *world = mem_enter(session);

	return mem_leave(session, switch_build(world, arena, projection, build));
}

struct err *
mem_end_build(struct store_session *session, struct arena *arena, struct str projection)
{
	struct mem_world *world = mem_enter(session);
	int64_t build = 3 - mem_live_of(world, projection);
	struct mem_subscription *subscription = find_build(world, projection, build);

	(void)arena;
	if (subscription != NULL)
		empty_build(world, projection, build, subscription, STORE_OFF);
	return mem_leave(session, NULL);
}

/* Whether the event at ${index} has been dealt with for ${subscription}. */
static bool
has_passed(const struct mem_world *world, const struct mem_subscription *subscription, size_t index)
{
	const struct store_event *event = mem_row(&world->events, index);
	int64_t slot, position = mem_position(world, index);

	if (subscription == NULL || position == 0)
		return false;
	slot = store_slot_of(event->stream, subscription->of);
	return subscription->slots[slot].position >= position &&
	       !mem_is_parked(world, subscription->name, event->stream, event->version);
}

struct err *
mem_is_visible(struct store_session *session, struct arena *arena, struct str projection,
    struct uuid stream, int64_t version, bool *ret)
{
	struct mem_world *world = mem_enter(session);
	size_t index = mem_find_event(world, stream, version);
	const struct mem_stream *now = mem_find_stream(world, stream);
	const struct store_event *event;

	(void)arena;
	*ret = false;
	if (index == SIZE_MAX)
		return mem_leave(session, NULL);
	event = mem_row(&world->events, index);
	*ret =
	    (store_may_see(session, now->noc, now->osp) ||
		store_may_see(session, event->noc, event->osp)) &&
	    has_passed(world, find_build(world, projection, mem_live_of(world, projection)), index);
	return mem_leave(session, NULL);
}
