#ifndef STORE_ADAPTER_H
#define STORE_ADAPTER_H

#include "store/store.h"
#include "store/store_archive.h"
#include "store/store_batch.h"
#include "store/store_directory.h"
#include "store/store_feed.h"
#include "store/store_proof.h"
#include "store/store_send.h"
#include "store/store_vault.h"

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
	struct err *(*log_head)(struct store_session *, struct arena *, int64_t *);
	struct err *(*list_changed)(struct store_session *, struct arena *, int64_t after,
	    int64_t upto, struct store_changed_list *);
	struct err *(*sequence)(
	    struct store_session *, struct arena *, int64_t *head, bool *leads, size_t *count);

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
	struct err *(*lateness)(
	    struct store_session *, struct arena *, struct instant before, struct store_lateness *);

	struct err *(*put_board)(struct store_session *, struct arena *, int64_t build,
	    const struct store_board_row *, size_t count);
	struct err *(*board_checksum)(
	    struct store_session *, struct arena *, int64_t build, int64_t *rows, struct sha256 *);
	struct err *(*find_board)(struct store_session *, struct arena *, struct uuid eco, bool *,
	    struct store_board_row *);
	struct err *(*find_board_by_number)(struct store_session *, struct arena *,
	    struct str number, bool *, struct store_board_row *);
	struct err *(*list_board)(struct store_session *, struct arena *,
	    const struct store_board_filter *, size_t limit, struct store_board_rows *);
	struct err *(*board_position)(struct store_session *, struct arena *, int64_t *);
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
	struct err *(*plant)(struct store_session *, struct arena *, const struct store_seed *);

	/* store_feed.h */
	struct err *(*subscribe)(struct store_session *, struct arena *, struct str name,
	    int64_t slots, enum store_mode);
	struct err *(*hold_slots)(struct store_session *, struct arena *, struct str name,
	    bool rebuilds, struct store_slots *);
	struct err *(*let_go_slots)(struct store_session *, struct arena *, struct str name);
	struct err *(*move_slots)(struct store_session *, struct arena *, struct str name,
	    const struct store_move *, size_t count, bool lazy);
	struct err *(*park)(struct store_session *, struct arena *, const struct store_parked *);
	struct err *(*unpark)(
	    struct store_session *, struct arena *, struct str name, struct uuid stream);
	struct err *(*list_parked)(struct store_session *, struct arena *, struct str name,
	    size_t limit, struct store_parked_list *);
	struct err *(*retry_parked)(struct store_session *, struct arena *, struct str name,
	    struct uuid stream, struct instant now, int64_t *);
	struct err *(*list_subscriptions)(
	    struct store_session *, struct arena *, struct store_subscriptions *);
	struct err *(*live_build)(
	    struct store_session *, struct arena *, struct str projection, int64_t *);
	struct err *(*begin_build)(
	    struct store_session *, struct arena *, struct str projection, int64_t *);
	struct err *(*switch_build)(
	    struct store_session *, struct arena *, struct str projection, int64_t build);
	struct err *(*end_build)(struct store_session *, struct arena *, struct str projection);
	struct err *(*is_visible)(struct store_session *, struct arena *, struct str projection,
	    struct uuid stream, int64_t version, bool *);

	/* store_proof.h */
	struct err *(*read_ticks)(struct store_session *, struct arena *, int64_t after,
	    size_t limit, struct store_ticks *);
	struct err *(*find_tick)(
	    struct store_session *, struct arena *, int64_t position, bool *, struct store_tick *);
	struct err *(*put_signature)(
	    struct store_session *, struct arena *, const struct store_signature *);
	struct err *(*read_signatures)(struct store_session *, struct arena *, int64_t from,
	    size_t limit, struct store_signatures *);
	struct err *(*audit_log)(struct store_session *, struct arena *, int64_t after,
	    size_t limit, struct store_audit_rows *);
	struct err *(*audit_counts)(
	    struct store_session *, struct arena *, struct store_audit_counts *);

	/* store_vault.h */
	struct err *(*find_person_keys)(struct store_session *, struct arena *, const struct uuid *,
	    size_t count, struct store_person_keys *);
	struct err *(*add_person_keys)(
	    struct store_session *, struct arena *, const struct store_person_key *, size_t count);
	struct err *(*erase_person)(struct store_session *, struct arena *, struct uuid person,
	    struct instant now, struct str reason, bool *);
	struct err *(*find_users)(struct store_session *, struct arena *, const struct uuid *,
	    size_t count, struct store_user_name *, size_t *);

	/* store_send.h */
	struct err *(*take_slot)(struct store_session *, struct arena *,
	    const struct store_throttle *, struct instant now, bool *, struct instant *);
	struct err *(*wait_effect)(
	    struct store_session *, struct arena *, struct str key, struct instant until);
	struct err *(*set_aside_effect)(struct store_session *, struct arena *, struct str key,
	    struct instant now, struct str problem);
	struct err *(*list_letters)(struct store_session *, struct arena *, bool dead, size_t limit,
	    struct store_letter *, size_t *);
	struct err *(*count_dead)(struct store_session *, struct arena *, int64_t *);
	struct err *(*replay_effect)(
	    struct store_session *, struct arena *, struct str key, struct instant now, bool *);
	struct err *(*bury_effect)(struct store_session *, struct arena *, struct str key, bool *);
	struct err *(*note_page)(struct store_session *, struct arena *, struct sha256 fingerprint,
	    const struct store_page *);
	struct err *(*find_pages)(struct store_session *, struct arena *, struct sha256 fingerprint,
	    struct instant since, size_t limit, struct store_page *, size_t *);
	struct err *(*find_contacts)(struct store_session *, struct arena *, struct str number,
	    size_t limit, struct store_contact_owner *, size_t *);
	struct err *(*count_answer)(struct store_session *, struct arena *,
	    struct sha256 fingerprint, struct instant now, bool acted, int64_t *);
	struct err *(*prune_work)(
	    struct store_session *, struct arena *, int64_t keep_s, size_t limit, int64_t *);

	/* store_batch.h */
	struct err *(*find_organisations)(struct store_session *, struct arena *,
	    const struct uuid *, size_t count, struct store_organisations *);
	struct err *(*find_records)(struct store_session *, struct arena *,
	    const enum record_kind *, const struct uuid *, size_t count, struct store_records *);
	struct err *(*find_token_uses)(struct store_session *, struct arena *, const struct uuid *,
	    size_t count, struct store_token_use *, size_t *);
	struct err *(*read_streams)(struct store_session *, struct arena *,
	    const struct store_streams_query *, struct store_events *);

	/* store_archive.h */
	struct err *(*list_partitions)(
	    struct store_session *, struct arena *, struct store_partitions *);
	struct err *(*make_partitions)(struct store_session *, struct arena *, int64_t *);
	struct err *(*archive_oldest)(
	    struct store_session *, struct arena *, struct store_partition *);
	struct err *(*export_events)(struct store_session *, struct arena *,
	    struct uuid organisation, int64_t after, size_t limit, struct store_events *);
	struct err *(*import_events)(struct store_session *, struct arena *,
	    const struct store_event *, size_t count, size_t *);
	struct err *(*raise_job_number)(struct store_session *, struct arena *, struct uuid noc,
	    struct uuid osp, enum job_type, int64_t number);

	/* store_directory.h */
	struct err *(*put_record)(struct store_session *, struct arena *,
	    const struct store_record *row, const struct record *record, bool *);
	struct err *(*find_record)(struct store_session *, struct arena *, enum record_kind kind,
	    struct uuid id, bool *, struct store_record *);
	struct err *(*list_records)(struct store_session *, struct arena *,
	    const struct store_record_query *query, struct store_records *);
	struct err *(*forget_records)(struct store_session *, struct arena *);
	struct err *(*find_roster)(struct store_session *, struct arena *, struct uuid osp,
	    struct uuid agreement, const struct geo_location *location, bool *,
	    struct store_roster *);
	struct err *(*list_overlaps)(struct store_session *, struct arena *, struct uuid region,
	    size_t limit, struct store_overlap *, size_t *);
	struct err *(*check_area)(struct store_session *, struct arena *,
	    const struct geo_area *area, bool *, struct str *);
	struct err *(*find_member)(struct store_session *, struct arena *, struct uuid user,
	    struct uuid organisation, bool *, struct store_membership *);
	struct err *(*list_memberships)(
	    struct store_session *, struct arena *, struct uuid user, struct store_memberships *);
	struct err *(*find_identity)(struct store_session *, struct arena *, struct str issuer,
	    struct str subject, bool *, struct store_known_user *);
	struct err *(*list_invitations)(
	    struct store_session *, struct arena *, struct str email, struct store_records *);
	struct err *(*find_token)(struct store_session *, struct arena *, struct sha256 hash,
	    bool *, struct store_token *);
	struct err *(*touch_token)(struct store_session *, struct arena *, struct uuid id,
	    struct instant now, int64_t seconds, struct str address, bool *);
	struct err *(*find_token_use)(
	    struct store_session *, struct arena *, struct uuid id, struct instant *, struct str *);
	struct err *(*add_web_session)(
	    struct store_session *, struct arena *, const struct store_web_session *session_row);
	struct err *(*find_web_session)(struct store_session *, struct arena *, struct sha256 hash,
	    struct instant now, int64_t idle_s, bool *, struct store_web_session *);
	struct err *(*touch_web_session)(
	    struct store_session *, struct arena *, struct uuid id, struct instant now);
	struct err *(*end_web_sessions)(
	    struct store_session *, struct arena *, struct uuid user, struct uuid id, int64_t *);
	struct err *(*list_web_sessions)(struct store_session *, struct arena *, struct uuid user,
	    struct instant now, int64_t idle_s, struct store_web_sessions *);
	struct err *(*sweep_web_sessions)(
	    struct store_session *, struct arena *, struct instant now, int64_t idle_s, int64_t *);
};

/* An adapter's store and session begin with these. */
struct store {
	const struct store_ops *ops;
	store_ring_f ring;
	void *ring_context;
	struct duration statement_most; /* of sessions of STORE_API; 0: as the adapter has it */
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

/* What the port's functions check before anything else; store.c. */
void store_check_session(const struct store_session *session, const struct arena *arena);
/* ... what only the worker role may ask, */
void store_check_worker(const struct store_session *session, const struct arena *arena);
/* ... between 1 and STORE_ROWS_MAX, */
void store_check_limit(size_t limit);
/* ... between 1 and STORE_KEY_BYTES_MAX bytes. */
void store_check_key(struct str key);

/* A fault ends the transaction that it happened in.  Returns ${err}. */
NODISCARD struct err *store_settle(struct store_session *session, struct err *err);

/** Whether ${session} may see what belongs to the NOC ${noc} and the OSP ${osp}. */
bool store_may_see(const struct store_session *session, struct uuid noc, struct uuid osp);

/** What a session whose memory ran out is told. */
struct err *store_out_of_memory(struct arena *arena);

/** ERR_CORRUPT, naming ${event}, unless its hash is what it must be. */
NODISCARD struct err *store_verify_event(const struct store_event *event, struct arena *arena);

#endif
