#ifndef STORE_ADAPTER_H
#define STORE_ADAPTER_H

#include "store/store.h"

/*
 * store_adapter: what stands behind the port.  For store/pg and store/mem only.
 *
 * store.c checks arguments, keeps a session's transaction state, rings, and
 * calls the adapter.  An adapter's functions may rely on that: limits are within
 * bounds, roles are right, begin and commit come in pairs, and a fault inside a
 * transaction is followed by rollback().
 */

#define STORE_REJECTIONS_MAX 10000

struct store_ops {
	void (*close)(struct store *);
	struct err *(*session_open)(
	    struct store *, struct arena *, enum store_role, struct store_session **);
	void (*session_close)(struct store_session *);

	struct err *(*begin)(struct store_session *, struct arena *);
	struct err *(*commit)(struct store_session *, struct arena *);
	void (*rollback)(struct store_session *);

	struct err *(*append)(struct store_session *, struct arena *, const struct store_append *,
	    struct store_append_result *);
	struct err *(*find_command)(struct store_session *, struct arena *, struct uuid scope,
	    struct uuid key, struct sha256 body_hash, struct store_append_result *);
	struct err *(*take_job_number)(struct store_session *, struct arena *, struct uuid noc,
	    struct uuid osp, enum job_type, int64_t *);
	struct err *(*read_stream)(struct store_session *, struct arena *, struct uuid stream,
	    int64_t after, size_t limit, struct store_events *);
	struct err *(*read_log)(struct store_session *, struct arena *, int64_t after, size_t limit,
	    struct store_events *);
	struct err *(*sequence)(
	    struct store_session *, struct arena *, int64_t *head, bool *leads, size_t *count);
	struct err *(*checkpoint)(struct store_session *, struct arena *, struct str, int64_t *);
	struct err *(*checkpoint_move)(
	    struct store_session *, struct arena *, struct str, int64_t from, int64_t to);

	struct err *(*claim_timers)(struct store_session *, struct arena *, struct instant now,
	    size_t limit, struct store_timer *, size_t *);
	struct err *(*put_back_timer)(
	    struct store_session *, struct arena *, const struct store_timer *, struct instant due);
	struct err *(*claim_effects)(struct store_session *, struct arena *, enum effect_lane,
	    struct instant now, size_t limit, struct store_claim *, size_t *);
	struct err *(*begin_effect)(
	    struct store_session *, struct arena *, struct str key, struct instant now);
	struct err *(*put_back_effect)(struct store_session *, struct arena *, struct str key,
	    struct instant due, bool begun, struct str problem);
	struct err *(*drop_effect)(struct store_session *, struct arena *, struct str key);
	struct err *(*next_timer)(struct store_session *, struct arena *, bool *, struct instant *);
	struct err *(*next_effect)(
	    struct store_session *, struct arena *, enum effect_lane, bool *, struct instant *);
	struct err *(*next_due)(struct store_session *, struct arena *, bool *, struct instant *);
	struct err *(*find_provider_id)(
	    struct store_session *, struct arena *, struct str, bool *, struct uuid *, int64_t *);
	struct err *(*record_rejection)(
	    struct store_session *, struct arena *, const struct store_rejection *);
	struct err *(*list_rejections)(struct store_session *, struct arena *, size_t limit,
	    struct store_rejection *, size_t *);
	struct err *(*backlog)(
	    struct store_session *, struct arena *, struct instant now, struct store_backlog *);

	struct err *(*put_board)(
	    struct store_session *, struct arena *, const struct store_board_row *, size_t count);
	struct err *(*find_board)(struct store_session *, struct arena *, struct uuid eco, bool *,
	    struct store_board_row *);
	struct err *(*find_board_by_number)(struct store_session *, struct arena *,
	    struct str number, bool *, struct store_board_row *);
	struct err *(*list_board)(struct store_session *, struct arena *,
	    const struct store_board_filter *, size_t limit, struct store_board_rows *);
	struct err *(*count_board)(
	    struct store_session *, struct arena *, const struct store_board_filter *, int64_t *);

	struct err *(*find_membership)(struct store_session *, struct arena *, struct str user,
	    struct str organisation, bool *, struct store_membership *);
	struct err *(*find_organisation)(struct store_session *, struct arena *, struct uuid id,
	    struct str handle, bool *, struct store_organisation *);
	struct err *(*list_partners)(struct store_session *, struct arena *,
	    struct uuid organisation, struct instant now, struct store_organisations *);
	struct err *(*find_agreement)(struct store_session *, struct arena *, struct uuid noc,
	    struct uuid osp, struct instant now, bool *, struct store_agreement *);
	struct err *(*get_agreement)(
	    struct store_session *, struct arena *, struct uuid id, struct store_agreement *);
	struct err *(*find_pager_list)(struct store_session *, struct arena *, struct uuid osp,
	    struct uuid agreement, const struct geo_location *, bool *, struct pager_list *);
	struct err *(*plant)(struct store_session *, struct arena *, const struct store_seed *);
};

/* An adapter's store and session begin with these. */
struct store {
	const struct store_ops *ops;
	store_ring_f ring;
	void *ring_context;
};

struct store_session {
	struct store *store;
	enum store_role role;
	bool open;                /* between begin and commit */
	bool appended;            /* something was appended since begin: */
	struct store_news news;   /* ... this */
	struct uuid organisation; /* of the open transaction, else of single calls */
	struct uuid acts_for;     /* of single calls */
};

/** Whether ${session} may see what belongs to the NOC ${noc} and the OSP ${osp}. */
bool store_may_see(const struct store_session *session, struct uuid noc, struct uuid osp);

/** What a session whose memory ran out is told. */
struct err *store_out_of_memory(struct arena *arena);

/** ERR_CORRUPT, naming ${event}, unless its hash is what it must be. */
NODISCARD struct err *store_verify_event(const struct store_event *event, struct arena *arena);

#endif
