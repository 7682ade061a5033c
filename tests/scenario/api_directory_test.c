#include <stdlib.h>

#include "support/api_world.h"

/*
 * Organisations, members, agreements and tokens, as their admins change them.
 *
 * usage: api_directory_test mem|pg
 */

#define NOC_ADMIN       "admin@lone-star-noc"
#define OSP_ADMIN       "admin@hill-country-osp"
#define OTHER_NOC_ADMIN "admin@gulf-coast-noc"
#define OTHER_OSP_ADMIN "admin@bayou-osp"
#define OM_ADMIN        "admin@hill-country-om"
#define PLATFORM        "platform@platform"

#define REFUSAL " ... on Refusal{code field message rule}"
#define ORGANISATION                                                                \
	"... on OrganisationSuccess{organisation{id version handle name suspended " \
	"timeZone loopsMax ringSecondsMin ringSecondsMax}}" REFUSAL
#define USER   "... on UserSuccess{user{id version handle disabled}}" REFUSAL
#define MEMBER "... on MemberSuccess{member{id version email role state user}}" REFUSAL
#define AGREEMENT                                                                              \
	"... on AgreementSuccess{agreement{id version state kind numberPrefix reason "         \
	"noc{handle} osp{handle} terms{loops ringSeconds} amendment{terms{loops} proposedBy} " \
	"nocTerms{version dutyPhone failover{handle}} "                                        \
	"ospTerms{version renderSecretRef defaultList}}}" REFUSAL
#define ISSUED "... on IssueTokenSuccess{secret token{id name scopes user expiresAt}}" REFUSAL
#define TOKEN  "... on TokenSuccess{token{id revokedAt}}" REFUSAL

/* ---- words ---- */

/* The variables of ${mutation}: ${input} are the members after the key. */
static const char *
variables_of(const char *key, const char *input)
{
	return print("{\"input\":{\"idempotencyKey\":\"%s\"%s%s}}", key == NULL ? new_key() : key,
	    input[0] == '\0' ? "" : ",", input);
}

/* The mutation ${field}, whose input is a ${type}, as text. */
static const char *
mutation_of(const char *field, const char *type, const char *fields)
{
	return print("mutation($input:%s!){%s(input:$input){__typename %s}}", type, field, fields);
}

struct act {
	const char *field, *type, *fields;
};

/* The inputs that have other names than their mutations. */
static const struct act acts[] = {
	{ "createOrganisation", "CreateOrganisationInput", ORGANISATION },
	{ "changeOrganisation", "ChangeOrganisationInput", ORGANISATION },
	{ "suspendOrganisation", "SuspendOrganisationInput", ORGANISATION },
	{ "restoreOrganisation", "SuspendOrganisationInput", ORGANISATION },
	{ "disableUser", "DisableUserInput", USER },
	{ "enableUser", "DisableUserInput", USER },
	{ "inviteMember", "InviteMemberInput", MEMBER },
	{ "changeMemberRole", "ChangeMemberRoleInput", MEMBER },
	{ "removeMember", "RemoveMemberInput", MEMBER },
	{ "proposeAgreement", "ProposeAgreementInput", AGREEMENT },
	{ "acceptAgreement", "AcceptAgreementInput", AGREEMENT },
	{ "declineAgreement", "DeclineAgreementInput", AGREEMENT },
	{ "proposeAmendment", "ProposeAmendmentInput", AGREEMENT },
	{ "endAgreement", "EndAgreementInput", AGREEMENT },
	{ "setNocTerms", "SetNocTermsInput", AGREEMENT },
	{ "setOspTerms", "SetOspTermsInput", AGREEMENT },
	{ "issueToken", "IssueTokenInput", ISSUED },
	{ "revokeToken", "RevokeTokenInput", TOKEN },
};

static const struct act *
act_of(const char *field)
{
	for (size_t i = 0; i < COUNT_OF(acts); i++) {
		if (strcmp(acts[i].field, field) == 0)
			return &acts[i];
	}
	fail_msg("there is no mutation %s here", field);
	return NULL;
}

/* data.<field> of ${field} with ${input}, members after the key. */
static const struct json *
act_with(const char *identity, const char *field, const char *key, const char *input)
{
	const struct act *act = act_of(field);

	return at(
	    ask(identity, mutation_of(field, act->type, act->fields), variables_of(key, input)),
	    print("data.%s", field));
}

static const struct json *
act(const char *identity, const char *field, const char *input)
{
	return act_with(identity, field, NULL, input);
}

static const struct json *
done(const char *identity, const char *field, const char *input)
{
	const struct json *result = act(identity, field, input);

	if (strcmp(text_at(result, "__typename"), "Refusal") == 0)
		fail_msg("%s: %s", field, json_text(result));
	return result;
}

static void
refused(const char *identity, const char *field, const char *input, const char *code)
{
	const struct json *result = act(identity, field, input);

	assert_text_at(result, "__typename", "Refusal");
	if (strcmp(text_at(result, "code"), code) != 0)
		fail_msg("%s: expected %s: %s", field, code, json_text(result));
}

/* The bytes answered to ${field} with ${input}. */
static const char *
answer_to(const char *identity, const char *field, const char *input)
{
	return json_text(act(identity, field, input));
}

static const struct json *
query(const char *identity, const char *text)
{
	return at(ask(identity, text, "{}"), "data");
}

/* The status of an ordinary query with ${headers}. */
static int
status_with(const struct http_header *headers, size_t count, const char *body)
{
	return request("POST", "/graphql", headers, count, str_from_z(body))->status;
}

static int
status_of(const char *identity)
{
	const struct http_header headers[] = {
		{ STR("Content-Type"), STR("application/json") },
		{ STR("Strike-Development-Identity"), str_from_z(identity) },
	};

	return status_with(headers, COUNT_OF(headers), "{\"query\":\"{viewer{role}}\"}");
}

/* The ${member} ("id" or "userId") of the membership of ${user} in the asker's organisation. */
static const char *
of_member(const char *identity, const char *user, const char *member)
{
	const struct json *members = at(
	    query(identity, "{members(first:100){edges{node{id user userId}}}}"), "members.edges");

	for (size_t i = 0; i < members->list.count; i++) {
		const struct json *node = at(&members->list.items[i], "node");

		/* Who is invited has no name yet. */
		if (str_equal(json_text_or(node, STR("user"), STR("")), str_from_z(user)))
			return text_at(node, member);
	}
	fail_msg("%s is no member", user);
	return NULL;
}

static const char *
membership_of(const char *identity, const char *user)
{
	return of_member(identity, user, "id");
}

/* ---- organisations ---- */

static void
an_admin_changes_the_name_and_bounds_of_their_own_organisation(void **state)
{
	const struct json *result;

	(void)state;
	result = done(OTHER_OSP_ADMIN, "changeOrganisation",
	    "\"name\":\"Bayou Outside Plant\",\"loopsMax\":4,\"timeZone\":\"America/Denver\"");
	assert_text_at(result, "organisation.name", "Bayou Outside Plant");
	assert_int_equal(int_at(result, "organisation.loopsMax"), 4);
	result = at(query(OTHER_DISPATCHER, "{organisation{name timeZone loopsMax isOsp}}"),
	    "organisation");
	assert_text_at(result, "name", "Bayou Outside Plant");
	assert_text_at(result, "timeZone", "America/Denver");
	refused(OTHER_DISPATCHER, "changeOrganisation", "\"name\":\"x\"", "NOT_PERMITTED");
	refused(OTHER_OSP_ADMIN, "changeOrganisation", "\"name\":\"\"", "NAME_INVALID");
	refused(OTHER_OSP_ADMIN, "changeOrganisation", "\"timeZone\":\"Mars/Olympus\"",
	    "TIME_ZONE_INVALID");
	refused(OTHER_OSP_ADMIN, "changeOrganisation", "\"loopsMax\":11", "BOUNDS_INVALID");
	refused(
	    OTHER_OSP_ADMIN, "changeOrganisation", "\"loopsMax\":9,\"version\":1", "VERSION_STALE");
	done(OTHER_OSP_ADMIN, "changeOrganisation", "\"name\":\"Bayou OSP\",\"loopsMax\":10");
}

static void
anothers_organisation_is_changed_as_one_that_does_not_exist(void **state)
{
	const char *foreign = answer_to(OTHER_OSP_ADMIN, "changeOrganisation",
	    "\"organisation\":\"lone-star-noc\",\"name\":\"x\"");
	const char *partner = answer_to(OTHER_OSP_ADMIN, "changeOrganisation",
	    "\"organisation\":\"gulf-coast-noc\",\"name\":\"x\"");
	const char *unknown = answer_to(OTHER_OSP_ADMIN, "changeOrganisation",
	    "\"organisation\":\"nobody-at-all\",\"name\":\"x\"");

	(void)state;
	assert_string_equal(foreign, unknown);
	assert_string_equal(partner, unknown);
	assert_non_null(strstr(unknown, "ORGANISATION_UNKNOWN"));
}

static void
only_the_platform_takes_in_an_organisation_and_its_first_admin(void **state)
{
	const char *input = "\"handle\":\"delta-noc\",\"name\":\"Delta NOC\",\"isNoc\":true,"
			    "\"isOsp\":false,\"adminEmail\":\"first@example.org\"";
	const char *key = new_key();
	const struct json *result = act_with(PLATFORM, "createOrganisation", key, input);
	const char *id = text_at(result, "organisation.id");

	(void)state;
	/* The same key again makes no second one. */
	result = act_with(PLATFORM, "createOrganisation", key, input);
	assert_text_at(result, "organisation.id", id);
	result = act_with(PLATFORM, "createOrganisation", key,
	    "\"handle\":\"echo-noc\",\"name\":\"Echo\",\"isNoc\":true,\"isOsp\":false,"
	    "\"adminEmail\":\"first@example.org\"");
	assert_text_at(result, "code", "KEY_REUSED");
	refused(PLATFORM, "createOrganisation", input, "HANDLE_TAKEN");
	refused(NOC_ADMIN, "createOrganisation", input, "NOT_PERMITTED");
	result = at(query(PLATFORM, "{organisations(first:100){edges{node{handle}}}}"),
	    "organisations.edges");
	assert_non_null(strstr(json_text(result), "delta-noc"));
	assert_null_at(query(NOC_ADMIN, "{organisations{edges{node{handle}}}}"), "organisations");
}

/* How often ${event} is in the audit that ${identity} reads. */
static size_t
audited(const char *identity, const char *event)
{
	const struct json *data = query(identity,
	    print("{auditLog(event:\"%s\",first:100){edges{node{event user via operation subject "
		  "at}}}}",
		event));

	return count_at(data, "auditLog.edges");
}

static void
what_the_platform_sees_or_changes_is_told_to_whom_it_concerns(void **state)
{
	size_t before = audited(NOC_ADMIN, "PlatformAccessed");
	const char *entries;

	(void)state;
	done(PLATFORM, "changeOrganisation",
	    "\"organisation\":\"lone-star-noc\",\"name\":\"Lone Star\"");
	assert_int_equal(audited(NOC_ADMIN, "PlatformAccessed"), before + 1);
	/* In no order with what happened in the same millisecond. */
	entries = json_text(query(
	    NOC_ADMIN, "{auditLog(event:\"PlatformAccessed\"){edges{node{operation user}}}}"));
	assert_non_null(strstr(entries, "{\"operation\":\"change_organisation\",\"user\":null}"));
	(void)query(PLATFORM, "{organisations(first:100){edges{node{handle}}}}");
	assert_int_equal(audited(NOC_ADMIN, "PlatformAccessed"), before + 2);
	done(PLATFORM, "changeOrganisation",
	    "\"organisation\":\"lone-star-noc\",\"name\":\"Lone Star NOC\"");
	/* A refusal has shown nothing and changed nothing. */
	refused(PLATFORM, "changeOrganisation", "\"organisation\":\"lone-star-noc\",\"name\":\"\"",
	    "NAME_INVALID");
	assert_int_equal(audited(NOC_ADMIN, "PlatformAccessed"), before + 3);
	assert_null_at(query(OPERATOR, "{auditLog{edges{node{event}}}}"), "auditLog");
}

static void
nobody_acts_for_a_suspended_organisation_until_it_is_restored(void **state)
{
	const char *reason = "\"organisation\":\"gulf-coast-noc\",\"reason\":\"unpaid\"";

	(void)state;
	refused(NOC_ADMIN, "suspendOrganisation", reason, "NOT_PERMITTED");
	assert_int_equal(status_of(OTHER_OPERATOR), 200);
	done(PLATFORM, "suspendOrganisation", reason);
	assert_true(status_of(OTHER_OPERATOR) >= 400);
	assert_int_equal(status_of(OPERATOR), 200);
	done(PLATFORM, "restoreOrganisation", reason);
	assert_int_equal(status_of(OTHER_OPERATOR), 200);
	refused(PLATFORM, "suspendOrganisation", "\"organisation\":\"platform\",\"reason\":\"x\"",
	    "PLATFORM_STAYS");
	refused(PLATFORM, "suspendOrganisation",
	    "\"organisation\":\"nobody-at-all\",\"reason\":\"x\"", "ORGANISATION_UNKNOWN");
}

static void
a_disabled_user_does_nothing_anywhere(void **state)
{
	const char *user = of_member(NOC_ADMIN, "viewer", "userId");

	(void)state;
	refused(NOC_ADMIN, "disableUser", print("\"user\":\"%s\",\"reason\":\"x\"", user),
	    "NOT_PERMITTED");
	done(PLATFORM, "disableUser", print("\"user\":\"%s\",\"reason\":\"left\"", user));
	assert_true(status_of("viewer@lone-star-noc") >= 400);
	assert_true(status_of("viewer@hill-country-osp") >= 400);
	done(PLATFORM, "enableUser", print("\"user\":\"%s\",\"reason\":\"back\"", user));
	assert_int_equal(status_of("viewer@lone-star-noc"), 200);
	refused(PLATFORM, "disableUser", print("\"user\":\"%s\",\"reason\":\"x\"", new_key()),
	    "USER_UNKNOWN");
}

static void
a_user_sees_all_organisations_for_which_they_may_act(void **state)
{
	const struct json *contexts = at(
	    query(NOC_ADMIN, "{viewer{contexts{role organisation{handle}}}}"), "viewer.contexts");

	(void)state;
	assert_true(contexts->list.count >= 5);
	for (size_t i = 0; i < contexts->list.count; i++)
		assert_text_at(&contexts->list.items[i], "role", "admin");
	assert_non_null(strstr(json_text(contexts), "hill-country-om"));
	assert_null(strstr(json_text(contexts), "\"platform\""));
}

/* ---- members ---- */

static void
an_admin_invites_and_removes_members(void **state)
{
	const struct json *result = done(NOC_ADMIN, "inviteMember",
	    "\"email\":\"New.Operator@example.org\",\"role\":\"operator\"");
	const char *id = text_at(result, "member.id");

	(void)state;
	assert_text_at(result, "member.state", "INVITED");
	assert_text_at(result, "member.email", "New.Operator@example.org");
	assert_null_at(result, "member.user");
	refused(NOC_ADMIN, "inviteMember",
	    "\"email\":\"new.operator@EXAMPLE.org\",\"role\":\"viewer\"", "MEMBER_EXISTS");
	refused(NOC_ADMIN, "inviteMember", "\"email\":\"x@example.org\",\"role\":\"dispatcher\"",
	    "ROLE_UNFIT");
	refused(NOC_ADMIN, "inviteMember", "\"email\":\"x\",\"role\":\"viewer\"", "EMAIL_INVALID");
	refused(OPERATOR, "inviteMember", "\"email\":\"x@example.org\",\"role\":\"viewer\"",
	    "NOT_PERMITTED");
	result = done(
	    NOC_ADMIN, "changeMemberRole", print("\"member\":\"%s\",\"role\":\"supervisor\"", id));
	assert_text_at(result, "member.role", "supervisor");
	result = done(NOC_ADMIN, "removeMember", print("\"member\":\"%s\"", id));
	assert_text_at(result, "member.state", "REMOVED");
	refused(NOC_ADMIN, "removeMember", print("\"member\":\"%s\"", id), "MEMBER_UNKNOWN");
	done(NOC_ADMIN, "inviteMember",
	    "\"email\":\"new.operator@example.org\",\"role\":\"viewer\"");
}

static void
members_come_page_by_page(void **state)
{
	const char *first = "{members(first:2){edges{cursor node{id}} pageInfo{hasNextPage "
			    "endCursor}}}";
	const struct json *page = at(query(NOC_ADMIN, first), "members");
	size_t seen = count_at(page, "edges");

	(void)state;
	assert_int_equal(seen, 2);
	while (at(page, "pageInfo.hasNextPage")->boolean) {
		page = at(
		    query(NOC_ADMIN, print("{members(first:2,after:\"%s\"){edges{cursor node{id}} "
					   "pageInfo{hasNextPage endCursor}}}",
					 text_at(page, "pageInfo.endCursor"))),
		    "members");
		seen += count_at(page, "edges");
	}
	assert_int_equal(seen,
	    count_at(query(NOC_ADMIN, "{members(first:100){edges{node{id}}}}"), "members.edges"));
	assert_null_at(query(NOC_ADMIN, "{members(after:\"x\"){edges{node{id}}}}"), "members");
}

static void
a_membership_of_others_is_answered_as_one_that_does_not_exist(void **state)
{
	const char *theirs = membership_of(OTHER_NOC_ADMIN, "operator");
	const char *input = print("\"member\":\"%s\"", theirs);
	const char *unknown = print("\"member\":\"%s\"", new_key());

	(void)state;
	assert_string_equal(answer_to(NOC_ADMIN, "removeMember", input),
	    answer_to(NOC_ADMIN, "removeMember", unknown));
	assert_string_equal(answer_to(PLATFORM, "removeMember", input),
	    answer_to(PLATFORM, "removeMember", unknown));
	assert_int_equal(status_of(OTHER_OPERATOR), 200);
}

/* A request of ${identity} to make ${member} a supervisor, with headers in ${headers}. */
static struct http_call
demotion(const char *identity, const char *member, struct http_header *headers)
{
	headers[0] = (struct http_header){ STR("Content-Type"), STR("application/json") };
	headers[1] =
	    (struct http_header){ STR("Strike-Development-Identity"), str_from_z(identity) };
	return (struct http_call){
		.method = "POST",
		.url = arena_printf(arena, "%.*s/graphql", STR_ARG(server.server_url)),
		.headers = headers,
		.header_count = 2,
		.body = str_from_z(print("{\"query\":\"%s\",\"variables\":%s}",
		    mutation_of(
			"changeMemberRole", "ChangeMemberRoleInput", "... on Refusal{code}"),
		    variables_of(
			NULL, print("\"member\":\"%s\",\"role\":\"supervisor\"", member)))),
		.timeout = SECONDS(20),
	};
}

#define OTHER_ADMIN "viewer@lone-star-noc"

/* Two admins demote each other; who is left gives the role back.  How many were refused. */
static size_t
demote_each_other(const char *one, const char *other)
{
	struct http_header headers[2][2];
	const struct http_call calls[] = { demotion(NOC_ADMIN, other, headers[0]),
		demotion(OTHER_ADMIN, one, headers[1]) };
	struct http_answer answers[2];
	bool first, second;

	request_at_once(calls, 2, answers);
	first = str_find(answers[0].body, STR("MemberSuccess")) != SIZE_MAX;
	second = str_find(answers[1].body, STR("MemberSuccess")) != SIZE_MAX;
	done(first ? NOC_ADMIN : OTHER_ADMIN, "changeMemberRole",
	    print("\"member\":\"%s\",\"role\":\"admin\"", first ? other : one));
	return (size_t)!first + (size_t)!second;
}

static void
of_two_admins_who_demote_each_other_at_once_one_stays(void **state)
{
	const char *admin = membership_of(NOC_ADMIN, "admin");
	const char *viewer = membership_of(NOC_ADMIN, "viewer");

	(void)state;
	refused(NOC_ADMIN, "changeMemberRole",
	    print("\"member\":\"%s\",\"role\":\"viewer\"", admin), "OWN_ROLE");
	refused(NOC_ADMIN, "removeMember", print("\"member\":\"%s\"", admin), "LAST_ADMIN");
	done(NOC_ADMIN, "changeMemberRole", print("\"member\":\"%s\",\"role\":\"admin\"", viewer));
	for (int round = 0; round < 8; round++)
		assert_int_equal(demote_each_other(admin, viewer), 1);
	done(NOC_ADMIN, "changeMemberRole", print("\"member\":\"%s\",\"role\":\"viewer\"", viewer));
}

/* ---- agreements ---- */

static const char *
agreement_seen(const char *identity, const char *id)
{
	return json_text(query(identity,
	    print("{agreement(id:\"%s\"){state nocTerms{dutyPhone} ospTerms{renderSecretRef} "
		  "terms{loops}}}",
		id)));
}

static void
two_companies_come_to_terms_and_a_third_sees_nothing_of_it(void **state)
{
	const struct json *result = done(OTHER_NOC_ADMIN, "proposeAgreement",
	    "\"counterpart\":\"hill-country-osp\",\"side\":\"NOC\",\"terms\":{\"loops\":2}");
	const char *id = text_at(result, "agreement.id");
	const char *named = print("\"agreement\":\"%s\"", id);

	(void)state;
	assert_text_at(result, "agreement.state", "PROPOSED");
	assert_text_at(result, "agreement.osp.handle", "hill-country-osp");
	assert_text_at(
	    create((struct create){ .identity = OTHER_OPERATOR }), "code", "NO_AGREEMENT");
	refused(OTHER_NOC_ADMIN, "acceptAgreement", named, "AGREEMENT_STATE");
	refused(OSP_ADMIN, "acceptAgreement", named, "PREFIX_INVALID");
	refused(OSP_ADMIN, "acceptAgreement", print("%s,\"numberPrefix\":\"HC\"", named),
	    "PREFIX_TAKEN");
	refused(DISPATCHER, "acceptAgreement", print("%s,\"numberPrefix\":\"GC\"", named),
	    "NOT_PERMITTED");
	assert_string_equal(answer_to(OTHER_OSP_ADMIN, "acceptAgreement", named),
	    answer_to(
		OTHER_OSP_ADMIN, "acceptAgreement", print("\"agreement\":\"%s\"", new_key())));
	result = done(OSP_ADMIN, "acceptAgreement", print("%s,\"numberPrefix\":\"GC\"", named));
	assert_text_at(result, "agreement.state", "AGREED");
	assert_non_null(
	    strstr(text_at(create((struct create){ .identity = OTHER_OPERATOR }), "eco.jobNumber"),
		"GC-MFR-00001"));
	assert_string_equal(
	    agreement_seen(OTHER_OSP_ADMIN, id), agreement_seen(OTHER_OSP_ADMIN, new_key()));
	assert_null_at(query(NOC_ADMIN, print("{agreement(id:\"%s\"){state}}", id)), "agreement");
	refused(OTHER_NOC_ADMIN, "proposeAgreement",
	    "\"counterpart\":\"hill-country-osp\",\"side\":\"NOC\"", "AGREEMENT_OVERLAPS");
	done(OSP_ADMIN, "endAgreement", print("%s,\"reason\":\"moved away\"", named));
	assert_text_at(
	    create((struct create){ .identity = OTHER_OPERATOR }), "code", "NO_AGREEMENT");
	refused(
	    OSP_ADMIN, "endAgreement", print("%s,\"reason\":\"again\"", named), "AGREEMENT_STATE");
}

static void
a_counterpart_that_does_not_fit_is_answered_as_one_that_does_not_exist(void **state)
{
	const char *unfit = answer_to(
	    NOC_ADMIN, "proposeAgreement", "\"counterpart\":\"gulf-coast-noc\",\"side\":\"NOC\"");
	const char *unknown = answer_to(
	    NOC_ADMIN, "proposeAgreement", "\"counterpart\":\"nobody-at-all\",\"side\":\"NOC\"");

	(void)state;
	assert_string_equal(unfit, unknown);
	assert_non_null(strstr(unknown, "COUNTERPART_UNFIT"));
	refused(NOC_ADMIN, "proposeAgreement",
	    "\"counterpart\":\"gulf-coast-noc\",\"side\":\"OSP\"", "COUNTERPART_UNFIT");
	refused(OPERATOR, "proposeAgreement",
	    "\"counterpart\":\"hill-country-osp\",\"side\":\"NOC\"", "NOT_PERMITTED");
}

/* The agreement of lone-star-noc with ${osp}. */
static const char *
agreement_with(const char *osp)
{
	const struct json *edges =
	    at(query(NOC_ADMIN, "{agreements(first:100){edges{node{id state osp{handle}}}}}"),
		"agreements.edges");

	for (size_t i = 0; i < edges->list.count; i++) {
		const struct json *node = at(&edges->list.items[i], "node");

		if (strcmp(text_at(node, "osp.handle"), osp) == 0 &&
		    strcmp(text_at(node, "state"), "AGREED") == 0)
			return text_at(node, "id");
	}
	fail_msg("there is no agreement with %s", osp);
	return NULL;
}

static void
an_amendment_holds_for_what_is_created_after_it_was_accepted(void **state)
{
	const char *named = print("\"agreement\":\"%s\"", agreement_with("hill-country-osp"));
	const struct json *result =
	    done(NOC_ADMIN, "proposeAmendment", print("%s,\"terms\":{\"loops\":5}", named));
	const char *before = created((struct create){ .key = NULL });
	const char *after;

	(void)state;
	assert_int_equal(int_at(result, "agreement.terms.loops"), 3);
	assert_int_equal(int_at(result, "agreement.amendment.terms.loops"), 5);
	refused(NOC_ADMIN, "acceptAgreement", named, "AGREEMENT_STATE");
	refused(OSP_ADMIN, "proposeAmendment", print("%s,\"terms\":{\"loops\":4}", named),
	    "AGREEMENT_STATE");
	result = done(OSP_ADMIN, "acceptAgreement", named);
	assert_int_equal(int_at(result, "agreement.terms.loops"), 5);
	assert_null_at(result, "agreement.amendment");
	after = created((struct create){ .key = NULL });
	assert_non_null(
	    strstr(json_text(at(timeline(DISPATCHER, before), "0.detail")), "\"loops\":3"));
	assert_non_null(
	    strstr(json_text(at(timeline(DISPATCHER, after), "0.detail")), "\"loops\":5"));
	result = done(OSP_ADMIN, "proposeAmendment", print("%s,\"terms\":{\"loops\":3}", named));
	result = done(NOC_ADMIN, "declineAgreement", print("%s,\"reason\":\"too few\"", named));
	assert_int_equal(int_at(result, "agreement.terms.loops"), 5);
	done(OSP_ADMIN, "proposeAmendment", print("%s,\"terms\":{\"loops\":3}", named));
	done(NOC_ADMIN, "acceptAgreement", named);
}

static void
what_a_side_keeps_to_itself_about_an_agreement_never_crosses(void **state)
{
	const char *id = agreement_with("hill-country-osp");
	const char *named = print("\"agreement\":\"%s\"", id);
	const struct json *result = done(SUPERVISOR, "setNocTerms",
	    print("%s,\"dutyPhone\":\"+15125550999\",\"twilioFrom\":\"+15125550900\","
		  "\"failover\":[\"bayou-osp\"],\"version\":1",
		named));

	(void)state;
	assert_text_at(result, "agreement.nocTerms.dutyPhone", "+15125550999");
	assert_text_at(result, "agreement.nocTerms.failover.0.handle", "bayou-osp");
	assert_null_at(result, "agreement.ospTerms");
	assert_non_null(strstr(agreement_seen(OSP_ADMIN, id), "\"nocTerms\":null"));
	assert_null(strstr(agreement_seen(OSP_ADMIN, id), "5550999"));
	assert_non_null(strstr(agreement_seen(OSP_ADMIN, id), "render-hill-country"));
	assert_null(strstr(agreement_seen(NOC_ADMIN, id), "render-hill-country"));
	refused(SUPERVISOR, "setNocTerms", print("%s,\"version\":1", named), "VERSION_STALE");
	refused(OSP_ADMIN, "setNocTerms", named, "NOT_PERMITTED");
	refused(OPERATOR, "setNocTerms", named, "NOT_PERMITTED");
	refused(SUPERVISOR, "setNocTerms", print("%s,\"failover\":[\"hill-country-osp\"]", named),
	    "FAILOVER_INVALID");
	refused(SUPERVISOR, "setNocTerms",
	    print("%s,\"failover\":[\"bayou-osp\",\"bayou-osp\"]", named), "FAILOVER_INVALID");
	refused(SUPERVISOR, "setNocTerms", print("%s,\"dutyPhone\":\"5550999\"", named),
	    "PHONE_INVALID");
	refused(OSP_ADMIN, "setOspTerms", print("%s,\"defaultList\":\"%s\"", named, new_key()),
	    "PAGER_LIST_UNKNOWN");
	refused(OSP_ADMIN, "setOspTerms", print("%s,\"renderSecretRef\":\"p@ss\"", named),
	    "SETTING_INVALID");
	assert_string_equal(answer_to(OTHER_NOC_ADMIN, "setNocTerms", named),
	    answer_to(OTHER_NOC_ADMIN, "setNocTerms", print("\"agreement\":\"%s\"", new_key())));
	done(SUPERVISOR, "setNocTerms",
	    print("%s,\"dutyPhone\":\"+15125550901\",\"twilioFrom\":\"+15125550900\"", named));
}

static void
who_is_both_calls_out_its_own_people(void **state)
{
	const struct json *eco = create((struct create){ .identity = "operator@hill-country-om",
	    .osp = "hill-country-om",
	    .location = NEW_YORK });

	(void)state;
	assert_done(eco);
	assert_non_null(strstr(text_at(eco, "eco.jobNumber"), "OM-MFR-00001"));
	refused(OM_ADMIN, "proposeAgreement", "\"side\":\"OSP\",\"numberPrefix\":\"OX\"",
	    "AGREEMENT_OVERLAPS");
}

/* ---- tokens ---- */

static int
status_with_token(const char *secret, const char *body)
{
	const struct http_header headers[] = {
		{ STR("Content-Type"), STR("application/json") },
		{ STR("Authorization"), str_from_z(print("Bearer %s", secret)) },
	};

	return status_with(headers, COUNT_OF(headers), body);
}

static const struct json *
ask_with_token(const char *secret, const char *query_text)
{
	const struct http_header headers[] = {
		{ STR("Content-Type"), STR("application/json") },
		{ STR("Authorization"), str_from_z(print("Bearer %s", secret)) },
	};

	return json_of(request("POST", "/graphql", headers, COUNT_OF(headers),
			   str_from_z(print("{\"query\":\"%s\"}", query_text))),
	    200);
}

#define TOKEN_INPUT \
	"\"name\":\"backup\",\"scopes\":[\"read\"],\"expiresAt\":\"2026-06-01T00:00:00Z\""

static void
the_secret_of_a_token_is_shown_once(void **state)
{
	const char *key = new_key();
	const struct json *result = act_with(OPERATOR, "issueToken", key, TOKEN_INPUT);
	const char *secret = text_at(result, "secret"), *id = text_at(result, "token.id");

	(void)state;
	assert_true(strncmp(secret, "strike_", 7) == 0);
	assert_int_equal(strlen(secret), 7 + 43);
	assert_text_at(result, "token.user", "operator");
	result = act_with(OPERATOR, "issueToken", key, TOKEN_INPUT);
	assert_text_at(result, "token.id", id);
	assert_null_at(result, "secret");
	assert_int_equal(status_with_token(secret, "{\"query\":\"{viewer{role}}\"}"), 200);
	result = at(query(OPERATOR, "{tokens(first:1){edges{node{id name lastUsedAt scopes}}}}"),
	    "tokens.edges.0.node");
	assert_text_at(result, "id", id);
	assert_text_at(result, "scopes.0", "read");
	(void)text_at(result, "lastUsedAt");
}

static void
a_token_does_what_its_scopes_and_its_members_role_both_allow(void **state)
{
	const struct json *result = act_with(OPERATOR, "issueToken", NULL, TOKEN_INPUT);
	const char *secret = text_at(result, "secret");
	const char *all = text_at(done(OPERATOR, "issueToken",
				      "\"name\":\"all\",\"scopes\":[\"*\"],"
				      "\"expiresAt\":\"2026-06-01T00:00:00Z\""),
	    "secret");

	(void)state;
	assert_text_at(ask_with_token(secret, "{viewer{organisation{handle} contexts{role}}}"),
	    "data.viewer.organisation.handle", "lone-star-noc");
	assert_int_equal(
	    count_at(ask_with_token(secret, "{viewer{contexts{role}}}"), "data.viewer.contexts"),
	    1);
	result = ask_with_token(secret,
	    print("mutation{issueToken(input:{idempotencyKey:\\\"%s\\\",name:\\\"x\\\",scopes:"
		  "[\\\"*\\\"],expiresAt:\\\"2026-06-01T00:00:00Z\\\"}){__typename ... on "
		  "Refusal{code}}}",
		new_key()));
	assert_text_at(result, "data.issueToken.code", "NOT_PERMITTED");
	/* Not with all scopes either: what was lent out would never end. */
	result = ask_with_token(
	    all, print("mutation{issueToken(input:{idempotencyKey:\\\"%s\\\",name:\\\"x\\\",scopes:"
		       "[\\\"*\\\"],expiresAt:\\\"2026-06-01T00:00:00Z\\\"}){__typename ... on "
		       "Refusal{code}}}",
		     new_key()));
	assert_text_at(result, "data.issueToken.code", "NOT_PERMITTED");
	assert_null_at(ask_with_token(all, "{auditLog{edges{node{event}}}}"), "data.auditLog");
}

static void
a_token_is_refused_that_is_for_nothing_or_never_ends(void **state)
{
	(void)state;
	refused(OPERATOR, "issueToken",
	    "\"name\":\"x\",\"scopes\":[],\"expiresAt\":\"2026-06-01T00:00:00Z\"", "SCOPE_UNKNOWN");
	refused(OPERATOR, "issueToken",
	    "\"name\":\"x\",\"scopes\":[\"everything\"],\"expiresAt\":\"2026-06-01T00:00:00Z\"",
	    "SCOPE_UNKNOWN");
	refused(OPERATOR, "issueToken",
	    "\"name\":\"x\",\"scopes\":[\"*\"],\"expiresAt\":\"2027-06-01T00:00:00Z\"",
	    "EXPIRY_INVALID");
	refused(OPERATOR, "issueToken",
	    "\"name\":\"x\",\"scopes\":[\"*\"],\"expiresAt\":\"2026-01-01T00:00:00Z\"",
	    "EXPIRY_INVALID");
	refused(OPERATOR, "issueToken",
	    "\"name\":\" \",\"scopes\":[\"*\"],\"expiresAt\":\"2026-06-01T00:00:00Z\"",
	    "NAME_INVALID");
}

static void
one_revokes_ones_own_tokens_and_an_admin_everybodys(void **state)
{
	const struct json *mine = done(OPERATOR, "issueToken", TOKEN_INPUT);
	const struct json *other = done(SUPERVISOR, "issueToken", TOKEN_INPUT);
	const char *secret = text_at(mine, "secret");
	const char *named = print("\"token\":\"%s\"", text_at(mine, "token.id"));
	const char *foreign = print("\"token\":\"%s\"", text_at(other, "token.id"));
	const char *unknown = print("\"token\":\"%s\"", new_key());

	(void)state;
	assert_string_equal(answer_to(OPERATOR, "revokeToken", foreign),
	    answer_to(OPERATOR, "revokeToken", unknown));
	assert_string_equal(answer_to(OTHER_NOC_ADMIN, "revokeToken", foreign),
	    answer_to(OTHER_NOC_ADMIN, "revokeToken", unknown));
	assert_int_equal(status_with_token(secret, "{\"query\":\"{viewer{role}}\"}"), 200);
	done(OPERATOR, "revokeToken", named);
	assert_int_equal(status_with_token(secret, "{\"query\":\"{viewer{role}}\"}"), 401);
	done(NOC_ADMIN, "revokeToken", foreign);
	assert_int_equal(
	    status_with_token(text_at(other, "secret"), "{\"query\":\"{viewer{role}}\"}"), 401);
}

static void
no_secret_of_a_token_is_kept(void **state)
{
	const struct json *tokens = query(NOC_ADMIN, "{tokens(first:100){edges{node{id name user "
						     "scopes expiresAt revokedAt lastUsedFrom}}}}");

	(void)state;
	assert_true(count_at(tokens, "tokens.edges") >= 4);
	assert_null(strstr(json_text(tokens), "strike_"));
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		API_TEST(an_admin_changes_the_name_and_bounds_of_their_own_organisation),
		API_TEST(anothers_organisation_is_changed_as_one_that_does_not_exist),
		API_TEST(only_the_platform_takes_in_an_organisation_and_its_first_admin),
		API_TEST(what_the_platform_sees_or_changes_is_told_to_whom_it_concerns),
		API_TEST(nobody_acts_for_a_suspended_organisation_until_it_is_restored),
		API_TEST(a_disabled_user_does_nothing_anywhere),
		API_TEST(a_user_sees_all_organisations_for_which_they_may_act),
		API_TEST(an_admin_invites_and_removes_members),
		API_TEST(members_come_page_by_page),
		API_TEST(a_membership_of_others_is_answered_as_one_that_does_not_exist),
		API_TEST(of_two_admins_who_demote_each_other_at_once_one_stays),
		API_TEST(two_companies_come_to_terms_and_a_third_sees_nothing_of_it),
		API_TEST(a_counterpart_that_does_not_fit_is_answered_as_one_that_does_not_exist),
		API_TEST(an_amendment_holds_for_what_is_created_after_it_was_accepted),
		API_TEST(what_a_side_keeps_to_itself_about_an_agreement_never_crosses),
		API_TEST(who_is_both_calls_out_its_own_people),
		API_TEST(the_secret_of_a_token_is_shown_once),
		API_TEST(a_token_does_what_its_scopes_and_its_members_role_both_allow),
		API_TEST(a_token_is_refused_that_is_for_nothing_or_never_ends),
		API_TEST(one_revokes_ones_own_tokens_and_an_admin_everybodys),
		API_TEST(no_secret_of_a_token_is_kept),
	};

	store_factory_choose(argc > 1 ? argv[1] : "mem");
	return cmocka_run_group_tests(tests, api_world_begin, api_world_end);
}
