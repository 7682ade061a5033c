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
	const struct callout *callout; /* the ECO as it stands */
	struct store_agreement agreement;
	struct str duty_phone; /* of an alert */
	bool begun; /* this try, or an earlier one whose fate is unknown, may have reached the
		       provider */
};

/*
 * Carry out the effect and settle it, or return the fault because of which it is
 * to be tried again (job->begun tells whether the provider may have done it).
 */
struct err *effect_place_call(struct effect_job *job);
struct err *effect_hang_up(struct effect_job *job);
struct err *effect_alert_noc(struct effect_job *job);
struct err *effect_send_code(struct effect_job *job); /* without an ECO and agreement */
struct err *effect_render_task(struct effect_job *job);
struct err *effect_render_poll(struct effect_job *job);

/** Settle the effect without any trace: it is not wanted any more. */
struct err *effect_drop(struct effect_job *job, const char *why);

/** The provider has answered: what is recorded from here on happened now. */
void effect_answered(struct effect_job *job);

/** Write down that the effect is about to leave this machine. */
struct err *effect_begin(struct effect_job *job);

#endif
