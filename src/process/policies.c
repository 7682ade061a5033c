#include "process/policies.h"

#include "app/policy.h"
#include "runtime/random.h"
#include "runtime/zone.h"

static void
log_reaction(const struct follower_turn *turn, const struct store_event *event)
{
	struct log_line line = log_line(turn->log, LOG_INFO, "policy");

	log_text(&line, "event", event->type);
	log_uuid(&line, "eco", event->stream);
	log_int(&line, "position", event->position);
	log_uuid(&line, "correlation", event->correlation);
	log_emit(&line);
}

struct err *
policies_react(void *context, const struct follower_turn *turn, const struct store_event *event,
    const struct store_move *move, bool *ret_moved)
{
	struct app_work work = {
		.session = turn->session,
		.arena = turn->arena,
		.now = clock_now(turn->clock),
		/* A clock that stands still is a test's: there nothing is left to chance. */
		.chance = clock_speed(turn->clock) > 0 ? random_unit() : 0.5,
		.make_id = random_uuid,
		.vault = context,
		.zones = &zone_database,
		.actor_kind = STORE_ACTOR_PROCESS,
		.actor = STR("ringdown"),
		.follower = turn->subscription,
		.move = *move,
	};

	TRY(policy_on_event(&work, event, ret_moved));
	if (*ret_moved)
		log_reaction(turn, event);
	return NULL;
}
