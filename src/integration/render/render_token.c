#include "integration/render/render_token.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/sha256.h"

/* Part of a token's life after which the next one is fetched, and how much sooner at most. */
#define OLD_AT_PERCENT 80
#define SOONER_PERCENT 10

/* How long after a failed renewal the next is tried, while the old token still serves. */
#define RENEW_AGAIN_US (INT64_C(10) * 1000000)

#define DETAIL_BYTES_MAX 512

struct entry {
	const struct render_tokens *tokens; /* that it belongs to */
	struct sha256 key;                  /* of the account */
	pthread_mutex_t lock;
	pthread_cond_t fetched; /* a request for a token is over */
	struct entry *next;
	/* Under the lock. */
	int64_t renew_at, end_at; /* by now_us() */
	uint64_t serial;          /* of the token; how many there have been */
	uint64_t fetches;         /* that are over */
	bool fetching;            /* one is under way */
	bool failed;              /* the last one; and why: */
	enum sync_fault fault;
	int64_t retry_after_s;
	size_t detail_bytes;
	char detail[DETAIL_BYTES_MAX];
	size_t length; /* 0: no token */
	char token[RENDER_TOKEN_BYTES_MAX];
};

struct render_tokens {
	int64_t (*now_us)(void);
	double (*chance)(void);
	pthread_mutex_t lock; /* of the list; an entry stays as long as the tokens */
	struct entry *first;
	size_t count;
};

struct render_tokens *
render_tokens_create(int64_t (*now_us)(void), double (*chance)(void))
{
	struct render_tokens *tokens = calloc(1, sizeof(*tokens));

	CHECK(tokens != NULL);
	tokens->now_us = now_us;
	tokens->chance = chance;
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
		(void)pthread_cond_destroy(&entry->fetched);
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
		CHECK(pthread_cond_init(&entry->fetched, NULL) == 0);
		entry->tokens = tokens;
		entry->key = key;
		entry->next = tokens->first;
		tokens->first = entry;
		tokens->count++;
	}
	CHECK(pthread_mutex_unlock(&tokens->lock) == 0);
	return entry;
}

/* -- one entry, under its lock -- */

static void
keep(struct entry *entry, const struct render_grant *grant, int64_t asked_at)
{
	struct str token = secret_reveal(grant->token);
	int64_t life_us = grant->life_s * 1000000;
	int64_t sooner_us =
	    (int64_t)(entry->tokens->chance() * (double)(life_us / 100 * SOONER_PERCENT));

	CHECK(token.len > 0 && token.len <= sizeof(entry->token) && grant->life_s > 0);
	memcpy(entry->token, token.ptr, token.len);
	entry->length = token.len;
	entry->serial++;
	entry->renew_at = asked_at + life_us / 100 * OLD_AT_PERCENT - sooner_us;
	entry->end_at = asked_at + life_us;
}

/* Remember ${trouble} for those who wait. */
static void
keep_trouble(struct entry *entry, const struct fieldwork_trouble *trouble)
{
	struct str detail = trouble->detail;

	entry->fault = trouble->fault;
	entry->retry_after_s = trouble->retry_after_s;
	entry->detail_bytes = detail.len < DETAIL_BYTES_MAX ? detail.len : DETAIL_BYTES_MAX;
	if (entry->detail_bytes > 0)
		memcpy(entry->detail, detail.ptr, entry->detail_bytes);
}

static void
share_trouble(const struct entry *entry, struct arena *arena, struct fieldwork_trouble *ret)
{
	struct str detail = { entry->detail, entry->detail_bytes };

	*ret = (struct fieldwork_trouble){ .fault = entry->fault,
		.detail = arena_copy(arena, detail),
		.retry_after_s = entry->retry_after_s };
}

static bool
serves(const struct entry *entry)
{
	return entry->length > 0 && entry->tokens->now_us() < entry->end_at;
}

static bool
is_old(const struct entry *entry)
{
	return entry->tokens->now_us() >= entry->renew_at;
}

/* Fetch the next token; the lock is given up meanwhile. */
static void
fetch(struct entry *entry, struct arena *arena, const struct render_want *want)
{
	int64_t asked_at = entry->tokens->now_us();
	struct render_grant grant;
	bool fetched;

	entry->fetching = true;
	CHECK(pthread_mutex_unlock(&entry->lock) == 0);
	fetched = want->fetch(want->context, arena, &grant);
	CHECK(pthread_mutex_lock(&entry->lock) == 0);
	entry->fetching = false;
	entry->fetches++;
	entry->failed = !fetched;
	if (fetched) {
		keep(entry, &grant, asked_at);
	} else {
		keep_trouble(entry, want->trouble);
		entry->renew_at = asked_at + RENEW_AGAIN_US;
	}
	CHECK(pthread_cond_broadcast(&entry->fetched) == 0);
}

/* Wait until the request that is under way is over. */
static void
wait_for_fetch(struct entry *entry)
{
	uint64_t fetches = entry->fetches;

	while (entry->fetches == fetches)
		CHECK(pthread_cond_wait(&entry->fetched, &entry->lock) == 0);
}

/* Tell why there is no token.  Always false. */
static bool
tell(const struct entry *entry, struct arena *arena, const struct render_want *want)
{
	share_trouble(entry, arena, want->trouble);
	return false;
}

/* See that ${entry} holds a token that may be used. */
static bool
renew(struct entry *entry, struct arena *arena, const struct render_want *want)
{
	/* Another thread may have replaced the refused token already. */
	if (want->refused != 0 && want->refused == entry->serial)
		entry->length = 0;
	for (;;) {
		if (serves(entry) && (!is_old(entry) || entry->fetching))
			return true;
		if (!entry->fetching) {
			fetch(entry, arena, want);
			/* What was just fetched is tried, however short its life. */
			return !entry->failed || serves(entry) || tell(entry, arena, want);
		}
		wait_for_fetch(entry);
		if (entry->failed && !serves(entry))
			return tell(entry, arena, want);
	}
}

/* -- all of them -- */

/* Of an account that is not kept. */
static bool
get_afresh(struct arena *arena, const struct render_want *want, struct render_pass *ret)
{
	struct render_grant grant;

	if (!want->fetch(want->context, arena, &grant))
		return false;
	*ret = (struct render_pass){ .token = grant.token };
	return true;
}

struct sha256
render_account_of(struct arena *arena, struct uuid organisation, struct str url,
    struct str client_id, struct str secret_ref)
{
	return sha256_of(
	    arena_printf(arena, "%.*s\n%.*s\n%.*s\n%.*s", STR_ARG(uuid_text(arena, organisation)),
		STR_ARG(url), STR_ARG(client_id), STR_ARG(secret_ref)));
}

bool
render_tokens_get(struct render_tokens *tokens, struct arena *arena, const struct render_want *want,
    struct render_pass *ret)
{
	struct sha256 account = render_account_of(
	    arena, want->organisation, want->url, want->client_id, want->secret_ref);
	struct entry *entry;
	bool usable;

	/* Without memory for its name it would be another account. */
	if (arena_exhausted(arena))
		return false;
	entry = find_entry(tokens, account);
	if (entry == NULL)
		return get_afresh(arena, want, ret);
	CHECK(pthread_mutex_lock(&entry->lock) == 0);
	usable = renew(entry, arena, want);
	if (usable) {
		struct str token = { entry->token, entry->length };

		*ret = (struct render_pass){ secret_of(arena_copy(arena, token)), entry->serial };
	}
	CHECK(pthread_mutex_unlock(&entry->lock) == 0);
	return usable && secret_is_set(ret->token);
}
