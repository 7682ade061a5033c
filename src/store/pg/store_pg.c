#include <stdlib.h>

#include "store/pg/pg_internal.h"

/* ---- the instance ---- */

/* Take a number for this instance, and hold its lock for as long as the connection lives. */
static struct err *
take_instance(struct pg_store *store, struct arena *arena)
{
	CLEANUP(pg_result_clear) PGresult *role = NULL;
	CLEANUP(pg_result_clear) PGresult *result = NULL;

	TRY(pg_script(store->lease, arena, STR("session_worker"), &role));
	TRY(pg_script(store->lease, arena, STR("take_instance"), &result));
	if (PQntuples(result) != 1 ||
	    !str_parse_i64(str_from_z(PQgetvalue(result, 0, 0)), &store->instance) ||
	    !str_equal(str_from_z(PQgetvalue(result, 0, 1)), STR("t")))
		return ERR(arena, ERR_UNAVAILABLE, "could not take a number for this process");
	return NULL;
}

static struct err *
retake_held(struct pg_store *store, struct arena *arena)
{
	CLEANUP(pg_conn_close) PGconn *conn = NULL;
	CLEANUP(pg_result_clear) PGresult *result = NULL;
	struct pg_params params = { .arena = arena };
	const char *text = arena_copy_z(arena, pg_query_text(STR("retake_instance")));

	pg_put_int4(&params, store->instance);
	if (text == NULL || arena_exhausted(arena))
		return store_out_of_memory(arena);
	TRY(pg_connect(arena, store->conninfo, &conn));
	TRY(pg_script(conn, arena, STR("session_worker"), NULL));
	result =
	    PQexecParams(conn, text, 1, NULL, params.values, params.lengths, params.formats, 0);
	if (PQresultStatus(result) != PGRES_TUPLES_OK)
		return pg_fault(conn, result, false, arena);
	/* The server may not have noticed yet that the old connection is gone. */
	if (!str_equal(str_from_z(PQgetvalue(result, 0, 0)), STR("t")))
		return ERR(arena, ERR_UNAVAILABLE, "could not take this process's number again");
	pg_conn_close(&store->lease);
	store->lease = conn;
	conn = NULL;
	return NULL;
}

struct err *
pg_retake_instance(struct pg_store *store, struct arena *arena)
{
	struct err *err;

	CHECK(pthread_mutex_lock(&store->lock) == 0);
	err = retake_held(store, arena);
	CHECK(pthread_mutex_unlock(&store->lock) == 0);
	return err;
}

/* ---- opening ---- */

/* The database is migrated as far as this program, and its sequence caches nothing. */
static struct err *
check_store(PGconn *conn, struct arena *arena)
{
	CLEANUP(pg_result_clear) PGresult *result = NULL;
	int64_t cache = 0, migration = 0;

	TRY(pg_script(conn, arena, STR("check_store"), &result));
	if (PQntuples(result) != 1 ||
	    !str_parse_i64(str_from_z(PQgetvalue(result, 0, 0)), &cache) ||
	    !str_parse_i64(str_from_z(PQgetvalue(result, 0, 1)), &migration) ||
	    migration < (int64_t)pg_migration_files_count)
		return err_explain(
		    ERR(arena, ERR_UNAVAILABLE, "the database is not set up for this program"),
		    STR("Migrations are missing."), STR("Run \"strike migrate\"."));
	if (cache != 1)
		return err_explain(
		    ERR(arena, ERR_CORRUPT,
			"sequence strike.event_seq caches %lld numbers, it must be 1",
			(long long)cache),
		    STR("With more, events of one stream could be put out of order."),
		    STR("ALTER SEQUENCE strike.event_seq CACHE 1"));
	return NULL;
}

/* The next event and the next position have a partition to go to. */
static struct err *
check_room(PGconn *conn, struct arena *arena)
{
	CLEANUP(pg_result_clear) PGresult *result = NULL;

	TRY(pg_script(conn, arena, STR("check_room"), &result));
	if (PQntuples(result) == 1 && str_equal(str_from_z(PQgetvalue(result, 0, 0)), STR("t")))
		return NULL;
	return err_explain(
	    ERR(arena, ERR_UNAVAILABLE, "there is no partition for the next event or position"),
	    STR("Partitions are made ahead of need, and nobody has made them."),
	    STR("SELECT strike.make_partitions()"));
}

static void
pg_close(struct store *base)
{
	struct pg_store *store = (struct pg_store *)base;

	pg_conn_close(&store->lease);
	CHECK(pthread_mutex_destroy(&store->lock) == 0);
	free(store->conninfo);
	free(store);
}

static struct err *
open_lease(struct pg_store *store, struct arena *arena)
{
	TRY(pg_connect(arena, store->conninfo, &store->lease));
	TRY(check_store(store->lease, arena));
	TRY(check_room(store->lease, arena));
	return take_instance(store, arena);
}

static const struct store_ops pg_ops;

struct err *
store_pg_open(struct arena *arena, const char *conninfo, struct store **ret)
{
	struct pg_store *store = calloc(1, sizeof(*store));
	struct err *err;

	CHECK(store != NULL);
	CHECK(conninfo != NULL);
	store->base.ops = &pg_ops;
	store->conninfo = strdup(conninfo);
	CHECK(store->conninfo != NULL);
	CHECK(pthread_mutex_init(&store->lock, NULL) == 0);
	err = open_lease(store, arena);
	if (err != NULL) {
		pg_close(&store->base);
		return err;
	}
	*ret = &store->base;
	return NULL;
}

/* ---- sessions ---- */

static void
pg_session_close(struct store_session *base)
{
	struct pg_session *session = pg_session(base);

	pg_conn_close(&session->conn);
	free(session);
}

/* Connects at once, so that a wrong address or a stale schema shows at start. */
static struct err *
pg_session_open(
    struct store *store, struct arena *arena, enum store_role role, struct store_session **ret)
{
	struct pg_session *session = calloc(1, sizeof(*session));
	struct err *err;

	CHECK(session != NULL);
	session->base.store = store;
	session->base.role = role;
	err = pg_ready(session, arena);
	if (err != NULL) {
		pg_session_close(&session->base);
		return err;
	}
	*ret = &session->base;
	return NULL;
}

static const struct store_ops pg_ops = {
	.close = pg_close,
	.session_open = pg_session_open,
	.session_close = pg_session_close,
	.begin = pg_begin,
	.commit = pg_commit,
	.rollback = pg_rollback,
	.append = pg_append,
	.find_command = pg_find_command,
	.take_job_number = pg_take_job_number,
	.read_stream = pg_read_stream,
	.log_head = pg_log_head,
	.list_changed = pg_list_changed,
	.read_log = pg_read_log,
	.sequence = pg_sequence,
	.claim_timers = pg_claim_timers,
	.put_back_timer = pg_put_back_timer,
	.claim_effects = pg_claim_effects,
	.begin_effect = pg_begin_effect,
	.put_back_effect = pg_put_back_effect,
	.drop_effect = pg_drop_effect,
	.next_timer = pg_next_timer,
	.next_effect = pg_next_effect,
	.next_due = pg_next_due,
	.find_provider_id = pg_find_provider_id,
	.record_rejection = pg_record_rejection,
	.list_rejections = pg_list_rejections,
	.backlog = pg_backlog,
	.lateness = pg_lateness,
	.take_slot = pg_take_slot,
	.wait_effect = pg_wait_effect,
	.set_aside_effect = pg_set_aside_effect,
	.list_letters = pg_list_letters,
	.count_dead = pg_count_dead,
	.replay_effect = pg_replay_effect,
	.bury_effect = pg_bury_effect,
	.note_page = pg_note_page,
	.find_pages = pg_find_pages,
	.find_contacts = pg_find_contacts,
	.count_answer = pg_count_answer,
	.prune_work = pg_prune_work,
	.put_board = pg_put_board,
	.board_checksum = pg_board_checksum,
	.find_board = pg_find_board,
	.find_board_by_number = pg_find_board_by_number,
	.list_board = pg_list_board,
	.count_board = pg_count_board,
	.board_position = pg_board_position,
	.find_organisations = pg_find_organisations,
	.find_records = pg_find_records,
	.find_token_uses = pg_find_token_uses,
	.read_streams = pg_read_streams,
	.find_membership = pg_find_membership,
	.find_organisation = pg_find_organisation,
	.list_partners = pg_list_partners,
	.find_agreement = pg_find_agreement,
	.get_agreement = pg_get_agreement,
	.plant = pg_plant,
	.read_ticks = pg_read_ticks,
	.find_tick = pg_find_tick,
	.put_signature = pg_put_signature,
	.read_signatures = pg_read_signatures,
	.audit_log = pg_audit_log,
	.audit_counts = pg_audit_counts,
	.list_partitions = pg_list_partitions,
	.make_partitions = pg_make_partitions,
	.archive_oldest = pg_archive_oldest,
	.export_events = pg_export_events,
	.import_events = pg_import_events,
	.raise_job_number = pg_raise_job_number,
	.put_record = pg_put_record,
	.find_record = pg_find_record,
	.list_records = pg_list_records,
	.forget_records = pg_forget_records,
	.find_roster = pg_find_roster,
	.list_overlaps = pg_list_overlaps,
	.check_area = pg_check_area,
	.find_member = pg_find_member,
	.list_memberships = pg_list_memberships,
	.find_identity = pg_find_identity,
	.list_invitations = pg_list_invitations,
	.find_token = pg_find_token,
	.touch_token = pg_touch_token,
	.find_token_use = pg_find_token_use,
	.add_web_session = pg_add_web_session,
	.find_web_session = pg_find_web_session,
	.touch_web_session = pg_touch_web_session,
	.end_web_sessions = pg_end_web_sessions,
	.list_web_sessions = pg_list_web_sessions,
	.sweep_web_sessions = pg_sweep_web_sessions,
	.subscribe = pg_subscribe,
	.hold_slots = pg_hold_slots,
	.let_go_slots = pg_let_go_slots,
	.move_slots = pg_move_slots,
	.park = pg_park,
	.unpark = pg_unpark,
	.list_parked = pg_list_parked,
	.retry_parked = pg_retry_parked,
	.list_subscriptions = pg_list_subscriptions,
	.live_build = pg_live_build,
	.begin_build = pg_begin_build,
	.switch_build = pg_switch_build,
	.end_build = pg_end_build,
	.is_visible = pg_is_visible,
	.find_person_keys = pg_find_person_keys,
	.add_person_keys = pg_add_person_keys,
	.erase_person = pg_erase_person,
	.find_users = pg_find_users,
};
