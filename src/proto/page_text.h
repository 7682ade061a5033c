#ifndef PROTO_PAGE_TEXT_H
#define PROTO_PAGE_TEXT_H

#include "base/buf.h"

/*
 * page_text: the words of the texts that are sent about a callout.
 *
 * All are in the GSM alphabet, and an offer fits one segment: what happened is cut rather
 * than how to answer.  A drill says so first, in every one of them.
 */

#define PAGE_TEXT_BYTES_MAX 1024

/* What the texts are about. */
struct page_text {
	bool drill;
	struct str job_number;
	struct str what;  /* the description */
	struct str where; /* e.g. "30.26720,-97.74310" */
	struct str code;  /* "KFX"; see page_code() */
};

/** "KFX HCC-MFR-00042-7: Fiber cut at 30.26720,-97.74310. Reply A and minutes to accept, D to
 * decline." */
void page_text_offer(struct buf *buf, const struct page_text *about);

/** To who has accepted and was not seen: where are you? */
void page_text_ask_arrival(struct buf *buf, const struct page_text *about);

/** To who had accepted: others are rung now. */
void page_text_resumed(struct buf *buf, const struct page_text *about);

/** To who had accepted before: somebody else has the job. */
void page_text_taken(struct buf *buf, const struct page_text *about);

/* What the NOC's duty number is told. */
struct page_text_alert {
	struct page_text about;
	int64_t people, loops;  /* how many were rung, how often */
	int64_t again_after_s;  /* until the list is rung again; 0: it is not */
	bool another;           /* another contractor is looked for now */
	bool has_late_accepted; /* somebody had accepted and was not seen */
};

/** "Osprey Strike: nobody accepted HCC-MFR-00042-7. ..." and what follows. */
void page_text_alert(struct buf *buf, const struct page_text_alert *alert);

#endif
