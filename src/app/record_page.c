#include "app/record_page.h"

#define ROWS_AT_ONCE 100

/* A page in the making. */
struct paging {
	struct store_session *session;
	struct arena *arena;
	const struct record_page_query *query;
	struct record *records;
	struct record_page page;
	size_t looks;
};

/* Take ${row} if it is wanted.  One more than asked for tells whether there is a next page. */
static struct err *
take(struct paging *paging, const struct store_record *row)
{
	const struct record_page_query *query = paging->query;
	struct record *record = &paging->records[paging->page.count];

	TRY(record_read(paging->arena, row, record));
	if (query->wants != NULL && !query->wants(query->context, record)) {
		paging->page.end = row->id;
		return NULL;
	}
	if (paging->page.count == query->limit) {
		paging->page.more = true;
		return NULL;
	}
	paging->page.end = row->id;
	paging->page.count++;
	return NULL;
}

/* The next rows; ${ret_rest}: there may be others behind them. */
static struct err *
take_rows(struct paging *paging, bool *ret_rest)
{
	const struct store_record_query query = {
		.kind = paging->query->kind,
		.parent = paging->query->parent,
		.after = paging->page.end,
		.newest_first = paging->query->newest_first,
		.limit = ROWS_AT_ONCE,
	};
	struct store_records rows;

	TRY(store_list_records(paging->session, paging->arena, &query, &rows));
	for (size_t i = 0; i < rows.count && !paging->page.more; i++)
		TRY(take(paging, &rows.at[i]));
	paging->looks += rows.count;
	*ret_rest = rows.count == ROWS_AT_ONCE;
	return NULL;
}

struct err *
record_page(struct store_session *session, struct arena *arena,
    const struct record_page_query *query, struct record_page *ret)
{
	struct paging paging = { .session = session, .arena = arena, .query = query };
	bool rest = true;

	paging.records = arena_array(arena, struct record, query->limit + 1);
	if (paging.records == NULL)
		return ERR(arena, ERR_LIMIT, "no memory left to list records");
	paging.page.end = query->after;
	while (rest && !paging.page.more && paging.looks < RECORD_PAGE_LOOKS_MAX)
		TRY(take_rows(&paging, &rest));
	*ret = paging.page;
	ret->at = paging.records;
	ret->more = ret->more || rest;
	return NULL;
}

struct err *
record_each(struct store_session *session, struct arena *arena, enum record_kind kind,
    record_each_f each, void *context)
{
	struct store_record_query query = { .kind = kind, .limit = STORE_ROWS_MAX };
	struct record_list list;

	do {
		TRY(record_list(session, arena, &query, &list));
		for (size_t i = 0; i < list.count; i++)
			each(context, &list.at[i]);
		if (list.count > 0)
			query.after = list.at[list.count - 1].id;
	} while (list.count == query.limit);
	return NULL;
}
