#include "domain/directory/record.h"

/*
 * The fields of every kind.  A name that has shipped is never given another meaning.
 */

#define HANDLE_MAX 120
#define NAME_MAX   120
#define PHONE_MAX  16 /* E.164 with its plus */
#define ZONE_MAX   64
#define REF_MAX    120
#define URL_MAX    300
#define WORDS_MAX  400

#define TEXT(owner, member, wire, most)                                                          \
	{                                                                                        \
		.name = STR(wire), .type = FIELD_TEXT, .offset = offsetof(struct owner, member), \
		.max = (most)                                                                    \
	}
#define PERSONAL(owner, member, wire, most)                                                      \
	{                                                                                        \
		.name = STR(wire), .type = FIELD_TEXT, .offset = offsetof(struct owner, member), \
		.max = (most), .personal = true                                                  \
	}
#define PLAIN(owner, member, wire, kind)                                                          \
	{                                                                                         \
		.name = STR(wire), .type = FIELD_##kind, .offset = offsetof(struct owner, member) \
	}
#define NUMBER(owner, member, wire, unless)                                                     \
	{                                                                                       \
		.name = STR(wire), .type = FIELD_INT, .offset = offsetof(struct owner, member), \
		.otherwise = (unless)                                                           \
	}
#define WORD(owner, member, wire, table)                                                         \
	{                                                                                        \
		.name = STR(wire), .type = FIELD_WORD, .offset = offsetof(struct owner, member), \
		.words = &(table)                                                                \
	}
#define LIST(owner, member, number, wire, table, most)                                             \
	{                                                                                          \
		.name = STR(wire), .type = FIELD_LIST, .offset = offsetof(struct owner, member),   \
		.max = (most), .count_offset = offsetof(struct owner, number), .element = &(table) \
	}
#define FIELDS(table, owner)                                   \
	{                                                      \
		(table), COUNT_OF(table), sizeof(struct owner) \
	}

static const struct record_field organisation_table[] = {
	TEXT(organisation, handle, "handle", 40),
	TEXT(organisation, name, "name", NAME_MAX),
	PLAIN(organisation, is_noc, "isNoc", BOOL),
	PLAIN(organisation, is_osp, "isOsp", BOOL),
	PLAIN(organisation, is_platform, "isPlatform", BOOL),
	PLAIN(organisation, suspended, "suspended", BOOL),
	TEXT(organisation, time_zone, "timeZone", ZONE_MAX),
	PLAIN(organisation, ring_s_min, "ringSecondsMin", INT),
	PLAIN(organisation, ring_s_max, "ringSecondsMax", INT),
	PLAIN(organisation, loops_max, "loopsMax", INT),
};

static const struct record_field identity_table[] = {
	TEXT(user_identity, issuer, "issuer", URL_MAX),
	TEXT(user_identity, subject, "subject", 255),
};
static const struct record_fields identity_fields = FIELDS(identity_table, user_identity);

static const struct record_field user_table[] = {
	PERSONAL(user, handle, "handle", HANDLE_MAX),
	PERSONAL(user, name, "name", NAME_MAX),
	PERSONAL(user, email, "email", 254),
	LIST(user, identities, identity_count, "identities", identity_fields, 8),
	PLAIN(user, disabled, "disabled", BOOL),
};

static const struct record_field membership_table[] = {
	PLAIN(membership, organisation, "organisation", UUID),
	PLAIN(membership, user, "user", UUID),
	PERSONAL(membership, handle, "handle", HANDLE_MAX),
	PERSONAL(membership, name, "name", NAME_MAX),
	PERSONAL(membership, email, "email", 254),
	TEXT(membership, role, "role", 32),
	WORD(membership, state, "state", membership_state_words),
	PLAIN(membership, invited_by, "invitedBy", UUID),
};

static const struct record_field agreement_table[] = {
	PLAIN(agreement, noc, "noc", UUID),
	PLAIN(agreement, osp, "osp", UUID),
	WORD(agreement, kind, "kind", agreement_kind_words),
	WORD(agreement, state, "state", agreement_state_words),
	WORD(agreement, proposed_by, "proposedBy", side_words),
	TEXT(agreement, number_prefix, "numberPrefix", 4),
	PLAIN(agreement, terms.ring_s, "ringSeconds", INT),
	PLAIN(agreement, terms.loops, "loops", INT),
	PLAIN(agreement, terms.retry_after_s, "retryAfterSeconds", INT),
	PLAIN(agreement, terms.retries, "retries", INT),
	PLAIN(agreement, terms.grace_s, "graceSeconds", INT),
	PLAIN(agreement, terms.poll_s, "pollSeconds", INT),
	PLAIN(agreement, terms.poll_grace_s, "pollGraceSeconds", INT),
	NUMBER(agreement, terms.arrival_s, "arrivalSeconds", ECO_ARRIVAL_S_DEFAULT),
	NUMBER(
	    agreement, terms.arrival_grace_s, "arrivalGraceSeconds", ECO_ARRIVAL_GRACE_S_DEFAULT),
	PLAIN(agreement, valid_from, "validFrom", INSTANT),
	PLAIN(agreement, valid_until, "validUntil", INSTANT),
	PLAIN(agreement, amendment.open, "amendmentOpen", BOOL),
	WORD(agreement, amendment.proposed_by, "amendmentProposedBy", side_words),
	WORD(agreement, amendment.kind, "amendmentKind", agreement_kind_words),
	PLAIN(agreement, amendment.terms.ring_s, "amendmentRingSeconds", INT),
	PLAIN(agreement, amendment.terms.loops, "amendmentLoops", INT),
	PLAIN(agreement, amendment.terms.retry_after_s, "amendmentRetryAfterSeconds", INT),
	PLAIN(agreement, amendment.terms.retries, "amendmentRetries", INT),
	PLAIN(agreement, amendment.terms.grace_s, "amendmentGraceSeconds", INT),
	PLAIN(agreement, amendment.terms.poll_s, "amendmentPollSeconds", INT),
	PLAIN(agreement, amendment.terms.poll_grace_s, "amendmentPollGraceSeconds", INT),
	NUMBER(
	    agreement, amendment.terms.arrival_s, "amendmentArrivalSeconds", ECO_ARRIVAL_S_DEFAULT),
	NUMBER(agreement, amendment.terms.arrival_grace_s, "amendmentArrivalGraceSeconds",
	    ECO_ARRIVAL_GRACE_S_DEFAULT),
	PLAIN(agreement, amendment.valid_until, "amendmentValidUntil", INSTANT),
};

static const struct record_field failover_table[] = {
	PLAIN(failover_osp, osp, "osp", UUID),
};
static const struct record_fields failover_fields = FIELDS(failover_table, failover_osp);

static const struct record_field noc_terms_table[] = {
	PLAIN(noc_terms, agreement, "agreement", UUID),
	PLAIN(noc_terms, noc, "noc", UUID),
	TEXT(noc_terms, duty_phone, "dutyPhone", PHONE_MAX),
	TEXT(noc_terms, twilio_subaccount, "twilioSubaccount", 34),
	TEXT(noc_terms, twilio_from, "twilioFrom", PHONE_MAX),
	LIST(noc_terms, failover, failover_count, "failover", failover_fields, 8),
};

static const struct record_field osp_terms_table[] = {
	PLAIN(osp_terms, agreement, "agreement", UUID),
	PLAIN(osp_terms, osp, "osp", UUID),
	TEXT(osp_terms, render_url, "renderUrl", URL_MAX),
	TEXT(osp_terms, render_client_id, "renderClientId", REF_MAX),
	TEXT(osp_terms, render_secret_ref, "renderSecretRef", REF_MAX),
	TEXT(osp_terms, render_project, "renderProject", REF_MAX),
	PLAIN(osp_terms, default_list, "defaultList", UUID),
};

static const struct record_field contact_table[] = {
	PLAIN(contact, id, "id", UUID),
	WORD(contact, kind, "kind", contact_kind_words),
	PERSONAL(contact, number, "number", PHONE_MAX),
	PLAIN(contact, verified_at, "verifiedAt", INSTANT),
	TEXT(contact, code_nonce, "codeNonce", 64),
	PLAIN(contact, code_expires, "codeExpires", INSTANT),
	PLAIN(contact, code_tries_left, "codeTriesLeft", INT),
	PLAIN(contact, code_sent_at, "codeSentAt", INSTANT),
	PLAIN(contact, codes_sent, "codesSent", INT),
};
static const struct record_fields contact_fields = FIELDS(contact_table, contact);

static const struct record_field person_table[] = {
	PLAIN(person, osp, "osp", UUID),
	PERSONAL(person, label, "label", NAME_MAX),
	LIST(person, contacts, contact_count, "contacts", contact_fields, 8),
	WORD(person, wish, "wish", page_wish_words),
	TEXT(person, time_zone, "timeZone", ZONE_MAX),
	PLAIN(person, rest_from_min, "restFromMinute", INT),
	PLAIN(person, rest_until_min, "restUntilMinute", INT),
	PLAIN(person, resting_until, "restingUntil", INSTANT),
	TEXT(person, pin_hash, "pinHash", 200),
	PLAIN(person, opted_out, "optedOut", BOOL),
	PLAIN(person, retired, "retired", BOOL),
};

static const struct record_field entry_table[] = {
	PLAIN(list_entry, person, "person", UUID),
	PLAIN(list_entry, step, "step", INT),
};
static const struct record_fields entry_fields = FIELDS(entry_table, list_entry);

static const struct record_field shift_table[] = {
	PLAIN(shift, id, "id", UUID),
	PLAIN(shift, person, "person", UUID),
	PLAIN(shift, days, "days", INT),
	PLAIN(shift, from_min, "fromMinute", INT),
	PLAIN(shift, until_min, "untilMinute", INT),
	PLAIN(shift, valid_from, "validFrom", INSTANT),
	PLAIN(shift, valid_until, "validUntil", INSTANT),
};
static const struct record_fields shift_fields = FIELDS(shift_table, shift);

static const struct record_field substitution_table[] = {
	PLAIN(substitution, id, "id", UUID),
	PLAIN(substitution, absent, "absent", UUID),
	PLAIN(substitution, substitute, "substitute", UUID),
	PLAIN(substitution, from, "from", INSTANT),
	PLAIN(substitution, until, "until", INSTANT),
	TEXT(substitution, reason, "reason", WORDS_MAX),
};
static const struct record_fields substitution_fields = FIELDS(substitution_table, substitution);

static const struct record_field pager_list_table[] = {
	PLAIN(pager_list_record, osp, "osp", UUID),
	TEXT(pager_list_record, name, "name", NAME_MAX),
	TEXT(pager_list_record, time_zone, "timeZone", ZONE_MAX),
	LIST(pager_list_record, entries, entry_count, "entries", entry_fields, ROSTER_PEOPLE_MAX),
	LIST(pager_list_record, shifts, shift_count, "shifts", shift_fields, RECORD_LIST_MAX),
	LIST(pager_list_record, substitutions, substitution_count, "substitutions",
	    substitution_fields, RECORD_LIST_MAX),
	PLAIN(pager_list_record, retired, "retired", BOOL),
};

static const struct record_field region_table[] = {
	PLAIN(region, osp, "osp", UUID),
	TEXT(region, name, "name", NAME_MAX),
	PLAIN(region, priority, "priority", INT),
	PLAIN(region, list, "list", UUID),
	PLAIN(region, area, "area", AREA),
	PLAIN(region, retired, "retired", BOOL),
};

static const struct record_field token_table[] = {
	PLAIN(token, organisation, "organisation", UUID),
	PLAIN(token, user, "user", UUID),
	TEXT(token, name, "name", NAME_MAX),
	TEXT(token, scopes, "scopes", 2000),
	TEXT(token, secret_hash, "secretHash", 64),
	PLAIN(token, expires, "expires", INSTANT),
	PLAIN(token, revoked_at, "revokedAt", INSTANT),
};

static const struct record_field audit_table[] = {
	PLAIN(audit, organisation, "organisation", UUID),
	TEXT(audit, event, "event", 64),
	PLAIN(audit, user, "user", UUID),
	TEXT(audit, via, "via", 32),
	TEXT(audit, address, "address", 64),
	TEXT(audit, operation, "operation", 64),
	PLAIN(audit, subject, "subject", UUID),
	TEXT(audit, detail, "detail", WORDS_MAX),
};

static const struct record_fields fields[RECORD_KIND_COUNT] = {
	[RECORD_ORGANISATION] = FIELDS(organisation_table, organisation),
	[RECORD_USER] = FIELDS(user_table, user),
	[RECORD_MEMBERSHIP] = FIELDS(membership_table, membership),
	[RECORD_AGREEMENT] = FIELDS(agreement_table, agreement),
	[RECORD_NOC_TERMS] = FIELDS(noc_terms_table, noc_terms),
	[RECORD_OSP_TERMS] = FIELDS(osp_terms_table, osp_terms),
	[RECORD_PERSON] = FIELDS(person_table, person),
	[RECORD_PAGER_LIST] = FIELDS(pager_list_table, pager_list_record),
	[RECORD_REGION] = FIELDS(region_table, region),
	[RECORD_TOKEN] = FIELDS(token_table, token),
	[RECORD_AUDIT] = FIELDS(audit_table, audit),
};

const struct record_fields *
record_fields(enum record_kind kind)
{
	CHECK(kind < RECORD_KIND_COUNT);
	return &fields[kind];
}
