#include "graphql/graphql_internal.h"

/* The schema is ours, not a client's: generous, and still bounded. */
#define SDL_BYTES_MAX  (8 * 1024 * 1024)
#define SDL_TOKENS_MAX 1000000

/* FNV-1a: names are short and few. */
static size_t
bucket_of(struct str name)
{
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < name.len; i++)
		hash = (hash ^ (unsigned char)name.ptr[i]) * 16777619u;
	return (hash ^ hash >> 16) % GRAPHQL_BUCKETS;
}

struct graphql_type *
graphql_find_type(const struct graphql_schema *schema, struct str name)
{
	struct graphql_type *type = schema->buckets[bucket_of(name)];

	while (type != NULL && !str_equal(type->name, name))
		type = type->next_in_bucket;
	return type;
}

bool
graphql_schema_add(struct graphql_schema *schema, struct graphql_type *type)
{
	size_t bucket = bucket_of(type->name);

	if (graphql_find_type(schema, type->name) != NULL)
		return false;
	type->next_in_bucket = schema->buckets[bucket];
	schema->buckets[bucket] = type;
	if (schema->last == NULL)
		schema->first = type;
	else
		schema->last->next = type;
	schema->last = type;
	return true;
}

struct graphql_directive_type *
graphql_find_directive(const struct graphql_schema *schema, struct str name)
{
	struct graphql_directive_type *type = schema->directives;

	while (type != NULL && !str_equal(type->name, name))
		type = type->next;
	return type;
}

/* The field ${name} in the list ${field}. */
static struct graphql_field *
find_in(struct graphql_field *field, struct str name)
{
	while (field != NULL && !str_equal(field->name, name))
		field = field->next;
	return field;
}

const struct graphql_field *
graphql_find_field(
    const struct graphql_schema *schema, const struct graphql_type *type, struct str name)
{
	if (name.len < 2 || name.ptr[0] != '_' || name.ptr[1] != '_')
		return find_in(type->fields, name);
	if (str_equal(name, STR("__typename")))
		return graphql_is_composite(type) ? find_in(schema->meta->fields, name) : NULL;
	return type == schema->roots[0] ? find_in(schema->meta->fields, name) : NULL;
}

const struct graphql_input *
graphql_find_input(const struct graphql_input *first, struct str name)
{
	while (first != NULL && !str_equal(first->name, name))
		first = first->next;
	return first;
}

const struct graphql_argument *
graphql_find_argument(const struct graphql_argument *first, struct str name)
{
	while (first != NULL && !str_equal(first->name, name))
		first = first->next;
	return first;
}

const struct graphql_enum_value *
graphql_find_enum_value(const struct graphql_type *type, struct str name)
{
	const struct graphql_enum_value *value = type->values;

	while (value != NULL && !str_equal(value->name, name))
		value = value->next;
	return value;
}

bool
graphql_is_composite(const struct graphql_type *type)
{
	return type->kind == KIND_OBJECT || graphql_is_abstract(type);
}

bool
graphql_is_abstract(const struct graphql_type *type)
{
	return type->kind == KIND_INTERFACE || type->kind == KIND_UNION;
}

bool
graphql_is_input(const struct graphql_type *type)
{
	return type->kind == KIND_SCALAR || type->kind == KIND_ENUM ||
	       type->kind == KIND_INPUT_OBJECT;
}

bool
graphql_is_output(const struct graphql_type *type)
{
	return type->kind != KIND_INPUT_OBJECT;
}

/* Whether ${list} names ${type}. */
static bool
relates_to(const struct graphql_relation *list, const struct graphql_type *type)
{
	while (list != NULL && list->type != type)
		list = list->next;
	return list != NULL;
}

bool
graphql_is_possible(const struct graphql_type *type, const struct graphql_type *member)
{
	if (type->kind == KIND_INTERFACE)
		return relates_to(member->interfaces, type);
	return type->kind == KIND_UNION && relates_to(type->members, member);
}

const struct graphql_type *
graphql_named_type(const struct graphql_type_ref *ref)
{
	while (ref->wrap != WRAP_NONE)
		ref = ref->of;
	return ref->type;
}

bool
graphql_is_required(const struct graphql_input *input)
{
	return input->type->wrap == WRAP_NON_NULL && input->default_literal == NULL;
}

/* -- reading -- */

/* The first error as a fault. */
static struct err *
fault_of(struct arena *arena, const struct graphql_errors *errors)
{
	const struct graphql_error *error = errors->first;
	size_t line, column;

	if (arena_exhausted(arena) || error == NULL)
		return ERR(arena, ERR_LIMIT, "could not read the schema: no memory left");
	graphql_locate(errors->source, error->at[0], &line, &column);
	return ERR(arena, ERR_CORRUPT, "schema line %zu, column %zu: %.*s", line, column,
	    STR_ARG(error->message));
}

static struct err *
read_sdl(struct graphql_schema *schema, struct str sdl, bool reserved)
{
	static const struct graphql_limits limits = { .document_bytes_max = SDL_BYTES_MAX,
		.tokens_max = SDL_TOKENS_MAX,
		.depth_max = GRAPHQL_DEPTH_CEILING };
	struct graphql_errors errors = { .arena = schema->arena, .source = sdl, .count_max = 1 };
	struct graphql_sdl reading = { .schema = schema, .reserved = reserved };

	graphql_parser_init(&reading.parser, schema->arena, sdl, &limits, &errors);
	graphql_read_definitions(&reading);
	graphql_extend_types(&reading);
	if (reading.parser.failed)
		return fault_of(schema->arena, &errors);
	return NULL;
}

static void
mark_builtins(struct graphql_schema *schema)
{
	static const struct {
		struct str name;
		enum graphql_builtin builtin;
	} scalars[] = { { { "Int", 3 }, BUILTIN_INT }, { { "Float", 5 }, BUILTIN_FLOAT },
		{ { "String", 6 }, BUILTIN_STRING }, { { "Boolean", 7 }, BUILTIN_BOOLEAN },
		{ { "ID", 2 }, BUILTIN_ID } };

	for (size_t i = 0; i < COUNT_OF(scalars); i++)
		graphql_find_type(schema, scalars[i].name)->builtin = scalars[i].builtin;
	schema->meta = graphql_find_type(schema, STR("__Meta"));
	schema->meta->hidden = true;
}

/* Bind the resolvers of the engine's own types; __typename needs none. */
static void
bind_introspection(struct graphql_schema *schema)
{
	size_t count;
	const struct graphql_binding *bindings = graphql_introspection_bindings(&count);

	for (size_t i = 0; i < count; i++) {
		struct str field = bindings[i].name;
		struct graphql_type *type = graphql_find_type(schema, str_cut(&field, '.'));

		CHECK(type != NULL && find_in(type->fields, field) != NULL);
		find_in(type->fields, field)->resolve = bindings[i].resolve;
	}
}

/* Whether ${name} is the type of one of ${inputs}. */
static bool
takes(const struct graphql_input *inputs, const struct graphql_type *type)
{
	while (inputs != NULL && graphql_named_type(inputs->type) != type)
		inputs = inputs->next;
	return inputs != NULL;
}

static bool
is_mentioned(const struct graphql_schema *schema, const struct graphql_type *scalar)
{
	for (const struct graphql_directive_type *d = schema->directives; d != NULL; d = d->next) {
		if (takes(d->arguments, scalar))
			return true;
	}
	for (const struct graphql_type *t = schema->first; t != NULL; t = t->next) {
		if (takes(t->inputs, scalar))
			return true;
		for (const struct graphql_field *f = t->fields; f != NULL; f = f->next) {
			if (graphql_named_type(f->type) == scalar || takes(f->arguments, scalar))
				return true;
		}
	}
	return false;
}

/* Section 3.5: a built-in scalar that nothing mentions is no type of the schema. */
static void
remove_unused_scalars(struct graphql_schema *schema)
{
	for (struct graphql_type **t = &schema->first; *t != NULL;) {
		struct graphql_type *type = *t,
				    **in_bucket = &schema->buckets[bucket_of(type->name)];

		if (type->builtin == BUILTIN_NONE || is_mentioned(schema, type)) {
			t = &type->next;
			continue;
		}
		/* The scalars stand in front: none of them is the last type. */
		*t = type->next;
		while (*in_bucket != type)
			in_bucket = &(*in_bucket)->next_in_bucket;
		*in_bucket = type->next_in_bucket;
	}
}

struct err *
graphql_schema_parse(struct arena *arena, struct str sdl, struct graphql_schema **ret)
{
	struct graphql_schema *schema = arena_new(arena, struct graphql_schema);
	struct graphql_errors errors = { .arena = arena, .source = sdl, .count_max = 1 };

	if (schema == NULL)
		return ERR(arena, ERR_LIMIT, "could not read the schema: no memory left");
	schema->arena = arena;
	schema->root_names[0] = STR("Query");
	schema->root_names[1] = STR("Mutation");
	schema->root_names[2] = STR("Subscription");
	TRY(read_sdl(schema, graphql_prelude(), true));
	mark_builtins(schema);
	bind_introspection(schema);
	TRY(read_sdl(schema, sdl, false));
	graphql_check_schema(schema, &errors);
	if (errors.count > 0 || arena_exhausted(arena))
		return fault_of(arena, &errors);
	remove_unused_scalars(schema);
	*ret = schema;
	return NULL;
}

/* -- binding -- */

/* The field ${name}, "Type.field", which must have no resolver yet; its type too. */
static struct err *
find_unbound(struct arena *arena, struct graphql_schema *schema, struct str name,
    const struct graphql_type **ret_type, struct graphql_field **ret)
{
	struct str field_name = name;
	struct graphql_type *type = graphql_find_type(schema, str_cut(&field_name, '.'));
	struct graphql_field *field;

	if (type == NULL || type->kind != KIND_OBJECT || type->reserved)
		return ERR(arena, ERR_CORRUPT,
		    "resolver \"%.*s\" is bound to no object type of the schema", STR_ARG(name));
	field = find_in(type->fields, field_name);
	if (field == NULL)
		return ERR(arena, ERR_CORRUPT,
		    "resolver \"%.*s\" is bound to a field that the schema does not have",
		    STR_ARG(name));
	if (field->resolve != NULL || field->load != NULL)
		return ERR(arena, ERR_CORRUPT, "resolver \"%.*s\" is bound twice", STR_ARG(name));
	*ret_type = type;
	*ret = field;
	return NULL;
}

static struct err *
bind_fields(struct arena *arena, struct graphql_schema *schema,
    const struct graphql_binding *bindings, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct graphql_type *type;
		struct graphql_field *field;

		CHECK(bindings[i].resolve != NULL);
		TRY(find_unbound(arena, schema, bindings[i].name, &type, &field));
		field->resolve = bindings[i].resolve;
	}
	return NULL;
}

/* Whoever asks ${name} of an interface of ${type} may ask it of ${type}. */
static void
mark_interfaces(
    const struct graphql_schema *schema, const struct graphql_type *type, struct str name)
{
	for (const struct graphql_relation *r = type->interfaces; r != NULL; r = r->next) {
		struct graphql_field *field =
		    find_in(graphql_find_type(schema, r->name)->fields, name);

		if (field != NULL)
			field->is_batched = true;
	}
}

struct err *
graphql_schema_bind_batches(struct arena *arena, struct graphql_schema *schema,
    const struct graphql_batch_binding *bindings, size_t count)
{
	CHECK(!schema->bound);
	for (size_t i = 0; i < count; i++) {
		const struct graphql_type *type;
		struct graphql_field *field;

		CHECK(bindings[i].load != NULL);
		TRY(find_unbound(arena, schema, bindings[i].name, &type, &field));
		field->load = bindings[i].load;
		field->is_batched = true;
		mark_interfaces(schema, type, field->name);
	}
	return NULL;
}

static struct err *
bind_scalars(struct arena *arena, struct graphql_schema *schema,
    const struct graphql_scalar *scalars, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct graphql_type *type = graphql_find_type(schema, scalars[i].name);

		CHECK(scalars[i].accept != NULL);
		if (type == NULL || type->kind != KIND_SCALAR || type->reserved)
			return ERR(arena, ERR_CORRUPT,
			    "a check is bound to \"%.*s\", which is no custom scalar of the schema",
			    STR_ARG(scalars[i].name));
		if (type->accept != NULL)
			return ERR(arena, ERR_CORRUPT,
			    "the check of scalar \"%.*s\" is bound twice",
			    STR_ARG(scalars[i].name));
		type->accept = scalars[i].accept;
	}
	return NULL;
}

struct err *
graphql_schema_bind(struct arena *arena, struct graphql_schema *schema,
    const struct graphql_binding *bindings, size_t bindings_count,
    const struct graphql_scalar *scalars, size_t scalars_count)
{
	CHECK(!schema->bound);

	TRY(bind_fields(arena, schema, bindings, bindings_count));
	TRY(bind_scalars(arena, schema, scalars, scalars_count));
	for (const struct graphql_type *type = schema->first; type != NULL; type = type->next) {
		if (type->kind != KIND_OBJECT || type->reserved || type == schema->roots[2])
			continue;
		for (const struct graphql_field *f = type->fields; f != NULL; f = f->next) {
			if (f->resolve == NULL && f->load == NULL)
				return ERR(arena, ERR_CORRUPT,
				    "field \"%.*s.%.*s\" of the schema has no resolver",
				    STR_ARG(type->name), STR_ARG(f->name));
		}
	}
	TRY(graphql_read_costs(arena, schema));
	schema->bound = true;
	return NULL;
}
