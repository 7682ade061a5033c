#ifndef TESTS_FAULTY_STORE_H
#define TESTS_FAULTY_STORE_H

#include "store/store.h"

/*
 * faulty_store: a store whose n-th call of one kind fails once, as a database
 * does that is restarted, that another process was faster at, or whose answer
 * to a commit is lost.
 *
 * Only the calls of the process runner count, those of sessions that have read
 * or followed the log, or claimed work: what a person or a provider asks for is
 * answered with the fault, and is theirs to ask again.
 */
enum faulty_call {
	FAULTY_READ_STREAM,
	FAULTY_READ_LOG,
	FAULTY_SEQUENCE,
	FAULTY_HOLD_SLOTS,
	FAULTY_MOVE_SLOTS,
	FAULTY_LIST_PARKED,
	FAULTY_PARK,
	FAULTY_UNPARK,
	FAULTY_PUT_BOARD,
	FAULTY_FIND_PERSON_KEYS,
	FAULTY_ADD_PERSON_KEYS,
	FAULTY_CLAIM_TIMERS,
	FAULTY_CLAIM_EFFECTS,
	FAULTY_BEGIN_EFFECT,
	FAULTY_APPEND,
	FAULTY_COMMIT,
	FAULTY_CALL_COUNT,
};

struct faulty_plan {
	enum faulty_call call;
	int64_t number; /* from 1; 0: none fails */
	enum err_kind kind;
	bool done; /* it fails after it was done, which only ERR_UNCERTAIN may */
};

/** Let ${store} fail by ${plan} from now on.  One store at a time. */
void faulty_store_begin(struct store *store, const struct faulty_plan *plan);

/** How many calls there were of ${call}. */
int64_t faulty_store_calls(enum faulty_call call);

#endif
