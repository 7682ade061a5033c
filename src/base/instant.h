#ifndef BASE_INSTANT_H
#define BASE_INSTANT_H

#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

/*
 * A moment, in microseconds since 1970-01-01T00:00:00Z.  A struct, so that a
 * moment and a duration cannot be mixed up by accident.
 *
 * Nothing here reads a clock: see runtime/clock.h for the one place that does.
 */
struct instant {
	int64_t us;
};

/* A length of time, in microseconds. */
struct duration {
	int64_t us;
};

#define MILLISECONDS(n) ((struct duration){ (int64_t)(n)*1000 })
#define SECONDS(n)      ((struct duration){ (int64_t)(n)*1000000 })
#define MINUTES(n)      ((struct duration){ (int64_t)(n)*60 * 1000000 })
#define HOURS(n)        ((struct duration){ (int64_t)(n)*3600 * 1000000 })

static inline struct instant
instant_plus(struct instant when, struct duration later)
{
	return (struct instant){ when.us + later.us };
}

/* How long after ${earlier} ${later} is; negative when it is before. */
static inline struct duration
instant_since(struct instant later, struct instant earlier)
{
	return (struct duration){ later.us - earlier.us };
}

/**
 * Write ${when} as RFC 3339 in UTC with microseconds: 2026-01-05T02:14:07.000123Z.
 * ${when} is between the years 1970 and 9999.
 */
void instant_format(struct instant when, struct buf *buf);

/** instant_format() into ${arena}. */
struct str instant_text(struct arena *arena, struct instant when);

/**
 * Read an RFC 3339 date-time with a zone ("Z" or "+hh:mm") and up to six
 * fraction digits.  False when ${text} is anything else or no real moment
 * between the years 1970 and 9999.
 */
NODISCARD bool instant_parse(struct str text, struct instant *ret);

#endif
