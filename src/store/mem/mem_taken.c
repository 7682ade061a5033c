#include "store/mem/mem_internal.h"

/* What is given to one record only: handles, identities, prefixes, places. */

static bool
organisation_taken(const struct mem_world *world, const struct record *record)
{
	struct store_organisation other;
	bool suspended;

	return mem_know_organisation(
		   world, UUID_NIL, record->organisation.handle, &other, &suspended) &&
	       !uuid_equal(other.id, record->id);
}

static bool
same_identity(const struct user *a, const struct user *b)
{
	for (size_t i = 0; i < a->identity_count; i++) {
		for (size_t j = 0; j < b->identity_count; j++) {
			if (str_equal(a->identities[i].issuer, b->identities[j].issuer) &&
			    str_equal(a->identities[i].subject, b->identities[j].subject))
				return true;
		}
	}
	return false;
}

static bool
user_taken(const struct mem_world *world, const struct record *record)
{
	for (size_t i = 0; i < world->records.count; i++) {
		const struct mem_record *row = mem_record_at(world, RECORD_USER, i);

		if (row != NULL && !uuid_equal(row->row.id, record->id) &&
		    (str_equal(row->record.user.handle, record->user.handle) ||
			same_identity(&row->record.user, &record->user)))
			return true;
	}
	for (size_t i = 0; i < world->users.count; i++) {
		const struct mem_user *user = mem_row(&world->users, i);

		if (!uuid_equal(user->id, record->id) &&
		    str_equal(user->handle, record->user.handle))
			return true;
	}
	return false;
}

static bool
same_place(const struct membership *a, const struct membership *b)
{
	if (a->state == MEMBERSHIP_REMOVED || b->state == MEMBERSHIP_REMOVED ||
	    !uuid_equal(a->organisation, b->organisation))
		return false;
	return (!uuid_is_nil(a->user) && uuid_equal(a->user, b->user)) ||
	       (!str_empty(a->email) && str_equal_nocase(a->email, b->email));
}

static bool
membership_taken(const struct mem_world *world, const struct record *record)
{
	for (size_t i = 0; i < world->records.count; i++) {
		const struct mem_record *row = mem_record_at(world, RECORD_MEMBERSHIP, i);

		if (row != NULL && !uuid_equal(row->row.id, record->id) &&
		    same_place(&row->record.membership, &record->membership))
			return true;
	}
	return false;
}

static bool
token_taken(const struct mem_world *world, const struct record *record)
{
	for (size_t i = 0; i < world->records.count; i++) {
		const struct mem_record *row = mem_record_at(world, RECORD_TOKEN, i);

		if (row != NULL && !uuid_equal(row->row.id, record->id) &&
		    str_equal(row->record.token.secret_hash, record->token.secret_hash))
			return true;
	}
	return false;
}

static bool
has_number_prefix(enum agreement_state state)
{
	return state == AGREEMENT_PROPOSED || state == AGREEMENT_AGREED;
}

/* Nobody but the OSP learns which prefixes it uses elsewhere. */
static bool
agreement_taken(
    const struct store_session *session, const struct mem_world *world, const struct record *record)
{
	const struct agreement *agreement = &record->agreement;
	struct mem_agreement_view other;

	if (session->role != STORE_API || !uuid_equal(session->organisation, agreement->osp) ||
	    str_empty(agreement->number_prefix) || !has_number_prefix(agreement->state))
		return false;
	for (size_t i = 0; i < mem_agreement_count(world); i++) {
		if (mem_agreement_at(session, world, i, &other) &&
		    !uuid_equal(other.agreement.id, record->id) &&
		    uuid_equal(other.agreement.osp, agreement->osp) &&
		    has_number_prefix(other.state) &&
		    str_equal(other.agreement.number_prefix, agreement->number_prefix))
			return true;
	}
	return false;
}

bool
mem_is_taken(
    const struct store_session *session, const struct mem_world *world, const struct record *record)
{
	switch (record->kind) {
	case RECORD_ORGANISATION:
		return organisation_taken(world, record);
	case RECORD_USER:
		return user_taken(world, record);
	case RECORD_MEMBERSHIP:
		return membership_taken(world, record);
	case RECORD_AGREEMENT:
		return agreement_taken(session, world, record);
	case RECORD_TOKEN:
		return token_taken(world, record);
	case RECORD_NOC_TERMS:
	case RECORD_OSP_TERMS:
	case RECORD_PERSON:
	case RECORD_PAGER_LIST:
	case RECORD_REGION:
	case RECORD_AUDIT:
	case RECORD_KIND_COUNT:
		break;
	}
	return false;
}
