#include "process/process_internal.h"
#include "store/store_archive.h"

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
	TRY(store_make_partitions(worker->session, worker->arena, &made));
	if (made == 0)
		return NULL;
	line = log_line(worker->config->log, LOG_INFO, "partitions");
	log_int(&line, "made", made);
	log_emit(&line);
	return NULL;
}
