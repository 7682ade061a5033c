#include "reference_telephone.h"

/* How the words of one meaning are explained, in the order of the page. */
struct meaning_row {
	const char *meaning, *says;
};

static const struct meaning_row meanings[] = {
	{ "ACCEPT", "accepts; minutes to arrival may follow: `A 45`, `A 1h30`" },
	{ "DECLINE", "declines; the digit of a reason may follow: `D 2`" },
	{ "ON_SITE", "is on site, after having accepted" },
	{ "ETA", "says, after having accepted, when they will be there: `E 30`" },
	{ "HELP", "asks what can be said; so does any text with a `?`" },
	{ "STOP", "wants no calls and texts any more; only when the text says nothing else" },
	{ "START", "may be called and texted again; only when the text says nothing else" },
	{ "HOURS", "behind a number: hours" },
	{ "MINUTES", "behind a number: minutes" },
	{ "FILLER", "means nothing, and may stand anywhere" },
};

/* The words of the reply grammar, and what each means. */
struct word_row {
	const char *word, *meaning;
};

static const struct word_row words[] = {
#define REPLY_WORD(word, meaning) { word, #meaning },
#include "proto/reply_words.def"
#undef REPLY_WORD
};

static bool
is_same(const char *a, const char *b)
{
	return str_equal(str_from_z(a), str_from_z(b));
}

static void
print_words(struct buf *page)
{
	buf_str(page, STR("| words | whoever texts that |\n|---|---|\n"));
	for (size_t m = 0; m < COUNT_OF(meanings); m++) {
		bool first = true;

		buf_str(page, STR("| "));
		for (size_t i = 0; i < COUNT_OF(words); i++) {
			if (!is_same(words[i].meaning, meanings[m].meaning))
				continue;
			buf_printf(page, "%s`%s`", first ? "" : " ", words[i].word);
			first = false;
		}
		buf_printf(page, " | %s |\n", meanings[m].says);
	}
}

static void
print_texts(struct buf *page)
{
	buf_str(page,
	    STR("## What people text us\n\n"
		"`A 45 KFX` accepts the callout with the code `KFX`, being there in 45 minutes. "
		"Case, spaces, quotes,\n"
		"punctuation and emoji do not matter, nor does the order; the code, or the whole "
		"job "
		"number, is needed\n"
		"only of who has several open callouts. `1` and `2` serve as `A` and `D`. Minutes "
		"are "
		"from 1 to 1440;\n"
		"an acceptance is not lost over others.\n\n"
		"A text is understood as a whole or not at all: `A bit busy, sorry` accepts "
		"nothing, "
		"and is answered by what\n"
		"can be said. `17:30` and `45-60` are not understood either.\n\n"));
	print_words(page);
	buf_str(page,
	    STR("\nWho has a PIN accepts by telephone: a text is answered by the number to call.\n"
		"A text of a number that nobody in the directory has, and that was never paged, is "
		"not "
		"answered and leaves no\n"
		"trace. After five answers to texts that did nothing there is silence for an hour, "
		"or "
		"until one does something.\n"
		"`STOP` and `START` are recorded on every person with that number, by whichever "
		"contractor; who texts\n"
		"`STOP` while a callout is open to them has declined it as well.\n\n"));
}

static void
print_keys(struct buf *page)
{
	buf_str(page,
	    STR("## What people press\n\n"
		"| after | key | what it does |\n|---|---|---|\n"
		"| the job was read out | `1` | accepts; then the minutes to arrival and `#`, or "
		"`#` "
		"alone for none |\n"
		"| | `2` | declines; then the digit of a reason |\n"
		"| | `3` | reads it again |\n"
		"| | `0` `*` | says what the keys do |\n"
		"| | `9` | the next callout, of who called us and has several |\n"
		"| | `8` | then the digits of a job number and `#`: that callout, of who called us "
		"and has several |\n"
		"| they accepted, and call us or are asked | `1` | on site |\n"
		"| | `2` | then minutes and `#`: a new ETA |\n"
		"| | `3` | gives the job back: others are rung |\n\n"
		"Who has a PIN is asked for it before anything is said about the job. Three wrong "
		"PINs, "
		"three inputs that\n"
		"mean nothing, or three silences end the call, each with a reason of its own. A "
		"drill "
		"is called one first and\n"
		"last. Whoever calls our number is known by theirs: a stranger is told that it "
		"takes "
		"no calls.\n\n"
		"### Why somebody declines\n\n| digit | |\n|---|---|\n"));
#define DECLINE_REASON(digit, words) buf_printf(page, "| `%d` | %s |\n", digit, words);
#include "domain/ringdown/decline_reasons.def"
#undef DECLINE_REASON
}

static void
print_states(struct buf *page)
{
	buf_str(page, STR("\n## What a provider reports\n\n"
			  "### The state of a call (`CallStatus`)\n\n"
			  "| state | SIP code | is to us | detail |\n|---|---|---|---|\n"));
#define CALL_STATE(status, sip, news, detail)                                                     \
	buf_printf(page, "| `%s` | %.*d | `%s` | %s |\n", status, (sip) == 0 ? 0 : 3, sip, #news, \
	    detail);
#include "api/webhook_calls.def"
#undef CALL_STATE
	buf_str(
	    page, STR("\nA call that ends (`ENDED`) without a choice was not reached.\n\n"
		      "### Who picked up (`AnsweredBy`)\n\n| verdict | is to us |\n|---|---|\n"));
#define VERDICT(answered_by, news) buf_printf(page, "| `%s` | `%s` |\n", answered_by, #news);
#include "api/webhook_verdicts.def"
#undef VERDICT
	buf_str(page,
	    STR("\nAny other verdict, and none, is a person's: the keys decide. Voicemail "
		"is hung up on and learns nothing.\n\n"
		"### The state of a text (`MessageStatus`)\n\n| state | is to us |\n|---|---|\n"));
#define TEXT_STATE(status, news) buf_printf(page, "| `%s` | `%s` |\n", status, #news);
#include "api/webhook_texts.def"
#undef TEXT_STATE
}

void
print_telephone(struct buf *page)
{
	print_texts(page);
	print_keys(page);
	print_states(page);
	buf_str(page,
	    STR("\n## Where a provider asks\n\n"
		"Under `/webhooks/twilio`, and for the gateway under `/webhooks/gateway`:\n\n"
		"| path | what for | set by |\n|---|---|---|\n"
		"| `/voice/answer` | our call was answered | us, with each call |\n"
		"| `/voice/status` | the call has changed its state | us, with each call |\n"
		"| `/voice/fallback` | another document could not be had | us, with each call "
		"(FallbackUrl) |\n"
		"| `/voice/arrival` | our call to somebody who was not seen | us, with each call "
		"|\n"
		"| `/voice/choice` `/voice/eta` `/voice/pin` | keys that were pressed | our "
		"documents |\n"
		"| `/voice/in` | somebody calls us | the operator, at the number (A call comes in) "
		"|\n"
		"| `/text` | somebody texts us | the operator, at the number (A message comes in) "
		"|\n"
		"| `/text/status` | our text has changed its state | us, with each text |\n"));
}
