#include "app/audit.h"

struct err *
audit_write_here(
    const struct record_author *author, enum directory_event_type event, const struct audit *entry)
{
	struct record_outcome *outcome = arena_new(author->arena, struct record_outcome);
	struct store_append_result appended;
	bool taken;

	if (outcome == NULL)
		return ERR(author->arena, ERR_LIMIT, "no memory left for the audit");
	outcome->step_count = 1;
	outcome->steps[0] = (struct record_step){
		.event = event,
		.after = { .kind = RECORD_AUDIT,
		    .id = author->make_id(author->now),
		    .audit = *entry },
	};
	outcome->steps[0].after.audit.event = directory_event_name(event);
	TRY(record_write(
	    author, outcome, &(struct record_key){ .key = UUID_NIL }, &taken, &appended));
	CHECK(!taken); /* nothing of an audit entry is unique */
	return NULL;
}

struct err *
audit_write(
    const struct record_author *author, enum directory_event_type event, const struct audit *entry)
{
	struct err *err;

	TRY(store_begin(author->session, author->arena, entry->organisation));
	err = audit_write_here(author, event, entry);
	if (err == NULL)
		return store_commit(author->session, author->arena);
	store_rollback(author->session);
	return err;
}
