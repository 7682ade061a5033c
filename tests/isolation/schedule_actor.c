#include "isolation/schedule_actor.h"

#include <stdio.h>
#include <stdlib.h>

#include "store/pg/pg_internal.h"
#include "store/store_feed.h"
#include "support/pg_database.h"

#define ACTOR_ARENA_BYTES (64u << 20)
#define ALSO_IN_A_LINE    4

struct uuid
schedule_noc(void)
{
	return uuid_from_name(STR("a carrier"));
}

struct uuid
schedule_osp(void)
{
	return uuid_from_name(STR("a contractor"));
}

/* ---- the words for places ---- */

static struct str
name_of(const struct book *book, struct uuid stream)
{
	for (size_t i = 0; i < book->count; i++) {
		if (uuid_equal(uuid_from_name(book->words[i]), stream))
			return book->words[i];
	}
	return STR("?");
}

void
places_format(const struct book *book, const struct place *places, size_t count, struct buf *ret)
{
	size_t last;

	if (count == 0)
		buf_str(ret, STR("nothing"));
	for (size_t first = 0; first < count; first = last + 1) {
		for (last = first; last + 1 < count &&
				   uuid_equal(places[last + 1].stream, places[first].stream) &&
				   places[last + 1].version == places[last].version + 1;)
			last++;
		buf_printf(ret, "%s%.*s/%lld", first == 0 ? "" : " ",
		    STR_ARG(name_of(book, places[first].stream)), (long long)places[first].version);
		if (last > first)
			buf_printf(ret, "-%lld", (long long)places[last].version);
	}
}

bool
places_parse(
    const struct str *words, size_t count, struct place *places, size_t limit, size_t *ret_count)
{
	*ret_count = 0;
	if (count == 1 && str_equal(words[0], STR("nothing")))
		return true;
	for (size_t i = 0; i < count; i++) {
		struct str last = words[i], name = str_cut(&last, '/'), first = str_cut(&last, '-');
		int64_t from, to;

		if (!str_parse_i64(first, &from))
			return false;
		to = from;
		if (!str_empty(last) && !str_parse_i64(last, &to))
			return false;
		for (; from <= to; from++) {
			if (*ret_count == limit)
				return false;
			places[(*ret_count)++] = (struct place){ uuid_from_name(name), from };
		}
	}
	return true;
}

/* ---- what a step comes to ---- */

__attribute__((format(printf, 3, 4))) static void
say(struct actor *actor, bool good, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(actor->outcome, sizeof(actor->outcome), format, args);
	va_end(args);
	actor->good = good;
}

/* The word for ${err}, and "ok" for none. */
static void
say_fault(struct actor *actor, const struct err *err)
{
	static const char *const words[] = { [ERR_CONFLICT] = "conflict",
		[ERR_UNAVAILABLE] = "unavailable",
		[ERR_UNCERTAIN] = "uncertain",
		[ERR_LIMIT] = "limit",
		[ERR_CORRUPT] = "corrupt" };

	say(actor, err == NULL, "%s", err == NULL ? "ok" : words[err->kind]);
}

static void
say_events(struct actor *actor, const struct err *err, const struct store_events *events)
{
	struct buf buf = buf_over(actor->outcome, sizeof(actor->outcome) - 1);
	struct place *places = arena_array(actor->arena, struct place, events->count + 1);

	if (err != NULL || places == NULL) {
		say_fault(actor, err);
		return;
	}
	for (size_t i = 0; i < events->count; i++)
		places[i] = (struct place){ events->at[i].stream, events->at[i].version };
	places_format(actor->book, places, events->count, &buf);
	buf.ptr[buf.len] = '\0';
	actor->good = true;
}

static void
say_answer(struct actor *actor, const struct err *err, const struct store_append_result *result,
    const char *fresh)
{
	if (err != NULL)
		say_fault(actor, err);
	else if (result->outcome == STORE_REPEATED)
		say(actor, false, "repeated %.*s", STR_ARG(result->answer));
	else if (result->outcome == STORE_KEY_REUSED)
		say(actor, false, "reused");
	else
		say(actor, true, "%s", fresh);
}

/* ---- steps ---- */

/* Whether word ${at} of ${step} is ${word}. */
static bool
is(const struct step *step, size_t at, const char *word)
{
	return at < step->count && str_equal(step->words[at], str_from_z(word));
}

static struct str
word(const struct step *step, size_t at)
{
	return at < step->count ? step->words[at] : STR("");
}

static bool
number(const struct step *step, size_t at, int64_t *ret)
{
	return str_parse_i64(word(step, at), ret);
}

/* Run ${format} with ${name} on the session's own connection, behind the port's back. */
static bool
do_raw(struct actor *actor, const char *format, struct str name)
{
	struct str sql = arena_printf(actor->arena, "%s%.*s", format, STR_ARG(name));
	PGconn *conn = ((struct pg_session *)actor->session)->conn;
	PGresult *result = PQexec(conn, arena_copy_z(actor->arena, sql));
	ExecStatusType status = PQresultStatus(result);
	bool good = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;

	say(actor, good, "%s", good ? "ok" : PQresultErrorField(result, PG_DIAG_SQLSTATE));
	PQclear(result);
	return true;
}

static struct store_event *
make_events(struct actor *actor, int64_t count)
{
	struct store_event *events =
	    arena_array(actor->arena, struct store_event, (size_t)count + 1);

	for (int64_t i = 0; events != NULL && i < count; i++) {
		struct str name = arena_printf(
		    actor->arena, "%s event %lld", actor->name, (long long)++actor->appended);

		events[i] = (struct store_event){ .id = uuid_from_name(name),
			.type = STR("NoteAdded"),
			.schema_version = 1,
			.occurred_at = { actor->appended },
			.actor = { .kind = STORE_ACTOR_PROCESS, .name = STR("schedule") },
			.payload = STR("{}") };
	}
	return events;
}

/* "STREAM at VERSION [with N events]" from word ${*at} on. */
static bool
read_stream_part(struct actor *actor, const struct step *step, size_t *at, struct store_also *ret)
{
	int64_t count = 1;

	*ret = (struct store_also){ .noc = schedule_noc(), .osp = schedule_osp() };
	ret->stream = uuid_from_name(word(step, *at));
	if (!is(step, *at + 1, "at") || !number(step, *at + 2, &ret->expected_version))
		return false;
	*at += 3;
	if (is(step, *at, "with")) {
		if (!number(step, *at + 1, &count) || count < 0 || count > STORE_ROWS_MAX ||
		    !(is(step, *at + 2, "events") || is(step, *at + 2, "event")))
			return false;
		*at += 3;
	}
	ret->events = make_events(actor, count);
	ret->event_count = (size_t)count;
	return ret->events != NULL;
}

/* "for FOLLOWER slot N to POSITION" from word ${at} on. */
static bool
read_move_part(const struct actor *actor, const struct step *step, size_t at, struct str *ret_name,
    struct store_move *ret)
{
	*ret_name = word(step, at);
	*ret = (struct store_move){ .slot = -1 };
	if (!is(step, at + 1, "slot") || !number(step, at + 2, &ret->slot) ||
	    !is(step, at + 3, "to") || !number(step, at + 4, &ret->to) || at + 5 != step->count)
		return false;
	for (size_t i = 0; i < actor->held.count; i++) {
		if (actor->held.at[i].number != ret->slot)
			continue;
		ret->from = actor->held.at[i].position;
		ret->epoch = actor->held.at[i].epoch;
		return true;
	}
	return false;
}

static bool
do_append(struct actor *actor, const struct step *step)
{
	struct store_also parts[ALSO_IN_A_LINE];
	struct store_append append = { .noc = schedule_noc(), .osp = schedule_osp() };
	struct store_append_result result;
	size_t at = 1, count = 0;

	do {
		if (count == ALSO_IN_A_LINE || !read_stream_part(actor, step, &at, &parts[count]))
			return false;
		count++;
	} while (is(step, at, "and") && ++at);
	append.stream = parts[0].stream;
	append.expected_version = parts[0].expected_version;
	append.events = parts[0].events;
	append.event_count = parts[0].event_count;
	append.also = parts + 1;
	append.also_count = count - 1;
	if (is(step, at, "key") && is(step, at + 2, "body")) {
		append.command_key = uuid_from_name(word(step, at + 1));
		append.command_scope =
		    actor->role == STORE_API ? actor->organisation : schedule_noc();
		append.body_hash = sha256_of(word(step, at + 3));
		append.answer = word(step, at + 3);
		at += 4;
	}
	if (is(step, at, "for") &&
	    !read_move_part(actor, step, at + 1, &append.follower, &append.move))
		return false;
	if (at != step->count && str_empty(append.follower))
		return false;
	say_answer(
	    actor, store_append(actor->session, actor->arena, &append, &result), &result, "ok");
	return true;
}

static bool
do_find(struct actor *actor, const struct step *step)
{
	struct store_append_result result;

	if (!is(step, 1, "key") || !is(step, 3, "body") || step->count != 5)
		return false;
	say_answer(actor,
	    store_find_command(actor->session, actor->arena,
		actor->role == STORE_API ? actor->organisation : schedule_noc(),
		uuid_from_name(word(step, 2)), sha256_of(word(step, 4)), &result),
	    &result, "unused");
	return true;
}

static bool
do_take_number(struct actor *actor)
{
	int64_t taken = 0;
	struct err *err = store_take_job_number(
	    actor->session, actor->arena, schedule_noc(), schedule_osp(), JOB_TYPE_MFR, &taken);

	if (err != NULL)
		say_fault(actor, err);
	else
		say(actor, true, "number %lld", (long long)taken);
	return true;
}

static bool
do_sequence(struct actor *actor)
{
	int64_t head;
	size_t count = 0;
	bool leads = false;
	struct err *err = store_sequence(actor->session, actor->arena, &head, &leads, &count);

	if (err != NULL)
		say_fault(actor, err);
	else if (leads)
		say(actor, true, "gives %zu", count);
	else
		say(actor, true, "does not lead");
	return true;
}

static bool
do_read(struct actor *actor, const struct step *step)
{
	struct store_events events = { 0 };
	struct err *err;
	int64_t after = 0;

	if (is(step, 1, "log") && is(step, 2, "from") && number(step, 3, &after))
		err = store_read_log(actor->session, actor->arena, after, STORE_BATCH_MAX, &events);
	else if (step->count == 2)
		err = store_read_stream(actor->session, actor->arena, uuid_from_name(word(step, 1)),
		    0, STORE_ROWS_MAX, &events);
	else
		return false;
	say_events(actor, err, &events);
	return true;
}

static bool
do_hold(struct actor *actor, const struct step *step)
{
	struct err *err = store_hold_slots(
	    actor->session, actor->arena, word(step, 1), is(step, 0, "rebuild"), &actor->held);
	struct buf buf = buf_over(actor->outcome, sizeof(actor->outcome) - 1);

	say_fault(actor, err);
	if (err != NULL)
		return true;
	buf_str(&buf, actor->held.count == 0 ? STR("no slots") : STR("slots"));
	for (size_t i = 0; i < actor->held.count; i++)
		buf_printf(&buf, " %lld", (long long)actor->held.at[i].number);
	buf.ptr[buf.len] = '\0';
	return true;
}

/* "epoch of slot 0": the one in which it is held, as far as the session knows. */
static bool
do_epoch(struct actor *actor, const struct step *step)
{
	int64_t slot;

	if (!is(step, 2, "slot") || !number(step, 3, &slot))
		return false;
	say(actor, false, "none");
	for (size_t i = 0; i < actor->held.count; i++) {
		if (actor->held.at[i].number == slot)
			say(actor, true, "epoch %lld", (long long)actor->held.at[i].epoch);
	}
	return true;
}

static bool
do_move(struct actor *actor, const struct step *step)
{
	struct store_move move;
	struct str name;

	if (!read_move_part(actor, step, 1, &name, &move))
		return false;
	say_fault(actor, store_move_slots(actor->session, actor->arena, name, &move, 1, false));
	return true;
}

static bool
do_follow(struct actor *actor, const struct step *step)
{
	int64_t slots;

	if (!is(step, 2, "with") || !number(step, 3, &slots) || step->count != 5)
		return false;
	say_fault(
	    actor, store_subscribe(actor->session, actor->arena, word(step, 1), slots, STORE_LIVE));
	return true;
}

/* "begin build P", "switch build P to 2", "live build P"; false when it is none of them. */
static bool
do_build(struct actor *actor, const struct step *step)
{
	int64_t build = 0;
	struct err *err;

	if (!is(step, 1, "build") || step->count < 3)
		return false;
	if (is(step, 0, "switch") && is(step, 3, "to") && number(step, 4, &build)) {
		say_fault(
		    actor, store_switch_build(actor->session, actor->arena, word(step, 2), build));
		return true;
	}
	if (is(step, 0, "begin"))
		err = store_begin_build(actor->session, actor->arena, word(step, 2), &build);
	else if (is(step, 0, "live"))
		err = store_live_build(actor->session, actor->arena, word(step, 2), &build);
	else
		return false;
	if (err != NULL)
		say_fault(actor, err);
	else
		say(actor, true, "build %lld", (long long)build);
	return true;
}

/* The store may put off its BEGIN until there is something to do; here it is to be done now. */
static struct err *
begin_now(struct actor *actor)
{
	struct store_events none;

	TRY(store_begin(actor->session, actor->arena, actor->organisation));
	return store_read_stream(
	    actor->session, actor->arena, uuid_from_name(STR("no stream")), 0, 1, &none);
}

/* Steps of a transaction; false when it is none of them. */
static bool
do_transaction(struct actor *actor, const struct step *step)
{
	if (is(step, 0, "begin"))
		say_fault(actor, begin_now(actor));
	else if (is(step, 0, "commit"))
		say_fault(actor, store_commit(actor->session, actor->arena));
	else if (is(step, 0, "touch"))
		return do_raw(actor, "SELECT pg_current_xact_id()", STR(""));
	else if (is(step, 0, "savepoint") && step->count == 2)
		return do_raw(actor, "SAVEPOINT ", step->words[1]);
	else if (is(step, 0, "rollback") && is(step, 1, "to") && step->count == 3)
		return do_raw(actor, "ROLLBACK TO ", step->words[2]);
	else if (is(step, 0, "release") && step->count == 2)
		return do_raw(actor, "RELEASE ", step->words[1]);
	else if (is(step, 0, "rollback") && step->count == 1) {
		store_rollback(actor->session);
		say_fault(actor, NULL);
	} else
		return false;
	return true;
}

/* Whether ${step} can be done as things stand: inside a transaction, or outside of one. */
static bool
is_its_time(const struct actor *actor, const struct step *step)
{
	static const char *const inside[] = { "commit", "touch", "savepoint", "release", "take" };
	static const char *const outside[] = { "begin", "sequence", "hold", "rebuild", "switch" };

	for (size_t i = 0; i < COUNT_OF(inside); i++) {
		if (is(step, 0, inside[i]) && !actor->session->open)
			return false;
	}
	for (size_t i = 0; i < COUNT_OF(outside); i++) {
		if (is(step, 0, outside[i]) && actor->session->open)
			return false;
	}
	return true;
}

/* Do ${step}; false when there is no such step. */
static bool
do_step(struct actor *actor, const struct step *step)
{
	if (!is_its_time(actor, step)) {
		say(actor, false,
		    actor->session->open ? "a transaction is open" : "no transaction is open");
		return true;
	}
	if (is(step, 0, "append"))
		return do_append(actor, step);
	if (is(step, 0, "find"))
		return do_find(actor, step);
	if (is(step, 0, "take") && is(step, 1, "number"))
		return do_take_number(actor);
	if (is(step, 0, "sequence"))
		return do_sequence(actor);
	if (is(step, 0, "read"))
		return do_read(actor, step);
	if (is(step, 0, "follow"))
		return do_follow(actor, step);
	if (is(step, 1, "build"))
		return do_build(actor, step);
	if ((is(step, 0, "hold") || is(step, 0, "rebuild")) && step->count == 2)
		return do_hold(actor, step);
	if (is(step, 0, "epoch") && is(step, 1, "of"))
		return do_epoch(actor, step);
	if (is(step, 0, "move"))
		return do_move(actor, step);
	if (is(step, 0, "let") && is(step, 1, "go") && step->count == 3) {
		say_fault(actor, store_let_go_slots(actor->session, actor->arena, step->words[2]));
		return true;
	}
	return do_transaction(actor, step);
}

/* ---- the thread ---- */

static void *
act(void *argument)
{
	struct actor *actor = argument;

	(void)pthread_mutex_lock(&actor->lock);
	for (;;) {
		while (actor->state == ACTOR_IDLE || actor->state == ACTOR_DONE)
			(void)pthread_cond_wait(&actor->turn, &actor->lock);
		if (actor->state == ACTOR_LEAVING)
			break;
		(void)pthread_mutex_unlock(&actor->lock);
		actor->understood = do_step(actor, &actor->step);
		(void)pthread_mutex_lock(&actor->lock);
		if (actor->state == ACTOR_BUSY)
			actor->state = ACTOR_DONE;
	}
	(void)pthread_mutex_unlock(&actor->lock);
	return NULL;
}

/* The store and the session of ${actor}; a fault lives in its arena. */
static struct err *
open_session(struct actor *actor)
{
	/* By this name its backends are found in pg_stat_activity. */
	struct str conninfo = arena_printf(
	    actor->arena, "%s application_name='actor %s'", pg_database_conninfo(), actor->name);

	TRY(store_pg_open(actor->arena, arena_copy_z(actor->arena, conninfo), &actor->store));
	TRY(store_session_open(actor->store, actor->arena, actor->role, &actor->session));
	store_act_for(actor->session, actor->organisation);
	return NULL;
}

bool
actor_start(struct actor *actor, struct buf *problem)
{
	struct err *err;

	actor->arena = arena_create(ACTOR_ARENA_BYTES);
	err = open_session(actor);
	if (err != NULL) {
		err_format(err, problem);
		store_close(actor->store);
		arena_destroy(actor->arena);
		return false;
	}
	CHECK(pthread_mutex_init(&actor->lock, NULL) == 0);
	CHECK(pthread_cond_init(&actor->turn, NULL) == 0);
	CHECK(pthread_create(&actor->thread, NULL, act, actor) == 0);
	return true;
}

void
actor_hand(struct actor *actor, const struct step *step)
{
	(void)pthread_mutex_lock(&actor->lock);
	CHECK(actor->state == ACTOR_IDLE);
	actor->step = *step;
	actor->state = ACTOR_BUSY;
	(void)pthread_cond_signal(&actor->turn);
	(void)pthread_mutex_unlock(&actor->lock);
}

bool
actor_is_done(struct actor *actor)
{
	bool done;

	(void)pthread_mutex_lock(&actor->lock);
	done = actor->state == ACTOR_DONE;
	(void)pthread_mutex_unlock(&actor->lock);
	return done;
}

void
actor_heard(struct actor *actor)
{
	(void)pthread_mutex_lock(&actor->lock);
	CHECK(actor->state == ACTOR_DONE);
	actor->state = ACTOR_IDLE;
	(void)pthread_mutex_unlock(&actor->lock);
}

void
actor_stop(struct actor *actor)
{
	(void)pthread_mutex_lock(&actor->lock);
	actor->state = ACTOR_LEAVING;
	(void)pthread_cond_signal(&actor->turn);
	(void)pthread_mutex_unlock(&actor->lock);
	(void)pthread_join(actor->thread, NULL);
	(void)pthread_cond_destroy(&actor->turn);
	(void)pthread_mutex_destroy(&actor->lock);
	store_session_close(actor->session);
	store_close(actor->store);
	arena_destroy(actor->arena);
}
