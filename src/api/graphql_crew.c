#include "api/graphql_record.h"
#include "app/change.h"

/* Where the crew is, what its contractor says of it, and the NOC's word to ring again. */

/* ---- Eco.crew ---- */

/* Up to the version that the Eco shows. */
static bool
is_shown(const void *context, const struct store_event *event)
{
	return event->version <= *(const int64_t *)context;
}

static struct err *
eco_crew(struct graphql_call *call, struct graphql_value *ret)
{
	const struct store_board_row *row = &((const struct graphql_eco *)call->parent)->row;
	const struct ringdown *ringdown;
	struct change_loaded *loaded;

	TRY(change_load_until(graphql_asker(call)->app.session, call->arena, row->eco, is_shown,
	    &row->version, &loaded));
	if (loaded == NULL)
		return NULL;
	ringdown = &loaded->callout.ringdown;
	if (ringdown->state == DISPATCH_ACCEPTED || ringdown->en_route_at.us != 0 ||
	    ringdown->on_site_at.us != 0)
		*ret = graphql_object(STR("Crew"), ringdown);
	return NULL;
}

static const struct ringdown *
ringdown_of(const struct graphql_call *call)
{
	return call->parent;
}

static struct err *
crew_words(struct graphql_call *call, struct graphql_value *ret)
{
	const struct ringdown *ringdown = ringdown_of(call);

	if (ringdown->on_site_at.us != 0)
		*ret = graphql_text(STR("on site"));
	else if (ringdown->state != DISPATCH_ACCEPTED)
		*ret = graphql_text(STR("not seen; others are being found"));
	else if (ringdown->arrival == RINGDOWN_ARRIVAL_ASKED)
		*ret = graphql_text(STR("late, and asked where it is"));
	else if (ringdown->en_route_at.us != 0)
		*ret = graphql_text(STR("on its way"));
	else
		*ret = graphql_text(STR("committed"));
	return NULL;
}

static struct err *
crew_expected_at(struct graphql_call *call, struct graphql_value *ret)
{
	if (ringdown_of(call)->state == DISPATCH_ACCEPTED && ringdown_of(call)->on_site_at.us == 0)
		*ret = graphql_moment_value(call, ringdown_of(call)->expected_at);
	return NULL;
}

static struct err *
crew_en_route_at(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_moment_value(call, ringdown_of(call)->en_route_at);
	return NULL;
}

static struct err *
crew_on_site_at(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_moment_value(call, ringdown_of(call)->on_site_at);
	return NULL;
}

/* ---- commands ---- */

static struct err *
mutate(struct graphql_call *call, enum app_operation operation, struct graphql_value *ret)
{
	const struct json *given = graphql_input(call);
	const struct app_crew input = {
		.command = graphql_command(given),
		.eco = graphql_id(given, STR("ecoId")),
		.on_site = str_equal(json_text_or(given, STR("status"), STR("")), STR("ON_SITE")),
		.person = graphql_id(given, STR("personId")),
		.minutes = json_int_or(given, STR("etaMinutes"), 0),
		.reason = json_int_or(given, STR("reason"), 0),
	};
	struct app_answer *answer = arena_new(call->arena, struct app_answer);

	if (answer == NULL)
		return ERR(call->arena, ERR_LIMIT, "no memory left to change an ECO");
	TRY(app_command_crew(&graphql_asker(call)->app, operation, &input, answer));
	return graphql_eco_answer(call, answer, STR("EcoCommandSuccess"), ret);
}

static struct err *
report_crew(struct graphql_call *call, struct graphql_value *ret)
{
	return mutate(call, OPERATION_report_crew, ret);
}

static struct err *
change_eta(struct graphql_call *call, struct graphql_value *ret)
{
	return mutate(call, OPERATION_change_eta, ret);
}

static struct err *
accept_for_crew(struct graphql_call *call, struct graphql_value *ret)
{
	return mutate(call, OPERATION_accept_for_crew, ret);
}

static struct err *
decline_for_crew(struct graphql_call *call, struct graphql_value *ret)
{
	return mutate(call, OPERATION_decline_for_crew, ret);
}

static struct err *
ring_again(struct graphql_call *call, struct graphql_value *ret)
{
	return mutate(call, OPERATION_ring_again, ret);
}

const struct graphql_binding graphql_crew_bindings[] = {
	{ STR("Eco.crew"), eco_crew },
	{ STR("Crew.words"), crew_words },
	{ STR("Crew.expectedAt"), crew_expected_at },
	{ STR("Crew.enRouteAt"), crew_en_route_at },
	{ STR("Crew.onSiteAt"), crew_on_site_at },
	{ STR("Mutation.reportCrew"), report_crew },
	{ STR("Mutation.changeEta"), change_eta },
	{ STR("Mutation.acceptForCrew"), accept_for_crew },
	{ STR("Mutation.declineForCrew"), decline_for_crew },
	{ STR("Mutation.ringAgain"), ring_again },
};
const size_t graphql_crew_binding_count = COUNT_OF(graphql_crew_bindings);
