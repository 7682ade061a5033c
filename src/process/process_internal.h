#ifndef PROCESS_INTERNAL_H
#define PROCESS_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "app/work.h"
#include "process/process.h"

/*
 * What the files of process/ share: a worker thread and its loop.  For process/
 * only.
 */

#define PROCESS_ARENA_BYTES (8u << 20)

/* How long a worker sleeps at most, in real time, before it looks by itself. */
#define PROCESS_LOOK_MAX MILLISECONDS(500)

/* ... and the sequencer, so that another process's events are not late. */
#define PROCESS_SEQUENCE_MAX MILLISECONDS(20)

/* ... and the housekeeper. */
#define PROCESS_KEEP_HOUSE_MAX SECONDS(60)

/* ... and the notary, which signs no oftener than that. */
#define PROCESS_SIGN_MAX SECONDS(1)

/* How long a worker rests after a fault of the store. */
#define PROCESS_REST MILLISECONDS(500)

struct pool;
struct watchdog;
struct worker;

/*
 * Do one round of work.  ${ret_again} asks for another at once; otherwise the
 * worker sleeps until ${ret_until} by the clock, or until it is rung.
 */
typedef struct err *(*worker_round_f)(
    struct worker *worker, bool *ret_again, struct instant *ret_until);

struct worker {
	const struct process_config *config;
	struct process *process;
	const char *name;
	worker_round_f round;
	bool works_last;       /* one round more when all have stopped */
	enum effect_lane lane; /* for effects */
	struct pool *pool;     /* who waits for the same; see pool.h */
	bool resting;          /* asleep, and to be woken by news; the pool's lock guards both */
	struct instant rests_until;
	struct watchdog *watchdog; /* the watchdog's memory; else NULL */
	struct duration look;      /* the longest sleep in real time */
	struct store_session *session;
	struct arena *arena;
	struct alarm *alarm;
	pthread_t thread;
	bool started;
};

/** Whether the process is being stopped. */
bool process_is_stopping(const struct process *process);

/** Whether the sequencer of this process leads, as it last said. */
bool process_leads(const struct process *process);

/** Where the log ends, as the sequencer last said. */
int64_t process_head(const struct process *process);

/** The sequencer says whether it leads, and where the log ends. */
void process_sequenced(struct process *process, bool leads, int64_t head);

/** Something is late: everybody who sleeps looks again. */
void process_wake_all(struct process *process);

/** What ${worker} does its work with, now. */
struct app_work worker_work(const struct worker *worker, struct str actor);

/**
 * Whether the call that failed with ${err} is to be made again: the store was
 * away, and the process is not being stopped.  Then it has been logged, and
 * rested for.
 */
NODISCARD bool worker_waits_out(struct worker *worker, const struct err *err);

/** One round of each kind of worker. */
struct err *sequencer_round(struct worker *worker, bool *ret_again, struct instant *ret_until);
struct err *housekeeper_round(struct worker *worker, bool *ret_again, struct instant *ret_until);
struct err *notary_round(struct worker *worker, bool *ret_again, struct instant *ret_until);
struct err *timers_round(struct worker *worker, bool *ret_again, struct instant *ret_until);
struct err *effects_round(struct worker *worker, bool *ret_again, struct instant *ret_until);

/** A far moment: nothing is due by itself. */
struct instant process_never(void);

/** When try number ${tries}, from 1, is followed by the next: 1 s, doubled, at most 30 s. */
struct instant process_backoff(struct instant now, int64_t tries);

#endif
