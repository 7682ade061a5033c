#include "api/graphql_eco.h"
#include "app/board_row.h"
#include "app/change.h"
#include "base/base64.h"
#include "codec/timeline.h"

#define PAGE_MAX        100
#define CURSOR_TEXT_MAX 96

/* A page of the board, with what tells whether there is more. */
struct eco_page {
	struct store_board_rows rows;
	struct store_board_filter filter;
	bool more;
};

static const struct store_membership *
actor(const struct graphql_call *call)
{
	return graphql_asker(call)->app.actor;
}

/* What row-level security has hidden already is hidden here once more. */
static bool
is_party(const struct graphql_call *call, const struct store_board_row *row)
{
	struct uuid organisation = actor(call)->organisation.id;

	return uuid_equal(row->noc, organisation) || uuid_equal(row->osp, organisation);
}

struct err *
graphql_load_eco(struct graphql_call *call, struct uuid id, const struct store_board_row **ret)
{
	const struct app_context *app = &graphql_asker(call)->app;
	struct store_board_row *row = arena_new(call->arena, struct store_board_row);
	struct change_loaded *loaded;

	*ret = NULL;
	if (row == NULL)
		return ERR(call->arena, ERR_LIMIT, "no memory left to read an ECO");
	TRY(change_load(app->session, call->arena, id, &loaded));
	if (loaded == NULL)
		return NULL;
	*row = board_row_of(&loaded->callout);
	*ret = is_party(call, row) ? row : NULL;
	return NULL;
}

static struct err *
query_viewer(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_object(STR("Viewer"), actor(call));
	return NULL;
}

static struct err *
query_eco(struct graphql_call *call, struct graphql_value *ret)
{
	const struct json *id = graphql_argument(call, STR("id"));
	const struct store_board_row *row;
	struct uuid eco;

	/* What is no id names nothing. */
	if (!uuid_parse(id->text, &eco))
		return NULL;
	TRY(graphql_load_eco(call, eco, &row));
	if (row != NULL)
		*ret = graphql_object(STR("Eco"), row);
	return NULL;
}

static struct err *
find_by_number(struct graphql_call *call, const struct jobnumber *number, struct graphql_value *ret)
{
	const struct app_context *app = &graphql_asker(call)->app;
	struct store_board_row *row = arena_new(call->arena, struct store_board_row);
	struct buf printed = buf_in(call->arena, JOBNUMBER_BYTES_MAX);
	bool found;

	if (row == NULL)
		return ERR(call->arena, ERR_LIMIT, "no memory left to read an ECO");
	jobnumber_format(number, &printed);
	TRY(store_find_board_by_number(app->session, call->arena, buf_view(&printed), &found, row));
	if (found && is_party(call, row))
		*ret = graphql_object(STR("Eco"), row);
	return NULL;
}

static struct err *
query_eco_by_job_number(struct graphql_call *call, struct graphql_value *ret)
{
	struct str text = graphql_argument(call, STR("jobNumber"))->text;
	struct jobnumber number;

	switch (jobnumber_parse(text, &number)) {
	case JOBNUMBER_OK:
		return find_by_number(call, &number, ret);
	case JOBNUMBER_MALFORMED:
		graphql_fail(call, STR("JOB_NUMBER_MALFORMED"),
		    STR("a job number reads like HC-MFR-00042-0: prefix, job type, number, check "
			"digit"));
		return NULL;
	case JOBNUMBER_WRONG_CHECK:
		graphql_fail(call, STR("JOB_NUMBER_MISHEARD"),
		    STR("the check digit does not fit: a digit or the job type was misheard"));
		return NULL;
	}
	UNREACHABLE("job number problem");
}

/* A mark behind one row: its place in the order of the list. */
static struct str
make_cursor(struct arena *arena, const struct store_board_row *row)
{
	struct buf buf = buf_in(arena, CURSOR_TEXT_MAX);

	base64_encode(&buf, arena_printf(arena, "%lld.%.*s", (long long)row->created_at.us,
				STR_ARG(uuid_text(arena, row->eco))));
	return buf_view(&buf);
}

static bool
read_cursor(struct arena *arena, struct str cursor, struct store_board_filter *filter)
{
	struct buf buf = buf_in(arena, CURSOR_TEXT_MAX);
	struct str text, us;

	if (!base64_decode(&buf, cursor) || buf.overflowed)
		return false;
	text = buf_view(&buf);
	us = str_cut(&text, '.');
	filter->has_before = true;
	return str_parse_i64(us, &filter->before.us) && filter->before.us >= 0 &&
	       uuid_parse(text, &filter->before_eco);
}

static bool
read_statuses(struct arena *arena, const struct json *list, struct store_board_filter *filter)
{
	enum eco_status *statuses;

	if (list == NULL || list->type != JSON_LIST || list->list.count == 0)
		return true;
	statuses = arena_array(arena, enum eco_status, list->list.count);
	if (statuses == NULL)
		return false;
	for (size_t i = 0; i < list->list.count; i++) {
		unsigned status;

		if (!eco_word_find(&eco_status_words, list->list.items[i].text, &status))
			return false;
		statuses[i] = (enum eco_status)status;
	}
	filter->statuses = statuses;
	filter->status_count = list->list.count;
	return true;
}

static bool
read_side(const struct json *box, const char *name, double limit, double *ret)
{
	return json_number(json_find(box, str_from_z(name)), ret) && *ret >= -limit &&
	       *ret <= limit;
}

static bool
read_box(const struct json *box, struct store_board_filter *filter)
{
	if (box == NULL || box->type != JSON_MAP)
		return true;
	filter->has_box = true;
	return read_side(box, "west", 180, &filter->box.west) &&
	       read_side(box, "east", 180, &filter->box.east) &&
	       read_side(box, "south", 90, &filter->box.south) &&
	       read_side(box, "north", 90, &filter->box.north) &&
	       filter->box.south <= filter->box.north;
}

/* The arguments of ecos(); false after graphql_fail(). */
static bool
read_page(struct graphql_call *call, struct eco_page *page, size_t *ret_first)
{
	const struct json *filter = graphql_argument(call, STR("filter"));
	const struct json *first = graphql_argument(call, STR("first"));
	const struct json *after = graphql_argument(call, STR("after"));
	int64_t count = first == NULL || first->type != JSON_INT ? 25 : first->integer;
	const char *problem = NULL;

	if (count < 1 || count > PAGE_MAX)
		problem = "first must be between 1 and 100";
	else if (!read_statuses(call->arena, json_find(filter, STR("status")), &page->filter))
		problem = "filter.status cannot be read";
	else if (!read_box(json_find(filter, STR("boundingBox")), &page->filter))
		problem =
		    "filter.boundingBox: west and east must be within 180, south and north within "
		    "90, south not above north";
	else if (after != NULL && after->type == JSON_TEXT &&
		 !read_cursor(call->arena, after->text, &page->filter))
		problem = "after is not a cursor of this list";
	if (problem != NULL)
		graphql_fail(call, STR("BAD_USER_INPUT"), str_from_z(problem));
	*ret_first = (size_t)count;
	return problem == NULL;
}

static struct err *
query_ecos(struct graphql_call *call, struct graphql_value *ret)
{
	const struct app_context *app = &graphql_asker(call)->app;
	struct eco_page *page = arena_new(call->arena, struct eco_page);
	size_t first;

	if (page == NULL)
		return ERR(call->arena, ERR_LIMIT, "no memory left to list ECOs");
	if (!read_page(call, page, &first))
		return NULL;
	/* One more than asked for tells whether there is a next page. */
	TRY(store_list_board(app->session, call->arena, &page->filter, first + 1, &page->rows));
	page->more = page->rows.count > first;
	if (page->more)
		page->rows.count = first;
	*ret = graphql_object(STR("EcoConnection"), page);
	return NULL;
}

static struct err *
connection_edges(struct graphql_call *call, struct graphql_value *ret)
{
	const struct eco_page *page = call->parent;
	struct graphql_value *edges =
	    arena_array(call->arena, struct graphql_value, page->rows.count + 1);

	if (edges == NULL)
		return ERR(call->arena, ERR_LIMIT, "no memory left to list ECOs");
	for (size_t i = 0; i < page->rows.count; i++)
		edges[i] = graphql_object(STR("EcoEdge"), &page->rows.at[i]);
	*ret = graphql_list(edges, page->rows.count);
	return NULL;
}

static struct err *
connection_page_info(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_object(STR("PageInfo"), call->parent);
	return NULL;
}

static struct err *
connection_total_count(struct graphql_call *call, struct graphql_value *ret)
{
	const struct eco_page *page = call->parent;
	int64_t count;

	TRY(store_count_board(
	    graphql_asker(call)->app.session, call->arena, &page->filter, &count));
	*ret = graphql_int(count);
	return NULL;
}

static struct err *
edge_cursor(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text(make_cursor(call->arena, call->parent));
	return NULL;
}

static struct err *
edge_node(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_object(STR("Eco"), call->parent);
	return NULL;
}

static struct err *
page_info_has_next_page(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_bool(((const struct eco_page *)call->parent)->more);
	return NULL;
}

static struct err *
page_info_end_cursor(struct graphql_call *call, struct graphql_value *ret)
{
	const struct eco_page *page = call->parent;

	if (page->rows.count > 0)
		*ret = graphql_text(make_cursor(call->arena, &page->rows.at[page->rows.count - 1]));
	return NULL;
}

static struct err *
query_timeline(struct graphql_call *call, struct graphql_value *ret)
{
	struct uuid eco;

	if (!uuid_parse(graphql_argument(call, STR("ecoId"))->text, &eco))
		return NULL;
	return graphql_timeline(call, eco, ret);
}

static struct err *
query_partners(struct graphql_call *call, struct graphql_value *ret)
{
	const struct app_context *app = &graphql_asker(call)->app;
	struct store_organisations partners;
	struct graphql_value *items;

	TRY(store_list_partners(
	    app->session, call->arena, app->actor->organisation.id, app->now, &partners));
	items = arena_array(call->arena, struct graphql_value, partners.count + 1);
	if (items == NULL)
		return ERR(call->arena, ERR_LIMIT, "no memory left to list partners");
	for (size_t i = 0; i < partners.count; i++)
		items[i] = graphql_object(STR("Organisation"), &partners.at[i]);
	*ret = graphql_list(items, partners.count);
	return NULL;
}

const struct graphql_binding graphql_query_bindings[] = {
	{ STR("Query.viewer"), query_viewer },
	{ STR("Query.eco"), query_eco },
	{ STR("Query.ecoByJobNumber"), query_eco_by_job_number },
	{ STR("Query.ecos"), query_ecos },
	{ STR("Query.timeline"), query_timeline },
	{ STR("Query.partners"), query_partners },
	{ STR("EcoConnection.edges"), connection_edges },
	{ STR("EcoConnection.pageInfo"), connection_page_info },
	{ STR("EcoConnection.totalCount"), connection_total_count },
	{ STR("EcoEdge.cursor"), edge_cursor },
	{ STR("EcoEdge.node"), edge_node },
	{ STR("PageInfo.hasNextPage"), page_info_has_next_page },
	{ STR("PageInfo.endCursor"), page_info_end_cursor },
};
const size_t graphql_query_binding_count = COUNT_OF(graphql_query_bindings);
