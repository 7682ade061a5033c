#include "integration/telephony_failover.h"

#include <pthread.h>
#include <stdlib.h>

#include "integration/telephony_adapter.h"
#include "runtime/clock.h"

struct failover {
	struct telephony port; /* first: the port is the adapter */
	struct telephony *first, *second;
	struct str second_prefix;
	pthread_mutex_t lock; /* of what follows */
	int failures;         /* of the first, in a row */
	int64_t rests_until;  /* monotonic, in microseconds */
};

static struct failover *
failover_of(struct telephony *port)
{
	return (struct failover *)port;
}

/* Whether the first provider is to be asked first.  Whoever asks when its rest is over is the
 * one that tries; the others wait for what comes of it. */
static bool
first_goes_first(struct failover *failover)
{
	int64_t now = clock_monotonic_us();
	bool goes;

	CHECK(pthread_mutex_lock(&failover->lock) == 0);
	goes = failover->failures < TELEPHONY_FAILURES_MAX || failover->rests_until <= now;
	if (goes && failover->failures >= TELEPHONY_FAILURES_MAX)
		failover->rests_until = now + TELEPHONY_REST.us;
	CHECK(pthread_mutex_unlock(&failover->lock) == 0);
	return goes;
}

static bool
is_failure(const struct err *err)
{
	return err != NULL && (err->kind == ERR_UNAVAILABLE || err->kind == ERR_UNCERTAIN);
}

/* The first provider's ${err} was its answer, NULL: a good one. */
static void
take_note(struct failover *failover, const struct err *err)
{
	CHECK(pthread_mutex_lock(&failover->lock) == 0);
	if (!is_failure(err))
		failover->failures = 0;
	else if (failover->failures < TELEPHONY_FAILURES_MAX)
		failover->failures++;
	if (failover->failures == TELEPHONY_FAILURES_MAX && is_failure(err))
		failover->rests_until = clock_monotonic_us() + TELEPHONY_REST.us;
	CHECK(pthread_mutex_unlock(&failover->lock) == 0);
}

/* One request, to whichever provider. */
typedef struct err *(*request_f)(struct telephony *provider, struct arena *arena,
    const void *request, struct telephony_receipt *ret);

static struct err *
ask(struct failover *failover, bool first, struct arena *arena, request_f request, const void *what,
    struct telephony_receipt *ret)
{
	struct err *err;

	if (!first)
		return request(failover->second, arena, what, ret);
	err = request(failover->first, arena, what, ret);
	take_note(failover, err);
	return err;
}

static struct err *
ask_both(struct failover *failover, struct arena *arena, request_f request, const void *what,
    struct telephony_receipt *ret)
{
	bool first = first_goes_first(failover);
	struct err *err = ask(failover, first, arena, request, what, ret);
	struct err *other;

	if (err == NULL || err->kind != ERR_UNAVAILABLE)
		return err;
	other = ask(failover, !first, arena, request, what, ret);
	if (other == NULL || other->kind != ERR_UNAVAILABLE)
		return other;
	return ERR_WRAP(arena, err, "neither provider can be reached");
}

static struct err *
request_call(struct telephony *provider, struct arena *arena, const void *request,
    struct telephony_receipt *ret)
{
	return telephony_place_call(provider, arena, request, ret);
}

static struct err *
request_text(struct telephony *provider, struct arena *arena, const void *request,
    struct telephony_receipt *ret)
{
	return telephony_send_text(provider, arena, request, ret);
}

static struct err *
place_call(struct telephony *port, struct arena *arena, const struct telephony_call *call,
    struct telephony_receipt *ret)
{
	return ask_both(failover_of(port), arena, request_call, call, ret);
}

static struct err *
send_text(struct telephony *port, struct arena *arena, const struct telephony_text *text,
    struct telephony_receipt *ret)
{
	return ask_both(failover_of(port), arena, request_text, text, ret);
}

static struct err *
hang_up(struct telephony *port, struct arena *arena, const struct telephony_tenant *tenant,
    struct str provider_id)
{
	struct failover *failover = failover_of(port);
	bool is_second = str_starts_with(provider_id, failover->second_prefix);

	return telephony_hang_up(
	    is_second ? failover->second : failover->first, arena, tenant, provider_id);
}

typedef struct err *(*search_f)(struct telephony *, struct arena *, const struct telephony_search *,
    struct telephony_records *);

/* The records of both, newest first. */
static struct err *
search_both(struct failover *failover, struct arena *arena, search_f search,
    const struct telephony_search *what, struct telephony_records *ret)
{
	struct telephony_records first, second;
	struct telephony_record *all;
	size_t count = 0;

	TRY(search(failover->first, arena, what, &first));
	TRY(search(failover->second, arena, what, &second));
	all = arena_array(arena, struct telephony_record, first.count + second.count + 1);
	if (all == NULL)
		return ERR(arena, ERR_LIMIT, "no memory left to look for calls");
	for (size_t i = 0, j = 0; i < first.count || j < second.count;) {
		bool takes_first =
		    j == second.count ||
		    (i < first.count && first.at[i].created_at.us >= second.at[j].created_at.us);

		all[count++] = takes_first ? first.at[i++] : second.at[j++];
	}
	*ret = (struct telephony_records){ all, count };
	return NULL;
}

static struct err *
find_calls(struct telephony *port, struct arena *arena, const struct telephony_search *search,
    struct telephony_records *ret)
{
	return search_both(failover_of(port), arena, telephony_find_calls, search, ret);
}

static struct err *
find_texts(struct telephony *port, struct arena *arena, const struct telephony_search *search,
    struct telephony_records *ret)
{
	return search_both(failover_of(port), arena, telephony_find_texts, search, ret);
}

static void
destroy(struct telephony *port)
{
	struct failover *failover = failover_of(port);

	telephony_destroy(failover->first);
	telephony_destroy(failover->second);
	CHECK(pthread_mutex_destroy(&failover->lock) == 0);
	free(failover);
}

struct telephony *
telephony_failover_create(
    struct telephony *first, struct telephony *second, struct str second_prefix)
{
	static const struct telephony_ops ops = {
		.place_call = place_call,
		.send_text = send_text,
		.hang_up = hang_up,
		.find_calls = find_calls,
		.find_texts = find_texts,
		.destroy = destroy,
	};
	struct failover *failover = calloc(1, sizeof(*failover));

	CHECK(failover != NULL);
	failover->port.ops = &ops;
	failover->first = first;
	failover->second = second;
	failover->second_prefix = second_prefix;
	CHECK(pthread_mutex_init(&failover->lock, NULL) == 0);
	return &failover->port;
}
