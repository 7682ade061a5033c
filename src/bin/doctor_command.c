#include <stdio.h>
#include <unistd.h>

#include "app/vault.h"
#include "base/json.h"
#include "bin/command.h"
#include "bin/files.h"
#include "bin/options.h"
#include "runtime/clock.h"
#include "runtime/config.h"
#include "runtime/random.h"
#include "store/pg/store_pg_doctor.h"

#define FINDINGS_MAX     (STORE_PG_FINDINGS_MAX + 4)
#define REPORT_BYTES_MAX 65536

/* Sessions beside the threads that the settings count (bin/serve.c, process/process.c). */
#define SESSIONS_OF_WORKER 2 /* of one that answers requests */
#define SESSIONS_FIXED     8 /* lease, feed, sequencer, housekeeper, notary, timers; one spare */
#define BUILDS             2 /* of a projection, each with its threads */

/* The exit status. */
enum { WELL = 0, NOT_WELL = 1, COULD_NOT = 2 };

static const char about[] =
    "Check what the store needs the database to be like, and what a careful operator has set.\v"
    "Each precondition is one line: ok, warning, or FAILED with what to do about it. Nothing is "
    "changed.\n\n"
    "Exits 0 when nothing failed, 1 when something did, 2 when the database could not be asked.";

struct examination {
	struct config settings;
	struct store_pg_finding findings[FINDINGS_MAX];
	size_t count;
};

static void
note(struct examination *at, struct str subject, enum store_pg_health health, struct str said,
    struct str advice)
{
	CHECK(at->count < FINDINGS_MAX);
	at->findings[at->count++] = (struct store_pg_finding){ subject, health, said, advice };
}

/* What ${err} says, in one line. */
static struct str
text_of(const struct err *err, struct arena *arena)
{
	char memory[1024];
	struct buf buf = buf_over(memory, sizeof(memory));

	err_format(err, &buf);
	return arena_copy(arena, buf_view(&buf));
}

/* ---- keys ---- */

static void
check_seal_key(struct examination *at, struct arena *arena)
{
	static const struct str subject = STR("signing key");
	const char *path = arena_copy_z(arena, at->settings.seal_key_file);
	struct ed25519_key *key = NULL;
	struct err *err;

	if (str_empty(at->settings.seal_key_file)) {
		note(at, subject, STORE_PG_WARNING, STR("none: the head of the log is not signed"),
		    STR("Make one with \"openssl genpkey -algorithm ed25519\", name its file in "
			"STRIKE_SEAL_KEY_FILE, and give its public half to who is to check."));
		return;
	}
	err = files_read_key(arena, path, true, &key);
	if (err == NULL)
		note(at, subject, STORE_PG_OK, STR("can be read"), STR(""));
	else
		note(at, subject, STORE_PG_FAILED, text_of(err, arena),
		    STR("The server does not start with a key that it cannot read."));
	ed25519_key_destroy(key);
}

static void
check_vault_key(struct examination *at, struct arena *arena)
{
	static const struct str subject = STR("vault key");
	struct vault vault;
	struct err *err =
	    vault_init(arena, secret_reveal(at->settings.vault_key), random_bytes, &vault);

	if (err != NULL)
		note(at, subject, STORE_PG_FAILED, text_of(err, arena),
		    STR("It is 32 bytes in base64: \"openssl rand -base64 32\"."));
	else if (!vault.wraps)
		note(at, subject, STORE_PG_WARNING,
		    STR("none: the keys of people's data stand unwrapped in the database"),
		    STR("Set STRIKE_VAULT_KEY (\"openssl rand -base64 32\") before people's data "
			"is taken in, and keep it apart from the database and its backups."));
	else
		note(at, subject, STORE_PG_OK, STR("is set"), STR(""));
}

/* ---- the whole ---- */

/* How many connections one process with these settings has open. */
static int64_t
connections_of(const struct config *settings)
{
	return SESSIONS_FIXED + settings->workers * SESSIONS_OF_WORKER + settings->paging_threads +
	       settings->field_threads + settings->policy_threads +
	       settings->board_threads * BUILDS;
}

static struct err *
examine(struct examination *at, const struct command_options *chosen, struct arena *arena)
{
	TRY(config_load(arena, chosen->config, environ, &at->settings));
	TRY(store_pg_examine(arena, arena_copy_z(arena, at->settings.database_url),
	    &(struct store_pg_question){
		.connections = connections_of(&at->settings),
		.now = clock_system_now,
	    },
	    at->findings, &at->count));
	check_seal_key(at, arena);
	check_vault_key(at, arena);
	return NULL;
}

static struct str
word_of(enum store_pg_health health)
{
	switch (health) {
	case STORE_PG_OK:
		return STR("ok");
	case STORE_PG_WARNING:
		return STR("warning");
	case STORE_PG_FAILED:
		return STR("FAILED");
	}
	UNREACHABLE("every health has a word");
}

static void
say(const struct examination *at)
{
	for (size_t i = 0; i < at->count; i++) {
		const struct store_pg_finding *finding = &at->findings[i];

		printf("%-8.*s %-19.*s %.*s\n", STR_ARG(word_of(finding->health)),
		    STR_ARG(finding->about), STR_ARG(finding->said));
		if (!str_empty(finding->advice))
			printf("%29s%.*s\n", "", STR_ARG(finding->advice));
	}
}

static void
say_json(const struct examination *at, struct arena *arena)
{
	struct buf buf = buf_in(arena, REPORT_BYTES_MAX);
	struct json_writer json = json_writer(&buf);

	json_begin_list(&json);
	for (size_t i = 0; i < at->count; i++) {
		const struct store_pg_finding *finding = &at->findings[i];

		json_begin_map(&json);
		json_member_text(&json, STR("about"), finding->about);
		json_member_text(&json, STR("health"), word_of(finding->health));
		json_member_text(&json, STR("said"), finding->said);
		json_member_text(&json, STR("advice"), finding->advice);
		json_end_map(&json);
	}
	json_end_list(&json);
	printf("%.*s\n", STR_ARG(buf_view(&buf)));
}

static int
status_of(const struct examination *at)
{
	for (size_t i = 0; i < at->count; i++) {
		if (at->findings[i].health == STORE_PG_FAILED)
			return NOT_WELL;
	}
	return WELL;
}

int
command_doctor(int argc, char **argv)
{
	struct arena *arena = arena_create(COMMAND_ARENA_BYTES);
	struct command_options chosen = COMMAND_OPTIONS_DEFAULT;
	struct examination *at = arena_new(arena, struct examination);
	struct err *err;
	int status;

	CHECK(at != NULL);
	options_read(argc, argv, "cj", about, &chosen);
	err = examine(at, &chosen, arena);
	if (err != NULL)
		command_print_fault("doctor", err);
	else if (chosen.json)
		say_json(at, arena);
	else
		say(at);
	status = err != NULL ? COULD_NOT : status_of(at);
	arena_destroy(arena);
	return status;
}
