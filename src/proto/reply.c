#include "proto/reply.h"

#define WORD_BYTES_MAX  16
#define NUMBERS_MAX     3 /* "1 1h 30" */
#define DIGITS_MAX      5 /* more are no number of minutes, and would not fit */
#define JOB_LETTERS_MAX 8
#define JOB_DIGITS_MAX  18

enum meaning {
	MEANING_UNKNOWN, /* also of a code: it is known by its length */
	MEANING_ACCEPT,
	MEANING_DECLINE,
	MEANING_ON_SITE,
	MEANING_ETA,
	MEANING_HELP,
	MEANING_STOP,
	MEANING_START,
	MEANING_HOURS,
	MEANING_MINUTES,
	MEANING_FILLER,
	MEANING_COUNT
};

struct word_row {
	struct str word;
	enum meaning meaning;
};

static const struct word_row words[] = {
#define REPLY_WORD(word, meaning) { STR(word), MEANING_##meaning },
#include "proto/reply_words.def"
#undef REPLY_WORD
};

enum unit { UNIT_NONE, UNIT_MINUTES, UNIT_HOURS };

/* One number, with tenths: "1.5h". */
struct number {
	int64_t tenths;
	bool whole;
	enum unit unit;
};

/* What has been read so far. */
struct reading {
	struct str rest;
	bool said[MEANING_COUNT]; /* words of that meaning */
	bool asks;                /* a question mark */
	bool confused;            /* something that means nothing */
	bool unit_fits;           /* the last thing read was a number, or a filler after it */
	struct number numbers[NUMBERS_MAX];
	size_t number_count;
	struct reply *reply;
};

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static char
capital(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

/* How many of the first bytes of ${text} are ${is_one}. */
static size_t
run(struct str text, bool (*is_one)(char))
{
	size_t length = 0;

	while (length < text.len && is_one(text.ptr[length]))
		length++;
	return length;
}

static struct str
skipped(struct str text, size_t length)
{
	return (struct str){ text.ptr + length, text.len - length };
}

/* -- a job number, which has dashes where other texts have ends of words -- */

/* One part of it: at least ${min} and at most ${max} of ${is_one}; it is taken off ${rest}. */
static bool
take_part(struct str *rest, bool (*is_one)(char), size_t min, size_t max)
{
	size_t length = run(*rest, is_one);

	if (length < min || length > max)
		return false;
	*rest = skipped(*rest, length);
	return true;
}

static bool
take_dash(struct str *rest)
{
	if (str_empty(*rest) || rest->ptr[0] != '-')
		return false;
	*rest = skipped(*rest, 1);
	return true;
}

static bool
read_job(struct reading *reading)
{
	struct str rest = reading->rest;
	struct reply *reply = reading->reply;
	size_t length;

	if (!take_part(&rest, is_letter, 1, JOB_LETTERS_MAX) || !take_dash(&rest) ||
	    !take_part(&rest, is_letter, 3, 4) || !take_dash(&rest) ||
	    !take_part(&rest, is_digit, 1, JOB_DIGITS_MAX) || !take_dash(&rest) ||
	    !take_part(&rest, is_digit, 1, 1))
		return false;
	length = reading->rest.len - rest.len;
	CHECK(length <= sizeof(reply->job));
	reading->confused = reading->confused || reply->job_length > 0;
	for (size_t i = 0; i < length; i++)
		reply->job[i] = capital(reading->rest.ptr[i]);
	reply->job_length = length;
	reading->unit_fits = false;
	reading->rest = rest;
	return true;
}

/* -- words -- */

static enum meaning
find_meaning(struct str word)
{
	for (size_t i = 0; i < COUNT_OF(words); i++) {
		if (str_equal_nocase(words[i].word, word))
			return words[i].meaning;
	}
	return MEANING_UNKNOWN;
}

/* A word that is none of ours can only be the code of a callout. */
static void
note_code(struct reading *reading, struct str word)
{
	struct reply *reply = reading->reply;

	reading->confused =
	    reading->confused || word.len != REPLY_CODE_LETTERS || reply->code_length > 0;
	if (reading->confused)
		return;
	for (size_t i = 0; i < word.len; i++)
		reply->code[i] = capital(word.ptr[i]);
	reply->code_length = word.len;
}

/* The unit of the number before it. */
static void
note_unit(struct reading *reading, enum unit unit)
{
	reading->confused = reading->confused || !reading->unit_fits;
	if (reading->unit_fits)
		reading->numbers[reading->number_count - 1].unit = unit;
}

static void
read_word(struct reading *reading)
{
	size_t length = run(reading->rest, is_letter);
	struct str word = { reading->rest.ptr, length };
	enum meaning meaning = find_meaning(word);

	reading->rest = skipped(reading->rest, length);
	if (meaning == MEANING_UNKNOWN)
		note_code(reading, word);
	else if (meaning == MEANING_HOURS)
		note_unit(reading, UNIT_HOURS);
	else if (meaning == MEANING_MINUTES)
		note_unit(reading, UNIT_MINUTES);
	reading->said[meaning] = true;
	reading->unit_fits = false;
}

/* -- numbers -- */

/* Whether a point and one more digit follow: "1.5", "1,5". */
static bool
has_tenths(struct str rest)
{
	return rest.len >= 2 && (rest.ptr[0] == '.' || rest.ptr[0] == ',') && is_digit(rest.ptr[1]);
}

/*
 * A number.  "17:30" is a time of day or a length of time, nobody knows which, and
 * "1.25" more exact than anybody is: neither is understood.
 */
static void
read_number(struct reading *reading)
{
	size_t length = run(reading->rest, is_digit);
	struct number number = { .whole = true };
	int64_t value = 0;
	bool fits = length <= DIGITS_MAX &&
		    str_parse_i64((struct str){ reading->rest.ptr, length }, &value);

	reading->rest = skipped(reading->rest, length);
	number.tenths = value * 10;
	if (has_tenths(reading->rest)) {
		number.whole = false;
		number.tenths += reading->rest.ptr[1] - '0';
		reading->rest = skipped(reading->rest, 2);
		fits = fits && run(reading->rest, is_digit) == 0;
	}
	if (!str_empty(reading->rest) && reading->rest.ptr[0] == ':')
		fits = false;
	reading->unit_fits = fits && reading->number_count < NUMBERS_MAX;
	if (reading->unit_fits)
		reading->numbers[reading->number_count++] = number;
	else
		reading->confused = true;
}

/* -- all the rest -- */

/*
 * Characters of two bytes are letters of other alphabets, which are not what is said
 * here, but for the spaces and punctuation up to U+00BB.  Longer ones are quotes, dashes,
 * emoji and what joins them: they may stand anywhere.
 */
static void
read_foreign(struct reading *reading)
{
	unsigned char c = (unsigned char)reading->rest.ptr[0];
	size_t length = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc0 ? 2 : 1;
	bool speaks = length == 2 && !(c == 0xc2 && reading->rest.len >= 2 &&
					 (unsigned char)reading->rest.ptr[1] < 0xbc);

	reading->confused = reading->confused || speaks;
	reading->rest =
	    skipped(reading->rest, length < reading->rest.len ? length : reading->rest.len);
}

static void
read_one(struct reading *reading)
{
	char c = reading->rest.ptr[0];

	if (is_letter(c) && read_job(reading))
		return;
	if (is_letter(c)) {
		read_word(reading);
	} else if (is_digit(c)) {
		read_number(reading);
	} else if ((unsigned char)c >= 0x80) {
		read_foreign(reading);
	} else {
		reading->asks = reading->asks || c == '?';
		reading->rest = skipped(reading->rest, 1);
	}
}

/* -- what it comes to -- */

/* How many of the things that a person can do were said. */
static int
count_doings(const struct reading *reading)
{
	const bool *said = reading->said;

	/* "A, ETA 45" is one thing. */
	return said[MEANING_ACCEPT] + said[MEANING_DECLINE] + said[MEANING_ON_SITE] +
	       (said[MEANING_ETA] && !said[MEANING_ACCEPT]);
}

/* "1 45" is "A 45", and "2 1" is "D 1": the keys that a voice would offer. */
static enum reply_kind
take_key(struct reading *reading)
{
	struct number first = reading->numbers[0];
	enum reply_kind kind = REPLY_NOT_UNDERSTOOD;

	if (reading->number_count == 0 || !first.whole || first.unit != UNIT_NONE)
		return kind;
	if (first.tenths == 10)
		kind = REPLY_ACCEPT;
	else if (first.tenths == 20)
		kind = REPLY_DECLINE;
	reading->number_count--;
	for (size_t i = 0; i < reading->number_count; i++)
		reading->numbers[i] = reading->numbers[i + 1];
	return kind;
}

static enum reply_kind
doing_of(struct reading *reading)
{
	int doings = count_doings(reading);

	if (doings == 0)
		return take_key(reading);
	if (doings > 1)
		return REPLY_NOT_UNDERSTOOD;
	if (reading->said[MEANING_ACCEPT])
		return REPLY_ACCEPT;
	if (reading->said[MEANING_DECLINE])
		return REPLY_DECLINE;
	return reading->said[MEANING_ON_SITE] ? REPLY_ON_SITE : REPLY_ETA;
}

/* The minutes of what was said; false when the numbers do not make one length of time. */
static bool
read_minutes(const struct reading *reading, int64_t *ret)
{
	const struct number *numbers = reading->numbers;
	bool hours = numbers[0].unit == UNIT_HOURS;

	*ret = 0;
	if (reading->number_count == 0)
		return true;
	*ret = hours ? numbers[0].tenths * 6 : numbers[0].tenths / 10;
	if (reading->number_count == 1)
		return hours || numbers[0].whole;
	*ret += numbers[1].tenths / 10;
	return reading->number_count == 2 && hours && numbers[0].whole && numbers[1].whole &&
	       numbers[1].unit != UNIT_HOURS && numbers[1].tenths < 600;
}

static bool
set_minutes(const struct reading *reading, struct reply *reply)
{
	int64_t minutes;

	if (!read_minutes(reading, &minutes))
		return false;
	reply->unusable = reading->number_count > 0 && (minutes < 1 || minutes > REPLY_MINUTES_MAX);
	reply->minutes = reply->unusable ? 0 : minutes;
	return true;
}

/* The reason's digit; whoever gives a number that is none has declined all the same. */
static bool
set_reason(const struct reading *reading, struct reply *reply)
{
	const struct number *number = &reading->numbers[0];

	if (reading->number_count > 1)
		return false;
	if (reading->number_count == 1 && number->whole && number->unit == UNIT_NONE &&
	    number->tenths < 100)
		reply->reason = number->tenths / 10;
	return true;
}

/* Whether the numbers are what ${reply}'s kind may have with it. */
static bool
take_numbers(const struct reading *reading, struct reply *reply)
{
	switch (reply->kind) {
	case REPLY_ACCEPT:
		return set_minutes(reading, reply);
	case REPLY_DECLINE:
		return set_reason(reading, reply);
	case REPLY_ETA:
		return set_minutes(reading, reply) && reply->minutes > 0;
	case REPLY_ON_SITE:
		return reading->number_count == 0;
	case REPLY_NOT_UNDERSTOOD:
	case REPLY_HELP:
	case REPLY_STOP:
	case REPLY_START:
		return false;
	}
	UNREACHABLE("reply kind");
}

/* STOP and START are alone, or are not what was meant. */
static enum reply_kind
opting(const struct reading *reading)
{
	const bool *said = reading->said;
	bool stops = said[MEANING_STOP], starts = said[MEANING_START];
	bool alone = reading->number_count == 0 && reading->reply->code_length == 0 &&
		     reading->reply->job_length == 0 && count_doings(reading) == 0 &&
		     !said[MEANING_HELP] && stops != starts;

	return !alone ? REPLY_NOT_UNDERSTOOD : stops ? REPLY_STOP : REPLY_START;
}

static void
conclude(struct reading *reading)
{
	struct reply *reply = reading->reply;

	if (reading->confused)
		reply->kind = REPLY_NOT_UNDERSTOOD;
	else if (reading->said[MEANING_STOP] || reading->said[MEANING_START])
		reply->kind = opting(reading);
	else if (reading->said[MEANING_HELP])
		reply->kind = REPLY_HELP;
	else
		reply->kind = doing_of(reading);
	/* "A?" is a question, "STOP?" an exasperated STOP. */
	if (reading->asks && reply->kind != REPLY_STOP)
		reply->kind = REPLY_HELP;
	if (reply->kind == REPLY_ACCEPT || reply->kind == REPLY_DECLINE ||
	    reply->kind == REPLY_ETA || reply->kind == REPLY_ON_SITE) {
		if (!take_numbers(reading, reply))
			reply->kind = REPLY_NOT_UNDERSTOOD;
	}
}

void
reply_parse(struct str text, struct reply *ret)
{
	struct reading reading = { .rest = text, .reply = ret };

	*ret = (struct reply){ .kind = REPLY_NOT_UNDERSTOOD };
	if (text.len > REPLY_TEXT_BYTES_MAX)
		return;
	while (!str_empty(reading.rest))
		read_one(&reading);
	conclude(&reading);
}
