#include "api/graphql_wanted.h"
#include "app/agreements.h"

/*
 * What an Agreement is shown as.  Its AgreementTerms are a struct eco_terms, its
 * Amendment a struct agreement_amendment, its NocTerms and OspTerms records of their own.
 */

static const struct eco_terms *
terms(const struct graphql_call *call)
{
	return call->parent;
}

static const struct agreement_amendment *
amendment(const struct graphql_call *call)
{
	return call->parent;
}

static const struct agreement *
agreement_of(const void *record)
{
	return &((const struct record *)record)->agreement;
}

static struct uuid
noc_of(const void *record)
{
	return agreement_of(record)->noc;
}

static struct uuid
osp_of(const void *record)
{
	return agreement_of(record)->osp;
}

static struct err *
agreement_nocs(struct graphql_batch *batch)
{
	return graphql_load_organisations(batch, noc_of);
}

static struct err *
agreement_osps(struct graphql_batch *batch)
{
	return graphql_load_organisations(batch, osp_of);
}

static struct err *
agreement_terms(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_object(STR("AgreementTerms"), &graphql_record(call)->agreement.terms);
	return NULL;
}

static struct err *
agreement_amendment(struct graphql_call *call, struct graphql_value *ret)
{
	const struct agreement *agreement = &graphql_record(call)->agreement;

	if (agreement->amendment.open)
		*ret = graphql_object(STR("Amendment"), &agreement->amendment);
	return NULL;
}

static struct err *
amendment_terms(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_object(STR("AgreementTerms"), &amendment(call)->terms);
	return NULL;
}

/*
 * What a side keeps to itself, of all agreements at once: what row-level security hides anyway
 * is not even asked for.
 */
static struct err *
load_terms(struct graphql_batch *batch, graphql_id_f side_of, graphql_id_f id_of,
    enum record_kind kind, struct str type_name)
{
	struct uuid asker = graphql_asker(&batch->call)->app.actor->organisation.id;
	struct graphql_wanted wanted;

	TRY(graphql_wanted_begin(batch, batch->count, &wanted));
	for (size_t i = 0; i < batch->count; i++) {
		if (uuid_equal(side_of(batch->parents[i]), asker))
			graphql_wanted_add(&wanted, id_of(batch->parents[i]));
	}
	TRY(graphql_wanted_records(&wanted, kind, type_name));
	for (size_t i = 0; i < batch->count; i++)
		batch->values[i] = graphql_wanted_value(&wanted, id_of(batch->parents[i]));
	return NULL;
}

static struct uuid
noc_terms_id_of(const void *record)
{
	return record_noc_terms_id(((const struct record *)record)->id);
}

static struct uuid
osp_terms_id_of(const void *record)
{
	return record_osp_terms_id(((const struct record *)record)->id);
}

static struct err *
agreement_noc_terms(struct graphql_batch *batch)
{
	return load_terms(batch, noc_of, noc_terms_id_of, RECORD_NOC_TERMS, STR("NocTerms"));
}

static struct err *
agreement_osp_terms(struct graphql_batch *batch)
{
	return load_terms(batch, osp_of, osp_terms_id_of, RECORD_OSP_TERMS, STR("OspTerms"));
}

static const struct noc_terms *
noc_terms_of(const void *record)
{
	return &((const struct record *)record)->noc_terms;
}

static struct err *
noc_terms_failovers(struct graphql_batch *batch)
{
	struct graphql_wanted wanted;

	TRY(graphql_wanted_begin(batch, batch->count * FAILOVER_MAX, &wanted));
	for (size_t i = 0; i < batch->count; i++) {
		const struct noc_terms *own = noc_terms_of(batch->parents[i]);

		for (size_t k = 0; k < own->failover_count; k++)
			graphql_wanted_add(&wanted, own->failover[k].osp);
	}
	TRY(graphql_wanted_organisations(&wanted));
	for (size_t i = 0; i < batch->count; i++) {
		const struct noc_terms *own = noc_terms_of(batch->parents[i]);
		struct graphql_value *items =
		    arena_array(batch->call.arena, struct graphql_value, own->failover_count + 1);
		size_t count = 0;

		if (items == NULL)
			return ERR(
			    batch->call.arena, ERR_LIMIT, "no memory left to list organisations");
		for (size_t k = 0; k < own->failover_count; k++) {
			items[count] = graphql_wanted_value(&wanted, own->failover[k].osp);
			count += items[count].type != GRAPHQL_NULL;
		}
		batch->values[i] = graphql_list(items, count);
	}
	return NULL;
}

static struct err *
agreement_kind(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text(
	    eco_word_name(&agreement_kind_words, graphql_record(call)->agreement.kind));
	return NULL;
}

static struct err *
agreement_state(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text(
	    eco_word_name(&agreement_state_words, graphql_record(call)->agreement.state));
	return NULL;
}

static struct err *
agreement_proposed_by(struct graphql_call *call, struct graphql_value *ret)
{
	*ret =
	    graphql_text(eco_word_name(&side_words, graphql_record(call)->agreement.proposed_by));
	return NULL;
}

static struct err *
agreement_number_prefix(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text_or_null(graphql_record(call)->agreement.number_prefix);
	return NULL;
}

static struct err *
agreement_valid_from(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_moment_value(call, graphql_record(call)->agreement.valid_from);
	return NULL;
}

static struct err *
agreement_valid_until(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_moment_value(call, graphql_record(call)->agreement.valid_until);
	return NULL;
}

static struct err *
agreement_reason(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text_or_null(graphql_record(call)->reason);
	return NULL;
}

static struct err *
terms_ring_seconds(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_int(terms(call)->ring_s);
	return NULL;
}

static struct err *
terms_loops(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_int(terms(call)->loops);
	return NULL;
}

static struct err *
terms_retry_after_seconds(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_int(terms(call)->retry_after_s);
	return NULL;
}

static struct err *
terms_retries(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_int(terms(call)->retries);
	return NULL;
}

static struct err *
terms_grace_seconds(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_int(terms(call)->grace_s);
	return NULL;
}

static struct err *
terms_poll_seconds(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_int(terms(call)->poll_s);
	return NULL;
}

static struct err *
terms_poll_grace_seconds(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_int(terms(call)->poll_grace_s);
	return NULL;
}

static struct err *
terms_arrival_seconds(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_int(terms(call)->arrival_s);
	return NULL;
}

static struct err *
terms_arrival_grace_seconds(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_int(terms(call)->arrival_grace_s);
	return NULL;
}

static struct err *
amendment_proposed_by(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text(eco_word_name(&side_words, amendment(call)->proposed_by));
	return NULL;
}

static struct err *
amendment_kind(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text(eco_word_name(&agreement_kind_words, amendment(call)->kind));
	return NULL;
}

static struct err *
amendment_valid_until(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_moment_value(call, amendment(call)->valid_until);
	return NULL;
}

static struct err *
noc_terms_duty_phone(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text_or_null(graphql_record(call)->noc_terms.duty_phone);
	return NULL;
}

static struct err *
noc_terms_twilio_subaccount(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text_or_null(graphql_record(call)->noc_terms.twilio_subaccount);
	return NULL;
}

static struct err *
noc_terms_twilio_from(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text_or_null(graphql_record(call)->noc_terms.twilio_from);
	return NULL;
}

static struct err *
osp_terms_render_url(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text_or_null(graphql_record(call)->osp_terms.render_url);
	return NULL;
}

static struct err *
osp_terms_render_client_id(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text_or_null(graphql_record(call)->osp_terms.render_client_id);
	return NULL;
}

static struct err *
osp_terms_render_secret_ref(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text_or_null(graphql_record(call)->osp_terms.render_secret_ref);
	return NULL;
}

static struct err *
osp_terms_render_project(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text_or_null(graphql_record(call)->osp_terms.render_project);
	return NULL;
}

static struct err *
osp_terms_default_list(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_id_value(call, graphql_record(call)->osp_terms.default_list);
	return NULL;
}

const struct graphql_binding graphql_terms_bindings[] = {
	{ STR("Agreement.id"), graphql_record_id },
	{ STR("Agreement.version"), graphql_record_version },
	{ STR("Agreement.terms"), agreement_terms },
	{ STR("Agreement.amendment"), agreement_amendment },
	{ STR("Agreement.kind"), agreement_kind },
	{ STR("Agreement.state"), agreement_state },
	{ STR("Agreement.proposedBy"), agreement_proposed_by },
	{ STR("Agreement.numberPrefix"), agreement_number_prefix },
	{ STR("Agreement.validFrom"), agreement_valid_from },
	{ STR("Agreement.validUntil"), agreement_valid_until },
	{ STR("Agreement.reason"), agreement_reason },
	{ STR("AgreementTerms.ringSeconds"), terms_ring_seconds },
	{ STR("AgreementTerms.loops"), terms_loops },
	{ STR("AgreementTerms.retryAfterSeconds"), terms_retry_after_seconds },
	{ STR("AgreementTerms.retries"), terms_retries },
	{ STR("AgreementTerms.graceSeconds"), terms_grace_seconds },
	{ STR("AgreementTerms.pollSeconds"), terms_poll_seconds },
	{ STR("AgreementTerms.pollGraceSeconds"), terms_poll_grace_seconds },
	{ STR("AgreementTerms.arrivalSeconds"), terms_arrival_seconds },
	{ STR("AgreementTerms.arrivalGraceSeconds"), terms_arrival_grace_seconds },
	{ STR("Amendment.terms"), amendment_terms },
	{ STR("Amendment.proposedBy"), amendment_proposed_by },
	{ STR("Amendment.kind"), amendment_kind },
	{ STR("Amendment.validUntil"), amendment_valid_until },
	{ STR("NocTerms.version"), graphql_record_version },
	{ STR("NocTerms.dutyPhone"), noc_terms_duty_phone },
	{ STR("NocTerms.twilioSubaccount"), noc_terms_twilio_subaccount },
	{ STR("NocTerms.twilioFrom"), noc_terms_twilio_from },
	{ STR("OspTerms.version"), graphql_record_version },
	{ STR("OspTerms.renderUrl"), osp_terms_render_url },
	{ STR("OspTerms.renderClientId"), osp_terms_render_client_id },
	{ STR("OspTerms.renderSecretRef"), osp_terms_render_secret_ref },
	{ STR("OspTerms.renderProject"), osp_terms_render_project },
	{ STR("OspTerms.defaultList"), osp_terms_default_list },
};
const size_t graphql_terms_binding_count = COUNT_OF(graphql_terms_bindings);

const struct graphql_batch_binding graphql_terms_loaders[] = {
	{ STR("Agreement.noc"), agreement_nocs },
	{ STR("Agreement.osp"), agreement_osps },
	{ STR("Agreement.nocTerms"), agreement_noc_terms },
	{ STR("Agreement.ospTerms"), agreement_osp_terms },
	{ STR("NocTerms.failover"), noc_terms_failovers },
};
const size_t graphql_terms_loader_count = COUNT_OF(graphql_terms_loaders);
