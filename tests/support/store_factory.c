#include "support/store_factory.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/random.h"
#include "store/mem/store_mem.h"
#include "store/pg/store_pg.h"
#include "support/unit.h"

#define SKIPPED 77

static bool in_memory = true;
static const char *cluster;
static char database[64];
static struct arena *arena;

void
store_factory_choose(const char *kind)
{
	in_memory = strcmp(kind, "mem") == 0;
	cluster = getenv("STRIKE_TEST_DATABASE_URL");
	if (!in_memory && cluster == NULL) {
		fputs("skipped: STRIKE_TEST_DATABASE_URL names no PostgreSQL; run ./dev test\n",
		    stderr);
		exit(SKIPPED);
	}
}

/* Run one statement on the cluster's own database. */
static void
administer(const char *statement)
{
	PGconn *connection = PQconnectdb(cluster);
	PGresult *result = PQexec(connection, statement);

	if (PQresultStatus(result) != PGRES_COMMAND_OK)
		fail_msg("%s: %s", statement, PQerrorMessage(connection));
	PQclear(result);
	PQfinish(connection);
}

/* The cluster's conninfo with the database of this test in it: the last word counts. */
static const char *
conninfo(void)
{
	return arena_printf(arena, "%s dbname=%s", cluster, database).ptr;
}

const char *
store_factory_conninfo(void)
{
	CHECK(!in_memory);
	return conninfo();
}

struct store *
store_factory_make(void)
{
	struct store *store;
	char statement[160];
	uint64_t number;
	size_t applied;

	if (in_memory)
		return store_mem_create();
	arena = arena_create(1u << 20);
	random_bytes(&number, sizeof(number));
	(void)snprintf(
	    database, sizeof(database), "strike_test_%016llx", (unsigned long long)number);
	(void)snprintf(
	    statement, sizeof(statement), "CREATE DATABASE %s TEMPLATE template0", database);
	administer(statement);
	assert_no_fault(store_pg_migrate(arena, conninfo(), NULL, NULL, &applied));
	assert_no_fault(store_pg_open(arena, conninfo(), &store));
	return store;
}

void
store_factory_clean(void)
{
	char statement[160];

	if (in_memory)
		return;
	(void)snprintf(
	    statement, sizeof(statement), "DROP DATABASE IF EXISTS %s WITH (FORCE)", database);
	administer(statement);
	arena_destroy(arena);
}
