#include <unistd.h>

#include "mock/play_internal.h"

#define REQUEST_TIMEOUT SECONDS(10)
#define BODY_BYTES_MAX  65536

/* How long nobody may be at rest, in real time, and how often that is looked at. */
#define PATIENCE_US INT64_C(30000000)
#define LOOK_PAUSE  MILLISECONDS(2)

/* Send a request and read the JSON of its answer, which must be 200; both in the scratch. */
static struct err *
ask(struct player *player, const struct http_call *call, const struct json **ret)
{
	struct http_answer answer;
	struct str reason;

	TRY(http_client_send(player->client, player->scratch, call, &answer));
	if (answer.status != 200)
		return ERR(player->scratch, answer.status < 500 ? ERR_CORRUPT : ERR_UNAVAILABLE,
		    "%.*s answered %d: %.*s", STR_ARG(call->url), answer.status,
		    (int)(answer.body.len > 500 ? 500 : answer.body.len), answer.body.ptr);
	if (!json_parse(player->scratch, answer.body, ret, &reason))
		return ERR(player->scratch, ERR_CORRUPT, "%.*s: %.*s", STR_ARG(call->url),
		    STR_ARG(reason));
	return NULL;
}

struct err *
player_get(struct player *player, struct str base, const char *path, const struct json **ret)
{
	struct http_call call = { .method = "GET",
		.url = arena_printf(player->scratch, "%.*s%s", STR_ARG(base), path),
		.timeout = REQUEST_TIMEOUT };

	return ask(player, &call, ret);
}

struct err *
player_ask(struct player *player, struct str identity, const char *query, struct str variables,
    const struct json **ret)
{
	struct buf body = buf_in(player->scratch, BODY_BYTES_MAX);
	struct json_writer writer = json_writer(&body);
	struct http_header headers[] = {
		{ STR("Content-Type"), STR("application/json") },
		{ STR("Accept"), STR("application/json") },
		{ STR("Strike-Development-Identity"), identity },
	};
	struct http_call call = { .method = "POST",
		.url = arena_printf(
		    player->scratch, "%.*s/graphql", STR_ARG(player->config->server_url)),
		.headers = headers,
		.header_count = COUNT_OF(headers),
		.timeout = REQUEST_TIMEOUT };
	const struct json *answer, *errors;

	json_begin_map(&writer);
	json_member_text(&writer, STR("query"), str_from_z(query));
	json_member_raw(&writer, STR("variables"), variables);
	json_end_map(&writer);
	CHECK(!body.overflowed);
	call.body = buf_view(&body);
	TRY(ask(player, &call, &answer));
	errors = json_find(answer, STR("errors"));
	if (errors != NULL && errors->type == JSON_LIST && errors->list.count > 0)
		return ERR(player->scratch, ERR_CORRUPT, "the API says: %.*s",
		    STR_ARG(
			json_text_or(&errors->list.items[0], STR("message"), STR("no message"))));
	*ret = json_find(answer, STR("data"));
	return NULL;
}

struct err *
player_control(struct player *player, const char *path, struct str form, struct str *ret_body)
{
	struct http_header headers[] = {
		{ STR("Content-Type"), STR("application/x-www-form-urlencoded") },
	};
	struct http_call call = { .method = "POST",
		.url = arena_printf(
		    player->scratch, "%.*s%s", STR_ARG(player->config->mock_url), path),
		.headers = headers,
		.header_count = COUNT_OF(headers),
		.body = str_empty(form) ? STR("x=") : form,
		.timeout = REQUEST_TIMEOUT };
	struct http_answer answer;

	TRY(http_client_send(player->client, player->scratch, &call, &answer));
	if (answer.status != 200)
		return ERR(player->scratch, ERR_CORRUPT, "the mock world answered %s with %d: %.*s",
		    path, answer.status, STR_ARG(answer.body));
	*ret_body = answer.body;
	return NULL;
}

struct str
player_identity(struct player *player, const char *role, struct str organisation)
{
	return arena_printf(player->scratch, "%s@%.*s", role, STR_ARG(organisation));
}

struct str
player_organisation(struct str identity)
{
	(void)str_cut(&identity, '@');
	return identity;
}

struct err *
player_settle_down(struct player *player)
{
	int64_t until = clock_monotonic_us() + PATIENCE_US;
	int quiet = 0;

	/* Twice in a row, so that what passes from one to the other is not overlooked. */
	while (quiet < 2) {
		struct arena_mark mark = arena_mark(player->scratch);
		const struct json *server, *mock;

		TRY(player_get(player, player->config->server_url, "/dev/quiet", &server));
		TRY(player_get(player, player->config->mock_url, "/control/quiet", &mock));
		quiet = json_bool_or(server, STR("quiet"), false) &&
				json_int_or(mock, STR("pending"), 1) == 0 &&
				json_int_or(mock, STR("inFlight"), 1) == 0
			    ? quiet + 1
			    : 0;
		arena_release(player->scratch, mark);
		if (clock_monotonic_us() > until)
			return ERR(player->scratch, ERR_UNAVAILABLE,
			    "the server and the mock world do not come to rest");
		if (quiet == 0)
			alarm_wait(player->alarm, (struct instant){ INT64_MAX }, LOOK_PAUSE);
	}
	return NULL;
}

void
player_say(const struct player *player, struct str text)
{
	while (player->config->fd >= 0 && text.len > 0) {
		ssize_t written = write(player->config->fd, text.ptr, text.len);

		if (written <= 0)
			return;
		text.ptr += written;
		text.len -= (size_t)written;
	}
}
