#include "graphql/graphql_internal.h"

/* IsValidImplementation() of section 3.6. */

struct promise {
	struct arena *arena;
	struct graphql_errors *errors;
	const struct graphql_type *type, *interface;
	const struct graphql_relation *relation;
};

#define REPORT(promise, at, ...) \
	((void)graphql_report((promise)->errors, (at), arena_printf((promise)->arena, __VA_ARGS__)))

static bool
same_ref(const struct graphql_type_ref *a, const struct graphql_type_ref *b)
{
	while (a->wrap == b->wrap && a->wrap != WRAP_NONE) {
		a = a->of;
		b = b->of;
	}
	return a->wrap == b->wrap && a->type == b->type;
}

/* Whether every value of ${ref} is one of ${promised}. */
static bool
is_subtype(const struct graphql_type_ref *ref, const struct graphql_type_ref *promised)
{
	for (;;) {
		if (ref->wrap == WRAP_NON_NULL && promised->wrap != WRAP_NON_NULL)
			ref = ref->of;
		if (ref->wrap != promised->wrap)
			return false;
		if (ref->wrap == WRAP_NONE)
			break;
		ref = ref->of;
		promised = promised->of;
	}
	return ref->type == promised->type || graphql_is_possible(promised->type, ref->type);
}

static void
check_arguments(const struct promise *promise, const struct graphql_field *field,
    const struct graphql_field *promised)
{
	for (const struct graphql_input *i = promised->arguments; i != NULL; i = i->next) {
		const struct graphql_input *own = graphql_find_input(field->arguments, i->name);

		if (own == NULL)
			REPORT(promise, field->at,
			    "Field \"%.*s.%.*s\" must have the argument \"%.*s\" of interface "
			    "\"%.*s\".",
			    STR_ARG(promise->type->name), STR_ARG(field->name), STR_ARG(i->name),
			    STR_ARG(promise->interface->name));
		else if (!same_ref(own->type, i->type))
			REPORT(promise, own->at,
			    "Argument \"%.*s\" of \"%.*s.%.*s\" must have the type that interface "
			    "\"%.*s\" gives it.",
			    STR_ARG(i->name), STR_ARG(promise->type->name), STR_ARG(field->name),
			    STR_ARG(promise->interface->name));
	}
	for (const struct graphql_input *i = field->arguments; i != NULL; i = i->next) {
		if (graphql_is_required(i) &&
		    graphql_find_input(promised->arguments, i->name) == NULL)
			REPORT(promise, i->at,
			    "Argument \"%.*s\" of \"%.*s.%.*s\" must not be required: interface "
			    "\"%.*s\" does not have it.",
			    STR_ARG(i->name), STR_ARG(promise->type->name), STR_ARG(field->name),
			    STR_ARG(promise->interface->name));
	}
}

static void
check_field(struct graphql_schema *schema, const struct promise *promise,
    const struct graphql_field *promised)
{
	const struct graphql_field *field =
	    graphql_find_field(schema, promise->type, promised->name);

	if (field == NULL) {
		REPORT(promise, promise->type->at,
		    "Interface field \"%.*s.%.*s\" expected but \"%.*s\" does not provide it.",
		    STR_ARG(promise->interface->name), STR_ARG(promised->name),
		    STR_ARG(promise->type->name));
		return;
	}
	if (!is_subtype(field->type, promised->type))
		REPORT(promise, field->at,
		    "Interface field \"%.*s.%.*s\" expects another type than \"%.*s.%.*s\" has.",
		    STR_ARG(promise->interface->name), STR_ARG(promised->name),
		    STR_ARG(promise->type->name), STR_ARG(field->name));
	check_arguments(promise, field, promised);
	if (field->deprecation.deprecated && !promised->deprecation.deprecated)
		REPORT(promise, field->at,
		    "Field \"%.*s.%.*s\" cannot be deprecated while interface field \"%.*s.%.*s\" "
		    "is not.",
		    STR_ARG(promise->type->name), STR_ARG(field->name),
		    STR_ARG(promise->interface->name), STR_ARG(promised->name));
}

/* Whoever implements an interface implements what that one implements. */
static void
check_inherited(const struct promise *promise)
{
	for (const struct graphql_relation *r = promise->interface->interfaces; r != NULL;
	     r = r->next) {
		if (r->type == promise->type)
			REPORT(promise, promise->relation->at,
			    "Type \"%.*s\" cannot implement \"%.*s\" because it would create a "
			    "circular reference.",
			    STR_ARG(promise->type->name), STR_ARG(promise->interface->name));
		else if (!graphql_is_possible(r->type, promise->type))
			REPORT(promise, promise->relation->at,
			    "Type \"%.*s\" must implement \"%.*s\" because it is implemented by "
			    "\"%.*s\".",
			    STR_ARG(promise->type->name), STR_ARG(r->name),
			    STR_ARG(promise->interface->name));
	}
}

void
graphql_check_interfaces(
    struct graphql_schema *schema, const struct graphql_type *type, struct graphql_errors *errors)
{
	struct promise promise = { .arena = errors->arena, .errors = errors, .type = type };

	for (const struct graphql_relation *r = type->interfaces; r != NULL; r = r->next) {
		promise.relation = r;
		promise.interface = r->type;
		if (r->type == type) {
			REPORT(&promise, r->at, "Type \"%.*s\" cannot implement itself.",
			    STR_ARG(type->name));
			continue;
		}
		check_inherited(&promise);
		for (const struct graphql_field *f = r->type->fields; f != NULL; f = f->next)
			check_field(schema, &promise, f);
	}
}
