#include <string.h>

#include "support/random_world.h"

#define ECOS           30
#define NUMBERS        12 /* few enough that some ECOs of other companies have the same */
#define EVENTS_AT_ONCE 2

/* One append to an ECO, in the making. */
struct step {
	struct random_eco *eco;
	size_t osp;
	int64_t before; /* the version that the stream stands at */
	size_t count;
	struct store_session *session;
	struct uuid acts_for;
	size_t actor; /* RANDOM_ORGANISATIONS: a worker */
};

/* ---- who sees it ---- */

bool
random_was_osp(const struct random_eco *eco, size_t organisation, int64_t *ret_last)
{
	*ret_last = 0;
	for (int64_t i = 0; i < eco->version; i++) {
		if (eco->osps[i] == organisation)
			*ret_last = i + 1;
	}
	return *ret_last > 0;
}

int64_t
random_versions_seen(const struct random_eco *eco, size_t organisation)
{
	int64_t last;

	if (organisation == eco->noc || organisation == eco->osp)
		return eco->version;
	(void)random_was_osp(eco, organisation, &last);
	return last;
}

static random_set
who_sees(const struct random_eco *eco, int64_t version)
{
	random_set set = 0;

	for (size_t i = 0; i < RANDOM_ORGANISATIONS; i++) {
		if (random_versions_seen(eco, i) >= version)
			set |= random_only(i);
	}
	return set;
}

/* ---- planning ---- */

static size_t
any_company(struct random_world *random, bool as_noc)
{
	for (;;) {
		size_t at = random_below(random, RANDOM_COMPANIES);

		if (as_noc ? random->organisations[at].is_noc : random->organisations[at].is_osp)
			return at;
	}
}

/* Whose it will be at which version, before anything is written: the rows of the beginning
 * are seen by who comes at the end. */
static void
plan(struct random_world *random, struct random_eco *eco)
{
	eco->id = random_id(random);
	eco->noc = any_company(random, true);
	eco->osp = any_company(random, false);
	eco->version = 1 + (int64_t)random_below(random, 14);
	eco->created_at = at_s((int64_t)random->eco_count);
	for (int64_t i = 0; i < eco->version; i++) {
		/* Among few, so that some are engaged again. */
		if (i > 0 && random_one_in(random, 4))
			eco->osp =
			    random_one_in(random, 2) ? eco->osps[0] : any_company(random, false);
		eco->osps[i] = eco->osp;
	}
}

/* ---- carrying it out ---- */

static void
choose_actor(struct random_world *random, struct step *step)
{
	const struct random_eco *eco = step->eco;
	bool hands_over = step->before > 0 && eco->osps[step->before - 1] != step->osp;
	size_t who = random_below(random, 3);

	step->actor = who == 0                 ? RANDOM_ORGANISATIONS
		      : who == 1 || hands_over ? eco->noc
					       : step->osp;
	step->session =
	    who == 0 ? random->world->worker : random->organisations[step->actor].session;
	step->acts_for = who == 0 ? UUID_NIL : random->organisations[step->actor].id;
}

static void
add_command(struct random_world *random, const struct step *step, struct store_append *append)
{
	struct arena *arena = random->world->arena;
	random_set read_by = step->actor == RANDOM_ORGANISATIONS ? 0 : random_only(step->actor);
	struct random_command *command = &random->commands[random->command_count++];
	struct str scope = uuid_text(arena, step->acts_for), key;

	assert_true(random->command_count <= RANDOM_COMMANDS_MAX);
	*command = (struct random_command){ .key = random_id(random), .scope = step->actor };
	command->body = sha256_of(uuid_text(arena, command->key));
	key = uuid_text(arena, command->key);
	append->command_key = command->key;
	append->command_scope = step->acts_for;
	append->body_hash = command->body;
	append->answer = random_text(random, read_by);
	random_reveal(random, command->key, read_by);
	random_expect(random, read_by, "command", "%.*s %.*s", STR_ARG(scope), STR_ARG(key));
}

/* What was asked of the outside stays with those whose it was when it was asked. */
static void
add_effect(struct random_world *random, const struct step *step, struct store_append *append)
{
	struct arena *arena = random->world->arena;
	struct store_effect *effect = arena_new(arena, struct store_effect);
	random_set read_by = random_only(step->eco->noc) | random_only(step->osp);
	struct str id = uuid_text(arena, step->eco->id);

	assert_non_null(effect);
	*effect = (struct store_effect){
		.key =
		    arena_printf(arena, "hang-up:%.*s:%lld", STR_ARG(id), (long long)step->before),
		.type = EFFECT_HANG_UP,
		.eco = step->eco->id,
		.number = step->before,
		.provider_id = random_text(random, read_by),
		.due = at_s(1),
	};
	append->effects = effect;
	append->effect_count = 1;
	random_expect(random, read_by, "outbox", "%.*s", STR_ARG(effect->key));
}

static void
add_timer(struct random_world *random, const struct step *step, struct store_append *append)
{
	struct timer_change *timer = arena_new(random->world->arena, struct timer_change);

	assert_non_null(timer);
	*timer = (struct timer_change){
		.kind = (enum timer_kind)random_below(random, TIMER_COUNT),
		.set = !random_one_in(random, 4),
		.due = at_s(100),
	};
	append->timers = timer;
	append->timer_count = 1;
	if (timer->set)
		step->eco->timer_kinds |= INT64_C(1) << timer->kind;
	else
		step->eco->timer_kinds &= ~(INT64_C(1) << timer->kind);
}

/* A number of the pair's, of which each has its own: when one begins with the other. */
static void
take_number(struct random_world *random, const struct step *step)
{
	size_t noc = step->eco->noc;
	enum job_type type = (enum job_type)random_below(random, JOB_TYPE_COUNT);
	int64_t *last = &random->job_numbers[noc][step->osp][type], number;

	OK(store_take_job_number(step->session, random->world->arena, random->organisations[noc].id,
	    random->organisations[step->osp].id, type, &number));
	assert_int_equal(number, ++*last);
}

static void
carry_out(struct random_world *random, struct step *step)
{
	struct arena *arena = random->world->arena;
	struct random_eco *eco = step->eco;
	struct uuid noc = random->organisations[eco->noc].id;
	struct uuid osp = random->organisations[step->osp].id;
	struct store_event events[EVENTS_AT_ONCE];
	struct store_append append = { .stream = eco->id,
		.expected_version = step->before,
		.noc = noc,
		.osp = osp,
		.events = events,
		.event_count = step->count };
	struct store_append_result result;

	for (size_t i = 0; i < step->count; i++) {
		random_set seen_by = who_sees(eco, step->before + (int64_t)i + 1);

		events[i] = random_event(random, eco->id,
		    eco_event_name((enum eco_event_type)random_below(random, ECO_EVENT_COUNT)),
		    seen_by);
		random_expect_event(random, &events[i], noc, osp, seen_by);
		eco->events[step->before + (int64_t)i] = events[i].id;
	}
	choose_actor(random, step);
	if (random_one_in(random, 2))
		add_command(random, step, &append);
	if (random_one_in(random, 3))
		add_effect(random, step, &append);
	if (random_one_in(random, 3))
		add_timer(random, step, &append);
	OK(store_begin(step->session, arena, step->acts_for));
	if (step->before == 0 || random_one_in(random, 6))
		take_number(random, step);
	OK(store_append(step->session, arena, &append, &result));
	assert_int_equal(result.outcome, STORE_APPENDED);
	OK(store_commit(step->session, arena));
}

/* ---- what is kept of it ---- */

static void
put_board_row(struct random_world *random, struct random_eco *eco, size_t osp, int64_t version)
{
	struct arena *arena = random->world->arena;
	random_set read_by = random_only(eco->noc) | random_only(osp);
	struct geo_point place = { (double)random_below(random, 10), 0 };
	struct str eco_id = uuid_text(arena, eco->id),
		   osp_id = uuid_text(arena, random->organisations[osp].id);
	struct store_board_row row = { .eco = eco->id,
		.version = version,
		.noc = random->organisations[eco->noc].id,
		.osp = random->organisations[osp].id,
		.job_number = arena_printf(arena, "HC-MFR-%05zu", random_below(random, NUMBERS)),
		.description = random_text(random, read_by),
		.location = { GEO_POINT, &place, 1 },
		.status = (enum eco_status)random_below(random, 3),
		.created_at = eco->created_at,
		.updated_at = eco->created_at,
		.former = osp != eco->osp };
	int64_t builds = random_one_in(random, 3) ? 2 : 1;

	eco->numbers[osp] = row.job_number;
	eco->statuses[osp] = row.status;
	for (int64_t build = 1; build <= builds; build++) {
		OK(store_put_board(random->world->worker, arena, build, &row, 1));
		random_expect(random, read_by, "eco_board", "%lld %.*s %.*s", (long long)build,
		    STR_ARG(eco_id), STR_ARG(osp_id));
	}
}

/* Whether somebody came after ${osp}; whoever was engaged again is relieved and present. */
static bool
was_relieved(const struct random_eco *eco, size_t osp)
{
	for (int64_t i = 1; i < eco->version; i++) {
		if (eco->osps[i - 1] == osp && eco->osps[i] != osp)
			return true;
	}
	return false;
}

static void
expect_rows(struct random_world *random, struct random_eco *eco)
{
	struct arena *arena = random->world->arena;
	random_set both = random_only(eco->noc) | random_only(eco->osp);
	struct str id = uuid_text(arena, eco->id);
	int64_t last;

	random_expect(random, both, "stream", "%.*s", STR_ARG(id));
	for (size_t i = 0; i < TIMER_COUNT; i++) {
		struct str name = timer_name((enum timer_kind)i);

		if (eco->timer_kinds >> i & 1)
			random_expect(
			    random, both, "timer", "%.*s %.*s", STR_ARG(id), STR_ARG(name));
	}
	for (size_t i = 0; i < RANDOM_ORGANISATIONS; i++) {
		struct str osp = uuid_text(arena, random->organisations[i].id);

		if (!random_was_osp(eco, i, &last))
			continue;
		put_board_row(random, eco, i, last);
		if (was_relieved(eco, i))
			random_expect(random, both | random_only(i), "stream_former", "%.*s %.*s",
			    STR_ARG(id), STR_ARG(osp));
	}
}

static void
expect_sequences(struct random_world *random)
{
	struct arena *arena = random->world->arena;

	for (size_t noc = 0; noc < RANDOM_ORGANISATIONS; noc++) {
		for (size_t osp = 0; osp < RANDOM_ORGANISATIONS; osp++) {
			struct str a = uuid_text(arena, random->organisations[noc].id),
				   b = uuid_text(arena, random->organisations[osp].id);

			for (size_t type = 0; type < JOB_TYPE_COUNT; type++) {
				struct str name = job_type_name((enum job_type)type);

				if (random->job_numbers[noc][osp][type] > 0)
					random_expect(random, random_only(noc) | random_only(osp),
					    "job_sequence", "%.*s %.*s %.*s", STR_ARG(a),
					    STR_ARG(b), STR_ARG(name));
			}
		}
	}
}

void
random_make_ecos(struct random_world *random)
{
	for (size_t i = 0; i < ECOS; i++)
		plan(random, &random->ecos[random->eco_count++]);
	/* Turn by turn, so that their events lie between each other in the log. */
	for (int64_t at = 0; at < RANDOM_VERSIONS_MAX; at++) {
		for (size_t i = 0; i < random->eco_count; i++) {
			struct random_eco *eco = &random->ecos[i];
			struct step step = { .eco = eco, .before = at, .count = 1 };

			if (at >= eco->version || !uuid_is_nil(eco->events[at]))
				continue;
			step.osp = eco->osps[at];
			if (at + 1 < eco->version && eco->osps[at + 1] == step.osp &&
			    random_one_in(random, 3))
				step.count = 2;
			carry_out(random, &step);
		}
	}
	for (size_t i = 0; i < random->eco_count; i++)
		expect_rows(random, &random->ecos[i]);
	expect_sequences(random);
}
