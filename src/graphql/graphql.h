#ifndef GRAPHQL_GRAPHQL_H
#define GRAPHQL_GRAPHQL_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"

/*
 * graphql: a GraphQL engine (specification of October 2021).
 *
 *      SDL text --graphql_schema_parse--> schema --graphql_schema_bind--> ready
 *
 *      query text -> lexer -> parser -> limits -> validator -> plan -> executor -> JSON
 *
 * The schema is read once, at start, and never changes afterwards; any number of
 * threads may execute against it.  Every request has its own arena and its own
 * response buffer, and everything that a client can make grow has a limit here.
 *
 * The engine knows no transport, no store and no clock.  What a field means is
 * said by the resolver that is bound to it; the engine checks what goes in
 * (validation, coercion of arguments) and what comes out (types, nulls).
 *
 * It does not do: subscriptions (parsed and validated, refused when executed),
 * type extensions in SDL, @defer and @stream.
 */

/* -- limits -- */

/* The most that depth_max may be: it bounds our own stack. */
#define GRAPHQL_DEPTH_CEILING 64

/* The smallest response buffer: any one error of the engine's own fits. */
#define GRAPHQL_RESPONSE_BYTES_MIN 512

struct graphql_limits {
	size_t document_bytes_max;
	size_t tokens_max;
	size_t depth_max;   /* of selections, fragments expanded, and of values and types */
	size_t fields_max;  /* with fragments expanded */
	size_t aliases_max; /* with fragments expanded */
	size_t errors_max;  /* reported in one response */
};

#define GRAPHQL_LIMITS_DEFAULT                                      \
	((struct graphql_limits){ .document_bytes_max = 128 * 1024, \
	    .tokens_max = 10000,                                    \
	    .depth_max = 24,                                        \
	    .fields_max = 2000,                                     \
	    .aliases_max = 200,                                     \
	    .errors_max = 25 })

/* -- values that resolvers return -- */

enum graphql_value_type {
	GRAPHQL_NULL,
	GRAPHQL_BOOL,
	GRAPHQL_INT,   /* Int, Float, ID or a custom scalar */
	GRAPHQL_FLOAT, /* Float or a custom scalar; must be finite */
	GRAPHQL_TEXT,  /* String, ID, an enum value or a custom scalar; well-formed UTF-8 */
	GRAPHQL_RAW,   /* complete JSON text, for a custom scalar only */
	GRAPHQL_OBJECT,
	GRAPHQL_LIST,
};

/* Texts, data and items are borrowed: they must live until graphql_execute() returns. */
struct graphql_value {
	enum graphql_value_type type;
	union {
		bool boolean;
		int64_t integer;
		double number;
		struct str text; /* of GRAPHQL_TEXT and GRAPHQL_RAW */
		struct {
			struct str
			    type_name; /* may be empty where the field's type is no abstract one */
			const void *data; /* becomes call->parent of its fields */
		} object;
		struct {
			const struct graphql_value *items;
			size_t count;
		} list;
	};
};

/* One function a kind, for resolvers: *ret = graphql_text(eco->job_number). */
static inline struct graphql_value
graphql_null(void)
{
	return (struct graphql_value){ .type = GRAPHQL_NULL };
}

static inline struct graphql_value
graphql_bool(bool value)
{
	return (struct graphql_value){ .type = GRAPHQL_BOOL, .boolean = value };
}

static inline struct graphql_value
graphql_int(int64_t value)
{
	return (struct graphql_value){ .type = GRAPHQL_INT, .integer = value };
}

static inline struct graphql_value
graphql_float(double value)
{
	return (struct graphql_value){ .type = GRAPHQL_FLOAT, .number = value };
}

static inline struct graphql_value
graphql_text(struct str value)
{
	return (struct graphql_value){ .type = GRAPHQL_TEXT, .text = value };
}

/* ${value}, or null when it is empty. */
static inline struct graphql_value
graphql_text_or_null(struct str value)
{
	return str_empty(value) ? graphql_null() : graphql_text(value);
}

static inline struct graphql_value
graphql_raw(struct str json)
{
	return (struct graphql_value){ .type = GRAPHQL_RAW, .text = json };
}

static inline struct graphql_value
graphql_object(struct str type_name, const void *data)
{
	return (struct graphql_value){ .type = GRAPHQL_OBJECT,
		.object = { .type_name = type_name, .data = data } };
}

static inline struct graphql_value
graphql_list(const struct graphql_value *items, size_t count)
{
	return (struct graphql_value){ .type = GRAPHQL_LIST,
		.list = { .items = items, .count = count } };
}

/* -- resolvers -- */

/* One field being resolved.  The first four members are for the resolver. */
struct graphql_call {
	struct arena *arena;
	void *context;                /* the request's */
	const void *parent;           /* the data of the object that the field belongs to */
	const struct json *arguments; /* a map: coerced, defaults applied */

	struct str failure_code, failure_message; /* graphql_fail() */
	const struct graphql_step *step;          /* the engine's */
};

/**
 * Find the value of one field.  ${ret} is null when the resolver leaves it
 * alone.  Three ways to bring bad news: a null or a payload that says so (what
 * the domain refuses); graphql_fail() and NULL (a field error for the client);
 * a fault, which the client sees only as its kind and what on_fault says.
 */
typedef struct err *(*graphql_resolve_f)(struct graphql_call *call, struct graphql_value *ret);

/**
 * The argument ${name} of the field: coerced to its declared type, default
 * applied; NULL when it was not given and has no default; a JSON null when null
 * was given.  Enum values and IDs are JSON_TEXT, Int fits int32_t, Float may be
 * JSON_INT (use json_number()), input objects are maps.
 */
const struct json *graphql_argument(const struct graphql_call *call, struct str name);

/**
 * Report a field error: ${code} for programs ("NOT_FOUND"), ${message} for people.
 * The field becomes null.  Both texts must live until graphql_execute() returns;
 * the first failure of a call counts.
 */
void graphql_fail(struct graphql_call *call, struct str code, struct str message);

/* The resolver of one field, named "Type.field". */
struct graphql_binding {
	struct str name;
	graphql_resolve_f resolve;
};

/**
 * Judge ${value}, given for a custom scalar as a literal or in a variable.  True
 * when it is well formed; otherwise false and ${*ret_reason}, a phrase that
 * follows a colon ("expected an RFC 3339 date-time").  Never called with null.
 */
typedef bool (*graphql_scalar_f)(
    struct arena *arena, const struct json *value, struct str *ret_reason);

/* The input check of one custom scalar.  A scalar without one takes any JSON value. */
struct graphql_scalar {
	struct str name;
	graphql_scalar_f accept;
};

/* -- the schema -- */

struct graphql_schema;

/**
 * Read the schema definition ${sdl} into ${arena}, which with ${sdl} must outlive
 * ${*ret}.  The fault (ERR_CORRUPT) begins with the line and column and says what
 * is wrong there: syntax, an unknown or duplicate name, a type in the wrong
 * place, an interface not kept, a default of the wrong type.  ERR_LIMIT when
 * ${arena} is too small; 1 MB holds several thousand lines.
 */
NODISCARD struct err *graphql_schema_parse(
    struct arena *arena, struct str sdl, struct graphql_schema **ret);

/**
 * Give ${schema} its resolvers and scalar checks.  They must agree exactly: the
 * fault (ERR_CORRUPT) names the field of an object type that has no resolver, or
 * the binding whose field does not exist or that is given twice.  Subscription
 * fields need no resolver.  The fault is allocated in ${arena}.
 */
NODISCARD struct err *graphql_schema_bind(struct arena *arena, struct graphql_schema *schema,
    const struct graphql_binding *bindings, size_t bindings_count,
    const struct graphql_scalar *scalars, size_t scalars_count);

/* -- execution -- */

/**
 * Told of every fault that a resolver returned, to log it.  ${path} is
 * "ecos.edges[3].node", in the request's arena.  Returns what the client may
 * read; an empty str stands for a general sentence.
 */
typedef struct str (*graphql_fault_f)(
    void *context, struct arena *arena, const struct err *err, struct str path);

struct graphql_request {
	struct str query;
	struct str operation_name;    /* empty: the only one */
	const struct json *variables; /* a map; NULL or a JSON null: none */
	bool only_queries;            /* refuse mutations, for HTTP GET */
	void *context;                /* becomes call->context */
	graphql_fault_f on_fault;     /* may be NULL */
};

enum graphql_outcome {
	GRAPHQL_OK,            /* executed; the response may still carry field errors */
	GRAPHQL_REQUEST_ERROR, /* refused before any resolver ran: "errors" and no "data" */
	GRAPHQL_NOT_A_QUERY,   /* a mutation where only_queries; refused in the same way */
};

/**
 * Execute ${request} against ${schema} and write the response, one JSON object,
 * into ${response}, which is emptied first.  With room for GRAPHQL_RESPONSE_BYTES_MIN
 * it never overflows.
 *
 * The members come in the order data, errors.  An error is {message, locations,
 * path, extensions: {code}}.  The engine's own codes: GRAPHQL_PARSE_FAILED,
 * GRAPHQL_VALIDATION_FAILED, BAD_USER_INPUT (variables), OPERATION_RESOLUTION_FAILURE,
 * LIMIT, INTERNAL; the rest are the resolvers' codes and the names of err kinds.
 *
 * When ${arena} or ${response} proves too small while executing, no further
 * resolver runs and the response is a null data and one error with code LIMIT.
 * Uses ${arena} without releasing it.
 */
NODISCARD enum graphql_outcome graphql_execute(struct arena *arena,
    const struct graphql_schema *schema, const struct graphql_request *request,
    const struct graphql_limits *limits, struct buf *response);

#endif
