#ifndef APP_HISTORY_IDS_H
#define APP_HISTORY_IDS_H

#include "base/sha256.h"
#include "base/uuid.h"

/*
 * history_ids: what was met while a history is gone through.  For app's history_*.c.
 *
 * A table by id that grows: a file may name millions of ECOs.
 */
struct history_id {
	struct uuid id; /* Nil: nothing stands here */
	int64_t version;
	struct uuid noc, osp;
	bool is_record; /* a stream of the directory, not an ECO's */
};

struct history_ids {
	struct history_id *slots;
	size_t capacity, count;
};

/** Give back what ${ids} holds. */
void history_ids_fini(struct history_ids *ids);

/** What is known of ${id}, which is not Nil; made, with version 0, when nothing is. */
struct history_id *history_ids_get(struct history_ids *ids, struct uuid id, bool *ret_is_new);

/** Whether ${id} has been met. */
bool history_ids_has(const struct history_ids *ids, struct uuid id);

#endif
