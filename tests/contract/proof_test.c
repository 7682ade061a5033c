#include "support/proof_world.h"

#include "support/unit.h"

/*
 * Proofs and the audit on a sound store, once on memory and once on PostgreSQL.
 * What is found on one that is not sound: isolation/store_tampering_isolation.c.
 */

/*
 * Three ECOs over several ticks, some of one event and some of many.  The first has
 * five events, in ticks 1, 3 and 5.
 */
static void
fill(struct world *world)
{
	world_appended(world, id_of("first"), 0, 1);
	world_appended(world, id_of("second"), 0, 3);
	(void)world_sequence(world); /* 1 */
	world_appended(world, id_of("second"), 3, 1);
	(void)world_sequence(world);
	world_appended(world, id_of("first"), 1, 3);
	world_appended(world, id_of("third"), 0, 7);
	(void)world_sequence(world); /* 3 */
	world_appended(world, id_of("third"), 7, 1);
	(void)world_sequence(world);
	world_appended(world, id_of("first"), 4, 1);
	world_appended(world, id_of("second"), 4, 2);
	(void)world_sequence(world); /* 5 */
	world_appended(world, id_of("third"), 8, 1);
	(void)world_sequence(world);
	assert_int_equal(proof_world_newest(world), 6);
}

/* ---- the audit ---- */

static void
a_sound_store_is_found_sound(void **state)
{
	struct world *world = *state;
	struct audit_result *result;

	fill(world);
	result = proof_world_audit(world, (struct audit_wanted){ .readers = 2 });
	proof_world_sound(result);
	assert_int_equal(result->events, 20);
	assert_int_equal(result->ticks, 6);
	assert_int_equal(result->head.tick, 6);
	assert_int_equal(result->head.position, 20);
}

static void
an_empty_store_is_sound(void **state)
{
	struct world *world = *state;
	struct audit_result *result =
	    proof_world_audit(world, (struct audit_wanted){ .readers = 1 });

	proof_world_sound(result);
	assert_int_equal(result->events, 0);
	assert_int_equal(result->head.tick, 0);
}

static void
events_that_have_no_position_yet_are_no_fault_and_are_counted(void **state)
{
	struct world *world = *state;
	struct audit_result *result;

	fill(world);
	world_appended(world, id_of("fourth"), 0, 5);
	result = proof_world_audit(world, (struct audit_wanted){ .readers = 2 });
	proof_world_sound(result);
	assert_int_equal(result->waiting, 5);
	(void)world_sequence(world);
	result = proof_world_audit(world, (struct audit_wanted){ .readers = 2 });
	assert_int_equal(result->waiting, 0);
}

struct seen {
	int calls;
	int64_t done, all;
};

static void
note_progress(void *context, int64_t done, int64_t all)
{
	struct seen *seen = context;

	assert_true(done > seen->done);
	seen->calls++;
	seen->done = done;
	seen->all = all;
}

/* More than one batch for every reader, and ticks that do not end where batches do. */
static void
many_batches_are_checked_in_order_whoever_reads_them(void **state)
{
	struct world *world = *state;
	struct audit_result *result;

	for (int64_t i = 0; i < 330; i++) {
		struct arena_mark mark = arena_mark(world->arena);

		world_appended(world, id_of("one"), 100 * i, 100);
		if (i % 7 == 0)
			(void)world_sequence(world);
		arena_release(world->arena, mark);
	}
	(void)world_sequence(world);
	for (unsigned readers = 1; readers <= 3; readers++) {
		struct seen seen = { .calls = 0 };

		result = proof_world_audit(
		    world, (struct audit_wanted){
			       .readers = readers, .progress = note_progress, .context = &seen });
		proof_world_sound(result);
		assert_int_equal(result->events, 33000);
		assert_int_equal(seen.calls, 4);
		assert_int_equal(seen.done, 33000);
		assert_int_equal(seen.all, 33000);
	}
}

static void
what_is_checked_since_a_checkpoint_begins_behind_it(void **state)
{
	struct world *world = *state;
	struct audit_result *all, *rest;
	struct audit_checkpoint since;

	fill(world);
	since = proof_world_audit(world, (struct audit_wanted){ .readers = 2 })->head;
	world_appended(world, id_of("first"), 5, 4);
	(void)world_sequence(world);
	rest = proof_world_audit(world, (struct audit_wanted){ .since = &since });
	all = proof_world_audit(world, (struct audit_wanted){ .readers = 2 });
	proof_world_sound(rest);
	assert_int_equal(rest->events, 4);
	assert_int_equal(rest->ticks, 1);
	assert_true(sha256_equal(rest->head.hash, all->head.hash));
}

#define NO_HASH "0000000000000000000000000000000000000000000000000000000000000000"

static void
a_checkpoint_reads_back_as_it_was_written_and_nothing_else_does(void **state)
{
	static const char *const bad[] = { "", "{}", "[]", "{\"tick\":1,\"position\":1}",
		"{\"tick\":1,\"position\":1,\"hash\":\"00\"}",
		"{\"tick\":0,\"position\":1,\"hash\":\"" NO_HASH "\"}" };
	struct world *world = *state;
	struct audit_checkpoint wrote = { 12, 345, sha256_of(STR("x")) }, read;
	struct buf buf = buf_in(world->arena, 1024);

	audit_checkpoint_write(&buf, &wrote);
	OK(audit_checkpoint_read(world->arena, buf_view(&buf), &read));
	assert_int_equal(read.tick, 12);
	assert_int_equal(read.position, 345);
	assert_true(sha256_equal(read.hash, wrote.hash));
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		FAULTS(ERR_CORRUPT, audit_checkpoint_read(world->arena, str_from_z(bad[i]), &read));
}

static void
a_checkpoint_of_another_history_is_not_in_this_one(void **state)
{
	struct world *world = *state;
	struct audit_checkpoint since;

	fill(world);
	since = proof_world_audit(world, (struct audit_wanted){ .readers = 2 })->head;
	since.hash.bytes[31] ^= 1;
	assert_true(
	    proof_world_finds(proof_world_audit(world, (struct audit_wanted){ .since = &since }),
		"not the one of the checkpoint"));
	since.hash.bytes[31] ^= 1;
	since.tick = 99;
	assert_true(
	    proof_world_finds(proof_world_audit(world, (struct audit_wanted){ .since = &since }),
		"the newest ticks were cut off"));
}

/* ---- signatures ---- */

static void
the_audit_says_up_to_where_a_key_has_signed(void **state)
{
	struct world *world = *state;
	struct ed25519_key *key = proof_world_key(world->arena, 0, true);
	struct ed25519_key *other = proof_world_key(world->arena, 1, true);
	struct audit_result *result;

	fill(world);
	proof_world_sign(world, key, 2);
	proof_world_sign(world, key, 4);
	proof_world_sign(world, other, 6);
	result = proof_world_audit(world, (struct audit_wanted){ .key = key });
	proof_world_sound(result);
	assert_int_equal(result->signatures, 3);
	assert_int_equal(result->signed_by_key, 2);
	assert_int_equal(result->last_signed.tick, 4);
	assert_int_equal(result->signed_position, 16);
	ed25519_key_destroy(key);
	ed25519_key_destroy(other);
}

static void
a_signature_that_is_not_the_keys_is_found(void **state)
{
	struct world *world = *state;
	struct ed25519_key *key = proof_world_key(world->arena, 0, true);
	struct store_signature forged = { .tick = 3, .at = at_s(0) };

	fill(world);
	forged.key_id = ed25519_key_id(key);
	OK(store_put_signature(world->worker, world->arena, &forged));
	assert_true(proof_world_finds(proof_world_audit(world, (struct audit_wanted){ .key = key }),
	    "tick 3: its signature is not over its hash"));
	ed25519_key_destroy(key);
}

/* ---- proofs ---- */

static void
a_proof_holds_offline_under_the_head_that_it_names(void **state)
{
	struct world *world = *state;
	struct proof_check check = { .has_head = true };
	const char *problem;

	fill(world);
	check.head = proof_world_audit(world, (struct audit_wanted){ .readers = 1 })->head.hash;
	if (!proof_world_check(proof_world_prove(world, id_of("first"), true), &check, &problem))
		fail_msg("%s", problem);
	assert_int_equal(check.events, 5);
	assert_int_equal(check.ticks, 6);
	assert_int_equal(check.first_position, 1);
	assert_int_equal(check.last_position, 17);
	ASSERT_UUID(check.eco, id_of("first"));
}

static void
every_eco_has_its_proof(void **state)
{
	static const char *const names[] = { "first", "second", "third" };
	static const int64_t counts[] = { 5, 6, 9 };
	struct world *world = *state;
	const char *problem;

	fill(world);
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		struct proof_check check = { .lines = 0 };

		if (!proof_world_check(
			proof_world_prove(world, id_of(names[i]), false), &check, &problem))
			fail_msg("%s: %s", names[i], problem);
		assert_int_equal(check.events, counts[i]);
	}
}

/* Ticks 2 and 5 are signed: the ECO's events are in ticks 1, 3 and 5. */
static void
with_signatures_a_proof_goes_from_each_event_to_the_next_signed_tick(void **state)
{
	struct world *world = *state;
	struct ed25519_key *key = proof_world_key(world->arena, 0, true);
	struct ed25519_key *public = proof_world_key(world->arena, 0, false);
	struct proof_check check = { .key = public };
	struct buf words = buf_in(world->arena, 4096);
	const char *problem;

	fill(world);
	proof_world_sign(world, key, 1);
	proof_world_sign(world, key, 5);
	if (!proof_world_check(proof_world_prove(world, id_of("first"), false), &check, &problem))
		fail_msg("%s", problem);
	assert_int_equal(check.runs, 2);
	assert_int_equal(check.ticks, 4);
	assert_int_equal(check.events, 5);
	proof_check_describe(&check, world->arena, &words);
	buf_char(&words, '\0');
	assert_contains(words.ptr, "5 events, versions 1 to 5, hold");
	assert_contains(words.ptr, "under 2 signed heads");
	assert_contains(words.ptr, "which is the given one");
	ed25519_key_destroy(key);
	ed25519_key_destroy(public);
}

static void
a_proof_that_nobody_signed_does_not_pass_for_a_signed_one(void **state)
{
	struct world *world = *state;
	struct ed25519_key *key = proof_world_key(world->arena, 0, true);
	struct ed25519_key *other = proof_world_key(world->arena, 1, false);
	struct proof_check check = { .key = other };
	const char *problem;

	fill(world);
	assert_false(
	    proof_world_check(proof_world_prove(world, id_of("first"), false), &check, &problem));
	assert_contains(problem, "under no signature of the given key");
	/* Nor does one that somebody else signed. */
	proof_world_sign(world, key, 6);
	check = (struct proof_check){ .key = other };
	assert_false(
	    proof_world_check(proof_world_prove(world, id_of("first"), false), &check, &problem));
	assert_contains(problem, "under no signature of the given key");
	/* Nor one whose newest events came after the signature. */
	world_appended(world, id_of("first"), 5, 1);
	(void)world_sequence(world);
	check = (struct proof_check){ .key = key };
	assert_false(
	    proof_world_check(proof_world_prove(world, id_of("first"), false), &check, &problem));
	assert_contains(problem, "1 events before it are under no signature");
	ed25519_key_destroy(key);
	ed25519_key_destroy(other);
}

static void
a_proof_does_not_hold_under_another_head(void **state)
{
	struct world *world = *state;
	struct proof_check check = { .has_head = true, .head = sha256_of(STR("another")) };
	const char *problem;
	struct str proof;

	fill(world);
	proof = proof_world_prove(world, id_of("first"), true);
	assert_false(proof_world_check(proof, &check, &problem));
	assert_contains(problem, "not under the given head");
}

/* What stands in a line behind "event" or "path", "tick", "run" is hashed: all of it. */
static void
any_changed_character_of_a_proof_is_noticed(void **state)
{
	struct world *world = *state;
	struct ed25519_key *key = proof_world_key(world->arena, 0, true);
	struct proof_check check;
	const char *problem;
	struct str proof;
	char *bytes;

	fill(world);
	proof_world_sign(world, key, 5);
	proof = proof_world_prove(world, id_of("second"), false);
	bytes = arena_bytes(world->arena, proof.len);
	memcpy(bytes, proof.ptr, proof.len);
	for (size_t i = 0; i < proof.len; i++) {
		static const char others[] = "0a\""; /* none means the same as another */
		char was = bytes[i];
		/* When it was signed is the signer's remark, and not under the signature. */
		struct str around = { bytes + (i < 60 ? 0 : i - 60), i < 60 ? i : 60 };

		if (str_find(around, STR("\"signature\":{\"at\":")) != SIZE_MAX)
			continue;
		for (size_t n = 0; others[n] != '\0'; n++) {
			if (others[n] == was)
				continue;
			bytes[i] = others[n];
			check = (struct proof_check){ .key = key };
			if (proof_world_check((struct str){ bytes, proof.len }, &check, &problem))
				fail_msg("%c instead of %c at byte %zu passes: ...%.*s", others[n],
				    was, i, STR_ARG(around));
		}
		bytes[i] = was;
	}
	check = (struct proof_check){ .key = key };
	assert_true(proof_world_check((struct str){ bytes, proof.len }, &check, &problem));
	ed25519_key_destroy(key);
}

/* Without its ${number}th line, from 1. */
static struct str
without_line(struct arena *arena, struct str text, size_t number)
{
	struct buf buf = buf_in(arena, text.len);

	for (size_t at = 1; text.len > 0; at++) {
		struct str line = str_cut(&text, '\n');

		if (at == number)
			continue;
		buf_str(&buf, line);
		buf_char(&buf, '\n');
	}
	return buf_view(&buf);
}

static void
a_proof_without_one_of_its_lines_does_not_hold(void **state)
{
	struct world *world = *state;
	struct proof_check check = { .lines = 0 };
	const char *problem;
	struct str proof;
	int64_t lines;

	fill(world);
	proof = proof_world_prove(world, id_of("first"), true);
	assert_true(proof_world_check(proof, &check, &problem));
	lines = check.lines;
	for (int64_t i = 1; i <= lines; i++) {
		check = (struct proof_check){ .lines = 0 };
		if (proof_world_check(
			without_line(world->arena, proof, (size_t)i), &check, &problem))
			fail_msg("line %lld is not missed", (long long)i);
	}
}

/* ${text} with the first ${from} in it replaced by ${to}. */
static struct str
with(struct arena *arena, struct str text, const char *from, const char *to)
{
	size_t at = str_find(text, str_from_z(from));
	struct buf buf = buf_in(arena, text.len + 64);

	assert_true(at != SIZE_MAX);
	buf_str(&buf, (struct str){ text.ptr, at });
	buf_str(&buf, str_from_z(to));
	at += strlen(from);
	buf_str(&buf, (struct str){ text.ptr + at, text.len - at });
	return buf_view(&buf);
}

/* Lines 5 to 10: tick 2, which shows nothing; tick 3; versions 2, 3, 4; tick 4. */
static void
an_event_or_a_tick_that_is_left_out_is_missed_whatever_the_end_says(void **state)
{
	struct world *world = *state;
	struct proof_check check = { .lines = 0 };
	const char *problem;
	struct str proof;

	fill(world);
	proof = proof_world_prove(world, id_of("first"), true);
	assert_false(proof_world_check(with(world->arena, without_line(world->arena, proof, 8),
					   "{\"events\":5", "{\"events\":4"),
	    &check, &problem));
	assert_contains(problem, "version 3 of the ECO is missing");
	check = (struct proof_check){ .lines = 0 };
	assert_false(proof_world_check(
	    with(world->arena, without_line(world->arena, proof, 5), "\"ticks\":6", "\"ticks\":5"),
	    &check, &problem));
	assert_contains(problem, "tick 3 does not follow tick 1");
}

static void
a_proof_tells_nothing_of_other_ecos(void **state)
{
	struct world *world = *state;
	char second[UUID_TEXT_LENGTH + 1];
	struct buf buf = buf_over(second, sizeof(second));
	struct str proof;

	fill(world);
	proof = proof_world_prove(world, id_of("first"), true);
	uuid_format(id_of("second"), &buf);
	assert_int_equal(str_find(proof, buf_view(&buf)), SIZE_MAX);
	assert_int_equal(str_find(proof, STR("note 6")), SIZE_MAX); /* versions that others have */
	assert_true(str_find(proof, STR("note 5")) != SIZE_MAX);
}

static void
there_is_no_proof_of_what_is_not_there(void **state)
{
	struct world *world = *state;
	struct proof_wanted wanted = { .eco = id_of("nobody") };
	struct proof_made made;

	fill(world);
	FAULTS(ERR_CORRUPT,
	    proof_make(world->worker, world->arena, &wanted, proof_world_drop, NULL, &made));
	wanted.eco = id_of("fresh");
	world_appended(world, id_of("fresh"), 0, 2);
	FAULTS(ERR_CORRUPT,
	    proof_make(world->worker, world->arena, &wanted, proof_world_drop, NULL, &made));
	assert_int_equal(made.unplaced, 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(a_sound_store_is_found_sound),
		WORLD_TEST(an_empty_store_is_sound),
		WORLD_TEST(events_that_have_no_position_yet_are_no_fault_and_are_counted),
		WORLD_TEST(many_batches_are_checked_in_order_whoever_reads_them),
		WORLD_TEST(what_is_checked_since_a_checkpoint_begins_behind_it),
		WORLD_TEST(a_checkpoint_reads_back_as_it_was_written_and_nothing_else_does),
		WORLD_TEST(a_checkpoint_of_another_history_is_not_in_this_one),
		WORLD_TEST(the_audit_says_up_to_where_a_key_has_signed),
		WORLD_TEST(a_signature_that_is_not_the_keys_is_found),
		WORLD_TEST(a_proof_holds_offline_under_the_head_that_it_names),
		WORLD_TEST(every_eco_has_its_proof),
		WORLD_TEST(with_signatures_a_proof_goes_from_each_event_to_the_next_signed_tick),
		WORLD_TEST(a_proof_that_nobody_signed_does_not_pass_for_a_signed_one),
		WORLD_TEST(a_proof_does_not_hold_under_another_head),
		WORLD_TEST(any_changed_character_of_a_proof_is_noticed),
		WORLD_TEST(a_proof_without_one_of_its_lines_does_not_hold),
		WORLD_TEST(an_event_or_a_tick_that_is_left_out_is_missed_whatever_the_end_says),
		WORLD_TEST(a_proof_tells_nothing_of_other_ecos),
		WORLD_TEST(there_is_no_proof_of_what_is_not_there),
	};
	int skipped = world_store_prepare(), failed;

	if (skipped != 0)
		return skipped;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	world_store_forget();
	return failed;
}
