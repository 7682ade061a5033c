#include "support/record_world.h"

#include "codec/record_codec.h"

#define BODY_BYTES (512u << 10)

struct store_record
row_of(struct world *world, const struct record *record, int64_t version)
{
	struct store_record row = { .kind = record->kind,
		.id = record->id,
		.version = version,
		.parent = record_parent(record),
		.changed_at = at_s(version) };
	struct buf body = buf_in(world->arena, BODY_BYTES);

	record_owners(record, &row.noc, &row.osp);
	codec_encode_record(record, &body);
	assert_false(body.overflowed);
	row.body = arena_copy(world->arena, buf_view(&body));
	return row;
}

/* For whom the sessions of the world act. */
static struct uuid
organisation_behind(const struct world *world, const struct store_session *session)
{
	if (session == world->noc)
		return world->noc_id;
	if (session == world->osp)
		return world->osp_id;
	return session == world->stranger ? world->stranger_id : UUID_NIL;
}

bool
put_is_taken(struct world *world, struct store_session *session, const struct record *record,
    int64_t version)
{
	struct arena_mark mark = arena_mark(world->arena);
	struct store_record row = row_of(world, record, version);
	bool taken = true;

	OK(store_begin(session, world->arena, organisation_behind(world, session)));
	OK(store_put_record(session, world->arena, &row, record, &taken));
	if (taken)
		store_rollback(session);
	else
		OK(store_commit(session, world->arena));
	arena_release(world->arena, mark);
	return taken;
}

void
put(struct world *world, struct store_session *session, const struct record *record,
    int64_t version)
{
	assert_false(put_is_taken(world, session, record, version));
}

bool
find_row(struct world *world, struct store_session *session, enum record_kind kind, struct uuid id,
    struct store_record *ret)
{
	bool found = false;

	OK(store_find_record(session, world->arena, kind, id, &found, ret));
	return found;
}

bool
sees(struct world *world, struct store_session *session, enum record_kind kind, const char *name)
{
	struct store_record row;

	return find_row(world, session, kind, id_of(name), &row);
}

struct record
organisation_of(struct uuid id, const char *handle)
{
	return (struct record){ .kind = RECORD_ORGANISATION,
		.id = id,
		.organisation = { .handle = str_from_z(handle),
		    .name = str_from_z(handle),
		    .is_noc = true,
		    .is_osp = true } };
}

struct record
user_of(const char *name)
{
	return (struct record){
		.kind = RECORD_USER, .id = id_of(name), .user = { .handle = str_from_z(name) }
	};
}

struct record
member_of(const char *name, struct uuid organisation, const char *user)
{
	return (struct record){ .kind = RECORD_MEMBERSHIP,
		.id = id_of(name),
		.membership = { .organisation = organisation,
		    .user = id_of(user),
		    .handle = str_from_z(user),
		    .role = STR("viewer"),
		    .state = MEMBERSHIP_ACTIVE } };
}

struct record
invitation_of(const char *name, struct uuid organisation, const char *email)
{
	return (struct record){ .kind = RECORD_MEMBERSHIP,
		.id = id_of(name),
		.membership = { .organisation = organisation,
		    .email = str_from_z(email),
		    .role = STR("viewer"),
		    .state = MEMBERSHIP_INVITED } };
}

struct record
agreement_of(const struct world *world, const char *name, enum agreement_state state)
{
	return (struct record){ .kind = RECORD_AGREEMENT,
		.id = id_of(name),
		.agreement = { .noc = world->noc_id,
		    .osp = world->osp_id,
		    .state = state,
		    .number_prefix = STR("HC"),
		    .terms = { 25, 3, 1200, 2, 86400, 60, 300, 0, 0 },
		    .valid_from = at_s(0) } };
}

struct record
person_of(const struct world *world, const char *name)
{
	return (struct record){ .kind = RECORD_PERSON,
		.id = id_of(name),
		.person = { .osp = world->osp_id, .label = str_from_z(name) } };
}

struct record
token_of(struct world *world, const char *name, const char *user)
{
	struct sha256 hash = sha256_of(str_from_z(name));
	struct buf digits = buf_in(world->arena, 2 * sizeof(hash.bytes) + 1);

	for (size_t i = 0; i < sizeof(hash.bytes); i++)
		buf_printf(&digits, "%02x", hash.bytes[i]);
	return (struct record){ .kind = RECORD_TOKEN,
		.id = id_of(name),
		.token = { .organisation = world->noc_id,
		    .user = id_of(user),
		    .name = str_from_z(name),
		    .scopes = STR("ecos eco"),
		    .secret_hash = buf_view(&digits),
		    .expires = at_s(1000) } };
}

void
put_organisations(struct world *world)
{
	struct record all[] = { organisation_of(world->noc_id, "carrier"),
		organisation_of(world->osp_id, "contractor"),
		organisation_of(world->stranger_id, "other") };

	for (size_t i = 0; i < COUNT_OF(all); i++)
		put(world, world->worker, &all[i], 1);
}

bool
says(struct str body, const char *text)
{
	return str_find(body, str_from_z(text)) < body.len;
}
