#ifndef RANDOM_WORLD_H
#define RANDOM_WORLD_H

#include <stdio.h>

#include "store/store_directory.h"
#include "support/store_world.h"

/*
 * random_world: many organisations with agreements, people, callouts and all that belongs
 * to them, made by chance through the port, and beside it what each of them may see.
 *
 * The model knows nothing of how rows are protected.  It is three lists:
 *
 *	rows    of each table, by a key, and which organisations may see the row
 *	ids     every id and every text of the world (a text is an id as well, so that it
 *	        is recognised wherever it shows up), and which organisations may read it
 *	things  records, callouts, agreements, people: what the port is asked for
 *
 * Who sees something is a set of organisations, one bit each.
 *
 * A world is the same for the same seed.
 */

#define RANDOM_COMPANIES     12
#define RANDOM_PLATFORM      RANDOM_COMPANIES       /* runs the installation */
#define RANDOM_NEWCOMER      (RANDOM_COMPANIES + 1) /* has nothing, and knows nobody */
#define RANDOM_ORGANISATIONS (RANDOM_COMPANIES + 2)

#define RANDOM_RECORDS_MAX  400
#define RANDOM_ECOS_MAX     40
#define RANDOM_VERSIONS_MAX 24
#define RANDOM_ROWS_MAX     8000
#define RANDOM_IDS_MAX      16384 /* a power of two */
#define RANDOM_COMMANDS_MAX 200

typedef uint32_t random_set;

struct random_organisation {
	struct uuid id;
	struct str handle;
	struct str name; /* an id */
	bool is_noc, is_osp;
	struct store_session *session; /* of the API, acting for it */
};

/* A row of ${table}, whose key is the text ${key}. */
struct random_row {
	const char *table;
	struct str key;
	random_set seen_by;
};

struct random_id {
	struct uuid id;
	random_set read_by;
};

struct random_record {
	struct record record;    /* as it is now ... */
	struct store_record row; /* ... and as it is kept */
	random_set seen_by;
	random_set history_by; /* who sees its events */
	struct uuid events[4];
	size_t half_width; /* of a region: a square around (0, 0) moved by ${middle}, in tenths */
	int64_t middle;
};

struct random_eco {
	struct uuid id;
	size_t noc, osp; /* the present one */
	int64_t version;
	size_t osps[RANDOM_VERSIONS_MAX]; /* at each version's time */
	struct uuid events[RANDOM_VERSIONS_MAX];
	struct instant created_at;
	struct str numbers[RANDOM_ORGANISATIONS]; /* the job number that each OSP's row has */
	enum eco_status statuses[RANDOM_ORGANISATIONS];
	int64_t timer_kinds; /* bit by bit, which are set */
};

struct random_command {
	struct uuid key;
	size_t scope;
	struct sha256 body;
};

struct random_world {
	struct world *world;
	uint64_t seed, state, made; /* ${made}: how many ids */
	struct random_organisation organisations[RANDOM_ORGANISATIONS];
	struct random_record *records;
	size_t record_count;
	struct random_eco *ecos;
	size_t eco_count;
	struct random_command *commands;
	size_t command_count;
	int64_t job_numbers[RANDOM_ORGANISATIONS][RANDOM_ORGANISATIONS][JOB_TYPE_COUNT];
	struct random_row *rows;
	size_t row_count;
	struct random_id *ids; /* by hash */
};

/** Make the world of ${seed} in ${world}'s store, which is empty. */
struct random_world *random_world_make(struct world *world, uint64_t seed);
void random_world_end(struct random_world *random);

/* ---- chance ---- */

/** A number from 0 to ${count} - 1. */
size_t random_below(struct random_world *random, size_t count);
/** True once in ${count} times. */
bool random_one_in(struct random_world *random, size_t count);

/* ---- the model ---- */

/** The set of ${organisation} alone. */
random_set random_only(size_t organisation);
/** The set of the owners ${noc} and ${osp}, as ids. */
random_set random_owners(const struct random_world *random, struct uuid noc, struct uuid osp);
/** ${table} has a row that ${seen_by} see. */
void random_expect(struct random_world *random, random_set seen_by, const char *table,
    const char *key, ...) __attribute__((format(printf, 4, 5)));
/** An id nobody has had yet. */
struct uuid random_id(struct random_world *random);
/** ${read_by} may read ${id}, beside those who may already. */
void random_reveal(struct random_world *random, struct uuid id, random_set read_by);
/** Who may read ${id}; false when the world does not know it. */
bool random_readers(const struct random_world *random, struct uuid id, random_set *ret);
/** A text that only ${read_by} may read. */
struct str random_text(struct random_world *random, random_set read_by);
/** The id in ${text}. */
struct uuid random_text_id(struct str text);

/* ---- making it ---- */

/** An event of ${type} for the stream ${stream}; what is in it is read by ${read_by}. */
struct store_event random_event(
    struct random_world *random, struct uuid stream, struct str type, random_set read_by);
/** The rows that an event makes; ${noc} and ${osp} are in it. */
void random_expect_event(struct random_world *random, const struct store_event *event,
    struct uuid noc, struct uuid osp, random_set seen_by);
/** A session that may write what is ${noc}'s and ${osp}'s, and for whom it acts. */
struct store_session *random_writer(
    struct random_world *random, struct uuid noc, struct uuid osp, struct uuid *ret_acts_for);

/** Organisations, users, members, agreements, people, lists, regions, tokens, audit. */
void random_make_records(struct random_world *random);
/** Callouts, and what belongs to them. */
void random_make_ecos(struct random_world *random);

/** Whether ${eco} was ever ${organisation}'s as its OSP, and the last version of that time. */
bool random_was_osp(const struct random_eco *eco, size_t organisation, int64_t *ret_last);
/** How many versions of ${eco} ${organisation} sees. */
int64_t random_versions_seen(const struct random_eco *eco, size_t organisation);

/* ---- judging ---- */

/* What was found to be wrong. */
struct random_findings {
	size_t count;
	bool silent; /* only count */
};

/** One more: ${organisation} sees something that it may not, or not what it may. */
void random_found(struct random_findings *findings, const struct random_world *random,
    size_t organisation, const char *format, ...) __attribute__((format(printf, 4, 5)));

/** Read everything that the API's role may read, by SQL, as every organisation in turn. */
void random_ask_sql(struct random_world *random, struct random_findings *findings);
/** Ask the port everything that an API session may ask, as every organisation in turn. */
void random_ask_port(struct random_world *random, struct random_findings *findings);

#endif
