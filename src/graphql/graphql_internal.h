#ifndef GRAPHQL_GRAPHQL_INTERNAL_H
#define GRAPHQL_GRAPHQL_INTERNAL_H

#include "graphql/graphql.h"

/*
 * What the parts of the engine share.  Nothing outside src/graphql includes this.
 *
 * Everything is allocated in one arena and linked in the order of the document.
 * Places are byte offsets into the document (${at}); lines and columns are
 * counted only when an error is written.  A name that the validator has found in
 * the schema carries the pointer beside it, so nothing is looked up twice.
 *
 * An allocation that fails leaves arena_exhausted() set; every part then stops
 * at once and graphql_execute() answers with one error, code LIMIT.
 */

/* -- errors -- */

#define GRAPHQL_ERROR_PLACES_MAX 2

/* One step of the way to a field, from the leaf up; lives on the executor's stack. */
struct graphql_path {
	const struct graphql_path *up;
	struct str key; /* empty: an index */
	size_t index;
};

/* What an operation costs, and may cost; no limit is 0. */
struct graphql_cost {
	bool known;
	size_t requested, limit;
};

struct graphql_error {
	struct str message, code;
	struct str rule; /* of the specification that was broken, or empty */
	uint32_t at[GRAPHQL_ERROR_PLACES_MAX];
	size_t places;
	struct str path;                 /* a JSON list, or empty */
	const struct graphql_cost *cost; /* that was too high; may be NULL */
	struct graphql_error *next;
};

struct graphql_errors {
	struct arena *arena;
	struct str source;
	struct str code; /* of the errors being added */
	struct str rule; /* of section 5 that is being applied, or empty */
	size_t count, count_max;
	bool suggests_nothing; /* the schema is not told, also not name by name */
	struct graphql_error *first, *last;
};

/**
 * Add an error with ${message} at ${at}; beyond count_max it is only counted.
 * Returns it, or NULL when it was not kept.
 */
struct graphql_error *graphql_report(struct graphql_errors *, uint32_t at, struct str message);

/** The same with the path ${path}, which may be NULL, and its own ${code}. */
void graphql_report_path(struct graphql_errors *, uint32_t at, struct str code, struct str message,
    const struct graphql_path *path);

/** Whether no further error would be kept, or memory has run out. */
bool graphql_errors_full(const struct graphql_errors *);

/** Write "errors":[...] as a member of the map open in ${w}. */
void graphql_errors_write(const struct graphql_errors *, struct json_writer *w);

/** The line and column of ${at} in ${source}, both from 1; a column is a character. */
void graphql_locate(struct str source, uint32_t at, size_t *ret_line, size_t *ret_column);

/** ${path} as "ecos.edges[3].node". */
struct str graphql_path_text(struct arena *, const struct graphql_path *path);

/* The most names that are worth offering. */
#define GRAPHQL_SUGGESTIONS_MAX 3

/* The names nearest to one that was not found. */
struct graphql_suggestions {
	struct str wanted;
	struct str names[GRAPHQL_SUGGESTIONS_MAX];
	size_t distances[GRAPHQL_SUGGESTIONS_MAX];
	size_t count;
};

/** Consider ${name} as what may have been meant. */
void graphql_suggest(struct graphql_suggestions *, struct str name);

/** " Did you mean "a", "b", or "c"?", or nothing. */
struct str graphql_suggestions_text(struct arena *, const struct graphql_suggestions *);

/* -- lexer -- */

enum graphql_token_kind {
	TOKEN_END,
	TOKEN_BANG,
	TOKEN_DOLLAR,
	TOKEN_AMP,
	TOKEN_PAREN_OPEN,
	TOKEN_PAREN_CLOSE,
	TOKEN_SPREAD,
	TOKEN_COLON,
	TOKEN_EQUALS,
	TOKEN_AT,
	TOKEN_BRACKET_OPEN,
	TOKEN_BRACKET_CLOSE,
	TOKEN_BRACE_OPEN,
	TOKEN_BRACE_CLOSE,
	TOKEN_PIPE,
	TOKEN_NAME,
	TOKEN_INT,
	TOKEN_FLOAT,
	TOKEN_STRING,
	TOKEN_BLOCK_STRING,
};

struct graphql_token {
	enum graphql_token_kind kind;
	uint32_t at;
	struct str text; /* of names and numbers as written, of strings their value */
};

struct graphql_lexer {
	struct arena *arena;
	struct str source;
	size_t at;
	size_t tokens, tokens_max;
	struct graphql_errors *errors;
};

/**
 * Begin with ${source}, which must be shorter than 4 GB.  False, with the error
 * reported, when it is longer than ${limits} allow or not UTF-8.
 */
NODISCARD bool graphql_lexer_init(struct graphql_lexer *, struct arena *arena, struct str source,
    const struct graphql_limits *limits, struct graphql_errors *errors);

/** The next token.  False, with the error reported, when there is none to be had. */
NODISCARD bool graphql_lexer_next(struct graphql_lexer *, struct graphql_token *ret);

/** ${token} as people call it: Name "eco", "{", end of document. */
struct str graphql_token_text(struct arena *, const struct graphql_token *token);

/** The reader of the string literal at ${lexer}: see graphql_string.c. */
NODISCARD bool graphql_lexer_string(struct graphql_lexer *lexer, struct graphql_token *ret);

/** Report ${message} at ${at}.  Always false. */
bool graphql_lexer_refuse(struct graphql_lexer *lexer, size_t at, struct str message);

/* -- document -- */

enum graphql_literal_kind {
	LITERAL_NULL,
	LITERAL_VARIABLE,
	LITERAL_INT,
	LITERAL_FLOAT,
	LITERAL_STRING,
	LITERAL_BOOLEAN,
	LITERAL_ENUM,
	LITERAL_LIST,
	LITERAL_OBJECT,
};

struct graphql_literal {
	enum graphql_literal_kind kind;
	uint32_t at, name_at;
	struct str text; /* of scalars; of a variable its name */
	struct str name; /* of an object's field */
	size_t count;
	struct graphql_literal *first; /* items or fields */
	struct graphql_literal *next;
};

enum graphql_wrap { WRAP_NONE, WRAP_LIST, WRAP_NON_NULL };

struct graphql_type_ref {
	enum graphql_wrap wrap;
	uint32_t at;
	struct str name;                   /* of WRAP_NONE */
	const struct graphql_type *type;   /* of WRAP_NONE, once resolved */
	const struct graphql_type_ref *of; /* of the others */
};

struct graphql_argument {
	struct str name;
	uint32_t at;
	struct graphql_literal *value;
	struct graphql_argument *next;
};

struct graphql_directive {
	struct str name;
	uint32_t at;
	struct graphql_argument *arguments;
	const struct graphql_directive_type *type; /* resolved */
	struct graphql_directive *next;
};

enum graphql_selection_kind { SELECTION_FIELD, SELECTION_SPREAD, SELECTION_INLINE };

struct graphql_selection {
	enum graphql_selection_kind kind;
	uint32_t at, name_at;
	struct str key;  /* of a field: its alias, or its name */
	struct str name; /* of a field or a spread fragment */
	bool aliased;
	struct graphql_argument *arguments;
	struct graphql_directive *directives;
	struct graphql_type_ref *condition; /* of an inline fragment; may be NULL */
	bool has_selections;
	struct graphql_selection *first;
	struct graphql_selection *next;

	const struct graphql_type *parent;     /* resolved: what it is selected on; may be NULL */
	const struct graphql_field *field;     /* resolved */
	struct graphql_definition *fragment;   /* of a spread, resolved */
	struct graphql_selection *next_spread; /* of the same definition */
	bool loads; /* of a field: it or something beneath it is batched */
};

struct graphql_variable {
	struct str name;
	uint32_t at;
	struct graphql_type_ref *type;
	struct graphql_literal *default_value;
	struct graphql_directive *directives;
	bool used;
	struct graphql_variable *next;
};

/* One place where a variable stands. */
struct graphql_usage {
	struct str name;
	uint32_t at;
	const struct graphql_type_ref *type; /* expected there; NULL: anything */
	bool has_default;                    /* the place has one */
	const struct graphql_type *one_of;   /* the input object that takes exactly one field */
	struct graphql_usage *next;
};

enum graphql_definition_kind {
	DEFINITION_QUERY,
	DEFINITION_MUTATION,
	DEFINITION_SUBSCRIPTION,
	DEFINITION_FRAGMENT,
};

struct graphql_definition {
	enum graphql_definition_kind kind;
	struct str name; /* empty: an anonymous operation */
	uint32_t at, name_at;
	struct graphql_variable *variables;
	struct graphql_type_ref *condition; /* of a fragment */
	struct graphql_directive *directives;
	struct graphql_selection *first;
	struct graphql_selection *spreads, *last_spread; /* all spreads inside */
	struct graphql_usage *usages;
	const struct graphql_type *root; /* resolved: what the selections are on */
	struct graphql_definition *next;

	/* Marks of the passes over the graph of fragments. */
	enum { MEASURE_NEW, MEASURE_OPEN, MEASURE_DONE } measure;
	size_t depth, fields, aliases;           /* expanded */
	size_t height;                           /* of fragments inside fragments */
	bool loads;                              /* something inside is batched */
	bool is_used;                            /* an operation, or reached by one */
	size_t stamp;                            /* the walk of the validator's that came by last */
	struct graphql_definition *next_reached; /* by that walk */
	size_t number;                           /* among the definitions, from 0 */
};

/* Once validated it is never written to: executions keep their own marks. */
struct graphql_document {
	struct graphql_definition *first;
	size_t operations;
	size_t definitions;
	struct str source;
	const struct graphql_schema *schema;
};

/* -- parser -- */

struct graphql_parser {
	struct arena *arena;
	struct graphql_lexer lexer;
	struct graphql_token token; /* the next one; TOKEN_END once failed */
	struct graphql_errors *errors;
	size_t depth, depth_max;
	struct graphql_definition *definition; /* being read */
	bool failed;
};

/** Begin with ${source}; a failure shows in ${parser}->failed. */
void graphql_parser_init(struct graphql_parser *parser, struct arena *arena, struct str source,
    const struct graphql_limits *limits, struct graphql_errors *errors);

/** Parse an executable document.  False with the error reported. */
NODISCARD bool graphql_parse_document(
    struct graphql_parser *parser, struct graphql_document *ret_document);

/* The pieces that SDL shares.  After a failure they return NULL or nothing. */

/** Give up with ${message} at ${at}. */
void graphql_parser_fail(struct graphql_parser *, uint32_t at, struct str message);
/** Give up because the next token is not ${expected}. */
void graphql_parser_unexpected(struct graphql_parser *, struct str expected);
/** Step over the next token when it is ${kind}. */
bool graphql_parser_accept(struct graphql_parser *, enum graphql_token_kind kind);
/** Step over the next token, which must be ${kind}. */
void graphql_parser_expect(struct graphql_parser *, enum graphql_token_kind kind);
/** Whether the next token is the name ${keyword}. */
bool graphql_parser_at(const struct graphql_parser *, struct str keyword);
/** Step over the next token, which must be a name; ${ret_at} may be NULL. */
struct str graphql_parser_name(struct graphql_parser *, uint32_t *ret_at);
/** A zeroed object of ${size} bytes; on failure the parser has failed too. */
void *graphql_parser_alloc(struct graphql_parser *, size_t size, size_t align);
#define graphql_parser_new(parser, type) \
	((type *)graphql_parser_alloc((parser), sizeof(type), _Alignof(type)))
struct graphql_literal *graphql_parse_literal(struct graphql_parser *, bool constant);
struct graphql_type_ref *graphql_parse_type(struct graphql_parser *);
struct graphql_directive *graphql_parse_directives(struct graphql_parser *, bool constant);

/* -- schema -- */

enum graphql_kind {
	KIND_SCALAR,
	KIND_OBJECT,
	KIND_INTERFACE,
	KIND_UNION,
	KIND_ENUM,
	KIND_INPUT_OBJECT,
};

/* The scalars that the specification defines; every other is custom. */
enum graphql_builtin {
	BUILTIN_NONE,
	BUILTIN_INT,
	BUILTIN_FLOAT,
	BUILTIN_STRING,
	BUILTIN_BOOLEAN,
	BUILTIN_ID,
};

struct graphql_deprecation {
	bool deprecated;
	struct str reason;
};

/* An argument, or a field of an input object. */
struct graphql_input {
	struct str name, description;
	uint32_t at;
	struct graphql_type_ref *type;
	struct graphql_literal *default_literal;
	const struct json *default_value; /* coerced */
	struct graphql_directive *directives;
	struct graphql_deprecation deprecation;
	struct graphql_input *next;
};

/* How long lists are taken to be, as @listSize says. */
struct graphql_list_size {
	const struct graphql_literal *slicing; /* names of arguments; may be NULL */
	const struct graphql_literal *sized;   /* names of lists beneath; NULL: the field is one */
	size_t assumed;
};

struct graphql_field {
	struct str name, description;
	uint32_t at;
	struct graphql_input *arguments;
	struct graphql_type_ref *type;
	struct graphql_directive *directives;
	struct graphql_deprecation deprecation;
	graphql_resolve_f resolve;
	graphql_batch_f load;
	size_t weight;                             /* of @cost */
	const struct graphql_list_size *list_size; /* of @listSize; NULL: not said */
	bool is_batched; /* has a loader, or an object type's field that it stands for has one */
	struct graphql_field *next;
};

struct graphql_enum_value {
	struct str name, description;
	uint32_t at;
	struct graphql_directive *directives;
	struct graphql_deprecation deprecation;
	struct graphql_enum_value *next;
};

/* An interface that a type implements, or a member of a union. */
struct graphql_relation {
	struct str name;
	uint32_t at;
	const struct graphql_type *type; /* resolved */
	struct graphql_relation *next;
};

struct graphql_type {
	enum graphql_kind kind;
	enum graphql_builtin builtin;
	bool reserved; /* of the engine's own definitions */
	bool hidden;   /* holds the meta fields; no type of the schema */
	struct str name, description;
	uint32_t at;
	struct graphql_field *fields;
	struct graphql_relation *interfaces, *members;
	struct graphql_enum_value *values;
	struct graphql_input *inputs;
	struct graphql_directive *directives;
	struct str specified_by;
	graphql_scalar_f accept;
	bool one_of; /* an input object that takes exactly one field */
	size_t walk; /* of the search for input objects that contain themselves */
	struct graphql_type *next, *next_in_bucket;
};

/* Where a directive may stand; the bit is 1 << location. */
enum graphql_location {
	LOCATION_QUERY,
	LOCATION_MUTATION,
	LOCATION_SUBSCRIPTION,
	LOCATION_FIELD,
	LOCATION_FRAGMENT_DEFINITION,
	LOCATION_FRAGMENT_SPREAD,
	LOCATION_INLINE_FRAGMENT,
	LOCATION_VARIABLE_DEFINITION,
	LOCATION_SCHEMA,
	LOCATION_SCALAR,
	LOCATION_OBJECT,
	LOCATION_FIELD_DEFINITION,
	LOCATION_ARGUMENT_DEFINITION,
	LOCATION_INTERFACE,
	LOCATION_UNION,
	LOCATION_ENUM,
	LOCATION_ENUM_VALUE,
	LOCATION_INPUT_OBJECT,
	LOCATION_INPUT_FIELD_DEFINITION,
};
#define GRAPHQL_LOCATIONS 19

struct graphql_directive_type {
	struct str name, description;
	uint32_t at;
	struct graphql_input *arguments;
	bool repeatable, reserved;
	uint32_t locations;
	struct graphql_directive_type *next;
};

#define GRAPHQL_BUCKETS 256

struct graphql_schema {
	struct arena *arena;
	struct str description;
	struct graphql_type *first, *last;
	struct graphql_type *buckets[GRAPHQL_BUCKETS];
	struct graphql_directive_type *directives, *last_directive;
	struct graphql_directive *applied; /* to the schema definition */
	struct str root_names[3];          /* of query, mutation, subscription */
	uint32_t root_at[3];
	const struct graphql_type *roots[3];
	struct graphql_type *meta; /* __typename, __schema, __type */
	bool bound;
};

/* One SDL text being read into a schema. */
struct graphql_sdl {
	struct graphql_schema *schema;
	struct graphql_parser parser;
	bool reserved; /* the engine's own */
	bool schema_defined;
	struct graphql_type *extensions, *last_extension; /* in the order of the text */
};

/** The engine's own definitions: built-in scalars, directives, introspection. */
struct str graphql_prelude(void);

/** Read the definitions of ${sdl}; a failure shows in ${sdl}->parser.failed. */
void graphql_read_definitions(struct graphql_sdl *sdl);

/** Add what the extensions of ${sdl} say to the types that they extend. */
void graphql_extend_types(struct graphql_sdl *sdl);

/** Check everything that was read, and resolve names.  Reports into ${errors}. */
void graphql_check_schema(struct graphql_schema *, struct graphql_errors *errors);

/** Check that ${type} keeps the interfaces that it names. */
void graphql_check_interfaces(
    struct graphql_schema *, const struct graphql_type *type, struct graphql_errors *errors);

/** The name of ${location} in SDL, e.g. "FIELD_DEFINITION". */
struct str graphql_location_name(enum graphql_location location);

/** Add ${type} to ${schema}; false when the name is taken. */
NODISCARD bool graphql_schema_add(struct graphql_schema *, struct graphql_type *type);

struct graphql_type *graphql_find_type(const struct graphql_schema *, struct str name);
struct graphql_directive_type *graphql_find_directive(
    const struct graphql_schema *, struct str name);
/** The field ${name} of ${type}; the meta fields too where they are allowed. */
const struct graphql_field *graphql_find_field(
    const struct graphql_schema *, const struct graphql_type *type, struct str name);
const struct graphql_input *graphql_find_input(const struct graphql_input *first, struct str name);
const struct graphql_argument *graphql_find_argument(
    const struct graphql_argument *first, struct str name);
const struct graphql_enum_value *graphql_find_enum_value(
    const struct graphql_type *type, struct str name);

bool graphql_is_composite(const struct graphql_type *type);
bool graphql_is_abstract(const struct graphql_type *type);
bool graphql_is_input(const struct graphql_type *type);
bool graphql_is_output(const struct graphql_type *type);
/** Whether a value of the abstract ${type} may be the object (or interface) ${member}. */
bool graphql_is_possible(const struct graphql_type *type, const struct graphql_type *member);
/** The type inside all wrappings. */
const struct graphql_type *graphql_named_type(const struct graphql_type_ref *ref);
/** Whether an argument or input field must be given. */
bool graphql_is_required(const struct graphql_input *input);
/** Write ${ref} as in SDL: [String!]! */
void graphql_type_ref_format(const struct graphql_type_ref *ref, struct buf *buf);
/** graphql_type_ref_format() into ${arena}. */
struct str graphql_type_ref_text(struct arena *, const struct graphql_type_ref *ref);
/** ${literal} as it is written in GraphQL, on one line. */
struct str graphql_literal_text(struct arena *, const struct graphql_literal *literal);

/* -- limits -- */

/**
 * Find cycles of fragments, and measure depth, fields and aliases with fragments
 * expanded.  False with the error reported.
 */
NODISCARD bool graphql_measure(struct graphql_document *document,
    const struct graphql_limits *limits, struct graphql_errors *errors);

/* -- validator -- */

struct graphql_validation {
	struct arena *arena;
	const struct graphql_schema *schema;
	struct graphql_document *document;
	struct graphql_errors *errors;
	struct graphql_definition *definition; /* being walked */
	size_t stamp;
	size_t work; /* done by the merge rule */
};

/* What a rule looks at; only what belongs to the place is set. */
struct graphql_visit {
	struct graphql_definition *definition;
	struct graphql_selection *selection;
	struct graphql_variable *variable;
	struct graphql_directive *directives;
	enum graphql_location location;
	/* A set of arguments, and who takes them. */
	struct graphql_argument *arguments;
	const struct graphql_input *inputs;
	const struct graphql_directive *directive;
	const struct graphql_literal *literal; /* what one of them is given, or a default */
	uint32_t at;
};

typedef void (*graphql_rule_f)(struct graphql_validation *, const struct graphql_visit *);

/* One rule of section 5 of the specification. */
struct graphql_rule {
	struct str name;
	struct str section;
	graphql_rule_f check;
};

/** Resolve names in ${document} and apply every rule.  Reports into ${errors}. */
void graphql_validate(struct arena *, const struct graphql_schema *,
    struct graphql_document *document, const struct graphql_limits *limits,
    struct graphql_errors *errors);

/** Report ${message} at ${at}, and at ${also} when it is another place. */
void graphql_refuse(struct graphql_validation *, uint32_t at, uint32_t also, struct str message);

/* Rules, by file.  Each is named after its section. */

/* graphql_validate_document.c */
void graphql_rule_operation_names(struct graphql_validation *, const struct graphql_visit *);
void graphql_rule_lone_anonymous(struct graphql_validation *, const struct graphql_visit *);
void graphql_rule_single_root_field(struct graphql_validation *, const struct graphql_visit *);
void graphql_rule_fragment_names(struct graphql_validation *, const struct graphql_visit *);
void graphql_rule_fragments_used(struct graphql_validation *, const struct graphql_visit *);
void graphql_rule_fragment_type(struct graphql_validation *, const struct graphql_visit *);
void graphql_rule_fragment_composite(struct graphql_validation *, const struct graphql_visit *);
void graphql_rule_variable_names(struct graphql_validation *, const struct graphql_visit *);
void graphql_rule_variable_type_exists(struct graphql_validation *, const struct graphql_visit *);
void graphql_rule_variable_types(struct graphql_validation *, const struct graphql_visit *);
void graphql_rule_variables_defined(struct graphql_validation *, const struct graphql_visit *);
void graphql_rule_variables_used(struct graphql_validation *, const struct graphql_visit *);
void graphql_rule_variables_allowed(struct graphql_validation *, const struct graphql_visit *);

/* graphql_validate_selection.c */
void graphql_rule_operation_root(struct graphql_validation *, const struct graphql_visit *);
void graphql_rule_field_exists(struct graphql_validation *, const struct graphql_visit *);
void graphql_rule_leaf_selections(struct graphql_validation *, const struct graphql_visit *);
void graphql_rule_spread_target(struct graphql_validation *, const struct graphql_visit *);
void graphql_rule_inline_type(struct graphql_validation *, const struct graphql_visit *);
void graphql_rule_inline_composite(struct graphql_validation *, const struct graphql_visit *);
void graphql_rule_spread_possible(struct graphql_validation *, const struct graphql_visit *);
void graphql_rule_argument_known(struct graphql_validation *, const struct graphql_visit *);
void graphql_rule_argument_unique(struct graphql_validation *, const struct graphql_visit *);
void graphql_rule_argument_required(struct graphql_validation *, const struct graphql_visit *);
void graphql_rule_directive_known(struct graphql_validation *, const struct graphql_visit *);
void graphql_rule_directive_location(struct graphql_validation *, const struct graphql_visit *);
void graphql_rule_directive_unique(struct graphql_validation *, const struct graphql_visit *);

/* graphql_validate_merge.c */
void graphql_rule_fields_merge(struct graphql_validation *, const struct graphql_visit *);

/* graphql_validate_value.c */
void graphql_rule_argument_values(struct graphql_validation *, const struct graphql_visit *);
void graphql_rule_variable_default(struct graphql_validation *, const struct graphql_visit *);
void graphql_rule_object_fields(struct graphql_validation *, const struct graphql_visit *);

/** The second field of an object inside ${literal} that has the name of another, or NULL. */
const struct graphql_literal *graphql_find_repeated_field(const struct graphql_literal *literal);

/* -- coercion -- */

struct graphql_coercion {
	struct arena *arena;
	const struct json *variables; /* coerced; NULL where literals are constant */
	struct str reason;            /* why it failed */
	uint32_t at;                  /* of the literal that failed */
	size_t depth;                 /* of values inside values */
	bool checking;                /* variables have no values yet: they pass */
};

/**
 * Coerce ${literal} to ${ref}.  False with a reason.  ${literal} may hold
 * variables; a variable without a value makes an optional field or item absent or
 * null, as the specification says.
 */
NODISCARD bool graphql_coerce_literal(struct graphql_coercion *, const struct graphql_type_ref *ref,
    const struct graphql_literal *literal, struct json *ret);

/** What is wrong with a value of the input object ${type} that has not exactly one field. */
struct str graphql_one_of_reason(struct arena *, const struct graphql_type *type);

/** ${literal} as JSON, whatever it is, for custom scalars. */
NODISCARD bool graphql_untyped_literal(
    struct graphql_coercion *, const struct graphql_literal *literal, struct json *ret);

/** Judge ${literal}, which is none of list, object, variable or null, for the leaf ${type}. */
NODISCARD bool graphql_coerce_leaf(struct graphql_coercion *, const struct graphql_type *type,
    const struct graphql_literal *literal, struct json *ret);

/** Coerce the JSON ${value} to the leaf ${type}.  False with a reason. */
NODISCARD bool graphql_coerce_leaf_json(struct graphql_coercion *, const struct graphql_type *type,
    const struct json *value, struct json *ret);

/**
 * Coerce ${given}, the variables of the request, to what ${operation} declares.
 * False with the errors reported; otherwise ${*ret} is a map.
 */
NODISCARD bool graphql_coerce_variables(struct arena *, const struct graphql_definition *operation,
    const struct json *given, struct graphql_errors *errors, const struct json **ret);

/**
 * Coerce ${arguments} to ${inputs}: a map with every argument that was given or
 * has a default.  False with a reason.
 */
NODISCARD bool graphql_coerce_arguments(struct graphql_coercion *,
    const struct graphql_input *inputs, const struct graphql_argument *arguments, uint32_t at,
    struct json *ret);

/* -- cost -- */

/** Read @cost and @listSize of every field, once, before anything is executed. */
NODISCARD struct err *graphql_read_costs(struct arena *, struct graphql_schema *);

/** Write "cost":{...} as a member of the map open in ${w}. */
void graphql_cost_write(const struct graphql_cost *cost, struct json_writer *w);

/* -- plan and execution -- */

/* One more field node of the same response key. */
struct graphql_step_node {
	const struct graphql_selection *selection;
	struct graphql_step_node *next;
};

/* Why one field of one object has no value. */
struct graphql_failure {
	struct str code, message; /* graphql_fail() */
	const struct err *fault;
	struct str told; /* what on_fault said of the fault, once asked */
	const struct graphql_step *step;
	struct graphql_failure *next_fault;
};

/* One object inside the values of a step, in the order of writing. */
struct graphql_slot {
	struct graphql_plan *plan; /* NULL: it is no object of the promised type */
	const void *data;
	size_t index; /* among the objects of ${plan} */
};

/* A field to resolve, with everything about it that does not depend on the object. */
struct graphql_step {
	const struct graphql_execution *x;
	const struct graphql_plan *plan;           /* that it belongs to */
	const struct graphql_selection *selection; /* the first */
	const struct graphql_field *field;
	struct str key; /* as it is written: ,"ecos": */
	struct graphql_step_node nodes, *last_node;
	struct json arguments;
	struct str refusal; /* why the arguments cannot be used */
	uint32_t refusal_at;
	bool loads;                 /* resolved by graphql_load(), before anything is written */
	struct graphql_plan *plans; /* of what lies beneath, one an object type */
	struct graphql_step *next;

	/* Of a step that loads, in the order of its plan's objects; NULL until loaded. */
	struct graphql_value *values;
	struct graphql_failure *failures; /* NULL: none */
	struct graphql_failure *failure;  /* of all objects; NULL: none */
	size_t *starts;                   /* where the slots of each value begin; NULL: no slots */
	struct graphql_slot *slots;
};

/* The fields to resolve on objects of one type in one place. */
struct graphql_plan {
	const struct graphql_type *type;
	const struct graphql_step *above; /* whose values the objects stand in; NULL: the root */
	struct graphql_step *first, *last;
	struct graphql_plan *next;

	bool loads; /* one of its steps does */
	const void **objects;
	size_t count;
	struct graphql_plan *next_to_load;
};

struct graphql_execution {
	struct arena *arena;
	const struct graphql_schema *schema;
	const struct graphql_request *request;
	const struct graphql_document *document;
	const struct graphql_definition *operation;
	const struct json *variables;
	struct graphql_errors *errors;
	struct buf *response;
	size_t *stamps; /* of the fragments, by number: the collection that came by last */
	size_t stamp;   /* of the collection of fields in progress */
	const struct graphql_value *event; /* of a subscription: what its root field gives */
	struct graphql_cost cost;
	struct graphql_failure *faults; /* that were met while loading */
	unsigned unasked;               /* fields since is_late() was asked */
	bool late;
};

/** Begin to execute ${x->operation}: its marks.  False when memory has run out. */
NODISCARD bool graphql_plan_init(struct graphql_execution *);

/** The plan for the operation's root; NULL when memory has run out. */
struct graphql_plan *graphql_plan_root(struct graphql_execution *);

/** The plan for an object of ${type} as the value of ${step}; made when first asked for. */
struct graphql_plan *graphql_plan_beneath(
    struct graphql_execution *, struct graphql_step *step, const struct graphql_type *type);

/** Whether ${s} is not left out by @skip or @include; a null condition counts as false. */
bool graphql_is_included(const struct graphql_execution *, const struct graphql_selection *s);

/** graphql_asks() beneath ${step}. */
bool graphql_step_asks(const struct graphql_step *step, struct str path);

/** Whether to stop: memory, room or time is used up. */
bool graphql_is_spent(struct graphql_execution *);

/** Call the resolver of ${step} on ${object}.  A failure leaves ${*ret} null. */
void graphql_resolve(struct graphql_execution *, const struct graphql_step *step,
    const void *object, struct graphql_value *ret, struct graphql_failure *ret_failure);

/** The object type of ${value}, which ${declared} promises; NULL when it is none of it. */
const struct graphql_type *graphql_object_type(const struct graphql_execution *,
    const struct graphql_type *declared, const struct graphql_value *value);

/**
 * Write ${value}, which is not null, as a value of the scalar or enum ${type}.  NULL when
 * that was done; otherwise what was promised, as a phrase.
 */
const char *graphql_leaf_write(
    struct json_writer *, const struct graphql_type *type, const struct graphql_value *value);

/** How many slots ${value}, of type ${ref}, has. */
size_t graphql_count_slots(const struct graphql_type_ref *ref, const struct graphql_value *value);

/** Load what loads in ${plan}, whose objects are known, and beneath, level by level. */
void graphql_load(struct graphql_execution *, struct graphql_plan *plan);

/** The same for the one ${step} of ${plan}. */
void graphql_load_step(
    struct graphql_execution *, struct graphql_plan *plan, struct graphql_step *step);

/**
 * Find what the operation costs, whose variables are known.  False with the error reported
 * when that is more than ${cost_max}; 0: any.
 */
NODISCARD bool graphql_check_cost(struct graphql_execution *, size_t cost_max);

/** Execute, and write "data":... as a member of the map open in ${w}. */
void graphql_run(struct graphql_execution *, struct json_writer *w);

/* -- documents -- */

/** Begin ${response} anew. */
void graphql_response_begin(struct buf *response);

/** Write the response of a request that is refused with ${errors}; ${cost} may be NULL. */
void graphql_respond_refused(
    const struct graphql_errors *errors, const struct graphql_cost *cost, struct buf *response);

/** Write what the response says beside data and errors; ${cost} may be NULL. */
void graphql_extensions_write(const struct graphql_cost *cost, struct json_writer *w);

/**
 * Find the operation, its variables and its cost: everything before a resolver runs.
 * ${x} has its arena, document, request and errors.  Otherwise GRAPHQL_OK is not returned,
 * and the errors are reported.
 */
NODISCARD enum graphql_outcome graphql_begin(
    struct graphql_execution *x, bool subscribes, const struct graphql_limits *limits);

/** Run ${x}, write the response, and see that it is one whatever was used up. */
void graphql_respond(struct graphql_execution *x);

/* -- introspection -- */

/** The resolvers of the engine's own types. */
const struct graphql_binding *graphql_introspection_bindings(size_t *ret_count);

#endif
