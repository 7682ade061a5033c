#ifndef APP_AUDIT_H
#define APP_AUDIT_H

#include "app/record_change.h"

/*
 * audit: who came in, who was refused, and who took data out: events that the
 * organisation concerned can read.
 */

/**
 * Write down ${event} about ${entry} for ${entry->organisation}, in a transaction of its
 * own.  ${author->actor} is who did it.  A session for people must act for that
 * organisation.
 */
NODISCARD struct err *audit_write(
    const struct record_author *author, enum directory_event_type event, const struct audit *entry);

/** The same inside the transaction that is open. */
NODISCARD struct err *audit_write_here(
    const struct record_author *author, enum directory_event_type event, const struct audit *entry);

#endif
