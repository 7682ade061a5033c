#ifndef APP_INBOUND_H
#define APP_INBOUND_H

#include "app/work.h"
#include "domain/ringdown/page_code.h"

/*
 * inbound: whose number it is that texts or calls us, and what about.
 *
 * A number was paged (store_note_page()), or is a person's in the directory; of any other
 * nothing is known, and nobody is told anything.  A number proves little: it can be
 * forged by whoever calls.  What it opens is what a page to it would have opened.
 */

#define INBOUND_PAGES_MAX 8             /* of the newest callouts of a number */
#define INBOUND_PAGE_AGE  HOURS(7 * 24) /* older pages are nobody's business any more */

/* How a callout stands to the person who was paged about it. */
enum inbound_standing {
	INBOUND_OVER,   /* it needs nobody any more, or not them */
	INBOUND_OPEN,   /* they could take it now */
	INBOUND_THEIRS, /* they have accepted it */
};

/* One callout about which a number was paged. */
struct inbound_page {
	struct uuid eco, person;
	enum inbound_standing standing;
	bool asks_pin; /* the person has a PIN */
	char code[PAGE_CODE_LEN + 1];
	const struct change_loaded *loaded;
};

struct inbound_pages {
	struct inbound_page at[INBOUND_PAGES_MAX];
	size_t count;
};

/* Whether a callout may be seen by whoever told us; see webhook_may_see(). */
typedef struct err *(*inbound_may_see_f)(
    const void *context, const struct callout *callout, bool *ret);

/**
 * The callouts about which ${number} (E.164) was paged, newest first and each once, that
 * ${may_see}(${context}, ...) lets through.  ${ret_known}: somebody of the directory has
 * the number, or it was paged.
 */
NODISCARD struct err *inbound_find(const struct app_work *work, struct str number,
    inbound_may_see_f may_see, const void *context, struct inbound_pages *ret, bool *ret_known);

/** The callout of ${pages} with ${code} (three letters, in either case), or NULL. */
const struct inbound_page *inbound_by_code(const struct inbound_pages *pages, struct str code);

/** The callout with the job number ${job}, or NULL. */
const struct inbound_page *inbound_by_job(const struct inbound_pages *pages, struct str job);

/** The callout whose job number has the digits ${digits}, zeros in front or not, or NULL. */
const struct inbound_page *inbound_by_digits(const struct inbound_pages *pages, struct str digits);

/**
 * Opt everybody of the directory who has ${number} out of being rung, or back in:
 * ${ret_count} is how many have changed.
 */
NODISCARD struct err *inbound_opt(
    const struct app_work *work, struct str number, bool out, struct str reason, size_t *ret_count);

#endif
