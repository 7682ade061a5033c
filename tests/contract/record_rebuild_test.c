#include "app/history.h"
#include "app/record_change.h"
#include "app/record_rebuild.h"
#include "support/record_world.h"

/* The directory made again from the log, on both stores. */

#define SLOTS    44 /* records of a history: four of each kind */
#define CHANGES  400
#define DUMP_MAX (8u << 20)

static uint64_t random_state;

/* xorshift64: the same history each time a seed is the same. */
static uint64_t
next_random(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

static bool
flip(void)
{
	return next_random() % 2 == 0;
}

static void
make_bytes(void *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		((uint8_t *)bytes)[i] = (uint8_t)(next_random() >> 17);
}

static struct uuid
make_id(struct instant now)
{
	struct uuid id;

	(void)now;
	make_bytes(&id, sizeof(id));
	return id;
}

static struct vault
make_vault(struct world *world)
{
	struct vault vault;

	random_state = 88172645463325252u;
	OK(vault_init(world->arena, STR(""), make_bytes, &vault));
	return vault;
}

static struct record_author
author_of(struct world *world, const struct vault *vault, int64_t now_s)
{
	return (struct record_author){ .session = world->worker,
		.arena = world->arena,
		.now = at_s(now_s),
		.vault = vault,
		.make_id = make_id,
		.actor = { .kind = STORE_ACTOR_PROCESS, .name = STR("test") } };
}

/* Append ${record} as ${event}, and put its row. */
static void
write_record(struct world *world, const struct vault *vault, enum directory_event_type event,
    const struct record *record, int64_t now_s)
{
	struct arena_mark mark = arena_mark(world->arena);
	struct record_outcome *outcome = arena_new(world->arena, struct record_outcome);
	struct record_author author = author_of(world, vault, now_s);
	struct store_append_result result;
	bool taken;

	outcome->step_count = 1;
	outcome->steps[0] = (struct record_step){ event, *record };
	OK(store_begin(world->worker, world->arena, UUID_NIL));
	OK(record_write(
	    &author, outcome, &(struct record_key){ .key = UUID_NIL }, &taken, &result));
	assert_false(taken);
	OK(store_commit(world->worker, world->arena));
	arena_release(world->arena, mark);
}

/* Everything that the rows of ${whose} (Nil: of all) say, in one text of their own arena. */
static struct str
dump_of(struct world *world, struct arena *arena, struct uuid whose)
{
	struct buf buf = buf_in(arena, DUMP_MAX);

	for (unsigned kind = 0; kind < RECORD_KIND_COUNT; kind++) {
		struct store_record_query query = { .kind = (enum record_kind)kind,
			.limit = STORE_ROWS_MAX };
		struct store_records rows;

		OK(store_list_records(world->worker, world->arena, &query, &rows));
		for (size_t i = 0; i < rows.count; i++) {
			const struct store_record *row = &rows.at[i];
			struct uuid ids[] = { row->id, row->noc, row->osp, row->parent };

			if (!uuid_is_nil(whose) && !uuid_equal(row->noc, whose) &&
			    !uuid_equal(row->osp, whose))
				continue;
			for (size_t j = 0; j < COUNT_OF(ids); j++) {
				uuid_format(ids[j], &buf);
				buf_char(&buf, ' ');
			}
			buf_printf(&buf, "%u %lld %lld ", kind, (long long)row->version,
			    (long long)row->changed_at.us);
			buf_str(&buf, row->body);
			buf_char(&buf, '\n');
		}
	}
	assert_false(buf.overflowed);
	return buf_view(&buf);
}

static struct str
dump(struct world *world, struct arena *arena)
{
	return dump_of(world, arena, UUID_NIL);
}

static void
assert_same(struct str before, struct str after)
{
	assert_int_equal(before.len, after.len);
	assert_memory_equal(before.ptr, after.ptr, before.len);
}

/* ---- a random history ---- */

static const struct str texts[] = { STR("Robin"), STR("a \"quoted\" name\\"), STR("Zo\u00eb"),
	STR("line\nbreak"), STR("") };

static struct str
some_text(void)
{
	return texts[next_random() % COUNT_OF(texts)];
}

static struct uuid
slot_id(unsigned slot)
{
	char memory[32];
	struct buf name = buf_over(memory, sizeof(memory));

	buf_printf(&name, "slot %u", slot);
	return uuid_from_name(buf_view(&name));
}

/* A handle, prefix, secret or address of its own for every slot. */
static struct str
unique_text(struct world *world, unsigned slot)
{
	return arena_printf(world->arena, "slot-%u@example.org", slot);
}

static struct str
unique_digest(struct world *world, unsigned slot)
{
	return arena_printf(world->arena, "%064x", slot);
}

static void
fill_user(struct world *world, unsigned slot, struct user *ret)
{
	struct user_identity *identity = arena_new(world->arena, struct user_identity);

	*identity = (struct user_identity){ STR("https://id.example"), unique_text(world, slot) };
	ret->handle = unique_text(world, slot);
	ret->name = some_text();
	ret->email = unique_text(world, slot);
	ret->identities = identity;
	ret->identity_count = flip() ? 1 : 0;
	ret->disabled = flip();
}

static void
fill_person(struct world *world, struct person *ret)
{
	struct contact *contacts = arena_array(world->arena, struct contact, 2);

	for (size_t i = 0; i < 2; i++)
		contacts[i] = (struct contact){ .id = make_id(at_s(0)),
			.kind = flip() ? CONTACT_VOICE : CONTACT_SMS,
			.number = flip() ? STR("+15125550101") : STR(""),
			.verified_at = flip() ? at_s(3) : RECORD_NO_MOMENT };
	*ret = (struct person){ .osp = world->osp_id,
		.label = some_text(),
		.contacts = contacts,
		.contact_count = next_random() % 3,
		.opted_out = flip() };
}

static void
fill_region(struct world *world, struct region *ret)
{
	struct geo_point *ring = arena_array(world->arena, struct geo_point, 4);
	struct geo_ring *rings = arena_new(world->arena, struct geo_ring);
	struct geo_polygon *polygon = arena_new(world->arena, struct geo_polygon);
	double size = (double)(next_random() % 1000 + 1) / 77.0;

	ring[1] = (struct geo_point){ size, 0 };
	ring[2] = (struct geo_point){ 0, size / 3 };
	*rings = (struct geo_ring){ ring, 4 };
	*polygon = (struct geo_polygon){ rings, 1 };
	*ret = (struct region){ .osp = world->osp_id,
		.name = some_text(),
		.priority = (int64_t)(next_random() % 9),
		.list = slot_id(6),
		.area = { polygon, 1 },
		.retired = flip() };
}

static void
fill_membership(struct world *world, unsigned slot, struct membership *ret)
{
	*ret = (struct membership){ .organisation = world->osp_id,
		.user = slot_id(slot - 1),
		.handle = unique_text(world, slot - 1),
		.name = some_text(),
		.email = unique_text(world, slot),
		.role = STR("viewer"),
		.state = flip() ? MEMBERSHIP_ACTIVE : MEMBERSHIP_REMOVED };
}

static void
fill_list(struct world *world, struct pager_list_record *ret)
{
	struct list_entry *entry = arena_new(world->arena, struct list_entry);

	entry->person = slot_id(6);
	*ret = (struct pager_list_record){ .osp = world->osp_id,
		.name = some_text(),
		.entries = entry,
		.entry_count = flip() ? 1 : 0,
		.retired = flip() };
}

/* The record of ${slot} with something else in it; its kind is the slot's. */
static void
change_slot(struct world *world, unsigned slot, struct record *record)
{
	struct uuid agreement = slot_id(slot / RECORD_KIND_COUNT * RECORD_KIND_COUNT + 3);

	record->reason = some_text();
	switch (record->kind) {
	case RECORD_ORGANISATION:
		record->organisation = (struct organisation){ .handle = unique_text(world, slot),
			.name = some_text(),
			.is_noc = flip(),
			.suspended = flip() };
		return;
	case RECORD_USER:
		fill_user(world, slot, &record->user);
		return;
	case RECORD_MEMBERSHIP:
		fill_membership(world, slot, &record->membership);
		return;
	case RECORD_AGREEMENT:
		record->agreement = (struct agreement){ .noc = world->noc_id,
			.osp = world->osp_id,
			.state = flip() ? AGREEMENT_AGREED : AGREEMENT_ENDED,
			.number_prefix = STR("HC"),
			.terms = { 25, 3, 1200, 2, 86400, 60, 300, 0, 0 },
			.valid_from = at_s(1) };
		return;
	case RECORD_NOC_TERMS:
		record->noc_terms = (struct noc_terms){
			.agreement = agreement, .noc = world->noc_id, .duty_phone = some_text()
		};
		return;
	case RECORD_OSP_TERMS:
		record->osp_terms = (struct osp_terms){
			.agreement = agreement, .osp = world->osp_id, .render_project = some_text()
		};
		return;
	case RECORD_PERSON:
		fill_person(world, &record->person);
		return;
	case RECORD_PAGER_LIST:
		fill_list(world, &record->pager_list);
		return;
	case RECORD_REGION:
		fill_region(world, &record->region);
		return;
	case RECORD_TOKEN:
		record->token = (struct token){ .organisation = world->noc_id,
			.user = slot_id(1),
			.scopes = STR("*"),
			.secret_hash = unique_digest(world, slot),
			.expires = at_s(500),
			.revoked_at = flip() ? at_s(5) : RECORD_NO_MOMENT };
		return;
	case RECORD_AUDIT:
		record->audit = (struct audit){
			.organisation = world->noc_id, .via = STR("token"), .detail = some_text()
		};
		return;
	case RECORD_KIND_COUNT:
		break;
	}
	fail();
}

/* Any event of ${kind}: they all carry the whole record. */
static enum directory_event_type
some_event(enum record_kind kind)
{
	enum directory_event_type type;

	do
		type = (enum directory_event_type)(next_random() % DIRECTORY_EVENT_COUNT);
	while (directory_event_kind(type) != kind);
	return type;
}

/* ${CHANGES} changes of all kinds of records, and events of ECOs among them. */
static void
live_through(struct world *world, const struct vault *vault)
{
	int64_t versions[SLOTS] = { 0 }, eco = 0;

	for (int64_t i = 0; i < CHANGES; i++) {
		struct arena_mark mark = arena_mark(world->arena);
		unsigned slot = (unsigned)(next_random() % SLOTS);
		struct record record = { .kind = (enum record_kind)(slot % RECORD_KIND_COUNT),
			.id = slot_id(slot),
			.version = versions[slot]++ };

		change_slot(world, slot, &record);
		write_record(world, vault, some_event(record.kind), &record, i);
		if (i % 10 == 0)
			world_appended(world, id_of("eco"), eco++, 1);
		arena_release(world->arena, mark);
	}
}

static void
rebuild(struct world *world, const struct vault *vault)
{
	struct record_rebuilt done;

	OK(record_rebuild(vault, world->worker, world->arena, &done));
}

static void
after_any_history_the_rebuilt_rows_are_those_that_were_there(void **state)
{
	struct world *world = *state;
	struct vault vault = make_vault(world);
	struct arena *arena = arena_create(4 * DUMP_MAX);
	struct record_rebuilt done;
	struct str before;

	for (uint64_t history = 1; history <= 3; history++) {
		random_state += history * 7919;
		if (history > 1) {
			assert_int_equal(world_teardown(state), 0);
			assert_int_equal(world_setup(state), 0);
			world = *state;
		}
		arena_reset(arena);
		live_through(world, &vault);
		before = dump(world, arena);
		OK(record_rebuild(&vault, world->worker, world->arena, &done));
		assert_int_equal(done.events, CHANGES);
		assert_int_equal(done.records, SLOTS);
		assert_same(before, dump(world, arena));
		/* And again from nothing at all. */
		OK(store_forget_records(world->worker, world->arena));
		rebuild(world, &vault);
		assert_same(before, dump(world, arena));
	}
	arena_destroy(arena);
}

static void
who_was_erased_stays_so_in_rebuilt_rows(void **state)
{
	struct world *world = *state;
	struct vault vault = make_vault(world);
	struct arena *arena = arena_create(4 * DUMP_MAX);
	struct str before, after;

	live_through(world, &vault);
	for (unsigned slot = 0; slot < SLOTS; slot += RECORD_KIND_COUNT) {
		bool found;

		OK(store_erase_person(world->worker, world->arena, slot_id(slot + 1), at_s(1000),
		    STR("asked for it"), &found));
		OK(store_erase_person(world->worker, world->arena, slot_id(slot + RECORD_PERSON),
		    at_s(1000), STR("asked for it"), &found));
	}
	before = dump(world, arena);
	rebuild(world, &vault);
	after = dump(world, arena);
	assert_same(before, after);
	assert_false(says(after, "+15125550101"));
	/* Their addresses are gone; what they sign in as is no text of theirs. */
	assert_false(says(after, "\"email\":"));
	assert_false(says(after, "\"label\":"));
	arena_destroy(arena);
}

/* ---- what can go wrong ---- */

/* Append ${record} without a row: as if it had been lost. */
static void
append_only(struct world *world, const struct vault *vault, enum directory_event_type event,
    const struct record *record, int64_t now_s)
{
	struct store_record row = row_of(world, record, record->version + 1);
	struct record_author author = author_of(world, vault, now_s);
	struct store_append_result result;
	struct store_event stored = { .id = make_id(at_s(now_s)),
		.type = directory_event_name(event),
		.schema_version = directory_event_version(event),
		.occurred_at = author.now,
		.actor = author.actor,
		.payload = row.body };

	OK(store_append(world->worker, world->arena,
	    &(struct store_append){ .stream = record->id,
		.expected_version = record->version,
		.noc = row.noc,
		.osp = row.osp,
		.events = &stored,
		.event_count = 1 },
	    &result));
}

static const struct user_identity shared = { STR("https://id.example"), STR("shared") };

static struct record
user_with(const char *name, size_t identities, int64_t version)
{
	struct record user = user_of(name);

	user.version = version;
	user.user.identities = &shared;
	user.user.identity_count = identities;
	return user;
}

static void
what_one_gave_up_and_another_took_may_stand_in_the_log_either_way(void **state)
{
	struct world *world = *state;
	struct vault vault = make_vault(world);
	struct record casey = user_with("casey", 1, 0), robin = user_with("robin", 1, 0);
	struct store_known_user known;
	struct store_record row;
	bool found;

	append_only(world, &vault, DIRECTORY_EVENT_USER_CREATED, &casey, 1);
	append_only(world, &vault, DIRECTORY_EVENT_USER_CREATED, &robin, 2);
	casey = user_with("casey", 0, 1);
	append_only(world, &vault, DIRECTORY_EVENT_USER_CHANGED, &casey, 3);
	rebuild(world, &vault);
	OK(store_find_identity(
	    world->noc, world->arena, shared.issuer, shared.subject, &found, &known));
	assert_true(found);
	ASSERT_UUID(known.user, robin.id);
	assert_true(find_row(world, world->worker, RECORD_USER, casey.id, &row));
	assert_int_equal(row.version, 2);
}

static void
a_log_that_gives_one_thing_to_two_changes_nothing(void **state)
{
	struct world *world = *state;
	struct vault vault = make_vault(world);
	struct record casey = user_with("casey", 1, 0), robin = user_with("robin", 1, 0);
	struct record_rebuilt done;

	write_record(world, &vault, DIRECTORY_EVENT_USER_CREATED, &casey, 1);
	append_only(world, &vault, DIRECTORY_EVENT_USER_CREATED, &robin, 2);
	FAULTS(ERR_CORRUPT, record_rebuild(&vault, world->worker, world->arena, &done));
	assert_true(sees(world, world->worker, RECORD_USER, "casey"));
	assert_false(sees(world, world->worker, RECORD_USER, "robin"));
}

static void
an_event_that_cannot_be_read_changes_nothing(void **state)
{
	struct world *world = *state;
	struct vault vault = make_vault(world);
	struct record casey = user_of("casey");
	struct store_append *append = world_append(world, id_of("spoilt"), 0, 1);
	struct store_event event = append->events[0];
	struct store_append_result result;
	struct record_rebuilt done;

	write_record(world, &vault, DIRECTORY_EVENT_USER_CREATED, &casey, 1);
	event.type = directory_event_name(DIRECTORY_EVENT_USER_CREATED);
	event.payload = STR("{\"handle\":7}");
	append->events = &event;
	OK(store_append(world->worker, world->arena, append, &result));
	FAULTS(ERR_CORRUPT, record_rebuild(&vault, world->worker, world->arena, &done));
	assert_true(sees(world, world->worker, RECORD_USER, "casey"));
}

static void
nothing_is_forgotten_while_events_have_no_place_yet(void **state)
{
	struct world *world = *state;
	struct vault vault = make_vault(world);
	struct record casey = user_of("casey");
	struct store *other = world_store_join(world->store, world->arena);
	struct store_session *leader = world_session(other, world->arena, STORE_WORKER, UUID_NIL);
	struct record_rebuilt done;
	int64_t head;
	size_t count;
	bool leads = false;

	/* Another process leads, and rests. */
	while (!leads)
		OK(store_sequence(leader, world->arena, &head, &leads, &count));
	write_record(world, &vault, DIRECTORY_EVENT_USER_CREATED, &casey, 1);
	FAULTS(ERR_UNAVAILABLE, record_rebuild(&vault, world->worker, world->arena, &done));
	assert_true(sees(world, world->worker, RECORD_USER, "casey"));
	OK(store_sequence(leader, world->arena, &head, &leads, &count));
	OK(record_rebuild(&vault, world->worker, world->arena, &done));
	assert_int_equal(done.records, 1);
	assert_true(sees(world, world->worker, RECORD_USER, "casey"));
	store_session_close(leader);
	store_close(other);
}

/* ---- moving house ---- */

static struct err *
put_bytes(void *context, struct arena *arena, struct str bytes)
{
	(void)arena;
	buf_str(context, bytes);
	return NULL;
}

struct file {
	struct str bytes;
	size_t at;
};

static struct err *
get_bytes(void *context, struct arena *arena, char *bytes, size_t limit, size_t *ret)
{
	struct file *file = context;
	size_t left = file->bytes.len - file->at;

	(void)arena;
	*ret = left < limit ? left : limit;
	memcpy(bytes, file->bytes.ptr + file->at, *ret);
	file->at += *ret;
	return NULL;
}

static struct err *
to_beginning(void *context, struct arena *arena)
{
	(void)arena;
	((struct file *)context)->at = 0;
	return NULL;
}

static struct str
export_osp(struct world *world, struct arena *arena, bool with_keys, struct history_counts *ret)
{
	struct buf file = buf_in(arena, DUMP_MAX);

	world_sequence(world);
	OK(history_export(world->arena,
	    &(struct history_export){ .session = world->worker,
		.organisation = world->osp_id,
		.with_keys = with_keys,
		.now = at_s(5000),
		.put = put_bytes,
		.context = &file },
	    ret));
	assert_false(file.overflowed);
	return buf_view(&file);
}

static struct err *
import_file(
    struct world *world, const struct vault *vault, struct str bytes, struct history_counts *ret)
{
	struct file file = { bytes, 0 };

	return history_import(world->arena,
	    &(struct history_import){ .session = world->worker,
		.vault = vault,
		.with_directory = true,
		.get = get_bytes,
		.rewind = to_beginning,
		.context = &file },
	    ret);
}

static void
begin_anew(void **state)
{
	assert_int_equal(world_teardown(state), 0);
	assert_int_equal(world_setup(state), 0);
}

/* An OSP with its people, and a NOC; no event of an ECO, which would need an agreement. */
static void
live_as_osp(struct world *world, const struct vault *vault)
{
	struct record noc = organisation_of(world->noc_id, "carrier");
	struct record osp = organisation_of(world->osp_id, "contractor");
	struct record agreement = agreement_of(world, "agreement", AGREEMENT_AGREED);
	struct record person = person_of(world, "lead");
	struct record user = user_of("robin"), member = member_of("member", world->osp_id, "robin");

	member.membership.name = STR("A Member");
	write_record(world, vault, DIRECTORY_EVENT_ORGANISATION_CREATED, &noc, 1);
	write_record(world, vault, DIRECTORY_EVENT_ORGANISATION_CREATED, &osp, 2);
	write_record(world, vault, DIRECTORY_EVENT_AGREEMENT_ACCEPTED, &agreement, 3);
	write_record(world, vault, DIRECTORY_EVENT_PERSON_ADDED, &person, 4);
	write_record(world, vault, DIRECTORY_EVENT_USER_CREATED, &user, 5);
	write_record(world, vault, DIRECTORY_EVENT_MEMBER_JOINED, &member, 6);
	for (int64_t version = 1; version <= 5; version++) {
		person.version = version;
		change_slot(world, RECORD_PERSON, &person);
		write_record(world, vault, DIRECTORY_EVENT_PERSON_CHANGED, &person, 6 + version);
	}
}

static void
the_directory_of_an_organisation_moves_with_its_history(void **state)
{
	struct world *world = *state;
	struct vault vault = make_vault(world);
	struct arena *arena = arena_create(4 * DUMP_MAX);
	struct history_counts counts;
	struct store_membership member;
	struct str file, before, after;
	bool found;

	live_as_osp(world, &vault);
	before = dump_of(world, arena, world->osp_id);
	file = export_osp(world, arena, true, &counts);
	assert_int_equal(counts.records, 4); /* itself, the agreement, the person, the member */
	assert_int_equal(counts.ecos, 0);
	assert_int_equal(counts.keys, 2);
	/* Where it comes from everything is there already. */
	OK(import_file(world, &vault, file, &counts));
	assert_int_equal(counts.added, 0);
	begin_anew(state);
	world = *state;
	OK(import_file(world, &vault, file, &counts));
	assert_int_equal(counts.records, 4);
	assert_int_equal(counts.added, counts.events);
	after = dump(world, arena);
	assert_same(before, after);
	OK(store_find_member(
	    world->osp, world->arena, id_of("robin"), world->osp_id, &found, &member));
	assert_true(found);
	rebuild(world, &vault);
	assert_same(before, dump(world, arena));
	arena_destroy(arena);
}

static void
a_record_that_was_made_here_as_well_stays_as_it_is_here(void **state)
{
	struct world *world = *state;
	struct vault vault = make_vault(world);
	struct arena *arena = arena_create(4 * DUMP_MAX);
	struct record osp = organisation_of(world->osp_id, "contractor");
	struct history_counts counts;
	struct store_record row;
	struct str file;

	live_as_osp(world, &vault);
	file = export_osp(world, arena, true, &counts);
	begin_anew(state);
	world = *state;
	osp.organisation.name = STR("Our own name for it");
	write_record(world, &vault, DIRECTORY_EVENT_ORGANISATION_CREATED, &osp, 1);
	OK(import_file(world, &vault, file, &counts));
	assert_int_equal(counts.left_out, 1);
	assert_int_equal(counts.added, counts.events - 1);
	assert_true(find_row(world, world->osp, RECORD_ORGANISATION, world->osp_id, &row));
	assert_true(says(row.body, "Our own name for it"));
	assert_true(sees(world, world->osp, RECORD_PERSON, "lead"));
	arena_destroy(arena);
}

static void
without_keys_a_moved_directory_has_nobody_s_name(void **state)
{
	struct world *world = *state;
	struct vault vault = make_vault(world);
	struct arena *arena = arena_create(4 * DUMP_MAX);
	struct history_counts counts;
	struct store_record row;
	struct str file;

	live_as_osp(world, &vault);
	file = export_osp(world, arena, false, &counts);
	assert_int_equal(counts.keys, 0);
	assert_false(says(file, "A Member"));
	begin_anew(state);
	world = *state;
	OK(import_file(world, &vault, file, &counts));
	assert_true(find_row(world, world->osp, RECORD_MEMBERSHIP, id_of("member"), &row));
	assert_false(says(row.body, "A Member"));
	assert_false(says(row.body, "\"name\""));
	assert_true(says(row.body, "viewer"));
	arena_destroy(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(after_any_history_the_rebuilt_rows_are_those_that_were_there),
		WORLD_TEST(who_was_erased_stays_so_in_rebuilt_rows),
		WORLD_TEST(what_one_gave_up_and_another_took_may_stand_in_the_log_either_way),
		WORLD_TEST(a_log_that_gives_one_thing_to_two_changes_nothing),
		WORLD_TEST(an_event_that_cannot_be_read_changes_nothing),
		WORLD_TEST(nothing_is_forgotten_while_events_have_no_place_yet),
		WORLD_TEST(the_directory_of_an_organisation_moves_with_its_history),
		WORLD_TEST(a_record_that_was_made_here_as_well_stays_as_it_is_here),
		WORLD_TEST(without_keys_a_moved_directory_has_nobody_s_name),
	};
	int skipped = world_store_prepare(), failed;

	if (skipped != 0)
		return skipped;
	failed = cmocka_run_group_tests_name("record rebuild", tests, NULL, NULL);
	world_store_forget();
	return failed == 0 ? 0 : 1;
}
