#include "store/mem/store_mem.h"
#include "support/store_world.h"

int
world_store_prepare(void)
{
	return 0;
}

void
world_store_forget(void)
{
}

struct store *
world_store_fresh(struct arena *arena)
{
	(void)arena;
	return store_mem_create();
}

struct store *
world_store_join(struct store *store, struct arena *arena)
{
	(void)arena;
	return store_mem_join(store);
}

void
world_store_spoil(struct store *store, struct uuid stream, int64_t version)
{
	store_mem_spoil_event(store, stream, version);
}
