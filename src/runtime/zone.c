#include "runtime/zone.h"

#include <pthread.h>
#include <unicode/ucal.h>
#include <unicode/ustring.h>

#define NAME_BYTES_MAX 64 /* the longest name in the database has 32 */
#define OPEN_MAX       64

struct open_zone {
	char name[NAME_BYTES_MAX];
	size_t length;
	UCalendar *calendar;
};

/* Opening a zone reads files and asking one writes into its calendar: hence kept, and locked. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct open_zone opened[OPEN_MAX];
static size_t oldest;

/* ${name} as ICU takes it; false when it cannot be the name of a zone. */
static bool
make_name(struct str name, UChar *ret, int32_t *ret_length)
{
	if (name.len == 0 || name.len >= NAME_BYTES_MAX)
		return false;
	for (size_t i = 0; i < name.len; i++) {
		if (name.ptr[i] <= ' ' || name.ptr[i] > '~')
			return false;
	}
	u_charsToUChars(name.ptr, ret, (int32_t)name.len);
	*ret_length = (int32_t)name.len;
	return true;
}

/* Also says no to "GMT+5" and the like, which ICU understands and no database lists. */
static bool
is_listed(const UChar *name, int32_t length)
{
	UChar canonical[NAME_BYTES_MAX];
	UErrorCode status = U_ZERO_ERROR;
	UBool is_system = 0;

	(void)ucal_getCanonicalTimeZoneID(
	    name, length, canonical, NAME_BYTES_MAX, &is_system, &status);
	return U_SUCCESS(status) && is_system;
}

static bool
find_zone(struct str name)
{
	UChar wide[NAME_BYTES_MAX];
	int32_t length;

	return make_name(name, wide, &length) && is_listed(wide, length) &&
	       !str_equal(name, STR("Etc/Unknown"));
}

static UCalendar *
open_calendar(struct str name)
{
	UChar wide[NAME_BYTES_MAX];
	UErrorCode status = U_ZERO_ERROR;
	UCalendar *calendar;
	int32_t length;

	if (!make_name(name, wide, &length) || !is_listed(wide, length))
		return NULL;
	calendar = ucal_open(wide, length, "en_US_POSIX", UCAL_GREGORIAN, &status);
	return U_SUCCESS(status) ? calendar : NULL;
}

/* The calendar of ${name}, opened or kept; NULL when there is none.  Under the lock. */
static UCalendar *
find_calendar(struct str name)
{
	struct open_zone *zone;
	UCalendar *calendar;

	for (size_t i = 0; i < OPEN_MAX; i++) {
		zone = &opened[i];
		if (zone->calendar != NULL &&
		    str_equal(name, (struct str){ zone->name, zone->length }))
			return zone->calendar;
	}
	calendar = open_calendar(name);
	if (calendar == NULL)
		return NULL;
	zone = &opened[oldest++ % OPEN_MAX];
	ucal_close(zone->calendar);
	memcpy(zone->name, name.ptr, name.len);
	zone->length = name.len;
	zone->calendar = calendar;
	return calendar;
}

static int64_t
find_offset_s(struct str name, struct instant when)
{
	UErrorCode status = U_ZERO_ERROR;
	int64_t offset_ms = 0;
	UCalendar *calendar;

	CHECK(pthread_mutex_lock(&lock) == 0);
	calendar = find_calendar(name);
	if (calendar != NULL) {
		/* The whole second: rounded down, as the clock on the wall does. */
		int64_t second = when.us / 1000000 - (when.us % 1000000 < 0);

		ucal_setMillis(calendar, (UDate)(second * 1000), &status);
		offset_ms = ucal_get(calendar, UCAL_ZONE_OFFSET, &status);
		offset_ms += ucal_get(calendar, UCAL_DST_OFFSET, &status);
	}
	CHECK(pthread_mutex_unlock(&lock) == 0);
	return U_SUCCESS(status) ? offset_ms / 1000 : 0;
}

const struct zones zone_database = { .find = find_zone, .offset_s = find_offset_s };
