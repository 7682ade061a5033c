#ifndef APP_MEANWHILE_H
#define APP_MEANWHILE_H

#include "app/app.h"

/*
 * meanwhile: what a command that was decided on an old version has missed.  For
 * app's own files.
 */

/**
 * Append to the message of ${refusal} (VERSION_STALE) what has happened to ${eco}
 * since ${version}: the types of the events that the actor's side may see, oldest
 * first.  Nothing when there is none.
 */
NODISCARD struct err *meanwhile_append(
    const struct app_context *context, struct uuid eco, int64_t version, struct refusal *refusal);

#endif
