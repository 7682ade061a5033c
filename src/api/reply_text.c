#include "api/reply_text.h"

#define LISTED_MAX 4

/* "HC-MFR-00042-0 is yours, ETA 45 min.", and what to say next. */
static void
say_confirmed(struct buf *buf, const struct reply *asked, struct str job)
{
	buf_printf(buf, "%.*s is yours", STR_ARG(job));
	if (asked->minutes > 0)
		buf_printf(buf, ", ETA %lld min. Text S when on site, E 30 for a new ETA.",
		    (long long)asked->minutes);
	else if (asked->unusable)
		buf_str(buf, STR(". The minutes cannot be: text E 45 for 45 minutes."));
	else
		buf_str(buf, STR(". When will you be there? Text E 45 for 45 minutes."));
}

void
reply_text_taken(
    struct buf *buf, enum ringdown_reply reply, const struct reply *asked, struct str job)
{
	switch (reply) {
	case RINGDOWN_CONFIRMED:
	case RINGDOWN_ASK_ETA:
		say_confirmed(buf, asked, job);
		return;
	case RINGDOWN_NOTED:
		buf_printf(buf, "Noted: you do not take %.*s.", STR_ARG(job));
		return;
	case RINGDOWN_TOO_LATE:
		buf_printf(buf, "%.*s does not need you any more. Thank you.", STR_ARG(job));
		return;
	case RINGDOWN_WELCOME:
		buf_printf(buf, "Noted: on site for %.*s.", STR_ARG(job));
		return;
	case RINGDOWN_ETA_NOTED:
		buf_printf(
		    buf, "Noted: %.*s, ETA %lld min.", STR_ARG(job), (long long)asked->minutes);
		return;
	case RINGDOWN_UNKNOWN:
		buf_printf(buf, "%.*s is not for you any more.", STR_ARG(job));
		return;
	}
	UNREACHABLE("ringdown reply");
}

void
reply_text_which(struct buf *buf, const struct inbound_pages *pages, enum inbound_standing standing)
{
	size_t listed = 0;

	buf_str(buf, STR("Which one? Add its code:"));
	for (size_t i = 0; i < pages->count && listed < LISTED_MAX; i++) {
		const struct inbound_page *page = &pages->at[i];

		if (page->standing != standing)
			continue;
		buf_printf(buf, "%s %s for %.*s", listed++ == 0 ? "" : ",", page->code,
		    STR_ARG(page->loaded->callout.eco.job_number));
	}
	buf_char(buf, '.');
}

void
reply_text_none(struct buf *buf, const struct reply *asked)
{
	if (asked->kind == REPLY_ON_SITE || asked->kind == REPLY_ETA)
		buf_str(buf, STR("You have accepted no callout that is still open."));
	else
		buf_str(buf, STR("There is no open callout for you."));
}

void
reply_text_help(struct buf *buf, bool understood)
{
	if (!understood)
		buf_str(buf, STR("Not understood, nothing was done. "));
	buf_str(
	    buf, STR("Text A 45 to accept (45 min away), D to decline, S on site, E 30 new ETA, "
		     "STOP for no more calls."));
}

void
reply_text_pin(struct buf *buf, struct str job, struct str number)
{
	buf_printf(buf, "%.*s needs your PIN: call ", STR_ARG(job));
	buf_str(buf, str_empty(number) ? STR("us") : number);
	buf_str(buf, STR(" to accept."));
}

void
reply_text_opted(struct buf *buf, bool out)
{
	buf_str(buf, out ? STR("You will not be called or texted any more. Text START to change "
			       "that.")
			 : STR("You can be called and texted again. Text STOP to end that."));
}
