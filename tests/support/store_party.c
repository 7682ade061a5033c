#include "support/store_party.h"

#include "support/pg_database.h"

#define PARTY_BYTES (16u << 20)

struct party
party_join(struct world *world)
{
	struct party party = { .arena = arena_create(PARTY_BYTES) };

	party.store = world_store_join(world->store, party.arena);
	party.session = world_session(party.store, party.arena, STORE_WORKER, UUID_NIL);
	return party;
}

void
party_leave(struct party *party)
{
	store_session_close(party->session);
	store_close(party->store);
	arena_destroy(party->arena);
}

struct store_move
party_move(const struct party *party, size_t at, int64_t by)
{
	const struct store_slot *slot = &party->slots.at[at];

	return (
	    struct store_move){ slot->number, slot->epoch, slot->position, slot->position + by };
}

long long
party_number(const char *sql)
{
	PGconn *conn = pg_database_connect();
	long long value = pg_database_number(conn, sql);

	PQfinish(conn);
	return value;
}

void
party_run(const char *sql)
{
	PGconn *conn = pg_database_connect();

	pg_database_run(conn, sql);
	PQfinish(conn);
}
