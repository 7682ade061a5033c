#ifndef API_GRAPHQL_ECO_H
#define API_GRAPHQL_ECO_H

#include "api/api_internal.h"
#include "app/as_of.h"
#include "runtime/random.h"

/*
 * graphql_eco: what stands behind the objects of schema.graphql.  For api/ only.
 *
 *	Eco           struct graphql_eco
 *	Organisation  struct store_organisation
 *	Viewer        struct store_membership
 *	Refusal       struct refusal
 */

/* The context of every resolver. */
struct graphql_asker {
	struct api_request *request;
	struct app_context app;
	int64_t waits_until_us; /* real time; 0: no field of it has waited yet (sees) */
	int64_t late_at_us;     /* real time from which on no further field is begun */
	size_t looks;           /* how many ECOs of the past have been folded for lists */
};

/*
 * The organisations of all ECOs of one page, of both their sides, found together when the
 * first field asks for one.
 */
struct graphql_sides {
	bool found;
	const struct graphql_wanted *wanted;
};

/*
 * An ECO as it stands, or as it once stood: then its timeline ends with its version.  Of the
 * row, what was not asked for is not there (row.without); row.position may be 0: not known yet.
 */
struct graphql_eco {
	struct store_board_row row;
	bool past;
	struct graphql_sides *sides; /* of its page; NULL: it stands alone, or is for several */
};

static inline struct graphql_asker *
graphql_asker(const struct graphql_call *call)
{
	return call->context;
}

/**
 * An Eco as of ${moment}, read from its stream: now, a writer sees its own write.  NULL
 * when there was none that the asker may see.
 */
NODISCARD struct err *graphql_load_eco(struct graphql_call *call, struct uuid id,
    const struct as_of *moment, const struct graphql_eco **ret);

/**
 * The moment that the arguments asOf and asOfPosition name.  ${ret_go} is false after
 * graphql_fail(): both were given, or one that has not come yet.
 */
NODISCARD struct err *graphql_as_of(struct graphql_call *call, bool *ret_go, struct as_of *ret);

/**
 * Wait until the board shows what the argument sees names.  ${ret_go} is false after
 * graphql_fail(): it cannot be read, it did not come in time, or too many wait.
 */
NODISCARD struct err *graphql_sees(struct graphql_call *call, bool *ret_go);

/**
 * Read ${filter}, an EcoFilter or NULL, into ${ret}; ${ret_problem} says what is wrong with it,
 * or is empty.
 */
NODISCARD struct err *graphql_board_filter(struct graphql_call *call, const struct json *filter,
    struct store_board_filter *ret, struct str *ret_problem);

/* What of its row each field of an Eco is made from: columns.  For who reads only what is asked. */
struct graphql_eco_field {
	struct str name;
	unsigned columns;
};
extern const struct graphql_eco_field graphql_eco_fields[];
extern const size_t graphql_eco_field_count;

/** Resolvers of one file each, joined in graphql_bindings.c. */
extern const struct graphql_binding graphql_query_bindings[];
extern const size_t graphql_query_binding_count;
extern const struct graphql_binding graphql_eco_bindings[];
extern const size_t graphql_eco_binding_count;
extern const struct graphql_binding graphql_timeline_bindings[];
extern const size_t graphql_timeline_binding_count;
extern const struct graphql_binding graphql_board_bindings[];
extern const size_t graphql_board_binding_count;
extern const struct graphql_binding graphql_crew_bindings[];
extern const size_t graphql_crew_binding_count;
extern const struct graphql_binding graphql_mutation_bindings[];
extern const size_t graphql_mutation_binding_count;
extern const struct graphql_binding graphql_record_bindings[];
extern const size_t graphql_record_binding_count;
extern const struct graphql_binding graphql_directory_bindings[];
extern const size_t graphql_directory_binding_count;
extern const struct graphql_binding graphql_member_bindings[];
extern const size_t graphql_member_binding_count;
extern const struct graphql_binding graphql_agreement_bindings[];
extern const size_t graphql_agreement_binding_count;
extern const struct graphql_binding graphql_terms_bindings[];
extern const size_t graphql_terms_binding_count;
extern const struct graphql_binding graphql_token_bindings[];
extern const size_t graphql_token_binding_count;
extern const struct graphql_binding graphql_audit_bindings[];
extern const size_t graphql_audit_binding_count;

extern const struct graphql_binding graphql_session_bindings[];
extern const size_t graphql_session_binding_count;
extern const struct graphql_binding graphql_people_bindings[];
extern const size_t graphql_people_binding_count;
extern const struct graphql_binding graphql_list_bindings[];
extern const size_t graphql_list_binding_count;
extern const struct graphql_binding graphql_plan_bindings[];
extern const size_t graphql_plan_binding_count;

/** Read ${text}, "22:00", into minutes of the day.  False when it is no time of a clock. */
NODISCARD bool graphql_local_time(struct str text, int64_t *ret);
extern const struct graphql_binding graphql_region_bindings[];
extern const size_t graphql_region_binding_count;
extern const struct graphql_binding graphql_region_object_bindings[];
extern const size_t graphql_region_object_binding_count;

extern const struct graphql_binding graphql_live_bindings[];
extern const size_t graphql_live_binding_count;
extern const struct graphql_binding graphql_pager_bindings[];
extern const size_t graphql_pager_binding_count;

/** Batch loaders, likewise. */
extern const struct graphql_batch_binding graphql_eco_loaders[];
extern const size_t graphql_eco_loader_count;
extern const struct graphql_batch_binding graphql_timeline_loaders[];
extern const size_t graphql_timeline_loader_count;
extern const struct graphql_batch_binding graphql_terms_loaders[];
extern const size_t graphql_terms_loader_count;
extern const struct graphql_batch_binding graphql_token_loaders[];
extern const size_t graphql_token_loader_count;
extern const struct graphql_batch_binding graphql_audit_loaders[];
extern const size_t graphql_audit_loader_count;
extern const struct graphql_batch_binding graphql_list_loaders[];
extern const size_t graphql_list_loader_count;
extern const struct graphql_batch_binding graphql_region_loaders[];
extern const size_t graphql_region_loader_count;

extern const struct graphql_binding graphql_node_bindings[];
extern const size_t graphql_node_binding_count;

/** The result of a command on an ECO: the ECO as it now stands as a ${success}, or why not. */
NODISCARD struct err *graphql_eco_answer(struct graphql_call *call, const struct app_answer *answer,
    struct str success, struct graphql_value *ret);

/* Where a timeline ends: with a moment and with a version, whichever comes first. */
struct graphql_timeline_end {
	struct as_of moment;
	int64_t version;
};

/**
 * The list of TimelineEntry of ECO ${eco} for the asker: from `after`, at most `first`,
 * up to ${end}.  Null when the ECO does not exist, or did not then.
 */
NODISCARD struct err *graphql_timeline(struct graphql_call *call, struct uuid eco,
    const struct graphql_timeline_end *end, struct graphql_value *ret);

#endif
