#ifndef INTEGRATION_TWILIO_ANSWER_H
#define INTEGRATION_TWILIO_ANSWER_H

#include "integration/telephony.h"
#include "runtime/http_client.h"

/* twilio_answer: what Twilio's answers mean, by the table in twilio.h.  Only twilio.c uses it. */

/** ${answer} to making a call or a text. */
NODISCARD struct err *twilio_answer_receipt(
    struct arena *arena, const struct http_answer *answer, struct telephony_receipt *ret);

/** ${answer} to ending a call: NULL when it is over, now or before. */
NODISCARD struct err *twilio_answer_ended(struct arena *arena, const struct http_answer *answer);

/* What is being collected from the pages of a list. */
struct twilio_list {
	struct str name; /* the member with the items, "calls" */
	struct instant since;
	struct telephony_record *at; /* TWILIO_RECORDS_MAX of them */
	size_t count;
};

/**
 * Add the items of the page ${answer} that are not older than ${list->since},
 * keeping the list newest first.  ${ret_next} is the path of the next page, empty
 * when there is none or all of this one is older.
 */
NODISCARD struct err *twilio_answer_list(struct arena *arena, const struct http_answer *answer,
    struct twilio_list *list, struct str *ret_next);

#endif
