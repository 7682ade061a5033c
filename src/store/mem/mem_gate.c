#include <stdlib.h>

#include "store/mem/mem_internal.h"

/* What is answered before it is known who asks: whoever the session is. */

static struct err *
leave_with(struct store_session *session, struct arena *arena)
{
	return mem_leave(session, arena_exhausted(arena) ? store_out_of_memory(arena) : NULL);
}

struct err *
mem_find_member(struct store_session *session, struct arena *arena, struct uuid user,
    struct uuid organisation, bool *ret_found, struct store_membership *ret)
{
	const struct mem_world *world = mem_enter(session);
	struct store_membership row;

	*ret_found = false;
	for (size_t i = 0; i < world->records.count && !*ret_found; i++) {
		*ret_found = mem_membership_at(world, i, &row) && uuid_equal(row.user, user) &&
			     uuid_equal(row.organisation.id, organisation);
		if (*ret_found)
			*ret = mem_copy_membership(&row, arena);
	}
	return leave_with(session, arena);
}

static int
compare_organisations(const void *left, const void *right)
{
	const struct store_membership *a = left, *b = right;

	return str_compare(a->organisation.name, b->organisation.name);
}

struct err *
mem_list_memberships(struct store_session *session, struct arena *arena, struct uuid user,
    struct store_memberships *ret)
{
	const struct mem_world *world = mem_enter(session);
	struct store_membership *list =
	    arena_array(arena, struct store_membership, world->records.count + 1);
	struct store_membership row;
	size_t count = 0;

	if (list == NULL)
		return mem_leave(session, store_out_of_memory(arena));
	for (size_t i = 0; i < world->records.count; i++) {
		if (mem_membership_at(world, i, &row) && uuid_equal(row.user, user))
			list[count++] = mem_copy_membership(&row, arena);
	}
	qsort(list, count, sizeof(list[0]), compare_organisations);
	*ret = (struct store_memberships){ list, count < STORE_ROWS_MAX ? count : STORE_ROWS_MAX };
	return leave_with(session, arena);
}

static bool
has_identity(const struct user *user, struct str issuer, struct str subject)
{
	for (size_t i = 0; i < user->identity_count; i++) {
		if (str_equal(user->identities[i].issuer, issuer) &&
		    str_equal(user->identities[i].subject, subject))
			return true;
	}
	return false;
}

struct err *
mem_find_identity(struct store_session *session, struct arena *arena, struct str issuer,
    struct str subject, bool *ret_found, struct store_known_user *ret)
{
	const struct mem_world *world = mem_enter(session);

	*ret_found = false;
	for (size_t i = 0; i < world->records.count && !*ret_found; i++) {
		const struct mem_record *row = mem_record_at(world, RECORD_USER, i);

		if (row == NULL || !has_identity(&row->record.user, issuer, subject))
			continue;
		*ret_found = true;
		*ret = (struct store_known_user){ row->row.id,
			arena_copy(arena, row->record.user.handle),
			row->record.user.disabled || mem_is_erased(world, row->row.id) };
	}
	return leave_with(session, arena);
}

struct err *
mem_list_invitations(
    struct store_session *session, struct arena *arena, struct str email, struct store_records *ret)
{
	const struct mem_world *world = mem_enter(session);
	struct store_record *list = arena_array(arena, struct store_record, STORE_ROWS_MAX);
	struct store_organisation organisation;
	bool suspended;
	size_t count = 0;

	if (list == NULL)
		return mem_leave(session, store_out_of_memory(arena));
	for (size_t i = 0; i < world->records.count && count < STORE_ROWS_MAX; i++) {
		const struct mem_record *row = mem_record_at(world, RECORD_MEMBERSHIP, i);

		if (row != NULL && row->record.membership.state == MEMBERSHIP_INVITED &&
		    !str_empty(email) && str_equal_nocase(row->record.membership.email, email) &&
		    mem_know_organisation(world, row->record.membership.organisation, STR(""),
			&organisation, &suspended) &&
		    !suspended)
			list[count++] = mem_copy_record(&row->row, arena);
	}
	*ret = (struct store_records){ list, count };
	return leave_with(session, arena);
}
