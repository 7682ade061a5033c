#include <stdio.h>

#include "app/members.h"
#include "app/organisations.h"
#include "bin/command.h"
#include "bin/directory_cli.h"

/* ---- members ---- */

static void
print_member(struct arena *arena, const struct record *record)
{
	const struct membership *member = &record->membership;
	struct str who = str_empty(member->handle) ? member->email : member->handle;

	printf("%.*s  %-32.*s %-16.*s %.*s\n", STR_ARG(uuid_text(arena, record->id)), STR_ARG(who),
	    STR_ARG(member->role), STR_ARG(eco_word_words(&membership_state_words, member->state)));
}

/* Call ${each} for every member and invitation of the organisation. */
static struct err *
each_member(
    struct cli *cli, void (*each)(struct cli *, const struct record *, void *), void *context)
{
	struct record_page_query query = { .limit = 100 };
	struct record_page page;

	do {
		TRY(app_list_members(&cli->context, &query, false, &page));
		for (size_t i = 0; i < page.count; i++)
			each(cli, &page.at[i], context);
		query.after = page.end;
	} while (page.more);
	return NULL;
}

static void
print_each(struct cli *cli, const struct record *record, void *context)
{
	(void)context;
	print_member(cli->arena, record);
}

static struct err *
list(struct cli *cli, bool *ret_done)
{
	*ret_done = true;
	return each_member(cli, print_each, NULL);
}

struct looking {
	struct str name;
	struct uuid member;
	size_t found;
};

static void
look_at(struct cli *cli, const struct record *record, void *context)
{
	struct looking *looking = context;

	if (str_equal(uuid_text(cli->arena, record->id), looking->name) ||
	    str_equal(record->membership.handle, looking->name) ||
	    str_equal_nocase(record->membership.email, looking->name)) {
		looking->member = record->id;
		looking->found++;
	}
}

/* The member whom the first word names, by e-mail address, handle or id. */
static struct err *
find_member(struct cli *cli, bool *ret_found, struct uuid *ret)
{
	struct looking looking = { .name = cli->words[0] };

	TRY(each_member(cli, look_at, &looking));
	*ret_found = looking.found == 1;
	*ret = looking.member;
	if (looking.found == 0)
		(void)cli_say(cli, "there is no such member of this organisation");
	else if (looking.found > 1)
		(void)cli_say(cli, "several members are called so: say which one by its id");
	return NULL;
}

static struct err *
invite(struct cli *cli, bool *ret_done)
{
	const struct app_invite_member input = {
		.command = cli_command(cli),
		.email = cli->words[0],
		.name = cli_text(cli, CLI_NAME),
		.role = cli_text(cli, CLI_ROLE),
	};
	struct app_record_answer answer;

	TRY(app_invite_member(&cli->context, &input, &answer));
	*ret_done = cli_done(cli, &answer, "is invited");
	return NULL;
}

static struct err *
remove_member(struct cli *cli, bool *ret_done)
{
	struct app_change_member input = {
		.command = cli_command(cli),
		.reason = cli_text(cli, CLI_REASON),
	};
	struct app_record_answer answer;

	TRY(find_member(cli, ret_done, &input.member));
	if (!*ret_done)
		return NULL;
	TRY(app_remove_member(&cli->context, &input, &answer));
	*ret_done = cli_done(cli, &answer, "is removed");
	return NULL;
}

static struct err *
change_role(struct cli *cli, bool *ret_done)
{
	struct app_change_member input = { .command = cli_command(cli), .role = cli->words[1] };
	struct app_record_answer answer;

	TRY(find_member(cli, ret_done, &input.member));
	if (!*ret_done)
		return NULL;
	TRY(app_change_member_role(&cli->context, &input, &answer));
	*ret_done = cli_done(cli, &answer, "has that role");
	return NULL;
}

/* ---- users ---- */

struct looking_for_user {
	struct cli *cli;
	struct uuid user;
	bool found;
};

static void
look_at_user(void *context, const struct record *record)
{
	struct looking_for_user *looking = context;
	struct cli *cli = looking->cli;

	if (str_equal(record->user.handle, cli->words[0]) ||
	    str_equal(uuid_text(cli->arena, record->id), cli->words[0])) {
		looking->user = record->id;
		looking->found = true;
	}
}

static struct err *
find_user(struct cli *cli, bool *ret_found, struct uuid *ret)
{
	struct looking_for_user looking = { .cli = cli };

	TRY(record_each(cli->worker, cli->arena, RECORD_USER, look_at_user, &looking));
	*ret = looking.user;
	*ret_found = looking.found || cli_say(cli, "there is no such user");
	return NULL;
}

static struct err *
disable_or_enable(struct cli *cli, bool enables, bool *ret_done)
{
	struct app_disable_user input = {
		.command = cli_command(cli),
		.reason = cli_text(cli, CLI_REASON),
	};
	struct app_record_answer answer;

	TRY(find_user(cli, ret_done, &input.user));
	if (!*ret_done)
		return NULL;
	if (enables)
		TRY(app_enable_user(&cli->context, &input, &answer));
	else
		TRY(app_disable_user(&cli->context, &input, &answer));
	*ret_done = cli_done(cli, &answer, enables ? "may sign in" : "may not sign in");
	return NULL;
}

static struct err *
disable(struct cli *cli, bool *ret_done)
{
	return disable_or_enable(cli, false, ret_done);
}

static struct err *
enable(struct cli *cli, bool *ret_done)
{
	return disable_or_enable(cli, true, ret_done);
}

static struct err *
platform_admin(struct cli *cli, bool *ret_done)
{
	struct app_context founder = cli->context;
	struct app_record_answer answer;

	founder.session = cli->worker;
	TRY(app_found_platform(&founder, cli->words[0], &answer));
	*ret_done = cli_done(cli, &answer, "is invited to run this installation");
	return NULL;
}

static const struct cli_verb verbs[] = {
	{ STR("list"), "--org HANDLE", "Members of an organisation, and who is invited.", 0,
	    CLI_FOR_ORGANISATION, list },
	{ STR("invite"), "EMAIL --org HANDLE --role ROLE [--name TEXT]",
	    "Invite somebody: who signs in with that address is a member.", 1, CLI_FOR_ORGANISATION,
	    invite },
	{ STR("remove"), "EMAIL|HANDLE|ID --org HANDLE [--reason TEXT]",
	    "Take a membership away, or withdraw an invitation.", 1, CLI_FOR_ORGANISATION,
	    remove_member },
	{ STR("role"), "EMAIL|HANDLE|ID ROLE --org HANDLE", "Give a member another role.", 2,
	    CLI_FOR_ORGANISATION, change_role },
	{ STR("disable"), "HANDLE|ID --reason TEXT", "Let a user not sign in any more.", 1,
	    CLI_FOR_PLATFORM, disable },
	{ STR("enable"), "HANDLE|ID --reason TEXT", "Let a user sign in again.", 1,
	    CLI_FOR_PLATFORM, enable },
	{ STR("platform-admin"), "EMAIL",
	    "Invite somebody to run this installation: the first step on a new database.", 1,
	    CLI_FOR_PLATFORM, platform_admin },
};

int
command_user(int argc, char **argv)
{
	return cli_run(argc, argv, "user", "Who may act for whom.", verbs, COUNT_OF(verbs));
}
