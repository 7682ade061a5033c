#include "graphql/graphql_internal.h"

/*
 * Execution (section 6).  What is batched, and what lies above it, has been loaded
 * (graphql_load.c); everything else is resolved here.  Results are written into the
 * response as they are found, in the order of the query.  A null that may not stand
 * where it is takes its parent with it: every place that may be null remembers where its
 * value begins and cuts the response back to there.
 */

/* An object: ${index} is its number in its plan, where the plan has been loaded. */
struct object {
	struct graphql_plan *plan;
	const void *data;
	size_t index;
};

/* Everything about the value being written; copied for each level. */
struct place {
	struct graphql_execution *x;
	struct json_writer *w;
	const struct graphql_type *owner; /* of the field */
	struct graphql_step *step;
	const struct graphql_path *path;
	size_t *slot; /* of a step that is loaded: the next object's */
};

static bool write_plan(struct graphql_execution *x, struct json_writer *w,
    const struct object *object, const struct graphql_path *path);
static bool complete(
    const struct place *, const struct graphql_type_ref *ref, const struct graphql_value *value);

/* Reading a clock costs as much as writing a field or two: not at every one. */
#define FIELDS_UNASKED_MAX 16

bool
graphql_is_spent(struct graphql_execution *x)
{
	if (x->late || arena_exhausted(x->arena) || x->response->overflowed)
		return true;
	if (x->request->is_late == NULL || x->unasked++ % FIELDS_UNASKED_MAX != 0)
		return false;
	x->late = x->request->is_late(x->request->context);
	return x->late;
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

const struct graphql_type *
graphql_object_type(const struct graphql_execution *x, const struct graphql_type *declared,
    const struct graphql_value *value)
{
	const struct graphql_type *type = declared;

	if (value->type != GRAPHQL_OBJECT)
		return NULL;
	if (!str_empty(value->object.type_name) &&
	    !str_equal(value->object.type_name, declared->name))
		type = graphql_find_type(x->schema, value->object.type_name);
	if (type == NULL || type->kind != KIND_OBJECT)
		return NULL;
	return type == declared || graphql_is_possible(declared, type) ? type : NULL;
}

/* The object that ${value} is; its plan is NULL when it is none of the type ${declared}. */
static struct object
find_object(
    const struct place *p, const struct graphql_type *declared, const struct graphql_value *value)
{
	const struct graphql_type *type;
	struct object object = { 0 };

	if (value->type != GRAPHQL_OBJECT)
		return object;
	if (p->slot != NULL) {
		const struct graphql_slot *slot = &p->step->slots[(*p->slot)++];

		return (struct object){ slot->plan, slot->data, slot->index };
	}
	type = graphql_object_type(p->x, declared, value);
	if (type != NULL)
		object.plan = graphql_plan_beneath(p->x, p->step, type);
	object.data = value->object.data;
	return object;
}

static bool
write_object(
    const struct place *p, const struct graphql_type *declared, const struct graphql_value *value)
{
	struct object object = find_object(p, declared, value);

	if (object.plan == NULL)
		return refuse_value(p, "an object of its type");
	return write_plan(p->x, p->w, &object, p->path);
}

static bool
write_list(
    const struct place *p, const struct graphql_type_ref *of, const struct graphql_value *value)
{
	struct graphql_path path = { .up = p->path };
	struct place item = *p;

	if (value->type != GRAPHQL_LIST)
		return refuse_value(p, "a list");
	item.path = &path;
	json_begin_list(p->w);
	for (size_t i = 0; i < value->list.count; i++) {
		path.index = i;
		if (graphql_is_spent(p->x) || !complete(&item, of, &value->list.items[i]))
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
	const char *expected;

	if (ref->wrap == WRAP_LIST)
		return write_list(p, ref->of, value);
	if (graphql_is_composite(ref->type))
		return write_object(p, ref->type, value);
	expected = graphql_leaf_write(p->w, ref->type, value);
	return expected == NULL || refuse_value(p, expected);
}

/* CompleteValue() of section 6.4.3.  False when the parent has to be null. */
static bool
complete(
    const struct place *p, const struct graphql_type_ref *ref, const struct graphql_value *value)
{
	struct json_writer before = *p->w;
	size_t length = p->x->response->len, slot = p->slot == NULL ? 0 : *p->slot;

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
	/* Unwrite what was begun, and step over its objects. */
	*p->w = before;
	p->x->response->len = length;
	if (p->slot != NULL)
		*p->slot = slot + graphql_count_slots(ref, value);
	json_write_null(p->w);
	return true;
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

/* What the client reads about ${fault}; whoever runs the server is told of it. */
static struct str
tell_fault(struct graphql_execution *x, const struct err *fault, const struct graphql_path *path)
{
	const struct graphql_request *request = x->request;
	struct str message = STR("");

	if (request->on_fault != NULL)
		message = request->on_fault(
		    request->context, x->arena, fault, graphql_path_text(x->arena, path));
	return str_empty(message) ? public_message(fault->kind) : message;
}

/* The way to ${step} through the document, without numbers in lists; NULL: no memory. */
static const struct graphql_path *
document_path(struct arena *arena, const struct graphql_step *step)
{
	const struct graphql_path *first = NULL, **last = &first;

	for (; step != NULL; step = step->plan->above) {
		struct graphql_path *path = arena_new(arena, struct graphql_path);

		if (path == NULL)
			return NULL;
		path->key = step->selection->key;
		*last = path;
		last = &path->up;
	}
	return first;
}

/* Faults whose objects have been given up are told as well. */
static void
tell_untold(struct graphql_execution *x)
{
	for (struct graphql_failure *f = x->faults; f != NULL; f = f->next_fault) {
		if (str_empty(f->told))
			f->told = tell_fault(x, f->fault, document_path(x->arena, f->step));
	}
}

/* Report ${failure}, if it is one; a fault of many objects is told once.  False then. */
static bool
check_failure(const struct place *p, struct graphql_failure *failure)
{
	if (failure->fault != NULL) {
		if (str_empty(failure->told))
			failure->told = tell_fault(p->x, failure->fault, p->path);
		return refuse(p, err_kind_name(failure->fault->kind), failure->told);
	}
	return str_empty(failure->code) || refuse(p, failure->code, failure->message);
}

void
graphql_resolve(struct graphql_execution *x, const struct graphql_step *step, const void *object,
    struct graphql_value *ret, struct graphql_failure *ret_failure)
{
	struct graphql_call call = { .arena = x->arena,
		.context = x->request->context,
		.parent = object,
		.arguments = &step->arguments,
		.step = step };

	/* The meta fields look at the schema rather than at an object. */
	if (step->field->name.ptr[0] == '_' && str_starts_with(step->field->name, STR("__")))
		call.parent = x->schema;
	ret_failure->fault = step->field->resolve(&call, ret);
	ret_failure->code = call.failure_code;
	ret_failure->message = call.failure_message;
}

/* The value of the field for ${object}.  False with the error reported. */
static bool
find_value(const struct place *p, const struct object *object, struct graphql_value *ret)
{
	const struct graphql_step *step = p->step;
	struct graphql_failure failure = { 0 };

	if (!str_empty(step->refusal)) {
		graphql_report_path(
		    p->x->errors, step->refusal_at, STR("BAD_USER_INPUT"), step->refusal, p->path);
		return false;
	}
	if (!step->loads) {
		graphql_resolve(p->x, step, object->data, ret, &failure);
		/* What finds objects may have taken long; the rest is at hand. */
		if (step->selection->has_selections)
			p->x->unasked = 0;
		return check_failure(p, &failure);
	}
	*ret = step->values[object->index];
	if (step->failure != NULL)
		return check_failure(p, step->failure);
	return step->failures == NULL || check_failure(p, &step->failures[object->index]);
}

static void
write_key(const struct place *p)
{
	struct str key = p->step->key;

	CHECK(!str_empty(key));
	if (!p->w->comma)
		key = (struct str){ key.ptr + 1, key.len - 1 };
	buf_str(p->w->buf, key);
	p->w->comma = false;
}

/* ExecuteField() of section 6.4.  False when the parent has to be null. */
static bool
write_field(struct place *p, const struct object *object)
{
	const struct graphql_field *field = p->step->field;
	struct graphql_value value = graphql_null();
	size_t slot = 0;

	write_key(p);
	if (str_equal(field->name, STR("__typename"))) {
		json_write_text(p->w, p->owner->name);
		return true;
	}
	if (p->step->starts != NULL) {
		slot = p->step->starts[object->index];
		p->slot = &slot;
	}
	if (find_value(p, object, &value))
		return complete(p, field->type, &value);
	if (field->type->wrap == WRAP_NON_NULL)
		return false;
	json_write_null(p->w);
	return true;
}

/* ExecuteSelectionSet() of section 6.3.  False when the object has to be null. */
static bool
write_plan(struct graphql_execution *x, struct json_writer *w, const struct object *object,
    const struct graphql_path *path)
{
	struct graphql_plan *plan = object->plan;
	struct graphql_path here = { .up = path };
	struct place p = { .x = x, .w = w, .owner = plan->type, .path = &here };

	json_begin_map(w);
	for (struct graphql_step *step = plan->first; step != NULL; step = step->next) {
		here.key = step->selection->key;
		p.step = step;
		p.slot = NULL;
		/* One after the other: each sees what those before it did. */
		if (path == NULL && x->operation->kind == DEFINITION_MUTATION)
			graphql_load_step(x, plan, step);
		if (graphql_is_spent(x) || !write_field(&p, object))
			return false;
	}
	json_end_map(w);
	return true;
}

/* The object that the operation begins with; its plan is NULL when memory has run out. */
static struct object
begin(struct graphql_execution *x)
{
	struct object root = { .plan = graphql_plan_root(x) };

	if (root.plan != NULL && root.plan->loads && x->operation->kind != DEFINITION_MUTATION)
		graphql_load(x, root.plan);
	return root;
}

void
graphql_run(struct graphql_execution *x, struct json_writer *w)
{
	struct object root = begin(x);
	struct json_writer before;
	size_t length;

	json_name(w, STR("data"));
	before = *w;
	length = x->response->len;
	if (root.plan == NULL || !write_plan(x, w, &root, NULL)) {
		*w = before;
		x->response->len = length;
		json_write_null(w);
	}
	tell_untold(x);
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

bool
graphql_asks(const struct graphql_call *call, struct str path)
{
	return graphql_step_asks(call->step, path);
}
