#include "domain/jobnumber/jobnumber.h"

#define SEQUENCE_DIGITS_MAX 18

/* H. M. Damm's totally anti-symmetric quasigroup of order 10. */
static const int quasigroup[10][10] = {
	{ 0, 3, 1, 7, 5, 9, 8, 6, 4, 2 },
	{ 7, 0, 9, 2, 1, 5, 4, 8, 6, 3 },
	{ 4, 2, 0, 6, 8, 7, 1, 3, 5, 9 },
	{ 1, 7, 5, 0, 9, 8, 3, 4, 2, 6 },
	{ 6, 1, 2, 3, 0, 4, 5, 9, 7, 8 },
	{ 3, 6, 7, 4, 2, 0, 9, 5, 8, 1 },
	{ 5, 8, 6, 9, 7, 2, 0, 1, 3, 4 },
	{ 8, 9, 4, 5, 3, 6, 2, 0, 1, 7 },
	{ 9, 4, 3, 8, 6, 1, 7, 2, 0, 5 },
	{ 2, 5, 8, 1, 4, 3, 6, 7, 9, 0 },
};

struct job_type_row {
	struct str name;
	int digit;
};

static const struct job_type_row job_types[JOB_TYPE_COUNT] = {
#define JOB_TYPE(type_name, type_digit, words) { STR(#type_name), type_digit },
#include "domain/jobnumber/job_types.def"
#undef JOB_TYPE
};

struct str
job_type_name(enum job_type type)
{
	CHECK(type < JOB_TYPE_COUNT);
	return job_types[type].name;
}

bool
job_type_find(struct str name, enum job_type *ret)
{
	for (size_t i = 0; i < JOB_TYPE_COUNT; i++) {
		if (str_equal_nocase(job_types[i].name, name)) {
			*ret = (enum job_type)i;
			return true;
		}
	}
	return false;
}

int
jobnumber_check_digit(enum job_type type, int64_t sequence)
{
	int digits[SEQUENCE_DIGITS_MAX], interim;

	CHECK(type < JOB_TYPE_COUNT);
	CHECK(sequence >= 1 && sequence <= JOBNUMBER_SEQUENCE_MAX);
	for (int i = 0; i < SEQUENCE_DIGITS_MAX; i++, sequence /= 10)
		digits[i] = (int)(sequence % 10);

	/*
	 * Always over as many digits, leading zeros included: a slip that turns a
	 * leading zero into something else, or back, would change the length of the
	 * word otherwise, and the quasigroup promises nothing across lengths.
	 */
	interim = quasigroup[0][job_types[type].digit];
	for (int i = SEQUENCE_DIGITS_MAX; i > 0; i--)
		interim = quasigroup[interim][digits[i - 1]];
	return interim;
}

void
jobnumber_format(const struct jobnumber *number, struct buf *buf)
{
	buf_printf(buf, "%.*s-%.*s-%05lld-%d", STR_ARG(number->prefix),
	    STR_ARG(job_type_name(number->type)), (long long)number->sequence,
	    jobnumber_check_digit(number->type, number->sequence));
}

static bool
is_separator(char c)
{
	return c == '-' || c == ' ' || c == '.' || c == '_';
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/*
 * Take the digits off the end of ${*text}, wherever separators stand between
 * them, last digit first.  The number of digits, or -1 when there are too many.
 */
static int
take_digits_backwards(struct str *text, int *digits, int max)
{
	int count = 0;

	while (text->len > 0) {
		char c = text->ptr[text->len - 1];

		if (is_digit(c)) {
			if (count == max)
				return -1;
			digits[count++] = c - '0';
		} else if (!is_separator(c)) {
			break;
		}
		text->len--;
	}
	return count;
}

static void
drop_separators(struct str *text)
{
	while (text->len > 0 && is_separator(text->ptr[text->len - 1]))
		text->len--;
}

/* Take a job type's name, with its separators, off the end of ${*text}. */
static bool
take_type_backwards(struct str *text, enum job_type *ret)
{
	for (size_t i = 0; i < JOB_TYPE_COUNT; i++) {
		struct str name = job_types[i].name, tail = *text;

		if (text->len < name.len)
			continue;
		tail = (struct str){ text->ptr + text->len - name.len, name.len };
		if (!str_equal_nocase(tail, name))
			continue;
		text->len -= name.len;
		*ret = (enum job_type)i;
		drop_separators(text);
		return true;
	}
	return false;
}

static bool
is_prefix(struct str text)
{
	if (text.len == 0 || text.len > JOBNUMBER_PREFIX_BYTES_MAX)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];

		if (!is_digit(c) && !(c >= 'A' && c <= 'Z') && !(c >= 'a' && c <= 'z'))
			return false;
	}
	return true;
}

enum jobnumber_problem
jobnumber_parse(struct str text, struct jobnumber *ret)
{
	int digits[SEQUENCE_DIGITS_MAX + 1], count;
	struct jobnumber number = { .sequence = 0 };

	text = str_trim(text);
	count = take_digits_backwards(&text, digits, SEQUENCE_DIGITS_MAX + 1);
	if (count < 2 || !take_type_backwards(&text, &number.type) || !is_prefix(text))
		return JOBNUMBER_MALFORMED;

	for (int i = count - 1; i >= 1; i--)
		number.sequence = number.sequence * 10 + digits[i];
	if (number.sequence < 1)
		return JOBNUMBER_MALFORMED;
	number.prefix = text;
	if (jobnumber_check_digit(number.type, number.sequence) != digits[0])
		return JOBNUMBER_WRONG_CHECK;
	*ret = number;
	return JOBNUMBER_OK;
}

bool
jobnumber_is_exercise(struct str number)
{
	struct jobnumber parsed;

	return jobnumber_parse(number, &parsed) == JOBNUMBER_OK && parsed.type == JOB_TYPE_DRL;
}
