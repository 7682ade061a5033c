#include "api/live_internal.h"

#include <stdlib.h>

#include "api/graphql_door.h"
#include "runtime/futex.h"

/* Of all listeners one organisation may have three in four. */
#define SHARE_OF 4

/* What is hashed to know a channel by, beside the document. */
#define KEY_BYTES_MAX (512u << 10)

/* For what is copied into a channel beside the subscription. */
#define COPIES_BYTES (64u << 10)

/* One request to listen. */
struct wish {
	struct live *live;
	struct api_request *request;
	const struct gate_principal *principal;
	const struct graphql_request *asked;
	struct graphql_subscription *subscription;
	struct buf *response;
	size_t bytes; /* that the subscription takes */

	struct graphql_asker asker;
	struct app_refused refused;
	enum live_kind kind;
	enum app_operation operation;
	struct uuid topic;
	int64_t head; /* of the log */
	int64_t after;
};

static const struct {
	struct str field;
	enum live_kind kind;
	enum app_operation operation;
} fields[] = {
	{ STR("ecoChanged"), LIVE_ECO, OPERATION_eco_changed },
	{ STR("boardChanged"), LIVE_BOARD, OPERATION_board_changed },
	{ STR("timeline"), LIVE_TIMELINE, OPERATION_follow_timeline },
	{ STR("pagerTimeline"), LIVE_PAGER, OPERATION_follow_pager_timeline },
};

/* ---- may it be ---- */

/* The response of what is refused; always false. */
static bool
refuse_wish(struct wish *wish, struct str code, struct str message)
{
	graphql_door_refuse(
	    wish->response, graphql_subscription_field(wish->subscription), code, message);
	return false;
}

static void
find_field(struct wish *wish)
{
	struct str name = graphql_subscription_field(wish->subscription);
	size_t i = 0;

	while (i < COUNT_OF(fields) && !str_equal(fields[i].field, name))
		i++;
	CHECK(i < COUNT_OF(fields));
	wish->kind = fields[i].kind;
	wish->operation = fields[i].operation;
}

static bool
is_permitted(struct wish *wish)
{
	struct refusal refusal;

	return app_permits(&wish->asker.app, wish->operation, &refusal) ||
	       refuse_wish(wish, STR("NOT_PERMITTED"), refusal_message(&refusal));
}

/* The position to go on from; the end of the log when none was given. */
static bool
read_after(struct wish *wish)
{
	const struct json *after = graphql_subscription_argument(wish->subscription, STR("after"));

	wish->after = wish->head;
	if (after == NULL || after->type == JSON_NULL_VALUE)
		return true;
	/* The scalar's check has seen it. */
	if (after->type == JSON_INT)
		wish->after = after->integer;
	else
		CHECK(str_parse_i64(after->text, &wish->after));
	if (wish->after > wish->head)
		return refuse_wish(wish, STR("BAD_USER_INPUT"),
		    STR("after is a position that the log has not come to yet"));
	if (wish->kind == LIVE_BOARD && wish->after < wish->head - wish->live->config.behind_max)
		return refuse_wish(wish, STR("POSITION_TOO_OLD"),
		    STR("too much has happened since that position: query the board anew, and "
			"go on from its position"));
	return true;
}

/* Whether the ECO is there for the asker; one that is not and one that is not theirs are one. */
static struct err *
find_eco(struct wish *wish, bool *ret)
{
	struct api_request *request = wish->request;
	const struct json *id = graphql_subscription_argument(
	    wish->subscription, wish->kind == LIVE_ECO ? STR("id") : STR("ecoId"));
	enum directory_event_type record;
	struct store_events first = { .count = 0 };

	*ret = uuid_parse(id->text, &wish->topic);
	if (*ret)
		TRY(store_read_stream(
		    wish->asker.app.session, request->arena, wish->topic, 0, 1, &first));
	*ret = first.count == 1 && !directory_event_find(first.at[0].type, &record);
	if (!*ret)
		(void)refuse_wish(
		    wish, STR("NOT_FOUND"), STR("there is no such ECO for this organisation"));
	return NULL;
}

/* The filter of a board that ${subscription} asks for, in ${arena}. */
static struct err *
read_filter(struct wish *wish, struct arena *arena, const struct graphql_subscription *subscription,
    bool *ret_given, struct store_board_filter *ret, struct str *ret_problem)
{
	struct graphql_call call = { .arena = arena, .context = &wish->asker };
	const struct json *filter = graphql_subscription_argument(subscription, STR("filter"));

	*ret = (struct store_board_filter){ .has_box = false };
	*ret_problem = STR("");
	*ret_given = filter != NULL && filter->type == JSON_MAP && filter->map.count > 0;
	return *ret_given ? graphql_board_filter(&call, filter, ret, ret_problem) : NULL;
}

static struct err *
check_filter(struct wish *wish, bool *ret)
{
	struct store_board_filter filter;
	struct str problem;
	bool given;

	wish->topic = wish->request->organisation;
	TRY(read_filter(wish, wish->request->arena, wish->subscription, &given, &filter, &problem));
	*ret = str_empty(problem) || refuse_wish(wish, STR("BAD_USER_INPUT"), problem);
	return NULL;
}

/* Whether the asker may ask what is asked. */
static struct err *
judge(struct wish *wish, bool *ret)
{
	struct store_session *worker;

	find_field(wish);
	*ret = is_permitted(wish);
	if (!*ret)
		return gate_audit_refused(wish->request, wish->principal, &wish->refused);
	TRY(api_worker_session(wish->request, &worker));
	TRY(store_log_head(worker, wish->request->arena, &wish->head));
	if (wish->kind == LIVE_BOARD)
		TRY(check_filter(wish, ret));
	else
		TRY(find_eco(wish, ret));
	*ret = *ret && read_after(wish);
	return NULL;
}

/* ---- the channel ---- */

/* Whether ${member} of the variables only says from where to go on. */
static bool
is_after(const struct wish *wish, const struct json_member *member)
{
	const struct json *after = graphql_subscription_argument(wish->subscription, STR("after"));
	const struct json *value = &member->value;

	if (!str_equal(member->name, STR("after")) || after == NULL || after->type != value->type)
		return false;
	return value->type == JSON_NULL_VALUE ||
	       (value->type == JSON_INT && value->integer == after->integer) ||
	       (value->type == JSON_TEXT && str_equal(value->text, after->text));
}

static void
add_part(struct buf *buf, struct str part)
{
	buf_int_big_endian(buf, (int64_t)part.len);
	buf_str(buf, part);
}

static void
add_variables(const struct wish *wish, struct buf *buf)
{
	const struct json *variables = wish->asked->variables;
	struct json_writer writer = json_writer(buf);

	json_begin_map(&writer);
	for (size_t i = 0;
	     variables != NULL && variables->type == JSON_MAP && i < variables->map.count; i++) {
		const struct json_member *member = &variables->map.members[i];

		if (is_after(wish, member))
			continue;
		json_name(&writer, member->name);
		json_write_value(&writer, &member->value);
	}
	json_end_map(&writer);
}

/* What makes two wishes one channel.  False when it is too long to be told. */
static bool
make_key(struct wish *wish, struct sha256 *ret)
{
	struct buf buf = buf_in(wish->request->arena, KEY_BYTES_MAX);
	const struct store_membership *membership = &wish->principal->membership;
	const struct app_scopes *scopes = wish->principal->person.scopes;

	buf_str(&buf, (struct str){ (const char *)membership->organisation.id.bytes, 16 });
	add_part(&buf, membership->role);
	if (scopes != NULL)
		buf_str(&buf, (struct str){ (const char *)scopes->at, sizeof(scopes->at) });
	buf_char(&buf, scopes == NULL ? '*' : '.');
	add_part(&buf, wish->asked->operation_name);
	add_part(&buf, wish->asked->query);
	add_variables(wish, &buf);
	*ret = sha256_of(buf_view(&buf));
	return !buf.overflowed ||
	       refuse_wish(wish, STR("LIMIT"), STR("the document and its variables are too long"));
}

/* The channel with ${key}, used once more, or NULL. */
static struct live_channel *
find_channel(struct live *live, const struct wish *wish, struct sha256 key)
{
	struct live_channel *at = live->channels[live_bucket(wish->topic)];

	while (at != NULL && !sha256_equal(at->key, key))
		at = at->next;
	if (at != NULL)
		(void)atomic_fetch_add(&at->uses, 1);
	return at;
}

static struct store_membership
copy_membership(struct arena *arena, const struct store_membership *from)
{
	struct store_membership copy = *from;

	copy.user_handle = arena_copy(arena, from->user_handle);
	copy.role = arena_copy(arena, from->role);
	copy.organisation.handle = arena_copy(arena, from->organisation.handle);
	copy.organisation.name = arena_copy(arena, from->organisation.name);
	return copy;
}

/* Of whom the channel is: what resolvers look at, and nothing that a secret hangs on. */
static void
copy_principal(struct live_channel *channel, const struct gate_principal *from)
{
	struct app_scopes *scopes = NULL;

	if (from->person.scopes != NULL) {
		scopes = arena_new(channel->arena, struct app_scopes);
		if (scopes != NULL)
			*scopes = *from->person.scopes;
	}
	channel->principal = (struct gate_principal){
		.person = { .user = from->person.user, .via = STR("live"), .scopes = scopes },
		.membership = copy_membership(channel->arena, &from->membership),
	};
}

static struct err *
fill_channel(struct wish *wish, struct live_channel *channel)
{
	struct graphql_limits limits = graphql_door_limits(wish->live->config.api);
	struct buf ignored = buf_in(wish->request->arena, GRAPHQL_RESPONSE_BYTES_MIN);
	struct str problem;

	copy_principal(channel, wish->principal);
	channel->subscription = graphql_subscribe(
	    channel->arena, wish->live->config.api->schema, wish->asked, &limits, &ignored);
	if (channel->subscription != NULL && wish->kind == LIVE_BOARD)
		TRY(read_filter(wish, channel->arena, channel->subscription, &channel->filters,
		    &channel->filter, &problem));
	return channel->subscription != NULL && !arena_exhausted(channel->arena)
		   ? NULL
		   : ERR(wish->request->arena, ERR_LIMIT, "no memory left for a subscription");
}

static void
destroy_channel(struct live_channel *channel)
{
	(void)pthread_mutex_destroy(&channel->lock);
	arena_destroy(channel->arena);
	free(channel);
}

/* A channel that nobody knows yet. */
static struct err *
create_channel(struct wish *wish, struct sha256 key, struct live_channel **ret)
{
	struct live_channel *channel = calloc(1, sizeof(*channel));
	struct err *err;

	CHECK(channel != NULL);
	CHECK(pthread_mutex_init(&channel->lock, NULL) == 0);
	channel->turn.run = live_take_turn;
	channel->live = wish->live;
	channel->key = key;
	channel->kind = wish->kind;
	channel->topic = wish->topic;
	channel->recent_from = INT64_MAX;
	channel->arena = arena_create(wish->bytes + COPIES_BYTES);
	atomic_store(&channel->uses, 1);
	err = fill_channel(wish, channel);
	if (err != NULL)
		destroy_channel(channel);
	else
		*ret = channel;
	return err;
}

/* ---- the listener ---- */

static size_t
count_of(const struct live *live, struct uuid organisation)
{
	const struct live_asker *at = live->askers[live_bucket(organisation)];
	size_t count = 0;

	for (; at != NULL; at = at->next)
		count += uuid_equal(at->identity.organisation, organisation) ? at->listeners : 0;
	return count;
}

/* One listener more of who asks; NULL with why not.  Under live->lock. */
static struct live_asker *
enter(struct live *live, const struct live_identity *identity, struct str *ret_problem)
{
	struct live_asker **bucket = &live->askers[live_bucket(identity->organisation)];
	size_t most = live->config.listeners_max;
	struct live_asker *at = *bucket;

	*ret_problem = live->closed ? STR("the server stops")
		       : live->listener_count >= most
			   ? STR("too many listen already; try again later")
		       : count_of(live, identity->organisation) >= most - most / SHARE_OF
			   ? STR("too many of this organisation listen already")
			   : STR("");
	if (!str_empty(*ret_problem))
		return NULL;
	while (at != NULL && memcmp(&at->identity, identity, sizeof(*identity)) != 0)
		at = at->next;
	if (at == NULL) {
		at = calloc(1, sizeof(*at));
		CHECK(at != NULL);
		memcpy(&at->identity, identity, sizeof(*identity));
		at->next = *bucket;
		*bucket = at;
	}
	at->listeners++;
	live->listener_count++;
	return at;
}

/* Have the reader know ${channel}, or find the one that came first. */
static struct live_channel *
add_channel(struct live *live, const struct wish *wish, struct live_channel *channel)
{
	struct live_channel *other = find_channel(live, wish, channel->key);
	struct live_channel **bucket = &live->channels[live_bucket(channel->topic)];

	if (other != NULL)
		return other;
	if (live->read_position != LIVE_NOT_READING)
		channel->recent_from = live->read_position;
	channel->next = *bucket;
	*bucket = channel;
	live->channel_count++;
	return channel;
}

static void
link_listener(struct live_listener *listener)
{
	struct live_channel *channel = listener->channel;

	live_lock(&channel->lock);
	listener->next = channel->first;
	if (channel->first != NULL)
		channel->first->previous = listener;
	channel->first = listener;
	listener->linked = true;
	live_unlock(&channel->lock);
}

/* Enter the listener and its channel; ${*ret} NULL: there are too many. */
static struct err *
admit(struct wish *wish, struct live_listener **ret)
{
	struct live *live = wish->live;
	struct live_identity identity = live_identity_of(wish->principal);
	struct live_channel *made = NULL, *channel;
	struct live_asker *asker;
	struct sha256 key;
	struct str problem;

	if (!make_key(wish, &key))
		return NULL;
	live_lock(&live->lock);
	channel = find_channel(live, wish, key);
	live_unlock(&live->lock);
	if (channel == NULL)
		TRY(create_channel(wish, key, &made));
	live_lock(&live->lock);
	asker = enter(live, &identity, &problem);
	if (asker != NULL && channel == NULL)
		channel = add_channel(live, wish, made);
	live_unlock(&live->lock);
	if (made != NULL && made != channel)
		destroy_channel(made);
	if (asker == NULL) {
		if (channel != NULL)
			live_release(channel);
		(void)refuse_wish(wish, STR("BUSY"), problem);
		return NULL;
	}
	*ret = calloc(1, sizeof(**ret));
	CHECK(*ret != NULL);
	(*ret)->channel = channel;
	(*ret)->asker = asker;
	(*ret)->position = wish->after;
	return NULL;
}

/*
 * The reader knows the channel by now.  What came after the log's end was looked at, and
 * before the reader did, is looked for here; and so is whether who asks was let go of.
 */
static struct err *
begin(struct wish *wish, struct live_listener *listener)
{
	struct live *live = wish->live;
	struct live_channel *channel = listener->channel;
	struct arena *arena = wish->request->arena;
	struct store_session *worker, *reader;
	int64_t head;
	bool may, closed;

	link_listener(listener);
	futex_bump(&live->wanted);
	TRY(api_worker_session(wish->request, &worker));
	TRY(store_log_head(worker, arena, &head));
	live_lock(&live->lock);
	/* A channel that was just made remembers what the reader has told it since. */
	live_reach(channel, head);
	closed = live->closed;
	live_unlock(&live->lock);
	/* Also when the end is known already: others may be at it. */
	if (wish->after < head)
		live_schedule(channel);
	TRY(api_reader(wish->request, &reader));
	store_act_for(reader, UUID_NIL);
	TRY(live_may_listen(live, reader, arena, &listener->asker->identity, &may));
	store_act_for(reader, wish->request->organisation);
	/* Whoever ended the others may not have seen this one. */
	if (!may || closed) {
		live_lock(&channel->lock);
		if (listener->linked)
			live_end_listener(listener, closed ? LIVE_STOPPED : LIVE_REMOVED);
		live_unlock(&channel->lock);
	}
	return NULL;
}

struct err *
live_subscribe(struct live *live, struct api_request *request,
    const struct gate_principal *principal, const struct graphql_request *asked,
    const struct live_sink *sink, void *who, struct buf *response, struct live_listener **ret)
{
	struct graphql_limits limits = graphql_door_limits(live->config.api);
	struct wish wish = { .live = live,
		.request = request,
		.principal = principal,
		.asked = asked,
		.response = response };
	size_t used = request->arena->used;
	struct live_listener *listener = NULL;
	struct err *err;
	bool go;

	*ret = NULL;
	TRY(graphql_door_asker(request, principal, &wish.refused, &wish.asker));
	wish.subscription =
	    graphql_subscribe(request->arena, live->config.api->schema, asked, &limits, response);
	wish.bytes = request->arena->used - used;
	if (wish.subscription == NULL)
		return NULL;
	TRY(judge(&wish, &go));
	if (go)
		TRY(admit(&wish, &listener));
	if (listener == NULL)
		return NULL;
	listener->sink = sink;
	listener->who = who;
	err = begin(&wish, listener);
	if (err != NULL)
		live_cancel(listener);
	else
		*ret = listener;
	return err;
}
