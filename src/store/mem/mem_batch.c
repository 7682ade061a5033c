#include "store/mem/mem_internal.h"

/* In memory a batch is one after the other. */

struct err *
mem_find_organisations(struct store_session *session, struct arena *arena, const struct uuid *ids,
    size_t count, struct store_organisations *ret)
{
	struct store_organisation *list = arena_array(arena, struct store_organisation, count);
	size_t found = 0;
	bool exists;

	if (list == NULL)
		return store_out_of_memory(arena);
	for (size_t i = 0; i < count; i++) {
		TRY(mem_find_organisation(session, arena, ids[i], STR(""), &exists, &list[found]));
		found += exists;
	}
	*ret = (struct store_organisations){ list, found };
	return NULL;
}

struct err *
mem_find_records(struct store_session *session, struct arena *arena, const enum record_kind *kind,
    const struct uuid *ids, size_t count, struct store_records *ret)
{
	struct store_record *list = arena_array(arena, struct store_record, count + 1);
	size_t found = 0;
	bool exists;

	if (list == NULL)
		return store_out_of_memory(arena);
	for (size_t i = 0; i < count; i++) {
		for (unsigned k = 0; k < RECORD_KIND_COUNT; k++) {
			if (kind != NULL && k != (unsigned)*kind)
				continue;
			TRY(mem_find_record(
			    session, arena, (enum record_kind)k, ids[i], &exists, &list[found]));
			found += exists;
		}
	}
	*ret = (struct store_records){ list, found };
	return NULL;
}

struct err *
mem_find_token_uses(struct store_session *session, struct arena *arena, const struct uuid *ids,
    size_t count, struct store_token_use *ret, size_t *ret_count)
{
	*ret_count = 0;
	for (size_t i = 0; i < count; i++) {
		struct store_token_use *use = &ret[*ret_count];

		use->token = ids[i];
		TRY(mem_find_token_use(session, arena, ids[i], &use->at, &use->address));
		*ret_count += use->at.us != RECORD_NO_MOMENT.us;
	}
	return NULL;
}

/* ---- streams ---- */

/* How many events ${stretch} can have. */
static size_t
length_of(struct store_session *session, const struct store_stretch *stretch)
{
	const struct mem_stream *stream = mem_find_stream(mem_enter(session), stretch->stream);
	int64_t last = stream == NULL ? 0 : stream->version;

	CHECK(mem_leave(session, NULL) == NULL);
	if (last > stretch->until)
		last = stretch->until;
	return last > stretch->after ? (size_t)(last - stretch->after) : 0;
}

/* The events of ${stretch}, all of them. */
static struct err *
read_all(struct store_session *session, struct arena *arena, const struct store_stretch *stretch,
    struct store_events *ret)
{
	size_t length = length_of(session, stretch);

	*ret = (struct store_events){ .count = 0 };
	if (length == 0)
		return NULL;
	return mem_read_stream(session, arena, stretch->stream, stretch->after, length, ret);
}

/* The index of the last event of ${type} before the last ${each}; SIZE_MAX: none. */
static size_t
find_also(const struct store_events *events, size_t each, struct str type)
{
	for (size_t i = events->count > each ? events->count - each : 0; i > 0; i--) {
		if (!str_empty(type) && str_equal(events->at[i - 1].type, type))
			return i - 1;
	}
	return SIZE_MAX;
}

/* Whether the last ${each} have one of ${type}: then an older one does not count. */
static bool
has_type(const struct store_events *events, size_t from, struct str type)
{
	for (size_t i = from; i < events->count; i++) {
		if (str_equal(events->at[i].type, type))
			return true;
	}
	return false;
}

static void
take(const struct store_streams_query *query, const struct store_events *events,
    struct store_event *list, size_t *count)
{
	size_t from =
	    query->newest && events->count > query->each ? events->count - query->each : 0;
	size_t also = query->newest ? find_also(events, query->each, query->also_type) : SIZE_MAX;

	if (also != SIZE_MAX && !has_type(events, from, query->also_type))
		list[(*count)++] = events->at[also];
	for (size_t i = from; i < events->count && i < from + query->each; i++)
		list[(*count)++] = events->at[i];
}

struct err *
mem_read_streams(struct store_session *session, struct arena *arena,
    const struct store_streams_query *query, struct store_events *ret)
{
	struct store_event *list =
	    arena_array(arena, struct store_event, query->count * (query->each + 1));
	size_t count = 0;

	if (list == NULL)
		return store_out_of_memory(arena);
	for (size_t i = 0; i < query->count; i++) {
		struct store_events events;

		TRY(read_all(session, arena, &query->stretches[i], &events));
		take(query, &events, list, &count);
	}
	*ret = (struct store_events){ list, count };
	return NULL;
}
