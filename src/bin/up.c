#include <errno.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bin/children.h"
#include "bin/command.h"
#include "bin/development.h"
#include "bin/options.h"
#include "runtime/private_postgres.h"
#include "runtime/signals.h"

/*
 * up and demo: the whole world on one machine.
 *
 * The database is a child of this process; the server, the mock world and the
 * player are this program's own commands.  Whatever happens, what was started is
 * stopped.  "up" keeps its database (var/) and serves until told to stop; "demo"
 * begins with an empty one, plays one scenario to its end and leaves nothing.
 */

#define READY_SECONDS   60
#define ENVIRONMENT_MAX 512
#define LOOK_NS         200000000

struct world {
	struct command_options chosen;
	bool demo;
	const char *default_speed;
	struct arena *arena;
	const char *home; /* absolute; logs and the clock's setting are in it */
	struct str clock;
	uint16_t port, mock_port;
	struct private_postgres postgres; /* runs unless the database is elsewhere */
	struct str database_url;
	char *environment[ENVIRONMENT_MAX + 1]; /* of the children */
	size_t environment_count;
	struct child mock, serve, play;
};

static const char about_up[] =
    "Start a private database, the mock world and the server, play a callout, and serve until "
    "told to stop.\v"
    "Time passes 10 times as fast unless the database has lived at another speed.  Database "
    "and logs are kept in var/; the server listens on port 8080 if that is free.";
static const char about_demo[] =
    "Play one scenario from beginning to end on an empty database, print its timeline as it "
    "happens, and exit 0 when all went as the scenario expects.\v"
    "Time passes 60 times as fast.  Nothing is left behind, unless it went wrong.";

static void
say(const char *what)
{
	printf("%s\n", what);
	(void)fflush(stdout);
}

static void
print_progress(void *context, struct str what)
{
	(void)context;
	printf("  %.*s\n", STR_ARG(what));
	(void)fflush(stdout);
}

static const char *
in_home(struct world *world, const char *name)
{
	return arena_printf(world->arena, "%s/%s", world->home, name).ptr;
}

/* The folder of this world, made when it does not exist. */
static struct err *
open_home(struct world *world)
{
	char memory[] = "/tmp/osprey-strike-XXXXXX";
	const char *home = world->chosen.home;
	char *absolute;

	if (home == NULL)
		home = world->demo ? mkdtemp(memory) : getenv("STRIKE_VAR_DIR");
	if (home == NULL)
		home = "var";
	if (mkdir(home, 0755) != 0 && errno != EEXIST)
		return ERR(world->arena, ERR_UNAVAILABLE, "could not make the folder %s: %s", home,
		    strerror(errno));
	absolute = realpath(home, NULL);
	if (absolute == NULL || chmod(absolute, 0755) != 0)
		return ERR(world->arena, ERR_UNAVAILABLE, "could not use the folder %s: %s", home,
		    strerror(errno));
	world->home = arena_copy_z(world->arena, str_from_z(absolute));
	free(absolute);
	return NULL;
}

/* How fast the clock ${setting} runs, as it was written. */
static const char *
speed_of(struct world *world, struct str setting)
{
	struct str rest = setting;

	if (str_equal(setting, STR("real")))
		return "1";
	(void)str_cut(&rest, ':');
	return arena_copy_z(world->arena, str_cut(&rest, ':'));
}

/*
 * A database lives on one clock: going back in time would put new events before
 * old ones.  So the first start decides, and later ones go on from there.
 */
static struct err *
choose_clock(struct world *world)
{
	const char *path = in_home(world, "clock");
	FILE *file = fopen(path, "re");
	char line[128] = "";

	if (file != NULL) {
		bool read = fgets(line, sizeof(line), file) != NULL;

		(void)fclose(file);
		world->clock = arena_copy(world->arena, str_trim(str_from_z(line)));
		if (world->chosen.speed == NULL)
			world->chosen.speed = speed_of(world, world->clock);
		if (read && strcmp(speed_of(world, world->clock), world->chosen.speed) == 0)
			return NULL;
		return err_explain(
		    ERR(world->arena, ERR_CORRUPT,
			"the database in %s lives on the clock \"%.*s\", not at speed %s",
			world->home, STR_ARG(world->clock), world->chosen.speed),
		    STR(""), STR("Give that speed with --speed, or begin anew: ./dev clean"));
	}
	if (world->chosen.speed == NULL)
		world->chosen.speed = world->default_speed;
	world->clock = development_clock_from_now(world->arena, world->chosen.speed);
	file = fopen(path, "we");
	if (file == NULL || fprintf(file, "%.*s\n", STR_ARG(world->clock)) < 0 || fclose(file) != 0)
		return ERR(
		    world->arena, ERR_UNAVAILABLE, "could not write %s: %s", path, strerror(errno));
	return NULL;
}

/* Whose the database is when we are root; see runtime/private_postgres.h. */
static struct str
database_user(void)
{
	return str_from_z(getenv("STRIKE_POSTGRES_USER"));
}

/* The database of STRIKE_DATABASE_URL when there is one; a demonstration needs an empty one. */
static struct err *
start_database(struct world *world)
{
	const char *elsewhere = world->demo ? NULL : getenv("STRIKE_DATABASE_URL");

	if (elsewhere != NULL) {
		world->database_url = str_from_z(elsewhere);
		return NULL;
	}
	say("Starting the private PostgreSQL");
	TRY(private_postgres_start(world->arena,
	    &(struct private_postgres_options){
		.home = str_from_z(in_home(world, "pg")),
		.database = STR("strike"),
		.user = database_user(),
		.progress = print_progress,
	    },
	    &world->postgres));
	world->database_url = world->postgres.conninfo;
	if (!str_empty(world->postgres.note))
		printf("  note: %.*s\n", STR_ARG(world->postgres.note));
	return NULL;
}

static void
set(struct world *world, const char *name, struct str value)
{
	struct str entry = arena_printf(world->arena, "%s=%.*s", name, STR_ARG(value));

	CHECK(world->environment_count < ENVIRONMENT_MAX);
	world->environment[world->environment_count++] = arena_copy_z(world->arena, entry);
}

/* Our own environment without settings of Strike's: those are this world's. */
static void
inherit_environment(struct world *world)
{
	for (char **at = environ; *at != NULL; at++) {
		if (!str_starts_with(str_from_z(*at), STR("STRIKE_")) &&
		    world->environment_count < ENVIRONMENT_MAX / 2)
			world->environment[world->environment_count++] = *at;
	}
}

/* What the server and the mock world are told. */
static struct err *
set_environment(struct world *world)
{
	struct arena *arena = world->arena;
	struct str mock_url;

	TRY(development_find_port(arena, (uint16_t)world->chosen.port, &world->port));
	do
		TRY(development_find_port(arena, 0, &world->mock_port));
	while (world->mock_port == world->port);
	mock_url = arena_printf(arena, "http://127.0.0.1:%u", world->mock_port);

	inherit_environment(world);
	set(world, "STRIKE_ENVIRONMENT", STR("development"));
	set(world, "STRIKE_DATABASE_URL", world->database_url);
	set(world, "STRIKE_ADDRESS", STR("127.0.0.1"));
	set(world, "STRIKE_PORT", arena_printf(arena, "%u", world->port));
	set(world, "STRIKE_PUBLIC_URL", arena_printf(arena, "http://127.0.0.1:%u", world->port));
	set(world, "STRIKE_CLOCK", world->clock);
	/* The player asks more often than people would. */
	set(world, "STRIKE_LIMIT_ADDRESS_PER_MIN", STR("0"));
	set(world, "STRIKE_LIMIT_USER_PER_MIN", STR("0"));
	set(world, "STRIKE_LIMIT_ORGANISATION_PER_MIN", STR("0"));
	set(world, "STRIKE_LIMIT_WEBHOOK_PER_MIN", STR("0"));
	set(world, "STRIKE_TWILIO_API_URL", mock_url);
	set(world, "STRIKE_TWILIO_ACCOUNT_SID", STR(DEVELOPMENT_ACCOUNT_SID));
	set(world, "STRIKE_TWILIO_FROM", STR("+15125550999"));
	set(world, "STRIKE_TWILIO_AUTH_TOKEN", STR(DEVELOPMENT_AUTH_TOKEN));
	set(world, "STRIKE_RENDER_API_URL", mock_url);
	set(world, "STRIKE_SECRET_RENDER_HILL_COUNTRY", STR(DEVELOPMENT_RENDER_HILL_COUNTRY));
	set(world, "STRIKE_SECRET_RENDER_BAYOU", STR(DEVELOPMENT_RENDER_BAYOU));
	/* A tool of developers, which may be there or not. */
	set(world, "STRIKE_GRAPHIQL_DIR", str_from_z(getenv("STRIKE_GRAPHIQL_DIR")));
	return NULL;
}

static char *
text(struct world *world, struct str s)
{
	return arena_copy_z(world->arena, s);
}

static char *
word(struct world *world, const char *z)
{
	return text(world, str_from_z(z));
}

static struct err *
migrate(struct world *world)
{
	char *argv[] = { word(world, "strike"), word(world, "migrate"), word(world, "--seed"),
		NULL };
	struct child child;

	say("Bringing the schema up to date");
	TRY(child_start(
	    world->arena, argv, world->environment, in_home(world, "migrate.log"), &child));
	if (child_wait(&child) != 0)
		return ERR(world->arena, ERR_UNAVAILABLE, "the migration failed: see %s",
		    in_home(world, "migrate.log"));
	return NULL;
}

/* Sleep a little; true when somebody told us to stop. */
static bool
told_to_stop(void)
{
	sigset_t stop;

	sigemptyset(&stop);
	sigaddset(&stop, SIGTERM);
	sigaddset(&stop, SIGINT);
	return sigtimedwait(&stop, NULL, &(struct timespec){ .tv_nsec = LOOK_NS }) > 0;
}

/* Wait until ${child} answers at ${url}; it may die first, or we may be told to stop. */
static struct err *
wait_ready(struct world *world, struct child *child, const char *url, const char *log)
{
	int64_t until = clock_monotonic_us() + READY_SECONDS * INT64_C(1000000);
	int status;

	while (!development_is_ready(world->arena, url)) {
		if (child_has_ended(child, &status))
			return ERR(world->arena, ERR_UNAVAILABLE, "%s ended (%d): see %s",
			    child->name, status, in_home(world, log));
		if (told_to_stop())
			return ERR(world->arena, ERR_UNAVAILABLE, "told to stop");
		if (clock_monotonic_us() > until)
			return ERR(world->arena, ERR_UNAVAILABLE,
			    "%s did not answer within %d s: see %s", child->name, READY_SECONDS,
			    in_home(world, log));
	}
	return NULL;
}

static struct err *
start_mock(struct world *world)
{
	char *argv[] = { word(world, "strike"), word(world, "mock"), word(world, "--scenario"),
		word(world, world->chosen.scenario), word(world, "--scenarios"),
		word(world, world->chosen.folder), word(world, "--clock"),
		text(world, world->clock), word(world, "--port"),
		text(world, arena_printf(world->arena, "%u", world->mock_port)), NULL };

	TRY(child_start(
	    world->arena, argv, world->environment, in_home(world, "mock.log"), &world->mock));
	return wait_ready(world, &world->mock,
	    arena_printf(world->arena, "http://127.0.0.1:%u/control/state", world->mock_port).ptr,
	    "mock.log");
}

static struct err *
start_server(struct world *world)
{
	char *argv[] = { word(world, "strike"), word(world, "serve"), NULL };

	TRY(child_start(
	    world->arena, argv, world->environment, in_home(world, "serve.log"), &world->serve));
	return wait_ready(world, &world->serve,
	    arena_printf(world->arena, "http://127.0.0.1:%u/readyz", world->port).ptr, "serve.log");
}

static struct err *
start_play(struct world *world)
{
	char *argv[] = { word(world, "strike"), word(world, "play"), word(world, "--scenario"),
		word(world, world->chosen.scenario), word(world, "--scenarios"),
		word(world, world->chosen.folder), word(world, "--clock"),
		text(world, world->clock), word(world, "--server"),
		text(world, arena_printf(world->arena, "http://127.0.0.1:%u", world->port)),
		word(world, "--mock"),
		text(world, arena_printf(world->arena, "http://127.0.0.1:%u", world->mock_port)),
		NULL };

	return child_start(world->arena, argv, world->environment, NULL, &world->play);
}

static void
print_addresses(const struct world *world)
{
	printf("\n"
	       "  API         http://127.0.0.1:%u/graphql   (schema.graphql)\n"
	       "  identify    Strike-Development-Identity: operator@lone-star-noc\n"
	       "  mock world  http://127.0.0.1:%u/control/journal\n"
	       "  logs        %s\n"
	       "  time        %s times as fast\n",
	    world->port, world->mock_port, world->home, world->chosen.speed);
	if (getenv("STRIKE_GRAPHIQL_DIR") != NULL)
		printf("  GraphiQL    http://127.0.0.1:%u/graphiql\n", world->port);
	/* Somebody else's address is not ours to print: it may hold a password. */
	if (world->postgres.process != 0)
		printf(
		    "  database    STRIKE_DATABASE_URL=\"%.*s\"\n", STR_ARG(world->database_url));
	putchar('\n');
	(void)fflush(stdout);
}

static struct err *
start_world(struct world *world)
{
	struct scenario *scenario = arena_new(world->arena, struct scenario);

	if (scenario == NULL)
		return ERR(world->arena, ERR_LIMIT, "no memory left for a scenario");
	/* Read first what can be wrong without anything running. */
	TRY(development_read_scenario(
	    world->arena, world->chosen.folder, world->chosen.scenario, scenario));
	TRY(open_home(world));
	TRY(choose_clock(world));
	TRY(start_database(world));
	TRY(set_environment(world));
	TRY(migrate(world));
	say("Starting the mock world and the server");
	TRY(start_mock(world));
	TRY(start_server(world));
	print_addresses(world);
	return start_play(world);
}

/* Until the demonstration is over, somebody says stop, or a part of the world dies. */
static struct err *
supervise(struct world *world, int *ret_status)
{
	int status;

	*ret_status = 0;
	for (;;) {
		if (told_to_stop()) {
			*ret_status = world->demo ? 130 : 0;
			return NULL;
		}
		if (child_has_ended(&world->play, ret_status)) {
			if (world->demo)
				return NULL;
			say("\nThe callout is over. The server goes on; stop it with Ctrl-C.");
			*ret_status = 0;
		}
		if (child_has_ended(&world->serve, &status))
			return ERR(world->arena, ERR_UNAVAILABLE, "the server ended (%d): see %s",
			    status, in_home(world, "serve.log"));
		if (child_has_ended(&world->mock, &status))
			return ERR(world->arena, ERR_UNAVAILABLE,
			    "the mock world ended (%d): see %s", status,
			    in_home(world, "mock.log"));
	}
}

static int
remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

/* In the opposite order of starting; a demonstration leaves nothing behind. */
static void
stop_world(struct world *world, bool failed)
{
	child_stop(&world->play);
	child_stop(&world->serve);
	child_stop(&world->mock);
	private_postgres_stop(&world->postgres);
	if (world->demo && world->chosen.home == NULL && world->home != NULL && !failed)
		(void)nftw(world->home, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
	else if (failed && world->home != NULL)
		fprintf(stderr, "The logs are in %s\n", world->home);
}

static int
run(const char *name, struct world *world)
{
	struct err *err;
	int status = 1;

	world->arena = arena_create(COMMAND_ARENA_BYTES);
	err = start_world(world);
	if (err == NULL)
		err = supervise(world, &status);
	if (err != NULL) {
		command_print_fault(name, err);
		status = 1;
	}
	stop_world(world, status != 0);
	arena_destroy(world->arena);
	return status;
}

int
command_up(int argc, char **argv)
{
	struct world world = { .chosen = COMMAND_OPTIONS_DEFAULT, .default_speed = "10" };

	signals_block();
	world.chosen.port = 8080;
	options_read(argc, argv, "sfxdp", about_up, &world.chosen);
	return run("up", &world);
}

int
command_demo(int argc, char **argv)
{
	struct world world = {
		.chosen = COMMAND_OPTIONS_DEFAULT, .demo = true, .default_speed = "60"
	};

	signals_block();
	options_read(argc, argv, "sfxdp", about_demo, &world.chosen);
	return run("demo", &world);
}
