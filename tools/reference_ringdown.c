#include "reference_ringdown.h"

#include <stdio.h>

#include "domain/ringdown/ringdown_moves.h"

/*
 * In the document
 *
 *	<!-- made from ringdown_moves.def: NAME -->
 *	...
 *	<!-- end -->
 *
 * what stands between the two lines is made here; the rest is kept as it is.
 */

#define DOCUMENT  "docs/design/ringdown.md"
#define MARK      "<!-- made from ringdown_moves.def: "
#define END       "<!-- end -->"
#define LINE_ROOM 1024

static void
print_moves(struct buf *page, const struct ringdown_moves *moves)
{
	buf_printf(page, "```mermaid\nstateDiagram-v2\n");
	for (size_t i = 0; i < moves->count; i++) {
		const struct ringdown_move *move = &moves->at[i];

		buf_printf(page, "    %.*s --> %.*s: %.*s\n", STR_ARG(move->from),
		    STR_ARG(move->to), STR_ARG(eco_event_name(move->event)));
	}
	buf_printf(page, "```\n\n| from | event | to | what it means |\n|---|---|---|---|\n");
	for (size_t i = 0; i < moves->count; i++) {
		const struct ringdown_move *move = &moves->at[i];

		buf_printf(page, "| %.*s | `%.*s` | %.*s | %.*s |\n", STR_ARG(move->from),
		    STR_ARG(eco_event_name(move->event)), STR_ARG(move->to), STR_ARG(move->words));
	}
}

static void
print_attempts(struct buf *page)
{
	buf_printf(page, "| where it stands | what that means |\n|---|---|\n");
	for (int phase = RINGDOWN_NO_CALL; phase <= RINGDOWN_WAS_LET_GO; phase++)
		buf_printf(page, "| %.*s | %.*s |\n",
		    STR_ARG(ringdown_phase_name((enum ringdown_phase)phase)),
		    STR_ARG(ringdown_phase_words((enum ringdown_phase)phase)));
	buf_char(page, '\n');
	print_moves(page, &ringdown_attempt_moves);
}

static void
print_arrivals(struct buf *page)
{
	buf_printf(page, "| what is known | what that means |\n|---|---|\n");
	for (int at = RINGDOWN_ARRIVAL_NOBODY; at <= RINGDOWN_ARRIVAL_GONE; at++)
		buf_printf(page, "| %.*s | %.*s |\n",
		    STR_ARG(ringdown_arrival_name((enum ringdown_arrival)at)),
		    STR_ARG(ringdown_arrival_words((enum ringdown_arrival)at)));
	buf_char(page, '\n');
	print_moves(page, &ringdown_arrival_moves);
}

/* How long what is waited for. */
static void
print_patience(struct buf *page)
{
	static const struct {
		const char *what;
		struct duration patience;
	} rows[] = {
		{ "after the ring time, for the provider's word", RINGDOWN_WORD_GRACE },
		{ "from pick-up to a verdict on who it is", RINGDOWN_VERDICT_MAX },
		{ "for a person to listen and choose", RINGDOWN_TALK_MAX },
		{ "for minutes to arrival, of who has chosen to accept", RINGDOWN_ETA_MAX },
		{ "for a reply to a text", RINGDOWN_REPLY_WAIT },
		{ "for an answer of a crew that was not seen", RINGDOWN_ARRIVAL_ANSWER },
	};

	buf_printf(page, "| what is waited for | seconds |\n|---|---|\n");
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		buf_printf(page, "| %s | %lld |\n", rows[i].what,
		    (long long)rows[i].patience.us / 1000000);
}

static void
print_made(struct buf *page, struct str name)
{
	if (str_equal(name, STR("rounds")))
		print_moves(page, &ringdown_dispatch_moves);
	else if (str_equal(name, STR("attempts")))
		print_attempts(page);
	else if (str_equal(name, STR("arrival")))
		print_arrivals(page);
	else if (str_equal(name, STR("patience")))
		print_patience(page);
	else
		buf_printf(page, "There is nothing called %.*s.\n", STR_ARG(name));
}

void
print_ringdown_design(struct buf *page)
{
	FILE *file = fopen(DOCUMENT, "r");
	char room[LINE_ROOM];
	bool skips = false;

	if (file == NULL)
		return;
	while (fgets(room, sizeof(room), file) != NULL) {
		struct str line = str_from_z(room), name = str_trim(line);

		if (str_find(line, STR(END)) == 0)
			skips = false;
		if (!skips)
			buf_str(page, line);
		if (str_find(line, STR(MARK)) != 0)
			continue;
		name = (struct str){ name.ptr + sizeof(MARK) - 1, name.len - sizeof(MARK) + 1 };
		name.len = str_find(name, STR(" -->"));
		print_made(page, name);
		skips = true;
	}
	(void)fclose(file);
}
