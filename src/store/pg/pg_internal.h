#ifndef PG_INTERNAL_H
#define PG_INTERNAL_H

#include <libpq-fe.h>
#include <pthread.h>

#include "store/pg/pg_files.h"
#include "store/pg/store_pg.h"
#include "store/store_adapter.h"

enum pg_statement {
#define PG_STATEMENT(name, kind) PG_##name,
#include "store/pg/pg_statements.def"
#undef PG_STATEMENT
	PG_STATEMENT_COUNT
};

struct pg_store {
	struct store base;
	char *conninfo;
	pthread_mutex_t lock; /* around what follows */
	PGconn *lease;        /* holds this instance's advisory lock */
	int64_t instance;     /* never changes */
};

struct pg_session {
	struct store_session base;
	PGconn *conn;  /* NULL: none, connect at the next call */
	bool begins;   /* a transaction that was begun, and of which nothing was sent yet */
	bool leads;    /* this connection holds the sequencer's lock ... */
	int64_t epoch; /* ... and took the lead in this epoch */
};

/* ---- pg_conn.c: connections and calls ---- */

/* Close what CLEANUP holds. */
void pg_conn_close(PGconn **conn);
void pg_result_clear(PGresult **result);

/* A new connection to ${conninfo}, in no role and with nothing prepared. */
NODISCARD struct err *pg_connect(struct arena *arena, const char *conninfo, PGconn **ret);

/* Run the section ${name} of queries.sql, which takes no parameters, as it is. */
NODISCARD struct err *pg_script(PGconn *conn, struct arena *arena, struct str name, PGresult **ret);

/* The section ${name} of queries.sql; CHECKs that there is one. */
struct str pg_query_text(struct str name);

/* What went wrong with ${result} (NULL: no answer) on ${conn}; ${uncertain}: it may be done. */
struct err *pg_fault(PGconn *conn, const PGresult *result, bool uncertain, struct arena *arena);

struct pg_params;

/* Run ${statement} on the session: in its transaction, or as one. */
NODISCARD struct err *pg_run(struct pg_session *session, struct arena *arena,
    enum pg_statement statement, const struct pg_params *params, PGresult **ret);

/* pg_run(), for a statement that may take as long as it takes. */
NODISCARD struct err *pg_run_unhurried(struct pg_session *session, struct arena *arena,
    enum pg_statement statement, const struct pg_params *params, PGresult **ret);

/* pg_run(), for a statement that must touch exactly one row; else ERR_CONFLICT about ${what}. */
NODISCARD struct err *pg_run_one(struct pg_session *session, struct arena *arena,
    enum pg_statement statement, const struct pg_params *params, struct str what);

/*
 * pg_run(), for a statement whose first column says whether this instance still holds
 * its lock; when it does not, take the lock again and ask once more.
 */
NODISCARD struct err *pg_run_claim(struct store_session *session, struct arena *arena,
    enum pg_statement statement, const struct pg_params *params, PGresult **ret);

/* Have a connection, and so know that there is one to be had. */
NODISCARD struct err *pg_ready(struct pg_session *session, struct arena *arena);

NODISCARD struct err *pg_begin(struct store_session *, struct arena *);
NODISCARD struct err *pg_commit(struct store_session *, struct arena *);
void pg_rollback(struct store_session *);

/* Hold the instance's lock again, after its connection was lost. */
NODISCARD struct err *pg_retake_instance(struct pg_store *store, struct arena *arena);

/* ---- pg_value.c: parameters and results in PostgreSQL's binary form ---- */

#define PG_PARAMS_MAX 56

struct pg_params {
	struct arena *arena; /* what is encoded lives here */
	const char *values[PG_PARAMS_MAX];
	int lengths[PG_PARAMS_MAX];
	int formats[PG_PARAMS_MAX];
	int count;
};

void pg_put_null(struct pg_params *params);
void pg_put_uuid(struct pg_params *params, struct uuid id);
void pg_put_uuid_or_null(struct pg_params *params, struct uuid id); /* NULL for Nil */
void pg_put_int(struct pg_params *params, int64_t value);
void pg_put_int4(struct pg_params *params, int64_t value);
void pg_put_bool(struct pg_params *params, bool value);
void pg_put_text(struct pg_params *params, struct str text);         /* text or bytea */
void pg_put_text_or_null(struct pg_params *params, struct str text); /* NULL for empty */
void pg_put_instant(struct pg_params *params, struct instant when);
void pg_put_instant_or_null(struct pg_params *params, struct instant when); /* NULL for no moment */
void pg_put_hash(struct pg_params *params, struct sha256 hash);

/* What an array holds, by PostgreSQL's number of the type (pg_type.dat; fixed for ever). */
enum pg_type {
	PG_BOOL = 16,
	PG_BYTEA = 17,
	PG_INT8 = 20,
	PG_TEXT = 25,
	PG_TIMESTAMPTZ = 1184,
	PG_UUID = 2950
};

/* An array being written: begin, put ${count} elements, end. */
struct pg_array {
	struct buf buf;
};

struct pg_array pg_array_begin(
    struct pg_params *params, enum pg_type type, size_t count, size_t bytes);
void pg_array_bytes(struct pg_array *array, const void *bytes, size_t length);
void pg_array_text(struct pg_array *array, struct str text);
void pg_array_uuid(struct pg_array *array, struct uuid id);
void pg_array_int(struct pg_array *array, int64_t value);
void pg_array_bool(struct pg_array *array, bool value);
void pg_array_instant(struct pg_array *array, struct instant when);
void pg_array_null(struct pg_array *array);
void pg_array_end(struct pg_params *params, struct pg_array *array);

/* One row of a result, read column by column.  A value of another size is remembered. */
struct pg_row {
	PGresult *result;
	int row, column;
	struct arena *arena;
	bool wrong; /* something was not what the query promises */
};

struct pg_row pg_row(PGresult *result, int row, struct arena *arena);
bool pg_next_is_null(const struct pg_row *row);
void pg_skip(struct pg_row *row);
struct uuid pg_get_uuid(struct pg_row *row);
int64_t pg_get_int(struct pg_row *row);
int64_t pg_get_int4(struct pg_row *row);
bool pg_get_bool(struct pg_row *row);
double pg_get_double(struct pg_row *row);
struct str pg_get_text(struct pg_row *row); /* text or bytea, copied */
struct instant pg_get_instant(struct pg_row *row);
struct instant pg_get_instant_or_none(struct pg_row *row); /* no moment for NULL */

/* ERR_CORRUPT or ERR_LIMIT when something that was read is not sound. */
NODISCARD struct err *pg_row_check(const struct pg_row *row, struct str what);

/* ---- pg_stream.c: events ---- */

/* An event from ${row}, in the columns' order of read_stream; its hash is not looked at. */
NODISCARD struct err *pg_get_event(struct pg_row *row, struct store_event *ret);

/* All events of ${result}, each with the hash that it must have. */
NODISCARD struct err *pg_get_events(
    PGresult *result, struct arena *arena, struct store_events *ret);

/* ---- pg_append.c: events as parameters ---- */

/* The events of all ${parts}, from their ids to their hashes: twelve arrays. */
void pg_put_events(struct pg_params *params, const struct store_also *parts, size_t part_count);

/* ---- pg_geo.c: well-known binary ---- */

struct str pg_location_encode(struct arena *arena, const struct geo_location *location);
struct str pg_box_encode(struct arena *arena, const struct geo_box *box);
NODISCARD bool pg_location_decode(struct arena *arena, struct str bytes, struct geo_location *ret);

struct str pg_area_encode(struct arena *arena, const struct geo_area *area);

/* ---- pg_directory.c and pg_records.c: rows that several queries give ---- */

struct store_organisation pg_get_organisation(struct pg_row *row);
struct store_membership pg_get_membership(struct pg_row *row);
void pg_put_terms(struct pg_params *params, const struct eco_terms *terms);

/* A record from ${row}, in the columns' order of find_record. */
struct store_record pg_get_record(struct pg_row *row);
/* All records of ${result}. */
NODISCARD struct err *pg_get_records(
    PGresult *result, struct arena *arena, struct store_records *ret);

/* The word for ${lane} in the database. */
struct str pg_lane_name(enum effect_lane lane);

/* ---- the port's operations, by part ---- */

static inline struct pg_session *
pg_session(struct store_session *session)
{
	return (struct pg_session *)session;
}

static inline struct pg_store *
pg_store(const struct store_session *session)
{
	return (struct pg_store *)session->store;
}

struct err *pg_append(struct store_session *, struct arena *, const struct store_append *,
    struct store_append_result *);
struct err *pg_find_command(struct store_session *, struct arena *, struct uuid, struct uuid,
    struct sha256, struct store_append_result *);
struct err *pg_take_job_number(
    struct store_session *, struct arena *, struct uuid, struct uuid, enum job_type, int64_t *);
struct err *pg_read_stream(
    struct store_session *, struct arena *, struct uuid, int64_t, size_t, struct store_events *);
struct err *pg_read_log(
    struct store_session *, struct arena *, int64_t, size_t, struct store_events *);
struct err *pg_log_head(struct store_session *, struct arena *, int64_t *);
struct err *pg_list_changed(
    struct store_session *, struct arena *, int64_t, int64_t, struct store_changed_list *);
struct err *pg_read_streams(struct store_session *, struct arena *,
    const struct store_streams_query *, struct store_events *);
struct err *pg_find_organisations(struct store_session *, struct arena *, const struct uuid *,
    size_t count, struct store_organisations *);
struct err *pg_find_records(struct store_session *, struct arena *, const enum record_kind *,
    const struct uuid *, size_t count, struct store_records *);
struct err *pg_find_token_uses(struct store_session *, struct arena *, const struct uuid *,
    size_t count, struct store_token_use *, size_t *);
struct err *pg_sequence(struct store_session *, struct arena *, int64_t *, bool *, size_t *);

struct err *pg_read_ticks(
    struct store_session *, struct arena *, int64_t, size_t, struct store_ticks *);
struct err *pg_find_tick(
    struct store_session *, struct arena *, int64_t, bool *, struct store_tick *);
struct err *pg_put_signature(
    struct store_session *, struct arena *, const struct store_signature *);
struct err *pg_read_signatures(
    struct store_session *, struct arena *, int64_t, size_t, struct store_signatures *);
struct err *pg_audit_log(
    struct store_session *, struct arena *, int64_t, size_t, struct store_audit_rows *);
struct err *pg_audit_counts(struct store_session *, struct arena *, struct store_audit_counts *);

struct err *pg_list_partitions(struct store_session *, struct arena *, struct store_partitions *);
struct err *pg_make_partitions(struct store_session *, struct arena *, int64_t *);
struct err *pg_archive_oldest(struct store_session *, struct arena *, struct store_partition *);
struct err *pg_export_events(
    struct store_session *, struct arena *, struct uuid, int64_t, size_t, struct store_events *);
struct err *pg_import_events(
    struct store_session *, struct arena *, const struct store_event *, size_t, size_t *);
struct err *pg_raise_job_number(
    struct store_session *, struct arena *, struct uuid, struct uuid, enum job_type, int64_t);

struct err *pg_claim_timers(
    struct store_session *, struct arena *, struct instant, size_t, struct store_timer *, size_t *);
struct err *pg_put_back_timer(
    struct store_session *, struct arena *, const struct store_timer *, struct instant);
struct err *pg_claim_effects(struct store_session *, struct arena *, enum effect_lane,
    struct instant, size_t, struct store_claim *, size_t *);
struct err *pg_begin_effect(struct store_session *, struct arena *, struct str, struct instant);
struct err *pg_put_back_effect(
    struct store_session *, struct arena *, struct str, struct instant, bool, struct str);
struct err *pg_drop_effect(struct store_session *, struct arena *, struct str);
struct err *pg_next_timer(struct store_session *, struct arena *, bool *, struct instant *);
struct err *pg_next_effect(
    struct store_session *, struct arena *, enum effect_lane, bool *, struct instant *);
struct err *pg_next_due(struct store_session *, struct arena *, bool *, struct instant *);
struct err *pg_find_provider_id(
    struct store_session *, struct arena *, struct str, bool *, struct uuid *, int64_t *);
struct err *pg_record_rejection(
    struct store_session *, struct arena *, const struct store_rejection *);
struct err *pg_list_rejections(
    struct store_session *, struct arena *, size_t, struct store_rejection *, size_t *);
struct err *pg_backlog(
    struct store_session *, struct arena *, struct instant, struct store_backlog *);
struct err *pg_lateness(
    struct store_session *, struct arena *, struct instant, struct store_lateness *);

struct err *pg_put_board(
    struct store_session *, struct arena *, int64_t, const struct store_board_row *, size_t);
struct err *pg_find_board(
    struct store_session *, struct arena *, struct uuid, bool *, struct store_board_row *);
struct err *pg_find_board_by_number(
    struct store_session *, struct arena *, struct str, bool *, struct store_board_row *);
struct err *pg_list_board(struct store_session *, struct arena *, const struct store_board_filter *,
    size_t, struct store_board_rows *);
struct err *pg_count_board(
    struct store_session *, struct arena *, const struct store_board_filter *, int64_t *);

struct err *pg_board_position(struct store_session *, struct arena *, int64_t *);
struct err *pg_board_checksum(
    struct store_session *, struct arena *, int64_t, int64_t *, struct sha256 *);

struct err *pg_subscribe(
    struct store_session *, struct arena *, struct str, int64_t, enum store_mode);
struct err *pg_hold_slots(
    struct store_session *, struct arena *, struct str, bool, struct store_slots *);
struct err *pg_let_go_slots(struct store_session *, struct arena *, struct str);
struct err *pg_move_slots(
    struct store_session *, struct arena *, struct str, const struct store_move *, size_t, bool);
struct err *pg_park(struct store_session *, struct arena *, const struct store_parked *);
struct err *pg_unpark(struct store_session *, struct arena *, struct str, struct uuid);
struct err *pg_list_parked(
    struct store_session *, struct arena *, struct str, size_t, struct store_parked_list *);
struct err *pg_retry_parked(
    struct store_session *, struct arena *, struct str, struct uuid, struct instant, int64_t *);
struct err *pg_list_subscriptions(
    struct store_session *, struct arena *, struct store_subscriptions *);
struct err *pg_live_build(struct store_session *, struct arena *, struct str, int64_t *);
struct err *pg_begin_build(struct store_session *, struct arena *, struct str, int64_t *);
struct err *pg_switch_build(struct store_session *, struct arena *, struct str, int64_t);
struct err *pg_end_build(struct store_session *, struct arena *, struct str);
struct err *pg_is_visible(
    struct store_session *, struct arena *, struct str, struct uuid, int64_t, bool *);

struct err *pg_find_person_keys(struct store_session *, struct arena *, const struct uuid *, size_t,
    struct store_person_keys *);
struct err *pg_add_person_keys(
    struct store_session *, struct arena *, const struct store_person_key *, size_t);
struct err *pg_erase_person(
    struct store_session *, struct arena *, struct uuid, struct instant, struct str, bool *);
struct err *pg_find_users(struct store_session *, struct arena *, const struct uuid *, size_t,
    struct store_user_name *, size_t *);

struct err *pg_find_membership(struct store_session *, struct arena *, struct str, struct str,
    bool *, struct store_membership *);
struct err *pg_find_organisation(struct store_session *, struct arena *, struct uuid, struct str,
    bool *, struct store_organisation *);
struct err *pg_list_partners(struct store_session *, struct arena *, struct uuid, struct instant,
    struct store_organisations *);
struct err *pg_find_agreement(struct store_session *, struct arena *, struct uuid, struct uuid,
    struct instant, bool *, struct store_agreement *);
struct err *pg_get_agreement(
    struct store_session *, struct arena *, struct uuid, struct store_agreement *);
struct err *pg_plant(struct store_session *, struct arena *, const struct store_seed *);

/* store_directory.h */
struct err *pg_put_record(struct store_session *, struct arena *, const struct store_record *row,
    const struct record *record, bool *);
struct err *pg_find_record(struct store_session *, struct arena *, enum record_kind kind,
    struct uuid id, bool *, struct store_record *);
struct err *pg_list_records(struct store_session *, struct arena *,
    const struct store_record_query *query, struct store_records *);
struct err *pg_forget_records(struct store_session *, struct arena *);
struct err *pg_find_roster(struct store_session *, struct arena *, struct uuid osp,
    struct uuid agreement, const struct geo_location *location, bool *, struct store_roster *);
struct err *pg_list_overlaps(struct store_session *, struct arena *, struct uuid region,
    size_t limit, struct store_overlap *, size_t *);
struct err *pg_check_area(
    struct store_session *, struct arena *, const struct geo_area *area, bool *, struct str *);
struct err *pg_find_member(struct store_session *, struct arena *, struct uuid user,
    struct uuid organisation, bool *, struct store_membership *);
struct err *pg_list_memberships(
    struct store_session *, struct arena *, struct uuid user, struct store_memberships *);
struct err *pg_find_identity(struct store_session *, struct arena *, struct str issuer,
    struct str subject, bool *, struct store_known_user *);
struct err *pg_list_invitations(
    struct store_session *, struct arena *, struct str email, struct store_records *);
struct err *pg_find_token(
    struct store_session *, struct arena *, struct sha256 hash, bool *, struct store_token *);
struct err *pg_touch_token(struct store_session *, struct arena *, struct uuid id,
    struct instant now, int64_t seconds, struct str address, bool *);
struct err *pg_find_token_use(
    struct store_session *, struct arena *, struct uuid id, struct instant *, struct str *);
struct err *pg_add_web_session(
    struct store_session *, struct arena *, const struct store_web_session *session_row);
struct err *pg_find_web_session(struct store_session *, struct arena *, struct sha256 hash,
    struct instant now, int64_t idle_s, bool *, struct store_web_session *);
struct err *pg_touch_web_session(
    struct store_session *, struct arena *, struct uuid id, struct instant now);
struct err *pg_end_web_sessions(
    struct store_session *, struct arena *, struct uuid user, struct uuid id, int64_t *);
struct err *pg_list_web_sessions(struct store_session *, struct arena *, struct uuid user,
    struct instant now, int64_t idle_s, struct store_web_sessions *);
struct err *pg_sweep_web_sessions(
    struct store_session *, struct arena *, struct instant now, int64_t idle_s, int64_t *);

/* store_send.h */
struct err *pg_take_slot(struct store_session *, struct arena *, const struct store_throttle *,
    struct instant, bool *, struct instant *);
struct err *pg_wait_effect(struct store_session *, struct arena *, struct str, struct instant);
struct err *pg_set_aside_effect(
    struct store_session *, struct arena *, struct str, struct instant, struct str);
struct err *pg_list_letters(
    struct store_session *, struct arena *, bool, size_t, struct store_letter *, size_t *);
struct err *pg_count_dead(struct store_session *, struct arena *, int64_t *);
struct err *pg_replay_effect(
    struct store_session *, struct arena *, struct str, struct instant, bool *);
struct err *pg_bury_effect(struct store_session *, struct arena *, struct str, bool *);
struct err *pg_note_page(
    struct store_session *, struct arena *, struct sha256, const struct store_page *);
struct err *pg_find_pages(struct store_session *, struct arena *, struct sha256, struct instant,
    size_t, struct store_page *, size_t *);
struct err *pg_find_contacts(struct store_session *, struct arena *, struct str, size_t,
    struct store_contact_owner *, size_t *);
struct err *pg_count_answer(
    struct store_session *, struct arena *, struct sha256, struct instant, bool, int64_t *);
struct err *pg_prune_work(struct store_session *, struct arena *, int64_t, size_t, int64_t *);

#endif
