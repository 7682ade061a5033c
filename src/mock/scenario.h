#ifndef MOCK_SCENARIO_H
#define MOCK_SCENARIO_H

#include "base/err.h"
#include "base/instant.h"

/*
 * scenario: one night, in a short text that a person can read and write.
 *
 * It says how the world behaves (phones, the field system), what the NOC does,
 * and what must have happened at the end.  docs/reference/scenarios.md, made from
 * scenario_grammar.c, describes the format; scenarios/ holds the ones that we ship.
 * The mock world (mock.h) plays the first part, the player (play.h) the other two.
 *
 * A parsed scenario is read-only and points into the arena of the parse.
 */

#define SCENARIO_TEXT_BYTES_MAX    65536
#define SCENARIO_WORDS_MAX         4096
#define SCENARIO_PHONES_MAX        256
#define SCENARIO_PRESSES_MAX       16
#define SCENARIO_REPLIES_MAX       8
#define SCENARIO_INBOUNDS_MAX      64
#define SCENARIO_RULES_MAX         16 /* of callbacks */
#define SCENARIO_OUTAGES_MAX       32 /* of one system */
#define SCENARIO_TASKS_MAX         16
#define SCENARIO_STEPS_MAX         16 /* of one task */
#define SCENARIO_ACTS_MAX          64
#define SCENARIO_VALUES_MAX        4  /* of one deed */
#define SCENARIO_TERMS_MAX         16 /* of one agreement sentence */
#define SCENARIO_PEOPLE_MAX        32 /* of one list */
#define SCENARIO_EXPECTS_MAX       128
#define SCENARIO_EVENTS_MAX        64 /* of one expectation */
#define SCENARIO_STORM_MAX         1000
#define SCENARIO_DURATION_DAYS_MAX 366

/* An event by its name on the wire, and a word that its line must hold, if any. */
struct scenario_event {
	struct str type, word;
};

/* When something is done. */
enum scenario_when_kind {
	SCENARIO_BEFORE,         /* the night begins */
	SCENARIO_AFTER_CREATION, /* ${after} it, which is when the night begins */
	SCENARIO_AFTER_EVENT,    /* ${after} the ${number}th ${event} of the first ECO */
};
struct scenario_when {
	enum scenario_when_kind kind;
	struct duration after;
	struct scenario_event event;
	int64_t number; /* from 1 */
};

enum scenario_pickup {
	SCENARIO_RINGS_OUT,
	SCENARIO_BUSY,
	SCENARIO_FAILS,     /* the network cannot put the call through */
	SCENARIO_CANCELED,  /* somebody ends it while it rings */
	SCENARIO_VOICEMAIL, /* a machine picks up */
	SCENARIO_ANSWERS,   /* a person picks up */
};

/* When it is known whether a person or a machine has picked up. */
enum scenario_verdict {
	SCENARIO_VERDICT_USUAL,
	SCENARIO_VERDICT_AFTER, /* ${verdict_after} picking up */
	SCENARIO_VERDICT_NEVER,
};

/* What happens when ${number} is called for the ${from_call}th time and after. */
struct scenario_phone {
	struct str number;
	int64_t from_call; /* from 1 */
	enum scenario_pickup pickup;
	struct duration answers_after; /* of ringing */
	/* One for each time that keys are asked for; an empty one: it is let pass. */
	struct str presses[SCENARIO_PRESSES_MAX];
	size_t press_count;
	struct duration thinks; /* before the first key */
	bool hangs_up;
	struct duration hangs_up_after; /* having answered */
	bool hangs_up_next;             /* when keys are asked for after all these */
	int64_t sip;                    /* SipResponseCode of a call that failed; 0: as usual */
	struct str answered_by;         /* the verdict in Twilio's word; empty: as usual */
	enum scenario_verdict verdict;
	struct duration verdict_after;
};

/* What becomes of texts to ${number}, from the ${from_text}th on, and what comes back. */
enum scenario_delivery {
	SCENARIO_DELIVERED,
	SCENARIO_UNDELIVERED,
	SCENARIO_FAILED,
	SCENARIO_REFUSED,      /* when it is created */
	SCENARIO_STAYS_SENT,   /* and nothing is ever heard */
	SCENARIO_STAYS_QUEUED, /* the same, earlier */
};
struct scenario_reply {
	struct str text; /* "{code}" and "{eco}" stand for what the text carried */
	bool with_code;  /* the code is appended */
	struct duration after;
};
struct scenario_inbox {
	struct str number;
	int64_t from_text;
	enum scenario_delivery delivery;
	int64_t code;          /* Twilio's, when it does not arrive */
	struct duration after; /* of being sent; 0: as usual */
	struct scenario_reply replies[SCENARIO_REPLIES_MAX];
	size_t reply_count;
};

/* Somebody or something turns to us by themselves. */
enum scenario_inbound_kind { SCENARIO_IN_TEXT, SCENARIO_IN_CALL, SCENARIO_IN_STATUS };
enum scenario_signature {
	SCENARIO_SIGNED,
	SCENARIO_UNSIGNED,
	SCENARIO_WRONGLY_SIGNED,
	SCENARIO_FOREIGN, /* rightly signed, about a call that is not ours */
};
struct scenario_inbound {
	enum scenario_inbound_kind kind;
	int64_t line;
	struct str from; /* of a status: the number whose last call it is about */
	struct str to;   /* empty: the number that ${from} heard of last, or the world's */
	struct str text; /* of a status: which */
	enum scenario_signature signature;
	struct scenario_phone person; /* of a call: what they do */
	struct scenario_when when;
};

/* How statuses are told. */
enum scenario_callbacks {
	SCENARIO_ONCE,
	SCENARIO_TWICE,
	SCENARIO_LOST,
	SCENARIO_LATE,     /* by ${late} */
	SCENARIO_REVERSED, /* all of one call or text at its end, the last first */
	SCENARIO_SHUFFLED, /* the same, in an order made from ${seed} */
};
struct scenario_callback_rule {
	enum scenario_callbacks manner;
	bool calls, texts;         /* what it is about */
	struct str status, number; /* empty: any */
	struct duration late;
	int64_t seed;
};

/* How Render or Twilio answers: as it should, or in one of these ways. */
enum scenario_outage_kind {
	SCENARIO_UP,
	SCENARIO_DOWN,          /* Render 503, Twilio 500 */
	SCENARIO_BUSY_API,      /* 429; Render with Retry-After */
	SCENARIO_GARBLED,       /* 200 with something that is no JSON */
	SCENARIO_REVOKED,       /* the credentials are refused */
	SCENARIO_DROPS,         /* the connection breaks and nothing was done */
	SCENARIO_LOSES_ANSWER,  /* it is done and the connection breaks */
	SCENARIO_FAILS_AFTER,   /* it is done and 500 is said */
	SCENARIO_ANSWERS_ERROR, /* ${status} with ${code} */
	SCENARIO_SLOW,          /* by ${by} of real time */
	SCENARIO_HALF,          /* Render: the answer breaks off */
	SCENARIO_WRONG_TYPES,   /* Render: JSON of other types */
	SCENARIO_HTML,          /* Render: 200 with a page for people */
	SCENARIO_NOTHING,       /* Render: 200 with an empty body */
	SCENARIO_NO_TASKS,      /* Render: the list is empty */
	SCENARIO_FORGETS,       /* Render: tokens given before are expired */
};
/* Which requests. */
enum scenario_scope {
	SCENARIO_ANY_REQUEST,
	SCENARIO_FOR_CALLS,
	SCENARIO_FOR_TEXTS,
	SCENARIO_FOR_LOOKUPS,
	SCENARIO_FOR_HANG_UPS,
	SCENARIO_FOR_LOGINS,
	SCENARIO_FOR_CREATIONS,
	SCENARIO_FOR_POLLS,
};
struct scenario_outage {
	enum scenario_outage_kind kind;
	enum scenario_scope scope;
	struct str client; /* Render's; empty: any */
	int64_t status, code;
	struct duration by;          /* slow, or Retry-After */
	int64_t times;               /* so many requests; 0: all */
	struct duration from, until; /* since the night began, or the first request to it */
	bool forever;                /* there is no ${until} */
};

/* When a system is in trouble, as far as the scenario says. */
struct scenario_weather {
	struct scenario_outage *outages;
	size_t count;
};

/* What becomes of a task, ${after} the creation of its subsector. */
enum scenario_step_kind { SCENARIO_BECOMES, SCENARIO_VANISHES, SCENARIO_RETURNS };
struct scenario_step {
	enum scenario_step_kind kind;
	struct duration after;
	struct str status; /* in the field system's words, "In Progress" */
};
struct scenario_task {
	struct str name;
	struct str clone_of; /* the name of another task; empty: none */
	bool appears;        /* by itself; otherwise it is the task that is created over the API */
	struct duration appears_after;
	struct scenario_step steps[SCENARIO_STEPS_MAX]; /* in order of time */
	size_t step_count;
};

struct scenario_create {
	bool present;
	struct str job_type, longitude, latitude, osp, description;
	bool exercise;
	struct str name; /* of another than the first */
	struct str by;   /* user@organisation; empty: the scenario's NOC */
};

/* -- what people do at their screens -- */

enum scenario_act_kind {
	SCENARIO_ACT_DEED,      /* a row of scenario_deed.h */
	SCENARIO_ACT_CREATE,    /* one more ECO */
	SCENARIO_ACT_STORM,     /* ${count} more, evenly over ${during} */
	SCENARIO_ACT_AGREEMENT, /* other terms */
	SCENARIO_ACT_PERSON,
	SCENARIO_ACT_LIST,
	SCENARIO_ACT_SHIFT,
	SCENARIO_ACT_ZONE,
	SCENARIO_ACT_SUBSTITUTE,
};

/* "ring 20s": a term by its number in the table of scenario_deed.h, or one that is a word. */
struct scenario_term {
	size_t term;
	int64_t value; /* a count, or seconds */
	struct str word;
};

/* What a sentence says about a person; what it does not say stays. */
struct scenario_person {
	struct str label, calls, texts, pin, rest_from, rest_until, zone;
	bool texts_too;
	bool pin_none, off_call, on_call, rests_no_more;
	struct duration rests_for; /* 0: nothing is said */
};

struct scenario_list {
	struct str name;
	struct str people[SCENARIO_PEOPLE_MAX];
	int64_t steps[SCENARIO_PEOPLE_MAX]; /* who has the same is rung together; from 1 */
	size_t count;
};

/* Also of a zone, which is ${zone} of ${list}, and of a substitution. */
struct scenario_shift {
	struct str person, list, zone, substitute;
	unsigned days; /* bit 0: Monday */
	struct str from, until;
	struct duration during;
};

struct scenario_act {
	enum scenario_act_kind kind;
	int64_t line;
	struct scenario_when when;
	struct str as;      /* user@organisation; empty: whoever does such things */
	struct str eco;     /* an ECO's name; empty: the first */
	struct str refused; /* the refusal that must come; empty: none */
	bool twice;         /* under the same key */
	size_t deed;        /* its row */
	struct str values[SCENARIO_VALUES_MAX];
	struct scenario_create create;
	int64_t count;
	struct duration during;
	struct str osp; /* of an agreement; empty: the first ECO's */
	struct scenario_term *terms;
	size_t term_count;
	struct scenario_person person;
	struct scenario_list *list;
	struct scenario_shift shift;
};

/* -- what must have happened -- */

enum scenario_expect_kind {
	SCENARIO_EXPECT_EVENTS,   /* these, in this order, others between them */
	SCENARIO_EXPECT_NO_EVENT, /* none of these */
	SCENARIO_EXPECT_TIMES,    /* the event, so often */
	SCENARIO_EXPECT_TIMING,   /* the ${number_of}th event, by ${other}'s ${number_of_other}th */
	SCENARIO_EXPECT_CALLS,
	SCENARIO_EXPECT_TEXTS,
	SCENARIO_EXPECT_HANG_UPS,
	SCENARIO_EXPECT_HEARD,
	SCENARIO_EXPECT_NOT_HEARD,
	SCENARIO_EXPECT_STATUS,
	SCENARIO_EXPECT_DISPATCH,
	SCENARIO_EXPECT_INTEGRATION,
	SCENARIO_EXPECT_REFUSED, /* forged callbacks */
	SCENARIO_EXPECT_JOURNAL,
	SCENARIO_EXPECT_STORM,
	SCENARIO_EXPECT_QUIET,    /* nothing that no line names, which is the rule anyway */
	SCENARIO_EXPECT_ANYTHING, /* the rule does not hold */
};
enum scenario_compare { SCENARIO_EXACTLY, SCENARIO_AT_LEAST, SCENARIO_AT_MOST };
struct scenario_expect {
	enum scenario_expect_kind kind;
	int64_t line;
	struct str eco; /* an ECO's name; empty: the first */
	const struct scenario_event *events;
	size_t event_count;
	int64_t number_of, number_of_other; /* from 1 */
	struct scenario_event other;
	struct duration bound;
	struct str number;
	enum scenario_compare compare;
	int64_t count;
	struct str containing; /* of texts, of what is heard, of a journal's entry; may be empty */
	struct str word;       /* a status, a kind of entry */
	struct str by;         /* of a dispatch: who accepted; may be empty */
};

/* When the player stops. */
struct scenario_until {
	bool present;
	struct scenario_event event; /* an empty one: when ${within} is over */
	int64_t times;
	struct duration within;
	struct duration more; /* then */
	struct str eco;
};

struct scenario {
	struct str name, about;
	struct str noc;   /* who creates the ECO: user@organisation */
	struct str watch; /* who reads the timeline; the same when nothing is said */
	bool begins_set;
	struct instant begins; /* of a virtual clock: when the night begins */
	struct scenario_create create;
	struct scenario_until until;
	struct scenario_phone *phones;
	size_t phone_count;
	struct scenario_inbox *inboxes;
	size_t inbox_count;
	struct scenario_inbound *inbounds;
	size_t inbound_count;
	struct scenario_callback_rule *rules;
	size_t rule_count;
	struct scenario_weather render, twilio;
	int64_t requests_per_s; /* that Twilio takes; 0: any */
	int64_t dials_per_s;    /* that an account makes; 0: any */
	int64_t page_tasks;     /* Render's largest page; 0: as asked for */
	struct scenario_task *tasks;
	size_t task_count;
	struct scenario_act *acts;
	size_t act_count;
	struct scenario_expect *expects;
	size_t expect_count;
};

/**
 * Read ${text} into ${*ret}, which points into ${arena} and not into ${text}.
 * A fault (ERR_CORRUPT) names the line, the column and what was expected there.
 */
NODISCARD struct err *scenario_parse(struct arena *arena, struct str text, struct scenario *ret);

/** How ${number} behaves when it is called for the ${call}th time; NULL: not in ${scenario}. */
const struct scenario_phone *scenario_find_phone(
    const struct scenario *scenario, struct str number, int64_t call);

/** What becomes of the ${text}th text to ${number}; NULL: ${scenario} does not say. */
const struct scenario_inbox *scenario_find_inbox(
    const struct scenario *scenario, struct str number, int64_t text);

#endif
