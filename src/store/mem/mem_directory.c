#include <stdlib.h>

#include "store/mem/mem_internal.h"

static struct store_organisation *
find_organisation(struct mem_world *world, struct uuid id, struct str handle)
{
	for (size_t i = 0; i < world->organisations.count; i++) {
		struct store_organisation *row = mem_row(&world->organisations, i);

		if (uuid_is_nil(id) ? str_equal(row->handle, handle) : uuid_equal(row->id, id))
			return row;
	}
	return NULL;
}

static struct store_organisation
copy_organisation(const struct store_organisation *row, struct arena *arena)
{
	struct store_organisation copy = *row;

	copy.handle = arena_copy(arena, row->handle);
	copy.name = arena_copy(arena, row->name);
	return copy;
}

static struct err *
leave_with(struct store_session *session, struct arena *arena)
{
	return mem_leave(session, arena_exhausted(arena) ? store_out_of_memory(arena) : NULL);
}

struct err *
mem_find_organisation(struct store_session *session, struct arena *arena, struct uuid id,
    struct str handle, bool *ret_found, struct store_organisation *ret)
{
	const struct store_organisation *row = find_organisation(mem_enter(session), id, handle);

	*ret_found = row != NULL;
	if (row != NULL)
		*ret = copy_organisation(row, arena);
	return leave_with(session, arena);
}

struct err *
mem_find_membership(struct store_session *session, struct arena *arena, struct str user,
    struct str organisation, bool *ret_found, struct store_membership *ret)
{
	const struct mem_world *world = mem_enter(session);

	*ret_found = false;
	for (size_t i = 0; i < world->memberships.count && !*ret_found; i++) {
		const struct mem_membership *at = mem_row(&world->memberships, i);
		const struct store_membership *row = &at->row;

		if (!at->live || !str_equal(row->user_handle, user) ||
		    !str_equal(row->organisation.handle, organisation))
			continue;
		*ret_found = true;
		*ret = *row;
		ret->user_handle = arena_copy(arena, row->user_handle);
		ret->role = arena_copy(arena, row->role);
		ret->organisation = copy_organisation(&row->organisation, arena);
	}
	return leave_with(session, arena);
}

/* ---- agreements ---- */

static bool
in_force(const struct store_seed_agreement *row, struct instant now)
{
	return row->valid_from.us <= now.us &&
	       (!row->has_valid_until || now.us < row->valid_until.us);
}

static struct store_agreement
copy_agreement(const struct store_agreement *row, struct arena *arena)
{
	struct store_agreement copy = *row;

	copy.number_prefix = arena_copy(arena, row->number_prefix);
	copy.noc_duty_phone = arena_copy(arena, row->noc_duty_phone);
	copy.twilio_subaccount = arena_copy(arena, row->twilio_subaccount);
	copy.twilio_from = arena_copy(arena, row->twilio_from);
	copy.render_url = arena_copy(arena, row->render_url);
	copy.render_client_id = arena_copy(arena, row->render_client_id);
	copy.render_secret_ref = arena_copy(arena, row->render_secret_ref);
	copy.render_project = arena_copy(arena, row->render_project);
	return copy;
}

/* Agreement ${index} when the session may see it, or NULL. */
static const struct store_seed_agreement *
visible_agreement(const struct store_session *session, const struct mem_world *world, size_t index)
{
	const struct mem_agreement *at = mem_row(&world->agreements, index);

	return store_may_see(session, at->row.agreement.noc, at->row.agreement.osp) ? &at->row
										    : NULL;
}

static const struct store_seed_agreement *
agreement_by_id(const struct store_session *session, const struct mem_world *world, struct uuid id)
{
	for (size_t i = 0; i < world->agreements.count; i++) {
		const struct store_seed_agreement *row = visible_agreement(session, world, i);

		if (row != NULL && uuid_equal(row->agreement.id, id))
			return row;
	}
	return NULL;
}

struct err *
mem_find_agreement(struct store_session *session, struct arena *arena, struct uuid noc,
    struct uuid osp, struct instant now, bool *ret_found, struct store_agreement *ret)
{
	const struct mem_world *world = mem_enter(session);
	const struct store_seed_agreement *newest = NULL;

	for (size_t i = 0; i < world->agreements.count; i++) {
		const struct store_seed_agreement *row = visible_agreement(session, world, i);

		if (row != NULL && uuid_equal(row->agreement.noc, noc) &&
		    uuid_equal(row->agreement.osp, osp) && in_force(row, now) &&
		    (newest == NULL || row->valid_from.us > newest->valid_from.us))
			newest = row;
	}
	*ret_found = newest != NULL;
	if (newest != NULL)
		*ret = copy_agreement(&newest->agreement, arena);
	return leave_with(session, arena);
}

struct err *
mem_get_agreement(
    struct store_session *session, struct arena *arena, struct uuid id, struct store_agreement *ret)
{
	const struct store_seed_agreement *row = agreement_by_id(session, mem_enter(session), id);
	struct str name = uuid_text(arena, id);

	if (row == NULL)
		return mem_leave(
		    session, ERR(arena, ERR_CORRUPT, "there is no agreement %.*s", STR_ARG(name)));
	*ret = copy_agreement(&row->agreement, arena);
	return leave_with(session, arena);
}

static int
compare_names(const void *left, const void *right)
{
	const struct store_organisation *a = left, *b = right;

	return str_compare(a->name, b->name);
}

static bool
has_organisation(const struct store_organisation *list, size_t count, struct uuid id)
{
	for (size_t i = 0; i < count; i++) {
		if (uuid_equal(list[i].id, id))
			return true;
	}
	return false;
}

static struct err *
list_partners(struct store_session *session, struct mem_world *world, struct arena *arena,
    struct uuid organisation, struct instant now, struct store_organisations *ret)
{
	struct store_organisation *list =
	    arena_array(arena, struct store_organisation, world->organisations.count + 1);
	size_t count = 0;

	if (list == NULL)
		return store_out_of_memory(arena);
	for (size_t i = 0; i < world->agreements.count; i++) {
		const struct store_seed_agreement *row = visible_agreement(session, world, i);
		const struct store_organisation *other;
		bool is_noc;

		if (row == NULL || !in_force(row, now))
			continue;
		is_noc = uuid_equal(row->agreement.noc, organisation);
		if (!is_noc && !uuid_equal(row->agreement.osp, organisation))
			continue;
		other = find_organisation(
		    world, is_noc ? row->agreement.osp : row->agreement.noc, STR(""));
		if (other != NULL && !has_organisation(list, count, other->id))
			list[count++] = copy_organisation(other, arena);
	}
	qsort(list, count, sizeof(list[0]), compare_names);
	*ret = (struct store_organisations){ list, count };
	return arena_exhausted(arena) ? store_out_of_memory(arena) : NULL;
}

struct err *
mem_list_partners(struct store_session *session, struct arena *arena, struct uuid organisation,
    struct instant now, struct store_organisations *ret)
{
	struct mem_world *world = mem_enter(session);

	return mem_leave(session, list_partners(session, world, arena, organisation, now, ret));
}

/* ---- pager lists ---- */

/* Whether region ${a} goes before ${b}: smaller, then of lower priority, then of lower id. */
static bool
goes_before(const struct mem_region *a, const struct mem_region *b)
{
	double area_a = geo_ring_area(a->ring, a->count), area_b = geo_ring_area(b->ring, b->count);

	area_a = area_a < 0 ? -area_a : area_a;
	area_b = area_b < 0 ? -area_b : area_b;
	if (area_a < area_b || area_a > area_b)
		return area_a < area_b;
	if (a->priority != b->priority)
		return a->priority < b->priority;
	return memcmp(a->id.bytes, b->id.bytes, sizeof(a->id.bytes)) < 0;
}

static const struct mem_region *
choose_region(const struct mem_world *world, struct uuid osp, const struct geo_location *location)
{
	const struct mem_region *chosen = NULL;

	for (size_t i = 0; i < world->regions.count; i++) {
		const struct mem_region *region = mem_row(&world->regions, i);

		if (uuid_equal(region->osp, osp) &&
		    mem_ring_meets(region->ring, region->count, location) &&
		    (chosen == NULL || goes_before(region, chosen)))
			chosen = region;
	}
	return chosen;
}

static const struct mem_list *
find_list(const struct mem_world *world, struct uuid id)
{
	for (size_t i = 0; i < world->lists.count; i++) {
		const struct mem_list *list = mem_row(&world->lists, i);

		if (uuid_equal(list->id, id))
			return list;
	}
	return NULL;
}

static void
copy_people(const struct mem_world *world, struct arena *arena, struct pager_list *list)
{
	for (size_t i = 0; i < world->people.count && list->count < ROSTER_PEOPLE_MAX; i++) {
		const struct mem_person *person = mem_row(&world->people, i);

		if (!person->live || !uuid_equal(person->list, list->id))
			continue;
		list->people[list->count++] = (struct roster_person){ .id = person->id,
			.label = arena_copy(arena, person->label),
			.phone = arena_copy(arena, person->phone),
			.skip =
			    roster_judge(person->on_shift, person->verified, person->opted_out) };
	}
}

struct err *
mem_find_pager_list(struct store_session *session, struct arena *arena, struct uuid osp,
    struct uuid agreement, const struct geo_location *location, bool *ret_found,
    struct pager_list *ret)
{
	const struct mem_world *world = mem_enter(session);
	const struct store_seed_agreement *under = agreement_by_id(session, world, agreement);
	const struct mem_region *region = NULL;
	const struct mem_list *list = NULL;

	/* Only who stands in the agreement may ask whom its OSP would ring. */
	if (under != NULL && uuid_equal(under->agreement.osp, osp)) {
		region = choose_region(world, osp, location);
		list = find_list(world, region == NULL ? under->default_list : region->list);
	}
	*ret_found = list != NULL;
	if (list != NULL) {
		*ret = (struct pager_list){ .id = list->id, .name = arena_copy(arena, list->name) };
		ret->region = region == NULL ? STR("") : arena_copy(arena, region->name);
		copy_people(world, arena, ret);
	}
	return leave_with(session, arena);
}

/* ---- the seed ---- */

static void
plant_organisation(struct mem_world *world, const struct store_organisation *from)
{
	struct store_organisation *row = find_organisation(world, from->id, STR(""));

	if (row == NULL)
		row = mem_add(world, &world->organisations);
	else
		mem_change(world, &world->organisations, row);
	*row = *from;
	row->handle = mem_keep(world, from->handle);
	row->name = mem_keep(world, from->name);
}

static void
plant_user(struct mem_world *world, struct uuid id, struct str handle)
{
	struct mem_user *row = NULL;

	for (size_t i = 0; i < world->users.count && row == NULL; i++) {
		struct mem_user *at = mem_row(&world->users, i);

		if (uuid_equal(at->id, id))
			row = at;
	}
	if (row == NULL)
		row = mem_add(world, &world->users);
	else
		mem_change(world, &world->users, row);
	*row = (struct mem_user){ id, mem_keep(world, handle) };
}

/* Somebody who is named, and may act for nobody. */
static void
plant_user_alone(struct mem_world *world, struct uuid id, struct str handle)
{
	for (size_t i = 0; i < world->users.count; i++) {
		const struct mem_user *at = mem_row(&world->users, i);

		if (uuid_equal(at->id, id) || str_equal(at->handle, handle))
			return;
	}
	plant_user(world, id, handle);
}

static void
plant_membership(struct mem_world *world, const struct store_membership *from)
{
	const struct store_organisation *organisation =
	    find_organisation(world, from->organisation.id, from->organisation.handle);
	struct mem_membership *row = NULL;

	CHECK(organisation != NULL);
	for (size_t i = 0; i < world->memberships.count && row == NULL; i++) {
		struct mem_membership *at = mem_row(&world->memberships, i);

		if (uuid_equal(at->row.user, from->user) &&
		    uuid_equal(at->row.organisation.id, organisation->id))
			row = at;
	}
	if (row == NULL)
		row = mem_add(world, &world->memberships);
	else
		mem_change(world, &world->memberships, row);
	row->live = true;
	row->row = (struct store_membership){ .user = from->user,
		.user_handle = mem_keep(world, from->user_handle),
		.role = mem_keep(world, from->role),
		.organisation = *organisation };
}

static void
plant_person(struct mem_world *world, struct uuid list, const struct store_seed_person *from)
{
	struct mem_person *row = mem_add(world, &world->people);
	bool gone = mem_is_erased(world, from->id);

	*row = (struct mem_person){ .id = from->id,
		.list = list,
		.label = mem_keep(world, gone ? STR("erased") : from->label),
		.phone = mem_keep(world, gone ? STR("") : from->phone),
		.verified = from->verified && !gone,
		.on_shift = from->on_shift,
		.opted_out = from->opted_out || gone,
		.live = true };
}

static void
plant_list(struct mem_world *world, const struct store_seed_list *from)
{
	struct mem_list *row = NULL;

	for (size_t i = 0; i < world->lists.count && row == NULL; i++) {
		struct mem_list *at = mem_row(&world->lists, i);

		if (uuid_equal(at->id, from->id))
			row = at;
	}
	if (row == NULL)
		row = mem_add(world, &world->lists);
	else
		mem_change(world, &world->lists, row);
	*row = (struct mem_list){ from->id, from->osp, mem_keep(world, from->name) };

	for (size_t i = 0; i < world->people.count; i++) {
		struct mem_person *person = mem_row(&world->people, i);

		if (!person->live || !uuid_equal(person->list, from->id))
			continue;
		mem_change(world, &world->people, person);
		person->live = false;
	}
	for (size_t i = 0; i < from->count; i++)
		plant_person(world, from->id, &from->people[i]);
}

static void
plant_region(struct mem_world *world, const struct store_seed_region *from)
{
	struct mem_region *row = NULL;

	for (size_t i = 0; i < world->regions.count && row == NULL; i++) {
		struct mem_region *at = mem_row(&world->regions, i);

		if (uuid_equal(at->id, from->id))
			row = at;
	}
	if (row == NULL)
		row = mem_add(world, &world->regions);
	else
		mem_change(world, &world->regions, row);
	*row = (struct mem_region){ .id = from->id,
		.osp = from->osp,
		.list = from->list,
		.name = mem_keep(world, from->name),
		.priority = from->priority,
		.ring = mem_keep_bytes(world, from->ring, from->count * sizeof(from->ring[0])),
		.count = from->count };
}

static void
plant_agreement(struct mem_world *world, const struct store_seed_agreement *from)
{
	struct mem_agreement *row = NULL;
	struct store_agreement *to;

	for (size_t i = 0; i < world->agreements.count && row == NULL; i++) {
		struct mem_agreement *at = mem_row(&world->agreements, i);

		if (uuid_equal(at->row.agreement.id, from->agreement.id))
			row = at;
	}
	if (row == NULL)
		row = mem_add(world, &world->agreements);
	else
		mem_change(world, &world->agreements, row);
	row->row = *from;
	to = &row->row.agreement;
	to->number_prefix = mem_keep(world, to->number_prefix);
	to->noc_duty_phone = mem_keep(world, to->noc_duty_phone);
	to->twilio_subaccount = mem_keep(world, to->twilio_subaccount);
	to->twilio_from = mem_keep(world, to->twilio_from);
	to->render_url = mem_keep(world, to->render_url);
	to->render_client_id = mem_keep(world, to->render_client_id);
	to->render_secret_ref = mem_keep(world, to->render_secret_ref);
	to->render_project = mem_keep(world, to->render_project);
}

struct err *
mem_plant(struct store_session *session, struct arena *arena, const struct store_seed *seed)
{
	struct mem_world *world = mem_enter(session);

	(void)arena;
	for (size_t i = 0; i < seed->organisation_count; i++)
		plant_organisation(world, &seed->organisations[i]);
	for (size_t i = 0; i < seed->membership_count; i++) {
		const struct store_membership *from = &seed->memberships[i];

		if (str_empty(from->role)) {
			plant_user_alone(world, from->user, from->user_handle);
			continue;
		}
		/* Whoever was erased stays so, whatever is planted. */
		if (mem_is_erased(world, from->user))
			continue;
		plant_user(world, from->user, from->user_handle);
		plant_membership(world, from);
	}
	for (size_t i = 0; i < seed->list_count; i++)
		plant_list(world, &seed->lists[i]);
	for (size_t i = 0; i < seed->region_count; i++)
		plant_region(world, &seed->regions[i]);
	for (size_t i = 0; i < seed->agreement_count; i++)
		plant_agreement(world, &seed->agreements[i]);
	return mem_leave(session, NULL);
}
