#include <libpq-fe.h>
#include <stdlib.h>
#include <unistd.h>

#include "app/change.h"
#include "app/vault.h"
#include "codec/event_codec.h"
#include "runtime/random.h"
#include "support/api_world.h"
#include "support/plant_record.h"

/*
 * What is known of people stands in the directory, and nowhere else in clear; and
 * who was erased is nobody any more, although the log has not changed.
 *
 * usage: people_test mem|pg
 */

/* Users who are not called like their role, so that they can be looked for. */
#define NOC_USER   "first-shift"
#define OSP_USER   "night-desk"
#define OF_NOC     NOC_USER "@lone-star-noc"
#define OF_OSP     OSP_USER "@hill-country-osp"
#define WATCHER    "viewer@hill-country-osp"
#define NOTE       "The gate code changes at midnight"
#define ERASED     "North splicer 1"
#define ERASED_TEL "+15125550102"

#define BEGINNING                \
	"scenario \"A night\"\n" \
	"noc " OF_NOC "\n"       \
	"watch " OF_OSP "\n"     \
	"create MFR at -97.7431 30.2672 with hill-country-osp \"Loss of light\"\n"
#define NIGHT                                                                   \
	BEGINNING "phone +15125550101 rings out\n"                              \
		  "phone +15125550102 voicemail after 15s\n"                    \
		  "phone +15125550103 answers after 10s, presses 1, then 30#\n" \
		  "render up\n"                                                 \
		  "task investigation: starts after 30m, completes after 60m\n" \
		  "expect anything else\nuntil ECOClosed within 12h\n"

static bool in_memory;
static const char *played;

/* -- the world -- */

static void
add_user(
    struct store_session *session, const char *handle, const char *organisation, const char *role)
{
	const struct record user = { .kind = RECORD_USER,
		.id = uuid_from_name(str_from_z(handle)),
		.user = { .handle = str_from_z(handle) } };
	struct record membership = { .kind = RECORD_MEMBERSHIP,
		.id = uuid_from_name(str_from_z(organisation)) };
	struct store_organisation found_organisation;
	bool found;

	assert_no_fault(store_find_organisation(session, server.arena, UUID_NIL,
	    str_from_z(organisation), &found, &found_organisation));
	assert_true(found);
	membership.membership = (struct membership){
		.organisation = found_organisation.id,
		.user = user.id,
		.handle = user.user.handle,
		.role = str_from_z(role),
		.state = MEMBERSHIP_ACTIVE,
	};
	plant_record(session, server.arena, &server.vault, DIRECTORY_EVENT_USER_CREATED, &user);
	plant_record(
	    session, server.arena, &server.vault, DIRECTORY_EVENT_MEMBER_JOINED, &membership);
}

static int
begin(void **state)
{
	struct store_session *session;

	(void)state;
	server_world_begin(&server, store_factory_make(), NIGHT);
	assert_no_fault(store_session_open(server.store, server.arena, STORE_WORKER, &session));
	add_user(session, NOC_USER, "lone-star-noc", "operator");
	add_user(session, OSP_USER, "hill-country-osp", "dispatcher");
	store_session_close(session);
	return 0;
}

static int
begin_and_play(void **state)
{
	struct play_result result = { .passed = false };

	(void)begin(state);
	assert_no_fault(server_world_play(&server, &result));
	assert_true(result.passed);
	played = arena_copy_z(server.arena, result.eco_id);
	return 0;
}

static struct uuid
person(const char *label)
{
	return uuid_from_name(arena_printf(arena, "seed:person:%s", label));
}

static void
erase(struct uuid whom)
{
	struct store_session *session = worker_session();
	bool found;

	assert_no_fault(store_erase_person(
	    session, arena, whom, clock_now(server.clock), STR("they asked for it"), &found));
	assert_true(found);
	store_session_close(session);
}

/* -- what stands where -- */

static const char *const secrets[] = { "North crew lead", "North splicer 1", "North splicer 2",
	"North apprentice", "+15125550101", "+15125550102", "+15125550103", "+15125550104",
	"15125550102", NOC_USER, OSP_USER };

static void
assert_tells_nobody(const char *text, size_t bytes, const char *where)
{
	struct str all = { text, bytes };

	for (size_t i = 0; i < COUNT_OF(secrets); i++) {
		struct buf hex = buf_in(arena, 128);

		for (const char *c = secrets[i]; *c != '\0'; c++)
			buf_printf(&hex, "%02x", (unsigned)*c);
		if (str_find(all, str_from_z(secrets[i])) != SIZE_MAX ||
		    str_find(all, buf_view(&hex)) != SIZE_MAX)
			fail_msg("%s tells \"%s\": %.*s", where, secrets[i], STR_ARG(all));
	}
}

static struct store_events
whole_log(void)
{
	struct store_session *session = worker_session();
	struct store_events events;

	assert_no_fault(store_read_log(session, arena, 0, STORE_BATCH_MAX, &events));
	store_session_close(session);
	return events;
}

static void
no_event_tells_a_name_a_number_or_who_a_user_is(void **state)
{
	struct store_events events = whole_log();
	size_t users = 0, plans = 0;

	(void)state;
	for (size_t i = 0; i < events.count; i++) {
		const struct store_event *event = &events.at[i];

		assert_tells_nobody(event->payload.ptr, event->payload.len, "an event");
		plans += str_equal(event->type, STR("PagerDispatched")) &&
			 str_find(event->payload, STR("sealed:1:")) != SIZE_MAX;
		if (event->actor.kind != STORE_ACTOR_USER)
			continue;
		users++;
		assert_true(str_empty(event->actor.name));
		assert_false(uuid_is_nil(event->actor.user));
	}
	assert_true(users > 0);
	assert_int_equal(plans, 1);
}

static void
check_table(PGconn *connection, const char *table)
{
	PGresult *rows = PQexec(connection, print("SELECT t::text FROM strike.\"%s\" t", table));

	if (PQresultStatus(rows) != PGRES_TUPLES_OK)
		fail_msg("%s: %s", table, PQerrorMessage(connection));
	for (int i = 0; i < PQntuples(rows); i++)
		assert_tells_nobody(PQgetvalue(rows, i, 0), (size_t)PQgetlength(rows, i, 0), table);
	PQclear(rows);
}

static void
no_table_but_the_directory_tells_anybody(void **state)
{
	PGconn *connection;
	PGresult *tables;

	(void)state;
	if (in_memory)
		skip();
	connection = PQconnectdb(store_factory_conninfo());
	tables = PQexec(connection, "SELECT tablename FROM pg_tables WHERE schemaname = 'strike'"
				    " AND tablename NOT IN ('person', 'app_user', 'record')");
	assert_int_equal(PQresultStatus(tables), PGRES_TUPLES_OK);
	assert_true(PQntuples(tables) > 10);
	for (int i = 0; i < PQntuples(tables); i++)
		check_table(connection, PQgetvalue(tables, i, 0));
	PQclear(tables);
	PQfinish(connection);
}

static void
no_line_of_the_servers_log_tells_anybody(void **state)
{
	const size_t limit = 8u << 20;
	char *text = arena_array(arena, char, limit);
	ssize_t length = pread(server.log_fd, text, limit, 0);

	(void)state;
	assert_true(length > 1000);
	assert_tells_nobody(text, (size_t)length, "the server's log");
}

/* -- what is shown -- */

static const struct json *
entry_of(const struct json *entries, const char *type, size_t which)
{
	for (size_t i = 0; i < count_at(entries, ""); i++) {
		if (str_equal(at(&entries->list.items[i], "type")->text, str_from_z(type)) &&
		    which-- == 0)
			return &entries->list.items[i];
	}
	fail_msg("no %s in %s", type, json_text(entries));
	return NULL;
}

static void
the_osp_reads_who_was_rung_and_the_noc_does_not(void **state)
{
	const struct json *of_osp = timeline(WATCHER, played), *of_noc = timeline(OPERATOR, played);
	const struct json *plan = at(entry_of(of_osp, "PagerDispatched", 0), "detail.plan.people");

	(void)state;
	assert_text_at(entry_of(of_osp, "PageAttempted", 0), "summary",
	    "Contact 1 (North crew lead) is being rung, loop 1");
	assert_text_at(entry_of(of_osp, "PageAccepted", 0), "summary",
	    "Contact 3 (North splicer 2) accepted, ETA 30 minutes");
	assert_text_at(plan, "1.label", "North splicer 1");
	assert_text_at(plan, "1.contacts.0.number", "+15125550102");
	assert_lacks(json_text(of_osp), "sealed:");
	assert_lacks(json_text(of_noc), "sealed:");
	for (size_t i = 0; i < 9; i++)
		assert_lacks(json_text(of_noc), secrets[i]);
}

static void
a_user_is_shown_by_the_handle_in_the_directory_and_to_the_other_side_not_at_all(void **state)
{
	const char *eco = created((struct create){ .identity = OF_NOC });

	(void)state;
	assert_done(
	    command(OF_OSP, "addNote", NULL, print("\"ecoId\":\"%s\",\"text\":\"" NOTE "\"", eco)));
	assert_text_at(entry_of(timeline(OPERATOR, eco), "ECOCreated", 0), "actor", NOC_USER);
	assert_text_at(entry_of(timeline(WATCHER, eco), "ECOCreated", 0), "actor", "Lone Star NOC");
	assert_text_at(entry_of(timeline(WATCHER, eco), "NoteAdded", 0), "actor", OSP_USER);
	assert_text_at(
	    entry_of(timeline(OPERATOR, eco), "NoteAdded", 0), "actor", "Hill Country OSP");
}

/* -- keys -- */

static const struct pager_list *
sealed_plan(struct store_session *session)
{
	struct change_loaded *loaded;
	struct uuid eco;

	assert_true(uuid_parse(str_from_z(played), &eco));
	assert_no_fault(change_load(session, arena, eco, &loaded));
	assert_true(loaded->callout.ringdown.plan.count > 0);
	return &loaded->callout.ringdown.plan;
}

static void
assert_cannot_open(struct str vault_key, const char *hint)
{
	struct store_session *session = worker_session();
	const struct pager_list *plan = sealed_plan(session), *opened = NULL;
	const struct roster_person *first = &plan->people[0];
	enum vault_opened how;
	struct vault vault;
	struct str phone;
	struct err *err;

	assert_no_fault(vault_init(arena, vault_key, random_bytes, &vault));
	err = vault_open_plan(&vault, session, arena, plan, &opened);
	assert_fault(err, ERR_CORRUPT, "cannot be unwrapped");
	assert_contains(arena_copy_z(arena, err->hint), hint);
	assert_null(opened);
	assert_fault(
	    vault_open_number(&vault, session, arena, first->id, &first->contacts[0], &how, &phone),
	    ERR_CORRUPT, "cannot be unwrapped");
	store_session_close(session);
}

static void
a_vault_key_that_is_wrong_or_missing_is_a_fault_that_says_so(void **state)
{
	(void)state;
	assert_cannot_open(
	    STR("YW5vdGhlciBrZXkgb2YgdGhpcnR5LXR3byBieXRlcyE="), "STRIKE_VAULT_KEY is not the key");
	assert_cannot_open(STR(""), "Set STRIKE_VAULT_KEY");
}

static void
a_setting_that_is_no_key_is_refused(void **state)
{
	static const char *const settings[] = { "x",
		"c2hvcnQ=", "b3VyIHRlc3RzJyBrZXkgb2YgdGhpcnR5LXR3byBieXQ",
		"b3VyIHRlc3RzJyBrZXkgb2YgdGhpcnR5LXR3byBieXRlcw==" };
	struct vault vault;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(settings); i++)
		assert_fault(vault_init(arena, str_from_z(settings[i]), random_bytes, &vault),
		    ERR_CORRUPT, "vault_key is not a key");
}

/* A text that is moved to somebody else, or to another field, does not open there. */
static void
a_sealed_text_means_something_only_where_it_stands(void **state)
{
	struct store_session *session = worker_session();
	const struct pager_list *plan = sealed_plan(session);
	const struct roster_person *first = &plan->people[0], *second = &plan->people[1];
	enum vault_opened how;
	struct str text;

	(void)state;
	assert_no_fault(vault_open_number(
	    &server.vault, session, arena, first->id, &first->contacts[0], &how, &text));
	assert_text(text, "+15125550101");
	assert_fault(vault_open_number(&server.vault, session, arena, second->id,
			 &first->contacts[0], &how, &text),
	    ERR_CORRUPT, "cannot be opened");
	assert_fault(vault_open_text(&server.vault, session, arena, first->id, VAULT_LABEL,
			 first->contacts[0].number, &how, &text),
	    ERR_CORRUPT, "cannot be opened");
	store_session_close(session);
}

static void
the_noc_has_no_key_to_it(void **state)
{
	struct store_session *worker = worker_session(), *session;
	const struct roster_person *first = &sealed_plan(worker)->people[0];
	struct store_organisation noc;
	enum vault_opened how;
	struct str text;
	bool found;

	(void)state;
	assert_no_fault(
	    store_find_organisation(worker, arena, UUID_NIL, STR("lone-star-noc"), &found, &noc));
	store_session_close(worker);
	assert_no_fault(store_session_open(server.store, arena, STORE_API, &session));
	store_act_for(session, noc.id);
	assert_no_fault(vault_open_text(
	    &server.vault, session, arena, first->id, VAULT_LABEL, first->label, &how, &text));
	assert_int_equal(how, VAULT_NO_KEY);
	assert_text(text, "");
	store_session_close(session);
}

/* Somebody of ours, whom no test erases; without a vault_key the key is kept as it is. */
static void
without_a_vault_key_everything_works_the_same(void **state)
{
	struct store_session *session = worker_session();
	struct pager_list plan = { .count = 1 };
	const struct pager_list *opened;
	struct vault bare;

	(void)state;
	plan.people[0] = (struct roster_person){ .id = uuid_from_name(STR("somebody")),
		.label = STR("A crew lead"),
		.contacts = { { .channel = PAGE_CHANNEL_VOICE, .number = STR("+15125550177") } },
		.contact_count = 1 };
	assert_no_fault(vault_init(arena, STR(""), random_bytes, &bare));
	assert_no_fault(vault_seal_plan(
	    &bare, session, arena, uuid_from_name(STR("seed:organisation:bayou-osp")), &plan));
	assert_true(seal_is_sealed(plan.people[0].label));
	assert_true(seal_is_sealed(plan.people[0].contacts[0].number));
	/* And goes on working when a vault_key is set later. */
	assert_no_fault(vault_open_plan(&server.vault, session, arena, &plan, &opened));
	assert_text(opened->people[0].label, "A crew lead");
	assert_text(opened->people[0].contacts[0].number, "+15125550177");
	store_session_close(session);
}

static void
a_name_in_clear_of_before_is_shown_until_its_person_is_erased(void **state)
{
	struct store_session *session = worker_session();
	struct uuid nobody = uuid_from_name(STR("a person of before"));
	enum vault_opened how;
	struct str text;

	(void)state;
	assert_no_fault(vault_open_text(
	    &server.vault, session, arena, nobody, VAULT_LABEL, STR("A crew lead"), &how, &text));
	assert_int_equal(how, VAULT_OPEN);
	assert_text(text, "A crew lead");
	/* Sealed elsewhere, and come here without its key. */
	assert_no_fault(vault_open_text(
	    &server.vault, session, arena, nobody, VAULT_LABEL, STR("sealed:1:AAAA"), &how, &text));
	assert_int_equal(how, VAULT_NO_KEY);
	assert_text(text, "");
	store_session_close(session);
}

/* -- a callout of before: names in clear, the plan in version 1 -- */

#define OLD_USER "second-shift"

static const char *of_before; /* the ECO's id */

/* ${plan} as version 1 wrote it: in clear, with one telephone a person and no steps. */
static void
write_old_plan(struct json_writer *w, const struct pager_list *plan)
{
	json_name(w, STR("plan"));
	json_begin_map(w);
	json_member_uuid(w, STR("id"), plan->id);
	json_member_text(w, STR("name"), plan->name);
	json_name(w, STR("people"));
	json_begin_list(w);
	for (size_t i = 0; i < plan->count; i++) {
		const struct roster_person *person = &plan->people[i];

		json_begin_map(w);
		json_member_uuid(w, STR("id"), person->id);
		json_member_text(w, STR("label"), person->label);
		if (person->contact_count > 0)
			json_member_text(w, STR("phone"), person->contacts[0].number);
		else
			json_member_text(w, STR("skip"), STR("NO_VERIFIED_PHONE"));
		json_end_map(w);
	}
	json_end_list(w);
	json_end_map(w);
}

/* What ${event} would have been: its plan in clear, its user by name. */
static void
make_old(struct store_session *session, struct store_event *event)
{
	struct codec_events events;
	struct json_writer writer;
	struct buf buf;
	struct str reason;

	event->id = random_uuid(event->occurred_at);
	if (event->actor.kind == STORE_ACTOR_USER) {
		event->actor.name = STR(OLD_USER);
		event->actor.user = uuid_from_name(STR("a user whom the directory forgot"));
	}
	if (!str_equal(event->type, STR("PagerDispatched")))
		return;
	assert_true(codec_decode_events(arena, event->type, event->schema_version,
	    event->occurred_at, event->payload, &events, &reason));
	assert_no_fault(vault_open_plan(&server.vault, session, arena,
	    events.at[0].pager_dispatched.plan, &events.at[0].pager_dispatched.plan));
	buf = buf_in(arena, CODEC_EVENT_BYTES_MAX);
	writer = json_writer(&buf);
	json_begin_map(&writer);
	json_member_int(&writer, STR("round"), events.at[0].pager_dispatched.round);
	write_old_plan(&writer, events.at[0].pager_dispatched.plan);
	json_end_map(&writer);
	event->payload = buf_view(&buf);
	event->schema_version = 1;
}

/* The stream of the night that was played, as version 1 would have written it. */
static void
write_old(struct store_session *session, struct uuid stream)
{
	struct store_append_result result;
	struct store_events page;
	struct store_event *events;
	struct uuid eco;

	assert_true(uuid_parse(str_from_z(played), &eco));
	assert_no_fault(store_read_stream(session, arena, eco, 0, STORE_ROWS_MAX, &page));
	events = arena_array(arena, struct store_event, page.count);
	for (size_t i = 0; i < page.count; i++) {
		events[i] = page.at[i];
		make_old(session, &events[i]);
	}
	assert_no_fault(store_append(session, arena,
	    &(struct store_append){ .stream = stream,
		.noc = page.at[0].noc,
		.osp = page.at[0].osp,
		.events = events,
		.event_count = page.count },
	    &result));
	assert_int_equal(result.outcome, STORE_APPENDED);
	server_world_settle(&server);
}

static void
assert_same_plan(const struct pager_list *a, const struct pager_list *b)
{
	assert_int_equal(a->count, b->count);
	for (size_t i = 0; i < a->count; i++) {
		assert_true(uuid_equal(a->people[i].id, b->people[i].id));
		assert_int_equal(a->people[i].skip, b->people[i].skip);
		assert_true(str_equal(a->people[i].label, b->people[i].label));
		assert_int_equal(a->people[i].contact_count, b->people[i].contact_count);
		for (size_t k = 0; k < a->people[i].contact_count; k++)
			assert_true(str_equal(
			    a->people[i].contacts[k].number, b->people[i].contacts[k].number));
	}
}

static void
a_callout_of_before_reads_like_one_of_today(void **state)
{
	struct store_session *session = worker_session();
	struct uuid old = random_uuid(clock_now(server.clock)), eco;
	struct change_loaded *then, *today;
	const struct pager_list *plan;

	(void)state;
	of_before = arena_copy_z(server.arena, uuid_text(arena, old));
	write_old(session, old);
	assert_true(uuid_parse(str_from_z(played), &eco));
	assert_no_fault(change_load(session, arena, old, &then));
	assert_no_fault(change_load(session, arena, eco, &today));
	assert_int_equal(then->callout.version, today->callout.version);
	assert_int_equal(then->callout.eco.status, today->callout.eco.status);
	assert_int_equal(then->callout.ringdown.state, today->callout.ringdown.state);
	assert_int_equal(then->callout.ringdown.attempt, today->callout.ringdown.attempt);
	assert_text(then->callout.ringdown.plan.people[0].label, "North crew lead");
	assert_no_fault(
	    vault_open_plan(&server.vault, session, arena, &today->callout.ringdown.plan, &plan));
	assert_same_plan(&then->callout.ringdown.plan, plan);
	store_session_close(session);

	assert_text_at(entry_of(timeline(WATCHER, of_before), "PageAttempted", 1), "summary",
	    "Contact 2 (" ERASED ") is being rung, loop 1");
	assert_text_at(entry_of(timeline(OPERATOR, of_before), "ECOCreated", 0), "actor", OLD_USER);
}

/* -- erasing -- */

static void
who_was_erased_is_nobody_and_the_log_has_not_changed(void **state)
{
	struct store_events before = whole_log(), after;
	const struct json *entries;

	(void)state;
	assert_contains(json_text(timeline(WATCHER, played)), ERASED);
	erase(person(ERASED));
	erase(uuid_from_name(STR(NOC_USER)));
	entries = timeline(WATCHER, played);
	assert_text_at(entry_of(entries, "PageAttempted", 1), "summary",
	    "Contact 2 (erased) is being rung, loop 1");
	assert_text_at(
	    entry_of(entries, "PagerDispatched", 0), "detail.plan.people.1.label", "erased");
	assert_text_at(entry_of(entries, "PageAttempted", 0), "summary",
	    "Contact 1 (North crew lead) is being rung, loop 1");
	assert_lacks(json_text(entries), ERASED);
	assert_lacks(json_text(entries), ERASED_TEL);
	assert_contains(
	    text_at(entry_of(timeline(OPERATOR, played), "ECOCreated", 0), "actor"), "erased-");
	/* Also where the name stands in clear, from before. */
	entries = timeline(WATCHER, of_before);
	assert_text_at(entry_of(entries, "PageAttempted", 1), "summary",
	    "Contact 2 (erased) is being rung, loop 1");
	assert_lacks(json_text(entries), ERASED);
	assert_lacks(json_text(entries), ERASED_TEL);
	/* Reading verifies every hash; and nothing was written. */
	after = whole_log();
	assert_int_equal(after.count, before.count);
	for (size_t i = 0; i < after.count; i++)
		assert_true(sha256_equal(after.at[i].hash, before.at[i].hash));
}

/* -- erased while the list is being rung -- */

static bool
journal_names(const char *number)
{
	struct http_answer *answer = arena_new(arena, struct http_answer);

	assert_no_fault(http_client_send(server.client, arena,
	    &(struct http_call){
		.method = "GET",
		.url = arena_printf(arena, "%.*s/control/journal", STR_ARG(server.mock_url)),
		.timeout = SECONDS(20),
	    },
	    answer));
	assert_int_equal(answer->status, 200);
	return str_find(answer->body, str_from_z(number)) != SIZE_MAX;
}

static void
who_is_erased_during_the_night_is_not_rung_and_the_next_person_is_at_once(void **state)
{
	const char *eco = created((struct create){ .identity = OF_NOC });
	const struct json *entries;

	(void)state;
	assert_int_equal(count_entries(WATCHER, eco, "PagePlaced"), 1);
	erase(person(ERASED));
	for (int second = 0; second < 150; second++) {
		clock_advance(server.clock, SECONDS(1));
		server_world_settle(&server);
	}
	entries = timeline(WATCHER, eco);
	assert_text_at(entry_of(entries, "PageNotReached", 1), "summary",
	    "Attempt 2 did not reach anybody, the call failed: the person was erased");
	assert_text_at(entry_of(entries, "PageAttempted", 1), "summary",
	    "Contact 2 (erased) is being rung, loop 1");
	assert_text_at(entry_of(entries, "PageAttempted", 2), "at",
	    text_at(entry_of(entries, "PageAttempted", 1), "at"));
	assert_text_at(entry_of(entries, "PageAccepted", 0), "summary",
	    "Contact 3 (North splicer 2) accepted, ETA 30 minutes");
	assert_int_equal(count_entries(WATCHER, eco, "PageAttempted"), 3);
	assert_true(journal_names("+15125550101"));
	assert_true(journal_names("+15125550103"));
	assert_false(journal_names(ERASED_TEL));
}

static void
who_is_erased_before_the_night_is_left_out_of_it(void **state)
{
	const char *eco = created((struct create){ .identity = OF_NOC });
	const struct json *people =
	    at(entry_of(timeline(WATCHER, eco), "PagerDispatched", 0), "detail.plan.people");

	(void)state;
	assert_text_at(people, "1.label", "erased");
	assert_text_at(people, "1.skip", "NO_VERIFIED_PHONE");
	assert_text_at(people, "2.label", "North splicer 2");
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest after_a_night[] = {
		API_TEST(no_event_tells_a_name_a_number_or_who_a_user_is),
		API_TEST(no_table_but_the_directory_tells_anybody),
		API_TEST(no_line_of_the_servers_log_tells_anybody),
		API_TEST(the_osp_reads_who_was_rung_and_the_noc_does_not),
		API_TEST(
		    a_user_is_shown_by_the_handle_in_the_directory_and_to_the_other_side_not_at_all),
		API_TEST(a_vault_key_that_is_wrong_or_missing_is_a_fault_that_says_so),
		API_TEST(a_setting_that_is_no_key_is_refused),
		API_TEST(a_sealed_text_means_something_only_where_it_stands),
		API_TEST(the_noc_has_no_key_to_it),
		API_TEST(without_a_vault_key_everything_works_the_same),
		API_TEST(a_name_in_clear_of_before_is_shown_until_its_person_is_erased),
		API_TEST(a_callout_of_before_reads_like_one_of_today),
		API_TEST(who_was_erased_is_nobody_and_the_log_has_not_changed),
	};
	const struct CMUnitTest during_a_night[] = {
		API_TEST(who_is_erased_during_the_night_is_not_rung_and_the_next_person_is_at_once),
		API_TEST(who_is_erased_before_the_night_is_left_out_of_it),
	};
	int failed;

	in_memory = argc < 2 || strcmp(argv[1], "mem") == 0;
	store_factory_choose(argc > 1 ? argv[1] : "mem");
	failed = cmocka_run_group_tests(after_a_night, begin_and_play, api_world_end);
	failed += cmocka_run_group_tests(during_a_night, begin, api_world_end);
	return failed == 0 ? 0 : 1;
}
