#include "api/graphql_record.h"
#include "app/roster_plan.h"
#include "codec/geojson.h"

/* Who would ring, or was to ring: as the asker may see it. */

static struct err *
fail(struct graphql_call *call, const struct refusal *refusal)
{
	graphql_fail(call, refusal_code_name(refusal->code),
	    arena_copy(call->arena, refusal_message(refusal)));
	return NULL;
}

static struct err *
answer(struct graphql_call *call, const struct app_pager_plan *plan, bool refused,
    const struct refusal *refusal, struct graphql_value *ret)
{
	if (refused)
		return fail(call, refusal);
	if (plan->found)
		*ret = graphql_object(STR("PagerPlan"), plan);
	return NULL;
}

/* The text of argument ${name}, or empty. */
static struct str
argument(const struct graphql_call *call, struct str name)
{
	const struct json *given = graphql_argument(call, name);

	return given == NULL || given->type != JSON_TEXT ? STR("") : given->text;
}

static struct err *
query_pager_plan(struct graphql_call *call, struct graphql_value *ret)
{
	const struct app_context *app = &graphql_asker(call)->app;
	struct app_pager_plan *plan = arena_new(call->arena, struct app_pager_plan);
	struct geo_location location;
	struct app_pager_plan_query query = {
		.location = &location,
		.osp = argument(call, STR("osp")),
		.noc = argument(call, STR("noc")),
		.at = app->now,
	};
	struct refusal refusal;
	bool refused;

	if (plan == NULL)
		return ERR(call->arena, ERR_LIMIT, "no memory left for a pager plan");
	(void)!instant_parse(argument(call, STR("at")), &query.at);
	if (!geojson_read(
		call->arena, graphql_argument(call, STR("location")), &location, &refusal))
		return fail(call, &refusal);
	TRY(app_pager_plan(app, &query, &refused, &refusal, plan));
	return answer(call, plan, refused, &refusal, ret);
}

static struct err *
query_eco_pager_plan(struct graphql_call *call, struct graphql_value *ret)
{
	const struct app_context *app = &graphql_asker(call)->app;
	struct app_pager_plan *plan = arena_new(call->arena, struct app_pager_plan);
	struct uuid eco = UUID_NIL;
	struct refusal refusal;
	bool refused;

	if (plan == NULL)
		return ERR(call->arena, ERR_LIMIT, "no memory left for a pager plan");
	/* What is no id names nothing. */
	(void)!uuid_parse(argument(call, STR("ecoId")), &eco);
	TRY(app_eco_pager_plan(app, eco, &refused, &refusal, plan));
	return answer(call, plan, refused, &refusal, ret);
}

/* ---- PagerPlan ---- */

static const struct app_pager_plan *
plan_of(const struct graphql_call *call)
{
	return call->parent;
}

static struct err *
plan_rings(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_int((int64_t)plan_of(call)->rings);
	return NULL;
}

static struct err *
plan_summary(struct graphql_call *call, struct graphql_value *ret)
{
	const struct app_pager_plan *plan = plan_of(call);
	const char *tense = plan->has_round ? "was to be rung" : "would be rung";

	if (plan->rings == 1)
		*ret = graphql_text(arena_printf(call->arena, "1 person %s", tense));
	else if (plan->rings == 0)
		*ret = graphql_text(arena_printf(call->arena, "nobody %s", tense));
	else
		*ret = graphql_text(arena_printf(call->arena, "%zu people %s", plan->rings,
		    plan->has_round ? "were to be rung" : tense));
	return NULL;
}

static struct err *
plan_round(struct graphql_call *call, struct graphql_value *ret)
{
	if (plan_of(call)->has_round)
		*ret = graphql_int(plan_of(call)->round);
	return NULL;
}

static struct err *
plan_list_id(struct graphql_call *call, struct graphql_value *ret)
{
	if (plan_of(call)->named)
		*ret = graphql_id_value(call, plan_of(call)->list.id);
	return NULL;
}

static struct err *
plan_list_name(struct graphql_call *call, struct graphql_value *ret)
{
	if (plan_of(call)->named)
		*ret = graphql_text_or_null(plan_of(call)->list.name);
	return NULL;
}

static struct err *
plan_region(struct graphql_call *call, struct graphql_value *ret)
{
	if (plan_of(call)->named)
		*ret = graphql_text_or_null(plan_of(call)->list.region);
	return NULL;
}

static struct err *
plan_people(struct graphql_call *call, struct graphql_value *ret)
{
	const struct app_pager_plan *plan = plan_of(call);
	struct graphql_value *items =
	    arena_array(call->arena, struct graphql_value, plan->list.count + 1);

	if (items == NULL)
		return ERR(call->arena, ERR_LIMIT, "no memory left to list people");
	if (!plan->named)
		return NULL;
	for (size_t i = 0; i < plan->list.count; i++)
		items[i] = graphql_object(STR("PlannedPerson"), &plan->list.people[i]);
	*ret = graphql_list(items, plan->list.count);
	return NULL;
}

/* ---- PlannedPerson ---- */

static const struct roster_person *
person_of(const struct graphql_call *call)
{
	return call->parent;
}

static struct err *
person_id(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text(uuid_text(call->arena, person_of(call)->id));
	return NULL;
}

static struct err *
person_label(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text(person_of(call)->label);
	return NULL;
}

static struct err *
person_phone(struct graphql_call *call, struct graphql_value *ret)
{
	const struct roster_person *person = person_of(call);

	*ret =
	    graphql_text_or_null(person->contact_count > 0 ? person->contacts[0].number : STR(""));
	return NULL;
}

static struct err *
person_contacts(struct graphql_call *call, struct graphql_value *ret)
{
	const struct roster_person *person = person_of(call);
	struct graphql_value *items =
	    arena_array(call->arena, struct graphql_value, ROSTER_CONTACTS_MAX);

	if (items == NULL)
		return ERR(call->arena, ERR_LIMIT, "no memory left to list contacts");
	for (size_t i = 0; i < person->contact_count; i++)
		items[i] = graphql_object(STR("PlannedContact"), &person->contacts[i]);
	*ret = graphql_list(items, person->contact_count);
	return NULL;
}

static struct err *
contact_kind_field(struct graphql_call *call, struct graphql_value *ret)
{
	const struct roster_contact *contact = call->parent;
	bool texts = contact->channel == PAGE_CHANNEL_TEXT;

	*ret =
	    graphql_text(eco_word_name(&contact_kind_words, texts ? CONTACT_SMS : CONTACT_VOICE));
	return NULL;
}

static struct err *
contact_number(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text(((const struct roster_contact *)call->parent)->number);
	return NULL;
}

static struct err *
person_step(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_int(person_of(call)->step);
	return NULL;
}

static struct err *
person_texts_too(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_bool(person_of(call)->texts_too);
	return NULL;
}

static struct err *
person_asks_pin(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_bool(person_of(call)->asks_pin);
	return NULL;
}

static struct err *
person_rings(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_bool(person_of(call)->skip == ROSTER_RINGS);
	return NULL;
}

static struct err *
person_reason(struct graphql_call *call, struct graphql_value *ret)
{
	if (person_of(call)->skip != ROSTER_RINGS)
		*ret = graphql_text(roster_skip_name(person_of(call)->skip));
	return NULL;
}

static struct err *
person_words(struct graphql_call *call, struct graphql_value *ret)
{
	const struct roster_person *person = person_of(call);
	struct str words = roster_skip_words(person->skip);
	struct str until = instant_text(call->arena, person->until);

	if (person->until.us != 0 && until.len > strlen("2026-01-05T12:00"))
		words = arena_printf(call->arena, "%.*s until %.10s %.5s UTC", STR_ARG(words),
		    until.ptr, until.ptr + strlen("2026-01-05T"));
	*ret = graphql_text(words);
	return NULL;
}

static struct err *
person_until(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_moment_value(call, person_of(call)->until);
	return NULL;
}

static struct err *
person_by(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_id_value(call, person_of(call)->by);
	return NULL;
}

const struct graphql_binding graphql_plan_bindings[] = {
	{ STR("Query.pagerPlan"), query_pager_plan },
	{ STR("Query.ecoPagerPlan"), query_eco_pager_plan },
	{ STR("PagerPlan.rings"), plan_rings },
	{ STR("PagerPlan.summary"), plan_summary },
	{ STR("PagerPlan.round"), plan_round },
	{ STR("PagerPlan.listId"), plan_list_id },
	{ STR("PagerPlan.listName"), plan_list_name },
	{ STR("PagerPlan.region"), plan_region },
	{ STR("PagerPlan.people"), plan_people },
	{ STR("PlannedPerson.personId"), person_id },
	{ STR("PlannedPerson.label"), person_label },
	{ STR("PlannedPerson.phone"), person_phone },
	{ STR("PlannedPerson.contacts"), person_contacts },
	{ STR("PlannedPerson.step"), person_step },
	{ STR("PlannedPerson.textsToo"), person_texts_too },
	{ STR("PlannedPerson.asksPin"), person_asks_pin },
	{ STR("PlannedContact.kind"), contact_kind_field },
	{ STR("PlannedContact.number"), contact_number },
	{ STR("PlannedPerson.rings"), person_rings },
	{ STR("PlannedPerson.reason"), person_reason },
	{ STR("PlannedPerson.words"), person_words },
	{ STR("PlannedPerson.until"), person_until },
	{ STR("PlannedPerson.by"), person_by },
};
const size_t graphql_plan_binding_count = COUNT_OF(graphql_plan_bindings);
