#include "graphql/graphql_internal.h"

/* Reading SDL (section 3 of the specification) into a schema; checks follow later. */

static void
expect_keyword(struct graphql_parser *parser, struct str keyword)
{
	if (graphql_parser_at(parser, keyword))
		graphql_parser_expect(parser, TOKEN_NAME);
	else
		graphql_parser_unexpected(
		    parser, arena_printf(parser->arena, "\"%.*s\"", STR_ARG(keyword)));
}

/* The description that stands here; no text at all where there is none. */
static struct str
read_description(struct graphql_parser *parser)
{
	struct str text = parser->token.text;

	if (graphql_parser_accept(parser, TOKEN_STRING) ||
	    graphql_parser_accept(parser, TOKEN_BLOCK_STRING))
		return text;
	return (struct str){ NULL, 0 };
}

/* The text that ${directive} gives as ${argument}, or the fallback. */
static struct str
directive_text(const struct graphql_directive *directive, struct str argument, struct str fallback)
{
	const struct graphql_argument *found =
	    graphql_find_argument(directive->arguments, argument);

	if (found == NULL || found->value == NULL || found->value->kind != LITERAL_STRING)
		return fallback;
	return found->value->text;
}

static struct graphql_deprecation
read_deprecation(const struct graphql_directive *directives)
{
	for (; directives != NULL; directives = directives->next) {
		if (str_equal(directives->name, STR("deprecated")))
			return (struct graphql_deprecation){ true,
				directive_text(
				    directives, STR("reason"), STR("No longer supported")) };
	}
	return (struct graphql_deprecation){ 0 };
}

/* Arguments or input fields, from the opening token to ${end}. */
static struct graphql_input *
read_inputs(
    struct graphql_parser *parser, enum graphql_token_kind begin, enum graphql_token_kind end)
{
	struct graphql_input *first = NULL, **last = &first;

	if (!graphql_parser_accept(parser, begin))
		return NULL;
	do {
		struct graphql_input *input = graphql_parser_new(parser, struct graphql_input);

		if (input == NULL)
			return NULL;
		input->description = read_description(parser);
		input->name = graphql_parser_name(parser, &input->at);
		graphql_parser_expect(parser, TOKEN_COLON);
		input->type = graphql_parse_type(parser);
		if (graphql_parser_accept(parser, TOKEN_EQUALS))
			input->default_literal = graphql_parse_literal(parser, true);
		input->directives = graphql_parse_directives(parser, true);
		input->deprecation = read_deprecation(input->directives);
		*last = input;
		last = &input->next;
	} while (!parser->failed && !graphql_parser_accept(parser, end));
	return first;
}

static struct graphql_field *
read_fields(struct graphql_parser *parser)
{
	struct graphql_field *first = NULL, **last = &first;

	if (!graphql_parser_accept(parser, TOKEN_BRACE_OPEN))
		return NULL;
	do {
		struct graphql_field *field = graphql_parser_new(parser, struct graphql_field);

		if (field == NULL)
			return NULL;
		field->description = read_description(parser);
		field->name = graphql_parser_name(parser, &field->at);
		field->arguments = read_inputs(parser, TOKEN_PAREN_OPEN, TOKEN_PAREN_CLOSE);
		graphql_parser_expect(parser, TOKEN_COLON);
		field->type = graphql_parse_type(parser);
		field->directives = graphql_parse_directives(parser, true);
		field->deprecation = read_deprecation(field->directives);
		*last = field;
		last = &field->next;
	} while (!parser->failed && !graphql_parser_accept(parser, TOKEN_BRACE_CLOSE));
	return first;
}

static struct graphql_enum_value *
read_enum_values(struct graphql_parser *parser)
{
	struct graphql_enum_value *first = NULL, **last = &first;

	if (!graphql_parser_accept(parser, TOKEN_BRACE_OPEN))
		return NULL;
	do {
		struct graphql_enum_value *value =
		    graphql_parser_new(parser, struct graphql_enum_value);

		if (value == NULL)
			return NULL;
		value->description = read_description(parser);
		value->name = graphql_parser_name(parser, &value->at);
		value->directives = graphql_parse_directives(parser, true);
		value->deprecation = read_deprecation(value->directives);
		*last = value;
		last = &value->next;
	} while (!parser->failed && !graphql_parser_accept(parser, TOKEN_BRACE_CLOSE));
	return first;
}

/* Names between ${separator}s, which may also stand in front. */
static struct graphql_relation *
read_relations(struct graphql_parser *parser, enum graphql_token_kind separator)
{
	struct graphql_relation *first = NULL, **last = &first;

	(void)graphql_parser_accept(parser, separator);
	do {
		struct graphql_relation *relation =
		    graphql_parser_new(parser, struct graphql_relation);

		if (relation == NULL)
			return NULL;
		relation->name = graphql_parser_name(parser, &relation->at);
		*last = relation;
		last = &relation->next;
	} while (graphql_parser_accept(parser, separator));
	return first;
}

static void
read_interfaces(struct graphql_parser *parser, struct graphql_type *type)
{
	if (!graphql_parser_at(parser, STR("implements")))
		return;
	graphql_parser_expect(parser, TOKEN_NAME);
	type->interfaces = read_relations(parser, TOKEN_AMP);
}

/* What follows the name of ${type}. */
static void
read_type_body(struct graphql_parser *parser, struct graphql_type *type)
{
	if (type->kind == KIND_OBJECT || type->kind == KIND_INTERFACE)
		read_interfaces(parser, type);
	type->directives = graphql_parse_directives(parser, true);
	switch (type->kind) {
	case KIND_SCALAR:
		for (const struct graphql_directive *d = type->directives; d != NULL; d = d->next) {
			if (str_equal(d->name, STR("specifiedBy")))
				type->specified_by = directive_text(d, STR("url"), STR(""));
		}
		return;
	case KIND_OBJECT:
	case KIND_INTERFACE:
		type->fields = read_fields(parser);
		return;
	case KIND_UNION:
		if (graphql_parser_accept(parser, TOKEN_EQUALS))
			type->members = read_relations(parser, TOKEN_PIPE);
		return;
	case KIND_ENUM:
		type->values = read_enum_values(parser);
		return;
	case KIND_INPUT_OBJECT:
		for (const struct graphql_directive *d = type->directives; d != NULL; d = d->next)
			type->one_of = type->one_of || str_equal(d->name, STR("oneOf"));
		type->inputs = read_inputs(parser, TOKEN_BRACE_OPEN, TOKEN_BRACE_CLOSE);
		return;
	}
	UNREACHABLE("type kind");
}

/* Names that begin with two underscores are the specification's own. */
static void
check_reserved(struct graphql_sdl *sdl, struct str name, uint32_t at)
{
	if (!sdl->reserved && str_starts_with(name, STR("__")))
		graphql_parser_fail(&sdl->parser, at,
		    arena_printf(sdl->parser.arena,
			"Name \"%.*s\" must not begin with \"__\", which is reserved by GraphQL "
			"introspection.",
			STR_ARG(name)));
}

static void
read_type(struct graphql_sdl *sdl, enum graphql_kind kind, struct str description)
{
	struct graphql_parser *parser = &sdl->parser;
	struct graphql_type *type = graphql_parser_new(parser, struct graphql_type);

	if (type == NULL)
		return;
	type->kind = kind;
	type->reserved = sdl->reserved;
	type->description = description;
	type->name = graphql_parser_name(parser, &type->at);
	check_reserved(sdl, type->name, type->at);
	read_type_body(parser, type);
	if (!parser->failed && !graphql_schema_add(sdl->schema, type))
		graphql_parser_fail(parser, type->at,
		    arena_printf(parser->arena, "There can be only one type named \"%.*s\".",
			STR_ARG(type->name)));
}

struct str
graphql_location_name(enum graphql_location location)
{
	static const struct str names[GRAPHQL_LOCATIONS] = { { "QUERY", 5 }, { "MUTATION", 8 },
		{ "SUBSCRIPTION", 12 }, { "FIELD", 5 }, { "FRAGMENT_DEFINITION", 19 },
		{ "FRAGMENT_SPREAD", 15 }, { "INLINE_FRAGMENT", 15 }, { "VARIABLE_DEFINITION", 19 },
		{ "SCHEMA", 6 }, { "SCALAR", 6 }, { "OBJECT", 6 }, { "FIELD_DEFINITION", 16 },
		{ "ARGUMENT_DEFINITION", 19 }, { "INTERFACE", 9 }, { "UNION", 5 }, { "ENUM", 4 },
		{ "ENUM_VALUE", 10 }, { "INPUT_OBJECT", 12 }, { "INPUT_FIELD_DEFINITION", 22 } };

	return names[location];
}

static void
read_location(struct graphql_parser *parser, uint32_t *locations)
{
	uint32_t at;
	struct str name = graphql_parser_name(parser, &at);

	for (unsigned i = 0; i < GRAPHQL_LOCATIONS; i++) {
		if (!str_equal(graphql_location_name((enum graphql_location)i), name))
			continue;
		*locations |= UINT32_C(1) << i;
		return;
	}
	graphql_parser_fail(parser, at,
	    arena_printf(parser->arena, "\"%.*s\" is no place for a directive.", STR_ARG(name)));
}

/* directive @name(arguments) repeatable on A | B */
static void
read_directive(struct graphql_sdl *sdl, struct str description)
{
	struct graphql_parser *parser = &sdl->parser;
	struct graphql_directive_type *type =
	    graphql_parser_new(parser, struct graphql_directive_type);

	if (type == NULL)
		return;
	graphql_parser_expect(parser, TOKEN_AT);
	type->description = description;
	type->reserved = sdl->reserved;
	type->name = graphql_parser_name(parser, &type->at);
	check_reserved(sdl, type->name, type->at);
	type->arguments = read_inputs(parser, TOKEN_PAREN_OPEN, TOKEN_PAREN_CLOSE);
	if (graphql_parser_at(parser, STR("repeatable"))) {
		type->repeatable = true;
		graphql_parser_expect(parser, TOKEN_NAME);
	}
	expect_keyword(parser, STR("on"));
	(void)graphql_parser_accept(parser, TOKEN_PIPE);
	do
		read_location(parser, &type->locations);
	while (graphql_parser_accept(parser, TOKEN_PIPE));

	if (graphql_find_directive(sdl->schema, type->name) != NULL)
		graphql_parser_fail(parser, type->at,
		    arena_printf(parser->arena, "There can be only one directive named \"@%.*s\".",
			STR_ARG(type->name)));
	if (sdl->schema->last_directive == NULL)
		sdl->schema->directives = type;
	else
		sdl->schema->last_directive->next = type;
	sdl->schema->last_directive = type;
}

/* query: Query mutation: Mutation, each once over definition and extensions. */
static void
read_roots(struct graphql_parser *parser, struct graphql_schema *schema)
{
	static const struct str operations[] = { { "query", 5 }, { "mutation", 8 },
		{ "subscription", 12 } };

	graphql_parser_expect(parser, TOKEN_BRACE_OPEN);
	do {
		uint32_t name_at;
		struct str name = graphql_parser_name(parser, &name_at);
		size_t i = 0;

		while (i < COUNT_OF(operations) && !str_equal(operations[i], name))
			i++;
		if (i == COUNT_OF(operations) || schema->root_at[i] > 0) {
			graphql_parser_fail(parser, name_at,
			    STR("A schema names query, mutation and subscription, each once."));
			return;
		}
		graphql_parser_expect(parser, TOKEN_COLON);
		schema->root_names[i] = graphql_parser_name(parser, &schema->root_at[i]);
	} while (!parser->failed && !graphql_parser_accept(parser, TOKEN_BRACE_CLOSE));
}

static void
append_directives(struct graphql_directive **list, struct graphql_directive *more)
{
	while (*list != NULL)
		list = &(*list)->next;
	*list = more;
}

/* schema { query: Query mutation: Mutation } */
static void
read_schema(struct graphql_sdl *sdl, struct str description, uint32_t at)
{
	struct graphql_parser *parser = &sdl->parser;
	struct graphql_schema *schema = sdl->schema;

	if (sdl->schema_defined)
		graphql_parser_fail(parser, at, STR("There can be only one schema definition."));
	sdl->schema_defined = true;
	schema->description = description;
	/* What it does not name it does not have, unless an extension named it before. */
	for (size_t i = 0; i < COUNT_OF(schema->root_names); i++) {
		if (schema->root_at[i] == 0)
			schema->root_names[i] = STR("");
	}
	append_directives(&schema->applied, graphql_parse_directives(parser, true));
	read_roots(parser, schema);
}

/* extend schema @directive { subscription: Subscription } */
static void
read_schema_extension(struct graphql_sdl *sdl)
{
	struct graphql_parser *parser = &sdl->parser;
	struct graphql_directive *directives;

	graphql_parser_expect(parser, TOKEN_NAME);
	directives = graphql_parse_directives(parser, true);
	append_directives(&sdl->schema->applied, directives);
	if (directives == NULL || parser->token.kind == TOKEN_BRACE_OPEN)
		read_roots(parser, sdl->schema);
}

/* The kind of type that the next token begins; false when it begins none. */
static bool
find_kind(const struct graphql_parser *parser, enum graphql_kind *ret)
{
	static const struct {
		struct str keyword;
		enum graphql_kind kind;
	} types[] = { { { "type", 4 }, KIND_OBJECT }, { { "interface", 9 }, KIND_INTERFACE },
		{ { "union", 5 }, KIND_UNION }, { { "enum", 4 }, KIND_ENUM },
		{ { "input", 5 }, KIND_INPUT_OBJECT }, { { "scalar", 6 }, KIND_SCALAR } };

	for (size_t i = 0; i < COUNT_OF(types); i++) {
		if (!graphql_parser_at(parser, types[i].keyword))
			continue;
		*ret = types[i].kind;
		return true;
	}
	return false;
}

/* extend type Eco @directive { field: Int }; it is added once all types are known. */
static void
read_extension(struct graphql_sdl *sdl)
{
	struct graphql_parser *parser = &sdl->parser;
	struct graphql_type *type;
	enum graphql_kind kind;

	if (graphql_parser_at(parser, STR("schema"))) {
		read_schema_extension(sdl);
		return;
	}
	if (!find_kind(parser, &kind)) {
		graphql_parser_unexpected(parser, STR("what can be extended"));
		return;
	}
	graphql_parser_expect(parser, TOKEN_NAME);
	type = graphql_parser_new(parser, struct graphql_type);
	if (type == NULL)
		return;
	type->kind = kind;
	type->name = graphql_parser_name(parser, &type->at);
	read_type_body(parser, type);
	if (type->directives == NULL && type->fields == NULL && type->interfaces == NULL &&
	    type->members == NULL && type->values == NULL && type->inputs == NULL)
		graphql_parser_unexpected(parser, STR("what the extension adds"));
	if (sdl->last_extension == NULL)
		sdl->extensions = type;
	else
		sdl->last_extension->next = type;
	sdl->last_extension = type;
}

static void
read_definition(struct graphql_sdl *sdl)
{
	struct graphql_parser *parser = &sdl->parser;
	struct graphql_token first = parser->token;
	struct str description = read_description(parser);
	bool described = first.at != parser->token.at;
	enum graphql_kind kind;

	if (find_kind(parser, &kind)) {
		graphql_parser_expect(parser, TOKEN_NAME);
		read_type(sdl, kind, description);
	} else if (graphql_parser_at(parser, STR("directive"))) {
		graphql_parser_expect(parser, TOKEN_NAME);
		read_directive(sdl, description);
	} else if (graphql_parser_at(parser, STR("schema"))) {
		uint32_t at = parser->token.at;

		graphql_parser_expect(parser, TOKEN_NAME);
		read_schema(sdl, description, at);
	} else if (graphql_parser_at(parser, STR("extend")) && !described) {
		graphql_parser_expect(parser, TOKEN_NAME);
		read_extension(sdl);
	} else {
		graphql_parser_unexpected(parser, STR("a type system definition"));
	}
}

void
graphql_read_definitions(struct graphql_sdl *sdl)
{
	while (!sdl->parser.failed && sdl->parser.token.kind != TOKEN_END)
		read_definition(sdl);
}

/* -- extensions -- */

static void
append_fields(struct graphql_field **list, struct graphql_field *more)
{
	while (*list != NULL)
		list = &(*list)->next;
	*list = more;
}

static void
append_relations(struct graphql_relation **list, struct graphql_relation *more)
{
	while (*list != NULL)
		list = &(*list)->next;
	*list = more;
}

static void
append_values(struct graphql_enum_value **list, struct graphql_enum_value *more)
{
	while (*list != NULL)
		list = &(*list)->next;
	*list = more;
}

static void
append_inputs(struct graphql_input **list, struct graphql_input *more)
{
	while (*list != NULL)
		list = &(*list)->next;
	*list = more;
}

static void
extend_type(struct graphql_type *type, const struct graphql_type *extension)
{
	append_directives(&type->directives, extension->directives);
	append_fields(&type->fields, extension->fields);
	append_relations(&type->interfaces, extension->interfaces);
	append_relations(&type->members, extension->members);
	append_values(&type->values, extension->values);
	append_inputs(&type->inputs, extension->inputs);
	if (extension->specified_by.ptr != NULL)
		type->specified_by = extension->specified_by;
	type->one_of = type->one_of || extension->one_of;
}

void
graphql_extend_types(struct graphql_sdl *sdl)
{
	struct graphql_type *next;

	for (struct graphql_type *e = sdl->extensions; e != NULL && !sdl->parser.failed; e = next) {
		struct graphql_type *type = graphql_find_type(sdl->schema, e->name);

		next = e->next;
		if (type == NULL || type->reserved)
			graphql_parser_fail(&sdl->parser, e->at,
			    arena_printf(sdl->parser.arena,
				"Cannot extend type \"%.*s\" because it is not defined.",
				STR_ARG(e->name)));
		else if (type->kind != e->kind)
			graphql_parser_fail(&sdl->parser, e->at,
			    arena_printf(sdl->parser.arena,
				"Cannot extend type \"%.*s\" as what it is not.",
				STR_ARG(e->name)));
		else
			extend_type(type, e);
	}
}
