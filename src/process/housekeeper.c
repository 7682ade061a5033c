#include "process/process_internal.h"
#include "store/store_archive.h"
#include "store/store_directory.h"
#include "store/store_send.h"

#define PRUNE_MAX 5000 /* rows at once: a minute later there is another look */
#define DAY_S     INT64_C(86400)

/* Browser sessions that have ended are of no use to anybody. */
static struct err *
sweep_sessions(struct worker *worker)
{
	const struct process_config *config = worker->config;
	int64_t count;

	if (config->session_idle_s == 0)
		return NULL;
	return store_sweep_web_sessions(worker->session, worker->arena, clock_now(config->clock),
	    config->session_idle_s, &count);
}

/* Settled work of ECOs that ended long ago: nobody asks for it again. */
static struct err *
prune_work(struct worker *worker)
{
	const struct process_config *config = worker->config;
	struct log_line line;
	int64_t count;

	if (config->outbox_keep_days == 0)
		return NULL;
	TRY(store_prune_work(
	    worker->session, worker->arena, config->outbox_keep_days * DAY_S, PRUNE_MAX, &count));
	if (count == 0)
		return NULL;
	line = log_line(config->log, LOG_INFO, "outbox");
	log_int(&line, "pruned", count);
	log_emit(&line);
	return NULL;
}

/* What a growing store needs, done by the process that leads, once a minute. */
struct err *
housekeeper_round(struct worker *worker, bool *ret_again, struct instant *ret_until)
{
	int64_t made;
	struct log_line line;

	(void)ret_again;
	*ret_until = process_never();
	if (!process_leads(worker->process))
		return NULL;
	TRY(sweep_sessions(worker));
	TRY(prune_work(worker));
	TRY(store_make_partitions(worker->session, worker->arena, &made));
	if (made == 0)
		return NULL;
	line = log_line(worker->config->log, LOG_INFO, "partitions");
	log_int(&line, "made", made);
	log_emit(&line);
	return NULL;
}
