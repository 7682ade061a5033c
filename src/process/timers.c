#include "app/policy.h"
#include "process/pool.h"
#include "process/process_internal.h"
#include "runtime/metrics.h"

#define CLAIM_MAX 16

static void
log_timer(const struct worker *worker, const struct store_timer *timer, struct instant now,
    const struct err *err)
{
	struct log_line line =
	    log_line(worker->config->log, err == NULL ? LOG_INFO : LOG_ERROR, "timer");

	metrics_count(METRIC_TIMERS_FIRED, timer_name(timer->kind),
	    err == NULL ? STR("fired") : STR("fault"));
	metrics_observe(METRIC_TIMER_LATENESS, STR(""), instant_since(now, timer->due));

	log_text(&line, "timer", timer_name(timer->kind));
	log_uuid(&line, "eco", timer->eco);
	log_int(&line, "late_ms", instant_since(now, timer->due).us / 1000);
	if (err != NULL)
		log_fault(&line, err);
	log_emit(&line);
}

/*
 * Put ${timer} back, however long the store is away: while the claim is ours it is
 * nobody else's, and this process lives on.
 */
static struct err *
put_back(struct worker *worker, const struct store_timer *timer, struct instant due)
{
	for (;;) {
		struct arena_mark mark = arena_mark(worker->arena);
		struct err *err = store_put_back_timer(worker->session, worker->arena, timer, due);

		if (err == NULL || !worker_waits_out(worker, err))
			return err;
		arena_release(worker->arena, mark);
	}
}

/* The process manager whose deadline it is, by the name that the timeline shows. */
static struct str
keeper_of(enum timer_kind kind)
{
	return kind == TIMER_ATTEMPT || kind == TIMER_PAGER_RETRY || kind == TIMER_ARRIVAL
		   ? STR("ringdown")
		   : STR("rendersync");
}

/* Fire one timer.  One that fails is put back, and the others go on. */
static struct err *
fire(struct worker *worker, const struct store_timer *timer)
{
	struct app_work work = worker_work(worker, keeper_of(timer->kind));
	struct err *err = policy_on_timer(&work, timer);

	log_timer(worker, timer, work.now, err);
	if (err == NULL)
		return NULL;
	return put_back(worker, timer, process_backoff(work.now, 1));
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
	if (count == CLAIM_MAX)
		pool_tell(worker->pool);
	for (size_t i = 0; i < count; i++) {
		struct arena_mark mark = arena_mark(worker->arena);

		TRY(fire(worker, &timers[i]));
		arena_release(worker->arena, mark);
	}
	*ret_again = count > 0;
	if (count > 0)
		return NULL;
	TRY(store_next_timer(worker->session, worker->arena, &any, &due));
	*ret_until = any ? due : process_never();
	return NULL;
}
