#include "support/follower_world.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define LOOKS_MAX  30000 /* of a millisecond each */
#define MARKS_MAX  1000
#define SUFFIX_MAX 64

static pthread_mutex_t poison_lock = PTHREAD_MUTEX_INITIALIZER;
static struct uuid poison_stream;
static int64_t poison_version;

void
poison(struct uuid stream, int64_t version)
{
	pthread_mutex_lock(&poison_lock);
	poison_stream = stream;
	poison_version = version;
	pthread_mutex_unlock(&poison_lock);
}

static struct err *
check_poison(struct arena *arena, const struct store_event *event)
{
	bool is;

	pthread_mutex_lock(&poison_lock);
	is = poison_version == event->version && uuid_equal(poison_stream, event->stream);
	pthread_mutex_unlock(&poison_lock);
	if (is)
		return ERR(arena, ERR_CORRUPT, "the test calls version %lld poison",
		    (long long)event->version);
	return NULL;
}

static struct err *
make_mark(struct store_session *session, struct arena *arena, struct str subscription,
    const struct store_event *event)
{
	return store_record_rejection(session, arena, at_s(0), subscription, STR("127.0.0.1"),
	    arena_printf(arena, "%.*s %lld", STR_ARG(uuid_text(arena, event->stream)),
		(long long)event->version));
}

/* ---- a projection ---- */

static struct err *
mark_all(const struct projection_turn *turn, const struct projection_events *events)
{
	for (size_t i = 0; i < events->count; i++) {
		TRY(check_poison(turn->arena, events->at[i]));
		TRY(make_mark(turn->session, turn->arena,
		    projection_subscription(turn->arena, &marking, turn->build), events->at[i]));
	}
	return NULL;
}

const struct projection marking = { .name = STR("marks"), .slots = 4, .apply = mark_all };

/* ---- a reactor ---- */

/*
 * The reaction to an event is an event of another stream, whose id says so: its first
 * byte is 0xff, and those are not reacted to.
 */
static struct uuid
reaction_stream(struct uuid stream)
{
	stream.bytes[0] = 0xff;
	return stream;
}

struct err *
mark_by_appending(void *context, const struct follower_turn *turn, const struct store_event *event,
    const struct store_move *move, bool *ret_moved)
{
	struct uuid stream = reaction_stream(event->stream);
	struct store_event reaction = *event;
	struct store_append_result result;
	struct store_events before;

	*ret_moved = false;
	if (event->stream.bytes[0] == 0xff)
		return NULL;
	TRY(check_poison(turn->arena, event));
	if (context != NULL)
		((void (*)(void))(uintptr_t)context)();
	TRY(store_read_stream(turn->session, turn->arena, stream, 0, STORE_ROWS_MAX, &before));
	reaction.id = uuid_from_name(arena_printf(
	    turn->arena, "reaction to %.*s", STR_ARG(uuid_text(turn->arena, event->id))));
	reaction.payload = arena_printf(turn->arena, "%lld", (long long)event->version);
	TRY(store_append(turn->session, turn->arena,
	    &(struct store_append){
		.stream = stream,
		.expected_version = (int64_t)before.count,
		.noc = event->noc,
		.osp = event->osp,
		.events = &reaction,
		.event_count = 1,
		.command_key = event->id,
		.follower = turn->subscription,
		.move = *move,
	    },
	    &result));
	*ret_moved = result.outcome == STORE_APPENDED;
	return NULL;
}

/* ---- set up ---- */

int
follower_world_setup(void **state)
{
	struct follower_world *world = calloc(1, sizeof(*world));
	struct arena *arena;
	void *inner;

	assert_non_null(world);
	assert_int_equal(world_setup(&inner), 0);
	world->world = inner;
	arena = world->world->arena;
	strcpy(world->folder, "/tmp/strike-follower-XXXXXX");
	assert_non_null(mkdtemp(world->folder));
	OK(clock_create_virtual(
	    arena, arena_printf(arena, "%s/clock", world->folder).ptr, at_s(0), &world->clock));
	world->log_fd = getenv("STRIKE_TEST_VERBOSE") != NULL ? dup(STDERR_FILENO)
							      : open("/dev/null", O_WRONLY);
	world->log = log_create(world->log_fd, LOG_LOGFMT, LOG_DEBUG);
	world->feed = feed_create();
	poison(UUID_NIL, 0);
	*state = world;
	return 0;
}

int
follower_world_teardown(void **state)
{
	struct follower_world *world = *state;
	void *inner = world->world;

	feed_destroy(world->feed);
	log_destroy(world->log);
	close(world->log_fd);
	clock_destroy(world->clock);
	unlink(arena_printf(world->world->arena, "%s/clock", world->folder).ptr);
	rmdir(world->folder);
	world_teardown(&inner);
	free(world);
	return 0;
}

struct follower *
start_follower(struct follower_world *world, struct store *store, struct feed *feed,
    const char *subscription, const struct projection *projection, unsigned threads)
{
	struct str name = str_from_z(subscription);
	struct follower *follower;

	OK(store_subscribe(world->world->worker, world->world->arena, name, 4, STORE_LIVE));
	OK(follower_start(world->world->arena,
	    &(struct follower_config){
		.store = store,
		.clock = world->clock,
		.log = world->log,
		.feed = feed,
		.subscription = name,
		.threads = threads,
		.projection = projection,
		.build = name.ptr[name.len - 1] - '0',
		.react = projection == NULL ? mark_by_appending : NULL,
	    },
	    &follower));
	return follower;
}

/* ---- waiting ---- */

void
wait_a_little(void)
{
	usleep(1000);
}

int64_t
sequence_and_tell(struct follower_world *world, struct feed *feed, struct follower *follower)
{
	int64_t head = world_sequence(world->world);

	if (feed_tell(feed, head) && follower != NULL)
		follower_wake(follower);
	return head;
}

static bool
is_at_head(struct follower_world *world, struct str name)
{
	struct arena_mark mark = arena_mark(world->world->arena);
	struct store_subscriptions list;
	bool at_head = false;

	OK(store_list_subscriptions(world->world->worker, world->world->arena, &list));
	for (size_t i = 0; i < list.count; i++)
		at_head |= str_equal(list.at[i].name, name) && list.at[i].slowest == list.head;
	arena_release(world->world->arena, mark);
	return at_head;
}

void
wait_for_head(struct follower_world *world, const char *subscription)
{
	for (int i = 0; i < LOOKS_MAX; i++) {
		if (is_at_head(world, str_from_z(subscription)))
			return;
		wait_a_little();
	}
	fail_msg("%s does not come to the head", subscription);
}

void
wait_for_parked(struct follower_world *world, const char *subscription, size_t count)
{
	struct store_parked_list list = { NULL, 0 };

	for (int i = 0; i < LOOKS_MAX; i++) {
		struct arena_mark mark = arena_mark(world->world->arena);

		OK(store_list_parked(world->world->worker, world->world->arena,
		    str_from_z(subscription), STORE_ROWS_MAX, &list));
		arena_release(world->world->arena, mark);
		if (list.count == count)
			return;
		wait_a_little();
	}
	fail_msg("%zu streams are parked for %s, not %zu", list.count, subscription, count);
}

/* ---- what was done ---- */

static void
add_reactions(struct follower_world *world, struct uuid stream, struct buf *buf)
{
	struct store_events events;

	OK(store_read_stream(world->world->worker, world->world->arena, reaction_stream(stream), 0,
	    STORE_ROWS_MAX, &events));
	for (size_t i = 0; i < events.count; i++) {
		buf_str(buf, STR(" "));
		buf_str(buf, events.at[i].payload);
	}
}

static void
add_marks(
    struct follower_world *world, struct str subscription, struct uuid stream, struct buf *buf)
{
	struct arena *arena = world->world->arena;
	struct store_rejection *marks = arena_array(arena, struct store_rejection, MARKS_MAX);
	struct str id = uuid_text(arena, stream);
	size_t count;

	assert_non_null(marks);
	OK(store_list_rejections(world->world->worker, arena, MARKS_MAX, marks, &count));
	/* The newest come first. */
	for (size_t i = count; i > 0; i--) {
		struct str reason = marks[i - 1].reason;

		if (str_equal(marks[i - 1].route, subscription) && str_starts_with(reason, id))
			buf_str(buf, (struct str){ reason.ptr + id.len, reason.len - id.len });
	}
}

const char *
marks_of(struct follower_world *world, const char *subscription, struct uuid stream)
{
	struct arena_mark mark = arena_mark(world->world->arena);
	char memory[8192];
	struct buf buf = buf_over(memory, sizeof(memory));

	if (str_equal(str_from_z(subscription), STR("reactor.1")))
		add_reactions(world, stream, &buf);
	else
		add_marks(world, str_from_z(subscription), stream, &buf);
	assert_false(buf.overflowed);
	/* It is asked again and again, until it is what is waited for. */
	arena_release(world->world->arena, mark);
	if (buf.len == 0)
		return "";
	/* Without the first blank. */
	return arena_copy_z(world->world->arena, (struct str){ buf.ptr + 1, buf.len - 1 });
}
