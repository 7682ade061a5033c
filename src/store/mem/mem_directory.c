#include <stdlib.h>

#include "store/mem/mem_internal.h"

struct store_organisation *
mem_planted_organisation(const struct mem_world *world, struct uuid id, struct str handle)
{
	for (size_t i = 0; i < world->organisations.count; i++) {
		struct store_organisation *row = mem_row(&world->organisations, i);

		if (uuid_is_nil(id) ? str_equal(row->handle, handle) : uuid_equal(row->id, id))
			return row;
	}
	return NULL;
}

/* The record with ${id} (Nil: with ${handle}). */
static const struct mem_record *
organisation_record(const struct mem_world *world, struct uuid id, struct str handle)
{
	for (size_t i = 0; i < world->records.count; i++) {
		const struct mem_record *row = mem_record_at(world, RECORD_ORGANISATION, i);

		if (row != NULL &&
		    (uuid_is_nil(id) ? str_equal(row->record.organisation.handle, handle)
				     : uuid_equal(row->row.id, id)))
			return row;
	}
	return NULL;
}

bool
mem_know_organisation(const struct mem_world *world, struct uuid id, struct str handle,
    struct store_organisation *ret, bool *ret_suspended)
{
	const struct mem_record *record = organisation_record(world, id, handle);
	const struct store_organisation *planted = mem_planted_organisation(world, id, handle);

	*ret_suspended = false;
	if (record != NULL) {
		const struct organisation *from = &record->record.organisation;

		*ret = (struct store_organisation){ record->row.id, from->handle, from->name,
			from->is_noc, from->is_osp };
		*ret_suspended = from->suspended;
		return true;
	}
	if (planted == NULL)
		return false;
	*ret = *planted;
	return true;
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

/* Its own, those with which it has or was offered an agreement, and for the platform all. */
static bool
may_know(const struct store_session *session, const struct mem_world *world, struct uuid id)
{
	struct mem_agreement_view view;

	if (session->role == STORE_WORKER || uuid_equal(session->organisation, id) ||
	    uuid_equal(session->organisation, record_platform()))
		return true;
	for (size_t i = 0; i < mem_agreement_count(world); i++) {
		if (mem_agreement_at(session, world, i, &view) &&
		    view.state != AGREEMENT_DECLINED &&
		    (uuid_equal(view.agreement.noc, id) || uuid_equal(view.agreement.osp, id)))
			return true;
	}
	return false;
}

struct err *
mem_find_organisation(struct store_session *session, struct arena *arena, struct uuid id,
    struct str handle, bool *ret_found, struct store_organisation *ret)
{
	const struct mem_world *world = mem_enter(session);
	struct store_organisation row;
	bool suspended;

	*ret_found = mem_know_organisation(world, id, handle, &row, &suspended) &&
		     may_know(session, world, row.id);
	if (*ret_found)
		*ret = copy_organisation(&row, arena);
	return leave_with(session, arena);
}

/* ---- users and memberships ---- */

static const struct mem_user *
planted_user(const struct mem_world *world, struct uuid id)
{
	for (size_t i = 0; i < world->users.count; i++) {
		const struct mem_user *user = mem_row(&world->users, i);

		if (uuid_equal(user->id, id))
			return user;
	}
	return NULL;
}

bool
mem_know_user(
    const struct mem_world *world, struct uuid id, struct str *ret_handle, bool *ret_disabled)
{
	const struct mem_record *record = mem_find_record_row(world, RECORD_USER, id);
	const struct mem_user *planted = planted_user(world, id);

	*ret_disabled = false;
	if (record != NULL) {
		*ret_handle = record->record.user.handle;
		*ret_disabled = record->record.user.disabled;
		return true;
	}
	if (planted != NULL)
		*ret_handle = planted->handle;
	return planted != NULL;
}

/* Whose membership record ${index} is, and where; false when it is none, or no more. */
static bool
claimed_membership(const struct mem_world *world, size_t index, struct store_membership *ret)
{
	const struct mem_record *record = mem_record_at(world, RECORD_MEMBERSHIP, index);

	if (record == NULL || record->record.membership.state != MEMBERSHIP_ACTIVE)
		return false;
	*ret = (struct store_membership){ .user = record->record.membership.user,
		.role = record->record.membership.role,
		.organisation = { .id = record->record.membership.organisation } };
	return true;
}

bool
mem_membership_at(const struct mem_world *world, size_t index, struct store_membership *ret)
{
	bool disabled, suspended;

	return claimed_membership(world, index, ret) && !mem_is_erased(world, ret->user) &&
	       mem_know_user(world, ret->user, &ret->user_handle, &disabled) && !disabled &&
	       mem_know_organisation(
		   world, ret->organisation.id, STR(""), &ret->organisation, &suspended) &&
	       !suspended;
}

struct store_membership
mem_copy_membership(const struct store_membership *row, struct arena *arena)
{
	struct store_membership copy = *row;

	copy.user_handle = arena_copy(arena, row->user_handle);
	copy.role = arena_copy(arena, row->role);
	copy.organisation = copy_organisation(&row->organisation, arena);
	return copy;
}

struct err *
mem_find_membership(struct store_session *session, struct arena *arena, struct str user,
    struct str organisation, bool *ret_found, struct store_membership *ret)
{
	const struct mem_world *world = mem_enter(session);
	struct store_membership row;

	*ret_found = false;
	for (size_t i = 0; i < world->records.count && !*ret_found; i++) {
		*ret_found = mem_membership_at(world, i, &row) &&
			     str_equal(row.user_handle, user) &&
			     str_equal(row.organisation.handle, organisation);
		if (*ret_found)
			*ret = mem_copy_membership(&row, arena);
	}
	return leave_with(session, arena);
}

/* ---- agreements ---- */

size_t
mem_agreement_count(const struct mem_world *world)
{
	return world->records.count + world->agreements.count;
}

/* What each side keeps to itself, from their own records. */
static void
view_terms(const struct mem_world *world, struct mem_agreement_view *view)
{
	struct store_agreement *to = &view->agreement;
	const struct mem_record *noc =
	    mem_find_record_row(world, RECORD_NOC_TERMS, record_noc_terms_id(to->id));
	const struct mem_record *osp =
	    mem_find_record_row(world, RECORD_OSP_TERMS, record_osp_terms_id(to->id));

	if (noc != NULL) {
		to->noc_duty_phone = noc->record.noc_terms.duty_phone;
		to->twilio_subaccount = noc->record.noc_terms.twilio_subaccount;
		to->twilio_from = noc->record.noc_terms.twilio_from;
	}
	if (osp != NULL) {
		to->render_url = osp->record.osp_terms.render_url;
		to->render_client_id = osp->record.osp_terms.render_client_id;
		to->render_secret_ref = osp->record.osp_terms.render_secret_ref;
		to->render_project = osp->record.osp_terms.render_project;
	}
}

static struct mem_agreement_view
view_record(const struct mem_record *row)
{
	const struct agreement *from = &row->record.agreement;

	return (struct mem_agreement_view){ .agreement = { .id = row->row.id,
						.noc = from->noc,
						.osp = from->osp,
						.number_prefix = from->number_prefix,
						.terms = from->terms },
		.valid_from = from->valid_from,
		.valid_until = from->valid_until,
		.state = from->state };
}

static struct mem_agreement_view
view_planted(const struct store_seed_agreement *row)
{
	return (struct mem_agreement_view){ .agreement = row->agreement,
		.valid_from = row->valid_from,
		.valid_until = row->has_valid_until ? row->valid_until : RECORD_NO_MOMENT,
		.state = AGREEMENT_AGREED };
}

/* For the OSP the NOC's own is not there, and the other way round. */
static void
hide_terms(const struct store_session *session, struct mem_agreement_view *view)
{
	struct store_agreement *of = &view->agreement;

	if (session->role == STORE_WORKER)
		return;
	if (!uuid_equal(session->organisation, of->noc))
		of->noc_duty_phone = of->twilio_subaccount = of->twilio_from = STR("");
	if (uuid_equal(session->organisation, of->osp))
		return;
	of->render_url = of->render_client_id = of->render_secret_ref = of->render_project =
	    STR("");
}

bool
mem_agreement_at(const struct store_session *session, const struct mem_world *world, size_t index,
    struct mem_agreement_view *ret)
{
	const struct mem_agreement *planted;
	const struct mem_record *record;

	if (index < world->records.count) {
		record = mem_record_at(world, RECORD_AGREEMENT, index);
		if (record == NULL)
			return false;
		*ret = view_record(record);
	} else {
		planted = mem_row(&world->agreements, index - world->records.count);
		*ret = view_planted(&planted->row);
		if (mem_find_record_row(world, RECORD_AGREEMENT, ret->agreement.id) != NULL)
			return false;
	}
	if (!store_may_see(session, ret->agreement.noc, ret->agreement.osp))
		return false;
	view_terms(world, ret);
	hide_terms(session, ret);
	return true;
}

bool
mem_agreement_by_id(const struct store_session *session, const struct mem_world *world,
    struct uuid id, struct mem_agreement_view *ret)
{
	for (size_t i = 0; i < mem_agreement_count(world); i++) {
		if (mem_agreement_at(session, world, i, ret) && uuid_equal(ret->agreement.id, id))
			return true;
	}
	return false;
}

static bool
in_force(const struct mem_agreement_view *row, struct instant now)
{
	return row->state == AGREEMENT_AGREED && row->valid_from.us <= now.us &&
	       (row->valid_until.us == RECORD_NO_MOMENT.us || now.us < row->valid_until.us);
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

struct err *
mem_find_agreement(struct store_session *session, struct arena *arena, struct uuid noc,
    struct uuid osp, struct instant now, bool *ret_found, struct store_agreement *ret)
{
	const struct mem_world *world = mem_enter(session);
	struct mem_agreement_view row, newest;

	*ret_found = false;
	for (size_t i = 0; i < mem_agreement_count(world); i++) {
		if (!mem_agreement_at(session, world, i, &row) ||
		    !uuid_equal(row.agreement.noc, noc) || !uuid_equal(row.agreement.osp, osp) ||
		    !in_force(&row, now) ||
		    (*ret_found && row.valid_from.us <= newest.valid_from.us))
			continue;
		newest = row;
		*ret_found = true;
	}
	if (*ret_found)
		*ret = copy_agreement(&newest.agreement, arena);
	return leave_with(session, arena);
}

struct err *
mem_get_agreement(
    struct store_session *session, struct arena *arena, struct uuid id, struct store_agreement *ret)
{
	const struct mem_world *world = mem_enter(session);
	struct str name = uuid_text(arena, id);
	struct mem_agreement_view row;

	if (!mem_agreement_by_id(session, world, id, &row))
		return mem_leave(
		    session, ERR(arena, ERR_CORRUPT, "there is no agreement %.*s", STR_ARG(name)));
	*ret = copy_agreement(&row.agreement, arena);
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
	    arena_array(arena, struct store_organisation, mem_agreement_count(world) + 1);
	size_t count = 0;

	if (list == NULL)
		return store_out_of_memory(arena);
	for (size_t i = 0; i < mem_agreement_count(world); i++) {
		struct store_organisation other;
		struct mem_agreement_view row;
		bool is_noc, suspended;

		if (!mem_agreement_at(session, world, i, &row) || !in_force(&row, now))
			continue;
		is_noc = uuid_equal(row.agreement.noc, organisation);
		if (!is_noc && !uuid_equal(row.agreement.osp, organisation))
			continue;
		if (mem_know_organisation(world, is_noc ? row.agreement.osp : row.agreement.noc,
			STR(""), &other, &suspended) &&
		    !has_organisation(list, count, other.id))
			list[count++] = copy_organisation(&other, arena);
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
