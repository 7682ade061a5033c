#ifndef SCHEDULE_ACTOR_H
#define SCHEDULE_ACTOR_H

#include <pthread.h>

#include "store/store_feed.h"

/* schedule_actor: a session of a schedule, on a thread of its own. */

#define STEP_WORDS_MAX     48
#define OUTCOME_MAX        1024
#define ACTOR_NAME_MAX     24
#define SCHEDULE_WORDS_MAX 256

/* One event of a log or a stream, as a schedule names it. */
struct place {
	struct uuid stream;
	int64_t version;
};

/* All words of a schedule; those that are streams are found again by their ids. */
struct book {
	struct str words[SCHEDULE_WORDS_MAX];
	size_t count;
};

struct step {
	struct str words[STEP_WORDS_MAX];
	size_t count;
};

enum actor_state { ACTOR_IDLE, ACTOR_BUSY, ACTOR_DONE, ACTOR_LEAVING };

struct actor {
	char name[ACTOR_NAME_MAX];
	const struct book *book;
	enum store_role role;
	struct uuid organisation;

	struct arena *arena;
	struct store *store;
	struct store_session *session;
	struct store_slots held; /* when it last held slots */
	int64_t appended;        /* how many events it has made up */

	pthread_t thread;
	pthread_mutex_t lock; /* around what follows */
	pthread_cond_t turn;
	enum actor_state state;
	struct step step;
	bool good;                 /* it did what it says, and was not refused */
	bool understood;           /* the step is one that there is */
	char outcome[OUTCOME_MAX]; /* in the schedule's words */
};

/* The organisations of all schedules. */
struct uuid schedule_noc(void);
struct uuid schedule_osp(void);

/**
 * Bring up ${actor}, whose name, book, role and organisation are set.  False, with
 * the reason in ${problem}, when it cannot be.
 */
bool actor_start(struct actor *actor, struct buf *problem);

/** Have it do ${step}; returns at once. */
void actor_hand(struct actor *actor, const struct step *step);

/** Whether it has done what it was handed, and so ${outcome} can be read. */
bool actor_is_done(struct actor *actor);

/** It has been heard, and is free for the next step. */
void actor_heard(struct actor *actor);

/** End it, with all of its connections. */
void actor_stop(struct actor *actor);

/* ---- the words for places ---- */

/** "s/1-3 t/1", from ${count} places; "nothing" when there are none. */
void places_format(
    const struct book *book, const struct place *places, size_t count, struct buf *ret);

/** Read words like "s/1-3" to at most ${limit} places; false when one is no such word. */
bool places_parse(
    const struct str *words, size_t count, struct place *places, size_t limit, size_t *ret_count);

#endif
