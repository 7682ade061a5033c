#include "identity/identity_key_set.h"

#include <stdatomic.h>
#include <stdlib.h>

struct identity_key_set {
	_Atomic unsigned users;
	size_t count;
	struct identity_key keys[];
};

struct identity_key_set *
identity_key_set_create(const struct identity_key *keys, size_t count)
{
	struct identity_key_set *set = calloc(1, sizeof(*set) + count * sizeof(set->keys[0]));

	CHECK(set != NULL && count <= IDENTITY_KEYS_MAX);
	set->users = 1;
	set->count = count;
	if (count > 0)
		memcpy(set->keys, keys, count * sizeof(keys[0]));
	return set;
}

void
identity_key_set_acquire(struct identity_key_set *set)
{
	set->users++;
}

void
identity_key_set_release(struct identity_key_set *set)
{
	if (set == NULL || --set->users > 0)
		return;
	for (size_t i = 0; i < set->count; i++)
		identity_key_fini(&set->keys[i]);
	free(set);
}

size_t
identity_key_set_count(const struct identity_key_set *set)
{
	return set->count;
}

const struct identity_key *
identity_key_set_find(const struct identity_key_set *set, const struct identity_token *token)
{
	for (size_t i = 0; i < set->count; i++) {
		const struct identity_key *key = &set->keys[i];

		if (!key->is_ambiguous && str_equal(identity_key_id(key), token->key_id) &&
		    (key->algorithms & 1u << token->algorithm) != 0)
			return key;
	}
	return NULL;
}

/*
 * Put ${key} behind the ${*count} keys at ${keys}.  The same key again is left out; of
 * two keys with one id and an algorithm in common nobody could tell which is meant.
 */
static void
add(struct identity_key *keys, size_t *count, struct identity_key *key)
{
	for (size_t i = 0; i < *count; i++) {
		if (!str_equal(identity_key_id(&keys[i]), identity_key_id(key)) ||
		    (keys[i].algorithms & key->algorithms) == 0)
			continue;
		if (sha256_equal(keys[i].print, key->print) &&
		    keys[i].algorithms == key->algorithms) {
			identity_key_fini(key);
			return;
		}
		keys[i].is_ambiguous = true;
		key->is_ambiguous = true;
	}
	keys[(*count)++] = *key;
}

bool
identity_key_set_parse(
    struct arena *arena, struct str document, struct identity_key_set **ret, struct str *ret_reason)
{
	struct identity_key keys[IDENTITY_KEYS_MAX];
	const struct json *root, *list;
	struct str reason;
	size_t count = 0;

	if (!json_parse(arena, document, &root, ret_reason))
		return false;
	list = json_find(root, STR("keys"));
	if (list == NULL || list->type != JSON_LIST)
		return identity_unproven(STR("keys is not a list"), ret_reason);
	if (list->list.count > IDENTITY_KEYS_MAX)
		return identity_unproven(STR("there are more than 64 keys"), ret_reason);
	for (size_t i = 0; i < list->list.count; i++) {
		struct identity_key key;

		if (identity_key_from_jwk(arena, &list->list.items[i], &key, &reason))
			add(keys, &count, &key);
	}
	if (count == 0)
		return identity_unproven(
		    list->list.count == 0
			? STR("there are no keys")
			: arena_printf(
			      arena, "no key can serve; of the last one: %.*s", STR_ARG(reason)),
		    ret_reason);
	*ret = identity_key_set_create(keys, count);
	return true;
}
