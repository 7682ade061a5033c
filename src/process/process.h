#ifndef PROCESS_H
#define PROCESS_H

#include "app/vault.h"
#include "base/ed25519.h"
#include "integration/fieldwork.h"
#include "integration/telephony.h"
#include "process/follower.h"
#include "runtime/clock.h"
#include "runtime/http_client.h"
#include "runtime/log.h"
#include "store/store.h"

/*
 * process: the part of Strike that works without being asked.
 *
 *   sequencer    gives events their positions (when it leads), and learns in any
 *                case where the log ends
 *   policies     follow the log, each ECO's events in order, and react to them
 *   projections  follow the log and keep their read models up with it
 *   timers       fires what is due
 *   effects      carries out what was asked for, lane by lane
 *   notary       signs the head of the log (when this process leads, and has a key)
 *   housekeeper  makes partitions ahead of need (when this process leads)
 *   watchdog     proves that no open ring-down is past its deadline (watchdog.h)
 *
 * Each is one or a few threads with a store session and an arena of their own.
 * One of each kind wakes as soon as this process appends something for it, at the
 * next deadline, and now and then to see what other processes have done.  Those
 * that follow the log (follower.h) share one reader of it (feed.h).
 *
 * Whatever fails is logged, put back, and tried again; a crash at any instruction
 * leaves everything that was not settled to be taken up by the next process.
 */
struct process;

struct process_config {
	struct store *store;
	struct clock *clock;
	struct telephony *telephony;
	struct fieldwork *fieldwork;
	const struct vault *vault;          /* people's data */
	const struct ed25519_key *seal_key; /* signs heads; NULL: nobody does */
	struct log *log;
	int64_t session_idle_s;  /* after which a browser's session is over, and forgotten */
	struct str public_url;   /* by which the provider reaches our webhooks */
	int64_t watchdog_s;      /* from one look of the watchdog to the next; 0: there is none */
	int64_t watchdog_late_s; /* what has been due for longer is late */
	struct str deadman_url;  /* asked while nothing is late; empty: nobody is told */
	struct http_client *client; /* for that; may be NULL when there is no URL */
	struct str code_from;    /* the number that codes for people on call are sent from, E.164 */
	int64_t call_rate_per_s; /* calls a second of one account; 0: any number */
	int64_t text_segments_per_s; /* segments of texts a second from one number; 0: any number */
	int64_t outbox_keep_days; /* settled work of ended ECOs is kept for so long; 0: for ever */
	unsigned timer_threads, paging_threads, field_threads;
	unsigned policy_threads; /* that react to events, of different ECOs at a time */
	unsigned board_threads;  /* of each build of each projection; 0 is 1, here and above */
	/*
	 * Told, on the thread that did it, what has become visible in a live build: each
	 * position once, also across a switch.  It may not use the store.  May be NULL.
	 */
	follower_projected_f projected;
	void *projected_context;
};

/** Start the threads.  ${config} is copied; what it names must outlive the process. */
NODISCARD struct err *process_start(
    struct arena *arena, const struct process_config *config, struct process **ret);

/** Let what is being done come to its end, then stop.  ${process} may be NULL. */
void process_stop(struct process *process);

#endif
