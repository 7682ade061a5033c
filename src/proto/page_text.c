#include "proto/page_text.h"

#include "proto/gsm7.h"

#define SEGMENT 160

static void
begin(struct buf *buf, const struct page_text *about)
{
	if (about->drill)
		buf_str(buf, STR("THIS IS A DRILL. "));
}

/* The beginning of ${text}, already in the alphabet, that takes ${septets}, cut at a word. */
static struct str
beginning(struct str text, size_t septets)
{
	size_t end = 0, word = 0;

	if (gsm7_size_of(text).units <= septets)
		return text;
	while (end < text.len) {
		size_t next = end + 1;

		while (next < text.len && ((unsigned char)text.ptr[next] & 0xc0) == 0x80)
			next++;
		/* Three are kept for the dots that say that there is more. */
		if (gsm7_size_of((struct str){ text.ptr, next }).units + 3 > septets)
			break;
		if (text.ptr[end] == ' ')
			word = end;
		end = next;
	}
	return (struct str){ text.ptr, word > end / 2 ? word : end };
}

void
page_text_offer(struct buf *buf, const struct page_text *about)
{
	static const char how[] = ". Reply A and minutes to accept, D to decline.";
	char head_memory[256], what_memory[4096];
	struct buf head = buf_over(head_memory, sizeof(head_memory));
	struct buf what = buf_over(what_memory, sizeof(what_memory));
	struct str given = about->what, shown;
	size_t taken;

	given.len = given.len < sizeof(what_memory) / 4 ? given.len : sizeof(what_memory) / 4;
	begin(&head, about);
	buf_printf(&head, "%.*s %.*s: ", STR_ARG(about->code), STR_ARG(about->job_number));
	gsm7_write(&what, given);
	taken = gsm7_size_of(buf_view(&head)).units + sizeof(how) - 1 + STR(" at ").len +
		about->where.len;
	shown = beginning(buf_view(&what), taken < SEGMENT ? SEGMENT - taken : 0);
	buf_str(buf, buf_view(&head));
	buf_str(buf, shown);
	if (shown.len < buf_view(&what).len && taken + 3 <= SEGMENT)
		buf_str(buf, STR("..."));
	buf_printf(buf, " at %.*s%s", STR_ARG(about->where), how);
}

void
page_text_ask_arrival(struct buf *buf, const struct page_text *about)
{
	begin(buf, about);
	buf_printf(buf,
	    "%.*s %.*s: you accepted and were not seen yet. Reply S if you are on site, E and "
	    "minutes for a new ETA. Otherwise others are rung in 5 minutes.",
	    STR_ARG(about->code), STR_ARG(about->job_number));
}

void
page_text_resumed(struct buf *buf, const struct page_text *about)
{
	begin(buf, about);
	buf_printf(buf,
	    "%.*s %.*s: we did not see you arrive, so others are being rung now. If you are there, "
	    "reply S.",
	    STR_ARG(about->code), STR_ARG(about->job_number));
}

void
page_text_taken(struct buf *buf, const struct page_text *about)
{
	begin(buf, about);
	buf_printf(buf, "%.*s %.*s: somebody else has this job now. You need not go.",
	    STR_ARG(about->code), STR_ARG(about->job_number));
}

void
page_text_alert(struct buf *buf, const struct page_text_alert *alert)
{
	begin(buf, &alert->about);
	buf_printf(buf,
	    "Osprey Strike: nobody accepted %.*s. %lld contacts were rung, %lld times each. ",
	    STR_ARG(alert->about.job_number), (long long)alert->people, (long long)alert->loops);
	if (alert->has_late_accepted)
		buf_str(buf, STR("Who had accepted was not seen. "));
	if (alert->again_after_s > 0)
		buf_printf(buf, "The list is rung again in %lld minutes.",
		    (long long)alert->again_after_s / 60);
	else if (alert->another)
		buf_str(buf, STR("Another contractor is being engaged."));
	else
		buf_str(buf, STR("Nobody is being rung any more."));
}
