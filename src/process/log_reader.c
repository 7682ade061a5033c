#include "app/policy.h"
#include "process/process_internal.h"

#define POLICIES  STR("policies")
#define BATCH_MAX 200

/* One event for the policies.  What cannot be understood stops them, loudly, in order. */
static struct err *
react_to(struct worker *worker, const struct store_event *event)
{
	struct app_work work = worker_work(worker, STR("ringdown"));
	struct log_line line;
	bool reacted;

	TRY(policy_on_event(&work, event, &reacted));
	if (!reacted)
		return NULL;
	line = log_line(worker->config->log, LOG_INFO, "policy");
	log_text(&line, "event", event->type);
	log_uuid(&line, "eco", event->stream);
	log_int(&line, "position", event->position);
	log_uuid(&line, "correlation", event->correlation);
	log_emit(&line);
	return NULL;
}

/*
 * Take the policies further along the log.  A reaction and the checkpoint are two
 * transactions: the reaction is keyed by the event, so that one that is delivered
 * again after a crash changes nothing.
 */
static struct err *
advance_policies(struct worker *worker, size_t *ret_count)
{
	struct store_events events;
	int64_t from;

	TRY(store_checkpoint(worker->session, worker->arena, POLICIES, &from));
	TRY(store_read_log(worker->session, worker->arena, from, BATCH_MAX, &events));
	*ret_count = events.count;
	if (events.count == 0)
		return NULL;
	for (size_t i = 0; i < events.count; i++) {
		struct arena_mark mark = arena_mark(worker->arena);

		TRY(react_to(worker, &events.at[i]));
		arena_release(worker->arena, mark);
	}
	return store_checkpoint_move(
	    worker->session, worker->arena, POLICIES, from, events.at[events.count - 1].position);
}

/*
 * Have a checkpoint from the beginning: whoever asks how far the slowest is behind
 * must not overlook the policies because they have not moved yet.
 */
static struct err *
enroll_policies(struct worker *worker)
{
	int64_t at;

	TRY(store_checkpoint(worker->session, worker->arena, POLICIES, &at));
	return store_checkpoint_move(worker->session, worker->arena, POLICIES, at, at);
}

/*
 * The leader alone feeds the subscriptions; the others stand by to take over.
 * Somebody is waiting to be rung: what else follows the log has threads of its own.
 */
struct err *
log_reader_round(struct worker *worker, bool *ret_again, struct instant *ret_until)
{
	int64_t head;
	size_t sequenced, reacted = 0;
	bool leads;

	*ret_until = process_never();
	TRY(store_sequence(worker->session, worker->arena, &head, &leads, &sequenced));
	if (leads && !process_leads(worker->process))
		TRY(enroll_policies(worker));
	process_lead(worker->process, leads, sequenced > 0);
	if (!leads)
		return NULL;
	TRY(advance_policies(worker, &reacted));
	*ret_again = sequenced > 0 || reacted > 0;
	return NULL;
}
