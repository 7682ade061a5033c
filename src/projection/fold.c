#include "projection/fold.h"

#include <stddef.h>
#include <stdlib.h>

/*
 * The tasks stand last in a callout, and few of the many that there may be are
 * there: a kept callout ends where they begin, and theirs follow.
 */
#define HEAD_BYTES offsetof(struct callout, rendersync.tasks)

_Static_assert(offsetof(struct callout, rendersync.task_count) ==
		   HEAD_BYTES + sizeof(((struct callout *)NULL)->rendersync.tasks),
    "the number of tasks stands behind the tasks");
_Static_assert(
    offsetof(struct callout, rendersync.task_count) + sizeof(size_t) == sizeof(struct callout),
    "nothing stands behind the number of tasks");

/* A kept callout: this, the head of a callout, its tasks, its points, its texts. */
struct kept {
	struct uuid eco;
	int64_t version;
	size_t bytes, task_count;
	struct kept *same;          /* the next in the bucket; or the next that was put */
	struct kept *newer, *older; /* by use */
	_Alignas(struct callout) char memory[];
};

struct fold {
	size_t ecos_max, bytes_max;
	size_t count, bytes;
	struct kept **buckets;
	size_t bucket_count; /* a power of two */
	struct kept *newest, *oldest;
	struct kept *put; /* since the last settling */
};

static void *
need(void *memory)
{
	CHECK(memory != NULL);
	return memory;
}

struct fold *
fold_create(size_t ecos_max, size_t bytes_max)
{
	struct fold *fold = need(calloc(1, sizeof(*fold)));

	CHECK(ecos_max > 0);
	fold->ecos_max = ecos_max;
	fold->bytes_max = bytes_max;
	fold->bucket_count = 64;
	while (fold->bucket_count < ecos_max)
		fold->bucket_count *= 2;
	fold->buckets = need(calloc(fold->bucket_count, sizeof(struct kept *)));
	return fold;
}

static void
free_put(struct fold *fold)
{
	while (fold->put != NULL) {
		struct kept *kept = fold->put;

		fold->put = kept->same;
		free(kept);
	}
}

void
fold_destroy(struct fold *fold)
{
	if (fold == NULL)
		return;
	free_put(fold);
	while (fold->newest != NULL) {
		struct kept *kept = fold->newest;

		fold->newest = kept->older;
		free(kept);
	}
	free(fold->buckets);
	free(fold);
}

/* ---- finding ---- */

static struct kept **
bucket_of(struct fold *fold, struct uuid eco)
{
	return &fold->buckets[uuid_hash(eco) & (fold->bucket_count - 1)];
}

static struct kept *
find(struct fold *fold, struct uuid eco)
{
	struct kept *kept = *bucket_of(fold, eco);

	while (kept != NULL && !uuid_equal(kept->eco, eco))
		kept = kept->same;
	return kept;
}

static void
unlink_use(struct fold *fold, struct kept *kept)
{
	if (kept->newer != NULL)
		kept->newer->older = kept->older;
	else
		fold->newest = kept->older;
	if (kept->older != NULL)
		kept->older->newer = kept->newer;
	else
		fold->oldest = kept->newer;
}

static void
link_newest(struct fold *fold, struct kept *kept)
{
	kept->newer = NULL;
	kept->older = fold->newest;
	if (fold->newest != NULL)
		fold->newest->newer = kept;
	else
		fold->oldest = kept;
	fold->newest = kept;
}

bool
fold_find(struct fold *fold, struct uuid eco, int64_t version, struct callout *ret)
{
	struct kept *kept = find(fold, eco);

	if (kept == NULL || kept->version != version)
		return false;
	memcpy(ret, kept->memory, HEAD_BYTES);
	memcpy(ret->rendersync.tasks, kept->memory + HEAD_BYTES,
	    kept->task_count * sizeof(struct rendersync_task));
	ret->rendersync.task_count = kept->task_count;
	unlink_use(fold, kept);
	link_newest(fold, kept);
	return true;
}

/* ---- putting ---- */

/* What is done with every text of a callout: first they are measured, then moved. */
struct mover {
	size_t bytes;
	char *to; /* NULL: only measure */
};

static void
move_text(struct mover *mover, struct str *text)
{
	if (mover->to != NULL && text->len > 0) {
		memcpy(mover->to + mover->bytes, text->ptr, text->len);
		text->ptr = mover->to + mover->bytes;
	} else if (text->len == 0) {
		text->ptr = NULL;
	}
	mover->bytes += text->len;
}

static void
move_points(struct mover *mover, struct geo_location *location)
{
	size_t bytes = location->count * sizeof(location->points[0]);

	if (mover->to != NULL && bytes > 0) {
		memcpy(mover->to + mover->bytes, location->points, bytes);
		location->points = (const struct geo_point *)(void *)(mover->to + mover->bytes);
	} else if (bytes == 0) {
		location->points = NULL;
	}
	mover->bytes += bytes;
}

static void
move_plan(struct mover *mover, struct pager_list *plan)
{
	move_text(mover, &plan->name);
	move_text(mover, &plan->region);
	for (size_t i = 0; i < plan->count; i++) {
		struct roster_person *person = &plan->people[i];

		move_text(mover, &person->label);
		for (size_t k = 0; k < person->contact_count; k++)
			move_text(mover, &person->contacts[k].number);
	}
}

static void
move_ringdown(struct mover *mover, struct ringdown *ringdown)
{
	move_plan(mover, &ringdown->plan);
	for (size_t i = 0; i < RINGDOWN_ATTEMPTS_KEPT; i++)
		move_text(mover, &ringdown->attempts[i].provider_id);
	for (size_t i = 0; i < RINGDOWN_CALLS_KEPT; i++)
		move_text(mover, &ringdown->calls[i]);
}

static void
move_rendersync(struct mover *mover, struct rendersync *sync)
{
	move_text(mover, &sync->subsector);
	move_text(mover, &sync->task);
	for (size_t i = 0; i < sync->task_count; i++) {
		move_text(mover, &sync->tasks[i].id);
		move_text(mover, &sync->tasks[i].name);
		move_text(mover, &sync->tasks[i].raw_status);
	}
}

/*
 * A text that move_all() leaves out would point to what is gone.  So whoever gives a
 * callout a field, or takes one away, looks whether it holds a text or points (they are
 * moved, and filled in in tests/unit/projection_fold_test.c) and writes the new size.
 */
_Static_assert(sizeof(struct callout) == 24760, "does move_all() know the new field?");

/* Points come first: they need to be aligned. */
static void
move_all(struct mover *mover, struct callout *callout)
{
	struct eco *eco = &callout->eco;

	move_points(mover, &eco->location);
	move_text(mover, &eco->job_number);
	move_text(mover, &eco->description);
	move_text(mover, &eco->noc_duty_phone);
	move_ringdown(mover, &callout->ringdown);
	move_rendersync(mover, &callout->rendersync);
}

void
fold_put(struct fold *fold, struct callout *callout)
{
	size_t task_count = callout->rendersync.task_count;
	size_t task_bytes = task_count * sizeof(struct rendersync_task);
	struct mover mover = { .bytes = 0 };
	struct kept *kept;
	size_t bytes;

	move_all(&mover, callout);
	bytes = sizeof(*kept) + HEAD_BYTES + task_bytes + mover.bytes;
	kept = need(malloc(bytes));
	mover = (struct mover){ .to = kept->memory + HEAD_BYTES + task_bytes };
	move_all(&mover, callout);
	memcpy(kept->memory, callout, HEAD_BYTES);
	memcpy(kept->memory + HEAD_BYTES, callout->rendersync.tasks, task_bytes);
	kept->eco = callout->id;
	kept->version = callout->version;
	kept->bytes = bytes;
	kept->task_count = task_count;
	kept->same = fold->put;
	fold->put = kept;
}

/* ---- settling ---- */

static void
take_out(struct fold *fold, struct kept *kept)
{
	struct kept **at = bucket_of(fold, kept->eco);

	while (*at != kept)
		at = &(*at)->same;
	*at = kept->same;
	unlink_use(fold, kept);
	fold->count--;
	fold->bytes -= kept->bytes;
	free(kept);
}

static void
take_in(struct fold *fold, struct kept *kept)
{
	struct kept **bucket = bucket_of(fold, kept->eco);
	struct kept *before = find(fold, kept->eco);

	if (before != NULL)
		take_out(fold, before);
	kept->same = *bucket;
	*bucket = kept;
	link_newest(fold, kept);
	fold->count++;
	fold->bytes += kept->bytes;
}

/* In the order in which they were put: of one ECO the last counts. */
static void
turn_around(struct fold *fold)
{
	struct kept *turned = NULL;

	while (fold->put != NULL) {
		struct kept *kept = fold->put;

		fold->put = kept->same;
		kept->same = turned;
		turned = kept;
	}
	fold->put = turned;
}

void
fold_settle(struct fold *fold, bool committed)
{
	if (!committed) {
		free_put(fold);
		return;
	}
	turn_around(fold);
	while (fold->put != NULL) {
		struct kept *kept = fold->put;

		fold->put = kept->same;
		take_in(fold, kept);
	}
	while (fold->count > fold->ecos_max || (fold->bytes > fold->bytes_max && fold->count > 0))
		take_out(fold, fold->oldest);
}

size_t
fold_count(const struct fold *fold)
{
	return fold->count;
}

size_t
fold_bytes(const struct fold *fold)
{
	return fold->bytes;
}
