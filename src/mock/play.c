#include <stdio.h>
#include <unistd.h>

#include "mock/play.h"
#include "mock/play_check.h"
#include "runtime/http_client.h"
#include "runtime/random.h"

#define REQUEST_TIMEOUT    SECONDS(10)
#define RESPONSE_BYTES_MAX (4u << 20)
#define SCRATCH_BYTES      (32u << 20)
#define BODY_BYTES_MAX     65536
#define PAGE_EVENTS        100

/* How often a clock that moves by itself is looked at, and a standing one for silence. */
#define WATCH_PAUSE MILLISECONDS(50)
#define DRIVE_PAUSE MILLISECONDS(2)

/* A server that is restarted is back before this. */
#define PATIENCE SECONDS(30)

/* The whole of the API that is spoken here. */
static const char *const create_query =
    "mutation($input: CreateEcoInput!) { createEco(input: $input) { __typename "
    "... on CreateEcoSuccess { eco { id jobNumber } } "
    "... on Refusal { code field message } } }";
static const char *const timeline_query =
    "query($id: ID!, $after: Int) { "
    "timeline(ecoId: $id, after: $after, first: 100) { version at type summary } "
    "eco(id: $id) { status dispatch jobNumber } }";

struct player {
	const struct play_config *config;
	const struct scenario *scenario;
	struct play_result *result;
	struct arena *arena;   /* of the result */
	struct arena *scratch; /* of one request */
	struct http_client *client;
	struct alarm *alarm;
	struct instant end;   /* when "until" must have happened */
	int64_t reached;      /* how often it has */
	struct uuid key;      /* of the command that creates the ECO */
	int64_t last_word_us; /* when everybody last answered, in real time */
};

/* -- talking -- */

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

static struct err *
get(struct player *player, struct str base, const char *path, const struct json **ret)
{
	struct http_call call = { .method = "GET",
		.url = arena_printf(player->scratch, "%.*s%s", STR_ARG(base), path),
		.timeout = REQUEST_TIMEOUT };

	return ask(player, &call, ret);
}

/* Ask the API ${query} as ${identity}; ${*ret} is the answer's data. */
static struct err *
ask_graphql(struct player *player, struct str identity, const char *query, struct str variables,
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

/* Print a line made of parts. */
static void
say(const struct player *player, struct str text)
{
	while (player->config->fd >= 0 && text.len > 0) {
		ssize_t written = write(player->config->fd, text.ptr, text.len);

		if (written <= 0)
			return;
		text.ptr += written;
		text.len -= (size_t)written;
	}
}

/* -- the NOC's part -- */

static struct str
create_variables(struct player *player)
{
	const struct scenario_create *create = &player->scenario->create;
	struct buf buf = buf_in(player->scratch, BODY_BYTES_MAX);
	struct json_writer writer = json_writer(&buf);

	json_begin_map(&writer);
	json_name(&writer, STR("input"));
	json_begin_map(&writer);
	json_member_text(&writer, STR("idempotencyKey"), uuid_text(player->scratch, player->key));
	json_member_raw(&writer, STR("location"),
	    arena_printf(player->scratch, "{\"type\":\"Point\",\"coordinates\":[%.*s,%.*s]}",
		STR_ARG(create->longitude), STR_ARG(create->latitude)));
	json_member_text(&writer, STR("jobType"), create->job_type);
	json_member_text(&writer, STR("description"), create->description);
	json_member_text(&writer, STR("osp"), create->osp);
	json_end_map(&writer);
	json_end_map(&writer);
	CHECK(!buf.overflowed);
	return buf_view(&buf);
}

/* Create the ECO.  A refusal is a failure of the play. */
static struct err *
create_eco(struct player *player)
{
	struct play_result *result = player->result;
	const struct json *data, *payload, *eco;

	TRY(ask_graphql(
	    player, player->scenario->noc, create_query, create_variables(player), &data));
	payload = json_find(data, STR("createEco"));
	eco = json_find(payload, STR("eco"));
	if (eco == NULL) {
		play_fail(player->arena, result, "the ECO was refused: %.*s %.*s: %.*s",
		    STR_ARG(json_text_or(payload, STR("code"), STR("?"))),
		    STR_ARG(json_text_or(payload, STR("field"), STR(""))),
		    STR_ARG(json_text_or(payload, STR("message"), STR("no reason was given"))));
		return NULL;
	}
	result->eco_id = arena_copy(player->arena, json_text_or(eco, STR("id"), STR("")));
	result->job_number =
	    arena_copy(player->arena, json_text_or(eco, STR("jobNumber"), STR("")));
	return NULL;
}

/* "02:14:07" of an RFC 3339 moment. */
static struct str
time_of_day(struct str at)
{
	return at.len < 19 ? at : (struct str){ at.ptr + 11, 8 };
}

/* Take one entry of the timeline: keep it, print it, see whether it is what we wait for. */
static void
take_event(struct player *player, const struct json *entry)
{
	struct play_result *result = player->result;
	struct play_event *event;

	if (result->event_count == PLAY_EVENTS_MAX)
		return;
	event = &result->events[result->event_count++];
	event->version = json_int_or(entry, STR("version"), 0);
	event->at = arena_copy(player->arena, json_text_or(entry, STR("at"), STR("")));
	event->type = arena_copy(player->arena, json_text_or(entry, STR("type"), STR("")));
	event->summary = arena_copy(player->arena, json_text_or(entry, STR("summary"), STR("")));
	say(player,
	    arena_printf(player->scratch, "%.*s  %-22.*s  %.*s\n", STR_ARG(time_of_day(event->at)),
		STR_ARG(event->type), STR_ARG(event->summary)));
	if (play_matches(&player->scenario->until.event, event))
		player->reached++;
}

/* Copy ${text} only when it has changed: it is read again and again. */
static void
keep_text(struct arena *arena, struct str text, struct str *ret)
{
	if (!str_equal(text, *ret))
		*ret = arena_copy(arena, text);
}

/* One page of what is new; ${*ret_more} when there may be another. */
static struct err *
read_page(struct player *player, bool *ret_more)
{
	struct play_result *result = player->result;
	int64_t after =
	    result->event_count == 0 ? 0 : result->events[result->event_count - 1].version;
	const struct json *data, *entries, *eco;

	TRY(ask_graphql(player, player->scenario->watch, timeline_query,
	    arena_printf(player->scratch, "{\"id\":\"%.*s\",\"after\":%lld}",
		STR_ARG(result->eco_id), (long long)after),
	    &data));
	entries = json_find(data, STR("timeline"));
	if (entries == NULL || entries->type != JSON_LIST)
		return ERR(player->scratch, ERR_CORRUPT, "the timeline cannot be read by %.*s",
		    STR_ARG(player->scenario->watch));
	for (size_t i = 0; i < entries->list.count; i++)
		take_event(player, &entries->list.items[i]);
	*ret_more = entries->list.count == PAGE_EVENTS && result->event_count < PLAY_EVENTS_MAX;
	eco = json_find(data, STR("eco"));
	keep_text(player->arena, json_text_or(eco, STR("status"), STR("")), &result->status);
	keep_text(player->arena, json_text_or(eco, STR("dispatch"), STR("")), &result->dispatch);
	return NULL;
}

static struct err *
read_timeline(struct player *player)
{
	bool more = true;

	while (more) {
		arena_reset(player->scratch);
		TRY(read_page(player, &more));
	}
	return NULL;
}

/* -- driving a standing clock -- */

/* When one side has something to do next; ${*ret_quiet} unless it has something now. */
static struct err *
ask_quiet(struct player *player, struct str base, const char *path, bool *ret_quiet,
    struct instant *ret_due)
{
	const struct json *answer;

	TRY(get(player, base, path, &answer));
	*ret_quiet = json_bool_or(answer, STR("quiet"), false);
	if (!instant_parse(json_text_or(answer, STR("nextDue"), STR("")), ret_due))
		ret_due->us = INT64_MAX;
	return NULL;
}

/*
 * Whether both sides are silent, and when the first of them goes on.  Each is
 * asked twice, crosswise: what one hands to the other between two questions
 * shows in the second round.
 */
static struct err *
ask_both(struct player *player, bool *ret_quiet, struct instant *ret_due)
{
	struct instant server_due = { 0 }, mock_due = { 0 };
	bool server_quiet = true, mock_quiet = true;

	*ret_quiet = true;
	for (int round = 0; round < 2 && *ret_quiet; round++) {
		arena_reset(player->scratch);
		TRY(ask_quiet(
		    player, player->config->server_url, "/dev/quiet", &server_quiet, &server_due));
		TRY(ask_quiet(
		    player, player->config->mock_url, "/control/quiet", &mock_quiet, &mock_due));
		*ret_quiet = server_quiet && mock_quiet;
	}
	*ret_due = server_due.us < mock_due.us ? server_due : mock_due;
	return NULL;
}

/* Move the clock to ${due}; the play has failed when that is never, or too late. */
static bool
advance(struct player *player, struct instant due)
{
	struct duration by = instant_since(due, clock_now(player->config->clock));

	if (due.us == INT64_MAX) {
		play_fail(player->arena, player->result,
		    "nothing is due any more, and %.*s has not happened",
		    STR_ARG(player->scenario->until.event.type));
		return false;
	}
	if (due.us > player->end.us) {
		play_fail(player->arena, player->result, "%.*s did not happen in time",
		    STR_ARG(player->scenario->until.event.type));
		return false;
	}
	clock_advance(player->config->clock, by.us < 0 ? SECONDS(0) : by);
	return true;
}

/* -- the play -- */

/* Let some time pass: a look at a moving clock, the next moment of a standing one. */
static struct err *
let_time_pass(struct player *player, bool *ret_go_on)
{
	struct instant due = { 0 };
	bool quiet = false;

	*ret_go_on = true;
	if (clock_speed(player->config->clock) > 0) {
		alarm_wait(player->alarm, player->end, WATCH_PAUSE);
		return read_timeline(player);
	}
	TRY(ask_both(player, &quiet, &due));
	if (!quiet) {
		alarm_wait(player->alarm, (struct instant){ INT64_MAX }, DRIVE_PAUSE);
		return NULL;
	}
	TRY(read_timeline(player));
	if (player->reached >= player->scenario->until.times)
		return NULL;
	*ret_go_on = advance(player, due);
	if (*ret_go_on)
		player->last_word_us = clock_monotonic_us();
	return NULL;
}

/* Follow the timeline until it says what we wait for, or it is too late. */
static struct err *
follow(struct player *player)
{
	bool go_on = true;

	player->last_word_us = clock_monotonic_us();
	while (go_on && player->reached < player->scenario->until.times) {
		struct err *fault = let_time_pass(player, &go_on);

		/* Somebody may be restarting: only a lasting silence ends the play. */
		if (fault == NULL && clock_speed(player->config->clock) > 0)
			player->last_word_us = clock_monotonic_us();
		if (clock_monotonic_us() - player->last_word_us > PATIENCE.us)
			return fault != NULL
				   ? fault
				   : ERR(player->scratch, ERR_UNAVAILABLE,
					 "the server and the mock world do not come to rest");
		if (fault != NULL)
			alarm_wait(player->alarm, player->end, WATCH_PAUSE);
		if (go_on && player->reached < player->scenario->until.times &&
		    clock_now(player->config->clock).us > player->end.us) {
			play_fail(player->arena, player->result, "%.*s did not happen in time",
			    STR_ARG(player->scenario->until.event.type));
			go_on = false;
		}
	}
	return NULL;
}

/* Read the mock world's whole journal. */
static struct err *
read_journal(struct player *player, struct play_journal *ret)
{
	int64_t after = 0, last = 1;

	ret->at = arena_array(player->arena, struct play_traffic, PLAY_NUMBERS_MAX);
	ret->count = 0;
	if (ret->at == NULL)
		return ERR(player->scratch, ERR_LIMIT, "the journal does not fit into memory");
	while (after < last) {
		const struct json *answer, *entries;
		char path[64];
		struct buf buf = buf_over(path, sizeof(path));

		arena_reset(player->scratch);
		buf_printf(&buf, "/control/journal?after=%lld", (long long)after);
		buf_char(&buf, '\0');
		TRY(get(player, player->config->mock_url, path, &answer));
		entries = json_find(answer, STR("entries"));
		last = json_int_or(answer, STR("last"), 0);
		if (entries == NULL || entries->type != JSON_LIST || entries->list.count == 0)
			return NULL;
		for (size_t i = 0; i < entries->list.count; i++)
			play_journal_add(player->arena, ret, &entries->list.items[i]);
		after += (int64_t)entries->list.count;
	}
	return NULL;
}

/* Do ${step} until it succeeds, as long as the server is only away. */
static struct err *
insist(struct player *player, struct err *(*step)(struct player *))
{
	int64_t until = clock_monotonic_us() + PATIENCE.us;

	for (;;) {
		struct err *fault;

		arena_reset(player->scratch);
		fault = step(player);
		if (fault == NULL || clock_monotonic_us() > until ||
		    (fault->kind != ERR_UNAVAILABLE && fault->kind != ERR_UNCERTAIN))
			return fault;
		alarm_wait(player->alarm, (struct instant){ INT64_MAX }, WATCH_PAUSE);
	}
}

/* From the first request to the verdict. */
static struct err *
play_through(struct player *player)
{
	struct play_journal journal;

	TRY(insist(player, create_eco));
	if (!player->result->passed)
		return NULL;
	player->end =
	    instant_plus(clock_now(player->config->clock), player->scenario->until.within);
	TRY(follow(player));
	TRY(insist(player, read_timeline));
	TRY(read_journal(player, &journal));
	play_check(player->arena, player->scenario, &journal, player->result);
	say(player, arena_printf(player->scratch, "ECO %.*s %.*s\n",
			STR_ARG(player->result->job_number), STR_ARG(player->result->status)));
	return NULL;
}

struct err *
play(struct arena *arena, const struct play_config *config, struct play_result *ret)
{
	struct http_client_config client = {
		.allow_http = true, .connections_max = 4, .response_bytes_max = RESPONSE_BYTES_MAX
	};
	struct player player = { .config = config,
		.scenario = config->scenario,
		.result = ret,
		.arena = arena,
		.scratch = arena_create(SCRATCH_BYTES),
		.client = http_client_create(&client),
		.key = random_uuid(clock_system_now()),
		.alarm = alarm_create(config->clock) };
	struct err *fault;

	CHECK(config->scenario->create.present);
	*ret = (struct play_result){ .passed = true,
		.events = arena_array(arena, struct play_event, PLAY_EVENTS_MAX) };
	if (ret->events == NULL)
		fault = ERR(arena, ERR_LIMIT, "the play does not fit into memory");
	else
		fault = play_through(&player);
	if (fault != NULL) {
		char memory[2048];
		struct buf buf = buf_over(memory, sizeof(memory));

		/* The fault lives in the scratch, which goes now. */
		err_format(fault, &buf);
		fault = ERR(arena, fault->kind, "the scenario could not be played: %.*s",
		    STR_ARG(buf_view(&buf)));
	}
	alarm_destroy(player.alarm);
	http_client_destroy(player.client);
	arena_destroy(player.scratch);
	return fault;
}
