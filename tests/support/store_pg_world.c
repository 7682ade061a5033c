#include <stdio.h>

#include "store/pg/store_pg.h"
#include "support/pg_database.h"
#include "support/store_world.h"

int
world_store_prepare(void)
{
	return pg_database_create();
}

void
world_store_forget(void)
{
	pg_database_drop();
}

struct store *
world_store_fresh(struct arena *arena)
{
	pg_database_reset();
	return world_store_join(NULL, arena);
}

struct store *
world_store_join(struct store *store, struct arena *arena)
{
	struct store *joined = NULL;

	(void)store;
	OK(store_pg_open(arena, pg_database_conninfo(), &joined));
	return joined;
}

void
world_store_spoil(struct store *store, struct uuid stream, int64_t version)
{
	PGconn *conn = pg_database_connect();
	char sql[256], id[UUID_TEXT_LENGTH + 1];
	struct buf text = buf_over(id, sizeof(id)), buf = buf_over(sql, sizeof(sql));

	(void)store;
	uuid_format(stream, &text);
	buf_char(&text, '\0');
	buf_printf(&buf,
	    "SET session_replication_role = replica;"
	    "UPDATE strike.event SET occurred_at = occurred_at + interval '1 us'"
	    " WHERE stream_id = '%s' AND version = %lld",
	    id, (long long)version);
	buf_char(&buf, '\0');
	pg_database_run(conn, sql);
	PQfinish(conn);
}
