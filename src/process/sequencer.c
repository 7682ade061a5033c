#include "process/process_internal.h"

/*
 * Give events their positions if this process leads, and learn in any case where the
 * log ends: then those who follow it have something to do.
 */
struct err *
sequencer_round(struct worker *worker, bool *ret_again, struct instant *ret_until)
{
	int64_t head;
	size_t sequenced;
	bool leads;

	*ret_until = process_never();
	TRY(store_sequence(worker->session, worker->arena, &head, &leads, &sequenced));
	process_sequenced(worker->process, leads, head);
	*ret_again = sequenced > 0;
	return NULL;
}
