#include "identity/identity_keys.h"

#include <pthread.h>
#include <stdlib.h>

/* A JWK Set of the greatest size, its tree, and the decoded keys. */
#define SCRATCH_BYTES_MAX (16u << 20)
#define TROUBLE_BYTES_MAX 400

struct identity_keys {
	struct identity_keys_config config;
	pthread_mutex_t lock;
	pthread_cond_t settled; /* a fetch is over */
	/* Under the lock. */
	bool fetching;
	uint64_t fetches; /* that are over */
	struct identity_key_set *set;
	struct duration fresh;
	bool tried;
	struct instant fetched_at; /* when the set came */
	struct instant tried_at;   /* when the last fetch was over */
	unsigned failures;         /* since the set came */
	char trouble[TROUBLE_BYTES_MAX];
	size_t trouble_length;
};

struct identity_keys *
identity_keys_create(const struct identity_keys_config *config)
{
	struct identity_keys *keys = calloc(1, sizeof(*keys));

	CHECK(keys != NULL);
	keys->config = *config;
	CHECK(pthread_mutex_init(&keys->lock, NULL) == 0);
	CHECK(pthread_cond_init(&keys->settled, NULL) == 0);
	return keys;
}

void
identity_keys_destroy(struct identity_keys *keys)
{
	if (keys == NULL)
		return;
	identity_key_set_release(keys->set);
	(void)pthread_cond_destroy(&keys->settled);
	(void)pthread_mutex_destroy(&keys->lock);
	free(keys);
}

/* -- ages; all under the lock -- */

/* Whether less than ${length} has passed since ${then}. */
static bool
is_within(struct instant now, struct instant then, struct duration length)
{
	int64_t age = instant_since(now, then).us;

	return age >= 0 && age < length.us;
}

static bool
is_fresh(const struct identity_keys *keys, struct instant now)
{
	return keys->set != NULL && is_within(now, keys->fetched_at, keys->fresh);
}

/* A jump back of the clock makes a set stale, but not older than it may be. */
static bool
may_serve(const struct identity_keys *keys, struct instant now)
{
	return keys->set != NULL &&
	       instant_since(now, keys->fetched_at).us < IDENTITY_KEYS_STALE_MAX.us;
}

static struct duration
pause_of(const struct identity_keys *keys)
{
	int64_t pause = IDENTITY_KEYS_PAUSE.us;

	if (keys->failures == 0)
		return keys->config.unknown_pause;
	for (unsigned i = 1; i < keys->failures && pause < IDENTITY_KEYS_PAUSE_MAX.us; i++)
		pause *= 2;
	return pause < IDENTITY_KEYS_PAUSE_MAX.us ? (struct duration){ pause }
						  : IDENTITY_KEYS_PAUSE_MAX;
}

static bool
may_fetch(const struct identity_keys *keys, struct instant now)
{
	return !keys->fetching && (!keys->tried || !is_within(now, keys->tried_at, pause_of(keys)));
}

/* -- fetching -- */

static void
log_fetch(const struct identity_keys *keys, const struct err *fault, size_t count)
{
	struct log_line line;

	if (keys->config.log == NULL)
		return;
	line = log_line(keys->config.log, fault == NULL ? LOG_INFO : LOG_WARNING, "identity-keys");
	log_text(&line, "source", str_from_z(keys->config.name));
	if (fault == NULL)
		log_int(&line, "keys", (int64_t)count);
	else
		log_fault(&line, fault);
	log_emit(&line);
}

/* Note what a fetch has come to: ${set}, or ${fault}. */
static void
settle(struct identity_keys *keys, struct identity_key_set *set, struct duration fresh,
    const struct err *fault)
{
	struct buf trouble = buf_over(keys->trouble, sizeof(keys->trouble));

	keys->tried = true;
	keys->tried_at = clock_now(keys->config.clock);
	if (fault != NULL) {
		keys->failures++;
		err_format(fault, &trouble);
		keys->trouble_length = trouble.len;
		return;
	}
	identity_key_set_release(keys->set);
	keys->set = set;
	keys->fresh = fresh;
	keys->fetched_at = keys->tried_at;
	keys->failures = 0;
}

/* Fetch, while the lock is open; the others see that somebody does. */
static void
fetch(struct identity_keys *keys)
{
	struct arena *scratch = arena_create(SCRATCH_BYTES_MAX);
	struct identity_key_set *set = NULL;
	struct duration fresh = IDENTITY_KEYS_FRESH_DEFAULT;
	struct err *fault;

	keys->fetching = true;
	CHECK(pthread_mutex_unlock(&keys->lock) == 0);
	fault = keys->config.fetch(keys->config.context, scratch, &set, &fresh);
	log_fetch(keys, fault, fault == NULL ? identity_key_set_count(set) : 0);
	CHECK(pthread_mutex_lock(&keys->lock) == 0);
	settle(keys, set, fresh, fault);
	keys->fetching = false;
	keys->fetches++;
	(void)pthread_cond_broadcast(&keys->settled);
	arena_destroy(scratch);
}

/* Wait for the fetch under way, which its deadline bounds. */
static void
await(struct identity_keys *keys)
{
	uint64_t seen = keys->fetches;

	while (keys->fetches == seen)
		(void)pthread_cond_wait(&keys->settled, &keys->lock);
}

/* -- finding -- */

static const struct identity_key *
look(const struct identity_keys *keys, const struct identity_token *token)
{
	if (!may_serve(keys, clock_now(keys->config.clock)))
		return NULL;
	return identity_key_set_find(keys->set, token);
}

/* See that the key is there, if it can be had: one fetch, one wait, never both. */
static const struct identity_key *
look_hard(struct identity_keys *keys, const struct identity_token *token)
{
	struct instant now = clock_now(keys->config.clock);
	const struct identity_key *key = look(keys, token);

	if (key != NULL && is_fresh(keys, now))
		return key;
	if (may_fetch(keys, now))
		fetch(keys);
	else if (key == NULL && keys->fetching)
		await(keys);
	else
		return key;
	return look(keys, token);
}

/* Why there is no key: NULL when the issuer has none such, else that it could not be asked. */
static struct err *
explain(const struct identity_keys *keys, struct arena *arena)
{
	if (keys->failures == 0 && may_serve(keys, clock_now(keys->config.clock)))
		return NULL;
	return err_explain(ERR(arena, ERR_UNAVAILABLE, "could not get the keys of %s: %.*s",
			       keys->config.name, (int)keys->trouble_length, keys->trouble),
	    STR("Tokens under keys that are not known cannot be verified until they are."),
	    STR("See that this server reaches the issuer that the settings name."));
}

struct err *
identity_keys_find(struct identity_keys *keys, struct arena *arena,
    const struct identity_token *token, struct identity_key_set **ret_set,
    const struct identity_key **ret_key)
{
	struct err *fault = NULL;

	*ret_set = NULL;
	CHECK(pthread_mutex_lock(&keys->lock) == 0);
	*ret_key = look_hard(keys, token);
	if (*ret_key != NULL) {
		*ret_set = keys->set;
		identity_key_set_acquire(keys->set);
	} else {
		fault = explain(keys, arena);
	}
	CHECK(pthread_mutex_unlock(&keys->lock) == 0);
	return fault;
}

bool
identity_keys_any(struct identity_keys *keys)
{
	bool any;

	CHECK(pthread_mutex_lock(&keys->lock) == 0);
	any = keys->set != NULL && identity_key_set_count(keys->set) > 0;
	CHECK(pthread_mutex_unlock(&keys->lock) == 0);
	return any;
}

struct duration
identity_keys_fresh(struct str header)
{
	struct duration fresh = IDENTITY_KEYS_FRESH_DEFAULT;

	while (!str_empty(header)) {
		struct str directive = str_trim(str_cut(&header, ','));
		struct str name = str_trim(str_cut(&directive, '='));
		int64_t seconds;

		if (str_equal_nocase(name, STR("max-age")) && directive.len < 10 &&
		    str_parse_i64(str_trim(directive), &seconds))
			fresh = SECONDS(seconds);
		if (str_equal_nocase(name, STR("no-store")) ||
		    str_equal_nocase(name, STR("no-cache")))
			fresh = IDENTITY_KEYS_FRESH_MIN;
	}
	if (fresh.us < IDENTITY_KEYS_FRESH_MIN.us)
		return IDENTITY_KEYS_FRESH_MIN;
	return fresh.us > IDENTITY_KEYS_FRESH_MAX.us ? IDENTITY_KEYS_FRESH_MAX : fresh;
}
