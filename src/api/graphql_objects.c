#include "api/graphql_wanted.h"
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

/* ---- Eco ---- */

#define STATE    STORE_BOARD_STATE
#define PROGRESS STORE_BOARD_PROGRESS

/* A resolver that needs more of the row than stands here is told so when a test asks for it. */
const struct graphql_eco_field graphql_eco_fields[] = {
	{ STR("jobNumber"), STORE_BOARD_JOB },
	{ STR("jobNumberSpoken"), STORE_BOARD_JOB },
	{ STR("jobType"), STORE_BOARD_JOB },
	{ STR("exercise"), STORE_BOARD_JOB },
	{ STR("description"), STORE_BOARD_DESCRIPTION },
	{ STR("location"), STORE_BOARD_LOCATION },
	{ STR("status"), STATE },
	{ STR("statusWords"), STATE | PROGRESS },
	{ STR("dispatch"), STATE },
	{ STR("integration"), STATE },
	{ STR("acceptedAt"), PROGRESS },
	{ STR("etaMinutes"), PROGRESS },
	{ STR("graceUntil"), PROGRESS },
	{ STR("updatedAt"), PROGRESS },
	{ STR("clocks"), PROGRESS },
};
const size_t graphql_eco_field_count = COUNT_OF(graphql_eco_fields);

/* ${columns} of the row were read, or the field is a fault and not a zero. */
static struct err *
need(const struct graphql_call *call, unsigned columns)
{
	if ((row(call)->without & columns) == 0)
		return NULL;
	return ERR(call->arena, ERR_CORRUPT, "a column of the board was not read");
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

/* A position is 64 bits wide; a client's number may not be. */
static struct err *
eco_position(struct graphql_call *call, struct graphql_value *ret)
{
	if (row(call)->position > 0)
		*ret =
		    graphql_text(arena_printf(call->arena, "%lld", (long long)row(call)->position));
	return NULL;
}

static struct err *
eco_job_number(struct graphql_call *call, struct graphql_value *ret)
{
	TRY(need(call, STORE_BOARD_JOB));
	*ret = graphql_text(row(call)->job_number);
	return NULL;
}

static struct err *
eco_job_number_spoken(struct graphql_call *call, struct graphql_value *ret)
{
	struct buf spoken = buf_in(call->arena, SPOKEN_BYTES_MAX);

	TRY(need(call, STORE_BOARD_JOB));
	jobnumber_speak(row(call)->job_number, &spoken);
	*ret = graphql_text(buf_view(&spoken));
	return NULL;
}

/* Drills have a series of numbers of their own. */
static struct err *
eco_exercise(struct graphql_call *call, struct graphql_value *ret)
{
	TRY(need(call, STORE_BOARD_JOB));
	*ret = graphql_bool(jobnumber_is_exercise(row(call)->job_number));
	return NULL;
}

static struct err *
eco_job_type(struct graphql_call *call, struct graphql_value *ret)
{
	TRY(need(call, STORE_BOARD_JOB));
	*ret = graphql_text(job_type_name(row(call)->job_type));
	return NULL;
}

static struct err *
eco_description(struct graphql_call *call, struct graphql_value *ret)
{
	TRY(need(call, STORE_BOARD_DESCRIPTION));
	*ret = graphql_text(row(call)->description);
	return NULL;
}

static struct err *
eco_location(struct graphql_call *call, struct graphql_value *ret)
{
	const struct geo_location *location = &row(call)->location;
	struct buf buf = buf_in(call->arena, 64 + location->count * POSITION_BYTES_MAX);
	struct json_writer writer = json_writer(&buf);

	TRY(need(call, STORE_BOARD_LOCATION));
	geojson_write(&writer, location);
	*ret = graphql_raw(buf_view(&buf));
	return NULL;
}

static struct err *
eco_status(struct graphql_call *call, struct graphql_value *ret)
{
	TRY(need(call, STATE));
	*ret = graphql_text(eco_word_name(&eco_status_words, row(call)->status));
	return NULL;
}

/* Never a bare green tick: what "complete" means, and until when it is watched. */
static struct err *
eco_status_words_field(struct graphql_call *call, struct graphql_value *ret)
{
	struct str until = instant_text(call->arena, row(call)->grace_until);
	struct str words;

	TRY(need(call, STATE | PROGRESS));
	words = eco_word_words(&eco_status_words, row(call)->status);
	if (row(call)->has_grace && until.len > strlen("2026-01-06T14:05"))
		words = arena_printf(call->arena, "%.*s, watching until %.10s %.5s UTC",
		    STR_ARG(words), until.ptr, until.ptr + strlen("2026-01-06T"));
	*ret = graphql_text(words);
	return NULL;
}

static struct err *
eco_dispatch(struct graphql_call *call, struct graphql_value *ret)
{
	TRY(need(call, STATE));
	*ret = graphql_text(eco_word_name(&dispatch_state_words, row(call)->dispatch));
	return NULL;
}

static struct err *
eco_integration(struct graphql_call *call, struct graphql_value *ret)
{
	struct uuid asker = graphql_asker(call)->app.actor->organisation.id;

	TRY(need(call, STATE));
	if (uuid_equal(asker, row(call)->osp))
		*ret =
		    graphql_text(eco_word_name(&integration_state_words, row(call)->integration));
	return NULL;
}

static struct err *
eco_accepted_at(struct graphql_call *call, struct graphql_value *ret)
{
	TRY(need(call, PROGRESS));
	*ret = moment(call, row(call)->has_accepted, row(call)->accepted_at);
	return NULL;
}

static struct err *
eco_eta_minutes(struct graphql_call *call, struct graphql_value *ret)
{
	TRY(need(call, PROGRESS));
	if (row(call)->eta_minutes > 0)
		*ret = graphql_int(row(call)->eta_minutes);
	return NULL;
}

static struct err *
eco_grace_until(struct graphql_call *call, struct graphql_value *ret)
{
	TRY(need(call, PROGRESS));
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
	TRY(need(call, PROGRESS));
	*ret = moment(call, true, row(call)->updated_at);
	return NULL;
}

static struct uuid
noc_of(const void *eco)
{
	return ((const struct graphql_eco *)eco)->row.noc;
}

static struct uuid
osp_of(const void *eco)
{
	return ((const struct graphql_eco *)eco)->row.osp;
}

/* What remembers the organisations of all that ${batch} is about; NULL: nothing does. */
static struct graphql_sides *
sides_of(const struct graphql_batch *batch)
{
	struct graphql_sides *sides = ((const struct graphql_eco *)batch->parents[0])->sides;

	for (size_t i = 1; i < batch->count; i++) {
		if (((const struct graphql_eco *)batch->parents[i])->sides != sides)
			return NULL;
	}
	return sides;
}

/* Both sides of all ECOs of ${batch}: who asks for one nearly always asks for the other. */
static struct err *
find_sides(struct graphql_batch *batch, struct graphql_sides *sides)
{
	struct graphql_wanted *wanted = arena_new(batch->call.arena, struct graphql_wanted);

	if (wanted == NULL)
		return ERR(batch->call.arena, ERR_LIMIT, "no memory left to look things up");
	TRY(graphql_wanted_begin(batch, 2 * batch->count, wanted));
	for (size_t i = 0; i < batch->count; i++) {
		graphql_wanted_add(wanted, noc_of(batch->parents[i]));
		graphql_wanted_add(wanted, osp_of(batch->parents[i]));
	}
	TRY(graphql_wanted_organisations(wanted));
	*sides = (struct graphql_sides){ .found = true, .wanted = wanted };
	return NULL;
}

/* One side of ${batch}; what its page has not looked for is looked for here. */
static struct err *
load_side(struct graphql_batch *batch, graphql_id_f id_of)
{
	struct graphql_sides *sides = sides_of(batch);

	if (sides == NULL)
		return graphql_load_organisations(batch, id_of);
	if (!sides->found)
		TRY(find_sides(batch, sides));
	for (size_t i = 0; i < batch->count; i++) {
		if (graphql_wanted_place(sides->wanted, id_of(batch->parents[i])) == SIZE_MAX &&
		    !uuid_is_nil(id_of(batch->parents[i])))
			return graphql_load_organisations(batch, id_of);
	}
	for (size_t i = 0; i < batch->count; i++)
		batch->values[i] = graphql_wanted_value(sides->wanted, id_of(batch->parents[i]));
	return NULL;
}

static struct err *
eco_nocs(struct graphql_batch *batch)
{
	return load_side(batch, noc_of);
}

static struct err *
eco_osps(struct graphql_batch *batch)
{
	return load_side(batch, osp_of);
}

/* ---- EcoClocks: the ECO itself stands behind them ---- */

static struct err *
eco_clocks(struct graphql_call *call, struct graphql_value *ret)
{
	TRY(need(call, PROGRESS));
	*ret = graphql_object(STR("EcoClocks"), call->parent);
	return NULL;
}

static struct err *
clocks_seconds_to_acceptance(struct graphql_call *call, struct graphql_value *ret)
{
	if (row(call)->has_accepted)
		*ret = graphql_int(
		    instant_since(row(call)->accepted_at, row(call)->created_at).us / 1000000);
	return NULL;
}

static struct err *
clocks_arrival_expected_at(struct graphql_call *call, struct graphql_value *ret)
{
	int64_t eta_us = row(call)->eta_minutes * 60 * 1000000;

	if (row(call)->has_accepted && eta_us > 0)
		*ret = moment(call, true, (struct instant){ row(call)->accepted_at.us + eta_us });
	return NULL;
}

/* ---- Organisation ---- */

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
	{ STR("Eco.position"), eco_position },
	{ STR("Eco.exercise"), eco_exercise },
	{ STR("Eco.clocks"), eco_clocks },
	{ STR("EcoClocks.createdAt"), eco_created_at },
	{ STR("EcoClocks.acceptedAt"), eco_accepted_at },
	{ STR("EcoClocks.secondsToAcceptance"), clocks_seconds_to_acceptance },
	{ STR("EcoClocks.arrivalExpectedAt"), clocks_arrival_expected_at },
	{ STR("EcoClocks.graceUntil"), eco_grace_until },
	{ STR("EcoClocks.updatedAt"), eco_updated_at },
	{ STR("Eco.status"), eco_status },
	{ STR("Eco.statusWords"), eco_status_words_field },
	{ STR("Eco.dispatch"), eco_dispatch },
	{ STR("Eco.integration"), eco_integration },
	{ STR("Eco.acceptedAt"), eco_accepted_at },
	{ STR("Eco.etaMinutes"), eco_eta_minutes },
	{ STR("Eco.graceUntil"), eco_grace_until },
	{ STR("Eco.createdAt"), eco_created_at },
	{ STR("Eco.updatedAt"), eco_updated_at },
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

const struct graphql_batch_binding graphql_eco_loaders[] = {
	{ STR("Eco.noc"), eco_nocs },
	{ STR("Eco.osp"), eco_osps },
};
const size_t graphql_eco_loader_count = COUNT_OF(graphql_eco_loaders);
