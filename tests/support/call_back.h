#ifndef TESTS_CALL_BACK_H
#define TESTS_CALL_BACK_H

#include "support/api_world.h"

/*
 * call_back: what a provider of telephony says to the server, in the world of
 * api_world.h.
 */

/* One call-back.  What is left out is as it would rightly be. */
struct call_back {
	const char *route; /* "answer"; "/text" is not of voice */
	const char *eco;
	int attempt;       /* 0: the first */
	const char *more;  /* of the query, from "&" on */
	const char *form;  /* after the CallSid, from "&" on */
	const char *token; /* that it is signed with; "": not signed at all */
	bool gateway;      /* it is the gateway that speaks, and signs as it does ... */
	int64_t moment_s;  /* ... at this moment; 0: now */
	/* Only for forgeries: the whole query or form, and what the signature was made for. */
	const char *query, *body, *signed_target, *signed_body;
};

/** The provider's id for the call of ${attempt}, as the contractor's timeline has it. */
const char *call_of(const char *eco, int attempt);

/** The call-back as a request, signed with what the test says. */
struct http_call request_of(struct call_back given);

/** Send it; the answer. */
const struct http_answer *send_back(struct call_back given);

/** What the person hears, or reads, after it; everything that follows has happened. */
const char *hears(struct call_back given);
#define HEARS(...) hears((struct call_back){ __VA_ARGS__ })

/** Report the state ${status} of the call of ${attempt} (0: the first). */
void report(const char *eco, int attempt, const char *status);

/** A new ECO whose first person has picked up. */
const char *answered(void);

/** What the contractor reads of ${eco}. */
const char *story(const char *eco);

#endif
