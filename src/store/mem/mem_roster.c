#include <math.h>
#include <stdlib.h>

#include "store/mem/mem_internal.h"

/* ---- who rings for a place ---- */

/* Whether region ${a} goes before ${b}: smaller, then of lower priority, then of lower id. */
static bool
goes_before(const struct mem_record *a, const struct mem_record *b)
{
	double of_a = mem_area_size(&a->record.region.area);
	double of_b = mem_area_size(&b->record.region.area);

	if (fabs(of_a - of_b) > 0)
		return of_a < of_b;
	if (a->record.region.priority != b->record.region.priority)
		return a->record.region.priority < b->record.region.priority;
	return memcmp(a->row.id.bytes, b->row.id.bytes, sizeof(a->row.id.bytes)) < 0;
}

static const struct mem_record *
choose_region(const struct mem_world *world, struct uuid osp, const struct geo_location *location)
{
	const struct mem_record *chosen = NULL;

	for (size_t i = 0; i < world->records.count; i++) {
		const struct mem_record *row = mem_record_at(world, RECORD_REGION, i);

		if (row != NULL && uuid_equal(row->record.region.osp, osp) &&
		    !row->record.region.retired &&
		    mem_area_meets(&row->record.region.area, location) &&
		    (chosen == NULL || goes_before(row, chosen)))
			chosen = row;
	}
	return chosen;
}

/* Who may ask: the OSP itself, a worker, and the NOC of an agreement that is agreed. */
static bool
may_ask(const struct store_session *session, const struct mem_world *world, struct uuid osp,
    struct uuid agreement)
{
	struct mem_agreement_view view;

	if (session->role == STORE_WORKER || uuid_equal(session->organisation, osp))
		return true;
	return !uuid_is_nil(agreement) && mem_agreement_by_id(session, world, agreement, &view) &&
	       uuid_equal(view.agreement.osp, osp) && view.state == AGREEMENT_AGREED;
}

/* The default list of ${agreement}, if it is ${osp}'s; whoever asks may not see it. */
static struct uuid
default_list(const struct mem_world *world, struct uuid osp, struct uuid agreement)
{
	const struct mem_record *terms =
	    mem_find_record_row(world, RECORD_OSP_TERMS, record_osp_terms_id(agreement));

	if (uuid_is_nil(agreement) || terms == NULL ||
	    !uuid_equal(terms->record.osp_terms.osp, osp))
		return UUID_NIL;
	return terms->record.osp_terms.default_list;
}

static bool
is_on_list(const struct pager_list_record *list, struct uuid person)
{
	for (size_t i = 0; i < list->entry_count; i++) {
		if (uuid_equal(list->entries[i].person, person))
			return true;
	}
	for (size_t i = 0; i < list->substitution_count; i++) {
		if (uuid_equal(list->substitutions[i].substitute, person) ||
		    uuid_equal(list->substitutions[i].absent, person))
			return true;
	}
	return false;
}

static struct err *
copy_people(const struct mem_world *world, struct arena *arena, const struct mem_record *list,
    struct store_roster *ret)
{
	struct store_record *people =
	    arena_array(arena, struct store_record, world->records.count + 1);

	if (people == NULL)
		return store_out_of_memory(arena);
	ret->count = 0;
	for (size_t i = 0; i < world->records.count; i++) {
		const struct mem_record *row = mem_record_at(world, RECORD_PERSON, i);

		if (row != NULL &&
		    uuid_equal(row->record.person.osp, list->record.pager_list.osp) &&
		    is_on_list(&list->record.pager_list, row->row.id))
			people[ret->count++] = mem_copy_record(&row->row, arena);
	}
	ret->people = people;
	return NULL;
}

static struct err *
find_roster(const struct mem_world *world, struct arena *arena, struct uuid osp,
    struct uuid agreement, const struct geo_location *location, bool *ret_found,
    struct store_roster *ret)
{
	const struct mem_record *region = choose_region(world, osp, location);
	struct uuid id =
	    region == NULL ? default_list(world, osp, agreement) : region->record.region.list;
	const struct mem_record *list = mem_find_record_row(world, RECORD_PAGER_LIST, id);

	*ret_found = list != NULL && uuid_equal(list->record.pager_list.osp, osp) &&
		     !list->record.pager_list.retired;
	if (!*ret_found)
		return NULL;
	*ret = (struct store_roster){ .list = id, .list_body = arena_copy(arena, list->row.body) };
	if (region != NULL) {
		ret->region = region->row.id;
		ret->region_name = arena_copy(arena, region->record.region.name);
	}
	TRY(copy_people(world, arena, list, ret));
	return arena_exhausted(arena) ? store_out_of_memory(arena) : NULL;
}

struct err *
mem_find_roster(struct store_session *session, struct arena *arena, struct uuid osp,
    struct uuid agreement, const struct geo_location *location, bool *ret_found,
    struct store_roster *ret)
{
	const struct mem_world *world = mem_enter(session);
	struct err *err = NULL;

	*ret_found = false;
	if (may_ask(session, world, osp, agreement))
		err = find_roster(world, arena, osp, agreement, location, ret_found, ret);
	return mem_leave(session, err);
}

/* ---- regions among themselves ---- */

/* Region ${index} of the session's organisation, or NULL. */
static const struct mem_record *
own_region(const struct store_session *session, const struct mem_world *world, size_t index)
{
	const struct mem_record *row = mem_record_at(world, RECORD_REGION, index);

	if (row == NULL || row->record.region.retired ||
	    !uuid_equal(row->record.region.osp, session->organisation))
		return NULL;
	return row;
}

static struct store_overlap
compare_regions(const struct mem_record *a, const struct mem_record *b)
{
	bool in_order = memcmp(a->row.id.bytes, b->row.id.bytes, sizeof(a->row.id.bytes)) < 0;

	return (struct store_overlap){ in_order ? a->row.id : b->row.id,
		in_order ? b->row.id : a->row.id,
		mem_area_shared(&a->record.region.area, &b->record.region.area) };
}

static int
largest_first(const void *left, const void *right)
{
	const struct store_overlap *a = left, *b = right;
	int by_id = memcmp(a->a.bytes, b->a.bytes, sizeof(a->a.bytes));

	if (fabs(a->area - b->area) > 0)
		return a->area > b->area ? -1 : 1;
	return by_id != 0 ? by_id : memcmp(a->b.bytes, b->b.bytes, sizeof(a->b.bytes));
}

static struct err *
list_overlaps(struct store_session *session, const struct mem_world *world, struct arena *arena,
    struct uuid region, struct store_overlap **ret, size_t *ret_count)
{
	size_t capacity = 0, count = 0;
	struct store_overlap *all;

	for (size_t i = 0; i < world->records.count; i++)
		capacity += own_region(session, world, i) != NULL;
	all = arena_array(arena, struct store_overlap, capacity * capacity + 1);
	if (all == NULL)
		return store_out_of_memory(arena);
	for (size_t i = 0; i < world->records.count; i++) {
		const struct mem_record *a = own_region(session, world, i);

		for (size_t j = 0; a != NULL && j < i; j++) {
			const struct mem_record *b = own_region(session, world, j);

			if (b == NULL || (!uuid_is_nil(region) && !uuid_equal(region, a->row.id) &&
					     !uuid_equal(region, b->row.id)))
				continue;
			all[count] = compare_regions(a, b);
			count += all[count].area > 0;
		}
	}
	qsort(all, count, sizeof(all[0]), largest_first);
	*ret = all;
	*ret_count = count;
	return NULL;
}

struct err *
mem_list_overlaps(struct store_session *session, struct arena *arena, struct uuid region,
    size_t limit, struct store_overlap *ret, size_t *ret_count)
{
	const struct mem_world *world = mem_enter(session);
	struct store_overlap *all = NULL;
	size_t count = 0;
	struct err *err = list_overlaps(session, world, arena, region, &all, &count);

	*ret_count = count < limit ? count : limit;
	for (size_t i = 0; i < *ret_count; i++)
		ret[i] = all[i];
	return mem_leave(session, err);
}

struct err *
mem_check_area(struct store_session *session, struct arena *arena, const struct geo_area *area,
    bool *ret_valid, struct str *ret_reason)
{
	const char *problem = mem_area_problem(area);

	(void)session;
	(void)arena;
	*ret_valid = problem == NULL;
	*ret_reason = problem == NULL ? STR("") : str_from_z(problem);
	return NULL;
}
