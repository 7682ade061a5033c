#include "domain/roster/local_clock.h"

#include "base/check.h"

/*
 * How far before its own name in UTC a local time can be: zones are between
 * 12 hours behind and 14 ahead.
 */
#define BEFORE HOURS(15)

#define SECOND    INT64_C(1000000)
#define MINUTE    (60 * SECOND)
#define DAY       (LOCAL_DAY_MINUTES * MINUTE)
#define WEEK_DAYS 7

/* ${a} / ${b}, rounded down also below zero. */
static int64_t
floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

static int64_t
offset_us(const struct zones *zones, struct str zone, int64_t us)
{
	return zones->offset_s(zone, (struct instant){ us }) * SECOND;
}

struct local_time
local_clock_read(const struct zones *zones, struct str zone, struct instant when)
{
	int64_t shown = when.us + offset_us(zones, zone, when.us);
	int64_t day = floor_div(shown, DAY);

	return (struct local_time){ .day = day, .minute = (shown - day * DAY) / MINUTE };
}

/* The second in (${from}, ${until}] at which the offset is no longer what it was at ${from}. */
static int64_t
find_change(const struct zones *zones, struct str zone, int64_t from, int64_t until)
{
	int64_t before = offset_us(zones, zone, from);

	while (until - from > SECOND) {
		int64_t middle = from + (until - from) / 2 / SECOND * SECOND;

		if (offset_us(zones, zone, middle) == before)
			from = middle;
		else
			until = middle;
	}
	return until;
}

/*
 * What is shown is the moment and the offset.  Before a change of the clocks the moment is
 * the shown time less the old offset; when the clocks have changed by then, it is the shown
 * time less the new one, but not before the change.
 */
struct instant
local_clock_first(const struct zones *zones, struct str zone, struct local_time time)
{
	int64_t shown = time.day * DAY + time.minute * MINUTE;
	int64_t from = shown - BEFORE.us;
	int64_t before = offset_us(zones, zone, from);
	int64_t first = shown - before;
	int64_t after = offset_us(zones, zone, first);
	int64_t change;

	CHECK(before >= -HOURS(13).us && before <= BEFORE.us);
	if (after == before)
		return (struct instant){ first };
	change = find_change(zones, zone, from, first);
	first = shown - after;
	return (struct instant){ first > change ? first : change };
}

bool
local_clock_is_on(int64_t days, int64_t day)
{
	/* Day 0 was a Thursday, bit 3. */
	int64_t weekday = (day + 3) - floor_div(day + 3, WEEK_DAYS) * WEEK_DAYS;

	return (days >> weekday & 1) != 0;
}

bool
local_clock_within(const struct zones *zones, struct str zone, const struct local_window *window,
    struct instant now, struct instant *ret_end)
{
	int64_t today = local_clock_read(zones, zone, now).day;
	int64_t next = window->until_min <= window->from_min;

	/* What began yesterday may go on.  A clock that was set back over midnight shows the day
	 * before once more, when what is tomorrow's then has begun already. */
	for (int64_t day = today - 1; day <= today + 1; day++) {
		struct instant begin, end;

		if (!local_clock_is_on(window->days, day))
			continue;
		begin =
		    local_clock_first(zones, zone, (struct local_time){ day, window->from_min });
		end = local_clock_first(
		    zones, zone, (struct local_time){ day + next, window->until_min });
		if (begin.us <= now.us && now.us < end.us) {
			*ret_end = end;
			return true;
		}
	}
	return false;
}
