#include "process/effects.h"

#include "process/pool.h"
#include "runtime/metrics.h"
#include "store/store_send.h"

/* A switch, so that a new row of effects.def does not build without its function. */
static struct err *
run_effect(struct effect_job *job)
{
	switch (job->claim->effect.type) {
	case EFFECT_PLACE_CALL:
		return effect_place_call(job);
	case EFFECT_HANG_UP:
		return effect_hang_up(job);
	case EFFECT_ALERT_NOC:
		return effect_alert_noc(job);
	case EFFECT_SEND_CODE:
		return effect_send_code(job);
	case EFFECT_RENDER_TASK:
		return effect_render_task(job);
	case EFFECT_RENDER_POLL:
		return effect_render_poll(job);
	case EFFECT_SEND_PAGE:
		return effect_send_page(job);
	case EFFECT_ASK_ARRIVAL:
		return effect_ask_arrival(job);
	case EFFECT_TELL_RESUMED:
		return effect_tell_resumed(job);
	case EFFECT_TELL_TAKEN:
		return effect_tell_taken(job);
	case EFFECT_ENGAGE_FAILOVER:
		return effect_engage_failover(job);
	case EFFECT_COUNT:
		break;
	}
	UNREACHABLE("effect type");
}

static void
log_effect(const struct effect_job *job, const char *outcome, const struct err *err)
{
	const struct store_effect *effect = &job->claim->effect;
	struct log_line line =
	    log_line(job->worker->config->log, err == NULL ? LOG_INFO : LOG_WARNING, "effect");

	log_text(&line, "effect", effect_name(effect->type));
	log_text(&line, "outcome", str_from_z(outcome));
	log_uuid(&line, "eco", effect->eco);
	log_int(&line, "number", effect->number);
	log_int(&line, "tries", job->claim->tries);
	log_int(&line, "late_ms", instant_since(job->work.now, effect->due).us / 1000);
	if (err != NULL)
		log_fault(&line, err);
	log_emit(&line);
}

struct err *
effect_drop(struct effect_job *job, const char *why)
{
	job->outcome = why;
	return store_drop_effect(job->work.session, job->work.arena, job->claim->effect.key);
}

struct err *
effect_wait(struct effect_job *job, struct instant until)
{
	job->outcome = "waits";
	return store_wait_effect(job->work.session, job->work.arena, job->claim->effect.key, until);
}

struct err *
effect_begin(struct effect_job *job)
{
	TRY(store_begin_effect(
	    job->work.session, job->work.arena, job->claim->effect.key, job->work.now));
	job->begun = true;
	return NULL;
}

void
effect_answered(struct effect_job *job)
{
	job->work.now = clock_now(job->worker->config->clock);
}

/* Under which agreement it is done: a call of the contractor before is hung up as its was. */
static struct uuid
agreement_of(const struct effect_job *job)
{
	const struct store_effect *effect = &job->claim->effect;
	const struct callout *callout = job->callout;

	if (effect->type == EFFECT_HANG_UP && effect->number <= callout->ringdown.attempts_before)
		return callout->eco.former_agreement;
	return callout->eco.agreement;
}

/* Load what the effect is about, then carry it out. */
static struct err *
carry_out(struct effect_job *job)
{
	const struct store_effect *effect = &job->claim->effect;
	struct change_loaded *loaded;

	if (effect->type == EFFECT_SEND_CODE)
		return run_effect(job);
	TRY(change_load(job->work.session, job->work.arena, effect->eco, &loaded));
	if (loaded == NULL)
		return effect_drop(job, "no such eco");
	job->loaded = loaded;
	job->callout = &loaded->callout;
	TRY(store_get_agreement(
	    job->work.session, job->work.arena, agreement_of(job), &job->agreement));
	return run_effect(job);
}

/* How often each is tried before it is a dead letter; 0: something else ends it. */
static int64_t
tries_max(enum effect_type type)
{
	switch (type) {
	/* The attempt's deadline, and then the next person. */
	case EFFECT_PLACE_CALL:
	case EFFECT_SEND_PAGE:
	/* That the NOC could not be told is recorded. */
	case EFFECT_ALERT_NOC:
	/* Trouble there is an answer of the domain. */
	case EFFECT_RENDER_TASK:
	case EFFECT_RENDER_POLL:
		return 0;
	case EFFECT_HANG_UP:
		return 6;
	case EFFECT_ASK_ARRIVAL:
	case EFFECT_TELL_RESUMED:
	case EFFECT_TELL_TAKEN:
		return 8;
	case EFFECT_SEND_CODE:
		return 12;
	case EFFECT_ENGAGE_FAILOVER:
		return 20;
	case EFFECT_COUNT:
		break;
	}
	UNREACHABLE("effect type");
}

static bool
is_given_up(const struct effect_job *job)
{
	int64_t most = tries_max(job->claim->effect.type);

	return most > 0 && job->claim->tries >= most;
}

typedef struct err *(*put_off_f)(struct store_session *session, struct arena *arena, struct str key,
    struct instant due, bool begun, struct str problem);

/*
 * Put the effect back, or aside, however long the store is away: while the claim is ours it
 * is nobody else's, and this process lives on.
 */
static struct err *
put_off(struct effect_job *job, put_off_f put, struct instant when, struct str problem)
{
	struct worker *worker = job->worker;

	for (;;) {
		struct arena_mark mark = arena_mark(worker->arena);
		struct err *err = put(worker->session, worker->arena, job->claim->effect.key, when,
		    job->begun, problem);

		if (err == NULL || !worker_waits_out(worker, err))
			return err;
		arena_release(worker->arena, mark);
	}
}

/* When it is tried again: the provider may have said how long it wants to be left alone. */
static struct instant
next_try(const struct effect_job *job)
{
	struct instant due = process_backoff(job->work.now, job->claim->tries);

	return due.us < job->not_before.us ? job->not_before : due;
}

static struct err *
set_aside(struct store_session *session, struct arena *arena, struct str key, struct instant now,
    bool begun, struct str problem)
{
	(void)begun;
	return store_set_aside_effect(session, arena, key, now, problem);
}

static void
count(const struct effect_job *job, const struct err *err)
{
	const struct store_effect *effect = &job->claim->effect;

	metrics_count(METRIC_EFFECTS, effect_name(effect->type),
	    err == NULL ? STR("settled") : STR("put back"));
	metrics_observe(METRIC_EFFECT_LATENESS,
	    job->worker->lane == LANE_PAGING ? STR("paging") : STR("field"),
	    instant_since(job->work.now, effect->due));
}

static struct err *
run(struct worker *worker, const struct store_claim *claim)
{
	struct effect_job job = {
		.worker = worker,
		.work = worker_work(
		    worker, worker->lane == LANE_PAGING ? STR("ringdown") : STR("rendersync")),
		.claim = claim,
		.begun = claim->begun,
	};
	struct err *err = carry_out(&job);
	struct buf problem = buf_in(worker->arena, 512);

	count(&job, err);
	if (err == NULL) {
		log_effect(&job, job.outcome != NULL ? job.outcome : "done", NULL);
		return NULL;
	}
	err_format(err, &problem);
	if (is_given_up(&job)) {
		log_effect(&job, "given up", err);
		return put_off(&job, set_aside, job.work.now, buf_view(&problem));
	}
	log_effect(&job, "put back", err);
	return put_off(&job, store_put_back_effect, next_try(&job), buf_view(&problem));
}

struct err *
effects_round(struct worker *worker, bool *ret_again, struct instant *ret_until)
{
	struct store_claim claim;
	struct instant due;
	size_t count;
	bool any;

	TRY(store_claim_effects(worker->session, worker->arena, worker->lane,
	    clock_now(worker->config->clock), 1, &claim, &count));
	*ret_again = count > 0;
	if (count > 0) {
		pool_tell(worker->pool);
		return run(worker, &claim);
	}
	TRY(store_next_effect(worker->session, worker->arena, worker->lane, &any, &due));
	*ret_until = any ? due : process_never();
	return NULL;
}
