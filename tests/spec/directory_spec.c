#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "domain/directory/agreement_decide.h"
#include "domain/directory/membership_decide.h"
#include "domain/directory/organisation_decide.h"
#include "domain/directory/shape.h"
#include "domain/directory/token_decide.h"

/* The rules of organisations, members, agreements and tokens. */

#define NOW ((struct instant){ INT64_C(1767579247000000) }) /* 2026-01-05T02:14:07Z */

static struct record_decision made;
static struct refusal refusal;

static struct uuid
id(const char *name)
{
	return uuid_from_name(str_from_z(name));
}

static void
refused(bool decided, enum refusal_code code, const char *field)
{
	if (decided)
		fail_msg("it was decided, not refused with %.*s", STR_ARG(refusal_code_name(code)));
	if (refusal.code != code || !str_equal(refusal_field(&refusal), str_from_z(field)))
		fail_msg("refused with %.*s about \"%.*s\": %.*s",
		    STR_ARG(refusal_code_name(refusal.code)), STR_ARG(refusal_field(&refusal)),
		    STR_ARG(refusal_message(&refusal)));
}

static void
happened(bool decided, enum directory_event_type event)
{
	if (!decided)
		fail_msg("refused: %.*s", STR_ARG(refusal_message(&refusal)));
	assert_true(made.changes);
	assert_int_equal(made.event, event);
	assert_int_equal(made.after.kind, directory_event_kind(event));
}

static void
nothing_happened(bool decided)
{
	assert_true(decided);
	assert_false(made.changes);
}

/* ${count} bytes of ${c}. */
static struct str
many(char c, size_t count)
{
	static char text[600];

	memset(text, c, sizeof(text));
	assert_true(count <= sizeof(text));
	return (struct str){ text, count };
}

static struct str
address_of(size_t length)
{
	static char text[300];

	memset(text, 'a', sizeof(text));
	text[9] = '@';
	return (struct str){ text, length };
}

/* ---- shapes ---- */

static void
a_handle_begins_with_a_letter_and_stays_lower_case(void **state)
{
	(void)state;
	assert_true(shape_is_handle(STR("a1")));
	assert_true(shape_is_handle(STR("lone-star-noc")));
	assert_true(shape_is_handle(many('a', 40)));
	assert_false(shape_is_handle(many('a', 41)));
	assert_false(shape_is_handle(STR("a")));
	assert_false(shape_is_handle(STR("")));
	assert_false(shape_is_handle(STR("1a")));
	assert_false(shape_is_handle(STR("-a")));
	assert_false(shape_is_handle(STR("Lone")));
	assert_false(shape_is_handle(STR("lone_star")));
	assert_false(shape_is_handle(STR("lone star")));
	assert_false(shape_is_handle(STR("l\u00f6ne")));
}

static void
an_address_has_one_at_and_no_white_space(void **state)
{
	static const char *const wrong[] = { "", "@", "a@", "@b", "a@b@c", "a b@c", "a@b c",
		"a@b\n", "a\tb@c", "a", "a@b\x7f", "a@\xff" };

	(void)state;
	assert_true(shape_is_email(STR("a@b")));
	assert_true(shape_is_email(STR("First.Last+tag@example.org")));
	assert_true(shape_is_email(STR("j\u00f6rg@example.org")));
	for (size_t i = 0; i < COUNT_OF(wrong); i++)
		assert_false(shape_is_email(str_from_z(wrong[i])));
	assert_false(shape_is_email(STR("a\0b@c")));
	assert_true(shape_is_email(address_of(254)));
	assert_false(shape_is_email(address_of(255)));
}

static void
numbers_secrets_and_urls_have_their_shape(void **state)
{
	(void)state;
	assert_true(shape_is_phone(STR("+15125550100")));
	assert_true(shape_is_phone(STR("+12345678")));
	assert_false(shape_is_phone(STR("+1234567")));
	assert_false(shape_is_phone(STR("+1234567890123456")));
	assert_false(shape_is_phone(STR("+05125550100")));
	assert_false(shape_is_phone(STR("15125550100")));
	assert_false(shape_is_phone(STR("+1 512 555 0100")));
	assert_true(shape_is_secret_ref(STR("render-hill-country")));
	assert_false(shape_is_secret_ref(STR("../etc/passwd")));
	assert_false(shape_is_secret_ref(STR("RENDER")));
	assert_false(shape_is_secret_ref(many('a', 65)));
	assert_true(shape_is_account_sid(STR("AC0123456789abcdef0123456789ABCDEF")));
	assert_false(shape_is_account_sid(STR("CA0123456789abcdef0123456789abcdef")));
	assert_false(shape_is_account_sid(STR("AC0123456789abcdef0123456789abcdeg")));
	assert_true(shape_is_https_base(STR("https://render.example.org/api")));
	assert_false(shape_is_https_base(STR("http://render.example.org")));
	assert_false(shape_is_https_base(STR("https://user:word@example.org")));
	assert_false(shape_is_https_base(STR("https://example.org/?a=b")));
	assert_false(shape_is_https_base(STR("https://")));
	assert_false(shape_is_https_base(STR("https:///path")));
}

/* ---- organisations ---- */

static struct record
organisation(bool is_noc, bool is_osp)
{
	struct record record = { .kind = RECORD_ORGANISATION, .id = id("own"), .version = 3 };

	record.organisation = organisation_with_defaults((struct organisation){
	    .handle = STR("own"), .name = STR("Own"), .is_noc = is_noc, .is_osp = is_osp });
	return record;
}

static bool
create(struct organisation given)
{
	const struct record before = { .kind = RECORD_ORGANISATION, .id = id("own") };

	return organisation_decide_create(&before, &given, &made, &refusal);
}

static void
an_organisation_is_a_noc_an_osp_or_both(void **state)
{
	struct organisation given = organisation(true, false).organisation;

	(void)state;
	happened(create(given), DIRECTORY_EVENT_ORGANISATION_CREATED);
	given.is_osp = true;
	happened(create(given), DIRECTORY_EVENT_ORGANISATION_CREATED);
	given.is_noc = given.is_osp = false;
	refused(create(given), REFUSAL_SIDE_MISSING, "isNoc");
	given.is_platform = true;
	happened(create(given), DIRECTORY_EVENT_ORGANISATION_CREATED);
	given.handle = STR("Own");
	refused(create(given), REFUSAL_HANDLE_INVALID, "handle");
}

static void
bounds_lie_within_what_strike_allows(void **state)
{
	const struct organisation good = organisation(false, true).organisation;
	struct organisation given = good;

	(void)state;
	given.ring_s_min = 9;
	refused(create(given), REFUSAL_BOUNDS_INVALID, "ringSecondsMin");
	given = good;
	given.ring_s_max = 61;
	refused(create(given), REFUSAL_BOUNDS_INVALID, "ringSecondsMax");
	given = good;
	given.ring_s_min = 40;
	given.ring_s_max = 39;
	refused(create(given), REFUSAL_BOUNDS_INVALID, "ringSecondsMax");
	given = good;
	given.loops_max = 11;
	refused(create(given), REFUSAL_BOUNDS_INVALID, "loopsMax");
	given.loops_max = -1;
	refused(create(given), REFUSAL_BOUNDS_INVALID, "loopsMax");
	given = good;
	given.name = STR(" \t");
	refused(create(given), REFUSAL_NAME_INVALID, "name");
	given.name = STR("two\nlines");
	refused(create(given), REFUSAL_NAME_INVALID, "name");
	given.name = many('x', 121);
	refused(create(given), REFUSAL_NAME_INVALID, "name");
	given = good;
	given.time_zone = STR("../UTC");
	refused(create(given), REFUSAL_TIME_ZONE_INVALID, "timeZone");
}

static void
what_stands_as_it_should_is_not_written_again(void **state)
{
	struct record before = organisation(false, true);
	struct organisation given = before.organisation;

	(void)state;
	nothing_happened(organisation_decide_change(&before, &given, &made, &refusal));
	given.loops_max = 4;
	given.handle = STR("other");
	given.is_noc = true;
	happened(organisation_decide_change(&before, &given, &made, &refusal),
	    DIRECTORY_EVENT_ORGANISATION_CHANGED);
	assert_int_equal(made.after.organisation.loops_max, 4);
	assert_true(str_equal(made.after.organisation.handle, STR("own")));
	assert_false(made.after.organisation.is_noc);
	nothing_happened(organisation_decide_restore(&before, STR("paid"), &made, &refusal));
	happened(organisation_decide_suspend(&before, STR("unpaid"), &made, &refusal),
	    DIRECTORY_EVENT_ORGANISATION_SUSPENDED);
	assert_true(str_equal(made.after.reason, STR("unpaid")));
	before = made.after;
	nothing_happened(organisation_decide_suspend(&before, STR("again"), &made, &refusal));
	happened(organisation_decide_restore(&before, STR("paid"), &made, &refusal),
	    DIRECTORY_EVENT_ORGANISATION_RESTORED);
	refused(organisation_decide_suspend(&before, STR(" "), &made, &refusal),
	    REFUSAL_REASON_BLANK, "reason");
	before.organisation.is_platform = true;
	refused(organisation_decide_suspend(&before, STR("x"), &made, &refusal),
	    REFUSAL_PLATFORM_STAYS, "organisation");
}

static void
nobody_disables_themselves(void **state)
{
	struct record user = { .kind = RECORD_USER, .id = id("user"), .version = 1 };

	(void)state;
	refused(user_decide_disable(&user, id("user"), STR("x"), &made, &refusal), REFUSAL_OWN_ROLE,
	    "user");
	happened(user_decide_disable(&user, id("other"), STR("left"), &made, &refusal),
	    DIRECTORY_EVENT_USER_DISABLED);
	user = made.after;
	nothing_happened(user_decide_disable(&user, id("other"), STR("left"), &made, &refusal));
	happened(
	    user_decide_enable(&user, STR("back"), &made, &refusal), DIRECTORY_EVENT_USER_ENABLED);
}

/* ---- members ---- */

static void
a_role_is_one_that_the_kind_of_organisation_has(void **state)
{
	static const struct {
		const char *role;
		bool noc, osp, platform;
	} rows[] = {
		{ "operator", true, false, false },
		{ "supervisor", true, false, false },
		{ "dispatcher", false, true, false },
		{ "technician", false, true, false },
		{ "roster_manager", false, true, false },
		{ "viewer", true, true, false },
		{ "admin", true, true, false },
		{ "platform_admin", false, false, true },
		{ "root", false, false, false },
		{ "", false, false, false },
	};
	const struct organisation platform = { .is_platform = true };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct str role = str_from_z(rows[i].role);
		struct record noc = organisation(true, false), osp = organisation(false, true),
			      both = organisation(true, true);

		assert_int_equal(membership_role_fits(role, &noc.organisation), rows[i].noc);
		assert_int_equal(membership_role_fits(role, &osp.organisation), rows[i].osp);
		assert_int_equal(
		    membership_role_fits(role, &both.organisation), rows[i].noc || rows[i].osp);
		assert_int_equal(membership_role_fits(role, &platform), rows[i].platform);
	}
}

static struct record
member(const char *role, enum membership_state state)
{
	return (struct record){
		.kind = RECORD_MEMBERSHIP,
		.id = id("member"),
		.version = 1,
		.membership = { .organisation = id("own"),
		    .user = state == MEMBERSHIP_INVITED ? UUID_NIL : id("somebody"),
		    .role = str_from_z(role),
		    .state = state },
	};
}

static bool
give_role(const struct record *before, const char *role, struct uuid by, size_t other_admins)
{
	const struct record own = organisation(true, false);
	const struct membership_change change = {
		.by = by, .role = str_from_z(role), .other_admins = other_admins
	};

	return membership_decide_role(before, &own.organisation, &change, &made, &refusal);
}

static bool
take_away(const struct record *before, size_t other_admins)
{
	const struct membership_change change = { .by = id("boss"), .other_admins = other_admins };

	return membership_decide_remove(before, &change, &made, &refusal);
}

static void
an_invitation_names_an_address_and_a_role(void **state)
{
	const struct record before = { .kind = RECORD_MEMBERSHIP, .id = id("member") };
	const struct record own = organisation(true, false);
	struct membership given = { .organisation = id("own"),
		.user = id("guessed"),
		.state = MEMBERSHIP_ACTIVE,
		.email = STR("a@example.org"),
		.role = STR("operator") };

	(void)state;
	happened(membership_decide_invite(&before, &own.organisation, &given, &made, &refusal),
	    DIRECTORY_EVENT_MEMBER_INVITED);
	assert_int_equal(made.after.membership.state, MEMBERSHIP_INVITED);
	assert_true(uuid_is_nil(made.after.membership.user));
	given.email = STR("nobody");
	refused(membership_decide_invite(&before, &own.organisation, &given, &made, &refusal),
	    REFUSAL_EMAIL_INVALID, "email");
	given.email = STR("a@example.org");
	given.role = STR("dispatcher");
	refused(membership_decide_invite(&before, &own.organisation, &given, &made, &refusal),
	    REFUSAL_ROLE_UNFIT, "role");
}

static void
the_last_admin_stays_an_admin(void **state)
{
	const struct record admin = member("admin", MEMBERSHIP_ACTIVE);
	const struct record invited = member("admin", MEMBERSHIP_INVITED);
	const struct record viewer = member("viewer", MEMBERSHIP_ACTIVE);

	(void)state;
	refused(give_role(&admin, "viewer", id("boss"), 0), REFUSAL_LAST_ADMIN, "member");
	refused(take_away(&admin, 0), REFUSAL_LAST_ADMIN, "member");
	happened(give_role(&admin, "viewer", id("boss"), 1), DIRECTORY_EVENT_MEMBER_ROLE_CHANGED);
	happened(take_away(&admin, 1), DIRECTORY_EVENT_MEMBER_REMOVED);
	happened(take_away(&invited, 0), DIRECTORY_EVENT_MEMBER_REMOVED);
	happened(take_away(&viewer, 0), DIRECTORY_EVENT_MEMBER_REMOVED);
	nothing_happened(give_role(&viewer, "viewer", id("boss"), 0));
}

static void
nobody_changes_their_own_role(void **state)
{
	const struct record somebody = member("operator", MEMBERSHIP_ACTIVE);
	const struct record invited = member("operator", MEMBERSHIP_INVITED);
	const struct record removed = member("operator", MEMBERSHIP_REMOVED);

	(void)state;
	refused(give_role(&somebody, "admin", id("somebody"), 1), REFUSAL_OWN_ROLE, "member");
	/* Who is invited has no user yet, and a process has none either. */
	happened(give_role(&invited, "admin", UUID_NIL, 1), DIRECTORY_EVENT_MEMBER_ROLE_CHANGED);
	refused(give_role(&removed, "admin", id("boss"), 1), REFUSAL_MEMBER_UNKNOWN, "member");
	refused(take_away(&removed, 1), REFUSAL_MEMBER_UNKNOWN, "member");
}

/* ---- agreements ---- */

static struct record noc_record, osp_record, both_record;

static struct agreement_party
party(struct record *record, const char *name, bool is_noc, bool is_osp)
{
	*record = organisation(is_noc, is_osp);
	record->id = id(name);
	return (struct agreement_party){ record->id, &record->organisation };
}

static struct agreement_party
noc(void)
{
	return party(&noc_record, "noc", true, false);
}

static struct agreement_party
osp(void)
{
	struct agreement_party osp = party(&osp_record, "osp", false, true);

	osp_record.organisation.ring_s_min = 20;
	osp_record.organisation.ring_s_max = 40;
	osp_record.organisation.loops_max = 4;
	return osp;
}

static struct agreement
terms_between(const char *noc_name, const char *osp_name, enum side by)
{
	return (struct agreement){
		.noc = id(noc_name),
		.osp = id(osp_name),
		.proposed_by = by,
		.terms = agreement_default_terms(),
		.valid_from = NOW,
	};
}

static bool
propose(const struct agreement *given, struct agreement_party by)
{
	const struct record before = { .kind = RECORD_AGREEMENT, .id = id("agreement") };

	return agreement_decide_propose(&before, given, &by, NOW, &made, &refusal);
}

static bool
accept_it(const struct record *before, struct agreement_party by, const char *prefix)
{
	return agreement_decide_accept(before, &by, str_from_z(prefix), NOW, &made, &refusal);
}

static struct record
proposed_by_noc(void)
{
	const struct agreement given = terms_between("noc", "osp", SIDE_NOC);

	happened(propose(&given, noc()), DIRECTORY_EVENT_AGREEMENT_PROPOSED);
	return made.after;
}

static struct record
agreed(void)
{
	const struct record proposed = proposed_by_noc();

	happened(accept_it(&proposed, osp(), "HC"), DIRECTORY_EVENT_AGREEMENT_ACCEPTED);
	return made.after;
}

static void
the_other_side_accepts_and_the_osp_chooses_the_prefix(void **state)
{
	struct agreement given = terms_between("noc", "osp", SIDE_NOC);
	const struct record proposed = proposed_by_noc();

	(void)state;
	assert_int_equal(proposed.agreement.state, AGREEMENT_PROPOSED);
	refused(accept_it(&proposed, noc(), ""), REFUSAL_AGREEMENT_STATE, "agreement");
	refused(accept_it(&proposed, osp(), ""), REFUSAL_PREFIX_INVALID, "numberPrefix");
	refused(accept_it(&proposed, osp(), "hc"), REFUSAL_PREFIX_INVALID, "numberPrefix");
	refused(accept_it(&proposed, osp(), "H"), REFUSAL_PREFIX_INVALID, "numberPrefix");
	refused(accept_it(&proposed, osp(), "HILLC"), REFUSAL_PREFIX_INVALID, "numberPrefix");
	happened(accept_it(&proposed, osp(), "HC"), DIRECTORY_EVENT_AGREEMENT_ACCEPTED);
	assert_int_equal(made.after.agreement.state, AGREEMENT_AGREED);
	given.number_prefix = STR("HC");
	refused(propose(&given, noc()), REFUSAL_PREFIX_INVALID, "numberPrefix");
}

static void
what_the_osp_proposes_the_noc_accepts_with_the_prefix_that_it_has(void **state)
{
	struct agreement given = terms_between("noc", "osp", SIDE_OSP);
	struct record proposed;

	(void)state;
	refused(propose(&given, osp()), REFUSAL_PREFIX_INVALID, "numberPrefix");
	given.number_prefix = STR("HC");
	happened(propose(&given, osp()), DIRECTORY_EVENT_AGREEMENT_PROPOSED);
	proposed = made.after;
	refused(accept_it(&proposed, osp(), ""), REFUSAL_AGREEMENT_STATE, "agreement");
	refused(accept_it(&proposed, noc(), "XX"), REFUSAL_PREFIX_INVALID, "numberPrefix");
	happened(accept_it(&proposed, noc(), ""), DIRECTORY_EVENT_AGREEMENT_ACCEPTED);
	assert_true(str_equal(made.after.agreement.number_prefix, STR("HC")));
}

static void
who_is_both_agrees_with_itself(void **state)
{
	struct agreement given = terms_between("both", "both", SIDE_NOC);
	struct record proposed;

	(void)state;
	given.number_prefix = STR("OM");
	happened(propose(&given, party(&both_record, "both", true, true)),
	    DIRECTORY_EVENT_AGREEMENT_PROPOSED);
	proposed = made.after;
	happened(accept_it(&proposed, party(&both_record, "both", true, true), ""),
	    DIRECTORY_EVENT_AGREEMENT_ACCEPTED);
}

struct bound {
	size_t offset;
	int64_t least, most;
	const char *field;
};

static const struct bound bounds[] = {
	{ offsetof(struct eco_terms, ring_s), 10, 60, "terms.ringSeconds" },
	{ offsetof(struct eco_terms, loops), 1, 10, "terms.loops" },
	{ offsetof(struct eco_terms, retry_after_s), 60, 86400, "terms.retryAfterSeconds" },
	{ offsetof(struct eco_terms, retries), 0, 10, "terms.retries" },
	{ offsetof(struct eco_terms, grace_s), 0, 604800, "terms.graceSeconds" },
	{ offsetof(struct eco_terms, poll_s), 5, 86400, "terms.pollSeconds" },
	{ offsetof(struct eco_terms, poll_grace_s), 5, 86400, "terms.pollGraceSeconds" },
	{ offsetof(struct eco_terms, arrival_s), 300, 86400, "terms.arrivalSeconds" },
	{ offsetof(struct eco_terms, arrival_grace_s), 0, 86400, "terms.arrivalGraceSeconds" },
};

static void
every_term_has_its_bounds(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(bounds); i++) {
		const int64_t good[] = { bounds[i].least, bounds[i].most };
		const int64_t bad[] = { bounds[i].least - 1, bounds[i].most + 1, INT64_MIN,
			INT64_MAX };
		struct agreement given = terms_between("noc", "osp", SIDE_NOC);
		int64_t *term = (int64_t *)(void *)((char *)&given.terms + bounds[i].offset);

		for (size_t j = 0; j < COUNT_OF(good); j++) {
			*term = good[j];
			happened(propose(&given, noc()), DIRECTORY_EVENT_AGREEMENT_PROPOSED);
		}
		for (size_t j = 0; j < COUNT_OF(bad); j++) {
			*term = bad[j];
			refused(
			    propose(&given, noc()), REFUSAL_TERMS_OUT_OF_BOUNDS, bounds[i].field);
		}
	}
}

static void
an_osp_accepts_nothing_beyond_its_own_bounds(void **state)
{
	struct agreement given = terms_between("noc", "osp", SIDE_NOC);
	struct record proposed;

	(void)state;
	given.terms.loops = 5;
	happened(propose(&given, noc()), DIRECTORY_EVENT_AGREEMENT_PROPOSED);
	proposed = made.after;
	refused(accept_it(&proposed, osp(), "HC"), REFUSAL_TERMS_OUT_OF_BOUNDS, "terms.loops");
	given = terms_between("noc", "osp", SIDE_OSP);
	given.number_prefix = STR("HC");
	given.terms.ring_s = 19;
	refused(propose(&given, osp()), REFUSAL_TERMS_OUT_OF_BOUNDS, "terms.ringSeconds");
	given.terms.ring_s = 41;
	refused(propose(&given, osp()), REFUSAL_TERMS_OUT_OF_BOUNDS, "terms.ringSeconds");
	given.terms.ring_s = 40;
	happened(propose(&given, osp()), DIRECTORY_EVENT_AGREEMENT_PROPOSED);
}

static bool
amend(const struct record *before, enum side by, int64_t loops)
{
	struct agreement_amendment given = {
		.proposed_by = by, .kind = AGREEMENT_O_AND_M, .terms = agreement_default_terms()
	};
	struct agreement_party who = by == SIDE_NOC ? noc() : osp();

	given.terms.loops = loops;
	return agreement_decide_amend(before, &given, &who, NOW, &made, &refusal);
}

static void
an_amendment_holds_when_the_other_side_has_accepted_it(void **state)
{
	const struct record before = agreed(), proposed = proposed_by_noc();
	struct record open;

	(void)state;
	refused(amend(&proposed, SIDE_NOC, 2), REFUSAL_AGREEMENT_STATE, "agreement");
	refused(amend(&before, SIDE_OSP, 5), REFUSAL_TERMS_OUT_OF_BOUNDS, "terms.loops");
	happened(amend(&before, SIDE_NOC, 2), DIRECTORY_EVENT_AMENDMENT_PROPOSED);
	open = made.after;
	assert_int_equal(open.agreement.terms.loops, 3);
	assert_int_equal(open.agreement.kind, AGREEMENT_REACTIVE);
	refused(amend(&open, SIDE_OSP, 4), REFUSAL_AGREEMENT_STATE, "agreement");
	refused(accept_it(&open, noc(), ""), REFUSAL_AGREEMENT_STATE, "agreement");
	refused(accept_it(&open, osp(), "XX"), REFUSAL_PREFIX_INVALID, "numberPrefix");
	happened(accept_it(&open, osp(), ""), DIRECTORY_EVENT_AGREEMENT_AMENDED);
	assert_int_equal(made.after.agreement.terms.loops, 2);
	assert_int_equal(made.after.agreement.kind, AGREEMENT_O_AND_M);
	assert_false(made.after.agreement.amendment.open);
	assert_true(str_equal(made.after.agreement.number_prefix, STR("HC")));
	happened(agreement_decide_decline(&open, STR("too few"), &made, &refusal),
	    DIRECTORY_EVENT_AMENDMENT_DECLINED);
	assert_int_equal(made.after.agreement.state, AGREEMENT_AGREED);
	assert_int_equal(made.after.agreement.terms.loops, 3);
	happened(amend(&before, SIDE_NOC, 5), DIRECTORY_EVENT_AMENDMENT_PROPOSED);
	open = made.after;
	refused(accept_it(&open, osp(), ""), REFUSAL_TERMS_OUT_OF_BOUNDS, "terms.loops");
}

static bool
end_it(const struct record *before, const char *reason, struct instant at)
{
	return agreement_decide_end(before, str_from_z(reason), at, NOW, &made, &refusal);
}

static void
an_agreement_ends_now_or_later_with_a_reason(void **state)
{
	const struct record before = agreed();
	struct record ended;

	(void)state;
	refused(end_it(&before, " ", NOW), REFUSAL_REASON_BLANK, "reason");
	refused(
	    end_it(&before, "x", instant_plus(NOW, SECONDS(-1))), REFUSAL_VALIDITY_INVALID, "at");
	happened(
	    end_it(&before, "x", instant_plus(NOW, HOURS(1))), DIRECTORY_EVENT_AGREEMENT_ENDED);
	assert_int_equal(made.after.agreement.state, AGREEMENT_AGREED);
	assert_int_equal(made.after.agreement.valid_until.us, NOW.us + HOURS(1).us);
	ended = made.after;
	refused(end_it(&ended, "x", instant_plus(NOW, HOURS(2))), REFUSAL_VALIDITY_INVALID, "at");
	happened(end_it(&ended, "x", NOW), DIRECTORY_EVENT_AGREEMENT_ENDED);
	assert_int_equal(made.after.agreement.state, AGREEMENT_ENDED);
	ended = made.after;
	refused(end_it(&ended, "x", NOW), REFUSAL_AGREEMENT_STATE, "agreement");
	refused(accept_it(&ended, osp(), "HC"), REFUSAL_AGREEMENT_STATE, "agreement");
	refused(agreement_decide_decline(&ended, STR(""), &made, &refusal), REFUSAL_AGREEMENT_STATE,
	    "agreement");
}

static void
what_ends_before_it_begins_is_over_at_once(void **state)
{
	struct record before = agreed();

	(void)state;
	happened(end_it(&before, "x", NOW), DIRECTORY_EVENT_AGREEMENT_ENDED);
	assert_int_equal(made.after.agreement.state, AGREEMENT_ENDED);
	assert_int_equal(made.after.agreement.valid_until.us, RECORD_NO_MOMENT.us);
	before.agreement.valid_from = instant_plus(NOW, HOURS(2));
	happened(
	    end_it(&before, "x", instant_plus(NOW, HOURS(1))), DIRECTORY_EVENT_AGREEMENT_ENDED);
	assert_int_equal(made.after.agreement.state, AGREEMENT_ENDED);
	before.agreement.valid_from = instant_plus(NOW, HOURS(-1));
	happened(end_it(&before, "x", NOW), DIRECTORY_EVENT_AGREEMENT_ENDED);
	assert_int_equal(made.after.agreement.valid_until.us, NOW.us);
}

static void
what_would_end_before_it_begins_is_not_proposed(void **state)
{
	struct agreement given = terms_between("noc", "osp", SIDE_NOC);

	(void)state;
	given.valid_until = NOW;
	refused(propose(&given, noc()), REFUSAL_VALIDITY_INVALID, "validUntil");
	given.valid_from = instant_plus(NOW, HOURS(2));
	given.valid_until = instant_plus(NOW, HOURS(1));
	refused(propose(&given, noc()), REFUSAL_VALIDITY_INVALID, "validUntil");
	given.valid_until = instant_plus(NOW, HOURS(3));
	happened(propose(&given, noc()), DIRECTORY_EVENT_AGREEMENT_PROPOSED);
}

static void
one_agreement_between_two_is_in_force_and_a_prefix_is_one_nocs(void **state)
{
	struct record one = agreed(), other = agreed();

	(void)state;
	assert_true(agreement_check_beside(&one, &one, &refusal));
	other.id = id("another");
	refused(agreement_check_beside(&one, &other, &refusal), REFUSAL_AGREEMENT_OVERLAPS,
	    "validFrom");
	other.agreement.valid_from = instant_plus(NOW, HOURS(2));
	one.agreement.valid_until = instant_plus(NOW, HOURS(2));
	assert_true(agreement_check_beside(&one, &other, &refusal));
	other.agreement.noc = id("another noc");
	refused(
	    agreement_check_beside(&one, &other, &refusal), REFUSAL_PREFIX_TAKEN, "numberPrefix");
	other.agreement.state = AGREEMENT_ENDED;
	refused(
	    agreement_check_beside(&one, &other, &refusal), REFUSAL_PREFIX_TAKEN, "numberPrefix");
	other.agreement.state = AGREEMENT_DECLINED;
	assert_true(agreement_check_beside(&one, &other, &refusal));
	other.agreement.state = AGREEMENT_AGREED;
	other.agreement.osp = id("another osp");
	assert_true(agreement_check_beside(&one, &other, &refusal));
}

static void
what_a_side_keeps_to_itself_has_its_shape(void **state)
{
	struct record before = { .kind = RECORD_NOC_TERMS, .id = id("terms") };
	struct noc_terms given = { .duty_phone = STR("+15125550901") };
	struct osp_terms own = { .render_secret_ref = STR("render-beta") };

	(void)state;
	happened(
	    noc_terms_decide_set(&before, &given, &made, &refusal), DIRECTORY_EVENT_NOC_TERMS_SET);
	before = made.after;
	before.version = 1;
	nothing_happened(noc_terms_decide_set(&before, &given, &made, &refusal));
	given.twilio_from = STR("12");
	refused(noc_terms_decide_set(&before, &given, &made, &refusal), REFUSAL_PHONE_INVALID,
	    "twilioFrom");
	given = (struct noc_terms){ .twilio_subaccount = STR("AC12") };
	refused(noc_terms_decide_set(&before, &given, &made, &refusal), REFUSAL_SETTING_INVALID,
	    "twilioSubaccount");
	before = (struct record){ .kind = RECORD_OSP_TERMS, .id = id("terms") };
	happened(
	    osp_terms_decide_set(&before, &own, &made, &refusal), DIRECTORY_EVENT_OSP_TERMS_SET);
	own.render_secret_ref = STR("s3cr3t!");
	refused(osp_terms_decide_set(&before, &own, &made, &refusal), REFUSAL_SETTING_INVALID,
	    "renderSecretRef");
	own = (struct osp_terms){ .render_url = STR("http://example.org") };
	refused(osp_terms_decide_set(&before, &own, &made, &refusal), REFUSAL_SETTING_INVALID,
	    "renderUrl");
	own = (struct osp_terms){ .render_client_id = STR("a b") };
	refused(osp_terms_decide_set(&before, &own, &made, &refusal), REFUSAL_SETTING_INVALID,
	    "renderClientId");
}

/* ---- tokens ---- */

static void
a_token_is_for_something_and_ends_within_a_year(void **state)
{
	struct record before = { .kind = RECORD_TOKEN, .id = id("token") };
	struct token given = { .name = STR("backup"),
		.scopes = STR("read"),
		.expires = instant_plus(NOW, HOURS(24)),
		.revoked_at = NOW };

	(void)state;
	happened(token_decide_issue(&before, &given, NOW, &made, &refusal),
	    DIRECTORY_EVENT_TOKEN_ISSUED);
	assert_int_equal(made.after.token.revoked_at.us, RECORD_NO_MOMENT.us);
	given.scopes = STR("  ");
	refused(token_decide_issue(&before, &given, NOW, &made, &refusal), REFUSAL_SCOPE_UNKNOWN,
	    "scopes");
	given.scopes = STR("*");
	given.expires = NOW;
	refused(token_decide_issue(&before, &given, NOW, &made, &refusal), REFUSAL_EXPIRY_INVALID,
	    "expiresAt");
	given.expires = instant_plus(NOW, HOURS(366 * 24));
	happened(token_decide_issue(&before, &given, NOW, &made, &refusal),
	    DIRECTORY_EVENT_TOKEN_ISSUED);
	given.expires.us++;
	refused(token_decide_issue(&before, &given, NOW, &made, &refusal), REFUSAL_EXPIRY_INVALID,
	    "expiresAt");
	before = made.after;
	happened(token_decide_revoke(&before, NOW, &made, &refusal), DIRECTORY_EVENT_TOKEN_REVOKED);
	before = made.after;
	nothing_happened(
	    token_decide_revoke(&before, instant_plus(NOW, HOURS(1)), &made, &refusal));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_handle_begins_with_a_letter_and_stays_lower_case),
		cmocka_unit_test(an_address_has_one_at_and_no_white_space),
		cmocka_unit_test(numbers_secrets_and_urls_have_their_shape),
		cmocka_unit_test(an_organisation_is_a_noc_an_osp_or_both),
		cmocka_unit_test(bounds_lie_within_what_strike_allows),
		cmocka_unit_test(what_stands_as_it_should_is_not_written_again),
		cmocka_unit_test(nobody_disables_themselves),
		cmocka_unit_test(a_role_is_one_that_the_kind_of_organisation_has),
		cmocka_unit_test(an_invitation_names_an_address_and_a_role),
		cmocka_unit_test(the_last_admin_stays_an_admin),
		cmocka_unit_test(nobody_changes_their_own_role),
		cmocka_unit_test(the_other_side_accepts_and_the_osp_chooses_the_prefix),
		cmocka_unit_test(what_the_osp_proposes_the_noc_accepts_with_the_prefix_that_it_has),
		cmocka_unit_test(who_is_both_agrees_with_itself),
		cmocka_unit_test(every_term_has_its_bounds),
		cmocka_unit_test(an_osp_accepts_nothing_beyond_its_own_bounds),
		cmocka_unit_test(an_amendment_holds_when_the_other_side_has_accepted_it),
		cmocka_unit_test(an_agreement_ends_now_or_later_with_a_reason),
		cmocka_unit_test(what_ends_before_it_begins_is_over_at_once),
		cmocka_unit_test(what_would_end_before_it_begins_is_not_proposed),
		cmocka_unit_test(one_agreement_between_two_is_in_force_and_a_prefix_is_one_nocs),
		cmocka_unit_test(what_a_side_keeps_to_itself_has_its_shape),
		cmocka_unit_test(a_token_is_for_something_and_ends_within_a_year),
	};

	return cmocka_run_group_tests_name("directory spec", tests, NULL, NULL);
}
