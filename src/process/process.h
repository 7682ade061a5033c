#ifndef PROCESS_H
#define PROCESS_H

#include "integration/fieldwork.h"
#include "integration/telephony.h"
#include "runtime/clock.h"
#include "runtime/log.h"
#include "store/store.h"

/*
 * process: the part of Strike that works without being asked.
 *
 *   log reader   gives events their positions (when it leads) and feeds the
 *                policies, in order
 *   board        keeps the read model eco_board up with the log, in order
 *   timers       fires what is due
 *   effects      carries out what was asked for, lane by lane
 *
 * Each is one or a few threads with a store session and an arena of their own.
 * One of each kind wakes as soon as this process appends something for it, at the
 * next deadline, and now and then to see what other processes have done.
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
	struct log *log;
	struct str public_url; /* by which the provider reaches our webhooks */
	unsigned timer_threads, paging_threads, field_threads;
};

/** Start the threads.  ${config} is copied; what it names must outlive the process. */
NODISCARD struct err *process_start(
    struct arena *arena, const struct process_config *config, struct process **ret);

/** Let what is being done come to its end, then stop.  ${process} may be NULL. */
void process_stop(struct process *process);

#endif
