#include "mock/scenario_parse.h"

#define KEYS_MAX 32

/* What is pressed once: keys of a telephone, or nothing. */
static bool
take_keys(struct scenario_reader *reader, struct str *ret)
{
	const struct scenario_word *word = scenario_words_peek(reader);
	bool good = word->kind == SCENARIO_WORD && word->text.len <= KEYS_MAX;

	if (scenario_words_accept(reader, "nothing")) {
		*ret = STR("");
		return true;
	}
	for (size_t i = 0; good && i < word->text.len; i++)
		good = memchr("0123456789*#", word->text.ptr[i], 12) != NULL;
	if (!good)
		return scenario_words_refuse(
		    reader, "keys of a telephone, such as 1 or 45#, or \"nothing\"");
	return scenario_words_take(reader, "keys", ret);
}

/* "45#", or "9 3 times" */
static bool
read_presses(struct scenario_reader *reader, struct scenario_phone *phone)
{
	struct str keys;
	int64_t times = 1;

	if (!take_keys(reader, &keys))
		return false;
	if (scenario_words_see(reader, 1, "times") &&
	    (!scenario_words_take_count(reader, "how many times", &times) ||
		!scenario_words_expect(reader, "times")))
		return false;
	if (times > (int64_t)(SCENARIO_PRESSES_MAX - phone->press_count))
		return scenario_words_refuse(reader, "at most 16 answers on one call");
	for (; times > 0; times--)
		phone->presses[phone->press_count++] = keys;
	return true;
}

/* What follows "hangs": up after 20s; or up, when keys are asked for the next time. */
static bool
read_hanging_up(struct scenario_reader *reader, struct scenario_phone *phone)
{
	if (!scenario_words_expect(reader, "up"))
		return false;
	if (!scenario_words_accept(reader, "after")) {
		phone->hangs_up_next = true;
		return true;
	}
	phone->hangs_up = true;
	return scenario_words_take_duration(reader, &phone->hangs_up_after);
}

/* What follows "verdict": after 12s; or never. */
static bool
read_verdict(struct scenario_reader *reader, struct scenario_phone *phone)
{
	phone->verdict = SCENARIO_VERDICT_NEVER;
	if (scenario_words_accept(reader, "never"))
		return true;
	phone->verdict = SCENARIO_VERDICT_AFTER;
	return scenario_words_expect(reader, "after") &&
	       scenario_words_take_duration(reader, &phone->verdict_after);
}

/* One thing that somebody does on the telephone. */
static bool
read_act(struct scenario_reader *reader, struct scenario_phone *phone)
{
	if (scenario_words_accept(reader, "presses"))
		return read_presses(reader, phone);
	if (phone->press_count > 0 && scenario_words_accept(reader, "then"))
		return scenario_words_accept(reader, "hangs") ? read_hanging_up(reader, phone)
							      : read_presses(reader, phone);
	if (scenario_words_accept_all(reader, "says nothing"))
		return true;
	if (scenario_words_accept(reader, "thinks"))
		return scenario_words_take_duration(reader, &phone->thinks);
	if (scenario_words_accept(reader, "verdict"))
		return read_verdict(reader, phone);
	if (scenario_words_accept(reader, "hangs"))
		return read_hanging_up(reader, phone);
	return scenario_words_refuse(reader,
	    "\"presses\" and keys, \"then\" and more keys, \"says nothing\", \"thinks\", "
	    "\"verdict\" or \"hangs up after\"");
}

bool
scenario_take_phone_acts(struct scenario_reader *reader, struct scenario_phone *phone)
{
	while (scenario_words_accept_mark(reader, SCENARIO_COMMA))
		if (!read_act(reader, phone))
			return false;
	return true;
}

/* "with SIP 480", or nothing. */
static bool
take_sip(struct scenario_reader *reader, struct scenario_phone *phone)
{
	if (!scenario_words_accept(reader, "with"))
		return true;
	if (!scenario_words_expect(reader, "SIP"))
		return false;
	if (!scenario_words_take_count(reader, "a SIP code from 300 to 699", &phone->sip))
		return false;
	if (phone->sip >= 300 && phone->sip <= 699)
		return true;
	reader->at--;
	return scenario_words_refuse(reader, "a SIP code from 300 to 699");
}

/* "as machine_start", or nothing. */
static bool
take_verdict_word(struct scenario_reader *reader, struct scenario_phone *phone)
{
	static const char *const words[] = { "human", "unknown", "fax", "machine_start",
		"machine_end_beep", "machine_end_silence", "machine_end_other" };

	if (!scenario_words_accept(reader, "as"))
		return true;
	for (size_t i = 0; i < COUNT_OF(words); i++) {
		phone->answered_by = str_from_z(words[i]);
		if (scenario_words_accept(reader, words[i]))
			return true;
	}
	return scenario_words_refuse(reader,
	    "human, unknown, fax, machine_start, machine_end_beep, machine_end_silence or "
	    "machine_end_other");
}

/* "declines with 3": a person who presses 2, and 3 for the reason when asked for one. */
static bool
read_decline(struct scenario_reader *reader, struct scenario_phone *phone)
{
	phone->presses[0] = STR("2");
	phone->press_count = 1;
	if (scenario_words_accept(reader, "with") && !take_keys(reader, &phone->presses[1]))
		return false;
	phone->press_count += !str_empty(phone->presses[1]);
	return scenario_take_after(reader, SECONDS(6), &phone->answers_after);
}

/* Who picks up, and what they do. */
static bool
read_answer(struct scenario_reader *reader, struct scenario_phone *phone)
{
	if (scenario_words_accept(reader, "voicemail")) {
		phone->pickup = SCENARIO_VOICEMAIL;
		return scenario_take_after(reader, SECONDS(20), &phone->answers_after) &&
		       take_verdict_word(reader, phone) && scenario_take_phone_acts(reader, phone);
	}
	phone->pickup = SCENARIO_ANSWERS;
	phone->answers_after = SECONDS(6);
	if (scenario_words_accept(reader, "declines"))
		return read_decline(reader, phone);
	if (scenario_words_accept(reader, "hangs")) {
		phone->hangs_up = true;
		return scenario_words_expect(reader, "up") &&
		       scenario_take_after(reader, SECONDS(3), &phone->hangs_up_after);
	}
	if (!scenario_words_accept(reader, "answers"))
		return scenario_words_refuse(reader,
		    "\"rings out\", \"answers\", \"voicemail\", \"busy\", \"declines\", "
		    "\"hangs up\", \"fails\" or \"is canceled\"");
	return scenario_take_after(reader, SECONDS(6), &phone->answers_after) &&
	       take_verdict_word(reader, phone) && scenario_take_phone_acts(reader, phone);
}

/* The part after the number. */
static bool
read_pickup(struct scenario_reader *reader, struct scenario_phone *phone)
{
	if (scenario_words_accept(reader, "rings")) {
		phone->pickup = SCENARIO_RINGS_OUT;
		return scenario_words_expect(reader, "out") && take_sip(reader, phone);
	}
	if (scenario_words_accept(reader, "busy")) {
		phone->pickup = SCENARIO_BUSY;
		return take_sip(reader, phone);
	}
	if (scenario_words_accept(reader, "fails")) {
		phone->pickup = SCENARIO_FAILS;
		return take_sip(reader, phone);
	}
	if (scenario_words_accept_all(reader, "is canceled")) {
		phone->pickup = SCENARIO_CANCELED;
		return scenario_take_after(reader, SECONDS(5), &phone->answers_after);
	}
	return read_answer(reader, phone);
}

/* phone +15125550101 [from call 2] ... */
bool
scenario_read_phone(struct scenario_reader *reader, struct scenario *scenario)
{
	struct scenario_phone *phone;

	if (!scenario_has_room(
		reader, scenario->phone_count, SCENARIO_PHONES_MAX, "at most 256 phones"))
		return false;
	phone = &scenario->phones[scenario->phone_count++];
	phone->thinks = SECONDS(1);
	phone->from_call = 1;
	if (!scenario_words_take_phone(reader, &phone->number))
		return false;
	if (scenario_words_accept(reader, "from") &&
	    (!scenario_words_expect(reader, "call") ||
		!scenario_words_take_count(
		    reader, "the number of the call, from 1", &phone->from_call)))
		return false;
	return read_pickup(reader, phone);
}

/* -- texts that we send -- */

/* "with 30005", or ${otherwise}. */
static bool
take_code(struct scenario_reader *reader, int64_t otherwise, struct scenario_inbox *inbox)
{
	inbox->code = otherwise;
	return !scenario_words_accept(reader, "with") ||
	       scenario_words_take_count(reader, "one of Twilio's codes", &inbox->code);
}

static bool
read_fate(struct scenario_reader *reader, struct scenario_inbox *inbox)
{
	inbox->delivery = SCENARIO_DELIVERED;
	if (scenario_words_accept(reader, "arrive"))
		return scenario_take_after(reader, SECONDS(0), &inbox->after);
	if (scenario_words_accept(reader, "vanish") ||
	    scenario_words_accept_all(reader, "are undelivered")) {
		inbox->delivery = SCENARIO_UNDELIVERED;
		return take_code(reader, 30003, inbox) &&
		       scenario_take_after(reader, SECONDS(0), &inbox->after);
	}
	if (scenario_words_accept(reader, "fail")) {
		inbox->delivery = SCENARIO_FAILED;
		return take_code(reader, 30008, inbox) &&
		       scenario_take_after(reader, SECONDS(0), &inbox->after);
	}
	if (scenario_words_accept_all(reader, "stay sent")) {
		inbox->delivery = SCENARIO_STAYS_SENT;
		return true;
	}
	if (scenario_words_accept_all(reader, "stay queued")) {
		inbox->delivery = SCENARIO_STAYS_QUEUED;
		return true;
	}
	if (scenario_words_see(reader, 0, "replies"))
		return true;
	inbox->delivery = SCENARIO_REFUSED;
	if (scenario_words_accept_all(reader, "are refused"))
		return take_code(reader, 21610, inbox);
	return scenario_words_refuse(reader,
	    "\"arrive\", \"vanish\", \"are undelivered\", \"fail\", \"are refused\", "
	    "\"stay sent\", \"stay queued\" or \"replies\"");
}

/* "A 45" [with its code] [after 20s] */
static bool
read_reply(struct scenario_reader *reader, struct scenario_inbox *inbox)
{
	struct scenario_reply *reply;

	if (!scenario_has_room(
		reader, inbox->reply_count, SCENARIO_REPLIES_MAX, "at most 8 replies to a text"))
		return false;
	reply = &inbox->replies[inbox->reply_count++];
	if (!scenario_words_take_quoted(reader, "the reply in quotation marks", &reply->text))
		return false;
	reply->with_code = scenario_words_accept_all(reader, "with its code");
	return scenario_take_after(reader, SECONDS(10), &reply->after);
}

/* replies "A 45" after 20s, then "STOP" after 5s */
static bool
read_replies(struct scenario_reader *reader, struct scenario_inbox *inbox)
{
	(void)scenario_words_accept_mark(reader, SCENARIO_COMMA);
	if (scenario_words_peek(reader)->kind != SCENARIO_WORD)
		return true;
	if (!scenario_words_expect(reader, "replies") || !read_reply(reader, inbox))
		return false;
	while (scenario_words_accept_mark(reader, SCENARIO_COMMA))
		if (!scenario_words_expect(reader, "then") || !read_reply(reader, inbox))
			return false;
	return true;
}

/* texts +15125550901 [from text 2] [arrive | ...] [, replies ...] */
bool
scenario_read_texts(struct scenario_reader *reader, struct scenario *scenario)
{
	struct scenario_inbox *inbox;

	if (!scenario_has_room(
		reader, scenario->inbox_count, SCENARIO_PHONES_MAX, "at most 256 inboxes"))
		return false;
	inbox = &scenario->inboxes[scenario->inbox_count++];
	inbox->from_text = 1;
	if (!scenario_words_take_phone(reader, &inbox->number))
		return false;
	if (scenario_words_accept(reader, "from") &&
	    (!scenario_words_expect(reader, "text") ||
		!scenario_words_take_count(
		    reader, "the number of the text, from 1", &inbox->from_text)))
		return false;
	return read_fate(reader, inbox) && read_replies(reader, inbox);
}

/* -- who turns to us by themselves -- */

static struct scenario_inbound *
add_inbound(struct scenario_reader *reader, struct scenario *scenario)
{
	struct scenario_inbound *inbound;

	if (!scenario_has_room(reader, scenario->inbound_count, SCENARIO_INBOUNDS_MAX,
		"at most 64 texts and calls from outside"))
		return NULL;
	inbound = &scenario->inbounds[scenario->inbound_count++];
	inbound->line = scenario_words_peek(reader)->line;
	return inbound;
}

/* from +15125550199 [to +15125550900] */
static bool
take_ends(struct scenario_reader *reader, struct scenario_inbound *inbound)
{
	return scenario_words_expect(reader, "from") &&
	       scenario_words_take_phone(reader, &inbound->from) &&
	       (!scenario_words_accept(reader, "to") ||
		   scenario_words_take_phone(reader, &inbound->to));
}

/* text from +15125550199 "A 45" after 3m */
bool
scenario_read_text(struct scenario_reader *reader, struct scenario *scenario)
{
	struct scenario_inbound *inbound = add_inbound(reader, scenario);

	return inbound != NULL && take_ends(reader, inbound) &&
	       scenario_words_take_quoted(
		   reader, "what is written, in quotation marks", &inbound->text) &&
	       scenario_take_when(reader, &inbound->when);
}

/* call from +15125550102 after 4m, presses 1, then 30# */
bool
scenario_read_call(struct scenario_reader *reader, struct scenario *scenario)
{
	struct scenario_inbound *inbound = add_inbound(reader, scenario);

	if (inbound == NULL)
		return false;
	inbound->kind = SCENARIO_IN_CALL;
	inbound->person =
	    (struct scenario_phone){ .pickup = SCENARIO_ANSWERS, .thinks = SECONDS(1) };
	if (!take_ends(reader, inbound) || !scenario_take_when(reader, &inbound->when))
		return false;
	inbound->person.number = inbound->from;
	return scenario_take_phone_acts(reader, &inbound->person);
}

static bool
take_forgery(struct scenario_reader *reader, struct scenario_inbound *inbound)
{
	if (scenario_words_accept(reader, "unsigned"))
		inbound->signature = SCENARIO_UNSIGNED;
	else if (scenario_words_accept_all(reader, "wrongly signed"))
		inbound->signature = SCENARIO_WRONGLY_SIGNED;
	else if (inbound->kind == SCENARIO_IN_STATUS &&
		 scenario_words_accept_all(reader, "about a foreign call"))
		inbound->signature = SCENARIO_FOREIGN;
	else
		return scenario_words_refuse(
		    reader, inbound->kind == SCENARIO_IN_STATUS
				? "\"unsigned\", \"wrongly signed\" or \"about a foreign call\""
				: "\"unsigned\" or \"wrongly signed\"");
	return true;
}

/* callback completed for +15125550101 wrongly signed after 30s; text ... unsigned after 3m */
bool
scenario_read_forged(struct scenario_reader *reader, struct scenario *scenario)
{
	struct scenario_inbound *inbound = add_inbound(reader, scenario);

	if (inbound == NULL)
		return false;
	if (scenario_words_accept(reader, "text")) {
		if (!take_ends(reader, inbound) ||
		    !scenario_words_take_quoted(
			reader, "what is written, in quotation marks", &inbound->text))
			return false;
	} else {
		inbound->kind = SCENARIO_IN_STATUS;
		if (!scenario_words_accept(reader, "callback"))
			return scenario_words_refuse(reader, "\"callback\" or \"text\"");
		if (!scenario_words_take(reader, "a status such as completed", &inbound->text) ||
		    !scenario_words_expect(reader, "for") ||
		    !scenario_words_take_phone(reader, &inbound->from))
			return false;
	}
	return take_forgery(reader, inbound) && scenario_take_when(reader, &inbound->when);
}
