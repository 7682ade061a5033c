#include "bench_load.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "base/json.h"
#include "runtime/clock.h"
#include "runtime/random.h"

#define CONNECTIONS_MAX   64
#define SCRATCH_BYTES     (1u << 20)
#define JOURNAL_BYTES     (64u << 20)
#define REQUEST_TIMEOUT   SECONDS(30)
#define BEGIN_AFTER_US    100000
#define PAGES_PATIENCE_US INT64_C(30000000)

#define QUERY                                                                        \
	"mutation($input: CreateEcoInput!) { createEco(input: $input) { __typename " \
	"... on CreateEcoSuccess { eco { id jobNumber } } ... on Refusal { code message } } }"

struct load {
	struct world *world;
	const struct load_plan *plan;
	struct load_eco *ecos;
	atomic_size_t next;
	atomic_size_t failures;
};

static void
sleep_until(int64_t monotonic_us)
{
	struct timespec until = { .tv_sec = monotonic_us / 1000000,
		.tv_nsec = monotonic_us % 1000000 * 1000 };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) != 0)
		;
}

/* The mutation for arrival ${index}; places differ, all of them in one region. */
static struct str
body(struct arena *arena, size_t index)
{
	struct uuid key = random_uuid(clock_system_now());

	return arena_printf(arena,
	    "{\"query\":\"" QUERY "\",\"variables\":{\"input\":{\"idempotencyKey\":\"%.*s\","
	    "\"location\":{\"type\":\"Point\",\"coordinates\":[-97.7%03zu,30.3%03zu]},"
	    "\"jobType\":\"MFR\",\"description\":\"Loss of light %zu\","
	    "\"osp\":\"hill-country-osp\"}}}",
	    STR_ARG(uuid_text(arena, key)), index % 1000, index * 7 % 1000, index);
}

/* Take the id out of the answer; false when there is none. */
static bool
read_id(struct arena *arena, const struct http_answer *answer, char ret[37])
{
	const struct json *document, *eco;
	struct str reason, id;

	if (answer->status != 200 || !json_parse(arena, answer->body, &document, &reason))
		return false;
	eco = json_find(json_find(json_find(document, STR("data")), STR("createEco")), STR("eco"));
	id = json_text_or(eco, STR("id"), STR(""));
	if (id.len != 36)
		return false;
	memcpy(ret, id.ptr, id.len);
	return true;
}

static bool
create(struct load *load, struct arena *arena, size_t index)
{
	struct load_eco *eco = &load->ecos[index];
	struct http_answer *answer = arena_new(arena, struct http_answer);
	struct http_header headers[] = {
		{ STR("Content-Type"), STR("application/json") },
		{ STR("Strike-Development-Identity"), STR("operator@lone-star-noc") },
	};
	struct http_call call = { .method = "POST",
		.url = arena_printf(arena, "%.*s/graphql", STR_ARG(load->world->server_url)),
		.headers = headers,
		.header_count = COUNT_OF(headers),
		.body = body(arena, index),
		.timeout = REQUEST_TIMEOUT };
	struct err *err;

	CHECK(answer != NULL);
	sleep_until(eco->scheduled_us);
	eco->sent_us = clock_monotonic_us();
	err = http_client_send(load->world->client, arena, &call, answer);
	eco->answered_us = clock_monotonic_us();
	return err == NULL && read_id(arena, answer, eco->id);
}

static void *
work(void *argument)
{
	struct load *load = argument;
	struct arena *arena = arena_create(SCRATCH_BYTES);
	size_t index;

	while ((index = atomic_fetch_add(&load->next, 1)) < load->plan->count) {
		arena_reset(arena);
		if (!create(load, arena, index))
			atomic_fetch_add(&load->failures, 1);
	}
	arena_destroy(arena);
	return NULL;
}

struct err *
load_run(struct world *world, const struct load_plan *plan, struct load_eco *ret)
{
	struct load load = { .world = world, .plan = plan, .ecos = ret };
	pthread_t threads[CONNECTIONS_MAX];
	int64_t begin_us = clock_monotonic_us() + BEGIN_AFTER_US;

	CHECK(plan->connections <= CONNECTIONS_MAX);
	for (size_t i = 0; i < plan->count; i++)
		ret[i] = (struct load_eco){ .scheduled_us = begin_us + (int64_t)((double)i * 1e6 /
										 plan->rate) };
	for (size_t i = 0; i < plan->connections; i++)
		CHECK(pthread_create(&threads[i], NULL, work, &load) == 0);
	for (size_t i = 0; i < plan->connections; i++)
		CHECK(pthread_join(threads[i], NULL) == 0);
	if (load.failures > 0)
		return ERR(world->arena, ERR_UNAVAILABLE, "%zu of %zu ECOs could not be created",
		    (size_t)load.failures, plan->count);
	return NULL;
}

/* The first call of an ECO is what is looked for; later ones change nothing. */
static void
take_call(struct load_eco *ecos, size_t count, const struct json *entry, size_t *found)
{
	struct str url = json_text_or(entry, STR("url"), STR(""));
	size_t at = str_find(url, STR("eco="));

	if (!str_equal(json_text_or(entry, STR("kind"), STR("")), STR("call")) || at == SIZE_MAX ||
	    url.len < at + 4 + 36)
		return;
	for (size_t i = 0; i < count; i++) {
		if (memcmp(ecos[i].id, url.ptr + at + 4, 36) != 0)
			continue;
		if (ecos[i].paged_us == 0) {
			ecos[i].paged_us = json_int_or(entry, STR("realUs"), 0);
			(*found)++;
		}
		return;
	}
}

/* One page of the journal; ${*after} moves on, ${*ret_more} says whether there was anything. */
static struct err *
read_page(struct world *world, struct arena *arena, int64_t *after, const struct json **ret)
{
	struct http_answer *answer = arena_new(arena, struct http_answer);
	struct http_call call = { .method = "GET",
		.url = arena_printf(arena, "%.*s/control/journal?after=%lld",
		    STR_ARG(world->mock_url), (long long)*after),
		.timeout = REQUEST_TIMEOUT };
	const struct json *document;
	struct str reason;

	CHECK(answer != NULL);
	TRY(http_client_send(world->client, arena, &call, answer));
	if (!json_parse(arena, answer->body, &document, &reason))
		return ERR(world->arena, ERR_CORRUPT, "the journal: %.*s", STR_ARG(reason));
	*ret = json_find(document, STR("entries"));
	*after += (int64_t)(*ret)->list.count;
	return NULL;
}

static struct err *
find_pages(struct world *world, struct arena *arena, struct load_eco *ecos, size_t count)
{
	int64_t after = 0, until_us = clock_monotonic_us() + PAGES_PATIENCE_US;
	const struct json *entries = NULL;
	size_t found = 0;

	while (found < count && clock_monotonic_us() < until_us) {
		arena_reset(arena);
		TRY(read_page(world, arena, &after, &entries));
		for (size_t i = 0; i < entries->list.count; i++)
			take_call(ecos, count, &entries->list.items[i], &found);
		if (entries->list.count == 0)
			sleep_until(clock_monotonic_us() + 100000);
	}
	if (found < count)
		return ERR(world->arena, ERR_UNAVAILABLE, "%zu of %zu ECOs were never paged",
		    count - found, count);
	return NULL;
}

struct err *
load_find_pages(struct world *world, struct load_eco *ecos, size_t count)
{
	struct arena *arena = arena_create(JOURNAL_BYTES);
	struct err *err = find_pages(world, arena, ecos, count);

	arena_destroy(arena);
	return err;
}
