#include "process/watchdog.h"

#include "runtime/metrics.h"

#define PING_TIMEOUT SECONDS(10)

/* Below this, two looks see the same moment of the machine, however the clock runs. */
#define REAL_US_MIN INT64_C(1000000)

/* How long before ${now} the older of the two moments was. */
static struct duration
worst_of(const struct store_lateness *seen, struct instant now)
{
	struct duration worst = { 0 };

	if (seen->has_timer && seen->oldest_timer.us < now.us)
		worst = instant_since(now, seen->oldest_timer);
	if (seen->has_effect && instant_since(now, seen->oldest_effect).us > worst.us)
		worst = instant_since(now, seen->oldest_effect);
	return worst;
}

/* Whether what stood in the log at the look before still waits. */
static bool
is_stuck(const struct watchdog *before, const struct store_lateness *seen)
{
	bool waits = before->unsequenced && seen->unsequenced && seen->head == before->head;

	return waits || seen->followed < before->head;
}

struct err *
watchdog_look(struct watchdog *watchdog, struct store_session *session, struct arena *arena,
    struct instant now, struct duration late_after, struct watchdog_finding *ret)
{
	int64_t real_us = clock_monotonic_us();
	bool counts = !watchdog->looked || (instant_since(now, watchdog->at).us >= late_after.us &&
					       real_us - watchdog->real_us >= REAL_US_MIN);

	*ret = (struct watchdog_finding){ .late = false };
	TRY(store_lateness(session, arena, (struct instant){ now.us - late_after.us }, &ret->seen));
	ret->worst = worst_of(&ret->seen, now);
	ret->stuck = watchdog->looked && counts && is_stuck(watchdog, &ret->seen);
	ret->late = ret->seen.timers > 0 || ret->seen.effects > 0 || ret->stuck;
	if (counts)
		*watchdog = (struct watchdog){ .looked = true,
			.at = now,
			.real_us = real_us,
			.head = ret->seen.head,
			.unsequenced = ret->seen.unsequenced };
	return NULL;
}

static void
log_look(const struct worker *worker, const struct watchdog_finding *found)
{
	struct log_line line =
	    log_line(worker->config->log, found->late ? LOG_ERROR : LOG_INFO, "watchdog");

	log_text(&line, "outcome", found->late ? STR("late") : STR("ok"));
	log_int(&line, "worst_ms", found->worst.us / 1000);
	log_int(&line, "timers", found->seen.timers);
	log_int(&line, "ringdowns", found->seen.ringdowns);
	log_int(&line, "effects", found->seen.effects);
	log_int(&line, "behind", found->seen.head - found->seen.followed);
	log_text(&line, "stuck", found->stuck ? STR("true") : STR("false"));
	if (found->late)
		log_text(
		    &line, "hint", STR("See docs/operations/when-it-breaks.md, \"Watchdog\"."));
	log_emit(&line);
}

static void
count_look(const struct watchdog_finding *found)
{
	metrics_count(METRIC_WATCHDOG_LOOKS, found->late ? STR("late") : STR("ok"), STR(""));
	metrics_set(METRIC_RINGDOWNS_LATE, found->seen.ringdowns);
	metrics_set_duration(METRIC_WATCHDOG_WORST, found->worst);
	if (!found->late)
		metrics_touch(METRIC_WATCHDOG_PROOF);
}

/* The URL is a secret of its own kind, so nothing of it is logged. */
static void
ping(const struct worker *worker)
{
	const struct process_config *config = worker->config;
	struct http_call call = { .method = "GET",
		.provider = "deadman",
		.url = config->deadman_url,
		.timeout = PING_TIMEOUT };
	struct http_answer answer = { .status = 0 };
	struct log_line line;
	struct err *err;

	if (str_empty(config->deadman_url))
		return;
	err = http_client_send(config->client, worker->arena, &call, &answer);
	if (err == NULL && answer.status >= 200 && answer.status < 300) {
		metrics_count(METRIC_DEADMAN_PINGS, STR("ok"), STR(""));
		return;
	}
	metrics_count(METRIC_DEADMAN_PINGS, STR("fault"), STR(""));
	line = log_line(config->log, LOG_WARNING, "deadman");
	log_text(&line, "outcome", err == NULL ? STR("refused") : STR("not reached"));
	log_int(&line, "status", answer.status);
	log_emit(&line);
}

struct err *
watchdog_round(struct worker *worker, bool *ret_again, struct instant *ret_until)
{
	const struct process_config *config = worker->config;
	struct instant now = clock_now(config->clock);
	struct watchdog_finding found;
	struct err *err = watchdog_look(worker->watchdog, worker->session, worker->arena, now,
	    SECONDS(config->watchdog_late_s), &found);

	(void)ret_again;
	*ret_until = instant_plus(now, SECONDS(config->watchdog_s));
	if (err != NULL) {
		metrics_count(METRIC_WATCHDOG_LOOKS, STR("fault"), STR(""));
		return err;
	}
	log_look(worker, &found);
	count_look(&found);
	if (found.late)
		process_wake_all(worker->process);
	else
		ping(worker);
	return NULL;
}
