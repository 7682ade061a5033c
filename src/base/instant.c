#include "base/instant.h"

#define US_PER_SECOND   INT64_C(1000000)
#define SECONDS_PER_DAY INT64_C(86400)

/* 9999-12-31T23:59:59Z; four digits hold no later year. */
#define LAST_SECOND INT64_C(253402300799)

/*
 * Days since 1970-01-01 of a proleptic Gregorian date, and back.  The year is
 * taken to begin in March, so that the leap day is the last of its year; 719468
 * is the number of days from 0000-03-01 to 1970-01-01.
 */
static int64_t
days_from_date(int64_t year, int64_t month, int64_t day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = y / 400;
	int64_t year_of_era = y - era * 400;
	int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

	return era * 146097 + day_of_era - 719468;
}

static void
date_from_days(int64_t days, int64_t *ret_year, int64_t *ret_month, int64_t *ret_day)
{
	int64_t z = days + 719468;
	int64_t era = z / 146097;
	int64_t day_of_era = z - era * 146097;
	int64_t year_of_era =
	    (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	int64_t day_of_year =
	    day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int64_t month_from_march = (5 * day_of_year + 2) / 153;

	*ret_day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
	*ret_month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
	*ret_year = year_of_era + era * 400 + (*ret_month <= 2 ? 1 : 0);
}

/* Write the last ${width} digits of ${value} at ${at}. */
static void
put_digits(char *at, size_t width, int64_t value)
{
	for (; width > 0; width--, value /= 10)
		at[width - 1] = (char)('0' + value % 10);
}

void
instant_format(struct instant when, struct buf *buf)
{
	int64_t seconds = when.us / US_PER_SECOND;
	int64_t year, month, day, of_day;
	char text[] = "0000-00-00T00:00:00.000000Z";

	CHECK(when.us >= 0 && when.us / US_PER_SECOND <= LAST_SECOND);
	date_from_days(seconds / SECONDS_PER_DAY, &year, &month, &day);
	of_day = seconds % SECONDS_PER_DAY;
	put_digits(&text[0], 4, year);
	put_digits(&text[5], 2, month);
	put_digits(&text[8], 2, day);
	put_digits(&text[11], 2, of_day / 3600);
	put_digits(&text[14], 2, of_day / 60 % 60);
	put_digits(&text[17], 2, of_day % 60);
	put_digits(&text[20], 6, when.us % US_PER_SECOND);
	buf_str(buf, (struct str){ text, sizeof(text) - 1 });
}

struct str
instant_text(struct arena *arena, struct instant when)
{
	struct buf buf = buf_in(arena, sizeof("9999-12-31T23:59:59.999999Z"));

	instant_format(when, &buf);
	return buf_view(&buf);
}

/* Take exactly ${digits} decimal digits off the front of ${*s}. */
static bool
take_digits(struct str *s, size_t digits, int64_t *ret)
{
	int64_t value = 0;

	if (s->len < digits)
		return false;
	for (size_t i = 0; i < digits; i++) {
		if (s->ptr[i] < '0' || s->ptr[i] > '9')
			return false;
		value = value * 10 + (s->ptr[i] - '0');
	}
	*s = (struct str){ s->ptr + digits, s->len - digits };
	*ret = value;
	return true;
}

static bool
take_char(struct str *s, const char *one_of)
{
	if (s->len == 0 || s->ptr[0] == '\0' || strchr(one_of, s->ptr[0]) == NULL)
		return false;
	*s = (struct str){ s->ptr + 1, s->len - 1 };
	return true;
}

/* An optional ".123456": one to six digits, in microseconds. */
static bool
take_fraction(struct str *s, int64_t *ret_us)
{
	int64_t digit, scale = 100000;

	*ret_us = 0;
	if (!take_char(s, "."))
		return true;
	if (!take_digits(s, 1, &digit))
		return false;
	do {
		*ret_us += digit * scale;
		scale /= 10;
	} while (scale > 0 && take_digits(s, 1, &digit));
	return true;
}

/* "Z", or an offset from UTC, in seconds. */
static bool
take_zone(struct str *s, int64_t *ret_offset)
{
	int64_t hours, minutes, sign;

	*ret_offset = 0;
	if (take_char(s, "Zz"))
		return true;
	if (s->len == 0)
		return false;
	sign = s->ptr[0] == '-' ? -1 : 1;
	if (!take_char(s, "+-") || !take_digits(s, 2, &hours) || !take_char(s, ":") ||
	    !take_digits(s, 2, &minutes) || hours > 23 || minutes > 59)
		return false;
	*ret_offset = sign * (hours * 3600 + minutes * 60);
	return true;
}

static bool
date_is_real(int64_t year, int64_t month, int64_t day)
{
	int64_t y, m, d;

	if (year < 1970 || month < 1 || month > 12 || day < 1 || day > 31)
		return false;
	date_from_days(days_from_date(year, month, day), &y, &m, &d);
	return y == year && m == month && d == day;
}

bool
instant_parse(struct str text, struct instant *ret)
{
	int64_t year, month, day, hour, minute, second, us, offset;

	if (!take_digits(&text, 4, &year) || !take_char(&text, "-") ||
	    !take_digits(&text, 2, &month) || !take_char(&text, "-") ||
	    !take_digits(&text, 2, &day) || !take_char(&text, "Tt ") ||
	    !take_digits(&text, 2, &hour) || !take_char(&text, ":") ||
	    !take_digits(&text, 2, &minute) || !take_char(&text, ":") ||
	    !take_digits(&text, 2, &second) || !take_fraction(&text, &us) ||
	    !take_zone(&text, &offset) || text.len != 0)
		return false;
	if (!date_is_real(year, month, day) || hour > 23 || minute > 59 || second > 59)
		return false;

	second += days_from_date(year, month, day) * SECONDS_PER_DAY + hour * 3600 + minute * 60;
	second -= offset;
	/* An offset can carry a date over either end. */
	if (second < 0 || second > LAST_SECOND)
		return false;
	ret->us = second * US_PER_SECOND + us;
	return true;
}
