#ifndef BASE_UUID_H
#define BASE_UUID_H

#include "base/buf.h"
#include "base/instant.h"
#include "base/str.h"

/*
 * uuid: an identifier of 16 bytes, by value (RFC 9562).
 *
 * Nothing here makes randomness: see runtime/random.h.  The zero value is "no
 * id" (the Nil UUID).
 */
struct uuid {
	uint8_t bytes[16];
};

#define UUID_TEXT_LENGTH 36
#define UUID_NIL         ((struct uuid){ { 0 } })

static inline bool
uuid_equal(struct uuid a, struct uuid b)
{
	return memcmp(a.bytes, b.bytes, sizeof(a.bytes)) == 0;
}

/**
 * A number for a table of ids, of which all 32 bits are as good.  Ids are random in
 * their last bytes, or come out of a hash, and need no more than being brought together.
 */
static inline uint32_t
uuid_hash(struct uuid id)
{
	uint64_t tail;

	memcpy(&tail, id.bytes + 8, sizeof(tail));
	return (uint32_t)(tail * UINT64_C(0x9e3779b97f4a7c15) >> 32);
}

/** Whether ${id} is the Nil UUID. */
bool uuid_is_nil(struct uuid id);

/**
 * A version 7 UUID for the moment ${now} (millisecond precision) with the last
 * ten bytes taken from ${random}; ids made later sort later.
 */
struct uuid uuid_v7(struct instant now, const uint8_t random[10]);

/**
 * A UUID derived from ${name}: the same text, the same id (version 8, the first
 * 16 bytes of its SHA-256).  For keys that must come out the same after a crash.
 */
struct uuid uuid_from_name(struct str name);

/** Write ${id} as 36 characters in lower case. */
void uuid_format(struct uuid id, struct buf *buf);

/** uuid_format() into ${arena}. */
struct str uuid_text(struct arena *arena, struct uuid id);

/** Read the 36-character form, in either case.  False for anything else. */
NODISCARD bool uuid_parse(struct str text, struct uuid *ret);

#endif
