#include "api/graphql_eco.h"
#include "codec/geojson.h"
#include "domain/jobnumber/spoken.h"

/* One position in GeoJSON: two numbers of at most 24 characters, brackets, commas. */
#define POSITION_BYTES_MAX 56

static const struct store_board_row *
row(const struct graphql_call *call)
{
	return &((const struct graphql_eco *)call->parent)->row;
}

static struct graphql_value
moment(struct graphql_call *call, bool has, struct instant when)
{
	return has ? graphql_text(instant_text(call->arena, when)) : graphql_null();
}

static struct err *
eco_id(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text(uuid_text(call->arena, row(call)->eco));
	return NULL;
}

static struct err *
eco_version(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_int(row(call)->version);
	return NULL;
}

static struct err *
eco_job_number(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text(row(call)->job_number);
	return NULL;
}

static struct err *
eco_job_number_spoken(struct graphql_call *call, struct graphql_value *ret)
{
	struct buf spoken = buf_in(call->arena, SPOKEN_BYTES_MAX);

	jobnumber_speak(row(call)->job_number, &spoken);
	*ret = graphql_text(buf_view(&spoken));
	return NULL;
}

static struct err *
eco_job_type(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text(job_type_name(row(call)->job_type));
	return NULL;
}

static struct err *
eco_description(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text(row(call)->description);
	return NULL;
}

static struct err *
eco_location(struct graphql_call *call, struct graphql_value *ret)
{
	const struct geo_location *location = &row(call)->location;
	struct buf buf = buf_in(call->arena, 64 + location->count * POSITION_BYTES_MAX);
	struct json_writer writer = json_writer(&buf);

	geojson_write(&writer, location);
	*ret = graphql_raw(buf_view(&buf));
	return NULL;
}

static struct err *
organisation(struct graphql_call *call, struct uuid id, struct graphql_value *ret)
{
	const struct app_context *app = &graphql_asker(call)->app;
	struct store_organisation *found = arena_new(call->arena, struct store_organisation);
	bool exists;

	if (found == NULL)
		return ERR(call->arena, ERR_LIMIT, "no memory left to read an organisation");
	TRY(store_find_organisation(app->session, call->arena, id, STR(""), &exists, found));
	if (exists)
		*ret = graphql_object(STR("Organisation"), found);
	return NULL;
}

static struct err *
eco_noc(struct graphql_call *call, struct graphql_value *ret)
{
	return organisation(call, row(call)->noc, ret);
}

static struct err *
eco_osp(struct graphql_call *call, struct graphql_value *ret)
{
	return organisation(call, row(call)->osp, ret);
}

static struct err *
eco_status(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text(eco_word_name(&eco_status_words, row(call)->status));
	return NULL;
}

/* Never a bare green tick: what "complete" means, and until when it is watched. */
static struct err *
eco_status_words_field(struct graphql_call *call, struct graphql_value *ret)
{
	struct str words = eco_word_words(&eco_status_words, row(call)->status);
	struct str until = instant_text(call->arena, row(call)->grace_until);

	if (row(call)->has_grace && until.len > strlen("2026-01-06T14:05"))
		words = arena_printf(call->arena, "%.*s, watching until %.10s %.5s UTC",
		    STR_ARG(words), until.ptr, until.ptr + strlen("2026-01-06T"));
	*ret = graphql_text(words);
	return NULL;
}

static struct err *
eco_dispatch(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text(eco_word_name(&dispatch_state_words, row(call)->dispatch));
	return NULL;
}

static struct err *
eco_integration(struct graphql_call *call, struct graphql_value *ret)
{
	struct uuid asker = graphql_asker(call)->app.actor->organisation.id;

	if (uuid_equal(asker, row(call)->osp))
		*ret =
		    graphql_text(eco_word_name(&integration_state_words, row(call)->integration));
	return NULL;
}

static struct err *
eco_accepted_at(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = moment(call, row(call)->has_accepted, row(call)->accepted_at);
	return NULL;
}

static struct err *
eco_eta_minutes(struct graphql_call *call, struct graphql_value *ret)
{
	if (row(call)->eta_minutes > 0)
		*ret = graphql_int(row(call)->eta_minutes);
	return NULL;
}

static struct err *
eco_grace_until(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = moment(call, row(call)->has_grace, row(call)->grace_until);
	return NULL;
}

static struct err *
eco_created_at(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = moment(call, true, row(call)->created_at);
	return NULL;
}

static struct err *
eco_updated_at(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = moment(call, true, row(call)->updated_at);
	return NULL;
}

static struct err *
eco_timeline(struct graphql_call *call, struct graphql_value *ret)
{
	const struct graphql_eco *eco = call->parent;
	struct graphql_timeline_end end = {
		.moment = { .kind = AS_OF_NOW },
		.version = eco->past ? eco->row.version : INT64_MAX,
	};

	return graphql_timeline(call, eco->row.eco, &end, ret);
}

static const struct store_organisation *
org(const struct graphql_call *call)
{
	return call->parent;
}

static struct err *
organisation_id(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text(uuid_text(call->arena, org(call)->id));
	return NULL;
}

static struct err *
organisation_handle(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text(org(call)->handle);
	return NULL;
}

static struct err *
organisation_name(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text(org(call)->name);
	return NULL;
}

static struct err *
organisation_is_noc(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_bool(org(call)->is_noc);
	return NULL;
}

static struct err *
organisation_is_osp(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_bool(org(call)->is_osp);
	return NULL;
}

static struct err *
viewer_user(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text(((const struct store_membership *)call->parent)->user_handle);
	return NULL;
}

static struct err *
viewer_role(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text(((const struct store_membership *)call->parent)->role);
	return NULL;
}

static struct err *
viewer_organisation(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_object(
	    STR("Organisation"), &((const struct store_membership *)call->parent)->organisation);
	return NULL;
}

static const struct refusal *
refusal(const struct graphql_call *call)
{
	return call->parent;
}

static struct err *
refusal_code_field(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text(refusal_code_name(refusal(call)->code));
	return NULL;
}

static struct err *
refusal_field_field(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text_or_null(refusal_field(refusal(call)));
	return NULL;
}

static struct err *
refusal_message_field(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text(refusal_message(refusal(call)));
	return NULL;
}

static struct err *
refusal_rule_field(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text(refusal_rule(refusal(call)->code));
	return NULL;
}

const struct graphql_binding graphql_eco_bindings[] = {
	{ STR("Eco.id"), eco_id },
	{ STR("Eco.version"), eco_version },
	{ STR("Eco.jobNumber"), eco_job_number },
	{ STR("Eco.jobNumberSpoken"), eco_job_number_spoken },
	{ STR("Eco.jobType"), eco_job_type },
	{ STR("Eco.description"), eco_description },
	{ STR("Eco.location"), eco_location },
	{ STR("Eco.noc"), eco_noc },
	{ STR("Eco.osp"), eco_osp },
	{ STR("Eco.status"), eco_status },
	{ STR("Eco.statusWords"), eco_status_words_field },
	{ STR("Eco.dispatch"), eco_dispatch },
	{ STR("Eco.integration"), eco_integration },
	{ STR("Eco.acceptedAt"), eco_accepted_at },
	{ STR("Eco.etaMinutes"), eco_eta_minutes },
	{ STR("Eco.graceUntil"), eco_grace_until },
	{ STR("Eco.createdAt"), eco_created_at },
	{ STR("Eco.updatedAt"), eco_updated_at },
	{ STR("Eco.timeline"), eco_timeline },
	{ STR("Organisation.id"), organisation_id },
	{ STR("Organisation.handle"), organisation_handle },
	{ STR("Organisation.name"), organisation_name },
	{ STR("Organisation.isNoc"), organisation_is_noc },
	{ STR("Organisation.isOsp"), organisation_is_osp },
	{ STR("Viewer.user"), viewer_user },
	{ STR("Viewer.role"), viewer_role },
	{ STR("Viewer.organisation"), viewer_organisation },
	{ STR("Refusal.code"), refusal_code_field },
	{ STR("Refusal.field"), refusal_field_field },
	{ STR("Refusal.message"), refusal_message_field },
	{ STR("Refusal.rule"), refusal_rule_field },
};
const size_t graphql_eco_binding_count = COUNT_OF(graphql_eco_bindings);
