#include "store/store_adapter.h"

struct err *
store_verify_event(const struct store_event *event, struct arena *arena)
{
	struct sha256 hash = store_event_hash(event, arena);
	struct str stream, id;

	if (arena_exhausted(arena))
		return store_out_of_memory(arena);
	if (sha256_equal(hash, event->hash))
		return NULL;
	stream = uuid_text(arena, event->stream);
	id = uuid_text(arena, event->id);
	return err_explain(ERR(arena, ERR_CORRUPT,
			       "event %.*s (version %lld of stream %.*s) is not what was appended",
			       STR_ARG(id), (long long)event->version, STR_ARG(stream)),
	    STR("The stored hash does not fit the stored event."),
	    STR("Somebody changed the event table, or the disk did: compare with a backup."));
}
