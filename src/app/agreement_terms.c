#include "app/agreements.h"
#include "app/organisations.h"

/*
 * What each side keeps to itself about an agreement is a record of its own: the other
 * side has no such row.  The command is on the agreement, which must be there; the terms
 * need not be, before they are set for the first time.
 */

struct setting {
	const struct app_context *context;
	enum side side;
	struct app_command command;
	const struct app_set_noc_terms *noc; /* one of the two */
	const struct app_set_osp_terms *osp;
};

/* ---- whose ---- */

/* Only the side that keeps them sets them; who stands on neither knows no such agreement. */
static bool
check_side(
    const struct setting *setting, const struct agreement *agreement, struct refusal *ret_refusal)
{
	struct uuid own = setting->context->actor->organisation.id;

	if (agreement_is_on(agreement, own, setting->side))
		return true;
	if (!agreement_is_on(agreement, own, SIDE_NOC) &&
	    !agreement_is_on(agreement, own, SIDE_OSP))
		return refuse(ret_refusal, REFUSAL_AGREEMENT_UNKNOWN, "agreement",
		    "there is no such agreement");
	return refuse(ret_refusal, REFUSAL_NOT_PERMITTED, "agreement",
	    "these are the %s's own terms, and your organisation is not the %s of this agreement",
	    setting->side == SIDE_NOC ? "NOC" : "OSP", setting->side == SIDE_NOC ? "NOC" : "OSP");
}

static bool
check_version(
    const struct app_command *command, const struct record *terms, struct refusal *ret_refusal)
{
	if (!command->has_version || command->version == terms->version)
		return true;
	return refuse(ret_refusal, REFUSAL_VERSION_STALE, "version",
	    "these terms stand at version %lld, not at %lld; look at them again",
	    (long long)terms->version, (long long)command->version);
}

/* ---- failover ---- */

struct engaged {
	struct uuid noc, osp;
	bool found;
};

static void
look_for(void *context, const struct record *record)
{
	struct engaged *engaged = context;

	if (record->agreement.state == AGREEMENT_AGREED &&
	    uuid_equal(record->agreement.noc, engaged->noc) &&
	    uuid_equal(record->agreement.osp, engaged->osp))
		engaged->found = true;
}

static bool
is_named_before(const struct failover_osp *failover, size_t count, struct uuid osp)
{
	for (size_t i = 0; i < count; i++) {
		if (uuid_equal(failover[i].osp, osp))
			return true;
	}
	return false;
}

/* Whether ${name} can be engaged instead of the agreement's own OSP. */
static struct err *
find_failover(const struct setting *setting, const struct agreement *agreement, struct str name,
    bool *ret_fits, struct uuid *ret)
{
	const struct app_context *context = setting->context;
	struct engaged engaged = { .noc = agreement->noc };
	struct store_organisation osp;

	TRY(organisation_find(context->session, context->arena, name, ret_fits, &osp));
	if (!*ret_fits)
		return NULL;
	engaged.osp = osp.id;
	TRY(record_each(context->session, context->arena, RECORD_AGREEMENT, look_for, &engaged));
	*ret_fits = engaged.found && !uuid_equal(osp.id, agreement->osp);
	*ret = osp.id;
	return NULL;
}

static struct err *
read_failover(const struct setting *setting, const struct agreement *agreement,
    struct noc_terms *ret, bool *ret_fits, struct refusal *ret_refusal)
{
	const struct app_set_noc_terms *input = setting->noc;
	struct failover_osp *failover =
	    arena_array(setting->context->arena, struct failover_osp, FAILOVER_MAX);

	if (failover == NULL)
		return ERR(setting->context->arena, ERR_LIMIT, "no memory left to decide");
	*ret_fits = true;
	for (size_t i = 0; i < input->failover_count; i++) {
		TRY(find_failover(
		    setting, agreement, input->failover[i], ret_fits, &failover[i].osp));
		*ret_fits = *ret_fits && !is_named_before(failover, i, failover[i].osp);
		if (!*ret_fits) {
			(void)refuse(ret_refusal, REFUSAL_FAILOVER_INVALID, "failover",
			    "failover[%zu] must be another OSP with which your organisation has "
			    "an agreement, named once",
			    i);
			return NULL;
		}
	}
	ret->failover = failover;
	ret->failover_count = input->failover_count;
	return NULL;
}

/* ---- the default list ---- */

static struct err *
check_list(
    const struct setting *setting, struct uuid list, bool *ret_fits, struct refusal *ret_refusal)
{
	struct record *record = arena_new(setting->context->arena, struct record);

	*ret_fits = uuid_is_nil(list);
	if (*ret_fits)
		return NULL;
	if (record == NULL)
		return ERR(setting->context->arena, ERR_LIMIT, "no memory left to decide");
	TRY(record_load(setting->context->session, setting->context->arena, RECORD_PAGER_LIST, list,
	    ret_fits, record));
	*ret_fits =
	    (*ret_fits && !record->pager_list.retired &&
		uuid_equal(record->pager_list.osp, setting->context->actor->organisation.id)) ||
	    refuse(ret_refusal, REFUSAL_PAGER_LIST_UNKNOWN, "defaultList",
		"there is no such pager list of your organisation");
	return NULL;
}

/* ---- deciding ---- */

static struct err *
decide_noc(const struct setting *setting, const struct record *agreement,
    const struct record *terms, struct record_decision *made, bool *ret_decided,
    struct refusal *ret_refusal)
{
	struct noc_terms given = setting->noc->given;

	given.agreement = agreement->id;
	given.noc = agreement->agreement.noc;
	TRY(read_failover(setting, &agreement->agreement, &given, ret_decided, ret_refusal));
	if (*ret_decided)
		*ret_decided = noc_terms_decide_set(terms, &given, made, ret_refusal);
	return NULL;
}

/*
 * A contractor's secret goes to the address that it names: so it can only name its own,
 * not that of another contractor of this installation.
 */
static bool
is_own_secret(const struct setting *setting, struct refusal *ret_refusal)
{
	const struct app_context *context = setting->context;
	struct str handle = context->actor->organisation.handle;
	struct str own = arena_printf(context->arena, "render-%.*s", STR_ARG(handle));
	struct str given = setting->osp->given.render_secret_ref;

	if (str_empty(given) || str_equal(given, own))
		return true;
	return refuse(ret_refusal, REFUSAL_SETTING_INVALID, "renderSecretRef",
	    "the secret of your organisation is called %.*s", STR_ARG(own));
}

static struct err *
decide_osp(const struct setting *setting, const struct record *agreement,
    const struct record *terms, struct record_decision *made, bool *ret_decided,
    struct refusal *ret_refusal)
{
	struct osp_terms given = setting->osp->given;

	*ret_decided = is_own_secret(setting, ret_refusal);
	if (!*ret_decided)
		return NULL;
	given.agreement = agreement->id;
	given.osp = agreement->agreement.osp;
	TRY(check_list(setting, given.default_list, ret_decided, ret_refusal));
	if (*ret_decided)
		*ret_decided = osp_terms_decide_set(terms, &given, made, ret_refusal);
	return NULL;
}

/* The terms as they stand, or as they stand before they are set for the first time. */
static struct err *
load_terms(const struct setting *setting, struct uuid agreement, struct record *ret)
{
	enum record_kind kind = setting->side == SIDE_NOC ? RECORD_NOC_TERMS : RECORD_OSP_TERMS;
	struct uuid id = setting->side == SIDE_NOC ? record_noc_terms_id(agreement)
						   : record_osp_terms_id(agreement);
	bool found;

	TRY(record_load(setting->context->session, setting->context->arena, kind, id, &found, ret));
	if (!found)
		*ret = (struct record){ .kind = kind, .id = id };
	return NULL;
}

static struct err *
decide_setting(void *decision, const struct record *before, struct record_outcome *ret,
    bool *ret_decided, struct refusal *ret_refusal)
{
	const struct setting *setting = decision;
	struct arena *arena = setting->context->arena;
	struct record_decision *made = arena_new(arena, struct record_decision);
	struct record *terms = arena_new(arena, struct record);

	if (made == NULL || terms == NULL)
		return ERR(arena, ERR_LIMIT, "no memory left to decide");
	*ret_decided = check_side(setting, &before->agreement, ret_refusal);
	if (!*ret_decided)
		return NULL;
	TRY(load_terms(setting, before->id, terms));
	*ret_decided = check_version(&setting->command, terms, ret_refusal);
	if (!*ret_decided)
		return NULL;
	if (setting->side == SIDE_NOC)
		TRY(decide_noc(setting, before, terms, made, ret_decided, ret_refusal));
	else
		TRY(decide_osp(setting, before, terms, made, ret_decided, ret_refusal));
	if (*ret_decided && made->changes)
		ret->steps[ret->step_count++] = (struct record_step){ made->event, made->after };
	return NULL;
}

static struct err *
set_terms(const struct setting *setting, enum app_operation operation, struct sha256 body,
    struct uuid agreement, struct app_record_answer *ret)
{
	struct setting decision = *setting;

	TRY(record_command_run(
	    &(struct record_command){
		.context = setting->context,
		.operation = operation,
		/* The version given is that of the terms, not the agreement's. */
		.command = { .key = setting->command.key },
		.body = body,
		.kind = RECORD_AGREEMENT,
		.id = agreement,
		.unknown = REFUSAL_AGREEMENT_UNKNOWN,
		.field = "agreement",
		.decide = decide_setting,
		.decision = &decision,
	    },
	    ret));
	ret->id = agreement;
	return NULL;
}

struct err *
app_set_noc_terms(const struct app_context *context, const struct app_set_noc_terms *input,
    struct app_record_answer *ret)
{
	const struct setting setting = {
		.context = context,
		.side = SIDE_NOC,
		.command = input->command,
		.noc = input,
	};

	CHECK(input->failover_count <= FAILOVER_MAX);
	return set_terms(&setting, OPERATION_set_noc_terms, input->body, input->agreement, ret);
}

struct err *
app_set_osp_terms(const struct app_context *context, const struct app_set_osp_terms *input,
    struct app_record_answer *ret)
{
	const struct setting setting = {
		.context = context,
		.side = SIDE_OSP,
		.command = input->command,
		.osp = input,
	};

	return set_terms(&setting, OPERATION_set_osp_terms, input->body, input->agreement, ret);
}
