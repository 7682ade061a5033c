#include <stdatomic.h>

#include "api/graphql_eco.h"
#include "app/visible.h"
#include "runtime/futex.h"

/*
 * sees: an answer that has the caller's writes in it.  A worker waits, in no
 * transaction, until the board shows them: woken when this process has brought the
 * board on, and looking by itself for what another process does.
 */

#define WAIT_REAL_MAX_US INT64_C(2000000) /* of one request, however many fields wait */
#define LOOK_EVERY       MILLISECONDS(10)

/* One revision; false when it is none. */
static bool
read_revision(const struct json *given, struct visible_revision *ret)
{
	ret->version = json_int_or(given, STR("version"), 0);
	return uuid_parse(json_text_or(given, STR("eco"), STR("")), &ret->eco) && ret->version > 0;
}

/* The argument; false after graphql_fail(). */
static bool
read_revisions(struct graphql_call *call, struct visible_revisions *ret)
{
	const struct json *given = graphql_argument(call, STR("sees"));

	ret->count = 0;
	if (given == NULL || given->type != JSON_LIST)
		return true;
	if (given->list.count > VISIBLE_REVISIONS_MAX) {
		graphql_fail(call, STR("BAD_USER_INPUT"),
		    STR("sees takes at most 20 revisions: name the last of each ECO"));
		return false;
	}
	for (size_t i = 0; i < given->list.count; i++) {
		if (read_revision(&given->list.items[i], &ret->at[ret->count++]))
			continue;
		graphql_fail(call, STR("BAD_USER_INPUT"),
		    STR("sees: a revision is an ECO's id and a version from 1, as a mutation "
			"answered them"));
		return false;
	}
	return true;
}

/* One more request waits; false when so many do that the others could not be answered. */
static bool
enter(struct api *api)
{
	unsigned most = (unsigned)api->config.settings->workers / 2;
	unsigned waiting = atomic_load(&api->waiting);

	if (most == 0)
		most = 1;
	do {
		if (waiting >= most)
			return false;
	} while (!atomic_compare_exchange_weak(&api->waiting, &waiting, waiting + 1));
	return true;
}

static void
leave(struct api *api)
{
	(void)atomic_fetch_sub(&api->waiting, 1);
}

/* Strike what is to be seen, without keeping what it took to look. */
static struct err *
look(struct graphql_call *call, struct visible_revisions *missing)
{
	struct arena_mark mark = arena_mark(call->arena);

	TRY(visible_look(&graphql_asker(call)->app, missing));
	arena_release(call->arena, mark);
	return NULL;
}

/* Wait for the last of ${missing}, or for the end of the request's patience. */
static struct err *
wait_for(struct graphql_call *call, struct visible_revisions *missing)
{
	struct graphql_asker *asker = graphql_asker(call);
	_Atomic uint32_t *projected = asker->request->api->projected;

	if (asker->waits_until_us == 0)
		asker->waits_until_us = clock_monotonic_us() + WAIT_REAL_MAX_US;
	for (;;) {
		/* Read before looking: what is projected in between ends the wait at once. */
		uint32_t seen = atomic_load(projected);

		TRY(look(call, missing));
		if (missing->count == 0 || clock_monotonic_us() >= asker->waits_until_us)
			return NULL;
		futex_wait(projected, seen, LOOK_EVERY);
	}
}

static bool
judge(struct graphql_call *call, const struct visible_revisions *missing)
{
	if (missing->count == 0)
		return true;
	graphql_fail(call, STR("NOT_VISIBLE_YET"),
	    arena_printf(call->arena,
		"the board does not show this yet: %.*s; try again in a moment",
		STR_ARG(visible_words(call->arena, missing))));
	return false;
}

struct err *
graphql_sees(struct graphql_call *call, bool *ret_go)
{
	struct api *api = graphql_asker(call)->request->api;
	struct visible_revisions missing;
	struct err *err;

	*ret_go = false;
	if (!read_revisions(call, &missing))
		return NULL;
	TRY(look(call, &missing));
	if (missing.count > 0) {
		if (!enter(api)) {
			graphql_fail(call, STR("BUSY"),
			    STR("too many requests wait for their writes now; try again in a "
				"moment"));
			return NULL;
		}
		err = wait_for(call, &missing);
		leave(api);
		if (err != NULL)
			return err;
	}
	*ret_go = judge(call, &missing);
	return NULL;
}
