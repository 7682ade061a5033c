#include "graphql/graphql_internal.h"

/* -- the pieces that SDL shares -- */

void
graphql_parser_fail(struct graphql_parser *parser, uint32_t at, struct str message)
{
	if (!parser->failed)
		(void)graphql_report(parser->errors, at, message);
	parser->failed = true;
	parser->token = (struct graphql_token){ .kind = TOKEN_END, .at = at };
}

void
graphql_parser_unexpected(struct graphql_parser *parser, struct str expected)
{
	struct str found = graphql_token_text(parser->arena, &parser->token);

	if (str_empty(expected))
		graphql_parser_fail(parser, parser->token.at,
		    arena_printf(parser->arena, "Syntax Error: Unexpected %.*s.", STR_ARG(found)));
	else
		graphql_parser_fail(parser, parser->token.at,
		    arena_printf(parser->arena, "Syntax Error: Expected %.*s, found %.*s.",
			STR_ARG(expected), STR_ARG(found)));
}

static void
advance(struct graphql_parser *parser)
{
	if (parser->failed)
		return;
	if (!graphql_lexer_next(&parser->lexer, &parser->token)) {
		parser->failed = true;
		parser->token = (struct graphql_token){ .kind = TOKEN_END };
	}
}

void
graphql_parser_init(struct graphql_parser *parser, struct arena *arena, struct str source,
    const struct graphql_limits *limits, struct graphql_errors *errors)
{
	CHECK(limits->depth_max <= GRAPHQL_DEPTH_CEILING);

	*parser = (struct graphql_parser){
		.arena = arena, .errors = errors, .depth_max = limits->depth_max
	};
	if (!graphql_lexer_init(&parser->lexer, arena, source, limits, errors))
		parser->failed = true;
	advance(parser);
}

bool
graphql_parser_accept(struct graphql_parser *parser, enum graphql_token_kind kind)
{
	if (parser->failed || parser->token.kind != kind)
		return false;
	advance(parser);
	return true;
}

void
graphql_parser_expect(struct graphql_parser *parser, enum graphql_token_kind kind)
{
	struct graphql_token wanted = { .kind = kind };

	if (!graphql_parser_accept(parser, kind))
		graphql_parser_unexpected(parser, graphql_token_text(parser->arena, &wanted));
}

bool
graphql_parser_at(const struct graphql_parser *parser, struct str keyword)
{
	return parser->token.kind == TOKEN_NAME && str_equal(parser->token.text, keyword);
}

struct str
graphql_parser_name(struct graphql_parser *parser, uint32_t *ret_at)
{
	struct graphql_token token = parser->token;

	if (ret_at != NULL)
		*ret_at = token.at;
	graphql_parser_expect(parser, TOKEN_NAME);
	return token.text;
}

void *
graphql_parser_alloc(struct graphql_parser *parser, size_t size, size_t align)
{
	void *object = arena_alloc(parser->arena, size, align, 1);

	if (object == NULL)
		graphql_parser_fail(
		    parser, parser->token.at, STR("The request used up its memory."));
	return object;
}

/* One level deeper.  False, and failed, when that is too deep. */
static bool
enter(struct graphql_parser *parser)
{
	if (parser->failed)
		return false;
	if (parser->depth >= parser->depth_max) {
		parser->errors->code = STR("LIMIT");
		graphql_parser_fail(parser, parser->token.at,
		    arena_printf(parser->arena,
			"Syntax Error: The document is nested more than %zu levels deep.",
			parser->depth_max));
		return false;
	}
	parser->depth++;
	return true;
}

static void
leave(struct graphql_parser *parser)
{
	parser->depth--;
}

/* The literal that a name stands for: true, false, null or an enum value. */
static void
read_name_literal(struct graphql_literal *literal)
{
	if (str_equal(literal->text, STR("true")) || str_equal(literal->text, STR("false")))
		literal->kind = LITERAL_BOOLEAN;
	else if (str_equal(literal->text, STR("null")))
		literal->kind = LITERAL_NULL;
	else
		literal->kind = LITERAL_ENUM;
}

/* The items of a list or the fields of an object, up to the closing ${end}. */
static void
parse_items(struct graphql_parser *parser, struct graphql_literal *literal,
    enum graphql_token_kind end, bool constant)
{
	struct graphql_literal **last = &literal->first;

	if (!enter(parser))
		return;
	advance(parser);
	while (!parser->failed && !graphql_parser_accept(parser, end)) {
		struct graphql_literal *item;
		struct str name = STR("");
		uint32_t at = 0;

		if (literal->kind == LITERAL_OBJECT) {
			name = graphql_parser_name(parser, &at);
			graphql_parser_expect(parser, TOKEN_COLON);
		}
		item = graphql_parse_literal(parser, constant);
		if (item == NULL)
			return;
		item->name = name;
		item->name_at = at;
		*last = item;
		last = &item->next;
		literal->count++;
	}
	leave(parser);
}

/* What ${kind} of literal begins with a token of ${token}; false when none does. */
static bool
literal_kind(enum graphql_token_kind token, enum graphql_literal_kind *ret)
{
	static const struct {
		enum graphql_token_kind token;
		enum graphql_literal_kind literal;
	} table[] = { { TOKEN_DOLLAR, LITERAL_VARIABLE }, { TOKEN_BRACKET_OPEN, LITERAL_LIST },
		{ TOKEN_BRACE_OPEN, LITERAL_OBJECT }, { TOKEN_NAME, LITERAL_ENUM },
		{ TOKEN_INT, LITERAL_INT }, { TOKEN_FLOAT, LITERAL_FLOAT },
		{ TOKEN_STRING, LITERAL_STRING }, { TOKEN_BLOCK_STRING, LITERAL_STRING } };

	for (size_t i = 0; i < COUNT_OF(table); i++) {
		if (table[i].token != token)
			continue;
		*ret = table[i].literal;
		return true;
	}
	return false;
}

struct graphql_literal *
graphql_parse_literal(struct graphql_parser *parser, bool constant)
{
	struct graphql_literal *literal = graphql_parser_new(parser, struct graphql_literal);
	struct graphql_token token = parser->token;

	if (literal == NULL || parser->failed)
		return NULL;
	literal->at = token.at;
	literal->text = token.text;
	if (!literal_kind(token.kind, &literal->kind)) {
		graphql_parser_unexpected(parser, STR(""));
		return NULL;
	}
	if (literal->kind == LITERAL_LIST) {
		parse_items(parser, literal, TOKEN_BRACKET_CLOSE, constant);
	} else if (literal->kind == LITERAL_OBJECT) {
		parse_items(parser, literal, TOKEN_BRACE_CLOSE, constant);
	} else if (literal->kind == LITERAL_VARIABLE) {
		advance(parser);
		if (constant && parser->token.kind != TOKEN_NAME) {
			parser->token = token;
			graphql_parser_unexpected(parser, STR(""));
		}
		literal->text = graphql_parser_name(parser, NULL);
		if (constant)
			graphql_parser_fail(parser, token.at,
			    arena_printf(parser->arena,
				"Syntax Error: Unexpected variable \"$%.*s\" in constant value.",
				STR_ARG(literal->text)));
	} else {
		if (token.kind == TOKEN_NAME)
			read_name_literal(literal);
		advance(parser);
	}
	return parser->failed ? NULL : literal;
}

struct graphql_type_ref *
graphql_parse_type(struct graphql_parser *parser)
{
	struct graphql_type_ref *ref = graphql_parser_new(parser, struct graphql_type_ref),
				*wrapped;

	if (ref == NULL)
		return NULL;
	ref->at = parser->token.at;
	if (parser->token.kind == TOKEN_BRACKET_OPEN) {
		if (!enter(parser))
			return NULL;
		advance(parser);
		ref->wrap = WRAP_LIST;
		ref->of = graphql_parse_type(parser);
		graphql_parser_expect(parser, TOKEN_BRACKET_CLOSE);
		leave(parser);
	} else {
		ref->name = graphql_parser_name(parser, NULL);
	}
	if (graphql_parser_accept(parser, TOKEN_BANG)) {
		wrapped = ref;
		ref = graphql_parser_new(parser, struct graphql_type_ref);
		if (ref == NULL)
			return NULL;
		*ref = (struct graphql_type_ref){
			.wrap = WRAP_NON_NULL, .at = wrapped->at, .of = wrapped
		};
	}
	return parser->failed ? NULL : ref;
}

static struct graphql_argument *
parse_arguments(struct graphql_parser *parser, bool constant)
{
	struct graphql_argument *first = NULL, **last = &first;

	if (!graphql_parser_accept(parser, TOKEN_PAREN_OPEN))
		return NULL;
	do {
		struct graphql_argument *argument =
		    graphql_parser_new(parser, struct graphql_argument);

		if (argument == NULL)
			return NULL;
		argument->name = graphql_parser_name(parser, &argument->at);
		graphql_parser_expect(parser, TOKEN_COLON);
		argument->value = graphql_parse_literal(parser, constant);
		*last = argument;
		last = &argument->next;
	} while (!parser->failed && !graphql_parser_accept(parser, TOKEN_PAREN_CLOSE));
	return first;
}

struct graphql_directive *
graphql_parse_directives(struct graphql_parser *parser, bool constant)
{
	struct graphql_directive *first = NULL, **last = &first;

	while (parser->token.kind == TOKEN_AT) {
		struct graphql_directive *directive =
		    graphql_parser_new(parser, struct graphql_directive);

		if (directive == NULL)
			return NULL;
		directive->at = parser->token.at;
		advance(parser);
		directive->name = graphql_parser_name(parser, NULL);
		directive->arguments = parse_arguments(parser, constant);
		*last = directive;
		last = &directive->next;
	}
	return first;
}

/* -- executable documents -- */

static void parse_selections(struct graphql_parser *parser, struct graphql_selection **ret_first);

static void
parse_field(struct graphql_parser *parser, struct graphql_selection *selection)
{
	selection->kind = SELECTION_FIELD;
	selection->key = selection->name = graphql_parser_name(parser, &selection->name_at);
	if (graphql_parser_accept(parser, TOKEN_COLON)) {
		selection->aliased = true;
		selection->name = graphql_parser_name(parser, &selection->name_at);
	}
	selection->arguments = parse_arguments(parser, false);
	selection->directives = graphql_parse_directives(parser, false);
	if (parser->token.kind == TOKEN_BRACE_OPEN) {
		selection->has_selections = true;
		parse_selections(parser, &selection->first);
	}
}

/* Step over a description: it is for those who read the document. */
static bool
skip_description(struct graphql_parser *parser)
{
	return graphql_parser_accept(parser, TOKEN_STRING) ||
	       graphql_parser_accept(parser, TOKEN_BLOCK_STRING);
}

/* A name as the type that it must be the name of. */
static struct graphql_type_ref *
parse_condition(struct graphql_parser *parser)
{
	struct graphql_type_ref *ref = graphql_parser_new(parser, struct graphql_type_ref);

	if (ref != NULL)
		ref->name = graphql_parser_name(parser, &ref->at);
	return ref;
}

/* ...Name, ... on Type {}, or ... {} */
static void
parse_spread(struct graphql_parser *parser, struct graphql_selection *selection)
{
	struct graphql_definition *definition = parser->definition;

	if (parser->token.kind == TOKEN_NAME && !graphql_parser_at(parser, STR("on"))) {
		selection->kind = SELECTION_SPREAD;
		selection->name = graphql_parser_name(parser, &selection->name_at);
		selection->directives = graphql_parse_directives(parser, false);
		if (definition->spreads == NULL)
			definition->spreads = selection;
		else
			definition->last_spread->next_spread = selection;
		definition->last_spread = selection;
		return;
	}
	selection->kind = SELECTION_INLINE;
	if (graphql_parser_at(parser, STR("on"))) {
		advance(parser);
		selection->condition = parse_condition(parser);
	}
	selection->directives = graphql_parse_directives(parser, false);
	selection->has_selections = true;
	parse_selections(parser, &selection->first);
}

static void
parse_selections(struct graphql_parser *parser, struct graphql_selection **ret_first)
{
	struct graphql_selection **last = ret_first;

	if (!enter(parser))
		return;
	graphql_parser_expect(parser, TOKEN_BRACE_OPEN);
	do {
		struct graphql_selection *selection =
		    graphql_parser_new(parser, struct graphql_selection);

		if (selection == NULL)
			return;
		selection->at = parser->token.at;
		if (graphql_parser_accept(parser, TOKEN_SPREAD))
			parse_spread(parser, selection);
		else
			parse_field(parser, selection);
		*last = selection;
		last = &selection->next;
	} while (!parser->failed && !graphql_parser_accept(parser, TOKEN_BRACE_CLOSE));
	leave(parser);
}

static struct graphql_variable *
parse_variables(struct graphql_parser *parser)
{
	struct graphql_variable *first = NULL, **last = &first;

	if (!graphql_parser_accept(parser, TOKEN_PAREN_OPEN))
		return NULL;
	do {
		struct graphql_variable *variable =
		    graphql_parser_new(parser, struct graphql_variable);

		if (variable == NULL)
			return NULL;
		variable->at = parser->token.at;
		(void)skip_description(parser);
		graphql_parser_expect(parser, TOKEN_DOLLAR);
		variable->name = graphql_parser_name(parser, NULL);
		graphql_parser_expect(parser, TOKEN_COLON);
		variable->type = graphql_parse_type(parser);
		if (graphql_parser_accept(parser, TOKEN_EQUALS))
			variable->default_value = graphql_parse_literal(parser, true);
		variable->directives = graphql_parse_directives(parser, true);
		*last = variable;
		last = &variable->next;
	} while (!parser->failed && !graphql_parser_accept(parser, TOKEN_PAREN_CLOSE));
	return first;
}

static void
parse_operation(struct graphql_parser *parser, struct graphql_definition *definition)
{
	if (parser->token.kind == TOKEN_NAME)
		definition->name = graphql_parser_name(parser, &definition->name_at);
	definition->variables = parse_variables(parser);
	definition->directives = graphql_parse_directives(parser, false);
	parse_selections(parser, &definition->first);
}

static void
parse_fragment(struct graphql_parser *parser, struct graphql_definition *definition)
{
	definition->kind = DEFINITION_FRAGMENT;
	if (graphql_parser_at(parser, STR("on")))
		graphql_parser_unexpected(parser, STR(""));
	definition->name = graphql_parser_name(parser, &definition->name_at);
	if (!graphql_parser_at(parser, STR("on")))
		graphql_parser_unexpected(parser, STR("\"on\""));
	advance(parser);
	definition->condition = parse_condition(parser);
	definition->directives = graphql_parse_directives(parser, false);
	parse_selections(parser, &definition->first);
}

/* Whether ${keyword} begins a definition that belongs in a schema. */
static bool
begins_schema_definition(struct str keyword)
{
	static const struct str keywords[] = { { "schema", 6 }, { "scalar", 6 }, { "type", 4 },
		{ "interface", 9 }, { "union", 5 }, { "enum", 4 }, { "input", 5 },
		{ "directive", 9 }, { "extend", 6 } };

	for (size_t i = 0; i < COUNT_OF(keywords); i++) {
		if (str_equal(keywords[i], keyword))
			return true;
	}
	return false;
}

/* Nothing executable begins here, where a description stood or did not. */
static void
refuse_definition(struct graphql_parser *parser, uint32_t at, bool described)
{
	bool named = parser->token.kind == TOKEN_NAME;
	bool extends = named && str_equal(parser->token.text, STR("extend"));

	if (named && begins_schema_definition(parser->token.text) && !(described && extends)) {
		/* Not a question of syntax: such a definition is good GraphQL elsewhere. */
		parser->errors->code = STR("GRAPHQL_VALIDATION_FAILED");
		parser->errors->rule = STR("Executable Definitions");
		graphql_parser_fail(parser, parser->token.at,
		    arena_printf(parser->arena,
			"A \"%.*s\" definition is not executable: it belongs in a schema.",
			STR_ARG(parser->token.text)));
	} else if (named && described) {
		graphql_parser_fail(parser, at,
		    STR("Syntax Error: Unexpected description, only GraphQL definitions support "
			"descriptions."));
	} else {
		graphql_parser_unexpected(parser, STR(""));
	}
}

static void
parse_definition(struct graphql_parser *parser, struct graphql_definition *definition)
{
	static const struct {
		struct str keyword;
		enum graphql_definition_kind kind;
	} operations[] = { { { "query", 5 }, DEFINITION_QUERY },
		{ { "mutation", 8 }, DEFINITION_MUTATION },
		{ { "subscription", 12 }, DEFINITION_SUBSCRIPTION } };

	bool described;

	definition->at = parser->token.at;
	described = skip_description(parser);
	if (parser->token.kind == TOKEN_BRACE_OPEN && described) {
		graphql_parser_fail(parser, definition->at,
		    STR("Syntax Error: Unexpected description, descriptions are not supported on "
			"shorthand queries."));
		return;
	}
	if (parser->token.kind == TOKEN_BRACE_OPEN) {
		parse_selections(parser, &definition->first);
		return;
	}
	if (graphql_parser_at(parser, STR("fragment"))) {
		advance(parser);
		parse_fragment(parser, definition);
		return;
	}
	for (size_t i = 0; i < COUNT_OF(operations); i++) {
		if (!graphql_parser_at(parser, operations[i].keyword))
			continue;
		advance(parser);
		definition->kind = operations[i].kind;
		parse_operation(parser, definition);
		return;
	}
	refuse_definition(parser, definition->at, described);
}

bool
graphql_parse_document(struct graphql_parser *parser, struct graphql_document *ret_document)
{
	struct graphql_definition **last = &ret_document->first;

	*ret_document = (struct graphql_document){ 0 };
	do {
		struct graphql_definition *definition =
		    graphql_parser_new(parser, struct graphql_definition);

		if (definition == NULL)
			return false;
		parser->definition = definition;
		parse_definition(parser, definition);
		*last = definition;
		last = &definition->next;
		ret_document->operations += definition->kind != DEFINITION_FRAGMENT;
	} while (!parser->failed && parser->token.kind != TOKEN_END);
	return !parser->failed;
}
