#ifndef DOMAIN_ECO_H
#define DOMAIN_ECO_H

#include "domain/outcome/outcome.h"
#include "domain/refusal/refusal.h"

/*
 * eco: the Emergency Callout Order, the shared record of one emergency.
 *
 * Pure.  Nothing here reads a clock, allocates or does I/O, so nothing here can
 * fail: a command is either decided, or refused for a named reason.
 *
 *      command + state --eco_decide--> events | refusal
 *      state   + event --eco_evolve--> state
 *
 *   OPEN --started--> IN_PROGRESS --all completed--> COMPLETED --grace, NOC--> CLOSED
 *     |                 |     ^                          |
 *     +--- cancelled ---+     +------ reactivated -------+
 *
 * The people's commands are here.  What the ring-down and the field system bring
 * about is decided in ringdown/ and rendersync/, over the same events.
 */

#define ECO_DESCRIPTION_CHARS_MAX 4000
#define ECO_NOTE_CHARS_MAX        4000
#define ECO_REASON_CHARS_MAX      1000

/* The zero value is an ECO that nobody has created yet. */
struct eco {
	enum eco_status status;
	struct uuid noc, osp, agreement;
	struct uuid former_agreement; /* of the contractor before this one; Nil: there was none */
	bool relieved; /* the contractor was relieved, and no other is known (here) */
	struct str job_number;
	enum job_type job_type;
	struct geo_location location;
	struct str description;
	struct eco_terms terms;
	struct str noc_duty_phone;
	bool exercise; /* a drill */
	struct instant created_at, updated_at;
	bool has_grace;
	struct instant grace_until;
};

enum eco_command_type {
	ECO_CREATE,
	ECO_ADD_NOTE,
	ECO_CLOSE,
	ECO_REOPEN,
	ECO_CANCEL,
	ECO_RELIEVE,
	ECO_ENGAGE
};

/* What a NOC operator gives, and what the agreement adds. */
struct eco_create {
	struct uuid noc, osp;
	bool has_agreement; /* one is in force between the two */
	struct uuid agreement;
	struct eco_terms terms;
	struct str noc_duty_phone;
	struct geo_location location;
	enum job_type job_type;
	struct str description;
	struct str job_number;
	bool exercise;                       /* a drill */
	const struct pager_list *pager_list; /* NULL: no list covers the location */
};

struct eco_add_note {
	struct uuid note;
	enum side side;
	enum note_visibility visibility;
	struct str text;
};

/* Reopen and cancel need a reason. */
struct eco_reason {
	struct str reason;
};

/*
 * Another contractor: relieve the one, then engage the next; the two are one
 * transaction.  What the next one's agreement and place come to is as in creation.
 */
struct eco_engage {
	struct uuid osp;
	bool has_agreement;
	struct uuid agreement;
	struct eco_terms terms;
	struct str noc_duty_phone;
	struct str job_number; /* once it is taken */
	const struct pager_list *pager_list;
	struct str reason;
};

struct eco_command {
	enum eco_command_type type;
	bool has_version; /* the version the command was decided on, if the client says */
	int64_t version;
	union {
		struct eco_create create;
		struct eco_add_note add_note;
		struct eco_reason reopen;
		struct eco_reason cancel;
		struct eco_engage engage; /* of both */
	};
};

/**
 * Decide what ${command} does to ${eco}, which stands at ${version}.  True:
 * ${ret} holds the events.  False: ${ret_refusal} says why not, and ${ret} is as
 * it was.  Texts in the events point into the command.
 */
NODISCARD bool eco_decide(const struct eco *eco, int64_t version, const struct eco_command *command,
    struct outcome *ret, struct refusal *ret_refusal);

/**
 * Whether the four things that an operator gives are right by themselves: the
 * part of creation that can be said before a job number is taken.
 */
NODISCARD bool eco_check_create(const struct eco_create *create, struct refusal *ret_refusal);

/**
 * Apply ${event} to ${eco}.  Accepts every event that was ever recorded, in the
 * order it was recorded; never refuses one, for it already happened.
 */
void eco_evolve(struct eco *eco, const struct eco_event *event);

#endif
