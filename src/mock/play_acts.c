#include "mock/play_internal.h"
#include "mock/scenario_deed.h"
#include "runtime/random.h"

#define BODY_BYTES_MAX 65536

/* -- when -- */

/* The moment of ${when}; false when it is not known yet. */
static bool
find_moment(const struct player *player, const struct scenario_when *when, struct instant *ret)
{
	const struct play_eco *first = &player->result->ecos[0];
	int64_t seen = 0;

	if (when->kind == SCENARIO_BEFORE)
		return false;
	if (when->kind == SCENARIO_AFTER_CREATION) {
		*ret = instant_plus(player->created, when->after);
		return player->result->eco_count > 0;
	}
	for (size_t i = 0; i < first->event_count; i++) {
		if (!play_matches(&when->event, &first->events[i]) || ++seen < when->number)
			continue;
		if (!instant_parse(first->events[i].at, ret))
			return false;
		*ret = instant_plus(*ret, when->after);
		return true;
	}
	return false;
}

/* When the next ECO of the storm ${act} is to be created. */
static struct instant
next_of_storm(const struct player *player, const struct scenario_act *act)
{
	int64_t us = act->during.us / act->count * player->storm_done;

	return instant_plus(player->created, (struct duration){ us });
}

struct instant
player_next_act(const struct player *player)
{
	const struct scenario *scenario = player->scenario;
	struct instant next = { INT64_MAX }, due;

	for (size_t i = 0; i < scenario->act_count; i++) {
		if (player->acts_done[i] || !find_moment(player, &scenario->acts[i].when, &due))
			continue;
		if (scenario->acts[i].kind == SCENARIO_ACT_STORM)
			due = next_of_storm(player, &scenario->acts[i]);
		next = due.us < next.us ? due : next;
	}
	for (size_t i = 0; i < scenario->inbound_count; i++)
		if (!player->inbounds_done[i] &&
		    scenario->inbounds[i].when.kind == SCENARIO_AFTER_EVENT &&
		    find_moment(player, &scenario->inbounds[i].when, &due))
			next = due.us < next.us ? due : next;
	return next;
}

/* -- deeds -- */

void
player_judge(struct player *player, const struct scenario_act *act, const struct json *payload)
{
	struct str code = json_text_or(payload, STR("code"), STR(""));
	struct play_result *result = player->result;

	if (payload == NULL || payload->type != JSON_MAP)
		play_fail(player->arena, result, "line %lld: the API did not answer",
		    (long long)act->line);
	else if (str_equal(code, act->refused))
		return;
	else if (str_empty(act->refused))
		play_fail(player->arena, result, "line %lld: refused, %.*s: %.*s",
		    (long long)act->line, STR_ARG(code),
		    STR_ARG(json_text_or(payload, STR("message"), STR(""))));
	else if (str_empty(code))
		play_fail(player->arena, result, "line %lld: was done, and must be refused, %.*s",
		    (long long)act->line, STR_ARG(act->refused));
	else
		play_fail(player->arena, result, "line %lld: refused, %.*s and not %.*s: %.*s",
		    (long long)act->line, STR_ARG(code), STR_ARG(act->refused),
		    STR_ARG(json_text_or(payload, STR("message"), STR(""))));
}

/* Write the member that one value of a form becomes: "<text:reason>". */
static struct err *
write_value(struct player *player, struct json_writer *writer, struct str part, struct str value,
    struct str osp)
{
	struct str name = { part.ptr + 1, part.len - 2 }, kind = str_cut(&name, ':');
	int64_t number = 0;
	struct str id;

	if (str_equal(kind, STR("count"))) {
		CHECK(str_parse_i64(value, &number));
		json_member_int(writer, name, number);
		return NULL;
	}
	if (!str_equal(kind, STR("label"))) {
		json_member_text(writer, name, value);
		return NULL;
	}
	TRY(player_find_person(player, osp, value, &id));
	if (str_empty(id))
		return ERR(player->scratch, ERR_CORRUPT, "%.*s has nobody called %.*s",
		    STR_ARG(osp), STR_ARG(value));
	json_member_text(writer, name, id);
	return NULL;
}

/* {"input":{...}} of a deed. */
static struct err *
make_input(struct player *player, const struct scenario_act *act, const struct play_eco *eco,
    struct uuid key, struct str *ret)
{
	const struct scenario_deed *deed = &scenario_deeds[act->deed];
	struct buf buf = buf_in(player->scratch, BODY_BYTES_MAX);
	struct json_writer writer = json_writer(&buf);
	struct str form = str_from_z(deed->form);
	size_t value = 0;

	json_begin_map(&writer);
	json_name(&writer, STR("input"));
	json_begin_map(&writer);
	json_member_text(&writer, STR("idempotencyKey"), uuid_text(player->scratch, key));
	json_member_text(&writer, STR("ecoId"), eco->eco_id);
	while (!str_empty(form)) {
		struct str part = str_cut(&form, ' ');

		if (part.ptr[0] == '<')
			TRY(write_value(player, &writer, part, act->values[value++], eco->osp));
	}
	if (deed->constant != NULL)
		buf_printf(&buf, ",%s", deed->constant);
	json_end_map(&writer);
	json_end_map(&writer);
	CHECK(!buf.overflowed);
	*ret = buf_view(&buf);
	return NULL;
}

/* "mutation($input: CancelEcoInput!) { cancelEco(input: $input) { ... } }" */
static const char *
make_document(struct player *player, const char *operation)
{
	return arena_copy_z(
	    player->scratch, arena_printf(player->scratch,
				 "mutation($input: %c%sInput!) { %s(input: $input) { __typename "
				 "... on Refusal { code field message } } }",
				 operation[0] - 'a' + 'A', operation + 1, operation));
}

static struct err *
do_deed(struct player *player, const struct scenario_act *act)
{
	const struct scenario_deed *deed = &scenario_deeds[act->deed];
	const struct play_eco *eco = player_find_eco(player, act->eco);
	struct uuid key = random_uuid(clock_system_now());
	struct str who = act->as, input;
	const struct json *data;

	if (eco == NULL) {
		play_fail(player->arena, player->result, "line %lld: the ECO is not there yet",
		    (long long)act->line);
		return NULL;
	}
	if (str_empty(who))
		who = player_identity(player, deed->role,
		    deed->actor == SCENARIO_NOC ? player_organisation(player->scenario->noc)
						: eco->osp);
	TRY(make_input(player, act, eco, key, &input));
	for (int i = 0; i < (act->twice ? 2 : 1); i++) {
		TRY(player_ask(player, who, make_document(player, deed->operation), input, &data));
		player_judge(player, act, json_find(data, str_from_z(deed->operation)));
	}
	return NULL;
}

/* -- more ECOs -- */

static struct err *
do_create(struct player *player, const struct scenario_act *act)
{
	struct play_result *result = player->result;
	struct play_eco *eco = &result->ecos[result->eco_count];

	if (result->eco_count == COUNT_OF(result->ecos))
		return ERR(player->scratch, ERR_LIMIT, "there are more than %d ECOs with a name",
		    PLAY_OTHERS_MAX);
	TRY(player_create(player, &act->create, random_uuid(clock_system_now()), eco));
	result->eco_count += !str_empty(eco->eco_id);
	return NULL;
}

/* All of the storm that is due. */
static struct err *
do_storm(struct player *player, const struct scenario_act *act, bool *ret_done)
{
	while (player->storm_done < act->count &&
	       next_of_storm(player, act).us <= clock_now(player->config->clock).us) {
		struct play_eco eco = { 0 };

		arena_reset(player->scratch);
		TRY(player_create(
		    player, &player->scenario->create, random_uuid(clock_system_now()), &eco));
		player->storm_done++;
	}
	*ret_done = player->storm_done == act->count;
	return NULL;
}

/* -- all of it -- */

static struct err *
do_act(struct player *player, const struct scenario_act *act, bool *ret_done)
{
	*ret_done = true;
	switch (act->kind) {
	case SCENARIO_ACT_DEED:
		return do_deed(player, act);
	case SCENARIO_ACT_CREATE:
		return do_create(player, act);
	case SCENARIO_ACT_STORM:
		return do_storm(player, act, ret_done);
	case SCENARIO_ACT_AGREEMENT:
	case SCENARIO_ACT_PERSON:
	case SCENARIO_ACT_LIST:
	case SCENARIO_ACT_SHIFT:
	case SCENARIO_ACT_ZONE:
	case SCENARIO_ACT_SUBSTITUTE:
		return player_settle(player, act);
	}
	UNREACHABLE("kind of act");
}

/* What the API cannot do is a failure of the play, at its line; that it is away is a fault. */
static struct err *
judge_fault(struct player *player, int64_t line, struct err *fault)
{
	char memory[1024];
	struct buf text = buf_over(memory, sizeof(memory));

	if (fault == NULL || fault->kind == ERR_UNAVAILABLE || fault->kind == ERR_UNCERTAIN)
		return fault;
	err_format(fault, &text);
	play_fail(player->arena, player->result, "line %lld: %.*s", (long long)line,
	    STR_ARG(buf_view(&text)));
	return NULL;
}

static struct err *
act_now(struct player *player, size_t i)
{
	const struct scenario_act *act = &player->scenario->acts[i];
	bool done = true;

	arena_reset(player->scratch);
	TRY(judge_fault(player, act->line, do_act(player, act, &done)));
	player->acts_done[i] = done;
	return NULL;
}

struct err *
player_prepare(struct player *player)
{
	bool prepared = false;
	struct str body;

	for (size_t i = 0; i < player->scenario->act_count; i++) {
		if (player->scenario->acts[i].when.kind != SCENARIO_BEFORE)
			continue;
		if (!prepared)
			TRY(player_control(player, "/control/prepare", STR(""), &body));
		prepared = true;
		TRY(act_now(player, i));
	}
	return prepared ? player_settle_down(player) : NULL;
}

/* The world does what the scenario has somebody do at an event. */
static struct err *
tell_world(struct player *player, size_t i)
{
	struct str body;

	arena_reset(player->scratch);
	player->inbounds_done[i] = true;
	return player_control(
	    player, "/control/inbound", arena_printf(player->scratch, "N=%zu", i), &body);
}

struct err *
player_act(struct player *player, bool *ret_did)
{
	const struct scenario *scenario = player->scenario;
	struct instant now = clock_now(player->config->clock), due;

	*ret_did = false;
	for (size_t i = 0; i < scenario->act_count; i++) {
		if (player->acts_done[i] || !find_moment(player, &scenario->acts[i].when, &due))
			continue;
		if (scenario->acts[i].kind == SCENARIO_ACT_STORM)
			due = next_of_storm(player, &scenario->acts[i]);
		if (due.us > now.us)
			continue;
		*ret_did = true;
		TRY(act_now(player, i));
	}
	for (size_t i = 0; i < scenario->inbound_count; i++) {
		if (player->inbounds_done[i] ||
		    scenario->inbounds[i].when.kind != SCENARIO_AFTER_EVENT ||
		    !find_moment(player, &scenario->inbounds[i].when, &due) || due.us > now.us)
			continue;
		*ret_did = true;
		TRY(tell_world(player, i));
	}
	return NULL;
}
