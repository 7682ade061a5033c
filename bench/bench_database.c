#include "bench_database.h"

#include <stdlib.h>

static void
clear(PGresult **result)
{
	PQclear(*result);
}

static void
finish(PGconn **conn)
{
	PQfinish(*conn);
}

/* "does not exist, skipping" is what we hoped for. */
static void
ignore_notice(void *context, const PGresult *result)
{
	(void)context;
	(void)result;
}

static struct err *
ask(struct arena *arena, const char *conninfo, const char *sql, PGresult **ret)
{
	CLEANUP(finish) PGconn *conn = PQconnectdb(conninfo);
	ExecStatusType status;

	(void)PQsetNoticeReceiver(conn, ignore_notice, NULL);
	*ret = PQexec(conn, sql);
	status = PQresultStatus(*ret);
	if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK)
		return NULL;
	return err_explain(ERR(arena, ERR_UNAVAILABLE, "the database did not do: %s", sql),
	    arena_copy(arena, str_trim(str_from_z(PQerrorMessage(conn)))), STR(""));
}

static struct err *
do_all(struct arena *arena, const char *conninfo, const char *const *sql, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		CLEANUP(clear) PGresult *result = NULL;

		TRY(ask(arena, conninfo, sql[i], &result));
	}
	return NULL;
}

static struct str
option(struct arena *arena, const PQconninfoOption *options, const char *keyword)
{
	for (; options->keyword != NULL; options++)
		if (strcmp(options->keyword, keyword) == 0 && options->val != NULL)
			return arena_copy(arena, str_from_z(options->val));
	return STR("");
}

/* The cluster's own words about itself. */
static struct err *
describe(struct arena *arena, const char *url, struct database *ret)
{
	CLEANUP(clear) PGresult *result = NULL;

	TRY(ask(arena, url,
	    "SELECT 'PostgreSQL ' || split_part(current_setting('server_version'), ' ', 1)"
	    " || ', fsync ' || current_setting('fsync') || ', synchronous_commit '"
	    " || current_setting('synchronous_commit'), current_setting('data_directory')",
	    &result));
	ret->server = arena_copy(arena, str_from_z(PQgetvalue(result, 0, 0)));
	ret->folder = arena_copy(arena, str_from_z(PQgetvalue(result, 0, 1)));
	return NULL;
}

struct err *
database_create(struct arena *arena, const char *name, struct database *ret)
{
	const char *url = getenv("STRIKE_TEST_DATABASE_URL");
	PQconninfoOption *options = url == NULL ? NULL : PQconninfoParse(url, NULL);
	const char *statements[] = {
		arena_printf(arena, "DROP DATABASE IF EXISTS %s WITH (FORCE)", name).ptr,
		arena_printf(arena, "CREATE DATABASE %s TEMPLATE template0", name).ptr,
	};

	if (options == NULL)
		return err_explain(
		    ERR(arena, ERR_UNAVAILABLE, "STRIKE_TEST_DATABASE_URL names no database"),
		    STR(""), STR("./dev bench starts one and sets it."));
	*ret = (struct database){
		.name = arena_copy(arena, str_from_z(name)),
		.host = option(arena, options, "host"),
		.user = option(arena, options, "user"),
	};
	PQconninfoFree(options);
	ret->conninfo = arena_printf(arena, "host='%.*s' user='%.*s' dbname=%s", STR_ARG(ret->host),
	    STR_ARG(ret->user), name);
	TRY(do_all(arena, url, statements, COUNT_OF(statements)));
	return describe(arena, url, ret);
}

void
database_drop(const struct database *database)
{
	struct arena *arena = arena_create(65536);
	const char *url = getenv("STRIKE_TEST_DATABASE_URL");
	CLEANUP(clear) PGresult *result = NULL;

	if (!str_empty(database->name))
		(void)!ask(arena, url,
		    arena_printf(
			arena, "DROP DATABASE IF EXISTS %.*s WITH (FORCE)", STR_ARG(database->name))
			.ptr,
		    &result);
	arena_destroy(arena);
}

struct err *
database_ask(const struct database *database, struct arena *arena, const char *sql, PGresult **ret)
{
	return ask(arena, database->conninfo.ptr, sql, ret);
}
