#include <stdio.h>

#include "app/tokens.h"
#include "bin/command.h"
#include "bin/directory_cli.h"
#include "store/store_directory.h"
#include "store/store_vault.h"

static struct err *
print_token(struct cli *cli, const struct record *record)
{
	const struct token *token = &record->token;
	struct store_user_name user = { .handle = STR("") };
	struct instant used;
	struct str from;
	size_t count;

	TRY(store_find_users(cli->session, cli->arena, &token->user, 1, &user, &count));
	TRY(store_find_token_use(cli->session, cli->arena, record->id, &used, &from));
	printf("%.*s  %-16.*s %-24.*s %s %.*s  last used: %.*s\n",
	    STR_ARG(uuid_text(cli->arena, record->id)), STR_ARG(user.handle), STR_ARG(token->name),
	    token->revoked_at.us != RECORD_NO_MOMENT.us ? "revoked"
	    : token->expires.us <= cli->context.now.us  ? "expired"
							: "good until",
	    STR_ARG(instant_text(cli->arena,
		token->revoked_at.us != RECORD_NO_MOMENT.us ? token->revoked_at : token->expires)),
	    STR_ARG(
		used.us == RECORD_NO_MOMENT.us ? STR("never") : instant_text(cli->arena, used)));
	return NULL;
}

static struct err *
list(struct cli *cli, bool *ret_done)
{
	struct record_page_query query = { .limit = 100 };
	struct record_page page;

	*ret_done = true;
	do {
		TRY(app_list_tokens(&cli->context, &query, &page));
		for (size_t i = 0; i < page.count; i++)
			TRY(print_token(cli, &page.at[i]));
		query.after = page.end;
	} while (page.more);
	return NULL;
}

/* The token acts for a member, and so does who makes it. */
static struct err *
become(struct cli *cli, bool *ret_found)
{
	struct store_membership member;

	TRY(store_find_membership(cli->worker, cli->arena, cli_text(cli, CLI_USER),
	    cli->actor.organisation.handle, ret_found, &member));
	if (*ret_found)
		cli->actor.user = member.user;
	else
		(void)cli_say(cli, "say for whom: --user HANDLE, a member of this organisation");
	return NULL;
}

static struct err *
issue(struct cli *cli, bool *ret_done)
{
	struct app_issue_token input = {
		.command = cli_command(cli),
		.name = cli_text(cli, CLI_NAME),
		.scopes = cli_text(cli, CLI_SCOPES),
	};
	struct app_issued_token issued;

	*ret_done = (cli->said[CLI_EXPIRES] != NULL ||
			cli_say(cli, "say until when it is good: --expires MOMENT")) &&
		    cli_moment(cli, CLI_EXPIRES, &input.expires);
	if (*ret_done)
		TRY(become(cli, ret_done));
	if (!*ret_done)
		return NULL;
	TRY(app_issue_token(&cli->context, &input, &issued));
	*ret_done = !issued.answer.refused || cli_refused(cli, &issued.answer.refusal);
	if (*ret_done)
		printf("%.*s\n", STR_ARG(issued.secret));
	return NULL;
}

static struct err *
revoke(struct cli *cli, bool *ret_done)
{
	struct app_revoke_token input = { .command = cli_command(cli) };
	struct app_record_answer answer;

	*ret_done = cli_id(cli, 0, &input.token);
	if (!*ret_done)
		return NULL;
	TRY(app_revoke_token(&cli->context, &input, &answer));
	*ret_done = cli_done(cli, &answer, "is revoked");
	return NULL;
}

static const struct cli_verb verbs[] = {
	{ STR("list"), "--org HANDLE", "An organisation's tokens, newest first.", 0,
	    CLI_FOR_ORGANISATION, list },
	{ STR("issue"), "--org HANDLE --user HANDLE --name TEXT --scopes WORDS --expires MOMENT",
	    "Make a token for a member.  Its secret is printed this once.", 0, CLI_FOR_ORGANISATION,
	    issue },
	{ STR("revoke"), "ID --org HANDLE", "Let a token open nothing any more.", 1,
	    CLI_FOR_ORGANISATION, revoke },
};

int
command_token(int argc, char **argv)
{
	return cli_run(argc, argv, "token", "Keys with which programs act for members.", verbs,
	    COUNT_OF(verbs));
}
