#ifndef INTEGRATION_TELEPHONY_H
#define INTEGRATION_TELEPHONY_H

#include "base/err.h"
#include "base/instant.h"
#include "base/uuid.h"

/*
 * telephony: ringing phones and sending texts, as the rest of the program sees
 * it.  The port; integration/twilio and integration/gateway are adapters, and
 * telephony_failover.h makes one of two.
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
	struct str key; /* whoever can do a thing once only does it once under this; may be empty */
	struct str to;  /* E.164 */
	int64_t ring_s;
	struct str answer_url;   /* fetched when somebody or something picks up ... */
	struct str say;          /* ... or, when that is empty, this is said, and the call ended */
	struct str fallback_url; /* fetched when ${answer_url} does not answer; may be empty */
	struct str status_url;   /* told every change of state; empty: nobody is */
};

struct telephony_text {
	struct telephony_tenant tenant;
	struct str key; /* as of a call */
	struct str to;
	struct str body;
	int64_t validity_s;    /* dropped by the carrier rather than delivered later than this */
	struct str status_url; /* told what becomes of it; empty: nobody is */
};

struct telephony_receipt {
	bool accepted;
	struct str provider_id; /* when accepted */
	int64_t code;           /* when not: the provider's error code, e.g. 21211 */
	struct str detail;      /* when not: in the provider's words */
	/* With ERR_UNAVAILABLE: how long the provider wants to be left alone; 0: it did not say. */
	struct duration wait;
};

/* A call or text as the provider knows it. */
struct telephony_record {
	struct str provider_id, status;
	struct str body; /* of a text; may be empty */
	bool is_certain; /* found under the key: no other request made it */
	struct instant created_at;
};

struct telephony_records {
	const struct telephony_record *at;
	size_t count;
};

/* What is looked for: from the tenant's number to ${to}, since a moment. */
struct telephony_search {
	struct telephony_tenant tenant;
	struct str key; /* of the request */
	struct str to;
	struct instant since;
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

/** The calls that ${search} describes, newest first. */
NODISCARD struct err *telephony_find_calls(struct telephony *telephony, struct arena *arena,
    const struct telephony_search *search, struct telephony_records *ret);

/** The texts that ${search} describes, newest first. */
NODISCARD struct err *telephony_find_texts(struct telephony *telephony, struct arena *arena,
    const struct telephony_search *search, struct telephony_records *ret);

/** Unmake ${telephony}, which nobody uses any more.  It may be NULL. */
void telephony_destroy(struct telephony *telephony);

#endif
