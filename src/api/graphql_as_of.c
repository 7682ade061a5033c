#include "api/graphql_eco.h"

/*
 * The position is one of the log's, or that of nothing yet (0).  Asked with a
 * worker's eyes: whose event it is makes no difference.
 */
static struct err *
is_in_log(struct graphql_call *call, int64_t position, bool *ret)
{
	struct store_session *worker;
	struct store_events events;

	*ret = true;
	if (position == 0)
		return NULL;
	TRY(api_worker_session(graphql_asker(call)->request, &worker));
	TRY(store_read_log(worker, call->arena, position - 1, 1, &events));
	*ret = events.count == 1;
	return NULL;
}

static struct err *
read_position(
    struct graphql_call *call, const struct json *given, bool *ret_go, struct as_of *moment)
{
	moment->kind = AS_OF_POSITION;
	/* The scalar's check has seen it. */
	CHECK(given->type == JSON_INT || str_parse_i64(given->text, &moment->position));
	if (given->type == JSON_INT)
		moment->position = given->integer;
	TRY(is_in_log(call, moment->position, ret_go));
	if (!*ret_go)
		graphql_fail(call, STR("AS_OF_FUTURE"),
		    STR("asOfPosition is beyond the end of the log: nothing has that position "
			"yet"));
	return NULL;
}

static bool
read_instant(struct graphql_call *call, const struct json *given, struct as_of *moment)
{
	moment->kind = AS_OF_INSTANT;
	CHECK(instant_parse(given->text, &moment->instant));
	if (moment->instant.us <= graphql_asker(call)->app.now.us)
		return true;
	graphql_fail(
	    call, STR("AS_OF_FUTURE"), STR("asOf is in the future: what will be is not known yet"));
	return false;
}

static bool
is_given(const struct json *argument)
{
	return argument != NULL && argument->type != JSON_NULL_VALUE;
}

struct err *
graphql_as_of(struct graphql_call *call, bool *ret_go, struct as_of *ret)
{
	const struct json *instant = graphql_argument(call, STR("asOf"));
	const struct json *position = graphql_argument(call, STR("asOfPosition"));

	*ret_go = true;
	*ret = (struct as_of){ .kind = AS_OF_NOW };
	if (is_given(instant) && is_given(position)) {
		*ret_go = false;
		graphql_fail(call, STR("BAD_USER_INPUT"),
		    STR("asOf and asOfPosition name two moments: give one of them"));
		return NULL;
	}
	if (is_given(position))
		return read_position(call, position, ret_go, ret);
	if (is_given(instant))
		*ret_go = read_instant(call, instant, ret);
	return NULL;
}
