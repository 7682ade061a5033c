#ifndef STORE_DIRECTORY_H
#define STORE_DIRECTORY_H

#include "domain/directory/record.h"
#include "store/store.h"

/*
 * store_directory: the directory's records as they are now, and who may come in.
 *
 *	record ──append (sealed)──▶ the log
 *	       └─put (clear)──────▶ strike.record, and typed tables made from it
 *
 * A record's row is written in the transaction of its event: what a command changed is
 * there for the next request.  The rows are a read model like any other: they can be
 * thrown away and made again from the log (app/record_rebuild.h).  In them people's own
 * texts are in clear; erasing a person (store_vault.h) empties them.
 *
 * Row-level security holds for records as for everything else: an organisation sees its
 * own records and the agreements that it stands in.  What has to be known before it is
 * known who asks - a membership, a session, a token by its hash - is answered one exact
 * question at a time, by functions that see more than the asker and give away no more
 * than the answer.
 */

/* A record as it is kept. */
struct store_record {
	enum record_kind kind;
	struct uuid id;
	int64_t version; /* of its stream */
	struct uuid noc, osp, parent;
	struct instant changed_at;
	struct str body; /* codec_encode_record(), people's texts in clear */
};

struct store_records {
	const struct store_record *at;
	size_t count;
};

/**
 * Write ${row}, made from ${record} (which is what the body says), inside the
 * transaction of the append that made it.  An older version, or the same, does not
 * replace what is there.  ERR_CONFLICT when it is not the session's to write.  Of
 * somebody who was erased (store_vault.h) nothing of their own is written, whatever
 * ${row} says.  ${ret_taken}: another record has its unique handle (of an organisation or a
 * user), identity (of a user), secret (of a token), number prefix (of an OSP's agreements that are
 * proposed or agreed; only when this session's organisation is that OSP), or place (one membership
 * for each e-mail address or user in an organisation that is not removed); nothing was written
 * then, and the caller rolls back.
 */
NODISCARD struct err *store_put_record(struct store_session *session, struct arena *arena,
    const struct store_record *row, const struct record *record, bool *ret_taken);

/**
 * The record ${id} of ${kind}; false when there is none that the session may see.  The
 * platform's organisation sees the records of all organisations (of kind ORGANISATION).
 */
NODISCARD struct err *store_find_record(struct store_session *session, struct arena *arena,
    enum record_kind kind, struct uuid id, bool *ret_found, struct store_record *ret);

/* Which records: those that the session may see, and of these ... */
struct store_record_query {
	enum record_kind kind;
	struct uuid parent; /* only with this parent; Nil: any */
	struct uuid after; /* only behind this id in the order asked for; Nil: from the beginning */
	bool newest_first; /* by id descending, which is by age for ids of version 7 */
	size_t limit;      /* at most STORE_ROWS_MAX */
};

NODISCARD struct err *store_list_records(struct store_session *session, struct arena *arena,
    const struct store_record_query *query, struct store_records *ret);

/**
 * Forget all records of every kind, to make them again from the log.  Workers only.  When
 * a token was used, who has a session and what was planted is not a record's, and stays.
 * Inside a transaction others see the records as they were, and wait to write any, until
 * it is over.
 */
NODISCARD struct err *store_forget_records(struct store_session *session, struct arena *arena);

/*
 * -- who rings for a place --
 */

/* The list that a place leads to, as bodies of records; the app judges who is on shift. */
struct store_roster {
	struct uuid list, region; /* region Nil: the agreement's default list */
	struct str region_name, list_body;
	const struct store_record *people; /* of the list's entries and substitutions, any order */
	size_t count;
};

/**
 * The pager list of ${osp} for ${location}: of its regions (not retired) that meet it the
 * smallest, ties by priority (lowest first), then by id; no region: the default list of
 * ${agreement} (Nil: none).  False when there is neither, or the list is retired.  An API
 * session is answered for its own organisation and for an OSP with which it stands in
 * ${agreement}, which is agreed (anybody may propose one); others get false.  People
 * are those of the OSP's records only.
 */
NODISCARD struct err *store_find_roster(struct store_session *session, struct arena *arena,
    struct uuid osp, struct uuid agreement, const struct geo_location *location, bool *ret_found,
    struct store_roster *ret);

/* Two regions of one OSP, not retired, that share ground; a common border is none. */
struct store_overlap {
	struct uuid a, b; /* a is the lower */
	double area;      /* square degrees */
};

/** The overlaps of the session's organisation's regions with ${region} (Nil: of all), largest
 * first, at most ${limit} into ${ret}. */
NODISCARD struct err *store_list_overlaps(struct store_session *session, struct arena *arena,
    struct uuid region, size_t limit, struct store_overlap *ret, size_t *ret_count);

/** Whether ${area} is a valid surface for the store's geometry (rings closed, no ring crosses
 * itself or another); otherwise the reason in words. */
NODISCARD struct err *store_check_area(struct store_session *session, struct arena *arena,
    const struct geo_area *area, bool *ret_valid, struct str *ret_reason);

/*
 * -- before it is known who asks --
 */

/** The membership of user ${user} in ${organisation} when it counts: active, the user not
 * disabled, the organisation not suspended. */
NODISCARD struct err *store_find_member(struct store_session *session, struct arena *arena,
    struct uuid user, struct uuid organisation, bool *ret_found, struct store_membership *ret);

struct store_memberships {
	const struct store_membership *at;
	size_t count;
};

/** All memberships of ${user} that count, by the organisation's name, at most STORE_ROWS_MAX. */
NODISCARD struct err *store_list_memberships(struct store_session *session, struct arena *arena,
    struct uuid user, struct store_memberships *ret);

struct store_known_user {
	struct uuid user;
	struct str handle;
	bool disabled;
};

/** The user who signs in as ${subject} of ${issuer}; one who was erased is disabled. */
NODISCARD struct err *store_find_identity(struct store_session *session, struct arena *arena,
    struct str issuer, struct str subject, bool *ret_found, struct store_known_user *ret);

/** Invitations to the (verified) address ${email}, case ignored, that wait in an organisation
 * that is not suspended. */
NODISCARD struct err *store_list_invitations(struct store_session *session, struct arena *arena,
    struct str email, struct store_records *ret);

/* A token as the gate needs it. */
struct store_token {
	struct uuid id, organisation, user;
	struct str scopes;
	struct instant expires, revoked_at; /* revoked: RECORD_NO_MOMENT when it is not */
	struct instant last_used_at;        /* RECORD_NO_MOMENT: never */
	bool is_member;                     /* its user counts as one of its organisation: ... */
	struct store_membership membership; /* ... as store_find_member() would say */
};

/** The token whose secret has the SHA-256 ${hash}, expired or revoked ones too, and its user's
 * membership, at one moment. */
NODISCARD struct err *store_find_token(struct store_session *session, struct arena *arena,
    struct sha256 hash, bool *ret_found, struct store_token *ret);

/** Write down that token ${id} was used at ${now} from ${address}, unless that was said for the
 * last ${seconds} already; ${ret_first} says whether it was written. */
NODISCARD struct err *store_touch_token(struct store_session *session, struct arena *arena,
    struct uuid id, struct instant now, int64_t seconds, struct str address, bool *ret_first);

/** When the token ${id}, which the session may see, was last used and from where;
 * RECORD_NO_MOMENT: never. */
NODISCARD struct err *store_find_token_use(struct store_session *session, struct arena *arena,
    struct uuid id, struct instant *ret_at, struct str *ret_address);

/* A browser session.  Known by the hash of its secret; the secret is only in the cookie. */
struct store_web_session {
	struct uuid id, user;
	struct sha256 hash;
	struct str issuer, subject; /* of the identity that began it; empty: development */
	struct str via;             /* as in struct audit */
	struct str address, agent;  /* at its beginning, for the list that its user sees */
	struct instant created_at, seen_at;
	struct instant ends_at; /* the absolute end */
};

/** Begin ${session_row}. */
NODISCARD struct err *store_add_web_session(struct store_session *session, struct arena *arena,
    const struct store_web_session *session_row);

/** The session with ${hash} that has neither ended nor been silent for ${idle_s} at ${now}. */
NODISCARD struct err *store_find_web_session(struct store_session *session, struct arena *arena,
    struct sha256 hash, struct instant now, int64_t idle_s, bool *ret_found,
    struct store_web_session *ret);

/** It was used at ${now}. */
NODISCARD struct err *store_touch_web_session(
    struct store_session *session, struct arena *arena, struct uuid id, struct instant now);

/** End session ${id} of ${user} (Nil: all of theirs); how many ended. */
NODISCARD struct err *store_end_web_sessions(struct store_session *session, struct arena *arena,
    struct uuid user, struct uuid id, int64_t *ret_count);

struct store_web_sessions {
	const struct store_web_session *at;
	size_t count;
};

/** Those of ${user} that have not ended at ${now}, newest first, at most 100; without their
 * hashes. */
NODISCARD struct err *store_list_web_sessions(struct store_session *session, struct arena *arena,
    struct uuid user, struct instant now, int64_t idle_s, struct store_web_sessions *ret);

/** Forget sessions that ended before ${now}; a housekeeper's (worker's) work. */
NODISCARD struct err *store_sweep_web_sessions(struct store_session *session, struct arena *arena,
    struct instant now, int64_t idle_s, int64_t *ret_count);

#endif
