#ifndef PROCESS_EFFECTS_H
#define PROCESS_EFFECTS_H

#include "process/process_internal.h"

/*
 * effects: one function for each row of domain/outcome/effects.def, which
 * carries the effect out.  For process/ only.
 */

/* An effect in hand. */
struct effect_job {
	struct worker *worker;
	struct app_work work;
	const struct store_claim *claim;
	const struct change_loaded *loaded; /* the ECO as it stands, ... */
	const struct callout *callout;      /* ... and its state */
	struct store_agreement agreement;
	struct str duty_phone; /* of an alert */
	bool begun; /* this try, or an earlier one whose fate is unknown, may have reached the
		       provider */
	struct instant not_before; /* when it fails: not to be tried again before; 0: as usual */
	const char *outcome;       /* for the log, when it did not fail; NULL: "done" */
};

/*
 * Carry out the effect and settle it, or return the fault because of which it is
 * to be tried again (job->begun tells whether the provider may have done it).
 */
struct err *effect_place_call(struct effect_job *job);
struct err *effect_hang_up(struct effect_job *job);
struct err *effect_alert_noc(struct effect_job *job);
struct err *effect_send_code(struct effect_job *job); /* without an ECO and agreement */
struct err *effect_send_page(struct effect_job *job);
struct err *effect_ask_arrival(struct effect_job *job);
struct err *effect_tell_resumed(struct effect_job *job);
struct err *effect_tell_taken(struct effect_job *job);
struct err *effect_engage_failover(struct effect_job *job);
struct err *effect_render_task(struct effect_job *job);
struct err *effect_render_poll(struct effect_job *job);

/** Settle the effect without any trace: it is not wanted any more. */
struct err *effect_drop(struct effect_job *job, const char *why);

/** Put the effect back until ${until}, which counts as no try: it waits for its turn. */
struct err *effect_wait(struct effect_job *job, struct instant until);

/** The words in which the person of an attempt is offered the job by text. */
struct str effect_offer_text(const struct effect_job *job);

/** The provider has answered: what is recorded from here on happened now. */
void effect_answered(struct effect_job *job);

/** Write down that the effect is about to leave this machine. */
struct err *effect_begin(struct effect_job *job);

#endif
