#include "app/audit_log.h"

bool
app_audit_event_exists(struct str name)
{
	enum directory_event_type type;

	return directory_event_find(name, &type) && directory_event_kind(type) == RECORD_AUDIT;
}

struct wanted {
	struct uuid organisation;
	struct str event;
};

static bool
is_wanted(const void *context, const struct record *record)
{
	const struct wanted *wanted = context;

	return uuid_equal(record->audit.organisation, wanted->organisation) &&
	       (str_empty(wanted->event) || str_equal(record->audit.event, wanted->event));
}

struct err *
app_list_audit(const struct app_context *context, struct record_page_query *query, struct str event,
    struct record_page *ret)
{
	const struct wanted wanted = { context->actor->organisation.id, event };

	query->kind = RECORD_AUDIT;
	query->newest_first = true;
	query->wants = is_wanted;
	query->context = &wanted;
	return record_page(context->session, context->arena, query, ret);
}
