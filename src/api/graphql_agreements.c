#include "api/graphql_record.h"
#include "app/agreements.h"

/* ---- queries ---- */

static struct err *
query_agreements(struct graphql_call *call, struct graphql_value *ret)
{
	struct record_page_query query = { .kind = RECORD_AGREEMENT };
	struct record_page page;
	bool go;

	graphql_permits(call, OPERATION_agreements, &go);
	if (go)
		graphql_page_arguments(call, &query, &go);
	if (!go)
		return NULL;
	TRY(app_list_agreements(&graphql_asker(call)->app, &query, &page));
	return graphql_page_answer(call, &page, STR("AgreementEdge"), STR("Agreement"), ret);
}

/* Agreement ${id} as ${type_name}, or null. */
static struct err *
find(struct graphql_call *call, struct uuid id, struct str type_name, struct graphql_value *ret)
{
	struct record *record = arena_new(call->arena, struct record);
	bool found;

	if (record == NULL)
		return ERR(call->arena, ERR_LIMIT, "no memory left to read an agreement");
	TRY(app_find_agreement(&graphql_asker(call)->app, id, &found, record));
	if (found)
		*ret = graphql_object(type_name, record);
	return NULL;
}

static struct err *
query_agreement(struct graphql_call *call, struct graphql_value *ret)
{
	struct uuid id;
	bool go;

	graphql_permits(call, OPERATION_agreement, &go);
	/* What is no id names nothing. */
	if (!go || !uuid_parse(graphql_argument(call, STR("id"))->text, &id))
		return NULL;
	return find(call, id, STR("Agreement"), ret);
}

/* ---- inputs ---- */

static enum agreement_kind
read_kind(const struct json *given)
{
	unsigned kind = AGREEMENT_REACTIVE;

	(void)!eco_word_find(
	    &agreement_kind_words, json_text_or(given, STR("kind"), STR("")), &kind);
	return (enum agreement_kind)kind;
}

/* The terms given; what is not given is as in ${otherwise}. */
static struct eco_terms
read_terms(const struct json *given, struct eco_terms otherwise)
{
	const struct json *terms = json_find(given, STR("terms"));

	return (struct eco_terms){
		.ring_s = json_int_or(terms, STR("ringSeconds"), otherwise.ring_s),
		.loops = json_int_or(terms, STR("loops"), otherwise.loops),
		.retry_after_s =
		    json_int_or(terms, STR("retryAfterSeconds"), otherwise.retry_after_s),
		.retries = json_int_or(terms, STR("retries"), otherwise.retries),
		.grace_s = json_int_or(terms, STR("graceSeconds"), otherwise.grace_s),
		.poll_s = json_int_or(terms, STR("pollSeconds"), otherwise.poll_s),
		.poll_grace_s = json_int_or(terms, STR("pollGraceSeconds"), otherwise.poll_grace_s),
		.arrival_s = json_int_or(terms, STR("arrivalSeconds"), otherwise.arrival_s),
		.arrival_grace_s =
		    json_int_or(terms, STR("arrivalGraceSeconds"), otherwise.arrival_grace_s),
	};
}

/* ---- mutations ---- */

static struct err *
respond(
    struct graphql_call *call, const struct app_record_answer *answer, struct graphql_value *ret)
{
	if (answer->refused)
		return graphql_refused(call, &answer->refusal, ret);
	return find(call, answer->id, STR("AgreementSuccess"), ret);
}

static struct err *
mutation_propose_agreement(struct graphql_call *call, struct graphql_value *ret)
{
	const struct json *given = graphql_input(call);
	struct app_propose_agreement input = {
		.command = graphql_command(given),
		.body = record_body_hash(call->arena, OPERATION_propose_agreement, given),
		.counterpart = json_text_or(given, STR("counterpart"), STR("")),
		.kind = read_kind(given),
		.number_prefix = json_text_or(given, STR("numberPrefix"), STR("")),
		.terms = read_terms(given, agreement_default_terms()),
		.valid_from = graphql_moment(given, STR("validFrom")),
		.valid_until = graphql_moment(given, STR("validUntil")),
	};
	unsigned side = SIDE_NOC;
	struct app_record_answer answer;

	(void)!eco_word_find(&side_words, json_text_or(given, STR("side"), STR("")), &side);
	input.side = (enum side)side;
	TRY(api_worker_session(graphql_asker(call)->request, &input.finder));
	TRY(app_propose_agreement(&graphql_asker(call)->app, &input, &answer));
	return respond(call, &answer, ret);
}

static struct app_answer_agreement
read_answer(struct graphql_call *call, enum app_operation operation)
{
	const struct json *given = graphql_input(call);

	return (struct app_answer_agreement){
		.command = graphql_command(given),
		.body = record_body_hash(call->arena, operation, given),
		.agreement = graphql_id(given, STR("agreement")),
		.number_prefix = json_text_or(given, STR("numberPrefix"), STR("")),
		.reason = json_text_or(given, STR("reason"), STR("")),
		.at = graphql_moment(given, STR("at")),
	};
}

static struct err *
mutation_accept_agreement(struct graphql_call *call, struct graphql_value *ret)
{
	const struct app_answer_agreement input = read_answer(call, OPERATION_accept_agreement);
	struct app_record_answer answer;

	TRY(app_accept_agreement(&graphql_asker(call)->app, &input, &answer));
	return respond(call, &answer, ret);
}

static struct err *
mutation_decline_agreement(struct graphql_call *call, struct graphql_value *ret)
{
	const struct app_answer_agreement input = read_answer(call, OPERATION_decline_agreement);
	struct app_record_answer answer;

	TRY(app_decline_agreement(&graphql_asker(call)->app, &input, &answer));
	return respond(call, &answer, ret);
}

static struct err *
mutation_end_agreement(struct graphql_call *call, struct graphql_value *ret)
{
	const struct app_answer_agreement input = read_answer(call, OPERATION_end_agreement);
	struct app_record_answer answer;

	TRY(app_end_agreement(&graphql_asker(call)->app, &input, &answer));
	return respond(call, &answer, ret);
}

static struct err *
mutation_propose_amendment(struct graphql_call *call, struct graphql_value *ret)
{
	const struct json *given = graphql_input(call);
	const struct eco_terms as_it_is = { -1, -1, -1, -1, -1, -1, -1, -1, -1 };
	const struct app_propose_amendment input = {
		.command = graphql_command(given),
		.body = record_body_hash(call->arena, OPERATION_propose_amendment, given),
		.agreement = graphql_id(given, STR("agreement")),
		.has_kind = graphql_given(given, STR("kind")),
		.kind = read_kind(given),
		/* Given as null: without end. */
		.has_valid_until = json_find(given, STR("validUntil")) != NULL,
		.valid_until = graphql_moment(given, STR("validUntil")),
		.terms = read_terms(given, as_it_is),
	};
	struct app_record_answer answer;

	TRY(app_propose_amendment(&graphql_asker(call)->app, &input, &answer));
	return respond(call, &answer, ret);
}

/* ---- what a side keeps to itself ---- */

/* False when there are more than may be. */
static bool
read_failover(const struct json *given, struct app_set_noc_terms *ret)
{
	const struct json *list = json_find(given, STR("failover"));

	if (list == NULL || list->type != JSON_LIST)
		return true;
	for (size_t i = 0; i < list->list.count && i < FAILOVER_MAX; i++)
		ret->failover[ret->failover_count++] = list->list.items[i].text;
	return list->list.count <= FAILOVER_MAX;
}

static struct err *
mutation_set_noc_terms(struct graphql_call *call, struct graphql_value *ret)
{
	const struct json *given = graphql_input(call);
	struct app_set_noc_terms *input = arena_new(call->arena, struct app_set_noc_terms);
	struct app_record_answer answer = { .refused = true };

	if (input == NULL)
		return ERR(call->arena, ERR_LIMIT, "no memory left to set terms");
	*input = (struct app_set_noc_terms){
		.command = graphql_command(given),
		.body = record_body_hash(call->arena, OPERATION_set_noc_terms, given),
		.agreement = graphql_id(given, STR("agreement")),
		.given = {
			.duty_phone = json_text_or(given, STR("dutyPhone"), STR("")),
			.twilio_subaccount =
			    json_text_or(given, STR("twilioSubaccount"), STR("")),
			.twilio_from = json_text_or(given, STR("twilioFrom"), STR("")),
		},
	};
	if (!read_failover(given, input))
		(void)refuse(&answer.refusal, REFUSAL_FAILOVER_INVALID, "failover",
		    "at most %d failover OSPs can be named", FAILOVER_MAX);
	else
		TRY(app_set_noc_terms(&graphql_asker(call)->app, input, &answer));
	return respond(call, &answer, ret);
}

static struct err *
mutation_set_osp_terms(struct graphql_call *call, struct graphql_value *ret)
{
	const struct json *given = graphql_input(call);
	const struct app_set_osp_terms input = {
		.command = graphql_command(given),
		.body = record_body_hash(call->arena, OPERATION_set_osp_terms, given),
		.agreement = graphql_id(given, STR("agreement")),
		.given = {
			.render_url = json_text_or(given, STR("renderUrl"), STR("")),
			.render_client_id = json_text_or(given, STR("renderClientId"), STR("")),
			.render_secret_ref =
			    json_text_or(given, STR("renderSecretRef"), STR("")),
			.render_project = json_text_or(given, STR("renderProject"), STR("")),
			.default_list = graphql_id(given, STR("defaultList")),
		},
	};
	struct app_record_answer answer;

	TRY(app_set_osp_terms(&graphql_asker(call)->app, &input, &answer));
	return respond(call, &answer, ret);
}

static struct err *
success_agreement(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_object(STR("Agreement"), call->parent);
	return NULL;
}

const struct graphql_binding graphql_agreement_bindings[] = {
	{ STR("Query.agreements"), query_agreements },
	{ STR("Query.agreement"), query_agreement },
	{ STR("Mutation.proposeAgreement"), mutation_propose_agreement },
	{ STR("Mutation.acceptAgreement"), mutation_accept_agreement },
	{ STR("Mutation.declineAgreement"), mutation_decline_agreement },
	{ STR("Mutation.endAgreement"), mutation_end_agreement },
	{ STR("Mutation.proposeAmendment"), mutation_propose_amendment },
	{ STR("Mutation.setNocTerms"), mutation_set_noc_terms },
	{ STR("Mutation.setOspTerms"), mutation_set_osp_terms },
	{ STR("AgreementSuccess.agreement"), success_agreement },
	{ STR("AgreementConnection.edges"), graphql_page_edges },
	{ STR("AgreementConnection.pageInfo"), graphql_page_page_info },
	{ STR("AgreementEdge.cursor"), graphql_edge_cursor },
	{ STR("AgreementEdge.node"), graphql_edge_node },
};
const size_t graphql_agreement_binding_count = COUNT_OF(graphql_agreement_bindings);
