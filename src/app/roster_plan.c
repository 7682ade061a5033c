#include "app/roster_plan.h"

#include "app/change.h"
#include "app/event_vault.h"
#include "app/people.h"
#include "domain/roster/roster_resolve.h"

/* ---- resolving ---- */

static struct err *
read_people(struct arena *arena, const struct store_roster *roster, const struct record **ret)
{
	struct record *people = arena_array(arena, struct record, roster->count + 1);

	if (people == NULL)
		return ERR(arena, ERR_LIMIT, "no memory left for a pager plan");
	for (size_t i = 0; i < roster->count; i++)
		TRY(record_read(arena, &roster->people[i], &people[i]));
	*ret = people;
	return NULL;
}

static struct err *
resolve(struct arena *arena, const struct zones *zones, const struct store_roster *roster,
    struct instant now, struct pager_list *ret)
{
	struct store_record row = {
		.kind = RECORD_PAGER_LIST, .id = roster->list, .body = roster->list_body
	};
	struct roster_query query = { .list_id = roster->list,
		.region = roster->region_name,
		.people_count = roster->count,
		.zones = zones,
		.now = now };
	struct record list;

	CHECK(zones != NULL);
	TRY(record_read(arena, &row, &list));
	TRY(read_people(arena, roster, &query.people));
	query.list = &list.pager_list;
	roster_resolve(&query, ret);
	return NULL;
}

struct err *
roster_plan(struct store_session *session, struct arena *arena, const struct zones *zones,
    const struct roster_place *place, bool *ret_found, struct pager_list *ret)
{
	struct store_roster roster;

	TRY(store_find_roster(
	    session, arena, place->osp, place->agreement, place->location, ret_found, &roster));
	return *ret_found ? resolve(arena, zones, &roster, place->now, ret) : NULL;
}

/* ---- for whom it is shown ---- */

/* The organisation called ${name}; the actor's own when it is empty. */
static struct err *
find_organisation(
    const struct app_context *context, struct str name, bool *ret_found, struct uuid *ret)
{
	struct store_organisation found;
	struct uuid id = UUID_NIL;
	bool by_id = uuid_parse(name, &id);

	*ret = context->actor->organisation.id;
	*ret_found = true;
	if (str_empty(name))
		return NULL;
	TRY(store_find_organisation(
	    context->session, context->arena, id, by_id ? STR("") : name, ret_found, &found));
	if (*ret_found)
		*ret = found.id;
	return NULL;
}

/*
 * The agreement under which it would ring.  An OSP may ask for its own regions without
 * one; a NOC may not ask without.
 */
static struct err *
find_agreement(const struct app_context *context, const struct app_pager_plan_query *query,
    bool *ret_may, struct roster_place *ret)
{
	struct uuid own = context->actor->organisation.id, noc;
	struct store_agreement agreement;
	bool known_osp, known_noc, found;

	TRY(find_organisation(context, query->osp, &known_osp, &ret->osp));
	TRY(find_organisation(context, query->noc, &known_noc, &noc));
	*ret_may = known_osp && known_noc && (uuid_equal(ret->osp, own) || uuid_equal(noc, own));
	if (!*ret_may)
		return NULL;
	TRY(store_find_agreement(
	    context->session, context->arena, noc, ret->osp, context->now, &found, &agreement));
	ret->agreement = found ? agreement.id : UUID_NIL;
	*ret_may = found || (uuid_equal(ret->osp, own) && str_empty(query->noc));
	return NULL;
}

struct err *
app_pager_plan(const struct app_context *context, const struct app_pager_plan_query *query,
    bool *ret_refused, struct refusal *ret_refusal, struct app_pager_plan *ret)
{
	struct roster_place place = { .location = query->location, .now = query->at };
	struct app_context quietly = *context;
	struct refusal unused;
	bool may;

	*ret = (struct app_pager_plan){ .found = false };
	quietly.refused = NULL; /* not to see names is no refusal */
	*ret_refused = !app_permits(context, OPERATION_pager_plan, ret_refusal) ||
		       !geo_check(query->location, ret_refusal);
	if (*ret_refused)
		return NULL;
	TRY(find_agreement(context, query, &may, &place));
	if (!may)
		return NULL;
	TRY(roster_plan(
	    context->session, context->arena, context->zones, &place, &ret->found, &ret->list));
	ret->rings = ret->found ? roster_reachable(&ret->list) : 0;
	ret->named = uuid_equal(place.osp, context->actor->organisation.id) &&
		     app_permits_roster(&quietly, OPERATION_eco_pager_plan, &unused);
	return NULL;
}

struct err *
app_eco_pager_plan(const struct app_context *context, struct uuid eco, bool *ret_refused,
    struct refusal *ret_refusal, struct app_pager_plan *ret)
{
	const struct pager_list *opened;
	struct change_loaded *loaded;

	*ret = (struct app_pager_plan){ .named = true };
	*ret_refused = !app_permits_roster(context, OPERATION_eco_pager_plan, ret_refusal);
	if (*ret_refused)
		return NULL;
	TRY(change_load(context->session, context->arena, eco, &loaded));
	if (loaded == NULL || loaded->callout.ringdown.round == 0 ||
	    !uuid_equal(loaded->callout.eco.osp, context->actor->organisation.id))
		return NULL;
	TRY(event_open_plan(
	    context->vault, context->session, context->arena, &loaded->callout, &opened));
	ret->found = ret->has_round = true;
	ret->round = loaded->callout.ringdown.round;
	ret->list = *opened;
	ret->rings = roster_reachable(opened);
	return NULL;
}
