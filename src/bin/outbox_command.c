#include <argp.h>
#include <stdio.h>
#include <unistd.h>

#include "base/json.h"
#include "bin/command.h"
#include "bin/options.h"
#include "runtime/clock.h"
#include "runtime/config.h"
#include "store/pg/store_pg.h"
#include "store/store_send.h"

#define EXIT_USAGE     2
#define LIST_MAX       500
#define JSON_BYTES_MAX (4u << 20)

static const char about[] =
    "List what is to be sent and done, the most urgent first.  With --dead: what failed for "
    "good, newest first.\v"
    "strike outbox list [--dead] [--json]\n"
    "strike outbox replay KEY    have a dead letter carried out once more\n"
    "strike outbox drop KEY      never carry it out, and show it no more";

enum what { LIST, REPLAY, DROP };

struct request {
	struct command_options chosen;
	enum what what;
	struct str key;
};

/* ---- list ---- */

static void
print_letters(const struct store_letters *letters, struct arena *arena)
{
	for (size_t i = 0; i < letters->count; i++) {
		const struct store_letter *letter = &letters->at[i];
		const struct store_effect *effect = &letter->claim.effect;

		printf("%.*s\n  %s %.*s, tried %lld times%s%s\n", STR_ARG(effect->key),
		    letter->dead ? "dead since" : "due",
		    STR_ARG(instant_text(arena, letter->dead ? letter->dead_at : effect->due)),
		    (long long)letter->claim.tries,
		    letter->claim.begun ? ", may have reached the provider" : "",
		    letter->claimed ? ", in work" : "");
		if (!str_empty(letter->problem))
			printf("  %.*s\n", STR_ARG(letter->problem));
	}
	if (letters->count == 0)
		puts("nothing");
	if (letters->count == LIST_MAX)
		printf("only the first %d are shown\n", LIST_MAX);
}

static void
write_letter(struct json_writer *writer, struct arena *arena, const struct store_letter *letter)
{
	const struct store_effect *effect = &letter->claim.effect;

	json_begin_map(writer);
	json_member_text(writer, STR("key"), effect->key);
	json_member_text(writer, STR("effect"), effect_name(effect->type));
	json_member_text(writer, STR("eco"), uuid_text(arena, effect->eco));
	json_member_int(writer, STR("number"), effect->number);
	json_member_text(writer, STR("due"), instant_text(arena, effect->due));
	json_member_int(writer, STR("tries"), letter->claim.tries);
	json_member_bool(writer, STR("begun"), letter->claim.begun);
	json_member_bool(writer, STR("dead"), letter->dead);
	json_member_text(writer, STR("problem"), letter->problem);
	json_end_map(writer);
}

static struct err *
print_json(const struct store_letters *letters, struct arena *arena)
{
	struct buf buf = buf_in(arena, JSON_BYTES_MAX);
	struct json_writer writer = json_writer(&buf);

	json_begin_list(&writer);
	for (size_t i = 0; i < letters->count; i++)
		write_letter(&writer, arena, &letters->at[i]);
	json_end_list(&writer);
	if (buf.overflowed)
		return ERR(arena, ERR_LIMIT, "there is too much to be printed as JSON");
	printf("%.*s\n", STR_ARG(buf_view(&buf)));
	return NULL;
}

static struct err *
list(const struct request *request, struct store_session *session, struct arena *arena)
{
	struct store_letters letters;

	TRY(store_list_letters(session, arena, request->chosen.dead, LIST_MAX, &letters));
	if (request->chosen.json)
		return print_json(&letters, arena);
	print_letters(&letters, arena);
	return NULL;
}

/* ---- replay and drop ---- */

static struct err *
replay(const struct request *request, const struct config *settings, struct store_session *session,
    struct arena *arena, bool *ret_found)
{
	struct clock *clock;
	struct err *err;

	TRY(clock_create_from(arena, settings->clock, &clock));
	err = store_replay_effect(session, arena, request->key, clock_now(clock), ret_found);
	clock_destroy(clock);
	return err;
}

static struct err *
change(const struct request *request, const struct config *settings, struct store_session *session,
    struct arena *arena)
{
	bool found;

	if (request->what == REPLAY)
		TRY(replay(request, settings, session, arena, &found));
	else
		TRY(store_bury_effect(session, arena, request->key, &found));
	if (!found)
		return ERR(
		    arena, ERR_CORRUPT, "there is no dead letter %.*s", STR_ARG(request->key));
	fprintf(stderr, "%.*s %s\n", STR_ARG(request->key),
	    request->what == REPLAY ? "will be carried out once more" : "is dropped");
	return NULL;
}

/* ---- the command ---- */

static struct err *
run(const struct request *request, struct arena *arena, struct store **store,
    struct store_session **session)
{
	struct config settings;

	TRY(config_load(arena, request->chosen.config, environ, &settings));
	TRY(store_pg_open(arena, arena_copy_z(arena, settings.database_url), store));
	TRY(store_session_open(*store, arena, STORE_WORKER, session));
	if (request->what == LIST)
		return list(request, *session, arena);
	return change(request, &settings, *session, arena);
}

/* The word behind "outbox" is taken out of ${argv}: options_read() reads the rest. */
static bool
take_word(int *argc, char **argv, enum what *ret)
{
	static const struct str words[] = {
		[LIST] = STR("list"), [REPLAY] = STR("replay"), [DROP] = STR("drop")
	};

	*ret = LIST;
	if (*argc < 2 || argv[1][0] == '-')
		return true;
	for (size_t i = 0; i < COUNT_OF(words); i++) {
		if (!str_equal(str_from_z(argv[1]), words[i]))
			continue;
		*ret = (enum what)i;
		for (int at = 1; at < *argc; at++)
			argv[at] = argv[at + 1];
		(*argc)--;
		return true;
	}
	return false;
}

/* What is wrong with how the command was called, or NULL. */
static const char *
check(struct request *request)
{
	const struct command_options *chosen = &request->chosen;

	if (request->what == LIST)
		return chosen->argument == NULL ? NULL : "list takes no key";
	if (chosen->argument == NULL || str_empty(str_from_z(chosen->argument)))
		return "say the key of a dead letter, as strike outbox list --dead shows it";
	request->key = str_from_z(chosen->argument);
	return request->key.len <= STORE_KEY_BYTES_MAX ? NULL : "no key is as long as that";
}

int
command_outbox(int argc, char **argv)
{
	struct request request = { .chosen = COMMAND_OPTIONS_DEFAULT };
	struct store_session *session = NULL;
	struct store *store = NULL;
	const char *wrong = NULL;
	struct arena *arena;
	struct err *err;

	argp_err_exit_status = EXIT_USAGE;
	if (!take_word(&argc, argv, &request.what))
		wrong = "say list, replay or drop";
	if (wrong == NULL) {
		options_read(argc, argv, "cjX@", about, &request.chosen);
		wrong = check(&request);
	}
	if (wrong != NULL) {
		fprintf(stderr, "strike outbox: %s\n", wrong);
		return EXIT_USAGE;
	}
	arena = arena_create(COMMAND_ARENA_BYTES);
	err = run(&request, arena, &store, &session);
	if (err != NULL)
		command_print_fault("outbox", err);
	store_session_close(session);
	store_close(store);
	arena_destroy(arena);
	return err == NULL ? 0 : 1;
}
