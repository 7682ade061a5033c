#include <stdio.h>

#include "app/organisations.h"
#include "bin/command.h"
#include "bin/directory_cli.h"

static void
print_organisation(const struct record *record)
{
	const struct organisation *organisation = &record->organisation;

	printf("%-24.*s %-32.*s %-4s %-4s %s\n", STR_ARG(organisation->handle),
	    STR_ARG(organisation->name), organisation->is_noc ? "NOC" : "",
	    organisation->is_osp ? "OSP" : "",
	    organisation->suspended     ? "suspended"
	    : organisation->is_platform ? "platform"
					: "");
}

static struct err *
list(struct cli *cli, bool *ret_done)
{
	struct record_page_query query = { .kind = RECORD_ORGANISATION, .limit = 100 };
	struct record_page page;
	struct refusal refusal;

	do {
		TRY(app_list_organisations(&cli->context, &query, ret_done, &refusal, &page));
		if (!*ret_done) {
			*ret_done = cli_refused(cli, &refusal);
			return NULL;
		}
		for (size_t i = 0; i < page.count; i++)
			print_organisation(&page.at[i]);
		query.after = page.end;
	} while (page.more);
	return NULL;
}

static bool
read_organisation(const struct cli *cli, struct organisation *ret)
{
	*ret = (struct organisation){
		.name = cli_text(cli, CLI_NAME),
		.is_noc = cli->said[CLI_NOC] != NULL,
		.is_osp = cli->said[CLI_OSP] != NULL,
		.time_zone = cli_text(cli, CLI_ZONE),
	};
	return cli_number(cli, CLI_RING_MIN, 0, &ret->ring_s_min) &&
	       cli_number(cli, CLI_RING_MAX, 0, &ret->ring_s_max) &&
	       cli_number(cli, CLI_LOOPS_MAX, 0, &ret->loops_max);
}

static struct err *
create(struct cli *cli, bool *ret_done)
{
	struct app_create_organisation input = {
		.command = cli_command(cli),
		.admin_email = cli_text(cli, CLI_ADMIN),
	};
	struct app_record_answer answer;

	*ret_done = read_organisation(cli, &input.organisation);
	if (!*ret_done)
		return NULL;
	input.organisation.handle = cli->words[0];
	TRY(app_create_organisation(&cli->context, &input, &answer));
	*ret_done = cli_done(cli, &answer, "is taken in");
	return NULL;
}

static struct err *
change(struct cli *cli, bool *ret_done)
{
	struct app_change_organisation input = {
		.command = cli_command(cli),
		.organisation = cli->words[0],
		.has_name = cli->said[CLI_NAME] != NULL,
	};
	struct app_record_answer answer;

	*ret_done = read_organisation(cli, &input.given);
	if (!*ret_done)
		return NULL;
	TRY(app_change_organisation(&cli->context, &input, &answer));
	*ret_done = cli_done(cli, &answer, "is as it should be");
	return NULL;
}

static struct app_suspend_organisation
read_suspension(const struct cli *cli)
{
	return (struct app_suspend_organisation){
		.command = cli_command(cli),
		.organisation = cli->words[0],
		.reason = cli_text(cli, CLI_REASON),
	};
}

static struct err *
suspend(struct cli *cli, bool *ret_done)
{
	const struct app_suspend_organisation input = read_suspension(cli);
	struct app_record_answer answer;

	TRY(app_suspend_organisation(&cli->context, &input, &answer));
	*ret_done = cli_done(cli, &answer, "is suspended");
	return NULL;
}

static struct err *
restore(struct cli *cli, bool *ret_done)
{
	const struct app_suspend_organisation input = read_suspension(cli);
	struct app_record_answer answer;

	TRY(app_restore_organisation(&cli->context, &input, &answer));
	*ret_done = cli_done(cli, &answer, "is restored");
	return NULL;
}

static const struct cli_verb verbs[] = {
	{ STR("list"), "", "All organisations; each learns that it was looked at.", 0,
	    CLI_FOR_PLATFORM, list },
	{ STR("create"), "HANDLE --name TEXT [--noc] [--osp] --admin EMAIL [--zone NAME]",
	    "Take in an organisation, and invite its first admin.", 1, CLI_FOR_PLATFORM, create },
	{ STR("change"),
	    "HANDLE [--name TEXT] [--zone NAME] [--ring-min S] [--ring-max S] "
	    "[--loops-max N]",
	    "Change its name, time zone or bounds.", 1, CLI_FOR_PLATFORM, change },
	{ STR("suspend"), "HANDLE --reason TEXT", "Let nobody act for it until it is restored.", 1,
	    CLI_FOR_PLATFORM, suspend },
	{ STR("restore"), "HANDLE --reason TEXT", "Let its members act for it again.", 1,
	    CLI_FOR_PLATFORM, restore },
};

int
command_org(int argc, char **argv)
{
	return cli_run(
	    argc, argv, "org", "The organisations of this installation.", verbs, COUNT_OF(verbs));
}
