#ifndef DOMAIN_ECO_EVENT_H
#define DOMAIN_ECO_EVENT_H

#include "base/instant.h"
#include "base/sha256.h"
#include "base/uuid.h"
#include "domain/geo/geo.h"
#include "domain/jobnumber/jobnumber.h"
#include "domain/roster/roster.h"

/*
 * eco_event: what can happen to an ECO, as values.
 *
 * One stream per ECO holds all of it: the order itself, its ring-down and what
 * the field system showed.  The aggregate (eco.h) and the two process managers
 * (ringdown.h, rendersync.h) each fold the events they care about.
 *
 * Texts and arrays point into the memory that the event was made from: the
 * command, the provider's answer, or the arena it was decoded into.
 */

enum eco_event_type {
#define ECO_EVENT(NAME, field, wire, version, detail, doc) ECO_EVENT_##NAME,
#include "domain/eco/eco_events.def"
#undef ECO_EVENT
	ECO_EVENT_COUNT
};

enum eco_status {
	ECO_ABSENT = 0, /* the zero value: nothing has happened yet */
#define ECO_STATUS(name, words) ECO_STATUS_##name,
#include "domain/eco/eco_enums.def"
#undef ECO_STATUS
};
enum dispatch_state {
#define DISPATCH_STATE(name, words) DISPATCH_##name,
#include "domain/eco/eco_enums.def"
#undef DISPATCH_STATE
};
enum integration_state {
#define INTEGRATION_STATE(name, words) INTEGRATION_##name,
#include "domain/eco/eco_enums.def"
#undef INTEGRATION_STATE
};
enum page_miss {
#define PAGE_MISS(name, words) PAGE_MISS_##name,
#include "domain/eco/eco_enums.def"
#undef PAGE_MISS
};
enum pager_stop {
#define PAGER_STOP(name, words) PAGER_STOP_##name,
#include "domain/eco/eco_enums.def"
#undef PAGER_STOP
};
enum pager_resume {
#define PAGER_RESUME(name, words) PAGER_RESUME_##name,
#include "domain/eco/eco_enums.def"
#undef PAGER_RESUME
};
enum failover_fault {
#define FAILOVER_FAULT(name, words) FAILOVER_FAULT_##name,
#include "domain/eco/eco_enums.def"
#undef FAILOVER_FAULT
};
enum reactivation {
#define REACTIVATION(name, words) REACTIVATION_##name,
#include "domain/eco/eco_enums.def"
#undef REACTIVATION
};
enum close_cause {
#define CLOSE_CAUSE(name, words) CLOSE_CAUSE_##name,
#include "domain/eco/eco_enums.def"
#undef CLOSE_CAUSE
};
enum task_change {
#define TASK_CHANGE(name, words) TASK_CHANGE_##name,
#include "domain/eco/eco_enums.def"
#undef TASK_CHANGE
};
enum task_status {
#define TASK_STATUS(name, words) TASK_STATUS_##name,
#include "domain/eco/eco_enums.def"
#undef TASK_STATUS
};
enum side {
#define SIDE(name, words) SIDE_##name,
#include "domain/eco/eco_enums.def"
#undef SIDE
};
enum note_visibility {
#define NOTE_VISIBILITY(name, words) NOTE_##name,
#include "domain/eco/eco_enums.def"
#undef NOTE_VISIBILITY
};
enum sync_fault {
#define SYNC_FAULT(name, words) SYNC_FAULT_##name,
#include "domain/eco/eco_enums.def"
#undef SYNC_FAULT
};

/*
 * The terms of the agreement as they stood when the ECO was created.  An ECO
 * keeps its terms: a later version of the agreement does not reach back.
 */
struct eco_terms {
	int64_t ring_s;          /* how long one person's phone rings, 10 to 60 */
	int64_t loops;           /* how often the list is gone through, 1 to 10 */
	int64_t retry_after_s;   /* pause before an exhausted list is rung again */
	int64_t retries;         /* how often it is rung again; 0: never */
	int64_t grace_s;         /* from reported complete to closed */
	int64_t poll_s;          /* between polls while work is going on */
	int64_t poll_grace_s;    /* between polls while the grace period runs */
	int64_t arrival_s;       /* by when a crew that gave no ETA must be seen */
	int64_t arrival_grace_s; /* after the ETA; 0: nobody is asked where they are */
};

/* What an agreement says that was made before there was a word about arrival. */
#define ECO_ARRIVAL_S_DEFAULT       3600
#define ECO_ARRIVAL_GRACE_S_DEFAULT 900

/* ECOCreated, version 2: the whole initial state.  Version 1 knew no exercises. */
struct eco_created {
	struct uuid noc, osp, agreement;
	struct str job_number;
	enum job_type job_type;
	struct geo_location location;
	struct str description;
	struct eco_terms terms;
	struct str noc_duty_phone; /* E.164; empty: the NOC has none */
	bool exercise;             /* a drill: real people are rung, and nothing is broken */
};

/* RenderSubsectorCreated, version 1 */
struct eco_subsector_created {
	struct str subsector;
};

/* RenderTasked, version 1 */
struct eco_tasked {
	struct str subsector, task;
};

/* RenderTaskingFailed, version 1 */
struct eco_tasking_failed {
	int64_t attempt; /* which one failed, from 1 */
	enum sync_fault fault;
	struct str detail;
	struct instant retry_at;
};

/* RenderTaskObserved, version 1 */
struct eco_task_observed {
	enum task_change change;
	struct str task, name;
	struct str raw_status; /* the contractor's own word */
	enum task_status status;
	bool has_before;             /* whether ${before} stands for anything: not when added */
	struct sha256 before, after; /* fingerprints; ${after} is all zero when vanished */
	int64_t task_count;          /* how many tasks there are now */
};

/* RenderSyncDegraded, version 1 */
struct eco_sync_degraded {
	enum sync_fault fault;
	struct str detail;
};

/*
 * PagerDispatched, version 3: the frozen plan, people left out included.  Labels and
 * numbers are sealed (app/vault.h); those of version 1 were in clear.  Until version 2 a
 * person had one telephone, and the people were rung one by one.  Until when somebody
 * rests, and who stands in, may be missing: it was not always written.
 */
struct eco_pager_dispatched {
	int64_t round; /* 1, and one more for each retry of an exhausted list or next contractor */
	const struct pager_list *plan;
};

/*
 * PageAttempted, version 2.  Until version 1 there were only calls, to people who stood
 * each in a step of their own.
 */
struct eco_page_attempted {
	int64_t attempt; /* from 1, counted through the whole life of the ECO */
	int64_t loop;    /* from 1 */
	int64_t step;    /* of the plan, from 1: the people of one step are rung at once */
	int64_t contact; /* the person's place among those who can be rung, from 1 */
	struct uuid person;
	enum page_channel channel;
	struct uuid via;         /* which of their contacts; Nil: not known, or they came to us */
	struct instant planned;  /* when it was to begin */
	struct instant deadline; /* by when there must be word of it */
};

/* PagePlaced, version 1 */
struct eco_page_placed {
	int64_t attempt;
	struct str provider_id;
};

/* PageAnswered, PageDelivered and PageEtaAsked, version 1 */
struct eco_page_progress {
	int64_t attempt;
	struct instant deadline; /* the new one */
};

/* PageTextDelivered, version 1 */
struct eco_page_text_delivered {
	int64_t attempt;
};

/* PageNotReached, version 1 */
struct eco_page_not_reached {
	int64_t attempt;
	enum page_miss reason;
	struct str detail; /* what the provider said; may be empty */
};

/* PageAccepted, version 1 */
struct eco_page_accepted {
	int64_t attempt;
	int64_t contact;
	struct uuid person;
	int64_t eta_minutes; /* 0: the person gave none */
};

/* PageDeclined, version 1 */
struct eco_page_declined {
	int64_t attempt;
	int64_t reason; /* the digit pressed, 1 to 9; 0: none */
};

/* PageAcceptedTooLate, version 1 */
struct eco_page_too_late {
	int64_t attempt;
	struct uuid person;
};

/* PagerExhausted, version 1 */
struct eco_pager_exhausted {
	int64_t round, loops, attempts;
};

/* PagerRetryScheduled, version 1 */
struct eco_pager_retry_scheduled {
	int64_t round; /* the one that will begin */
	struct instant at;
};

/* PagerStopped, version 1 */
struct eco_pager_stopped {
	enum pager_stop reason;
};

/* NOCAlerted, version 1 */
struct eco_noc_alerted {
	struct str phone, provider_id;
};

/* NOCAlertFailed, version 1 */
struct eco_noc_alert_failed {
	struct str phone, detail;
};

/* ArrivalAsked, version 1 */
struct eco_arrival_asked {
	int64_t attempt;         /* of whoever has accepted */
	struct instant deadline; /* by when they must have answered, or have been seen */
};

/* EtaChanged, version 1 */
struct eco_eta_changed {
	int64_t attempt;     /* of whoever has accepted */
	int64_t eta_minutes; /* from now */
};

/* PagerResumed, version 1 */
struct eco_pager_resumed {
	int64_t attempt; /* of whoever had accepted */
	enum pager_resume reason;
};

/* CrewEnRoute, version 1 */
struct eco_crew_en_route {
	int64_t eta_minutes; /* from now; 0: they gave none */
};

/* FailoverFailed, version 1 */
struct eco_failover_failed {
	enum failover_fault fault;
};

/* WorkStarted, version 1 */
struct eco_work_started {
	struct str task; /* the contractor's id: shown to the OSP only */
};

/* StatusCompleted, version 1 */
struct eco_status_completed {
	int64_t task_count;
	struct instant grace_until;
};

/* ECOReactivated, version 1 */
struct eco_reactivated {
	enum reactivation cause;
	struct str task;   /* for LATE_CLONE and TASK_REOPENED: the contractor's id */
	struct str reason; /* for NOC_REJECTED: what the NOC said */
};

/* ECOClosed, version 1 */
struct eco_closed {
	enum close_cause cause;
};

/* ECOCancelled, version 1 */
struct eco_cancelled {
	struct str reason;
};

/* NoteAdded, version 1 */
struct eco_note_added {
	struct uuid note;
	enum side side; /* the author's */
	enum note_visibility visibility;
	struct str text;
};

/* OSPRelieved, version 1 */
struct eco_osp_relieved {
	struct uuid osp;
	struct str reason; /* what the NOC said */
};

/* OSPEngaged, version 2: what ECOCreated says of the contractor, for the next one. */
struct eco_osp_engaged {
	struct uuid osp, agreement;
	struct str job_number;
	struct eco_terms terms;
	struct str noc_duty_phone; /* E.164; empty: the NOC has none */
};

struct eco_event {
	enum eco_event_type type;
	struct instant at; /* when it happened */
	union {
		struct eco_created created;
		struct eco_subsector_created subsector_created;
		struct eco_tasked tasked;
		struct eco_tasking_failed tasking_failed;
		struct eco_task_observed task_observed;
		struct eco_sync_degraded sync_degraded;
		struct eco_pager_dispatched pager_dispatched;
		struct eco_page_attempted page_attempted;
		struct eco_page_placed page_placed;
		struct eco_page_progress page_answered;
		struct eco_page_progress page_delivered;
		struct eco_page_progress page_eta_asked;
		struct eco_page_text_delivered page_text_delivered;
		struct eco_page_not_reached page_not_reached;
		struct eco_page_accepted page_accepted;
		struct eco_page_declined page_declined;
		struct eco_page_too_late page_too_late;
		struct eco_pager_exhausted pager_exhausted;
		struct eco_pager_retry_scheduled pager_retry_scheduled;
		struct eco_pager_stopped pager_stopped;
		struct eco_noc_alerted noc_alerted;
		struct eco_noc_alert_failed noc_alert_failed;
		struct eco_arrival_asked arrival_asked;
		struct eco_eta_changed eta_changed;
		struct eco_pager_resumed pager_resumed;
		struct eco_crew_en_route crew_en_route;
		struct eco_failover_failed failover_failed;
		struct eco_work_started work_started;
		struct eco_status_completed status_completed;
		struct eco_reactivated reactivated;
		struct eco_closed closed;
		struct eco_cancelled cancelled;
		struct eco_note_added note_added;
		struct eco_osp_relieved osp_relieved;
		struct eco_osp_engaged osp_engaged;
	};
};

/* Who may read an event's payload. */
enum eco_detail { ECO_DETAIL_BOTH, ECO_DETAIL_NOC, ECO_DETAIL_OSP };

/** The name of ${type} in the store and on the wire, e.g. "PageAccepted". */
struct str eco_event_name(enum eco_event_type type);

/** The present version of ${type}'s payload. */
int eco_event_version(enum eco_event_type type);

/** Which side may read the payload of ${type}. */
enum eco_detail eco_event_detail(enum eco_event_type type);

/** The type called ${name}.  False when there is none. */
NODISCARD bool eco_event_find(struct str name, enum eco_event_type *ret);

/*
 * The vocabularies of eco_enums.def by number, for codecs and views: the wire
 * name and the words of a value, and the value of a name.
 */
struct eco_word {
	struct str name, words;
};

struct eco_words {
	const struct eco_word *at;
	size_t count;
};

extern const struct eco_words eco_status_words; /* [0] is ABSENT */
extern const struct eco_words dispatch_state_words;
extern const struct eco_words integration_state_words;
extern const struct eco_words page_channel_words;
extern const struct eco_words page_miss_words;
extern const struct eco_words pager_stop_words;
extern const struct eco_words pager_resume_words;
extern const struct eco_words failover_fault_words;
extern const struct eco_words reactivation_words;
extern const struct eco_words close_cause_words;
extern const struct eco_words task_change_words;
extern const struct eco_words task_status_words;
extern const struct eco_words side_words;
extern const struct eco_words note_visibility_words;
extern const struct eco_words sync_fault_words;

/** The wire name of ${value} in ${words}; CHECKs that it is one of them. */
struct str eco_word_name(const struct eco_words *words, unsigned value);

/** ${value} in words for people. */
struct str eco_word_words(const struct eco_words *words, unsigned value);

/** The value called ${name}.  False when there is none. */
NODISCARD bool eco_word_find(const struct eco_words *words, struct str name, unsigned *ret);

#endif
