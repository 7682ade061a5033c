#include "store/mem/mem_internal.h"

static struct mem_stream *
find_stream(struct mem_world *world, struct uuid id)
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

/* Compare and set the version; somebody else's stream is like one that has moved on. */
static struct err *
move_stream(struct store_session *session, struct mem_world *world, struct arena *arena,
    const struct store_append *append)
{
	struct mem_stream *stream = find_stream(world, append->stream);
	int64_t version = stream == NULL ? 0 : stream->version;
	struct str id = uuid_text(arena, append->stream);

	if (version != append->expected_version ||
	    !store_may_see(session, append->noc, append->osp) ||
	    (stream != NULL &&
		(!uuid_equal(stream->noc, append->noc) || !uuid_equal(stream->osp, append->osp))))
		return ERR(arena, ERR_CONFLICT, "stream %.*s does not stand at version %lld",
		    STR_ARG(id), (long long)append->expected_version);
	if (append->event_count == 0)
		return NULL;
	if (stream == NULL) {
		stream = mem_add(world, &world->streams);
		stream->id = append->stream;
		stream->noc = append->noc;
		stream->osp = append->osp;
	} else {
		mem_change(world, &world->streams, stream);
	}
	stream->version = append->expected_version + (int64_t)append->event_count;
	return NULL;
}

static void
write_events(struct mem_world *world, struct arena *arena, const struct store_append *append)
{
	for (size_t i = 0; i < append->event_count; i++) {
		struct store_event *event = mem_add(world, &world->events);

		*event = append->events[i];
		event->stream = append->stream;
		event->version = append->expected_version + 1 + (int64_t)i;
		event->position = 0;
		event->noc = append->noc;
		event->osp = append->osp;
		event->recorded_at = event->occurred_at;
		event->type = mem_keep(world, event->type);
		event->actor.name = mem_keep(world, event->actor.name);
		event->payload = mem_keep(world, event->payload);
		event->hash = store_event_hash(event, arena);
	}
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
	TRY(move_stream(session, world, arena, append));
	TRY(mem_settle_claims(session, world, arena, append));
	if (!uuid_is_nil(append->command_key))
		keep_key(world, append);
	write_events(world, arena, append);
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

struct err *
mem_take_job_number(struct store_session *session, struct arena *arena, struct uuid noc,
    struct uuid osp, enum job_type type, int64_t *ret)
{
	struct mem_world *world = mem_enter(session);
	struct mem_number *number = NULL;

	(void)arena;
	for (size_t i = 0; i < world->numbers.count && number == NULL; i++) {
		struct mem_number *at = mem_row(&world->numbers, i);

		if (uuid_equal(at->noc, noc) && uuid_equal(at->osp, osp) && at->type == type)
			number = at;
	}
	if (number == NULL) {
		number = mem_add(world, &world->numbers);
		*number = (struct mem_number){ .noc = noc, .osp = osp, .type = type };
	} else {
		mem_change(world, &world->numbers, number);
	}
	*ret = ++number->last;
	return mem_leave(session, NULL);
}

/* Event ${index} of the world, copied out and proven. */
static struct err *
copy_event(
    const struct mem_world *world, size_t index, struct arena *arena, struct store_event *ret)
{
	*ret = *(const struct store_event *)mem_row(&world->events, index);
	ret->position = (int64_t)index < world->head ? (int64_t)index + 1 : 0;
	ret->type = arena_copy(arena, ret->type);
	ret->actor.name = arena_copy(arena, ret->actor.name);
	ret->payload = arena_copy(arena, ret->payload);
	return store_verify_event(ret, arena);
}

static struct err *
read_stream(struct store_session *session, const struct mem_world *world, struct arena *arena,
    struct uuid stream, int64_t after, size_t limit, struct store_events *ret)
{
	struct store_event *events = arena_array(arena, struct store_event, limit);
	size_t count = 0;

	if (events == NULL)
		return store_out_of_memory(arena);
	for (size_t i = 0; i < world->events.count && count < limit; i++) {
		const struct store_event *event = mem_row(&world->events, i);

		if (!uuid_equal(event->stream, stream) || event->version <= after ||
		    !store_may_see(session, event->noc, event->osp))
			continue;
		TRY(copy_event(world, i, arena, &events[count++]));
	}
	*ret = (struct store_events){ events, count };
	return NULL;
}

struct err *
mem_read_stream(struct store_session *session, struct arena *arena, struct uuid stream,
    int64_t after, size_t limit, struct store_events *ret)
{
	const struct mem_world *world = mem_enter(session);

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
		TRY(copy_event(world, (size_t)i, arena, &events[count++]));
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
	*ret_head = world->head;
	*ret_count = (size_t)(world->head - before);
	return mem_leave(session, NULL);
}

static struct mem_checkpoint *
find_checkpoint(struct mem_world *world, struct str name)
{
	for (size_t i = 0; i < world->checkpoints.count; i++) {
		struct mem_checkpoint *checkpoint = mem_row(&world->checkpoints, i);

		if (str_equal(checkpoint->name, name))
			return checkpoint;
	}
	return NULL;
}

struct err *
mem_checkpoint(struct store_session *session, struct arena *arena, struct str name, int64_t *ret)
{
	struct mem_world *world = mem_enter(session);
	struct mem_checkpoint *checkpoint = find_checkpoint(world, name);

	(void)arena;
	/* Who has read nothing yet is behind all the same, and must be seen to be. */
	if (checkpoint == NULL) {
		checkpoint = mem_add(world, &world->checkpoints);
		checkpoint->name = mem_keep(world, name);
	}
	*ret = checkpoint->position;
	return mem_leave(session, NULL);
}

static struct err *
move_checkpoint(
    struct mem_world *world, struct arena *arena, struct str name, int64_t from, int64_t to)
{
	struct mem_checkpoint *checkpoint = find_checkpoint(world, name);

	if ((checkpoint == NULL ? 0 : checkpoint->position) != from)
		return ERR(arena, ERR_CONFLICT,
		    "checkpoint \"%.*s\" does not stand at position %lld", STR_ARG(name),
		    (long long)from);
	if (checkpoint == NULL) {
		checkpoint = mem_add(world, &world->checkpoints);
		checkpoint->name = mem_keep(world, name);
	} else {
		mem_change(world, &world->checkpoints, checkpoint);
	}
	checkpoint->position = to;
	return NULL;
}

struct err *
mem_checkpoint_move(
    struct store_session *session, struct arena *arena, struct str name, int64_t from, int64_t to)
{
	struct mem_world *world = mem_enter(session);

	return mem_leave(session, move_checkpoint(world, arena, name, from, to));
}
