#include "api/graphql_record.h"
#include "base/base64.h"

#define PAGE_MAX        100
#define CURSOR_TEXT_MAX 96

/* A page of the board, with what tells whether there is more. */
struct eco_page {
	struct store_board_rows rows;
	struct store_board_filter filter;
	bool past;
	int64_t position; /* everything up to it is in the page; 0: not asked for */
	bool more;
	bool has_end; /* the next page begins behind this place */
	struct instant end;
	struct uuid end_eco;
};

/* A mark behind one ECO: its place in the order of the list. */
static struct str
make_cursor(struct arena *arena, struct instant created_at, struct uuid eco)
{
	struct buf buf = buf_in(arena, CURSOR_TEXT_MAX);

	base64_encode(&buf, arena_printf(arena, "%lld.%.*s", (long long)created_at.us,
				STR_ARG(uuid_text(arena, eco))));
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

/* The arguments of ecos(); ${ret_go} is false after graphql_fail(). */
static struct err *
read_page(struct graphql_call *call, struct eco_page *page, size_t *ret_first, bool *ret_go)
{
	const struct json *first = graphql_argument(call, STR("first"));
	const struct json *after = graphql_argument(call, STR("after"));
	int64_t count = first == NULL || first->type != JSON_INT ? 25 : first->integer;
	struct str problem;

	TRY(graphql_board_filter(
	    call, graphql_argument(call, STR("filter")), &page->filter, &problem));
	if (count < 1 || count > PAGE_MAX)
		problem = STR("first must be between 1 and 100");
	else if (after != NULL && after->type == JSON_TEXT &&
		 !read_cursor(call->arena, after->text, &page->filter))
		problem = STR("after is not a cursor of this list");
	if (!str_empty(problem))
		graphql_fail(call, STR("BAD_USER_INPUT"), problem);
	*ret_first = (size_t)count;
	*ret_go = str_empty(problem);
	return NULL;
}

/* The columns that the document asks nothing of. */
static unsigned
not_asked(const struct graphql_call *call)
{
	unsigned asked = 0;

	for (size_t i = 0; i < graphql_eco_field_count; i++) {
		struct str path = arena_printf(
		    call->arena, "edges.node.%.*s", STR_ARG(graphql_eco_fields[i].name));

		if (graphql_asks(call, path))
			asked |= graphql_eco_fields[i].columns;
	}
	return ~asked;
}

static struct err *
list_now(struct graphql_call *call, struct eco_page *page, size_t first)
{
	const struct app_context *app = &graphql_asker(call)->app;

	page->filter.without = not_asked(call);
	/* Before the rows are read: then they have everything up to it. */
	if (graphql_asks(call, STR("position")))
		TRY(store_board_position(app->session, app->arena, &page->position));
	/* One more than asked for tells whether there is a next page. */
	TRY(store_list_board(app->session, app->arena, &page->filter, first + 1, &page->rows));
	page->more = page->rows.count > first;
	if (page->more)
		page->rows.count = first;
	page->has_end = page->rows.count > 0;
	if (page->has_end) {
		page->end = page->rows.at[page->rows.count - 1].created_at;
		page->end_eco = page->rows.at[page->rows.count - 1].eco;
	}
	return NULL;
}

static struct err *
list_past(
    struct graphql_call *call, const struct as_of *moment, struct eco_page *page, size_t first)
{
	struct graphql_asker *asker = graphql_asker(call);
	struct as_of_query query = {
		.moment = *moment,
		.filter = page->filter,
		.first = first,
		.looks_max = AS_OF_LOOKS_MAX - asker->looks,
	};
	struct as_of_page found;

	page->past = true;
	if (query.looks_max == 0) {
		graphql_fail(call, STR("LIMIT"),
		    STR("one request looks at 1,000 ECOs of the past at most: ask for this one "
			"by itself"));
		return NULL;
	}
	TRY(as_of_board(&asker->app, &query, &found));
	asker->looks += found.looks;
	page->rows = found.rows;
	page->more = found.more;
	page->has_end = found.has_end;
	page->end = found.end;
	page->end_eco = found.end_eco;
	return NULL;
}

static struct err *
query_ecos(struct graphql_call *call, struct graphql_value *ret)
{
	struct eco_page *page = arena_new(call->arena, struct eco_page);
	struct as_of moment;
	size_t first;
	bool go;

	if (page == NULL)
		return ERR(call->arena, ERR_LIMIT, "no memory left to list ECOs");
	graphql_permits(call, OPERATION_ecos, &go);
	if (go)
		TRY(read_page(call, page, &first, &go));
	if (go)
		TRY(graphql_as_of(call, &go, &moment));
	if (go)
		TRY(graphql_sees(call, &go));
	if (!go)
		return NULL;
	if (moment.kind == AS_OF_NOW)
		TRY(list_now(call, page, first));
	else
		TRY(list_past(call, &moment, page, first));
	*ret = graphql_object(STR("EcoConnection"), page);
	return NULL;
}

static struct err *
connection_edges(struct graphql_call *call, struct graphql_value *ret)
{
	const struct eco_page *page = call->parent;
	struct graphql_value *edges =
	    arena_array(call->arena, struct graphql_value, page->rows.count + 1);
	struct graphql_eco *ecos =
	    arena_array(call->arena, struct graphql_eco, page->rows.count + 1);
	struct graphql_sides *sides = arena_new(call->arena, struct graphql_sides);

	if (edges == NULL || ecos == NULL || sides == NULL)
		return ERR(call->arena, ERR_LIMIT, "no memory left to list ECOs");
	for (size_t i = 0; i < page->rows.count; i++) {
		ecos[i] = (struct graphql_eco){
			.row = page->rows.at[i], .past = page->past, .sides = sides
		};
		edges[i] = graphql_object(STR("EcoEdge"), &ecos[i]);
	}
	*ret = graphql_list(edges, page->rows.count);
	return NULL;
}

static struct err *
connection_page_info(struct graphql_call *call, struct graphql_value *ret)
{
	const struct eco_page *page = call->parent;
	struct graphql_page_info *info = arena_new(call->arena, struct graphql_page_info);

	if (info == NULL)
		return ERR(call->arena, ERR_LIMIT, "no memory left to list ECOs");
	info->more = page->more;
	info->back = page->filter.has_before;
	if (page->rows.count > 0)
		info->start =
		    make_cursor(call->arena, page->rows.at[0].created_at, page->rows.at[0].eco);
	if (page->has_end)
		info->end = make_cursor(call->arena, page->end, page->end_eco);
	*ret = graphql_object(STR("PageInfo"), info);
	return NULL;
}

static struct err *
connection_total_count(struct graphql_call *call, struct graphql_value *ret)
{
	const struct eco_page *page = call->parent;
	int64_t count;

	/* To count the past would be to fold all of it. */
	if (page->past)
		return NULL;
	TRY(store_count_board(
	    graphql_asker(call)->app.session, call->arena, &page->filter, &count));
	*ret = graphql_int(count);
	return NULL;
}

static struct err *
connection_position(struct graphql_call *call, struct graphql_value *ret)
{
	const struct eco_page *page = call->parent;

	if (!page->past)
		*ret = graphql_text(arena_printf(call->arena, "%lld", (long long)page->position));
	return NULL;
}

static struct err *
edge_cursor(struct graphql_call *call, struct graphql_value *ret)
{
	const struct store_board_row *row = &((const struct graphql_eco *)call->parent)->row;

	*ret = graphql_text(make_cursor(call->arena, row->created_at, row->eco));
	return NULL;
}

static struct err *
edge_node(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_object(STR("Eco"), call->parent);
	return NULL;
}

const struct graphql_binding graphql_board_bindings[] = {
	{ STR("Query.ecos"), query_ecos },
	{ STR("EcoConnection.edges"), connection_edges },
	{ STR("EcoConnection.pageInfo"), connection_page_info },
	{ STR("EcoConnection.totalCount"), connection_total_count },
	{ STR("EcoConnection.position"), connection_position },
	{ STR("EcoEdge.cursor"), edge_cursor },
	{ STR("EcoEdge.node"), edge_node },
};
const size_t graphql_board_binding_count = COUNT_OF(graphql_board_bindings);
