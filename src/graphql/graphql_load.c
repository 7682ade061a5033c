#include "graphql/graphql_internal.h"

/*
 * Loading: before anything is written, the values of every field that is batched and of
 * all that lies above one, level by level.  So a batch sees all objects that stand in its
 * place, over all lists.  What has no batch beneath it is left to the writer, which calls
 * resolvers as it goes and keeps nothing.
 *
 * The objects that a step's values hold become slots, in the order in which the writer
 * will come by, and each knows its number among the objects of its plan.
 */

/* Plans whose objects are known and which are to be loaded. */
struct queue {
	struct graphql_plan *first, *last;
};

static void
push(struct queue *queue, struct graphql_plan *plan)
{
	if (queue->last == NULL)
		queue->first = plan;
	else
		queue->last->next_to_load = plan;
	queue->last = plan;
}

static struct graphql_plan *
pop(struct queue *queue)
{
	struct graphql_plan *plan = queue->first;

	queue->first = plan->next_to_load;
	if (queue->first == NULL)
		queue->last = NULL;
	return plan;
}

/* -- values -- */

static bool
has_failed(const struct graphql_failure *failure)
{
	return failure->fault != NULL || !str_empty(failure->code);
}

/* Keep ${failure} in ${kept}; whoever runs the server hears of its fault in any case. */
static void
keep(struct graphql_execution *x, const struct graphql_step *step, struct graphql_failure *kept,
    const struct graphql_failure *failure)
{
	*kept = *failure;
	if (failure->fault == NULL)
		return;
	kept->step = step;
	kept->next_fault = x->faults;
	x->faults = kept;
}

static void
fetch_batch(struct graphql_execution *x, const struct graphql_plan *plan, struct graphql_step *step)
{
	struct graphql_batch batch = { .call = { .arena = x->arena,
					   .context = x->request->context,
					   .arguments = &step->arguments,
					   .step = step },
		.parents = plan->objects,
		.count = plan->count,
		.values = step->values };
	struct graphql_failure failure = { 0 }, *kept = arena_new(x->arena, struct graphql_failure);

	if (kept == NULL)
		return;
	failure.fault = step->field->load(&batch);
	x->unasked = 0; /* that may have taken long */
	failure.code = batch.call.failure_code;
	failure.message = batch.call.failure_message;
	step->failures = batch.failures;
	if (!has_failed(&failure))
		return;
	step->failure = kept;
	keep(x, step, kept, &failure);
}

static void
fetch_each(struct graphql_execution *x, const struct graphql_plan *plan, struct graphql_step *step)
{
	for (size_t i = 0; i < plan->count && !graphql_is_spent(x); i++) {
		struct graphql_failure failure = { 0 };

		graphql_resolve(x, step, plan->objects[i], &step->values[i], &failure);
		x->unasked = 0; /* that may have taken long */
		if (!has_failed(&failure))
			continue;
		if (step->failures == NULL)
			step->failures = arena_array(x->arena, struct graphql_failure, plan->count);
		if (step->failures != NULL)
			keep(x, step, &step->failures[i], &failure);
	}
}

/* Find the value of ${step} for every object of ${plan}. */
static void
fetch(struct graphql_execution *x, const struct graphql_plan *plan, struct graphql_step *step)
{
	step->values = arena_array(x->arena, struct graphql_value, plan->count);
	if (step->values == NULL || !str_empty(step->refusal))
		return;
	if (x->event != NULL && plan->type == x->operation->root && plan->objects[0] == NULL)
		step->values[0] = *x->event;
	else if (step->field->load != NULL)
		fetch_batch(x, plan, step);
	else
		fetch_each(x, plan, step);
	for (size_t i = 0; i < plan->count && step->failures != NULL; i++) {
		if (has_failed(&step->failures[i]))
			step->values[i] = graphql_null();
	}
}

/* -- objects -- */

size_t
graphql_count_slots(const struct graphql_type_ref *ref, const struct graphql_value *value)
{
	size_t count = 0;

	if (ref->wrap == WRAP_NON_NULL)
		ref = ref->of;
	if (ref->wrap == WRAP_NONE)
		return value->type == GRAPHQL_OBJECT ? 1 : 0;
	if (value->type != GRAPHQL_LIST)
		return 0;
	for (size_t i = 0; i < value->list.count; i++)
		count += graphql_count_slots(ref->of, &value->list.items[i]);
	return count;
}

/* Write the objects of ${value} from ${slot} on; returns where the next one goes. */
static struct graphql_slot *
fill_slots(struct graphql_execution *x, struct graphql_step *step,
    const struct graphql_type_ref *ref, const struct graphql_value *value,
    struct graphql_slot *slot)
{
	const struct graphql_type *type;

	if (ref->wrap == WRAP_NON_NULL)
		ref = ref->of;
	if (ref->wrap == WRAP_LIST && value->type == GRAPHQL_LIST) {
		for (size_t i = 0; i < value->list.count; i++)
			slot = fill_slots(x, step, ref->of, &value->list.items[i], slot);
		return slot;
	}
	if (ref->wrap == WRAP_LIST || value->type != GRAPHQL_OBJECT)
		return slot;
	type = graphql_object_type(x, ref->type, value);
	if (type != NULL)
		slot->plan = graphql_plan_beneath(x, step, type);
	slot->data = value->object.data;
	if (slot->plan != NULL)
		slot->index = slot->plan->count++;
	return slot + 1;
}

/* Give the plans beneath ${step} their objects, out of its ${count} slots. */
static void
hand_down(struct graphql_execution *x, struct graphql_step *step, size_t count, struct queue *queue)
{
	for (struct graphql_plan *p = step->plans; p != NULL; p = p->next) {
		if (!p->loads)
			continue;
		p->objects = arena_array(x->arena, const void *, p->count);
		if (p->objects == NULL)
			return;
		push(queue, p);
	}
	for (size_t i = 0; i < count; i++) {
		const struct graphql_slot *slot = &step->slots[i];

		if (slot->plan != NULL && slot->plan->loads)
			slot->plan->objects[slot->index] = slot->data;
	}
}

/* Find the objects in the values of ${step}. */
static void
place_objects(struct graphql_execution *x, const struct graphql_plan *plan,
    struct graphql_step *step, struct queue *queue)
{
	const struct graphql_type_ref *ref = step->field->type;
	struct graphql_slot *slot;
	size_t count = 0;

	step->starts = arena_array(x->arena, size_t, plan->count);
	if (step->starts == NULL)
		return;
	for (size_t i = 0; i < plan->count; i++) {
		step->starts[i] = count;
		count += graphql_count_slots(ref, &step->values[i]);
	}
	step->slots = slot = arena_array(x->arena, struct graphql_slot, count);
	if (slot == NULL)
		return;
	for (size_t i = 0; i < plan->count; i++)
		slot = fill_slots(x, step, ref, &step->values[i], slot);
	hand_down(x, step, count, queue);
}

static void
load_step(struct graphql_execution *x, const struct graphql_plan *plan, struct graphql_step *step,
    struct queue *queue)
{
	if (!step->loads || graphql_is_spent(x))
		return;
	fetch(x, plan, step);
	if (graphql_is_spent(x) || step->failure != NULL)
		return;
	if (graphql_is_composite(graphql_named_type(step->field->type)))
		place_objects(x, plan, step, queue);
}

static void
drain(struct graphql_execution *x, struct queue *queue)
{
	while (queue->first != NULL && !graphql_is_spent(x)) {
		const struct graphql_plan *plan = pop(queue);

		for (struct graphql_step *step = plan->first; step != NULL; step = step->next)
			load_step(x, plan, step, queue);
	}
}

void
graphql_load(struct graphql_execution *x, struct graphql_plan *plan)
{
	struct queue queue = { 0 };

	push(&queue, plan);
	drain(x, &queue);
}

void
graphql_load_step(struct graphql_execution *x, struct graphql_plan *plan, struct graphql_step *step)
{
	struct queue queue = { 0 };

	load_step(x, plan, step, &queue);
	drain(x, &queue);
}

/* -- for loaders -- */

void
graphql_fail_one(struct graphql_batch *batch, size_t index, struct str code, struct str message)
{
	CHECK(!str_empty(code));
	CHECK(index < batch->count);
	if (batch->failures == NULL)
		batch->failures =
		    arena_array(batch->call.arena, struct graphql_failure, batch->count);
	if (batch->failures == NULL || !str_empty(batch->failures[index].code))
		return;
	batch->failures[index].code = code;
	batch->failures[index].message = message;
}
