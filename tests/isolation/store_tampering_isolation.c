#include "support/pg_database.h"
#include "support/proof_world.h"

#include "support/unit.h"

/*
 * What a superuser does to history behind the program's back, with the triggers off:
 * the audit finds it and names it, or, where the database alone cannot know, a
 * checkpoint or a signature that was made before does.
 *
 * Not hashed, and so not noticed: seq as long as the log follows it, the transaction's
 * id, recorded_at and imported.  They say how an event came into this database, not
 * what happened.
 */

/* The event that is tampered with: version 2 of "first", at position 6, in tick 3. */
#define POSITION  6
#define THE_EVENT "seq = (SELECT seq FROM strike.log WHERE position = 6)"

static PGconn *
superuser(void)
{
	PGconn *conn = pg_database_connect();

	pg_database_run(conn, "SET session_replication_role = replica");
	return conn;
}

static void
tamper(const char *sql)
{
	PGconn *conn = superuser();

	pg_database_run(conn, sql);
	PQfinish(conn);
}

/* Six ticks over three streams; positions 1-4, 5, 6-15, 16, 17-19, 20. */
static void
fill(struct world *world)
{
	world_appended(world, id_of("first"), 0, 1);
	world_appended(world, id_of("second"), 0, 3);
	(void)world_sequence(world);
	world_appended(world, id_of("second"), 3, 1);
	(void)world_sequence(world);
	world_appended(world, id_of("first"), 1, 3);
	world_appended(world, id_of("third"), 0, 7);
	(void)world_sequence(world);
	world_appended(world, id_of("third"), 7, 1);
	(void)world_sequence(world);
	world_appended(world, id_of("first"), 4, 1);
	world_appended(world, id_of("second"), 4, 2);
	(void)world_sequence(world);
	world_appended(world, id_of("third"), 8, 1);
	(void)world_sequence(world);
	assert_int_equal(proof_world_newest(world), 6);
}

static const struct audit_result *
audit(struct world *world)
{
	return proof_world_audit(world, (struct audit_wanted){ .readers = 2 });
}

static void
assert_finds(struct world *world, const char *part)
{
	if (!proof_world_finds(audit(world), part))
		fail_msg("not found: %s", part);
}

/* ---- a changed event ---- */

struct change {
	const char *column, *value;
};

static const struct change changes[] = {
	{ "stream_id", "gen_random_uuid()" },
	{ "version", "version + 100" },
	{ "event_id", "gen_random_uuid()" },
	{ "noc_id", "osp_id" },
	{ "osp_id", "noc_id" },
	{ "type", "'NoteRemoved'" },
	{ "schema_version", "schema_version + 1" },
	{ "occurred_at", "occurred_at + interval '1 us'" },
	{ "actor_kind", "'provider'" },
	{ "actor_name", "actor_name || ' '" },
	{ "actor_user", "gen_random_uuid()" },
	{ "actor_organisation", "gen_random_uuid()" },
	{ "correlation", "gen_random_uuid()" },
	{ "causation", "gen_random_uuid()" },
	{ "payload", "set_byte(payload, 3, get_byte(payload, 3) # 1)" },
	{ "hash", "set_byte(hash, 31, get_byte(hash, 31) # 1)" },
};

static void
assert_names_the_event(const struct audit_result *result, const char *column)
{
	const struct audit_finding *first = &result->findings[0];

	if (result->found == 0)
		fail_msg("a changed %s is not found", column);
	if (first->position != POSITION ||
	    str_find(first->problem, STR("is not over its stored bytes")) == SIZE_MAX)
		fail_msg("a changed %s gives: position %lld: %.*s", column,
		    (long long)first->position, STR_ARG(first->problem));
	if (strcmp(column, "stream_id") != 0)
		assert_true(uuid_equal(first->stream, id_of("first")));
	if (strcmp(column, "version") != 0)
		assert_int_equal(first->version, 2);
	assert_false(uuid_is_nil(first->event));
}

static void
a_change_to_any_column_that_says_what_happened_is_found_and_named(void **state)
{
	struct world *world = *state;
	PGconn *conn = superuser();

	fill(world);
	pg_database_run(
	    conn, "CREATE TEMP TABLE was AS SELECT * FROM strike.event WHERE " THE_EVENT);
	for (size_t i = 0; i < COUNT_OF(changes); i++) {
		char sql[512];
		struct buf buf = buf_over(sql, sizeof(sql));

		buf_printf(&buf, "UPDATE strike.event SET %s = %s WHERE " THE_EVENT,
		    changes[i].column, changes[i].value);
		buf_char(&buf, '\0');
		pg_database_run(conn, sql);
		assert_names_the_event(audit(world), changes[i].column);
		pg_database_run(conn, "DELETE FROM strike.event WHERE seq = (SELECT seq FROM was);"
				      "INSERT INTO strike.event SELECT * FROM was");
	}
	proof_world_sound(audit(world));
	PQfinish(conn);
}

/* Every column is hashed, or stands here with the reason above: a new one must be decided on. */
static void
no_column_was_added_without_deciding_whether_it_is_hashed(void **state)
{
	PGconn *conn = pg_database_connect();

	(void)state;
	assert_int_equal(
	    pg_database_number(conn,
		"SELECT count(*) FROM pg_attribute WHERE attnum > 0 AND NOT attisdropped"
		" AND attrelid = 'strike.event'::regclass"
		" AND attname NOT IN ('seq', 'xid', 'recorded_at', 'imported')"),
	    COUNT_OF(changes));
	PQfinish(conn);
}

/* ---- events and positions that go, come and move ---- */

static void
an_event_that_was_deleted_is_missed_at_its_position(void **state)
{
	struct world *world = *state;
	const struct audit_result *result;

	fill(world);
	tamper("DELETE FROM strike.event WHERE " THE_EVENT);
	result = audit(world);
	assert_int_equal(result->findings[0].position, POSITION);
	assert_true(proof_world_finds(result, "the event that stood here"));
	assert_true(proof_world_finds(result, "the version of its stream before it is missing"));
}

static void
a_position_that_was_deleted_is_missed(void **state)
{
	struct world *world = *state;
	const struct audit_result *result;

	fill(world);
	tamper("DELETE FROM strike.log WHERE position = 6");
	result = audit(world);
	assert_int_equal(result->findings[0].position, POSITION);
	assert_true(proof_world_finds(result, "the log has no such position"));
	assert_true(proof_world_finds(result, "events without a position"));
}

static void
positions_that_were_deleted_at_the_end_are_missed(void **state)
{
	struct world *world = *state;

	fill(world);
	tamper("DELETE FROM strike.log WHERE position > 18");
	assert_finds(world, "the log has no positions from here to 20");
	assert_finds(
	    world, "the head says that position 20 is the last one, but the log ends with 18");
}

static void
an_event_that_was_put_in_with_a_position_of_its_own_is_found(void **state)
{
	struct world *world = *state;
	const struct audit_result *result;

	fill(world);
	tamper("INSERT INTO strike.event (seq, stream_id, version, event_id, noc_id, osp_id, type,"
	       " schema_version, occurred_at, actor_kind, actor_name, actor_user,"
	       " actor_organisation, correlation, causation, payload, hash)"
	       " SELECT nextval('strike.event_seq'), stream_id, version + 100, gen_random_uuid(),"
	       " noc_id, osp_id, type, schema_version, occurred_at, actor_kind, actor_name,"
	       " actor_user, actor_organisation, correlation, causation, payload, hash"
	       " FROM strike.event WHERE " THE_EVENT ";"
	       "INSERT INTO strike.log VALUES (21, currval('strike.event_seq'))");
	result = audit(world);
	assert_int_equal(result->findings[0].position, 21);
	assert_true(proof_world_finds(result, "not over its stored bytes"));
	assert_true(proof_world_finds(result, "no tick covers this position"));
	assert_true(proof_world_finds(
	    result, "the head says that position 20 is the last one, but the log ends with 21"));
	assert_true(
	    proof_world_finds(result, "its row does not say the version of its last event"));
}

/* Exchange what stands at two positions. */
static void
swap(int first, int second)
{
	char sql[512];
	struct buf buf = buf_over(sql, sizeof(sql));

	buf_printf(&buf,
	    "CREATE TEMP TABLE two AS SELECT * FROM strike.log WHERE position IN (%d, %d);"
	    "DELETE FROM strike.log WHERE position IN (%d, %d);"
	    "INSERT INTO strike.log SELECT %d - position, seq FROM two",
	    first, second, first, second, first + second);
	buf_char(&buf, '\0');
	tamper(sql);
}

static void
positions_that_were_swapped_are_found(void **state)
{
	struct world *world = *state;
	const struct audit_result *result;

	fill(world);
	/* Of two streams in one tick: the order of each still holds. */
	swap(8, 9);
	result = audit(world);
	assert_true(proof_world_finds(result, "tick 3: its root is not over the hashes"));
	/* ... and of one stream: then its order is wrong as well. */
	swap(6, 7);
	result = audit(world);
	assert_int_equal(result->findings[0].position, POSITION);
	assert_true(proof_world_finds(result, "the version of its stream before it is missing"));
	assert_true(proof_world_finds(result, "its version has been before in the log"));
}

static void
a_version_that_is_there_twice_is_found(void **state)
{
	struct world *world = *state;

	fill(world);
	/* With a tick of its own, made as the sequencer would: only the version is wrong. */
	tamper("ALTER TABLE strike.event_1 DROP CONSTRAINT event_1_version;"
	       "INSERT INTO strike.event (seq, stream_id, version, event_id, noc_id, osp_id, type,"
	       " schema_version, occurred_at, actor_kind, actor_name, actor_user,"
	       " actor_organisation, correlation, causation, payload, hash)"
	       " SELECT nextval('strike.event_seq'), stream_id, version, event_id,"
	       " noc_id, osp_id, type, schema_version, occurred_at, actor_kind, actor_name,"
	       " actor_user, actor_organisation, correlation, causation, payload, hash"
	       " FROM strike.event WHERE " THE_EVENT);
	(void)world_sequence(world);
	assert_finds(world, "its version has been before in the log");
	tamper("DELETE FROM strike.event WHERE seq = (SELECT max(seq) FROM strike.event);"
	       "ALTER TABLE strike.event_1 ADD CONSTRAINT event_1_version UNIQUE (stream_id, "
	       "version)");
}

static void
a_streams_row_that_says_another_version_is_found(void **state)
{
	struct world *world = *state;

	fill(world);
	tamper("UPDATE strike.stream SET version = version - 1 WHERE version = 5");
	assert_finds(world, "its row does not say the version of its last event");
}

/* ---- ticks ---- */

static void
a_changed_tick_is_named_and_not_the_ones_behind_it(void **state)
{
	static const struct change ticks[] = {
		{ "root", "set_byte(root, 0, get_byte(root, 0) # 1)" },
		{ "hash", "set_byte(hash, 0, get_byte(hash, 0) # 1)" },
		{ "at", "at + interval '1 us'" },
	};
	struct world *world = *state;
	PGconn *conn = superuser();

	fill(world);
	pg_database_run(conn, "CREATE TEMP TABLE was AS SELECT * FROM strike.tick");
	for (size_t i = 0; i < COUNT_OF(ticks); i++) {
		const struct audit_result *result;
		char sql[256];
		struct buf buf = buf_over(sql, sizeof(sql));

		buf_printf(&buf, "UPDATE strike.tick SET %s = %s WHERE number = 4", ticks[i].column,
		    ticks[i].value);
		buf_char(&buf, '\0');
		pg_database_run(conn, sql);
		result = audit(world);
		assert_true(proof_world_finds(result, "tick 4: its hash is not over"));
		for (size_t n = 0; n < result->listed; n++)
			assert_int_equal(result->findings[n].tick, 4);
		pg_database_run(conn, "DELETE FROM strike.tick; INSERT INTO strike.tick"
				      " SELECT * FROM was");
	}
	proof_world_sound(audit(world));
	PQfinish(conn);
}

static void
a_tick_that_was_taken_out_or_covers_something_else_is_found(void **state)
{
	struct world *world = *state;

	fill(world);
	tamper("UPDATE strike.tick SET first_position = 4 WHERE number = 2");
	assert_finds(world, "tick 2 covers positions 4 to 5, but must begin with 5");
	tamper("DELETE FROM strike.tick WHERE number = 3");
	assert_finds(world, "tick 3 is missing: the next one is 4");
	assert_finds(world, "no tick covers this position");
}

/* ---- what the database alone cannot know ---- */

/* As if ticks 5 and 6 had never been. */
static void
cut_off(void)
{
	tamper("DELETE FROM strike.tick WHERE number > 4;"
	       "DELETE FROM strike.event WHERE seq IN (SELECT seq FROM strike.log WHERE position > "
	       "16);"
	       "DELETE FROM strike.log WHERE position > 16;"
	       "UPDATE strike.stream s SET version = e.version FROM (SELECT stream_id,"
	       " max(version) AS version FROM strike.event GROUP BY 1) AS e"
	       " WHERE e.stream_id = s.id;"
	       "UPDATE strike.log_head SET last_position = 16, tick = 4,"
	       " tick_hash = (SELECT hash FROM strike.tick WHERE number = 4)");
}

static void
an_end_that_was_cut_off_is_missed_by_who_has_a_checkpoint(void **state)
{
	struct world *world = *state;
	struct audit_checkpoint since;

	fill(world);
	since = audit(world)->head;
	cut_off();
	/* What is left is sound in itself: this is why a checkpoint is kept elsewhere. */
	proof_world_sound(audit(world));
	assert_true(
	    proof_world_finds(proof_world_audit(world, (struct audit_wanted){ .since = &since }),
		"the newest ticks were cut off"));
}

static void
an_end_that_was_cut_off_is_missed_by_who_knows_that_it_was_signed(void **state)
{
	struct world *world = *state;
	struct ed25519_key *key = proof_world_key(world->arena, 0, true);
	const struct audit_result *result;

	fill(world);
	proof_world_sign(world, key, 3);
	proof_world_sign(world, key, 6);
	cut_off();
	assert_true(proof_world_finds(proof_world_audit(world, (struct audit_wanted){ .key = key }),
	    "tick 6 was signed, and is not there: the newest ticks were cut off"));
	/* When the signatures are taken away as well, the newest is only older than it should be.
	 */
	tamper("DELETE FROM strike.tick_signature WHERE tick > 4");
	result = proof_world_audit(world, (struct audit_wanted){ .key = key });
	proof_world_sound(result);
	assert_int_equal(result->last_signed.tick, 3);
	ed25519_key_destroy(key);
}

/* Make the hashes of all ticks anew over whatever the events' hashes are now. */
static void
chain_anew(void)
{
	tamper("DO $$ DECLARE t strike.tick; v_root bytea; v_hash bytea := decode(repeat('00', 32),"
	       " 'hex'); BEGIN FOR t IN SELECT * FROM strike.tick ORDER BY number LOOP"
	       " v_root := strike.merkle_root((SELECT string_agg(e.hash, '' ORDER BY l.position)"
	       "  FROM strike.log l JOIN strike.event e ON e.seq = l.seq"
	       "  WHERE l.position BETWEEN t.first_position AND t.last_position));"
	       " v_hash := strike.tick_hash(v_hash, t.number, t.first_position, t.last_position,"
	       "  t.at, v_root);"
	       " UPDATE strike.tick SET root = v_root, hash = v_hash WHERE number = t.number;"
	       " END LOOP; UPDATE strike.log_head SET tick_hash = v_hash; END $$");
}

/* Another payload, with the hash that fits it. */
static void
forge_event(struct world *world)
{
	struct store_events events;
	struct store_event forged;
	char sql[256];
	struct buf buf = buf_over(sql, sizeof(sql));

	OK(store_read_stream(world->worker, world->arena, id_of("first"), 1, 1, &events));
	forged = events.at[0];
	forged.payload = STR("{\"text\":\"forged\"}");
	forged.hash = store_event_hash(&forged, world->arena);
	buf_printf(&buf, "UPDATE strike.event SET payload = '{\"text\":\"forged\"}', hash = '\\x");
	for (size_t i = 0; i < sizeof(forged.hash.bytes); i++)
		buf_printf(&buf, "%02x", forged.hash.bytes[i]);
	buf_printf(&buf, "' WHERE " THE_EVENT);
	buf_char(&buf, '\0');
	tamper(sql);
}

static void
an_event_that_was_changed_with_its_hash_is_found_in_its_tick(void **state)
{
	struct world *world = *state;
	const struct audit_result *result;

	fill(world);
	forge_event(world);
	result = audit(world);
	assert_int_equal(result->found, 1);
	assert_int_equal(result->findings[0].tick, 3);
	assert_true(proof_world_finds(
	    result, "its root is not over the hashes of the events at positions 6 to 15"));
}

static void
a_history_that_was_made_anew_is_not_the_one_of_a_checkpoint_or_a_signature(void **state)
{
	struct world *world = *state;
	struct ed25519_key *key = proof_world_key(world->arena, 0, true);
	struct audit_checkpoint since;

	fill(world);
	proof_world_sign(world, key, 4);
	since = audit(world)->head;
	forge_event(world);
	chain_anew();
	proof_world_sound(audit(world));
	assert_true(
	    proof_world_finds(proof_world_audit(world, (struct audit_wanted){ .since = &since }),
		"tick 6 is not the one of the checkpoint"));
	assert_true(proof_world_finds(proof_world_audit(world, (struct audit_wanted){ .key = key }),
	    "tick 4: its signature is not over its hash"));
	ed25519_key_destroy(key);
}

static void
a_proof_made_before_still_tells_what_was_forged_after(void **state)
{
	struct world *world = *state;
	struct ed25519_key *key = proof_world_key(world->arena, 0, true);
	struct proof_check check = { .key = key };
	struct str before, after;
	const char *problem;

	fill(world);
	proof_world_sign(world, key, 6);
	before = proof_world_prove(world, id_of("first"), false);
	forge_event(world);
	chain_anew();
	after = proof_world_prove(world, id_of("first"), false);
	assert_true(proof_world_check(before, &check, &problem));
	check = (struct proof_check){ .key = key };
	assert_false(proof_world_check(after, &check, &problem));
	assert_contains(problem, "the signature of tick 6 is wrong");
	ed25519_key_destroy(key);
}

static void
there_is_no_proof_of_what_was_changed(void **state)
{
	struct world *world = *state;
	struct arena *arena = arena_create(PROOF_MAKE_ARENA);
	struct proof_wanted wanted = { .eco = id_of("first") };
	struct proof_made made;

	fill(world);
	/* Reading the stream finds it already; an altered neighbour is found in the tick. */
	tamper("UPDATE strike.event SET hash = set_byte(hash, 0, get_byte(hash, 0) # 1)"
	       " WHERE seq = (SELECT seq FROM strike.log WHERE position = 10)");
	world_expect_fault(proof_make(world->worker, arena, &wanted, proof_world_drop, NULL, &made),
	    ERR_CORRUPT, "proof_make", __FILE__, __LINE__);
	arena_destroy(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(a_change_to_any_column_that_says_what_happened_is_found_and_named),
		WORLD_TEST(no_column_was_added_without_deciding_whether_it_is_hashed),
		WORLD_TEST(an_event_that_was_deleted_is_missed_at_its_position),
		WORLD_TEST(a_position_that_was_deleted_is_missed),
		WORLD_TEST(positions_that_were_deleted_at_the_end_are_missed),
		WORLD_TEST(an_event_that_was_put_in_with_a_position_of_its_own_is_found),
		WORLD_TEST(positions_that_were_swapped_are_found),
		WORLD_TEST(a_version_that_is_there_twice_is_found),
		WORLD_TEST(a_streams_row_that_says_another_version_is_found),
		WORLD_TEST(a_changed_tick_is_named_and_not_the_ones_behind_it),
		WORLD_TEST(a_tick_that_was_taken_out_or_covers_something_else_is_found),
		WORLD_TEST(an_end_that_was_cut_off_is_missed_by_who_has_a_checkpoint),
		WORLD_TEST(an_end_that_was_cut_off_is_missed_by_who_knows_that_it_was_signed),
		WORLD_TEST(an_event_that_was_changed_with_its_hash_is_found_in_its_tick),
		WORLD_TEST(
		    a_history_that_was_made_anew_is_not_the_one_of_a_checkpoint_or_a_signature),
		WORLD_TEST(a_proof_made_before_still_tells_what_was_forged_after),
		WORLD_TEST(there_is_no_proof_of_what_was_changed),
	};
	int skipped = world_store_prepare(), failed;

	if (skipped != 0)
		return skipped;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	world_store_forget();
	return failed;
}
