#include "store/store_proof.h"

#define TICK_TAG   "strike-tick-1"
#define SIGNED_TAG "strike-head-1"

/* The tag, two digests and four numbers. */
#define HASHED_BYTES_MAX (sizeof(TICK_TAG) - 1 + 2 * sizeof(struct sha256) + 4 * 8)

static void
put_digest(struct buf *buf, struct sha256 digest)
{
	buf_str(buf, (struct str){ (const char *)digest.bytes, sizeof(digest.bytes) });
}

struct sha256
store_tick_hash(const struct store_tick *tick, struct sha256 previous)
{
	char bytes[HASHED_BYTES_MAX];
	struct buf buf = buf_over(bytes, sizeof(bytes));

	buf_str(&buf, STR(TICK_TAG));
	put_digest(&buf, previous);
	buf_int_big_endian(&buf, tick->number);
	buf_int_big_endian(&buf, tick->first_position);
	buf_int_big_endian(&buf, tick->last_position);
	buf_int_big_endian(&buf, tick->at.us);
	put_digest(&buf, tick->root);
	CHECK(!buf.overflowed);
	return sha256_of(buf_view(&buf));
}

struct str
store_signed_bytes(struct sha256 hash, char ret[STORE_SIGNED_BYTES])
{
	struct buf buf = buf_over(ret, STORE_SIGNED_BYTES);

	buf_str(&buf, STR(SIGNED_TAG));
	put_digest(&buf, hash);
	CHECK(!buf.overflowed && buf.len == STORE_SIGNED_BYTES);
	return buf_view(&buf);
}
