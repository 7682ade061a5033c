#include <stdlib.h>
#include <unistd.h>

#include "support/api_world.h"

/*
 * The whole server, in memory, for the programs of other people that judge it.
 *
 * usage: server_driver
 *
 * It says where it listens, {"url": "http://127.0.0.1:..."}, on a line, and serves until its
 * input ends.  On the way it takes one word a line, and answers each with a line:
 *
 *	settle    wait until there is nothing left to do: {}
 *
 * STRIKE_GRAPHIQL_DIR names the folder with GraphiQL's files, if there is one.  With
 * STRIKE_JUDGE_IMPATIENT it waits less for those who listen, and lets everybody ask often.
 */

static void
adjust(struct server_world *world)
{
	world->settings.graphiql_dir = str_from_z(getenv("STRIKE_GRAPHIQL_DIR"));
	if (getenv("STRIKE_JUDGE_IMPATIENT") == NULL)
		return;
	world->settings.live_init_ms = 1000;
	world->settings.live_stuck_s = 2;
	world->settings.limit_address_burst = 1000000;
	world->settings.limit_user_burst = 1000000;
	world->settings.limit_organisation_burst = 1000000;
}

static void
say(const char *line)
{
	printf("%s\n", line);
	(void)fflush(stdout);
}

int
main(void)
{
	char line[64];

	store_factory_choose("mem");
	arena = arena_create(1u << 20);
	api_world_begin_as(&(struct server_world_options){ .adjust = adjust });
	say(arena_copy_z(
	    arena, arena_printf(arena, "{\"url\":\"%.*s\"}", STR_ARG(server.server_url))));
	while (fgets(line, sizeof(line), stdin) != NULL) {
		if (strcmp(line, "settle\n") == 0) {
			server_world_settle(&server);
			say("{}");
		} else {
			say("{\"error\":\"no such word\"}");
		}
	}
	(void)api_world_end(NULL);
	arena_destroy(arena);
	return 0;
}
