#ifndef API_WEBHOOK_TALK_H
#define API_WEBHOOK_TALK_H

#include "api/voice.h"
#include "api/webhook.h"

/*
 * webhook_talk: one step of a talk with a person on the telephone, whether we called
 * them or they called us.  For api/ only.
 */

/** Where the talk of ${webhook} goes on. */
struct voice_talk webhook_talk(const struct api_request *request, const struct webhook *webhook);

/** Take a choice of the person on the line; the same call-back is taken once, and answered the
 * same. */
NODISCARD struct err *webhook_take(struct api_request *request, struct webhook *webhook,
    enum ringdown_choice choice, int64_t value, enum ringdown_reply *ret);

/** webhook_take(), and answer with what the person hears then. */
NODISCARD struct err *webhook_choose(struct api_request *request, struct webhook *webhook,
    enum ringdown_choice choice, int64_t value);

/**
 * Answer with the first question that the person on the line has to answer: the PIN,
 * where they are, or the job; or with a farewell when they are not needed.
 */
NODISCARD struct err *webhook_begin_talk(struct api_request *request, struct webhook *webhook);

/** Answer with ${menu}, any but the job, asked for the ${try}-th time. */
NODISCARD struct err *webhook_ask(
    struct api_request *request, struct webhook *webhook, enum voice_menu menu, int64_t try);

/** Answer with ${text} and the end of the call. */
NODISCARD struct err *webhook_farewell(
    struct api_request *request, struct webhook *webhook, struct str text);

/** The digit that was pressed alone, 1 to 9; 0 for none or anything else. */
int64_t webhook_one_digit(struct str digits);

#endif
