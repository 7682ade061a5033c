#include "store/mem/mem_internal.h"

static void
plant_organisation(struct mem_world *world, const struct store_organisation *from)
{
	struct store_organisation *row = mem_planted_organisation(world, from->id, STR(""));

	if (row == NULL)
		row = mem_add(world, &world->organisations);
	else
		mem_change(world, &world->organisations, row);
	*row = *from;
	row->handle = mem_keep(world, from->handle);
	row->name = mem_keep(world, from->name);
}

/* Somebody who is named, and may act for nobody. */
static void
plant_user(const struct store_session *session, struct mem_world *world,
    const struct store_membership *from)
{
	const struct record wanted = {
		.kind = RECORD_USER, .id = from->user, .user = { .handle = from->user_handle }
	};
	struct mem_user *row;
	struct str handle;
	bool disabled;

	if (mem_know_user(world, from->user, &handle, &disabled) ||
	    mem_is_taken(session, world, &wanted))
		return;
	row = mem_add(world, &world->users);
	*row = (struct mem_user){ from->user, mem_keep(world, from->user_handle) };
}

static void
plant_agreement(struct mem_world *world, const struct store_seed_agreement *from)
{
	struct mem_agreement *row = NULL;

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
	row->row.agreement = (struct store_agreement){ .id = from->agreement.id,
		.noc = from->agreement.noc,
		.osp = from->agreement.osp,
		.number_prefix = mem_keep(world, from->agreement.number_prefix),
		.terms = from->agreement.terms };
}

struct err *
mem_plant(struct store_session *session, struct arena *arena, const struct store_seed *seed)
{
	struct mem_world *world = mem_enter(session);

	(void)arena;
	for (size_t i = 0; i < seed->organisation_count; i++)
		plant_organisation(world, &seed->organisations[i]);
	for (size_t i = 0; i < seed->membership_count; i++)
		plant_user(session, world, &seed->memberships[i]);
	for (size_t i = 0; i < seed->agreement_count; i++)
		plant_agreement(world, &seed->agreements[i]);
	return mem_leave(session, NULL);
}
