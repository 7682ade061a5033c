#ifndef APP_PEOPLE_H
#define APP_PEOPLE_H

#include "app/record_change.h"
#include "app/work.h"
#include "domain/directory/person_decide.h"

/*
 * people: the people whom an OSP can ring.  See domain/directory/person_decide.h for the
 * rules.  The commands are those of operations.def; each reads what it needs of one
 * struct.
 */
struct app_person_input {
	struct app_command command;
	struct sha256 body; /* see record_body_hash() */
	struct uuid person; /* whom it is about; not read by create_person */
	struct person_change change;
	struct uuid contact;
	enum contact_kind kind;
	struct str number;        /* of a new contact */
	const struct uuid *order; /* of all contacts */
	size_t order_count;
	struct str code;      /* as it was told back */
	struct str pin;       /* empty: none is asked for any more */
	struct instant until; /* of a rest; RECORD_NO_MOMENT: it is over */
	struct str reason;
};

/**
 * Carry out ${operation}, a command on people, with ${input}.  CODE_WRONG is refused
 * alike when the code is wrong, when its time or its tries are over, and when none is
 * out; a wrong one has cost a try, and so is answered alike under its key.
 */
NODISCARD struct err *app_change_person(const struct app_context *context,
    enum app_operation operation, const struct app_person_input *input,
    struct app_record_answer *ret);

/**
 * Whether ${pin} is the PIN of ${person}, who is one of ${osp}'s people; false when there is no
 * such person or they have none.  For a worker: who is on the telephone has no session.
 */
NODISCARD struct err *app_check_pin(
    const struct app_work *work, struct uuid osp, struct uuid person, struct str pin, bool *ret);

/** Whether ${context}'s actor may do ${operation} with its OSP's people and lists. */
NODISCARD bool app_permits_roster(
    const struct app_context *context, enum app_operation operation, struct refusal *ret_refusal);

/** Whether there is a zone called ${name}; empty passes where ${may_be_empty}. */
NODISCARD bool app_check_zone(const struct app_context *context, struct str name, bool may_be_empty,
    struct refusal *ret_refusal);

#endif
