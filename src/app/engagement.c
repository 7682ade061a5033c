#include "app/engagement.h"

#include "app/roster_plan.h"

/* The OSP as the client named it, by id or handle. */
static struct err *
find_osp(const struct app_context *context, struct str name, bool *ret_found,
    struct store_organisation *ret)
{
	struct uuid id = UUID_NIL;
	bool by_id = uuid_parse(name, &id);

	return store_find_organisation(
	    context->session, context->arena, id, by_id ? STR("") : name, ret_found, ret);
}

struct err *
engagement_between(struct store_session *session, struct arena *arena, const struct zones *zones,
    struct instant now, struct uuid noc, struct uuid osp, const struct geo_location *location,
    struct engagement *ret)
{
	*ret = (struct engagement){ .osp = osp };
	TRY(store_find_agreement(
	    session, arena, noc, osp, now, &ret->has_agreement, &ret->agreement));
	if (!ret->has_agreement)
		return NULL;
	return roster_plan(session, arena, zones,
	    &(struct roster_place){
		.osp = osp,
		.agreement = ret->agreement.id,
		.location = location,
		.now = now,
	    },
	    &ret->has_list, &ret->list);
}

struct err *
engagement_find(const struct app_context *context, struct str name,
    const struct geo_location *location, struct engagement *ret)
{
	struct store_organisation osp = { .is_osp = false };
	bool found;

	*ret = (struct engagement){ .has_agreement = false };
	TRY(find_osp(context, name, &found, &osp));
	if (!found || !osp.is_osp)
		return NULL;
	return engagement_between(context->session, context->arena, context->zones, context->now,
	    context->actor->organisation.id, osp.id, location, ret);
}
