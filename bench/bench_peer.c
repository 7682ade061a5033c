#include "bench_peer.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json.h"
#include "bench_commands.h"

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

struct err *
peer_install(struct arena *arena, const char *results)
{
	struct str log = arena_printf(arena, "%s/peer-install.log", results);
	struct str folder = home(arena, results), said;
	const char *root;

	TRY(world_setting(arena, "STRIKE_TEST_SOURCE_ROOT", &root));
	if (mkdir(folder.ptr, 0755) == 0 || access(folder.ptr, W_OK) == 0) {
		char *copy[] = { word(arena, "cp"),
			word(arena, arena_printf(arena, "%s/bench/peers/package.json", root).ptr),
			word(arena,
			    arena_printf(arena, "%s/bench/peers/graphile_worker.mjs", root).ptr),
			word(arena, folder.ptr), NULL };
		char *install[] = { word(arena, "npm"), word(arena, "install"),
			word(arena, "--no-audit"), word(arena, "--no-fund"),
			word(arena, "--no-package-lock"), word(arena, "--prefer-offline"),
			word(arena, "--prefix"), word(arena, folder.ptr), NULL };

		TRY(command_run(arena, copy, log.ptr, &said));
		return command_run(arena, install, log.ptr, &said);
	}
	return ERR(arena, ERR_UNAVAILABLE, "could not use the folder %s", folder.ptr);
}

static double
figure(const struct json *document, struct str name)
{
	double value = 0;

	return json_number(json_find(document, name), &value) ? value : 0;
}

static struct err *
run(struct arena *arena, const char *results, const struct database *database, double rate,
    size_t count, struct peer_figures *ret)
{
	char *argv[] = { word(arena, "node"),
		word(arena, arena_printf(arena, "%s/peers/graphile_worker.mjs", results).ptr),
		word(arena, arena_printf(arena, "%g", rate).ptr),
		word(arena, arena_printf(arena, "%zu", count).ptr), NULL };
	struct str log = arena_printf(arena, "%s/peer.log", results), said, reason;
	const struct json *document;

	(void)setenv("PGHOST", arena_copy_z(arena, database->host), 1);
	(void)setenv("PGUSER", arena_copy_z(arena, database->user), 1);
	(void)setenv("PGDATABASE", arena_copy_z(arena, database->name), 1);
	TRY(command_run(arena, argv, log.ptr, &said));
	if (!json_parse(arena, said, &document, &reason))
		return ERR(arena, ERR_CORRUPT, "the peer said no JSON: %.*s", STR_ARG(reason));
	*ret = (struct peer_figures){ .p50_ms = figure(document, STR("p50")),
		.p99_ms = figure(document, STR("p99")),
		.max_ms = figure(document, STR("max")) };
	return NULL;
}

struct err *
peer_measure(
    struct arena *arena, const char *results, double rate, size_t count, struct peer_figures *ret)
{
	struct database database;
	struct err *err;

	TRY(database_create(arena, "strike_bench_peer", &database));
	err = run(arena, results, &database, rate, count, ret);
	database_drop(&database);
	return err;
}
