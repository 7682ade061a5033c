#ifndef MOCK_WORLD_H
#define MOCK_WORLD_H

#include <pthread.h>

#include "base/json.h"
#include "mock/mock.h"
#include "proto/form.h"
#include "runtime/http_client.h"
#include "runtime/http_server.h"

/*
 * world: the state of the mock world, and the engine that moves it.
 *
 * One lock covers everything.  One thread carries out the steps that are due by
 * the clock; a few others send what the world has to say (callbacks, fetches of
 * TwiML), without the lock, and take the answer in with it.  What is sent about
 * one call or text goes through its lane, one after another.
 *
 * The parts, each with its file: steps and lanes (world.c), the journal
 * (journal.c), Twilio's REST (mock_twilio.c), calls (mock_call.c, mock_talk.c),
 * texts (mock_text.c), who turns to us by themselves (mock_inbound.c), how statuses
 * are told (mock_tell.c), trouble (mock_trouble.c), Render (mock_render.c), the
 * control API (mock_control.c).
 *
 * Functions that take a world want its lock held, unless they say otherwise.
 */

#define WORLD_STEPS_MAX      100000
#define WORLD_JOURNAL_MAX    200000
#define WORLD_CALLS_MAX      50000
#define WORLD_TEXTS_MAX      50000
#define WORLD_SUBSECTORS_MAX 20000
#define WORLD_TOKENS_MAX     256
#define WORLD_SENDERS        4
#define WORLD_FORM_BYTES_MAX 8192
#define WORLD_SID_BYTES      35 /* two letters, 32 digits, NUL */

struct world;

/* -- steps: what happens at a moment -- */

typedef void (*world_step_f)(struct world *world, void *subject);

struct world_step {
	struct instant due;
	uint64_t sequence; /* steps of one moment keep the order in which they were planned */
	world_step_f run;
	void *subject;
	const uint32_t *ticket; /* the step is void once *ticket is not ${valid} */
	uint32_t valid;
};

/* -- lanes: what is sent about one thing, in order -- */

struct world_message;
typedef void (*world_answered_f)(struct world *world, struct world_message *message,
    const struct http_answer *answer, struct arena *arena);

struct world_message {
	struct str url, body, signature;
	struct journal_entry *about; /* what the journal says of it; completed by the answer */
	world_answered_f answered;   /* NULL: nobody cares */
	void *subject;
	struct world_message *next;
};

struct world_lane {
	struct world_message *first, *last;
	bool busy;
	struct world_lane *next_ready;
};

/* -- the journal -- */

struct journal_entry {
	struct instant at;
	int64_t real_us; /* clock_monotonic_us() */
	struct str kind; /* see docs/reference/mock-world.md */
	struct str from, to, id, status, url, body;
	int64_t http_status; /* that we answered, or were answered; 0: no answer */
	bool unexpected;
};

/* -- the telephone network -- */

enum call_status {
	CALL_QUEUED,
	CALL_INITIATED,
	CALL_RINGING,
	CALL_IN_PROGRESS,
	CALL_COMPLETED,
	CALL_BUSY,
	CALL_NO_ANSWER,
	CALL_FAILED,
	CALL_CANCELED,
};

/* A status that is told when the call or text is over. */
struct held_status;

struct call {
	char sid[WORLD_SID_BYTES];
	const struct mock_account *account;
	struct str from, to;
	struct str url, status_url;
	struct str twiml; /* what to do when it is answered, in place of url; or empty */
	unsigned told;    /* bit n: a callback for reaching enum call_status n is wanted */
	struct duration timeout;
	bool detects_machines;
	bool to_the_end;        /* detection goes on until the beep */
	struct str verdict_url; /* detection goes on beside the talk, and tells there; or empty */
	bool inbound;           /* they called us: ${from} is theirs */
	bool unexpected;
	struct scenario_phone person;
	enum call_status status;
	struct str answered_by; /* empty: not known, or not asked for */
	struct instant created_at, updated_at, answered_at, ended_at;
	int64_t callbacks; /* SequenceNumber of the next */
	/* the conversation */
	uint32_t life; /* the ticket of all that is planned for it */
	struct str document_url;
	const struct mock_twiml_verb *verbs;
	size_t verb_count, verb_at;
	size_t presses;
	int64_t fetches;
	struct world_lane lane;
	struct held_status *held;
};

struct text {
	char sid[WORLD_SID_BYTES];
	const struct mock_account *account;
	struct str from, to, body, status_url, status;
	int64_t error_code;
	bool unexpected;
	bool inbound;                       /* they wrote to us: ${from} is theirs */
	struct str opt_out;                 /* of an inbound one: "STOP", "START", or empty */
	const struct scenario_inbox *inbox; /* what becomes of it; NULL: it arrives */
	struct duration validity;           /* 0: none was asked for */
	struct instant created_at, updated_at, sent_at;
	uint32_t life;
	struct world_lane lane;
	struct held_status *held;
};

/* -- the field system -- */

struct render_task {
	int64_t number;
	struct str name, type, status, external_reference;
	int64_t cloned_from; /* a task's number; 0: none */
	struct instant updated_at;
	const struct scenario_task *script; /* NULL: nothing happens to it */
	size_t step_at;
	bool vanished;
	struct render_subsector *subsector;
	struct render_task *next;
};

struct render_subsector {
	int64_t number;
	const struct mock_render_client *owner;
	struct str project, name, external_reference;
	struct instant created_at;
	struct render_task *first, *last;
	bool scripted; /* the scenario's own task has been given out */
	uint32_t life;
};

struct render_token {
	char text[33];
	const struct mock_render_client *owner;
	bool forgotten;     /* the scenario has it expire before its time */
	int64_t expires_us; /* clock_monotonic_us() */
};

/* -- all of it -- */

/* Outages count from the night's beginning, or from the first request to a system. */
struct weather {
	bool asked;
	struct instant asked_at;
	int64_t used[SCENARIO_OUTAGES_MAX]; /* how many requests each outage has met */
};

/* What becomes of the answer to the request that is being served. */
struct fate {
	bool breaks;           /* the connection does, in its place */
	struct duration later; /* of real time */
};

/* Somebody who has said STOP to one of our numbers. */
struct opt_out {
	struct str theirs, ours;
	struct opt_out *next;
};

struct world {
	struct clock *clock;
	struct alarm *alarm;
	struct log *log;
	struct http_client *client;
	const struct mock_config *config;

	pthread_mutex_t lock;
	pthread_cond_t work; /* a lane is ready, or the world ends */
	pthread_cond_t idle; /* nothing is being sent any more */
	pthread_t engine, senders[WORLD_SENDERS];
	bool stopping;

	struct arena *scenario_arena; /* of a scenario that was loaded later; or NULL */
	const struct scenario *scenario;

	/* since the last reset */
	struct arena *arena;
	struct world_step *steps; /* a heap, earliest first */
	size_t step_count;
	uint64_t step_sequence;
	struct world_lane *ready_first, *ready_last;
	size_t queued, in_flight;
	struct journal_entry *journal;
	size_t journal_count, journal_lost;
	struct call **calls;
	size_t call_count;
	struct text **texts;
	size_t text_count;
	uint16_t render_tag; /* in every subsector's id: another world has other ones */
	struct render_subsector **subsectors;
	size_t subsector_count;
	int64_t task_number;
	bool preparing, begun; /* before the night; during it */
	struct instant begun_at;
	size_t calls_before, texts_before; /* when the night began */
	uint32_t always;                   /* a ticket that stays valid */
	struct str webhook_url;            /* of our webhooks, as a call has shown; or empty */
	struct str last_from;              /* the number that we called or wrote from last */
	struct opt_out *opt_outs;
	struct instant second;      /* the one in which requests are counted, ... */
	int64_t requests_of_second; /* ... and how many there were */
	struct instant next_dial;   /* when the network takes the next call */
	struct fate fate;
	struct weather render_weather, twilio_weather;

	struct render_token tokens[WORLD_TOKENS_MAX];
	size_t token_count; /* ever issued; the oldest is overwritten */
};

/** Make a world and its threads.  Without the lock. */
NODISCARD struct world *world_create(const struct mock_config *config);

/** Stop the threads and free everything.  Without the lock. */
void world_destroy(struct world *world);

void world_lock(struct world *world);
void world_unlock(struct world *world);

/**
 * Forget everything that happened; ${scenario}, in ${arena} (NULL: not ours), is
 * played from now on.  Waits for what is being sent.
 */
void world_reset(struct world *world, const struct scenario *scenario, struct arena *arena);

/** The present moment. */
struct instant world_now(const struct world *world);

/** ${text} in the world's memory. */
struct str world_keep(struct world *world, struct str text);

/** Whether the world's memory is used up, or will be by the next thing. */
bool world_full(const struct world *world);

/** Carry out ${run} with ${subject} at ${due}, unless ${*ticket} changes before. */
void world_plan(struct world *world, struct instant due, world_step_f run, void *subject,
    const uint32_t *ticket);

/** Send ${message}, which is in the world's memory, after what stands in ${lane} already. */
void world_send(struct world *world, struct world_lane *lane, struct world_message *message);

/** When the next step is due; false when none is planned. */
NODISCARD bool world_next_due(struct world *world, struct instant *ret);

/** A fresh id: ${prefix}, then 32 hexadecimal digits. */
void world_make_sid(const char *prefix, char ret[WORLD_SID_BYTES]);

/** ${when} as RFC 2822 writes it, in ${arena}: "Mon, 05 Jan 2026 02:14:07 +0000". */
struct str world_date(struct arena *arena, struct instant when);

/* -- journal.c -- */

/** Add an entry of ${kind} (a literal) at the present; NULL when the journal is full. */
struct journal_entry *journal_add(struct world *world, struct str kind);

/** Say ${entry} in a plain sentence to whoever watches the world, if anybody does. */
void journal_tell(struct world *world, const struct journal_entry *entry);

/** Write ${entry}, number ${sequence}, as JSON. */
void journal_write(struct json_writer *writer, struct arena *arena,
    const struct journal_entry *entry, size_t sequence);

/** How many bytes journal_write() writes of ${entry} at most. */
size_t journal_bytes_max(const struct journal_entry *entry);

/* -- the parts' own requests: they answer into ${*ret} -- */

void mock_twilio_serve(struct world *world, const struct http_request *request, struct arena *arena,
    struct http_response *ret);
void mock_render_serve(struct world *world, const struct http_request *request, struct arena *arena,
    struct http_response *ret);
void mock_control_serve(struct world *world, const struct http_request *request,
    struct arena *arena, struct http_response *ret);

/* -- calls and texts -- */

/** ${status} in Twilio's words. */
struct str mock_call_status_name(enum call_status status);

/** Whether a call in ${status} is over. */
bool mock_call_is_over(enum call_status status);

/** Begin the life of ${call}, whose request's parts are set. */
void mock_call_begin(struct world *world, struct call *call);

/** ${call} reaches ${status} now, and tells whoever wants to know. */
void mock_call_reach(struct world *world, struct call *call, enum call_status status);

/** Append the parameters that every request about ${call} has. */
void mock_call_describe(const struct call *call, struct buf *form);

/** POST ${form} to ${url} about ${call}, signed; the journal calls it ${kind}. */
void mock_call_post(struct world *world, struct call *call, struct str kind, struct str url,
    const struct buf *form, world_answered_f answered);

/** The call was answered and knows by whom: fetch its TwiML and do what that says. */
void mock_talk_begin(struct world *world, void *call);

/** Begin the life of ${text}, whose request's parts are set. */
void mock_text_begin(struct world *world, struct text *text);

/** How many texts ${number} has got from us in this night. */
int64_t mock_text_count(const struct world *world, struct str number);

/** A message to ${url} with ${form}, signed for ${account}, in the world's memory; or NULL. */
struct world_message *mock_twilio_message(struct world *world, const struct mock_account *account,
    struct str url, const struct buf *form);

/** Note in the journal what ${number} heard or pressed. */
void mock_call_note(struct world *world, const struct call *call, struct str kind, struct str text);

/** ${call} is answered now. */
void mock_call_pick_up(struct world *world, struct call *call);

/** The number at the other end of ${call}. */
struct str mock_call_person(const struct call *call);

/* -- who turns to us by themselves -- */

/** The night begins now: plan what the scenario has at its times. */
void mock_inbound_plan(struct world *world);

/** Do what the scenario's ${inbound} says, now. */
void mock_inbound_do(struct world *world, const struct scenario_inbound *inbound);

/** Somebody at ${from} writes ${body} to ${to} (empty: to whom they heard from last). */
void mock_inbound_text(struct world *world, struct str from, struct str to, struct str body);

/** Somebody calls, and does as ${person} says, which is copied. */
void mock_inbound_call(
    struct world *world, struct str from, struct str to, const struct scenario_phone *person);

/** Plan the replies to ${text}, which has arrived. */
void mock_inbound_reply(struct world *world, const struct text *text);

/** Whether ${theirs} has said STOP to ${ours}. */
bool mock_inbound_stopped(const struct world *world, struct str theirs, struct str ours);

/** Remember where webhooks are from ${url}, a call's or text's own. */
void mock_inbound_learn(struct world *world, struct str url);

/** The crew gives task ${id} ("task_7") ${status}; false: there is no such task. */
bool mock_render_set_status(struct world *world, struct str id, struct str status);

/* -- how statuses are told -- */

struct telling {
	bool text; /* about a text, not a call */
	struct world_lane *lane;
	const struct mock_account *account;
	struct str from, to, id, status, url;
	const struct buf *form;
	bool over; /* it is the last one */
	struct held_status **held;
};

/** Tell a status as the scenario has it: now, twice, late, with the others at the end, never. */
void mock_tell(struct world *world, const struct telling *telling);

/* -- trouble -- */

/** The trouble that meets a request now, or NULL; remembers that it did. */
const struct scenario_outage *mock_trouble_find(struct world *world,
    const struct scenario_weather *says, struct weather *weather, enum scenario_scope scope,
    struct str client);

/** A random-looking number made from ${seed} and ${turn}, the same every time. */
uint64_t mock_trouble_number(int64_t seed, uint64_t turn);

/** Answer ${status} with what stands in ${json}; 500 when that did not fit. */
void mock_answer_json(struct http_response *ret, int status, const struct buf *json);

#endif
