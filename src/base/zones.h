#ifndef BASE_ZONES_H
#define BASE_ZONES_H

#include "base/instant.h"
#include "base/str.h"

/*
 * zones: what the clocks on the walls show, as an argument.
 *
 * Which zones there are and how far they are from UTC is known outside (runtime/zone.h
 * asks ICU); whoever judges by local time gets it handed in, as it gets the time.
 */
struct zones {
	/* Whether there is a zone called ${name} in the IANA database: "America/Chicago". */
	bool (*find)(struct str name);
	/* Seconds by which clocks in zone ${name} are ahead of UTC at ${when}; 0 in a zone that
	 * there is not (any more). */
	int64_t (*offset_s)(struct str name, struct instant when);
};

#endif
