#ifndef RECORD_WORLD_H
#define RECORD_WORLD_H

#include "store/store_directory.h"
#include "support/store_world.h"

/*
 * record_world: short words for tests that write the directory's records.  A record here
 * is written without the event that it comes from: the store does not compare the two.
 */

/** ${record} as a row with ${version}; its id is the record's. */
struct store_record row_of(struct world *world, const struct record *record, int64_t version);

/** Write ${record} as ${session}, in a transaction of its own; whether it was taken, and so
 * rolled back. */
bool put_is_taken(struct world *world, struct store_session *session, const struct record *record,
    int64_t version);

/** The same, and nothing of it is taken. */
void put(struct world *world, struct store_session *session, const struct record *record,
    int64_t version);

/** The row with ${id}, if ${session} sees it. */
bool find_row(struct world *world, struct store_session *session, enum record_kind kind,
    struct uuid id, struct store_record *ret);
bool sees(
    struct world *world, struct store_session *session, enum record_kind kind, const char *name);

/* Records; ids come from names as id_of() makes them. */
struct record organisation_of(struct uuid id, const char *handle);
struct record user_of(const char *name);
struct record member_of(const char *name, struct uuid organisation, const char *user);
struct record invitation_of(const char *name, struct uuid organisation, const char *email);
struct record agreement_of(const struct world *world, const char *name, enum agreement_state state);
struct record person_of(const struct world *world, const char *name);

/** A token of ${user} in the world's NOC, whose secret is ${name}. */
struct record token_of(struct world *world, const char *name, const char *user);

/** Both sides and a stranger as organisations. */
void put_organisations(struct world *world);

/** Whether ${text} stands in ${body}. */
bool says(struct str body, const char *text);

#endif
