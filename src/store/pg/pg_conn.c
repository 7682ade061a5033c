#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/fault_point.h"
#include "store/pg/pg_internal.h"

/* How much is read from an idle connection before it is used. */
#define IDLE_READS_MAX 8

struct statement_row {
	const char *name;
	bool writes; /* a lost answer leaves it open whether it was done */
};

#define READS  false
#define WRITES true
static const struct statement_row statements[] = {
#define PG_STATEMENT(name, kind) { #name, kind },
#include "store/pg/pg_statements.def"
#undef PG_STATEMENT
};
#undef READS
#undef WRITES

static const struct pg_params no_params;

void
pg_conn_close(PGconn **conn)
{
	PQfinish(*conn);
	*conn = NULL;
}

void
pg_result_clear(PGresult **result)
{
	PQclear(*result);
	*result = NULL;
}

struct str
pg_query_text(struct str name)
{
	struct str rest = pg_query_files[0].text, line;

	while (rest.len > 0) {
		size_t end;

		line = str_cut(&rest, '\n');
		if (!str_starts_with(line, STR("-- name: ")) ||
		    !str_equal((struct str){ line.ptr + strlen("-- name: "),
				   line.len - strlen("-- name: ") },
			name))
			continue;
		end = str_find(rest, STR("-- name: "));
		return end == SIZE_MAX ? rest : (struct str){ rest.ptr, end };
	}
	UNREACHABLE("every query that is asked for stands in queries.sql");
}

/* ---- what went wrong ---- */

/* Whether ${state} is a SQLSTATE of ${class}, its first characters. */
static bool
in_class(const char *state, const char *class)
{
	return strncmp(state, class, strlen(class)) == 0;
}

static struct str
primary_message(PGconn *conn, const PGresult *result, struct arena *arena)
{
	const char *text =
	    result == NULL ? NULL : PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

	return arena_copy(arena, str_trim(str_from_z(text != NULL ? text : PQerrorMessage(conn))));
}

/* A row that fits no partition is a check that failed, but none with a name. */
static bool
lacks_partition(const char *state, const PGresult *result)
{
	return in_class(state, "23514") &&
	       PQresultErrorField(result, PG_DIAG_CONSTRAINT_NAME) == NULL;
}

static struct err *
lost(PGconn *conn, const PGresult *result, bool uncertain, struct arena *arena)
{
	struct str said = primary_message(conn, result, arena);

	if (uncertain)
		return err_explain(ERR(arena, ERR_UNCERTAIN,
				       "lost the database before it could confirm the change"),
		    said, STR("It may have been written: repeat it with the same key."));
	return err_explain(ERR(arena, ERR_UNAVAILABLE, "lost the connection to the database"), said,
	    STR("Nothing was written; try again."));
}

struct err *
pg_fault(PGconn *conn, const PGresult *result, bool uncertain, struct arena *arena)
{
	const char *state = result == NULL ? NULL : PQresultErrorField(result, PG_DIAG_SQLSTATE);
	struct str said;

	/* Class 57P: the server is going down, perhaps just after the commit. */
	if (state == NULL || PQstatus(conn) == CONNECTION_BAD || in_class(state, "57P") ||
	    in_class(state, "08"))
		return lost(conn, result, uncertain, arena);
	said = primary_message(conn, result, arena);
	if (in_class(state, "40"))
		return ERR(arena, ERR_CONFLICT, "%.*s", STR_ARG(said));
	/* What is there already may be somebody else's: its name and value are for the log. */
	if (in_class(state, "23505"))
		return ERR(arena, ERR_CONFLICT, "the database has such a row already");
	if (in_class(state, "57014") || in_class(state, "55P03") || in_class(state, "53"))
		return err_explain(ERR(arena, ERR_UNAVAILABLE, "the database is too busy"), said,
		    STR("Nothing was written; try again."));
	if (in_class(state, "42P01") || in_class(state, "3F000") || in_class(state, "42883"))
		return err_explain(
		    ERR(arena, ERR_UNAVAILABLE, "the database is not set up for this program"),
		    said, STR("Run \"strike migrate\"."));
	if (lacks_partition(state, result))
		return err_explain(ERR(arena, ERR_UNAVAILABLE, "%.*s", STR_ARG(said)),
		    STR("Partitions are made ahead of need, and nobody has made them."),
		    STR("SELECT strike.make_partitions()"));
	return err_explain(ERR(arena, ERR_CORRUPT, "the database refused a statement (%s)", state),
	    said, STR("This program and the database do not agree; see the database's log."));
}

/* ---- connecting ---- */

/* Notices are for people at a prompt; what matters comes as an error. */
static void
ignore_notice(void *context, const PGresult *result)
{
	(void)context;
	(void)result;
}

struct err *
pg_connect(struct arena *arena, const char *conninfo, PGconn **ret)
{
	/* What stands before dbname are defaults that the connection string may override. */
	const char *names[] = { "connect_timeout", "keepalives_idle", "application_name", "dbname",
		"client_encoding", NULL };
	const char *values[] = { "5", "30", "strike", conninfo, "UTF8", NULL };
	CLEANUP(pg_conn_close) PGconn *conn = PQconnectdbParams(names, values, 1);
	struct str said;

	if (conn == NULL)
		return store_out_of_memory(arena);
	if (PQstatus(conn) != CONNECTION_OK) {
		said = arena_copy(arena, str_trim(str_from_z(PQerrorMessage(conn))));
		return err_explain(ERR(arena, ERR_UNAVAILABLE, "could not reach the database"),
		    said, STR("Is it running, and is STRIKE_DATABASE_URL right?"));
	}
	PQsetNoticeReceiver(conn, ignore_notice, NULL);
	*ret = conn;
	conn = NULL;
	return NULL;
}

struct err *
pg_script(PGconn *conn, struct arena *arena, struct str name, PGresult **ret)
{
	const char *text = arena_copy_z(arena, pg_query_text(name));
	CLEANUP(pg_result_clear) PGresult *result = NULL;

	if (text == NULL)
		return store_out_of_memory(arena);
	result = PQexec(conn, text);
	if (PQresultStatus(result) != PGRES_COMMAND_OK && PQresultStatus(result) != PGRES_TUPLES_OK)
		return pg_fault(conn, result, false, arena);
	if (ret != NULL) {
		*ret = result;
		result = NULL;
	}
	return NULL;
}

/* Read what a pipeline answers up to its end; keep result number ${wanted}, or the failure. */
static PGresult *
drain_pipeline(PGconn *conn, int wanted)
{
	PGresult *kept = NULL, *result;
	bool failed = false;
	int at = 0;

	for (;;) {
		ExecStatusType status;

		result = PQgetResult(conn);
		if (result == NULL) {
			if (PQstatus(conn) == CONNECTION_BAD)
				break;
			at++;
			continue;
		}
		status = PQresultStatus(result);
		if (status == PGRES_PIPELINE_SYNC) {
			PQclear(result);
			break;
		}
		if (!failed && (status == PGRES_FATAL_ERROR || at == wanted)) {
			failed = status == PGRES_FATAL_ERROR;
			PQclear(kept);
			kept = result;
		} else {
			PQclear(result);
		}
	}
	(void)PQexitPipelineMode(conn);
	return kept;
}

/* Prepare every statement, in one round trip. */
static struct err *
prepare_all(PGconn *conn, struct arena *arena)
{
	CLEANUP(pg_result_clear) PGresult *result = NULL;
	bool sent = PQenterPipelineMode(conn) != 0;

	for (size_t i = 0; i < COUNT_OF(statements) && sent; i++) {
		const char *text =
		    arena_copy_z(arena, pg_query_text(str_from_z(statements[i].name)));

		if (text == NULL)
			return store_out_of_memory(arena);
		sent = PQsendPrepare(conn, statements[i].name, text, 0, NULL) != 0;
	}
	if (!sent || !PQpipelineSync(conn))
		return pg_fault(conn, NULL, false, arena);
	result = drain_pipeline(conn, (int)COUNT_OF(statements) - 1);
	if (PQresultStatus(result) != PGRES_COMMAND_OK)
		return pg_fault(conn, result, false, arena);
	return NULL;
}

/* Have ${conn} break off what takes longer than the store's limit, if there is one. */
static struct err *
limit_statements(const struct store *store, PGconn *conn, struct arena *arena)
{
	const char *most_ms = arena_copy_z(
	    arena, arena_printf(arena, "%lld", (long long)(store->statement_most.us / 1000)));
	const char *text = arena_copy_z(arena, pg_query_text(STR("limit_statements")));
	CLEANUP(pg_result_clear) PGresult *result = NULL;

	if (store->statement_most.us == 0)
		return NULL;
	if (most_ms == NULL || text == NULL)
		return store_out_of_memory(arena);
	result = PQexecParams(conn, text, 1, NULL, &most_ms, NULL, NULL, 0);
	return PQresultStatus(result) == PGRES_TUPLES_OK ? NULL
							 : pg_fault(conn, result, false, arena);
}

static struct err *
connect_session(struct pg_session *session, struct arena *arena)
{
	struct arena_mark mark = arena_mark(arena);
	CLEANUP(pg_conn_close) PGconn *conn = NULL;

	fault_point(FAULT_BEFORE, "statement", STR("connect"));
	TRY(pg_connect(arena, pg_store(&session->base)->conninfo, &conn));
	TRY(pg_script(conn, arena,
	    session->base.role == STORE_API ? STR("session_api") : STR("session_worker"), NULL));
	TRY(prepare_all(conn, arena));
	if (session->base.role == STORE_API)
		TRY(limit_statements(session->base.store, conn, arena));
	arena_release(arena, mark);
	session->conn = conn;
	session->leads = false;
	conn = NULL;
	fault_point(FAULT_AFTER, "statement", STR("connect"));
	return NULL;
}

/*
 * Whether the other side has hung up meanwhile.  An idle connection has nothing to
 * say but why it ends, so only a readable socket is looked at; the end itself stands
 * behind the reason.
 */
static bool
has_died(PGconn *conn)
{
	struct pollfd at = { .fd = PQsocket(conn), .events = POLLIN };

	/* A call that broke off half-way leaves a pipeline that nobody will end. */
	if (PQstatus(conn) != CONNECTION_OK || PQpipelineStatus(conn) != PQ_PIPELINE_OFF)
		return true;
	for (int reads = 0; reads < IDLE_READS_MAX && poll(&at, 1, 0) > 0; reads++) {
		if (PQconsumeInput(conn) == 0 || PQstatus(conn) != CONNECTION_OK)
			return true;
	}
	return false;
}

/* A connection for what comes next; a new one unless a transaction is open. */
static struct err *
need_connection(struct pg_session *session, struct arena *arena, bool in_transaction)
{
	if (session->conn != NULL && (in_transaction || !has_died(session->conn)))
		return NULL;
	if (in_transaction)
		return ERR(arena, ERR_UNAVAILABLE, "lost the connection to the database");
	pg_conn_close(&session->conn);
	return connect_session(session, arena);
}

/* ---- calls ---- */

static bool
send_statement(PGconn *conn, enum pg_statement statement, const struct pg_params *params)
{
	return PQsendQueryPrepared(conn, statements[statement].name, params->count, params->values,
		   params->lengths, params->formats, 1) != 0;
}

/* A statement on its way. */
struct step {
	enum pg_statement statement;
	const struct pg_params *params;
};

/*
 * Several statements in one round trip; the last one's result, or the first failure.
 * A pipeline without BEGIN is one transaction up to its end, so a setting that is
 * local to the transaction reaches what comes after it.
 */
static PGresult *
run_steps(PGconn *conn, const struct step *steps, size_t count)
{
	bool sent;

	if (count == 1)
		return PQexecPrepared(conn, statements[steps->statement].name, steps->params->count,
		    steps->params->values, steps->params->lengths, steps->params->formats, 1);
	sent = PQenterPipelineMode(conn) != 0;
	for (size_t i = 0; i < count && sent; i++)
		sent = send_statement(conn, steps[i].statement, steps[i].params);
	if (!sent || !PQpipelineSync(conn))
		return NULL;
	return drain_pipeline(conn, (int)count - 1);
}

static bool
is_good(const PGresult *result)
{
	ExecStatusType status = PQresultStatus(result);

	return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

/*
 * What must be said before the next statement: that a transaction begins, and, where
 * none is open before, whom it acts for.  Returns how many ${steps} it takes.
 */
static size_t
lead_in(struct pg_session *session, struct pg_params *scope, struct step steps[2])
{
	bool open = session->base.open;
	size_t count = 0;

	if (open && !session->begins)
		return 0;
	if (open)
		steps[count++] = (struct step){ PG_begin, &no_params };
	if (!uuid_is_nil(session->base.organisation) && (open || session->base.role == STORE_API)) {
		pg_put_text(scope, uuid_text(scope->arena, session->base.organisation));
		steps[count++] = (struct step){ PG_set_organisation, scope };
	}
	return count;
}

/* How many statements sessions of people have asked for. */
static _Atomic int64_t statements_asked;

int64_t
store_pg_statements(void)
{
	return atomic_load(&statements_asked);
}

static struct str
name_of(enum pg_statement statement)
{
	return str_from_z(statements[statement].name);
}

/* Whether ${result} is that of a look for work that found none: nothing is in anybody's hands. */
static bool
claims_nothing(enum pg_statement statement, PGresult *result)
{
	return (statement == PG_claim_timers || statement == PG_claim_effects) &&
	       PQntuples(result) == 1 && PQgetisnull(result, 0, 1);
}

/* Run ${statement} behind what has to be said before it, and behind ${first} if there is one. */
static struct err *
run_behind(struct pg_session *session, const struct step *first, const struct step *statement,
    struct arena *arena, PGresult **ret)
{
	struct pg_params scope = { .arena = arena };
	CLEANUP(pg_result_clear) PGresult *result = NULL;
	bool open = session->base.open;
	struct step steps[4];
	size_t count;

	TRY(need_connection(session, arena, open && !session->begins));
	count = lead_in(session, &scope, steps);
	if (first != NULL)
		steps[count++] = *first;
	steps[count++] = *statement;
	if (arena_exhausted(arena))
		return store_out_of_memory(arena);
	session->begins = false;
	if (session->base.role == STORE_API)
		atomic_fetch_add_explicit(&statements_asked, 1, memory_order_relaxed);
	fault_point(FAULT_BEFORE, "statement", name_of(statement->statement));
	result = run_steps(session->conn, steps, count);
	if (!claims_nothing(statement->statement, result))
		fault_point(FAULT_AFTER, "statement", name_of(statement->statement));
	if (!is_good(result))
		return pg_fault(
		    session->conn, result, !open && statements[statement->statement].writes, arena);
	if (ret != NULL) {
		*ret = result;
		result = NULL;
	}
	return NULL;
}

struct err *
pg_run(struct pg_session *session, struct arena *arena, enum pg_statement statement,
    const struct pg_params *params, PGresult **ret)
{
	struct step step = { statement, params == NULL ? &no_params : params };

	return run_behind(session, NULL, &step, arena, ret);
}

struct err *
pg_run_unhurried(struct pg_session *session, struct arena *arena, enum pg_statement statement,
    const struct pg_params *params, PGresult **ret)
{
	struct step first = { PG_no_timeout, &no_params };
	struct step step = { statement, params == NULL ? &no_params : params };

	return run_behind(session, &first, &step, arena, ret);
}

/* How many rows ${result} says were changed. */
static int64_t
changed(PGresult *result)
{
	int64_t count = 0;

	return str_parse_i64(str_from_z(PQcmdTuples(result)), &count) ? count : 0;
}

struct err *
pg_run_one(struct pg_session *session, struct arena *arena, enum pg_statement statement,
    const struct pg_params *params, struct str what)
{
	CLEANUP(pg_result_clear) PGresult *result = NULL;

	TRY(pg_run(session, arena, statement, params, &result));
	if (changed(result) != 1)
		return ERR(arena, ERR_CONFLICT, "%.*s", STR_ARG(what));
	return NULL;
}

struct err *
pg_ready(struct pg_session *session, struct arena *arena)
{
	return need_connection(session, arena, false);
}

/* Nothing is sent yet: BEGIN travels with the first statement, see lead_in(). */
struct err *
pg_begin(struct store_session *base, struct arena *arena)
{
	(void)arena;
	pg_session(base)->begins = true;
	return NULL;
}

struct err *
pg_commit(struct store_session *base, struct arena *arena)
{
	struct pg_session *session = pg_session(base);
	CLEANUP(pg_result_clear) PGresult *result = NULL;

	if (session->begins) {
		session->begins = false;
		return NULL;
	}
	TRY(need_connection(session, arena, true));
	fault_point(FAULT_BEFORE, "statement", name_of(PG_commit));
	result = PQexecPrepared(session->conn, statements[PG_commit].name, 0, NULL, NULL, NULL, 1);
	fault_point(FAULT_AFTER, "statement", name_of(PG_commit));
	if (!is_good(result))
		return pg_fault(session->conn, result, true, arena);
	/* A transaction that had failed answers its COMMIT with a ROLLBACK. */
	if (!str_equal(str_from_z(PQcmdStatus(result)), STR("COMMIT")))
		return ERR(arena, ERR_CONFLICT, "the transaction had failed and was undone");
	return NULL;
}

/* A connection that cannot even do this is given up, which undoes all the same. */
void
pg_rollback(struct store_session *base)
{
	struct pg_session *session = pg_session(base);
	CLEANUP(pg_result_clear) PGresult *result = NULL;

	session->begins = false;
	if (session->conn == NULL || PQtransactionStatus(session->conn) == PQTRANS_IDLE)
		return;
	result = PQexec(session->conn, "ROLLBACK");
	if (PQresultStatus(result) != PGRES_COMMAND_OK)
		pg_conn_close(&session->conn);
}
