#include "bench_peer.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench_commands.h"

#define ARGUMENTS_MAX 8

static char *
word(struct arena *arena, const char *text)
{
	return arena_copy_z(arena, str_from_z(text));
}

/* The folder that its packages are installed in, with our two files copied there. */
static struct str
home(struct arena *arena, const char *results)
{
	return arena_printf(arena, "%s/peers", results);
}

/* Our files of bench/peers, in the folder that npm fills. */
static struct err *
copy_scripts(struct arena *arena, struct str folder, const char *log)
{
	const char *root;
	struct str said;

	TRY(world_setting(arena, "STRIKE_TEST_SOURCE_ROOT", &root));
	return command_run(arena,
	    (char *[]){ word(arena, "cp"), word(arena, "-r"),
		word(arena, arena_printf(arena, "%s/bench/peers/.", root).ptr),
		word(arena, folder.ptr), NULL },
	    log, &said);
}

struct err *
peer_install(struct arena *arena, const char *results)
{
	struct str log = arena_printf(arena, "%s/peer-install.log", results);
	struct str folder = home(arena, results), said;

	if (mkdir(folder.ptr, 0755) != 0 && access(folder.ptr, W_OK) != 0)
		return ERR(arena, ERR_UNAVAILABLE, "could not use the folder %s", folder.ptr);
	TRY(copy_scripts(arena, folder, log.ptr));
	return command_run(arena,
	    (char *[]){ word(arena, "npm"), word(arena, "install"), word(arena, "--no-audit"),
		word(arena, "--no-fund"), word(arena, "--no-package-lock"),
		word(arena, "--prefer-offline"), word(arena, "--prefix"), word(arena, folder.ptr),
		NULL },
	    log.ptr, &said);
}

const char *
peer_node(struct arena *arena, const char *results)
{
	static const char *const machines[] = { "x64", "arm64" };

	for (size_t i = 0; i < COUNT_OF(machines); i++) {
		struct str path = arena_printf(
		    arena, "%s/peers/node_modules/node-linux-%s/bin/node", results, machines[i]);

		if (access(path.ptr, X_OK) == 0)
			return path.ptr;
	}
	return "node";
}

double
peer_figure(const struct json *document, struct str name)
{
	double value = 0;

	return json_number(json_find(document, name), &value) ? value : 0;
}

void
peer_point_at(struct arena *arena, const struct database *database)
{
	(void)setenv("PGHOST", arena_copy_z(arena, database->host), 1);
	(void)setenv("PGUSER", arena_copy_z(arena, database->user), 1);
	(void)setenv("PGDATABASE", arena_copy_z(arena, database->name), 1);
}

struct err *
peer_run(struct arena *arena, const char *results, const struct database *database,
    const char *script, const char *const *arguments, size_t argument_count,
    const struct json **ret)
{
	char *argv[ARGUMENTS_MAX + 3] = { word(arena, peer_node(arena, results)),
		word(arena, arena_printf(arena, "%s/peers/%s", results, script).ptr) };
	struct str log = arena_printf(arena, "%s/peer.log", results), said, reason;

	CHECK(argument_count <= ARGUMENTS_MAX);
	for (size_t i = 0; i < argument_count; i++)
		argv[i + 2] = word(arena, arguments[i]);
	if (database != NULL)
		peer_point_at(arena, database);
	TRY(command_run(arena, argv, log.ptr, &said));
	if (!json_parse(arena, said, ret, &reason))
		return ERR(arena, ERR_CORRUPT, "%s said no JSON: %.*s", script, STR_ARG(reason));
	return NULL;
}

struct err *
peer_install_message_db(struct arena *arena, const char *results, const struct database *database)
{
	struct str script = arena_printf(
	    arena, "%s/peers/node_modules/@eventide/message-db/database/install.sh", results);
	struct str log = arena_printf(arena, "%s/peer-install.log", results), said;

	peer_point_at(arena, database);
	(void)setenv("DATABASE_NAME", arena_copy_z(arena, database->name), 1);
	(void)setenv("CREATE_DATABASE", "off", 1);
	return command_run(arena, (char *[]){ word(arena, "bash"), word(arena, script.ptr), NULL },
	    log.ptr, &said);
}

struct err *
peer_measure(
    struct arena *arena, const char *results, double rate, size_t count, struct peer_figures *ret)
{
	const char *arguments[] = { arena_printf(arena, "%g", rate).ptr,
		arena_printf(arena, "%zu", count).ptr };
	struct database database;
	const struct json *figures;
	struct err *err;

	TRY(database_create(arena, "strike_bench_peer", &database));
	err = peer_run(arena, results, &database, "graphile_worker.mjs", arguments,
	    COUNT_OF(arguments), &figures);
	database_drop(&database);
	TRY(err);
	*ret = (struct peer_figures){ .p50_ms = peer_figure(figures, STR("p50")),
		.p99_ms = peer_figure(figures, STR("p99")),
		.max_ms = peer_figure(figures, STR("max")) };
	return NULL;
}
