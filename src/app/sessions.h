#ifndef APP_SESSIONS_H
#define APP_SESSIONS_H

#include "app/record_change.h"

/*
 * sessions: the browsers in which somebody is signed in, for that somebody to see and end.
 *
 * A session is a row that is known by the hash of a secret, not a record: it is nobody's
 * business but its user's.  That one has begun or ended is written into the audit of the
 * organisations for which the user may act.
 */

/* How long a session lives: settings. */
struct session_life {
	int64_t idle_s, max_s;
};

/** The actor's own sessions that have not ended, newest first; or why not. */
NODISCARD struct err *app_sessions(const struct app_context *context,
    const struct session_life *life, bool *ret_permitted, struct refusal *ret_refusal,
    struct store_web_sessions *ret);

/**
 * End the actor's own session ${id}: with its next request its browser is signed out.
 * ${body} is what the key stands for.
 */
NODISCARD struct err *app_end_session(const struct app_context *context,
    const struct app_command *command, struct sha256 body, struct uuid id,
    struct app_record_answer *ret);

/** End all of the actor's own sessions, the one that asks among them. */
NODISCARD struct err *app_sign_out_everywhere(const struct app_context *context,
    const struct app_command *command, struct sha256 body, struct app_record_answer *ret);

#endif
