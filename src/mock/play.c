#include "mock/play_internal.h"
#include "runtime/random.h"

#define RESPONSE_BYTES_MAX (4u << 20)
#define SCRATCH_BYTES      (32u << 20)
#define BODY_BYTES_MAX     65536
#define PAGE_EVENTS        100
#define OTHER_EVENTS_MAX   2000

/* How often a clock that moves by itself is looked at, and a standing one for silence. */
#define WATCH_PAUSE MILLISECONDS(50)
#define DRIVE_PAUSE MILLISECONDS(2)

/* A server that is restarted is back before this. */
#define PATIENCE SECONDS(30)

static const char *const create_query =
    "mutation($input: CreateEcoInput!) { createEco(input: $input) { __typename "
    "... on CreateEcoSuccess { eco { id jobNumber } } "
    "... on Refusal { code field message } } }";
static const char *const timeline_query =
    "query($id: ID!, $after: Int) { "
    "timeline(ecoId: $id, after: $after, first: 100) { version at type summary } "
    "eco(id: $id) { status dispatch integration jobNumber osp { handle } } }";

/* -- creating -- */

static struct str
create_variables(struct player *player, const struct scenario_create *create, struct uuid key)
{
	struct buf buf = buf_in(player->scratch, BODY_BYTES_MAX);
	struct json_writer writer = json_writer(&buf);

	json_begin_map(&writer);
	json_name(&writer, STR("input"));
	json_begin_map(&writer);
	json_member_text(&writer, STR("idempotencyKey"), uuid_text(player->scratch, key));
	json_member_raw(&writer, STR("location"),
	    arena_printf(player->scratch, "{\"type\":\"Point\",\"coordinates\":[%.*s,%.*s]}",
		STR_ARG(create->longitude), STR_ARG(create->latitude)));
	json_member_text(&writer, STR("jobType"), create->job_type);
	json_member_text(&writer, STR("description"), create->description);
	json_member_text(&writer, STR("osp"), create->osp);
	if (create->exercise)
		json_member_bool(&writer, STR("exercise"), true);
	json_end_map(&writer);
	json_end_map(&writer);
	CHECK(!buf.overflowed);
	return buf_view(&buf);
}

struct err *
player_create(struct player *player, const struct scenario_create *create, struct uuid key,
    struct play_eco *ret)
{
	struct str noc = str_empty(create->by) ? player->scenario->noc : create->by;
	const struct json *data, *payload, *eco;

	TRY(player_ask(player, noc, create_query, create_variables(player, create, key), &data));
	payload = json_find(data, STR("createEco"));
	eco = json_find(payload, STR("eco"));
	if (eco == NULL) {
		play_fail(player->arena, player->result, "the ECO was refused: %.*s %.*s: %.*s",
		    STR_ARG(json_text_or(payload, STR("code"), STR("?"))),
		    STR_ARG(json_text_or(payload, STR("field"), STR(""))),
		    STR_ARG(json_text_or(payload, STR("message"), STR("no reason was given"))));
		return NULL;
	}
	ret->name = create->name;
	ret->eco_id = arena_copy(player->arena, json_text_or(eco, STR("id"), STR("")));
	ret->job_number = arena_copy(player->arena, json_text_or(eco, STR("jobNumber"), STR("")));
	ret->osp = create->osp;
	/* Its own contractor sees most of it. */
	ret->watch = str_empty(create->name)
			 ? player->scenario->watch
			 : arena_printf(player->arena, "dispatcher@%.*s", STR_ARG(create->osp));
	return NULL;
}

static struct err *
create_first(struct player *player)
{
	return player_create(player, &player->scenario->create, player->key, player->result->ecos);
}

struct play_eco *
player_find_eco(struct player *player, struct str name)
{
	for (size_t i = 0; i < player->result->eco_count; i++)
		if (str_equal(player->result->ecos[i].name, name))
			return &player->result->ecos[i];
	return NULL;
}

/* -- watching -- */

/* "02:14:07" of an RFC 3339 moment. */
static struct str
time_of_day(struct str at)
{
	return at.len < 19 ? at : (struct str){ at.ptr + 11, 8 };
}

/* Take one entry of a timeline: keep it, print it, see whether it is what we wait for. */
static void
take_event(struct player *player, struct play_eco *eco, const struct json *entry)
{
	const struct scenario_until *until = &player->scenario->until;
	struct play_event *event;

	if (eco->event_count == eco->events_max)
		return;
	event = &eco->events[eco->event_count++];
	event->version = json_int_or(entry, STR("version"), 0);
	event->at = arena_copy(player->arena, json_text_or(entry, STR("at"), STR("")));
	event->type = arena_copy(player->arena, json_text_or(entry, STR("type"), STR("")));
	event->summary = arena_copy(player->arena, json_text_or(entry, STR("summary"), STR("")));
	player_say(player,
	    arena_printf(player->scratch, "%.*s  %-22.*s  %.*s%s%.*s\n",
		STR_ARG(time_of_day(event->at)), STR_ARG(event->type), STR_ARG(event->summary),
		str_empty(eco->name) ? "" : "  -- ", STR_ARG(eco->name)));
	if (str_equal(eco->name, until->eco) && !str_empty(until->event.type) &&
	    play_matches(&until->event, event))
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
read_page(struct player *player, struct play_eco *eco, bool *ret_more)
{
	int64_t after = eco->event_count == 0 ? 0 : eco->events[eco->event_count - 1].version;
	const struct json *data, *entries, *found;

	TRY(player_ask(player, eco->watch, timeline_query,
	    arena_printf(player->scratch, "{\"id\":\"%.*s\",\"after\":%lld}", STR_ARG(eco->eco_id),
		(long long)after),
	    &data));
	entries = json_find(data, STR("timeline"));
	if (entries == NULL || entries->type != JSON_LIST)
		return ERR(player->scratch, ERR_CORRUPT, "the timeline cannot be read by %.*s",
		    STR_ARG(eco->watch));
	for (size_t i = 0; i < entries->list.count; i++)
		take_event(player, eco, &entries->list.items[i]);
	*ret_more = entries->list.count == PAGE_EVENTS && eco->event_count < eco->events_max;
	found = json_find(data, STR("eco"));
	keep_text(player->arena, json_text_or(found, STR("status"), STR("")), &eco->status);
	keep_text(player->arena, json_text_or(found, STR("dispatch"), STR("")), &eco->dispatch);
	keep_text(
	    player->arena, json_text_or(found, STR("integration"), STR("")), &eco->integration);
	keep_text(player->arena,
	    json_text_or(json_find(found, STR("osp")), STR("handle"), eco->osp), &eco->osp);
	return NULL;
}

static struct err *
read_timelines(struct player *player)
{
	struct play_result *result = player->result;

	for (size_t i = 0; i < result->eco_count; i++) {
		bool more = true;

		while (more) {
			arena_reset(player->scratch);
			TRY(read_page(player, &result->ecos[i], &more));
		}
	}
	result->eco_id = result->ecos[0].eco_id;
	result->job_number = result->ecos[0].job_number;
	result->status = result->ecos[0].status;
	result->dispatch = result->ecos[0].dispatch;
	result->events = result->ecos[0].events;
	result->event_count = result->ecos[0].event_count;
	return NULL;
}

/* -- driving a standing clock -- */

/* When one side has something to do next; ${*ret_quiet} unless it has something now. */
static struct err *
ask_quiet(struct player *player, struct str base, const char *path, bool *ret_quiet,
    struct instant *ret_due)
{
	const struct json *answer;

	TRY(player_get(player, base, path, &answer));
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

/* Until when the play goes on: until the event, or as long as it says behind it. */
static bool
has_reached(const struct player *player)
{
	const struct scenario_until *until = &player->scenario->until;

	return !str_empty(until->event.type) && player->reached >= until->times;
}

static bool
is_over(const struct player *player)
{
	struct instant now = clock_now(player->config->clock);

	if (str_empty(player->scenario->until.event.type))
		return now.us >= player->end.us;
	return has_reached(player) && (player->more.us == 0 || now.us >= player->more.us);
}

/* From the moment the event has come the play goes on for as long as it says. */
static void
note_reached(struct player *player)
{
	if (has_reached(player) && player->more.us == 0 && player->scenario->until.more.us > 0)
		player->more =
		    instant_plus(clock_now(player->config->clock), player->scenario->until.more);
}

/* Move the clock to ${due}; the play has failed when that is never, or too late. */
static bool
advance(struct player *player, struct instant due)
{
	struct instant limit = player->more.us != 0 ? player->more : player->end;
	bool must_come = !str_empty(player->scenario->until.event.type) && !has_reached(player);
	struct duration by;

	if (due.us > limit.us && !must_come)
		due = limit;
	if (due.us == INT64_MAX) {
		play_fail(player->arena, player->result,
		    "nothing is due any more, and %.*s has not happened",
		    STR_ARG(player->scenario->until.event.type));
		return false;
	}
	if (due.us > limit.us) {
		play_fail(player->arena, player->result, "%.*s did not happen in time",
		    STR_ARG(player->scenario->until.event.type));
		return false;
	}
	by = instant_since(due, clock_now(player->config->clock));
	clock_advance(player->config->clock, by.us < 0 ? SECONDS(0) : by);
	return true;
}

/* -- the play -- */

/* A moving clock is looked at now and then. */
static struct err *
watch(struct player *player)
{
	struct instant act = player_next_act(player);
	bool did;

	alarm_wait(player->alarm, act.us < player->end.us ? act : player->end, WATCH_PAUSE);
	TRY(read_timelines(player));
	note_reached(player);
	return player_act(player, &did);
}

/* Let some time pass: a look at a moving clock, the next moment of a standing one. */
static struct err *
let_time_pass(struct player *player, bool *ret_go_on)
{
	struct instant due = { 0 }, act;
	bool quiet = false, did = false;

	*ret_go_on = true;
	if (clock_speed(player->config->clock) > 0)
		return watch(player);
	TRY(ask_both(player, &quiet, &due));
	if (!quiet) {
		alarm_wait(player->alarm, (struct instant){ INT64_MAX }, DRIVE_PAUSE);
		return NULL;
	}
	TRY(read_timelines(player));
	note_reached(player);
	TRY(player_act(player, &did));
	if (did || is_over(player))
		return NULL;
	act = player_next_act(player);
	*ret_go_on = advance(player, act.us < due.us ? act : due);
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
	while (go_on && !is_over(player)) {
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
		if (go_on && !is_over(player) && !has_reached(player) &&
		    clock_now(player->config->clock).us > player->end.us) {
			play_fail(player->arena, player->result, "%.*s did not happen in time",
			    STR_ARG(player->scenario->until.event.type));
			go_on = false;
		}
	}
	return NULL;
}

/* Read the mock world's journal of this night. */
static struct err *
read_journal(struct player *player, struct play_journal *ret)
{
	int64_t after = player->journal_before, last = after + 1;

	TRY(play_journal_begin(player->arena, ret));
	while (after < last) {
		const struct json *answer, *entries;
		char path[64];
		struct buf buf = buf_over(path, sizeof(path));

		arena_reset(player->scratch);
		buf_printf(&buf, "/control/journal?after=%lld", (long long)after);
		buf_char(&buf, '\0');
		TRY(player_get(player, player->config->mock_url, path, &answer));
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

/* Settle what is settled before, move a virtual clock to the beginning, and tell the world. */
static struct err *
begin_night(struct player *player)
{
	struct instant now = clock_now(player->config->clock);
	const struct json *answer;
	struct str body, reason;

	TRY(player_prepare(player));
	if (player->scenario->begins_set && clock_speed(player->config->clock) == 0 &&
	    player->scenario->begins.us > now.us) {
		clock_advance(player->config->clock, instant_since(player->scenario->begins, now));
		TRY(player_settle_down(player));
	}
	TRY(player_control(player, "/control/begin", STR(""), &body));
	if (json_parse(player->scratch, body, &answer, &reason))
		player->journal_before = json_int_or(answer, STR("journal"), 0);
	return NULL;
}

/* Ask how many ECOs of the storm stand in each state that an expectation names. */
static struct err *
check_storm(struct player *player)
{
	for (size_t i = 0; i < player->scenario->expect_count; i++) {
		const struct scenario_expect *expect = &player->scenario->expects[i];
		const struct json *data;
		int64_t count;

		if (expect->kind != SCENARIO_EXPECT_STORM)
			continue;
		arena_reset(player->scratch);
		TRY(player_ask(player, player->scenario->noc,
		    "query($f: EcoFilter) { ecos(first: 1, filter: $f) { totalCount } }",
		    arena_printf(player->scratch, "{\"f\":{\"dispatch\":[\"%.*s\"]}}",
			STR_ARG(expect->word)),
		    &data));
		count = json_int_or(json_find(data, STR("ecos")), STR("totalCount"), 0);
		for (size_t j = 0; j < player->result->eco_count; j++)
			count -= str_equal(player->result->ecos[j].dispatch, expect->word);
		play_check_count(player->arena, expect, count, "ECOs of the storm", player->result);
	}
	return NULL;
}

/* From the first request to the verdict. */
static struct err *
play_through(struct player *player)
{
	struct play_journal journal;

	TRY(begin_night(player));
	if (!player->result->passed)
		return NULL;
	TRY(insist(player, create_first));
	if (!player->result->passed)
		return NULL;
	player->result->eco_count = 1;
	player->created = clock_now(player->config->clock);
	player->end = instant_plus(player->created, player->scenario->until.within);
	TRY(follow(player));
	TRY(insist(player, read_timelines));
	TRY(insist(player, check_storm));
	TRY(read_journal(player, &journal));
	play_check(
	    player->arena, player->scenario, &journal, player->config->rough, player->result);
	player_say(
	    player, arena_printf(player->scratch, "ECO %.*s %.*s\n",
			STR_ARG(player->result->job_number), STR_ARG(player->result->status)));
	return NULL;
}

/* Room for the timelines of all ECOs that have a place. */
static bool
make_room(struct arena *arena, struct play_result *result)
{
	for (size_t i = 0; i < COUNT_OF(result->ecos); i++) {
		result->ecos[i].events_max = i == 0 ? PLAY_EVENTS_MAX : OTHER_EVENTS_MAX;
		result->ecos[i].events =
		    arena_array(arena, struct play_event, result->ecos[i].events_max);
	}
	return !arena_exhausted(arena);
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
	*ret = (struct play_result){ .passed = true };
	if (!make_room(arena, ret))
		fault = ERR(player.scratch, ERR_LIMIT, "the play does not fit into memory");
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
