#include "app/board_row.h"

struct store_board_row
board_row_of(const struct callout *callout)
{
	const struct eco *eco = &callout->eco;
	const struct ringdown *ringdown = &callout->ringdown;

	return (struct store_board_row){
		.eco = callout->id,
		.version = callout->version,
		.noc = eco->noc,
		.osp = eco->osp,
		.job_number = eco->job_number,
		.job_type = eco->job_type,
		.description = eco->description,
		.location = eco->location,
		.status = eco->status,
		.dispatch = ringdown->state,
		.integration = callout->rendersync.state,
		.eta_minutes = ringdown->eta_minutes,
		.has_accepted = ringdown->accepted_attempt > 0,
		.accepted_at = ringdown->accepted_at,
		.has_grace = eco->has_grace,
		.grace_until = eco->grace_until,
		.created_at = eco->created_at,
		.updated_at = eco->updated_at,
		.task_count = (int64_t)callout->rendersync.task_count,
		.tasks_completed = (int64_t)rendersync_completed(&callout->rendersync),
	};
}
