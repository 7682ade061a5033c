#include "runtime/rate_limit.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/sha256.h"

#define WAYS       7  /* buckets of a set, beside the shared one */
#define LOCKS      64 /* each for every 64th set */
#define MINUTE_US  INT64_C(60000000)
#define SECRET_LEN 16

struct bucket {
	uint64_t key;
	int64_t full_us; /* when it will be full; in the past: it is, and may go */
};

/* Two cache lines. */
struct set {
	struct bucket own[WAYS];
	struct bucket shared; /* of all who have no place; its key means nothing */
};

struct rate_limit {
	uint8_t secret[SECRET_LEN];
	pthread_mutex_t locks[LOCKS];
	size_t set_count; /* a power of two */
	struct set *sets;
};

struct rate_limit *
rate_limit_create(size_t entries, const uint8_t secret[SECRET_LEN])
{
	struct rate_limit *limit = calloc(1, sizeof(*limit));

	CHECK(limit != NULL);
	memcpy(limit->secret, secret, SECRET_LEN);
	limit->set_count = 1;
	while (limit->set_count * WAYS < entries)
		limit->set_count *= 2;
	limit->sets = calloc(limit->set_count, sizeof(*limit->sets));
	CHECK(limit->sets != NULL);
	for (size_t i = 0; i < LOCKS; i++)
		CHECK(pthread_mutex_init(&limit->locks[i], NULL) == 0);
	return limit;
}

void
rate_limit_destroy(struct rate_limit *limit)
{
	if (limit == NULL)
		return;
	for (size_t i = 0; i < LOCKS; i++)
		(void)pthread_mutex_destroy(&limit->locks[i]);
	free(limit->sets);
	free(limit);
}

uint64_t
rate_limit_key(const struct rate_limit *limit, struct str kind, struct str name)
{
	const char length = (char)kind.len;
	struct sha256_sum sum;
	struct sha256 digest;
	uint64_t key;

	/* The length keeps ("ab", "c") and ("a", "bc") apart. */
	CHECK(kind.len < 128);
	sha256_begin(&sum);
	sha256_add(&sum, (struct str){ (const char *)limit->secret, SECRET_LEN });
	sha256_add(&sum, (struct str){ &length, 1 });
	sha256_add(&sum, kind);
	sha256_add(&sum, name);
	digest = sha256_end(&sum);
	memcpy(&key, digest.bytes, sizeof(key));
	return key;
}

static struct bucket *
find_bucket(struct set *set, uint64_t key, int64_t now_us)
{
	struct bucket *free_one = NULL;

	for (size_t i = 0; i < WAYS; i++) {
		struct bucket *bucket = &set->own[i];

		if (bucket->full_us > now_us && bucket->key == key)
			return bucket;
		if (bucket->full_us <= now_us)
			free_one = bucket;
	}
	if (free_one == NULL)
		return &set->shared;
	free_one->key = key;
	return free_one;
}

struct rate_rule
rate_rule_per_min(int64_t per_min, int64_t burst)
{
	CHECK(per_min >= 0 && per_min <= MINUTE_US);
	return (struct rate_rule){ per_min == 0 ? 0 : MINUTE_US / per_min, burst };
}

/*
 * Take ${cost} out of the bucket, or, when it is not there, what is there if ${some} will
 * do.  How long it takes until it will be there; 0 when it was.
 */
static int64_t
take(struct rate_limit *limit, uint64_t key, struct rate_rule rule, int64_t cost, int64_t now_us,
    bool some)
{
	size_t index = (size_t)(key & (limit->set_count - 1));
	pthread_mutex_t *lock = &limit->locks[index % LOCKS];
	int64_t latest_us = now_us + rule.every_us * rule.burst, full_us, wait_us;
	struct bucket *bucket;

	(void)pthread_mutex_lock(lock);
	bucket = find_bucket(&limit->sets[index], key, now_us);
	full_us = (bucket->full_us > now_us ? bucket->full_us : now_us) + rule.every_us * cost;
	wait_us = full_us > latest_us ? full_us - latest_us : 0;
	if (wait_us == 0)
		bucket->full_us = full_us;
	else if (some && bucket->full_us < latest_us)
		bucket->full_us = latest_us;
	(void)pthread_mutex_unlock(lock);
	return wait_us;
}

bool
rate_limit_take(struct rate_limit *limit, uint64_t key, struct rate_rule rule, int64_t cost,
    int64_t now_us, int64_t *ret_wait_us)
{
	*ret_wait_us = 0;
	if (rule.every_us > 0)
		*ret_wait_us = take(limit, key, rule, cost, now_us, false);
	return *ret_wait_us == 0;
}

void
rate_limit_charge(
    struct rate_limit *limit, uint64_t key, struct rate_rule rule, int64_t cost, int64_t now_us)
{
	if (rule.every_us > 0)
		(void)take(limit, key, rule, cost, now_us, true);
}
