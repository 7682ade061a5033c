#include "reference_api.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/api_internal.h"
#include "introspect.h"

/*
 * The page of the API: made from schema.graphql as introspection tells it, operations.def,
 * permissions.def and the recorded examples of tests/examples.
 */

#define ARENA_BYTES    (96u << 20)
#define FILE_BYTES_MAX (256u << 10)
#define TYPE_DEPTH_MAX 8

struct operation {
	const char *kind, *field, *permission;
};

static const struct operation operations[] = {
#define OPERATION(name, kind, field, permission, sentence) { #kind, field, #permission },
#include "app/operations.def"
#undef OPERATION
};

struct permission {
	const char *name, *roles;
};

static const struct permission permissions[] = {
#define PERMISSION(name, roles) { #name, #roles },
#include "app/permissions.def"
#undef PERMISSION
};

struct root {
	struct str type;
	const char *kind, *folder, *title;
};

static const struct root roots[] = {
	{ STR("Query"), "QUERY", "query", "Queries" },
	{ STR("Mutation"), "COMMAND", "mutation", "Mutations" },
	{ STR("Subscription"), "SUBSCRIPTION", "subscription", "Subscriptions" },
};

struct printing {
	struct arena *arena;
	struct buf *page;
	struct introspected schema;
	struct str order; /* tests/examples/order.txt */
};

static struct str
name_of(const struct json *thing)
{
	return json_text_or(thing, STR("name"), STR(""));
}

static bool
is_true(const struct json *thing, const char *member)
{
	return json_bool_or(thing, str_from_z(member), false);
}

/* The items of the list ${member}; none when it is null. */
static const struct json *
items_of(const struct json *thing, const char *member, size_t *ret_count)
{
	const struct json *list = json_find(thing, str_from_z(member));

	*ret_count = list == NULL || list->type != JSON_LIST ? 0 : list->list.count;
	return *ret_count == 0 ? NULL : list->list.items;
}

/* -- text -- */

/* ${text} on one line, as a cell of a table holds it. */
static void
print_cell(struct buf *page, struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] == '|')
			buf_str(page, STR("\\|"));
		else
			buf_char(page, text.ptr[i] == '\n' ? ' ' : text.ptr[i]);
	}
}

/* What is said of ${thing} in the schema, and that it is deprecated. */
static void
print_said(struct buf *page, const struct json *thing)
{
	print_cell(page, json_text_or(thing, STR("description"), STR("")));
	if (is_true(thing, "isDeprecated")) {
		buf_str(page, STR(" **Deprecated:** "));
		print_cell(page, json_text_or(thing, STR("deprecationReason"), STR("")));
	}
}

/* ${type} as the schema writes it: [EcoEdge!]!. */
static void
print_type(struct buf *page, const struct json *type, int depth)
{
	struct str kind = json_text_or(type, STR("kind"), STR(""));
	const struct json *of = json_find(type, STR("ofType"));

	if (depth == TYPE_DEPTH_MAX)
		return;
	if (str_equal(kind, STR("LIST"))) {
		buf_char(page, '[');
		print_type(page, of, depth + 1);
		buf_char(page, ']');
	} else if (str_equal(kind, STR("NON_NULL"))) {
		print_type(page, of, depth + 1);
		buf_char(page, '!');
	} else
		buf_str(page, name_of(type));
}

/* The named type within ${type}. */
static struct str
named_type(const struct json *type)
{
	for (int i = 0; i < TYPE_DEPTH_MAX; i++) {
		const struct json *of = json_find(type, STR("ofType"));

		if (of == NULL || of->type != JSON_MAP)
			return name_of(type);
		type = of;
	}
	return STR("");
}

/* A heading's anchor, as Markdown's renderers make it. */
static void
print_anchor(struct buf *page, struct str name)
{
	for (size_t i = 0; i < name.len; i++) {
		char c = name.ptr[i];

		buf_char(page, c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c);
	}
}

static void
print_type_link(struct buf *page, const struct json *type)
{
	buf_str(page, STR("[`"));
	print_type(page, type, 0);
	buf_str(page, STR("`](#type-"));
	print_anchor(page, named_type(type));
	buf_char(page, ')');
}

/* -- tables -- */

/* Arguments, or fields of an input: name, type, default, what it is. */
static void
print_inputs(struct buf *page, const struct json *inputs, size_t count, const char *title)
{
	buf_printf(page, "| %s | type | default | |\n|---|---|---|---|\n", title);
	for (size_t i = 0; i < count; i++) {
		struct str otherwise = json_text_or(&inputs[i], STR("defaultValue"), STR(""));

		buf_printf(page, "| `%.*s` | ", STR_ARG(name_of(&inputs[i])));
		print_type_link(page, json_find(&inputs[i], STR("type")));
		buf_str(page, STR(" | "));
		if (!str_empty(otherwise))
			buf_printf(page, "`%.*s`", STR_ARG(otherwise));
		buf_str(page, STR(" | "));
		print_said(page, &inputs[i]);
		buf_str(page, STR(" |\n"));
	}
	buf_char(page, '\n');
}

static void
print_fields(struct buf *page, const struct json *fields, size_t count)
{
	buf_str(page, STR("| field | type | |\n|---|---|---|\n"));
	for (size_t i = 0; i < count; i++) {
		size_t arguments;
		const struct json *arg = items_of(&fields[i], "args", &arguments);

		buf_printf(page, "| `%.*s", STR_ARG(name_of(&fields[i])));
		for (size_t j = 0; j < arguments; j++) {
			buf_printf(
			    page, "%s%.*s: ", j == 0 ? "(" : ", ", STR_ARG(name_of(&arg[j])));
			print_type(page, json_find(&arg[j], STR("type")), 0);
		}
		buf_printf(page, "%s` | ", arguments > 0 ? ")" : "");
		print_type_link(page, json_find(&fields[i], STR("type")));
		buf_str(page, STR(" | "));
		print_said(page, &fields[i]);
		buf_str(page, STR(" |\n"));
	}
	buf_char(page, '\n');
}

static void
print_words(struct buf *page, const struct json *values, size_t count)
{
	buf_str(page, STR("| value | |\n|---|---|\n"));
	for (size_t i = 0; i < count; i++) {
		buf_printf(page, "| `%.*s` | ", STR_ARG(name_of(&values[i])));
		print_said(page, &values[i]);
		buf_str(page, STR(" |\n"));
	}
	buf_char(page, '\n');
}

/* -- examples -- */

/* A file of tests/examples; the page is not made when it cannot be read. */
static struct str
read_file(struct printing *printing, struct str path)
{
	char *text = arena_array(printing->arena, char, FILE_BYTES_MAX);
	FILE *file = fopen(arena_copy_z(printing->arena, path), "re");
	size_t length;

	if (file == NULL || text == NULL) {
		fprintf(stderr, "reference: cannot read %.*s\n", STR_ARG(path));
		exit(1);
	}
	length = fread(text, 1, FILE_BYTES_MAX, file);
	fclose(file);
	return (struct str){ text, length };
}

static struct str
read_example(struct printing *printing, const struct root *root, struct str field, const char *end)
{
	return read_file(printing, arena_printf(printing->arena, "tests/examples/%s/%.*s%s",
				       root->folder, STR_ARG(field), end));
}

/* Who asks the example of ${field}: the last word of its line in order.txt. */
static struct str
asker_of(struct printing *printing, const struct root *root, struct str field)
{
	struct str order = printing->order;
	struct str wanted = arena_printf(printing->arena, "%s %.*s ", root->folder, STR_ARG(field));

	while (!str_empty(order)) {
		struct str line = str_cut(&order, '\n');

		if (str_starts_with(line, wanted))
			return (struct str){ line.ptr + wanted.len, line.len - wanted.len };
	}
	return STR("nobody");
}

/* The lines of ${document} before its first that is no comment, as a paragraph. */
static struct str
print_prose(struct buf *page, struct str document)
{
	bool said = false;

	while (!str_empty(document) && document.ptr[0] == '#') {
		struct str line = str_cut(&document, '\n');

		buf_printf(page, "%s%.*s", said ? " " : "",
		    STR_ARG(str_trim((struct str){ line.ptr + 1, line.len - 1 })));
		said = true;
	}
	if (said)
		buf_str(page, STR("\n\n"));
	return document;
}

/* The text of the member ${name} of the recording ${text}, as it is laid out there. */
static struct str
part_of(struct str text, struct str from, struct str until)
{
	size_t begin = str_find(text, from), end;
	struct str rest;

	if (begin == SIZE_MAX)
		return STR("");
	rest = (struct str){ text.ptr + begin + from.len, text.len - begin - from.len };
	end = str_find(rest, until);
	return end == SIZE_MAX ? STR("") : (struct str){ rest.ptr, end };
}

/* ${json}, which is indented by two columns too many after its first line. */
static void
print_outdented(struct buf *page, const char *language, struct str json)
{
	bool first = true;

	buf_printf(page, "```%s\n", language);
	while (!str_empty(json)) {
		struct str line = str_cut(&json, '\n');
		size_t skip = first || line.len < 2 ? 0 : 2;

		buf_printf(
		    page, "%.*s\n", STR_ARG(((struct str){ line.ptr + skip, line.len - skip })));
		first = false;
	}
	buf_str(page, STR("```\n\n"));
}

static void
print_example(struct printing *printing, const struct root *root, struct str field)
{
	struct str document = read_example(printing, root, field, ".graphql");
	struct str recorded = read_example(printing, root, field, ".json");
	struct str variables =
	    part_of(recorded, STR("\"variables\": "), STR(",\n  \"response\": "));
	struct buf *page = printing->page;

	document = print_prose(page, document);
	buf_printf(page, "As `%.*s`\n\n```graphql\n%.*s```\n\n",
	    STR_ARG(asker_of(printing, root, field)), STR_ARG(document));
	if (!str_equal(variables, STR("{}"))) {
		buf_str(page, STR("with the variables\n\n"));
		print_outdented(page, "json", variables);
	}
	buf_printf(page, "%s\n\n",
	    strcmp(root->kind, "SUBSCRIPTION") == 0 ? "is first told" : "is answered");
	print_outdented(page, "json", part_of(recorded, STR("\"response\": "), STR("\n}\n")));
}

/* -- operations -- */

/* "operator, supervisor" of the expression in permissions.def. */
static void
print_roles(struct buf *page, const char *expression)
{
	for (const char *at = expression; *at != '\0'; at++) {
		if (strncmp(at, "ROLE_", 5) == 0)
			at += 5;
		if (strncmp(at, " | ", 3) == 0) {
			buf_str(page, STR(", "));
			at += 2;
		} else
			buf_char(page, *at >= 'A' && *at <= 'Z' ? (char)(*at - 'A' + 'a') : *at);
	}
}

static void
print_permission(struct buf *page, const struct root *root, struct str field)
{
	for (size_t i = 0; i < COUNT_OF(operations); i++) {
		if (strcmp(operations[i].kind, root->kind) != 0 ||
		    !str_equal(str_from_z(operations[i].field), field))
			continue;
		for (size_t j = 0; j < COUNT_OF(permissions); j++) {
			if (strcmp(permissions[j].name, operations[i].permission) != 0)
				continue;
			buf_printf(page, "Who may: ");
			print_roles(page, permissions[j].roles);
			buf_printf(page, " (`%s`).", permissions[j].name);
		}
	}
}

/* What its input holds stands with the mutation that takes it, so one need not look it up. */
static void
print_input_of(struct printing *printing, const struct json *arguments, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct str name = named_type(json_find(&arguments[i], STR("type")));
		const struct json *type = introspected_type(&printing->schema, name);
		size_t fields;
		const struct json *field = items_of(type, "inputFields", &fields);

		if (!str_equal(name_of(&arguments[i]), STR("input")) || fields == 0)
			continue;
		buf_printf(printing->page, "`%.*s`: ", STR_ARG(name));
		print_said(printing->page, type);
		buf_str(printing->page, STR("\n\n"));
		print_inputs(printing->page, field, fields, "member");
	}
}

static void
print_signature(struct buf *page, const struct json *field)
{
	size_t count;
	const struct json *arguments = items_of(field, "args", &count);

	buf_printf(page, "```graphql\n%.*s", STR_ARG(name_of(field)));
	for (size_t i = 0; i < count; i++) {
		struct str otherwise = json_text_or(&arguments[i], STR("defaultValue"), STR(""));

		buf_printf(page, "%s%.*s: ", i == 0 ? "(" : ", ", STR_ARG(name_of(&arguments[i])));
		print_type(page, json_find(&arguments[i], STR("type")), 0);
		if (!str_empty(otherwise))
			buf_printf(page, " = %.*s", STR_ARG(otherwise));
	}
	buf_str(page, count > 0 ? STR("): ") : STR(": "));
	print_type(page, json_find(field, STR("type")), 0);
	buf_str(page, STR("\n```\n\n"));
}

static void
print_operation(struct printing *printing, const struct root *root, const struct json *field)
{
	struct buf *page = printing->page;
	size_t count;
	const struct json *arguments = items_of(field, "args", &count);

	buf_printf(page, "### %.*s\n\n", STR_ARG(name_of(field)));
	print_said(page, field);
	buf_str(page, STR("\n\n"));
	print_signature(page, field);
	print_permission(page, root, name_of(field));
	buf_str(page, STR(" Gives "));
	print_type_link(page, json_find(field, STR("type")));
	buf_str(page, STR(".\n\n"));
	if (count > 0 && strcmp(root->kind, "COMMAND") != 0)
		print_inputs(page, arguments, count, "argument");
	print_input_of(printing, arguments, count);
	print_example(printing, root, name_of(field));
}

/* -- types -- */

static bool
is_root_or_hidden(struct str name)
{
	for (size_t i = 0; i < COUNT_OF(roots); i++) {
		if (str_equal(roots[i].type, name))
			return true;
	}
	return str_starts_with(name, STR("__"));
}

static void
print_names(struct buf *page, const struct json *type, const char *member, const char *title)
{
	size_t count;
	const struct json *others = items_of(type, member, &count);

	for (size_t i = 0; i < count; i++)
		buf_printf(page, "%s`%.*s`", i == 0 ? title : ", ", STR_ARG(name_of(&others[i])));
	if (count > 0)
		buf_str(page, STR(".\n\n"));
}

static void
print_one_type(struct buf *page, const struct json *type)
{
	struct str url = json_text_or(type, STR("specifiedByURL"), STR(""));
	size_t fields, inputs, values;
	const struct json *field = items_of(type, "fields", &fields);
	const struct json *input = items_of(type, "inputFields", &inputs);
	const struct json *value = items_of(type, "enumValues", &values);

	buf_printf(page, "### Type %.*s\n\n", STR_ARG(name_of(type)));
	print_said(page, type);
	buf_str(page, STR("\n\n"));
	if (!str_empty(url))
		buf_printf(page, "Specified by <%.*s>.\n\n", STR_ARG(url));
	print_names(page, type, "interfaces", "Implements ");
	print_names(page, type, "possibleTypes", "One of ");
	if (fields > 0)
		print_fields(page, field, fields);
	if (inputs > 0)
		print_inputs(page, input, inputs, "member");
	if (values > 0)
		print_words(page, value, values);
}

/* -- the page -- */

static void
print_page(struct printing *printing)
{
	struct buf *page = printing->page;

	printing->order = read_file(printing, STR("tests/examples/order.txt"));
	buf_str(page, STR("# The API\n\n"
			  "Made from `schema.graphql`, `src/app/operations.def`, "
			  "`src/app/permissions.def` and the "
			  "examples in\n`tests/examples`. Do not edit: `tools/check-reference "
			  "build --write` makes "
			  "it anew.\n\n"));
	buf_printf(page, "%.*s\n\n",
	    STR_ARG(json_text_or(printing->schema.schema, STR("description"), STR(""))));
	buf_str(page,
	    STR("Every example is executed by a test, in the order of "
		"[order.txt](../../tests/examples/order.txt),\nagainst the development seed; ids, "
		"cursors and positions are numbered here, so that they stay\nthe same. "
		"*extensions.cost* says what the operation was counted to cost before it was "
		"executed.\nOf the roles that may, *any* is every role but the platform's, "
		"*anybody* "
		"that one too. A command\nthat is declined answers with a [Refusal](#type-refusal) "
		"([all reasons](refusals.md)).\n\n"));
	for (size_t i = 0; i < COUNT_OF(roots); i++) {
		const struct json *fields = introspected_fields(&printing->schema, roots[i].type);

		buf_printf(page, "## %s\n\n", roots[i].title);
		for (size_t j = 0; j < fields->list.count; j++)
			print_operation(printing, &roots[i], &fields->list.items[j]);
	}
	buf_str(page, STR("## Types\n\n"));
	for (size_t i = 0; i < printing->schema.types->list.count; i++) {
		const struct json *type = &printing->schema.types->list.items[i];

		if (!is_root_or_hidden(name_of(type)))
			print_one_type(page, type);
	}
}

void
print_api(struct buf *page)
{
	struct printing printing = { .arena = arena_create(ARENA_BYTES), .page = page };
	struct err *err = introspect(printing.arena, schema_file[0].text, &printing.schema);

	if (err == NULL)
		print_page(&printing);
	else
		fprintf(stderr, "reference: %.*s\n", STR_ARG(err->message));
	arena_destroy(printing.arena);
}
