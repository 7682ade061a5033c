#include <stdio.h>
#include <stdlib.h>

#include "app/app.h"
#include "introspect.h"

/*
 * schema-check: fail the build when schema.graphql and the program disagree: a field
 * without resolver, a resolver without field, a type that breaks a rule; a field of a root
 * that is no row of operations.def, or a row that is no field.
 *
 * usage: schema-check schema.graphql
 */

#define ARENA_BYTES  (64u << 20)
#define SCHEMA_BYTES (1u << 20)

static int
fail(const char *path, const struct err *err)
{
	char memory[2048];
	struct buf text = buf_over(memory, sizeof(memory));

	err_format(err, &text);
	fprintf(stderr, "%s and the program disagree: %.*s\n", path, STR_ARG(buf_view(&text)));
	return 1;
}

static bool
read_file(const char *path, struct arena *arena, struct str *ret)
{
	char *text = arena_array(arena, char, SCHEMA_BYTES);
	FILE *file = fopen(path, "r");
	size_t length;
	bool whole;

	if (file == NULL || text == NULL) {
		perror(path);
		return false;
	}
	length = fread(text, 1, SCHEMA_BYTES, file);
	whole = feof(file) && !ferror(file);
	fclose(file);
	*ret = (struct str){ text, length };
	return whole;
}

static const struct {
	enum app_operation_kind kind;
	struct str root;
} roots[] = {
	{ OPERATION_QUERY, STR("Query") },
	{ OPERATION_COMMAND, STR("Mutation") },
	{ OPERATION_SUBSCRIPTION, STR("Subscription") },
};

static bool
is_operation(enum app_operation_kind kind, struct str field)
{
	for (size_t i = 0; i < OPERATION_COUNT; i++) {
		if (app_operations[i].kind == kind && str_equal(app_operations[i].field, field))
			return true;
	}
	return false;
}

static bool
has_field(const struct json *fields, struct str name)
{
	for (size_t i = 0; i < fields->list.count; i++) {
		if (str_equal(json_text_or(&fields->list.items[i], STR("name"), STR("")), name))
			return true;
	}
	return false;
}

/* How many operations and fields of ${root} lack the other; each is said. */
static int
compare(const struct introspected *schema, enum app_operation_kind kind, struct str root)
{
	const struct json *fields = introspected_fields(schema, root);
	int wrong = 0;

	for (size_t i = 0; i < fields->list.count; i++) {
		struct str name = json_text_or(&fields->list.items[i], STR("name"), STR(""));

		if (is_operation(kind, name))
			continue;
		fprintf(stderr, "%.*s.%.*s has no row in operations.def\n", STR_ARG(root),
		    STR_ARG(name));
		wrong++;
	}
	for (size_t i = 0; i < OPERATION_COUNT; i++) {
		if (app_operations[i].kind != kind || has_field(fields, app_operations[i].field))
			continue;
		fprintf(stderr, "operations.def has \"%.*s\", which is no field of %.*s\n",
		    STR_ARG(app_operations[i].field), STR_ARG(root));
		wrong++;
	}
	return wrong;
}

static int
check(const char *path, struct arena *arena)
{
	struct introspected schema;
	struct err *err;
	struct str sdl;
	int wrong = 0;

	if (!read_file(path, arena, &sdl))
		return 1;
	err = introspect(arena, sdl, &schema);
	if (err != NULL)
		return fail(path, err);
	for (size_t i = 0; i < COUNT_OF(roots); i++)
		wrong += compare(&schema, roots[i].kind, roots[i].root);
	return wrong == 0 ? 0 : 1;
}

int
main(int argc, char **argv)
{
	struct arena *arena;
	int status;

	if (argc != 2) {
		fprintf(stderr, "usage: schema-check schema.graphql\n");
		return 64;
	}
	arena = arena_create(ARENA_BYTES);
	status = check(argv[1], arena);
	arena_destroy(arena);
	return status;
}
