#include <pthread.h>
#include <stdlib.h>

#include "api/graphql_documents.h"

/* The share of all bytes that one document may take. */
#define ONE_SHARE 8

/*
 * A document is made once to see how large it is, and again in memory of that size and some
 * more: what the validator needs on the way it has given back by then.  When it was more
 * than this, four times as much is tried, and so on.
 */
#define SLACK_BYTES 2048
#define TRIES_MAX   6

struct entry {
	struct graphql_kept kept; /* the first member: what users hold */
	struct uuid whose;
	struct sha256 hash;
	struct arena arena; /* over the bytes behind the entry */
	size_t bytes;       /* all of it */
	/* Under the lock. */
	unsigned users;
	bool listed;
	struct entry *next_in_bucket;
	struct entry *newer, *older;
};

struct graphql_documents {
	struct graphql_documents_config config;
	size_t bucket_count; /* a power of two */
	pthread_mutex_t lock;
	/* Under the lock. */
	struct entry **buckets;
	struct entry *newest, *oldest;
	struct graphql_documents_tally tally;
};

struct graphql_documents *
graphql_documents_create(const struct graphql_documents_config *config)
{
	struct graphql_documents *documents = calloc(1, sizeof(*documents));

	CHECK(documents != NULL);
	CHECK(config->count_max > 0);
	documents->config = *config;
	documents->bucket_count = 1;
	while (documents->bucket_count < config->count_max)
		documents->bucket_count *= 2;
	documents->buckets = calloc(documents->bucket_count, sizeof(struct entry *));
	CHECK(documents->buckets != NULL);
	CHECK(pthread_mutex_init(&documents->lock, NULL) == 0);
	return documents;
}

void
graphql_documents_destroy(struct graphql_documents *documents)
{
	struct entry *older;

	if (documents == NULL)
		return;
	for (struct entry *entry = documents->newest; entry != NULL; entry = older) {
		CHECK(entry->users == 0);
		older = entry->older;
		free(entry);
	}
	(void)pthread_mutex_destroy(&documents->lock);
	free(documents->buckets);
	free(documents);
}

/* ---- the list, under the lock ---- */

static struct entry **
bucket_of(struct graphql_documents *documents, struct sha256 hash)
{
	size_t at;

	memcpy(&at, hash.bytes, sizeof(at));
	return &documents->buckets[at & (documents->bucket_count - 1)];
}

static void
take_out_of_order(struct graphql_documents *documents, struct entry *entry)
{
	*(entry->newer == NULL ? &documents->newest : &entry->newer->older) = entry->older;
	*(entry->older == NULL ? &documents->oldest : &entry->older->newer) = entry->newer;
}

static void
put_newest(struct graphql_documents *documents, struct entry *entry)
{
	entry->newer = NULL;
	entry->older = documents->newest;
	*(documents->newest == NULL ? &documents->oldest : &documents->newest->newer) = entry;
	documents->newest = entry;
}

static struct entry *
find(struct graphql_documents *documents, struct uuid whose, struct sha256 hash)
{
	struct entry *entry = *bucket_of(documents, hash);

	while (
	    entry != NULL && !(sha256_equal(entry->hash, hash) && uuid_equal(entry->whose, whose)))
		entry = entry->next_in_bucket;
	return entry;
}

static void
forget(struct graphql_documents *documents, struct entry *entry)
{
	struct entry **at = bucket_of(documents, entry->hash);

	while (*at != entry)
		at = &(*at)->next_in_bucket;
	*at = entry->next_in_bucket;
	take_out_of_order(documents, entry);
	documents->tally.count--;
	documents->tally.bytes -= entry->bytes;
	entry->listed = false;
	if (entry->users == 0)
		free(entry);
}

/* ${entry}, which fits, becomes the newest; what was used longest ago makes room. */
static void
keep(struct graphql_documents *documents, struct entry *entry)
{
	struct entry **bucket = bucket_of(documents, entry->hash);

	while (documents->tally.count >= documents->config.count_max ||
	       documents->tally.bytes > documents->config.bytes_max - entry->bytes)
		forget(documents, documents->oldest);
	entry->next_in_bucket = *bucket;
	*bucket = entry;
	put_newest(documents, entry);
	entry->listed = true;
	documents->tally.count++;
	documents->tally.bytes += entry->bytes;
}

/* ---- documents ---- */

const struct graphql_kept *
graphql_documents_recall(struct graphql_documents *documents, struct uuid whose, struct sha256 hash)
{
	struct entry *entry;

	(void)pthread_mutex_lock(&documents->lock);
	entry = find(documents, whose, hash);
	if (entry != NULL) {
		take_out_of_order(documents, entry);
		put_newest(documents, entry);
		entry->users++;
	}
	(void)pthread_mutex_unlock(&documents->lock);
	return entry == NULL ? NULL : &entry->kept;
}

void
graphql_documents_release(struct graphql_documents *documents, const struct graphql_kept *kept)
{
	struct entry *entry = (struct entry *)(uintptr_t)kept;
	bool last;

	if (kept == NULL)
		return;
	(void)pthread_mutex_lock(&documents->lock);
	CHECK(entry->users > 0);
	last = --entry->users == 0 && !entry->listed;
	(void)pthread_mutex_unlock(&documents->lock);
	if (last)
		free(entry);
}

/* ${entry} is listed and used; or, when somebody else was quicker, theirs is. */
static struct entry *
list(struct graphql_documents *documents, struct entry *entry)
{
	struct entry *listed;

	(void)pthread_mutex_lock(&documents->lock);
	documents->tally.made++;
	listed = find(documents, entry->whose, entry->hash);
	if (listed == NULL) {
		listed = entry;
		if (entry->bytes <= documents->config.bytes_max / ONE_SHARE)
			keep(documents, entry);
	}
	listed->users++;
	(void)pthread_mutex_unlock(&documents->lock);
	if (listed != entry)
		free(entry);
	return listed;
}

/* ${text} in memory that lasts, which has ${bytes} for what is made of it; NULL: it cannot be. */
static struct entry *
create(const struct graphql_documents_config *config, struct str text, size_t bytes,
    struct buf *response)
{
	size_t size = sizeof(struct entry) + text.len + bytes;
	struct entry *entry = malloc(size);

	if (entry == NULL)
		return NULL;
	*entry = (struct entry){ .bytes = size };
	arena_init(&entry->arena, entry + 1, size - sizeof(struct entry));
	entry->kept.text = arena_copy(&entry->arena, text);
	entry->kept.document = graphql_prepare(
	    &entry->arena, config->schema, entry->kept.text, &config->limits, response);
	if (entry->kept.document != NULL)
		return entry;
	free(entry);
	return NULL;
}

static void
respond_no_memory(struct buf *response)
{
	response->len = 0;
	buf_str(response,
	    STR("{\"errors\":[{\"message\":\"The server has no memory for this document now.\","
		"\"extensions\":{\"code\":\"UNAVAILABLE\"}}]}"));
}

const struct graphql_kept *
graphql_documents_prepare(struct graphql_documents *documents, struct arena *arena,
    struct uuid whose, struct str text, struct buf *response)
{
	const struct graphql_documents_config *config = &documents->config;
	struct sha256 hash = sha256_of(text);
	const struct graphql_kept *kept = graphql_documents_recall(documents, whose, hash);
	struct arena_mark mark = arena_mark(arena);
	struct entry *entry = NULL;
	size_t bytes;

	if (kept != NULL)
		return kept;
	/* Once where there is room, to see whether it is valid and how large it is. */
	if (graphql_prepare(arena, config->schema, text, &config->limits, response) == NULL)
		return NULL;
	bytes = arena->used - mark.used;
	arena_release(arena, mark);
	for (size_t slack = SLACK_BYTES, i = 0; entry == NULL && i < TRIES_MAX; i++, slack *= 4)
		entry = create(config, text, bytes + slack, response);
	if (entry == NULL) {
		respond_no_memory(response);
		return NULL;
	}
	entry->whose = whose;
	entry->hash = hash;
	return &list(documents, entry)->kept;
}

struct graphql_documents_tally
graphql_documents_tally(struct graphql_documents *documents)
{
	struct graphql_documents_tally tally;

	(void)pthread_mutex_lock(&documents->lock);
	tally = documents->tally;
	(void)pthread_mutex_unlock(&documents->lock);
	return tally;
}
