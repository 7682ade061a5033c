#include "integration/render/render_token.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/sha256.h"
#include "runtime/clock.h"

/* Part of a token's life after which the next one is fetched. */
#define OLD_AT_PERCENT 80

/* How long after a failed renewal the next is tried, while the old token still serves. */
#define RENEW_AGAIN_US (INT64_C(10) * 1000000)

struct entry {
	struct sha256 key; /* of address and client id */
	pthread_mutex_t lock;
	struct entry *next;
	/* Under the lock; clock_monotonic_us(). */
	int64_t renew_at, end_at;
	size_t length; /* 0: no token */
	char token[RENDER_TOKEN_BYTES_MAX];
};

struct render_tokens {
	pthread_mutex_t lock; /* of the list; an entry stays as long as the tokens */
	struct entry *first;
	size_t count;
};

struct render_tokens *
render_tokens_create(void)
{
	struct render_tokens *tokens = calloc(1, sizeof(*tokens));

	CHECK(tokens != NULL);
	CHECK(pthread_mutex_init(&tokens->lock, NULL) == 0);
	return tokens;
}

void
render_tokens_destroy(struct render_tokens *tokens)
{
	if (tokens == NULL)
		return;
	while (tokens->first != NULL) {
		struct entry *entry = tokens->first;

		tokens->first = entry->next;
		explicit_bzero(entry->token, sizeof(entry->token));
		(void)pthread_mutex_destroy(&entry->lock);
		free(entry);
	}
	(void)pthread_mutex_destroy(&tokens->lock);
	free(tokens);
}

/* The entry of ${key}, made when there is none yet; NULL when the list is full. */
static struct entry *
find_entry(struct render_tokens *tokens, struct sha256 key)
{
	struct entry *entry;

	CHECK(pthread_mutex_lock(&tokens->lock) == 0);
	for (entry = tokens->first; entry != NULL && !sha256_equal(entry->key, key);)
		entry = entry->next;
	if (entry == NULL && tokens->count < RENDER_ACCOUNTS_MAX) {
		entry = calloc(1, sizeof(*entry));
		CHECK(entry != NULL);
		CHECK(pthread_mutex_init(&entry->lock, NULL) == 0);
		entry->key = key;
		entry->next = tokens->first;
		tokens->first = entry;
		tokens->count++;
	}
	CHECK(pthread_mutex_unlock(&tokens->lock) == 0);
	return entry;
}

static struct str
token_of(const struct entry *entry)
{
	return (struct str){ entry->token, entry->length };
}

static void
keep(struct entry *entry, const struct render_grant *grant, int64_t now)
{
	struct str token = secret_reveal(grant->token);

	CHECK(token.len > 0 && token.len <= sizeof(entry->token) && grant->life_s > 0);
	memcpy(entry->token, token.ptr, token.len);
	entry->length = token.len;
	entry->renew_at = now + grant->life_s * 1000000 / 100 * OLD_AT_PERCENT;
	entry->end_at = now + grant->life_s * 1000000;
}

/* See that ${entry}, which is locked, holds a token that may be used. */
static bool
renew(struct entry *entry, struct arena *arena, const struct render_want *want)
{
	int64_t now = clock_monotonic_us();
	struct render_grant grant;

	/* Another thread may have replaced the refused token while we waited. */
	if (str_equal(token_of(entry), secret_reveal(want->refused)))
		entry->length = 0;
	if (entry->length > 0 && now < entry->renew_at)
		return true;
	if (want->fetch(want->context, arena, &grant)) {
		keep(entry, &grant, now);
		return true;
	}
	entry->renew_at = now + RENEW_AGAIN_US;
	return entry->length > 0 && now < entry->end_at;
}

bool
render_tokens_get(struct render_tokens *tokens, struct arena *arena, const struct render_want *want,
    struct secret *ret)
{
	struct str name =
	    arena_printf(arena, "%.*s\n%.*s", STR_ARG(want->url), STR_ARG(want->client_id));
	struct entry *entry = find_entry(tokens, sha256_of(name));
	struct render_grant grant;
	bool usable;

	if (entry == NULL) {
		usable = want->fetch(want->context, arena, &grant);
		if (usable)
			*ret = grant.token;
		return usable;
	}
	CHECK(pthread_mutex_lock(&entry->lock) == 0);
	usable = renew(entry, arena, want);
	if (usable)
		*ret = secret_of(arena_copy(arena, token_of(entry)));
	CHECK(pthread_mutex_unlock(&entry->lock) == 0);
	return usable && secret_is_set(*ret);
}
