#include "support/pg_database.h"
#include "support/proof_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/unit.h"

/*
 * verify, prove, check-proof and doctor as they are typed: what they print and how
 * they exit.  STRIKE and STRIKE_CHECK name the programs, arguments one and two.
 */

static const char *strike, *strike_check;
static char folder[64], said[1 << 20];

/* Run ${format}, a command of the shell with the database's settings; its exit status. */
static int __attribute__((format(printf, 1, 2))) run(const char *format, ...)
{
	static char command[8192];
	struct buf buf = buf_over(command, sizeof(command));
	va_list args;
	size_t length;
	FILE *pipe;
	int status;

	buf_printf(&buf,
	    "export STRIKE_ENVIRONMENT=development STRIKE_DATABASE_URL=\"%s\" strike=%s "
	    "check=%s; cd %s; exec 2>&1; ",
	    pg_database_conninfo(), strike, strike_check, folder);
	va_start(args, format);
	buf.len += buf_format(command + buf.len, sizeof(command) - buf.len, format, args);
	va_end(args);
	pipe = popen(command, "r");
	assert_non_null(pipe);
	length = fread(said, 1, sizeof(said) - 1, pipe);
	said[length] = '\0';
	status = pclose(pipe);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* An id as text, in the world's arena, with a NUL. */
static const char *
text_of(struct world *world, struct uuid id)
{
	return arena_copy_z(world->arena, uuid_text(world->arena, id));
}

static void
write_file(const char *name, struct str text)
{
	char path[128];
	struct buf buf = buf_over(path, sizeof(path));
	FILE *file;

	buf_printf(&buf, "%s/%s", folder, name);
	buf_char(&buf, '\0');
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(text.ptr, 1, text.len, file), text.len);
	assert_int_equal(fclose(file), 0);
}

static void
fill(struct world *world)
{
	world_appended(world, id_of("first"), 0, 3);
	world_appended(world, id_of("second"), 0, 2);
	(void)world_sequence(world);
	world_appended(world, id_of("first"), 3, 1);
	(void)world_sequence(world);
}

static void
verify_says_sound_and_writes_a_checkpoint_to_go_on_from(void **state)
{
	struct world *world = *state;

	fill(world);
	assert_int_equal(run("$strike verify --checkpoint point"), 0);
	assert_contains(said, "sound: 6 events in 2 ticks were checked");
	assert_contains(said, "signed: nothing");
	assert_int_equal(run("cat point"), 0);
	assert_contains(said, "{\"tick\":2,\"position\":6,\"hash\":\"");
	world_appended(world, id_of("second"), 2, 1);
	(void)world_sequence(world);
	assert_int_equal(run("$strike verify --since point --json"), 0);
	assert_contains(
	    said, "{\"sound\":true,\"found\":0,\"findings\":[],\"events\":1,\"ticks\":1");
}

static void
verify_names_what_is_wrong_and_keeps_no_checkpoint_of_it(void **state)
{
	struct world *world = *state;

	fill(world);
	world_store_spoil(world->store, id_of("first"), 2);
	assert_int_equal(run("rm -f point; $strike verify --checkpoint point"), 1);
	assert_contains(said, "position 2 (version 2 of stream ");
	assert_contains(said, text_of(world, id_of("first")));
	assert_contains(said, "its stored hash is not over its stored bytes");
	assert_contains(said, "NOT SOUND, 1 finding");
	assert_int_equal(run("test -e point"), 1);
	assert_int_equal(run("$strike verify --json"), 1);
	assert_contains(said, "\"sound\":false");
	assert_contains(said, "\"position\":2");
}

static void
verify_says_when_it_could_not_look(void **state)
{
	(void)state;
	assert_int_equal(run("STRIKE_DATABASE_URL=host=/nonexistent $strike verify"), 2);
	assert_contains(said, "could not reach the database");
	assert_int_equal(run("echo {} >bad; $strike verify --since bad"), 2);
	assert_contains(said, "this is not a checkpoint");
	assert_int_equal(run("$strike verify --public-key bad"), 2);
	assert_contains(said, "not a PEM file of a public key");
}

static void
a_proof_is_written_and_checked_by_both_programs(void **state)
{
	struct world *world = *state;
	struct ed25519_key *key = proof_world_key(world->arena, 0, true);
	const char *eco = text_of(world, id_of("first"));

	fill(world);
	proof_world_sign(world, key, 2);
	ed25519_key_destroy(key);
	write_file("public.pem", proof_world_pem(0, false));
	write_file("other.pem", proof_world_pem(1, false));
	assert_int_equal(run("rm -f proof; $strike prove --eco %s --out proof", eco), 0);
	assert_contains(said, "4 events in 2 ticks");
	assert_contains(said, "which is signed");
	assert_int_equal(run("$check --public-key public.pem proof"), 0);
	assert_contains(said, "4 events, versions 1 to 4, hold");
	assert_contains(said, "which is the given one");
	assert_contains(said, "Whether anything happened to it after that, this does not say");
	assert_int_equal(run("$strike check-proof --public-key public.pem - <proof"), 0);
	assert_int_equal(run("$check --public-key other.pem proof"), 1);
	assert_contains(said, "THE PROOF DOES NOT HOLD");
	assert_int_equal(run("sed 's/note 3/note 9/' proof | $check --public-key public.pem -"), 1);
	assert_contains(said, "THE PROOF DOES NOT HOLD: line 6: the event at position 3");
	assert_int_equal(run("$strike prove --eco %s --out proof", eco), 1);
	assert_contains(said, "File exists");
}

static void
a_check_says_when_there_is_nothing_to_check(void **state)
{
	(void)state;
	assert_int_equal(run("$check no-such-file"), 2);
	assert_int_equal(run("$check"), 2);
	assert_int_equal(run("$check --head 12 -"), 2);
	assert_contains(said, "--head takes 64 hexadecimal digits");
	assert_int_equal(run("$check - </dev/null"), 1);
	assert_contains(said, "this is not a proof: it is empty");
	assert_int_equal(run("head -c 5000000 /dev/zero | tr '\\0' x | $check -"), 1);
	assert_contains(said, "line 1 is longer than");
}

static void
a_proof_of_nothing_leaves_no_file(void **state)
{
	struct world *world = *state;

	fill(world);
	assert_int_equal(
	    run("rm -f none; $strike prove --out none --eco %s", text_of(world, id_of("nobody"))),
	    1);
	assert_contains(said, "there is no such ECO");
	assert_int_equal(run("test -e none"), 1);
	assert_int_equal(run("$strike prove --eco HC-MFR-99999-9"), 1);
	assert_contains(said, "there is no ECO HC-MFR-99999-9");
	assert_int_equal(run("$strike prove"), 1);
	assert_contains(said, "which ECO is not said");
}

static void
doctor_says_what_is_wrong_and_what_to_do(void **state)
{
	PGconn *conn = pg_database_connect();

	(void)state;
	pg_database_run(conn, "ALTER SEQUENCE strike.event_seq CACHE 7");
	assert_int_equal(run("$strike doctor"), 1);
	assert_contains(said, "FAILED   event sequence      strike.event_seq caches 7");
	assert_contains(said, "ALTER SEQUENCE strike.event_seq CACHE 1");
	assert_contains(said, "warning  signing key         none");
	pg_database_run(conn, "ALTER SEQUENCE strike.event_seq CACHE 1");
	write_file("private.pem", proof_world_pem(0, true));
	(void)run("STRIKE_SEAL_KEY_FILE=%s/private.pem $strike doctor --json", folder);
	assert_contains(said, "{\"about\":\"event sequence\",\"health\":\"ok\"");
	assert_contains(said, "{\"about\":\"signing key\",\"health\":\"ok\"");
	assert_int_equal(run("STRIKE_DATABASE_URL=host=/nonexistent $strike doctor"), 2);
	PQfinish(conn);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(verify_says_sound_and_writes_a_checkpoint_to_go_on_from),
		WORLD_TEST(verify_names_what_is_wrong_and_keeps_no_checkpoint_of_it),
		WORLD_TEST(verify_says_when_it_could_not_look),
		WORLD_TEST(a_proof_is_written_and_checked_by_both_programs),
		WORLD_TEST(a_check_says_when_there_is_nothing_to_check),
		WORLD_TEST(a_proof_of_nothing_leaves_no_file),
		WORLD_TEST(doctor_says_what_is_wrong_and_what_to_do),
	};
	struct buf buf = buf_over(folder, sizeof(folder));
	int skipped, failed;

	if (argc != 3) {
		fprintf(stderr, "usage: %s STRIKE STRIKE-CHECK\n", argv[0]);
		return 64;
	}
	strike = argv[1];
	strike_check = argv[2];
	buf_str(&buf, STR("/tmp/strike-proof-XXXXXX"));
	buf_char(&buf, '\0');
	skipped = world_store_prepare();
	if (skipped != 0)
		return skipped;
	if (mkdtemp(folder) == NULL)
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	(void)run("cd / && rm -r %s", folder);
	world_store_forget();
	return failed;
}
