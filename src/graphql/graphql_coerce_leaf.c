#include "graphql/graphql_internal.h"

/* Scalars and enums as input (sections 3.5 and 3.9). */

/* Text that a message repeats is cut here. */
#define SHOWN_MAX 60

static bool
refuse(struct graphql_coercion *coercion, struct str reason)
{
	coercion->reason = reason;
	return false;
}

static bool
fits_int(int64_t value)
{
	return value >= INT32_MIN && value <= INT32_MAX;
}

/* What ${value} looks like, short enough for a message and cut between characters. */
static struct str
shown(struct arena *arena, const struct json *value)
{
	char text[SHOWN_MAX * 8];
	struct buf buf = buf_over(text, sizeof(text));
	struct json_writer w = json_writer(&buf);
	struct json cut = *value;

	switch (value->type) {
	case JSON_LIST:
		return STR("a list");
	case JSON_MAP:
		return STR("an object");
	case JSON_TEXT:
		if (cut.text.len > SHOWN_MAX) {
			cut.text.len = SHOWN_MAX;
			while (cut.text.len > 0 &&
			       ((unsigned char)cut.text.ptr[cut.text.len] & 0xc0) == 0x80)
				cut.text.len--;
		}
		break;
	case JSON_NULL_VALUE:
	case JSON_BOOL:
	case JSON_INT:
	case JSON_FLOAT:
		break;
	}
	json_write_value(&w, &cut);
	return arena_copy(arena, buf_view(&buf));
}

static bool
refuse_value(
    struct graphql_coercion *coercion, const struct graphql_type *type, const struct json *value)
{
	struct str text = shown(coercion->arena, value);

	if (type->builtin == BUILTIN_INT && value->type == JSON_INT)
		return refuse(
		    coercion, arena_printf(coercion->arena,
				  "Int cannot represent non 32-bit signed integer value: %.*s",
				  STR_ARG(text)));
	return refuse(coercion, arena_printf(coercion->arena, "%.*s cannot represent value: %.*s",
				    STR_ARG(type->name), STR_ARG(text)));
}

static bool
accept_custom(struct graphql_coercion *coercion, const struct graphql_type *type,
    const struct json *value, struct json *ret)
{
	struct str reason = STR("not accepted");

	*ret = *value;
	if (type->accept == NULL || type->accept(coercion->arena, value, &reason))
		return true;
	return refuse(coercion,
	    arena_printf(coercion->arena, "Expected value of type \"%.*s\", found %.*s; %.*s",
		STR_ARG(type->name), STR_ARG(shown(coercion->arena, value)), STR_ARG(reason)));
}

/* An integer that was sent as 3.0 is an integer (section 3.5.1). */
static bool
take_int(const struct json *value, struct json *ret)
{
	int64_t integer = value->integer;

	if (value->type == JSON_FLOAT) {
		if (!(value->number >= INT32_MIN && value->number <= INT32_MAX))
			return false;
		integer = (int64_t)value->number;
		if ((double)integer != value->number)
			return false;
	} else if (value->type != JSON_INT || !fits_int(integer)) {
		return false;
	}
	*ret = (struct json){ .type = JSON_INT, .integer = integer };
	return true;
}

static bool
take_id(struct arena *arena, const struct json *value, struct json *ret)
{
	if (value->type == JSON_INT) {
		*ret = (struct json){ .type = JSON_TEXT,
			.text = arena_printf(arena, "%lld", (long long)value->integer) };
		return true;
	}
	*ret = *value;
	return value->type == JSON_TEXT;
}

/* The unknown enum value ${name}, with what may have been meant. */
static bool
refuse_enum(struct graphql_coercion *coercion, const struct graphql_type *type, struct str name)
{
	struct graphql_suggestions suggestions = { .wanted = name };
	struct json text = { .type = JSON_TEXT, .text = name };

	for (const struct graphql_enum_value *v = type->values; v != NULL; v = v->next)
		graphql_suggest(&suggestions, v->name);
	return refuse(coercion,
	    arena_printf(coercion->arena, "Value %.*s does not exist in \"%.*s\" enum.%.*s",
		STR_ARG(shown(coercion->arena, &text)), STR_ARG(type->name),
		STR_ARG(graphql_suggestions_text(coercion->arena, &suggestions))));
}

bool
graphql_coerce_leaf_json(struct graphql_coercion *coercion, const struct graphql_type *type,
    const struct json *value, struct json *ret)
{
	bool taken = false;

	*ret = *value;
	if (type->kind == KIND_ENUM) {
		if (value->type != JSON_TEXT)
			return refuse_value(coercion, type, value);
		return graphql_find_enum_value(type, value->text) != NULL ||
		       refuse_enum(coercion, type, value->text);
	}
	switch (type->builtin) {
	case BUILTIN_NONE:
		return accept_custom(coercion, type, value, ret);
	case BUILTIN_INT:
		taken = take_int(value, ret);
		break;
	case BUILTIN_FLOAT:
		taken = value->type == JSON_FLOAT || value->type == JSON_INT;
		break;
	case BUILTIN_STRING:
		taken = value->type == JSON_TEXT;
		break;
	case BUILTIN_BOOLEAN:
		taken = value->type == JSON_BOOL;
		break;
	case BUILTIN_ID:
		taken = take_id(coercion->arena, value, ret);
		break;
	}
	return taken || refuse_value(coercion, type, value);
}

/* ${literal}, a scalar, as JSON. */
static bool
scalar_of(
    struct graphql_coercion *coercion, const struct graphql_literal *literal, struct json *ret)
{
	switch (literal->kind) {
	case LITERAL_INT:
		ret->type = JSON_INT;
		if (str_parse_i64(literal->text, &ret->integer))
			return true;
		ret->type = JSON_FLOAT;
		return str_parse_double(literal->text, &ret->number);
	case LITERAL_FLOAT:
		ret->type = JSON_FLOAT;
		return str_parse_double(literal->text, &ret->number);
	case LITERAL_STRING:
	case LITERAL_ENUM:
		*ret = (struct json){ .type = JSON_TEXT, .text = literal->text };
		return true;
	case LITERAL_BOOLEAN:
		*ret = (struct json){ .type = JSON_BOOL,
			.boolean = str_equal(literal->text, STR("true")) };
		return true;
	case LITERAL_NULL:
		*ret = (struct json){ .type = JSON_NULL_VALUE };
		return true;
	case LITERAL_VARIABLE:
		*ret = (struct json){ .type = JSON_NULL_VALUE };
		if (json_find(coercion->variables, literal->text) != NULL)
			*ret = *json_find(coercion->variables, literal->text);
		return true;
	case LITERAL_LIST:
	case LITERAL_OBJECT:
		break;
	}
	UNREACHABLE("a scalar literal");
}

static bool
list_of(struct graphql_coercion *coercion, const struct graphql_literal *literal, struct json *ret)
{
	struct json *items = arena_array(coercion->arena, struct json, literal->count);
	size_t count = 0;

	for (const struct graphql_literal *i = literal->first; i != NULL; i = i->next) {
		if (items == NULL || !graphql_untyped_literal(coercion, i, &items[count++]))
			return false;
	}
	*ret = (struct json){ .type = JSON_LIST, .list = { items, count } };
	return true;
}

static bool
map_of(struct graphql_coercion *coercion, const struct graphql_literal *literal, struct json *ret)
{
	struct json_member *members =
	    arena_array(coercion->arena, struct json_member, literal->count);
	size_t count = 0;

	for (const struct graphql_literal *i = literal->first; i != NULL; i = i->next) {
		if (members == NULL)
			return false;
		members[count].name = i->name;
		if (!graphql_untyped_literal(coercion, i, &members[count++].value))
			return false;
	}
	*ret = (struct json){ .type = JSON_MAP, .map = { members, count } };
	return true;
}

bool
graphql_untyped_literal(
    struct graphql_coercion *coercion, const struct graphql_literal *literal, struct json *ret)
{
	if (literal->kind == LITERAL_LIST)
		return list_of(coercion, literal, ret);
	if (literal->kind == LITERAL_OBJECT)
		return map_of(coercion, literal, ret);
	if (scalar_of(coercion, literal, ret))
		return true;
	coercion->at = literal->at;
	return refuse(coercion, STR("The number is beyond what can be represented."));
}

/* Whether a literal of ${kind} may stand for a value of ${type} (a built-in or enum). */
static bool
suits(const struct graphql_type *type, enum graphql_literal_kind kind)
{
	if (type->kind == KIND_ENUM)
		return kind == LITERAL_ENUM;
	switch (type->builtin) {
	case BUILTIN_NONE:
		return true;
	case BUILTIN_INT:
		return kind == LITERAL_INT;
	case BUILTIN_FLOAT:
		return kind == LITERAL_INT || kind == LITERAL_FLOAT;
	case BUILTIN_STRING:
		return kind == LITERAL_STRING;
	case BUILTIN_BOOLEAN:
		return kind == LITERAL_BOOLEAN;
	case BUILTIN_ID:
		return kind == LITERAL_STRING || kind == LITERAL_INT;
	}
	UNREACHABLE("built-in scalar");
}

/* A literal of the wrong kind, in the words that people know from other servers. */
static bool
refuse_literal(struct graphql_coercion *coercion, const struct graphql_type *type,
    const struct graphql_literal *literal)
{
	static const char *const formats[] = {
		[BUILTIN_NONE] = "Expected value of type \"%.*s\", found %.*s.",
		[BUILTIN_INT] = "%.*s cannot represent non-integer value: %.*s",
		[BUILTIN_FLOAT] = "%.*s cannot represent non numeric value: %.*s",
		[BUILTIN_STRING] = "%.*s cannot represent a non string value: %.*s",
		[BUILTIN_BOOLEAN] = "%.*s cannot represent a non boolean value: %.*s",
		[BUILTIN_ID] = "%.*s cannot represent a non-string and non-integer value: %.*s",
	};
	struct str text = graphql_literal_text(coercion->arena, literal);
	char room[SHOWN_MAX * 8];
	struct buf buf = buf_over(room, sizeof(room));
	const char *format = formats[type->builtin];

	if (text.len > SHOWN_MAX)
		text = STR("a long literal");
	if (type->kind == KIND_ENUM)
		format = "Enum \"%.*s\" cannot represent non-enum value: %.*s.";
		/* The formats are ours; -Wformat cannot see that they all take these two. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	buf_printf(&buf, format, STR_ARG(type->name), STR_ARG(text));
#pragma GCC diagnostic pop
	return refuse(coercion, arena_copy(coercion->arena, buf_view(&buf)));
}

static bool
holds_variable(const struct graphql_literal *literal)
{
	if (literal->kind == LITERAL_VARIABLE)
		return true;
	for (const struct graphql_literal *i = literal->first; i != NULL; i = i->next) {
		if (holds_variable(i))
			return true;
	}
	return false;
}

bool
graphql_coerce_leaf(struct graphql_coercion *coercion, const struct graphql_type *type,
    const struct graphql_literal *literal, struct json *ret)
{
	coercion->at = literal->at;
	if (!suits(type, literal->kind))
		return refuse_literal(coercion, type, literal);
	if (coercion->checking && holds_variable(literal))
		return true;
	if (!graphql_untyped_literal(coercion, literal, ret))
		return false;
	coercion->at = literal->at;
	/* An Int literal as an ID keeps every digit that was written. */
	if (type->builtin == BUILTIN_ID)
		*ret = (struct json){ .type = JSON_TEXT, .text = literal->text };
	if (type->builtin == BUILTIN_INT && ret->type == JSON_FLOAT)
		return refuse_literal(coercion, type, literal);
	return graphql_coerce_leaf_json(coercion, type, ret, ret);
}
