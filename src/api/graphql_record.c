#include "api/graphql_record.h"

#include "app/people.h"
#include "base/base64.h"

#define PAGE_MAX        100
#define CURSOR_TEXT_MAX 64

/* ---- inputs ---- */

const struct json *
graphql_input(const struct graphql_call *call)
{
	return graphql_argument(call, STR("input"));
}

struct app_command
graphql_command(const struct json *given)
{
	const struct json *version = json_find(given, STR("version"));
	struct app_command command = { .has_version =
					   version != NULL && version->type == JSON_INT };

	CHECK(uuid_parse(json_text_or(given, STR("idempotencyKey"), STR("")), &command.key));
	if (command.has_version)
		command.version = version->integer;
	return command;
}

struct uuid
graphql_id(const struct json *given, struct str name)
{
	struct uuid id = UUID_NIL;

	(void)!uuid_parse(json_text_or(given, name, STR("")), &id);
	return id;
}

struct instant
graphql_moment(const struct json *given, struct str name)
{
	struct instant when = RECORD_NO_MOMENT;

	(void)!instant_parse(json_text_or(given, name, STR("")), &when);
	return when;
}

bool
graphql_given(const struct json *given, struct str name)
{
	const struct json *member = json_find(given, name);

	return member != NULL && member->type != JSON_NULL_VALUE;
}

/* ---- answers ---- */

struct err *
graphql_refused(struct graphql_call *call, const struct refusal *refusal, struct graphql_value *ret)
{
	struct refusal *copy = arena_new(call->arena, struct refusal);

	if (copy == NULL)
		return ERR(call->arena, ERR_LIMIT, "no memory left to answer");
	*copy = *refusal;
	graphql_asker(call)->request->outcome = "refused";
	graphql_asker(call)->request->note = refusal_code_name(refusal->code);
	*ret = graphql_object(STR("Refusal"), copy);
	return NULL;
}

void
graphql_permits(struct graphql_call *call, enum app_operation operation, bool *ret_go)
{
	struct refusal refusal;

	*ret_go = app_permits(&graphql_asker(call)->app, operation, &refusal);
	if (!*ret_go)
		graphql_fail(
		    call, STR("NOT_PERMITTED"), arena_copy(call->arena, refusal_message(&refusal)));
}

struct graphql_value
graphql_id_value(struct graphql_call *call, struct uuid id)
{
	return uuid_is_nil(id) ? graphql_null() : graphql_text(uuid_text(call->arena, id));
}

struct graphql_value
graphql_moment_value(struct graphql_call *call, struct instant when)
{
	return when.us == RECORD_NO_MOMENT.us ? graphql_null()
					      : graphql_text(instant_text(call->arena, when));
}

struct err *
graphql_find_record(struct graphql_call *call, enum record_kind kind, struct uuid id,
    struct str type_name, struct graphql_value *ret)
{
	struct record *record = arena_new(call->arena, struct record);
	bool found;

	if (record == NULL)
		return ERR(call->arena, ERR_LIMIT, "no memory left to read a record");
	TRY(record_load(graphql_asker(call)->app.session, call->arena, kind, id, &found, record));
	if (found)
		*ret = graphql_object(type_name, record);
	return NULL;
}

/* ---- pages ---- */

struct str
graphql_cursor(struct arena *arena, struct uuid id)
{
	struct buf buf = buf_in(arena, CURSOR_TEXT_MAX);

	base64_encode(&buf, uuid_text(arena, id));
	return buf_view(&buf);
}

static bool
read_cursor(struct arena *arena, struct str cursor, struct uuid *ret)
{
	struct buf buf = buf_in(arena, CURSOR_TEXT_MAX);

	return base64_decode(&buf, cursor) && !buf.overflowed && uuid_parse(buf_view(&buf), ret);
}

void
graphql_page_arguments(struct graphql_call *call, struct record_page_query *ret, bool *ret_go)
{
	const struct json *first = graphql_argument(call, STR("first"));
	const struct json *after = graphql_argument(call, STR("after"));
	int64_t count = first == NULL || first->type != JSON_INT ? 25 : first->integer;
	const char *problem = NULL;

	if (count < 1 || count > PAGE_MAX)
		problem = "first must be between 1 and 100";
	else if (after != NULL && after->type == JSON_TEXT &&
		 !read_cursor(call->arena, after->text, &ret->after))
		problem = "after is not a cursor of this list";
	if (problem != NULL)
		graphql_fail(call, STR("BAD_USER_INPUT"), str_from_z(problem));
	ret->limit = (size_t)count;
	*ret_go = problem == NULL;
}

/* Whether `after` was given, which has been read before: then there is what it stands for. */
static bool
is_continued(const struct graphql_call *call)
{
	const struct json *after = graphql_argument(call, STR("after"));

	return after != NULL && after->type == JSON_TEXT;
}

struct graphql_page_info
graphql_page_info_of(
    struct graphql_call *call, const struct graphql_edge *edges, size_t count, bool more)
{
	struct graphql_page_info info = { .more = more, .back = is_continued(call) };

	if (count > 0) {
		info.start = graphql_cursor(call->arena, edges[0].id);
		info.end = graphql_cursor(call->arena, edges[count - 1].id);
	}
	return info;
}

struct err *
graphql_page_answer(struct graphql_call *call, const struct record_page *found,
    struct str edge_type, struct str node_type, struct graphql_value *ret)
{
	struct graphql_page *page = arena_new(call->arena, struct graphql_page);
	struct graphql_edge *edges =
	    arena_array(call->arena, struct graphql_edge, found->count + 1);

	if (page == NULL || edges == NULL)
		return ERR(call->arena, ERR_LIMIT, "no memory left to list records");
	for (size_t i = 0; i < found->count; i++)
		edges[i] = (struct graphql_edge){ found->at[i].id,
			graphql_object(node_type, &found->at[i]) };
	*page = (struct graphql_page){
		.edge_type = edge_type,
		.edges = edges,
		.count = found->count,
		.info = graphql_page_info_of(call, edges, found->count, found->more),
	};
	/* Behind the last that was looked at, which may have been left out. */
	if (!uuid_is_nil(found->end))
		page->info.end = graphql_cursor(call->arena, found->end);
	*ret = graphql_object(STR(""), page);
	return NULL;
}

struct err *
graphql_roster_page(struct graphql_call *call, enum app_operation operation, enum record_kind kind,
    struct str edge_type, struct graphql_value *ret)
{
	const struct app_context *app = &graphql_asker(call)->app;
	struct record_page_query query = { .kind = kind };
	struct str node_type = { edge_type.ptr, edge_type.len - strlen("Edge") };
	struct record_page page;
	struct refusal refusal;
	bool go;

	graphql_page_arguments(call, &query, &go);
	if (!go)
		return NULL;
	if (!app_permits_roster(app, operation, &refusal)) {
		graphql_fail(call, refusal_code_name(refusal.code),
		    arena_copy(call->arena, refusal_message(&refusal)));
		return NULL;
	}
	TRY(record_page(app->session, call->arena, &query, &page));
	return graphql_page_answer(call, &page, edge_type, node_type, ret);
}

struct err *
graphql_page_edges(struct graphql_call *call, struct graphql_value *ret)
{
	const struct graphql_page *page = call->parent;
	struct graphql_value *items =
	    arena_array(call->arena, struct graphql_value, page->count + 1);

	if (items == NULL)
		return ERR(call->arena, ERR_LIMIT, "no memory left to list records");
	for (size_t i = 0; i < page->count; i++)
		items[i] = graphql_object(page->edge_type, &page->edges[i]);
	*ret = graphql_list(items, page->count);
	return NULL;
}

struct err *
graphql_page_page_info(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_object(STR("PageInfo"), &((const struct graphql_page *)call->parent)->info);
	return NULL;
}

struct err *
graphql_edge_cursor(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text(
	    graphql_cursor(call->arena, ((const struct graphql_edge *)call->parent)->id));
	return NULL;
}

struct err *
graphql_edge_node(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = ((const struct graphql_edge *)call->parent)->node;
	return NULL;
}

struct err *
graphql_record_id(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text(uuid_text(call->arena, graphql_record(call)->id));
	return NULL;
}

struct err *
graphql_record_version(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_int(graphql_record(call)->version);
	return NULL;
}

static struct err *
page_info_has_next_page(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_bool(((const struct graphql_page_info *)call->parent)->more);
	return NULL;
}

static struct err *
page_info_has_previous_page(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_bool(((const struct graphql_page_info *)call->parent)->back);
	return NULL;
}

static struct err *
page_info_start_cursor(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text_or_null(((const struct graphql_page_info *)call->parent)->start);
	return NULL;
}

static struct err *
page_info_end_cursor(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text_or_null(((const struct graphql_page_info *)call->parent)->end);
	return NULL;
}

const struct graphql_binding graphql_record_bindings[] = {
	{ STR("PageInfo.hasNextPage"), page_info_has_next_page },
	{ STR("PageInfo.hasPreviousPage"), page_info_has_previous_page },
	{ STR("PageInfo.startCursor"), page_info_start_cursor },
	{ STR("PageInfo.endCursor"), page_info_end_cursor },
};
const size_t graphql_record_binding_count = COUNT_OF(graphql_record_bindings);
