#include "api/gate.h"
#include "app/audit.h"
#include "runtime/random.h"

/* Long ones are cut: an audit entry's fields are bounded. */
#define DETAIL_BYTES_MAX 300

struct err *
gate_audit(struct api_request *request, enum directory_event_type event, const struct audit *entry)
{
	struct record_author author = {
		.arena = request->arena,
		.now = request->now,
		.vault = request->api->config.vault,
		.make_id = random_uuid,
		.actor = { .kind = STORE_ACTOR_USER,
		    .user = entry->user,
		    .organisation = entry->organisation },
		.correlation = request->id,
	};
	struct audit whole = *entry;

	/* Nobody was let in, so nobody's name is written: the gate itself says it. */
	if (uuid_is_nil(entry->user))
		author.actor =
		    (struct store_actor){ .kind = STORE_ACTOR_PROCESS, .name = STR("gate") };
	whole.via = request->via;
	whole.address = request->address;
	if (str_empty(whole.operation))
		whole.operation = request->http->path;
	if (whole.detail.len > DETAIL_BYTES_MAX)
		whole.detail.len = DETAIL_BYTES_MAX;
	TRY(api_worker_session(request, &author.session));
	return audit_write(&author, event, &whole);
}

struct err *
gate_audit_refused(struct api_request *request, const struct gate_principal *principal,
    const struct app_refused *refused)
{
	const struct gate_person *person = &principal->person;
	struct uuid organisation = principal->membership.organisation.id;
	struct str operation, which;

	if (!refused->any)
		return NULL;
	operation = app_operations[refused->operation].name;
	which = arena_printf(request->arena, "%.*s %.*s %.*s",
	    STR_ARG(uuid_text(request->arena, person->user)),
	    STR_ARG(uuid_text(request->arena, organisation)), STR_ARG(operation));
	if (!limits_once(request, MINUTES(1), STR("access refused"), which))
		return NULL;
	return gate_audit(request, DIRECTORY_EVENT_ACCESS_REFUSED,
	    &(struct audit){
		.organisation = organisation,
		.user = person->user,
		.operation = operation,
		.subject = person->token,
		.detail = uuid_is_nil(person->token)
			      ? STR("the role does not allow it")
			      : STR("the role or the token does not allow it"),
	    });
}
