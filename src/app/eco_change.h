#ifndef APP_ECO_CHANGE_H
#define APP_ECO_CHANGE_H

#include "app/command.h"
#include "domain/callout/callout_decide.h"

/*
 * eco_change: the way of a command on an ECO that exists, there and back.  Commands differ in whose
 * they are and in what they ask the domain.  For app's own files.
 */
struct eco_change {
	const struct app_context *context;
	struct uuid eco;
	bool noc_only, osp_only;     /* only that side may do it */
	bool is_crew;                /* ... */
	struct callout_command crew; /* this is asked; otherwise ... */
	struct eco_command command;  /* ... this */
	struct refusal refusal;
};

/** Carry out ${operation} as ${change} says, once for ${command}'s key, which stands for ${body}.
 */
NODISCARD struct err *eco_change_run(enum app_operation operation,
    const struct app_command *command, struct sha256 body, struct eco_change *change,
    struct app_answer *ret);

#endif
