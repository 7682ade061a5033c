#include "history/history.h"

#include <stdlib.h>

void
history_grow(void **list, size_t *room, size_t count, size_t size)
{
	if (count < *room)
		return;
	*room = *room == 0 ? 64 : *room * 2;
	*list = realloc(*list, *room * size);
	CHECK(*list != NULL);
	memset((char *)*list + count * size, 0, (*room - count) * size);
}

void
history_fini(struct history *history)
{
	free(history->ops);
	free(history->losses);
	free(history->events);
	free(history->streams);
	free(history->seen);
	free(history->given);
	free(history->effects);
	free(history->rows);
	free(history->rebuilt);
	free(history->by_position);
	free(history->by_stream);
	free(history->by_id);
}

/* ---- orders ---- */

static int
by_number(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

static int
by_uuid(struct uuid a, struct uuid b)
{
	return memcmp(a.bytes, b.bytes, sizeof(a.bytes));
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(((const struct history_op *)a)->name, ((const struct history_op *)b)->name);
}

static const struct history_event *
event_at(const void *at)
{
	return *(const struct history_event *const *)at;
}

static int
by_position(const void *a, const void *b)
{
	return by_number(event_at(a)->position, event_at(b)->position);
}

static int
by_stream(const void *a, const void *b)
{
	int order = by_uuid(event_at(a)->stream, event_at(b)->stream);

	return order != 0 ? order : by_number(event_at(a)->version, event_at(b)->version);
}

static int
by_id(const void *a, const void *b)
{
	return by_uuid(event_at(a)->id, event_at(b)->id);
}

static int
row_by_stream(const void *a, const void *b)
{
	return by_uuid(
	    ((const struct history_row *)a)->stream, ((const struct history_row *)b)->stream);
}

static int
effect_by_number(const void *a, const void *b)
{
	return by_number(
	    ((const struct history_effect *)a)->number, ((const struct history_effect *)b)->number);
}

/* A list that nobody has added to is no memory at all, which qsort(3) must not be given. */
static void
sort(void *list, size_t count, size_t size, int (*order)(const void *, const void *))
{
	if (count > 1)
		qsort(list, count, size, order);
}

static const struct history_event **
sorted(const struct history *history, int (*order)(const void *, const void *))
{
	const struct history_event **ret = calloc(history->events_count + 1, sizeof(*ret));

	CHECK(ret != NULL);
	for (size_t i = 0; i < history->events_count; i++)
		ret[i] = &history->events[i];
	qsort(ret, history->events_count, sizeof(*ret), order);
	return ret;
}

void
history_index(struct history *history)
{
	free(history->by_position);
	free(history->by_stream);
	free(history->by_id);
	sort(history->ops, history->ops_count, sizeof(history->ops[0]), by_name);
	sort(history->rows, history->rows_count, sizeof(history->rows[0]), row_by_stream);
	sort(history->rebuilt, history->rebuilt_count, sizeof(history->rebuilt[0]), row_by_stream);
	sort(history->effects, history->effects_count, sizeof(history->effects[0]),
	    effect_by_number);
	history->by_position = sorted(history, by_position);
	history->by_stream = sorted(history, by_stream);
	history->by_id = sorted(history, by_id);
	history->placed = 0;
	for (size_t i = 0; i < history->ops_count; i++)
		history->ops[i].found = 0;
	for (size_t i = 0; i < history->events_count; i++) {
		struct history_op *op = history_find_op(history, history->events[i].op);

		history->placed += history->events[i].position > 0;
		if (op != NULL)
			op->found++;
	}
}

struct history_op *
history_find_op(const struct history *history, const char *name)
{
	struct history_op key = { .fate = OP_OPEN };
	size_t length = strnlen(name, HISTORY_NAME_MAX - 1);

	memcpy(key.name, name, length);
	if (history->ops_count == 0)
		return NULL;
	return bsearch(&key, history->ops, history->ops_count, sizeof(key), by_name);
}

static const struct history_event *
find(const struct history_event *const *list, size_t count, const struct history_event *key,
    int (*order)(const void *, const void *))
{
	const void *found = count == 0 ? NULL : bsearch(&key, list, count, sizeof(*list), order);

	return found == NULL ? NULL : event_at(found);
}

const struct history_event *
history_find_event(const struct history *history, struct uuid stream, int64_t version)
{
	struct history_event key = { .stream = stream, .version = version };

	return find(history->by_stream, history->events_count, &key, by_stream);
}

const struct history_event *
history_find_id(const struct history *history, struct uuid id)
{
	struct history_event key = { .id = id };

	return find(history->by_id, history->events_count, &key, by_id);
}

bool
history_holds(const struct history *history, int number, struct buf *problem)
{
	for (size_t i = 0; i < history_check_count; i++) {
		if (history_checks[i].number == number &&
		    !history_checks[i].holds(history, problem))
			return false;
	}
	return true;
}
