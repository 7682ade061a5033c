#include "identity/identity_alb_keys.h"

#include <pthread.h>
#include <stdlib.h>

#include "proto/url.h"

#define KEY_ID_BYTES_MAX 64
#define URL_BYTES_MAX    2048

/* The key of one id, or that there is none. */
struct slot {
	const struct identity_alb_keys *owner;
	char id[KEY_ID_BYTES_MAX];
	size_t id_length;
	struct identity_keys *keys; /* NULL: the slot is free */
	unsigned users;             /* threads that are at ${keys} */
	uint64_t used;              /* the turn of its last use */
};

struct identity_alb_keys {
	struct identity_alb_keys_config config;
	pthread_mutex_t lock;
	/* Under the lock. */
	struct slot slots[IDENTITY_ALB_KEYS_MAX];
	uint64_t turn;
	struct instant minute; /* when the minute began in which ${new_ids} came */
	unsigned new_ids;
};

struct identity_alb_keys *
identity_alb_keys_create(const struct identity_alb_keys_config *config)
{
	struct identity_alb_keys *keys = calloc(1, sizeof(*keys));

	CHECK(keys != NULL);
	keys->config = *config;
	keys->minute = clock_now(config->clock);
	CHECK(pthread_mutex_init(&keys->lock, NULL) == 0);
	return keys;
}

void
identity_alb_keys_destroy(struct identity_alb_keys *keys)
{
	if (keys == NULL)
		return;
	for (size_t i = 0; i < COUNT_OF(keys->slots); i++)
		identity_keys_destroy(keys->slots[i].keys);
	(void)pthread_mutex_destroy(&keys->lock);
	free(keys);
}

bool
identity_alb_key_id_is(struct str id)
{
	for (size_t i = 0; i < id.len; i++) {
		char c = id.ptr[i];

		if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
		    c != '-')
			return false;
	}
	return id.len > 0 && id.len <= KEY_ID_BYTES_MAX;
}

static struct str
id_of(const struct slot *slot)
{
	return (struct str){ slot->id, slot->id_length };
}

static struct err *
fetch(void *context, struct arena *arena, struct identity_key_set **ret, struct duration *ret_fresh)
{
	const struct slot *slot = context;
	struct buf url = buf_in(arena, URL_BYTES_MAX);
	struct identity_document document;
	struct identity_key key;

	url_begin(&url, slot->owner->config.key_url);
	if (!url_append_segment(&url, id_of(slot)) || url.overflowed)
		return ERR(arena, ERR_LIMIT, "the key's URL is too long");
	TRY(identity_fetch(&slot->owner->config.fetcher, arena, buf_view(&url), &document));
	/* There is no such key: AWS says 403 for what it does not show. */
	if (document.status >= 400 && document.status <= 404) {
		*ret = identity_key_set_create(NULL, 0);
		return NULL;
	}
	if (document.status != 200)
		return ERR(arena, ERR_UNAVAILABLE, "GET %.*s: status %d", STR_ARG(buf_view(&url)),
		    document.status);
	if (!identity_key_from_pem(arena, document.body, id_of(slot), &key))
		return ERR(arena, ERR_CORRUPT, "%.*s is no PEM text of a P-256 key",
		    STR_ARG(buf_view(&url)));
	*ret = identity_key_set_create(&key, 1);
	*ret_fresh = identity_keys_fresh(document.cache_control);
	return NULL;
}

/* -- slots; all under the lock -- */

static struct slot *
find_slot(struct identity_alb_keys *keys, struct str id)
{
	for (size_t i = 0; i < COUNT_OF(keys->slots); i++) {
		if (keys->slots[i].keys != NULL && str_equal(id_of(&keys->slots[i]), id))
			return &keys->slots[i];
	}
	return NULL;
}

/* Whether one more new id may be asked for in this minute. */
static bool
take_new(struct identity_alb_keys *keys)
{
	struct instant now = clock_now(keys->config.clock);
	int64_t age = instant_since(now, keys->minute).us;

	if (age < 0 || age >= MINUTES(1).us) {
		keys->minute = now;
		keys->new_ids = 0;
	}
	return keys->new_ids < IDENTITY_ALB_NEW_MAX && keys->new_ids++ < IDENTITY_ALB_NEW_MAX;
}

/* Whether ${a} is given up rather than ${b}. */
static bool
is_worth_less(const struct slot *a, const struct slot *b)
{
	bool any_a = identity_keys_any(a->keys), any_b = identity_keys_any(b->keys);

	return any_a != any_b ? !any_a : a->used < b->used;
}

/* A slot that is free, if need be because it was made so; NULL when all are in use. */
static struct slot *
free_slot(struct identity_alb_keys *keys)
{
	struct slot *least = NULL;

	for (size_t i = 0; i < COUNT_OF(keys->slots); i++) {
		struct slot *slot = &keys->slots[i];

		if (slot->keys == NULL)
			return slot;
		if (slot->users == 0 && (least == NULL || is_worth_less(slot, least)))
			least = slot;
	}
	if (least == NULL)
		return NULL;
	identity_keys_destroy(least->keys);
	*least = (struct slot){ .keys = NULL };
	return least;
}

static struct slot *
add_slot(struct identity_alb_keys *keys, struct str id)
{
	struct slot *slot = take_new(keys) ? free_slot(keys) : NULL;

	if (slot == NULL)
		return NULL;
	CHECK(id.len <= sizeof(slot->id));
	slot->owner = keys;
	memcpy(slot->id, id.ptr, id.len);
	slot->id_length = id.len;
	slot->keys = identity_keys_create(&(struct identity_keys_config){
	    .name = "alb",
	    .clock = keys->config.clock,
	    .log = keys->config.log,
	    .unknown_pause = IDENTITY_ALB_UNKNOWN_FOR,
	    .fetch = fetch,
	    .context = slot,
	});
	return slot;
}

static struct slot *
acquire(struct identity_alb_keys *keys, struct str id)
{
	struct slot *slot;

	CHECK(pthread_mutex_lock(&keys->lock) == 0);
	slot = find_slot(keys, id);
	if (slot == NULL)
		slot = add_slot(keys, id);
	if (slot != NULL) {
		slot->users++;
		slot->used = ++keys->turn;
	}
	CHECK(pthread_mutex_unlock(&keys->lock) == 0);
	return slot;
}

static void
release(struct identity_alb_keys *keys, struct slot *slot)
{
	CHECK(pthread_mutex_lock(&keys->lock) == 0);
	slot->users--;
	CHECK(pthread_mutex_unlock(&keys->lock) == 0);
}

struct err *
identity_alb_keys_find(struct identity_alb_keys *keys, struct arena *arena,
    const struct identity_token *token, struct identity_key_set **ret_set,
    const struct identity_key **ret_key)
{
	struct slot *slot = acquire(keys, token->key_id);
	struct err *fault;

	if (slot == NULL)
		return ERR(arena, ERR_UNAVAILABLE,
		    "too many keys of load balancers that were never seen are asked for");
	fault = identity_keys_find(slot->keys, arena, token, ret_set, ret_key);
	release(keys, slot);
	return fault;
}
