#include "graphql/graphql_internal.h"

/*
 * What an operation costs, known before anything is resolved: a field costs its weight
 * (@cost, else 1), and what is selected beneath a list costs once for each item that the
 * list is taken to have.  @listSize says how many those are: as many as a slicing argument
 * asks for, else what is assumed.  Nothing is taken back for what is asked twice, and of an
 * abstract type all fragments count: the cost is what it could be, not what it will be.
 *
 * The directives are those of the cost specification that IBM published and Apollo uses.
 * A schema that uses them declares them; the engine knows them by name.
 */

/* A list of which nothing is said. */
#define ITEMS_ASSUMED 10

/* A list of introspection: tools ask for a whole schema, several lists deep, and may. */
#define ITEMS_OF_SCHEMA_ASSUMED 5

/* More than any limit; sums stop here instead of wrapping round. */
#define MUCH ((size_t)1 << 50)

static size_t
sum(size_t a, size_t b)
{
	return a > MUCH - b ? MUCH : a + b;
}

static size_t
product(size_t a, size_t b)
{
	size_t result;

	return __builtin_mul_overflow(a, b, &result) || result > MUCH ? MUCH : result;
}

/* -- what the schema says -- */

/* One field whose directives are being read. */
struct reading {
	struct arena *arena;
	const struct graphql_schema *schema;
	const struct graphql_type *type;
	struct graphql_field *field;
};

static struct err *
refuse(const struct reading *r, const char *directive, const char *reason, struct str what)
{
	return ERR(r->arena, ERR_CORRUPT, "@%s of field \"%.*s.%.*s\": %s%s%.*s", directive,
	    STR_ARG(r->type->name), STR_ARG(r->field->name), reason, str_empty(what) ? "" : " ",
	    STR_ARG(what));
}

static const struct graphql_directive *
find_applied(const struct graphql_field *field, struct str name)
{
	const struct graphql_directive *d = field->directives;

	while (d != NULL && !str_equal(d->name, name))
		d = d->next;
	return d;
}

/* The argument ${name} of ${directive} as it was written, or NULL. */
static const struct graphql_literal *
find_given(const struct graphql_directive *directive, struct str name)
{
	const struct graphql_argument *argument = graphql_find_argument(directive->arguments, name);

	return argument == NULL || argument->value->kind == LITERAL_NULL ? NULL : argument->value;
}

/* ${literal} as a count.  False when it is none. */
static bool
read_count(const struct graphql_literal *literal, size_t *ret)
{
	int64_t value;

	if (literal->kind != LITERAL_INT || !str_parse_i64(literal->text, &value) || value < 0 ||
	    value > INT32_MAX)
		return false;
	*ret = (size_t)value;
	return true;
}

static struct err *
read_weight(const struct reading *r)
{
	const struct graphql_directive *directive = find_applied(r->field, STR("cost"));
	const struct graphql_literal *weight;

	r->field->weight = 1;
	if (directive == NULL)
		return NULL;
	weight = find_given(directive, STR("weight"));
	if (weight == NULL || !read_count(weight, &r->field->weight))
		return refuse(r, "cost", "weight must be a whole number, 0 or more", STR(""));
	return NULL;
}

static bool
is_list(const struct graphql_type_ref *ref)
{
	return ref->wrap == WRAP_LIST || (ref->wrap == WRAP_NON_NULL && is_list(ref->of));
}

/* The first text of ${names}, which is a list of texts, or one text; NULL: there is none. */
static const struct graphql_literal *
first_name(const struct graphql_literal *names)
{
	return names != NULL && names->kind == LITERAL_LIST ? names->first : names;
}

/* Whether slicing arguments and sized fields are what they are said to be. */
static struct err *
check_names(const struct reading *r, const struct graphql_list_size *size)
{
	const struct graphql_type *type = graphql_named_type(r->field->type);

	for (const struct graphql_literal *n = size->slicing; n != NULL; n = n->next) {
		const struct graphql_input *input =
		    graphql_find_input(r->field->arguments, n->text);

		if (input == NULL || is_list(input->type) ||
		    graphql_named_type(input->type)->builtin != BUILTIN_INT)
			return refuse(r, "listSize", "this is no argument of type Int:", n->text);
	}
	for (const struct graphql_literal *n = size->sized; n != NULL; n = n->next) {
		const struct graphql_field *field =
		    graphql_is_composite(type) ? graphql_find_field(r->schema, type, n->text)
					       : NULL;

		if (field == NULL || !is_list(field->type))
			return refuse(r, "listSize",
			    "this is no field beneath it that gives a list:", n->text);
	}
	if (size->sized == NULL && !is_list(r->field->type))
		return refuse(
		    r, "listSize", "the field is no list, and sizedFields names none", STR(""));
	return NULL;
}

static struct err *
read_list_size(const struct reading *r)
{
	const struct graphql_directive *directive = find_applied(r->field, STR("listSize"));
	const struct graphql_literal *assumed;
	struct graphql_list_size *size;

	if (directive == NULL)
		return NULL;
	size = arena_new(r->arena, struct graphql_list_size);
	if (size == NULL)
		return ERR(r->arena, ERR_LIMIT, "could not bind the schema: no memory left");
	size->slicing = first_name(find_given(directive, STR("slicingArguments")));
	size->sized = first_name(find_given(directive, STR("sizedFields")));
	size->assumed = ITEMS_ASSUMED;
	assumed = find_given(directive, STR("assumedSize"));
	if (assumed != NULL && !read_count(assumed, &size->assumed))
		return refuse(
		    r, "listSize", "assumedSize must be a whole number, 0 or more", STR(""));
	r->field->list_size = size;
	return check_names(r, size);
}

struct err *
graphql_read_costs(struct arena *arena, struct graphql_schema *schema)
{
	struct reading r = { .arena = arena, .schema = schema };

	for (struct graphql_type *type = schema->first; type != NULL; type = type->next) {
		r.type = type;
		for (struct graphql_field *f = type->fields; f != NULL; f = f->next) {
			r.field = f;
			TRY(read_weight(&r));
			TRY(read_list_size(&r));
		}
	}
	return NULL;
}

/* -- what an operation costs -- */

/* What a field says of the lists beneath it. */
struct sizing {
	const struct graphql_literal *names;
	size_t items;
};

static bool
names(const struct graphql_literal *name, struct str wanted)
{
	while (name != NULL && !str_equal(name->text, wanted))
		name = name->next;
	return name != NULL;
}

/* The value of the Int argument ${name} of ${s}; false when it has none. */
static bool
read_argument(const struct graphql_execution *x, const struct graphql_selection *s, struct str name,
    size_t *ret)
{
	const struct graphql_argument *given = graphql_find_argument(s->arguments, name);
	const struct json *value = NULL;

	if (given != NULL && given->value->kind == LITERAL_INT)
		return read_count(given->value, ret);
	if (given != NULL && given->value->kind == LITERAL_VARIABLE)
		value = json_find(x->variables, given->value->text);
	else if (given != NULL)
		return false;
	if (value == NULL)
		value = graphql_find_input(s->field->arguments, name)->default_value;
	if (value == NULL || value->type != JSON_INT)
		return false;
	*ret = value->integer < 0 ? 0 : (size_t)value->integer;
	return true;
}

/* How many items ${s} gives, or lists beneath it: the most that a slicing argument asks for. */
static size_t
count_items(const struct graphql_execution *x, const struct graphql_selection *s)
{
	const struct graphql_list_size *size = s->field->list_size;
	size_t items = 0;
	bool sliced = false;

	if (size == NULL)
		return s->parent->reserved ? ITEMS_OF_SCHEMA_ASSUMED : ITEMS_ASSUMED;
	for (const struct graphql_literal *n = size->slicing; n != NULL; n = n->next) {
		size_t asked = 0;

		sliced = read_argument(x, s, n->text, &asked) || sliced;
		items = asked > items ? asked : items;
	}
	return sliced ? items : size->assumed;
}

static size_t cost_of(const struct graphql_execution *x, const struct graphql_selection *first,
    const struct sizing *sizing);

static size_t
cost_of_field(const struct graphql_execution *x, const struct graphql_selection *s,
    const struct sizing *sizing)
{
	const struct graphql_list_size *size = s->field->list_size;
	struct sizing beneath = { 0 };
	size_t items = 1;

	if (size != NULL && size->sized != NULL) {
		beneath.names = size->sized;
		beneath.items = count_items(x, s);
	}
	if (names(sizing->names, s->field->name))
		items = sizing->items;
	else if (is_list(s->field->type))
		items = beneath.names != NULL ? ITEMS_ASSUMED : count_items(x, s);
	return sum(s->field->weight, product(items, cost_of(x, s->first, &beneath)));
}

/* The cost of ${first}; graphql_measure() has bounded how many and how deep. */
static size_t
cost_of(const struct graphql_execution *x, const struct graphql_selection *first,
    const struct sizing *sizing)
{
	size_t cost = 0;

	for (const struct graphql_selection *s = first; s != NULL; s = s->next) {
		if (!graphql_is_included(x, s))
			continue;
		switch (s->kind) {
		case SELECTION_FIELD:
			cost = sum(cost, cost_of_field(x, s, sizing));
			break;
		case SELECTION_INLINE:
			cost = sum(cost, cost_of(x, s->first, sizing));
			break;
		case SELECTION_SPREAD:
			cost = sum(cost, cost_of(x, s->fragment->first, sizing));
			break;
		}
	}
	return cost;
}

bool
graphql_check_cost(struct graphql_execution *x, size_t cost_max)
{
	static const struct sizing nothing = { 0 };
	struct graphql_error *error;

	if (cost_max == 0 && !x->request->tells_cost)
		return true;
	x->cost.known = true;
	x->cost.requested = cost_of(x, x->operation->first, &nothing);
	x->cost.limit = cost_max;
	if (cost_max == 0 || x->cost.requested <= cost_max)
		return true;
	x->errors->code = STR("LIMIT");
	error = graphql_report(x->errors, x->operation->at,
	    arena_printf(x->arena,
		"This costs %zu, and one request may cost at most %zu: ask for fewer fields, or "
		"for shorter lists.",
		x->cost.requested, cost_max));
	if (error != NULL)
		error->cost = &x->cost;
	return false;
}

void
graphql_cost_write(const struct graphql_cost *cost, struct json_writer *w)
{
	json_name(w, STR("cost"));
	json_begin_map(w);
	json_member_int(w, STR("requested"), (int64_t)cost->requested);
	json_name(w, STR("limit"));
	if (cost->limit > 0 && cost->limit < MUCH)
		json_write_int(w, (int64_t)cost->limit);
	else
		json_write_null(w);
	json_end_map(w);
}
