#include "store/store.h"

/*
 * The bytes that are hashed: a domain tag, then every field behind its length
 * (eight bytes, big-endian), so that no two events give the same bytes.  Changing
 * the order or the set needs a new tag, and a reader that knows both.
 */
#define HASH_TAG "strike-event-1"

/* Ids, numbers and lengths come to less than this; texts are counted apart. */
#define HASH_FIXED_BYTES_MAX 512

static void
put_text(struct buf *buf, struct str text)
{
	buf_int_big_endian(buf, (int64_t)text.len);
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
	buf_int_big_endian(&buf, event->version);
	put_uuid(&buf, event->noc);
	put_uuid(&buf, event->osp);
	put_text(&buf, event->type);
	buf_int_big_endian(&buf, event->schema_version);
	buf_int_big_endian(&buf, event->occurred_at.us);
	buf_int_big_endian(&buf, (int64_t)event->actor.kind);
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
