#include <stdlib.h>

#include "store/mem/mem_internal.h"

/* ---- rows ---- */

/* Memory that the tests' world cannot do without. */
static void *
need(void *memory)
{
	CHECK(memory != NULL);
	return memory;
}

void *
mem_row(const struct mem_table *table, size_t index)
{
	CHECK(index < table->count);
	return table->rows + index * table->row_bytes;
}

static void
remember(struct mem_world *world, struct mem_undo undo)
{
	if (world->undo_count == world->undo_capacity) {
		world->undo_capacity = world->undo_capacity * 2 + 16;
		world->undo =
		    need(realloc(world->undo, world->undo_capacity * sizeof(world->undo[0])));
	}
	world->undo[world->undo_count++] = undo;
}

void *
mem_add(struct mem_world *world, struct mem_table *table)
{
	if (table->count == table->capacity) {
		table->capacity = table->capacity * 2 + 16;
		table->rows = need(realloc(table->rows, table->capacity * table->row_bytes));
	}
	remember(world, (struct mem_undo){ .table = table, .index = table->count });
	table->count++;
	return memset(mem_row(table, table->count - 1), 0, table->row_bytes);
}

void
mem_change(struct mem_world *world, struct mem_table *table, const void *row)
{
	char *old = need(malloc(table->row_bytes));
	size_t index = (size_t)((const char *)row - table->rows) / table->row_bytes;

	memcpy(old, mem_row(table, index), table->row_bytes);
	remember(world, (struct mem_undo){ .table = table, .index = index, .old = old });
}

void *
mem_keep_bytes(struct mem_world *world, const void *bytes, size_t length)
{
	void *copy;

	if (length == 0)
		return NULL;
	if (world->text_count == world->text_capacity) {
		world->text_capacity = world->text_capacity * 2 + 16;
		world->texts =
		    need(realloc(world->texts, world->text_capacity * sizeof(world->texts[0])));
	}
	copy = need(malloc(length));
	world->texts[world->text_count++] = copy;
	return memcpy(copy, bytes, length);
}

struct str
mem_keep(struct mem_world *world, struct str text)
{
	return (struct str){ mem_keep_bytes(world, text.ptr, text.len), text.len };
}

/* Take back, last first, what was done since the world was entered. */
static void
undo_all(struct mem_world *world)
{
	while (world->undo_count > 0) {
		struct mem_undo *undo = &world->undo[--world->undo_count];

		if (undo->old == NULL)
			undo->table->count--;
		else
			memcpy(
			    mem_row(undo->table, undo->index), undo->old, undo->table->row_bytes);
		free(undo->old);
	}
}

static void
forget_undo(struct mem_world *world)
{
	while (world->undo_count > 0)
		free(world->undo[--world->undo_count].old);
}

/* ---- transactions ---- */

static struct mem_world *
world_of(const struct store_session *session)
{
	return ((struct mem_store *)session->store)->world;
}

int64_t
mem_instance(const struct store_session *session)
{
	return ((struct mem_store *)session->store)->instance;
}

/* The lock checks for errors: a second transaction on one thread would wait for ever. */
static void
hold(struct mem_world *world)
{
	CHECK(pthread_mutex_lock(&world->lock) == 0);
}

static void
let_go(struct mem_world *world)
{
	CHECK(pthread_mutex_unlock(&world->lock) == 0);
}

struct mem_world *
mem_enter(struct store_session *session)
{
	struct mem_world *world = world_of(session);

	if (!session->open)
		hold(world);
	return world;
}

struct err *
mem_leave(struct store_session *session, struct err *err)
{
	struct mem_world *world = world_of(session);

	if (session->open)
		return err;
	if (err != NULL)
		undo_all(world);
	forget_undo(world);
	let_go(world);
	return err;
}

static struct err *
mem_begin(struct store_session *session, struct arena *arena)
{
	(void)arena;
	hold(world_of(session));
	return NULL;
}

static struct err *
mem_commit(struct store_session *session, struct arena *arena)
{
	(void)arena;
	forget_undo(world_of(session));
	let_go(world_of(session));
	return NULL;
}

static void
mem_rollback(struct store_session *session)
{
	undo_all(world_of(session));
	let_go(world_of(session));
}

/* ---- life ---- */

static struct err *
mem_session_open(
    struct store *store, struct arena *arena, enum store_role role, struct store_session **ret)
{
	struct store_session *session = need(calloc(1, sizeof(*session)));

	(void)arena;
	session->store = store;
	session->role = role;
	*ret = session;
	return NULL;
}

static void
mem_session_close(struct store_session *session)
{
	free(session);
}

static void
abandon_slots(struct mem_world *world, int64_t instance)
{
	for (size_t i = 0; i < world->subscriptions.count; i++) {
		struct mem_subscription *row = mem_row(&world->subscriptions, i);

		for (int64_t slot = 0; slot < row->of; slot++) {
			if (row->slots[slot].owner == instance)
				row->slots[slot].owner = 0;
		}
	}
	for (size_t i = 0; i < world->followers.count; i++) {
		struct mem_follower *follower = mem_row(&world->followers, i);

		if (follower->instance == instance)
			follower->live = false;
	}
}

/* What an instance held falls to whoever comes next. */
static void
abandon(struct mem_world *world, int64_t instance)
{
	if (world->leader == instance)
		world->leader = 0;
	abandon_slots(world, instance);
	for (size_t i = 0; i < world->effects.count; i++) {
		struct mem_effect *effect = mem_row(&world->effects, i);

		if (effect->owner == instance)
			effect->owner = 0;
	}
	for (size_t i = 0; i < world->timers.count; i++) {
		struct mem_timer *timer = mem_row(&world->timers, i);

		if (timer->owner == instance)
			timer->owner = 0;
	}
}

static void
destroy_world(struct mem_world *world)
{
	struct mem_table *tables[] = { &world->streams, &world->events, &world->commands,
		&world->effects, &world->timers, &world->numbers, &world->provider_ids,
		&world->rejections, &world->board, &world->organisations, &world->users,
		&world->agreements, &world->subscriptions, &world->followers, &world->parked,
		&world->projections, &world->ticks, &world->signatures, &world->person_keys,
		&world->erasures, &world->records, &world->token_uses, &world->web_sessions,
		&world->throttles, &world->pages, &world->answered };

	for (size_t i = 0; i < COUNT_OF(tables); i++)
		free(tables[i]->rows);
	for (size_t i = 0; i < world->text_count; i++)
		free(world->texts[i]);
	free(world->texts);
	free(world->undo);
	CHECK(pthread_mutex_destroy(&world->lock) == 0);
	free(world);
}

static void
mem_close(struct store *store)
{
	struct mem_store *mem = (struct mem_store *)store;
	struct mem_world *world = mem->world;
	bool last;

	hold(world);
	abandon(world, mem->instance);
	last = --world->stores == 0;
	let_go(world);
	free(mem);
	if (last)
		destroy_world(world);
}

static const struct store_ops mem_ops = {
	.close = mem_close,
	.session_open = mem_session_open,
	.session_close = mem_session_close,
	.begin = mem_begin,
	.commit = mem_commit,
	.rollback = mem_rollback,
	.append = mem_append,
	.find_command = mem_find_command,
	.take_job_number = mem_take_job_number,
	.read_stream = mem_read_stream,
	.log_head = mem_log_head,
	.list_changed = mem_list_changed,
	.read_log = mem_read_log,
	.sequence = mem_sequence,
	.claim_timers = mem_claim_timers,
	.put_back_timer = mem_put_back_timer,
	.claim_effects = mem_claim_effects,
	.begin_effect = mem_begin_effect,
	.put_back_effect = mem_put_back_effect,
	.drop_effect = mem_drop_effect,
	.next_timer = mem_next_timer,
	.next_effect = mem_next_effect,
	.next_due = mem_next_due,
	.find_provider_id = mem_find_provider_id,
	.record_rejection = mem_record_rejection,
	.list_rejections = mem_list_rejections,
	.backlog = mem_backlog,
	.lateness = mem_lateness,
	.take_slot = mem_take_slot,
	.wait_effect = mem_wait_effect,
	.set_aside_effect = mem_set_aside_effect,
	.list_letters = mem_list_letters,
	.count_dead = mem_count_dead,
	.replay_effect = mem_replay_effect,
	.bury_effect = mem_bury_effect,
	.note_page = mem_note_page,
	.find_pages = mem_find_pages,
	.find_contacts = mem_find_contacts,
	.count_answer = mem_count_answer,
	.prune_work = mem_prune_work,
	.put_board = mem_put_board,
	.board_checksum = mem_board_checksum,
	.find_board = mem_find_board,
	.find_board_by_number = mem_find_board_by_number,
	.list_board = mem_list_board,
	.count_board = mem_count_board,
	.board_position = mem_board_position,
	.find_organisations = mem_find_organisations,
	.find_records = mem_find_records,
	.find_token_uses = mem_find_token_uses,
	.read_streams = mem_read_streams,
	.find_membership = mem_find_membership,
	.find_organisation = mem_find_organisation,
	.list_partners = mem_list_partners,
	.find_agreement = mem_find_agreement,
	.get_agreement = mem_get_agreement,
	.plant = mem_plant,
	.subscribe = mem_subscribe,
	.hold_slots = mem_hold_slots,
	.let_go_slots = mem_let_go_slots,
	.move_slots = mem_move_slots,
	.park = mem_park,
	.unpark = mem_unpark,
	.list_parked = mem_list_parked,
	.retry_parked = mem_retry_parked,
	.list_subscriptions = mem_list_subscriptions,
	.live_build = mem_live_build,
	.begin_build = mem_begin_build,
	.switch_build = mem_switch_build,
	.end_build = mem_end_build,
	.is_visible = mem_is_visible,
	.read_ticks = mem_read_ticks,
	.find_tick = mem_find_tick,
	.put_signature = mem_put_signature,
	.read_signatures = mem_read_signatures,
	.audit_log = mem_audit_log,
	.audit_counts = mem_audit_counts,
	.find_person_keys = mem_find_person_keys,
	.add_person_keys = mem_add_person_keys,
	.erase_person = mem_erase_person,
	.find_users = mem_find_users,
	.list_partitions = mem_list_partitions,
	.make_partitions = mem_make_partitions,
	.archive_oldest = mem_archive_oldest,
	.export_events = mem_export_events,
	.import_events = mem_import_events,
	.raise_job_number = mem_raise_job_number,
	.put_record = mem_put_record,
	.find_record = mem_find_record,
	.list_records = mem_list_records,
	.forget_records = mem_forget_records,
	.find_roster = mem_find_roster,
	.list_overlaps = mem_list_overlaps,
	.check_area = mem_check_area,
	.find_member = mem_find_member,
	.list_memberships = mem_list_memberships,
	.find_identity = mem_find_identity,
	.list_invitations = mem_list_invitations,
	.find_token = mem_find_token,
	.touch_token = mem_touch_token,
	.find_token_use = mem_find_token_use,
	.add_web_session = mem_add_web_session,
	.find_web_session = mem_find_web_session,
	.touch_web_session = mem_touch_web_session,
	.end_web_sessions = mem_end_web_sessions,
	.list_web_sessions = mem_list_web_sessions,
	.sweep_web_sessions = mem_sweep_web_sessions,
};

/* A store on ${world}, which is held unless nobody else can know it yet. */
static struct store *
attach(struct mem_world *world)
{
	struct mem_store *mem = need(calloc(1, sizeof(*mem)));

	mem->base.ops = &mem_ops;
	mem->world = world;
	mem->instance = ++world->last_instance;
	world->stores++;
	return &mem->base;
}

struct store *
store_mem_create(void)
{
	struct mem_world *world = need(calloc(1, sizeof(*world)));
	pthread_mutexattr_t kind;

	CHECK(pthread_mutexattr_init(&kind) == 0);
	CHECK(pthread_mutexattr_settype(&kind, PTHREAD_MUTEX_ERRORCHECK) == 0);
	CHECK(pthread_mutex_init(&world->lock, &kind) == 0);
	CHECK(pthread_mutexattr_destroy(&kind) == 0);

	world->streams.row_bytes = sizeof(struct mem_stream);
	world->events.row_bytes = sizeof(struct store_event);
	world->commands.row_bytes = sizeof(struct mem_command);
	world->effects.row_bytes = sizeof(struct mem_effect);
	world->timers.row_bytes = sizeof(struct mem_timer);
	world->numbers.row_bytes = sizeof(struct mem_number);
	world->provider_ids.row_bytes = sizeof(struct mem_provider_id);
	world->rejections.row_bytes = sizeof(struct store_rejection);
	world->board.row_bytes = sizeof(struct mem_board_row);
	world->organisations.row_bytes = sizeof(struct store_organisation);
	world->users.row_bytes = sizeof(struct mem_user);
	world->agreements.row_bytes = sizeof(struct mem_agreement);
	world->subscriptions.row_bytes = sizeof(struct mem_subscription);
	world->followers.row_bytes = sizeof(struct mem_follower);
	world->parked.row_bytes = sizeof(struct mem_parked);
	world->projections.row_bytes = sizeof(struct mem_projection);
	world->ticks.row_bytes = sizeof(struct store_tick);
	world->signatures.row_bytes = sizeof(struct store_signature);
	world->person_keys.row_bytes = sizeof(struct store_person_key);
	world->erasures.row_bytes = sizeof(struct mem_erasure);
	world->records.row_bytes = sizeof(struct mem_record);
	world->token_uses.row_bytes = sizeof(struct mem_token_use);
	world->web_sessions.row_bytes = sizeof(struct mem_web_session);
	world->throttles.row_bytes = sizeof(struct mem_throttle);
	world->pages.row_bytes = sizeof(struct mem_page);
	world->answered.row_bytes = sizeof(struct mem_answered);
	return attach(world);
}

struct store *
store_mem_join(struct store *store)
{
	struct mem_world *world;
	struct store *joined;

	CHECK(store != NULL);
	CHECK(store->ops == &mem_ops);
	world = ((struct mem_store *)store)->world;
	hold(world);
	joined = attach(world);
	let_go(world);
	return joined;
}

void
store_mem_spoil_event(struct store *store, struct uuid stream, int64_t version)
{
	struct mem_world *world = ((struct mem_store *)store)->world;

	hold(world);
	for (size_t i = 0; i < world->events.count; i++) {
		struct store_event *event = mem_row(&world->events, i);

		if (uuid_equal(event->stream, stream) && event->version == version)
			event->occurred_at.us++;
	}
	let_go(world);
}
