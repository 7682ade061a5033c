#include <stdio.h>

#include "app/agreements.h"
#include "bin/command.h"
#include "bin/directory_cli.h"

/* ---- printing ---- */

/* The handle of ${organisation}; the other side of what was declined is not known any more. */
static struct err *
handle_of(struct cli *cli, struct uuid organisation, struct str *ret)
{
	struct store_organisation found;
	bool exists;

	TRY(store_find_organisation(
	    cli->session, cli->arena, organisation, STR(""), &exists, &found));
	*ret = exists ? found.handle : uuid_text(cli->arena, organisation);
	return NULL;
}

static struct err *
print_agreement(struct cli *cli, const struct record *record)
{
	const struct agreement *agreement = &record->agreement;
	struct str noc, osp;

	TRY(handle_of(cli, agreement->noc, &noc));
	TRY(handle_of(cli, agreement->osp, &osp));
	printf("%.*s  %-24.*s %-24.*s %-4.*s %.*s, %.*s%s\n",
	    STR_ARG(uuid_text(cli->arena, record->id)), STR_ARG(noc), STR_ARG(osp),
	    STR_ARG(agreement->number_prefix),
	    STR_ARG(eco_word_words(&agreement_kind_words, agreement->kind)),
	    STR_ARG(eco_word_words(&agreement_state_words, agreement->state)),
	    agreement->amendment.open ? ", an amendment is open" : "");
	return NULL;
}

static struct err *
list(struct cli *cli, bool *ret_done)
{
	struct record_page_query query = { .limit = 100 };
	struct record_page page;

	*ret_done = true;
	do {
		TRY(app_list_agreements(&cli->context, &query, &page));
		for (size_t i = 0; i < page.count; i++)
			TRY(print_agreement(cli, &page.at[i]));
		query.after = page.end;
	} while (page.more);
	return NULL;
}

static void
print_terms(const struct eco_terms *terms)
{
	printf("  rings %lld s, %lld times; again after %lld s, %lld times\n"
	       "  watched for %lld s; looked at every %lld s, then every %lld s\n"
	       "  a crew without minutes is seen within %lld s; asked where it is %lld s late\n",
	    (long long)terms->ring_s, (long long)terms->loops, (long long)terms->retry_after_s,
	    (long long)terms->retries, (long long)terms->grace_s, (long long)terms->poll_s,
	    (long long)terms->poll_grace_s, (long long)terms->arrival_s,
	    (long long)terms->arrival_grace_s);
}

static void
print_moment(struct arena *arena, const char *what, struct instant when)
{
	if (when.us != RECORD_NO_MOMENT.us)
		printf("  %s %.*s\n", what, STR_ARG(instant_text(arena, when)));
}

static struct err *
print_failover(struct cli *cli, const struct noc_terms *terms)
{
	for (size_t i = 0; i < terms->failover_count; i++) {
		struct str osp;

		TRY(handle_of(cli, terms->failover[i].osp, &osp));
		printf("  failover %zu: %.*s\n", i + 1, STR_ARG(osp));
	}
	return NULL;
}

/* What --org keeps to itself; of the other side's there is nothing to be read. */
static struct err *
print_own_terms(struct cli *cli, struct uuid agreement)
{
	struct record noc, osp;
	bool found;

	TRY(record_load(cli->session, cli->arena, RECORD_NOC_TERMS, record_noc_terms_id(agreement),
	    &found, &noc));
	if (found) {
		printf("  duty phone \"%.*s\", rings from \"%.*s\", subaccount \"%.*s\"\n",
		    STR_ARG(noc.noc_terms.duty_phone), STR_ARG(noc.noc_terms.twilio_from),
		    STR_ARG(noc.noc_terms.twilio_subaccount));
		TRY(print_failover(cli, &noc.noc_terms));
	}
	TRY(record_load(cli->session, cli->arena, RECORD_OSP_TERMS, record_osp_terms_id(agreement),
	    &found, &osp));
	if (found)
		printf(
		    "  Render \"%.*s\", client \"%.*s\", secret named \"%.*s\", project \"%.*s\"\n",
		    STR_ARG(osp.osp_terms.render_url), STR_ARG(osp.osp_terms.render_client_id),
		    STR_ARG(osp.osp_terms.render_secret_ref),
		    STR_ARG(osp.osp_terms.render_project));
	return NULL;
}

static struct err *
show(struct cli *cli, bool *ret_done)
{
	struct record record;
	struct uuid id;

	*ret_done = cli_id(cli, 0, &id);
	if (!*ret_done)
		return NULL;
	TRY(app_find_agreement(&cli->context, id, ret_done, &record));
	if (!*ret_done) {
		*ret_done = cli_say(cli, "there is no such agreement of this organisation");
		return NULL;
	}
	TRY(print_agreement(cli, &record));
	print_moment(cli->arena, "from ", record.agreement.valid_from);
	print_moment(cli->arena, "until", record.agreement.valid_until);
	print_terms(&record.agreement.terms);
	if (record.agreement.amendment.open) {
		puts("  proposed instead:");
		print_terms(&record.agreement.amendment.terms);
	}
	return print_own_terms(cli, id);
}

/* ---- propose ---- */

/* The terms said; what is not said is as in ${otherwise}. */
static bool
read_terms(const struct cli *cli, const struct eco_terms *otherwise, struct eco_terms *ret)
{
	*ret = *otherwise;
	return cli_number(cli, CLI_RING, otherwise->ring_s, &ret->ring_s) &&
	       cli_number(cli, CLI_LOOPS, otherwise->loops, &ret->loops) &&
	       cli_number(cli, CLI_RETRY_AFTER, otherwise->retry_after_s, &ret->retry_after_s) &&
	       cli_number(cli, CLI_RETRIES, otherwise->retries, &ret->retries) &&
	       cli_number(cli, CLI_GRACE, otherwise->grace_s, &ret->grace_s) &&
	       cli_number(cli, CLI_ARRIVAL, otherwise->arrival_s, &ret->arrival_s) &&
	       cli_number(
		   cli, CLI_ARRIVAL_GRACE, otherwise->arrival_grace_s, &ret->arrival_grace_s);
}

/* The word said for ${option}, one of ${words}, or the first of them. */
static bool
read_word(const struct cli *cli, enum cli_option option, const struct eco_words *words,
    const char *wrong, unsigned *ret)
{
	*ret = 0;
	return cli->said[option] == NULL || eco_word_find(words, cli_text(cli, option), ret) ||
	       cli_say(cli, wrong);
}

static struct err *
propose(struct cli *cli, bool *ret_done)
{
	const struct eco_terms terms = agreement_default_terms();
	struct app_propose_agreement input = {
		.command = cli_command(cli),
		.finder = cli->worker,
		.counterpart = cli->words[0],
		.number_prefix = cli_text(cli, CLI_PREFIX),
	};
	struct app_record_answer answer;
	unsigned side, kind;

	*ret_done = read_word(cli, CLI_SIDE, &side_words, "--side takes NOC or OSP", &side) &&
		    read_word(cli, CLI_KIND, &agreement_kind_words,
			"--kind takes REACTIVE or O_AND_M", &kind) &&
		    read_terms(cli, &terms, &input.terms) &&
		    cli_moment(cli, CLI_FROM, &input.valid_from) &&
		    cli_moment(cli, CLI_UNTIL, &input.valid_until) &&
		    (cli->said[CLI_SIDE] != NULL ||
			cli_say(cli, "say on which side --org stands: --side NOC or --side OSP"));
	if (!*ret_done)
		return NULL;
	input.side = (enum side)side;
	input.kind = (enum agreement_kind)kind;
	TRY(app_propose_agreement(&cli->context, &input, &answer));
	*ret_done = cli_done(cli, &answer, "is proposed");
	return NULL;
}

static struct err *
amend(struct cli *cli, bool *ret_done)
{
	const struct eco_terms as_it_is = { -1, -1, -1, -1, -1, -1, -1, -1, -1 };
	struct app_propose_amendment input = {
		.command = cli_command(cli),
		.has_kind = cli->said[CLI_KIND] != NULL,
		.has_valid_until = cli->said[CLI_UNTIL] != NULL,
	};
	struct app_record_answer answer;
	unsigned kind;

	*ret_done = cli_id(cli, 0, &input.agreement) &&
		    read_word(cli, CLI_KIND, &agreement_kind_words,
			"--kind takes REACTIVE or O_AND_M", &kind) &&
		    read_terms(cli, &as_it_is, &input.terms) &&
		    cli_moment(cli, CLI_UNTIL, &input.valid_until);
	if (!*ret_done)
		return NULL;
	input.kind = (enum agreement_kind)kind;
	TRY(app_propose_amendment(&cli->context, &input, &answer));
	*ret_done = cli_done(cli, &answer, "waits for the other side's answer to the amendment");
	return NULL;
}

/* ---- answer ---- */

typedef struct err *(*answer_f)(const struct app_context *context,
    const struct app_answer_agreement *input, struct app_record_answer *ret);

static struct err *
answer_with(struct cli *cli, answer_f use_case, const char *what, bool *ret_done)
{
	struct app_answer_agreement input = {
		.command = cli_command(cli),
		.number_prefix = cli_text(cli, CLI_PREFIX),
		.reason = cli_text(cli, CLI_REASON),
	};
	struct app_record_answer answer;

	*ret_done = cli_id(cli, 0, &input.agreement) && cli_moment(cli, CLI_UNTIL, &input.at);
	if (!*ret_done)
		return NULL;
	TRY(use_case(&cli->context, &input, &answer));
	*ret_done = cli_done(cli, &answer, what);
	return NULL;
}

static struct err *
accept_agreement(struct cli *cli, bool *ret_done)
{
	return answer_with(cli, app_accept_agreement, "is agreed", ret_done);
}

static struct err *
decline(struct cli *cli, bool *ret_done)
{
	return answer_with(cli, app_decline_agreement, "is declined", ret_done);
}

static struct err *
end(struct cli *cli, bool *ret_done)
{
	return answer_with(cli, app_end_agreement, "ends", ret_done);
}

/* ---- what a side keeps to itself ---- */

static bool
read_failover(const struct cli *cli, struct app_set_noc_terms *ret)
{
	struct str handles = cli_text(cli, CLI_FAILOVER);

	while (!str_empty(handles)) {
		if (ret->failover_count == FAILOVER_MAX)
			return cli_say(cli, "--failover names too many");
		ret->failover[ret->failover_count++] = str_cut(&handles, ',');
	}
	return true;
}

static struct err *
set_noc(struct cli *cli, bool *ret_done)
{
	struct app_set_noc_terms input = {
		.command = cli_command(cli),
		.given = {
			.duty_phone = cli_text(cli, CLI_DUTY_PHONE),
			.twilio_subaccount = cli_text(cli, CLI_SUBACCOUNT),
			.twilio_from = cli_text(cli, CLI_FROM_NUMBER),
		},
	};
	struct app_record_answer answer;

	*ret_done = cli_id(cli, 0, &input.agreement) && read_failover(cli, &input);
	if (!*ret_done)
		return NULL;
	TRY(app_set_noc_terms(&cli->context, &input, &answer));
	*ret_done = cli_done(cli, &answer, "has the NOC's terms");
	return NULL;
}

static struct err *
set_osp(struct cli *cli, bool *ret_done)
{
	struct app_set_osp_terms input = {
		.command = cli_command(cli),
		.given = {
			.render_url = cli_text(cli, CLI_RENDER_URL),
			.render_client_id = cli_text(cli, CLI_CLIENT_ID),
			.render_secret_ref = cli_text(cli, CLI_SECRET_REF),
			.render_project = cli_text(cli, CLI_PROJECT),
		},
	};
	struct app_record_answer answer;

	*ret_done = cli_id(cli, 0, &input.agreement) &&
		    (cli->said[CLI_LIST] == NULL ||
			uuid_parse(cli_text(cli, CLI_LIST), &input.given.default_list) ||
			cli_say(cli, "--default-list takes an id"));
	if (!*ret_done)
		return NULL;
	TRY(app_set_osp_terms(&cli->context, &input, &answer));
	*ret_done = cli_done(cli, &answer, "has the OSP's terms");
	return NULL;
}

static const struct cli_verb verbs[] = {
	{ STR("list"), "--org HANDLE", "An organisation's agreements, newest first.", 0,
	    CLI_FOR_ORGANISATION, list },
	{ STR("show"), "ID --org HANDLE", "One of them, with what --org keeps to itself.", 1,
	    CLI_FOR_ORGANISATION, show },
	{ STR("propose"),
	    "HANDLE --org HANDLE --side NOC|OSP [--kind KIND] [--prefix LETTERS] [--ring S] "
	    "[--loops N] [--retry-after S] [--retries N] [--grace S] [--arrival S] "
	    "[--arrival-grace S] [--from MOMENT] "
	    "[--until MOMENT]",
	    "Propose an agreement to another organisation.", 1, CLI_FOR_ORGANISATION, propose },
	{ STR("amend"),
	    "ID --org HANDLE [--kind KIND] [--ring S] [--loops N] [--retry-after S] "
	    "[--retries N] [--grace S] [--arrival S] [--arrival-grace S] [--until MOMENT]",
	    "Propose other terms for one in force.", 1, CLI_FOR_ORGANISATION, amend },
	{ STR("accept"), "ID --org HANDLE [--prefix LETTERS]",
	    "Accept what the other side has proposed.", 1, CLI_FOR_ORGANISATION, accept_agreement },
	{ STR("decline"), "ID --org HANDLE [--reason TEXT]",
	    "Decline it, or withdraw what --org has proposed.", 1, CLI_FOR_ORGANISATION, decline },
	{ STR("end"), "ID --org HANDLE --reason TEXT [--until MOMENT]",
	    "End one, now or at a moment.", 1, CLI_FOR_ORGANISATION, end },
	{ STR("set-noc"),
	    "ID --org HANDLE [--duty-phone NUMBER] [--from-number NUMBER] [--subaccount SID] "
	    "[--failover HANDLES]",
	    "Set all that the NOC keeps to itself; what is left out is emptied.", 1,
	    CLI_FOR_ORGANISATION, set_noc },
	{ STR("set-osp"),
	    "ID --org HANDLE [--render-url URL] [--client-id ID] [--secret-ref NAME] "
	    "[--project ID] [--default-list ID]",
	    "Set all that the OSP keeps to itself; what is left out is emptied.", 1,
	    CLI_FOR_ORGANISATION, set_osp },
};

int
command_agreement(int argc, char **argv)
{
	return cli_run(
	    argc, argv, "agreement", "What NOCs and OSPs have agreed.", verbs, COUNT_OF(verbs));
}
