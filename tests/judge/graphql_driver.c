#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "graphql/graphql_internal.h"

/*
 * The engine, for a judge to ask.  Every question is a line of words and numbers, followed
 * by as many bytes as the numbers say; every answer is a line with a number and as many
 * bytes.
 *
 *	schema SDL BINDINGS    the fault, or nothing; what follows is about this schema
 *	data OBJECTS           nothing; what follows is about these objects
 *	run QUERY VARIABLES OPERATION    the response
 *
 * BINDINGS has a line for each field: how it is resolved, "p" alone or "b" in a batch; of
 * which root, "q", "m", "s" or "-"; and "Type.field".
 *
 * OBJECTS is a JSON map of maps: "Dog#1" has the values of a dog's fields.  A value may be
 * {"$ref": "Dog#2"}, an object, whose type is its "$type"; {"$error": "words"};
 * {"$fault": "words"}; {"$arguments": true}, what the field was given, as text;
 * {"$json": any}, for a custom scalar.
 */

#define ARENA_BYTES    ((size_t)256 << 20)
#define RESPONSE_BYTES ((size_t)32 << 20)
#define PAYLOADS       3
#define TEXT_BYTES     ((size_t)1 << 20)
#define VALUE_BYTES    ((size_t)64 << 10)

static struct arena *schema_arena, *data_arena, *arena;
static struct graphql_schema *schema;
static const struct json *objects;

/* -- values -- */

static struct str
text_of(struct arena *where, const struct json *value)
{
	struct buf buf = buf_in(where, VALUE_BYTES);
	struct json_writer w = json_writer(&buf);

	json_write_value(&w, value);
	CHECK(!buf.overflowed);
	return buf_view(&buf);
}

static void
convert(struct graphql_call *call, const struct json *from, struct graphql_value *ret)
{
	struct graphql_value *items;
	const struct json *object;

	switch (from->type) {
	case JSON_NULL_VALUE:
		*ret = graphql_null();
		return;
	case JSON_BOOL:
		*ret = graphql_bool(from->boolean);
		return;
	case JSON_INT:
		*ret = graphql_int(from->integer);
		return;
	case JSON_FLOAT:
		*ret = graphql_float(from->number);
		return;
	case JSON_TEXT:
		*ret = graphql_text(from->text);
		return;
	case JSON_LIST:
		items = arena_array(call->arena, struct graphql_value, from->list.count);
		CHECK(items != NULL);
		for (size_t i = 0; i < from->list.count; i++)
			convert(call, &from->list.items[i], &items[i]);
		*ret = graphql_list(items, from->list.count);
		return;
	case JSON_MAP:
		break;
	}
	if (json_find(from, STR("$arguments")) != NULL) {
		*ret = graphql_text(text_of(call->arena, call->arguments));
	} else if (json_find(from, STR("$json")) != NULL) {
		*ret = graphql_raw(text_of(call->arena, json_find(from, STR("$json"))));
	} else {
		object = json_find(objects, json_text_or(from, STR("$ref"), STR("")));
		CHECK(object != NULL);
		*ret = graphql_object(json_text_or(object, STR("$type"), STR("")), object);
	}
}

/* What the data says of the field of ${call} on ${object}. */
static const struct json *
find_value(const struct graphql_call *call, const struct json *object)
{
	return json_find(object, call->step->field->name);
}

static struct err *
resolve_on(struct graphql_call *call, const struct json *object, struct graphql_value *ret)
{
	const struct json *value = find_value(call, object);

	if (value == NULL)
		return NULL;
	if (json_find(value, STR("$fault")) != NULL)
		return ERR(call->arena, ERR_UNAVAILABLE, "the data says so");
	if (json_find(value, STR("$error")) != NULL)
		graphql_fail(call, STR("TEST"), json_text_or(value, STR("$error"), STR("")));
	else
		convert(call, value, ret);
	return NULL;
}

static struct err *
resolve(struct graphql_call *call, struct graphql_value *ret)
{
	return resolve_on(call, call->parent, ret);
}

static struct err *
resolve_query(struct graphql_call *call, struct graphql_value *ret)
{
	return resolve_on(call, json_find(objects, STR("Query#0")), ret);
}

static struct err *
resolve_mutation(struct graphql_call *call, struct graphql_value *ret)
{
	return resolve_on(call, json_find(objects, STR("Mutation#0")), ret);
}

static struct err *
load_on(struct graphql_batch *batch, const struct json *root)
{
	for (size_t i = 0; i < batch->count; i++) {
		const struct json *object = root == NULL ? batch->parents[i] : root;
		const struct json *value = find_value(&batch->call, object);

		if (value == NULL)
			continue;
		if (json_find(value, STR("$error")) != NULL ||
		    json_find(value, STR("$fault")) != NULL)
			graphql_fail_one(batch, i, STR("TEST"),
			    json_text_or(value, STR("$error"), STR("the data says so")));
		else
			convert(&batch->call, value, &batch->values[i]);
	}
	return NULL;
}

static struct err *
load(struct graphql_batch *batch)
{
	return load_on(batch, NULL);
}

static struct err *
load_query(struct graphql_batch *batch)
{
	return load_on(batch, json_find(objects, STR("Query#0")));
}

static struct err *
load_mutation(struct graphql_batch *batch)
{
	return load_on(batch, json_find(objects, STR("Mutation#0")));
}

/* -- questions -- */

static void
answer(struct str text)
{
	(void)printf("%zu\n", text.len);
	(void)fwrite(text.ptr, 1, text.len, stdout);
}

static struct err *
bind_schema(struct str lines)
{
	struct graphql_binding *alone =
	    arena_array(schema_arena, struct graphql_binding, lines.len / 4 + 1);
	struct graphql_batch_binding *batches =
	    arena_array(schema_arena, struct graphql_batch_binding, lines.len / 4 + 1);
	size_t alone_count = 0, batches_count = 0;

	CHECK(alone != NULL && batches != NULL);
	while (!str_empty(lines)) {
		struct str line = str_cut(&lines, '\n');
		char how = line.ptr[0], root = line.ptr[1];
		struct str name = { line.ptr + 3, line.len - 3 };

		if (root == 's')
			continue;
		if (how == 'b')
			batches[batches_count++] =
			    (struct graphql_batch_binding){ name, root == 'q'   ? load_query
								  : root == 'm' ? load_mutation
										: load };
		else
			alone[alone_count++] =
			    (struct graphql_binding){ name, root == 'q'   ? resolve_query
							    : root == 'm' ? resolve_mutation
									  : resolve };
	}
	TRY(graphql_schema_bind_batches(schema_arena, schema, batches, batches_count));
	return graphql_schema_bind(schema_arena, schema, alone, alone_count, NULL, 0);
}

static void
read_schema(struct str sdl, struct str bindings)
{
	struct err *err;

	arena_reset(schema_arena);
	sdl = arena_copy(schema_arena, sdl);
	schema = NULL;
	err = graphql_schema_parse(schema_arena, sdl, &schema);
	/* A schema that the judge refuses comes without bindings. */
	if (err == NULL && !str_empty(bindings))
		err = bind_schema(arena_copy(schema_arena, bindings));
	if (err != NULL)
		schema = NULL;
	answer(err == NULL ? STR("") : err->message);
}

static void
read_data(struct str text)
{
	struct str reason;

	arena_reset(data_arena);
	CHECK(json_parse(data_arena, arena_copy(data_arena, text), &objects, &reason));
	answer(STR(""));
}

/* One event of the subscription ${request}: what the data says of its root field. */
static void
publish(const struct graphql_request *request, const struct graphql_limits *limits,
    struct buf *response)
{
	struct arena *own = arena_create(ARENA_BYTES);
	struct graphql_subscription *subscription =
	    graphql_subscribe(own, schema, request, limits, response);
	struct graphql_call call = { .arena = arena };
	struct graphql_value value = graphql_null();
	const struct json *found;

	if (subscription != NULL) {
		found = json_find(json_find(objects, STR("Subscription#0")),
		    graphql_subscription_field(subscription));
		if (found != NULL)
			convert(&call, found, &value);
		graphql_publish(arena, subscription, request, &value, limits, response);
	}
	arena_destroy(own);
}

static void
run(struct str query, struct str variables, struct str operation)
{
	static const struct graphql_limits limits = { .document_bytes_max = TEXT_BYTES,
		.tokens_max = 100000,
		.depth_max = GRAPHQL_DEPTH_CEILING,
		.fields_max = 1000000,
		.aliases_max = 1000000,
		.errors_max = 1000 };
	struct graphql_request request = { .query = query, .operation_name = operation };
	struct str reason;
	struct buf response;

	if (schema == NULL) {
		answer(STR("{\"errors\":[{\"extensions\":{\"code\":\"NO_SCHEMA\"}}]}"));
		return;
	}
	arena_reset(arena);
	response = buf_in(arena, RESPONSE_BYTES);
	CHECK(str_empty(variables) || json_parse(arena, variables, &request.variables, &reason));
	if (graphql_execute(arena, schema, &request, &limits, &response) == GRAPHQL_IS_SUBSCRIPTION)
		publish(&request, &limits, &response);
	answer(buf_view(&response));
}

/* The bytes that follow a question, which live until the next one. */
static struct str
read_bytes(size_t slot, size_t count)
{
	static char *rooms[PAYLOADS];
	static size_t room[PAYLOADS];

	if (count + 1 > room[slot]) {
		room[slot] = count * 2 + 64;
		rooms[slot] = realloc(rooms[slot], room[slot]);
		CHECK(rooms[slot] != NULL);
	}
	CHECK(fread(rooms[slot], 1, count, stdin) == count);
	return (struct str){ rooms[slot], count };
}

int
main(void)
{
	char line[200];

	schema_arena = arena_create(ARENA_BYTES);
	data_arena = arena_create(ARENA_BYTES);
	arena = arena_create(ARENA_BYTES);
	while (fgets(line, sizeof(line), stdin) != NULL) {
		struct str rest = str_from_z(line), payloads[PAYLOADS] = { { NULL, 0 } }, question;

		rest.len -= rest.len > 0 && rest.ptr[rest.len - 1] == '\n';
		question = str_cut(&rest, ' ');
		for (size_t i = 0; i < PAYLOADS && !str_empty(rest); i++) {
			int64_t count;

			CHECK(str_parse_i64(str_cut(&rest, ' '), &count) && count >= 0);
			payloads[i] = read_bytes(i, (size_t)count);
		}
		if (str_equal(question, STR("schema")))
			read_schema(payloads[0], payloads[1]);
		else if (str_equal(question, STR("data")))
			read_data(payloads[0]);
		else
			run(payloads[0], payloads[1], payloads[2]);
	}
	return 0;
}
