#include "process/process_internal.h"
#include "projection/board.h"

#define BATCH_MAX 200

/* Take the board further along the log, if this process leads. */
struct err *
board_keeper_round(struct worker *worker, bool *ret_again, struct instant *ret_until)
{
	int64_t position;
	size_t count = 0;

	*ret_until = process_never();
	if (!process_leads(worker->process))
		return NULL;
	TRY(board_advance(worker->session, worker->arena, BATCH_MAX, &position, &count));
	*ret_again = count > 0;
	return NULL;
}
