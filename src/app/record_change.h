#ifndef APP_RECORD_CHANGE_H
#define APP_RECORD_CHANGE_H

#include "app/app.h"
#include "base/json.h"
#include "store/store_directory.h"

/*
 * record_change: how the directory's records are read and written.
 *
 *	permits ─▶ key ─▶ begin ─▶ load ─▶ decide ─▶ seal, append, put ─▶ commit
 *
 * A decision may look at other records and may change several at once: all of it is one
 * transaction.  When somebody else was faster it is decided again, at most
 * APP_DECISIONS_MAX times.  For app's own files, the seed and the tests.
 */

#define RECORD_STEPS_MAX   8 /* records that one decision changes */
#define RECORD_EFFECTS_MAX 4

/* Who writes, and with what.  A process has no user; see struct store_actor. */
struct record_author {
	struct store_session *session;
	struct arena *arena;
	struct instant now;
	const struct vault *vault;
	struct uuid (*make_id)(struct instant now);
	struct store_actor actor;
	struct uuid correlation;
};

struct record_author record_author(const struct app_context *context);

/* A record as it will be, and the event that makes it so. */
struct record_step {
	enum directory_event_type event;
	struct record after; /* ${version} is the one it was decided on; 0: new */
};

struct record_outcome {
	struct record_step steps[RECORD_STEPS_MAX];
	size_t step_count; /* 0: nothing is to be changed, and that is fine */
	struct store_effect effects[RECORD_EFFECTS_MAX];
	size_t effect_count;
};

/** Record ${id} of ${kind}; false when there is none that the session may see. */
NODISCARD struct err *record_load(struct store_session *session, struct arena *arena,
    enum record_kind kind, struct uuid id, bool *ret_found, struct record *ret);

struct record_list {
	const struct record *at;
	size_t count;
};

/** The records that ${query} asks for. */
NODISCARD struct err *record_list(struct store_session *session, struct arena *arena,
    const struct store_record_query *query, struct record_list *ret);

/** A kept row as a record.  ERR_CORRUPT when it cannot be read. */
NODISCARD struct err *record_read(
    struct arena *arena, const struct store_record *row, struct record *ret);

/* What is written with the steps; all of it may be zero. */
struct record_key {
	struct uuid key, scope;
	struct sha256 body;
	struct str answer;
};

/**
 * Write ${outcome} inside the open transaction: every event sealed, every row in clear.
 * ${ret_taken}: something unique is another record's (see store_put_record()); the
 * caller rolls back.  ERR_CONFLICT: a record has changed meanwhile.
 */
NODISCARD struct err *record_write(const struct record_author *author,
    const struct record_outcome *outcome, const struct record_key *key, bool *ret_taken,
    struct store_append_result *ret);

/* The answer to a command on a record. */
struct app_record_answer {
	bool refused;
	bool repeated; /* the key was used before: nothing was done now */
	struct refusal refusal;
	struct uuid id;
	int64_t version;
};

/*
 * Decide on ${before}, the record as it stands (version 0, id and kind given: there is
 * none yet), what to do.  ${ret} is empty.  True: do it.  False: ${ret_refusal} says why not.
 */
typedef struct err *(*record_decide_f)(void *decision, const struct record *before,
    struct record_outcome *ret, bool *ret_decided, struct refusal *ret_refusal);

struct record_command {
	const struct app_context *context;
	enum app_operation operation;
	struct app_command command;
	struct sha256 body; /* what the key stands for; see record_body_hash() */
	enum record_kind kind;
	struct uuid id;
	bool creates;              /* the record must not exist yet; otherwise it must */
	enum refusal_code unknown; /* when there is none that the actor may see ... */
	const char *field;         /* ... in this field of the input */
	enum refusal_code taken;   /* when something unique is another's; REFUSAL_NONE: a bug */
	const char *taken_field;
	record_decide_f decide;
	void *decision;
};

/** Carry out ${command}. */
NODISCARD struct err *record_command_run(
    const struct record_command *command, struct app_record_answer *ret);

/** What a key stands for: ${operation}, with the input as the client gave it. */
struct sha256 record_body_hash(
    struct arena *arena, enum app_operation operation, const struct json *input);

#endif
