#ifndef RUNTIME_ZONE_H
#define RUNTIME_ZONE_H

#include "base/zones.h"

/*
 * zone: the zones of the IANA time zone database, as ICU knows them.
 *
 * ICU's own data are used, wherever they are brought up to date; nothing here reads TZ
 * or changes it.  Any number of threads may ask at once.  The zones asked for last are
 * kept open, for as long as the program runs.
 */
extern const struct zones zone_database;

#endif
