#ifndef APP_RECORD_PAGE_H
#define APP_RECORD_PAGE_H

#include "app/record_change.h"

/*
 * record_page: the directory's records page by page, of which only some may be wanted.
 *
 * Whatever is wanted, at most RECORD_PAGE_LOOKS_MAX records are looked at for one page: it
 * may be short, even empty, and another may still follow.
 */

#define RECORD_PAGE_LOOKS_MAX 1000

typedef bool (*record_wanted_f)(const void *context, const struct record *record);

struct record_page_query {
	enum record_kind kind;
	struct uuid parent; /* Nil: any */
	struct uuid
	    after; /* behind this one, which the last page ended with; Nil: the first page */
	bool newest_first;
	size_t limit;
	record_wanted_f wants; /* NULL: all of them */
	const void *context;   /* ${wants}' own */
};

struct record_page {
	const struct record *at;
	size_t count;
	bool more;
	struct uuid end; /* where the next page begins behind; Nil: there was nothing */
};

/** A page of the records that the session may see. */
NODISCARD struct err *record_page(struct store_session *session, struct arena *arena,
    const struct record_page_query *query, struct record_page *ret);

/** Call ${each}(${context}, record) for every record of ${kind} that the session may see. */
typedef void (*record_each_f)(void *context, const struct record *record);
NODISCARD struct err *record_each(struct store_session *session, struct arena *arena,
    enum record_kind kind, record_each_f each, void *context);

#endif
