#include "isolation/schedule.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "isolation/schedule_actor.h"
#include "store/pg/store_pg.h"
#include "support/pg_database.h"

#define ACTORS_MAX       8
#define PLAY_ARENA_BYTES (16u << 20)
#define PLACES_MAX       16384
#define LOOK_AGAIN_US    2000
#define LOOKS_MAX        30000 /* a minute: neither an answer nor a lock to wait for */
#define PROMISES         COUNT_OF(promises)
#define FOREIGN_WRITE    "BEGIN; CREATE TEMP TABLE foreigner (n bigint)"

struct play {
	struct arena *arena;
	struct book book;
	struct actor actors[ACTORS_MAX];
	size_t actor_count;
	PGconn *conn;      /* a superuser's, to look on */
	PGconn *elsewhere; /* in another database, with a write transaction open; or NULL */
	int line;
	struct buf *problem;
};

/* What always holds behind a schedule, as queries that count what breaks it. */
static const struct {
	const char *what, *sql;
} promises[] = {
	{ "a position is missing",
	    "SELECT count(*) FROM (SELECT position AS p, row_number() OVER (ORDER BY position)"
	    " AS n FROM strike.log) AS l WHERE p <> n" },
	{ "an event has two positions", "SELECT count(*) - count(DISTINCT seq) FROM strike.log" },
	{ "a position has no event", "SELECT count(*) FROM strike.log l WHERE NOT EXISTS"
				     " (SELECT FROM strike.event e WHERE e.seq = l.seq)" },
	{ "the head is not the last position",
	    "SELECT count(*) FROM strike.log_head WHERE last_position <>"
	    " (SELECT COALESCE(max(position), 0) FROM strike.log)" },
	{ "a stream is out of order in the log",
	    "SELECT count(*) FROM (SELECT version - lag(version, 1, 0::bigint) OVER"
	    " (PARTITION BY stream_id ORDER BY position) AS step"
	    " FROM strike.log JOIN strike.event USING (seq)) AS s WHERE step <> 1" },
	{ "a stream's version is not that of its last event",
	    "SELECT count(*) FROM strike.stream s WHERE s.version <> (SELECT COALESCE(max("
	    "e.version), 0) FROM strike.event e WHERE e.stream_id = s.id)" },
};

__attribute__((format(printf, 2, 3))) static bool
wrong(struct play *play, const char *format, ...)
{
	char text[OUTCOME_MAX];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	buf_printf(play->problem, "line %d: %s", play->line, text);
	return false;
}

/* ---- words ---- */

/* Cut ${line} into ${ret}; what stands behind "#" is no part of it.  False: too many words. */
static bool
cut_words(struct str line, struct step *ret)
{
	line = str_cut(&line, '#');
	ret->count = 0;
	while (!str_empty(line = str_trim(line))) {
		size_t end = 0;

		while (end < line.len && line.ptr[end] != ' ' && line.ptr[end] != '\t')
			end++;
		if (ret->count == STEP_WORDS_MAX)
			return false;
		ret->words[ret->count++] = (struct str){ line.ptr, end };
		line = (struct str){ line.ptr + end, line.len - end };
	}
	return true;
}

static bool
says(const struct step *step, size_t at, const char *word)
{
	return at < step->count && str_equal(step->words[at], str_from_z(word));
}

/* Words ${from} to ${to} of ${step} as one text. */
static struct str
joined(struct play *play, const struct step *step, size_t from, size_t to)
{
	struct buf buf = buf_in(play->arena, OUTCOME_MAX);

	for (size_t i = from; i < to; i++) {
		if (i > from)
			buf_char(&buf, ' ');
		buf_str(&buf, step->words[i]);
	}
	return buf_view(&buf);
}

/* All words of ${text}, each once: among them are the names of all streams. */
static void
write_book(struct play *play, struct str text)
{
	while (text.len > 0) {
		struct step step;

		if (!cut_words(str_cut(&text, '\n'), &step))
			continue;
		for (size_t i = 0; i < step.count; i++) {
			size_t at = 0;

			while (at < play->book.count &&
			       !str_equal(play->book.words[at], step.words[i]))
				at++;
			if (at == play->book.count && at < SCHEDULE_WORDS_MAX)
				play->book.words[play->book.count++] = step.words[i];
		}
	}
}

struct str
schedule_name(struct str text)
{
	while (text.len > 0) {
		struct str line = str_trim(str_cut(&text, '\n'));

		if (str_starts_with(line, STR("test ")))
			return str_trim((struct str){ line.ptr + 5, line.len - 5 });
		if (line.len > 0 && line.ptr[0] != '#')
			break;
	}
	return STR("");
}

/* ---- sessions ---- */

static struct actor *
find_actor(struct play *play, struct str name)
{
	for (size_t i = 0; i < play->actor_count; i++) {
		if (str_equal(str_from_z(play->actors[i].name), name))
			return &play->actors[i];
	}
	return NULL;
}

/* The session ${name}, which comes up when there is none; NULL after saying why it cannot. */
static struct actor *
need_actor(struct play *play, struct str name, enum store_role role, struct uuid organisation)
{
	struct actor *actor = find_actor(play, name);
	struct buf reason = buf_in(play->arena, OUTCOME_MAX);

	if (actor != NULL)
		return actor;
	if (play->actor_count == ACTORS_MAX || name.len >= ACTOR_NAME_MAX || name.len == 0) {
		(void)wrong(play, "no room for a session \"%.*s\"", STR_ARG(name));
		return NULL;
	}
	actor = &play->actors[play->actor_count];
	*actor = (struct actor){ .book = &play->book, .role = role, .organisation = organisation };
	memcpy(actor->name, name.ptr, name.len);
	if (!actor_start(actor, &reason)) {
		(void)wrong(play, "session \"%.*s\" could not be opened: %.*s", STR_ARG(name),
		    STR_ARG(buf_view(&reason)));
		return NULL;
	}
	play->actor_count++;
	return actor;
}

/* Its place stays empty: a thread's lock cannot be moved. */
static void
remove_actor(struct actor *actor)
{
	actor_stop(actor);
	actor->name[0] = '\0';
}

enum waiting { ANSWERED, WAITING, LOST };

/* Wait until ${actor} has answered or waits for a lock that another session holds. */
static enum waiting
wait_for(struct play *play, struct actor *actor)
{
	char sql[320];

	(void)snprintf(sql, sizeof(sql),
	    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
	    " AND application_name = 'actor %s' AND cardinality(pg_blocking_pids(pid)) > 0",
	    actor->name);
	for (int i = 0; i < LOOKS_MAX; i++) {
		if (actor_is_done(actor))
			return ANSWERED;
		if (i > 2 && pg_database_number(play->conn, sql) > 0)
			return actor_is_done(actor) ? ANSWERED : WAITING;
		(void)usleep(LOOK_AGAIN_US);
	}
	return LOST;
}

/* The outcome that ${step} says from word ${at} on, in the words that the sessions use. */
static struct str
expected_outcome(struct play *play, const struct step *step, size_t at)
{
	struct place *places = arena_array(play->arena, struct place, PLACES_MAX);
	struct buf buf = buf_in(play->arena, OUTCOME_MAX);
	size_t count;

	if (at < step->count && str_find(step->words[at], STR("/")) != SIZE_MAX &&
	    places_parse(step->words + at, step->count - at, places, PLACES_MAX, &count)) {
		places_format(&play->book, places, count, &buf);
		return buf_view(&buf);
	}
	return joined(play, step, at, step->count);
}

/* ${actor} has answered: as it should have?  ${at}: where the expectation stands in ${step}. */
static bool
hear(struct play *play, struct actor *actor, const struct step *step, size_t at)
{
	struct str expected = expected_outcome(play, step, at);
	bool good;

	if (!actor->understood)
		return wrong(play, "there is no such step");
	good = at < step->count ? str_equal(str_from_z(actor->outcome), expected) : actor->good;
	if (!good && at < step->count)
		return wrong(
		    play, "expected \"%.*s\", got \"%s\"", STR_ARG(expected), actor->outcome);
	if (!good)
		return wrong(play, "expected it to succeed, got \"%s\"", actor->outcome);
	actor_heard(actor);
	return true;
}

/* "NAME: STEP [-> OUTCOME]" */
static bool
play_step(struct play *play, struct str name, const struct step *step)
{
	struct actor *actor = need_actor(play, name, STORE_WORKER, UUID_NIL);
	struct step doing = { .count = 0 };
	size_t arrow = 0;
	bool waits, answers;
	enum waiting waiting;

	if (actor == NULL)
		return false;
	while (arrow < step->count && !says(step, arrow, "->"))
		arrow++;
	memcpy(doing.words, step->words, sizeof(doing.words));
	doing.count = arrow;
	waits = says(step, arrow + 1, "waits");
	answers = says(step, 0, "answers");
	if (!answers && actor->state != ACTOR_IDLE)
		return wrong(play, "session \"%s\" has not answered yet", actor->name);
	if (answers && actor->state == ACTOR_IDLE)
		return wrong(play, "session \"%s\" was asked nothing", actor->name);
	if (!answers)
		actor_hand(actor, &doing);
	waiting = wait_for(play, actor);
	if (waiting == LOST)
		return wrong(play, "\"%s\" neither answers nor waits for a lock", actor->name);
	if (waiting == WAITING)
		return waits ? true : wrong(play, "\"%s\" waits for a lock", actor->name);
	if (waits)
		return wrong(play, "expected it to wait, got \"%s\"", actor->outcome);
	return hear(play, actor, step, arrow < step->count ? arrow + 1 : step->count);
}

/* ---- what nobody's session does ---- */

/* "session NAME acts for the noc" */
static bool
play_session(struct play *play, const struct step *step)
{
	struct uuid organisation = schedule_noc();

	if (!says(step, 2, "acts") || !says(step, 3, "for") || step->count < 5)
		return wrong(play, "\"session NAME acts for the noc\" (the osp, a stranger)");
	if (says(step, step->count - 1, "osp"))
		organisation = schedule_osp();
	else if (says(step, step->count - 1, "stranger"))
		organisation = uuid_from_name(STR("somebody else"));
	else if (!says(step, step->count - 1, "noc"))
		return wrong(
		    play, "nobody is called \"%.*s\"", STR_ARG(step->words[step->count - 1]));
	return need_actor(play, step->words[1], STORE_API, organisation) != NULL;
}

static bool
play_elsewhere(struct play *play, bool open)
{
	if (open == (play->elsewhere != NULL))
		return wrong(play, open ? "it is open already" : "nothing is open elsewhere");
	if (open) {
		play->elsewhere = PQconnectdb(getenv("STRIKE_TEST_DATABASE_URL"));
		pg_database_run(play->elsewhere, FOREIGN_WRITE);
	} else {
		PQfinish(play->elsewhere);
		play->elsewhere = NULL;
	}
	return true;
}

/* Break all connections of the session ${name}. */
static void
break_connections(struct play *play, const struct actor *actor)
{
	char sql[256];

	(void)snprintf(sql, sizeof(sql),
	    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
	    " WHERE datname = current_database() AND application_name = 'actor %s'",
	    actor->name);
	pg_database_run(play->conn, sql);
}

static bool
play_end_of(struct play *play, const struct step *step)
{
	struct actor *actor = find_actor(play, step->words[1]);

	if (actor == NULL)
		return wrong(play, "there is no session \"%.*s\"", STR_ARG(step->words[1]));
	break_connections(play, actor);
	if (says(step, 0, "kill"))
		remove_actor(actor);
	return true;
}

/* As a restore leaves it: transaction ids that this cluster has not come to yet. */
static bool
play_restore(struct play *play)
{
	pg_database_run(play->conn,
	    "SET session_replication_role = replica;"
	    "UPDATE strike.event SET xid = '900000000';"
	    "UPDATE strike.log_head SET snap = '900000001:900000001:', cluster = 1;"
	    "RESET session_replication_role");
	return true;
}

static bool
play_cache(struct play *play, const struct step *step)
{
	struct str sql = arena_printf(
	    play->arena, "ALTER SEQUENCE strike.event_seq CACHE %.*s", STR_ARG(step->words[1]));

	pg_database_run(play->conn, arena_copy_z(play->arena, sql));
	return true;
}

/* "open store -> OUTCOME": what a process finds that begins now. */
static bool
play_open_store(struct play *play, const struct step *step)
{
	struct store *store = NULL;
	struct err *err = store_pg_open(play->arena, pg_database_conninfo(), &store);
	const char *outcome = err == NULL ? "ok" : err->kind == ERR_CORRUPT ? "corrupt" : "fault";
	struct str expected = step->count > 3 ? step->words[3] : STR("ok");

	store_close(store);
	if (str_equal(expected, str_from_z(outcome)))
		return true;
	return wrong(play, "expected \"%.*s\", got \"%s\"", STR_ARG(expected), outcome);
}

/* The events that ${sql} gives as rows of stream and version. */
static size_t
read_places(struct play *play, const char *sql, struct place *ret)
{
	PGresult *result = PQexec(play->conn, sql);
	size_t count = 0;

	for (int i = 0; i < PQntuples(result) && count < PLACES_MAX; i++) {
		if (uuid_parse(str_from_z(PQgetvalue(result, i, 0)), &ret[count].stream) &&
		    str_parse_i64(str_from_z(PQgetvalue(result, i, 1)), &ret[count].version))
			count++;
	}
	PQclear(result);
	return count;
}

static bool
expect_log(struct play *play, const struct step *step)
{
	struct place *places = arena_array(play->arena, struct place, PLACES_MAX);
	struct buf found = buf_in(play->arena, OUTCOME_MAX);
	struct str expected = step->count == 3 && says(step, 2, "nothing")
				  ? STR("nothing")
				  : expected_outcome(play, step, 2);

	places_format(&play->book, places,
	    read_places(play,
		"SELECT stream_id, version FROM strike.log JOIN strike.event USING (seq)"
		" ORDER BY position",
		places),
	    &found);
	if (str_equal(buf_view(&found), expected))
		return true;
	return wrong(play, "expected the log to be \"%.*s\", it is \"%.*s\"", STR_ARG(expected),
	    STR_ARG(buf_view(&found)));
}

/* "expect stream s at 2" */
static bool
expect_stream(struct play *play, const struct step *step)
{
	struct str id = uuid_text(play->arena, uuid_from_name(step->words[2]));
	struct str sql = arena_printf(play->arena,
	    "SELECT COALESCE(max(version), 0) FROM strike.event WHERE stream_id = '%.*s'",
	    STR_ARG(id));
	int64_t expected;
	long long found = pg_database_number(play->conn, arena_copy_z(play->arena, sql));

	if (!says(step, 3, "at") || step->count != 5 || !str_parse_i64(step->words[4], &expected))
		return wrong(play, "\"expect stream s at 2\"");
	if (found == (long long)expected)
		return true;
	return wrong(play, "expected stream \"%.*s\" at %lld, it is at %lld",
	    STR_ARG(step->words[2]), (long long)expected, found);
}

/* "expire FOLLOWER": its leases ran out. */
static bool
play_expire(struct play *play, const struct step *step)
{
	struct str sql = arena_printf(play->arena,
	    "UPDATE strike.slot SET lease = clock_timestamp() - interval '1 h'"
	    " WHERE subscription = '%.*s'",
	    STR_ARG(step->words[1]));

	pg_database_run(play->conn, arena_copy_z(play->arena, sql));
	return true;
}

/* A line that is no session's. */
static bool
play_line(struct play *play, const struct step *step)
{
	if (says(step, 0, "test"))
		return true;
	if (says(step, 0, "session"))
		return play_session(play, step);
	if (says(step, 0, "open") && says(step, 1, "elsewhere"))
		return play_elsewhere(play, true);
	if (says(step, 0, "close") && says(step, 1, "elsewhere"))
		return play_elsewhere(play, false);
	if (says(step, 0, "open") && says(step, 1, "store"))
		return play_open_store(play, step);
	if ((says(step, 0, "break") || says(step, 0, "kill")) && step->count == 2)
		return play_end_of(play, step);
	if (says(step, 0, "restore") && step->count == 1)
		return play_restore(play);
	if (says(step, 0, "cache") && step->count == 2)
		return play_cache(play, step);
	if (says(step, 0, "expire") && step->count == 2)
		return play_expire(play, step);
	if (says(step, 0, "expect") && says(step, 1, "log") && step->count > 2)
		return expect_log(play, step);
	if (says(step, 0, "expect") && says(step, 1, "stream") && step->count > 2)
		return expect_stream(play, step);
	if (says(step, 0, "skip") && says(step, 1, "position")) {
		pg_database_run(
		    play->conn, "UPDATE strike.log_head SET last_position = last_position + 1");
		return true;
	}
	if (says(step, 0, "replace") && says(step, 1, "leader")) {
		pg_database_run(play->conn, "UPDATE strike.log_head SET epoch = epoch + 1");
		return true;
	}
	return wrong(
	    play, "nobody knows what \"%.*s\" is", STR_ARG(joined(play, step, 0, step->count)));
}

/* ---- the whole ---- */

static bool
keep_promises(struct play *play)
{
	for (size_t i = 0; i < PROMISES; i++) {
		if (pg_database_number(play->conn, promises[i].sql) != 0)
			return wrong(play, "behind the last line: %s", promises[i].what);
	}
	return true;
}

static bool
play_lines(struct play *play, struct str text)
{
	while (text.len > 0) {
		struct step step;

		play->line++;
		if (!cut_words(str_cut(&text, '\n'), &step))
			return wrong(play, "too many words");
		if (step.count == 0)
			continue;
		if (step.words[0].len > 1 && step.words[0].ptr[step.words[0].len - 1] == ':') {
			struct str name = { step.words[0].ptr, step.words[0].len - 1 };

			step.count--;
			memmove(step.words, step.words + 1, step.count * sizeof(step.words[0]));
			if (!play_step(play, name, &step))
				return false;
		} else if (!play_line(play, &step)) {
			return false;
		}
	}
	return keep_promises(play);
}

bool
schedule_play(struct str text, struct buf *problem)
{
	struct play *play = calloc(1, sizeof(*play));
	bool holds;

	CHECK(play != NULL);
	play->arena = arena_create(PLAY_ARENA_BYTES);
	play->problem = problem;
	play->conn = pg_database_connect();
	pg_database_reset();
	write_book(play, text);
	holds = play_lines(play, text);
	if (play->elsewhere != NULL)
		PQfinish(play->elsewhere);
	/* Who still waits for another one's lock would be waited for. */
	for (size_t i = 0; i < play->actor_count; i++) {
		if (play->actors[i].name[0] != '\0' && play->actors[i].state != ACTOR_IDLE)
			break_connections(play, &play->actors[i]);
	}
	for (size_t i = 0; i < play->actor_count; i++) {
		if (play->actors[i].name[0] != '\0')
			actor_stop(&play->actors[i]);
	}
	pg_database_run(play->conn, "ALTER SEQUENCE strike.event_seq CACHE 1");
	PQfinish(play->conn);
	arena_destroy(play->arena);
	free(play);
	return holds;
}
