#ifndef APP_RECORD_REBUILD_H
#define APP_RECORD_REBUILD_H

#include "app/vault.h"
#include "store/store_directory.h"

/*
 * record_rebuild: the directory's records, made again from the log.
 *
 *	event ──decode──▶ record, sealed ──open──▶ record ──encode──▶ row
 *
 * The rows are written when the events are, so this is for when they were lost, or are to
 * be proven: what is made here equals what was there, byte for byte.  Of somebody who was
 * erased there is no key any more, and so nothing of theirs comes back.
 */

/** Whether ${event} is one of a record, and not of an ECO. */
bool record_is_event(const struct store_event *event);

/**
 * Read ${event} as the record that it makes, with its texts sealed as they stand.
 * ERR_CORRUPT when it cannot be read.
 */
NODISCARD struct err *record_decode_event(
    struct arena *arena, const struct store_event *event, struct record *ret);

/**
 * Write the row that ${event} makes, inside the open transaction; a row that is newer
 * stays.  ${ret_taken} as store_put_record() has it.
 */
NODISCARD struct err *record_put_event(const struct vault *vault, struct store_session *session,
    struct arena *arena, const struct store_event *event, bool *ret_taken);

struct record_rebuilt {
	int64_t events, records;
};

/**
 * Forget all records and make them again, in one transaction: until it is committed
 * everybody sees the old ones, and nobody writes any.  ${session} is a worker's and has
 * no transaction open.  ERR_UNAVAILABLE when events that were just written are not given
 * their place in the log meanwhile; nothing has changed then.
 */
NODISCARD struct err *record_rebuild(const struct vault *vault, struct store_session *session,
    struct arena *arena, struct record_rebuilt *ret);

#endif
