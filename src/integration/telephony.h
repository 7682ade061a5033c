#ifndef INTEGRATION_TELEPHONY_H
#define INTEGRATION_TELEPHONY_H

#include "base/err.h"
#include "base/instant.h"
#include "base/uuid.h"

/*
 * telephony: ringing phones and sending texts, as the rest of the program sees
 * it.  The port; integration/twilio is the adapter.
 *
 * Faults: ERR_UNAVAILABLE, the provider was not reached or said "not now" (429,
 * 5xx before anything was done): try again later.  ERR_UNCERTAIN: the request
 * may have been carried out: look with telephony_find_calls() before repeating.
 * A provider that understood and said no is no fault: struct telephony_receipt.
 * Ending a call and looking for calls and texts may be repeated without harm, so
 * there a lost answer is ERR_UNAVAILABLE too.
 *
 * A telephony belongs to the process; any number of threads may call at once.
 */

struct telephony;

/* What every request needs of the tenant. */
struct telephony_tenant {
	struct str subaccount; /* SID of the NOC's subaccount; empty: the main account */
	struct str from;       /* the number that rings, E.164 */
};

struct telephony_call {
	struct telephony_tenant tenant;
	struct str to; /* E.164 */
	int64_t ring_s;
	struct str answer_url; /* fetched when somebody or something picks up ... */
	struct str say;        /* ... or, when that is empty, this is said, and the call ended */
	struct str status_url; /* told every change of state; empty: nobody is */
};

struct telephony_text {
	struct telephony_tenant tenant;
	struct str to;
	struct str body;
	int64_t validity_s; /* dropped by the carrier rather than delivered later than this */
};

struct telephony_receipt {
	bool accepted;
	struct str provider_id; /* when accepted */
	int64_t code;           /* when not: the provider's error code, e.g. 21211 */
	struct str detail;      /* when not: in the provider's words */
};

/* A call as the provider knows it. */
struct telephony_record {
	struct str provider_id, status;
	struct instant created_at;
};

struct telephony_records {
	const struct telephony_record *at;
	size_t count;
};

/** Place a call. */
NODISCARD struct err *telephony_place_call(struct telephony *telephony, struct arena *arena,
    const struct telephony_call *call, struct telephony_receipt *ret);

/** Send a text. */
NODISCARD struct err *telephony_send_text(struct telephony *telephony, struct arena *arena,
    const struct telephony_text *text, struct telephony_receipt *ret);

/** End the call ${provider_id}.  A call that is over already is success. */
NODISCARD struct err *telephony_hang_up(struct telephony *telephony, struct arena *arena,
    const struct telephony_tenant *tenant, struct str provider_id);

/** The calls from the tenant's number to ${to} that were created at ${since} or later, newest
 * first. */
NODISCARD struct err *telephony_find_calls(struct telephony *telephony, struct arena *arena,
    const struct telephony_tenant *tenant, struct str to, struct instant since,
    struct telephony_records *ret);

/** The texts from the tenant's number to ${to} created at ${since} or later, newest first. */
NODISCARD struct err *telephony_find_texts(struct telephony *telephony, struct arena *arena,
    const struct telephony_tenant *tenant, struct str to, struct instant since,
    struct telephony_records *ret);

/** Unmake ${telephony}, which nobody uses any more.  It may be NULL. */
void telephony_destroy(struct telephony *telephony);

#endif
