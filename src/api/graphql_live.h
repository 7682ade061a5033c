#ifndef API_GRAPHQL_LIVE_H
#define API_GRAPHQL_LIVE_H

#include "api/graphql_eco.h"

/*
 * graphql_live: what stands behind the objects that only subscriptions and the pager
 * timeline show.  For api/ only.
 *
 *	EcoChange, BoardChange  struct graphql_change
 *	PagerEntry              struct graphql_pager_entry
 */

struct graphql_change {
	int64_t position;
	struct graphql_eco eco;
	bool matches; /* of a board: its filter */
};

/* One event of a ring-down with what the asker may know of it. */
struct graphql_pager_entry {
	struct store_event stored; /* its type is the event's today */
	int64_t round;
	int64_t attempt, loop, contact, step;            /* 0: it has none, or not for the asker */
	struct str channel;                              /* empty: the same */
	struct str person, reason, provider_id, summary; /* empty: none, or not for the asker */
	int64_t eta_minutes;                             /* 0: none */
	bool has_late;
	int64_t late_s; /* seconds */
	struct instant retry_at;
	bool has_retry;
};

/* Which entries of a ring-down. */
struct graphql_pager_query {
	struct uuid eco;
	int64_t after_version, after_position; /* behind both */
	int64_t upto_position;                 /* INT64_MAX: also what has none yet */
	size_t limit;
};

struct graphql_pager_entries {
	const struct graphql_pager_entry **at;
	size_t count;
	bool is_party; /* false: there is no such ECO that the asker may see */
};

/** The entries of ${query} for ${asker}, in order, in ${arena}. */
NODISCARD struct err *graphql_pager_read(struct graphql_asker *asker, struct arena *arena,
    const struct graphql_pager_query *query, struct graphql_pager_entries *ret);

#endif
