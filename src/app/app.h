#ifndef APP_H
#define APP_H

#include "app/vault.h"
#include "base/zones.h"
#include "domain/refusal/refusal.h"
#include "store/store.h"

/*
 * app: the use cases.  Each loads what it needs, lets the domain decide, appends
 * what was decided, and tries again (a bounded number of times) when somebody
 * else appended first.
 *
 * A use case answers with a value or a refusal; a fault is returned.  The same
 * idempotency key gives the same answer, the same key with another body is
 * refused.  A refusal is not remembered under its key: nothing was done, and the
 * corrected command may use it again.
 */

/* How often a decision is made anew before the caller is told to try later. */
#define APP_DECISIONS_MAX 8

enum app_role {
	ROLE_OPERATOR = 1 << 0,
	ROLE_SUPERVISOR = 1 << 1,
	ROLE_DISPATCHER = 1 << 2,
	ROLE_TECHNICIAN = 1 << 3,
	ROLE_ROSTER_MANAGER = 1 << 4,
	ROLE_VIEWER = 1 << 5,
	ROLE_ADMIN = 1 << 6,
	ROLE_PLATFORM_ADMIN = 1 << 7,
};
#define ROLE_ANY     0x7f /* of an organisation that does work */
#define ROLE_ANYBODY 0xff

enum app_operation {
#define OPERATION(name, kind, field, permission, sentence) OPERATION_##name,
#include "app/operations.def"
#undef OPERATION
	OPERATION_COUNT
};

enum app_operation_kind { OPERATION_COMMAND, OPERATION_QUERY, OPERATION_SUBSCRIPTION };

struct app_operation_row {
	struct str name;
	enum app_operation_kind kind;
	struct str field; /* of GraphQL's Query, Mutation or Subscription */
	unsigned roles;
	struct str sentence;
};

/* The table of operations, by enum app_operation. */
extern const struct app_operation_row app_operations[OPERATION_COUNT];

/* The operations that a token is for. */
struct app_scopes {
	bool at[OPERATION_COUNT];
};

/**
 * Read ${text}, names of operations separated by spaces, or "*" for all, or "read" for all
 * queries and subscriptions, into ${ret}.  False with the word that is none of these.
 */
NODISCARD bool app_scopes_parse(struct str text, struct app_scopes *ret, struct str *ret_word);

/** Whether there is a role called ${name}, and what kind of organisation it is for. */
NODISCARD bool app_role_find(struct str name, unsigned *ret);

/* The last operation that app_permits() has refused, for the audit. */
struct app_refused {
	bool any;
	enum app_operation operation;
};

/* Who asks, and what the work is done with.  One per request. */
struct app_context {
	struct store_session *session; /* STORE_API, acting for the organisation */
	struct arena *arena;
	struct instant now;
	const struct store_membership *actor;
	const struct app_scopes *scopes; /* of the token that the actor uses; NULL: everything */
	struct str via, address;         /* how and from where they came; see struct audit */
	struct uuid correlation;         /* of the request */
	struct uuid (*make_id)(struct instant now); /* a fresh UUID version 7 */
	const struct vault *vault;                  /* people's data */
	const struct zones *zones;                  /* the clocks on the walls */
	/*
	 * A worker's session, for what only the platform's operator may do: to see and change
	 * what is other organisations' own.  NULL unless the actor is one of its admins.
	 */
	struct store_session *platform;
	struct app_refused *refused; /* where app_permits() notes what it refused; NULL: nowhere */
	const struct store_actor *process; /* who acts when it is no person; NULL: the actor */
};

/** Whether ${context}'s actor, with the token used, may do ${operation}; otherwise the refusal
 * says which roles may. */
NODISCARD bool app_permits(
    const struct app_context *context, enum app_operation operation, struct refusal *ret_refusal);

/* What every command carries. */
struct app_command {
	struct uuid key; /* the client's idempotency key */
	bool has_version;
	int64_t version; /* the one the command was decided on */
};

struct app_answer {
	bool refused;
	struct refusal refusal;
	struct uuid eco;
	int64_t version; /* of the ECO, after the command */
};

struct app_create_eco {
	struct app_command command;
	struct geo_location location;
	enum job_type job_type;
	struct str description;
	struct str osp; /* the organisation's id or handle */
	bool exercise;  /* a drill: real people are rung, nothing is tasked or billed */
};

/** Create an ECO for the actor's organisation as NOC, with its job number. */
NODISCARD struct err *app_create_eco(
    const struct app_context *context, const struct app_create_eco *input, struct app_answer *ret);

struct app_add_note {
	struct app_command command;
	struct uuid eco;
	enum note_visibility visibility;
	struct str text;
};

NODISCARD struct err *app_add_note(
    const struct app_context *context, const struct app_add_note *input, struct app_answer *ret);

/* Close, reopen, cancel: ${reason} is not used when closing. */
struct app_end_eco {
	struct app_command command;
	struct uuid eco;
	struct str reason;
};

struct app_engage_osp {
	struct app_command command;
	struct uuid eco;
	struct str osp; /* the organisation's id or handle */
	struct str reason;
};

/** Relieve the OSP of an ECO and engage another, with a job number of its own. */
NODISCARD struct err *app_engage_osp(
    const struct app_context *context, const struct app_engage_osp *input, struct app_answer *ret);

/* What a contractor's desk says about its crew, and the NOC about ringing again. */
struct app_crew {
	struct app_command command;
	struct uuid eco;
	bool on_site;       /* report_crew: there; otherwise on the way */
	struct uuid person; /* accept_for_crew, decline_for_crew */
	int64_t minutes;    /* to arrival, 0: not said; not of decline_for_crew and ring_again */
	int64_t reason;     /* decline_for_crew: 1 to 9, 0: none */
};

/** Carry out ${operation}: report_crew, change_eta, accept_for_crew, decline_for_crew (the OSP's)
 * or ring_again (the NOC's). */
NODISCARD struct err *app_command_crew(const struct app_context *context,
    enum app_operation operation, const struct app_crew *input, struct app_answer *ret);

NODISCARD struct err *app_close_eco(
    const struct app_context *context, const struct app_end_eco *input, struct app_answer *ret);
NODISCARD struct err *app_reopen_eco(
    const struct app_context *context, const struct app_end_eco *input, struct app_answer *ret);
NODISCARD struct err *app_cancel_eco(
    const struct app_context *context, const struct app_end_eco *input, struct app_answer *ret);

#endif
