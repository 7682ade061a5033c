#ifndef MEM_INTERNAL_H
#define MEM_INTERNAL_H

#include <pthread.h>

#include "store/mem/store_mem.h"
#include "store/store_adapter.h"

/*
 * The world of store_mem: tables of rows, and a list of what to undo.
 *
 * A row is found by walking its table, and changed only through mem_add() and
 * mem_change(), which remember how it was.  Rows are never taken out; those that
 * can go have a flag for it.
 */

struct mem_table {
	size_t row_bytes, count, capacity;
	char *rows;
};

/* One change to take back: row ${index} of ${table} was ${old}, or was not there (NULL). */
struct mem_undo {
	struct mem_table *table;
	size_t index;
	char *old;
};

struct mem_stream {
	struct uuid id, noc, osp;
	int64_t version;
};

struct mem_command {
	struct uuid scope, key;
	struct sha256 body_hash;
	struct str answer;
};

struct mem_effect {
	struct store_effect effect;
	int64_t tries;
	bool begun;
	struct instant begun_at;
	int64_t owner; /* the instance that claimed it; 0: nobody */
	bool done, dead, gone;
	struct instant dead_at;
	bool waits; /* for a slot, since ... */
	struct instant since;
	struct str problem;
};

struct mem_throttle {
	struct str key;
	struct instant free_at;
	int64_t misses;
};

struct mem_page {
	struct sha256 fingerprint;
	struct store_page page;
	bool live;
};

struct mem_answered {
	struct sha256 fingerprint;
	int64_t count;
	struct instant at;
};

struct mem_timer {
	struct store_timer timer;
	bool live;
	int64_t owner;
};

struct mem_slot {
	int64_t position, epoch;
	int64_t owner; /* the instance that holds it; 0: nobody */
};

struct mem_subscription {
	struct str name;
	enum store_mode mode;
	int64_t gate;
	int64_t of; /* how many slots */
	struct mem_slot slots[STORE_SLOTS_MAX];
};

/* An instance that asks for slots of a subscription: one of those who share them. */
struct mem_follower {
	struct str subscription;
	int64_t instance;
	bool live;
};

struct mem_parked {
	struct store_parked parked;
	bool live;
};

struct mem_projection {
	struct str name;
	int64_t live; /* the build that readers see */
};

struct mem_board_row {
	int64_t build;
	bool live; /* not emptied */
	struct store_board_row row;
};

struct mem_user {
	struct uuid id;
	struct str handle;
};

/* That somebody was erased, and why. */
struct mem_erasure {
	struct uuid person;
	struct instant at;
	struct str reason;
};

struct mem_number {
	struct uuid noc, osp;
	enum job_type type;
	int64_t last;
};

struct mem_provider_id {
	struct str id; /* empty: pruned */
	struct uuid eco;
	int64_t number;
};

struct mem_agreement {
	struct store_seed_agreement row;
};

/* A record of the directory, all of it in the world's memory. */
struct mem_record {
	struct store_record row;
	struct record record; /* what the row's body says */
	bool live;            /* not forgotten */
};

struct mem_token_use {
	struct uuid token;
	struct instant at;
	struct str address;
};

struct mem_web_session {
	struct store_web_session row;
	bool live;
};

/* An agreement as the session may see it, from a record or planted. */
struct mem_agreement_view {
	struct store_agreement agreement;
	struct instant valid_from, valid_until; /* until: RECORD_NO_MOMENT: none */
	enum agreement_state state;
};

struct mem_world {
	pthread_mutex_t lock;
	int stores;
	int64_t last_instance;
	int64_t leader; /* an instance; 0: nobody */
	int64_t head;   /* events before it have a position: their index and one */

	struct mem_table streams, events, commands, effects, timers, numbers, provider_ids,
	    rejections, board, organisations, users, agreements, subscriptions, followers, parked,
	    projections, ticks, signatures, person_keys, erasures, records, token_uses,
	    web_sessions, throttles, pages, answered;

	struct mem_undo *undo;
	size_t undo_count, undo_capacity;
	void **texts; /* what rows point to */
	size_t text_count, text_capacity;
};

struct mem_store {
	struct store base;
	struct mem_world *world;
	int64_t instance;
};

/* The world of ${session}, held until mem_leave(). */
struct mem_world *mem_enter(struct store_session *session);

/* End what mem_enter() began; ${err} undoes it.  Returns ${err}. */
struct err *mem_leave(struct store_session *session, struct err *err);

/* The instance that ${session} works for. */
int64_t mem_instance(const struct store_session *session);

/* A new zeroed row of ${table}. */
void *mem_add(struct mem_world *world, struct mem_table *table);

/* ${row} of ${table}, which is about to be changed. */
void mem_change(struct mem_world *world, struct mem_table *table, const void *row);

/* Row ${index} of ${table}. */
void *mem_row(const struct mem_table *table, size_t index);

/* A copy of ${bytes} that lives as long as the world. */
void *mem_keep_bytes(struct mem_world *world, const void *bytes, size_t length);
struct str mem_keep(struct mem_world *world, struct str text);

/* The stream ${id}, or NULL. */
struct mem_stream *mem_find_stream(struct mem_world *world, struct uuid id);

/* The index of event ${version} of ${stream}, or SIZE_MAX. */
size_t mem_find_event(const struct mem_world *world, struct uuid stream, int64_t version);

/* The position of event ${index}; 0: none yet. */
int64_t mem_position(const struct mem_world *world, size_t index);

/* Event ${index}, copied out as it stands. */
struct store_event mem_copy_event(const struct mem_world *world, size_t index, struct arena *arena);

/* The same, and proven: ERR_CORRUPT when it is not what was appended. */
struct err *mem_prove_event(
    const struct mem_world *world, size_t index, struct arena *arena, struct store_event *ret);

/* The job numbers of (${noc}, ${osp}, ${type}), about to be changed. */
struct mem_number *mem_change_number(
    struct mem_world *world, struct uuid noc, struct uuid osp, enum job_type type);

/* The subscription ${name}, or NULL. */
struct mem_subscription *mem_find_subscription(struct mem_world *world, struct str name);

/* A new subscription. */
struct mem_subscription *mem_add_subscription(
    struct mem_world *world, struct str name, int64_t slots, enum store_mode mode);

/* The lowest position of a slot of ${subscription}. */
int64_t mem_slowest(const struct mem_subscription *subscription);

/* Move slots that the session's process holds; ERR_CONFLICT when it does not. */
struct err *mem_move_held(struct store_session *session, struct mem_world *world,
    struct arena *arena, struct str name, const struct store_move *moves, size_t count);

/* Whether ${version} of ${stream} waits for the subscription ${name}, being parked. */
bool mem_is_parked(
    const struct mem_world *world, struct str name, struct uuid stream, int64_t version);

/* Forget what is parked of the subscription ${name}. */
void mem_forget_parked(struct mem_world *world, struct str name);

/* The build of ${projection} that readers see. */
int64_t mem_live_of(const struct mem_world *world, struct str projection);

/* Take all rows out of ${build} of the board. */
void mem_empty_board(struct mem_world *world, int64_t build);

/* Give the events that were sequenced since ${before} their tick. */
void mem_make_tick(struct mem_world *world, int64_t before);

/* The port's operations, by part. */
struct err *mem_append(struct store_session *, struct arena *, const struct store_append *,
    struct store_append_result *);
struct err *mem_find_command(struct store_session *, struct arena *, struct uuid, struct uuid,
    struct sha256, struct store_append_result *);
struct err *mem_take_job_number(
    struct store_session *, struct arena *, struct uuid, struct uuid, enum job_type, int64_t *);
struct err *mem_read_stream(
    struct store_session *, struct arena *, struct uuid, int64_t, size_t, struct store_events *);
struct err *mem_read_log(
    struct store_session *, struct arena *, int64_t, size_t, struct store_events *);
struct err *mem_log_head(struct store_session *, struct arena *, int64_t *);
struct err *mem_list_changed(
    struct store_session *, struct arena *, int64_t, int64_t, struct store_changed_list *);
struct err *mem_read_streams(struct store_session *, struct arena *,
    const struct store_streams_query *, struct store_events *);
struct err *mem_find_organisations(struct store_session *, struct arena *, const struct uuid *,
    size_t count, struct store_organisations *);
struct err *mem_find_records(struct store_session *, struct arena *, const enum record_kind *,
    const struct uuid *, size_t count, struct store_records *);
struct err *mem_find_token_uses(struct store_session *, struct arena *, const struct uuid *,
    size_t count, struct store_token_use *, size_t *);
struct err *mem_sequence(struct store_session *, struct arena *, int64_t *, bool *, size_t *);
struct err *mem_claim_timers(
    struct store_session *, struct arena *, struct instant, size_t, struct store_timer *, size_t *);
struct err *mem_put_back_timer(
    struct store_session *, struct arena *, const struct store_timer *, struct instant);
struct err *mem_claim_effects(struct store_session *, struct arena *, enum effect_lane,
    struct instant, size_t, struct store_claim *, size_t *);
struct err *mem_begin_effect(struct store_session *, struct arena *, struct str, struct instant);
struct err *mem_put_back_effect(
    struct store_session *, struct arena *, struct str, struct instant, bool, struct str);
struct err *mem_drop_effect(struct store_session *, struct arena *, struct str);
struct err *mem_next_timer(struct store_session *, struct arena *, bool *, struct instant *);
struct err *mem_next_effect(
    struct store_session *, struct arena *, enum effect_lane, bool *, struct instant *);
struct err *mem_next_due(struct store_session *, struct arena *, bool *, struct instant *);
struct err *mem_find_provider_id(
    struct store_session *, struct arena *, struct str, bool *, struct uuid *, int64_t *);
struct err *mem_record_rejection(
    struct store_session *, struct arena *, const struct store_rejection *);
struct err *mem_list_rejections(
    struct store_session *, struct arena *, size_t, struct store_rejection *, size_t *);
struct err *mem_backlog(
    struct store_session *, struct arena *, struct instant, struct store_backlog *);
struct err *mem_lateness(
    struct store_session *, struct arena *, struct instant, struct store_lateness *);

/* The writes of an append that concern timers and the outbox; its transaction is open. */
struct err *mem_settle_claims(
    struct store_session *, struct mem_world *, struct arena *, const struct store_append *);
void mem_write_work(struct mem_world *, const struct store_append *);

struct err *mem_put_board(
    struct store_session *, struct arena *, int64_t, const struct store_board_row *, size_t);
struct err *mem_find_board(
    struct store_session *, struct arena *, struct uuid, bool *, struct store_board_row *);
struct err *mem_find_board_by_number(
    struct store_session *, struct arena *, struct str, bool *, struct store_board_row *);
struct err *mem_list_board(struct store_session *, struct arena *,
    const struct store_board_filter *, size_t, struct store_board_rows *);
struct err *mem_count_board(
    struct store_session *, struct arena *, const struct store_board_filter *, int64_t *);

struct err *mem_board_position(struct store_session *, struct arena *, int64_t *);
struct err *mem_board_checksum(
    struct store_session *, struct arena *, int64_t, int64_t *, struct sha256 *);

struct err *mem_find_membership(struct store_session *, struct arena *, struct str, struct str,
    bool *, struct store_membership *);
struct err *mem_find_organisation(struct store_session *, struct arena *, struct uuid, struct str,
    bool *, struct store_organisation *);
struct err *mem_list_partners(struct store_session *, struct arena *, struct uuid, struct instant,
    struct store_organisations *);
struct err *mem_find_agreement(struct store_session *, struct arena *, struct uuid, struct uuid,
    struct instant, bool *, struct store_agreement *);
struct err *mem_get_agreement(
    struct store_session *, struct arena *, struct uuid, struct store_agreement *);
struct err *mem_plant(struct store_session *, struct arena *, const struct store_seed *);

struct err *mem_subscribe(
    struct store_session *, struct arena *, struct str, int64_t, enum store_mode);
struct err *mem_hold_slots(
    struct store_session *, struct arena *, struct str, bool, struct store_slots *);
struct err *mem_let_go_slots(struct store_session *, struct arena *, struct str);
struct err *mem_move_slots(
    struct store_session *, struct arena *, struct str, const struct store_move *, size_t, bool);
struct err *mem_park(struct store_session *, struct arena *, const struct store_parked *);
struct err *mem_unpark(struct store_session *, struct arena *, struct str, struct uuid);
struct err *mem_list_parked(
    struct store_session *, struct arena *, struct str, size_t, struct store_parked_list *);
struct err *mem_retry_parked(
    struct store_session *, struct arena *, struct str, struct uuid, struct instant, int64_t *);
struct err *mem_list_subscriptions(
    struct store_session *, struct arena *, struct store_subscriptions *);
struct err *mem_live_build(struct store_session *, struct arena *, struct str, int64_t *);
struct err *mem_begin_build(struct store_session *, struct arena *, struct str, int64_t *);
struct err *mem_switch_build(struct store_session *, struct arena *, struct str, int64_t);
struct err *mem_end_build(struct store_session *, struct arena *, struct str);
struct err *mem_is_visible(
    struct store_session *, struct arena *, struct str, struct uuid, int64_t, bool *);

struct err *mem_read_ticks(
    struct store_session *, struct arena *, int64_t, size_t, struct store_ticks *);
struct err *mem_find_tick(
    struct store_session *, struct arena *, int64_t, bool *, struct store_tick *);
struct err *mem_put_signature(
    struct store_session *, struct arena *, const struct store_signature *);
struct err *mem_read_signatures(
    struct store_session *, struct arena *, int64_t, size_t, struct store_signatures *);
struct err *mem_audit_log(
    struct store_session *, struct arena *, int64_t, size_t, struct store_audit_rows *);
struct err *mem_audit_counts(struct store_session *, struct arena *, struct store_audit_counts *);

struct err *mem_find_person_keys(struct store_session *, struct arena *, const struct uuid *,
    size_t, struct store_person_keys *);
struct err *mem_add_person_keys(
    struct store_session *, struct arena *, const struct store_person_key *, size_t);
/* Whether ${person} was ever erased. */
bool mem_is_erased(const struct mem_world *world, struct uuid person);
struct err *mem_erase_person(
    struct store_session *, struct arena *, struct uuid, struct instant, struct str, bool *);
struct err *mem_find_users(struct store_session *, struct arena *, const struct uuid *, size_t,
    struct store_user_name *, size_t *);

struct err *mem_list_partitions(struct store_session *, struct arena *, struct store_partitions *);
struct err *mem_make_partitions(struct store_session *, struct arena *, int64_t *);
struct err *mem_archive_oldest(struct store_session *, struct arena *, struct store_partition *);
struct err *mem_export_events(
    struct store_session *, struct arena *, struct uuid, int64_t, size_t, struct store_events *);
struct err *mem_import_events(
    struct store_session *, struct arena *, const struct store_event *, size_t, size_t *);
struct err *mem_raise_job_number(
    struct store_session *, struct arena *, struct uuid, struct uuid, enum job_type, int64_t);

/* -- the directory's records -- */

/* The record ${id} of ${kind}, or NULL. */
struct mem_record *mem_find_record_row(
    const struct mem_world *world, enum record_kind kind, struct uuid id);

/* Record ${index} when it is of ${kind} and not forgotten, or NULL. */
struct mem_record *mem_record_at(
    const struct mem_world *world, enum record_kind kind, size_t index);

/* ${row} as a session is given it. */
struct store_record mem_copy_record(const struct store_record *row, struct arena *arena);

/* A copy of ${record} with all that it points to. */
struct record mem_keep_record(struct mem_world *world, const struct record *record);

/* Take out of ${row}, which is about to be changed, what is its person's own. */
void mem_scrub_record(struct mem_world *world, struct arena *arena, struct mem_record *row);

/* What somebody who was erased is called. */
struct str mem_erased_handle(struct arena *arena, struct uuid user);

/* Whether somebody of whom ${row} speaks was erased. */
bool mem_speaks_of_erased(const struct mem_world *world, const struct mem_record *row);

/* Whether something of ${record} that is given once has been given to another record. */
bool mem_is_taken(const struct store_session *session, const struct mem_world *world,
    const struct record *record);

/* The organisation ${id} (Nil: with ${handle}), whoever asks; false when there is none. */
bool mem_know_organisation(const struct mem_world *world, struct uuid id, struct str handle,
    struct store_organisation *ret, bool *ret_suspended);

/* The organisation ${id} (Nil: with ${handle}) that was planted, or NULL. */
struct store_organisation *mem_planted_organisation(
    const struct mem_world *world, struct uuid id, struct str handle);

/* The user ${id}, whoever asks; false when there is none. */
bool mem_know_user(
    const struct mem_world *world, struct uuid id, struct str *ret_handle, bool *ret_disabled);

/* The membership that record ${index} is; false when it is none, or does not count. */
bool mem_membership_at(const struct mem_world *world, size_t index, struct store_membership *ret);
struct store_membership mem_copy_membership(
    const struct store_membership *row, struct arena *arena);

/* How many agreements there may be, and the one with ${index}; false when it is not the session's
 * to see. */
size_t mem_agreement_count(const struct mem_world *world);
bool mem_agreement_at(const struct store_session *session, const struct mem_world *world,
    size_t index, struct mem_agreement_view *ret);
bool mem_agreement_by_id(const struct store_session *session, const struct mem_world *world,
    struct uuid id, struct mem_agreement_view *ret);

/* End the web sessions of ${user}, or the one with ${id}; how many. */
int64_t mem_end_sessions_of(struct mem_world *world, struct uuid user, struct uuid id);

/* -- areas on the plane of degrees -- */

/* Whether ${location} and ${area} have a point in common. */
bool mem_area_meets(const struct geo_area *area, const struct geo_location *location);

/* The size of ${area} in square degrees. */
double mem_area_size(const struct geo_area *area);

/* The size of what ${a} and ${b} have in common. */
double mem_area_shared(const struct geo_area *a, const struct geo_area *b);

/* What is wrong with ${area} as a surface; NULL when nothing is. */
const char *mem_area_problem(const struct geo_area *area);

/* store_directory.h */
struct err *mem_put_record(struct store_session *, struct arena *, const struct store_record *row,
    const struct record *record, bool *);
struct err *mem_find_record(struct store_session *, struct arena *, enum record_kind kind,
    struct uuid id, bool *, struct store_record *);
struct err *mem_list_records(struct store_session *, struct arena *,
    const struct store_record_query *query, struct store_records *);
struct err *mem_forget_records(struct store_session *, struct arena *);
struct err *mem_find_roster(struct store_session *, struct arena *, struct uuid osp,
    struct uuid agreement, const struct geo_location *location, bool *, struct store_roster *);
struct err *mem_list_overlaps(struct store_session *, struct arena *, struct uuid region,
    size_t limit, struct store_overlap *, size_t *);
struct err *mem_check_area(
    struct store_session *, struct arena *, const struct geo_area *area, bool *, struct str *);
struct err *mem_find_member(struct store_session *, struct arena *, struct uuid user,
    struct uuid organisation, bool *, struct store_membership *);
struct err *mem_list_memberships(
    struct store_session *, struct arena *, struct uuid user, struct store_memberships *);
struct err *mem_find_identity(struct store_session *, struct arena *, struct str issuer,
    struct str subject, bool *, struct store_known_user *);
struct err *mem_list_invitations(
    struct store_session *, struct arena *, struct str email, struct store_records *);
struct err *mem_find_token(
    struct store_session *, struct arena *, struct sha256 hash, bool *, struct store_token *);
struct err *mem_touch_token(struct store_session *, struct arena *, struct uuid id,
    struct instant now, int64_t seconds, struct str address, bool *);
struct err *mem_find_token_use(
    struct store_session *, struct arena *, struct uuid id, struct instant *, struct str *);
struct err *mem_add_web_session(
    struct store_session *, struct arena *, const struct store_web_session *session_row);
struct err *mem_find_web_session(struct store_session *, struct arena *, struct sha256 hash,
    struct instant now, int64_t idle_s, bool *, struct store_web_session *);
struct err *mem_touch_web_session(
    struct store_session *, struct arena *, struct uuid id, struct instant now);
struct err *mem_end_web_sessions(
    struct store_session *, struct arena *, struct uuid user, struct uuid id, int64_t *);
struct err *mem_list_web_sessions(struct store_session *, struct arena *, struct uuid user,
    struct instant now, int64_t idle_s, struct store_web_sessions *);
struct err *mem_sweep_web_sessions(
    struct store_session *, struct arena *, struct instant now, int64_t idle_s, int64_t *);

/* The effect ${key} of the outbox, or NULL. */
struct mem_effect *mem_find_effect(struct mem_world *world, struct str key);

/* The same, which this process must have claimed, about to be changed. */
struct mem_effect *mem_change_claimed(
    struct store_session *session, struct mem_world *world, struct str key);

/* Who claims goes by this: urgency, then since when, then the key. */
bool mem_is_before(const struct mem_effect *left, const struct mem_effect *right);

/* What is known of the pages of ${person} goes with them. */
void mem_forget_pages(struct mem_world *world, struct uuid person);

/* store_send.h */
struct err *mem_take_slot(struct store_session *, struct arena *, const struct store_throttle *,
    struct instant, bool *, struct instant *);
struct err *mem_wait_effect(struct store_session *, struct arena *, struct str, struct instant);
struct err *mem_set_aside_effect(
    struct store_session *, struct arena *, struct str, struct instant, struct str);
struct err *mem_list_letters(
    struct store_session *, struct arena *, bool, size_t, struct store_letter *, size_t *);
struct err *mem_count_dead(struct store_session *, struct arena *, int64_t *);
struct err *mem_replay_effect(
    struct store_session *, struct arena *, struct str, struct instant, bool *);
struct err *mem_bury_effect(struct store_session *, struct arena *, struct str, bool *);
struct err *mem_note_page(
    struct store_session *, struct arena *, struct sha256, const struct store_page *);
struct err *mem_find_pages(struct store_session *, struct arena *, struct sha256, struct instant,
    size_t, struct store_page *, size_t *);
struct err *mem_find_contacts(struct store_session *, struct arena *, struct str, size_t,
    struct store_contact_owner *, size_t *);
struct err *mem_count_answer(
    struct store_session *, struct arena *, struct sha256, struct instant, bool, int64_t *);
struct err *mem_prune_work(struct store_session *, struct arena *, int64_t, size_t, int64_t *);

#endif
