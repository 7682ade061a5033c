#ifndef API_GRAPHQL_WANTED_H
#define API_GRAPHQL_WANTED_H

#include "api/graphql_record.h"
#include "store/store_batch.h"

/*
 * graphql_wanted: what batch loaders look up, once each and together.  For api/ only.
 *
 *	begin ─▶ add, add, ... ─▶ find (one statement) ─▶ value, value, ...
 */
struct graphql_wanted {
	struct graphql_asker *asker;
	struct arena *arena;
	struct uuid *ids; /* once found: in order, each once */
	size_t count, capacity;
	struct graphql_value *values; /* of each id */
};

/** Begin, for at most ${capacity} ids. */
NODISCARD struct err *graphql_wanted_begin(
    struct graphql_batch *batch, size_t capacity, struct graphql_wanted *ret);

/** ${id} is wanted; the Nil UUID never is. */
void graphql_wanted_add(struct graphql_wanted *wanted, struct uuid id);

/** Put the ids in order, each once: what all that follow do first. */
void graphql_wanted_sort(struct graphql_wanted *wanted);

/** The place of ${id} among the ids; SIZE_MAX when it is not there. */
size_t graphql_wanted_place(const struct graphql_wanted *wanted, struct uuid id);

/** Find organisations, records of ${kind} as ${type_name}, or handles of users, as far as the
 * asker may see them. */
NODISCARD struct err *graphql_wanted_organisations(struct graphql_wanted *wanted);
NODISCARD struct err *graphql_wanted_records(
    struct graphql_wanted *wanted, enum record_kind kind, struct str type_name);
NODISCARD struct err *graphql_wanted_users(struct graphql_wanted *wanted);

/** What was found of ${id}, or null. */
struct graphql_value graphql_wanted_value(const struct graphql_wanted *wanted, struct uuid id);

/* The id that a field of ${parent} leads to. */
typedef struct uuid (*graphql_id_f)(const void *parent);

/** The whole loader of a field that leads to an organisation, a record or a user's handle. */
NODISCARD struct err *graphql_load_organisations(struct graphql_batch *batch, graphql_id_f id_of);
NODISCARD struct err *graphql_load_records(
    struct graphql_batch *batch, graphql_id_f id_of, enum record_kind kind, struct str type_name);
NODISCARD struct err *graphql_load_users(struct graphql_batch *batch, graphql_id_f id_of);

#endif
