#include "store/store_adapter.h"

/*
 * The bytes that are hashed: a domain tag, then every field behind its length
 * (eight bytes, big-endian), so that no two events give the same bytes.  Changing
 * the order or the set needs a new tag, and a reader that knows both.
 */
#define HASH_TAG "strike-event-1"

/* Ids, numbers and lengths come to less than this; texts are counted apart. */
#define HASH_FIXED_BYTES_MAX 512

static void
put_number(struct buf *buf, int64_t value)
{
	for (int shift = 56; shift >= 0; shift -= 8)
		buf_char(buf, (char)(((uint64_t)value >> shift) & 0xff));
}

static void
put_text(struct buf *buf, struct str text)
{
	put_number(buf, (int64_t)text.len);
	buf_str(buf, text);
}

static void
put_uuid(struct buf *buf, struct uuid id)
{
	put_text(buf, (struct str){ (const char *)id.bytes, sizeof(id.bytes) });
}

struct sha256
store_event_hash(const struct store_event *event, struct arena *arena)
{
	struct arena_mark mark = arena_mark(arena);
	struct buf buf = buf_in(arena,
	    HASH_FIXED_BYTES_MAX + event->type.len + event->actor.name.len + event->payload.len);
	struct sha256 hash;

	put_text(&buf, STR(HASH_TAG));
	put_uuid(&buf, event->id);
	put_uuid(&buf, event->stream);
	put_number(&buf, event->version);
	put_uuid(&buf, event->noc);
	put_uuid(&buf, event->osp);
	put_text(&buf, event->type);
	put_number(&buf, event->schema_version);
	put_number(&buf, event->occurred_at.us);
	put_number(&buf, (int64_t)event->actor.kind);
	put_text(&buf, event->actor.name);
	put_uuid(&buf, event->actor.user);
	put_uuid(&buf, event->actor.organisation);
	put_uuid(&buf, event->correlation);
	put_uuid(&buf, event->causation);
	put_text(&buf, event->payload);

	/* Without memory there is no hash; all zero is nobody's, so nothing passes for sound. */
	hash = buf.overflowed ? (struct sha256){ { 0 } } : sha256_of(buf_view(&buf));
	arena_release(arena, mark);
	return hash;
}

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
