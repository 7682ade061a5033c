#ifndef DOMAIN_ROSTER_LOCAL_CLOCK_H
#define DOMAIN_ROSTER_LOCAL_CLOCK_H

#include "base/zones.h"

/*
 * local_clock: moments as the clock on a wall shows them, and back.
 *
 * Twice a year a local time does not exist, or exists twice; somewhere, once, a whole
 * day did not exist.  The rule for all of it is one sentence: a local time stands for
 * the first moment at which the clock on the wall shows that time or a later one.  So
 *
 *	02:30 on the night the clocks skip from 02:00 to 03:00    the moment of the skip
 *	01:30 on the night it is 01:30 twice                      the first of the two
 *	any time of a day that is skipped                         the moment of the skip
 *
 * What begins when something else ends begins at the same moment on every night of the
 * year: nobody is on shift twice, and nobody is forgotten in between.
 */

#define LOCAL_DAY_MINUTES 1440
#define LOCAL_EVERY_DAY   0x7f

/* A wall clock's date and time, to the minute. */
struct local_time {
	int64_t day;    /* from 1970-01-01, day 0, a Thursday */
	int64_t minute; /* of the day */
};

/** What clocks in ${zone} show at ${when}. */
struct local_time local_clock_read(const struct zones *zones, struct str zone, struct instant when);

/**
 * The first moment at which clocks in ${zone} show ${time} or later.  Zones change their
 * clocks at most once in any 28 hours.
 */
struct instant local_clock_first(
    const struct zones *zones, struct str zone, struct local_time time);

/** Whether ${day} is one of ${days}, where bit 0 is Monday. */
bool local_clock_is_on(int64_t days, int64_t day);

/* From ${from_min} to ${until_min} of the days ${days} (bit 0 is Monday); until at or before
 * from is of the next day. */
struct local_window {
	int64_t days, from_min, until_min;
};

/**
 * Whether ${now} is within ${window} in ${zone}; then ${ret_end} is when this one ends.
 */
bool local_clock_within(const struct zones *zones, struct str zone,
    const struct local_window *window, struct instant now, struct instant *ret_end);

#endif
