#ifndef GRAPHQL_GRAPHQL_H
#define GRAPHQL_GRAPHQL_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"

/*
 * graphql: a GraphQL engine (specification of October 2021, and what of the edition of 2025
 * is in the schema language).
 *
 *      SDL text --graphql_schema_parse--> schema --graphql_schema_bind--> ready
 *
 *      query text -> lexer -> parser -> validator -> limits      graphql_prepare()
 *      document   -> variables -> cost -> plan -> load -> write  graphql_execute_prepared()
 *
 * The schema is read once, at start, and never changes afterwards; any number of
 * threads may execute against it.  Every request has its own arena and its own
 * response buffer, and everything that a client can make grow has a limit here.
 *
 * The engine knows no transport, no store and no clock.  What a field means is
 * said by the resolver that is bound to it; the engine checks what goes in
 * (validation, coercion of arguments) and what comes out (types, nulls).
 *
 * A field has a resolver, called once for each object while the response is being written,
 * or a batch loader, called once for all objects that stand in one place of the document.
 * For loaders there is a pass before the writing: it walks down, level by level, to every
 * field that is batched, calling the resolvers of the objects on the way there.  A document
 * without batches has no such pass and keeps no values.
 *
 * What an operation costs is known before anything of it is executed: each field costs 1,
 * or the weight that @cost(weight: Int!) gives it in the SDL; what is selected beneath a
 * list is counted once for each item.  A list has as many items as @listSize says:
 * (slicingArguments: [String!], assumedSize: Int, sizedFields: [String!]), as in the cost
 * specification of IBM and Apollo; 10 when nothing is said, 5 in introspection.  A schema
 * that uses these directives declares them.
 *
 * It does not do: @defer and @stream, the source of a subscription's events (the caller
 * brings them), caching.
 */

/* -- limits -- */

/* The most that depth_max may be: it bounds our own stack. */
#define GRAPHQL_DEPTH_CEILING 64

/* The smallest response buffer: any one error of the engine's own fits. */
#define GRAPHQL_RESPONSE_BYTES_MIN 512

struct graphql_limits {
	size_t document_bytes_max;
	size_t tokens_max;
	size_t depth_max;      /* of selections, fragments expanded, and of values and types */
	size_t fields_max;     /* with fragments expanded */
	size_t aliases_max;    /* with fragments expanded */
	size_t errors_max;     /* reported in one response */
	size_t cost_max;       /* of the operation as it stands, with its variables; 0: any */
	bool no_introspection; /* refuse __schema and __type, as a validation error */
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

/**
 * Whether the document asks the field ${path} of what this field gives: names of fields
 * with dots between, "edges.node.noc", aliases and fragments looked through.  What is
 * skipped by @skip or @include is not asked.  Of an abstract type, asked of any object
 * counts.  For resolvers that fetch only what is asked.
 */
bool graphql_asks(const struct graphql_call *call, struct str path);

/*
 * One field of many objects, being resolved for all of them at once.  ${call} is as above
 * but has no parent: graphql_argument(), graphql_asks(), and graphql_fail(), which fails
 * the field for all of them.
 */
struct graphql_batch {
	struct graphql_call call;
	const void *const *parents;
	size_t count;                     /* at least one */
	struct graphql_value *values;     /* one a parent, null until it is set */
	struct graphql_failure *failures; /* the engine's: graphql_fail_one() */
};

/**
 * Find the values of one field for all objects that stand in one place of the document:
 * all nodes of a list, over all lists of that place.  Called once for each place and each
 * object type that is there, level by level, in the order of the document; of a mutation,
 * beneath one root field after the other.  A fault fails the field for all of them, and is
 * told to on_fault once.
 */
typedef struct err *(*graphql_batch_f)(struct graphql_batch *batch);

/** As graphql_fail(), for the parent number ${index} alone. */
void graphql_fail_one(
    struct graphql_batch *batch, size_t index, struct str code, struct str message);

/* The resolver of one field, named "Type.field". */
struct graphql_binding {
	struct str name;
	graphql_resolve_f resolve;
};

/* The batch loader of one field, which then has no resolver. */
struct graphql_batch_binding {
	struct str name;
	graphql_batch_f load;
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
 * Give fields of ${schema} their batch loaders, before graphql_schema_bind() and with the
 * same faults.  May be called several times.
 */
NODISCARD struct err *graphql_schema_bind_batches(struct arena *arena,
    struct graphql_schema *schema, const struct graphql_batch_binding *bindings, size_t count);

/**
 * Give ${schema} its resolvers and scalar checks.  They must agree exactly: the
 * fault (ERR_CORRUPT) names the field of an object type that has neither resolver nor
 * batch loader, or the binding whose field does not exist or that is given twice.
 * Subscription fields need no resolver.  The fault is allocated in ${arena}.
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
	/* Whether it has taken too long; asked now and then between fields.  NULL: never.  Then
	 * no further resolver runs and the response is a null data and one error, code TIMEOUT. */
	bool (*is_late)(void *context);
	bool tells_cost; /* the response says what the operation costs: extensions.cost */
};

enum graphql_outcome {
	GRAPHQL_OK,              /* executed; the response may still carry field errors */
	GRAPHQL_REQUEST_ERROR,   /* refused before any resolver ran: "errors" and no "data" */
	GRAPHQL_NOT_A_QUERY,     /* a mutation where only_queries; refused in the same way */
	GRAPHQL_IS_SUBSCRIPTION, /* refused in the same way: it is for graphql_subscribe() */
};

/**
 * Execute ${request} against ${schema} and write the response, one JSON object,
 * into ${response}, which is emptied first.  With room for GRAPHQL_RESPONSE_BYTES_MIN
 * it never overflows.
 *
 * The members come in the order data, errors, extensions; the last, {cost: {requested,
 * limit}}, when ${request} wants it and the cost is known.  An error is {message, locations,
 * path, extensions: {code}}, of an invalid document also {rule}, the name of the rule that
 * was broken in the specification, and of one that costs too much (code LIMIT) its cost.
 * The engine's own codes: GRAPHQL_PARSE_FAILED, GRAPHQL_VALIDATION_FAILED, BAD_USER_INPUT
 * (variables), OPERATION_RESOLUTION_FAILURE, LIMIT, TIMEOUT, INTERNAL; the rest are the
 * resolvers' codes and the names of err kinds.
 *
 * When ${arena} or ${response} proves too small while executing, no further
 * resolver runs and the response is a null data and one error with code LIMIT.
 * Uses ${arena} without releasing it.
 */
NODISCARD enum graphql_outcome graphql_execute(struct arena *arena,
    const struct graphql_schema *schema, const struct graphql_request *request,
    const struct graphql_limits *limits, struct buf *response);

/*
 * -- documents that are used again --
 *
 * Reading and validating a document depends on nothing but its text, the schema and the
 * limits.  A document that was prepared is never changed: any number of threads may
 * execute it at once.
 */
struct graphql_document;

/**
 * Read and validate ${query} into ${arena}, which with ${query} must outlive ${*ret}.  NULL,
 * with the response of a refused request in ${response}, when it is not valid.
 */
NODISCARD const struct graphql_document *graphql_prepare(struct arena *arena,
    const struct graphql_schema *schema, struct str query, const struct graphql_limits *limits,
    struct buf *response);

/** graphql_execute() of a document that is prepared; ${request->query} is not looked at. */
NODISCARD enum graphql_outcome graphql_execute_prepared(struct arena *arena,
    const struct graphql_schema *schema, const struct graphql_document *document,
    const struct graphql_request *request, const struct graphql_limits *limits,
    struct buf *response);

/*
 * -- subscriptions --
 *
 * The engine says what is asked for; the caller brings the events, and for each of them
 * has the response made.  One subscription belongs to one thread at a time.
 */
struct graphql_subscription;

/**
 * Begin the subscription that ${request} asks for.  NULL, with the response of a refused
 * request, when it cannot be.
 * It lives in ${arena}, with copies of all that it needs of ${request}.
 */
NODISCARD struct graphql_subscription *graphql_subscribe(struct arena *arena,
    const struct graphql_schema *schema, const struct graphql_request *request,
    const struct graphql_limits *limits, struct buf *response);

/** The name of its one root field, and the argument ${name} as graphql_argument(). */
struct str graphql_subscription_field(const struct graphql_subscription *subscription);
const struct json *graphql_subscription_argument(
    const struct graphql_subscription *subscription, struct str name);

/** Whether the field ${path} of what its root field gives is asked: as graphql_asks(). */
bool graphql_subscription_asks(const struct graphql_subscription *subscription, struct str path);

/**
 * The response for one event, of which ${value} is what the root field gives.  ${context},
 * ${on_fault} and ${is_late} are those of ${request}; the rest of it is not looked at.
 * Uses ${arena}, another than its own, without releasing it.
 */
void graphql_publish(struct arena *arena, const struct graphql_subscription *subscription,
    const struct graphql_request *request, const struct graphql_value *value,
    const struct graphql_limits *limits, struct buf *response);

enum graphql_operation_kind {
	GRAPHQL_QUERY,
	GRAPHQL_MUTATION,
	GRAPHQL_SUBSCRIPTION,
	GRAPHQL_NO_OPERATION,
};

/** What kind of operation ${name} (empty: the only one) of ${document} is. */
enum graphql_operation_kind graphql_operation_kind(
    const struct graphql_document *document, struct str name);

#endif
