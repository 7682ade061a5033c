#include "introspect.h"

#include "api/api_internal.h"

#define RESPONSE_BYTES (4u << 20)

/* Types within types: [[T!]!]! is six deep. */
#define TYPE_OF_TYPE                                                                     \
	"kind name ofType{kind name ofType{kind name ofType{kind name ofType{kind name " \
	"ofType{kind name ofType{kind name}}}}}}"
#define INPUT \
	"{name description defaultValue isDeprecated deprecationReason type{" TYPE_OF_TYPE "}}"

static const struct str question =
    STR("{__schema{description "
	"types{kind name description isOneOf specifiedByURL "
	"fields(includeDeprecated:true){name description isDeprecated deprecationReason "
	"args(includeDeprecated:true)" INPUT " type{" TYPE_OF_TYPE "}} "
	"inputFields(includeDeprecated:true)" INPUT " interfaces{name} "
	"enumValues(includeDeprecated:true){name description isDeprecated deprecationReason} "
	"possibleTypes{name}}}}");

static const struct json empty = { .type = JSON_LIST };

struct err *
introspect(struct arena *arena, struct str sdl, struct introspected *ret)
{
	const struct graphql_limits limits = GRAPHQL_LIMITS_DEFAULT;
	const struct graphql_request request = { .query = question };
	struct buf response = buf_in(arena, RESPONSE_BYTES);
	struct graphql_schema *schema;
	const struct json *answer;
	struct str reason;

	TRY(api_bind_schema(arena, sdl, &schema));
	if (graphql_execute(arena, schema, &request, &limits, &response) != GRAPHQL_OK ||
	    !json_parse(arena, buf_view(&response), &answer, &reason) ||
	    json_find(answer, STR("errors")) != NULL)
		return ERR(arena, ERR_CORRUPT, "the schema cannot be introspected: %.*s",
		    STR_ARG(buf_view(&response)));
	ret->schema = json_find(json_find(answer, STR("data")), STR("__schema"));
	ret->types = json_find(ret->schema, STR("types"));
	return NULL;
}

const struct json *
introspected_type(const struct introspected *schema, struct str name)
{
	for (size_t i = 0; i < schema->types->list.count; i++) {
		const struct json *type = &schema->types->list.items[i];

		if (str_equal(json_text_or(type, STR("name"), STR("")), name))
			return type;
	}
	return NULL;
}

const struct json *
introspected_fields(const struct introspected *schema, struct str root)
{
	const struct json *fields = json_find(introspected_type(schema, root), STR("fields"));

	return fields == NULL || fields->type != JSON_LIST ? &empty : fields;
}
