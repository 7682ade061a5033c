#include "bin/development.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bin/files.h"
#include "runtime/http_client.h"

#define LOOK_TIMEOUT SECONDS(5)

_Static_assert(SCENARIO_TEXT_BYTES_MAX <= FILES_BYTES_MAX, "a scenario is read whole");

static void
close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static bool
is_path(const char *name)
{
	size_t length = strlen(name);

	return strchr(name, '/') != NULL || (length > 4 && strcmp(name + length - 4, ".scn") == 0);
}

struct err *
development_read_scenario(
    struct arena *arena, const char *folder, const char *name, struct scenario *ret)
{
	struct str path = is_path(name) ? arena_printf(arena, "%s", name)
					: arena_printf(arena, "%s/%s.scn", folder, name);
	struct str text;
	struct err *err;

	err = files_read(arena, path.ptr, &text);
	if (err != NULL)
		return err_explain(err, STR(""),
		    STR("The scenarios are the .scn files of the folder scenarios/; run from the "
			"project's root or give --scenarios FOLDER."));
	err = scenario_parse(arena, text, ret);
	if (err != NULL)
		return ERR_WRAP(arena, err, "could not read the scenario %s", path.ptr);
	return NULL;
}

struct str
development_clock_from_now(struct arena *arena, const char *speed)
{
	if (strcmp(speed, "1") == 0)
		return STR("real");
	return arena_printf(
	    arena, "scaled:%s:%.*s", speed, STR_ARG(instant_text(arena, clock_system_now())));
}

/* Bind to ${port} and let go again; 0 finds a free one. */
static bool
try_port(uint16_t port, uint16_t *ret)
{
	CLEANUP(close_fd) int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t length = sizeof(address);
	int on = 1;

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
	    bind(fd, (struct sockaddr *)&address, length) != 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &length) != 0)
		return false;
	*ret = ntohs(address.sin_port);
	return true;
}

struct err *
development_find_port(struct arena *arena, uint16_t preferred, uint16_t *ret)
{
	if (try_port(preferred, ret) || try_port(0, ret))
		return NULL;
	return ERR(arena, ERR_UNAVAILABLE, "no free port on 127.0.0.1: %s", strerror(errno));
}

bool
development_is_ready(struct arena *arena, const char *url)
{
	struct http_client *client = http_client_create(&(struct http_client_config){
	    .allow_http = true, .connections_max = 1, .response_bytes_max = 65536 });
	struct http_call call = {
		.method = "GET", .url = str_from_z(url), .timeout = LOOK_TIMEOUT
	};
	struct arena_mark mark = arena_mark(arena);
	struct http_answer answer;
	bool ready;

	ready = http_client_send(client, arena, &call, &answer) == NULL && answer.status == 200;
	arena_release(arena, mark);
	http_client_destroy(client);
	return ready;
}
