#ifndef API_LIVE_INTERNAL_H
#define API_LIVE_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "api/graphql_eco.h"
#include "api/live.h"

/*
 * What the files of live share.
 *
 *	live.c          threads, jobs, beginning and end
 *	live_subscribe.c  from a request to a listener
 *	live_channel.c  channels and listeners
 *	live_turn.c     whose turn it is, and the delivery
 *	live_make.c     responses
 *	live_reader.c   what concerns whom
 *	live_recheck.c  who may still listen
 *
 * Three kinds of lock, taken in this order, and none held while the store is called:
 *
 *	live->lock      which channels there are and how far the log has gone for each; who
 *	                listens, and how many
 *	channel->lock   its listeners.  Held while their sinks are called, and so before any
 *	                lock of theirs
 *	live->queue_lock  jobs that wait
 */

#define LIVE_BUCKETS            1024 /* a power of two */
#define LIVE_ARENA_BYTES        (24u << 20)
#define LIVE_RESPONSE_BYTES_MAX (1u << 20)
#define LIVE_PAGE               64         /* responses that one turn makes at most ... */
#define LIVE_PAGE_BYTES         (1u << 20) /* ... or so many bytes of them */
#define LIVE_RECENT             64         /* changes that a board remembers without looking */
#define LIVE_FILTERED_SPAN      256 /* positions that one turn of a filtered board looks at */
#define LIVE_TRIES_MAX          4
#define LIVE_ROLE_BYTES_MAX     32
#define LIVE_NOT_READING        (-1)

enum live_kind { LIVE_ECO, LIVE_BOARD, LIVE_TIMELINE, LIVE_PAGER };

/* Who listens, as far as it is asked anew whether they may; compared as bytes. */
struct live_identity {
	struct uuid user, organisation;
	struct uuid token;          /* Nil: no token was used */
	struct sha256 token_hash;   /* of its secret */
	struct sha256 session_hash; /* of a browser's secret ... */
	uint64_t has_session;       /* ... if there is one */
	char role[LIVE_ROLE_BYTES_MAX];
};

/* The listeners of one identity. */
struct live_asker {
	struct live_identity identity;
	struct live_asker *next; /* of the same bucket, by organisation */
	size_t listeners;
};

struct live_listener {
	struct live_channel *channel;
	struct live_asker *asker;
	struct live_listener *next, *previous; /* of the channel */
	const struct live_sink *sink;
	void *who;
	int64_t position; /* told everything up to here */
	atomic_bool full; /* until live_resume() */
	bool linked;      /* among the channel's */
	bool chosen;      /* of the turn: gets what it makes */
};

enum live_channel_state { LIVE_IDLE, LIVE_WAITING, LIVE_RUNNING, LIVE_AGAIN };

struct live_channel {
	struct live_job turn; /* first */
	struct live *live;
	enum live_channel_state state; /* of the turn; queue_lock */
	atomic_size_t uses;        /* listeners, and the turn; falls to 0 under live->lock only */
	struct live_channel *next; /* of the same bucket, by topic; live->lock */

	struct sha256 key; /* what makes it one channel */
	enum live_kind kind;
	struct uuid topic; /* the ECO, or the organisation of a board */
	struct arena *arena;
	const struct graphql_subscription *subscription;
	struct gate_principal principal; /* any one of its listeners': they are all alike */
	bool filters;
	struct store_board_filter filter; /* of a board */

	/* Under live->lock: */
	int64_t head;                             /* there may be something up to here */
	struct store_changed recent[LIVE_RECENT]; /* of a board: all that changed ... */
	size_t recent_count;
	int64_t recent_from; /* ... after this position */

	pthread_mutex_t lock;
	struct live_listener *first; /* under lock */

	/* Of the turn alone: no entry of the timeline up to this position has a higher version. */
	int64_t known_position, known_version;
};

struct live {
	struct live_config config;
	pthread_mutex_t lock;
	struct live_channel *channels[LIVE_BUCKETS];
	struct live_asker *askers[LIVE_BUCKETS];
	size_t channel_count, listener_count;
	int64_t read_position; /* the channels know what is in the log up to here; or NOT_READING */
	bool closed;           /* nobody may begin to listen */

	pthread_mutex_t queue_lock;
	pthread_cond_t queue_cond;
	struct live_job *first, *last;
	bool stopping;  /* who finds no job goes */
	size_t working; /* threads that have not gone: with none no job is taken */

	pthread_t *threads;
	size_t thread_count;
	pthread_t reader;
	bool has_reader;
	atomic_bool reader_stops;
	_Atomic uint32_t wanted; /* bumped when there is something to read for, or to stop */
	struct live_job recheck; /* the one that comes by now and then */
	atomic_bool rechecking;
};

void live_lock(pthread_mutex_t *lock);
void live_unlock(pthread_mutex_t *lock);

/** The session of ${worker} with the eyes of ${organisation}; opened when first needed. */
NODISCARD struct err *live_reader_session(struct live *live, struct api_worker *worker,
    struct arena *arena, struct uuid organisation, struct store_session **ret);

/** Write ${err} to the log as what happened to ${what}. */
void live_log_fault(struct live *live, const char *what, const struct err *err);

/* -- live_channel.c -- */

size_t live_bucket(struct uuid id);

/** Have ${channel} take a turn, or another one after that under way. */
void live_schedule(struct live_channel *channel);

/** One user of ${channel} less: it goes with the last one. */
void live_release(struct live_channel *channel);

/** There may be something up to ${head} for ${channel}; under live->lock. */
void live_reach(struct live_channel *channel, int64_t head);

/** End ${listener}, which is linked; under its channel's lock. */
void live_end_listener(struct live_listener *listener, enum live_end why);

/** End the listeners of ${identity} (NULL: all). */
void live_end_all(struct live *live, const struct live_identity *identity, enum live_end why);

/** The responses of a channel in a turn. */
struct live_made {
	int64_t position;
	struct hub_text *text;
};

/* What one turn makes for those who stand at ${from} or further on. */
struct live_pass {
	struct live_channel *channel;
	struct api_worker *worker;
	struct arena *arena;
	int64_t from, upto;                 /* positions */
	const struct store_changed *recent; /* of a board: what changed, NULL: not known */
	size_t recent_count;
	struct live_made made[LIVE_PAGE];
	size_t count, bytes;
	int64_t reached; /* everything up to here is among them */
};

/** Make the responses of ${pass}; a fault leaves those that were made in it. */
NODISCARD struct err *live_make(struct live_pass *pass);

/** The turn of a channel. */
void live_take_turn(struct live_job *job, struct api_worker *worker, struct arena *arena);

/* -- live_reader.c -- */

void *live_read(void *live);

/* -- live_recheck.c -- */

/** What the listener of ${principal}, who came with a request, is known by. */
struct live_identity live_identity_of(const struct gate_principal *principal);

/** Whether ${identity} may still listen. */
NODISCARD struct err *live_may_listen(struct live *live, struct store_session *session,
    struct arena *arena, const struct live_identity *identity, bool *ret);

/* Whom something in the directory concerns. */
#define LIVE_CONCERNED_MAX 64
struct live_concerned {
	struct uuid at[LIVE_CONCERNED_MAX]; /* organisations and users */
	size_t count;
	bool all; /* there were more */
};

/** Note whom ${event} concerns, if it may change who may listen. */
void live_note_concerned(struct live_concerned *concerned, const struct store_event *event);

/** Ask anew for those concerned, and end who may not listen any more. */
NODISCARD struct err *live_recheck(struct live *live, struct store_session *session,
    struct arena *arena, const struct live_concerned *concerned);

/** The job that asks anew for everybody. */
void live_recheck_all(struct live_job *job, struct api_worker *worker, struct arena *arena);

#endif
