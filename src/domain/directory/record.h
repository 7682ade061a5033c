#ifndef DOMAIN_DIRECTORY_RECORD_H
#define DOMAIN_DIRECTORY_RECORD_H

#include "base/instant.h"
#include "base/uuid.h"
#include "domain/eco/eco_event.h"
#include "domain/geo/area.h"

/*
 * record: what the directory is made of: organisations and their members, agreements,
 * regions, pager lists, people on call, tokens, and the audit.
 *
 * Each record is a stream of its own in the log, like an ECO.  Its events carry the
 * whole record as it is after them, so a record's state is its last event and evolving
 * it is taking the newer one.  One table of fields for each kind (record_fields.c)
 * says how it is written and read (codec/record_codec.h), how long its texts may be,
 * and which of them are a person's own, to be sealed in the log.
 *
 * An id that there is none of is the Nil UUID; a moment that there is none of is
 * RECORD_NO_MOMENT; a text that there is none of is empty.
 */

#define RECORD_NO_MOMENT ((struct instant){ 0 })

#define RECORD_LIST_MAX  256 /* elements of one list of a record */
#define RECORD_BYTES_MAX (2u * 1024 * 1024)

enum record_kind {
#define RECORD(name, field, wire, owner, doc) RECORD_##name,
#include "domain/directory/records.def"
#undef RECORD
	RECORD_KIND_COUNT
};

enum directory_event_type {
#define DIRECTORY_EVENT(name, kind, wire, version, doc) DIRECTORY_EVENT_##name,
#include "domain/directory/directory_events.def"
#undef DIRECTORY_EVENT
	DIRECTORY_EVENT_COUNT
};

/* Vocabularies; their names on the wire are in record_words.c. */
enum membership_state { MEMBERSHIP_INVITED, MEMBERSHIP_ACTIVE, MEMBERSHIP_REMOVED };
enum agreement_kind { AGREEMENT_REACTIVE, AGREEMENT_O_AND_M };
enum agreement_state { AGREEMENT_PROPOSED, AGREEMENT_AGREED, AGREEMENT_DECLINED, AGREEMENT_ENDED };
enum contact_kind { CONTACT_VOICE, CONTACT_SMS };
/* How a person wants to be paged.  A call has to be answered; a text can be overlooked. */
enum page_wish { PAGE_WISH_CALL, PAGE_WISH_CALL_AND_TEXT, PAGE_WISH_TEXT };

struct organisation {
	struct str handle; /* [a-z0-9-], unique, never changes */
	struct str name;
	bool is_noc, is_osp;
	bool is_platform; /* whose admins run this installation */
	bool suspended;
	struct str time_zone;           /* IANA, e.g. "America/Chicago"; for what its people read */
	int64_t ring_s_min, ring_s_max; /* an OSP's bounds for agreements ... */
	int64_t loops_max;
};

/* An identity that a provider has proven. */
struct user_identity {
	struct str issuer, subject;
};

struct user {
	struct str handle; /* unique; an e-mail address, or a name in development; sealed */
	struct str name;   /* sealed */
	struct str email;  /* sealed; verified by the provider that proved it */
	const struct user_identity *identities;
	size_t identity_count;
	bool disabled;
};

struct membership {
	struct uuid organisation;
	struct uuid user;  /* Nil until joined */
	struct str handle; /* the user's, once joined; sealed */
	struct str name;   /* sealed; as the organisation calls them */
	struct str email;  /* sealed; by which they were invited */
	struct str role;   /* app/permissions.def knows them */
	enum membership_state state;
	struct uuid invited_by; /* a user */
};

/* Other terms that one side has proposed for an agreement in force. */
struct agreement_amendment {
	bool open; /* nobody has answered yet; the rest means nothing otherwise */
	enum side proposed_by;
	enum agreement_kind kind;
	struct eco_terms terms;
	struct instant valid_until;
};

/* What both sides see. */
struct agreement {
	struct uuid noc, osp;
	enum agreement_kind kind;
	enum agreement_state state;
	enum side proposed_by;
	struct str number_prefix; /* of job numbers: 2 to 4 letters, one agreement an OSP; set by
				     the OSP */
	struct eco_terms terms;
	struct instant valid_from, valid_until; /* until: none */
	struct agreement_amendment amendment;
};

/* An OSP to engage when this one's list is exhausted. */
struct failover_osp {
	struct uuid osp;
};

struct noc_terms {
	struct uuid agreement, noc;
	struct str duty_phone;               /* E.164, or empty */
	struct str twilio_subaccount;        /* SID; empty: the main account */
	struct str twilio_from;              /* E.164 */
	const struct failover_osp *failover; /* in this order */
	size_t failover_count;
};

struct osp_terms {
	struct uuid agreement, osp;
	struct str render_url; /* empty: the configured default */
	struct str render_client_id;
	struct str render_secret_ref; /* the name of the secret, never the secret */
	struct str render_project;
	struct uuid default_list; /* for places in no region */
};

/* One way to reach a person.  It counts when it is verified. */
struct contact {
	struct uuid id;
	enum contact_kind kind;
	struct str number; /* E.164; sealed */
	struct instant verified_at;
	struct str code_nonce; /* of the code that is out; empty: none is */
	struct instant code_expires;
	int64_t code_tries_left;
	struct instant code_sent_at;
	int64_t codes_sent; /* on the (UTC) day of ${code_sent_at}: a bound on what we send there */
};

struct person {
	struct uuid osp;
	struct str label;               /* sealed; as the OSP calls them */
	const struct contact *contacts; /* in the order of preference */
	size_t contact_count;
	enum page_wish wish;
	struct str time_zone; /* IANA; empty: that of the list on which they are judged */
	int64_t rest_from_min,
	    rest_until_min; /* of the local day, e.g. 1320 to 360; equal: no such rule */
	struct instant resting_until;
	struct str pin_hash; /* empty: none is asked for */
	bool opted_out, retired;
};

/* ${step}: who stands side by side with the same number is rung at once; 0: by themselves. */
struct list_entry {
	struct uuid person;
	int64_t step;
};

/*
 * When a person is on shift: on the days of the week ${days} (bit 0 is Monday) from
 * ${from_min} to ${until_min} of the local day in the list's time zone; until at or
 * before from is the next day.  A person with no shift in a list is always on.
 */
struct shift {
	struct uuid id, person;
	int64_t days, from_min, until_min;
	struct instant valid_from, valid_until; /* either may be none */
};

struct substitution {
	struct uuid id;
	struct uuid absent,
	    substitute; /* the substitute takes the absent one's place in the order */
	struct instant from, until;
	struct str reason;
};

struct pager_list_record {
	struct uuid osp;
	struct str name, time_zone;
	const struct list_entry *entries; /* in the order of ringing */
	size_t entry_count;
	const struct shift *shifts;
	size_t shift_count;
	const struct substitution *substitutions;
	size_t substitution_count;
	bool retired;
};

struct region {
	struct uuid osp;
	struct str name;
	int64_t priority; /* between areas of the same size: the lower first */
	struct uuid list;
	struct geo_area area;
	bool retired;
};

struct token {
	struct uuid organisation, user;
	struct str name;
	struct str
	    scopes; /* names of operations.def, separated by spaces; "*": all that the role may */
	struct str secret_hash; /* SHA-256 of the secret, 64 hex digits */
	struct instant expires, revoked_at;
};

struct audit {
	struct uuid organisation;
	struct str event; /* the wire name of the event that made the entry */
	struct uuid user; /* Nil: unknown */
	struct str
	    via; /* "session", "token", "bearer", "alb", "cloudflare", "development", "cli" */
	struct str address;   /* of the client */
	struct str operation; /* of operations.def, or a route */
	struct uuid subject;  /* the record, token or ECO that it is about, or Nil */
	struct str detail;    /* in words, without secrets */
};

/* The zero value is a record that nobody has made yet. */
struct record {
	enum record_kind kind;
	struct uuid id;
	int64_t version;           /* of its stream; 0: it does not exist */
	struct instant changed_at; /* when the last event happened; only of one that was read */
	struct str reason;         /* of the last event, where one was given */
	union {
		struct organisation organisation;
		struct user user;
		struct membership membership;
		struct agreement agreement;
		struct noc_terms noc_terms;
		struct osp_terms osp_terms;
		struct person person;
		struct pager_list_record pager_list;
		struct region region;
		struct token token;
		struct audit audit;
	};
};

/** The wire name of ${kind}, e.g. "pagerList". */
struct str record_kind_name(enum record_kind kind);

/** The kind called ${name}.  False when there is none. */
NODISCARD bool record_kind_find(struct str name, enum record_kind *ret);

/** The wire name, version and kind of an event. */
struct str directory_event_name(enum directory_event_type type);
int directory_event_version(enum directory_event_type type);
enum record_kind directory_event_kind(enum directory_event_type type);

/** The event called ${name}.  False when there is none, as of an ECO's. */
NODISCARD bool directory_event_find(struct str name, enum directory_event_type *ret);

/** Whose installation this is: the owner of users, and of nobody else's data. */
struct uuid record_platform(void);

/** The two organisations that may see ${record}; the same twice when it is one's own. */
void record_owners(const struct record *record, struct uuid *ret_noc, struct uuid *ret_osp);

/**
 * What ${record} belongs to, by which it is listed: a membership's user, the agreement
 * of terms, a region's list, a token's user, the subject of an audit entry; else Nil.
 */
struct uuid record_parent(const struct record *record);

/** The id of the terms that a side keeps to itself about ${agreement}. */
struct uuid record_noc_terms_id(struct uuid agreement);
struct uuid record_osp_terms_id(struct uuid agreement);

/* -- the fields of each kind -- */

enum record_field_type {
	FIELD_TEXT,
	FIELD_BOOL,
	FIELD_INT,
	FIELD_UUID,
	FIELD_INSTANT,
	FIELD_WORD, /* an unsigned enum, by its name */
	FIELD_LIST, /* a pointer to elements and, at ${count_offset}, how many */
	FIELD_AREA,
};

struct record_field {
	struct str name; /* on the wire */
	enum record_field_type type;
	size_t offset;
	bool personal;     /* a person's own: sealed in the log */
	int64_t max;       /* characters of a text, elements of a list */
	int64_t otherwise; /* what a number is that is not written: records of before it had it */
	const struct eco_words *words;
	size_t count_offset; /* of a list ... */
	const struct record_fields *element;
};

struct record_fields {
	const struct record_field *at;
	size_t count;
	size_t bytes; /* of the struct that they are in */
};

/** The fields of ${kind}; offsets are from the beginning of the union's member. */
const struct record_fields *record_fields(enum record_kind kind);

/** The union's member that ${record}'s kind has. */
void *record_body(struct record *record);
const void *record_body_const(const struct record *record);

extern const struct eco_words membership_state_words, agreement_kind_words, agreement_state_words,
    contact_kind_words, page_wish_words;

#endif
