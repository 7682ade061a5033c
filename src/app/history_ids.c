#include "app/history_ids.h"

#include <stdlib.h>

#define CAPACITY_FIRST 256

void
history_ids_fini(struct history_ids *ids)
{
	free(ids->slots);
	*ids = (struct history_ids){ .slots = NULL };
}

/* Where ${id} stands, or would. */
static struct history_id *
slot_of(const struct history_ids *ids, struct uuid id)
{
	struct sha256 digest = sha256_of((struct str){ (const char *)id.bytes, sizeof(id.bytes) });
	size_t at = 0;

	/* Ids come from a file that anybody may have made: no order of theirs is trusted. */
	memcpy(&at, digest.bytes, sizeof(at));
	for (at &= ids->capacity - 1;; at = (at + 1) & (ids->capacity - 1)) {
		struct history_id *slot = &ids->slots[at];

		if (uuid_is_nil(slot->id) || uuid_equal(slot->id, id))
			return slot;
	}
}

static void
grow(struct history_ids *ids)
{
	struct history_ids larger = {
		.capacity = ids->capacity == 0 ? CAPACITY_FIRST : 2 * ids->capacity,
		.count = ids->count,
	};

	larger.slots = calloc(larger.capacity, sizeof(*larger.slots));
	CHECK(larger.slots != NULL);
	for (size_t i = 0; i < ids->capacity; i++) {
		if (!uuid_is_nil(ids->slots[i].id))
			*slot_of(&larger, ids->slots[i].id) = ids->slots[i];
	}
	free(ids->slots);
	*ids = larger;
}

struct history_id *
history_ids_get(struct history_ids *ids, struct uuid id, bool *ret_is_new)
{
	struct history_id *slot;

	CHECK(!uuid_is_nil(id));
	/* Half of it stays empty, so that a search is short. */
	if (2 * ids->count >= ids->capacity)
		grow(ids);
	slot = slot_of(ids, id);
	*ret_is_new = uuid_is_nil(slot->id);
	if (*ret_is_new) {
		slot->id = id;
		ids->count++;
	}
	return slot;
}

bool
history_ids_has(const struct history_ids *ids, struct uuid id)
{
	return ids->capacity > 0 && !uuid_is_nil(id) && !uuid_is_nil(slot_of(ids, id)->id);
}
