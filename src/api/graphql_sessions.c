#include "api/gate.h"
#include "api/graphql_record.h"
#include "app/sessions.h"

/* What stands behind a BrowserSession is a struct store_web_session. */

static struct session_life
life_of(const struct graphql_call *call)
{
	const struct config *settings = graphql_asker(call)->request->api->config.settings;

	return (struct session_life){ settings->session_idle_s, settings->session_max_s };
}

/* The list of the asker's sessions. */
static struct err *
list_sessions(struct graphql_call *call, bool *ret_permitted, struct refusal *ret_refusal,
    struct graphql_value *ret)
{
	struct session_life life = life_of(call);
	struct store_web_sessions all;
	struct graphql_value *items;

	TRY(app_sessions(&graphql_asker(call)->app, &life, ret_permitted, ret_refusal, &all));
	items = arena_array(call->arena, struct graphql_value, all.count + 1);
	if (items == NULL)
		return ERR(call->arena, ERR_LIMIT, "no memory left to list sessions");
	for (size_t i = 0; i < all.count; i++)
		items[i] = graphql_object(STR("BrowserSession"), &all.at[i]);
	*ret = graphql_list(items, all.count);
	return NULL;
}

static struct err *
query_sessions(struct graphql_call *call, struct graphql_value *ret)
{
	struct refusal refusal;
	bool permitted;

	TRY(list_sessions(call, &permitted, &refusal, ret));
	if (!permitted)
		graphql_fail(
		    call, STR("NOT_PERMITTED"), arena_copy(call->arena, refusal_message(&refusal)));
	return NULL;
}

static struct err *
respond(
    struct graphql_call *call, const struct app_record_answer *answer, struct graphql_value *ret)
{
	if (answer->refused)
		return graphql_refused(call, &answer->refusal, ret);
	*ret = graphql_object(STR("SessionCommandSuccess"), answer);
	return NULL;
}

static struct err *
mutation_end_session(struct graphql_call *call, struct graphql_value *ret)
{
	const struct app_context *app = &graphql_asker(call)->app;
	const struct json *given = graphql_input(call);
	struct app_record_answer *answer = arena_new(call->arena, struct app_record_answer);
	struct app_command command = graphql_command(given);

	if (answer == NULL)
		return ERR(call->arena, ERR_LIMIT, "no memory left to end a session");
	TRY(app_end_session(app, &command,
	    record_body_hash(call->arena, OPERATION_end_session, given),
	    graphql_id(given, STR("sessionId")), answer));
	return respond(call, answer, ret);
}

static struct err *
mutation_sign_out_everywhere(struct graphql_call *call, struct graphql_value *ret)
{
	const struct app_context *app = &graphql_asker(call)->app;
	const struct json *given = graphql_input(call);
	struct app_record_answer *answer = arena_new(call->arena, struct app_record_answer);
	struct app_command command = graphql_command(given);

	if (answer == NULL)
		return ERR(call->arena, ERR_LIMIT, "no memory left to end sessions");
	TRY(app_sign_out_everywhere(app, &command,
	    record_body_hash(call->arena, OPERATION_sign_out_everywhere, given), answer));
	return respond(call, answer, ret);
}

/* Whoever may end their sessions may see those that are left. */
static struct err *
success_sessions(struct graphql_call *call, struct graphql_value *ret)
{
	struct session_life life = life_of(call);
	const struct app_context *app = &graphql_asker(call)->app;
	struct store_web_sessions all;
	struct graphql_value *items;

	TRY(store_list_web_sessions(
	    app->session, call->arena, app->actor->user, app->now, life.idle_s, &all));
	items = arena_array(call->arena, struct graphql_value, all.count + 1);
	if (items == NULL)
		return ERR(call->arena, ERR_LIMIT, "no memory left to list sessions");
	for (size_t i = 0; i < all.count; i++)
		items[i] = graphql_object(STR("BrowserSession"), &all.at[i]);
	*ret = graphql_list(items, all.count);
	return NULL;
}

static const struct store_web_session *
session_of(const struct graphql_call *call)
{
	return call->parent;
}

static struct err *
session_id(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text(uuid_text(call->arena, session_of(call)->id));
	return NULL;
}

static struct err *
session_current(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_bool(
	    uuid_equal(session_of(call)->id, graphql_asker(call)->request->web_session));
	return NULL;
}

static struct err *
session_via(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text(session_of(call)->via);
	return NULL;
}

static struct err *
session_address(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text(session_of(call)->address);
	return NULL;
}

static struct err *
session_agent(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text(session_of(call)->agent);
	return NULL;
}

static struct err *
session_created_at(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_moment_value(call, session_of(call)->created_at);
	return NULL;
}

static struct err *
session_seen_at(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_moment_value(call, session_of(call)->seen_at);
	return NULL;
}

static struct err *
session_ends_at(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_moment_value(call, session_of(call)->ends_at);
	return NULL;
}

const struct graphql_binding graphql_session_bindings[] = {
	{ STR("Query.sessions"), query_sessions },
	{ STR("Mutation.endSession"), mutation_end_session },
	{ STR("Mutation.signOutEverywhere"), mutation_sign_out_everywhere },
	{ STR("SessionCommandSuccess.sessions"), success_sessions },
	{ STR("BrowserSession.id"), session_id },
	{ STR("BrowserSession.current"), session_current },
	{ STR("BrowserSession.via"), session_via },
	{ STR("BrowserSession.address"), session_address },
	{ STR("BrowserSession.agent"), session_agent },
	{ STR("BrowserSession.createdAt"), session_created_at },
	{ STR("BrowserSession.seenAt"), session_seen_at },
	{ STR("BrowserSession.endsAt"), session_ends_at },
};
const size_t graphql_session_binding_count = COUNT_OF(graphql_session_bindings);
