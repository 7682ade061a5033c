#ifndef STORE_BATCH_H
#define STORE_BATCH_H

#include "store/store_directory.h"

/*
 * store_batch: of many things at once what store.h and store_directory.h find of one, in one
 * statement.  What a session may not see is not among what it is given, as ever.
 */

/** Those of the organisations ${ids} (at most STORE_ROWS_MAX) that the session may see, in any
 * order. */
NODISCARD struct err *store_find_organisations(struct store_session *session, struct arena *arena,
    const struct uuid *ids, size_t count, struct store_organisations *ret);

/** The records ${ids} (at most STORE_ROWS_MAX) of ${kind}, NULL: of any, in any order; as
 * store_find_record(). */
NODISCARD struct err *store_find_records(struct store_session *session, struct arena *arena,
    const enum record_kind *kind, const struct uuid *ids, size_t count, struct store_records *ret);

struct store_token_use {
	struct uuid token;
	struct instant at;
	struct str address;
};

/** When and from where the tokens ${ids} (at most STORE_ROWS_MAX) were last used, those that
 * were, in any order, into ${ret} of that size. */
NODISCARD struct err *store_find_token_uses(struct store_session *session, struct arena *arena,
    const struct uuid *ids, size_t count, struct store_token_use *ret, size_t *ret_count);

/* A part of a stream: versions from after ${after} up to ${until}. */
struct store_stretch {
	struct uuid stream;
	int64_t after, until;
};

struct store_streams_query {
	const struct store_stretch *stretches; /* no stream twice */
	size_t count;                          /* at most STORE_ROWS_MAX */
	size_t each;          /* events of each; count * each is at most STORE_BATCH_MAX */
	bool newest;          /* the last of them, not the first; and with these ... */
	struct str also_type; /* ... the last of this type, unless it is empty */
};

/**
 * Events of many streams: in the order of ${query->stretches}, those of a stream in the order
 * of their versions.
 */
NODISCARD struct err *store_read_streams(struct store_session *session, struct arena *arena,
    const struct store_streams_query *query, struct store_events *ret);

#endif
