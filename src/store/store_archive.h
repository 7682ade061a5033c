#ifndef STORE_ARCHIVE_H
#define STORE_ARCHIVE_H

#include "store/store.h"

/*
 * store_archive: the size of history, and history from elsewhere.
 *
 * Events and the log are partitioned by range, each partition of so many numbers.
 * Partitions are made ahead of need; the oldest can be detached into the archive,
 * from where their streams are still read, only more slowly, and which can be kept
 * on another disk.
 */

struct store_partition {
	struct str name;          /* of the table of events */
	int64_t from_seq, to_seq; /* to is not in it */
	int64_t bytes;            /* on disk, with its indexes */
	bool archived;
};

struct store_partitions {
	const struct store_partition *at;
	size_t count;
	int64_t last_seq; /* the newest number given to an event */
	int64_t rows;     /* numbers that a new partition takes */
};

/** All partitions of events, by range. */
NODISCARD struct err *store_list_partitions(
    struct store_session *session, struct arena *arena, struct store_partitions *ret);

/** Have two partitions ahead of the newest event and of the head; ${ret} is how many were made. */
NODISCARD struct err *store_make_partitions(
    struct store_session *session, struct arena *arena, int64_t *ret);

/**
 * Move the oldest partition of events into the archive.  ERR_CONFLICT, with the
 * reason, when it may not be: it is not full, a follower has not passed it, or one
 * of its streams still has a timer or an effect to come.
 */
NODISCARD struct err *store_archive_oldest(
    struct store_session *session, struct arena *arena, struct store_partition *ret);

/** Events of ${organisation}'s streams after position ${after}, in order, at most ${limit}. */
NODISCARD struct err *store_export(struct store_session *session, struct arena *arena,
    struct uuid organisation, int64_t after, size_t limit, struct store_events *ret);

/**
 * Append ${count} events of one stream, ascending, as they were elsewhere: id, version, type,
 * moments (recorded_at as well), actor, causes, payload and hash are kept, and each
 * is marked as imported.  Versions that are there already with the same hashes are
 * skipped; ${ret} is how many were new.  ERR_CONFLICT when the stream has another
 * event at such a version, or a gap would arise, or it belongs to others (an event
 * OSPEngaged hands it over to its OSP); ERR_CORRUPT when a hash does not fit its event.
 * No timers, no effects: nobody is rung for history.
 */
NODISCARD struct err *store_import(struct store_session *session, struct arena *arena,
    const struct store_event *events, size_t count, size_t *ret);

/** No job number of (${noc}, ${osp}, ${type}) up to ${number} is ever taken (again). */
NODISCARD struct err *store_raise_job_number(struct store_session *session, struct arena *arena,
    struct uuid noc, struct uuid osp, enum job_type type, int64_t number);

#endif
