#include "store/mem/mem_internal.h"

struct mem_stream *
mem_find_stream(struct mem_world *world, struct uuid id)
{
	for (size_t i = 0; i < world->streams.count; i++) {
		struct mem_stream *stream = mem_row(&world->streams, i);

		if (uuid_equal(stream->id, id))
			return stream;
	}
	return NULL;
}

static struct mem_command *
find_key(struct mem_world *world, struct uuid scope, struct uuid key)
{
	for (size_t i = 0; i < world->commands.count; i++) {
		struct mem_command *command = mem_row(&world->commands, i);

		if (uuid_equal(command->scope, scope) && uuid_equal(command->key, key))
			return command;
	}
	return NULL;
}

/* What a key that has been used says to ${body_hash}. */
static void
answer_again(const struct mem_command *command, struct arena *arena, struct sha256 body_hash,
    struct store_append_result *ret)
{
	if (!sha256_equal(command->body_hash, body_hash)) {
		ret->outcome = STORE_KEY_REUSED;
		return;
	}
	ret->outcome = STORE_REPEATED;
	ret->answer = arena_copy(arena, command->answer);
}

static void
keep_key(struct mem_world *world, const struct store_append *append)
{
	struct mem_command *command = mem_add(world, &world->commands);

	command->scope = append->command_scope;
	command->key = append->command_key;
	command->body_hash = append->body_hash;
	command->answer = mem_keep(world, append->answer);
}

/*
 * Whether ${session} may append ${part} to ${stream} (NULL: a new one).  With another OSP
 * than the stream's, the append hands the stream over: so may its NOC, and a worker.
 */
static bool
may_append(const struct store_session *session, const struct mem_stream *stream,
    const struct store_also *part)
{
	bool hands_over;

	if (!store_may_see(session, part->noc, part->osp))
		return false;
	if (stream == NULL)
		return true;
	hands_over = !uuid_equal(stream->osp, part->osp);
	return uuid_equal(stream->noc, part->noc) &&
	       (!hands_over ||
		   (part->event_count > 0 && (session->role == STORE_WORKER ||
						 uuid_equal(session->organisation, stream->noc))));
}

/* Compare and set the version; somebody else's stream is like one that has moved on. */
static struct err *
move_stream(struct store_session *session, struct mem_world *world, struct arena *arena,
    const struct store_also *part)
{
	struct mem_stream *stream = mem_find_stream(world, part->stream);
	int64_t version = stream == NULL ? 0 : stream->version;
	struct str id = uuid_text(arena, part->stream);

	if (version != part->expected_version || !may_append(session, stream, part))
		return ERR(arena, ERR_CONFLICT, "stream %.*s does not stand at version %lld",
		    STR_ARG(id), (long long)part->expected_version);
	if (part->event_count == 0)
		return NULL;
	if (stream == NULL)
		stream = mem_add(world, &world->streams);
	else
		mem_change(world, &world->streams, stream);
	stream->id = part->stream;
	stream->noc = part->noc;
	stream->osp = part->osp;
	stream->version = part->expected_version + (int64_t)part->event_count;
	return NULL;
}

static void
write_events(struct mem_world *world, struct arena *arena, const struct store_also *part)
{
	for (size_t i = 0; i < part->event_count; i++) {
		struct store_event *event = mem_add(world, &world->events);

		*event = part->events[i];
		event->stream = part->stream;
		event->version = part->expected_version + 1 + (int64_t)i;
		event->position = 0;
		event->noc = part->noc;
		event->osp = part->osp;
		event->recorded_at = event->occurred_at;
		event->imported = false;
		event->type = mem_keep(world, event->type);
		event->actor.name = mem_keep(world, event->actor.name);
		event->payload = mem_keep(world, event->payload);
		event->hash = store_event_hash(event, arena);
	}
}

static struct err *
write_stream(struct store_session *session, struct mem_world *world, struct arena *arena,
    const struct store_also *part)
{
	TRY(move_stream(session, world, arena, part));
	write_events(world, arena, part);
	return NULL;
}

/* The append's own stream, and the others. */
static struct err *
write_streams(struct store_session *session, struct mem_world *world, struct arena *arena,
    const struct store_append *append)
{
	struct store_also own = { append->stream, append->expected_version, append->noc,
		append->osp, append->events, append->event_count };

	TRY(write_stream(session, world, arena, &own));
	for (size_t i = 0; i < append->also_count; i++)
		TRY(write_stream(session, world, arena, &append->also[i]));
	return NULL;
}

static void
bind_provider_id(struct mem_world *world, const struct store_append *append)
{
	struct mem_provider_id *bound;

	if (str_empty(append->bind_provider_id))
		return;
	for (size_t i = 0; i < world->provider_ids.count; i++) {
		bound = mem_row(&world->provider_ids, i);
		if (str_equal(bound->id, append->bind_provider_id))
			return;
	}
	bound = mem_add(world, &world->provider_ids);
	bound->id = mem_keep(world, append->bind_provider_id);
	bound->eco = append->stream;
	bound->number = append->bind_number;
}

static struct err *
append_held(struct store_session *session, struct mem_world *world, struct arena *arena,
    const struct store_append *append, struct store_append_result *ret)
{
	const struct mem_command *command = NULL;

	if (!uuid_is_nil(append->command_key))
		command = find_key(world, append->command_scope, append->command_key);
	if (command != NULL) {
		answer_again(command, arena, append->body_hash, ret);
		return NULL;
	}
	TRY(write_streams(session, world, arena, append));
	TRY(mem_settle_claims(session, world, arena, append));
	if (!str_empty(append->follower))
		TRY(mem_move_held(session, world, arena, append->follower, &append->move, 1));
	if (!uuid_is_nil(append->command_key))
		keep_key(world, append);
	mem_write_work(world, append);
	bind_provider_id(world, append);
	if (arena_exhausted(arena))
		return store_out_of_memory(arena);
	ret->version = append->expected_version + (int64_t)append->event_count;
	return NULL;
}

struct err *
mem_append(struct store_session *session, struct arena *arena, const struct store_append *append,
    struct store_append_result *ret)
{
	struct mem_world *world = mem_enter(session);

	return mem_leave(session, append_held(session, world, arena, append, ret));
}

struct err *
mem_find_command(struct store_session *session, struct arena *arena, struct uuid scope,
    struct uuid key, struct sha256 body_hash, struct store_append_result *ret)
{
	const struct mem_command *command = find_key(mem_enter(session), scope, key);

	if (command != NULL &&
	    (session->role == STORE_WORKER || uuid_equal(scope, session->organisation)))
		answer_again(command, arena, body_hash, ret);
	return mem_leave(session, NULL);
}

struct mem_number *
mem_change_number(struct mem_world *world, struct uuid noc, struct uuid osp, enum job_type type)
{
	struct mem_number *number;

	for (size_t i = 0; i < world->numbers.count; i++) {
		number = mem_row(&world->numbers, i);
		if (!uuid_equal(number->noc, noc) || !uuid_equal(number->osp, osp) ||
		    number->type != type)
			continue;
		mem_change(world, &world->numbers, number);
		return number;
	}
	number = mem_add(world, &world->numbers);
	*number = (struct mem_number){ .noc = noc, .osp = osp, .type = type };
	return number;
}

struct err *
mem_take_job_number(struct store_session *session, struct arena *arena, struct uuid noc,
    struct uuid osp, enum job_type type, int64_t *ret)
{
	(void)arena;
	*ret = ++mem_change_number(mem_enter(session), noc, osp, type)->last;
	return mem_leave(session, NULL);
}

size_t
mem_find_event(const struct mem_world *world, struct uuid stream, int64_t version)
{
	/* From the end: who asks, mostly asks for what is new. */
	for (size_t i = world->events.count; i > 0; i--) {
		const struct store_event *event = mem_row(&world->events, i - 1);

		if (event->version == version && uuid_equal(event->stream, stream))
			return i - 1;
	}
	return SIZE_MAX;
}

int64_t
mem_position(const struct mem_world *world, size_t index)
{
	return (int64_t)index < world->head ? (int64_t)index + 1 : 0;
}

struct store_event
mem_copy_event(const struct mem_world *world, size_t index, struct arena *arena)
{
	struct store_event event = *(const struct store_event *)mem_row(&world->events, index);

	event.position = mem_position(world, index);
	event.type = arena_copy(arena, event.type);
	event.actor.name = arena_copy(arena, event.actor.name);
	event.payload = arena_copy(arena, event.payload);
	return event;
}

struct err *
mem_prove_event(
    const struct mem_world *world, size_t index, struct arena *arena, struct store_event *ret)
{
	*ret = mem_copy_event(world, index, arena);
	return store_verify_event(ret, arena);
}

/*
 * Up to which version ${session} sees ${stream}: those whose it is now all of it, who was
 * relieved of it up to the last event of their time, others nothing.
 */
static int64_t
last_seen(const struct store_session *session, const struct mem_world *world,
    const struct mem_stream *stream)
{
	int64_t last = 0;

	if (store_may_see(session, stream->noc, stream->osp))
		return stream->version;
	for (size_t i = 0; i < world->events.count; i++) {
		const struct store_event *event = mem_row(&world->events, i);

		if (uuid_equal(event->stream, stream->id) && event->version > last &&
		    store_may_see(session, event->noc, event->osp))
			last = event->version;
	}
	return last;
}

static struct err *
read_stream(struct store_session *session, struct mem_world *world, struct arena *arena,
    struct uuid stream, int64_t after, size_t limit, struct store_events *ret)
{
	struct store_event *events = arena_array(arena, struct store_event, limit);
	const struct mem_stream *row = mem_find_stream(world, stream);
	int64_t last = row == NULL ? 0 : last_seen(session, world, row);
	size_t count = 0;

	if (events == NULL)
		return store_out_of_memory(arena);
	for (size_t i = 0; i < world->events.count && count < limit; i++) {
		const struct store_event *event = mem_row(&world->events, i);

		if (!uuid_equal(event->stream, stream) || event->version <= after ||
		    event->version > last)
			continue;
		TRY(mem_prove_event(world, i, arena, &events[count++]));
	}
	*ret = (struct store_events){ events, count };
	return NULL;
}

struct err *
mem_read_stream(struct store_session *session, struct arena *arena, struct uuid stream,
    int64_t after, size_t limit, struct store_events *ret)
{
	struct mem_world *world = mem_enter(session);

	return mem_leave(session, read_stream(session, world, arena, stream, after, limit, ret));
}

static struct err *
read_log(const struct mem_world *world, struct arena *arena, int64_t after, size_t limit,
    struct store_events *ret)
{
	struct store_event *events = arena_array(arena, struct store_event, limit);
	size_t count = 0;

	if (events == NULL)
		return store_out_of_memory(arena);
	for (int64_t i = after < 0 ? 0 : after; i < world->head && count < limit; i++)
		TRY(mem_prove_event(world, (size_t)i, arena, &events[count++]));
	*ret = (struct store_events){ events, count };
	return NULL;
}

struct err *
mem_read_log(struct store_session *session, struct arena *arena, int64_t after, size_t limit,
    struct store_events *ret)
{
	const struct mem_world *world = mem_enter(session);

	return mem_leave(session, read_log(world, arena, after, limit, ret));
}

struct err *
mem_log_head(struct store_session *session, struct arena *arena, int64_t *ret)
{
	(void)arena;
	*ret = mem_enter(session)->head;
	return mem_leave(session, NULL);
}

/* Count ${event}, at ${position}, among ${list} of ${count}. */
static void
note_changed(struct store_changed *list, size_t *count, struct uuid eco, int64_t position)
{
	for (size_t i = 0; i < *count; i++) {
		if (uuid_equal(list[i].eco, eco)) {
			list[i].position = position;
			return;
		}
	}
	list[(*count)++] = (struct store_changed){ eco, position };
}

struct err *
mem_list_changed(struct store_session *session, struct arena *arena, int64_t after, int64_t upto,
    struct store_changed_list *ret)
{
	struct mem_world *world = mem_enter(session);
	int64_t end = upto < world->head ? upto : world->head;
	struct store_changed *list =
	    arena_array(arena, struct store_changed, end > after ? (size_t)(end - after) + 1 : 1);
	size_t count = 0;

	if (list == NULL)
		return mem_leave(session, store_out_of_memory(arena));
	for (int64_t i = after; i < end; i++) {
		const struct store_event *event = mem_row(&world->events, (size_t)i);
		const struct mem_stream *stream = mem_find_stream(world, event->stream);
		enum directory_event_type record;

		if (!directory_event_find(event->type, &record) && stream != NULL &&
		    event->version <= last_seen(session, world, stream))
			note_changed(list, &count, event->stream, i + 1);
	}
	*ret = (struct store_changed_list){ list, count };
	return mem_leave(session, NULL);
}

/* Transactions are serial here, so the order of the events is the order of the commits. */
struct err *
mem_sequence(struct store_session *session, struct arena *arena, int64_t *ret_head, bool *ret_leads,
    size_t *ret_count)
{
	struct mem_world *world = mem_enter(session);
	int64_t before = world->head;

	(void)arena;
	if (world->leader == 0)
		world->leader = mem_instance(session);
	*ret_leads = world->leader == mem_instance(session);
	if (*ret_leads)
		world->head = (int64_t)world->events.count;
	if (world->head > before)
		mem_make_tick(world, before);
	*ret_head = world->head;
	*ret_count = (size_t)(world->head - before);
	return mem_leave(session, NULL);
}
