#include "support/pg_database.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "support/unit.h"

/*
 * strike org, user, token, agreement, roster and region as they are typed: what they print,
 * how they exit, and what they leave behind.  STRIKE, the first argument, names the program.
 *
 * The database holds the development seed.  A test leaves the seed's organisations as they
 * were, or makes its own, so the tests may run in any order.
 */

enum { DONE = 0, REFUSED = 1, COULD_NOT = 2, NOT_UNDERSTOOD = 64 };

#define NOC      "--org lone-star-noc"
#define OTHER    "--org gulf-coast-noc"
#define OSP      "--org hill-country-osp"
#define AUSTIN   "-97.7431,30.2672"
#define NEW_YORK "-74.006,40.7128"

#define ID_BYTES 37 /* with its NUL */

static const char *strike;
static char folder[64], said[1 << 18];

/* Run ${format}, a command of the shell; its exit status.  What it prints is ${said}. */
static int __attribute__((format(printf, 1, 2))) run(const char *format, ...)
{
	static char command[8192];
	struct buf buf = buf_over(command, sizeof(command));
	va_list args;
	size_t length;
	FILE *pipe;
	int status;

	buf_printf(&buf,
	    "export STRIKE_ENVIRONMENT=development STRIKE_DATABASE_URL=\"%s\" strike=%s; "
	    "cd %s; exec 2>&1; ",
	    pg_database_conninfo(), strike, folder);
	va_start(args, format);
	buf.len += buf_format(command + buf.len, sizeof(command) - buf.len, format, args);
	va_end(args);
	pipe = popen(command, "r");
	assert_non_null(pipe);
	length = fread(said, 1, sizeof(said) - 1, pipe);
	said[length] = '\0';
	status = pclose(pipe);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* Run `strike ARGUMENTS`; it exits with ${status} and says ${part}. */
static void
strike_says(int status, const char *arguments, const char *part)
{
	int exited = run("$strike %s", arguments);

	if (exited != status)
		fail_msg("strike %s exited %d, not %d: %s", arguments, exited, status, said);
	assert_contains(said, part);
}

/* The same; $id in ${arguments} is ${id}. */
static void
strike_says_of(int status, const char *arguments, const char *id, const char *part)
{
	assert_int_equal(setenv("id", id, 1), 0);
	strike_says(status, arguments, part);
}

/* The id with which the line of ${said} begins that has ${part}; the first, if NULL. */
static void
find_id(const char *part, char ret[ID_BYTES])
{
	const char *at = part == NULL ? said : strstr(said, part);

	if (at == NULL)
		fail_msg("there is no \"%s\" in: %s", part, said);
	while (at > said && at[-1] != '\n')
		at--;
	assert_true(strlen(at) >= ID_BYTES - 1);
	memcpy(ret, at, ID_BYTES - 1);
	ret[ID_BYTES - 1] = '\0';
	assert_true(ret[8] == '-' && ret[23] == '-');
}

/* ---- the command line ---- */

static const char *const commands[] = { "org", "user", "token", "agreement", "roster", "region" };

static void
what_is_no_verb_is_not_understood_and_help_lists_those_there_are(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(commands); i++) {
		assert_int_equal(run("$strike %s", commands[i]), NOT_UNDERSTOOD);
		assert_contains(said, "this is not understood; 'strike");
		assert_int_equal(run("$strike %s dance", commands[i]), NOT_UNDERSTOOD);
		assert_int_equal(
		    run("$strike %s list " OSP " a b c d", commands[i]), NOT_UNDERSTOOD);
		assert_int_equal(run("$strike %s --dance", commands[i]), NOT_UNDERSTOOD);
		assert_contains(said, "unrecognized option '--dance'");
		assert_int_equal(run("$strike %s --help", commands[i]), DONE);
		assert_contains(said, "Verbs:");
		assert_contains(said, "--org=HANDLE");
	}
	strike_says(NOT_UNDERSTOOD, "org suspend --reason x", "not understood");
	strike_says(NOT_UNDERSTOOD, "user role operator " NOC, "not understood");
	strike_says(NOT_UNDERSTOOD, "roster plan 1,2 3,4 " OSP, "not understood");
}

static void
a_verb_says_which_organisation_it_lacks_or_does_not_find(void **state)
{
	static const char *const verbs[] = { "user list", "token list", "agreement list",
		"roster people", "roster lists", "region list", "region export",
		"region overlaps" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(verbs); i++) {
		strike_says(REFUSED, verbs[i], "say for which organisation: --org HANDLE");
		assert_int_equal(run("$strike %s --org nobody", verbs[i]), REFUSED);
		assert_contains(said, "there is no organisation of that name");
	}
}

static void
what_could_not_be_done_exits_2_and_says_why(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(commands); i++) {
		const char *verb = strcmp(commands[i], "roster") == 0 ? "people" : "list";

		assert_int_equal(run("STRIKE_DATABASE_URL=host=/nonexistent $strike %s %s " OSP,
				     commands[i], verb),
		    COULD_NOT);
		assert_contains(said, "could not reach the database");
	}
	assert_int_equal(
	    run("echo '[nonsense]\nx = 1' >bad.ini; $strike org list --config bad.ini"), COULD_NOT);
	assert_contains(said, "bad.ini");
}

/* ---- org ---- */

static void
an_organisation_is_taken_in_changed_suspended_and_restored(void **state)
{
	(void)state;
	strike_says(DONE,
	    "org create west-osp --name 'West OSP' --osp --admin first@west.example "
	    "--zone America/Denver --ring-min 10 --ring-max 40 --loops-max 4",
	    "is taken in, version 1");
	strike_says(DONE, "org list", "west-osp                 West OSP ");
	strike_says(DONE, "user list --org west-osp", "first@west.example");
	assert_contains(said, "admin            invited");
	strike_says(DONE, "org change west-osp --name 'Far West OSP' --loops-max 6", "version 2");
	strike_says(DONE, "org suspend west-osp --reason 'not paid'", "is suspended, version 3");
	strike_says(DONE, "org list", "Far West OSP                          OSP  suspended");
	strike_says(DONE, "org restore west-osp --reason paid", "is restored, version 4");
	strike_says(DONE, "org list", "Far West OSP                          OSP  \n");
	assert_contains(said, "lone-star-noc            Lone Star NOC                    NOC  ");
	assert_contains(said, "platform                 Platform");
}

static void
an_organisation_that_may_not_be_is_refused_and_not_there(void **state)
{
	(void)state;
	strike_says(REFUSED, "org create lone-star-noc --name x --noc --admin a@b.example",
	    "(HANDLE_TAKEN)");
	strike_says(REFUSED, "org create 'Bad Handle' --name x --noc --admin a@b.example",
	    "(HANDLE_INVALID)");
	strike_says(REFUSED,
	    "org create no-zone --name x --noc --admin a@b.example --zone Mars/Base",
	    "(TIME_ZONE_INVALID)");
	strike_says(
	    REFUSED, "org create no-admin --name x --noc --admin nobody", "(EMAIL_INVALID)");
	strike_says(REFUSED, "org create no-kind --name x --admin a@b.example", "org create: ");
	strike_says(REFUSED,
	    "org create no-number --name x --noc --admin a@b.example --ring-min ten",
	    "--ring-min takes a whole number, not \"ten\"");
	strike_says(REFUSED, "org change nobody --name x", "(ORGANISATION_UNKNOWN)");
	strike_says(REFUSED, "org suspend bayou-osp", "reason is blank (REASON_BLANK)");
	strike_says(REFUSED, "org suspend nobody --reason x", "(ORGANISATION_UNKNOWN)");
	strike_says(REFUSED, "org restore nobody --reason x", "(ORGANISATION_UNKNOWN)");
	strike_says(DONE, "org list", "bayou-osp");
	assert_lacks(said, "no-");
}

/* ---- user ---- */

static void
somebody_is_invited_given_another_role_and_removed(void **state)
{
	char id[ID_BYTES];

	(void)state;
	strike_says(DONE, "user invite new@noc.example " NOC " --role operator --name 'New one'",
	    "is invited, version 1");
	find_id(NULL, id);
	strike_says(
	    DONE, "user list " NOC, "new@noc.example                  operator         invited");
	assert_contains(said, "operator                         operator         a member");
	strike_says(DONE, "user role NEW@noc.example supervisor " NOC, "has that role, version 2");
	strike_says_of(DONE, "user role $id viewer " NOC, id, "has that role, version 3");
	strike_says_of(
	    DONE, "user remove $id --reason 'a mistake' " NOC, id, "is removed, version 4");
	strike_says(DONE, "user list " NOC, "supervisor");
	assert_lacks(said, "new@noc.example");
	strike_says(REFUSED, "user remove new@noc.example " NOC, "there is no such member");
}

static void
a_membership_that_may_not_be_is_refused(void **state)
{
	(void)state;
	strike_says(REFUSED, "user invite who@noc.example --role dispatcher " NOC,
	    "it has operator, supervisor, viewer, admin (ROLE_UNFIT)");
	strike_says(REFUSED, "user invite who@noc.example " NOC, "(ROLE_UNFIT)");
	strike_says(REFUSED, "user invite who --role viewer " NOC, "(EMAIL_INVALID)");
	strike_says(REFUSED, "user role operator king " NOC, "(ROLE_UNFIT)");
	strike_says(REFUSED, "user role nobody viewer " NOC, "there is no such member");
	strike_says(REFUSED, "user role dispatcher viewer " NOC, "there is no such member");
	strike_says(REFUSED, "user remove admin --reason x " NOC, "(LAST_ADMIN)");
	strike_says(DONE, "user invite twice@noc.example --role viewer " NOC, "is invited");
	strike_says(REFUSED, "user invite twice@noc.example --role admin " NOC, "(MEMBER_EXISTS)");
	strike_says(DONE, "user remove twice@noc.example " NOC, "is removed");
}

static void
a_user_is_disabled_and_enabled_again(void **state)
{
	(void)state;
	strike_says(REFUSED, "user disable technician", "reason is blank (REASON_BLANK)");
	strike_says(REFUSED, "user disable nobody --reason x", "there is no such user");
	strike_says(REFUSED, "user enable nobody --reason x", "there is no such user");
	strike_says(
	    DONE, "user disable technician --reason 'has left'", "may not sign in, version 2");
	strike_says(DONE, "user enable technician --reason 'is back'", "may sign in, version 3");
}

static void
whoever_runs_the_installation_is_invited_once(void **state)
{
	(void)state;
	strike_says(REFUSED, "user platform-admin root", "(EMAIL_INVALID)");
	strike_says(DONE, "user platform-admin root@platform.example",
	    "is invited to run this installation");
	strike_says(REFUSED, "user platform-admin root@platform.example", "(MEMBER_EXISTS)");
	strike_says(DONE, "user list --org platform", "root@platform.example");
	assert_contains(said, "platform_admin");
}

/* ---- token ---- */

#define IN_A_YEAR "\"$(date -u -d '+1 year' +%Y-%m-%dT00:00:00Z)\""

static void
a_token_is_issued_listed_without_its_secret_and_revoked(void **state)
{
	char id[ID_BYTES], secret[64];

	(void)state;
	strike_says(DONE,
	    "token issue " NOC " --user operator --name wallboard --scopes 'read create_eco' "
	    "--expires " IN_A_YEAR,
	    "strike_");
	assert_int_equal(strcspn(said, "\n"), strlen("strike_") + 43);
	memcpy(secret, said, strcspn(said, "\n"));
	secret[strcspn(said, "\n")] = '\0';
	strike_says(
	    DONE, "token list " NOC, "operator         wallboard                good until ");
	assert_contains(said, "last used: never");
	assert_lacks(said, secret);
	find_id("wallboard", id);
	strike_says_of(REFUSED, "token revoke $id " OTHER, id, "(TOKEN_UNKNOWN)");
	strike_says_of(DONE, "token revoke $id " NOC, id, "is revoked, version 2");
	strike_says(DONE, "token list " NOC, "wallboard                revoked ");
	strike_says(DONE, "token list " OTHER, "");
	assert_lacks(said, "wallboard");
}

static void
a_token_that_may_not_be_is_refused(void **state)
{
	(void)state;
	strike_says(REFUSED, "token issue " NOC " --user operator --name x --scopes read",
	    "say until when it is good: --expires MOMENT");
	strike_says(REFUSED,
	    "token issue " NOC " --user operator --name x --scopes read --expires tomorrow",
	    "--expires takes a moment such as");
	strike_says(REFUSED,
	    "token issue " NOC " --user operator --name x --scopes read "
	    "--expires 2020-01-01T00:00:00Z",
	    "(EXPIRY_INVALID)");
	strike_says(REFUSED,
	    "token issue " NOC " --user operator --name x --scopes rule --expires " IN_A_YEAR,
	    "\"rule\" is no scope");
	strike_says(REFUSED,
	    "token issue " NOC " --user dispatcher --name x --scopes read --expires " IN_A_YEAR,
	    "say for whom: --user HANDLE");
	strike_says(REFUSED, "token issue " NOC " --name x --scopes read --expires " IN_A_YEAR,
	    "say for whom: --user HANDLE");
	strike_says(REFUSED, "token revoke wallboard " NOC, "say which one by its id");
	strike_says(
	    REFUSED, "token revoke 0197e000-0000-7000-8000-000000000000 " NOC, "(TOKEN_UNKNOWN)");
}

/* ---- agreement ---- */

#define TERMS "--ring 30 --loops 2 --retry-after 600 --retries 2 --grace 3600"

/* Propose from gulf-coast-noc to a new OSP called ${handle}: the agreement's id. */
static void
propose_to(const char *handle, char ret_id[ID_BYTES])
{
	assert_int_equal(run("$strike org create %s --name %s --osp --admin a@%s.example", handle,
			     handle, handle),
	    DONE);
	assert_int_equal(run("$strike agreement propose %s " OTHER
			     " --side NOC --kind REACTIVE " TERMS " --until 2090-01-01T00:00:00Z",
			     handle),
	    DONE);
	assert_contains(said, "is proposed, version 1");
	find_id(NULL, ret_id);
}

static void
an_agreement_is_proposed_accepted_and_ended(void **state)
{
	char id[ID_BYTES];

	(void)state;
	propose_to("agreed-osp", id);
	strike_says_of(DONE, "agreement show $id --org agreed-osp", id, "reactive, proposed");
	assert_contains(said, "rings 30 s, 2 times; again after 600 s, 2 times");
	assert_contains(said, "watched for 3600 s");
	assert_contains(said, "until 2090-01-01T00:00:00.000000Z");
	strike_says_of(REFUSED, "agreement accept $id " OTHER, id, "(AGREEMENT_STATE)");
	strike_says_of(
	    REFUSED, "agreement accept $id --org agreed-osp --prefix x", id, "(PREFIX_INVALID)");
	strike_says_of(
	    DONE, "agreement accept $id --org agreed-osp --prefix AG", id, "is agreed, version 2");
	strike_says(
	    DONE, "agreement list " OTHER, "agreed-osp               AG   reactive, agreed\n");
	strike_says(DONE, "agreement list --org agreed-osp", "gulf-coast-noc");
	strike_says_of(REFUSED, "agreement show $id " OSP, id, "there is no such agreement");
	strike_says_of(REFUSED, "agreement end $id " OTHER, id, "reason is blank");
	strike_says_of(DONE,
	    "agreement end $id " OTHER " --reason 'no more' --until 2080-01-01T00:00:00Z", id,
	    "ends");
	strike_says_of(DONE, "agreement show $id " OTHER, id, "until 2080-01-01T00:00:00.000000Z");
	strike_says_of(DONE, "agreement end $id --org agreed-osp --reason 'now'", id, "ends");
	strike_says_of(DONE, "agreement show $id " OTHER, id, "reactive, ended");
	strike_says_of(REFUSED, "agreement amend $id " OTHER " --loops 1", id, "(AGREEMENT_STATE)");
}

static void
an_agreement_is_amended_when_both_want_it(void **state)
{
	char id[ID_BYTES];

	(void)state;
	propose_to("amended-osp", id);
	strike_says_of(DONE, "agreement accept $id --org amended-osp --prefix AM", id, "is agreed");
	strike_says_of(
	    DONE, "agreement amend $id " OTHER " --ring 40", id, "waits for the other side");
	strike_says_of(DONE, "agreement show $id --org amended-osp", id, "an amendment is open");
	assert_contains(said, "proposed instead:\n  rings 40 s, 2 times");
	strike_says_of(
	    DONE, "agreement decline $id --org amended-osp --reason 'too long'", id, "is declined");
	strike_says_of(DONE, "agreement show $id " OTHER, id, "rings 30 s, 2 times");
	strike_says_of(REFUSED, "agreement decline $id --org amended-osp", id, "(AGREEMENT_STATE)");
	strike_says_of(DONE, "agreement amend $id --org amended-osp --loops 5", id, "waits");
	strike_says_of(DONE, "agreement accept $id " OTHER, id, "is agreed");
	strike_says_of(DONE, "agreement show $id " OTHER, id, "rings 30 s, 5 times");
	strike_says_of(REFUSED, "agreement amend $id " OTHER " --kind NEW", id,
	    "--kind takes REACTIVE or O_AND_M");
	strike_says_of(REFUSED, "agreement amend $id " OTHER " --until never", id,
	    "--until takes a moment such as");
}

static void
a_proposal_that_may_not_be_is_refused_and_one_may_be_declined(void **state)
{
	char id[ID_BYTES];

	(void)state;
	strike_says(REFUSED, "agreement propose bayou-osp " NOC, "--side NOC or --side OSP");
	strike_says(
	    REFUSED, "agreement propose bayou-osp " NOC " --side UP", "--side takes NOC or OSP");
	strike_says(REFUSED, "agreement propose nobody " NOC " --side NOC", "(COUNTERPART_UNFIT)");
	strike_says(REFUSED, "agreement propose bayou-osp " NOC " --side NOC --ring x",
	    "--ring takes a whole number, not \"x\"");
	strike_says(REFUSED, "agreement propose bayou-osp " NOC " --side NOC --ring 1",
	    "(TERMS_OUT_OF_BOUNDS)");
	strike_says(REFUSED, "agreement propose bayou-osp " NOC " --side NOC --from soon",
	    "--from takes a moment such as");
	strike_says(REFUSED, "agreement show x " NOC, "say which one by its id");
	strike_says(REFUSED, "agreement accept x " NOC, "say which one by its id");
	strike_says(REFUSED, "agreement end 0197e000-0000-7000-8000-000000000000 --reason x " NOC,
	    "(AGREEMENT_UNKNOWN)");
	propose_to("declined-osp", id);
	strike_says_of(DONE, "agreement decline $id --org declined-osp --reason 'too cheap'", id,
	    "is declined, version 2");
}

static void
each_side_sets_and_sees_its_own_terms_only(void **state)
{
	char id[ID_BYTES];

	(void)state;
	propose_to("terms-osp", id);
	strike_says_of(DONE, "agreement accept $id --org terms-osp --prefix TE", id, "is agreed");
	strike_says_of(DONE,
	    "agreement set-noc $id " OTHER " --duty-phone +15125550999 --from-number +15125550998 "
	    "--subaccount AC00000000000000000000000000000009 --failover bayou-osp",
	    id, "has the NOC's terms");
	strike_says_of(DONE,
	    "agreement set-osp $id --org terms-osp --render-url https://render.example "
	    "--client-id terms --secret-ref render-terms-osp --project p1",
	    id, "has the OSP's terms");
	strike_says_of(DONE, "agreement show $id " OTHER, id, "duty phone \"+15125550999\"");
	assert_contains(said, "failover 1: bayou-osp");
	assert_lacks(said, "Render");
	strike_says_of(DONE, "agreement show $id --org terms-osp", id,
	    "Render \"https://render.example\", client \"terms\"");
	assert_lacks(said, "+15125550999");
	assert_lacks(said, "failover");
	strike_says_of(
	    REFUSED, "agreement set-noc $id " OTHER " --duty-phone 12", id, "(PHONE_INVALID)");
	strike_says_of(REFUSED,
	    "agreement set-noc $id " OTHER " --failover a,b,c,d,e,f,g,h,i,j,k,l,m", id,
	    "--failover names too many");
	strike_says_of(REFUSED, "agreement set-noc $id --org terms-osp --duty-phone +15125550999",
	    id, "(NOT_PERMITTED)");
	strike_says_of(
	    REFUSED, "agreement set-osp $id " OTHER " --client-id c", id, "(NOT_PERMITTED)");
	strike_says_of(REFUSED, "agreement set-osp $id --org terms-osp --secret-ref other", id,
	    "(SETTING_INVALID)");
	strike_says_of(REFUSED, "agreement set-osp $id --org terms-osp --default-list x", id,
	    "--default-list takes an id");
}

/* ---- roster ---- */

static void
a_person_is_put_on_call_and_given_numbers(void **state)
{
	char id[ID_BYTES];

	(void)state;
	strike_says(DONE, "roster add-person --org bayou-osp --name 'East crew lead'",
	    "is on call, version 1");
	find_id(NULL, id);
	strike_says_of(DONE, "roster add-contact $id +15125550188 --org bayou-osp", id,
	    "has one contact more, version 2");
	strike_says_of(DONE, "roster add-contact $id +15125550189 --kind SMS --org bayou-osp", id,
	    "version 3");
	strike_says(DONE, "roster people --org bayou-osp",
	    "  East crew lead\n    VOICE +15125550188     not verified\n"
	    "    SMS   +15125550189     not verified\n");
	strike_says_of(
	    REFUSED, "roster add-contact $id +15125550188 --org bayou-osp", id, "(CONTACT_EXISTS)");
	strike_says_of(REFUSED, "roster add-contact $id 12 --org bayou-osp", id, "(PHONE_INVALID)");
	strike_says_of(REFUSED, "roster add-contact $id +15125550187 --kind FAX --org bayou-osp",
	    id, "--kind is VOICE, for calls, or SMS");
	strike_says_of(REFUSED, "roster add-contact $id +15125550187 " OSP, id, "(PERSON_UNKNOWN)");
	strike_says(REFUSED, "roster add-contact him +15125550187 " OSP, "say which one by its id");
	strike_says(REFUSED, "roster add-person " OSP, "(NAME_INVALID)");
	strike_says(
	    REFUSED, "roster add-person --name x --zone Nowhere " OSP, "(TIME_ZONE_INVALID)");
	strike_says(REFUSED, "roster add-person --name x " NOC, "(OSP_ONLY)");
	strike_says(
	    DONE, "roster people " OSP, "North crew lead\n    VOICE +15125550101     verified");
	assert_lacks(said, "East crew lead");
}

static void
the_lists_of_an_osp_are_listed_and_a_noc_has_none(void **state)
{
	(void)state;
	strike_says(DONE, "roster lists " OSP, "Austin North on call (America/Chicago): 4 people");
	assert_contains(said, "    4. ");
	assert_contains(said, "Hill Country duty");
	assert_lacks(said, "Houston");
	strike_says(REFUSED, "roster lists " NOC, "(OSP_ONLY)");
	strike_says(REFUSED, "roster people " NOC, "(OSP_ONLY)");
}

static void
a_plan_says_who_would_ring_wherever_the_place_is_said(void **state)
{
	static const char *const ways[] = { "roster plan " AUSTIN " " OSP,
		"roster plan " OSP " " AUSTIN, "roster plan --place " AUSTIN " " OSP,
		"roster plan --place=" AUSTIN " " OSP, "roster " OSP " plan -- " AUSTIN,
		"roster plan " OSP " --at 2026-01-01T00:00:00Z " AUSTIN };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(ways); i++) {
		strike_says(
		    DONE, ways[i], "3 would be rung\nAustin North on call, chosen by Austin North");
		assert_contains(said, "North crew lead          +15125550101     can be rung");
		assert_contains(said, "no verified phone");
	}
	strike_says(
	    DONE, "roster plan " AUSTIN " --contractor hill-country-osp " NOC, "3 would be rung\n");
	assert_lacks(said, "crew");
	strike_says(REFUSED, "roster plan " AUSTIN " " NOC, "--contractor HANDLE");
	strike_says(REFUSED, "roster plan " OSP, "say where as LONGITUDE,LATITUDE");
	strike_says(REFUSED, "roster plan here " OSP, "say where as LONGITUDE,LATITUDE");
	strike_says(REFUSED, "roster plan -74,40x " OSP, "say where as LONGITUDE,LATITUDE");
	strike_says(REFUSED, "roster plan -97,130 " OSP, "latitude must be within ±90");
	strike_says(REFUSED, "roster plan " NEW_YORK " " OSP, "covers this place");
	strike_says(
	    REFUSED, "roster plan " AUSTIN " --at noon " OSP, "--at takes a moment such as");
}

/* ---- region ---- */

static void
regions_are_listed_shown_and_found_by_place(void **state)
{
	char id[ID_BYTES];

	(void)state;
	strike_says(DONE, "region list " OSP, "prio          size  name\n");
	assert_contains(said, "   1      0.175000  Austin North\n");
	find_id("Austin North", id);
	strike_says_of(DONE, "region show $id " OSP, id, "\"name\":\"Austin North\"");
	assert_contains(said, "\"type\":\"MultiPolygon\"");
	strike_says_of(REFUSED, "region show $id --org bayou-osp", id, "there is no such region");
	strike_says(REFUSED, "region show x " OSP, "say which one by its id");
	strike_says(DONE, "region at " AUSTIN " " OSP, "list \"Austin North on call\"");
	strike_says(DONE, "region at " OSP " " AUSTIN, "list \"Austin North on call\"");
	strike_says(DONE, "region at " NEW_YORK " " OSP, "nobody would be rung");
	strike_says(DONE, "agreement list " OSP, "lone-star-noc");
	find_id("lone-star-noc", id);
	strike_says_of(DONE, "region at " NEW_YORK " " OSP " --agreement $id", id,
	    "list \"Hill Country duty\": no region has this place: it is the agreement's");
	strike_says(REFUSED, "region at " AUSTIN " --agreement x " OSP, "--agreement takes an id");
	strike_says(REFUSED, "region at here " OSP, "say where as LONGITUDE,LATITUDE");
	strike_says(REFUSED, "region at -197,30 " OSP, "longitude must be within ±180");
}

#define WEST                                                                              \
	"{\"type\":\"FeatureCollection\",\"features\":[{\"type\":\"Feature\","            \
	"\"properties\":{\"title\":\"Houston West\"},\"geometry\":{\"type\":\"Polygon\"," \
	"\"coordinates\":[[[-96.2,29.5],[-95.8,29.5],[-95.8,30],[-96.2,30],[-96.2,29.5]]]}}]}"

static void
a_file_of_regions_is_tried_taken_in_and_written_again(void **state)
{
	char list[ID_BYTES];

	(void)state;
	assert_int_equal(run("cat >west.json <<'END'\n%s\nEND\n", WEST), 0);
	strike_says(DONE, "roster lists --org bayou-osp", "Houston on call");
	find_id("Houston on call", list);
	strike_says_of(DONE,
	    "region import west.json --org bayou-osp --list $id --name-field title --dry-run", list,
	    "CREATED    Houston West\n");
	assert_contains(said, "Nothing was changed: this was only tried.");
	strike_says(DONE, "region list --org bayou-osp", "Houston");
	assert_lacks(said, "Houston West");
	strike_says_of(DONE,
	    "region import west.json --org bayou-osp --list $id --name-field title --priority 7",
	    list, "CREATED    Houston West\n");
	assert_contains(said, "\"Houston West\" chooses over \"Houston\"");
	strike_says(DONE, "region list --org bayou-osp", "   7      0.200000  Houston West\n");
	strike_says(DONE, "region overlaps --org bayou-osp", "chooses over \"Houston\"\n");
	strike_says(DONE, "region export --org bayou-osp", "\"name\":\"Houston West\"");
	assert_int_equal(run("$strike region export --org bayou-osp >again.json"), DONE);
	strike_says_of(DONE, "region import again.json --org bayou-osp --list $id", list,
	    "UNCHANGED  Houston West\n");
	assert_contains(said, "UNCHANGED  Houston\n");
}

static void
a_file_that_cannot_be_taken_in_changes_nothing(void **state)
{
	char list[ID_BYTES];

	(void)state;
	assert_int_equal(run("cat >title.json <<'END'\n%s\nEND\necho '{' >bad.json", WEST), 0);
	strike_says(DONE, "roster lists " OSP, "Hill Country duty");
	find_id("Hill Country duty", list);
	strike_says_of(REFUSED, "region import title.json --list $id " OSP, list,
	    "feature 0 \"\": features[0].properties.name is no text");
	assert_contains(said, "(REGION_FILE_INVALID)");
	strike_says_of(REFUSED, "region import bad.json --list $id " OSP, list, "data is no JSON");
	strike_says(REFUSED, "region import title.json " OSP, "--list ID");
	strike_says(REFUSED,
	    "region import title.json --name-field title " OSP
	    " --list 0197e000-0000-7000-8000-000000000000",
	    "(PAGER_LIST_UNKNOWN)");
	strike_says_of(REFUSED, "region import title.json --list $id --priority x " OSP, list,
	    "--priority takes a whole number");
	strike_says_of(REFUSED,
	    "region import title.json --name-field title --list $id " OSP " --priority -5", list,
	    "(REGION_PRIORITY_INVALID)");
	strike_says_of(COULD_NOT, "region import none.json --list $id " OSP, list,
	    "could not read none.json: No such file or directory");
	strike_says(DONE, "region export " OSP, "Austin South");
	assert_lacks(said, "Houston");
	strike_says(DONE, "region overlaps " OSP, "");
}

static int
plant_seed(void **state)
{
	(void)state;
	assert_int_equal(run("$strike migrate --seed"), DONE);
	return 0;
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_no_verb_is_not_understood_and_help_lists_those_there_are),
		cmocka_unit_test(a_verb_says_which_organisation_it_lacks_or_does_not_find),
		cmocka_unit_test(what_could_not_be_done_exits_2_and_says_why),
		cmocka_unit_test(an_organisation_is_taken_in_changed_suspended_and_restored),
		cmocka_unit_test(an_organisation_that_may_not_be_is_refused_and_not_there),
		cmocka_unit_test(somebody_is_invited_given_another_role_and_removed),
		cmocka_unit_test(a_membership_that_may_not_be_is_refused),
		cmocka_unit_test(a_user_is_disabled_and_enabled_again),
		cmocka_unit_test(whoever_runs_the_installation_is_invited_once),
		cmocka_unit_test(a_token_is_issued_listed_without_its_secret_and_revoked),
		cmocka_unit_test(a_token_that_may_not_be_is_refused),
		cmocka_unit_test(an_agreement_is_proposed_accepted_and_ended),
		cmocka_unit_test(an_agreement_is_amended_when_both_want_it),
		cmocka_unit_test(a_proposal_that_may_not_be_is_refused_and_one_may_be_declined),
		cmocka_unit_test(each_side_sets_and_sees_its_own_terms_only),
		cmocka_unit_test(a_person_is_put_on_call_and_given_numbers),
		cmocka_unit_test(the_lists_of_an_osp_are_listed_and_a_noc_has_none),
		cmocka_unit_test(a_plan_says_who_would_ring_wherever_the_place_is_said),
		cmocka_unit_test(regions_are_listed_shown_and_found_by_place),
		cmocka_unit_test(a_file_of_regions_is_tried_taken_in_and_written_again),
		cmocka_unit_test(a_file_that_cannot_be_taken_in_changes_nothing),
	};
	struct buf buf = buf_over(folder, sizeof(folder));
	int skipped, failed;

	if (argc != 2) {
		fprintf(stderr, "usage: %s STRIKE\n", argv[0]);
		return 64;
	}
	strike = argv[1];
	buf_str(&buf, STR("/tmp/strike-cli-XXXXXX"));
	buf_char(&buf, '\0');
	skipped = pg_database_create();
	if (skipped != 0)
		return skipped;
	if (mkdtemp(folder) == NULL)
		return 1;
	failed = cmocka_run_group_tests(tests, plant_seed, NULL);
	(void)run("cd / && rm -r %s", folder);
	pg_database_drop();
	return failed;
}
