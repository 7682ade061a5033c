#include "graphql_server.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "bench_commands.h"
#include "bench_peer.h"
#include "bin/development.h"

#define READY_LOOKS 600
#define LOOK_NS     50000000

static char *
word(struct graphql_bench *bench, const char *text)
{
	return arena_copy_z(bench->arena, str_from_z(text));
}

struct err *
graphql_server_token(struct graphql_bench *bench, struct str *ret)
{
	struct str log = arena_printf(bench->arena, "%s/graphql-token.log", bench->results);
	const char *program;
	struct str said;

	TRY(world_setting(bench->arena, "STRIKE_TEST_BIN", &program));
	TRY(command_run(bench->arena,
	    (char *[]){ word(bench, program), word(bench, "token"), word(bench, "issue"),
		word(bench, "--org=lone-star-noc"), word(bench, "--user=operator"),
		word(bench, "--name=bench"), word(bench, "--scopes=*"),
		word(bench, "--expires=2027-06-01T00:00:00Z"), NULL },
	    log.ptr, &said));
	*ret = arena_printf(bench->arena, "Authorization: Bearer %.*s\r\n", STR_ARG(said));
	return NULL;
}

struct err *
graphql_server_ours(struct graphql_bench *bench, struct world *world, struct graphql_server *ret)
{
	struct str url = world->server_url;
	int64_t port;

	while (str_find(url, STR(":")) != SIZE_MAX)
		(void)str_cut(&url, ':');
	if (!str_parse_i64(url, &port))
		return ERR(bench->arena, ERR_CORRUPT, "the address of the server has no port");
	*ret = (struct graphql_server){
		.name = "Strike", .port = (uint16_t)port, .pid = world->server, .runs = true
	};
	return NULL;
}

static struct err *
wait_ready(struct graphql_bench *bench, const struct graphql_server *server, const char *log)
{
	const char *url =
	    arena_printf(bench->arena, "http://127.0.0.1:%u/health", server->port).ptr;

	for (int i = 0; i < READY_LOOKS; i++) {
		if (development_is_ready(bench->arena, url))
			return NULL;
		(void)nanosleep(&(struct timespec){ .tv_nsec = LOOK_NS }, NULL);
	}
	return ERR(bench->arena, ERR_UNAVAILABLE, "%s does not answer: see %s", server->name, log);
}

struct err *
graphql_server_start(struct graphql_bench *bench, struct world *world,
    struct graphql_server *server, size_t connections)
{
	const char *log = arena_printf(bench->arena, "%s/%s-%s.log", bench->results,
	    server->arguments[1], server->arguments[2])
			      .ptr;
	char *argv[] = { word(bench, peer_node(bench->arena, bench->results)),
		word(bench,
		    arena_printf(bench->arena, "%s/peers/%s", bench->results, server->arguments[0])
			.ptr),
		word(bench, server->arguments[1]), NULL, word(bench, server->arguments[2]),
		word(bench, arena_printf(bench->arena, "%zu", connections).ptr), NULL };

	(void)unlink(log);
	TRY(development_find_port(bench->arena, 0, &server->port));
	argv[3] = word(bench, arena_printf(bench->arena, "%u", server->port).ptr);
	peer_point_at(bench->arena, &world->database);
	TRY(command_start(bench->arena, argv, log, NULL, &server->pid));
	server->runs = true;
	return wait_ready(bench, server, log);
}

void
graphql_server_stop(struct graphql_server *server)
{
	if (server->runs && server->arguments[0] != NULL)
		command_stop(&server->pid);
	server->runs = false;
}
