#include "bin/directory_cli.h"

#include <argp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/organisations.h"
#include "bin/command.h"
#include "runtime/random.h"
#include "runtime/zone.h"
#include "store/pg/store_pg.h"

#define EXIT_USAGE    64
#define FIRST_KEY     0x100 /* above every character: no option has a short form */
#define ABOUT_BYTES   4096
#define ARGUMENTS_MAX 64 /* among which a place may begin with a minus */

enum { DONE = 0, REFUSED = 1, COULD_NOT = 2 };

static const struct argp_option known[CLI_OPTION_COUNT + 1] = {
#define CLI_OPTION(name, word, argument, sentence) \
	{ word, FIRST_KEY + CLI_##name, argument, 0, sentence, 0 },
#include "bin/directory_options.def"
#undef CLI_OPTION
	{ 0 },
};

/* ---- what was said ---- */

static error_t
read_option(int key, char *argument, struct argp_state *state)
{
	struct cli *cli = state->input;

	if (key >= FIRST_KEY && key < FIRST_KEY + CLI_OPTION_COUNT) {
		cli->said[key - FIRST_KEY] = argument == NULL ? "" : argument;
		return 0;
	}
	if (key != ARGP_KEY_ARG)
		return ARGP_ERR_UNKNOWN;
	if (cli->verb.ptr == NULL)
		cli->verb = str_from_z(argument);
	else if (cli->word_count < CLI_WORDS_MAX)
		cli->words[cli->word_count++] = str_from_z(argument);
	else
		return ARGP_ERR_UNKNOWN;
	return 0;
}

struct str
cli_text(const struct cli *cli, enum cli_option option)
{
	return cli->said[option] == NULL ? STR("") : str_from_z(cli->said[option]);
}

bool
cli_say(const struct cli *cli, const char *message)
{
	fprintf(stderr, "strike %s %.*s: %s\n", cli->command, STR_ARG(cli->verb), message);
	return false;
}

bool
cli_number(const struct cli *cli, enum cli_option option, int64_t otherwise, int64_t *ret)
{
	*ret = otherwise;
	if (cli->said[option] == NULL || str_parse_i64(cli_text(cli, option), ret))
		return true;
	fprintf(stderr, "strike %s %.*s: --%s takes a whole number, not \"%s\"\n", cli->command,
	    STR_ARG(cli->verb), known[option].name, cli->said[option]);
	return false;
}

bool
cli_moment(const struct cli *cli, enum cli_option option, struct instant *ret)
{
	*ret = RECORD_NO_MOMENT;
	if (cli->said[option] == NULL || instant_parse(cli_text(cli, option), ret))
		return true;
	fprintf(stderr,
	    "strike %s %.*s: --%s takes a moment such as 2026-12-31T00:00:00Z, not \"%s\"\n",
	    cli->command, STR_ARG(cli->verb), known[option].name, cli->said[option]);
	return false;
}

bool
cli_id(const struct cli *cli, size_t index, struct uuid *ret)
{
	return (index < cli->word_count && uuid_parse(cli->words[index], ret)) ||
	       cli_say(cli, "say which one by its id, of 36 characters");
}

bool
cli_place(const struct cli *cli, struct str text, struct geo_point *ret)
{
	const struct geo_location location = { GEO_POINT, ret, 1 };
	struct str longitude = str_cut(&text, ',');
	struct refusal refusal;

	if (!str_parse_double(str_trim(longitude), &ret->longitude) ||
	    !str_parse_double(str_trim(text), &ret->latitude))
		return cli_say(cli, "say where as LONGITUDE,LATITUDE, such as -97.7431,30.2672");
	return geo_check(&location, &refusal) || cli_refused(cli, &refusal);
}

/* ---- what is answered ---- */

struct app_command
cli_command(const struct cli *cli)
{
	return (struct app_command){ .key = random_uuid(cli->context.now) };
}

bool
cli_refused(const struct cli *cli, const struct refusal *refusal)
{
	fprintf(stderr, "strike %s %.*s: %.*s (%.*s)\n", cli->command, STR_ARG(cli->verb),
	    STR_ARG(refusal_message(refusal)), STR_ARG(refusal_code_name(refusal->code)));
	return false;
}

bool
cli_done(const struct cli *cli, const struct app_record_answer *answer, const char *what)
{
	if (answer->refused)
		return cli_refused(cli, &answer->refusal);
	printf("%.*s %s, version %lld\n", STR_ARG(uuid_text(cli->arena, answer->id)), what,
	    (long long)answer->version);
	return true;
}

/* ---- with what it is done ---- */

static struct err *
open_store(struct cli *cli)
{
	TRY(config_load(cli->arena, cli->said[CLI_CONFIG], environ, &cli->settings));
	TRY(clock_create_from(cli->arena, cli->settings.clock, &cli->clock));
	TRY(vault_init(
	    cli->arena, secret_reveal(cli->settings.vault_key), random_bytes, &cli->vault));
	TRY(store_pg_open(
	    cli->arena, arena_copy_z(cli->arena, cli->settings.database_url), &cli->store));
	TRY(store_session_open(cli->store, cli->arena, STORE_WORKER, &cli->worker));
	return store_session_open(cli->store, cli->arena, STORE_API, &cli->session);
}

/* For whom the verb acts: the platform, or the organisation that was named. */
static struct err *
choose_organisation(struct cli *cli, enum cli_acts_for acts_for, bool *ret_found)
{
	struct store_organisation *organisation = &cli->actor.organisation;

	if (acts_for == CLI_FOR_PLATFORM) {
		*ret_found = true;
		*organisation = (struct store_organisation){
			.id = record_platform(), .handle = STR("platform"), .name = STR("Platform")
		};
		return NULL;
	}
	*ret_found = false;
	if (cli->said[CLI_ORG] == NULL) {
		(void)cli_say(cli, "say for which organisation: --org HANDLE");
		return NULL;
	}
	TRY(organisation_find(
	    cli->worker, cli->arena, cli_text(cli, CLI_ORG), ret_found, organisation));
	if (!*ret_found)
		(void)cli_say(cli, "there is no organisation of that name");
	return NULL;
}

static void
fill_context(struct cli *cli)
{
	bool platform = uuid_equal(cli->actor.organisation.id, record_platform());

	cli->process = (struct store_actor){ .kind = STORE_ACTOR_PROCESS, .name = STR("cli") };
	cli->actor.role = platform ? STR("platform_admin") : STR("admin");
	cli->actor.user_handle = STR("cli");
	cli->context = (struct app_context){
		.session = cli->session,
		.arena = cli->arena,
		.now = clock_now(cli->clock),
		.actor = &cli->actor,
		.via = STR("cli"),
		.make_id = random_uuid,
		.vault = &cli->vault,
		.zones = &zone_database,
		.platform = platform ? cli->worker : NULL,
		.process = &cli->process,
	};
	cli->context.correlation = random_uuid(cli->context.now);
	store_act_for(cli->session, cli->actor.organisation.id);
}

static struct err *
run_verb(struct cli *cli, const struct cli_verb *verb, bool *ret_done)
{
	*ret_done = false;
	TRY(open_store(cli));
	TRY(choose_organisation(cli, verb->acts_for, ret_done));
	if (!*ret_done)
		return NULL;
	fill_context(cli);
	return verb->run(cli, ret_done);
}

static void
close_store(struct cli *cli)
{
	store_session_close(cli->session);
	store_session_close(cli->worker);
	if (cli->store != NULL)
		store_close(cli->store);
	clock_destroy(cli->clock);
}

/* ---- places among the words ---- */

/* West of Greenwich a place begins with a minus, and is no option. */
static bool
is_western(const char *argument)
{
	return argument[0] == '-' && argument[1] >= '0' && argument[1] <= '9' &&
	       strchr(argument, ',') != NULL;
}

/* Whether ${argument} is an option whose value is the next argument. */
static bool
takes_next(const char *argument)
{
	if (strncmp(argument, "--", 2) != 0 || strchr(argument, '=') != NULL)
		return false;
	for (size_t i = 0; i < CLI_OPTION_COUNT; i++) {
		if (strcmp(known[i].name, argument + 2) == 0)
			return known[i].arg != NULL;
	}
	return false;
}

/*
 * ${argv} into ${moved}, which has room for two more, with a western place behind "--",
 * unless it is what an option takes.
 */
static int
move_western(int argc, char **argv, char **moved)
{
	static char end_of_options[] = "--";
	char *place = NULL;
	int count = 0;
	bool ended = false; /* "--" was said already */

	for (int i = 0; i < argc; i++) {
		ended = ended || strcmp(argv[i], end_of_options) == 0;
		if (i > 0 && !ended && place == NULL && is_western(argv[i]) &&
		    !takes_next(argv[i - 1]))
			place = argv[i];
		else
			moved[count++] = argv[i];
	}
	if (place != NULL) {
		moved[count++] = end_of_options;
		moved[count++] = place;
	}
	moved[count] = NULL;
	return count;
}

/* ---- which verb ---- */

static const struct cli_verb *
find_verb(const struct cli *cli, const struct cli_verb *verbs, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (str_equal(verbs[i].name, cli->verb) && cli->word_count == verbs[i].words)
			return &verbs[i];
	}
	return NULL;
}

/* What --help says: the verbs, a line each, before the options. */
static const char *
write_about(struct arena *arena, const char *about, const struct cli_verb *verbs, size_t count)
{
	struct buf text = buf_in(arena, ABOUT_BYTES);

	buf_printf(&text, "%s\n\nVerbs:\n", about);
	for (size_t i = 0; i < count; i++)
		buf_printf(&text, "  %.*s %s\n      %s\n", STR_ARG(verbs[i].name), verbs[i].usage,
		    verbs[i].sentence);
	return arena_copy_z(arena, buf_view(&text));
}

static int
run(struct cli *cli, const struct cli_verb *verbs, size_t count)
{
	const struct cli_verb *verb = find_verb(cli, verbs, count);
	struct err *err;
	bool done;

	if (verb == NULL) {
		fprintf(stderr,
		    "strike %s: this is not understood; 'strike %s --help' says what is\n",
		    cli->command, cli->command);
		return EXIT_USAGE;
	}
	err = run_verb(cli, verb, &done);
	if (err != NULL)
		command_print_fault(cli->command, err);
	close_store(cli);
	return err != NULL ? COULD_NOT : done ? DONE : REFUSED;
}

int
cli_run(int argc, char **argv, const char *command, const char *about, const struct cli_verb *verbs,
    size_t count)
{
	struct arena *arena = arena_create(4 * COMMAND_ARENA_BYTES);
	struct cli *cli = arena_new(arena, struct cli);
	struct argp arguments = {
		.options = known, .parser = read_option, .args_doc = "VERB [WHAT...]"
	};
	char *moved[ARGUMENTS_MAX + 2];
	int status;

	CHECK(cli != NULL);
	cli->command = command;
	cli->arena = arena;
	arguments.doc = write_about(arena, about, verbs, count);
	if (argc <= ARGUMENTS_MAX) {
		argc = move_western(argc, argv, moved);
		argv = moved;
	}
	argp_parse(&arguments, argc, argv, 0, NULL, cli);
	status = run(cli, verbs, count);
	arena_destroy(arena);
	return status;
}
