#include "app/policy.h"
#include "process/process_internal.h"

#define CLAIM_MAX 16

static void
log_timer(const struct worker *worker, const struct store_timer *timer, struct instant now,
    const struct err *err)
{
	struct log_line line =
	    log_line(worker->config->log, err == NULL ? LOG_INFO : LOG_ERROR, "timer");

	log_text(&line, "timer", timer_name(timer->kind));
	log_uuid(&line, "eco", timer->eco);
	log_int(&line, "late_ms", instant_since(now, timer->due).us / 1000);
	if (err != NULL)
		log_fault(&line, err);
	log_emit(&line);
}

/* Fire one timer.  One that fails is put back, and the others go on. */
static struct err *
fire(struct worker *worker, const struct store_timer *timer)
{
	struct app_work work = worker_work(worker, STR("timer"));
	struct err *err = policy_on_timer(&work, timer);

	log_timer(worker, timer, work.now, err);
	if (err == NULL)
		return NULL;
	return store_put_back_timer(
	    worker->session, worker->arena, timer, process_backoff(work.now, 1));
}

struct err *
timers_round(struct worker *worker, bool *ret_again, struct instant *ret_until)
{
	struct store_timer timers[CLAIM_MAX];
	struct instant due;
	size_t count;
	bool any;

	TRY(store_claim_timers(worker->session, worker->arena, clock_now(worker->config->clock),
	    CLAIM_MAX, timers, &count));
	for (size_t i = 0; i < count; i++) {
		struct arena_mark mark = arena_mark(worker->arena);

		TRY(fire(worker, &timers[i]));
		arena_release(worker->arena, mark);
	}
	*ret_again = count > 0;
	if (count > 0)
		return NULL;
	TRY(store_next_due(worker->session, worker->arena, &any, &due));
	*ret_until = any ? due : process_never();
	return NULL;
}
