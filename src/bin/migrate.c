#include <stdio.h>
#include <unistd.h>

#include "bin/command.h"
#include "bin/options.h"
#include "bin/seed.h"
#include "runtime/config.h"
#include "runtime/random.h"
#include "store/pg/store_pg.h"

static const char about[] =
    "Bring the database's schema up to this version.  Safe to run again, and "
    "from several machines at once.";

static void
print_applied(void *context, struct str name)
{
	(void)context;
	printf("applied %.*s\n", STR_ARG(name));
}

static struct err *
plant(const struct config *settings, struct arena *arena)
{
	struct vault vault;
	struct store *store;
	struct err *err;

	if (!config_is_development(settings))
		return ERR(arena, ERR_CORRUPT, "the development seed is refused in production");
	TRY(vault_init(arena, secret_reveal(settings->vault_key), random_bytes, &vault));
	TRY(store_pg_open(arena, arena_copy_z(arena, settings->database_url), &store));
	err = seed_plant(store, arena, &vault);
	store_close(store);
	return err;
}

static struct err *
migrate(const struct command_options *chosen, struct arena *arena)
{
	struct config settings;
	size_t applied;

	TRY(config_load(arena, chosen->config, environ, &settings));
	TRY(store_pg_migrate(
	    arena, arena_copy_z(arena, settings.database_url), print_applied, NULL, &applied));
	if (applied == 0)
		puts("the schema is up to date");
	return chosen->seed ? plant(&settings, arena) : NULL;
}

int
command_migrate(int argc, char **argv)
{
	struct arena *arena = arena_create(COMMAND_ARENA_BYTES);
	struct command_options chosen = COMMAND_OPTIONS_DEFAULT;
	struct err *err;

	options_read(argc, argv, "ce", about, &chosen);
	err = migrate(&chosen, arena);
	if (err != NULL)
		command_print_fault("migrate", err);
	arena_destroy(arena);
	return err == NULL ? 0 : 1;
}
