#include <stdio.h>
#include <unistd.h>

#include "base/hex.h"
#include "base/json.h"
#include "bin/command.h"
#include "bin/files.h"
#include "bin/options.h"
#include "proof/audit.h"
#include "runtime/clock.h"
#include "runtime/config.h"
#include "store/pg/store_pg.h"

#define READERS_LEAST    2
#define READERS_MOST     8
#define REPORT_BYTES_MAX 262144
#define TELL_TERMINAL_US 500000
#define TELL_FILE_US     10000000
#define US               1e6

/* The exit status. */
enum { SOUND = 0, NOT_SOUND = 1, COULD_NOT = 2 };

static const char about[] =
    "Check that nobody has changed, taken out, added or moved an event.\v"
    "Every event's hash, the positions, the ticks with their roots and hashes, the versions of "
    "every ECO, the head and the signatures are checked, from the beginning or --since a "
    "checkpoint, which must then still be part of the chain.  What is wrong is named, up to "
    "100 findings, and all are counted.\n\n"
    "Whoever can write to everything in the database can also make a history that is sound in "
    "itself.  So keep a --checkpoint where the database's administrator cannot write, or the "
    "public half of the key that signs (setting seal_key_file).\n\n"
    "Exits 0 when the store is sound, 1 when it is not, 2 when it could not be checked.";

/* What is being done, and when it was last told. */
struct verifying {
	struct config settings;
	struct store *store;
	struct ed25519_key *key;
	struct audit_checkpoint since;
	struct audit_result result;
	int64_t began_us, told_us, took_us;
	bool terminal;
};

/* ---- progress ---- */

static void
tell(void *context, int64_t done, int64_t all)
{
	struct verifying *verifying = context;
	int64_t now = clock_monotonic_us();
	double rate = (double)done * US / (double)(now - verifying->began_us + 1);

	if (now - verifying->told_us < (verifying->terminal ? TELL_TERMINAL_US : TELL_FILE_US) &&
	    !(verifying->terminal && done == all))
		return;
	verifying->told_us = now;
	fprintf(stderr, "%s%3.0f%%  %lld of %lld events, %.0f/s, %.0f s left%s",
	    verifying->terminal ? "\r" : "", 100.0 * (double)done / (double)all, (long long)done,
	    (long long)all, rate, (double)(all - done) / (rate + 1),
	    verifying->terminal ? "   " : "\n");
	if (verifying->terminal && done == all)
		fputc('\n', stderr);
}

/* ---- in words ---- */

static void
say_finding(const struct audit_finding *finding, struct arena *arena)
{
	if (finding->position > 0)
		printf("position %lld", (long long)finding->position);
	if (finding->version > 0)
		printf(" (version %lld of stream %.*s, event %.*s)", (long long)finding->version,
		    STR_ARG(uuid_text(arena, finding->stream)),
		    STR_ARG(uuid_text(arena, finding->event)));
	printf("%s%.*s\n", finding->position > 0 ? ": " : "", STR_ARG(finding->problem));
}

static void
say_signed(const struct verifying *verifying, struct arena *arena)
{
	const struct audit_result *result = &verifying->result;
	const struct store_signature *last = &result->last_signed;

	if (verifying->key != NULL && result->signed_by_key == 0) {
		puts("signed with the given key: nothing of what was checked");
		return;
	}
	if (result->signed_position == 0) {
		puts("signed: nothing of what was checked");
		return;
	}
	printf("signed%s: up to position %lld (tick %lld), %.*s\n",
	    verifying->key != NULL ? " with the given key"
				   : ", which was not checked (--public-key)",
	    (long long)result->signed_position, (long long)last->tick,
	    STR_ARG(instant_text(arena, last->at)));
}

static void
say(const struct verifying *verifying, struct arena *arena)
{
	const struct audit_result *result = &verifying->result;
	double took = (double)verifying->took_us / US;

	for (size_t i = 0; i < result->listed; i++)
		say_finding(&result->findings[i], arena);
	if (result->found > (int64_t)result->listed)
		printf("... and %lld more\n", (long long)(result->found - (int64_t)result->listed));
	if (result->found == 0)
		printf("sound: ");
	else
		printf("NOT SOUND, %lld finding%s: ", (long long)result->found,
		    result->found == 1 ? "" : "s");
	printf("%lld events in %lld ticks were checked in %.1f s, %.0f/s\n",
	    (long long)result->events, (long long)result->ticks, took,
	    (double)result->events / took);
	if (result->waiting > 0)
		printf("%lld events wait for their position, and were not checked\n",
		    (long long)result->waiting);
	printf("head: %.*s\n      tick %lld, position %lld\n",
	    STR_ARG(hex_digest(arena, result->head.hash)), (long long)result->head.tick,
	    (long long)result->head.position);
	say_signed(verifying, arena);
}

/* ---- as JSON ---- */

static void
write_findings(struct json_writer *json, const struct audit_result *result, struct arena *arena)
{
	json_name(json, STR("findings"));
	json_begin_list(json);
	for (size_t i = 0; i < result->listed; i++) {
		const struct audit_finding *at = &result->findings[i];

		json_begin_map(json);
		json_member_text(json, STR("problem"), at->problem);
		if (at->position > 0)
			json_member_int(json, STR("position"), at->position);
		if (at->tick > 0)
			json_member_int(json, STR("tick"), at->tick);
		if (at->version > 0) {
			json_member_text(json, STR("stream"), uuid_text(arena, at->stream));
			json_member_int(json, STR("version"), at->version);
			json_member_text(json, STR("event"), uuid_text(arena, at->event));
		}
		json_end_map(json);
	}
	json_end_list(json);
}

static void
write_signed(struct json_writer *json, const struct verifying *verifying, struct arena *arena)
{
	const struct audit_result *result = &verifying->result;

	json_name(json, STR("signed"));
	if (result->signed_position == 0) {
		json_write_null(json);
		return;
	}
	json_begin_map(json);
	json_member_int(json, STR("position"), result->signed_position);
	json_member_int(json, STR("tick"), result->last_signed.tick);
	json_member_text(json, STR("at"), instant_text(arena, result->last_signed.at));
	json_member_text(json, STR("key_id"), hex_digest(arena, result->last_signed.key_id));
	json_member_bool(json, STR("checked"), verifying->key != NULL);
	json_end_map(json);
}

static void
say_json(const struct verifying *verifying, struct arena *arena)
{
	const struct audit_result *result = &verifying->result;
	struct buf buf = buf_in(arena, REPORT_BYTES_MAX);
	struct json_writer json = json_writer(&buf);

	json_begin_map(&json);
	json_member_bool(&json, STR("sound"), result->found == 0);
	json_member_int(&json, STR("found"), result->found);
	write_findings(&json, result, arena);
	json_member_int(&json, STR("events"), result->events);
	json_member_int(&json, STR("ticks"), result->ticks);
	json_member_int(&json, STR("waiting"), result->waiting);
	json_member_int(&json, STR("took_us"), verifying->took_us);
	json_name(&json, STR("head"));
	json_begin_map(&json);
	json_member_int(&json, STR("tick"), result->head.tick);
	json_member_int(&json, STR("position"), result->head.position);
	json_member_text(&json, STR("hash"), hex_digest(arena, result->head.hash));
	json_end_map(&json);
	write_signed(&json, verifying, arena);
	json_end_map(&json);
	printf("%.*s\n", STR_ARG(buf_view(&buf)));
}

/* ---- doing it ---- */

static unsigned
reader_count(void)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	if (cores < READERS_LEAST)
		return READERS_LEAST;
	return cores > READERS_MOST ? READERS_MOST : (unsigned)cores;
}

static struct err *
prepare(struct verifying *verifying, const struct command_options *chosen, struct arena *arena)
{
	struct str text;
	struct err *err;

	TRY(config_load(arena, chosen->config, environ, &verifying->settings));
	if (chosen->public_key != NULL)
		TRY(files_read_key(arena, chosen->public_key, false, &verifying->key));
	if (chosen->since != NULL) {
		TRY(files_read(arena, chosen->since, &text));
		err = audit_checkpoint_read(arena, text, &verifying->since);
		if (err != NULL)
			return ERR_WRAP(arena, err, "cannot use %s", chosen->since);
	}
	return store_pg_open(
	    arena, arena_copy_z(arena, verifying->settings.database_url), &verifying->store);
}

static struct err *
keep_checkpoint(
    const struct verifying *verifying, const struct command_options *chosen, struct arena *arena)
{
	struct buf buf = buf_in(arena, FILES_BYTES_MAX);

	/* A broken chain makes no checkpoint, and an empty one has nothing to keep. */
	if (chosen->checkpoint == NULL || verifying->result.found > 0 ||
	    verifying->result.head.tick == 0)
		return NULL;
	audit_checkpoint_write(&buf, &verifying->result.head);
	return files_replace(arena, chosen->checkpoint, buf_view(&buf));
}

static struct err *
run(struct verifying *verifying, const struct command_options *chosen, struct arena *arena)
{
	TRY(prepare(verifying, chosen, arena));
	verifying->terminal = isatty(STDERR_FILENO) == 1;
	verifying->began_us = clock_monotonic_us();
	verifying->told_us = verifying->began_us;
	TRY(audit_run(arena,
	    &(struct audit_wanted){
		.store = verifying->store,
		.readers = reader_count(),
		.since = chosen->since == NULL ? NULL : &verifying->since,
		.key = verifying->key,
		.progress = tell,
		.context = verifying,
	    },
	    &verifying->result));
	verifying->took_us = clock_monotonic_us() - verifying->began_us + 1;
	if (chosen->json)
		say_json(verifying, arena);
	else
		say(verifying, arena);
	return keep_checkpoint(verifying, chosen, arena);
}

int
command_verify(int argc, char **argv)
{
	struct arena *arena = arena_create(AUDIT_ARENA + COMMAND_ARENA_BYTES);
	struct command_options chosen = COMMAND_OPTIONS_DEFAULT;
	struct verifying *verifying = arena_new(arena, struct verifying);
	struct err *err;
	int status;

	CHECK(verifying != NULL);
	options_read(argc, argv, "ciCKj", about, &chosen);
	err = run(verifying, &chosen, arena);
	if (err != NULL)
		command_print_fault("verify", err);
	status = err != NULL ? COULD_NOT : verifying->result.found == 0 ? SOUND : NOT_SOUND;
	store_close(verifying->store);
	ed25519_key_destroy(verifying->key);
	arena_destroy(arena);
	return status;
}
