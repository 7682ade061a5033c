#ifndef STORE_H
#define STORE_H

#include "base/err.h"
#include "base/instant.h"
#include "base/sha256.h"
#include "base/uuid.h"
#include "domain/eco/eco_event.h"
#include "domain/geo/geo.h"
#include "domain/outcome/outcome.h"

/*
 * store: everything durable, behind one port.
 *
 * Two adapters implement it: store/pg (PostgreSQL with PostGIS) and store/mem
 * (the tests' world, and the port's specification in plain C).  One contract
 * suite runs against both (tests/contract).
 *
 * The parts:
 *
 *   streams     one per ECO; events with versions 1..n, never changed
 *   the log     all events in one order, positions 1..n without a gap
 *   commands    idempotency keys with the body they stood for and the answer
 *   timers      durable deadlines, at most one of each kind per ECO
 *   outbox      effects to carry out, each under a key, in lanes
 *   board       the read model eco_board
 *   directory   organisations, users, agreements   (store_directory.h)
 *   followers   who follows the log, and how far   (store_feed.h)
 *   proof       ticks, signatures, the audit       (store_proof.h)
 *   vault       a key for each person              (store_vault.h)
 *   archive     partitions, export and import      (store_archive.h)
 *
 * The order of the log (docs/adr/0002).  An append gives an event no position.
 * store_sequence(), run by one leader at a time, gives positions to committed
 * events; a reader of the log sees 1..n, always the same, never a gap, with the
 * versions of each stream in order.
 *
 * A session belongs to one thread.  Everything a session returns lives in the
 * arena it was called with.  A fault means: UNAVAILABLE, nothing was done;
 * UNCERTAIN, the commit's answer was lost (repeat with the same key); CONFLICT,
 * somebody else appended first (load and decide again); CORRUPT, what was read
 * cannot be right.
 *
 * Time.  ${now} is the clock's, passed in; leases run on real time, and end at
 * once when the process that holds them is gone.
 */

#define STORE_ROWS_MAX      1000  /* of one read ... */
#define STORE_BATCH_MAX     10000 /* ... of the log, or of one write of a projection */
#define STORE_ALSO_MAX      16    /* other streams that one append may write to */
#define STORE_KEY_BYTES_MAX 120
#define STORE_LEASE_REAL_S  60

struct store;
struct store_session;

/*
 * Whose eyes a session sees with; decides the row-level security of its reads.
 *
 * An API session may use transactions, streams, commands, job numbers, the
 * board's and the directory's reads, and record rejections.  All the rest (the
 * log, followers, claims, provider ids, writing the board, the backlog, the
 * planting) is for workers, and CHECKs it.
 */
enum store_role {
	STORE_API,    /* sees what the organisation of the scope may see */
	STORE_WORKER, /* sees everything: the log reader, policies, projections */
};

/**
 * The longest that one statement of a session of STORE_API may take, of those sessions that
 * connect from now on.  One that takes longer is broken off: ERR_UNAVAILABLE, nothing done.
 */
void store_limit_statements(struct store *store, struct duration most);

/** A session of ${store}.  ${role} is fixed for its life. */
NODISCARD struct err *store_session_open(
    struct store *store, struct arena *arena, enum store_role role, struct store_session **ret);

/** ${session} may be NULL. */
void store_session_close(struct store_session *session);

/** Close ${store}; its sessions are closed before.  May be NULL. */
void store_close(struct store *store);

/* What an append or the sequencer has brought, and so who may have something to do. */
struct store_news {
	bool events;              /* appended, or sequenced: the log moves on */
	bool effects[LANE_COUNT]; /* asked for, to be carried out in these lanes */
	bool timers;              /* set ... */
	struct instant timer_due; /* ... the earliest of them for this moment */
};

typedef void (*store_ring_f)(void *context, const struct store_news *news);

/**
 * Ring whenever something may have been appended or sequenced by this process:
 * ${ring}(${context}, what it was), on the thread that did it.  Set it before
 * sessions are shared out.
 */
void store_on_append(struct store *store, store_ring_f ring, void *context);

/*
 * -- transactions --
 *
 * Between begin and commit a session's calls are one transaction, all or
 * nothing.  Every other call outside of them is a transaction of its own.
 *
 * A fault inside a transaction ends it: everything since begin is undone and
 * the session is free for the next begin.  store_sequence() and the claims are
 * always their own transactions.
 */

/** Begin, acting for ${organisation} (the Nil UUID for a worker's own doings). */
NODISCARD struct err *store_begin(
    struct store_session *session, struct arena *arena, struct uuid organisation);
NODISCARD struct err *store_commit(struct store_session *session, struct arena *arena);
/** Undo what was done since begin.  Harmless when nothing is open. */
void store_rollback(struct store_session *session);

/** Set the organisation for reads outside a transaction (STORE_API sessions). */
void store_act_for(struct store_session *session, struct uuid organisation);

/*
 * -- streams and the log --
 */

enum store_actor_kind { STORE_ACTOR_USER, STORE_ACTOR_PROCESS, STORE_ACTOR_PROVIDER };

/** ${kind} as one word, in the database and in every file: "user", "process", "provider". */
struct str store_actor_kind_name(enum store_actor_kind kind);

/** Read what store_actor_kind_name() gives.  False, and ${*ret} as it was, for anything else. */
NODISCARD bool store_actor_kind_find(struct str name, enum store_actor_kind *ret);

struct store_actor {
	enum store_actor_kind kind;
	struct str name;          /* the user's handle, the process's or provider's name */
	struct uuid user;         /* Nil unless a user */
	struct uuid organisation; /* Nil unless a user */
};

/* An event as it is stored. */
struct store_event {
	struct uuid id;
	struct uuid stream;
	int64_t version;  /* in its stream, from 1 */
	int64_t position; /* in the log, from 1; 0: not sequenced yet */
	struct uuid noc, osp;
	struct str type; /* wire name */
	int64_t schema_version;
	struct instant occurred_at, recorded_at;
	struct store_actor actor;
	struct uuid correlation, causation;
	struct str payload; /* JSON, byte for byte as it was appended */
	struct sha256
	    hash; /* over all of the above except position and recorded_at; see store_event_hash */
	bool imported; /* came by store_import(): history, to which nobody reacts */
};

struct store_events {
	const struct store_event *at;
	size_t count;
};

/** What ${event}'s hash must be: SHA-256 over its fields in one documented order. */
struct sha256 store_event_hash(const struct store_event *event, struct arena *arena);

/* A row for the outbox.  The same key is only ever carried out once. */
struct store_effect {
	struct str key; /* e.g. "place-call:<eco>:3" */
	enum effect_type type;
	struct uuid eco;
	int64_t number;
	struct str provider_id;
	struct instant due;
};

/* What a decision writes to another stream than its own: events, nothing else. */
struct store_also {
	struct uuid stream;
	int64_t expected_version; /* 0: the stream must not exist */
	struct uuid noc, osp;
	const struct store_event *events; /* at least one */
	size_t event_count;
};

/* A step of a follower along the log; see store_feed.h. */
struct store_move {
	int64_t slot, epoch, from, to;
};

/*
 * One append: everything that one decision writes.  All or nothing, and in one
 * round trip.  However many streams there are, they are taken in the order of
 * their ids, so two appends never wait for each other.
 */
struct store_append {
	struct uuid stream;
	int64_t expected_version; /* 0: the stream must not exist */
	struct uuid noc, osp;
	const struct store_event *events; /* id, type, schema_version, occurred_at, actor,
					     correlation, causation and payload are read */
	size_t event_count;               /* may be 0: then only what follows is written */

	const struct store_also *also; /* to other streams; none of them ${stream}, none twice */
	size_t also_count;

	struct uuid command_key;   /* Nil: not idempotent by key */
	struct uuid command_scope; /* whose key it is: an organisation, or Nil for processes */
	struct sha256 body_hash;
	struct str answer; /* what a repeat is answered; opaque */

	const struct store_effect *effects;
	size_t effect_count;
	const struct timer_change *timers;
	size_t timer_count;

	struct str settles_effect; /* the key of the claimed effect that this completes, or empty */
	struct str bind_provider_id;  /* a provider's id that now belongs to ${stream}, or empty */
	int64_t bind_number;          /* ... as its attempt of this number */
	bool settles_timer;           /* this completes a claimed timer ... */
	enum timer_kind settled_kind; /* ... of this kind on ${stream} ... */
	struct instant settled_due;   /* ... unless it has been moved from this moment */

	struct str follower;    /* the subscription that this was done for, or empty ... */
	struct store_move move; /* ... whose slot moves on with it */
};

enum store_appended {
	STORE_APPENDED,
	STORE_REPEATED, /* the key has been used for this very body: ${ret->answer} is what was said
			   then */
	STORE_KEY_REUSED /* the key has been used for another body: nothing was done */
};

struct store_append_result {
	enum store_appended outcome;
	int64_t version; /* of the stream, after it */
	struct str answer;
};

/**
 * Append, inside a transaction or as one.  ERR_CONFLICT when the stream's
 * version is not ${expected_version} (of any of its streams), when a stream is not
 * the session's to write, when the claim that is to be settled is no longer held,
 * or when the slot that is to move is not (any more) held in that epoch or does
 * not stand at ${move.from}; the transaction is then rolled back.  A repeated or reused key rolls
 * back as well, and is an answer, not a fault.  An effect whose key exists already is not written
 * again.
 *
 * An append whose osp differs from the stream's hands the stream over; only a worker's or
 * the NOC's session may.  The OSP that is relieved goes on reading the events up to the last
 * of its time; the one that takes over reads all of them, and has its deadlines.
 */
NODISCARD struct err *store_append(struct store_session *session, struct arena *arena,
    const struct store_append *append, struct store_append_result *ret);

/**
 * The answer to ${key} if it has been used, before anything is decided.
 * ${ret->outcome} is STORE_APPENDED when it has not.
 */
NODISCARD struct err *store_find_command(struct store_session *session, struct arena *arena,
    struct uuid scope, struct uuid key, struct sha256 body_hash, struct store_append_result *ret);

/** Next number of (${noc}, ${osp}, ${type}), from 1; only inside a transaction, and gap-free with
 * it. */
NODISCARD struct err *store_take_job_number(struct store_session *session, struct arena *arena,
    struct uuid noc, struct uuid osp, enum job_type type, int64_t *ret);

/**
 * Events of ${stream} after version ${after}, in order, at most ${limit} (<=
 * STORE_ROWS_MAX).  None when there is no such stream or the session may not see it.
 */
NODISCARD struct err *store_read_stream(struct store_session *session, struct arena *arena,
    struct uuid stream, int64_t after, size_t limit, struct store_events *ret);

/**
 * Events of the log after position ${after}, in order, at most ${limit} (<=
 * STORE_BATCH_MAX).  Workers only.
 */
NODISCARD struct err *store_read_log(struct store_session *session, struct arena *arena,
    int64_t after, size_t limit, struct store_events *ret);

/** The last position of the log; 0: it is empty.  Workers only. */
NODISCARD struct err *store_log_head(
    struct store_session *session, struct arena *arena, int64_t *ret);

/* An ECO to which something has happened between two positions of the log. */
struct store_changed {
	struct uuid eco;
	int64_t position; /* of the last of these events */
};

struct store_changed_list {
	const struct store_changed *at;
	size_t count;
};

/**
 * The ECOs with events after position ${after} up to ${upto} (at most STORE_BATCH_MAX further
 * on) that the session may see, in no order.  Records of the directory are not among them.
 */
NODISCARD struct err *store_list_changed(struct store_session *session, struct arena *arena,
    int64_t after, int64_t upto, struct store_changed_list *ret);

/**
 * Give positions to what has been committed since, if this process leads (it
 * takes the lead when nobody has it).  ${ret_head} is the last position,
 * ${ret_leads} whether we lead, ${ret_count} how many events were sequenced.
 */
NODISCARD struct err *store_sequence(struct store_session *session, struct arena *arena,
    int64_t *ret_head, bool *ret_leads, size_t *ret_count);

/*
 * -- timers and the outbox --
 *
 * Claimed work is leased to this process: nobody else gets it until it is
 * settled (by an append), put back, the process is gone, or STORE_LEASE_REAL_S
 * have passed.  A lease is not renewed, so what is done under a claim must take
 * less (the setting outbound_timeout_ms is bounded for that reason).
 */

struct store_timer {
	struct uuid eco;
	enum timer_kind kind;
	struct instant due;
};

/** Claim timers due at ${now}, earliest first; at most ${limit}, into ${ret} of that size. */
NODISCARD struct err *store_claim_timers(struct store_session *session, struct arena *arena,
    struct instant now, size_t limit, struct store_timer *ret, size_t *ret_count);

/** Put a claimed timer back to be tried again at ${due}. */
NODISCARD struct err *store_put_back_timer(struct store_session *session, struct arena *arena,
    const struct store_timer *timer, struct instant due);

struct store_claim {
	struct store_effect effect;
	int64_t tries; /* how often it has been claimed, this time included */
	bool begun;    /* an earlier try may have reached the provider: look before repeating */
	struct instant begun_at; /* when that try began, by the clock */
};

/** Claim effects of ${lane} due at ${now}, earliest first; at most ${limit}. */
NODISCARD struct err *store_claim_effects(struct store_session *session, struct arena *arena,
    enum effect_lane lane, struct instant now, size_t limit, struct store_claim *ret,
    size_t *ret_count);

/** Write down that the claimed effect ${key} is about to leave this machine.  Durable before it
 * returns. */
NODISCARD struct err *store_begin_effect(
    struct store_session *session, struct arena *arena, struct str key, struct instant now);

/**
 * Put a claimed effect back to be tried again at ${due}, with what went wrong.
 * ${begun} says whether the try may have reached the provider.
 */
NODISCARD struct err *store_put_back_effect(struct store_session *session, struct arena *arena,
    struct str key, struct instant due, bool begun, struct str problem);

/** Settle a claimed effect without any other trace: it was not wanted any more. */
NODISCARD struct err *store_drop_effect(
    struct store_session *session, struct arena *arena, struct str key);

/** When the next timer is due that nobody has claimed; false when there is none. */
NODISCARD struct err *store_next_timer(
    struct store_session *session, struct arena *arena, bool *ret_any, struct instant *ret_due);

/** When the next effect of ${lane} is due that nobody has claimed; false when there is none. */
NODISCARD struct err *store_next_effect(struct store_session *session, struct arena *arena,
    enum effect_lane lane, bool *ret_any, struct instant *ret_due);

/** When the next timer or effect is due; false when there is none. */
NODISCARD struct err *store_next_due(
    struct store_session *session, struct arena *arena, bool *ret_any, struct instant *ret_due);

/** Which ECO and attempt a provider's id belongs to; false when to none. */
NODISCARD struct err *store_find_provider_id(struct store_session *session, struct arena *arena,
    struct str provider_id, bool *ret_found, struct uuid *ret_eco, int64_t *ret_number);

/** Record a webhook that was refused, for the security log (the last 10,000 are kept). */
NODISCARD struct err *store_record_rejection(struct store_session *session, struct arena *arena,
    struct instant now, struct str route, struct str peer, struct str reason);

struct store_rejection {
	struct instant at;
	struct str route, peer, reason;
};

/** The newest ${limit} rejections, newest first, into ${ret} of that size. */
NODISCARD struct err *store_list_rejections(struct store_session *session, struct arena *arena,
    size_t limit, struct store_rejection *ret, size_t *ret_count);

/*
 * What is not done yet, for health, metrics and tests: committed events without
 * a position, the slowest followed slot's distance to the head (subscriptions that
 * are rebuilt or off do not count), streams that are parked, effects due and timers
 * due at ${now} (claimed or not), claims held, and effects whose time has not come.
 */
struct store_backlog {
	int64_t unsequenced, behind, parked, effects_due, timers_due, claimed, effects_waiting;
	int64_t ringdowns; /* ECOs whose ring-down waits for an answer, or for its next round */
};

NODISCARD struct err *store_backlog(struct store_session *session, struct arena *arena,
    struct instant now, struct store_backlog *ret);

#define STORE_LATE_MAX 10000 /* of each kind that are counted */

/*
 * What is late, found by indexes alone, so that it can be asked in the worst night.
 *
 * Timers, and effects of the lane PAGING, whether or not somebody has claimed them.
 * What was to be done at the moment asked for, or before, counts as late; how long
 * the oldest has been due is told in any case.
 */
struct store_lateness {
	int64_t timers, ringdowns, effects; /* late ones, STORE_LATE_MAX at most; ECOs whose
					       ring-down waits for such a timer */
	bool has_timer, has_effect;
	struct instant oldest_timer, oldest_effect; /* when the next of all is, or was, due */
	int64_t head;                               /* the last position of the log */
	int64_t followed; /* what everybody who follows it has dealt with */
	bool unsequenced; /* an event has no position yet */
};

/** What is late that was to be done at ${before}, or earlier. */
NODISCARD struct err *store_lateness(struct store_session *session, struct arena *arena,
    struct instant before, struct store_lateness *ret);

/*
 * -- the board: the read model eco_board --
 *
 * There are two builds of it, 1 and 2.  Readers see the live one; see
 * store_feed.h on how the other is made and takes over.
 */

struct store_board_row {
	struct uuid eco;
	int64_t version; /* of the stream, when the row was made */
	int64_t position;
	struct uuid noc, osp;
	struct str job_number;
	enum job_type job_type;
	struct str description;
	struct geo_location location;
	enum eco_status status;
	enum dispatch_state dispatch;
	enum integration_state integration;
	int64_t eta_minutes; /* 0: none */
	bool has_accepted, has_grace;
	struct instant accepted_at;
	struct instant grace_until;
	struct instant created_at, updated_at;
	int64_t task_count, tasks_completed;
	bool former;      /* what the OSP, which was relieved since, last saw */
	unsigned without; /* what was not read of it, and is zero: columns, as below */
};

/* Columns of a row that need not be read; who, when and up to which event always are. */
enum store_board_column {
	STORE_BOARD_JOB = 1 << 0, /* job_number, job_type */
	STORE_BOARD_DESCRIPTION = 1 << 1,
	STORE_BOARD_LOCATION = 1 << 2,
	STORE_BOARD_STATE = 1 << 3,    /* status, dispatch, integration */
	STORE_BOARD_PROGRESS = 1 << 4, /* eta_minutes, accepted_at, grace_until, updated_at */
	STORE_BOARD_TASKS = 1 << 5,
};

/**
 * Insert or replace rows of ${build} (newer version wins), at most STORE_BATCH_MAX,
 * no ECO twice for the same OSP.  Inside the projection's transaction.
 */
NODISCARD struct err *store_put_board(struct store_session *session, struct arena *arena,
    int64_t build, const struct store_board_row *rows, size_t count);

/**
 * A checksum of ${build}: SHA-256 over all of its rows in the order of their ids,
 * every column of them.  Two builds that say the same have the same.
 */
NODISCARD struct err *store_board_checksum(struct store_session *session, struct arena *arena,
    int64_t build, int64_t *ret_rows, struct sha256 *ret);

/**
 * The row of ${eco}; false when there is none that the session may see.  A former row is
 * its OSP's alone, for this and all that follows; a worker does not see it.
 */
NODISCARD struct err *store_find_board(struct store_session *session, struct arena *arena,
    struct uuid eco, bool *ret_found, struct store_board_row *ret);

/** The row of the ECO with the printed job number ${number} (case ignored), also one that it had
 * under a former OSP; as store_find_board(). */
NODISCARD struct err *store_find_board_by_number(struct store_session *session, struct arena *arena,
    struct str number, bool *ret_found, struct store_board_row *ret);

#define STORE_WORDS_MAX      32      /* of a search ... */
#define STORE_WORD_CHARS_MAX 32      /* ... of which so many characters count */
#define STORE_NEAR_M_MAX     1000000 /* how far near may be */

/* Which rows.  All of it must hold; what is left zero does not matter. */
struct store_board_filter {
	const enum eco_status *statuses; /* any of these; none given: any */
	size_t status_count;
	const enum dispatch_state *dispatches; /* any of these */
	size_t dispatch_count;
	const enum job_type *job_types; /* any of these */
	size_t job_type_count;
	bool has_organisation; /* on either side; Nil is on none */
	struct uuid organisation;
	bool has_created_from, has_created_until, has_updated_from, has_updated_until;
	struct instant created_from, created_until, updated_from, updated_until; /* until: before */
	/* Words as store_board_words() reads them: each begins a word of the number or the
	 * description. */
	struct str words[STORE_WORDS_MAX];
	size_t word_count;
	bool has_box;
	struct geo_box box;
	bool has_near; /* not farther than near_m metres from near; see geo_distance_m() */
	struct geo_point near;
	int64_t near_m;  /* at most STORE_NEAR_M_MAX */
	bool has_before; /* for the next page: strictly older than (created_at, eco) */
	struct instant before;
	struct uuid before_eco;
	unsigned without; /* what need not be read: columns; for store_list_board() */
};

/**
 * Read what is to be searched for into words of ${filter}, which point into ${arena}: what stands
 * between characters of ASCII that are neither letter nor digit, in lower case as far as it is
 * ASCII.  False when there is no word in ${text}, or more than STORE_WORDS_MAX.
 */
NODISCARD bool store_board_words(
    struct arena *arena, struct str text, struct store_board_filter *filter);

/** Whether ${row}, of which everything was read, matches ${filter}, its page mark ignored. */
bool store_board_matches(
    const struct store_board_filter *filter, const struct store_board_row *row);

struct store_board_rows {
	const struct store_board_row *at;
	size_t count;
};

/** Rows that the session may see, newest first (created_at, then id), at most ${limit}. */
NODISCARD struct err *store_list_board(struct store_session *session, struct arena *arena,
    const struct store_board_filter *filter, size_t limit, struct store_board_rows *ret);

/**
 * A position up to which the board is complete for who asks: every event that they may see and
 * that has this position or a lower one is in the rows that are read from now on.
 */
NODISCARD struct err *store_board_position(
    struct store_session *session, struct arena *arena, int64_t *ret);

/** How many rows match ${filter}, its page mark ignored. */
NODISCARD struct err *store_count_board(struct store_session *session, struct arena *arena,
    const struct store_board_filter *filter, int64_t *ret);

/*
 * -- the directory --
 */

struct store_organisation {
	struct uuid id;
	struct str handle, name;
	bool is_noc, is_osp;
};

/* A user acting for an organisation. */
struct store_membership {
	struct uuid user;
	struct str user_handle;
	struct str
	    role; /* operator, supervisor, dispatcher, technician, roster_manager, viewer, admin */
	struct store_organisation organisation;
};

/** The membership of ${user} in ${organisation} (both handles); false when there is none. */
NODISCARD struct err *store_find_membership(struct store_session *session, struct arena *arena,
    struct str user, struct str organisation, bool *ret_found, struct store_membership *ret);

/** An organisation by id or by handle; false when there is none that the session may see: its
 * own, and those with which it stands in an agreement that was not declined. */
NODISCARD struct err *store_find_organisation(struct store_session *session, struct arena *arena,
    struct uuid id, struct str handle, bool *ret_found, struct store_organisation *ret);

struct store_organisations {
	const struct store_organisation *at;
	size_t count;
};

/** The other side of every agreement of ${organisation} in force at ${now}, by name. */
NODISCARD struct err *store_list_partners(struct store_session *session, struct arena *arena,
    struct uuid organisation, struct instant now, struct store_organisations *ret);

struct store_agreement {
	struct uuid id, noc, osp;
	struct str number_prefix;
	struct eco_terms terms;
	struct str noc_duty_phone;
	struct str twilio_subaccount; /* SID, empty: the main account */
	struct str twilio_from;       /* E.164 */
	struct str render_url;        /* empty: the configured default */
	struct str render_client_id;
	struct str render_secret_ref; /* the name of the secret, never the secret */
	struct str render_project;
};

/** The agreement between ${noc} and ${osp} in force at ${now}; false when there is none. */
NODISCARD struct err *store_find_agreement(struct store_session *session, struct arena *arena,
    struct uuid noc, struct uuid osp, struct instant now, bool *ret_found,
    struct store_agreement *ret);

/** The agreement ${id}, in force or not (for an ECO that was created under it). */
NODISCARD struct err *store_get_agreement(struct store_session *session, struct arena *arena,
    struct uuid id, struct store_agreement *ret);

/*
 * -- what a history names --
 *
 * An import brings ECOs of organisations, agreements and users that may have no records
 * here.  They are planted: rows made from no record, so that what the history names can be
 * read.  Nobody can act for what was planted, and where there is a record, it counts.
 */

/* Of the agreement: who, the prefix, and the terms; what a side keeps to itself is not planted. */
struct store_seed_agreement {
	struct store_agreement agreement;
	struct instant valid_from;
	bool has_valid_until;
	struct instant valid_until;
};

struct store_seed {
	const struct store_organisation *organisations;
	size_t organisation_count;
	const struct store_membership *memberships; /* users alone: without role or organisation */
	size_t membership_count;
	const struct store_seed_agreement *agreements;
	size_t agreement_count;
};

/**
 * Write ${seed}; an organisation or agreement that was planted before is brought up to it.
 * A user whose id or handle is taken is left out.
 */
NODISCARD struct err *store_plant(
    struct store_session *session, struct arena *arena, const struct store_seed *seed);

#endif
