#ifndef STORE_PARTY_H
#define STORE_PARTY_H

#include "store/store_feed.h"
#include "support/store_world.h"

/*
 * store_party: another process as the store sees it - a store of its own with one
 * session, and the slots that it was given.  Only for PostgreSQL.
 */
struct party {
	struct store *store;
	struct arena *arena;
	struct store_session *session;
	struct store_slots slots; /* what it held when it last asked */
};

/** A party on the world's store; it leaves before the world ends. */
struct party party_join(struct world *world);
void party_leave(struct party *party);

/** The move of the slot at index ${at} of what ${party} holds, by ${by} positions. */
struct store_move party_move(const struct party *party, size_t at, int64_t by);

/** The first value of what ${sql} returns, asked by a superuser, as a number. */
long long party_number(const char *sql);

/** Run ${sql} as a superuser. */
void party_run(const char *sql);

#endif
