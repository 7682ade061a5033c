#include "history/history_load.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "support/unit.h"

#define FILE_BYTES_MAX (64u << 20)
#define WORDS_MAX      6

static bool
is_spoiler(const char *name)
{
	return strchr(HISTORY_SPOILERS, name[0]) != NULL;
}

/* What the spoilers did is not held against the store. */
static void
forgive_spoilers(struct history *history)
{
	for (size_t i = 0; i < history->ops_count; i++) {
		struct history_op *op = &history->ops[i];

		if (!is_spoiler(op->name))
			continue;
		op->fate = OP_OPEN;
		op->wants = op->found;
		op->answer[0] = '\0';
	}
}

/* ---- lines ---- */

static void
copy_name(char ret[HISTORY_NAME_MAX], struct str name)
{
	size_t length = name.len < HISTORY_NAME_MAX ? name.len : HISTORY_NAME_MAX - 1;

	memset(ret, 0, HISTORY_NAME_MAX);
	memcpy(ret, name.ptr, length);
}

/* The op that a file speaks of: the last one, since a process does one after another. */
static struct history_op *
last_op(const struct history *history, struct str name)
{
	struct history_op *op =
	    history->ops_count == 0 ? NULL : &history->ops[history->ops_count - 1];

	return op != NULL && str_equal(str_from_z(op->name), name) ? op : NULL;
}

static bool
read_intend(struct history *history, const struct str *words)
{
	struct history_op *op = HISTORY_ADD(history, ops);

	*op = (struct history_op){ .fate = OP_OPEN };
	copy_name(op->name, words[1]);
	return str_parse_i64(words[2], &op->wants) && str_parse_i64(words[3], &op->after);
}

/* "try OP STREAM EXPECTED INDEX" */
static bool
read_try(struct history_op *op, const struct str *words)
{
	int64_t index;

	if (!str_parse_i64(words[4], &index) || index < 0 || index >= HISTORY_STREAMS_MAX)
		return false;
	op->try_count = (size_t)index + 1;
	return uuid_parse(words[2], &op->tries[index].stream) &&
	       str_parse_i64(words[3], &op->tries[index].expected);
}

static void
read_lost(struct history *history, const struct history_op *op)
{
	struct history_loss *loss = HISTORY_ADD(history, losses);

	*loss = (struct history_loss){ .try_count = op->try_count };
	memcpy(loss->op, op->name, sizeof(loss->op));
	memcpy(loss->tries, op->tries, sizeof(loss->tries));
}

/* A line that speaks of an op. */
static bool
read_op_line(struct history *history, const struct str *words)
{
	struct history_op *op = last_op(history, words[1]);

	if (op == NULL)
		return false;
	if (str_equal(words[0], STR("try")))
		return read_try(op, words);
	if (str_equal(words[0], STR("lost")))
		read_lost(history, op);
	else if (str_equal(words[0], STR("done"))) {
		op->fate = OP_DONE;
		if (!str_equal(words[2], STR("-")))
			copy_name(op->answer, words[2]);
	} else if (str_equal(words[0], STR("undone")))
		op->fate = OP_UNDONE;
	else if (str_equal(words[0], STR("gaveup")))
		op->fate = OP_GAVE_UP;
	else if (str_equal(words[0], STR("body")))
		op->other_body_accepted |= str_equal(words[2], STR("accepted"));
	else
		return false;
	return true;
}

static bool
read_seen(struct history *history, const char *process, const struct str *words)
{
	struct history_seen *seen = HISTORY_ADD(history, seen);

	copy_name(seen->reader, str_from_z(process));
	return str_parse_i64(words[1], &seen->position) && uuid_parse(words[2], &seen->id);
}

static bool
read_given(struct history *history, const char *process, const struct str *words)
{
	struct history_given *given = HISTORY_ADD(history, given);

	copy_name(given->process, str_from_z(process));
	return str_parse_i64(words[1], &given->head) && str_parse_i64(words[2], &given->count);
}

bool
history_read_line(struct history *history, const char *process, struct str line)
{
	struct str words[WORDS_MAX] = { { "", 0 } }, whole = line;
	int64_t number;

	for (size_t i = 0; i < WORDS_MAX; i++)
		words[i] = str_cut(&line, ' ');
	if (str_equal(words[0], STR("intend")))
		return read_intend(history, words);
	if (str_equal(words[0], STR("saw")))
		return read_seen(history, process, words);
	if (str_equal(words[0], STR("gave")))
		return read_given(history, process, words);
	if (str_equal(words[0], STR("board"))) {
		history->views++;
		if (!str_parse_i64(words[1], &number))
			return false;
		history->bad_views += number != HISTORY_BOARD_ROWS;
		return true;
	}
	if (str_equal(words[0], STR("fault"))) {
		history->deadlocks += str_find(whole, STR("deadlock")) != SIZE_MAX;
		return true;
	}
	if (str_equal(words[0], STR("parked"))) {
		history->parkings++;
		history->bad_parkings += !str_equal(words[3], STR("poison"));
	} else if (str_equal(words[0], STR("switched")))
		history->switches++;
	else if (str_equal(words[0], STR("stranger")))
		history->strangers++;
	else if (str_equal(words[0], STR("archived")))
		history->archived++;
	else if (str_equal(words[0], STR("leak")))
		history->leaks++;
	else
		return read_op_line(history, words);
	return true;
}

/* ---- files ---- */

static void
read_file(struct history *history, const char *folder, const char *name)
{
	char path[512], process[HISTORY_NAME_MAX] = "";
	struct arena *arena = arena_create(FILE_BYTES_MAX + 4096);
	char *text = arena_bytes(arena, FILE_BYTES_MAX);
	struct str rest = { text, 0 };
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	(void)snprintf(process, sizeof(process), "%.*s", (int)(strrchr(name, '.') - name), name);
	file = fopen(path, "re");
	assert_non_null(file);
	assert_non_null(text);
	rest.len = fread(text, 1, FILE_BYTES_MAX, file);
	(void)fclose(file);
	while (rest.len > 0) {
		struct str line = str_cut(&rest, '\n');

		if (!history_read_line(history, process, line))
			fail_msg("%s: no line of a history: %.*s", name, STR_ARG(line));
	}
	arena_destroy(arena);
}

static int
only_histories(const struct dirent *entry)
{
	return strstr(entry->d_name, ".history") != NULL;
}

static void
read_files(struct history *history, const char *folder, bool spoilers)
{
	struct dirent **names;
	int count = scandir(folder, &names, only_histories, alphasort);

	assert_true(count > 0);
	for (int i = 0; i < count; i++) {
		if (!spoilers || is_spoiler(names[i]->d_name))
			read_file(history, folder, names[i]->d_name);
		free(names[i]);
	}
	free(names);
}

/* ---- tables ---- */

static int64_t
number_at(const PGresult *result, int row, int column)
{
	int64_t number = 0;

	if (!str_parse_i64(str_from_z(PQgetvalue(result, row, column)), &number))
		fail_msg("no number: %s", PQgetvalue(result, row, column));
	return number;
}

static struct uuid
uuid_at(const PGresult *result, int row, int column)
{
	struct uuid id = UUID_NIL;

	assert_true(uuid_parse(str_from_z(PQgetvalue(result, row, column)), &id));
	return id;
}

static PGresult *
query(PGconn *conn, const char *sql, const char *parameter)
{
	PGresult *result =
	    PQexecParams(conn, sql, parameter == NULL ? 0 : 1, NULL, &parameter, NULL, NULL, 0);

	if (PQresultStatus(result) != PGRES_TUPLES_OK)
		fail_msg("%s: %s", sql, PQerrorMessage(conn));
	return result;
}

static void
read_events(struct history *history, PGconn *conn, bool spoilers)
{
	PGresult *result = query(conn,
	    "SELECT COALESCE(l.position, 0), e.seq, e.xid, e.event_id, e.stream_id, e.version,"
	    " j.p->>'op', COALESCE(j.p->>'ordinal', '0'), COALESCE(j.p->>'job', '0'),"
	    " COALESCE(j.p->>'poison', '0')"
	    " FROM strike.history e LEFT JOIN strike.log l USING (seq)"
	    " CROSS JOIN LATERAL (SELECT convert_from(e.payload, 'UTF8')::jsonb AS p) AS j"
	    " ORDER BY e.seq",
	    NULL);

	for (int i = 0; i < PQntuples(result); i++) {
		const char *op = PQgetvalue(result, i, 6);
		struct history_event *event;

		/* What is in the log counts for its positions, whoever wrote it. */
		if (spoilers && !is_spoiler(op))
			continue;
		event = HISTORY_ADD(history, events);
		*event = (struct history_event){ .position = number_at(result, i, 0),
			.seq = number_at(result, i, 1),
			.xid = number_at(result, i, 2),
			.id = uuid_at(result, i, 3),
			.stream = uuid_at(result, i, 4),
			.version = number_at(result, i, 5),
			.ordinal = number_at(result, i, 7),
			.job = number_at(result, i, 8),
			.poison = number_at(result, i, 9) != 0 };
		copy_name(event->op, str_from_z(op));
	}
	PQclear(result);
}

static void
read_streams(struct history *history, PGconn *conn)
{
	PGresult *result = query(conn, "SELECT id, version FROM strike.stream", NULL);

	for (int i = 0; i < PQntuples(result); i++)
		*HISTORY_ADD(history, streams) =
		    (struct history_stream){ uuid_at(result, i, 0), number_at(result, i, 1) };
	PQclear(result);
}

static void
read_effects(struct history *history, PGconn *conn, const char *follower)
{
	PGresult *result = query(conn,
	    "SELECT number, event_id, stream_id, version, position, slot, epoch, process"
	    " FROM history_test.effect WHERE follower = $1 ORDER BY number",
	    follower);

	for (int i = 0; i < PQntuples(result); i++) {
		struct history_effect *effect = HISTORY_ADD(history, effects);

		*effect = (struct history_effect){ .number = number_at(result, i, 0),
			.id = uuid_at(result, i, 1),
			.stream = uuid_at(result, i, 2),
			.version = number_at(result, i, 3),
			.position = number_at(result, i, 4),
			.slot = number_at(result, i, 5),
			.epoch = number_at(result, i, 6) };
		copy_name(effect->process, str_from_z(PQgetvalue(result, i, 7)));
	}
	PQclear(result);
}

static void
read_row(struct history_row *ret, const PGresult *result, int row)
{
	*ret = (struct history_row){ .stream = uuid_at(result, row, 0),
		.version = number_at(result, row, 1),
		.events = number_at(result, row, 2) };
	(void)snprintf(ret->digest, sizeof(ret->digest), "%s", PQgetvalue(result, row, 3));
}

static void
read_rows(struct history *history, PGconn *conn, const char *follower)
{
	const char *sql = "SELECT stream_id, version, events, digest"
			  " FROM history_test.projection WHERE follower = $1";
	PGresult *live = query(conn, sql, follower), *rebuilt = query(conn, sql, "rebuilt");

	for (int i = 0; i < PQntuples(live); i++)
		read_row(HISTORY_ADD(history, rows), live, i);
	for (int i = 0; i < PQntuples(rebuilt); i++)
		read_row(HISTORY_ADD(history, rebuilt), rebuilt, i);
	PQclear(live);
	PQclear(rebuilt);
}

static int64_t
number_of(PGconn *conn, const char *sql)
{
	PGresult *result = query(conn, sql, NULL);
	int64_t number = PQntuples(result) == 0 ? 0 : number_at(result, 0, 0);

	PQclear(result);
	return number;
}

void
history_load(
    struct history *history, PGconn *conn, const char *folder, const char *follower, bool spoilers)
{
	*history = (struct history){ .head = 0 };
	read_files(history, folder, spoilers);
	read_events(history, conn, spoilers);
	read_streams(history, conn);
	read_effects(history, conn, follower);
	read_rows(history, conn, follower);
	history->head = number_of(conn, "SELECT last_position FROM strike.log_head");
	history->last_job =
	    number_of(conn, "SELECT COALESCE(max(last), 0) FROM strike.job_sequence");
	history_index(history);
	if (!spoilers)
		forgive_spoilers(history);
}
