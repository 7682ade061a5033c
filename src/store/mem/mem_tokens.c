#include "store/mem/mem_internal.h"

static struct err *
leave_with(struct store_session *session, struct arena *arena)
{
	return mem_leave(session, arena_exhausted(arena) ? store_out_of_memory(arena) : NULL);
}

static struct mem_token_use *
find_use(const struct mem_world *world, struct uuid token)
{
	for (size_t i = 0; i < world->token_uses.count; i++) {
		struct mem_token_use *use = mem_row(&world->token_uses, i);

		if (uuid_equal(use->token, token))
			return use;
	}
	return NULL;
}

/* Whether ${text} is ${hash} in hexadecimal digits. */
static bool
is_digest(struct str text, struct sha256 hash)
{
	if (text.len != 2 * sizeof(hash.bytes))
		return false;
	for (size_t i = 0; i < sizeof(hash.bytes); i++) {
		if (str_hex_value(text.ptr[2 * i]) != hash.bytes[i] >> 4 ||
		    str_hex_value(text.ptr[2 * i + 1]) != (hash.bytes[i] & 15))
			return false;
	}
	return true;
}

static const struct mem_record *
find_token(const struct mem_world *world, struct sha256 hash)
{
	for (size_t i = 0; i < world->records.count; i++) {
		const struct mem_record *row = mem_record_at(world, RECORD_TOKEN, i);

		if (row != NULL && is_digest(row->record.token.secret_hash, hash))
			return row;
	}
	return NULL;
}

static void
find_holder(const struct mem_world *world, struct arena *arena, struct store_token *token)
{
	struct store_membership row;

	for (size_t i = 0; i < world->records.count && !token->is_member; i++) {
		token->is_member = mem_membership_at(world, i, &row) &&
				   uuid_equal(row.user, token->user) &&
				   uuid_equal(row.organisation.id, token->organisation);
		if (token->is_member)
			token->membership = mem_copy_membership(&row, arena);
	}
}

struct err *
mem_find_token(struct store_session *session, struct arena *arena, struct sha256 hash,
    bool *ret_found, struct store_token *ret)
{
	const struct mem_world *world = mem_enter(session);
	const struct mem_record *row = find_token(world, hash);

	*ret_found = row != NULL;
	if (row != NULL) {
		const struct token *token = &row->record.token;
		const struct mem_token_use *use = find_use(world, row->row.id);

		*ret = (struct store_token){ .id = row->row.id,
			.organisation = token->organisation,
			.user = token->user,
			.scopes = arena_copy(arena, token->scopes),
			.expires = token->expires,
			.revoked_at = token->revoked_at,
			.last_used_at = use == NULL ? RECORD_NO_MOMENT : use->at };
		find_holder(world, arena, ret);
	}
	return leave_with(session, arena);
}

static void
write_use(struct mem_world *world, struct uuid id, struct instant now, struct str address)
{
	struct mem_token_use *use = find_use(world, id);

	if (use == NULL)
		use = mem_add(world, &world->token_uses);
	else
		mem_change(world, &world->token_uses, use);
	*use = (struct mem_token_use){ id, now, mem_keep(world, address) };
}

struct err *
mem_touch_token(struct store_session *session, struct arena *arena, struct uuid id,
    struct instant now, int64_t seconds, struct str address, bool *ret_first)
{
	struct mem_world *world = mem_enter(session);
	const struct mem_token_use *use = find_use(world, id);

	*ret_first = mem_find_record_row(world, RECORD_TOKEN, id) != NULL &&
		     (use == NULL || now.us - use->at.us >= seconds * 1000000);
	if (*ret_first)
		write_use(world, id, now, address);
	return leave_with(session, arena);
}

struct err *
mem_find_token_use(struct store_session *session, struct arena *arena, struct uuid id,
    struct instant *ret_at, struct str *ret_address)
{
	const struct mem_world *world = mem_enter(session);
	const struct mem_record *row = mem_find_record_row(world, RECORD_TOKEN, id);
	const struct mem_token_use *use = find_use(world, id);

	*ret_at = RECORD_NO_MOMENT;
	*ret_address = STR("");
	if (row != NULL && use != NULL && store_may_see(session, row->row.noc, row->row.osp)) {
		*ret_at = use->at;
		*ret_address = arena_copy(arena, use->address);
	}
	return leave_with(session, arena);
}
