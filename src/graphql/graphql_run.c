#include "graphql/graphql_internal.h"

/*
 * Execution (section 6).  Results are written into the response as they are
 * found, in the order of the query.  A null that may not stand where it is takes
 * its parent with it: every place that may be null remembers where its value
 * begins and cuts the response back to there.
 */

/* Everything about the value being written; copied for each level. */
struct place {
	struct graphql_execution *x;
	struct json_writer *w;
	const struct graphql_type *owner; /* of the field */
	struct graphql_step *step;
	const struct graphql_path *path;
};

static bool write_plan(struct graphql_execution *x, struct json_writer *w,
    const struct graphql_plan *plan, const void *data, const struct graphql_path *path);
static bool complete(
    const struct place *, const struct graphql_type_ref *ref, const struct graphql_value *value);

/* Whether to stop here: the request has used up what it may use. */
static bool
is_spent(const struct graphql_execution *x)
{
	return arena_exhausted(x->arena) || x->response->overflowed;
}

/* Report a field error; always false. */
static bool
refuse(const struct place *p, struct str code, struct str message)
{
	graphql_report_path(p->x->errors, p->step->selection->at, code, message, p->path);
	return false;
}

/* A resolver returned what the schema does not promise: ours to mend, not the client's. */
static bool
refuse_value(const struct place *p, const char *expected)
{
	return refuse(p, STR("INTERNAL"),
	    arena_printf(p->x->arena, "Field \"%.*s.%.*s\" did not resolve to %s.",
		STR_ARG(p->owner->name), STR_ARG(p->step->field->name), expected));
}

static bool
write_text(const struct place *p, struct str text)
{
	if (!str_is_utf8(text))
		return refuse_value(p, "well-formed UTF-8");
	json_write_text(p->w, text);
	return true;
}

static bool
write_int(const struct place *p, const struct graphql_value *value)
{
	if (value->type != GRAPHQL_INT || value->integer < INT32_MIN || value->integer > INT32_MAX)
		return refuse_value(p, "a 32-bit integer");
	json_write_int(p->w, value->integer);
	return true;
}

static bool
write_float(const struct place *p, const struct graphql_value *value)
{
	if (value->type == GRAPHQL_INT)
		json_write_int(p->w, value->integer);
	else if (value->type == GRAPHQL_FLOAT && __builtin_isfinite(value->number))
		json_write_double(p->w, value->number);
	else
		return refuse_value(p, "a finite number");
	return true;
}

static bool
write_id(const struct place *p, const struct graphql_value *value)
{
	if (value->type == GRAPHQL_TEXT)
		return write_text(p, value->text);
	if (value->type != GRAPHQL_INT)
		return refuse_value(p, "an ID");
	json_write_text(p->w, arena_printf(p->x->arena, "%lld", (long long)value->integer));
	return true;
}

static bool
write_enum(
    const struct place *p, const struct graphql_type *type, const struct graphql_value *value)
{
	if (value->type != GRAPHQL_TEXT || graphql_find_enum_value(type, value->text) == NULL)
		return refuse_value(p, "a value of its enum");
	json_write_text(p->w, value->text);
	return true;
}

static bool
write_custom(const struct place *p, const struct graphql_value *value)
{
	switch (value->type) {
	case GRAPHQL_BOOL:
		json_write_bool(p->w, value->boolean);
		return true;
	case GRAPHQL_INT:
	case GRAPHQL_FLOAT:
		return write_float(p, value);
	case GRAPHQL_TEXT:
		return write_text(p, value->text);
	case GRAPHQL_RAW:
		json_write_raw(p->w, value->text);
		return true;
	case GRAPHQL_NULL:
	case GRAPHQL_OBJECT:
	case GRAPHQL_LIST:
		break;
	}
	return refuse_value(p, "a scalar");
}

static bool
write_leaf(
    const struct place *p, const struct graphql_type *type, const struct graphql_value *value)
{
	if (type->kind == KIND_ENUM)
		return write_enum(p, type, value);
	switch (type->builtin) {
	case BUILTIN_NONE:
		return write_custom(p, value);
	case BUILTIN_INT:
		return write_int(p, value);
	case BUILTIN_FLOAT:
		return write_float(p, value);
	case BUILTIN_STRING:
		return value->type == GRAPHQL_TEXT ? write_text(p, value->text)
						   : refuse_value(p, "a text");
	case BUILTIN_BOOLEAN:
		if (value->type != GRAPHQL_BOOL)
			return refuse_value(p, "true or false");
		json_write_bool(p->w, value->boolean);
		return true;
	case BUILTIN_ID:
		return write_id(p, value);
	}
	UNREACHABLE("built-in scalar");
}

/* The object type of ${value} where ${declared} is promised, or NULL. */
static const struct graphql_type *
object_type(
    const struct place *p, const struct graphql_type *declared, const struct graphql_value *value)
{
	const struct graphql_type *type = declared;

	if (value->type != GRAPHQL_OBJECT)
		return NULL;
	if (!str_empty(value->object.type_name) &&
	    !str_equal(value->object.type_name, declared->name))
		type = graphql_find_type(p->x->schema, value->object.type_name);
	if (type == NULL || type->kind != KIND_OBJECT)
		return NULL;
	return type == declared || graphql_is_possible(declared, type) ? type : NULL;
}

static bool
write_object(
    const struct place *p, const struct graphql_type *declared, const struct graphql_value *value)
{
	const struct graphql_type *type = object_type(p, declared, value);
	struct graphql_plan *plan;

	if (type == NULL)
		return refuse_value(p, "an object of its type");
	plan = graphql_plan_beneath(p->x, p->step, type);
	return plan != NULL && write_plan(p->x, p->w, plan, value->object.data, p->path);
}

static bool
write_list(
    const struct place *p, const struct graphql_type_ref *of, const struct graphql_value *value)
{
	if (value->type != GRAPHQL_LIST)
		return refuse_value(p, "a list");
	json_begin_list(p->w);
	for (size_t i = 0; i < value->list.count; i++) {
		struct graphql_path path = { .up = p->path, .index = i };
		struct place item = *p;

		item.path = &path;
		if (!complete(&item, of, &value->list.items[i]))
			return false;
	}
	json_end_list(p->w);
	return true;
}

/* A value that is not null, of a type that is not non-null. */
static bool
write_value(
    const struct place *p, const struct graphql_type_ref *ref, const struct graphql_value *value)
{
	if (ref->wrap == WRAP_LIST)
		return write_list(p, ref->of, value);
	return graphql_is_composite(ref->type) ? write_object(p, ref->type, value)
					       : write_leaf(p, ref->type, value);
}

/* CompleteValue() of section 6.4.3.  False when the parent has to be null. */
static bool
complete(
    const struct place *p, const struct graphql_type_ref *ref, const struct graphql_value *value)
{
	struct json_writer before = *p->w;
	size_t length = p->x->response->len;

	if (is_spent(p->x))
		return false;
	if (ref->wrap == WRAP_NON_NULL) {
		if (value->type != GRAPHQL_NULL)
			return write_value(p, ref->of, value);
		return refuse(p, STR("INTERNAL"),
		    arena_printf(p->x->arena,
			"Cannot return null for non-nullable field %.*s.%.*s.",
			STR_ARG(p->owner->name), STR_ARG(p->step->field->name)));
	}
	if (value->type != GRAPHQL_NULL && write_value(p, ref, value))
		return true;
	/* Unwrite what was begun. */
	*p->w = before;
	p->x->response->len = length;
	json_write_null(p->w);
	return !is_spent(p->x);
}

/* What a client reads about a fault when nobody says more. */
static struct str
public_message(enum err_kind kind)
{
	switch (kind) {
	case ERR_CONFLICT:
		return STR(
		    "Somebody else changed this at the same moment: look again, then retry.");
	case ERR_UNAVAILABLE:
		return STR("This is not available right now, and nothing was done: try again.");
	case ERR_UNCERTAIN:
		return STR("It is not known whether this was done: look before trying again.");
	case ERR_LIMIT:
		return STR("This is more than one request may ask for.");
	case ERR_CORRUPT:
		return STR("Something is wrong with what is stored: please report this.");
	}
	UNREACHABLE("err kind");
}

static void
report_fault(const struct place *p, const struct err *err)
{
	const struct graphql_request *request = p->x->request;
	struct str message = STR("");

	if (request->on_fault != NULL)
		message = request->on_fault(
		    request->context, p->x->arena, err, graphql_path_text(p->x->arena, p->path));
	if (str_empty(message))
		message = public_message(err->kind);
	(void)refuse(p, err_kind_name(err->kind), message);
}

/* Call the resolver.  False with the error reported. */
static bool
resolve(const struct place *p, const void *data, struct graphql_value *ret)
{
	const struct graphql_step *step = p->step;
	struct graphql_call call = { .arena = p->x->arena,
		.context = p->x->request->context,
		.parent = data,
		.arguments = &step->arguments,
		.step = step };
	struct err *err;

	if (!str_empty(step->refusal)) {
		graphql_report_path(
		    p->x->errors, step->refusal_at, STR("BAD_USER_INPUT"), step->refusal, p->path);
		return false;
	}
	/* The meta fields look at the schema rather than at an object. */
	if (str_starts_with(step->field->name, STR("__")))
		call.parent = p->x->schema;
	err = step->field->resolve(&call, ret);
	if (err != NULL)
		report_fault(p, err);
	else if (!str_empty(call.failure_code))
		(void)refuse(p, call.failure_code, call.failure_message);
	else
		return true;
	return false;
}

/* ExecuteField() of section 6.4.  False when the parent has to be null. */
static bool
write_field(const struct place *p, const void *data)
{
	const struct graphql_field *field = p->step->field;
	struct graphql_value value = graphql_null();

	json_name(p->w, p->step->selection->key);
	if (field->resolve == NULL) {
		CHECK(str_equal(field->name, STR("__typename")));
		json_write_text(p->w, p->owner->name);
		return true;
	}
	if (resolve(p, data, &value))
		return complete(p, field->type, &value);
	if (field->type->wrap == WRAP_NON_NULL)
		return false;
	json_write_null(p->w);
	return true;
}

/* ExecuteSelectionSet() of section 6.3.  False when the object has to be null. */
static bool
write_plan(struct graphql_execution *x, struct json_writer *w, const struct graphql_plan *plan,
    const void *data, const struct graphql_path *path)
{
	json_begin_map(w);
	for (struct graphql_step *step = plan->first; step != NULL; step = step->next) {
		struct graphql_path here = { .up = path, .key = step->selection->key };
		struct place p = {
			.x = x, .w = w, .owner = plan->type, .step = step, .path = &here
		};

		if (is_spent(x) || !write_field(&p, data))
			return false;
	}
	json_end_map(w);
	return true;
}

void
graphql_run(struct graphql_execution *x)
{
	struct json_writer w = json_writer(x->response), before;
	struct graphql_plan *plan = graphql_plan_root(x);
	size_t length;

	json_begin_map(&w);
	json_name(&w, STR("data"));
	before = w;
	length = x->response->len;
	if (plan == NULL || !write_plan(x, &w, plan, NULL, NULL)) {
		w = before;
		x->response->len = length;
		json_write_null(&w);
	}
	if (x->errors->count > 0)
		graphql_errors_write(x->errors, &w);
	json_end_map(&w);
}

/* -- for resolvers -- */

const struct json *
graphql_argument(const struct graphql_call *call, struct str name)
{
	return json_find(call->arguments, name);
}

void
graphql_fail(struct graphql_call *call, struct str code, struct str message)
{
	CHECK(!str_empty(code));
	if (!str_empty(call->failure_code))
		return;
	call->failure_code = code;
	call->failure_message = message;
}
