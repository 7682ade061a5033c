#include "graphql/graphql_internal.h"

/*
 * The definitions that every schema has without writing them (sections 3.5,
 * 3.13 and 4.2).  __Meta is no type of the schema: it holds the meta fields.
 */
static const char prelude[] =
    "\"\"\"A signed 32-bit integer.\"\"\" scalar Int\n"
    "\"\"\"A signed double-precision number (IEEE 754).\"\"\" scalar Float\n"
    "\"\"\"Text in UTF-8.\"\"\" scalar String\n"
    "\"\"\"true or false.\"\"\" scalar Boolean\n"
    "\"\"\"A unique identifier; not meant to be read by people.\"\"\" scalar ID\n"
    "\"Leave this out when the condition is true.\"\n"
    "directive @skip(\"Whether to leave it out.\" if: Boolean!)\n"
    "  on FIELD | FRAGMENT_SPREAD | INLINE_FRAGMENT\n"
    "\"Keep this only when the condition is true.\"\n"
    "directive @include(\"Whether to keep it.\" if: Boolean!)\n"
    "  on FIELD | FRAGMENT_SPREAD | INLINE_FRAGMENT\n"
    "\"Marks what should no longer be used.\"\n"
    "directive @deprecated(\"Why, and what to use instead.\"\n"
    "  reason: String! = \"No longer supported\")\n"
    "  on FIELD_DEFINITION | ARGUMENT_DEFINITION | INPUT_FIELD_DEFINITION | ENUM_VALUE\n"
    "\"Says where the behavior of a custom scalar is specified.\"\n"
    "directive @specifiedBy(\"The address of the specification.\" url: String!) on SCALAR\n"
    "\"Says that a value of this input object has exactly one field, and not null.\"\n"
    "directive @oneOf on INPUT_OBJECT\n"
    "\"The schema that this server offers.\"\n"
    "type __Schema { description: String types: [__Type!]! queryType: __Type!\n"
    "  mutationType: __Type subscriptionType: __Type directives: [__Directive!]! }\n"
    "\"A type of the schema, or a list or non-null wrapping of one.\"\n"
    "type __Type { kind: __TypeKind! name: String description: String specifiedByURL: String\n"
    "  fields(includeDeprecated: Boolean! = false): [__Field!] interfaces: [__Type!]\n"
    "  possibleTypes: [__Type!] enumValues(includeDeprecated: Boolean! = false): [__EnumValue!]\n"
    "  inputFields(includeDeprecated: Boolean! = false): [__InputValue!] ofType: __Type\n"
    "  isOneOf: Boolean }\n"
    "\"The kinds of types.\"\n"
    "enum __TypeKind { SCALAR OBJECT INTERFACE UNION ENUM INPUT_OBJECT LIST NON_NULL }\n"
    "\"A field of an object or an interface.\"\n"
    "type __Field { name: String! description: String\n"
    "  args(includeDeprecated: Boolean! = false): [__InputValue!]! type: __Type!\n"
    "  isDeprecated: Boolean! deprecationReason: String }\n"
    "\"An argument, or a field of an input object.\"\n"
    "type __InputValue { name: String! description: String type: __Type! defaultValue: String\n"
    "  isDeprecated: Boolean! deprecationReason: String }\n"
    "\"A value of an enum.\"\n"
    "type __EnumValue { name: String! description: String isDeprecated: Boolean!\n"
    "  deprecationReason: String }\n"
    "\"A directive that this server knows.\"\n"
    "type __Directive { name: String! description: String locations: [__DirectiveLocation!]!\n"
    "  args(includeDeprecated: Boolean! = false): [__InputValue!]! isRepeatable: Boolean! }\n"
    "\"The places where a directive may stand.\"\n"
    "enum __DirectiveLocation { QUERY MUTATION SUBSCRIPTION FIELD FRAGMENT_DEFINITION\n"
    "  FRAGMENT_SPREAD INLINE_FRAGMENT VARIABLE_DEFINITION SCHEMA SCALAR OBJECT\n"
    "  FIELD_DEFINITION ARGUMENT_DEFINITION INTERFACE UNION ENUM ENUM_VALUE INPUT_OBJECT\n"
    "  INPUT_FIELD_DEFINITION }\n"
    "type __Meta { __typename: String! __schema: __Schema! __type(name: String!): __Type }\n";

struct str
graphql_prelude(void)
{
	return (struct str){ prelude, sizeof(prelude) - 1 };
}
