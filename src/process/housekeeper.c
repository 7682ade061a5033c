#include "process/process_internal.h"
#include "store/store_archive.h"
#include "store/store_directory.h"

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
	TRY(store_make_partitions(worker->session, worker->arena, &made));
	if (made == 0)
		return NULL;
	line = log_line(worker->config->log, LOG_INFO, "partitions");
	log_int(&line, "made", made);
	log_emit(&line);
	return NULL;
}
