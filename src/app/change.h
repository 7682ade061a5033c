#ifndef APP_CHANGE_H
#define APP_CHANGE_H

#include "app/vault.h"
#include "domain/callout/callout.h"
#include "store/store.h"

/*
 * change: load an ECO, let something decide, append what was decided; and again
 * when somebody else was faster.  Commands, webhooks, timers and effects all
 * change an ECO through here.
 */

/* The stream of ${callout} as loaded, with what new events inherit from it. */
struct change_loaded {
	struct callout callout;
	struct uuid correlation; /* of the command that created the ECO */
	struct uuid last_event;  /* the newest event: what the next was caused by ... */
	int64_t position;        /* ... and its place in the log; 0: it has none yet */
};

/**
 * Load ECO ${id} into ${arena}.  ${ret} is NULL when there is no such ECO that
 * the session may see; a stream that is a record's (domain/directory/) is none.  ERR_CORRUPT when a
 * stored event cannot be read.
 */
NODISCARD struct err *change_load(
    struct store_session *session, struct arena *arena, struct uuid id, struct change_loaded **ret);

/* Whether ${event} still belongs to what is loaded. */
typedef bool (*change_until_f)(const void *context, const struct store_event *event);

/**
 * change_load(), up to the first event that ${includes}(${context}, it) says no to:
 * the ECO as it once stood.  ${ret} is NULL as well when that is the first of all.
 */
NODISCARD struct err *change_load_until(struct store_session *session, struct arena *arena,
    struct uuid id, change_until_f includes, const void *context, struct change_loaded **ret);

/**
 * Fold ${stored}, the next event of its stream, into ${callout}, whose texts then
 * point into ${arena} as well.  ERR_CORRUPT when it cannot be read; ${callout} may
 * then be anything.
 */
NODISCARD struct err *change_fold(
    struct arena *arena, const struct store_event *stored, struct callout *callout);

/* Decides on ${callout}, as it now stands, into ${ret}.  False: refused, nothing is written. */
typedef bool (*change_decide_f)(void *context, const struct callout *callout, struct outcome *ret);

/* What a change is, apart from what is decided. */
struct change {
	struct store_session *session;
	struct arena *arena;
	struct uuid eco;
	struct instant now;
	double chance; /* see struct outcome */
	struct store_actor actor;
	struct uuid (*make_id)(struct instant now);
	/* As it was loaded before, or NULL: decided on first, for nothing if it changed since. */
	const struct change_loaded *loaded;
	const struct vault *vault; /* for what a side keeps to itself (event_vault.h) */
	struct uuid causation;     /* Nil: the newest event */
	change_decide_f decide;
	void *context;
	/* The rest is copied into the append; see struct store_append. */
	struct uuid command_key, command_scope;
	struct sha256 body_hash;
	struct str answer;
	/* Makes the answer after the decision, when it depends on it; may be NULL. */
	struct str (*make_answer)(void *context, struct arena *arena, int64_t version);
	struct str settles_effect;
	struct str bind_provider_id;
	int64_t bind_number;
	bool settles_timer;
	enum timer_kind settled_kind;
	struct instant settled_due;
	struct str follower; /* the subscription that this is done for, or empty */
	struct store_move move;
};

enum change_outcome {
	CHANGE_MADE,       /* appended (perhaps nothing but what it settles) */
	CHANGE_REFUSED,    /* the decision said no */
	CHANGE_REPEATED,   /* the key was used before: ${answer} is what was said then */
	CHANGE_KEY_REUSED, /* the key stands for another body */
	CHANGE_NO_ECO,     /* there is no such ECO */
};

struct change_result {
	enum change_outcome outcome;
	int64_t version;
	struct str answer;
};

/** Carry out ${change}.  ERR_CONFLICT only after APP_DECISIONS_MAX decisions in vain. */
NODISCARD struct err *change_run(const struct change *change, struct change_result *ret);

/**
 * Append ${outcome}, decided on ${loaded}, for ${change}: one transaction, or
 * part of the one that is open.
 */
NODISCARD struct err *change_append(const struct change *change, const struct change_loaded *loaded,
    const struct outcome *outcome, struct store_append_result *ret);

#endif
