#ifndef APP_AUDIT_LOG_H
#define APP_AUDIT_LOG_H

#include "app/record_page.h"

/*
 * audit_log: what an organisation can read of who came in, who was refused, and who
 * looked at its data (app/audit.h writes it).
 */

/**
 * A page of the audit of the actor's organisation, newest first; only of the event called
 * ${event}, unless that is empty.
 */
NODISCARD struct err *app_list_audit(const struct app_context *context,
    struct record_page_query *query, struct str event, struct record_page *ret);

/** Whether ${name} is an event that the audit can have. */
bool app_audit_event_exists(struct str name);

#endif
