#ifndef APP_H
#define APP_H

#include "app/vault.h"
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
};
#define ROLE_ANY 0x7f

enum app_operation {
#define OPERATION(name, kind, field, permission, sentence) OPERATION_##name,
#include "app/operations.def"
#undef OPERATION
	OPERATION_COUNT
};

enum app_operation_kind { OPERATION_COMMAND, OPERATION_QUERY };

struct app_operation_row {
	struct str name;
	enum app_operation_kind kind;
	struct str field; /* of GraphQL's Query or Mutation */
	unsigned roles;
	struct str sentence;
};

/* The table of operations, by enum app_operation. */
extern const struct app_operation_row app_operations[OPERATION_COUNT];

/* Who asks, and what the work is done with.  One per request. */
struct app_context {
	struct store_session *session; /* STORE_API, acting for the organisation */
	struct arena *arena;
	struct instant now;
	const struct store_membership *actor;
	struct uuid correlation;                    /* of the request */
	struct uuid (*make_id)(struct instant now); /* a fresh UUID version 7 */
	const struct vault *vault;                  /* people's data */
};

/** Whether ${context}'s actor may do ${operation}; otherwise the refusal says which roles may. */
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

NODISCARD struct err *app_close_eco(
    const struct app_context *context, const struct app_end_eco *input, struct app_answer *ret);
NODISCARD struct err *app_reopen_eco(
    const struct app_context *context, const struct app_end_eco *input, struct app_answer *ret);
NODISCARD struct err *app_cancel_eco(
    const struct app_context *context, const struct app_end_eco *input, struct app_answer *ret);

#endif
