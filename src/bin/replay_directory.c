#include "bin/replay_directory.h"

#include <stdio.h>
#include <unistd.h>

#include "app/record_rebuild.h"
#include "runtime/config.h"
#include "runtime/random.h"
#include "store/pg/store_pg.h"

static struct err *
rebuild(struct arena *arena, const struct vault *vault, struct store *store)
{
	struct store_session *session;
	struct record_rebuilt done;
	struct err *err;

	TRY(store_session_open(store, arena, STORE_WORKER, &session));
	err = record_rebuild(vault, session, arena, &done);
	if (err == NULL)
		fprintf(stderr, "%lld records are made again from %lld events\n",
		    (long long)done.records, (long long)done.events);
	store_session_close(session);
	return err;
}

struct err *
replay_directory(struct arena *arena, const struct command_options *chosen)
{
	struct config settings;
	struct store *store;
	struct vault vault;
	struct err *err;

	TRY(config_load(arena, chosen->config, environ, &settings));
	TRY(vault_init(arena, secret_reveal(settings.vault_key), random_bytes, &vault));
	TRY(store_pg_open(arena, arena_copy_z(arena, settings.database_url), &store));
	err = rebuild(arena, &vault, store);
	store_close(store);
	return err;
}
