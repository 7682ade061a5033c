#include "api/graphql_record.h"
#include "app/board_row.h"
#include "app/change.h"
#include "domain/jobnumber/spoken.h"

static const struct store_membership *
actor(const struct graphql_call *call)
{
	return graphql_asker(call)->app.actor;
}

/* What row-level security has hidden already is hidden here once more. */
static bool
is_party(const struct graphql_call *call, const struct store_board_row *row)
{
	struct uuid organisation = actor(call)->organisation.id;

	return uuid_equal(row->noc, organisation) || uuid_equal(row->osp, organisation);
}

struct err *
graphql_load_eco(struct graphql_call *call, struct uuid id, const struct as_of *moment,
    const struct graphql_eco **ret)
{
	struct graphql_eco *eco = arena_new(call->arena, struct graphql_eco);
	struct graphql_sides *sides = arena_new(call->arena, struct graphql_sides);
	struct change_loaded *loaded;

	*ret = NULL;
	if (eco == NULL || sides == NULL)
		return ERR(call->arena, ERR_LIMIT, "no memory left to read an ECO");
	TRY(as_of_load(&graphql_asker(call)->app, moment, id, &loaded));
	if (loaded == NULL)
		return NULL;
	eco->row = board_row_of(&loaded->callout);
	eco->row.position = loaded->position;
	eco->past = moment->kind != AS_OF_NOW;
	eco->sides = sides;
	*ret = is_party(call, &eco->row) ? eco : NULL;
	return NULL;
}

/* The moment asked for, after the wait asked for; ${ret_go} is false after graphql_fail(). */
static struct err *
read_moment(struct graphql_call *call, bool *ret_go, struct as_of *ret)
{
	TRY(graphql_as_of(call, ret_go, ret));
	if (*ret_go)
		TRY(graphql_sees(call, ret_go));
	return NULL;
}

static struct err *
query_viewer(struct graphql_call *call, struct graphql_value *ret)
{
	bool go;

	graphql_permits(call, OPERATION_viewer, &go);
	if (go)
		*ret = graphql_object(STR("Viewer"), actor(call));
	return NULL;
}

/* ECO ${id} as the arguments ask for it. */
static struct err *
answer_eco(struct graphql_call *call, struct uuid id, const struct as_of *moment,
    struct graphql_value *ret)
{
	const struct graphql_eco *eco;

	TRY(graphql_load_eco(call, id, moment, &eco));
	if (eco != NULL)
		*ret = graphql_object(STR("Eco"), eco);
	return NULL;
}

static struct err *
query_eco(struct graphql_call *call, struct graphql_value *ret)
{
	const struct json *id = graphql_argument(call, STR("id"));
	struct as_of moment;
	struct uuid eco;
	bool go;

	graphql_permits(call, OPERATION_eco, &go);
	if (go)
		TRY(read_moment(call, &go, &moment));
	/* What is no id names nothing. */
	if (!go || !uuid_parse(id->text, &eco))
		return NULL;
	return answer_eco(call, eco, &moment, ret);
}

/* The board knows the number; how the ECO stands is read from its stream. */
static struct err *
find_by_number(struct graphql_call *call, const struct jobnumber *number, struct graphql_value *ret)
{
	const struct app_context *app = &graphql_asker(call)->app;
	struct buf printed = buf_in(call->arena, JOBNUMBER_BYTES_MAX);
	struct store_board_row row;
	struct as_of moment;
	bool go, found;

	TRY(read_moment(call, &go, &moment));
	if (!go)
		return NULL;
	jobnumber_format(number, &printed);
	TRY(store_find_board_by_number(
	    app->session, call->arena, buf_view(&printed), &found, &row));
	return found ? answer_eco(call, row.eco, &moment, ret) : NULL;
}

static struct err *
query_eco_by_job_number(struct graphql_call *call, struct graphql_value *ret)
{
	struct str text = graphql_argument(call, STR("jobNumber"))->text;
	struct buf heard = buf_in(call->arena, text.len + 1);
	struct jobnumber number;
	bool go;

	graphql_permits(call, OPERATION_eco_by_job_number, &go);
	if (!go)
		return NULL;
	jobnumber_hear(text, &heard);
	switch (jobnumber_parse(buf_view(&heard), &number)) {
	case JOBNUMBER_OK:
		return find_by_number(call, &number, ret);
	case JOBNUMBER_MALFORMED:
		graphql_fail(call, STR("JOB_NUMBER_MALFORMED"),
		    STR("a job number reads like HC-MFR-00042-0: prefix, job type, number, check "
			"digit"));
		return NULL;
	case JOBNUMBER_WRONG_CHECK:
		graphql_fail(call, STR("JOB_NUMBER_MISHEARD"),
		    STR("the check digit does not fit: a digit or the job type was misheard"));
		return NULL;
	}
	UNREACHABLE("job number problem");
}

static struct err *
query_timeline(struct graphql_call *call, struct graphql_value *ret)
{
	struct graphql_timeline_end end = { .version = INT64_MAX };
	struct uuid eco;
	bool go;

	graphql_permits(call, OPERATION_timeline, &go);
	if (go)
		TRY(graphql_as_of(call, &go, &end.moment));
	if (!go || !uuid_parse(graphql_argument(call, STR("ecoId"))->text, &eco))
		return NULL;
	return graphql_timeline(call, eco, &end, ret);
}

static struct err *
query_partners(struct graphql_call *call, struct graphql_value *ret)
{
	const struct app_context *app = &graphql_asker(call)->app;
	struct store_organisations partners;
	struct graphql_value *items;
	bool go;

	graphql_permits(call, OPERATION_partners, &go);
	if (!go)
		return NULL;
	TRY(store_list_partners(
	    app->session, call->arena, app->actor->organisation.id, app->now, &partners));
	items = arena_array(call->arena, struct graphql_value, partners.count + 1);
	if (items == NULL)
		return ERR(call->arena, ERR_LIMIT, "no memory left to list partners");
	for (size_t i = 0; i < partners.count; i++)
		items[i] = graphql_object(STR("Organisation"), &partners.at[i]);
	*ret = graphql_list(items, partners.count);
	return NULL;
}

const struct graphql_binding graphql_query_bindings[] = {
	{ STR("Query.viewer"), query_viewer },
	{ STR("Query.eco"), query_eco },
	{ STR("Query.ecoByJobNumber"), query_eco_by_job_number },
	{ STR("Query.timeline"), query_timeline },
	{ STR("Query.partners"), query_partners },
};
const size_t graphql_query_binding_count = COUNT_OF(graphql_query_bindings);
