#include "app/app.h"
#include "app/eco_change.h"
#include "base/json.h"

/* What ${operation} asks of the domain. */
static enum callout_command_type
type_of(enum app_operation operation)
{
	if (operation == OPERATION_report_crew)
		return CALLOUT_REPORT_CREW;
	if (operation == OPERATION_change_eta)
		return CALLOUT_CHANGE_ETA;
	if (operation == OPERATION_accept_for_crew)
		return CALLOUT_ACCEPT_FOR;
	if (operation == OPERATION_decline_for_crew)
		return CALLOUT_DECLINE_FOR;
	CHECK(operation == OPERATION_ring_again);
	return CALLOUT_RING_AGAIN;
}

static struct sha256
body_hash(
    const struct app_context *context, enum app_operation operation, const struct app_crew *input)
{
	struct buf buf = buf_in(context->arena, 512);
	struct json_writer writer = json_writer(&buf);

	json_begin_list(&writer);
	json_write_text(&writer, app_operations[operation].field);
	json_write_text(&writer, uuid_text(context->arena, input->eco));
	json_write_int(&writer, input->command.has_version ? input->command.version : -1);
	json_write_bool(&writer, input->on_site);
	json_write_text(&writer, uuid_text(context->arena, input->person));
	json_write_int(&writer, input->minutes);
	json_write_int(&writer, input->reason);
	json_end_list(&writer);
	return sha256_of(buf_view(&buf));
}

struct err *
app_command_crew(const struct app_context *context, enum app_operation operation,
    const struct app_crew *input, struct app_answer *ret)
{
	bool is_noc = operation == OPERATION_ring_again;
	struct eco_change *change = arena_new(context->arena, struct eco_change);

	if (change == NULL)
		return ERR(context->arena, ERR_LIMIT, "no memory left to change an ECO");
	*change = (struct eco_change){
		.context = context,
		.eco = input->eco,
		.noc_only = is_noc,
		.osp_only = !is_noc,
		.is_crew = true,
		.crew = {
			.type = type_of(operation),
			.on_site = input->on_site,
			.person = input->person,
			.minutes = input->minutes,
			.reason = input->reason,
		},
	};
	return eco_change_run(
	    operation, &input->command, body_hash(context, operation, input), change, ret);
}
