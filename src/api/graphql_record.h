#ifndef API_GRAPHQL_RECORD_H
#define API_GRAPHQL_RECORD_H

#include "api/graphql_eco.h"
#include "app/record_page.h"

/*
 * graphql_record: what all resolvers of the directory's records have in common: inputs,
 * refusals, permission, pages.  For api/ only.
 *
 * What stands behind an object that shows a record is that record: struct record.
 */

/** The argument `input`. */
const struct json *graphql_input(const struct graphql_call *call);

/** What every command carries.  The scalar's check has seen the key. */
struct app_command graphql_command(const struct json *given);

/** The id in member ${name} of ${given}; what is no id is Nil, which names nothing. */
struct uuid graphql_id(const struct json *given, struct str name);

/** The moment in member ${name}; RECORD_NO_MOMENT when it is missing or null. */
struct instant graphql_moment(const struct json *given, struct str name);

/** Whether member ${name} is there and not null. */
bool graphql_given(const struct json *given, struct str name);

/** Answer with ${refusal}, a member of every result. */
NODISCARD struct err *graphql_refused(
    struct graphql_call *call, const struct refusal *refusal, struct graphql_value *ret);

/** Whether the asker may make the query ${operation}; ${ret_go} is false after graphql_fail(). */
void graphql_permits(struct graphql_call *call, enum app_operation operation, bool *ret_go);

/** ${id} as text, or null when it is Nil; ${when} as text, or null when there is none. */
struct graphql_value graphql_id_value(struct graphql_call *call, struct uuid id);
struct graphql_value graphql_moment_value(struct graphql_call *call, struct instant when);

/**
 * Answer with the record ${id} of ${kind} as ${type_name}, or null when there is none that
 * the asker may see.
 */
NODISCARD struct err *graphql_find_record(struct graphql_call *call, enum record_kind kind,
    struct uuid id, struct str type_name, struct graphql_value *ret);

/*
 * -- pages: a connection with edges {cursor, node} and pageInfo --
 *
 * graphql_page_edges, graphql_page_info, graphql_edge_cursor and graphql_edge_node are
 * the resolvers of the four fields, whatever the node is.
 */

/* One element and its place. */
struct graphql_edge {
	struct uuid id;
	struct graphql_value node;
};

struct graphql_page_info {
	bool more, back;       /* there are edges behind these, before these */
	struct str start, end; /* cursors, or empty */
};

struct graphql_page {
	struct str edge_type; /* e.g. "MemberEdge" */
	const struct graphql_edge *edges;
	size_t count;
	struct graphql_page_info info;
};

/**
 * Read the arguments `first` and `after` into limit and after of ${ret}; ${ret_go} is
 * false after graphql_fail().
 */
void graphql_page_arguments(struct graphql_call *call, struct record_page_query *ret, bool *ret_go);

/** The mark behind the element ${id} of a page. */
struct str graphql_cursor(struct arena *arena, struct uuid id);

/** What is said of a page of ${count} ${edges}, behind which there are ${more}. */
struct graphql_page_info graphql_page_info_of(
    struct graphql_call *call, const struct graphql_edge *edges, size_t count, bool more);

/** Answer with the records of ${found}, each a ${node_type} in an ${edge_type}. */
NODISCARD struct err *graphql_page_answer(struct graphql_call *call,
    const struct record_page *found, struct str edge_type, struct str node_type,
    struct graphql_value *ret);

/** Answer with a page of an OSP's own records of ${kind}, each in an ${edge_type}. */
NODISCARD struct err *graphql_roster_page(struct graphql_call *call, enum app_operation operation,
    enum record_kind kind, struct str edge_type, struct graphql_value *ret);

NODISCARD struct err *graphql_page_edges(struct graphql_call *call, struct graphql_value *ret);
NODISCARD struct err *graphql_page_page_info(struct graphql_call *call, struct graphql_value *ret);
NODISCARD struct err *graphql_edge_cursor(struct graphql_call *call, struct graphql_value *ret);
NODISCARD struct err *graphql_edge_node(struct graphql_call *call, struct graphql_value *ret);

/** The resolvers of every record: its id and its version. */
NODISCARD struct err *graphql_record_id(struct graphql_call *call, struct graphql_value *ret);
NODISCARD struct err *graphql_record_version(struct graphql_call *call, struct graphql_value *ret);

static inline const struct record *
graphql_record(const struct graphql_call *call)
{
	return call->parent;
}

#endif
