#include "store/mem/mem_internal.h"

static struct store_person_key *
find_key(const struct mem_world *world, struct uuid person)
{
	for (size_t i = 0; i < world->person_keys.count; i++) {
		struct store_person_key *key = mem_row(&world->person_keys, i);

		if (uuid_equal(key->person, person))
			return key;
	}
	return NULL;
}

static bool
is_among(const struct uuid *ids, size_t count, struct uuid id)
{
	for (size_t i = 0; i < count; i++) {
		if (uuid_equal(ids[i], id))
			return true;
	}
	return false;
}

/* A key is its organisation's own: for the other side of an agreement it does not exist. */
static bool
may_see_key(const struct store_session *session, const struct store_person_key *key)
{
	return session->role == STORE_WORKER ||
	       uuid_equal(session->organisation, key->organisation);
}

struct err *
mem_find_person_keys(struct store_session *session, struct arena *arena, const struct uuid *people,
    size_t count, struct store_person_keys *ret)
{
	const struct mem_world *world = mem_enter(session);
	struct store_person_key *keys = arena_array(arena, struct store_person_key, count + 1);
	size_t found = 0;

	if (keys == NULL)
		return mem_leave(session, store_out_of_memory(arena));
	for (size_t i = 0; i < world->person_keys.count; i++) {
		const struct store_person_key *key = mem_row(&world->person_keys, i);

		if (!is_among(people, count, key->person) || !may_see_key(session, key))
			continue;
		keys[found] = *key;
		keys[found++].wrapped = arena_copy(arena, key->wrapped);
	}
	*ret = (struct store_person_keys){ keys, found };
	return mem_leave(session, arena_exhausted(arena) ? store_out_of_memory(arena) : NULL);
}

struct err *
mem_add_person_keys(struct store_session *session, struct arena *arena,
    const struct store_person_key *keys, size_t count)
{
	struct mem_world *world = mem_enter(session);

	for (size_t i = 0; i < count; i++) {
		struct store_person_key *key;

		if (!may_see_key(session, &keys[i]))
			return mem_leave(session,
			    ERR(arena, ERR_CONFLICT, "a key is not the organisation's to give"));
		if (find_key(world, keys[i].person) != NULL)
			continue;
		key = mem_add(world, &world->person_keys);
		key->person = keys[i].person;
		key->organisation = keys[i].organisation;
		key->wrapped = mem_keep(world, keys[i].wrapped);
	}
	return mem_leave(session, NULL);
}

/* ---- erasing ---- */

bool
mem_is_erased(const struct mem_world *world, struct uuid person)
{
	for (size_t i = 0; i < world->erasures.count; i++) {
		const struct mem_erasure *row = mem_row(&world->erasures, i);

		if (uuid_equal(row->person, person))
			return true;
	}
	return false;
}

static bool
erase_key(struct mem_world *world, struct uuid person, struct instant now)
{
	struct store_person_key *key = find_key(world, person);

	if (key == NULL || key->erased)
		return key != NULL;
	mem_change(world, &world->person_keys, key);
	key->wrapped = STR("");
	key->erased = true;
	key->erased_at = now;
	return true;
}

/* Who never had a key gets one that is destroyed already, so that nobody gives them another. */
static void
destroy_in_advance(
    struct mem_world *world, struct uuid person, struct uuid organisation, struct instant now)
{
	struct store_person_key *key;

	if (find_key(world, person) != NULL)
		return;
	key = mem_add(world, &world->person_keys);
	key->person = person;
	key->organisation = organisation;
	key->erased = true;
	key->erased_at = now;
}

static bool
erase_user(struct mem_world *world, struct arena *arena, struct uuid id)
{
	for (size_t i = 0; i < world->users.count; i++) {
		struct mem_user *user = mem_row(&world->users, i);

		if (!uuid_equal(user->id, id))
			continue;
		mem_change(world, &world->users, user);
		user->handle = mem_keep(world, mem_erased_handle(arena, id));
		return true;
	}
	return false;
}

/* The records of ${id}, and of their memberships, lose what is their own, and its keys. */
static bool
erase_from_records(struct mem_world *world, struct arena *arena, struct uuid id, struct instant now)
{
	bool found = false;

	for (size_t i = 0; i < world->records.count; i++) {
		struct mem_record *row = mem_row(&world->records, i);
		enum record_kind kind = row->row.kind;
		bool is_theirs =
		    kind == RECORD_MEMBERSHIP && uuid_equal(row->record.membership.user, id);

		if (!is_theirs && (!uuid_equal(row->row.id, id) ||
				      (kind != RECORD_MEMBERSHIP && kind != RECORD_USER &&
					  kind != RECORD_PERSON)))
			continue;
		mem_change(world, &world->records, row);
		mem_scrub_record(world, arena, row);
		(void)erase_key(world, row->row.id, now);
		destroy_in_advance(world, row->row.id, row->row.noc, now);
		found = true;
	}
	return found;
}

static void
write_down(struct mem_world *world, struct uuid person, struct instant now, struct str reason)
{
	struct mem_erasure *row = mem_add(world, &world->erasures);

	*row = (struct mem_erasure){ person, now, mem_keep(world, reason) };
}

struct err *
mem_erase_person(struct store_session *session, struct arena *arena, struct uuid person,
    struct instant now, struct str reason, bool *ret_found)
{
	struct mem_world *world = mem_enter(session);

	/* Again as well: the directory may have heard of them anew. */
	*ret_found = mem_is_erased(world, person);
	*ret_found |= erase_key(world, person, now);
	*ret_found |= erase_user(world, arena, person);
	*ret_found |= erase_from_records(world, arena, person, now);
	(void)mem_end_sessions_of(world, person, UUID_NIL);
	if (*ret_found)
		mem_forget_pages(world, person);
	if (*ret_found && !mem_is_erased(world, person))
		write_down(world, person, now, reason);
	return mem_leave(session, arena_exhausted(arena) ? store_out_of_memory(arena) : NULL);
}

/* Whether ${user} is, or was, a member of the session's organisation. */
static bool
is_colleague(const struct store_session *session, const struct mem_world *world, struct uuid user)
{
	if (session->role == STORE_WORKER || uuid_equal(session->organisation, record_platform()))
		return true;
	for (size_t i = 0; i < world->records.count; i++) {
		const struct mem_record *row = mem_record_at(world, RECORD_MEMBERSHIP, i);

		if (row != NULL && uuid_equal(row->record.membership.user, user) &&
		    uuid_equal(row->row.noc, session->organisation))
			return true;
	}
	return false;
}

struct err *
mem_find_users(struct store_session *session, struct arena *arena, const struct uuid *users,
    size_t count, struct store_user_name *ret, size_t *ret_count)
{
	const struct mem_world *world = mem_enter(session);
	struct str handle;
	bool disabled;

	*ret_count = 0;
	for (size_t i = 0; i < count; i++) {
		if (!is_among(users, i, users[i]) &&
		    mem_know_user(world, users[i], &handle, &disabled) &&
		    (is_colleague(session, world, users[i]) ||
			str_equal(handle, mem_erased_handle(arena, users[i]))))
			ret[(*ret_count)++] =
			    (struct store_user_name){ users[i], arena_copy(arena, handle) };
	}
	return mem_leave(session, arena_exhausted(arena) ? store_out_of_memory(arena) : NULL);
}
