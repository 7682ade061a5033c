#include <libpq-fe.h>
#include <stdlib.h>

#include "runtime/clock.h"
#include "runtime/random.h"
#include "store_clients.h"

#define PARAMS 6

const char append_plain_table[] =
    "DROP TABLE IF EXISTS plain_event;"
    "CREATE TABLE plain_event (seq bigserial PRIMARY KEY, stream_id uuid NOT NULL,"
    " version bigint NOT NULL, event_id uuid NOT NULL, noc_id uuid NOT NULL, osp_id uuid NOT NULL,"
    " type text NOT NULL, schema_version bigint NOT NULL, occurred_at timestamptz NOT NULL,"
    " recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(), actor_kind text NOT NULL,"
    " actor_name text NOT NULL, actor_user uuid NOT NULL, actor_organisation uuid NOT NULL,"
    " correlation uuid NOT NULL, causation uuid NOT NULL, payload bytea NOT NULL,"
    " hash bytea NOT NULL, UNIQUE (stream_id, version))";

static const char insert_sql[] =
    "INSERT INTO plain_event (stream_id, version, event_id, noc_id, osp_id, type, schema_version,"
    " occurred_at, actor_kind, actor_name, actor_user, actor_organisation, correlation, causation,"
    " payload, hash) VALUES ($1::uuid, $2::bigint, $3::uuid, $4::uuid, $4::uuid, 'PageNotReached',"
    " 1, now(), 'process', 'ringdown', $4::uuid, $4::uuid, $3::uuid, $3::uuid, $5::bytea,"
    " $6::bytea)";

static const char message_sql[] =
    "SELECT message_store.write_message($1::varchar, $2::varchar, 'PageNotReached', $3::jsonb,"
    " NULL, $4::bigint)";

struct rival {
	const struct append_with *with;
	PGconn *conn;
	size_t index, next;
	char streams[APPEND_OWN_STREAMS][80];
	int64_t versions[APPEND_OWN_STREAMS];
};

static struct err *
said(struct arena *arena, const struct rival *rival, PGresult *result)
{
	ExecStatusType status = PQresultStatus(result);

	PQclear(result);
	if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_COPY_IN)
		return NULL;
	return ERR(arena, ERR_UNAVAILABLE, "%s", PQerrorMessage(rival->conn));
}

static struct str
fresh_id(struct arena *arena)
{
	return uuid_text(arena, random_uuid(clock_system_now()));
}

static struct err *
open_rival(const struct client_job *job, size_t index, struct arena *arena, struct rival **ret)
{
	struct rival *rival = arena_new(arena, struct rival);

	CHECK(rival != NULL);
	rival->with = job->with;
	rival->index = index;
	*ret = rival;
	rival->conn = PQconnectdb(rival->with->conninfo);
	if (PQstatus(rival->conn) != CONNECTION_OK)
		return ERR(arena, ERR_UNAVAILABLE, "%s", PQerrorMessage(rival->conn));
	return NULL;
}

static void
close_rival(void *client)
{
	PQfinish(((struct rival *)client)->conn);
}

/* The streams of a client; those of message-db begin with their category. */
static void
name_streams(struct rival *rival, struct arena *arena, bool with_category)
{
	for (size_t i = 0; i < APPEND_OWN_STREAMS; i++) {
		struct str id = fresh_id(arena);
		struct buf buf = buf_over(rival->streams[i], sizeof(rival->streams[i]) - 1);

		if (with_category)
			buf_printf(&buf, "eco%zu-", i % rival->with->categories);
		buf_str(&buf, id);
		buf_char(&buf, '\0');
	}
}

static struct err *
open_insert(const struct client_job *job, size_t index, struct arena *arena, void **ret)
{
	struct rival *rival;

	TRY(open_rival(job, index, arena, &rival));
	name_streams(rival, arena, false);
	*ret = rival;
	return said(arena, rival, PQprepare(rival->conn, "insert", insert_sql, 0, NULL));
}

static struct err *
insert_one(struct rival *rival, struct arena *arena, size_t stream)
{
	static const char hash[] = "\\x000000000000000000000000000000000000000000000000000000000000"
				   "0000";
	struct str payload = append_payload();
	const char *values[PARAMS] = { rival->streams[stream],
		arena_printf(arena, "%lld", (long long)++rival->versions[stream]).ptr,
		fresh_id(arena).ptr, "0a000000-0000-0000-0000-000000000001", payload.ptr, hash };
	int lengths[PARAMS] = { 0, 0, 0, 0, (int)payload.len, 0 };
	int formats[PARAMS] = { 0, 0, 0, 0, 1, 0 };

	return said(arena, rival,
	    PQexecPrepared(rival->conn, "insert", PARAMS, values, lengths, formats, 1));
}

static struct err *
step_insert(void *client, struct arena *arena, size_t *ret_done)
{
	struct rival *rival = client;
	size_t stream = rival->next++ % APPEND_OWN_STREAMS, count = rival->with->events;

	if (count > 1)
		TRY(said(arena, rival, PQexec(rival->conn, "BEGIN")));
	for (size_t i = 0; i < count; i++)
		TRY(insert_one(rival, arena, stream));
	if (count > 1)
		TRY(said(arena, rival, PQexec(rival->conn, "COMMIT")));
	*ret_done = count;
	return NULL;
}

static struct err *
step_copy(void *client, struct arena *arena, size_t *ret_done)
{
	struct rival *rival = client;
	size_t stream = rival->next++ % APPEND_OWN_STREAMS, count = rival->with->events;
	struct str payload = append_payload();
	PGresult *end;

	TRY(said(arena, rival,
	    PQexec(rival->conn,
		"COPY plain_event (stream_id, version, event_id, noc_id, osp_id, type,"
		" schema_version, occurred_at, actor_kind, actor_name, actor_user,"
		" actor_organisation, correlation, causation, payload, hash) FROM STDIN")));
	for (size_t i = 0; i < count; i++) {
		struct str id = fresh_id(arena);
		struct str org = STR("0a000000-0000-0000-0000-000000000001");
		struct str row = arena_printf(arena,
		    "%s\t%lld\t%.*s\t%.*s\t%.*s\tPageNotReached\t1\t2026-01-06 14:05:30Z\tprocess\t"
		    "ringdown\t%.*s\t%.*s\t%.*s\t%.*s\t%.*s\t\\\\x%064d\n",
		    rival->streams[stream], (long long)++rival->versions[stream], STR_ARG(id),
		    STR_ARG(org), STR_ARG(org), STR_ARG(org), STR_ARG(org), STR_ARG(id),
		    STR_ARG(id), STR_ARG(payload), 0);

		if (PQputCopyData(rival->conn, row.ptr, (int)row.len) != 1)
			return ERR(arena, ERR_UNAVAILABLE, "%s", PQerrorMessage(rival->conn));
	}
	if (PQputCopyEnd(rival->conn, NULL) != 1)
		return ERR(arena, ERR_UNAVAILABLE, "%s", PQerrorMessage(rival->conn));
	while ((end = PQgetResult(rival->conn)) != NULL)
		TRY(said(arena, rival, end));
	*ret_done = count;
	return NULL;
}

static struct err *
open_message(const struct client_job *job, size_t index, struct arena *arena, void **ret)
{
	struct rival *rival;

	TRY(open_rival(job, index, arena, &rival));
	name_streams(rival, arena, true);
	*ret = rival;
	TRY(said(arena, rival, PQexec(rival->conn, "SET search_path = message_store, public")));
	return said(arena, rival, PQprepare(rival->conn, "write", message_sql, 0, NULL));
}

static struct err *
write_message(struct rival *rival, struct arena *arena, size_t stream)
{
	const char *values[] = { fresh_id(arena).ptr, rival->streams[stream], append_payload().ptr,
		arena_printf(arena, "%lld", (long long)rival->versions[stream]++ - 1).ptr };

	return said(arena, rival,
	    PQexecPrepared(rival->conn, "write", COUNT_OF(values), values, NULL, NULL, 0));
}

static struct err *
step_message(void *client, struct arena *arena, size_t *ret_done)
{
	struct rival *rival = client;
	size_t stream = rival->next++ % APPEND_OWN_STREAMS, count = rival->with->events;

	if (count > 1)
		TRY(said(arena, rival, PQexec(rival->conn, "BEGIN")));
	for (size_t i = 0; i < count; i++)
		TRY(write_message(rival, arena, stream));
	if (count > 1)
		TRY(said(arena, rival, PQexec(rival->conn, "COMMIT")));
	*ret_done = count;
	return NULL;
}

const struct client_kind append_single_insert = { "single INSERT", open_insert, step_insert,
	close_rival };
const struct client_kind append_copy = { "COPY", open_insert, step_copy, close_rival };
const struct client_kind append_message_db = { "message-db", open_message, step_message,
	close_rival };
